r"""Stochastic pooling: in training a window is represented by one of its entries, drawn with a probability
proportional to the entry; in testing by the mean under these probabilities.

X (N, C, H, W) must not be negative (it comes from a ReLU). Windows are as in `dlnotes.ops.pooling`, without
padding.
"""
import numpy as np

from dlnotes.ops.windows import pool_geometry, spread, upstream_like, windows


def _entries(X, size, stride):
    """The geometry, and the windows (N, C, kH * kW, H_out, W_out) of X with entries on the third axis."""
    X, size, stride, padding, dilation, out = pool_geometry(X, size, stride)
    if not (X >= 0).all():
        raise ValueError(f"expected X >= 0 (as from a ReLU); got a minimum of {X.min()}")
    V = windows(X, size, stride).reshape(*X.shape[:2], size[0] * size[1], *out)
    return (X, size, stride, padding, dilation, out), V


def stochastic_pool2d(X, size, stride=None, *, rng):
    r"""Draw one entry of each window.

    .. math:: Y = a_l, \qquad P(l = i) = p_i = \frac{a_i}{\sum_j a_j}

    for the entries a of a window.

    Parameters
    ----------
    X : array (N, C, H, W), >= 0
    size, stride : int or pair
    rng : numpy.random.Generator

    Returns
    -------
    Y : array (N, C, H_out, W_out)
    chosen : integer array (N, C, H_out, W_out)
        Which entry of its window was drawn, numbered row by row: `stochastic_pool2d_backward` needs it. -1
        for a window of zeros, whose Y is 0 and which passes no gradient.

    Source
    ------
    Zeiler and Fergus, "Stochastic pooling for regularization of deep convolutional neural networks", ICLR
    2013, eqs. 4 and 5.
    """
    (X, *_), V = _entries(X, size, stride)
    running = V.cumsum(axis=2)
    total = running[:, :, -1:]
    threshold = rng.random(total.shape, dtype=X.dtype) * total
    chosen = (running <= threshold).sum(axis=2)                 # entries before the sum passes the threshold
    chosen = np.minimum(chosen, (running < total).sum(axis=2))  # rounding may lift the threshold to the total
    Y = np.take_along_axis(V, chosen[:, :, None], axis=2)[:, :, 0]
    return Y, np.where(total[:, :, 0] > 0, chosen, -1)


def stochastic_pool2d_backward(dY, chosen, X, size, stride=None):
    """Route each number of dY to the entry that was drawn; how X moved the probabilities is left out, as in
    the source (section 3.1), since a drawn index has no derivative."""
    geometry, V = _entries(X, size, stride)
    dY = upstream_like(dY, V.dtype, *V.shape[:2], *V.shape[3:])
    if np.shape(chosen) != dY.shape:
        raise ValueError(f"expected chosen {dY.shape}; got {np.shape(chosen)}")
    return spread((dY * (chosen == entry) for entry in range(V.shape[2])), *geometry)


def _mean(V):
    """Probabilities and their mean for windows V; zeros where a window holds only zeros."""
    total = V.sum(axis=2, keepdims=True)
    P = np.divide(V, total, out=np.zeros_like(V), where=total > 0)
    return P, total, (P * V).sum(axis=2)


def expected_pool2d(X, size, stride=None):
    r"""Test time: the mean of each window under the probabilities of `stochastic_pool2d`.

    .. math:: Y = \sum_i p_i a_i = \frac{\sum_i a_i^2}{\sum_i a_i}, \qquad
              \frac{\partial Y}{\partial a_i} = \frac{2 a_i - Y}{\sum_j a_j}

    and both are 0 in a window of zeros.

    Source
    ------
    Zeiler and Fergus, ICLR 2013, eq. 6.
    """
    return _mean(_entries(X, size, stride)[1])[2]


def expected_pool2d_backward(dY, X, size, stride=None):
    geometry, V = _entries(X, size, stride)
    P, total, Y = _mean(V)
    dY = upstream_like(dY, Y.dtype, *Y.shape)
    mean_share = np.divide(Y, total[:, :, 0], out=np.zeros_like(Y), where=total[:, :, 0] > 0)
    return spread((dY * (2 * P[:, :, entry] - mean_share) for entry in range(V.shape[2])), *geometry)
