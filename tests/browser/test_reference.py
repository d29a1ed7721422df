"""Terms of the glossary under pointer, keyboard and finger; the search; the map and the notes' tables on a wide screen and on a phone."""

import pytest

PAGE = "chapters/training/optimizers.html"
SHOWN = "[...document.querySelectorAll('.term-tip')].filter((tip) => !tip.hidden).map((tip) => tip.id)"


def term(opened, name):
    link = opened.tab.locator(f"a.term#use-{name}")
    link.scroll_into_view_if_needed()
    return link


def first(opened):
    """The name of the first term of the page."""
    return opened.tab.locator("a.term").first.get_attribute("id").removeprefix("use-")


def inside(opened, tip):
    box, size = opened.tab.locator(f"#{tip}").bounding_box(), opened.tab.viewport_size
    return 0 <= box["x"] and box["x"] + box["width"] <= size["width"] and 0 <= box["y"] and box["y"] + box["height"] <= size["height"]


def until(opened, shown):
    """Wait until exactly these sentences are shown, whole and on the screen (the page may still be scrolling)."""
    for _ in range(60):
        if opened.tab.evaluate(SHOWN) == shown and all(inside(opened, tip) for tip in shown):
            return True
        opened.tab.wait_for_timeout(50)
    return False


def test_pointer_shows_the_sentence_and_may_go_onto_it(visit):
    opened = visit(PAGE)
    name = first(opened)
    link = term(opened, name)
    assert opened.tab.evaluate(SHOWN) == []
    link.hover()
    assert until(opened, [f"tip-{name}"])
    opened.tab.locator(f"#tip-{name}").hover()
    opened.tab.wait_for_timeout(500)
    assert opened.tab.evaluate(SHOWN) == [f"tip-{name}"]
    opened.tab.mouse.move(2, 2)
    assert until(opened, [])


def test_keyboard_shows_it_escape_closes_and_enter_follows(visit):
    opened = visit(PAGE)
    name = first(opened)
    link = term(opened, name)
    link.focus()
    assert opened.tab.evaluate(SHOWN) == [f"tip-{name}"]
    assert link.get_attribute("aria-describedby") == f"tip-{name}"
    assert opened.tab.locator(f"#tip-{name}").get_attribute("role") == "tooltip"
    opened.tab.keyboard.press("Escape")
    assert opened.tab.evaluate(SHOWN) == []
    opened.tab.keyboard.press("Enter")
    opened.tab.wait_for_url("**/glossary.html#term-*")


def test_each_term_has_its_own_sentence_and_one_is_open_at_a_time(visit):
    opened = visit(PAGE)
    links = opened.tab.locator("a.term")
    assert links.count() >= 8
    for i in range(links.count()):
        links.nth(i).focus()
        name = links.nth(i).get_attribute("id").removeprefix("use-")
        assert until(opened, [f"tip-{name}"]), name
        assert len(opened.tab.locator(f"#tip-{name}").inner_text()) > 30


def test_first_tap_shows_second_follows_and_a_tap_elsewhere_closes(visit):
    opened = visit(PAGE, width=360, has_touch=True, is_mobile=True)
    name = first(opened)
    link = term(opened, name)
    link.tap()
    assert until(opened, [f"tip-{name}"])
    assert opened.tab.url.endswith(PAGE)
    opened.tab.locator("h1").first.evaluate("(h) => h.dispatchEvent(new PointerEvent('pointerdown', { bubbles: true, pointerType: 'touch' }))")
    assert opened.tab.evaluate(SHOWN) == []
    opened.tab.evaluate("document.activeElement.blur()")
    link.tap()
    assert opened.tab.evaluate(SHOWN) == [f"tip-{name}"]
    link.tap()
    opened.tab.wait_for_url("**/glossary.html#term-*")


@pytest.mark.parametrize("width, name", [(1280, "wide"), (360, "tall")])
def test_the_map_fits_is_readable_and_is_walked_by_keyboard(visit, width, name):
    opened = visit("chapters/map.html", width=width)
    tab = opened.tab
    shown = tab.evaluate("[...document.querySelectorAll('svg.chapter-map')].filter((m) => m.getBoundingClientRect().width).map((m) => m.classList[1])")
    assert shown == [f"map-{name}"]
    texts = tab.evaluate(f"""[...document.querySelectorAll('.map-{name} :is(a, .planned)')].map((a) => {{
        const box = a.querySelector('rect').getBoundingClientRect();
        return [...a.querySelectorAll('tspan')].map((t) => {{
            const size = t.getBoundingClientRect();
            return {{ height: size.height, inside: size.left >= box.left && size.right <= box.right && size.top >= box.top - 1 && size.bottom <= box.bottom + 1 }};
        }});
    }}).flat()""")
    assert len(texts) >= 34 and all(t["inside"] and t["height"] >= 11 for t in texts), texts
    tab.locator(f".map-{name} a").first.focus()
    assert tab.evaluate("document.activeElement.getAttribute('aria-label')") == "The perceptron"
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.getAttribute('aria-label')") == "Activation functions"
    arrow = f"getComputedStyle(document.querySelector('.map-{name} .from-activations.to-mlp')).opacity"
    assert tab.evaluate(arrow) == "1"
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/activations.html")


@pytest.mark.parametrize("width", [1280, 360])
def test_the_search_shows_what_is_typed_and_quotes_the_article(visit, width):
    opened = visit("search.html?q=learning+rate", width=width)
    opened.tab.get_by_text("Search finished").wait_for()
    opened.tab.locator("#search-results p.context").first.wait_for()
    quotes = opened.tab.locator("#search-results p.context").all_inner_texts()
    assert quotes and not [quote for quote in quotes if "Contents" in quote or ".pdf" in quote or ".ipynb" in quote]
    assert any("learning rate" in quote.lower() for quote in quotes)
    field = opened.tab.locator("input[name=q]:visible").first
    right = opened.tab.locator("form.bd-search:visible .fa-magnifying-glass").first.bounding_box()
    assert field.bounding_box()["x"] + field.evaluate("f => parseFloat(getComputedStyle(f).paddingLeft)") >= right["x"] + right["width"]


def test_a_result_of_the_search_hides_its_matches_without_a_missing_glyph(visit):
    opened = visit(f"{PAGE}?highlight=momentum")
    link = opened.tab.locator("#searchbox p.highlight-link a")
    assert link.inner_text() == "Hide Search Matches"
    assert link.evaluate("a => getComputedStyle(a, '::before').content") == "none"


def test_on_a_phone_the_notes_tables_say_what_each_line_is(visit):
    opened = visit("chapters/appendix/notes.html", width=360)
    for name, first in (("counts", 1), ("concepts", 2), ("errata", 1), ("questions", 3), ("lost-formulas", 1)):
        said = opened.tab.locator(f"table.notes-{name} tbody tr").first.locator("td").evaluate_all(
            "cells => cells.map((cell) => getComputedStyle(cell.querySelector('p'), '::before').content)")
        assert all(words.endswith(': "') for words in said[first:]), (name, said)
    opened.tab.set_viewport_size({"width": 1280, "height": 800})
    assert opened.tab.locator("table.notes-errata tbody td p").first.evaluate("p => getComputedStyle(p, '::before').content") == "none"
