"""Shared by all tests: the built site, a server for it, and a browser. One thread each: small nets are faster so."""

import functools
import gc
import os
import re
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
gc.set_threshold(100_000, 50, 50)      # thousands of tests live to the end: as in book/__main__.py

import filelock
import pytest
import replay  # noqa: F401  (notebooks run once: for the site, and nbval looks at what came of it)

from book.serve import Handler, build, server
from visits import chromium

ROOT = Path(__file__).resolve().parent.parent
LONG = ("test_comfort", "test_pages", "test_hostile", "test_every_widget", "test_resilience", "test_grading_class", "test_grading_hostile")


def pytest_collection_modifyitems(items):
    """The first file builds the site; meanwhile some that do not need it; then those that wait for a page and those that compute, in turn, so
    that no processor is idle; the notebooks, whose outputs came with the site, at the end. Within each kind the long ones come first."""
    files = {}
    for item in items:
        files.setdefault(item.path, []).append(item)
    kinds = {"site": [], "rest": [], "notebook": []}
    for path, tests in files.items():
        kind = "notebook" if path.suffix == ".ipynb" else "site" if any("site" in test.fixturenames for test in tests) else "rest"
        kinds[kind].append(path)
    place = {}
    for (kind, paths), start in zip(kinds.items(), (0, -0.4, 1)):
        paths.sort(key=lambda path: path.stem not in LONG)
        place |= {path: start + i / len(paths) for i, path in enumerate(paths)}
    place |= dict.fromkeys(kinds["site"][:1], -1)
    items[:] = [item for path in sorted(files, key=place.get) for item in files[path]]


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


@functools.cache
def only_widgets(file):
    """A page with its title and its widgets alone, in their places: what a browser opens in half the time."""
    before, article, after = re.split('(<article class="bd-article">.*</article>)', file.read_text(encoding="utf-8"), flags=re.S)
    title, state = re.search("<h1>.*?</h1>", article, re.S)[0], re.search('<script type="application/json" id="dlnotes-state">.*?</script>', article, re.S)[0]
    cell = '<div class="cell docutils container"><div class="cell_output docutils container">{}</div></div>'
    hosts = re.findall('<div class="dlw-host"(?:(?!<div).)*</div>', article, re.S)
    return f'{before}<article class="bd-article"><section>{title}{"".join(map(cell.format, hosts))}</section>{state}</article>{after}'.encode()


class Quick(Handler):
    """Lets a browser keep what it has. A page that asks so (visits.py) gets no MathJax; behind "?widgets" stand a page's widgets alone."""

    def send_header(self, name, value):
        super().send_header(name, "max-age=3600" if name == "Cache-Control" else value)

    def do_GET(self):
        if self.path.endswith("?widgets"):
            self.answer("text/html", only_widgets(Path(self.translate_path(self.path))))
        elif self.headers["X-Without-Maths"] and "/_static/mathjax/" in self.path:
            self.answer("text/javascript", b"")
        else:
            super().do_GET()

    def answer(self, kind, body):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture(scope="session")
def address(site):
    """Where the site is served, with the strict policy of book/serve.py."""
    running = server(site=site, handler=Quick)
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
