"""``make pdf``: the whole book as `_build/dlnotes.pdf`, printed by Chromium from the built site.

All chapters are joined to one document, so that links between them and the numbers of the sheets are Chromium's own work; its own
outline would double the file and repeat words, so that is added afterwards.
"""

import io
import logging
import sys
from pathlib import Path

from pypdf import PdfReader, PdfWriter
from pypdf.generic import Fit

from book import paper

TARGET = paper.ROOT / "_build" / "dlnotes.pdf"


logging.getLogger("pypdf").setLevel(logging.ERROR)      # Chromium counts its objects wrongly, which does no harm
OPTIONS = {"prefer_css_page_size": True, "print_background": True}


def places(pdf):
    """{name: (sheet from 0, height on it)} of the places of a PDF to which something links."""
    sheets = {page.indirect_reference.idnum: k for k, page in enumerate(pdf.pages)}
    return {name[1:]: (sheets[place.raw_get("/Page").idnum], place["/Top"]) for name, place in pdf.named_destinations.items()}


def add_outline(writer, outline, where):
    """Give a PDF the outline [{level, title, id}]; `where` are its places."""
    above = {}
    for entry in outline:
        (sheet, top), level = where[entry["id"]], entry["level"]
        above = {k: item for k, item in above.items() if k < level}
        above[level] = writer.add_outline_item(title=entry["title"], page_number=sheet, parent=above[max(above)] if above else None,
                                               fit=Fit.xyz(top=top))


def write(target=TARGET):
    """Print the book to `target`; return the number of its sheets."""
    with paper.opened(color_scheme="light") as page:
        page.emulate_media(media="print")
        joined = page.evaluate("(pages) => paper.join(pages)", paper.pages())
        if joined["lost"]:
            sys.exit(f"These pictures could not be read: {', '.join(joined['lost'])}")
        book = PdfReader(io.BytesIO(page.pdf(**OPTIONS)))
        where = places(book)
        page.evaluate("(sheets) => paper.number(sheets)", {name: sheet + 1 for name, (sheet, _) in where.items()})
        numbers = PdfReader(io.BytesIO(page.pdf(**OPTIONS)))
    writer = PdfWriter(clone_from=book)
    for sheet, overlay in list(zip(writer.pages, numbers.pages))[1:]:
        sheet.merge_page(overlay)
    add_outline(writer, joined["outline"], where)
    writer.add_metadata({"/Author": paper.config()["author"]})
    writer.write(target)
    return len(writer.pages)


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else TARGET
    print(f"{target}: {write(target)} sheets")
