"""Draw a digit: the reader's strokes go through a small convolutional network that the page carries, layer by layer."""

import numpy as np
import traitlets
from matplotlib.figure import Figure

from dlnotes import strokes as pen
from dlnotes.ops.activations import relu
from dlnotes.ops.conv import conv2d
from dlnotes.ops.linear import linear
from dlnotes.ops.pooling import max_pool2d
from dlnotes.plots import COLOURS, INK, style
from dlnotes.widgets.base import Widget
from dlnotes.widgets.weights import pack, unpack

LAYERS = ("conv1", "pool1", "conv2", "pool2", "scores")
NAMES = ("W1", "b1", "W2", "b2", "W3", "b3")


def forward(arrays, X):
    """Every layer of the network.

    Parameters
    ----------
    arrays : dict
        W1 (C1, 1, 3, 3), b1 (C1,), W2 (C2, C1, 3, 3), b2 (C2,), W3 (4 C2, 10), b3 (10,).
    X : array (N, 1, 8, 8)

    Returns
    -------
    dict : conv1 (N, C1, 8, 8) and conv2 (N, C2, 4, 4) after their ReLU, pool1 (N, C1, 4, 4), pool2 (N, C2, 2, 2),
        scores (N, 10).
    """
    a = arrays
    conv1 = relu(conv2d(X, a["W1"], a["b1"], padding=1))
    pool1 = max_pool2d(conv1, 2)
    conv2 = relu(conv2d(pool1, a["W2"], a["b2"], padding=1))
    pool2 = max_pool2d(conv2, 2)
    scores = linear(pool2.reshape(len(X), -1), a["W3"], a["b3"])
    return dict(zip(LAYERS, (conv1, pool1, conv2, pool2, scores)))


def softmax(z):
    e = np.exp(z - z.max())
    return e / e.sum()


def weights(parameters, examples=None, bits=16):
    """The bytes of a network for the trait `weights`.

    Parameters
    ----------
    parameters : sequence of 6 arrays
        As ``torch.nn.Sequential(Conv2d, ReLU, MaxPool2d, Conv2d, ReLU, MaxPool2d, Flatten, Linear)`` lists them; the
        last matrix as torch stores it, (10, 4 C2).
    examples : pair of arrays (K, 64) in [0, 1] and (K,), optional
        Digits that the reader may choose, with their classes.
    """
    arrays = dict(zip(NAMES, (np.asarray(p, float) for p in parameters)))
    arrays["W3"] = arrays["W3"].T
    if examples is not None:
        X, y = (np.asarray(part, float) for part in examples)
        arrays |= {"X": np.rint(16 * X), "y": y}
    return pack(arrays, bits)


class DrawDigit(Widget):
    """A pad to draw on, and what every layer of a trained network makes of the drawing.

    Parameters
    ----------
    strokes : list of int
        The drawing: x, y, x, y, ... from 0 to 63, y downwards; -1 lifts the pen.
    fit : bool
        Scale and centre the drawing as the data set did; otherwise it goes to the network where it was drawn.
    example : int
        A digit that the page carries, from 0; -1: the reader's drawing.
    layer : {"conv1", "pool1", "conv2", "pool2", "scores"}
        Where the unit is whose arithmetic is shown.
    channel, row, column : int
        Which unit of the layer, from 0.
    weights : bytes
        What `dlnotes.widgets.draw_digit.weights` makes of a trained network; empty: nothing can be recognised.
    """

    view = "draw_digit"
    strokes = traitlets.List(traitlets.Int(min=-1, max=pen.PAD - 1)).tag(sync=True)
    fit = traitlets.Bool(True).tag(sync=True)
    example = traitlets.Int(-1, min=-1, max=999).tag(sync=True)
    layer = traitlets.Enum(LAYERS, "conv1").tag(sync=True)
    channel = traitlets.Int(0, min=0, max=63).tag(sync=True)
    row = traitlets.Int(3, min=0, max=7).tag(sync=True)
    column = traitlets.Int(3, min=0, max=7).tag(sync=True)
    weights = traitlets.Bytes(b"").tag(sync=True)

    def __init__(self, digit=3, **traits):
        if digit not in range(10):
            raise ValueError(f"expected digit 0 to 9, the form to begin with; got {digit!r}")
        form = next(strokes for d, strokes in pen.FORMS if d == digit)
        super().__init__(**{"strokes": pen.pack(form), **traits})

    def arrays(self):
        """The weights as arrays, or an empty dict."""
        return unpack(self.weights) if self.weights else {}

    def shown(self):
        """The 64 numbers (8, 8) that the network gets, 0 to 16."""
        arrays = self.arrays()
        if 0 <= self.example < len(arrays.get("X", ())):
            return np.rint(arrays["X"][self.example]).reshape(8, 8)
        return pen.counts(pen.bitmap(pen.unpack(self.strokes), self.fit))

    def layers(self):
        """{layer: array} of the picture, without the axis of examples; empty without weights."""
        arrays = self.arrays()
        if not arrays:
            return {}
        return {k: v[0] for k, v in forward(arrays, self.shown()[None, None] / 16).items()}

    def still(self):
        layers = self.layers()
        with style():
            fig = Figure(figsize=(5.8, 2.6))
            left, right = fig.subplots(1, 2, width_ratios=[1, 1.5])
            left.imshow(self.shown(), cmap="Greys", vmin=0, vmax=16)
            left.set(title="what the network gets", xticks=[], yticks=[])
            left.grid(False)
            p = softmax(layers["scores"]) if layers else np.zeros(10)
            right.bar(range(10), p, color=COLOURS[0])
            right.set(title="probability of each digit", ylim=(0, 1), xticks=range(10))
            if not layers:
                right.text(4.5, 0.5, "no weights", color=INK, ha="center")
        return fig

    def describe(self):
        layers, ink = self.layers(), int(self.shown().sum())
        if not layers:
            return f"A digit of {ink} black pixels, and no network: give it weights."
        p = softmax(layers["scores"])
        return f"A digit of {ink} black pixels; the network says {p.argmax()} with probability {p.max():.2f}."
