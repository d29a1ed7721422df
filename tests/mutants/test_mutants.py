"""The suite itself is tested: each planted fault must make the test that guards against it fail.

A fault is planted in a copy of the repository; the guarding test then runs on the copy and must end with failures, not with an error
of its own (pytest's exit status 1).
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PARTS = ("dlnotes", "book", "chapters", "notes", "tests", "_static", "binder", ".github", ".ci")

# name, file, what stands there, what the fault makes of it, the test that must fail
FAULTS = [
    ("sign flipped in a derivative", "dlnotes/ops/activations.py",
     "TANH_OLD", "TANH_NEW", "tests/test_activations.py"),
    ("factor dropped in JavaScript", "dlnotes/widgets/js/activations.core.mjs",
     "JS_OLD", "JS_NEW", "tests/test_widgets_parity.py"),
    ("equation altered in the text", "chapters/foundations/activations.ipynb",
     "EQ_OLD", "EQ_NEW", "tests/test_book.py::test_every_labelled_equation_has_its_check"),
    ("row of the notes undeclared", "chapters/foundations/activations.ipynb",
     '"N024"', '"N025"', "tests/test_book.py::test_every_row_of_an_existing_chapter_is_covered"),
    ("core module imports torch", "dlnotes/ops/linear.py",
     "import numpy as np", "import numpy as np\nimport torch", "tests/test_architecture.py"),
    ("foreign script on every page", "_static/site.js",
     "addEventListener(", 'document.head.append(Object.assign(document.createElement("script"), { src: "https://example.com/x.js" }));\naddEventListener(',
     "tests/browser/test_pages.py::test_no_error_and_no_foreign_request"),
    ("widget throws when it starts", "dlnotes/widgets/js/activation_explorer.mjs",
     "JSR_OLD", "JSR_NEW", "tests/browser/test_pages.py::test_no_error_and_no_foreign_request"),
    ("broken package, unchanged notebook", "dlnotes/ops/activations.py",
     "def sigmoid(", "raise RuntimeError('planted')\n\n\ndef sigmoid(", "tests/browser/test_pages.py::test_there_are_pages"),
    ("check that no longer holds", "dlnotes/ops/activations.py",
     "TANH_OLD", "TANH_NEW", "tests/browser/test_pages.py::test_there_are_pages"),
]
