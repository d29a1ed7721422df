"""Shared by the tests of the grader: a set with short limits, notebooks made of answers, and bubblewrap."""

import functools
import json
import os
from pathlib import Path

import pytest

import grading

ROOT = Path(__file__).resolve().parent.parent
SECRET = "secret of the tests"
SHORT = "limits = " + repr({"cell": 1.0, "cells": 2.0, "call": 0.6, "total": 8.0, "memory": 2**30, "disk": 2**22, "reply": 2**20})


def need_sandbox():
    """Skip where there is no sandbox; in the continuous integration that is a failure."""
    try:
        grading.probe()
    except grading.NoSandbox as error:
        if os.environ.get("CI") == "true":
            pytest.fail(f"CI needs bubblewrap: {error}")
        pytest.skip(str(error).splitlines()[0])


@functools.cache
def foundations():
    return grading.read_master(ROOT / "exercises" / "foundations.py")


@functools.cache
def short():
    """The autograder zip of the set with short limits."""
    cells = [grading.Cell(c.role, c.question, f"{c.source}\n{SHORT}", c.marks) if c.role == "set" else c for c in foundations().cells]
    return grading.ExerciseSet(cells).zip()


@functools.cache
def seed(student="ada"):
    return grading.seed(SECRET, "foundations", student)


@functools.cache
def variant(student="ada"):
    return grading.Variant(foundations(), seed(student))


def solved(*names):
    """Question -> reference, of these questions; of all if none is named."""
    return {n: q.answer for n, q in foundations().questions.items() if n in names or not names}


def notebook(answers=(), extra=(), before=(), student="ada"):
    """A student's notebook with these answers, and more code cells at the end or the beginning."""
    made = grading.student_notebook(variant(student), student, dict(answers))
    made["cells"] = [*map(code, before), *made["cells"], *map(code, extra)]
    return made


def code(source):
    return {"cell_type": "code", "id": "x", "metadata": {}, "source": source, "execution_count": None, "outputs": []}


def grade(made, student="ada", autograder=None):
    data = made if isinstance(made, bytes) else json.dumps(made).encode()
    return grading.grade(student, data, autograder or short(), seed(student))


def points(report):
    return {q["question"]: q["points"] for q in report["questions"]}
