"""dlnotes.checks: verify() finds every planted fault, and check() survives whatever a reader writes."""

import sys
import time

import numpy as np
import pytest

from dlnotes import practice
from dlnotes.checks import EDGES, VerificationError, check, hint, verify
from dlnotes.practice._compare import compare
from dlnotes.practice._feedback import describe, diagnose, show


def sigmoid(x):
    return np.exp(np.minimum(x, 0)) / (1 + np.exp(-np.abs(x)))


# verify ----------------------------------------------------------------------------------------------


def test_verify_prints_one_line_with_points_and_tolerance(capsys):
    verify("eq-mirror", lambda x: sigmoid(-x), lambda x: 1 - sigmoid(x), over={"x": (-30, 30)})
    assert capsys.readouterr().out == "verified eq-mirror: 1,009 points, |left - right| <= 1e-12\n"


FAULTS = {
    "flipped sign": lambda x: -sigmoid(x) * sigmoid(-x),
    "dropped factor": lambda x: sigmoid(x),
    "factor off by 1e-9": lambda x: sigmoid(x) * sigmoid(-x) * (1 + 1e-9),
    "wrong at the low end only": lambda x: np.where(x == -30, 1, sigmoid(x) * sigmoid(-x)),
    "wrong at the high end only": lambda x: np.where(x == 30, 1, sigmoid(x) * sigmoid(-x)),
    "wrong at 0 only": lambda x: np.where(x == 0, 1, sigmoid(x) * sigmoid(-x)),
    "wrong at the least number only": lambda x: np.where(x == 5e-324, 1, sigmoid(x) * sigmoid(-x)),
    "nan at one point": lambda x: np.where(x == 1, np.nan, sigmoid(x) * sigmoid(-x)),
    "inf at one point": lambda x: np.where(x == 1, np.inf, sigmoid(x) * sigmoid(-x)),
    "one number for all points": lambda x: 0.25,
    "another shape": lambda x: (sigmoid(x) * sigmoid(-x))[:, None],
}


@pytest.mark.parametrize("fault", FAULTS)
def test_verify_finds(fault):
    with pytest.raises(VerificationError, match="eq-slope: "):
        verify("eq-slope", lambda x: sigmoid(x) * (1 - sigmoid(x)), FAULTS[fault], over={"x": (-30, 30)})


def test_verify_names_the_worst_point_and_both_values():
    with pytest.raises(VerificationError, match=r"eq-a: left 1\.0, right 0\.0 at x = 7\.0, k = -2\.0"):
        verify("eq-a", lambda x, k: np.where((x == 7) & (k == -2), 1.0, x * 0), lambda x, k: x * 0,
               over={"x": [1.0, 7.0], "k": (-2, 2)})


def test_nan_or_infinity_on_both_sides_is_no_agreement():
    for bad in (np.nan, np.inf):
        with pytest.raises(VerificationError):
            verify("eq-a", lambda x: x * 0 + bad, lambda x: x * 0 + bad, over={"x": (1, 2)})


def test_both_sides_of_the_same_wrong_shape_are_rejected():
    with pytest.raises(VerificationError, match="expected both sides"):
        verify("eq-a", lambda x: 1.0, lambda x: 1.0, over={"x": (0, 1)})


def test_relative_above_one_absolute_below():
    verify("eq-a", lambda x: x, lambda x: x * (1 + 1e-13), over={"x": (1e8, 1e9)})
    with pytest.raises(VerificationError):
        verify("eq-a", lambda x: x, lambda x: x * (1 + 1e-11), over={"x": (1e8, 1e9)})
    verify("eq-a", lambda x: x, lambda x: x + 1e-13, over={"x": (0, 1e-6)})


def test_variables_go_by_name_or_in_order():
    over = {"x": (1, 2), "y": (3, 4)}
    verify("eq-a", lambda y, x: x - y, np.subtract, over=over)
    verify("eq-a", lambda y, x: x - y, lambda a, b: a - b, over=over)
    with pytest.raises(VerificationError):
        verify("eq-a", lambda y, x: y - x, lambda a, b: a - b, over=over)


def test_points_hold_all_edges_in_all_combinations_and_lists_only_their_items():
    seen = {}

    def left(x, k):
        seen.update(x=x, k=k)
        return x * 0

    verify("eq-a", left, left, over={"x": (-2, 2), "k": [3.0, 4.0]}, n=10)
    pairs = set(zip(seen["x"], seen["k"]))
    assert {(x, k) for x in (-2.0, 2.0, *EDGES) for k in (3.0, 4.0)} <= pairs
    assert set(seen["k"]) == {3.0, 4.0} and len(seen["x"]) == 9 * 2 + 10


def test_vectors_and_matrices_are_rows_of_points(capsys):
    verify("eq-a", lambda w, x: np.einsum("nd,nd->n", w, x), lambda w, x: np.sum(w * x, axis=1),
           over={"w": (-2, 2, 4), "x": (-2, 2, 4)}, n=50)
    verify("eq-b", lambda W: W.transpose(0, 2, 1), lambda W: np.swapaxes(W, 1, 2),
           over={"W": (0, 1, 2, 3)}, n=50)
    assert "131 points" in capsys.readouterr().out


def test_the_seed_fixes_the_points_and_a_side_cannot_change_them_for_the_other():
    points = []
    for seed in (0, 0, 1):
        verify("eq-a", lambda x: points.append(x.copy()) or x, lambda x: x, over={"x": (0, 1)}, seed=seed)
    assert np.array_equal(points[0], points[1]) and not np.array_equal(points[0], points[2])

    def spoil(x):
        x *= 0
        return x

    with pytest.raises(VerificationError):
        verify("eq-a", spoil, lambda x: x, over={"x": (0, 1)})


def test_labels_start_with_eq():
    with pytest.raises(ValueError, match='expected a label that starts with "eq-"; got \'def-a\''):
        verify("def-a", lambda x: x, lambda x: x, over={"x": (0, 1)})


# check and hint --------------------------------------------------------------------------------------

FIRST = "activations-1"


def said(capsys, answer, exercise_id=FIRST):
    check(exercise_id, answer)
    return capsys.readouterr().out


@pytest.mark.parametrize("stub", [None, ..., lambda s: None, lambda s: ...])
def test_a_stub_is_not_yet(capsys, stub):
    assert said(capsys, stub) == \
        "activations-1: not yet. Replace the ... and run; hint('activations-1') helps.\n"


def test_a_stub_that_raises_not_implemented_is_not_yet(capsys):
    def stub(s):
        raise NotImplementedError

    assert "not yet" in said(capsys, stub)


def test_solved(capsys):
    assert said(capsys, lambda anything: anything - anything**2).startswith(
        "activations-1: solved, 1 point; 4 of 4 cases pass.\n  next: ")


def test_a_wrong_answer_shows_input_result_kind_and_hint_but_never_the_answer(capsys):
    assert said(capsys, lambda s: s - 1.5) == (
        "activations-1: 0 of 4 cases pass; case 1 does not.\n"
        "  input:  s = array([0.5])\n"
        "  yours:  array([-1.]), a float array (1,)\n"
        "  wanted: a float array (1,)\n"
        "  hint:   ask for one: hint('activations-1')\n")


def test_exceptions_are_shown_shortly_with_their_line(capsys):
    def divide(s):
        zero = 0
        return 1 / zero

    out = said(capsys, divide)
    assert "ZeroDivisionError: division by zero, in line 3 of divide" in out and "Traceback" not in out
    assert "SystemExit" in said(capsys, lambda s: sys.exit(1))
    assert "TypeError" in said(capsys, lambda: 1)


def test_a_keyboard_interrupt_goes_through():
    def interrupted(s):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check(FIRST, interrupted)


@pytest.mark.parametrize("catches", [False, True])
def test_an_infinite_loop_is_stopped(capsys, monkeypatch, catches):
    monkeypatch.setattr(practice, "SECONDS", 0.2)

    def forever(s):
        try:
            while True:
                pass
        except Exception:
            return s

    def plain(s):
        while True:
            pass

    start = time.perf_counter()
    out = said(capsys, forever if catches else plain)
    assert "stopped after 0.2 s" in out and "does the loop ever end?" in out
    assert time.perf_counter() - start < 2


def test_the_alarm_is_given_back():
    import signal

    before = signal.getsignal(signal.SIGALRM)
    practice.run_case(practice.Exercise(1, lambda s: s, (), (), ""), lambda s: s, (1.0,), 5)
    assert signal.getsignal(signal.SIGALRM) is before and signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_in_place_changes_are_named_even_when_the_values_are_right(capsys):
    def in_place(s):
        s *= 1 - s
        return s

    assert "changes its argument s" in said(capsys, in_place)


def test_cases_survive_a_function_that_spoils_its_input(capsys):
    def spoil(s):
        s[:] = np.nan
        return s

    said(capsys, spoil)
    assert "solved" in said(capsys, lambda s: s * (1 - s))


@pytest.mark.parametrize("answer, words", [
    (lambda s: "text", "a str"),
    (lambda s: [0.25], "a list (a number)"),
    (lambda s: np.round(s).astype(np.int64), "an integer array (1,)"),
    (lambda s: s > 0, "a truth-value array (1,)"),
    (lambda s: {}, "a dict"),
    (lambda s: 0.25, "a number"),
    (lambda s: s.astype(complex), "an object array (1,)"),
    (3.5, "a function of s"),
    ("text", "a function of s"),
])
def test_wrong_types_are_named(capsys, answer, words):
    assert words in said(capsys, answer)


def test_nan_is_named(capsys):
    out = said(capsys, lambda s: s * np.nan)
    assert "finite everywhere" in out and "overflowed" in out


def test_warnings_of_the_readers_numpy_code_do_not_break_the_check(capsys):
    assert "case 3 does not" in said(capsys, lambda x: x - np.log1p(np.exp(x)), "activations-3")


@pytest.mark.parametrize("answer, words", [
    (lambda x: -x - 1, "the sign is wrong everywhere"),
    (lambda x: 4 * (x + 1), "every result is 4 times"),
    (lambda x: (x + 1) / 5, "every result is 0.2 times"),
    (lambda x: (x + 1).T, "the shape is right after a transpose"),
    (lambda x: (x + 1)[0], "the shape is wrong"),
    (lambda x: x + 2, ""),
])
def test_without_a_typical_mistake_the_kind_of_failure_gives_the_hint(answer, words):
    cases = ((np.ones((2, 3)),), (-np.eye(2, 3) * 3,))
    exercise = practice.Exercise(1, lambda x: x + 1, (), (), "", cases=cases)
    found = diagnose(exercise, practice.run(exercise, answer))
    assert found.startswith(words) and bool(found) == bool(words)


def test_hints_come_in_stages_and_stay_at_the_last(capsys, monkeypatch):
    monkeypatch.setattr("dlnotes.checks._stages", {})
    lines = []
    for _ in range(4):
        hint(FIRST)
        lines.append(capsys.readouterr().out)
    assert [line.split(":")[0] for line in lines] == [f"activations-1, hint {i} of 3" for i in (1, 2, 3, 3)]
    assert "The last one" in lines[2] and lines[2] == lines[3] and "The last one" not in lines[0]


@pytest.mark.parametrize("name", ["activations-99", "nowhere-1", "", "_compare-1", "../x-1", "activations"])
def test_unknown_exercises_are_a_value_error(name):
    with pytest.raises(ValueError, match="expected one of .*got "):
        check(name, None)


# the comparison itself -------------------------------------------------------------------------------


@pytest.mark.parametrize("got, want, kind", [
    (1, 1.0, "right"), (np.float32(0.5), 0.5, "right"), (True, 1.0, "type"), (True, True, "right"),
    (np.True_, True, "right"), (1, True, "type"), ("a", "a", "right"), ("b", "a", "value"), (2, "a", "type"),
    (None, 1.0, "nothing"), (np.inf, 1.0, "nan"), (-1.0, 1.0, "sign"), (2.0, 1.0, "value"),
    ((1.0, 2.0), (1.0, 2.0), "right"), ([1.0, 2.0], (1.0, 2.0), "right"), ((1.0,), (1.0, 2.0), "type"),
    ((1.0, None), (1.0, 2.0), "type"), (1.0, (1.0, 2.0), "type"), ((2.0, -1.0), (2.0, 1.0), "sign"),
    (np.ones(3), np.ones((3, 1)), "shape"), (np.ones((2, 3)), np.ones((3, 2)), "shape"),
    (np.ones(2) > 0, np.ones(2), "type"), (np.ones(2) > 0, np.ones(2) > 0, "right"),
    (np.ones(2) < 0, np.ones(2) > 0, "value"), (np.array(1.0), 1.0, "right"), (object(), 1.0, "type"),
])
def test_compare(got, want, kind):
    assert compare(got, want, 1e-9).kind == kind


def test_compare_says_transposed_and_which_item():
    assert compare(np.ones((2, 3)), np.ones((3, 2)), 0).note == "transposed"
    assert compare((1.0, np.ones((2, 3))), (1.0, np.ones((3, 2))), 0).note == "item 1 transposed"


def test_show_and_describe_are_short_and_print_no_address():
    assert show(lambda x: x) == "<lambda>" and show((1.5, np.float64(2))) == "(1.5, 2)"
    assert len(show(np.arange(1000.0))) <= 160 and "\n" not in show(np.ones((9, 9)))
    assert describe((np.ones(2), 1.0)) == "a tuple (a float array (2,), a number)"
