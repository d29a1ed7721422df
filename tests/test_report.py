"""The report on the packages (.ci/report.py): every licence is known and allowed, and an audit that could not be made says so."""

import importlib.util
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PINS = (ROOT / "requirements.txt").read_text(encoding="utf-8")
spec = importlib.util.spec_from_file_location("report", ROOT / ".ci" / "report.py")
report = importlib.util.module_from_spec(spec)
spec.loader.exec_module(report)

# Licences that let everybody use, change and share the package, and ask nothing of what only imports it.
ALLOWED = re.compile(r"""(MIT|MIT-0|MIT-CMU|MIT\ License|The\ MIT\ License.*|BSD|BSD\ License|BSD-[23]-Clause|BSL-1\.0|Apache[- ]2\.0|Apache\ Software\ License
    |Apache\ License.*|Apache-2\.0\ WITH\ LLVM-exception|PSF-2\.0|Python\ Software\ Foundation\ License|ISC|ISC\ License\ \(ISCL\)
    |MPL-2\.0|Mozilla\ Public\ License\ 2\.0\ \(MPL\ 2\.0\)|Public\ Domain)""", re.X)
EXCEPTIONS = {"docutils": "mostly in the public domain; its one file under the GPL, an Emacs mode, is not in the wheel"}


def foreign(licence):
    """The parts of a licence that are not allowed; of alternatives (OR) one allowed is enough."""
    parts = [part.strip(" ()") if not part.strip().endswith("(ISCL)") and "MPL 2.0)" not in part else part.strip()
             for part in re.split(r" AND |; ", licence)]
    return [part for part in parts if not any(ALLOWED.fullmatch(one) for one in part.split(" OR "))]


def test_every_licence_is_known_and_allowed():
    found = report.licences(PINS)
    assert len(found) > 150 and "torch" in found
    assert not [name for name, (_, licence) in found.items() if licence == report.UNKNOWN]
    bad = {name: foreign(licence) for name, (_, licence) in found.items() if foreign(licence)}
    assert set(bad) == set(EXCEPTIONS), bad


@pytest.mark.parametrize("licence", ["GPL-3.0-only", "MIT AND AGPL-3.0", "BSD License; GNU General Public License (GPL)", "Proprietary", report.UNKNOWN, ""])
def test_a_foreign_licence_is_seen(licence):
    assert foreign(licence)


def test_an_audit_counts_only_what_was_looked_up():
    none = {"name": "a", "version": "1", "skip_reason": "not found"}
    clean = {"name": "b", "version": "1", "vulns": []}
    weak = {"name": "c", "version": "2", "vulns": [{"id": "X-1", "fix_versions": ["3"]}]}
    assert report.verdict([none])[0].startswith("No audit:") and report.verdict([])[0].startswith("No audit:")
    line, rows, data = report.verdict([none, clean, weak])
    assert line == "1 known weaknesses in 2 packages; 1 could not be looked up." and rows == [("c 2: X-1, mended in 3",)] and len(data) == 3


def test_without_a_network_there_is_one_line_and_no_failure(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(report, "ROOT", tmp_path)
    monkeypatch.setattr(report, "FOLDER", tmp_path / "report")
    (tmp_path / "requirements.txt").write_text("numpy==2.2.6\n-e .\n")
    monkeypatch.setattr(report.venv, "create", lambda *args, **kwargs: None)      # then there is no Python to run
    report.main()
    assert capsys.readouterr().out == f"1 licences. {report.verdict([])[0]} See report.\n"
    assert (tmp_path / "report" / "audit.txt").read_text().startswith("No audit:")
    assert json.loads((tmp_path / "report" / "licences.json").read_text())["numpy"]["licence"] == report.licence("numpy")
