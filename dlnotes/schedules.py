r"""Learning rates as pure functions of the step number t = 0, 1, 2, ...: nothing is stored, so any step can be asked.

Functions: step, multistep, exponential, polynomial, cosine, warm_restarts, warmup, one_cycle, range_test, and
warmup_then, which puts a warm-up in front of another one.  tests: tests/test_schedules.py compares them with torch.
"""
