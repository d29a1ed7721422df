"""The widgets' JavaScript computes what their numpy twins compute: 1e-12, on random and on extreme numbers.

Each comparison goes both ways: Python gets node's values and compares them, and node gets Python's and
compares them with its own code. `test_every_core_function_has_a_probe` sees to it that no function is left out.
"""

import json
import math
import os
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from dlnotes.ops import activations as ops
from dlnotes.widgets import activation_explorer as explorer
from dlnotes.widgets import bundle
from dlnotes.widgets import kill_and_revive as net
from dlnotes.widgets.num import Stream

NODE = shutil.which("node")
if NODE is None and os.environ.get("CI") != "true":
    pytest.skip("no node on this machine: install Node.js 20 or later (nodejs.org) to compare the widgets' "
                "JavaScript with numpy", allow_module_level=True)

RTOL, ATOL = 1e-12, 1e-14
EXTREME = [0.0, -0.0, 1.0, -1.0, 5e-324, -5e-324, 1e-300, -1e-300, 1e-9, -1e-9, 2.2, -2.2, 36.7, -36.7, 40,
           -40, 709.7, -745.0, 1e4, -1e4, 1e154, -1e154, 1.7e308, -1.7e308, math.inf, -math.inf, math.nan]
RANDOM = np.random.default_rng(5).standard_normal((4, 60)) * [[0.1], [1], [5], [30]]
POINTS = np.concatenate([EXTREME, *RANDOM])
SLOPES = np.random.default_rng(6).standard_normal(POINTS.size)
SETTINGS = dict(alpha=0.3, beta=1.7, x0=-0.4, lower=0.1, upper=0.4)


# node ---------------------------------------------------------------------------------------------------


def encode(value):
    """As JSON takes it: arrays become lists, numbers that JSON lacks become strings."""
    if isinstance(value, dict):
        return {key: encode(v) for key, v in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [encode(v) for v in value]
    if isinstance(value, (float, np.floating)):
        names = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}
        return names.get(str(float(value)), float(value))
    return value.item() if isinstance(value, np.generic) else value


def decode(value):
    if isinstance(value, dict):
        return {key: decode(v) for key, v in value.items()}
    if isinstance(value, list):
        return [decode(v) for v in value]
    return float(value) if value in ("NaN", "Infinity", "-Infinity") else value


def node(calls):
    """Run tests/parity.mjs on a list of {"probe", "args"[, "expect"]}."""
    script = Path(__file__).with_name("parity.mjs")
    sent = json.dumps(encode(calls))
    done = subprocess.run([NODE, script], input=sent, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def js_all(probe, many_args):
    """The values of one probe for many lists of arguments; starting node takes longer than all of them."""
    return [decode(out["value"]) for out in node([{"probe": probe, "args": args} for args in many_args])]


def js(probe, *args):
    return js_all(probe, [args])[0]


def flat(value):
    """All numbers of nested lists in one array."""
    if isinstance(value, (list, tuple)):
        return np.concatenate([np.zeros(0), *(flat(v) for v in value)])
    return np.ravel(value).astype(float)


def compare(cases):
    """Assert both ways that each (probe, args, expected) agrees; expected is a flat list or array."""
    calls = [{"probe": probe, "args": args} for probe, args, _ in cases]
    expected = [np.ravel(value) for _, _, value in cases]
    answers = node([*calls, *({**call, "expect": here} for call, here in zip(calls, expected))])
    for call, here, to_python, in_node in zip(calls, expected, answers, answers[len(calls):]):
        there = flat(decode(to_python["value"]))
        np.testing.assert_allclose(there, here, rtol=RTOL, atol=ATOL, err_msg=call["probe"])
        assert in_node["mismatches"] == [], call["probe"]


def camel(name):
    return re.sub(r"_(\w)", lambda match: match.group(1).upper(), name)


def test_every_core_function_has_a_probe():
    probed = set(node("list"))
    modules = ["lib/num.mjs", "activations.core.mjs", "kill_and_revive.core.mjs"]
    assert {f"{m}:{name}" for m in modules for name in bundle.parse(m)[2]} - probed == set()


def test_node_finds_a_mismatch_by_itself():
    call = {"probe": "lib/num.mjs:erfc", "args": [[0.0, 1.0]]}
    wrong = node([{**call, "expect": [1.0, math.erfc(1) * (1 + 1e-11)]}, {**call, "expect": [1.0]},
                  {**call, "expect": [math.nan, math.erfc(1)]}])
    assert [len(result["mismatches"]) for result in wrong] == [1, 1, 1]


# Activations --------------------------------------------------------------------------------------------

OWN = {"leaky_relu": (0.3,), "prelu": (0.3,), "rrelu": (0.3,), "elu": (0.3,), "swish": (1.7,),
       "softplus": (1.7,), "rbf": (-0.4, 1.7)}


@pytest.mark.parametrize("name", explorer.NAMES)
@np.errstate(over="ignore")                # 1.7 * 1.7e308: beyond the default settings
def test_activation(name):
    f, backward = getattr(ops, name), getattr(ops, f"{name}_backward")
    first = (lambda out: out[0]) if name == "prelu" else (lambda out: out)
    module, where, cases = "activations.core.mjs", camel(name), []
    for settings in {OWN.get(name, ()), (0.01,) if name == "prelu" else ()}:
        cases.append((f"{module}:{where}", (POINTS, *settings), f(POINTS, *settings)))
        slopes = first(backward(SLOPES, POINTS, *settings))
        cases.append((f"{module}:{where}Backward", (SLOPES, POINTS, *settings), slopes))
    cases.append((f"{module}:value", (name, POINTS, SETTINGS), explorer.value(name, POINTS, SETTINGS)))
    cases.append((f"{module}:slope", (name, POINTS, SETTINGS), explorer.slope(name, POINTS, SETTINGS)))
    compare(cases)


@pytest.mark.parametrize("threshold, low, high", [(0.05, -50, 50), (0.2, -3, 7)])
def test_saturation_zones(threshold, low, high):
    cases = [("activations.core.mjs:saturationZones", (name, SETTINGS, threshold, low, high),
              explorer.saturation_zones(name, SETTINGS, threshold, low, high)) for name in explorer.NAMES]
    calls = [{"probe": probe, "args": args} for probe, args, _ in cases]
    for (_, (name, *_), here), there in zip(cases, node(calls)):
        assert len(there["value"]) == len(here), name
        np.testing.assert_allclose(flat(there["value"]), flat(here), rtol=1e-12, atol=1e-12, err_msg=name)


def test_the_explorer_knows_the_same_functions_on_both_sides():
    table = js("activations.core.mjs:ACTIVATIONS")
    assert list(table) == explorer.NAMES
    own = {**explorer.SETTINGS, "rrelu": ["lower", "upper"]}
    takes = {name: sorted(own.get(name, [])) for name in explorer.NAMES}
    assert {name: sorted(settings) for name, settings in table.items()} == takes
    assert set(js("activation_explorer.text.mjs:WORDS")) == set(explorer.NAMES)
    families = js("activation_explorer.text.mjs:FAMILIES")
    assert sorted(sum(families.values(), [])) == sorted(explorer.NAMES)
    assert set(sum(js("activation_explorer.text.mjs:SETS").values(), [])) <= set(explorer.NAMES)


def test_kinks_are_where_value_or_slope_jumps():
    kinks = js("activation_explorer.text.mjs:KINKS")
    x = np.linspace(-8, 8, 1601)
    for name in explorer.NAMES:
        for f in (explorer.value, explorer.slope):
            jumps = x[np.abs(f(name, x + 1e-9, SETTINGS) - f(name, x - 1e-9, SETTINGS)) > 1e-3]
            assert set(np.round(jumps, 9)) <= set(kinks.get(name, [])), name


# lib/num.mjs --------------------------------------------------------------------------------------------


def test_numbers():
    rng = np.random.default_rng(7)
    N, D, H = 7, 3, 5
    X, W, dY = (rng.standard_normal(shape) for shape in ((N, D), (D, H), (N, H)))
    data = np.concatenate([rng.standard_normal(500), [-2.0, 2.0, 0.0, 2.5, -9.0, math.nan]])
    edges = np.linspace(0, 1, 11)
    counts = np.histogram(data[np.isfinite(data)], bins=9, range=(-2, 2))[0]
    lib = "lib/num.mjs:"
    compare([
        (lib + "clamp", (POINTS, -2, 3), np.clip(POINTS, -2, 3)),
        (lib + "linspace", (-2.2, 3.7, 41), np.linspace(-2.2, 3.7, 41)),
        (lib + "matmul", (X.ravel(), W.ravel(), N, D, H), X @ W),
        (lib + "matmulTN", (X.ravel(), dY.ravel(), N, D, H), X.T @ dY),
        (lib + "matmulNT", (dY.ravel(), W.ravel(), N, H, D), dY @ W.T),
        (lib + "mean", (X.ravel(),), X.mean()),
        (lib + "variance", (1e3 + X.ravel(),), (1e3 + X).var()),
        (lib + "histogram", (data, -2, 2, 9), counts),
        (lib + "histogram", (edges, 0, 1, 10), np.histogram(edges, 10, (0, 1))[0]),
        (lib + "erfc", (np.linspace(-6, 27, 500),), [math.erfc(x) for x in np.linspace(-6, 27, 500)])])


def test_kernel_density():
    """scipy's estimate of the same binned numbers, and 0 where there are none."""
    counts = np.random.default_rng(9).integers(0, 30, 40)
    kernel = stats.gaussian_kde(np.arange(40), bw_method=1.5 / np.sqrt(np.cov(np.arange(40), aweights=counts)), weights=counts)
    compare([("lib/num.mjs:kernelDensity", (counts, 1.5), kernel(np.arange(40))),
             ("lib/num.mjs:kernelDensity", ([0, 0, 0], 1.5), [0, 0, 0])])


@pytest.mark.parametrize("seed", [0, 1, 49, 2**31 - 1, 2**32 - 1])
def test_stream(seed):
    stream = Stream(seed)
    stream.position = 1000
    numbers = np.concatenate([stream.uniform(300), stream.normal(300)])
    compare([("lib/num.mjs:Stream", (seed, 1000, 300, 300), numbers)])


def test_stream_is_random_enough():
    u, z = Stream(3).uniform(200_000), Stream(4).normal(200_000)
    assert 0 <= u.min() and u.max() < 1
    counts = np.histogram2d(u[:-1], u[1:], 50, [[0, 1], [0, 1]])[0]
    chi_squared = ((counts - counts.mean()) ** 2).sum() / counts.mean()
    assert abs(chi_squared - 2499) < 5 * math.sqrt(2 * 2499)
    np.testing.assert_allclose([z.mean(), z.var(), (z**4).mean()], [0, 1, 3], atol=0.06)
    seeds = np.array([Stream(seed).uniform(500) for seed in range(100)])
    assert np.abs(np.corrcoef(seeds) - np.eye(100)).max() < 0.25
    parts = np.concatenate([Stream(8).normal(70), skipped(8, 70).normal(30)])
    np.testing.assert_array_equal(Stream(8).normal((20, 5)).ravel(), parts)
    with pytest.raises(ValueError, match="expected seed .*; got -1"):
        Stream(-1)


def skipped(seed, normals):
    stream = Stream(seed)
    stream.position = 2 * normals
    return stream


# Kill and revive ----------------------------------------------------------------------------------------

CORE = "kill_and_revive.core.mjs:"


def settings(preset, **changed):
    return {**net.PRESETS[preset], "steps": 400, **changed}


def test_data_presets_and_names_agree():
    X, y = net.data()
    compare([(CORE + "X", (), X), (CORE + "Y", (), y)])
    assert js(CORE + "PRESETS") == net.PRESETS
    assert tuple(js(CORE + "STATES")) == net.STATES
    assert (js(CORE + "N"), js(CORE + "SIZE"), js(CORE + "HIDDEN")) == (net.N, net.SIZE, 3)
    assert js(CORE + "makeNet", 4) == [*(int(np.prod(s)) for s in net.SHAPES.values()), 12, 12, 4]
    assert js(CORE + "makeHistory", 9) == [10, 6, 10 * net.SIZE]


def test_network():
    rng = np.random.default_rng(8)
    cases = [(CORE + "initial", args, net.initial(*args)) for args in [(1, 1, 0, -3.0), (99, 2, 2, 1.5)]]
    for alpha in (0.0, 0.1):
        for scale in (0.5, 3.0, 1e3):
            params, (X, Y) = scale * rng.standard_normal(net.SIZE), rng.standard_normal((2, 11))
            Z1, Z2, y_hat = net.forward(params, X[:, None], alpha)
            loss, grad = np.mean((y_hat[:, 0] - Y) ** 2), net.gradient(params, X[:, None], Y[:, None], alpha)
            cases.append((CORE + "forward", (params, X, alpha), flat([Z1, Z2, y_hat])))
            cases.append((CORE + "backward", (params, X, Y, alpha), np.concatenate([[loss], grad])))
    compare(cases)


def test_run():
    """Many steps let the last bits grow, so numbers agree to 1e-8; the life of each unit agrees exactly."""
    changes = [{}, {"lr": 0.02, "bias": -0.7, "steps": 80},
               {"alpha": 0.2, "layer": 2, "unit": 1, "steps": 80}]
    runs = [settings(preset, **changed) for preset in net.PRESETS for changed in changes]
    for given, there in zip(runs, js_all(CORE + "run", [[given] for given in runs])):
        here, alpha, X = net.run(**given), given["alpha"], net.data()[0]
        active, norms = here.pop("active").T, here.pop("norms").T
        np.testing.assert_array_equal(there["active"], active)
        np.testing.assert_array_equal(there["states"], [net.states(row, alpha) for row in active])
        Z = np.array([np.hstack(net.forward(params, X, alpha)[:2]) for params in here["params"]])
        here.update(norms=norms, low=Z.min(axis=(0, 1)), high=Z.max(axis=(0, 1)))
        for name, value in here.items():
            np.testing.assert_allclose(flat(there[name]), value.ravel(), rtol=1e-8, atol=1e-10,
                                       err_msg=f"{name} {given}")


def test_a_run_that_diverges_ends():
    wild = settings("revived", lr=10.0, alpha=0.3)
    there, here = js(CORE + "run", wild), net.run(**wild)
    assert len(there["loss"]) == len(here["loss"]) < 10
    assert here["loss"][-1] > net.DIVERGED


def test_states():
    lives = ([0, 0, 0], [5, 0, 0, 3, 0, 2], [4, 4], [0, 1])
    cases = [(active, alpha) for active in lives for alpha in (0.0, 0.1)]
    here = [list(net.states(np.array(active), alpha)) for active, alpha in cases]
    assert js_all(CORE + "states", cases) == here
    steps = [(codes, step) for codes in here for step in range(len(codes))]
    assert js_all(CORE + "since", steps) == [net.since(*case) for case in steps]
    assert here[2] == [0, 1, 1, 2, 1, 2] and here[3] == [0, 3, 3, 2, 3, 2]


# The kit's pure parts -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind, low, high", [
    ("linear", -6, 6), ("linear", 0, 0.003), ("linear", -1e7, 3), ("log", 1e-6, 10), ("log", 0.5, 3e5)])
def test_scale(kind, low, high):
    values = np.linspace(low, high, 13) if kind == "linear" else np.geomspace(low, high, 13)
    out = js("lib/plot.mjs:Scale", kind, low, high, 40, 640, values)
    np.testing.assert_allclose(out["pixels"], np.linspace(40, 640, 13), rtol=1e-12)
    np.testing.assert_allclose(out["back"], values, rtol=1e-9, atol=1e-12 * high)
    ticks = np.array([tick["value"] for tick in out["ticks"]])
    assert 2 <= len(ticks) <= 11
    assert low - 1e-9 * (high - low) <= ticks[0] and ticks[-1] <= high + 1e-9 * (high - low)
    even = np.diff(ticks if kind == "linear" else np.log10(ticks))
    np.testing.assert_allclose(even, even[0], rtol=1e-6)
    lead = even[0] / 10 ** math.floor(math.log10(even[0]) + 1e-9)
    assert min(abs(lead - step) for step in ((1, 2, 5) if kind == "linear" else (1, 2, 3, 4))) < 1e-6
    assert len({tick["text"] for tick in out["ticks"]}) == len(ticks)


def told(probe, cases):
    """Each case: the arguments, then what the probe should say."""
    assert js_all(probe, [case[:-1] for case in cases]) == [case[-1] for case in cases]


def test_number():
    told("lib/plot.mjs:number", [
        (1.5, 2, "1.50"), (-0.001, 2, "0.00"), (-2, 1, "−2.0"), (0.0, 3, "0.000"), (1e-5, 3, "1.0 × 10⁻⁵"),
        (-3.2e6, 2, "−3.2 × 10⁶"), (math.inf, 2, "∞"), (-math.inf, 2, "−∞"), (math.nan, 2, "not a number")])


def test_zone_words():
    told("activation_explorer.text.mjs:zoneWords", [
        ([[-50, -2.887], [2.887, 50]], -50, 50, "|x| > 2.89"), ([[-50, 50]], -50, 50, "every x"),
        ([[-50, -1.61]], -50, 50, "x < −1.61"), ([[3, 50]], -50, 50, "x > 3.00"),
        ([[-50, -4.08], [-1.56, -1.08]], -50, 50, "x < −4.08 and −1.56 < x < −1.08"),
        ([[-50, -1], [2, 50]], -50, 50, "x < −1.00 and x > 2.00")])


def test_sentence():
    cases = [
        ("large_step", 50, "active on 6 of 20"),
        ("large_step", 60, "exactly 0. Its inputs are the data, which never change"),
        ("revived", 10, "moves its inputs, so it may come back"),
        ("revived", 120, "layer 1 moved its inputs and so lifted it"),
        ("leaky", 10, "lets it learn all the same"), ("leaky", 200, "The leak brought it back")]
    asked = [(settings(preset), step) for preset, step, _ in cases]
    said = js_all("kill_and_revive.text.mjs:sentence", asked)
    for (*_, words), sentence in zip(cases, said):
        assert words in sentence


def test_a_link_is_read_with_care():
    told("lib/link.mjs:numberIn", [
        ("1.5", -2, 6, 1.5), ("-2", -2, 6, -2), ("", -2, 6, "refused"), (" NaN", -2, 6, "refused"),
        ("1e999", -2, 6, "refused"), ("7", -2, 6, "refused"), ("<b>", -2, 6, "refused"),
        ("2.5", 0, 9, True, "refused"), ("2", 0, 9, True, 2)])
    told("lib/link.mjs:oneOf", [("2", [1, 2], 2), ("3", [1, 2], "refused")])
    told("lib/link.mjs:listOf", [("relu,constructor,relu,tanh,elu", explorer.NAMES, 2, ["relu", "tanh"]),
                                 ("constructor", explorer.NAMES, 2, "refused")])
