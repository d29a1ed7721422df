"""Feature space: how a hidden layer bends the plane until a straight line parts the classes."""

import numpy as np
import traitlets
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from dlnotes import initializers, optim, toys
from dlnotes.ops.binary_losses import (
    binary_cross_entropy_with_logits, binary_cross_entropy_with_logits_backward)
from dlnotes.ops.linear import linear, linear_backward
from dlnotes.plots import COLOURS, INK, style
from dlnotes.widgets.activation_explorer import NAMES, slope, value
from dlnotes.widgets.base import Number, Widget
from dlnotes.widgets.num import Stream

DIVERGED = 1e6                 # a greater loss ends the run
SIDE = 65                      # places along each side of the lattice in the input plane

RULES = {
    "sgd": lambda params, lr: optim.SGD(params, lr=lr),
    "momentum": lambda params, lr: optim.SGD(params, lr=lr, momentum=0.9),
    "nesterov": lambda params, lr: optim.SGD(params, lr=lr, momentum=0.9, nesterov=True),
    "adagrad": lambda params, lr: optim.Adagrad(params, lr=lr),
    "rmsprop": lambda params, lr: optim.RMSprop(params, lr=lr),
    "adam": lambda params, lr: optim.Adam(params, lr=lr),
}

# Centre and half width of the square of the input plane that is shown; noise widens those that it moves.
WINDOWS = {"circle": (0, 0, 6, 0), "xor": (0, 0, 6, 0), "gauss": (0, 0, 6, 0), "spiral": (0, 0, 5.6, 1),
           "moons": (0.5, 0.25, 1.8, 2), "parabola": (0, 0.25, 1.3, 2)}

PLANES = ["across", "principal", *(f"{i} {j}" for i in range(1, 7) for j in range(i + 1, 7))]

# alpha, beta, ... of the activations: those of the browser's network
SETTINGS = dict(alpha=0.01, beta=1.0, x0=0.0, lower=1 / 8, upper=1 / 3)
OWN = {"elu": {"alpha": 1.0}, "prelu": {"alpha": 0.25}}


def forward(params, X, activation):
    """Pre-activations Z (N, k), features A (N, k) and scores Y (N, 1) of a 2-k-1 network."""
    W1, b1, W2, b2 = params
    Z = linear(X, W1, b1)
    A = value(activation, Z, SETTINGS | OWN.get(activation, {}))
    return Z, A, linear(A, W2, b2)


def gradients(params, X, y, activation):
    """Gradients of the mean cross-entropy, in the order of the parameters."""
    W1, b1, W2, b2 = params
    Z, A, Y = forward(params, X, activation)
    dA, dW2, db2 = linear_backward(binary_cross_entropy_with_logits_backward(Y, y)[0], A, W2, b2)
    dZ = dA * slope(activation, Z, SETTINGS | OWN.get(activation, {}))
    _, dW1, db1 = linear_backward(dZ, X, W1, b1)
    return [dW1, db1, dW2, db2]


def start(data, points, noise, seed, k):
    """Data, split and first weights (Glorot and Bengio 2010, normal) from one stream, as the browser draws them.

    Returns
    -------
    dict
        X (N, 2) and y (N, 1) of the training, X_test and y_test, params [W1 (2, k), b1, W2 (k, 1), b2].
    """
    stream = Stream(seed)
    X, y = getattr(toys, data)(points, stream, noise)
    X, y, X_test, y_test = toys.split(X, y, 0.5, stream)
    params = [initializers.glorot_normal((2, k), rng=stream), np.zeros(k),
              initializers.glorot_normal((k, 1), rng=stream), np.zeros(1)]
    return dict(X=X, y=1.0 * y[:, None], X_test=X_test, y_test=1.0 * y_test[:, None], params=params)


def run(data, points, noise, seed, k, activation, optimizer, lr, batch_size, epoch):
    """Train to an epoch.

    Returns
    -------
    dict
        As of `start`, and train, test, right (K,): losses, and the share of training points on their side, after each
        epoch from 0 on. K is epoch + 1, or less if the loss passes `DIVERGED`.
    """
    state = start(data, points, noise, seed, k)
    X, y, params = state["X"], state["y"], state["params"]
    rule, order = RULES[optimizer](params, lr), Stream(seed)
    rows = []
    with np.errstate(all="ignore"):                        # a run that diverges is told by its loss
        for e in range(epoch + 1):
            rows.append(_record(state, activation))
            if e == epoch or not rows[-1][0] <= DIVERGED:
                break
            order.position = e * len(X)
            mixed = toys.permutation(len(X), order)
            for at in range(0, len(X), batch_size):
                batch = mixed[at:at + batch_size]
                rule.step(gradients(params, X[batch], y[batch], activation))
    return state | dict(zip(("train", "test", "right"), np.array(rows).T))


def _record(state, activation):
    Y, Y_test = (forward(state["params"], state[X], activation)[2] for X in ("X", "X_test"))
    return (binary_cross_entropy_with_logits(Y, state["y"]), binary_cross_entropy_with_logits(Y_test, state["y_test"]),
            np.mean((Y > 0) == (state["y"] > 0.5)))


def spread(A):
    """Deviations (min(N, k),) of the features A (N, k) along their principal directions, and these (its rows).

    The deviations are the singular values of the centred A over sqrt(N).
    """
    _, values, directions = np.linalg.svd(A - A.mean(axis=0), full_matrices=True)
    return values / np.sqrt(len(A)), directions


def units_of(k, plane):
    """The two units (from 0) that a plane names, or None; with two units always these two."""
    if k == 2:
        return (0, 1)
    if plane in ("across", "principal"):
        return None
    i, j = (int(unit) - 1 for unit in plane.split())
    return (i, j) if j < k else None


def basis_of(A, w, plane):
    """Orthonormal columns (k, 2) of the plane onto which the features A (N, k) are seen; w (k,) are the output's weights.

    Two units; or "principal": the directions of the greatest spread; or "across": w, and the direction of the greatest
    spread at right angles to w, so that the boundary is seen edge-on.
    """
    k = len(w)
    if units := units_of(k, plane):
        return np.eye(k)[:, units]
    length = np.sqrt((w * w).sum())
    if plane == "principal" or not 0 < length < np.inf:
        return np.column_stack([_upright(v) for v in spread(A)[1][:2]])
    u = w / length
    beside = A - A.mean(axis=0)
    beside = beside - np.outer(beside @ u, u)
    return np.column_stack([u, _upright(spread(beside)[1][0])])


def _upright(v):
    return v * np.sign(v[np.argmax(np.abs(v))])


def line_of(A, w, b, basis):
    """The cut of the boundary w a + b = 0 by the plane through the mean of A: (p, q, r) with p c1 + q c2 + r = 0.

    Returns
    -------
    line : array (3,)
    tilt : float
        The share of w that lies out of the plane; 0 where the line is the boundary, seen edge-on.
    """
    inside = basis.T @ w
    rest = w - basis @ inside
    length = np.sqrt(w @ w)
    return np.array([*inside, b + rest @ A.mean(axis=0)]), float(np.sqrt(rest @ rest) / length if length > 0 else 0)


def dead_units(Z, activation):
    """Whether each unit has the slope 0 at all N points of Z (N, k): array (k,) of bool."""
    return (slope(activation, Z, SETTINGS | OWN.get(activation, {})) == 0).all(axis=0)


def lattice(data, noise):
    """Places (SIDE * SIDE, 2) of the input plane, row after row from below."""
    cx, cy, half, wider = WINDOWS[data]
    side = (half + wider * noise) * np.linspace(-1, 1, SIDE)
    return np.column_stack([cx + np.tile(side, SIDE), cy + np.repeat(side, SIDE)])


class FeatureSpace(Widget):
    """A 2-k-1 network in training: the input plane, and what its hidden layer makes of it.

    Parameters
    ----------
    data : {"parabola", "moons", "circle", "xor", "spiral", "gauss"}
        The data set of `dlnotes.toys`.
    points : {100, 200, 400, 1000}
        Number of points; half of them are for the test.
    noise : float
        Noise of the data, 0 to 0.5.
    seed : int
        Seed of points, first weights and order.
    k : int
        Number of hidden units, 2 to 6.
    activation : str
        Activation of the hidden units, a name of the activation explorer.
    second, third : str
        Those of the two other networks where three are compared.
    compare : bool
        Three networks side by side, trained on the same data from the same weights.
    optimizer : {"sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam"}
        How it learns.
    lr : float
        Learning rate, 0.001 to 10.
    batch_size : {4, 16, 64, 1000}
        Examples of a step; 1000 is all of them.
    plane : str
        How more than two dimensions are seen: "across", with the boundary edge-on; "principal", the directions of the
        greatest spread; or two units, "1 3".
    way : float
        The stage of the layer: 0 is its input, 1 is W x + b, 2 is after the activation.
    epoch, epochs : int
        The epoch that is shown, and how many there are at most.
    speed : {1, 5, 20, 60, 200}
        Epochs a second while playing.
    playing : bool
        Whether it plays when it comes into view; a reader who prefers reduced motion starts it himself.
    """

    view = "feature_space"
    data = traitlets.Enum(["parabola", "moons", "circle", "xor", "spiral", "gauss"], "parabola").tag(sync=True)
    points = traitlets.Enum([100, 200, 400, 1000], 400).tag(sync=True)
    noise = Number(0.0, min=0, max=0.5).tag(sync=True)
    seed = traitlets.Int(4, min=0, max=2**31 - 1).tag(sync=True)
    k = traitlets.Int(2, min=2, max=6).tag(sync=True)
    activation = traitlets.Enum(NAMES, "tanh").tag(sync=True)
    second = traitlets.Enum(NAMES, "sigmoid").tag(sync=True)
    third = traitlets.Enum(NAMES, "relu").tag(sync=True)
    compare = traitlets.Bool(False).tag(sync=True)
    optimizer = traitlets.Enum(list(RULES), "sgd").tag(sync=True)
    lr = Number(0.3, min=1e-3, max=10).tag(sync=True)
    batch_size = traitlets.Enum([4, 16, 64, 1000], 16).tag(sync=True)
    plane = traitlets.Enum(PLANES, "across").tag(sync=True)
    way = Number(2.0, min=0, max=2).tag(sync=True)
    epoch = traitlets.Int(0, min=0, max=5000).tag(sync=True)
    epochs = traitlets.Int(400, min=1, max=5000).tag(sync=True)
    speed = traitlets.Enum([1, 5, 20, 60, 200], 20).tag(sync=True)
    playing = traitlets.Bool(False).tag(sync=True)

    def networks(self):
        """The activations of the networks that are shown."""
        return [self.activation, self.second, self.third] if self.compare else [self.activation]

    def history(self, activation=None):
        """What `run` gives for these settings up to the epoch that is shown."""
        names = ("data", "points", "noise", "seed", "k", "optimizer", "lr", "batch_size")
        return run(**{name: getattr(self, name) for name in names}, activation=activation or self.activation,
                   epoch=min(self.epoch, self.epochs))

    def still(self):
        names = self.networks()
        with style():
            fig = Figure(figsize=(6.2, 6.4 if self.compare else 5.0))
            axes = fig.subplots(3, 2) if self.compare else fig.subplot_mosaic("ab;cc", height_ratios=[2, 1])
            for i, name in enumerate(names):
                history = self.history(name)
                pair = axes[i] if self.compare else (axes["a"], axes["b"])
                self._draw(*pair, history, name)
                if not self.compare:
                    self._draw_loss(axes["c"], history)
        return fig

    def _draw(self, left, right, history, name):
        """The input plane and the plane of the features, with grid, boundary and points."""
        params, X, y = history["params"], history["X"], history["y"][:, 0]
        places = lattice(self.data, self.noise)
        with np.errstate(all="ignore"):
            _, A, Y = forward(params, places, name)
            features = forward(params, X, name)[1]
        left.contour(*places.T.reshape(2, SIDE, SIDE), Y.reshape(SIDE, SIDE), [0], colors=INK, linewidths=2)
        left.set_title(f"{name.replace('_', ' ')}: input plane")
        self._draw_grid(left, places, Y)
        self._draw_points(left, X, y)
        if np.isfinite(features).all():
            E = basis_of(features, params[2][:, 0], self.plane)
            self._draw_points(right, features @ E, y)
            limits = right.get_xlim(), right.get_ylim()
            self._draw_grid(right, A @ E, Y)
            (p, q, r), _ = line_of(features, params[2][:, 0], params[3][0], E)
            if p or q:
                right.axline(-r / (p * p + q * q) * np.array([p, q]), -r / (p * p + q * q) * np.array([p, q]) + [q, -p],
                             color=INK, linewidth=2, linestyle="-")
            right.set(xlim=limits[0], ylim=limits[1])
        right.set_title("feature space")
        for ax in (left, right):
            ax.grid(False)                                 # the network's grid is the one to see

    @staticmethod
    def _draw_grid(ax, places, Y):
        """Each fourth row and column of the lattice, each piece in the colour of its side."""
        at, side = places.reshape(SIDE, SIDE, 2), Y.reshape(SIDE, SIDE) > 0
        for way in (slice(None), slice(None, None, -1)):
            lines, sides = (at, side) if way.step is None else (at.transpose(1, 0, 2), side.T)
            pieces = np.stack([lines[::4, :-1], lines[::4, 1:]], axis=2).reshape(-1, 2, 2)
            colours = np.where(sides[::4, :-1].ravel(), COLOURS[0], COLOURS[1])
            fine = np.isfinite(pieces).all(axis=(1, 2))
            ax.add_collection(LineCollection(pieces[fine], colors=colours[fine], linewidths=0.6, alpha=0.6))

    @staticmethod
    def _draw_points(ax, X, y):
        ax.plot(*X[y == 1].T, "o", color=COLOURS[0], markersize=3)
        ax.plot(*X[y == 0].T, "o", color=COLOURS[1], markersize=3, fillstyle="none")

    def _draw_loss(self, ax, history):
        ax.plot(history["train"], color=COLOURS[2], linestyle="-", label="training")
        ax.plot(history["test"], color=COLOURS[3], linestyle="--", label="test")
        ax.set(xlabel="epoch", ylabel="loss", yscale="log")
        ax.legend()

    def describe(self):
        said = []
        for name in self.networks():
            history = self.history(name)
            at = len(history["train"]) - 1
            with np.errstate(all="ignore"):
                Z, A, _ = forward(history["params"], history["X"], name)
            words = f"loss {history['train'][at]:.4f}, {history['right'][at]:.0%} of the points parted"
            if np.isfinite(A).all():
                values = ", ".join(f"{v:.3f}" for v in spread(A)[0])
                words += f", dead units {dead_units(Z, name).sum()}, deviations of the features {values}"
            said.append(f"{name.replace('_', ' ')} after epoch {at}: {words}")
        return f"A 2-{self.k}-1 network on {self.data}. " + "; ".join(said) + "."
