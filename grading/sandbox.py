"""A process in bubblewrap that runs a student's code, and the pipe to it.

Inside there is Python with the packages of this environment, read-only; small memory disks; no network, no other process,
no file of the grader but `inside/`. Where such a process cannot be made, `NoSandbox` says why, and no student's code is run.
"""

import contextlib
import functools
import importlib.util
import json
import os
import select
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from grading import seccomp
from grading.inside import wire

INSIDE = Path(__file__).resolve().parent / "inside"
NOBODY = 65534      # as root the limit on threads would not hold, so root runs the sandbox as this user
START = 60.0        # seconds on the clock in which Python must have started
GRACE = 1.0         # seconds after which a limit that the inside should keep is enforced from outside
PATIENCE = 2.0      # seconds on the clock for each second of computing that is allowed
ENVIRONMENT = {"HOME": "/tmp", "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "PYTHONHASHSEED": "0", "MPLBACKEND": "Agg",
               "MPLCONFIGDIR": "/grader/fonts", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
SLACK = 5.0         # seconds after the limit in which an answer that is there still counts
SLICE = 0.2         # seconds between two looks at the time


class NoSandbox(RuntimeError):
    """Student's code cannot be confined on this machine, so it is not run."""


class Stopped(Exception):
    """The process inside ended or had to be killed; `reason` is a text that a student may read."""

    def __init__(self, reason):
        super().__init__(reason)
        self.reason = reason


class Forged(Stopped):
    """Something that is no answer stood in the pipe; no notebook does that by mistake."""

    def __init__(self):
        super().__init__("the notebook wrote into the grader's pipe; it counts as not handed in")


@dataclass(frozen=True)
class Limits:
    """Seconds of computing for a cell, for all cells, for a call and for everything (on the clock each may take `PATIENCE`
    times as long); bytes of memory, of each memory disk, and of one result; number of threads."""

    cell: float = 10.0
    cells: float = 20.0
    call: float = 5.0
    total: float = 60.0
    memory: int = 2 * 2**30
    disk: int = 64 * 2**20
    reply: int = 16 * 2**20
    threads: int = 64


@functools.cache
def libraries():
    """Bytes of address space for torch's own files: its build with CUDA maps several GB, of which a notebook uses nothing."""
    torch = importlib.util.find_spec("torch")
    if torch is None:
        return 0
    packages = Path(torch.origin).parents[1]
    return sum(file.stat().st_size for folder in ("torch/lib", "nvidia") for file in (packages / folder).rglob("*.so*"))


def probe():
    """Start an empty sandbox and end it.

    Raises
    ------
    NoSandbox
        With the reason and what to do about it.
    """
    Process(Limits()).kill()


class Process:
    """Python inside the sandbox, ready for requests; `kill` it at the end.

    Parameters
    ----------
    limits : Limits
    folder : str or Path, optional
        Its files are shown read-only in the student's current folder.

    Raises
    ------
    NoSandbox
    """

    def __init__(self, limits, folder=None):
        self.limits = limits
        self.deadline = time.monotonic() + START
        self._pid = self._pidfd = None
        self._used, self._waited, self._began = 0.0, 0.0, time.monotonic()
        with contextlib.ExitStack() as opened:
            self._errors = opened.enter_context(tempfile.TemporaryFile())
            try:
                self._start(folder, opened)
                self.exchange(wire.pack({"memory": limits.memory, "libraries": libraries(), "reply": limits.reply, "file": limits.disk,
                                         "threads": limits.threads, "cpu": int(limits.total) + 10}, limits.reply), START)
            except (OSError, ValueError, Stopped) as error:
                said = self._complaint() or str(error)
                self.kill()
                raise NoSandbox(_advice(said)) from None
        self._began = self.clock()
        self.deadline = self._began + limits.total * PATIENCE

    def _start(self, folder, opened):
        """Start bwrap, and learn the number of the process inside."""
        rules = opened.enter_context(tempfile.TemporaryFile())
        rules.write(seccomp.program())
        rules.seek(0)
        ours, theirs = os.pipe()
        info = opened.enter_context(os.fdopen(ours, "rb"))
        try:
            places, command = _command(self.limits, folder)
            command = [*places, "--seccomp", str(rules.fileno()), "--info-fd", str(theirs), *command]
            self._bwrap = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, bufsize=0,
                                           pass_fds=[rules.fileno(), theirs], env={"PATH": "/usr/bin:/bin:/usr/sbin:/sbin"}, cwd="/")
        finally:
            os.close(theirs)
        told = info.read()
        if not told:
            raise Stopped("bwrap ended at once")
        self._pid = json.loads(told)["child-pid"]
        self._pidfd = os.pidfd_open(self._pid)
        for stream in (self._bwrap.stdin, self._bwrap.stdout):
            os.set_blocking(stream.fileno(), False)

    def _complaint(self):
        if getattr(self, "_bwrap", None) and self._pid is None:
            self._bwrap.wait()
        self._errors.seek(0)
        return self._errors.read(2000).decode(errors="replace").strip()

    def exchange(self, frame, seconds):
        """Send a frame and wait for the answer.

        Returns
        -------
        text, data : bytes
            Of the answer's frame (`wire.unpack`).

        Raises
        ------
        Stopped
            If the time is over, the process ended, or no frame came. The process has then been killed.
        """
        clock = self.clock() + seconds * PATIENCE + GRACE
        until = min(clock, self.deadline), self.computed() + seconds + GRACE, seconds
        try:
            if select.select([self._bwrap.stdout], [], [], 0)[0]:
                raise wire.WireError("it spoke without being asked")
            self._write(memoryview(frame), until)
            text, size = wire.lengths(self._read(wire.HEAD.size, until), self.limits.reply)
            data = self._read(text + size, until)
            return data[:text], data[text:]
        except wire.WireError:
            self.kill()
            raise Forged from None
        except OSError:
            self.kill()
            raise Stopped("the program ended by itself: out of memory, a crash or an exit") from None
        except Stopped:
            self.kill()
            raise

    def _write(self, frame, until):
        while frame:
            self._wait(self._bwrap.stdin, select.POLLOUT, until)
            frame = frame[os.write(self._bwrap.stdin.fileno(), frame[:2**16]):]

    def _read(self, size, until):
        data = bytearray()
        while len(data) < size:
            self._wait(self._bwrap.stdout, select.POLLIN, until)
            part = os.read(self._bwrap.stdout.fileno(), min(size - len(data), 2**20))
            if not part:
                raise BrokenPipeError
            data += part
        return bytes(data)

    def _wait(self, stream, event, until):
        clock, computing, seconds = until
        poll = select.poll()
        poll.register(stream, event)
        while True:
            ready = poll.poll(SLICE * 1000)
            late = self.clock() - clock
            if ready and late < SLACK:      # it may be the grader that had to wait for the processor
                return
            if late > 0 or self.computed() > min(computing, self.limits.total):
                raise Stopped(f"stopped: it took longer than {seconds:g} s" if self.clock() < self.deadline
                              else "stopped: all together took too long")

    def computed(self):
        """Seconds that the process inside has computed; after its end, those that were seen last."""
        with contextlib.suppress(OSError, IndexError), open(f"/proc/{self._pid}/stat", encoding="ascii", errors="replace") as file:
            fields = file.read().rpartition(")")[2].split()
            self._used = max(self._used, (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"))
        return self._used

    def clock(self):
        """Seconds on the clock, less those that the process inside waited for a processor: a busy machine costs no points."""
        with contextlib.suppress(OSError, IndexError, ValueError), open(f"/proc/{self._pid}/schedstat", encoding="ascii") as file:
            self._waited = max(self._waited, int(file.read().split()[1]) / 1e9)
        return time.monotonic() - self._waited

    def spent(self):
        """Seconds that count against the limit of all together: of computing, or a share of those on the clock."""
        return max(self.computed(), (self.clock() - self._began) / PATIENCE)

    def kill(self):
        """End all that runs inside, and wait until it has ended."""
        if self._pidfd is not None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)
            os.close(self._pidfd)
            self._pidfd = None
        if getattr(self, "_bwrap", None):
            if self._pid is None:
                self._bwrap.kill()
            self._bwrap.wait()      # bwrap ends when all inside has ended
            self._bwrap.stdin.close()
            self._bwrap.stdout.close()


def _advice(said):
    """What bubblewrap said, and what to do about it."""
    if shutil.which("bwrap", path="/usr/bin:/bin") is None:
        return "bubblewrap is missing, and student's code is never run without it: apt-get install bubblewrap (Linux only)"
    return (f"no sandbox could be started here, and student's code is never run without one. It said: {said or 'nothing'}\n"
            "bubblewrap needs user namespaces. Ubuntu 24.04 wants an AppArmor profile for bwrap (or, on a machine of its own, "
            "`sysctl kernel.apparmor_restrict_unprivileged_userns=0`); a container must allow them "
            "(docker: --security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt systempaths=unconfined).")


@functools.cache
def _fonts():
    """A folder with matplotlib's list of fonts, which takes seconds to make; None without matplotlib."""
    if importlib.util.find_spec("matplotlib") is None:
        return None
    import atexit

    import matplotlib.font_manager  # noqa: F401  (makes the list where there is none)
    folder = Path(tempfile.mkdtemp(prefix="grading-fonts-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for path in Path(matplotlib.get_cachedir()).glob("fontlist*.json"):
        shutil.copyfile(path, folder / path.name)
        (folder / path.name).chmod(0o644)
    folder.chmod(0o755)
    return folder


@functools.cache
def _places():
    """What of this machine is shown inside, {place inside: place here}; the folders that Python searches."""
    python = Path(os.path.realpath(sys.executable))
    packages = [p for p in sys.path if Path(p).name in ("site-packages", "dist-packages") and Path(p).is_dir()]
    shown = {p: p for p in [sys.base_prefix, *packages] if not p.startswith("/usr/")}
    shown |= {name: name for name in ("/usr", "/etc/ld.so.cache") if os.path.exists(name)}
    shown["/grader/inside"] = str(INSIDE)
    book = importlib.util.find_spec("dlnotes")
    if book is not None:
        shown["/grader/packages/dlnotes"] = book.submodule_search_locations[0]
    if _fonts():
        shown["/grader/fonts"] = str(_fonts())
    return python, shown, ["/grader/inside", "/grader/packages", *packages]


def _reachable(path):
    """True if any user may read the folder or file."""
    path = os.path.realpath(path)
    return bool(os.stat(path).st_mode & 4) and all(os.stat(p).st_mode & 1 for p in Path(path).parents)


def _as_nobody(shown):
    """For root: a command before bwrap that gives up root, since root's threads are not limited.

    What `NOBODY` could not reach is first mounted in a folder that it can, visible to this command alone.
    """
    command, mounts, moved = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"], [], {}
    for place, path in shown.items():
        moved[place] = path
        if not _reachable(path):
            moved[place] = f"/mnt/{len(mounts)}"
            mounts += [(path, moved[place])]
    if mounts:
        script = "mount -t tmpfs none /mnt && chmod 755 /mnt" + "".join(
            f' && {"mkdir" if os.path.isdir(path) else "touch"} {at} && mount --bind {shlex.quote(path)} {at}' for path, at in mounts)
        command = ["unshare", "--mount", "--propagation", "private", "sh", "-c", f'{script} && exec "$@"', "sh", *command]
    return command, moved


def _command(limits, folder):
    """What comes before bwrap's own options, and those."""
    python, shown, searched = _places()
    shown = dict(shown)
    for path in sorted(Path(folder).iterdir()) if folder else ():
        shown[f"/box/{path.name}"] = str(path)
    first, shown = _as_nobody(shown) if os.geteuid() == 0 else ([], shown)
    command = ["--unshare-all", "--unshare-user", "--disable-userns", "--die-with-parent", "--new-session", "--as-pid-1",
               "--cap-drop", "ALL", "--clearenv", "--hostname", "sandbox", "--proc", "/proc", "--dev", "/dev"]
    for disk in ("/tmp", "/box", "/dev/shm"):
        command += ["--size", str(limits.disk), "--tmpfs", disk]
    for name in ("bin", "lib", "lib64", "lib32", "sbin"):
        if os.path.islink(f"/{name}"):
            command += ["--symlink", os.readlink(f"/{name}"), f"/{name}"]
        elif os.path.isdir(f"/{name}"):
            command += ["--ro-bind", f"/{name}", f"/{name}"]
    for place, path in sorted(shown.items()):
        command += ["--ro-bind", path, place]
    command += ["--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/box"]
    for name, value in ENVIRONMENT.items():
        command += ["--setenv", name, value]
    command += [str(python), "-S", "-s", "-B", "/grader/inside/runner.py", os.pathsep.join(searched)]
    return [*first, "bwrap"], command
