"""The latent map: the browser computes what numpy computes (1e-10) and what torch computes (1e-4), and its numbers are right."""

import inspect
import json
import math
import re

import numpy as np
import pytest
import torch
from net_node import _running, compare, js, running
from traitlets import TraitError

from dlnotes.data import digits
from dlnotes.widgets import bundle
from dlnotes.widgets import latent_map as latent
from dlnotes.widgets.latent_map import GRID, LatentMap, Model
from dlnotes.widgets.weights import unpack


def network(rng, *sizes, scale=1.0):
    return [a for D, H in zip(sizes, sizes[1:]) for a in (scale * rng.standard_normal((D, H)) / math.sqrt(D), 0.3 * rng.standard_normal(H))]


def carried(seed=0, H=12, count=30, narrow=0.0):
    """Random weights; `narrow` is taken off the log-variances of q, and its means are drawn to the middle."""
    rng, (_, _, X, y) = np.random.default_rng(seed), digits()
    encoder, decoder = network(rng, 64, H, 4), network(rng, 2, H, H, 64, scale=1.7)
    encoder[-2][:] /= 1 + narrow
    encoder[-1][2:] -= narrow
    return latent.pack_model(encoder, decoder, X[:count], y[:count])


DATA = carried()
MODEL = Model(DATA)
DRAWN = [MODEL.X[0], MODEL.X[7], np.zeros(64), np.ones(64), (np.arange(64) % 3 == 0) * 1.0]


@pytest.fixture(scope="module", autouse=True)
def node():
    with running("latent_map_parity.mjs"):
        js("createModel", list(DATA))
        assert js("fillGrid", 9) == 9
        yield


def values(m):
    return [*m["mean"], *m["log_var"], *(float(m[k]) for k in ("reconstruction", "kl", "elbo", "evidence", "gap"))]


# The browser and numpy -------------------------------------------------------------------------------------


def test_every_function_of_the_core_is_compared():
    _running[-1].stdin.write('"covers"\n')
    _running[-1].stdin.flush()
    assert set(bundle.parse("latent_map.core.mjs")[2]) <= set(json.loads(_running[-1].stdout.readline()))


def test_constants_and_what_is_carried():
    assert js("constants") == [latent.SIDE, 64, latent.SHOWN, latent.REACH, latent.STEP, GRID, latent.STEPS, latent.NODES,
                               latent.TILES, 110]
    compare([("createModel", (list(DATA),), [30, MODEL.labels, MODEL.X, MODEL.encode(MODEL.X)[0]])])
    js("fillGrid", 81)
    assert js("none") == [None, None]
    np.testing.assert_array_equal(MODEL.X, digits().X_test[:30] >= 0.5)
    np.testing.assert_array_equal(MODEL.labels, digits().y_test[:30])


def test_encoder_decoder_and_grid():
    rng = np.random.default_rng(1)
    cases = [("encode", (x,), [v[0] for v in MODEL.encode(x)]) for x in DRAWN]
    cases += [("decode", (z,), MODEL.decode(z)) for z in rng.uniform(-3.2, 3.2, (6, 2))]
    cases += [("logits", (), MODEL.logits.ravel()[::997]), ("mosaic", (), latent.mosaic(MODEL)[::-1])]
    compare(cases)


def test_the_terms_of_the_bound():
    cases = [("measure", (x,), values(MODEL.measure(x))) for x in DRAWN]
    for x in DRAWN:
        joint = MODEL.joint(x)
        cases.append(("sumUp", (x,), [MODEL.measure(x)["evidence"], *joint[::13]]))
    compare(cases)


def test_drawings_and_the_pad():
    rng = np.random.default_rng(2)
    for x in [*DRAWN, *(rng.random((5, 64)) < 0.5)]:
        words = latent.drawing_of(x)
        np.testing.assert_array_equal(latent.bits_of(words), x)
        compare([("bitsOf", (words,), x * 1.0)])
        assert js("drawingOf", x * 1.0) == words
    for bad in ("", "g" * 16, "0" * 15, None, 7, "0" * 17, ["0"] * 16):
        assert js("bitsOf", bad) == [0] * 64
    for bad in ("", "G" * 16, "0" * 15):
        with pytest.raises(ValueError, match="expected drawing: 16 hexadecimal digits; got"):
            latent.bits_of(bad)
    assert np.flatnonzero(js("stroked", [0] * 64, 9, 12, 1)).tolist() == [9, 10, 11, 12]
    assert np.flatnonzero(js("stroked", [0] * 64, 36, 9, 1)).tolist() == [9, 18, 27, 36]
    assert np.flatnonzero(js("stroked", [1] * 64, 3, 3, 0)).tolist() == [*range(3), *range(4, 64)]
    moves = [(0, "ArrowLeft", 0), (0, "ArrowRight", 1), (7, "ArrowRight", 7), (9, "ArrowUp", 1), (60, "ArrowDown", 60),
             (28, "ArrowDown", 36), (28, "Home", 24), (28, "End", 31)]
    assert [js("moved", cell, key) for cell, key, _ in moves] == [to for *_, to in moves]


def test_ellipse_and_way():
    turn = np.linspace(0, 2 * np.pi, 9)
    mean, log_var = [0.3, -1.0], [-2.0, 0.5]
    want = [0.3 + 2 * np.exp(-1) * np.cos(turn), -1 + 2 * np.exp(0.25) * np.sin(turn)]
    compare([("ellipse", ({"mean": mean, "logVar": log_var}, 2), want), ("between", ([1, -2], [3, 2], 0.25), [1.5, -1])])


# torch -----------------------------------------------------------------------------------------------------


def test_the_browser_paints_what_torch_paints():
    """The carried weights in torch's own layers, in float32."""
    def in_torch(arrays):
        layers = []
        for W, b in zip(arrays[::2], arrays[1::2]):
            layer = torch.nn.Linear(*W.shape)
            layer.weight.data, layer.bias.data = torch.tensor(W.T, dtype=torch.float32), torch.tensor(b, dtype=torch.float32)
            layers += [layer, torch.nn.Tanh()]
        return torch.nn.Sequential(*layers[:-1])

    encoder, decoder = in_torch(MODEL.encoder), in_torch(MODEL.decoder)
    with torch.no_grad():
        for x in DRAWN:
            np.testing.assert_allclose(np.ravel(js("encode", x)), encoder(torch.tensor(x, dtype=torch.float32)), atol=1e-4)
        for z in np.random.default_rng(3).uniform(-3, 3, (20, 2)):
            want = torch.sigmoid(decoder(torch.tensor(z, dtype=torch.float32)))
            np.testing.assert_allclose(js("decode", z), want, atol=1e-4)


# What is claimed -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_the_bound_is_a_bound_and_the_gap_is_a_divergence(seed):
    """gap = KL(q || p(z | x)), here by a sum over the grid instead of the quadrature."""
    model = Model(carried(seed, H=8, narrow=3.0))
    for x in DRAWN[:2]:
        m = model.measure(x)
        assert m["gap"] > 0 and m["kl"] > 0
        log_q = -0.5 * np.sum((model.places - m["mean"]) ** 2 / np.exp(m["log_var"]) + m["log_var"] + np.log(2 * np.pi), axis=1)
        gap = np.sum(np.exp(log_q) * (log_q - (model.joint(x) - m["evidence"]))) * latent.STEP**2
        assert gap == pytest.approx(m["gap"], rel=3e-3)


def test_the_evidence_of_a_decoder_that_ignores_z_is_that_of_its_pixels():
    rng = np.random.default_rng(4)
    decoder = [np.zeros((2, 5)), np.zeros(5), np.zeros((5, 64)), rng.standard_normal(64)]
    model = Model(latent.pack_model(network(rng, 64, 5, 4), decoder, MODEL.X, MODEL.labels))
    x = MODEL.X[3]
    p = 1 / (1 + np.exp(-model.decoder[-1]))
    want = np.sum(x * np.log(p) + (1 - x) * np.log(1 - p))
    m = model.measure(x)
    assert m["evidence"] == pytest.approx(want, abs=2e-4) and m["gap"] == pytest.approx(m["kl"], abs=2e-4)


def test_sixteen_bits_are_enough():
    rng = np.random.default_rng(5)
    encoder, decoder = network(rng, 64, 48, 4), network(rng, 2, 48, 48, 64)
    data = latent.pack_model(encoder, decoder, MODEL.X, MODEL.labels)
    arrays = unpack(data)
    for name, rows in (("e", encoder), ("d", decoder)):
        for i, a in enumerate(rows):
            assert np.abs(arrays[f"{name}{i}"] - a).max() < 2e-4
    assert len(data) < 60 * 1024


# The Python side -------------------------------------------------------------------------------------------


def test_traits_are_those_of_the_docstring():
    public = set("weights a1 a2 b1 b2 drawing paint step speed playing".split())
    assert LatentMap.public_traits() == public
    heads = re.findall(r"^(\w[\w, ]*) : ", inspect.cleandoc(LatentMap.__doc__), re.M)
    assert {name for head in heads for name in head.split(", ")} == public
    with pytest.raises(TypeError, match="expected one of .*weights.*; got 'wieghts'"):
        LatentMap(wieghts=b"")


@pytest.mark.parametrize("wrong", [{"a1": 3.4}, {"b2": float("nan")}, {"drawing": "0"}, {"drawing": "Z" * 16}, {"paint": "none"},
                                   {"step": 41}, {"step": -1}, {"speed": 2}, {"weights": "text"}])
def test_a_wrong_value_is_refused(wrong):
    with pytest.raises(TraitError):
        LatentMap(**wrong)


@pytest.mark.parametrize("paint", latent.PAINTS)
def test_still_and_words_show_the_same_numbers(paint):
    widget = LatentMap(weights=DATA, drawing=latent.drawing_of(MODEL.X[0]), paint=paint, step=10)
    np.testing.assert_allclose(widget.place(), [-0.5, 0.5])
    plane, painted = widget.still().axes
    np.testing.assert_allclose(painted.images[0].get_array(), MODEL.decode([-0.5, 0.5]).reshape(8, 8))
    assert len(plane.patches) == 2 and len(plane.texts) == (30 if paint == "points" else 0)
    m = MODEL.measure(MODEL.X[0])
    assert f"ELBO {m['elbo']:.2f}, log evidence {m['evidence']:.2f} nats" in widget.describe()


def test_without_weights_and_with_an_empty_pad_it_says_so():
    assert "was given no weights" in LatentMap().describe() and LatentMap().still().axes
    assert "The pad is empty" in LatentMap(weights=DATA).describe()


def test_words():
    m = dict(mean=[0.5, -1], logVar=[-2, 0], reconstruction=-15.25, kl=3.5, elbo=-18.75, evidence=-18.25, gap=0.5)
    said = js("words", m).replace("\N{MINUS SIGN}", "-")
    for part in ("at (0.50, -1.00)", "deviations 0.37 and 1.00", "-15.25 minus KL 3.50", "ELBO: -18.75", "log p(x) = -18.25", "0.50 too low"):
        assert part in said
    assert "empty" in js("words", None)
    about = dict(z=[1, 2], step=0, steps=40, on=17.25, sure=9, nearest=3, away=0.1)
    assert js("pointWords", about).startswith("At A (1.00, 2.00) the decoder paints 17.3 of 64") and "is a 3" in js("pointWords", about)
    assert "25 % of the way" in js("pointWords", about | {"step": 10}) and "has seen nothing" in js("pointWords", about | {"away": 0.9})
