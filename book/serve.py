"""``make serve``: the site on loopback, under a strict Content-Security-Policy, rebuilt when a source changes.

Scripts come from the site's own files only (no inline script, no eval, no blob:); styles also from style elements, because MathJax
writes its own while it lays out a formula.
"""

import functools
import http.server
import subprocess
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "_build" / "html"
POLICY = ("default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; "
          "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'")
WATCHED = ("chapters", "dlnotes", "book", "notes", "_static")


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves the built site with the policy that a public server should send too."""

    protocol_version = "HTTP/1.1"      # a page's files over a few connections, not one for each
    extensions_map = {**http.server.SimpleHTTPRequestHandler.extensions_map, ".js": "text/javascript", ".mjs": "text/javascript"}

    def end_headers(self):
        self.send_header("Content-Security-Policy", POLICY)
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def log_message(self, *args):
        pass


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 128      # of a page's files at once; those that find no place are tried again a second later, then two, then four


def server(port=0, site=SITE, handler=Handler):
    """A running server of `site` on 127.0.0.1; its `server_port` says where (0 asks for any free port)."""
    running = Server(("127.0.0.1", port), functools.partial(handler, directory=str(site)))
    threading.Thread(target=running.serve_forever, daemon=True).start()
    return running


def build(*flags, root=ROOT, **options):
    """Run ``jupyter-book build`` as `subprocess.run` does; the exit status is 0 when there was no error."""
    command = [sys.executable, "-m", "book", "build", ".", *flags]
    return subprocess.run(command, cwd=root, **options)


def state():
    """What changes when a source does: the newest modification time of each watched file."""
    files = [f for folder in WATCHED for f in (ROOT / folder).rglob("*") if f.is_file() and "__pycache__" not in f.parts]
    return {f: f.stat().st_mtime_ns for f in [*files, *ROOT.glob("*.md"), *ROOT.glob("*.yml"), *ROOT.glob("*.bib")]}


def main(port=8000):
    build()
    server(port)
    print(f"http://127.0.0.1:{port}/ (stop with Ctrl+C)", flush=True)
    seen = state()
    while True:
        time.sleep(1)
        if (now := state()) != seen:
            seen = now
            build()
            print("rebuilt; reload the page", flush=True)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
