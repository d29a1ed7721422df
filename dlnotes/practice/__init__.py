"""What a practice exercise is, and how an answer is judged; the exercises stand in one module a chapter.

A module ``dlnotes/practice/<chapter>.py`` has ``EXERCISES``, a dict from id ("activations-1") to `Exercise`. Nothing here is
secret: practice is graded in the open, by the reader's own Python, to give a hint at once.
"""

import contextlib
import copy
import inspect
import numbers
import signal
import threading
import traceback
from dataclasses import dataclass

import numpy as np

SECONDS = 3.0    # for one call of the reader's function


@dataclass(frozen=True)
class Mistake:
    """A typical wrong answer. Whoever's results equal its results on every case gets its hint."""

    answer: object
    hint: str


@dataclass(frozen=True)
class Exercise:
    """One exercise.

    `reference` is a function, called with each tuple of `cases`, or a plain value (then the one case is empty).
    `hints` go from a nudge to almost the answer. `next` says what to try once it is solved. A number may be off by
    ``tol * max(1, |expected|)``.
    """

    points: int
    reference: object
    hints: tuple
    mistakes: tuple
    next: str
    cases: tuple = ((),)
    tol: float = 1e-9


@dataclass(frozen=True)
class Outcome:
    """What came of one case.

    `kind` is "right", "nothing" (None or ...), "value", "sign", "nan", "shape", "type", "changed" (an argument), "error"
    or "time"; `got` is what the reader's function returned; `note` is a detail in words.
    """

    kind: str
    got: object = None
    note: str = ""


def run(exercise, answer, seconds=None):
    """Judge an answer on every case; after a case that takes too long the rest is not run."""
    outcomes = []
    for args in exercise.cases:
        late = outcomes and outcomes[-1].kind == "time"
        outcomes.append(outcomes[-1] if late else run_case(exercise, answer, args, seconds))
    return outcomes


def run_case(exercise, answer, args, seconds=None):
    """Judge an answer on the arguments of one case, of which it gets copies."""
    if answer is None or answer is ...:
        return Outcome("nothing", answer)
    if not callable(exercise.reference):
        return compare(answer, exercise.reference, exercise.tol)
    if not callable(answer):
        return Outcome("type", answer)
    sent = copy.deepcopy(args)
    seconds = SECONDS if seconds is None else seconds
    try:
        with time_limit(seconds), np.errstate(all="ignore"):
            got = copy.deepcopy(answer(*sent))
    except OutOfTime:
        return Outcome("time", note=f"stopped after {seconds:g} s")
    except NotImplementedError:
        return Outcome("nothing")
    except (Exception, SystemExit) as error:
        return Outcome("error", note=_brief(error, answer))
    changed = [name for name, now, before in zip(argument_names(exercise), sent, args) if not _same(now, before)]
    if changed and got is not None and got is not ...:
        return Outcome("changed", got, changed[0])
    return compare(got, exercise.reference(*copy.deepcopy(args)), exercise.tol)


def compare(got, want, tol):
    """Judge a result against the expected one, item by item for a tuple."""
    if got is None or got is ...:
        return Outcome("nothing", got)
    if isinstance(want, tuple):
        return _compare_items(got, want, tol)
    if not _is_numeric(want):
        alike = type(got) is type(want) or {type(got), type(want)} == {bool, np.bool_}
        return Outcome(("right" if got == want else "value") if alike else "type", got)
    if not _is_numeric(got):
        return Outcome("type", got)
    y, y_want = np.asarray(got), np.asarray(want)
    if y.shape != y_want.shape:
        return Outcome("shape", got, "transposed" if y.T.shape == y_want.shape else "")
    if y.ndim and y.dtype.kind != y_want.dtype.kind:
        return Outcome("type", got)
    if not np.all(np.isfinite(y)):
        return Outcome("nan", got)
    return Outcome("right" if _near(y, y_want, tol) else "sign" if _near(-1 * y, y_want, tol) else "value", got)


def _compare_items(got, want, tol):
    if not isinstance(got, (tuple, list)) or len(got) != len(want):
        return Outcome("type", got)
    for i, (g, w) in enumerate(zip(got, want)):
        part = compare(g, w, tol)
        if part.kind != "right":
            return Outcome("type" if part.kind == "nothing" else part.kind, got, f"item {i} {part.note}".strip())
    return Outcome("right", got)


def _is_numeric(value):
    """True for Python numbers and numpy numbers and arrays; a list is not an array, True is not a number."""
    if isinstance(value, np.ndarray):
        return value.dtype.kind in "biuf"
    return isinstance(value, numbers.Real) and not isinstance(value, (bool, np.bool_))


def _near(a, b, tol):
    return bool(np.all(np.abs(a - b) <= tol * np.maximum(1, np.abs(b))))


def _same(a, b, tol=0.0):
    """Equal, item by item, not-a-number to not-a-number."""
    if isinstance(a, (tuple, list)) and isinstance(b, (tuple, list)):
        return len(a) == len(b) and all(_same(x, y, tol) for x, y in zip(a, b))
    if _is_numeric(a) and _is_numeric(b):
        return np.shape(a) == np.shape(b) and np.allclose(a, b, rtol=tol, atol=tol, equal_nan=True)
    return type(a) is type(b) and (callable(a) or a == b)


def diagnose(exercise, answer, outcomes, exercise_id):
    """The hint that the mistake deserves: the typical mistake with equal results, else what the kind of failure says."""
    for mistake in exercise.mistakes:
        theirs = run(exercise, mistake.answer)
        if all(a.kind == b.kind and (a.kind == "error" or _same(a.got, b.got, exercise.tol))
               for a, b in zip(outcomes, theirs)):
            return mistake.hint
    kinds = [o.kind for o in outcomes if o.kind != "right"]
    if "value" in kinds and kinds[0] in ("value", "sign"):
        factor = _factor(exercise, outcomes)
        if factor:
            return f"every result is {factor:.4g} times what it should be: look for a factor."
    return HINTS.get(kinds[0], 'hint("{}") gives a first hint.').format(exercise_id)
