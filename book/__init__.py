"""The Sphinx extension of this book; one job a file.

execution   which notebook must run again, and two at a time
widgets     live widgets on a page without a kernel
equations   the mark beside each verified equation
notes       the appendix "What the notes said", and the coverage that the tests demand
trim        what the theme brings and a reader does not need
stylesheets the same for its style rules
"""

from book import equations, execution, notes, stylesheets, trim, widgets


def setup(app):
    """Connect the parts to Sphinx."""
    for part in (execution, widgets, equations, notes, trim, stylesheets):
        part.setup(app)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
