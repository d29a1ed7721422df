r"""Convolution as neural networks use it: a kernel slides over a map, and its inner product with the patch
below is one number of the result. The kernel is not flipped: in signal processing this is a correlation.

Maps are (N, C, H, W), examples first; sequences are (N, C, T) and are computed as maps of one row. Three
loops hold all the arithmetic, and each of them is linear in both of its arguments:

* `_correlate`       Y  from X, W: gather the patches, multiply by the kernel;
* `_scatter`         dX from dY, W: multiply by the kernel, add the patches back where they came from;
* `_kernel_gradient` dW from dY, X: what upstream says of a position times the patch below that position.

A transposed convolution is `_scatter` used as a forward pass, hence `_correlate` is its backward pass.
Parameters are named and laid out as in ``torch.nn.functional``; `conv2d` has the formula. In comments,
``G`` groups, ``K = C_in / G * kH * kW`` numbers a patch (of one group), ``L = H_out * W_out`` patches a map.
"""
import math

import numpy as np

from dlnotes.ops._check import as_float, expect_shape
from dlnotes.ops.windows import (conv_output_size, conv_transpose_output_size, pad, pair, receptive_field,
                                 taps, upstream_like, windows)

__all__ = ["conv1d", "conv1d_backward", "conv1d_transpose", "conv1d_transpose_backward", "conv2d",
           "conv2d_backward", "conv2d_transpose", "conv2d_transpose_backward", "conv_output_size",
           "conv_transpose_output_size", "receptive_field", "windows"]

BLOCK = 2**18      # numbers of copied patches at a time: 1 or 2 MB, about what the cache of a core holds


# The three bilinear loops -------------------------------------------------------------------------


def _blocks(N, numbers):
    """Slices of 0..N, each with few enough examples of that many numbers to stay in the cache."""
    step = max(1, BLOCK // max(1, numbers))
    return [slice(n, n + step) for n in range(0, N, step)]


def _correlate(X, W, stride, padding, dilation, groups):
    """Y (N, C_out, H_out, W_out) of X (N, C_in, H, W): one matrix product an example and group."""
    V = windows(pad(X, padding), W.shape[2:], stride, dilation)
    N, K, out = len(X), W[0].size, V.shape[4:]
    W_rows = W.reshape(groups, len(W) // groups, K)
    Y = np.empty((N, *W_rows.shape[:2], math.prod(out)), np.result_type(X, W))
    for block in _blocks(N, math.prod(V.shape[1:])):
        columns = V[block].reshape(-1, groups, K, Y.shape[3])          # the copy that makes it one product
        np.matmul(W_rows, columns, out=Y[block])                       # (G, C_out/G, K) @ (n, G, K, L)
    return Y.reshape(N, len(W), *out)


def _scatter(dY, W, space, stride, padding, dilation, groups):
    """dX (N, C_in, *space) of dY (N, C_out, H_out, W_out): the transpose of `_correlate`."""
    (N, _, *out), C_in = dY.shape, groups * W.shape[1]
    W_columns = W.reshape(groups, len(W) // groups, -1).swapaxes(1, 2)             # (G, K, C_out/G)
    dY = dY.reshape(N, groups, len(W) // groups, math.prod(out))
    dX = np.zeros((N, C_in, *(n + 2 * p for n, p in zip(space, padding))), np.result_type(dY, W))
    for block in _blocks(N, groups * W[0].size * math.prod(out)):
        dV = (W_columns @ dY[block]).reshape(-1, C_in, *W.shape[2:], *out)
        for (i, j), met in taps(W.shape[2:], stride, dilation, out):
            dX[block][met] += dV[:, :, i, j]                           # patches overlap, so they add up
    return dX[:, :, padding[0]:padding[0] + space[0], padding[1]:padding[1] + space[1]]


def _kernel_gradient(dY, X, W, stride, padding, dilation, groups):
    """dW like W (C_out, C_in/G, kH, kW): the patches, each weighted by what upstream says of its position."""
    V = windows(pad(X, padding), W.shape[2:], stride, dilation)[..., :dY.shape[2], :dY.shape[3]]
    N, K, L = len(X), W[0].size, math.prod(dY.shape[2:])
    dY = dY.reshape(N, groups, len(W) // groups, L)
    dW = np.zeros((groups, len(W) // groups, K), np.result_type(dY, X))
    for block in _blocks(N, math.prod(V.shape[1:])):
        rows = V[block].reshape(-1, groups, K, L).swapaxes(2, 3)
        dW += (dY[block] @ rows).sum(axis=0)                           # (n, G, C_out/G, L) @ (n, G, L, K)
    return dW.reshape(W.shape)


# Convolution --------------------------------------------------------------------------------------


def _inputs(X, W, b, groups, space, transposed=False):
    """Check the arrays of a (transposed) convolution over the axes `space`, "H W" or "T"."""
    X, W = as_float(X, "X"), as_float(W, "W")
    C_in = expect_shape(X, f"N C_in {space}", "X")["C_in"]
    kernel = " ".join(f"k{axis}" for axis in space.split())
    if groups < 1 or C_in % groups:
        raise ValueError(f"expected groups that divide C_in={C_in}; got {groups}")
    channels = f"{C_in} C_out/groups" if transposed else f"C_out {C_in // groups}"
    expect_shape(W, f"{channels} {kernel}", "W")
    if 0 in W.shape:
        raise ValueError(f"expected W with at least one number on each axis; got {W.shape}")
    if not transposed and len(W) % groups:
        raise ValueError(f"expected groups that divide C_out={len(W)}; got {groups}")
    if b is not None:
        b = as_float(b, "b")
        expect_shape(b, str(W.shape[1] * groups if transposed else len(W)), "b")
    return X, W, b


def _settings(stride, padding, dilation):
    return pair(stride, "stride", 1), pair(padding, "padding"), pair(dilation, "dilation", 1)


def _output_space(X, W, *settings):
    return [conv_output_size(*axis) for axis in zip(X.shape[2:], W.shape[2:], *settings)]


def conv2d(X, W, b=None, stride=1, padding=0, dilation=1, groups=1):
    r"""2-D convolution (cross-correlation) with zero padding.

    .. math:: Y_{n o y x} = b_o + \sum_{c, i, j} W_{o c i j}\; X_{n,\, c,\, s y + d i - p,\, s x + d j - p}

    Parameters
    ----------
    X : array (N, C_in, H, W)
    W : array (C_out, C_in/groups, kH, kW)
    b : array (C_out,), optional
    stride, padding, dilation : int or pair
        s, p and d of the formula, for rows and columns; X counts as 0 outside.
    groups : int
        Output channel o sees only the input channels of its own group. ``groups = C_in`` is a depthwise
        convolution; one more convolution with a 1 x 1 kernel makes it depthwise separable.

    Returns
    -------
    array (N, C_out, H_out, W_out)
        Sizes by `conv_output_size`.

    Raises
    ------
    ValueError
        On a wrong shape, channels that groups do not divide, or a kernel larger than the padded map.

    Notes
    -----
    Nothing is kept for the backward pass: copying the patches again is cheap beside the products. A few
    examples are done at a time, so that the copy stays in the cache. ``tests/test_conv.py`` compares value
    and gradients with torch.

    Source
    ------
    Goodfellow, Bengio and Courville, "Deep Learning", 2016, eq. 9.6; LeCun et al., Proc. IEEE 1998.
    """
    X, W, b = _inputs(X, W, b, groups, "H W")
    settings = _settings(stride, padding, dilation)
    _output_space(X, W, *settings)
    Y = _correlate(X, W, *settings, groups)
    return Y if b is None else Y + b[:, None, None]


def conv2d_backward(dY, X, W, b=None, stride=1, padding=0, dilation=1, groups=1):
    r"""Gradients dX, dW, db (None for a b that is None) of `conv2d`.

    .. math:: dW_{o c i j} = \sum_{n, y, x} dY_{n o y x}\; X_{n,\, c,\, s y + d i - p,\, s x + d j - p},
              \qquad db_o = \sum_{n, y, x} dY_{n o y x}

    and dX adds :math:`W_{o c i j}\, dY_{n o y x}` at each place that the same indices of X name.

    Source
    ------
    Dumoulin and Visin, arXiv:1603.07285, section 4.
    """
    X, W, b = _inputs(X, W, b, groups, "H W")
    settings = _settings(stride, padding, dilation)
    dY = upstream_like(dY, np.result_type(X, W), len(X), len(W), *_output_space(X, W, *settings))
    dX = _scatter(dY, W, X.shape[2:], *settings, groups)
    dW = _kernel_gradient(dY, X, W, *settings, groups)
    return dX, dW, None if b is None else dY.sum(axis=(0, 2, 3))


def conv1d(X, W, b=None, stride=1, padding=0, dilation=1, groups=1):
    """1-D convolution of X (N, C_in, T) with W (C_out, C_in/groups, k): `conv2d` on maps of one row."""
    X, W, b = _inputs(X, W, b, groups, "T")
    return conv2d(X[:, :, None], W[:, :, None], b, (1, stride), (0, padding), (1, dilation), groups)[:, :, 0]


def conv1d_backward(dY, X, W, b=None, stride=1, padding=0, dilation=1, groups=1):
    """Gradients dX, dW, db of `conv1d`."""
    X, W, b = _inputs(X, W, b, groups, "T")
    dX, dW, db = conv2d_backward(np.expand_dims(dY, -2), X[:, :, None], W[:, :, None], b,
                                 (1, stride), (0, padding), (1, dilation), groups)
    return dX[:, :, 0], dW[:, :, 0], db


# Transposed convolution ---------------------------------------------------------------------------


def _transpose_space(X, W, output_padding, stride, padding, dilation):
    axes = zip(X.shape[2:], W.shape[2:], stride, padding, pair(output_padding, "output_padding"), dilation)
    return [conv_transpose_output_size(*axis) for axis in axes]


def conv2d_transpose(X, W, b=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1):
    r"""Transposed ("fractionally strided") convolution: every number of X lays down a copy of the kernel.

    .. math:: Y_{n,\, o,\, s y + d i - p,\, s x + d j - p} \mathrel{+}= X_{n c y x}\; W_{c o i j}, \qquad
              \text{then } Y_{n o \cdot \cdot} \mathrel{+}= b_o

    Parameters
    ----------
    X : array (N, C_in, H, W)
    W : array (C_in, C_out/groups, kH, kW)
        The kernel of the convolution C_out -> C_in whose backward pass this is.
    b : array (C_out,), optional
    stride, padding, output_padding, groups, dilation
        As in torch, in its order: padding *removes* rows at either end, output_padding adds at the far end.

    Returns
    -------
    array (N, C_out, H_out, W_out)
        Sizes by `conv_transpose_output_size`.

    Notes
    -----
    It is the transpose of the convolution's matrix, not its inverse: it restores the shape, not the values.

    Source
    ------
    Dumoulin and Visin, arXiv:1603.07285, section 4; Zeiler et al., "Deconvolutional networks", CVPR 2010.
    """
    X, W, b = _inputs(X, W, b, groups, "H W", transposed=True)
    settings = _settings(stride, padding, dilation)
    Y = _scatter(X, W, _transpose_space(X, W, output_padding, *settings), *settings, groups)
    return Y if b is None else Y + b[:, None, None]


def conv2d_transpose_backward(dY, X, W, b=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1):
    """Gradients dX, dW, db of `conv2d_transpose`: dX is a convolution of dY; for dW, X and dY swap roles.

    Rows of dY that no whole kernel reaches (output_padding beyond the stride) give positions that X has not.
    """
    X, W, b = _inputs(X, W, b, groups, "H W", transposed=True)
    settings = _settings(stride, padding, dilation)
    space = _transpose_space(X, W, output_padding, *settings)
    dY = upstream_like(dY, np.result_type(X, W), len(X), groups * W.shape[1], *space)
    dX = _correlate(dY, W, *settings, groups)[:, :, :X.shape[2], :X.shape[3]]
    dW = _kernel_gradient(X, dY, W, *settings, groups)
    return dX, dW, None if b is None else dY.sum(axis=(0, 2, 3))


def conv1d_transpose(X, W, b=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1):
    """Transposed 1-D convolution of X (N, C_in, T) with W (C_in, C_out/groups, k)."""
    X, W, b = _inputs(X, W, b, groups, "T", transposed=True)
    settings = (1, stride), (0, padding), (0, output_padding), groups, (1, dilation)
    return conv2d_transpose(X[:, :, None], W[:, :, None], b, *settings)[:, :, 0]


def conv1d_transpose_backward(dY, X, W, b=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1):
    """Gradients dX, dW, db of `conv1d_transpose`."""
    X, W, b = _inputs(X, W, b, groups, "T", transposed=True)
    settings = (1, stride), (0, padding), (0, output_padding), groups, (1, dilation)
    dX, dW, db = conv2d_transpose_backward(np.expand_dims(dY, -2), X[:, :, None], W[:, :, None], b, *settings)
    return dX[:, :, 0], dW[:, :, 0], db
