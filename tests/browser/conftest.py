"""The fixtures of the browser tests."""

import pytest
from visits import Contexts, Opened


@pytest.fixture(scope="session")
def contexts(browser, address):
    return Contexts(browser, address)


@pytest.fixture
def visit(browser, address, contexts):
    """visit(page, ...) opens a page; at the end of the test every page must have stayed without complaint. With `fresh`, nothing is in the cache."""
    opened = []

    def open_page(page=None, fresh=False, **options):
        opened.append(Opened(browser, address, page, contexts=None if fresh else contexts, **options))
        return opened[-1]

    yield open_page
    for page in opened:
        page.close()
    complaints = [c for page in opened for c in page.complaints]
    assert not complaints, complaints
