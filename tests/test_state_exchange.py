"""Networks of dlnotes and of torch exchange their weights, by name, and compute the same, to 1e-10."""

import numpy as np
import pytest
import torch

from dlnotes import nn
from dlnotes.nn import functional as F
from dlnotes.ops.graph import normalize_adjacency
from ops_helpers import normals
from torch_twins import assert_twins, from_torch, to_torch

T = torch.nn


def rng():
    return np.random.default_rng(0)


def mlp():
    ours = nn.Sequential(nn.Linear(5, 7, rng=rng()), nn.ReLU(), nn.Linear(7, 6, rng=rng()), nn.Tanh(),
                         nn.Linear(6, 3, bias=False, rng=rng()))  # fmt: skip
    theirs = T.Sequential(T.Linear(5, 7), T.ReLU(), T.Linear(7, 6), T.Tanh(), T.Linear(6, 3, bias=False))
    return ours, theirs, normals(1, (4, 5))


def lenet():
    ours = nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2, rng=rng()), nn.BatchNorm2d(6), nn.Tanh(), nn.AvgPool2d(2),
        nn.Conv2d(6, 16, 5, rng=rng()), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(16 * 25, 120, rng=rng()), nn.Tanh(), nn.Linear(120, 84, rng=rng()), nn.Tanh(),
        nn.Linear(84, 10, rng=rng()),
    )  # fmt: skip
    theirs = T.Sequential(
        T.Conv2d(1, 6, 5, padding=2), T.BatchNorm2d(6), T.Tanh(), T.AvgPool2d(2), T.Conv2d(6, 16, 5),
        T.ReLU(),
        T.MaxPool2d(2), T.Flatten(), T.Linear(16 * 25, 120), T.Tanh(), T.Linear(120, 84), T.Tanh(),
        T.Linear(84, 10),
    )  # fmt: skip
    return ours, theirs, normals(2, (3, 1, 28, 28))


def bidirectional_lstm():
    ours = nn.LSTM(4, 5, num_layers=2, bidirectional=True, rng=rng())
    return ours, T.LSTM(4, 5, num_layers=2, bidirectional=True, batch_first=True), normals(3, (3, 6, 4))


class Block(nn.Module):
    """A transformer block as torch's TransformerEncoderLayer has it by default: norm after each sum."""

    def __init__(self, rng):
        self.self_attn = nn.MultiheadAttention(8, 2, rng=rng)
        self.linear1, self.linear2 = nn.Linear(8, 16, rng=rng), nn.Linear(16, 8, rng=rng)
        self.norm1, self.norm2 = nn.LayerNorm(8), nn.LayerNorm(8)

    def forward(self, X):
        X = self.norm1(X + self.self_attn(X, X, X, need_weights=False)[0])
        return self.norm2(X + self.linear2(F.relu(self.linear1(X))))


def transformer_block():
    theirs = T.TransformerEncoderLayer(8, 2, dim_feedforward=16, dropout=0.0, batch_first=True)
    return Block(rng()), theirs, normals(4, (2, 5, 8))


class GCN(nn.Module):
    def __init__(self, A, rng):
        self.one, self.two = nn.GraphConv(4, 6, rng=rng), nn.GraphConv(6, 3, rng=rng)
        self.graph = lambda: A

    def forward(self, H):
        A = self.graph()
        return self.two(A, F.relu(self.one(A, H)))


class TorchGraphConv(T.Module):
    """Z = A H W + b, written in torch; W laid out as here."""

    def __init__(self, d_in, d_out):
        super().__init__()
        self.weight, self.bias = T.Parameter(torch.empty(d_in, d_out)), T.Parameter(torch.empty(d_out))

    def forward(self, A, H):
        return A @ H @ self.weight + self.bias


class TorchGCN(T.Module):
    def __init__(self, A):
        super().__init__()
        self.one, self.two, self.A = TorchGraphConv(4, 6), TorchGraphConv(6, 3), torch.tensor(A)

    def forward(self, H):
        return self.two(self.A, torch.relu(self.one(self.A, H)))


def gcn():
    edges = np.random.default_rng(6).random((7, 7)) < 0.3
    A = normalize_adjacency((edges | edges.T).astype(float), mode="symmetric")
    return GCN(A, rng()), TorchGCN(A), normals(5, (7, 4))


NETWORKS = [mlp, lenet, bidirectional_lstm, transformer_block, gcn]


@pytest.mark.parametrize("network", NETWORKS, ids=lambda f: f.__name__)
def test_weights_to_torch(network):
    ours, theirs, inputs = network()
    assert_twins(ours, to_torch(ours, theirs.double()), *inputs)
    ours.eval()
    theirs.eval()
    ours.zero_grad()
    theirs.zero_grad()
    assert_twins(ours, to_torch(ours, theirs), *inputs)


@pytest.mark.parametrize("network", NETWORKS, ids=lambda f: f.__name__)
def test_weights_from_torch(network):
    torch.manual_seed(0)
    ours, theirs, inputs = network()
    for p in theirs.parameters():
        T.init.normal_(p, std=0.3)
    assert_twins(from_torch(ours, theirs.double()), theirs, *inputs)


@pytest.mark.parametrize("network", NETWORKS, ids=lambda f: f.__name__)
def test_parameters_are_torchs_in_number_and_order(network):
    ours, theirs, _ = network()
    names = [name for name, _ in theirs.named_parameters()]
    assert sorted(name for name, _ in ours.named_parameters()) == sorted(names)
    assert sum(p.size for p in ours.parameters()) == sum(p.numel() for p in theirs.parameters())


def test_a_wrong_exchange_is_found():
    ours, theirs, inputs = bidirectional_lstm()
    to_torch(ours, theirs.double())
    with torch.no_grad():
        theirs.weight_hh_l1_reverse *= 1.001
    with pytest.raises(AssertionError):
        assert_twins(ours, theirs, *inputs)
    ours, theirs, inputs = mlp()
    to_torch(ours, theirs.double())
    ours.state_dict()["0.weight"][...] = 0  # a copy: nothing happens
    assert_twins(ours, theirs, *inputs)
    ours.zero_grad()
    theirs.zero_grad()
    theirs[0].bias.requires_grad_(False)
    theirs[0].bias += 1e-6
    with pytest.raises(AssertionError):
        assert_twins(ours, theirs, *inputs)
