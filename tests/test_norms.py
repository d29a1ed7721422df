import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dlnotes.ops.norms import (
    batch_norm,
    batch_norm_backward,
    batch_norm_eval,
    batch_norm_eval_backward,
    batch_norm_running,
    group_norm,
    group_norm_backward,
    instance_norm,
    instance_norm_backward,
    layer_norm,
    layer_norm_backward,
)
from dlnotes.ops.weight_norm import weight_norm, weight_norm_backward
from ops_helpers import assert_close, compare, defaults, normals, rejects

seeds = st.integers(0, 2**32 - 1)
few = settings(max_examples=20, deadline=None)
affine = st.sampled_from([(True, True), (True, False), (False, True), (False, False)])


def draw_inputs(seed, X_shape, shape, has):
    """X away from mean 0, gamma and beta or None."""
    X, gamma, beta = normals(seed, X_shape, shape, shape)
    return [3 * X + 2, gamma if has[0] else None, beta if has[1] else None]


@few
@given(st.integers(0, 4), st.integers(1, 3), st.lists(st.integers(1, 3), max_size=2), affine, seeds)
def test_batch_norm_equals_torch(N, C, positions, has, seed):
    assume(N * np.prod(positions) != 1)
    compare(batch_norm, batch_norm_backward,
            lambda X, g, b: F.batch_norm(X, None, None, g, b, training=True, eps=1e-3),
            draw_inputs(seed, (N, C, *positions), (C,), has), eps=1e-3, tol32=1e-3)


@few
@given(st.integers(0, 4), st.integers(1, 3), st.lists(st.integers(0, 3), max_size=2), affine, seeds)
def test_batch_norm_eval_equals_torch(N, C, positions, has, seed):
    """The running statistics are constants: torch gives them no gradient either."""
    mean, var = normals(seed + 1, (C,), (C,))
    var = var**2
    compare(lambda *a: batch_norm_eval(*a, running_mean=mean, running_var=var, eps=1e-3),
            lambda *a: batch_norm_eval_backward(*a, running_mean=mean, running_var=var, eps=1e-3),
            lambda X, g, b: F.batch_norm(X, torch.tensor(mean), torch.tensor(var), g, b, eps=1e-3),
            draw_inputs(seed, (N, C, *positions), (C,), has), tol32=1e-3)


@few
@given(st.integers(0, 4), st.integers(1, 3), st.lists(st.integers(1, 3), max_size=2),
       st.sampled_from([0.0, 0.1, 0.7, 1.0]), seeds)
def test_running_statistics_equal_torch_and_are_new_arrays(N, C, positions, momentum, seed):
    assume(N * np.prod(positions) != 1)
    X, mean, var = normals(seed, (N, C, *positions), (C,), (C,))
    mean_t, var_t = torch.tensor(mean), torch.tensor(var)
    F.batch_norm(torch.tensor(X), mean_t, var_t, training=True, momentum=momentum)
    before = X.copy(), mean.copy(), var.copy()
    new_mean, new_var = batch_norm_running(X, mean, var, momentum=momentum)
    assert_close(new_mean, mean_t.numpy(), 1e-12, "running mean")
    assert_close(new_var, var_t.numpy(), 1e-12, "running variance")
    assert not np.shares_memory(new_mean, mean) and not np.shares_memory(new_var, var)
    for x, old in zip((X, mean, var), before):
        np.testing.assert_array_equal(x, old)


def test_running_statistics_keep_float32():
    X, mean, var = (x.astype(np.float32) for x in normals(0, (5, 3), (3,), (3,)))
    assert [x.dtype for x in batch_norm_running(X, mean, var, momentum=np.float64(0.1))] == [np.float32] * 2


def test_training_then_evaluation_follows_torch_for_ten_batches():
    X, gamma, beta = normals(1, (10, 8, 3, 4), (3,), (3,))
    layer = torch.nn.BatchNorm1d(3, dtype=torch.float64)
    layer.load_state_dict({**layer.state_dict(), "weight": torch.tensor(gamma), "bias": torch.tensor(beta)})
    mean, var = np.zeros(3), np.ones(3)
    for batch in X:
        expected = layer(torch.tensor(batch)).detach().numpy()
        assert_close(batch_norm(batch, gamma, beta), expected, 1e-10, "training")
        mean, var = batch_norm_running(batch, mean, var)
    assert_close(batch_norm_eval(X[0], gamma, beta, running_mean=mean, running_var=var),
                 layer.eval()(torch.tensor(X[0])).detach().numpy(), 1e-10, "evaluation")


@few
@given(st.lists(st.integers(0, 3), max_size=2), st.lists(st.integers(1, 4), min_size=1, max_size=2), affine,
       st.booleans(), seeds)
def test_layer_norm_equals_torch(leading, shape, has, given_shape, seed):
    shape = tuple(shape)
    assume(given_shape or has[0] or len(shape) == 1)         # else the default is the last axis alone
    compare(layer_norm, layer_norm_backward, lambda X, g, b: F.layer_norm(X, shape, g, b, eps=1e-3),
            draw_inputs(seed, (*leading, *shape), shape, has),
            normalized_shape=shape if given_shape else None, eps=1e-3, tol32=1e-3)


def test_layer_norm_takes_a_number_or_by_default_the_last_axis():
    (X,) = normals(2, (2, 3, 4))
    expected = layer_norm(X, normalized_shape=(4,))
    np.testing.assert_array_equal(layer_norm(X, normalized_shape=4), expected)
    np.testing.assert_array_equal(layer_norm(X), expected)
    np.testing.assert_array_equal(layer_norm(X, np.ones((3, 4))), layer_norm(X, normalized_shape=(3, 4)))


def torch_group_norm(X, G, g, b):
    """Without a weight but with a bias torch's own backward raises: a weight of ones stands in."""
    g = torch.ones(X.shape[1], dtype=X.dtype) if g is None else g
    return F.group_norm(X, G, g, b, eps=1e-3)


@few
@given(st.integers(0, 3), st.integers(1, 3), st.integers(1, 3), st.lists(st.integers(1, 3), max_size=2),
       affine, seeds)
def test_group_norm_equals_torch(N, G, per_group, positions, has, seed):
    C = G * per_group
    assume(N * per_group * np.prod(positions) != 1)          # torch refuses it, for one example alone
    compare(group_norm, group_norm_backward, lambda X, g, b: torch_group_norm(X, G, g, b),
            draw_inputs(seed, (N, C, *positions), (C,), has), num_groups=G, eps=1e-3, tol32=1e-3)


@few
@given(st.integers(0, 3), st.integers(1, 3), st.sampled_from([(2,), (3, 1), (2, 3)]), affine, seeds)
def test_instance_norm_equals_torch(N, C, positions, has, seed):
    def torch_instance_norm(X, g, b):
        if N == 0:                                           # torch's instance norm raises there, with g or b
            return torch_group_norm(X, C, g, b)
        return F.instance_norm(X, None, None, g, b, eps=1e-3)

    compare(instance_norm, instance_norm_backward, torch_instance_norm,
            draw_inputs(seed, (N, C, *positions), (C,), has), eps=1e-3, tol32=1e-3)


def test_samples_mix_in_batch_norm_only():
    """Group norm of sample 0 does not change when the others are rescaled; batch norm does."""
    (X,) = normals(3, (4, 6, 5))
    other = X.copy()
    other[1:] *= 10
    gamma = np.ones(5)
    for f in (lambda X: group_norm(X, num_groups=2), instance_norm, lambda X: layer_norm(X, gamma)):
        np.testing.assert_array_equal(f(X)[0], f(other)[0])
    assert np.abs(batch_norm(X)[0] - batch_norm(other)[0]).max() > 0.1


def test_output_has_mean_beta_and_deviation_gamma():
    X, gamma, beta = normals(4, (200, 3), (3,), (3,))
    Y = batch_norm(5 * X + 7, gamma, beta)
    np.testing.assert_allclose(Y.mean(axis=0), beta, atol=1e-12)
    np.testing.assert_allclose(Y.std(axis=0), np.abs(gamma), rtol=1e-5)


def test_gradient_is_orthogonal_to_shift_and_nearly_to_scale():
    """Adding a constant to a channel changes nothing, so dX sums to 0; scaling changes only eps' part."""
    X, dY = normals(5, (20, 3), (20, 3))
    dX = batch_norm_backward(dY, X)[0]
    np.testing.assert_allclose(dX.sum(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose((dX * X).sum(axis=0), 0, atol=1e-3)


# --- extremes ------------------------------------------------------------------------------------------

LAYERS = {
    "batch": (batch_norm, batch_norm_backward,
              lambda X, g, b: F.batch_norm(X, None, None, g, b, training=True), {}),
    "layer": (layer_norm, layer_norm_backward, lambda X, g, b: F.layer_norm(X, (4,), g, b), {}),
    "group": (group_norm, group_norm_backward, lambda X, g, b: F.group_norm(X, 2, g, b), {"num_groups": 2}),
    "instance": (instance_norm, instance_norm_backward,
                 lambda X, g, b: F.instance_norm(X, None, None, g, b), {}),
}
EACH = pytest.mark.parametrize("name", LAYERS)


@EACH
def test_defaults_of_forward_and_backward_are_equal(name):
    """The forward's are torch's: the extremes below call it without eps."""
    f, backward, _, _ = LAYERS[name]
    assert defaults(f) == defaults(backward)
    assert defaults(weight_norm) == defaults(weight_norm_backward)
    assert defaults(batch_norm_eval) == defaults(batch_norm_eval_backward)


@EACH
@pytest.mark.parametrize("scale, shift", [(1e4, 0), (1, 1e4), (1e-310, 0), (0, 3.0)])
def test_extremes_equal_torch(name, scale, shift):
    """Large numbers, small differences of large numbers, denormals, constant groups."""
    f, backward, torch_f, options = LAYERS[name]
    X, gamma, beta = normals(6, (5, 4, 4), (4,), (4,))
    compare(f, backward, torch_f, [scale * X + shift, gamma, beta], float32=False, **options)


@EACH
def test_far_from_zero_float32_keeps_its_digits(name):
    """At mean 1e4 the variance 1 is lost in float32 by E[x^2] - E[x]^2 (1e8 has a spacing of 8)."""
    f, _, _, options = LAYERS[name]
    X = (1e4 + normals(7, (6, 4, 8))[0]).astype(np.float32)
    if name == "layer":
        options = {"normalized_shape": 8}
    assert np.abs(f(X, **options) - f(X.astype(float), **options)).max() < 5e-3


# --- weight norm ---------------------------------------------------------------------------------------


@few
@given(st.lists(st.integers(1, 4), min_size=2, max_size=4), st.integers(-4, 3), seeds)
def test_weight_norm_equals_torch(shape, axis, seed):
    assume(-len(shape) <= axis < len(shape))
    V, g = normals(seed, shape, (shape[axis],))

    def torch_weight_norm(V, g):
        along = [1] * len(shape)
        along[axis] = -1
        return torch._weight_norm(V, g.reshape(along), axis % len(shape))

    compare(weight_norm, weight_norm_backward, torch_weight_norm, [V, g], axis=axis, tol32=1e-3)


def test_weight_norm_takes_the_last_axis_for_the_units():
    V, g = normals(11, (2, 3, 4), (4,))
    np.testing.assert_array_equal(weight_norm(V, g), weight_norm(V, g, axis=2))


def test_weight_norm_gives_each_unit_its_length():
    V, g = normals(8, (5, 3), (3,))
    np.testing.assert_allclose(np.linalg.norm(weight_norm(V, g), axis=0), np.abs(g))
    dV, _ = weight_norm_backward(np.ones((5, 3)), V, g)
    np.testing.assert_allclose((dV * V).sum(axis=0), 0, atol=1e-12)


@pytest.mark.parametrize("scale", [1e-310, 1e-200, 1e4, 1e200])
def test_weight_norm_of_extreme_directions(scale):
    """W does not depend on V's length; dV falls with it, and exceeds every float for denormals."""
    V, g, dW = normals(9, (5, 3), (3,), (5, 3))
    np.testing.assert_allclose(weight_norm(scale * V, g), weight_norm(V, g), rtol=1e-10)
    dV, dg = weight_norm_backward(dW, scale * V, g)
    dV_1, dg_1 = weight_norm_backward(dW, V, g)
    np.testing.assert_allclose(dg, dg_1, rtol=1e-10)
    if scale >= 1e-200:
        np.testing.assert_allclose(dV * scale, dV_1, rtol=1e-10)
    else:
        assert not np.isnan(dV).any()


# --- errors --------------------------------------------------------------------------------------------


@EACH
def test_wrong_inputs_are_named(name):
    f, backward, _, options = LAYERS[name]
    X, gamma = normals(10, (5, 4, 4), (4,))
    rejects(f, X.astype(int), gamma, gamma, **options)
    rejects(f, X, gamma[:3], gamma, **options)
    rejects(f, X, gamma, gamma[:3], **options)
    rejects(f, X, gamma, gamma.astype(int), **options)
    rejects(f, X, gamma, gamma, eps=0.0, **options)
    rejects(backward, X[:1], X, gamma, gamma, **options)
    rejects(backward, X.astype(int), X, gamma, gamma, **options)


def test_groups_of_a_single_value_are_refused_as_in_torch():
    rejects(batch_norm, np.ones((1, 3)))
    rejects(batch_norm_backward, np.ones((1, 3)), np.ones((1, 3)))
    rejects(batch_norm_running, np.ones((1, 3)), np.zeros(3), np.ones(3))
    rejects(instance_norm, np.ones((4, 3, 1)))
    rejects(instance_norm, np.ones((4, 3)))
    rejects(instance_norm_backward, np.ones((4, 3, 1)), np.ones((4, 3, 1)))


def test_wrong_shapes_are_named():
    X = np.ones((4, 6))
    rejects(batch_norm, np.ones(6))
    rejects(batch_norm_running, X, np.zeros(5), np.ones(6))
    rejects(batch_norm_running, X, np.zeros(6), np.ones((6, 1)))
    rejects(batch_norm_running, X, np.zeros(6), np.ones(6), momentum=1.5)
    rejects(batch_norm_eval, X, running_mean=np.zeros(5), running_var=np.ones(6))
    for groups in (4, 0, -1, 1.5):
        rejects(group_norm, X, num_groups=groups)
    for shape in (5, (4, 5), (2, 4, 6), ()):
        rejects(layer_norm, X, normalized_shape=shape)
    V, g = np.ones((4, 3)), np.ones(3)
    rejects(weight_norm, V, g, axis=0)
    rejects(weight_norm, V, g, axis=2)
    rejects(weight_norm, V[0], g)
    rejects(weight_norm, V * [1, 0, 1], g)
    rejects(weight_norm_backward, V[:1], V, g)
