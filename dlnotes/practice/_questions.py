"""The questions between the sections: one choice, or one number, each wrong answer with its own explanation."""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Choice:
    """One answer to choose, and why it is right or wrong."""

    text: str
    why: str
    right: bool = False


@dataclass(frozen=True)
class Question:
    """A self-test: a question in words without formulas, answered by one of `choices` or by a number.

    A number is right within ``tol * max(1e-12, |answer|)``. `mistakes` are pairs (number, explanation), `why` explains the
    right number, `unit` stands behind the entry.

    Raises
    ------
    ValueError
        Unless there is exactly one right choice among at least three, or a finite answer with at least two mistakes that are
        told apart from it and from each other.
    """

    ask: str
    choices: tuple = ()
    answer: float = math.nan
    tol: float = 0.01
    unit: str = ""
    mistakes: tuple = ()
    why: str = ""

    def __post_init__(self):
        if self.choices:
            if len(self.choices) < 3 or sum(c.right for c in self.choices) != 1 or math.isfinite(self.answer):
                raise ValueError(f"expected one right choice among at least three, and no number; got {self.choices}")
            return
        values = [self.answer, *(value for value, _ in self.mistakes)]
        apart = all(abs(a - b) > 2 * self.near(a) for i, a in enumerate(values) for b in values[:i])
        if not math.isfinite(self.answer) or len(values) < 3 or not apart or not self.why:
            raise ValueError(f"expected a finite answer, why it is right, and two other numbers as mistakes; got {values}")

    def near(self, value):
        """How far from `value` a typed number may be to count as it."""
        return self.tol * max(1e-12, abs(value))
