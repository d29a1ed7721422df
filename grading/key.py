"""The instructor's key: a notebook with all that a student must not see, for one student's numbers. It is built, never published.

It runs from top to bottom: the reference's answers, the examples, and each hidden case on them. Known wrong answers are text.
"""

import inspect
from pathlib import Path
from types import SimpleNamespace

from grading import notebooks, variants
from grading.master import BEGIN, END, LINE

ROOT = Path(__file__).resolve().parent.parent
BUILT = ROOT / "_build" / "exercises"       # git ignores it and the site does not hold it
SETUP = """import sys
sys.path.insert(0, {root!r})      # the grader, on the machine that made this key

import numpy as np
from grading.cases import close
from grading.inside.wire import Code
from grading.key import trial"""


def key_notebook(variant, student):
    """The key of a set for a student.

    Parameters
    ----------
    variant : variants.Variant
    student : str

    Returns
    -------
    dict
        For `notebooks.dump`: nbformat 4.5, no outputs.
    """
    cells, shown = [("markdown", f"# Key: {variant.exercises.title}\n\nThe numbers of `{student}`. **For the staff alone.** "
                                 "No student's code belongs in this notebook: here it would run with your rights."),
                    ("code", SETUP.format(root=str(ROOT)))], set()
    for cell in variant.exercises.cells:
        if cell.role == "draw":
            if cell.question not in shown and variant.values[cell.question]:
                shown.add(cell.question)
                cells.append(("code", notebooks.numbers(variant, variant.exercises.questions[cell.question])))
        elif cell.role != "set":
            cells.append(_shown(cell, variant))
    return notebooks.whole(cells, {"set": variant.exercises.name, "key": student, "numbers": variant.digest})


def _shown(cell, variant):
    """(kind, source) of a cell in the key."""
    question = variant.exercises.questions.get(cell.question)
    if cell.role == "text":
        return "markdown", notebooks.filled(cell.source, variant)
    if cell.role == "given":
        return "code", cell.source
    if cell.role == "answer":
        return "code", "\n".join(line.removesuffix(LINE).rstrip() for line in cell.source.splitlines() if line.strip() not in (BEGIN, END))
    if cell.role == "public":
        return "code", f"# Points: {cell.marks.get('points', 1)}\n{notebooks.example(variant, question, cell)}"
    if cell.role == "hidden":
        return "code", f"case = trial(globals(), {question.name!r}, {variant.seed!r})\n\n{cell.source}"
    told = f"**Known wrong answer: {cell.marks['name']}.** Points: {cell.marks.get('points', 0)}. The student reads: {cell.marks.get('hint', '')}"
    return "markdown", f"{told}\n\n```python\n{cell.source}\n```"


def trial(space, question, seed):
    """The decorator `case` of a key: it runs a hidden case at once, on the answers and numbers that the notebook holds.

    Parameters
    ----------
    space : dict
        The notebook's names.
    question : str
    seed : str
        The student's, which draws the hidden data.

    Raises
    ------
    AssertionError
        If the answer fails the case: the key is of another version of the set.
    """
    def case(points=1, message=""):
        def run(function):
            own = {"rng": variants.generator(seed, question, function.__name__), "solution": SimpleNamespace(**space)}
            function(**{name: own[name] if name in own else space[name] for name in inspect.signature(function).parameters})
            print(f"{function.__name__}: {points:g} point{'s' * (points != 1)}, passed. {message}")
            return space.get(function.__name__, function)      # a case may be called as a number or an answer is: that stays
        return run
    return case


def place(folder, name, student=None):
    """Where a key goes.

    Raises
    ------
    ValueError
        If that is in this repository and not in the folder that is never published.
    """
    folder = Path(folder).resolve()
    if folder.is_relative_to(ROOT) and not folder.is_relative_to(BUILT):
        raise ValueError(f"expected for a key a folder outside this repository, or {BUILT.relative_to(ROOT)}, which is never published; got {folder}")
    return folder / (f"{name}-key-{student}.ipynb" if student else f"{name}-key.ipynb")
