"""Statistics of the questions of a graded set, for the teacher."""

from collections import Counter

import numpy as np


def items(reports):
    """For each question: how hard it was, how well it tells strong students from weak ones, what went wrong most often.

    Parameters
    ----------
    reports : list of dict
        Of `job.grade`; those with a grader error are left out.

    Returns
    -------
    list of dict
        `question`, `title`, `max`; `students` (how many count); `difficulty`, the mean share of the points, 1 is easy;
        `discrimination`, the correlation of its points with those of all other questions, None where either does not vary;
        `mistakes`, the most common known wrong answers and errors with their counts.
    """
    counted = [r for r in reports if r["status"] != "grader error" and r["questions"]]
    if not counted:
        return []
    points = np.array([[q["points"] for q in r["questions"]] for r in counted])
    total = points.sum(axis=1)
    found = []
    for i, question in enumerate(counted[0]["questions"]):
        own, rest = points[:, i], total - points[:, i]
        varies = np.ptp(own) > 0 and np.ptp(rest) > 0
        found.append({"question": question["question"], "title": question["title"], "max": question["max"], "students": len(counted),
                      "difficulty": float(np.mean(own) / question["max"]),
                      "discrimination": float(np.corrcoef(own, rest)[0, 1]) if varies else None,
                      "mistakes": _mistakes(r["questions"][i] for r in counted)})
    return found


def _mistakes(answers):
    """A known wrong answer, else what the first case that was lost says."""
    counts = Counter()
    for answer in answers:
        lost = [case for case in answer["cases"] if case["status"] != "passed"]
        if lost:
            counts[answer["mistake"] or lost[0]["error"][:100] or "another answer"] += 1
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:5]


def times(reports):
    """Seconds on the clock for a submission: median, largest, sum."""
    seconds = [r["seconds"] for r in reports] or [0.0]
    return {"median": float(np.median(seconds)), "largest": float(np.max(seconds)), "sum": float(np.sum(seconds))}
