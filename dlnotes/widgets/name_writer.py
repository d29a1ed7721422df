"""A character network that writes names: the probability of each next letter, a name drawn letter by letter."""

import re

import numpy as np
import traitlets
from matplotlib.figure import Figure
from traitlets import TraitError

from dlnotes.ops.gru import gru
from dlnotes.plots import COLOURS, style
from dlnotes.widgets.base import Number, Widget
from dlnotes.widgets.letters import LETTERS, codes, log_softmax, one_hot
from dlnotes.widgets.num import Stream
from dlnotes.widgets.weights import unpack

MOST = 20                                     # letters of a name
BEAM = 10                                     # beginnings that are kept in the search for the likeliest name
HASHES = 7                                    # places of a name in the list's table


def run(net, text):
    """States (T + 1, H) after 0, 1, ..., T inputs, and the scores (T, 27) of the letter after each."""
    H = len(net["W_h"])
    Y, _ = gru(one_hot(codes(text))[None], np.zeros((1, H)), net["W_x"], net["W_h"], net["b_x"], net["b_h"])
    return np.concatenate([np.zeros((1, H)), Y[0]]), Y[0] @ net["V"] + net["c"]


def probabilities(scores, temperature=1.0):
    r"""Softmax with a temperature, p_k = exp(s_k / tau) / sum_j exp(s_j / tau)."""
    return np.exp(log_softmax(scores / temperature))


def pick(p, u):
    """The first letter at which the sum of the probabilities passes u, a number in [0, 1)."""
    return min(int(np.searchsorted(np.cumsum(p), u, side="right")), len(p) - 1)


def write(net, start, temperature, seed):
    """Go on from `start`, letter by letter, each drawn with the next number of the seed's stream.

    Returns
    -------
    str
        The letters that were drawn; "." at the end where the name was ended, and not cut after 20 letters.
    """
    stream, text = Stream(seed), start
    while len(text) < MOST:
        k = pick(probabilities(run(net, text)[1][-1], temperature), stream.uniform(1)[0])
        if k == 0:
            return text[len(start):] + "."
        text += LETTERS[k]
    return text[len(start):]


def log_probability(net, name):
    """Logarithm of the probability (temperature 1) of each letter of a name and of its end, (T + 1,)."""
    log_p = log_softmax(run(net, name)[1])
    return log_p[np.arange(len(name) + 1), np.append(codes(name)[1:], 0)]


def likeliest(net, start):
    """The likeliest name with this beginning that a beam search finds, and the logarithm of its probability.

    The search goes on letter by letter with the 10 likeliest beginnings; a longer way never becomes likelier, so it
    ends when no beginning is as likely as the best whole name.
    """
    best, found = -np.inf, ""
    beam = [(0.0 if not start else float(log_probability(net, start)[:-1].sum()), start)]
    while beam and beam[0][0] > best:
        longer = []
        for log, text in beam:
            log_p = log_softmax(run(net, text)[1][-1])
            if log + log_p[0] > best:
                best, found = log + log_p[0], text
            if len(text) < MOST:
                longer += [(log + log_p[k], text + LETTERS[k]) for k in range(1, len(LETTERS))]
        beam = sorted(longer, key=lambda way: -way[0])[:BEAM]
    return found, best


# The list of names as a table of bits (a Bloom filter) -----------------------------------------------------


def _hashes(name):
    """Two 32-bit hashes of a name (FNV-1a from two starts); the second is odd."""
    a, b = 0x811C9DC5, 0x9E3779B9
    for byte in name.encode():
        a, b = ((h ^ byte) * 0x01000193 % 2**32 for h in (a, b))
    return a, b | 1


def _places(name, bits):
    a, b = _hashes(name)
    return [(a + i * b) % bits for i in range(HASHES)]


def table_of(names, size):
    """The names as bytes of that size: each name sets 7 bits. Bloom 1970, Communications of the ACM 13."""
    table = np.zeros(8 * size, dtype=bool)
    for name in names:
        table[_places(name, 8 * size)] = True
    return np.packbits(table, bitorder="little").tobytes()


def contains(table, name):
    """Whether all bits of a name are set: always for a name of the list, for others rarely."""
    return all(table[p >> 3] >> (p & 7) & 1 for p in _places(name, 8 * len(table)))


class NameWriter(Widget):
    """A trained character network that writes names.

    Parameters
    ----------
    weights : bytes or None
        `weights.pack` of W_x (27, 3 H), W_h (H, 3 H), b_x, b_h (3 H,) of a GRU and its read-out V (H, 27), c (27,).
    listed : bytes or None
        `table_of` the names that it was trained on, to tell which of its names are new.
    start : str
        The first letters, given by the reader: up to 20, a to z.
    temperature : float
        0.1 to 3; below 1 likely letters become likelier.
    seed : int
        Seed of the letters that are drawn.
    step : int
        How many of the drawn letters (the last is the end) are shown.
    speed, playing
        As in every player.
    """

    view = "name_writer"
    weights = traitlets.Bytes(None, allow_none=True).tag(sync=True)
    listed = traitlets.Bytes(None, allow_none=True).tag(sync=True)
    start = traitlets.Unicode("").tag(sync=True)
    temperature = Number(0.7, min=0.1, max=3).tag(sync=True)
    seed = traitlets.Int(1, min=0, max=2**31 - 1).tag(sync=True)
    step = traitlets.Int(MOST + 1, min=0, max=MOST + 1).tag(sync=True)
    speed = traitlets.Enum([1, 5, 20, 60, 200], 1).tag(sync=True)
    playing = traitlets.Bool(False).tag(sync=True)

    @traitlets.validate("start")
    def _letters(self, proposal):
        if not re.fullmatch(f"[a-z]{{0,{MOST}}}", proposal["value"]):
            raise TraitError(f"expected start of up to {MOST} letters a to z; got {proposal['value']!r}")
        return proposal["value"]

    def shown(self):
        """The letters that stand, whether the name is ended, and the scores after each of them."""
        net = unpack(self.weights)
        written = write(net, self.start, self.temperature, self.seed)[:self.step]
        return self.start + written.rstrip("."), written.endswith("."), run(net, self.start + written.rstrip("."))[1]

    def still(self):
        with style():
            fig = Figure(figsize=(5.6, 3.4))
            ax = fig.subplots()
            if self.weights is None:
                ax.set_axis_off()
                ax.text(0.5, 0.5, "no weights yet: train the network first", ha="center")
                return fig
            text, _, scores = self.shown()
            p = probabilities(scores, self.temperature)
            ax.imshow(p.T, aspect="auto", cmap="Blues", vmin=0, vmax=1, origin="lower")
            ax.plot(range(len(text)), codes(text)[1:], "o", color=COLOURS[1], markersize=5)
            ax.set_yticks(range(len(LETTERS)), ["end", *LETTERS[1:]], fontsize=6)
            ax.set_xticks(range(len(text) + 1), [f"after\n{c}" for c in "·" + text], fontsize=7)
            ax.set(ylabel="next letter")
            ax.grid(False)
        return fig

    def describe(self):
        if self.weights is None:
            return "A network that writes names; it has no weights yet: train it first and hand them over."
        text, ended, scores = self.shown()
        p = probabilities(scores[-1], self.temperature)
        top = ", ".join(f"{LETTERS[k] if k else 'the end'} {p[k]:.0%}" for k in np.argsort(-p)[:3])
        if ended:
            log = log_probability(unpack(self.weights), text).sum()
            return f"The network has written {text!r}, a name to which it gives the probability {np.exp(log):.2g}."
        return f"The network has {text!r} so far; the likeliest next letters are {top}."
