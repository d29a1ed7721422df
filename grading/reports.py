"""The files that grading leaves: grades for the teacher and for the platforms, a summary, and feedback for the students."""

import csv
import html
import io
import json
import os
from pathlib import Path

from grading import statistics

STYLE = """body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b;background:#fff}
table{border-collapse:collapse;width:100%;margin:1rem 0}th,td{text-align:left;padding:.35rem .6rem;border-bottom:1px solid #bbb;vertical-align:top}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}.passed{color:#0a5c2b}.failed,.error,.stopped{color:#9c1c1c}
@media(prefers-color-scheme:dark){body{color:#e8e8e8;background:#161616}.passed{color:#7fd6a0}.failed,.error,.stopped{color:#ff9c9c}}"""


def write(path, text):
    """Write a file at once or not at all."""
    path = Path(path)
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(text.encode("utf-8", errors="replace") if isinstance(text, str) else text)
    os.replace(part, path)


def best(reports):
    """One report for each student: of several files the one with most points counts, then the first by name."""
    chosen = {}
    for report in sorted(reports, key=lambda r: r["path"]):
        before = chosen.get(report["student"])
        if before is None or (before["status"] == "grader error", -before["points"]) > (report["status"] == "grader error", -report["points"]):
            chosen[report["student"]] = report
    return dict(sorted(chosen.items()))


def unlisted(student, roster):
    """True if there is a class list and the student is not on it: the numbers, and so the points, are nobody's."""
    return bool(roster) and student not in roster


def grades(chosen, roster):
    """`grades.csv`: a row for each student and question, and one for the sum. No points where there was a grader error."""
    rows = [["student", "name", "question", "points", "max", "status", "mistake", "file"]]
    for student in sorted({*chosen, *roster}):
        report, name = chosen.get(student), roster.get(student, {}).get("name", "")
        if report is None:
            rows.append([student, name, "total", "", "", "not handed in", "", ""])
            continue
        known = report["status"] != "grader error"
        for q in report["questions"] if known else ():
            rows.append([student, name, q["question"], number(q["points"]), number(q["max"]), report["status"], q["mistake"] or "", report["path"]])
        rows.append([student, name, "total", number(report["points"]) if known else "", number(report["max"]) if known else "",
                     report["status"], "", report["path"]])
    return table(rows)


def moodle(chosen, roster, title):
    """`moodle.csv` for Moodle's Grades > Import > CSV: map "ID number" or "Email address" to the user, and the columns of
    points to grade items. A student without a known grade is left out, so that nothing is overwritten; so is who is not
    on the class list."""
    known = _known(chosen, roster)
    questions = _questions(known)
    rows = [["ID number", "Email address", "Full name", f"{title} (Real)", *[f"{title}: {q} (Real)" for q in questions], f"{title} (Feedback)"]]
    for student, report in known:
        entry = roster.get(student, {})
        rows.append([entry.get("id_number") or student, entry.get("email", ""), entry.get("name", ""), number(report["points"]),
                     *[number(q["points"]) for q in report["questions"]], summary(report)])
    return table(rows)


def canvas(chosen, roster, title):
    """`canvas.csv` for Canvas's Gradebook > Import: five columns that say who, one for each assignment, and the row "Points
    Possible". A name without "(number)" makes a new assignment. Left out are the same students as in `moodle`."""
    known = _known(chosen, roster)
    questions = _questions(known)
    most = next((r for _, r in known), {"max": 0, "questions": []})
    rows = [["Student", "ID", "SIS User ID", "SIS Login ID", "Section", title, *[f"{title}: {q}" for q in questions]],
            ["    Points Possible", "", "", "", "", number(most["max"]), *[number(q["max"]) for q in most["questions"]]]]
    for student, report in known:
        entry = roster.get(student, {})
        rows.append([entry.get("name") or student, entry.get("canvas_id") or student, entry.get("sis_user_id", ""), entry.get("sis_login_id", ""),
                     entry.get("section", ""), number(report["points"]), *[number(q["points"]) for q in report["questions"]]])
    return table(rows)


def _known(chosen, roster):
    return [(s, r) for s, r in chosen.items() if r["status"] != "grader error" and not unlisted(s, roster)]


def _questions(known):
    return next(([q["question"] for q in r["questions"]] for _, r in known), [])


def number(value):
    return f"{value:g}"


def table(rows):
    """CSV of rows. A text that a spreadsheet would take for a formula gets an apostrophe in front."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    for row in rows:
        writer.writerow(["'" + c if c[:1] in ("=", "+", "-", "@", "\t", "\r") else c.replace("\r", " ").replace("\0", "") for c in map(str, row)])
    return buffer.getvalue()


def summary(report):
    """One line for the student: what was lost, by question."""
    lost = [f"{q['title']}: {number(q['points'])} of {number(q['max'])}" for q in report["questions"] if q["points"] < q["max"]]
    return f"{number(report['points'])} of {number(report['max'])} points" + (". " + "; ".join(lost) if lost else "")


def page(title, body):
    return (f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
            f"<title>{html.escape(title)}</title><style>{STYLE}</style></head><body><h1>{html.escape(title)}</h1>\n{body}\n</body></html>\n")


def feedback(report, title):
    """What the student may see: points, messages of the cases, hints. Nothing of the staff's lines, no hidden value."""
    esc = html.escape
    parts = [f"<p>{esc(report['student'])}: <strong>{number(report['points'])} of {number(report['max'])} points</strong></p>"]
    if report["notes"]:
        parts.append("<h2>Your notebook</h2><ul>" + "".join(f"<li>{esc(n)}</li>" for n in report["notes"]) + "</ul>")
    for i, q in enumerate(report["questions"], 1):
        parts.append(f"<h2>{i} {esc(q['title'])}: {number(q['points'])} of {number(q['max'])}</h2>")
        if q["hint"]:
            parts.append(f"<p>{esc(q['hint'])}</p>")
        parts.append('<table><thead><tr><th>What was tried</th><th class="n">Points</th><th>Result</th></tr></thead><tbody>')
        for case in q["cases"]:
            said = {"passed": "right", "failed": "not right", "error": "an error", "stopped": "stopped"}[case["status"]]
            parts.append(f'<tr><td>{esc(case["message"] or "hidden case")}</td><td class="n">{number(case["earned"])} of {number(case["points"])}</td>'
                         f'<td class="{case["status"]}">{said}{": " + esc(case["error"]) if case["error"] else ""}</td></tr>')
        parts.append("</tbody></table>")
    return page(title, "\n".join(parts))


def overview(reports, chosen, roster, title):
    """`summary.html`: the class at a glance, and each question's figures."""
    esc, counts = html.escape, {}
    for report in reports:
        counts[report["status"]] = counts.get(report["status"], 0) + 1
    missing, strange = set(roster) - set(chosen), [r for r in reports if unlisted(r["student"], roster)]
    parts = [f"<p>{len(reports)} files of {len(chosen)} students: " + ", ".join(f"{n} {esc(s)}" for s, n in sorted(counts.items()))
             + (f"; {len(missing)} of the class list handed in nothing" if missing else "")
             + (f"; {len(strange)} of the files are of nobody on the class list" if strange else "") + ".</p>",
             '<h2>Questions</h2><p>Difficulty is the mean share of the points (1 is easy). Discrimination is the correlation with the '
             'points of all other questions: below 0.2 look at the question.</p>'
             '<table><thead><tr><th>Question</th><th class="n">Points</th><th class="n">Difficulty</th><th class="n">Discrimination</th>'
             "<th>Most common losses</th></tr></thead><tbody>"]
    for item in statistics.items(list(chosen.values())):
        tells = "-" if item["discrimination"] is None else f"{item['discrimination']:.2f}"
        wrong = "<br>".join(f"{n} x {esc(text)}" for text, n in item["mistakes"]) or "none"
        parts.append(f'<tr><td>{esc(item["title"])}</td><td class="n">{number(item["max"])}</td><td class="n">{item["difficulty"]:.2f}</td>'
                     f'<td class="n">{tells}</td><td>{wrong}</td></tr>')
    time = statistics.times(reports)
    parts.append(f"</tbody></table><p>Time for a submission: median {time['median']:.2f} s, largest {time['largest']:.1f} s.</p>")
    parts.append('<h2>Students</h2><table><thead><tr><th>Student</th><th class="n">Points</th><th>Status</th><th>For the staff</th></tr></thead><tbody>')
    for student, report in chosen.items():
        points = "-" if report["status"] == "grader error" else number(report["points"])
        parts.append(f'<tr><td>{esc(student)}</td><td class="n">{points}</td><td>{esc(report["status"])}</td>'
                     f'<td>{esc("; ".join(_told(report, roster)))}</td></tr>')
    return page(f"{title}: summary", "\n".join(parts) + "</tbody></table>")


def _told(report, roster):
    """Notes for the staff. Whether somebody is on the class list is asked each time: the list may change, the report need not."""
    unreadable = report["notes"] if report["status"] == "unreadable" else []
    return unreadable + report["staff"] + (["not on the class list"] if unlisted(report["student"], roster) else [])


def write_all(out, reports, roster, title):
    """Write every file but the JSON reports, which are written one by one as they come."""
    out, chosen = Path(out), best(reports)
    write(out / "grades.csv", grades(chosen, roster))
    write(out / "moodle.csv", moodle(chosen, roster, title))
    write(out / "canvas.csv", canvas(chosen, roster, title))
    write(out / "summary.html", overview(reports, chosen, roster, title))
    (out / "feedback").mkdir(exist_ok=True)
    told = {report["key"]: report for report in chosen.values() if report["status"] != "grader error"}
    for key, report in told.items():
        write(out / "feedback" / f"{key}.html", feedback(report, title))
    _clear(out, {report["key"] for report in reports}, set(told))


def _clear(out, present, told):
    """Keep one feedback for each student, and no report of a file that is no longer there: it goes to `earlier/`. A feedback
    is known to be ours by the report of the same name; what this program did not write stays where it is."""
    for path in sorted((out / "reports").glob("*.json")):
        if path.stem in told or not read(path):
            continue
        (out / "feedback" / f"{path.stem}.html").unlink(missing_ok=True)
        if path.stem not in present:
            (out / "earlier").mkdir(exist_ok=True)
            os.replace(path, out / "earlier" / path.name)


def read(path):
    """The report that this program wrote there; {} where there is none, or none that can be read, or something of somebody else."""
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return report if isinstance(report, dict) and report.get("key") == path.stem else {}


def dump(report):
    """JSON of a report, the same text for the same report."""
    return json.dumps(report, indent=1, sort_keys=True) + "\n"


