"""The learning-rate widget: the browser's range test and runs are dlnotes', and its words say what happened."""

import re

import numpy as np
import pytest
from net_node import js, running

from dlnotes.widgets import learning_rate as twin
from dlnotes.widgets.learning_rate import LearningRate, Training, rate_of, running_mean

BASE = dict(data="moons", activation="tanh", optimizer="sgd", schedule="constant", lr=0.3, warmup=0, batch=15, steps=120, seed=0)
NETWORK = ("data", "activation", "optimizer", "batch", "seed")


@pytest.fixture(scope="module", autouse=True)
def process():
    with running("learning_rate_parity.mjs"):
        yield


def training(settings):
    return Training(**{name: settings[name] for name in NETWORK})


def here(settings):
    rate = rate_of(*(settings[name] for name in ("schedule", "lr", "steps", "warmup")))
    return twin.train(training(settings), rate, settings["steps"])


def test_constants_agree():
    there = js("constants")
    for name in ("SIZES", "N", "NOISE", "RANGE", "POINTS", "SCHEDULES"):
        assert there[name] == getattr(twin, name), name
    assert there["OPTIMIZERS"] == list(twin.OPTIMIZERS)
    assert there["STORIES"] == list(there["PRESETS"])
    for preset in there["PRESETS"].values():
        LearningRate(**preset)


@pytest.mark.parametrize("schedule", twin.SCHEDULES)
@pytest.mark.parametrize("warmup, steps", [(0, 120), (30, 120), (300, 10)])
def test_rates(schedule, warmup, steps):
    settings = BASE | dict(schedule=schedule, warmup=warmup, steps=steps)
    rate = rate_of(schedule, 0.3, steps, warmup)
    times = list(range(steps))
    rates = np.array([rate(t) for t in times])
    np.testing.assert_allclose(js("rates", settings, times), rates, rtol=1e-12)
    assert rates.max() <= 0.3 * (1 + 1e-12) and rates.min() >= 0
    if schedule != "one_cycle" and 0 < warmup < steps:
        assert rates[0] == pytest.approx(0.003) and rates[warmup] == pytest.approx(0.3)


def test_running_mean():
    values = np.random.default_rng(0).standard_normal(50)
    weights = 0.9 ** np.arange(50)
    direct = [weights[: k + 1][::-1] @ values[: k + 1] / weights[: k + 1].sum() for k in range(50)]
    np.testing.assert_allclose(running_mean(values), direct, rtol=1e-12)
    np.testing.assert_allclose(js("runningMean", values, 0.9), direct, rtol=1e-12)


CASES = [dict(), dict(data="circle", optimizer="momentum", batch=7), dict(data="xor", optimizer="adam", activation="relu"),
         dict(data="spiral", batch=1), dict(data="gauss", batch=150, seed=9)]


@pytest.mark.parametrize("changed", CASES, ids=str)
def test_range_test(changed):
    """Near divergence rounding grows, by another factor on each processor, so the numbers agree up to there; the landmarks are the same steps."""
    settings = BASE | changed
    there, python = js("rangeTest", settings), twin.range_test(training(settings))
    length = min(there["length"], len(python["lr"]))
    assert abs(there["length"] - len(python["lr"])) <= 12
    np.testing.assert_allclose(there["lr"][:length], python["lr"][:length], rtol=1e-12)
    for cut, rtol in ((python["lowest"], 1e-6), (python["edge"], 0.02)):
        for name in ("loss", "mean"):
            np.testing.assert_allclose(there[name][:cut], python[name][:cut], rtol=rtol, atol=1e-9, err_msg=name)
    assert [there[name] for name in ("lowest", "steepest", "edge")] == [python[name] for name in ("lowest", "steepest", "edge")]
    assert there["lr"][0] == pytest.approx(1e-4) and python["mean"][there["lowest"]] == np.nanmin(python["mean"])


@pytest.mark.parametrize("changed", [
    *CASES, dict(schedule="one_cycle"), dict(schedule="cosine", warmup=20), dict(steps=233, schedule="warm_restarts")], ids=str)
def test_train(changed):
    settings = BASE | dict(lr=0.05) | changed
    there, python = js("train", settings), here(settings)
    assert there["length"] == settings["steps"] == len(python["loss"])
    for name in ("rate", "loss", "at", "train", "test"):
        np.testing.assert_allclose(there[name], python[name], rtol=1e-8, err_msg=name)
    assert there["at"][0] == 0 and there["at"][-1] == settings["steps"] and len(there["at"]) <= twin.POINTS + 2


def test_noise_floor():
    loss = np.random.default_rng(1).standard_normal(83)
    floor = js("noiseFloor", list(loss))
    assert floor["mean"] == pytest.approx(loss[-20:].mean()) and floor["std"] == pytest.approx(loss[-20:].std())


def test_a_smaller_rate_lowers_the_floor_of_noise():
    """What the widget tells: over five seeds, decay ends below the constant rate in at least four, and large batches scatter less."""
    base = BASE | dict(data="circle", batch=2, steps=400)
    ends = {name: [here(base | dict(seed=seed) | changed) for seed in range(5)] for name, changed in [
        ("constant", {}), ("cosine", dict(schedule="cosine")), ("large", dict(batch=50))]}
    last = {name: np.array([run["train"][-1] for run in runs]) for name, runs in ends.items()}
    assert (last["cosine"] < last["constant"]).sum() >= 4 and last["cosine"].mean() < 0.6 * last["constant"].mean()
    scatter = {name: np.mean([run["loss"][-100:].std() for run in runs]) for name, runs in ends.items()}
    assert scatter["large"] < 0.6 * scatter["constant"]


def test_words():
    test, run = js("words", BASE | dict(steps=300))
    assert re.match(r"Range test: the loss falls fastest near 0\.0\d+, is lowest near \d, above \d\.\d it climbs\. ", test)
    assert run.startswith("Step 300, rate 0.3: training loss 0.0") and "scatter by 0.0" in run and "15 a batch" in run
    assert "too large" in js("words", BASE | dict(lr=20, steps=200))[1]
    assert "hardly falls" in js("words", BASE | dict(data="spiral", seed=1, steps=20))[0]
    assert js("rateWords", [0.034, 2.5, 40, 1.23e-4, 0.3]) == ["0.034", "2.5", "40", "0.00012", "0.3"]


def test_a_lost_run_ends_and_says_so():
    settings = BASE | dict(lr=1e6, steps=300, activation="relu", optimizer="momentum")
    python, there = here(settings), js("train", settings)
    assert len(python["loss"]) == there["length"]
    words = js("words", settings)[1]
    assert "lost" in words if there["length"] < 300 else "too large" in words


def test_the_class():
    widget = LearningRate(schedule="cosine", lr=0.5, steps=60)
    assert "At lr 0.5 (cosine) the training loss goes from 0.5" in widget.describe() and "60 steps" in widget.describe()
    assert len(widget.still().axes) == 3
    with pytest.raises(Exception, match="finite|lr"):
        widget.lr = float("nan")
    assert widget.lr == 0.5
    with pytest.raises(TypeError, match="expected one of"):
        LearningRate(rate=1)
