r"""Compare a derivative with what the function itself says when its input is moved a little.

.. math:: \frac{d}{dh} f(x + h v) \Big|_{h=0} \approx \frac{f(x + h v) - f(x - h v)}{2h}
          \qquad\text{and}\qquad \approx \frac{\operatorname{Im} f(x + i h v)}{h}

The central difference (left) has an error of order :math:`h^2` from its form and of order :math:`\epsilon / h` from
rounding; :math:`h = \epsilon^{1/3}` balances both and leaves about ten digits. The complex step (right) subtracts
nothing, so h may be 1e-20 and all digits are right; but f must take complex numbers and be analytic, without ``abs``,
``max`` or a comparison. Both need a smooth f: stay away from kinks.

Source: Squire and Trapp, "Using complex variables to estimate derivatives of real functions", SIAM Review 40 (1998).
"""

import math
from typing import NamedTuple

import numpy as np


class GradientError(AssertionError):
    """A gradient differs from the numerical one, or has not its input's shape."""


class Probe(NamedTuple):
    """One comparison: which input, which entry (or ``"direction 3"``), both slopes, and error / allowed error."""

    input: int
    where: object
    analytic: float
    numeric: float
    excess: float

    def __str__(self):
        return (f"input {self.input}, {self.where}: the gradient says {self.analytic:.9g}, the function "
                f"{self.numeric:.9g}; the difference is {self.excess:.3g} times what is allowed")


def numerical_gradient(f, x, dY=None, *, method="central"):
    """Return the gradient of ``f`` at ``x``, or of ``sum(dY * f)`` if f gives an array, entry by entry.

    Parameters
    ----------
    f : callable
        Takes one array. It is called with float64 (or complex128) copies, also where x is float32.
    x : float array, any shape
    dY : array of the shape of f(x), optional
        The upstream gradient; a scalar f needs none.
    method : {"central", "complex"}

    Returns
    -------
    ndarray
        float64, of x's shape.
    """
    x = np.array(x, dtype=np.float64)
    slopes = [_slope(f, x, v, dY, method) for _, v in _probes(x.shape, None, None)]
    return np.array(slopes, dtype=np.float64).reshape(x.shape)


def gradcheck(f, inputs, grads, dY=None, *, tol=None, method="central", directions=None, rng=None):
    """Compare gradients with the slopes of f; return the worst `Probe` or raise.

    Parameters
    ----------
    f : callable
        ``f(*inputs)`` gives a number or an array.
    inputs : sequence
    grads : sequence
        What the backward function gave for each input; None for an input without gradient (labels, say).
    dY : array of the shape of f(*inputs), optional
        The upstream gradient that the backward function was given; a scalar f needs none.
    tol : float, optional
        Allowed are ``tol * (|slope| + 0.01)``; 1e-6 if the gradient is float64, else 1e-4.
    method : {"central", "complex"}
    directions : int, optional
        For large inputs: move all entries at once, each up or down by a coin toss of ``rng``, so many times. This
        costs two calls of f a direction in place of two an entry.
    rng : np.random.Generator, optional

    Raises
    ------
    GradientError
        Naming the worst entry.
    """
    if len(inputs) != len(grads):
        raise ValueError(f"expected a gradient (or None) for each of {len(inputs)} inputs; got {len(grads)}")
    inputs = [x if g is None else np.array(x, dtype=np.float64) for x, g in zip(inputs, grads)]
    probes = []
    for i, grad in enumerate(grads):
        if grad is None:
            continue
        x, grad = inputs[i], np.asarray(grad)
        if grad.shape != x.shape:
            raise GradientError(f"input {i}: expected a gradient {x.shape}; got {grad.shape}")
        allowed = tol or (1e-6 if grad.dtype == np.float64 else 1e-4)
        for where, v in _probes(x.shape, directions, rng):
            analytic = float(np.sum(grad * v))
            numeric = _slope(lambda moved: f(*inputs[:i], moved, *inputs[i + 1:]), x, v, dY, method)
            excess = abs(analytic - numeric) / (allowed * (abs(numeric) + 0.01))
            probes.append(Probe(i, where, analytic, numeric, math.inf if math.isnan(excess) else excess))
    if not probes:
        raise ValueError("expected at least one entry with a gradient; got none")
    worst = max(probes, key=lambda probe: probe.excess)
    if worst.excess > 1:
        raise GradientError(str(worst))
    return worst


def _probes(shape, directions, rng):
    """Yield (name, direction): every unit vector, or as many random sign patterns as ``directions`` says."""
    if directions is None:
        for index in np.ndindex(shape):
            v = np.zeros(shape)
            v[index] = 1.0
            yield f"entry {index}", v
    else:
        for k in range(directions):
            yield f"direction {k}", rng.choice([-1.0, 1.0], size=shape)


def _slope(f, x, v, dY, method):
    """Return the slope of sum(dY * f) at x along v."""
    if method == "complex":
        h = 1e-20
        rise = np.imag(f(x + 1j * h * v)) / h
    elif method == "central":
        size = max(1.0, np.max(np.abs(x * v)))
        h = 2.0 ** round(math.log2(np.finfo(np.float64).eps ** (1 / 3) * size))  # a power of 2: x + h is exact
        rise = (np.asarray(f(x + h * v), np.float64) - np.asarray(f(x - h * v), np.float64)) / (2 * h)
    else:
        raise ValueError(f'expected method "central" or "complex"; got {method!r}')
    dY = np.asarray(1.0 if dY is None else dY, dtype=np.float64)
    if dY.shape != rise.shape:
        raise ValueError(f"expected dY {rise.shape}, the shape of f; got {dY.shape}")
    return float(np.sum(dY * rise))
