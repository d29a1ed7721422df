"""What every widget of the book promises: nothing runs off the screen, nothing is left behind, nothing starts by itself where
motion is to be reduced, and fingers find the controls."""

import pytest
from test_hostile import WIDGETS, pages

HELD = "({ listeners: held.listeners, observers: held.observers })"
VIEWS = sorted(WIDGETS)
PLAYED = [view for view in VIEWS if "playing" in WIDGETS[view].public_traits()]


@pytest.fixture
def started(visit, site):
    """started(view) opens the page of a widget with the ledger, brings it to the screen, and plays it where it plays."""
    def open_widget(view, **options):
        opened = visit(pages(site)[view][0], ledger=True, **options)
        widget = opened.widget(view)
        if view in PLAYED:
            widget.locator(".dlw-main").first.click()
            opened.tab.wait_for_timeout(300)
        return opened, widget
    return open_widget


@pytest.mark.parametrize("view", VIEWS)
def test_nothing_runs_off_screen_and_removal_leaves_nothing(started, view):
    """Off the screen nothing is drawn. Listeners, observers, frames and timers after start and removal are those before the start."""
    opened, widget = started(view)
    opened.tab.evaluate("document.body.style.paddingBottom = '4000px'")
    opened.tab.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    opened.tab.wait_for_timeout(700)
    before = opened.tab.evaluate("held.drawn ?? 0")
    opened.tab.wait_for_timeout(500)
    assert opened.tab.evaluate("held.drawn ?? 0") - before <= 2
    host = f"""document.querySelector('.dlw-host[data-module="{view}.mjs"]')"""
    with_widget = opened.tab.evaluate(HELD)
    opened.tab.evaluate(f"{host}.unmount()")
    opened.tab.wait_for_timeout(700)
    without = opened.tab.evaluate(HELD)
    assert without["listeners"] < with_widget["listeners"] and without["observers"] < with_widget["observers"]
    frames = opened.tab.evaluate("held.drawn")
    opened.tab.wait_for_timeout(400)
    assert opened.tab.evaluate("held.drawn") == frames
    opened.tab.evaluate(f"(async () => {{ for (let i = 0; i < 5; i++) {{ await {host}.mount(); {host}.unmount(); }} }})()")
    opened.tab.wait_for_timeout(700)
    assert opened.tab.evaluate(HELD) == without, "mounting and removing five times must leave nothing"
    assert opened.tab.evaluate("held.frames") == 0 and opened.tab.evaluate("held.timers") == 0


@pytest.mark.parametrize("view", PLAYED)
def test_reduced_motion_never_starts_by_itself(visit, site, view):
    """With `playing` set, the player starts alone; under reduced motion it waits for the reader."""
    page, place = pages(site)[view]
    opened = visit(reduced_motion="reduce")
    opened.tab.route(lambda address: address.endswith(page), lambda route: route.fulfill(
        response=(answer := route.fetch()), body=answer.text().replace('"playing":false', '"playing":true')))
    opened.go(page)
    for moves in (False, True):
        widget = opened.widget(view)
        widget.locator(".dlw-readout").first.wait_for()
        opened.tab.wait_for_timeout(300)
        step = widget.locator(".dlw-player input[type=range]").first.input_value
        before = before if moves else step()
        opened.tab.wait_for_timeout(1500)
        assert (step() != before) is moves
        opened.tab.emulate_media(reduced_motion="no-preference")
        opened.tab.evaluate("i => { const host = document.querySelectorAll('.dlw-host')[i]; host.unmount(); return host.mount(); }", place)


@pytest.mark.parametrize("view", VIEWS)
def test_fingers_find_the_controls(started, view):
    _, widget = started(view, width=360, has_touch=True)
    small = widget.locator("button:visible, select:visible, input[type=number]:visible, summary:visible").evaluate_all(
        "nodes => nodes.map(n => [n.textContent || n.ariaLabel, n.getBoundingClientRect().height]).filter(([, h]) => h < 43.5)")
    assert not small, f"touch targets below 44 px: {small}"
