"""The page "Teach with this book": its commands do what it says, its plan keeps what the chapters need, its figures are those of the sets."""

import csv
import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import grading
import grading_kit as kit
from book import notes
from grading import reports

PAGE = (kit.ROOT / "chapters" / "teach.md").read_text(encoding="utf-8")
FENCE = re.compile(r"^( *)```(\w+)\n(.*?)^\1```$", re.M | re.S)
BLOCKS = [(kind, re.sub(rf"(?m)^{indent}", "", body)) for indent, kind, body in FENCE.findall(PAGE)]
CHAPTERS = {slug: notebook for slug, (_, notebook) in notes.chapters(kit.ROOT).items()}


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A clean copy of the repository, in which every box of the page has been typed, and a function that types more."""
    kit.need_sandbox()
    folder = tmp_path_factory.mktemp("teach")
    tracked = subprocess.run(["git", "ls-files", "exercises", "grading", "dlnotes"], cwd=kit.ROOT, capture_output=True, text=True, check=True)
    for name in tracked.stdout.split():
        (folder / "book" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "book" / name).write_bytes((kit.ROOT / name).read_bytes())
    (folder / "course").mkdir()
    (folder / "course" / "class.csv").write_text(next(body for kind, body in BLOCKS if kind == "text"), encoding="utf-8")
    clean = {"PATH": os.pathsep.join([str(Path(sys.executable).parent), "/usr/local/bin", "/usr/bin", "/bin"]), "HOME": str(folder), "LANG": "C.UTF-8"}

    def type_in(command):
        done = subprocess.run(["bash", "-e", "-c", command], cwd=folder / "book", env=clean, capture_output=True, text=True)
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        return done.stdout

    said = {}
    for kind, body in BLOCKS:
        if kind == "bash":
            if "grade ../course" in body:
                hand_in(folder / "course")
            said[body] = type_in(body)
    return folder / "course", said, type_in


def hand_in(course):
    """Ada answers everything and hands in an empty notebook too, Alan makes a known mistake in the first question; as Moodle packs it."""
    mistake = next(iter(kit.foundations().questions.values())).mistakes[0]
    with zipfile.ZipFile(course / "downloads.zip", "w") as archive:
        for student, name, wrong in (("ada", "Ada Lovelace_4711", {}), ("alan", "Alan Turing_4712", {mistake.question: mistake.source})):
            built = (course / "foundations" / "students" / student / "foundations.ipynb").read_text()
            made = json.loads(built)
            answers = {q.stub: wrong.get(q.name, q.answer) for q in kit.foundations().questions.values()}
            for cell in made["cells"]:
                cell["source"] = answers.get("".join(cell["source"]), cell["source"])
            archive.writestr(f"{name}_assignsubmission_file_/foundations.ipynb", json.dumps(made))
            if student == "ada":
                archive.writestr(f"{name}_assignsubmission_file_/untouched.ipynb", built)


def totals(course):
    return {row["student"]: row["points"] for row in csv.DictReader(open(course / "grades" / "grades.csv", newline="")) if row["question"] == "total"}


def test_the_boxes_of_the_page_make_grade_and_give_back(course):
    folder, said, _ = course
    assert any("nothing wrong" in text for text in said.values()) and any("can be confined" in text for text in said.values())
    assert len((folder / "secret.txt").read_text().strip()) == 32
    assert totals(folder) == {"ada": "24", "alan": "22"}
    left = {p.name for p in (folder / "grades").iterdir()}
    assert left == {"summary.html", "grades.csv", "moodle.csv", "canvas.csv", "reports", "feedback"} and all(name in PAGE for name in left)
    alan, = (folder / "grades" / "feedback").glob("alan-*.html")
    assert kit.foundations().questions["margin_step"].mistakes[0].marks["hint"].split(":")[0] in alan.read_text()
    shown = re.split(r"(?m)^(?={)", next(text for command, text in said.items() if "json.tool" in command))[1:]
    assert sorted((r["student"], r["points"]) for r in map(json.loads, shown)) == [("ada", 0), ("ada", 24)]
    for path in (folder / "grades" / "reports").iterdir():
        report = json.loads(path.read_text())
        assert report["key"] == path.stem and reports.dump(report) == path.read_text(), "reading a report changes none"
    assert [p.name for p in (folder / "keys").iterdir()] == ["foundations-key-ada.ipynb"]


def test_a_mended_case_grades_everybody_anew_and_keeps_the_numbers(course):
    """Contested points: the master is altered, the same commands are given again."""
    folder, said, type_in = course
    before = {p.parent.name: p.read_bytes() for p in (folder / "foundations" / "students").rglob("*.ipynb")}
    master = folder / "foundations.py"
    old = '@case(points=1, message="A point is looked at when'
    assert old in master.read_text()
    master.write_text(master.read_text().replace(old, old.replace("points=1", "points=0")))
    type_in(re.search(r"^python -m grading build(.*\\\n)*.*", PAGE, re.M)[0])
    type_in(next(command for command in said if "grading grade" in command))
    assert {p.parent.name: p.read_bytes() for p in (folder / "foundations" / "students").rglob("*.ipynb")} == before
    assert totals(folder) == {"ada": "23", "alan": "22"}


def test_the_names_that_are_understood():
    from grading.submissions import whose
    names = re.findall(r"^.*ipynb", [body for kind, body in BLOCKS if kind == "text"][1], re.M)
    assert [whose(name) for name in names] == ["4711", "4711", "4711", "ada"]


def needs(slug):
    """The chapters that a chapter's first lines ask for."""
    return set(re.findall(r"<ch-([\w-]+)>", re.search(r"\*\*You need\*\*(.*)", "".join(CHAPTERS[slug]["cells"][0]["source"]))[1])) - {"notation"}


def courses():
    """The plan and each shorter course, as lists of chapters in the order of their first mention."""
    plan = PAGE[PAGE.index("(teach-weeks)="):PAGE.index("(teach-sections)=")]
    short = re.findall(r"^- \*\*[\w ]+:\*\*(.*?)(?=^- |\n\n)", PAGE[PAGE.index("(teach-sections)="):PAGE.index("(teach-sets)=")], re.M | re.S)
    return [list(dict.fromkeys(re.findall(r"<ch-([\w-]+)>", text))) for text in (plan, *short)]


def test_no_chapter_comes_before_what_it_needs():
    whole, *short = courses()
    assert set(whole) == set(CHAPTERS) and len(short) == 3
    for course in (whole, *short):
        for place, slug in enumerate(course):
            assert needs(slug) <= set(course[:place]), (slug, course)


def test_twelve_weeks_of_two_sessions_hand_out_each_set_and_collect_it_later():
    weeks = re.split(r"^\* - \d+$", re.search(r"```\{list-table\}(.*?)^```", PAGE, re.M | re.S)[1], flags=re.M)[1:]
    assert len(weeks) == 12
    for week in weeks:
        assert len([part for part in week.strip().split("\n\n") if "**" not in part]) == 2, week
    for name in ("Foundations", "Training", "Images", "Generative"):
        out, due = (next(i for i, week in enumerate(weeks) if re.search(rf"\*\*{word}[\w ]*: {name}\.", week)) for word in ("Out", "Due"))
        assert 1 <= due - out <= 2, name
    for heading in re.findall(r'from "([^"]+)" on', PAGE):
        assert any(f"### {heading}\n" in "".join(c["source"]) + "\n" for nb in CHAPTERS.values() for c in nb["cells"]), heading


def test_the_table_of_the_sets():
    rows = re.findall(r"\(exercises/(\w+)\.ipynb\) \| (\d+)(?:, (\w+) of them in PyTorch)? \| (\d+) \|", PAGE)
    assert sorted(row[0] for row in rows) == sorted(p.stem for p in (kit.ROOT / "exercises").glob("*.py"))
    for name, questions, torch, points in rows:
        exercises = grading.read_master(kit.ROOT / "exercises" / f"{name}.py")
        variant = grading.Variant(exercises, kit.seed())
        assert int(questions) == len(exercises.questions)
        assert int(points) == sum(p for q in exercises.questions.values() for _, p, *_ in variant.cases(q))
        assert sum(bool(re.search(r"\b(torch|nn)\.", q.answer)) for q in exercises.questions.values()) == {"": 0, "one": 1, "two": 2}[torch], name


def test_the_readmes_name_the_page():
    for name in ("README.md", "grading/README.md", "index.md"):
        assert "Teach with this book" in (kit.ROOT / name).read_text(encoding="utf-8"), name


def test_the_examples_of_the_grader_s_readme_keep_students_data_outside_the_repository():
    text = (kit.ROOT / "grading" / "README.md").read_text(encoding="utf-8").replace("\\\n", "")
    commands = re.findall(r"^python -m grading (?:check|build|key|grade) ([^#\n]*)", text, re.M)
    assert len(commands) == 4
    paths = [word for line in commands for word in line.split() if "/" in word or "." in word] + re.findall(r'"([^"\s]+)"', re.search(r"^grade_all.*", text, re.M)[0])
    assert not [path for path in paths if not path.startswith("../course/")]
