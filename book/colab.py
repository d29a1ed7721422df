"""The first code cell of each notebook that imports the package: Google Colab has no copy of it, everybody else has.

    .venv/bin/python -m book.colab        (after `repository: url:` of _config.yml changed, and for a new notebook)

Colab opens a notebook straight from the repository, so the cell stands in the file, with the address that _config.yml names. The site does
not show it (tag ``remove-cell``).
"""

import sys

import nbformat
import yaml

from book.serve import ROOT

ID = "in-colab"


def cell(root=ROOT):
    """The cell, with the repository's address from _config.yml."""
    url = yaml.safe_load((root / "_config.yml").read_text(encoding="utf-8"))["repository"]["url"]
    made = nbformat.v4.new_code_cell(f'import sys\n\nif "google.colab" in sys.modules:\n    %pip install -q "dlnotes[book] @ git+{url}"')
    made.id, made.metadata = ID, {"tags": ["remove-cell"]}
    return made


def notebooks(root=ROOT):
    """The notebooks that import the package (the class sets' examples do without it)."""
    return sorted(p for p in (root / "chapters").rglob("*.ipynb") if p.parent.name != "exercises" and ".ipynb_checkpoints" not in p.parts)


def renew(root=ROOT):
    """Put the cell before the first code cell of each notebook, or renew it there; returns the paths that changed."""
    changed = []
    for path in notebooks(root):
        book = nbformat.read(path, 4)
        cells = [c for c in book.cells if c.get("id") != ID]
        first = next(n for n, c in enumerate(cells) if c.cell_type == "code")
        cells.insert(first, cell(root))
        if cells != book.cells:
            book.cells = cells
            nbformat.write(book, path)
            changed.append(path)
    return changed


if __name__ == "__main__":
    for renewed in renew():
        print(renewed.relative_to(ROOT), file=sys.stderr)
