"""The feature space widget, driven as a reader drives it: keyboard, mouse, touch; wide, phone; light, dark."""

import re

import numpy as np
import pytest
from visits import VIEWS, open_state

from dlnotes.widgets import feature_space as twin

PAGE = "chapters/gallery/feature-space.html"
START = dict(data="parabola", points=400, noise=0.0, seed=4, k=2, activation="tanh", optimizer="sgd", lr=0.3, batch_size=16)


@pytest.fixture
def space(visit):
    def start(**options):
        opened = visit(PAGE, **{"reduced_motion": "reduce", **options})
        return opened, opened.widget("feature_space")
    return start


@pytest.fixture(scope="module")
def history():
    """What numpy makes of the first 100 epochs of the page's settings."""
    return twin.run(**START, epoch=100)


def readout(widget):
    return widget.locator(".dlw-readout").first.inner_text().replace("\u00a0", " ")


def numbers(widget):
    """Training loss, test loss and singular values in the line below the sentence."""
    words = widget.locator(".dlw-fs-numbers").inner_text()
    return [float(n) for n in re.findall(r"\d+\.\d+", words)]


def put(opened, widget, **traits):
    """Set traits through the page's own link, and wait until the epoch is reached."""
    open_state(opened, widget, **traits)
    opened.tab.wait_for_timeout(100)
    if "epoch" in traits:
        widget.locator(".dlw-readout", has_text=re.compile(rf"^Epoch {traits['epoch']}\b")).wait_for()


def picture(widget, kind="spaces"):
    return widget.locator(f".dlw-fs-{kind} canvas").evaluate("c => c.toDataURL()")


@pytest.mark.parametrize("width, scheme", VIEWS)
def test_by_keyboard(space, history, width, scheme):
    """Step, back, reset, end of the scrub bar, play and pause; the numbers are numpy's at each epoch."""
    opened, widget = space(width=width, scheme=scheme)
    press = lambda key: (opened.tab.keyboard.press(key), opened.tab.wait_for_timeout(80))      # noqa: E731
    widget.get_by_role("button", name="Play").focus()
    for key, epoch in ((".", 1), (".", 2), (".", 3), (",", 2), ("r", 0)):
        press(key)
        assert readout(widget).startswith(f"Epoch {epoch}:"), key
        assert numbers(widget)[:2] == pytest.approx([history["train"][epoch], history["test"][epoch]], abs=6e-5)
    put(opened, widget, epoch=100)
    assert "parts all training points" in readout(widget) and history["right"][100] == 1
    features = twin.forward(history["params"], history["X"], "tanh")[1]
    assert numbers(widget)[2:] == pytest.approx(twin.spread(features)[0], abs=6e-4)
    widget.get_by_role("button", name="Play").focus()
    press("p")
    opened.tab.wait_for_timeout(600)
    press("p")
    stopped = readout(widget)
    opened.tab.wait_for_timeout(300)
    assert readout(widget) == stopped and not stopped.startswith("Epoch 100:")


@pytest.mark.parametrize("width, scheme", VIEWS)
def test_by_mouse(space, history, width, scheme):
    """Drag in the loss to an epoch and back: the same numbers and the same picture again."""
    opened, widget = space(width=width, scheme=scheme)
    put(opened, widget, epochs=200)
    chart = widget.locator(".dlw-fs-loss")
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    at = lambda epoch: box["x"] + 44 + epoch / 200 * (box["width"] - 62)      # noqa: E731
    seen = []
    for epoch in (40, 90, 40):
        opened.tab.mouse.move(at(epoch), box["y"] + 100)
        opened.tab.mouse.down()
        opened.tab.mouse.up()
        opened.tab.wait_for_timeout(400)
        now = int(re.match(r"Epoch (\d+)", readout(widget))[1])
        assert abs(now - epoch) <= 1
        assert numbers(widget)[:2] == pytest.approx([history["train"][now], history["test"][now]], abs=6e-5)
        seen.append(picture(widget))
    assert seen[0] == seen[2] != seen[1]


@pytest.mark.parametrize("width, scheme", VIEWS)
def test_by_touch(space, width, scheme):
    """A finger chooses each situation; each ends as its name says. Targets are large enough."""
    opened, widget = space(width=width, scheme=scheme, has_touch=True)
    small = widget.locator("button:visible, select:visible, input:visible:not([type=checkbox])").evaluate_all(
        "nodes => nodes.map(n => [n.textContent || n.ariaLabel, n.getBoundingClientRect().height]).filter(([, h]) => h < 43.5)")
    assert not small, f"touch targets below 44 px: {small}"
    stories = (("A ring, two units", "Add a third"), ("A ring, three units", "lifted the disc"), ("A unit dies", "Unit 2 is dead"),
               ("A parabola unfolds", "unfolded the parabola"))
    for i, (name, words) in enumerate(stories):
        widget.get_by_role("button", name=name).tap()
        put(opened, widget, epoch=200 + i)                         # an address of its own each time
        assert words in readout(widget), name
    widget.get_by_role("button", name="Three activations").tap()
    put(opened, widget, epoch=60)
    assert re.search(r"sigmoid \d\d %, tanh 100 %, relu \d\d % \(dead units: 1\)", readout(widget))


def colours(widget, x, y):
    """The pixels of the spaces canvas in a row at height y, from x on (in CSS pixels)."""
    return widget.locator(".dlw-fs-spaces canvas").evaluate(
        "(c, [x, y]) => { const r = c.width / c.clientWidth;"
        "return [...c.getContext('2d').getImageData(x * r, y * r, 8, 8).data]; }", [x, y])


def test_the_boundary_of_feature_space_is_where_the_formula_says(space, history):
    """Just beside the line that numpy finds, the ground has the colours of the two classes; on it, the line's own."""
    opened, widget = space(width=1280)
    put(opened, widget, epoch=100)
    box = widget.locator(".dlw-fs-spaces").bounding_box()
    size = min((box["width"] - 16) / 2, box["height"] - 50)
    left = (box["width"] - 2 * size - 16) / 2 + size + 16
    params = history["params"]
    (p, q, r), _ = twin.line_of(twin.forward(params, history["X"], "tanh")[1], params[2][:, 0], params[3][0], np.eye(2))
    pixel = lambda c: (left + size * (c[0] / 1.15 + 1) / 2, 26 + size * (1 - c[1] / 1.15) / 2)      # noqa: E731
    middle = np.array([0.35, -(p * 0.35 + r) / q])                  # on the line, between the points
    normal = np.array([p, q]) / np.hypot(p, q)
    tones = []
    for shift in (-0.28, 0, 0.28):
        x, y = pixel(middle + shift * normal)
        tones.append(np.reshape(colours(widget, x - 4, y - 4), (-1, 4))[:, :3].astype(float))
    minus, on, plus = tones
    (r0, _, b0), (r1, _, b1) = minus.mean(axis=0), plus.mean(axis=0)
    assert r0 > b0 + 10 and b1 > r1 + 10                            # orange ground below 0, blue above
    darkest = [tone.sum(axis=1).min() for tone in tones]
    assert darkest[1] < 130 < min(darkest[0], darkest[2])           # the dark line


def test_controls_change_the_run_and_the_view(space):
    opened, widget = space()
    put(opened, widget, epoch=30)
    before = readout(widget), picture(widget)
    widget.get_by_label("function of the hidden units").select_option(label="relu")
    opened.tab.wait_for_timeout(400)
    assert readout(widget) != before[0] and picture(widget) != before[1]
    view = widget.get_by_label("feature space is seen")
    assert not view.is_visible()                                     # two units are a plane already
    put(opened, widget, data="circle", k=4, epoch=30, activation="tanh")
    assert view.is_visible() and "4 dimensions" in readout(widget)
    edge_on = picture(widget)
    view.select_option(label="units 1 and 3")
    opened.tab.wait_for_timeout(150)
    assert picture(widget) != edge_on and "dashed line is the cut" in widget.locator(".dlw-fs-numbers").inner_text()
    pair = picture(widget)
    way = widget.get_by_label("through the layer", exact=False).first
    way.focus()
    opened.tab.keyboard.press("Home")
    opened.tab.wait_for_timeout(150)
    assert picture(widget) != pair and float(way.input_value()) == 0


def test_bad_links_are_left_out(space):
    opened, widget = space()
    before = readout(widget)
    put(opened, widget, k="99", lr="NaN", activation="<script>", plane="7 9", compare="maybe", noise="-1", way="3", points="0")
    assert readout(widget) == before


def test_divergence_is_said_in_words(space):
    opened, widget = space()
    put(opened, widget, activation="exponential", lr=10, data="circle")
    put(opened, widget, activation="exponential", lr=10, data="circle", k=6)
    widget.locator("input[type=range]").first.evaluate("(s) => { s.value = 200; s.dispatchEvent(new Event('input', { bubbles: true })); }")
    opened.tab.wait_for_timeout(400)
    assert "grown past all bounds" in readout(widget) and "NaN" not in readout(widget)


def test_a_long_run_does_not_freeze_the_page(space):
    """5000 epochs of three networks are computed in slices: no task takes long, and the sentence comes."""
    opened, widget = space()
    opened.tab.evaluate("""() => { globalThis.long = []; new PerformanceObserver((list) => {
        for (const e of list.getEntries()) long.push(e.duration); }).observe({ type: "longtask" }); }""")
    put(opened, widget, epochs=3000, points=200, compare="true")
    place = widget.evaluate("w => [...document.querySelectorAll('.dlw-host')].indexOf(w.closest('.dlw-host'))")
    opened.tab.goto(f"{opened.tab.url.split('#')[0]}#dlw={place}&epoch=3000")
    widget.locator(".dlw-readout", has_text=re.compile(r"^Epoch 3000:")).wait_for(timeout=60000)
    assert max(opened.tab.evaluate("long"), default=0) < 400         # generous: the machine is shared


def test_copied_python_is_offered_in_both_libraries(space):
    opened, widget = space()
    put(opened, widget, epoch=7)
    opened.tab.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    widget.get_by_text("More settings").click()
    for library, line in (("dlnotes", "from dlnotes.autograd import Tensor"), ("torch", "import torch")):
        widget.get_by_role("button", name=f"Copy as Python ({library})").click()
        opened.tab.wait_for_timeout(100)
        shown = widget.locator("textarea:visible").last.input_value()
        assert line in shown and "epoch 7" in shown and "for k in range(91)" in shown      # 13 steps an epoch
