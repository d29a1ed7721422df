"""``python -m grading``: build a set, check it, grade a class. ``--help`` after a command tells its options."""

import argparse
import sys
from pathlib import Path

import grading
from grading import check, key, notebooks, reports, variants
from grading.run import grade_all
from grading.submissions import ID, read_roster


def main(argv=None):
    """Run a command; returns the exit status: 0 if all is well, 1 if a check or a grade failed or a file is nobody's, 2 if nothing could begin,
    130 if it was interrupted."""
    args = _parser().parse_args(argv)
    try:
        return args.run(args)
    except (ValueError, OSError, grading.NoSandbox) as error:
        print(f"grading: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        kept = ", what has been graded is kept" if args.run is _grade else ""
        print(f"grading: interrupted; give the same command again{kept}", file=sys.stderr)
        return 130


def _parser():
    parser = argparse.ArgumentParser(prog="python -m grading", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    build = commands.add_parser("build", help="make student notebooks and the autograder zip of a master")
    build.add_argument("master", type=Path)
    build.add_argument("out", type=Path)
    build.add_argument("--secret-file", type=Path, help="the teacher's secret, which draws the numbers; without it one notebook for a look is made")
    build.add_argument("--roster", type=Path, help='class list, CSV with a column "student"')
    build.add_argument("--files", type=Path, help="folder with data for the student's code")
    build.set_defaults(run=_build)

    keys = commands.add_parser("key", help="make the instructor's key: solutions, hidden cases, known wrong answers; never to be published")
    keys.add_argument("master", type=Path)
    keys.add_argument("out", type=Path, help="outside this repository, or _build/exercises")
    keys.add_argument("--secret-file", type=Path, help="with it the key has a student's numbers; without it those of the example")
    keys.add_argument("--student", help="the student's id")
    keys.add_argument("--roster", type=Path, help="class list: a key for each student")
    keys.set_defaults(run=_key)

    checks = commands.add_parser("check", help="check a master: reference, untouched notebook, wrong answers, leaks")
    checks.add_argument("master", type=Path, nargs="+")
    checks.add_argument("--site", type=Path, help="a built site in which nothing of the solutions may occur")
    checks.set_defaults(run=_check)

    grade = commands.add_parser("grade", help="grade a folder or zip of submissions; call it again after a kill")
    grade.add_argument("submissions", type=Path)
    grade.add_argument("autograder", type=Path)
    grade.add_argument("out", type=Path)
    grade.add_argument("--secret-file", type=Path, required=True)
    grade.add_argument("--roster", type=Path)
    grade.add_argument("-j", "--processes", type=int, default=1, metavar="N")
    grade.add_argument("--dask", metavar="ADDRESS", help="grade on a Dask cluster (pip install distributed)")
    grade.add_argument("--quiet", action="store_true", help="no progress bar")
    grade.set_defaults(run=_grade)

    probe = commands.add_parser("probe", help="say whether student's code can be confined on this machine")
    probe.set_defaults(run=_probe)
    return parser


def _build(args):
    exercises = grading.read_master(args.master)
    args.out.mkdir(parents=True, exist_ok=True)
    files = {p.name: p.read_bytes() for p in sorted(args.files.iterdir())} if args.files else {}
    (args.out / f"{exercises.name}-autograder.zip").write_bytes(exercises.zip(files))
    students = list(read_roster(args.roster)) if args.roster else []
    if bool(students) != bool(args.secret_file):
        raise ValueError("expected --secret-file and --roster, or neither; got one of them")
    for student in students:
        folder = args.out / "students" / student
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{exercises.name}.ipynb").write_bytes(notebooks.dump(notebooks.student_notebook(_variant(args, exercises, student), student)))
    if not students:
        (args.out / f"{exercises.name}.ipynb").write_bytes(notebooks.dump(notebooks.example_notebook(exercises)))
    print(f"{args.out}: {len(students) or 'the example'} notebook{'s' * (len(students) > 1)} and the autograder zip of {exercises.name}")
    return 0


def _key(args):
    exercises = grading.read_master(args.master)
    if bool(args.student or args.roster) != bool(args.secret_file) or (args.student and args.roster):
        raise ValueError("expected --secret-file with --student or --roster, or none of them; got another choice")
    students = list(read_roster(args.roster)) if args.roster else [args.student]
    for student in students:
        if student is not None and not ID.fullmatch(student):
            raise ValueError(f"expected an id of letters, digits and . _ @ + -; got {student!r}")
        path = key.place(args.out, exercises.name, student)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(notebooks.dump(key.key_notebook(_variant(args, exercises, student or notebooks.EXAMPLE), student or notebooks.EXAMPLE)))
    print(f"{args.out}: {len(students)} key{'s' * (len(students) > 1)} of {exercises.name}, for the staff alone")
    return 0


def _check(args):
    wrong = 0
    for master in args.master:
        exercises = grading.read_master(master)
        found = check.check(exercises, site=args.site)
        wrong += len(found)
        print("\n".join([f"{exercises.name}: {len(exercises.questions)} questions, {'nothing wrong' if not found else 'wrong:'}", *found]))
    return int(wrong > 0)


def _grade(args):
    roster = read_roster(args.roster) if args.roster else {}
    if args.processes < 1:
        raise ValueError(f"expected -j N of at least 1; got {args.processes}")
    done = grade_all(args.submissions, args.autograder, args.out, _secret(args), roster, args.processes, args.dask, not args.quiet)
    again = [r["path"] for r in done if r["status"] == "grader error"]
    strange = [r["path"] for r in done if reports.unlisted(r["student"], roster)]
    print(f"{args.out}: {len(done)} files graded" + (f", {len(again)} with a grader error: call it again, then see reports/" if again else ""))
    if strange:
        print(f"{len(strange)} file{'s are' if len(strange) > 1 else ' is'} of nobody on the class list: is its platform_id this assignment's?")
    return int(bool(again or strange))


def _probe(args):
    grading.probe()
    print("student's code can be confined here")
    return 0


def _variant(args, exercises, student):
    secret = _secret(args) if args.secret_file else variants.OPEN
    return grading.Variant(exercises, variants.seed(secret, exercises.name, student))


def _secret(args):
    return args.secret_file.read_text(encoding="utf-8").strip()


if __name__ == "__main__":
    sys.exit(main())
