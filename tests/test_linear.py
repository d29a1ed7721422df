import numpy as np
import pytest
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from dlnotes.ops.linear import linear, linear_backward
from ops_helpers import compare, compare_numeric, normals, rejects

sizes = st.integers(1, 5)


def torch_linear(X, W, b):
    return F.linear(X, W.T, b)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 4), max_size=3), sizes, sizes, st.booleans(), st.integers(0, 2**32 - 1))
def test_value_and_every_gradient_equal_torch(leading, d_in, d_out, with_bias, seed):
    X, W, b = normals(seed, (*leading, d_in), (d_in, d_out), (d_out,))
    compare(linear, linear_backward, torch_linear, [X, W, b if with_bias else None])


def test_bias_gradient_is_none_without_bias():
    X, W, dY = normals(0, (4, 3), (3, 2), (4, 2))
    assert linear_backward(dY, X, W)[2] is None


def test_weights_used_twice_collect_both_gradients():
    """Y = (X W) W, so dW is the sum of what both uses send back."""
    def twice(X, W):
        return linear(linear(X, W), W)

    def twice_backward(dY, X, W):
        dH, dW_second, _ = linear_backward(dY, linear(X, W), W)
        dX, dW_first, _ = linear_backward(dH, X, W)
        return dX, dW_first + dW_second

    compare(twice, twice_backward, lambda X, W: X @ W @ W, normals(1, (4, 3), (3, 3)))


@pytest.mark.parametrize("scale", [1e4, 1e-310])
def test_extremes_without_warning(scale):
    X, W, b = normals(2, (4, 3), (3, 2), (2,))
    compare(linear, linear_backward, torch_linear, [scale * X, W, b], float32=scale > 1)


def wrong_factor(dY, X, W, b):
    dX, dW, db = linear_backward(dY, X, W, b)
    return dX, 1.001 * dW, db


def wrong_axis(dY, X, W, b):
    dX, dW, db = linear_backward(dY, X, W, b)
    return dX, dW.T, db


def ignored_argument(dY, X, W, b):
    dX, dW, db = linear_backward(dY, X, W, b)
    return dX, dW, 0 * db


def one_gradient_missing(dY, X, W, b):
    return linear_backward(dY, X, W, b)[:2]


def modified_input(dY, X, W, b):
    gradients = linear_backward(dY, X, W, b)
    X *= 2
    return gradients


def wrong_dtype(dY, X, W, b):
    return tuple(g.astype(np.float64) for g in linear_backward(dY, X, W, b))


@pytest.mark.parametrize("broken, complaint", [
    (wrong_factor, "gradient of input 1"),
    (wrong_axis, "gradient of input 1"),
    (ignored_argument, "gradient of input 2"),
    (one_gradient_missing, "2 gradients for 3 float inputs"),
    (modified_input, "argument 1 of the call was modified"),
    (wrong_dtype, "float64 for float32"),
])
def test_the_comparison_can_fail(broken, complaint):
    arrays = normals(3, (4, 3), (3, 3), (3,))
    with pytest.raises(AssertionError, match=complaint):
        compare(linear, broken, torch_linear, arrays)


@pytest.mark.parametrize("broken", [wrong_factor, wrong_axis, ignored_argument, one_gradient_missing])
def test_the_comparison_with_differences_can_fail(broken):
    arrays = normals(3, (4, 3), (3, 3), (3,))
    compare_numeric(linear, linear_backward, arrays)
    with pytest.raises(AssertionError, match="gradient"):
        compare_numeric(linear, broken, arrays)


def test_the_comparison_sees_a_wrong_value():
    arrays = normals(3, (4, 3), (3, 3), (3,))
    with pytest.raises(AssertionError, match="output 0"):
        compare(lambda X, W, b: 1.001 * linear(X, W, b), linear_backward, torch_linear, arrays)


def test_wrong_inputs_are_named():
    X, W, b, dY = normals(4, (4, 3), (3, 2), (2,), (4, 2))
    rejects(linear, X, W.T, b)
    rejects(linear, X, W[0], b)
    rejects(linear, X, W, b[:, None])
    rejects(linear, X[0, 0], W)
    rejects(linear, X.astype(int), W, b)
    rejects(linear, X, W.astype(complex))
    rejects(linear_backward, dY[:1], X, W, b)
    rejects(linear_backward, dY.astype(int), X, W, b)
