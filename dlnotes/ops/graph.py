"""Graph convolution: every node takes up the features of its neighbours.

A graph of N nodes is an adjacency matrix A (N, N): ``A[i, j]`` is the weight with which node i hears node j,
0 for no edge. It is a dense float array or a sparse matrix of scipy, which is imported only if one comes.
"""
import numpy as np

from dlnotes.ops._check import as_float, expect_shape
from dlnotes.ops.linear import linear_backward
from dlnotes.ops.windows import upstream_like


def _is_sparse(A):
    return hasattr(A, "tocsr")


def _adjacency(A):
    if _is_sparse(A):
        A = A.tocsr()
        as_float(A.data, "A")
    else:
        A = as_float(A, "A")
    if A.ndim != 2 or A.shape[0] != A.shape[1]:
        raise ValueError(f"expected A (N, N); got {A.shape}")
    return A


def normalize_adjacency(A, self_loops=True, mode="none"):
    r"""Add self-loops and divide by degrees.

    .. math:: \hat A = A + I, \qquad \hat D_{ii} = \sum_j \hat A_{ij}, \qquad
              \text{none: } \hat A, \quad \text{row: } \hat D^{-1} \hat A, \quad
              \text{symmetric: } \hat D^{-1/2} \hat A \hat D^{-1/2}

    Parameters
    ----------
    A : array or sparse matrix (N, N)
        Float. "symmetric" is meant for undirected graphs, A = A^T; degrees are row sums in any case.
    self_loops : bool
        Whether to add I (to what the diagonal already holds), so that a node keeps features of its own.
    mode : {"none", "row", "symmetric"}
        Sum of the neighbours, their mean, or a mean that also counts popular neighbours less.

    Returns
    -------
    array or sparse matrix (N, N)
        As A: dense for dense, compressed rows for sparse, the same dtype.

    Raises
    ------
    ValueError
        On a matrix that is not square or not float, an unknown mode, or negative weights to divide.

    Notes
    -----
    A node of degree 0 (possible only without self-loops) keeps its row of zeros instead of 0 / 0. Sums change
    the scale of features with the degree, layer by layer; the eigenvalues of the other two lie in [-1, 1].
    The graph is data, so there is no backward function. ``tests/test_graph.py`` compares with torch.

    Source
    ------
    Kipf and Welling, "Semi-supervised classification with graph convolutional networks", ICLR 2017, eq. 2.
    """
    A = _adjacency(A)
    if mode not in ("none", "row", "symmetric"):
        raise ValueError(f'expected mode "none", "row" or "symmetric"; got {mode!r}')
    weights = A.data if _is_sparse(A) else A
    if mode != "none" and (weights < 0).any():
        raise ValueError(f"expected A with weights >= 0 for mode {mode!r}; got {weights.min()}")
    A = A + _identity(A) if self_loops else A.copy()
    if mode == "none":
        return A
    degree = np.asarray(A.sum(axis=1)).ravel()
    degree[degree == 0] = np.inf                                       # a row without edges: 0 / inf = 0
    if mode == "row":
        return _divided(A, degree, np.ones_like(degree))
    return _divided(A, np.sqrt(degree), np.sqrt(degree))


def _identity(A):
    if not _is_sparse(A):
        return np.eye(len(A), dtype=A.dtype)
    from scipy.sparse import identity
    return identity(A.shape[0], dtype=A.dtype, format="csr")


def _divided(A, rows, columns):
    """A with row i divided by rows[i] and column j by columns[j]; a sparse A, our own copy, in place."""
    if not _is_sparse(A):
        return A / rows[:, None] / columns
    A.data /= np.repeat(rows, np.diff(A.indptr))                       # indptr: where each row starts
    A.data /= columns[A.indices]
    return A


def graph_conv(A, H, W, b=None):
    r"""One layer of a graph convolutional network, before its nonlinearity.

    .. math:: Z = A H W + b, \qquad z_i = \sum_j A_{ij}\, h_j W + b

    Parameters
    ----------
    A : array or sparse matrix (N, N)
        Usually from `normalize_adjacency`.
    H : array (N, D_in)
        One row of features a node.
    W : array (D_in, D_out)
    b : array (D_out,), optional

    Returns
    -------
    array (N, D_out)
        A node that hears nobody, not even itself, has b.

    Raises
    ------
    ValueError
        On a wrong shape or dtype.

    Notes
    -----
    The same weights at each node make the layer equivariant: renumbered nodes give renumbered results. A (H
    W) and (A H) W agree; the one with the narrower matrix in the middle is computed. ``tests/test_graph.py``
    compares with torch.

    Source
    ------
    Kipf and Welling, ICLR 2017, eq. 2.
    """
    A, H, W, b = _inputs(A, H, W, b)
    Z = A @ (H @ W) if W.shape[1] <= W.shape[0] else (A @ H) @ W
    return Z if b is None else Z + b


def graph_conv_backward(dZ, A, H, W, b=None):
    r"""Gradients dA, dH, dW, db of `graph_conv`.

    .. math:: dA = dZ\, (H W)^\top, \qquad dH = A^\top dZ\, W^\top, \qquad dW = H^\top A^\top dZ, \qquad
              db = \sum_i dz_i

    dA is None for a sparse A (the graph is data, and the gradient would be dense); db is None without b.
    """
    A, H, W, b = _inputs(A, H, W, b)
    dZ = upstream_like(dZ, np.result_type(H, W), len(H), W.shape[1])
    dH, dW, _ = linear_backward(A.T @ dZ, H, W)                        # back along the edges first
    dA = None if _is_sparse(A) else dZ @ (H @ W).T
    return dA, dH, dW, None if b is None else dZ.sum(axis=0)


def _inputs(A, H, W, b):
    A, H, W = _adjacency(A), as_float(H, "H"), as_float(W, "W")
    sizes = expect_shape(H, f"{A.shape[0]} D_in", "H")
    sizes = expect_shape(W, "D_in D_out", "W", sizes)
    if b is not None:
        b = as_float(b, "b")
        expect_shape(b, "D_out", "b", sizes)
    return A, H, W, b
