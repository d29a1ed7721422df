"""Data sets, convolution, pooling, recurrent cells and graph convolution in the browser and in dlnotes: 1e-10."""

import itertools
import math

import numpy as np
import pytest
from net_node import compare, error, js, running, shapes

from dlnotes import toys
from dlnotes.ops import conv, graph, pooling, recurrent
from dlnotes.widgets.num import Stream


@pytest.fixture(scope="module", autouse=True)
def process():
    with running():
        yield


# Data sets --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", toys.DATASETS)
def test_dataset(name):
    draw, cases = toys.DATASETS[name], []
    for seed, (N, noise) in enumerate(itertools.product((1, 2, 7, 60), (0.0, 0.1, 0.5))):
        cases.append(("dataset", (name, N, seed, noise), list(draw(N, Stream(seed), noise))))
        for share in (0, 0.3, 1):
            rng = Stream(seed)
            X, y, X_test, y_test = toys.split(*draw(N, rng, noise), share, rng)
            want = [X, y, X_test, y_test, [len(y), len(y_test)], 2 * y - 1]
            cases.append(("split", (name, N, seed, noise, share), want))
    compare(cases)


def test_order_of_examples():
    seeds = (0, 3, 2**32 - 1)
    compare([("shuffle", (N, seed), toys.permutation(N, Stream(seed))) for N in (1, 2, 5, 100) for seed in seeds])


def test_features():
    X, names = np.random.default_rng(13).standard_normal((9, 2)), list(toys.FEATURES)
    compare([("features", (some, X), toys.features(some, X)) for some in (names, ["sin_x2", "x1"])])
    assert js("featureNames") == names and js("datasetNames") == list(toys.DATASETS)


def test_wrong_names_and_numbers_are_refused():
    assert "expected the feature to be one of x1, x2" in error("features", ["x3"], [0, 0])
    assert "expected the data set to be one of circle" in error("dataset", "square", 10, 0, 0)
    assert "expected N >= 1 and whole; got 0" in error("dataset", "circle", 0, 0, 0)


# Convolution and pooling ------------------------------------------------------------------------------------


def fits(space, size, padding, dilation):
    return all(d * (k - 1) + 1 <= n + 2 * p for n, k, p, d in zip(space, size, padding, dilation))


@pytest.mark.parametrize("seed", range(3))
def test_conv2d(seed):
    rng, cases = np.random.default_rng(seed), []
    while len(cases) < 16:
        N, groups, ins, outs = rng.integers(1, 4, 4).tolist()
        size, stride, padding, dilation = (rng.integers(low, low + 3, 2).tolist() for low in (1, 1, 0, 1))
        space = rng.integers(1, 8, 2).tolist()
        if not fits(space, size, padding, dilation):
            continue
        X, b = rng.standard_normal((N, ins * groups, *space)), rng.standard_normal(outs * groups)
        W = rng.standard_normal((outs * groups, ins, *size))
        options = dict(stride=stride, padding=padding, dilation=dilation, groups=groups)
        for bias in (b, None):
            Y = conv.conv2d(X, W, bias, **options)
            cases.append(("conv2d", (X, X.shape, W, W.shape, bias, options), [Y, list(Y.shape)]))
            cases.append(("windows", (space, size, options), Y.shape[2:]))
    Y = conv.conv2d(X, W, groups=groups, stride=2, padding=3)
    options = dict(stride=2, padding=3, groups=groups)
    compare([*cases, ("conv2d", (X, X.shape, W, W.shape, None, options), [Y, list(Y.shape)])])


def test_pooling():
    rng, cases = np.random.default_rng(24), []
    while len(cases) < 45:
        size, stride, dilation = (rng.integers(1, 4, 2).tolist() for _ in range(3))
        padding, space = [int(rng.integers(0, k // 2 + 1)) for k in size], rng.integers(1, 9, 2).tolist()
        X = rng.standard_normal((*rng.integers(1, 4, 2), *space))
        if fits(space, size, padding, dilation):
            Y = pooling.max_pool2d(X, size, stride, padding, dilation)
            options = dict(stride=stride, padding=padding, dilation=dilation)
            cases.append(("maxPool2d", (X, X.shape, size, options), [Y, list(Y.shape)]))
        for counted in (True, False) if fits(space, size, padding, (1, 1)) else ():
            Y = pooling.avg_pool2d(X, size, None, padding, count_include_pad=counted)
            options = dict(padding=padding, countIncludePad=counted)
            cases.append(("avgPool2d", (X, X.shape, size, options), [Y, list(Y.shape)]))
    compare(cases)
    X[0, 0, 0, 0] = math.nan
    assert math.isnan(js("maxPool2d", X, X.shape, 1, {})[0][0])


def test_windows_that_do_not_fit_are_refused():
    one, nine = [1.0], [1.0] * 9
    assert "expected the size of the result >= 1 and whole; got 0" in error("windows", [3, 3], [4, 1], {})
    assert "expected padding of at most half the window, 1,1; got 2,2" in error(
        "maxPool2d", nine, [1, 1, 3, 3], 2, dict(padding=2))
    assert "expected W (C_out, 3 / 2, ...)" in error(
        "conv2d", [1.0] * 3, [1, 3, 1, 1], one, [1, 1, 1, 1], None, dict(groups=2))


# Graphs and sequences ---------------------------------------------------------------------------------------


def test_graph_convolution():
    rng, cases = np.random.default_rng(25), []
    for N, D, K in shapes(8, 26, 3):
        A = rng.random((N, N)) * (rng.random((N, N)) < 0.4)
        H, W, b = (rng.standard_normal(s) for s in ((N, D), (D, K), K))
        for loops, mode in itertools.product((True, False), ("none", "row", "symmetric")):
            want = graph.normalize_adjacency(A, loops, mode)
            cases.append(("normalizeAdjacency", (A, N, loops, mode), want))
        cases.append(("graphConv", (A, H, W, b, N, D, K), graph.graph_conv(A, H, W, b)))
        cases.append(("graphConv", (A, H, W, None, N, D, K), graph.graph_conv(A, H, W)))
    compare(cases)


def test_recurrent_cells():
    rng, cases = np.random.default_rng(27), []
    for N, D, H in shapes(8, 28, 3, high=5):
        x, h, c = (rng.standard_normal((N, n)) for n in (D, H, H))
        one, three, four = ([rng.standard_normal(s) for s in ((D, k * H), (H, k * H), k * H, k * H)] for k in (1, 3, 4))
        for f in ("tanh", "relu"):
            cases.append(("rnnCell", (x, h, *one[:3], N, f), recurrent.rnn_cell(x, h, *one[:3], f)))
        for after in (True, False):
            cases.append(("gruCell", (x, h, *three, N, after), recurrent.gru_cell(x, h, *three, after)))
        cases.append(("lstmCell", (x, h, c, *four[:3], N), list(recurrent.lstm_cell(x, h, c, *four[:3]))))
    compare(cases)
