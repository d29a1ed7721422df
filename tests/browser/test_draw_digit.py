"""The digit pad in a browser: digits drawn by mouse, finger and keyboard are recognised, and every number is the network's own."""

import base64
import re

import numpy as np
import pytest
from visits import VIEWS, set_traits, trait

from dlnotes import strokes
from dlnotes.widgets import draw_digit as pad
from dlnotes.widgets.weights import unpack

PAGE = "chapters/images/cnn.html?widgets"
FORMS = {      # ways to draw that are neither in dlnotes.strokes nor in the chapter: each a list of strokes
    0: [[(32, 14), (22, 20), (18, 34), (24, 50), (36, 54), (46, 42), (44, 24), (34, 14)]], 1: [[(34, 8), (32, 58)]],
    2: [[(18, 18), (28, 8), (42, 12), (42, 26), (22, 48), (16, 57), (50, 57)]],
    3: [[(18, 10), (44, 10), (30, 28), (46, 38), (42, 54), (20, 56)]],
    4: [[(22, 8), (18, 32), (46, 32)], [(42, 12), (40, 58)]],
    5: [[(44, 8), (22, 8), (20, 28), (38, 28), (46, 42), (36, 56), (18, 54)]],
    6: [[(38, 6), (22, 26), (18, 46), (30, 58), (44, 50), (40, 38), (26, 36), (19, 44)]],
    7: [[(16, 10), (48, 10), (30, 58)]],
    8: [[(42, 16), (30, 8), (20, 18), (42, 40), (44, 52), (30, 58), (18, 50), (40, 24), (42, 16)]],
    9: [[(44, 20), (32, 10), (20, 20), (28, 32), (44, 22), (42, 58)]],
}


def put(opened, widget, **traits):
    set_traits(widget, **traits)
    opened.tab.wait_for_timeout(120)


def carried(widget):
    """The weights of the page, as numpy arrays."""
    text = widget.evaluate("""w => { const v = w.closest('.dlw-host').model.get('weights');
        return btoa(String.fromCharCode(...new Uint8Array(v.buffer, v.byteOffset, v.byteLength))); }""")
    return unpack(base64.b64decode(text))


def said(widget):
    """(digit, probability) as read out."""
    words = widget.locator(".dlw-readout").first.inner_text()
    found = re.search(r"says (\d), with probability (\S+);", words)
    assert found, words
    return int(found[1]), float(found[2].lstrip(">"))


@pytest.fixture
def sheet(visit):
    def start(**options):
        opened = visit(PAGE, **{"reduced_motion": "reduce", **options})
        widget = opened.widget("draw_digit")
        widget.locator(".dlw-dd-pad").scroll_into_view_if_needed()
        opened.tab.wait_for_timeout(200)
        return opened, widget
    return start


def draw(opened, widget, form):
    widget.get_by_role("button", name="Clear").click()
    widget.locator(".dlw-dd-pad").scroll_into_view_if_needed()
    box = widget.locator(".dlw-dd-pad").bounding_box()
    at = lambda x, y: (box["x"] + (x + 0.5) / 64 * box["width"], box["y"] + (y + 0.5) / 64 * box["height"])
    for stroke in form:
        opened.tab.mouse.move(*at(*stroke[0]))
        opened.tab.mouse.down()
        for point in stroke[1:]:
            opened.tab.mouse.move(*at(*point), steps=5)
        opened.tab.mouse.up()
    opened.tab.wait_for_timeout(150)


@pytest.mark.parametrize("width", [1280, 360])
def test_digits_drawn_by_mouse_are_recognised(sheet, width):
    opened, widget = sheet(width=width)
    seen = {}
    for digit, form in FORMS.items():
        draw(opened, widget, form)
        seen[digit] = said(widget)[0]
    assert sum(seen[d] == d for d in FORMS) >= 9, seen


def test_readout_is_what_numpy_computes_with_the_pages_weights(sheet):
    opened, widget = sheet()
    arrays = carried(widget)
    for fit in (True, False):
        for _, form in strokes.FORMS[::4]:
            put(opened, widget, strokes=strokes.pack(form), fit=fit, example=-1)
            X = strokes.counts(strokes.bitmap(strokes.unpack(strokes.pack(form)), fit)) / 16
            p = pad.softmax(pad.forward(arrays, X[None, None])["scores"][0])
            digit, share = said(widget)
            assert digit == p.argmax() and share == pytest.approx(min(p.max(), 0.99), abs=0.011)
    right = 0
    for i in range(12):
        put(opened, widget, example=i)
        p = pad.softmax(pad.forward(arrays, np.rint(arrays["X"][i]).reshape(1, 1, 8, 8) / 16)["scores"][0])
        assert said(widget)[0] == p.argmax()
        right += p.argmax() == np.rint(arrays["y"][i])
        assert re.search(r"It is (one|a \d)\.", widget.locator(".dlw-readout").first.inner_text())
    assert right >= 9


def test_a_finger_draws_and_does_not_scroll(sheet):
    opened, widget = sheet(width=360, has_touch=True, is_mobile=True)
    widget.get_by_role("button", name="Clear").tap()
    widget.locator(".dlw-dd-pad").scroll_into_view_if_needed()
    assert "pad is empty" in widget.locator(".dlw-readout").first.inner_text()
    session, box, top = opened.context.new_cdp_session(opened.tab), widget.locator(".dlw-dd-pad").bounding_box(), opened.tab.evaluate("scrollY")
    def touch(kind, *place):
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": place[0], "y": place[1]}] if place else []})
    x = box["x"] + box["width"] / 2
    touch("touchStart", x, box["y"] + 15)
    for y in np.linspace(15, box["height"] - 15, 12):
        touch("touchMove", x, box["y"] + y)
    touch("touchEnd")
    opened.tab.wait_for_timeout(200)
    assert said(widget)[0] == 1 and opened.tab.evaluate("scrollY") == top


@pytest.mark.parametrize("width, scheme", VIEWS)
def test_drawing_by_keyboard(sheet, width, scheme):
    opened, widget = sheet(width=width, scheme=scheme)
    widget.get_by_role("button", name="Clear").click()
    widget.locator(".dlw-dd-pad").focus()
    press = opened.tab.keyboard.press
    for key in ["ArrowUp"] * 6 + ["Space"] + ["ArrowDown"] * 12 + ["Space"]:
        press(key)
    opened.tab.wait_for_timeout(150)
    assert trait(widget, "strokes")[:4] == [32, 8, 32, 12] and len(trait(widget, "strokes")) == 26
    assert said(widget)[0] == 1
    press("Delete")
    opened.tab.wait_for_timeout(120)
    assert trait(widget, "strokes") == [] and "empty" in widget.locator(".dlw-readout").first.inner_text()
    assert opened.tab.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_units_are_chosen_by_mouse_and_keys_and_say_their_sum(sheet):
    opened, widget = sheet()
    arrays, card = carried(widget), widget.locator(".dlw-card").last
    form = strokes.FORMS[14][1]
    put(opened, widget, strokes=strokes.pack(form), fit=True, example=-1)
    X = strokes.counts(strokes.bitmap(strokes.unpack(strokes.pack(form)))) / 16
    layers = {k: v[0] for k, v in pad.forward(arrays, X[None, None]).items()}
    maps = widget.locator(".dlw-dd-maps")
    maps.scroll_into_view_if_needed()
    maps.focus()
    put(opened, widget, layer="conv1", channel=0, row=0, column=0)
    shown = lambda: float(card.inner_text().replace("\N{MINUS SIGN}", "-").split("ReLU gives ")[1].split(". ")[0])
    for key in ["ArrowDown", "ArrowRight", "ArrowRight", "PageDown", "PageDown"]:
        opened.tab.keyboard.press(key)
    opened.tab.wait_for_timeout(120)
    assert [trait(widget, n) for n in ("channel", "row", "column")] == [2, 1, 2]
    assert shown() == pytest.approx(layers["conv1"][2, 1, 2], abs=6e-3)
    opened.tab.keyboard.press("End")
    opened.tab.keyboard.press("End")
    opened.tab.wait_for_timeout(120)
    assert trait(widget, "layer") == "conv2" and shown() == pytest.approx(layers["conv2"][2, 1, 2], abs=6e-3)
    box, size = maps.bounding_box(), min((maps.bounding_box()["width"] - 35) / 8, 60)
    opened.tab.mouse.move(box["x"] + 3 * (size + 5) + size * 0.6, box["y"] + 22 + size * 0.1)      # map 4, row 0, column 4
    opened.tab.wait_for_timeout(150)
    assert [trait(widget, n) for n in ("layer", "channel", "row", "column")] == ["conv1", 3, 0, 4]
    bars = widget.locator(".dlw-dd-bars")
    bars.scroll_into_view_if_needed()
    box = bars.bounding_box()
    opened.tab.mouse.click(box["x"] + 30, box["y"] + box["height"] * 0.75)
    opened.tab.wait_for_timeout(120)
    words = card.inner_text().replace("\N{MINUS SIGN}", "-")
    assert words.startswith("Score of 7: 64 products") and float(re.search(r"add up to (\S+)\. ", words)[1]) == pytest.approx(layers["scores"][7], abs=6e-3)


def test_links_and_missing_weights(sheet, visit):
    opened, widget = sheet()
    put(opened, widget, strokes=[10, 10, 50, 10, 30, 60], layer="pool2", channel=5, row=1, column=0, example=-1)
    words = widget.locator(".dlw-card").last.inner_text()
    widget.get_by_role("button", name="Copy link").click()
    opened.tab.wait_for_timeout(200)
    again = visit(opened.tab.url.removeprefix(opened.address + "/"), reduced_motion="reduce")
    other = again.widget("draw_digit")
    again.tab.wait_for_timeout(500)
    assert other.locator(".dlw-card").last.inner_text() == words
    for traits in ({"strokes": ["a"]}, {"strokes": None}, {"strokes": [70, 3]}, {"layer": "toString"}, {"channel": 99}, {"row": -1}, {"example": 1e9},
                   {"weights": None}, {"strokes": [5, 5, 9, 40]}):
        put(again, other, **traits)
        assert "NaN" not in other.locator(".dlw-readout").first.inner_text(), traits
    assert "no network here" in other.locator(".dlw-readout").first.inner_text() and not other.locator(".dlw-dd-maps").is_visible()
    assert not again.complaints
