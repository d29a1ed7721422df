"""What a sheet of a PDF printed by Chromium holds, read from the commands that draw it."""

import re

from dlnotes import plots


def glyphs(page):
    """The numbers of the glyphs drawn with embedded fonts; 0 is the box of a missing character."""
    strings = re.findall(rb"<([0-9A-F]+)> Tj", page.get_contents().get_data())
    return [int(text[k:k + 4], 16) for text in strings for k in range(0, len(text) - 3, 4)]


def inked(page):
    """How often a sheet turns to the ink of the book's figures: text and boxes never do, the smallest picture does."""
    ink = " ".join(f"{int(plots.INK[k:k + 2], 16) / 255:.4f}".lstrip("0") for k in (1, 3, 5))
    return page.get_contents().get_data().count(f"{ink} rg\n".encode())
