"""The exercise sets of the book: what a class would get, and what must never reach it."""

import html
import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import grading
import grading_kit as kit
from grading import check, notebooks, variants
from grading.__main__ import main

MASTERS = sorted((kit.ROOT / "exercises").glob("*.py"))
POINTS = {"foundations": 24, "training": 24, "images": 20, "generative": 17}


def failures(sources):
    """How many of these cells fail, one after another in a Python of their own that has numpy and torch and nothing of ours."""
    program = f"""
import sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {{"otter", "dlnotes", "grading", "matplotlib", "scipy"}}:
            raise ImportError(name)
sys.meta_path.insert(0, Refuse())
space, failed = {{}}, 0
for source in {list(sources)!r}:
    try:
        exec(source, space)
    except Exception as error:
        failed += 1
print(failed)
"""
    done = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True)
    return int(done.stdout.split()[-1])


@pytest.fixture(scope="module", params=MASTERS, ids=lambda p: p.stem)
def master(request):
    return grading.read_master(request.param)


def test_the_set_may_be_given_out(master):
    """Reference, untouched notebook, wrong answers, empty answers, neighbours, leaks: see grading/check.py."""
    assert check.check(master) == []


def test_five_to_eight_questions_of_rising_points(master):
    variant = grading.Variant(master, variants.seed(check.SECRET, master.name, "x"))
    points = [sum(p for _, p, *_ in variant.cases(q)) for q in master.questions.values()]
    assert 5 <= len(points) <= 8 and points == sorted(points) and sum(points) == POINTS[master.name]
    assert all(len(q.mistakes) >= 3 for q in master.questions.values())


def test_the_reference_passes_in_the_sandbox_and_the_untouched_notebook_fails(master):
    kit.need_sandbox()
    seed = variants.seed(kit.SECRET, master.name, "eve")
    variant = grading.Variant(master, seed)
    for answers, share in (({n: q.answer for n, q in master.questions.items()}, 1), ({}, 0)):
        report = grading.grade("eve", grading.dump(grading.student_notebook(variant, "eve", answers)), master.zip(), seed)
        assert report["status"] == "graded" and report["points"] == share * POINTS[master.name], report
        assert not report["notes"] and not report["staff"]


def test_the_students_notebook_is_valid_and_runs_with_numpy_alone(master, tmp_path):
    """No library but numpy (and torch where the set needs it); the checks stop the untouched notebook, not the solved one."""
    import nbformat
    variant = grading.Variant(master, variants.seed(kit.SECRET, master.name, "eve"))
    solved = {n: q.answer for n, q in master.questions.items()}
    for answers, fails in ((solved, 0), ({}, len(master.questions))):
        made = grading.student_notebook(variant, "eve", answers)
        nbformat.validate(nbformat.from_dict(made))
        assert failures("".join(c["source"]) for c in made["cells"] if c["cell_type"] == "code") == fails


def test_the_example_on_the_site_is_what_build_makes(master):
    """chapters/exercises/ is committed, since Binder and Colab open a file of the repository; `make exercises` renews it."""
    committed = kit.ROOT / "chapters" / "exercises" / f"{master.name}.ipynb"
    assert committed.read_bytes() == grading.dump(notebooks.example_notebook(master)), "run: make exercises"
    assert sorted(p.stem for p in committed.parent.iterdir()) == sorted(POINTS)


def test_the_example_runs_with_numpy_alone_and_its_checks_wait_for_answers(master):
    """The committed file, with the reference in place of the stubs and without, where no other library can be imported."""
    made = json.loads((kit.ROOT / "chapters" / "exercises" / f"{master.name}.ipynb").read_text(encoding="utf-8"))
    sources = ["".join(c["source"]) for c in made["cells"] if c["cell_type"] == "code"]
    answers = {q.stub: q.answer for q in master.questions.values()}
    assert set(answers) <= set(sources)
    for cells, fails in ((sources, len(answers)), ([answers.get(s, s) for s in sources], 0)):
        assert failures(cells) == fails


def test_nothing_of_a_solution_is_in_the_repository_s_pages(master):
    """The chapters and their sources, from which the site is made, hold no line of a graded solution and no hidden case."""
    assert len(check.given_away(master, "".join(c.source for c in master.cells) + repr([c.marks for c in master.cells]))) > 30
    for path in [*sorted((kit.ROOT / "chapters").rglob("*.ipynb")), *sorted((kit.ROOT / "chapters").rglob("*.md")), kit.ROOT / "index.md"]:
        assert not check.given_away(master, check.readable(path)), path


def test_nothing_of_the_sets_is_on_the_site(site):
    """Not a line of a solution or of a wrong answer, no hidden case and no hint in any file of the built site, its sources
    included; what a student gets is there."""
    for path in MASTERS:
        exercises = grading.read_master(path)
        assert check.leaks(exercises, grading.Variant(exercises, variants.seed(check.SECRET, exercises.name, "x")), site) == []
        assert not list(site.rglob(path.name)) and not list(site.rglob("*-key*")) and not list(site.rglob("*autograder*"))
        page = check.readable(site / "chapters" / "exercises" / f"{exercises.name}.html")
        source = check.readable(site / "_sources" / "chapters" / "exercises" / f"{exercises.name}.ipynb")
        for question in exercises.questions.values():
            assert question.title in page and question.stub in page, question.name
            assert all(line.strip() in source for line in question.stub.splitlines()), question.name


def test_the_sets_are_not_run_and_their_buttons_are_there(site):
    """Unexecuted pages with a download, Binder and Colab of the same file."""
    for name in POINTS:
        page = (site / "chapters" / "exercises" / f"{name}.html").read_text(encoding="utf-8")
        assert "cell_input" in page and "cell_output" not in page and "An example." in page
        links = re.findall(r'href="([^"]+)"', page)
        assert any(link.startswith("https://mybinder.org/") and link.endswith(f"chapters/exercises/{name}.ipynb") for link in links), links
        assert any(link.startswith("https://colab.research.google.com/") and link.endswith(f"chapters/exercises/{name}.ipynb") for link in links)
        assert any(link.endswith(f"_sources/chapters/exercises/{name}.ipynb") for link in links)


def test_a_wrong_answer_and_a_hint_are_seen(tmp_path):
    """What the test above looks for is found where it is: in an instructor's key, and line by line."""
    exercises, found = kit.foundations(), set()
    for question in exercises.questions.values():
        for cell in question.mistakes:
            for text in (cell.source, cell.marks["hint"]):
                (tmp_path / "page.html").write_text(f"<pre>{html.escape(text)}</pre>")
                found |= {question.name} if check.leaks(exercises, kit.variant(), tmp_path) else set()
                assert cell.marks["hint"] not in text or check.leaks(exercises, kit.variant(), tmp_path), (question.name, cell.marks)
    assert found == set(exercises.questions)


CLASSES = {      # answers of classes that no known wrong answer is the same as
    "Block": ["return x + self.scale", "return x + 2 * self.scale"],
    "Separable": ["nn.functional.leaky_relu(self.depth(x), leak)", "torch.tanh(self.depth(x))", "C, kernel, padding=kernel // 2", "C, kernel + 2, padding=kernel // 2 + 1"],
}


@pytest.mark.parametrize("name, question", [("training", "Block"), ("images", "Separable")])
def test_of_a_class_the_known_wrong_answer_is_named_and_no_other(name, question):
    """Through the sandbox: each known wrong answer by its name, another wrong answer by none; random weights play no part."""
    kit.need_sandbox()
    master = grading.read_master(kit.ROOT / "exercises" / f"{name}.py")
    seed = variants.seed(kit.SECRET, name, "eve")
    variant, asked = grading.Variant(master, seed), master.questions[question]
    changes = CLASSES[question]
    answers = [(cell.source, cell.marks["name"]) for cell in asked.mistakes]
    answers += [(asked.answer.replace(old, new), None) for old, new in zip(changes[::2], changes[1::2])]
    for source, known in answers:
        assert source != asked.answer
        report = grading.grade("eve", grading.dump(grading.student_notebook(variant, "eve", {question: source})), master.zip(), seed)
        told = next(q for q in report["questions"] if q["question"] == question)
        assert told["points"] < told["max"] and told["mistake"] == known, (source, told)


def test_a_leak_is_found(tmp_path):
    cells = list(kit.foundations().cells)
    solution = "    return dY * np.where(x < 0, alpha, np.where(x > cap, beta, 1.0))"
    leaking = grading.ExerciseSet([*cells, grading.Cell("text", None, f"Hint: `{solution.strip()}`")])
    assert any("student's notebook holds" in sentence for sentence in check.check(leaking, students=2))
    lines = ["return dA + dZ @ W.T, A.T @ dZ, dZ.sum(axis=0)", "dZ = gamma_b * dA * (1 - T**2)"]
    case = "def inside_the_margin(margin_step, rng, margin, solution):"
    (tmp_path / "a.html").write_text("<pre>" + "".join(f"<span>{c}</span>" for c in "\n".join(lines)) + "</pre><p>a &lt; b</p>")
    (tmp_path / "b.ipynb").write_text(json.dumps({"cells": [{"source": [f"    {line}\n" for line in lines]}]}))
    (tmp_path / "c.txt").write_text(lines[0])
    (tmp_path / "d.py").write_text(case)
    found = check.leaks(kit.foundations(), kit.variant(), tmp_path)
    assert [Path(sentence.split(" holds ")[0]).name for sentence in found] == ["a.html", "a.html", "b.ipynb", "b.ipynb", "d.py"]


@pytest.mark.parametrize("role, old, new, said", [
    ("answer", "lr * y * x if", "2 * lr * y * x if", "the reference fails"),
    ("hidden", "def everywhere(margin_step, rng, margin, solution):", "def everywhere(margin_step, rng, margin, solution):\n    return\n", "passes the case everywhere"),
    ("mistake", "lr * y * x if y * (w @ x) <= 0", "lr * y * x if y * (w @ x) <= margin", "should earn 1; it earns 3"),
    ("draw", 'int(rng.integers(60, 200)) / 100, "lr": int(rng.integers(15, 90)) / 100', '1.0, "lr": 0.5', "neighbour"),
    ("public", "agree(smoothed(", "np.testing.assert_allclose(smoothed(", "always array([], shape=(0, 3)"),
    ("mistake", 'x if y * (w @ x) < margin', 'x if y * (w @ x) <= 0', "is taken for 'no margin'"),
])
def test_the_check_sees_a_fault(role, old, new, said):
    cells = [grading.Cell(c.role, c.question, c.source.replace(old, new) if c.role == role else c.source, c.marks) for c in kit.foundations().cells]
    assert [c.source for c in cells] != [c.source for c in kit.foundations().cells]
    assert any(said in sentence for sentence in check.check(grading.ExerciseSet(cells), students=2))


def test_a_stub_is_what_is_left_of_a_solution():
    from grading.master import stub
    assert stub("def f(x):\n    # BEGIN SOLUTION\n    y = 2\n    return y\n    # END SOLUTION\nz = f(3)  # SOLUTION\n") == \
        "def f(x):\n    ...\nz = ..."
    with pytest.raises(ValueError, match="END SOLUTION"):
        stub("# BEGIN SOLUTION\n")


# Variants --------------------------------------------------------------------------------------------


def test_a_variant_is_drawn_by_the_student_and_the_secret_alone():
    a, b = (grading.Variant(kit.foundations(), grading.seed("secret of one", "foundations", "ada")) for _ in range(2))
    assert a.digest == b.digest and a.shown == b.shown
    others = [grading.Variant(kit.foundations(), grading.seed(*words)) for words in
              (("secret of two", "foundations", "ada"), ("secret of one", "other", "ada"), ("secret of one", "foundations", "bob"))]
    assert len({a.digest, *(o.digest for o in others)}) == 4
    assert not [q for q in a.values if a.values[q] == others[2].values[q]]
    for secret, student in (("short", "ada"), ("secret of one", "")):
        with pytest.raises(ValueError, match="expected"):
            grading.seed(secret, "foundations", student)


def test_the_numbers_are_those_of_any_numpy():
    """Generator's streams may change with numpy; a notebook that is out must then be graded with the old one."""
    assert kit.variant().digest == "8e4a69ee5cf9"


def test_literals_come_back_as_they_were():
    values = {"a": np.array([[1.5, -2.0]]), "b": [1, (2,), {"c": None}], "d": "ä'", "e": np.int64(3), "f": float("1e-300")}
    back = eval(variants.literal(values), {"np": np})
    np.testing.assert_equal(back, values)
    with pytest.raises(ValueError, match="expected numbers"):
        variants.literal(object())


# The command line ------------------------------------------------------------------------------------


def test_build_makes_a_notebook_for_each_student_and_the_zip(tmp_path, capsys):
    (tmp_path / "list.csv").write_text("student\nada\nbob\n")
    (tmp_path / "secret").write_text("a long secret\n")
    master = str(MASTERS[0])
    assert main(["build", master, str(tmp_path / "a"), "--secret-file", str(tmp_path / "secret"), "--roster", str(tmp_path / "list.csv")]) == 0
    assert main(["build", master, str(tmp_path / "b"), "--secret-file", str(tmp_path / "secret"), "--roster", str(tmp_path / "list.csv")]) == 0
    files = {p.relative_to(tmp_path / "a"): p.read_bytes() for p in (tmp_path / "a").rglob("*") if p.is_file()}
    assert files == {p.relative_to(tmp_path / "b"): p.read_bytes() for p in (tmp_path / "b").rglob("*") if p.is_file()}
    assert sorted(map(str, files)) == ["foundations-autograder.zip", "students/ada/foundations.ipynb", "students/bob/foundations.ipynb"]
    assert b"a long secret" not in b"".join(files.values())
    assert main(["build", master, str(tmp_path / "c")]) == 0 and (tmp_path / "c" / "foundations.ipynb").exists()
    assert main(["build", master, str(tmp_path / "d"), "--roster", str(tmp_path / "list.csv")]) == 2
    assert main(["build", str(tmp_path / "list.csv"), str(tmp_path / "e")]) == 2
    capsys.readouterr()


def test_check_tells_by_its_exit_status(capsys, monkeypatch):
    for found, status, said in (([], 0, "nothing wrong"), (["q: a fault"], 1, "q: a fault")):
        monkeypatch.setattr(check, "check", lambda exercises, site=None, _found=found: _found)
        assert main(["check", str(MASTERS[0])]) == status
        assert said in capsys.readouterr().out


def test_notebooks_name_nothing_that_was_not_drawn():
    cells = [*kit.foundations().cells, grading.Cell("text", None, "{{never_drawn}}")]
    variant = grading.Variant(grading.ExerciseSet(cells), kit.seed())
    with pytest.raises(ValueError, match="never_drawn"):
        notebooks.student_notebook(variant, "ada")


@pytest.mark.parametrize("text", ["# %%\nx = 3\n", '# %% role="set"\nname = "Bad Name"\n', '# %% role="what"\n', '# %% role="set"\nname = "a"\n# %% role="draw" question="q"\n',
                                  '# %% role="set"\nname = "a"\n# %% role="answer" question="q"\ndef q(): ...\n'])
def test_a_master_that_is_none(text, tmp_path):
    (tmp_path / "m.py").write_text(text)
    with pytest.raises(ValueError, match="expected"):
        grading.read_master(tmp_path / "m.py")


def test_no_zip_of_another_kind():
    for data in (b"", b"PK", Path(__file__).read_bytes()):
        with pytest.raises(ValueError, match="expected an autograder zip"):
            grading.read_zip(data)
