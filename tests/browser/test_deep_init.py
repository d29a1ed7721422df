"""Deep initialization, driven as a reader drives it: keyboard, mouse, touch; wide, phone; light, dark."""

import re

import numpy as np
import pytest
from visits import VIEWS, open_state, readout

from dlnotes.widgets import deep_init as deep

PAGE = "chapters/gallery/initialization.html"
RAISED = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹−", "-0123456789-")


@pytest.fixture
def start(visit):
    def begin(**options):
        traits = options.pop("traits", {})
        opened = visit(PAGE, **{"reduced_motion": "reduce", **options})
        widget = opened.widget("deep_init")
        put(opened, widget, **{"width": 40, **traits})
        return opened, widget
    return begin


def put(opened, widget, **traits):
    """Set traits through the page's own link: the address that "Copy link" makes."""
    open_state(opened, widget, **traits)
    settle(opened, widget)


def settle(opened, widget, seconds=20):
    """Until all slices are done and drawn."""
    widget.scroll_into_view_if_needed()
    opened.tab.wait_for_timeout(80)
    opened.tab.wait_for_function("w => w.getAttribute('aria-busy') === 'false'", arg=widget.element_handle(), timeout=1000 * seconds)


def score(widget):
    return widget.locator(".dlw-readout").nth(1).inner_text()


def variances(widget):
    """First and last variance of z and of the gradient, as the card shows them."""
    words = " ".join(widget.locator(".dlw-di-card dd").all_inner_texts()[:2]).translate(RAISED)
    found = re.findall(r"(\d[\d.]*)(?: × 10(-?\d+))?", words)
    return [float(number) * 10.0 ** int(power or 0) for number, power in found]


def expect(widget, **settings):
    """The card shows what numpy measures."""
    result = deep.measure(**dict(activation="tanh", initializer="standard", gain=1.0, depth=20, width=40, seed=1) | settings)
    z, dz = result["z"], result["dz"]
    np.testing.assert_allclose(variances(widget), [z[0], z[-1], dz[-1], dz[0]], rtol=0.06)


@pytest.mark.parametrize("width, scheme", VIEWS)
def test_by_keyboard(start, width, scheme):
    """A situation, a slider, the ring on the map, the player: nothing but keys."""
    opened, widget = start(width=width, scheme=scheme)
    press = lambda key: (opened.tab.keyboard.press(key), settle(opened, widget))      # noqa: E731
    expect(widget)
    assert "shrinks" in readout(widget) and widget.locator(".dlw-state").inner_text() == "The gradient fades"
    widget.get_by_role("button", name="He, ReLU", exact=True).focus()
    press("Enter")
    expect(widget, activation="relu", initializer="he", depth=30)
    grip = widget.locator(".dlw-handle")
    grip.focus()
    press("PageDown")
    expect(widget, activation="relu", initializer="he", depth=20)
    press("ArrowRight")
    assert float(widget.get_by_label("gain: all weights times, exact number").input_value()) == pytest.approx(10**0.02, rel=1e-3)
    assert grip.get_attribute("aria-valuetext") == "σ² 2.19, 20 layers"
    widget.get_by_role("button", name="Play").focus()
    for key, epoch in ((".", 1), (".", 2), (",", 1), ("r", 0)):
        press(key)
        assert (f"after {epoch} epoch" in score(widget)) if epoch else score(widget).startswith("Before training")
    press("p")
    opened.tab.wait_for_timeout(600)
    press("p")
    assert int(re.search(r"after (\d+) epochs", score(widget))[1]) >= 2


@pytest.mark.parametrize("width, scheme", VIEWS)
def test_by_mouse(start, width, scheme):
    """The ring is dragged to where the gradient explodes; sliders and lists change the network."""
    opened, widget = start(width=width, scheme=scheme)
    figure = widget.locator(".dlw-di-map")
    figure.scroll_into_view_if_needed()
    box, grip = figure.bounding_box(), widget.locator(".dlw-handle").bounding_box()
    opened.tab.mouse.move(grip["x"] + 22, grip["y"] + 22)
    opened.tab.mouse.down()
    opened.tab.mouse.move(box["x"] + box["width"] - 20, grip["y"] + 22, steps=5)
    opened.tab.mouse.up()
    settle(opened, widget)
    gain = float(widget.get_by_label("gain: all weights times, exact number").input_value())
    assert gain > 3 and widget.locator(".dlw-state").inner_text() == "The gradient explodes"
    expect(widget, gain=gain, depth=int(widget.get_by_label("depth: layers, exact number").input_value()))
    widget.get_by_label("activation", exact=True).select_option(label="ReLU")
    widget.get_by_label("first weights", exact=True).select_option(label="all weights 0")
    settle(opened, widget)
    assert widget.locator(".dlw-state").inner_text() == "All units equal" and "Nothing but the last bias" in readout(widget)


@pytest.mark.parametrize("width, scheme", VIEWS)
def test_by_touch(start, width, scheme):
    opened, widget = start(width=width, scheme=scheme, has_touch=True, is_mobile=width == 360)
    widget.get_by_role("button", name="Glorot, ReLU").tap()
    widget.get_by_role("button", name="Step", exact=True).tap()
    settle(opened, widget)
    expect(widget, activation="relu", initializer="glorot", depth=30)
    assert "Glorot 0.693, no better than chance" in score(widget)
    small = widget.locator("button:visible, select:visible, input[type=number]:visible, summary:visible").evaluate_all(
        "nodes => nodes.map(n => [n.textContent || n.ariaLabel, n.getBoundingClientRect().height]).filter(([, h]) => h < 43.5)")
    assert not small, f"touch targets below 44 px: {small}"
    assert widget.evaluate("w => w.scrollWidth <= w.clientWidth + 1"), "nothing sticks out"


def test_who_learns(start):
    """20 tanh layers: weights of +-1/sqrt(n) do not, Glorot's and He's do; rewound, the same loss is there again."""
    opened, widget = start(traits=dict(step=100))
    words = score(widget)
    assert words.startswith("Loss after 100 epochs: ±1/√n 0.693, no better than chance;")
    assert all(float(x) < 0.05 for x in re.findall(r"(?:Glorot|He) (\d\.\d+)", words))
    put(opened, widget, step=37)
    at_37 = score(widget)
    for step in (90, 12, 37):
        put(opened, widget, step=step)
    assert score(widget) == at_37 != words


def test_divergence_is_said_in_words(start):
    opened, widget = start(traits=dict(lr=10, activation="relu", initializer="he", gain=3, depth=10, step=60, third="he"))
    assert "diverged" in score(widget)
    put(opened, widget, activation="relu", initializer="he", gain=100, depth=50, width=256)
    assert widget.locator(".dlw-state").inner_text() == "The gradient explodes"
    put(opened, widget, activation="identity", initializer="he", gain=100, depth=50)
    assert "×" in " ".join(widget.locator(".dlw-di-card dd").all_inner_texts())


def test_bad_links_are_ignored(start):
    opened, widget = start()
    before = readout(widget)
    put(opened, widget, depth=1e9, width="NaN", gain="Infinity", initializer="<script>", activation="step", seed=-1, step=1e9)
    assert readout(widget) == before


def test_the_picture_grows_in_slices(start):
    """50 layers of 256 orthogonal units: frames go on, none of them waits for the whole."""
    opened, widget = start()
    opened.tab.evaluate("""() => {
        globalThis.gaps = []; let before = performance.now();
        const tick = (now) => { gaps.push(now - before); before = now; requestAnimationFrame(tick); };
        requestAnimationFrame(tick); }""")
    put(opened, widget, depth=50, width=256, initializer="orthogonal", activation="identity", rival="", third="")
    gaps = opened.tab.evaluate("gaps")
    assert len(gaps) > 30 and np.median(gaps) < 60, (len(gaps), np.median(gaps), max(gaps))
    assert widget.locator(".dlw-state").inner_text() == "Healthy"


def test_copied_script(start):
    opened, widget = start(traits=dict(depth=3, step=2))
    opened.tab.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    widget.get_by_role("button", name="Copy as Python (dlnotes)").click()
    text = widget.locator("textarea:visible").input_value()
    assert "depth, width, seed = 3, 40, 1" in text and "for epoch in range(2)" in text
