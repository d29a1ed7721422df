"""The browser's neural network computes what dlnotes computes: 1e-10 a function, 1e-9 a run of 200 steps.

Each comparison goes both ways: Python gets node's numbers and compares them, and node gets Python's and compares them with
its own. Shapes are drawn anew in each test (numbers of rows that four does not divide, layers of one unit, no hidden
layer). `test_every_export_is_called` sees to it that nothing is left out.
"""

import itertools
import json
import math
import os
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from dlnotes import initializers, optim, schedules, toys
from dlnotes.ops import activations, binary_losses, class_losses, conv, graph, penalties, pooling, recurrent, regression_losses
from dlnotes.ops.linear import linear, linear_backward
from dlnotes.widgets import activation_explorer as explorer
from dlnotes.widgets import bundle
from dlnotes.widgets.num import Stream

NODE = shutil.which("node")
if NODE is None and os.environ.get("CI") != "true":
    pytest.skip("no node on this machine: install Node.js 20 or later (nodejs.org) to compare the widgets' JavaScript with "
                "numpy", allow_module_level=True)

SCRIPT = Path(__file__).with_name("net_parity.mjs")
SETTINGS = dict(alpha=0.3, beta=1.7, x0=-0.4, lower=0.1, upper=0.4)


# node ---------------------------------------------------------------------------------------------------------


def encode(value):
    """As JSON takes it: arrays become flat lists, numbers that JSON lacks become strings."""
    if isinstance(value, dict):
        return {key: encode(v) for key, v in value.items()}
    if isinstance(value, np.ndarray):
        return [encode(v) for v in value.ravel().tolist()]
    if isinstance(value, (list, tuple)):
        return [encode(v) for v in value]
    if isinstance(value, float) and not math.isfinite(value):
        return {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}[str(value)]
    return value.item() if isinstance(value, np.generic) else value


def decode(value):
    if isinstance(value, list):
        return [decode(v) for v in value]
    return float(value) if value in ("NaN", "Infinity", "-Infinity") else value


@pytest.fixture(scope="module", autouse=True)
def process():
    """One node for all tests of this file: starting it takes longer than what it computes."""
    global _process
    _process = subprocess.Popen([NODE, "--expose-gc", SCRIPT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    yield
    _process.stdin.close()
    assert _process.wait(timeout=20) == 0


def node(calls):
    _process.stdin.write(json.dumps(encode(calls)) + "\n")
    _process.stdin.flush()
    return json.loads(_process.stdout.readline())


def js(probe, *args):
    answer, = node([{"probe": probe, "args": args}])
    assert "error" not in answer, answer
    return decode(answer["value"])


def flat(value):
    """All numbers of nested lists in one array."""
    if not isinstance(value, (list, tuple)):
        return np.ravel(value).astype(float)
    if all(isinstance(v, (int, float)) for v in value):
        return np.array(value, float)
    return np.concatenate([flat(v) for v in value])


def differences(cases, tolerance=1e-10):
    """What either side finds to differ, as words; each case is (probe, args, expected)."""
    calls = [{"probe": probe, "args": args} for probe, args, _ in cases]
    expected = [flat(value) for _, _, value in cases]
    answers = node([*calls, *({**call, "expect": want, "tolerance": tolerance} for call, want in zip(calls, expected))])
    found = []
    for call, want, here, there in zip(calls, expected, answers, answers[len(calls):]):
        if "error" in here:
            found.append(f"{call['probe']}: {here['error']}")
            continue
        got = flat(decode(here["value"]))
        if got.shape != want.shape or not np.allclose(got, want, rtol=tolerance, atol=tolerance, equal_nan=True):
            found.append(f"{call['probe']}: seen by Python")
        found += [f"{call['probe']}: {words}" for words in there["mismatches"]]
    return found


def compare(cases, tolerance=1e-10):
    assert differences(cases, tolerance) == []


def error(probe, *args):
    answer, = node([{"probe": probe, "args": args}])
    return answer.get("error", "none")


def test_every_export_is_called():
    covers = node("covers")
    for module, probes in covers.items():
        assert sorted(set(bundle.parse(module)[2])) == sorted(itertools.chain(*probes.values())), module
    written = {p.name for p in bundle.JS.glob("*.core.mjs")} - {"activations.core.mjs", "kill_and_revive.core.mjs"}
    assert set(covers) <= written


def test_node_finds_a_mismatch_by_itself():
    call = {"probe": "softmax", "args": [[0.0, 1.0], 1, 2]}
    right = class_losses.softmax(np.array([[0.0, 1.0]]))[0]
    answers = node([{**call, "expect": list(right)}, {**call, "expect": [right[0], right[1] + 1e-9]}, {**call, "expect": [1.0]},
                    {**call, "expect": [math.nan, right[1]]}])
    assert [len(answer["mismatches"]) for answer in answers] == [0, 1, 1, 1]


def test_checks():
    assert js("check", "unknown", ["a", "b"], "c", "the letter") == "expected the letter to be one of a, b; got c"
    assert js("check", "entry", {"a": 5}, "a", "x") == 5 and js("check", "whole", 3, 3, "x") == 3
    assert error("check", "entry", {"a": 5}, "toString", "x") == "RangeError: expected x to be one of a; got toString"
    assert error("check", "whole", 2.5, 1, "x") == "RangeError: expected x >= 1 and whole; got 2.5"


# Matrix products and activations ------------------------------------------------------------------------------


def shapes(count, seed, axes, high=9):
    return np.random.default_rng(seed).integers(1, high + 1, (count, axes)).tolist() + [[1] * axes]


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
POINTS = np.concatenate([FAR, -FAR, [math.nan], *(s * np.random.default_rng(3).standard_normal(150) for s in (0.1, 1, 5, 30))])


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


# Losses -------------------------------------------------------------------------------------------------------


def loss_pair(name, Y, y):
    """(value, gradient) of dlnotes' loss of that name."""
    if name in ("mse", "half_mse"):
        factor = 1 if name == "mse" else 0.5
        return factor * regression_losses.mse(Y, y), factor * regression_losses.mse_backward(Y, y)[0]
    if name == "binary_cross_entropy_with_logits":
        return (binary_losses.binary_cross_entropy_with_logits(Y, y),
                binary_losses.binary_cross_entropy_with_logits_backward(Y, y)[0])
    labels = y.astype(int)
    return class_losses.softmax_cross_entropy(Y, labels), class_losses.softmax_cross_entropy_backward(Y, labels)


def right(name, Y, y):
    if name == "softmax_cross_entropy":
        return np.mean(Y.argmax(axis=1) == y)
    return np.mean((Y > 0) == (y > (0.5 if name == "binary_cross_entropy_with_logits" else 0)))


def targets(name, N, C, rng):
    if name == "softmax_cross_entropy":
        return rng.integers(0, C, N).astype(float)
    return rng.integers(0, 2, (N, C)).astype(float) * (2 if "mse" in name else 1) - (1 if "mse" in name else 0)


LOSSES = ["mse", "half_mse", "binary_cross_entropy_with_logits", "softmax_cross_entropy"]


@pytest.mark.parametrize("name", LOSSES)
def test_losses(name):
    rng, cases = np.random.default_rng(4), []
    for scale, (N, C) in itertools.product((1, 100, 1e4), shapes(6, 5, 2)):
        Y, y = scale * rng.standard_normal((N, C)), targets(name, N, C, rng)
        value, gradient = loss_pair(name, Y, y)
        cases.append(("losses", (name, Y, y, N, C), [value, gradient, right(name, Y, y)]))
        cases.append(("softmax", (Y, N, C), class_losses.softmax(Y)))
    if name == "binary_cross_entropy_with_logits":                # targets between 0 and 1
        Y, y = rng.standard_normal((5, 2)), rng.random((5, 2))
        cases.append(("losses", (name, Y, y, 5, 2), [*loss_pair(name, Y, y), right(name, Y, y)]))
    compare(cases)


def test_loss_names():
    assert js("lossNames") == LOSSES
    assert "expected the loss to be one of mse, half_mse" in error("losses", "mae", [1.0], [1.0], 1, 1)


@pytest.mark.parametrize("lam1, lam2", [(0.3, 0.7), (0.3, 0.0), (0.0, 0.7)])
def test_elastic_net(lam1, lam2):
    rng = np.random.default_rng(6)
    W, dW = np.append(rng.standard_normal(9), 0.0), rng.standard_normal(10)
    compare([("elasticNet", (W, lam1, lam2, dW), [penalties.elastic_net(W, lam1, lam2),
                                                  dW + penalties.elastic_net_backward(W, lam1, lam2)])])


# Networks -----------------------------------------------------------------------------------------------------


class Net:
    """The numpy twin: a chain of dlnotes.ops pairs, its arrays views of one row of parameters as in the browser."""

    def __init__(self, sizes, hidden="tanh", output="identity", settings=()):
        self.sizes, self.settings = sizes, {**dict(alpha=0.01, beta=1.0, x0=0.0, lower=1 / 8, upper=1 / 3), **dict(settings)}
        hidden = [hidden] * (len(sizes) - 2) if isinstance(hidden, str) else hidden
        self.names = [*hidden, output]
        self.params = np.zeros(sum((D + 1) * H for D, H in zip(sizes, sizes[1:])))

    def arrays(self):
        """[W, b, W, b, ...] as views."""
        views, at = [], 0
        for D, H in zip(self.sizes, self.sizes[1:]):
            views += [self.params[at:at + D * H].reshape(D, H), self.params[at + D * H:at + D * H + H]]
            at += (D + 1) * H
        return views

    def forward(self, X):
        self.inputs, self.Z, self.S, views = [X], [], [], self.arrays()
        for W, b, name in zip(views[::2], views[1::2], self.names):
            self.Z.append(linear(self.inputs[-1], W, b))
            self.S.append(explorer.slope(name, self.Z[-1], self.settings))
            self.inputs.append(explorer.value(name, self.Z[-1], self.settings))
        return self.inputs[-1]

    def backward(self, dY):
        gradients, views, self.dZ = [], self.arrays(), []
        for l in reversed(range(len(self.names))):
            dZ = dY * self.S[l]
            dY, dW, db = linear_backward(dZ, self.inputs[l], views[2 * l], views[2 * l + 1])
            gradients, self.dZ = [dW, db, *gradients], [dZ, *self.dZ]
        return gradients


def random_net(rng, name=None, **spec):
    sizes = rng.integers(1, 7, rng.integers(2, 6)).tolist()
    net = Net(sizes, hidden=name or [str(rng.choice(explorer.NAMES)) for _ in sizes[2:]], **spec)
    net.params[:] = 0.7 * rng.standard_normal(net.params.size)
    return net, dict(sizes=sizes, hidden=net.names[:-1], output=net.names[-1], settings=net.settings)


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
    compare([net_case(rng, name, output=name if name in ("tanh", "sigmoid", "relu") else "identity") for _ in range(12)])


@pytest.mark.parametrize("loss", LOSSES)
def test_network_of_several_activations(loss):
    rng = np.random.default_rng(LOSSES.index(loss))
    compare([net_case(rng, loss=loss, output=str(rng.choice(["identity", "tanh", "softplus"]))) for _ in range(25)])


def test_network_gradient_is_the_slope_of_its_loss():
    """Apart from the twin: central differences of the browser's own loss."""
    rng = np.random.default_rng(8)
    _, (words, params, X, y, N, _), _ = net_case(rng, "softplus", "mse")
    grads = flat(js("net", words, params, X, y, N, "mse")[5])
    moved = [params + sign * 1e-5 * np.eye(params.size)[i] for i in range(params.size) for sign in (1, -1)]
    answers = node([{"probe": "net", "args": (words, p, X, y, N, "mse")} for p in moved])
    losses = [np.mean((np.array(a["value"][0]) - y.ravel()) ** 2) for a in answers]
    np.testing.assert_allclose(grads, np.diff(np.reshape(losses, (-1, 2))[:, ::-1])[:, 0] / 2e-5, rtol=1e-6, atol=1e-8)


def test_parameters_stand_layer_after_layer():
    (shape, W, b, dW, db, settings), (shape2, W2, b2, *_) = js("netLayout", dict(sizes=[2, 3, 1], settings={"alpha": 0.5}))
    assert (shape, W, b, shape2, W2, b2) == ([2, 3], list(range(6)), [6, 7, 8], [3, 1], [9, 10, 11], [12])
    assert (dW, db) == ([-i for i in range(6)], [-6, -7, -8])
    assert settings == [0.5, *js("settings")[1:]] and js("settings")[1:] == [1, 0, 1 / 8, 1 / 3]


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


# Optimizers and schedules -------------------------------------------------------------------------------------

OPTIMIZERS = {
    "sgd": (optim.SGD, [{}, dict(weight_decay=0.1), dict(momentum=0.9), dict(momentum=0.8, dampening=0.3, weight_decay=0.01),
                        dict(momentum=0.9, nesterov=True)]),
    "adagrad": (optim.Adagrad, [{}, dict(lr_decay=0.1, weight_decay=0.02, initial_accumulator_value=0.5, eps=1e-6)]),
    "rmsprop": (optim.RMSprop, [{}, dict(alpha=0.9, eps=1e-4, weight_decay=0.02), dict(momentum=0.7), dict(centered=True),
                                dict(centered=True, momentum=0.5)]),
    "adam": (optim.Adam, [{}, dict(beta1=0.7, beta2=0.95, eps=1e-4), dict(weight_decay=0.1)]),
    "adamw": (optim.AdamW, [{}, dict(weight_decay=0.3, beta1=0.8)]),
}
EACH_OPTIMIZER = [(name, options) for name, (_, each) in OPTIMIZERS.items() for options in each]


def python_optimizer(name, params, lr, options):
    options = dict(options)
    if "beta1" in options or "beta2" in options:
        options["betas"] = (options.pop("beta1", 0.9), options.pop("beta2", 0.999))
    return OPTIMIZERS[name][0](params, lr=lr, **options)


@pytest.mark.parametrize("name, options", EACH_OPTIMIZER, ids=str)
def test_optimizer(name, options):
    rng = np.random.default_rng(9)
    start, grads, seen = rng.standard_normal(7), rng.standard_normal((300, 7)), []
    grads[:, 0] = 0                                                # a weight that has no gradient at all
    x = start.copy()
    optimizer = python_optimizer(name, [x], 0.02, options)
    for g in grads:
        optimizer.step([g])
        seen.append(x.copy())
    compare([("optimizer", (name, options, 0.02, start, [list(g) for g in grads]), seen)])


def test_optimizer_defaults_are_pythons():
    assert set(js("optimizerNames")) == set(OPTIMIZERS)
    for name in OPTIMIZERS:
        twin, options = python_optimizer(name, [np.zeros(1)], 0.1, {}), js("optimizerOptions", name, {})
        for key, value in options.items():
            assert value == (twin.betas["beta1 beta2".split().index(key)] if key.startswith("beta") else getattr(twin, key)), key
    assert "expected an option of sgd to be one of momentum, dampening" in error("optimizerOptions", "sgd", {"beta1": 0.9})
    assert "expected the optimizer to be one of sgd" in error("optimizerOptions", "lion", {})


SCHEDULES = [
    ("step", dict(lr=0.1, step_size=7)), ("step", dict(lr=0.1, step_size=5, gamma=0.5)), ("exponential", dict(lr=0.1, gamma=0.95)),
    ("polynomial", dict(lr=0.1, steps=40)), ("polynomial", dict(lr=0.1, steps=50, power=2.0)), ("cosine", dict(lr=0.1, steps=40)),
    ("cosine", dict(lr=0.1, steps=50, lr_min=0.01)), ("warm_restarts", dict(lr=0.1, steps=9)),
    ("warm_restarts", dict(lr=0.1, steps=5, growth=2, lr_min=0.02)), ("warmup", dict(lr=0.1, steps=10)),
    ("warmup", dict(lr=0.1, steps=10, start_factor=0.1, end_factor=0.9)), ("one_cycle", dict(lr=0.1, steps=50)),
    ("one_cycle", dict(lr=0.1, steps=40, pct_start=0.2, anneal="linear", div_factor=10.0, final_div_factor=100.0)),
    ("one_cycle", dict(lr=0.1, steps=50, three_phase=True)), ("range_test", dict(lr_min=1e-4, lr_max=1.0, steps=30)),
    ("range_test", dict(lr_min=1e-4, lr_max=1.0, steps=30, spacing="linear")),
]
TIMES = [*range(64), 0.5, 7.25, 39.5]


@pytest.mark.parametrize("name, settings", SCHEDULES, ids=str)
def test_schedule(name, settings):
    f, cases = getattr(schedules, name), []
    cases.append(("schedule", ({"name": name, **settings}, TIMES), [f(t, **settings) for t in TIMES]))
    if "lr" in settings:
        late = [schedules.warmup_then(t, f, warmup_steps=6, start_factor=0.2, **settings) for t in TIMES if name != "warmup"]
        times = TIMES if late else []
        words = {"name": name, **settings, "warmup_steps": 6, "start_factor": 0.2}
        cases.append(("schedule", (words, times), late))
    assert differences([case for case in cases if len(flat([case[2]]))], 1e-12) == []


def test_schedule_names():
    assert set(js("scheduleNames")) == {"constant", *(name for name, _ in SCHEDULES)}
    assert js("schedule", dict(name="constant", lr=0.3), [0, 10]) == [0.3, 0.3]
    assert "expected the schedule to be one of constant, step" in error("schedule", {"name": "nap"}, [0])


# Initializers -------------------------------------------------------------------------------------------------


class Drawn(np.random.Generator):
    """A Generator that draws a Stream's numbers."""

    def __init__(self, seed):
        super().__init__(np.random.PCG64(0))
        self.stream = Stream(seed)

    def standard_normal(self, size):
        return self.stream.normal(size)

    def random(self, size):
        return self.stream.uniform(size)


INITIALIZERS = [
    ("zeros", {}, 0), ("constant", dict(val=0.3), 0), ("normal", {}, 1), ("normal", dict(mean=0.5, std=0.2), 0.2),
    ("uniform", {}, 1 / math.sqrt(12)), ("uniform", dict(a=-0.5, b=0.5), 1 / math.sqrt(12)), ("lecun_normal", {}, None),
    ("lecun_uniform", {}, None), ("glorot_normal", dict(gain=5 / 3), None), ("glorot_uniform", {}, None), ("he_normal", {}, None),
    ("he_normal", dict(mode="fan_out", nonlinearity="leaky_relu", slope=0.2), None), ("he_uniform", dict(nonlinearity="tanh"), None),
    ("orthogonal", {}, None), ("orthogonal", dict(gain=1.5), None), ("identity", {}, None),
]


@pytest.mark.parametrize("name, settings, std", INITIALIZERS, ids=str)
def test_initializer(name, settings, std):
    cases = []
    for seed, (D, H) in enumerate([*shapes(6, 10, 2, high=12), [40, 40], [1, 9], [30, 5]]):
        W = getattr(initializers, name)((D, H), **settings, rng=Drawn(seed))
        spread = std if std is not None else predicted(name, settings, D, H)
        cases.append(("weights", ({"name": name, **settings}, D, H, seed), [W, spread]))
    compare(cases)


def predicted(name, settings, D, H):
    """The spread that torch's formulas give, as a large matrix shows it."""
    gain = settings.get("gain", 1)
    if name.startswith("he"):
        gain = initializers.gain(settings.get("nonlinearity", "relu"), settings.get("slope", 0.01))
        return gain / math.sqrt(H if settings.get("mode") == "fan_out" else D)
    if name == "identity":
        return np.eye(D, H).std()
    return gain / math.sqrt({"lecun": D, "glorot": (D + H) / 2, "orthog": max(D, H)}[re.match("lecun|glorot|orthog", name)[0]])


@pytest.mark.parametrize("name, settings, std", INITIALIZERS, ids=str)
def test_the_spread_of_the_weights_is_as_predicted(name, settings, std):
    W, spread = js("weights", {"name": name, **settings}, 90, 60, 3)
    assert np.std(W) == pytest.approx(spread, rel=0.04, abs=1e-12)                # 5400 numbers: 1 / sqrt(2 * 5400) is 0.01


def test_gain_scales_every_family():
    for name in ("lecun_normal", "he_uniform", "glorot_normal", "orthogonal"):
        (one, std), (two, double) = (js("weights", {"name": name, "gain": g}, 5, 7, 3) for g in (1, 2))
        np.testing.assert_allclose(np.array(two), 2 * np.array(one), rtol=1e-12)
        assert double == pytest.approx(2 * std)


def test_gains_and_names():
    names = [*initializers.GAINS, "leaky_relu"]
    compare([("gain", (name, 0.2), initializers.gain(name, 0.2)) for name in names])
    assert set(js("initializerNames")) == {name for name, _, _ in INITIALIZERS}
    assert "expected the nonlinearity to be one of linear" in error("gain", "softmax", 0.01)
    assert "expected the initializer to be one of zeros" in error("weights", {"name": "xavier"}, 2, 2, 0)


def test_initialize_fills_layer_after_layer():
    rng, want = Drawn(5), []
    for D, H in ((2, 3), (3, 4), (4, 1)):
        want += [initializers.glorot_normal((D, H), rng=rng), np.full(H, 0.1)]
    compare([("initialize", (dict(sizes=[2, 3, 4, 1]), dict(name="glorot_normal", bias=0.1), 5), want)])


# What the layers are doing ------------------------------------------------------------------------------------


def moments(X):
    fine = X[np.isfinite(X)]
    return [fine.mean(), fine.std(), fine.min(), fine.max(), X.size - fine.size]


def test_moments_and_shares():
    rng = np.random.default_rng(11)
    X = 1e6 + rng.standard_normal(40)
    S = np.where(rng.random((6, 5)) < 0.6, 0.0, rng.standard_normal((6, 5)))
    S[:, 2] = 0
    dead = np.mean((S == 0).all(axis=0))
    compare([("moments", (X,), moments(X)), ("shares", (S, 6, 5, 0.3), [dead, np.mean(np.abs(S) < 0.3)]),
             ("moments", (np.append(X, [math.nan, math.inf]),), moments(np.append(X, [math.nan, math.inf])))])
    assert 0.2 <= dead < 1


def test_layer_statistics():
    rng, cases = np.random.default_rng(12), []
    for _ in range(6):
        net, words = random_net(rng, "relu")
        N = int(rng.integers(2, 9))
        X, dY = rng.standard_normal((N, net.sizes[0])), rng.standard_normal((N, net.sizes[-1]))
        net.forward(X)
        net.backward(dY)
        want = []
        for Z, A, S, dZ in zip(net.Z, net.inputs[1:], net.S, net.dZ):
            want += [*moments(Z), *moments(A), *moments(dZ), np.mean((S == 0).all(axis=0)), np.mean(np.abs(S) < 0.05)]
            want += [np.histogram(X, bins=7, range=(-1, 2))[0] for X in (Z, A, S, dZ)]
        cases.append(("layerStatistics", (words, net.params, X, dY, N, 0.05, -1, 2, 7), want))
    compare(cases)


# Data sets ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", toys.DATASETS)
def test_dataset(name):
    cases = []
    for seed, (N, noise) in enumerate(itertools.product((1, 2, 7, 60), (0.0, 0.1, 0.5))):
        cases.append(("dataset", (name, N, seed, noise), toys.DATASETS[name](N, Stream(seed), noise)))
        for share in (0, 0.3, 1):
            rng = Stream(seed)
            X, y, X_test, y_test = toys.split(*toys.DATASETS[name](N, rng, noise), share, rng)
            cases.append(("split", (name, N, seed, noise, share), [X, y, X_test, y_test, len(y), len(y_test), 2 * y - 1]))
    compare([(probe, args, [part for part in want if np.size(part)]) for probe, args, want in cases])


def test_order_of_examples():
    compare([("shuffle", (N, seed), toys.permutation(N, Stream(seed))) for N in (1, 2, 5, 100) for seed in (0, 3, 2**32 - 1)])


def test_features():
    X = np.random.default_rng(13).standard_normal((9, 2))
    names = list(toys.FEATURES)
    compare([("features", (names, X), toys.features(names, X)), ("features", (["sin_x2", "x1"], X), toys.features(["sin_x2", "x1"], X))])
    assert js("featureNames") == names and js("datasetNames") == list(toys.DATASETS)
    assert "expected the feature to be one of x1, x2" in error("features", ["x3"], [0, 0])
    assert "expected the data set to be one of circle" in error("dataset", "square", 10, 0, 0)
    assert "expected N >= 1 and whole; got 0" in error("dataset", "circle", 0, 0, 0)


# Whole runs ---------------------------------------------------------------------------------------------------


def python_run(net, X, y, loss, name, options, settings, seed, steps, at=()):
    """What training.core.mjs does, with dlnotes' own optimizer, schedule, penalty and order; the parameters at steps `at`."""
    arrays, seen, N = net.arrays(), [], len(X)
    optimizer = python_optimizer(name, arrays, 1.0, options)
    stream, epoch, place = Stream(seed), 0, 0
    for k in range(steps):
        if k in at:
            seen.append(net.params.copy())
        stream.position = epoch * N
        order = toys.permutation(N, stream) if settings["shuffled"] else np.arange(N)
        rows = order[place:place + settings["batchSize"]]
        _, dY = loss_pair(loss, net.forward(X[rows]), y[rows])
        gradients = net.backward(dY)
        gradients[::2] = [dW + penalties.elastic_net_backward(W, settings["l1"], settings["l2"])
                          for dW, W in zip(gradients[::2], arrays[::2])]
        words = dict(settings["schedule"])
        f = getattr(schedules, words.pop("name"), None)
        optimizer.lr = f(k, **words) if f else words["lr"]
        optimizer.step(gradients)
        place += len(rows)
        if place >= N:
            epoch, place = epoch + 1, 0
    return [*seen, net.params.copy()]


def run_case(rng, name="sgd", options=None, hidden="tanh", loss="mse", sizes=(2, 5, 3, 1), N=23, lr=0.03, **changes):
    settings = dict(schedule=dict(name="constant", lr=lr), batchSize=10, shuffled=True, l1=0.0, l2=0.0) | changes
    sizes = list(sizes)
    net = Net(sizes, hidden)
    net.params[:] = 0.5 * rng.standard_normal(net.params.size)
    X, y = rng.standard_normal((N, sizes[0])), targets(loss, N, sizes[-1], rng)
    words = dict(net=dict(sizes=sizes, hidden=hidden), params=net.params.copy(), X=X, y=y, N=N, loss=loss, optimizer=name,
                 options=options or {}, settings=settings, seed=7)
    return words, python_run(net, X, y, loss, name, options or {}, settings, 7, 200, at=[1, 30])


@pytest.mark.parametrize("name, options", EACH_OPTIMIZER, ids=str)
def test_run_of_200_steps_with_each_optimizer(name, options):
    rng = np.random.default_rng(14)
    lr = 0.01 if name != "sgd" else 0.05
    words, want = run_case(rng, name, options, lr=lr)
    assert differences([("run", (words, [1, 30, 200]), want)], 1e-9) == []
    assert np.abs(want[-1] - want[0]).max() > 0.02                 # the run went somewhere


@pytest.mark.parametrize("hidden", explorer.NAMES)
def test_run_of_200_steps_with_each_activation(hidden):
    rng = np.random.default_rng(15)
    words, want = run_case(rng, "adam", hidden=hidden, loss="binary_cross_entropy_with_logits", lr=0.02)
    assert np.isfinite(want[-1]).all()
    assert differences([("run", (words, [1, 30, 200]), want)], 1e-9) == []


@pytest.mark.parametrize("changes", [
    dict(loss="softmax_cross_entropy", sizes=(3, 6, 4)), dict(loss="half_mse", sizes=(2, 1)), dict(batchSize=1), dict(batchSize=100),
    dict(batchSize=7, N=7), dict(shuffled=False), dict(l1=0.01, l2=0.1), dict(l1=0.02), dict(l2=0.2),
    dict(schedule=dict(name="one_cycle", lr=0.1, steps=200)), dict(schedule=dict(name="cosine", lr=0.1, steps=150)),
    dict(hidden=["relu", "tanh", "swish"], sizes=(4, 5, 1, 7, 2)),
], ids=str)
def test_run_of_200_steps_with_each_setting(changes):
    words, want = run_case(np.random.default_rng(16), "sgd", dict(momentum=0.5), **changes)
    assert differences([("run", (words, [1, 30, 200]), want)], 1e-9) == []


def test_an_epoch_takes_every_example_once():
    words, _ = run_case(np.random.default_rng(17), N=23, batchSize=10)
    assert js("epochs", words, 3) == [[3, 1, 0], [6, 2, 0], [9, 3, 0]]


def test_settings_changed_on_the_way():
    """Python in three legs with other rates, momentum and penalty; the order of examples goes on."""
    words, _ = run_case(np.random.default_rng(18), "sgd", dict(momentum=0.5))
    X, y, first = words["X"], words["y"], words["settings"]
    legs = [(0, {}, 0.5), (40, dict(schedule=dict(name="constant", lr=0.01)), 0.5), (90, dict(l2=0.1), 0.8)]
    net = Net(words["net"]["sizes"])
    net.params[:] = words["params"]
    optimizer = python_optimizer("sgd", net.arrays(), 1.0, dict(momentum=0.5))
    settings, stream, place, epoch = dict(first), Stream(7), 0, 0
    for k in range(130):
        for start, changed, momentum in legs:
            if k == start:
                settings, optimizer.momentum = settings | changed, momentum
        stream.position = epoch * len(X)
        rows = toys.permutation(len(X), stream)[place:place + 10]
        gradients = net.backward(loss_pair("mse", net.forward(X[rows]), y[rows])[1])
        gradients[::2] = [dW + penalties.l2_backward(W, settings["l2"]) for dW, W in zip(gradients[::2], net.arrays()[::2])]
        optimizer.lr = settings["schedule"]["lr"]
        optimizer.step(gradients)
        epoch, place = (epoch + 1, 0) if place + 10 >= len(X) else (epoch, place + 10)
    changes = [dict(step=start, settings=changed, options=dict(momentum=momentum)) for start, changed, momentum in legs[1:]]
    assert differences([("changes", (words, changes, 130), net.params)], 1e-9) == []


PLACES = [0, 500, 499, 1, 250, 251, 37, 500, 63, 64, 65, 128, 0, 3]


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("snapshots", [2, 8, 9, 1000])
def test_rewound_and_replayed_to_any_step_with_the_same_weights(name, snapshots):
    words, _ = run_case(np.random.default_rng(19), name, OPTIMIZERS[name][1][-1], lr=0.01)
    changes = [dict(step=60, settings=dict(batchSize=4, shuffled=False), options={}),
               dict(step=200, settings=dict(batchSize=23, l1=0.01, schedule=dict(name="constant", lr=0.02)), options={})]
    worst, most_again = js("rewind", words | dict(snapshots=snapshots), changes, PLACES)
    assert worst == 0                                              # to the last digit
    assert most_again <= {2: 500, 8: 128, 9: 128, 1000: 0}[snapshots]


def test_a_change_forgets_what_lay_ahead():
    words, _ = run_case(np.random.default_rng(20))
    other = dict(schedule=dict(name="constant", lr=0.2))
    turned = js("changes", words | dict(snapshots=8), [dict(step=150, settings={}, options={}), dict(step=33, settings=other, options={})], 100)
    straight = js("changes", words, [dict(step=33, settings=other, options={})], 100)
    without = js("changes", words, [], 100)
    assert turned == straight != without


@pytest.mark.parametrize("settings, words", [
    (dict(batchSize=0), "expected batchSize >= 1 and whole; got 0"), (dict(schedule=dict(name="nap")), "expected the schedule to be one of")])
def test_wrong_settings_are_refused(settings, words):
    run, _ = run_case(np.random.default_rng(21))
    assert words in error("run", run | dict(settings=settings), [1])
    assert words in error("changes", run, [dict(step=1, settings=settings, options={})], 2)
    assert "expected the step >= 0 and whole; got -1" in error("changes", run, [], -1)
    assert "expected the number of examples >= 1 and whole; got 0" in error("run", run | dict(X=[], y=[], N=0), [1])


def test_a_step_allocates_nothing():
    """A few numbers that the interpreter boxes remain; one array of ten numbers would be 200 bytes."""
    words, _ = run_case(np.random.default_rng(22), "adam", N=250, sizes=(2, 8, 8, 1))
    assert 0 <= js("heapPerStep", words, 20000) < 100


# Layers of other kinds ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_conv2d(seed):
    rng, cases = np.random.default_rng(seed), []
    while len(cases) < 16:
        N, groups, ins, outs, kH, kW, s, t, p, q, d, e = rng.integers(1, 4, 12).tolist()
        p, q, C, O = p - 1, q - 1, ins * groups, outs * groups
        H, W = rng.integers(1, 8, 2).tolist()
        if d * (kH - 1) + 1 > H + 2 * p or e * (kW - 1) + 1 > W + 2 * q:
            continue
        X, K, b = rng.standard_normal((N, C, H, W)), rng.standard_normal((O, ins, kH, kW)), rng.standard_normal(O)
        options = dict(stride=[s, t], padding=[p, q], dilation=[d, e], groups=groups)
        for bias in (b, None):
            Y = conv.conv2d(X, K, bias, stride=(s, t), padding=(p, q), dilation=(d, e), groups=groups)
            cases.append(("conv2d", (X, X.shape, K, K.shape, bias, options), [Y, Y.shape]))
            cases.append(("windows", ([H, W], [kH, kW], options), Y.shape[2:]))
    Y = conv.conv2d(X, K, groups=groups, stride=2, padding=3)
    cases.append(("conv2d", (X, X.shape, K, K.shape, None, dict(stride=2, padding=3, groups=groups)), [Y, Y.shape]))
    compare(cases)


def test_pooling():
    rng, cases = np.random.default_rng(24), []
    while len(cases) < 45:
        N, C, k, l, s, t, d, e = rng.integers(1, 4, 8).tolist()
        H, W = rng.integers(1, 9, 2).tolist()
        p, q = (int(rng.integers(0, k // 2 + 1)), int(rng.integers(0, l // 2 + 1)))
        if d * (k - 1) + 1 > H + 2 * p or e * (l - 1) + 1 > W + 2 * q:
            continue
        X = rng.standard_normal((N, C, H, W))
        Y = pooling.max_pool2d(X, (k, l), (s, t), (p, q), (d, e))
        cases.append(("maxPool2d", (X, X.shape, [k, l], dict(stride=[s, t], padding=[p, q], dilation=[d, e])), [Y, Y.shape]))
        if k > H + 2 * p or l > W + 2 * q:
            continue
        for counted in (True, False):
            Y = pooling.avg_pool2d(X, (k, l), None, (p, q), count_include_pad=counted)
            options = dict(padding=[p, q], countIncludePad=counted)
            cases.append(("avgPool2d", (X, X.shape, [k, l], options), [Y, Y.shape]))
    compare(cases)
    X[0, 0, 0, 0] = math.nan
    assert math.isnan(js("maxPool2d", X, X.shape, 1, {})[0][0])


def test_windows_that_do_not_fit_are_refused():
    assert "expected the size of the result >= 1 and whole; got 0" in error("windows", [3, 3], [4, 1], {})
    assert "expected padding of at most half the window, 1,1; got 2,2" in error("maxPool2d", [1.0] * 9, [1, 1, 3, 3], 2, dict(padding=2))
    assert "expected W (C_out, 3 / 2, ...)" in error("conv2d", [1.0] * 3, [1, 3, 1, 1], [1.0], [1, 1, 1, 1], None, dict(groups=2))


def test_graph_convolution():
    rng, cases = np.random.default_rng(25), []
    for N, D, K in shapes(8, 26, 3):
        A = rng.random((N, N)) * (rng.random((N, N)) < 0.4)
        H, W, b = (rng.standard_normal(s) for s in ((N, D), (D, K), K))
        for loops, mode in itertools.product((True, False), ("none", "row", "symmetric")):
            cases.append(("normalizeAdjacency", (A, N, loops, mode), graph.normalize_adjacency(A, loops, mode)))
        cases.append(("graphConv", (A, H, W, b, N, D, K), graph.graph_conv(A, H, W, b)))
        cases.append(("graphConv", (A, H, W, None, N, D, K), graph.graph_conv(A, H, W)))
    compare(cases)


def test_recurrent_cells():
    rng, cases = np.random.default_rng(27), []
    for N, D, H in shapes(8, 28, 3, high=5):
        x, h, c = (rng.standard_normal((N, n)) for n in (D, H, H))
        W = {k: (rng.standard_normal((D, k * H)), rng.standard_normal((H, k * H)), *rng.standard_normal((2, k * H))) for k in (1, 3, 4)}
        for nonlinearity in ("tanh", "relu"):
            want = recurrent.rnn_cell(x, h, *W[1][:3], nonlinearity)
            cases.append(("rnnCell", (x, h, *W[1][:3], N, nonlinearity), want))
        for after in (True, False):
            cases.append(("gruCell", (x, h, *W[3], N, after), recurrent.gru_cell(x, h, *W[3], after)))
        cases.append(("lstmCell", (x, h, c, *W[4][:3], N), recurrent.lstm_cell(x, h, c, *W[4][:3])))
    compare(cases)
