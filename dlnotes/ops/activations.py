r"""Activation functions, each with its derivative beside it.

Every ``f(x)`` acts on each number of ``x`` alone. ``f_backward(dY, x)`` is the chain rule,
``dX = dY * f'(x)``, so that ``f_backward(np.ones_like(x), x)`` is the derivative itself.
What all of them share is said here once:

Parameters
    x : float32 or float64 array of any shape, the pre-activations; Python numbers and lists become float64.
    dY : array of x's shape, the gradient of the loss with respect to ``f(x)``.
    alpha, beta, x0 are settings without a gradient; only the ``alpha`` of `prelu` is learned.
Returns
    A new array of x's shape and dtype; inputs are never modified.
Raises
    ValueError, if x is no float array, dY has not x's shape or a setting is out of range.
Notes
    With the default settings nothing overflows, becomes nan or warns for |x| <= 1e37 and for infinite x; only
    `exponential` grows to inf earlier. At a kink the slope is the one that torch takes.
    tests/test_activations.py compares values and gradients with torch and with finite differences.
Sources
    relu: Nair and Hinton, ICML 2010. leaky_relu: Maas et al., ICML 2013. prelu: He et al., ICCV 2015, eq. 1.
    rrelu: Xu et al. 2015, arXiv:1505.00853. elu: Clevert et al., ICLR 2016. mish: Misra, BMVC 2020.
    softplus: Dugas et al., NIPS 2000. swish: Ramachandran et al. 2017, arXiv:1710.05941.
    gelu: Hendrycks and Gimpel 2016, arXiv:1606.08415.
"""

import math

import numpy as np

from dlnotes.ops._check import as_float, as_positive, as_upstream


def _inputs(dY, x):
    x = as_float(x, "x")
    return as_upstream(dY, x), x


def _finite(x):
    """Put the largest finite numbers in place of -inf and inf, where inf / inf would follow."""
    return np.clip(x, np.finfo(x.dtype).min, np.finfo(x.dtype).max)


def _damped(x, gate):
    """Return x * gate, and 0 where the gate is 0 even if x is infinite: the limit in every use here."""
    return np.where(gate == 0, gate, x) * gate


# Lines and thresholds ----------------------------------------


def identity(x):
    r""".. math:: f(x) = x, \qquad f'(x) = 1"""
    return as_float(x, "x").copy()


def identity_backward(dY, x):
    return _inputs(dY, x)[0].copy()


def step(x):
    r"""Heaviside step, 1 at 0 as in the notes (001:66-69).

    .. math:: f(x) = 1 \text{ if } x \ge 0 \text{ else } 0, \qquad f'(x) = 0 \text{ for } x \ne 0
    """
    x = as_float(x, "x")
    return np.heaviside(x, x.dtype.type(1))


def step_backward(dY, x):
    """Return zeros, at the jump too, where there is no slope: no gradient ever passes a step."""
    return np.zeros_like(_inputs(dY, x)[0])


def sign(x):
    r""".. math:: f(x) = -1, 0, 1 \text{ for } x < 0,\ x = 0,\ x > 0, \qquad f'(x) = 0 \text{ for } x \ne 0"""
    return np.sign(as_float(x, "x"))


def sign_backward(dY, x):
    """Return zeros, as `step_backward` does."""
    return np.zeros_like(_inputs(dY, x)[0])


def absolute(x):
    r""".. math:: f(x) = |x|, \qquad f'(x) = \operatorname{sign}(x), \qquad f'(0) = 0 \text{ by convention}"""
    return np.abs(as_float(x, "x"))


def absolute_backward(dY, x):
    dY, x = _inputs(dY, x)
    return dY * np.sign(x)


# Sigmoidal functions: bounded on both sides ----------------------------------------


def sigmoid(x):
    r"""Logistic sigmoid, with values in (0, 1).

    .. math:: s(x) = \frac{1}{1 + e^{-x}}, \qquad s'(x) = s(x)\,(1 - s(x)) = s(x)\,s(-x) \le \tfrac14

    Notes
    -----
    :math:`e^{-x}` overflows for very negative x. Expanded by :math:`e^{\min(x, 0)}` the fraction becomes
    :math:`e^{\min(x, 0)} / (1 + e^{-|x|})`, where no exponent is positive.
    """
    x = as_float(x, "x")
    return np.exp(np.minimum(x, 0)) / (1 + np.exp(-np.abs(x)))


def sigmoid_backward(dY, x):
    """Use s(x) s(-x): 1 - s(x) rounds to 0 from x = 37 on, s(-x) keeps its digits."""
    dY, x = _inputs(dY, x)
    return dY * sigmoid(x) * sigmoid(-x)


def tanh(x):
    r"""Hyperbolic tangent, with values in (-1, 1).

    .. math:: \tanh x = 2 s(2x) - 1, \qquad \tanh' x = 1 - \tanh^2 x = 4 s'(2x) = \frac{1}{\cosh^2 x} \le 1
    """
    return np.tanh(as_float(x, "x"))


def tanh_backward(dY, x):
    r"""Use :math:`1 / \cosh x = 2 e^{-|x|} / (1 + e^{-2|x|})`, which neither overflows nor cancels."""
    dY, x = _inputs(dY, x)
    e = np.exp(-np.abs(x))
    return dY * (2 * e / (1 + e * e)) ** 2


def bipolar_sigmoid(x):
    r"""Sigmoid stretched to (-1, 1): tanh of half the argument, not tanh itself.

    .. math:: f(x) = \frac{1 - e^{-x}}{1 + e^{-x}} = 2 s(x) - 1 = \tanh\tfrac{x}{2},
              \qquad f'(x) = 2 s'(x) = \tfrac12 (1 - f(x)^2) \le \tfrac12
    """
    return np.tanh(as_float(x, "x") / 2)


def bipolar_sigmoid_backward(dY, x):
    return 2 * sigmoid_backward(dY, x)


def hard_tanh(x):
    r"""Piecewise linear stand-in for tanh, with values in [-1, 1].

    .. math:: f(x) = \max(-1, \min(1, x)), \qquad f'(x) = 1 \text{ if } |x| < 1 \text{ else } 0
    """
    return np.clip(as_float(x, "x"), -1, 1)


def hard_tanh_backward(dY, x):
    dY, x = _inputs(dY, x)
    return dY * (np.abs(x) < 1)


def softsign(x):
    r"""Rational stand-in for tanh, with values in (-1, 1); its slope fades like 1/x^2, not exponentially.

    .. math:: f(x) = \frac{x}{1 + |x|}, \qquad f'(x) = \frac{1}{(1 + |x|)^2} = (1 - |f(x)|)^2 \le 1

    Notes
    -----
    f and f' are continuous, at 0 too, where f' is 1; only the second derivative jumps there, from 2 to -2.
    """
    x = _finite(as_float(x, "x"))
    return x / (1 + np.abs(x))


def softsign_backward(dY, x):
    dY, x = _inputs(dY, x)
    return dY * (1 / (1 + np.abs(x))) ** 2


# The ReLU family: the identity for x > 0 ----------------------------------------


def relu(x):
    r"""Rectified linear unit.

    .. math:: f(x) = \max(0, x), \qquad f'(x) = 1 \text{ if } x > 0 \text{ else } 0

    Notes
    -----
    f is continuous. At 0 it has no derivative; any slope in [0, 1] is a subgradient and 0 is taken.
    """
    return np.maximum(as_float(x, "x"), 0)


def relu_backward(dY, x):
    dY, x = _inputs(dY, x)
    return dY * (x > 0)


def leaky_relu(x, alpha=0.01):
    r"""ReLU with a slope alpha on the left, so that a unit never goes wholly without gradient.

    .. math:: f(x) = \max(0, x) + \alpha \min(0, x), \qquad f'(x) = 1 \text{ if } x > 0 \text{ else } \alpha
    """
    x = as_float(x, "x")
    return np.maximum(x, 0) + float(alpha) * np.minimum(x, 0)


def leaky_relu_backward(dY, x, alpha=0.01):
    dY, x = _inputs(dY, x)
    return np.where(x > 0, dY, float(alpha) * dY)


def prelu(x, alpha):
    r"""Parametric ReLU: a leaky ReLU whose slope is learned.

    .. math:: f(x) = \max(0, x) + \alpha \min(0, x), \qquad \frac{\partial f}{\partial \alpha} = \min(0, x)

    Parameters
    ----------
    alpha : float, or array of shape (), (1,) or (C,)
        One slope for all of x, or one for each of the C channels, which are axis 1 of x (N, C, ...).
    """
    x = as_float(x, "x")
    return np.maximum(x, 0) + _per_channel(alpha, x) * np.minimum(x, 0)


def prelu_backward(dY, x, alpha):
    """Return (dX, dalpha), dalpha of alpha's shape: a shared slope sums the gradients of all its uses."""
    dY, x = _inputs(dY, x)
    slope = _per_channel(alpha, x)
    dX = np.where(x > 0, dY, slope * dY)
    other_axes = tuple(axis for axis in range(x.ndim) if slope.ndim == 0 or axis != 1)
    dalpha = np.sum(dY * np.minimum(x, 0), axis=other_axes)
    return dX, dalpha.reshape(np.shape(alpha))


def _per_channel(alpha, x):
    """Return alpha in x's dtype, with shape () if shared, else (1, C, 1, ...) in line with axis 1 of x."""
    alpha = as_float(alpha, "alpha").astype(x.dtype, copy=False)
    if alpha.shape in ((), (1,)):
        return alpha.reshape(())
    if alpha.shape != x.shape[1:2]:
        raise ValueError(f"expected alpha (), (1,) or (C,) for x (N, C, ...) {x.shape}; got {alpha.shape}")
    return alpha.reshape((1, -1) + (1,) * (x.ndim - 2))


RRELU_LOWER, RRELU_UPPER = 1 / 8, 1 / 3
RRELU_MEAN = (RRELU_LOWER + RRELU_UPPER) / 2


def rrelu_slopes(shape, rng, lower=RRELU_LOWER, upper=RRELU_UPPER):
    """Draw a float64 slope for each number of x, uniform in [lower, upper): one training step of `rrelu`."""
    if not lower <= upper:
        raise ValueError(f"expected lower <= upper; got {lower} and {upper}")
    return rng.uniform(lower, upper, size=shape)


def rrelu(x, slopes=RRELU_MEAN):
    r"""Randomized leaky ReLU: in training every number gets a slope of its own, which regularizes.

    .. math:: f(x) = \max(0, x) + a \min(0, x), \qquad a \sim U(l, u) \text{ in training}, \quad
              a = \tfrac{l + u}{2} \text{ at test}

    Parameters
    ----------
    slopes : array of x's shape, or float
        In training what `rrelu_slopes` drew, the same in both passes; at test the mean slope (the default).
    """
    x = as_float(x, "x")
    return np.maximum(x, 0) + _per_number(slopes, x) * np.minimum(x, 0)


def rrelu_backward(dY, x, slopes=RRELU_MEAN):
    """Return dX alone: the slopes are drawn, not learned."""
    dY, x = _inputs(dY, x)
    return np.where(x > 0, dY, _per_number(slopes, x) * dY)


def _per_number(slopes, x):
    slopes = as_float(slopes, "slopes")
    if slopes.shape not in ((), x.shape):
        raise ValueError(f"expected slopes () or {x.shape}; got {slopes.shape}")
    return slopes.astype(x.dtype, copy=False)


def elu(x, alpha=1.0):
    r"""Exponential linear unit; it falls to -alpha on the left.

    .. math:: f(x) = \max(0, x) + \alpha\,(e^{\min(0, x)} - 1), \qquad
              f'(x) = 1 \text{ if } x > 0 \text{ else } \alpha e^x

    Notes
    -----
    ``expm1`` keeps the digits of :math:`e^x - 1` near 0, where the difference cancels. The slopes of both
    sides meet at 0 for alpha = 1 alone.
    """
    x = as_float(x, "x")
    return np.maximum(x, 0) + float(alpha) * np.expm1(np.minimum(x, 0))


def elu_backward(dY, x, alpha=1.0):
    dY, x = _inputs(dY, x)
    return np.where(x > 0, dY, dY * float(alpha) * np.exp(np.minimum(x, 0)))


# Smooth functions near the identity ----------------------------------------


def softplus(x, beta=1.0):
    r"""Smooth ReLU, with values above 0; it tends to ReLU as the sharpness beta > 0 grows.

    .. math:: f(x) = \tfrac1\beta \log(1 + e^{\beta x}), \qquad f'(x) = s(\beta x)

    Notes
    -----
    Stable as :math:`\max(0, z) + \log(1 + e^{-|z|})` with :math:`z = \beta x`. torch returns x itself once
    beta x is above its ``threshold`` of 20, which is off by up to 2e-9.
    """
    z = as_positive(beta, "beta") * as_float(x, "x")
    return (np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))) / float(beta)


def softplus_backward(dY, x, beta=1.0):
    dY, x = _inputs(dY, x)
    return dY * sigmoid(as_positive(beta, "beta") * x)


def bent_identity(x):
    r"""Identity with a gentle bend; its slope stays in (1/2, 3/2), so that no unit can die.

    .. math:: f(x) = \frac{\sqrt{x^2 + 1} - 1}{2} + x, \qquad f'(x) = \frac{x}{2 \sqrt{x^2 + 1}} + 1

    Notes
    -----
    :math:`\sqrt{x^2 + 1} - 1` cancels near 0; the same number :math:`x \cdot x / (\sqrt{x^2 + 1} + 1)` does
    not. ``hypot(x, 1)`` is the root without the overflow of :math:`x^2`.
    """
    x = as_float(x, "x")
    t = _finite(x)
    return x * (1 + t / (np.hypot(t, 1) + 1) / 2)


def bent_identity_backward(dY, x):
    dY, x = _inputs(dY, x)
    x = _finite(x)
    return dY * (x / np.hypot(x, 1) / 2 + 1)


# Gated functions: f(x) = x G(x), f'(x) = G(x) + x G'(x), with a gate G that climbs from 0 to 1 ------------


def swish(x, beta=1.0):
    r"""Swish, for beta = 1 also SiLU. Not monotone: for beta = 1 its minimum is f(-1.27846) = -0.27846.

    .. math:: f(x) = x\,s(\beta x), \qquad f'(x) = s(\beta x) + \beta x\, s(\beta x)\, s(-\beta x)

    Notes
    -----
    beta = 0 gives x/2, a large beta comes near ReLU. The paper may also train beta, with
    :math:`\partial f / \partial \beta = x^2 s(\beta x) s(-\beta x)`; here it is a setting.
    """
    x = as_float(x, "x")
    return _damped(x, sigmoid(float(beta) * x))


def swish_backward(dY, x, beta=1.0):
    dY, x = _inputs(dY, x)
    z = float(beta) * x
    return dY * (sigmoid(z) + _damped(z, sigmoid(z) * sigmoid(-z)))


def mish(x):
    r"""Swish with the gate t, a tanh of softplus.

    .. math:: f(x) = x\,t(x), \quad t(x) = \tanh(\log(1 + e^x)), \qquad f'(x) = t(x) + x\,(1 - t(x)^2)\,s(x)
    """
    x = as_float(x, "x")
    return _damped(x, np.tanh(softplus(x)))


def mish_backward(dY, x):
    dY, x = _inputs(dY, x)
    t = np.tanh(softplus(x))
    return dY * (t + _damped(x, (1 - t * t) * sigmoid(x)))


def gelu(x, approximate="none"):
    r"""Gaussian error linear unit: x times the chance that a standard normal number lies below x.

    .. math:: f(x) = x\,\Phi(x), \quad \Phi(x) = \tfrac12 \left(1 + \operatorname{erf}\tfrac{x}{\sqrt2}\right)
              = \tfrac12 \operatorname{erfc}\tfrac{-x}{\sqrt2}, \qquad f'(x) = \Phi(x) + x\,\Phi'(x)

    Parameters
    ----------
    approximate : {"none", "tanh"}
        "tanh" takes :math:`\Phi(x) \approx \tfrac12 (1 + \tanh u) = s(2u)` with
        :math:`u = \sqrt{2/\pi}\,(x + 0.044715\,x^3)`, which moves f by less than 5e-4.

    Notes
    -----
    numpy has no erf. ``math.erfc``, called number by number, is right to the last digits, which no short
    formula is; and it keeps them in the left tail, where 1 + erf cancels.
    """
    x = as_float(x, "x")
    return _damped(x, _gelu_gate(x, approximate)[0])


def gelu_backward(dY, x, approximate="none"):
    dY, x = _inputs(dY, x)
    gate, slope = _gelu_gate(x, approximate)
    return dY * (gate + _damped(x, slope))


_erfc = np.vectorize(math.erfc, otypes=[np.float64])


def _gelu_gate(x, approximate):
    """Return the gate and its slope, for x cut off at 40: there both are 0 or 1 to the last digit."""
    x = np.clip(x, -40, 40)
    if approximate == "none":
        gate = _erfc(-x / math.sqrt(2)) / 2
        return gate.astype(x.dtype), np.exp(-x * x / 2) / math.sqrt(2 * math.pi)
    if approximate == "tanh":
        scale, cubic = 2 * math.sqrt(2 / math.pi), 0.044715
        z = scale * (x + cubic * x * x * x)
        return sigmoid(z), scale * (1 + 3 * cubic * x * x) * sigmoid(z) * sigmoid(-z)
    raise ValueError(f'expected approximate "none" or "tanh"; got {approximate!r}')


# A bump and an explosion ----------------------------------------


def rbf(x, x0=0.0, beta=1.0):
    r"""Radial basis function: a bump of height 1 around x0 that falls to 1/e at a distance of beta^(-1/2).

    .. math:: f(x) = e^{-\beta (x - x_0)^2}, \qquad f'(x) = -2 \beta\,(x - x_0)\,f(x), \qquad \beta > 0
    """
    d, _ = _from_centre(as_float(x, "x"), x0, beta)
    return np.exp(-d * d)


def rbf_backward(dY, x, x0=0.0, beta=1.0):
    dY, x = _inputs(dY, x)
    d, root = _from_centre(x, x0, beta)
    return dY * (-2 * root * d * np.exp(-d * d))


def _from_centre(x, x0, beta):
    """Return d = root (x - x0) and root = sqrt(beta), d cut off at 40: there e^(-d^2) is 0 for a computer."""
    root = math.sqrt(as_positive(beta, "beta"))
    return root * np.clip(x - float(x0), -40 / root, 40 / root), root


def exponential(x):
    r"""Exponential, its own derivative. It turns sums of features into products.

    .. math:: f(x) = f'(x) = e^x, \qquad e^{w_1 x_1 + w_2 x_2} = e^{w_1 x_1}\, e^{w_2 x_2}

    Notes
    -----
    From x = 709.8 on (88.8 in float32) the result is inf, the IEEE answer, without a warning.
    """
    with np.errstate(over="ignore"):
        return np.exp(as_float(x, "x"))


def exponential_backward(dY, x):
    dY, x = _inputs(dY, x)
    with np.errstate(over="ignore"):
        return _damped(exponential(x), dY)


# All that need one array and no more, by name: (f, f_backward)
ACTIVATIONS = {
    "identity": (identity, identity_backward),
    "step": (step, step_backward),
    "sign": (sign, sign_backward),
    "absolute": (absolute, absolute_backward),
    "sigmoid": (sigmoid, sigmoid_backward),
    "tanh": (tanh, tanh_backward),
    "bipolar_sigmoid": (bipolar_sigmoid, bipolar_sigmoid_backward),
    "hard_tanh": (hard_tanh, hard_tanh_backward),
    "softsign": (softsign, softsign_backward),
    "relu": (relu, relu_backward),
    "leaky_relu": (leaky_relu, leaky_relu_backward),
    "rrelu": (rrelu, rrelu_backward),
    "elu": (elu, elu_backward),
    "softplus": (softplus, softplus_backward),
    "bent_identity": (bent_identity, bent_identity_backward),
    "swish": (swish, swish_backward),
    "mish": (mish, mish_backward),
    "gelu": (gelu, gelu_backward),
    "rbf": (rbf, rbf_backward),
    "exponential": (exponential, exponential_backward),
}
