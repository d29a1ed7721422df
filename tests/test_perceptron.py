"""dlnotes.perceptron: the mistake bound, exact cycles, the pocket, a margin that carries its own proof."""

import itertools

import numpy as np
import pytest
from scipy.optimize import linprog

from dlnotes.perceptron import Trace, errors, max_margin, pla, pocket, with_bias

XOR = with_bias([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([-1, 1, 1, -1])
AND = with_bias([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([-1, -1, -1, 1])


def separable(seed, N=40, D=3):
    rng = np.random.default_rng(seed)
    X = with_bias(rng.standard_normal((N, D)))
    return X, np.where(X @ rng.standard_normal(D + 1) > 0, 1, -1)


def by_hand(X, y, order):
    """The PLA as two plain loops, until a clean pass."""
    w, rows, clean = [0.0] * X.shape[1], [], False
    while not clean:
        clean = True
        for i in order:
            z = sum(a * b for a, b in zip(w, X[i]))
            if y[i] * z <= 0:
                w = [a + y[i] * b for a, b in zip(w, X[i])]
                rows.append(i)
                clean = False
    return w, rows


@pytest.mark.parametrize("seed", range(5))
def test_pla_is_two_loops(seed):
    X, y = separable(seed)
    order = np.random.default_rng(seed).permutation(len(X))
    run = pla(X, y, order=order, mistakes=10**6)
    w, rows = by_hand(X, y, order)
    assert run.end == "separated" and run.rows.tolist() == rows and run.start == len(rows)
    np.testing.assert_allclose(run.W[-1], w, rtol=1e-12, atol=1e-12)
    assert np.all(y * (X @ run.W[-1]) > 0)
    for k, (i, look) in enumerate(zip(run.rows, run.looks)):
        assert order[(look - 1) % len(X)] == i and y[i] * (X[i] @ run.W[k]) <= 0
        np.testing.assert_allclose(run.W[k + 1] - run.W[k], y[i] * X[i], atol=1e-12)


@pytest.mark.parametrize("seed", range(10))
def test_mistakes_keep_novikoffs_bound_and_its_two_halves(seed):
    X, y = separable(seed, N=25, D=2)
    best, R = max_margin(X, y), np.linalg.norm(X, axis=1).max()
    run = pla(X, y, mistakes=10**6)
    M = np.arange(len(run.W))
    assert len(run.rows) <= (R / best.gamma) ** 2
    assert np.all(run.W @ best.u >= M * best.gamma * (1 - 1e-9))
    assert np.all((run.W**2).sum(axis=1) <= M * R**2 * (1 + 1e-9))


def test_learning_rate_scales_the_weights_and_nothing_else_from_zero():
    X, y = separable(3)
    one, tenth = pla(X, y, mistakes=10**5), pla(X, y, lr=0.125, mistakes=10**5)
    assert one.rows.tolist() == tenth.rows.tolist() and len(one.rows) > 3
    np.testing.assert_allclose(tenth.W, one.W / 8, rtol=1e-12)
    start = np.full(4, 5.0)
    slow, fast = (pla(X, y, w=start, lr=lr, mistakes=10**6) for lr in (0.001, 1.0))
    assert len(slow.rows) > len(fast.rows)


def test_xor_cycles_and_says_where():
    run = pla(*XOR)
    assert run.end == "cycle" and 0 < run.start < len(run.rows)
    np.testing.assert_array_equal(run.W[-1], run.W[run.start])
    assert run.rows[-1] == run.rows[run.start - 1]
    period = len(run.rows) - run.start
    again = pla(*XOR, w=run.W[-1], order=np.roll(range(4), -(run.rows[-1] + 1)))
    np.testing.assert_array_equal(again.W[period], run.W[-1])
    assert pla(*AND).end == "separated" and errors(*AND, pla(*AND).W)[-1] == 0


def test_a_run_stops_where_it_is_told_to():
    rng = np.random.default_rng(0)
    X, y = with_bias(rng.standard_normal((30, 2))), np.where(rng.random(30) < 0.5, 1, -1)
    run = pla(X, y, mistakes=17)
    assert run.end == "stopped" and len(run.rows) == run.start == 17 and run.W.shape == (18, 3)


def test_a_run_that_needs_exactly_its_limit_is_separated():
    X, y = separable(1)
    M = len(pla(X, y, mistakes=10**5).rows)
    assert M > 3 and pla(X, y, mistakes=M).end == "separated" and pla(X, y, mistakes=M - 1).end == "stopped"


def test_no_example_is_separated_at_once():
    run = pla(np.zeros((0, 3)), np.zeros(0))
    assert run.end == "separated" and run.W.shape == (1, 3) and run.rows.size == run.looks.size == 0


def test_inputs_stay_as_they_were():
    X, y = separable(0)
    w, before = np.ones(4), (X.copy(), y.copy())
    pla(X, y, w=w)
    max_margin(X, y)
    np.testing.assert_array_equal(w, 1)
    np.testing.assert_array_equal(X, before[0])
    np.testing.assert_array_equal(y, before[1])


def test_errors_count_the_boundary_and_pocket_keeps_the_first_best():
    X, y = with_bias([[1.0], [2.0], [3.0]]), np.array([1, 1, -1])
    W = np.array([[0, 0], [0, 1], [-1, 2.5], [-1, 2]])
    assert errors(X, y, W).tolist() == [3, 1, 0, 1]
    assert errors(X, y, np.tile(W, (50, 1))).tolist() == [3, 1, 0, 1] * 50
    assert pocket([3, 1, 2, 1, 0, 5, 0]).tolist() == [0, 1, 1, 1, 4, 4, 4]
    assert pocket([2]).tolist() == [0] and pocket([]).size == 0


# Margin -------------------------------------------------------------------------------------------------


def brute(X, y):
    """In the space of three numbers the best u is fixed by one, two or three examples: try them all."""
    Z, best = X * y[:, None], 0.0
    for size in (1, 2, 3):
        for rows in itertools.combinations(range(len(Z)), size):
            u = np.linalg.lstsq(Z[list(rows)], np.ones(size), rcond=None)[0]
            if np.linalg.norm(u) > 0:
                best = max(best, (Z @ u).min() / np.linalg.norm(u))
    return best


@pytest.mark.parametrize("seed", range(12))
def test_margin_is_the_best_of_all_candidates(seed):
    rng = np.random.default_rng(seed)
    X, y = separable(seed, N=12, D=2) if seed % 2 else (
        with_bias(np.round(4 * rng.standard_normal((9, 2)))), np.where(rng.random(9) < 0.5, 1, -1))
    assert max_margin(X, y).gamma == pytest.approx(brute(X, y), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("seed", range(16))
def test_zero_margin_means_that_no_linear_programme_finds_a_separator(seed):
    rng = np.random.default_rng(seed)
    X = with_bias(rng.standard_normal((11, 3)))
    y = np.where(rng.random(11) < 0.5, 1, -1)
    found = linprog(np.zeros(4), A_ub=-y[:, None] * X, b_ub=-np.ones(11), bounds=[(None, None)] * 4)
    best = max_margin(X, y)
    assert (best.gamma > 0) == (found.status == 0)
    assert best.mix.min() >= 0 and best.mix.sum() == pytest.approx(1)
    assert np.linalg.norm(best.mix @ (y[:, None] * X)) == pytest.approx(best.upper, abs=1e-12)


@pytest.mark.parametrize("shape", [(300, 64), (10_000, 2), (1, 1)])
def test_both_bounds_meet(shape):
    rng = np.random.default_rng(1)
    X = with_bias(rng.standard_normal(shape))
    y = np.where(X @ rng.standard_normal(shape[1] + 1) > 0, 1, -1)
    best, R = max_margin(X, y), np.linalg.norm(X, axis=1).max()
    assert 0 < best.gamma <= best.upper * (1 + 1e-12) and best.upper - best.gamma <= 1e-9 * R
    assert np.linalg.norm(best.u) == pytest.approx(1)
    assert (y * (X @ best.u)).min() == pytest.approx(best.gamma)


def test_margin_of_special_sets():
    assert max_margin(*XOR).gamma == 0 and max_margin(*XOR).mix == pytest.approx([0.25] * 4)
    twice = np.array([[1.0, 2, 1], [1, 2, 1]])
    assert max_margin(twice, np.array([1, -1])).gamma == 0
    assert max_margin(twice, np.array([1, 1])).gamma == pytest.approx(np.sqrt(6))
    line = with_bias([[-1.0], [1.0]])
    assert max_margin(line, np.array([-1, 1])).u == pytest.approx([1, 0])
    assert max_margin(np.zeros((2, 3)), np.array([1, -1])).gamma == 0


# Refusals -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("X, y, said", [
    (np.zeros(3), np.ones(3), r"expected X \(N, D\); got \(3,\)"),
    (np.zeros((3, 2)), np.ones(2), r"expected y \(3,\); got \(2,\)"),
    (np.zeros((2, 2)), np.array([0, 1]), r"expected labels -1 and \+1; got \[0.0, 1.0\]"),
    (np.full((2, 2), np.nan), np.array([1, -1]), "expected finite X")])
def test_wrong_data_are_refused(X, y, said):
    for call in (pla, max_margin, lambda X, y: errors(X, y, np.zeros((1, 2)))):
        with pytest.raises(ValueError, match=said):
            call(X, y)


@pytest.mark.parametrize("options, said", [
    ({"order": [0, 0, 1, 2]}, "permutation of 0 to 3"), ({"order": [0, 1]}, "permutation"),
    ({"lr": 0.0}, "expected lr > 0; got 0.0"), ({"lr": np.nan}, "expected lr > 0"),
    ({"w": np.zeros(2)}, r"expected w \(3,\); got \(2,\)")])
def test_wrong_options_are_refused(options, said):
    with pytest.raises(ValueError, match=said):
        pla(*XOR, **options)


def test_with_bias_and_empty_margin():
    np.testing.assert_array_equal(with_bias([[2, 3]]), [[2, 3, 1]])
    with pytest.raises(ValueError, match=r"expected X \(N, D\); got \(2,\)"):
        with_bias([1, 2])
    with pytest.raises(ValueError, match="at least one example"):
        max_margin(np.zeros((0, 2)), np.zeros(0))
    assert Trace._fields == ("W", "rows", "looks", "end", "start")
