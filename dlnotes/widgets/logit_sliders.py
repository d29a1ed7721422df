"""Logit sliders: scores, softmax and cross-entropy by hand; and what a second softmax does to them."""

import numpy as np
import traitlets
from matplotlib.figure import Figure
from traitlets import TraitError

from dlnotes.ops import class_losses as ops
from dlnotes.plots import COLOURS, DASHES, INK, style
from dlnotes.widgets.base import Number, Widget

LETTERS = "ABCDE"
REACH = 10.0                           # of a slider, to both sides of 0


def probabilities(logits, temperature=1.0, double=False):
    """Softmax of the logits over the temperature; with `double` the softmax of that again."""
    p = ops.softmax(np.asarray(logits, dtype=float) / temperature)
    return ops.softmax(p) if double else p


def loss(logits, target, temperature=1.0, double=False):
    """Minus the log-probability of the class `target`, in nats."""
    z = np.asarray(logits, dtype=float) / temperature
    return -float(ops.log_softmax(ops.softmax(z) if double else z)[target])


def gradient(logits, target, temperature=1.0, double=False):
    r"""Derivative of `loss` by each logit.

    .. math:: \frac{p - t}{T}; \text{ with double } \frac1T p \odot \left(g - \sum_j g_j p_j\right), \quad
              g = \mathrm{softmax}(p) - t

    Returns
    -------
    array (C,), which sums to 0
    """
    z = np.asarray(logits, dtype=float) / temperature
    t = np.zeros_like(z)
    t[target] = 1
    if not double:
        return (ops.softmax(z) - t) / temperature
    return ops.softmax_backward(ops.softmax(ops.softmax(z)) - t, z) / temperature


def floor(C):
    """The least loss that is left with a second softmax: log(1 + (C - 1) / e)."""
    return float(np.log1p((C - 1) / np.e))


def descend(logits, target, temperature=1.0, double=False, lr=1.0, steps=1):
    """The logits after so many steps of gradient descent on them."""
    z = np.array(logits, dtype=float)
    for _ in range(steps):
        z -= lr * gradient(z, target, temperature, double)
    return z


def curve(logits, target, at, temperature=1.0, double=False):
    """`loss` for each number of `at` as the logit of the right class, the other logits as they are."""
    rows = np.tile(np.asarray(logits, dtype=float), (len(at), 1))
    rows[:, target] = at
    return np.array([loss(row, target, temperature, double) for row in rows])


class LogitSliders(Widget):
    """Bars of the probabilities and of the gradient, and the loss, for scores that the reader sets.

    Parameters
    ----------
    logits : list of float
        Scores of two to five classes, from -10 to 10.
    target : int
        The right class, from 0.
    temperature : float
        The logits are divided by it, from 0.1 to 10.
    double : bool
        Whether the softmax is taken twice, the common mistake.
    lr : float
        Length of a step of gradient descent on the logits.
    """

    view = "logit_sliders"
    logits = traitlets.List(
        traitlets.Float(min=-REACH, max=REACH), [2.0, 1.0, 0.0, -1.0], minlen=2, maxlen=5).tag(sync=True)
    target = traitlets.Int(0, min=0, max=4).tag(sync=True)
    temperature = Number(1.0, min=0.1, max=10).tag(sync=True)
    double = traitlets.Bool(False).tag(sync=True)
    lr = Number(1.0, min=0.01, max=10).tag(sync=True)

    @traitlets.validate("logits", "target")
    def _fits(self, proposal):
        now = {"logits": self.logits, "target": self.target, proposal["trait"].name: proposal["value"]}
        if not np.all(np.isfinite(now["logits"])):
            raise TraitError(f"expected finite logits; got {now['logits']}")
        if now["target"] >= len(now["logits"]):
            raise TraitError(f"expected target below {len(now['logits'])}, the number of logits; got {now['target']}")
        return proposal["value"]

    def settings(self):
        """The arguments that `loss` and `gradient` take."""
        return dict(logits=self.logits, target=self.target, temperature=self.temperature, double=self.double)

    def still(self):
        C, x = len(self.logits), range(len(self.logits))
        colours = [COLOURS[2] if k == self.target else COLOURS[0] for k in x]
        names = [f"{LETTERS[k]}{' (right)' * (k == self.target)}" for k in x]
        z = np.linspace(-REACH, REACH, 201)
        with style():
            fig = Figure(figsize=(5.8, 4.6))
            grid = fig.add_gridspec(2, 2)
            p, g, c = fig.add_subplot(grid[0, 0]), fig.add_subplot(grid[0, 1]), fig.add_subplot(grid[1, :])
            p.bar(x, probabilities(self.logits, self.temperature, self.double), color=colours)
            p.set(ylim=(0, 1), title="probability", xticks=x, xticklabels=names)
            g.bar(x, gradient(**self.settings()), color=colours)
            g.set(title="gradient of the logit", xticks=x, xticklabels=names)
            for k, (double, words) in enumerate(((False, "one softmax"), (True, "two"))):
                c.plot(z, curve(self.logits, self.target, z, self.temperature, double), label=words,
                       color=COLOURS[k], linestyle=DASHES[k], linewidth=2.5 if double == self.double else 1.5)
            c.plot(self.logits[self.target], loss(**self.settings()), "D", color=INK)
            c.set(xlabel=f"logit of {LETTERS[self.target]}, the right class", title=f"loss; floor {floor(C):.3f}")
            c.legend()
        return fig

    def describe(self):
        p = probabilities(self.logits, self.temperature, self.double)
        g = gradient(**self.settings())
        said = "; ".join(f"{LETTERS[k]} logit {z:.2f}, probability {p[k]:.3f}, gradient {g[k]:.3f}"
                         for k, z in enumerate(self.logits))
        return (f"{'Softmax taken twice' if self.double else 'Softmax'} at temperature {self.temperature:.2f}: {said}. "
                f"The right class is {LETTERS[self.target]}; the loss is {loss(**self.settings()):.3f}.")
