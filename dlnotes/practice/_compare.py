"""Compare a reader's result with the expected one."""

import numbers
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Outcome:
    """What came of one case.

    `kind` is "right", "nothing" (None or ...), "value", "sign", "nan", "shape", "type", "uncallable",
    "changed" (an argument), "error" or "time"; `got` is what came back; `note` is a detail in words.
    """

    kind: str
    got: object = None
    note: str = ""


def compare(got, want, tol):
    """Judge a result: sort, shape, numbers; item by item for a tuple.

    Parameters
    ----------
    got, want : number, array, bool, text, or tuple of these
    tol : float
        Numbers may differ by ``tol * max(1, |want|)``.

    Returns
    -------
    Outcome
    """
    if got is None or got is ...:
        return Outcome("nothing", got)
    if isinstance(want, tuple):
        return _compare_items(got, want, tol)
    if not is_numeric(want):
        alike = type(got) is type(want) or {type(got), type(want)} == {bool, np.bool_}
        return Outcome(("right" if got == want else "value") if alike else "type", got)
    if not is_numeric(got):
        return Outcome("type", got)
    y, y_want = np.asarray(got), np.asarray(want)
    if y.shape != y_want.shape:
        return Outcome("shape", got, "transposed" if y.T.shape == y_want.shape else "")
    if y.ndim and y.dtype.kind != y_want.dtype.kind:
        return Outcome("type", got)
    if not np.all(np.isfinite(y)):
        return Outcome("nan", got)
    y, y_want = y * 1.0, y_want * 1.0    # so that truth values can be subtracted too
    return Outcome("right" if _near(y, y_want, tol) else "sign" if _near(-y, y_want, tol) else "value", got)


def _compare_items(got, want, tol):
    if not isinstance(got, (tuple, list)) or len(got) != len(want):
        return Outcome("type", got)
    for i, (g, w) in enumerate(zip(got, want)):
        part = compare(g, w, tol)
        if part.kind != "right":
            kind = "type" if part.kind == "nothing" else part.kind
            return Outcome(kind, got, f"item {i} {part.note}".strip())
    return Outcome("right", got)


def is_numeric(value):
    """True for Python numbers and numpy numbers and arrays; a list is no array, and True is no number."""
    if isinstance(value, np.ndarray):
        return value.dtype.kind in "biuf"
    return isinstance(value, numbers.Real) and not isinstance(value, (bool, np.bool_))


def _near(a, b, tol):
    return bool(np.all(np.abs(a - b) <= tol * np.maximum(1, np.abs(b))))


def same(a, b, tol=0.0):
    """True if two values are equal, item by item; not-a-number equals not-a-number."""
    if isinstance(a, (tuple, list)) and isinstance(b, (tuple, list)):
        return len(a) == len(b) and all(same(x, y, tol) for x, y in zip(a, b))
    if is_numeric(a) and is_numeric(b):
        return np.shape(a) == np.shape(b) and bool(np.allclose(a, b, rtol=tol, atol=tol, equal_nan=True))
    return type(a) is type(b) and (callable(a) or bool(np.all(a == b)))
