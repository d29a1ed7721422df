import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from dlnotes.ops import penalties
from ops_helpers import compare, compare_numeric, defaults, normals, rejects


def torch_scad(w, lam, a):
    s = w.abs()
    middle = (2 * a * lam * s - s**2 - lam**2) / (2 * (a - 1))
    return torch.where(s <= lam, lam * s, torch.where(s <= a * lam, middle, lam**2 * (a + 1) / 2))


def torch_mcp(w, lam, gamma):
    s = w.abs()
    return torch.where(s <= gamma * lam, lam * s - s**2 / (2 * gamma), gamma * lam**2 / 2)


# name: (positional parameters, keyword parameters, the same penalty of each number in torch)
CASES = {
    "l1": ((0.7,), {}, lambda w: 0.7 * w.abs()),
    "l2": ((0.7,), {}, lambda w: 0.35 * w**2),
    "elastic_net": ((0.7, 0.4), {}, lambda w: 0.7 * w.abs() + 0.2 * w**2),
    "scad": ((0.7,), {"a": 2.9}, lambda w: torch_scad(w, 0.7, 2.9)),
    "mcp": ((0.7,), {"gamma": 2.2}, lambda w: torch_mcp(w, 0.7, 2.2)),
}
ALL = pytest.mark.parametrize("name", CASES)
NONCONVEX = pytest.mark.parametrize("name", ["scad", "mcp"])


def pair(name):
    """Return the penalty, its derivative and its proximal map as functions of the weights."""
    parameters, options, _ = CASES[name]
    f, backward, prox = (getattr(penalties, name + end) for end in ("", "_backward", "_prox"))
    return (lambda W, **kw: f(W, *parameters, **options, **kw),
            lambda W, **kw: backward(W, *parameters, **options, **kw),
            lambda V, **kw: prox(V, *parameters, **options, **kw))


@ALL
@settings(max_examples=10, deadline=None)
@given(st.lists(st.integers(0, 4), max_size=3), st.sampled_from(["sum", "mean", "none"]),
       st.integers(0, 2**32 - 1))
def test_value_and_derivative_equal_torch(name, shape, reduction, seed):
    f, backward, _ = pair(name)
    if reduction == "mean" and 0 in shape:
        rejects(f, np.ones(shape), reduction="mean")
        rejects(backward, np.ones(shape), reduction="mean")
        return
    reduce = {"sum": torch.sum, "mean": torch.mean, "none": lambda p: p}[reduction]
    if reduction == "none":                       # the derivative of each number; the rest is the caller's
        compare(lambda W: f(W, reduction="none"), lambda dP, W: dP * backward(W, reduction="none"),
                CASES[name][2], normals(seed, shape, scale=2))
    else:
        compare(f, backward, lambda W: reduce(CASES[name][2](W)), normals(seed, shape, scale=2),
                scalar=True, reduction=reduction)


@ALL
def test_derivative_equals_central_differences(name):
    f, backward, _ = pair(name)
    W = np.linspace(-3, 3, 30)                    # no kink and no joint of two pieces among them
    compare_numeric(f, backward, [W], scalar=True)


@ALL
def test_at_zero_the_slope_is_zero_and_beside_it_lam(name):
    _, backward, _ = pair(name)
    slopes = backward(np.array([-1e-300, -0.0, 0.0, 1e-300]))
    kink = 0 if name == "l2" else 0.7
    np.testing.assert_allclose(slopes, [-kink, 0, 0, kink], atol=1e-15)


@NONCONVEX
def test_value_and_slope_are_continuous_where_pieces_meet(name):
    f, backward, _ = pair(name)
    for joint in (0.7, 0.7 * 2.9, 0.7 * 2.2):
        W = joint + np.array([-1e-9, 0, 1e-9])
        assert np.ptp(f(W, reduction="none")) < 2e-9
        assert np.ptp(backward(W, reduction="none")) < 2e-9


@NONCONVEX
def test_large_weights_are_not_penalized_further(name):
    f, backward, prox = pair(name)
    W = np.array([-1e4, -50.0, 50.0, 1e4])
    assert np.ptp(f(W, reduction="none")) == 0
    assert (backward(W) == 0).all()
    np.testing.assert_array_equal(prox(W), W)


def brute_force_prox(name, V, step):
    """Minimize (w - v)^2 / 2 + step p(w) on a grid of spacing 1e-3 that holds 0: argmin and minimum."""
    grid = np.arange(-6000, 6001) / 1000
    price = step * pair(name)[0](grid, reduction="none")
    objective = (grid - V[:, None]) ** 2 / 2 + price
    best = objective.argmin(axis=1)
    return grid[best], objective[np.arange(len(V)), best]


@ALL
@pytest.mark.parametrize("step", [0.25, 1.0, 1.7])
def test_prox_equals_the_minimum_on_a_grid(name, step):
    f, _, prox = pair(name)
    joints = 0.7 * np.array([0, step, 1, 1 + step, 2.2, 2.9])
    V = np.unique(np.concatenate([np.linspace(-5, 5, 101), joints, -joints]))
    W = prox(V, step=step)
    best, least = brute_force_prox(name, V, step)
    np.testing.assert_allclose(W, best, rtol=0, atol=1.001e-3)    # convex: the best grid point is a neighbour
    reached = (W - V) ** 2 / 2 + step * f(W, reduction="none")
    assert (reached <= least + 1e-12).all()
    assert (least <= reached + 1e-5).all()


@ALL
def test_prox_of_small_numbers_is_exactly_zero_but_for_l2(name):
    _, _, prox = pair(name)
    W = prox(np.array([-0.69, 0.0, 1e-310, 0.7]))
    assert (W == 0).all() if name != "l2" else (W != 0).sum() == 3


@ALL
def test_prox_is_where_the_optimality_condition_holds(name):
    """w - v + step p'(w) = 0 wherever w != 0, and |v| <= step lam where w = 0."""
    _, backward, prox = pair(name)
    V = np.linspace(-5, 5, 401)
    W = prox(V, step=1.3)
    residual = W - V + 1.3 * backward(W, reduction="none")
    np.testing.assert_allclose(residual[W != 0], 0, atol=1e-12)
    assert (np.abs(V[W == 0]) <= 1.3 * 0.7 + 1e-12).all()


@pytest.mark.parametrize("name, limit", [("scad", 1.9), ("mcp", 2.2)])
def test_prox_refuses_a_step_for_which_its_closed_form_is_wrong(name, limit):
    """Just below the limit the closed form is still the minimum; at the limit it divides by zero."""
    f, _, prox = pair(name)
    V = np.linspace(-5, 5, 101)
    W = prox(V, step=limit - 0.01)
    _, least = brute_force_prox(name, V, limit - 0.01)
    assert ((W - V) ** 2 / 2 + (limit - 0.01) * f(W, reduction="none") <= least + 1e-12).all()
    rejects(prox, V, step=limit)
    rejects(prox, V, step=limit + 1)


def test_gradient_descent_hovers_where_the_proximal_step_is_zero():
    """min (w - 0.05)^2 / 2 + 0.1 |w| is at 0; steps of 0.3 on the subgradient never stay there."""
    plain, proximal, hits = 1.0, 1.0, 0
    for _ in range(200):
        plain -= 0.3 * (plain - 0.05 + float(penalties.l1_backward(np.array([plain]), 0.1)[0]))
        proximal = float(penalties.l1_prox(np.array([proximal - 0.3 * (proximal - 0.05)]), 0.1, step=0.3)[0])
        hits += plain == 0
    assert hits == 0 and abs(plain) < 0.1
    assert proximal == 0


@ALL
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_prox_keeps_dtype_and_input_for_any_layout(name, dtype):
    _, _, prox = pair(name)
    V = normals(0, (6, 4), scale=2)[0].astype(dtype)
    before = V.copy()
    assert prox(V).dtype == dtype
    np.testing.assert_array_equal(prox(V.T), prox(np.ascontiguousarray(V.T)))
    np.testing.assert_array_equal(V, before)
    np.testing.assert_allclose(prox(V), prox(V.astype(float)), rtol=1e-5, atol=1e-5)


@ALL
def test_numpy_parameters_leave_float32_alone(name):
    parameters, options, _ = CASES[name]
    parameters = [np.float64(x) for x in parameters]
    options = {key: np.float64(x) for key, x in options.items()}
    W = np.ones(3, np.float32)
    for end in ("", "_backward", "_prox"):
        assert getattr(penalties, name + end)(W, *parameters, **options).dtype == np.float32


@ALL
def test_extremes_without_warning(name):
    f, backward, prox = pair(name)
    for W in (np.array([-1e4, 1e4]), np.array([-5e-324, 1e-310])):
        for result in (f(W), backward(W), prox(W)):
            assert np.isfinite(result).all()


def test_defaults():
    (V,) = normals(2, (9,), scale=3)
    for end in ("", "_backward", "_prox"):
        scad, mcp = (getattr(penalties, name + end) for name in ("scad", "mcp"))
        np.testing.assert_array_equal(scad(V, 1.0), scad(V, 1.0, a=3.7))
        np.testing.assert_array_equal(mcp(V, 1.0), mcp(V, 1.0, gamma=3.0))
    for name in CASES:
        assert defaults(getattr(penalties, name)) == defaults(getattr(penalties, name + "_backward"))
        _, _, prox = pair(name)
        np.testing.assert_array_equal(prox(V), prox(V, step=1.0))


@ALL
def test_strength_zero_is_no_penalty(name):
    (W,) = normals(1, (5,))
    zero = [0.0] * len(CASES[name][0])
    assert getattr(penalties, name)(W, *zero) == 0
    assert (getattr(penalties, name + "_backward")(W, *zero) == 0).all()
    np.testing.assert_array_equal(getattr(penalties, name + "_prox")(W, *zero), W)


@ALL
def test_wrong_inputs_are_named(name):
    W, n = np.ones(3), len(CASES[name][0])
    for end in ("", "_backward", "_prox"):
        f = getattr(penalties, name + end)
        rejects(f, np.array([1, 2]), *[1.0] * n)
        rejects(f, W, *[-1.0] * n)
        rejects(f, W, *[float("nan")] * n)
        if end == "_prox":
            rejects(f, W, *[1.0] * n, step=0.0)
        else:
            rejects(f, W, *[1.0] * n, reduction="average")


@pytest.mark.parametrize("end", ["", "_backward", "_prox"])
def test_shape_parameters_out_of_range_are_named(end):
    rejects(getattr(penalties, "scad" + end), np.ones(3), 1.0, a=2.0)
    rejects(getattr(penalties, "mcp" + end), np.ones(3), 1.0, gamma=0.0)
