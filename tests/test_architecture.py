"""The house keeps its order: who may import whom, nothing at import, and only what the repository should hold."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "dlnotes"
STANDARD = set(sys.stdlib_module_names)

# module (or folder) -> what it may import besides the standard library and numpy
ALLOWED = {
    "dlnotes": set(),
    "dlnotes.ops": {"dlnotes.ops"},
    "dlnotes.scalar": set(),
    "dlnotes.gradcheck": set(),
    "dlnotes.optim": {"dlnotes.autograd"},
    "dlnotes.schedules": set(),
    "dlnotes.initializers": set(),
    "dlnotes.autograd": {"dlnotes.ops"},
    "dlnotes.nn": {"dlnotes.ops", "dlnotes.autograd", "dlnotes.initializers", "dlnotes.nn"},
    "dlnotes.training": {"dlnotes.nn", "dlnotes.optim", "dlnotes.autograd", "dlnotes.schedules", "tqdm"},
    "dlnotes.data": {"dlnotes.toys", "sklearn", "skimage", "networkx", "mnist1d", "names", "pooch", "scipy"},
    "dlnotes.plots": {"matplotlib"},
    "dlnotes.checks": {"dlnotes.practice"},
    "dlnotes.practice": {"dlnotes.ops", "dlnotes.practice", "dlnotes.checks"},
    "dlnotes.toys": set(),
    "dlnotes.strokes": set(),
    "dlnotes.perceptron": set(),
    "dlnotes.widgets": {"dlnotes.widgets", "dlnotes.toys", "dlnotes.ops", "dlnotes.optim", "dlnotes.data", "dlnotes.plots", "dlnotes.initializers", "dlnotes.scalar",
                        "dlnotes.schedules", "dlnotes.perceptron", "dlnotes.practice", "dlnotes.strokes", "anywidget", "traitlets", "matplotlib"},
}


def imports(path, name):
    """Absolute names of all that a file imports, inside functions too."""
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                base = ".".join(filter(None, [".".join(package.split(".")[: len(package.split(".")) - node.level + 1]), base]))
            yield from ([f"{base}.{alias.name}" for alias in node.names] if base.startswith("dlnotes") else [base])


def modules():
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        yield path, ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def rule(name):
    while name not in ALLOWED:
        name = name.rpartition(".")[0]
    return ALLOWED[name]


@pytest.mark.parametrize("path, name", list(modules()), ids=lambda x: x if isinstance(x, str) else "")
def test_imports(path, name):
    allowed = rule(name)
    for imported in imports(path, name):
        top = imported.split(".")[0]
        if top in STANDARD or top == "numpy" or (top == "scipy" and name == "dlnotes.ops.graph"):
            continue
        assert any(imported == a or imported.startswith(a + ".") for a in allowed), f"{name} must not import {imported}"


def test_core_needs_numpy_alone():
    """All core modules import in a Python where every other library is out of reach."""
    core = [n for _, n in modules() if not n.startswith(("dlnotes.widgets", "dlnotes.plots", "dlnotes.training"))]
    program = f"""
import sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {{"torch", "scipy", "matplotlib", "anywidget", "ipywidgets", "sklearn", "networkx", "tqdm", "mnist1d"}}:
            raise ImportError("out of reach: " + name)
sys.meta_path.insert(0, Refuse())
import importlib, numpy
before = numpy.random.get_state()[1].tolist()
for name in {core!r}:
    importlib.import_module(name)
assert numpy.random.get_state()[1].tolist() == before
"""
    done = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_no_torch_in_the_package():
    assert not [n for p, n in modules() if any(i.split(".")[0] == "torch" for i in imports(p, n))]


def tracked():
    return subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()


def test_only_sources_are_committed():
    bad = [f for f in tracked() if f.startswith(("_build/", ".venv/")) or "__pycache__" in f or f.endswith((".pyc", ".egg-info"))]
    assert not bad


def test_no_path_of_a_machine():
    folders = [f"/{name}/".encode() for name in ("home", "root", "work", "Users")]
    for name in tracked():
        text = (ROOT / name).read_bytes()
        assert not [f for f in folders if f in text], name
