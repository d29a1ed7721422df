"""Every page of the built site, as a browser sees it: no error, no foreign request, accessible, readable on a phone."""

import json
import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from visits import Opened

VIEWS = [(1280, "light"), (1280, "dark"), (360, "dark")]

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

# Code whose kinds of token, each of one colour, have all stood in code above: axe-core would look at each of some 5,000 tokens.
HIDE_REPEATED_CODE = """
() => {
  const seen = new Set();
  for (const code of document.querySelectorAll(".highlight pre")) {
    const kinds = [...code.querySelectorAll("span[class]")].map((token) => token.className);
    if (kinds.every((kind) => seen.has(kind))) code.style.display = "none";
    for (const kind of kinds) seen.add(kind);
  }
}
"""


def pages(site):
    return sorted(p.relative_to(site).as_posix() for p in site.rglob("*.html") if p.parts[-2] not in ("_static",))


def test_there_are_pages(site):
    found = pages(site)
    assert "index.html" in found and "chapters/foundations/activations.html" in found and "search.html" in found


def test_every_picture_says_what_it_shows(site):
    """Where a cell's metadata names no alternative text in the right place, the picture's address would stand there."""
    for page in pages(site):
        source = (site / page).read_text(encoding="utf-8")
        for alt in re.findall(r'<img[^>]*alt="([^"]*)"[^>]*>', source):
            assert not re.search(r"_images/|\.(png|svg)$", alt), (page, alt)


@pytest.mark.parametrize("width, scheme", VIEWS)
def test_no_error_no_foreign_request_and_accessible(site, visit, width, scheme):
    """Every page in one visit a view, which is most of this file's time. Colours, which take most of axe-core's, are left out on a
    phone, where they are the same; the wide views leave out code in colours that it has seen."""
    options = {"resultTypes": ["violations"], "rules": {"color-contrast": {"enabled": width > 480}}}
    for page in pages(site):
        opened = visit(page, width=width, scheme=scheme, maths=(width, scheme) != (1280, "dark"))      # they look as in the light
        opened.scroll_through()
        tab, complaints = opened.tab, opened.complaints
        wide = tab.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert not complaints, f"{page} at {width} px, {scheme}: {complaints}"
        assert wide <= 0, f"{page} is {wide} px wider than a screen of {width} px"
        outside = tab.evaluate(OUTSIDE)
        assert not outside, f"{page} at {width} px: out of the widget's frame: {outside[:3]}"
        assert tab.evaluate("document.querySelectorAll('.dlw-failed').length") == 0, page
        hosts = tab.evaluate("document.querySelectorAll('.dlw-host').length")
        assert tab.evaluate("document.querySelectorAll('.dlw-started').length") == hosts, f"{page}: a widget did not start"
        tab.emulate_media(reduced_motion="reduce")
        if width > 480:
            tab.evaluate(HIDE_REPEATED_CODE)
        found = [v for v in Axe().run(tab, options=options).response["violations"] if v["impact"] in ("serious", "critical")]
        opened.context.close()
        report = [(v["id"], [n["html"][:160] for n in v["nodes"][:3]]) for v in found]
        assert not found, f"{page} at {width} px, {scheme}: {json.dumps(report, indent=1)}"


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
