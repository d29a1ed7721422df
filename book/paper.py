"""The book for paper and e-readers: what `pdf` and `epub` share.

Both open one page in Chromium, with the site's look and MathJax, and give it the pages of the built site; ``paper.js`` there takes
their articles, opens what is folded, mends links and pictures, and leaves out what only a browser can do.
"""

import html
import json
import re
import shutil
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

import yaml

from book.serve import ROOT, SITE

BOOK = Path(__file__).parent


def config():
    """`_config.yml` as a dict."""
    return yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))


def contents():
    """{docname: caption of the part that it opens, or None} in the order of reading; the index, which has no page numbers, is left out."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    found = {toc["root"]: None}
    for part in toc["parts"]:
        names = [name for chapter in part["chapters"] for name in _with_sections(chapter) if name != "genindex"]
        found |= zip(names, [part["caption"], *[None] * (len(names) - 1)])
    return found


def _with_sections(entry):
    return [entry["file"], *(name for below in entry.get("sections", []) for name in _with_sections(below))]


def pages():
    """The built pages in the order of reading, as paper.js takes them."""
    return [{"name": name, "part": part, "text": (SITE / f"{name}.html").read_text(encoding="utf-8")}
            for name, part in contents().items()]


def frame():
    """A page with the site's look and MathJax, the title of the book on its first sheet and room for the contents."""
    about, site = config(), SITE.name
    title, author, source = html.escape(about["title"]), html.escape(about["author"]), about["repository"]["url"]
    options = {"ignoreHtmlClass": "bd-article", "processHtmlClass": "math"}
    mathjax = about["sphinx"]["config"]["mathjax3_config"] | {"options": options}
    sheets = dict.fromkeys(sheet for page in pages() for sheet in re.findall(r'<link [^>]*href="(?:\.\./)*(_static/[^"?]+\.css)', page["text"]))
    return f"""<!doctype html><html lang="en" data-theme="light"><head><meta charset="utf-8"><title>{title}</title>
{"".join(f'<link rel="stylesheet" href="{site}/{sheet}">' for sheet in sheets)}
<style>{(BOOK / "paper.css").read_text(encoding="utf-8")}</style><script>window.MathJax = {json.dumps(mathjax)}</script>
<script defer src="{site}/_static/mathjax/tex-chtml.js"></script></head>
<body><div class="paper-title"><p>{title}</p><p>{author}</p><img alt="" src="{site}/_static/explorer.png">
<p>Pictures stand here for the widgets of the site; below each is a link to the live one. Source: <a href="{source}">{source}</a><br>
Code under the BSD 3-Clause License, prose under CC BY 4.0.</p></div>
<div class="paper-contents"><p class="part">Contents</p></div></body></html>"""


@contextmanager
def opened(**options):
    """`frame` as a page of Chromium, with the functions of ``paper.js``; its file stands beside the site meanwhile."""
    path = chromium()
    if path is None:
        sys.exit("This needs Chromium, which is not here. On Debian or Ubuntu: apt-get install chromium")
    from playwright.sync_api import sync_playwright
    with tempfile.NamedTemporaryFile("w", dir=SITE.parent, suffix=".html", encoding="utf-8") as source, sync_playwright() as playwright:
        source.write(frame())
        source.flush()
        browser = playwright.chromium.launch(executable_path=path, args=["--disable-gpu", "--disable-background-networking"])
        page = browser.new_page(**options)
        page.set_default_timeout(0)
        page.goto(Path(source.name).as_uri())
        page.evaluate((BOOK / "paper.js").read_text(encoding="utf-8") + "; 0")
        yield page
        browser.close()


def chromium():
    """The path of a Chromium of this machine, or None; first the one without windows, which opens a page in two thirds of the time."""
    return next(filter(None, map(shutil.which, ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"))), None)
