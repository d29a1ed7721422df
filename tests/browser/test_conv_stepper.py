"""The convolution stepper in a browser: what it says is what numpy computes, by mouse, finger and keyboard."""

import re

import numpy as np
import pytest
from visits import VIEWS, set_traits, trait

from dlnotes.widgets.conv_stepper import KERNELS, ConvStepper, pictures

PAGE = "chapters/gallery/convolution.html"


def put(opened, widget, **traits):
    set_traits(widget, **traits)
    opened.tab.wait_for_timeout(120)


def said(widget):
    """(position, row, column, sum, size of the result) as read out."""
    words = widget.locator(".dlw-readout").first.inner_text().replace("\N{MINUS SIGN}", "-")
    found = re.search(r"Position (\d+), row (\d+), column (\d+) .* add up to (\S+)\. .*rounded down, = (\d+)\.", words)
    assert found, words
    return [float(v) for v in found.groups()]


@pytest.fixture
def stepper(visit):
    def start(**options):
        opened = visit(PAGE, **{"reduced_motion": "reduce", **options})
        widget = opened.widget("conv_stepper")
        widget.locator(".dlw-cv-in").scroll_into_view_if_needed()
        opened.tab.wait_for_timeout(150)
        return opened, widget
    return start


@pytest.mark.parametrize("how", [dict(), dict(stride=2, padding=1), dict(padding=2, dilation=2, flip=True), dict(stride=3, dilation=3)])
def test_readout_is_what_numpy_computes(stepper, how):
    opened, widget = stepper()
    for name, picture, step in (("edge_top", "coins", 37), ("gabor_45", "camera", 20), ("one_by_one", "digit", 3)):
        kernel = np.ravel(KERNELS[name]).tolist()
        put(opened, widget, stride=1, padding=0, dilation=1, flip=False)
        put(opened, widget, kernel=kernel, picture=picture, step=step, **how)
        Y = ConvStepper(kernel=kernel, picture=picture, **how).result()
        at = min(step, Y.size - 1)
        assert said(widget) == pytest.approx([at, at // len(Y), at % len(Y), Y.ravel()[at], len(Y)], abs=6e-3), (name, how)


@pytest.mark.parametrize("width, scheme", VIEWS)
def test_the_window_follows_mouse_and_keys(stepper, width, scheme):
    opened, widget = stepper(width=width, scheme=scheme)
    out, picture = widget.locator(".dlw-cv-out"), widget.locator(".dlw-cv-in")
    box = out.bounding_box()
    opened.tab.mouse.click(box["x"] + box["width"] * (4.5 / 32), box["y"] + box["height"] * (2.5 / 32))
    opened.tab.wait_for_timeout(120)
    assert said(widget)[:3] == [68, 2, 4]
    out.focus()
    for key, place in (("ArrowRight", 69), ("ArrowDown", 101), ("ArrowLeft", 100), ("ArrowUp", 68), (".", 69), ("r", 0)):
        opened.tab.keyboard.press(key)
        opened.tab.wait_for_timeout(80)
        assert trait(widget, "step") == place, key
    box = picture.bounding_box()
    opened.tab.mouse.click(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.5)
    opened.tab.wait_for_timeout(120)
    assert said(widget)[1:3] == [16, 16] or said(widget)[1:3] == [15, 15]


@pytest.mark.parametrize("touch", [False, True])
def test_a_drawing_by_hand(stepper, touch):
    opened, widget = stepper(width=360 if touch else 1280, has_touch=touch)
    put(opened, widget, picture="own", padding=0, kernel=[1.0], step=0)
    box = widget.locator(".dlw-cv-in").bounding_box()
    at = lambda row, column: (box["x"] + (column + 0.5) / 12 * box["width"], box["y"] + (row + 0.5) / 12 * box["height"])
    if touch:
        assert widget.locator(".dlw-cv-in").evaluate("f => getComputedStyle(f).touchAction") == "none"
        opened.tab.touchscreen.tap(*at(3, 5))
        want = [(3, 5)]
    else:
        opened.tab.mouse.move(*at(3, 5))
        opened.tab.mouse.down()
        opened.tab.mouse.move(*at(3, 8), steps=20)
        opened.tab.mouse.up()
        want = [(3, c) for c in range(5, 9)]
    opened.tab.wait_for_timeout(150)
    drawn = np.array(trait(widget, "pixels")).reshape(12, 12)
    assert sorted(map(tuple, np.argwhere(drawn).tolist())) == want
    widget.locator(".dlw-cv-out").focus()
    put(opened, widget, step=0)
    opened.tab.keyboard.press("Space")
    opened.tab.wait_for_timeout(120)
    assert trait(widget, "pixels")[0] == 1 and said(widget)[3] == 1
    widget.get_by_role("button", name="Empty the drawing").click()
    assert not any(trait(widget, "pixels"))


def test_only_a_drawing_can_be_emptied(stepper):
    opened, widget = stepper()
    empty = widget.get_by_role("button", name="Empty the drawing")
    for picture in ("camera", "coins", "digit", "bars", "own"):
        put(opened, widget, picture=picture)
        assert empty.is_visible() == (picture == "own"), picture


def test_kernels_are_chosen_and_typed(stepper):
    opened, widget = stepper()
    widget.get_by_label("kernel", exact=True).select_option(label="shift by one")
    opened.tab.wait_for_timeout(120)
    assert trait(widget, "kernel") == np.ravel(KERNELS["shift"]).tolist()
    put(opened, widget, picture="digit", padding=1, step=9)
    X = pictures()["digit"]
    assert said(widget)[3] == pytest.approx(X[1, 0], abs=6e-3)
    widget.get_by_label("turn the kernel first").check()
    opened.tab.wait_for_timeout(120)
    assert said(widget)[3] == pytest.approx(X[1, 2], abs=6e-3)
    widget.get_by_text("Change the numbers of the kernel").click()
    number = widget.get_by_label("kernel, number 5", exact=True)
    number.fill("2.5")
    number.press("Enter")
    widget.get_by_label("size of the kernel").select_option(label="5 × 5")
    opened.tab.wait_for_timeout(120)
    kernel = np.reshape(trait(widget, "kernel"), (5, 5))
    assert kernel[2, 2] == 2.5 and kernel[2, 1] == 1 and kernel.sum() == 3.5


def test_links_bring_the_state_and_keep_nonsense_out(stepper, visit):
    opened, widget = stepper()
    put(opened, widget, picture="coins", stride=2, step=31, kernel=[0.5] * 9)
    words = widget.locator(".dlw-readout").first.inner_text()
    widget.get_by_role("button", name="Copy link").click()
    opened.tab.wait_for_timeout(200)
    again = visit(opened.tab.url.removeprefix(opened.address + "/"), reduced_motion="reduce")
    other = again.widget("conv_stepper")
    again.tab.wait_for_timeout(300)
    assert other.locator(".dlw-readout").first.inner_text() == words
    for bad in ("kernel=1,2,3", "kernel=9", "picture=cat&stride=9", "pixels=1", "step=-4&padding=1e9"):
        again.tab.goto(again.tab.url.split("#")[0] + f"#dlw=0&{bad}")
        again.tab.wait_for_timeout(100)
    assert other.locator(".dlw-readout").first.inner_text() == words


def test_hostile_traits_and_missing_pictures_are_survived(stepper):
    opened, widget = stepper()
    for traits in ({"kernel": [1, 2]}, {"kernel": None}, {"kernel": ["a"]}, {"pixels": []}, {"carried": None}, {"picture": "toString"},
                   {"stride": 0}, {"padding": 1e9}, {"dilation": None}, {"step": 1e12}, {"step": -3}, {"learned": "abc"}):
        put(opened, widget, **traits)
        assert "NaN" not in widget.locator(".dlw-readout").first.inner_text(), traits
    assert not opened.complaints
