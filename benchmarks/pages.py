"""What a reader downloads: gzipped kilobytes of a first visit to each page, and of the page after another one.

    .venv/bin/python benchmarks/pages.py        (after `make book`)

Maths (MathJax), figures, the widgets' scripts and the weights that they carry are listed apart: the budget is 150 KB for a first visit
and 70 KB for a next page without them; the scripts of a page and the weights of each widget have 60 KB of their own (tests/test_budget.py).
"""

import gzip
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "browser")]

from playwright.sync_api import sync_playwright  # noqa: E402
from visits import chromium  # noqa: E402

from book.serve import SITE, server  # noqa: E402

FIRST, NEXT = 150, 70
KINDS = ("page", "widgets", "weights", "maths", "figures")


def loaded(browser, url, known):
    """{address: gzipped bytes} of all that one visit with an empty cache loads, widgets started; `known` keeps what was measured before."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page, responses, under_way = context.new_page(), [], set()
    page.set_default_timeout(120_000)      # milliseconds: formulas on a busy machine
    page.on("response", lambda response: responses.append(response))
    page.on("request", lambda request: under_way.add(request))
    page.on("requestfinished", lambda request: under_way.discard(request))
    page.on("requestfailed", lambda request: under_way.discard(request))
    page.goto(url, wait_until="load")
    page.evaluate("() => globalThis.MathJax?.startup?.promise?.then(() => null)")
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    quiet, until = 0, time.monotonic() + 120
    while quiet < 3:                       # half a second in which nothing is asked for
        page.wait_for_timeout(200)
        quiet = 0 if under_way else quiet + 1
        if time.monotonic() > until:
            raise TimeoutError(f"{url} is still loading {[request.url for request in under_way]}")
    here = {r.url.split("#")[0]: r for r in responses if r.status == 200}
    known.update({address: len(gzip.compress(r.body(), 6)) for address, r in here.items() if address not in known})
    context.close()
    return {address: known[address] for address in here}


def kind(url):
    places = {"/mathjax/": "maths", "/_images/": "figures", "/_static/widgets/": "widgets", "/_static/bytes/": "weights"}
    return next((name for part, name in places.items() if part in url), "page")


def measure(browser):
    """[(page, {kind: KB at a first visit}, {kind: KB after index.html})]"""
    running, rows, common, known = server(), [], None, {}
    for page in ["index.html", *sorted(p.relative_to(SITE).as_posix() for p in (SITE / "chapters").rglob("*.html"))]:
        sizes = loaded(browser, f"http://127.0.0.1:{running.server_port}/{page}", known)
        common = common or set(sizes)
        total = {k: sum(v for u, v in sizes.items() if kind(u) == k) / 1000 for k in KINDS}
        new = {k: sum(v for u, v in sizes.items() if kind(u) == k and u not in common) / 1000 for k in total}
        rows.append((page, total, new))
    running.shutdown()
    return rows


def main():
    print(f"{'page':48}{'first KB':>9}{'next KB':>9}{'widgets':>9}{'weights':>9}{'maths':>8}{'figures':>9}   gzipped; budget {FIRST} and {NEXT}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox", "--disable-gpu"])
        for page, total, new in measure(browser):
            over = "" if total["page"] <= FIRST and new["page"] <= NEXT else "   OVER"
            print(f"{page:48}{total['page']:9.1f}{new['page']:9.1f}{total['widgets']:9.1f}{total['weights']:9.1f}{total['maths']:8.1f}{total['figures']:9.1f}{over}")


if __name__ == "__main__":
    main()
