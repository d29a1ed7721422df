"""activations.py against torch, finite differences and the properties that the book claims."""
import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from ops_helpers import noncontiguous, rejects

from dlnotes.gradcheck import gradcheck
from dlnotes.ops import activations as ops
from dlnotes.ops.activations import ACTIVATIONS, RRELU_LOWER, RRELU_MEAN, RRELU_UPPER

quick = settings(max_examples=40, deadline=None)
numbers = st.floats(-50, 50)          # hypothesis is fond of 0, -0, 1, -1 and of denormal numbers
shapes = array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)
boxes = arrays(np.float64, shapes, elements=numbers)
wide = arrays(np.float64, st.integers(1, 20), elements=st.floats(-1e4, 1e4))

# case: (name in activations.py, settings, the same in torch)
CASES = {
    "identity": ("identity", {}, lambda x: 1 * x),
    "step": ("step", {}, lambda x: torch.heaviside(x.detach(), torch.ones((), dtype=x.dtype)) + 0 * x),
    "sign": ("sign", {}, torch.sign),
    "absolute": ("absolute", {}, torch.abs),
    "sigmoid": ("sigmoid", {}, torch.sigmoid),
    "tanh": ("tanh", {}, torch.tanh),
    "bipolar_sigmoid": ("bipolar_sigmoid", {}, lambda x: 2 * torch.sigmoid(x) - 1),
    "hard_tanh": ("hard_tanh", {}, F.hardtanh),
    "softsign": ("softsign", {}, F.softsign),
    "relu": ("relu", {}, F.relu),
    "leaky_relu": ("leaky_relu", {}, F.leaky_relu),
    "leaky_relu, alpha 0.3": ("leaky_relu", {"alpha": 0.3}, lambda x: F.leaky_relu(x, 0.3)),
    "leaky_relu, alpha 2": ("leaky_relu", {"alpha": 2}, lambda x: F.leaky_relu(x, 2.0)),
    "rrelu": ("rrelu", {}, lambda x: F.rrelu(x, training=False)),
    "rrelu, slope 0.7": ("rrelu", {"slopes": 0.7}, lambda x: F.rrelu(x, 0.6, 0.8, training=False)),
    "elu": ("elu", {}, F.elu),
    "elu, alpha 1.7": ("elu", {"alpha": 1.7}, lambda x: F.elu(x, 1.7)),
    "softplus": ("softplus", {}, lambda x: F.softplus(x, threshold=40)),
    "softplus, beta 3": ("softplus", {"beta": 3.0}, lambda x: F.softplus(x, 3.0, threshold=40)),
    "bent_identity": ("bent_identity", {}, lambda x: (torch.sqrt(x * x + 1) - 1) / 2 + x),
    "swish": ("swish", {}, F.silu),
    "swish, beta 1.7": ("swish", {"beta": 1.7}, lambda x: x * torch.sigmoid(1.7 * x)),
    "swish, beta 0": ("swish", {"beta": 0.0}, lambda x: x / 2),
    "swish, beta -2": ("swish", {"beta": -2.0}, lambda x: x * torch.sigmoid(-2 * x)),
    "mish": ("mish", {}, F.mish),
    "gelu": ("gelu", {}, F.gelu),
    "gelu, tanh": ("gelu", {"approximate": "tanh"}, lambda x: F.gelu(x, approximate="tanh")),
    "rbf": ("rbf", {}, lambda x: torch.exp(-x * x)),
    "rbf, x0 0.5, beta 2": ("rbf", {"x0": 0.5, "beta": 2.0}, lambda x: torch.exp(-2 * (x - 0.5) ** 2)),
    "rbf, beta 1e-4": ("rbf", {"beta": 1e-4}, lambda x: torch.exp(-1e-4 * x * x)),
    "exponential": ("exponential", {}, torch.exp),
}
GRID = np.concatenate([np.linspace(-12, 12, 481), np.random.default_rng(0).normal(0, 5, 200)])
KINKS = np.array([0.0, -0.0, 1.0, -1.0, 2.0, -2.0, 0.5])
TINY = np.array([5e-324, -5e-324, 1e-310, -1e-310, 1e-45, -1e-45, 2e-38, -2e-38, 1e-20, -1e-20, 1e-9, -1e-9])
LARGE = np.array([20.0, -20.0, 37.0, -37.0, 88.0, -88.0, 700.0, -700.0, 1000.0, -1000.0, 1e4, -1e4])
POINTS = np.concatenate([GRID, KINKS, TINY, LARGE])


def upstream_for(x, seed=1):
    """Normal numbers that float32 holds exactly, so that both precisions see the same ones."""
    dY = np.random.default_rng(seed).standard_normal(x.shape)
    return np.asarray(dY).astype(np.float32).astype(np.float64)


def assert_each_close(got, expected, tol, what):
    """Each number for itself within tol * max(1, |expected|): a neighbour of 1e4 must not loosen it."""
    assert np.shape(got) == expected.shape, f"{what}: shape {np.shape(got)}, torch has {expected.shape}"
    assert np.all(np.isfinite(got) == np.isfinite(expected)), f"{what}: inf or nan in the wrong place"
    finite = np.isfinite(expected)
    got, expected = np.asarray(got, np.float64), np.asarray(expected)
    assert np.array_equal(got[~finite], expected[~finite]), f"{what}: inf of the wrong sign, or nan"
    error = np.abs(got[finite] - expected[finite]) / np.maximum(1, np.abs(expected[finite]))
    assert np.all(error <= tol), f"{what}: off by {error.max()} at number {error.argmax()}"


def assert_like_torch(f, f_backward, torch_f, inputs, dY, tol=1e-12, dtype=np.float64):
    """Value and the gradient of each input, once as they come and once as read-only strided views."""
    inputs = [np.asarray(x, dtype) for x in inputs]
    tensors = [torch.tensor(x.astype(np.float64), requires_grad=True) for x in inputs]
    Y = torch_f(*tensors)
    Y.backward(torch.tensor(dY))
    for form in (np.array, noncontiguous):
        given = [form(x) for x in [dY.astype(dtype), *inputs]]
        before = [x.copy() for x in given]
        got = f(*given[1:])
        gradients = f_backward(*given)
        gradients = gradients if isinstance(gradients, tuple) else (gradients,)
        for x, old in zip(given, before):
            assert x.tobytes() == old.tobytes(), "an input was modified"
        for x in given:
            assert not np.shares_memory(x, got), "the value is a view of an input"
        assert got.dtype == dtype, f"value is {got.dtype}"
        assert_each_close(got, Y.detach().numpy(), tol, "value")
        assert len(gradients) == len(tensors)
        for i, (gradient, tensor) in enumerate(zip(gradients, tensors)):
            assert gradient.dtype == dtype, f"gradient of input {i} is {gradient.dtype}"
            assert_each_close(gradient, tensor.grad.numpy(), tol, f"gradient of input {i}")


def pair(case):
    """(f, f_backward, torch_f) with the settings of the case filled in."""
    name, kw, torch_f = CASES[case]
    f, f_backward = ACTIVATIONS[name]
    return (lambda x: f(x, **kw)), (lambda dY, x: f_backward(dY, x, **kw)), torch_f


def derivative(name, x, **kw):
    return ACTIVATIONS[name][1](np.ones_like(x), x, **kw)


# Against torch ----------------------------------------


def test_every_activation_has_a_case():
    assert {name for name, _, _ in CASES.values()} == set(ACTIVATIONS)
    for name, (f, f_backward) in ACTIVATIONS.items():
        assert f is getattr(ops, name) and f_backward is getattr(ops, name + "_backward")


@pytest.mark.parametrize("case", CASES)
def test_like_torch_on_a_grid_at_kinks_tiny_and_large(case):
    x = POINTS[POINTS < 709] if case == "exponential" else POINTS
    assert_like_torch(*pair(case), [x], upstream_for(x))


@pytest.mark.parametrize("case", CASES)
def test_float32_stays_float32(case):
    x = POINTS.astype(np.float32)
    x = x[np.abs(x) < 88] if case == "exponential" else x
    assert_like_torch(*pair(case), [x], upstream_for(x), tol=1e-6, dtype=np.float32)


@quick
@given(boxes, st.integers(0, 99))
def test_like_torch_for_any_shape(x, seed):
    for case in CASES:
        assert_like_torch(*pair(case), [x], upstream_for(x, seed))


@quick
@given(arrays(np.float32, array_shapes(max_dims=3, max_side=4), elements=st.floats(-50, 50, width=32)))
def test_like_torch_for_any_float32(x):
    for case in CASES:
        assert_like_torch(*pair(case), [x], upstream_for(x), tol=1e-6, dtype=np.float32)


@st.composite
def prelu_inputs(draw):
    x = draw(boxes)
    fitting = [(1,)] + ([(x.shape[1],)] if x.ndim > 1 and x.shape[1] > 0 else [])
    return x, draw(arrays(np.float64, draw(st.sampled_from(fitting)), elements=st.floats(-2, 2)))


@quick
@given(prelu_inputs(), st.integers(0, 99))
def test_prelu_like_torch(inputs, seed):
    x, alpha = inputs
    assert_like_torch(ops.prelu, ops.prelu_backward, F.prelu, [x, alpha], upstream_for(x, seed))


def test_prelu_in_float32_at_its_kink_and_with_a_number_as_slope():
    x = np.array([[0.0, -0.0, 3.0], [-1.0, 5.0, -2.0]])
    alpha = np.array([0.25, -0.5, 0.1])
    assert_like_torch(ops.prelu, ops.prelu_backward, F.prelu, [x, alpha], upstream_for(x))
    assert_like_torch(ops.prelu, ops.prelu_backward, F.prelu, [x, alpha], upstream_for(x), 1e-6, np.float32)
    assert np.array_equal(ops.prelu(x, 0.25), F.leaky_relu(torch.tensor(x), 0.25).numpy())
    dX, dalpha = ops.prelu_backward(np.ones_like(x), x, 0.25)
    assert dX[0, 0] == dX[0, 1] == 0.25 and dalpha == -3.0 and np.shape(dalpha) == ()
    assert ops.prelu(x.astype(np.float32), 0.25).dtype == np.float32


def test_rrelu_like_torch_in_training():
    x = np.concatenate([GRID, KINKS])[:600].reshape(20, 30)
    noise = torch.empty(20, 30, dtype=torch.float64)
    x_torch, dY = torch.tensor(x, requires_grad=True), upstream_for(x)
    Y = torch.ops.aten.rrelu_with_noise(x_torch, noise, RRELU_LOWER, RRELU_UPPER, True)
    Y.backward(torch.tensor(dY))
    slopes = noise.numpy()                             # torch leaves the slopes it drew here, and 1 for x > 0
    assert_each_close(ops.rrelu(x, slopes), Y.detach().numpy(), 1e-12, "value")
    assert_each_close(ops.rrelu_backward(dY, x, slopes), x_torch.grad.numpy(), 1e-12, "gradient")


# Against finite differences ----------------------------------------


@pytest.mark.parametrize("case", CASES)
def test_gradient_is_what_the_function_does(case):
    f, f_backward, _ = pair(case)
    size = np.abs(GRID)
    x = GRID[(size > 1e-3) & (np.abs(size - 1) > 1e-3) & (size < 6)][::3].reshape(3, -1)  # not at 0, 1, -1
    dY = upstream_for(x)
    gradcheck(f, [x], [f_backward(dY, x)], dY)


def test_gradients_of_prelu_and_rrelu_are_what_the_functions_do():
    rng = np.random.default_rng(2)
    x, alpha = rng.normal(size=(4, 3, 2)), rng.normal(size=3)
    dY, slopes = upstream_for(x), ops.rrelu_slopes(x.shape, rng)
    gradcheck(ops.prelu, [x, alpha], ops.prelu_backward(dY, x, alpha), dY)
    gradcheck(lambda x: ops.rrelu(x, slopes), [x], [ops.rrelu_backward(dY, x, slopes)], dY)


# The comparison itself can fail ----------------------------------------


def spoil_input(x):
    x[...] = 0
    return ops.relu(x)


WRONG = {
    "gradient 0.1 % too large": ("tanh", ops.tanh, lambda dY, x: 1.001 * ops.tanh_backward(dY, x)),
    "slope 1/2 at the kink": ("relu", ops.relu, lambda dY, x: dY * np.heaviside(x, 0.5)),
    "slope 1 at the kink": ("hard_tanh", ops.hard_tanh, lambda dY, x: dY * (np.abs(x) <= 1)),
    "upstream ignored": ("elu", ops.elu, lambda dY, x: ops.elu_backward(np.ones_like(x), x)),
    "setting ignored in f": ("leaky_relu, alpha 0.3", ops.leaky_relu,
                             lambda dY, x: ops.leaky_relu_backward(dY, x, 0.3)),
    "setting ignored in f_backward": ("swish, beta 1.7", lambda x: ops.swish(x, 1.7), ops.swish_backward),
    "value off by 1e-9": ("gelu", lambda x: ops.gelu(x) + 1e-9, ops.gelu_backward),
    "approximate in place of exact": ("gelu", lambda x: ops.gelu(x, "tanh"), ops.gelu_backward),
    "shape": ("relu", ops.relu, lambda dY, x: ops.relu_backward(dY, x).ravel()[:, None]),
    "input modified": ("relu", spoil_input, ops.relu_backward),
    "input handed back": ("identity", lambda x: x, ops.identity_backward),
}


@pytest.mark.parametrize("fault", WRONG)
def test_the_comparison_with_torch_can_fail(fault):
    case, f, f_backward = WRONG[fault]
    x = np.concatenate([GRID, KINKS])
    with pytest.raises((AssertionError, ValueError)):
        assert_like_torch(f, f_backward, CASES[case][2], [x], upstream_for(x))


def test_the_comparison_can_fail_on_dtype():
    with pytest.raises(AssertionError, match="float64"):
        assert_like_torch(lambda x: ops.relu(x) * np.ones(1), ops.relu_backward, F.relu, [GRID],
                          upstream_for(GRID), 1e-6, np.float32)


# The ends of the line ----------------------------------------

LIMITS = {  # name: f(-inf), f(inf), f'(-inf), f'(inf)
    "identity": (-np.inf, np.inf, 1, 1), "step": (0, 1, 0, 0), "sign": (-1, 1, 0, 0),
    "absolute": (np.inf, np.inf, -1, 1), "sigmoid": (0, 1, 0, 0), "tanh": (-1, 1, 0, 0),
    "bipolar_sigmoid": (-1, 1, 0, 0), "hard_tanh": (-1, 1, 0, 0), "softsign": (-1, 1, 0, 0),
    "relu": (0, np.inf, 0, 1), "leaky_relu": (-np.inf, np.inf, 0.01, 1),
    "rrelu": (-np.inf, np.inf, RRELU_MEAN, 1),
    "elu": (-1, np.inf, 0, 1), "softplus": (0, np.inf, 0, 1), "bent_identity": (-np.inf, np.inf, 0.5, 1.5),
    "swish": (0, np.inf, 0, 1), "mish": (0, np.inf, 0, 1), "gelu": (0, np.inf, 0, 1), "rbf": (0, 0, 0, 0),
    "exponential": (0, np.inf, 0, np.inf),
}


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_limits_at_infinity(name, dtype):
    """numpy's warnings are errors in these tests (pyproject.toml), so that inf - inf would be seen too."""
    x = np.array([-np.inf, np.inf], dtype)
    low, high, slope_low, slope_high = LIMITS[name]
    np.testing.assert_allclose(ACTIVATIONS[name][0](x), [low, high], rtol=1e-6)
    np.testing.assert_allclose(derivative(name, x), [slope_low, slope_high], rtol=1e-6)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("case", CASES)
def test_no_warning_and_finite_slopes_far_out(case, dtype):
    f, f_backward, _ = pair(case)
    far = 1e36 if "," in case else 1e37
    x = np.array([far, -far, 1e20, -1e20, 1e4, -1e4, 1000, -1000, 5e-324, -5e-324, 1e-45, -1e-45], dtype)
    with np.errstate(all="warn", under="ignore"):
        assert not np.isnan(f(x)).any()
        slopes = f_backward(np.ones_like(x), x)
        assert np.isfinite(slopes if case != "exponential" else slopes[x < 80]).all()
        assert np.array_equal(f_backward(np.zeros_like(x), x), np.zeros_like(x))


@pytest.mark.parametrize("name", sorted(set(ACTIVATIONS) - {"hard_tanh"}))
def test_nan_stays_nan(name):
    assert np.isnan(ACTIVATIONS[name][0](np.array([np.nan, 1.0]))).tolist() == [True, False]


def test_exponential_overflows_to_inf():
    assert ops.exponential(np.array([709.7, 709.8]))[1] == np.inf
    assert np.isfinite(ops.exponential(np.array([709.7])))
    assert ops.exponential(np.array([88.8], np.float32)) == np.inf
    assert ops.exponential_backward(np.array([2.0, 0.0]), np.array([709.5, 800.0])).tolist() == [np.inf, 0.0]


# Digits where the textbook form loses them ----------------------------------------


def close(got, expected, digits=14):
    return math.isclose(float(got), expected, rel_tol=10.0**-digits)


def test_digits_survive_in_the_tails_and_near_zero():
    x = np.array([40.0])
    assert close(derivative("sigmoid", x)[0], 1 / (2 * math.cosh(20)) ** 2)          # 1 - s(40) is 0
    assert close(derivative("tanh", x / 2)[0], 1 / math.cosh(20) ** 2)               # 1 - tanh(20)^2 is 0
    assert close(ops.softplus(-x)[0], math.exp(-40))                                 # log(1 + e^-40) is 0
    assert close(ops.gelu(np.array([-10.0]))[0], -7.619853024160526e-23, 12)         # Phi(-10); 1 + erf is 0
    assert close(ops.elu(np.array([-1e-10]))[0], -1e-10 + 5e-21)
    assert close(ops.bent_identity(np.array([1e-10]))[0], 1e-10 + 2.5e-21)
    assert close(ops.swish(-x)[0], -40 * math.exp(-40))


# Properties ----------------------------------------


@quick
@given(wide)
def test_identities(x):
    """To 1e-12 of max(1, |x|)."""
    s = ops.sigmoid
    for left, right in [
        (s(-x), 1 - s(x)),
        (ops.tanh(x), 2 * s(2 * x) - 1),
        (ops.bipolar_sigmoid(x), ops.tanh(x / 2)),
        (ops.bipolar_sigmoid(x), 2 * s(x) - 1),
        (ops.relu(x) - ops.relu(-x), x),
        (ops.relu(x) + ops.relu(-x), ops.absolute(x)),
        (ops.softplus(x) - ops.softplus(-x), x),
        (ops.swish(x) - ops.swish(-x), x),
        (ops.gelu(x) - ops.gelu(-x), x),
        (ops.leaky_relu(x, 0.0), ops.relu(x)),
        (ops.leaky_relu(x, -1.0), ops.absolute(x)),
        (ops.prelu(x, 0.01), ops.leaky_relu(x)),
        (ops.rrelu(x, 0.01), ops.leaky_relu(x)),
        (2 * ops.step(x) - 1, ops.sign(x) + (x == 0)),
        (x * s(x), ops.swish(x)),
        (x * ops.tanh(ops.softplus(x)), ops.mish(x)),
        (ops.hard_tanh(x), ops.relu(x + 1) - ops.relu(x - 1) - 1),
    ]:
        assert_each_close(left, right, 1e-12 * max(1, np.abs(x).max()), "identity")


@quick
@given(wide)
def test_identities_of_slopes(x):
    s = ops.sigmoid
    for left, right in [
        (derivative("sigmoid", x), s(x) * (1 - s(x))),
        (derivative("tanh", x), 1 - ops.tanh(x) ** 2),
        (derivative("tanh", x), 4 * derivative("sigmoid", 2 * x)),
        (derivative("bipolar_sigmoid", x), (1 - ops.bipolar_sigmoid(x) ** 2) / 2),
        (derivative("softsign", x), (1 - np.abs(ops.softsign(x))) ** 2),
        (derivative("softplus", x), s(x)),
        (derivative("swish", x), ops.swish(x) + s(x) * (1 - ops.swish(x))),
        (derivative("swish", x) + derivative("swish", -x), np.ones_like(x)),
        (derivative("elu", x), np.where(x > 0, 1, ops.elu(x) + 1)),
        (derivative("rbf", x), -2 * x * ops.rbf(x)),
    ]:
        assert_each_close(left, right, 1e-11, "identity")


@pytest.mark.parametrize("name", ["identity", "sign", "tanh", "bipolar_sigmoid", "hard_tanh", "softsign"])
@quick
@given(wide)
def test_odd(name, x):
    assert np.array_equal(ACTIVATIONS[name][0](-x), -ACTIVATIONS[name][0](x))


@pytest.mark.parametrize("name", ["absolute", "rbf"])
@quick
@given(wide)
def test_even(name, x):
    assert np.array_equal(ACTIVATIONS[name][0](-x), ACTIVATIONS[name][0](x))


RANGES = {  # name: least and largest value, then least and largest slope
    "identity": (-1e4, 1e4, 1, 1), "step": (0, 1, 0, 0), "sign": (-1, 1, 0, 0), "absolute": (0, 1e4, -1, 1),
    "sigmoid": (0, 1, 0, 0.25), "tanh": (-1, 1, 0, 1), "bipolar_sigmoid": (-1, 1, 0, 0.5),
    "hard_tanh": (-1, 1, 0, 1), "softsign": (-1, 1, 0, 1), "relu": (0, 1e4, 0, 1),
    "leaky_relu": (-100, 1e4, 0.01, 1), "elu": (-1, 1e4, 0, 1),
    "rrelu": (-1e4 * RRELU_MEAN, 1e4, RRELU_MEAN, 1),
    "softplus": (0, 1e4, 0, 1), "bent_identity": (-5000.5, 14999.5001, 0.5, 1.5),
    "swish": (-0.2784645427610738, 1e4, -0.09984, 1.09984), "mish": (-0.3088, 1e4, -0.1128, 1.0885),
    "gelu": (-0.17005, 1e4, -0.1290, 1.1290), "rbf": (0, 1, -math.sqrt(2 / math.e), math.sqrt(2 / math.e)),
    "exponential": (0, np.inf, 0, np.inf),
}
MONOTONE = sorted(set(ACTIVATIONS) - {"absolute", "swish", "mish", "gelu", "rbf"})


@pytest.mark.parametrize("name", RANGES)
@quick
@given(wide)
def test_ranges(name, x):
    low, high, slope_low, slope_high = RANGES[name]
    y, slope = ACTIVATIONS[name][0](x), derivative(name, x)
    assert np.all((low - 1e-12 <= y) & (y <= high + 1e-12))
    assert np.all((slope_low - 1e-12 <= slope) & (slope <= slope_high + 1e-12))


@pytest.mark.parametrize("name", RANGES)
def test_ranges_are_reached(name):
    """The bounds above are not loose: values and slopes come within 1e-3 of each."""
    x = np.concatenate([np.linspace(-10, 10, 20001), [-1e4, 1e4, -1000, 1000]])
    low, high, slope_low, slope_high = RANGES[name]
    y, slope = ACTIVATIONS[name][0](x), derivative(name, x)
    for got, bound in [(y.min(), low), (y.max(), high), (slope.min(), slope_low), (slope.max(), slope_high)]:
        assert got == bound or abs(got - bound) < 1e-3


def test_open_ranges():
    """Where the range is open the bound is not taken, as far as float64 can tell the two apart."""
    x = np.linspace(-30, 30, 601)
    assert np.all((ops.sigmoid(x) > 0) & (ops.sigmoid(x) < 1)) and np.all(ops.softplus(x) > 0)
    x = np.array([-1e15, -1e4, 0.0, 1e4, 1e15])
    assert np.all(np.abs(ops.softsign(x)) < 1)
    slope = derivative("bent_identity", x[1:4])
    assert np.all((slope > 0.5) & (slope < 1.5))


@pytest.mark.parametrize("name", MONOTONE)
@quick
@given(wide)
def test_monotone(name, x):
    y = ACTIVATIONS[name][0](np.sort(x))
    with np.errstate(invalid="ignore"):                # inf - inf, for exponential
        assert not np.any(np.diff(y) < -1e-15 * np.maximum(1, np.abs(y[1:])))
    assert np.all(derivative(name, x) >= 0)


@pytest.mark.parametrize("name", sorted(set(ACTIVATIONS) - set(MONOTONE)))
def test_not_monotone(name):
    rises = np.diff(ACTIVATIONS[name][0](np.linspace(-5, 5, 101)))
    assert rises.min() < 0 < rises.max()


def test_minimum_of_swish():
    x = np.array([-1.2784645427610738])
    assert abs(ops.swish(x)[0] + 0.2784645427610738) < 1e-15 and abs(derivative("swish", x)[0]) < 1e-15
    assert ops.swish(np.linspace(-20, 20, 40001)).min() >= ops.swish(x)[0]


def test_swish_between_half_the_identity_and_relu():
    x = np.linspace(-5, 5, 101)
    assert np.array_equal(ops.swish(x, 0.0), x / 2)
    assert np.abs(ops.swish(x, 1000.0) - ops.relu(x)).max() < 1e-3
    assert np.abs(ops.softplus(x, 1000.0) - ops.relu(x)).max() < 1e-3


def test_tanh_approximation_of_gelu_is_as_good_as_said():
    x = np.linspace(-8, 8, 16001)
    assert 4e-4 < np.abs(ops.gelu(x) - ops.gelu(x, "tanh")).max() < 5e-4


def test_slopes_at_minus_thirty():
    """E14: of the five functions 'without saturation' in the notes only leaky ReLU has a slope left."""
    names, x = ["relu", "elu", "leaky_relu", "swish", "softplus"], np.array([-30.0])
    slopes = [derivative(name, x)[0] for name in names]
    np.testing.assert_allclose(slopes, [0, 9.358e-14, 0.01, -2.714e-12, 9.358e-14], rtol=1e-3)


def test_softsign_is_smooth_at_zero_but_for_its_second_derivative():
    """E08."""
    h = np.array([-1e-6, 0.0, 1e-6])
    slope = derivative("softsign", h)
    assert slope[1] == 1 and np.abs(slope - 1).max() < 3e-6
    np.testing.assert_allclose(np.diff(slope) / 1e-6, [2, -2], rtol=1e-5)


def test_rbf_width_and_centre():
    assert ops.rbf(np.array([3.0]), x0=3.0) == 1
    np.testing.assert_allclose(ops.rbf(np.array([2.5, 3.5]), x0=3.0, beta=4.0), math.exp(-1), rtol=1e-14)


# Randomized slopes ----------------------------------------


def test_slopes_are_uniform_and_drawn_per_number():
    slopes = ops.rrelu_slopes((200, 100), np.random.default_rng(3))
    assert slopes.shape == (200, 100) and slopes.dtype == np.float64
    assert RRELU_LOWER <= slopes.min() < RRELU_LOWER + 1e-4
    assert RRELU_UPPER - 1e-4 < slopes.max() < RRELU_UPPER
    assert len(np.unique(slopes)) == slopes.size
    spread = (RRELU_UPPER - RRELU_LOWER) / math.sqrt(12)
    assert abs(slopes.mean() - RRELU_MEAN) < 5 * spread / math.sqrt(slopes.size)
    assert abs(slopes.std() / spread - 1) < 0.02
    shares, _ = np.histogram(slopes, bins=4, range=(RRELU_LOWER, RRELU_UPPER))
    assert np.abs(shares / slopes.size - 0.25).max() < 0.02
    other = ops.rrelu_slopes((5,), np.random.default_rng(3), lower=-1.0, upper=-0.5)
    assert np.all((-1 <= other) & (other < -0.5))


def test_slopes_follow_the_generator():
    first, again, other = (ops.rrelu_slopes((4,), np.random.default_rng(seed)) for seed in (0, 0, 1))
    assert np.array_equal(first, again) and not np.array_equal(first, other)


def test_test_time_is_the_mean_of_training():
    rng, x = np.random.default_rng(4), np.array([-2.0, 0.0, 3.0])
    mean = np.mean([ops.rrelu(x, ops.rrelu_slopes(x.shape, rng)) for _ in range(4000)], axis=0)
    np.testing.assert_allclose(mean, ops.rrelu(x), atol=0.01)


# What is refused ----------------------------------------

X = np.zeros((2, 3))


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("bad", [np.arange(3), np.ones(3, bool), np.ones(3, np.float16), np.ones(3, complex),
                                 np.array([1.0, None]), [[1.0], [1.0, 2.0]], "one", None, True])
def test_other_dtypes_are_refused(name, bad):
    f, f_backward = ACTIVATIONS[name]
    rejects(f, bad)
    rejects(f_backward, np.ones(3), bad)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_upstream_of_another_shape_or_dtype_is_refused(name):
    f_backward = ACTIVATIONS[name][1]
    for dY in (np.ones(3), np.ones((3, 2)), np.ones((1, 3)), 1.0, np.ones((2, 3), int)):
        rejects(f_backward, dY, X)


def test_numbers_and_lists_become_float64():
    assert ops.relu([1, -2]).tolist() == [1.0, 0.0] and ops.relu([1, -2]).dtype == np.float64
    assert ops.sigmoid(0) == 0.5 and ops.sigmoid(0.0) == 0.5
    assert ops.relu_backward([1.0, 1.0], np.array([1, -1], np.float32)).dtype == np.float32
    assert ops.sigmoid(np.float32(0)).dtype == np.float32


def test_settings_out_of_range_are_refused():
    for beta in (0.0, -1.0, math.inf, math.nan):
        rejects(ops.rbf, X, beta=beta)
        rejects(ops.rbf_backward, X, X, beta=beta)
        rejects(ops.softplus, X, beta=beta)
        rejects(ops.softplus_backward, X, X, beta=beta)
    rejects(ops.gelu, X, "erf")
    rejects(ops.gelu_backward, X, X, approximate=None)
    rejects(ops.rrelu_slopes, (3,), np.random.default_rng(0), lower=0.5, upper=0.1)


@pytest.mark.parametrize("alpha", [np.ones(2), np.ones((1, 3)), np.ones(0), np.ones(3, int), "0.1"])
def test_prelu_refuses_slopes_that_do_not_fit(alpha):
    rejects(ops.prelu, X, alpha)
    rejects(ops.prelu_backward, X, X, alpha)


def test_slopes_that_do_not_fit_are_refused():
    rejects(ops.prelu, np.zeros(3), np.ones(3))        # one axis: no channels
    for slopes in (np.ones(3), np.ones((3, 2)), np.ones((2, 3), int)):
        rejects(ops.rrelu, X, slopes)
        rejects(ops.rrelu_backward, X, X, slopes)
    rejects(ops.prelu_backward, np.ones(3), X, 0.1)


def test_a_numpy_setting_does_not_widen_float32():
    x, setting = np.ones(3, np.float32), np.float64(0.5)
    for f, f_backward in [(ops.leaky_relu, ops.leaky_relu_backward), (ops.elu, ops.elu_backward),
                          (ops.softplus, ops.softplus_backward), (ops.swish, ops.swish_backward),
                          (ops.rrelu, ops.rrelu_backward), (ops.rbf, ops.rbf_backward)]:
        assert f(x, setting).dtype == f_backward(x, x, setting).dtype == np.float32
    assert ops.prelu(x, setting).dtype == np.float32
