"""A variant of a set: the numbers that a student's id and the teacher's secret draw. The same two give the same variant.

A variant's seed is a keyed digest, so a student who knows every line of this file cannot compute another's numbers, and
a worker of a cluster that gets the seed of one student learns nothing of the secret.
"""

import functools
import hashlib
import hmac
from types import SimpleNamespace

import numpy as np

OPEN = "a secret for checks alone"      # known to all: for checks of a set, and for the example that anybody may see


def seed(secret, set_name, student):
    """The student's seed for a set, 64 hexadecimal digits.

    Parameters
    ----------
    secret : str or bytes
        The teacher's; at least 8 bytes.
    set_name, student : str

    Raises
    ------
    ValueError
        If the secret is too short or the student's id is empty.
    """
    key = secret.encode() if isinstance(secret, str) else bytes(secret)
    if len(key) < 8:
        raise ValueError(f"expected a secret of at least 8 bytes; got {len(key)}")
    if not student:
        raise ValueError("expected a student's id; got nothing")
    return hmac.new(key, f"{set_name}\n{student}".encode(), hashlib.sha256).hexdigest()


def generator(seed, *words):
    """A generator of random numbers for one purpose: the question, then the case."""
    digest = hashlib.sha256("\n".join([seed, *words]).encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:16], "big"))


def digest(values):
    """A short digest of a variant's values, to see whether a notebook was made with other numbers."""
    return hashlib.sha256(literal(values).encode()).hexdigest()[:12]


def literal(value):
    """Python source of a value: numbers, text, arrays, and lists, tuples and dicts of these."""
    if isinstance(value, np.ndarray):
        return f"np.array({literal(value.tolist())})"
    if isinstance(value, np.generic):
        return literal(value.item())
    if isinstance(value, dict):
        return "{" + ", ".join(f"{literal(k)}: {literal(v)}" for k, v in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        inner = ", ".join(map(literal, value)) + ("," if isinstance(value, tuple) and len(value) == 1 else "")
        return f"[{inner}]" if isinstance(value, list) else f"({inner})"
    if value is None or isinstance(value, (bool, int, float, str)):
        return repr(value)
    raise ValueError(f"expected numbers, text, arrays, lists, tuples or dicts in a variant; got {type(value).__name__}")


class Variant:
    """A set with the numbers of one student.

    Parameters
    ----------
    exercises : master.ExerciseSet
    seed : str
        Of `seed()`.

    Attributes
    ----------
    values : dict
        Question -> names and values that are shown to the student and set in the notebook.
    examples : dict
        Question -> names and values that its public case uses.
    solution : SimpleNamespace
        The reference's functions and values, made with these numbers.
    """

    def __init__(self, exercises, seed):
        self.exercises, self.seed = exercises, seed
        self.values, self.examples, self.space = {}, {}, {}
        for cell in exercises.of("given"):
            exec(_compiled(cell.source, "given"), self.space)
        self._given = dict(self.space)
        for question in exercises.questions.values():
            tools = {"np": np}
            for cell in question.draw:
                exec(_compiled(cell.source, f"draw of {question.name}"), tools)
            values = tools["draw"](generator(seed, question.name, "draw"))
            twice = set(values) & set(self.space)
            if twice:
                raise ValueError(f"expected new names in the draw of {question.name}; got {sorted(twice)} again")
            self.values[question.name] = values
            self.space.update(values)
            exec(_compiled(question.answer, f"answer of {question.name}"), self.space)
            example = tools.get("example", lambda rng, solution: {})
            self.examples[question.name] = example(generator(seed, question.name, "example"), SimpleNamespace(**self.space))
        self.solution = SimpleNamespace(**self.space)
        self._found = {}

    @property
    def shown(self):
        """All values that the notebook sets, of every question."""
        return {name: value for values in self.values.values() for name, value in values.items()}

    @property
    def digest(self):
        return digest(self.shown)

    def rng(self, question, case):
        """The generator of a case's hidden data."""
        return generator(self.seed, question, case)

    def cases(self, question):
        """See `cases.collect`."""
        if question.name not in self._found:
            from grading.cases import collect
            self._found[question.name] = collect(question, {**self.space, **self.examples[question.name]})
        return self._found[question.name]

    def with_answer(self, question, source):
        """Names of the solution with another answer to one question."""
        names = dict(self._given) | self.shown
        for other in self.exercises.questions.values():
            exec(_compiled(source if other is question else other.answer, f"answer of {other.name}"), names)
        return names


class Trusted:
    """The teacher's own answers in this process, in a student's place: for checks of a set, never for a submission."""

    def __init__(self, names):
        self.names = names

    def get(self, name):
        return self.names[name]


@functools.lru_cache(4096)
def _compiled(source, name):
    return compile(source, f"<{name}>", "exec")
