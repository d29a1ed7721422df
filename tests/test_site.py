"""What the site says about itself: reading times, cards, sitemap, and addresses that stay."""

import json
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import nbformat
import pytest
import yaml
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace

from book import anchors, execution, head, notes, reading, trim

ROOT = Path(__file__).resolve().parent.parent
CHAPTERS = sorted(p for p in (ROOT / "chapters").rglob("*.ipynb") if notes.is_chapter(p))
BASE = "https://book.example/dl/"


def test_no_published_address_disappears(site):
    """Links from other sites, papers and lecture slides keep working."""
    gone = sorted(anchors.published() - anchors.present(site))
    assert not gone, ("these published addresses are gone; put a target such as (old-name)= where each stood, or, to give them up "
                      f"deliberately, run python -m book.anchors --drop: {', '.join(gone)}")


@pytest.mark.parametrize("path", sorted((ROOT / "chapters").rglob("*.ipynb")), ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_the_launch_buttons_open_the_chapter_itself(site, path):
    """Binder in JupyterLab, Colab, and the download; all of the branch that _config.yml names."""
    name = path.relative_to(ROOT).as_posix()
    repository = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["repository"]
    owner, branch = repository["url"].removeprefix("https://github.com/"), repository["branch"]
    links = re.findall(r'href="([^"]+)"', (site / name).with_suffix(".html").read_text(encoding="utf-8"))
    assert f"https://mybinder.org/v2/gh/{owner}/{branch}?urlpath=lab/tree/{name}" in links
    assert f"https://colab.research.google.com/github/{owner}/blob/{branch}/{name}" in links
    assert any(link.endswith(f"_sources/{name}") for link in links)


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda p: p.stem)
def test_a_chapter_computes_for_less_than_a_minute(site, path):
    """As the site's build ran it: seconds of computing, so that what else the machine did does not count; a slow one has more."""
    cache = execution.open_cache(execution.cache_folder(ROOT))
    ran = cache.match_cache_notebook(nbformat.read(path, 4)).data
    assert 1 < ran["computing_seconds"] < 60 * max(1, ran["seconds_of_a_million_steps"] / 0.1), ran


def test_the_list_of_addresses_names_chapters_equations_figures_and_exercises():
    listed = anchors.published()
    page = "chapters/foundations/mlp.html"
    for name in ("", "#the-idea", "#equation-def-mlp-layer", "#check-eq-mlp-tent", "#fig-mlp-bumps", "#ex-mlp-1", "#ch-mlp"):
        assert page + name in listed, name
    assert not [a for a in listed if re.search(r"#(id\d+|codecell\d+)$", a)]


def test_renewing_the_list_adds_and_drops_only_when_told(tmp_path, monkeypatch, capsys):
    site = tmp_path / "site"
    (site / "chapters").mkdir(parents=True)
    (site / "index.html").write_text('<nav id="x"></nav><article><h1 id="one">1</h1><p id="id3"></p></article><p id="y"></p>')
    monkeypatch.setattr(anchors, "LIST", tmp_path / "anchors.txt")
    present = anchors.present
    monkeypatch.setattr(anchors, "present", lambda: present(site))
    assert anchors.main() == 0 and anchors.published() == {"index.html", "index.html#one"}
    (site / "index.html").write_text('<article><h1 id="two">1</h1></article>')
    assert anchors.main() == 1 and "index.html#one" in capsys.readouterr().out
    assert anchors.published() == {"index.html", "index.html#one", "index.html#two"}
    assert anchors.main(drop=True) == 0 and anchors.published() == {"index.html", "index.html#two"}


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda p: p.stem)
def test_reading_time_stands_at_the_top(site, path):
    """As many minutes as its words and cells take, fewer than the author gives to all of it."""
    page = (site / path.relative_to(ROOT).with_suffix(".html")).read_text(encoding="utf-8")
    line = re.search(r'</h1>\s*<p class="reading-time">(.*?)</p>', page)[1]
    words, cells, minutes, widgets, questions, exercises = (int(n.replace(",", "")) for n in re.findall(r"[\d,]*\d", line))
    assert minutes == reading.minutes(words, cells) and widgets >= 1
    assert questions == page.count('data-module="self_test.mjs"')
    assert widgets + questions == page.count('class="dlw-host"')
    assert exercises == len(re.findall(r'class="exercise admonition"', page))
    markdown = " ".join("".join(c["source"]) for c in json.loads(path.read_text(encoding="utf-8"))["cells"] if c["cell_type"] == "markdown")
    assert 0.6 * len(markdown.split()) < words < 1.1 * len(markdown.split())
    number, unit = re.search(r"\*\*Time\*\* ([\d.]+) (minutes|hours) with the exercises\.", markdown).groups()
    assert minutes + 5 * exercises <= float(number) * (60 if unit == "hours" else 1)


def test_reading_time_counts_prose_and_cells_in_sight_without_the_exercises():
    def section(*ids):
        return nodes.section(ids=list(ids))
    cell = nodes.container(nb_element="cell_code", classes=["cell"])
    cell += nodes.container("", nodes.literal_block("", "print('not a word')"), nb_element="cell_code_source")
    idea, exercises = section("the-idea"), section("exercises")
    idea += [nodes.paragraph("", "three plain words ", nodes.math("", "x + y")), cell]
    exercises += nodes.paragraph("", "not counted here")
    chapter = section("chapter")
    chapter += [nodes.title("", "A title"), idea, exercises]
    assert reading.amount(chapter) == (5, 1)
    assert [reading.minutes(*n) for n in [(0, 0), (4000, 100), (4000, 110), (10_000, 0)]] == [5, 70, 75, 50]


def test_every_page_has_a_card_and_without_an_address_no_link_in_it(site):
    pages = [site / "index.html", *(site / "chapters").rglob("*.html")]
    seen = set()
    for page in pages:
        text = page.read_text(encoding="utf-8").split("</head>")[0]
        tags = dict(re.findall(r'<meta (?:name|property)="([^"]+)" content="([^"]*)" />', text))
        assert tags["og:type"] == "article" and tags["og:title"] and tags["og:site_name"].startswith("dlnotes")
        assert 40 <= len(tags["description"]) <= 230 and tags["og:description"] == tags["description"]
        seen.add(tags["description"])
        if 'rel="canonical"' not in text:
            assert "og:url" not in tags and "og:image" not in tags
    assert len(seen) == len(pages), "each page has a description of its own"


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """small(base) builds two pages with the card and the sitemap; returns the folder."""
    def build(base, where=tmp_path_factory.mktemp("small")):
        (where / "index.md").write_text('# Top & "more"\n\n**In one line.** A sentence with <b>, "quotes" & $x$.\n\n```{toctree}\npart/two\n```\n')
        (where / "part").mkdir(exist_ok=True)
        (where / "part" / "two.md").write_text("# Two\n\n" + "word " * 100 + "\n")
        with docutils_namespace():
            Sphinx(where, None, where / "out", where / "trees", "html", freshenv=True, status=None, warningiserror=True, confoverrides={
                "extensions": ["myst_parser", "book.head"], "html_title": "The book", "html_baseurl": base, "smartquotes": False,
                "myst_enable_extensions": ["dollarmath"], "exclude_patterns": ["out", "trees"]}).build()
        return where / "out"
    return build


def test_card_and_sitemap_with_an_address(small):
    out = small(BASE)
    head_of = {page: (out / page).read_text(encoding="utf-8").split("</head>")[0] for page in ("index.html", "part/two.html")}
    assert '<meta property="og:title" content="Top &amp; &quot;more&quot;" />' in head_of["index.html"]
    assert 'content="A sentence with &lt;b&gt;, &quot;quotes&quot; &amp; x."' in head_of["index.html"]
    assert f'<meta property="og:url" content="{BASE}part/two.html" />' in head_of["part/two.html"]
    assert f'<meta property="og:image" content="{BASE}{head.PICTURE}" />' in head_of["part/two.html"]
    assert (ROOT / head.PICTURE).is_file()
    described = re.search(r'name="description" content="([^"]*)"', head_of["part/two.html"])[1]
    assert described.endswith("word…") and len(described) <= head.LONGEST
    found = [node.text for node in ElementTree.parse(out / "sitemap.xml").iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]
    assert found == [f"{BASE}index.html", f"{BASE}part/two.html"]


def test_no_address_no_sitemap(small):
    out = small("")
    assert not (out / "sitemap.xml").exists(), "an older one would lie"
    text = (out / "index.html").read_text(encoding="utf-8")
    assert "og:title" in text and "og:url" not in text and "og:image" not in text


def test_own_files_stand_in_the_order_of_their_names():
    """Jupyter Book adds them as the disk lists them: two machines would build two sites."""
    class File:
        def __init__(self, filename):
            self.filename = filename
    files = [File(name) for name in ("_static/doctools.js", "_static/site.js", None, "_static/keys.js")]
    order = trim.in_order(files, {"_static/site.js", "_static/keys.js"})
    assert [f.filename for f in order] == ["_static/doctools.js", "_static/keys.js", None, "_static/site.js"]
