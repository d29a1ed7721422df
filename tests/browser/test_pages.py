"""Every page of the built site, as a browser sees it: no error, no foreign request, accessible, readable on a phone."""

import json
import re

import pytest
from axe_playwright_python.sync_playwright import Axe

VIEWS = [(1280, "light"), (1280, "dark"), (360, "light"), (360, "dark")]


def pages(site):
    return sorted(p.relative_to(site).as_posix() for p in site.rglob("*.html") if p.parts[-2] not in ("_static",))


def visit(browser, address, page, width=1280, scheme="light", **options):
    """Open a page; returns (context, page, complaints): console errors, page errors, failed and foreign requests."""
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme, **options)
    tab = context.new_page()
    complaints = []
    tab.on("console", lambda m: complaints.append(f"console: {m.text}") if m.type == "error" else None)
    tab.on("pageerror", lambda e: complaints.append(f"error: {e}"))
    tab.on("requestfailed", lambda r: complaints.append(f"failed: {r.url}"))
    tab.on("response", lambda r: complaints.append(f"{r.status}: {r.url}") if r.status >= 400 else None)
    tab.on("request", lambda r: None if r.url.startswith((address, "data:")) else complaints.append(f"foreign: {r.url}"))
    tab.goto(f"{address}/{page}", wait_until="networkidle")
    return context, tab, complaints


def scroll_through(tab):
    """Bring every part of the page near the screen once, so that lazy widgets start."""
    height = tab.evaluate("document.documentElement.scrollHeight")
    for y in range(0, height, 600):
        tab.evaluate(f"scrollTo(0, {y})")
        tab.wait_for_timeout(30)
    tab.wait_for_timeout(300)


def test_there_are_pages(site):
    found = pages(site)
    assert "index.html" in found and "chapters/foundations/activations.html" in found and "search.html" in found


@pytest.mark.parametrize("width, scheme", VIEWS)
def test_no_error_and_no_foreign_request(site, address, browser, width, scheme):
    for page in pages(site):
        context, tab, complaints = visit(browser, address, page, width, scheme)
        scroll_through(tab)
        wide = tab.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert not complaints, f"{page} at {width} px, {scheme}: {complaints}"
        assert wide <= 0, f"{page} is {wide} px wider than a screen of {width} px"
        assert tab.evaluate("document.querySelectorAll('.dlw-failed').length") == 0, page
        hosts = tab.evaluate("document.querySelectorAll('.dlw-host').length")
        assert tab.evaluate("document.querySelectorAll('.dlw-started').length") == hosts, f"{page}: a widget did not start"
        context.close()


def test_the_page_check_sees_a_foreign_script(site, address, browser):
    """The test above can fail: a page with a foreign script, and one that throws, are both reported."""
    context, tab, complaints = visit(browser, address, "index.html")
    tab.evaluate("new Image().src = 'http://example.invalid/pixel.png'")
    tab.evaluate("setTimeout(() => { throw new Error('planted') })")
    tab.wait_for_timeout(300)
    context.close()
    assert any("example.invalid" in c for c in complaints) and any("planted" in c for c in complaints)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessible(site, address, browser, scheme):
    """axe-core finds nothing serious or critical on any page."""
    for page in pages(site):
        context, tab, _ = visit(browser, address, page, 1280, scheme, reduced_motion="reduce")
        scroll_through(tab)
        found = [v for v in Axe().run(tab).response["violations"] if v["impact"] in ("serious", "critical")]
        context.close()
        report = [(v["id"], [n["html"][:160] for n in v["nodes"][:3]]) for v in found]
        assert not found, f"{page}, {scheme}: {json.dumps(report, indent=1)}"


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
