"""What a case does with a student's class, step by step, so that known wrong answers can be put through the same.

A case calls the class, calls what it gets, reads attributes: each is a question that a `Handle` puts to what stands behind it. `Trace` stands
between the two and notes questions and answers; `Local` answers them from a class of the teacher's, in this process.
"""

import copy

from grading.inside import wire
from grading.session import Handle, StudentError


def watched(target):
    """A handle of a class, a student's or (for checks of a set) the teacher's, and the `Trace` of what will be done with it."""
    if not isinstance(target, Handle):
        target = Local().hold(target)
    trace = Trace(target._session)
    return trace.own(target), trace


class Trace:
    """Steps on one class: `steps` holds for each the place of its object (0 is the class, k what step k gave), the question and the answer."""

    def __init__(self, behind):
        self.behind, self.steps, self.places = behind, [], {}

    def own(self, answer):
        """A handle whose questions come here; any other answer as it is."""
        if not isinstance(answer, Handle):
            return answer
        self.places[answer._life, answer._id] = len(self.steps)
        return Handle(self, answer._id, answer._life, answer._type)

    def ask(self, handle, **message):
        """Pass a question on, see `session.Session.ask`."""
        place, noted = self.places[handle._life, handle._id], copy.deepcopy(message)
        try:
            answer = self.behind.ask(handle, **message)
        except StudentError:
            self.steps.append((place, noted, StudentError))
            raise
        self.steps.append((place, noted, answer))
        return self.own(answer)

    def replayed(self, target):
        """The answers of another class to the same questions; an error is `StudentError`."""
        behind = Local()
        answers = [behind.hold(target)]
        for place, message, _ in self.steps:
            try:
                answers.append(behind.ask(answers[place], **copy.deepcopy(message)))
            except StudentError:
                answers.append(StudentError)
        return answers[1:]


class Local:
    """Answers the questions of handles from objects of this process, as the sandbox would: never for a student's code."""

    def __init__(self):
        self.objects = []

    def hold(self, target):
        self.objects.append(target)
        return Handle(self, len(self.objects) - 1, 0, type(target).__name__)

    def ask(self, handle, do, **message):
        """See `session.Session.ask`."""
        target = self.objects[handle._id]
        try:
            if do == "call":
                value = target(*message["args"], **message["kwargs"])
            elif do == "item":
                value = target[message["key"]]
            else:
                value = getattr(target, message["name"]) if do == "attribute" else setattr(target, message["name"], message["value"])
        except Exception as error:
            raise StudentError(type(error).__name__, error) from None
        blobs = []
        tree = wire.encode(value, blobs, lambda kept: {"$": "handle", "id": self.hold(kept)._id})
        return wire.decode(tree, memoryview(b"".join(blobs)), lambda number, _: Handle(self, number, 0, ""), strict=True)
