r"""Losses of a yes-or-no answer, elementwise but for `dice`. See `dlnotes.ops.losses` for what they share."""

import numpy as np

from dlnotes.ops._check import as_float, as_positive
from dlnotes.ops._reduction import as_pair, expect_probabilities, gradient_share, reduce
from dlnotes.ops.activations import sigmoid, softplus


def binary_cross_entropy(y_hat, y, *, reduction="mean"):
    r"""Cross-entropy of a coin, from probabilities.

    .. math:: \ell = -y \log \hat y - (1 - y) \log (1 - \hat y), \qquad
              \frac{\partial \ell}{\partial \hat y} = \frac{\hat y - y}{\hat y (1 - \hat y)}

    Parameters
    ----------
    y_hat : ndarray
        Probabilities in [0, 1], not scores.
    y : ndarray
        Target probabilities in [0, 1], of y_hat's shape.

    Notes
    -----
    As in torch both logarithms are cut off at -100 and the denominator at 1e-12: a loss at a probability
    of exactly 0 stays finite, but is wrong from e^-100 on. `binary_cross_entropy_with_logits` needs no
    such cut.
    """
    y_hat, y = _probability_pair(y_hat, y)
    log_p, log_q = _clamped_logs(y_hat)
    return reduce(-y * log_p - (1 - y) * log_q, reduction)


def binary_cross_entropy_backward(y_hat, y, *, reduction="mean"):
    """Return ``(dy_hat, dy)``; dy has the logarithms cut off as above (torch does not cut them off there)."""
    y_hat, y = _probability_pair(y_hat, y)
    share = gradient_share(y.size, reduction)
    log_p, log_q = _clamped_logs(y_hat)
    dy_hat = (y_hat - y) / np.maximum(y_hat * (1 - y_hat), 1e-12)
    return dy_hat / share, (log_q - log_p) / share


def binary_cross_entropy_with_logits(z, y, *, reduction="mean"):
    r"""Cross-entropy of a coin, from the score z of the sigmoid.

    .. math:: \ell = y \log(1 + e^{-z}) + (1 - y) \log(1 + e^z), \qquad
              \frac{\partial \ell}{\partial z} = s(z) - y = (1 - y)\, s(z) - y\, s(-z)

    Parameters
    ----------
    z : ndarray
        Scores (logits).
    y : ndarray
        Target probabilities in [0, 1], of z's shape.

    Notes
    -----
    `softplus` takes neither logarithm near 0. In the second form of the slope nothing cancels: for y = 1
    and z = 40, s(z) - y rounds to 0, but the slope is -4e-18.
    """
    z, y = _score_pair(z, y)
    return reduce(y * softplus(-z) + (1 - y) * softplus(z), reduction)


def binary_cross_entropy_with_logits_backward(z, y, *, reduction="mean"):
    """Return ``(dz, dy)``."""
    z, y = _score_pair(z, y)
    share = gradient_share(y.size, reduction)
    return ((1 - y) * sigmoid(z) - y * sigmoid(-z)) / share, -z / share


def hinge(scores, y, *, reduction="mean"):
    r"""Hinge loss of the support vector machine.

    .. math:: \ell = \max(0, 1 - y s), \qquad
              \frac{\partial \ell}{\partial s} = -y \text{ if } y s < 1 \text{ else } 0

    Parameters
    ----------
    scores : ndarray
        Raw scores s, not classes: with s in {-1, 1} the loss could only be 0 or 2.
    y : ndarray
        Labels -1 or 1, of the shape of the scores.

    Notes
    -----
    At the kink y s = 1 the slope 0 is taken.

    Source
    ------
    Cortes and Vapnik, "Support-vector networks", Machine Learning 20 (1995).
    """
    scores = as_float(scores, "scores")
    return reduce(np.maximum(1 - _labels(y, (-1, 1), scores) * scores, 0), reduction)


def hinge_backward(scores, y, *, reduction="mean"):
    """Return ``dscores``."""
    scores = as_float(scores, "scores")
    y = _labels(y, (-1, 1), scores)
    return -y * (y * scores < 1) / gradient_share(y.size, reduction)


def focal(z, y, *, gamma=2.0, alpha=0.25, reduction="mean"):
    r"""Focal loss: cross-entropy in which examples that are already right count less.

    .. math:: \ell = -\alpha_t (1 - p_t)^\gamma \log p_t, \qquad p_t = s(x), \quad x = (2 y - 1)\, z

    .. math:: \frac{\partial \ell}{\partial x} = -\alpha_t q^\gamma (q + \gamma (1 - q) \log(1 + e^{-x})),
              \qquad q = 1 - p_t = s(-x)

    Parameters
    ----------
    z : ndarray
        Scores (logits) of the sigmoid s.
    y : ndarray
        Labels 0 or 1, of z's shape.
    gamma : float
        Focus, >= 0; 0 gives the (weighted) cross-entropy.
    alpha : float or None
        Weight in [0, 1] of the label 1; label 0 weighs 1 - alpha. None: every label weighs 1.

    Notes
    -----
    q = s(-x) and -log p_t = softplus(-x) keep their digits where p_t rounds to 1; the slope has no power
    gamma - 1, which would be infinite at q = 0 for gamma < 1.

    Source
    ------
    Lin et al., "Focal loss for dense object detection", ICCV 2017, eq. 5 and appendix B.
    """
    x, _, weight = _focal_terms(z, y, gamma, alpha)
    return reduce(weight * sigmoid(-x) ** float(gamma) * softplus(-x), reduction)


def focal_backward(z, y, *, gamma=2.0, alpha=0.25, reduction="mean"):
    """Return ``dz``."""
    x, sign, weight = _focal_terms(z, y, gamma, alpha)
    q, gamma = sigmoid(-x), float(gamma)
    dx = -weight * q**gamma * (q + gamma * (1 - q) * softplus(-x))
    return sign * dx / gradient_share(x.size, reduction)


def dice(y_hat, y, *, eps=1.0, reduction="mean"):
    r"""Soft Dice loss: one minus twice the overlap of two masks over their total area, for each example.

    .. math:: \ell_n = 1 - \frac{2 \sum_i \hat y_{ni} y_{ni} + \varepsilon}
                                {\sum_i \hat y_{ni} + \sum_i y_{ni} + \varepsilon}

    Parameters
    ----------
    y_hat, y : ndarray (N, ...)
        Predicted and target masks, numbers in [0, 1].
    eps : float
        Smoothing, > 0, in the unit of an area: with it two empty masks have the loss 0.

    Returns
    -------
    float, or ndarray (N,) for ``reduction="none"``

    Source
    ------
    Milletari, Navab and Ahmadi, "V-Net", 3DV 2016, section 3, whose denominator has squares; without them
    as here: Sudre et al., "Generalised Dice overlap", DLMIA 2017, eq. 1 for one class.
    """
    overlap, area, _, _ = _dice_terms(y_hat, y, eps)
    return reduce(1 - overlap / area, reduction)


def dice_backward(y_hat, y, *, eps=1.0, reduction="mean"):
    """Return ``(dy_hat, dy)``, by the quotient rule."""
    overlap, area, y_hat, y = _dice_terms(y_hat, y, eps)
    share = gradient_share(area.size, reduction)
    rows = (-1,) + (1,) * (y.ndim - 1)
    ratio, area = (overlap / area).reshape(rows), area.reshape(rows) * share
    return (ratio - 2 * y) / area, (ratio - 2 * y_hat) / area


def _probability_pair(y_hat, y):
    y_hat, y = as_pair(y_hat, y)
    expect_probabilities(y_hat, "y_hat")
    expect_probabilities(y, "y")
    return y_hat, y


def _score_pair(z, y):
    z, y = as_float(z, "z"), as_float(y, "y")
    if y.shape != z.shape:
        raise ValueError(f"expected y {z.shape}, the shape of z; got {y.shape}")
    expect_probabilities(y, "y")
    return z, y.astype(z.dtype, copy=False)


def _clamped_logs(p):
    with np.errstate(divide="ignore"):
        return np.maximum(np.log(p), -100), np.maximum(np.log1p(-p), -100)


def _labels(y, allowed, scores):
    """Return labels as floats of the dtype of the scores."""
    y = np.asarray(y)
    if y.shape != scores.shape:
        raise ValueError(f"expected y {scores.shape}, the shape of the scores; got {y.shape}")
    wrong = ~np.isin(y, allowed)
    if wrong.any():
        raise ValueError(f"expected labels y of {allowed[0]} and {allowed[1]}; got {y[wrong].flat[0]}")
    return y.astype(scores.dtype)


def _focal_terms(z, y, gamma, alpha):
    """Return x, the sign 2 y - 1 and the weight alpha_t."""
    z = as_float(z, "z")
    if not 0 <= gamma < np.inf:
        raise ValueError(f"expected gamma >= 0 and finite; got {gamma}")
    if alpha is not None and not 0 <= alpha <= 1:
        raise ValueError(f"expected alpha in [0, 1] or None; got {alpha}")
    y = _labels(y, (0, 1), z)
    sign = 2 * y - 1
    weight = np.ones_like(z) if alpha is None else y * float(alpha) + (1 - y) * (1 - float(alpha))
    return sign * z, sign, weight


def _dice_terms(y_hat, y, eps):
    """Return twice the overlap and the area of each example, both with eps, and the masks."""
    y_hat, y = _probability_pair(y_hat, y)
    if y.ndim < 2:
        raise ValueError(f"expected y_hat (N, ...) with at least two axes; got {y_hat.shape}")
    eps, axes = as_positive(eps, "eps"), tuple(range(1, y.ndim))
    return 2 * (y_hat * y).sum(axes) + eps, y_hat.sum(axes) + y.sum(axes) + eps, y_hat, y
