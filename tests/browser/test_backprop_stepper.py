"""The backprop stepper, driven as a reader drives it: keyboard, mouse, touch; wide, phone; light, dark; hostile texts."""

import json
import math
import re

import pytest
from visits import VIEWS, readout

PAGE = "chapters/gallery/backprop-stepper.html"


@pytest.fixture
def stepper(visit):
    def start(**options):
        opened = visit(PAGE, **{"reduced_motion": "reduce", **options})
        widget = opened.widget("backprop_stepper")
        put(opened, widget, expression="a*b + tanh(c)", values="2,-3,0.5", step=0)
        return opened, widget
    return start


def put(opened, widget, **traits):
    """Set traits through the page's own link: the address that "Copy link" makes."""
    from urllib.parse import quote
    place = widget.evaluate("w => [...document.querySelectorAll('.dlw-host')].indexOf(w.closest('.dlw-host'))")
    state = "&".join(f"{k}={quote(str(v))}" for k, v in traits.items())
    opened.tab.goto(f"{opened.tab.url.split('#')[0]}#dlw={place}&{state}")
    opened.tab.wait_for_timeout(150)


def table(widget):
    """The rows of the check, with plain minus signs."""
    rows = widget.locator(".dlw-bp-table tbody tr:visible").all()
    return [[c.replace("−", "-") for c in row.locator("th, td").all_inner_texts()] for row in rows]


def write(opened, widget, text):
    widget.get_by_label("formula").fill(text)
    opened.tab.wait_for_timeout(700)


@pytest.mark.parametrize("width, scheme", VIEWS)
def test_by_keyboard(stepper, width, scheme):
    """Step, back, end, reset, play and pause, without a mouse; the numbers are those of the formula."""
    opened, widget = stepper(width=width, scheme=scheme)
    press = lambda key: (opened.tab.keyboard.press(key), opened.tab.wait_for_timeout(60))      # noqa: E731
    widget.get_by_role("button", name="Play").focus()
    press(".")
    assert readout(widget) == "Forward, 1 of 3: v1 = a × b = 2 × (−3) = −6."
    press(".")
    assert readout(widget) == "Forward, 2 of 3: v2 = tanh(c) = tanh(0.5) = 0.4621."
    press(",")
    assert readout(widget).startswith("Forward, 1 of 3")
    widget.locator(".dlw-player input[type=range]").focus()
    press("End")
    slope = 1 - math.tanh(0.5) ** 2
    assert table(widget) == [["a = 2", "-3", "-3", "agrees"], ["b = -3", "2", "2", "agrees"],
                             ["c = 0.5", f"{slope:.4g}", f"{slope:.4g}", "agrees"]]
    press("r")
    assert readout(widget).startswith("The variables have their values. 3 operations to go")
    assert [row[1:] for row in table(widget)] == [["", "", ""]] * 3
    press("+")
    press("p")
    opened.tab.wait_for_timeout(700)
    press("p")
    stopped = readout(widget)
    assert not stopped.startswith("The variables")
    opened.tab.wait_for_timeout(400)
    assert readout(widget) == stopped


@pytest.mark.parametrize("width, scheme", VIEWS)
def test_a_typed_formula_becomes_a_graph_and_a_wrong_one_leaves_it(stepper, width, scheme):
    opened, widget = stepper(width=width, scheme=scheme)
    write(opened, widget, "u = a*b; u*u + sin(a)")
    names = widget.locator(".dlw-bp-name").all_text_contents()
    assert names == ["a", "b", "u = a × b", "v1 = u × u", "v2 = sin(a)", "f = v1 + v2"]
    assert not widget.locator(".dlw-bp-mistake").is_visible()
    write(opened, widget, "u = a*b; u*u + * sin(a)")
    said = widget.locator(".dlw-bp-mistake").inner_text()
    assert said.startswith("position 16: expected a number, a name or '('; got '*'")
    line, caret = said.split("\n")[1:]
    assert line[caret.index("^")] == "*" and caret.index("^") == 15
    assert widget.get_by_label("formula").input_value() == "u = a*b; u*u + * sin(a)"
    assert widget.locator(".dlw-bp-name").all_text_contents() == names
    write(opened, widget, "u = a*b; u*u")
    assert not widget.locator(".dlw-bp-mistake").is_visible()
    opened.tab.keyboard.press("End")
    assert opened.tab.evaluate("document.documentElement.scrollWidth") <= width


def test_values_that_were_set_stay_with_their_names(stepper):
    opened, widget = stepper()
    entry = widget.get_by_label("c, exact number")
    entry.fill("1.25")
    entry.press("Enter")
    opened.tab.wait_for_timeout(80)
    write(opened, widget, "c*b")
    assert [row[0] for row in table(widget)] == ["c = 1.25", "b = -3"]
    write(opened, widget, "b + new + c")
    assert [row[0] for row in table(widget)] == ["b = -3", "new = 1", "c = 1.25"]


@pytest.mark.parametrize("width, scheme", VIEWS)
def test_by_touch(stepper, width, scheme):
    """A finger chooses an example, steps, and taps a box; all targets are large enough."""
    opened, widget = stepper(width=width, scheme=scheme, has_touch=True, is_mobile=width == 360)
    widget.get_by_label("example").select_option(label="One variable, used twice")
    widget.get_by_role("button", name="Step", exact=True).tap()
    opened.tab.wait_for_timeout(80)
    assert readout(widget).startswith("Forward, 1 of 3: v1 = a × b = 2 × 0.5 = 1.")
    box = widget.locator('.dlw-bp-box[data-node="3"] rect')
    box.scroll_into_view_if_needed()
    box.tap()
    opened.tab.wait_for_timeout(80)
    assert readout(widget).startswith("Forward, 2 of 3: v2 = sin(a)")
    small = widget.locator("button:visible, select:visible, input[type=number]:visible, textarea:visible").evaluate_all(
        "nodes => nodes.map(n => [n.textContent || n.ariaLabel, n.getBoundingClientRect().height]).filter(([, h]) => h < 43.5)")
    assert not small, f"touch targets below 44 px: {small}"


def test_by_mouse_the_arrows_lead_to_their_steps(stepper):
    opened, widget = stepper()
    put(opened, widget, expression="a*a", values="3", step=0)
    grips = widget.locator(".dlw-bp-grip")
    assert grips.count() == 2
    for slot, words in ((0, "a is used twice: 1 more to add."), (1, "the parts add up: 3 + 3 = 6 = ∂f/∂a.")):
        grips.nth(slot).evaluate("""g => { const p = g.getPointAtLength(g.getTotalLength() / 2), m = g.getScreenCTM();
            const at = new DOMPoint(p.x, p.y).matrixTransform(m);
            g.dispatchEvent(new MouseEvent("click", { bubbles: true, clientX: at.x, clientY: at.y })); }""")
        opened.tab.wait_for_timeout(60)
        assert readout(widget).endswith(words)
    assert widget.locator('.dlw-bp-edge[data-state="sent"]').count() == 2


@pytest.mark.parametrize("width", [1280, 360])
def test_boxes_and_labels_are_legible(stepper, width):
    """The words of a box stay inside it, boxes apart from each other, letters of 11 px and more."""
    opened, widget = stepper(width=width)
    for expression, values in (("z = w*x + b; loss = (tanh(z) - y)**2", "0.5,2,-0.3,-1"), ("b*log(a)", "2,-0.5"),
                               ("sigmoid(sigmoid(sigmoid(sigmoid(w*x))))", "1,0.5"), ("max(abs(a), b, c)/softplus(a)", "1,2,3")):
        put(opened, widget, expression=expression, values=values, step=200)
        out = widget.locator(".dlw-bp-box").evaluate_all("""boxes => boxes.flatMap((box, i) => {
            const r = box.querySelector("rect").getBoundingClientRect();
            const texts = [...box.querySelectorAll("text")].map((t) => t.getBoundingClientRect());
            const apart = boxes.slice(0, i).every((b) => { const o = b.querySelector("rect").getBoundingClientRect();
              return r.right <= o.left || o.right <= r.left || r.bottom <= o.top || o.bottom <= r.top; });
            const inside = texts.every((t) => t.left > r.left - 1 && t.right < r.right + 1 && t.bottom < r.bottom + 1);
            return apart && inside && texts[0].height >= 11 ? [] : [box.textContent]; })""")
        assert not out, (expression, out)
        assert opened.tab.evaluate("document.documentElement.scrollWidth") <= width


def test_no_number_is_said_in_words(stepper):
    opened, widget = stepper()
    widget.get_by_label("example").select_option(label="Logarithm of a negative number")
    opened.tab.wait_for_timeout(80)
    assert not widget.get_by_text("has no real logarithm").is_visible()
    put(opened, widget, expression="b * log(a)", values="2,-0.5", step=200)
    assert widget.get_by_text("v1 = log(a) is not a number: −0.5 has no real logarithm.").is_visible()
    assert [row[3] for row in table(widget)] == ["no number to compare"] * 2
    put(opened, widget, expression="relu(a)", values="0", step=200)
    assert table(widget) == [["a = 0", "0", "0.5", "a kink: 0 on the left, 1 on the right"]]


def test_copied_link_and_scripts(stepper, visit):
    opened, widget = stepper()
    write(opened, widget, "x1*x2 + x1 ; ")
    put(opened, widget, values="1.5,-2", step=4)
    widget.get_by_role("button", name="Copy link").click()
    opened.tab.wait_for_timeout(100)
    again = visit(opened.tab.url.removeprefix(opened.address + "/"), reduced_motion="reduce").widget("backprop_stepper")
    assert readout(again) == readout(widget) and readout(widget).startswith("Backward, 1 of 4")
    assert again.get_by_label("formula").input_value() == "x1*x2 + x1 ; "
    widget.get_by_role("button", name="Copy as Python (torch)").click()
    opened.tab.wait_for_timeout(200)
    shown = widget.get_by_label("Copy as Python (torch): the text")
    if shown.is_visible():
        assert "v1 = x1 * x2\nf = v1 + x1\nf.backward()" in shown.input_value()


def test_hostile_links_change_nothing(stepper):
    opened, widget = stepper()
    before = readout(widget), widget.get_by_label("formula").input_value()
    for bad in ("<img src=x onerror=alert(1)>", "alert(1)", "a[0]", "constructor.constructor('alert(1)')()", "(" * 500, "a;" * 200):
        put(opened, widget, expression=bad, values="NaN,1e99", step="-1")
        assert (readout(widget), widget.get_by_label("formula").input_value()) == before, bad


def test_hostile_settings_never_break_or_freeze_it(stepper):
    """Some hundred texts, values and steps through the model and the keyboard's way: no exception, each drawn in time."""
    opened, widget = stepper()
    pieces = ["a", "b", "-", "+", "*", "/", "**", "(", ")", "log(", "exp(", "max(a,", "1e308", "0", ";", "u=", "\n", "_", "é", "=", ",",
              "sqrt(", "tanh(", "constructor", "__proto__", "toString(", "\u202e", "'", '"', "<b>", "\\", "${", "0x1", "Infinity", "NaN"]
    texts = [" ".join(pieces[(i * i + 7 * k * i + k) % len(pieces)] for k in range(1 + i % 9)) for i in range(250)]
    texts += ["+".join(["a"] * 150), "exp(" * 24 + "a" + ")" * 24, "sigmoid(" * 20 + "a" + ")" * 20, "*".join("abcdefgh") * 3,
              "a**b**a**b**a", "1/(a-a)", "exp(exp(exp(a)))*0", "a" * 100000, "u=a*a;" + ";".join(f"u{i}=u*u" for i in range(5))]
    slow = opened.tab.evaluate("""async (texts) => {
        const box = document.querySelector(".dlw-text textarea"), slow = [];
        const scrub = document.querySelector('[data-dlw="backprop_stepper"] .dlw-player input[type=range]');
        for (const [i, text] of texts.entries()) {
            const start = performance.now();
            box.value = text;
            box.dispatchEvent(new Event("input", { bubbles: true }));
            for (const number of document.querySelectorAll('[data-dlw="backprop_stepper"] .dlw-controls input[type=number]')) {
                number.value = ["1e300", "-3", "", "0", "abc", "10"][i % 6];
                number.dispatchEvent(new Event("change", { bubbles: true }));
            }
            scrub.value = i % 40;
            scrub.dispatchEvent(new Event("input", { bubbles: true }));
            await new Promise(requestAnimationFrame);
            if (performance.now() - start > 400) slow.push([text.slice(0, 60), performance.now() - start]);
        }
        return slow;
    }""", texts)
    assert len(slow) <= 3, slow
    write(opened, widget, "a*b")
    assert widget.locator(".dlw-bp-name").all_text_contents() == ["a", "b", "f = a × b"]
    assert json.dumps(opened.complaints) == "[]"


def test_reduced_motion_and_nothing_off_screen(stepper):
    opened, widget = stepper(ledger=True, reduced_motion="no-preference")
    widget.get_by_role("button", name="Play").click()
    opened.tab.wait_for_timeout(1300)
    assert re.match("Forward", readout(widget))
    opened.tab.evaluate("scrollTo(0, 0)")
    widget.evaluate("w => { w.style.marginTop = '5000px'; }")
    opened.tab.wait_for_timeout(500)
    before = opened.tab.evaluate("held.drawn")
    opened.tab.wait_for_timeout(500)
    assert opened.tab.evaluate("held.drawn") - before <= 2
