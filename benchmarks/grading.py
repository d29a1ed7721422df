"""500 submissions, a tenth of them hostile, graded by two processes; then by a Dask cluster with a worker killed.

    python benchmarks/grading.py [--students 500] [--dask]

Prints seconds on the clock and of computing for each submission, and whether anybody is lost.
"""

import argparse
import json
import os
import random
import resource
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import grading_kit as kit  # noqa: E402
from grading.run import grade_all  # noqa: E402

from test_grading_hostile import CELLS  # noqa: E402


def notebook(i):
    """The i-th: every tenth hostile, in turn; of the others four in ten right, the rest with wrong and missing answers."""
    student, rng = f"s{i:03}", random.Random(i)
    extra = [list(CELLS.values())[i // 10 % len(CELLS)]] if i % 10 == 0 else []
    answers = kit.solved()
    if rng.random() > 0.4:
        answers |= {n: rng.choice(q.mistakes).source for n, q in kit.foundations().questions.items() if rng.random() < 0.3}
        answers = {n: a for n, a in answers.items() if rng.random() < 0.9}
    return json.dumps(kit.notebook(answers, extra=extra, student=student)).encode()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--students", type=int, default=500)
    parser.add_argument("--dask", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for i in range(args.students):
            (folder / "in" / f"s{i:03}").mkdir(parents=True)
            (folder / "in" / f"s{i:03}" / "a.ipynb").write_bytes(notebook(i))
        (folder / "set.zip").write_bytes(kit.foundations().zip())
        print("| how | files | s each on the clock | s each of computing | points | lost | status |\n| --- | --- | --- | --- | --- | --- | --- |")
        row("two processes", folder, folder / "a", processes=2)
        if args.dask:
            from distributed import Client, LocalCluster
            with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster, Client(cluster) as client:
                victim = client.run(os.getpid).popitem()[1]
                threading.Timer(20, os.kill, (victim, signal.SIGKILL)).start()
                row("Dask, two workers, one killed", folder, folder / "b", dask=client)
            same = all((folder / x / n).read_bytes() == (folder / "a" / n).read_bytes() for x in "b" for n in ("grades.csv", "moodle.csv", "canvas.csv"))
            print(f"\nthe same grades: {same}")


def row(how, folder, out, **options):
    began, before = time.monotonic(), computed()
    done = grade_all(folder / "in", folder / "set.zip", out, kit.SECRET, progress=sys.stderr.isatty(), **options)
    clock, computing = time.monotonic() - began, computed() - before
    lost = sum(r["status"] == "grader error" for r in done)
    print(f"| {how} | {len(done)} | {clock / len(done):.3f} | {computing / len(done):.3f} | {sum(r['points'] for r in done):g} | {lost} | "
          f"{dict(Counter(r['status'] for r in done))} |", flush=True)


def computed():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN), resource.getrusage(resource.RUSAGE_SELF)
    return sum(u.ru_utime + u.ru_stime for u in usage)


if __name__ == "__main__":
    main()
