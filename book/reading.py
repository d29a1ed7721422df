"""What a chapter holds: its reading time under the title, and for the browser the list of what there is to do.

The list (``_static/chapters.js``) names each chapter's sections, questions and exercises; ``_static/progress.js`` counts by it what a
reader has done. A question's id stands in the notebook, not on the page: the page's questions have the same order.
"""

import json
import re
from pathlib import Path

from docutils import nodes

from book import notes, widgets

WORDS_A_MINUTE = 200
CELLS_A_MINUTE = 2
QUESTION = re.compile(r"""\bSelfTest\(\s*["']([\w-]+)["']""")
SCRIPT = "chapters.js"


def setup(app):
    app.connect("doctree-read", read_chapter)
    app.connect("env-updated", write_list)
    app.add_js_file(SCRIPT, loading_method="defer")


def read_chapter(app, doctree):
    """Keep what the chapter holds in its metadata, and say under its title how long it takes to read."""
    path = Path(app.env.doc2path(app.env.docname))
    if not notes.is_chapter(path):
        return
    chapter = next(doctree.findall(nodes.section))
    found = contents(chapter, path.read_text(encoding="utf-8"))
    app.env.metadata[app.env.docname]["dlnotes_contents"] = found
    words, cells = amount(chapter)
    count = len(widgets.outputs(chapter)) - len(found["questions"])
    line = (f"{words:,} words and {cells} code cells, about {minutes(words, cells)} minutes without the exercises; {count} "
            f"widget{'s' * (count != 1)}, {len(found['questions'])} questions, {len(found['exercises'])} exercises.")
    chapter.insert(1, nodes.paragraph("", line, classes=["reading-time"]))


def contents(chapter, source):
    """{"sections": ids, "questions": ids, "exercises": ids} of a chapter (its section node and the text of its notebook)."""
    sections = [child["ids"][0] for child in chapter.children if isinstance(child, nodes.section)]
    exercises = [n["label"] for n in chapter.findall() if getattr(n, "tagname", "").startswith("exercise") and n.get("label")]
    cells = ["".join(cell["source"]) for cell in json.loads(source)["cells"] if cell["cell_type"] == "code"]
    return {"sections": sections, "questions": [i for cell in cells for i in QUESTION.findall(cell)], "exercises": exercises}


def amount(chapter):
    """(words, code cells in sight) of a chapter, its section of exercises left out; formulas and code are no words."""
    words = cells = 0
    for part in (child for child in chapter.children if "exercises" not in getattr(child, "attributes", {}).get("ids", [])):
        for text in part.findall(nodes.Text):
            words += len(text.split()) * _is_prose(text)
        cells += sum(1 for n in part.findall(nodes.container) if n.get("nb_element") == "cell_code_source")
    return words, cells


def _is_prose(text):
    node = text.parent
    while node is not None:
        if isinstance(node, (nodes.math, nodes.math_block, nodes.literal_block, nodes.raw)) or node.get("nb_element"):
            return False
        node = node.parent
    return True


def minutes(words, cells):
    """Reading time in minutes, to the next five."""
    return max(5, 5 * round((words / WORDS_A_MINUTE + cells / CELLS_A_MINUTE) / 5))


def in_order(env, docname):
    """The documents below `docname` in the order of the contents."""
    yield docname
    for child in env.toctree_includes.get(docname, []):
        yield from in_order(env, child)


def write_list(app, env):
    if app.builder.format != "html":
        return
    book = [{"slug": name.rpartition("/")[2], "page": app.builder.get_target_uri(name), "title": env.titles[name].astext(),
             **env.metadata[name]["dlnotes_contents"]}
            for name in in_order(env, app.config.root_doc) if "dlnotes_contents" in env.metadata[name]]
    path = Path(app.outdir) / "_static" / SCRIPT
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"globalThis.dlnotesBook = {json.dumps(book, separators=(',', ':'))};\n", encoding="utf-8")
