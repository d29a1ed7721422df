r"""Softmax and the losses of a choice among C classes; the classes are the last axis.

What the losses share is said in `dlnotes.ops.losses`. Targets y are either class indices (integers in [0,
C), one for each example) or, where said, target probabilities (a float array of the shape of the scores;
one-hot rows are a special case).
"""

import numpy as np

from dlnotes.ops._check import as_float, as_upstream
from dlnotes.ops._reduction import expect_probabilities, gradient_share, reduce


def softmax(Z, *, axis=-1):
    r"""Turn scores into probabilities.

    .. math:: p_k = \frac{e^{z_k}}{\sum_j e^{z_j}} = \frac{e^{z_k - m}}{\sum_j e^{z_j - m}},
              \qquad m = \max_j z_j

    Parameters
    ----------
    Z : ndarray
        Scores (logits), of any shape.
    axis : int
        The axis along which the results sum to 1.

    Notes
    -----
    With the maximum subtracted no exponent is positive, so nothing overflows, and the sum is at least 1.
    """
    Z = _scores(Z)
    e = np.exp(Z - Z.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def softmax_backward(dP, Z, *, axis=-1):
    r""".. math:: dz_k = p_k \left(dp_k - \sum_j dp_j\, p_j\right)"""
    P = softmax(Z, axis=axis)
    dP = as_upstream(dP, P, "dP")
    return P * (dP - (dP * P).sum(axis=axis, keepdims=True))


def log_softmax(Z, *, axis=-1):
    r"""Logarithm of `softmax`, in the log-sum-exp form.

    .. math:: \log p_k = z_k - m - \log \sum_j e^{z_j - m}, \qquad m = \max_j z_j

    Notes
    -----
    ``np.log(softmax(Z))`` would be -inf where p underflows to 0; this form never takes the logarithm of
    less than 1.
    """
    Z = _scores(Z)
    shifted = Z - Z.max(axis=axis, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=axis, keepdims=True))


def log_softmax_backward(dL, Z, *, axis=-1):
    r""".. math:: dz_k = dl_k - p_k \sum_j dl_j, \qquad l = \log p"""
    P = softmax(Z, axis=axis)
    dL = as_upstream(dL, P, "dL")
    return dL - P * dL.sum(axis=axis, keepdims=True)


def softmax_cross_entropy(Z, y, *, label_smoothing=0.0, reduction="mean"):
    r"""Cross-entropy of the targets and the softmax of the scores.

    .. math:: \ell = -\sum_k t_k \log p_k, \qquad \frac{\partial \ell}{\partial z_k} = p_k \sum_j t_j - t_k,
              \qquad \log p_k = z_k - \log \sum_j e^{z_j}

    Parameters
    ----------
    Z : ndarray (..., C)
        Scores: logits, not probabilities (a softmax before this loss is a mistake that costs accuracy
        silently).
    y : ndarray of int (...) or of float (..., C)
        Class indices, or target probabilities t.
    label_smoothing : float
        s in [0, 1]; t becomes :math:`(1 - s)\, t + s / C`.

    Notes
    -----
    A class that is masked by a score of -inf has probability 0 and adds nothing as long as its t is 0.

    Source
    ------
    Label smoothing: Szegedy et al., "Rethinking the Inception architecture", CVPR 2016, section 7.
    """
    Z = _scores(Z)
    T, _ = _targets(y, Z, label_smoothing)
    return reduce(-_times(T, log_softmax(Z)).sum(axis=-1), reduction)


def softmax_cross_entropy_backward(Z, y, *, label_smoothing=0.0, reduction="mean"):
    """Return ``dZ`` for class indices, ``(dZ, dy)`` for target probabilities."""
    Z = _scores(Z)
    T, soft = _targets(y, Z, label_smoothing)
    share = gradient_share(T[..., 0].size, reduction)
    dZ = (softmax(Z) * T.sum(axis=-1, keepdims=True) - T) / share
    return (dZ, log_softmax(Z) * ((float(label_smoothing) - 1) / share)) if soft else dZ


def cross_entropy(y_hat, y, *, reduction="mean"):
    r"""Cross-entropy of the targets and given probabilities.

    .. math:: \ell = -\sum_k t_k \log \hat y_k, \qquad
              \frac{\partial \ell}{\partial \hat y_k} = -\frac{t_k}{\hat y_k}

    Parameters
    ----------
    y_hat : ndarray (..., C)
        Probabilities in [0, 1]. For scores take `softmax_cross_entropy`, which is also right where p
        underflows.
    y : ndarray of int (...) or of float (..., C)
        Class indices, or target probabilities t.

    Notes
    -----
    A class with t = 0 adds nothing, even if its probability is 0. Where t > 0 and the probability is 0 the
    loss is inf and the slope -inf, the exact limits; no clamp hides them.
    """
    y_hat = _probabilities(y_hat)
    T, _ = _targets(y, y_hat)
    return reduce(-_times(T, _log(y_hat)).sum(axis=-1), reduction)


def cross_entropy_backward(y_hat, y, *, reduction="mean"):
    """Return ``dy_hat`` for class indices, ``(dy_hat, dy)`` for target probabilities."""
    y_hat = _probabilities(y_hat)
    T, soft = _targets(y, y_hat)
    share = gradient_share(T[..., 0].size, reduction)
    with np.errstate(divide="ignore", over="ignore"):
        dy_hat = -_times(T, 1 / y_hat) / share
    return (dy_hat, -_log(y_hat) / share) if soft else dy_hat


def nll(log_p, y, *, reduction="mean"):
    r"""Negative log-likelihood of the right class, from log-probabilities.

    .. math:: \ell = -\log p_y, \qquad \frac{\partial \ell}{\partial \log p_k} = -[k = y]

    Parameters
    ----------
    log_p : ndarray (..., C)
        Log-probabilities, as `log_softmax` gives them.
    y : ndarray of int (...)
        Class indices.
    """
    log_p = _scores(log_p, "log_p")
    return reduce(-_picked(log_p, y), reduction)


def nll_backward(log_p, y, *, reduction="mean"):
    """Return ``dlog_p``."""
    T = _one_hot(y, _scores(log_p, "log_p"))
    return -T / gradient_share(T[..., 0].size, reduction)


def multi_margin(scores, y, *, p=1, margin=1.0, reduction="mean"):
    r"""Hinge loss for C classes: the right score shall exceed every other by the margin.

    .. math:: \ell = \frac1C \sum_{k \ne y} \max(0, m - s_y + s_k)^p

    Parameters
    ----------
    scores : ndarray (..., C)
    y : ndarray of int (...)
        Class indices.
    p : {1, 2}
    margin : float
        m, in the unit of the scores.

    Notes
    -----
    torch's ``multi_margin_loss`` without weights, with its factor 1/C. At a kink the slope is 0, as there.

    Source
    ------
    Weston and Watkins, "Support vector machines for multi-class pattern recognition", ESANN 1999.
    """
    violation, _ = _violations(scores, y, p, margin)
    return reduce((violation**p / violation.shape[-1]).sum(axis=-1), reduction)


def multi_margin_backward(scores, y, *, p=1, margin=1.0, reduction="mean"):
    """Return ``dscores``: each violation pushes its own class down and the right class up."""
    violation, T = _violations(scores, y, p, margin)
    push = (violation > 0) * (p * violation ** (p - 1))
    push = push - T * push.sum(axis=-1, keepdims=True)
    return push / violation.shape[-1] / gradient_share(T[..., 0].size, reduction)


def _violations(scores, y, p, margin):
    """Return max(0, m - s_y + s_k), 0 for the right class itself, and the one-hot targets."""
    if p not in (1, 2):
        raise ValueError(f"expected p 1 or 2; got {p}")
    scores = _scores(scores, "scores")
    T = _one_hot(y, scores)
    violation = np.maximum(float(margin) - _picked(scores, y)[..., None] + scores, 0)
    return violation * (1 - T), T


def _scores(Z, name="Z"):
    Z = as_float(Z, name)
    if Z.ndim == 0 or Z.shape[-1] == 0:
        raise ValueError(f"expected {name} (..., C) with at least one class; got {Z.shape}")
    return Z


def _probabilities(y_hat):
    y_hat = _scores(y_hat, "y_hat")
    expect_probabilities(y_hat, "y_hat")
    return y_hat


def _indices(y, Z):
    """Return y (...) as class indices for scores Z (..., C); -1 is a mistake, not the last class."""
    y = np.asarray(y)
    if y.shape != Z.shape[:-1] or not np.issubdtype(y.dtype, np.integer):
        raise ValueError(f"expected y {Z.shape[:-1]} of class indices (int); got {y.dtype} {y.shape}")
    outside = (y < 0) | (y >= Z.shape[-1])
    if outside.any():
        raise ValueError(f"expected class indices in [0, {Z.shape[-1]}); got {y[outside].flat[0]}")
    return y


def _picked(Z, y):
    return np.take_along_axis(Z, _indices(y, Z)[..., None], axis=-1)[..., 0]


def _one_hot(y, Z):
    T = np.zeros_like(Z)
    np.put_along_axis(T, _indices(y, Z)[..., None], 1, axis=-1)
    return T


def _targets(y, Z, label_smoothing=0.0):
    """Return smoothed target probabilities of Z's shape and dtype, and whether y held probabilities."""
    if not 0 <= label_smoothing <= 1:
        raise ValueError(f"expected label_smoothing in [0, 1]; got {label_smoothing}")
    y = np.asarray(y)
    soft = np.issubdtype(y.dtype, np.floating)
    if soft and y.shape != Z.shape:
        raise ValueError(f"expected y {Z.shape} of target probabilities (float); got {y.dtype} {y.shape}")
    T = as_float(y, "y").astype(Z.dtype, copy=False) if soft else _one_hot(y, Z)
    if label_smoothing:
        T = T * (1 - float(label_smoothing)) + float(label_smoothing) / Z.shape[-1]
    return T, soft


def _log(p):
    with np.errstate(divide="ignore"):
        return np.log(p)


def _times(t, x):
    """Return t * x, and 0 where t = 0 even if x is infinite."""
    return t * np.where(t == 0, 0, x)
