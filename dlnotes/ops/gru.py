"""The gated recurrent unit, in both conventions for the place of the reset gate."""
import numpy as np

from dlnotes.ops._sequence import (check_truncate, input_gradients, is_cut, one_step, product_gradient,
                                   project, sequence_inputs, swap_time, upstream)
from dlnotes.ops.activations import sigmoid


def _thirds(A):
    """Views r, z, n of A (N, 3 H)."""
    H = A.shape[1] // 3
    return A[:, :H], A[:, H:2 * H], A[:, 2 * H:]


def _step(A, h, W_h, b_h, reset_after, M):
    """The new state from A = x W_x + b_x (N, 3 H); A is overwritten by r, z, n, M (N, H) by what r met."""
    H = h.shape[1]
    r, z, n = _thirds(A)
    if reset_after:
        from_h = h @ W_h + b_h
        M[...] = from_h[:, 2 * H:]
    else:
        from_h = h @ W_h[:, :2 * H] + b_h[:2 * H]
    gates = A[:, :2 * H]
    gates[...] = sigmoid(gates + from_h[:, :2 * H])
    if reset_after:
        n += r * M
    else:
        np.multiply(r, h, out=M)
        n += M @ W_h[:, 2 * H:] + b_h[2 * H:]
    np.tanh(n, out=n)
    return (1 - z) * n + z * h


def _step_backward(dh, A, h, M, W_h, reset_after, dX_part, dH_part):
    """Write the gradients of x W_x + b_x and h W_h + b_h, both (N, 3 H); return that of the state before."""
    H = h.shape[1]
    r, z, n = _thirds(A)
    d_r, d_z, d_n = _thirds(dX_part)
    d_n[...] = dh * (1 - z) * (1 - n * n)
    d_z[...] = dh * (h - n) * z * (1 - z)
    if reset_after:                                                    # n = tanh(x part + r * (h W_h + b_h))
        d_r[...] = d_n * M * r * (1 - r)
        dH_part[...] = dX_part
        dH_part[:, 2 * H:] *= r
        return dh * z + dH_part @ W_h.T
    d_reset = d_n @ W_h[:, 2 * H:].T                                   # n = tanh(x part + (r * h) W_h + b_h)
    d_r[...] = d_reset * h * r * (1 - r)
    dH_part[...] = dX_part
    return dh * z + d_reset * r + dX_part[:, :2 * H] @ W_h[:, :2 * H].T


def gru(X, h0, W_x, W_h, b_x, b_h, reset_after=True):
    r"""Gated recurrent unit over a batch of sequences.

    .. math:: r_t = s(x_t W_x^r + b_x^r + h_{t-1} W_h^r + b_h^r), \qquad
              z_t = s(x_t W_x^z + b_x^z + h_{t-1} W_h^z + b_h^z)

    .. math:: n_t = \tanh(x_t W_x^n + b_x^n + r_t \odot (h_{t-1} W_h^n + b_h^n)), \qquad
              h_t = (1 - z_t) \odot n_t + z_t \odot h_{t-1}

    Without ``reset_after``, :math:`(r_t \odot h_{t-1}) W_h^n + b_h^n` stands in place of the term with r.

    Parameters
    ----------
    X : array (N, T, D)
    h0 : array (N, H)
        State before the first step.
    W_x : array (D, 3 H)
    W_h : array (H, 3 H)
        Three blocks of columns in torch's order: reset gate r, update gate z, candidate n.
        ``W_x = weight_ih.T``, ``W_h = weight_hh.T``.
    b_x, b_h : array (3 H,)
        ``b_x = bias_ih``, ``b_h = bias_hh``. With reset_after the two biases of n are not equivalent: r
        multiplies the second one. Else only the sum b_x + b_h matters.
    reset_after : bool
        True: r acts after the product with W_h, as in torch and cuDNN. False: before it, as in the source.

    Returns
    -------
    Y : array (N, T, H)
        All states; the last one is ``Y[:, -1]``.
    cache : tuple
        For `gru_backward`: states and gates by time.

    Raises
    ------
    ValueError
        On a wrong shape or a sequence of no steps.

    Notes
    -----
    s is the logistic sigmoid. h_t is a weighted average, so a state that starts in [-1, 1] stays there.
    ``tests/test_recurrent.py`` compares with torch, the second convention with the formula written in torch.

    Source
    ------
    Cho et al., "Learning phrase representations using RNN encoder-decoder", EMNLP 2014, eqs. 5 to 8.
    """
    X, W_x, W_h, h0, b_x, b_h = sequence_inputs(3, X, W_x, W_h, h0=h0, b_x=b_x, b_h=b_h)
    A = project(X, W_x, b_x)                                           # (T, N, 3 H): x part, then r, z, n
    S, M = np.empty((len(A) + 1, *h0.shape), A.dtype), np.empty((len(A), *h0.shape), A.dtype)
    S[0] = h0
    for t in range(len(A)):
        S[t + 1] = _step(A[t], S[t], W_h, b_h, reset_after, M[t])
    return swap_time(S[1:]), (X, W_x, W_h, S, A, M, reset_after)


def gru_backward(dY, cache, truncate=None):
    """Backpropagation through time: gradients dX, dh0, dW_x, dW_h, db_x, db_h of `gru`.

    Parameters
    ----------
    dY : array (N, T, H)
        Gradient of the loss with respect to all states, each as a result of its own.
    cache : tuple
        From `gru`.
    truncate : int, optional
        Truncated backpropagation; `dlnotes.ops.recurrent` says which variant.
    """
    X, W_x, W_h, S, A, M, reset_after = cache
    check_truncate(truncate)
    dY, dh = upstream(dY, S), 0
    dX_part, dH_part = np.empty((2, *A.shape), A.dtype)
    for t in reversed(range(len(A))):
        dh = _step_backward(dY[t] + dh, A[t], S[t], M[t], W_h, reset_after, dX_part[t], dH_part[t])
        if is_cut(t, truncate):
            dh = 0
    dX, dW_x = input_gradients(dX_part, X, W_x)
    dW_h = product_gradient(S[:-1], dH_part)
    if not reset_after:                                                # the candidate saw r * h in place of h
        H = S.shape[2]
        dW_h[:, 2 * H:] = product_gradient(M, dH_part[:, :, 2 * H:])
    return dX, dh, dW_x, dW_h, dX_part.sum(axis=(0, 1)), dH_part.sum(axis=(0, 1))


def gru_cell(x, h, W_x, W_h, b_x, b_h, reset_after=True):
    """One step: the state (N, H) after x (N, D), a sequence of length 1 for `gru`."""
    return gru(one_step(x), h, W_x, W_h, b_x, b_h, reset_after)[0][:, 0]


def gru_cell_backward(dh_new, x, h, W_x, W_h, b_x, b_h, reset_after=True):
    """Gradients dx, dh, dW_x, dW_h, db_x, db_h of `gru_cell`; the step is run again, nothing is kept."""
    _, cache = gru(one_step(x), h, W_x, W_h, b_x, b_h, reset_after)
    dX, *gradients = gru_backward(one_step(dh_new, "dh_new"), cache)
    return dX[:, 0], *gradients
