r"""Starting values of weights, as functions of a shape and a generator.

A unit that sums n inputs has the variance :math:`\operatorname{Var}(z) = n \operatorname{Var}(w)\, E[x^2]`,
where w has mean 0. Most of what follows chooses Var(w) so that z, or the gradient on its way back, keeps its
variance from layer to layer, and draws w at random so that no two units stay equal (003:59-61). All share:

Parameters
    shape : tuple of int. Linear W (D_in, D_out), as in ``X @ W`` (torch stores the transpose), or convolution
        W (C_out, C_in, k), (C_out, C_in, kH, kW), ...
    nonlinearity, slope : for `gain`. mode : "fan_in" keeps the variance forward, "fan_out" that of gradients.
    rng : np.random.Generator, or the widgets' Stream. Those that draw nothing take it too, so that one can
        stand for another.
    dtype : float64 or float32; a seed gives the same numbers in both, up to rounding.
    The others have torch's names, meanings and defaults.
Returns
    A new array of that shape and dtype.
Raises
    ValueError, if a number or a name is out of range: "expected a finite mean and std >= 0; got (0.0, -1.0)".
Notes
    tests/test_initializers.py compares deviations and bounds with torch.nn.init, and the draws with theory.
Sources
    lecun: LeCun et al., "Efficient BackProp", 1998, eq. 16. glorot: Glorot and Bengio, AISTATS 2010, eq. 12
    and 16. he: He et al., ICCV 2015, eq. 10, 14, 15. orthogonal: Saxe et al., ICLR 2014; signs: Mezzadri,
    Notices AMS 54, 2007. identity: Le et al. 2015, arXiv:1504.00941. lsuv: Mishkin and Matas, ICLR 2016.
"""

import math
from numbers import Integral

import numpy as np

GAINS = {   # torch's first; 1 / sqrt(E[f^2]) would be 1.8462285, 1.5925374 and 1 for sigmoid, tanh and selu
    "linear": 1.0, "relu": math.sqrt(2), "sigmoid": 1.0, "tanh": 5 / 3, "selu": 3 / 4,
    "identity": 1.0, "step": math.sqrt(2), "sign": 1.0, "absolute": 1.0, "exponential": math.exp(-1),
    "bipolar_sigmoid": 2.400656686019982, "hard_tanh": 1.392036140448310, "softsign": 2.337533363108539,
    "elu": 1.245198300700707, "softplus": 1.041866835535302, "bent_identity": 0.965503508676665,
    "swish": 1.676532470331091, "mish": 1.486847581273208, "gelu": 1.533530441195535,
    "rbf": 1.495348781221221,
}


def _expect(fits, what, got):
    if not fits:
        raise ValueError(f"expected {what}; got {got!r}")


def _check(shape, dtype=np.float64):
    whole = isinstance(shape, (tuple, list)) and all(isinstance(n, Integral) and n >= 0 for n in shape)
    _expect(whole, "shape to be a tuple of whole numbers >= 0", shape)
    _expect(np.dtype(dtype).type in (np.float32, np.float64), "dtype float32 or float64", dtype)


def _check_draw(shape, dtype, rng):
    _check(shape, dtype)
    drawn = isinstance(rng, np.random.Generator) or hasattr(rng, "position")       # a Stream has a position
    _expect(drawn, "rng to be a np.random.Generator", rng)


# Fans and gains ----------------------------------------------------------------------------------------


def fans(shape):
    r"""Return (fan_in, fan_out): how many inputs a unit sums, and how many units an input reaches.

    .. math:: (D_{in}, D_{out}) \mapsto (D_{in}, D_{out}), \qquad
              (C_{out}, C_{in}, k_H, k_W) \mapsto (C_{in} k_H k_W,\; C_{out} k_H k_W)

    As in torch, fan_out counts the channels of all groups and no stride, and a transposed convolution's W
    (C_in, C_out, kH, kW) gives the two in reverse.
    """
    _check(shape)
    _expect(len(shape) > 1 and 0 not in shape, "shape (D_in, D_out) or (C_out, C_in, ...), not empty", shape)
    window = math.prod(shape[2:])
    return (shape[0], shape[1]) if len(shape) == 2 else (shape[1] * window, shape[0] * window)


def gain(nonlinearity, slope=0.01):
    r"""Return the factor g of an activation f: with std(w) = g / sqrt(fan_in), z keeps its variance 1.

    .. math:: g = \frac{1}{\sqrt{E[f(z)^2]}}, \quad z \sim N(0, 1); \qquad
              g = \sqrt{\frac{2}{1 + \text{slope}^2}} \text{ for the leaky ReLU}

    nonlinearity is "leaky_relu", a name in `GAINS`, or any function of a float64 array, whose g is integrated
    here. torch departs from the formula for "sigmoid", "tanh" and "selu"; pass the function for its exact g.
    """
    if callable(nonlinearity):
        moment = _second_moment(nonlinearity)
        _expect(0 < moment < math.inf, "E[f(z)^2] > 0 and finite", moment)
        return 1 / math.sqrt(moment)
    if nonlinearity == "leaky_relu":
        _expect(math.isfinite(slope), "a finite slope", slope)
        return math.sqrt(2 / (1 + slope**2))
    _expect(nonlinearity in GAINS, f"a function or one of leaky_relu, {', '.join(GAINS)}", nonlinearity)
    return GAINS[nonlinearity]


def _second_moment(f):
    """E[f(z)^2] by Gauss-Legendre on [-12, -11], ..., [11, 12]: kinks at integers do no harm."""
    nodes, weights = np.polynomial.legendre.leggauss(20)
    z = np.arange(-12, 12)[:, None] + (nodes + 1) / 2
    return float(np.sum(weights / 2 * f(z) ** 2 * np.exp(-z * z / 2)) / math.sqrt(2 * math.pi))


# Constants and plain draws -----------------------------------------------------------------------------


def zeros(shape, *, rng=None, dtype=np.float64):
    """All 0, for biases. Units whose weights are equal stay equal."""
    return constant(shape, 0.0, dtype=dtype)


def constant(shape, val, *, rng=None, dtype=np.float64):
    _check(shape, dtype)
    return np.full(shape, val, dtype)


def normal(shape, mean=0.0, std=1.0, *, rng, dtype=np.float64):
    _check_draw(shape, dtype, rng)
    _expect(math.isfinite(mean) and 0 <= std < math.inf, "a finite mean and std >= 0", (mean, std))
    return (mean + std * rng.standard_normal(shape)).astype(dtype)


def uniform(shape, a=0.0, b=1.0, *, rng, dtype=np.float64):
    """Even on [a, b)."""
    _check_draw(shape, dtype, rng)
    _expect(-math.inf < a <= b < math.inf, "a <= b, both finite", (a, b))
    return (a + (b - a) * rng.random(shape)).astype(dtype)


def truncated_normal(shape, mean=0.0, std=1.0, a=-2.0, b=2.0, *, rng, dtype=np.float64):
    """Normal given that it lies in [a, b]: values, not multiples of std; they may be infinite.

    Draws x evenly within 9 std of the peak of the density in [a, b] (beyond lies less than 1e-17 of it) and
    keeps x with probability density(x) / density(peak), compared on a log scale: -log U is exponential.
    """
    _check_draw(shape, dtype, rng)
    _expect(math.isfinite(mean) and 0 < std < math.inf, "a finite mean and std > 0", (mean, std))
    _expect(a < b and a < math.inf and b > -math.inf, "a < b", (a, b))
    peak = min(max(mean, a), b)
    low, high = max(a, peak - 9 * std), min(b, peak + 9 * std)
    W = np.empty(math.prod(shape))
    left = np.arange(W.size)
    while left.size:
        x = rng.uniform(low, high, left.size)
        kept = ((x - mean) ** 2 - (peak - mean) ** 2) / (2 * std**2) <= rng.standard_exponential(x.size)
        W[left[kept]] = x[kept]
        left = left[~kept]
    return W.reshape(shape).astype(dtype)


# Scaled by the fans ------------------------------------------------------------------------------------


def _even(shape, std, rng, dtype):
    """Var(w) = b^2 / 3 for w even on (-b, b)."""
    bound = math.sqrt(3) * std
    return uniform(shape, -bound, bound, rng=rng, dtype=dtype)


def lecun_normal(shape, *, rng, dtype=np.float64):
    r""".. math:: w \sim N(0, 1 / n_{in})"""
    return normal(shape, 0.0, 1 / math.sqrt(fans(shape)[0]), rng=rng, dtype=dtype)


def lecun_uniform(shape, *, rng, dtype=np.float64):
    r""".. math:: w \sim U(-b, b), \qquad b = \sqrt{3 / n_{in}}"""
    return _even(shape, 1 / math.sqrt(fans(shape)[0]), rng, dtype)


def glorot_normal(shape, gain=1.0, *, rng, dtype=np.float64):
    r""".. math:: w \sim N(0, \sigma^2), \qquad \sigma = g \sqrt{2 / (n_{in} + n_{out})}"""
    return normal(shape, 0.0, gain * math.sqrt(2 / sum(fans(shape))), rng=rng, dtype=dtype)


def glorot_uniform(shape, gain=1.0, *, rng, dtype=np.float64):
    r"""Also named Xavier, after Glorot's first name.

    .. math:: w \sim U(-b, b), \qquad b = g \sqrt{6 / (n_{in} + n_{out})}
    """
    return _even(shape, gain * math.sqrt(2 / sum(fans(shape))), rng, dtype)


def _he_std(shape, mode, nonlinearity, slope):
    _expect(mode in ("fan_in", "fan_out"), 'mode "fan_in" or "fan_out"', mode)
    return gain(nonlinearity, slope) / math.sqrt(fans(shape)[mode == "fan_out"])


def he_normal(shape, *, mode="fan_in", nonlinearity="relu", slope=0.01, rng, dtype=np.float64):
    r""".. math:: w \sim N(0, g^2 / n), \qquad n = n_{in} \text{ or } n_{out}, \quad g = \text{gain}"""
    return normal(shape, 0.0, _he_std(shape, mode, nonlinearity, slope), rng=rng, dtype=dtype)


def he_uniform(shape, *, mode="fan_in", nonlinearity="relu", slope=0.01, rng, dtype=np.float64):
    r"""Also named Kaiming. torch's slope is called a, and 0 unless given.

    .. math:: w \sim U(-b, b), \qquad b = g \sqrt{3 / n}
    """
    return _even(shape, _he_std(shape, mode, nonlinearity, slope), rng, dtype)


# Matrices that keep lengths ----------------------------------------------------------------------------


def orthogonal(shape, gain=1.0, *, rng, dtype=np.float64):
    r"""Rows at right angles and of length g, or columns where they are fewer; evenly among all such matrices.

    .. math:: W^\top W = g^2 I \text{ (tall)}, \qquad W W^\top = g^2 I \text{ (wide)}

    A convolution's W counts as the matrix (C_out, C_in kH kW), as in torch. The map keeps lengths; a layer
    with ReLU loses half of the energy all the same (003:92).
    """
    fans(shape)
    _check_draw(shape, dtype, rng)
    _expect(math.isfinite(gain), "a finite gain", gain)
    rows, columns = shape[0], math.prod(shape[1:])
    Q, R = np.linalg.qr(rng.standard_normal((max(rows, columns), min(rows, columns))))
    Q *= gain * np.sign(np.diag(R))         # QR has a habit about the signs of columns; R's undo it
    return (Q if rows >= columns else Q.T).reshape(shape).astype(dtype)


def identity(shape, *, groups=1, rng=None, dtype=np.float64):
    """Pass inputs on: ones on the diagonal, or in the middle of a channel's own window (torch's dirac_)."""
    _check(shape, dtype)
    fans(shape)
    _expect(isinstance(groups, Integral) and groups > 0 and shape[0] % groups == 0,
            f"groups to divide {shape[0]}", groups)
    W = np.zeros(shape, dtype)
    out = np.arange(shape[0])
    channel = out % (shape[0] // groups)
    passed = channel < shape[1]
    W[(out[passed], channel[passed], *(k // 2 for k in shape[2:]))] = 1
    return W


def lsuv(weights, forward, *, tol=0.01, max_trials=10, rng):
    r"""Start orthogonal, then scale layer after layer until its z have a variance of 1 +- tol on a batch.

    .. math:: W \leftarrow W / \sqrt{\operatorname{Var}(Z)}

    weights is a list of arrays, of which shapes and dtypes count; forward(weights) returns the list of the
    layers' pre-activations Z on a batch, one for each weight. Returns the new list of arrays. Raises a
    RuntimeError if a layer is not there after max_trials scalings, or its variance is 0 or not finite.
    Without biases one scaling is enough, as Z is then proportional to W. The authors took tol = 0.1.
    """
    weights = [orthogonal(W.shape, rng=rng, dtype=W.dtype) for W in weights]
    for layer in range(len(weights)):
        for trial in range(max_trials + 1):
            Z = forward(weights)
            _expect(len(Z) == len(weights), f"{len(weights)} pre-activations, one for each weight", len(Z))
            variance = float(np.var(Z[layer], dtype=np.float64))
            if abs(variance - 1) <= tol:
                break
            if trial == max_trials or not 0 < variance < math.inf:
                raise RuntimeError(f"expected variance 1 +- {tol} in layer {layer}; got {variance} "
                                   f"after {trial} scalings")
            weights[layer] = weights[layer] / math.sqrt(variance)
    return weights
