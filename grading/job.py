"""One submission graded: a function of bytes alone, so that it may run in any process and on any machine."""

import functools
import hashlib
import tempfile
import time
from pathlib import Path

from grading import __version__, notebooks
from grading.cases import Result, known_mistake, run
from grading.master import read_zip
from grading.sandbox import NoSandbox
from grading.session import Session
from grading.variants import Variant


@functools.lru_cache(4)
def _loaded(digest, holder):
    """The set of an autograder zip, and a folder with its data (kept while this process lives)."""
    exercises, files = read_zip(holder.data)
    folder = tempfile.TemporaryDirectory(prefix="grading-files-")
    Path(folder.name).chmod(0o755)
    for name, data in files.items():
        (Path(folder.name) / name).write_bytes(data)
        (Path(folder.name) / name).chmod(0o644)
    return exercises, folder


class _Holder:
    """Bytes that a cache does not look at."""

    def __init__(self, data):
        self.data = data

    def __hash__(self):
        return 0

    def __eq__(self, other):
        return True


def digest(notebook, autograder, seed):
    """What a report depends on, in short: a report with another digest is out of date."""
    parts = [hashlib.sha256(part).hexdigest() for part in (notebook, autograder, seed.encode(), __version__.encode())]
    return hashlib.sha256("".join(parts).encode()).hexdigest()[:20]


def grade(student, notebook, autograder, seed):
    """Grade one notebook.

    Parameters
    ----------
    student : str
        For the report alone.
    notebook, autograder : bytes
        What was handed in, and the zip of `python -m grading build`.
    seed : str
        The student's, of `variants.seed`.

    Returns
    -------
    dict
        The report, of plain values for JSON. Its `status` is "graded", "stopped" (a limit was reached or the program
        ended; what was earned counts), "unreadable", or "grader error" (grade again; no points are known).

    Raises
    ------
    NoSandbox
        If student's code cannot be confined here.
    """
    began = time.monotonic()
    report = {"student": student, "digest": digest(notebook, autograder, seed), "status": "graded", "points": 0.0, "max": 0.0,
              "questions": [], "notes": [], "staff": [], "seconds": 0.0}
    try:
        exercises, folder = _loaded(hashlib.sha256(autograder).hexdigest(), _Holder(autograder))
        variant = Variant(exercises, seed)
        report["set"] = exercises.name
        _grade(report, variant, notebook, folder.name)
    except NoSandbox:
        raise
    except Exception as error:      # ours or the set's: never a silent zero
        report["status"] = "grader error"
        report["staff"].append(f"{type(error).__name__}: {error}"[:1000])
    report["seconds"] = round(time.monotonic() - began, 3)
    return report


def _grade(report, variant, notebook, folder):
    questions = variant.exercises.questions.values()
    try:
        cells, mark = notebooks.read(notebook)
    except notebooks.Unreadable as error:
        report["status"], report["notes"] = "unreadable", [str(error)]
        for question in questions:
            results = [Result(name, points, public, "stopped", message, "not run")
                       for name, points, public, message, *_ in variant.cases(question)]
            _enter(report, question, results, None)
        return
    _compare(report, mark, variant)
    cells, notes = notebooks.in_order(cells, variant)
    with Session(cells, variant.shown, variant.exercises.limits, folder) as session:
        found = [(question, *run(question, variant, session)) for question in questions]
        session.finish()
    for question, results, calls in found:
        for result in results if session.forged else ():
            result.status, result.error = "stopped", session.forged
        lost = any(r.status != "passed" for r in results)
        _enter(report, question, results, known_mistake(question, variant, calls) if lost and not session.forged else None)
    report["notes"] += notes + session.notes
    report["staff"] += session.deaths + session.late + ([session.forged] if session.forged else [])
    if session.deaths or session.late or any(case["status"] == "stopped" for q in report["questions"] for case in q["cases"]):
        report["status"] = "stopped"


def _compare(report, mark, variant):
    """Note a notebook of another set, of somebody else, or built otherwise; it is graded all the same."""
    name, owner = (str(mark.get(key))[:80] for key in ("set", "student"))
    if mark.get("set", variant.exercises.name) != variant.exercises.name:
        note = f"this is a notebook of the set {name!r}, not of {variant.exercises.name!r}"
        report["staff"].append(note)
        report["notes"].append(note)
    elif mark.get("numbers", variant.digest) != variant.digest:
        whose, told = f"it says it is {owner!r}", "this notebook was made with other numbers than yours"
        if owner == report["student"]:
            whose = "it is theirs, but built with another secret or another `draw`"
            told = "this notebook shows other numbers than those it was graded with: tell your teacher"
        report["staff"].append(f"the notebook was made with other numbers; {whose}")
        report["notes"].append(told)


def _enter(report, question, results, mistake):
    earned, most = sum(r.earned for r in results), sum(r.points for r in results)
    hint = next((c.marks.get("hint", "") for c in question.mistakes if c.marks["name"] == mistake), "")
    report["questions"].append({"question": question.name, "title": question.title, "points": earned, "max": most,
                                "mistake": mistake, "hint": hint, "cases": [r.report() for r in results]})
    report["points"] += earned
    report["max"] += most


