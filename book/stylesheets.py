"""Leave out of the theme's style sheets the rules that no page of this book can use.

The theme ships all of Bootstrap; most of its classes occur nowhere here. A selector stays when each class and id that it names
occurs as a word in some page or script of the site, so that a class added by a script is kept too. What came of a sheet is kept
with Sphinx's environment, until the sheet or the names in use change.
"""

import hashlib
import json
import re
from pathlib import Path

import tinycss2
from sphinx.util import logging

logger = logging.getLogger(__name__)
WORD = re.compile(r"[A-Za-z_][\w-]*")
NAMED = re.compile(r"[.#]([A-Za-z_][\w-]*)")
SHEETS = ("styles/bootstrap.css", "styles/pydata-sphinx-theme.css", "styles/sphinx-book-theme.css", "mystnb.*.css",
          "togglebutton.css", "basic.css")


def setup(app):
    app.connect("build-finished", shrink, priority=900)      # after all pages are as they will stay


def words(out):
    """All words of the site's pages and scripts."""
    files = [*out.rglob("*.html"), *(p for p in (out / "_static").rglob("*.js") if "mathjax" not in p.parts)]
    return {word for file in files for word in WORD.findall(file.read_text(encoding="utf-8"))}


def purge(rules, known):
    """The text of those rules of a style sheet (tinycss2 nodes) that can match something."""
    kept = []
    for rule in rules:
        if rule.type == "qualified-rule":
            selectors = _split(tinycss2.serialize(rule.prelude))
            used = [s for s in selectors if all(name in known for name in NAMED.findall(s))]
            if used:
                kept.append(f"{','.join(used)}{{{tinycss2.serialize(rule.content).strip()}}}")
        elif rule.type == "at-rule" and rule.lower_at_keyword in ("media", "supports"):
            inner = purge(tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True), known)
            if inner:
                kept.append(f"@{rule.at_keyword}{tinycss2.serialize(rule.prelude)}{{{inner}}}")
        elif rule.type == "at-rule":
            kept.append(rule.serialize())
    return "\n".join(kept)


def _split(prelude):
    """The selectors of a rule: split at the commas outside parentheses."""
    parts, depth = [""], 0
    for char in prelude:
        depth += (char == "(") - (char == ")")
        if char == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += char
    return [part.strip() for part in parts]


def shrink(app, exception):
    if exception is not None or app.builder.format != "html":
        return
    out = Path(app.outdir)
    known, kept = words(out), Path(app.doctreedir) / "stylesheets.json"
    before = json.loads(kept.read_text(encoding="utf-8")) if kept.is_file() else {}
    for path in (path for name in SHEETS for path in (out / "_static").glob(name)):
        text = path.read_text(encoding="utf-8")
        old, small = before.get(path.name, (None, None))
        if text == small:      # no page was written, no sheet copied
            continue
        key = hashlib.sha256(repr((text, sorted(known & set(NAMED.findall(text))))).encode()).hexdigest()
        if old != key:
            small = purge(tinycss2.parse_stylesheet(text, skip_comments=True, skip_whitespace=True), known)
            logger.info("%s: %d of %d KB are used", path.name, len(small) // 1000, len(text) // 1000)
        before[path.name] = key, small
        path.write_text(small, encoding="utf-8")
    kept.write_text(json.dumps(before), encoding="utf-8")
