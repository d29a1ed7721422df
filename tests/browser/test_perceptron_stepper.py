"""The perceptron stepper in a browser: points placed by mouse, touch and keyboard, and a run that keeps the rule."""

import re

import numpy as np
import pytest
from visits import VIEWS, set_traits, trait

from dlnotes.perceptron import max_margin, pla, with_bias
from dlnotes.widgets.perceptron_stepper import PRESETS, order_of

PAGE = "chapters/foundations/perceptron.html?widgets"
POINTS = "w => w.closest('.dlw-host').model.get('points')"


def points(widget):
    return np.reshape(widget.evaluate(POINTS), (-1, 3))


def settle(opened):
    """Two frames: what an event has changed is drawn in the next."""
    opened.tab.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def put(opened, widget, **traits):
    set_traits(widget, **traits)
    settle(opened)


def headline(widget):
    return widget.locator(".dlw-ps-head").inner_text()


def readout(widget):
    return widget.locator(".dlw-readout").first.inner_text().replace("\N{MINUS SIGN}", "-")


def place_of(widget, x, y):
    """Where (x, y) of the plane is on the screen, brought to its middle: the grips stand on the points."""
    widget.locator(".dlw-ps-plane").evaluate("n => n.scrollIntoView({ block: 'center', behavior: 'instant' })")
    return widget.evaluate("""(w, at) => {
        const { model } = w.closest('.dlw-host'), list = model.get('points'), grips = w.querySelectorAll('.dlw-ps-grip');
        const centre = (i) => { const b = grips[i].getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2]; };
        const [a, b] = [centre(0), centre(1)];
        const scale = (d) => (b[d] - a[d]) / (list[3 + d] - list[d]);
        return [0, 1].map((d) => a[d] + (at[d] - list[d]) * scale(d)); }""", [x, y])


@pytest.fixture
def stepper(visit):
    def start(**options):
        opened = visit(PAGE, **{"reduced_motion": "reduce", **options})
        widget = opened.widget("perceptron_stepper")
        widget.locator(".dlw-ps-plane").scroll_into_view_if_needed()
        return opened, widget
    return start


@pytest.mark.parametrize("width, scheme", VIEWS)
def test_steps_are_those_of_the_algorithm_there_and_back(stepper, width, scheme):
    """By keyboard alone: the sentence names the weights of each moment; going back shows the same words again."""
    opened, widget = stepper(width=width, scheme=scheme)
    rows = np.array(PRESETS["separable"])
    run = pla(with_bias(rows[:, :2]), rows[:, 2])
    widget.get_by_role("button", name="Play").focus()
    seen = [readout(widget)]
    for k in range(1, len(run.rows) + 1):
        opened.tab.keyboard.press(".")
        settle(opened)
        seen.append(readout(widget))
        w = [float(v) for v in re.search(r"= \((\S+), (\S+), (\S+)\)\.", seen[-1]).groups()]
        assert w == pytest.approx(run.W[k], abs=5e-3)
        assert f"Point {run.rows[k - 1] + 1} (" in seen[-1]
        assert headline(widget) == (f"Mistake {k} of at most 107" if k < 11 else "Done: 11 mistakes of at most 107")
    for k in reversed(range(len(run.rows))):
        opened.tab.keyboard.press(",")
        settle(opened)
        assert readout(widget) == seen[k]


BLUE_ON_THE_RIGHT = """w => {
    const canvas = w.querySelector('.dlw-ps-time canvas'), { width, height } = canvas, half = width >> 1;
    const probe = document.createElement('span');
    probe.style.color = 'var(--dlw-c0)';
    w.append(probe);
    const [r, g, b] = getComputedStyle(probe).color.match(/\\d+/g).map(Number);
    probe.remove();
    const { data } = canvas.getContext('2d').getImageData(half, 0, width - half, height);
    let count = 0;
    for (let i = 0; i < data.length; i += 4) {
      count += data[i + 3] > 250 && Math.abs(data[i] - r) + Math.abs(data[i + 1] - g) + Math.abs(data[i + 2] - b) < 6;
    }
    return count; }"""


@pytest.mark.parametrize("width, scheme", VIEWS)
def test_nothing_is_shown_of_what_comes(stepper, width, scheme):
    """Before a step is taken neither the slider nor the curves tell how long the run is; back, they end there."""
    opened, widget = stepper(width=width, scheme=scheme)
    seen = widget.locator(".dlw-player output").first
    widget.locator(".dlw-ps-time").scroll_into_view_if_needed()
    settle(opened)
    assert seen.inner_text() == "0 of 0" and widget.evaluate(BLUE_ON_THE_RIGHT) == 0
    put(opened, widget, step=3)
    assert seen.inner_text() == "3 of 3" and widget.evaluate(BLUE_ON_THE_RIGHT) == 0
    put(opened, widget, step=11)
    assert seen.inner_text() == "11 of 11" and widget.evaluate(BLUE_ON_THE_RIGHT) > 50
    put(opened, widget, step=3)
    assert seen.inner_text() == "3 of 11" and widget.evaluate(BLUE_ON_THE_RIGHT) == 0
    put(opened, widget, seed=1)
    assert seen.inner_text() == "3 of 3"


@pytest.mark.parametrize("width, scheme", VIEWS)
def test_xor_cycles_in_words(stepper, width, scheme):
    opened, widget = stepper(width=width, scheme=scheme)
    widget.get_by_role("button", name="XOR").click()
    put(opened, widget, step=5)
    assert headline(widget) == "Mistake 5: not separable, cycles"
    assert "hulls of the classes meet at (0.00, 0.00)" in readout(widget)
    assert "weights after mistake 1" in readout(widget) and "repeats every 4 mistakes, for ever" in readout(widget)


@pytest.mark.parametrize("width", [1280, 360])
def test_mouse_places_drags_and_deletes(stepper, width):
    opened, widget = stepper(width=width)
    mouse = opened.tab.mouse
    mouse.click(*place_of(widget, -3, -3))
    settle(opened)
    new = points(widget)
    assert len(new) == 13 and new[12] == pytest.approx([-3, -3, 1], abs=0.06)
    mouse.move(*place_of(widget, *new[12, :2]))
    mouse.down()
    mouse.move(*place_of(widget, -1, 1), steps=5)
    mouse.up()
    settle(opened)
    assert points(widget)[12] == pytest.approx([-1, 1, 1], abs=0.06)
    assert np.all(points(widget)[:, :2] * 64 % 1 == 0)
    widget.get_by_role("button", name="Change class").click()
    settle(opened)
    assert points(widget)[12, 2] == -1
    widget.get_by_role("button", name="Delete").click()
    settle(opened)
    np.testing.assert_array_equal(points(widget), PRESETS["separable"])


@pytest.mark.parametrize("width", [1280, 360])
def test_touch_places_and_drags_and_the_page_scrolls(stepper, width):
    opened, widget = stepper(width=width, has_touch=True, is_mobile=width == 360)
    widget.get_by_role("button", name="Place \N{MINUS SIGN}").tap()
    opened.tab.touchscreen.tap(*place_of(widget, -3, 3))
    settle(opened)
    assert len(points(widget)) == 13 and points(widget)[12] == pytest.approx([-3, 3, -1], abs=0.1)
    action = "n => getComputedStyle(n).touchAction"
    assert widget.locator(".dlw-ps-plane").evaluate(action) == "pan-y pinch-zoom"       # a finger beside the points scrolls
    assert widget.locator(".dlw-ps-grip").first.evaluate(action) == "none"              # on a point it drags
    session = opened.context.new_cdp_session(opened.tab)
    start, end = place_of(widget, *points(widget)[12, :2]), place_of(widget, -3, -3)
    top = opened.tab.evaluate("scrollY")

    def finger(kind, at=None):
        session.send("Input.dispatchTouchEvent", {
            "type": kind, "touchPoints": [] if at is None else [{"x": at[0], "y": at[1]}]})
    finger("touchStart", start)
    for part in np.linspace(0.1, 1, 10):
        finger("touchMove", [a + part * (b - a) for a, b in zip(start, end)])
    finger("touchEnd")
    settle(opened)
    assert opened.tab.evaluate("scrollY") == top
    assert points(widget)[12] == pytest.approx([-3, -3, -1], abs=0.15)
    small = widget.locator("button:visible, select:visible, input[type=number]:visible, .dlw-toggle:visible").evaluate_all(
        "nodes => nodes.map(n => [n.textContent, n.getBoundingClientRect().height]).filter(([, h]) => h < 43.5)")
    assert not small, f"touch targets below 44 px: {small}"


@pytest.mark.parametrize("width, scheme", VIEWS)
def test_keyboard_does_all_that_the_mouse_does(stepper, width, scheme):
    opened, widget = stepper(width=width, scheme=scheme)
    press = opened.tab.keyboard.press
    widget.get_by_role("button", name="Clear").click()
    settle(opened)
    assert headline(widget) == "No points yet" and "place a point" in readout(widget)
    widget.get_by_role("button", name="New point").focus()
    press("Enter")
    settle(opened)
    focused = "document.activeElement.getAttribute('aria-valuetext')"
    assert points(widget).tolist() == [[0, 0, 1]] and opened.tab.evaluate(focused) == "class plus, x 0.00, y 0.00"
    for key in ("ArrowRight", "ArrowUp", "ArrowUp", "Shift+ArrowLeft", "c"):
        press(key)
    settle(opened)
    assert points(widget).tolist() == [[1 / 8 - 1 / 64, 1 / 4, -1]]
    assert "All points are of one class" in readout(widget)
    widget.get_by_role("button", name="New point").focus()
    press("Enter")
    settle(opened)
    assert len(points(widget)) == 2
    press("PageUp")
    settle(opened)
    assert opened.tab.evaluate(focused).startswith("class minus")
    press("Delete")
    settle(opened)
    assert points(widget)[:, 2].tolist() == [1] and widget.locator(".dlw-ps-grip:visible").count() == 1


def test_odd_sets_are_met_with_words(stepper):
    opened, widget = stepper()
    put(opened, widget, points=[1, 1, 1, 1, 1, -1], step=3)
    assert "share one place but not the class" in readout(widget) and "not separable" in headline(widget)
    put(opened, widget, points=[1, 1, 1, 1, 1, 1], step=3)
    assert headline(widget) == "Done: 1 mistake of at most 1"
    rng = np.random.default_rng(0)
    many = np.column_stack([np.round(rng.uniform(-4, 4, (10_000, 2)) * 64) / 64, rng.choice([-1, 1], 10_000)])
    put(opened, widget, points=many.ravel().tolist(), step=20)
    assert "10,000 points: too many to move by hand" in widget.locator(".dlw-ps-note").inner_text()
    assert "not separable" in headline(widget) and widget.locator(".dlw-ps-grip:visible").count() == 0
    assert widget.get_by_role("button", name="Copy link").is_disabled()


def test_order_and_margin_are_those_of_the_package(stepper):
    opened, widget = stepper()
    put(opened, widget, points=np.ravel(PRESETS["narrow"]).tolist(), seed=7, step=1000)
    rows = np.array(PRESETS["narrow"])
    X, y = with_bias(rows[:, :2]), rows[:, 2]
    margin, run = max_margin(X, y), pla(X, y, order=order_of(7, 12))
    most = int((X**2).sum(axis=1).max() / margin.gamma**2 + 1e-6)
    assert headline(widget) == f"Done: {len(run.rows)} mistakes of at most {most}"
    assert f"{margin.gamma:.3f} (exact)" in widget.locator("dl").inner_text()


def test_links_bring_points_and_refuse_nonsense(stepper, visit):
    opened, widget = stepper()
    put(opened, widget, points=[0.5, 1, 1, -1, -0.25, -1], step=1)
    widget.get_by_role("button", name="Copy link").click()
    opened.tab.wait_for_timeout(100)
    again = visit(opened.tab.url.removeprefix(opened.address + "/"))
    other, address = again.widget("perceptron_stepper"), again.tab.url.split("#")[0]
    settle(again)
    assert points(other).tolist() == [[0.5, 1, 1], [-1, -0.25, -1]] and trait(other, "step") == 1
    place = other.evaluate("w => [...document.querySelectorAll('.dlw-host')].indexOf(w.closest('.dlw-host'))")
    for bad in ("1,2", "1,2,3", "9,0,1", "NaN,0,1", "1,,1", ",".join(["0,0,1"] * 201), "Infinity,0,1", "x"):
        again.tab.goto(f"{address}#dlw={place}&points={bad}&step=-3&seed=1e99&widest=maybe")
        settle(again)
        assert points(other).tolist() == [[0.5, 1, 1], [-1, -0.25, -1]], bad
        assert trait(other, "step") == 1 and trait(other, "seed") == 0 and trait(other, "widest") is False
    again.tab.goto(f"{address}#dlw={place}&points=")
    settle(again)
    assert headline(other) == "No points yet"


@pytest.mark.parametrize("motion, frames", [("reduce", 1), ("no-preference", 5)])
def test_the_line_turns_unless_motion_is_not_wanted(stepper, motion, frames):
    opened, widget = stepper(reduced_motion=motion, ledger=True)
    opened.tab.wait_for_timeout(300)
    before = opened.tab.evaluate("held.drawn ?? 0")
    widget.get_by_role("button", name="Step", exact=True).click()
    opened.tab.wait_for_timeout(600)
    drawn = opened.tab.evaluate("held.drawn") - before
    assert drawn >= 5 if frames > 1 else 1 <= drawn <= 3
    opened.tab.wait_for_timeout(300)
    assert opened.tab.evaluate("held.drawn") - before == drawn and opened.tab.evaluate("held.frames") == 0


def test_a_thousand_sets_of_points_neither_throw_nor_freeze(stepper):
    opened, widget = stepper()
    out = widget.evaluate("""async (w) => {
        const { model } = w.closest('.dlw-host'), frame = () => new Promise((done) => requestAnimationFrame(done));
        let state = 1, slowest = 0;
        const random = () => { state = (state * 48271) % 2147483647; return state / 2147483647; };
        const coordinate = [() => random() * 8 - 4, () => Math.round(random() * 8 - 4), () => 0, () => (random() < 0.5 ? 4 : -4)];
        for (let n = 0; n < 1000; n++) {
          const draw = coordinate[n % 4], N = Math.floor(random() * [2, 5, 61, 300][n % 3 + (n % 50 === 0)]);
          const snap = (v) => Math.round(v * 64) / 64, label = () => (random() < 0.5 ? 1 : -1), list = [];
          for (let i = 0; i < N; i++) list.push(snap(draw()), snap(draw()), n % 5 ? label() : 1);
          const begun = new Promise((done) => requestAnimationFrame(() => done(performance.now())));      // no wait for a frame is timed
          const start = performance.now();
          model.set('points', list);
          for (const [name, v] of [['step', Math.floor(random() * 1001)], ['seed', Math.floor(random() * 3)],
            ['pocket', n % 2 === 0], ['widest', n % 3 === 0]]) model.set(name, v);
          const set = performance.now() - start;
          await frame();
          const end = performance.now();
          slowest = Math.max(slowest, set + end - await begun);
        }
        return slowest; }""")
    assert not opened.complaints and out < 2500
    assert "NaN" not in widget.inner_text() and "undefined" not in widget.inner_text()
