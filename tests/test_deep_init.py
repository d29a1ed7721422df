"""Deep initialization: the browser computes what numpy computes, the recursion predicts what is measured, scripts agree."""

import os
import re
import subprocess
import sys

import numpy as np
import pytest
from net_node import Net, compare, js, running
from scipy import integrate
from traitlets import TraitError

from dlnotes import initializers, toys
from dlnotes.ops import activations as ops
from dlnotes.widgets import bundle
from dlnotes.widgets import deep_init as deep
from dlnotes.widgets.deep_init import ACTIVATIONS, NAMES, PRESETS, TITLES, DeepInit
from dlnotes.widgets.num import Stream

KEYS = ["z", "a", "dz", "dead", "flat", "off", "alike"]
BASE = dict(activation="tanh", initializer="glorot", gain=1.0, depth=6, width=24, seed=3)


@pytest.fixture(scope="module", autouse=True)
def node():
    with running("deep_init_parity.mjs"):
        yield


def cases():
    """Every initializer and every activation once, some with other gains, depths and widths."""
    for i, name in enumerate(NAMES):
        yield BASE | dict(initializer=name, gain=[1.0, 1.7, 0.4][i % 3], activation=ACTIVATIONS[i], seed=i)
    yield BASE | dict(activation="relu", initializer="he", depth=12, width=64)
    yield BASE | dict(activation="relu", initializer="lsuv", gain=2.5, depth=2, width=16)
    yield BASE | dict(activation="sigmoid", initializer="glorot", gain=30.0, depth=5)
    yield BASE | dict(activation="softsign", initializer="orthogonal", gain=0.01, depth=9, width=35)


def names(settings):
    return {k: v for k, v in settings.items() if k != "seed"}


# The browser and numpy -------------------------------------------------------------------------------------


def test_every_function_of_the_cores_is_compared():
    from net_node import _running
    _running[-1].stdin.write('"covers"\n')
    _running[-1].stdin.flush()
    covered = set(__import__("json").loads(_running[-1].stdout.readline()))
    for module in ("deep_init.core.mjs", "deep_init.runs.core.mjs"):
        assert set(bundle.parse(module)[2]) <= covered


def test_constants_names_and_presets():
    assert js("constants") == [deep.N, 49, deep.FLAT, 100, 20, 5, DeepInit.step.max, 2.5]
    assert js("NAMES") == NAMES
    assert js("words") == [TITLES, PRESETS, ACTIVATIONS]


@pytest.mark.parametrize("shape", [(9, 9), (2, 7), (7, 1), (1, 1), (16, 5)])
def test_first_weights(shape):
    compare([("specOf", (name, gain, *shape, 5), deep.weights(name, gain, shape, Stream(5)))
             for name in NAMES for gain in (1.0, 0.3)])
    for name in NAMES:
        W = deep.weights(name, 2.0, (400, 400), Stream(1))
        expected = deep.weight_variance(name, 2.0, 400)
        if np.isfinite(expected):
            assert 400 * W.var() == pytest.approx(expected, rel=0.02, abs=1e-12), name
    compare([("weightVariance", (name, 1.3, 50), deep.weight_variance(name, 1.3, 50)) for name in NAMES])


def test_the_sliced_orthogonal_matrix_is_that_of_numpy():
    for H in (1, 16, 70):
        W = initializers.orthogonal((H, H), 1.5, rng=Stream(4))
        compare([("orthogonalSlices", (H, 1.5, 4), [-(-H // 32), W])])


@pytest.mark.parametrize("settings", list(cases()), ids=lambda s: "-".join(map(str, s.values())))
def test_measured_and_predicted(settings):
    result, theory = deep.measure(**settings), deep.predict(**names(settings))
    compare([("measure", (settings,), [result[key] for key in KEYS]),
             ("predict", (names(settings),), [theory[key] for key in ("z", "a", "dz")])])
    kind = deep.diagnose(result, settings["initializer"])
    sent = {key: result[key] for key in KEYS} | dict(depth=settings["depth"])
    assert js("diagnose", sent, settings["initializer"]) == kind
    compare([("changes", (sent,), deep.changes(result))])


@pytest.mark.parametrize("settings", list(cases())[3:9], ids=lambda s: s["initializer"])
def test_histograms(settings):
    result, got = deep.measure(**settings), js("counts", settings)
    for place, key in enumerate(["Z", "A", "dZ"]):
        X, low, high = result[key], *got[place]
        start = X[-1] if key == "dZ" else X[0]
        if key != "A":
            assert (-low, high) == pytest.approx(2 * (4 * start.std() or 4,), rel=1e-10)
        for layer, counts in enumerate(got[3 + place]):
            inside = X[layer][(X[layer] != 0) & (X[layer] >= low) & (X[layer] <= high)]
            assert sum(counts) == inside.size
            want = np.histogram(inside, 49, (low, high))[0]
            assert np.abs(np.array(counts) - want).sum() <= 2           # a number may lie on an edge, but for rounding


def test_moments_against_an_adaptive_quadrature():
    for name in ACTIVATIONS:
        f, f_backward = ops.ACTIVATIONS[name][:2]
        for q in (1e-6, 0.3, 1.0, 7.0, 400.0):
            compare([("momentsAt", (name, q), deep.moments_at(name, q))])
            if name in ("gelu", "swish") and q > 100:
                continue

            def mean(g):
                density = lambda z: g(np.array([np.sqrt(q) * z]))[0] * np.exp(-z * z / 2) / np.sqrt(2 * np.pi)     # noqa: E731, B023
                return sum(integrate.quad(density, *ends, epsabs=1e-13, epsrel=1e-11, limit=200)[0]
                           for ends in ((-12, 0), (0, 12)))

            want = [mean(lambda x: f(x) ** 2), mean(f) ** 2, mean(lambda x: f_backward(np.ones_like(x), x) ** 2)]
            np.testing.assert_allclose(deep.moments_at(name, q), want, rtol=2e-6, atol=1e-9, err_msg=f"{name} at {q}")


def test_closed_forms():
    square, mean, slope = deep.moments_at("relu", 3.0)
    np.testing.assert_allclose([square, mean, slope], [1.5, 3 / (2 * np.pi), 0.5], rtol=1e-12)
    np.testing.assert_allclose(deep.moments_at("identity", 3.0), [3, 0, 1], rtol=1e-12, atol=1e-30)
    theory = deep.predict("relu", "he", 1.0, 30, 100)
    np.testing.assert_allclose(theory["z"], 2, rtol=1e-11)
    np.testing.assert_allclose(theory["dz"], 0.5, rtol=1e-11)
    np.testing.assert_allclose(deep.predict("relu", "glorot", 1.0, 30, 100)["dz"][0], 0.5**30, rtol=1e-9)
    np.testing.assert_allclose(deep.gradient_column("relu", 1.0, 11), np.arange(11) * np.log10(0.5), rtol=1e-10)


def test_small_functions():
    rng = np.random.default_rng(0)
    Z = rng.standard_normal((100, 8)) + 1
    Z[3] = 0
    compare([("alikeness", (Z, 8), deep.alikeness(Z)), ("alikeness", (np.zeros((100, 8)), 8), np.nan),
             ("imageOf", ("tanh", 3.0), np.tanh(3) * np.array([-1.08, 1.08]) ),
             ("imageOf", ("relu", 2.0), [-0.08, 2.08])])
    kept = [z for i, z in enumerate(Z) if i != 3]
    pairs = [a @ b / np.linalg.norm(a) / np.linalg.norm(b) for a in kept for b in kept if a is not b]
    assert deep.alikeness(Z) == pytest.approx(np.mean(pairs))
    compare([("scaleToUnit", (Z[:2], Z, 3.0), [Z[:2] * 3 / Z.std(), Z * 3 / Z.std()]),
             ("scaleToUnit", (Z[:2], 0 * Z, 3.0), [Z[:2], 0 * Z])])
    compare([("gradientColumn", (name, s, 12), deep.gradient_column(name, s, 12)) for name in ACTIVATIONS for s in (0.2, 4.0)])


def test_measured_in_slices_that_a_frame_can_hold():
    """A wide layer is at least four slices: weights (several, if orthogonal), forward, what is seen, back."""
    assert js("slices", BASE) == 5 * 6
    assert js("slices", BASE | dict(initializer="orthogonal", width=128)) == (5 + 4) * 6


# What the widget claims ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name, activation", [
    ("glorot", "tanh"), ("standard", "tanh"), ("he", "relu"), ("orthogonal", "tanh"), ("lsuv", "gelu"), ("lecun", "sigmoid")])
def test_the_recursion_predicts_wide_layers(name, activation):
    """Measured over predicted variances of ten layers of 256 units, 8 seeds: the mean of their logarithms is near 0."""
    theory = deep.predict(activation, name, 1.0, 10, 256)
    logs = np.array([[np.log(deep.measure(activation, name, 1.0, 10, 256, seed)[key] / theory[key])
                      for key in ("z", "dz")] for seed in range(8)])
    assert np.abs(logs.mean(axis=(0, 2))).max() < 0.12


@pytest.mark.parametrize("preset, kind", [
    ("small", "vanishing"), ("standard", "vanishing"), ("relu_glorot", "vanishing"), ("large", "exploding"), ("equal", "equal"),
    ("glorot", "uneven"), ("relu_he", "healthy")])
def test_situations_show_their_case(preset, kind):
    widget = DeepInit(preset=preset)
    assert deep.diagnose(widget.measured(), widget.initializer) == kind
    assert kind in widget.describe()


def test_every_verdict_can_occur():
    flat = dict(z=np.ones(3), dz=np.ones(3), alike=np.zeros(3), depth=3)
    rows = {"healthy": {}, "alike": dict(alike=np.full(3, 0.999)), "uneven": dict(dz=np.array([0.01, 0.1, 1])),
            "vanishing": dict(dz=np.array([0.0, 0.1, 1])), "exploding": dict(dz=np.array([1e5, 1, 1])),
            "overflow": dict(z=np.array([1, np.nan, np.nan]))}
    for kind, change in rows.items():
        assert deep.diagnose(flat | change, "he") == kind == js("diagnose", flat | change, "he")
        words = js("sentence", flat | change, "he")
        assert words.endswith(".") and "undefined" not in words and "NaN" not in words
    assert "stay equal" in js("sentence", flat, "constant") and "no gradient" in js("sentence", flat, "zeros")
    assert "not-a-number" in js("sentence", flat | rows["overflow"], "he")


def test_equal_weights_stay_equal():
    result = deep.measure(**BASE | dict(initializer="constant"))
    for key in ("Z", "A"):
        np.testing.assert_allclose(result[key], result[key][:, :, :1] * np.ones(24), rtol=1e-12)
    np.testing.assert_allclose(result["dZ"][:-1], result["dZ"][:-1, :, :1] * np.ones(24), rtol=1e-10)


# Training --------------------------------------------------------------------------------------------------

LEARN = dict(activation="tanh", gain=1.0, depth=3, width=20, seed=2, lr=0.05)


@pytest.mark.parametrize("name", ["glorot", "orthogonal", "lsuv"])
def test_rewound_to_any_epoch_with_the_same_weights(name):
    same, losses = js("createTrainee", LEARN, name, [3, 1, 7, 0, 7, 6])
    assert same == 1 and len(losses) == 8 and losses[7] < losses[0]
    assert js("createTrainee", LEARN, name, [7])[1] == losses


@pytest.mark.parametrize("name", NAMES)
def test_the_networks_start_as_numpy_says(name):
    rng, sizes = Stream(2), [2, 20, 20, 20, 1]
    X, y, _, _ = toys.split(*toys.circle(100, rng), 0, rng)
    net, A = Net(sizes, "tanh"), X / 2.5
    for i, (D, H) in enumerate(zip(sizes, sizes[1:])):
        net.arrays()[2 * i][...] = deep.weights(name, 1.4, (D, H), rng)
    if name == "lsuv":
        for i in range(4):
            W = net.arrays()[2 * i]
            W *= 1.4 / np.std(A @ W)
            A = np.tanh(A @ W)
    compare([("weightsOf", (LEARN | dict(gain=1.4), name), net.params)])
    points = np.array([[-2.2 + 4.4 * i / 23, 2.2 * (2 * 5 / 23 - 1)] for i in range(24)])
    got = js("mapRow", LEARN | dict(gain=1.4), name, 5)[5 * 24:6 * 24]
    np.testing.assert_allclose(got, 1 / (1 + np.exp(-net.forward(points)[:, 0])), rtol=1e-10)


def test_networks_that_are_trained_are_small_enough():
    for width in (16, 25, 64, 256):
        for depth in (2, 9, 20, 30, 50):
            w = js("trainingWidth", width, depth)
            assert 16 <= w <= min(width, 64) and depth * w * w <= max(12800, depth * 256)
    assert js("trainingWidth", 256, 20) == 25


SCRIPTS = [
    dict(activation="tanh", initializer="standard", gain=1, depth=4, width=20, seed=5, rival="glorot", third="he", lr=0.05, epochs=8),
    dict(activation="relu", initializer="lsuv", gain=1.25, depth=5, width=18, seed=0, rival="orthogonal", third="", lr=0.02, epochs=6),
    dict(activation="gelu", initializer="he", gain=0.8, depth=3, width=16, seed=7, rival="small", third="constant", lr=0.1, epochs=4),
    dict(activation="leaky_relu", initializer="lecun", gain=1.5, depth=2, width=16, seed=1, rival="zeros", third="", lr=0.1, epochs=0),
]


@pytest.mark.parametrize("settings, library", [(s, "dlnotes") for s in SCRIPTS] + [(s, "torch") for s in SCRIPTS[:3]])
def test_the_script_prints_the_numbers_of_the_screen(settings, library, tmp_path):
    path = tmp_path / "script.py"
    path.write_text(js("script", settings, library), encoding="utf-8")
    done = subprocess.run([sys.executable, "-W", "error", path], capture_output=True, text=True, timeout=120,
                          env=os.environ | {"OMP_NUM_THREADS": "1"})
    assert done.returncode == 0, done.stderr
    layers = [list(map(float, line.split()[2:])) for line in done.stdout.splitlines() if line.startswith("layer")]
    shown = js("measure", {k: settings[k] for k in BASE})
    np.testing.assert_allclose(layers, np.transpose([shown[0], shown[2]]), rtol=1e-6)
    printed = [float(x) for x in re.findall(r"^loss .*: (\S+)$", done.stdout, re.M)]
    started = [(settings["initializer"], settings["gain"])] + [(n, 1) for n in (settings["rival"], settings["third"]) if n]
    losses = [js("createTrainee", settings | dict(gain=gain), name, [settings["epochs"]])[1][-1] for name, gain in started]
    np.testing.assert_allclose(printed, losses, rtol=1e-6)


def test_scripts_of_every_activation_and_initializer_are_python():
    for i, activation in enumerate(ACTIVATIONS):
        for library in ("dlnotes", "torch"):
            compile(js("script", SCRIPTS[0] | dict(activation=activation, initializer=NAMES[i]), library), "script", "exec")


# The class -------------------------------------------------------------------------------------------------


def test_traits_and_arguments():
    public = DeepInit.public_traits()
    assert public == set("activation initializer gain depth width seed rival third lr step speed playing".split())
    assert public <= set(re.findall(r"(\w+)(?=[\w, ]* : )", DeepInit.__doc__))
    with pytest.raises(TypeError, match="got 'deph'"):
        DeepInit(deph=3)
    with pytest.raises(ValueError, match="expected preset one of small, .*; got 'big'"):
        DeepInit(preset="big")


@pytest.mark.parametrize("wrong", [
    dict(activation="step"), dict(initializer="xavier"), dict(gain=0.0), dict(gain=float("nan")), dict(gain=float("inf")),
    dict(depth=1), dict(depth=51), dict(depth=2.5), dict(width=15), dict(width=300), dict(seed=-1), dict(rival="he2"),
    dict(lr=float("nan")), dict(lr=0.0), dict(step=201), dict(speed=3)])
def test_a_wrong_value_is_refused(wrong):
    with pytest.raises(TraitError):
        DeepInit(**wrong)


@pytest.mark.parametrize("settings", [
    dict(), dict(preset="relu_he", depth=2, width=16), dict(initializer="zeros"), dict(preset="equal"),
    dict(activation="relu", gain=100.0, depth=50, width=16), dict(initializer="lsuv", activation="sigmoid", depth=50, width=16)])
def test_still_and_sentence(settings):
    widget = DeepInit(**settings)
    figure = widget.still()
    assert len(figure.axes) == 4
    words = widget.describe()
    assert words.startswith(f"{widget.depth} layers of {widget.width} units") and words.endswith(".")
    if settings == {}:
        z = widget.measured()["z"]
        assert f"from {z[0]:.2g} in the first layer to {z[-1]:.2g} in the last" in words
