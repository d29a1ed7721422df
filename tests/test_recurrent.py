"""Recurrent layers against torch: all states and the gradient of every input."""
from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from ops_helpers import compare, normals, rejects

from dlnotes.ops import recurrent as R

quick = settings(max_examples=20, deadline=None)
sizes = st.tuples(st.integers(1, 3), st.integers(1, 6), st.integers(1, 4), st.integers(1, 4))      # N T D H
each_layer = pytest.mark.parametrize("kind, kw", [
    ("rnn", {}), ("gru", {}), ("gru", dict(reset_after=False)), ("lstm", {}),
])
GATES = dict(rnn=1, gru=3, lstm=4)
STATES = dict(rnn=1, gru=1, lstm=2)
BIASES = dict(rnn=1, gru=2, lstm=1)


def inputs(kind, N, T, D, H, seed=0, scale=1.0):
    """X, states, W_x, W_h, biases of a layer, in its order."""
    G = GATES[kind] * H
    shapes = [(N, T, D), *[(N, H)] * STATES[kind], (D, G), (H, G), *[(G,)] * BIASES[kind]]
    return normals(seed, *shapes, scale=scale)


def uncached(kind, truncate=None, **kw):
    """A pair f, f_backward that recomputes the cache, as `compare` calls them."""
    f, f_backward = getattr(R, kind), getattr(R, kind + "_backward")
    outputs = STATES[kind]                                              # as many: Y, for the LSTM also c_T

    def backward(*upstreams_and_arrays):
        upstreams, arrays = upstreams_and_arrays[:outputs], upstreams_and_arrays[outputs:]
        return f_backward(*upstreams, f(*arrays, **kw)[-1], truncate=truncate)

    return (lambda *arrays: f(*arrays, **kw)[:-1]), backward


def torch_layer(kind, X, arrays, nonlinearity="tanh"):
    """torch's own layer (the function beneath torch.nn): its states and, for the LSTM, its last cell."""
    states, (W_x, W_h), biases = arrays[:STATES[kind]], arrays[STATES[kind]:][:2], arrays[STATES[kind] + 2:]
    b_x, b_h = biases if kind == "gru" else (biases[0], torch.zeros_like(biases[0]))
    run = dict(rnn=getattr(torch, f"rnn_{nonlinearity}"), gru=torch.gru, lstm=torch.lstm)[kind]
    state = tuple(s[None] for s in states) if kind == "lstm" else states[0][None]
    Y, *last = run(X, state, (W_x.T, W_h.T, b_x, b_h), True, 1, 0.0, False, False, True)
    return (Y, last[1][0]) if kind == "lstm" else Y


def torch_gru_reset_before(X, h, W_x, W_h, b_x, b_h):
    """Cho et al. 2014: the reset gate acts on the state before the product."""
    H, Y = h.shape[1], []
    Z = X @ W_x + b_x + b_h
    for t in range(X.shape[1]):
        r, z = torch.sigmoid(Z[:, t, :2 * H] + h @ W_h[:, :2 * H]).chunk(2, 1)
        n = torch.tanh(Z[:, t, 2 * H:] + (r * h) @ W_h[:, 2 * H:])
        h = (1 - z) * n + z * h
        Y.append(h)
    return torch.stack(Y, 1)


# One layer ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["rnn", "gru", "lstm"])
@quick
@given(size=sizes, seed=st.integers(0, 99))
def test_layer_is_torchs(kind, size, seed):
    compare(*uncached(kind), lambda X, *arrays: torch_layer(kind, X, arrays), inputs(kind, *size, seed))


@quick
@given(sizes, st.integers(0, 99))
def test_relu_layer_is_torchs(size, seed):
    compare(*uncached("rnn", nonlinearity="relu"),
            lambda X, *arrays: torch_layer("rnn", X, arrays, "relu"), inputs("rnn", *size, seed))


@quick
@given(sizes, st.integers(0, 99))
def test_gru_with_reset_before_the_product_is_the_formula_in_torch(size, seed):
    compare(*uncached("gru", reset_after=False), torch_gru_reset_before, inputs("gru", *size, seed))


@pytest.mark.parametrize("kind", ["rnn", "gru", "lstm"])
def test_an_empty_batch(kind):
    arrays = inputs(kind, 0, 2, 3, 2)
    f, f_backward = uncached(kind)
    results = f(*arrays)
    gradients = f_backward(*(np.zeros_like(y) for y in results), *arrays)
    assert results[0].shape == (0, 2, 2)
    assert [g.shape for g in gradients] == [a.shape for a in arrays]


@pytest.mark.parametrize("kind, kw", [("rnn", {}), ("rnn", dict(nonlinearity="relu")), ("gru", {}),
                                      ("gru", dict(reset_after=False)), ("lstm", {})])
@pytest.mark.parametrize("scale", [1e4, 1e-310])
def test_extremes(kind, kw, scale):
    arrays = inputs(kind, 2, 3, 2, 2)
    arrays[0] = scale * arrays[0]
    torch_f = partial(torch_extreme, kind, kw)
    compare(*uncached(kind, **kw), torch_f, arrays, float32=scale > 1 and kw.get("nonlinearity") != "relu")


def torch_extreme(kind, kw, X, *arrays):
    if kw.get("reset_after") is False:
        return torch_gru_reset_before(X, *arrays)
    return torch_layer(kind, X, arrays, **kw)


def test_the_two_reset_conventions_differ_and_agree_where_they_must():
    X, h0, W_x, W_h, b_x, b_h = inputs("gru", 2, 3, 2, 4)
    after, before = (R.gru(X, h0, W_x, W_h, b_x, b_h, reset_after=flag)[0] for flag in (True, False))
    assert np.abs(after - before).max() > 1e-3
    open_gate = b_x.copy()
    open_gate[:4] = 1e4                                                 # r = 1: its place does not matter
    after, before = (R.gru(X, h0, W_x, W_h, open_gate, b_h, reset_after=flag)[0] for flag in (True, False))
    np.testing.assert_allclose(after, before, atol=1e-12)


def test_two_biases_of_the_gru():
    X, h0, W_x, W_h, b_x, b_h = inputs("gru", 2, 3, 2, 4)
    for reset_after in (True, False):
        moved = R.gru(X, h0, W_x, W_h, b_x + b_h, 0 * b_h, reset_after)[0]
        difference = np.abs(moved - R.gru(X, h0, W_x, W_h, b_x, b_h, reset_after)[0]).max()
        assert difference > 1e-3 if reset_after else difference < 1e-12


def test_gru_state_stays_in_its_bounds_and_lstm_cell_does_not():
    N, T, D, H = 1, 100, 1, 1
    X, h0, W_x, W_h, b_x, b_h = inputs("gru", N, T, D, H, scale=5)
    assert np.abs(R.gru(X, np.ones((1, 1)), W_x, W_h, b_x, b_h)[0]).max() <= 1
    open_gates = np.full(4, 50.0)                                       # i = f = g = o = 1
    zeros = np.zeros((1, 4))
    _, c, _ = R.lstm(np.zeros((N, T, D)), h0, np.zeros((1, 1)), zeros, zeros, open_gates)
    np.testing.assert_allclose(c, 100)


# Cells --------------------------------------------------------------------------------------------


@quick
@given(sizes, st.integers(0, 99), st.booleans())
def test_cells_are_torchs(size, seed, relu):
    N, _, D, H = size

    def cell(kind):
        x, *rest = inputs(kind, N, 1, D, H, seed)
        return [x[:, 0], *rest]

    name = "relu" if relu else "tanh"
    torch_cell = torch.rnn_relu_cell if relu else torch.rnn_tanh_cell
    compare(R.rnn_cell, R.rnn_cell_backward,
            lambda x, h, W_x, W_h, b: torch_cell(x, h, W_x.T, W_h.T, b, 0 * b), cell("rnn"),
            nonlinearity=name)
    compare(R.gru_cell, R.gru_cell_backward,
            lambda x, h, W_x, W_h, b_x, b_h: torch.gru_cell(x, h, W_x.T, W_h.T, b_x, b_h), cell("gru"))
    compare(R.lstm_cell, R.lstm_cell_backward,
            lambda x, h, c, W_x, W_h, b: torch.lstm_cell(x, (h, c), W_x.T, W_h.T, b, 0 * b), cell("lstm"))
    compare(R.gru_cell, R.gru_cell_backward,
            lambda x, *rest: torch_gru_reset_before(x[:, None], *rest)[:, 0], cell("gru"), reset_after=False)


@each_layer
def test_a_layer_is_its_cell_step_by_step(kind, kw):
    X, *rest = inputs(kind, 2, 5, 3, 4)
    states, weights = rest[:STATES[kind]], rest[STATES[kind]:]
    Y, *last, _ = getattr(R, kind)(X, *rest, **kw)
    for t in range(5):
        states = getattr(R, kind + "_cell")(X[:, t], *states, *weights, **kw)
        states = states if isinstance(states, tuple) else (states,)
        np.testing.assert_allclose(Y[:, t], states[0], atol=1e-14)
    for c_T, c in zip(last, states[1:]):
        np.testing.assert_allclose(c_T, c, atol=1e-14)


# Truncated backpropagation ------------------------------------------------------------------------


def torch_blocks(kind, k, kw, X, *arrays):
    """Blocks of k steps; between them the states are detached, the gradient stops."""
    states, weights, Ys = arrays[:STATES[kind]], arrays[STATES[kind]:], []
    for t in range(0, X.shape[1], k):
        states = tuple(s.detach() for s in states) if t else states
        Y = torch_extreme(kind, kw, X[:, t:t + k], *states, *weights)
        Y, *c = Y if kind == "lstm" else (Y,)
        states = (Y[:, -1], *c)
        Ys.append(Y)
    return (torch.cat(Ys, 1), *states[1:]) if kind == "lstm" else torch.cat(Ys, 1)


@each_layer
@settings(max_examples=10, deadline=None)
@given(size=sizes, k=st.integers(1, 7))
def test_truncation_is_a_detach_every_k_steps(kind, kw, size, k):
    compare(*uncached(kind, truncate=k, **kw), partial(torch_blocks, kind, k, kw), inputs(kind, *size))


def test_truncation_leaves_out_what_lies_before_the_block():
    arrays = inputs("lstm", 1, 6, 2, 3)
    Y, c, cache = R.lstm(*arrays)
    dY = np.zeros_like(Y)
    dY[:, -1] = 1                                                       # only the last step has a loss
    dX, dh0, dc0, *_ = R.lstm_backward(dY, np.zeros_like(c), cache, truncate=4)
    assert (dX[:, :4] == 0).all() and (dX[:, 4:] != 0).all() and (dh0 == 0).all() and (dc0 == 0).all()
    dX, dh0, dc0, *_ = R.lstm_backward(dY, np.zeros_like(c), cache)
    assert (dX != 0).all() and (dh0 != 0).all() and (dc0 != 0).all()


# Bidirectional and stacked ------------------------------------------------------------------------


def nested(flat, counts):
    """Cut a flat list into tuples of these lengths."""
    flat = iter(flat)
    return [tuple(next(flat) for _ in range(count)) for count in counts]


def torch_bidirectional(kind, X, ahead, behind):
    results = [torch_layer(kind, X, ahead), torch_layer(kind, X.flip(1), behind)]
    if kind != "lstm":
        return torch.cat([results[0], results[1].flip(1)], 2)
    return torch.cat([results[0][0], results[1][0].flip(1)], 2), torch.cat([results[0][1], results[1][1]], 1)


@pytest.mark.parametrize("kind", ["rnn", "gru", "lstm"])
@settings(max_examples=8, deadline=None)
@given(size=sizes)
def test_bidirectional_is_torchs_in_both_directions(kind, size):
    X, *ahead = inputs(kind, *size)
    _, *behind = inputs(kind, *size, seed=1)
    n, outputs = len(ahead), STATES[kind]
    layer, backward = getattr(R, kind), getattr(R, kind + "_backward")

    def f(X, *rest):
        return R.bidirectional(layer, X, *nested(rest, [n, n]))[:-1]

    def f_backward(*arrays):
        upstreams, (X, *rest) = arrays[:outputs], arrays[outputs:]
        cache = R.bidirectional(layer, X, *nested(rest, [n, n]))[-1]
        dX, d_ahead, d_behind = R.bidirectional_backward(backward, *upstreams, cache)
        return dX, *d_ahead, *d_behind

    compare(f, f_backward, lambda X, *rest: torch_bidirectional(kind, X, *nested(rest, [n, n])),
            [X, *ahead, *behind])


def test_two_bidirectional_lstms_on_top_of_each_other_are_torchs_module():
    N, T, D, H = 2, 5, 3, 4
    twin = torch.nn.LSTM(D, H, num_layers=2, bidirectional=True, batch_first=True, dtype=torch.float64)
    X, h0, c0 = normals(0, (N, T, D), (4, N, H), (4, N, H))
    arrays = [torch.tensor(a, requires_grad=True) for a in (X, h0, c0)]
    Y_t, (h_n, c_n) = twin(arrays[0], tuple(arrays[1:]))
    weights = [p.detach().numpy() for p in twin.parameters()]
    inputs_of = [(h0[i], c0[i], W_x.T, W_h.T, b_x + b_h) for i, (W_x, W_h, b_x, b_h)
                 in enumerate(nested(weights, [4] * 4))]
    levels = nested(inputs_of, [2, 2])
    outputs, caches = R.stacked(partial(R.bidirectional, R.lstm), X, levels)
    np.testing.assert_allclose(outputs[1][0], Y_t.detach(), atol=1e-12)
    h_last = [(Y[:, -1, :H], Y[:, 0, H:]) for Y, _ in outputs]
    np.testing.assert_allclose(np.concatenate(h_last), h_n.detach(), atol=1e-12)
    np.testing.assert_allclose([c[:, half] for _, c in outputs for half in (slice(H), slice(H, None))],
                               c_n.detach(), atol=1e-12)

    upstreams = [normals(i, *(y.shape for y in output)) for i, output in enumerate(outputs)]
    upstreams[0][0][:] = 0                                              # torch does not show the lower states
    dc = np.stack([c[:, half] for _, c in upstreams for half in (slice(H), slice(H, None))])
    torch.autograd.backward([Y_t, c_n], [torch.tensor(upstreams[1][0]), torch.tensor(dc)])
    dX, gradients = R.stacked_backward(partial(R.bidirectional_backward, R.lstm_backward), upstreams, caches)
    np.testing.assert_allclose(dX, arrays[0].grad, atol=1e-11)
    flat = [direction for level in gradients for direction in level]
    np.testing.assert_allclose([g[0] for g in flat], arrays[1].grad, atol=1e-11)
    np.testing.assert_allclose([g[1] for g in flat], arrays[2].grad, atol=1e-11)
    for (_, _, dW_x, dW_h, db), (W_x, W_h, b_x, b_h) in zip(flat, nested(twin.parameters(), [4] * 4)):
        for ours, theirs in [(dW_x, W_x.grad.T), (dW_h, W_h.grad.T), (db, b_x.grad), (db, b_h.grad)]:
            np.testing.assert_allclose(ours, theirs, atol=1e-11)


@settings(max_examples=8, deadline=None)
@given(sizes)
def test_stacked_gru_passes_upstream_of_every_level(size):
    N, T, D, H = size
    X, *below = inputs("gru", N, T, D, H)
    _, *above = inputs("gru", N, T, H, H + 1, seed=1)

    def f(X, *rest):
        return tuple(output for output, in R.stacked(R.gru, X, nested(rest, [5, 5]))[0])

    def f_backward(dY_below, dY_above, X, *rest):
        _, caches = R.stacked(R.gru, X, nested(rest, [5, 5]))
        dX, (d_below, d_above) = R.stacked_backward(R.gru_backward, [(dY_below,), (dY_above,)], caches)
        return dX, *d_below, *d_above

    def torch_f(X, *rest):
        below, above = nested(rest, [5, 5])
        Y = torch_layer("gru", X, below)
        return Y, torch_layer("gru", Y, above)

    compare(f, f_backward, torch_f, [X, *below, *above])


# What is refused, and what the comparison sees ----------------------------------------------------


@pytest.mark.parametrize("kind", ["rnn", "gru", "lstm"])
def test_wrong_input_is_refused(kind):
    good = inputs(kind, 2, 3, 4, 5)
    f, f_backward, cell = (getattr(R, kind + end) for end in ("", "_backward", "_cell"))
    for i in range(len(good)):
        for bad in (good[i][..., :-1], good[i][0], good[i].astype(int)):
            rejects(f, *good[:i], bad, *good[i + 1:])
    rejects(f, good[0][:, :0], *good[1:])
    rejects(cell, *good)
    *results, cache = f(*good)
    dc = results[1:]
    rejects(f_backward, np.zeros((2, 3, 4)), *dc, cache)
    rejects(f_backward, results[0], *dc, cache, truncate=0)
    rejects(getattr(R, kind + "_cell_backward"), np.zeros((2, 3, 5)), *dc, good[0][:, 0], *good[1:])


def test_wrong_input_is_refused_elsewhere():
    rejects(R.rnn, *inputs("rnn", 2, 3, 4, 5), nonlinearity="sigmoid")
    Y, c, cache = R.lstm(*inputs("lstm", 2, 3, 4, 5))
    rejects(R.lstm_backward, Y, c[:1], cache)


@pytest.mark.parametrize("kind", ["rnn", "gru", "lstm"])
def test_the_comparison_sees_each_wrong_gradient(kind):
    arrays = inputs(kind, 2, 3, 3, 3)
    f, f_backward = uncached(kind)
    for i in range(len(arrays)):
        def wrong(*args):
            gradients = list(f_backward(*args))
            gradients[i] = 1.001 * gradients[i]
            return tuple(gradients)

        with pytest.raises(AssertionError, match=f"gradient of input {i}"):
            compare(f, wrong, lambda X, *rest: torch_layer(kind, X, rest), arrays)


def test_the_comparison_sees_an_ignored_argument_and_swapped_gates():
    arrays = inputs("gru", 2, 3, 3, 3)
    with pytest.raises(AssertionError):                                 # reset_after ignored
        compare(*uncached("gru"), torch_gru_reset_before, arrays)
    with pytest.raises(AssertionError, match="gradient"):               # truncate ignored
        compare(*uncached("gru"), partial(torch_blocks, "gru", 2, {}), arrays)
    arrays = inputs("lstm", 2, 3, 3, 3)
    swapped = [*arrays[:3], *(np.roll(a, 3, axis=-1) for a in arrays[3:])]
    f, f_backward = uncached("lstm")
    with pytest.raises(AssertionError):
        compare(lambda *_: f(*swapped), f_backward, lambda X, *rest: torch_layer("lstm", X, rest), arrays)
