"""Recurrent layers: Elman network, GRU, LSTM; stacked, in both directions."""

import math

import numpy as np

from dlnotes import initializers
from dlnotes.autograd import concatenate, stack
from dlnotes.nn import functional as F
from dlnotes.nn.layers import Dropout
from dlnotes.nn.module import Module, Parameter, expect_dtype


NAMES = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


class _Recurrent(Module):
    r"""Layers of states over sequences, as `dlnotes.ops.recurrent` computes them.

    .. math:: w, b \sim U(-k, k), \qquad k = 1 / \sqrt{H} \text{ at the start}

    Parameters
    ----------
    input_size, hidden_size : int
        D and H.
    num_layers : int
    bias : bool
    batch_first : bool
        True for X (N, T, D), False for X (T, N, D). The default is True; torch's is False.
    dropout : float
        In training, of the states between one layer and the next.
    bidirectional : bool
        True runs a second set of weights from the end to the start and joins the states.
    rng : np.random.Generator
    dtype : float64 or float32

    Notes
    -----
    A call ``Y, h = layer(X)`` returns the states Y (N, T, H) of the top layer, (N, T, 2 H) for both
    directions, and the last state of each layer and direction, h (num_layers, N, H) or (2 num_layers, N, H).
    The `LSTM` has the pair (h, c) in place of h, c being the last cells. ``layer(X, h)`` starts from h.

    Names and blocks of the weights are torch's, each weight the transpose: ``weight_ih_l0`` (D, gates * H),
    ``weight_hh_l0``, ``bias_ih_l0``, ``bias_hh_l0``; ``..._reverse`` for the other direction.
    """

    gates, states = 1, 1

    def __init__(self, input_size, hidden_size, num_layers=1, bias=True, batch_first=True, dropout=0.0,
                 bidirectional=False, *, rng, dtype=np.float64):  # fmt: skip
        self.hidden_size, self.num_layers, self.batch_first = hidden_size, num_layers, batch_first
        self.directions = ("", "_reverse") if bidirectional else ("",)
        self.dropout = Dropout(dropout, rng=rng)
        k, G = 1 / math.sqrt(hidden_size), self.gates * hidden_size
        for layer in range(num_layers):
            D = len(self.directions) * hidden_size if layer else input_size
            for direction in self.directions:
                shapes = (D, G), (hidden_size, G), (G,), (G,)
                for name, shape in zip(NAMES, shapes):
                    start = None
                    if bias or not name.startswith("bias"):
                        start = Parameter(initializers.uniform(shape, -k, k, rng=rng, dtype=dtype))
                    setattr(self, f"{name}_l{layer}{direction}", start)

    def forward(self, X, start=None):
        expect_dtype(X, self.weight_ih_l0)
        X = X if self.batch_first else X.swapaxes(0, 1)
        starts = (start,) if self.states == 1 else (start or (None, None))
        zeros = np.zeros((X.shape[0], self.hidden_size), X.dtype)
        ends = []
        for layer in range(self.num_layers):
            X = self.dropout(X) if layer else X
            outputs = []
            for direction in self.directions:
                before = [zeros if s is None else s[len(ends)] for s in starts]
                Y, *last = self._run(X[:, ::-1] if direction else X, before, f"_l{layer}{direction}")
                ends.append((Y[:, -1], *last))
                outputs.append(Y[:, ::-1] if direction else Y)
            X = concatenate(outputs, axis=2) if len(outputs) > 1 else outputs[0]
        ends = [stack(states) for states in zip(*ends)]
        X = X if self.batch_first else X.swapaxes(0, 1)
        return X, ends[0] if self.states == 1 else tuple(ends)

    def _run(self, X, before, suffix):
        """Run one layer in one direction: [Y (N, T, H), and the last cell of an LSTM]."""
        W_x, W_h, *biases = (getattr(self, name + suffix) for name in NAMES)
        if biases[0] is None:
            biases = [np.zeros(W_x.shape[1], W_x.dtype)] * 2
        return self._layer(X, *before, W_x, W_h, *biases)

    def extra_repr(self):
        D, G = self.weight_ih_l0.shape
        both = ", bidirectional=True" if len(self.directions) == 2 else ""
        return f"{D}, {G // self.gates}, num_layers={self.num_layers}{both}"


class RNN(_Recurrent):
    __doc__ = _Recurrent.__doc__

    def __init__(self, input_size, hidden_size, num_layers=1, nonlinearity="tanh", bias=True,
                 batch_first=True, dropout=0.0, bidirectional=False, *, rng, dtype=np.float64):  # fmt: skip
        super().__init__(input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional,
                         rng=rng, dtype=dtype)  # fmt: skip
        self.nonlinearity = nonlinearity

    def _layer(self, X, h, W_x, W_h, b_x, b_h):
        return [F.rnn(X, h, W_x, W_h, b_x + b_h, nonlinearity=self.nonlinearity)]


class GRU(_Recurrent):
    __doc__ = _Recurrent.__doc__
    gates = 3

    def _layer(self, X, h, W_x, W_h, b_x, b_h):
        return [F.gru(X, h, W_x, W_h, b_x, b_h)]


class LSTM(_Recurrent):
    __doc__ = _Recurrent.__doc__
    gates, states = 4, 2

    def _layer(self, X, h, c, W_x, W_h, b_x, b_h):
        return F.lstm(X, h, c, W_x, W_h, b_x + b_h)
