"""Convolution stepper: a kernel slides over a picture; the window, its products and their sum stand side by side."""

import numpy as np
import traitlets
from matplotlib.figure import Figure
from traitlets import TraitError

from dlnotes.data import digits, photo
from dlnotes.ops.conv import conv2d, conv_output_size
from dlnotes.plots import COLOURS, style
from dlnotes.widgets.base import Number, Widget
from dlnotes.widgets.weights import pack, unpack

PICTURES = ("camera", "coins", "digit", "bars", "own")
OWN = 12                                  # width of the reader's drawing
LARGEST = 4.0                             # size of a number of the kernel


def gabor(size, angle, length=4.0, width=1.6):
    """A wave of `length` pixels under a bell, its crests at `angle` degrees; the mean is taken away."""
    half = (size - 1) / 2
    y, x = np.mgrid[-half:half + 1, -half:half + 1]
    t = np.radians(angle)
    across = x * np.cos(t) + y * np.sin(t)
    K = np.exp(-(x * x + y * y) / (2 * width * width)) * np.cos(2 * np.pi * across / length)
    return (K - K.mean()).round(2)


KERNELS = {
    "identity": [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
    "shift": [[0, 0, 0], [1, 0, 0], [0, 0, 0]],
    "blur": [[0.0625, 0.125, 0.0625], [0.125, 0.25, 0.125], [0.0625, 0.125, 0.0625]],
    "sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
    "edge_left": [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],
    "edge_top": [[-1, -2, -1], [0, 0, 0], [1, 2, 1]],
    "laplace": [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
    "one_by_one": [[0.5]],
    "gabor_0": gabor(5, 0).tolist(),
    "gabor_45": gabor(5, 45).tolist(),
}


def bars():
    """A picture (12, 12): an upright bar, a lying one, and a square of a middle grey."""
    X = np.zeros((OWN, OWN))
    X[1:11, 2:4] = X[8:10, 5:11] = 1
    X[2:6, 6:10] = 0.5
    return X


def pictures():
    """{name: array (n, n) in [0, 1]} that the page carries: two crops of photographs, a digit, bars."""
    camera = photo("camera")[60:284, 130:354].reshape(32, 7, 32, 7).mean(axis=(1, 3))
    coins = photo("coins")[60:188, 200:328].reshape(32, 4, 32, 4).mean(axis=(1, 3))
    digit = digits().X_train[2].reshape(8, 8)
    return {"camera": camera, "coins": coins, "digit": digit, "bars": bars()}


def response(X, K, stride=1, padding=0, dilation=1, flip=False):
    """Y of a picture X (n, n) and a kernel K (k, k); with `flip` the kernel is turned by 180 degrees first: the convolution of
    mathematics."""
    K = np.asarray(K, float)
    return conv2d(np.asarray(X, float)[None, None], K[::-1, ::-1][None, None] if flip else K[None, None],
                  stride=stride, padding=padding, dilation=dilation)[0, 0]


class ConvStepper(Widget):
    """A picture, a kernel, and what the one makes of the other, position by position.

    Parameters
    ----------
    preset : str
        A kernel to begin with, unless `kernel` is given: identity, shift, blur, sharpen, edge_left, edge_top, laplace,
        one_by_one, gabor_0, gabor_45.
    picture : {"camera", "coins", "digit", "bars", "own"}
        own: the reader's drawing.
    pixels : list of float
        The drawing: 144 numbers from 0 to 1, 12 rows of 12.
    kernel : list of float
        1, 9 or 25 numbers from -4 to 4, row after row.
    stride, padding, dilation : int
    flip : bool
        Turn the kernel by 180 degrees: convolution in the sense of mathematics instead of cross-correlation.
    step : int
        The position of the window, row after row.
    speed : {1, 5, 20, 60, 200}
        Positions a second while playing.
    playing : bool
        Whether it plays when it comes into view; a reader who prefers reduced motion starts it himself.
    learned : list of float
        Learned kernels that the menu offers, 9 numbers each.
    carried : bytes
        The pictures, as `dlnotes.widgets.weights.pack` lays them; those of `pictures` if not given.
    """

    view = "conv_stepper"
    picture = traitlets.Enum(PICTURES, "camera").tag(sync=True)
    pixels = traitlets.List(Number(min=0, max=1), minlen=OWN * OWN, maxlen=OWN * OWN).tag(sync=True)
    kernel = traitlets.List(Number(min=-LARGEST, max=LARGEST)).tag(sync=True)
    stride = traitlets.Int(1, min=1, max=4).tag(sync=True)
    padding = traitlets.Int(0, min=0, max=4).tag(sync=True)
    dilation = traitlets.Int(1, min=1, max=3).tag(sync=True)
    flip = traitlets.Bool(False).tag(sync=True)
    step = traitlets.Int(0, min=0, max=1600).tag(sync=True)
    speed = traitlets.Enum([1, 5, 20, 60, 200], 20).tag(sync=True)
    playing = traitlets.Bool(False).tag(sync=True)
    learned = traitlets.List(Number()).tag(sync=True)
    carried = traitlets.Bytes().tag(sync=True)

    def __init__(self, preset="edge_left", **traits):
        if preset not in KERNELS:
            raise ValueError(f"expected preset one of {', '.join(KERNELS)}; got {preset!r}")
        usual = {"kernel": np.ravel(KERNELS[preset]).tolist(), "pixels": np.zeros(OWN * OWN).tolist()}
        if "carried" not in traits:
            usual["carried"] = pack(pictures())
        super().__init__(**{**usual, **traits})

    @traitlets.validate("kernel", "learned")
    def _square(self, proposal):
        n, name = len(proposal["value"]), proposal["trait"].name
        if name == "kernel" and n not in (1, 9, 25):
            raise TraitError(f"expected a kernel of 1, 9 or 25 numbers; got {n}")
        if name == "learned" and n % 9:
            raise TraitError(f"expected 9 numbers for each learned kernel; got {n}")
        return proposal["value"]

    def shown(self):
        """The picture (n, n) and the kernel (k, k)."""
        k = int(len(self.kernel) ** 0.5)
        X = unpack(self.carried).get(self.picture) if self.carried and self.picture != "own" else None
        return np.reshape(self.pixels, (OWN, OWN)) if X is None else X, np.reshape(self.kernel, (k, k))

    def size(self):
        """Rows of the result; 0 where the window does not fit."""
        X, K = self.shown()
        reach = self.dilation * (len(K) - 1) + 1
        return conv_output_size(len(X), len(K), self.stride, self.padding, self.dilation) if reach <= len(X) + 2 * self.padding else 0

    def result(self):
        """Y (n_out, n_out), or None where the window does not fit."""
        X, K = self.shown()
        return response(X, K, self.stride, self.padding, self.dilation, self.flip) if self.size() else None

    def still(self):
        X, K = self.shown()
        Y = self.result()
        with style():
            fig = Figure(figsize=(5.8, 2.3))
            axes = fig.subplots(1, 3)
            axes[0].imshow(X, cmap="gray", vmin=0, vmax=1)
            top = max(np.abs(K).max(), 1e-9)
            axes[1].imshow(K, cmap="PuOr", vmin=-top, vmax=top)
            for (i, j), w in np.ndenumerate(K):
                axes[1].text(j, i, f"{w:g}", ha="center", va="center", fontsize=7, color="black")
            if Y is not None:
                top = max(np.abs(Y).max(), 1e-9)
                axes[2].imshow(Y, cmap="PuOr", vmin=-top, vmax=top)
            for ax, name in zip(axes, ("picture", "kernel", "result")):
                ax.set(title=name, xticks=[], yticks=[])
                ax.grid(False)
            axes[0].title.set_color(COLOURS[0])
        return fig

    def describe(self):
        (X, K), Y = self.shown(), self.result()
        what = f"A picture of {len(X)} x {len(X)} and a kernel of {len(K)} x {len(K)}, stride {self.stride}, padding {self.padding}, dilation {self.dilation}"
        if Y is None:
            return f"{what}: the window does not fit."
        at = min(self.step, Y.size - 1)
        return f"{what}: the result has {len(Y)} x {len(Y)} numbers from {Y.min():.2f} to {Y.max():.2f}; number {at}, counted from 0, is {Y.ravel()[at]:.2f}."
