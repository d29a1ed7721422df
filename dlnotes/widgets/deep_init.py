"""A deep network before it has learned anything: what each layer does to the numbers, and who learns then."""

import numpy as np
import traitlets
from matplotlib.figure import Figure

from dlnotes import initializers
from dlnotes.ops.linear import linear
from dlnotes.plots import COLOURS, INK, style
from dlnotes.widgets.activation_explorer import slope, value
from dlnotes.widgets.base import Number, Widget
from dlnotes.widgets.num import Stream

N = 100                                  # inputs that go through the network
FLAT = 0.05                              # a slope below it counts as saturated
ACTIVATIONS = ["identity", "tanh", "sigmoid", "softsign", "relu", "leaky_relu", "elu", "gelu", "swish"]
TITLES = {"zeros": "all weights 0", "constant": "all weights equal", "small": "small, N(0, 0.01²)",
          "standard": "uniform ±1/√n", "lecun": "LeCun, 1/n", "glorot": "Glorot, 2/(n + m)",
          "he": "He, 2/n", "orthogonal": "orthogonal", "lsuv": "LSUV"}
NAMES = list(TITLES)
EDGES = [0, 0.002, 0.006, 0.02, 0.06, 0.2, 0.5, 1, 1.5, 2, 3, 4, 5, 6, 8, 10]     # of the quadrature

_PRESET = ("activation", "initializer", "gain", "depth", "rival", "third")
PRESETS = {name: dict(zip(_PRESET, row)) for name, row in {
    "small": ("tanh", "small", 1.0, 20, "glorot", "he"),
    "standard": ("tanh", "standard", 1.0, 20, "glorot", "he"),
    "glorot": ("tanh", "glorot", 1.0, 20, "standard", "he"),
    "relu_glorot": ("relu", "glorot", 1.0, 30, "he", "lsuv"),
    "relu_he": ("relu", "he", 1.0, 30, "glorot", "lsuv"),
    "large": ("tanh", "glorot", 3.0, 20, "glorot", ""),
    "equal": ("tanh", "constant", 1.0, 20, "zeros", "glorot"),
}.items()}


def _settings(name):
    return {"alpha": 1.0 if name == "elu" else 0.01, "beta": 1.0}


def weights(initializer, gain, shape, rng):
    """First weights of one layer, W (D, H), of the named initializer times `gain`; lsuv only begins here."""
    D = shape[0]
    draw = {
        "zeros": lambda: initializers.zeros(shape),
        "constant": lambda: initializers.constant(shape, gain / D),
        "small": lambda: initializers.normal(shape, std=0.01 * gain, rng=rng),
        "standard": lambda: initializers.uniform(shape, -gain / D**0.5, gain / D**0.5, rng=rng),
        "lecun": lambda: gain * initializers.lecun_normal(shape, rng=rng),
        "glorot": lambda: initializers.glorot_uniform(shape, gain, rng=rng),
        "he": lambda: gain * initializers.he_normal(shape, rng=rng),
        "orthogonal": lambda: initializers.orthogonal(shape, gain, rng=rng),
        "lsuv": lambda: initializers.orthogonal(shape, rng=rng),
    }
    return draw[initializer]()


def weight_variance(initializer, gain, H):
    """sigma_w^2 = H Var(w) of a square layer; nan where one number does not say it."""
    base = {"zeros": 0.0, "constant": np.nan, "small": 1e-4 * H, "standard": 1 / 3, "he": 2.0, "lsuv": np.nan}
    return base.get(initializer, 1.0) * gain**2


def alikeness(Z):
    """Mean cosine of the angle between two different rows of Z (N, H)."""
    size = np.linalg.norm(Z, axis=1)
    rows = Z[size > 0] / size[size > 0, None]
    n = len(rows)
    return (np.sum(rows.sum(axis=0) ** 2) - n) / (n * (n - 1)) if n > 1 else np.nan


def measure(activation, initializer, gain, depth, width, seed):
    """Send N standard normal inputs through a fresh network and N standard normal gradients back.

    Returns
    -------
    dict
        z, a, dz (depth,): variances of pre-activations, activations and gradients of the pre-activations;
        dead (depth,): share of units with slope 0 on all inputs; flat (depth,): share of slopes below 0.05;
        off (depth,): share of activations that are 0; alike (depth,): mean cosine of two inputs' z;
        Z, A, dZ (depth, N, width): the numbers themselves.
    """
    rng, given = Stream(seed), _settings(activation)
    A, Ws, Z, S, values = rng.normal((N, width)), [], [], [], []
    for _ in range(depth):
        W = weights(initializer, gain, (width, width), rng)
        z = linear(A, W)
        if initializer == "lsuv" and 0 < np.var(z) < np.inf:
            scale = gain / np.sqrt(np.var(z))
            W, z = W * scale, z * scale
        Ws.append(W)
        Z.append(z)
        S.append(slope(activation, z, given))
        A = value(activation, z, given)
        values.append(A)
    G, dZ = rng.normal((N, width)), []
    for W, s in zip(Ws[::-1], S[::-1]):
        dZ.insert(0, G * s)
        G = dZ[0] @ W.T
    Z, A, S, dZ = np.array(Z), np.array(values), np.array(S), np.array(dZ)
    return dict(Z=Z, A=A, dZ=dZ, z=Z.var(axis=(1, 2)), a=A.var(axis=(1, 2)), dz=dZ.var(axis=(1, 2)),
                dead=np.mean(np.all(S == 0, axis=1), axis=1), flat=np.mean(np.abs(S) < FLAT, axis=(1, 2)),
                off=np.mean(A == 0, axis=(1, 2)), alike=np.array([alikeness(z) for z in Z]))


def _quadrature():
    """Nodes and weights for E f(z), z standard normal: 8 Gauss-Legendre nodes on each panel, mirrored."""
    x, w = np.polynomial.legendre.leggauss(8)
    half = np.diff(EDGES)[:, None] / 2
    z = (np.array(EDGES[:-1])[:, None] + half * (1 + x)).ravel()
    weight = (half * w).ravel() * np.exp(-z * z / 2) / np.sqrt(2 * np.pi)
    return np.concatenate([z, -z]), np.concatenate([weight, weight])


NODES, WEIGHTS = _quadrature()


def moments_at(activation, q):
    """E f(z)^2, (E f(z))^2 and E f'(z)^2 for normal z of variance q."""
    z, given = np.sqrt(q) * NODES, _settings(activation)
    y = value(activation, z, given)
    return WEIGHTS @ y**2, (WEIGHTS @ y) ** 2, WEIGHTS @ slope(activation, z, given) ** 2


def predict(activation, initializer, gain, depth, width):
    r"""The variance recursion of a very wide network.

    .. math:: q_1 = \sigma_w^2, \qquad q_l = \sigma_w^2\, E f(z_{l-1})^2, \qquad
              g_L = E f'(z_L)^2, \qquad g_l = \sigma_w^2\, E f'(z_l)^2\, g_{l+1}, \qquad z_l \sim N(0, q_l)

    Returns
    -------
    dict
        z: q (depth,), a: Var f(z_l) (depth,), dz: g (depth,); nan for equal weights.
    """
    z, a, dz = np.full((3, depth), np.nan)
    scale, slopes, before = np.empty(depth), np.empty(depth), 1.0
    for layer in range(depth):
        fixed = weight_variance(initializer, gain, width)
        scale[layer] = gain**2 / before if initializer == "lsuv" else fixed
        z[layer] = scale[layer] * before
        before, mean, slopes[layer] = moments_at(activation, z[layer])
        a[layer] = np.maximum(before - mean, 0)
    dz[-1] = slopes[-1]
    for layer in range(depth - 2, -1, -1):
        dz[layer] = slopes[layer] * scale[layer + 1] * dz[layer + 1]
    return dict(z=z, a=a, dz=dz)


def gradient_column(activation, sigma2, depth):
    """log10 of the gradient's variance in the first layer over that in the last, for 1, ..., depth layers."""
    out, q = np.zeros(depth), sigma2
    for layer in range(1, depth):
        square, _, slopes = moments_at(activation, q)
        out[layer] = out[layer - 1] + np.log10(sigma2 * slopes)
        q = sigma2 * square
    return out


@np.errstate(divide="ignore", invalid="ignore")
def changes(result):
    """By which power of ten the size (root of the variance) of signal and gradient changes on its way."""
    return tuple(float(np.log10(end / start) / 2) if start != 0 else -np.inf for start, end in (
        (result["z"][0], result["z"][-1]), (result["dz"][-1], result["dz"][0])))


def diagnose(result, initializer):
    """What is the matter, in one word: equal, overflow, vanishing, exploding, alike, uneven or healthy."""
    if initializer in ("zeros", "constant"):
        return "equal"
    ahead, back = changes(result)
    if np.isnan(ahead) or np.isnan(back) or np.inf in (ahead, back):
        return "overflow"
    if abs(back) > 2:
        return "vanishing" if back < 0 else "exploding"
    if result["alike"][-1] > 0.99:
        return "alike"
    return "uneven" if abs(back) > 0.7 else "healthy"


class DeepInit(Widget):
    """A deep network of square layers with first weights of the reader's choice.

    Parameters
    ----------
    preset : {"small", "standard", "glorot", "relu_glorot", "relu_he", "large", "equal"}
        A situation: it gives activation, initializer, gain, depth and the rivals where they are not given.
    activation : str
        One of `ACTIVATIONS`, after each layer.
    initializer : str
        One of `NAMES`.
    gain : float
        A factor on all weights; for lsuv the size of each layer's pre-activations.
    depth : int
        Layers, 2 to 50.
    width : int
        Units in each layer, 16 to 256; the networks that are trained are narrower.
    seed : int
        Seed of inputs, weights and gradients.
    rival, third : str
        Initializers that are trained beside the chosen one; "" for none.
    lr : float
        Learning rate of that training.
    step : int
        The epoch of training that is shown.
    speed : {1, 5, 20, 60, 200}
        Epochs a second while playing.
    playing : bool
        Whether it trains when it comes into view; a reader who prefers reduced motion starts it himself.
    """

    view = "deep_init"
    activation = traitlets.Enum(ACTIVATIONS, "tanh").tag(sync=True)
    initializer = traitlets.Enum(NAMES, "standard").tag(sync=True)
    gain = Number(1.0, min=0.01, max=100).tag(sync=True)
    depth = traitlets.Int(20, min=2, max=50).tag(sync=True)
    width = traitlets.Int(100, min=16, max=256).tag(sync=True)
    seed = traitlets.Int(1, min=0, max=2**31 - 1).tag(sync=True)
    rival = traitlets.Enum(["", *NAMES], "glorot").tag(sync=True)
    third = traitlets.Enum(["", *NAMES], "he").tag(sync=True)
    lr = Number(0.05, min=1e-4, max=10).tag(sync=True)
    step = traitlets.Int(0, min=0, max=200).tag(sync=True)
    speed = traitlets.Enum([1, 5, 20, 60, 200], 20).tag(sync=True)
    playing = traitlets.Bool(False).tag(sync=True)

    def __init__(self, preset="standard", **traits):
        if preset not in PRESETS:
            raise ValueError(f"expected preset one of {', '.join(PRESETS)}; got {preset!r}")
        super().__init__(**{**PRESETS[preset], **traits})

    @np.errstate(over="ignore", invalid="ignore")
    def measured(self):
        """What `measure` gives for these settings."""
        return measure(self.activation, self.initializer, self.gain, self.depth, self.width, self.seed)

    @np.errstate(over="ignore", invalid="ignore")
    def predicted(self):
        """What `predict` gives for these settings."""
        return predict(self.activation, self.initializer, self.gain, self.depth, self.width)

    def still(self):
        result, theory = self.measured(), self.predicted()
        with style():
            fig = Figure(figsize=(6.4, 3.4))
            parts = fig.subplot_mosaic([["Z", "A", "dZ", "size"]], width_ratios=[1, 1, 1, 1.6])
            for k, (key, words) in enumerate([("Z", "before f"), ("A", "after f"), ("dZ", "gradient")]):
                self._ridges(parts[key], result[key], COLOURS[k])
                parts[key].set_title(words)
            self._sizes(parts["size"], result, theory)
        return fig

    def _ridges(self, ax, X, colour):
        """A histogram of each layer, the first on top, at most 12, over the range where X starts."""
        start = X[-1] if colour == COLOURS[2] else X[0]
        reach = 4 * np.std(start) if 0 < np.std(start) < np.inf else 1.0
        rows = np.unique(np.linspace(0, self.depth - 1, min(self.depth, 12)).round().astype(int))
        for place, layer in enumerate(rows):
            x = X[layer][np.isfinite(X[layer]) & (X[layer] != 0)]
            counts, edges = np.histogram(x, 49, (-reach, reach))
            middle = (edges[1:] + edges[:-1]) / 2
            height = 0.9 * counts / max(counts.max(), 1)
            ax.fill_between(middle, -place, height - place, color=colour, alpha=0.35, linewidth=0)
            ax.plot(middle, height - place, color=colour, linewidth=1, linestyle="-")
        ax.set_yticks(-np.arange(len(rows)), rows + 1)
        ax.grid(False)

    def _sizes(self, ax, result, theory):
        """Variances layer by layer: dots measured, lines predicted."""
        layers = np.arange(1, self.depth + 1)
        for key, k, words in (("z", 0, "before f"), ("dz", 2, "gradient")):
            if not np.any((result[key] > 0) & np.isfinite(result[key])):
                continue
            ax.plot(layers, result[key], "o", color=COLOURS[k], markersize=3, label=words)
            ax.plot(layers, theory[key], color=INK, linewidth=1)
            ax.set_yscale("log")
        ax.set(xlabel="layer", title="variance")
        if ax.has_data():
            ax.legend()

    def describe(self):
        result = self.measured()
        z, dz = result["z"], result["dz"]
        return (f"{self.depth} layers of {self.width} units, {self.activation.replace('_', ' ')}, weights: "
                f"{TITLES[self.initializer]}, times {self.gain:g}. The variance before the activation goes "
                f"from {z[0]:.2g} in the first layer to {z[-1]:.2g} in the last; that of the gradient from "
                f"{dz[-1]:.2g} in the last to {dz[0]:.2g} in the first: "
                f"{diagnose(result, self.initializer)}.")
