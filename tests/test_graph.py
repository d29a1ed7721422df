"""Graph convolution against its formula in torch, dense and sparse."""
import sys

import numpy as np
import pytest
import scipy.sparse as sp
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from ops_helpers import as_tuple, compare, normals, rejects

from dlnotes.ops.graph import graph_conv, graph_conv_backward, normalize_adjacency

quick = settings(max_examples=25, deadline=None)
modes = st.sampled_from(["none", "row", "symmetric"])


def graph(N, seed=0, weighted=True):
    """A random undirected graph, some of whose nodes have no edge."""
    rng = np.random.default_rng(seed)
    A = np.triu(rng.random((N, N)) < 0.4, 1) * (rng.random((N, N)) + 0.5 if weighted else 1.0)
    return A + A.T


def torch_normalized(A, self_loops, mode):
    """The formula with diagonal matrices and pseudo-inverses: 1 / 0 counts as 0."""
    A = torch.tensor(A)
    A = A + torch.eye(len(A), dtype=A.dtype) if self_loops else A
    D = torch.diag(A.sum(1))
    if mode == "row":
        return torch.linalg.pinv(D) @ A
    root = torch.linalg.pinv(torch.sqrt(D))
    return root @ A @ root if mode == "symmetric" else A


@quick
@given(st.integers(1, 6), modes, st.booleans(), st.integers(0, 99))
def test_normalization_is_the_formula(N, mode, self_loops, seed):
    A = graph(N, seed)
    A.flags.writeable = False
    expected = torch_normalized(A, self_loops, mode)
    for dtype, tol in [(np.float64, 1e-12), (np.float32, 1e-6)]:
        got = normalize_adjacency(A.astype(dtype), self_loops, mode)
        assert got.dtype == dtype
        np.testing.assert_allclose(got, expected, atol=tol)
    turned = normalize_adjacency(A[::-1, ::-1], self_loops, mode)[::-1, ::-1]             # not contiguous
    np.testing.assert_allclose(turned, expected, atol=1e-12)


@quick
@given(st.integers(1, 6), modes, st.booleans(), st.integers(0, 99))
def test_sparse_normalization_is_the_dense_one(N, mode, self_loops, seed):
    A = graph(N, seed)
    for form in (sp.csr_matrix, sp.coo_matrix, sp.csc_matrix, sp.csr_array, sp.coo_array):
        for dtype in (np.float64, np.float32):
            sparse = form(A.astype(dtype))
            got = normalize_adjacency(sparse, self_loops, mode)
            assert sp.issparse(got) and got.format == "csr" and got.dtype == dtype
            np.testing.assert_allclose(got.toarray(), normalize_adjacency(A, self_loops, mode), rtol=1e-6)
            np.testing.assert_array_equal(sparse.toarray(), A.astype(dtype))               # not modified


def test_rows_sum_to_one_and_symmetric_stays_symmetric():
    A = graph(8)
    np.testing.assert_allclose(normalize_adjacency(A, True, "row").sum(axis=1), 1)
    S = normalize_adjacency(A, True, "symmetric")
    np.testing.assert_allclose(S, S.T)
    eigenvalues = np.linalg.eigvalsh(S)
    assert eigenvalues.min() > -1 and abs(eigenvalues.max() - 1) < 1e-12


@pytest.mark.parametrize("make", [np.array, sp.csr_matrix])
@pytest.mark.parametrize("mode", ["none", "row", "symmetric"])
def test_isolated_nodes(make, mode):
    A = make(np.array([[0.0, 2, 0], [2, 0, 0], [0, 0, 0]]))             # node 2 has no edge
    H, W, b = normals(0, (3, 2), (2, 4), (4,))
    alone = graph_conv(normalize_adjacency(A, False, mode), H, W, b)
    np.testing.assert_allclose(alone[2], b)
    np.testing.assert_allclose(graph_conv(normalize_adjacency(A, True, mode), H, W, b)[2], H[2] @ W + b)


def test_a_directed_graph_divides_by_what_each_node_hears():
    A = np.array([[0.0, 1, 1], [0, 0, 0], [1, 0, 0]])                   # 1 is heard, but hears nobody
    for make in (np.array, sp.csr_matrix):
        row = normalize_adjacency(make(A), False, "row")
        np.testing.assert_allclose(row @ np.ones(3), [1, 0, 1])
        symmetric = normalize_adjacency(make(A), False, "symmetric")
        np.testing.assert_allclose(symmetric @ np.eye(3), [[0, 0, 0.5**0.5], [0, 0, 0], [0.5**0.5, 0, 0]])


@pytest.mark.parametrize("scale", [1e4, 1e-310])
def test_normalization_of_extremes(scale):
    A = scale * graph(5)
    for mode in ("row", "symmetric"):
        got = normalize_adjacency(A, False, mode)
        np.testing.assert_allclose(got, normalize_adjacency(graph(5), False, mode), rtol=1e-9)


@quick
@given(st.integers(1, 6), st.integers(1, 4), st.integers(1, 4), st.booleans(), st.integers(0, 99))
def test_graph_conv_is_torchs_product(N, D_in, D_out, with_bias, seed):
    A = normalize_adjacency(graph(N, seed), mode="row")                 # not symmetric: A and A^T differ
    H, W, b = normals(seed, (N, D_in), (D_in, D_out), (D_out,))
    compare(graph_conv, graph_conv_backward, lambda A, H, W, b: A @ H @ W + (0 if b is None else b),
            [A, H, W, b if with_bias else None])


@quick
@given(st.integers(1, 6), st.integers(1, 4), st.integers(1, 4), st.integers(0, 99))
def test_sparse_graph_conv_is_torchs_product(N, D_in, D_out, seed):
    dense = normalize_adjacency(graph(N, seed), mode="row")
    H, W, b = normals(seed, (N, D_in), (D_in, D_out), (D_out,))
    for form in (sp.csr_matrix, sp.coo_array):
        def sparse(like):
            return form(dense.astype(like.dtype))

        compare(lambda H, W, b: graph_conv(sparse(H), H, W, b),
                lambda dZ, H, W, b: as_tuple(graph_conv_backward(dZ, sparse(H), H, W, b)),
                lambda H, W, b: torch.tensor(dense) @ H @ W + b, [H, W, b])
    assert graph_conv_backward(np.ones((N, D_out)), sparse(H), H, W)[0] is None


def test_graph_conv_by_loops_over_edges():
    A, (H, W, b) = graph(5), normals(1, (5, 3), (3, 2), (2,))
    Z = graph_conv(A, H, W, b)
    for i in range(5):
        np.testing.assert_allclose(Z[i], b + sum(A[i, j] * H[j] @ W for j in range(5)), atol=1e-12)


def test_renumbered_nodes_give_renumbered_results():
    A, (H, W) = graph(6), normals(1, (6, 3), (3, 2))
    order = np.random.default_rng(0).permutation(6)
    P = np.eye(6)[order]
    for mode in ("none", "row", "symmetric"):
        Z = graph_conv(normalize_adjacency(A, True, mode), H, W)
        moved = graph_conv(normalize_adjacency(P @ A @ P.T, True, mode), P @ H, W)
        np.testing.assert_allclose(moved, P @ Z, atol=1e-12)


@pytest.mark.parametrize("scale", [1e4, 1e-310])
def test_extremes(scale):
    A, (H, W, b) = graph(4), normals(0, (4, 3), (3, 2), (2,))
    compare(graph_conv, graph_conv_backward, lambda A, H, W, b: A @ H @ W + b, [A, scale * H, W, b],
            float32=scale > 1)


def test_scipy_is_imported_for_sparse_matrices_only(monkeypatch):
    for name in [name for name in sys.modules if name.split(".")[0] == "scipy"]:
        monkeypatch.setitem(sys.modules, name, None)                    # importing it now raises ImportError
    A, (H, W) = graph(4), normals(0, (4, 3), (3, 2))
    graph_conv_backward(np.ones((4, 2)), normalize_adjacency(A, True, "symmetric"), H, W)


def test_wrong_input_is_refused():
    A, (H, W, b) = graph(4), normals(0, (4, 3), (3, 2), (2,))
    for bad in (A[:3], A[0], A.astype(int), sp.csr_matrix(A[:3]), sp.csr_matrix(A.astype(int))):
        rejects(normalize_adjacency, bad)
        rejects(graph_conv, bad, H, W, b)
        rejects(graph_conv_backward, np.zeros((4, 2)), bad, H, W, b)
    for bad in (-A, -sp.csr_matrix(A)):
        rejects(normalize_adjacency, bad, True, "row")
        rejects(normalize_adjacency, bad, True, "symmetric")
        normalize_adjacency(bad, True, "none")
    rejects(normalize_adjacency, A, mode="column")
    rejects(graph_conv, A, H[:3], W, b)
    rejects(graph_conv, A, H, W[:2], b)
    rejects(graph_conv, A, H, W, b[:1])
    rejects(graph_conv, A, H.astype(int), W, b)
    rejects(graph_conv_backward, np.zeros((4, 1)), A, H, W, b)


@pytest.mark.parametrize("i", range(4))
def test_the_comparison_sees_each_wrong_gradient(i):
    A, (H, W, b) = normalize_adjacency(graph(3), mode="row"), normals(0, (3, 3), (3, 3), (3,))

    def spoiled(spoil):
        def backward(*args):
            gradients = list(graph_conv_backward(*args))
            gradients[i] = spoil(gradients[i])
            return tuple(gradients)
        return backward

    for spoil in (lambda g: 1.001 * g, lambda g: g.T if g.ndim == 2 else -g):
        with pytest.raises(AssertionError, match=f"gradient of input {i}"):
            compare(graph_conv, spoiled(spoil), lambda A, H, W, b: A @ H @ W + b, [A, H, W, b])


def test_the_comparison_sees_an_ignored_argument():
    A = graph(5)
    results = [normalize_adjacency(A, *args) for args in [(True, "row"), (False, "row"), (True, "symmetric"),
                                                          (False, "symmetric"), (True,), (False,)]]
    for i, X in enumerate(results):
        for Y in results[:i]:
            assert np.abs(X - Y).max() > 1e-3
