"""Linear layers, embeddings, dropout, and activations as modules."""

import functools
import math

import numpy as np

from dlnotes import initializers
from dlnotes.nn import functional as F
from dlnotes.nn.module import Module, Parameter, expect_dtype
from dlnotes.ops.dropout import dropout_mask


class Linear(Module):
    r"""The affine map of every row.

    .. math:: Y = X W + b, \qquad w, b \sim U(-k, k), \quad k = 1 / \sqrt{D_{in}} \text{ at the start}

    Parameters
    ----------
    in_features, out_features : int
    bias : bool
    rng : np.random.Generator
    dtype : float64 or float32
        numpy's default is float64; torch's would be float32. The inputs must have the same.

    Notes
    -----
    ``weight`` has the shape (in_features, out_features); torch stores the transpose.
    """

    def __init__(self, in_features, out_features, bias=True, *, rng, dtype=np.float64):
        k = 1 / math.sqrt(in_features) if in_features else 0.0
        draw = functools.partial(initializers.uniform, a=-k, b=k, rng=rng, dtype=dtype)
        self.weight = Parameter(draw((in_features, out_features)))
        self.bias = Parameter(draw((out_features,))) if bias else None

    def forward(self, X):
        expect_dtype(X, self.weight)
        Y = X @ self.weight
        return Y if self.bias is None else Y + self.bias

    def extra_repr(self):
        return f"{self.weight.shape[0]}, {self.weight.shape[1]}{', bias=False' if self.bias is None else ''}"


class Embedding(Module):
    """A table of vectors from N(0, 1), looked up by integers. The row ``padding_idx`` is 0 and stays 0."""

    def __init__(self, num_embeddings, embedding_dim, padding_idx=None, *, rng, dtype=np.float64):
        self.weight = Parameter(initializers.normal((num_embeddings, embedding_dim), rng=rng, dtype=dtype))
        self.padding_idx = padding_idx
        if padding_idx is not None:
            self.weight.data[padding_idx] = 0

    def forward(self, indices):
        return F.embedding(indices, self.weight, padding_idx=self.padding_idx)

    def extra_repr(self):
        return f"{self.weight.shape[0]}, {self.weight.shape[1]}"


class Dropout(Module):
    """In training each number becomes 0 with probability p, and is divided by 1 - p otherwise."""

    shared_axes = ()

    def __init__(self, p=0.5, *, rng):
        self.p, self.rng = p, rng

    def forward(self, X):
        if not self.training or self.p == 0:
            return X
        return X * dropout_mask(X.shape, self.p, rng=self.rng, shared_axes=self.shared_axes, dtype=X.dtype)

    def extra_repr(self):
        return f"p={self.p}"


class Dropout1d(Dropout):
    """`Dropout` of whole channels of X (N, C, T)."""

    shared_axes = (2,)


class Dropout2d(Dropout):
    """`Dropout` of whole channels of X (N, C, H, W)."""

    shared_axes = (2, 3)


class Flatten(Module):
    """Join all axes but the first."""

    def forward(self, X):
        return X.reshape(len(X), math.prod(X.shape[1:]))


class Activation(Module):
    """A function without parameters as a module; the keyword arguments of a subclass are its settings."""

    f = None

    def __init__(self, **settings):
        self.chosen = settings

    def forward(self, X):
        return type(self).f(X, **self.chosen)

    def extra_repr(self):
        return ", ".join(f"{name}={value}" for name, value in self.chosen.items())


class ReLU(Activation):
    f = staticmethod(F.relu)


class Sigmoid(Activation):
    f = staticmethod(F.sigmoid)


class Tanh(Activation):
    f = staticmethod(F.tanh)


class SiLU(Activation):
    f = staticmethod(F.silu)


class Mish(Activation):
    f = staticmethod(F.mish)


class Softsign(Activation):
    f = staticmethod(F.softsign)


class Hardtanh(Activation):
    f = staticmethod(F.hardtanh)


class LeakyReLU(Activation):
    f = staticmethod(F.leaky_relu)

    def __init__(self, negative_slope=0.01):
        super().__init__(alpha=negative_slope)


class ELU(Activation):
    f = staticmethod(F.elu)

    def __init__(self, alpha=1.0):
        super().__init__(alpha=alpha)


class GELU(Activation):
    f = staticmethod(F.gelu)

    def __init__(self, approximate="none"):
        super().__init__(approximate=approximate)


class Softplus(Activation):
    f = staticmethod(F.softplus)

    def __init__(self, beta=1.0):
        super().__init__(beta=beta)


class Softmax(Activation):
    """torch's dim is axis here, the last one by default."""

    f = staticmethod(F.softmax)

    def __init__(self, axis=-1):
        super().__init__(axis=axis)


class LogSoftmax(Softmax):
    f = staticmethod(F.log_softmax)


class PReLU(Module):
    """`LeakyReLU` whose slope is learned: one, or one for each of ``num_parameters`` channels."""

    def __init__(self, num_parameters=1, init=0.25, *, dtype=np.float64):
        self.weight = Parameter(np.full(num_parameters, init, dtype))

    def forward(self, X):
        return F.prelu(X, self.weight)
