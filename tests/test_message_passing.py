"""Message passing: the browser computes what numpy computes (1e-10), rewinding is exact, edits are right, bad traits are refused."""

import inspect
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from scripts import output_of
from traitlets import TraitError

from dlnotes import data
from dlnotes.ops.graph import normalize_adjacency
from dlnotes.widgets import bundle, gcn, graphs
from dlnotes.widgets.message_passing import MOST, MOST_EDGES, MessagePassing

NODE = shutil.which("node")
needs_node = pytest.mark.skipif(NODE is None and os.environ.get("CI") != "true",
                                reason="no node on this machine: install Node.js 20 or later (nodejs.org)")
RNG = np.random.default_rng(0)
MODES = ("none", "row", "symmetric")


def plain(value):
    return value.tolist() if isinstance(value, (np.ndarray, np.generic)) else value


def js(calls):
    """Answers of message_passing_parity.mjs to a list of [probe, ...args]."""
    script = Path(__file__).with_name("message_passing_parity.mjs")
    done = subprocess.run([NODE, script], input=json.dumps(calls, default=plain), capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def random_edges(N, share, seed):
    rng = np.random.default_rng(seed)
    return np.argwhere(np.triu(rng.random((N, N)) < share, 1)).ravel().tolist()


def some_graphs():
    """(edges, N): every preset, a graph without edges, one of several components with lonely nodes, one node."""
    found = [(graphs.preset(name)[1], len(graphs.preset(name)[2])) for name in graphs.PRESETS]
    return [*found, ([], 5), (random_edges(9, 0.15, 1), 9), (random_edges(40, 0.2, 2), 40), ([], 1)]


def specs():
    return [dict(edges=e, N=N, selfLoops=loops, mode=mode) for e, N in some_graphs() for loops in (True, False) for mode in MODES]


def matrix(s):
    return normalize_adjacency(graphs.adjacency(s["edges"], s["N"]), s["selfLoops"], s["mode"])


# The browser's numbers --------------------------------------------------------------------------------------


@needs_node
def test_every_function_of_the_cores_is_compared():
    exported = {name for core in ("graphs.core.mjs", "gcn.core.mjs") for name in bundle.parse(core)[2]}
    assert exported <= set(js("covers"))


@needs_node
def test_presets_and_constants():
    assert js([["constants"], ["PRESETS"]]) == [[graphs.DEPTH, MOST, MOST_EDGES], list(graphs.PRESETS)]
    for name, got in zip(graphs.PRESETS, js([["preset", name] for name in graphs.PRESETS])):
        places, edges, labels, truth = graphs.preset(name)
        np.testing.assert_allclose(got["places"], places, atol=1e-12)
        assert [got["edges"], got["labels"], got["truth"]] == [edges, labels, truth], name
        assert max(graphs.components(graphs.adjacency(edges, len(labels)))) == 0, "presets are connected"
        assert min(places) >= 0 and max(places) <= 1 and js([["fits", got]]) == [True]


def test_the_karate_club_is_that_of_networkx():
    A, y = data.karate()
    _, edges, _, truth = graphs.preset("karate")
    np.testing.assert_array_equal(graphs.adjacency(edges, 34), A)
    assert truth == y.tolist()


@needs_node
def test_adjacency_components_and_features():
    labels = [0, -1, 1, 1, -1, 0]
    kinds = [("one", 1), ("two", 2), ("random", 3)]
    out = js([["features", kind, labels, 7] for kind, _ in kinds] + [["channels", kind] for kind, _ in kinds])
    for (kind, C), H, count in zip(kinds, out[:3], out[3:]):
        want = graphs.features(kind, labels, 7)
        np.testing.assert_allclose(np.reshape(H, (6, C)), want, atol=1e-15)
        assert count == C == want.shape[1]
    assert graphs.features("two", labels, 0).tolist() == [[1, 0], [0, 0], [0, 1], [0, 1], [0, 0], [1, 0]]
    for (edges, N), A, group in zip(some_graphs(), js([["adjacency", e, N] for e, N in some_graphs()]),
                                    js([["components", e, N] for e, N in some_graphs()])):
        np.testing.assert_array_equal(np.reshape(A, (N, N)), graphs.adjacency(edges, N))
        assert group == graphs.components(graphs.adjacency(edges, N)).tolist()


@needs_node
def test_layers_dominant_directions_and_differences():
    cases = [(s, RNG.random((s["N"], C))) for C in (1, 3) for s in specs()]
    out = js([[probe, s, H, H.shape[1]] for s, H in cases for probe in ("layers", "difference")])
    limits = js([["dominant", s] for s, _ in cases])
    for k, (s, H) in enumerate(cases):
        want = graphs.layers(matrix(s), H)
        np.testing.assert_allclose(np.array(out[2 * k], float).reshape(want.shape), want, rtol=1e-10, atol=1e-10)
        limit = graphs.dominant(graphs.adjacency(s["edges"], s["N"]), s["selfLoops"], s["mode"])
        np.testing.assert_allclose(limits[k], limit[0], atol=1e-10)
        left = graphs.differences(want, *limit)
        np.testing.assert_allclose(np.array(out[2 * k + 1], float), left, rtol=1e-8, atol=1e-10)
    assert js([["size", [3.0, 4.0]]]) == [5]


def spec(N=34, **changes):
    places, edges, labels, truth = graphs.preset("karate")
    return {**dict(edges=edges, N=N, selfLoops=True, mode="symmetric", hidden=5, seed=3, labels=labels, truth=truth, lr=0.03,
                   steps=300), **changes}


@needs_node
@pytest.mark.parametrize("mode", MODES)
def test_first_weights_loss_and_gradient(mode):
    for changes in ({}, {"selfLoops": False}, {"labels": [-1] * 34}, {"labels": (RNG.integers(-1, 2, 34)).tolist()}):
        s = spec(mode=mode, **changes)
        params, (loss, grads) = js([["createGcn", s], ["backward", s]])
        weights = gcn.initial_weights(34, 5, 3)
        np.testing.assert_allclose(params, np.concatenate([w.ravel() for w in weights]), atol=1e-14)
        want, want_grads = gcn.gradient(weights, matrix(s), s["labels"])
        assert loss == pytest.approx(want, abs=1e-12)
        np.testing.assert_allclose(grads, np.concatenate([g.ravel() for g in want_grads]), atol=1e-12)


@needs_node
@pytest.mark.parametrize("mode", MODES)
def test_training_and_rewinding(mode):
    """300 steps of Adam as dlnotes makes them; back and forth the same weights to the last digit."""
    s, stops = spec(mode=mode, lr=0.01), [40, 300, 40, 7, 300, 0]
    (seen,) = js([["goTo", s, stops]])
    first, A_hat = gcn.initial_weights(34, 5, 3), matrix(s)
    for k, got in zip(stops, seen):
        weights, _ = gcn.train(first, A_hat, s["labels"], 0.01, k)
        np.testing.assert_allclose(got["params"], np.concatenate([w.ravel() for w in weights]), rtol=1e-7, atol=1e-8)
        Z2 = gcn.forward(weights, A_hat)[1]
        np.testing.assert_allclose(np.reshape(got["Z2"], (34, 2)), Z2, rtol=1e-7, atol=1e-8)
        np.testing.assert_allclose(np.reshape(got["P"], (34, 2)).sum(1), 1, atol=1e-12)
        assert tuple(got["right"]) == gcn.right(Z2, s["labels"], s["truth"])
        assert got["loss"] == pytest.approx(gcn.gradient(weights, A_hat, s["labels"])[0], rel=1e-6, abs=1e-9)
    assert seen[0] == seen[2] and seen[1] == seen[4]


@needs_node
def test_graphs_that_cannot_be_drawn_are_seen():
    good = dict(places=[0.1, 0.2, 0.3, 0.4], edges=[0, 1], labels=[0, -1], truth=[-1, 1])
    bad = [{"places": []}, {"places": [0.1]}, {"places": [0.1, 0.2, 0.3, 7]}, {"places": None}, {"edges": [0]}, {"edges": [0, 2]},
           {"edges": [1, 1]}, {"edges": [0, 0.5]}, {"edges": "01"}, {"labels": [0]}, {"labels": [0, 5]}, {"truth": {}},
           {"places": [0.5] * 82, "labels": [0] * 41, "truth": [0] * 41}, {"edges": [0, 1] * 301}]
    assert js([["fits", good]] + [["fits", {**good, **b}] for b in bad]) == [True] + [False] * len(bad)


@needs_node
def test_edits():
    g = dict(places=[0, 0, 1, 0, 0.5, 1], edges=[0, 1, 1, 2], labels=[0, -1, 1], truth=[0, 0, 1])
    moved, more, less, parted, joined, loop, tagged, one = js([
        ["edit", "moved", g, 1, 1.7, 0.25], ["edit", "withNode", g, 0.3333333, -1], ["edit", "withoutNode", g, 1],
        ["edit", "toggled", g, 2, 1], ["edit", "toggled", g, 2, 0], ["edit", "toggled", g, 1, 1], ["edit", "labelled", g, 1, 1],
        ["edit", "withoutNode", dict(places=[0, 0], edges=[], labels=[0], truth=[0]), 0]])
    assert moved["places"] == [0, 0, 1, 0.25, 0.5, 1] and moved["edges"] == g["edges"]
    assert more["places"][-2:] == [0.333, 0] and more["labels"] == [0, -1, 1, -1] and more["truth"] == [0, 0, 1, -1]
    assert less == dict(places=[0, 0, 0.5, 1], edges=[], labels=[0, 1], truth=[0, 1])
    assert parted["edges"] == [0, 1] and joined["edges"] == [0, 1, 1, 2, 2, 0] and loop == g
    assert tagged["labels"] == [0, 1, 1] and one["labels"] == [0]
    assert js([["edit", "withoutNode", g, 0]])[0] == dict(places=[1, 0, 0.5, 1], edges=[0, 1], labels=[-1, 1], truth=[0, 1])
    full = dict(places=[0.5] * 80, edges=[], labels=[-1] * 40, truth=[-1] * 40)
    assert js([["edit", "withNode", full, 0, 0]])[0] == full
    dots = [[0, 0], [100, 0], [50, 80]]
    assert js([["near", "nearestNode", 3, dots, 96, 3, 24], ["near", "nearestNode", 3, dots, 50, 40, 24],
               ["near", "nearestEdge", [0, 1, 1, 2], dots, 50, 6, 14], ["near", "nearestEdge", [0, 1, 1, 2], dots, 20, 50, 14],
               ["near", "nearestEdge", [0, 0], dots, 3, 4, 14]]) == [1, -1, [0, 1], None, [0, 0]]


@needs_node
@pytest.mark.parametrize("library", ["dlnotes", "torch"])
def test_scripts_print_the_numbers_of_the_screen(library):
    """Every normalization, features and mode: the copied script and the widget agree to 1e-6."""
    for mode in MODES:
        for loops, kind in ((True, "two"), (False, "one"), (True, "random")):
            widget = MessagePassing("barbell", mode="mix", features=kind, normalization=mode, self_loops=loops, seed=5, step=6, node=3)
            s = dict(graph=dict(zip(("places", "edges", "labels", "truth"), widget.graph())), task="mix", kind=kind, mode=mode,
                     selfLoops=loops, seed=5, node=3)
            (script,) = js([["script", s, 6, library]])
            H, _, sizes = widget.mixed()
            np.testing.assert_allclose([float(v) for v in output_of(script).split()], [sizes[6], *H[6, 3]], rtol=1e-9, atol=1e-12)
        widget = MessagePassing("karate", mode="train", normalization=mode, hidden=3, lr=0.02, seed=4, step=25)
        s = dict(graph=dict(zip(("places", "edges", "labels", "truth"), widget.graph())), task="train", mode=mode, selfLoops=True,
                 hidden=3, lr=0.02, seed=4)
        (script,) = js([["script", s, 25, library]])
        assert float(output_of(script)) == pytest.approx(widget.trained()[1], rel=1e-6), mode


@needs_node
def test_the_sum_of_a_node_is_written_out():
    A_hat = normalize_adjacency(graphs.adjacency([0, 1, 1, 2], 3), True, "row")
    H = np.array([[3.0], [0], [1]])
    one = dict(node=1, step=2, Ahat=A_hat.ravel(), N=3, C=1, before=H.ravel(), after=(A_hat @ H).ravel())
    alone = {**one, "Ahat": [0.0] * 9, "after": [0.0] * 3}
    said, start, nobody = js([["words", "sumSentence", one], ["words", "sumSentence", {**one, "step": 0, "after": H.ravel()}],
                              ["words", "sumSentence", alone]])
    assert said == "Node 1 at layer 2: 0.33 × 3.00 from node 0 + 0.33 × 0 from itself + 0.33 × 1.00 from node 2 = 1.33."
    assert start.startswith("Node 1 begins with 0.") and "hears nobody" in nobody


# What is claimed --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("loops", [True, False])
@pytest.mark.parametrize("name", ["star", "communities", "karate"])
def test_dominant_direction_is_the_leading_eigenvector(name, loops):
    _, edges, labels, _ = graphs.preset(name)
    A = graphs.adjacency(edges, len(labels))
    for mode in ("none", "symmetric"):
        A_hat = normalize_adjacency(A, loops, mode)
        u, group = graphs.dominant(A, loops, mode)
        np.testing.assert_allclose(u, np.abs(np.linalg.eigh(A_hat)[1][:, -1]), atol=1e-9)
    u, _ = graphs.dominant(A, loops, "row")
    np.testing.assert_allclose(normalize_adjacency(A, loops, "row") @ u, u, atol=1e-12)


def test_differences_vanish_with_self_loops_and_not_on_a_chess_board():
    for mode in MODES:
        assert MessagePassing("karate", normalization=mode).mixed()[1][32] < 0.03
        assert MessagePassing("ring", normalization=mode, self_loops=False).mixed()[1][32] > 0.7
        assert MessagePassing("ring", normalization=mode, self_loops=True).mixed()[1][32] < 0.02
    assert MessagePassing("karate", normalization="none").mixed()[2][32] > 1e20


def test_gradient_against_finite_differences():
    _, edges, labels, _ = graphs.preset("barbell")
    A_hat = normalize_adjacency(graphs.adjacency(edges, 12), True, "row")
    weights = [w + 0.1 * RNG.standard_normal(w.shape) for w in gcn.initial_weights(12, 4, 0)]
    grads = gcn.gradient(weights, A_hat, labels)[1]
    for w, g in zip(weights, grads):
        for at in list(np.ndindex(w.shape))[:7]:
            ends = []
            for h in (1e-6, -1e-6):
                w[at] += h
                ends.append(gcn.gradient(weights, A_hat, labels)[0])
                w[at] -= h
            assert g[at] == pytest.approx((ends[0] - ends[1]) / 2e-6, rel=1e-5, abs=1e-9)


def test_two_labels_part_the_club():
    found = [gcn.right(*_trained(seed))[0] for seed in range(20)]
    assert np.median(found) >= 30 and min(found) >= 27


def _trained(seed):
    widget = MessagePassing("karate", mode="train", seed=seed, step=200, hidden=16)
    return widget.trained()[0], *widget.graph()[2:]


# The Python side --------------------------------------------------------------------------------------------


def test_traits_are_those_of_the_docstring():
    public = set("preset places edges labels truth mode features normalization self_loops node hidden lr seed step steps speed "
                 "playing".split())
    assert MessagePassing.public_traits() == public
    assert set(re.findall(r"^(\w+)(?=[\w, ]* : )", inspect.cleandoc(MessagePassing.__doc__), re.M)) == public
    assert all(MessagePassing().trait_metadata(name, "sync") for name in public)
    with pytest.raises(TypeError, match="expected one of .*hidden.*; got 'hiden'"):
        MessagePassing(hiden=3)


TWO = dict(places=[0.1, 0.2, 0.8, 0.9], edges=[0, 1], labels=[0, 1], truth=[-1, -1])


@pytest.mark.parametrize("wrong", [
    {"preset": "club"}, {"mode": "learn"}, {"features": "four"}, {"normalization": "left"}, {"hidden": 0}, {"hidden": 17}, {"lr": 0.0},
    {"lr": float("nan")}, {"step": -1}, {"steps": 0}, {"seed": -1}, {"node": -1}, {"speed": 7}, {"edges": [0, 1]},
    {**TWO, "places": [0.1, 0.2, 0.8]}, {**TWO, "places": [0.1, 0.2, 0.8, float("nan")]}, {**TWO, "places": [0.1, 0.2, 0.8, 1.1]},
    {**TWO, "edges": [0]}, {**TWO, "edges": [1, 1]}, {**TWO, "edges": [0, 2]}, {**TWO, "labels": [0]}, {**TWO, "labels": [0, 2]},
    {**TWO, "truth": []}])
def test_a_wrong_value_is_refused(wrong):
    with pytest.raises(TraitError):
        MessagePassing(**wrong)


@pytest.mark.parametrize("traits", [{}, {"step": 5, "features": "random"}, {"mode": "train", "step": 30}, TWO,
                                    {**TWO, "edges": [], "self_loops": False, "step": 2}])
def test_still_and_words_show_the_same_numbers(traits):
    widget = MessagePassing(**traits)
    shares = widget.shares()
    ax = widget.still().axes[0]
    assert len(ax.lines) == len(widget.graph()[1]) // 2 and len(ax.texts) == len(shares)
    said = widget.describe()
    assert f"{len(shares)} nodes" in said
    if widget.mode == "train":
        Z, loss, _ = widget.trained()
        good, asked = gcn.right(Z, *widget.graph()[2:])
        assert f"loss {loss:.4f}, {good} of {asked}" in said
        np.testing.assert_allclose(shares.sum(axis=1), 1)
    elif shares.any():
        assert f"{100 * widget.mixed()[1][widget.step]:.2f} %" in said
    else:
        assert "all features are 0" in said
