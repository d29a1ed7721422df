"""Where a sliding window stops, and which numbers it sees there: shared by convolution and pooling."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from dlnotes.ops._check import as_float, as_upstream, expect_shape


def conv_output_size(n, kernel, stride=1, padding=0, dilation=1):
    r"""Number of positions that a sliding window has along one axis.

    .. math:: n_{out} = \left\lfloor \frac{n + 2p - d\,(k - 1) - 1}{s} \right\rfloor + 1

    Parameters
    ----------
    n, kernel, stride, padding, dilation : int
        Size n, window k, step s, zeros p added at either end, distance d of neighbouring kernel entries.

    Returns
    -------
    int

    Raises
    ------
    ValueError
        If the window, d (k - 1) + 1 wide, does not fit into n + 2 p.

    Source
    ------
    Dumoulin and Visin, "A guide to convolution arithmetic for deep learning", 2016, arXiv:1603.07285,
    relationship 15.
    """
    reach = dilation * (kernel - 1) + 1
    if reach > n + 2 * padding:
        room = f"{n + 2 * padding} (size {n}, padding {padding} at either end)"
        raise ValueError(f"expected a window no wider than {room}; got {reach}")
    return (n + 2 * padding - reach) // stride + 1


def conv_transpose_output_size(n, kernel, stride=1, padding=0, output_padding=0, dilation=1):
    r"""Size that a transposed convolution makes of n; `conv_output_size` maps it back to n.

    .. math:: n_{out} = (n - 1)\,s - 2p + d\,(k - 1) + 1 + p_{out}, \qquad 0 \le p_{out} < \max(s, d)

    Notes
    -----
    With stride s, s sizes share one `conv_output_size`; output_padding (at the far end) says which is meant.
    """
    if not 0 <= output_padding < max(stride, dilation):
        raise ValueError(f"expected output_padding 0 to {max(stride, dilation) - 1}; got {output_padding}")
    size = (n - 1) * stride - 2 * padding + dilation * (kernel - 1) + 1 + output_padding
    if size < 1:
        raise ValueError(f"expected an output of size 1 or more; got {size}")
    return size


def receptive_field(layers):
    r"""Number of inputs, along one axis, that one number of the last layer depends on.

    .. math:: r = 1 + \sum_{l} (k_l - 1)\, d_l \prod_{i < l} s_i

    Parameters
    ----------
    layers : iterable of (kernel, stride) or (kernel, stride, dilation)
        From the input upwards; pooling layers count like convolutions.

    Returns
    -------
    int

    Notes
    -----
    The product runs over the layers *below* l: the notes' formula (002:118) has s_l alone in its place.

    Source
    ------
    Araujo, Norris and Sim, "Computing receptive fields of convolutional neural networks", Distill,
    2019, eq. 2.
    """
    field, jump = 1, 1                  # jump: distance at the input of two neighbours in the present layer
    for kernel, stride, *dilation in layers:
        field += (kernel - 1) * (dilation[0] if dilation else 1) * jump
        jump *= stride
    return field


def pair(value, name, least=0):
    """Return an int or a pair of ints as (for rows, for columns), each at least `least`."""
    both = tuple(value) if isinstance(value, (tuple, list)) else (value, value)
    if len(both) != 2 or not all(isinstance(v, (int, np.integer)) and v >= least for v in both):
        raise ValueError(f"expected {name}: an int >= {least} or a pair of them; got {value!r}")
    return both


def pad(X, padding, value=0.0):
    """Copy of X (N, C, H, W) with `padding` rows and columns of `value` on each side."""
    (N, C, H, W), (p, q) = X.shape, padding
    X_padded = np.full((N, C, H + 2 * p, W + 2 * q), value, X.dtype)
    X_padded[:, :, p:p + H, q:q + W] = X
    return X_padded


def windows(X, size, stride=(1, 1), dilation=(1, 1)):
    """All patches of X (N, C, H, W) as a view, nothing copied: (N, C, kH, kW, H_out, W_out).

    With stride s and dilation d, ``windows(X, ...)[n, c, i, j, y, x]`` is ``X[n, c, s*y + d*i, s*x + d*j]``.
    """
    reach = [d * (k - 1) + 1 for k, d in zip(size, dilation)]
    V = sliding_window_view(X, reach, axis=(2, 3))                     # (N, C, positions, reach)
    V = V[:, :, ::stride[0], ::stride[1], ::dilation[0], ::dilation[1]]
    return V.transpose(0, 1, 4, 5, 2, 3)


def taps(size, stride, dilation, out):
    """For each kernel entry (i, j), the index of what it meets: ``X[index]`` is (..., H_out, W_out)."""
    for entry in np.ndindex(*size):
        yield entry, (..., *(slice(i * d, i * d + s * (n - 1) + 1, s)
                             for i, s, d, n in zip(entry, stride, dilation, out)))


def pool_geometry(X, size, stride, padding=0, dilation=1):
    """X as a float array and, as pairs, size, stride (None: the size), padding, dilation, (H_out, W_out)."""
    X = as_float(X, "X")
    expect_shape(X, "N C H W", "X")
    size, padding, dilation = pair(size, "size", 1), pair(padding, "padding"), pair(dilation, "dilation", 1)
    stride = size if stride is None else pair(stride, "stride", 1)
    half = tuple((d * (k - 1) + 1) // 2 for k, d in zip(size, dilation))
    if any(p > h for p, h in zip(padding, half)):
        raise ValueError(f"expected padding of at most half the window, {half}; got {padding}")
    out = tuple(conv_output_size(*axis) for axis in zip(X.shape[2:], size, stride, padding, dilation))
    return X, size, stride, padding, dilation, out


def upstream_like(dY, dtype, *shape):
    """dY as a float array of that dtype and shape, for a result that need not be computed again."""
    return as_upstream(dY, np.broadcast_to(np.zeros((), dtype), shape))


def spread(parts, X, size, stride, padding, dilation, out):
    """dX of a pooling: the e-th of `parts` goes to the e-th entry of each window; overlaps add up."""
    dX = pad(np.zeros_like(X), padding)
    for part, (_, met) in zip(parts, taps(size, stride, dilation, out)):
        dX[met] += part
    return dX[:, :, padding[0]:padding[0] + X.shape[2], padding[1]:padding[1] + X.shape[3]]
