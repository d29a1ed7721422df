"""Normalization: over the batch, over the features of an example, over groups of channels."""

import numpy as np

from dlnotes.nn import functional as F
from dlnotes.nn.module import Module, Parameter, expect_dtype
from dlnotes.ops.norms import batch_norm_running


class _Scaled(Module):
    """Something normalized, then scaled by ``weight`` and shifted by ``bias``, which start as 1 and 0."""

    def __init__(self, shape, eps, affine, dtype):
        self.eps = eps
        self.weight = Parameter(np.ones(shape, dtype)) if affine else None
        self.bias = Parameter(np.zeros(shape, dtype)) if affine else None

    def extra_repr(self):
        return "" if self.weight is None else str(self.weight.shape)

    def _normalized(self, f, X, **settings):
        if self.weight is not None:
            expect_dtype(X, self.weight)
        return f(X, self.weight, self.bias, eps=self.eps, **settings)


class BatchNorm1d(_Scaled):
    """Batch norm of X (N, C) or (N, C, T): by the batch's statistics in training, by running ones at test.

    Parameters
    ----------
    num_features : int
        C.
    eps : float
    momentum : float
        The weight of the newest batch in ``running_mean`` and ``running_var``.
    affine : bool
    dtype : float64 or float32
    """

    ndims = (2, 3)

    def __init__(self, num_features, eps=1e-5, momentum=0.1, affine=True, *, dtype=np.float64):
        super().__init__(num_features, eps, affine, dtype)
        self.momentum = momentum
        self.running_mean = np.zeros(num_features, dtype)
        self.running_var = np.ones(num_features, dtype)

    def forward(self, X):
        if X.ndim not in self.ndims or X.shape[1] != len(self.running_mean):
            axes = " or ".join(map(str, self.ndims))
            raise ValueError(f"expected X (N, {len(self.running_mean)}, ...) of {axes} axes; got {X.shape}")
        running = {"running_mean": self.running_mean, "running_var": self.running_var}
        if not self.training:
            return self._normalized(F.batch_norm_eval, X, **running)
        Y = self._normalized(F.batch_norm, X)
        data = X if isinstance(X, np.ndarray) else X.data
        mean, var = batch_norm_running(data, **running, momentum=self.momentum)
        self.running_mean[...], self.running_var[...] = mean, var
        return Y


class BatchNorm2d(BatchNorm1d):
    """`BatchNorm1d` of maps X (N, C, H, W)."""

    ndims = (4,)


class LayerNorm(_Scaled):
    """Layer norm over the last axes, those of ``normalized_shape`` (int or tuple)."""

    def __init__(self, normalized_shape, eps=1e-5, elementwise_affine=True, *, dtype=np.float64):
        super().__init__(normalized_shape, eps, elementwise_affine, dtype)
        self.normalized_shape = normalized_shape

    def forward(self, X):
        return self._normalized(F.layer_norm, X, normalized_shape=self.normalized_shape)


class GroupNorm(_Scaled):
    """Group norm of X (N, C, ...) with ``num_groups`` groups of the C = ``num_channels`` channels."""

    def __init__(self, num_groups, num_channels, eps=1e-5, affine=True, *, dtype=np.float64):
        super().__init__(num_channels, eps, affine, dtype)
        self.num_groups = num_groups

    def forward(self, X):
        return self._normalized(F.group_norm, X, num_groups=self.num_groups)


class InstanceNorm2d(_Scaled):
    """Instance norm of X (N, C, H, W); without weights by default, as in torch."""

    def __init__(self, num_features, eps=1e-5, affine=False, *, dtype=np.float64):
        super().__init__(num_features, eps, affine, dtype)

    def forward(self, X):
        return self._normalized(F.instance_norm, X)
