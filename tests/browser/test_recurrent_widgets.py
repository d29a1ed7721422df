"""Unrolled network and name writer in a browser: what is read out is what numpy computes, by keyboard, mouse and touch."""

import base64
import re

import numpy as np
import pytest
from visits import VIEWS, set_traits, trait

from dlnotes.widgets import letters
from dlnotes.widgets import name_writer as writer
from dlnotes.widgets import unroll as unrolled
from dlnotes.widgets.name_writer import NameWriter
from dlnotes.widgets.unroll import Unroll

CHAPTER = "chapters/sequences/rnn.html?widgets"
GALLERY = "chapters/gallery/unroll.html"


def put(opened, widget, **traits):
    set_traits(widget, **traits)
    opened.tab.wait_for_timeout(150)


def readout(widget):
    return widget.locator(".dlw-readout").first.inner_text().replace("\N{MINUS SIGN}", "-").replace("\xa0", " ")


def value(words):
    """A number as the widgets print it: 0.123 or 1.2 × 10⁻⁵."""
    found = re.fullmatch(r"(-?[\d.]+)(?: × 10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+))?", words)
    power = (found[2] or "⁰").translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789"))
    return float(found[1]) * 10.0 ** int(power)


def facts(widget, which):
    """The card's terms and values."""
    card = widget.locator(which)
    return dict(zip(card.locator("dt").all_inner_texts(),
                    (t.replace("\N{MINUS SIGN}", "-") for t in card.locator("dd").all_inner_texts())))


# The unrolled network ---------------------------------------------------------------------------------------


@pytest.fixture
def unroll(visit):
    def start(page=GALLERY, **options):
        opened = visit(page, **{"reduced_motion": "reduce", **options})
        widget = opened.widget("unroll")
        opened.tab.wait_for_timeout(300)
        return opened, widget
    return start


@pytest.mark.parametrize("cell", unrolled.BLOCKS)
def test_every_number_is_numpys(unroll, cell):
    opened, widget = unroll()
    for rho, asked, seed in ((None, 0, 3), (2.0, 5, 8), (0.4, 9, 1)):
        twin = Unroll(text="gradients", cell=cell, rho=rho, asked=asked, seed=seed)
        h, c, log_p, a, dh, dc = twin.shown()
        put(opened, widget, text="gradients", cell=cell, rho=rho, asked=asked, seed=seed, unit=5, step=4)
        found = re.search(r"4 of 10 inputs read. The state has the norm (\S+)\. .* gave ([\d.]+) %", readout(widget))
        assert float(found[1]) == pytest.approx(np.linalg.norm(h[4]), abs=6e-4)
        assert float(found[2]) == pytest.approx(100 * np.exp(log_p[3][letters.LETTERS.index("d")]), abs=0.06)
        seen = facts(widget, ".dlw-unroll-card")
        assert value(seen["state h"]) == pytest.approx(h[4, 5], abs=6e-4)
        gates = unrolled.gates(twin.network(), cell, "gradients", h)
        for g in gates:
            assert value(seen[f"gate {g}"]) == pytest.approx(gates[g][3, 5], abs=6e-4)
        put(opened, widget, step=10 + 1 + 3)                        # three steps back from the output
        found = re.search(r"there the gradient has the norm (.+?)\. 3 steps earlier, at state (\d+), it is (.+?):", readout(widget))
        assert value(found[1]) == pytest.approx(np.linalg.norm(dh[a]), rel=0.06, abs=6e-4) and int(found[2]) == a - 3
        assert value(found[3]) == pytest.approx(np.linalg.norm(dh[a - 3]), rel=0.06, abs=6e-4)
        seen = facts(widget, ".dlw-unroll-card")
        assert value(seen["gradient for h"]) == pytest.approx(dh[a - 3, 5], rel=0.06, abs=6e-4)
        if cell == "lstm":
            assert value(seen["gradient for c"]) == pytest.approx(dc[a - 3, 5], rel=0.06, abs=6e-4)
            assert value(seen["cell c"]) == pytest.approx(c[a - 3, 5], abs=6e-4)


def test_the_chapter_shows_trained_weights_and_drawn_ones(unroll):
    opened, first = unroll(CHAPTER)
    assert "random weights" in readout(first) and not first.get_by_label("trained weights").is_visible()
    host = opened.tab.locator('.dlw-host[data-module="unroll.mjs"]').nth(1)
    host.scroll_into_view_if_needed()
    second = host.locator(".dlw")
    second.wait_for()
    opened.tab.wait_for_timeout(300)
    assert "random" not in readout(second)
    data = second.evaluate("w => { const d = w.closest('.dlw-host').model.get('weights'); return btoa(String.fromCharCode(...new Uint8Array(d.buffer))); }")
    for cell in ("rnn", "lstm"):
        twin = Unroll(text="miller", cell=cell, weights=base64.b64decode(data), rho=1.5)
        put(opened, second, text="miller", cell=cell, rho=1.5, asked=0, step=7)
        p = 100 * np.exp(twin.shown()[2][-1][0])
        assert float(re.search(r"gave ([\d.]+) %", readout(second))[1]) == pytest.approx(p, abs=0.06)
    second.get_by_label("trained weights (else random ones)").click()
    opened.tab.wait_for_timeout(200)
    assert "random weights" in readout(second) and trait(second, "trained") is False


@pytest.mark.parametrize("width, scheme", VIEWS)
def test_keyboard_mouse_and_typing(unroll, width, scheme):
    opened, widget = unroll(width=width, scheme=scheme, has_touch=True)
    press = opened.tab.keyboard.press
    scrub = widget.locator(".dlw-player input[type=range]")
    scrub.focus()
    press("r")
    opened.tab.wait_for_timeout(150)
    assert trait(widget, "step") == 0 and "Nothing read yet" in readout(widget)
    for step in (1, 2, 3):
        press(".")
    opened.tab.wait_for_timeout(150)
    assert trait(widget, "step") == 3 and "3 of 11 inputs read" in readout(widget)
    press("End")
    opened.tab.wait_for_timeout(150)
    assert trait(widget, "step") == 23 and "11 steps earlier, at state 0" in readout(widget)
    word = widget.get_by_label("word, up to 20 letters")
    word.fill("Ab-c9d")
    opened.tab.wait_for_timeout(150)
    assert trait(widget, "text") == "abcd" and "5 of 5 inputs read" in readout(widget)
    word.blur()
    opened.tab.wait_for_timeout(100)
    widget.get_by_role("button", name="LSTM").click()
    opened.tab.wait_for_timeout(200)
    assert "LSTM" in readout(widget)
    picture = widget.locator(".dlw-unroll-all")
    box = picture.bounding_box()
    columns, left = 6, 46
    wide = (box["width"] - left - 6) / columns
    at = {"x": left + 2.5 * wide, "y": 40 + 92 * 3.5 / 16}          # column 2, fourth row of the state
    picture.tap(position=at)
    opened.tab.wait_for_timeout(200)
    assert trait(widget, "step") == 2 and trait(widget, "unit") == 3
    picture.click(position={"x": left + 1.5 * wide, "y": picture.bounding_box()["height"] - 60})     # the chart of the norms
    opened.tab.wait_for_timeout(200)
    assert trait(widget, "step") == 5 + 1 + 5 - 1 and "at state 1" in readout(widget)
    assert opened.tab.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_radius_and_the_way_back_to_the_own_one(unroll):
    opened, widget = unroll()
    put(opened, widget, step=23)
    own = unrolled.own_radius(unrolled.draw_weights("rnn", 0), "rnn")
    assert f"spectral radius {own:.2f}" in readout(widget)
    number = widget.get_by_label("spectral radius ρ of the recurrent weights, exact number")
    number.fill("0.3")
    number.press("Enter")
    opened.tab.wait_for_timeout(150)
    slow = float(re.search(r"times (\S+) a step", readout(widget))[1])
    number.fill("2.5")
    number.press("Enter")
    opened.tab.wait_for_timeout(150)
    assert float(re.search(r"times (\S+) a step", readout(widget))[1]) > 2 * slow and trait(widget, "rho") == 2.5
    widget.get_by_role("button", name="ρ as it is").click()
    opened.tab.wait_for_timeout(150)
    assert trait(widget, "rho") is None and f"spectral radius {own:.2f}" in readout(widget)


def test_links_of_the_unrolled_network(unroll, visit):
    opened, widget = unroll()
    put(opened, widget, text="link", cell="gru", rho=1.7, asked=2, step=7, seed=9)
    seen = readout(widget)
    widget.get_by_role("button", name="Copy link").click()
    opened.tab.wait_for_timeout(150)
    again = visit(opened.tab.url.removeprefix(opened.address + "/"), reduced_motion="reduce")
    other = again.widget("unroll")
    again.tab.wait_for_timeout(300)
    assert readout(other) == seen
    for bad in ("text=%3Cb%3E&rho=9&cell=x", "rho=abc&asked=99&step=-1", "text=" + "z" * 500):
        again.tab.goto(again.tab.url.split("#")[0] + f"#dlw=0&{bad}")
        again.tab.wait_for_timeout(150)
        assert readout(other)
    assert trait(other, "text") == "z" * 20 and trait(other, "cell") == "gru" and trait(other, "rho") == 1.7


# The name writer --------------------------------------------------------------------------------------------


@pytest.fixture
def names(visit):
    def start(**options):
        opened = visit(CHAPTER, **{"reduced_motion": "reduce", **options})
        widget = opened.widget("name_writer")
        opened.tab.wait_for_timeout(300)
        return opened, widget
    return start


def network(widget):
    """The bytes that the page carries."""
    return [base64.b64decode(widget.evaluate(
        "(w, name) => { const d = w.closest('.dlw-host').model.get(name); let s = '';"
        "for (const b of new Uint8Array(d.buffer)) s += String.fromCharCode(b); return btoa(s); }", name)) for name in ("weights", "listed")]


def written(widget):
    return re.match(r"(\w+)[.…]", readout(widget))[1].lower()


def test_names_and_probabilities_are_numpys(names):
    opened, widget = names()
    weights, listed = network(widget)
    net = writer.unpack(weights)
    for start, temperature, seed in (("", 0.7, 7), ("mac", 1.0, 3), ("q", 2.5, 12), ("", 0.1, 2)):
        put(opened, widget, start=start, temperature=temperature, seed=seed)
        name = start + writer.write(net, start, temperature, seed).rstrip(".")
        assert written(widget) == name
        total = writer.log_probability(net, name).sum()
        seen = facts(widget, ".dlw-writer-card")
        assert float(seen["bits for each letter, the end included"]) == pytest.approx(-total / np.log(2) / (len(name) + 1), abs=6e-3)
        assert (seen["in the list of names"] == "yes") == writer.contains(listed, name)
        best, _ = writer.likeliest(net, name)
        assert seen["likeliest name that begins so"].lower().startswith(best)
        p = writer.probabilities(writer.run(net, name)[1][-1], temperature)
        keys = widget.locator(".dlw-writer-key")
        for k in (0, 5, 15):
            label = keys.nth(k).get_attribute("aria-label")
            assert float(re.search(r"([\d.]+) %", label)[1]) == pytest.approx(100 * p[k], abs=0.51 if p[k] > 0.0995 else 0.06)
        others = [start + writer.write(net, start, temperature, seed + i + 1).rstrip(".") for i in range(12)]
        assert widget.locator(".dlw-writer-name").all_text_contents() == [o or "■" for o in others]


@pytest.mark.parametrize("width, scheme", VIEWS)
def test_letters_are_chosen_and_drawn(names, width, scheme):
    opened, widget = names(width=width, scheme=scheme, has_touch=True)
    net = writer.unpack(network(widget)[0])
    widget.get_by_label("the name begins with").fill("Sm")
    opened.tab.wait_for_timeout(200)
    assert trait(widget, "start") == "sm" and written(widget).startswith("sm")
    widget.locator(".dlw-player input[type=range]").focus()
    opened.tab.keyboard.press("r")
    opened.tab.wait_for_timeout(150)
    assert readout(widget).startswith("Sm… so far.")
    widget.get_by_role("button", name=re.compile(r"^i, ")).tap()
    opened.tab.wait_for_timeout(200)
    assert trait(widget, "start") == "smi" and trait(widget, "step") == 0
    text = writer.write(net, "smi", trait(widget, "temperature"), trait(widget, "seed"))
    widget.get_by_role("button", name="Step", exact=True).click()
    opened.tab.wait_for_timeout(200)
    assert written(widget) == "smi" + text[:1].rstrip(".")
    widget.locator(".dlw-player input[type=range]").focus()
    opened.tab.keyboard.press("n")                                  # another seed: a whole name at once
    opened.tab.wait_for_timeout(200)
    again = writer.write(net, "smi", trait(widget, "temperature"), trait(widget, "seed"))
    assert written(widget) == "smi" + again.rstrip(".") and trait(widget, "step") == len(again)
    picture = widget.locator(".dlw-writer-places")
    columns = len("smi" + again)
    wide = min(picture.bounding_box()["width"] - 8 - 34, 46 * columns) / columns
    picture.click(position={"x": 34 + 1.5 * wide, "y": 200})        # back to the second letter
    opened.tab.wait_for_timeout(200)
    assert trait(widget, "start") == "s" and trait(widget, "step") == 0
    widget.locator(".dlw-writer-name").nth(4).tap()
    opened.tab.wait_for_timeout(200)
    assert written(widget) == widget.evaluate("w => w.closest('.dlw-host').model.get('start')") + writer.write(
        net, "s", trait(widget, "temperature"), trait(widget, "seed")).rstrip(".")
    assert opened.tab.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_playing_writes_a_letter_at_a_time(names):
    opened, widget = names(reduced_motion="no-preference")
    put(opened, widget, speed=20, start="", seed=7)
    widget.get_by_role("button", name="Play").click()
    opened.tab.wait_for_timeout(1500)
    net = writer.unpack(network(widget)[0])
    assert written(widget) == writer.write(net, "", 0.7, 7).rstrip(".") and "finished" in readout(widget)


def test_without_weights_it_says_what_is_missing(names):
    opened, widget = names()
    put(opened, widget, weights=None)
    assert "no weights yet" in widget.locator(".dlw-message").inner_text() and not widget.locator(".dlw-player").is_visible()
    assert "no weights yet" in NameWriter().describe()
    assert not opened.complaints
