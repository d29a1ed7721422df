"""What a "Copy as Python" script prints."""

import contextlib
import io


def output_of(script):
    """Run a script (str) in this process; return what it prints."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(script, "script", "exec"), {"__name__": "__main__"})
    return out.getvalue()
