r"""Penalties on weights, each with its derivative and its proximal map beside it.

Every penalty is :math:`P(W) = \sum_i p(|w_i|)`. What they share is said here once:

f(W, lam, ...)
    The penalty. ``reduction="sum"`` is the default here; ``"none"`` gives p of each number, ``"mean"``
    their mean.
f_backward(W, lam, ...)
    dW, the derivative. p has a kink at 0 for all but `l2`: :math:`p'(0^+) = \lambda`. There every slope
    in :math:`[-\lambda, \lambda]` is a subgradient and 0 is taken. Plain gradient descent therefore
    hovers around 0 and never returns exact zeros; the proximal map does.
f_prox(V, lam, ..., step=1.0)
    The proximal map :math:`\arg\min_w \tfrac12 (w - v)^2 + \text{step} \cdot p(|w|)` of each number v:
    after a gradient step of size ``step`` on the loss it takes the step on the penalty. For the two
    penalties that are not convex the minimum is unique, and the closed form right, only for a small
    enough step; a larger one raises.
Parameters
    W, V : float32 or float64 array of any shape, never modified; results have its dtype.
    lam : strength, >= 0.
Raises
    ValueError for no float array and for a parameter out of its range.
Notes
    ``tests/test_penalties.py`` compares derivatives with torch and finite differences, and each proximal
    map with the minimum on a fine grid.
"""

import numpy as np

from dlnotes.ops._check import as_float, as_positive
from dlnotes.ops._reduction import gradient_share, reduce


def l1(W, lam, *, reduction="sum"):
    r"""L1 penalty (lasso), which sets weights to exactly 0 and so selects variables.

    .. math:: p(w) = \lambda |w|, \qquad p'(w) = \lambda \operatorname{sign}(w)

    Source
    ------
    Tibshirani, "Regression shrinkage and selection via the lasso", JRSS B 58 (1996).
    """
    return reduce(_strength(lam) * np.abs(as_float(W, "W")), reduction)


def l1_backward(W, lam, *, reduction="sum"):
    W = as_float(W, "W")
    return _strength(lam) * np.sign(W) / gradient_share(W.size, reduction)


def l1_prox(V, lam, *, step=1.0):
    r"""Soft threshold: move each number by step * lam towards 0, but not past it.

    .. math:: \operatorname{sign}(v) \max(|v| - t \lambda, 0), \qquad t = \text{step}
    """
    return _soft_threshold(as_float(V, "V"), as_positive(step, "step") * _strength(lam))


def l2(W, lam, *, reduction="sum"):
    r"""L2 penalty (ridge).

    .. math:: p(w) = \tfrac{\lambda}{2} w^2, \qquad p'(w) = \lambda w

    Notes
    -----
    lam is ``weight_decay`` of SGD. For Adam the derivative of this penalty is not the same as weight decay.

    Source
    ------
    Hoerl and Kennard, "Ridge regression", Technometrics 12 (1970).
    """
    return reduce(_strength(lam) / 2 * as_float(W, "W") ** 2, reduction)


def l2_backward(W, lam, *, reduction="sum"):
    W = as_float(W, "W")
    return _strength(lam) * W / gradient_share(W.size, reduction)


def l2_prox(V, lam, *, step=1.0):
    r"""Shrinkage by a factor: :math:`v / (1 + t \lambda)`."""
    return as_float(V, "V") / (1 + as_positive(step, "step") * _strength(lam))


def elastic_net(W, lam1, lam2, *, reduction="sum"):
    r"""Sum of `l1` and `l2`.

    .. math:: p(w) = \lambda_1 |w| + \tfrac{\lambda_2}{2} w^2, \qquad
              p'(w) = \lambda_1 \operatorname{sign}(w) + \lambda_2 w

    Source
    ------
    Zou and Hastie, "Regularization and variable selection via the elastic net", JRSS B 67 (2005).
    """
    return l1(W, lam1, reduction=reduction) + l2(W, lam2, reduction=reduction)


def elastic_net_backward(W, lam1, lam2, *, reduction="sum"):
    return l1_backward(W, lam1, reduction=reduction) + l2_backward(W, lam2, reduction=reduction)


def elastic_net_prox(V, lam1, lam2, *, step=1.0):
    r"""Soft threshold, then shrinkage."""
    return l2_prox(l1_prox(V, lam1, step=step), lam2, step=step)


def scad(W, lam, *, a=3.7, reduction="sum"):
    r"""Smoothly clipped absolute deviation: `l1` near 0, constant for large weights, which so stay unbiased.

    .. math:: p(w) = \begin{cases} \lambda |w| & |w| \le \lambda \\
              \dfrac{2 a \lambda |w| - w^2 - \lambda^2}{2 (a - 1)} & \lambda < |w| \le a \lambda \\
              \lambda^2 (a + 1) / 2 & |w| > a \lambda \end{cases}

    .. math:: p'(w) = \operatorname{sign}(w) \min\left(\lambda, \frac{\max(a \lambda - |w|, 0)}{a - 1}\right)

    Parameters
    ----------
    a : float
        Where the penalty becomes constant, in units of lam; > 2. Fan and Li take 3.7.

    Source
    ------
    Fan and Li, "Variable selection via nonconcave penalized likelihood and its oracle properties", JASA 96
    (2001), eq. 2.7 (derivative) and 2.8 (proximal map for step 1).
    """
    lam, a = _scad_parameters(lam, a)
    size = np.abs(as_float(W, "W"))
    m = np.minimum(size, a * lam)
    beyond = (2 * a * lam * m - m * m - lam**2) / (2 * (a - 1))
    return reduce(np.where(size <= lam, lam * m, beyond), reduction)


def scad_backward(W, lam, *, a=3.7, reduction="sum"):
    lam, a = _scad_parameters(lam, a)
    W = as_float(W, "W")
    slope = np.clip((a * lam - np.abs(W)) / (a - 1), 0, lam)
    return np.sign(W) * slope / gradient_share(W.size, reduction)


def scad_prox(V, lam, *, a=3.7, step=1.0):
    r"""Soft threshold near 0, the identity far out, and a line between them.

    .. math:: \begin{cases} \operatorname{sign}(v) \max(|v| - t \lambda, 0) & |v| \le (1 + t) \lambda \\
              \dfrac{(a - 1) v - \operatorname{sign}(v)\, t a \lambda}{a - 1 - t}
              & (1 + t) \lambda < |v| \le a \lambda \\
              v & |v| > a \lambda \end{cases}, \qquad t < a - 1

    Notes
    -----
    The curvature of the objective is at least :math:`1 - t / (a - 1)`: positive, so the minimum unique,
    for t < a - 1.
    """
    lam, a = _scad_parameters(lam, a)
    V, t = as_float(V, "V"), as_positive(step, "step")
    if t >= a - 1:
        raise ValueError(f"expected step < a - 1 = {a - 1}; got {t}")
    between = ((a - 1) * V - np.sign(V) * (t * a * lam)) / (a - 1 - t)
    size = np.abs(V)
    return np.where(size <= (1 + t) * lam, _soft_threshold(V, t * lam), np.where(size <= a * lam, between, V))


def mcp(W, lam, *, gamma=3.0, reduction="sum"):
    r"""Minimax concave penalty: its slope falls linearly from lam at 0 to 0 at gamma * lam.

    .. math:: p(w) = \lambda m - \frac{m^2}{2 \gamma}, \quad m = \min(|w|, \gamma \lambda), \qquad
              p'(w) = \operatorname{sign}(w) \max\left(\lambda - \frac{|w|}{\gamma}, 0\right)

    Parameters
    ----------
    gamma : float
        Where the penalty becomes constant, in units of lam; > 0. Large values come near `l1`.

    Source
    ------
    Zhang, "Nearly unbiased variable selection under minimax concave penalty", Annals of Statistics 38
    (2010), eq. 2.1.
    """
    lam, gamma = _strength(lam), as_positive(gamma, "gamma")
    m = np.minimum(np.abs(as_float(W, "W")), gamma * lam)
    return reduce(lam * m - m * m / (2 * gamma), reduction)


def mcp_backward(W, lam, *, gamma=3.0, reduction="sum"):
    lam, gamma = _strength(lam), as_positive(gamma, "gamma")
    W = as_float(W, "W")
    return np.sign(W) * np.maximum(lam - np.abs(W) / gamma, 0) / gradient_share(W.size, reduction)


def mcp_prox(V, lam, *, gamma=3.0, step=1.0):
    r"""Firm threshold: a soft threshold stretched so that it meets the identity at gamma * lam.

    .. math:: \begin{cases} \dfrac{\operatorname{sign}(v) \max(|v| - t \lambda, 0)}{1 - t / \gamma}
              & |v| \le \gamma \lambda \\ v & |v| > \gamma \lambda \end{cases}, \qquad t < \gamma

    Notes
    -----
    The curvature of the objective is at least :math:`1 - t / \gamma`: positive, so the minimum unique,
    for t < gamma.
    """
    lam, gamma = _strength(lam), as_positive(gamma, "gamma")
    V, t = as_float(V, "V"), as_positive(step, "step")
    if t >= gamma:
        raise ValueError(f"expected step < gamma = {gamma}; got {t}")
    return np.where(np.abs(V) <= gamma * lam, _soft_threshold(V, t * lam) / (1 - t / gamma), V)


def _soft_threshold(V, threshold):
    return np.sign(V) * np.maximum(np.abs(V) - threshold, 0)


def _strength(lam):
    """Return lam as a Python float (a numpy float64 would turn float32 into float64)."""
    lam = float(lam)
    if not 0 <= lam < np.inf:
        raise ValueError(f"expected lam >= 0 and finite; got {lam}")
    return lam


def _scad_parameters(lam, a):
    if not 2 < a < np.inf:
        raise ValueError(f"expected a > 2 and finite; got {a}")
    return _strength(lam), float(a)
