"""A page of the site as it comes out of a reader's printer."""

import io
import re

import pytest
from pypdf import PdfReader
from sheets import glyphs, inked


@pytest.mark.parametrize("name", ["chapters/gallery/unroll", "chapters/notation"])
def test_a_printed_page_of_the_site_is_clean(site, visit, name):
    """From a dark screen: only the article, light, each widget as its picture with the address of the live one, no empty sheet."""
    source = re.search(r'<article class="bd-article">.*</article>', (site / f"{name}.html").read_text(encoding="utf-8"), re.S)[0]
    opened = visit(f"{name}.html", scheme="dark", maths=True)
    opened.scroll_through()
    printed = PdfReader(io.BytesIO(opened.tab.pdf(print_background=True)))
    text = "\n".join(page.extract_text() for page in printed.pages)
    for heading in re.findall(r"<h[12]>(.*?)<a class=\"headerlink", source):
        assert heading in text
    for other in ("VI Graphs", "Search this book", "Contents", "Copy link", "Play", "Repository", "Open issue", "previous", "next"):
        assert other not in text.split("\n"), other
    assert not [number for number, page in enumerate(printed.pages, 1) if len(glyphs(page)) < 20]
    links = [note.get_object().get("/A", {}).get("/URI", "") for page in printed.pages for note in page.get("/Annots") or []]
    assert {link for link in links if "#dlw=" in link} == set(re.findall(r'<p class="dlw-paper">.*?href="([^"]+)"', source))
    if "dlw-host" in source:
        assert any(map(inked, printed.pages)), "no picture"
    ink = [0.2 * float(rgb[0]) + 0.7 * float(rgb[1]) + 0.1 * float(rgb[2]) for page in printed.pages
           for rgb in re.findall(rb"([\d.]+) ([\d.]+) ([\d.]+) rg\n/G\d+ gs\nBT", page.get_contents().get_data())]
    assert ink and sum(value < 0.5 for value in ink) > 0.7 * len(ink), "text as on a dark screen"
    assert opened.tab.evaluate("document.documentElement.dataset.theme") == "dark", "the screen is as before"


def test_folded_parts_are_open_on_paper_and_folded_again_afterwards(visit):
    opened = visit("chapters/foundations/mlp.html", maths=True)
    count = "document.querySelectorAll('.bd-article details:not([open])').length"
    before = opened.tab.evaluate(count)
    opened.tab.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert before >= 5 and opened.tab.evaluate(count) == 0
    opened.tab.evaluate("dispatchEvent(new Event('afterprint'))")
    assert opened.tab.evaluate(count) == before
