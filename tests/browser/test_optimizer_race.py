"""The race as a reader uses it: the start, the turned valley, tuning, noise, and a run that rewinds exactly."""

import re

import pytest
from scripts import output_of
from visits import VIEWS, readout

from dlnotes.widgets.optimizer_race import OptimizerRace, tune

PAGE = "chapters/gallery/optimizer-race.html"
NAMES = ["plain GD", "momentum", "Nesterov", "AdaGrad", "RMSProp", "Adam", "AdamW"]


@pytest.fixture
def start(visit):
    def open_page(**options):
        page = visit(PAGE, **{"reduced_motion": "reduce", **options})
        return page, page.widget("optimizer_race")
    return open_page


def table(widget):
    """{name: (rate, loss in words, place)}, as the table says it."""
    rows = widget.locator("tbody tr").evaluate_all(
        "rows => rows.map((row) => [row.querySelector('label span:last-child'), ...row.querySelectorAll('td')].map((n) => n.textContent))")
    return {name: (float(rate), loss, place) for name, rate, loss, place in rows}


def put(page, **traits):
    address = page.tab.url.split("#")[0]
    page.tab.goto(f"{address}#dlw=0&" + "&".join(f"{k}={v}" for k, v in traits.items()))
    page.tab.wait_for_timeout(200)


def story(page, widget, name, step=500):
    """Choose a situation, go to a step, and return the table."""
    widget.get_by_role("button", name=name).click()
    page.tab.wait_for_timeout(100)
    scrub = widget.locator(".dlw-player input[type=range]")
    scrub.evaluate("(s, v) => { s.value = v; s.dispatchEvent(new Event('input', { bubbles: true })); }", step)
    page.tab.wait_for_timeout(150)
    return table(widget)


def test_turning_the_valley_moves_the_diagonal_methods_alone(start):
    """The slider turns surface and start: three lines of the table stay what they are, the others do not."""
    page, widget = start()
    before = story(page, widget, "Along an axis")
    entry = widget.get_by_label("surface and start turned by, in degrees, exact number")
    entry.fill("45")
    entry.press("Enter")
    page.tab.wait_for_timeout(200)
    after = table(widget)
    assert [after[name][1] for name in NAMES[:3]] == [before[name][1] for name in NAMES[:3]]
    for name in ("AdaGrad", "RMSProp", "Adam"):
        assert after[name][1] != before[name][1] and float(after[name][1]) > 1e-3, name
    assert before["AdaGrad"] == (1.3, "< 10⁻¹⁶", "1") and after["momentum"][2] == "1"


def test_tune_all_finds_the_rates_that_python_finds(start):
    page, widget = start()
    put(page, surface="quadratic", condition=30, angle=20, x=-1.2, y=1.1, steps=60, noise=0, step=60)
    widget.get_by_role("button", name="Tune all").click()
    page.tab.wait_for_timeout(300)
    race = OptimizerRace(surface="quadratic", condition=30.0, angle=20.0, x=-1.2, y=1.1, steps=60)
    for name, shown in zip(list(race.race())[:4], NAMES):
        assert table(widget)[shown][0] == tune(race.place(), name, -1.2, 1.1, 60), name


@pytest.mark.parametrize("width, scheme", VIEWS)
def test_by_keyboard(start, width, scheme):
    page, widget = start(width=width, scheme=scheme)
    put(page, x=0, y=1, step=0, surface="quadratic", angle=0)
    grip = widget.locator(".dlw-handle")
    grip.focus()
    page.tab.keyboard.press("ArrowRight")
    page.tab.keyboard.press("ArrowDown")
    page.tab.wait_for_timeout(100)
    assert grip.get_attribute("aria-valuetext") == "start at x = 0.08, y = 0.92"
    widget.get_by_role("button", name="Play").focus()
    for key, step in ((".", 1), (".", 2), (",", 1), ("r", 0)):
        page.tab.keyboard.press(key)
        page.tab.wait_for_timeout(60)
        assert readout(widget).startswith(f"Step {step}.")
    rate = widget.get_by_label("its learning rate", exact=True)
    before = table(widget)["Adam"][0]
    rate.focus()
    page.tab.keyboard.press("ArrowRight")
    page.tab.wait_for_timeout(100)
    assert before < table(widget)["Adam"][0] < 1.2 * before
    box = widget.get_by_role("checkbox", name="Nesterov")
    box.focus()
    page.tab.keyboard.press("Space")
    page.tab.wait_for_timeout(100)
    assert not box.is_checked() and table(widget)["Nesterov"][1] == ""
    put(page, step=5)
    assert "Nesterov" not in readout(widget) and "AdaGrad" in readout(widget)


@pytest.mark.parametrize("width, scheme", VIEWS)
def test_the_start_is_dragged(start, width, scheme):
    touch = width == 360
    page, widget = start(width=width, scheme=scheme, has_touch=touch, is_mobile=touch)
    put(page, x=-1, y=0.5, step=0, surface="quadratic", angle=0)
    grip = widget.locator(".dlw-handle")
    grip.scroll_into_view_if_needed()
    box = grip.bounding_box()
    x, y = box["x"] + 22, box["y"] + 22
    page.tab.mouse.move(x, y)
    page.tab.mouse.down()
    page.tab.mouse.move(x + 50, y + 30, steps=4)
    page.tab.mouse.up()
    page.tab.wait_for_timeout(150)
    moved = [float(v.replace("−", "-")) for v in re.findall(r"= (−?[\d.]+)", grip.get_attribute("aria-valuetext"))]
    assert moved[0] > -0.9 and moved[1] < 0.4
    click = (lambda name: widget.get_by_role("button", name=name).tap()) if touch else (
        lambda name: widget.get_by_role("button", name=name).click())
    click("learning rate 2 of AdamW: set it below")
    page.tab.wait_for_timeout(100)
    assert widget.get_by_label("its learning rate, exact number").input_value() == "2"
    small = widget.locator("button:visible, select:visible, input[type=number]:visible, .dlw-toggle:visible").evaluate_all(
        "nodes => nodes.map(n => [n.textContent || n.ariaLabel, n.getBoundingClientRect().height]).filter(([, h]) => h < 43.5)")
    assert not small, f"touch targets below 44 px: {small}"
    wide = widget.evaluate("w => [w.scrollWidth, w.clientWidth]")
    assert wide[0] <= wide[1]


def test_a_run_rewinds_exactly_and_a_seed_comes_back(start):
    page, widget = start()
    story(page, widget, "Noise", 0)
    seen = {}
    for step in (0, 1, 17, 120, 200):
        put(page, step=step)
        seen[step] = (readout(widget), table(widget))
    put(page, seed=2)
    assert table(widget) != seen[200][1]
    put(page, seed=1)
    for step in (120, 17, 200, 1, 0):
        put(page, step=step)
        assert (readout(widget), table(widget)) == seen[step]


def test_stories(start):
    page, widget = start()
    assert story(page, widget, "Turned: Adam")["momentum"][2] == "1"
    assert story(page, widget, "Ravine")["Nesterov"][2] == "1"
    ridge = story(page, widget, "Saddle")
    assert float(ridge["plain GD"][1]) > 0.23 and ridge["RMSProp"][2] == "1"
    assert story(page, widget, "Rosenbrock")["momentum"][2] == "1"
    noisy = story(page, widget, "Noise")
    widget.get_by_role("button", name="Tune all").click()
    page.tab.wait_for_timeout(300)
    assert all(table(widget)[name][0] < 0.5 * noisy[name][0] for name in ("plain GD", "momentum", "Nesterov", "AdaGrad"))


def test_divergence_is_told_in_words(start):
    page, widget = start()
    put(page, surface="beale", x=3.9, y=3.9, lrs="10,10,10,10,10,10,10", step=500, steps=500, noise=5)
    assert "Diverged: plain GD" in readout(widget) and "NaN" not in readout(widget)
    assert table(widget)["plain GD"][1] == "diverged"


@pytest.mark.parametrize("library", ["dlnotes", "torch"])
def test_the_script_prints_the_losses_on_the_screen(start, library):
    page, widget = start(permissions=["clipboard-read", "clipboard-write"])
    story(page, widget, "Noise", 33)
    script = page.copied(widget, f"Copy as Python ({library})")
    printed = [line.split() for line in output_of(script).splitlines()]
    assert len(printed) == 7
    for (_, step, value), shown in zip(printed, NAMES):
        assert step == "33" and float(value) == pytest.approx(float(table(widget)[shown][1]), rel=5e-3)


def test_bad_links_are_kept_out(start):
    page, widget = start()
    before = readout(widget)
    put(page, lrs="1,2,3", surface="parabola", x="1e9", noise="-1", steps="0", racing="nobody", selected="__proto__")
    assert readout(widget) == before
    put(page, lrs="1,1,1,1,1,1,NaN")
    assert readout(widget) == before
