"""The receptive-field calculator in a browser: tables, words and edits agree with numpy."""

import numpy as np
import pytest
from visits import VIEWS, set_traits, trait

from dlnotes.widgets import receptive_field as rf
from dlnotes.widgets.receptive_field import PRESETS

PAGE = "chapters/gallery/receptive-field.html"


def put(opened, widget, **traits):
    set_traits(widget, **traits)
    opened.tab.wait_for_timeout(120)


def words(widget):
    return widget.locator(".dlw-readout").first.inner_text().replace(",", "")


def sheet(widget):
    """The visible lines of the table, without the layer's number."""
    return widget.locator("tbody tr:visible").evaluate_all("rows => rows.map(r => [...r.querySelectorAll('td')].map(c => c.textContent))")


@pytest.fixture
def stack(visit):
    def start(**options):
        opened = visit(PAGE, **{"reduced_motion": "reduce", **options})
        widget = opened.widget("receptive_field")
        opened.tab.wait_for_timeout(200)
        return opened, widget
    return start


def test_every_preset_shows_what_numpy_computes(stack):
    opened, widget = stack()
    for name, (size, layers) in PRESETS.items():
        put(opened, widget, size=size, stack=list(layers), unit=0)
        rows = rf.table(size, layers)
        want = [[*map(str, one), *(f"{v:g}" if k < 3 else "" for k, v in enumerate(row[:3]))] for one, row in
                zip(np.reshape(layers, (-1, 4)).tolist(), rows[1:])]
        assert sheet(widget) == want, name
        assert f"receptive field of {rows[-1][2]} along" in words(widget), name


@pytest.mark.parametrize("width, scheme", VIEWS)
def test_the_stack_is_edited(stack, width, scheme):
    opened, widget = stack(width=width, scheme=scheme)
    assert "field of 7 " in words(widget)
    widget.get_by_role("button", name="Add pooling 2").click()
    opened.tab.wait_for_timeout(120)
    assert trait(widget, "stack") == [3, 1, 1, 1, 2, 2, 0, 1, 3, 1, 1, 1, 3, 1, 1, 1] and "field of 12 " in words(widget)
    assert trait(widget, "layer") == 1
    dilation = widget.get_by_label("dilation, exact number")
    widget.get_by_role("button", name="edit layer 3").click()
    dilation.fill("2")
    dilation.press("Enter")
    opened.tab.wait_for_timeout(120)
    assert trait(widget, "stack")[8:12] == [3, 1, 1, 2] and "field of 16 " in words(widget)
    widget.get_by_role("button", name="Remove layer").click()
    opened.tab.wait_for_timeout(120)
    assert len(sheet(widget)) == 3
    assert opened.tab.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_output_is_dragged_and_borders_are_said(stack):
    opened, widget = stack()
    box = widget.locator(".dlw-rf-stack").bounding_box()
    opened.tab.mouse.click(box["x"] + 58 + (box["width"] - 70) * (0.5 / 32), box["y"] + 20)
    opened.tab.wait_for_timeout(120)
    assert trait(widget, "unit") == 0 and "sees 4 of them" in words(widget)
    opened.tab.mouse.click(box["x"] + 58 + (box["width"] - 70) * (20.5 / 32), box["y"] + 20)
    opened.tab.wait_for_timeout(120)
    assert trait(widget, "unit") == 20 and "padding" not in words(widget)


def test_links_hostile_traits_and_stacks_that_do_not_fit(stack, visit):
    opened, widget = stack()
    put(opened, widget, size=9, stack=[5, 1, 0, 1, 7, 1, 0, 1])
    assert "window of layer 2 does not fit" in words(widget)
    widget.get_by_role("button", name="Copy link").click()
    opened.tab.wait_for_timeout(200)
    again = visit(opened.tab.url.removeprefix(opened.address + "/"), reduced_motion="reduce")
    other = again.widget("receptive_field")
    again.tab.wait_for_timeout(300)
    assert words(other) == words(widget)
    for traits in ({"stack": [1, 2]}, {"stack": None}, {"stack": ["a"] * 4}, {"size": -4}, {"size": 1e9}, {"unit": -1}, {"layer": 99},
                   {"stack": [15, 8, 64, 512] * 20}, {"stack": []}):
        put(again, other, **traits)
        assert "NaN" not in words(other) and "undefined" not in words(other), traits
    assert not again.complaints
