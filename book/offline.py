"""``make offline``: the built site as one zip, to be read from a folder or a stick without a network.

The same site gives the same bytes: the names are sorted, and every file has the same time.
"""

import sys
import zipfile
from pathlib import Path

from book.serve import ROOT, SITE

TARGET = ROOT / "_build" / "dlnotes-offline.zip"
FOLDER = "dlnotes"
MATHJAX = Path("_static/mathjax")
LONG_AGO = (1980, 1, 1, 0, 0, 0)      # a zip knows no earlier time
READ_ME = """dlnotes, an interactive deep-learning book

Unpack this folder and open index.html in a browser (Chromium, Firefox, Safari). Widgets, formulas and search need no network
and no server; only links to other sites do. To run a chapter yourself, take its notebook by the download button at its top
and follow README.md of the repository. Code is under the BSD 3-Clause License, prose under CC BY 4.0: see LICENSE.txt.
"""


def needed(path):
    """Whether a page can ask for the file: of MathJax's ready-made mixtures the site uses one, the others are 20 MB."""
    return path.parent != MATHJAX or path.name == "tex-chtml.js"


def pack(site=SITE, target=TARGET):
    """Write the files of `site` and a READ-ME.txt into the zip `target`, all in one folder; returns its size in bytes."""
    names = sorted(p.relative_to(site) for p in site.rglob("*") if p.is_file() and not p.name.startswith("."))
    files = {name.as_posix(): (site / name).read_bytes() for name in names if needed(name)}
    files |= {"READ-ME.txt": READ_ME.encode(), "LICENSE.txt": (ROOT / "LICENSE").read_bytes()}
    unfinished = target.with_suffix(".unfinished")
    with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(f"{FOLDER}/{name}", LONG_AGO)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(entry, files[name])
    unfinished.replace(target)
    return target.stat().st_size


if __name__ == "__main__":
    if not (SITE / "index.html").exists():
        sys.exit("There is no built site; run: make book")
    size = pack()
    print(f"{TARGET.relative_to(ROOT)}: {size / 1e6:.1f} MB; unpack it and open {FOLDER}/index.html")
