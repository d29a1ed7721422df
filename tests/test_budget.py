"""The pages stay small: benchmarks/pages.py measures, this holds the budget."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "benchmarks"))


def test_pages_keep_their_budget(site, browser):
    import pages
    for page, total, new in pages.measure(browser):
        assert total["page"] <= pages.FIRST, f"{page}: {total['page']:.0f} KB at a first visit"
        assert new["page"] <= pages.NEXT, f"{page}: {new['page']:.0f} KB as a next page"
