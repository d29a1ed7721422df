"""One build at a time, no trust in an unfinished one, and one clear line where the disk takes no more.

A page that a killed build left half written is newer than its source, so Sphinx would keep it. Each build therefore leaves a mark
in the folder it writes, and takes it away as its last act; where the next build finds one, all pages are written again. (The
outputs of the notebooks lie elsewhere and stay: see execution.py.) A build without a warning leaves another mark, which says to
make that there is nothing to do while no source is newer.
"""

import errno
import os
import shutil
import sys
import time
from pathlib import Path

import filelock

MARK, DONE = ".unfinished", ".built"
NEEDED = 10_000_000      # bytes free on the disk: with less it is no use to begin
REASONS = {errno.ENOSPC: "the disk is full", errno.EDQUOT: "the disk quota is used up",
           errno.EROFS: "the folder is read-only", errno.EACCES: "the folder may not be written", errno.EPERM: "the folder may not be written"}
started = time.time()
held = []      # the lock of this process, until it ends in whatever way


def setup(app):
    out = Path(app.outdir)
    try:
        out.mkdir(parents=True, exist_ok=True)
        wait(out.parent / ".lock")
        if (out / MARK).exists():
            print("The last build did not finish: all pages are written again.", flush=True)
            for path in (p for p in out.iterdir() if p.name != MARK):
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        (out / MARK).touch()
        (out / DONE).unlink(missing_ok=True)
    except OSError as error:
        stop(error)
        raise
    if shutil.disk_usage(out).free < NEEDED:
        stop(OSError(errno.ENOSPC, ""))
    app.connect("build-finished", finish, priority=1000)      # after everything else


def wait(path):
    """Take the lock of this checkout, after the build that has it."""
    lock = filelock.FileLock(path)
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        print("Another build of this book is running: waiting for the other build.", flush=True)
        lock.acquire()
    held.append(lock)


def finish(app, exception):
    if exception is None:
        (Path(app.outdir) / MARK).unlink()
        if not app._warncount:
            done = Path(app.outdir) / DONE
            done.touch()
            os.utime(done, (started, started))      # what changed meanwhile is newer
    else:
        stop(exception)


def stop(error):
    """End with one line, where what stopped the build is a disk and not the book."""
    while error is not None:
        said = str(error)
        reason = REASONS.get(getattr(error, "errno", None))
        if "database or disk is full" in said or "disk I/O error" in said:      # sqlite's words
            reason = REASONS[errno.ENOSPC]
        if reason:
            sys.exit(f"The book was not built: {reason}{f' ({error.filename})' if getattr(error, 'filename', None) else ''}.")
        error = error.__cause__ or error.__context__
