"""Hostile notebooks: no point is gained, no other grade is lost, the grader lives, and the time is bounded."""

import json
import os
import pickle
import time
from pathlib import Path

import numpy as np
import pytest

import grading_kit as kit
from grading.inside import wire
from grading.sandbox import libraries
from grading.session import Handle

BOUND = 30.0        # seconds on the clock; the short limits add up to 16


@pytest.fixture(scope="module", autouse=True)
def sandbox():
    kit.need_sandbox()


def fill(folder):
    return f"i = 0\nwhile True:\n    open(f'{folder}/{{i}}', 'wb').write(b'x' * 2**20)\n    i += 1"


FORGE = """
import os, json, struct
def frame(value, size=0):
    text = json.dumps(value).encode()
    return struct.pack("<QQ", len(text), size) + text
def forge(*frames):
    for fd in os.listdir("/proc/self/fd"):
        for data in frames:
            try:
                os.write(int(fd), data)
            except OSError:
                pass
"""

# in a cell behind a right answer to the first question: it keeps its 3 points, and nothing is added
CELLS = {
    "loop": "while True: pass",
    "loop that swallows the timer": "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
    "loop that ignores signals": "import signal\nfor s in (2, 14, 27):\n    signal.signal(s, signal.SIG_IGN)\nwhile True: pass",
    "sleep": "import signal, time\nsignal.setitimer(signal.ITIMER_REAL, 0)\ntime.sleep(10**6)",
    "exit": "import sys\nsys.exit(0)",
    "quit": "raise SystemExit",
    "_exit": "import os\nos._exit(0)",
    "abort": "import os\nos.abort()",
    "crash": "import ctypes\nctypes.string_at(0)",
    "stack": "import sys\nsys.setrecursionlimit(10**9)\nf = lambda n: f(n + 1)\nf(0)",
    "frames": "import sys, gc\nframe = sys._getframe()\nwhile frame.f_back: frame = frame.f_back\n"
              "seen = [f.f_code.co_name for f in [frame]] + [repr(o) for o in gc.get_objects() if callable(o)]\n"
              "assert not [s for s in seen if 'inside_the_margin' in s or 'hidden' in s], 'FOUND'",
    "numpy.testing": "import numpy as np\nnp.testing.assert_allclose = np.allclose = lambda *a, **k: True\n"
                     "np.abs = np.all = lambda *a, **k: True",
    "the check": "import dlnotes.practice as p, builtins\np.compare = lambda *a: p.Outcome('right')\n"
                 "close = case = lambda *a, **k: None\nbuiltins.abs = builtins.isinstance = lambda *a: True",
    "the pipe's code": "import wire\nwire.encode = lambda *a, **k: {'$': 'rng', 'state': {}}\nwire.KINDS = 'biufcO'",
    "deletes": "import shutil, os\nfor p in ('/grader', '/usr', '/tmp', '/box', '/', '/etc'):\n    shutil.rmtree(p, ignore_errors=True)",
    "memory at once": "x = bytearray(50 * 10**9)",
    "memory bit by bit": "x = []\nwhile True: x.append(bytearray(10**7))",
    "memory that is shared": "import mmap\nkept = []\nwhile True:\n    kept.append(mmap.mmap(-1, 10**8))\n    kept[-1].write(b'x' * 10**8)",
    "memory without a name": "import os\nfd = os.memfd_create('x')\nwhile True: os.write(fd, b'x' * 2**20)",
    "prints": "import sys\nline = 'x' * 2**20\nfor _ in range(1024): sys.stdout.write(line)",
    "fork bomb": "import os\nwhile True:\n    try:\n        os.fork()\n    except OSError: pass",
    "processes": "import subprocess\nsubprocess.Popen(['sleep', '1000'])",
    "pool": "import multiprocessing as m\nm.Pool(8).map(abs, [1])",
    "threads": "import threading, time\nthreading.stack_size(2**15)\nwhile True:\n    try:\n        threading.Thread(target=time.sleep, args=(60,)).start()\n"
               "    except RuntimeError: time.sleep(0.01)",
    "threads that stay": "import threading\ndef spin():\n    while True: pass\nthreading.Thread(target=spin, daemon=True).start()",
    "shared memory": fill("/dev/shm"), "disk": fill("/tmp"), "folder": fill("."), "devices": fill("/dev"), "root": fill("/"),
    "size of the disks": "import os\nsize = lambda p: os.statvfs(p).f_blocks * os.statvfs(p).f_frsize\n"
                         "assert all(size(p) <= 2**22 for p in ('/tmp', '/box', '/dev/shm')), 'FOUND'\n"
                         "assert all(os.statvfs(p).f_flag & os.ST_RDONLY for p in ('/', '/dev', '/usr', '/grader/inside')), 'FOUND'",
    "segments": "import ctypes\nlibc = ctypes.CDLL(None)\nassert libc.shmget(0, 2**30, 0o1666) < 0, 'FOUND'",
    "kill all": "import os, signal\nfor p in (-1, 1, 0, os.getppid(), os.getpid()):\n    for s in (15, 9):\n        try: os.kill(p, s)\n        except OSError: pass",
    "stop": "import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)\nos.kill(0, signal.SIGSTOP)",
    "network": "import socket\nsocket.create_connection(('127.0.0.1', 22), 1)",
    "names": "import urllib.request\nurllib.request.urlopen('http://example.org', timeout=1)",
    "devices of the machine": "import socket\nsocket.socket(40, 1)",
    "user namespace": "import ctypes\nassert ctypes.CDLL(None).unshare(0x10000000) != 0, 'FOUND'",
    "tracing": "import ctypes\nassert ctypes.CDLL(None).ptrace(0, 0, 0, 0) != 0, 'FOUND'",
    "limits": "import resource\nfor l in (resource.RLIMIT_AS, resource.RLIMIT_NPROC):\n    try:\n        resource.setrlimit(l, (-1, -1)); raise SystemError('FOUND')\n"
              "    except (ValueError, OSError): pass",
    "daemon": "import os\nif os.fork() == 0:\n    os.setsid()\n    while True: pass",
    "forged frames": FORGE + "forge(frame({'$': 'dict', 'items': [['value', 1]]}), frame({'value': 24}), b'x' * 999)",
    "endless frames": FORGE + "import threading\ndef go():\n    while True: forge(frame({'$': 'dict', 'items': [['value', None]]}))\n"
                              "threading.Thread(target=go, daemon=True).start()",
    "a frame of 2 GB": FORGE + "forge(struct.pack('<QQ', 10, 2**31))",
    "a frame of 2**63": FORGE + "forge(struct.pack('<QQ', 2**63, 2**63))",
    "a frame that never ends": FORGE + "forge(struct.pack('<QQ', 1000, 0) + b'[')\nimport time\ntime.sleep(10**6)",
    "deep JSON": FORGE + "forge(struct.pack('<QQ', 10**6, 0) + b'[' * 10**6)",
    "an array of objects": FORGE + "forge(frame({'$': 'array', 'dtype': '|O', 'shape': [1]}, 8) + b'12345678')",
    "closed pipe": "import os\nos.closerange(0, 100)",
    "deep source": "(" * 50000 + ")" * 50000,
    "no text": "x = '\ud800'\0",
    "at exit": "import atexit\n@atexit.register\ndef f():\n    while True: pass\nraise SystemExit",
    "an error without a text": "class E(Exception):\n    def __str__(self): raise self\nraise E",
    "an error that loops": "class E(Exception):\n    def __str__(self):\n        while True: pass\nraise E",
    "a shell": "!rm -rf /\n%%bash\n%run x",
}


@pytest.mark.parametrize("name", CELLS)
def test_a_hostile_cell_neither_gains_nor_loses(name):
    began = time.monotonic()
    report = kit.grade(kit.notebook(kit.solved("margin_step"), extra=[CELLS[name]]))
    assert time.monotonic() - began < BOUND
    earned = kit.points(report)
    assert earned.pop("margin_step") == (0 if name in FORGES else 3), report
    assert not any(earned.values())
    assert report["status"] in ("graded", "stopped") and report["max"] == 24
    assert "FOUND" not in json.dumps(report)


# write into the grader's pipe, by which their writer loses everything; whenever it is seen, so that luck has no part in it
FORGES = {"the pipe's code", "forged frames", "endless frames", "a frame of 2 GB", "a frame of 2**63", "deep JSON", "an array of objects"}


@pytest.mark.parametrize("name", [n for n in CELLS if n.startswith(("loop", "_exit", "memory", "stop", "closed"))])
def test_a_hostile_cell_in_front_does_no_harm_either(name):
    report = kit.grade(kit.notebook(kit.solved("margin_step"), before=[CELLS[name]]))
    assert report["points"] == 3, report


@pytest.mark.parametrize("take, most", [("np.empty(10**8, np.uint8)", 22), ("mmap.mmap(-1, 10**8)", 22 + libraries() // 10**8)])
def test_memory_has_its_limit(take, most):
    """2 GB for a notebook's own (taken and not written to, which would want time); what is shared has no limit of its own, but one together with the files of torch."""
    cell = f"import mmap\nimport numpy as np\nkept = []\nwhile len(kept) < {most}:\n    kept.append({take})\nraise SystemError('FOUND')"
    (note,) = kit.grade(kit.notebook(kit.solved("margin_step"), extra=[cell]))["notes"]
    assert "out of memory" in note or "Cannot allocate memory" in note, note


YES = """
class Yes:
    def __eq__(self, o): return True
    def __bool__(self): return True
    __lt__ = __le__ = __gt__ = __ge__ = __ne__ = __eq__
    def __len__(self): return 3
    def __getattr__(self, n): return Yes()
    def __call__(self, *a, **k): return Yes()
    def __iter__(self): return iter([Yes(), Yes()])
    def __getitem__(self, k): return Yes()
    def __array__(self, *a, **k): return np.zeros(3)
    def __float__(self): return 0.0
    __abs__ = __sub__ = __rsub__ = __add__ = __radd__ = __mul__ = __call__
"""
ARRAY = """
class A(np.ndarray):
    def __array_ufunc__(self, *a, **k): return True
    def __eq__(self, o): return True
    shape = property(lambda self: (1,))
"""

# every question's functions are this: nothing may be earned
FUNCTIONS = {
    "equal to everything": (YES, "Yes()"),
    "a class": (YES, "Yes"),
    "an array of its own": (ARRAY, "np.zeros(3).view(A)"),
    "two gigabytes": ("", "np.zeros(2**28)"),
    "endless list": ("L = []\nL.append(L)", "L"),
    "deep list": ("D = 0\nfor _ in range(100000): D = [D]", "D"),
    "nan": ("", "args[0] * np.nan"),
    "infinite": ("", "np.inf"),
    "a huge number": ("", "10**100000"),
    "objects": ("", "np.array([object(), None])"),
    "what pickle would run": ("class P:\n    def __reduce__(self): return (exec, ('raise SystemExit',))", "P()"),
    "its arguments": ("", "args[0]"),
    "a scalar for an array": ("", "0.0"),
    "an empty array": ("", "np.zeros((0, 10**6))"),
    "loop": ("def loop():\n    while True: pass", "loop()"),
    "loop that swallows": ("def loop():\n    while True:\n        try:\n            while True: pass\n        except BaseException: pass", "loop()"),
    "exit": ("import os", "os._exit(0)"),
    "forged answer": (FORGE, "forge(frame({'$': 'dict', 'items': [['value', True]]}))"),
    "late": ("import time", "time.sleep(100)"),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_hostile_function_earns_nothing_and_costs_only_its_question(name):
    before, value = FUNCTIONS[name]
    bad = {q.name: "\n".join(f"def {n}(*args): return {value}" for n in q.names) for q in kit.foundations().questions.values()}
    kept = {**bad, **kit.solved("shortcuts")}
    began = time.monotonic()
    report = kit.grade(kit.notebook(kept, before=["import numpy as np\n" + before]))
    assert time.monotonic() - began < BOUND
    earned = kit.points(report)
    assert earned.pop("shortcuts") == (0 if name == "forged answer" else 3), report
    assert not any(earned.values()), report


def test_an_object_has_no_word_of_its_own_in_a_case():
    """What stands for a student's object refuses all that a comparison could ask of it."""
    class Agreeable:
        def ask(self, handle, **message):
            return True
    handle = Handle(Agreeable(), 0, 1, "Yes")
    for refused in (bool, len, iter, float, int, abs, np.asarray, lambda h: h == 1, lambda h: h != 1, lambda h: h < 1, lambda h: h >= 1, lambda h: 1 in h,
                    lambda h: h + 1, lambda h: 1 - h, lambda h: -h, lambda h: np.allclose(h, 0), lambda h: {h: 1}, pickle.dumps):
        with pytest.raises(TypeError):
            refused(handle)
    assert handle(1) is handle.anything is handle[0] is True


def test_nothing_of_the_grader_can_be_read():
    """The set, the tests and this repository are not to be seen inside, and nothing there can be written."""
    look = ("import os\nfound = []\nfor top, folders, files in os.walk('/'):\n"
            "    if top.startswith(('/proc', '/usr')) or top.endswith('-packages'): folders.clear(); continue\n"
            "    found += [os.path.join(top, f) for f in files + folders if 'exercises' in f or f in ('set.json', '.git', 'cases.py', 'job.py')\n"
            "              and 'grading' in top]\n"
            "raise RuntimeError(f'SEEN {len(found)} {found[:3]}')")
    report = kit.grade(kit.notebook(extra=[look]), autograder=kit.foundations().zip())
    assert "SEEN 0" in " ".join(report["notes"]), report["notes"]
    assert (kit.ROOT / "grading" / "cases.py").exists()


def test_hidden_values_do_not_leave_through_errors():
    """Text, type and attributes of an error are the student's; of a hidden case none of them may be shown."""
    spy = ("def margin_step(w, x, y):\n    name = 'W' + '_'.join(str(v) for v in w)\n"
           "    raise type(name, (Exception,), {})('ARGUMENTS ' + repr(w))")
    question = kit.grade(kit.notebook({"margin_step": spy}))["questions"][0]
    for case in question["cases"]:
        shown = case["error"] + case["message"]
        assert "ARGUMENTS" in case["staff"]
        assert ("ARGUMENTS" in shown) == case["public"], shown
        assert case["public"] or case["error"] == "your code raised an exception of your own"


def test_nothing_is_left_behind():
    """After an attack no process of a sandbox is alive."""
    def bubbles():
        found = set()
        for place in Path("/proc").iterdir():
            try:
                if place.name.isdigit() and b"/grader/inside/runner.py" in (place / "cmdline").read_bytes() \
                        and f"\nPPid:\t{os.getpid()}\n" in (place / "status").read_text():
                    found.add(place.name)
            except OSError:
                pass
        return found
    for name in ("daemon", "processes", "threads", "kill all"):
        kit.grade(kit.notebook(extra=[CELLS[name]]))
    assert not bubbles()


@pytest.mark.parametrize("data", [
    b"", b"{", b"\x89PNG\r\n\x1a\n" + bytes(range(256)), b"[" * 10**6, b'{"cells": ' + b"[" * 10**5, b"[]", b"null", b'{"cells": 3}',
    b'{"cells": [1]}', b'{"cells": [{"cell_type": "code"}]}', b'{"cells": [{"cell_type": "code", "source": 5}]}', b"\xff\xfe\x00",
    b'{"worksheets": []}', b" " * (21 * 2**20), b"9" * 10**5,
    json.dumps({"cells": [{"cell_type": "code", "source": ""}] * 2000}).encode(),
], ids=range(16))
def test_what_is_no_notebook_is_unreadable_and_says_so(data):
    report = kit.grade(data)
    assert report["status"] == "unreadable" and report["points"] == 0 and report["max"] == 24
    assert report["notes"] and len(report["questions"]) == 7


@pytest.mark.parametrize("text, data", [
    ("[" * 10**5, b""), ('{"$": "dict"}', b""), ('{"$": "array", "dtype": "<f8", "shape": [2]}', b"1234"),
    ('{"$": "array", "dtype": "|O", "shape": [1]}', b"12345678"), ('{"$": "array", "dtype": "<f8", "shape": [-1]}', b"12345678"),
    ('{"$": "array", "dtype": "<f8", "shape": [1e400]}', b""), ('{"$": "code", "expression": "1"}', b""), ('{"$": "rng", "state": {}}', b""),
    ('{"$": "dict", "items": [[{"$": "list", "items": []}, 1]]}', b""), ("1", b"left over"), ("9" * 10**5, b""), ("\xff", b""), ("{}", b""),
    ('{"$": "array", "dtype": "<f8", "shape": [0, 2147483647, 2147483647]}', b""), ('{"$": "tuple", "items": 5}', b""),
])
def test_frames_that_are_none(text, data):
    with pytest.raises(wire.WireError):
        wire.unpack(text.encode("latin-1"), data, lambda number, kind: None)


def test_frames_cross_unchanged():
    values = [None, True, 3, -2.5, float("inf"), "ä", 1 + 2j, (1, [2, {"a": np.arange(6).reshape(2, 3)}]), np.float32(1.5), np.array(3.0),
              np.zeros((0, 3)), np.array([True, False]), np.arange(4)[::2], np.asfortranarray(np.eye(3)), {1: 2, "b": (3,)}]
    frame = wire.pack(values, 2**20)
    text, size = wire.lengths(frame[:16], 2**20)
    back = wire.unpack(frame[16:16 + text], frame[16 + text:], None)
    for a, b in zip(values, back, strict=True):
        assert type(a) is type(b)
        np.testing.assert_equal(b, a)
    with pytest.raises(wire.WireError):
        wire.pack(np.zeros(2**20), 2**20)
    with pytest.raises(wire.WireError):
        wire.pack(object(), 2**20)


def test_what_runs_inside_stands_alone():
    """The two files that are shown inside import nothing of the grader, and nothing but numpy besides the standard library."""
    import ast
    import sys
    for path in sorted((kit.ROOT / "grading" / "inside").glob("*.py")):
        found = {a.name.split(".")[0] for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Import) for a in n.names}
        found |= {n.module.split(".")[0] for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.ImportFrom)}
        assert found - set(sys.stdlib_module_names) <= {"numpy", "wire", "IPython"}, path


def test_the_book_s_package_knows_nothing_of_the_grader():
    assert not [p for p in (kit.ROOT / "dlnotes").rglob("*.py") if "import grading" in p.read_text() or "from grading" in p.read_text()]
