"""Weights as bytes: how far rounding moves them, the browser's numbers, and clear errors."""

import numpy as np
import pytest
from net_node import compare, running

from dlnotes.widgets.weights import pack, unpack

ARRAYS = {"W": np.random.default_rng(0).standard_normal((3, 5, 4)) * np.array([1, 1e-3, 30, 0]), "b": np.linspace(-2, 1, 7),
          "one": np.array(3.5), "none": np.zeros((0, 3)), "zeros": np.zeros((2, 2)), "größe": np.array([[1e-30, -1e30]])}


@pytest.fixture(scope="module", autouse=True)
def browser_side():
    with running("weights_parity.mjs"):
        yield


@pytest.mark.parametrize("bits", [8, 16])
def test_rounding_is_at_most_half_a_step(bits):
    found = unpack(pack(ARRAYS, bits))
    assert list(found) == list(ARRAYS)
    for name, array in ARRAYS.items():
        assert found[name].shape == array.shape
        over = tuple(range(array.ndim - 1)) if bits == 8 and array.ndim else None
        top = np.abs(array).max(axis=over, initial=0)
        assert np.all(np.abs(found[name] - array) <= 0.5001 * top / (2 ** (bits - 1) - 1) + 1e-45)


@pytest.mark.parametrize("bits", [8, 16])
def test_the_browser_reads_the_same_numbers(bits):
    data = pack(ARRAYS, bits)
    compare([("unpack", [list(data)], list(unpack(data).values()))], tolerance=1e-15)


def test_eight_bits_are_half_of_sixteen():
    W = {"W": np.random.default_rng(1).standard_normal((100, 100))}
    assert len(pack(W, 8)) < 10_000 + 600 and len(pack(W, 16)) < 20_000 + 200


def test_errors():
    with pytest.raises(ValueError, match="expected bits 8 or 16; got 4"):
        pack(ARRAYS, 4)
    with pytest.raises(ValueError, match="expected finite numbers in W; got nan or inf"):
        pack({"W": np.array([np.nan])})
