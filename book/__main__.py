"""``python -m book build .``: Jupyter Book's command line, which here is done some seconds sooner.

Python looks for rings of dead objects less often, since most of a build's millions of objects live to its end.
"""

import gc

gc.set_threshold(100_000, 50, 50)      # a fifth of the time of a changed sentence; 50 MB more of memory for the whole book

from jupyter_book.cli.main import main  # noqa: E402

main()
