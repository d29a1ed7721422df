"""The widgets' kit: scales, colours, contour lines, Python literals, and whole runs as scripts that print the same losses."""

import ast
import math
import re

import numpy as np
import pytest
from net_node import js, running
from scripts import output_of

from dlnotes.widgets import activation_explorer as explorer


@pytest.fixture(scope="module", autouse=True)
def process():
    with running("kit_parity.mjs"):
        yield


# Scales ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("threshold, low, high", [(1, -1e4, 1e4), (0.01, -3, 50), (1e-3, 0, 1), (10, -200, 5)])
def test_symlog(threshold, low, high):
    values = np.linspace(low, high, 41)
    out = js("symlog", threshold, low, high, values)
    place = np.sign(values) * np.log10(1 + np.abs(values) / threshold)
    np.testing.assert_allclose(out["pixels"], np.interp(place, [place[0], place[-1]], [100, 500]), rtol=1e-12)
    np.testing.assert_allclose(out["back"], values, rtol=1e-9, atol=1e-12 * (high - low))
    ticks = [tick["value"] for tick in out["ticks"]]
    assert 0 in ticks and ticks == sorted(set(ticks)) and 2 <= len(ticks) <= 9
    assert low <= ticks[0] and ticks[-1] <= high
    assert all(v == 0 or math.isclose(math.log10(abs(v)) % 1, 0, abs_tol=1e-9) for v in ticks)
    assert len({tick["text"] for tick in out["ticks"]}) == len(ticks)


# Fields ---------------------------------------------------------------------------------------------------


def pieces(values, level, room=1000):
    ny, nx = values.shape
    return np.array(js("contourPieces", values, nx, ny, level, room)).reshape(-1, 2, 2)


def test_a_contour_of_a_plane_is_the_line():
    y, x = np.mgrid[0:6, 0:9]
    ends = pieces(2.0 * x - 3 * y, 1.5)
    np.testing.assert_allclose(2 * ends[..., 0] - 3 * ends[..., 1], 1.5, atol=1e-12)
    length = np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1).sum()
    cut = np.array([[0.75, 0.0], [8, 14.5 / 3]])                # where the line enters and leaves the grid
    assert length == pytest.approx(np.linalg.norm(cut[1] - cut[0]))


def test_a_contour_of_a_cone_is_a_circle():
    y, x = np.mgrid[0:81, 0:81]
    ends = pieces(np.hypot(x - 40.3, y - 39.6), 25.0)
    np.testing.assert_allclose(np.hypot(ends[..., 0] - 40.3, ends[..., 1] - 39.6), 25, atol=0.02)
    assert np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1).sum() == pytest.approx(50 * np.pi, rel=1e-3)
    corners = ends.reshape(-1, 2).round(9).tolist()
    assert all(corners.count(corner) == 2 for corner in corners)        # closed: each end meets one other


@pytest.mark.parametrize("corners, ends", [
    ([[3, -1], [-1, 3]], [[[0.75, 0], [1, 0.25]], [[0.25, 1], [0, 0.75]]]),         # a and c hang together
    ([[1, -3], [-3, 1]], [[[0.25, 0], [0, 0.25]], [[1, 0.75], [0.75, 1]]]),         # they are parted
])
def test_a_saddle_is_parted_by_its_mean(corners, ends):
    found = pieces(np.array(corners, float), 0.0)
    assert sorted(map(sorted, found.tolist())) == sorted(map(sorted, ends))


def test_contours_leave_out_what_is_not_finite_and_stop_when_full():
    values = np.add.outer(np.zeros(4), [0.0, 1, 2, 3])
    values[1, 1] = np.nan
    assert len(pieces(values, 1.5)) == 1                       # three cells are crossed, two touch the hole
    assert len(pieces(np.random.default_rng(0).standard_normal((30, 30)), 0.0, room=7)) <= 7


def test_lab_is_the_published_space():
    """Ottosson (2020) gives white (1, 0, 0), red (0.628, 0.22486, 0.12585), blue (0.452, -0.03246, -0.31153)."""
    lab = js("lab", [[1, 1, 1], [1, 0, 0], [0, 0, 1]])
    np.testing.assert_allclose(lab, [[1, 0, 0], [0.62796, 0.22486, 0.12585], [0.45201, -0.03246, -0.31153]], atol=2e-4)
    colors = np.random.default_rng(1).random((20, 3))
    np.testing.assert_allclose(js("rgb", [list(c) for c in colors]), colors, atol=1e-5)


def test_palettes():
    made = js("palettes", "#ffffff", "#0759d3", "#ad5a00")
    sequence, diverge = np.array(made["sequence"]), np.array(made["diverge"])
    assert made["kept"] and sequence.shape == diverge.shape == (256, 3)
    grey = (sequence / 255) ** 2.2 @ [0.2126, 0.7152, 0.0722]
    assert (np.diff(grey[::4]) > 0).all() and grey[-1] > 10 * grey[0]
    np.testing.assert_array_equal(diverge[[0, 255]], [[0xad, 0x5a, 0], [0x07, 0x59, 0xd3]])
    assert np.abs(diverge[127:129].astype(int) - 255).max() < 8


# Python ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [
    0.1, -3, 1e-300, 1.7976931348623157e308, True, False, "x", 'a"b\\c\n', "α\u2028\U0001f600", [1, [2.5, "z"], []],
    {"a b": 1, "c": [True]}, None])
def test_literals_are_pythons(value):
    assert ast.literal_eval(js("literal", value)) == value


def test_literals_beyond_numbers():
    assert [eval(js("literal", v)) for v in (math.inf, -math.inf)] == [math.inf, -math.inf]
    assert math.isnan(eval(js("literal", math.nan)))
    assert js("keywords", {"lr": 0.1, "name": "x"}) == 'lr=0.1, name="x"'
    lines = js("wrapped", list(np.random.default_rng(2).random(40)), 4, 60).split("\n")
    assert len(lines) > 5 and all(line.startswith("    ") and len(line) <= 62 for line in lines)
    assert len(eval("[" + "".join(lines) + "]")) == 40


# Runs as scripts ------------------------------------------------------------------------------------------

SPEC = dict(
    title="A run", dataset=dict(name="moons", N=60, noise=0.1, testShare=0.5), seed=4, features=["x1", "x2"], hidden=[4, 2],
    activation="tanh", settings={}, output="tanh", init=dict(name="uniform", a=-0.5, b=0.5, bias=0.1), loss="half_mse",
    optimizer="sgd", options={}, training=dict(schedule=dict(name="constant", lr=0.1), batchSize=10), steps=40)
OWN = dict(X=list(np.random.default_rng(3).standard_normal(40).round(3)), y=[0, 1] * 10, testShare=0.0)


def printed(script):
    """The losses that a script prints."""
    return [float(number) for number in re.findall(r"loss +(\S+)", output_of(script))]


def compare(library, **changed):
    run = js("script", SPEC | changed)
    assert all(np.isfinite(run["losses"]))
    np.testing.assert_allclose(printed(run[library]), run["losses"], rtol=1e-8)


@pytest.mark.parametrize("library", ["dlnotes", "torch"])
@pytest.mark.parametrize("changed", [
    {}, dict(dataset=OWN), dict(features=["x1", "x2_squared", "sin_x1", "product"], hidden=[]),
    dict(loss="binary_cross_entropy_with_logits", output="identity", init=dict(name="he_normal", nonlinearity="tanh")),
    dict(loss="mse", output="identity", init=dict(name="orthogonal", gain=1.5)),
    dict(optimizer="adam", options=dict(beta1=0.8), init=dict(name="glorot_uniform")),
    dict(optimizer="rmsprop", options=dict(momentum=0.5, centered=True)), dict(optimizer="adagrad"),
    dict(optimizer="adamw", options=dict(weight_decay=0.1)),
    dict(optimizer="sgd", options=dict(momentum=0.9, nesterov=True)),
    dict(training=dict(schedule=dict(name="one_cycle", lr=0.3, steps=40), batchSize=7, l1=0.01, l2=0.1)),
    dict(training=dict(schedule=dict(name="cosine", lr=0.3, steps=30, warmup_steps=8), batchSize=100, shuffled=False)),
    dict(changes=[dict(step=13, settings=dict(schedule=dict(name="constant", lr=0.01, warmup_steps=20), batchSize=25)),
                  dict(step=25, options=dict(momentum=0.5), settings=dict(l2=0.2, shuffled=False))]),
], ids=str)
def test_a_run_as_a_script(library, changed):
    compare(library, **changed)


@pytest.mark.parametrize("library", ["dlnotes", "torch"])
@pytest.mark.parametrize("name", explorer.NAMES)
def test_a_script_for_each_activation(library, name):
    settings = dict(alpha=0.3, beta=1.7, x0=-0.4, lower=0.1, upper=0.4)
    compare(library, activation=name, settings=settings, init=dict(name="lecun_normal"),
            training=dict(schedule=dict(name="constant", lr=0.02), batchSize=10))
