r"""Normalizations: batch, layer, instance and group norm differ in the numbers that share their statistics.

`weight_norm` has a file of its own. All compute

.. math:: \hat x = \frac{x - \mu}{\sqrt{\sigma^2 + \varepsilon}}, \qquad y = \gamma \hat x + \beta

with mean and variance (divided by the count, not the count less one) over a group of numbers. What they
share:

=================  ============================  =====================
for X (N, C, L)    numbers of a group            gamma, beta
=================  ============================  =====================
`batch_norm`       channel c of all examples     (C,)
`layer_norm`       the last axes of an example   those last axes
`instance_norm`    channel c of one example      (C,)
`group_norm`       C / G channels of an example  (C,)
=================  ============================  =====================

Parameters
    X : float32 or float64 array (N, C) or (N, C, ...), never modified; results have its dtype.
    gamma, beta : scale and shift, or None for 1 and 0. A None gets the gradient None.
    eps : > 0, added to the variance, in squared units of X.
Returns
    f : an array of X's shape.  f_backward : ``(dX, dgamma, dbeta)``.
Raises
    ValueError for shapes that do not fit and for no float array.
Notes
    The mean is subtracted before squaring: E[x^2] - E[x]^2 would cancel for data far from 0. With
    :math:`\langle \cdot \rangle` the mean over the group the gradient is

    .. math:: dX = \frac{1}{\sqrt{\sigma^2 + \varepsilon}}
              \left( d\hat x - \langle d\hat x \rangle - \hat x \langle d\hat x\, \hat x \rangle \right),
              \quad d\hat x = \gamma\, dY, \quad d\gamma = \sum dY\, \hat x, \quad d\beta = \sum dY

    where the second term comes through the mean and the third through the variance. ``tests/test_norms.py``
    compares values and gradients with torch.
"""

import math

import numpy as np

from dlnotes.ops._check import as_float, as_positive, as_upstream


def batch_norm(X, gamma=None, beta=None, *, eps=1e-5):
    r"""Batch norm in training: each channel is normalized over all examples and positions.

    Raises
    ------
    ValueError
        Also if a channel has a single value: the output would be beta whatever X is. (None at all is
        fine, as in torch.)

    Notes
    -----
    The examples of a batch depend on each other. `batch_norm_running` keeps the statistics for
    `batch_norm_eval`.

    Source
    ------
    Ioffe and Szegedy, "Batch normalization", ICML 2015, algorithm 1.
    """
    X, axes = _batch(X)
    X_hat, _ = _normalize(X, axes, eps)
    return _scale_and_shift(X_hat, _channels(gamma, X, "gamma"), _channels(beta, X, "beta"))


def batch_norm_backward(dY, X, gamma=None, beta=None, *, eps=1e-5):
    X, axes = _batch(X)
    X_hat, inv_std = _normalize(X, axes, eps)
    dX_hat, dgamma, dbeta = _channel_gradients(as_upstream(dY, X), X_hat, gamma, beta)
    return _normalize_backward(dX_hat, X_hat, inv_std, axes), dgamma, dbeta


def batch_norm_running(X, running_mean, running_var, *, momentum=0.1):
    r"""Return the running mean and variance after the batch X, as new arrays (C,).

    .. math:: m \leftarrow (1 - \rho)\, m + \rho\, \mu, \qquad
              v \leftarrow (1 - \rho)\, v + \rho\, \frac{n}{n - 1} \sigma^2

    Parameters
    ----------
    X : ndarray (N, C, ...)
    running_mean, running_var : ndarray (C,)
    momentum : float
        :math:`\rho`, the weight in [0, 1] of the new batch, as in torch (elsewhere momentum is the weight
        of the old).

    Notes
    -----
    As in torch the running variance is the unbiased one (n values of a channel, divided by n - 1), while
    training normalizes by the biased one. An empty batch leaves both as they are.
    """
    X, axes = _batch(X)
    if not 0 <= momentum <= 1:
        raise ValueError(f"expected momentum in [0, 1]; got {momentum}")
    momentum = float(momentum)
    old_mean = _vector(running_mean, (X.shape[1],), "running_mean", X.dtype)
    old_var = _vector(running_var, (X.shape[1],), "running_var", X.dtype)
    if X.size == 0:
        return old_mean.copy(), old_var.copy()
    mean, var = X.mean(axes), X.var(axes, ddof=1)
    return (1 - momentum) * old_mean + momentum * mean, (1 - momentum) * old_var + momentum * var


def batch_norm_eval(X, gamma=None, beta=None, *, running_mean, running_var, eps=1e-5):
    r"""Batch norm at test time: a fixed affine map of a channel by constants, the running statistics (C,)."""
    X = _channel_first(X)
    centred, inv_std = _fixed(X, running_mean, running_var, eps)
    return _scale_and_shift(centred * inv_std, _channels(gamma, X, "gamma"), _channels(beta, X, "beta"))


def batch_norm_eval_backward(dY, X, gamma=None, beta=None, *, running_mean, running_var, eps=1e-5):
    X = _channel_first(X)
    centred, inv_std = _fixed(X, running_mean, running_var, eps)
    dX_hat, dgamma, dbeta = _channel_gradients(as_upstream(dY, X), centred * inv_std, gamma, beta)
    return dX_hat * inv_std, dgamma, dbeta


def layer_norm(X, gamma=None, beta=None, *, normalized_shape=None, eps=1e-5):
    r"""Layer norm: each example is normalized by itself over the last axes, so training and test agree.

    Parameters
    ----------
    X : ndarray (..., *normalized_shape)
    gamma, beta : ndarray of shape normalized_shape, optional
    normalized_shape : int or tuple of int, optional
        The sizes of the axes to normalize over; by default gamma's shape, without gamma the last axis.

    Source
    ------
    Ba, Kiros and Hinton, "Layer normalization", 2016, arXiv:1607.06450, eq. 3.
    """
    X, axes, gamma, beta = _layer(X, gamma, beta, normalized_shape)
    X_hat, _ = _normalize(X, axes, eps)
    return _scale_and_shift(X_hat, gamma, beta)


def layer_norm_backward(dY, X, gamma=None, beta=None, *, normalized_shape=None, eps=1e-5):
    X, axes, gamma, beta = _layer(X, gamma, beta, normalized_shape)
    X_hat, inv_std = _normalize(X, axes, eps)
    leading = tuple(range(X.ndim - len(axes)))
    dX_hat, dgamma, dbeta = _scale_and_shift_backward(as_upstream(dY, X), X_hat, gamma, beta, leading)
    return _normalize_backward(dX_hat, X_hat, inv_std, axes), dgamma, dbeta


def group_norm(X, gamma=None, beta=None, *, num_groups, eps=1e-5):
    r"""Group norm: each example and each group of C / groups neighbouring channels is normalized by itself.

    Parameters
    ----------
    X : ndarray (N, C, ...)
    num_groups : int
        A divisor of C. 1 is layer norm over all of an example, C is instance norm.

    Source
    ------
    Wu and He, "Group normalization", ECCV 2018, section 3.
    """
    X, X_grouped, axes = _grouped(X, num_groups)
    X_hat, _ = _normalize(X_grouped, axes, eps)
    return _scale_and_shift(X_hat.reshape(X.shape), _channels(gamma, X, "gamma"), _channels(beta, X, "beta"))


def group_norm_backward(dY, X, gamma=None, beta=None, *, num_groups, eps=1e-5):
    X, X_grouped, axes = _grouped(X, num_groups)
    X_hat, inv_std = _normalize(X_grouped, axes, eps)
    dX_hat, dgamma, dbeta = _channel_gradients(as_upstream(dY, X), X_hat.reshape(X.shape), gamma, beta)
    dX = _normalize_backward(dX_hat.reshape(X_hat.shape), X_hat, inv_std, axes)
    return dX.reshape(X.shape), dgamma, dbeta


def instance_norm(X, gamma=None, beta=None, *, eps=1e-5):
    r"""Instance norm: each channel of each example is normalized over its positions.

    Raises
    ------
    ValueError
        Also if X has a single position: the output would be beta whatever X is.

    Source
    ------
    Ulyanov, Vedaldi and Lempitsky, "Instance normalization", 2016, arXiv:1607.08022.
    """
    X = _positions(X)
    return group_norm(X, gamma, beta, num_groups=X.shape[1], eps=eps)


def instance_norm_backward(dY, X, gamma=None, beta=None, *, eps=1e-5):
    X = _positions(X)
    return group_norm_backward(dY, X, gamma, beta, num_groups=X.shape[1], eps=eps)


def _normalize(X, axes, eps):
    """Return X_hat and 1 / sqrt(var + eps); no numbers at all have the mean 0."""
    centred = X - _mean(X, axes)
    inv_std = 1 / np.sqrt(_mean(centred**2, axes) + as_positive(eps, "eps"))
    return centred * inv_std, inv_std


def _normalize_backward(dX_hat, X_hat, inv_std, axes):
    return inv_std * (dX_hat - _mean(dX_hat, axes) - X_hat * _mean(dX_hat * X_hat, axes))


def _mean(X, axes):
    count = math.prod(X.shape[axis] for axis in axes)
    return X.sum(axes, keepdims=True) / max(count, 1)


def _scale_and_shift(X_hat, gamma, beta):
    Y = X_hat if gamma is None else gamma * X_hat
    return Y if beta is None else Y + beta


def _scale_and_shift_backward(dY, X_hat, gamma, beta, axes):
    """Return dX_hat, dgamma and dbeta; axes are those along which gamma and beta are shared."""
    dX_hat = dY if gamma is None else gamma * dY
    dgamma = None if gamma is None else (dY * X_hat).sum(axes)
    return dX_hat, dgamma, None if beta is None else dY.sum(axes)


def _channel_gradients(dY, X_hat, gamma, beta):
    axes = (0, *range(2, X_hat.ndim))
    gamma, beta = _channels(gamma, X_hat, "gamma"), _channels(beta, X_hat, "beta")
    return _scale_and_shift_backward(dY, X_hat, gamma, beta, axes)


def _vector(v, shape, name, dtype):
    v = as_float(v, name)
    if v.shape != shape:
        raise ValueError(f"expected {name} {shape}; got {v.shape}")
    return v.astype(dtype, copy=False)


def _channels(v, X, name):
    """Give v (C,) the shape (C, 1, ...) that lines it up with axis 1 of X; None stays None."""
    if v is None:
        return None
    return _vector(v, (X.shape[1],), name, X.dtype).reshape(X.shape[1], *[1] * (X.ndim - 2))


def _channel_first(X):
    X = as_float(X, "X")
    if X.ndim < 2:
        raise ValueError(f"expected X (N, C) or (N, C, ...); got {X.shape}")
    return X


def _batch(X):
    X = _channel_first(X)
    axes = (0, *range(2, X.ndim))
    if math.prod(X.shape[axis] for axis in axes) == 1:
        raise ValueError(f"expected X (N, C, ...) with more than one value per channel; got {X.shape}")
    return X, axes


def _fixed(X, running_mean, running_var, eps):
    mean = _channels(running_mean, X, "running_mean")
    var = _channels(running_var, X, "running_var")
    return X - mean, 1 / np.sqrt(var + as_positive(eps, "eps"))


def _layer(X, gamma, beta, normalized_shape):
    X = as_float(X, "X")
    shape = normalized_shape
    if shape is None:
        shape = X.shape[-1:] if gamma is None else np.shape(gamma)
    shape = (int(shape),) if np.ndim(shape) == 0 else tuple(shape)
    if not shape or X.shape[-len(shape):] != shape or 0 in shape:
        raise ValueError(f"expected X (..., {', '.join(map(str, shape))}), sizes > 0; got {X.shape}")
    gamma, beta = (None if v is None else _vector(v, shape, name, X.dtype)
                   for v, name in ((gamma, "gamma"), (beta, "beta")))
    return X, tuple(range(X.ndim - len(shape), X.ndim)), gamma, beta


def _grouped(X, num_groups):
    """Return X and X as (N, G, C / G, ...) with the axes of one group."""
    X = _channel_first(X)
    N, C, *rest = X.shape
    if num_groups != int(num_groups) or num_groups < 1 or C % num_groups:
        raise ValueError(f"expected num_groups to divide C = {C}; got {num_groups}")
    G = int(num_groups)
    return X, X.reshape(N, G, C // G, *rest), tuple(range(2, X.ndim + 1))


def _positions(X):
    X = _channel_first(X)
    if X.ndim < 3 or math.prod(X.shape[2:]) == 1:
        raise ValueError(f"expected X (N, C, ...) with more than one position; got {X.shape}")
    return X
