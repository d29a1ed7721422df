"""The questions in a browser: answered by keyboard, mouse and finger, the reason told at once and never before."""

import json
import re

import pytest
from visits import VIEWS

from dlnotes.practice.perceptron import QUESTIONS

PAGE = "chapters/foundations/perceptron.html?widgets"
CHOICE, NUMBER = QUESTIONS["perceptron-c"], QUESTIONS["perceptron-a"]
RIGHT = next(i for i, c in enumerate(CHOICE.choices) if c.right)


def question(opened, asked):
    """The locator of that question, started and in sight."""
    opened.scroll_through()
    found = opened.tab.locator('.dlw[data-dlw="self_test"]').filter(has_text=asked.ask)
    found.scroll_into_view_if_needed()
    return found


def state(widget):
    return widget.get_attribute("data-verdict"), widget.locator(".dlw-readout").inner_text()


def reasons(asked):
    return [c.why for c in asked.choices] or [asked.why, *(why for _, why in asked.mistakes)]


def settle(opened):
    opened.tab.wait_for_timeout(150)


@pytest.mark.parametrize("width, scheme", VIEWS)
def test_choices_by_keyboard_alone(visit, width, scheme):
    """Tab walks over the answers and gives none of them; Enter and Space do."""
    opened = visit(PAGE, width=width, scheme=scheme)
    widget, press = question(opened, CHOICE), opened.tab.keyboard.press
    widget.get_by_role("button").first.focus()
    assert widget.get_by_role("button").first.evaluate("b => getComputedStyle(b).outlineStyle") == "solid"
    for i, choice in enumerate(CHOICE.choices):
        before = state(widget)
        assert opened.tab.evaluate("document.activeElement.textContent") == choice.text
        press("ArrowDown")
        settle(opened)
        assert state(widget) == before, "to look at an answer is not to give it"
        press("Enter" if i % 2 else "Space")
        settle(opened)
        assert state(widget) == (("right", f"Right. {choice.why}") if choice.right else ("wrong", f"Not yet. {choice.why}"))
        assert [b.get_attribute("aria-pressed") for b in widget.get_by_role("button").all()] == [
            str(i == k).lower() for k in range(len(CHOICE.choices))]
        press("Tab")


@pytest.mark.parametrize("width, scheme", VIEWS)
def test_a_number_by_keyboard_alone(visit, width, scheme):
    opened = visit(PAGE, width=width, scheme=scheme)
    widget, keyboard = question(opened, NUMBER), opened.tab.keyboard
    widget.get_by_role("textbox").focus()
    mistake, why = NUMBER.mistakes[0]
    for typed, verdict, words in (
            ("nine", "open", "That is not a number"), (str(mistake), "wrong", f"Not yet. {why}"),
            ("9", "wrong", "Not yet. The size is right, the sign is not."), ("77", "wrong", "Not yet. It is not 77:"),
            ("78", "wrong", "Not yet. It is not 78:"), ("-9,0", "right", f"Right. {NUMBER.why}"), ("", "open", "Type a number.")):
        keyboard.press("Control+a")
        keyboard.press("Delete")
        keyboard.type(typed)
        keyboard.press("Enter")
        settle(opened)
        found = state(widget)
        assert found[0] == verdict and found[1].startswith(words), (typed, found)
    keyboard.type("−9")
    settle(opened)
    assert state(widget)[0] == "open", "nothing is judged while the reader types"
    keyboard.press("Tab")
    assert opened.tab.evaluate("document.activeElement.textContent") == "Check"
    keyboard.press("Space")
    settle(opened)
    assert state(widget)[0] == "right"


@pytest.mark.parametrize("width, scheme, touch", [(1280, "light", False), (1280, "dark", False), (360, "light", True), (360, "dark", True)])
def test_mouse_and_finger(visit, width, scheme, touch):
    opened = visit(PAGE, width=width, scheme=scheme, has_touch=touch, is_mobile=touch)
    widget = question(opened, CHOICE)
    act = (lambda node: node.tap()) if touch else (lambda node: node.click())
    for i in (RIGHT - 1, RIGHT):
        act(widget.get_by_role("button").nth(i))
        settle(opened)
        assert state(widget)[1].endswith(CHOICE.choices[i].why) and state(widget)[0] == ("right" if i == RIGHT else "wrong")
    widget = question(opened, NUMBER)
    act(widget.get_by_role("textbox"))
    opened.tab.keyboard.type(repr(NUMBER.answer))
    act(widget.get_by_role("button", name="Check"))
    settle(opened)
    assert state(widget) == ("right", f"Right. {NUMBER.why}")
    small = opened.tab.locator('[data-dlw="self_test"] :is(button, input)').evaluate_all(
        "nodes => nodes.map(n => n.getBoundingClientRect().height).filter((h) => h < 43.5)")
    assert not small and opened.tab.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_readout_is_announced_once_it_has_changed(visit):
    opened = visit(PAGE)
    widget = question(opened, CHOICE)
    heard = widget.get_by_role("status")
    assert heard.get_attribute("aria-live") == "polite" and heard.text_content() == ""
    for i in (RIGHT - 1, RIGHT):
        widget.get_by_role("button").nth(i).click()
        opened.tab.wait_for_timeout(900)
        assert heard.text_content() == state(widget)[1] and CHOICE.choices[i].why in heard.text_content()


def test_each_answer_and_entry_is_named_by_its_question(visit):
    opened = visit(PAGE)
    group = question(opened, CHOICE).locator("[role=group]")
    label = opened.tab.locator(f"#{group.get_attribute('aria-labelledby')}")
    assert label.inner_text() == f"Question. {CHOICE.ask}"
    entry = question(opened, NUMBER).get_by_role("textbox", name="Your number")
    assert opened.tab.locator(f"#{entry.get_attribute('aria-describedby')}").inner_text() == f"Question. {NUMBER.ask}"


@pytest.mark.parametrize("scripts", [True, False])
def test_nothing_is_told_before_an_answer_is_given(visit, scripts):
    """Neither the live page nor the page without scripts shows a reason, in its text or in the words for its pictures."""
    opened = visit(PAGE, java_script_enabled=scripts)
    if scripts:
        question(opened, CHOICE)
        opened.tab.wait_for_timeout(900)
        assert {w.get_attribute("data-verdict") for w in opened.tab.locator('[data-dlw="self_test"]').all()} == {"open"}
        assert opened.tab.locator(".dlw-answer[aria-pressed=true]").count() == 0
    shown = opened.tab.locator("body").inner_text()
    for image in opened.tab.locator(".dlw-still, .dlw-still img").all():
        shown += image.get_attribute("alt") or image.get_attribute("src") or ""
    shown = re.sub(r"\s+", " ", shown)
    for asked in QUESTIONS.values():
        for why in reasons(asked):
            assert why not in shown and why[:30] not in shown
    if scripts:
        assert all(asked.ask in shown for asked in QUESTIONS.values())


def test_an_answer_outlives_the_view(visit):
    """What was answered stands there again when the view is mounted anew; what is being typed is not taken away."""
    opened = visit(PAGE)
    widget = question(opened, NUMBER)
    widget.get_by_role("textbox").fill("-9")
    widget.get_by_role("textbox").press("Enter")
    settle(opened)
    widget.get_by_role("textbox").fill("-10")
    opened.tab.evaluate("document.documentElement.dataset.theme = 'dark'")           # every view draws itself anew
    settle(opened)
    assert widget.get_by_role("textbox").input_value() == "-10" and state(widget)[0] == "right"
    host = f"[...document.querySelectorAll('.dlw-host')].find(h => h.textContent.includes({json.dumps(NUMBER.ask)}))"
    opened.tab.evaluate(f"(async () => {{ const host = {host}; host.unmount(); await host.mount(); }})()")
    settle(opened)
    assert widget.get_by_role("textbox").input_value() == "-9" and state(widget)[0] == "right"
