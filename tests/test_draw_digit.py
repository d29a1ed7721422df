"""Digit pad: strokes become the numbers that numpy makes, every layer is torch's, and drawn digits are recognised."""

import copy
import inspect
import re

import numpy as np
import pytest
import torch
from net_node import compare, js, running
from torch import nn
from torch.nn import functional as F
from traitlets import TraitError

from dlnotes import data, strokes
from dlnotes.widgets import draw_digit as pad
from dlnotes.widgets.draw_digit import LAYERS, DrawDigit, weights
from dlnotes.widgets.weights import pack, unpack

RNG = np.random.default_rng(0)


@pytest.fixture(scope="module", autouse=True)
def node():
    with running("cnn_widgets_parity.mjs"):
        yield


@pytest.fixture(scope="module")
def trained():
    """A small LeNet, 300 steps on digits and strokes: (network, its bytes, the 450 held-out digits)."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    split = data.digits(test_share=450 / 1797)
    more = strokes.drawn_digits(64)
    X = torch.from_numpy(np.concatenate([split.X_train, more[0]])).view(-1, 1, 8, 8)
    y = torch.from_numpy(np.concatenate([split.y_train, more[1]]))
    net = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 16, 3, padding=1), nn.ReLU(),
                        nn.MaxPool2d(2), nn.Flatten(), nn.Linear(64, 10))
    optimizer = torch.optim.Adam(net.parameters(), 0.01, fused=True)
    for _ in range(400):
        rows = torch.randint(len(X), (64,))
        loss = F.cross_entropy(net(X[rows]), y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    carried = weights([p.detach().numpy() for p in net.parameters()], (split.X_test[:20], split.y_test[:20]))
    return net, carried, split.X_test, split.y_test


# Strokes ----------------------------------------------------------------------------------------------------


def drawings():
    yield [[10.0, 10, 50, 50]]
    yield [[5.0, 60]]
    yield [[0.0, 0, 63, 0, 63, 63], [20.0, 30, 20, 31]]
    for _, form in strokes.FORMS[::3]:
        yield [np.rint(s).ravel().tolist() for s in strokes.sloppy(form, RNG)]


def as_points(flat):
    return [np.reshape(s, (-1, 2)) for s in flat]


def test_strokes_become_the_same_numbers():
    cases = [("draw_digit.constants", (), [strokes.PAD, strokes.FRAME, strokes.INK])]
    for flat in drawings():
        points = as_points(flat)
        cases.append(("draw_digit.fitted", (flat,), [s.ravel() for s in strokes.fitted(points)]))
        cases.append(("draw_digit.distances", (flat,), strokes.distances(points)))
        for fit in (True, False):
            bits = strokes.bitmap(points, fit)
            cases += [("draw_digit.bitmap", (flat, fit), bits), ("draw_digit.counts", (bits.ravel().tolist(),), strokes.counts(bits))]
        cases.append(("draw_digit.bitmap", (flat, True, 200), strokes.bitmap(points, True, 200)))
    compare(cases)


def test_lists_of_strokes():
    for flat in ([], [-1], [3], [3, 4], [3, 4, 5], [1, 2, -1, -1, 3, 4, 5, 6, -1], [-1, 1, 2, 9]):
        want = [s.ravel().tolist() for s in strokes.unpack(flat)]
        assert js("draw_digit.unpackStrokes", flat) == want, flat
    assert strokes.pack(strokes.unpack([1, 2, 3, 4, -1, 5, 6])) == [1, 2, 3, 4, -1, 5, 6]
    assert js("withPoint", [1, 2], 3, 4, False) == [1, 2, 3, 4] and js("withPoint", [1, 2], 3, 4, True) == [1, 2, -1, 3, 4]
    assert js("withPoint", [], 3, 4, True) == [3, 4] and len(js("withPoint", [5] * 4000, 1, 1, False)) == 4000
    assert js("withoutLast", [1, 2, -1, 3, 4]) == [1, 2] and js("withoutLast", [1, 2]) == [] and js("withoutLast", []) == []


def test_a_bitmap_looks_like_those_of_the_data_set():
    """Full height, centred, about as much ink; a dot and an empty pad are survived."""
    split = data.digits()
    for _, form in strokes.FORMS:
        X = strokes.counts(strokes.bitmap(form))
        rows = np.flatnonzero(X.sum(axis=1))
        assert rows[0] == 0 and rows[-1] == 7 and 150 < X.sum() < 360 and X.max() <= 16
        moved = [s * 0.4 + 20 for s in form]
        np.testing.assert_allclose(strokes.counts(strokes.bitmap(moved)), X, atol=2)
    assert abs(16 * split.X_train.sum(axis=1).mean() - strokes.INK) < 5
    assert strokes.bitmap([]).sum() == 0 and 0 < strokes.bitmap([np.array([[5.0, 5]])]).sum() < 120
    corner = strokes.bitmap([np.array([[2.0, 2], [10, 10]])], fit=False)
    assert corner[16:, 16:].sum() == 0 < corner[:8, :8].sum()


# The network ------------------------------------------------------------------------------------------------


def test_every_layer_is_torchs(trained):
    """Browser against numpy on the carried weights to 1e-10; numpy against torch to the rounding of 16 bits."""
    net, carried, X, _ = trained
    ours = pad.forward(unpack(carried), X.reshape(-1, 1, 8, 8).astype(float))
    compare([("draw_digit.forward", (list(carried), X[i].astype(float)), [a[i] for a in ours.values()]) for i in (0, 7, 100)])
    exact = copy.deepcopy(net)
    with torch.no_grad():
        for parameter, name in zip(exact.parameters(), pad.NAMES):
            rounded = unpack(carried)[name]
            parameter.copy_(torch.from_numpy(rounded.T if name == "W3" else rounded))
        A, layers = torch.from_numpy(X).view(-1, 1, 8, 8), {}
        for k, module in enumerate(exact):
            A = module(A)
            layers |= {name: A for name, at in zip(LAYERS, (1, 2, 4, 5, 7)) if at == k}
    for name in LAYERS:
        np.testing.assert_allclose(ours[name], layers[name], atol=1e-4, err_msg=name)


def test_all_450_answers_are_torchs(trained):
    net, carried, X, y = trained
    with torch.no_grad():
        want = net(torch.from_numpy(X).view(-1, 1, 8, 8)).argmax(1).numpy()
    scores = np.array(js("draw_digit.scores", list(carried), X.astype(float).tolist()))
    np.testing.assert_array_equal(scores.argmax(axis=1), want)
    assert len(X) == 450 and np.mean(want == y) > 0.9 and len(carried) < 60 * 1024


def test_units_and_their_terms(trained):
    """For every layer the sum of the groups is what the layer holds, and the field is what a change reaches."""
    _, carried, X, _ = trained
    arrays, x = unpack(carried), X[3].astype(float)
    layers = {k: v[0] for k, v in pad.forward(arrays, x.reshape(1, 1, 8, 8)).items()}
    for layer, channel, row, column in (("conv1", 2, 0, 0), ("conv1", 7, 4, 7), ("pool1", 1, 3, 2), ("conv2", 9, 0, 3), ("conv2", 15, 2, 1),
                                        ("pool2", 4, 1, 1), ("scores", 6, 0, 0)):
        *_, value = js("draw_digit.termsOf", list(carried), x, layer, channel, row, column)
        held = layers[layer][channel] if layer == "scores" else layers[layer][channel, row, column]
        assert value == pytest.approx(held, abs=1e-10), layer
        top, left, bottom, right = js("draw_digit.fieldOf", layer, row, column)
        busy = RNG.uniform(0.2, 1, (8, 8))
        changed = np.array([[reaches(arrays, busy, i, j, layer, row, column) for j in range(8)] for i in range(8)])
        assert not np.delete(changed, np.s_[top:bottom + 1], 0).any() and not np.delete(changed, np.s_[left:right + 1], 1).any()
        assert changed[top:bottom + 1, left:right + 1].mean() > 0.6, layer
        assert js("draw_digit.shapeOf", list(carried), layer) == [len(layers[layer]), 1 if layer == "scores" else layers[layer].shape[1]]


def reaches(arrays, X, i, j, layer, row, column):
    """Whether pixel (i, j) changes any channel of a layer at a place."""
    other = X.copy()
    other[i, j] += 0.7
    before, after = (pad.forward(arrays, a[None, None])[layer][0] for a in (X, other))
    return bool(np.abs(before - after).max() > 0) if layer == "scores" else bool(np.abs((before - after)[:, row, column]).max() > 0)


def test_broken_bytes_are_no_network(trained):
    _, carried, _, y = trained
    arrays = unpack(carried)
    assert js("draw_digit.network", list(carried)) == [8, 16]
    assert js("draw_digit.examples", list(carried)) == [y[:20].tolist(), np.rint(16 * trained[2][:20]).sum(axis=1).tolist()]
    for bad in (b"", b"abcdefgh", carried[:200], pack({"W1": arrays["W1"]}), pack(arrays | {"b2": np.zeros(3)})):
        assert js("draw_digit.network", list(bad)) is None
    z = RNG.standard_normal(10) * 300
    compare([("draw_digit.softmax", (z,), pad.softmax(z))])


# The Python side --------------------------------------------------------------------------------------------


def test_traits_words_and_picture(trained):
    _, carried, _, y = trained
    public = set("strokes fit example layer channel row column weights".split())
    assert DrawDigit.public_traits() == public
    documented = set(re.findall(r"^(\w+)(?=[\w, ]* : )", inspect.cleandoc(DrawDigit.__doc__), re.M))
    assert documented | {"row", "column"} == public
    bare = DrawDigit(5)
    assert "no network" in bare.describe() and bare.still() and bare.layers() == {}
    full = DrawDigit(3, weights=carried, example=4)
    assert re.search(r"says \d with probability", full.describe())
    np.testing.assert_array_equal(full.shown().sum(), np.rint(16 * trained[2][4]).sum())
    assert len(full.still().axes[1].patches) == 10
    with pytest.raises(ValueError, match="expected digit 0 to 9"):
        DrawDigit(10)


@pytest.mark.parametrize("wrong", [{"strokes": [64]}, {"strokes": [-2]}, {"layer": "conv3"}, {"channel": -1}, {"row": 8}, {"example": -2}])
def test_a_wrong_value_is_refused(wrong):
    with pytest.raises(TraitError):
        DrawDigit(**wrong)
