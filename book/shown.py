"""Pages that show something of all chapters: read again when that has changed, not whenever a chapter has.

A directive calls `of(env, function)`, where function(root) gives all that it shows of the sources.
"""

import hashlib
from pathlib import Path


def setup(app):
    app.connect("env-get-outdated", changed)


def key(value):
    return hashlib.sha256(repr(value).encode()).hexdigest()


def of(env, function):
    """Note that the page which is being read shows function(root); returns that."""
    value = function(Path(env.srcdir))
    env.metadata[env.docname].setdefault("dlnotes_shown", {})[function] = key(value)
    return value


def changed(app, env, added, changed, removed):
    root = Path(app.srcdir)
    return [name for name, data in env.metadata.items()
            if any(key(function(root)) != before for function, before in data.get("dlnotes_shown", {}).items())]
