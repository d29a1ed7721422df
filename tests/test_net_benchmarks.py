"""The browser's network learns as fast as the Playground and the parabola that readers know, and trains fast enough."""

import json
import subprocess
from pathlib import Path

import pytest
from net_node import NODE

BENCHMARKS = Path(__file__).resolve().parent.parent / "benchmarks"
QUICK = ["circle 4-2", "xor 4-2", "gauss 4-2", "spiral 8-8, 7 features"]


def run(name, *words):
    done = subprocess.run([NODE, BENCHMARKS / name, *words, "--json"], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def convergence():
    """50 seeds of the quick rows; benchmarks/convergence.mjs alone gives all."""
    return run("convergence.mjs", "50", *QUICK)


def test_published_medians_of_the_playground_lie_within_our_spread(convergence):
    assert [row["name"] for row in convergence["playground"]] == QUICK
    for row in convergence["playground"]:
        low, high = row["interval"]                # where the median lies with 95 %
        assert low <= float(row["published"]) <= high, row
        assert row["arrived"] >= 45, row


def test_medians_of_the_parabola_lie_within_the_published_ranges(convergence):
    for row in convergence["parabola"]:
        low, high = map(float, row["published"].split("-"))
        assert low <= row["median"] <= high and row["arrived"] >= 40, row
    sigmoid, tanh, relu = (row["median"] for row in convergence["parabola"])
    assert sigmoid > 2 * max(tanh, relu)           # what the picture is there to show


def test_epochs_per_second():
    """At least half of what is wanted on a quiet machine, so that a busy one does not fail."""
    for row in run("widgets.mjs"):
        assert row["rate"] >= row["wanted"] / 2, row
