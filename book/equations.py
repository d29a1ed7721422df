"""The mark beside each verified equation.

A labelled equation ``eq-...`` must have a cell whose run printed ``verified eq-...`` (`dlnotes.checks.verify`), and each such
line its equation; definitions are labelled ``def-...`` and need none. The check's cell carries in its metadata the digest
of the equation's TeX at the time when somebody last read the two side by side; when the equation is altered the
digest no longer fits, and the tests ask for a second look. ``python -m book.equations FILE...`` renews the digests.
"""

import hashlib
import json
import re
import sys
from pathlib import Path

from docutils import nodes
from sphinx.util import logging

logger = logging.getLogger(__name__)
LINE = re.compile(r"^verified (eq-[\w-]+): (.+)$", re.M)
LABELLED = re.compile(r"\$\$(.+?)\$\$[ \t]*\(((?:eq|def)-[\w-]+)\)", re.S)
CHECK = re.compile(r"""\bverify\(\s*["'](eq-[\w-]+)["']""")


def setup(app):
    app.connect("doctree-read", mark)


def mark(app, doctree):
    """Link each labelled equation with the cell that verified it; warn about the ones that have no partner."""
    docname = app.env.docname
    blocks = {n["label"]: n for n in doctree.findall(nodes.math_block) if (n.get("label") or "").startswith("eq-")}
    checks = {}
    for cell in doctree.findall(nodes.container):
        if cell.get("nb_element") == "cell_code":
            for output in cell.findall(nodes.literal_block):
                for label, how in LINE.findall(output.astext()):
                    if label in checks:
                        logger.warning("%s is verified twice", label, location=docname)
                    checks[label] = how
                    cell["ids"].append(f"check-{label}")
    for label in sorted(blocks.keys() - checks.keys()):
        logger.warning("equation %s has no passing check", label, location=docname)
    for label in sorted(checks.keys() - blocks.keys()):
        logger.warning("check of %s: there is no such equation", label, location=docname)
    for label in sorted(blocks.keys() & checks.keys()):
        link = nodes.reference("", "", nodes.inline("", "verified", classes=["eq-verified-text"]),
                               refid=f"check-{label}", internal=True, classes=["eq-verified"],
                               reftitle=f"verified numerically, {checks[label]}")
        note = nodes.inline("", " numerically: go to the check of this equation", classes=["visually-hidden"])
        link += note
        blocks[label].parent.insert(blocks[label].parent.index(blocks[label]) + 1,
                                    nodes.paragraph("", "", link, classes=["eq-verified-line"]))


def digest(tex):
    return hashlib.sha256("".join(tex.split()).encode()).hexdigest()[:12]


def equations(notebook):
    """{label: TeX} of the labelled equations in the Markdown cells of a notebook (a dict)."""
    text = "\n\n".join("".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == "markdown")
    return {label: tex for tex, label in LABELLED.findall(text)}


def problems(notebook):
    """Sentences about equations without a check, checks without an equation, and checks that need a second look."""
    tex = {label: t for label, t in equations(notebook).items() if label.startswith("eq-")}
    seen, found = [], []
    for cell in (c for c in notebook["cells"] if c["cell_type"] == "code"):
        for label in CHECK.findall("".join(cell["source"])):
            seen.append(label)
            stamp = cell["metadata"].get("verifies", {}).get(label)
            if label not in tex:
                found.append(f"{label} is checked but no equation has this label")
            elif stamp != digest(tex[label]):
                found.append(f"{label}: the equation changed since it was last compared with its check; read both, then run "
                             "python -m book.equations on the notebook")
    found += [f"{label} has {seen.count(label)} checks; expected one" for label in tex if seen.count(label) != 1]
    return found


def stamp(path):
    """Write the digests of the equations, as they stand, into the cells that check them."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    tex = equations(notebook)
    for cell in (c for c in notebook["cells"] if c["cell_type"] == "code"):
        labels = [label for label in CHECK.findall("".join(cell["source"])) if label in tex]
        if labels:
            cell["metadata"]["verifies"] = {label: digest(tex[label]) for label in labels}
    path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    for name in sys.argv[1:]:
        stamp(Path(name))
