"""The learning-rate widget as a reader uses it: the rate by keyboard, mouse and touch, the training, and the run as Python."""

import re

import pytest
from scripts import output_of
from visits import VIEWS, readout

PAGE = "chapters/gallery/learning-rate.html"


def rate(widget):
    return float(widget.get_by_label("learning rate (the highest), exact number").input_value())


@pytest.fixture
def opened(visit):
    def start(**options):
        page = visit(PAGE, reduced_motion="reduce", **options)
        return page, page.widget("learning_rate")
    return start


@pytest.mark.parametrize("width, scheme", VIEWS)
def test_keyboard(opened, width, scheme):
    page, widget = opened(width=width, scheme=scheme)
    grip = widget.locator(".dlw-handle")
    grip.focus()
    before = rate(widget)
    page.tab.keyboard.press("ArrowRight")
    page.tab.wait_for_timeout(80)
    assert rate(widget) == pytest.approx(before * 10**0.1, rel=0.02)
    page.tab.keyboard.press("Home")
    page.tab.wait_for_timeout(80)
    assert rate(widget) == pytest.approx(1e-4) and "0.0001" in grip.get_attribute("aria-valuetext")
    widget.get_by_role("button", name="Step", exact=True).focus()
    page.tab.keyboard.press(".")
    page.tab.wait_for_timeout(80)
    assert "Step 1, rate 0.0001" in readout(widget)


@pytest.mark.parametrize("width, scheme", VIEWS)
def test_mouse_and_touch_choose_the_rate(opened, width, scheme):
    touch = width == 360
    page, widget = opened(width=width, scheme=scheme, has_touch=touch)
    host = widget.locator(".dlw-lr-test .dlw-handle")
    host.scroll_into_view_if_needed()
    figure = widget.locator(".dlw-lr-train")
    box = figure.bounding_box()
    place = (box["x"] + 0.9 * box["width"], box["y"] + 0.3 * box["height"])
    page.tab.touchscreen.tap(*place) if touch else page.tab.mouse.click(*place)
    page.tab.wait_for_timeout(100)
    assert 200 < int(re.search(r"Step (\d+)", readout(widget))[1]) <= 300
    grip = host.bounding_box()
    x, y = grip["x"] + grip["width"] / 2, grip["y"] + grip["height"] / 2
    page.tab.mouse.move(x, y)
    page.tab.mouse.down()
    page.tab.mouse.move(x + 60, y, steps=3)
    page.tab.mouse.up()
    page.tab.wait_for_timeout(100)
    assert rate(widget) > 0.8


def test_too_large_a_rate_is_named(opened):
    page, widget = opened()
    widget.get_by_role("button", name="Too large").click()
    page.tab.wait_for_timeout(200)
    assert "too large" in readout(widget) or "lost" in readout(widget)
    widget.get_by_role("button", name="A good rate").click()
    page.tab.wait_for_timeout(200)
    good = float(re.search(r"training loss (\S+),", readout(widget))[1])
    widget.get_by_role("button", name="Too small").click()
    page.tab.wait_for_timeout(200)
    assert good < 0.1 < float(re.search(r"training loss (\S+),", readout(widget))[1])


@pytest.mark.parametrize("library", ["dlnotes", "torch"])
def test_the_run_as_python_prints_the_losses_on_the_screen(opened, library):
    page, widget = opened(permissions=["clipboard-read", "clipboard-write"])
    widget.get_by_role("button", name="1cycle").click()
    page.tab.wait_for_timeout(200)
    widget.get_by_text("This run as Python").click()
    script = page.copied(widget, f"Copy as Python ({library})")
    seen = re.search(r"training loss (\S+), test (\S+)\. ", readout(widget)).groups()
    printed = re.findall(r"loss +(\S+)", output_of(script))
    assert [float(number) for number in printed] == pytest.approx([float(number) for number in seen], abs=6e-4)
