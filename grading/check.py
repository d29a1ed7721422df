"""Checks of a set before a class gets it: what the reference, the untouched notebook and the known wrong answers earn."""

import html
import re
from collections import Counter
from pathlib import Path

import numpy as np

from grading import notebooks
from grading.cases import known_mistake, run
from grading.variants import OPEN as SECRET
from grading.variants import Trusted, Variant, seed

TEXTS = {".html", ".ipynb", ".md", ".py", ".js", ".txt", ".json"}
SHARED = 24         # characters that a line of a solution must have before it counts as given away


def check(exercises, students=12, site=None):
    """What is wrong with a set, as sentences; none if it may be given out.

    Parameters
    ----------
    exercises : master.ExerciseSet
    students : int
        Number of variants that are tried.
    site : path, optional
        A built site in which no solution and no hidden case may occur.
    """
    variants = [Variant(exercises, seed(SECRET, exercises.name, f"student {i}")) for i in range(students)]
    found = []
    for variant in variants:
        for question in exercises.questions.values():
            found += _reference(question, variant) + _untouched(question, variant) + _empty_answers(question, variant)
            found += _mistakes(question, variant)
    alike = Counter(name for a, b in zip(variants, variants[1:] + variants[:1]) for name in _neighbours(exercises, a, b))
    found += [f"{name}: a neighbour's answer earns everything" for name, n in alike.items() if n > students / 6]      # one may be chance
    found += leaks(exercises, variants[0], site)
    return sorted(set(found))


def _earned(question, variant, names):
    results, calls = run(question, variant, Trusted(names))
    return sum(r.earned for r in results), results, calls


def _reference(question, variant):
    _, results, _ = _earned(question, variant, variant.with_answer(question, question.answer))
    return [f"{question.name}: the reference fails the case {r.case}: {r.staff}" for r in results if r.status != "passed"]


def _untouched(question, variant):
    _, results, _ = _earned(question, variant, variant.with_answer(question, question.stub))
    return [f"{question.name}: the untouched notebook passes the case {r.case}" for r in results if r.status == "passed"]


def _empty_answers(question, variant):
    """Answers that careless comparisons take for right ones: nothing, no number, nothing to compare, one for all."""
    found = []
    for value in (None, np.nan, np.zeros((0, 3)), 0.0, np.zeros(1), (), "", [np.nan] * 2, object()):
        names = dict(variant.space)
        names.update({n: (lambda *args, _value=value, **kwargs: _value) if callable(names[n]) else value for n in question.names})
        _, results, _ = _earned(question, variant, names)
        found += [f"{question.name}: an answer that is always {value!r:.40} passes the case {r.case}" for r in results if r.status == "passed"]
    return found


def _mistakes(question, variant):
    found, most = [], sum(points for _, points, *_ in variant.cases(question))
    for cell in question.mistakes:
        name, want = cell.marks["name"], float(cell.marks.get("points", 0))
        earned, _, calls = _earned(question, variant, variant.with_answer(question, cell.source))
        if earned != want:
            found.append(f"{question.name}: the wrong answer {name!r} should earn {want:g}; it earns {earned:g}")
        if earned >= most:
            found.append(f"{question.name}: the wrong answer {name!r} loses nothing")
        if not cell.marks.get("hint"):
            found.append(f"{question.name}: the wrong answer {name!r} has no hint")
        if (known := known_mistake(question, variant, calls)) != name:
            found.append(f"{question.name}: the wrong answer {name!r} is taken for {known!r}")
    return found


def _neighbours(exercises, mine, theirs):
    """Questions that cost nothing if they are answered with another student's numbers."""
    found, copied = [], dict(mine.space)
    copied.update(theirs.space)
    for question in exercises.questions.values():
        earned, results, _ = _earned(question, mine, copied)
        if earned == sum(r.points for r in results):
            found.append(question.name)
    return found


def given_away(exercises, text, lines=2):
    """What a text holds that it must not: first lines of hidden cases, hints, and lines of an answer, right or wrong, that the stub does not have.

    `lines` of one answer must be there, or all that it has: a single line may be what everybody writes.
    """
    found = []
    for question in exercises.questions.values():
        stub, held = set(question.stub.splitlines()), set()
        for answer in (question.answer, *(cell.source for cell in question.mistakes)):
            own = {line.strip() for line in set(answer.splitlines()) - stub if len(line.strip()) >= SHARED}
            here = {line for line in own if line in text}
            held |= here if len(here) >= min(lines, len(own)) else set()
        kept = [line for cell in question.hidden for line in re.findall(r"^def \w+\(.*\):$", cell.source, re.M)]
        kept += [cell.marks["hint"] for cell in question.mistakes if cell.marks.get("hint")]
        found += sorted(held) + [secret for secret in kept if secret in text]
    return found


def leaks(exercises, variant, site=None):
    """Where something is given away: in the student's notebook, or in a file of a built site."""
    notebook = "".join("".join(c["source"]) + "\n" for c in notebooks.student_notebook(variant, "s")["cells"])
    found = [f"the student's notebook holds {secret!r}" for secret in given_away(exercises, notebook, lines=1)]
    for path in sorted(Path(site).rglob("*")) if site else ():
        if path.suffix in TEXTS:
            found += [f"{path} holds {secret!r}" for secret in given_away(exercises, readable(path))]
    return found


def readable(path):
    """The text of a file, without the marks that HTML and JSON put between or before its letters."""
    text = path.read_text(encoding="utf-8", errors="replace")
    if path.suffix == ".html":
        return html.unescape(re.sub(r"<[^>]*>", "", text))
    return text.replace('\\"', '"').replace("\\\\", "\\") if path.suffix in (".ipynb", ".json", ".js") else text
