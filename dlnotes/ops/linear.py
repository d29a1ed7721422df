r"""The linear (affine) map: rows are examples, ``Y = X @ W + b``. torch stores the transpose of W."""

import math

from dlnotes.ops._check import as_float


def linear(X, W, b=None):
    r"""Map every row of X by the same weights.

    .. math:: Y_{nk} = \sum_j X_{nj} W_{jk} + b_k

    Parameters
    ----------
    X : ndarray (..., D_in)
        Examples; any number of leading axes, none included.
    W : ndarray (D_in, D_out)
    b : ndarray (D_out,), optional

    Returns
    -------
    Y : ndarray (..., D_out)

    Raises
    ------
    ValueError
        If an input is no float array or the shapes do not fit.

    Notes
    -----
    ``tests/test_linear.py`` compares the values and every gradient with torch.
    """
    X, W, b = _inputs(X, W, b)
    Y = X @ W
    return Y if b is None else Y + b


def linear_backward(dY, X, W, b=None):
    r"""Return ``(dX, dW, db)``; db is None without b.

    .. math:: dX = dY\, W^\top, \qquad dW = X^\top dY, \qquad db_k = \sum_n dY_{nk}

    The leading axes of X and dY are flattened to one axis of rows, since each row uses the same W and b.
    """
    X, W, b = _inputs(X, W, b)
    dY = as_float(dY, "dY")
    if dY.shape != X.shape[:-1] + W.shape[1:]:
        raise ValueError(f"expected dY {X.shape[:-1] + W.shape[1:]}; got {dY.shape}")
    dY_rows = _rows(dY)
    dW = _rows(X).T @ dY_rows
    return dY @ W.T, dW, None if b is None else dY_rows.sum(axis=0)


def _rows(X):
    return X.reshape(math.prod(X.shape[:-1]), X.shape[-1])


def _inputs(X, W, b):
    X, W = as_float(X, "X"), as_float(W, "W")
    if W.ndim != 2:
        raise ValueError(f"expected W (D_in, D_out); got {W.shape}")
    if X.ndim == 0 or X.shape[-1] != W.shape[0]:
        raise ValueError(f"expected X (..., {W.shape[0]}) for W {W.shape}; got {X.shape}")
    if b is not None:
        b = as_float(b, "b")
        if b.shape != W.shape[1:]:
            raise ValueError(f"expected b ({W.shape[1]},); got {b.shape}")
    return X, W, b
