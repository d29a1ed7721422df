"""Cases of a question: functions of the master that call a student's functions through the pipe and judge what comes back."""

import copy
import inspect
import warnings
from dataclasses import asdict, dataclass

import numpy as np

from dlnotes.practice import compare, same
from grading.inside.wire import Code
from grading.sandbox import NoSandbox, Stopped
from grading.session import Handle, Missing, StudentError
from grading.traces import Trace, watched

WORDS = {
    "nothing": "it gives nothing (None)", "type": "it gives another kind of thing than asked", "uncallable": "it is no function",
    "shape": "the array has another shape than asked", "nan": "there is a not-a-number or an infinity",
    "sign": "it would be right with the other sign", "value": "the value is another",
}


class Wrong(AssertionError):
    """An answer is not the expected one; `kind` is a key of `WORDS`, so that it may be shown."""

    def __init__(self, kind, detail=""):
        super().__init__(detail or kind)
        self.kind = kind


def close(got, want, tol=1e-6):
    """Raise `Wrong` unless got has the sort, the shape and the numbers of want; not-a-number is never right.

    Parameters
    ----------
    got : what came back from the student's code
    want : number, array, text, bool, or tuple of these
    tol : float
        Numbers may be off by ``tol * max(1, |want|)``; the default lets single precision pass.
    """
    got = _plain(got, want)
    outcome = compare(got, want, tol)
    if outcome.kind != "right":
        raise Wrong(outcome.kind, f"expected {_short(want)}; got {_short(got)} ({outcome.kind} {outcome.note})".strip())


def _plain(got, want):
    """A tensor as an array, and whole numbers where floating point is asked as such."""
    if isinstance(got, Handle):
        return object()
    if isinstance(got, (list, tuple)) and isinstance(want, tuple) and len(got) == len(want):
        return tuple(_plain(g, w) for g, w in zip(got, want))
    got = _detached(got)
    if isinstance(got, np.ndarray) and got.dtype.kind in "iu" and np.asarray(want).dtype.kind == "f":
        got = got.astype(float)
    if isinstance(got, np.ndarray) and isinstance(want, np.ndarray) and got.dtype.kind == want.dtype.kind in "iu":
        got = got.astype(want.dtype)
    return got


def _detached(value):
    """Tensors as arrays."""
    if isinstance(value, (list, tuple)):
        return type(value)(map(_detached, value))
    return value.detach().numpy() if hasattr(value, "detach") else value


def _short(value):
    return " ".join(np.array2string(np.asarray(value), threshold=20, precision=5).split())[:200] \
        if isinstance(value, np.ndarray) else repr(value)[:200]


@dataclass
class Result:
    """What came of a case. `message`, `hint` and `error` may be shown to the student, `staff` may not."""

    case: str
    points: float
    public: bool
    status: str = "passed"      # passed, failed, error, stopped
    message: str = ""
    error: str = ""
    staff: str = ""

    @property
    def earned(self):
        return self.points if self.status == "passed" else 0

    def report(self):
        return {**asdict(self), "earned": self.earned}


def collect(question, space):
    """The cases of a question, as (name, points, public, message, function), in the order of the master.

    Parameters
    ----------
    question : master.Question
    space : dict
        Names that the cases may use: what is given, the numbers of the variant, the solution.
    """
    found = []
    for cell in question.public:
        names = dict(space)
        code = compile(cell.source, f"<public case of {question.name}>", "exec")
        used = [n for n in question.names if n in code.co_names]

        def public(_code=code, _names=names, **student):
            exec(_code, {**_names, **student})

        found.append(("example", float(cell.marks.get("points", 1)), True, cell.marks.get("message", "the example above"),
                      used, public))

    def case(points=1, message=""):
        def keep(function):
            found.append((function.__name__, float(points), False, message, list(inspect.signature(function).parameters), function))
            return function
        return keep

    for cell in question.hidden:
        exec(compile(cell.source, f"<hidden cases of {question.name}>", "exec"),
             {**space, "case": case, "close": close, "Code": Code, "np": np})
    if len({name for name, *_ in found}) < len(found):
        raise ValueError(f"expected names of cases to differ in {question.name}; got {[name for name, *_ in found]}")
    return found


class Recorder:
    """Notes a student's function's calls, to compare them with those of known wrong answers."""

    def __init__(self, name, function, calls):
        self.name, self.function, self.calls = name, function, calls

    def __call__(self, *args, **kwargs):
        sent = copy.deepcopy(args), copy.deepcopy(kwargs)
        try:
            result = self.function(*args, **kwargs)
        except StudentError:
            self.calls.append((self.name, *sent, StudentError))
            raise
        self.calls.append((self.name, *sent, result))
        return result

    def wire_(self):
        return self.function.wire_()


def run(question, variant, student):
    """Run the cases of a question; after one that was stopped the question's others are not run.

    Parameters
    ----------
    question : master.Question
    variant : variants.Variant
    student : Session or variants.Trusted
        With a method `get(name)`.

    Returns
    -------
    list of Result
    calls : list
        (name, args, kwargs, result) of each call of the student's functions; for a value args is None; for a class a `Trace` of
        what a case did with it is the result.
    """
    results, calls, late = [], [], None
    for name, points, public, message, parameters, function in variant.cases(question):
        result = Result(name, points, public, message=message)
        results.append(result)
        if late:
            result.status, result.error, result.staff = "stopped", late, "not run"
            continue
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")      # numpy's, about what a student's code gave
                function(**{p: _argument(p, question, variant, student, name, calls) for p in parameters})
        except Stopped as stopped:
            late = result.error = stopped.reason
            result.status = "stopped"
        except StudentError as error:
            result.status = "error"
            shown = public or isinstance(error, Missing)
            result.error, result.staff = (str(error) if shown else f"your code raised {error.brief}"), str(error)
        except NoSandbox:
            raise
        except Exception as error:      # numpy's complaints and the like come from what the student's code gave
            result.status = "failed"
            result.staff = f"{type(error).__name__}: {error}"[:600]
            result.error = WORDS.get(getattr(error, "kind", ""), "" if isinstance(error, AssertionError) else WORDS["type"])
    return results, calls


def _argument(name, question, variant, student, case, calls):
    if name == "rng":
        return variant.rng(question.name, case)
    if name == "solution":
        return variant.solution
    if name not in question.names:
        return variant.space[name]
    value = student.get(name)
    if inspect.isfunction(variant.space[name]) and callable(value):
        return Recorder(name, value, calls)
    if inspect.isclass(variant.space[name]) and callable(value):
        value, trace = watched(value)
        calls.append((name, None, None, trace))
        return value
    if isinstance(value, Handle) or callable(value):
        return value
    calls.append((name, None, None, value))
    return value


def known_mistake(question, variant, calls):
    """The known wrong answer whose results are those of the student in every call: its name, or None."""
    for cell in question.mistakes:
        try:
            names = variant.with_answer(question, cell.source)
            if calls and all(_alike(names, *call) for call in calls):
                return cell.marks["name"]
        except Exception:
            continue
    return None


def _alike(names, name, args, kwargs, result):
    if isinstance(result, Trace):
        steps = zip((answer for *_, answer in result.steps), result.replayed(names[name]), result.replayed(names[name]))
        return all(_alike_step(*step) for step in steps)
    if args is None:
        want = names[name]
    else:
        try:
            want = names[name](*copy.deepcopy(args), **copy.deepcopy(kwargs))
        except Exception:
            return result is StudentError
    if result is StudentError or isinstance(result, Handle):
        return False
    want = _detached(want)
    return (want is None and result is None) or same(_plain(result, want), want, 1e-6)


def _alike_step(result, want, again):
    """Whether a class's answer is that of a known wrong one; of random weights, which differ `again`, only the shape counts."""
    if result is StudentError or want is StudentError or isinstance(result, Handle) or isinstance(want, Handle):
        return result is want or isinstance(result, Handle) and isinstance(want, Handle)
    result, want, again = map(_detached, (result, want, again))
    if want is None or result is None:
        return want is result
    return same(_plain(result, want), want, 1e-4) if same(again, want, 0) else np.shape(result) == np.shape(want)
