r"""Embedding: a table of vectors, one for each symbol; one-hot rows times W without the products with 0."""

import numpy as np

from dlnotes.ops._check import as_float


def embedding(indices, W, *, padding_idx=None):
    r"""Look up the rows of W.

    .. math:: Y_{i} = W_{\text{indices}_i}

    Parameters
    ----------
    indices : ndarray of int (...)
        Symbols, in [0, V).
    W : ndarray (V, D)
        The table.
    padding_idx : int, optional
        A row that gets no gradient; a negative one counts from the end, as in torch. Its value is looked
        up like any other: start it at 0 if padding shall be 0.

    Returns
    -------
    Y : ndarray (..., D)

    Raises
    ------
    ValueError
        If W is no float array (V, D), or an index is no integer or out of range (a negative one too:
        numpy would silently count it from the end).

    Notes
    -----
    ``tests/test_embedding.py`` compares values and gradients with torch.
    """
    indices, W, _ = _inputs(indices, W, padding_idx)
    return W[indices]


def embedding_backward(dY, indices, W, *, padding_idx=None):
    r"""Return ``dW``: a row's gradients are summed over all of its uses.

    .. math:: dW_v = \sum_{i : \text{indices}_i = v} dY_i

    ``np.add.at`` adds for every index; ``dW[indices] += dY`` would keep only the last of equal ones.
    """
    indices, W, padding = _inputs(indices, W, padding_idx)
    dY = as_float(dY, "dY")
    if dY.shape != (*indices.shape, W.shape[1]):
        raise ValueError(f"expected dY {(*indices.shape, W.shape[1])}; got {dY.shape}")
    dW = np.zeros_like(W)
    np.add.at(dW, indices, dY)
    if padding is not None:
        dW[padding] = 0
    return dW


def _inputs(indices, W, padding_idx):
    indices, W = np.asarray(indices), as_float(W, "W")
    if W.ndim != 2:
        raise ValueError(f"expected W (V, D); got {W.shape}")
    if not np.issubdtype(indices.dtype, np.integer):
        raise ValueError(f"expected indices to be integers; got {indices.dtype}")
    outside = (indices < 0) | (indices >= len(W))
    if outside.any():
        raise ValueError(f"expected indices in [0, {len(W)}); got {indices[outside].flat[0]}")
    if padding_idx is not None and not -len(W) <= padding_idx < len(W):
        raise ValueError(f"expected padding_idx in [{-len(W)}, {len(W)}); got {padding_idx}")
    return indices, W, padding_idx
