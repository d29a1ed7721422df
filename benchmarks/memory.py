"""Peak memory and time of every notebook, run alone as Binder runs it: one thread, at most 1 GB.

    .venv/bin/python benchmarks/memory.py [notebook ...] [--limit 1024]        (MB; the limit needs the right to make a memory cgroup)

Prints a row for each: the largest process's peak (resident), seconds of computing and on the clock. A notebook that wants more than the limit
is killed, and says so. Where no cgroup can be made the rows are printed all the same, with a line that nothing was limited.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Runs one notebook where it stands and prints what it took: the peak of the largest process below this one, in MB.
RUN = """
import json, os, resource, sys, time, nbformat, nbclient
group, path = sys.argv[1:]
if group: open(os.path.join(group, "cgroup.procs"), "w").write(str(os.getpid()))
start, book = time.time(), nbformat.read(path, 4)
nbclient.NotebookClient(book, timeout=600, resources={"metadata": {"path": os.path.dirname(path)}}).execute()
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([used.ru_maxrss / 1024, used.ru_utime + used.ru_stime, time.time() - start]))
"""


@contextmanager
def capped(megabytes):
    """The folder of a new memory cgroup (version 1 or 2) with that limit; "" where none can be made."""
    top = Path("/sys/fs/cgroup")
    group = (top / "memory" if (top / "memory").is_dir() else top) / f"dlnotes-{os.getpid()}"
    try:
        group.mkdir()
        limit = "memory.limit_in_bytes" if (top / "memory").is_dir() else "memory.max"
        (group / limit).write_text(str(megabytes * 2**20))
    except OSError as error:
        print(f"no limit: a memory cgroup cannot be made here ({error})", file=sys.stderr)
        yield ""
        return
    yield str(group)
    group.rmdir()


def measure(path, group):
    """[peak in MB, seconds of computing, seconds on the clock], or why it ended."""
    done = subprocess.run([sys.executable, "-c", RUN, group, str(path)], capture_output=True, text=True,
                          env={**os.environ, "OMP_NUM_THREADS": "1"})
    if done.returncode:
        return "killed: more than the limit" if done.returncode == -9 or "Kernel died" in done.stderr else done.stderr.strip().splitlines()[-1]
    return json.loads(done.stdout.splitlines()[-1])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notebooks", nargs="*", type=Path, default=[
        path for path in sorted((ROOT / "chapters").rglob("*.ipynb")) if path.parent.name != "exercises"])      # those wait for answers
    parser.add_argument("--limit", type=int, default=1024, help="MB for a notebook with everything that it starts")
    asked = parser.parse_args()
    print("| notebook | peak, MB | s of computing | s on the clock |\n| --- | --- | --- | --- |")
    with capped(asked.limit) as group:
        for path in asked.notebooks:
            row = measure(path.resolve(), group)
            words = f"{row} | | " if isinstance(row, str) else f"{row[0]:.0f} | {row[1]:.0f} | {row[2]:.0f}"
            print(f"| {path.resolve().relative_to(ROOT).with_suffix('')} | {words} |", flush=True)


if __name__ == "__main__":
    main()
