"""conv.py against torch: value and every gradient, over random shapes and settings."""
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from ops_helpers import compare, compare_numeric, normals, rejects

from dlnotes.ops.conv import (conv1d, conv1d_backward, conv1d_transpose, conv1d_transpose_backward, conv2d,
                              conv2d_backward, conv2d_transpose, conv2d_transpose_backward, conv_output_size,
                              conv_transpose_output_size, receptive_field, windows)

quick = settings(max_examples=25, deadline=None)


@st.composite
def conv_cases(draw, axes, transposed=False):
    """Shapes of X, W, b and settings for which torch has an output; sizes of 1 and N = 0 among them."""
    each = st.lists(st.integers(1, 3), min_size=axes, max_size=axes)
    kernel, stride, dilation = draw(each), draw(each), draw(each)
    padding = draw(st.lists(st.integers(0, 3), min_size=axes, max_size=axes))
    groups, per_in, per_out = draw(st.integers(1, 3)), draw(st.integers(1, 2)), draw(st.integers(1, 2))
    reach = [d * (k - 1) + 1 for k, d in zip(kernel, dilation)]
    if transposed:
        out = [draw(st.integers(0, max(s, d) - 1)) for s, d in zip(stride, dilation)]
        least = [-(-(2 * p - r + 1) // s) + 1 for p, r, s in zip(padding, reach, stride)]  # output 1
        space = [max(draw(st.integers(1, 4)), n) for n in least]
        W = (groups * per_in, per_out, *kernel)
    else:
        space = [max(1, r - 2 * p) + draw(st.integers(0, 4)) for p, r in zip(padding, reach)]
        W = (groups * per_out, per_in, *kernel)
    X = (draw(st.sampled_from([0, 1, 2, 3])), groups * per_in, *space)
    kw = dict(stride=tuple(stride), padding=tuple(padding), dilation=tuple(dilation), groups=groups)
    if transposed:
        kw["output_padding"] = tuple(out)
    if axes == 1:
        kw = {name: value[0] if isinstance(value, tuple) else value for name, value in kw.items()}
    return normals(draw(st.integers(0, 99)), X, W, (groups * per_out,)), draw(st.booleans()), kw


def check(f, f_backward, torch_f, case):
    (X, W, b), with_bias, kw = case
    compare(f, f_backward, lambda X, W, b: torch_f(X, W, b, **kw), [X, W, b if with_bias else None], **kw)


@quick
@given(conv_cases(2))
def test_conv2d_is_torchs(case):
    check(conv2d, conv2d_backward, F.conv2d, case)


@quick
@given(conv_cases(1))
def test_conv1d_is_torchs(case):
    check(conv1d, conv1d_backward, F.conv1d, case)


@quick
@given(conv_cases(2, transposed=True))
def test_conv2d_transpose_is_torchs(case):
    check(conv2d_transpose, conv2d_transpose_backward, F.conv_transpose2d, case)


@quick
@given(conv_cases(1, transposed=True))
def test_conv1d_transpose_is_torchs(case):
    check(conv1d_transpose, conv1d_transpose_backward, F.conv_transpose1d, case)


def test_depthwise_separable_is_torchs():
    X, W, V = normals(3, (2, 4, 6, 5), (8, 1, 3, 3), (3, 8, 1, 1))       # two filters a channel, then 1 x 1
    kw = dict(padding=1, groups=4)
    compare(conv2d, conv2d_backward, lambda X, W: F.conv2d(X, W, **kw), [X, W], **kw)
    Y = conv2d(X, W, **kw)
    compare(conv2d, conv2d_backward, F.conv2d, [Y, V])


def test_more_examples_than_one_block_holds():
    X, W, b = normals(5, (9, 8, 32, 32), (4, 8, 3, 3), (4,))               # 73,728 patch numbers an example
    compare(conv2d, conv2d_backward, lambda *a: F.conv2d(*a, padding=1), [X, W, b], padding=1)
    V = normals(6, (8, 4, 3, 3))[0]
    compare(conv2d_transpose, conv2d_transpose_backward, F.conv_transpose2d, [X, V])


def test_the_formula_by_loops():
    X, W, b = normals(0, (2, 3, 5, 6), (4, 3, 2, 3), (4,))
    s, p, d = (2, 1), (1, 2), (1, 2)
    Y = conv2d(X, W, b, s, p, d)
    for n, o, y, x in np.ndindex(Y.shape):
        total = b[o]
        for c, i, j in np.ndindex(W.shape[1:]):
            row, column = s[0] * y + d[0] * i - p[0], s[1] * x + d[1] * j - p[1]
            if 0 <= row < 5 and 0 <= column < 6:
                total += W[o, c, i, j] * X[n, c, row, column]
        assert abs(Y[n, o, y, x] - total) < 1e-12


def test_transposed_is_the_transposed_matrix():
    X, W = normals(1, (1, 2, 5, 4), (3, 2, 3, 2))
    kw = dict(stride=2, padding=1)
    basis = np.eye(X.size).reshape(-1, *X.shape[1:])
    M = conv2d(basis, W, **kw).reshape(X.size, -1)                          # the convolution as a matrix
    Y = normals(2, conv2d(X, W, **kw).shape)[0]
    back = conv2d_transpose(Y, W, **kw)
    assert back.shape == X.shape
    np.testing.assert_allclose(back.ravel(), M @ Y.ravel(), atol=1e-12)


def test_convolution_commutes_with_a_shift():
    X, W = normals(4, (1, 1, 8, 8), (1, 1, 3, 3))
    X[:, :, :, :3] = X[:, :, :, -3:] = 0                                    # nothing leaves at the border
    moved = conv2d(np.roll(X, 1, axis=3), W)
    np.testing.assert_allclose(moved[:, :, :, 1:], conv2d(X, W)[:, :, :, :-1], atol=1e-12)


@pytest.mark.parametrize("scale", [1e4, 1e-310])
def test_extremes(scale):
    X, W, b = normals(7, (2, 2, 5, 5), (3, 2, 3, 3), (3,))
    compare(conv2d, conv2d_backward, F.conv2d, [scale * X, W, b], float32=scale > 1)


def test_numeric_gradient():
    X, W, b = normals(8, (1, 2, 4, 3), (2, 1, 2, 2), (2,))
    compare_numeric(conv2d, conv2d_backward, [X, W, b], stride=2, padding=1, groups=2)


@pytest.mark.parametrize("n", [1, 2, 7, 10])
def test_output_sizes_are_torchs_and_each_others_inverse(n):
    for k, s, p, d in np.ndindex(4, 4, 3, 4):
        k, s, d = k + 1, s + 1, d + 1
        if d * (k - 1) + 1 > n + 2 * p:
            rejects(conv_output_size, n, k, s, p, d)
            continue
        m = conv_output_size(n, k, s, p, d)
        Y = F.conv1d(torch.zeros(1, 1, n), torch.zeros(1, 1, k), stride=s, padding=p, dilation=d)
        assert m == Y.shape[2]
        rest = (n + 2 * p - d * (k - 1) - 1) % s
        assert conv_transpose_output_size(m, k, s, p, rest, d) == n


def test_receptive_field_by_a_perturbed_input():
    layers = [(3, 1), (2, 2), (3, 2, 2), (5, 1)]
    reached = []
    for position in range(99):                          # a 1 here: does output 3 of all-ones kernels see it?
        Y = np.zeros((1, 1, 99))
        Y[0, 0, position] = 1
        for kernel, stride, *dilation in layers:
            Y = conv1d(Y, np.ones((1, 1, kernel)), stride=stride, dilation=dilation[0] if dilation else 1)
        reached.append(Y[0, 0, 3] > 0)
    first, last = np.flatnonzero(reached)[[0, -1]]
    assert receptive_field(layers) == last - first + 1 == 1 + 2 + 1 + 4 * 2 + 4 * 4
    assert receptive_field([]) == 1


def test_windows_is_a_view():
    X = np.arange(30.0).reshape(1, 1, 5, 6)
    V = windows(X, (2, 3), (2, 1), (1, 2))
    assert np.shares_memory(V, X) and V.shape == (1, 1, 2, 3, 2, 2)
    assert V[0, 0, 1, 2, 1, 0] == X[0, 0, 3, 4]


X, W, b = normals(0, (2, 4, 5, 5), (6, 4, 3, 3), (6,))


@pytest.mark.parametrize("args, kw", [
    ((X[0], W, b), {}), ((X, W[0], b), {}), ((X, W[:, :3], b), {}), ((X, W, b[:5]), {}),
    ((X, W, b[:, None]), {}), ((X, W[0, 0, 0, 0], b), {}), ((X[0, 0, 0, 0], W, b), {}),
    ((X, W, b), dict(groups=3)), ((X, W[:, :2], b), dict(groups=4)), ((X, W[:5, :2], b[:5]), dict(groups=2)),
    ((X, W, b), dict(groups=0)), ((X, W[:0], b[:0]), {}), ((X[:, :0], W[:, :0], b), {}),
    ((X, W, b), dict(stride=0)), ((X, W, b), dict(padding=-1)),
    ((X, W, b), dict(dilation=(1, 2, 3))), ((X, W, b), dict(stride=1.5)), ((X[:, :, :2], W, b), {}),
    ((X, W, b), dict(dilation=3)), ((X.astype(int), W, b), {}), ((X, W, b.astype(int)), {}),
])
def test_wrong_input_is_refused(args, kw):
    rejects(conv2d, *args, **kw)
    rejects(conv2d_backward, np.zeros((2, 6, 3, 3)), *args, **kw)


def test_wrong_input_is_refused_elsewhere():
    rejects(conv2d_backward, np.zeros((2, 6, 3, 1)), X, W, b)
    rejects(conv2d_backward, np.zeros((6, 3, 3)), X, W, b)
    rejects(conv1d, X, W)
    rejects(conv1d, X[..., 0], W)
    rejects(conv1d_backward, np.zeros((2, 6, 4)), X[..., 0], W[..., 0])
    rejects(conv2d_transpose, X, W)                                    # W's first axis is C_in here
    rejects(conv2d_transpose, X, W.swapaxes(0, 1), b, output_padding=1)
    rejects(conv2d_transpose, X[:, :, :1, :1], W.swapaxes(0, 1), b, padding=2)
    rejects(conv2d_transpose_backward, np.zeros((2, 6, 5, 5)), X, W.swapaxes(0, 1), b)
    rejects(conv1d_transpose, X, W.swapaxes(0, 1))


@pytest.mark.parametrize("wrong", [
    lambda dX, dW, db: (dX * 1.001, dW, db), lambda dX, dW, db: (dX, dW * 1.001, db),
    lambda dX, dW, db: (dX, dW, db * 1.001), lambda dX, dW, db: (dX, dW.swapaxes(2, 3), db),
    lambda dX, dW, db: (dX.swapaxes(2, 3), dW, db), lambda dX, dW, db: (dX, dW, None),
])
def test_the_comparison_sees_a_wrong_gradient(wrong):
    with pytest.raises(AssertionError):
        compare(conv2d, lambda *a: wrong(*conv2d_backward(*a)), F.conv2d, [X, W, b])


@pytest.mark.parametrize("ours, theirs", [                             # the shapes agree: only numbers differ
    (dict(stride=3), dict(stride=2)), (dict(stride=3), dict(stride=3, padding=1)),
    (dict(padding=1), dict(padding=2, dilation=2)),
])
def test_the_comparison_sees_an_ignored_argument(ours, theirs):
    X, W, b = normals(0, (2, 4, 6, 6), (6, 4, 3, 3), (6,))
    with pytest.raises(AssertionError):
        compare(conv2d, conv2d_backward, lambda *a: F.conv2d(*a, **theirs), [X, W, b], **ours)
