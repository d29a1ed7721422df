"""The book's promises that need no browser: covered notes, checked equations, clean notebooks, honest outputs."""

import ast
import functools
import json
import re
import shutil
import subprocess
import sys
from collections import defaultdict
from copy import deepcopy
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pybtex.plugin
import pytest
import yaml
from docutils import nodes
from pybtex.database import Entry
from pybtex.richtext import Text
from pybtex.style.formatting import BaseStyle
from sphinxcontrib.bibtex.directives import BibliographyKey
from sphinxcontrib.bibtex.domain import BibtexDomain

from book import colab, equations, execution, gallery, notes, references, shown, stylesheets, widgets

ROOT = Path(__file__).resolve().parent.parent
SETS = sorted((ROOT / "chapters" / "exercises").glob("*.ipynb"))      # of the class: tests/test_grading_sets.py
NOTEBOOKS = [path for path in sorted((ROOT / "chapters").rglob("*.ipynb")) if path not in SETS]
GALLERY = [path for path in NOTEBOOKS if path.parent.name == "gallery"]
CHAPTERS = [path for path in NOTEBOOKS if path not in GALLERY]
HEADINGS = ["The question", "Play", "By hand", "The idea", "In code", "Check", "In PyTorch", "What breaks", "What the notes say",
            "Exercises", "Summary", "Sources"]


def load(path):
    return json.loads(path.read_text(encoding="utf-8"))


def test_every_row_of_an_existing_chapter_is_covered():
    assert notes.problems(ROOT) == []


def test_the_notes_are_whole():
    assert {name: len(notes.rows(ROOT, name)) for name in notes.TABLES} == {"concepts": 492, "errata": 99, "questions": 47}
    for name in notes.TABLES:
        ids = [row["id"] for row in notes.rows(ROOT, name)]
        assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_every_labelled_equation_has_its_check(path):
    assert equations.problems(load(path)) == []


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda p: p.stem)
def test_chapter_keeps_the_order(path):
    """The headings of a chapter are those that every chapter has, in the same order; the title cell says what is needed."""
    cells = load(path)["cells"]
    text = ["".join(c["source"]) for c in cells if c["cell_type"] == "markdown"]
    found = [line[3:].strip() for cell in text for line in cell.splitlines() if line.startswith("## ")]
    assert found == HEADINGS
    assert text[0].startswith(f"(ch-{path.stem})=")
    for phrase in ("**In one line.**", "**You will be able to**", "**You need**", "**Time**"):
        assert phrase in text[0], phrase


@pytest.mark.parametrize("path", GALLERY, ids=lambda p: p.stem)
def test_gallery_page_asks_shows_and_sets_three_tasks(path):
    cells = [cell for cell in load(path)["cells"] if cell["id"] != colab.ID]
    title, code, tasks = ("".join(cell["source"]) for cell in cells)
    assert [cell["cell_type"] for cell in cells] == ["markdown", "code", "markdown"]
    assert title.startswith(f"(gallery-{path.stem})=\n# ") and "**Predict first" in title
    assert code.startswith("from dlnotes.widgets.") and len(code.splitlines()) <= 4
    assert [line for line in tasks.splitlines() if line.startswith("## ")] == ["## Try this", "## Sources"]
    assert all(f"\n{k}. " in tasks for k in (1, 2, 3)) and "{bibliography}" in tasks
    assert "$" not in title + tasks, "formulas would load MathJax, a quarter of a second of start: write them as text"
    module = code.split()[1].removeprefix("dlnotes.widgets.")
    assert f"\n{module} | " in (path.parent / "index.md").read_text(encoding="utf-8"), "the page of all widgets has a line for it"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_torch_stays_below_its_heading(path):
    """Above "In PyTorch" a chapter needs no torch: readers run those cells in the page itself."""
    above = True
    for cell in load(path)["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown" and "\n## In PyTorch" in f"\n{source}":
            above = False
        elif cell["cell_type"] == "code":
            uses = any("torch" in name for node in ast.walk(ast.parse(_plain(source))) for name in _imported(node))
            assert not (uses and above and "torch" not in cell["metadata"].get("tags", [])), source
            assert not uses or "torch" in cell["metadata"].get("tags", []), f"tag this cell torch:\n{source}"


def _plain(source):
    return re.sub(r"(?m)^( *)[%!].*", r"\1pass", source)


def _imported(node):
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module or ""] if isinstance(node, ast.ImportFrom) else []


def test_notebooks_are_committed_without_outputs():
    """nbstripout, which keeps the cells whose printed text is compared again, has nothing to strip."""
    strip = [sys.executable, "-m", "nbstripout", "--verify", "--keep-id", "--keep-count"]
    done = subprocess.run([*strip, *map(str, NOTEBOOKS + SETS)], capture_output=True, text=True)
    assert done.returncode == 0, f"run nbstripout --keep-id --keep-count on what is named here:\n{done.stdout}{done.stderr}"
    for path in NOTEBOOKS + SETS:
        for cell in load(path)["cells"]:
            tags = cell["metadata"].get("tags", [])
            if cell["cell_type"] == "code" and (cell["outputs"] or cell["execution_count"]):
                assert "nbval-check-output" in tags and "keep_output" in tags, path
            if "nbval-check-output" in tags:
                assert cell["outputs"], f"{path}: a compared cell needs its text:\n" + "".join(cell["source"])


def test_contents_lists_the_chapters_that_exist_in_their_order():
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text())
    listed = {part["caption"]: [Path(c["file"]).name for c in part["chapters"]] for part in toc["parts"]}
    existing = {path.stem for path in CHAPTERS}
    rows = notes.rows(ROOT, "chapters")
    assert len([r for r in rows if r["part"] != "Appendices"]) == 34
    for part in {r["part"] for r in rows if r["part"] != "Appendices"}:
        assert listed.get(part, []) == [r["slug"] for r in rows if r["part"] == part and r["slug"] in existing]


@pytest.fixture
def copy(tmp_path):
    """The parts of the repository on which an output depends, to be changed at will."""
    for name in ("dlnotes", "notes", "chapters", "book", "_static"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "requirements.txt", tmp_path)
    return tmp_path


def test_cache_key_covers_the_pins_and_modules_key_the_loaded_modules(copy):
    loaded = ["dlnotes", "dlnotes.ops", "dlnotes.ops.activations"]
    before = execution.cache_key(copy), execution.modules_key(copy, loaded)
    assert before == (execution.cache_key(copy), execution.modules_key(copy, loaded))
    append(copy / "dlnotes" / "checks.py")
    assert before == (execution.cache_key(copy), execution.modules_key(copy, loaded))
    seen = {before[1]}
    for name in ("ops/activations.py", "ops/__init__.py", "__init__.py"):
        append(copy / "dlnotes" / name)
        seen.add(execution.modules_key(copy, loaded))
    assert len(seen) == 4
    (copy / "dlnotes" / "ops" / "activations.py").unlink()
    assert execution.modules_key(copy, loaded) is None
    append(copy / "requirements.txt")
    assert execution.cache_key(copy) != before[0]


def append(path):
    with open(path, "a") as file:
        file.write("# changed\n")


def test_page_key_covers_the_extension_and_the_views(copy):
    """A page names its scripts by their digest, so a changed view must renew the pages; the outputs may stay."""
    before, outputs = execution.page_key(copy), execution.cache_key(copy)
    seen = {before}
    for name in ("dlnotes/widgets/js/lib/plot.mjs", "book/notes.py", "book/templates/static/webpack-macros.html", "_static/site.css"):
        with open(copy / name, "a") as file:
            file.write("\n")
        seen.add(execution.page_key(copy))
    assert len(seen) == 5 and execution.cache_key(copy) == outputs


def edit(path, change):
    notebook = load(path)
    change(notebook)
    path.write_text(json.dumps(notebook), encoding="utf-8")


def test_coverage_sees_a_missing_row_a_false_one_and_a_lost_section(copy):
    path = copy / "chapters" / "foundations" / "activations.ipynb"
    covers = load(path)["metadata"]["dlnotes"]["covers"]
    anchor, ids = next((a, ids) for a, ids in covers.items() if any(i.startswith("N") for i in ids))
    row = next(i for i in ids if i.startswith("N"))
    edit(path, lambda nb: nb["metadata"]["dlnotes"]["covers"][anchor].remove(row))
    assert notes.problems(copy) == [f"activations: leaves out {row}"]
    edit(path, lambda nb: nb["metadata"]["dlnotes"]["covers"][anchor].append("N999"))
    assert f"activations: N999 is no row of notes/*.csv" in notes.problems(copy)
    edit(path, lambda nb: nb["metadata"]["dlnotes"]["covers"].update({"no-such-section": [row]}))
    assert any("no-such-section, which the chapter does not have" in p for p in notes.problems(copy))


def test_equations_see_a_changed_text_a_lost_check_and_a_check_of_nothing():
    notebook = load(ROOT / "chapters" / "foundations" / "activations.ipynb")
    label = next(label for label in equations.equations(notebook) if label.startswith("eq-"))
    text = json.dumps(notebook)
    tex = equations.equations(notebook)[label]
    altered = json.loads(text.replace(json.dumps(tex.splitlines()[1])[1:-1], json.dumps(tex.splitlines()[1] + " + 1")[1:-1], 1))
    assert any(p.startswith(f"{label}: the equation changed") for p in equations.problems(altered))
    renamed = json.loads(text.replace(f"({label})", "(eq-other-name)", 1))
    found = equations.problems(renamed)
    assert f"{label} is checked but no equation has this label" in found and "eq-other-name has 0 checks; expected one" in found


def test_the_widgets_of_a_notebook_that_failed_have_no_state():
    """MyST-NB says what failed; the build must live to say it."""
    output = nodes.container("", nodes.raw("", "", mime_type=widgets.VIEW), nb_element="mime_bundle")
    document = nodes.section("", output)
    assert widgets.outputs(document)
    assert widgets.views(SimpleNamespace(nb_metadata=defaultdict(dict)), "page", document) == []


def test_printed_pieces_are_joined():
    from nbformat import v4
    out = v4.new_output
    nb = v4.new_notebook(cells=[v4.new_code_cell("", outputs=[
        out("stream", name="stdout", text="20"), out("stream", name="stdout", text=" gradients\n"),
        out("stream", name="stderr", text="careful\n"), out("display_data", data={"text/plain": "x"}),
        out("stream", name="stdout", text="end\n")])])
    execution.join_streams(nb)
    assert [o.get("text") for o in nb.cells[0].outputs] == ["20 gradients\n", "careful\n", None, "end\n"]


def test_every_run_of_the_site_is_kept_for_nbval(site):
    """So that replay.py finds it: in a whole run of the tests each notebook runs once."""
    cache = execution.open_cache(execution.cache_folder(ROOT))
    assert [path for path in NOTEBOOKS if execution.kept_outputs(cache, nbformat.read(path, 4)) is None] == []


def test_a_changed_entry_of_the_bibliography_is_set_anew(monkeypatch):
    monkeypatch.setattr(BaseStyle, "format_entry", BaseStyle.format_entry)      # given back at the end
    style, marked = pybtex.plugin.find_plugin("pybtex.style.formatting", "plain")(), Text("as the last build set it")
    entry = Entry("misc", {"title": "One title", "year": "2026"})
    entry.key = "one"
    citations = [SimpleNamespace(key="one", entry=deepcopy(entry), formatted_entry=SimpleNamespace(text=marked))]
    references.set_once(citations, "plain")
    assert style.format_entry("7", entry).text is marked and style.format_entry("7", entry).label == "7"
    entry.fields["title"] = "Another title"
    for _ in range(2):
        assert "Another title" in str(style.format_entry("7", entry).text)
    other = Entry("misc", {"title": "A second one"})
    other.key = "two"
    assert "A second one" in str(style.format_entry("8", other).text)


def test_a_list_holds_what_its_page_cites_as_the_library_finds_it():
    """`cited_by_the_page` is sphinxcontrib-bibtex's own answer; a list with another filter is left to the library."""
    entries = {key: Entry("misc") for key in "abcd"}
    for key, entry in entries.items():
        entry.key = key
    ref = lambda docname, *keys: SimpleNamespace(docname=docname, targets=[SimpleNamespace(key=key) for key in keys])      # noqa: E731
    first, second, cited = (BibliographyKey(name, name) for name in ("first", "second", "cited"))
    made = lambda text, keys=(): SimpleNamespace(filter_=ast.parse(text), bibfiles=[], keyprefix="", keys=keys, line=1)      # noqa: E731
    domain = SimpleNamespace(citation_refs=[ref("first", "c", "a"), ref("second", "b"), ref("second", "c")], get_entries=lambda files: entries.values(),
                             bibliographies={first: made(references.OWN), second: made(references.OWN, ["d"]), cited: made("cited")})
    library = functools.partial(BibtexDomain.get_filtered_entries, domain)
    found = [list(references.cited_by_the_page(domain, library, key)) for key in (first, second, cited)]
    assert found == [list(library(key)) for key in (first, second, cited)]
    assert ["".join(key for key, _ in one) for one in found] == ["ac", "bcd", "abc"]


def test_a_page_that_shows_all_chapters_is_old_when_what_it_shows_has_changed(tmp_path):
    env = SimpleNamespace(srcdir=tmp_path, docname="map", metadata={"map": {}, "other": {}})
    app = SimpleNamespace(srcdir=tmp_path)
    (tmp_path / "chapters").mkdir()
    put = lambda *lines: (tmp_path / "chapters" / "one.ipynb").write_text(json.dumps(      # noqa: E731
        {"metadata": {"dlnotes": {"covers": {"there": ["N001"]}}}, "cells": [{"cell_type": "markdown", "source": lines}]}))
    put("(there)=\n", "# A heading\n", "Words.")
    assert shown.of(env, notes.treated)[0] == {"N001": ("chapters/one", "there")}
    put("(there)=\n", "# A heading\n", "Other words.")
    assert shown.changed(app, env, (), (), ()) == []
    put("(there)=\n", "# Another heading\n", "Other words.")
    assert shown.changed(app, env, (), (), ()) == ["map"]


def test_a_page_of_cards_is_written_again_when_a_picture_or_its_place_has_changed():
    still = {"uri": "_images/a.svg"}
    env = SimpleNamespace(found_docs={"cards", "one"}, metadata={"cards": {"dlnotes_cards": ""}, "one": {"dlnotes_stills": [("bars", "sec", still)]}})
    written = lambda: gallery.with_new_stills(None, env)      # noqa: E731
    assert (written(), written()) == (["cards"], [])
    still["uri"] = "_images/b.svg"
    assert (written(), written()) == (["cards"], [])
    env.metadata["one"]["dlnotes_stills"] = [("bars", "another", still)]
    assert (written(), written()) == (["cards"], [])


def test_a_style_sheet_is_made_again_when_it_or_the_names_in_use_change(tmp_path, monkeypatch):
    out, made = tmp_path / "html", []
    (out / "_static").mkdir(parents=True)
    monkeypatch.setattr(stylesheets, "purge", lambda *args, purge=stylesheets.purge: made.append(1) or purge(*args))
    app = SimpleNamespace(builder=SimpleNamespace(format="html"), outdir=out, doctreedir=tmp_path)

    def shrunk(page, sheet):
        (out / "page.html").write_text(page)
        if sheet:
            (out / "_static" / "basic.css").write_text(sheet)
        made.clear()
        stylesheets.shrink(app, None)
        return (out / "_static" / "basic.css").read_text(), len(made)

    both = ".one{color:red}.two{color:red}"
    assert shrunk("<p class=one>", both) == (".one{color:red}", 1)
    assert shrunk("<p class=one>word", both) == (".one{color:red}", 0) == shrunk("<p class=one>", None)
    assert shrunk("<p class='one two'>", both) == (".one{color:red}\n.two{color:red}", 1)
    assert shrunk("<p class='one two'>", ".one{color:blue}") == (".one{color:blue}", 1)
