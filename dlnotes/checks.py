"""Checks that a reader meets in a chapter: `verify` an equation, `check` an exercise, ask for a `hint`."""

import importlib
import inspect
import itertools

import numpy as np

from dlnotes import practice
from dlnotes.practice._feedback import diagnose, report

EDGES = (0.0, 5e-324, -5e-324, 2.0**-52, -(2.0**-52), 1.0, -1.0)


class VerificationError(AssertionError):
    """The two sides of a labelled equation differ."""


def verify(label, left, right, *, over, tol=1e-12, n=1000, seed=0):
    r"""Compare both sides of an equation on many points and print one line, or raise.

    .. math:: |l - r| \le \text{tol} \cdot \max(1, |l|, |r|)

    Parameters
    ----------
    label : str
        The equation's label on the page; it starts with "eq-".
    left, right : callable
        The two sides, called with one array a variable: by name if the parameters have the variables' names,
        else in the order of `over`. Row i of the result belongs to point i.
    over : dict
        For each variable ``(low, high)``: random numbers, both ends, and those of 0, +-5e-324, +-2^-52, +-1
        that lie between; ``(low, high, D)``, ``(low, high, D, C)``: an array of that shape for each point; a
        list or array: its items are the only values.
    tol : float
        Tolerance; not-a-number and infinity always fail.
    n : int
        Number of random points. All combinations of the variables' edges are added to them.
    seed : int
        Seed of the random points.

    Raises
    ------
    VerificationError
        If a side has a wrong shape or the sides differ; it names the worst point and both values.

    Notes
    -----
    ``tests/test_checks.py`` shows that a dropped factor, a flipped sign and a fault at one edge are found.
    """
    if not label.startswith("eq-"):
        raise ValueError(f'expected a label that starts with "eq-"; got {label!r}')
    points = _points(over, n, np.random.default_rng(seed))
    l, r = (np.asarray(_call(side, points), dtype=float) for side in (left, right))
    m = len(next(iter(points.values())))
    if l.shape != r.shape or l.shape[:1] != (m,):
        raise VerificationError(f"{label}: expected both sides ({m}, ...); got {l.shape} and {r.shape}")
    with np.errstate(all="ignore"):
        gap = np.abs(l - r) / np.maximum(1, np.maximum(np.abs(l), np.abs(r)))
    if not gap.max() <= tol:
        worst = np.unravel_index(gap.argmax(), gap.shape)
        at = ", ".join(f"{name} = {_plain(values[worst[0]])}" for name, values in points.items())
        raise VerificationError(f"{label}: left {_plain(l[worst])}, right {_plain(r[worst])} at {at}")
    print(f"verified {label}: {m:,} points, |left - right| <= {tol:g}")


def _points(over, n, rng):
    """Return {name: array (M, ...)}: all combinations of the edges, then n random points."""
    edges, inner = [], []
    for spec in over.values():
        if isinstance(spec, tuple):
            low, high, *shape = spec
            ends = [low, high, *(e for e in EDGES if low < e < high)]
            edges.append([np.full(shape, e) for e in ends])
            inner.append(rng.uniform(low, high, size=(n, *shape)))
        else:
            edges.append(list(spec))
            inner.append(rng.choice(np.asarray(spec), size=n, axis=0))
    corners = zip(*itertools.product(*edges))
    return {name: np.concatenate([np.stack(c), r]) for name, c, r in zip(over, corners, inner)}


def _call(f, points):
    """Call f by name if its parameters have the variables' names, else in order (numpy's own functions)."""
    try:
        named = [p.name for p in inspect.signature(f).parameters.values() if p.kind is not p.POSITIONAL_ONLY]
    except (TypeError, ValueError):
        named = []
    copies = {name: values.copy() for name, values in points.items()}
    return f(**copies) if set(copies) <= set(named) else f(*copies.values())


def _plain(value):
    return np.asarray(value).tolist()


_stages = {}    # exercise id -> number of hints given in this session


def check(exercise_id, answer):
    """Try a reader's answer on the cases of an exercise and print what came of it; a wrong one never raises.

    Parameters
    ----------
    exercise_id : str
        Such as "activations-1": the chapter's slug and a number.
    answer : callable or value
        The reader's function (or number, array, text), whatever it is called and wherever it stands.

    Raises
    ------
    ValueError
        If there is no such exercise.
    """
    exercise = _find(exercise_id)
    outcomes = practice.run(exercise, answer)
    total = len(outcomes)
    if all(o.kind == "nothing" for o in outcomes):
        return print(f"{exercise_id}: not yet. Replace the ... and run; hint({exercise_id!r}) helps.")
    failed = [i for i, o in enumerate(outcomes) if o.kind != "right"]
    if not failed:
        of = f"{exercise.points} point{'s' * (exercise.points != 1)}"
        return print(f"{exercise_id}: solved, {of}; {total} of {total} cases pass.\n  next: {exercise.next}")
    first = failed[0]
    print(f"{exercise_id}: {total - len(failed)} of {total} cases pass; case {first + 1} does not.")
    for name, text in report(exercise, first, outcomes[first]):
        print(f"  {name + ':':8s}{text}")
    print(f"  hint:   {diagnose(exercise, outcomes) or f'ask for one: hint({exercise_id!r})'}")


def hint(exercise_id):
    """Print the next of the exercise's hints, from a nudge to almost the answer."""
    hints = _find(exercise_id).hints
    stage = _stages[exercise_id] = min(_stages.get(exercise_id, 0) + 1, len(hints))
    last = " (The last one; the solution is folded below the exercise.)" * (stage == len(hints))
    print(f"{exercise_id}, hint {stage} of {len(hints)}: {hints[stage - 1]}{last}")


def _find(exercise_id):
    """Import ``dlnotes.practice.<chapter>`` and return the exercise, or say which there are."""
    chapter = str(exercise_id).rpartition("-")[0].replace("-", "_")
    try:
        exercises = importlib.import_module(f"dlnotes.practice.{chapter}").EXERCISES
    except (ModuleNotFoundError, AttributeError):
        exercises = {}
    if exercise_id not in exercises:
        known = ", ".join(exercises) or "<chapter>-<number>"
        raise ValueError(f"expected one of {known}; got {exercise_id!r}")
    return exercises[exercise_id]
