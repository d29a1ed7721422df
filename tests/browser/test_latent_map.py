"""The latent map in a browser: dragging paints, drawing encodes, and every number is the one that numpy computes."""

import base64
import re

import numpy as np
import pytest
from visits import VIEWS, set_traits, trait

from dlnotes.widgets import latent_map as latent

PAGE = "chapters/generative/vae.html?widgets"


def put(opened, widget, **traits):
    set_traits(widget, **traits)
    opened.tab.wait_for_timeout(200)


def words(widget, k):
    return widget.locator(".dlw-readout").nth(k).inner_text().replace("\N{MINUS SIGN}", "-").replace("\xa0", " ")


def measured(widget):
    """Mean, standard deviations, reconstruction, KL, ELBO, log p(x) and gap, as read out."""
    found = re.search(r"at \((\S+), (\S+)\), with standard deviations (\S+) and (\S+)\. Reconstruction (\S+) minus KL (\S+) is the ELBO: "
                      r"(\S+) nats\. .*log p\(x\) = (\S+), so the bound is (\S+) too low", words(widget, 1))
    return [float(v) for v in found.groups()]


@pytest.fixture
def plane(visit):
    """plane(...) opens the chapter and gives the page, the widget, and its numpy twin of the bytes that the page carries."""
    def start(**options):
        opened = visit(PAGE, **{"reduced_motion": "reduce", **options})
        widget = opened.widget("latent_map")
        opened.tab.wait_for_function("w => !w.querySelectorAll('.dlw-readout')[1].textContent.startsWith('Adding')", arg=widget.element_handle())
        data = opened.tab.evaluate("""() => { const view = document.querySelector('.dlw-host[data-module="latent_map.mjs"]').model.get('weights');
            return btoa(String.fromCharCode(...new Uint8Array(view.buffer))); }""")
        return opened, widget, latent.Model(base64.b64decode(data))
    return start


def pixel(widget, kind, x, y):
    """The pixel of a place of the plane, or of a cell (column, row) of the pad."""
    box = widget.locator(f".dlw-lm-{kind}").bounding_box()
    if kind == "map":
        wide, high = box["width"] - 44, box["height"] - 44
        return box["x"] + 34 + (x + latent.SHOWN) / (2 * latent.SHOWN) * wide, box["y"] + 24 + (latent.SHOWN - y) / (2 * latent.SHOWN) * high
    size = (min(box["width"], box["height"]) - 4) / 8
    return box["x"] + 2 + (x + 0.5) * size, box["y"] + 2 + (y + 0.5) * size


def test_the_readout_is_what_numpy_computes(plane):
    opened, widget, model = plane()
    for i in (0, 17, 230, 448):
        put(opened, widget, drawing=latent.drawing_of(model.X[i]))
        m = model.measure(model.X[i])
        want = [*m["mean"], *np.exp(m["log_var"] / 2), m["reconstruction"], m["kl"], m["elbo"], m["evidence"], m["gap"]]
        assert measured(widget) == pytest.approx(want, abs=5.1e-3), i
    for a, step in (((0.5, -1.25), 0), ((-2.0, 2.0), 10), ((3.0, 0.3), 40)):
        put(opened, widget, a1=a[0], a2=a[1], b1=-0.4, b2=0.8, step=step)
        z = np.array(a) + (np.array([-0.4, 0.8]) - a) * step / 40
        found = re.search(r"\((\S+), (\S+)\) the decoder paints (\S+) of 64 pixels, (\d+) of them", words(widget, 0))
        p = model.decode(z)[0]
        assert [float(v) for v in found.groups()] == pytest.approx([*z, p.sum(), np.sum(p > 0.9)], abs=0.051)


def test_the_picture_is_painted_from_those_probabilities(plane):
    """The darkest and the palest pixel of the canvas stand where numpy puts them."""
    opened, widget, model = plane()
    put(opened, widget, a1=-1.0, a2=1.0, step=0)
    lightness = widget.locator(".dlw-lm-digit canvas").first.evaluate("""canvas => {
        const { width, height } = canvas, size = Math.min(width, height), read = canvas.getContext('2d');
        return Array.from({ length: 64 }, (_, i) => read.getImageData(Math.round(((i % 8) + 0.5) / 8 * (size - 4) + 2 + (width - size) / 2),
          Math.round(((i >> 3) + 0.5) / 8 * (size - 4) + 2), 1, 1).data.slice(0, 3).reduce((a, b) => a + b)); }""")
    p = model.decode([-1.0, 1.0])[0]
    order = np.argsort(p)
    assert np.corrcoef(lightness, p)[0, 1] < -0.9
    assert max(np.array(lightness)[order[-5:]]) < min(np.array(lightness)[order[:5]])


@pytest.mark.parametrize("width, scheme", VIEWS)
def test_dragging_a_point_with_the_mouse(plane, width, scheme):
    opened, widget, _ = plane(width=width, scheme=scheme)
    put(opened, widget, a1=-1.0, a2=1.0, b1=1.5, b2=-1.0, step=7)
    widget.locator(".dlw-lm-map").scroll_into_view_if_needed()
    mouse = opened.tab.mouse
    mouse.move(*pixel(widget, "map", -1, 1))
    mouse.down()
    mouse.move(*pixel(widget, "map", 0.5, 2.2), steps=5)
    mouse.up()
    opened.tab.wait_for_timeout(200)
    assert [trait(widget, "a1"), trait(widget, "a2"), trait(widget, "step")] == pytest.approx([0.5, 2.2, 0], abs=0.06)
    mouse.click(*pixel(widget, "map", 2.4, -2))                     # a click on the plane moves the nearer of the two
    opened.tab.wait_for_timeout(200)
    assert [trait(widget, "b1"), trait(widget, "b2"), trait(widget, "step")] == pytest.approx([2.4, -2, 40], abs=0.06)
    assert words(widget, 0).startswith("At B")
    assert opened.tab.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_points_and_way_by_keyboard(plane):
    opened, widget, _ = plane()
    put(opened, widget, a1=0.0, a2=0.0, step=0)
    grip, press = widget.get_by_role("slider", name="Point A", exact=True), opened.tab.keyboard.press
    grip.focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowUp", "Shift+ArrowDown"):
        press(key)
    opened.tab.wait_for_timeout(200)
    step = 2 * latent.SHOWN / 50
    assert [trait(widget, "a1"), trait(widget, "a2")] == pytest.approx([2 * step, 0.9 * step])
    assert grip.get_attribute("aria-valuetext") == "0.26, 0.12"
    for key, want in ((".", 1), (".", 2), (",", 1), ("r", 0)):
        press(key)
        opened.tab.wait_for_timeout(100)
        assert trait(widget, "step") == want
    assert words(widget, 0).startswith("At A (0.26, 0.12)")
    number = widget.get_by_label("B: z2, exact number")
    number.fill("9")
    number.press("Enter")
    opened.tab.wait_for_timeout(150)
    assert trait(widget, "b2") == latent.SHOWN


def test_playing_walks_from_a_to_b(plane):
    opened, widget, _ = plane(reduced_motion="no-preference")
    put(opened, widget, step=0, speed=60)
    widget.get_by_role("button", name="Play").click()
    opened.tab.wait_for_timeout(2500)
    assert trait(widget, "step") == 40 and words(widget, 0).startswith("At B")


@pytest.mark.parametrize("width, scheme", VIEWS)
def test_drawing_with_the_mouse(plane, width, scheme):
    opened, widget, model = plane(width=width, scheme=scheme)
    put(opened, widget, drawing="0" * 16)
    assert "pad is empty" in words(widget, 1) and not widget.locator(".dlw-lm-cost").is_visible()
    widget.locator(".dlw-lm-pad").scroll_into_view_if_needed()
    mouse = opened.tab.mouse
    for start, end in (((2, 1), (5, 1)), ((5, 2), (3, 6)), ((5, 1), (5, 1))):     # the last rubs one pixel out
        mouse.move(*pixel(widget, "pad", *start))
        mouse.down()
        mouse.move(*pixel(widget, "pad", *end), steps=3)
        mouse.up()
    opened.tab.wait_for_timeout(200)
    x = latent.bits_of(trait(widget, "drawing"))
    want = np.zeros((8, 8))
    want[1, 2:5] = 1
    assert np.array_equal(x.reshape(8, 8)[:2], want[:2]) and x.reshape(8, 8)[2:, 2:6].sum() >= 5 and x.reshape(8, 8)[6, 3] == 1
    m = model.measure(x)
    assert measured(widget)[4:7] == pytest.approx([m["reconstruction"], m["kl"], m["elbo"]], abs=5.1e-3)


def test_drawing_with_a_finger_does_not_scroll(plane):
    opened, widget, _ = plane(width=360, has_touch=True, is_mobile=True)
    put(opened, widget, drawing="0" * 16)
    sheet = widget.locator(".dlw-lm-pad")
    sheet.scroll_into_view_if_needed()
    for kind in ("pad", "map"):
        assert widget.locator(f".dlw-lm-{kind}").evaluate("n => getComputedStyle(n).touchAction") == "none"
    session, top = opened.context.new_cdp_session(opened.tab), opened.tab.evaluate("scrollY")
    for kind, cell in (("touchStart", (1, 1)), ("touchMove", (1, 3)), ("touchMove", (1, 6)), ("touchEnd", None)):
        x, y = pixel(widget, "pad", *cell) if cell else (0, 0)
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}] if cell else []})
    opened.tab.wait_for_timeout(200)
    assert latent.bits_of(trait(widget, "drawing")).reshape(8, 8)[:, 1].tolist() == [0, 1, 1, 1, 1, 1, 1, 0]
    assert opened.tab.evaluate("scrollY") == top


def test_drawing_with_the_keyboard(plane):
    opened, widget, _ = plane()
    sheet, press = widget.locator(".dlw-lm-pad"), opened.tab.keyboard.press
    sheet.focus()
    press("Delete")
    assert trait(widget, "drawing") == "0" * 16
    for key in ("ArrowUp", "ArrowUp", "ArrowUp", "Home", " ", "ArrowRight", " ", " ", "ArrowDown", "End", " "):
        press(key)
    opened.tab.wait_for_timeout(150)
    assert np.flatnonzero(latent.bits_of(trait(widget, "drawing"))).tolist() == [0, 15]
    assert sheet.locator("[role=status]").inner_text() == "row 2, column 8: on"
    assert trait(widget, "step") == 0, "the player's keys stay with the player"


def test_buttons_put_a_digit_and_fetch_the_points(plane):
    opened, widget, model = plane()
    for i in range(2):
        widget.get_by_role("button", name="A test digit").click()
        opened.tab.wait_for_timeout(150)
        assert trait(widget, "drawing") == latent.drawing_of(model.X[i])
    widget.get_by_role("button", name="B to its mean").click()
    opened.tab.wait_for_timeout(150)
    assert [trait(widget, "b1"), trait(widget, "b2")] == pytest.approx(model.encode(model.X[1])[0][0].tolist(), abs=1e-9)
    widget.get_by_role("button", name="Clear").click()
    opened.tab.wait_for_timeout(150)
    assert trait(widget, "drawing") == "0" * 16


def test_what_fills_the_plane(plane):
    """Three pictures that differ, each button pressed in turn."""
    opened, widget, _ = plane()
    seen = set()
    for name, paint in (("Test digits", "points"), ("Posterior of the drawing", "posterior"), ("Decoded digits", "digits")):
        widget.get_by_role("button", name=name).click()
        opened.tab.wait_for_timeout(200)
        assert trait(widget, "paint") == paint
        seen.add(widget.locator(".dlw-lm-map canvas").evaluate("c => c.toDataURL()"))
    assert len(seen) == 3


def test_links_and_nonsense(plane, visit):
    opened, widget, model = plane()
    put(opened, widget, a1=-2.5, a2=0.25, b1=1.0, b2=2.0, step=13, paint="points", drawing=latent.drawing_of(model.X[5]))
    seen = words(widget, 0), words(widget, 1)
    widget.get_by_role("button", name="Copy link").click()
    opened.tab.wait_for_timeout(200)
    again = visit(opened.tab.url.removeprefix(opened.address + "/"), reduced_motion="reduce")
    other = again.widget("latent_map")
    again.tab.wait_for_timeout(900)
    assert (words(other, 0), words(other, 1)) == seen and trait(other, "paint") == "points"
    for bad in ("a1=9", "drawing=xyz", "paint=all", "step=99", "a1=&b2=nan"):
        again.tab.goto(again.tab.url.split("#")[0] + f"#dlw=0&{bad}")
        again.tab.wait_for_timeout(120)
    assert (words(other, 0), words(other, 1)) == seen
    for traits in ({"a1": None}, {"b2": 1e300}, {"drawing": 7}, {"paint": "x"}, {"step": 2.5}, {"step": 1e9}):
        put(again, other, **traits)
        assert "undefined" not in words(other, 0) + words(other, 1) and "NaN" not in words(other, 0) + words(other, 1)


def test_without_weights_it_says_what_is_missing(plane):
    opened, widget, _ = plane()
    put(opened, widget, weights=None)
    assert "carries no weights" in widget.locator(".dlw-message").inner_text() and "carries no weights" in words(widget, 0)
    for name in ("A test digit", "A to its mean", "Clear"):
        widget.get_by_role("button", name=name).click()
    opened.tab.wait_for_timeout(150)
    assert not opened.complaints
