"""``make epub``: the whole book as `_build/dlnotes.epub`, from the built site: no script, pictures for the widgets, MathML for formulas."""

import html
import os
import sys
import time
import uuid
import zipfile
from pathlib import Path

import matplotlib

from book import paper

TARGET = paper.ROOT / "_build" / "dlnotes.epub"
FONTS = ("STIXGeneral.ttf", "DejaVuSans.ttf")      # between them every character of the book
KINDS = {".xhtml": "application/xhtml+xml", ".svg": "image/svg+xml", ".png": "image/png", ".css": "text/css", ".ttf": "font/ttf"}
PAGE = """<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops" lang="en" xml:lang="en" data-theme="light">
<head><title>{title}</title><link rel="stylesheet" href="pygments.css"/><link rel="stylesheet" href="epub.css"/></head>
<body>{body}</body></html>"""
PACKAGE = """<?xml version="1.0" encoding="utf-8"?>
<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id" xml:lang="en">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:identifier id="id">urn:uuid:{id}</dc:identifier><dc:title>{title}</dc:title>
<dc:creator>{author}</dc:creator><dc:language>en</dc:language><dc:source>{source}</dc:source>
<dc:rights>Code: BSD 3-Clause License; prose: CC BY 4.0</dc:rights><meta property="dcterms:modified">{modified}</meta>
<meta property="schema:accessMode">textual</meta><meta property="schema:accessMode">visual</meta>
<meta property="schema:accessibilityFeature">alternativeText</meta><meta property="schema:accessibilityFeature">MathML</meta>
<meta property="schema:accessibilityFeature">tableOfContents</meta><meta property="schema:accessibilityHazard">none</meta></metadata>
<manifest>{manifest}</manifest><spine>{spine}</spine></package>"""
CONTAINER = """<?xml version="1.0"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>
<rootfile full-path="book/package.opf" media-type="application/oebps-package+xml"/></rootfiles></container>"""


def navigation(chapters):
    """The list of contents: parts, chapters, their sections."""
    groups = []
    for chapter in chapters:
        if chapter["part"] or not groups:
            groups.append((chapter["part"], []))
        below = "".join(f"<li>{_link(section)}</li>" for section in chapter["sections"])
        groups[-1][1].append(f"<li>{_link(chapter)}{f'<ol>{below}</ol>' if below else ''}</li>")
    lists = [f"<li><span>{html.escape(part)}</span><ol>{''.join(items)}</ol></li>" if part else "".join(items) for part, items in groups]
    return f'<nav epub:type="toc"><h1>Contents</h1><ol>{"".join(lists)}</ol></nav>'


def _link(place):
    return f'<a href="{place["file"]}">{html.escape(place["title"])}</a>'


def package(files, spine):
    """What a library needs to know, the list of all files, and the order of reading."""
    about = {key: html.escape(paper.config()[key]) for key in ("title", "author")}
    source = paper.config()["repository"]["url"]
    modified = time.gmtime(int(os.environ.get("SOURCE_DATE_EPOCH", time.time())))
    ids = {name: f"f{k}" for k, name in enumerate(files)}
    return PACKAGE.format(**about, source=source, id=uuid.uuid5(uuid.NAMESPACE_URL, source),
                          modified=time.strftime("%Y-%m-%dT%H:%M:%SZ", modified),
                          manifest="".join(_item(ids[name], name, data) for name, data in files.items()),
                          spine="".join(f'<itemref idref="{ids[name]}"/>' for name in spine))


def _item(id, name, data):
    kind = KINDS[Path(name).suffix]
    special = {"nav.xhtml": "nav", "cover.png": "cover-image"}.get(name, "mathml" if b"<math" in data else "")
    return f'<item id="{id}" href="{name}" media-type="{kind}"' + (f' properties="{special}"/>' if special else "/>")


def write(target=TARGET):
    """Pack the book into `target`; return the number of its files."""
    with paper.opened(viewport={"width": 800, "height": 1067}, device_scale_factor=2) as page:
        chapters = page.evaluate("(pages) => paper.separate(pages)", paper.pages())
        cover = page.screenshot()
    title = html.escape(paper.config()["title"])
    texts = {"cover.xhtml": ("Cover", f'<img class="cover" alt="{title}" src="cover.png"/>'), "nav.xhtml": ("Contents", navigation(chapters))}
    texts |= {chapter["file"]: (html.escape(chapter["title"]), chapter["text"]) for chapter in chapters}
    files = {name: PAGE.format(title=title, body=body).encode() for name, (title, body) in texts.items()} | {"cover.png": cover}
    files |= {name: (paper.SITE / name).read_bytes() for chapter in chapters for name in chapter["pictures"]}
    files |= {"pygments.css": (paper.SITE / "_static" / "pygments.css").read_bytes(), "epub.css": (paper.BOOK / "epub.css").read_bytes()}
    files |= {name: (Path(matplotlib.get_data_path()) / "fonts" / "ttf" / name).read_bytes() for name in FONTS}
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("mimetype", "application/epub+zip")      # first, and not compressed
        archive.writestr("META-INF/container.xml", CONTAINER)
        archive.writestr("book/package.opf", package(files, texts))
        for name, data in files.items():
            archive.writestr(f"book/{name}", data, zipfile.ZIP_DEFLATED)
    return len(files)


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else TARGET
    print(f"{target}: {write(target)} files")
