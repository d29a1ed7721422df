"""What the lecture notes say, row by row, and where the book treats it.

``notes/*.csv`` are the notes as data; a chapter's metadata says which section covers which row:
``"dlnotes": {"slug": "activations", "covers": {"act-sigmoid": ["N024", "E15"], ...}}``. `problems` is what the tests demand of
this; the directive ``notes`` writes the tables of the appendix.
"""

import csv
import json
import re
from collections import Counter
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.util.docutils import SphinxDirective

from book import shown

TABLES = ("concepts", "errata", "questions")
COLUMNS = {      # table -> (heading, columns shown, their widths)
    "concepts": (("Row", "Concept", "In the notes", "What they say", "Treated in"), ("id", "concept", "source", "notes_say"), (2, 5, 4, 8, 5)),
    "errata": (("Row", "In the notes", "What they say", "What is right", "Proof"), ("id", "source", "notes_say", "correct"), (2, 3, 7, 8, 4)),
    "questions": (("Row", "In the notes", "Question", "Experiment", "Answer"), ("id", "source", "question", "experiment"), (2, 3, 8, 9, 4)),
}


def setup(app):
    app.add_directive("notes", NotesDirective)


def rows(root, table):
    with open(root / "notes" / f"{table}.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def is_chapter(path):
    """Whether a file below chapters/ is the notebook of a chapter; pages of the gallery and class sets are none."""
    return path.suffix == ".ipynb" and path.parent.name not in (".ipynb_checkpoints", "gallery", "exercises")


def chapters(root):
    """{slug: (path, notebook)} of the chapters that exist."""
    return {path.stem: (path, json.loads(path.read_text(encoding="utf-8")))
            for path in sorted((root / "chapters").rglob("*.ipynb")) if is_chapter(path)}


def covers(notebook):
    """[(row id, anchor)] as the chapter's metadata declares them."""
    declared = notebook["metadata"].get("dlnotes", {}).get("covers", {})
    return [(row, anchor) for anchor, ids in declared.items() for row in ids]


def sections(notebook):
    """{anchor: number of code cells between it and the next anchor} of a notebook."""
    found, current = {}, None
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            for anchor in re.findall(r"^\(([\w-]+)\)=[ \t]*$", "".join(cell["source"]), re.M):
                current = anchor
                found[anchor] = 0
        elif current and cell["cell_type"] == "code":
            found[current] += 1
    return found


def treated(root):
    """{row id: (page, anchor)}, and every heading of the chapters: the words of a link are those of its section."""
    found, headings = {}, []
    for path, notebook in chapters(root).values():
        page = path.relative_to(root).with_suffix("").as_posix()
        found |= {row: (page, anchor) for row, anchor in covers(notebook)}
        headings += [(page, line) for cell in notebook["cells"] if cell["cell_type"] == "markdown"
                     for line in re.findall(r"^(?:#.+|\([\w-]+\)=)", "".join(cell["source"]), re.M)]
    return found, headings


def problems(root):
    """Sentences about rows that a chapter leaves out, declares wrongly, or claims without a section or a proof."""
    chapter_of = {r["id"]: r["chapter"] for table in TABLES for r in rows(root, table)}
    slugs = {r["slug"] for r in rows(root, "chapters")}
    found = [f"{row}: no chapter is called {slug}" for row, slug in chapter_of.items() if slug not in slugs]
    for slug, (_, notebook) in chapters(root).items():
        declared, anchors = covers(notebook), sections(notebook)
        count = Counter(row for row, _ in declared)
        found += [f"{slug}: {row} is declared {n} times" for row, n in count.items() if n > 1]
        found += [f"{slug}: leaves out {row}" for row, of in chapter_of.items() if of == slug and row not in count]
        for row, anchor in declared:
            if row not in chapter_of:
                found.append(f"{slug}: {row} is no row of notes/*.csv")
            elif anchor not in anchors:
                found.append(f"{slug}: {row} names the section {anchor}, which the chapter does not have")
            elif row[0] in "EQ" and not anchors[anchor]:
                found.append(f"{slug}: the section {anchor} has no cell that shows {row}")
    return found


class NotesDirective(SphinxDirective):
    """``{notes} counts | concepts | errata | questions | lost-formulas``: the tables of the appendix."""

    required_arguments = 1

    def run(self):
        root = Path(self.env.srcdir)
        for path in (root / "notes").glob("*.csv"):
            self.env.note_dependency(str(path))
        where, _ = shown.of(self.env, treated)
        name = self.arguments[0]
        if name == "lost-formulas":
            return [table(name, ("Where", "A public copy prints", "What is right"),
                          [[text(cell) for cell in row.values()] for row in rows(root, name)], (2, 4, 4))]
        return self.counts(root, where) if name == "counts" else self.table(root, name, where)

    def counts(self, root, where):
        head = ("", "Rows", "Treated so far")
        lines = [(name, str(len(rs := rows(root, name))), str(sum(r["id"] in where for r in rs))) for name in TABLES]
        return [table("counts", head, [[text(c) for c in line] for line in lines], (2, 1, 1))]

    def table(self, root, name, where):
        titles = {r["slug"]: r["title"] for r in rows(root, "chapters")}
        head, columns, widths = COLUMNS[name]
        result, by_chapter = [], {}
        for row in rows(root, name):
            by_chapter.setdefault(row["chapter"], []).append(row)
        for slug in (s for s in titles if s in by_chapter):
            body = [[text(row[c]) for c in columns] + [self.link(row["id"], where)] for row in by_chapter[slug]]
            section = nodes.section("", nodes.title("", titles[slug]), ids=[f"{name}-{slug}"], names=[])
            section += table(name, head, body, widths)
            result.append(section)
        return result

    def link(self, row, where):
        if row not in where:
            return nodes.paragraph("", "not yet written")
        docname, anchor = where[row]
        target = addnodes.pending_xref("", nodes.inline("", anchor), refdomain="std", reftype="ref", reftarget=anchor,
                                       refexplicit=False, refwarn=True, refdoc=self.env.docname)
        return nodes.paragraph("", "", target)


def text(value):
    return nodes.paragraph("", value)


def table(name, head, body, widths):
    """A docutils table from lists of paragraphs; by its name the style sheet says on a phone what its columns are."""
    group = nodes.tgroup("", *(nodes.colspec(colwidth=w) for w in widths), cols=len(widths))
    group += nodes.thead("", nodes.row("", *(nodes.entry("", text(h)) for h in head)))
    group += nodes.tbody("", *(nodes.row("", *(nodes.entry("", cell) for cell in line)) for line in body))
    return nodes.table("", group, classes=["notes-table", f"notes-{name}"])
