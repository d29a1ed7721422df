"""The Elman network: one state, one nonlinearity, the same weights at each step."""
import numpy as np

from dlnotes.ops._sequence import (check_truncate, input_gradients, is_cut, one_step, product_gradient,
                                   project, sequence_inputs, swap_time, upstream)

NONLINEARITIES = {  # phi(z), and its slope as a function of h = phi(z)
    "tanh": (np.tanh, lambda h: 1 - h * h),
    "relu": (lambda z: np.maximum(z, 0), lambda h: h > 0),
}


def rnn(X, h0, W_x, W_h, b, nonlinearity="tanh"):
    r"""Elman network over a batch of sequences.

    .. math:: h_t = \varphi(x_t W_x + h_{t-1} W_h + b), \qquad t = 1, \dots, T

    Parameters
    ----------
    X : array (N, T, D)
    h0 : array (N, H)
        State before the first step; zeros if there is none to go on from.
    W_x : array (D, H)
    W_h : array (H, H)
    b : array (H,)
        torch's RNN has two biases; only their sum matters: ``b = bias_ih + bias_hh``, ``W_x = weight_ih.T``,
        ``W_h = weight_hh.T``.
    nonlinearity : {"tanh", "relu"}

    Returns
    -------
    Y : array (N, T, H)
        All states; the last one is ``Y[:, -1]``.
    cache : tuple
        For `rnn_backward`: the states by time. Running forward again would cost as much as keeping them.

    Raises
    ------
    ValueError
        On a wrong shape, a sequence of no steps, or an unknown nonlinearity.

    Notes
    -----
    The inputs of all steps go through one product; only ``h W_h`` has to wait for the step before.
    ``tests/test_recurrent.py`` compares with torch.

    Source
    ------
    Elman, "Finding structure in time", Cognitive Science 14, 1990.
    """
    X, W_x, W_h, h0, b = sequence_inputs(1, X, W_x, W_h, h0=h0, b=b)
    if nonlinearity not in NONLINEARITIES:
        raise ValueError(f"expected nonlinearity {' or '.join(NONLINEARITIES)}; got {nonlinearity!r}")
    phi, _ = NONLINEARITIES[nonlinearity]
    Z = project(X, W_x, b)                                             # (T, N, H)
    S = np.empty((len(Z) + 1, *h0.shape), Z.dtype)
    S[0] = h0
    for t in range(len(Z)):
        S[t + 1] = phi(Z[t] + S[t] @ W_h)
    return swap_time(S[1:]), (X, W_x, W_h, S, nonlinearity)


def rnn_backward(dY, cache, truncate=None):
    r"""Backpropagation through time: gradients dX, dh0, dW_x, dW_h, db of `rnn`.

    .. math:: dz_t = (dy_t + dz_{t+1} W_h^\top) \odot \varphi'(z_t), \qquad
              dW_h = \sum_t h_{t-1}^\top dz_t, \quad dW_x = \sum_t x_t^\top dz_t, \quad dx_t = dz_t W_x^\top

    Parameters
    ----------
    dY : array (N, T, H)
        Gradient of the loss with respect to all states, each as a result of its own.
    cache : tuple
        From `rnn`.
    truncate : int, optional
        Truncated backpropagation; `dlnotes.ops.recurrent` says which variant.

    Source
    ------
    Werbos, "Backpropagation through time: what it does and how to do it", Proc. IEEE 78, 1990.
    """
    X, W_x, W_h, S, nonlinearity = cache
    check_truncate(truncate)
    slope = NONLINEARITIES[nonlinearity][1](S[1:])
    dY, dZ, dh = upstream(dY, S), np.empty_like(S[1:]), 0
    for t in reversed(range(len(dZ))):
        dZ[t] = (dY[t] + dh) * slope[t]
        dh = 0 if is_cut(t, truncate) else dZ[t] @ W_h.T
    dX, dW_x = input_gradients(dZ, X, W_x)
    return dX, dh, dW_x, product_gradient(S[:-1], dZ), dZ.sum(axis=(0, 1))


def rnn_cell(x, h, W_x, W_h, b, nonlinearity="tanh"):
    """One step: the state (N, H) after x (N, D), a sequence of length 1 for `rnn`."""
    return rnn(one_step(x), h, W_x, W_h, b, nonlinearity)[0][:, 0]


def rnn_cell_backward(dh_new, x, h, W_x, W_h, b, nonlinearity="tanh"):
    """Gradients dx, dh, dW_x, dW_h, db of `rnn_cell`; the step is run again, nothing is kept."""
    _, cache = rnn(one_step(x), h, W_x, W_h, b, nonlinearity)
    dX, *gradients = rnn_backward(one_step(dh_new, "dh_new"), cache)
    return dX[:, 0], *gradients
