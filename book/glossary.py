"""The terms of chapters/glossary.md in the chapters: hover definitions and the index, both made from that one list.

The first mention of a term on a page gets an anchor and an entry of the index; up to `MOST` of them, terms of other chapters first, become
links whose sentence `_static/glossary.js` shows. The section that an entry names is in the index too.
"""

import html
import json
import re
from pathlib import Path
from typing import NamedTuple

from docutils import nodes
from sphinx import addnodes
from sphinx.transforms import SphinxTransform
from sphinx.transforms.post_transforms import SphinxPostTransform

PAGE = "chapters/glossary"
MOST, IN_A_PARAGRAPH = 25, 2
AROUND = (nodes.section, nodes.bullet_list, nodes.enumerated_list, nodes.list_item, nodes.block_quote, nodes.document)
INSIDE = (nodes.paragraph, nodes.emphasis, nodes.strong)


class Entry(NamedTuple):
    """One definition: its names, its sentence as plain text, the label of the section that explains it."""

    names: tuple
    text: str
    section: str

    @property
    def slug(self):
        return nodes.make_id(self.names[0]) or self.names[0]


class definitions(nodes.General, nodes.Element):
    """The sentences of a page's terms, hidden until a reader asks for one; not searched, so that a search finds the glossary."""


def setup(app):
    app.add_node(definitions, html=(visit_html, lambda self, node: None))
    app.add_transform(MarkTerms)
    app.add_post_transform(LinkTerms)
    app.connect("html-collect-pages", keep_index_entries)      # when all pages are written, and the search index is not


def keep_index_entries(app):
    """Give the search the index entries of pages that were not written again, which Sphinx forgets (its issue 12599)."""
    if app.builder.search and (path := Path(app.outdir) / app.builder.searchindex_filename).exists():
        text, known, before = path.read_text(encoding="utf-8"), app.builder.indexer._index_entries, {}
        old = json.loads(text[text.index("(") + 1:text.rindex(")")])
        for words, places in old["indexentries"].items():
            for page, target, main in places:
                before.setdefault(old["docnames"][page], []).append((words, target, "main" if main else ""))
        merged = {name: before.get(name, []) for name in app.env.found_docs} | known
        known.clear()
        known.update(sorted(merged.items()))
    return ()


def entries(root):
    """The list of the glossary; empty in a book without one."""
    path, found = root / f"{PAGE}.md", []
    if not path.exists():
        return found
    body = path.read_text(encoding="utf-8").split(":::{glossary}\n")[1].split("\n:::")[0]
    for block in body.split("\n\n"):
        *names, line = block.strip("\n").split("\n")
        text, section = re.fullmatch(r"  (.*) \{ref\}`([\w-]+)`", line).groups()
        found.append(Entry(tuple(names), text, section))
    return found


def pattern(name, home):
    """A regular expression of a name and its plural; None for an everyday word away from home."""
    base, addition = re.fullmatch(r"(.*?)(?: \((.*)\))?", name).groups()
    if addition and not home:
        return None
    words = r"\s+".join(map(re.escape, base.split()))
    plural = f"{words[:-1]}(?:y|ies)" if re.search(r"[^aeiou]y$", base) else f"{words}(?:e?s)?"
    return plural if re.search(r"[A-Z]", base) else f"(?i:{plural})"


def finder(listed, here):
    """(regular expression, [its groups' entries]); long names first, so that "momentum" leaves "Nesterov momentum" whole."""
    pairs = [(p, e) for e in listed for name in e.names if (p := pattern(name, e.section in here))]
    pairs.sort(key=lambda pair: -len(pair[0]))
    return re.compile(rf"(?<![\w-])(?:{'|'.join(f'({p})' for p, _ in pairs)})(?![\w-])"), [e for _, e in pairs]


def mentions(document, listed, here):
    """[(text node, start, end, entry)]: the first mention of each entry in the main text, below the second headings."""
    expression, groups = finder(listed, here)
    found, seen = [], set()
    for paragraph in document.findall(nodes.paragraph):
        around, node = [], paragraph
        while node := node.parent:
            around.append(node)
        sections = [n for n in around if isinstance(n, nodes.section)]
        if len(sections) < 2 or not all(isinstance(n, AROUND) for n in around) or sections[-2][0].astext() == "Sources":
            continue
        left = IN_A_PARAGRAPH
        for text in [t for t in paragraph.findall(nodes.Text) if isinstance(t.parent, INSIDE)]:
            for match in expression.finditer(str(text)):
                entry = groups[match.lastindex - 1]
                if left and entry not in seen:
                    seen.add(entry)
                    found.append((text, *match.span(), entry))
                    left -= 1
    return found


class MarkTerms(SphinxTransform):
    """Anchors at the first mentions, and entries of the index; after all text is in place, before the index is collected."""

    default_priority = 780

    def apply(self, **kwargs):
        if Path(self.env.doc2path(self.env.docname)).suffix != ".ipynb" or PAGE not in self.env.found_docs:
            return
        listed = entries(Path(self.env.srcdir))
        here = {i for section in self.document.findall(nodes.section) for i in section["ids"]}
        found = mentions(self.document, listed, here)
        shown = sorted(found, key=lambda item: item[3].section in here)[:MOST]      # the sort keeps the page's order
        by_text = {}
        for item in found:
            by_text.setdefault(item[0], []).append((*item[1:], item in shown))
        for text, items in by_text.items():
            text.parent.replace(text, list(pieces(str(text), items)))
        index = addnodes.index(entries=list(self.index(listed, found, here)))
        if index["entries"]:
            self.document.append(index)

    def index(self, listed, found, here):
        title = next(self.document.findall(nodes.title)).astext()
        of = {i: section[0].astext() for section in self.document.findall(nodes.section) for i in section["ids"]}
        for entry in listed:
            if entry.section in here:
                place = of[entry.section]
                yield ("single", f"{entry.names[0]}; explained in {title}" + (f": {place}" if place != title else ""), entry.section, "", None)
        for *_, entry in found:
            if entry.section not in here:
                yield ("single", f"{entry.names[0]}; used in {title}", f"use-{entry.slug}", "", None)


def pieces(text, items):
    """The text with an inline node at each (start, end, entry, shown)."""
    at = 0
    for start, end, entry, shown in items:
        yield nodes.Text(text[at:start])
        yield nodes.inline("", text[start:end], ids=[f"use-{entry.slug}"], glossary=entry.names[0] if shown else "", entry=entry.slug)
        at = end
    yield nodes.Text(text[at:])


class LinkTerms(SphinxPostTransform):
    """On the site: links to the glossary, and the sentences at the end of the page."""

    default_priority = 5
    formats = ("html",)

    def run(self, **kwargs):
        marked = [n for n in self.document.findall(nodes.inline) if n.get("glossary")]
        if not marked:
            return
        builder, terms = self.app.builder, self.env.get_domain("std").objects
        sentences = {e.slug: e for e in entries(Path(self.env.srcdir))}
        for node in marked:
            page, anchor = terms["term", node["glossary"]]
            uri = f"{builder.get_relative_uri(self.env.docname, page)}#{anchor}"
            node.replace_self(nodes.reference("", node.astext(), refuri=uri, internal=True, ids=node["ids"], classes=["term"]))
        if builder.name == "html":
            self.document.append(definitions("", shown=[(n["entry"], n["glossary"], sentences[n["entry"]].text) for n in marked]))


def visit_html(self, node):
    for slug, name, text in node["shown"]:
        self.body.append(f'<span class="term-tip" role="tooltip" id="tip-{slug}" hidden><b>{html.escape(name)}</b> {html.escape(text)}</span>\n')
    raise nodes.SkipNode
