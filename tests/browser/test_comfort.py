"""The reader's comfort: progress kept in the browser alone, keys and their help, copied cells, previous and next."""

import json

import pytest
from axe_playwright_python.sync_playwright import Axe
from visits import VIEWS

from dlnotes.practice.perceptron import QUESTIONS

PAGE, NEXT = "chapters/foundations/perceptron.html", "chapters/foundations/activations.html"
NAME = "dlnotes-progress"
EMPTY = {"format": NAME, "version": 1, "sections": [], "questions": [], "exercises": []}
SOME = {**EMPTY, "sections": ["perceptron#play"], "questions": ["perceptron-b"], "exercises": ["ex-perceptron-2"]}
BLOCKED = "Object.defineProperty(window, 'localStorage', { configurable: true, get() { throw new DOMException('blocked', 'SecurityError'); } })"
FULL = """const set = Storage.prototype.setItem;          // the theme's own entry is left out: its script does not expect a full storage
Storage.prototype.setItem = function (name, text) {
  if (name.startsWith("dlnotes")) throw new DOMException("full", "QuotaExceededError");
  set.call(this, name, text);
}"""


def stored(opened):
    text = opened.tab.evaluate(f"localStorage.getItem('{NAME}')")
    return text and json.loads(text)


def keep(opened, text):
    """Put a text into the storage as an earlier visit would have left it, and open the page anew."""
    opened.tab.evaluate("([name, text]) => localStorage.setItem(name, text)", [NAME, text])
    opened.tab.reload(wait_until="load")


def chapters(opened):
    """Bring the list of chapters to the screen: on a phone it is folded away."""
    if opened.tab.viewport_size["width"] < 992:
        opened.tab.locator(".primary-toggle:visible").click()
        opened.tab.wait_for_timeout(400)


def panel(opened, name="Your progress"):
    chapters(opened)
    opened.tab.get_by_role("button", name=name).click()
    found = opened.tab.get_by_role("dialog", name=name)
    found.wait_for()
    return found


def row(dialog, words):
    return dialog.get_by_role("row").filter(has_text=words).locator("td").all_inner_texts()


def mark(opened):
    found = opened.tab.locator(".bd-sidebar-primary a", has_text="The perceptron").locator(".progress-mark")
    return found.text_content().strip() if found.count() else None


def dwell(opened, section, seconds):
    """Scroll to a section, stay, and leave it for the page's end."""
    opened.tab.evaluate(f"document.getElementById('{section}').scrollIntoView({{ behavior: 'instant' }})")
    opened.tab.wait_for_timeout(int(seconds * 1000))
    opened.tab.evaluate("scrollTo({ top: document.documentElement.scrollHeight, behavior: 'instant' })")
    opened.tab.wait_for_timeout(300)


def test_a_section_counts_after_some_seconds_in_sight_and_not_in_passing(visit):
    opened = visit(PAGE)
    opened.tab.evaluate("scrollTo({ top: document.documentElement.scrollHeight, behavior: 'instant' })")
    opened.tab.wait_for_timeout(300)
    assert stored(opened) is None and mark(opened) is None
    dwell(opened, "check", 1)
    assert stored(opened) is None
    dwell(opened, "by-hand", 6)
    seen = stored(opened)["sections"]
    assert "perceptron#by-hand" in seen and "perceptron#check" not in seen and len(seen) <= 2, seen      # two may stand on the screen
    assert mark(opened) == f"{len(seen)}/12 sections read"
    opened.tab.evaluate("document.getElementById('summary').scrollIntoView({ behavior: 'instant' })")
    opened.tab.wait_for_timeout(6000)
    opened.go(NEXT)                                                      # leaving the page counts what was in sight
    assert "perceptron#summary" in stored(opened)["sections"] and "perceptron#play" not in stored(opened)["sections"]
    assert mark(opened) == f"{len(stored(opened)['sections'])}/12 sections read"


def test_a_question_counts_when_answered_right_and_an_exercise_when_ticked(visit):
    opened = visit(PAGE)
    opened.scroll_through()
    asked = QUESTIONS["perceptron-c"]
    widget = opened.tab.locator('.dlw[data-dlw="self_test"]').filter(has_text=asked.ask)
    widget.scroll_into_view_if_needed()
    wrong, right = (next(i for i, c in enumerate(asked.choices) if c.right is r) for r in (False, True))
    widget.get_by_role("button").nth(wrong).click()
    opened.tab.wait_for_timeout(200)
    assert not (stored(opened) or EMPTY)["questions"]
    widget.get_by_role("button").nth(right).click()
    opened.tab.wait_for_timeout(200)
    assert stored(opened)["questions"] == ["perceptron-c"]
    box = opened.tab.locator("#ex-perceptron-1").get_by_role("checkbox")
    box.check()
    assert stored(opened)["exercises"] == ["ex-perceptron-1"]
    opened.tab.reload(wait_until="load")
    assert box.is_checked() and row(panel(opened), "The perceptron")[1:] == ["1/6", "1/6"]
    opened.tab.keyboard.press("Escape")
    box.uncheck()
    assert stored(opened)["exercises"] == []


def test_every_question_of_a_page_has_its_id(visit, site):
    """The list names questions in the order of the page: as many as the page has."""
    text = (site / "_static" / "chapters.js").read_text(encoding="utf-8")
    book = json.loads(text.removeprefix("globalThis.dlnotesBook = ").rstrip(";\n"))
    assert len(book) >= 13
    for chapter in book:
        page = (site / chapter["page"]).read_text(encoding="utf-8")
        assert page.count('data-module="self_test.mjs"') == len(chapter["questions"]) >= 5, chapter["slug"]
        for name in [*chapter["sections"], *chapter["exercises"]]:
            assert page.count(f'id="{name}"') == 1, (chapter["slug"], name)


def test_download_clear_and_import_again(visit, tmp_path):
    opened = visit(PAGE)
    keep(opened, json.dumps(SOME))
    dialog = panel(opened)
    assert row(dialog, "The perceptron") == ["1/12", "1/6", "1/6"] and row(dialog, "All")[0].startswith("1/")
    with opened.tab.expect_download() as download:
        dialog.get_by_role("button", name="Download").click()
    file = tmp_path / "progress.json"
    download.value.save_as(file)
    assert json.loads(file.read_text()) == SOME and download.value.suggested_filename == f"{NAME}.json"
    dialog.get_by_role("button", name="Clear", exact=True).click()
    assert stored(opened) == SOME, "the first press only asks"
    dialog.get_by_role("button", name="Yes, clear").click()
    assert stored(opened) is None and row(dialog, "The perceptron") == ["0/12", "0/6", "0/6"] and mark(opened) is None
    opened.tab.locator("#ex-perceptron-1 input").evaluate("box => box.click()")
    dialog.locator("input[type=file]").set_input_files(file)
    dialog.get_by_text("Imported").wait_for()
    assert stored(opened) == {**SOME, "exercises": ["ex-perceptron-1", "ex-perceptron-2"]}, "what was here stays"
    assert row(dialog, "The perceptron") == ["1/12", "1/6", "2/6"] and mark(opened) == "1/12 sections read"


def test_on_a_phone_the_dialogs_buttons_stay_where_they_can_be_tapped(visit):
    """Close is above what scrolls under it; the second tap that "Clear" asks for goes to the same place."""
    opened = visit(PAGE, width=360, has_touch=True)
    dialog = panel(opened)
    clear, places = dialog.get_by_role("button", name="Clear", exact=True), []
    dialog.evaluate("box => box.scrollTo(0, box.scrollHeight)")
    for button in (clear, dialog.get_by_role("button", name="Yes, clear")):
        places.append(button.bounding_box())
        opened.tab.touchscreen.tap(places[0]["x"] + 30, places[0]["y"] + 22)
    assert places[0]["y"] == places[1]["y"] and dialog.get_by_role("status").inner_text() == "Cleared."
    dialog.get_by_role("button", name="Close").tap(timeout=3000)
    assert opened.tab.locator("dialog[open]").count() == 0


def top_of(opened, css):
    return opened.tab.evaluate("css => Math.round(document.querySelector(css).getBoundingClientRect().top)", css)


GROW = "document.querySelector('article section > p').append(Object.assign(document.createElement('div'), { style: 'height: 700px' }))"


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("place, css", [("fig-cnn-shift", "#fig-cnn-shift"), ("ex-cnn-1", "#ex-cnn-1"), ("dlw=7", ".dlw-host >> nth=7")])
def test_a_link_lands_on_what_it_names(visit, width, place, css):
    """Far down a long page, whose formulas, figures and widgets grow after the browser's own landing; also where a browser holds nothing by itself."""
    opened = visit(width=width, maths=True)
    opened.tab.add_init_script("addEventListener('DOMContentLoaded', () => { document.documentElement.style.overflowAnchor = 'none'; })")
    opened.go(f"chapters/images/cnn.html#{place}")
    opened.tab.wait_for_timeout(1500)
    top = opened.tab.locator(css).evaluate("part => Math.round(part.getBoundingClientRect().top)")
    assert abs(top - 64) <= 2, top


def test_a_place_is_held_until_the_reader_moves(visit):
    """After a link within the page, too; where a browser holds nothing by itself. The way back keeps its own place."""
    opened = visit(PAGE)
    opened.scroll_through()      # nothing but this test grows
    tab = opened.tab
    tab.evaluate("document.documentElement.style.overflowAnchor = 'none'")
    tab.evaluate("scrollTo(0, 500)")
    tab.evaluate("location.hash = 'ex-perceptron-1'")
    tab.wait_for_timeout(200)
    for _ in range(2):
        tab.evaluate(GROW)
        tab.wait_for_timeout(200)
        assert abs(top_of(opened, "#ex-perceptron-1") - 64) <= 2
    tab.mouse.wheel(0, -200)
    tab.wait_for_timeout(300)
    moved = top_of(opened, "#ex-perceptron-1")
    tab.evaluate(GROW)
    tab.wait_for_timeout(200)
    assert moved > 100 and top_of(opened, "#ex-perceptron-1") == moved + 700
    tab.go_back()
    tab.wait_for_timeout(200)
    before = tab.evaluate("scrollY")
    tab.evaluate("document.querySelector('.bd-footer, footer').append(Object.assign(document.createElement('div'), { style: 'height: 70px' }))")
    tab.wait_for_timeout(200)
    assert abs(tab.evaluate("scrollY") - before) <= 1


@pytest.mark.parametrize("place", ["length", "item", "", "-1", "99"])
def test_a_link_to_no_widget_is_no_error(visit, place):
    opened = visit(f"{PAGE}#dlw={place}")
    opened.tab.wait_for_timeout(200)


def test_a_reload_stays_where_the_reader_was(visit):
    opened = visit(f"{PAGE}#ex-perceptron-1", maths=True)
    opened.tab.mouse.wheel(0, -3000)
    opened.tab.wait_for_timeout(500)
    opened.tab.reload(wait_until="load")
    opened.tab.wait_for_timeout(1500)
    opened.tab.evaluate(GROW)
    opened.tab.wait_for_timeout(300)
    assert top_of(opened, "#ex-perceptron-1") > 1000


def test_figures_below_the_screen_are_there_when_the_network_goes(visit):
    """And no still that a live widget hides: some weigh more than all else on the page."""
    opened = visit(NEXT, width=360, fresh=True)
    opened.tab.wait_for_load_state("networkidle")
    opened.context.set_offline(True)
    opened.scroll_through()
    figures, stills = opened.tab.evaluate("""() => [":not(.dlw-still)", ".dlw-still"].map(
        (which) => [...document.querySelectorAll(`article img${which}`)].map((image) => image.naturalWidth > 0))""")
    assert len(figures) > 3 and all(figures) and stills and not any(stills), (figures, stills)


MALFORMED = {
    "not JSON": ("{", "it is not JSON"),
    "another file": ('{"cells": []}', "it is not the progress of this book"),
    "null": ("null", "it is not the progress of this book"),
    "a later version": (json.dumps({**SOME, "version": 2}), "expected version 1; got 2"),
    "no list": (json.dumps({**SOME, "questions": 3}), "its list of questions is damaged"),
    "no ids": (json.dumps({**SOME, "sections": ["<img src=x onerror=alert(1)>"]}), "its list of sections is damaged"),
    "numbers": (json.dumps({**SOME, "exercises": [1]}), "its list of exercises is damaged"),
    "endless": (json.dumps({**SOME, "sections": ["a"] * 5001}), "its list of sections is damaged"),
    "large": (" " * 1_100_000, "it is larger than 1 MB"),
}


def test_a_malformed_file_is_refused_in_one_line_and_nothing_is_lost(visit, tmp_path):
    opened = visit(PAGE)
    keep(opened, json.dumps(SOME))
    dialog = panel(opened)
    for name, (text, reason) in MALFORMED.items():
        (tmp_path / "file.json").write_text(text)
        dialog.locator("input[type=file]").set_input_files(tmp_path / "file.json")
        dialog.get_by_text(f"Nothing imported from file.json: {reason}. What was here stays.").wait_for(timeout=5000)
        assert stored(opened) == SOME, name


@pytest.mark.parametrize("name", ["not JSON", "a later version", "no ids"])
def test_malformed_storage_is_kept_until_the_reader_clears_it(visit, name, tmp_path):
    text, reason = MALFORMED[name]
    opened = visit(PAGE)
    keep(opened, text)
    opened.tab.locator("#ex-perceptron-1 input").check()
    dialog = panel(opened)
    assert f"cannot be read ({reason})" in dialog.get_by_role("status").inner_text()
    assert row(dialog, "The perceptron") == ["0/12", "0/6", "1/6"], "what is new counts while the page is open"
    assert opened.tab.evaluate(f"localStorage.getItem('{NAME}')") == text
    with opened.tab.expect_download() as download:
        dialog.get_by_role("button", name="Download").click()
    download.value.save_as(tmp_path / "raw.json")
    assert (tmp_path / "raw.json").read_text() == text
    dialog.get_by_role("button", name="Clear", exact=True).click()
    dialog.get_by_role("button", name="Yes, clear").click()
    opened.tab.keyboard.press("Escape")
    opened.tab.locator("#ex-perceptron-1 input").check()
    assert stored(opened) == {**EMPTY, "exercises": ["ex-perceptron-1"]}


@pytest.mark.parametrize("script, words", [(BLOCKED, "keeps nothing for this site"), (FULL, "storage is full")], ids=["blocked", "full"])
def test_without_storage_the_page_works_and_says_so(visit, script, words, tmp_path):
    opened = visit("index.html")
    opened.tab.add_init_script(script)
    opened.go(PAGE)
    opened.scroll_through()      # a box must not move away under the mouse
    opened.tab.locator("#ex-perceptron-1 input").check()
    opened.tab.locator("#ex-perceptron-2 input").check()
    dialog = panel(opened)
    assert row(dialog, "The perceptron")[2] == "2/6" and words in dialog.get_by_role("status").inner_text()
    (tmp_path / "file.json").write_text(json.dumps(SOME))
    dialog.locator("input[type=file]").set_input_files(tmp_path / "file.json")
    dialog.get_by_role("row").filter(has_text="The perceptron").get_by_text("1/12").wait_for()
    assert words in dialog.get_by_role("status").inner_text()
    opened.tab.keyboard.press("Escape")
    opened.tab.keyboard.press("?")
    opened.tab.get_by_role("dialog").get_by_role("checkbox").uncheck()
    opened.tab.keyboard.press("Escape")
    opened.tab.keyboard.press("?")
    assert opened.tab.locator("dialog[open]").count() == 0


def test_two_tabs_do_not_take_from_each_other(visit):
    opened = visit(PAGE)
    other = opened.context.new_page()
    other.goto(f"{opened.address}/{PAGE}", wait_until="load")
    for n, (tab, behind) in enumerate(((opened.tab, other), (other, opened.tab)), start=1):
        tab.bring_to_front()
        tab.locator(f"#ex-perceptron-{n} input").click()
        for either in (tab, behind):
            either.locator(f"#ex-perceptron-{n} input:checked").wait_for()
    assert stored(opened)["exercises"] == ["ex-perceptron-1", "ex-perceptron-2"]


def test_what_was_just_done_outlasts_another_tab_that_did_not_know_it(visit):
    """Tabs learn of each other's writing a moment later; what another tab takes back afterwards stays taken back."""
    opened = visit(PAGE)
    box = opened.tab.locator("#ex-perceptron-1 input")

    def written_elsewhere(**progress):
        opened.tab.evaluate("""([name, text]) => { localStorage.setItem(name, text); dispatchEvent(new StorageEvent("storage", { key: name })); }""",
                            [NAME, json.dumps({**EMPTY, **progress})])
    opened.tab.clock.set_fixed_time(1e12)       # whatever a busy machine takes
    box.click()
    for _ in range(2):
        written_elsewhere(exercises=["ex-perceptron-2"])
        assert box.is_checked() and stored(opened)["exercises"] == ["ex-perceptron-1", "ex-perceptron-2"]
    opened.tab.clock.set_fixed_time(1e12 + 2100)
    written_elsewhere(exercises=["ex-perceptron-2"])
    assert not box.is_checked() and stored(opened)["exercises"] == ["ex-perceptron-2"]


def test_the_help_opens_by_key_and_by_touch_and_not_while_typing(visit):
    opened = visit(PAGE, has_touch=True, width=360)
    press, dialogs = opened.tab.keyboard.press, opened.tab.locator("dialog[open]")
    press("?")
    assert dialogs.count() == 1 and "play, pause" in dialogs.inner_text()
    press("?")
    assert dialogs.count() == 1, "once is enough"
    press("Escape")
    assert dialogs.count() == 0
    opened.scroll_through()
    field = opened.tab.locator('.dlw[data-dlw="self_test"] input[type=text]').first
    field.focus()
    press("?")
    assert dialogs.count() == 0 and field.input_value() == "?"
    button = opened.tab.locator('.dlw[data-dlw="self_test"] button').first
    button.evaluate("b => b.addEventListener('keydown', (e) => e.key === '?' && e.preventDefault())")      # a widget that takes the key
    button.focus()
    press("?")
    assert dialogs.count() == 0
    opened.tab.evaluate("scrollTo(0, 0)")
    assert panel(opened, "Keys and touch").is_visible()


def test_keys_of_the_site(visit):
    opened = visit(PAGE)
    opened.tab.evaluate("document.readyState")                           # the theme's own script is the last to run
    press, url = opened.tab.keyboard.press, lambda: opened.tab.url.removeprefix(opened.address + "/")
    press("/")
    assert opened.tab.evaluate("document.activeElement.name") == "q" and opened.tab.locator("#search-input").is_visible()
    press("Escape")
    press("Shift+N")
    opened.tab.wait_for_url(f"**/{NEXT}")
    press("Shift+P")
    opened.tab.wait_for_url(f"**/{PAGE}")
    opened.tab.evaluate("document.readyState")
    press("Shift+C")
    assert opened.tab.evaluate("document.activeElement.textContent").startswith("The perceptron")
    opened.scroll_through()
    opened.tab.locator('.dlw button').first.focus()
    press("Shift+N")                                                     # a widget's keys are its own
    opened.tab.wait_for_timeout(300)
    assert url() == PAGE
    opened.tab.evaluate("document.activeElement.blur()")
    press("?")
    opened.tab.get_by_role("dialog").get_by_role("checkbox").uncheck()
    press("Escape")
    for _ in range(2):
        for key in ("/", "?", "Shift+N"):
            press(key)
        opened.tab.wait_for_timeout(300)
        assert url() == PAGE and opened.tab.locator("dialog[open]").count() == 0
        opened.tab.reload(wait_until="load")                      # and stays so


def test_the_chapters_open_by_key_on_a_narrow_screen(visit):
    opened = visit(PAGE, width=360)
    opened.tab.evaluate("document.readyState")
    opened.tab.keyboard.press("Shift+C")
    opened.tab.wait_for_timeout(1500)
    assert opened.tab.evaluate("document.activeElement.textContent").startswith("The perceptron")


def test_the_help_names_the_keys_that_the_widgets_have(visit, site):
    """Each key of the player and of the handles stands in the help, and the help promises no other."""
    text = (site / "_static" / "keys.js").read_text(encoding="utf-8")
    kit = "".join(p.read_text(encoding="utf-8") for p in (site / "_static" / "widgets").glob("kit.*.js"))
    for shown, code in [('"P"', "    p: () => play"), (". and ,", '    ".": () =>'), ('"R"', "    r: () =>"), ('"N"', "n: () => ui.set({ seed"),
                        ("+ and -", '    "+": () =>'), ("Page up", "PageUp: get() + 10 * step"), ("Home, End", "Home: low, End: high"),
                        ("Shift+arrow", "event.shiftKey ? 1 : 0")]:
        assert shown in text and code in kit, shown


@pytest.mark.parametrize("width, scheme", VIEWS)
def test_dialogs_are_accessible_and_fit(visit, width, scheme):
    opened = visit(PAGE, width=width, scheme=scheme)
    keep(opened, json.dumps(SOME))
    for name in ("Your progress", "Keys and touch"):
        dialog = panel(opened, name)
        found = [v for v in Axe().run(opened.tab).response["violations"] if v["impact"] in ("serious", "critical")]
        assert not found, json.dumps([(v["id"], [n["html"][:160] for n in v["nodes"][:3]]) for v in found])
        assert dialog.evaluate("d => d.scrollWidth <= d.clientWidth && d.getBoundingClientRect().right <= innerWidth")
        small = dialog.locator("button, label").evaluate_all("nodes => nodes.filter(n => n.getBoundingClientRect().height < 43.5).length")
        assert small == 0
        opened.tab.keyboard.press("Escape")
        opened.tab.reload(wait_until="load")


def test_a_cell_is_copied_by_mouse_and_by_keyboard_and_says_so(visit):
    opened = visit(PAGE, permissions=["clipboard-read", "clipboard-write"])
    cells = opened.tab.locator(".cell_input .highlight")
    assert opened.tab.locator(".cell_output .copybtn").count() == 0 and cells.count() == opened.tab.locator(".cell_input .copybtn").count() > 50
    for i in (0, 3):
        button = cells.nth(i).locator(".copybtn")
        cells.nth(i).scroll_into_view_if_needed()
        if i:
            button.focus()
            opened.tab.wait_for_timeout(600)                             # it fades in
            assert button.evaluate("b => getComputedStyle(b).opacity") != "0"
            opened.tab.keyboard.press("Enter")
        else:
            cells.nth(i).hover()
            button.click()
        opened.tab.get_by_role("status").filter(has_text="Copied!").wait_for()
        assert opened.tab.evaluate("navigator.clipboard.readText()") == cells.nth(i).locator("pre").inner_text().rstrip("\n")
        opened.tab.wait_for_timeout(2100)


def test_copy_buttons_are_in_sight_for_fingers(visit):
    opened = visit(PAGE, width=360, has_touch=True, is_mobile=True)
    button = opened.tab.locator(".cell_input .copybtn").first
    size = button.bounding_box()
    assert button.evaluate("b => getComputedStyle(b).opacity") == "1" and min(size["width"], size["height"]) >= 44


@pytest.mark.parametrize("width", [1280, 360])
def test_previous_and_next_stand_at_the_foot_within_the_screen(visit, width):
    opened = visit(PAGE, width=width)
    for page, before, after in [(PAGE, "Deep learning, alive", "Activation functions"), ("index.html", None, "The perceptron"),
                                ("chapters/foundations/losses.html", "Activation functions", "The multilayer perceptron"),
                                ("chapters/generative/vae.html", "Recurrent networks", "Generative adversarial networks")]:
        opened.go(page)
        for link, title in [(".left-prev", before), (".right-next", after)]:
            found = opened.tab.locator(f".prev-next-area {link}")
            assert found.count() == (title is not None)
            if title:
                found.scroll_into_view_if_needed()
                assert found.locator(".prev-next-title").inner_text().replace("\n", " ") == title
                edges = found.locator("*").evaluate_all("nodes => nodes.map(n => n.getBoundingClientRect()).map(b => [b.left, b.right])")
                assert all(0 <= left and right <= width + 0.5 for left, right in edges), (page, link, edges)


def test_from_a_folder_without_a_server(browser, site):
    """The page's comfort needs no server: no module, no fetch."""
    context = browser.new_context()
    tab, errors = context.new_page(), []
    tab.on("pageerror", lambda e: errors.append(str(e)))
    tab.goto((site / PAGE).as_uri())
    tab.locator("#ex-perceptron-1 input").check()
    tab.get_by_role("button", name="Your progress").click()
    assert row(tab.get_by_role("dialog"), "The perceptron")[2] == "1/6"
    tab.keyboard.press("Escape")
    tab.keyboard.press("?")
    assert tab.get_by_role("dialog", name="Keys and touch").is_visible() and not errors
    context.close()
