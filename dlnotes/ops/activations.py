r"""Activation functions, each with its derivative beside it.

Every ``f(x)`` acts on each number of ``x`` alone; ``f_backward(dY, x)`` returns the gradient of the loss with
respect to ``x`` by the chain rule, ``dX = dY * f'(x)``. So ``f_backward(np.ones_like(x), x)`` is the derivative itself.
What all of them share is said here once:

Parameters
    x : float32 or float64 array of any shape (Python numbers and lists become float64): the pre-activations.
    dY : array of x's shape: the gradient of the loss with respect to ``f(x)``.
Returns
    A new array of x's shape and dtype. Inputs are never modified.
Raises
    ValueError, if ``x`` is no float array, ``dY`` has not x's shape, or a parameter is out of its range.
Notes
    No form here overflows or gives nan or a warning for any x, infinite ones included; the one exception is
    `exponential`, which grows to inf. At a kink the slope is the one that torch takes. ``tests/test_activations.py``
    compares values and gradients with torch and with finite differences.

Keyword parameters (alpha, beta, x0, lower, upper) are settings and have no gradient; the one learned parameter is
`prelu`'s ``alpha``.
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
    """Return ``x * gate``, and 0 where the gate is 0 even if x is infinite: the limit wherever it is used here."""
    return np.where(gate == 0, gate, x) * gate


# Lines and thresholds --------------------------------------------------------------------------------------------


def identity(x):
    r""".. math:: f(x) = x, \qquad f'(x) = 1"""
    return as_float(x, "x").copy()


def identity_backward(dY, x):
    """Pass the gradient on unchanged."""
    dY, _ = _inputs(dY, x)
    return dY.copy()


def step(x):
    r"""Heaviside step.

    .. math:: f(x) = 1 \text{ if } x \ge 0 \text{ else } 0

    Notes
    -----
    The value at 0 is 1, as in the notes (001:66-69); ``np.heaviside`` lets one choose.
    """
    x = as_float(x, "x")
    return np.heaviside(x, x.dtype.type(1))


def step_backward(dY, x):
    """Return zeros: the slope is 0 but at the jump, where there is none. Nothing can be learned through a step."""
    return np.zeros_like(_inputs(dY, x)[1])


def sign(x):
    r""".. math:: f(x) = -1, 0, 1 \text{ for } x < 0, \; x = 0, \; x > 0"""
    return np.sign(as_float(x, "x"))


def sign_backward(dY, x):
    """Return zeros, as for `step_backward`."""
    return np.zeros_like(_inputs(dY, x)[1])


def absolute(x):
    r""".. math:: f(x) = |x|, \qquad f'(x) = \operatorname{sign}(x), \qquad f'(0) = 0"""
    return np.abs(as_float(x, "x"))


def absolute_backward(dY, x):
    dY, x = _inputs(dY, x)
    return dY * np.sign(x)


# Sigmoidal functions: bounded on both sides ------------------------------------------------------------------------


def sigmoid(x):
    r"""Logistic sigmoid, with values in (0, 1).

    .. math:: s(x) = \frac{1}{1 + e^{-x}}, \qquad s'(x) = s(x)\,(1 - s(x)) = s(x)\,s(-x) \le \tfrac14

    Notes
    -----
    :math:`e^{-x}` overflows for very negative x. Multiplied above and below by :math:`e^{\min(x, 0)}` the fraction
    becomes :math:`e^{\min(x, 0)} / (1 + e^{-|x|})`, where no exponent is positive.
    """
    x = as_float(x, "x")
    return np.exp(np.minimum(x, 0)) / (1 + np.exp(-np.abs(x)))


def sigmoid_backward(dY, x):
    """Use s(x) s(-x): 1 - s(x) would round to 0 from x = 37 on, s(-x) keeps its digits."""
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
    r"""Sigmoid stretched to (-1, 1). It is a tanh of half the argument, not tanh itself.

    .. math:: f(x) = \frac{1 - e^{-x}}{1 + e^{-x}} = 2 s(x) - 1 = \tanh\frac{x}{2},
              \qquad f'(x) = 2 s(x)\,s(-x) = \tfrac12 (1 - f(x)^2) \le \tfrac12
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
    r"""Rational stand-in for tanh, with values in (-1, 1) and tails that decay as 1/x^2, not exponentially.

    .. math:: f(x) = \frac{x}{1 + |x|}, \qquad f'(x) = \frac{1}{(1 + |x|)^2} \le 1, \qquad f'(0) = 1

    Notes
    -----
    f is continuous and so is f', at 0 too; only the second derivative jumps there, from 2 to -2.
    """
    x = _finite(as_float(x, "x"))
    return x / (1 + np.abs(x))


def softsign_backward(dY, x):
    dY, x = _inputs(dY, x)
    return dY * (1 / (1 + np.abs(x))) ** 2


# The ReLU family: the identity for x > 0 ---------------------------------------------------------------------------


def relu(x):
    r"""Rectified linear unit.

    .. math:: f(x) = \max(0, x), \qquad f'(x) = 1 \text{ if } x > 0 \text{ else } 0

    Notes
    -----
    f is continuous. At 0 it has no derivative, and any slope in [0, 1] is a subgradient; 0 is taken, as in torch.

    Source
    ------
    Nair and Hinton, "Rectified linear units improve restricted Boltzmann machines", ICML 2010.
    """
    return np.maximum(as_float(x, "x"), 0)


def relu_backward(dY, x):
    dY, x = _inputs(dY, x)
    return dY * (x > 0)


def leaky_relu(x, alpha=0.01):
    r"""ReLU with a small slope on the left, so that a unit never goes wholly without gradient.

    .. math:: f(x) = \max(0, x) + \alpha \min(0, x), \qquad f'(x) = 1 \text{ if } x > 0 \text{ else } \alpha

    Parameters
    ----------
    alpha : float
        Slope for x <= 0.

    Source
    ------
    Maas, Hannun and Ng, "Rectifier nonlinearities improve neural network acoustic models", ICML 2013.
    """
    x = as_float(x, "x")
    return np.maximum(x, 0) + float(alpha) * np.minimum(x, 0)


def leaky_relu_backward(dY, x, alpha=0.01):
    dY, x = _inputs(dY, x)
    return np.where(x > 0, dY, float(alpha) * dY)


def prelu(x, alpha):
    r"""Leaky ReLU whose slope is learned.

    .. math:: f(x) = \max(0, x) + \alpha \min(0, x), \qquad
              \frac{\partial f}{\partial \alpha} = \min(0, x)

    Parameters
    ----------
    alpha : float, or array of shape (), (1,) or (C,)
        One slope for all, or one for each of the C channels, which are x's axis 1: x is (N, C, ...).

    Raises
    ------
    ValueError
        If alpha has another shape.

    Source
    ------
    He, Zhang, Ren and Sun, "Delving deep into rectifiers", ICCV 2015, eq. 1.
    """
    x = as_float(x, "x")
    return np.maximum(x, 0) + _per_channel(alpha, x) * np.minimum(x, 0)


def prelu_backward(dY, x, alpha):
    """Return ``(dX, dalpha)``; dalpha has alpha's shape: a slope that is shared collects the gradients of all its uses."""
    dY, x = _inputs(dY, x)
    slope = _per_channel(alpha, x)
    dX = np.where(x > 0, dY, slope * dY)
    dalpha = dY * np.minimum(x, 0)
    if slope.size > 1:
        dalpha = dalpha.sum(axis=tuple(axis for axis in range(x.ndim) if axis != 1))
    return dX, dalpha.sum().reshape(np.shape(alpha)) if slope.size == 1 else dalpha


def _per_channel(alpha, x):
    """Give alpha (C,) the shape (1, C, 1, ...) that lines it up with axis 1 of x, and x's dtype."""
    alpha = as_float(alpha, "alpha").astype(x.dtype, copy=False)
    if alpha.shape in ((), (1,)):
        return alpha.reshape(())
    if x.ndim < 2 or alpha.shape != (x.shape[1],):
        raise ValueError(f"expected alpha (), (1,) or (C,) with C = x.shape[1]; got {alpha.shape} for x {x.shape}")
    return alpha.reshape((1, -1) + (1,) * (x.ndim - 2))


RRELU_LOWER, RRELU_UPPER = 1 / 8, 1 / 3


def rrelu_slopes(shape, rng, lower=RRELU_LOWER, upper=RRELU_UPPER):
    """Draw the slopes of `rrelu` for one training step, one for each number of x.

    Parameters
    ----------
    shape : tuple of int
        The shape of x.
    rng : np.random.Generator
    lower, upper : float
        The slopes are uniform in [lower, upper).

    Returns
    -------
    ndarray
        float64 of that shape.
    """
    if not lower <= upper:
        raise ValueError(f"expected lower <= upper; got {lower} and {upper}")
    return rng.uniform(lower, upper, size=shape)


def rrelu(x, slopes=(RRELU_LOWER + RRELU_UPPER) / 2):
    r"""Randomized leaky ReLU: in training each number gets a slope of its own, a form of regularization.

    .. math:: f(x) = \max(0, x) + a \min(0, x), \qquad a \sim U(l, u) \text{ in training}, \quad
              a = \tfrac{l + u}{2} \text{ at test}

    Parameters
    ----------
    slopes : array of x's shape, or float
        In training what `rrelu_slopes` drew (keep it for the backward pass); at test the mean slope, the default.

    Source
    ------
    Xu, Wang, Chen and Li, "Empirical evaluation of rectified activations in convolutional network", 2015,
    arXiv:1505.00853, section 2.4.
    """
    x = as_float(x, "x")
    return np.maximum(x, 0) + _per_number(slopes, x) * np.minimum(x, 0)


def rrelu_backward(dY, x, slopes=(RRELU_LOWER + RRELU_UPPER) / 2):
    """Return dX for the slopes of the forward pass; they are drawn, not learned, so they get no gradient."""
    dY, x = _inputs(dY, x)
    return np.where(x > 0, dY, _per_number(slopes, x) * dY)


def _per_number(slopes, x):
    slopes = as_float(slopes, "slopes")
    if slopes.shape not in ((), x.shape):
        raise ValueError(f"expected slopes () or {x.shape}; got {slopes.shape}")
    return slopes.astype(x.dtype, copy=False)


def elu(x, alpha=1.0):
    r"""Exponential linear unit, with values above -alpha.

    .. math:: f(x) = \max(0, x) + \alpha\,(e^{\min(0, x)} - 1), \qquad
              f'(x) = 1 \text{ if } x > 0 \text{ else } \alpha e^x

    Parameters
    ----------
    alpha : float
        Minus the limit on the left; f is differentiable at 0 for alpha = 1 alone.

    Notes
    -----
    ``expm1`` keeps the digits of :math:`e^x - 1` near 0, where the difference would cancel.

    Source
    ------
    Clevert, Unterthiner and Hochreiter, "Fast and accurate deep network learning by exponential linear units",
    ICLR 2016, eq. 15.
    """
    x = as_float(x, "x")
    return np.maximum(x, 0) + float(alpha) * np.expm1(np.minimum(x, 0))


def elu_backward(dY, x, alpha=1.0):
    dY, x = _inputs(dY, x)
    return np.where(x > 0, dY, dY * float(alpha) * np.exp(np.minimum(x, 0)))


# Smooth functions that follow the identity for large x --------------------------------------------------------------


def softplus(x, beta=1.0):
    r"""Smooth ReLU, with values in (0, inf).

    .. math:: f(x) = \tfrac{1}{\beta} \log(1 + e^{\beta x}), \qquad f'(x) = s(\beta x)

    Parameters
    ----------
    beta : float
        Sharpness, > 0: f tends to ReLU as beta grows.

    Notes
    -----
    ``logaddexp(0, z)`` is :math:`\log(e^0 + e^z)` without the overflow. torch returns x itself once
    beta x > 20, which is off by up to 2e-9.

    Source
    ------
    Dugas et al., "Incorporating second-order functional knowledge for better option pricing", NIPS 2000.
    """
    x, beta = as_float(x, "x"), as_positive(beta, "beta")
    return np.logaddexp(0, beta * x) / beta


def softplus_backward(dY, x, beta=1.0):
    dY, x = _inputs(dY, x)
    return dY * sigmoid(as_positive(beta, "beta") * x)


def bent_identity(x):
    r"""Identity with a gentle bend; the slope stays in (1/2, 3/2), so no unit can die.

    .. math:: f(x) = \frac{\sqrt{x^2 + 1} - 1}{2} + x, \qquad f'(x) = \frac{x}{2 \sqrt{x^2 + 1}} + 1

    Notes
    -----
    Near 0 the difference :math:`\sqrt{x^2 + 1} - 1` cancels; it equals :math:`x \cdot x / (\sqrt{x^2 + 1} + 1)`, which
    does not. ``hypot(x, 1)`` is the root without the overflow of :math:`x^2`.
    """
    x = as_float(x, "x")
    t = _finite(x)
    return x * (1 + t / (np.hypot(t, 1) + 1) / 2)


def bent_identity_backward(dY, x):
    dY, x = _inputs(dY, x)
    x = _finite(x)
    return dY * (x / np.hypot(x, 1) / 2 + 1)


# Gated functions: f(x) = x G(x), f'(x) = G(x) + x G'(x), with a gate G that climbs from 0 to 1 ----------------------


def swish(x, beta=1.0):
    r"""Swish; for beta = 1 also called SiLU. Not monotone: its least value is -0.27846 at x = -1.27846 for beta = 1.

    .. math:: f(x) = x\,s(\beta x), \qquad f'(x) = s(\beta x) + \beta x\, s(\beta x)\, s(-\beta x)

    Parameters
    ----------
    beta : float
        Sharpness of the gate: 0 gives x/2, a large beta comes near ReLU. The paper also trains it, with
        :math:`\partial f / \partial \beta = x^2 s(\beta x) s(-\beta x)`; here it is a setting.

    Source
    ------
    Ramachandran, Zoph and Le, "Searching for activation functions", 2017, arXiv:1710.05941, section 4.
    """
    x = as_float(x, "x")
    return _damped(x, sigmoid(float(beta) * x))


def swish_backward(dY, x, beta=1.0):
    dY, x = _inputs(dY, x)
    z = float(beta) * x
    return dY * (sigmoid(z) + _damped(z, sigmoid(z) * sigmoid(-z)))


def mish(x):
    r"""Mish.

    .. math:: f(x) = x\,t(x), \quad t(x) = \tanh(\log(1 + e^x)), \qquad f'(x) = t(x) + x\,(1 - t(x)^2)\,s(x)

    Source
    ------
    Misra, "Mish: a self regularized non-monotonic activation function", BMVC 2020, arXiv:1908.08681.
    """
    x = as_float(x, "x")
    return _damped(x, np.tanh(softplus(x)))


def mish_backward(dY, x):
    dY, x = _inputs(dY, x)
    t = np.tanh(softplus(x))
    return dY * (t + _damped(x, (1 - t * t) * sigmoid(x)))


def gelu(x, approximate="none"):
    r"""Gaussian error linear unit: x times the chance that a standard normal number is below x.

    .. math:: f(x) = x\,\Phi(x), \quad \Phi(x) = \tfrac12 \left(1 + \operatorname{erf}\frac{x}{\sqrt2}\right)
              = \tfrac12 \operatorname{erfc}\frac{-x}{\sqrt2}, \qquad f'(x) = \Phi(x) + x\,\Phi'(x)

    Parameters
    ----------
    approximate : {"none", "tanh"}
        ``"tanh"`` takes :math:`\Phi(x) \approx \tfrac12 (1 + \tanh u) = s(2u)` with
        :math:`u = \sqrt{2/\pi}\,(x + 0.044715\,x^3)`, within 5e-4 of f.

    Notes
    -----
    numpy has no erf. ``math.erfc`` called for each number is exact to the last digits, which no short rational formula
    is, and a million numbers still take less than a second. erfc keeps its digits in the left tail, where 1 + erf cancels.

    Source
    ------
    Hendrycks and Gimpel, "Gaussian error linear units (GELUs)", 2016, arXiv:1606.08415, section 2.
    """
    x = as_float(x, "x")
    return _damped(x, _gelu_gate(x, approximate)[0])


def gelu_backward(dY, x, approximate="none"):
    dY, x = _inputs(dY, x)
    gate, slope = _gelu_gate(x, approximate)
    return dY * (gate + _damped(x, slope))


_erfc = np.vectorize(math.erfc, otypes=[np.float64])


def _gelu_gate(x, approximate):
    """Return the gate and its derivative. From |x| = 40 on they are 0 or 1 to the last digit, so x is clipped there
    and its powers cannot overflow."""
    x = np.clip(x, -40, 40)
    if approximate == "none":
        gate = _erfc(-x / math.sqrt(2)) / 2
        return gate.astype(x.dtype), np.exp(-x * x / 2) / math.sqrt(2 * math.pi)
    if approximate == "tanh":
        scale, cubic = 2 * math.sqrt(2 / math.pi), 0.044715
        z = scale * (x + cubic * x**3)
        return sigmoid(z), scale * (1 + 3 * cubic * x * x) * sigmoid(z) * sigmoid(-z)
    raise ValueError(f'expected approximate "none" or "tanh"; got {approximate!r}')


# Functions that grow or fall exponentially --------------------------------------------------------------------------


def rbf(x, x0=0.0, beta=1.0):
    r"""Radial basis function: a bump of height 1 around x0.

    .. math:: f(x) = e^{-\beta (x - x_0)^2}, \qquad f'(x) = -2 \beta\,(x - x_0)\,f(x)

    Parameters
    ----------
    x0 : float
        Centre, in units of x.
    beta : float
        Sharpness, > 0: f falls to 1/e at a distance of :math:`1/\sqrt\beta`.
    """
    d = _from_centre(as_float(x, "x"), x0, beta)
    return np.exp(-beta * d * d)


def rbf_backward(dY, x, x0=0.0, beta=1.0):
    dY, x = _inputs(dY, x)
    d = _from_centre(x, x0, beta)
    return dY * (-2 * beta) * d * np.exp(-beta * d * d)


def _from_centre(x, x0, beta):
    """Return x - x0, cut off where f is 0 to the last digit (e^-1600), so that its square cannot overflow."""
    reach = 40 / math.sqrt(as_positive(beta, "beta"))
    return np.clip(x - float(x0), -reach, reach)


def exponential(x):
    r"""Exponential, its own derivative; it turns sums of features into products.

    .. math:: f(x) = e^x = f'(x), \qquad e^{w_1 x_1 + w_2 x_2} = e^{w_1 x_1}\, e^{w_2 x_2}

    Notes
    -----
    From x = 709.8 on (88.8 in float32) the result is inf, the IEEE answer, without a warning.
    """
    with np.errstate(over="ignore"):
        return np.exp(as_float(x, "x"))


def exponential_backward(dY, x):
    dY, x = _inputs(dY, x)
    with np.errstate(over="ignore"):  # large but finite e^x may also overflow in the product
        return dY * exponential(x)


# What has one input and works with its default parameters: name -> (f, f_backward)
ACTIVATIONS = {
    f.__name__: (f, backward)
    for f, backward in [
        (identity, identity_backward),
        (step, step_backward),
        (sign, sign_backward),
        (absolute, absolute_backward),
        (sigmoid, sigmoid_backward),
        (tanh, tanh_backward),
        (bipolar_sigmoid, bipolar_sigmoid_backward),
        (hard_tanh, hard_tanh_backward),
        (softsign, softsign_backward),
        (relu, relu_backward),
        (leaky_relu, leaky_relu_backward),
        (rrelu, rrelu_backward),
        (elu, elu_backward),
        (softplus, softplus_backward),
        (bent_identity, bent_identity_backward),
        (swish, swish_backward),
        (mish, mish_backward),
        (gelu, gelu_backward),
        (rbf, rbf_backward),
        (exponential, exponential_backward),
    ]
}
