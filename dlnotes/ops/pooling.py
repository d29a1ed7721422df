r"""Pooling: one number stands for a window of a map, channel by channel. Nothing is learned here.

What most functions share is said here once (the others say what differs):

Parameters
    X : array (N, C, H, W), or (N, C, T) for the functions that end in 1d.
    size, stride, padding, dilation : int, or pair for rows and columns
        Window, its step (None: the size, so that windows tile the map), rows and columns added at each side,
        at most half a window as in torch, and distance of neighbours in the window.
    dY : gradient of the loss with respect to the result.
Returns
    Y (N, C, H_out, W_out), sizes by `dlnotes.ops.windows.conv_output_size`; ``_backward`` returns dX like X.
Raises
    ValueError on a wrong shape or dtype, or a window larger than the padded map.
Notes
    ``tests/test_pooling.py`` compares with torch, and with plain loops where torch has no such function.
    Averages over other windows (adaptive, blurred) are in `smooth_pooling`, sampled ones in
    `stochastic_pooling`; import all of them from here.
"""
from functools import reduce

import numpy as np

from dlnotes.ops._check import as_float, as_upstream, expect_shape
from dlnotes.ops.smooth_pooling import (adaptive_avg_pool1d, adaptive_avg_pool1d_backward,
                                        adaptive_avg_pool2d, adaptive_avg_pool2d_backward, blur_pool1d,
                                        blur_pool1d_backward, blur_pool2d, blur_pool2d_backward,
                                        global_avg_pool, global_avg_pool_backward)
from dlnotes.ops.stochastic_pooling import (expected_pool2d, expected_pool2d_backward, stochastic_pool2d,
                                            stochastic_pool2d_backward)
from dlnotes.ops.windows import pad, pair, pool_geometry, spread, taps, upstream_like

__all__ = ["adaptive_avg_pool1d", "adaptive_avg_pool1d_backward", "adaptive_avg_pool2d",
           "adaptive_avg_pool2d_backward", "avg_pool1d", "avg_pool1d_backward", "avg_pool2d",
           "avg_pool2d_backward", "blur_pool1d", "blur_pool1d_backward", "blur_pool2d",
           "blur_pool2d_backward", "expected_pool2d", "expected_pool2d_backward", "global_avg_pool",
           "global_avg_pool_backward", "max_pool1d", "max_pool1d_backward", "max_pool2d",
           "max_pool2d_backward", "stochastic_pool2d", "stochastic_pool2d_backward", "sum_pool1d",
           "sum_pool1d_backward", "sum_pool2d", "sum_pool2d_backward"]


# Maximum ------------------------------------------------------------------------------------------


def max_pool2d(X, size, stride=None, padding=0, dilation=1):
    r"""Largest number of each window; outside the map counts as :math:`-\infty`.

    .. math:: Y_{n c y x} = \max_{i, j} X_{n,\, c,\, s y + d i - p,\, s x + d j - p}

    Source
    ------
    Zhou and Chellappa, "Computation of optical flow using a neural network", ICNN 1988.
    """
    X, size, stride, padding, dilation, out = pool_geometry(X, size, stride, padding, dilation)
    X_padded = pad(X, padding, -np.inf)
    return reduce(np.maximum, (X_padded[met] for _, met in taps(size, stride, dilation, out)))


def max_pool2d_backward(dY, X, size, stride=None, padding=0, dilation=1):
    """Route each number of dY to the entry that was the maximum, to the first one of equals (as torch).

    The maxima are computed again, which costs less than keeping an index for each. A nan passes no gradient.
    """
    Y = max_pool2d(X, size, stride, padding, dilation)
    X, size, stride, padding, dilation, out = pool_geometry(X, size, stride, padding, dilation)
    dY, X_padded = as_upstream(dY, Y), pad(X, padding, np.nan)       # nan equals nothing: outside never wins

    def shares():
        searching = np.ones(Y.shape, bool)
        for _, met in taps(size, stride, dilation, out):
            wins = searching & (X_padded[met] == Y)
            searching ^= wins
            yield dY * wins

    return spread(shares(), X, size, stride, padding, dilation, out)


# Sum and average ----------------------------------------------------------------------------------


def sum_pool2d(X, size, stride=None, padding=0):
    r"""Sum of each window; outside the map counts as 0.

    .. math:: Y_{n c y x} = \sum_{i, j} X_{n,\, c,\, s y + i - p,\, s x + j - p}
    """
    X, size, stride, padding, dilation, out = pool_geometry(X, size, stride, padding)
    X_padded = pad(X, padding)
    return sum(X_padded[met] for _, met in taps(size, stride, dilation, out))


def sum_pool2d_backward(dY, X, size, stride=None, padding=0):
    """Give all of dY to each entry of its window."""
    X, size, stride, padding, dilation, out = pool_geometry(X, size, stride, padding)
    dY = upstream_like(dY, X.dtype, *X.shape[:2], *out)
    return spread((dY for _ in np.ndindex(*size)), X, size, stride, padding, dilation, out)


def _counts(X, size, stride, padding, count_include_pad):
    """By what each window's sum is divided: an array (1, 1, H_out, W_out), or one number of X's dtype."""
    if count_include_pad:
        return X.dtype.type(np.prod(pair(size, "size", 1)))
    return sum_pool2d(np.ones((1, 1, *X.shape[2:]), X.dtype), size, stride, padding)


def avg_pool2d(X, size, stride=None, padding=0, count_include_pad=True):
    """Mean of each window; with ``count_include_pad`` the zeros outside the map are averaged too.

    Notes
    -----
    As torch, which also includes them by default; without them the border is not darkened.
    """
    Y = sum_pool2d(X, size, stride, padding)
    return Y / _counts(as_float(X, "X"), size, stride, padding, count_include_pad)


def avg_pool2d_backward(dY, X, size, stride=None, padding=0, count_include_pad=True):
    """Give each entry of a window the same share of dY."""
    X, *_, out = pool_geometry(X, size, stride, padding)
    dY = upstream_like(dY, X.dtype, *X.shape[:2], *out)
    share = dY / _counts(X, size, stride, padding, count_include_pad)
    return sum_pool2d_backward(share, X, size, stride, padding)


# One dimension: maps of one row -------------------------------------------------------------------


def _one_row(pool2d, arrays, size, stride, padding, **more):
    """Run a 2-D function on arrays (N, C, T)."""
    for A in arrays:
        expect_shape(as_float(A, "X"), "N C T", "X")
    stride = None if stride is None else (1, stride)
    return pool2d(*(A[:, :, None] for A in arrays), (1, size), stride, (0, padding), **more)[:, :, 0]


def max_pool1d(X, size, stride=None, padding=0, dilation=1):
    """`max_pool2d` for X (N, C, T)."""
    return _one_row(max_pool2d, [X], size, stride, padding, dilation=(1, dilation))


def max_pool1d_backward(dY, X, size, stride=None, padding=0, dilation=1):
    return _one_row(max_pool2d_backward, [dY, X], size, stride, padding, dilation=(1, dilation))


def sum_pool1d(X, size, stride=None, padding=0):
    """`sum_pool2d` for X (N, C, T)."""
    return _one_row(sum_pool2d, [X], size, stride, padding)


def sum_pool1d_backward(dY, X, size, stride=None, padding=0):
    return _one_row(sum_pool2d_backward, [dY, X], size, stride, padding)


def avg_pool1d(X, size, stride=None, padding=0, count_include_pad=True):
    """`avg_pool2d` for X (N, C, T)."""
    return _one_row(avg_pool2d, [X], size, stride, padding, count_include_pad=count_include_pad)


def avg_pool1d_backward(dY, X, size, stride=None, padding=0, count_include_pad=True):
    return _one_row(avg_pool2d_backward, [dY, X], size, stride, padding, count_include_pad=count_include_pad)
