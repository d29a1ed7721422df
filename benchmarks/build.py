"""How long the factory takes: this book's build beside the plain `jupyter-book build`, on clones of the same tree, one after the other.

    .venv/bin/python benchmarks/build.py [--warm] [--tests] [--chapters 4]

Rows: everything (cold, unless --warm), nothing changed, one sentence changed, one cell of one chapter changed (beside that chapter's own run), one
line of `dlnotes` changed. The plain build has the same configuration without this book's extension. `--chapters` also builds a book with
only that many of the chapters, to say what each further one adds. `--tests` times `make test` on a cold clone (most of an hour).
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat
import yaml

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from book import execution, notes  # noqa: E402

CHAPTERS = {path.relative_to(ROOT).as_posix() for path in (ROOT / "chapters").rglob("*.ipynb") if notes.is_chapter(path)}
CHAPTER = "chapters/foundations/perceptron.ipynb"
MODULE = "dlnotes/perceptron.py"      # one that few chapters use
RAN = re.compile(r"(\S+\.ipynb) ran in ([\d.]+) s")


def copy(folder, plain=False, chapters=None):
    """A clone of what is committed; `plain`: without the extension; `chapters`: how many of them its contents keep."""
    subprocess.run(["git", "clone", "-q", ROOT, folder], check=True)
    (folder / ".venv").symlink_to(Path(sys.executable).parent.parent)
    for file in ("requirements.txt", "pyproject.toml"):
        os.utime(folder / file, (0, 0))      # older than the environment, which make would renew otherwise
    if plain:
        config = yaml.safe_load((folder / "_config.yml").read_text())
        del config["sphinx"]["local_extensions"], config["sphinx"]["config"]["templates_path"]
        (folder / "_config.yml").write_text(yaml.safe_dump(config))
    if chapters is not None:
        contents = yaml.safe_load((folder / "_toc.yml").read_text())
        for part in contents["parts"]:
            entries, part["chapters"] = part["chapters"], []
            for entry in entries:
                is_chapter = f"{entry['file']}.ipynb" in CHAPTERS
                if not is_chapter or chapters > 0:
                    part["chapters"].append(entry)
                    chapters -= is_chapter
        contents["parts"] = [part for part in contents["parts"] if part["chapters"]]
        (folder / "_toc.yml").write_text(yaml.safe_dump(contents, sort_keys=False))
    return folder


def keep_outputs(folder):
    """Give a copy the outputs that the notebooks of this checkout have (after `make book`): none runs in its first build."""
    outputs = execution.cache_folder(ROOT)
    place = ".jupyter_cache" if folder.name == "plain" else f"outputs/{outputs.name}"
    shutil.copytree(outputs, folder / "_build" / place)


def build(folder):
    """(seconds, {notebook: seconds of its run}) of `make book`, or in a plain copy of `jupyter-book build`."""
    plain = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()", "build", "."]
    start = time.time()
    done = subprocess.run(plain if folder.name == "plain" else ["make", "book", "BOOKFLAGS="], cwd=folder,
                          capture_output=True, text=True, env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(folder)})
    took = time.time() - start
    if done.returncode:
        sys.exit(done.stdout[-2000:] + done.stderr[-2000:])
    return took, {name: float(seconds) for name, seconds in RAN.findall(re.sub(r"\x1b\[[\d;]*m", "", done.stdout + done.stderr))}


def change_a_sentence(folder):
    book = nbformat.read(folder / CHAPTER, 4)
    next(c for c in book.cells if c.cell_type == "markdown" and "##" in c.source)["source"] += "\n\nOne sentence more."
    nbformat.write(book, folder / CHAPTER)


def change_a_cell(folder):
    book = nbformat.read(folder / CHAPTER, 4)
    [c for c in book.cells if c.cell_type == "code"][-1]["source"] += "\n# one line more"
    nbformat.write(book, folder / CHAPTER)


def change_a_line(folder):
    (folder / MODULE).write_text((folder / MODULE).read_text() + "# one line more\n")


CHANGES = {"everything": None, "nothing changed": lambda folder: None, f"a sentence of {CHAPTER}": change_a_sentence,
           f"a cell of {CHAPTER}": change_a_cell, f"a line of {MODULE}": change_a_line}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--warm", action="store_true", help="begin with the outputs of this checkout: the first row then has no page, but runs nothing")
    parser.add_argument("--tests", action="store_true")
    parser.add_argument("--chapters", type=int, default=0)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as top:
        ours, plain = (copy(Path(top) / name, plain=name == "plain") for name in ("ours", "plain"))
        for folder in (ours, plain) if asked.warm else ():
            keep_outputs(folder)
        print("| changed | here, s | notebooks run, s each | plain jupyter-book, s |\n| --- | --- | --- | --- |")
        for words, change in CHANGES.items():
            for folder in (ours, plain) if change else ():
                change(folder)
            (mine, ran), (theirs, _) = build(ours), build(plain)
            print(f"| {words} | {mine:.1f} | {f'{len(ran)}: {min(ran.values()):.0f} to {max(ran.values()):.0f}' if ran else 'none'} | {theirs:.1f} |", flush=True)
            if change is None:
                cold = mine
        if asked.chapters:
            few, _ = build(copy(Path(top) / "few", chapters=asked.chapters))
            print(f"\n{asked.chapters} chapters: {few:.0f} s; {len(CHAPTERS)}: {cold:.0f} s; each further chapter "
                  f"{(cold - few) / (len(CHAPTERS) - asked.chapters):.0f} s")
        if asked.tests:
            start = time.time()
            done = subprocess.run(["make", "test"], cwd=copy(Path(top) / "tests"), env={**os.environ, "OMP_NUM_THREADS": "1",
                                  "PYTHONPATH": str(Path(top) / "tests")}, capture_output=True, text=True)
            print(f"\nmake test, cold: {time.time() - start:.0f} s: {done.stdout.strip().splitlines()[-1]}")


if __name__ == "__main__":
    main()
