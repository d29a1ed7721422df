r"""Weight norm: a unit's weight vector as a length times a direction.

``tests/test_norms.py`` compares values and gradients with torch.
"""

import numpy as np

from dlnotes.ops._check import as_float, as_upstream


def weight_norm(V, g, *, axis=-1):
    r"""Weight norm: length and direction of each unit's weight vector become separate parameters.

    .. math:: W = g \frac{V}{\lVert V \rVert}, \qquad
              dg = \left\langle dW, \tfrac{V}{\lVert V \rVert} \right\rangle,
              \qquad dV = \frac{g}{\lVert V \rVert} \left( dW - dg \tfrac{V}{\lVert V \rVert} \right)

    Parameters
    ----------
    V : ndarray
        Directions, of W's shape.
    g : ndarray (V.shape[axis],)
        Lengths, one for each unit.
    axis : int
        The axis of the units: the last for linear's W (D_in, D_out), 0 for filters (C_out, C_in, ...).

    Raises
    ------
    ValueError
        Also if a unit's direction is 0.

    Notes
    -----
    dV is orthogonal to V, so gradient steps can only lengthen V. Each unit is divided by its largest
    number before squaring, so neither tiny nor huge V underflow or overflow.

    Source
    ------
    Salimans and Kingma, "Weight normalization", NIPS 2016, eq. 2 and 3.
    """
    g, U, _, _ = _directions(V, g, axis)
    return g * U


def weight_norm_backward(dW, V, g, *, axis=-1):
    """Return ``(dV, dg)``."""
    g, U, largest, rest = _directions(V, g, axis)
    axes = tuple(i for i in range(U.ndim) if i != axis % U.ndim)
    dW = as_upstream(dW, U, "dW")
    dg = (dW * U).sum(axes, keepdims=True)
    with np.errstate(over="ignore"):              # at a tiny V the slope may exceed every float: inf
        return g * (dW - dg * U) / rest / largest, dg.reshape(-1)


def _directions(V, g, axis):
    """Return g along the axis, the unit vectors U, and the norms of V as two factors, each of V's rank."""
    V = as_float(V, "V")
    if V.ndim < 2 or not -V.ndim <= axis < V.ndim:
        raise ValueError(f"expected V with at least two axes, axis {axis} one of them; got {V.shape}")
    g = as_float(g, "g").astype(V.dtype, copy=False)
    if g.shape != (V.shape[axis],):
        raise ValueError(f"expected g ({V.shape[axis]},) for axis {axis} of V {V.shape}; got {g.shape}")
    axes = tuple(i for i in range(V.ndim) if i != axis % V.ndim)
    largest = np.abs(V).max(axes, keepdims=True, initial=0)
    if not (largest > 0).all():
        raise ValueError("expected V with a direction other than 0 for each unit; got one that is 0")
    U = V / largest
    rest = np.sqrt((U * U).sum(axes, keepdims=True))
    return g.reshape(largest.shape), U / rest, largest, rest
