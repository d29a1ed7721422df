"""The descent: derivatives of the surfaces, the browser's runs against dlnotes, the limit, and the scripts."""

import math

import numpy as np
import pytest
from net_node import compare, js, node, running
from scripts import output_of
from traitlets import TraitError

from dlnotes.widgets import bundle, descent
from dlnotes.widgets import surfaces as twin
from dlnotes.widgets.descent import PRESETS, Descent, bound, measure, steps_to_tenth, verdict
from dlnotes.widgets.surfaces import SURFACES, Place

RNG = np.random.default_rng(3)
TURNED = dict(curvature=3.0, condition=7.0, angle=25.0)


@pytest.fixture(scope="module", autouse=True)
def process():
    with running("surfaces_parity.mjs"):
        yield


def points(name, count=30):
    """Points of the window and a little around it."""
    (cx, cy), half = SURFACES[name].centre, SURFACES[name].half
    return RNG.uniform(-1.2 * half, 1.2 * half, (count, 2)) + (cx, cy)


def settings(**changed):
    return {**PRESETS["below"], **changed}


# Surfaces ---------------------------------------------------------------------------------------------------


def test_every_core_function_has_a_probe():
    covers = node("covers")
    for module, probes in covers.items():
        assert sorted(sum(probes.values(), [])) == sorted(bundle.parse(module)[2]), module


@pytest.mark.parametrize("name", SURFACES)
def test_derivatives(name):
    place, e = Place(name, **TURNED), 1e-6
    for x, y in points(name, 12):
        _, gradient, (xx, xy, yy) = place.at(x, y)
        numeric = [(place.value(x + e, y) - place.value(x - e, y)) / (2 * e),
                   (place.value(x, y + e) - place.value(x, y - e)) / (2 * e)]
        np.testing.assert_allclose(gradient, numeric, rtol=1e-6, atol=1e-6 * (1 + abs(place.value(x, y))))
        columns = [(place.at(x + e, y)[1] - place.at(x - e, y)[1]) / (2 * e),
                   (place.at(x, y + e)[1] - place.at(x, y - e)[1]) / (2 * e)]
        np.testing.assert_allclose([[xx, xy], [xy, yy]], columns, rtol=1e-6, atol=1e-5 * (1 + np.abs(gradient).max()))


@pytest.mark.parametrize("name", SURFACES)
@pytest.mark.parametrize("angle", [0.0, 25.0, -90.0])
def test_minima(name, angle):
    """Each minimum that is written down has value and gradient 0 and bends upwards; nothing near is lower."""
    place = Place(name, 3.0, 7.0, angle)
    for minimum in SURFACES[name].minima:
        x, y = place.world(*minimum)
        value, gradient, hessian = place.at(x, y)
        floor = 9 / 4 if name == "double_well" and minimum == (1.0, 0.0) else 0
        assert value == pytest.approx(floor, abs=1e-12)
        np.testing.assert_allclose(gradient, 0, atol=1e-10)
        assert twin.curvatures(SURFACES[name].dims, hessian)[1] > 0
        assert place.nearest(x + 0.01, y) == (x, y)
    assert min(place.value(*p) for p in points(name, 300)) >= 0


@pytest.mark.parametrize("name", SURFACES)
def test_surfaces_in_the_browser(name):
    cases = []
    for angle in (0.0, 25.0, 90.0):
        set_up, place = dict(surface=name, curvature=3.0, condition=7.0, angle=angle), Place(name, 3.0, 7.0, angle)
        for x, y in points(name, 10):
            value, gradient, hessian = place.at(x, y)
            measured = twin.curvatures(SURFACES[name].dims, hessian)
            cases.append(("at", [set_up, x, y], [value, *gradient, *hessian, *measured, *place.nearest(x, y)]))
            cases.append(("world", [set_up, x, y], place.world(x, y)))
            cases.append(("turned", [name, x, y, angle], twin.turned(SURFACES[name], x, y, angle)))
    compare(cases)


def test_constants_agree():
    there = js("constants")
    assert there["presets"] == PRESETS and there["stories"] == list(PRESETS)
    assert list(there["surfaces"]) == list(SURFACES) == there["names"] == list(there["starts"])
    for name, surface in SURFACES.items():
        mine = dict(dims=surface.dims, centre=list(surface.centre), half=surface.half,
                    minima=[list(m) for m in surface.minima], scaled=list(surface.scaled))
        assert there["surfaces"][name] == mine
        Descent(**there["starts"][name], surface=name)                       # each start is a valid one
    assert sorted(there["badges"]) == sorted(there["signs"]) == sorted(descent.VERDICTS)


def test_turning_back_and_forth():
    surface = SURFACES["rosenbrock"]
    x, y = twin.turned(surface, 0.7, 1.9, 40)
    np.testing.assert_allclose(twin.turned(surface, x, y, -40), (0.7, 1.9))
    assert math.hypot(*np.subtract(twin.turned(surface, 9, 9, 0), surface.centre)) == pytest.approx(surface.half)
    a, b = Place("rosenbrock", angle=0), Place("rosenbrock", angle=40)
    assert b.value(x, y) == pytest.approx(a.value(0.7, 1.9))                 # the start turns with its surface


# Curvature, limit, factor -------------------------------------------------------------------------------


def test_eigen():
    for a, b, c in RNG.standard_normal((20, 3)):
        first, second, angle = twin.eigen(a, b, c)
        matrix, direction = np.array([[a, b], [b, c]]), np.array([math.cos(angle), math.sin(angle)])
        np.testing.assert_allclose(sorted((first, second)), np.linalg.eigvalsh(matrix))
        assert first >= second
        np.testing.assert_allclose(matrix @ direction, first * direction, atol=1e-12)
        compare([("eigen", [a, b, c], [first, second, angle])])


def iteration(lr, curvature, momentum):
    """The matrix that takes (error, velocity) to the next step's on a parabola."""
    return np.array([[1 - lr * curvature, -lr * momentum], [curvature, momentum]])


@pytest.mark.parametrize("momentum", [0.0, 0.3, 0.9])
@pytest.mark.parametrize("curvature", [-1.0, 0.0, 0.5, 10.0])
def test_factor_is_the_size_of_the_iteration(momentum, curvature):
    cases = []
    for lr in (1e-4, 0.01, 0.1, 0.19, 0.21, 0.379, 0.381, 3.0):
        factor, swings = twin.factor(lr, curvature, momentum), twin.swings(lr, curvature, momentum)
        roots = np.linalg.eigvals(iteration(lr, curvature, momentum))
        assert abs(factor) == pytest.approx(np.abs(roots).max())
        if abs(roots[0] - roots[1]) > 1e-6 and momentum:
            assert swings == (abs(roots.imag).max() > 0)
        if abs(lr * curvature - 2 * (1 + momentum)) > 1e-9 and curvature > 0:
            assert (abs(factor) > 1) == (lr > twin.limit(curvature, momentum))
        cases += [("factor", [lr, curvature, momentum], factor), ("swings", [lr, curvature, momentum], float(swings))]
    cases.append(("limit", [curvature, momentum], twin.limit(curvature, momentum)))
    compare(cases)


@pytest.mark.parametrize("angle", [0.0, 33.0])
@pytest.mark.parametrize("condition", [1.0, 10.0, 300.0])
@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.9])
def test_the_limit_parts_convergence_from_divergence(angle, condition, momentum):
    place = Place("quadratic", 10.0, condition, angle)
    most = measure(place, 1.0, 1.0, 0.1, momentum)["limit"]
    assert most == pytest.approx(2 * (1 + momentum) / 10)
    for ratio, grows in ((0.98, False), (1.02, True)):
        _, losses = descent.descend(place, 1.3, 0.7, ratio * most, momentum, 3000)
        assert (losses[-1] > losses[0]) == grows, ratio
        state = verdict(measure(place, 1.3, 0.7, ratio * most, momentum), ratio * most)
        assert (state == "over") == grows


def test_on_the_limit_it_bounces_for_ever():
    place = Place("parabola", 10.0)
    xs, losses = descent.descend(place, 1.5, 0.0, 0.2, 0.0, 501)
    np.testing.assert_allclose(np.abs(xs[:, 0]), 1.5, rtol=1e-12)
    assert verdict(measure(place, 1.5, 0.0, 0.2), 0.2) == "edge"


@pytest.mark.parametrize("lr", [0.02, 0.15, 0.19, 0.205])
@pytest.mark.parametrize("angle", [0.0, 60.0])
def test_no_loss_passes_the_bound(lr, angle):
    place = Place("quadratic", 10.0, 20.0, angle)
    _, losses = descent.descend(place, 1.3, 0.7, lr, 0.0, 80)
    most = [bound(losses[0], measure(place, 1.3, 0.7, lr), k) for k in range(81)]
    assert (losses <= np.array(most) * (1 + 1e-9)).all()
    assert losses[-1] > 1e-3 * most[-1] * (lr > 0.19)                        # and it is no idle one
    factors = [f for f in measure(place, 1.3, 0.7, lr)["factors"]]
    compare([("bound", [losses[0], factors, k], most[k]) for k in (0, 1, 7, 80)])


def test_steps_to_a_tenth():
    for size in (0.5, -0.9, 0.05, 0.0, 1.0, -1.2):
        steps = steps_to_tenth(size)
        compare([("stepsToTenth", [size], steps)])
        if steps < math.inf and abs(size) > 0.1:
            assert abs(size) ** steps == pytest.approx(0.1)
    assert steps_to_tenth(-1.2) == math.inf and steps_to_tenth(0.01) == 1


# Runs ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PRESETS)
def test_presets_in_the_browser(name):
    widget = Descent(name)
    xs, losses = widget.run()
    cases = [("descend", [PRESETS[name]], [*xs.T, losses])]
    for k in (0, 3, len(losses) - 1):
        at = {**PRESETS[name], "x": xs[k, 0], "y": xs[k, 1]}
        measured = measure(widget.place(), *xs[k], widget.lr, widget.momentum, widget.reference)
        there, state = js("measure", at)
        assert state == verdict(measured, widget.lr)
        here = np.hstack([measured[key] for key in ("at", "steep", "flat", "angle", "limit", "factors", "swings")])
        np.testing.assert_allclose(there, here, rtol=1e-10, atol=1e-12)
    compare(cases)


@pytest.mark.parametrize("name", SURFACES)
def test_runs_in_the_browser(name):
    start = js("constants")["starts"][name]
    for angle, momentum in ((0.0, 0.0), (40.0, 0.0), (-70.0, 0.5)):
        at = settings(surface=name, angle=angle, momentum=momentum, **start | {"steps": 60})
        compare([("descend", [at], [*Descent(**at).run()[0].T, Descent(**at).run()[1]])])


def test_a_run_that_diverges_ends():
    widget = Descent(lr=10.0, steps=1000)
    xs, losses = widget.run()
    assert 2 < len(losses) < 20 and losses[-1] > 1e12 and (losses[:-1] <= 1e12).all()
    compare([("descend", [settings(lr=10.0, steps=1000)], [*xs.T, losses])])


# Stories: each preset shows what its name says -----------------------------------------------------------------


def test_just_below_and_just_above():
    below, above = Descent("below").run()[1], Descent("above").run()[1]
    assert below[-1] < 1e-3 * below[0] and above[-1] > 1e3 * above[0]
    assert [Descent(n).shown()[3]["limit"] for n in ("below", "above")] == pytest.approx([0.2, 0.2])


def test_momentum_wins_in_the_ravine():
    widget = Descent("ravine")
    with_it = widget.run()[1][-1]
    place = widget.place()
    without = min(descent.descend(place, widget.x, widget.y, lr, 0.0, 200)[1][-1] for lr in np.geomspace(1e-3, 0.5, 60))
    assert with_it < 1e-3 * without, "no learning rate makes up for momentum here"


def test_stuck_on_the_ridge_until_it_is_pushed():
    assert Descent("saddle").run()[1][-1] == pytest.approx(0.25, abs=1e-6)
    assert Descent("saddle", y=0.08).run()[1][-1] < 1e-6
    assert verdict(Descent("saddle").shown()[3], 0.1) == "leaves"


def test_the_plateau_holds_the_ball_for_long():
    losses = Descent("plateau").run()[1]
    assert losses[20] > 0.99 * losses[0] and losses[-1] < 1e-12


def test_the_narrow_well_cannot_hold_the_ball():
    xs, losses = Descent("wells").run()
    assert abs(xs[0, 0] + 2) < 0.2 and xs[-1, 0] == pytest.approx(1)
    assert Descent("wells", lr=0.32).run()[0][-1, 0] == pytest.approx(-2, abs=1e-3)
    limits = [measure(Place("double_well"), x, 0.0, 0.5)["limit"] for x in (-2.0, 1.0)]
    assert limits[0] < 0.56 < limits[1] and limits == pytest.approx([1 / 3, 2 / 3])


# Words -----------------------------------------------------------------------------------------------------------


def test_words():
    sentence, *facts = js("words", PRESETS["above"], 20)
    assert "lr 0.204 is 2 % above 2/L = 0.2: each step multiplies the error by −1.04 along the steep direction, " \
           "by 0.796 along the flat one." in sentence
    assert sentence.startswith("Step 20: loss 19.4, gradient 2.5 long, 1.5 from the nearest minimum. ")
    assert facts == ["limit: 2/L = 0.2", "steep: λ 10: × −1.04; never shrinks", "flat: λ 1: × 0.796; 1/10 after 11 steps",
                     "best lr: 2/(λ₁ + λ₂) = 0.182"]
    assert "No limit at the ball, since the surface bends down" in js("words", PRESETS["plateau"], 20)[0]
    assert "2(1 + β)/L = 0.38" in js("words", PRESETS["ravine"], 20)[0]
    gone = js("words", settings(lr=10.0), len(Descent(lr=10.0).run()[1]) - 1)[0]
    assert gone.endswith("The loss has passed 10¹², so the run ends here.")
    assert js("beside", 0.21, 0.2) == "5 % above" and js("beside", 0.1, 0.2) == "50 % below"
    assert js("beside", 0.2, 0.2) == "exactly" and js("beside", 0.01, 0.2) == "0.05 times"
    assert js("times", 0.9996) == "× 0.9996" and js("times", -1.04) == "× −1.04" and js("times", 1) == "× 1"


# Scripts ---------------------------------------------------------------------------------------------------------


def printed(script):
    return [line.split() for line in output_of(script).splitlines()]


@pytest.mark.parametrize("library", ["dlnotes", "torch"])
@pytest.mark.parametrize("name", SURFACES)
def test_scripts_print_the_losses_of_the_screen(name, library):
    at = settings(surface=name, angle=35.0, momentum=0.4, condition=30.0, **js("constants")["starts"][name])
    rows = printed(js("script", at, 25, library))
    losses = js("descend", at)[2][:26]
    assert [int(step) for step, _ in rows] == list(range(26))
    np.testing.assert_allclose([float(loss) for _, loss in rows], losses, rtol=1e-6)


@pytest.mark.parametrize("library", ["dlnotes", "torch"])
@pytest.mark.parametrize("name", PRESETS)
def test_scripts_of_the_presets(name, library):
    rows = printed(js("script", PRESETS[name], 20, library))
    np.testing.assert_allclose([float(loss) for _, loss in rows], js("descend", PRESETS[name])[2][:21], rtol=1e-6)


# The Python class --------------------------------------------------------------------------------------------------


def test_bad_traits():
    for bad in (dict(lr=0.0), dict(lr=math.nan), dict(surface="hill"), dict(steps=0), dict(momentum=1.0), dict(x=9.0)):
        with pytest.raises(TraitError):
            Descent(**bad)
    with pytest.raises(TypeError, match="learning_rate"):
        Descent(learning_rate=0.1)
    with pytest.raises(ValueError, match="expected preset one of"):
        Descent("no_such")
    with pytest.raises(ValueError, match="expected surface one of"):
        Place("hill")


@pytest.mark.parametrize("name", SURFACES)
def test_still_and_description(name):
    widget = Descent(surface=name, x=0.5, y=0.4, lr=0.001, step=7)
    surface, curve = widget.still().axes
    k, loss = curve.lines[1].get_data()
    assert k[0] == 7 and loss[0] == pytest.approx(widget.run()[1][7])
    assert f"{widget.run()[1][7]:.4g}" in widget.describe() and "the limit" in widget.describe()
