r"""Losses of a residual :math:`r = \hat y - y`, elementwise. See `dlnotes.ops.losses` for what they share."""

import numpy as np

from dlnotes.ops._check import as_positive
from dlnotes.ops._reduction import as_pair, gradient_share, reduce


def mse(y_hat, y, *, reduction="mean"):
    r"""Mean squared error; with ``reduction="sum"`` the squared error.

    .. math:: \ell = r^2, \qquad \frac{\partial \ell}{\partial \hat y} = 2 r, \qquad r = \hat y - y

    Parameters
    ----------
    y_hat, y : ndarray
        Predictions and targets, of one shape.
    """
    y_hat, y = as_pair(y_hat, y)
    return reduce((y_hat - y) ** 2, reduction)


def mse_backward(y_hat, y, *, reduction="mean"):
    """Return ``(dy_hat, dy)``."""
    y_hat, y = as_pair(y_hat, y)
    dy_hat = (y_hat - y) * (2 / gradient_share(y.size, reduction))
    return dy_hat, -dy_hat


def l1(y_hat, y, *, reduction="mean"):
    r"""Absolute error; its minimum over a constant is the median, that of `mse` is the mean.

    .. math:: \ell = |r|, \qquad \frac{\partial \ell}{\partial \hat y} = \operatorname{sign}(r), \qquad
              r = \hat y - y

    Notes
    -----
    At r = 0 any slope in [-1, 1] is a subgradient; 0 is taken, as in torch.
    """
    y_hat, y = as_pair(y_hat, y)
    return reduce(np.abs(y_hat - y), reduction)


def l1_backward(y_hat, y, *, reduction="mean"):
    """Return ``(dy_hat, dy)``."""
    y_hat, y = as_pair(y_hat, y)
    dy_hat = np.sign(y_hat - y) / gradient_share(y.size, reduction)
    return dy_hat, -dy_hat


def huber(y_hat, y, *, delta=1.0, reduction="mean"):
    r"""Huber loss: quadratic up to delta, then linear, so that an outlier pulls with a bounded force.

    .. math:: \ell = \begin{cases} r^2 / 2 & |r| \le \delta \\
              \delta (|r| - \delta / 2) & |r| > \delta \end{cases},
              \qquad \frac{\partial \ell}{\partial \hat y} = \max(-\delta, \min(\delta, r))

    Parameters
    ----------
    y_hat, y : ndarray
        Predictions and targets, of one shape.
    delta : float
        Residual, > 0, from which on the loss is linear; in the unit of y.

    Notes
    -----
    With :math:`m = \min(|r|, \delta)` both cases are :math:`m (|r| - m / 2)`. It is not a norm: it is
    quadratic near 0, so it is not homogeneous.

    Source
    ------
    Huber, "Robust estimation of a location parameter", Annals of Mathematical Statistics 35 (1964).
    """
    y_hat, y = as_pair(y_hat, y)
    size = np.abs(y_hat - y)
    m = np.minimum(size, as_positive(delta, "delta"))
    return reduce(m * (size - m / 2), reduction)


def huber_backward(y_hat, y, *, delta=1.0, reduction="mean"):
    """Return ``(dy_hat, dy)``."""
    y_hat, y = as_pair(y_hat, y)
    delta = as_positive(delta, "delta")
    dy_hat = np.clip(y_hat - y, -delta, delta) / gradient_share(y.size, reduction)
    return dy_hat, -dy_hat


def tukey_biweight(y_hat, y, *, c=4.685, reduction="mean"):
    r"""Tukey's biweight: bounded, and beyond c an outlier has no influence at all.

    .. math:: \ell = \tfrac{c^2}{6} \left(1 - (1 - u)^3\right), \qquad
              \frac{\partial \ell}{\partial \hat y} = r (1 - u)^2, \qquad u = \min(1, (r / c)^2)

    Parameters
    ----------
    y_hat, y : ndarray
        Predictions and targets, of one shape.
    c : float
        Residual, > 0, from which on the loss is constant. 4.685 keeps 95 % efficiency for normal errors
        of standard deviation 1, so divide residuals by a robust estimate of their scale first.

    Notes
    -----
    The first and second derivative are 0 at c from both sides: no point has to be left out. :math:`1 - (1
    - u)^3` is computed as :math:`u (3 - 3 u + u^2)`, which does not cancel for small u.

    Source
    ------
    Beaton and Tukey, "The fitting of power series, meaning polynomials, illustrated on band-spectroscopic
    data", Technometrics 16 (1974).
    """
    y_hat, y = as_pair(y_hat, y)
    c = as_positive(c, "c")
    u = (np.clip(y_hat - y, -c, c) / c) ** 2
    return reduce(c**2 / 6 * u * (3 - 3 * u + u * u), reduction)


def tukey_biweight_backward(y_hat, y, *, c=4.685, reduction="mean"):
    """Return ``(dy_hat, dy)``."""
    y_hat, y = as_pair(y_hat, y)
    c = as_positive(c, "c")
    r = np.clip(y_hat - y, -c, c)
    dy_hat = r * (1 - (r / c) ** 2) ** 2 / gradient_share(y.size, reduction)
    return dy_hat, -dy_hat
