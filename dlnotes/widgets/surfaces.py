r"""Surfaces on which gradient descent is watched: value, gradient and Hessian, each surface with minimum 0.

The point of a surface is p = (x, y); those of one dimension depend on x alone. A turned surface is its own
function of :math:`(u, v) = c + R(p - c)`, with R the rotation by minus the angle and c the centre of its
window, so that the picture turns anticlockwise in place.

Notes
-----
``js/surfaces.core.mjs`` is the twin; ``tests/test_descent.py`` compares them, and the derivatives with
differences.

Sources
-------
rosenbrock: H. H. Rosenbrock, "An automatic method for finding the greatest or least value of a function",
The Computer Journal 3 (1960). beale: E. M. L. Beale (1958), as in J. J. Moré, B. S. Garbow and
K. E. Hillstrom, "Testing unconstrained optimization software", ACM Transactions on Mathematical Software 7
(1981), problem 5.
"""

import math
from typing import NamedTuple

import numpy as np

WIDTH = 0.5                              # the ravine's walls bend within this distance, then go straight up


class Surface(NamedTuple):
    """A surface: its axes, its window (centre and half the side), and where its minima are in (u, v).

    `scaled` names the settings of `Place` that it follows.
    """

    dims: int
    centre: tuple
    half: float
    minima: tuple
    scaled: tuple
    local: object                        # (u, v, a, c) -> value, gradient (2), Hessian (uu, uv, vv)


def _parabola(u, v, a, c):
    return 0.5 * c * u * u, (c * u, 0.0), (c, 0.0, 0.0)


def _plateau(u, v, a, c):
    t = math.tanh(u)
    s = 1 - t * t
    return 0.5 * t * t, (t * s, 0.0), (s * (1 - 3 * t * t), 0.0, 0.0)


def _double_well(u, v, a, c):
    value = u * u * (0.25 * u * u + u / 3 - 1) + 8 / 3
    return value, (u * (u * u + u - 2), 0.0), (3 * u * u + 2 * u - 2, 0.0, 0.0)


def _quadratic(u, v, a, c):
    return 0.5 * (a * u * u + c * v * v), (a * u, c * v), (a, 0.0, c)


def _ravine(u, v, a, c):
    root = math.sqrt(1 + (v / WIDTH) * (v / WIDTH))
    value = 0.5 * a * u * u + c * WIDTH * WIDTH * (root - 1)
    return value, (a * u, c * v / root), (a, 0.0, c / (root * root * root))


def _saddle(u, v, a, c):
    w = v * v - 1
    return 0.5 * u * u + 0.25 * w * w, (u, v * w), (1.0, 0.0, 3 * v * v - 1)


def _beale(u, v, a, c):
    v2, v3 = v * v, v * v * v
    r, s, t = 1.5 - u + u * v, 2.25 - u + u * v2, 2.625 - u + u * v3
    p, q, w = v - 1, v2 - 1, v3 - 1
    du = 2 * (r * p + s * q + t * w)
    dv = 2 * u * (r + 2 * s * v + 3 * t * v2)
    uv = 2 * (r + 2 * s * v + 3 * t * v2) + 2 * u * (p + 2 * v * q + 3 * v2 * w)
    vv = 2 * u * (u + 2 * s + 4 * u * v2 + 6 * t * v + 9 * u * v2 * v2)
    return r * r + s * s + t * t, (du, dv), (2 * (p * p + q * q + w * w), uv, vv)


def _rosenbrock(u, v, a, c):
    w, q = v - u * u, 1 - u
    return 100 * w * w + q * q, (-400 * u * w - 2 * q, 200 * w), (1200 * u * u - 400 * v + 2, -400 * u, 200.0)


SURFACES = {
    "parabola": Surface(1, (0.0, 0.0), 2.0, ((0.0, 0.0),), ("curvature",), _parabola),
    "plateau": Surface(1, (0.0, 0.0), 4.0, ((0.0, 0.0),), (), _plateau),
    "double_well": Surface(1, (-0.5, 0.0), 2.4, ((-2.0, 0.0), (1.0, 0.0)), (), _double_well),
    "quadratic": Surface(2, (0.0, 0.0), 2.0, ((0.0, 0.0),), ("curvature", "condition", "angle"), _quadratic),
    "ravine": Surface(2, (0.0, 0.0), 2.0, ((0.0, 0.0),), ("curvature", "condition", "angle"), _ravine),
    "saddle": Surface(2, (0.0, 0.0), 2.0, ((0.0, -1.0), (0.0, 1.0)), ("angle",), _saddle),
    "beale": Surface(2, (0.0, 0.0), 4.0, ((3.0, 0.5),), ("angle",), _beale),
    "rosenbrock": Surface(2, (0.0, 1.0), 2.0, ((1.0, 1.0),), ("angle",), _rosenbrock),
}


class Place:
    """A surface with its settings.

    Parameters
    ----------
    name : str
        One of `SURFACES`.
    curvature : float > 0
        The largest eigenvalue of the Hessian at the minimum, where the surface leaves it open.
    condition : float >= 1
        The largest eigenvalue over the smallest, likewise.
    angle : float
        By how many degrees the surface is turned, anticlockwise.
    """

    def __init__(self, name, curvature=1.0, condition=10.0, angle=0.0):
        if name not in SURFACES:
            raise ValueError(f"expected surface one of {', '.join(SURFACES)}; got {name!r}")
        self.name, self.surface = name, SURFACES[name]
        self.a, self.c = curvature / condition, curvature
        turn = angle * math.pi / 180 if "angle" in self.surface.scaled else 0.0
        self.cos, self.sin = math.cos(turn), math.sin(turn)

    def local(self, x, y):
        """(x, y) in the surface's own coordinates (u, v)."""
        cx, cy = self.surface.centre
        dx, dy = x - cx, y - cy
        return cx + self.cos * dx + self.sin * dy, cy - self.sin * dx + self.cos * dy

    def world(self, u, v):
        """The way back from (u, v)."""
        cx, cy = self.surface.centre
        du, dv = u - cx, v - cy
        return cx + self.cos * du - self.sin * dv, cy + self.sin * du + self.cos * dv

    def at(self, x, y):
        """Value, gradient (2,) and Hessian (xx, xy, yy) (3,) at the point."""
        value, (gu, gv), (uu, uv, vv) = self.surface.local(*self.local(x, y), self.a, self.c)
        c, s = self.cos, self.sin
        gradient = np.array([c * gu - s * gv, s * gu + c * gv])
        hessian = np.array([c * c * uu - 2 * c * s * uv + s * s * vv,
                            c * s * (uu - vv) + (c * c - s * s) * uv,
                            s * s * uu + 2 * c * s * uv + c * c * vv])
        return value, gradient, hessian

    def value(self, x, y):
        return self.at(x, y)[0]

    def nearest(self, x, y):
        """The minimum that is nearest to the point: (x, y)."""
        minima = [self.world(*m) for m in self.surface.minima]
        return min(minima, key=lambda m: (m[0] - x) * (m[0] - x) + (m[1] - y) * (m[1] - y))


def eigen(xx, xy, yy):
    """Eigenvalues of a symmetric 2 x 2 matrix, the largest first, and the direction of the first as an angle.

    Returns
    -------
    (largest, smallest, radians)
    """
    mean, half = 0.5 * (xx + yy), 0.5 * (xx - yy)
    spread = math.hypot(half, xy)
    return mean + spread, mean - spread, 0.5 * math.atan2(2 * xy, xx - yy)


def limit(largest, momentum=0.0):
    r"""The learning rate from which gradient descent leaves a quadratic of that curvature.

    .. math:: \frac{2 (1 + \beta)}{L}

    Infinite where the surface does not bend upwards.

    Source
    ------
    Polyak (1964), "Some methods of speeding up the convergence of iteration methods"; Goh, "Why momentum
    really works", Distill (2017).
    """
    return 2 * (1 + momentum) / largest if largest > 0 else math.inf


def factor(lr, curvature, momentum=0.0):
    r"""By what the error in the direction of one eigenvector is multiplied in each step, in the long run.

    Without momentum :math:`1 - \eta \lambda`. With it the root of
    :math:`z^2 - (1 + \beta - \eta\lambda) z + \beta = 0` that is larger in size; of two complex roots
    (see `swings`) the size, which is :math:`\sqrt\beta`.
    """
    if momentum == 0:
        return 1 - lr * curvature
    b = 1 + momentum - lr * curvature
    d = b * b - 4 * momentum
    return math.sqrt(momentum) if d < 0 else 0.5 * (b + (-1 if b < 0 else 1) * math.sqrt(d))


def swings(lr, curvature, momentum=0.0):
    """Whether momentum makes the error along an eigenvector swing to and fro, at two complex roots."""
    return (1 + momentum - lr * curvature) ** 2 < 4 * momentum


def curvatures(dims, hessian):
    """Largest and smallest curvature (they are one on a line), and the direction of the first as an angle."""
    xx, xy, yy = (float(h) for h in hessian)
    return eigen(xx, xy, yy) if dims == 2 else (xx, xx, 0.0)


def turned(surface, x, y, degrees):
    """The point turned about the centre of the window, kept within half its side of it: (x, y)."""
    (cx, cy), turn = surface.centre, degrees * math.pi / 180
    dx, dy = x - cx, y - cy
    far = math.hypot(dx, dy)
    scale = surface.half / far if far > surface.half else 1.0
    cos, sin = math.cos(turn), math.sin(turn)
    return cx + scale * (cos * dx - sin * dy), cy + scale * (sin * dx + cos * dy)
