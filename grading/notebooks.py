"""The student's notebook, made from a set and a variant, and read again from what was handed in."""

import hashlib
import json
import re

from grading import variants

SIZE = 20 * 2**20       # bytes of a notebook
CELLS = 1000
CHARACTERS = 100_000    # of one cell
EXAMPLE = "example"     # the student of the example
NOTICE = """> **An example.** These numbers are nobody's: in a class each student gets others. Nothing is handed in here. The check below each
> answer tries one case; the cases that decide about the other points are not in this notebook."""
FILL = re.compile(r"\{\{(\w+)\}\}")


class Unreadable(ValueError):
    """What was handed in is no notebook; the text may be shown to the student."""


def student_notebook(variant, student, answers=None):
    """The notebook that a student gets: text and numbers filled in, solutions and hidden cases left out.

    Parameters
    ----------
    variant : variants.Variant
    student : str
        Written into the notebook's metadata; the grader goes by the name of the file.
    answers : dict, optional
        Question -> source that takes the stub's place.

    Returns
    -------
    dict
        For `json.dumps`: nbformat 4.5, no outputs.
    """
    exercises, cells, shown = variant.exercises, [], set()
    for cell in exercises.cells:
        question = exercises.questions.get(cell.question)
        if cell.role == "text":
            cells.append(("markdown", filled(cell.source, variant)))
        elif cell.role == "given":
            cells.append(("code", cell.source))
        elif cell.role == "draw" and question.name not in shown and variant.values[question.name]:
            shown.add(question.name)
            cells.append(("code", numbers(variant, question)))
        elif cell.role == "answer":
            cells.append(("code", (answers or {}).get(question.name, question.stub)))
        elif cell.role == "public":
            cells.append(("code", example(variant, question, cell)))
    return whole(cells, {"set": exercises.name, "student": student, "numbers": variant.digest})


def whole(cells, mark):
    """A notebook of (kind, source) cells, with `mark` in its metadata."""
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {"cells": [_cell(kind, source, place) for place, (kind, source) in enumerate(cells)],
            "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}, "dlnotes": mark}, "nbformat": 4, "nbformat_minor": 5}


def example_notebook(exercises):
    """The notebook that anybody may see: drawn with an open secret, and with a cell that says so. The site shows it."""
    seed = variants.seed(variants.OPEN, exercises.name, EXAMPLE)
    made = student_notebook(variants.Variant(exercises, seed), EXAMPLE)
    made["cells"].insert(1, _cell("markdown", NOTICE, "notice"))
    return made


def numbers(variant, question):
    """The cell that sets a question's numbers."""
    return "# Your numbers\n" + _assignments(variant.values[question.name])


def example(variant, question, cell):
    """The cell with a question's public case."""
    lines = _assignments(variant.examples[question.name])
    return f"# Check {question.name}\n" + (f"{lines}\n" if lines else "") + f'{cell.source}\nprint("{question.name}: the example passes")'


def _assignments(values):
    return "\n".join(f"{name} = {variants.literal(value)}" for name, value in values.items())


def filled(text, variant):
    """A text of the master with the student's numbers."""
    def value(match):
        if match[1] not in variant.shown:
            raise ValueError(f"expected a name of a draw in {{{{...}}}}; got {match[1]!r}")
        return variants.literal(variant.shown[match[1]])
    return FILL.sub(value, text)


def _cell(kind, source, place):
    name = hashlib.sha256(f"{place} {source}".encode()).hexdigest()[:8]
    extra = {"execution_count": None, "outputs": []} if kind == "code" else {}
    return {"cell_type": kind, "id": name, "metadata": {}, "source": source.splitlines(keepends=True), **extra}


def dump(notebook):
    """Bytes of a notebook, as Jupyter writes them."""
    return (json.dumps(notebook, indent=1, ensure_ascii=False) + "\n").encode()


def read(data):
    """The code cells of a notebook that was handed in, as (name, source), and its mark.

    Raises
    ------
    Unreadable
    """
    if len(data) > SIZE:
        raise Unreadable(f"the file is larger than {SIZE // 2**20} MB; clear the outputs and hand it in again")
    if not data.strip():
        raise Unreadable("the file is empty")
    try:
        told = json.loads(data.decode("utf-8-sig"))
        found = [(c["cell_type"], c["source"]) for c in told["cells"]]
        sources = [s if isinstance(s, str) else "".join(map(str, s)) for kind, s in found if kind == "code"]
    except UnicodeDecodeError:
        raise Unreadable("this is no Jupyter notebook (its text is not UTF-8): hand in the file that Jupyter saves") from None
    except (ValueError, RecursionError, MemoryError):
        raise Unreadable("this is no Jupyter notebook (its text is no JSON): hand in the file that Jupyter saves") from None
    except (KeyError, TypeError):
        raise Unreadable("this is no Jupyter notebook (it has no cells that can be read): hand in the file that Jupyter saves") from None
    if len(sources) > CELLS:
        raise Unreadable(f"the notebook has more than {CELLS} cells")
    mark = told.get("metadata")
    mark = mark.get("dlnotes") if isinstance(mark, dict) else None
    return [(f"cell {i + 1}", source) for i, source in enumerate(sources)], mark if isinstance(mark, dict) else {}


def in_order(cells, variant):
    """The cells as they are run, and notes for the student.

    First what the set gives (so that a deleted or spoilt set-up does no harm), then stubs as they were handed out (so that
    a copy of one hides no answer), then the others in their order. Cells that were handed out and give nothing new are
    left out: numbers and public cases are the grader's, which it sets and runs itself.
    """
    exercises = variant.exercises
    given = [c.source for c in exercises.of("given")]
    known = {_same(s) for s in given}
    known |= {_same(numbers(variant, q)) for q in exercises.questions.values()}
    known |= {_same(example(variant, q, c)) for q in exercises.questions.values() for c in q.public}
    stubs = {_same(q.stub) for q in exercises.questions.values()}
    others = [(name, source) for name, source in cells if _same(source) not in known | stubs]
    notes = [f"{name} was left out: it is too long" for name, source in others if len(source) > CHARACTERS]
    first = [(f"set-up {i + 1}", source) for i, source in enumerate(given)]
    untouched = [(name, source) for name, source in cells if _same(source) in stubs]
    return first + untouched + [(n, s) for n, s in others if len(s) <= CHARACTERS], notes


def _same(source):
    """A source without what an editor changes by itself."""
    return "\n".join(line.rstrip() for line in source.strip().splitlines())
