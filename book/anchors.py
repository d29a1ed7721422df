"""The addresses that others may have linked to: each page, and each place in it with a name of its own.

``tests/anchors.txt`` lists them; a test fails when one disappears from the built site. ``python -m book.anchors`` (after ``make
book``) adds what is new. When a heading is renamed, keep its old name as a target above it: ``(old-name)=``. Only ``--drop`` takes an
address off the list: every link to it then breaks.
"""

import re
import sys
from html.parser import HTMLParser
from pathlib import Path

from book.serve import ROOT, SITE

LIST = ROOT / "tests" / "anchors.txt"
NUMBERED = re.compile(r"id\d+|codecell\d+|exercise-content|solution-content|dlnotes-state")      # nobody's names, or not unique


class Ids(HTMLParser):
    """Collects the ids inside the page's article."""

    def __init__(self):
        super().__init__()
        self.found, self.inside = set(), False

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.inside |= tag == "article"
        if self.inside and attrs.get("id") and not NUMBERED.fullmatch(attrs["id"]):
            self.found.add(attrs["id"])

    def handle_endtag(self, tag):
        self.inside &= tag != "article"


def ids(text):
    """The named places of a page (HTML text)."""
    parser = Ids()
    parser.feed(text)
    return parser.found


def present(site=SITE):
    """{"page.html", "page.html#id", ...} of a built site."""
    found = set()
    for path in [site / "index.html", *(site / "chapters").rglob("*.html")]:
        page = path.relative_to(site).as_posix()
        found |= {page, *(f"{page}#{name}" for name in ids(path.read_text(encoding="utf-8")))}
    return found


def published():
    """The addresses of the list: a page, and indented below it its places."""
    found, page = set(), ""
    for line in LIST.read_text(encoding="utf-8").splitlines():
        page = page if line.startswith(" ") else line
        found.add(f"{page}#{line.strip()}" if line.startswith(" ") else page)
    return found


def main(drop=False):
    """Add what is new to the list; say what is gone, and with `drop` take it off. Returns the exit status."""
    listed, now = published() if LIST.exists() else set(), present()
    gone = sorted(listed - now)
    keep = now if drop else listed | now
    LIST.write_text("".join(f"  {a.partition('#')[2]}\n" if "#" in a else f"{a}\n" for a in sorted(keep)), encoding="utf-8")
    print(f"{len(keep)} addresses, {len(now - listed)} of them new" + (f", {len(gone)} dropped" if drop else ""))
    if gone and not drop:
        print("gone from the site, still listed (put a target such as (old-name)= where each stood, or run with --drop):", *gone, sep="\n  ")
    return int(bool(gone) and not drop)


if __name__ == "__main__":
    sys.exit(main("--drop" in sys.argv[1:]))
