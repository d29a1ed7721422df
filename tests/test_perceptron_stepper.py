"""PerceptronStepper: its JavaScript computes what dlnotes.perceptron does; its arguments, still, sentence."""

import inspect
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from traitlets import TraitError

from dlnotes.perceptron import errors, max_margin, pla, pocket, with_bias
from dlnotes.widgets import perceptron_stepper as stepper
from dlnotes.widgets.perceptron_stepper import PRESETS, PerceptronStepper

NODE = shutil.which("node")
needs_node = pytest.mark.skipif(
    NODE is None and os.environ.get("CI") != "true", reason="no node on this machine")
ENDS = ["separated", "cycle", "stopped"]


def node(calls):
    script = Path(__file__).with_name("perceptron_stepper_parity.mjs")
    done = subprocess.run(
        [NODE, script], input=json.dumps(calls), capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def both_ways(cases):
    """Each (probe, args, expected) agrees, seen by Python and by node."""
    calls = [{"probe": probe, "args": args} for probe, args, _ in cases]
    flat = [np.ravel(e).astype(float).tolist() for _, _, e in cases]
    answers = node(calls + [{**c, "expect": e} for c, e in zip(calls, flat)])
    for call, expected, here, there in zip(calls, flat, answers, answers[len(calls):]):
        np.testing.assert_allclose(here["value"], expected, rtol=1e-10, atol=1e-10, err_msg=call["probe"])
        assert there["mismatches"] == [], call["probe"]


def cloud(seed, N, kind):
    """Points on the grid: separable by a wide margin, by chance, or hopelessly mixed; some of them twice."""
    rng = np.random.default_rng(seed)
    X = stepper.snap(rng.uniform(-4, 4, (N, 2)))
    z = with_bias(X) @ rng.standard_normal(3)
    y = np.where(z > 0, 1.0, -1.0)
    if kind == "mixed":
        y = np.where(rng.random(N) < 0.5, 1.0, -1.0)
    if kind == "coarse":
        X = np.round(X)
    if kind == "wide":
        keep = np.abs(z) > 0.5
        X, y = X[keep], y[keep]
    return np.column_stack([X, y])


CLOUDS = [*map(np.array, PRESETS.values()),
          *(cloud(s, N, kind) for s, (N, kind) in enumerate([
              (1, "mixed"), (2, "mixed"), (3, "wide"), (5, "coarse"), (8, "mixed"), (20, "chance"),
              (20, "coarse"),
              (40, "wide"), (40, "mixed"), (60, "chance"), (300, "wide"), (300, "mixed")])),
          np.array([[1, 2, 1], [1, 2, -1.0]]), np.array([[1, 2, 1], [1, 2, 1.0]]),
          np.array([[-2, 0, 1], [0, 0, -1], [2, 0, 1.0]]), cloud(99, 10_000, "mixed")]


def split(rows):
    return with_bias(rows[:, :2]), rows[:, 2]


@needs_node
def test_every_export_has_a_probe():
    source = Path(__file__).with_name("perceptron_stepper_parity.mjs").read_text(encoding="utf-8")
    for name in node("exports"):
        assert f"core.{name}" in source, name


@needs_node
def test_constants_and_small_functions():
    exact = [0.0, 1 / 128, -1 / 128, 3.999, -3.999, 4.5, -4.5, 0.3, 1e9]
    mine = [{"probe": p, "args": []} for p in ("PRESETS", "ENDS")]
    presets, ends = (answer["value"] for answer in node(mine))
    assert presets == {name: np.ravel(rows).tolist() for name, rows in PRESETS.items()} and ends == ENDS
    W = [9.0, 1.5, -2.0, 0.5]
    X, y = split(CLOUDS[0])
    both_ways([
        ("GRID", [], stepper.GRID), ("REACH", [], stepper.REACH), ("MOST", [], stepper.MOST),
        ("snap", [exact], stepper.snap(exact)),
        ("score", [CLOUDS[0].ravel().tolist(), 3, W, 1], y[3] * (X[3] @ W[1:])),
        ("countWrong", [CLOUDS[0].ravel().tolist(), W, 1], errors(X, y, np.array([W[1:]]))),
        *(("orderOf", [seed, N], stepper.order_of(seed, N))
          for seed in (0, 1, 2**31 - 1) for N in (0, 1, 2, 50))])


def test_orders_are_permutations_and_seed_zero_changes_nothing():
    assert stepper.order_of(0, 9).tolist() == list(range(9))
    mixed = stepper.order_of(5, 40).tolist()
    assert sorted(mixed) == list(range(40)) and mixed != list(range(40))
    assert {tuple(stepper.order_of(s, 3)) for s in range(1, 60)} == {
        (0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)}


@needs_node
@pytest.mark.parametrize("seed", [0, 7])
def test_runs_are_the_same_number_for_number(seed):
    cases = []
    for rows in CLOUDS:
        X, y = split(rows)
        most = 60 if len(X) > 1000 else 1000
        run = pla(X, y, order=stepper.order_of(seed, len(X)), mistakes=most)
        wrong = errors(X, y, run.W)
        cases.append(("run", [rows.ravel().tolist(), seed, most], np.concatenate([
            [len(run.rows), ENDS.index(run.end), run.start], run.W.ravel(), run.rows, run.looks, wrong,
            pocket(wrong)])))
    both_ways(cases)
    assert {ENDS[int(c[2][1])] for c in cases} == set(ENDS)


@needs_node
def test_margins_are_the_same_and_mixtures_prove_them():
    found = [max_margin(*split(rows)) for rows in CLOUDS]
    both_ways([("maxMargin", [rows.ravel().tolist()],
                np.r_[m.gamma, m.upper, np.linalg.norm(split(rows)[0], axis=1).max(), m.u])
               for rows, m in zip(CLOUDS, found)])
    mixes = node([{"probe": "mix", "args": [rows.ravel().tolist()]} for rows in CLOUDS])
    for rows, m, answer in zip(CLOUDS, found, mixes):
        half = len(answer["value"]) // 2
        chosen, weights = np.array(answer["value"][:half], int), np.array(answer["value"][half:])
        X, y = split(rows)
        assert weights.min() > 0 and weights.sum() == pytest.approx(1)
        assert np.linalg.norm((weights * y[chosen]) @ X[chosen]) == pytest.approx(m.upper, abs=1e-9)
    assert sum(m.gamma == 0 for m in found) >= 5 <= sum(m.gamma > 0 for m in found)


def test_hulls_meet_in_both_hulls():
    """The point is the same mixture of the plus points and of the minus points."""
    several = [rows for rows in CLOUDS if max_margin(*split(rows)).gamma == 0]
    for rows in several:
        X, y = rows[:, :2], rows[:, 2]
        mix = max_margin(*split(rows)).mix
        plus, minus = stepper.meeting(X, y, mix), stepper.meeting(X, -y, mix)
        np.testing.assert_allclose(plus, minus, atol=1e-7)
    if NODE:
        answers = node([{"probe": "meeting", "args": [rows.ravel().tolist()]} for rows in several])
        xor = answers[[len(r) for r in several].index(4)]["value"]
        assert xor == pytest.approx([0, 0], abs=1e-9)


@needs_node
@pytest.mark.parametrize("name, seed", [("separable", 0), ("nearly", 3), ("xor", 0), (None, 0)])
def test_copied_scripts_do_the_run_of_the_widget(name, seed, capsys):
    """Both scripts run as they are; the one on torch goes on where the package sees a cycle."""
    pytest.importorskip("torch")
    points = np.ravel(PRESETS.get(name, [])).tolist()
    rows = np.reshape(points, (-1, 3))
    order = stepper.order_of(seed, len(rows))
    run = pla(*split(rows), order=order)
    scripts = node([{"probe": "script", "args": [lib, points, seed]} for lib in ("dlnotes", "torch")])
    said = []
    for answer in scripts:
        assert max(map(len, answer["value"].splitlines())) <= 110
        exec(compile(answer["value"], "copied", "exec"), {})
        said.append(capsys.readouterr().out)
    assert said[0].startswith(f"{run.end} after {len(run.rows)} mistakes, weights {run.W[-1].tolist()}")
    if run.end == "separated":
        assert said[1] == f"{len(run.rows)} mistakes, weights {run.W[-1].tolist()}\n"
        return
    period = len(run.rows) - run.start
    same = run.start + (1000 - run.start) % period
    assert said[1] == f"1000 mistakes, weights {run.W[same].tolist()}\n"


# The Python side ----------------------------------------------------------------------------------------


def test_traits_are_those_of_the_docstring_and_go_to_the_browser():
    public = {"points", "seed", "step", "pocket", "widest", "speed", "playing"}
    assert PerceptronStepper.public_traits() == public
    documented = set(re.findall(r"^(\w+) : ", inspect.cleandoc(PerceptronStepper.__doc__), re.M))
    assert documented - public == {"preset", "X", "y"} and public <= documented
    widget = PerceptronStepper()
    assert all(widget.trait_metadata(name, "sync") for name in public)
    assert "// perceptron_stepper.mjs" in widget._esm and ".dlw-ps" in widget._css


@pytest.mark.parametrize("wrong, error, said", [
    ({"pionts": []}, TypeError, "expected one of .*points.*; got 'pionts'"),
    ({"preset": "xro"}, ValueError, "expected preset one of separable, .*; got 'xro'"),
    ({"X": [[1, 2]]}, TypeError, "X and y together"),
    ({"X": [[1, 2]], "y": [1], "points": []}, TypeError, "or points alone"),
    ({"X": [1, 2], "y": [1, 1]}, ValueError, r"expected X \(N, 2\) and y \(N,\); got \(2,\)"),
    ({"X": [[1, 2]], "y": [1, -1]}, ValueError, r"got \(1, 2\) and \(2,\)"),
    ({"X": [[1, 5]], "y": [1]}, TraitError, "from -4 to 4"),
    ({"X": [[1, np.nan]], "y": [1]}, TraitError, "finite"), ({"X": [[1, 2]], "y": [0]}, TraitError, "-1 and"),
    ({"points": [1.0, 2.0]}, TraitError, "got 2 numbers"),
    ({"points": [0.0, 0.0, 1.0] * 10_001}, TraitError, "10,000 points"),
    ({"step": -1}, TraitError, "step"), ({"step": 1001}, TraitError, "step"),
    ({"speed": 7}, TraitError, "speed"), ({"seed": 2**31}, TraitError, "seed")])
def test_wrong_arguments_are_refused(wrong, error, said):
    with pytest.raises(error, match=said):
        PerceptronStepper(**wrong)


def test_points_go_to_the_grid_and_a_wrong_change_keeps_the_old():
    widget = PerceptronStepper(X=[[0.3, -0.3], [4, -4]], y=[1, -1])
    assert widget.points == [19 / 64, -19 / 64, 1, 4, -4, -1]
    with pytest.raises(TraitError):
        widget.points = [9.0, 0.0, 1.0]
    assert widget.points[0] == 19 / 64


@pytest.mark.parametrize("name, end, mistakes", [
    ("separable", "separated", 11), ("narrow", "separated", 40), ("nearly", "cycle", 56), ("xor", "cycle", 5)])
def test_each_preset_shows_its_case(name, end, mistakes):
    run = PerceptronStepper(name).trace()
    assert (run.end, len(run.rows)) == (end, mistakes)
    margin = max_margin(*split(np.array(PRESETS[name])))
    assert (margin.gamma > 0) == (end == "separated")
    if name == "narrow":
        assert margin.gamma < 0.7 * max_margin(*split(np.array(PRESETS["separable"]))).gamma


def test_it_says_what_it_shows():
    said = PerceptronStepper(step=1000).describe()
    assert said.startswith("12 points, 6 of class +1, after 11 of 11 mistakes") and "0 points wrong" in said
    assert "margin 0.404: at most 107 mistakes" in said
    said = PerceptronStepper("xor", step=3).describe()
    assert "cycles from mistake 1 on, every 4 mistakes" in said and "Pocket: 1 wrong." in said
    assert "without points" in PerceptronStepper(points=[]).describe()


@pytest.mark.parametrize("rows", [[], [[0, 0, 1]], [[1, 1, 1], [1, 1, -1]], cloud(3, 10_000, "mixed")])
def test_odd_sets_have_a_still_and_a_sentence(rows):
    widget = PerceptronStepper(points=np.ravel(rows).astype(float).tolist(), step=2)
    assert widget.describe().endswith(".") and len(widget.still().axes) == 1


def test_the_still_draws_the_line_and_the_mistake():
    widget = PerceptronStepper("separable", step=4)
    run, lines = widget.trace(), {line.get_label(): line for line in widget.still().axes[0].lines}
    x, y = lines["line"].get_data()
    np.testing.assert_allclose(run.W[4, 0] * x + run.W[4, 1] * y + run.W[4, 2], 0, atol=1e-9)
    x, y = lines["before"].get_data()
    np.testing.assert_allclose(run.W[3, 0] * x + run.W[3, 1] * y + run.W[3, 2], 0, atol=1e-9)
    np.testing.assert_array_equal(np.ravel(lines["mistake 4"].get_data()), widget.data()[0][run.rows[3]])
