"""Grades notebooks of exercise sets: the tests outside, the student's code in a sandbox.

`read_master` reads a set, `student_notebook` makes what a student gets, `grade` grades one submission, `grade_all` a
folder or zip of them; ``python -m grading --help`` does the same from the command line. The README tells the whole.
"""

__version__ = "2"

from grading.job import grade
from grading.master import Cell, ExerciseSet, read_master, read_zip
from grading.notebooks import dump, student_notebook
from grading.sandbox import Limits, NoSandbox, Stopped, probe
from grading.variants import Variant, seed

__all__ = ["Cell", "ExerciseSet", "Limits", "NoSandbox", "Stopped", "Variant", "dump", "grade", "probe", "read_master", "read_zip", "seed",
           "student_notebook"]
