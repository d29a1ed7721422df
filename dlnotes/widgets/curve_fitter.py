"""Curve fitter: a network of one hidden layer follows a drawn curve, a piece for each unit."""

import numpy as np
import traitlets
from matplotlib.figure import Figure
from traitlets import TraitError

from dlnotes.ops.activations import ACTIVATIONS
from dlnotes.ops.linear import linear, linear_backward
from dlnotes.optim import Adam
from dlnotes.plots import COLOURS, INK, style
from dlnotes.widgets.base import Widget
from dlnotes.widgets.num import Stream

N = 41                                    # heights that make a curve
LOW, HIGH = -2.0, 2.0                     # where it is drawn
TOP = 1.5                                 # the greatest height
SHOWN = 3.0                               # the picture goes from -3 to 3
MODES = ("train", "build", "tune")
CURVES = {
    "wave": lambda x: np.sin(2 * x),
    "letter_m": lambda x: 1 - 1.5 * np.abs(np.abs(x) - 1) - 0.5 * np.maximum(np.abs(x) - 1, 0),
    "bump": lambda x: 1.4 * np.exp(-4 * x * x) - 0.4,
    "jump": lambda x: np.where(x >= 0, 0.8, -0.8),
    "parabola": lambda x: x * x / 2 - 1,
    "chirp": lambda x: np.sin(1.2 * (x + 2) ** 2),
}
STEEP = {"relu": 1, "leaky_relu": 1, "swish": 2, "tanh": 2, "sigmoid": 4, "rbf": 2, "step": 1, "identity": 1}


def places():
    """The x (41,) at which a curve has its heights."""
    return np.linspace(LOW, HIGH, N)


def interpolate(curve, x):
    """Height at x of the straight lines through the curve's points; outside, that of the nearest end."""
    return np.interp(x, places(), curve)


# The network: parameters in one row, W1 (1, H), b1 (H,), W2 (H, 1), b2 (1,) ---------------------------------


def unpack(params):
    """Views of the 3 H + 1 parameters: w (H,), b (H,), v (H,), c (1,)."""
    H = len(params) // 3
    return params[:H], params[H:2 * H], params[2 * H:3 * H], params[3 * H:]


def initial_params(units, activation, seed):
    """First parameters: each unit's middle or bend lies somewhere in the drawn interval.

    .. math:: w = \\pm s\\,(\\tfrac12 + u), \\qquad b = -w t, \\qquad t \\sim U(-2, 2), \\qquad
              v \\sim N(0, 1 / H), \\qquad c = 0

    with u uniform on (0, 1) and s the activation's steepness `STEEP`.
    """
    stream, params = Stream(seed), np.zeros(3 * units + 1)
    w, b, v, _ = unpack(params)
    u = stream.uniform((units, 3))
    w[:] = np.where(u[:, 0] < 0.5, -1, 1) * STEEP[activation] * (0.5 + u[:, 1])
    b[:] = -w * (LOW + (HIGH - LOW) * u[:, 2])
    v[:] = stream.normal(units) / np.sqrt(units)
    return params


def even_knots(units):
    """The units - 1 bends inside the interval at equal distances."""
    return (LOW + (HIGH - LOW) * np.arange(1, units) / units).tolist()


def build_params(curve, units, knots, count):
    """The ReLU network whose lines go through the curve at -2, at each knot and at 2.

    .. math:: c = y_0, \\qquad w_k = 1, \\qquad b_k = -t_k, \\qquad
              v_k = \\frac{y_{k+1} - y_k}{t_{k+1} - t_k} - \\frac{y_k - y_{k-1}}{t_k - t_{k-1}}

    with t_0 = -2, the knots, and 2, and y_k the height at t_k; the slope before t_0 is 0. Only the first
    `count` units have their v; the others still have 0.
    """
    params = np.zeros(3 * units + 1)
    w, b, v, c = unpack(params)
    t = np.array([LOW, *knots, HIGH])
    y = interpolate(curve, t)
    w[:], b[:], c[:] = 1, -t[:-1], y[0]
    v[:] = np.diff(np.diff(y) / np.diff(t), prepend=0)
    v[count:] = 0
    return params


def forward(params, x, activation):
    """Each unit's piece v_k f(w_k x + b_k), (N, H), and their sum with c, (N,)."""
    w, b, v, c = unpack(params)
    A = ACTIVATIONS[activation][0](linear(x[:, None], w[None], b))
    return A * v, linear(A, v[:, None], c)[:, 0]


def gradient(params, x, y, activation):
    """Mean squared error, and its gradient (3 H + 1,)."""
    w, b, v, c = unpack(params)
    f, f_backward = ACTIVATIONS[activation]
    Z = linear(x[:, None], w[None], b)
    error = linear(f(Z), v[:, None], c) - y[:, None]
    dA, dv, dc = linear_backward(2 * error / len(y), f(Z), v[:, None], c)
    _, dw, db = linear_backward(f_backward(dA, Z), x[:, None], w[None], b)
    return np.mean(error**2), np.concatenate([dw[0], db, dv[:, 0], dc])


def train(params, curve, activation, lr, steps):
    """Adam on all points; the parameters after `steps` steps, and the loss (steps,) that each step saw."""
    params, losses = params.copy(), np.zeros(steps)
    optimizer = Adam([params], lr=lr)
    for k in range(steps):
        losses[k], grad = gradient(params, places(), np.asarray(curve), activation)
        optimizer.step([grad])
    return params, losses


def errors(y_hat, curve):
    """Root mean square of the errors at the 41 points, the largest of them in size, and its place."""
    gaps = np.abs(y_hat - curve)
    return np.sqrt(np.mean(gaps**2)), gaps.max(), places()[gaps.argmax()]


class CurveFitter(Widget):
    """A curve, and a network of one hidden layer that fits it, with the piece of every unit.

    Parameters
    ----------
    preset : {"wave", "letter_m", "bump", "jump", "parabola", "chirp"}
        A curve to begin with, unless `curve` is given.
    curve : list of float
        41 heights from -1.5 to 1.5 at even places from x = -2 to 2: the drawing.
    activation : {"relu", "leaky_relu", "swish", "tanh", "sigmoid", "rbf", "step", "identity"}
        The function of the hidden units, where they are trained from random weights.
    units : int
        How many hidden units there are.
    mode : {"train", "build", "tune"}
        train: from random weights; build: ReLU units placed one after the other, so that their sum goes
        through the curve at each bend; tune: training that starts from what was built.
    knots : list of float
        Places of the bends of the units after the first, for build and tune; empty: evenly spaced.
    lr : float
        Learning rate of Adam on all 41 points.
    seed : int
        Seed of the first weights.
    unit : int
        The unit whose piece is picked, from 0.
    step : int
        The step of training that is shown; for build, the number of units that stand.
    steps : int
        How many steps there are.
    speed : {1, 5, 20, 60, 200}
        Steps a second while playing.
    playing : bool
        Whether it plays when it comes into view; a reader who prefers reduced motion starts it himself.
    """

    view = "curve_fitter"
    curve = traitlets.List(traitlets.Float(min=-TOP, max=TOP), minlen=N, maxlen=N).tag(sync=True)
    activation = traitlets.Enum(list(STEEP), "relu").tag(sync=True)
    units = traitlets.Int(8, min=1, max=32).tag(sync=True)
    mode = traitlets.Enum(MODES, "train").tag(sync=True)
    knots = traitlets.List(traitlets.Float(min=LOW, max=HIGH)).tag(sync=True)
    lr = traitlets.Float(0.02, min=1e-4, max=1).tag(sync=True)
    seed = traitlets.Int(0, min=0, max=2**31 - 1).tag(sync=True)
    unit = traitlets.Int(0, min=0, max=31).tag(sync=True)
    step = traitlets.Int(0, min=0, max=3000).tag(sync=True)
    steps = traitlets.Int(1000, min=1, max=3000).tag(sync=True)
    speed = traitlets.Enum([1, 5, 20, 60, 200], 60).tag(sync=True)
    playing = traitlets.Bool(False).tag(sync=True)

    def __init__(self, preset="wave", **traits):
        if preset not in CURVES:
            raise ValueError(f"expected preset one of {', '.join(CURVES)}; got {preset!r}")
        super().__init__(**{"curve": np.asarray(CURVES[preset](places()), float).tolist(), **traits})

    @traitlets.validate("lr", "curve")
    def _finite(self, proposal):
        if not np.all(np.isfinite(proposal["value"])):
            raise TraitError(f"expected finite numbers in {proposal['trait'].name}; got {proposal['value']}")
        return proposal["value"]

    @traitlets.validate("knots")
    def _rising(self, proposal):
        knots = proposal["value"]
        fits = len(knots) in (0, self.units - 1)
        if not fits or not np.all(np.diff([LOW, *knots, HIGH]) >= 0.009):
            raise TraitError(f"expected {self.units - 1} knots that rise from -2 to 2 by 0.01 or more, or none;"
                             f" got {knots}")
        return knots

    @traitlets.observe("units")
    def _forget_knots(self, change):
        if len(self.knots) not in (0, change["new"] - 1):
            self.knots = []

    def built(self, count):
        """Parameters of the construction with its first `count` units."""
        return build_params(self.curve, self.units, self.knots or even_knots(self.units), count)

    def shown(self):
        """Parameters (3 H + 1,) of the picture, the activation, and the step or number of units."""
        if self.mode == "build":
            return self.built(min(self.step, self.units)), "relu", min(self.step, self.units)
        activation = "relu" if self.mode == "tune" else self.activation
        first = initial_params(self.units, activation, self.seed)
        if self.mode == "tune":
            first = self.built(self.units)
        k = min(self.step, self.steps)
        return train(first, self.curve, activation, self.lr, k)[0], activation, k

    def still(self):
        params, activation, _ = self.shown()
        x = np.linspace(-SHOWN, SHOWN, 241)
        pieces, y_hat = forward(params, x, activation)
        with style():
            fig = Figure(figsize=(5.8, 4.6))
            top, below = fig.subplots(2, 1, sharex=True)
            inside = (x >= LOW) & (x <= HIGH)
            top.plot(places(), self.curve, ".", color=COLOURS[0], label="curve")
            top.plot(x, np.where(inside, np.nan, y_hat), color=INK, linestyle="--", label="beyond it")
            top.plot(x, np.where(inside, y_hat, np.nan), color=COLOURS[1], linestyle="-", label="fit")
            top.set(ylabel="curve and fit", ylim=(-2.2, 2.2))
            fig.legend(loc="outside upper center", ncols=3)
            below.plot(x, pieces, color=INK, linestyle="-", linewidth=1, alpha=0.7)
            u = min(self.unit, self.units - 1)
            below.plot(x, pieces[:, u], color=COLOURS[2], linestyle="-", linewidth=2.5)
            below.set(xlabel="x", ylabel="pieces of the units", xlim=(-SHOWN, SHOWN))
        return fig

    def describe(self):
        params, activation, k = self.shown()
        rms, gap, at = errors(forward(params, places(), activation)[1], self.curve)
        far = forward(params, np.array([-SHOWN, SHOWN]), activation)[1]
        when = {"build": f"{k} of {self.units} relu units built by hand",
                "tune": f"{self.units} relu units built by hand and trained for {k} steps",
                "train": f"{self.units} {activation} units after {k} steps of training"}[self.mode]
        return (f"A curve and its fit by {when}: root mean square error {rms:.3f}, largest {gap:.3f} at "
                f"x = {at:.1f}; beyond what was drawn the fit is {far[0]:.2f} at x = -3, {far[1]:.2f} at x = 3.")
