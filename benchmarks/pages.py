"""What a reader downloads: gzipped kilobytes of a first visit to each page, and of the page after another one.

    .venv/bin/python benchmarks/pages.py        (after `make book`)

Maths (MathJax), figures, the widgets' scripts and the weights that they carry are listed apart: the budget is 150 KB for a first visit
and 70 KB for a next page without them (tests/browser/test_pages.py); the scripts of a page and the weights of each widget have 60 KB of their
own (tests/test_budget.py).
"""

import functools
import gzip
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

ROOT = Path(__file__).resolve().parent.parent
sys.path += [str(ROOT), str(ROOT / "tests" / "browser")]      # behind: both folders of tests have a conftest.py

from playwright.sync_api import sync_playwright  # noqa: E402
from visits import Opened, chromium  # noqa: E402

from book.serve import SITE, server  # noqa: E402

FIRST, NEXT = 150, 70
KINDS = ("page", "widgets", "weights", "maths", "figures")
LOADED = "() => performance.getEntriesByType('resource').map((entry) => entry.name)"      # the addresses that a page has asked for


@functools.cache
def kilobytes(file):
    return len(gzip.compress(file.read_bytes(), 6)) / 1000


def kind(file):
    places = {"/mathjax/": "maths", "/_images/": "figures", "/_static/widgets/": "widgets", "/_static/bytes/": "weights"}
    return next((name for part, name in places.items() if part in f"/{file}"), "page")


def weigh(site, loads):
    """What each page weighs.

    Parameters
    ----------
    site : Path
        The folder of the built site.
    loads : dict
        Page -> the addresses that a visit with an empty cache has loaded, all widgets started; with `index.html`.

    Returns
    -------
    dict
        Page -> ({kind: KB at a first visit}, {kind: KB after index.html}), gzipped.
    """
    files = {page: {page, *(unquote(urlsplit(a).path).lstrip("/") for a in addresses if a.startswith("http"))} for page, addresses in loads.items()}

    def sums(names):
        return {k: sum(kilobytes(site / name) for name in names if kind(name) == k) for k in KINDS}

    return {page: (sums(names), sums(names - files["index.html"])) for page, names in files.items()}


def visits(browser):
    """{page: the addresses that it loads} of all pages."""
    running, loads = server(site=SITE), {}
    for page in ["index.html", *sorted(p.relative_to(SITE).as_posix() for p in (SITE / "chapters").rglob("*.html"))]:
        opened = Opened(browser, f"http://127.0.0.1:{running.server_port}", page, maths=True)
        opened.scroll_through()
        loads[page] = opened.tab.evaluate(LOADED)
        opened.context.close()
    running.shutdown()
    return loads


def main():
    print(f"{'page':48}{'first KB':>9}{'next KB':>9}{'widgets':>9}{'weights':>9}{'maths':>8}{'figures':>9}   gzipped; budget {FIRST} and {NEXT}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox", "--disable-gpu"])
        for page, (total, new) in weigh(SITE, visits(browser)).items():
            over = "" if total["page"] <= FIRST and new["page"] <= NEXT else "   OVER"
            print(f"{page:48}{total['page']:9.1f}{new['page']:9.1f}{total['widgets']:9.1f}{total['weights']:9.1f}{total['maths']:8.1f}{total['figures']:9.1f}{over}")


if __name__ == "__main__":
    main()
