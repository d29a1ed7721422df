"""One student's notebook inside the sandbox: its cells are run, its functions called, and what died is started again."""

import builtins
import contextlib

from grading.inside import wire
from grading.sandbox import PATIENCE, Forged, Limits, Process, Stopped

RESTARTS = 12       # of the process inside, for one notebook
COMMON = frozenset(name for name, kind in vars(builtins).items()
                   if isinstance(kind, type) and issubclass(kind, BaseException))


class StudentError(Exception):
    """The student's code raised; `kind`, `text` and `line` are what it says of itself, and may hold anything."""

    def __init__(self, kind, text, line=None):
        super().__init__(f"{kind}: {text}" + (f" ({line})" if line else ""))
        self.kind, self.text, self.line = str(kind)[:60], str(text)[:300], str(line)[:60] if line else None

    @property
    def brief(self):
        """A text without a word of the student's choice, so that no hidden value leaves with it."""
        return self.kind if self.kind in COMMON else "an exception of your own"


class Missing(StudentError):
    """The notebook has no such name."""


class Handle:
    """Stands for an object inside the sandbox: call it, read and set its attributes and items.

    It has no truth value, no length and no equality: those would be the student's word.
    """

    __slots__ = ("_session", "_id", "_life", "_type")

    def __init__(self, session, number, life, kind):
        for name, value in zip(self.__slots__, (session, number, life, kind)):
            object.__setattr__(self, name, value)

    def __call__(self, *args, **kwargs):
        return self._session.ask(self, do="call", args=args, kwargs=kwargs)

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        return self._session.ask(self, do="attribute", name=name)

    def __setattr__(self, name, value):
        self._session.ask(self, do="set", name=name, value=value)

    def __getitem__(self, key):
        return self._session.ask(self, do="item", key=key)

    def wire_(self):
        return {"$": "handle", "id": self._id}

    def __repr__(self):
        return f"<{self._type} inside the sandbox>"

    def _refuse(self, *args):
        raise TypeError(f"expected numbers, text or arrays; got an object ({self._type})")

    __bool__ = __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __len__ = __iter__ = __contains__ = _refuse
    __int__ = __float__ = __complex__ = __index__ = __array__ = __add__ = __radd__ = __sub__ = __rsub__ = _refuse
    __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __neg__ = __abs__ = __reduce__ = _refuse
    __hash__ = None

    def __deepcopy__(self, memo):
        return self


class Session:
    """A notebook whose cells have been run; use it as a context manager.

    Parameters
    ----------
    cells : list of (str, str)
        Name and source of each cell, in order.
    values : dict
        Names that are set before the first cell.
    limits : Limits
    folder : path, optional
        Data shown to the student's code.

    Attributes
    ----------
    notes : list of str
        What went wrong in which cell, for the student.
    deaths, late : list of str
        Those of the notes that tell which cells ended the process, and which reached their limit.
    forged : str or None
        Why the notebook counts as not handed in: it wrote into the pipe.
    """

    def __init__(self, cells, values=None, limits=None, folder=None):
        self.cells, self.values, self.limits, self.folder = list(cells), values or {}, limits or Limits(), folder
        self.process, self.life, self.spent, self.notes, self.deaths, self.late = None, 0, 0.0, [], [], []
        self.skip, self.over, self.forged, self.turn = set(), None, None, 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._end()

    def _end(self):
        if self.process is not None:
            self.spent += self.process.spent()
            self.process.kill()
            self.process = None

    def start(self):
        """Run all cells, unless they have been run and the process is alive.

        Raises
        ------
        Stopped
            If no time is left, or it died too often.
        """
        while self.process is None:
            if self.over:
                raise Stopped(self.over)
            if self.life > RESTARTS or self.spent >= self.limits.total:
                self.over = "stopped: all together took too long or ended too often"
                continue
            self.life += 1
            self.notes, self.late = list(self.deaths), []
            left = self.limits.total - self.spent
            self.process = Process(Limits(**{**vars(self.limits), "total": left}), self.folder)
            try:
                self._run_cells()
            except Stopped:
                self._end()

    def _run_cells(self):
        """All cells in order; those that missed a name once more at the end, since cells may have been moved."""
        self._send({"do": "preset", "values": self.values}, self.limits.cell)
        again = self._run_each(self.cells, first=True)
        if again and self.process is not None:
            self._run_each(again, first=False)

    def _run_each(self, cells, first):
        again, begin = [], self.process.computed()
        for cell in cells:
            name, source = cell
            left = self.limits.cells - (self.process.computed() - begin)
            if name in self.skip or left <= 0:
                self.notes += [] if name in self.skip else [f"{name} was not run: the cells before it took too long"]
                continue
            seconds = min(self.limits.cell, left)
            try:
                answer = self._send({"do": "cell", "source": source, "name": f"<{name}>"}, seconds)
            except Stopped as stopped:
                return self._without(name, stopped.reason)
            if "late" in answer:
                self.late.append(f"{name}: stopped after {seconds:g} s")
                self.notes.append(self.late[-1])
            elif "error" in answer:
                error = _error(answer["error"])
                if error.kind == "MemoryError":      # what it holds would be missed by the others
                    return self._without(name, "out of memory")
                if first and error.kind == "NameError":
                    again.append(cell)
                else:
                    self.notes.append(f"{name}: {error}")
        return again

    def _without(self, name, reason):
        """The next start leaves this cell out."""
        self._end()
        self.skip.add(name)
        self.deaths.append(f"{name}: {reason}")
        return []

    def _send(self, message, seconds):
        self.turn += 1
        message = {**message, "turn": self.turn, "cpu": seconds, "wall": seconds * PATIENCE * 10}
        frame = wire.pack(message, self.limits.reply)
        try:
            text, data = self.process.exchange(frame, seconds)
            answer = wire.unpack(text, data, lambda number, kind: Handle(self, number, self.life, kind))
            if type(answer) is not dict or answer.get("turn") != self.turn:
                raise wire.WireError("no answer")
            return answer
        except (wire.WireError, Forged):
            forged = Forged()
            self.over = self.forged = forged.reason
            raise forged from None

    def ask(self, handle=None, **message):
        """Send a request and return its value.

        Raises
        ------
        StudentError
            If the student's code raised.
        Stopped
            If it took too long, or the process died. `start` then begins anew.
        """
        if handle is not None and (self.process is None or handle._life != self.life):
            raise Stopped("the program had ended before")
        self.start()
        number = {} if handle is None else {"id": handle._id}
        try:
            answer = self._send({**message, **number}, self.limits.call)
        except Stopped:
            self._end()
            raise
        if "error" in answer:
            raise _error(answer["error"])
        if "value" not in answer:
            raise Stopped(f"stopped after {self.limits.call:g} s")
        return answer["value"]

    def finish(self):
        """A last question, to see whether something writes into the pipe."""
        if self.process is not None:
            with contextlib.suppress(Stopped, StudentError):
                self.ask(do="names")

    def get(self, name):
        """The value of a name in the notebook, a `Handle` if it is no plain value."""
        try:
            return self.ask(do="get", name=name)
        except StudentError as error:
            if error.kind == "KeyError":
                raise Missing("NameError", f"there is no `{name}` in the notebook") from None
            raise


def _error(told):
    if type(told) is not dict:
        told = {}
    return StudentError(told.get("type", "Exception"), told.get("text", ""), told.get("line"))
