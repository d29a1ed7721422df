"""gradcheck.py: right gradients pass, wrong ones are found and named."""
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from ops_helpers import rejects

from dlnotes.gradcheck import GradientError, Probe, gradcheck, numerical_gradient

quick = settings(max_examples=25, deadline=None)
shapes = array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3)
boxes = arrays(np.float64, shapes, elements=st.floats(-3, 3))
rng = np.random.default_rng(0)
A, B, DY = rng.normal(size=(3, 4)), rng.normal(size=(4, 2)), rng.normal(size=(3, 2))


def matmul(A, B):
    return A @ B


def matmul_backward(dY, A, B):
    return dY @ B.T, A.T @ dY


def bump(x):
    """A smooth scalar function that takes complex numbers as well."""
    return np.sum(np.exp(x) * np.sin(x) / (1 + x * x))


def bump_by_torch(x):
    x = torch.tensor(x, requires_grad=True)
    (torch.exp(x) * torch.sin(x) / (1 + x * x)).sum().backward()
    return x.grad.numpy()


def changed(x, index, factor=1.001, add=0.0):
    x = x.copy()
    x[index] = x[index] * factor + add
    return x


# numerical_gradient ----------------------------------------


@quick
@given(boxes)
def test_numerical_gradient_is_torchs(x):
    expected = bump_by_torch(x)
    for method, tol in (("central", 1e-8), ("complex", 1e-13)):
        got = numerical_gradient(bump, x, method=method)
        assert got.shape == x.shape and got.dtype == np.float64
        np.testing.assert_allclose(got, expected, rtol=tol, atol=tol)


def test_numerical_gradient_with_upstream():
    dA, dB = matmul_backward(DY, A, B)
    for method in ("central", "complex"):
        np.testing.assert_allclose(numerical_gradient(lambda a: a @ B, A, DY, method=method), dA, rtol=1e-8)
        np.testing.assert_allclose(numerical_gradient(lambda b: A @ b, B, DY, method=method), dB, rtol=1e-8)


def test_float32_is_moved_in_float64():
    """In float32 itself a step of 6e-6 would leave three digits at best."""
    x = np.array([0.1, -2.0, 3.0], np.float32)
    seen = []
    got = numerical_gradient(lambda z: (seen.append(z.dtype), bump(z))[1], x)
    assert set(seen) == {np.dtype(np.float64)}
    np.testing.assert_allclose(got, bump_by_torch(x.astype(np.float64)), rtol=1e-8)


@pytest.mark.parametrize("size", [1e-8, 1e-3, 1.0, 1e3, 1e6])
def test_step_grows_with_the_input(size):
    """The slope of x^3 at x = 1e6 keeps its digits only if the step is larger there than at 1."""
    x = np.array([1.3 * size, -0.7 * size])
    np.testing.assert_allclose(numerical_gradient(lambda z: np.sum(z**3), x), 3 * x**2, rtol=1e-8, atol=1e-9)


def test_result_that_is_the_input_itself():
    x = np.array([1.0, -2.0])
    assert np.array_equal(numerical_gradient(lambda z: z, x, np.array([3.0, 5.0])), [3.0, 5.0])
    assert np.allclose(numerical_gradient(lambda z: z.T, A, A.T), A, rtol=1e-8)


def test_points_of_evaluation():
    """Two calls an entry, at x + h and x - h with the same h, a power of two near eps^(1/3) max(1, |x|)."""
    seen = []
    numerical_gradient(lambda z: (seen.append(z.copy()), z.sum())[1], np.array([0.3, 100.0]))
    up, down = np.array(seen[::2]) - [0.3, 100.0], [0.3, 100.0] - np.array(seen[1::2])
    assert len(seen) == 4 and np.array_equal(up, down)
    assert np.array_equal(up, np.diag(up.diagonal()))
    assert np.all(np.log2(up.diagonal()) == np.round(np.log2(up.diagonal())))
    assert np.all(np.abs(np.log2(up.diagonal() / (6.06e-6 * np.array([1, 100])))) <= 0.5 + 1e-3)


def test_a_wrong_upstream_or_method_is_refused():
    rejects(numerical_gradient, lambda a: a @ B, A)                       # an array, and no upstream
    rejects(numerical_gradient, lambda a: a @ B, A, DY[:1])               # would broadcast
    rejects(numerical_gradient, bump, A, np.ones(1))
    rejects(numerical_gradient, bump, A, method="forward")


# gradcheck ----------------------------------------


@quick
@given(boxes.filter(lambda x: x.size > 0))
def test_right_gradients_pass(x):
    assert gradcheck(bump, [x], [bump_by_torch(x)]).excess <= 1
    assert gradcheck(bump, [x], [bump_by_torch(x)], method="complex", tol=1e-12).excess <= 1
    assert gradcheck(bump, [x], [bump_by_torch(x)], directions=5, rng=np.random.default_rng(0)).excess <= 1


def test_two_inputs_and_an_upstream():
    for kw in ({}, {"method": "complex", "tol": 1e-12}, {"directions": 4, "rng": np.random.default_rng(1)}):
        worst = gradcheck(matmul, [A, B], matmul_backward(DY, A, B), DY, **kw)
        assert isinstance(worst, Probe) and worst.excess <= 1


def test_an_input_used_twice():
    assert gradcheck(lambda x: np.sum(x * x), [A], [2 * A]).excess <= 1
    with pytest.raises(GradientError):
        gradcheck(lambda x: np.sum(x * x), [A], [A])


@quick
@given(st.integers(0, 1), st.data())
def test_one_entry_off_by_a_thousandth_is_named(which, data):
    """1.001 times a slope, or 0.001 where the slope is small: found, and just there."""
    gradients = list(matmul_backward(DY, A, B))
    index = tuple(data.draw(st.integers(0, n - 1)) for n in gradients[which].shape)
    gradients[which] = changed(gradients[which], index, 1.001, 1e-5)
    with pytest.raises(GradientError) as caught:
        gradcheck(matmul, [A, B], gradients, DY)
    numeric = matmul_backward(DY, A, B)[which][index]
    assert f"input {which}, entry {index}:" in str(caught.value)
    assert f"gradient says {gradients[which][index]:.9g}" in str(caught.value)
    assert f"the function {numeric:.4g}"[:16] in str(caught.value)


@pytest.mark.parametrize("kw", [{}, {"method": "complex"}, {"directions": 5}])
@pytest.mark.parametrize("fault", ["sign", "factor", "swapped", "dropped", "nan", "inf", "one"])
def test_wrong_gradients_raise(fault, kw):
    dA, dB = matmul_backward(DY, A, B)
    wrong = {"sign": (-dA, dB), "factor": (dA, 2 * dB), "swapped": (dA[::-1], dB), "dropped": (dA, 0 * dB),
             "nan": (changed(dA, (1, 2), add=np.nan), dB), "inf": (dA, changed(dB, (0, 0), add=np.inf)),
             "one": (changed(dA, (2, 3), add=1e-3), dB)}[fault]
    with pytest.raises(GradientError):
        gradcheck(matmul, [A, B], wrong, DY, rng=np.random.default_rng(2), **kw)


def test_nan_is_blamed_on_its_own_entry():
    dA, dB = matmul_backward(DY, A, B)
    with pytest.raises(GradientError, match=r"input 0, entry \(1, 2\): the gradient says nan"):
        gradcheck(matmul, [A, B], [changed(dA, (1, 2), add=np.nan), dB], DY)


def test_a_function_without_a_value_raises():
    with pytest.raises(GradientError):
        gradcheck(lambda x: np.sum(x) * np.nan, [A], [np.ones_like(A)])


def test_the_wrong_upstream_is_noticed():
    with pytest.raises(GradientError):
        gradcheck(matmul, [A, B], matmul_backward(np.ones_like(DY), A, B), DY)


def test_a_gradient_of_another_shape_raises():
    dA, dB = matmul_backward(DY, A, B)
    for wrong in (dA.T, dA[:1], dA.sum(), dA[None]):
        with pytest.raises(GradientError, match=r"input 0: expected a gradient \(3, 4\); got"):
            gradcheck(matmul, [A, B], [wrong, dB], DY)


def test_a_gradient_error_is_an_assertion():
    assert issubclass(GradientError, AssertionError)


def test_labels_have_no_gradient():
    y = np.array([2, 0, 1])

    def loss(X, y):
        assert y.dtype.kind == "i"
        return np.sum(X[np.arange(3), y] ** 2)

    dX = np.zeros((3, 4))
    dX[np.arange(3), y] = 2 * A[np.arange(3), y]
    assert gradcheck(loss, [A, y], [dX, None]).excess <= 1


def test_tolerance_follows_the_dtype_of_the_gradient_unless_given():
    x = np.array([0.3, -1.2], np.float32)
    right = bump_by_torch(x.astype(np.float64))
    near = right * (1 + 3e-5)
    assert gradcheck(bump, [x], [near.astype(np.float32)]).excess <= 1
    for kw in ({"tol": 1e-6}, {"tol": 1e-300}):
        with pytest.raises(GradientError):
            gradcheck(bump, [x], [near.astype(np.float32)], **kw)
    with pytest.raises(GradientError):
        gradcheck(bump, [x], [near])
    assert gradcheck(bump, [x], [near], tol=1e-4).excess <= 1


def test_directions_do_not_grow_with_the_input():
    X, calls = np.random.default_rng(3).normal(size=(200, 50)), []

    def f(X):
        calls.append(X.shape)
        return np.sum(np.tanh(X), axis=1)

    dY = np.random.default_rng(4).normal(size=200)
    dX = dY[:, None] * (1 - np.tanh(X) ** 2)
    assert gradcheck(f, [X], [dX], dY, directions=3, rng=np.random.default_rng(5)).excess <= 1
    assert len(calls) == 6
    with pytest.raises(GradientError, match="input 0, direction"):
        gradcheck(f, [X], [changed(dX, (7, 7), add=0.01)], dY, directions=3, rng=np.random.default_rng(5))


def test_directions_follow_the_generator():
    def report(seed):
        return gradcheck(bump, [A], [bump_by_torch(A)], directions=2, rng=np.random.default_rng(seed))
    assert report(0) == report(0) and report(0).analytic != report(1).analytic


def test_complex_step_sees_what_differences_cannot():
    wrong = bump_by_torch(A) * (1 + 1e-8)
    assert gradcheck(bump, [A], [wrong]).excess <= 1
    with pytest.raises(GradientError):
        gradcheck(bump, [A], [wrong], method="complex", tol=1e-10)


def test_a_call_that_cannot_check_is_refused():
    rejects(gradcheck, bump, [np.zeros((0, 3))], [np.zeros((0, 3))])
    rejects(gradcheck, lambda y: 1.0, [np.array([1])], [None])
    rejects(gradcheck, bump, [A], [bump_by_torch(A)], directions=0, rng=np.random.default_rng(0))
    rejects(gradcheck, matmul, [A, B], [A], DY)
    rejects(gradcheck, bump, [A], [bump_by_torch(A)], directions=3)
    rejects(gradcheck, bump, [A], [bump_by_torch(A)], tol=0.0)
    rejects(gradcheck, bump, [A], [bump_by_torch(A)], tol=float("nan"))


def test_inputs_are_left_alone():
    a, b, dY = A.copy(), B.copy(), DY.copy()
    for x in (a, b, dY):
        x.flags.writeable = False
    gradcheck(matmul, [a, b], matmul_backward(dY, a, b), dY)
    assert np.array_equal(a, A) and np.array_equal(b, B) and np.array_equal(dY, DY)
