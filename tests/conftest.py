"""Shared by all tests: the built site, a server for it, and a browser. One thread each: small nets are faster so."""

import os
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import filelock
import pytest
import replay  # noqa: F401  (notebooks run once: for the site, and nbval looks at what came of it)

from book.serve import Handler, build, server
from visits import chromium

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def site(tmp_path_factory, worker_id):
    """The folder of the built site; built here, strictly, once for all test processes."""
    shared = tmp_path_factory.getbasetemp() if worker_id == "master" else tmp_path_factory.getbasetemp().parent
    with filelock.FileLock(shared / "site.lock"):
        if not (shared / "site.log").exists():
            done = build("-W", "-n", "--keep-going", capture_output=True, text=True)
            (shared / "site.log").write_text(f"{done.returncode}\n{done.stdout}\n{done.stderr}")
    status, log = (shared / "site.log").read_text().split("\n", 1)
    assert status == "0", f"the book does not build:\n{log[-4000:]}"
    return ROOT / "_build" / "html"


class WithoutMaths(Handler):
    """A page that asks so (visits.py) gets no MathJax."""

    def do_GET(self):
        if not (self.headers["X-Without-Maths"] and "/_static/mathjax/" in self.path):
            return super().do_GET()
        self.send_response(200)
        for header in (("Content-Type", "text/javascript"), ("Content-Length", "0")):
            self.send_header(*header)
        self.end_headers()


@pytest.fixture(scope="session")
def address(site):
    """Where the site is served, with the strict policy of book/serve.py."""
    running = server(site=site, handler=WithoutMaths)
    yield f"http://127.0.0.1:{running.server_port}"
    running.shutdown()


@pytest.fixture(scope="session")
def browser():
    """A headless Chromium (playwright)."""
    from playwright.sync_api import sync_playwright
    path = chromium()
    if path is None:
        if os.environ.get("CI") == "true":
            pytest.fail("CI needs Chromium: .ci/run installs Debian's package")
        pytest.skip("no Chromium here; on Debian or Ubuntu: apt-get install chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=[
            "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"])      # any other host is a failed request, whether there is a network or not
        yield started
        started.close()
