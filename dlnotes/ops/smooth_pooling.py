"""Pooling by averages over other windows: global, adaptive to a wanted size, blurred before subsampling.

Each is a product of one linear map for the rows and one for the columns, so only the map along the last axis
is written here; its transpose is the backward pass. X is (N, C, H, W), or (N, C, T) for the functions that
end in 1d; ``_backward`` returns dX like X.
"""
from math import comb

import numpy as np

from dlnotes.ops._check import as_float, expect_shape
from dlnotes.ops.windows import pair, upstream_like


def _map(X, axes):
    X = as_float(X, "X")
    expect_shape(X, f"N C {axes}", "X")
    if min(X.shape[2:]) < 1:
        raise ValueError(f"expected X with at least one number on each of the axes {axes}; got {X.shape}")
    return X


def _both_axes(f, A, for_rows, for_columns):
    """Apply f(A, setting) along the columns and then along the rows of A (N, C, H, W)."""
    return f(f(A, for_columns).swapaxes(2, 3), for_rows).swapaxes(2, 3)


# Global average -----------------------------------------------------------------------------------


def global_avg_pool(X):
    r"""Mean of each channel over all positions, ready for a linear layer.

    .. math:: Y_{n c} = \frac{1}{H W} \sum_{y, x} X_{n c y x}

    Parameters
    ----------
    X : array (N, C, ...)
        At least one axis of positions.

    Returns
    -------
    array (N, C)
        torch's ``adaptive_avg_pool2d(X, 1)`` keeps two axes of size 1.

    Source
    ------
    Lin, Chen and Yan, "Network in network", ICLR 2014, section 3.2.
    """
    X = as_float(X, "X")
    if X.ndim < 3 or 0 in X.shape[2:]:
        raise ValueError(f"expected X (N, C, ...) with at least one position; got {X.shape}")
    return X.mean(axis=tuple(range(2, X.ndim)))


def global_avg_pool_backward(dY, X):
    """Give each position the same share of dY."""
    Y = global_avg_pool(X)
    dY = upstream_like(dY, Y.dtype, *Y.shape).reshape(*Y.shape, *[1] * (np.ndim(X) - 2))
    return np.broadcast_to(dY / np.prod(np.shape(X)[2:], dtype=Y.dtype), np.shape(X)).copy()


# Adaptive average ---------------------------------------------------------------------------------


def _bins(n, out):
    """Start and end of `out` windows that cover 0..n; they overlap if out does not divide n."""
    return [(i * n // out, -(-(i + 1) * n // out)) for i in range(out)]


def _bin_means(X, out):
    return np.stack([X[..., a:b].mean(axis=-1) for a, b in _bins(X.shape[-1], out)], axis=-1)


def _bin_means_backward(dY, n):
    dX = np.zeros((*dY.shape[:-1], n), dY.dtype)
    for i, (a, b) in enumerate(_bins(n, dY.shape[-1])):
        dX[..., a:b] += dY[..., i:i + 1] / (b - a)
    return dX


def adaptive_avg_pool2d(X, out):
    r"""Average to a wanted size, whatever the size of X.

    .. math:: Y_{n c y x} = \text{mean of } X_{n c i j} \text{ over }
              \lfloor y H / H_{out} \rfloor \le i < \lceil (y + 1) H / H_{out} \rceil
              \text{ and likewise } j

    Parameters
    ----------
    X : array (N, C, H, W)
    out : int or pair
        (H_out, W_out); may be larger than (H, W), which repeats entries.

    Notes
    -----
    The windows are torch's. Each is a rectangle, so the mean of row means is its mean.
    """
    return _both_axes(_bin_means, _map(X, "H W"), *pair(out, "out", 1))


def adaptive_avg_pool2d_backward(dY, X, out):
    X = _map(X, "H W")
    dY = upstream_like(dY, X.dtype, *X.shape[:2], *pair(out, "out", 1))
    return _both_axes(_bin_means_backward, dY, *X.shape[2:])


def adaptive_avg_pool1d(X, out):
    """`adaptive_avg_pool2d` for X (N, C, T) and an int."""
    return _bin_means(_map(X, "T"), pair(out, "out", 1)[0])


def adaptive_avg_pool1d_backward(dY, X, out):
    X = _map(X, "T")
    return _bin_means_backward(upstream_like(dY, X.dtype, *X.shape[:2], pair(out, "out", 1)[0]), X.shape[2])


# Blur, then subsample -----------------------------------------------------------------------------


def _mirrored(n, size):
    """Which entry of 0..n stands at each place of the axis once its ends are continued by reflection."""
    return np.pad(np.arange(n), ((size - 1) // 2, size // 2), mode="reflect")


def _blur_taps(n, size, stride):
    """Binomial weights and the places that each of them meets, from one window to the next by stride."""
    last = stride * ((n - 1) // stride) + 1
    return [(comb(size - 1, i) / 2 ** (size - 1), slice(i, i + last, stride)) for i in range(size)]


def _blur(X, setting):
    size, stride = setting
    X_padded = X[..., _mirrored(X.shape[-1], size)]
    return sum(weight * X_padded[..., met] for weight, met in _blur_taps(X.shape[-1], size, stride))


def _blur_backward(dY, setting):
    size, stride, n = setting
    origin = _mirrored(n, size)
    dX_padded = np.zeros((*dY.shape[:-1], len(origin)), dY.dtype)
    for weight, met in _blur_taps(n, size, stride):
        dX_padded[..., met] += weight * dY
    left = (size - 1) // 2
    dX = dX_padded[..., left:left + n].copy()
    for place in [*range(left), *range(left + n, len(origin))]:        # mirrored places: back to their origin
        dX[..., origin[place]] += dX_padded[..., place]
    return dX


def _blur_setting(size, stride):
    return pair(size, "size", 1), pair(stride, "stride", 1)


def blur_pool2d(X, size=3, stride=2):
    r"""Smooth with a binomial filter, then keep every stride-th row and column.

    .. math:: Y_{n c y x} = \sum_{i, j} w_i w_j\, X_{n,\, c,\, s y + i - l,\, s x + j - l}, \qquad
              w_i = \binom{k - 1}{i} \Big/ 2^{k - 1}, \quad l = \Big\lfloor \frac{k - 1}{2} \Big\rfloor

    Parameters
    ----------
    X : array (N, C, H, W)
    size, stride : int or pair
        k and s. Sizes 2, 3, 5 are the filters Rect-2, Tri-3, Bin-5 of the source.

    Returns
    -------
    array (N, C, ceil(H / s), ceil(W / s))

    Notes
    -----
    Beyond the border the map goes on by reflection, as in the authors' code (a map narrower than the filter
    is reflected repeatedly). Subsampling alone aliases: a shift by one pixel can change the result a lot.

    Source
    ------
    Zhang, "Making convolutional networks shift-invariant again", ICML 2019, section 3.2.
    """
    size, stride = _blur_setting(size, stride)
    return _both_axes(_blur, _map(X, "H W"), *zip(size, stride))


def blur_pool2d_backward(dY, X, size=3, stride=2):
    X, (size, stride) = _map(X, "H W"), _blur_setting(size, stride)
    dY = upstream_like(dY, X.dtype, *X.shape[:2], *((n - 1) // s + 1 for n, s in zip(X.shape[2:], stride)))
    return _both_axes(_blur_backward, dY, *zip(size, stride, X.shape[2:]))


def blur_pool1d(X, size=3, stride=2):
    """`blur_pool2d` for X (N, C, T) and ints."""
    (size, _), (stride, _) = _blur_setting(size, stride)
    return _blur(_map(X, "T"), (size, stride))


def blur_pool1d_backward(dY, X, size=3, stride=2):
    X, ((size, _), (stride, _)) = _map(X, "T"), _blur_setting(size, stride)
    dY = upstream_like(dY, X.dtype, *X.shape[:2], (X.shape[2] - 1) // stride + 1)
    return _blur_backward(dY, (size, stride, X.shape[2]))
