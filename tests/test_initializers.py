"""Initializers: formulas against torch.nn.init, draws against their distributions, and what they are for.

Statistics are seeded and allow six standard errors of the estimator (a false alarm in 5e8), or a p of 2e-9.
"""

import math
from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from dlnotes import initializers
from dlnotes.initializers import (
    GAINS,
    constant,
    fans,
    gain,
    glorot_normal,
    glorot_uniform,
    he_normal,
    he_uniform,
    identity,
    lecun_normal,
    lecun_uniform,
    lsuv,
    normal,
    orthogonal,
    truncated_normal,
    uniform,
    zeros,
)
from dlnotes.ops import activations
from dlnotes.ops.conv import conv2d, conv2d_backward
from ops_helpers import rejects

few = settings(max_examples=25, deadline=None, derandomize=True)
shapes = st.lists(st.integers(1, 7), min_size=2, max_size=5).map(tuple)
N = 100_000
init = torch.nn.init


def generator(seed=0):
    return np.random.default_rng(seed)


def torch_weight(shape):
    """torch's tensor for our shape: a linear layer's is the transpose."""
    return torch.empty(shape[::-1] if len(shape) == 2 else shape, dtype=torch.float64)


def torch_scale(fill, shape, plain):
    """By what torch's initializer multiplies the plain draw: the same seed drawn both ways.

    The median, since a number near 0 has lost digits.
    """
    torch.manual_seed(0)
    drawn = fill(torch_weight(shape))
    torch.manual_seed(0)
    return np.median((drawn / plain(torch_weight(shape))).numpy())


def same_scale(f, fill, shape):
    """f multiplies numpy's standard draw by what torch's ``fill`` multiplies torch's by, to 1e-12."""
    name = (f.func if isinstance(f, partial) else f).__name__
    if name.endswith("normal"):
        plain = generator().standard_normal(shape)
        scale = torch_scale(fill, shape, lambda w: w.normal_())
    else:
        plain = 2 * generator().random(shape) - 1
        scale = torch_scale(fill, shape, lambda w: w.uniform_(-1, 1))
    np.testing.assert_allclose(f(shape, rng=generator()), scale * plain, rtol=1e-12, atol=1e-12 * scale)


# Fans, gains, formulas -------------------------------------------------------------------------------------


@few
@given(shape=shapes)
def test_fans_are_those_of_torch_on_the_transposed_linear_weight(shape):
    assert fans(shape) == init._calculate_fan_in_and_fan_out(torch_weight(shape))


def test_fans_of_known_layers():
    assert fans((784, 10)) == (784, 10)
    assert fans((16, 3, 5, 5)) == (75, 400)
    assert fans((8, 1, 3)) == (3, 24)               # depthwise: each unit sums three inputs


@pytest.mark.parametrize("name", ["linear", "sigmoid", "tanh", "relu", "selu", "leaky_relu"])
def test_gain_is_that_of_torch(name):
    assert gain(name) == pytest.approx(init.calculate_gain(name), rel=1e-15)


@pytest.mark.parametrize("slope", [0.0, 0.01, 0.2, 1.0, -1.0, 5.0])
def test_gain_of_leaky_relu_is_that_of_torch_and_of_its_integral(slope):
    assert gain("leaky_relu", slope) == pytest.approx(init.calculate_gain("leaky_relu", slope), rel=1e-15)
    f = partial(activations.leaky_relu, alpha=slope)
    assert gain(f) == pytest.approx(gain("leaky_relu", slope), rel=1e-12)


TORCH_DEPARTS = {"sigmoid": 1.8462285, "tanh": 1.5925374, "selu": 1.0}


def selu(z):
    return torch.nn.functional.selu(torch.tensor(z)).numpy()


def function(name):
    return selu if name == "selu" else getattr(activations, "identity" if name == "linear" else name)


@pytest.mark.parametrize("name", GAINS)
def test_gain_is_the_integral(name):
    """The table, the integral of the module and an adaptive quadrature of scipy's say the same."""
    f = function(name)
    density = lambda z: float(f(np.array([z]))[0]) ** 2 * stats.norm.pdf(z)  # noqa: E731
    moment = sum(integrate.quad(density, low, high, epsabs=1e-13, epsrel=1e-12)[0]
                 for low, high in [(-30, -1), (-1, 0), (0, 1), (1, 30)])
    assert gain(f) == pytest.approx(moment**-0.5, rel=1e-10)
    if name in TORCH_DEPARTS:
        assert gain(f) == pytest.approx(TORCH_DEPARTS[name], rel=1e-7)
        assert abs(gain(name) / gain(f) - 1) > 0.04
    else:
        assert gain(name) == pytest.approx(gain(f), rel=1e-13)


def test_gains_are_there_for_every_activation_of_the_book():
    functions = {n[: -len("_backward")] for n in vars(activations) if n.endswith("_backward")}
    learned_or_drawn = {"prelu", "rrelu"}           # with a slope: gain("leaky_relu", slope)
    assert functions - set(GAINS) == learned_or_drawn | {"leaky_relu"}


@few
@given(shape=shapes, factor=st.floats(0.1, 5))
def test_glorot_has_the_scale_of_torch(shape, factor):
    same_scale(partial(glorot_normal, gain=factor), lambda w: init.xavier_normal_(w, factor), shape)
    same_scale(partial(glorot_uniform, gain=factor), lambda w: init.xavier_uniform_(w, factor), shape)
    same_scale(glorot_normal, init.xavier_normal_, shape)
    same_scale(glorot_uniform, init.xavier_uniform_, shape)


@few
@given(shape=shapes, mode=st.sampled_from(["fan_in", "fan_out"]), slope=st.floats(0, 2),
       name=st.sampled_from(["relu", "leaky_relu", "tanh", "sigmoid", "linear", "selu"]))
def test_he_has_the_scale_of_torch(shape, mode, slope, name):
    ours = {"mode": mode, "nonlinearity": name, "slope": slope}
    same_scale(partial(he_normal, **ours), lambda w: init.kaiming_normal_(w, slope, mode, name), shape)
    same_scale(partial(he_uniform, **ours), lambda w: init.kaiming_uniform_(w, slope, mode, name), shape)
    same_scale(he_normal, init.kaiming_normal_, shape)
    same_scale(he_uniform, init.kaiming_uniform_, shape)


@few
@given(shape=shapes)
def test_lecun_is_he_without_gain(shape):
    same_scale(lecun_normal, lambda w: init.kaiming_normal_(w, nonlinearity="linear"), shape)
    same_scale(lecun_uniform, lambda w: init.kaiming_uniform_(w, nonlinearity="linear"), shape)


def test_the_comparison_can_fail():
    """A swapped fan, and a gain off by 0.1 %, are seen."""
    for wrong in (partial(he_normal, mode="fan_out"), partial(he_normal, nonlinearity=lambda z: z / 1.4155)):
        with pytest.raises(AssertionError):
            same_scale(wrong, init.kaiming_normal_, (3, 5))


# Draws -----------------------------------------------------------------------------------------------------

LINEAR = (200, 500)
CONV = (40, 100, 5, 5)
NORMAL = [      # the standard deviation that each must have
    (normal, {"mean": 0.5, "std": 3.0}, LINEAR, 3.0),
    (lecun_normal, {}, LINEAR, math.sqrt(1 / 200)),
    (lecun_normal, {}, CONV, math.sqrt(1 / 2500)),
    (glorot_normal, {"gain": 2.0}, LINEAR, 2 * math.sqrt(2 / 700)),
    (glorot_normal, {}, CONV, math.sqrt(2 / 3500)),
    (he_normal, {}, LINEAR, math.sqrt(2 / 200)),
    (he_normal, {"mode": "fan_out"}, LINEAR, math.sqrt(2 / 500)),
    (he_normal, {"mode": "fan_out"}, CONV, math.sqrt(2 / 1000)),
    (he_normal, {"nonlinearity": "leaky_relu", "slope": 0.5}, CONV, math.sqrt(1.6 / 2500)),
]
UNIFORM = [     # the interval
    (uniform, {"a": -1.0, "b": 5.0}, LINEAR, -1.0, 5.0),
    (uniform, {}, LINEAR, 0.0, 1.0),
    (lecun_uniform, {}, CONV, *np.array([-1, 1]) * math.sqrt(3 / 2500)),
    (glorot_uniform, {"gain": 2.0}, LINEAR, *np.array([-2, 2]) * math.sqrt(6 / 700)),
    (glorot_uniform, {}, CONV, *np.array([-1, 1]) * math.sqrt(6 / 3500)),
    (he_uniform, {}, LINEAR, *np.array([-1, 1]) * math.sqrt(6 / 200)),
    (he_uniform, {"mode": "fan_out", "nonlinearity": "tanh"}, CONV, *np.array([-5, 5]) / math.sqrt(3 * 1000)),
]


def ids(case):
    return getattr(case, "__name__", None)


@pytest.mark.parametrize("f, kw, shape, std", NORMAL, ids=ids)
def test_normal_draws(f, kw, shape, std):
    W = f(shape, rng=generator(1), **kw).ravel()
    assert W.size == N
    assert abs(W.mean() - kw.get("mean", 0)) < 6 * std / math.sqrt(N)
    assert abs(W.var() / std**2 - 1) < 6 * math.sqrt(2 / N)
    assert stats.kstest(W, "norm", (kw.get("mean", 0), std)).pvalue > 2e-9


@pytest.mark.parametrize("f, kw, shape, low, high", UNIFORM, ids=ids)
def test_uniform_draws(f, kw, shape, low, high):
    W = f(shape, rng=generator(2), **kw).ravel()
    width = high - low
    assert low <= W.min() < low + width * 21 / N        # else a chance of exp(-21) = 8e-10
    assert high - width * 21 / N < W.max() <= high
    assert abs(W.mean() - (low + high) / 2) < 6 * width / math.sqrt(12 * N)
    assert abs(W.var() / (width**2 / 12) - 1) < 6 * math.sqrt(0.8 / N)
    assert stats.kstest(W, "uniform", (low, width)).pvalue > 2e-9


@pytest.mark.parametrize("mean, std, a, b", [
    (0, 1, -2, 2), (0, 0.02, -2, 2), (1, 2, 0, 1.5), (3, 1, -2, 2), (-5, 1, -2, 2), (0, 1, 6, math.inf),
    (0, 1, -math.inf, math.inf), (0, 1, 0.5, 0.51), (2, 3, -math.inf, -4)])
def test_truncated_normal_draws(mean, std, a, b):
    n = N if abs(mean) < 3 and a < 3 else 20_000
    W = truncated_normal((n // 10, 10), mean, std, a, b, rng=generator(3)).ravel()
    assert a <= W.min() and W.max() <= b
    law = stats.truncnorm((a - mean) / std, (b - mean) / std, mean, std)
    assert stats.kstest(W, law.cdf).pvalue > 2e-9
    assert abs(W.mean() - law.mean()) < 6 * law.std() / math.sqrt(n)


@pytest.mark.parametrize("mean, std, a, b", [(0, 1, -2, 2), (0, 1, -0.3, 1), (1, 0.5, 2, 3)])
def test_truncated_normal_means_what_torch_means(mean, std, a, b):
    torch.manual_seed(0)
    theirs = init.trunc_normal_(torch.empty(N, dtype=torch.float64), mean, std, a, b).numpy()
    ours = truncated_normal((N,), mean, std, a, b, rng=generator(4))
    assert stats.ks_2samp(ours, theirs).pvalue > 2e-9


def test_draws_are_independent():
    bound = 6 / math.sqrt(N)
    for f in (normal, uniform, truncated_normal):
        W = f((100, 1000), rng=generator(5))
        assert abs(np.corrcoef(W[:, 1:].ravel(), W[:, :-1].ravel())[0, 1]) < bound
        assert abs(np.corrcoef(W[1:].ravel(), W[:-1].ravel())[0, 1]) < bound


# What they are for -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(set(GAINS) - {"exponential"}))     # its E[f^4] is e^8: too many draws
@pytest.mark.parametrize("f", [he_normal, he_uniform], ids=ids)
def test_he_keeps_the_second_moment_with_the_gain_of_the_activation(f, name):
    """500 standard-normal z a row go through f and into 4000 units: a standard error of 2.3 % at most."""
    act = function(name)
    Z = act(generator(6).standard_normal((100, 500))) @ f((500, 4000), nonlinearity=act, rng=generator(7))
    assert np.mean(Z**2) == pytest.approx(1, rel=0.14)


def test_fan_in_keeps_activations_and_fan_out_gradients_of_a_linear_layer():
    for mode, pick in [("fan_in", 0), ("fan_out", 1)]:
        W = he_normal((2000, 500), mode=mode, nonlinearity="linear", rng=generator(8))
        Y = generator(9).standard_normal((100, 2000)) @ W
        dX = generator(9).standard_normal((100, 500)) @ W.T
        assert [np.var(Y), np.var(dX)][pick] == pytest.approx(1, rel=0.05)
        assert [np.var(dX), np.var(Y)][pick] == pytest.approx([1 / 4, 4][pick], rel=0.05)


def test_fan_in_keeps_activations_and_fan_out_gradients_of_a_convolution():
    shape = (64, 16, 3, 5)
    X, dY = generator(10).standard_normal((8, 16, 12, 16)), generator(11).standard_normal((8, 64, 10, 12))
    for mode, pick in [("fan_in", 0), ("fan_out", 1)]:
        W = he_normal(shape, mode=mode, nonlinearity="linear", rng=generator(12))
        Y, dX = conv2d(X, W), conv2d_backward(dY, X, W)[0][:, :, 2:-2, 4:-4]       # away from the border
        assert [np.var(Y), np.var(dX)][pick] == pytest.approx(1, rel=0.06)
        assert [np.var(dX), np.var(Y)][pick] == pytest.approx([4, 1 / 4][pick], rel=0.06)


# Orthogonal, identity --------------------------------------------------------------------------------------


@few
@given(shape=shapes, factor=st.floats(-3, 3))
def test_orthogonal(shape, factor):
    W = orthogonal(shape, factor, rng=generator(13))
    assert W.shape == shape
    M = W.reshape(shape[0], -1)
    M = M if M.shape[0] >= M.shape[1] else M.T
    np.testing.assert_allclose(M.T @ M, factor**2 * np.eye(M.shape[1]), atol=1e-12)
    theirs = init.orthogonal_(torch.empty(shape, dtype=torch.float64), factor).numpy().reshape(shape[0], -1)
    theirs = theirs if theirs.shape[0] >= theirs.shape[1] else theirs.T
    np.testing.assert_allclose(M.T @ M, theirs.T @ theirs, atol=1e-12)


def test_orthogonal_of_a_large_matrix_and_in_float32():
    for shape in [(300, 200), (200, 300), (64, 16, 3, 3)]:
        for dtype, tol in [(np.float64, 1e-12), (np.float32, 1e-5)]:
            W = orthogonal(shape, math.sqrt(2), rng=generator(14), dtype=dtype).reshape(shape[0], -1)
            G = W.T @ W if W.shape[0] >= W.shape[1] else W @ W.T
            np.testing.assert_allclose(G, 2 * np.eye(len(G)), atol=tol)


def test_orthogonal_is_even_over_all_orthogonal_matrices():
    """Entries of a 3 x 3 one have mean 0 and mean square 1/3, its trace mean 0 and mean square 1."""
    n, rng = 4000, generator(15)
    W = np.array([orthogonal((3, 3), rng=rng) for _ in range(n)])
    trace = np.trace(W, axis1=1, axis2=2)
    for sample, square in [*((W[:, i, j], 1 / 3) for i in range(3) for j in range(3)), (trace, 1)]:
        assert abs(sample.mean()) < 6 * math.sqrt(square / n)
        assert abs((sample**2).mean() - square) < 6 * (sample**2).std() / math.sqrt(n)


@few
@given(shape=shapes.filter(lambda s: len(s) > 2), groups=st.integers(1, 3))
def test_identity_is_dirac_of_torch(shape, groups):
    shape = (shape[0] * groups, *shape[1:])
    theirs = init.dirac_(torch.empty(shape, dtype=torch.float64), groups).numpy()
    np.testing.assert_array_equal(identity(shape, groups=groups), theirs)


@pytest.mark.parametrize("shape", [(3, 3), (2, 5), (5, 2), (1, 1)])
def test_identity_of_a_linear_layer_is_eye(shape):
    np.testing.assert_array_equal(identity(shape), np.eye(*shape))


@pytest.mark.parametrize("groups", [1, 2, 4])
def test_identity_lets_images_pass(groups):
    X = generator(16).standard_normal((2, 4, 6, 7))
    np.testing.assert_array_equal(conv2d(X, identity((4, 4 // groups, 3, 5), groups=groups), padding=(1, 2),
                                         groups=groups), X)


# LSUV ------------------------------------------------------------------------------------------------------

WIDTHS = [20, 50, 70, 30, 60, 60, 40, 90, 50, 50, 10]          # ten layers


def network(act, bias=0.0, seed=17):
    """A forward function for `lsuv`, and weights of its shapes."""
    X = 3 + 2 * generator(seed).standard_normal((300, WIDTHS[0]))
    biases = [bias * generator(i).standard_normal(n) for i, n in enumerate(WIDTHS[1:])]

    def forward(weights):
        A, Zs = X, []
        for W, b in zip(weights, biases, strict=True):
            Zs.append(A @ W + b)
            A = act(Zs[-1])
        return Zs

    return forward, [np.full(shape, 7.0) for shape in zip(WIDTHS, WIDTHS[1:])]


@pytest.mark.parametrize("act", [activations.relu, activations.tanh, activations.swish, activations.identity],
                         ids=ids)
@pytest.mark.parametrize("bias, tol", [(0.0, 1e-6), (0.5, 0.01), (0.5, 0.1)])
def test_lsuv_brings_ten_layers_to_unit_variance(act, bias, tol):
    forward, weights = network(act, bias)
    before = [W.copy() for W in weights]
    found = lsuv(weights, forward, tol=tol, rng=generator(18))
    np.testing.assert_allclose([np.var(Z) for Z in forward(found)], 1, atol=tol)
    start = [np.var(Z) for Z in forward([orthogonal(W.shape, rng=generator(18)) for W in weights])]
    assert max(np.abs(np.array(start) - 1)) > 0.5                       # there was something to do
    for W, shape, old, new in zip(found, zip(WIDTHS, WIDTHS[1:]), before, weights, strict=True):
        np.testing.assert_array_equal(old, new)
        M = W if shape[0] >= shape[1] else W.T
        G = M.T @ M                                                     # still orthogonal
        np.testing.assert_allclose(G / G[0, 0], np.eye(len(G)), atol=1e-12)


def test_lsuv_default_tolerance_and_number_of_forward_passes():
    """Without biases two passes a layer: one to scale by, one that finds it right."""
    forward, weights = network(activations.relu)
    calls = []
    found = lsuv(weights, lambda w: calls.append(1) or forward(w), rng=generator(19))
    assert len(calls) == 2 * len(weights)
    biased, weights = network(activations.relu, 0.5)
    found = lsuv(weights, biased, rng=generator(19))
    np.testing.assert_allclose([np.var(Z) for Z in biased(found)], 1, atol=0.01)


def test_lsuv_of_convolutions_in_float32():
    X = generator(20).standard_normal((4, 3, 10, 10)).astype(np.float32)

    def forward(weights):
        first = conv2d(X, weights[0], padding=1)
        return first, conv2d(activations.relu(first), weights[1], stride=2)

    weights = [np.zeros((8, 3, 3, 3), np.float32), np.zeros((5, 8, 2, 2), np.float32)]
    found = lsuv(weights, forward, rng=generator(21))
    assert [W.dtype for W in found] == [np.float32] * 2
    np.testing.assert_allclose([np.var(Z) for Z in forward(found)], 1, atol=0.01)


def test_lsuv_says_when_it_does_not_get_there():
    weights = [np.zeros((4, 3)), np.zeros((3, 2))]
    X = generator(22).standard_normal((100, 4))
    growing = lambda w: [X @ w[0], 100 * X[:, :2] + X[:, :1] @ w[1][:1]]  # noqa: E731
    with pytest.raises(RuntimeError, match=r"expected variance 1 \+- 0.01 in layer 1; got 9.* after 4"):
        lsuv(weights, growing, max_trials=4, rng=generator())
    for bad, found in [(0.0, "0.0"), (math.nan, "nan"), (math.inf, "nan")]:
        dead = lambda w, bad=bad: [X @ w[0], np.full((3, 2), bad)]  # noqa: E731
        message = f"in layer 1; got {found} after 0 scalings"
        with pytest.raises(RuntimeError, match=message), np.errstate(all="ignore"):
            lsuv(weights, dead, rng=generator())
    rejects(lsuv, weights, lambda w: [X @ w[0]], rng=generator())
    rejects(lsuv, weights, growing, rng=None)
    rejects(lsuv, [np.zeros((4, 3), int)], growing, rng=generator())


# All of them -----------------------------------------------------------------------------------------------

DRAWN = [normal, uniform, truncated_normal, lecun_normal, lecun_uniform, glorot_normal, glorot_uniform,
         he_normal, he_uniform, orthogonal]
FIXED = [zeros, identity, partial(constant, val=2.5)]


def test_every_function_is_in_these_tests():
    public = {f for name, f in vars(initializers).items()
              if getattr(f, "__module__", "") == initializers.__name__ and not name.startswith("_")}
    assert public == {*DRAWN, zeros, identity, constant, fans, gain, lsuv}


def test_zeros_and_constant():
    np.testing.assert_array_equal(zeros((2, 3)), np.zeros((2, 3)))
    np.testing.assert_array_equal(constant((3,), -1.5, dtype=np.float32), np.full(3, -1.5, np.float32))


@pytest.mark.parametrize("f", DRAWN + FIXED, ids=ids)
@pytest.mark.parametrize("shape", [(3, 4), (5, 2, 3), (4, 3, 2, 1), [2, 2]])
def test_shape_dtype_seed(f, shape):
    W = f(shape, rng=generator(23))
    assert W.dtype == np.float64 and W.shape == tuple(shape) and W.flags.writeable
    small = f(shape, rng=generator(23), dtype=np.float32)
    assert small.dtype == np.float32
    np.testing.assert_array_equal(small, W.astype(np.float32))
    rng = generator(23)
    np.testing.assert_array_equal(f(shape, rng=rng), W)
    assert (f(shape, rng=rng) != W).any() == (f in DRAWN)
    W[...] = 9                                                          # a new array every time
    assert (f(shape, rng=generator(23)) != 9).any()


def test_nothing_touches_the_global_generator():
    np.random.seed(3)
    before = np.random.get_state()[1].copy()
    for f in DRAWN + FIXED:
        f((3, 4), rng=generator())
    np.testing.assert_array_equal(np.random.get_state()[1], before)


@pytest.mark.parametrize("f", DRAWN, ids=ids)
def test_a_drawn_weight_needs_a_generator(f):
    with pytest.raises(TypeError):
        f((3, 4))
    for rng in (None, 0, np.random, np.random.RandomState(0)):
        rejects(f, (3, 4), rng=rng)


@pytest.mark.parametrize("f", DRAWN + FIXED, ids=ids)
def test_wrong_shape_and_dtype(f):
    for shape in ((3, -1), (3, 2.0), 5, "ab", None):
        rejects(f, shape, rng=generator())
    for dtype in (int, np.float16, bool):
        rejects(f, (3, 4), rng=generator(), dtype=dtype)
    if f in (normal, uniform, truncated_normal, *FIXED) and f is not identity:
        assert f((0, 4), rng=generator()).shape == (0, 4) and f((), rng=generator()).shape == ()
    else:
        for shape in ((), (3,), (0, 4), (4, 3, 0)):
            rejects(f, shape, rng=generator())


def test_wrong_numbers_and_names():
    rng = generator()
    for shape in ((3,), (), (0, 2), (2, 3.0), None):
        rejects(fans, shape)
    for std in (-1.0, math.nan, math.inf):
        rejects(normal, (2, 3), 0.0, std, rng=rng)
        rejects(truncated_normal, (2, 3), 0.0, std, rng=rng)
    rejects(truncated_normal, (2, 3), 0.0, 0.0, rng=rng)
    for f in (normal, truncated_normal):
        for mean in (math.nan, math.inf):
            rejects(f, (2, 3), mean, rng=rng)
    for a, b in [(1.0, 0.0), (-math.inf, 0.0), (0.0, math.inf), (math.nan, 1.0)]:
        rejects(uniform, (2, 3), a, b, rng=rng)
    for a, b in [(1.0, 0.0), (1.0, 1.0), (0.0, math.nan), (math.inf, math.inf), (-math.inf, -math.inf)]:
        rejects(truncated_normal, (2, 3), 0.0, 1.0, a, b, rng=rng)
    for f in (glorot_normal, glorot_uniform):
        rejects(f, (2, 3), -1.0, rng=rng)
        rejects(f, (2, 3), math.nan, rng=rng)
    rejects(orthogonal, (2, 3), math.inf, rng=rng)
    for f in (he_normal, he_uniform):
        rejects(f, (2, 3), mode="in", rng=rng)
        rejects(f, (2, 3), nonlinearity="rleu", rng=rng)
    for groups in (0, 2, -1, 1.5):
        rejects(identity, (3, 3, 3), groups=groups)
    rejects(gain, "leaky")
    rejects(gain, "leaky_relu", math.nan)
    rejects(gain, lambda z: 0 * z)
    rejects(gain, lambda z: z * math.inf)
