"""The LSTM: a cell that is kept or erased, and gates that say which, number by number."""
import numpy as np

from dlnotes.ops._check import as_upstream
from dlnotes.ops._sequence import (check_truncate, input_gradients, is_cut, one_step, product_gradient,
                                   project, sequence_inputs, swap_time, upstream)
from dlnotes.ops.activations import sigmoid


def _quarters(A):
    """Views i, f, g, o of A (N, 4 H)."""
    H = A.shape[1] // 4
    return A[:, :H], A[:, H:2 * H], A[:, 2 * H:3 * H], A[:, 3 * H:]


def _step(Z, c):
    """The new h and c from pre-activations Z (N, 4 H), which are overwritten by the gates."""
    i, f, g, o = _quarters(Z)
    for gate in (Z[:, :2 * c.shape[1]], o):                            # i and f lie side by side
        gate[...] = sigmoid(gate)
    np.tanh(g, out=g)
    c = f * c + i * g
    return o * np.tanh(c), c


def _step_backward(dh, dc, A, c_before, tanh_c, dZ):
    """Write the gradient of the pre-activations to dZ, return that of the cell before; A holds the gates."""
    i, f, g, o = _quarters(A)
    dZ_i, dZ_f, dZ_g, dZ_o = _quarters(dZ)
    dc = dc + dh * o * (1 - tanh_c * tanh_c)
    dZ_i[...] = dc * g * i * (1 - i)
    dZ_f[...] = dc * c_before * f * (1 - f)
    dZ_g[...] = dc * i * (1 - g * g)
    dZ_o[...] = dh * tanh_c * o * (1 - o)
    return dc * f


def lstm(X, h0, c0, W_x, W_h, b):
    r"""LSTM with forget gate over a batch of sequences.

    .. math:: (z^i, z^f, z^g, z^o)_t = x_t W_x + h_{t-1} W_h + b, \qquad
              i, f, o = s(z^i), s(z^f), s(z^o), \quad g = \tanh(z^g)

    .. math:: c_t = f_t \odot c_{t-1} + i_t \odot g_t, \qquad h_t = o_t \odot \tanh(c_t)

    Parameters
    ----------
    X : array (N, T, D)
    h0, c0 : array (N, H)
        State and cell before the first step.
    W_x : array (D, 4 H)
    W_h : array (H, 4 H)
    b : array (4 H,)
        Four blocks of columns in torch's order: input gate i, forget gate f, candidate g, output gate o.
        torch has two biases; only their sum matters: ``b = bias_ih + bias_hh``, ``W_x = weight_ih.T``,
        ``W_h = weight_hh.T``.

    Returns
    -------
    Y : array (N, T, H)
        All states h; the last one is ``Y[:, -1]``.
    c_T : array (N, H)
        The cell after the last step, to go on from.
    cache : tuple
        For `lstm_backward`: states, cells and gates by time.

    Raises
    ------
    ValueError
        On a wrong shape or a sequence of no steps.

    Notes
    -----
    s is the logistic sigmoid. f and i are independent, so c is no weighted average and can grow without
    bound. The inputs of all steps go through one product. ``tests/test_recurrent.py`` compares with torch.

    Source
    ------
    Hochreiter and Schmidhuber, "Long short-term memory", Neural Computation 9, 1997; the forget gate: Gers,
    Schmidhuber and Cummins, "Learning to forget", Neural Computation 12, 2000.
    """
    X, W_x, W_h, h0, c0, b = sequence_inputs(4, X, W_x, W_h, h0=h0, c0=c0, b=b)
    A = project(X, W_x, b)                                             # (T, N, 4 H): z, then the gates
    S, C = np.empty((2, len(A) + 1, *h0.shape), A.dtype)
    S[0], C[0] = h0, c0
    for t in range(len(A)):
        A[t] += S[t] @ W_h
        S[t + 1], C[t + 1] = _step(A[t], C[t])
    return swap_time(S[1:]), C[-1].copy(), (X, W_x, W_h, S, C, A)


def lstm_backward(dY, dc_T, cache, truncate=None):
    r"""Backpropagation through time: gradients dX, dh0, dc0, dW_x, dW_h, db of `lstm`.

    .. math:: dc_t \mathrel{+}= dh_t \odot o_t \odot (1 - \tanh^2 c_t), \qquad dc_{t-1} = dc_t \odot f_t,
              \qquad dh_{t-1} = dy_{t-1} + dz_t W_h^\top

    Parameters
    ----------
    dY : array (N, T, H)
        Gradient of the loss with respect to all states, each as a result of its own.
    dc_T : array (N, H)
        Gradient with respect to the last cell, zeros if the loss does not use it.
    cache : tuple
        From `lstm`.
    truncate : int, optional
        Truncated backpropagation; `dlnotes.ops.recurrent` says which variant.

    Notes
    -----
    The first formula's path along c holds no matrix, only f: with f near 1 gradients last. It is the weights
    that are shared over time, so their gradient is one product over all steps at the end.
    """
    X, W_x, W_h, S, C, A = cache
    check_truncate(truncate)
    dY, dZ, tanh_C = upstream(dY, S), np.empty_like(A), np.tanh(C[1:])
    dh, dc = 0, as_upstream(dc_T, C[-1], "dc_T")
    for t in reversed(range(len(A))):
        dc = _step_backward(dY[t] + dh, dc, A[t], C[t], tanh_C[t], dZ[t])
        dh = dZ[t] @ W_h.T
        if is_cut(t, truncate):
            dh, dc = 0, 0
    dX, dW_x = input_gradients(dZ, X, W_x)
    return dX, dh, dc, dW_x, product_gradient(S[:-1], dZ), dZ.sum(axis=(0, 1))


def lstm_cell(x, h, c, W_x, W_h, b):
    """One step: the states (h, c) (N, H) after x (N, D), a sequence of length 1 for `lstm`."""
    Y, c, _ = lstm(one_step(x), h, c, W_x, W_h, b)
    return Y[:, 0], c


def lstm_cell_backward(dh_new, dc_new, x, h, c, W_x, W_h, b):
    """Gradients dx, dh, dc, dW_x, dW_h, db of `lstm_cell`; the step is run again, nothing is kept."""
    *_, cache = lstm(one_step(x), h, c, W_x, W_h, b)
    dX, *gradients = lstm_backward(one_step(dh_new, "dh_new"), dc_new, cache)
    return dX[:, 0], *gradients
