"""A class of submissions: folders and zips, the same grades whatever the order and the processes, kills, reports, platforms."""

import csv
import io
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

import grading
import grading_kit as kit
from grading import reports, run, sandbox, statistics, submissions
from grading.run import grade_all

HOSTILE = ["import os\nos._exit(0)", "x = bytearray(50 * 10**9)", "import os\nos.fork()", "raise SystemExit", "import os, signal\nos.kill(-1, 9)"]
STUDENTS = 30


def made(i):
    """The i-th student's notebook: some right, some wrong, some partly, a sixth hostile or broken."""
    student, names = f"s{i:02}", list(kit.solved())
    if i % 10 == 9:
        return b"\x89PNG no notebook"
    rng = random.Random(i)
    wrong = {n: rng.choice(q.mistakes).source for n, q in kit.foundations().questions.items() if rng.random() < 0.3}
    answers = {**kit.solved(*rng.sample(names, rng.randint(1, 7))), **wrong} if i else kit.solved()
    return json.dumps(kit.notebook(answers, extra=[HOSTILE[i // 6 % 5]] if i % 6 == 5 else [], student=student)).encode()


@pytest.fixture(scope="module")
def handed_in(tmp_path_factory):
    kit.need_sandbox()
    folder = tmp_path_factory.mktemp("class")
    (folder / "set.zip").write_bytes(kit.short())
    (folder / "secret").write_text(kit.SECRET + "\n")
    for i in range(STUDENTS):
        place = folder / "in" / f"s{i:02}"
        place.mkdir(parents=True)
        (place / "foundations.ipynb").write_bytes(made(i))
    with zipfile.ZipFile(folder / "in.zip", "w") as archive:
        for i in random.Random(1).sample(range(STUDENTS), STUDENTS):
            archive.write(folder / "in" / f"s{i:02}" / "foundations.ipynb", f"s{i:02}/foundations.ipynb")
    roster = {f"s{i:02}": {**dict.fromkeys(submissions.COLUMNS, ""), "student": f"s{i:02}", "name": f"Name {i}", "email": f"s{i}@example.org",
                           "id_number": str(1000 + i), "canvas_id": str(7000 + i), "section": "A"} for i in range(STUDENTS + 1)}
    grade_all(folder / "in", folder / "set.zip", folder / "first", kit.SECRET, roster, progress=False)
    return folder, roster


def left(out):
    """Everything that grading left, without times."""
    found = {p.relative_to(out).as_posix(): p.read_bytes() for p in sorted(out.rglob("*")) if p.is_file() and p.name != "summary.html"}
    for name in found:
        if name.endswith(".json"):
            found[name] = {k: v for k, v in json.loads(found[name]).items() if k != "seconds"}
    return found


def command(folder, out, *more):
    return [sys.executable, "-m", "grading", "grade", str(folder / "in"), str(folder / "set.zip"), str(out),
            "--secret-file", str(folder / "secret"), "--quiet", *more]


def test_grades_are_equal_whatever_the_order_and_the_processes(handed_in, tmp_path):
    folder, roster = handed_in
    grade_all(folder / "in.zip", folder / "set.zip", tmp_path, kit.SECRET, roster, processes=2, progress=False)
    assert left(tmp_path) == left(folder / "first")
    assert len(list((tmp_path / "reports").iterdir())) == STUDENTS


def test_nobody_is_lost_and_the_points_are_those_of_a_notebook_alone(handed_in):
    folder, _ = handed_in
    rows = list(csv.DictReader(open(folder / "first" / "grades.csv", newline="")))
    totals = {r["student"]: r for r in rows if r["question"] == "total"}
    assert sorted(totals) == [f"s{i:02}" for i in range(STUDENTS + 1)]
    assert totals["s00"]["points"] == "24" and totals[f"s{STUDENTS}"]["status"] == "not handed in"
    assert [s for s, r in totals.items() if r["status"] == "unreadable"] == ["s09", "s19", "s29"]
    for i in (1, 5, 11):
        assert float(totals[f"s{i:02}"]["points"]) == kit.grade(made(i), f"s{i:02}")["points"]


def test_a_second_call_grades_nothing_again_and_a_changed_notebook_alone(handed_in, tmp_path):
    folder, roster = handed_in
    place = tmp_path / "in"
    for i in range(3):
        (place / f"s{i:02}").mkdir(parents=True)
        (place / f"s{i:02}" / "a.ipynb").write_bytes(made(i))

    def grades():
        grade_all(place, folder / "set.zip", tmp_path / "out", kit.SECRET, roster, progress=False)
        return {p.name: p.stat().st_mtime_ns for p in (tmp_path / "out" / "reports").iterdir()}

    first = grades()
    assert grades() == first
    (place / "s01" / "a.ipynb").write_bytes(json.dumps(kit.notebook(student="s01")).encode())
    again = grades()
    assert {name[:3] for name in again if again[name] != first[name]} == {"s01"}


def test_after_a_resubmission_a_student_has_one_feedback_and_no_report_of_the_old_file(tmp_path):
    """Reports of files that are gone move to `earlier`; what the program did not write stays."""
    kit.need_sandbox()
    place, out = tmp_path / "in" / "ada", tmp_path / "out"
    place.mkdir(parents=True)
    (tmp_path / "set.zip").write_bytes(kit.short())

    def names(folder):
        return sorted(p.name for p in (out / folder).iterdir())

    def graded():
        done = grade_all(tmp_path / "in", tmp_path / "set.zip", out, kit.SECRET, progress=False)
        return {report["path"]: report["key"] for report in done}

    (place / "first.ipynb").write_bytes(json.dumps(kit.notebook(kit.solved("train"))).encode())
    first = graded()["ada/first.ipynb"]
    assert names("feedback") == [f"{first}.html"]
    for folder, name in (("feedback", "ada-note.html"), ("reports", "ada-note.json"), ("reports", f"{first}-copy.json")):
        (out / folder / name).write_text((out / "reports" / f"{first}.json").read_text() if "copy" in name else "of the teacher")
    (place / "first.ipynb").rename(place / "second.ipynb")
    second = graded()["ada/second.ipynb"]
    assert names("feedback") == sorted([f"{second}.html", "ada-note.html"])
    assert names("reports") == sorted([f"{second}.json", f"{first}-copy.json", "ada-note.json"])
    assert [json.loads((out / "earlier" / name).read_text())["path"] for name in names("earlier")] == ["ada/first.ipynb"]

    (place / "third.ipynb").write_bytes(json.dumps(kit.notebook(kit.solved("train", "bent"))).encode())
    third = graded()["ada/third.ipynb"]
    assert names("feedback") == sorted([f"{third}.html", "ada-note.html"]), "of two files that are there the better one is told"
    assert {f"{second}.json", f"{third}.json"} < set(names("reports")) and names("earlier") == [f"{first}.json"]


def children(pid):
    return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_it_goes_on_after_a_kill(handed_in, tmp_path):
    folder, roster = handed_in
    process = subprocess.Popen(command(folder, tmp_path / "out"), cwd=kit.ROOT)
    reports_ = tmp_path / "out" / "reports"
    wait(lambda: len(list(reports_.glob("*.json"))) >= 3)
    process.send_signal(signal.SIGKILL)
    process.wait()
    before = {p.name: p.stat().st_mtime_ns for p in reports_.glob("*.json")}
    assert 3 <= len(before) < STUDENTS
    grade_all(folder / "in", folder / "set.zip", tmp_path / "out", kit.SECRET, roster, processes=2, progress=False)
    assert left(tmp_path / "out") == left(folder / "first")
    assert all((reports_ / name).stat().st_mtime_ns == when for name, when in before.items())


def heed():
    """A process that a script has started in the background ignores Ctrl+C, and so would all that it starts."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.mark.parametrize("processes", ["1", "2"])
def test_an_interrupted_call_says_what_to_do_and_keeps_what_it_has_graded(processes, handed_in, tmp_path):
    """Ctrl+C goes to every process of the terminal, the sandboxes' too: none of what it ended may count as a student's."""
    folder, roster = handed_in
    for i in range(12):
        shutil.copytree(folder / "in" / f"s{i:02}", tmp_path / "in" / f"s{i:02}")
    for name in ("set.zip", "secret"):
        shutil.copy(folder / name, tmp_path)
    out, first = tmp_path / "out", left(folder / "first")
    process = subprocess.Popen(command(tmp_path, out, "-j", processes), cwd=kit.ROOT, start_new_session=True, stderr=subprocess.PIPE, text=True, preexec_fn=heed)
    wait(lambda: len(list((out / "reports").glob("*.json"))) >= 5)      # by then every worker has started
    os.killpg(process.pid, signal.SIGINT)
    said = process.communicate(timeout=60)[1]
    assert said == "grading: interrupted; give the same command again, what has been graded is kept\n"
    assert process.returncode == 130
    before = {p.name: p.stat().st_mtime_ns for p in (out / "reports").glob("*.json")}
    assert 5 <= len(before) < 12
    grade_all(tmp_path / "in", tmp_path / "set.zip", out, kit.SECRET, roster, progress=False)
    ours = {name: report for name, report in left(out).items() if name.startswith("reports")}
    assert len(ours) == 12 and all(report == first[name] for name, report in ours.items())
    assert all((out / "reports" / name).stat().st_mtime_ns == when for name, when in before.items())


def test_an_interrupted_call_does_not_first_grade_what_waits(tmp_path):
    kit.need_sandbox()
    for i in range(12):
        (tmp_path / "in" / f"s{i:02}").mkdir(parents=True)
        (tmp_path / "in" / f"s{i:02}" / "a.ipynb").write_bytes(json.dumps(kit.notebook(extra=["while True: pass"] * 2)).encode())
    (tmp_path / "set.zip").write_bytes(kit.short())
    (tmp_path / "secret").write_text(kit.SECRET)
    process = subprocess.Popen(command(tmp_path, tmp_path / "out", "-j", "2"), cwd=kit.ROOT, start_new_session=True, stderr=subprocess.DEVNULL,
                               preexec_fn=heed)
    wait(lambda: list((tmp_path / "out" / "reports").glob("*.json")))
    began = time.monotonic()
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait() == 130
    assert time.monotonic() - began < 4, "each notebook takes 2 s of computing, seven were waiting"


def test_a_worker_that_is_killed_loses_nothing(handed_in, tmp_path):
    folder, _ = handed_in
    process = subprocess.Popen(command(folder, tmp_path, "-j", "2"), cwd=kit.ROOT)
    wait(lambda: len(list((tmp_path / "reports").glob("*.json"))) >= 2)
    workers = [c for c in children(process.pid) if b"spawn_main" in Path(f"/proc/{c}/cmdline").read_bytes()]
    os.kill(workers[-1], signal.SIGKILL)
    assert process.wait() == 0
    ours, first = left(tmp_path), left(folder / "first")
    assert {n: r for n, r in ours.items() if n.startswith("reports")} == {n: r for n, r in first.items() if n.startswith("reports")}


def wait(happened, seconds=60):
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_worker_that_dies_again_and_again_is_a_grader_error_and_no_zero(monkeypatch):
    def broken(jobs, processes):
        raise run.BrokenProcessPool
        yield
    monkeypatch.setattr(run, "_in_processes", broken)
    monkeypatch.setattr(sandbox, "probe", lambda: None)
    (key, report), = run._graded({"k": ("ada", b"", b"", "seed")}, 2, None)
    assert key == "k" and report["status"] == "grader error"


def test_dask_gives_the_same_grades_with_a_worker_killed(handed_in, tmp_path):
    distributed = pytest.importorskip("distributed", reason="Dask is optional: pip install distributed")
    folder, roster = handed_in
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster, distributed.Client(cluster) as client:
        victims = iter([client.run(os.getpid).popitem()[1]])
        bar = run._bar

        def killing(found, total, progress):
            for i, item in enumerate(bar(found, total, progress)):
                if i == 4:
                    os.kill(next(victims), signal.SIGKILL)
                yield item
        run._bar = killing
        try:
            grade_all(folder / "in", folder / "set.zip", tmp_path, kit.SECRET, roster, dask=client, progress=False)
        finally:
            run._bar = bar
    assert left(tmp_path) == left(folder / "first")


# Where there is no sandbox ---------------------------------------------------------------------------


@pytest.mark.parametrize("instead", [["false"], ["sh", "-c", "echo bwrap: No permissions to create new namespace >&2; exit 1", "sh"], ["/no/such/bwrap"]])
def test_without_a_sandbox_nothing_is_run_and_the_error_says_what_to_do(instead, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(sandbox, "_command", lambda limits, folder: (instead, []))
    with pytest.raises(grading.NoSandbox, match="never run without"):
        grading.probe()
    with pytest.raises(grading.NoSandbox):
        kit.grade(kit.notebook(kit.solved()))
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.ipynb").write_bytes(json.dumps(kit.notebook()).encode())
    (tmp_path / "set.zip").write_bytes(kit.short())
    (tmp_path / "secret").write_text(kit.SECRET)
    from grading.__main__ import main
    assert main(command(tmp_path, tmp_path / "out")[3:]) == 2
    assert "never run without" in capsys.readouterr().err
    assert not list((tmp_path / "out" / "reports").iterdir())


def test_a_set_that_is_broken_is_a_grader_error_and_gives_no_points(tmp_path):
    cells = [grading.Cell(c.role, c.question, c.source + ("\nraise OSError('disk full')" if c.role == "hidden" else ""), c.marks) for c in kit.foundations().cells]
    report = kit.grade(kit.notebook(kit.solved()), autograder=grading.ExerciseSet(cells).zip())
    assert report["status"] == "grader error" and "disk full" in report["staff"][0]
    report |= {"path": "a", "key": "a"}
    row = list(csv.DictReader(io.StringIO(reports.grades({"ada": report}, {}))))[-1]
    assert row["points"] == "" and row["status"] == "grader error"
    assert "ada" not in reports.moodle({"ada": report}, {}, "T") + reports.canvas({"ada": report}, {}, "T")


# What comes in ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("path, student", [
    ("Ada Lovelace_4711_assignsubmission_file_/foundations.ipynb", "4711"), ("Ada Lovelace_4711_assignsubmission_file_foundations.ipynb", "4711"),
    ("lovelaceada_123_4567_foundations.ipynb", "123"), ("lovelaceada_LATE_123_4567_foundations-2.ipynb", "123"), ("ada.ipynb", "ada"),
    ("ada/foundations.ipynb", "ada"), ("ada@example.org/x.ipynb", "ada@example.org"), ("ada_2.ipynb", "ada_2"),
])
def test_whose_a_file_is(path, student):
    assert submissions.whose(path) == student


def zipped(**files):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def test_zips_with_paths_bombs_and_zips_inside(tmp_path):
    bomb = zipped(**{"a.ipynb": b"0" * (64 * 2**20)})
    outer = tmp_path / "in.zip"
    with zipfile.ZipFile(outer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../../../etc/evil.ipynb", b"{}")
        archive.writestr("/absolute/evil.ipynb", b"{}")
        archive.writestr("big/a.ipynb", b"0" * (64 * 2**20))
        archive.writestr("bomb/a.zip", bomb)
        archive.writestr("own/a.zip", zipped(**{"x/b.ipynb": b"{}", "__MACOSX/b.ipynb": b"no"}))
        archive.writestr("empty/a.zip", zipped(**{"b.txt": b""}))
        archive.writestr("cut/a.zip", bomb[:100])
        archive.writestr("__MACOSX/a.ipynb", b"no")
        archive.writestr("=cmd|calc!A1/a.ipynb", b"{}")
    found = {s.student: s for s in submissions.read(outer)}
    assert sorted(found) == ["=cmd|calc!A1", "absolute", "big", "bomb", "cut", "empty", "etc", "own"]
    assert found["own"].data == b"{}" and found["etc"].data == b"{}"
    assert all(found[n].data is None and found[n].problem for n in ("big", "bomb", "cut", "empty"))
    assert all("/" not in s.key and ".." not in s.key for s in found.values())
    assert len({s.key for s in found.values()}) == len(found)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in.zip"]


HIDDEN = [".ipynb_checkpoints/foundations-checkpoint.ipynb", "ada/.ipynb_checkpoints/foundations-checkpoint.ipynb", "ada/.hidden/deep/a.ipynb",
          "ada/__MACOSX/a.ipynb", "ada/._foundations.ipynb", "bob\\.ipynb_checkpoints\\a.ipynb"]


def test_what_jupyter_and_macos_hide_is_nobody_s_and_counts_for_nothing(tmp_path):
    """In a class's zip, in a folder, and in a student's own zip, where a checkpoint's name comes first."""
    with zipfile.ZipFile(tmp_path / "in.zip", "w") as archive:
        for name in [*HIDDEN, "ada/foundations.ipynb"]:
            archive.writestr(name, "{}")
    for name in ["ada/foundations.ipynb", *HIDDEN[:-1]]:
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).write_text("{}")
    for place in ("in.zip", "in"):
        assert [(s.student, s.path) for s in submissions.read(tmp_path / place)] == [("ada", "ada/foundations.ipynb")]
    own = zipped(**dict.fromkeys(HIDDEN, b"old"), **{"x/foundations.ipynb": b"{}"})
    assert submissions._opened(own) == (b"{}", "")


def test_links_in_a_folder_are_not_followed(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "secret.ipynb").write_text("{}")
    (tmp_path / "in" / "ada.ipynb").symlink_to(tmp_path / "secret.ipynb")
    (tmp_path / "in" / "bob.ipynb").write_text("{}")
    assert [s.student for s in submissions.read(tmp_path / "in")] == ["bob"]
    with pytest.raises(ValueError, match="expected a folder or a zip"):
        submissions.read(tmp_path / "secret.ipynb")


def test_a_class_list(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("\ufeffstudent,name,canvas_id\nada,Ada,7\nbob,Bob,8\n", encoding="utf-8")
    roster = submissions.read_roster(path)
    assert roster["ada"]["name"] == "Ada" and roster["bob"]["platform_id"] == "8"
    with zipfile.ZipFile(tmp_path / "in.zip", "w") as archive:
        archive.writestr("bobb_8_99_foundations.ipynb", "{}")
    assert submissions.read(tmp_path / "in.zip", roster)[0].student == "bob"
    for bad in ("name\nAda\n", "student\nada\nada\n", "student\n../x\n", "student\n=1+1\n", ""):
        path.write_text(bad)
        with pytest.raises(ValueError, match="expected"):
            submissions.read_roster(path)


@pytest.mark.parametrize("text", ["student,platform_id\nada,7\nalan,8\nbob,7\n", "student,platform_id\nada,bob\nalan,\nbob,\n",
                                  "student,canvas_id,platform_id\nada,7,\nbob,8,7\n"], ids=range(3))
def test_two_students_with_one_number_on_the_platform_are_refused(text, tmp_path):
    """Else one of them gets the other's work."""
    (tmp_path / "list.csv").write_text(text)
    with pytest.raises(ValueError, match=r"expected a platform_id of its own for each student in .*list\.csv; got '\w+' for ada and bob"):
        submissions.read_roster(tmp_path / "list.csv")


@pytest.mark.parametrize("data, said", [("student,name\nada,Müller\n".encode("latin-1"), "is not UTF-8; save it as 'CSV UTF-8'"),
                                        ("student,name\nada,Müller\n".encode("utf-16"), "is not UTF-8; save it as 'CSV UTF-8'"),
                                        ("\ufeffstudent;name\nada;Müller\n".encode(), "is separated by semicolons; save it with commas")],
                         ids=["Latin-1", "UTF-16", "semicolons"])
def test_a_class_list_that_excel_saved_otherwise_says_how_to_save_it(data, said, tmp_path):
    (tmp_path / "list.csv").write_bytes(data)
    with pytest.raises(ValueError, match=rf"list\.csv {re.escape(said)}$"):
        submissions.read_roster(tmp_path / "list.csv")


def test_of_several_files_the_best_counts():
    def report(path, points, status="graded"):
        return {"student": "ada", "path": path, "points": points, "status": status}
    assert reports.best([report("b", 3), report("a", 2), report("c", 3)])["ada"]["path"] == "b"
    assert reports.best([report("a", 0, "grader error"), report("b", 0)])["ada"]["path"] == "b"


def test_who_is_not_on_the_class_list_comes_into_no_platform_s_file(tmp_path, capsys):
    """The class list of another assignment: everything is written, the staff is told, the exit status is 1."""
    from grading.__main__ import main
    for student in ("4711", "4712", "ada"):
        (tmp_path / "in" / student).mkdir(parents=True)
        (tmp_path / "in" / student / "a.ipynb").write_text("no notebook")
    (tmp_path / "set.zip").write_bytes(kit.short())
    (tmp_path / "secret").write_text(kit.SECRET)
    (tmp_path / "list.csv").write_text("student,platform_id\nada,5711\nalan,5712\n")
    graded = command(tmp_path, tmp_path / "out")[3:]
    assert main([*graded, "--roster", str(tmp_path / "list.csv")]) == 1
    said = capsys.readouterr().out.splitlines()
    assert said[-1] == "2 files are of nobody on the class list: is its platform_id this assignment's?" and "3 files graded" in said[-2]
    for name in ("moodle.csv", "canvas.csv"):
        text = (tmp_path / "out" / name).read_text()
        assert "ada" in text and "471" not in text, name
    rows = {(r["student"], r["status"]) for r in csv.DictReader(open(tmp_path / "out" / "grades.csv", newline="")) if r["question"] == "total"}
    assert rows == {("4711", "unreadable"), ("4712", "unreadable"), ("ada", "unreadable"), ("alan", "not handed in")}
    page = (tmp_path / "out" / "summary.html").read_text()
    assert page.count("not on the class list") == 2 and "2 of the files are of nobody on the class list" in page
    assert main(graded) == 0 and "class list" not in (tmp_path / "out" / "summary.html").read_text()
    assert "4711" in (tmp_path / "out" / "moodle.csv").read_text() and "class list" not in capsys.readouterr().out


@pytest.mark.parametrize("data, reason", [
    (b"", "the file is empty"), (b" \n", "the file is empty"), (b"PK\x03\x04 cut", "this is no zip, though it begins as one"),
    (json.dumps({"cells": [], "a": "\xe4"}, ensure_ascii=False).encode("latin-1"), "its text is not UTF-8"), (b"print(1)", "its text is no JSON"),
    (b"[" * 10**5, "its text is no JSON"), (b'{"worksheets": []}', "it has no cells"),
    (zipped(**{"a.txt": b""}), "there is no notebook in the zip"), ("password", "the file in the zip has a password"),
    ("damaged", "the file in the zip is damaged"),
], ids=range(10))
def test_why_a_file_is_unreadable_is_said_in_words_to_the_student_and_to_the_staff(data, reason, tmp_path):
    if isinstance(data, str):
        book = bytearray(zipped(**{"a.ipynb": json.dumps(kit.notebook()).encode()}))
        at = book.index(b"PK\x01\x02") + 8 if data == "password" else 60
        book[at] ^= 1
        book[6] ^= data == "password"
        data = bytes(book)
    (tmp_path / "in" / "ada").mkdir(parents=True)
    (tmp_path / "in" / "ada" / "a.ipynb").write_bytes(data)
    (tmp_path / "set.zip").write_bytes(kit.short())
    report, = grade_all(tmp_path / "in", tmp_path / "set.zip", tmp_path / "out", kit.SECRET, progress=False)
    (note,) = report["notes"]
    assert report["status"] == "unreadable" and reason in note and "Error" not in note
    page = (tmp_path / "out" / "summary.html").read_text()
    assert f"<td>unreadable</td><td>{note}</td>" in page
    assert note in (tmp_path / "out" / "feedback" / f"{report['key']}.html").read_text()


# What goes out ---------------------------------------------------------------------------------------


def test_moodle_csv_has_the_columns_that_its_import_maps(handed_in):
    """Moodle's grade import maps a column to the user (ID number, email address) and columns to grade items and feedback."""
    rows = list(csv.reader(open(handed_in[0] / "first" / "moodle.csv", newline="", encoding="utf-8")))
    assert rows[0][:3] == ["ID number", "Email address", "Full name"]
    assert rows[0][3].endswith("(Real)") and rows[0][-1].endswith("(Feedback)") and len(set(rows[0])) == len(rows[0])
    assert all(len(row) == len(rows[0]) for row in rows) and len(rows) == STUDENTS + 1
    first = rows[1]
    assert first[0] == "1000" and first[1] == "s0@example.org" and float(first[3]) == 24 == sum(map(float, first[4:-1]))


def test_canvas_csv_has_its_five_columns_and_the_row_of_points(handed_in):
    """Canvas's gradebook import: Student, ID, SIS User ID, SIS Login ID, Section, assignments; second row Points Possible."""
    rows = list(csv.reader(open(handed_in[0] / "first" / "canvas.csv", newline="", encoding="utf-8")))
    assert rows[0][:5] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
    assert rows[1][0].strip() == "Points Possible" and float(rows[1][5]) == 24 == sum(map(float, rows[1][6:]))
    assert all(len(row) == len(rows[0]) for row in rows)
    assert rows[2][:5] == ["Name 0", "7000", "", "", "A"] and [float(x) for x in rows[2][5:]] == [float(x) for x in rows[1][5:]]


def test_a_formula_is_text():
    assert list(csv.reader(io.StringIO(reports.table([["=1+1", "+1", "-1", "@x", "a"]])))) == [["'=1+1", "'+1", "'-1", "'@x", "a"]]


def test_feedback_shows_no_line_of_the_staff_and_no_markup_of_a_student(handed_in):
    folder, _ = handed_in
    for path in (folder / "first" / "reports").glob("*.json"):
        report = json.loads(path.read_text())
        page = (folder / "first" / "feedback" / f"{path.stem}.html").read_text()
        staff = [c["staff"] for q in report["questions"] for c in q["cases"] if not c["public"] and len(c["staff"]) > 12]
        assert not [s for s in staff if s in page]
        assert all(q["hint"] in page.replace("&#x27;", "'").replace("&gt;", ">").replace("&lt;", "<") for q in report["questions"])
    bad = "def margin_step(w, x, y):\n    raise ValueError('<script>alert(1)</script>')"
    report = kit.grade(kit.notebook({"margin_step": bad}))
    report["student"] = "<b>ada</b>"
    page = reports.feedback(report, "T")
    assert "<script>" not in page and "&lt;script&gt;" in page and "<b>ada" not in page


def test_the_summary_names_the_most_common_wrong_answer(handed_in):
    folder, _ = handed_in
    page = (folder / "first" / "summary.html").read_text()
    assert "Discrimination" in page and "handed in nothing" in page
    found = [json.loads(p.read_text()) for p in (folder / "first" / "reports").glob("*.json")]
    named = {q["mistake"] for r in found for q in r["questions"]} - {None}
    assert len(named) >= 8 and any(name in page for name in named)


def test_statistics_of_a_class_that_is_known():
    def report(*points):
        return {"status": "graded", "questions": [{"question": f"q{i}", "title": f"Q{i}", "points": p, "max": 2, "mistake": None if p else "m",
                                                   "cases": [{"status": "passed" if p else "failed", "error": ""}]} for i, p in enumerate(points)]}
    first, second, third = statistics.items([report(2, 2, 2), report(2, 0, 2), report(0, 0, 2), report(0, 2, 2)])
    assert (first["difficulty"], third["difficulty"], third["discrimination"]) == (0.5, 1.0, None)
    assert first["discrimination"] == pytest.approx(0.0) and first["mistakes"] == [("m", 2)]
    assert statistics.items([report(2, 2), report(0, 0)])[0]["discrimination"] == pytest.approx(1.0)
    assert statistics.items([{"status": "grader error", "questions": []}]) == []
