"""The instructor's key: everything is in it, it runs, it belongs to one student, and it can go nowhere where it would be published."""

import json
import subprocess
import sys

import pytest

import grading
import grading_kit as kit
from grading import check, key
from grading.__main__ import main

MASTERS = sorted((kit.ROOT / "exercises").glob("*.py"))


@pytest.fixture(scope="module", params=MASTERS, ids=lambda p: p.stem)
def made(request):
    exercises = grading.read_master(request.param)
    return exercises, key.key_notebook(grading.Variant(exercises, grading.seed(kit.SECRET, exercises.name, "ada")), "ada")


def sources(notebook, kind="code"):
    return ["".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == kind]


def test_everything_is_in_it(made):
    exercises, notebook = made
    code, text = "\n".join(sources(notebook)), "\n".join(sources(notebook, "markdown"))
    variant = grading.Variant(exercises, grading.seed(kit.SECRET, exercises.name, "ada"))
    for question in exercises.questions.values():
        assert all(line.strip() in code for line in question.answer.splitlines() if "SOLUTION" not in line)
        assert all(f"{name} = {grading.variants.literal(value)}" in code for name, value in variant.values[question.name].items())
        assert all(cell.source in code for cell in question.hidden)
        assert all(cell.source in text and cell.marks["hint"] in text and f"Known wrong answer: {cell.marks['name']}." in text for cell in question.mistakes)
    assert "SOLUTION" not in code and "{{" not in text
    assert len(check.given_away(exercises, code + text)) > 30, "the search for leaks would not see a key"


def test_it_runs_from_top_to_bottom_and_every_hidden_case_passes(made, tmp_path):
    """In a process of its own, elsewhere, without the repository on its path."""
    import nbformat
    exercises, notebook = made
    nbformat.validate(nbformat.from_dict(notebook))
    program = f"space = {{'__name__': '__main__'}}\nfor source in {sources(notebook)!r}:\n    exec(source, space)\n"
    done = subprocess.run([sys.executable, "-I", "-c", program], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    variant = grading.Variant(exercises, grading.seed(kit.SECRET, exercises.name, "ada"))
    for question in exercises.questions.values():
        for name, points, public, *_ in variant.cases(question):
            assert (f"{question.name}: the example passes" if public else f"{name}: {points:g} point") in done.stdout


def test_a_case_that_fails_stops_the_key_and_keeps_the_names():
    space = {"tau": 0.7, "priced": lambda y: y}
    case = key.trial(space, "priced", kit.seed())

    @case(points=2)
    def tau(priced, tau, rng, solution):      # called as a number is
        assert priced(tau) == tau == solution.tau and rng.normal() == grading.variants.generator(kit.seed(), "priced", "tau").normal()
    assert tau == 0.7
    with pytest.raises(AssertionError):
        @case()
        def fails(priced):
            assert priced(1) == 2


def test_keys_of_two_students_differ_and_hold_no_secret(tmp_path, capsys):
    (tmp_path / "list.csv").write_text("student\nada\nbob\n")
    (tmp_path / "secret").write_text("a long secret\n")
    secret, master = ["--secret-file", str(tmp_path / "secret")], str(MASTERS[0])
    assert main(["key", master, str(tmp_path / "a"), *secret, "--roster", str(tmp_path / "list.csv")]) == 0
    assert main(["key", master, str(tmp_path / "b"), *secret, "--student", "ada"]) == 0
    assert main(["key", master, str(tmp_path / "c")]) == 0
    files = {p.relative_to(tmp_path).as_posix(): p.read_bytes() for p in tmp_path.rglob("*.ipynb")}
    assert sorted(files) == [f"a/foundations-key-{s}.ipynb" for s in ("ada", "bob")] + ["b/foundations-key-ada.ipynb", "c/foundations-key.ipynb"]
    assert files["a/foundations-key-ada.ipynb"] == files["b/foundations-key-ada.ipynb"] and len(set(files.values())) == 3
    assert b"a long secret" not in b"".join(files.values())
    numbers = {json.loads(data)["metadata"]["dlnotes"]["numbers"] for data in files.values()}
    example = json.loads((kit.ROOT / "chapters" / "exercises" / "foundations.ipynb").read_text())["metadata"]["dlnotes"]["numbers"]
    assert len(numbers) == 3 and example in numbers
    for wrong in (["--student", "ada"], secret, [*secret, "--student", "../ada"], [*secret, "--student", "ada", "--roster", str(tmp_path / "list.csv")]):
        assert main(["key", master, str(tmp_path / "d"), *wrong]) == 2
    assert not (tmp_path / "d").exists()
    capsys.readouterr()


@pytest.mark.parametrize("place", ["chapters/exercises", "_build/html", "_build", ".", "exercises/../_static", "_build/exercises/../html"])
def test_no_key_goes_where_it_would_be_published(place, capsys):
    assert main(["key", str(MASTERS[0]), str(kit.ROOT / place)]) == 2
    assert "never published" in capsys.readouterr().err
    assert not list((kit.ROOT / place).glob("*-key*"))


def test_the_place_of_keys_is_ignored_by_git_and_none_is_tracked():
    path = key.place(kit.ROOT / "_build" / "exercises", "foundations", "ada")
    assert subprocess.run(["git", "check-ignore", "-q", str(path)], cwd=kit.ROOT).returncode == 0
    tracked = subprocess.run(["git", "ls-files"], cwd=kit.ROOT, capture_output=True, text=True, check=True).stdout.split()
    assert not [name for name in tracked if name.endswith(".ipynb") and ("-key" in name or '"key":' in (kit.ROOT / name).read_text(encoding="utf-8"))]
