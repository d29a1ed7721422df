"""Questions between the sections: every one can be answered, every wrong answer is explained, nothing is told too early."""

import importlib
import itertools
import json
import math
import pkgutil
import re
from pathlib import Path

import numpy as np
import pytest
from net_node import js, running
from traitlets import TraitError

from book import notes
from dlnotes import initializers, optim, practice, schedules
from dlnotes.gradcheck import numerical_gradient
from dlnotes.ops import activations, class_losses, conv, norms, penalties, recurrent
from dlnotes.ops.gaussian_kl import kl_standard_normal
from dlnotes.ops.graph import normalize_adjacency
from dlnotes.perceptron import max_margin, pla, with_bias
from dlnotes.practice._questions import Choice, Question
from dlnotes.practice.mlp import count_parameters
from dlnotes.scalar import Value
from dlnotes.widgets.self_test import SelfTest

QUESTIONS = {id_: q for m in pkgutil.iter_modules(practice.__path__) if not m.name.startswith("_")
             for id_, q in getattr(importlib.import_module(f"dlnotes.practice.{m.name}"), "QUESTIONS", {}).items()}
CHAPTERS = {slug: path for slug, (path, _) in notes.chapters(Path(__file__).resolve().parent.parent).items()}
NUMBER = Question("What is 2 + 2 in m?", answer=4.0, unit="m", tol=0.01, why="Two and two.",
                  mistakes=((22.0, "That is a word."), (0.0, "You subtracted.")))
CHOICE = Question("Which?", (Choice("a", "no a"), Choice("b", "yes b", True), Choice("c", "no c")))


@pytest.fixture(scope="module", autouse=True)
def browser_side():
    with running("self_test_parity.mjs"):
        yield


def task(question):
    widget = SelfTest(question)
    return {name: getattr(widget, name) for name in ("choices", "answer", "tol", "mistakes", "why")}


def judge(question, given):
    return tuple(js("judge", task(question), given))


@pytest.mark.parametrize("id_", QUESTIONS)
def test_every_answer_has_its_reason(id_):
    q = QUESTIONS[id_]
    for i, choice in enumerate(q.choices):
        assert judge(q, str(i)) == (str(choice.right).lower(), choice.why) and len(choice.why) > 15
    if not q.choices:
        assert judge(q, repr(q.answer)) == ("true", q.why) and len(q.why) > 15
        for value, why in q.mistakes:
            assert judge(q, repr(value)) == ("false", why) and len(why) > 15
    reasons = [c.why for c in q.choices] or [why for _, why in q.mistakes]
    assert len(set(reasons)) == len(reasons) and q.ask.endswith(("?", ".")) and "$" not in q.ask


def test_three_questions_a_chapter_that_has_any():
    for module in {id_.rpartition("-")[0] for id_ in QUESTIONS}:
        letters = [id_.rpartition("-")[2] for id_ in QUESTIONS if id_.rpartition("-")[0] == module]
        assert letters == [chr(97 + i) for i in range(len(letters))] and len(letters) >= 3, module


@pytest.mark.parametrize("chapter", sorted({id_.rpartition("-")[0] for id_ in QUESTIONS}))
def test_each_question_stands_once_in_its_chapter(chapter):
    cells = [(c, "".join(c["source"])) for c in json.loads(CHAPTERS[chapter].read_text(encoding="utf-8"))["cells"] if c["cell_type"] == "code"]
    found = [(c, m[1]) for c, source in cells if (m := re.fullmatch(r'SelfTest\("([\w-]+)"\)', source))]
    assert [id_ for _, id_ in found] == [id_ for id_ in QUESTIONS if id_.rpartition("-")[0] == chapter]
    assert all("remove-input" in c["metadata"]["tags"] for c, _ in found), "the page shows the question, not its call"


@pytest.mark.parametrize("given, right", [
    ("4", "true"), (" 4.039 ", "true"), ("4.05", "false"), ("4,0", "true"), ("+4e0", "true"), ("−4", "false"), ("22", "false"),
    ("8/2", "true"), ("-8/2", "false"), ("4/0", "null"), ("four", "null"), ("", "null"), ("1e999", "null"), ("NaN", "null"),
    ("0x4", "null"), ("4 m", "null")])
def test_numbers_are_read_as_readers_write_them(given, right):
    assert judge(NUMBER, given)[0] == right


@pytest.mark.parametrize("given, right", [
    ("1715", "true"), ("1,715", "true"), ("1 715", "true"), ("1\u202f715", "true"), ("1.715", "false"), ("1,7150", "false"), ("17,15", "false"),
    ("01,715", "false")])
def test_thousands_may_be_set_apart(given, right):
    many = Question("How many?", answer=1715.0, tol=1e-6, why="Counted.", mistakes=((1650.0, "No."), (2.0, "Not that.")))
    assert judge(many, given)[0] == right


def test_what_each_answer_hears():
    assert judge(NUMBER, "22")[1] == "That is a word."
    assert judge(NUMBER, "-4")[1] == "The size is right, the sign is not."
    assert judge(NUMBER, " 9 ")[1].startswith("It is not 9: work it out once more")
    assert judge(NUMBER, "x")[1].startswith("That is not a number")
    assert judge(CHOICE, "") == ("null", "Choose an answer.") == judge(CHOICE, "7") == judge(CHOICE, "constructor")


@pytest.mark.parametrize("wrong", [
    dict(choices=CHOICE.choices[:2]), dict(choices=(*CHOICE.choices, CHOICE.choices[1])), dict(),
    dict(answer=math.inf, why="x", mistakes=NUMBER.mistakes), dict(answer=4, why="x", mistakes=((4.03, "a"), (5, "b"))),
    dict(answer=4, mistakes=NUMBER.mistakes)])
def test_a_question_that_cannot_be_judged_is_refused(wrong):
    with pytest.raises(ValueError, match="expected"):
        Question("?", **wrong)


def test_widget():
    with pytest.raises(ValueError, match="expected one of .*; got 'nothing-a'"):
        SelfTest("nothing-a")
    with pytest.raises(TypeError, match="got 'givne'"):
        SelfTest(CHOICE, givne="1")
    with pytest.raises(TraitError):
        SelfTest(NUMBER).tol = -1
    widget = SelfTest(CHOICE)
    assert widget.describe() == "Question: Which? A  a B  b C  c" and "yes b" not in widget.describe()
    assert "____ m" in SelfTest(NUMBER).describe() and widget.still().get_figwidth() == 6


# The numbers once more, each by another way than the words of its question ---------------------------------------------------


def slope(f, x):
    return float(numerical_gradient(lambda a: f(float(a)), np.array(x)))


def one_look():
    w, x = np.array([1.0, -2, 1]), np.array([[3.0, 1, 1]])
    return x[0] @ pla(x, np.array([-1]), w=w, mistakes=1).W[-1]


def to_the_line(w, b, x):
    """The distance by search along the line."""
    along = np.array([-w[1], w[0]]) / np.linalg.norm(w)
    return min(np.linalg.norm(x - (-b * w / (w @ w) + t * along)) for t in np.linspace(-10, 10, 20_001))


def sum_after_one_score_step():
    x = np.array([2.0, 1, 1])
    likelihood = lambda w: np.log(activations.sigmoid(x @ w)).sum()
    return x @ numerical_gradient(likelihood, np.zeros(3))


def tent_layers(teeth):
    x, k = np.linspace(0, 1, 2**12 + 1), 0
    y = x
    while (np.diff(np.sign(np.diff(y))) < 0).sum() != teeth:
        y, k = 1 - np.abs(2 * y - 1), k + 1
    return k


def ways_to_write(H):
    """All orders and signs of H tanh units, those that leave the function as it is."""
    rng = np.random.default_rng(0)
    w, b, v, x = *rng.normal(size=(3, H)), rng.normal(size=5)
    f = lambda w, b, v: np.tanh(x[:, None] * w + b) @ v
    found = {tuple(np.r_[s * w[p], s * b[p], s * v[p]]) for p in map(list, itertools.permutations(range(H)))
             for s in map(np.array, itertools.product((1, -1), repeat=H)) if np.allclose(f(s * w[p], s * b[p], s * v[p]), f(w, b, v))}
    return len(found)


def gradient_of_a():
    a, b = Value(2.0), Value(3.0)
    loss = (a * b + a) * (a * b + a)
    loss.backward()
    return a.grad


def error_of_a_unit(z=math.log(4)):
    assert activations.sigmoid(z) == pytest.approx(0.8)
    return slope(lambda z: 0.5 * 2 * activations.sigmoid(z) + 0.3 * -1 * activations.sigmoid(z), z)


def velocity(gradients, beta=0.9):
    """Minus the last step of the package's SGD at rate 1."""
    w = np.zeros(1)
    sgd = optim.SGD([w], lr=1.0, momentum=beta)
    for g in gradients:
        before = w.copy()
        sgd.step([np.array([float(g)])])
    return float((before - w)[0])


def equal_pace(low, high):
    etas = np.linspace(0, 0.1, 100_001)
    return etas[np.maximum(abs(1 - etas * low), abs(1 - etas * high)).argmin()]


def first_step_of_adam():
    """Without the corrections, over with them."""
    w, g = np.zeros(1), np.array([0.3])
    optim.Adam([w], lr=1.0, betas=(0.9, 0.999), eps=0.0).step([g])
    return float(0.1 * g[0] / math.sqrt(0.001 * g[0] ** 2) / -w[0])


def floor(eta, B, h=1e-3, sigma=1.0, steps=10**6):
    """Mean loss where the variance of w no longer changes, by running its recursion to the end at once."""
    shrink = (1 - eta * h) ** 2
    return h / 2 * (eta * sigma) ** 2 / B * (1 - shrink**steps) / (1 - shrink)


def best_gain(B, scale=192.0):
    etas = np.linspace(0, 1, 100_001)
    return (etas - etas**2 / 2 * (1 + scale / B)).max()


def coin_sum():
    return np.var([2 / 3 * sum(signs) for signs in itertools.product((1, -1), repeat=9)])


def back_through(n, m):
    W = np.random.default_rng(0).normal(0, 1 / math.sqrt(n), (400, n, m))
    dz = np.random.default_rng(1).normal(size=(400, 1, m))
    return np.mean(np.square(dz @ W.transpose(0, 2, 1))) / np.mean(dz**2)


def he_over_glorot(n=400):
    he, glorot = (f((n, n), rng=np.random.default_rng(0)).std() for f in (initializers.he_normal, initializers.glorot_normal))
    return he / glorot


def weights_on(row, column):
    """How many weights of a 3 x 3 kernel get a gradient if one pixel of a 5 x 5 picture is bright."""
    X = np.zeros((1, 1, 5, 5))
    X[0, 0, row, column] = 4.0
    return np.count_nonzero(conv.conv2d_backward(np.ones((1, 1, 3, 3)), X, np.ones((1, 1, 3, 3)))[1])


def seen(*layers):
    """The width of what a unit sees, its windows (kernel, stride) put on each other from the top to the input."""
    places = {0}
    for k, s in reversed(layers):
        places = {p * s + i for p in places for i in range(k)}
    return max(places) - min(places) + 1


def wrapped(x, kernel):
    return sum(w * np.roll(x, -i) for i, w in enumerate(kernel))


def harmless_shift():
    """The smallest shift of a wrapped signal that two maxima with the strides 2 and 3 and a mean do not notice."""
    rng = np.random.default_rng(0)
    x, kernels = rng.normal(size=72), rng.normal(size=(2, 3))

    def answer(x):
        for kernel, s in zip(kernels, (2, 3)):
            x = wrapped(x, kernel)
            x = np.maximum(x, np.roll(x, -1))[::s]
        return x.mean()

    return next(d for d in range(1, 72) if math.isclose(answer(np.roll(x, d)), answer(x)))


def carries(m):
    found = {0}
    while (more := found | {(m * digit + c) // 2 for digit in (0, 1) for c in found}) != found:
        found = more
    return len(found)


def last_state(w):
    h = 0
    for x in (3, -1, 2):
        h = x + w * h
    return h


def kl_of_axis(beta, lam=6.0, noise=0.5):
    """KL where the loss of a linear model of one number, by its weight w, is smallest; for each w the best q."""
    w = np.linspace(0, 3, 6001)
    v = beta * noise + w**2
    width2, mean2 = beta * noise / v, w**2 * lam / v**2
    kl = (mean2 + width2 - 1 - np.log(width2)) / 2
    return kl[((lam * (1 - w**2 / v) ** 2 + w**2 * width2) / (2 * noise) + beta * kl).argmin()]


def verdict(real, forged):
    """What the discriminator should say where so much is real and so much forged, by search."""
    t = np.linspace(0.001, 0.999, 999)
    return t[(real * np.log(t) + forged * np.log(1 - t)).argmax()]


def steps_away(eta, times):
    x, y, n = 1.0, 0.0, 0
    while math.hypot(x, y) < times:
        x, y, n = x - eta * y, y + eta * x, n + 1
    return n


def star(leaves):
    A = np.zeros((leaves + 1, leaves + 1))
    A[0, 1:] = A[1:, 0] = 1
    return A


def walks(A, steps):
    """Walks of so many steps from node 0, one by one."""
    return sum(all(A[a, b] for a, b in zip((0, *way), way)) for way in itertools.product(range(len(A)), repeat=steps))


def told_apart(A, layers=20):
    """Groups of nodes with the same features after random layers of message passing."""
    h, rng = np.ones(len(A)), np.random.default_rng(0)
    for _ in range(layers):
        a, b, c = rng.normal(size=3)
        h = np.sin(a * h + b * A @ h + c)
    return len(set(h.round(9)))


COMPUTED = {
    "perceptron-a": one_look,
    "perceptron-b": lambda: to_the_line(np.array([3.0, -4]), 5, np.array([2.0, -1])),
    "perceptron-e": sum_after_one_score_step,
    "activations-b": lambda: slope(lambda w: activations.sigmoid(5 * w), math.log(0.2 / 0.8) / 5),
    "activations-c": lambda: slope(activations.sigmoid, 2 * math.atanh(0.6)),
    "activations-e": lambda: slope(lambda a: np.array([1, 4, -0.5]) @ activations.leaky_relu(np.array([-2.0, 1, -3]), a), 0.2),
    "losses-a": lambda: slope(lambda z: class_losses.softmax_cross_entropy(np.array([[z, math.log(3)]]), np.array([0])), 0.0),
    "losses-d": lambda: sum(p * ((0.5 - y) ** 2 - (0.3 - y) ** 2) for y, p in ((1, 0.3), (0, 0.7))),
    "losses-f": lambda: math.log1p(1 / math.e),
    "mlp-a": lambda: slope(lambda x: float(np.maximum(0, [x + 1, x, x - 2]) @ [2, -3, 1]), 1.0),
    "mlp-c": lambda: tent_layers(64),
    "mlp-d": lambda: ways_to_write(4),
    "mlp-e": lambda: np.polyval(np.polyfit([2, 3], [0.5, 0.2], 1), 12),
    "backprop-a": gradient_of_a,
    "backprop-b": lambda: slope(lambda b: sum(g * b for g in (1, -2, 0.5, 3)), 0.0),
    "backprop-c": error_of_a_unit,
    "backprop-e": lambda: float(np.diff(activations.relu(np.array([-0.8, 1.2])))[0]) / 2,
    "optimizers-a": lambda: velocity([2, 2, -1]),
    "optimizers-b": lambda: next(B for B in itertools.count(1) if math.sqrt((0.8**2 * 16) / B) <= 0.2 * (1 + 1e-12)),
    "optimizers-c": lambda: equal_pace(2, 50),
    "optimizers-d": first_step_of_adam,
    "learning-rate-a": lambda: next(eta for eta in np.arange(0, 1, 1 / 64) if 1 - eta * slope(lambda w: 2 * w * w, 1.0) <= -0.5 + 1e-6),
    "learning-rate-c": lambda: 0.064 * floor(0.01, 64) / floor(0.02, 4),
    "learning-rate-d": lambda: schedules.exponential(100, lr=0.4, gamma=0.01 ** (1 / 200)),
    "learning-rate-e": lambda: best_gain(192) / best_gain(64),
    "initialization-a": coin_sum,
    "initialization-c": lambda: back_through(200, 50),
    "initialization-d": he_over_glorot,
    "initialization-e": lambda: math.sqrt(math.prod([0.81] * 10)),
    "cnn-a": lambda: weights_on(1, 1),
    "cnn-c": lambda: seen((5, 2), (2, 2), (3, 1)) - seen((5, 1), (2, 2), (3, 1)),
    "cnn-e": harmless_shift,
    "rnn-a": lambda: carries(5),
    "rnn-b": lambda: slope(last_state, 0.5),
    "rnn-d": lambda: math.prod([2, 8, 2, 8]) ** (1 / 4),
    "vae-a": lambda: math.log(0.25 * 0.7 + 0.75 * 0.1) - math.log(0.25 * 0.7),
    "vae-c": lambda: float(kl_standard_normal(np.sqrt([[0.75], [0.75]]) * [[1], [-1]], np.full((2, 1), math.log(0.25))).mean()),
    "vae-e": lambda: next(beta for beta in np.arange(1, 12, 0.005) if kl_of_axis(beta) <= kl_of_axis(1.0) / 2),
    "gan-a": lambda: verdict(200 * 0.6, 600 * 0.2),
    "gan-b": lambda: verdict(1 / 8, 1 / 2),
    "gan-e": lambda: steps_away(0.1, 1e6) / steps_away(0.2, 1e6),
    "gnn-a": lambda: walks(star(4), 3),
    "gnn-b": lambda: normalize_adjacency(star(8), True, "symmetric")[1, 0],
    "gnn-e": lambda: told_apart(np.eye(7, k=1) + np.eye(7, k=-1)),
}


def test_every_number_is_computed_once_more():
    assert set(COMPUTED) == {id_ for id_, q in QUESTIONS.items() if not q.choices}


@pytest.mark.parametrize("id_", COMPUTED)
def test_the_number_is_right(id_):
    q = QUESTIONS[id_]
    assert abs(COMPUTED[id_]() - q.answer) <= q.near(q.answer)


# What the choices say, where it can be computed ------------------------------------------------------------------------------


def right(id_):
    return next(c.text for c in QUESTIONS[id_].choices if c.right)


def test_rules_that_a_perceptron_can_follow():
    X = np.array(list(itertools.product((0, 1), repeat=3)))
    rules = [(X, X.sum(1) >= 2), (X[:, :2], (X[:, 0] == 1) & (X[:, 1] == 0)), (X, X.sum(1) < 3), (X, X.sum(1) % 2 == 1)]
    can = [max_margin(with_bias(rows), np.where(yes, 1, -1)).gamma > 0 for rows, yes in rules]
    assert can == [not c.right for c in QUESTIONS["perceptron-c"].choices]


def test_units_that_are_revived():
    corners = np.array(list(itertools.product((0, 1), repeat=2)))
    assert [(corners @ [2, -1] + b).max() > 0 for b in (-3, -2, -1)] == [False, False, True]
    assert right("activations-d") == "Setting the bias to −1."


def test_softplus_at_both_ends():
    ways = {"log(1 + e^x)": lambda x: np.log(1 + np.exp(x)), "max(0, x) + log(1 + e^−|x|)": lambda x: max(0, x) + np.log(1 + np.exp(-abs(x))),
            "x + log(1 + e^−x)": lambda x: x + np.log(1 + np.exp(-x)), "−log(s), with s = 1 / (1 + e^x)": lambda x: -np.log(1 / (1 + np.exp(x)))}
    with np.errstate(all="ignore"):
        good = [text for text, f in ways.items() if f(np.float64(1000)) == 1000 and f(np.float64(-1000)) == 0]
    assert good == [right("activations-f")] and list(ways) == [c.text for c in QUESTIONS["activations-f"].choices]


def test_the_penalty_that_leaves_a_large_weight_alone():
    v = np.array([3.0])
    found = [f(v)[0] for f in (lambda v: penalties.l2_prox(v, 1.0), lambda v: penalties.l1_prox(v, 1.0),
                               lambda v: penalties.scad_prox(v, 1.0, a=3.7), lambda v: penalties.mcp_prox(v, 1.0, gamma=2.0))]
    np.testing.assert_allclose(found, [1.5, 2, 2.59, 3], atol=2e-3)
    assert right("losses-e") == "MCP with γ = 2."


def test_the_activation_that_keeps_the_length():
    x, layers = np.random.default_rng(0).normal(size=(9, 20)), [initializers.orthogonal((20, 20), rng=np.random.default_rng(k)) for k in range(30)]
    kept = {}
    for name in ("relu", "absolute", "tanh", "leaky_relu"):
        A = x
        for W in layers:
            A = activations.leaky_relu(A @ W, 0.5) if name == "leaky_relu" else getattr(activations, name)(A @ W)
        kept[name] = np.allclose(np.linalg.norm(A, axis=1), np.linalg.norm(x, axis=1), rtol=1e-9)
    assert kept == {"relu": False, "absolute": True, "tanh": False, "leaky_relu": False} and right("initialization-f") == "Absolute value"


def test_steps_from_a_ridge():
    growth = 10 ** (4 / 100)
    assert 1e-8 * growth**200 == pytest.approx(1) and growth == pytest.approx(1.1, abs=0.01) and right("optimizers-e") == "AdaGrad"
    assert right("optimizers-f") == "About 200 steps."
    assert np.allclose(1 - 0.06 * np.array([40, 5, 0.1]), [-1.4, 0.7, 0.994])


def test_maps_that_are_convolutions():
    X, Z = np.random.default_rng(0).normal(size=(2, 6, 6))
    maps = [lambda X: X[:, ::-1], lambda X: np.maximum(X, np.roll(X, -1, 1)), lambda X: X * np.arange(6)[:, None],
            lambda X: np.tile(X.mean(axis=1, keepdims=True), 6)]
    linear = [np.allclose(f(X + 2 * Z), f(X) + 2 * f(Z)) for f in maps]
    moves = [all(np.allclose(f(np.roll(X, 1, axis)), np.roll(f(X), 1, axis)) for axis in (0, 1)) for f in maps]
    assert (linear, moves) == ([True, False, True, True], [False, True, False, True])
    assert [a and b for a, b in zip(linear, moves)] == [c.right for c in QUESTIONS["cnn-b"].choices]


def test_what_a_pixel_at_other_places_would_give():
    assert [weights_on(2, 2), weights_on(1, 2), weights_on(0, 2)] == [9, 6, 3]


def test_a_bias_before_batch_normalization():
    X = np.random.default_rng(0).normal(size=(4, 3, 5, 5))
    np.testing.assert_allclose(norms.batch_norm(X + 2.0), norms.batch_norm(X), atol=1e-9)
    assert right("cnn-d").startswith("None")


def test_large_inputs_make_gradients_fade():
    def kept(scale, seed, T=50, H=16):
        rng = np.random.default_rng(seed)
        W, h, J = 1.2 * np.linalg.qr(rng.normal(size=(H, H)))[0], np.zeros(H), np.eye(H)
        for x in scale * rng.normal(size=(T, H)):
            h = np.tanh(x + h @ W)
            J = J @ W * (1 - h**2)
        return np.linalg.norm(J)

    assert all(kept(100, seed) < 1e-6 * kept(1, seed) and kept(100, seed) < 1e-6 for seed in range(5))
    assert right("rnn-c").startswith("It fades")


def test_what_the_backward_half_knows_at_the_end():
    rng = np.random.default_rng(0)
    ahead, behind = ((np.zeros((1, 3)), rng.normal(size=(2, 3)), rng.normal(size=(3, 3)), np.zeros(3)) for _ in range(2))
    X = rng.normal(size=(1, 6, 2))

    def half(change):
        return recurrent.bidirectional(recurrent.rnn, X + change, ahead, behind)[0][0, -1, 3:]

    moved = [not np.allclose(half(np.eye(6)[t][None, :, None]), half(0)) for t in range(6)]
    assert moved == [False] * 5 + [True] and right("rnn-e") == "The last item only."


def test_the_bound_rises_and_the_evidence_falls():
    evidence, bound = ([f(np.log(p)) for p in ([0.9, 0.0001], [0.3, 0.3])] for f in (lambda a: np.log(np.exp(a).mean()), np.mean))
    assert bound[1] > bound[0] + 1 and evidence[1] < evidence[0]
    np.testing.assert_allclose(np.exp(evidence), [0.45, 0.3], atol=1e-3)
    assert right("vae-b").startswith("Nothing")


def test_the_slope_of_a_mean_of_steps():
    z = np.random.default_rng(0).normal(size=200_000)
    by_score = np.mean((z > 0) * z)
    by_shift = np.mean((z > -0.05)) / 0.1 - np.mean(z > 0.05) / 0.1
    assert abs(by_score - 0.4) < 0.01 and abs(by_shift - 0.4) < 0.02 and "0, although the true slope is 0.4" in right("vae-d")


def test_where_the_minimax_loss_is_flat():
    loss = lambda s: math.log(1 - activations.sigmoid(s))
    s = math.log(math.expm1(0.002))
    assert loss(s) == pytest.approx(-0.002) and abs(slope(loss, s)) < 0.0021 and loss(0.0) == pytest.approx(-0.69, abs=0.01)
    assert all(loss(s) < 0 for s in range(-20, 20)) and right("gan-c").startswith("The discriminator recognizes nearly every")

def test_the_neighbours_of_copies():
    rng = np.random.default_rng(0)
    X, fresh, far = rng.normal(size=(3, 200, 2)) + [[[0.0]], [[0.0]], [[50.0]]]

    def share_right(Y):
        both = np.concatenate([X, Y])
        gaps = np.linalg.norm(both[:, None] - both, axis=2) + np.diag([math.inf] * len(both))
        return np.mean((gaps.argmin(axis=1) < len(X)) == (np.arange(len(both)) < len(X)))

    copies = X + 1e-4 * rng.normal(size=X.shape)
    assert share_right(copies) < 0.05 and 0.4 < share_right(fresh) < 0.6 and share_right(far) == 1
    assert "copies" in right("gan-d")


def test_what_a_mean_of_neighbours_tells():
    atoms = [(c, o) for c in range(7) for o in range(7) if 0 < c + o]
    questions = [lambda c, o: o > c, lambda c, o: o >= 3, lambda c, o: c + o > 1]
    told = [all(len({ask(c, o) for c, o in atoms if math.isclose(o / (c + o), share)}) == 1
                for share in {o / (c + o) for c, o in atoms}) for ask in questions]
    assert [*told, False] == [c.right for c in QUESTIONS["gnn-c"].choices]


def test_read_outs_that_add_up():
    rng = np.random.default_rng(0)
    one, other, v = rng.normal(size=(4, 3)), rng.normal(size=(6, 3)), rng.normal(size=3)
    reads = [lambda H: H.mean(axis=0) @ v, lambda H: np.tanh(H.sum(axis=0)) @ v, lambda H: H.sum(axis=0) @ v, lambda H: H.max(axis=0) @ v]
    add_up = [math.isclose(f(np.concatenate([one, other])), f(one) + f(other)) for f in reads]
    assert add_up == [c.right for c in QUESTIONS["gnn-d"].choices]
