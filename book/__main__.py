"""``python -m book build .``: Jupyter Book's command line, which here starts two seconds sooner.

Without the grammars of web addresses, that is, which jsonschema builds whenever it finds them and no configuration of ours asks for.
"""

import sys

sys.modules["rfc3987_syntax"] = None

from jupyter_book.cli.main import main  # noqa: E402

main()
