"""The book on paper and in e-readers: the PDF, the ePub and a printed page are opened and counted against the built site."""

import io
import posixpath
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from urllib.parse import urldefrag
from xml.etree import ElementTree

import matplotlib
import pytest
from fontTools.ttLib import TTFont
from pypdf import PdfReader

from book import epub, paper
from sheets import glyphs, inked

XHTML = "{http://www.w3.org/1999/xhtml}"
MATHML = "{http://www.w3.org/1998/Math/MathML}"
FORMULA = re.compile(r'class="math notranslate')


@pytest.fixture(scope="session")
def books(site, tmp_path_factory):
    """{"pdf": path, "epub": path}, both made at the same time by the commands that make runs."""
    if paper.chromium() is None:
        pytest.skip("no Chromium here; on Debian or Ubuntu: apt-get install chromium")
    folder = tmp_path_factory.mktemp("books")
    made = {kind: folder / f"dlnotes.{kind}" for kind in ("pdf", "epub")}
    running = {kind: subprocess.Popen([sys.executable, "-m", f"book.{kind}", str(path)], cwd=paper.ROOT, text=True,
                                      stdout=subprocess.PIPE, stderr=subprocess.STDOUT) for kind, path in made.items()}
    for kind, process in running.items():
        said = process.communicate()[0]
        assert process.returncode == 0, f"{kind}: {said}"
    return made


@pytest.fixture(scope="session")
def sources(site):
    """{docname: HTML of its article} of the pages that make the book."""
    return {page["name"]: re.search(r'<article class="bd-article">.*</article>', page["text"], re.S)[0] for page in paper.pages()}


@pytest.fixture(scope="session")
def pdf(books):
    return PdfReader(books["pdf"])


@pytest.fixture(scope="session")
def archive(books):
    with zipfile.ZipFile(books["epub"]) as opened:
        yield opened


@pytest.fixture(scope="session")
def trees(archive):
    """{name: root} of the ePub's pages; parsing them is the test that each is well-formed."""
    return {name: ElementTree.fromstring(archive.read(name)) for name in archive.namelist() if name.endswith(".xhtml")}


def titles(sources):
    return [re.search(r"<h1>(.*?)<a class=\"headerlink", text, re.S)[1] for text in sources.values()]


def live_links(sources):
    """The addresses of all widgets and questions of the book, as the site's pages say them."""
    return [link for text in sources.values() for link in re.findall(r'<p class="dlw-paper">.*?href="([^"]+)"', text)]


def test_every_widget_has_its_place_in_the_book(sources):
    """What the tests below count: places of 22 sorts of widgets (questions are one), each with the address of the live one."""
    places = [sort for text in sources.values() for sort in re.findall(r'class="dlw-host"[^>]*data-module="(\w+)\.mjs"', text)]
    assert len(set(places)) == 22 and len(places) == len(live_links(sources)) == len(set(live_links(sources)))
    for docname, text in sources.items():
        of_page = live_links({docname: text})
        assert [link.partition(docname)[2] for link in of_page] == [f".html#dlw={k}" for k in range(len(of_page))]
        assert all(link.startswith("https://") for link in of_page)


def test_contents_are_those_of_the_site(sources):
    assert list(sources)[0] == "index" and {c for c in paper.contents().values() if c} >= {"I Foundations", "Widgets", "Appendices"}
    assert len(sources) == len(list((paper.SITE / "chapters").rglob("*.html"))) + 1


def test_pdf_has_an_outline_of_parts_and_chapters(pdf, sources):
    """Parts, then chapters, in the order of the site; each leads to the sheet on which its title stands."""
    above, found = [], []
    for entry in pdf.outline:
        if isinstance(entry, list):
            found += [e for e in entry if not isinstance(e, list)]
        else:
            above.append(entry)
    assert [e.title for e in above] == [titles(sources)[0], *[part for part in paper.contents().values() if part]]
    names = [e.title for e in [above[0], *found] if e.title in titles(sources)]
    assert names == titles(sources)
    for entry in found[-3:]:
        assert entry.title in " ".join(pdf.pages[pdf.get_destination_page_number(entry)].extract_text().split())


def test_pdf_contents_name_the_sheets(pdf, sources):
    """The list of contents, with a number for each chapter, the number that stands on the sheet's foot."""
    listed = pdf.pages[1].extract_text().split("\n")
    first = next(int(line) for line in listed[listed.index("Contents") + 1:] if line.strip().isdigit())
    listed += [line for page in pdf.pages[2:first - 1] for line in page.extract_text().split("\n")[1:]]      # the first line is the sheet's
    numbers = [int(line) for line in listed[listed.index("Contents") + 1:] if line.strip().isdigit()]
    assert len(numbers) == len(sources) and numbers == sorted(numbers)
    for number, title in list(zip(numbers, titles(sources)))[::7]:
        text = pdf.pages[number - 1].extract_text()
        assert title in " ".join(text.split()) and str(number) in text.split("\n")


def test_pdf_has_no_empty_sheet_and_no_missing_glyph(pdf):
    for number, page in enumerate(pdf.pages, 1):
        drawn = glyphs(page)
        assert len(drawn) > 10, f"sheet {number} is empty"
        assert 0 not in drawn, f"sheet {number} draws the box of a missing character"
        assert "�" not in page.get_contents().get_data().decode("latin1"), number


def test_pdf_embeds_its_fonts(pdf):
    seen = {}
    for page in pdf.pages:
        for reference in page["/Resources"].get("/Font", {}).values():
            seen[str(reference)] = reference.get_object()
    assert seen
    for font in seen.values():
        inner = font["/DescendantFonts"][0].get_object() if "/DescendantFonts" in font else font
        assert font["/Subtype"] == "/Type3" or any(key.startswith("/FontFile") for key in inner["/FontDescriptor"]), font
        assert "/ToUnicode" in font, "no text could be copied or searched"


def test_pdf_shows_each_widget_and_links_to_the_live_one(pdf, sources):
    """Each address once, and on its sheet a picture; a sheet of text alone has none."""
    found = {}
    for number, page in enumerate(pdf.pages):
        for note in page.get("/Annots") or []:
            address = note.get_object().get("/A", {}).get("/URI", "")
            if "#dlw=" in address:
                found.setdefault(address, number)      # a link over two lines is two
    assert sorted(found) == sorted(live_links(sources))
    assert sum(not inked(page) for page in pdf.pages) > len(pdf.pages) / 3
    for address, number in found.items():
        assert inked(pdf.pages[number]), f"sheet {number + 1}: no picture of {address}"


def test_pdf_links_within_the_book_lead_somewhere(pdf):
    names = pdf.named_destinations
    links = [note.get_object().get("/Dest") for page in pdf.pages for note in page.get("/Annots") or []]
    links = [link for link in links if link is not None]
    assert len(links) > 1000 and not [link for link in links if link not in names]


def test_pdf_is_of_a_handy_size(books):
    assert books["pdf"].stat().st_size < 40e6 and books["epub"].stat().st_size < 10e6


def test_epub_holds_what_its_package_lists(archive):
    """The first file says the kind, uncompressed; the manifest names each file once and no other; the spine is the order of reading."""
    first = archive.infolist()[0]
    assert (first.filename, first.compress_type, archive.read(first)) == ("mimetype", zipfile.ZIP_STORED, b"application/epub+zip")
    package = ElementTree.fromstring(archive.read("book/package.opf"))
    opf = "{http://www.idpf.org/2007/opf}"
    items = {item.get("id"): item for item in package.iter(f"{opf}item")}
    files = [f"book/{item.get('href')}" for item in items.values()]
    assert sorted(files) == sorted(set(archive.namelist()) - {"mimetype", "META-INF/container.xml", "book/package.opf"})
    order = [items[ref.get("idref")].get("href") for ref in package.iter(f"{opf}itemref")]
    assert order == ["cover.xhtml", "nav.xhtml", *map(epub_name, paper.contents())]
    special = {item.get("properties"): item.get("href") for item in items.values() if item.get("properties") in ("nav", "cover-image")}
    assert special == {"nav": "nav.xhtml", "cover-image": "cover.png"}
    for item in items.values():
        has_formula = b"<math" in archive.read(f"book/{item.get('href')}")
        assert (item.get("properties") == "mathml") == (has_formula and item.get("href").endswith(".xhtml")), item.attrib


def epub_name(docname):
    return docname.replace("/", "-") + ".xhtml"


def test_epub_resolves_every_link_and_picture(archive, trees):
    """Nothing points to a file or a place that is not there; nothing but a link that a reader follows leaves the book."""
    files = set(archive.namelist())
    places = {name: {node.get("id") for node in tree.iter() if node.get("id")} for name, tree in trees.items()}
    for name, tree in trees.items():
        ids = [node.get("id") for node in tree.iter() if node.get("id")]
        assert len(ids) == len(set(ids)), name
        for node in tree.iter():
            assert node.tag != f"{XHTML}script" and not [key for key in node.attrib if key.startswith("on")], name
            for key in ("src", "href"):
                address = node.get(key, "")
                if address.startswith(("https://", "http://", "mailto:")) and node.tag == f"{XHTML}a" or not address:
                    continue
                path, fragment = urldefrag(address)
                target = posixpath.normpath(posixpath.join(posixpath.dirname(name), path)) if path else name
                assert target in files, f"{name}: {address}"
                assert not fragment or fragment in places[target], f"{name}: {address}"


def test_epub_contents_list_parts_chapters_and_sections(trees, sources):
    entries = [node.text for node in trees["book/nav.xhtml"].iter() if node.tag in (f"{XHTML}a", f"{XHTML}span")]
    parts = [part for part in paper.contents().values() if part]
    assert [entry for entry in entries if entry in parts] == parts
    assert [entry for entry in entries if entry in titles(sources)] == titles(sources)
    assert entries.count("What breaks") == 13


def test_epub_shows_each_widget_formula_and_picture(trees, sources):
    """As many pictures and formulas as the site has, each widget's still and the address of the live one."""
    for docname, text in sources.items():
        tree = trees[f"book/{epub_name(docname)}"]
        count = {tag: sum(node.tag == tag for node in tree.iter()) for tag in (f"{XHTML}img", f"{MATHML}math", f"{MATHML}merror")}
        assert count == {f"{XHTML}img": text.count("<img "), f"{MATHML}math": len(FORMULA.findall(text)), f"{MATHML}merror": 0}, docname
        stills = [node for node in tree.iter(f"{XHTML}img") if "dlw-still" in node.get("class", "")]
        assert len(stills) == text.count('class="dlw-host"') and all(node.get("alt") for node in stills), docname
    links = [node.get("href") for tree in trees.values() for node in tree.iter(f"{XHTML}a") if "#dlw=" in node.get("href", "")]
    assert links == live_links(sources)


def test_epub_formulas_need_no_style_that_browsers_ignore(trees):
    """MathML Core knows one mathvariant, and "normal" for a letter alone; each formula keeps its TeX."""
    for name, tree in trees.items():
        for node in tree.iter():
            assert node.get("mathvariant") in (None, "normal"), (name, node.text)
            assert node.tag != f"{MATHML}math" or node.get("alttext"), name


def test_epub_fonts_hold_every_character(archive, trees):
    """The two fonts of the archive are enough for every character, so no reader shows a box."""
    known = set()
    for name in epub.FONTS:
        known |= set(TTFont(io.BytesIO(archive.read(f"book/{name}"))).getBestCmap())
    for name, tree in trees.items():
        lacking = {c for c in "".join(tree.itertext()) if ord(c) not in known and c not in "\n\t\u2061\u00ad"}
        assert not lacking, f"{name}: {ascii(lacking)}"


@pytest.mark.parametrize("kind", ["pdf", "epub"])
def test_a_missing_chromium_ends_with_one_clear_line(tmp_path, kind):
    done = subprocess.run([sys.executable, "-m", f"book.{kind}", str(tmp_path / "book")], cwd=paper.ROOT, env={"PATH": str(tmp_path)},
                          capture_output=True, text=True)
    assert done.returncode == 1 and done.stderr == "This needs Chromium, which is not here. On Debian or Ubuntu: apt-get install chromium\n"
    assert not list(tmp_path.iterdir())
