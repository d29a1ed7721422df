"""Convolution and pooling of sequences (N, C, T) and maps (N, C, H, W)."""

import functools
import math

import numpy as np

from dlnotes import initializers
from dlnotes.nn import functional as F
from dlnotes.nn.module import Module, Parameter, expect_dtype


class _Conv(Module):
    r"""Kernels that slide, as `dlnotes.ops.conv` computes them.

    .. math:: w, b \sim U(-k, k) \text{ at the start}, \qquad
              k = 1 / \sqrt{C_{in} / \text{groups} \cdot k_H k_W}

    Parameters
    ----------
    in_channels, out_channels : int
    kernel_size, stride, padding, dilation : int or pair of int
        Padding is by zeros.
    groups : int
    bias : bool
    rng : np.random.Generator
    dtype : float64 or float32
        torch's default would be float32.

    Notes
    -----
    ``weight`` is laid out as in torch: (out_channels, in_channels / groups, kernel), for a transposed
    convolution (in_channels, out_channels / groups, kernel).
    """

    axes, f, transposed = 2, None, False

    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0, dilation=1, groups=1,
                 bias=True, *, rng, dtype=np.float64):  # fmt: skip
        kernel = kernel_size if isinstance(kernel_size, tuple) else (kernel_size,) * self.axes
        if groups < 1 or in_channels % groups or out_channels % groups:
            raise ValueError(f"expected groups that divide {in_channels} and {out_channels}; got {groups}")
        if len(kernel) != self.axes:
            raise ValueError(f"expected kernel_size: an int or {self.axes}; got {kernel_size}")
        outer, inner = (in_channels, out_channels) if self.transposed else (out_channels, in_channels)
        shape = (outer, inner // groups, *kernel)
        k = 1 / math.sqrt(math.prod(shape[1:]))  # torch counts the fan so for transposed ones, too
        draw = functools.partial(initializers.uniform, a=-k, b=k, rng=rng, dtype=dtype)
        self.weight = Parameter(draw(shape))
        self.bias = Parameter(draw((out_channels,))) if bias else None
        self.slide = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}

    def forward(self, X):
        expect_dtype(X, self.weight)
        return type(self).f(X, self.weight, self.bias, **self.slide)

    def extra_repr(self):
        plain = {"stride": 1, "padding": 0, "dilation": 1, "groups": 1, "output_padding": 0}
        chosen = "".join(f", {name}={value}" for name, value in self.slide.items() if value != plain[name])
        return f"weight {self.weight.shape}{chosen}{', bias=False' if self.bias is None else ''}"


class Conv1d(_Conv):
    __doc__ = _Conv.__doc__
    axes, f = 1, staticmethod(F.conv1d)


class Conv2d(_Conv):
    __doc__ = _Conv.__doc__
    f = staticmethod(F.conv2d)


class ConvTranspose2d(_Conv):
    __doc__ = _Conv.__doc__
    f, transposed = staticmethod(F.conv_transpose2d), True

    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0, output_padding=0,
                 groups=1, bias=True, dilation=1, *, rng, dtype=np.float64):  # fmt: skip
        super().__init__(in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias,
                         rng=rng, dtype=dtype)  # fmt: skip
        self.slide["output_padding"] = output_padding


class ConvTranspose1d(ConvTranspose2d):
    __doc__ = _Conv.__doc__
    axes, f = 1, staticmethod(F.conv_transpose1d)


class _Pool(Module):
    """The same function of every window; the stride is the window's size by default."""

    f = None

    def __init__(self, kernel_size, stride=None, padding=0):
        self.window = (kernel_size, stride, padding)

    def forward(self, X):
        return type(self).f(X, *self.window)

    def extra_repr(self):
        names = ("kernel_size", "stride", "padding")
        return ", ".join(f"{name}={value}" for name, value in zip(names, self.window))


class MaxPool1d(_Pool):
    f = staticmethod(F.max_pool1d)


class MaxPool2d(_Pool):
    f = staticmethod(F.max_pool2d)


class AvgPool1d(_Pool):
    """torch's, padding counted as zeros."""

    f = staticmethod(F.avg_pool1d)


class AvgPool2d(_Pool):
    """torch's, padding counted as zeros."""

    f = staticmethod(F.avg_pool2d)


class AdaptiveAvgPool2d(Module):
    """Averages over as many windows as the output shall have: ``output_size`` int or pair."""

    def __init__(self, output_size):
        self.output_size = output_size

    def forward(self, X):
        return F.adaptive_avg_pool2d(X, self.output_size)

    def extra_repr(self):
        return str(self.output_size)
