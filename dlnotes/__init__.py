"""dlnotes: each idea of the book once in numpy, with its derivative beside it."""
