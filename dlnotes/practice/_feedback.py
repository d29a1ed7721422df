"""Put the outcome of a failed case into words."""

import textwrap

import numpy as np

from dlnotes.practice import run
from dlnotes.practice._compare import is_numeric, same

HINTS = {    # for what no typical mistake explains
    "type": "look at what your function returns: it is of another sort than expected.",
    "uncallable": "hand over the function itself, without calling it: check(..., my_function).",
    "shape": "the shape is wrong: which axis is summed, and which must stay?",
    "transposed": "the shape is right after a transpose: rows are examples in this book.",
    "nan": "a number overflowed or 0 was divided by 0: look at the largest and smallest inputs.",
    "sign": "the sign is wrong everywhere, the size is right.",
    "changed": "work on a copy: the caller still needs the argument as it was.",
    "error": "run your function by hand on this input and read the whole message.",
    "time": "does the loop ever end?",
    "nothing": "for this input your function returns nothing: is a return missing in one branch?",
}


def report(exercise, i, outcome):
    """Yield lines (name, text) about case i that failed: its input, what came, what was expected in kind."""
    args, reference = exercise.cases[i], exercise.reference
    if args:
        yield "input", ", ".join(f"{name} = {show(value)}" for name, value in zip(exercise.arguments, args))
    if outcome.kind == "changed":
        yield "yours", f"changes its argument {outcome.note}"
    elif outcome.kind in ("error", "time"):
        yield "yours", outcome.note
    else:
        yield "yours", f"{show(outcome.got)}, {describe(outcome.got)}"
    if outcome.kind == "uncallable":
        yield "wanted", f"a function of {', '.join(exercise.arguments)}"
    else:
        want = reference(*args) if callable(reference) else reference
        yield "wanted", describe(want) + (", finite everywhere" if outcome.kind == "nan" else "")


def diagnose(exercise, outcomes):
    """The hint that the mistake deserves: that of the typical mistake with equal results, or of the kind.

    Parameters
    ----------
    exercise : Exercise
    outcomes : list of Outcome
        Of the reader's answer, one a case, not all right.

    Returns
    -------
    str
        Empty if there is nothing better to say than the staged hints.
    """
    for mistake in exercise.mistakes:
        theirs = run(exercise, mistake.answer)
        if all(_alike(a, b, exercise.tol) for a, b in zip(outcomes, theirs)):
            return mistake.hint
    factor = _factor(exercise, outcomes)
    if factor is not None:
        return f"every result is {factor:.4g} times what it should be: look for a factor."
    first = next(o for o in outcomes if o.kind != "right")
    return HINTS.get("transposed" if first.note.endswith("transposed") else first.kind, "")


def _alike(a, b, tol):
    if a.kind == "error":
        return b.kind == "error" and a.note.split(",")[0] == b.note.split(",")[0]
    return a.kind == b.kind and same(a.got, b.got, tol)


def _factor(exercise, outcomes):
    """The one number (not 1 or -1) by which all results are too large, or None."""
    ratios = []
    for args, outcome in zip(exercise.cases, outcomes):
        want = exercise.reference(*args) if callable(exercise.reference) else exercise.reference
        if outcome.kind not in ("right", "value", "sign") or not is_numeric(want):
            return None
        got, want = np.ravel(outcome.got) * 1.0, np.ravel(want) * 1.0
        if np.any(got[want == 0] != 0):
            return None
        ratios.extend(got[want != 0] / want[want != 0])
    found = len(ratios) > 2 and np.ptp(ratios) <= 1e-6 * abs(ratios[0]) and abs(ratios[0]) not in (0, 1)
    return ratios[0] if found else None


def show(value):
    """A value in one short line; a function by its name, so that no address of this run is printed."""
    if callable(value):
        return getattr(value, "__name__", type(value).__name__)
    if isinstance(value, (tuple, list)):
        return f"({', '.join(show(v) for v in value)})"
    with np.printoptions(precision=4, threshold=12, edgeitems=2, floatmode="maxprec", legacy=False):
        text = f"{value:.6g}" if isinstance(value, (float, np.floating)) else repr(value)
    return textwrap.shorten(text, 160, placeholder=" ...")


def describe(value):
    """The sort and shape of a value in words."""
    if isinstance(value, np.ndarray):
        sort = {"f": "a float", "i": "an integer", "u": "an integer", "b": "a truth-value"}
        return f"{sort.get(value.dtype.kind, 'an object')} array {value.shape}"
    if isinstance(value, (tuple, list)):
        return f"a {type(value).__name__} ({', '.join(describe(v) for v in value)})"
    if is_numeric(value):
        return "a number"
    if value is None or value is ...:
        return "nothing"
    return "a function" if callable(value) else f"a {type(value).__name__}"
