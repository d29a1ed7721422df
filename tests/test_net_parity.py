"""The browser's neural network computes what dlnotes computes: 1e-10, on shapes drawn anew in each test.

Each comparison goes both ways: Python gets node's numbers and compares them, and node gets Python's. Among the
shapes are numbers of rows that four does not divide, layers of one unit, and networks without a hidden layer.
Whole runs are in test_net_runs.py, data sets and other layers in test_net_layers.py.
"""

import itertools
import math
import re

import numpy as np
import pytest
from net_node import (LOSSES, SETTINGS, compare, decode, error, flat, js, loss_pair, node, random_net, running, shapes,
                      targets)

from dlnotes import initializers
from dlnotes.ops import activations, class_losses, penalties
from dlnotes.ops.linear import linear, linear_backward
from dlnotes.widgets import activation_explorer as explorer
from dlnotes.widgets import bundle
from dlnotes.widgets.num import Stream


@pytest.fixture(scope="module", autouse=True)
def process():
    with running():
        yield


def test_every_export_is_called():
    for module, probes in node("covers").items():
        assert sorted(bundle.parse(module)[2]) == sorted(itertools.chain(*probes.values())), module


def test_node_finds_a_mismatch_by_itself():
    call = {"probe": "softmax", "args": [[0.0, 1.0], 1, 2]}
    p, q = class_losses.softmax(np.array([[0.0, 1.0]]))[0]
    answers = node([{**call, "expect": expect} for expect in ([p, q], [p, q + 1e-9], [1.0], [math.nan, q])])
    assert [len(answer["mismatches"]) for answer in answers] == [0, 1, 1, 1]


def test_checks():
    words = "expected the letter to be one of a, b; got c"
    assert js("check", "unknown", ["a", "b"], "c", "the letter") == words
    assert js("check", "entry", {"a": 5}, "a", "x") == 5 and js("check", "whole", 3, 3, "x") == 3
    assert error("check", "entry", {"a": 5}, "toString", "x") == "RangeError: expected x to be one of a; got toString"
    assert error("check", "whole", 2.5, 1, "x") == "RangeError: expected x >= 1 and whole; got 2.5"


# Matrix products and activations ----------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_linear(seed):
    rng, cases = np.random.default_rng(seed), []
    for N, D, H in shapes(12, seed, 3):
        X, W, b, dY = (rng.standard_normal(s) for s in ((N, D), (D, H), H, (N, H)))
        cases.append(("linear", (X, W, b, N, D, H), linear(X, W, b)))
        cases.append(("linear", (X, W, None, N, D, H), linear(X, W)))
        dX, dW, db = linear_backward(dY, X, W, b)
        cases.append(("linearBackward", (dY, X, W, N, D, H, False), [dX, dW, db]))
        cases.append(("linearBackward", (dY, X, W, N, D, H, True), [dW, db]))
        cases.append(("product", (X, 1, D, dY, H, 1, None, D, N, H), X.T @ dY))
        cases.append(("product", (X, D, 1, W.T.copy(), 1, D, b, N, D, H), X @ W + b))
    compare(cases)


FAR = np.array([0.0, 1e-300, 1e-9, 1 / 128, 3 / 128, 2.2, 7.5, 19.99, 20.0, 20.01, 36.7, 700.0, 1e4, math.inf])
DRAWN = np.random.default_rng(3).standard_normal((4, 150)) * [[0.1], [1], [5], [30]]
POINTS = np.concatenate([FAR, -FAR, [math.nan], DRAWN.ravel()])


@pytest.mark.parametrize("name", explorer.NAMES)
@np.errstate(over="ignore", invalid="ignore")
def test_activations_on_arrays(name):
    points = POINTS[np.abs(POINTS) < 1e4] if name == "exponential" else POINTS
    A, S = explorer.value(name, points, SETTINGS), explorer.slope(name, points, SETTINGS)
    behind = [math.nan, math.nan]                       # what stands behind `count` numbers is left alone
    compare([("activate", (name, SETTINGS, points, True), [A, behind, S, behind]),
             ("activate", (name, SETTINGS, points, False), [A, behind])])


def test_fast_tanh_keeps_all_digits():
    """Relative errors, of the slope in the saturated tail too, where 1 - tanh^2 would have none left."""
    x = np.concatenate([np.linspace(-25, 25, 20001), np.geomspace(1e-300, 1, 2000), [21.0, 50.0, 300.0]])
    A, S = np.array(js("activate", "tanh", SETTINGS, x, True)).reshape(2, -1)[:, :-2]
    np.testing.assert_allclose(A, np.tanh(x), rtol=2e-15, atol=0)
    np.testing.assert_allclose(S, activations.tanh_backward(np.ones_like(x), x), rtol=2e-14, atol=0)
    assert S[-1] < 1e-200


# Losses -----------------------------------------------------------------------------------------------------


def loss_case(name, Y, y):
    right = Y.argmax(axis=1) == y if name == "softmax_cross_entropy" else (Y > 0) == (y > (0 if "mse" in name else 0.5))
    return "losses", (name, Y, y, *Y.shape), [*loss_pair(name, Y, y), np.mean(right)]


@pytest.mark.parametrize("name", LOSSES)
def test_losses(name):
    rng, cases = np.random.default_rng(4), []
    for scale, (N, C) in itertools.product((1, 100, 1e4), shapes(6, 5, 2)):
        Y = scale * rng.standard_normal((N, C))
        cases += [loss_case(name, Y, targets(name, N, C, rng)), ("softmax", (Y, N, C), class_losses.softmax(Y))]
    if name == "binary_cross_entropy_with_logits":                # targets between 0 and 1
        cases.append(loss_case(name, rng.standard_normal((5, 2)), rng.random((5, 2))))
    compare(cases)


def test_loss_names():
    assert js("lossNames") == LOSSES
    assert "expected the loss to be one of mse, half_mse" in error("losses", "mae", [1.0], [1.0], 1, 1)


@pytest.mark.parametrize("lam1, lam2", [(0.3, 0.7), (0.3, 0.0), (0.0, 0.7)])
def test_elastic_net(lam1, lam2):
    rng = np.random.default_rng(6)
    W, dW = np.append(rng.standard_normal(9), 0.0), rng.standard_normal(10)
    want = [penalties.elastic_net(W, lam1, lam2), dW + penalties.elastic_net_backward(W, lam1, lam2)]
    compare([("elasticNet", (W, lam1, lam2, dW), want)])


# Networks ---------------------------------------------------------------------------------------------------


def net_case(rng, name=None, loss=None, **spec):
    net, words = random_net(rng, name, settings=SETTINGS, **spec)
    N, loss = int(rng.integers(1, 14)), loss or str(rng.choice(LOSSES))
    X, y = rng.standard_normal((N, net.sizes[0])), targets(loss, N, net.sizes[-1], rng)
    Y = net.forward(X)
    gradients = net.backward(loss_pair(loss, Y, y)[1])
    return "net", (words, net.params, X, y, N, loss), [Y, *net.Z, *net.inputs[1:], *net.S, *net.dZ, *gradients]


@pytest.mark.parametrize("name", explorer.NAMES)
def test_network_of_one_activation(name):
    rng = np.random.default_rng(explorer.NAMES.index(name))
    output = name if name in ("tanh", "sigmoid", "relu") else "identity"
    compare([net_case(rng, name, output=output) for _ in range(12)])


@pytest.mark.parametrize("loss", LOSSES)
def test_network_of_several_activations(loss):
    rng = np.random.default_rng(LOSSES.index(loss))
    outputs = itertools.cycle(["identity", "tanh", "softplus"])
    compare([net_case(rng, loss=loss, output=next(outputs)) for _ in range(24)])


def test_network_gradient_is_the_slope_of_its_loss():
    """Apart from the twin: central differences of the browser's own loss."""
    rng = np.random.default_rng(8)
    _, (words, params, X, y, N, _), _ = net_case(rng, "softplus", "mse")
    grads = flat(js("net", words, params, X, y, N, "mse")[5])
    moves = 1e-5 * np.eye(params.size)
    answers = node([{"probe": "net", "args": (words, params + sign * move, X, y, N, "mse")}
                    for sign in (1, -1) for move in moves])
    up, down = np.reshape([np.mean((decode(a["value"][0]) - y.ravel()) ** 2) for a in answers], (2, -1))
    np.testing.assert_allclose(grads, (up - down) / 2e-5, rtol=1e-6, atol=1e-8)


def test_parameters_stand_layer_after_layer():
    first, second = js("netLayout", dict(sizes=[2, 3, 1], settings={"alpha": 0.5}))
    assert first[:3] == [[2, 3], list(range(6)), [6, 7, 8]] and second[:3] == [[3, 1], [9, 10, 11], [12]]
    assert first[3:5] == [[-i for i in range(6)], [-6, -7, -8]]
    assert first[5] == [0.5, 1, 0, 1 / 8, 1 / 3]


@pytest.mark.parametrize("name", [name for name in explorer.NAMES if name != "prelu"])
def test_settings_that_nobody_names_are_those_of_dlnotes(name):
    x = np.linspace(-3, 3, 41)
    words = dict(zip(["alpha", "beta", "x0", "lower", "upper"], js("settings", name)))
    compare([("activate", (name, words, x, False), [getattr(activations, name)(x), [math.nan] * 2])])
    assert js("settings", "prelu")[0] == 0.25


@pytest.mark.parametrize("spec, words", [
    (dict(sizes=[2]), "expected the number of sizes >= 2 and whole; got 1"),
    (dict(sizes=[2, 0, 1]), "expected each size >= 1 and whole; got 0"),
    (dict(sizes=[2, math.nan, 1]), "expected each size >= 1 and whole; got NaN"),
    (dict(sizes=[2, 2.5, 1]), "expected each size >= 1 and whole; got 2.5"),
    (dict(sizes=[2, 2, 1], hidden="toString"), "expected the activation to be one of identity, step"),
])
def test_wrong_networks_are_refused(spec, words):
    assert words in error("netLayout", spec)


def test_more_rows_than_the_pass_has_are_refused():
    assert "expected N <= 5, the rows of the pass; got 6" in error("tooManyRows", dict(sizes=[2, 1]), 5)


# Initializers -----------------------------------------------------------------------------------------------


INITIALIZERS = [
    ("zeros", {}), ("constant", dict(val=0.3)), ("normal", {}), ("normal", dict(mean=0.5, std=0.2)), ("uniform", {}),
    ("uniform", dict(a=-0.5, b=0.5)), ("lecun_normal", {}), ("lecun_uniform", {}), ("glorot_normal", dict(gain=5 / 3)),
    ("glorot_uniform", {}), ("he_normal", {}), ("he_uniform", dict(nonlinearity="tanh")),
    ("he_normal", dict(mode="fan_out", nonlinearity="leaky_relu", slope=0.2)), ("orthogonal", {}),
    ("orthogonal", dict(gain=1.5)), ("identity", {}),
]


def predicted(name, settings, D, H):
    """The spread of the weights that the formulas say."""
    gain = settings.get("gain", 1)
    if name.startswith("he"):
        gain = initializers.gain(settings.get("nonlinearity", "relu"), settings.get("slope", 0.01))
        return gain / math.sqrt(H if settings.get("mode") == "fan_out" else D)
    if name in ("zeros", "constant"):
        return 0
    if name in ("normal", "uniform"):
        return settings.get("std", 1) if name == "normal" else 1 / math.sqrt(12)
    if name == "identity":
        return np.eye(D, H).std()
    family = re.match("lecun|glorot|orthog", name)[0]
    return gain / math.sqrt({"lecun": D, "glorot": (D + H) / 2, "orthog": max(D, H)}[family])


@pytest.mark.parametrize("name, settings", INITIALIZERS, ids=str)
def test_initializer(name, settings):
    cases = []
    for seed, (D, H) in enumerate([*shapes(6, 10, 2, high=12), [40, 40], [1, 9], [30, 5]]):
        W = getattr(initializers, name)((D, H), **settings, rng=Stream(seed))
        cases.append(("weights", ({"name": name, **settings}, D, H, seed), [W, predicted(name, settings, D, H)]))
    compare(cases)


@pytest.mark.parametrize("name, settings", INITIALIZERS, ids=str)
def test_the_spread_of_the_weights_is_as_predicted(name, settings):
    W, spread = js("weights", {"name": name, **settings}, 90, 60, 3)
    assert np.std(W) == pytest.approx(spread, rel=0.04, abs=1e-12)    # 5400 numbers: 1 / sqrt(2 * 5400) is 0.01


@pytest.mark.parametrize("D, H", [(200, 200), (50, 200), (200, 50)])
def test_orthogonal_is_orthogonal_to_the_last_digits(D, H):
    W = np.reshape(js("weights", {"name": "orthogonal"}, D, H, 4)[0], (D, H))
    np.testing.assert_allclose(W @ W.T if D < H else W.T @ W, np.eye(min(D, H)), atol=1e-11)


def test_gain_scales_every_family():
    for name in ("lecun_normal", "he_uniform", "glorot_normal", "orthogonal"):
        (one, std), (two, double) = (js("weights", {"name": name, "gain": g}, 5, 7, 3) for g in (1, 2))
        np.testing.assert_allclose(np.array(two), 2 * np.array(one), rtol=1e-12)
        assert double == pytest.approx(2 * std)


def test_gains_and_names():
    compare([("gain", (name, 0.2), initializers.gain(name, 0.2)) for name in [*initializers.GAINS, "leaky_relu"]])
    assert set(js("initializerNames")) == {name for name, _ in INITIALIZERS}
    assert "expected the nonlinearity to be one of linear" in error("gain", "softmax", 0.01)
    assert "expected the initializer to be one of zeros" in error("weights", {"name": "xavier"}, 2, 2, 0)


def test_initialize_fills_layer_after_layer():
    rng, want = Stream(5), []
    for D, H in ((2, 3), (3, 4), (4, 1)):
        want += [initializers.glorot_normal((D, H), rng=rng), np.full(H, 0.1)]
    compare([("initialize", (dict(sizes=[2, 3, 4, 1]), dict(name="glorot_normal", bias=0.1), 5), want)])


# What the layers are doing ----------------------------------------------------------------------------------


def moments(X):
    fine = X[np.isfinite(X)]
    return [fine.mean(), fine.std(), fine.min(), fine.max(), X.size - fine.size]


def test_moments_and_shares():
    rng = np.random.default_rng(11)
    X = 1e6 + rng.standard_normal(40)
    lost = np.append(X, [math.nan, math.inf])
    S = np.where(rng.random((6, 5)) < 0.6, 0.0, rng.standard_normal((6, 5)))
    S[:, 2] = 0
    dead = np.mean((S == 0).all(axis=0))
    compare([("moments", (X,), moments(X)), ("moments", (lost,), moments(lost)),
             ("shares", (S, 6, 5, 0.3), [dead, np.mean(np.abs(S) < 0.3)])])
    assert 0.2 <= dead < 1


def test_layer_statistics():
    rng, cases = np.random.default_rng(12), []
    for _ in range(6):
        net, words = random_net(rng, "relu")
        N, want = int(rng.integers(2, 9)), []
        X, dY = rng.standard_normal((N, net.sizes[0])), rng.standard_normal((N, net.sizes[-1]))
        net.forward(X)
        net.backward(dY)
        for Z, A, S, dZ in zip(net.Z, net.inputs[1:], net.S, net.dZ):
            want += [*moments(Z), *moments(A), *moments(dZ)]
            want += [np.mean((S == 0).all(axis=0)), np.mean(np.abs(S) < 0.05)]
            want += [np.histogram(array, bins=7, range=(-1, 2))[0] for array in (Z, A, S, dZ)]
        cases.append(("layerStatistics", (words, net.params, X, dY, N, 0.05, -1, 2, 7), want))
    compare(cases)


def test_another_network_is_noticed():
    """The comparison can fail: a twin whose weights differ by 1e-9 is not the same network."""
    probe, (words, params, *rest), want = net_case(np.random.default_rng(13), "tanh")
    with pytest.raises(AssertionError, match="seen by Python"):
        compare([(probe, (words, params + 1e-9, *rest), want)])
