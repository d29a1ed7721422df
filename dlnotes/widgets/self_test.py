"""The questions between the sections: a reader of the static page answers, and is told at once why."""

import importlib
import textwrap

import traitlets
from matplotlib.figure import Figure

from dlnotes.plots import INK, style
from dlnotes.practice._questions import Question
from dlnotes.widgets.base import Widget


def find(question_id):
    """The `Question` of that id ("mlp-a") in ``dlnotes.practice.<chapter>.QUESTIONS``, or say which there are."""
    chapter = str(question_id).rpartition("-")[0].replace("-", "_")
    try:
        questions = importlib.import_module(f"dlnotes.practice.{chapter}").QUESTIONS
    except (ModuleNotFoundError, AttributeError, ValueError):
        questions = {}
    if question_id not in questions:
        raise ValueError(f"expected one of {', '.join(questions) or '<chapter>-<letter>'}; got {question_id!r}")
    return questions[question_id]


class SelfTest(Widget):
    """One question with its answers.

    Parameters
    ----------
    question_id : str
        Such as "mlp-a": the chapter's slug and a letter; or a `Question`.

    Notes
    -----
    `choices` is a list of {text, why, right}; without choices `answer`, `tol`, `unit`, `mistakes` (pairs of number and
    explanation) and `why` describe the number that is asked for. `given` is what the reader has chosen (the choice's place)
    or typed.
    """

    view = "self_test"
    ask = traitlets.Unicode().tag(sync=True)
    choices = traitlets.List(traitlets.Dict()).tag(sync=True)
    answer = traitlets.List(traitlets.Float(), maxlen=1).tag(sync=True)
    tol = traitlets.Float(0.01, min=0).tag(sync=True)
    unit = traitlets.Unicode().tag(sync=True)
    mistakes = traitlets.List().tag(sync=True)
    why = traitlets.Unicode().tag(sync=True)
    given = traitlets.Unicode().tag(sync=True)

    def __init__(self, question_id, **traits):
        q = question_id if isinstance(question_id, Question) else find(question_id)
        super().__init__(**{
            "ask": q.ask, "choices": [vars(c) for c in q.choices], "answer": [] if q.choices else [q.answer], "tol": q.tol,
            "unit": q.unit, "mistakes": [list(m) for m in q.mistakes], "why": q.why, **traits})

    def lines(self):
        """The question and its choices, a letter before each."""
        blank = [f"____ {self.unit}".strip()]
        return [self.ask, *([f"{'ABCDEFGH'[i]}  {c['text']}" for i, c in enumerate(self.choices)] or blank)]

    def still(self):
        """The question on paper, without its answer."""
        lines = [textwrap.fill(line, 78, subsequent_indent="    " * (i > 0)) for i, line in enumerate(self.lines())]
        with style():
            figure = Figure(figsize=(6, 0.22 * sum(line.count("\n") + 1.4 for line in lines)))
            figure.text(0, 1, "\n\n".join(lines), va="top", fontsize=10, color=INK, linespacing=1.2, parse_math=False)
        return figure

    def describe(self):
        """The question and its choices in one sentence."""
        return "Question: " + " ".join(self.lines())
