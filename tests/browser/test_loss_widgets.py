"""The widgets of the losses chapter as a reader uses them: keyboard, mouse, touch; wide, phone; light, dark."""

import re

import pytest
from visits import VIEWS, open_state

from dlnotes.widgets import logit_sliders, outlier_regression
from dlnotes.widgets.outlier_regression import OutlierRegression

PAGE = "chapters/foundations/losses.html?widgets"


def readout(widget):
    return widget.locator(".dlw-readout").first.inner_text().replace("\N{MINUS SIGN}", "-")


def put(opened, widget, **traits):
    """Set traits through the page's own link."""
    open_state(opened, widget, **traits)
    opened.tab.wait_for_timeout(150)


def expect_line(widget, name, x, y):
    """The sentence gives the line that numpy fits with the dragged point at (x, y)."""
    said = re.search(r"y = (-?[\d.]+) x ([+-]) ([\d.]+)", readout(widget))
    a, b = OutlierRegression(outlier_x=x, outlier_y=y).line(name)
    assert float(said[1]) == pytest.approx(a, abs=6e-3), readout(widget)
    assert float(said[2] + said[3]) == pytest.approx(b, abs=6e-3), readout(widget)


def place(widget):
    """Where the dragged point is, as its number entries say."""
    entry = lambda axis: widget.get_by_label(f"{axis} of the dragged point, exact number")      # noqa: E731
    return float(entry("x").input_value()), float(entry("y").input_value())


@pytest.fixture
def outlier(visit):
    def start(**options):
        opened = visit(PAGE, **options)
        widget = opened.widget("outlier_regression")
        put(opened, widget, outlier_x=8, outlier_y=12, focus="huber", seed=0, scale=0.5)
        return opened, widget
    return start


@pytest.fixture
def logits(visit):
    def start(**options):
        opened = visit(PAGE, **options)
        widget = opened.widget("logit_sliders")
        put(opened, widget, logits="2,1,0,-1", target=0, temperature=1, double="false")
        return opened, widget
    return start


@pytest.mark.parametrize("width, scheme", VIEWS)
def test_outlier_by_keyboard(outlier, width, scheme):
    opened, widget = outlier(width=width, scheme=scheme)
    expect_line(widget, "huber", 8.0, 12.0)
    grip = widget.locator(".dlw-handle")
    grip.focus()
    for key, at in (("ArrowRight", (8.4, 12.0)), ("ArrowDown", (8.4, 11.64)), ("End", (20.0, 11.64)),
                    ("PageDown", (20.0, 8.04)), ("Home", (0.0, 8.04))):
        opened.tab.keyboard.press(key)
        opened.tab.wait_for_timeout(80)
        assert place(widget) == pytest.approx(at, abs=1e-6)
        expect_line(widget, "huber", *at)
    assert grip.get_attribute("aria-valuetext") == "x = 0.00, y = 8.04"


@pytest.mark.parametrize("width, scheme", VIEWS)
def test_outlier_by_mouse(outlier, width, scheme):
    opened, widget = outlier(width=width, scheme=scheme)
    grip = widget.locator(".dlw-handle")
    grip.scroll_into_view_if_needed()
    box = grip.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    opened.tab.mouse.move(x, y)
    opened.tab.mouse.down()
    opened.tab.mouse.move(x + 40, y + 60, steps=4)
    opened.tab.mouse.up()
    opened.tab.wait_for_timeout(100)
    at = place(widget)
    assert at[0] > 9 and at[1] < 11
    expect_line(widget, "huber", *at)


@pytest.mark.parametrize("width", [1280, 360])
def test_outlier_by_touch(outlier, width):
    opened, widget = outlier(width=width, has_touch=True)
    for name in ("Far off, at the edge", "Far off, in the middle"):
        widget.get_by_role("button", name=name).tap()
        opened.tab.wait_for_timeout(100)
        expect_line(widget, "huber", *place(widget))
    widget.get_by_role("button", name="squared: speak of it").tap()
    opened.tab.wait_for_timeout(100)
    expect_line(widget, "squared", *place(widget))
    small = widget.locator("button:visible, select:visible, input[type=number]:visible").evaluate_all(
        "nodes => nodes.map(n => [n.textContent || n.ariaLabel, n.getBoundingClientRect().height])"
        ".filter(([, h]) => h < 43.5)")
    assert not small, f"touch targets below 44 px: {small}"


def test_two_best_lines_for_tukey(outlier):
    opened, widget = outlier()
    widget.get_by_role("button", name="Two best lines for Tukey").click()
    slopes = []
    for start in ("squared error", "absolute error"):
        widget.get_by_label("step-by-step fits start from the line of").select_option(label=start)
        opened.tab.wait_for_timeout(100)
        slopes.append(float(re.search(r"biweight loss: y = ([\d.]+) x", readout(widget))[1]))
    trap = dict(seed=5, outlier_x=20.0, outlier_y=14.0)
    expected = [OutlierRegression(start=start, **trap).line("tukey")[0] for start in ("squared", "absolute")]
    assert slopes == pytest.approx(expected, abs=6e-3) and slopes[0] > slopes[1] + 0.05


def test_losses_are_hidden_and_shown_but_one_stays(outlier):
    opened, widget = outlier()
    put(opened, widget, losses="squared,huber")
    widget.get_by_role("button", name="Hide squared").click()
    opened.tab.wait_for_timeout(80)
    assert widget.get_by_role("button", name="Hide Huber").is_disabled()
    widget.get_by_role("button", name="Show general").click()
    opened.tab.wait_for_timeout(80)
    assert widget.get_by_label("α, shape of the general loss", exact=True).is_visible()


def test_bad_links_are_kept_out(outlier, logits):
    opened, widget = outlier()
    put(opened, widget, outlier_x="NaN", outlier_y="1e9", losses="<script>,l3", scale="-1", seed="0.5")
    expect_line(widget, "huber", 8.0, 12.0)
    opened, widget = logits()
    put(opened, widget, logits="NaN,1", target="7", temperature="0", double="perhaps")
    assert "loss 0.440" in readout(widget)
    put(opened, widget, logits="1,2", target="3")
    assert "loss 0.440" in readout(widget)


def expect_logits(widget, z, target=0, temperature=1.0, double=False):
    said = re.search(r"probability ([\d.]+)( × 10\S+)?: loss ([\d.]+)( × 10)?", readout(widget))
    p = logit_sliders.probabilities(z, temperature, double)[target]
    wanted = logit_sliders.loss(z, target, temperature, double)
    for number, tiny, value in ((said[1], said[2], p), (said[3], said[4], wanted)):
        if tiny:                                   # what is tiny is written as a power of ten
            assert value < 5e-4
        else:
            assert float(number.rstrip(".")) == pytest.approx(value, abs=6e-4), readout(widget)


@pytest.mark.parametrize("width, scheme", VIEWS)
def test_logits_by_keyboard(logits, width, scheme):
    opened, widget = logits(width=width, scheme=scheme)
    expect_logits(widget, [2, 1, 0, -1])
    widget.locator(".dlw-handle").focus()
    for key, z in (("ArrowRight", 2.1), ("Home", -10.0), ("End", 10.0)):
        opened.tab.keyboard.press(key)
        opened.tab.wait_for_timeout(80)
        now = float(widget.get_by_label("logit of A, exact number").input_value())
        assert now == pytest.approx(z, abs=0.11)
        expect_logits(widget, [now, 1, 0, -1])
    widget.get_by_label("Take the softmax twice").check()
    opened.tab.wait_for_timeout(80)
    expect_logits(widget, [10, 1, 0, -1], double=True)
    assert f"never falls below {logit_sliders.floor(4):.3f}" in readout(widget)


@pytest.mark.parametrize("width", [1280, 360])
def test_logits_by_mouse_and_touch(logits, width):
    opened, widget = logits(width=width, has_touch=width == 360)
    figure = widget.locator(".dlw-logits-curve")
    figure.scroll_into_view_if_needed()
    box = figure.bounding_box()
    at = (box["x"] + 0.3 * box["width"], box["y"] + 0.5 * box["height"])
    opened.tab.touchscreen.tap(*at) if width == 360 else opened.tab.mouse.click(*at)
    opened.tab.wait_for_timeout(100)
    z = float(widget.get_by_label("logit of A, exact number").input_value())
    assert z < 0
    expect_logits(widget, [z, 1, 0, -1])


def test_gradient_steps_are_those_of_numpy(logits):
    opened, widget = logits()
    widget.get_by_role("button", name="One gradient step").click()
    opened.tab.wait_for_timeout(100)
    expect_logits(widget, logit_sliders.descend([2, 1, 0, -1], 0))
    put(opened, widget, logits="-2,4,0,-1", temperature=2, lr=0.5)
    widget.get_by_role("button", name="100 steps").click()
    opened.tab.wait_for_timeout(100)
    expect_logits(widget, logit_sliders.descend([-2, 4, 0, -1], 0, 2.0, lr=0.5, steps=100), temperature=2.0)


def test_fewer_classes_keep_a_right_class(logits):
    opened, widget = logits()
    put(opened, widget, target=3)
    widget.get_by_label("classes", exact=True).select_option(label="2")
    opened.tab.wait_for_timeout(100)
    assert readout(widget).startswith("The right class B")
    expect_logits(widget, [2, 1], target=1)


def test_constants_of_the_test_are_those_of_the_widget():
    assert outlier_regression.X_RANGE == (0.0, 20.0) and outlier_regression.Y_RANGE == (-4.0, 14.0)
