"""The backprop stepper: parser, passes and scripts against their twins, torch, and finite differences."""

import json
import math
import os
import re
import shutil
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from traitlets import TraitError

from dlnotes.widgets import backprop_expression as expression
from dlnotes.widgets import backprop_stepper as stepper
from dlnotes.widgets.backprop_expression import ExpressionError, parse
from dlnotes.widgets.backprop_stepper import PRESETS, BackpropStepper

NODE = shutil.which("node")
needs_node = pytest.mark.skipif(NODE is None and os.environ.get("CI") != "true", reason="no node on this machine")

GOOD = [
    "a", "a*b + tanh(c)", "-a**2", "2**-a", "a**b**c", "a - b - c", "a/b/c", "1/a - 3 + +b", "(a + b)*(b + a) + a*b",
    "max(a, b, c, 1) - min(a, 2)", "z = w*x + b; loss = (tanh(z) - y)**2", "k = 2*3; u = k*a\nu*u;",
    "exp(log(sqrt(abs(a))))", "sin(a)^2 + cos(a)^2", "softplus(a) - relu(a)", "sigmoid(a) × b ÷ c − pi",
    "max(a,\n b)", "v1 + t2*exp(v1*t2)", "f*f + out*a", "1e-3*a + .5*b + 2.*c", "a**0 + 0*a + a**1", "u = a; u*u",
    "relu(a - 3)*log(b)", *(preset["expression"] for preset in PRESETS.values())]
BAD = {
    "": (0, "expected a number, a name or '('; got the end"),
    "a b": (2, "expected an operator such as + or *; got 'b'"),
    "2a": (1, "expected an operator such as + or *; got 'a'"),
    "a + * b": (4, "expected a number, a name or '('; got '*'"),
    "tanh(a*b": (8, "expected ',', ')' or an operator; got the end"),
    "(a*b": (4, "expected ')' or an operator; got the end"),
    "a*b)": (3, "expected an operator such as + or *; got ')'"),
    "tanh + 1": (5, "expected '(' after tanh; got '+'"),
    "foo(a)": (0, "expected one of exp, log"),
    "max(a)": (0, "expected 2 or more arguments of max; got 1"),
    "exp(a, b)": (0, "expected 1 argument of exp; got 2"),
    "a $ b": (2, "expected a number, a name or an operator; got '$'"),
    "a + \U0001f600": (4, "got '\U0001f600'"),
    "1 + 2": (0, "expected at least one variable, such as a; got none"),
    "a + 1/0": (5, "expected a constant part that is a finite number; got one that is not"),
    "log(-1)*a": (0, "expected a constant part that is a finite number"),
    "a + 1e999": (4, "expected a number of size up to 1.8e308; got '1e999'"),
    "lambda*a": (0, "expected another name: this one is taken; got 'lambda'"),
    "__debug__*a": (0, "expected another name: this one is taken; got '__debug__'"),
    "NaN*2": (0, "expected another name: this one is taken; got 'NaN'"),
    "abcdefghijklm": (0, "expected a name of at most 12 letters"),
    "u = a*b; a": (0, "expected u to be used; got a definition only"),
    "u = a*b; loss = a": (0, "expected u to be used; got a definition only"),
    "a*b; b": (0, "expected 'name =' before all but the last expression"),
    "a = a + 1": (0, "expected a new name before '='; got 'a'"),
    "u = a; u = b; u": (7, "expected a new name before '='; got 'u'"),
    "tanh = a; a": (0, "expected a new name before '='; got 'tanh'"),
    "a = b = c": (6, "expected an operator such as + or *; got '='"),
    "(" * 30 + "a" + ")" * 30: (24, "expected at most 24 levels of brackets and signs; got more"),
    "-" * 40 + "a": (24, "expected at most 24 levels"),
    "+".join("abcdefghi"): (16, "expected at most 8 variables; got one more"),
    "+".join(f"{k}*a" for k in range(2, 40)): (111, "expected at most 48 operations"),
    "a" + "+a" * 150: (300, "expected at most 300 characters; got 301"),
    "a\0": (1, "expected a number, a name or an operator"),
    "__import__('os').system('x')": (11, "expected a number, a name or an operator"),
    "a.b": (1, "expected a number, a name or an operator"),
}


def encode(value):
    if isinstance(value, (list, tuple, np.ndarray)):
        return [encode(v) for v in value]
    value = value.item() if isinstance(value, np.generic) else value
    if isinstance(value, float) and not math.isfinite(value):
        return {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}[str(value)]
    return value


def node(*calls):
    """The answers of backprop_stepper_parity.mjs to (probe, args[, expect])."""
    sent = [dict(zip(("probe", "args", "expect"), map(encode, call))) for call in calls]
    for call, (_, args, *_) in zip(sent, calls):
        call["args"] = [list(a) if isinstance(a, np.ndarray) else a for a in args]
    script = Path(__file__).with_name("backprop_stepper_parity.mjs")
    done = subprocess.run([NODE, script], input=json.dumps(sent), capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def points(text, count=4, seed=0):
    """Points at which to compute a graph: random ones, and the first near 0."""
    n = len(parse(text).variables)
    rng = np.random.default_rng(seed)
    return [np.round(rng.normal(size=n) * scale, 6).tolist() for scale in [0.1, *[2.0] * (count - 1)]]


def numbers(answer):
    return np.array([float(v) for v in answer["value"]])


# The twins ---------------------------------------------------------------------------------------------------


@needs_node
def test_parsers_agree_on_what_is_right_and_what_is_wrong():
    graphs = node(*[("graph", [text]) for text in GOOD])
    places = node(*[("variables", [text]) for text in GOOD])
    for text, answer, variables in zip(GOOD, graphs, places):
        graph = parse(text)
        assert answer["value"] == [[n.op, list(n.args), n.k, n.name] for n in graph.nodes], text
        assert variables["value"] == graph.variables
    for text, answer in zip(BAD, node(*[("error", [text]) for text in BAD])):
        with pytest.raises(ExpressionError) as caught:
            parse(text)
        at, message, shown = answer["value"]
        assert (at, message) == (caught.value.at, caught.value.words), text
        assert f"{message}\n{shown}" == str(caught.value)


@needs_node
def test_the_reader_of_a_random_text_gets_a_graph_or_a_message():
    assert node(("fuzz", [20000, 1]))[0]["value"] > 300


@needs_node
def test_limits_and_presets_are_the_same():
    (limits, presets) = node(("limits", []), ("presets", []))
    assert limits["value"] == [expression.MOST, expression.FUNCTIONS]
    assert presets["value"] == PRESETS


@needs_node
def test_passes_agree_both_ways():
    calls = []
    for text in GOOD:
        for x in points(text):
            graph = parse(text)
            values = stepper.compute(graph, x)
            slopes = np.zeros((len(values), 2))
            for row, n, value in zip(slopes, graph.nodes, values):
                row[[slot for slot, a in enumerate(n.args) if a is not None]] = value.slopes
            want = [*(v.data for v in values), *slopes.ravel(), *(v.grad for v in values)]
            steps = stepper.schedule(graph)
            kinds = [("start", "forward", "seed", "backward", "check").index(kind) for kind, *_ in steps]
            calls += [("compute", [text, x], want),
                      ("schedule", [text], [n for k, s in zip(kinds, steps) for n in (k, *s[1:])])]
            for step in (0, len(steps) // 2, len(steps) - 1):
                known = np.concatenate(stepper.partial(graph, values, steps, step))
                calls.append(("partial", [text, x, step], known))
    found = node(*[call[:2] for call in calls])
    for call, answer, checked in zip(calls, found, node(*calls)):
        np.testing.assert_allclose(numbers(answer), np.array(call[2], float), rtol=1e-10, atol=1e-10, err_msg=str(call[:2]))
        assert checked["mismatches"] == [], call[:2]


@needs_node
def test_operations_agree_on_odd_numbers():
    odd = [0.0, 1.0, -1.0, 2.5, -2.5, 1e-300, 1e300, 800.0, -800.0, math.inf, -math.inf, math.nan]
    calls = []
    with np.errstate(all="ignore"):
        for op, (value, _) in expression.OPERATIONS.items():
            two = op in ("+", "-", "*", "/", "**", "max", "min")
            for args in ([(a, b) for a in odd for b in odd] if two else [(a,) for a in odd]):
                if not (op in ("sin", "cos") and abs(args[0]) == 1e300):          # no engine agrees there
                    calls.append((op, args, float(value(*map(np.float64, args)))))
    source = (Path(stepper.__file__).parent / "js" / "backprop_stepper.core.mjs").as_uri()
    program = f"""import {{ apply }} from {json.dumps(source)};
    const calls = {json.dumps([[op, *args] for op, args, _ in calls])};
    console.log(calls.map((c) => apply(...c)).join(" "));"""
    done = subprocess.run([NODE, "--input-type=module"], input=program, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    for (op, args, want), got in zip(calls, done.stdout.split()):
        got = float(got.replace("Infinity", "inf"))
        assert got == pytest.approx(want, rel=1e-12, abs=1e-300, nan_ok=True), (op, args)


@needs_node
def test_central_differences_agree():
    calls = [("central", [text, x], stepper.central(parse(text), x).ravel()) for text in GOOD[:12] for x in points(text, 2)]
    for call, answer in zip(calls, node(*[c[:2] for c in calls])):      # a last bit of f, divided by 2e-5
        np.testing.assert_allclose(numbers(answer), call[2], rtol=1e-6, atol=1e-6, err_msg=str(call[:2]))


# Mathematics --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [t for t in GOOD if "relu(a - 3)" not in t])
def test_gradients_against_central_differences(text):
    graph = parse(text)
    for x in points(text, 5, seed=3):
        values, rows = stepper.compute(graph, x), stepper.central(graph, x)
        for i, (middle, left, right) in zip(graph.variables, rows):
            if np.isfinite(middle) and abs(left - right) < 1e-2:
                assert values[i].grad == pytest.approx(middle, rel=1e-5, abs=1e-6), (text, x)


def in_torch(graph, x):
    """The same graph on torch: value and gradients."""
    leaves, values = [torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in x], []
    given = iter(leaves)
    table = {"+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b, "/": lambda a, b: a / b,
             "**": lambda a, b: a**b, "max": torch.maximum, "min": torch.minimum, "neg": torch.neg,
             "softplus": lambda a: torch.logaddexp(a, torch.zeros_like(a))}
    for n in graph.nodes:
        args = [torch.tensor(n.k, dtype=torch.float64) if a is None else values[a] for a in n.args]
        values.append(next(given) if not n.op else (table.get(n.op) or getattr(torch, n.op))(*args))
    values[-1].backward()
    return [values[-1].item(), *(0.0 if leaf.grad is None else leaf.grad.item() for leaf in leaves)]


@pytest.mark.parametrize("text", GOOD)
def test_values_and_gradients_against_torch(text):
    graph = parse(text)
    for x in [*points(text, 4, seed=5), [0.0] * len(graph.variables), [1.0] * len(graph.variables)]:
        ours, theirs = stepper.compute(graph, x), in_torch(graph, x)
        if np.isfinite(theirs).all():
            np.testing.assert_allclose([ours[-1].data, *(ours[i].grad for i in graph.variables)], theirs,
                                       rtol=1e-10, atol=1e-12, err_msg=f"{text} at {x}")


def test_equal_parts_are_one_node_and_constants_are_folded():
    assert [n.op for n in parse("(a + b)*(b + a)").nodes] == ["", "", "+", "*"]
    assert [n.op for n in parse("(a - b)*(b - a)").nodes] == ["", "", "-", "-", "*"]
    graph = parse("u = a*b; w = b*a; 2*3*pi*u + w")
    assert [(n.op, n.name) for n in graph.nodes] == [("", "a"), ("", "b"), ("*", "u"), ("*", "v1"), ("+", "f")]
    assert graph.nodes[3].k == pytest.approx(6 * math.pi)


def test_precedence_is_that_of_python():
    point = dict(a=1.3, b=0.7, c=2.1)
    for text in ["a - b - c", "a/b/c", "-a**2", "2**-a", "a**b**c", "a*-b", "-a*b + c/-a", "+a - -b", "a + b*c**2/a - 1"]:
        graph = parse(text)
        names = [graph.nodes[i].name for i in graph.variables]
        got = stepper.compute(graph, [point[n] for n in names])[-1].data
        assert got == pytest.approx(eval(text, {}, point)), text          # noqa: S307, our own texts


@pytest.mark.parametrize("text", BAD)
def test_a_wrong_expression_says_where(text):
    at, words = BAD[text]
    with pytest.raises(ExpressionError) as caught:
        parse(text)
    assert caught.value.at == at and words in caught.value.words
    line, caret = str(caught.value).split("\n")[1:]
    assert len(caret) - 1 <= len(line) <= 44
    if at < len(text):
        assert line[len(caret) - 1] == text[at].replace("\n", " ")


# Steps and words ----------------------------------------------------------------------------------------------


def test_gradients_of_a_variable_used_twice_add_up_step_by_step():
    graph = parse("a*b + sin(a)")
    values, steps = stepper.compute(graph, [2.0, 0.5]), stepper.schedule(graph)
    sums = [stepper.partial(graph, values, steps, k)[1][0] for k in range(len(steps))]
    assert sums[-1] == pytest.approx(0.5 + math.cos(2)) and math.cos(2) in np.round(sums, 15).tolist() + sums
    counts = [stepper.partial(graph, values, steps, k)[2][0] for k in range(len(steps))]
    assert counts[0] == 0 and counts[-1] == 2 and sorted(counts) == counts


@needs_node
def test_sentences_give_the_numbers():
    said, = node(("sentences", ["a*b + sin(a)", [2, 0.5]]))
    said = said["value"]
    assert said[1] == "Forward, 1 of 3: v1 = a × b = 2 × 0.5 = 1."
    assert any("∂v1/∂a = b = 0.5. Times the gradient of v1: 0.5 × 1 = 0.5. a is used twice, the parts add up: "
               "(−0.4161) + 0.5 = 0.08385 = ∂f/∂a." in words for words in said), said
    assert said[-1].startswith("Done: ∂f/∂a = 0.08385, ∂f/∂b = 2.")


@needs_node
def test_numbers_that_are_none_are_said_in_words():
    cases = {
        "b*log(a)": ([2, -0.5], "v1 = log(a) is not a number: −0.5 has no real logarithm. It spoils what is "),
        "log(a)": ([0], "f = log(a) is −∞: the logarithm of 0."),
        "sqrt(a)": ([-1], "is not a number: −1 has no real root."),
        "1/a": ([0], "is infinite: a division by 0."),
        "a/b": ([0, 0], "is not a number: 0 / 0."),
        "a**0.5": ([-2], "is not a number: −2 is negative, 0.5 is no whole number."),
        "a**-1": ([0], "is infinite: 0 to a negative power is a division by 0."),
        "exp(exp(a))": ([10], "is infinite: too large for a computer's number."),
        "tanh(sqrt(a))": ([0], "v1 = sqrt(a) has no finite slope here"),
        "a*b": ([1, 2], None)}
    for (x, want), answer in zip(cases.values(), node(*[("trouble", [t, x]) for t, (x, _) in cases.items()])):
        assert answer["value"] == want if want is None else want in answer["value"], answer
    verdicts = node(("verdict", [2.0, [2.0, 2.0, 2.0]]), ("verdict", [0.0, [0.5, 0.0, 1.0]]),
                    ("verdict", [2.0, [2.1, 2.1, 2.1]]), ("verdict", ["NaN", [1.0, 1.0, 1.0]]))
    assert [v["value"] for v in verdicts[:3]] == ["agrees", "a kink: 0 on the left, 1 on the right", "differs"]


@needs_node
def test_boxes_never_overlap_and_arrows_pass_between_them():
    crowd = "u = a*b; s = exp(u) + c*u; w = a*s + max(u, d, a); tanh(w)/s + sin(u*d)*softplus(c)"
    for answer in node(*[("layout", [text]) for text in [*GOOD, crowd]]):
        places = [tuple(p) for p in answer["value"]["at"]]
        for i, (x, y) in enumerate(places):
            assert x >= 0 and y >= -1e-9
            assert all(x != x2 or abs(y - y2) > 1 - 1e-9 for x2, y2 in places[:i])
        for edge in answer["value"]["edges"]:
            columns = [x for x, _ in edge["stops"]]
            assert columns == list(range(columns[0], columns[-1] - 1, -1))
            assert all(x != x2 or abs(y - y2) > 1 - 1e-9 for x, y in edge["stops"][1:-1] for x2, y2 in places)


# Scripts ------------------------------------------------------------------------------------------------------

SCRIPTS = [*[(p["expression"], p["values"]) for p in PRESETS.values()],
           ("max(a, b, 1)*a**b - min(b, 0.5)/sqrt(a)", [1.5, 2.5]),
           ("abs(a)*cos(b) + relu(a) - softplus(2 - b) + 2**a + a**3 + -b", [-0.7, 1.2]), ("a", [3.0])]


@needs_node
@pytest.mark.parametrize("library", ["dlnotes", "torch"])
def test_scripts_print_what_is_on_the_screen(library):
    texts = [a["value"] for a in node(*[("script", [library, t, x]) for t, x in SCRIPTS])]
    program = "import sys, json\nfor text in json.load(sys.stdin):\n    exec(compile(text, 'copied', 'exec'), {})\n    print('--')\n"
    done = subprocess.run([sys.executable, "-W", "error", "-c", program], input=json.dumps(texts), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    for (text, x), printed in zip(SCRIPTS, done.stdout.split("--\n")):
        graph = parse(text)
        values = stepper.compute(graph, x)
        result = graph.nodes[-1].name
        want = {result: values[-1].data} | {f"d{result}/d{graph.nodes[i].name}": values[i].grad for i in graph.variables}
        got = {name: float(number) for name, number in re.findall(r"(\S+) = (\S+)", printed)}
        assert got == pytest.approx(want, rel=1e-12, abs=1e-14, nan_ok=True), text


# The widget ---------------------------------------------------------------------------------------------------


def test_the_widget_draws_and_says_its_state():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for name in PRESETS:
            for step in (0, 4, 200):
                widget = BackpropStepper(preset=name, step=step)
                widget.still().savefig(os.devnull, format="svg")
    words = BackpropStepper(preset="twice", step=200).describe()
    assert "a*b + sin(a) at a = 2, b = 0.5, step 10" in words and "a 0.08385, b 2" in words
    texts = [t.get_text() for t in BackpropStepper(preset="twice", step=200).still().axes[0].texts]
    assert "value 1.909" in texts and "gradient 0.08385" in texts
    first = [t.get_text() for t in BackpropStepper("a*b", values=[2.0, 3.0]).still().axes[0].texts]
    assert "value 2" in first and not any("gradient" in t or t == "value 6" for t in first)


def test_the_widget_takes_values_by_name_and_refuses_what_is_wrong():
    assert BackpropStepper("w*x + b", values={"x": 2, "b": -1}).values == [1.0, 2.0, -1.0]
    with pytest.raises(TraitError, match="expression: position 5: expected a number"):
        BackpropStepper("a + * b")
    with pytest.raises(ValueError, match="expected values of a, b; got one of c"):
        BackpropStepper("a*b", values={"c": 1})
    with pytest.raises(ValueError, match="expected preset one of product, .*; got 'no'"):
        BackpropStepper(preset="no")
    for values in ([math.nan], [11.0]):
        with pytest.raises(TraitError):
            BackpropStepper("a", values=values)
    with pytest.raises(TypeError, match="got 'seed'"):
        BackpropStepper(seed=1)
