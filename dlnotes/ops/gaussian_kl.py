r"""Kullback-Leibler divergence of two Gaussians with diagonal covariance, given by log-variances.

What it shares with the losses is said in `dlnotes.ops.losses`. A network that outputs the log-variance
needs no constraint to keep the variance positive.
"""

import numpy as np

from dlnotes.ops._check import as_float
from dlnotes.ops._reduction import gradient_share, reduce


def kl_gaussian_diagonal(mu1, log_var1, mu2, log_var2, *, reduction="mean"):
    r"""KL divergence KL(N1 || N2), for each example summed over its D numbers.

    .. math:: \ell_n = \tfrac12 \sum_d \left(e^{\delta} - 1 - \delta + (\mu_1-\mu_2)^2 e^{-\lambda_2}\right),
              \quad \delta = \lambda_1 - \lambda_2, \quad \lambda = \log \sigma^2

    Parameters
    ----------
    mu1, log_var1, mu2, log_var2 : ndarray (..., D)
        Means and log-variances, all of one shape.

    Returns
    -------
    float, or ndarray (...) for ``reduction="none"``; in nats

    Notes
    -----
    ``expm1`` keeps the digits near 0, where :math:`e^\delta - 1 - \delta` is about :math:`\delta^2 / 2`.
    Equal means add nothing, whatever the variance. A divergence beyond the largest float is inf, without
    a warning.

    Source
    ------
    Kingma and Welling, "Auto-encoding variational Bayes", ICLR 2014, appendix B, for the standard normal.
    """
    mu1, log_var1, mu2, log_var2 = _inputs(mu1=mu1, log_var1=log_var1, mu2=mu2, log_var2=log_var2)
    delta = log_var1 - log_var2
    with np.errstate(over="ignore"):
        z = (mu1 - mu2) * _precision_root(mu1 - mu2, log_var2)
        return reduce(((np.expm1(delta) - delta + z * z) / 2).sum(axis=-1), reduction)


def kl_gaussian_diagonal_backward(mu1, log_var1, mu2, log_var2, *, reduction="mean"):
    r"""Return ``(dmu1, dlog_var1, dmu2, dlog_var2)``.

    .. math:: d\mu_1 = -d\mu_2 = (\mu_1 - \mu_2) e^{-\lambda_2}, \quad
              d\lambda_1 = \tfrac12 (e^\delta - 1), \quad
              d\lambda_2 = -d\lambda_1 - \tfrac12 (\mu_1 - \mu_2)^2 e^{-\lambda_2}
    """
    mu1, log_var1, mu2, log_var2 = _inputs(mu1=mu1, log_var1=log_var1, mu2=mu2, log_var2=log_var2)
    share = gradient_share(mu1[..., 0].size, reduction)
    with np.errstate(over="ignore"):
        root = _precision_root(mu1 - mu2, log_var2)
        z = (mu1 - mu2) * root
        dlog_var1 = np.expm1(log_var1 - log_var2) / 2
        dmu1, dlog_var2 = z * root, -dlog_var1 - z * z / 2
    return dmu1 / share, dlog_var1 / share, -dmu1 / share, dlog_var2 / share


def kl_standard_normal(mu, log_var, *, reduction="mean"):
    r"""KL divergence KL(N || N(0, 1)), the second term of the loss of a variational autoencoder.

    .. math:: \ell_n = \frac12 \sum_d \left( \mu^2 + e^{\lambda} - 1 - \lambda \right)
    """
    zero = np.zeros_like(as_float(mu, "mu"))
    return kl_gaussian_diagonal(mu, log_var, zero, zero, reduction=reduction)


def kl_standard_normal_backward(mu, log_var, *, reduction="mean"):
    """Return ``(dmu, dlog_var)``."""
    zero = np.zeros_like(as_float(mu, "mu"))
    return kl_gaussian_diagonal_backward(mu, log_var, zero, zero, reduction=reduction)[:2]


def _precision_root(difference, log_var):
    """Return 1 / sigma, and 0 for equal means, where 0 / sigma is 0 even if sigma underflows to 0."""
    return np.where(difference == 0, 0, np.exp(-log_var / 2))


def _inputs(**arrays):
    arrays = {name: as_float(x, name) for name, x in arrays.items()}
    (first, mu1), *rest = arrays.items()
    if mu1.ndim == 0 or mu1.shape[-1] == 0:
        raise ValueError(f"expected {first} (..., D) with D > 0; got {mu1.shape}")
    for name, x in rest:
        if x.shape != mu1.shape:
            raise ValueError(f"expected {name} {mu1.shape}, the shape of {first}; got {x.shape}")
    return [x.astype(mu1.dtype, copy=False) for x in arrays.values()]
