"""A master: one jupytext percent script that holds a whole exercise set, for the student and for the grader.

The role of a cell stands in its first line; see the README for the list. `ExerciseSet` is what is made of the cells; it
is written to and read from the autograder zip, so that only building needs jupytext.
"""

import ast
import io
import json
import re
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

from grading.sandbox import Limits

FORMAT = 1
ROLES = {"set", "text", "given", "draw", "answer", "public", "hidden", "mistake"}
BEGIN, END = "# BEGIN SOLUTION", "# END SOLUTION"
LINE = "# SOLUTION"


@dataclass(frozen=True)
class Cell:
    """A cell of the master: `role`, the name of its `question` or None, `source`, and the rest of its first line."""

    role: str
    question: str | None
    source: str
    marks: dict = field(default_factory=dict)


def read_master(path):
    """The `ExerciseSet` of a master.

    Parameters
    ----------
    path : str or Path
        A jupytext percent script.

    Raises
    ------
    ValueError
        If a role is unknown, a question incomplete or a setting missing.
    """
    import jupytext
    cells = []
    for cell in jupytext.read(Path(path), fmt="py:percent").cells:
        marks = {k: v for k, v in cell.metadata.items() if k != "lines_to_next_cell"}
        role = marks.pop("role", "text" if cell.cell_type == "markdown" else "given")
        if role not in ROLES or (role == "text") != (cell.cell_type == "markdown"):
            raise ValueError(f"expected a role of {sorted(ROLES)}; got {role!r} for a {cell.cell_type} cell")
        cells.append(Cell(role, marks.pop("question", None), cell.source, marks))
    return ExerciseSet(cells)


class ExerciseSet:
    """A set: its cells, its settings and its questions.

    Attributes
    ----------
    name, title : str
    limits : Limits
    questions : dict
        Name -> `Question`, in order.
    """

    def __init__(self, cells):
        self.cells = list(cells)
        settings = {}
        for cell in self.of("set"):
            exec(compile(cell.source, "<set>", "exec"), settings)
        if not isinstance(settings.get("name"), str) or not re.fullmatch(r"[a-z][a-z0-9-]*", settings["name"]):
            raise ValueError('expected a cell role="set" with name = "small-letters"; got none')
        self.name, self.title = settings["name"], settings.get("title", settings["name"])
        self.limits = Limits(**settings.get("limits", {}))
        self.questions = {cell.question: Question(self, cell.question) for cell in self.of("answer")}
        lost = {cell.question for cell in self.cells if cell.role not in ("set", "text", "given")} - set(self.questions)
        if lost or not self.questions:
            raise ValueError(f"expected an answer cell for each question; got none for {sorted(map(str, lost)) or 'any'}")

    def of(self, role, question=None):
        """Cells of a role, of one question or of all."""
        return [c for c in self.cells if c.role == role and question in (None, c.question)]

    def zip(self, files=None):
        """Bytes of the autograder zip: the set and its data, the same bytes for the same set.

        Parameters
        ----------
        files : dict, optional
            Name -> bytes, shown to the student's code in its current folder.
        """
        cells = [[c.role, c.question, c.source, c.marks] for c in self.cells]
        content = {"set.json": json.dumps({"format": FORMAT, "cells": cells}, indent=1).encode()}
        content |= {f"files/{name}": data for name, data in (files or {}).items()}
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in sorted(content.items()):
                archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
        return buffer.getvalue()


def read_zip(data):
    """The `ExerciseSet` and the files (name -> bytes) of an autograder zip. It is the teacher's, and trusted.

    Raises
    ------
    ValueError
        If it is no autograder zip of this format.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            told = json.loads(archive.read("set.json"))
            files = {Path(n).name: archive.read(n) for n in archive.namelist() if n.startswith("files/")}
    except (zipfile.BadZipFile, KeyError, ValueError) as error:
        raise ValueError(f"expected an autograder zip; got {error}") from None
    if told.get("format") != FORMAT:
        raise ValueError(f"expected an autograder zip of format {FORMAT}; got {told.get('format')}")
    return ExerciseSet(Cell(*cell) for cell in told["cells"]), files


class Question:
    """One graded question: its answer cell, its numbers, its cases and its known wrong answers."""

    def __init__(self, parent, name):
        self.name = name
        answers = parent.of("answer", name)
        if len(answers) != 1:
            raise ValueError(f"expected one answer cell for {name}; got {len(answers)}")
        self.answer, self.title = answers[0].source, answers[0].marks.get("title", name)
        self.stub = stub(self.answer)
        self.names = defined(self.answer)
        self.draw, self.public = parent.of("draw", name), parent.of("public", name)
        self.hidden, self.mistakes = parent.of("hidden", name), parent.of("mistake", name)
        if not self.draw or not self.public or not self.hidden or not self.mistakes:
            raise ValueError(f"expected draw, public, hidden and mistake cells for {name}; one of them is missing")
        if self.stub == self.answer:
            raise ValueError(f"expected a solution between {BEGIN} and {END} in {name}; got none")


def stub(source):
    """An answer cell as the student gets it: solutions become ``...``."""
    lines, inside = [], False
    for line in source.splitlines():
        space = line[: len(line) - len(line.lstrip())]
        if line.strip() == BEGIN:
            inside = True
            lines.append(f"{space}...")
        elif line.strip() == END:
            inside = False
        elif not inside and line.rstrip().endswith(LINE):
            lines.append(f"{line.split('=')[0].rstrip()} = ..." if "=" in line else f"{space}...")
        elif not inside:
            lines.append(line)
    if inside:
        raise ValueError(f"expected {END}; got the end of the cell")
    return "\n".join(lines)


def defined(source):
    """Names that a cell defines at its top level: functions, classes and values."""
    names = []
    for node in ast.parse(source).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names.append(node.name)
        elif isinstance(node, ast.Assign):
            names += [n.id for target in node.targets for n in ast.walk(target) if isinstance(n, ast.Name)]
    return names
