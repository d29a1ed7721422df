r"""Attention: a query is compared with keys, and the scores decide how the values are averaged.

Arrays are (..., T, D): any leading axes (examples, heads), the same ones for all inputs, then positions, then
features; T_q queries Q, T_k keys K with one value V each. The pieces compose:
``attend(additive_scores(Q, K, W_q, W_k, v), V)`` is Bahdanau's attention, `attention` the transformer's.

A mask is a bool array that is True where a query may look, as in torch's ``scaled_dot_product_attention``
(the masks of torch's MultiheadAttention are the opposite). It broadcasts to the scores (..., T_q, T_k). A
query that may look nowhere has weights 0, so its result is 0 and it passes no gradient; torch's function does
the same, its MultiheadAttention may give nan. ``tests/test_attention.py`` compares all with torch.
"""
import numpy as np

from dlnotes.ops._check import as_float, as_upstream, expect_shape
from dlnotes.ops.attention_scores import (additive_scores, additive_scores_backward, bilinear_scores,
                                          bilinear_scores_backward, inner_scores, inner_scores_backward,
                                          scaled_scores, scaled_scores_backward, swap)
from dlnotes.ops.linear import linear, linear_backward
from dlnotes.ops.losses import softmax, softmax_backward

__all__ = ["additive_scores", "additive_scores_backward", "attend", "attend_backward", "attention",
           "attention_backward", "attention_weights", "attention_weights_backward", "bilinear_scores",
           "bilinear_scores_backward", "causal_mask", "inner_scores", "inner_scores_backward",
           "multi_head_attention", "multi_head_attention_backward", "padding_mask", "scaled_scores",
           "scaled_scores_backward"]


# Masks and weights --------------------------------------------------------------------------------


def causal_mask(T_q, T_k=None):
    """Bool (T_q, T_k): position i sees the positions 0..i and none after it."""
    return np.tri(T_q, T_k, dtype=bool)


def padding_mask(lengths, T):
    """Bool (N, 1, T): all queries of example n see its first ``lengths[n]`` positions. Combine with ``&``."""
    return np.arange(T) < np.asarray(lengths)[:, None, None]


def _masked(S, mask):
    """The scores with a hugely negative number where the mask is False, and the mask (all True for None)."""
    S = as_float(S, "scores")
    if S.ndim < 2 or S.shape[-1] == 0:
        raise ValueError(f"expected scores (..., T_q, T_k) with at least one key; got {S.shape}")
    if mask is None:
        return S, np.True_
    mask = np.asarray(mask)
    if mask.dtype != bool or mask.ndim > S.ndim or any(
            m not in (1, n) for m, n in zip(mask.shape[::-1], S.shape[::-1])):
        raise ValueError(f"expected mask: bool, broadcast to {S.shape}; got {mask.dtype} {mask.shape}")
    return np.where(mask, S, np.finfo(S.dtype).min / 2), mask          # half: minus a maximum it stays finite


def attention_weights(scores, mask=None):
    r"""Softmax over the keys that the mask leaves; zeros for a query that it leaves none.

    .. math:: a_{i j} = \frac{m_{i j}\, e^{s_{i j}}}{\sum_l m_{i l}\, e^{s_{i l}}}, \qquad \tfrac00 := 0

    Parameters
    ----------
    scores : array (..., T_q, T_k)
    mask : bool array, optional
        True where a query may look; broadcasts to the scores.

    Returns
    -------
    array (..., T_q, T_k)
    """
    S, mask = _masked(scores, mask)
    return softmax(S) * mask


def attention_weights_backward(dA, scores, mask=None):
    """Gradient of the scores: that of the softmax, and 0 where the mask is False since the weight is."""
    S, mask = _masked(scores, mask)
    return softmax_backward(as_upstream(dA, S, "dA") * mask, S)


# Attention ----------------------------------------------------------------------------------------


def _values(scores, V):
    S, V = as_float(scores, "scores"), as_float(V, "V")
    if S.ndim < 2 or V.ndim != S.ndim or V.shape[:-1] != (*S.shape[:-2], S.shape[-1]):
        raise ValueError(f"expected V (..., T_k, D_v) for scores (..., T_q, T_k) {S.shape}; got {V.shape}")
    return S, V


def attend(scores, V, mask=None):
    r"""Average the values with the weights that the scores give.

    .. math:: y_i = \sum_j a_{i j} v_j, \qquad Y = A V

    Parameters
    ----------
    scores : array (..., T_q, T_k)
        From any of the four score functions.
    V : array (..., T_k, D_v)
    mask : bool array, optional

    Returns
    -------
    array (..., T_q, D_v)
    """
    S, V = _values(scores, V)
    return attention_weights(S, mask) @ V


def attend_backward(dY, scores, V, mask=None):
    """Gradients of scores and V."""
    S, V = _values(scores, V)
    A = attention_weights(S, mask)
    dY = as_upstream(dY, A @ V)
    return attention_weights_backward(dY @ swap(V), S, mask), swap(A) @ dY


def attention(Q, K, V, mask=None):
    r"""Scaled dot-product attention.

    .. math:: Y = \operatorname{softmax}\!\Big(\frac{Q K^\top}{\sqrt{D}}\Big) V

    Parameters
    ----------
    Q : array (..., T_q, D)
    K : array (..., T_k, D)
    V : array (..., T_k, D_v)
    mask : bool array, optional
        True where a query may look; broadcasts to (..., T_q, T_k).

    Returns
    -------
    array (..., T_q, D_v)

    Source
    ------
    Vaswani et al., NeurIPS 2017, eq. 1.
    """
    return attend(scaled_scores(Q, K), V, mask)


def attention_backward(dY, Q, K, V, mask=None):
    """Gradients dQ, dK, dV; the scores are computed again."""
    dS, dV = attend_backward(dY, scaled_scores(Q, K), V, mask)
    return *scaled_scores_backward(dS, Q, K), dV


# Several heads ------------------------------------------------------------------------------------


def _split(X, heads):
    """(N, T, heads * d) as (N, heads, T, d)."""
    N, T, D = X.shape
    return X.reshape(N, T, heads, D // heads).swapaxes(1, 2)


def _merge(X):
    """(N, heads, T, d) as (N, T, heads * d)."""
    N, heads, T, d = X.shape
    return X.swapaxes(1, 2).reshape(N, T, heads * d)


def _multi_head_inputs(inputs, weights, heads, mask):
    """Check shapes; return the three inputs, and the mask with an axis for the heads."""
    inputs = [as_float(X, f"X_{name}") for name, X in zip("qkv", inputs)]
    W_q, W_k, W_v, W_o = (as_float(W, f"W_{name}") for name, W in zip("qkvo", weights))
    sizes = expect_shape(inputs[0], "N T_q D_q", "X_q")
    sizes = expect_shape(inputs[1], "N T_k D_k", "X_k", sizes)
    sizes = expect_shape(inputs[2], "N T_k D_v", "X_v", sizes)
    for W, pattern, name in [(W_q, "D_q E", "W_q"), (W_k, "D_k E", "W_k"), (W_v, "D_v E_v", "W_v"),
                             (W_o, "E_v D_out", "W_o")]:
        sizes = expect_shape(W, pattern, name, sizes)
    if heads < 1 or sizes["E"] % heads or sizes["E_v"] % heads:
        raise ValueError(f"expected heads that divide E={sizes['E']} and E_v={sizes['E_v']}; got {heads}")
    return inputs, mask[:, None] if np.ndim(mask) == 3 else mask


def multi_head_attention(X_q, X_k, X_v, W_q, W_k, W_v, W_o, b_q=None, b_k=None, b_v=None, b_o=None, *,
                         heads, mask=None):
    r"""Several attentions side by side, each on its own linear maps of the inputs.

    .. math:: Y = [Y_1, \dots, Y_h]\, W^o + b^o, \qquad
              Y_l = \operatorname{attention}(X^q W^q_l + b^q_l,\; X^k W^k_l + b^k_l,\; X^v W^v_l + b^v_l)

    Parameters
    ----------
    X_q : array (N, T_q, D_q)
    X_k, X_v : array (N, T_k, D_k), (N, T_k, D_v)
        Self-attention passes one array three times; its gradient is then the sum of the three.
    W_q, W_k, W_v : array (D_q, E), (D_k, E), (D_v, E_v)
        Head l has the l-th block of E / heads columns. torch stacks the transposes in ``in_proj_weight``.
    W_o : array (E_v, D_out)
    b_q, b_k, b_v, b_o : array (E,), (E,), (E_v,), (D_out,), optional
    heads : int
        Divides E and E_v.
    mask : bool array (T_q, T_k), (N, T_q or 1, T_k) or (N, heads or 1, T_q or 1, T_k), optional
        True where a query may look.

    Returns
    -------
    array (N, T_q, D_out)

    Raises
    ------
    ValueError
        On a wrong shape, or a number of heads that does not divide the features.

    Notes
    -----
    A query that may look nowhere has b_o.

    Source
    ------
    Vaswani et al., NeurIPS 2017, section 3.2.2.
    """
    inputs, mask = _multi_head_inputs((X_q, X_k, X_v), (W_q, W_k, W_v, W_o), heads, mask)
    QKV = (_split(linear(*each), heads) for each in zip(inputs, (W_q, W_k, W_v), (b_q, b_k, b_v)))
    return linear(_merge(attention(*QKV, mask)), W_o, b_o)


def multi_head_attention_backward(dY, X_q, X_k, X_v, W_q, W_k, W_v, W_o, b_q=None, b_k=None, b_v=None,
                                  b_o=None, *, heads, mask=None):
    """Gradients in the order of the inputs, None for a bias that is None; the forward pass is run again."""
    inputs, mask = _multi_head_inputs((X_q, X_k, X_v), (W_q, W_k, W_v, W_o), heads, mask)
    maps = list(zip(inputs, (W_q, W_k, W_v), (b_q, b_k, b_v)))
    QKV = [_split(linear(*each), heads) for each in maps]
    d_merged, dW_o, db_o = linear_backward(dY, _merge(attention(*QKV, mask)), W_o, b_o)
    d_QKV = attention_backward(_split(d_merged, heads), *QKV, mask)
    dX, dW, db = zip(*(linear_backward(_merge(d), *each) for d, each in zip(d_QKV, maps)))
    return *dX, *dW, dW_o, *db, db_o
