"""The layers of `dlnotes.ops.graph` against those of PyTorch Geometric: GCNConv and the plain sum, outputs and all gradients."""

import os

import numpy as np
import pytest
import torch

from dlnotes.ops.graph import graph_conv, graph_conv_backward, normalize_adjacency


@pytest.fixture(scope="module")
def GCNConv():      # loading it takes as long as loading torch: not while tests are collected
    try:
        from torch_geometric.nn import GCNConv
    except ImportError:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip("no torch-geometric here: pip install -r requirements.txt")
    return GCNConv


def random_graph(N, seed):
    """Undirected, weighted, with some nodes that have no edge; as a matrix and as PyTorch Geometric's list of edges."""
    rng = np.random.default_rng(seed)
    A = np.triu((rng.random((N, N)) < 0.3) * rng.uniform(0.2, 2, (N, N)), 1)
    A = A + A.T
    A[N // 2] = A[:, N // 2] = 0
    pairs = np.array(np.nonzero(A.T))                                 # row 0 sends, row 1 hears
    return A, torch.tensor(pairs), torch.tensor(A[pairs[1], pairs[0]])


@pytest.mark.parametrize("normalize, mode", [(True, "symmetric"), (False, "none")])
@pytest.mark.parametrize("loops", [True, False])
@pytest.mark.parametrize("seed", range(5))
def test_gcn_conv(GCNConv, normalize, mode, loops, seed):
    rng = np.random.default_rng(100 + seed)
    A, edges, weight = random_graph(9, seed)
    H, dZ = rng.standard_normal((9, 4)), rng.standard_normal((9, 3))
    theirs = GCNConv(4, 3, normalize=normalize, add_self_loops=loops and normalize).double()
    with torch.no_grad():
        theirs.bias.copy_(torch.tensor(rng.standard_normal(3)))
    X = torch.tensor(H, requires_grad=True)
    Z = theirs(X, edges, weight)
    Z.backward(torch.tensor(dZ))
    W, b = theirs.lin.weight.detach().numpy().T, theirs.bias.detach().numpy()
    M = normalize_adjacency(A, loops and normalize, mode)
    np.testing.assert_allclose(graph_conv(M, H, W, b), Z.detach(), atol=1e-12)
    _, dH, dW, db = graph_conv_backward(dZ, M, H, W, b)
    for ours, grad in ((dH, X.grad), (dW, theirs.lin.weight.grad.T), (db, theirs.bias.grad)):
        np.testing.assert_allclose(ours, grad, atol=1e-12)


def test_renumbered_nodes_give_renumbered_results(GCNConv):
    A, edges, weight = random_graph(8, 3)
    order = torch.tensor(np.random.default_rng(0).permutation(8))
    layer, X = GCNConv(2, 5).double(), torch.tensor(np.random.default_rng(1).standard_normal((8, 2)))
    place = torch.argsort(order)                                      # where each node has gone
    np.testing.assert_allclose(layer(X[order], place[edges], weight).detach(), layer(X, edges, weight)[order].detach(), atol=1e-12)
    W, b = layer.lin.weight.detach().numpy().T, layer.bias.detach().numpy()
    turned = graph_conv(normalize_adjacency(A[order][:, order], True, "symmetric"), X[order].numpy(), W, b)
    np.testing.assert_allclose(turned, layer(X, edges, weight)[order].detach(), atol=1e-12)
