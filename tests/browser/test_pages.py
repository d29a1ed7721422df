"""Every page of the built site, as a browser sees it: no error, no foreign request, accessible, readable on a phone."""

import json
import re
import sys
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from visits import VIEWS, Opened

sys.path.append(str(Path(__file__).resolve().parents[2] / "benchmarks"))      # behind: grading.py has a package's name
from pages import FIRST, LOADED, NEXT, weigh  # noqa: E402

# What of a widget stands out of its frame on the right: not what a scrolling or clipping part holds, nor a grip on a picture.
OUTSIDE = """
() => [...document.querySelectorAll(".dlw")].flatMap((frame) => {
  const right = frame.getBoundingClientRect().right + 0.5;
  const held = (part) => part.parentElement !== frame && (
    getComputedStyle(part.parentElement).overflowX !== "visible" || held(part.parentElement));
  return [...frame.querySelectorAll("*")].filter((part) => part.getBoundingClientRect().right > right
    && getComputedStyle(part).position !== "absolute" && !held(part)).map((part) => part.outerHTML.slice(0, 120));
})
"""

# For all but colours: the 5,000 coloured tokens of a chapter's code are one text, and of the formulas, alike for axe-core, the first stays.
SHOW_LESS = """
() => {
  const kept = [...document.querySelectorAll(".highlight pre")].map((code) => [code, [...code.childNodes]]);
  for (const [code] of kept) code.textContent = code.textContent;
  globalThis.putTokensBack = () => { for (const [code, tokens] of kept) code.replaceChildren(...tokens); };
  for (const formula of [...document.querySelectorAll("mjx-container")].slice(1)) formula.remove();
}
"""

# For colours: of what stands in parts of the same names and classes, and so looks the same, the first of all pages stays: of blocks whose parts
# have all been seen, and of words within the rest. Formulas, whose glyphs axe-core does not see, are left out. Gives what has now been seen.
SHOW_EACH_LOOK = """
(known) => {
  globalThis.putTokensBack?.();
  const blocks = new Set(known?.blocks), words = new Set(known?.words);
  const chains = new Map(), inside = (part) => !part.closest(".dlw-host");
  const chain = (part) => {
    if (!chains.has(part)) chains.set(part, part.tagName === "BODY" ? "" : `${chain(part.parentElement)}>${part.tagName}.${part.className} ${part.style.cssText}`);
    return chains.get(part);
  };
  const leave = (selector, seen, looksOf) => {
    for (const part of [...document.querySelectorAll(`body ${selector}`)].filter((part) => inside(part) && part.checkVisibility())) {
      const looks = looksOf(part).map(chain);
      if (looks.every((look) => seen.has(look))) part.remove();
      for (const look of looks) seen.add(look);
    }
  };
  for (const formula of document.querySelectorAll("mjx-container")) formula.remove();
  leave(":is(p, li, pre, td, th, dd, dt)", blocks, (part) => [part, ...part.querySelectorAll("*")].filter(inside));
  leave(":not(:has(*))", words, (part) => [part]);
  return { blocks: [...blocks], words: [...words] };
}
"""


COLOURS = ["color-contrast", "link-in-text-block"]
NO_COLOURS = {rule: {"enabled": False} for rule in COLOURS}


def seen_by_axe(tab, **options):
    """What axe-core finds serious: [(rule, first places)]."""
    found = Axe().run(tab, options={"resultTypes": ["violations"], **options}).response["violations"]
    return [(v["id"], [n["html"][:160] for n in v["nodes"][:3]]) for v in found if v["impact"] in ("serious", "critical")]


def pages(site):
    return sorted(p.relative_to(site).as_posix() for p in site.rglob("*.html") if p.parts[-2] not in ("_static",))


def test_there_are_pages(site):
    found = pages(site)
    assert "index.html" in found and "chapters/foundations/activations.html" in found and "search.html" in found


def test_every_picture_says_what_it_shows_and_how_large_it_is(site):
    """Where a cell's metadata names no alternative text in the right place, the picture's address would stand there; without its size the
    page would jump when it comes."""
    for page in pages(site):
        source = (site / page).read_text(encoding="utf-8")
        for picture in re.findall(r"<img [^>]*_images/[^>]*>", source):
            assert re.search(r'width="\d+" height="\d+"', picture), (page, picture)
        for alt in re.findall(r'<img[^>]*alt="([^"]*)"[^>]*>', source):
            assert not re.search(r"_images/|\.(png|svg)$", alt), (page, alt)


@pytest.mark.parametrize("width, scheme", VIEWS)
def test_no_error_no_foreign_request_accessible_and_light(site, visit, width, scheme):
    """Every page in one visit a view. axe-core looks at the colours of both schemes, wide, and at all else wide and on a phone."""
    loads, known = {}, None
    for page in pages(site):
        opened = visit(page, width=width, scheme=scheme, maths=True)
        opened.scroll_through()
        tab, complaints = opened.tab, opened.complaints
        beyond = tab.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert not complaints, f"{page} at {width} px, {scheme}: {complaints}"
        assert beyond <= 0, f"{page} is {beyond} px wider than a screen of {width} px"
        outside = tab.evaluate(OUTSIDE)
        assert not outside, f"{page} at {width} px: out of the widget's frame: {outside[:3]}"
        assert tab.evaluate("document.querySelectorAll('.dlw-failed').length") == 0, page
        hosts = tab.evaluate("document.querySelectorAll('.dlw-host').length")
        assert tab.evaluate("document.querySelectorAll('.dlw-started').length") == hosts, f"{page}: a widget did not start"
        loads[page] = tab.evaluate(LOADED)
        tab.emulate_media(reduced_motion="reduce")
        tab.evaluate(SHOW_LESS)
        found = seen_by_axe(tab, rules=NO_COLOURS)
        known = tab.evaluate(SHOW_EACH_LOOK, known) if width > 480 else None
        for now in ("light", "dark") if width > 480 else ():
            tab.emulate_media(color_scheme=now)
            tab.wait_for_timeout(100)
            assert tab.evaluate("document.documentElement.dataset.theme") == now
            found += seen_by_axe(tab, runOnly=COLOURS)
        opened.close()
        assert not found, f"{page} at {width} px, {scheme}: {json.dumps(found, indent=1)}"
    del loads["search.html"]      # it brings the index of all words
    for page, (total, new) in weigh(site, loads).items():
        assert total["page"] <= FIRST, f"{page}: {total['page']:.0f} KB at a first visit"
        assert new["page"] <= NEXT, f"{page}: {new['page']:.0f} KB as a next page"


def test_the_page_check_sees_foreign_requests_inline_scripts_and_errors(site, address, browser):
    """The test above can fail: a page that asks elsewhere, throws or complains is reported; and the policy stops inline scripts and eval."""
    opened = Opened(browser, address, "index.html")
    opened.tab.evaluate("new Image().src = 'http://example.invalid/pixel.png'")
    opened.tab.evaluate("setTimeout(() => { throw new Error('planted') })")
    opened.tab.evaluate("document.body.append(Object.assign(document.createElement('script'), { textContent: 'globalThis.ran = 1' }))")
    opened.tab.evaluate("setTimeout(() => eval('globalThis.ran = 2'))")
    opened.tab.wait_for_timeout(300)
    ran = opened.tab.evaluate("globalThis.ran")
    opened.context.close()
    assert ran is None and any("inline script" in c for c in opened.complaints)
    assert any("example.invalid" in c for c in opened.complaints) and any("planted" in c for c in opened.complaints)


def test_axe_sees_what_differs_among_many_alike(visit):
    """The check of all pages can fail: on pale words, a pale token or button, and links without a name or hardly different from the words
    around them, though much that is like them was left out, here and on the page before."""
    page = "chapters/foundations/perceptron.html"
    known = visit(page, maths=True).tab.evaluate(SHOW_EACH_LOOK)
    opened = visit(page, maths=True)
    opened.scroll_through()
    tab = opened.tab
    tab.evaluate("""() => { const shown = (selector) => [...document.querySelectorAll(selector)].filter((part) => part.checkVisibility());
        shown("article section > p").at(-2).style.color = "#ccc";
        shown(".highlight .k").at(-1).classList.add("pale");
        shown("article section > p").at(-1).innerHTML = "Only here <b class='pale'>pale</b>, <a href='#'></a> and <a class='plain' href='#'>plain</a>";
        document.adoptedStyleSheets.push(new CSSStyleSheet());
        document.adoptedStyleSheets.at(-1).replaceSync(
          ".pale { color: #ccc !important; } .plain { color: #444 !important; text-decoration: none !important; }"); }""")
    tab.evaluate(SHOW_LESS)
    assert [rule for rule, _ in seen_by_axe(tab, rules=NO_COLOURS)] == ["link-name"]
    tab.evaluate(SHOW_EACH_LOOK, known)
    found = seen_by_axe(tab, runOnly=COLOURS)
    assert sorted((rule, len(places)) for rule, places in found) == [("color-contrast", 3), ("link-in-text-block", 1)], found


def test_a_table_that_scrolls_takes_the_focus_and_has_a_name(visit):
    opened = visit("chapters/foundations/losses.html")
    box = opened.tab.locator(".pst-scrollable-table-container").last
    for width, stop, name in ((1280, None, None), (280, "0", "Table, scrolls sideways: In PyTorch"), (1280, None, None)):
        opened.tab.set_viewport_size({"width": width, "height": 800})
        opened.tab.wait_for_timeout(300)
        assert (box.get_attribute("tabindex"), box.get_attribute("aria-label")) == (stop, name), width


def test_every_verified_equation_has_its_mark(site):
    """Each labelled equation of a page links to a check that is on the page."""
    for page in (site / "chapters").rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        equations = re.findall(r'id="equation-(eq-[\w-]+)"', text)
        for label in equations:
            assert f'href="#check-{label}"' in text and re.search(rf'id="check-{label}"', text), f"{page.name}: {label}"


def test_no_inline_script_and_no_widget_source_in_the_page(site):
    for page in pages(site):
        text = (site / page).read_text(encoding="utf-8")
        for attributes, body in re.findall(r"<script([^>]*)>(.*?)</script>", text, re.S):
            assert "src=" in attributes or 'type="application/json"' in attributes, f"{page}: inline script {body[:80]!r}"
        assert "_esm" not in text and "unpkg.com" not in text and not re.search(r"\son\w+=\"", text), page
