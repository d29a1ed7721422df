"""Receptive-field calculator: sizes, jumps and fields of a stack of layers that the reader edits."""

import numpy as np
import traitlets
from matplotlib.figure import Figure
from traitlets import TraitError

from dlnotes.ops.conv import conv_output_size
from dlnotes.plots import COLOURS, INK, style
from dlnotes.widgets.base import Widget

MOST = 20                                             # layers
LIMITS = ((1, 15), (1, 8), (0, 64), (1, 512))         # of kernel, stride, padding, dilation


def _same(*layers):
    """Layers (kernel, stride) with the padding that keeps the size where the stride is 1."""
    return [v for k, s in layers for v in (k, s, (k - 1) // 2, 1)]


BLOCK = [(3, 1)] * 3
PRESETS = {      # name -> size of the input, layers as kernel, stride, padding, dilation
    "digits": (8, [3, 1, 1, 1, 2, 2, 0, 1, 3, 1, 1, 1, 2, 2, 0, 1]),
    "lenet": (32, [5, 1, 0, 1, 2, 2, 0, 1, 5, 1, 0, 1, 2, 2, 0, 1, 5, 1, 0, 1]),
    "threes": (32, [3, 1, 1, 1] * 3),
    "vgg16": (224, _same(*[(3, 1)] * 2, (2, 2), *[(3, 1)] * 2, (2, 2), *[*BLOCK, (2, 2)] * 3)),
    "resnet18": (224, _same((7, 2), (3, 2), *[(3, 1)] * 4, *[(3, 2), *BLOCK] * 3)),
    "dilated": (1024, [v for i in range(10) for v in (2, 1, 0, 2**i)]),
}


def table(size, stack):
    """What each layer makes of an input with `size` numbers along one axis.

    .. math:: n_l = \\lfloor (n_{l-1} + 2 p_l - d_l (k_l - 1) - 1) / s_l \\rfloor + 1, \\qquad j_l = j_{l-1} s_l, \\qquad
              r_l = r_{l-1} + (k_l - 1)\\, d_l\\, j_{l-1}, \\qquad
              c_l = c_{l-1} + \\left( \\frac{(k_l - 1)\\, d_l}{2} - p_l \\right) j_{l-1}

    Returns
    -------
    list of (n, j, r, c) : size, jump (distance at the input of neighbours), receptive field, place at the input of the middle of
        unit 0; the input comes first. It ends before a layer whose window does not fit.
    """
    rows = [(size, 1, 1, 0.0)]
    for k, s, p, d in np.reshape(stack, (-1, 4)).tolist():
        n, jump, field, centre = rows[-1]
        if d * (k - 1) + 1 > n + 2 * p:
            break
        rows.append((conv_output_size(n, k, s, p, d), jump * s, field + (k - 1) * d * jump, centre + ((k - 1) * d / 2 - p) * jump))
    return rows


def sees(stack, unit):
    """First and last unit (inclusive, borders not cut) that `unit` of the last layer sees in each layer, the input first."""
    spans = [(unit, unit)]
    for k, s, p, d in np.reshape(stack, (-1, 4)).tolist()[::-1]:
        first, last = spans[0]
        spans.insert(0, (first * s - p, last * s - p + (k - 1) * d))
    return spans


def paths(stack):
    """Share of all paths from each input of a receptive field to the output: the gradient where every weight is 1/k."""
    share = np.ones(1)
    for k, s, _, d in np.reshape(stack, (-1, 4)).tolist()[::-1]:
        spread = np.zeros((len(share) - 1) * s + 1 + (k - 1) * d)
        for i in range(k):
            spread[i * d:i * d + (len(share) - 1) * s + 1:s] += share / k
        share = spread
    return share


class ReceptiveField(Widget):
    """A stack of layers along one axis, and what one of its outputs can see.

    Parameters
    ----------
    preset : {"digits", "lenet", "threes", "vgg16", "resnet18", "dilated"}
        A stack to begin with, unless `stack` is given.
    size : int
        Numbers of the input along one axis.
    stack : list of int
        Kernel, stride, padding and dilation of each layer, one after the other; at most 20 layers.
    layer : int
        The layer that is edited, from 0.
    unit : int
        The output whose field is shown.
    """

    view = "receptive_field"
    size = traitlets.Int(8, min=1, max=2048).tag(sync=True)
    stack = traitlets.List(traitlets.Int(min=0, max=512), maxlen=4 * MOST).tag(sync=True)
    layer = traitlets.Int(0, min=0, max=MOST - 1).tag(sync=True)
    unit = traitlets.Int(0, min=0, max=4096).tag(sync=True)

    def __init__(self, preset="lenet", **traits):
        if preset not in PRESETS:
            raise ValueError(f"expected preset one of {', '.join(PRESETS)}; got {preset!r}")
        size, stack = PRESETS[preset]
        super().__init__(**{"size": size, "stack": list(stack), **traits})

    @traitlets.validate("stack")
    def _fours(self, proposal):
        stack = proposal["value"]
        within = all(low <= v <= high for i, v in enumerate(stack) for low, high in [LIMITS[i % 4]])
        if len(stack) % 4 or not within:
            raise TraitError(f"expected kernel 1 to 15, stride 1 to 8, padding 0 to 64 and dilation 1 to 512 of each layer; got {stack}")
        return stack

    def whole(self):
        """The layers that fit, and their `table`."""
        rows = table(self.size, self.stack)
        return self.stack[:4 * (len(rows) - 1)], rows

    def still(self):
        stack, rows = self.whole()
        unit = min(self.unit, rows[-1][0] - 1)
        with style():
            fig = Figure(figsize=(5.8, 1.2 + 0.28 * len(rows)))
            ax = fig.subplots()
            for level, ((n, jump, _, centre), (first, last)) in enumerate(zip(rows, sees(stack, unit))):
                ax.plot([centre, centre + (n - 1) * jump], [level, level], "-", color=INK, linewidth=3, alpha=0.4)
                ends = np.clip([first, last], 0, n - 1) * jump + centre
                ax.plot(ends, [level, level], "|-", color=COLOURS[1], linewidth=4)
            ax.set(xlabel="place at the input", yticks=range(len(rows)), yticklabels=["input", *range(1, len(rows))], ylabel="layer")
        return fig

    def describe(self):
        stack, rows = self.whole()
        n, jump, field, _ = rows[-1]
        text = f"{len(stack) // 4} layers on {self.size} inputs: {n} outputs, {jump} inputs apart, each with a receptive field of {field}."
        return text if len(stack) == len(self.stack) else f"{text} The window of layer {len(rows)} does not fit."
