"""What all widgets of the book share: where their view comes from, honest arguments, and a still picture."""

import io
import math
import textwrap

import anywidget
import traitlets

from dlnotes.widgets import bundle


class Number(traitlets.Float):
    """A finite number: a Float lets not-a-number through between its ends, and no view can draw it."""

    def validate(self, obj, value):
        value = super().validate(obj, value)
        if not math.isfinite(value):
            raise traitlets.TraitError(f"expected a finite {self.name}; got {value}")
        return value


class Widget(anywidget.AnyWidget):
    """A widget whose whole state is its traits and whose view is ``js/<view>.mjs``.

    A subclass sets `view`, declares its traits (each tagged ``sync=True``) and gives two methods: `still`, the matplotlib
    figure that print, PDF, GitHub and readers without JavaScript get, drawn from the same numbers; and `describe`, one
    sentence that says what the picture shows (the alternative text).

    Raises
    ------
    TypeError
        For an argument that is not a trait, so that a misspelt name is not silently ignored.
    """

    view = None
    _module = traitlets.Unicode().tag(sync=True)

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        if "view" in cls.__dict__:        # not the class that add_traits derives for each instance
            cls._esm = bundle.bundle(f"{cls.view}.mjs")
            cls._css = (bundle.JS / "widgets.css").read_text(encoding="utf-8")

    def __init__(self, **traits):
        public = sorted(self.public_traits())
        for name in traits:
            if name not in public and name != "layout":
                raise TypeError(f"{type(self).__name__}: expected one of {', '.join(public)}; got {name!r}")
        super().__init__(_module=f"{self.view}.mjs", **traits)

    @classmethod
    def public_traits(cls):
        """The traits that a reader may set: those that this book's classes declare."""
        inherited = set(anywidget.AnyWidget.class_trait_names())
        return {n for n in cls.class_trait_names() if n not in inherited and not n.startswith("_")}

    def still(self):
        """The same state as a matplotlib Figure."""
        raise NotImplementedError(f"{type(self).__name__} needs a still()")

    def describe(self):
        """One sentence that says what the picture shows."""
        raise NotImplementedError(f"{type(self).__name__} needs a describe()")

    def _repr_mimebundle_(self, **kwargs):
        """The live view, and beside it the still picture and its description."""
        data, metadata = super()._repr_mimebundle_(**kwargs) or ({}, {})
        file = io.StringIO()
        self.still().savefig(file, format="svg", bbox_inches="tight", metadata={"Date": None})
        data["image/svg+xml"] = file.getvalue()
        data["text/plain"] = textwrap.fill(self.describe(), 110)
        return data, metadata
