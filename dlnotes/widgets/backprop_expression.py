"""Expressions that a reader types: parsed here by recursive descent, never run as Python, and made into a graph.

    program   = {name "=" sum ";"} [name "="] sum            (a new line outside brackets counts as ";")
    sum       = product {("+" | "-") product}                product = sign {("*" | "/") sign}
    sign      = ("-" | "+") sign | power                     power   = atom [("**" | "^") sign]
    atom      = number | name | function "(" sum {"," sum} ")" | "(" sum ")"
"""

import re
from dataclasses import dataclass, field

import numpy as np

MOST = dict(characters=300, operations=48, variables=8, depth=24, letters=12)

_TOKEN = re.compile(r"([0-9]+\.?[0-9]*(?:[eE][+-]?[0-9]+)?|\.[0-9]+(?:[eE][+-]?[0-9]+)?)|([A-Za-z_][A-Za-z_0-9]*)"
                    r"|(\*\*|[-+*/^(),;=\n×·÷−])")
_SAME = {"^": "**", "×": "*", "·": "*", "÷": "/", "−": "-"}
RESERVED = set("False None True and as assert async await break class continue def del elif else except finally "
               "for from global if import in is lambda nonlocal not or pass raise return try while with yield "
               "np torch Value __debug__ print float power NaN nan Infinity inf undefined null".split())


# Operations --------------------------------------------------------------------------------------------------


def _sigmoid(x):
    return 1 / (1 + np.exp(-x))


def _power_slopes(a, b, y):
    """Slopes of a ** b; 0 where torch says so: b = 0, and 0 ** b towards b."""
    return (b * a ** (b - 1) if b != 0 else 0.0), (0.0 if a == 0 and b >= 0 else y * np.log(a))


def _larger(a, b):
    return 0.5 if a == b else 0.0 if a < b else 1.0


# operation -> value(arguments), slopes(arguments, value); the arguments are np.float64, so that nothing raises.
OPERATIONS = {
    "+": (lambda a, b: a + b, lambda a, b, y: (1.0, 1.0)),
    "-": (lambda a, b: a - b, lambda a, b, y: (1.0, -1.0)),
    "*": (lambda a, b: a * b, lambda a, b, y: (b, a)),
    "/": (lambda a, b: a / b, lambda a, b, y: (1 / b, -y / b)),
    "**": (lambda a, b: a**b, _power_slopes),
    "max": (np.maximum, lambda a, b, y: (_larger(a, b), _larger(b, a))),
    "min": (np.minimum, lambda a, b, y: (_larger(b, a), _larger(a, b))),
    "neg": (lambda x: -x, lambda x, y: (-1.0,)),
    "exp": (np.exp, lambda x, y: (y,)),
    "log": (np.log, lambda x, y: (1 / x,)),
    "tanh": (np.tanh, lambda x, y: (1 - y * y,)),
    "sigmoid": (_sigmoid, lambda x, y: (y * (1 - y),)),
    "relu": (lambda x: np.maximum(x, 0.0), lambda x, y: (0.0 if x <= 0 else 1.0,)),
    "sin": (np.sin, lambda x, y: (np.cos(x),)),
    "cos": (np.cos, lambda x, y: (-np.sin(x),)),
    "sqrt": (np.sqrt, lambda x, y: (0.5 / y,)),
    "abs": (np.abs, lambda x, y: (np.sign(x),)),
    "softplus": (lambda x: np.maximum(x, 0.0) + np.log1p(np.exp(-np.abs(x))), lambda x, y: (_sigmoid(x),)),
}
EITHER_WAY = ("+", "*", "max", "min")        # operations whose arguments may change places
FUNCTIONS = ["exp", "log", "tanh", "sigmoid", "relu", "softplus", "sin", "cos", "sqrt", "abs", "max", "min"]


# Graph -------------------------------------------------------------------------------------------------------


@dataclass
class Node:
    """A variable (op "") or an operation; the place of a constant argument in `args` is None, its number is k."""

    op: str
    args: tuple = ()
    k: float = 0.0
    name: str = ""


@dataclass
class Graph:
    """Nodes in an order in which each stands after its arguments; the last is the result."""

    nodes: list = field(default_factory=list)
    variables: list = field(default_factory=list)      # places of the variables, in the order of the text


class ExpressionError(ValueError):
    """What is wrong with an expression: `at` is the place of the character, from 0."""

    def __init__(self, text, at, expected, got):
        self.at, self.words = at, f"position {at + 1}: expected {expected}; got {got}"
        super().__init__(f"{self.words}\n{show(text, at)}")


def show(text, at, room=44):
    """The line of the text around a place, and a caret below it."""
    line = text.replace("\n", " ")
    start = max(0, min(at - room // 2, len(line) - room))
    return f"{line[start:start + room]}\n{' ' * (at - start)}^"


def parse(text):
    """The graph of an expression.

    Equal parts are one node, and parts without a variable become numbers.

    Parameters
    ----------
    text : str

    Returns
    -------
    Graph

    Raises
    ------
    ExpressionError
        Where the text is not an expression: it says where, what was expected, and what was there.
    """
    if len(text) > MOST["characters"]:
        raise ExpressionError(text, MOST["characters"], f"at most {MOST['characters']} characters", len(text))
    with np.errstate(all="ignore"):
        return _Parser(text).program()


def _tokens(text):
    """[(kind, word, place)]; kind is "number", "name" or "sign", and "end" for the last."""
    found, at, depth = [], 0, 0
    while at < len(text):
        if text[at] in " \t\r\u00a0":
            at += 1
            continue
        match = _TOKEN.match(text, at)
        if not match:
            raise ExpressionError(text, at, "a number, a name or an operator", repr_of(text[at]))
        word, kind = match.group(), ("number", "name", "sign")[match.lastindex - 1]
        depth += (word == "(") - (word == ")")
        if word != "\n" or depth <= 0:
            found.append((kind, ";" if word == "\n" else _SAME.get(word, word), at))
        at = match.end()
    return [*found, ("end", "the end", len(text))]


def repr_of(word):
    return word if word == "the end" else f"'{word}'"


class _Parser:
    """Recursive descent; what it returns for a part is a float (a constant) or the place of a node."""

    def __init__(self, text):
        self.text, self.tokens, self.next, self.depth = text, _tokens(text), 0, 0
        self.graph, self.known = Graph(), {}            # known: (operation, arguments) -> place
        self.given, self.used = {}, set()               # names defined by the reader: (value, place in the text)

    # What comes next

    @property
    def kind(self):
        return self.tokens[self.next][0]

    @property
    def word(self):
        return self.tokens[self.next][1]

    @property
    def at(self):
        return self.tokens[self.next][2]

    def fail(self, expected, at=None, got=None):
        raise ExpressionError(self.text, self.at if at is None else at, expected,
                              repr_of(self.word) if got is None else got)

    def take(self, *words):
        """The next word if it is one of these signs, and on to the following; or None."""
        if self.kind != "sign" or self.word not in words:
            return None
        self.next += 1
        return self.tokens[self.next - 1][1]

    # Grammar

    def program(self):
        result, named, before = None, True, 0
        while self.take(";"):
            pass
        while result is None or self.kind != "end":
            if not named:
                self.fail("'name =' before all but the last expression", before, "an expression without a name")
            before = self.at
            name = self.definition()
            result = self.sum()
            named = name is not None
            if named:
                if ("", name) in self.known:
                    self.fail("a new name before '='", before, repr_of(name))
                self.give(name, result, before)
            if self.kind != "end" and not self.take(";"):
                self.fail("an operator such as + or *")
            while self.take(";"):
                pass
        return self.finish(result, name)

    def definition(self):
        """The name in front of "=", or None."""
        if self.kind != "name" or self.tokens[self.next + 1][1] != "=":
            return None
        name, at = self.word, self.at
        self.check_name(name)
        if name in FUNCTIONS or name == "pi" or name in self.given:
            self.fail("a new name before '='", at)
        self.next += 2
        return name

    def give(self, name, value, at):
        self.given[name] = (value, at)
        if not isinstance(value, float) and not self.graph.nodes[value].name:
            self.graph.nodes[value].name = name

    def sum(self):
        left = self.product()
        while sign := self.take("+", "-"):
            at = self.tokens[self.next - 1][2]
            left = self.make(sign, [left, self.product()], at)
        return left

    def product(self):
        left = self.sign()
        while sign := self.take("*", "/"):
            at = self.tokens[self.next - 1][2]
            left = self.make(sign, [left, self.sign()], at)
        return left

    def sign(self):
        at = self.at
        self.depth += 1
        if self.depth > MOST["depth"]:
            self.fail(f"at most {MOST['depth']} levels of brackets and signs", got="more")
        sign = self.take("-", "+")
        value = self.sign() if sign else self.power()
        self.depth -= 1
        return self.make("neg", [value], at) if sign == "-" else value

    def power(self):
        base, at = self.atom(), self.at
        return self.make("**", [base, self.sign()], at) if self.take("**") else base

    def atom(self):
        kind, word, at = self.tokens[self.next]
        if kind == "number":
            self.next += 1
            if not np.isfinite(float(word)):
                self.fail("a number of size up to 1.8e308", at, repr_of(word))
            return float(word)
        if kind == "name":
            self.next += 1
            return self.call(word, at) if word in FUNCTIONS or self.word == "(" else self.name(word, at)
        if not self.take("("):
            self.fail("a number, a name or '('")
        value = self.sum()
        if not self.take(")"):
            self.fail("')' or an operator")
        return value

    def call(self, name, at):
        if name not in FUNCTIONS:
            self.fail(f"one of {', '.join(FUNCTIONS)} before '('", at, repr_of(name))
        if not self.take("("):
            self.fail(f"'(' after {name}")
        values = [self.sum()]
        while self.take(","):
            values.append(self.sum())
        if not self.take(")"):
            self.fail("',', ')' or an operator")
        several = name in ("max", "min")
        if (len(values) < 2) if several else (len(values) != 1):
            self.fail(f"{'2 or more arguments' if several else '1 argument'} of {name}", at, len(values))
        value = self.make(name, values[:2] if several else values, at)
        for other in values[2:]:
            value = self.make(name, [value, other], at)
        return value

    def name(self, name, at):
        if name in self.given:
            self.used.add(name)
            return self.given[name][0]
        if name == "pi":
            return float(np.pi)
        self.check_name(name, at)
        if ("", name) not in self.known:
            if len(self.graph.variables) == MOST["variables"]:
                self.fail(f"at most {MOST['variables']} variables", at, "one more")
            self.graph.variables.append(len(self.graph.nodes))
            self.known["", name] = len(self.graph.nodes)
            self.graph.nodes.append(Node("", name=name))
        return self.known["", name]

    def check_name(self, name, at=None):
        if name in RESERVED:
            self.fail("another name: this one is taken", at, repr_of(name))
        if len(name) > MOST["letters"]:
            self.fail(f"a name of at most {MOST['letters']} letters", at, repr_of(name))

    # Graph

    def make(self, op, values, at):
        """The place of a node, made unless the graph has it; a float if all values are."""
        if all(isinstance(v, float) for v in values):
            number = float(OPERATIONS[op][0](*map(np.float64, values)))
            if not np.isfinite(number):
                self.fail("a constant part that is a finite number", at, "one that is not")
            return number
        args = tuple(None if isinstance(v, float) else v for v in values)
        k = next((v for v in values if isinstance(v, float)), 0.0) + 0.0
        key = (op, tuple(sorted(args, key=lambda a: -1 if a is None else a)) if op in EITHER_WAY else args, k)
        if key not in self.known:
            if len(self.graph.nodes) - len(self.graph.variables) == MOST["operations"]:
                self.fail(f"at most {MOST['operations']} operations", at, "one more")
            self.known[key] = len(self.graph.nodes)
            self.graph.nodes.append(Node(op, args, k))
        return self.known[key]

    def finish(self, result, last):
        if isinstance(result, float):
            self.fail("at least one variable, such as a", 0, "none")
        for name, (_, at) in self.given.items():
            if name not in self.used and name != last:
                self.fail(f"{name} to be used", at, "a definition only")
        return _named(self.graph)      # all is used, so the result is the node made last


def _named(graph):
    """Give a name to each node that the reader gave none: v1, v2, ..., and f to the result."""
    taken = {node.name for node in graph.nodes}
    result = graph.nodes[-1]
    result.name = result.name or next(n for n in ("f", "out", "result", "f_out") if n not in taken)
    letter = next(s for s in ("v", "t", "u", "v_", "t_", "u_", "v__", "t__", "u__")
                  if not any(re.fullmatch(s + "[0-9]+", n) for n in taken))
    unnamed = [node for node in graph.nodes if not node.name]
    for number, node in enumerate(unnamed, 1):
        node.name = f"{letter}{number}"
    return graph
