"""Run each changed notebook once, two at a time, and never trust an output of another package.

jupyter-cache finds a notebook's outputs by its code cells alone, so a broken `dlnotes` would build green from old outputs.
Here the cache lives in a folder named after the pins and Python, and beside each notebook's outputs stand the modules of the package that its
kernel had loaded, with their digest: where one of them has changed, the notebook runs again, and the others do not.
The widgets' JavaScript is left out: no cell runs it, and a page takes it from the package itself, never from an output.
"""

import hashlib
import os
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from jupyter_cache.executors.utils import single_nb_execution
from myst_nb.core.read import create_nb_reader
from nbformat import v4
from sphinx.util import logging

import dlnotes
from book import glossary

logger = logging.getLogger(__name__)
AT_A_TIME = 2
HOME = Path(dlnotes.__file__).parents[1]      # of the package that the kernels import too
KEPT = 3      # caches of the last few states of the pins, so that going back costs nothing
# Asked of a kernel after a notebook's last cell: how long it computed, how long it takes for a million steps of Python, and what it has loaded
LAST = """
import sys, time
computed = time.process_time()
for step in range(1_000_000):
    computed += 0
print(computed, time.process_time() - computed, *sorted(name for name in sys.modules if name.partition(".")[0] == "dlnotes"))
"""


def setup(app):
    app.add_config_value("dlnotes_sources", "", "env")
    app.connect("config-inited", set_cache_path)
    app.connect("env-get-outdated", of_another_package)
    app.connect("env-before-read-docs", run_changed)
    app.connect("build-finished", drop_old_caches)


def digest(root, *files):
    """Hex digest of Python's version and of the files, names included."""
    key = hashlib.sha256(repr(sys.version_info[:2]).encode())
    for file in files:
        key.update(file.relative_to(root).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return key.hexdigest()[:16]


def cache_key(root):
    """Digest of all that every notebook's outputs depend on."""
    return digest(root, root / "requirements.txt")


def modules_key(root, modules):
    """Digest of the package's modules (below `root`) that one notebook's outputs depend on; None where one is not there."""
    places = [root.joinpath(*name.split(".")) for name in modules]
    files = [place / "__init__.py" if place.is_dir() else place.with_suffix(".py") for place in places]
    return digest(root, *files) if all(file.is_file() for file in files) else None


def of_this_package(record):
    """Whether the modules that a kept run had loaded are those of today."""
    key = modules_key(HOME, record.data.get("modules", ()))
    return key is not None and key == record.data.get("modules_key")


def page_key(root):
    """Digest of all that turns sources into pages: a change there must renew every page, though no notebook runs again.

    Of a change in ``_static`` alone Sphinx would see nothing, and leave the old files.
    """
    folders = (root / "book", root / "dlnotes" / "widgets", root / "_static")
    return digest(root, *root.glob(f"{glossary.PAGE}.md"), *(f for folder in folders for f in sorted(folder.rglob("*"))
                                                        if f.is_file() and "__pycache__" not in f.parts))


def cache_folder(root):
    return root / "_build" / "outputs" / cache_key(root)


def set_cache_path(app, config):
    root = Path(app.srcdir)
    config.dlnotes_sources = page_key(root)
    config.nb_execution_cache_path = str(cache_folder(root))
    os.environ.setdefault("OMP_NUM_THREADS", "1")      # two kernels on two cores: a second thread each only waits


def of_another_package(app, env, added, changed, removed):
    """Documents whose modules have changed since they ran: to be read, and so run, again, though their own text is the same."""
    cache, old = open_cache(app.config.nb_execution_cache_path), []
    for record in cache.list_cache_records():
        if not of_this_package(record):
            cache.remove_cache(record.pk)
            old.append(record.uri)
    return [name for name in env.found_docs if any(uri.endswith(f"/{env.doc2path(name, False)}") for uri in old)]


def run_changed(app, env, docnames):
    """Execute the notebooks that have no outputs in the cache, before Sphinx reads them one by one."""
    cache = open_cache(env.mystnb_config.execution_cache_path)
    pending = [found for name in docnames if (found := _without_outputs(app, cache, name))]
    if not pending:
        return
    logger.info("running %d notebook(s), %d at a time", len(pending), AT_A_TIME)
    timeout = env.mystnb_config.execution_timeout
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        runs = pool.map(lambda item: run_notebook(*item, timeout), pending)
        for (path, nb), (run, said) in zip(pending, runs):
            if run.err is None:
                join_streams(nb)
                shutil.rmtree(cache._get_notebook_path_cache(cache.create_hashed_notebook(nb)[1]).parent, ignore_errors=True)
                computed, million, *modules = said
                data = {"execution_seconds": run.time, "computing_seconds": float(computed), "seconds_of_a_million_steps": float(million),
                        "modules": modules, "modules_key": modules_key(HOME, modules)}
                cache.cache_notebook_bundle(CacheBundleIn(nb, str(path), data=data), check_validity=False, overwrite=True)
                logger.info("%s ran in %.1f s", path.relative_to(app.srcdir), run.time)
            else:      # MyST-NB meets the same error when it reads the page, and reports it there
                logger.info("%s failed: %s", path.relative_to(app.srcdir), type(run.err).__name__)


def run_notebook(path, nb, timeout):
    """What its run gave, and what its kernel says to a last cell that is taken away again."""
    nb.cells.append(v4.new_code_cell(LAST))
    run = single_nb_execution(nb, str(path.parent), timeout, False)
    asked = nb.cells.pop()
    return run, "".join(output.text for output in asked.outputs).split() if run.err is None else None


def open_cache(folder):
    """The cache in a folder; an empty one where a build was killed while it made the database."""
    cache = get_cache(folder)
    try:
        cache.list_cache_records()
    except RuntimeError as error:
        if "no such table" not in str(error.__cause__ or error.__context__):
            raise
        shutil.rmtree(folder)
        cache = get_cache(folder)
    return cache


def join_streams(nb):
    """Join text that one cell printed in several pieces: where the pieces part is chance, and would show on the page."""
    for cell in nb.cells:
        joined = []
        for output in cell.get("outputs", []):
            last = joined[-1] if joined else {}
            if output.output_type == "stream" and last.get("name") == output.name:
                last["text"] += output.text
            else:
                joined.append(output)
        if "outputs" in cell:
            cell.outputs = joined


def _without_outputs(app, cache, docname):
    """(path, notebook) where the document is a notebook that is to run and whose outputs the cache does not hold, else None."""
    path = Path(app.env.doc2path(docname))
    if any(path.match(pattern) for pattern in app.env.mystnb_config.execution_excludepatterns):
        return None
    source = path.read_text(encoding="utf-8")
    reader = create_nb_reader(path, app.env.myst_config, app.env.mystnb_config, source)
    if reader is None:
        return None
    nb = reader.read(source)
    return (path, nb) if kept_outputs(cache, nb) is None else None


def kept_outputs(cache, nb):
    """The notebook (its code cells) as it ran last with just these cells and this package; None where no such run is kept.

    The run of a package that has changed since is dropped.
    """
    try:
        record = cache.match_cache_notebook(nb)
        ran = cache.get_cache_bundle(record.pk).nb
    except (KeyError, ValueError):      # unknown; or its outputs are not there or end early, since a build was killed
        return None
    if not of_this_package(record):
        cache.remove_cache(record.pk)
        return None
    return ran


def drop_old_caches(app, exception):
    folder = Path(app.config.nb_execution_cache_path).parent
    if exception is None and folder.is_dir():
        os.utime(app.config.nb_execution_cache_path)
        for old in sorted(folder.iterdir(), key=lambda p: -p.stat().st_mtime)[KEPT:]:
            shutil.rmtree(old)
