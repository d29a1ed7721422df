"""nbval on the run that the site's build has made: a notebook's cells run once, and both look at what came of it.

`python -m pytest` on one notebook, or with nothing built, runs it in a kernel of its own, as nbval does.
"""

from queue import SimpleQueue

import nbformat
from nbval import plugin

from book import execution

start_a_kernel = plugin.IPyNbFile.setup


class Replay:
    """What nbval asks of a kernel, answered with the outputs of a notebook that has run."""

    def __init__(self, cells):
        self.cells = iter(cells)
        self.messages = SimpleQueue()
        self.asked = 0

    def execute_cell_input(self, source, allow_stdin=None):
        """The next cell with this source (nbval leaves out those that it skips) says all that it said when it ran."""
        self.asked += 1
        cell = next(cell for cell in self.cells if cell.source == source)
        for output in cell.outputs:
            self.say(output.output_type, **{name: value for name, value in output.items() if name != "output_type"})
        self.say("status", execution_state="idle")
        return self.asked

    def say(self, kind, **content):
        self.messages.put({"msg_type": kind, "content": content, "parent_header": {"msg_id": self.asked}})

    def get_message(self, stream, timeout=None):
        return self.messages.get(timeout=timeout)

    def await_reply(self, asked, timeout=None):
        """It has come already."""

    def await_idle(self, asked, timeout):
        while self.get_message("iopub", timeout)["msg_type"] != "status":
            pass

    def is_alive(self):
        return True

    def stop(self):
        """Nothing runs."""


def setup(notebook):
    """In place of nbval's: a kernel only where the site's build has no run of just these cells with just this package."""
    root = notebook.config.rootpath
    folder = execution.cache_folder(root)
    ran = execution.kept_outputs(execution.open_cache(folder), nbformat.read(notebook.path, 4)) if folder.is_dir() else None
    if ran is None:
        start_a_kernel(notebook)
    else:
        notebook.kernel = Replay(cell for cell in ran.cells if cell.cell_type == "code")
        notebook.setup_sanitize_files()


plugin.IPyNbFile.setup = setup
