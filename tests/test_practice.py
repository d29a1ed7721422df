"""Every practice module: its reference passes, its stub fails, each typical mistake draws its own hint."""

import importlib
import pkgutil

import numpy as np
import pytest

from dlnotes import practice
from dlnotes.checks import check
from dlnotes.practice._feedback import HINTS

CHAPTERS = [m.name for m in pkgutil.iter_modules(practice.__path__) if not m.name.startswith("_")]
EXERCISES = {id_: exercise for chapter in CHAPTERS
             for id_, exercise in importlib.import_module(f"dlnotes.practice.{chapter}").EXERCISES.items()}
MISTAKES = [(id_, i) for id_, exercise in EXERCISES.items() for i in range(len(exercise.mistakes))]
KINDS = {    # an answer of every function exercise that must come out as this kind in every case
    "nothing": lambda *args: None,
    "error": lambda *args: 1 / 0,
    "type": lambda *args: {"an": "object"},
    "uncallable": "text",
}


def test_there_are_practice_modules_and_ids_carry_their_name():
    assert "activations" in CHAPTERS
    for chapter in CHAPTERS:
        ids = list(importlib.import_module(f"dlnotes.practice.{chapter}").EXERCISES)
        slug = chapter.replace("_", "-")
        assert ids == [f"{slug}-{i}" for i in range(1, len(ids) + 1)] and len(ids) >= 4


@pytest.mark.parametrize("id_", EXERCISES)
def test_the_reference_passes_every_case(id_, capsys):
    exercise = EXERCISES[id_]
    assert [o.kind for o in practice.run(exercise, exercise.reference)] == ["right"] * len(exercise.cases)
    check(id_, exercise.reference)
    out = capsys.readouterr().out
    assert out.startswith(f"{id_}: solved, {exercise.points} point") and f"next: {exercise.next}" in out


@pytest.mark.parametrize("stub", [None, ..., lambda *args: None, lambda *args: ...])
@pytest.mark.parametrize("id_", EXERCISES)
def test_the_stub_fails_every_case(id_, stub, capsys):
    exercise = EXERCISES[id_]
    if callable(stub) and not callable(exercise.reference):
        pytest.skip("a value, not a function, is asked")
    assert [o.kind for o in practice.run(exercise, stub)] == ["nothing"] * len(exercise.cases)
    check(id_, stub)
    assert "not yet" in capsys.readouterr().out


@pytest.mark.parametrize("id_, i", MISTAKES)
def test_each_mistake_is_rejected_with_its_own_hint(id_, i, capsys):
    exercise = EXERCISES[id_]
    check(id_, exercise.mistakes[i].answer)
    out = capsys.readouterr().out
    assert f"{id_}: solved" not in out and f"{id_}: not yet" not in out
    assert out.endswith(f"  hint:   {exercise.mistakes[i].hint}\n")


@pytest.mark.parametrize("id_", EXERCISES)
def test_three_mistakes_three_hints_and_a_next_step(id_):
    exercise = EXERCISES[id_]
    texts = [m.hint for m in exercise.mistakes]
    assert len(texts) >= 3 and len(set(texts)) == len(texts) and not set(texts) & set(HINTS.values())
    assert len(exercise.hints) >= 3 and exercise.next[-1] in ".?" and exercise.points >= 1


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("id_", EXERCISES)
def test_hopeless_answers_come_out_as_their_kind(id_, kind, capsys):
    exercise = EXERCISES[id_]
    if not callable(exercise.reference):
        pytest.skip("a value, not a function, is asked")
    assert {o.kind for o in practice.run(exercise, KINDS[kind])} == {kind}
    check(id_, KINDS[kind])
    assert "solved" not in capsys.readouterr().out


@pytest.mark.parametrize("id_", EXERCISES)
def test_a_loop_without_end_costs_one_time_limit(id_, monkeypatch, capsys):
    exercise = EXERCISES[id_]
    if not callable(exercise.reference):
        pytest.skip("a value, not a function, is asked")
    monkeypatch.setattr(practice, "SECONDS", 0.05)

    def forever(*args):
        while True:
            pass

    assert {o.kind for o in practice.run(exercise, forever)} == {"time"}


def _spoil(value):
    if isinstance(value, np.ndarray) and value.dtype.kind == "f":
        value[...] = 17.0
        return True
    return False


@pytest.mark.parametrize("id_", EXERCISES)
def test_a_right_answer_that_spoils_its_arguments_is_rejected_and_harms_nobody(id_):
    exercise = EXERCISES[id_]

    def spoils(*args):
        result = exercise.reference(*args)
        spoiled.append(any([_spoil(value) for value in args]))
        return result

    spoiled = []
    if callable(exercise.reference):
        kinds = [o.kind for o in practice.run(exercise, spoils)]
        assert kinds == ["changed" if s else "right" for s in spoiled]
    assert all(o.kind == "right" for o in practice.run(exercise, exercise.reference))


@pytest.mark.parametrize("id_", EXERCISES)
def test_nan_is_never_right(id_):
    exercise = EXERCISES[id_]

    def nan_like(value):
        return tuple(nan_like(v) for v in value) if isinstance(value, tuple) else value * np.nan

    answer = nan_like(exercise.reference) if not callable(exercise.reference) else \
        lambda *args: nan_like(exercise.reference(*args))
    assert {o.kind for o in practice.run(exercise, answer)} == {"nan"}


# The activations' mistakes as a reader would write them: other code, the same hint --------------------


def leaky_loop(dY, x, alpha):
    """Right dX; dalpha collects x on both sides."""
    dX, dalpha = np.empty_like(dY), 0.0
    for i in np.ndindex(x.shape):
        dX[i] = dY[i] if x[i] > 0 else alpha * dY[i]
        dalpha += dY[i] * x[i]
    return dX, dalpha


def sparsity(X, W, b):
    Z = np.maximum(0, X @ W + b)
    return (Z == 0).sum() / Z.size


def reciprocal_by_drawing(f):
    z = np.random.default_rng(5).standard_normal(400_000)
    return np.sqrt((f(z) ** 2).mean())


def root_missing_by_drawing(f):
    z = np.random.default_rng(6).standard_normal(400_000)
    return 1 / (f(z) ** 2).mean()


@pytest.mark.parametrize("id_, answer, i", [
    ("activations-1", lambda s: -(s - s * s), 1),
    ("activations-1", lambda v: (1 - v) * (1 + v), 3),
    ("activations-2", leaky_loop, 4),
    ("activations-3", lambda t: -np.log(1 + np.exp(-t)), 0),
    ("activations-4", sparsity, 0),
    ("activations-5", reciprocal_by_drawing, 1),
    ("activations-5", root_missing_by_drawing, 0),
])
def test_other_code_with_the_same_mistake_draws_the_same_hint(id_, answer, i, capsys):
    check(id_, answer)
    assert EXERCISES[id_].mistakes[i].hint in capsys.readouterr().out


@pytest.mark.parametrize("id_, answer", [
    ("activations-1", lambda v: v - v * v),
    ("activations-2", lambda dY, x, alpha: [dY * np.where(x > 0, 1, alpha), (dY * x)[x < 0].sum()]),
    ("activations-3", lambda t: np.minimum(t, 0) - np.log1p(np.exp(-np.abs(t)))),
    ("activations-4", lambda X, W, b: 1 - np.mean((X @ W + b > 0).any(0))),
    ("activations-5", lambda f: 1 / np.sqrt(np.mean(f(np.random.default_rng(1).normal(size=400_000)) ** 2))),
])
def test_other_right_ways_pass(id_, answer, capsys):
    check(id_, answer)
    assert "solved" in capsys.readouterr().out
