"""The optimizers' race: the browser's runs against dlnotes.optim, rotation, tuning, noise, the stories, and the scripts."""

import math

import numpy as np
import pytest
from net_node import compare, js, running
from scripts import output_of
from traitlets import TraitError

from dlnotes.widgets import optimizer_race as twin
from dlnotes.widgets.optimizer_race import CODES, GRID, NAMES, PLANES, PRESETS, RACERS, OptimizerRace, noise_of, run, score, tune
from dlnotes.widgets.surfaces import SURFACES, Place, turned

PLAIN = ("gd", "momentum", "nesterov")


@pytest.fixture(scope="module", autouse=True)
def process():
    with running("surfaces_parity.mjs"):
        yield


def finals(preset, **changed):
    """{name: loss of the last step}, infinite where a run has diverged."""
    widget = OptimizerRace(preset, **changed)
    return {name: losses[-1] if len(losses) > widget.steps else math.inf for name, (_, losses) in widget.race().items()}


# The browser ------------------------------------------------------------------------------------------------------


def test_constants_agree():
    there = js("raceConstants")
    assert there["presets"] == PRESETS and there["stories"] == list(PRESETS)
    assert there["order"] == list(RACERS) and there["names"] == {**NAMES, "gd": "plain GD"} and there["codes"] == CODES
    assert there["curvature"] == twin.CURVATURE and there["planes"] == PLANES == list(there["starts"])
    assert there["grid"] == GRID
    for surface, start in there["starts"].items():
        OptimizerRace(surface=surface, **start)


@pytest.mark.parametrize("name", PRESETS)
def test_presets_in_the_browser(name):
    widget = OptimizerRace(name, steps=60)
    tracks = [[*points.T, losses] for points, losses in widget.race().values()]
    compare([("race", [{**PRESETS[name], "steps": 60}], tracks)], 1e-8)
    for step in (0, 17, 60):
        there = js("ranking", {**PRESETS[name], "steps": 60, "racing": list(RACERS)}, step)
        widget.step = step
        assert [n for n, _ in there] == [n for n, _ in widget.ranking()]


@pytest.mark.parametrize("name", PLANES)
def test_surfaces_in_the_browser(name):
    start = js("raceConstants")["starts"][name]
    settings = dict(surface=name, condition=40.0, angle=-25.0, noise=0.3, seed=5) | start | {"steps": 40}
    tracks = [[*points.T, losses] for points, losses in OptimizerRace(**settings).race().values()]
    compare([("race", [settings], tracks)], 1e-8)
    compare([("noiseOf", [0.3, 5, 40], noise_of(0.3, 5, 40))])


def test_scores_and_sweeps_in_the_browser():
    losses = np.random.default_rng(0).random(31)
    compare([("score", [losses, 30], score(losses, 30)), ("score", [losses[:5], 4], score(losses[:5], 4)),
             ("score", [losses[:9], 30], math.inf)])
    assert score(losses, 30) == pytest.approx(losses[-3:].mean()) and score(losses[:9], 30) == math.inf
    place, settings = Place("quadratic", 10, 100, 0), PRESETS["aligned"] | {"condition": 100, "steps": 30}
    for name in ("gd", "adam"):
        scores = [score(run(place, name, lr, -1.6, 0.9, 30)[1], 30) for lr in GRID]
        compare([("sweep", [settings, name], [int(np.argmin(scores)), *scores])], 1e-8)
        assert tune(place, name, -1.6, 0.9, 30) == GRID[int(np.argmin(scores))]


def test_the_rates_of_the_surfaces_are_those_that_tuning_finds():
    """Of the start on the surfaces, for the three that are cheap; the saddle's story wants equal rates."""
    for surface in ("quadratic", "ravine", "beale"):
        start = js("raceConstants")["starts"][surface]
        place = Place(surface, twin.CURVATURE, start.get("condition", 10), 0)
        for name, lr in list(zip(RACERS, start["lrs"]))[:3]:
            assert tune(place, name, start["x"], start["y"], start["steps"]) == lr, (surface, name)


# Rotation ---------------------------------------------------------------------------------------------------------


def at_angle(angle, condition=1000.0, steps=200):
    """The quadratic of the preset, with start and all, turned; {name: (best rate, its run's last loss)}."""
    place = Place("quadratic", twin.CURVATURE, condition, angle)
    x, y = (round(v, 4) for v in turned(SURFACES["quadratic"], -1.6, 0.9, angle))
    rates = {name: tune(place, name, x, y, steps) for name in RACERS}
    return {name: (lr, run(place, name, lr, x, y, steps)[1]) for name, lr in rates.items()}


def test_diagonal_methods_lose_when_the_valley_is_turned():
    """Each with its best rate of a grid: the plain ones do not notice, AdaGrad, RMSProp and Adam lose their edge."""
    straight, oblique = at_angle(0.0), at_angle(45.0)
    for name in PLAIN:
        assert straight[name][0] == oblique[name][0]
        np.testing.assert_allclose(straight[name][1], oblique[name][1], rtol=1e-3, atol=1e-12)   # start: four digits
    before, after = ({name: score(losses, 200) for name, (_, losses) in best.items()} for best in (straight, oblique))
    for name, least in (("adagrad", 1e12), ("rmsprop", 20), ("adam", 1e4)):
        assert after[name] > least * before[name], name
    assert min(before, key=before.get) == "adagrad" and min(after, key=after.get) == "momentum"
    assert after["momentum"] < 1e-3 * min(after[name] for name in ("adagrad", "rmsprop", "adam"))
    for preset, best in (("aligned", straight), ("turned", oblique)):
        assert PRESETS[preset]["lrs"] == [lr for lr, _ in best.values()]


def test_presets_start_at_the_same_place_of_the_valley():
    x, y = turned(SURFACES["quadratic"], -1.6, 0.9, 45)
    assert (PRESETS["turned"]["x"], PRESETS["turned"]["y"]) == pytest.approx((x, y), abs=1e-4)
    x, y = turned(SURFACES["ravine"], -1.6, 0.8, 30)
    assert (PRESETS["ravine"]["x"], PRESETS["ravine"]["y"]) == pytest.approx((x, y), abs=1e-4)


# Stories ----------------------------------------------------------------------------------------------------------


def test_momentum_wins_in_the_ravine():
    end = finals("ravine")
    order = sorted(end, key=end.get)
    assert order[0] == "nesterov" and end["momentum"] < 0.02 * end["gd"] and end["nesterov"] < 0.02 * end["adam"]


def test_who_leaves_the_ridge():
    """Steps of equal size in each coordinate leave an aligned ridge at once; on a turned one Adam is stuck as well."""
    def left(name, **changed):
        return int(np.argmax(OptimizerRace("saddle", **changed).race()[name][1] < 0.24))     # 0: never
    assert 0 < left("rmsprop") < 30 and 0 < left("adam") < 30 and 0 < left("adamw") < 30
    assert finals("saddle")["gd"] > 0.235
    x, y = turned(SURFACES["saddle"], -1.6, 0.001, 45)
    oblique = finals("saddle", angle=45.0, x=round(x, 4), y=round(y, 4))
    assert oblique["adam"] > 0.2 and oblique["adamw"] > 0.2 and oblique["nesterov"] < 1e-4


def test_noise_wants_smaller_rates():
    noisy, place = PRESETS["noise"], Place("quadratic", twin.CURVATURE, 10.0, 0.0)
    for seed in (1, 2, 3):
        pushes = noise_of(noisy["noise"], seed, noisy["steps"])
        for name, lr in list(zip(RACERS, noisy["lrs"]))[:4]:
            assert tune(place, name, noisy["x"], noisy["y"], noisy["steps"], pushes) < 0.5 * lr, (seed, name)
    for name, lr in list(zip(RACERS, noisy["lrs"]))[:3]:
        assert tune(place, name, noisy["x"], noisy["y"], noisy["steps"]) == lr


def test_all_get_down_rosenbrocks_valley():
    end = finals("rosenbrock")
    assert min(end, key=end.get) == "momentum" and max(end.values()) < 0.5 and end["momentum"] < 1e-3


# Words and scripts --------------------------------------------------------------------------------------------------


def test_words():
    order = [["adam", 0.5], ["gd", 1.25], ["adagrad", math.inf]]
    assert js("raceWords", 7, order, 7, order) == "Step 7. Losses, the least first: Adam 0.5 and plain GD 1.25. Diverged: AdaGrad."
    assert js("raceWords", 7, order[:1], 20, [["adam", 1e-20]]).endswith("After all 20 steps Adam is in front: < 10⁻¹⁶.")
    assert js("raceWords", 0, order[:1], 0, order) == "Step 0. All start with the loss 0.5."
    assert js("raceWords", 3, [], 9, []) == "Step 3. No optimizer is chosen."


def printed(script):
    return [line.split() for line in output_of(script).splitlines()]


@pytest.mark.parametrize("library", ["dlnotes", "torch"])
@pytest.mark.parametrize("name", PRESETS)
def test_scripts_print_the_losses_of_the_screen(name, library):
    settings = {**PRESETS[name], "racing": list(RACERS)}
    rows = printed(js("raceScript", settings, 40, library))
    widget = OptimizerRace(name, step=40)
    losses = dict(js("ranking", settings, 40))
    assert [row[0] for row in rows] == list(RACERS) and {int(row[1]) for row in rows} == {40}
    for racer, _, loss in rows:
        assert float(loss) == pytest.approx(losses[racer], rel=1e-6, abs=1e-18), racer
    assert losses == pytest.approx(dict(widget.ranking()), rel=1e-6, abs=1e-18)


def test_a_script_holds_only_those_that_race_and_stops_where_they_diverge():
    settings = {**PRESETS["aligned"], "racing": ["adam", "gd"], "lrs": [10.0] * 7}
    rows = printed(js("raceScript", settings, 40, "dlnotes"))
    assert [row[0] for row in rows] == ["gd", "adam"]
    assert int(rows[0][1]) < 40 and float(rows[0][2]) > 1e12
    assert js("ranking", settings, 40)[-1] == ["gd", math.inf]


# The Python class ---------------------------------------------------------------------------------------------------


def test_bad_traits():
    good = PRESETS["aligned"]["lrs"]
    for bad in (dict(lrs=good[:6]), dict(lrs=[*good[:6], math.nan]), dict(lrs=[*good[:6], 11.0]), dict(surface="parabola"),
                dict(racing=["sgd"]), dict(noise=-1.0), dict(steps=0), dict(selected="lion")):
        with pytest.raises(TraitError):
            OptimizerRace(**bad)
    with pytest.raises(TypeError, match="optimizers"):
        OptimizerRace(optimizers=["adam"])
    with pytest.raises(ValueError, match="expected preset one of"):
        OptimizerRace("no_such")


def test_still_and_description():
    widget = OptimizerRace("ravine", racing=["momentum", "gd"], step=100)
    above, curve = widget.still().axes
    assert [line.get_label() for line in curve.lines[:2]] == ["gradient descent", "momentum"]
    np.testing.assert_allclose(curve.lines[0].get_ydata(), widget.race()["gd"][1])
    said = widget.describe()
    assert said.index("momentum 5.4e-05") < said.index("gradient descent 0.0051")
    assert "diverged" in OptimizerRace(lrs=[10.0] * 7, step=200).describe()
    assert "none is shown" in OptimizerRace(racing=[]).describe()
    OptimizerRace(racing=[]).still()
