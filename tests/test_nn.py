"""Layers against torch's of the same name: outputs, every gradient, starting values, both modes, float32."""

import gc
import inspect
import math

import numpy as np
import pytest
import torch

from dlnotes import nn
from dlnotes.autograd import Tensor, concatenate, no_grad
from dlnotes.nn import functional as F
from dlnotes.ops.graph import normalize_adjacency
from ops_helpers import normals
from torch_twins import assert_twins, to_torch

T = torch.nn


def rng(seed=0):
    return np.random.default_rng(seed)


LAYERS = [
    ("Linear", (4, 3), {}, (5, 4)), ("Linear", (4, 3), {"bias": False}, (2, 5, 4)),
    ("Linear", (4, 1), {}, (0, 4)),
    ("Conv1d", (4, 6, 3), {"stride": 2, "padding": 1, "groups": 2}, (2, 4, 9)),
    ("Conv1d", (1, 2, 1), {"bias": False}, (2, 1, 5)),
    ("Conv2d", (2, 4, (3, 2)), {"stride": (2, 1), "padding": (1, 0), "dilation": 2}, (2, 2, 7, 8)),
    ("Conv2d", (3, 6, 3), {"groups": 3, "bias": False}, (1, 3, 5, 5)),
    ("ConvTranspose1d", (4, 2, 3), {"stride": 2, "output_padding": 1, "groups": 2}, (2, 4, 5)),
    ("ConvTranspose2d", (2, 3, 3), {"stride": 2, "padding": 1, "dilation": 2}, (2, 2, 4, 3)),
    ("MaxPool1d", (2,), {}, (2, 3, 7)), ("MaxPool2d", (3,), {"stride": 2, "padding": 1}, (2, 2, 7, 6)),
    ("AvgPool1d", (3,), {"stride": 1, "padding": 1}, (2, 3, 7)), ("AvgPool2d", (2, 1), {}, (2, 2, 5, 5)),
    ("AdaptiveAvgPool2d", ((3, 2),), {}, (2, 2, 7, 5)), ("Flatten", (), {}, (2, 3, 4)),
    ("BatchNorm1d", (3,), {}, (5, 3)), ("BatchNorm1d", (3,), {"eps": 0.1, "affine": False}, (4, 3, 2)),
    ("BatchNorm2d", (3,), {"momentum": 0.3}, (2, 3, 4, 2)), ("LayerNorm", (4,), {}, (2, 3, 4)),
    ("LayerNorm", ((3, 4),), {"eps": 0.1}, (2, 3, 4)),
    ("LayerNorm", ((3, 4),), {"elementwise_affine": False}, (2, 3, 4)),
    ("GroupNorm", (2, 4), {}, (3, 4, 5)), ("InstanceNorm2d", (3,), {}, (2, 3, 4, 4)),
    ("InstanceNorm2d", (3,), {"affine": True}, (2, 3, 4, 4)),
    ("ReLU", (), {}, (3, 4)), ("Sigmoid", (), {}, (3, 4)), ("Tanh", (), {}, (3, 4)), ("SiLU", (), {}, (3, 4)),
    ("Mish", (), {}, (3, 4)), ("Softsign", (), {}, (3, 4)), ("Hardtanh", (), {}, (3, 4)),
    ("GELU", (), {}, (3, 4)),
    ("GELU", (), {"approximate": "tanh"}, (3, 4)), ("LeakyReLU", (0.2,), {}, (3, 4)),
    ("LeakyReLU", (), {}, (3, 4)),
    ("ELU", (), {}, (3, 4)), ("ELU", (0.5,), {}, (3, 4)), ("Softplus", (2.0,), {}, (3, 4)),
    ("PReLU", (), {}, (3, 4)),
    ("PReLU", (3, 0.1), {}, (2, 3, 4)),
    ("RNN", (4, 3), {}, (2, 5, 4)), ("RNN", (4, 3), {"num_layers": 2, "nonlinearity": "relu"}, (2, 5, 4)),
    ("GRU", (4, 3), {"num_layers": 2, "bidirectional": True}, (2, 5, 4)),
    ("GRU", (4, 3), {"bias": False}, (2, 5, 4)),
    ("LSTM", (4, 3), {}, (2, 1, 4)),
    ("LSTM", (4, 3), {"num_layers": 3, "bias": False, "bidirectional": True}, (2, 5, 4)),
]  # fmt: skip
RECURRENT = ("RNN", "GRU", "LSTM")


def pair(name, arguments, options, dtype=np.float64):
    """The layer and its torch twin, with our weights."""
    drawn = {"rng": rng()} if "rng" in inspect.signature(getattr(nn, name)).parameters else {}
    typed = {"dtype": dtype} if "dtype" in inspect.signature(getattr(nn, name)).parameters else {}
    ours = getattr(nn, name)(*arguments, **options, **drawn, **typed)
    more = {"batch_first": True} if name in RECURRENT else {}
    theirs = getattr(T, name)(*arguments, **options, **more)
    return ours, to_torch(ours, theirs.double() if dtype == np.float64 else theirs)


@pytest.mark.parametrize("name, arguments, options, shape", LAYERS, ids=lambda x: str(x))
def test_layers_follow_torch(name, arguments, options, shape):
    ours, theirs = pair(name, arguments, options)
    (X,) = normals(1, shape)
    for mode in (True, False):
        ours.train(mode)
        theirs.train(mode)
        ours.zero_grad()
        theirs.zero_grad()
        assert_twins(ours, theirs, X)
    small, twin = pair(name, arguments, options, np.float32)
    assert assert_twins(small, twin, X.astype(np.float32), tol=2e-5).dtype == np.float32
    assert type(ours).__name__ in repr(ours)


@pytest.mark.parametrize("axis", [0, -1])
def test_softmax(axis):
    (X,) = normals(2, (3, 4))
    assert_twins(nn.Softmax(axis), T.Softmax(axis), X)
    assert_twins(nn.LogSoftmax(axis), T.LogSoftmax(axis), X)


def test_embedding():
    ours, theirs = nn.Embedding(6, 3, padding_idx=2, rng=rng()), T.Embedding(6, 3, padding_idx=2)
    assert not ours.weight.data[2].any()
    assert_twins(ours, to_torch(ours, theirs.double()), np.array([[0, 2, 5], [5, 5, 2]]))
    ours = nn.Embedding(4, 2, rng=rng())
    assert_twins(ours, to_torch(ours, T.Embedding(4, 2).double()), np.array(3))


def test_running_statistics_follow_torch():
    ours, theirs = pair("BatchNorm2d", (3,), {"momentum": 0.2})
    for seed in range(4):
        (X,) = normals(seed, (4, 3, 2, 5), scale=3)
        ours(X + 1)
        theirs(torch.tensor(X + 1))
    np.testing.assert_allclose(ours.running_mean, theirs.running_mean.numpy(), rtol=1e-12)
    np.testing.assert_allclose(ours.running_var, theirs.running_var.numpy(), rtol=1e-12)
    ours.eval()
    theirs.eval()
    assert_twins(ours, theirs, X)
    before = ours.running_mean.copy()
    ours(X)
    assert np.array_equal(ours.running_mean, before)


@pytest.mark.parametrize("name", RECURRENT)
def test_recurrent_states_in_and_out(name):
    ours, theirs = pair(name, (4, 3), {"num_layers": 2, "bidirectional": True})
    X, h, c = normals(3, (2, 5, 4), (4, 2, 3), (4, 2, 3))

    def run(layer, cat):
        def call(X, h, c):
            Y, end = layer(X, (h, c) if name == "LSTM" else h)
            ends = end if name == "LSTM" else (end, 0 * c)
            return cat([Y.reshape(-1), *(e.reshape(-1) for e in ends)])

        return call

    assert_twins(ours, theirs, X, h, c, call=run(ours, concatenate), torch_call=run(theirs, torch.cat))
    ends, expected = ours(X)[1], theirs(torch.tensor(X))[1]
    for state, torch_state in zip(ends, expected) if name == "LSTM" else [(ends, expected)]:
        np.testing.assert_allclose(state.data, torch_state.detach().numpy(), rtol=1e-10, atol=1e-12)


def test_time_first():
    (X,) = normals(4, (5, 2, 4))
    ours = nn.GRU(4, 3, batch_first=False, rng=rng())
    assert_twins(ours, to_torch(ours, T.GRU(4, 3).double()), X)


def test_dropout_between_layers_only():
    layer = nn.RNN(4, 3, num_layers=2, dropout=1.0, rng=rng())
    (X,) = normals(5, (2, 5, 4))
    Y, h = layer(X)
    layer.eval()
    np.testing.assert_array_equal(h.data[0], layer(X)[1].data[0])  # X is not dropped
    layer.train()
    for name in ("weight_ih_l1", "weight_hh_l0"):
        getattr(layer, name).data[...] = 0.0
    layer.weight_hh_l1.data[...] = 0.0
    only_biases = np.tanh(layer.bias_ih_l1.data + layer.bias_hh_l1.data)
    np.testing.assert_allclose(layer(X)[0].data, np.broadcast_to(only_biases, (2, 5, 3)))
    layer.eval()
    np.testing.assert_allclose(layer(X)[0].data, layer(X)[0].data)


@pytest.mark.parametrize("bias", [True, False])
def test_multihead_attention(bias):
    ours = nn.MultiheadAttention(6, 2, bias=bias, rng=rng())
    theirs = to_torch(ours, T.MultiheadAttention(6, 2, bias=bias, batch_first=True).double())
    Q, K, V = normals(6, (3, 4, 6), (3, 5, 6), (3, 5, 6))
    causal, padded = ~np.tri(4, 5, dtype=bool), np.arange(5) >= np.array([[5], [3], [1]])
    both = {"attn_mask": causal, "key_padding_mask": padded}
    for masks in ({}, {"attn_mask": causal}, {"key_padding_mask": padded}, both):
        torch_masks = {name: torch.tensor(mask) for name, mask in masks.items()}
        for module in (ours, theirs):
            module.zero_grad()
        assert_twins(ours, theirs, Q, K, V, call=lambda *x: ours(*x, **masks),
                     torch_call=lambda *x: theirs(*x, **torch_masks))  # fmt: skip
        weights, expected = ours(Q, K, V, **masks)[1], theirs(*map(torch.tensor, (Q, K, V)), **torch_masks)[1]
        np.testing.assert_allclose(weights.data, expected.detach().numpy(), atol=1e-12)
        assert not weights.data[np.broadcast_to(masks.get("attn_mask", False), weights.shape)].any()
    for module in (ours, theirs):
        module.zero_grad()
    assert_twins(ours, theirs, Q, call=lambda X: ours(X, X, X), torch_call=lambda X: theirs(X, X, X))
    assert ours(Q, K, V, need_weights=False)[1] is None
    with pytest.raises(ValueError, match="expected masks of bool"):
        ours(Q, K, V, attn_mask=np.zeros((4, 5)))
    with pytest.raises(ValueError, match="expected num_heads that divides"):
        nn.MultiheadAttention(6, 4, rng=rng())


def test_attention_drops_weights_in_training_alone():
    heads = nn.MultiheadAttention(6, 2, dropout=1.0, rng=rng())
    heads.out_proj.bias.data[...] = 3.0
    (X,) = normals(12, (2, 4, 6))
    assert (heads(X, X, X)[0].data == 3).all()  # all weights dropped: the bias is left
    heads.eval()
    assert not (heads(X, X, X)[0].data == 3).any()


def test_graph_conv_starts_as_by_glorot():
    W = nn.GraphConv(200, 100, rng=rng()).weight.data
    bound = math.sqrt(6 / 300)
    assert np.abs(W).max() == pytest.approx(bound, rel=20 / W.size)
    assert abs(W.std() / (bound / math.sqrt(3)) - 1) < 5 * 0.45 / math.sqrt(W.size)


def test_graph_conv_dense_and_sparse():
    scipy_sparse = pytest.importorskip("scipy.sparse")
    A = normalize_adjacency((rng(1).random((6, 6)) < 0.4).astype(float), mode="row")
    layer = nn.GraphConv(4, 3, rng=rng())
    (H,) = normals(7, (6, 4))
    grads = []
    for graph in (A, scipy_sparse.csr_matrix(A)):
        layer.zero_grad()
        t = Tensor(H, requires_grad=True)
        Z = layer(graph, t)
        np.testing.assert_allclose(Z.data, A @ H @ layer.weight.data, atol=1e-12)
        (Z * Z).sum().backward()
        grads.append([t.grad, layer.weight.grad, layer.bias.grad])
    for a, b in zip(*grads):
        np.testing.assert_allclose(a, b, atol=1e-12)


LOSSES = [
    ("MSELoss", {}, (4, 3), (4, 3)), ("L1Loss", {"reduction": "sum"}, (4, 3), (4, 3)),
    ("HuberLoss", {"delta": 0.3}, (4, 3), (4, 3)),
    ("CrossEntropyLoss", {}, (4, 3), "labels"),
    ("CrossEntropyLoss", {"label_smoothing": 0.2}, (4, 3), "labels"),
    ("NLLLoss", {"reduction": "sum"}, (4, 3), "labels"), ("BCELoss", {}, "probabilities", "bits"),
    ("BCEWithLogitsLoss", {}, (4, 3), "bits"),
    ("MSELoss", {"reduction": "none"}, (4, 3), (4, 3)),
]  # fmt: skip


@pytest.mark.parametrize("name, options, y_hat, y", LOSSES, ids=lambda x: str(x))
def test_losses_follow_torch(name, options, y_hat, y):
    p = rng().random((4, 3))
    kinds = {"labels": np.array([0, 2, 1, 1]), "bits": (p < 0.5).astype(float), "probabilities": p}
    first, second = (kinds[x] if isinstance(x, str) else normals(k, x)[0] for k, x in enumerate((y_hat, y)))
    ours, theirs = getattr(nn, name)(**options), getattr(T, name)(**options)
    target = torch.tensor(second)
    assert_twins(ours, theirs, first, call=lambda a: ours(a, second), torch_call=lambda a: theirs(a, target))


# Starting values ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name, arguments, options", [
    ("Linear", (400, 300), {}), ("Conv2d", (16, 64, 5), {"groups": 2}), ("Conv1d", (32, 64, 7), {}),
    ("ConvTranspose2d", (64, 32, 5), {}), ("RNN", (100, 150), {}), ("GRU", (100, 150), {}),
    ("LSTM", (100, 150), {"num_layers": 2, "bidirectional": True}), ("MultiheadAttention", (120, 4), {}),
    ("Embedding", (500, 100), {}), ("BatchNorm1d", (50,), {}), ("LayerNorm", (50,), {}), ("PReLU", (5,), {}),
])  # fmt: skip
def test_starting_values_are_drawn_as_torchs(name, arguments, options):
    """The same bound and deviation as torch's draw, for each weight of 300 numbers or more.

    The deviation of n even draws scatters by 0.45 / sqrt(n) of itself (normal: 0.71 / sqrt(n)); two samples
    differ by more than 5 times their common scatter once in two million tests.
    """
    torch.manual_seed(1)
    drawn = {"rng": rng(2)} if "rng" in inspect.signature(getattr(nn, name)).parameters else {}
    ours, theirs = getattr(nn, name)(*arguments, **options, **drawn), getattr(T, name)(*arguments, **options)
    torch_parameters = dict(theirs.named_parameters())
    assert {n for n, _ in ours.named_parameters()} == set(torch_parameters)
    for n, p in ours.named_parameters():
        expected = torch_parameters[n].detach().numpy()
        assert p.size == expected.size
        if expected.std() == 0 or p.data.std() == 0:
            np.testing.assert_array_equal(np.unique(p.data), np.unique(expected).astype(float))
        elif p.size >= 300:
            common = 5 * (0.71 if name == "Embedding" else 0.45) * math.sqrt(2 / p.size)
            assert abs(p.data.std() / expected.std() - 1) < common, n
            assert abs(p.data.mean()) < 5 * expected.std() / math.sqrt(p.size), n
            if name != "Embedding":
                assert np.abs(p.data).max() == pytest.approx(np.abs(expected).max(), rel=20 / p.size)


def test_a_seed_gives_the_same_network_again():
    first, again, other = (nn.LSTM(3, 4, rng=rng(seed)) for seed in (5, 5, 6))
    for a, b, c in zip(first.parameters(), again.parameters(), other.parameters()):
        assert np.array_equal(a.data, b.data) and not np.array_equal(a.data, c.data)


# Dropout --------------------------------------------------------------------------------------------------


def test_dropout_in_training_alone():
    X = np.ones((200, 50))
    layer = nn.Dropout(0.25, rng=rng())
    Y = layer(Tensor(X, requires_grad=True))
    assert set(np.unique(Y.data)) == {0.0, 4 / 3}
    assert abs((Y.data == 0).mean() - 0.25) < 5 * math.sqrt(0.25 * 0.75 / X.size)
    assert layer.eval()(X) is X
    t = Tensor(X, requires_grad=True)
    layer.train()
    Y = layer(t)
    Y.sum().backward()
    assert np.array_equal(t.grad, Y.data)
    assert layer(X.astype(np.float32)).dtype == np.float32
    assert not np.array_equal(layer(X), layer(X))


def test_dropout_of_channels():
    for kind, shape in ((nn.Dropout1d, (20, 10, 4)), (nn.Dropout2d, (20, 10, 3, 2))):
        layer = kind(0.5, rng=rng())
        Y = layer(Tensor(np.ones(shape))).data.reshape(200, -1)
        assert (Y == Y[:, :1]).all() and 0.3 < (Y[:, 0] == 0).mean() < 0.7


# Module ---------------------------------------------------------------------------------------------------


def network():
    return nn.Sequential(
        nn.Conv1d(1, 2, 3, rng=rng()), nn.BatchNorm1d(2), nn.ReLU(), nn.Flatten(),
        nn.Sequential(nn.Linear(8, 3, rng=rng()), nn.Dropout(0.5, rng=rng())),
    )  # fmt: skip


def test_names_and_modes():
    model = network()
    assert [name for name, _ in model.named_parameters()] == [
        "0.weight", "0.bias", "1.weight", "1.bias", "4.0.weight", "4.0.bias"]  # fmt: skip
    assert list(model.state_dict()) == [
        "0.weight", "0.bias", "1.weight", "1.bias", "1.running_mean", "1.running_var", "4.0.weight",
        "4.0.bias"]  # fmt: skip
    assert len(model) == 5 and isinstance(model[4][0], nn.Linear) and model[-1] is model[4]
    assert model.eval() is model and not model[4][1].training
    assert model.train()[4][1].training
    small = nn.Sequential(nn.Linear(2, 3, rng=rng()), nn.Tanh())
    assert repr(small) == "Sequential(\n  (0): Linear(2, 3)\n  (1): Tanh()\n)"


def test_npz_round_trip(tmp_path):
    model, other = network(), network()
    for p in model.parameters():
        p.data += 1
    model(normals(8, (5, 1, 6))[0])
    np.savez(tmp_path / "model.npz", **model.state_dict())
    other.load_state_dict(np.load(tmp_path / "model.npz"))
    X = normals(9, (3, 1, 6))[0]
    assert np.array_equal(model.eval()(X).data, other.eval()(X).data)
    saved = model.state_dict()
    model[4][0].weight.data += 1
    assert not np.array_equal(saved["4.0.weight"], model[4][0].weight.data)


def test_a_state_that_does_not_fit_changes_nothing():
    model = network()
    good = model.state_dict()
    for state in (
        {**good, "4.0.weight": np.zeros((3, 8))}, {**good, "extra": np.zeros(1)},
        {k: v for k, v in good.items() if k != "0.bias"},
    ):  # fmt: skip
        state["0.weight"] = good["0.weight"] + 1
        with pytest.raises(ValueError, match="expected .* got"):
            model.load_state_dict(state)
        assert np.array_equal(model[0].weight.data, good["0.weight"])


def test_a_shared_parameter_counts_once_and_gets_both_gradients():
    class Tied(nn.Module):
        def __init__(self):
            self.one, self.two = nn.Linear(3, 3, rng=rng()), nn.Linear(3, 3, rng=rng())
            self.two.weight = self.one.weight

        def forward(self, X):
            return self.two(self.one(X))

    tied, (X,) = Tied(), normals(10, (4, 3))
    assert [name for name, _ in tied.named_parameters()] == ["one.weight", "one.bias", "two.bias"]
    tied(X).sum().backward()
    W = torch.tensor(tied.one.weight.data, requires_grad=True)
    ((torch.tensor(X) @ W + torch.tensor(tied.one.bias.data)) @ W).sum().backward()
    np.testing.assert_allclose(tied.one.weight.grad, W.grad.numpy(), rtol=1e-12)


def test_module_lists_and_none():
    class Deep(nn.Module):
        def __init__(self):
            self.layers = nn.ModuleList(nn.Linear(2, 2, rng=rng()) for _ in range(3))
            self.nothing = None

        def forward(self, X):
            for layer in self.layers:
                X = layer(X)
            return X

    deep = Deep()
    assert len(deep.parameters()) == 6 and len(deep.layers) == 3 and "layers.2.bias" in deep.state_dict()
    assert deep(np.ones((1, 2))).shape == (1, 2)
    with pytest.raises(AttributeError):
        nn.Module()(1)


def test_frozen_parameters_stay_in_the_state():
    layer = nn.Linear(2, 2, rng=rng())
    layer.weight.requires_grad = False
    layer(np.ones((1, 2))).sum().backward()
    assert layer.weight.grad is None and layer.bias.grad is not None and "weight" in layer.state_dict()


@pytest.mark.parametrize("make, X", [
    (lambda: nn.Linear(3, 2, rng=rng()), np.ones((2, 3), np.float32)),
    (lambda: nn.Linear(3, 2, rng=rng()), np.ones((2, 4))),
    (lambda: nn.Linear(3, 2, rng=rng(), dtype=np.float32), np.ones((2, 3))),
    (lambda: nn.Conv2d(1, 1, 3, rng=rng()), np.ones((1, 1, 4, 4), np.float32)),
    (lambda: nn.BatchNorm1d(3), np.ones((4, 2))), (lambda: nn.BatchNorm1d(3), np.ones((4, 3, 2, 2))),
    (lambda: nn.BatchNorm2d(3), np.ones((4, 3))),
    (lambda: nn.LayerNorm(3), np.ones((4, 3), np.float32)),
    (lambda: nn.LSTM(3, 2, rng=rng()), np.ones((1, 2, 3), np.float32)),
    (lambda: nn.LSTM(3, 2, rng=rng()), np.ones((2, 4, 4))),
    (lambda: nn.Embedding(3, 2, rng=rng()), np.ones(2)),
    (lambda: nn.Embedding(3, 2, rng=rng()), np.array([3])),
    (lambda: nn.MultiheadAttention(4, 2, rng=rng()), None),
    (lambda: nn.Conv2d(3, 4, 3, groups=2, rng=rng()), None),
    (lambda: nn.Conv2d(4, 4, (3,), rng=rng()), None), (lambda: nn.Linear(2, 2, rng=0), None),
])  # fmt: skip
def test_wrong_inputs_are_refused(make, X):
    with pytest.raises(ValueError, match="expected|matmul"):
        layer = make()
        if isinstance(layer, nn.MultiheadAttention):
            X = np.ones((1, 2, 4), np.float32)
            layer(X, X, X)
        layer(X)


def test_functional_names_the_op_in_errors():
    with pytest.raises(ValueError, match=r"conv2d of \(1, 2, 3, 3\) and \(1, 3, 2, 2\): expected W"):
        F.conv2d(np.ones((1, 2, 3, 3)), Tensor(np.ones((1, 3, 2, 2))))


def test_recurrent_and_attention_graphs_have_no_cycles():
    layer, heads = nn.LSTM(3, 4, bidirectional=True, rng=rng()), nn.MultiheadAttention(8, 2, rng=rng())
    (X,) = normals(11, (2, 5, 3))
    gc.collect()
    gc.disable()
    try:
        for _ in range(3):
            Y, (h, c) = layer(X)
            (heads(Y, Y, Y)[0].sum() + c.sum()).backward()
            del Y, h, c
        with no_grad():
            layer(X)
        assert gc.collect() == 0
    finally:
        gc.enable()
