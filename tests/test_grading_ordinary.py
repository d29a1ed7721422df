"""Ordinary notebooks, good, partly right and wrong, as students hand them in: each with the points that it must earn."""

import json
import random
import re
import sys

import pytest

import grading
import grading_kit as kit

FULL = {"margin_step": 3, "bent": 3, "priced": 3, "smoothed": 3, "shortcuts": 3, "block_backward": 4, "train": 5}
NONE = dict.fromkeys(FULL, 0)


@pytest.fixture(scope="module", autouse=True)
def sandbox():
    kit.need_sandbox()


def full(**changed):
    """All answers right but those that are given."""
    return kit.notebook({**kit.solved(), **changed})


def sources(made, edit):
    """The notebook with each code cell's source edited."""
    for cell in made["cells"]:
        if cell["cell_type"] == "code":
            cell["source"] = edit("".join(cell["source"]))
    return made


def cells(made, edit):
    """The notebook with its list of cells edited."""
    made["cells"] = edit(made["cells"])
    return made


def text(cell):
    return "".join(cell["source"])


def without(*starts):
    return cells(full(), lambda found: [c for c in found if not text(c).startswith(starts)])


def shuffled(seed):
    made = full()
    random.Random(seed).shuffle(made["cells"])
    return made


def right(name):
    return kit.foundations().questions[name].answer


MARGIN = right("margin_step")
LOOP = "def margin_step(w, x, y):\n    total = 0.0\n    for a, b in zip(w, x):\n        total += a * b\n    new = w.copy()\n" \
       "    if y * total <= margin:\n        for i in range(len(w)):\n            new[i] += lr * y * x[i]\n    return new"


def wrapped(body):
    """A right answer to the first question with something else in its body."""
    return f"def margin_step(w, x, y):\n    {body}\n    return w + lr * y * x if y * (w @ x) <= margin else w.copy()"


def newer(version, body):
    """Points of a notebook whose first answer has newer syntax than some Pythons know."""
    return full(margin_step=wrapped(body)), {} if sys.version_info >= version else {"margin_step": 0}


# name -> notebook, and the questions that do not earn everything
GOOD = {
    "all right": lambda: full(),
    "backwards": lambda: cells(full(), lambda c: c[::-1]),
    "shuffled": lambda: shuffled(1),
    "shuffled otherwise": lambda: shuffled(2),
    "everything twice": lambda: cells(full(), lambda c: c + c),
    "a copy of the stubs at the end": lambda: cells(full(), lambda c: c + kit.notebook()["cells"]),
    "an old wrong answer in front": lambda: cells(full(), lambda c: [kit.code("def margin_step(w, x, y):\n    return w")] + c),
    "no set-up": lambda: without("import numpy"),
    "no numbers": lambda: without("# Your numbers"),
    "no checks": lambda: without("# Check"),
    "answers alone": lambda: cells(full(), lambda c: [x for x in c if text(x).startswith(("def margin", "def bent", "def priced", "def smoo", "def short",
                                                                                      "def block", "def train"))]),
    "no text": lambda: cells(full(), lambda c: [x for x in c if x["cell_type"] == "code"]),
    "other ids and tags": lambda: cells(full(), lambda c: [{**x, "id": f"n{i}", "metadata": {"tags": ["mine"]}} for i, x in enumerate(c)]),
    "no ids": lambda: cells(full(), lambda c: [{k: v for k, v in x.items() if k != "id"} for x in c]),
    "an alias": lambda: full(margin_step=MARGIN.replace("margin_step", "mine") + "\nmargin_step = mine"),
    "prints": lambda: full(margin_step=wrapped("print('w', w, 'x' * 1000)")),
    "much output": lambda: cells(full(), lambda c: [{**x, "outputs": [{"output_type": "stream", "name": "stdout", "text": "x" * 10**5}]}
                                                    if x["cell_type"] == "code" else x for x in c]),
    "a plot": lambda: cells(full(), lambda c: c + [kit.code("import matplotlib.pyplot as plt\nplt.plot(np.arange(9))\nplt.show()\nplt.savefig('a.png')")]),
    "other libraries": lambda: cells(full(), lambda c: [kit.code("import random, math, dlnotes\nfrom dlnotes.ops import activations\nimport scipy.stats")] + c),
    "a library that is not there": lambda: cells(full(), lambda c: c + [kit.code("import no_such_library_here")]),
    "magics": lambda: cells(full(), lambda c: [kit.code("%matplotlib inline\n%load_ext autoreload"), kit.code("!pip install numpy"), kit.code("np.dot?")] + c),
    "a timed cell": lambda: full(margin_step="%%time\n" + MARGIN),
    "loops": lambda: full(margin_step=LOOP),
    "a lambda": lambda: full(margin_step="margin_step = lambda w, x, y: w + (lr * y * x if y * (w @ x) <= margin else 0)"),
    "an object that can be called": lambda: full(margin_step="class Step:\n    def __call__(self, w, x, y):\n        return w + (lr * y * x if y * (w @ x) <= margin "
                                                             "else 0)\nmargin_step = Step()"),
    "a list for a tuple": lambda: full(block_backward=right("block_backward").replace("return dA + dZ @ W.T, A.T @ dZ, dZ.sum(axis=0)",
                                                                                      "return [dA + dZ @ W.T, A.T @ dZ, dZ.sum(axis=0)]")),
    "helpers in a later cell": lambda: cells(full(margin_step="def margin_step(w, x, y):\n    return helper(w, x, y)"),
                                             lambda c: c + [kit.code(MARGIN.replace("margin_step", "helper"))]),
    "a name that comes later": lambda: full(margin_step="h = later\n" + MARGIN, train=right("train") + "\nlater = 3"),
    "hints of types": lambda: full(margin_step=MARGIN.replace("(w, x, y)", "(w: np.ndarray, x: np.ndarray, y: int | float) -> 'np.ndarray'")),
    "match": lambda: full(margin_step=wrapped("match y:\n        case 1 | -1: pass")),
    "an assignment in a condition": lambda: full(margin_step="def margin_step(w, x, y):\n    return w + lr * y * x if (m := y * (w @ x)) <= margin else w + 0 * m"),
    "await": lambda: cells(full(), lambda c: c + [kit.code("import asyncio\nawait asyncio.sleep(0.01)\nresult = 3")]),
    "source as one text": lambda: sources(full(), str),
    "line ends of Windows": lambda: sources(full(), lambda s: s.replace("\n", "\r\n")),
    "tabs": lambda: full(margin_step=re.sub(r"(?m)^    ", "\t", MARGIN)),
    "letters": lambda: full(margin_step=wrapped("größe, π = 1, 3.14  # überall ñ 漢字")),
    "input": lambda: cells(full(), lambda c: c + [kit.code("answer = input('?')")]),
    "files": lambda: cells(full(), lambda c: c + [kit.code("np.save('a.npy', np.eye(3)); assert np.load('a.npy').sum() == 3")]),
    "a byte order mark": lambda: b"\xef\xbb\xbf" + json.dumps(full()).encode(),
    "arguments changed on the way": lambda: full(margin_step="def margin_step(w, x, y):\n    if y * (w @ x) <= margin:\n        w += lr * y * x\n    return w"),
    "single precision": lambda: full(bent=re.sub(r"return (.*)", r"return np.asarray(\1, dtype=np.float32)", right("bent"))),
    "names like the book's": lambda: cells(full(), lambda c: c + [kit.code("from dlnotes import optim as margin_optim\nimport this")]),
}

PARTLY = {
    "untouched": (lambda: kit.notebook(), NONE),
    "one answer": (lambda: kit.notebook(kit.solved("train")), {**NONE, "train": 5}),
    "half of bent": (lambda: full(bent=right("bent").replace("def bent_backward", "def bent_backwards")), {"bent": 1}),
    "a later wrong answer": (lambda: cells(full(), lambda c: c + [kit.code("def margin_step(w, x, y):\n    return w")]), {"margin_step": 0}),
    "another name": (lambda: full(margin_step=MARGIN.replace("margin_step", "marginstep")), {"margin_step": 0}),
    "a cell that is no Python": (lambda: full(priced="def priced(y_hat, y)\n    return 3"), {"priced": 0}),
    "not implemented": (lambda: full(smoothed="def smoothed(Z, y):\n    raise NotImplementedError"), {"smoothed": 0}),
    "an error": (lambda: full(smoothed="def smoothed(Z, y):\n    return 1 / 0"), {"smoothed": 0}),
    "another number of arguments": (lambda: full(smoothed="def smoothed(Z):\n    return 0.0"), {"smoothed": 0}),
    "a missing library in an answer": (lambda: full(priced="import no_such_library_here\n" + right("priced")), {"priced": 0}),
    "numbers of one's own": (lambda: cells(full(), lambda c: c + [kit.code("lr = 5.0")]), {"margin_step": 0}),
    "a column for a row": (lambda: full(block_backward=right("block_backward").replace("dZ.sum(axis=0)", "dZ.sum(axis=0, keepdims=True)")), {"block_backward": 2}),
    "lists for arrays": (lambda: full(margin_step=wrapped("return (w + lr * y * x if y * (w @ x) <= margin else w).tolist()")), {"margin_step": 1}),
    "a loop without end": (lambda: full(shortcuts="def shortcuts(X, blocks, V):\n    while True: pass"), {"shortcuts": 0}),
    "a cell without end": (lambda: cells(full(), lambda c: c + [kit.code("while True: pass")]), {}),
    "too deep": (lambda: full(shortcuts="def shortcuts(X, blocks, V):\n    return shortcuts(X, blocks, V)"), {"shortcuts": 0}),
    "only printed": (lambda: full(smoothed=right("smoothed").replace("return -np", "print(-np").rstrip().replace(".sum(axis=1))\n", ".sum(axis=1)))\n")), {"smoothed": 0}),
    "only small numbers": (lambda: full(smoothed=right("smoothed").replace("    Z = Z - Z.max(axis=1, keepdims=True)\n", "")), {"smoothed": 2}),
}


@pytest.mark.parametrize("name", GOOD)
def test_a_good_notebook_earns_everything(name):
    """Within the limits of a class: on a busy machine the imports of a plot alone can reach the short ones."""
    report = kit.grade(GOOD[name](), autograder=kit.foundations().zip())
    assert kit.points(report) == FULL, report["notes"]
    assert report["status"] == "graded"


@pytest.mark.parametrize("name", PARTLY)
def test_a_notebook_earns_what_it_should(name):
    made, lost = PARTLY[name]
    report = kit.grade(made())
    assert kit.points(report) == {**FULL, **lost}, report["notes"]


@pytest.mark.parametrize("body, version", [("try: pass\n    except* ValueError: pass", (3, 11)), ("type Numbers = list[float]", (3, 12)),
                                           ("f'{'a'}'", (3, 12)), ("def first[T](a: T) -> T: return a", (3, 12)),
                                           ("try: pass\n    except ValueError, TypeError: pass", (3, 14)), ("t'{w}'", (3, 14))])
def test_newer_syntax_costs_its_question_alone_where_python_is_older(body, version):
    made, lost = newer(version, body)
    report = kit.grade(made)
    assert kit.points(report) == {**FULL, **lost}
    assert not lost or any("SyntaxError" in note for note in report["notes"])


@pytest.mark.parametrize("i", range(4))
def test_known_wrong_answers_earn_their_points_and_are_named(i):
    wrong = {n: q.mistakes[i] for n, q in kit.foundations().questions.items()}
    report = kit.grade(kit.notebook({n: c.source for n, c in wrong.items()}))
    assert kit.points(report) == {n: float(c.marks["points"]) for n, c in wrong.items()}
    assert {q["question"]: (q["mistake"], q["hint"]) for q in report["questions"]} == {n: (c.marks["name"], c.marks["hint"]) for n, c in wrong.items()}


def test_a_neighbours_notebook_loses_points_in_every_question_and_is_noticed():
    report = kit.grade(grading.student_notebook(kit.variant("bob"), "bob", kit.solved()))
    assert report["notes"] and "'bob'" in report["staff"][0]
    values = kit.variant("bob").shown
    own = {n: "\n".join(f"{k} = {v!r}" for k, v in values.items()) + "\n" + a for n, a in kit.solved().items()}
    report = kit.grade(kit.notebook(own))
    assert all(q["points"] < q["max"] for q in report["questions"])


def test_a_notebook_of_another_set_or_built_otherwise_is_told_from_a_neighbours():
    """A neighbour's is for the staff to look into; a wrong file is the student's slip, another secret the teacher's."""
    training = full()
    training["metadata"]["dlnotes"] |= {"set": "training", "numbers": "of training"}
    rebuilt = grading.student_notebook(grading.Variant(kit.foundations(), grading.seed("another secret", "foundations", "ada")), "ada", kit.solved())
    for made, staff, note in (
            (training, "this is a notebook of the set 'training', not of 'foundations'", "this is a notebook of the set 'training', not of 'foundations'"),
            (rebuilt, "theirs, but built with another secret or another `draw`", "tell your teacher")):
        report = kit.grade(made)
        assert staff in report["staff"][0] and note in report["notes"][0]
        assert "says it is" not in report["staff"][0] and "than yours" not in report["notes"][0]
    assert not kit.grade(full())["staff"]


@pytest.mark.parametrize("loop", ["while True: pass", "while True:\n    try:\n        while True: pass\n    except BaseException: pass"])
def test_a_cell_that_reached_its_limit_makes_the_status_stopped_and_is_named_for_the_staff(loop):
    """Among 300 notebooks the teacher sees whose had a loop; the answers beside it keep their points."""
    made = cells(full(), lambda c: c + [kit.code(loop)])
    report = kit.grade(made)
    assert report["status"] == "stopped" and kit.points(report) == FULL
    place = sum(c["cell_type"] == "code" for c in made["cells"])
    (note,) = report["staff"]
    assert note.startswith(f"cell {place}: stopped") and note in report["notes"]
