"""What a reader looks things up in: the glossary, the index, the map of the chapters, the data's licences, the page of all widgets."""

import importlib
import pkgutil
import re

import pytest
from docutils import nodes
from docutils.utils import new_document

from book import chapter_map, datasets, gallery, glossary, notes
from conftest import ROOT
from dlnotes import widgets
from dlnotes.widgets.base import Widget

LISTED = glossary.entries(ROOT)
CHAPTERS = chapter_map.chapters(ROOT)
WRITTEN = [c for c in CHAPTERS.values() if c.page]


# the glossary

def test_the_list_is_long_sorted_and_names_sections_that_exist():
    anchors = {a for _, notebook in notes.chapters(ROOT).values() for a in notes.sections(notebook)}
    assert len(LISTED) >= 150
    assert [e.section for e in LISTED if e.section not in anchors] == []
    names = [name for e in LISTED for name in e.names]
    assert len(set(map(str.lower, names))) == len(names)
    assert len({e.slug for e in LISTED}) == len(LISTED)
    first = [re.sub(r"[^a-z0-9]", "", e.names[0].lower().split(" (")[0]) for e in LISTED]
    assert first == sorted(first)


def test_every_sentence_is_one_and_plain():
    for entry in LISTED:
        assert entry.text.endswith((".", ".)")) and len(entry.text) <= 200, entry
        assert not re.search(r"[$`{}\\]", entry.text), entry


def test_every_chapter_has_terms():
    for slug, (_, notebook) in notes.chapters(ROOT).items():
        assert len([e for e in LISTED if e.section in notes.sections(notebook)]) >= 4, slug


def page(*paragraphs, heading="The idea"):
    document = new_document("page")
    section = nodes.section("", nodes.title("", heading))
    document += nodes.section("", nodes.title("", "Page"), section)
    for paragraph in paragraphs:
        section += nodes.paragraph("", "", *paragraph) if isinstance(paragraph, list) else nodes.paragraph("", paragraph)
    return document


def found(document, here=()):
    return [(str(text)[start:end], entry.names[0]) for text, start, end, entry in glossary.mentions(document, LISTED, set(here))]


@pytest.mark.parametrize("text, expected", [
    ("A Saddle point.", [("Saddle point", "saddle point")]),
    ("All saddle\npoints.", [("saddle\npoints", "saddle point")]),
    ("Nesterov momentum helps.", [("Nesterov momentum", "Nesterov momentum")]),
    ("Momentum and momentum.", [("Momentum", "momentum")]),
    ("Two GANs, no gan.", [("GANs", "GAN")]),
    ("Some penalties.", [("penalties", "penalty")]),
    ("A saddle-point problem, pre-softmax, unsoftmaxed.", []),
    ("The kernel, the evidence.", []),
])
def test_whole_words_in_any_case_with_plural(text, expected):
    assert found(page(text)) == expected


def test_an_everyday_word_is_marked_at_home_alone():
    assert found(page("A kernel slides."), here=["cnn-convolution"]) == [("kernel", "kernel (of a convolution)")]


def test_links_code_maths_headings_and_tables_are_left_alone():
    for node in (nodes.literal("", "softmax"), nodes.math("", "softmax"), nodes.reference("", "softmax")):
        assert found(page([node])) == []
    assert found(page([nodes.emphasis("", "softmax")])) == [("softmax", "softmax")]
    assert found(page(heading="softmax")) == [] and found(page("softmax", heading="Sources")) == []
    table = page()
    table[0][1] += notes.table("a", ("a",), [[notes.text("softmax")]], (1,))
    assert found(table) == []


def test_a_paragraph_has_two_marks_and_a_later_mention_takes_its_turn():
    assert [name for _, name in found(page("softmax, tanh, softplus"))] == ["softmax", "tanh"]
    assert [name for _, name in found(page("softmax, tanh, softplus", "softplus"))] == ["softmax", "tanh", "softplus"]


def test_pieces_keep_the_text():
    entry = LISTED[0]
    made = list(glossary.pieces("a 1cycle b", [(2, 8, entry, True)]))
    assert "".join(n.astext() for n in made) == "a 1cycle b" and made[1]["glossary"] == "1cycle"


def chapter_pages(site):
    return {c.slug: (site / f"{c.page}.html").read_text(encoding="utf-8") for c in WRITTEN}


def test_each_chapter_has_links_with_sentences_and_not_too_many(site):
    for slug, source in chapter_pages(site).items():
        links = re.findall(r'<a class="term[^"]*"[^>]*href="([^"]*)"[^>]*id="use-([^"]*)"', source)
        assert 8 <= len(links) <= glossary.MOST, (slug, len(links))
        for href, term in links:
            assert href.startswith("../glossary.html#term-") and f'id="tip-{term}"' in source, (slug, term)
        assert len(re.findall('class="term-tip"', source)) == len(links)
        text = (site / "chapters" / "glossary.html").read_text(encoding="utf-8")
        assert all(f'id="{href.split("#")[1]}"' in text for href, _ in links)


def test_the_index_leads_from_each_term_to_its_section_and_to_where_it_is_used(site):
    source = (site / "genindex.html").read_text(encoding="utf-8")
    for entry in LISTED:
        assert re.search(rf'html#{re.escape(entry.section)}"', source), entry.section
    assert 'href="chapters/generative/gan.html#use-saddle-point"' in source or 'optimizers.html#opt-saddle"' in source
    places = re.findall(r'href="(chapters/[^"#]+)#([^"]+)"', source)
    assert len(places) > 2 * len(LISTED)
    for name, anchor in places:
        assert f'id="{anchor}"' in (site / name).read_text(encoding="utf-8"), (name, anchor)


# the map

@pytest.mark.parametrize("slug", [c.slug for c in WRITTEN])
def test_the_map_says_what_the_chapter_says(slug):
    """The links of "You need" are the column needs of notes/chapters.csv."""
    _, notebook = notes.chapters(ROOT)[slug]
    line = re.search(r"^\*\*You need\*\*.*$", "".join(notebook["cells"][0]["source"]), re.M)[0]
    linked = [s for s in re.findall(r"\{ref\}`[^`]*?<?ch-([\w-]+)>?`", line) if s != "notation"]
    assert sorted(linked) == sorted(CHAPTERS[slug].needs)


def test_no_chapter_needs_a_later_one():
    order = list(CHAPTERS)
    for c in CHAPTERS.values():
        assert all(order.index(need) < order.index(c.slug) for need in c.needs), c


def test_an_arrow_that_follows_from_others_is_left_out_and_nothing_else():
    drawn = chapter_map.arrows(CHAPTERS)
    assert ("activations", "backprop") not in drawn and {("activations", "mlp"), ("mlp", "backprop")} <= set(drawn)
    reached = {}
    for slug in CHAPTERS:
        reached[slug] = {a for need, target in drawn if target == slug for a in (need, *reached[need])}
        assert reached[slug] == chapter_map.ancestors(CHAPTERS, slug), slug


@pytest.mark.parametrize("draw", [chapter_map.wide, chapter_map.tall])
def test_boxes_do_not_overlap_and_stay_inside(draw):
    boxes, lines, width, height = draw(CHAPTERS)
    assert set(boxes) == set(CHAPTERS) and len(lines) == len(chapter_map.arrows(CHAPTERS))
    every = list(boxes.values())
    for i, a in enumerate(every):
        assert 0 <= a.x and a.x + a.width <= width and 0 <= a.y and a.y + a.height <= height
        for b in every[:i]:
            assert a.x + a.width < b.x or b.x + b.width < a.x or a.y + a.height < b.y or b.y + b.height < a.y


def test_the_map_links_to_each_chapter_that_exists_and_only_to_those(site):
    source = (site / "chapters" / "map.html").read_text(encoding="utf-8")
    for name in ("wide", "tall"):
        picture = re.search(rf'<svg class="chapter-map map-{name}".*?</svg>', source, re.S)[0]
        links = re.findall(r'<a class="c-([\w-]+)" href="([^"]+)" aria-label="([^"]+)"', picture)
        assert [slug for slug, _, _ in links] and {slug for slug, _, _ in links} == {c.slug for c in WRITTEN}
        assert all((site / "chapters" / href).resolve().exists() for _, href, _ in links)
        assert picture.count('class="planned') == len(CHAPTERS) - len(WRITTEN)


# the data's licences

def test_the_loaders_are_found_by_themselves():
    assert [f.__name__ for f in datasets.loaders()] == ["mnist1d", "digits", "names", "karate", "photo", "fashion_mnist"]


def test_a_loader_without_licence_is_refused():
    def loader():
        """Data.

        Source
        ------
        Somebody.
        """
    with pytest.raises(ValueError, match="Licence, Size missing"):
        datasets.sections(loader)


def test_every_loader_is_on_the_page_with_source_licence_and_size(site):
    source = (site / "chapters" / "appendix" / "licences.html").read_text(encoding="utf-8")
    for loader in datasets.loaders():
        part = re.search(rf'<section id="data-{loader.__name__.replace("_", "-")}">.*?</section>', source, re.S)[0]
        for heading in datasets.PARTS:
            assert re.search(rf"<dt>{heading}", part), (loader.__name__, heading)


def test_every_photograph_has_its_credit_and_its_licence():
    from dlnotes import data
    found = datasets.sections(data.photo)
    for name in data.PHOTOS:
        assert name in found["Source"] and name in found["Licence"], name


# the page of all widgets

def widget_modules():
    for module in pkgutil.iter_modules(widgets.__path__):
        importlib.import_module(f"dlnotes.widgets.{module.name}")
    return {cls.view for cls in Widget.__subclasses__() if cls.__module__.startswith("dlnotes.") and "view" in cls.__dict__}


def listed_cards():
    source = (ROOT / "chapters" / "gallery" / "index.md").read_text(encoding="utf-8")
    return [card for block in re.findall(r"```\{widget-cards\}\n(.*?)```", source, re.S) for card in gallery.cards(block.splitlines())]


def test_every_widget_has_one_card():
    assert sorted(module for module, _, _ in listed_cards()) == sorted(widget_modules())
    assert len({title for _, title, _ in listed_cards()}) == len(listed_cards())


def test_each_card_shows_its_picture_and_leads_to_a_page_with_that_widget(site):
    folder = site / "chapters" / "gallery"
    source = (folder / "index.html").read_text(encoding="utf-8")
    for module, title, _ in listed_cards():
        card = next(c for c in re.findall(r'<li class="widget-card">.*?</li>', source, re.S) if f"<strong>{title}</strong>" in c)
        href, picture = re.search(r'href="([^"#]*)[^"]*"', card)[1], re.search(r'src="([^"]+)"', card)[1]
        assert (folder / picture).resolve().stat().st_size > 500, module
        assert f'data-module="{module}.mjs"' in (folder / href).read_text(encoding="utf-8"), module
