"""Every schedule against torch.optim.lr_scheduler, over its whole length."""

import math
import warnings
from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.optim import lr_scheduler as ts

from dlnotes import schedules
from dlnotes.schedules import (
    cosine,
    exponential,
    multistep,
    one_cycle,
    polynomial,
    range_test,
    step,
    warm_restarts,
    warmup,
    warmup_then,
)
from ops_helpers import rejects

rates = st.floats(1e-6, 10)
lengths = st.integers(1, 60)
factors = st.floats(0.05, 1)
few = settings(max_examples=25, deadline=None, derandomize=True)


def torch_rates(make, lr, count):
    """The rates of the first ``count`` updates that torch's scheduler make(optimizer) sets."""
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=lr)
    scheduler, found = make(optimizer), []
    with warnings.catch_warnings():         # "step() before optimizer.step()" and SequentialLR's step(0)
        warnings.simplefilter("ignore")
        for _ in range(count):
            found.append(optimizer.param_groups[0]["lr"])
            if len(found) < count:
                scheduler.step()
    return np.array(found, dtype=float)


def follows(schedule, make, lr, count):
    """schedule(t) equals torch's rate to 1e-12 of lr at t = 0, 1, ..., count - 1, and is a float."""
    ours = [schedule(t) for t in range(count)]
    assert all(type(rate) is float for rate in ours)
    np.testing.assert_allclose(ours, torch_rates(make, lr, count), rtol=1e-12, atol=1e-12 * lr)


# Against torch ---------------------------------------------------------------------------------------------


@few
@given(lr=rates, k=lengths, gamma=factors)
def test_step(lr, k, gamma):
    follows(partial(step, lr=lr, step_size=k, gamma=gamma), lambda o: ts.StepLR(o, k, gamma), lr, 3 * k + 5)


@few
@given(lr=rates, milestones=st.lists(lengths, max_size=5), gamma=factors)
def test_multistep(lr, milestones, gamma):
    """Unsorted, and a milestone named twice counts twice, as in torch."""
    follows(partial(multistep, lr=lr, milestones=milestones, gamma=gamma),
            lambda o: ts.MultiStepLR(o, milestones, gamma), lr, 65)


@few
@given(lr=rates, gamma=st.floats(0.5, 1.05))
def test_exponential(lr, gamma):
    follows(partial(exponential, lr=lr, gamma=gamma), lambda o: ts.ExponentialLR(o, gamma), lr, 100)


@few
@given(lr=rates, n=lengths, power=st.floats(0.3, 4))
def test_polynomial(lr, n, power):
    follows(partial(polynomial, lr=lr, steps=n, power=power),
            lambda o: ts.PolynomialLR(o, n, power), lr, n + 5)


@few
@given(lr=rates, n=lengths, part=st.floats(0, 1))
def test_cosine(lr, n, part):
    follows(partial(cosine, lr=lr, steps=n, lr_min=part * lr),
            lambda o: ts.CosineAnnealingLR(o, n, part * lr), lr, n + 1)


@few
@given(lr=rates, n=st.integers(1, 20), growth=st.integers(1, 3), part=st.floats(0, 1))
def test_warm_restarts(lr, n, growth, part):
    follows(partial(warm_restarts, lr=lr, steps=n, growth=growth, lr_min=part * lr),
            lambda o: ts.CosineAnnealingWarmRestarts(o, n, growth, part * lr), lr, 10 * n + 1)


@few
@given(lr=rates, n=lengths, start=factors, end=st.floats(0, 1))
def test_warmup(lr, n, start, end):
    follows(partial(warmup, lr=lr, steps=n, start_factor=start, end_factor=end),
            lambda o: ts.LinearLR(o, start, end, n), lr, n + 5)


@few
@given(lr=rates, n=st.integers(8, 80), pct=st.floats(0.15, 0.5), anneal=st.sampled_from(["cos", "linear"]),
       three_phase=st.booleans(), div=st.floats(1, 100), final=st.floats(1, 1e5))
def test_one_cycle(lr, n, pct, anneal, three_phase, div, final):
    follows(partial(one_cycle, lr=lr, steps=n, pct_start=pct, anneal=anneal, three_phase=three_phase,
                    div_factor=div, final_div_factor=final),
            lambda o: ts.OneCycleLR(o, lr, n, pct_start=pct, anneal_strategy=anneal, three_phase=three_phase,
                                    div_factor=div, final_div_factor=final), lr, n)


@pytest.mark.parametrize("pct", [0.5, 0.7, 1.0])
def test_one_cycle_with_a_long_rise(pct):
    follows(partial(one_cycle, lr=0.1, steps=20, pct_start=pct),
            lambda o: ts.OneCycleLR(o, 0.1, 20, pct_start=pct), 0.1, 20)


@few
@given(lr=rates, k=st.integers(1, 20), n=lengths, start=factors)
def test_warmup_then(lr, k, n, start):
    """Before the cosine, the steps and the exponential; torch joins the two by SequentialLR."""
    for schedule, make, others in [
            (cosine, lambda o: ts.CosineAnnealingLR(o, n), {"steps": n}),
            (step, lambda o: ts.StepLR(o, n), {"step_size": n}),
            (exponential, lambda o: ts.ExponentialLR(o, 0.9), {"gamma": 0.9})]:
        follows(partial(warmup_then, schedule=schedule, warmup_steps=k, start_factor=start, lr=lr, **others),
                lambda o, make=make: ts.SequentialLR(o, [ts.LinearLR(o, start, 1.0, k), make(o)], [k]),
                lr, k + n + 1)


def test_defaults_are_those_of_torch():
    for schedule, make in [(partial(step, step_size=3), lambda o: ts.StepLR(o, 3)),
                           (partial(multistep, milestones=[2, 5]), lambda o: ts.MultiStepLR(o, [2, 5])),
                           (partial(polynomial, steps=5), lambda o: ts.PolynomialLR(o, 5)),
                           (partial(cosine, steps=9), lambda o: ts.CosineAnnealingLR(o, 9)),
                           (partial(warm_restarts, steps=4), lambda o: ts.CosineAnnealingWarmRestarts(o, 4)),
                           (partial(warmup, steps=5), lambda o: ts.LinearLR(o)),
                           (partial(one_cycle, steps=10), lambda o: ts.OneCycleLR(o, 0.3, 10))]:
        follows(partial(schedule, lr=0.3), make, 0.3, 10)


def test_the_comparison_can_fail():
    """A rate that is off by 1e-9 of itself, or late by one step, is seen."""
    make = lambda o: ts.CosineAnnealingLR(o, 50)  # noqa: E731
    for wrong in (lambda t: cosine(t, lr=0.1 * (1 + 1e-9), steps=50),
                  lambda t: cosine(max(t - 1, 0), lr=0.1, steps=50)):
        with pytest.raises(AssertionError):
            follows(wrong, make, 0.1, 51)


# What torch does not say -----------------------------------------------------------------------------------

SETTINGS = {        # one working call of each, without t
    step: {"lr": 0.1, "step_size": 3},
    multistep: {"lr": 0.1, "milestones": [2, 5]},
    exponential: {"lr": 0.1, "gamma": 0.9},
    polynomial: {"lr": 0.1, "steps": 10, "power": 2.0},
    cosine: {"lr": 0.1, "steps": 10, "lr_min": 0.01},
    warm_restarts: {"lr": 0.1, "steps": 10, "growth": 2},
    warmup: {"lr": 0.1, "steps": 10, "start_factor": 0.2, "end_factor": 0.9},
    warmup_then: {"schedule": cosine, "lr": 0.1, "warmup_steps": 5, "steps": 10, "lr_min": 0.01},
    one_cycle: {"lr": 0.1, "steps": 10},
    range_test: {"lr_min": 1e-4, "lr_max": 1.0, "steps": 9},
}
BAD = {
    "lr": [0.0, -1.0, math.inf, math.nan, "0.1", None], "lr_max": [0.0, 1e-4, math.inf],
    "steps": [0, -3, 2.5, 10.0, None], "step_size": [0, 1.5], "growth": [0, 1.5], "warmup_steps": [0, 2.5],
    "gamma": [0.0, -0.1, math.nan], "power": [0.0, math.inf], "milestones": [[0], [3, 2.5], [-1]],
    "start_factor": [0.0, 1.5, math.nan], "end_factor": [-0.1, 1.1], "pct_start": [-0.1, 0.05, 1.1],
    "anneal": ["cosine"], "div_factor": [0.0], "final_div_factor": [-1.0, math.inf], "spacing": ["exp"],
}
OPTIONAL = {step: ["gamma"], multistep: ["gamma"], warmup_then: ["start_factor"], range_test: ["spacing"],
            one_cycle: ["pct_start", "anneal", "div_factor", "final_div_factor"]}


def test_every_schedule_is_in_these_tests():
    public = {f for name, f in vars(schedules).items()
              if getattr(f, "__module__", "") == schedules.__name__ and not name.startswith("_")}
    assert public == set(SETTINGS)


@pytest.mark.parametrize("schedule", SETTINGS, ids=lambda f: f.__name__)
def test_wrong_arguments_are_named(schedule):
    arguments = SETTINGS[schedule]
    for t in (-1, -0.5, math.inf, math.nan, "3", None, np.arange(3)):
        rejects(schedule, t, **arguments)
    for name in [*arguments, *OPTIONAL.get(schedule, [])]:
        for value in BAD.get(name, []):
            for t in (0, 7):                # in the warm-up and after it
                if (schedule, name, t) not in [(warmup_then, "start_factor", 7)]:
                    rejects(schedule, t, **{**arguments, name: value})
        if name == "lr_min":
            for value in (-1e-3, 2.0, math.nan):
                rejects(schedule, 0, **{**arguments, name: value})


def test_one_cycle_needs_a_rise_and_room_for_three_phases():
    rejects(one_cycle, 0, lr=0.1, steps=3, pct_start=0.3)
    rejects(one_cycle, 0, lr=0.1, steps=1, pct_start=1.0)
    rejects(one_cycle, 0, lr=0.1, steps=20, pct_start=0.6, three_phase=True)


@pytest.mark.parametrize("schedule, last", [
    (polynomial, 0.0), (cosine, 0.01), (warmup, 0.09), (warmup_then, 0.01), (one_cycle, 0.1 / 25 / 1e4),
    (range_test, 1.0)])
def test_past_the_end_the_last_rate_holds(schedule, last):
    for t in (15, 16, 100, 10**9):
        assert schedule(t, **SETTINGS[schedule]) == pytest.approx(last, rel=1e-12)
    assert schedule(6, **SETTINGS[schedule]) != pytest.approx(last, rel=1e-3)


@pytest.mark.parametrize("schedule", SETTINGS, ids=lambda f: f.__name__)
def test_parts_of_a_step_lie_between_their_neighbours_and_numpy_numbers_are_numbers(schedule):
    f = partial(schedule, **SETTINGS[schedule])
    for t in range(30):
        if schedule is warm_restarts and t in (9, 29):      # the cosine goes on down until the restart itself
            continue
        low, high = sorted([f(t), f(t + 1)])
        if schedule is one_cycle and t == 2:                # the summit is at 0.3 * 10 - 1
            low, high = f(3), 0.1
        assert low * (1 - 1e-12) <= f(t + 0.5) <= high * (1 + 1e-12)
    assert f(np.int64(4)) == f(np.float64(4)) == f(4)
    numbers = {n: np.asarray(v)[()] if isinstance(v, (int, float)) else v for n, v in SETTINGS[schedule].items()}
    assert schedule(4, **numbers) == f(4) and type(schedule(4, **numbers)) is float


def test_one_update_of_warm_restarts_is_at_the_top_again_however_far():
    for n, growth in [(10, 1), (10, 2), (1, 1), (3, 3)]:
        ends = np.cumsum([n * growth**i for i in range(12)])
        for end in ends.tolist():
            f = partial(warm_restarts, lr=0.1, steps=n, growth=growth)
            assert f(end) == pytest.approx(0.1, rel=1e-12) and f(end - 1e-6) < 1e-10
    assert warm_restarts(10**9 + 5, lr=0.1, steps=10) == pytest.approx(0.05)


def test_warmup_starts_where_it_should_and_leads_without_a_jump():
    assert warmup(0, lr=0.8, steps=5, start_factor=1 / 8) == pytest.approx(0.1)          # Goyal's k = 8
    rise = [warmup_then(t, cosine, warmup_steps=5, start_factor=0.2, lr=1.0, steps=95) for t in range(6)]
    np.testing.assert_allclose(rise, [0.2, 0.36, 0.52, 0.68, 0.84, 1.0], rtol=1e-12)
    # another schedule that starts low itself: up to its first rate
    low = [warmup_then(t, one_cycle, warmup_steps=4, start_factor=0.5, lr=1.0, steps=20) for t in range(5)]
    np.testing.assert_allclose(low, np.array([0.5, 0.625, 0.75, 0.875, 1]) / 25, rtol=1e-12)


def test_range_test_grows_evenly_in_its_spacing():
    log = [range_test(t, lr_min=1e-5, lr_max=10.0, steps=7) for t in range(7)]
    np.testing.assert_allclose(log, [1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1, 10], rtol=1e-12)
    line = [range_test(t, lr_min=0.1, lr_max=0.5, steps=5, spacing="linear") for t in range(5)]
    np.testing.assert_allclose(line, [0.1, 0.2, 0.3, 0.4, 0.5], rtol=1e-12)
    assert range_test(0, lr_min=0.1, lr_max=0.5, steps=1) == 0.1
