"""Perceptron stepper: place points of two classes and follow the learning algorithm, mistake by mistake."""

import numpy as np
import traitlets
from matplotlib.figure import Figure
from traitlets import TraitError

from dlnotes.perceptron import errors, max_margin, pla, pocket, with_bias
from dlnotes.plots import COLOURS, INK, style
from dlnotes.widgets.base import Widget
from dlnotes.widgets.num import Stream

GRID = 1 / 64             # coordinates are multiples of it: all sums are exact, and a cycle is seen as one
REACH = 4                 # points lie in [-REACH, REACH]
MOST = 1000               # mistakes of a run
LIMIT = 10_000            # points

_SEPARABLE = [
    [0.75, 3.25, 1], [2.25, -1.25, -1], [3.25, 0.75, 1], [-0.5, -0.75, -1], [1, -1.5, -1], [2.5, 1.5, 1],
    [0.5, 1, -1], [-2.25, -1.5, -1], [1.5, 2.75, 1], [2, 2.25, 1], [3, 2.75, 1], [-1.5, 2, -1]]
PRESETS = {
    "separable": _SEPARABLE,
    "narrow": [
        [-3, -0.75, 1], [-2.75, -1.25, -1], [-1.75, -0.125, 1], [-1.5, -0.625, -1], [-0.5, 0.5, 1],
        [-0.25, 0, -1], [0.75, 1.125, 1], [1, 0.625, -1], [2, 1.75, 1], [2.25, 1.25, -1], [3.25, 2.375, 1], [3.5, 1.875, -1]],
    "nearly": [*_SEPARABLE, [-1, -0.25, 1]],
    "xor": [[-1.5, 1.5, 1], [1.5, 1.5, -1], [1.5, -1.5, 1], [-1.5, -1.5, -1]],
}


def snap(v):
    """Move numbers to the nearest multiple of `GRID` inside the picture; halves go up."""
    return np.clip(np.floor(np.asarray(v, dtype=float) / GRID + 0.5) * GRID, -REACH, REACH)


def order_of(seed, N):
    """The order in which N points are looked at: as they were placed for seed 0, else mixed."""
    order = np.arange(N)
    if seed and N > 1:
        for i, u in zip(range(N - 1, 0, -1), Stream(seed).uniform(N - 1)):
            j = int(u * (i + 1))
            order[i], order[j] = order[j], order[i]
    return order


def meeting(X, y, mix):
    """Where the hulls of two inseparable classes meet, from the mixture of `max_margin`: (2,)."""
    plus = np.where(y > 0, mix, 0)
    return plus @ X / plus.sum()


class PerceptronStepper(Widget):
    """The perceptron learning algorithm on points of the plane.

    Parameters
    ----------
    preset : {"separable", "narrow", "nearly", "xor"}
        Points to start with, if none are given.
    X : array (N, 2), optional
        Own points, in [-4, 4] and at most 10,000; they are moved to multiples of 1/64: all sums are exact.
    y : array (N,) of -1 and +1, optional
        Their classes.
    points : list of float
        The same as one row: x, y and class of each point.
    seed : int
        The order in which the points are looked at: 0 keeps the order in which they were placed.
    step : int
        How many mistakes have been corrected.
    pocket : bool
        Whether the line with the fewest errors so far is shown.
    widest : bool
        Whether the line with the widest margin is shown, if there is one.
    speed : {1, 5, 20, 60, 200}
        Mistakes a second while playing.
    playing : bool
        Whether it plays when it comes into view; a reader who prefers reduced motion starts it himself.
    """

    view = "perceptron_stepper"
    points = traitlets.List(traitlets.Float()).tag(sync=True)
    seed = traitlets.Int(0, min=0, max=2**31 - 1).tag(sync=True)
    step = traitlets.Int(0, min=0, max=MOST).tag(sync=True)
    pocket = traitlets.Bool(False).tag(sync=True)
    widest = traitlets.Bool(False).tag(sync=True)
    speed = traitlets.Enum([1, 5, 20, 60, 200], 1).tag(sync=True)
    playing = traitlets.Bool(False).tag(sync=True)

    def __init__(self, preset="separable", X=None, y=None, **traits):
        if preset not in PRESETS:
            raise ValueError(f"expected preset one of {', '.join(PRESETS)}; got {preset!r}")
        if (X is None) != (y is None) or (X is not None and "points" in traits):
            raise TypeError("expected X and y together, or points alone")
        if X is not None:
            X, y = np.asarray(X, dtype=float), np.asarray(y, dtype=float)
            if X.ndim != 2 or X.shape[1] != 2 or y.shape != X.shape[:1]:
                raise ValueError(f"expected X (N, 2) and y (N,); got {X.shape} and {y.shape}")
            traits["points"] = np.column_stack([X, y]).ravel().tolist()
        traits.setdefault("points", np.ravel(PRESETS[preset]).tolist())
        super().__init__(**traits)

    @traitlets.validate("points")
    def _exact(self, proposal):
        rows = np.asarray(proposal["value"], dtype=float)
        if rows.size % 3 or rows.size > 3 * LIMIT:
            raise TraitError(f"expected x, y, class of at most {LIMIT:,} points; got {rows.size} numbers")
        rows = rows.reshape(-1, 3)
        if not np.all(np.abs(rows[:, :2]) <= REACH):
            raise TraitError(f"expected finite coordinates from -{REACH} to {REACH}")
        if not np.all(np.abs(rows[:, 2]) == 1):
            raise TraitError("expected classes -1 and +1")
        rows[:, :2] = snap(rows[:, :2])
        return rows.ravel().tolist()

    def data(self):
        """X (N, 2) and y (N,)."""
        rows = np.reshape(self.points, (-1, 3))
        return rows[:, :2], rows[:, 2]

    def trace(self):
        """The whole run, as `dlnotes.perceptron.pla` gives it."""
        X, y = self.data()
        return pla(with_bias(X), y, order=order_of(self.seed, len(X)), mistakes=MOST)

    def still(self):
        X, y = self.data()
        run = self.trace()
        k = min(self.step, len(run.rows))
        with style():
            fig = Figure(figsize=(4.2, 4.0))
            ax = fig.subplots()
            size = 7 if len(X) <= 100 else 2
            ax.plot(*X[y > 0].T, "o", color=COLOURS[0], markersize=size, label="class +1")
            ax.plot(*X[y < 0].T, "s", color=COLOURS[1], markersize=size, fillstyle="none", label="class -1")
            if k:
                ax.plot(*X[run.rows[k - 1]], "o", color=INK, markersize=15, fillstyle="none", label=f"mistake {k}")
                self._draw_line(ax, run.W[k - 1], color=INK, linestyle="--", label="before")
            self._draw_line(ax, run.W[k], color=COLOURS[2], linestyle="-", label="line")
            ends = (-REACH, REACH)
            ax.set(xlim=ends, ylim=ends, aspect="equal", xlabel="$x_1$", ylabel="$x_2$")
            fig.legend(loc="outside upper center", ncols=3)
        return fig

    @staticmethod
    def _draw_line(ax, w, **look):
        """The line w1 x1 + w2 x2 + b = 0, and for the one in colour the direction of w."""
        size = np.hypot(w[0], w[1])
        if size == 0:
            return
        normal = w[:2] / size
        foot = -w[2] / size * normal
        ends = foot + np.outer([-12, 12], [-normal[1], normal[0]])
        ax.plot(*ends.T, **look)
        if look["linestyle"] == "-":
            ax.annotate("", foot + normal, foot, arrowprops={"arrowstyle": "->", "color": look["color"]})

    def describe(self):
        X, y = self.data()
        if not len(X):
            return "Perceptron stepper without points."
        run = self.trace()
        k, wrong = min(self.step, len(run.rows)), errors(with_bias(X), y, run.W)
        said = f"{len(X)} points, {int((y > 0).sum())} of class +1, after {k} of {len(run.rows)} mistakes: "
        said += f"weights {run.W[k, 0]:.2f}, {run.W[k, 1]:.2f}, bias {run.W[k, 2]:.2f}, {wrong[k]} points wrong. "
        margin = max_margin(with_bias(X), y)
        if margin.gamma:
            bound = (X**2).sum(axis=1).max() + 1
            most = int(bound / margin.gamma**2)
            return said + f"Separable with margin {margin.gamma:.3f}: at most {most} mistakes."
        best = wrong[pocket(wrong)[k]]
        period = len(run.rows) - run.start
        cycle = f"The run cycles from mistake {run.start} on, every {period} mistakes. "
        return said + "Not separable. " + (cycle if run.end == "cycle" else "") + f"Pocket: {best} wrong."
