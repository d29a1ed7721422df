"""A whole class: every submission graded once, in processes here or on a Dask cluster, and taken up again after a kill."""

import multiprocessing
import os
import signal
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from grading import job, reports, sandbox, variants
from grading.master import read_zip
from grading.submissions import read

TRIES = 3       # for a submission whose worker died


def grade_all(place, autograder, out, secret, roster=None, processes=1, dask=None, progress=True):
    """Grade a folder or zip of submissions and write all reports into a folder.

    Parameters
    ----------
    place : str or Path
        Folder or zip of notebooks.
    autograder : str or Path
        Zip of ``python -m grading build``.
    out : str or Path
        Made if it is not there. Reports that are there and still true are kept: after a kill, call it again.
    secret : str
        The one that the notebooks were made with.
    roster : dict, optional
        Of `submissions.read_roster`.
    processes : int
        Number of processes here.
    dask : str or distributed.Client, optional
        Address of a cluster's scheduler; then nothing is graded here.
    progress : bool
        Show a bar.

    Returns
    -------
    list of dict
        One report for each file, sorted by path.

    Raises
    ------
    NoSandbox
        If student's code cannot be confined here (or, with Dask, there).
    """
    out, roster, data = Path(out), roster or {}, Path(autograder).read_bytes()
    exercises, _ = read_zip(data)
    (out / "reports").mkdir(parents=True, exist_ok=True)
    handed_in = read(place, roster)
    jobs, done = {}, {}
    for submission in handed_in:
        seed = variants.seed(secret, exercises.name, submission.student)
        notebook = submission.data if submission.data is not None else submission.problem.encode()
        old = _kept(out, submission, job.digest(notebook, data, seed))
        if old is None:
            jobs[submission.key] = (submission.student, notebook, data, seed)
        else:
            done[submission.key] = old
    by_key = {s.key: s for s in handed_in}
    for key, report in _bar(_graded(jobs, processes, dask), len(jobs), progress):
        submission = by_key[key]
        report |= {"key": key, "path": submission.path}
        if submission.problem:
            report["notes"] = [submission.problem]
        reports.write(out / "reports" / f"{key}.json", reports.dump(report))
        done[key] = report
    ordered = [done[s.key] for s in handed_in]
    reports.write_all(out, ordered, roster, exercises.title)
    return ordered


def _kept(out, submission, digest):
    """The report of an earlier run, if it is of the same notebook, set and numbers, and no grader error."""
    report = reports.read(out / "reports" / f"{submission.key}.json")
    return report if report.get("digest") == digest and report.get("status") != "grader error" else None


def _bar(found, total, progress):
    if not progress:
        return found
    from tqdm import tqdm
    return tqdm(found, total=total, unit="file", desc="grading")


def _graded(jobs, processes, dask):
    """(key, report) of each job, as they come."""
    if not jobs:
        return
    if dask is not None:
        yield from _on_cluster(jobs, dask)
        return
    sandbox.probe()
    if processes == 1:
        for key, args in jobs.items():
            yield key, job.grade(*args)
        return
    left, tries = dict(jobs), 0
    while left:
        tries += 1
        try:
            for key, report in _in_processes(left, processes):
                left.pop(key)
                yield key, report
        except BrokenProcessPool:
            if tries == TRIES:
                for key, args in left.items():
                    yield key, _lost(args)
                return


def _in_processes(jobs, processes):
    pool = ProcessPoolExecutor(processes, multiprocessing.get_context("spawn"), _quiet)
    try:
        waiting, queue = {}, iter(list(jobs.items()))
        for key, args in queue:
            waiting[pool.submit(job.grade, *args)] = key
            if len(waiting) < 4 * processes:      # a class's notebooks are not all copied at once
                continue
            yield from _first(waiting)
        while waiting:
            yield from _first(waiting)
    finally:
        pool.shutdown(cancel_futures=True)      # of an interrupted call: what waits is not graded first


def _quiet():
    """For a process of the pool: Ctrl+C ends it at once and without a word, since its sandbox has been ended as well."""
    signal.signal(signal.SIGINT, lambda *_: os._exit(130))


def _first(waiting):
    future = next(as_completed(waiting))
    yield waiting.pop(future), future.result()


def _lost(args):
    """The report of a submission whose worker died again and again: a grader error, never a silent zero."""
    student, notebook, data, seed = args
    return {"student": student, "digest": job.digest(notebook, data, seed), "status": "grader error", "points": 0.0, "max": 0.0,
            "questions": [], "notes": [], "staff": [f"the grader's process died {TRIES} times; grade again"], "seconds": 0.0}


def _on_cluster(jobs, dask):
    """Grade on a Dask cluster; a worker that dies loses nothing, its jobs are done again by another."""
    try:
        from distributed import Client, as_completed as finished
    except ImportError:
        raise SystemExit("--dask needs Dask, an optional dependency: pip install distributed") from None
    client = Client(dask) if isinstance(dask, str) else dask
    try:
        data = client.scatter(next(iter(jobs.values()))[2], broadcast=True, hash=True)
        futures = {client.submit(job.grade, student, notebook, data, seed, retries=TRIES, pure=False): key
                   for key, (student, notebook, _, seed) in jobs.items()}
        for future in finished(list(futures)):
            key = futures.pop(future)
            error = future.exception()
            if isinstance(error, sandbox.NoSandbox):
                raise error
            yield key, _lost(jobs[key]) if error else future.result()
            future.release()
    finally:
        if isinstance(dask, str):
            client.close()
