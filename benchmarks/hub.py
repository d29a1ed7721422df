"""A class at once on a real JupyterHub: every student pulls the book, opens a chapter, runs all of it and saves.

    pip install jupyterhub nbgitpuller; npm install configurable-http-proxy
    .venv/bin/python benchmarks/hub.py [--students 20] [--chapter chapters/foundations/perceptron.ipynb]
                                       [--proxy node_modules/.bin/configurable-http-proxy]

All of it on 127.0.0.1 and on one machine; the book is pulled from this repository. Prints, for the class, the median and the slowest student of each
step, what one student's server and kernel took of memory (proportional share), and what all took together.
"""

import argparse
import json
import os
import secrets
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import psutil
import websocket
from nbformat.v4 import output_from_msg

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 900      # seconds for one step of one student
HUB = """
c.JupyterHub.bind_url = "http://127.0.0.1:{port}"
c.JupyterHub.hub_port = {hub}
c.JupyterHub.db_url = "sqlite:///{folder}/hub.sqlite"
c.JupyterHub.cookie_secret_file = "{folder}/cookie"
c.JupyterHub.authenticator_class = "dummy"
c.JupyterHub.spawner_class = "simple"      # all students are this user, each in a folder of their own
c.JupyterHub.concurrent_spawn_limit = 0
c.ConfigurableHTTPProxy.command = ["{proxy}"]
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{api}"
c.SimpleLocalProcessSpawner.home_dir_template = "{folder}/homes/{{username}}"
c.Spawner.environment = {{"OMP_NUM_THREADS": "1"}}
c.Spawner.args = ["--allow-root"]
c.Spawner.start_timeout = c.Spawner.http_timeout = {patience}
c.JupyterHub.services = [{{"name": "bench", "api_token": "{token}"}}]
c.JupyterHub.load_roles = [{{"name": "bench", "services": ["bench"], "scopes": ["admin:users", "admin:servers", "access:servers", "tokens"]}}]
"""


def ports(count):
    """As many free ports of this machine."""
    with_port = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    numbers = [s.getsockname()[1] for s in with_port]
    for s in with_port:
        s.close()
    return numbers


class Student:
    """One browser's worth of requests, with that student's token."""

    def __init__(self, name, address, token):
        self.name, self.address, self.token, self.took = name, address, token, {}

    def ask(self, path, data=None, method=None):
        request = urllib.request.Request(self.address + path, method=method or ("GET" if data is None else "POST"),
                                         data=None if data is None else json.dumps(data).encode(),
                                         headers={"Authorization": f"token {self.token}", "Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return answer.read().decode()

    def step(self, name, do):
        start = time.time()
        result = do()
        self.took[name] = time.time() - start
        return result

    def work(self, chapter):
        """Start a server, follow the class's link, run the chapter, save it, and see that it is saved."""
        self.step("server ready", self.start)
        self.step("book pulled", self.pull)
        there = f"/user/{self.name}/api/contents/dlnotes/{chapter}"
        book = nbformat.from_dict(json.loads(self.step("chapter opened", lambda: self.ask(there)))["content"])
        self.step("all cells run", lambda: self.run(book, f"dlnotes/{chapter}"))
        self.step("saved", lambda: self.ask(there, {"type": "notebook", "format": "json", "content": book}, "PUT"))
        saved = json.loads(self.ask(there))["content"]
        assert [c.get("outputs") for c in saved["cells"]] == [c.get("outputs") for c in book.cells], f"{self.name}: not saved as run"
        errors = [o for c in book.cells for o in c.get("outputs", []) if o.output_type == "error"]
        assert not errors, f"{self.name}: {errors[0].ename}: {errors[0].evalue}"
        return self

    def start(self):
        self.ask(f"/hub/api/users/{self.name}", {})
        try:
            self.ask(f"/hub/api/users/{self.name}/server", {})
        except urllib.error.HTTPError as error:
            if error.code != 202:
                raise
        end = time.time() + PATIENCE
        while not (json.loads(self.ask(f"/hub/api/users/{self.name}"))["servers"].get("") or {}).get("ready"):
            assert time.time() < end, f"{self.name}: no server"
            time.sleep(0.3)

    def pull(self):
        """What the page behind an nbgitpuller link does."""
        link = {"repo": ROOT.as_uri(), "targetpath": "dlnotes", "depth": 1}
        self.ask(f"/user/{self.name}/git-pull?{urllib.parse.urlencode({**link, 'urlpath': 'lab'})}")
        said = self.ask(f"/user/{self.name}/git-pull/api?{urllib.parse.urlencode(link)}")
        assert '"finished"' in said, f"{self.name}: {said[-500:]}"

    def run(self, book, path):
        session = json.loads(self.ask(f"/user/{self.name}/api/sessions", {
            "path": path, "name": path, "type": "notebook", "kernel": {"name": "python3"}}))
        wire = websocket.create_connection(
            f"ws{self.address.removeprefix('http')}/user/{self.name}/api/kernels/{session['kernel']['id']}/channels",
            header=[f"Authorization: token {self.token}"], timeout=PATIENCE)
        for cell in (c for c in book.cells if c.cell_type == "code"):
            asked = uuid.uuid4().hex
            cell.outputs = []
            wire.send(json.dumps({"channel": "shell", "parent_header": {}, "metadata": {}, "buffers": [],
                                  "header": {"msg_id": asked, "msg_type": "execute_request", "version": "5.3", "session": self.name, "username": ""},
                                  "content": {"code": cell.source, "silent": False, "store_history": True, "allow_stdin": False}}))
            while True:
                message = json.loads(wire.recv())
                if message.get("parent_header", {}).get("msg_id") != asked:
                    continue
                kind = message["msg_type"]
                if kind in ("stream", "display_data", "execute_result", "error"):
                    cell.outputs.append(output_from_msg(nbformat.from_dict(message)))
                if kind == "status" and message["content"]["execution_state"] == "idle":
                    break
        wire.close()


class Memory(threading.Thread):
    """Looks every few seconds at what the students' processes hold (proportional set size, so that shared pages count once)."""

    def __init__(self, top):
        super().__init__(daemon=True)
        self.top, self.ends, self.all, self.largest = psutil.Process(top), threading.Event(), 0, {}

    def run(self):
        while not self.ends.wait(2):
            sizes = {}
            for process in self.top.children(recursive=True):
                try:
                    line = " ".join(process.cmdline())
                    kind = "kernel" if "ipykernel" in line else "server" if "singleuser" in line else "hub and proxy"
                    sizes.setdefault(kind, []).append(process.memory_full_info().pss / 2**20)
                except psutil.Error:
                    pass
            for kind, found in sizes.items():
                self.largest[kind] = max(self.largest.get(kind, 0), *found)
            self.all = max(self.all, sum(map(sum, sizes.values())))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--students", type=int, default=20)
    parser.add_argument("--chapter", default="chapters/foundations/perceptron.ipynb")
    parser.add_argument("--proxy", default=ROOT / "node_modules" / ".bin" / "configurable-http-proxy", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        port, hub, api = ports(3)
        token = secrets.token_hex(16)
        config = Path(folder) / "config.py"
        config.write_text(HUB.format(port=port, hub=hub, api=api, folder=folder, proxy=asked.proxy.resolve(), token=token, patience=PATIENCE))
        with open(Path(folder) / "log", "w") as log:
            top = subprocess.Popen([sys.executable, "-m", "jupyterhub", "-f", str(config)], cwd=folder, stdout=log, stderr=log,
                                   env={**os.environ, "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
                                        "CONFIGPROXY_AUTH_TOKEN": secrets.token_hex(16)})
        try:
            teacher = Student("teacher", f"http://127.0.0.1:{port}", token)
            wait_for(teacher, top, Path(folder) / "log")
            memory = Memory(top.pid)
            memory.start()
            start = time.time()
            with ThreadPoolExecutor(asked.students) as pool:
                students = [Student(f"student{n:02d}", teacher.address, token) for n in range(1, asked.students + 1)]
                done = list(pool.map(lambda s: s.work(asked.chapter), students))
            whole = time.time() - start
            memory.ends.set()
            memory.join()
        finally:
            top.terminate()
            top.wait(timeout=60)
    print(f"{asked.students} students, {asked.chapter}, {os.cpu_count()} cores: all done after {whole:.0f} s\n\n| step | median, s | slowest, s |\n| --- | --- | --- |")
    for name in done[0].took:
        times = [s.took[name] for s in done]
        print(f"| {name} | {statistics.median(times):.1f} | {max(times):.1f} |")
    print("\n| memory | MB |\n| --- | --- |")
    for kind in ("server", "kernel"):
        print(f"| largest {kind} of a student | {memory.largest[kind]:.0f} |")
    print(f"| all together, hub and proxy too | {memory.all:.0f} |")


def wait_for(teacher, top, log):
    for _ in range(120):
        assert top.poll() is None, log.read_text()[-3000:]
        try:
            return teacher.ask("/hub/api/users")
        except OSError:
            time.sleep(0.5)
    raise AssertionError(f"the hub did not start:\n{log.read_text()[-3000:]}")


if __name__ == "__main__":
    main()
