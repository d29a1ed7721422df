"""What the theme and its companions bring and a reader does not need, taken out again.

Gone are the in-page console that the book does not use (with its script error), FontAwesome and Bootstrap's scripts (templates/), and
every inline script: each becomes a file named after its content, so that the site can be served with the
Content-Security-Policy of ``serve.py``, which allows scripts of the site's own files only.
"""

import re
import shutil
from pathlib import Path

from docutils import nodes
from sphinx.builders.html._assets import _JavaScript as script

from dlnotes.widgets import bundle

UNUSED = ("sphinx_thebe", "sphinx_comments")      # Jupyter Book loads them; the book uses neither
UNUSED_FILES = ("sphinx-thebe", "sphinx-design", "design-tabs")
INLINE = re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*\btype=\"(?!text/javascript\")[^\"]*\")[^>]*>(.*?)</script>", re.S)

# Where the browser gives a site no storage, reading `localStorage` throws: the theme's first script would end, and its switches with it.
STAND_IN = """
    try { localStorage; } catch {
      const kept = new Map();
      Object.defineProperty(window, "localStorage", { value: {
        standIn: true, getItem: (name) => kept.get(name) ?? null, setItem: (name, text) => { kept.set(name, String(text)); },
        removeItem: (name) => { kept.delete(name); } } });
    }
"""
LOGO = re.compile(r'<span class="btn__icon-container">\s*<img alt="\w+ logo"[^>]*>\s*</span>')      # a word stands beside each
PLAIN = re.compile(r'<span class="(?:n|p)">([^<]*)</span>')      # names and brackets of code have the colour of the text around them


def setup(app):
    app.connect("config-inited", silence_unused, priority=0)
    app.connect("html-page-context", join_inline, priority=900)
    app.connect("html-page-context", no_text_in_colab, priority=900)
    app.connect("build-finished", tidy)


def silence_unused(app, config):
    for event, listeners in app.events.listeners.items():
        app.events.listeners[event] = [x for x in listeners if x.handler.__module__ not in UNUSED]


def join_inline(app, pagename, templatename, context, doctree):
    """Drop unused files (MathJax, where there is no formula), and join the page's inline scripts into one, where the first stood."""
    own = {f"_static/{path.name}" for path in (Path(app.srcdir) / "_static").iterdir()}
    for key in ("script_files", "css_files"):
        context[key] = [f for f in in_order(context[key], own) if not any(name in str(f.filename) for name in UNUSED_FILES)]
    if doctree is None or not next(doctree.findall(lambda n: isinstance(n, (nodes.math, nodes.math_block))), None):
        context["script_files"] = [f for f in context["script_files"] if "mathjax" not in str(f.filename)]
    inline = [f for f in context["script_files"] if not f.filename and not f.attributes.get("type")]
    if inline:
        joined = script(None, body="".join(f"{f.attributes['body']};\n" for f in inline))
        at = context["script_files"].index(inline[0])
        rest = [f for f in context["script_files"] if f not in inline]
        context["script_files"] = [*rest[:at], joined, *rest[at:]]


def no_text_in_colab(app, pagename, templatename, context, doctree):
    """Colab opens notebooks alone: a page that is written as text has no button for it."""
    if context.get("page_source_suffix") != ".ipynb":
        for group in (g for g in context.get("header_buttons", []) if "buttons" in g):
            group["buttons"] = [b for b in group["buttons"] if b["text"] != "Colab"]


def in_order(files, own):
    """The files with the site's own ones (names in `own`) in the order of their names: Jupyter Book adds them as the disk lists them."""
    ordered = iter(sorted((f for f in files if str(f.filename) in own), key=lambda f: str(f.filename)))
    return [next(ordered) if str(f.filename) in own else f for f in files]


def tidy(app, exception):
    if exception is not None or app.builder.format != "html":
        return
    out = Path(app.outdir)
    for page in out.rglob("*.html"):
        old = page.read_text(encoding="utf-8")
        new = INLINE.sub(lambda match: _as_file(match.group(1), page, out), old)
        new = new.replace("<summary><span", '<summary aria-label="Pages below"><span')      # the contents' arrow has no words
        new = PLAIN.sub(r"\1", new)
        new = LOGO.sub("", new.replace('onclick="window.print()"', "data-print"))
        new = new.replace('<div role="list" class="citation-list">', '<div class="citation-list">')      # its items are none
        if new != old:
            page.write_text(new, encoding="utf-8")
    for source_map in (out / "_static").rglob("*.map"):
        source_map.unlink()
    shutil.rmtree(out / "_static" / "vendor", ignore_errors=True)
    (out / "_static" / "scripts" / "bootstrap.js").unlink(missing_ok=True)


def _as_file(body, page, out):
    body = (STAND_IN if "localStorage" in body else "") + body
    name = f"_static/inline/{bundle.digest(body)}.js"
    (out / name).parent.mkdir(exist_ok=True)
    (out / name).write_text(body, encoding="utf-8")
    up = "../" * len(page.relative_to(out).parent.parts)
    return f'<script src="{up}{name}"></script>'
