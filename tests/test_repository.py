"""Files that a newcomer or a machine reads: README commands, pins, the workflow."""

import ast
import functools
import os
import re
import shutil
import subprocess
import sys
from importlib.metadata import files, requires
from pathlib import Path
from types import ModuleType

import nbformat
import pytest
import yaml
from IPython.core.interactiveshell import InteractiveShell

from book import colab

ROOT = Path(__file__).resolve().parent.parent
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def text(name):
    return (ROOT / name).read_text(encoding="utf-8")


def test_readme_is_short_and_shows_the_commands_that_the_gate_runs():
    readme, gate = text("README.md"), text(".ci/run")
    assert len(readme.splitlines()) <= 100
    assert re.search(r"^make book\b", readme, re.M) and re.search(r"^make test\b", readme, re.M)
    assert re.search(r"^make test$", gate, re.M) and re.search(r'^make book BOOKFLAGS="-W -n --keep-going"$', gate, re.M)


def test_every_folder_of_the_map_exists():
    for name in re.findall(r"`(\w+/)`", text("README.md")):
        assert any(p.is_dir() for p in (ROOT / name, ROOT / "dlnotes" / name, ROOT / "tests" / name)), name


def test_every_version_is_exact_and_the_package_comes_last():
    lines = [line.split("#")[0].strip() for line in text("requirements.txt").splitlines()]
    lines = [line for line in lines if line]
    assert lines[-1] == "-e ."
    for line in lines[:-1]:
        assert re.fullmatch(r"[\w.-]+==[\w.+]+( ; .+)?", line), line


def test_installed_versions_are_the_pinned_ones():
    from importlib.metadata import version
    for line in text("requirements.txt").splitlines():
        pin = re.fullmatch(r"([\w.-]+)==([\w.]+)", line.strip())
        if pin:
            assert version(pin[1]).split("+")[0] == pin[2], pin[1]


@pytest.mark.skipif(shutil.which("make") is None, reason="no make here")
def test_make_help_lists_the_targets():
    done = subprocess.run(["make", "-s", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert [line.split()[0] for line in done.stdout.splitlines()] == [
        "install", "book", "test", "exercises", "pdf", "epub", "serve", "check", "offline", "report", "clean", "help"]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda p: p.name)
def test_workflow_is_valid(path):
    done = subprocess.run([sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows", str(path)],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda p: p.name)
def test_actions_are_pinned_by_digest_and_rights_are_small(path):
    workflow = yaml.safe_load(path.read_text())
    assert workflow["permissions"] == {"contents": "read"}
    uses = [step["uses"] for job in workflow["jobs"].values() for step in job["steps"] if "uses" in step]
    assert uses and all(re.fullmatch(r"[\w-]+/[\w/-]+@[0-9a-f]{40}", name) for name in uses), uses
    for line in path.read_text().splitlines():
        if "uses:" in line:
            assert re.search(r"# v\d+\.\d+\.\d+$", line), "name the version beside its digest"


def test_binder_takes_the_pinned_torch_and_all_other_pins():
    environment = yaml.safe_load(text("binder/environment.yml"))
    torch = re.search(r"^torch==(.+)$", text("requirements.txt"), re.M)[1]
    assert f"pytorch-cpu={torch}" in environment["dependencies"] and "python=3.11" in environment["dependencies"]
    script = ROOT / "binder" / "postBuild"
    assert os.access(script, os.X_OK) and "pip install --no-cache-dir -q -r requirements.txt" in script.read_text()
    imports = re.search(r'-c "(import .*)"', script.read_text())[1]
    subprocess.run([sys.executable, "-c", imports], cwd=ROOT, check=True)


def test_the_gate_runs_on_the_oldest_and_newest_python_that_make_takes():
    gate = next(job for w in WORKFLOWS for job in yaml.safe_load(w.read_text())["jobs"].values() if "matrix" in job.get("strategy", {}))
    oldest, newest = re.search(r"\((\d, \d+)\) <= v\[:2\] <= \((\d, \d+)\)", text("Makefile")).groups()
    pythons = [tuple(map(int, version.split("."))) for version in gate["strategy"]["matrix"]["python"]]
    assert [min(pythons), max(pythons)] == [tuple(map(int, v.split(", "))) for v in (oldest, newest)]
    assert f"requires-python = \">={min(pythons)[0]}.{min(pythons)[1]}\"" in text("pyproject.toml")


def test_the_gate_is_what_the_workflow_runs():
    runs = [step.get("run") for w in WORKFLOWS for job in yaml.safe_load(w.read_text())["jobs"].values() for step in job["steps"]]
    assert "bash .ci/run" in runs


def test_the_repository_is_named_in_one_place():
    url = yaml.safe_load(text("_config.yml"))["repository"]["url"]
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    named = {name for name in tracked if url.encode() in (ROOT / name).read_bytes()}
    # the citation file and a notebook in Colab must stand alone
    assert named == {"_config.yml", "CITATION.cff"} | {path.relative_to(ROOT).as_posix() for path in colab.notebooks()}


@functools.cache
def imported_from(*packages):
    """The names that these installed packages bring."""
    return {file.parts[0].removesuffix(".py") for package in packages for file in files(package)}


@pytest.mark.parametrize("path", colab.notebooks(), ids=lambda p: p.stem)
def test_colab_finds_the_package(path):
    """The first code cell is the one that book/colab.py writes, and what the others import comes with the package, Colab or Python."""
    cells = [c for c in nbformat.read(path, 4).cells if c.cell_type == "code"]
    assert cells[0] == colab.cell(), f"run: python -m book.colab   ({path.name})"
    there = imported_from(*(re.match(r"[\w-]+", need)[0] for need in requires("dlnotes")), "torch", "ipython")
    python = "\n".join(line for c in cells[1:] for line in c.source.splitlines() if not line.startswith("%"))
    names = {name.split(".")[0] for node in ast.walk(ast.parse(python)) if isinstance(node, (ast.Import, ast.ImportFrom))
             for name in ([node.module] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names])}
    assert names - sys.stdlib_module_names - {"dlnotes"} <= there


@pytest.mark.parametrize("in_colab", [False, True])
def test_the_first_cell_installs_in_colab_alone(in_colab, monkeypatch):
    shell, asked = InteractiveShell(), []
    monkeypatch.setattr(shell, "run_line_magic", lambda name, line, **_: asked.append((name, line)))
    if in_colab:
        monkeypatch.setitem(sys.modules, "google.colab", ModuleType("google.colab"))
    shell.run_cell(colab.cell().source).raise_error()
    url = yaml.safe_load(text("_config.yml"))["repository"]["url"]
    assert asked == ([("pip", f'install -q "dlnotes[book] @ git+{url}"')] if in_colab else [])
