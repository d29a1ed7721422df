"""A recurrent network unrolled over a word: its state and gates letter by letter, and the gradient on its way back."""

import re

import numpy as np
import traitlets
from matplotlib.figure import Figure
from traitlets import TraitError

from dlnotes.ops.recurrent import gru_cell, gru_cell_backward, lstm_cell, lstm_cell_backward, rnn_cell, rnn_cell_backward
from dlnotes.ops.activations import sigmoid
from dlnotes.plots import COLOURS, style
from dlnotes.widgets.base import Number, Widget
from dlnotes.widgets.letters import LETTERS, codes, log_softmax, one_hot
from dlnotes.widgets.num import Stream
from dlnotes.widgets.weights import unpack

H = 16                                        # units of the weights that are drawn
MOST = 20                                     # letters
BLOCKS = {"rnn": 1, "gru": 3, "lstm": 4}
CANDIDATE = {"rnn": 0, "gru": 2, "lstm": 2}   # the block of columns whose spectral radius is meant
TITLES = {"rnn": "Elman network", "gru": "GRU", "lstm": "LSTM"}
GATES = {"rnn": (), "gru": ("r", "z"), "lstm": ("i", "f", "o")}


def spectral_radius(A, rounds=40):
    r"""Largest size of an eigenvalue of A (H, H), by squaring.

    .. math:: \rho(A) = \lim_{k \to \infty} \|A^{2^k}\|^{1 / 2^k}

    Notes
    -----
    Each round divides by the largest number and keeps its logarithm, so nothing overflows. Power iteration would
    not do: the largest eigenvalues of a real matrix are often a complex pair. ``tests/test_unroll.py`` compares
    with numpy's eigenvalues.
    """
    log = 0.0
    for k in range(rounds):
        top = np.abs(A).max()
        if top == 0:
            return 0.0
        log += np.log(top) / 2.0**k
        A = (A / top) @ (A / top)
    return float(np.exp(log))


def draw_weights(cell, seed):
    """Weights of a network that has learned nothing: W_x (27, G), W_h (16, G), biases 0, read-out V (16, 27), c 0."""
    stream, G = Stream(seed), BLOCKS[cell] * H
    net = {"W_x": 0.7 * stream.normal((len(LETTERS), G)), "W_h": stream.normal((H, G)) / np.sqrt(H),
           "V": stream.normal((H, len(LETTERS))) / np.sqrt(H), "c": np.zeros(len(LETTERS))}
    biases = ("b_x", "b_h") if cell == "gru" else ("b",)
    return net | {b: np.zeros(G) for b in biases}


def own_radius(net, cell):
    """Spectral radius of the block of W_h that makes the new state: the only one, or that of the candidate."""
    units, k = len(net["W_h"]), CANDIDATE[cell]
    return spectral_radius(net["W_h"][:, k * units:(k + 1) * units])


def with_radius(net, cell, rho):
    """The network with all of W_h multiplied by one number, so that `own_radius` becomes rho; None leaves it."""
    own = own_radius(net, cell)
    return net if rho is None or own == 0 else net | {"W_h": net["W_h"] * (rho / own)}


def _inputs(net, cell):
    """What a cell takes after its states."""
    return [net[name] for name in ("W_x", "W_h", *(("b_x", "b_h") if cell == "gru" else ("b",)))]


def forward(net, cell, text):
    """Read the sign for the beginning and then each letter.

    Returns
    -------
    h, c : array (T + 1, H)
        States and cells after 0, 1, ..., T inputs; c is all 0 but in the LSTM.
    log_p : array (T, 27)
        After each input, the logarithm of the probability of each letter to come.
    """
    X, units = one_hot(codes(text)), len(net["W_h"])
    h, c = np.zeros((2, len(X) + 1, units))
    step = {"rnn": rnn_cell, "gru": gru_cell}.get(cell)
    for t, x in enumerate(X):
        if cell == "lstm":
            h[t + 1], c[t + 1] = (s[0] for s in lstm_cell(x[None], h[t][None], c[t][None], *_inputs(net, cell)))
        else:
            h[t + 1] = step(x[None], h[t][None], *_inputs(net, cell))[0]
    return h, c, log_softmax(h[1:] @ net["V"] + net["c"])


def gates(net, cell, text, h):
    """{name: (T, H)}: how far each gate is open in each step, from 0 to 1."""
    X, units = one_hot(codes(text)), len(net["W_h"])
    bias = net["b_x"] + net["b_h"] if cell == "gru" else net["b"]
    opened = sigmoid(X @ net["W_x"] + h[:-1] @ net["W_h"] + bias)
    place = {"r": 0, "z": 1, "i": 0, "f": 1, "o": 3}
    return {g: opened[:, place[g] * units:(place[g] + 1) * units] for g in GATES[cell]}


def backward(net, cell, text, h, c, asked):
    """Gradient of -log p(next letter) after `asked` inputs with respect to each state before it.

    Returns
    -------
    dh, dc : array (asked + 1, H)
        Each with respect to h_t (the LSTM: and c_t) as it comes out of step t, t = 0..asked; dc is 0 but in the LSTM.
    """
    X, p = one_hot(codes(text)), np.exp(forward(net, cell, text)[2][asked - 1])
    p[np.append(codes(text)[1:], 0)[asked - 1]] -= 1
    dh, dc = np.zeros((2, asked + 1, h.shape[1]))
    dh[asked] = net["V"] @ p
    step = {"rnn": rnn_cell_backward, "gru": gru_cell_backward}.get(cell)
    for t in range(asked - 1, -1, -1):
        if cell == "lstm":
            back = lstm_cell_backward(dh[t + 1][None], dc[t + 1][None], X[t][None], h[t][None], c[t][None], *_inputs(net, cell))
            dh[t], dc[t] = back[1][0], back[2][0]
        else:
            dh[t] = step(dh[t + 1][None], X[t][None], h[t][None], *_inputs(net, cell))[1][0]
    return dh, dc


class Unroll(Widget):
    """A recurrent network over a word, step by step forward and back.

    Parameters
    ----------
    text : str
        Up to 20 letters a to z.
    cell : {"rnn", "gru", "lstm"}
    rho : float or None
        Spectral radius to which the recurrent weights are scaled, 0 to 3; None: as they are.
    trained : bool
        Whether the weights are the trained ones; without `weights` it is drawn ones in any case.
    weights : bytes or None
        `weights.pack` of arrays "rnn.W_x", "rnn.W_h", "rnn.b", "rnn.V", "rnn.c" and likewise "gru." (b_x, b_h) and "lstm.".
    asked : int
        The output whose gradient is shown: that after so many inputs; 0 is the last one.
    unit : int
        The unit whose numbers are read out, from 0.
    seed : int
        Seed of the weights that are drawn.
    step : int
        0 to T: so many inputs have been read; then the gradient goes back, one state a step.
    speed, playing
        As in every player.
    """

    view = "unroll"
    text = traitlets.Unicode("recurrence").tag(sync=True)
    cell = traitlets.Enum(list(BLOCKS), "rnn").tag(sync=True)
    rho = Number(None, allow_none=True, min=0, max=3).tag(sync=True)
    trained = traitlets.Bool(True).tag(sync=True)
    weights = traitlets.Bytes(None, allow_none=True).tag(sync=True)
    asked = traitlets.Int(0, min=0, max=MOST + 1).tag(sync=True)
    unit = traitlets.Int(0, min=0, max=63).tag(sync=True)
    seed = traitlets.Int(0, min=0, max=2**31 - 1).tag(sync=True)
    step = traitlets.Int(11, min=0, max=2 * MOST + 3).tag(sync=True)
    speed = traitlets.Enum([1, 5, 20, 60, 200], 5).tag(sync=True)
    playing = traitlets.Bool(False).tag(sync=True)

    @traitlets.validate("text")
    def _letters(self, proposal):
        if not re.fullmatch(f"[a-z]{{0,{MOST}}}", proposal["value"]):
            raise TraitError(f"expected text of up to {MOST} letters a to z; got {proposal['value']!r}")
        return proposal["value"]

    def network(self):
        """The arrays that are in force, with the radius that is asked for."""
        if self.trained and self.weights is not None:
            start = f"{self.cell}."
            net = {name[len(start):]: a for name, a in unpack(self.weights).items() if name.startswith(start)}
        else:
            net = draw_weights(self.cell, self.seed)
        return with_radius(net, self.cell, self.rho)

    def shown(self):
        """h, c, log_p, the output asked about, and dh, dc of its gradient."""
        net, T = self.network(), len(self.text) + 1
        h, c, log_p = forward(net, self.cell, self.text)
        asked = min(self.asked, T) or T
        return h, c, log_p, asked, *backward(net, self.cell, self.text, h, c, asked)

    def still(self):
        h, _, _, asked, dh, _ = self.shown()
        T = len(h) - 1
        with style():
            fig = Figure(figsize=(5.6, 4.4))
            top, below = fig.subplots(2, 1, sharex=True)
            top.imshow(h.T, aspect="auto", cmap="PuOr", vmin=-1, vmax=1, extent=(-0.5, T + 0.5, 0.5, h.shape[1] + 0.5))
            top.set(ylabel="unit of the state", yticks=[])
            top.grid(False)
            below.semilogy(np.arange(asked + 1), np.linalg.norm(dh, axis=1), "o-", color=COLOURS[1])
            below.set(ylabel="norm of the gradient", xlabel="inputs read: the beginning, then the letters")
            below.set_xticks(range(T + 1), ["", *("." + self.text)])
        return fig

    def describe(self):
        h, _, log_p, asked, dh, _ = self.shown()
        first, last = np.linalg.norm(dh[0]), np.linalg.norm(dh[asked])
        target = (self.text + ".")[asked - 1]
        return (f"{TITLES[self.cell]} that reads {self.text!r} letter by letter; after {asked} inputs it gives {target!r} the "
                f"probability {np.exp(log_p[asked - 1][LETTERS.index(target)]):.3f}; on the way back the gradient's norm goes "
                f"from {last:.2e} to {first:.2e} at the first state.")
