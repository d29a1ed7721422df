"""Every page of the built site, as a browser sees it: no error, no foreign request, accessible, readable on a phone."""

import json
import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from visits import Opened

VIEWS = [(1280, "light"), (1280, "dark"), (360, "light"), (360, "dark")]


def pages(site):
    return sorted(p.relative_to(site).as_posix() for p in site.rglob("*.html") if p.parts[-2] not in ("_static",))


def test_there_are_pages(site):
    found = pages(site)
    assert "index.html" in found and "chapters/foundations/activations.html" in found and "search.html" in found


@pytest.mark.parametrize("width, scheme", VIEWS)
def test_no_error_and_no_foreign_request(site, visit, width, scheme):
    for page in pages(site):
        opened = visit(page, width=width, scheme=scheme)
        opened.scroll_through()
        tab, complaints = opened.tab, opened.complaints
        wide = tab.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert not complaints, f"{page} at {width} px, {scheme}: {complaints}"
        assert wide <= 0, f"{page} is {wide} px wider than a screen of {width} px"
        assert tab.evaluate("document.querySelectorAll('.dlw-failed').length") == 0, page
        hosts = tab.evaluate("document.querySelectorAll('.dlw-host').length")
        assert tab.evaluate("document.querySelectorAll('.dlw-started').length") == hosts, f"{page}: a widget did not start"
        opened.context.close()


def test_the_page_check_sees_foreign_requests_and_errors(site, address, browser):
    """The test above can fail: a page that asks elsewhere, throws or complains is reported."""
    opened = Opened(browser, address, "index.html")
    opened.tab.evaluate("new Image().src = 'http://example.invalid/pixel.png'")
    opened.tab.evaluate("setTimeout(() => { throw new Error('planted') })")
    opened.tab.wait_for_timeout(300)
    opened.context.close()
    assert any("example.invalid" in c for c in opened.complaints) and any("planted" in c for c in opened.complaints)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessible(site, visit, scheme):
    """axe-core finds nothing serious or critical on any page."""
    for page in pages(site):
        opened = visit(page, scheme=scheme, reduced_motion="reduce")
        opened.scroll_through()
        found = [v for v in Axe().run(opened.tab).response["violations"] if v["impact"] in ("serious", "critical")]
        opened.context.close()
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
