"""``make report``: the licence of every pinned package, and what pip-audit knows against it, in _build/report.

A report, no gate: without a network there is one line instead of an audit, and the exit status is 0. The licences come from what is
installed; `tests/test_report.py` holds that each is known and allowed.
"""

import json
import subprocess
import sys
import venv
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "_build" / "report"
PIP_AUDIT = "pip-audit==2.10.1"      # in a folder of its own: the book does not need it
UNKNOWN = "unknown"


def pinned(text):
    """The requirements of the text that hold for this Python and system."""
    lines = [line.split("#")[0].strip() for line in text.splitlines()]
    found = [Requirement(line) for line in lines if line and not line.startswith("-")]
    return [r for r in found if r.marker is None or r.marker.evaluate()]


def licence(name):
    """What the package says of itself: the SPDX expression, else its classifiers, else its licence field, else the title of its licence."""
    told = metadata.metadata(name)
    classes = [c.split(" :: ")[-1] for c in told.get_all("Classifier", []) if c.startswith("License :: ") and c != "License :: OSI Approved"]
    words = (told.get("License") or "").strip().splitlines()
    return told.get("License-Expression") or "; ".join(classes) or (words[0].strip() if words else "") or title(name) or UNKNOWN


def title(name):
    """The first line of the licence that the package brings along, if any."""
    texts = (f.read_text(encoding="utf-8") for f in metadata.files(name) or () if f.name.upper().startswith(("LICENSE", "LICENCE")))
    return next((text.strip().splitlines()[0].strip() for text in texts if text.strip()), "")


def licences(text):
    """{package: (version, licence)} of what is pinned and installed."""
    return {r.name: (metadata.version(r.name), licence(r.name)) for r in pinned(text)}


def audit(text):
    """What pip-audit says of each pinned version, [{name, version, vulns}]; nothing, where it cannot be had."""
    python, plain = FOLDER / "pip-audit" / "bin" / "python", FOLDER / "pinned.txt"
    plain.write_text("".join(f"{r.name}{r.specifier}\n" for r in pinned(text)), encoding="utf-8")
    try:
        if not python.exists():
            venv.create(python.parent.parent, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "-q", PIP_AUDIT], check=True, capture_output=True, timeout=300)
        done = subprocess.run([python, "-m", "pip_audit", "-r", plain, "--no-deps", "--disable-pip", "--progress-spinner", "off", "-f", "json"],
                              capture_output=True, text=True, timeout=600)
        return json.loads(done.stdout)["dependencies"]
    except (OSError, ValueError, subprocess.SubprocessError):
        return []


def verdict(audited):
    """(one line, a row for each known weakness, data) of what pip-audit said; a package that it could not look up is not counted."""
    seen = [p for p in audited if "vulns" in p]
    rows = [(f"{p['name']} {p['version']}: {v['id']}, mended in {', '.join(v['fix_versions']) or 'no version'}",) for p in seen for v in p["vulns"]]
    if not seen:
        return "No audit: pip-audit or its list of known weaknesses could not be reached. Is there a network?", [], []
    return f"{len(rows)} known weaknesses in {len(seen)} packages; {len(audited) - len(seen)} could not be looked up.", rows, audited


def table(rows):
    widths = [max(map(len, column)) for column in zip(*rows)]
    return "".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() + "\n" for row in rows)


def write(name, rows, data):
    (FOLDER / f"{name}.txt").write_text(table(rows), encoding="utf-8")
    (FOLDER / f"{name}.json").write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    found = licences(text)
    write("licences", [(name, *told) for name, told in found.items()], {name: dict(zip(("version", "licence"), told)) for name, told in found.items()})
    line, rows, data = verdict(audit(text))
    write("audit", [(line,), *rows], data)
    print(f"{len(found)} licences. {line} See {FOLDER.relative_to(ROOT)}.")


if __name__ == "__main__":
    main()
