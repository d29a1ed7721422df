"""The GAN lab in a browser: the words are numpy's, halves in turn, exact rewinding, drawing by mouse, finger and keys, links."""

import re

import numpy as np
import pytest
from visits import set_traits, trait

from dlnotes.widgets.gan_game import evaluate
from dlnotes.widgets.gan_lab import GanLab

PAGE = "chapters/gallery/gan-lab.html"
SMALL = dict(g_units=6, d_units=6, batch=16)                     # a game that is quickly played


def readout(widget):
    return widget.locator(".dlw-readout").first.inner_text().replace("\N{MINUS SIGN}", "-").replace("\xa0", " ")


def arrived(opened, widget, step, half=False):
    """Wait until the run stands at an iteration and its words are exact."""
    start = f"Iteration {step}{' and a half' if half else ''}: "
    opened.tab.wait_for_function("([w, start]) => w.querySelector('.dlw-readout').textContent.startsWith(start)",
                                 arg=[widget.element_handle(), start], timeout=60000)
    opened.tab.wait_for_timeout(450)
    return readout(widget)


def numbers(words):
    modes = re.search(r"(\d+) of \d+ modes caught", words)
    energy, covered = re.search(r"energy distance (-?[\d.]+), (\d+) % of the real points", words).groups()
    right = re.search(r"discriminator right on (\d+) %", words)
    return (int(modes[1]) if modes else 0, float(energy), int(covered), int(right[1]) if right else None)


def expected(**traits):
    widget = GanLab(**traits)
    _, now, _ = widget.shown()
    right = None if widget.loss == "wasserstein" else round(100 * now["accuracy"])
    return now["modes"], round(now["energy"], 3), round(100 * now["recall"]), right


def same(got, want):
    assert got[0] == want[0] and got[1] == pytest.approx(want[1], abs=1.1e-3) and abs(got[2] - want[2]) <= 1
    assert got[3] == want[3] or abs(got[3] - want[3]) <= 1


@pytest.fixture
def lab(visit):
    def start(page=PAGE, **options):
        opened = visit(page, **{"reduced_motion": "reduce", **options})
        widget = opened.widget("gan_lab")
        opened.tab.wait_for_timeout(200)
        return opened, widget
    return start


@pytest.mark.parametrize("traits", [
    dict(step=120), dict(step=83, half=True, scheme="simultaneous", data="grid"), dict(step=60, scheme="extragradient", data="moons"),
    dict(step=40, loss="wasserstein", d_steps=5, beta1=0.0), dict(step=70, loss="least_squares", latent=1, data="spiral"),
    dict(step=90, loss="minimax", optimizer="sgd", lr_g=0.1, lr_d=0.1, data="disc")], ids=str)
def test_readout_is_what_numpy_computes(lab, traits):
    opened, widget = lab()
    set_traits(widget, **SMALL, **traits)
    same(numbers(arrived(opened, widget, traits["step"], traits.get("half", False))), expected(**SMALL, **traits))


def test_rewinding_shows_the_same_words_and_controls_start_anew(lab):
    opened, widget = lab()
    set_traits(widget, **SMALL, step=150)
    seen = arrived(opened, widget, 150)
    for step in (300, 31):
        set_traits(widget, step=step)
        assert arrived(opened, widget, step) != seen
    set_traits(widget, step=150)
    assert arrived(opened, widget, 150) == seen
    widget.get_by_label("loss", exact=True).select_option(label="Wasserstein, clipped")
    arrived(opened, widget, 0)
    assert [trait(widget, n) for n in ("loss", "d_steps", "beta1", "lr_g", "step")] == ["wasserstein", 5, 0, 0.0005, 0]
    widget.get_by_role("button", name="New seed").click()
    arrived(opened, widget, 0)
    assert trait(widget, "seed") == 1


def test_slow_motion_shows_the_halves_by_keyboard(lab):
    opened, widget = lab()
    set_traits(widget, **SMALL, step=10)
    whole = arrived(opened, widget, 10)
    widget.get_by_label("slow motion").check()
    assert trait(widget, "speed") == 1
    widget.locator(".dlw-main").focus()
    press = opened.tab.keyboard.press
    press(".")
    half = arrived(opened, widget, 10, True)
    same(numbers(half), expected(**SMALL, step=10, half=True))
    press(".")
    arrived(opened, widget, 11)
    press(",")
    assert arrived(opened, widget, 10, True) == half
    press(",")
    assert arrived(opened, widget, 10) == whole
    press(".")
    widget.get_by_label("slow motion").uncheck()
    assert arrived(opened, widget, 10) == whole and trait(widget, "half") is False
    widget.locator(".dlw-main").focus()
    press("r")
    arrived(opened, widget, 0)


def test_playing_moves_on_and_stops(lab):
    opened, widget = lab(reduced_motion="no-preference")
    set_traits(widget, **SMALL)
    widget.locator(".dlw-main").click()
    opened.tab.wait_for_function("w => w.closest('.dlw-host').model.get('step') > 5", arg=widget.element_handle(), timeout=20000)
    widget.locator(".dlw-main").click()
    opened.tab.wait_for_timeout(300)
    step = trait(widget, "step")
    arrived(opened, widget, step)
    opened.tab.wait_for_timeout(400)
    assert trait(widget, "step") == step


def on_plane(widget, x, y):
    box = widget.locator(".dlw-gan-sheet").bounding_box()
    return box["x"] + (x + 1.5) / 3 * box["width"], box["y"] + (1.5 - y) / 3 * box["height"]


@pytest.mark.parametrize("width", [1280, 360])
def test_drawing_with_mouse_and_keys(lab, width):
    opened, widget = lab(width=width)
    set_traits(widget, **SMALL)
    widget.get_by_label("real points").select_option(label="your own drawing")
    opened.tab.wait_for_timeout(200)
    assert readout(widget).startswith("Draw some points")
    widget.locator(".dlw-gan-sheet").scroll_into_view_if_needed()
    mouse = opened.tab.mouse
    mouse.move(*on_plane(widget, -1, 0.5))
    mouse.down()
    mouse.move(*on_plane(widget, 1, 0.5), steps=30)
    mouse.up()
    opened.tab.wait_for_timeout(200)
    own = np.array(trait(widget, "own")).reshape(-1, 2)
    assert len(own) > 10 and np.abs(own[:, 1] - 0.5).max() < 0.03 and np.ptp(own[:, 0]) > 1.8
    widget.locator(".dlw-gan-sheet").focus()
    for key in ("ArrowDown", "ArrowDown", "Shift+ArrowRight", "Enter"):
        opened.tab.keyboard.press(key)
    opened.tab.wait_for_timeout(150)
    assert trait(widget, "own")[-2:] == [0.02, -0.2]
    set_traits(widget, step=30)
    same(numbers(arrived(opened, widget, 30)), expected(**SMALL, data="own", own=trait(widget, "own"), step=30))
    opened.tab.keyboard.press("Delete")
    opened.tab.wait_for_timeout(150)
    assert trait(widget, "own")[-2:] != [0.02, -0.2] and trait(widget, "step") == 0
    widget.get_by_role("button", name="Clear").click()
    opened.tab.wait_for_timeout(150)
    assert trait(widget, "own") == [] and readout(widget).startswith("Draw some points")


def test_drawing_with_a_finger_does_not_scroll(lab):
    opened, widget = lab(width=360, has_touch=True, is_mobile=True)
    set_traits(widget, **SMALL, data="own", own=[])
    opened.tab.wait_for_timeout(200)
    sheet = widget.locator(".dlw-gan-sheet")
    sheet.scroll_into_view_if_needed()
    assert sheet.evaluate("s => getComputedStyle(s).touchAction") == "none"
    opened.tab.touchscreen.tap(*on_plane(widget, 0.6, -0.6))
    opened.tab.wait_for_timeout(200)
    assert trait(widget, "own") == pytest.approx([0.6, -0.6], abs=0.03)
    assert opened.tab.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_dragging_along_the_curves_goes_back(lab):
    opened, widget = lab()
    set_traits(widget, **SMALL, step=400)
    arrived(opened, widget, 400)
    charts = widget.locator(".dlw-gan-charts")
    charts.scroll_into_view_if_needed()
    box = charts.bounding_box()
    at = box["x"] + 40 + 0.4 * (box["width"] - 58)                # the axis goes to 500
    opened.tab.mouse.click(at, box["y"] + 60)
    opened.tab.wait_for_timeout(300)
    assert trait(widget, "step") == pytest.approx(200, abs=3)
    arrived(opened, widget, trait(widget, "step"))


def test_links_bring_a_run_and_keep_nonsense_out(lab, visit):
    opened, widget = lab()
    set_traits(widget, **SMALL, data="own", own=[0.5, 0.5, -0.5, 0.25], scheme="simultaneous", seed=7, step=20, half=True, latent=1)
    seen = arrived(opened, widget, 20, True)
    widget.get_by_role("button", name="Copy link").click()
    opened.tab.wait_for_timeout(200)
    again, other = lab(page=opened.tab.url.removeprefix(opened.address + "/"))
    assert arrived(again, other, 20, True) == seen and trait(other, "own") == [0.5, 0.5, -0.5, 0.25]
    for bad in ("own=1,2,3", "own=9,9", "own=a,b", "lr_g=0&lr_d=9", "loss=win&scheme=constructor", "step=1e9&d_steps=0&batch=7"):
        again.tab.goto(again.tab.url.split("#")[0] + f"#dlw=0&{bad}")
        again.tab.wait_for_timeout(120)
    assert trait(other, "own") == [0.5, 0.5, -0.5, 0.25] and trait(other, "step") == 20 and trait(other, "batch") == 16


def test_hostile_traits_are_survived(lab):
    opened, widget = lab()
    for traits in ({"data": "own", "own": [1]}, {"own": None}, {"own": ["a", "b"]}, {"data": "toString"}, {"data": 7}, {"lr_g": float("inf")},
                   {"lr_d": None}, {"g_units": 1e9}, {"d_units": -3}, {"latent": "2"}, {"batch": 0}, {"step": -5}, {"step": 2.5}, {"half": "yes"},
                   {"seed": -1}, {"clip": 0, "loss": "wasserstein"}, {"scheme": None}, {"beta1": 1}):
        set_traits(widget, **traits)
        opened.tab.wait_for_timeout(60)
        assert readout(widget), traits
    assert not opened.complaints


@pytest.mark.parametrize("library", ["dlnotes", "torch"])
def test_copied_script_prints_the_energy_of_the_screen(lab, library):
    from scripts import output_of
    opened, widget = lab(permissions=["clipboard-read", "clipboard-write"])
    set_traits(widget, **SMALL, step=30)
    words = arrived(opened, widget, 30)
    widget.get_by_text("This run as Python").click()
    script = opened.copied(widget, f"Copy as Python ({library})")
    energy = float(output_of(script).split()[-1])
    assert numbers(words)[1] == pytest.approx(energy, abs=6e-4)
