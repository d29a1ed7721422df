"""Kill and revive: one ReLU unit of a tiny network, trained by gradient descent."""

import numpy as np
import traitlets
from matplotlib.figure import Figure

from dlnotes.ops.activations import leaky_relu, leaky_relu_backward
from dlnotes.ops.linear import linear, linear_backward
from dlnotes.plots import COLOURS, INK, style
from dlnotes.widgets.base import Number, Widget
from dlnotes.widgets.num import Stream

# The network has 1 input, two hidden layers and 1 output; its 22 parameters stand in one row, in this order.
SHAPES = {"W1": (1, 3), "b1": (3,), "W2": (3, 3), "b2": (3,), "W3": (3, 1), "b3": (1,)}
SIZE = sum(int(np.prod(shape)) for shape in SHAPES.values())

N = 20                                   # data points
DIVERGED = 1e6                           # a greater loss ends the run
STATES = ("alive", "dead", "revived", "silent")

PRESETS = {
    "large_step": dict(layer=1, unit=0, lr=0.1, bias=0.0, alpha=0.0, seed=49, kick=20.0, kick_step=50),
    "fixed_inputs": dict(layer=1, unit=0, lr=0.1, bias=-3.0, alpha=0.0, seed=157, kick=1.0, kick_step=50),
    "revived": dict(layer=2, unit=2, lr=0.1, bias=-1.0, alpha=0.0, seed=41, kick=1.0, kick_step=50),
    "leaky": dict(layer=1, unit=0, lr=0.1, bias=-3.0, alpha=0.1, seed=157, kick=1.0, kick_step=50),
}


def data():
    """The points to fit: X (N, 1) from -2 to 2 and y (N, 1) = sin(1.5 x)."""
    X = np.linspace(-2, 2, N)[:, None]
    return X, np.sin(1.5 * X)


def initial(seed, layer, unit, bias):
    """First parameters: weights normal with variance 2 / fan-in (He et al. 2015); one bias differs from 0.

    Returns
    -------
    params (22,)
    """
    stream = Stream(seed)
    params = np.zeros(SIZE)
    views = unpack(params)
    for name in ("W1", "W2", "W3"):
        views[name][...] = stream.normal(SHAPES[name]) * np.sqrt(2 / SHAPES[name][0])
    views[f"b{layer}"][unit] = bias
    return params


def unpack(params):
    """Views of the 22 parameters by name, each with its shape."""
    ends = np.cumsum([int(np.prod(shape)) for shape in SHAPES.values()])
    parts = np.split(params, ends[:-1])
    return {name: part.reshape(shape) for (name, shape), part in zip(SHAPES.items(), parts)}


def forward(params, X, alpha):
    """Pre-activations of both hidden layers and the output: Z1 (N, 3), Z2 (N, 3), y_hat (N, 1)."""
    p = unpack(params)
    Z1 = linear(X, p["W1"], p["b1"])
    Z2 = linear(leaky_relu(Z1, alpha), p["W2"], p["b2"])
    return Z1, Z2, linear(leaky_relu(Z2, alpha), p["W3"], p["b3"])


def gradient(params, X, y, alpha):
    """Gradient (22,) of the mean squared error."""
    p = unpack(params)
    Z1, Z2, y_hat = forward(params, X, alpha)
    A1, A2 = leaky_relu(Z1, alpha), leaky_relu(Z2, alpha)
    dA2, dW3, db3 = linear_backward(2 * (y_hat - y) / len(y), A2, p["W3"], p["b3"])
    dA1, dW2, db2 = linear_backward(leaky_relu_backward(dA2, Z2, alpha), A1, p["W2"], p["b2"])
    _, dW1, db1 = linear_backward(leaky_relu_backward(dA1, Z1, alpha), X, p["W1"], p["b1"])
    return np.concatenate([g.ravel() for g in (dW1, db1, dW2, db2, dW3, db3)])


def unit_norms(grad):
    """Length (6,) of the gradient of each hidden unit's own weights and bias, layer 1 first."""
    g = unpack(grad)
    return np.sqrt(np.concatenate([(g[f"W{k}"] ** 2).sum(0) + g[f"b{k}"] ** 2 for k in (1, 2)]))


def run(layer, unit, lr, bias, alpha, seed, kick, kick_step, steps):
    """Train by gradient descent on all points and keep what every step saw; one step is `kick` times larger.

    Returns
    -------
    dict
        params (K, 22), loss (K,), active (K, 6) how many of the N points put each hidden unit above 0,
        norms (K, 6) as in `unit_norms`; row k is what step k sees. K is steps + 1, or less if the loss
        passes `DIVERGED`.
    """
    X, y = data()
    params = initial(seed, layer, unit, bias)
    rows = {"params": [], "loss": [], "active": [], "norms": []}
    for k in range(steps + 1):
        Z1, Z2, y_hat = forward(params, X, alpha)
        grad = gradient(params, X, y, alpha)
        rows["params"].append(params)
        rows["loss"].append(np.mean((y_hat - y) ** 2))
        rows["active"].append((np.hstack([Z1, Z2]) > 0).sum(axis=0))
        rows["norms"].append(unit_norms(grad))
        if rows["loss"][-1] > DIVERGED:
            break
        params = params - (kick * lr if k == kick_step else lr) * grad
    return {name: np.array(row) for name, row in rows.items()}


def states(active, alpha):
    """What becomes of a unit, step by step.

    Parameters
    ----------
    active : array (K,)
        On how many points the unit is above 0.
    alpha : float
        Slope left of 0.

    Returns
    -------
    array (K,) of indices into `STATES`
        alive: never without an active point so far; dead: none, and the slope there is 0; silent: none, but
        alpha lets it learn; revived: active again.
    """
    off = active == 0
    was_off = np.logical_or.accumulate(off)
    return np.where(off, 1 if alpha == 0 else 3, np.where(was_off, 2, 0))


def since(codes, step):
    """The step since which the unit has been in the state that it has at `step`."""
    while step > 0 and codes[step - 1] == codes[step]:
        step -= 1
    return step


class KillAndRevive(Widget):
    """One unit of a 1-3-3-1 network: is it alive, dead, or revived?

    Parameters
    ----------
    preset : {"large_step", "fixed_inputs", "revived", "leaky"}
        A situation that surely shows its case: it gives the settings below that are not given themselves.
    layer : {1, 2}
        The layer of the unit that is watched: the inputs of layer 1 never change, those of layer 2 do.
    unit : {0, 1, 2}
        Its number in the layer.
    lr : float
        Learning rate.
    bias : float
        Bias of the watched unit before the first step; all others start at 0.
    alpha : float
        Slope of the activation left of 0; 0 is ReLU.
    seed : int
        Seed of the first weights.
    kick, kick_step : float, int
        The step number `kick_step` is `kick` times larger than the others.
    step : int
        The step of training that is shown.
    steps : int
        How many steps are computed.
    speed : {1, 5, 20, 60, 200}
        Steps a second while playing.
    playing : bool
        Whether it plays when it comes into view; a reader who prefers reduced motion starts it himself.
    """

    view = "kill_and_revive"
    layer = traitlets.Enum([1, 2], 1).tag(sync=True)
    unit = traitlets.Enum([0, 1, 2], 0).tag(sync=True)
    lr = Number(0.1, min=1e-3, max=10).tag(sync=True)
    bias = Number(0.0, min=-8, max=8).tag(sync=True)
    alpha = Number(0.0, min=0, max=0.5).tag(sync=True)
    seed = traitlets.Int(49, min=0, max=2**31 - 1).tag(sync=True)
    kick = Number(1.0, min=1, max=100).tag(sync=True)
    kick_step = traitlets.Int(50, min=0, max=2000).tag(sync=True)
    step = traitlets.Int(0, min=0, max=2000).tag(sync=True)
    steps = traitlets.Int(400, min=1, max=2000).tag(sync=True)
    speed = traitlets.Enum([1, 5, 20, 60, 200], 20).tag(sync=True)
    playing = traitlets.Bool(False).tag(sync=True)

    def __init__(self, preset="large_step", **traits):
        if preset not in PRESETS:
            raise ValueError(f"expected preset one of {', '.join(PRESETS)}; got {preset!r}")
        super().__init__(**{**PRESETS[preset], **traits})

    def history(self):
        """What `run` gives for these settings."""
        names = ("layer", "unit", "lr", "bias", "alpha", "seed", "kick", "kick_step", "steps")
        return run(**{name: getattr(self, name) for name in names})

    def shown(self):
        """The run, the step of it that is shown, and the place of the watched unit among the six."""
        history = self.history()
        return history, min(self.step, len(history["loss"]) - 1), 3 * (self.layer - 1) + self.unit

    def still(self):
        history, k, u = self.shown()
        with style():
            fig = Figure(figsize=(5.8, 4.4))
            axes = fig.subplot_mosaic("ab;cc")
            self._draw_unit(axes["a"], axes["b"], history["params"][k], u)
            self._draw_life(axes["c"], history["active"][:, u], k)
        return fig

    def _draw_life(self, ax, active, k):
        """On how many points the unit is active, step by step; hatched where it is dead."""
        dead = states(active, self.alpha) == 1
        ax.fill_between(np.arange(active.size), 0, N, where=dead, step="mid", facecolor="none", hatch="//",
                        edgecolor=COLOURS[1], alpha=0.5, linewidth=0, label="dead")
        ax.plot(active, color=COLOURS[2], linestyle="-")
        ax.axvline(k, color=COLOURS[0], linestyle="--", label=f"step {k}")
        ax.set(xlabel="step", ylabel="active points", xlim=(0, max(active.size - 1, 1)), ylim=(0, N))
        ax.legend()

    def _draw_unit(self, fit, inner, params, u):
        """The data with the fitted curve, and the watched unit's pre-activation; full dots are above 0."""
        X, y = data()
        x = np.linspace(-2.2, 2.2, 161)[:, None]
        Z1, Z2, y_hat = forward(params, x, self.alpha)
        z = np.hstack(forward(params, X, self.alpha)[:2])[:, u]
        fit.plot(X, y, "o", color=COLOURS[0], markersize=4)
        fit.plot(x, y_hat[:, 0], color=COLOURS[1], linestyle="-")
        fit.set(xlabel="x", ylabel="data and fit", ylim=(-1.7, 1.7))
        inner.plot(x, np.hstack([Z1, Z2])[:, u], color=COLOURS[2], linestyle="-")
        inner.plot(X[z > 0], z[z > 0], "o", color=COLOURS[2], markersize=4)
        inner.plot(X[z <= 0], z[z <= 0], "o", color=COLOURS[2], markersize=4, fillstyle="none")
        inner.axhline(0, color=INK, linewidth=1, linestyle="-")
        inner.set(xlabel="x", ylabel="z of the unit")

    def describe(self):
        history, k, u = self.shown()
        codes = states(history["active"][:, u], self.alpha)
        return (f"Unit {self.unit + 1} of layer {self.layer} of a 1-3-3-1 network at step {k}: "
                f"{STATES[codes[k]]} since step {since(codes, k)}, active on {history['active'][k, u]} "
                f"of {N} points, gradient of length {history['norms'][k, u]:.3f}, loss {history['loss'][k]:.3f}.")
