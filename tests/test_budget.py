"""The scripts and weights of the pages stay small. (What a whole page loads: browser/test_pages.py, which opens them all.)"""

import base64
import gzip
import re


def test_the_scripts_of_a_page_stay_below_60_kilobytes(site):
    """All JavaScript of a page's widgets, gzipped."""
    seen = 0
    for page in site.rglob("*.html"):
        scripts = re.findall(r'src="([^"]*_static/widgets/[^"]+\.js)', page.read_text(encoding="utf-8"))
        sizes = {s: len(gzip.compress((page.parent / s.split("?")[0]).read_bytes(), 9)) / 1024 for s in scripts}
        seen += bool(sizes)
        assert sum(sizes.values()) <= 60, (page.name, sizes)
    assert seen >= 5


def test_the_weights_of_a_widget_stay_below_60_kilobytes(site):
    for file in (site / "_static" / "bytes").glob("*.js"):
        data = base64.b64decode(file.read_text(encoding="utf-8").split('"')[3])
        assert 0 < len(data) <= 60 * 1024, (file.name, len(data))
