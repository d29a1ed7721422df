r"""Compare a derivative with what the function itself does when its input moves a little.

.. math:: \frac{d}{dh} f(x + h v) \Big|_{h=0} \approx \frac{f(x + h v) - f(x - h v)}{2h}
          \qquad\text{and}\qquad \approx \frac{\operatorname{Im} f(x + i h v)}{h}

The central difference (left) errs by about :math:`h^2` through its form and by :math:`\epsilon / h` through
rounding; :math:`h = \epsilon^{1/3}` balances the two and leaves some ten digits. The complex step (right)
does not subtract, so h may be 1e-20 and all digits are right (Squire and Trapp, SIAM Review 40, 1998); but f
must take complex numbers and be analytic, without ``abs`` or ``max``. Both need a smooth f: avoid the kinks.
"""

import math
from typing import NamedTuple

import numpy as np


class GradientError(AssertionError):
    """A gradient is not what the function does, or has not its input's shape."""


class Probe(NamedTuple):
    """One comparison: of which input and entry, the two slopes, and their difference over the allowed one."""
    input: int
    where: str
    analytic: float
    numeric: float
    excess: float

    def __str__(self):
        return (f"input {self.input}, {self.where}: the gradient says {self.analytic:.9g}, the function "
                f"{self.numeric:.9g}; the difference is {self.excess:.3g} times what is allowed")


def numerical_gradient(f, x, dY=None, *, method="central"):
    """Return the gradient at x of f, or of ``sum(dY * f)`` where f gives an array; float64, of x's shape.

    Parameters
    ----------
    f : callable
        Takes one array: float64, also where x is float32, or complex128 for ``method="complex"``.
    dY : array of the shape of f(x), optional
        The upstream gradient; a scalar f needs none.
    method : {"central", "complex"}
    """
    x = np.array(x, dtype=np.float64)
    return np.array([_slope(f, x, v, dY, method) for _, v in _probes(x.shape)], np.float64).reshape(x.shape)


def gradcheck(f, inputs, grads, dY=None, *, tol=None, method="central", directions=None, rng=None):
    """Compare the gradients that a backward function gave (for ``dY``, see above) with ``f(*inputs)``.

    Return the worst `Probe`; raise a `GradientError` with its text if it is worse than ``tol`` allows.

    Parameters
    ----------
    inputs, grads : sequences
        The gradient of each input; None for an input that has none (labels, say).
    tol : float, optional
        The two may differ by ``tol * (|slope| + 0.01)``; 1e-6 if the gradient is float64, else 1e-4.
    directions : int, optional
        For large inputs: so often move all entries at once, up or down as ``rng`` tosses a coin.
    """
    if len(inputs) != len(grads):
        raise ValueError(f"expected a gradient (or None) for each of {len(inputs)} inputs; got {len(grads)}")
    if directions is not None and rng is None:
        raise ValueError("expected an rng for random directions; got None")
    if tol is not None and not tol > 0:
        raise ValueError(f"expected tol > 0; got {tol}")
    inputs = [x if grad is None else np.array(x, dtype=np.float64) for x, grad in zip(inputs, grads)]
    probes = []
    for i, (x, grad) in enumerate(zip(inputs, grads)):
        if grad is None:
            continue
        if np.shape(grad) != x.shape:
            raise GradientError(f"input {i}: expected a gradient {x.shape}; got {np.shape(grad)}")
        for where, v in _probes(x.shape, directions, rng):
            numeric = _slope(lambda moved: f(*inputs[:i], moved, *inputs[i + 1:]), x, v, dY, method)
            probes.append(_compare(i, where, np.asarray(grad), v, numeric, tol))
    if not probes:  # a check that compares nothing must not pass
        raise ValueError("expected at least one entry with a gradient; got none")
    worst = max(probes, key=lambda probe: probe.excess)
    if worst.excess > 1:
        raise GradientError(str(worst))
    return worst


def _probes(shape, directions=None, rng=None):
    """Yield (name, v): v is each unit vector in turn, or a random pattern of signs, ``directions`` times."""
    for k in range(directions or 0):
        yield f"direction {k}", rng.choice([-1.0, 1.0], size=shape)
    for index in np.ndindex(shape) if directions is None else ():
        v = np.zeros(shape)
        v[index] = 1.0
        yield f"entry {index}", v


def _slope(f, x, v, dY, method):
    """Return the slope of sum(dY * f) at x along v."""
    if method == "complex":
        h = 1e-20
        rise = np.imag(f(x + 1j * h * v)) / h
    elif method == "central":
        h = np.finfo(np.float64).eps ** (1 / 3) * np.max(np.abs(x * v), initial=1.0)
        h = 2.0 ** round(math.log2(h))  # a power of two near it: x + h is then rarely rounded
        rise = (np.asarray(f(x + h * v), np.float64) - np.asarray(f(x - h * v), np.float64)) / (2 * h)
    else:
        raise ValueError(f'expected method "central" or "complex"; got {method!r}')
    dY = np.asarray(1.0 if dY is None else dY)
    if dY.shape != np.shape(rise):
        raise ValueError(f"expected dY {np.shape(rise)}, as f; got {dY.shape}")
    return float(np.sum(dY * rise))


def _compare(i, where, grad, v, numeric, tol):
    """Return the Probe of input i along v; nan on either side counts as infinitely wrong."""
    tol = tol if tol is not None else 1e-6 if grad.dtype == np.float64 else 1e-4
    analytic = float(np.sum(grad[v != 0] * v[v != 0]))  # a nan elsewhere is not this entry's fault
    excess = abs(analytic - numeric) / (tol * (abs(numeric) + 0.01))
    return Probe(i, where, analytic, numeric, math.inf if math.isnan(excess) else excess)
