"""The curve fitter: the browser computes what numpy computes (1e-10), the construction is exact, bad traits are refused."""

import inspect
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from scripts import output_of
from traitlets import TraitError

from dlnotes.widgets import bundle
from dlnotes.widgets import curve_fitter as fitter
from dlnotes.widgets.curve_fitter import CURVES, MODES, STEEP, CurveFitter

NODE = shutil.which("node")
needs_node = pytest.mark.skipif(NODE is None and os.environ.get("CI") != "true",
                                reason="no node on this machine: install Node.js 20 or later (nodejs.org)")
RNG = np.random.default_rng(0)
X = fitter.places()


def plain(value):
    return value.tolist() if isinstance(value, (np.ndarray, np.generic)) else value


def js(calls):
    """Answers of curve_fitter_parity.mjs to a list of [probe, ...args]."""
    script = Path(__file__).with_name("curve_fitter_parity.mjs")
    done = subprocess.run([NODE, script], input=json.dumps(calls, default=plain), capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def compare(cases, tolerance=1e-10):
    """Assert that each (probe, args, expected) agrees."""
    for (probe, args, expected), got in zip(cases, js([[probe, *args] for probe, args, _ in cases])):
        assert np.shape(got) == np.shape(expected), probe
        np.testing.assert_allclose(np.array(got, float), expected, rtol=tolerance, atol=tolerance, err_msg=f"{probe} {args}"[:200])


def spec(units, activation, curve=None, params=None, **rest):
    params = RNG.standard_normal(3 * units + 1) if params is None else params
    return dict(units=units, activation=activation, curve=RNG.uniform(-1.5, 1.5, 41) if curve is None else curve,
                params=params, **rest)


# The browser's numbers --------------------------------------------------------------------------------------


@needs_node
def test_every_function_of_the_core_is_compared():
    assert set(bundle.parse("curve_fitter.core.mjs")[2]) <= set(js("covers"))


@needs_node
def test_curves_and_constants():
    far = np.linspace(-3, 3, 61)
    cases = [("X", (), X), ("constants", (), [41, -2, 2, 1.5, 3, CurveFitter.units.max])]
    cases += [("presetCurve", (name,), f(X)) for name, f in CURVES.items()]
    cases += [("CURVES", (name, far), f(far)) for name, f in CURVES.items()]
    cases += [("interpolate", (curve, far), fitter.interpolate(curve, far)) for curve in RNG.uniform(-1, 1, (3, 41))]
    compare(cases)
    assert js([["STEEP"]]) == [STEEP] and all(np.abs(f(X)).max() <= fitter.TOP for f in CURVES.values())


@needs_node
def test_first_weights_and_the_construction():
    cases = []
    for units in (1, 2, 7, 32):
        for seed, name in enumerate(STEEP):
            cases.append(("initialParams", (units, name, 97 * seed), fitter.initial_params(units, name, 97 * seed)))
        curve, even = RNG.uniform(-1.5, 1.5, 41), fitter.even_knots(units)
        cases.append(("evenKnots", (units,), even))
        odd = np.sort(RNG.choice(np.arange(-1.9, 1.9, 0.05), units - 1, replace=False))
        for knots in (even, odd):
            for count in {0, units // 2, units}:
                cases.append(("buildParams", (curve, units, knots, count), fitter.build_params(curve, units, knots, count)))
    compare(cases)


@needs_node
@pytest.mark.parametrize("activation", STEEP)
def test_pieces_errors_and_bends(activation):
    far, cases = np.linspace(-3, 3, 31), []
    for units in (1, 5):
        one = spec(units, activation)
        pieces, y_hat = fitter.forward(one["params"], far, activation)
        (here, total), = js([["piece", one, far]])
        np.testing.assert_allclose(here, pieces.T, atol=1e-10)
        np.testing.assert_allclose(total, y_hat, atol=1e-10)
        cases.append(("errors", (one,), fitter.errors(fitter.forward(one["params"], X, activation)[1], one["curve"])))
        w, b, *_ = fitter.unpack(one["params"])
        cases.append(("bendOf", (one["params"], units), -b / w))
    compare(cases)


@needs_node
@pytest.mark.parametrize("activation", STEEP)
def test_training_and_rewinding(activation):
    """300 steps of Adam as dlnotes makes them; back and forth the same weights to the last digit."""
    first = fitter.initial_params(6, activation, 3)
    one = spec(6, activation, CURVES["wave"](X), first, lr=0.03, steps=300)
    stops = [40, 300, 40, 7, 300]
    (seen, losses), = js([["createFit", one, stops]])
    for k, params in zip(stops, seen):
        np.testing.assert_allclose(params, fitter.train(first, one["curve"], activation, 0.03, k)[0], rtol=1e-8, atol=1e-8)
    assert seen[0] == seen[2] and seen[1] == seen[4]
    np.testing.assert_allclose(losses, fitter.train(first, one["curve"], activation, 0.03, 300)[1], rtol=1e-8, atol=1e-10)


@needs_node
def test_knots_that_do_not_fit_give_way_to_even_ones():
    even = fitter.even_knots(4)
    good = [-1.5, 0.2, 1.99]
    bad = [[], [0.1, 0.2], [0.2, 0.1, 0.3], [-2, 0, 1], [-1, 0, 2], [-1, -1, 0], "abc", None, [0, float("nan"), 1], {"length": 3}]
    answers = js([["knotsFor", 4, good], *(["knotsFor", 4, json.loads(json.dumps(b).replace("NaN", "null"))] for b in bad)])
    assert answers[0] == good and all(a == even for a in answers[1:])


@needs_node
def test_the_pen():
    curve = CURVES["wave"](X).round(3)
    bent, lifted, stroke, back, beyond, nothing = js([["bent", curve, 20, 1.0], ["bent", curve, 0, 9.0],
                                     ["stroked", curve, -1, 0.5, 1, -0.5], ["stroked", curve, 1, -0.5, -1, 0.5],
                                     ["stroked", curve, 1.5, 1, 2.5, -1], ["stroked", curve, 1.01, 1, 1.01, -1]])
    hat = np.maximum(0, 1 - np.abs(np.arange(41) - 20) / 5)
    np.testing.assert_allclose(bent, np.clip(curve + hat, -1.5, 1.5), atol=1e-3)
    assert lifted[0] == 1.5 and lifted[5:] == curve[5:].tolist()
    np.testing.assert_allclose(stroke[10:31], np.linspace(0.5, -0.5, 21), atol=1e-3)
    assert stroke[:10] == curve[:10].tolist() and stroke[31:] == curve[31:].tolist() and back == stroke
    np.testing.assert_allclose(beyond[35:], np.linspace(1, 0, 6), atol=1e-3)        # what lies beyond 2 is cut off
    assert nothing == curve.tolist()


def printed(script):
    return float(output_of(script))


@needs_node
@pytest.mark.parametrize("library", ["dlnotes", "torch"])
def test_scripts_print_the_error_of_the_screen(library):
    """Each activation, each mode: the copied script and the widget agree to 1e-6."""
    curve = np.round(CURVES["wave"](X), 3).tolist()
    cases = [("train", name) for name in STEEP] + [("tune", "relu"), ("build", "relu")]
    for mode, activation in cases:
        settings = dict(mode=mode, activation=activation, units=5, curve=curve, knots=fitter.even_knots(5), lr=0.03, seed=2)
        step = 3 if mode == "build" else 50
        script, first = js([["script", settings, step, library], ["firstParams", settings, step]])
        twin = CurveFitter(step=step, **{**settings, "knots": []})
        params, used, _ = twin.shown()
        want = fitter.errors(fitter.forward(params, X, used)[1], curve)[0]
        assert printed(script) == pytest.approx(want, rel=1e-6), (mode, activation)
        if mode == "build":
            np.testing.assert_allclose(first, params, atol=1e-12)


# What is claimed --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("units", [1, 3, 4, 12, 32])
def test_the_construction_meets_the_curve_at_each_bend(units):
    curve, knots = RNG.uniform(-1.5, 1.5, 41), fitter.even_knots(units)
    t = np.array([-2.0, *knots, 2])
    params = fitter.build_params(curve, units, knots, units)
    y_hat = fitter.forward(params, t, "relu")[1]
    np.testing.assert_allclose(y_hat, np.interp(t, X, curve), atol=1e-12)
    middle = (t[1:] + t[:-1]) / 2
    lines = (y_hat[1:] + y_hat[:-1]) / 2
    np.testing.assert_allclose(fitter.forward(params, middle, "relu")[1], lines, atol=1e-12)      # straight between
    half = fitter.build_params(curve, units, knots, units // 2)
    upto = t[: units // 2 + 1]
    np.testing.assert_allclose(fitter.forward(half, upto, "relu")[1], y_hat[: units // 2 + 1], atol=1e-12)


def test_four_units_make_the_letter_m():
    """Built by hand exactly; from random weights nobody comes near: 0.01 takes more units."""
    widget = CurveFitter("letter_m", mode="build", units=4, step=4)
    assert fitter.errors(fitter.forward(widget.shown()[0], X, "relu")[1], widget.curve)[0] < 1e-12
    rms = [fitter.errors(fitter.forward(CurveFitter("letter_m", units=4, seed=s, step=1000).shown()[0], X, "relu")[1],
                         widget.curve)[0] for s in range(4)]
    assert min(rms) > 0.01


def test_pieces_add_up():
    params = RNG.standard_normal(16)
    pieces, y_hat = fitter.forward(params, X, "tanh")
    np.testing.assert_allclose(pieces.sum(axis=1) + params[-1], y_hat, atol=1e-12)
    np.testing.assert_allclose(pieces[:, 2], params[12] * np.tanh(params[2] * X + params[7]), atol=1e-12)


@pytest.mark.parametrize("activation", ["relu", "tanh", "rbf", "sigmoid"])
def test_gradient_against_finite_differences(activation):
    params, y = RNG.standard_normal(10), RNG.standard_normal(41)
    numeric = [(fitter.gradient(params + h, X, y, activation)[0] - fitter.gradient(params - h, X, y, activation)[0]) / 2e-6
               for h in 1e-6 * np.eye(10)]
    np.testing.assert_allclose(fitter.gradient(params, X, y, activation)[1], numeric, rtol=1e-5, atol=1e-6)


# The Python side --------------------------------------------------------------------------------------------


def test_traits_are_those_of_the_docstring():
    public = set("curve activation units mode knots lr seed unit step steps speed playing".split())
    assert CurveFitter.public_traits() == public
    documented = set(re.findall(r"^(\w+)(?=[\w, ]* : )", inspect.cleandoc(CurveFitter.__doc__), re.M))
    assert documented == public | {"preset"}
    assert all(CurveFitter().trait_metadata(name, "sync") for name in public)
    with pytest.raises(TypeError, match="expected one of .*units.*; got 'unist'"):
        CurveFitter(unist=3)
    with pytest.raises(ValueError, match="expected preset one of wave, .*; got 'wav'"):
        CurveFitter("wav")


@pytest.mark.parametrize("wrong", [
    {"units": 0}, {"units": 33}, {"mode": "learn"}, {"activation": "sine"}, {"lr": 0.0}, {"lr": float("nan")}, {"step": -1},
    {"steps": 0}, {"seed": -1}, {"unit": -1}, {"speed": 7}, {"curve": [0.0] * 40}, {"curve": [0.0] * 40 + [1.6]},
    {"curve": [float("nan")] * 41}, {"units": 3, "knots": [0.0]}, {"units": 3, "knots": [0.5, 0.4]},
    {"units": 3, "knots": [-2.0, 0.0]}, {"units": 2, "knots": [float("nan")]}])
def test_a_wrong_value_is_refused(wrong):
    with pytest.raises(TraitError):
        CurveFitter(**wrong)


def test_knots_are_kept_while_they_fit():
    widget = CurveFitter(units=3, mode="build", step=3, knots=[-0.3, 1.0])
    assert widget.knots == [-0.3, 1.0]
    np.testing.assert_allclose(fitter.unpack(widget.shown()[0])[1], [2.0, 0.3, -1.0])
    widget.units = 5
    assert widget.knots == []


@pytest.mark.parametrize("mode", MODES)
def test_still_and_words_show_the_same_numbers(mode):
    widget = CurveFitter("bump", mode=mode, units=5, step=30, unit=9)
    params, activation, k = widget.shown()
    assert k == (5 if mode == "build" else 30)
    top, below = widget.still().axes
    x, fit = top.lines[2].get_data()
    np.testing.assert_allclose(fit[50:191], fitter.forward(params, x, activation)[1][50:191])
    assert np.isnan(fit[:40]).all() and len(below.lines) == 6
    rms = fitter.errors(fitter.forward(params, X, activation)[1], widget.curve)[0]
    assert f"root mean square error {rms:.3f}" in widget.describe() and "at x = 3." in widget.describe()
