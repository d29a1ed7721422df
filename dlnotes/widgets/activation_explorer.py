"""Activation explorer: functions, slopes, the tangent at a point that the reader drags, saturation."""

import numpy as np
import traitlets
from matplotlib.figure import Figure
from traitlets import TraitError

from dlnotes.ops import activations as ops
from dlnotes.plots import COLOURS, DASHES, INK, style
from dlnotes.widgets.base import Widget

NAMES = ["identity", "step", "sign", "sigmoid", "tanh", "bipolar_sigmoid", "hard_tanh", "softsign", "rbf",
         "exponential", "relu", "leaky_relu", "rrelu", "prelu", "elu", "swish", "mish", "gelu", "softplus",
         "bent_identity", "absolute"]

# Which traits of the widget a function takes, in the order of its arguments after x.
SETTINGS = {"leaky_relu": ["alpha"], "prelu": ["alpha"], "elu": ["alpha"], "swish": ["beta"],
            "softplus": ["beta"], "rbf": ["x0", "beta"]}

GRID = 5001             # points on which `saturation_zones` looks for a change
FAR = 50                # what a function does from -50 to 50 it does further out


def _arguments(name, settings):
    if name == "rrelu":             # shown as at test time: the mean of the two ends of its range of slopes
        return [(settings["lower"] + settings["upper"]) / 2]
    return [settings[key] for key in SETTINGS.get(name, [])]


def value(name, x, settings):
    """Value of the activation called `name` at x.

    Parameters
    ----------
    x : array of float
    settings : dict
        The numbers alpha, beta, x0, lower and upper; a function takes those that it has.

    Returns
    -------
    array of x's shape
    """
    return getattr(ops, name)(x, *_arguments(name, settings))


def slope(name, x, settings):
    """Slope of the activation called `name` at x; arguments as in `value`."""
    gradient = getattr(ops, f"{name}_backward")(np.ones_like(x), x, *_arguments(name, settings))
    return gradient[0] if name == "prelu" else gradient


def saturation_zones(name, settings, threshold, low, high):
    """Where the slope of a function is smaller in size than a threshold.

    .. math:: \\{x : |f'(x)| < t\\}

    Looked for on a grid of 5001 points, each edge then found by 60 halvings; zones narrower than the grid are
    missed, and single points are none.

    Returns
    -------
    list of (float, float)
        The intervals from left to right; one that reaches the end of the range ends there.
    """
    x = low + (high - low) / (GRID - 1) * np.arange(GRID)
    inside = np.abs(slope(name, x, settings)) < threshold
    edges = [_edge(name, settings, threshold, x[i], x[i + 1], inside[i])
             for i in np.flatnonzero(inside[1:] != inside[:-1])]
    edges = [low] * bool(inside[0]) + edges + [high] * bool(inside[-1])
    return [(float(a), float(b)) for a, b in zip(edges[::2], edges[1::2]) if b - a > 1e-9]


def _edge(name, settings, threshold, a, b, a_inside):
    for _ in range(60):
        middle = (a + b) / 2
        if (abs(float(slope(name, np.array(middle), settings))) < threshold) == a_inside:
            a = middle
        else:
            b = middle
    return (a + b) / 2


def _limits(ax, most):
    """All lines of an axis, but no more than `most` to each side of 0."""
    y = np.concatenate([line.get_ydata() for line in ax.lines] + [[-0.2, 1.2]])
    low, high = max(y.min(), -most), min(y.max(), most)
    return low - 0.07 * (high - low), high + 0.07 * (high - low)


class ActivationExplorer(Widget):
    """Activation functions above, their slopes below, over one x axis.

    Parameters
    ----------
    functions : list of str
        Names from `NAMES`, drawn together; at most six.
    tangent : str
        The one whose tangent and saturation zone are drawn; "" is the first.
    x : float
        Where the tangent touches; the reader drags it.
    x_min, x_max : float
        Ends of the x axis.
    alpha : float
        Slope of leaky ReLU and PReLU left of 0; ELU falls to -alpha.
    beta : float
        Sharpness of Swish, softplus and RBF.
    x0 : float
        Centre of RBF.
    lower, upper : float
        Ends of the range from which RReLU draws its slope; the line drawn is that of their mean.
    threshold : float
        A function counts as saturated where its slope is smaller in size than this.
    """

    view = "activation_explorer"
    functions = traitlets.List(
        traitlets.Enum(NAMES), ["sigmoid", "tanh", "relu"], minlen=1, maxlen=6).tag(sync=True)
    tangent = traitlets.Enum(["", *NAMES], "").tag(sync=True)
    x = traitlets.Float(1.5).tag(sync=True)
    x_min = traitlets.Float(-6.0).tag(sync=True)
    x_max = traitlets.Float(6.0).tag(sync=True)
    alpha = traitlets.Float(0.25).tag(sync=True)
    beta = traitlets.Float(1.0, min=0.1, max=10).tag(sync=True)
    x0 = traitlets.Float(0.0).tag(sync=True)
    lower = traitlets.Float(ops.RRELU_LOWER, min=0, max=1).tag(sync=True)
    upper = traitlets.Float(ops.RRELU_UPPER, min=0, max=1).tag(sync=True)
    threshold = traitlets.Float(0.05, min=0.01, max=0.5).tag(sync=True)

    @traitlets.validate("functions")
    def _no_function_twice(self, proposal):
        if len(set(proposal["value"])) < len(proposal["value"]):
            raise TraitError(f"expected each function once; got {proposal['value']}")
        return proposal["value"]

    @traitlets.validate("x", "x_min", "x_max", "alpha", "beta", "x0", "lower", "upper", "threshold")
    def _in_order(self, proposal):
        name, value = proposal["trait"].name, proposal["value"]
        now = {**{key: getattr(self, key) for key in ("x_min", "x_max", "lower", "upper")}, name: value}
        if not np.isfinite(value):
            raise TraitError(f"expected a finite {name}; got {value}")
        if now["x_min"] >= now["x_max"] or now["lower"] > now["upper"]:
            raise TraitError(f"expected x_min < x_max and lower <= upper; got {now}")
        return value

    def settings(self):
        """The numbers that `value` and `slope` take."""
        return {name: getattr(self, name) for name in ("alpha", "beta", "x0", "lower", "upper")}

    def focused(self):
        """The name of the function whose tangent is drawn."""
        return self.tangent if self.tangent in self.functions else self.functions[0]

    def still(self):
        x, settings, main = np.linspace(self.x_min, self.x_max, 801), self.settings(), self.focused()
        with style():
            fig = Figure(figsize=(5.8, 4.6))
            above, below = fig.subplots(2, 1, sharex=True, height_ratios=[3, 2])
            for k, name in enumerate(self.functions):
                look = dict(color=COLOURS[k], linestyle=DASHES[k], linewidth=2.5 if name == main else 1.6)
                above.plot(x, value(name, x, settings), label=name.replace("_", " "), **look)
                below.plot(x, slope(name, x, settings), **look)
            self._mark(above, below, main, settings)
            above.set(ylabel="value", ylim=_limits(above, max(1.5, (self.x_max - self.x_min) / 4)))
            below.set(ylabel="slope", xlabel="x", xlim=(self.x_min, self.x_max), ylim=_limits(below, 2.5))
            fig.legend(loc="outside upper center", ncols=min(len(self.functions), 4))
        return fig

    def _mark(self, above, below, main, settings):
        """The tangent, the values at x, and the zone where the function of the tangent is saturated."""
        at, run = np.array([self.x]), 0.2 * (self.x_max - self.x_min)
        y, rise = value(main, at, settings)[0], slope(main, at, settings)[0]
        above.plot([self.x - run, self.x + run], [y - run * rise, y + run * rise], color=INK, linestyle="-")
        above.plot(self.x, y, "o", color=COLOURS[self.functions.index(main)])
        below.plot(self.x, rise, "o", color=COLOURS[self.functions.index(main)])
        ends = min(self.x_min, -FAR), max(self.x_max, FAR)
        for low, high in saturation_zones(main, settings, self.threshold, *ends):
            for ax in (above, below):
                ax.axvspan(max(low, self.x_min), min(high, self.x_max), facecolor="none", hatch="//",
                           edgecolor=COLOURS[5], alpha=0.35, linewidth=0)

    def describe(self):
        at, settings = np.array([self.x]), self.settings()
        values = [f"{name.replace('_', ' ')} has the value {value(name, at, settings)[0]:.3f} and the slope "
                  f"{slope(name, at, settings)[0]:.3f}" for name in self.functions]
        return f"Activation functions and their slopes. At x = {self.x:.2f} " + "; ".join(values) + "."
