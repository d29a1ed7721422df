"""The page "Dataset licences", made from the docstrings of the loaders in dlnotes/data.py: ``{datasets}``."""

import inspect
import re
from pathlib import Path

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from dlnotes import data

PARTS = ("Source", "Licence", "Size")


def setup(app):
    app.add_directive("datasets", DatasetsDirective)


def loaders():
    """The public functions of dlnotes.data, in the order of the file."""
    found = [f for f in vars(data).values() if inspect.isfunction(f) and f.__module__ == data.__name__ and not f.__name__.startswith("_")]
    return sorted(found, key=lambda f: f.__code__.co_firstlineno)


def sections(loader):
    """{heading: text} of a docstring, each text in one line; its first sentence under ""."""
    text = inspect.getdoc(loader)
    parts = re.split(r"^(\w[\w ]*)\n-+\n", text, flags=re.M)
    found = {name: " ".join(body.split()) for name, body in zip(parts[1::2], parts[2::2])}
    missing = [name for name in PARTS if not found.get(name)]
    if missing:
        raise ValueError(f"expected the sections {', '.join(PARTS)} in the docstring of data.{loader.__name__}; {', '.join(missing)} missing")
    return {"": " ".join(parts[0].split("\n\n")[0].split()), **found}


def text(value):
    """A paragraph in which `code` is literal."""
    pieces = re.split(r"`+([^`]+)`+", value)
    return nodes.paragraph("", "", *(nodes.literal("", p) if i % 2 else nodes.Text(p) for i, p in enumerate(pieces)))


class DatasetsDirective(SphinxDirective):
    """A section for each loader."""

    def run(self):
        self.env.note_dependency(str(Path(inspect.getfile(data))))
        result = []
        for loader in loaders():
            found, name = sections(loader), loader.__name__
            section = nodes.section("", nodes.title("", "", nodes.literal("", f"data.{name}()")), ids=[f"data-{name.replace('_', '-')}"], names=[])
            section += text(found[""])
            section += nodes.definition_list("", *(nodes.definition_list_item("", nodes.term("", part), nodes.definition("", text(found[part])))
                                                   for part in PARTS))
            result.append(section)
        return result
