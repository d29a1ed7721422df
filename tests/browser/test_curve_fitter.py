"""The curve fitter in a browser: curves drawn by mouse, finger and keyboard, and units that add up to them as numpy says."""

import re

import numpy as np
import pytest
from visits import VIEWS, set_traits, trait

from dlnotes.widgets import curve_fitter as fitter
from dlnotes.widgets.curve_fitter import CURVES, CurveFitter

PAGE = "chapters/foundations/mlp.html?widgets"
X = fitter.places()


def put(opened, widget, **traits):
    set_traits(widget, **traits)
    opened.tab.wait_for_timeout(150)


def readout(widget):
    return widget.locator(".dlw-readout").first.inner_text().replace("\N{MINUS SIGN}", "-").replace("\xa0", " ")


def numbers(widget):
    """Root mean square, largest gap, its place, and the fit at -3 and 3, as read out; tiny ones stand as 2.1 × 10⁻⁴."""
    powers = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
    words = re.sub(r" × 10(\S+?)([;. ])", lambda m: f"e{m[1].translate(powers)}{m[2]}", readout(widget))
    if "The fit is exact" in words:                                 # then there is no largest gap to name
        return [0.0, 0.0, 0.0, *map(float, re.search(r": (\S+) at x = -3, (\S+) at x = 3\.", words).groups())]
    found = re.search(r"square\) (\S+); the largest gap is (\S+) at x = (\S+)\. .*: (\S+) at x = -3, (\S+) at x = 3\.", words)
    return [float(n) for n in found.groups()]


def expected(**traits):
    """The same numbers from the Python twin."""
    twin = CurveFitter(**traits)
    params, activation, _ = twin.shown()
    y_hat = fitter.forward(params, X, activation)[1]
    return [*fitter.errors(y_hat, twin.curve), *fitter.forward(params, np.array([-3.0, 3.0]), activation)[1]]


def settle(opened):
    opened.tab.wait_for_timeout(150)


def on_picture(widget, x, y):
    """The pixel of (x, y) in the upper picture: its panel leaves 40, 28, 10 and 42 pixels at the sides."""
    box = widget.locator(".dlw-curve-fit").bounding_box()
    px = box["x"] + 40 + (x + 3) / 6 * (box["width"] - 50)
    return px, box["y"] + 28 + (2.2 - y) / 4.4 * (box["height"] - 70)


@pytest.fixture
def fit(visit):
    def start(**options):
        opened = visit(PAGE, **{"reduced_motion": "reduce", **options})
        widget = opened.widget("curve_fitter")
        widget.locator(".dlw-curve-fit").scroll_into_view_if_needed()
        put(opened, widget, units=4)                # the answer to the chapter's question; the page opens with one
        settle(opened)
        return opened, widget
    return start


@pytest.mark.parametrize("activation, units, step", [("relu", 6, 400), ("tanh", 3, 250), ("rbf", 9, 120), ("step", 5, 60)])
def test_readout_is_what_numpy_computes(fit, activation, units, step):
    opened, widget = fit()
    curve = CURVES["bump"](X).tolist()
    for mode in ("train", "build", "tune"):
        put(opened, widget, curve=curve, activation=activation, units=units, step=step, mode=mode, seed=5, lr=0.03)
        want = expected(preset="bump", activation=activation, units=units, step=step, mode=mode, seed=5, lr=0.03)
        seen = numbers(widget)
        if mode == "build":      # bump and fit are even: rounding decides on which side the gap is larger
            seen[2], want[2] = abs(seen[2]), abs(want[2])
        assert seen == pytest.approx(want, abs=6e-3), mode
    assert (opened.tab.locator(".dlw-curve-time").is_visible())


def test_four_units_built_by_hand_write_the_letter_m(fit):
    """The chapter's question: training leaves a large error, the construction none; each step adds a unit."""
    opened, widget = fit()
    widget.get_by_role("button", name="Train", exact=True).click()
    settle(opened)
    assert numbers(widget)[0] > 0.2
    widget.get_by_role("button", name="Build by hand").click()
    settle(opened)
    assert readout(widget).startswith("4 of 4 ReLU units built by hand") and numbers(widget)[0] == 0
    assert not widget.locator(".dlw-curve-time").is_visible()
    widget.get_by_role("button", name="Reset").click()
    settle(opened)
    assert readout(widget).startswith("0 of 4")
    before = numbers(widget)[0]
    for k in (1, 2):
        widget.get_by_role("button", name="Step", exact=True).click()
        settle(opened)
        assert readout(widget).startswith(f"{k} of 4")
    assert numbers(widget)[0] != before
    assert trait(widget, "speed") == 1
    widget.get_by_role("button", name="Play").click()
    opened.tab.wait_for_timeout(2800)
    assert trait(widget, "step") == 4                               # one unit a second


@pytest.mark.parametrize("width, scheme", VIEWS)
def test_drawing_with_the_mouse(fit, width, scheme):
    opened, widget = fit(width=width, scheme=scheme)
    widget.get_by_role("button", name="Build by hand").click()
    settle(opened)
    mouse = opened.tab.mouse
    mouse.move(*on_picture(widget, -2, 1.2))
    mouse.down()
    mouse.move(*on_picture(widget, 0, -0.8), steps=12)
    mouse.move(*on_picture(widget, 2.4, 1.2), steps=12)
    mouse.up()
    settle(opened)
    drawn = np.array(trait(widget, "curve"))
    want = np.where(X < 0, -0.8 - X, -0.8 + X / 1.2)
    assert np.abs(drawn - want).max() < 0.1 and len(drawn) == 41
    assert widget.get_by_label("curve (or draw your own)").evaluate("s => s.selectedOptions[0].text") == "your own drawing"
    assert numbers(widget) == pytest.approx(expected(curve=drawn.tolist(), mode="build", units=4, step=4), abs=6e-3)
    mouse.click(*on_picture(widget, 1, -1.2))                       # a click lifts the nearest of the nine points
    settle(opened)
    assert trait(widget, "curve")[30] == pytest.approx(-1.2, abs=0.05)


@pytest.mark.parametrize("width, scheme", VIEWS)
def test_drawing_with_a_finger(fit, width, scheme):
    opened, widget = fit(width=width, scheme=scheme, has_touch=True, is_mobile=width == 360)
    figure = widget.locator(".dlw-curve-fit")
    assert figure.evaluate("f => getComputedStyle(f).touchAction") == "none"
    x, y = on_picture(widget, -1, 1.3)
    opened.tab.touchscreen.tap(x, y)
    settle(opened)
    assert trait(widget, "curve")[10] == pytest.approx(1.3, abs=0.06)
    session = opened.context.new_cdp_session(opened.tab)
    def touch(kind, *place):
        points = [{"x": place[0], "y": place[1]}] if place else []
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    top = opened.tab.evaluate("scrollY")
    touch("touchStart", *on_picture(widget, -1.5, 0))
    for at in np.linspace(-1.5, 1.5, 16):
        touch("touchMove", *on_picture(widget, at, -0.6))
    touch("touchEnd")
    settle(opened)
    assert np.abs(np.array(trait(widget, "curve"))[7:34] + 0.6).max() < 0.1
    assert opened.tab.evaluate("scrollY") == top, "a drawing finger must not scroll the page"
    small = widget.locator("button:visible, select:visible, input[type=number]:visible").evaluate_all(
        "nodes => nodes.map(n => [n.textContent || n.ariaLabel, n.getBoundingClientRect().height]).filter(([, h]) => h < 43.5)")
    assert not small, f"touch targets below 44 px: {small}"
    assert opened.tab.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("width, scheme", VIEWS)
def test_drawing_with_the_keyboard(fit, width, scheme):
    opened, widget = fit(width=width, scheme=scheme)
    put(opened, widget, curve=[0.0] * 41)
    grip, press = widget.locator(".dlw-handle"), opened.tab.keyboard.press
    grip.focus()
    for key, say in [("Home", "point 1 of 9 at x = -2.0, height 0.00"), ("ArrowRight", "point 2 of 9"), ("ArrowUp", "height 0.10"),
                     ("PageUp", "height 0.60"), ("Shift+ArrowDown", "height 0.58"), ("End", "point 9 of 9 at x = 2.0")]:
        press(key)
        settle(opened)
        assert say in grip.get_attribute("aria-valuetext").replace("\N{MINUS SIGN}", "-"), key
    hat = 0.58 * np.maximum(0, 1 - np.abs(np.arange(41) - 5) / 5)
    np.testing.assert_allclose(trait(widget, "curve"), hat, atol=3e-3)
    assert trait(widget, "step") == 1000                           # with less motion the run is shown at its end
    for key, step in ((",", 999), (".", 1000), ("r", 0), (".", 1)):
        press(key)
        settle(opened)
        assert trait(widget, "step") == step and readout(widget).startswith(f"Step {step}:")


def test_drawing_starts_the_run_for_those_who_like_motion(fit):
    opened, widget = fit(reduced_motion="no-preference")
    opened.tab.mouse.click(*on_picture(widget, 0, 1))
    opened.tab.wait_for_timeout(700)
    first = trait(widget, "step")
    assert 3 < first < 600
    widget.get_by_role("button", name="Pause").click()
    settle(opened)
    stopped = trait(widget, "step")
    opened.tab.wait_for_timeout(300)
    assert trait(widget, "step") == stopped


def test_rewinding_shows_the_same_words(fit):
    opened, widget = fit()
    put(opened, widget, units=12, activation="tanh", step=300)
    seen = readout(widget)
    put(opened, widget, step=900)
    put(opened, widget, step=37)
    assert readout(widget) != seen
    put(opened, widget, step=300)
    assert readout(widget) == seen


@pytest.mark.parametrize("width", [1280, 360])
def test_pieces_are_picked_by_click_and_by_slider(fit, width):
    opened, widget = fit(width=width)
    put(opened, widget, mode="build", units=4, step=4, unit=0, curve=CURVES["letter_m"](X).tolist())
    card = widget.locator(".dlw-card").last
    assert card.inner_text().replace("\N{MINUS SIGN}", "-") == "Unit 1: 2.00 · ReLU(1.00 x + 2.00). It bends at x = -2.00."
    figure = widget.locator(".dlw-curve-pieces")
    figure.scroll_into_view_if_needed()
    box = figure.bounding_box()
    # Unit 3 is 3 max(0, x): at x = 0.5 it is 1.5, far from the others (5, -4.5 and 0); the scale goes from -16 to 16.
    params = fitter.build_params(CURVES["letter_m"](X), 4, [-1, 0, 1], 4)
    reach = 2 ** np.ceil(np.log2(np.abs(fitter.forward(params, X, "relu")[0]).max()))
    px = box["x"] + 40 + 3.5 / 6 * (box["width"] - 50)
    py = box["y"] + 28 + (reach - 1.5) / (2 * reach) * (box["height"] - 70)
    opened.tab.mouse.click(px, py)
    settle(opened)
    assert trait(widget, "unit") == 2 and card.inner_text().startswith("Unit 3: 3.00 · ReLU(1.00 x")
    number = widget.get_by_label("picked unit, exact number")
    number.fill("4")
    number.press("Enter")
    settle(opened)
    assert trait(widget, "unit") == 3 and card.inner_text().startswith("Unit 4:")


def test_a_bend_moved_by_hand(fit):
    opened, widget = fit()
    put(opened, widget, mode="build", units=4, step=4, unit=1)
    bend = widget.get_by_label("bend of the picked unit, x, exact number")
    bend.fill("-0.5")
    bend.press("Enter")
    settle(opened)
    assert trait(widget, "knots") == pytest.approx([-0.5, 0, 1])
    want = expected(preset="letter_m", mode="build", units=4, step=4, knots=[-0.5, 0.0, 1.0])
    assert numbers(widget) == pytest.approx(want, abs=6e-3) and want[0] > 0.1
    bend.fill("5")                                                  # as far as the next bend allows
    bend.press("Enter")
    settle(opened)
    assert trait(widget, "knots")[0] == pytest.approx(-0.05)
    put(opened, widget, unit=0)
    assert not bend.is_visible()


def test_links_bring_a_drawing_and_keep_nonsense_out(fit, visit):
    opened, widget = fit()
    put(opened, widget, curve=np.round(np.cos(X), 3).tolist(), mode="build", units=3, step=2, knots=[-0.4, 0.7])
    seen = readout(widget)
    widget.get_by_role("button", name="Copy link").click()
    settle(opened)
    again = visit(opened.tab.url.removeprefix(opened.address + "/"), reduced_motion="reduce")
    other = again.widget("curve_fitter")
    again.tab.wait_for_timeout(300)
    assert readout(other) == seen and trait(other, "knots") == [-0.4, 0.7]
    for bad in ("curve=1,2,3", "curve=" + ",".join(["9"] * 41), "units=99&mode=win&lr=0", "knots=0.9,0.1", "unit=-1&step=1e9"):
        again.tab.goto(again.tab.url.split("#")[0] + f"#dlw=0&{bad}")
        again.tab.wait_for_timeout(120)
    assert trait(other, "units") == 3 and trait(other, "mode") == "build" and len(trait(other, "curve")) == 41
    assert numbers(other)[0] >= 0


def test_hostile_traits_are_survived(fit):
    """What a broken kernel might send: the picture falls back on something that can be drawn."""
    opened, widget = fit()
    for traits in ({"curve": [1]}, {"curve": None}, {"curve": ["a"] * 41}, {"units": 1e9}, {"units": -3}, {"units": 2.5},
                   {"knots": "abc"}, {"knots": [float(9)] * 3}, {"lr": 0}, {"lr": 1e300}, {"mode": 7}, {"activation": "toString"},
                   {"unit": 99}, {"step": -5}, {"step": 1e12}, {"steps": 0}, {"seed": -4}):
        put(opened, widget, **traits)
        assert len(numbers(widget)) == 5, traits
    assert not opened.complaints
