"""The widgets of the activations chapter, driven as a reader drives them: keyboard, mouse, touch; wide, phone; light, dark."""

import math
import re

import pytest
from visits import VIEWS, open_state, readout

PAGE = "chapters/foundations/activations.html?widgets"


def numbers(words):
    """x, value and slope in the explorer's sentence (a real minus sign stands there)."""
    found = re.search(r"x = (\S+): value (\S+), slope ([^\s;]+)", words.replace("\N{MINUS SIGN}", "-"))
    return tuple(float(n) for n in found.groups())


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


def expect_sigmoid(words, x):
    seen = numbers(words)
    assert seen == pytest.approx((x, sigmoid(x), sigmoid(x) * sigmoid(-x)), abs=6e-3), words


def put(opened, widget, **traits):
    """Set traits through the page's own link: the address that "Copy link" makes."""
    open_state(opened, widget, **traits)
    opened.tab.wait_for_timeout(150)


@pytest.fixture
def explorer(visit):
    def start(**options):
        opened = visit(PAGE, **options)
        widget = opened.widget("activation_explorer")
        put(opened, widget, functions="sigmoid,relu", tangent="sigmoid", x=1, x_min=-6, x_max=6)
        return opened, widget
    return start


@pytest.fixture
def kill(visit):
    def start(**options):
        opened = visit(PAGE, **options)
        return opened, opened.widget("kill_and_revive")
    return start


@pytest.mark.parametrize("width, scheme", VIEWS)
def test_explorer_by_keyboard(explorer, width, scheme):
    opened, widget = explorer(width=width, scheme=scheme)
    expect_sigmoid(readout(widget), 1.0)
    grip = widget.locator(".dlw-handle")
    grip.focus()
    for key, x in (("ArrowRight", 1.1), ("ArrowLeft", 1.0), ("PageUp", 2.0), ("End", 6.0), ("Home", -6.0)):
        opened.tab.keyboard.press(key)
        opened.tab.wait_for_timeout(60)
        expect_sigmoid(readout(widget), x)
        assert float(grip.get_attribute("aria-valuenow")) == pytest.approx(x)
    assert grip.get_attribute("aria-valuetext").startswith("x = ")


@pytest.mark.parametrize("width, scheme", VIEWS)
def test_explorer_by_mouse(explorer, width, scheme):
    opened, widget = explorer(width=width, scheme=scheme)
    figure = widget.locator(".dlw-explorer-figure")
    figure.scroll_into_view_if_needed()
    box = figure.bounding_box()
    opened.tab.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.3 * box["height"])
    opened.tab.mouse.down()
    opened.tab.wait_for_timeout(60)
    left = numbers(readout(widget))[0]
    opened.tab.mouse.move(box["x"] + 0.8 * box["width"], box["y"] + 0.3 * box["height"], steps=4)
    opened.tab.mouse.up()
    opened.tab.wait_for_timeout(60)
    right = numbers(readout(widget))[0]
    assert left < 0 < right
    expect_sigmoid(readout(widget), right)


@pytest.mark.parametrize("width, scheme", VIEWS)
def test_explorer_by_touch(explorer, width, scheme):
    opened, widget = explorer(width=width, scheme=scheme, has_touch=True, is_mobile=width == 360)
    figure = widget.locator(".dlw-explorer-figure")
    figure.scroll_into_view_if_needed()
    box = figure.bounding_box()
    opened.tab.touchscreen.tap(box["x"] + 0.25 * box["width"], box["y"] + 0.3 * box["height"])
    opened.tab.wait_for_timeout(100)
    x = numbers(readout(widget))[0]
    assert x < -1
    expect_sigmoid(readout(widget), x)
    small = widget.locator("button:visible, select:visible, input[type=number]:visible").evaluate_all(
        "nodes => nodes.map(n => [n.textContent || n.ariaLabel, n.getBoundingClientRect().height]).filter(([, h]) => h < 43.5)")
    assert not small, f"touch targets below 44 px: {small}"


def test_explorer_is_a_picture_of_its_numbers(explorer):
    """The canvas changes with the state, and is sharp on a screen of high density."""
    opened, widget = explorer(device_scale_factor=2)
    canvas = widget.locator("canvas").first
    pixels = "c => [c.width / c.clientWidth, c.toDataURL().length, c.toDataURL()]"
    ratio, size, before = canvas.evaluate(pixels)
    put(opened, widget, x=-3)
    assert ratio == pytest.approx(2, abs=0.02) and size > 5000
    assert canvas.evaluate(pixels)[2] != before


def test_explorer_keeps_bad_links_out(explorer):
    opened, widget = explorer()
    put(opened, widget, x="NaN", functions="<script>,no_such", alpha="1e9", x_min="Infinity")
    expect_sigmoid(readout(widget), 1.0)


def test_copy_link_brings_the_state_back(explorer, visit):
    opened, widget = explorer()
    put(opened, widget, x=2.5, functions="tanh,gelu", tangent="tanh")
    widget.get_by_role("button", name="Copy link").click()
    opened.tab.wait_for_timeout(100)
    again = visit(opened.tab.url.removeprefix(opened.address + "/"))
    words = readout(again.widget("activation_explorer"))
    assert "tanh at x = 2.50" in words and numbers(words)[1] == pytest.approx(math.tanh(2.5), abs=1e-3)


def test_a_link_starts_a_widget_far_down_the_page(visit):
    whole = PAGE.removesuffix("?widgets")
    opened = visit(whole)
    hosts = opened.tab.locator(".dlw-host").evaluate_all("all => all.map(h => h.dataset.module)")
    place = hosts.index("kill_and_revive.mjs")
    again = visit(f"{whole}#dlw={place}&step=7")
    widget = again.tab.locator('.dlw[data-dlw="kill_and_revive"]')
    widget.locator(".dlw-readout", has_text="Step 7:").wait_for()
    again.tab.wait_for_function("w => { const b = w.getBoundingClientRect(); return b.top < innerHeight && b.bottom > 0; }",
                                arg=widget.element_handle(), timeout=5000)


def story(opened, widget, name, step):
    """Choose a situation, go to a step, and return the badge."""
    widget.get_by_role("button", name=name).click()
    slider = widget.locator(".dlw-player input[type=range]")
    slider.evaluate("(s, v) => { s.value = v; s.dispatchEvent(new Event('input', { bubbles: true })); }", step)
    opened.tab.wait_for_timeout(80)
    return widget.locator(".dlw-state").inner_text()


@pytest.mark.parametrize("width, scheme", VIEWS)
def test_kill_and_revive_tells_its_four_stories(kill, width, scheme):
    opened, widget = kill(width=width, scheme=scheme, reduced_motion="reduce")
    assert story(opened, widget, "One large step kills", 0).startswith("Alive")
    assert story(opened, widget, "One large step kills", 400).startswith("Dead since step 51")
    assert "exactly 0" in readout(widget)
    assert story(opened, widget, "Dead, inputs fixed: for ever", 0).startswith("Dead from the start")
    assert story(opened, widget, "Dead, inputs fixed: for ever", 400).startswith("Dead from the start")
    assert story(opened, widget, "Dead, then revived", 0).startswith("Dead")
    assert story(opened, widget, "Dead, then revived", 400).startswith("Revived")
    assert "layer 1 moved its inputs" in readout(widget)
    assert not story(opened, widget, "Leaky: never without gradient", 0).startswith("Dead")


@pytest.mark.parametrize("width, scheme", VIEWS)
def test_kill_and_revive_by_keyboard(kill, width, scheme):
    """The player's keys, with nothing but the keyboard: step, back, reset, play, pause, new seed."""
    opened, widget = kill(width=width, scheme=scheme, reduced_motion="reduce")
    press = opened.tab.keyboard.press
    step = lambda: int(re.search(r"Step (\d+)", readout(widget))[1])      # noqa: E731
    widget.get_by_role("button", name="Play").focus()
    for key, expected in ((".", 1), (".", 2), (",", 1), ("r", 0)):
        press(key)
        opened.tab.wait_for_timeout(60)
        assert step() == expected, key
    press("p")
    opened.tab.wait_for_timeout(700)
    press("p")
    opened.tab.wait_for_timeout(60)
    stopped = step()
    assert stopped > 2
    opened.tab.wait_for_timeout(300)
    assert step() == stopped
    seed = widget.get_by_label("Seed", exact=True)
    before = seed.input_value()
    press("n")
    opened.tab.wait_for_timeout(60)
    assert int(seed.input_value()) == int(before) + 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_kill_and_revive_by_touch(kill, width, scheme):
    """A finger chooses a situation, steps, and moves along the time line."""
    opened, widget = kill(width=width, scheme=scheme, has_touch=True, reduced_motion="reduce")
    widget.get_by_role("button", name="Dead, then revived").tap()
    widget.get_by_role("button", name="Step", exact=True).tap()
    opened.tab.wait_for_timeout(80)
    assert readout(widget).startswith("Step 1:")
    line = widget.locator(".dlw-time")
    line.scroll_into_view_if_needed()
    box = line.bounding_box()
    opened.tab.touchscreen.tap(box["x"] + 0.8 * box["width"], box["y"] + 0.5 * box["height"])
    opened.tab.wait_for_timeout(120)
    assert int(re.search(r"Step (\d+)", readout(widget))[1]) > 200
    assert widget.locator(".dlw-state").inner_text().startswith("Revived")


def test_keys_act_only_inside_the_widget(kill):
    opened, widget = kill(reduced_motion="reduce")
    before = readout(widget)
    opened.tab.evaluate("document.activeElement.blur()")
    opened.tab.keyboard.press(".")
    opened.tab.wait_for_timeout(80)
    assert readout(widget) == before


def test_settings_change_the_run(kill):
    """A learning rate set by the reader changes the loss that is read out, and an absurd one says that the run ends."""
    opened, widget = kill(reduced_motion="reduce")
    put(opened, widget, kick=1, lr=0.1, step=100)
    loss = re.search(r"Loss (\S+)\.$", readout(widget))[1]
    put(opened, widget, kick=1, lr=0.01, step=100)
    assert re.search(r"Loss (\S+)\.$", readout(widget))[1] != loss
    put(opened, widget, kick=100, lr=10, kick_step=1, step=2000)
    assert "exploded" in readout(widget) or "dead" in readout(widget).lower() or "exactly 0" in readout(widget)
