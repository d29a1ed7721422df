"""What a practice exercise is, and how an answer is judged; the exercises stand in one module a chapter.

A module ``dlnotes/practice/<chapter>.py`` has ``EXERCISES``, a dict from id ("activations-1") to `Exercise`.
Nothing here is secret: practice is judged in the open, by the reader's own Python, to give a hint at once.
"""

import contextlib
import copy
import inspect
import signal
import threading
import traceback
from dataclasses import dataclass

import numpy as np

from dlnotes.practice._compare import Outcome, compare, same

SECONDS = 3.0    # for one call of the reader's function


@dataclass(frozen=True)
class Mistake:
    """A typical wrong answer. Who gets its results on every case gets its hint."""

    answer: object
    hint: str


@dataclass(frozen=True)
class Exercise:
    """One exercise.

    `reference` is a function, called with each tuple of `cases`, or a plain value (then one case, empty).
    `hints` go from a nudge to almost the answer; `next` says what to try once it is solved. Numbers may be
    off by ``tol * max(1, |expected|)``.
    """

    points: int
    reference: object
    hints: tuple
    mistakes: tuple
    next: str
    cases: tuple = ((),)
    tol: float = 1e-9

    @property
    def arguments(self):
        """Names of the reference's arguments; none for a value."""
        return list(inspect.signature(self.reference).parameters) if callable(self.reference) else []


def run(exercise, answer, seconds=None):
    """Judge an answer on every case; after a case that took too long the rest is not run.

    Parameters
    ----------
    exercise : Exercise
    answer : callable or value
    seconds : float, optional
        Time limit for one call, `SECONDS` if not given.

    Returns
    -------
    list of Outcome
        One for each case.
    """
    outcomes = []
    for args in exercise.cases:
        late = outcomes and outcomes[-1].kind == "time"
        outcomes.append(outcomes[-1] if late else run_case(exercise, answer, args, seconds or SECONDS))
    return outcomes


def run_case(exercise, answer, args, seconds):
    """Judge an answer on copies of one case's arguments, without numpy's warnings: nan is seen anyway."""
    if answer is None or answer is ...:
        return Outcome("nothing", answer)
    if not callable(exercise.reference):
        return compare(answer, exercise.reference, exercise.tol)
    if not callable(answer):
        return Outcome("uncallable", answer)
    sent = copy.deepcopy(args)
    try:
        with time_limit(seconds), np.errstate(all="ignore"):
            got = answer(*sent)
    except OutOfTime:
        return Outcome("time", note=f"stopped after {seconds:g} s")
    except NotImplementedError:
        return Outcome("nothing")
    except (Exception, SystemExit) as error:
        return Outcome("error", note=_brief(error, answer))
    for name, now, before in zip(exercise.arguments, sent, args):
        if not same(now, before):
            return Outcome("changed", got, name)
    return compare(got, exercise.reference(*copy.deepcopy(args)), exercise.tol)


def _brief(error, answer):
    """The error in one line, with the line of the reader's function that it came from."""
    code = getattr(answer, "__code__", None)
    frames = [f for f in traceback.extract_tb(error.__traceback__) if code and f.filename == code.co_filename]
    inside = [f.lineno - code.co_firstlineno + 1 for f in frames if f.name == code.co_name]
    where = f", in line {inside[-1]} of {code.co_name}" if inside else ""
    return f"{type(error).__name__}: {' '.join(str(error).split())[:100]}{where}"


class OutOfTime(BaseException):
    """Raised in the reader's function by the alarm; ``except Exception`` does not catch it."""


@contextlib.contextmanager
def time_limit(seconds):
    """Raise `OutOfTime` in the body after so many seconds, where alarms exist: Linux, macOS, main thread."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(signum, frame):
        raise OutOfTime

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
