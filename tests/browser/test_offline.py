"""The zip of ``make offline``, unpacked and read from the folder by a browser without a network."""

import zipfile

import pytest
from visits import Opened

from book import offline


@pytest.fixture(scope="module")
def archive(site, tmp_path_factory):
    target = tmp_path_factory.mktemp("offline") / "book.zip"
    offline.pack(site, target)
    return target


@pytest.fixture(scope="module")
def folder(archive):
    with zipfile.ZipFile(archive) as file:
        file.extractall(archive.parent)
    return archive.parent / offline.FOLDER


@pytest.fixture
def reader(browser, folder):
    """A page of the unpacked book on a phone; no address but the folder's can be reached."""
    opened = Opened(browser, folder.as_uri(), "index.html", width=360, offline=True, reduced_motion="reduce", maths=True)
    yield opened
    opened.context.close()
    assert not opened.complaints, opened.complaints


def test_the_zip_has_one_folder_and_is_the_same_each_time(site, archive, tmp_path):
    names = zipfile.ZipFile(archive).namelist()
    assert {name.split("/")[0] for name in names} == {"dlnotes"} and names == sorted(names)
    assert {"dlnotes/index.html", "dlnotes/READ-ME.txt", "dlnotes/LICENSE.txt"} <= set(names)
    assert not [name for name in names if name.endswith((".map", ".buildinfo"))]
    offline.pack(site, tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == archive.read_bytes()
    assert archive.stat().st_size < 15e6, "a stick and a slow line carry it"


def test_every_page_opens_from_the_folder(reader, folder):
    """No complaint, every widget starts, every formula is typeset by the folder's own MathJax."""
    formulas = 0
    for path in sorted(p for p in folder.rglob("*.html") if "_static" not in p.parts):
        page = path.relative_to(folder).as_posix()
        reader.tab.goto(path.as_uri())
        if reader.tab.locator("script[src*=mathjax]").count():
            reader.tab.evaluate("MathJax.startup.promise")
            written = reader.tab.locator("span.math, div.math").count()
            assert reader.tab.locator("mjx-container").count() >= written > 0, page
            assert reader.tab.locator("mjx-merror").count() == 0, page
            formulas += written
        reader.scroll_through()
        hosts = reader.tab.locator(".dlw-host").count()
        assert reader.tab.locator(".dlw-started").count() == hosts, f"{page}: a widget did not start"
        assert not reader.complaints, (page, reader.complaints)
    assert formulas > 1000


def test_search_finds_a_word_and_its_result_opens(reader):
    reader.go("chapters/foundations/mlp.html")
    reader.tab.locator(".search-button__button:visible").first.click()
    reader.tab.get_by_placeholder("Search this book").fill("dropout")
    reader.tab.keyboard.press("Enter")
    found = reader.tab.locator("#search-results li a")
    reader.tab.get_by_text("Search finished").wait_for()
    assert found.count() >= 1
    with reader.tab.expect_navigation():
        found.first.click()
    assert "search.html" not in reader.tab.url and "dropout" in reader.tab.locator("article").inner_text().lower()
