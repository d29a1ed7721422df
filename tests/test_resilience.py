"""What may go wrong outside of the book: a build is killed, two run at once, the disk is full or read-only, something is missing."""

import hashlib
import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parent.parent
# Without what `make test` hands on to a make within it
HERE = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))} | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "CI": ""}
EQUATION = "# Page\n\n$$\nx + x = 2x\n$$ (eq-two)\n"
CHECK = "from dlnotes import checks\nchecks.verify('eq-two', lambda x: x + x, lambda x: 2 * x, over={'x': (-1, 1)})\nprint('text ' * 2000)"
make = pytest.mark.skipif(shutil.which("make") is None, reason="no make here")
# The build, in a Python that dies while it writes the file of the name: half of it is on the disk.
DYING = """
import os, sys
from pathlib import Path
name, write = sys.argv.pop(1), Path.write_text
def dying(path, text, *args, **kwargs):
    if path.name == name:
        write(path, text[:len(text) // 2], *args, **kwargs)
        os._exit(9)
    return write(path, text, *args, **kwargs)
Path.write_text = dying
from sphinx.builders import Builder
from sphinx.builders.html import StandaloneHTMLBuilder as Html
if name == "before the pages":
    Builder.write = lambda *args: os._exit(9)
if name == "within a page":
    page = Html.handle_page
    def half(self, name, *args, **kwargs):
        page(self, name, *args, **kwargs)
        if name == "second":
            os.truncate(self.get_outfilename(name), 3000)
            os._exit(9)
    Html.handle_page = half
from jupyter_book.cli.main import main
main()
"""


def small_book(folder, like=None):
    """A book of three pages, one of them a notebook, with this book's configuration and extension; its outputs are those of `like`."""
    for name in ("book", "_static"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("_config.yml", "requirements.txt"):
        shutil.copy(ROOT / name, folder)
    (folder / "references.bib").touch()
    if like:
        shutil.copytree(like / "_build" / "outputs", folder / "_build" / "outputs")
    (folder / "_toc.yml").write_text("format: jb-book\nroot: index\nchapters:\n- file: page\n- file: second\n")
    (folder / "index.md").write_text("# Index\n\nSee {ref}`second`.\n")
    (folder / "second.md").write_text("(second)=\n# Second\n\n" + "Some words and $x^2$.\n\n" * 50)
    cells = [nbformat.v4.new_markdown_cell(EQUATION, id="a"), nbformat.v4.new_code_cell(CHECK, id="b"),
             nbformat.v4.new_markdown_cell("```{index} first words\n```", id="c")]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / "page.ipynb")
    return folder


def start(folder, die="", before=(), **env):
    return subprocess.Popen([*before, sys.executable, "-c", DYING, die, "build", ".", "-W", "-n", "--keep-going"], cwd=folder, env={**HERE, **env},
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def build(folder, **options):
    """(exit status, what was said) of a build."""
    running = start(folder, **options)
    said = running.communicate(timeout=900)[0]
    return running.returncode, said


def files(folder):
    site = folder / "_build" / "html"
    return {p.relative_to(site).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in site.rglob("*") if p.is_file()}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    folder = small_book(tmp_path_factory.mktemp("undisturbed"))
    started = time.monotonic()
    status, said = build(folder)
    assert status == 0, said
    return folder, files(folder), time.monotonic() - started


@pytest.mark.parametrize("moment", ["base.ipynb", "within a page", "second.html", "before the pages"])
def test_a_build_that_was_killed_is_mended_by_the_next(undisturbed, tmp_path, moment):
    """Killed while it writes a notebook's outputs, a page, a page that it tidies; or between reading and writing."""
    folder = small_book(tmp_path, None if moment == "base.ipynb" else undisturbed[0])
    assert build(folder, die=moment)[0] == 9
    status, said = build(folder)
    assert status == 0 and "did not finish: all pages are written again" in said, said[-3000:]
    assert files(folder) == undisturbed[1]


def test_a_killed_change_of_the_extension_reaches_every_page(undisturbed, tmp_path):
    """The old pages are newer than their sources, so that nothing but the mark says that they are stale."""
    folder = tmp_path / "book"
    shutil.copytree(undisturbed[0], folder)
    part = folder / "book" / "equations.py"
    part.write_text(part.read_text().replace('" numerically: go', '" by numbers: go'))
    assert build(folder, die="before the pages")[0] == 9
    assert build(folder)[0] == 0
    assert "by numbers: go" in (folder / "_build" / "html" / "page.html").read_text()


def test_a_changed_module_runs_its_notebooks_again(undisturbed, tmp_path):
    """Though no page's own source has changed: what another package gave is never shown."""
    folder = tmp_path / "book"
    shutil.copytree(undisturbed[0], folder)
    shutil.copytree(ROOT / "dlnotes", folder / "dlnotes", ignore=shutil.ignore_patterns("__pycache__"))
    assert "ran in" not in build(folder, PYTHONPATH=str(folder))[1]
    for module, runs in (("dlnotes/checks.py", True), ("dlnotes/perceptron.py", False)):      # the page's cell loads the first
        (folder / module).write_text((folder / module).read_text().replace("points, |left", "places, |left"))
        with open(folder / module, "a") as file:
            file.write("# changed\n")
        status, said = build(folder, PYTHONPATH=str(folder))
        assert (status, "page.ipynb ran in" in said) == (0, runs), (module, said)
    assert "places, |left" in (folder / "_build" / "html" / "page.html").read_text()


def test_a_changed_page_leaves_the_search_as_a_first_build_makes_it(undisturbed, tmp_path):
    """Sphinx alone forgets the index entries of the other pages."""
    folder = small_book(tmp_path, undisturbed[0])
    index, page = folder / "_build" / "html" / "searchindex.js", folder / "second.md"
    assert build(folder)[0] == 0
    first = index.read_text()
    assert "first words" in first
    page.write_text(page.read_text() + "\n")
    assert build(folder)[0] == 0
    assert index.read_text() == first


@make
def test_make_has_nothing_to_do_while_no_source_is_newer(undisturbed, tmp_path):
    """After a build without a warning; not after one with a warning, a killed one, a changed source, or a new file."""
    folder = tmp_path / "book"
    shutil.copytree(undisturbed[0], folder)
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    script(folder / ".venv" / ".ready", "")

    def up_to_date():
        return subprocess.run(["make", "-q", "_build/html/.built"], cwd=folder, env=HERE, capture_output=True).returncode == 0

    def rebuilt(status=0, **options):
        assert build(folder, **options)[0] == status
        return up_to_date()

    assert rebuilt()
    with open(folder / "second.md", "a") as file:
        file.write("More words.\n")
    assert not up_to_date() and not rebuilt(9, die="before the pages") and rebuilt()
    (folder / "book" / "new.py").touch()
    assert not up_to_date() and rebuilt()
    (folder / "second.md").write_text("(second)=\n# Second\n\n{ref}`nowhere`\n")
    assert not rebuilt(1)


def test_killed_at_a_random_moment(undisturbed, tmp_path):
    folder, moment = small_book(tmp_path), random.uniform(0.2, 1) * undisturbed[2]
    running = start(folder)
    try:
        running.communicate(timeout=moment)
    except subprocess.TimeoutExpired:
        running.kill()
        running.communicate()
    status, said = build(folder)
    assert status == 0, (moment, said)
    assert files(folder) == undisturbed[1], moment


def test_a_cache_without_its_tables_is_made_anew(undisturbed, tmp_path):
    folder = small_book(tmp_path)
    cache = next((undisturbed[0] / "_build" / "outputs").iterdir())
    there = folder / "_build" / "outputs" / cache.name
    there.mkdir(parents=True)
    (there / "global.db").touch()
    status, said = build(folder)
    assert status == 0, said
    assert files(folder) == undisturbed[1]


def test_two_builds_at_once(undisturbed, tmp_path):
    """The second says that it waits; both end well, and the site is right."""
    folder = small_book(tmp_path)
    both = [start(folder), start(folder)]
    said = [running.communicate(timeout=900)[0] for running in both]
    assert [running.returncode for running in both] == [0, 0], said
    assert sum("waiting for the other build" in text for text in said) == 1, said
    assert files(folder) == undisturbed[1]


def one_line(said, words):
    """The last line says it, and there is no traceback."""
    assert "Traceback" not in said, said
    assert words in said.strip().splitlines()[-1], said


bwrap = pytest.mark.skipif(shutil.which("bwrap") is None, reason="no bubblewrap here; on Debian or Ubuntu: apt-get install bubblewrap")


@bwrap
@pytest.mark.parametrize("size", [3_000_000, 12_000_000])
def test_a_full_disk(tmp_path, size):
    """The smaller one is too small to begin; the larger one is full before the end."""
    folder = small_book(tmp_path)
    (folder / "_build").mkdir()
    status, said = build(folder, before=["bwrap", "--bind", "/", "/", "--dev", "/dev", "--size", str(size), "--tmpfs", str(folder / "_build")])
    assert status == 1
    one_line(said, "The book was not built: the disk is full")


@bwrap
def test_a_read_only_folder(undisturbed):
    folder = undisturbed[0]
    status, said = build(folder, before=["bwrap", "--ro-bind", "/", "/", "--dev", "/dev"])
    assert status == 1
    one_line(said, "The book was not built: the folder is read-only")


# --- make



def script(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def run_make(folder, *args, before=(), **env):
    for name in ("Makefile", "requirements.txt", "pyproject.toml"):
        if not (folder / name).exists():
            shutil.copy(ROOT / name, folder)
    done = subprocess.run([*before, "make", "-s", *args], cwd=folder, env={**HERE, **env}, capture_output=True, text=True)
    said = "\n".join(line for line in (done.stdout + done.stderr).splitlines() if not line.startswith("make: ***"))
    assert done.returncode == 2
    return said


@make
def test_an_old_python(tmp_path):
    old = script(tmp_path / "old", f'shift; exec {sys.executable} -c "import sys; sys.version_info = (3, 9, 18); $1"')
    assert run_make(tmp_path, "install", f"PYTHON={old}") == "dlnotes needs Python 3.10 to 3.13; this is 3.9. Try: make PYTHON=python3.12 book"
    assert not (tmp_path / ".venv").exists()


@make
def test_no_network(tmp_path):
    """With the real pip, an index that cannot be reached, and a package that is nowhere installed."""
    script(tmp_path / "pip", f'exec {sys.executable} -m pip "$@"')
    new = script(tmp_path / "python", f'test "$1" = -c && exit; mkdir -p .venv/bin; cp {tmp_path}/pip .venv/bin/pip')
    (tmp_path / "requirements.txt").write_text("dlnotes-has-no-such-package==1.0\n")
    nowhere = "http://127.0.0.1:9/simple"
    said = run_make(tmp_path, "install", f"PYTHON={new}", PIP_INDEX_URL=nowhere, PIP_EXTRA_INDEX_URL=nowhere, PIP_RETRIES="0")
    one_line(said, "could not be installed. Is there a network?")
    assert not (tmp_path / ".venv" / ".ready").exists()


@make
@bwrap
@pytest.mark.parametrize("ready", [False, True])
def test_make_in_a_read_only_folder(tmp_path, ready):
    for name in ("Makefile", "requirements.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    if ready:
        script(tmp_path / ".venv" / ".ready", "")
    said = run_make(tmp_path, "book", before=["bwrap", "--ro-bind", "/", "/", "--dev", "/dev"])
    assert said == "This folder is read-only: copy it to a place that you may write to, and run make there."


@pytest.mark.parametrize("ci, words", [("", "no Chromium here; on Debian or Ubuntu: apt-get install chromium"), ("true", "CI needs Chromium: .ci/run installs")])
def test_no_chromium(tmp_path, ci, words):
    (tmp_path / "test_it.py").write_text("def test_it(browser):\n    pass\n")
    there = os.pathsep.join(map(str, (ROOT, ROOT / "tests", ROOT / "tests" / "browser")))
    done = subprocess.run([sys.executable, "-m", "pytest", "-q", "-rsE", "--tb=line", "-p", "conftest", "-p", "no:cacheprovider", "test_it.py"],
                          cwd=tmp_path, env={**HERE, "PYTHONPATH": there, "PATH": str(tmp_path), "CI": ci}, capture_output=True, text=True)
    assert words in done.stdout and "Traceback" not in done.stdout + done.stderr, done.stdout + done.stderr
    assert ("1 skipped" if not ci else "1 error") in done.stdout
