"""Unrolled network and name writer: the browser computes what numpy computes, and both what torch computes from the carried weights."""

import numpy as np
import pytest
import torch
from net_node import compare, js, node, running
from traitlets import TraitError

from dlnotes import data
from dlnotes.widgets import bundle, letters
from dlnotes.widgets import name_writer as writer
from dlnotes.widgets import unroll as unrolled
from dlnotes.widgets.name_writer import NameWriter
from dlnotes.widgets.unroll import BLOCKS, Unroll
from dlnotes.widgets.weights import pack, unpack

WORDS = ["", "a", "recurrence", "abcdefghijklmnopqrst"]
RADII = [None, 0.0, 0.7, 1.0, 2.5]


@pytest.fixture(scope="module", autouse=True)
def browser_side():
    with running("recurrent_widgets_parity.mjs"):
        yield


def torch_network(cell, H, seed=0):
    """A torch cell of the book's kind with weights large enough to write more than noise, and its read-out."""
    torch.manual_seed(seed)
    layer = {"rnn": torch.nn.RNN, "gru": torch.nn.GRU, "lstm": torch.nn.LSTM}[cell](27, H, batch_first=True)
    readout = torch.nn.Linear(H, 27)
    with torch.no_grad():
        for p in [*layer.parameters(), *readout.parameters()]:
            p *= 4
    return layer.double(), readout.double()


def arrays_of(cell, layer, readout):
    """The widget's arrays of a torch network."""
    W = {name: p.detach().numpy() for name, p in layer.named_parameters()}
    biases = {"b_x": W["bias_ih_l0"], "b_h": W["bias_hh_l0"]} if cell == "gru" else {"b": W["bias_ih_l0"] + W["bias_hh_l0"]}
    return {"W_x": W["weight_ih_l0"].T, "W_h": W["weight_hh_l0"].T, **biases,
            "V": readout.weight.detach().numpy().T, "c": readout.bias.detach().numpy()}


def into_torch(cell, layer, readout, arrays):
    """The carried numbers back into torch."""
    with torch.no_grad():
        layer.weight_ih_l0[:], layer.weight_hh_l0[:] = torch.tensor(arrays["W_x"].T), torch.tensor(arrays["W_h"].T)
        layer.bias_ih_l0[:] = torch.tensor(arrays["b_x" if cell == "gru" else "b"])
        layer.bias_hh_l0[:] = torch.tensor(arrays["b_h"]) if cell == "gru" else 0
        readout.weight[:], readout.bias[:] = torch.tensor(arrays["V"].T), torch.tensor(arrays["c"])


@pytest.fixture(scope="module")
def carried():
    """Bytes of a GRU, and the torch network that has exactly their numbers."""
    layer, readout = torch_network("gru", 24)
    weights = pack(arrays_of("gru", layer, readout), 8)
    into_torch("gru", layer, readout, unpack(weights))
    return weights, layer, readout


# The browser's numbers --------------------------------------------------------------------------------------


def test_every_function_of_the_cores_is_compared():
    covered = set(node("covers"))
    for name in ("letters", "unroll", "name_writer"):
        assert set(bundle.parse(f"{name}.core.mjs")[2]) <= covered, name


def test_letters():
    scores = np.random.default_rng(0).normal(0, 5, 27)
    cases = [("LETTERS", (), range(27)), ("oneHot", (4,), letters.one_hot(np.array([4]))),
             ("cleaned", ("Mc Donald-É7 and many more letters", 20), letters.codes("mcdonaldandmanymorel"))]
    cases += [("codes", (w,), letters.codes(w)) for w in WORDS]
    cases += [("logSoftmax", (scores, t), letters.log_softmax(scores / t)) for t in (0.1, 1, 3)]
    cases += [("logSoftmax", (scores * 1e4, 0.1), letters.log_softmax(scores * 1e5))]
    compare(cases)


def test_constants_and_missing_weights():
    compare([("constants", (), [unrolled.H, unrolled.MOST, writer.MOST, writer.BEAM, writer.HASHES]), ("missing", (), [1] * 4)])
    compare([("BLOCKS", (c,), [BLOCKS[c], unrolled.CANDIDATE[c], len(unrolled.GATES[c])]) for c in BLOCKS])
    compare([("targetOf", (w,), np.append(letters.codes(w)[1:], 0)) for w in WORDS] + [("norm", ([3, -4, 12],), 13)])


def test_spectral_radius_is_that_of_the_eigenvalues():
    rng = np.random.default_rng(1)
    turn = np.array([[0.0, -3], [3, 0]])
    nilpotent = np.array([[0.0, 5], [0, 0]])
    some = [rng.standard_normal((n, n)) * s for n, s in ((1, 1), (2, 1e-8), (9, 1), (16, 1e6))] + [turn, nilpotent, np.zeros((3, 3))]
    for A in some:
        true = np.abs(np.linalg.eigvals(A)).max()
        assert unrolled.spectral_radius(A) == pytest.approx(true, rel=1e-9, abs=1e-12)
        compare([("spectralRadius", (A, len(A)), unrolled.spectral_radius(A))], 1e-9)


@pytest.mark.parametrize("cell", BLOCKS)
def test_drawn_weights_and_their_radius(cell):
    for seed in (0, 5, 2**31 - 1):
        net = unrolled.draw_weights(cell, seed)
        biases = [net["b_x"], net["b_h"]] if cell == "gru" else [net["b"]]
        compare([("drawWeights", (cell, seed), [net[k].ravel().tolist() for k in ("W_x", "W_h", "V", "c")] + [b.tolist() for b in biases]),
                 ("unitsOf", (cell, seed), unrolled.H)])
        compare([("ownRadius", (cell, seed), unrolled.own_radius(net, cell))], 1e-8)
        for rho in RADII:
            scaled = unrolled.with_radius(net, cell, rho)
            compare([("withRadius", (cell, seed, rho), scaled["W_h"])], 1e-8)
            if rho is not None:
                assert unrolled.own_radius(scaled, cell) == pytest.approx(rho, rel=1e-8, abs=1e-12)


def everything(net, cell, text, asked):
    h, c, log_p = unrolled.forward(net, cell, text)
    opened = unrolled.gates(net, cell, text, h)
    dh, dc = unrolled.backward(net, cell, text, h, c, asked)
    return [a.tolist() for a in (h, c, log_p, *(opened[g] for g in unrolled.GATES[cell]), dh, dc)]


@pytest.mark.parametrize("cell", BLOCKS)
def test_states_gates_and_gradients(cell):
    cases = []
    for seed, text in enumerate(WORDS):
        for rho in RADII:
            net = unrolled.with_radius(unrolled.draw_weights(cell, seed), cell, rho)
            for asked in {1, len(text) + 1}:
                cases.append(("passes", (cell, seed, rho, text, asked), everything(net, cell, text, asked)))
    compare(cases, 1e-7)                                     # the radius carries an error of 1e-9


@pytest.mark.parametrize("cell", BLOCKS)
def test_states_and_gradients_of_carried_weights_are_torchs(cell):
    """The acceptance test of the book: the browser's numbers equal torch's for the weights that the page carries."""
    layer, readout = torch_network(cell, 11)
    names = arrays_of(cell, layer, readout)
    weights = pack({f"{cell}.{name}": a for name, a in names.items()}, 8)
    into_torch(cell, layer, readout, {name[len(cell) + 1:]: a for name, a in unpack(weights).items()})
    text, asked = "unrolled", 7
    X = torch.tensor(letters.one_hot(letters.codes(text)))
    states, cells, now = [torch.zeros(1, 1, 11, dtype=torch.float64, requires_grad=True)], [torch.zeros(1, 1, 11, dtype=torch.float64)], []
    cells[0].requires_grad_()
    for x in X:
        before = (states[-1], cells[-1]) if cell == "lstm" else states[-1]
        after = layer(x[None, None], before)[1]
        h, c = after if cell == "lstm" else (after, cells[0])
        states.append(h)
        cells.append(c)
        now.append(torch.log_softmax(readout(h[0, 0]), 0))
    for s in states[1:] + (cells[1:] if cell == "lstm" else []):
        s.retain_grad()
    (-now[asked - 1][letters.codes(text)[asked]]).backward()
    h, c, log_p, *_, dh, dc = js("passes", cell, list(weights), None, text, asked)
    np.testing.assert_allclose(h, torch.stack(states).detach().numpy()[:, 0, 0], atol=1e-10)
    np.testing.assert_allclose(log_p, torch.stack(now).detach().numpy(), atol=1e-10)
    np.testing.assert_allclose(dh, [s.grad.numpy()[0, 0] for s in states[:asked + 1]], atol=1e-10)
    if cell == "lstm":
        np.testing.assert_allclose(c, torch.stack(cells).detach().numpy()[:, 0, 0], atol=1e-10)
        grads = [np.zeros(11) if s.grad is None else s.grad.numpy()[0, 0] for s in cells[:asked + 1]]
        np.testing.assert_allclose(dc, grads, atol=1e-10)


def test_gradients_are_finite_differences():
    """d loss / d h_2 by moving h_2 and reading on from there."""
    for cell in BLOCKS:
        net, text, asked, at = unrolled.draw_weights(cell, 3), "gradient", 6, 2
        h, c, _ = unrolled.forward(net, cell, text)
        dh, dc = unrolled.backward(net, cell, text, h, c, asked)
        X, target = letters.one_hot(letters.codes(text)), letters.codes(text)[asked]

        def loss(h_at, c_at):
            for x in X[at:asked]:
                if cell == "lstm":
                    h_at, c_at = (s[0] for s in unrolled.lstm_cell(x[None], h_at[None], c_at[None], *unrolled._inputs(net, cell)))
                else:
                    step = unrolled.rnn_cell if cell == "rnn" else unrolled.gru_cell
                    h_at = step(x[None], h_at[None], *unrolled._inputs(net, cell))[0]
            return -letters.log_softmax(h_at @ net["V"] + net["c"])[target]

        for unit in (0, 9):
            e = 1e-6 * (np.arange(unrolled.H) == unit)
            assert dh[at, unit] == pytest.approx((loss(h[at] + e, c[at]) - loss(h[at] - e, c[at])) / 2e-6, abs=1e-8)
            assert dc[at, unit] == pytest.approx((loss(h[at], c[at] + e) - loss(h[at], c[at] - e)) / 2e-6, abs=1e-8)


# The name writer --------------------------------------------------------------------------------------------


def test_scores_are_torchs_for_the_carried_weights(carried):
    weights, layer, readout = carried
    for name in ("", "smith", "abcdefghijklmnopqrst"):
        X = torch.tensor(letters.one_hot(letters.codes(name)))[None]
        want = readout(layer(X)[0])[0].detach().numpy()
        states, scores = writer.run(unpack(weights), name)
        np.testing.assert_allclose(scores, want, atol=1e-10)
        compare([("run", (list(weights), name), [[h.tolist(), s.tolist()] for h, s in zip(states[1:], scores)]),
                 ("logProbability", (list(weights), name), writer.log_probability(unpack(weights), name))])


def test_names_are_drawn_alike_and_repeat(carried):
    weights, net = carried[0], unpack(carried[0])
    cases, seeds, seen = [], list(range(40)), set()
    for start, temperature in (("", 1.0), ("mc", 0.3), ("", 3.0), ("abcdefghijklmnopqrst", 1.0)):
        want = [writer.write(net, start, temperature, seed) for seed in seeds]
        cases.append(("write", (list(weights), start, temperature, seeds), [[letters.LETTERS.index(k) for k in w] for w in want]))
        seen |= set(want)
        assert all(w.count(".") <= 1 and "." not in w[:-1] and len(start + w.strip(".")) <= writer.MOST for w in want)
    for (probe, args, want), in zip(cases):
        assert js(probe, *args) == want
    assert len(seen) > 60


def test_the_likeliest_name(carried):
    weights, net = carried[0], unpack(carried[0])
    for start in ("", "b", "qu", "abcdefghijklmnopqrst"):
        name, log = writer.likeliest(net, start)
        found, there = js("likeliest", list(weights), start)
        assert name.startswith(start) and [letters.LETTERS.index(c) for c in name] == found
        assert there == pytest.approx(log, abs=1e-9) and log == pytest.approx(writer.log_probability(net, name).sum(), abs=1e-9)
        drawn = [start + writer.write(net, start, 0.5, seed) for seed in range(30)]
        assert all(writer.log_probability(net, d[:-1]).sum() <= log + 1e-9 for d in drawn if d.endswith("."))


def test_picking_follows_the_probabilities():
    p = np.array([0.0, 0.25, 0.0, 0.5, 0.25])
    us = [0, 0.1, 0.25, 0.7499, 0.75, 0.999999]
    assert [writer.pick(p, u) for u in us] == [1, 1, 3, 3, 4, 4]
    compare([("pick", (p, us), [1, 1, 3, 3, 4, 4]), ("probabilities", (np.array([3.0, -1, 400]), 0.2), [0, 0, 1])])
    assert writer.probabilities(np.array([1.0, 2.0]), 1e-1)[1] > writer.probabilities(np.array([1.0, 2.0]), 3)[1]


def test_the_table_never_misses_and_seldom_invents():
    names = data.names()
    table = writer.table_of(names[:20_000], 24_000)
    assert len(table) == 24_000 and all(writer.contains(table, n) for n in names[:20_000:7])
    others = names[20_000:]
    assert 0.005 < np.mean([writer.contains(table, n) for n in others]) < 0.015
    some = [*names[:400], *others[:400], "", "a"]
    compare([("contains", (list(table), some), [int(writer.contains(table, n)) for n in some])])


# The Python widgets -----------------------------------------------------------------------------------------


def test_descriptions_stills_and_refusals(carried):
    for cell in BLOCKS:
        widget = Unroll(text="gru", cell=cell, rho=1.2, asked=3)
        assert "'gru'" in widget.describe() and len(widget.still().axes) == 2
    h, _, log_p, asked, dh, _ = Unroll(text="ab", seed=4).shown()
    assert h.shape == (4, 16) and log_p.shape == (3, 27) and asked == 3 and dh.shape == (4, 16)
    assert "no weights" in NameWriter().describe() and NameWriter().still().axes
    whole = NameWriter(weights=carried[0], start="li", seed=3)
    assert "li" in whole.describe() and whole.still().axes
    part = NameWriter(weights=carried[0], start="li", step=0)
    assert part.shown()[0] == "li" and "likeliest next letters" in part.describe()
    for bad in (dict(text="UPPER"), dict(text="a" * 21), dict(cell="elman"), dict(rho=float("nan")), dict(rho=-1), dict(asked=-1)):
        with pytest.raises(TraitError):
            Unroll(**bad)
    for bad in (dict(start="é"), dict(temperature=0), dict(temperature=float("nan")), dict(step=-1)):
        with pytest.raises(TraitError):
            NameWriter(**bad)


def test_trained_weights_are_taken_where_they_are_wanted():
    layer, readout = torch_network("rnn", 8)
    weights = pack({f"rnn.{k}": a for k, a in arrays_of("rnn", layer, readout).items()}, 16)
    assert Unroll(weights=weights).network()["W_h"].shape == (8, 8)
    assert Unroll(weights=weights, trained=False).network()["W_h"].shape == (16, 16)
    assert unrolled.own_radius(Unroll(weights=weights, rho=0.5).network(), "rnn") == pytest.approx(0.5)
