"""Descent: gradient descent as a ball on a surface, and the learning rate from which it cannot settle."""

import math

import numpy as np
import traitlets
from matplotlib.figure import Figure

from dlnotes.optim import SGD
from dlnotes.plots import COLOURS, INK, style
from dlnotes.widgets.base import Number, Widget
from dlnotes.widgets.surfaces import SURFACES, Place, curvatures, factor, limit, swings

DIVERGED = 1e12                          # a greater loss ends the run
EDGE = 1e-9                              # nearer than this to the limit, in parts of it, is on it
VERDICTS = {
    "over": "it cannot settle there", "edge": "it bounces for ever", "swings": "it swings in, shrinking",
    "crosses": "it crosses the valley at each step and shrinks", "creeps": "it creeps in without crossing",
    "leaves": "the surface bends down, so it leaves"}

_BASE = dict(surface="quadratic", curvature=10.0, condition=10.0, angle=0.0, x=-1.6, y=0.9, lr=0.196,
             momentum=0.0, steps=100, reference="minimum")
PRESETS = {
    "below": _BASE,
    "above": {**_BASE, "lr": 0.204},
    "ravine": {**_BASE, "surface": "ravine", "condition": 100.0, "angle": 30.0, "x": -1.6, "y": 0.2,
               "lr": 0.1, "momentum": 0.9, "steps": 200},
    "saddle": {**_BASE, "surface": "saddle", "x": -1.6, "y": 0.0, "lr": 0.1, "reference": "ball"},
    "plateau": {**_BASE, "surface": "plateau", "x": 3.2, "y": 0.0, "lr": 1.0, "steps": 300,
                "reference": "ball"},
    "wells": {**_BASE, "surface": "double_well", "x": -2.1, "y": 0.0, "lr": 0.56},
}


def descend(place, x, y, lr, momentum=0.0, steps=100):
    """Gradient descent from (x, y).

    Returns
    -------
    points (K, 2), loss (K,)
        Row k is what step k sees; K is steps + 1, or less if the loss passes `DIVERGED`.
    """
    p = np.array([x, y if place.surface.dims == 2 else 0.0])
    optimizer = SGD([p], lr=lr, momentum=momentum)
    points, losses = [], []
    for _ in range(steps + 1):
        value, gradient, _ = place.at(*p)
        points.append(p.copy())
        losses.append(value)
        if not value <= DIVERGED:
            break
        optimizer.step([gradient])
    return np.array(points), np.array(losses)


def measure(place, x, y, lr, momentum=0.0, reference="minimum"):
    """What the curvature says at the nearest minimum, or at the point itself (`reference` is "ball").

    Returns
    -------
    dict
        at (x, y); steep and flat, the curvatures; angle of the steep direction; limit; factors; swings
    """
    at = (x, y) if reference == "ball" else place.nearest(x, y)
    steep, flat, angle = curvatures(place.surface.dims, place.at(*at)[2])
    factors = (factor(lr, steep, momentum), factor(lr, flat, momentum))
    return dict(at=at, steep=steep, flat=flat, angle=angle, limit=limit(steep, momentum), factors=factors,
                swings=swings(lr, steep, momentum))


def verdict(measured, lr):
    """What the factors foretell: one of `VERDICTS`."""
    steep, flat, most, factors = (measured[name] for name in ("steep", "flat", "limit", "factors"))
    if not flat > 0:
        return "leaves" if not steep > 0 or lr <= most else "over"
    if abs(lr / most - 1) < EDGE:
        return "edge"
    if lr > most:
        return "over"
    if measured["swings"]:
        return "swings"
    return "crosses" if factors[0] < 0 else "creeps"


def bound(first, measured, k):
    """On a quadratic without momentum: the loss of step k is at most ``first`` times rho^(2 k)."""
    return first * max(abs(f) for f in measured["factors"]) ** (2 * k)


def steps_to_tenth(size):
    """After how many steps a tenth of the error is left; infinite where it does not shrink."""
    kept = abs(size)
    return math.inf if kept >= 1 else 1.0 if kept == 0 else max(1.0, math.log(0.1) / math.log(kept))


class Descent(Widget):
    """A ball that follows the gradient on a surface.

    Parameters
    ----------
    preset : {"below", "above", "ravine", "saddle", "plateau", "wells"}
        A situation with a story; it gives the settings below that are not given themselves.
    surface : str
        One of `surfaces.SURFACES`.
    curvature, condition : float
        Largest eigenvalue of the Hessian at the minimum and its ratio to the smallest, where the surface
        follows them (parabola, quadratic, ravine).
    angle : float
        By how many degrees a surface of two dimensions is turned.
    x, y : float
        The start; y counts in two dimensions only.
    lr, momentum : float
        Learning rate, and momentum of `dlnotes.optim.SGD`.
    reference : {"minimum", "ball"}
        Where the curvature is measured that gives the limit.
    step, steps : int
        The step that is shown, and how many are computed.
    speed : {1, 5, 20, 60, 200}
        Steps a second while playing.
    playing : bool
        Whether it plays when it comes into view; a reader who prefers reduced motion starts it himself.
    """

    view = "descent"
    surface = traitlets.Enum(list(SURFACES), "quadratic").tag(sync=True)
    curvature = Number(10.0, min=0.01, max=100).tag(sync=True)
    condition = Number(10.0, min=1, max=1000).tag(sync=True)
    angle = Number(0.0, min=-90, max=90).tag(sync=True)
    x = Number(-1.6, min=-4, max=4).tag(sync=True)
    y = Number(0.9, min=-4, max=4).tag(sync=True)
    lr = Number(0.196, min=1e-4, max=10).tag(sync=True)
    momentum = Number(0.0, min=0, max=0.99).tag(sync=True)
    reference = traitlets.Enum(["minimum", "ball"], "minimum").tag(sync=True)
    step = traitlets.Int(8, min=0, max=1000).tag(sync=True)
    steps = traitlets.Int(100, min=1, max=1000).tag(sync=True)
    speed = traitlets.Enum([1, 5, 20, 60, 200], 5).tag(sync=True)
    playing = traitlets.Bool(False).tag(sync=True)

    def __init__(self, preset="below", **traits):
        if preset not in PRESETS:
            raise ValueError(f"expected preset one of {', '.join(PRESETS)}; got {preset!r}")
        super().__init__(**{**PRESETS[preset], **traits})

    def place(self):
        return Place(self.surface, self.curvature, self.condition, self.angle)

    def run(self):
        """Points (K, 2) and losses (K,) of `descend` for these settings."""
        return descend(self.place(), self.x, self.y, self.lr, self.momentum, self.steps)

    def shown(self):
        """The run, the step of it that is shown, and what `measure` says there."""
        points, losses = self.run()
        k = min(self.step, len(losses) - 1)
        return points, losses, k, measure(self.place(), *points[k], self.lr, self.momentum, self.reference)

    def still(self):
        points, losses, k, measured = self.shown()
        with style():
            fig = Figure(figsize=(6.6, 3.2))
            surface, curve = fig.subplots(1, 2)
            draw = self._draw_map if self.place().surface.dims == 2 else self._draw_curve
            draw(surface, points[: k + 1])
            curve.semilogy(np.maximum(losses, 1e-16), color=COLOURS[0], linestyle="-")
            curve.plot(k, max(losses[k], 1e-16), "o", color=COLOURS[1], label=f"step {k}")
            curve.set(xlabel="step", ylabel="loss")
            curve.set_title(f"lr {self.lr:.4g}, limit {measured['limit']:.4g}")
            curve.legend()
        return fig

    def _draw_map(self, ax, points):
        draw_contours(ax, self.place())
        ax.plot(*points.T, color=COLOURS[1], linestyle="-", marker="o", markersize=3)

    def _draw_curve(self, ax, points):
        place = self.place()
        (cx, _), half = place.surface.centre, place.surface.half
        x = np.linspace(cx - half, cx + half, 201)
        y = [place.value(at, 0.0) for at in x]
        ax.plot(x, y, color=INK, linestyle="-")
        ax.plot(points[:, 0], [place.value(at, 0.0) for at in points[:, 0]], color=COLOURS[1], linestyle="-",
                marker="o", markersize=4)
        ax.set(xlabel="x", ylabel="loss", xlim=(cx - half, cx + half), ylim=(-0.05 * max(y), 1.1 * max(y)))

    def describe(self):
        _, losses, k, measured = self.shown()
        x, words = measured["factors"][0], VERDICTS[verdict(measured, self.lr)]
        return (f"Gradient descent on the surface {self.surface.replace('_', ' ')} at step {k}: "
                f"loss {losses[k]:.4g}. The learning rate {self.lr:.4g} beside the limit "
                f"{measured['limit']:.4g}: {words}; along the steep direction each step multiplies the error "
                f"by {x:.4g}.")


def draw_contours(ax, place, points=81):
    """Level lines of a surface in its window, in even steps of the logarithm of the loss."""
    (cx, cy), half = place.surface.centre, place.surface.half
    x, y = np.linspace(cx - half, cx + half, points), np.linspace(cy - half, cy + half, points)
    values = np.array([[place.value(i, j) for i in x] for j in y])
    low = values.max() / (1e5 if place.name == "beale" else 1e3)
    ax.contour(x, y, np.log1p(values / low), levels=12, colors=INK, linewidths=0.8, alpha=0.7)
    for m in place.surface.minima:
        ax.plot(*place.world(*m), "+", color=INK, markersize=10)
    ax.set(xlabel="x", ylabel="y", aspect="equal", xlim=(cx - half, cx + half), ylim=(cy - half, cy + half))
