"""Playground: a small network on points of the plane, trained in sight, and back to any epoch."""

import numpy as np
import traitlets
from matplotlib.figure import Figure
from traitlets import TraitError

from dlnotes import initializers, optim, schedules, toys
from dlnotes.ops import binary_losses
from dlnotes.ops.linear import linear, linear_backward
from dlnotes.ops.penalties import elastic_net_backward
from dlnotes.ops.regression_losses import mse, mse_backward
from dlnotes.plots import COLOURS, INK, style
from dlnotes.widgets import activation_explorer as explorer
from dlnotes.widgets.base import Number, Widget
from dlnotes.widgets.num import Stream

LAST = 20000                             # the most epochs of a run
POINTS = 2000                            # the most points of the reader's own
SETTINGS = dict(alpha=0.01, beta=1.0, x0=0.0, lower=1 / 8, upper=1 / 3)       # of the activations
SETTINGS_OF = {"elu": {"alpha": 1.0}, "prelu": {"alpha": 0.25}}
INITIALIZERS = ("uniform glorot_uniform glorot_normal he_uniform he_normal lecun_uniform lecun_normal "
                "orthogonal normal identity constant zeros").split()
SCHEDULES = "constant step exponential polynomial cosine warm_restarts warmup one_cycle".split()
OPTIMIZERS = {"sgd": optim.SGD, "adagrad": optim.Adagrad, "rmsprop": optim.RMSprop, "adam": optim.Adam,
              "adamw": optim.AdamW}
OPTIONS = {"sgd": ["momentum", "nesterov"], "adagrad": [], "rmsprop": ["alpha", "momentum"],
           "adam": ["beta1", "beta2"], "adamw": ["beta1", "beta2", "weight_decay"]}
LOSSES = {
    "squared": (lambda Y, y: 0.5 * mse(Y, y), lambda Y, y: 0.5 * mse_backward(Y, y)[0]),
    "logistic": (binary_losses.binary_cross_entropy_with_logits,
                 lambda Y, y: binary_losses.binary_cross_entropy_with_logits_backward(Y, y)[0]),
}
# What may change on the way, and what a run is built from.
LIVE = ("lr schedule schedule_epochs regularization rate batch_size momentum nesterov beta1 beta2 alpha "
        "weight_decay").split()
STRUCTURE = ("data points noise train_share own features layers activation initializer init_scale loss optimizer "
             "seed").split()
WINDOWS = {"moons": (-1.5, 2.5, -1.75, 2.25), "parabola": (-1.5, 1.5, -1.25, 1.75)}
WINDOW = (-6.0, 6.0, -6.0, 6.0)


# The run: the twin of playground.core.mjs -----------------------------------------------------------------


def initial(name, scale, shape, rng):
    """First weights: "uniform" is TensorFlow Playground's +-0.5, the others are dlnotes.initializers'."""
    given = {"normal": {"std": scale}, "constant": {"val": 0.5 * scale},
             "uniform": {"a": -0.5 * scale, "b": 0.5 * scale}}
    if name in ("glorot_uniform", "glorot_normal", "orthogonal"):
        given[name] = {"gain": scale}
    return getattr(initializers, name)(shape, **given.get(name, {}), rng=rng)


def rate(k, lr, name, period):
    """The learning rate of step k; `period` is schedule_epochs in steps."""
    steps = max(period, 2)
    more = {"step": dict(step_size=steps, gamma=0.5), "exponential": dict(gamma=0.1 ** (1 / steps)),
            "one_cycle": dict(steps=max(steps, 10))}.get(name, dict(steps=steps))
    return lr if name == "constant" else getattr(schedules, name)(k, lr=lr, **more)


class Net:
    """A multilayer perceptron of dlnotes.ops pairs; params is [W, b, W, b, ...]."""

    def __init__(self, params, activation, output):
        self.params = params
        self.names = [activation] * (len(params) // 2 - 1) + [output]

    def forward(self, X):
        """Return the output (N, 1); keeps each layer's input and slopes."""
        self.inputs, self.slopes = [X], []
        for W, b, name in zip(self.params[::2], self.params[1::2], self.names):
            Z, settings = linear(self.inputs[-1], W, b), SETTINGS | SETTINGS_OF.get(name, {})
            self.slopes.append(explorer.slope(name, Z, settings))
            self.inputs.append(explorer.value(name, Z, settings))
        return self.inputs[-1]

    def backward(self, dY):
        """Return [dW, db, ...] after forward()."""
        grads = []
        for i in reversed(range(len(self.names))):
            W, b = self.params[2 * i:2 * i + 2]
            dY, dW, db = linear_backward(dY * self.slopes[i], self.inputs[i], W, b)
            grads = [dW, db, *grads]
        return grads


def prepare(s):
    """Data, split and weights, drawn from one Stream(seed) in this order.

    Returns
    -------
    train, test : (points (N, 2), labels (N,), X (N, D), y (N, 1))
    net : Net
    """
    rng = Stream(s["seed"])
    if s["data"] == "own":
        rows = np.array(s["own"], float).reshape(-1, 3)
        points, labels = rows[:, :2], rows[:, 2].astype(np.int64)
    else:
        points, labels = toys.DATASETS[s["data"]](s["points"], rng, s["noise"])
    drawn = toys.split(points, labels, 1 - s["train_share"], rng)
    signed = s["loss"] == "squared"
    train, test = ((P, c, toys.features(s["features"], P), (2.0 * c - 1 if signed else 1.0 * c)[:, None])
                   for P, c in (drawn[:2], drawn[2:]))
    sizes, params = [len(s["features"]), *s["layers"], 1], []
    bias = 0.1 if s["initializer"] == "uniform" else 0.0
    for D, H in zip(sizes[:-1], sizes[1:]):
        params += [initial(s["initializer"], s["init_scale"], (D, H), rng), np.full(H, bias)]
    return train, test, Net(params, s["activation"], "tanh" if signed else "identity")


def segments(s):
    """The live settings over time: [(first epoch, settings)]."""
    found, start = [], 0
    for change in s["changes"]:
        found.append((start, s | {k: v for k, v in change.items() if k != "until"}))
        start = change["until"]
    return [*found, (start, s)]


def one_epoch(net, optimizer, train, now, order, k, name):
    """Train for one epoch from step k on; returns the next step."""
    _, _, X, y = train
    batches = -(-len(X) // now["batch_size"])
    lam = now["rate"]
    lam1, lam2 = lam * (now["regularization"] == "l1"), lam * (now["regularization"] == "l2")
    for start in range(0, len(X), now["batch_size"]):
        rows = order[start:start + now["batch_size"]]
        grads = net.backward(LOSSES[name][1](net.forward(X[rows]), y[rows]))
        for i in range(0, len(grads), 2):
            grads[i] = grads[i] + elastic_net_backward(net.params[i], lam1, lam2)
        optimizer.lr = rate(k, now["lr"], now["schedule"], now["schedule_epochs"] * batches)
        optimizer.step(grads)
        k += 1
    return k


def tune(optimizer, name, now):
    """Give the optimizer the options that are in force."""
    options = {key: now[key] for key in OPTIONS[name]}
    if "beta1" in options:
        options["betas"] = (options.pop("beta1"), options.pop("beta2"))
    vars(optimizer).update(options)


def run(s):
    """Train by the settings `s`, the traits as a dict, up to s["epoch"] or until the loss is not finite.

    Returns
    -------
    dict
        train, test: parts as in `prepare`; net; train_loss, test_loss (E + 1,), entry e after e epochs.
    """
    train, test, net = prepare(s)
    name, curves = s["loss"], ([], [])
    optimizer = OPTIMIZERS[s["optimizer"]](net.params, lr=1.0)
    stream, plan, k = Stream(s["seed"]), segments(s), 0
    with np.errstate(all="ignore"):
        for epoch in range(s["epoch"] + 1):
            for curve, (_, _, X, y) in zip(curves, (train, test)):
                curve.append(LOSSES[name][0](net.forward(X), y) if len(X) else np.nan)
            if epoch == s["epoch"] or not np.isfinite(curves[0][-1]):
                break
            now = [settings for start, settings in plan if start <= epoch][-1]
            tune(optimizer, s["optimizer"], now)
            stream.position = epoch * len(train[0])
            k = one_epoch(net, optimizer, train, now, toys.permutation(len(train[0]), stream), k, name)
    losses = {"train_loss": np.array(curves[0]), "test_loss": np.array(curves[1])}
    return {"train": train, "test": test, "net": net, **losses}


# The widget -------------------------------------------------------------------------------------------------


class Playground(Widget):
    """A network of up to six hidden layers on points of the plane.

    Parameters
    ----------
    data : {"circle", "xor", "gauss", "spiral", "moons", "parabola", "own"}
    points, noise, train_share : int, float, float
        Number of points drawn, their noise, and the share to train on; the rest is the test.
    own : list of [x1, x2, label]
        The points of data="own": both coordinates in [-6, 6], labels 0 and 1, at most 2000 of them.
    features : list of {"x1", "x2", "x1_squared", "x2_squared", "product", "sin_x1", "sin_x2"}
        What the network is given of a point.
    layers : list of int
        Units of each hidden layer: at most six layers of one to eight.
    activation : str
        Of all hidden units: any of dlnotes.ops.activations.
    initializer, init_scale : str, float
        First weights, and a factor for those that have no scale of their own (uniform, normal, constant, Glorot,
        orthogonal); "uniform" is +-0.5 with biases 0.1.
    loss : {"squared", "logistic"}
        Half the squared error against -1 and 1 with tanh at the output, or the logistic loss.
    optimizer : {"sgd", "adagrad", "rmsprop", "adam", "adamw"}
    momentum, nesterov, beta1, beta2, alpha, weight_decay : float, bool, float, float, float, float
        Options of the optimizers, by torch's names; each takes those that it has.
    lr, schedule, schedule_epochs : float, str, int
        Learning rate, its course (see dlnotes.schedules) and the course's length in epochs.
    regularization, rate : {"none", "l1", "l2"}, float
        Penalty on the weights, and its strength.
    batch_size : int
    seed : int
        Of data, split, weights and the order of the examples.
    changes : list of dict
        What was in force earlier: each {"until": epoch, ...settings}. The traits hold after the last of them.
    kept : dict
        The settings of run A, which is shown beside this one; empty: none.
    epoch : int
        The epoch that is shown.
    discretize, show_test : bool
        Show only the side of the boundary; show the test points.
    speed : {1, 5, 20, 60, 200}
        Epochs a second while playing.
    playing : bool
        Whether it plays when it comes into view; a reader who prefers reduced motion starts it himself.
    """

    view = "playground"
    data = traitlets.Enum([*toys.DATASETS, "own"], "circle").tag(sync=True)
    points = traitlets.Int(500, min=10, max=POINTS).tag(sync=True)
    noise = Number(0.0, min=0, max=0.5).tag(sync=True)
    train_share = Number(0.5, min=0.1, max=0.9).tag(sync=True)
    own = traitlets.List().tag(sync=True)
    features = traitlets.List(traitlets.Enum(list(toys.FEATURES)), ["x1", "x2"], minlen=1).tag(sync=True)
    layers = traitlets.List(traitlets.Int(min=1, max=8), [4, 2], maxlen=6).tag(sync=True)
    activation = traitlets.Enum(explorer.NAMES, "tanh").tag(sync=True)
    initializer = traitlets.Enum(INITIALIZERS, "uniform").tag(sync=True)
    init_scale = Number(1.0, min=0.01, max=20).tag(sync=True)
    loss = traitlets.Enum(list(LOSSES), "squared").tag(sync=True)
    optimizer = traitlets.Enum(list(OPTIMIZERS), "sgd").tag(sync=True)
    seed = traitlets.Int(0, min=0, max=2**31 - 1).tag(sync=True)
    lr = Number(0.03, min=1e-5, max=100).tag(sync=True)
    schedule = traitlets.Enum(SCHEDULES, "constant").tag(sync=True)
    schedule_epochs = traitlets.Int(100, min=1, max=LAST).tag(sync=True)
    regularization = traitlets.Enum(["none", "l1", "l2"], "none").tag(sync=True)
    rate = Number(0.001, min=1e-5, max=10).tag(sync=True)
    batch_size = traitlets.Int(10, min=1, max=POINTS).tag(sync=True)
    momentum = Number(0.0, min=0, max=0.999).tag(sync=True)
    nesterov = traitlets.Bool(False).tag(sync=True)
    beta1 = Number(0.9, min=0, max=0.999).tag(sync=True)
    beta2 = Number(0.999, min=0, max=0.99999).tag(sync=True)
    alpha = Number(0.99, min=0, max=0.9999).tag(sync=True)
    weight_decay = Number(0.01, min=0, max=1).tag(sync=True)
    changes = traitlets.List(traitlets.Dict(), maxlen=200).tag(sync=True)
    kept = traitlets.Dict().tag(sync=True)
    epoch = traitlets.Int(0, min=0, max=LAST).tag(sync=True)
    discretize = traitlets.Bool(False).tag(sync=True)
    show_test = traitlets.Bool(True).tag(sync=True)
    speed = traitlets.Enum([1, 5, 20, 60, 200], 60).tag(sync=True)
    playing = traitlets.Bool(False).tag(sync=True)

    @traitlets.validate("own")
    def _own(self, proposal):
        rows = [list(row) if isinstance(row, (list, tuple, np.ndarray)) else row for row in proposal["value"]]
        if len(rows) > POINTS:
            raise TraitError(f"expected at most {POINTS} points; got {len(rows)}")
        for n, row in enumerate(rows):
            good = isinstance(row, list) and len(row) == 3 and all(np.isreal(v) for v in row)
            if not (good and abs(row[0]) <= 6 and abs(row[1]) <= 6 and row[2] in (0, 1)):
                raise TraitError(f"expected own[{n}] as [x1, x2, label], |x| <= 6, label 0 or 1; got {row!r}")
        return [[float(row[0]), float(row[1]), int(row[2])] for row in rows]

    @traitlets.validate("features")
    def _features(self, proposal):
        if len(set(proposal["value"])) < len(proposal["value"]):
            raise TraitError(f"expected each feature once; got {proposal['value']}")
        return proposal["value"]

    @traitlets.validate("changes")
    def _changes(self, proposal):
        before = 0
        for change in proposal["value"]:
            if not (isinstance(change.get("until"), int) and change["until"] > before):
                raise TraitError(f"expected changes with until rising from 1; got {change!r}")
            self._known(change, {*LIVE, "until"}, "changes")
            before = change["until"]
        return proposal["value"]

    @traitlets.validate("kept")
    def _kept(self, proposal):
        self._known(proposal["value"], {*STRUCTURE, *LIVE, "changes"}, "kept")
        return proposal["value"]

    def _known(self, values, names, what):
        for name, value in values.items():
            if name not in names:
                raise TraitError(f"expected in {what} one of {', '.join(sorted(names))}; got {name!r}")
            if name != "until":
                self.traits()[name].validate(self, value)

    def settings(self):
        """All that a run depends on, as `run` takes it."""
        return {name: getattr(self, name) for name in [*STRUCTURE, *LIVE, "changes", "epoch"]}

    def still(self):
        seen = run(self.settings()) if self._has_points() else None
        with style():
            fig = Figure(figsize=(6.2, 3.0))
            plane, curves = fig.subplots(1, 2)
            if seen:
                self._draw_plane(plane, seen)
                curves.plot(seen["train_loss"], label="train")
                curves.plot(seen["test_loss"], label="test")
                curves.legend()
            curves.set(xlabel="epoch", ylabel="mean loss")
        return fig

    def _has_points(self):
        return self.data != "own" or len(self.own) - int((1 - self.train_share) * len(self.own) + 0.5) > 0

    def _draw_plane(self, ax, seen, n=80):
        """Output and boundary over the plane; dots are class 1, squares class 0, hollow ones the test."""
        left, right, low, high = WINDOWS.get(self.data, WINDOW)
        x1, x2 = np.meshgrid(np.linspace(left, right, n), np.linspace(low, high, n))
        with np.errstate(all="ignore"):
            X = toys.features(self.features, np.column_stack([x1.ravel(), x2.ravel()]))
            Y = seen["net"].forward(X).reshape(n, n)
        if np.isfinite(Y).all():
            ax.contourf(x1, x2, Y, levels=[-1e300, 0, 1e300], colors=[COLOURS[1], COLOURS[0]], alpha=0.18)
            ax.contour(x1, x2, Y, levels=[0], colors=INK, linestyles="-")
        for part, fill in (("test", "none"), ("train", "full")):
            P, labels = seen[part][:2]
            for label, mark in ((0, "s"), (1, "o")):
                ax.plot(*P[labels == label].T, mark, color=COLOURS[1 - label], markersize=3, fillstyle=fill,
                        markeredgewidth=0.7)
        ax.set(xlabel="$x_1$", ylabel="$x_2$", xlim=(left, right), ylim=(low, high), aspect="equal")

    def describe(self):
        shape = "-".join(str(n) for n in (len(self.features), *self.layers, 1))
        where = "the reader's own points" if self.data == "own" else f"the {self.data} data"
        if not self._has_points():
            return f"A {shape} network of {self.activation} units; there are no training points yet."
        seen = run(self.settings())
        epoch = len(seen["train_loss"]) - 1
        train, test = seen["train_loss"][-1], seen["test_loss"][-1]
        held = f", test loss {test:.4f}" if np.isfinite(test) else ""
        return (f"A {shape} network of {self.activation} units on {where}, {len(seen['train'][0])} points of it "
                f"for training, after {epoch} epochs: training loss {train:.4f}{held}.")
