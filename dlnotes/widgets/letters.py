"""Letters as numbers, for the widgets that read and write names: 0 is the end of a name, 1 to 26 are a to z."""

import numpy as np

LETTERS = ".abcdefghijklmnopqrstuvwxyz"       # the first also stands before a name: "begin"


def codes(text):
    """Numbers of a text: the sign for the beginning, then its letters."""
    return np.array([LETTERS.index(c) for c in "." + text], dtype=np.int64)


def one_hot(numbers):
    """Rows (T, 27) with a 1 at each number."""
    return np.eye(len(LETTERS))[numbers]


def log_softmax(scores):
    """Logarithms of the probabilities along the last axis."""
    shifted = scores - scores.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
