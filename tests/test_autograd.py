"""Every operation on Tensors against torch: values, every input's gradient; the tape's rules and memory."""

import gc
import sys
import tracemalloc

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import mutually_broadcastable_shapes

from dlnotes.autograd import Tensor, concatenate, lift, maximum, minimum, no_grad, stack, where
from dlnotes.ops import activations, class_losses, embedding, linear, losses, recurrent
from ops_helpers import assert_close, normals

torch.set_num_threads(1)


def assert_same_as_torch(f, torch_f, arrays):
    """f of Tensors and torch_f of torch's: the same values and gradients of sum(upstream * f)."""
    tol = 1e-10 if arrays[0].dtype == np.float64 else 1e-5
    ours = [Tensor(x, requires_grad=True) for x in arrays]
    theirs = [torch.tensor(x, requires_grad=True) for x in arrays]
    y, z = f(*ours), torch_f(*theirs)
    assert_close(y.data, z.detach().numpy(), tol, "value")
    assert y.data.dtype == z.detach().numpy().dtype
    if not z.requires_grad:
        return
    upstream = np.random.default_rng(7).standard_normal(y.shape).astype(y.dtype)
    y.backward(upstream)
    z.backward(torch.tensor(upstream))
    for i, (a, b) in enumerate(zip(ours, theirs)):
        assert a.grad.dtype == a.data.dtype
        assert_close(a.grad, b.grad.numpy(), tol, f"gradient of input {i}")


def positive(seed, *shapes):
    return [np.abs(x) + 0.3 for x in normals(seed, *shapes)]


BINARY = [
    lambda a, b: a + b, lambda a, b: a - b, lambda a, b: a * b, lambda a, b: a / b, lambda a, b: a**b,
    lambda a, b: a * b + a * a - b / a,  # both are used more than once
]  # fmt: skip


@pytest.mark.parametrize("k", range(len(BINARY)))
@settings(max_examples=25, deadline=None)
@given(
    shapes=mutually_broadcastable_shapes(num_shapes=2, max_dims=3, min_side=0, max_side=3),
    seed=st.integers(0, 99),
)
def test_arithmetic_broadcasts_as_in_torch(k, shapes, seed):
    assert_same_as_torch(BINARY[k], BINARY[k], positive(seed, *shapes.input_shapes))


@pytest.mark.parametrize("shapes", [((3, 1, 2), (4, 1)), ((), (2, 3)), ((1,), (1, 1, 1)), ((0, 2), (1, 2))])
def test_maximum_and_minimum_share_ties(shapes):
    a, b = (np.round(x) for x in normals(3, *shapes))
    assert_same_as_torch(maximum, torch.maximum, [a, b])
    assert_same_as_torch(minimum, torch.minimum, [a, b])
    assert_same_as_torch(lambda a: maximum(a, a) * minimum(a, a), lambda a: torch.maximum(a, a) * a, [a])


NUMBERS = [
    lambda x: x + 2, lambda x: 2 + x, lambda x: x - 2, lambda x: 2 - x, lambda x: x * 3, lambda x: 3 * x,
    lambda x: x / 3, lambda x: 3 / x, lambda x: x**2, lambda x: x**3, lambda x: x**-1, lambda x: x**0.5,
    lambda x: 2.0**x, lambda x: -x, lambda x: x**1, lambda x: x**0,
]  # fmt: skip


@pytest.mark.parametrize("k", range(len(NUMBERS)))
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_numbers_keep_the_dtype(k, dtype):
    (x,) = positive(k, (2, 3))
    assert_same_as_torch(NUMBERS[k], NUMBERS[k], [x.astype(dtype)])


def test_powers_at_zero():
    x = np.array([0.0, 2.0, 0.0, 0.0])
    y = np.array([2.0, 0.0, 0.0, 1.0])
    assert_same_as_torch(lambda a, b: a**b, lambda a, b: a**b, [x, y])
    for k in (0, 1, 2):
        assert_same_as_torch(lambda a, k=k: a**k, lambda a, k=k: a**k, [x])


@pytest.mark.parametrize("name", ["exp", "log", "sqrt", "sin", "cos", "abs", "relu", "sigmoid", "tanh"])
@pytest.mark.parametrize("shape", [(), (3,), (2, 1, 3), (0, 2)])
def test_functions_of_each_number(name, shape):
    (x,) = positive(1, shape) if name in ("log", "sqrt") else normals(1, shape)
    f, torch_f = getattr(Tensor, name), getattr(torch, name)
    assert_same_as_torch(f, torch_f, [x])
    assert_same_as_torch(lambda t: f(t) * t + f(t), lambda t: torch_f(t) * t + torch_f(t), [x])
    assert_same_as_torch(f, torch_f, [x.astype(np.float32)])


def test_kinks_and_extremes():
    x = np.array([0.0, -0.0, 1e4, -1e4, 5e-324, -5e-324])
    for name in ("abs", "relu", "sigmoid", "tanh"):
        assert_same_as_torch(getattr(Tensor, name), getattr(torch, name), [x])


REDUCTIONS = [
    (None, False), (None, True), (0, False), (1, True), (-1, False), ((0, 2), False), ((1, 2), True),
]  # fmt: skip


@pytest.mark.parametrize("axis, keepdims", REDUCTIONS)
def test_reductions(axis, keepdims):
    axes = axis if axis is not None else (0, 1, 2)
    (x,) = normals(2, (3, 4, 2))
    ties = np.round(x)  # several equal maxima: they share
    for name, theirs in [("sum", "sum"), ("mean", "mean"), ("max", "amax"), ("min", "amin")]:
        for numbers in (x, ties):
            assert_same_as_torch(
                lambda t: getattr(t, name)(axis=axis, keepdims=keepdims),
                lambda t: getattr(t, theirs)(dim=axes, keepdim=keepdims), [numbers],
            )  # fmt: skip
    assert_same_as_torch(lambda t: (t - t.mean(axis, True)) * t, lambda t: (t - t.mean(axes, True)) * t, [x])


def test_reductions_of_one_number_of_float32_and_of_nothing():
    for x in (np.array(2.0), np.ones((2, 3), np.float32), np.zeros((0, 3))):
        assert_same_as_torch(lambda t: t.sum(), lambda t: t.sum(), [x])
    x = np.arange(6, dtype=np.float32).reshape(2, 3)
    assert_same_as_torch(lambda t: t.mean() * t.max(0).sum(), lambda t: t.mean() * t.amax(0).sum(), [x])


SHAPES = [
    ((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((2, 3), (3, 4)), ((5, 2, 3), (3, 4)),
    ((5, 2, 3), (5, 3, 4)),
    ((2, 3), (5, 3, 4)), ((2, 1, 2, 3), (5, 3, 1)), ((5, 2, 3), (3,)), ((3,), (5, 3, 2)), ((1, 3), (3, 1)),
    ((0, 3), (3, 2)), ((2, 0), (0, 3)), ((4, 0, 3), (3, 2)),
]  # fmt: skip


@pytest.mark.parametrize("shapes", SHAPES)
def test_matmul(shapes):
    assert_same_as_torch(lambda a, b: a @ b, lambda a, b: a @ b, normals(4, *shapes))


def test_matmul_with_itself_and_what_needs_no_gradient():
    (x,) = normals(5, (3, 3))
    assert_same_as_torch(lambda a: a @ a @ a, lambda a: a @ a @ a, [x])
    assert_same_as_torch(lambda a: x @ a, lambda a: torch.tensor(x) @ a, [x])  # an array on the left
    a = Tensor(x)
    ((a @ Tensor(x, requires_grad=True)) * a).sum().backward()
    assert a.grad is None


def test_shapes():
    (x,) = normals(6, (2, 3, 4))
    def product(t):
        return t.reshape(4, 6) @ t.reshape((6, -1))

    assert_same_as_torch(product, product, [x])
    assert_same_as_torch(lambda t: t.transpose(2, 0, 1) * 2, lambda t: t.permute(2, 0, 1) * 2, [x])
    assert_same_as_torch(lambda t: t.transpose((1, 2, 0)), lambda t: t.permute(1, 2, 0), [x])
    assert_same_as_torch(lambda t: t.transpose(-1, 0, 1), lambda t: t.permute(-1, 0, 1), [x])
    assert_same_as_torch(lambda t: t.swapaxes(0, -1), lambda t: t.transpose(0, -1), [x])
    assert_same_as_torch(lambda t: t.T @ t, lambda t: t.T @ t, [x[0]])
    assert_same_as_torch(lambda t: t.transpose() + 0, lambda t: t.permute(2, 1, 0) + 0, [x])


def test_numpy_transpose_not_torchs():
    (x,) = normals(6, (2, 3))
    assert Tensor(x).transpose(0, 1).shape == x.transpose(0, 1).shape == (2, 3)


INDICES = [
    np.s_[0], np.s_[-1], np.s_[1:3], np.s_[:, 1], np.s_[..., 0], np.s_[None], np.s_[::2, 1:],
    np.s_[:, None, 1],
    np.s_[[0, 0, 2]], np.s_[np.array([1, 1, 1]), np.array([0, 0, 1])], np.s_[:, [1, 1]],
    np.s_[np.array([[0], [0]])],
    np.s_[np.array([True, False, True, True])], np.s_[[True, False, True, True]], np.s_[1, 2, 0], np.s_[4:],
]  # fmt: skip


@pytest.mark.parametrize("index", INDICES, ids=str)
def test_slices_and_indices(index):
    (x,) = normals(7, (4, 3, 2))
    assert_same_as_torch(lambda t: t[index] * 2, lambda t: t[index] * 2, [x])
    twice = lambda t: (t[index] * t[index]).sum() + t.sum()  # noqa: E731
    assert_same_as_torch(twice, twice, [x])


def test_index_by_a_comparison_by_a_tensor_and_iteration():
    (x,) = normals(8, (4, 3))
    assert_same_as_torch(lambda t: t[t > 0] * 3, lambda t: t[t > 0] * 3, [x])
    rows = np.array([2, 2, 0])
    assert_same_as_torch(lambda t: t[Tensor(rows)], lambda t: t[torch.tensor(rows)], [x])
    assert_same_as_torch(lambda t: sum(row * row for row in t), lambda t: sum(row * row for row in t), [x])
    t = Tensor(x)
    for got, expected in ((t >= 0.5, x >= 0.5), (t < t.T.T, x < x), (t <= 1, x <= 1), (t > 0, x > 0)):
        assert got.dtype == bool and np.array_equal(got, expected)


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_concatenate_stack_where(axis):
    a, b, c = normals(9, (2, 2, 3), (2, 2, 3), (2, 2, 3))
    for ours, theirs in ((concatenate, torch.cat), (stack, torch.stack)):
        arrays = [a, b, c]
        assert_same_as_torch(lambda *t: ours([*t, t[0]], axis), lambda *t: theirs([*t, t[0]], axis), arrays)
    mixed = concatenate([Tensor(a, requires_grad=True), b], axis)
    assert mixed.requires_grad and np.array_equal(mixed.data, np.concatenate([a, b], axis))
    wide, narrow = normals(10, (2, 3), (3,))
    assert_same_as_torch(
        lambda x, y: where(wide > 0, x * x, y), lambda x, y: torch.where(torch.tensor(wide > 0), x * x, y),
        [wide, narrow]
    )


def test_concatenate_of_different_lengths():
    a, b = normals(11, (2, 3), (4, 3))
    assert_same_as_torch(lambda x, y: concatenate([x, y]), lambda x, y: torch.cat([x, y]), [a, b])


def test_lifted_pairs_of_ops():
    X, W, b, y = normals(12, (4, 3), (3, 2), (2,), (4, 2))
    op = lift(linear.linear, linear.linear_backward)
    mse = lift(losses.mse, losses.mse_backward, loss=True)
    assert_same_as_torch(op, lambda X, W, b: X @ W + b, [X, W, b])
    assert_same_as_torch(lambda X, W: op(X, W, None) + op(X, W), lambda X, W: 2 * X @ W, [X, W])
    assert_same_as_torch(
        lambda p, q: mse(p, q) * 3 + mse(q, y, reduction="sum"),
        lambda p, q: torch.nn.functional.mse_loss(p, q) * 3 + ((q - torch.tensor(y)) ** 2).sum(), [X @ W, y],
    )  # fmt: skip
    labels = np.array([0, 1, 1, 0])
    entropy = lift(class_losses.softmax_cross_entropy, class_losses.softmax_cross_entropy_backward, loss=True)
    for reduction in ("mean", "sum", "none"):
        assert_same_as_torch(
            lambda Z: entropy(Z, labels, reduction=reduction),
            lambda Z: torch.nn.functional.cross_entropy(Z, torch.tensor(labels), reduction=reduction), [y],
        )  # fmt: skip
    look_up = lift(embedding.embedding, embedding.embedding_backward)
    assert_same_as_torch(lambda T: look_up(labels, T), lambda T: T[torch.tensor(labels)], [W])
    leaky = lift(activations.leaky_relu, activations.leaky_relu_backward)
    assert_same_as_torch(lambda x: leaky(x, 0.3), lambda x: torch.nn.functional.leaky_relu(x, 0.3), [X])
    assert op.__doc__ == linear.linear.__doc__


def test_lifted_pairs_with_several_results_and_a_cache():
    X, h, c, W_x, W_h, b = normals(17, (2, 3, 4), (2, 5), (2, 5), (4, 20), (5, 20), (20,))
    run = lift(recurrent.lstm, recurrent.lstm_backward, cached=True)

    def torchs(X, h, c, W_x, W_h, b):
        states = []
        for t in range(3):
            i, f, g, o = (X[:, t] @ W_x + h @ W_h + b).chunk(4, dim=1)
            c = f.sigmoid() * c + i.sigmoid() * g.tanh()
            h = o.sigmoid() * c.tanh()
            states.append(h)
        return torch.stack(states, dim=1), c

    inputs = [X, h, c, W_x, W_h, b]
    # a result that is not used has the upstream gradient 0
    for use in (lambda Y, c: Y, lambda Y, c: c, lambda Y, c: (Y * Y).sum() + (c * c * c).sum()):
        assert_same_as_torch(lambda *t: use(*run(*t)), lambda *t: use(*torchs(*t)), inputs)
    elman = lift(recurrent.rnn, recurrent.rnn_backward, cached=True)
    assert isinstance(elman(X, h, W_x[:, :5], W_h[:, :5], Tensor(b[:5], requires_grad=True)), Tensor)
    ours = [Tensor(x, requires_grad=True) for x in inputs]
    Y, c = run(*ours)
    loss = Y.sum() + c.sum()
    loss.backward(retain_graph=True)
    once = ours[3].grad.copy()
    loss.backward()
    assert_close(ours[3].grad, 2 * once, 1e-12, "second call")
    with no_grad():
        assert not any(t.requires_grad for t in run(*ours))


def test_lift_refuses_a_wrong_number_or_shape_of_gradients():
    def f(a, b):
        return a * b

    x, y = (Tensor(np.ones(2), requires_grad=True) for _ in range(2))
    for wrong in (lambda dY, a, b: dY * b, lambda dY, a, b: (dY * b, (dY * a).sum(keepdims=True))):
        with pytest.raises(ValueError, match=r"f_backward: expected gradients of shapes .*got"):
            lift(f, wrong)(x, y).sum().backward()


def test_one_gradient_array_is_never_two_tensors_gradient():
    def f(a, b):
        return a + b

    def same_twice(dY, a, b):
        d = dY * 1.0
        return d, d

    for add in (lift(f, same_twice), f):
        a, b = Tensor(np.ones(3), requires_grad=True), Tensor(np.ones(3), requires_grad=True)
        upstream = np.ones(3)
        add(a, b).backward(upstream)
        a.grad *= 5
        assert b.grad.tolist() == upstream.tolist() == [1, 1, 1]
    shared = Tensor(np.ones((2, 2)), requires_grad=True)
    shared.reshape(4).sum().backward()
    shared.grad += 1  # not a read-only view of a broadcast number
    assert shared.grad.tolist() == [[2, 2], [2, 2]]


def test_a_reused_intermediate_result_is_summed_once_each():
    (x,) = normals(13, (3,))

    def f(t):
        u = t * 2
        v = u + u + u * u  # u is used four times
        return v * u + (v + v)

    assert_same_as_torch(f, f, [x])


def test_leaves_accumulate_over_calls_as_in_torch():
    (x,) = normals(14, (3,))
    ours, theirs = Tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    for _ in range(3):
        (ours * ours).sum().backward()
        (theirs * theirs).sum().backward()
    assert_close(ours.grad, theirs.grad.numpy(), 1e-12, "grad")
    y = (ours * 2).sum()
    y.backward(retain_graph=True)
    y.backward()
    assert_close(ours.grad, theirs.grad.numpy() + 4, 1e-12, "grad")
    with pytest.raises(RuntimeError, match="freed by an earlier backward"):
        y.backward()
    leaf = Tensor(2.0, requires_grad=True)
    leaf.backward()
    leaf.backward()
    assert leaf.grad == 2.0


def test_retain_grad_keeps_that_of_an_intermediate_result():
    x = Tensor(np.array([1.0, 2.0]), requires_grad=True)
    u, v = x * 3, x * 5
    u.retain_grad()
    (u * v).sum().backward()
    assert u.grad.tolist() == [5.0, 10.0] and v.grad is None


def test_no_grad_records_nothing():
    x = Tensor(np.ones(2), requires_grad=True)
    with no_grad():
        y = x * 2
        with no_grad():
            pass
        z = x * 3  # the inner exit must not end the outer
    assert not y.requires_grad and not z.requires_grad and y.op == "multiply"

    @no_grad()
    def f(t):
        if t.size > 1:
            return f(t[:1])
        return t * 2

    assert not f(x).requires_grad
    with pytest.raises(KeyError), no_grad():
        raise KeyError
    assert (x * 2).requires_grad
    assert not x.detach().requires_grad and x.detach().data is x.data


def test_only_floats_get_gradients():
    for data in ([1, 2], np.arange(3), np.array([True]), np.ones(2, np.float16), np.ones(2, complex)):
        with pytest.raises(ValueError, match="expected float32 or float64 data for a gradient; got"):
            Tensor(data, requires_grad=True)
    assert Tensor([1, 2]).dtype.kind == "i"
    x = Tensor([1.0, 2.0], requires_grad=True)
    ((x * Tensor([1, 2])) + np.arange(2)).sum().backward()
    assert x.grad.tolist() == [1, 2]


def test_errors_name_the_operation_and_the_shapes():
    def relu_of_sum(a, b):
        return np.maximum(a + b, 0)

    relu_of_sum = lift(relu_of_sum, None)
    a, b = Tensor(np.ones((2, 3)), requires_grad=True), Tensor(np.ones((4, 5)), requires_grad=True)
    for f, words in [
        (lambda: a + b, r"add of \(2, 3\) and \(4, 5\)"), (lambda: a @ b, r"matmul of \(2, 3\) and \(4, 5\)"),
        (lambda: a.reshape(7), r"reshape of \(2, 3\)"), (lambda: a.sum(axis=2), r"sum of \(2, 3\)"),
        (lambda: concatenate([a, b]), r"concatenate of \(2, 3\) and \(4, 5\)"),
        (lambda: stack([a, b]), r"stack of \(2, 3\) and \(4, 5\)"),
        (lambda: where(b > 0, a, 0), r"where of \(4, 5\) and \(2, 3\)"),
        (lambda: maximum(a, b), r"maximum of \(2, 3\) and \(4, 5\)"),
        (lambda: relu_of_sum(a, b), r"relu_of_sum of \(2, 3\) and \(4, 5\): operands"),
    ]:  # fmt: skip
        with pytest.raises(ValueError, match=words):
            f()
    with pytest.raises(IndexError, match=r"getitem of \(2, 3\)"):
        a[5]
    for f in (lambda: a.backward(), lambda: (a * a).backward(np.ones(3)), lambda: Tensor(1.0).backward()):
        with pytest.raises(ValueError, match="expected .* got"):
            f()


def test_numpy_functions_refuse_to_lose_a_gradient():
    a = Tensor(np.ones(2), requires_grad=True)
    for f in (np.exp, np.sum, np.asarray, np.mean, activations.relu):
        with pytest.raises(TypeError):
            f(a)
    assert np.asarray(a.detach()).tolist() == [1, 1] and np.array(Tensor([1, 2]), dtype=float).dtype == float


def test_arrays_and_numpy_numbers_on_either_side():
    a, x = Tensor(np.ones(2, np.float32), requires_grad=True), np.full(2, 3.0, np.float32)
    two = np.float64(2)
    for y in (x + a, a + x, x - a, x * a, x / a, a * two, two * a, np.float32(3) - a, x @ a, x**a, a**x):
        assert isinstance(y, Tensor) and y.dtype == np.float32 and y.requires_grad
    assert (x / a).data.tolist() == [3, 3] and (x - a).data.tolist() == [2, 2]


def test_parameters_own_their_data_and_constants_share_it():
    x = np.ones(2)
    parameter, constant = Tensor(x, requires_grad=True), Tensor(x)
    x[0] = 5
    assert parameter.data[0] == 1 and constant.data[0] == 5
    assert parameter.T.shape == (2,) and len(parameter) == 2 and parameter.size == 2 and parameter.ndim == 1
    assert Tensor(3.5).item() == float(Tensor([3.5])) == 3.5 and not Tensor(0.0) and Tensor([2])
    assert "requires_grad=True" in repr(parameter) and "op=add" in repr(parameter + 1)


def test_mixed_precision_gives_each_leaf_its_own_dtype():
    a, b = Tensor(np.ones(2, np.float32), requires_grad=True), Tensor(np.ones(2), requires_grad=True)
    (a * b + a).sum().backward()
    assert a.grad.dtype == np.float32 and b.grad.dtype == np.float64 and a.grad.tolist() == [2, 2]


def test_a_long_chain_needs_no_recursion():
    x = Tensor(np.array(1.0), requires_grad=True)
    for keep in (True, False):
        y = x
        for _ in range(10_000):
            y = y + 1e-5
        if keep:
            y.backward()
        del y
    assert x.grad == 1.0 and sys.getrecursionlimit() < 10_000


def training_steps(count):
    X, Y, W, b = normals(15, (16, 4), (16, 3), (4, 3), (3,))
    W, b = Tensor(W, requires_grad=True), Tensor(b, requires_grad=True)
    for _ in range(count):
        W.grad = b.grad = None
        loss = ((Tensor(X) @ W + b).tanh() - Y) ** 2
        concatenate([loss[:8], loss[8:]]).mean().backward()
        W.data -= 0.1 * W.grad
        b.data -= 0.1 * b.grad


def test_training_holds_its_memory_without_the_collector():
    """The least of three times: what else runs in this process may take memory meanwhile, a leak takes it each time."""
    grown = []
    gc.collect()
    gc.disable()
    tracemalloc.start()
    try:
        training_steps(100)
        for _ in range(3):
            gc.collect()  # empties Python's lists of spare tuples, too
            before = tracemalloc.get_traced_memory()[0]
            training_steps(600)
            assert gc.collect() == 0  # no cycles
            grown.append(tracemalloc.get_traced_memory()[0] - before)
    finally:
        tracemalloc.stop()
        gc.enable()
    assert min(grown) < 600 * 40  # bytes: less than one small object for each of the 600 steps


def test_backward_frees_the_arrays_of_the_graph():
    x = Tensor(np.ones(20_000), requires_grad=True)
    tracemalloc.start()
    y = (x.exp().exp() * 0.5).tanh().sum()
    recorded = tracemalloc.get_traced_memory()[0]
    y.backward()
    left = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert recorded > 4 * x.data.nbytes and left < 1.2 * x.data.nbytes


@pytest.mark.parametrize("broken", ["factor", "axis", "argument"])
def test_this_comparison_can_fail(broken):
    """A gradient off by 0.1 %, a swapped axis, an ignored argument: each must be found."""
    def backward(dY, X, W):
        dX, dW, _ = linear.linear_backward(dY, X, W)
        return {"factor": (dX * 1.001, dW), "axis": (dX, dW.T), "argument": (dX, np.zeros_like(dW))}[broken]

    X, W = normals(16, (3, 3), (3, 3))
    with pytest.raises(AssertionError):
        assert_same_as_torch(lift(linear.linear, backward), lambda X, W: X @ W, [X, W])
