"""The descent as a reader uses it: the limit by slider, the start by mouse, touch and keys, and a run that rewinds exactly."""

import math
import re

import pytest
from scripts import output_of
from visits import VIEWS, readout

PAGE = "chapters/gallery/descent.html"


@pytest.fixture
def start(visit):
    def open_page(**options):
        page = visit(PAGE, **{"reduced_motion": "reduce", **options})
        return page, page.widget("descent")
    return open_page


def badge(widget):
    return widget.locator(".dlw-state").inner_text()


def loss(widget):
    """The loss that is read out."""
    words = re.search(r"loss (\S+(?: × 10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)?),", readout(widget))[1]
    small = re.fullmatch(r"(\S+) × 10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)", words)
    if not small:
        return float(words)
    return float(small[1]) * 10 ** int(small[2].translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")))


def put(page, **traits):
    """Set traits through the page's own link."""
    address = page.tab.url.split("#")[0]
    page.tab.goto(f"{address}#dlw=0&" + "&".join(f"{k}={v}" for k, v in traits.items()))
    page.tab.wait_for_timeout(150)


def type_in(page, widget, label, value):
    entry = widget.get_by_label(f"{label}, exact number")
    entry.fill(str(value))
    entry.press("Enter")
    page.tab.wait_for_timeout(100)


def place(widget):
    """The start, as the handle says it."""
    found = re.findall(r"[xy] = (−?[\d.]+)", widget.locator(".dlw-handle").get_attribute("aria-valuetext"))
    return tuple(float(v.replace("−", "-")) for v in found)


@pytest.mark.parametrize("curvature, condition, momentum", [(10, 10, 0), (0.5, 1, 0), (40, 200, 0), (10, 10, 0.8)])
def test_the_limit_is_where_the_formula_says(start, curvature, condition, momentum):
    """At 0.98 of 2 (1 + momentum) / L the loss falls, at 1.02 it grows, by the sentence, the badge and the numbers."""
    page, widget = start()
    limit = 2 * (1 + momentum) / curvature
    common = dict(surface="quadratic", curvature=curvature, condition=condition, momentum=momentum, x=0.7, y=1.1, angle=20, steps=1000)
    for ratio, words in ((0.98, "2 % below"), (1.02, "2 % above")):
        put(page, **common, lr=ratio * limit, step=0)
        first = loss(widget)
        put(page, step=1000)
        assert words in readout(widget), readout(widget)
        assert badge(widget).startswith("Above the limit" if ratio > 1 else "Below the limit")
        assert loss(widget) > 10 * first if ratio > 1 else loss(widget) < 0.1 * first
        assert widget.locator(".dlw-card dd").first.inner_text().endswith(f"= {float(f'{limit:.3g}'):g}")


def test_the_slider_crosses_the_limit(start):
    """One press of an arrow key below the line, one above: the slider's own steps."""
    page, widget = start()
    slider = widget.get_by_label("learning rate", exact=True)
    slider.focus()
    type_in(page, widget, "learning rate", 0.2)
    assert badge(widget).startswith("On the limit") and "exactly" in readout(widget)
    slider.focus()
    page.tab.keyboard.press("ArrowRight")
    page.tab.wait_for_timeout(100)
    assert badge(widget).startswith("Above")
    for _ in range(2):
        page.tab.keyboard.press("ArrowLeft")
    page.tab.wait_for_timeout(100)
    assert badge(widget).startswith("Below")


def test_the_line_of_the_limit_stands_over_the_slider(start):
    """The picture over the slider has its scale: a click on it sets the rate to which the thumb goes."""
    page, widget = start()
    figure, slider = widget.locator(".dlw-descent-rate"), widget.get_by_label("learning rate", exact=True)
    slider.scroll_into_view_if_needed()
    box, track = figure.bounding_box(), slider.bounding_box()
    for share in (0.2, 0.5, 0.8):
        page.tab.mouse.click(box["x"] + share * box["width"], box["y"] + 60)
        page.tab.wait_for_timeout(100)
        value = math.log10(float(widget.get_by_label("learning rate, exact number").input_value()))
        thumb = track["x"] + 14 + (value + 4) / 5 * (track["width"] - 28)
        assert thumb == pytest.approx(box["x"] + share * box["width"], abs=4)


@pytest.mark.parametrize("width, scheme", VIEWS)
def test_by_keyboard(start, width, scheme):
    page, widget = start(width=width, scheme=scheme)
    put(page, x=0, y=0, step=0, surface="quadratic")
    grip = widget.locator(".dlw-handle")
    grip.focus()
    for key, where in (("ArrowRight", (0.08, 0)), ("ArrowUp", (0.08, 0.08)), ("Shift+ArrowLeft", (0.072, 0.08)), ("Home", (-2, 0.08))):
        page.tab.keyboard.press(key)
        page.tab.wait_for_timeout(60)
        assert place(widget) == pytest.approx(where, abs=1e-3), key
    assert loss(widget) == pytest.approx(0.5 * (2**2 + 10 * 0.08**2), rel=0.01)
    widget.get_by_role("button", name="Play").focus()
    for key, step in ((".", 1), (".", 2), (",", 1), ("r", 0)):
        page.tab.keyboard.press(key)
        page.tab.wait_for_timeout(60)
        assert readout(widget).startswith(f"Step {step}:")


@pytest.mark.parametrize("width, scheme", VIEWS)
def test_the_start_is_dragged(start, width, scheme):
    """By mouse, and by touch on a phone; the ball of one dimension follows x alone."""
    touch = width == 360
    page, widget = start(width=width, scheme=scheme, has_touch=touch, is_mobile=touch)
    for surface in ("quadratic", "double_well"):
        put(page, surface=surface, x=-1, y=0.5, step=0)
        grip = widget.locator(".dlw-handle")
        grip.scroll_into_view_if_needed()
        box = grip.bounding_box()
        x, y = box["x"] + 22, box["y"] + 22
        page.tab.mouse.move(x, y)
        page.tab.mouse.down()
        page.tab.mouse.move(x + 50, y + 30, steps=4)
        page.tab.mouse.up()
        page.tab.wait_for_timeout(100)
        moved = place(widget)
        assert moved[0] > -0.9 and (surface == "double_well" or moved[1] < 0.4)
        assert re.search(r"Step 0: loss", readout(widget))
    small = widget.locator("button:visible, select:visible, input[type=number]:visible").evaluate_all(
        "nodes => nodes.map(n => [n.textContent || n.ariaLabel, n.getBoundingClientRect().height]).filter(([, h]) => h < 43.5)")
    assert not small, f"touch targets below 44 px: {small}"


def test_a_run_rewinds_exactly(start):
    page, widget = start()
    put(page, surface="rosenbrock", x=-1.2, y=1, lr=0.0012, steps=600, step=0, momentum=0.3)
    seen = {}
    for step in (0, 1, 2, 57, 300, 600):
        put(page, step=step)
        seen[step] = readout(widget)
    assert len(set(seen.values())) == 6
    for step in (300, 57, 600, 2, 1, 0):
        put(page, step=step)
        assert readout(widget) == seen[step]


def test_stories(start):
    page, widget = start()
    for name, words in (("Just below", "Below"), ("Just above", "Above"), ("Ravine", "Below"), ("Saddle", "It bends down"),
                        ("Plateau", "It bends down"), ("Too large", "")):
        button = widget.get_by_role("button", name=name)
        button.click()
        page.tab.wait_for_timeout(120)
        assert badge(widget).startswith(words) and button.get_attribute("aria-pressed") == "true"
    put(page, step=1000)
    assert loss(widget) == pytest.approx(2.25) and badge(widget).startswith("Below the limit")


@pytest.mark.parametrize("library", ["dlnotes", "torch"])
def test_the_script_prints_the_loss_on_the_screen(start, library):
    page, widget = start(permissions=["clipboard-read", "clipboard-write"])
    put(page, surface="ravine", angle=30, condition=50, lr=0.15, momentum=0.7, x=-1.5, y=0.25, step=31)
    step, printed = output_of(page.copied(widget, f"Copy as Python ({library})")).split()[-2:]
    assert step == "31" and float(printed) == pytest.approx(loss(widget), rel=0.02)        # two digits of small numbers are shown


def test_bad_links_are_kept_out_and_good_ones_come_back(start, visit):
    page, widget = start()
    before = readout(widget)
    put(page, lr="NaN", surface="hill", curvature="-1", x="1e9", steps="0", momentum="1")
    assert readout(widget) == before
    put(page, surface="beale", lr=0.02, x=1, y=-1, step=33, angle=12)
    widget.get_by_role("button", name="Copy link").click()
    page.tab.wait_for_timeout(100)
    again = visit(page.tab.url.removeprefix(page.address + "/"), reduced_motion="reduce")
    assert readout(again.widget("descent")) == readout(widget)


def test_a_diverging_run_is_told_in_words(start):
    page, widget = start()
    put(page, surface="beale", x=3.9, y=3.9, lr=10, step=1000)
    assert "so the run ends here" in readout(widget) and "NaN" not in readout(widget)
    put(page, surface="quadratic", x=1, y=1, lr=10, step=1000)
    assert badge(widget).startswith("Above the limit") and "so the run ends here" in readout(widget)
