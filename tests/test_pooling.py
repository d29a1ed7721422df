"""Pooling against torch, and against plain loops where torch has no such function."""
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from ops_helpers import compare, compare_numeric, normals, rejects

from dlnotes.ops import pooling as P

quick = settings(max_examples=25, deadline=None)


@st.composite
def pool_cases(draw, axes, dilated=False, ties=False):
    """X and the settings of a window for which torch has an output; N = 0 and sizes of 1 among them."""
    each = st.lists(st.integers(1, 4), min_size=axes, max_size=axes)
    size, stride = draw(each), draw(st.none() | each)
    dilation = draw(st.lists(st.integers(1, 2), min_size=axes, max_size=axes)) if dilated else [1] * axes
    padding = [draw(st.integers(0, k // 2)) for k in size]
    least = [max(d, d * (k - 1) + 1 - 2 * p) for k, d, p in zip(size, dilation, padding)]
    space = [n + draw(st.integers(0, 4)) for n in least]          # a window that misses the map crashes torch
    X = normals(draw(st.integers(0, 99)), (draw(st.integers(0, 2)), draw(st.integers(1, 3)), *space))[0]
    kw = dict(size=size, stride=stride, padding=padding, **(dict(dilation=dilation) if dilated else {}))
    if axes == 1:
        kw = {name: value if value is None else value[0] for name, value in kw.items()}
    return (np.round(X) if ties else X), kw


def torchs(f, size, **kw):
    return lambda X: f(X, size, **kw)


@quick
@given(pool_cases(2, dilated=True), pool_cases(1, dilated=True, ties=True), pool_cases(2, ties=True))
def test_max_pool_is_torchs_also_where_entries_tie(case2d, case1d, tied):
    compare(P.max_pool2d, P.max_pool2d_backward, torchs(F.max_pool2d, **case2d[1]), [case2d[0]], **case2d[1])
    compare(P.max_pool2d, P.max_pool2d_backward, torchs(F.max_pool2d, **tied[1]), [tied[0]], **tied[1])
    compare(P.max_pool1d, P.max_pool1d_backward, torchs(F.max_pool1d, **case1d[1]), [case1d[0]], **case1d[1])


@quick
@given(pool_cases(2), pool_cases(1), st.booleans())
def test_avg_pool_is_torchs(case2d, case1d, include):
    case2d[1]["count_include_pad"] = case1d[1]["count_include_pad"] = include
    compare(P.avg_pool2d, P.avg_pool2d_backward, torchs(F.avg_pool2d, **case2d[1]), [case2d[0]], **case2d[1])
    compare(P.avg_pool1d, P.avg_pool1d_backward, torchs(F.avg_pool1d, **case1d[1]), [case1d[0]], **case1d[1])


@quick
@given(pool_cases(2), pool_cases(1))
def test_sum_pool_is_torchs_average_times_the_window(case2d, case1d):
    X, kw = case2d
    window = np.prod(kw["size"])
    compare(P.sum_pool2d, P.sum_pool2d_backward, lambda X: window * F.avg_pool2d(X, kw["size"], kw["stride"],
            kw["padding"]), [X], **kw)
    X, kw1 = case1d
    compare(P.sum_pool1d, P.sum_pool1d_backward, lambda X: kw1["size"] * F.avg_pool1d(X, kw1["size"],
            kw1["stride"], kw1["padding"]), [X], **kw1)


def test_max_pool_sends_the_gradient_to_the_first_of_equals():
    X = np.zeros((1, 1, 2, 4))
    dX = P.max_pool2d_backward(np.array([[[[5.0, 7.0]]]]), X, 2)
    np.testing.assert_array_equal(dX, [[[[5, 0, 7, 0], [0, 0, 0, 0]]]])


def test_max_pool_of_minus_infinity_and_nan_is_torchs():
    X = np.full((1, 1, 4, 4), -np.inf)
    for size, stride, padding in [(2, 2, 1), (3, 1, 1), (2, 2, 0)]:
        x = torch.tensor(X, requires_grad=True)
        y = F.max_pool2d(x, size, stride, padding)
        dY = normals(1, tuple(y.shape))[0]
        y.backward(torch.tensor(dY))
        np.testing.assert_array_equal(P.max_pool2d(X, size, stride, padding), y.detach().numpy())
        np.testing.assert_allclose(P.max_pool2d_backward(dY, X, size, stride, padding), x.grad.numpy())
    X[0, 0, 1, 1] = np.nan
    Y = P.max_pool2d(X, 2)
    assert np.isnan(Y[0, 0, 0, 0]) and np.isnan(Y).sum() == 1


@pytest.mark.parametrize("f, f_backward, torch_f, args", [
    (P.max_pool2d, P.max_pool2d_backward, F.max_pool2d, (2,)),
    (P.avg_pool2d, P.avg_pool2d_backward, F.avg_pool2d, (2,)),
    (P.adaptive_avg_pool2d, P.adaptive_avg_pool2d_backward, F.adaptive_avg_pool2d, ((2, 3),)),
])
@pytest.mark.parametrize("scale", [1e4, 1e-310])
def test_extremes(f, f_backward, torch_f, args, scale):
    name = "out" if "adaptive" in f.__name__ else "size"
    X = scale * normals(2, (2, 2, 5, 5))[0]
    compare(f, f_backward, lambda X: torch_f(X, *args), [X], **{name: args[0]}, float32=scale > 1)


# Averages over other windows ----------------------------------------------------------------------


sizes = st.tuples(st.integers(0, 2), st.integers(1, 3), st.integers(1, 9), st.integers(1, 9))


@quick
@given(sizes, st.integers(1, 11), st.integers(1, 11))
def test_adaptive_avg_pool_is_torchs(shape, rows, columns):
    X = normals(0, shape)[0]
    compare(P.adaptive_avg_pool2d, P.adaptive_avg_pool2d_backward,
            lambda X: F.adaptive_avg_pool2d(X, (rows, columns)), [X], out=(rows, columns))
    compare(P.adaptive_avg_pool1d, P.adaptive_avg_pool1d_backward,
            lambda X: F.adaptive_avg_pool1d(X, columns), [X[:, :, 0]], out=columns)


@quick
@given(sizes)
def test_global_avg_pool_is_torchs_mean(shape):
    X = normals(0, shape)[0]
    compare(P.global_avg_pool, P.global_avg_pool_backward, lambda X: X.mean((2, 3)), [X])
    compare(P.global_avg_pool, P.global_avg_pool_backward, lambda X: X.mean(2), [X[..., 0]])


def torch_blur(X, size, stride):
    """Reflect, then a depthwise convolution with the outer product of binomial coefficients."""
    rows, columns = (np.atleast_1d(np.poly(-np.ones(k - 1))) for k in size)  # coefficients of (1 + x)^(k-1)
    W = torch.tensor(np.outer(rows, columns), dtype=X.dtype)
    W = (W / W.sum()).expand(X.shape[1], 1, *size)
    sides = [side for k in reversed(size) for side in ((k - 1) // 2, k // 2)]
    return F.conv2d(F.pad(X, sides, mode="reflect"), W, stride=stride, groups=X.shape[1])


@quick
@given(st.integers(1, 3), st.tuples(st.integers(3, 8), st.integers(3, 8)),
       st.tuples(st.integers(1, 5), st.integers(1, 5)), st.tuples(st.integers(1, 3), st.integers(1, 3)))
def test_blur_pool_is_torchs_reflection_and_convolution(C, space, size, stride):
    X = normals(0, (2, C, *space))[0]
    kw = dict(size=size, stride=stride)
    compare(P.blur_pool2d, P.blur_pool2d_backward, lambda X: torch_blur(X, size, stride), [X], **kw)
    compare(P.blur_pool1d, P.blur_pool1d_backward,
            lambda X: torch_blur(X[:, :, None], (1, size[1]), (1, stride[1]))[:, :, 0], [X[:, :, 0]],
            size=size[1], stride=stride[1])


def test_blur_pool_of_maps_smaller_than_the_filter_and_of_none():
    for shape in [(1, 2, 1, 1), (2, 1, 1, 2), (0, 1, 3, 3)]:
        X = normals(0, shape)[0]
        compare_numeric(P.blur_pool2d, P.blur_pool2d_backward, [X], size=5, stride=1)
    np.testing.assert_allclose(P.blur_pool2d(np.full((1, 1, 1, 2), 3.0), 5), [[[[3.0]]]])  # weights sum to 1


def test_blurring_reduces_what_a_shift_by_one_changes():
    X = normals(1, (8, 4, 32, 32))[0]

    def change(f):
        Y, moved = f(X), f(np.roll(X, 1, axis=3))
        return np.linalg.norm((moved - Y)[..., 2:-2]) / np.linalg.norm(Y[..., 2:-2])

    assert change(lambda X: P.blur_pool2d(X, 5)) < 0.75 * change(lambda X: X[:, :, ::2, ::2])


# Stochastic pooling -------------------------------------------------------------------------------


def test_stochastic_pool_draws_entries_in_proportion():
    window = np.array([0.0, 1.0, 5.0, 4.0])
    X = np.tile(window.reshape(2, 2), (100, 1, 20, 20))                     # 40,000 windows
    Y, chosen = P.stochastic_pool2d(X, 2, rng=np.random.default_rng(0))
    shares = np.bincount(chosen.ravel(), minlength=4) / chosen.size
    assert shares[0] == 0
    np.testing.assert_allclose(shares, window / 10, atol=4 * np.sqrt(0.25 / chosen.size))   # 4 sigma
    np.testing.assert_array_equal(Y, window[chosen])
    np.testing.assert_allclose(P.expected_pool2d(X, 2), 4.2)                # (1 + 25 + 16) / 10
    assert abs(Y.mean() - 4.2) < 4 * Y.std() / 200


@quick
@given(sizes, st.integers(1, 3), st.integers(1, 3), st.integers(0, 99))
def test_stochastic_pool_and_its_gradient_by_loops(shape, size, stride, seed):
    shape = (*shape[:2], *(n + size - 1 for n in shape[2:]))
    X = np.maximum(normals(seed, shape)[0], 0)
    X.flags.writeable = False
    Y, chosen = P.stochastic_pool2d(X, size, stride, rng=np.random.default_rng(seed))
    again, _ = P.stochastic_pool2d(X, size, stride, rng=np.random.default_rng(seed))
    np.testing.assert_array_equal(Y, again)
    dY, = normals(1, Y.shape)
    dX, mean = np.zeros(shape), np.zeros(Y.shape)
    for n, c, y, x in np.ndindex(Y.shape):
        corner = y * stride, x * stride
        entries = X[n, c, corner[0]:corner[0] + size, corner[1]:corner[1] + size]
        if entries.sum() == 0:
            assert Y[n, c, y, x] == 0 and chosen[n, c, y, x] == -1
            continue
        mean[n, c, y, x] = (entries**2).sum() / entries.sum()
        i, j = divmod(chosen[n, c, y, x], size)
        assert Y[n, c, y, x] == entries[i, j] > 0
        dX[n, c, corner[0] + i, corner[1] + j] += dY[n, c, y, x]
    np.testing.assert_allclose(P.stochastic_pool2d_backward(dY, chosen, X, size, stride), dX, atol=1e-12)
    np.testing.assert_allclose(P.expected_pool2d(X, size, stride), mean, atol=1e-12)


@quick
@given(sizes, st.integers(1, 3), st.integers(1, 3), st.integers(0, 99))
def test_expected_pool_is_torchs_formula(shape, size, stride, seed):
    X = np.abs(normals(seed, (*shape[:2], *(n + size - 1 for n in shape[2:])))[0])

    def formula(X):
        patches = X.unfold(2, size, stride).unfold(3, size, stride)
        return (patches**2).sum((-1, -2)) / patches.sum((-1, -2))

    compare(P.expected_pool2d, P.expected_pool2d_backward, formula, [X], size=size, stride=stride)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_stochastic_pool_never_draws_a_zero_even_at_the_ends_of_the_range(dtype):
    class Fixed:
        def __init__(self, number):
            self.number = number

        def random(self, shape, dtype):
            return np.full(shape, self.number, dtype)

    X = np.array([[0, 0.7], [0.2, 0]], dtype)[None, None]
    for number, expected in [(0, 1), (1 - np.finfo(dtype).epsneg, 2), (1, 2)]:    # 1: the product rounded up
        Y, chosen = P.stochastic_pool2d(X, 2, rng=Fixed(number))
        assert chosen == expected and Y == X.ravel()[expected]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_stochastic_pool_keeps_the_dtype_and_survives_extremes(dtype):
    for scale in [0, np.finfo(dtype).tiny / 1000, 1e4]:                      # the second one is denormal
        X = np.full((1, 1, 4, 4), scale, dtype)
        X[0, 0, :2, :2] = 0
        Y, chosen = P.stochastic_pool2d(X, 2, rng=np.random.default_rng(0))
        assert Y.dtype == dtype and Y[0, 0, 1, 1] == dtype(scale)
        np.testing.assert_allclose(P.expected_pool2d(X, 2), Y, rtol=1e-3)
        drawn = P.stochastic_pool2d_backward(np.ones_like(Y), chosen, X, 2)
        mean = P.expected_pool2d_backward(np.ones_like(Y), X, 2)
        assert drawn.dtype == mean.dtype == dtype
        assert drawn.sum() == (3 if scale else 0)
        np.testing.assert_allclose(mean.sum(), 3 if scale else 0, rtol=1e-3)


# What is refused, and what the comparison sees ----------------------------------------------------


X = normals(0, (2, 3, 4, 4))[0]


@pytest.mark.parametrize("pool", [P.max_pool2d, P.avg_pool2d, P.sum_pool2d])
@pytest.mark.parametrize("args", [
    (X[0], 2), (X, 5), (X, 0), (X, 2.0), (X, 2, 0), (X, 2, None, 2), (X, (1, 2, 3)), (X.astype(int), 2),
    (X, 2, 1, -1), (X[..., 0], 2),
])
def test_wrong_input_is_refused(pool, args):
    rejects(pool, *args)
    rejects(getattr(P, pool.__name__ + "_backward"), np.zeros((2, 3, 2, 2)), *args)


def test_wrong_input_is_refused_elsewhere():
    rng = np.random.default_rng(0)
    for f in [P.max_pool2d_backward, P.avg_pool2d_backward, P.sum_pool2d_backward, P.blur_pool2d_backward,
              P.adaptive_avg_pool2d_backward, P.expected_pool2d_backward]:
        rejects(f, np.zeros((2, 3, 4, 4)), abs(X), 3)
    for f in [P.max_pool1d, P.avg_pool1d, P.sum_pool1d, P.blur_pool1d, P.adaptive_avg_pool1d]:
        rejects(f, X, 2)
    rejects(P.max_pool1d_backward, np.zeros((2, 3, 3)), X[..., 0], 2)
    rejects(P.adaptive_avg_pool2d, X, 0)
    rejects(P.adaptive_avg_pool2d, X[:, :, :0], 1)
    rejects(P.blur_pool2d, X, 0)
    rejects(P.blur_pool2d, X, 3, 0)
    rejects(P.global_avg_pool, X[:, :, 0, 0])
    rejects(P.global_avg_pool_backward, np.zeros((2, 4)), X)
    rejects(P.stochastic_pool2d, -abs(X), 2, rng=rng)
    rejects(P.expected_pool2d, -abs(X), 2)
    rejects(P.stochastic_pool2d_backward, np.zeros((2, 3, 2, 2)), np.zeros((2, 3, 2), int), abs(X), 2)
    rejects(P.stochastic_pool2d, abs(X[0]), 2, rng=rng)


@pytest.mark.parametrize("wrong", [
    lambda dX: 1.001 * dX, lambda dX: dX.swapaxes(2, 3), lambda dX: dX[:, ::-1],
])
def test_the_comparison_sees_a_wrong_gradient(wrong):
    with pytest.raises(AssertionError):
        compare(P.max_pool2d, lambda *a, **kw: wrong(P.max_pool2d_backward(*a, **kw)),
                lambda X: F.max_pool2d(X, 2), [X], size=2)


def test_the_comparison_sees_an_ignored_argument():
    with pytest.raises(AssertionError):
        compare(P.avg_pool2d, P.avg_pool2d_backward,
                lambda X: F.avg_pool2d(X, 3, 1, 1, count_include_pad=False), [X], size=3, stride=1, padding=1)
    with pytest.raises(AssertionError):
        compare(P.max_pool2d, P.max_pool2d_backward, lambda X: F.max_pool2d(X, 3, 1, 1, dilation=2), [X],
                size=3, stride=2, padding=1)                              # both 2 x 2
