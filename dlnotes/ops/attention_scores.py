r"""Attention scores: how well query i and key j fit, in four ways.

Arrays are (..., T, D): any leading axes (examples, heads), the same ones for all inputs, then positions, then
features. Scores are (..., T_q, T_k). `dlnotes.ops.attention` turns them into weights.
``tests/test_attention.py`` compares all with torch.
"""
import math

import numpy as np

from dlnotes.ops._check import as_float, as_upstream, expect_shape
from dlnotes.ops.linear import linear_backward


def _queries_keys(Q, K, same_features=True):
    Q, K = as_float(Q, "Q"), as_float(K, "K")
    if Q.ndim < 2:
        raise ValueError(f"expected Q (..., T_q, D); got {Q.shape}")
    fits = K.ndim == Q.ndim and K.shape[:-2] == Q.shape[:-2]
    if not fits or (same_features and K.shape[-1] != Q.shape[-1]):
        lead = "".join(f"{n}, " for n in Q.shape[:-2])
        raise ValueError(f"expected K ({lead}T_k, {Q.shape[-1] if same_features else 'D_k'}); got {K.shape}")
    return Q, K


def swap(A):
    return A.swapaxes(-1, -2)


def inner_scores(Q, K):
    r"""Inner products of queries and keys.

    .. math:: s_{i j} = \langle q_i, k_j \rangle, \qquad S = Q K^\top

    Parameters
    ----------
    Q : array (..., T_q, D)
    K : array (..., T_k, D)

    Returns
    -------
    array (..., T_q, T_k)

    Source
    ------
    Luong, Pham and Manning, "Effective approaches to attention-based neural machine translation", EMNLP 2015.
    """
    Q, K = _queries_keys(Q, K)
    return Q @ swap(K)


def inner_scores_backward(dS, Q, K):
    r"""Gradients :math:`dQ = dS\, K` and :math:`dK = dS^\top Q`."""
    Q, K = _queries_keys(Q, K)
    dS = as_upstream(dS, inner_scores(Q, K), "dS")
    return dS @ K, swap(dS) @ Q


def scaled_scores(Q, K):
    r"""Inner products divided by :math:`\sqrt{D}`.

    .. math:: s_{i j} = \langle q_i, k_j \rangle / \sqrt{D}

    Notes
    -----
    The inner product of D independent numbers of variance 1 has standard deviation :math:`\sqrt{D}`, so these
    scores have 1 and the softmax does not saturate. (Divided by D, as 001:735 has it, they would fade to 0.)

    Source
    ------
    Vaswani et al., "Attention is all you need", NeurIPS 2017, section 3.2.1.
    """
    Q, K = _queries_keys(Q, K)
    return inner_scores(Q / math.sqrt(Q.shape[-1]), K)


def scaled_scores_backward(dS, Q, K):
    Q, K = _queries_keys(Q, K)
    return inner_scores_backward(as_float(dS, "dS") / math.sqrt(Q.shape[-1]), Q, K)


def bilinear_scores(Q, K, W):
    r"""Inner products after a learned map, so that queries and keys need not live in the same space.

    .. math:: s_{i j} = q_i\, W\, k_j^\top, \qquad S = Q W K^\top

    Parameters
    ----------
    Q : array (..., T_q, D_q)
    K : array (..., T_k, D_k)
    W : array (D_q, D_k)

    Source
    ------
    Luong, Pham and Manning, EMNLP 2015, "general" in eq. 8.
    """
    Q, K, W = _bilinear_inputs(Q, K, W)
    return inner_scores(Q @ W, K)


def bilinear_scores_backward(dS, Q, K, W):
    """Gradients dQ, dK, dW."""
    Q, K, W = _bilinear_inputs(Q, K, W)
    dQW, dK = inner_scores_backward(dS, Q @ W, K)
    dQ, dW, _ = linear_backward(dQW, Q, W)
    return dQ, dK, dW


def _bilinear_inputs(Q, K, W):
    (Q, K), W = _queries_keys(Q, K, same_features=False), as_float(W, "W")
    expect_shape(W, f"{Q.shape[-1]} {K.shape[-1]}", "W")
    return Q, K, W


def additive_scores(Q, K, W_q, W_k, v):
    r"""A network with one hidden layer compares query and key.

    .. math:: s_{i j} = \tanh(q_i W_q + k_j W_k)\, v

    Parameters
    ----------
    Q : array (..., T_q, D_q)
    K : array (..., T_k, D_k)
    W_q : array (D_q, A)
    W_k : array (D_k, A)
        A matrix, as W_q: with a vector (001:733) the sum would broadcast silently.
    v : array (A,)

    Notes
    -----
    Needs memory for all (..., T_q, T_k, A) hidden units.

    Source
    ------
    Bahdanau, Cho and Bengio, "Neural machine translation by jointly learning to align and translate", ICLR
    2015, appendix A.1.2.
    """
    return _hidden(Q, K, W_q, W_k, v)[0] @ as_float(v, "v")


def additive_scores_backward(dS, Q, K, W_q, W_k, v):
    """Gradients dQ, dK, dW_q, dW_k, dv."""
    hidden, Q, K, W_q, W_k, v = _hidden(Q, K, W_q, W_k, v)
    dS = as_upstream(dS, hidden[..., 0], "dS")[..., None]
    dv = (dS * hidden).reshape(-1, len(v)).sum(axis=0)
    dZ = dS * v * (1 - hidden * hidden)                                # (..., T_q, T_k, A)
    dQ, dW_q, _ = linear_backward(dZ.sum(axis=-2), Q, W_q)
    dK, dW_k, _ = linear_backward(dZ.sum(axis=-3), K, W_k)
    return dQ, dK, dW_q, dW_k, dv


def _hidden(Q, K, W_q, W_k, v):
    """tanh(q_i W_q + k_j W_k) (..., T_q, T_k, A), and the checked inputs."""
    Q, K = _queries_keys(Q, K, same_features=False)
    W_q, W_k, v = as_float(W_q, "W_q"), as_float(W_k, "W_k"), as_float(v, "v")
    sizes = expect_shape(W_q, f"{Q.shape[-1]} A", "W_q")
    expect_shape(W_k, f"{K.shape[-1]} A", "W_k", sizes)
    expect_shape(v, "A", "v", sizes)
    return np.tanh((Q @ W_q)[..., :, None, :] + (K @ W_k)[..., None, :, :]), Q, K, W_q, W_k, v
