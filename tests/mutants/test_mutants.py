"""The suite itself is tested: each planted fault must make the test that guards against it fail.

A fault is planted in a copy of the repository, and the guarding test runs on the copy. It must end with failed tests
(pytest's exit status 1) and its report must hold the words that show that it failed for the planted reason.
What only a browser sees is planted in a copy of the built site, which is not built again.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
LEFT_OUT = shutil.ignore_patterns(".git", ".venv", "__pycache__", ".pytest_cache", ".hypothesis", "_build", "*.egg-info")
SITE = "_build/html/_static"
BUILT = """
import subprocess, sys, pytest, book.serve
book.serve.build = lambda *flags, **options: subprocess.CompletedProcess(flags, 0, "", "")
sys.exit(pytest.main(sys.argv[1:]))
"""
CHAPTER = "chapters/foundations/activations.ipynb"
PAGES = "tests/browser/test_pages.py"
ONE_CHAPTER = f"format: jb-book\nroot: {CHAPTER.removesuffix('.ipynb')}\n"

FAULTS = {      # what is planted: (file, a pattern, what stands there, what is put there, the test that must fail, words of its report)
    "sign flipped in a derivative": (
        "dlnotes/ops/activations.py", "return dY * (2 * e / (1 + e * e)) ** 2", "return -dY * (2 * e / (1 + e * e)) ** 2",
        "tests/test_activations.py", "tanh"),
    "factor dropped in JavaScript": (
        "dlnotes/widgets/js/activations.core.mjs", "dY * (2 * e / (1 + e * e)) ** 2", "dY * (e / (1 + e * e)) ** 2",
        "tests/test_widgets_parity.py", "tanh"),
    "equation altered in the text": (
        CHAPTER, '"s(-x) = 1 - s(x)\\n"', '"s(-x) = 1 + s(x)\\n"',
        "tests/test_book.py::test_every_labelled_equation_has_its_check", "eq-sigmoid-mirror: the equation changed"),
    "kept output altered": (      # on the run that the site's build made
        "chapters/graphs/gnn.ipynb", "34 members, 78 friendships, 17", "34 members, 79 friendships, 17",
        "-p replay chapters/graphs/gnn.ipynb", "Cell outputs differ"),
    "row of the notes undeclared": (
        CHAPTER, '"N024"', '"N023"',
        "tests/test_book.py::test_every_row_of_an_existing_chapter_is_covered", "N023 is declared 2 times"),
    "core module imports torch": (
        "dlnotes/ops/linear.py", "import math\n", "import math\n\nimport torch\n",
        "tests/test_architecture.py", "must not import torch"),
    "foreign script on every page": (
        f"{SITE}/site.js", "  menus();\n",
        '  document.head.append(Object.assign(document.createElement("script"), { src: "https://example.com/x.js" }));\n  menus();\n',
        f"{PAGES}::test_no_error_no_foreign_request_accessible_and_light[1280-light]", "example.com"),
    "widget that throws when it starts": (
        f"{SITE}/widgets/activation_explorer.*.js", "function render({ model, el }) {",
        "function render({ model, el }) {\n  throw new Error('planted');",
        f"{PAGES}::test_no_error_no_foreign_request_accessible_and_light[1280-light]", "planted"),
    "listener that is never given back": (
        f"{SITE}/widgets/kit.*.js", "undo.push(() => target.removeEventListener(type, listener, options));", "",
        "tests/browser/test_every_widget.py::test_nothing_runs_off_screen_and_removal_leaves_nothing[activation_explorer]", "removal_leaves_nothing["),
    "broken package under an unchanged notebook": (
        "dlnotes/ops/activations.py", "def sigmoid(x):", "def sigmoid(x):\n    raise RuntimeError('planted')",
        f"{PAGES}::test_there_are_pages", "activations.ipynb: WARNING: Executing notebook failed"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_fault_is_caught(name, tmp_path, site, request):
    file, old, new, test, words = FAULTS[name]
    in_site = file.startswith(SITE)
    if in_site:
        request.getfixturevalue("browser")      # skipped where there is none
    copy = tmp_path / "copy"
    shutil.copytree(ROOT, copy, ignore=LEFT_OUT)
    if in_site:
        shutil.copytree(site, copy / "_build" / "html", ignore=shutil.ignore_patterns("appendix", "exercises"))      # CHAPTER comes first
    elif "Cell outputs" in words or "Executing" in words:      # with the outputs of the notebooks, so that they need not run again
        shutil.copytree(ROOT / "_build" / "outputs", copy / "_build" / "outputs")
    place, = copy.glob(file)
    text = place.read_text(encoding="utf-8")
    assert text.count(old) >= 1, f"{file} changed: choose another fault for {name!r}"
    place.write_text(text.replace(old, new, 1), encoding="utf-8")
    if "Executing" in words:                          # a changed package runs every notebook again: one is enough
        (copy / "_toc.yml").write_text(ONE_CHAPTER, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, *(["-c", BUILT] if in_site else ["-m", "pytest"]), "-q", "-x", "-p", "no:cacheprovider", *test.split()],
        cwd=copy, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(copy), "PYTEST_ADDOPTS": "", "PYTEST_XDIST_WORKER": ""})
    assert done.returncode == 1, f"{name}: exit status {done.returncode}\n{done.stdout[-3000:]}{done.stderr[-2000:]}"
    assert words in done.stdout, f"{name}: failed for another reason\n{done.stdout[-3000:]}"
