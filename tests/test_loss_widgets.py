"""OutlierRegression and LogitSliders: honest arguments, the best line under each loss, and node's numbers."""

import json
import math
import os
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from traitlets import TraitError

from dlnotes.ops import class_losses, regression_losses
from dlnotes.widgets import bundle, logit_sliders, outlier_regression
from dlnotes.widgets.logit_sliders import LogitSliders
from dlnotes.widgets.outlier_regression import NAMES, OutlierRegression

NODE = shutil.which("node")
with_node = pytest.mark.skipif(NODE is None and os.environ.get("CI") != "true",
                               reason="no node on this machine: install Node.js 20 or later")
EXTREME = [0.0, -0.0, 5e-324, -5e-324, 1e-300, 1e-9, -1e-9, 1.0, -1.0, 2.3425, 1e4, -1e4, 1e100, -1e150]
SHAPES = [-4.0, -2.0, -1.0, -1e-9, 0.0, 1e-9, 0.3, 1.0, 1.9, 2.0]


# Python: what a reader may set, and what he is told ------------------------------------------------------


@pytest.mark.parametrize("cls, public", [
    (OutlierRegression, "losses focus outlier_x outlier_y scale alpha start seed"),
    (LogitSliders, "logits target temperature double lr")])
def test_traits_are_those_of_the_docstring_and_go_to_the_browser(cls, public):
    public = set(public.split())
    assert cls.public_traits() == public
    assert public <= set(re.findall(r"(\w+)(?=[\w, ]* : )", cls.__doc__))
    widget = cls()
    assert all(widget.trait_metadata(name, "sync") for name in public)
    assert f"// {cls.view}.mjs" in widget._esm


@pytest.mark.parametrize("cls, wrong", [
    (OutlierRegression, {"losses": []}), (OutlierRegression, {"losses": ["l3"]}),
    (OutlierRegression, {"losses": ["huber", "huber"]}), (OutlierRegression, {"focus": "l3"}),
    (OutlierRegression, {"outlier_x": 20.1}), (OutlierRegression, {"outlier_y": float("nan")}),
    (OutlierRegression, {"scale": 0.0}), (OutlierRegression, {"alpha": 2.5}), (OutlierRegression, {"seed": -1}),
    (OutlierRegression, {"start": "tukey"}), (OutlierRegression, {"scale": float("nan")}),
    (LogitSliders, {"logits": [1.0]}), (LogitSliders, {"logits": [0.0] * 6}), (LogitSliders, {"target": 4}),
    (LogitSliders, {"logits": [0.0, 11.0]}), (LogitSliders, {"logits": [0.0, float("nan")]}),
    (LogitSliders, {"temperature": 0.0}), (LogitSliders, {"target": 2, "logits": [0.0, 1.0]}),
    (LogitSliders, {"lr": float("nan")})])
def test_a_wrong_value_is_refused(cls, wrong):
    with pytest.raises(TraitError):
        cls(**wrong)


def test_a_misspelt_argument_is_refused():
    with pytest.raises(TypeError, match="expected one of .*outlier_x.*; got 'outlierx'"):
        OutlierRegression(outlierx=1.0)


def test_descriptions_say_the_numbers():
    widget = OutlierRegression(losses=["squared", "huber"], focus="huber", outlier_x=20.0, outlier_y=-4.0)
    (a, b), said = widget.line("huber"), widget.describe()
    assert f"Huber y = {a:.2f} x + {b:.2f}" in said and "influence 0.67" in said       # 1.345 * 0.5
    said = LogitSliders(logits=[1.0, 0.0], target=1, double=True).describe()
    p_a = 1 / (1 + math.exp(-1))
    q_a = 1 / (1 + math.exp(-(2 * p_a - 1)))                                           # sigmoid of p_A - p_B
    assert f"the loss is {-math.log(1 - q_a):.3f}" in said and f"A logit 1.00, probability {q_a:.3f}" in said


def test_stills_draw_the_numbers():
    widget = OutlierRegression(losses=["tukey", "squared"], outlier_x=3.0, outlier_y=10.0)
    top, loss, pull = widget.still().axes
    assert len(top.lines) == 4 and tuple(*zip(*top.lines[1].get_data())) == (3.0, 10.0)
    a, b = widget.line("tukey")
    np.testing.assert_allclose(top.lines[2].get_ydata(), [b, 20 * a + b])
    r = loss.lines[0].get_xdata()
    np.testing.assert_allclose(loss.lines[1].get_ydata(), r**2 / 2)
    np.testing.assert_allclose(pull.lines[1].get_ydata(), r)
    p, g, c = LogitSliders(logits=[2.0, 0.0, 0.0], target=2).still().axes
    np.testing.assert_allclose([bar.get_height() for bar in p.patches], class_losses.softmax(np.array([2.0, 0, 0])))
    assert sum(bar.get_height() for bar in g.patches) == pytest.approx(0, abs=1e-12)
    assert c.lines[1].get_ydata().min() > logit_sliders.floor(3) > c.lines[0].get_ydata().min()


# The losses and the lines --------------------------------------------------------------------------------


@pytest.mark.parametrize("alpha", SHAPES)
@pytest.mark.parametrize("name", NAMES)
def test_influence_is_the_slope_of_the_loss_and_weight_is_influence_over_residual(name, alpha):
    r = np.concatenate([np.linspace(-9, 9, 91) + 0.013, [1e-4, 1e3, -1e4]])
    h = 1e-6 * np.maximum(1, np.abs(r))
    f = lambda x: outlier_regression.value(name, x, 0.7, alpha)      # noqa: E731
    psi = outlier_regression.slope(name, r, 0.7, alpha)
    np.testing.assert_allclose((f(r + h) - f(r - h)) / (2 * h), psi, rtol=1e-6, atol=2e-6)
    np.testing.assert_allclose(outlier_regression.weight(name, r, 0.7, alpha) * r, psi, rtol=1e-12, atol=1e-14)


def test_the_general_loss_has_its_known_cases():
    r = np.linspace(-5, 5, 101)
    value = lambda alpha: outlier_regression.value("general", r, 0.8, alpha) / 0.64      # noqa: E731
    u = (r / 0.8) ** 2
    for alpha, expected in ((2, u / 2), (1, np.sqrt(u + 1) - 1), (0, np.log(u / 2 + 1)), (-2, 2 * u / (u + 4))):
        np.testing.assert_allclose(value(alpha), expected, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(value(1e-9), value(0), rtol=1e-8, atol=1e-12)
    np.testing.assert_allclose(value(2 - 1e-7), value(2), rtol=1e-6)


@pytest.mark.parametrize("name", ["squared", "absolute", "huber", "general"])
def test_no_line_nearby_and_none_of_many_is_better(name):
    rng = np.random.default_rng(3)
    for seed in range(4):
        x, y = OutlierRegression(seed=seed, outlier_x=float(rng.uniform(0, 20)), outlier_y=float(rng.uniform(-4, 14))).data()
        a, b = outlier_regression.fit(name, x, y, 0.5, 1.0)              # alpha = 1: convex, so the minimum is one
        total = lambda a, b: outlier_regression.value(name, a * x + b - y, 0.5, 1.0).sum()      # noqa: E731
        best = total(a, b)
        for size in (1e-4, 1e-2, 1.0):
            for da, db in rng.normal(size=(200, 2)) * [size / 5, size]:
                assert total(a + da, b + db) >= best - 1e-9


def test_squared_error_gives_the_least_squares_line():
    x, y = OutlierRegression(seed=4).data()
    np.testing.assert_allclose(outlier_regression.fit("squared", x, y), np.polyfit(x, y, 1), rtol=1e-10)


def test_tukey_forgets_the_outlier_and_depends_on_the_start():
    widget = OutlierRegression(outlier_x=20.0, outlier_y=-4.0)
    x, y = outlier_regression.points(0)
    alone = outlier_regression.fit("tukey", x, y)
    np.testing.assert_allclose(widget.line("tukey"), alone, atol=1e-9)
    assert widget.line("squared")[0] < 0 < 0.3 < widget.line("huber")[0] < widget.line("tukey")[0]
    trap = dict(seed=5, outlier_x=20.0, outlier_y=14.0)
    assert OutlierRegression(**trap).line("tukey")[0] > 0.6
    assert OutlierRegression(start="absolute", **trap).line("tukey")[0] < 0.55


def test_reweighting_ends_where_no_point_counts():
    x, y = np.arange(4.0), np.array([0.0, 9.0, -9.0, 0.0])
    assert np.isfinite(outlier_regression.fit("tukey", x, y, scale=0.05)).all()


# Logits --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("double", [False, True])
def test_gradient_is_the_slope_of_the_loss(double):
    rng = np.random.default_rng(1)
    for C in (2, 3, 4, 5):
        z, t, T = rng.uniform(-4, 4, C), int(rng.integers(C)), float(rng.uniform(0.3, 3))
        numeric = [(logit_sliders.loss(z + h, t, T, double) - logit_sliders.loss(z - h, t, T, double)) / 2e-6
                   for h in 1e-6 * np.eye(C)]
        np.testing.assert_allclose(logit_sliders.gradient(z, t, T, double), numeric, atol=1e-8)


def test_single_loss_is_the_packages_and_the_floor_is_the_limit():
    z = np.array([0.3, -1.0, 2.0])
    assert logit_sliders.loss(z, 1) == pytest.approx(class_losses.softmax_cross_entropy(z[None], np.array([1])))
    assert logit_sliders.floor(10) == pytest.approx(1.4611501717)
    for C in (2, 3, 5):
        far = [10.0] + [-10.0] * (C - 1)
        assert logit_sliders.loss(far, 0, 0.1, True) == pytest.approx(logit_sliders.floor(C), abs=1e-12)
        assert logit_sliders.loss(far, 0, 0.1) < 1e-80


def test_descent_lowers_the_loss():
    z = [-2.0, 4.0, 0.0]
    after = logit_sliders.descend(z, 0, lr=0.5, steps=50)
    assert logit_sliders.loss(after, 0) < 0.1 < 4 < logit_sliders.loss(z, 0)
    assert z == [-2.0, 4.0, 0.0]
    assert after.sum() == pytest.approx(sum(z))              # the gradient sums to 0


# node ----------------------------------------------------------------------------------------------------


def encode(value):
    if isinstance(value, dict):
        return {key: encode(v) for key, v in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [encode(v) for v in value]
    if isinstance(value, (float, np.floating)):
        return {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}.get(str(float(value)), float(value))
    return value.item() if isinstance(value, np.generic) else value


def node(calls):
    script = Path(__file__).with_name("loss_widgets_parity.mjs")
    done = subprocess.run([NODE, script], input=json.dumps(encode(calls)), capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def js(probe, *args):
    answer, = node([{"probe": probe, "args": args}])
    assert "error" not in answer, answer
    return answer["value"]


def compare(cases, tolerance=1e-10):
    """Assert here and in node that each (probe, args, expected) agrees."""
    wanted = [np.ravel(np.concatenate([np.ravel(v) for v in want]) if isinstance(want, tuple) else want).astype(float)
              for _, _, want in cases]
    calls = [{"probe": probe, "args": args} for probe, args, _ in cases]
    checked = [{**call, "expect": want, "tolerance": tolerance} for call, want in zip(calls, wanted)]
    answers = node([*calls, *checked])
    for call, want, here, there in zip(calls, wanted, answers, answers[len(calls):]):
        assert "error" not in here and there.get("mismatches") == [], (call, here, there)
        got = np.ravel(np.array(here["value"], dtype=object)).astype(float)
        np.testing.assert_allclose(got, want, rtol=tolerance, atol=tolerance, err_msg=str(call)[:200])


@with_node
def test_every_export_has_a_probe():
    probed = set(node("covers"))
    constants = {"N", "X_RANGE", "Y_RANGE", "DELTA", "C", "LETTERS", "REACH", "NAMES"}
    for module in ("outlier_regression.core.mjs", "logit_sliders.core.mjs"):
        assert {f"{module}:{name}" for name in set(bundle.parse(module)[2]) - constants} <= probed


@with_node
def test_node_finds_a_mismatch_by_itself():
    call = {"probe": "logit_sliders.core.mjs:floor", "args": [10]}
    answers = node([{**call, "expect": [v]} for v in (logit_sliders.floor(10), 1.4612, math.nan)])
    assert [len(a["mismatches"]) for a in answers] == [0, 1, 1]


@with_node
def test_constants_and_words_agree():
    assert js("outlier_regression.core.mjs:names") == NAMES
    assert js("outlier_regression.text.mjs:titles") == outlier_regression.TITLES
    assert js("outlier_regression.core.mjs:constants") == [
        outlier_regression.N, *outlier_regression.X_RANGE, *outlier_regression.Y_RANGE, outlier_regression.DELTA,
        outlier_regression.C]
    assert js("logit_sliders.core.mjs:constants") == [logit_sliders.LETTERS, logit_sliders.REACH]


@with_node
def test_points_agree():
    compare([("outlier_regression.core.mjs:points", [seed], outlier_regression.points(seed))
             for seed in (0, 1, 5, 77, 2**31 - 1)], 1e-13)


@with_node
@pytest.mark.parametrize("name", NAMES)
def test_losses_agree(name):
    R = np.concatenate([EXTREME, np.random.default_rng(2).normal(size=60) * 4])
    cases = []
    for scale in (0.05, 0.5, 5.0):
        for alpha in SHAPES if name == "general" else [0.0]:
            for part in ("value", "slope", "weight"):
                with np.errstate(over="ignore"):
                    want = getattr(outlier_regression, part)(name, R, scale, alpha)
                cases.append((f"outlier_regression.core.mjs:{part}", [name, R, {"scale": scale, "alpha": alpha}], want))
    compare(cases, 1e-12)


@with_node
@pytest.mark.parametrize("name", NAMES)
def test_lines_agree(name):
    rng, cases = np.random.default_rng(7), []
    for k in range(60):
        x, y = OutlierRegression(seed=k, outlier_x=float(rng.uniform(0, 20)), outlier_y=float(rng.uniform(-4, 14))).data()
        own = dict(scale=float(10 ** rng.uniform(-1, 0.5)), alpha=float(rng.uniform(-4, 2)),
                   start=str(rng.choice(["squared", "absolute"])))
        cases.append(("outlier_regression.core.mjs:fit", [name, x, y, own], outlier_regression.fit(name, x, y, **own)))
    compare(cases, 1e-9)


@with_node
def test_logits_agree():
    rng, cases, module = np.random.default_rng(9), [], "logit_sliders.core.mjs"
    grid = np.linspace(-10, 10, 9)
    for k in range(60):
        C = int(rng.integers(2, 6))
        args = dict(logits=rng.uniform(-10, 10, C).tolist(), target=int(rng.integers(C)),
                    temperature=float(10 ** rng.uniform(-1, 1)), double=bool(k % 2))
        where = {key: v for key, v in args.items() if key != "target"}
        cases += [(f"{module}:probabilities", [args], logit_sliders.probabilities(**where)),
                  (f"{module}:loss", [args], logit_sliders.loss(**args)),
                  (f"{module}:gradient", [args], logit_sliders.gradient(**args)),
                  (f"{module}:descend", [args, 0.5, 7], logit_sliders.descend(**args, lr=0.5, steps=7)),
                  (f"{module}:curve", [args, grid], logit_sliders.curve(at=grid, **args)),
                  (f"{module}:floor", [C], logit_sliders.floor(C))]
    compare(cases)


@with_node
def test_an_unknown_loss_is_refused_in_the_browser_too():
    answer, = node([{"probe": "outlier_regression.core.mjs:value", "args": ["l3", [1.0], {}]}])
    assert answer["error"].startswith("RangeError: expected the loss to be one of squared, absolute, huber")


@with_node
def test_sentences_carry_the_numbers():
    minus = "\N{MINUS SIGN}"
    said = js("outlier_regression.text.mjs:sentence", "huber", [0.5, -1.25], -6.3, -0.67, 0.107)
    assert said == (f"Huber loss: y = 0.50 x {minus} 1.25; the dragged point lies 6.30 above it and pulls with 0.67, where "
                    "squared error would let it pull with 6.30.")
    assert "does not count at all" in js("outlier_regression.text.mjs:sentence", "tukey", [0.5, 1], 9.0, 0.0, 0.0)
    assert "9.00 below it" in js("outlier_regression.text.mjs:sentence", "tukey", [0.5, 1], 9.0, 0.0, 0.0)
    through = js("outlier_regression.text.mjs:sentence", "absolute", [0.5, 1], 1e-4, 1.0, math.inf)
    assert through == "Absolute loss: y = 0.50 x + 1.00; the line passes through the dragged point."
    state = dict(logits=[2.0, 0.0, 0.0], target=0, double=True)
    said = js("logit_sliders.text.mjs:sentence", state, [0.5, 0.25, 0.25], 0.693, [-0.2, 0.1, 0.1], 0.24)
    assert said == ("The right class A has the probability 0.500: loss 0.693. With one softmax the loss would be 0.240; with "
                    "two it never falls below 0.551. A step raises A and lowers B, C.")
    assert "nearly 0" in js("logit_sliders.text.mjs:sentence", state, [0.5, 0.25, 0.25], 0.693, [0, 0, 0], 0.24)


def test_regression_losses_are_the_packages():
    r = np.linspace(-5, 5, 101)
    zero = np.zeros_like(r)
    np.testing.assert_array_equal(outlier_regression.value("huber", r, 1.0),
                                  regression_losses.huber(r, zero, delta=1.345, reduction="none"))
    np.testing.assert_array_equal(outlier_regression.slope("tukey", r, 1.0),
                                  regression_losses.tukey_biweight_backward(r, zero, c=4.685, reduction="sum")[0])
