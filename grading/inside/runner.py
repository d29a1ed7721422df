"""Runs a student's cells and calls; this file alone runs inside the sandbox, together with the student's code.

It reads frames (wire.py) from its standard input and answers each with one. Nothing here is trusted by the grader: the
student's code may do to this process what it likes. The limits of time are held again outside.
"""

import ast
import os
import re
import resource
import signal
import sys

LIMITS = {}         # what the first frame says: bytes of memory, of libraries, of a reply and of a file, number of threads
STUDENT = {"__name__": "__main__", "__builtins__": __builtins__}
KEPT = []           # objects that stay here; a handle is their place
MAGICS_THAT_RUN = {"time", "timeit", "capture", "prun"}


class OutOfTime(BaseException):
    """Raised in the student's code by the timer; ``except Exception`` does not catch it."""


def _late(signum, frame):
    raise OutOfTime


def keep(value):
    KEPT.append(value)
    return {"$": "handle", "id": len(KEPT) - 1, "type": type(value).__name__[:60]}


class Shell:
    """Stands for IPython in cells with magics: those that only time a cell run it, the others do nothing."""

    def run_line_magic(self, name, line, *_):
        if name in MAGICS_THAT_RUN and line:
            exec(compile(line, "<magic>", "exec"), STUDENT)

    def run_cell_magic(self, name, line, cell):
        if name in MAGICS_THAT_RUN:
            run_cell(cell, "<cell>")

    def __getattr__(self, name):
        return lambda *args, **kwargs: None


def compiled(source, name):
    """Code of a cell. Where it is no Python, line magics and shell lines are left out, then IPython may translate it."""
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    try:
        return compile(source, name, "exec", flags, True)
    except SyntaxError as error:
        first = error
    if not source.startswith("%%"):
        try:
            return compile(re.sub(r"(?m)^(\s*)[%!].*", r"\1pass", source), name, "exec", flags, True)
        except SyntaxError:
            pass
    try:
        from IPython.core.inputtransformer2 import TransformerManager    # takes a third of a second: only here
        return compile(TransformerManager().transform_cell(source), name, "exec", flags, True)
    except (ImportError, SyntaxError):
        raise first from None


def run_cell(source, name):
    code = compiled(source, name)
    if code.co_flags & 0x80:      # a coroutine: the cell awaits something
        import asyncio
        import types
        asyncio.run(types.FunctionType(code, STUDENT)())
    else:
        exec(code, STUDENT)


def answer(message):
    """Do what a frame asks for."""
    do = message["do"]
    if do == "cell":
        return run_cell(message["source"], message["name"])
    if do == "preset":
        return STUDENT.update(message["values"])
    if do == "get":
        return STUDENT[message["name"]]
    if do == "names":
        return [name for name in STUDENT if not name.startswith("_")][:500]
    target = KEPT[message["id"]]
    if do == "call":
        return target(*message["args"], **message["kwargs"])
    if do == "attribute":
        return getattr(target, message["name"])
    if do == "set":
        return setattr(target, message["name"], message["value"])
    return target[message["key"]]


def describe(error):
    """The error's type, text and last line in the student's cells; None where even that goes wrong."""
    try:
        line, trace = None, error.__traceback__
        while trace is not None:
            if trace.tb_frame.f_code.co_filename.startswith("<cell"):
                line = f"{trace.tb_frame.f_code.co_filename[1:-1]}, line {trace.tb_lineno}"
            trace = trace.tb_next
        if isinstance(error, SyntaxError):
            line = f"{str(error.filename or '').strip('<>')}, line {error.lineno}"
        return {"type": type(error).__name__[:60], "text": " ".join(str(error).split())[:300], "line": line}
    except BaseException:
        return {"type": "Exception", "text": "", "line": None}


def replied(wire, message):
    """One frame for one message, also if the student's code raises, never ends or is told to exit."""
    turn = message["turn"]
    try:
        signal.setitimer(signal.ITIMER_PROF, message["cpu"])
        signal.setitimer(signal.ITIMER_REAL, message["wall"])
        value = answer(message)
        return wire.pack({"turn": turn, "value": value}, LIMITS["reply"], keep)
    except OutOfTime:
        return wire.pack({"turn": turn, "late": True}, LIMITS["reply"])
    except BaseException as error:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        return wire.pack({"turn": turn, "error": describe(error)}, LIMITS["reply"])
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)


def read(stream, wire):
    head = stream.read(wire.HEAD.size)
    if len(head) < wire.HEAD.size:
        os._exit(0)
    text, size = wire.HEAD.unpack(head)
    return wire.unpack(stream.read(text), stream.read(size), lambda number, _: KEPT[number], strict=False)


def confine():
    """Limits of this process; nothing below it can raise them again."""
    for name, amount in (("AS", LIMITS["memory"] + LIMITS["libraries"]), ("DATA", LIMITS["memory"]), ("FSIZE", LIMITS["file"]),
                         ("NPROC", LIMITS["threads"]), ("NOFILE", 128), ("CORE", 0), ("CPU", LIMITS["cpu"])):
        resource.setrlimit(getattr(resource, "RLIMIT_" + name), (amount, amount))


def main():
    sys.path[:0] = sys.argv[1].split(os.pathsep)
    import wire
    source, sink = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    LIMITS.update(read(source, wire))
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    confine()
    sys.modules["__main__"].__dict__.pop("__file__", None)
    STUDENT.update(display=lambda *args, **kwargs: None, get_ipython=Shell)
    sys.argv[:] = [""]
    signal.signal(signal.SIGPROF, _late)
    signal.signal(signal.SIGALRM, _late)
    reply = wire.pack({"value": "ready"}, LIMITS["reply"])
    while True:
        sink.write(reply)
        sink.flush()
        reply = replied(wire, read(source, wire))


if __name__ == "__main__":
    main()
