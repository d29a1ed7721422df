"""Helpers of test_net_*.py: node with the browser's network in it, and that network's twin in dlnotes."""

import json
import math
import os
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from dlnotes import optim
from dlnotes.ops import binary_losses, class_losses, regression_losses
from dlnotes.ops.linear import linear, linear_backward
from dlnotes.widgets import activation_explorer as explorer

NODE = shutil.which("node")
if NODE is None and os.environ.get("CI") != "true":
    pytest.skip("no node on this machine: install Node.js 20 or later (nodejs.org) to compare the widgets' "
                "JavaScript with numpy", allow_module_level=True)

SETTINGS = dict(alpha=0.3, beta=1.7, x0=-0.4, lower=0.1, upper=0.4)
LOSSES = ["mse", "half_mse", "binary_cross_entropy_with_logits", "softmax_cross_entropy"]
OPTIMIZERS = {"sgd": optim.SGD, "adagrad": optim.Adagrad, "rmsprop": optim.RMSprop, "adam": optim.Adam,
              "adamw": optim.AdamW}
_running = []


# node -------------------------------------------------------------------------------------------------------


@contextmanager
def running(probes="net_parity.mjs"):
    """One node for all tests of a file: starting it takes longer than what it computes."""
    script = Path(__file__).with_name(probes)
    process = subprocess.Popen([NODE, "--expose-gc", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    _running.append(process)
    try:
        yield
    finally:
        _running.pop()
        process.stdin.close()
        assert process.wait(timeout=20) == 0


def node(calls):
    """The answers of the probes to a list of {"probe", "args"[, "expect", "tolerance"]}."""
    process = _running[-1]
    process.stdin.write(json.dumps(encode(calls)) + "\n")
    process.stdin.flush()
    return json.loads(process.stdout.readline())


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


def js(probe, *args):
    """What one probe returns."""
    answer, = node([{"probe": probe, "args": args}])
    assert "error" not in answer, answer
    return decode(answer["value"])


def error(probe, *args):
    """The error that one probe ends with, as words."""
    answer, = node([{"probe": probe, "args": args}])
    return answer.get("error", "none")


def flat(value):
    """All numbers of nested lists in one array."""
    if not isinstance(value, (list, tuple)):
        return np.ravel(value).astype(float)
    if all(isinstance(v, (int, float)) for v in value):
        return np.array(value, float)
    return np.concatenate([flat(v) for v in value])


def compare(cases, tolerance=1e-10):
    """Assert in Python and in node that each (probe, args, expected) agrees."""
    calls = [{"probe": probe, "args": args} for probe, args, _ in cases]
    expected = [flat(value) for _, _, value in cases]
    checked = [{**call, "expect": want, "tolerance": tolerance} for call, want in zip(calls, expected)]
    answers = node([*calls, *checked])
    for call, want, here, there in zip(calls, expected, answers, answers[len(calls):]):
        assert "error" not in here, (call["probe"], here)
        np.testing.assert_allclose(flat(decode(here["value"])), want, rtol=tolerance, atol=tolerance,
                                   err_msg=f"{call['probe']}: seen by Python")
        assert there["mismatches"] == [], f"{call['probe']}: seen by node"


# The twin ---------------------------------------------------------------------------------------------------


def shapes(count, seed, axes, high=9):
    """Sizes of `axes` axes, some of them drawn, then all 1."""
    return np.random.default_rng(seed).integers(1, high + 1, (count, axes)).tolist() + [[1] * axes]


def loss_pair(name, Y, y):
    """(value, gradient) of dlnotes' loss of that name."""
    if name in ("mse", "half_mse"):
        factor = 1 if name == "mse" else 0.5
        return factor * regression_losses.mse(Y, y), factor * regression_losses.mse_backward(Y, y)[0]
    if name == "binary_cross_entropy_with_logits":
        return (binary_losses.binary_cross_entropy_with_logits(Y, y),
                binary_losses.binary_cross_entropy_with_logits_backward(Y, y)[0])
    y = y.astype(int)
    return class_losses.softmax_cross_entropy(Y, y), class_losses.softmax_cross_entropy_backward(Y, y)


def targets(name, N, C, rng):
    """Targets that the loss can take: classes, 0 or 1, or -1 or 1."""
    if name == "softmax_cross_entropy":
        return rng.integers(0, C, N).astype(float)
    y = rng.integers(0, 2, (N, C)).astype(float)
    return 2 * y - 1 if "mse" in name else y


class Net:
    """A chain of dlnotes.ops pairs, its arrays views of one row of parameters, as in the browser."""

    def __init__(self, sizes, hidden="tanh", output="identity", settings=()):
        self.sizes = sizes
        self.settings = dict(alpha=0.01, beta=1.0, x0=0.0, lower=1 / 8, upper=1 / 3) | dict(settings)
        self.names = [*([hidden] * (len(sizes) - 2) if isinstance(hidden, str) else hidden), output]
        self.params = np.zeros(sum((D + 1) * H for D, H in zip(sizes, sizes[1:])))

    def arrays(self):
        """[W, b, W, b, ...] as views."""
        views, at = [], 0
        for D, H in zip(self.sizes, self.sizes[1:]):
            middle, end = at + D * H, at + (D + 1) * H
            views += [self.params[at:middle].reshape(D, H), self.params[middle:end]]
            at = end
        return views

    def forward(self, X):
        self.inputs, self.Z, self.S, views = [X], [], [], self.arrays()
        for W, b, name in zip(views[::2], views[1::2], self.names):
            self.Z.append(linear(self.inputs[-1], W, b))
            self.S.append(explorer.slope(name, self.Z[-1], self.settings))
            self.inputs.append(explorer.value(name, self.Z[-1], self.settings))
        return self.inputs[-1]

    def backward(self, dY):
        """[dW, db, ...] after forward()."""
        gradients, views, self.dZ = [], self.arrays(), []
        for i in reversed(range(len(self.names))):
            dZ = dY * self.S[i]
            dY, dW, db = linear_backward(dZ, self.inputs[i], views[2 * i], views[2 * i + 1])
            gradients, self.dZ = [dW, db, *gradients], [dZ, *self.dZ]
        return gradients


def random_net(rng, name=None, **spec):
    """A Net of random depth and widths, and the same as words for the browser."""
    sizes = rng.integers(1, 7, rng.integers(2, 6)).tolist()
    net = Net(sizes, hidden=name or [str(rng.choice(explorer.NAMES)) for _ in sizes[2:]], **spec)
    net.params[:] = 0.7 * rng.standard_normal(net.params.size)
    return net, dict(sizes=sizes, hidden=net.names[:-1], output=net.names[-1], settings=net.settings)


def optimizer_of(name, params, lr, options):
    """dlnotes' optimizer by the browser's name and options."""
    options = dict(options)
    if {"beta1", "beta2"} & set(options):
        options["betas"] = (options.pop("beta1", 0.9), options.pop("beta2", 0.999))
    return OPTIMIZERS[name](params, lr=lr, **options)
