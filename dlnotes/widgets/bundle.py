"""Paste a widget's ES modules together, each once, dependencies first.

In Jupyter a widget's source arrives as one string, so its relative imports cannot be resolved there; on the site,
module scripts do not load from a folder (``file:``). Both get their code from here: `bundle` gives the one module that
Jupyter wants, `classic` the plain script of a single file that the site loads. The sources stay ordinary ES modules; any
import or export that is not one of the forms below is refused.

    import { a, b as c } from "./lib/num.mjs";      export function f(...) {...}       export const c = ...
    import * as num from "./lib/num.mjs";           export class K {...}               export default { render };
"""

import functools
import hashlib
import json
import re
from pathlib import Path, PurePosixPath

JS = Path(__file__).parent / "js"

_IMPORT = re.compile(r'^import (?:\{([^}]*)\}|\* as (\w+)) from "(\.{1,2}/[\w./-]+\.mjs)";[ \t]*\n', re.M)
_EXPORT = re.compile(r"^export (async function\*?|function\*?|const|let|class) (\w+)", re.M)
_DEFAULT = re.compile(r"^export default ", re.M)
_SEVERAL = re.compile(r"^export (?:const|let) \w+ = [^;{(\[]*, \w+ =", re.M)
_COMMENT = re.compile(r"^[ \t]*(?://.*|/\*[\s\S]*?\*/[ \t]*)\n", re.M)      # those that have their lines to themselves
_LEFT_OVER = re.compile(r"^\s*(import\b|export\b)|\bimport\s*\(", re.M)


class BundleError(ValueError):
    """A module uses a form of import or export that cannot be pasted, or imports itself in a circle."""


def parse(name, js=JS):
    """Split the module `name` (a path below `js`) into its dependencies, its plain body and its exported names.

    Returns
    -------
    imports : list of (names, alias, module), as written; `module` is a path below `js`
    body : str, the source without import and export keywords
    exports : list of str; a default export is called "default"
    """
    try:
        written = (js / name).stat()
    except FileNotFoundError:
        raise BundleError(f"expected a module {name} below {js.name}/; there is none") from None
    return _parse(name, js, written.st_mtime_ns, written.st_size)


@functools.cache
def _parse(name, js, *written):
    """What `parse` gives, once for each state of the file: a build asks thousands of times."""
    source = (js / name).read_text(encoding="utf-8")
    imports = [(names, alias, _resolve(name, path)) for names, alias, path in _IMPORT.findall(source)]
    body = _IMPORT.sub("", source)
    if several := _SEVERAL.search(body):
        raise BundleError(f"{name}: expected one name an export; got {several.group(0)!r}")
    exports = [match.group(2) for match in _EXPORT.finditer(body)]
    body = _EXPORT.sub(r"\1 \2", body)
    if _DEFAULT.search(body):
        body = _DEFAULT.sub("const $default = ", body)
        exports.append("default")
    odd = _LEFT_OVER.search(re.sub(r"//.*|/\*[\s\S]*?\*/", "", body))
    if odd:
        raise BundleError(f"{name}: expected only the import and export forms of dlnotes/widgets/bundle.py; "
                          f"got {odd.group(0).strip()!r}")
    return imports, body, exports


def _resolve(name, path):
    parts = []
    for part in (PurePosixPath(name).parent / path).parts:
        parts.pop() if part == ".." else parts.append(part)
    return "/".join(parts)


def order(entry, js=JS):
    """All modules that `entry` needs, dependencies first, `entry` last."""
    done, path = [], []

    def visit(name):
        if name in path:
            raise BundleError("circular import: " + " -> ".join([*path, name]))
        if name not in done:
            path.append(name)
            for names, _, module in parse(name, js)[0]:
                visit(module)
                missing = {n.split(" as ")[0].strip() for n in names.split(",") if n.strip()} - {*parse(module, js)[2]}
                if missing:
                    raise BundleError(f"{name}: expected {module} to export {', '.join(sorted(missing))}; it does not")
            path.pop()
            done.append(name)

    visit(entry)
    return done


def _scope(name, lookup, js):
    """The module as an immediately called function that returns its exports; `lookup` names another module."""
    imports, body, exports = parse(name, js)
    lines = []
    for names, alias, module in imports:
        left = alias or "{ " + re.sub(r"\s+as\s+", ": ", " ".join(names.split())) + " }"
        lines.append(f"const {left} = {lookup(module)};")
    given = ", ".join("default: $default" if e == "default" else e for e in exports)
    head = "".join(line + "\n" for line in lines)
    return f'(() => {{ "use strict";\n{head}{body}\nreturn {{ {given} }};\n}})()'


def bundle(entry, js=JS):
    """One ES module (str) with `entry` and all that it imports; what anywidget's `_esm` wants."""
    names = order(entry, js)
    number = {name: f"$m{i}" for i, name in enumerate(names)}
    parts = [f"// {name}\nconst {number[name]} = {_scope(name, number.get, js)};\n" for name in names]
    return "".join(parts) + f"export default {number[entry]}.default;\n"


def classic(name, js=JS):
    """The single module `name` as a classic script, without comments, that adds itself to the page's table of modules."""
    table = "(globalThis.dlnotesModules ??= {})"
    code = _scope(name, lambda m: f"dlnotesModules[{json.dumps(m)}]", js)
    return f"{table}[{json.dumps(name)}] = {_COMMENT.sub('', code)};\n"


def digest(text):
    """The first ten hex digits of the text's SHA-256: a file name that changes when its content does."""
    return hashlib.sha256(text.encode()).hexdigest()[:10]
