"""The playground's maths: the browser trains as dlnotes does, goes back exactly, reads tables, and judges runs rightly.

`run` of dlnotes/widgets/playground.py is the twin of playground.core.mjs; the scripts that the page gives are run as well.
"""

import json
import re
import subprocess
from pathlib import Path

import numpy as np
import pytest
from net_node import NODE, decode
from scripts import output_of
from traitlets import TraitError

from dlnotes.widgets import playground as twin
from dlnotes.widgets.playground import LIVE, STRUCTURE, Playground

SEVEN = ["x1", "x2", "x1_squared", "x2_squared", "product", "sin_x1", "sin_x2"]
SCRIPT = Path(__file__).with_name("playground_parity.mjs")


@pytest.fixture(scope="module", autouse=True)
def process():
    global _node
    _node = subprocess.Popen([NODE, SCRIPT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    yield
    _node.stdin.close()
    assert _node.wait(timeout=20) == 0


def js(probe, *args):
    _node.stdin.write(json.dumps({"probe": probe, "args": args}) + "\n")
    _node.stdin.flush()
    answer = json.loads(_node.stdout.readline())
    assert "error" not in answer, answer
    return answer.get("value")


def settings(**traits):
    return Playground(**traits).settings()


def both(**traits):
    """The run in the browser and in dlnotes."""
    s = settings(**traits)
    return js("run", s), twin.run(s)


def flat(net):
    return np.concatenate([p.ravel() for p in net.params])


# Settings ---------------------------------------------------------------------------------------------------


def test_traits_and_fields_are_the_same():
    fields, traits, tables = js("fields"), Playground.class_traits(), js("tables")
    assert tables["live"] == LIVE and tables["structure"] == STRUCTURE and tables["last"] == twin.LAST
    assert {name: tuple(window) for name, window in tables["windows"].items()} == twin.WINDOWS
    for name, field in fields.items():
        trait = traits[name]
        assert field["first"] == trait.default() == getattr(Playground(), name), name
        if field.get("low") is not None:
            assert (field["low"], field["high"]) == (trait.min, trait.max), name
        if name not in ("features", "layers", "own") and field.get("names"):
            assert field["names"] == list(trait.values), name
    assert fields["features"]["names"] == SEVEN and fields["layers"]["most"] == 6 and fields["own"]["most"] == twin.POINTS


@pytest.mark.parametrize("raw", [
    {}, {"data": "constructor", "points": 1e9, "noise": "NaN", "layers": [9], "features": [],
        "own": [[9, 9, 0]]},
    {"layers": "4", "features": ["x1", "x1"], "lr": 0, "batch_size": 2.5, "nesterov": 1, "schedule": None,
        "seed": -1},
    {"own": [[0, 0, 2]], "init_scale": 1e9, "layers": [1] * 7}])
def test_what_cannot_be_used_is_replaced(raw):
    assert js("sane", raw) == js("sane", {})


def test_changes_that_make_no_sense_are_passed_over():
    plain = js("segments", [], {})
    for changes in (None, "x", [{"until": 0}], [{"until": -3}, {"until": 1.5}, None, 3]):
        assert js("segments", changes, {}) == plain
    assert [s["from"] for s in js("segments", [{"until": 5}, {"until": 5}, {"until": 3},
        {"until": 9, "lr": 1}], {})] == [0, 5, 9]


def test_divergence_is_the_first_epoch_that_differs():
    a = js("segments", [{"until": 10, "lr": 0.1}, {"until": 20, "lr": 0.2}], {"lr": 0.3})
    b = js("segments", [{"until": 10, "lr": 0.1}, {"until": 15, "lr": 0.2}], {"lr": 0.3})
    assert js("divergence", a, b) == 15 and js("divergence", b, a) == 15
    assert js("divergence", a, a) == "Infinity"
    assert js("divergence", a, js("segments", [], {"lr": 0.3})) == 0


# Runs -------------------------------------------------------------------------------------------------------

RUNS = [
    dict(), dict(data="xor", noise=0.2, seed=3), dict(data="spiral", features=SEVEN, layers=[8, 8], seed=1),
    dict(data="moons", noise=0.1, loss="logistic", optimizer="adam", lr=0.01), dict(data="gauss", layers=[],
        noise=0.3),
    dict(data="parabola", optimizer="rmsprop", lr=0.003, alpha=0.9, momentum=0.5, train_share=0.8),
    dict(optimizer="adamw", weight_decay=0.1, lr=0.01, initializer="he_normal", activation="relu"),
    dict(optimizer="adagrad", lr=0.1, initializer="orthogonal", init_scale=2.0, activation="softsign"),
    dict(momentum=0.9, nesterov=True, lr=0.01, batch_size=32), dict(regularization="l1", rate=0.01,
        activation="swish"),
    dict(regularization="l2", rate=0.03, batch_size=1, points=40), dict(activation="elu", layers=[3, 3, 3]),
    dict(activation="prelu", initializer="glorot_uniform"), dict(schedule="cosine", schedule_epochs=6,
        lr=0.1),
    dict(schedule="one_cycle", schedule_epochs=9), dict(schedule="step",
        schedule_epochs=3), dict(schedule="warmup"),
    dict(schedule="exponential", schedule_epochs=10), dict(schedule="polynomial", schedule_epochs=10),
    dict(schedule="warm_restarts", schedule_epochs=3), dict(batch_size=2000, points=333, train_share=0.3),
    dict(data="own", own=[[i / 9, (i * i) % 7 - 3, i % 2] for i in range(31)], train_share=0.7, batch_size=4),
    dict(lr=0.1, batch_size=20, changes=[dict(until=3, lr=0.03, batch_size=10),
        dict(until=7, lr=0.3, regularization="l2", rate=0.01)]),
    dict(optimizer="adam", lr=0.01, changes=[dict(until=4, lr=0.001, beta1=0.5)], schedule="cosine",
        schedule_epochs=5),
]


@pytest.mark.parametrize("traits", RUNS, ids=lambda t: json.dumps(t)[:60])
def test_the_browser_trains_as_dlnotes(traits):
    here, there = both(epoch=12, **traits)
    np.testing.assert_allclose(decode(here["params"]), flat(there["net"]), rtol=1e-8, atol=1e-9)
    np.testing.assert_allclose(decode(here["train"]), there["train_loss"], rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(decode(here["test"]), there["test_loss"], rtol=1e-8, atol=1e-10)
    assert here["steps"] == here["stepAt"] and len(here["train"]) == 13


@pytest.mark.parametrize("name", twin.INITIALIZERS)
def test_first_weights(name):
    here, there = both(initializer=name, init_scale=1.5, layers=[5, 3], seed=7)
    np.testing.assert_allclose(here["params"], flat(there["net"]), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("traits", [{}, dict(optimizer="adam", lr=0.01, data="spiral"),
    dict(momentum=0.9, batch_size=7)])
def test_every_epoch_has_its_weights_again(traits):
    epochs = [0, 5, 60, 17, 5, 61, 0, 59, 300, 140, 17]
    seen = {}
    for epoch, params in zip(epochs, js("wander", settings(**traits), epochs)):
        assert seen.setdefault(epoch, params) == params, epoch
        assert params == js("run", settings(epoch=epoch, **traits))["params"]
    assert seen[5] != seen[17]


def test_an_epoch_at_a_time_when_there_is_no_time():
    """With no patience left the run comes back after each epoch, and arrives all the same."""
    out = js("patience", settings(), 30)
    assert 1 < out["calls"] <= 32 and out["epoch"] == 30
    assert out["params"] == js("run", settings(epoch=30))["params"]


MOVES = [[[20, dict(lr=0.1)]], [[10, dict(batch_size=50)], [25, dict(regularization="l1", rate=0.01)]],
         [[30, dict(lr=1.0)], [12, dict(lr=0.01)]], [[0, dict(lr=0.1)]], [[15, dict(lr=0.05)],
             [15, dict(lr=0.08)]],
         [[20, dict(schedule="cosine", schedule_epochs=40)], [30, dict(momentum=0.5)]]]


@pytest.mark.parametrize("moves", MOVES, ids=str)
def test_what_changes_on_the_way_holds_from_then_on(moves):
    """A run changed while it goes equals the run of the traits that this leaves, in the browser and in dlnotes."""
    out = js("retune", settings(), moves, 40)
    again = settings(**{k: v for k, v in out["traits"].items() if k != "epoch"}, epoch=40)
    assert out["params"] == js("run", again)["params"] and out["train"] == js("run", again)["train"]
    np.testing.assert_allclose(out["params"], flat(twin.run(again)["net"]), rtol=1e-8, atol=1e-9)
    for epoch in [move[0] for move in moves][-1:]:
        plain = js("run", settings(epoch=epoch))
        if len(moves) == 1:
            assert out["train"][:epoch + 1] == plain["train"]
    assert len(again["changes"]) == len({m[0] for m in moves if m[0] > 0 and m[0] <= moves[-1][0]})


def test_a_run_that_diverges_ends_and_can_be_wound_back():
    s = settings(activation="exponential", loss="logistic", lr=3.0, layers=[4, 4], epoch=50)
    out, there = js("run", s), twin.run(s)
    assert out["ended"] == out["epoch"] < 50 and not np.isfinite(decode(out["train"])[-1])
    assert len(there["train_loss"]) == out["ended"] + 1
    assert js("wander", s, [50, 0])[1] == js("run", s | dict(epoch=0))["params"]
    tamed = js("retune", s, [[0, dict(lr=1e-4)]], 20)
    assert tamed["ended"] is None and tamed["epoch"] == 20 and "no longer a finite number" in js("sentence",
        s)


def test_no_point_no_run():
    for own in ([], [[1, 1, 1]]):
        out = js("run", settings(data="own", own=own, epoch=10))
        assert out["epoch"] == 0 and out["steps"] == 0
        assert "no training points" in Playground(data="own", own=own, epoch=10).describe()


@pytest.mark.parametrize("traits", [{}, dict(data="gauss", noise=0.5, loss="logistic"),
    dict(data="xor", layers=[])])
def test_metrics(traits):
    s = settings(epoch=8, **traits)
    there = twin.run(s)
    for part in ("train", "test"):
        _, labels, X, y = there[part]
        Y = there["net"].forward(X)[:, 0] > 0
        out = js("metrics", s, part)
        assert out["counts"] == [[int(((labels == a) & (Y == b)).sum()) for b in (0, 1)] for a in (0, 1)]
        assert out["accuracy"] == pytest.approx((labels == Y).mean()) and out["loss"] == pytest.approx(there[f"{part}_loss"][-1])


def test_the_boundary_is_the_network_on_a_grid():
    s = settings(epoch=10, data="moons", features=["x1", "product", "sin_x2"])
    points, Y = js("field", s, 9)
    X = np.reshape(points, (-1, 2))
    assert X[0].tolist() == [-1.5, -1.75] and X[8].tolist() == [2.5, -1.75] and X[-1].tolist() == [2.5, 2.25]
    np.testing.assert_allclose(Y, twin.run(s)["net"].forward(twin.toys.features(s["features"], X))[:, 0],
        rtol=1e-8)


# Export -----------------------------------------------------------------------------------------------------


def printed(script):
    return [float(x) for x in re.findall(r"loss\s+(\S+)", output_of(script))]


EXPORTS = [
    dict(epoch=6), dict(epoch=5, lr=0.2, changes=[dict(until=2, lr=0.03)]),
    dict(epoch=5, data="moons", loss="logistic", optimizer="adam", lr=0.01, regularization="l2", rate=0.01),
    dict(epoch=6, momentum=0.9, changes=[dict(until=3, momentum=0.0, batch_size=25)]),
    dict(epoch=4, optimizer="rmsprop", lr=0.003, schedule="cosine", schedule_epochs=3, features=SEVEN,
        layers=[3, 2, 2]),
    dict(epoch=5, data="own", own=[[i / 9, (i * i) % 7 - 3, i % 2] for i in range(31)], activation="relu"),
    dict(epoch=4, optimizer="adamw", weight_decay=0.2, lr=0.01, initializer="he_uniform",
        regularization="l1", rate=0.003),
]


@pytest.mark.parametrize("library", ["dlnotes", "torch"])
@pytest.mark.parametrize("traits", EXPORTS, ids=lambda t: json.dumps(t)[:50])
def test_the_script_prints_the_losses_of_the_screen(traits, library):
    if library == "torch":
        torch = pytest.importorskip("torch")
        torch.set_num_threads(1)
    script, *losses = js("script", settings(**traits), library)
    assert printed(script) == pytest.approx(losses, abs=1e-6)


def test_the_script_of_an_earlier_epoch_leaves_out_what_came_later():
    late = settings(lr=0.2, changes=[dict(until=10, lr=0.03)])
    assert js("script", late | dict(epoch=4), "dlnotes", 15)[0] == js("script", settings(epoch=4),
        "dlnotes")[0]


# Own data ---------------------------------------------------------------------------------------------------

GOOD = [[1.5, 2.0, 0], [-3.0, 4.0, 1]]


@pytest.mark.parametrize("text, points", [
    ("1.5,2,0\n-3,4,1", GOOD), ("x1,x2,label\n1.5,2,0\n-3,4,1\n", GOOD), ("1,5;2;0\n-3;4;1",
        GOOD), ("1,5\t2,0\t0\n-3\t4\t1", GOOD),
    ("1.5 2 0\n-3   4 1", GOOD), ("\ufeff1.5,2,-1\r\n-3,4,1\r\n", GOOD), ("# note\n\n1.5,2,no\n\n-3,4,yes",
        GOOD),
    ('"1.5","2","a"\n"-3","4","b"', GOOD), ("\u22123;4;10\n1,5;2;9", GOOD[::-1]), ("1.5,2,0\n-3.0e0,+4,1",
        GOOD),
    ("0 0 1\n2 2 1", [[0, 0, 1], [2, 2, 1]]), ("0 0 red\n2 2 red", [[0, 0, 0], [2, 2, 0]])])
def test_tables_in_many_forms(text, points):
    out = js("readPoints", text)
    assert out["points"] == points and out["bad"] == []


def test_what_was_done_is_said():
    said = " ".join(js("readPoints", "a;b;c\n1,5;2;cat\n-3;4;dog")["said"])
    for words in ("2 points", "semicolons", "decimal commas (1,5 is one and a half)",
            "first line is a header",
                  "cat is class 0 (orange), dog is class 1 (blue)"):
        assert words in said
    assert "decimal" not in " ".join(js("readPoints", "1.5;2;0\n3;4;1")["said"])
    assert "of one class, 7" in " ".join(js("readPoints", "0 0 7\n1 3 7")["said"])


def test_malformed_lines_are_told_by_their_number():
    out = js("readPoints", "1.5,2,0\nfoo\n1,x,1\n\n-3,4,1\n5,6\n1,2,\n1e999,2,1\n1,2,3,4\nnan,1,1")
    assert out["points"] == GOOD and [b["number"] for b in out["bad"]] == [2, 3, 6, 7, 8, 9, 10]
    said = out["said"][-1]
    assert "line 2 (1 field, not 3), line 3 (x2 is no number: x)" in said and "and 2 more" in said and "mend" in said


@pytest.mark.parametrize("text, words", [
    ("", "No line"), ("hello", "No line"), ("1,2,a\n3,4,b\n5,6,c",
        "Two classes are wanted; the labels are a, b, c."),
    ("x" * 8_000_001, "8000001 characters")], ids=["empty", "words", "three", "long"])
def test_what_cannot_be_used_is_said(text, words):
    out = js("readPoints", text)
    assert out["points"] is None and words in " ".join(out["said"])


def test_many_points_are_thinned_by_the_rule_and_quickly():
    rng = np.random.default_rng(0)
    X = rng.uniform(-5, 5, (100_000, 2)).round(3)
    labels = np.arange(100_000) % 2
    text = "\n".join(f"{a},{b},{c}" for (a, b), c in zip(X, labels))
    out = js("readPoints", text)
    assert "100000 points are too many: of each class one in 51 is kept, in their order." in out["said"]
    keep = np.sort(np.concatenate([np.flatnonzero(labels == c)[::51] for c in (0, 1)]))
    assert out["points"] == [[*X[i].tolist(), int(labels[i])] for i in keep] and len(keep) <= twin.POINTS
    assert js("readTime", text)[1] < 4000           # about 0.4 s alone; the machine may be busy


def test_a_thinned_table_never_holds_too_many():
    for count in (1999, 2000, 2001, 3998, 4000, 12345):
        rows = [[0, 0, str(i % 7 == 0)] for i in range(count)]
        out = js("thin", rows)
        assert len(out["rows"]) <= 2000 and {r[2] for r in out["rows"]} == {"True", "False"}
        assert (out["every"] == 1) == (count <= 2000)


def test_points_outside_the_plane_are_scaled():
    out = js("readPoints", "100,0,a\n300,1,b\n200,0.25,a")
    assert out["points"] == [[-5, -5, 0], [5, 5, 1], [0, -2.5, 0]]
    assert any("x1 from 100 … 300 and x2 from 0 … 1 to −5 … 5" in s for s in out["said"])
    assert js("readPoints", "0.1,0.2,1\n0.3,0.4,0")["points"] == [[-5, -5, 1],
        [5, 5, 0]]          # too small to be seen
    assert js("readPoints", "7,3,1\n7,3,0")["points"] == [[0, 0, 1], [0, 0, 0]]


def test_drawing_and_erasing():
    one = js("addPoint", [], 1.234567, -9, 1)
    assert one == [[1.23, -6, 1]] and js("addPoint", one, 1.3, -6, 0,
        0.35) == one and len(js("addPoint", one, 1.3, -6, 0, 0)) == 2
    assert js("addPoint", [[0, 0, 0]] * 2000, 1, 1, 1) == [[0, 0, 0]] * 2000
    assert js("erasePoints", [[0, 0, 0], [1, 0, 1], [0.3, 0.3, 1]], 0, 0, 0.5) == [[1, 0, 1]]
    text, again = js("table", [[1.25, -2, 0], [3, 4.5, 1]])
    assert again == [[1.25, -2, 0], [3, 4.5, 1]] and text.startswith("x1,x2,label\n1.25,-2,0\n")


@pytest.mark.parametrize("own, words", [
    ([], "no points yet"), ([[1, 1, 1]], "kept for the test"), ([[i / 9, 0, 1] for i in range(9)],
        "of class 1"),
    ([[i / 9, 0, 0] for i in range(9)], "of class 0"), ([[i / 9, i % 3, i % 2] for i in range(40)], "")])
def test_what_is_odd_about_the_points_is_said(own, words):
    said = js("trouble", settings(data="own", own=own))
    assert words in said if words else said == ""


# One step by hand -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("traits", [
    {}, dict(data="moons", loss="logistic", optimizer="adam", lr=0.01), dict(regularization="l1", rate=0.1,
        features=SEVEN),
    dict(regularization="l2", rate=0.1, momentum=0.9, activation="relu"), dict(layers=[],
        optimizer="adagrad", lr=0.1),
    dict(schedule="step", schedule_epochs=2, layers=[3, 3, 3])])
@pytest.mark.parametrize("n", [0, 13])
def test_one_update_by_hand(traits, n):
    """Every number of the stepper from dlnotes' own forward, backward and, for plain SGD, update."""
    s = settings(epoch=5, **traits)
    there, out = twin.run(s), js("update", s, n)
    points, labels, X, y = there["train"]
    net = there["net"]
    Y = net.forward(X[n:n + 1])
    grads = net.backward(twin.LOSSES[s["loss"]][1](Y, y[n:n + 1]))
    assert out["point"] == pytest.approx(points[n]) and out["label"] == labels[n] and out["y"] == y[n, 0]
    assert out["output"] == pytest.approx(Y[0,
        0]) and out["loss"] == pytest.approx(twin.LOSSES[s["loss"]][0](Y, y[n:n + 1]))
    rate = twin.rate(js("run", s)["steps"], s["lr"], s["schedule"],
        s["schedule_epochs"] * -(-len(X) // s["batch_size"]))
    assert out["rate"] == pytest.approx(rate)
    lam1, lam2 = s["rate"] * (s["regularization"] == "l1"), s["rate"] * (s["regularization"] == "l2")
    for l, layer in enumerate(out["layers"]):
        W, b, dW, db = net.params[2 * l].ravel(), net.params[2 * l + 1], grads[2 * l].ravel(), grads[2 * l + 1]
        for name, want in (("W", W), ("b", b), ("dW", dW), ("db", db), ("A", net.inputs[l + 1][0]),
                ("S", net.slopes[l][0])):
            np.testing.assert_allclose(layer[name], want, rtol=1e-7, atol=1e-10, err_msg=name)
        np.testing.assert_allclose(layer["dZ"], db, rtol=1e-7, atol=1e-10)
        if s["optimizer"] == "sgd" and not s["momentum"]:
            np.testing.assert_allclose(layer["W_new"], W - rate * (dW + lam1 * np.sign(W) + lam2 * W),
                rtol=1e-7, atol=1e-10)
            np.testing.assert_allclose(layer["b_new"], b - rate * db, rtol=1e-7, atol=1e-10)
    assert js("untouched", s, n)


def test_the_update_is_the_runs_own_next_step():
    """With batches of one, the new weights of the example that comes next are those of the next step, state included."""
    for options in (dict(), dict(optimizer="adam", lr=0.01), dict(momentum=0.9),
            dict(optimizer="rmsprop", regularization="l2", rate=0.1)):
        s = settings(points=10, train_share=0.1, batch_size=1, epoch=3, **options)        # one training point
        step = js("update", s, 0)
        after = js("run", s | dict(epoch=4))["params"]
        made = [v for layer in step["layers"] for v in [*layer["W_new"], *layer["b_new"]]]
        np.testing.assert_allclose(made, after, rtol=1e-12)


def test_the_pages_show_every_number():
    s = settings(epoch=3, layers=[2], lr=0.1)
    step, pages = js("update", s, 4), js("pages", s, 4)
    assert [p["title"] for p in pages] == [
        "The point and its features", "Forward through layer 1", "Forward through the output", "The loss",
        "Backward: δ = dloss/dz of the output", "Backward: δ = dloss/dz of layer 1", "Gradients of layer 1", "Gradients of the output",
        "New weights of layer 1", "New weights of the output"]
    words = "\n".join(line for page in pages for line in page["lines"]).replace("−", "-")
    for layer in step["layers"]:
        for name in ("W", "b", "Z", "A", "dZ", "dW", "db", "W_new", "b_new"):
            for value in layer[name]:
                assert f"{value:.3f}" in words or f"{abs(value):.0e}"[0] in words, (name, value)
    assert f"{step['loss']:.3f}" in words


def test_the_formula_of_a_unit():
    s = settings(epoch=3, layers=[2], features=["x1", "product"])
    W, b, V, c = twin.run(s)["net"].params
    said = js("formula", s, dict(l=0, h=1, d=None)).replace("− ", "-").replace("+ ", "").replace("−", "-")
    assert [float(x) for x in re.findall(r"-?\d+\.\d+", said)] == pytest.approx([*W[:, 1], b[1]], abs=6e-4)
    assert "Unit 2 of layer 1: a₂ = tanh(" in said and "· x₁ " in said and "· x₁x₂ " in said
    out = js("formula", s, dict(l=1, h=0, d=None))
    assert out.startswith("The output: output = tanh(") and "a₁" in out and "a₂" in out
    edge = js("formula", s, dict(l=1, h=0, d=1))
    assert edge.startswith("Edge from unit 2 of layer 1 to the output: weight ") and edge.count(f"{abs(V[1, 0]):.3f}") == 2


# The guide --------------------------------------------------------------------------------------------------

SEEDS = range(5)
SICK = {
    "infinite": (dict(activation="exponential", loss="logistic", lr=3.0, layers=[4, 4]), 30),
    "diverging": (dict(lr=10.0), 20),
    "jumping": (dict(lr=1.0, noise=0.2), 40),
    "dead": (dict(activation="relu", lr=10.0, loss="logistic"), 20),
    "saturating": (dict(init_scale=20.0), 50),
    "overfitting": (dict(data="xor", noise=0.3, train_share=0.1, points=300, layers=[8, 8], optimizer="adam",
        lr=0.03, loss="logistic"), 100),
    "plateau": (dict(initializer="zeros"), 60),
    "slow": (dict(lr=1e-4), 30),
}
HEALTHY = {
    "circle": (dict(), [10, 20, 30, 60, 150]), "gauss": (dict(data="gauss"), [10, 30, 100]),
    "xor": (dict(data="xor"), [10, 20, 40, 100]), "adam": (dict(optimizer="adam", lr=0.01),
        [10, 20, 50, 150]),
    "seven": (dict(data="spiral", features=SEVEN, layers=[8, 8]), [10, 20, 50]),
    "noisy": (dict(noise=0.15), [10, 30, 60]), "overlapping": (dict(data="gauss", noise=0.3),
        [10, 30, 100, 200]),
    "logistic": (dict(loss="logistic", data="xor", layers=[8]),
        [10, 20, 40]), "regularized": (dict(regularization="l2", rate=0.001), [10, 40, 120]),
}


@pytest.mark.parametrize("name", SICK)
def test_the_guide_names_the_illness(name):
    traits, epoch = SICK[name]
    for seed in SEEDS:
        found = js("guide", settings(seed=seed, **traits), [epoch])[0]
        assert name in [verdict["name"] for verdict in found], (seed, found)


@pytest.mark.parametrize("name", HEALTHY)
def test_the_guide_raises_no_false_alarm(name):
    traits, epochs = HEALTHY[name]
    sick = {key for key, (bad, _) in js("words").items() if bad}
    for seed in SEEDS:
        for epoch, found in zip(epochs, js("guide", settings(seed=seed, **traits), epochs)):
            names = {verdict["name"] for verdict in found}
            if names == {"plateau"}:          # then the loss must really stay where it is
                later = js("run", settings(seed=seed, epoch=epoch + 40, **traits))["train"]
                assert later[-1] > 0.9 * later[epoch], (seed, epoch, found)
            else:
                assert found and not sick & names, (seed, epoch, found)


def test_all_dead_and_linear_runs_are_told_apart():
    """Every unit of a step function has slope 0; a linear network is no illness of its units, but it stays where it is."""
    assert {v["name"]: v for v in js("guide", settings(activation="step"), [12])[0]}["dead"]["all"] is True
    assert [v["name"] for v in js("guide", settings(activation="identity", layers=[4]),
        [100])[0]] in (["plateau"], ["slow"])


def test_early_epochs_are_not_judged():
    for epoch in range(10):
        assert [v["name"] for v in js("guide", settings(), [epoch])[0]] == ["early"]


def test_rules_at_their_limits():
    """diagnose() alone, with curves made by hand."""
    base = dict(epoch=40, ended=None, tested=True, layers=[dict(units=4, dead=[], flat=0.1)], constant=0.5,
        bounded=True,
                share=0.01, gradient=0.1, train=[0.5 * 0.95**e
                    for e in range(41)], test=[0.5 * 0.95**e + 0.01 for e in range(41)])
    name = lambda **new: [v["name"] for v in js("diagnose", base | new)]      # noqa: E731
    flat, up = [0.4] * 41, [0.5 + 0.01 * e for e in range(41)]
    assert name() == ["learning"] and name(train=up) == ["diverging"] and name(train=[0.5 + 0.001 * e
        for e in range(41)]) == ["early"]
    assert name(train=flat * 2, test=flat * 2, epoch=60) == ["plateau"]
    assert name(train=flat, test=flat, share=1e-4) == ["slow"] and name(train=flat, test=flat, share=1e-4,
        gradient=0.001) == ["early"]
    layer = dict(units=4, dead=[], flat=0.7)
    assert name(train=flat, test=flat,
        layers=[layer]) == ["saturating"] and name(layers=[layer]) == ["learning"]
    assert name(train=flat, test=flat, layers=[layer], bounded=False) == ["early"]
    rising = [0.5 - 0.02 * e for e in range(20)] + [0.12 + 0.015 * e for e in range(21)]
    assert name(test=rising) == ["overfitting"] and name(test=rising, tested=False) == ["learning"]
    assert name(test=rising,
        train=[0.1] * 20 + [0.12] * 21) == ["resting"]            # the training loss did not fall
    jumps = [0.3 + 0.15 * (e % 2) for e in range(41)]
    assert name(train=jumps, test=jumps) == ["jumping"]
    assert name(layers=[dict(units=4, dead=[1, 2], flat=0.1)]) == ["dead"]
    assert name(train=[0.02] * 41, test=[0.02] * 41) == ["learnt"] and name(train=[0.1] * 41,
        test=[0.1] * 41) == ["resting"]
    assert name(ended=40) == ["infinite"]


def test_each_verdict_has_its_words():
    said = [words for traits, epoch in SICK.values() for words in js("saysAll", settings(**traits), [epoch])]
    assert len(said) >= len(SICK) and not any("undefined" in words or "NaN" in words for words in said)


def test_a_constant_answers_loss():
    for y in ([1.0, -1.0, 1.0], [1.0, 1.0]):
        grid = np.linspace(-1, 1, 20001)
        best = min(0.5 * np.mean((grid[:, None] - np.array(y)) ** 2, axis=1))
        assert js("constantLoss", "half_mse", y, len(y)) == pytest.approx(best, abs=1e-6)
    assert js("constantLoss", "binary_cross_entropy_with_logits", [1, 0, 0, 0],
        4) == pytest.approx(-0.25 * np.log(0.25) - 0.75 * np.log(0.75))
    assert js("constantLoss", "binary_cross_entropy_with_logits", [1, 1], 2) == 0


# The Python side --------------------------------------------------------------------------------------------


def test_traits_stand_in_the_docstring():
    documented = set(re.findall(r"(\w+)(?=[\w, ]* : )", Playground.__doc__))
    assert Playground.public_traits() <= documented
    assert all(Playground().trait_metadata(name, "sync") for name in Playground.public_traits())
    assert set(LIVE + STRUCTURE) <= Playground.public_traits()


@pytest.mark.parametrize("wrong", [
    dict(data="moon"), dict(points=5), dict(noise=float("nan")), dict(lr=0.0), dict(lr=float("inf")), dict(layers=[9]), dict(layers=[1] * 7),
    dict(features=[]), dict(features=["x1", "x1"]), dict(features=["x3"]), dict(own=[[1, 2]]), dict(own=[[7,
        0, 1]]), dict(own=[[0, 0, 2]]),
    dict(own=[[0, float("nan"), 1]]), dict(own=["ab1"]), dict(own=[[0, 0,
        0]] * 2001), dict(optimizer="lion"), dict(batch_size=0), dict(seed=-1),
    dict(changes=[dict(lr=0.1)]), dict(changes=[dict(until=5), dict(until=5)]), dict(changes=[dict(until=5,
        layers=[1])]),
    dict(changes=[dict(until=5,
        lr=-1.0)]), dict(kept=dict(epoch=3)), dict(kept=dict(lr=-1.0)), dict(epoch=-1), dict(speed=7)])
def test_a_wrong_value_is_refused(wrong):
    with pytest.raises(TraitError):
        Playground(**wrong)


def test_a_misspelt_argument_is_refused():
    with pytest.raises(TypeError, match="expected one of .*lr.*; got 'learning_rate'"):
        Playground(learning_rate=0.1)


def test_it_says_and_draws_what_it_shows():
    widget = Playground(epoch=30, seed=1)
    seen = twin.run(widget.settings())
    assert f"after 30 epochs: training loss {seen['train_loss'][-1]:.4f}, test loss {seen['test_loss'][-1]:.4f}" in widget.describe()
    plane, curves = widget.still().axes
    np.testing.assert_allclose(curves.lines[0].get_ydata(), seen["train_loss"])
    assert sum(len(line.get_xdata()) for line in plane.lines) == 500
    for traits in (dict(data="own"), dict(activation="exponential", loss="logistic", lr=3.0, layers=[4, 4],
            epoch=50), dict(data="own", own=[[0, 0, 1]] * 9)):
        assert Playground(**traits).still().axes and Playground(**traits).describe()


def test_own_points_as_an_array():
    widget = Playground(data="own", own=np.array([[1.0, 2.0, 0], [3.0, 4.0, 1]]).tolist())
    assert widget.own == [[1.0, 2.0, 0], [3.0, 4.0, 1]]
