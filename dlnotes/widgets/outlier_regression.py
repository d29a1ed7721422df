"""Outlier regression: a line fitted to points under several losses, one of the points dragged by the reader."""

import numpy as np
import traitlets
from matplotlib.figure import Figure
from traitlets import TraitError

from dlnotes.ops import regression_losses as ops
from dlnotes.plots import COLOURS, DASHES, INK, style
from dlnotes.widgets.base import Number, Widget
from dlnotes.widgets.num import Stream

NAMES = ["squared", "absolute", "huber", "tukey", "general"]
TITLES = {"squared": "squared", "absolute": "absolute", "huber": "Huber", "tukey": "Tukey's biweight",
          "general": "general"}
N = 16                                 # points besides the outlier
TRUE_SLOPE, TRUE_INTERCEPT, NOISE = 0.5, 1.0, 0.5
X_RANGE, Y_RANGE = (0.0, 20.0), (-4.0, 14.0)
DELTA, C = 1.345, 4.685                # in units of the scale: 95 % efficiency for normal errors
ROUNDS, CLOSE = 500, 1e-13             # of reweighting: at most so many, until a line moves less


def points(seed):
    """The points without the outlier: x (16,), even from 0.5 to 9.5, and y (16,) = 1 + x / 2 + noise."""
    x = np.linspace(0.5, 9.5, N)
    return x, TRUE_INTERCEPT + TRUE_SLOPE * x + NOISE * Stream(seed).normal(N)


def value(name, r, scale=0.5, alpha=0.0):
    r"""Loss of residuals r, in the unit of r squared but for the absolute loss; each but that is r^2/2 near 0.

    .. math:: \rho(r) = s^2\, \frac{|\alpha - 2|}{\alpha}
              \left(\left(\frac{(r / s)^2}{|\alpha - 2|} + 1\right)^{\alpha / 2} - 1\right)

    is the general one, with its limits at alpha = 0 and 2; the others are those of
    `dlnotes.ops.regression_losses`.

    Parameters
    ----------
    name : str
        One of `NAMES`.
    r : float64 array
    scale : float
        s > 0, the size of an ordinary error: Huber's delta is 1.345 s, Tukey's c is 4.685 s.
    alpha : float
        From -4 to 2, of the general loss alone.

    Source
    ------
    Barron, "A general and adaptive robust loss function", CVPR 2019, eq. 8; here times s^2.
    """
    r = np.asarray(r, dtype=float)
    zero = np.zeros_like(r)
    if name == "squared":
        return ops.mse(r, zero, reduction="none") / 2
    if name == "absolute":
        return ops.l1(r, zero, reduction="none")
    if name == "huber":
        return ops.huber(r, zero, delta=DELTA * scale, reduction="none")
    if name == "tukey":
        return ops.tukey_biweight(r, zero, c=C * scale, reduction="none")
    room = 2 - alpha
    if room < 1e-6:
        return r * r / 2
    grown = np.log1p((r / scale) ** 2 / room)
    return scale**2 * room * (grown / 2 if alpha == 0 else np.expm1(alpha / 2 * grown) / alpha)


def slope(name, r, scale=0.5, alpha=0.0):
    """Influence of residuals r: the derivative of `value`."""
    r = np.asarray(r, dtype=float)
    zero = np.zeros_like(r)
    if name == "squared":
        return ops.mse_backward(r, zero, reduction="sum")[0] / 2
    if name == "absolute":
        return ops.l1_backward(r, zero, reduction="sum")[0]
    if name == "huber":
        return ops.huber_backward(r, zero, delta=DELTA * scale, reduction="sum")[0]
    if name == "tukey":
        return ops.tukey_biweight_backward(r, zero, c=C * scale, reduction="sum")[0]
    return r * _general_weight(r, scale, alpha)


def weight(name, r, scale=0.5, alpha=0.0):
    """Weight of residuals r in a weighted least squares fit: `slope` over r, 1 at r = 0 (infinite: absolute)."""
    if name == "general":
        return _general_weight(np.asarray(r, dtype=float), scale, alpha)
    psi, r = slope(name, r, scale, alpha), np.asarray(r, dtype=float)
    with np.errstate(divide="ignore"):
        at_zero = np.inf if name == "absolute" else 1.0
        return np.where(r == 0, at_zero, psi / np.where(r == 0, 1, r))


def _general_weight(r, scale, alpha):
    room = 2 - alpha
    return np.ones_like(r) if room < 1e-6 else ((r / scale) ** 2 / room + 1) ** (alpha / 2 - 1)


def fit(name, x, y, scale=0.5, alpha=0.0, start="squared"):
    """The line that has the least total loss, or a local minimum of it where the loss is not convex.

    Parameters
    ----------
    x, y : float64 array (M,)
        At least two different x.
    start : {"squared", "absolute"}
        The line from which the reweighting of Huber, Tukey and the general loss starts.

    Returns
    -------
    (slope, intercept)

    Notes
    -----
    Absolute: the best line passes through two of the points, so all pairs are tried. The other three: weighted
    least squares, the weights taken from the last line, again and again; the total loss never rises.
    """
    if name == "absolute":
        return _through_two_points(x, y)
    line = _weighted(x, y, np.ones(len(x)))
    if name == "squared":
        return line
    if start == "absolute":
        line = _through_two_points(x, y)
    for _ in range(ROUNDS):
        new = _weighted(x, y, weight(name, line[0] * x + line[1] - y, scale, alpha))
        if new is None:
            break
        moved = abs(new[0] - line[0]) + abs(new[1] - line[1])
        line = new
        if moved < CLOSE:
            break
    return line


def _weighted(x, y, w):
    """Weighted least squares: (slope, intercept), or None where fewer than two places count."""
    total = w.sum()
    if not total > 1e-9:
        return None
    x_mean, y_mean = (w * x).sum() / total, (w * y).sum() / total
    spread = (w * (x - x_mean) ** 2).sum()
    if not spread > 1e-9 * total:
        return None
    gradient = float((w * (x - x_mean) * (y - y_mean)).sum() / spread)
    return gradient, float(y_mean - gradient * x_mean)


def _through_two_points(x, y):
    best, line = np.inf, None
    for i in range(len(x)):
        for j in range(i):
            if x[i] != x[j]:
                gradient = (y[i] - y[j]) / (x[i] - x[j])
                off = np.abs(gradient * (x - x[i]) + y[i] - y)
                if off.sum() < best * (1 - 1e-9):
                    best, line = off.sum(), (float(gradient), float(y[i] - gradient * x[i]))
    return line


class OutlierRegression(Widget):
    """Lines fitted under several losses to 17 points, of which the reader drags one; loss and influence beside.

    Parameters
    ----------
    losses : list of str
        Names from `NAMES`, drawn together.
    focus : str
        The one that the words and the marks are about; "" is the first.
    outlier_x, outlier_y : float
        Where the dragged point is; x from 0 to 20, y from -4 to 14.
    scale : float
        Size of an ordinary error, in the unit of y: Huber's delta is 1.345 times it, Tukey's c 4.685 times.
    alpha : float
        Shape of the general loss, from -4 to 2: 2 is squared, 1 a smooth absolute, 0 Cauchy, -2 Geman-McClure.
    start : str
        "squared" or "absolute": the line from which the fits start that are found step by step.
    seed : int
        Chooses the other 16 points.
    """

    view = "outlier_regression"
    losses = traitlets.List(
        traitlets.Enum(NAMES), ["squared", "absolute", "huber", "tukey"], minlen=1, maxlen=5).tag(sync=True)
    focus = traitlets.Enum(["", *NAMES], "").tag(sync=True)
    outlier_x = Number(8.0, min=X_RANGE[0], max=X_RANGE[1]).tag(sync=True)
    outlier_y = Number(12.0, min=Y_RANGE[0], max=Y_RANGE[1]).tag(sync=True)
    scale = Number(0.5, min=0.05, max=5).tag(sync=True)
    alpha = Number(0.0, min=-4, max=2).tag(sync=True)
    start = traitlets.Enum(["squared", "absolute"], "squared").tag(sync=True)
    seed = traitlets.Int(0, min=0, max=2**31 - 1).tag(sync=True)

    @traitlets.validate("losses")
    def _no_loss_twice(self, proposal):
        if len(set(proposal["value"])) < len(proposal["value"]):
            raise TraitError(f"expected each loss once; got {proposal['value']}")
        return proposal["value"]

    def focused(self):
        """The name of the loss that the words are about."""
        return self.focus if self.focus in self.losses else self.losses[0]

    def data(self):
        """All points, the dragged one last: x (17,), y (17,)."""
        x, y = points(self.seed)
        return np.append(x, self.outlier_x), np.append(y, self.outlier_y)

    def line(self, name):
        """(slope, intercept) of the line fitted under one loss."""
        return fit(name, *self.data(), self.scale, self.alpha, self.start)

    def residual(self, name):
        """How far above the dragged point the line lies."""
        gradient, intercept = self.line(name)
        return gradient * self.outlier_x + intercept - self.outlier_y

    def still(self):
        x, y = self.data()
        ends, r = np.array(X_RANGE), np.linspace(-8, 8, 801)
        with style():
            fig = Figure(figsize=(5.8, 5.2))
            grid = fig.add_gridspec(2, 2, height_ratios=[3, 2])
            top = fig.add_subplot(grid[0, :])
            top.plot(x[:-1], y[:-1], "o", color=INK, markersize=4)
            top.plot(x[-1], y[-1], "D", color=INK, markersize=8, markerfacecolor="none")
            loss, pull = fig.add_subplot(grid[1, 0]), fig.add_subplot(grid[1, 1])
            for name in self.losses:
                k = NAMES.index(name)
                look = dict(color=COLOURS[k], linestyle=DASHES[k],
                            linewidth=2.5 if name == self.focused() else 1.6)
                gradient, intercept = self.line(name)
                top.plot(ends, gradient * ends + intercept, label=TITLES[name], **look)
                loss.plot(r, value(name, r, self.scale, self.alpha), **look)
                pull.plot(r, slope(name, r, self.scale, self.alpha), **look)
            at = np.array([self.residual(self.focused())])
            for ax, f in ((loss, value), (pull, slope)):
                ax.plot(at, f(self.focused(), at, self.scale, self.alpha), "D", color=INK, markerfacecolor="none")
                ax.set(xlim=(-8, 8), xlabel="residual")
            top.set(xlim=X_RANGE, ylim=Y_RANGE, xlabel="x", ylabel="y")
            loss.set(ylim=(0, 8), title="loss")
            pull.set(ylim=(-4, 4), title="influence")
            fig.legend(loc="outside upper center", ncols=3)
        return fig

    def describe(self):
        lines = [f"{TITLES[name]} y = {g:.2f} x {'+' if b >= 0 else '-'} {abs(b):.2f}"
                 for name in self.losses for g, b in [self.line(name)]]
        name = self.focused()
        r = self.residual(name)
        pull = float(slope(name, np.array(r), self.scale, self.alpha))
        return (f"Lines fitted to 16 points around y = 0.50 x + 1.00 and one at ({self.outlier_x:.2f}, "
                f"{self.outlier_y:.2f}): {'; '.join(lines)}. Under the {TITLES[name]} loss that point's residual is "
                f"{r:.2f} and its influence {pull:.2f}.")
