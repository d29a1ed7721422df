"""The fixture of the browser tests."""

import pytest
from visits import Opened


@pytest.fixture
def visit(browser, address):
    """visit(page, ...) opens a page; at the end of the test every page must have stayed without complaint."""
    opened = []

    def open_page(page=None, **options):
        opened.append(Opened(browser, address, page, **options))
        return opened[-1]

    yield open_page
    for page in opened:
        page.context.close()
    complaints = [c for page in opened for c in page.complaints]
    assert not complaints, complaints
