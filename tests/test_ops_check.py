"""ops/_check.py: what the ops take for a float array, a shape and a positive setting, and how they say so."""
import numpy as np
import pytest
from ops_helpers import rejects

from dlnotes.ops._check import as_float, as_positive, as_upstream, expect_shape


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_float_array_comes_back_itself(dtype):
    x = np.ones((2, 3), dtype)
    assert as_float(x, "x") is x


@pytest.mark.parametrize("x, shape", [(1, ()), (1.5, ()), ([1, 2], (2,)), ([[1.0], [2]], (2, 1)), ((), (0,)),
                                      (np.float64(2), ())])
def test_numbers_and_lists_become_float64(x, shape):
    got = as_float(x, "x")
    assert got.dtype == np.float64 and got.shape == shape and got.tolist() == np.array(x, float).tolist()


def test_a_numpy_number_keeps_its_dtype():
    assert as_float(np.float32(2), "x").dtype == np.float32


@pytest.mark.parametrize("bad, got", [
    (np.ones(3, np.int64), "int64"), (np.int64(3), "int64"), (np.ones(2, bool), "bool"), (True, "bool"),
    ([True], "bool"),
    (np.ones(2, np.float16), "float16"), (1j, "complex128"), ("1", "<U1"), (None, "object"),
    (np.array([1.0, None]), "object"), ([10**40], "object"), ([[1.0], [1.0, 2.0]], "a ragged list"),
])
def test_all_else_is_refused_by_name(bad, got):
    with pytest.raises(ValueError) as caught:
        as_float(bad, "W")
    assert str(caught.value) == f"expected W to be an array of float32 or float64; got {got}"


def test_shapes_bind_their_letters():
    sizes = expect_shape(np.zeros((5, 3)), "N D_in", "X")
    assert sizes == {"N": 5, "D_in": 3}
    assert expect_shape(np.zeros((3, 2)), "D_in D_out", "W", sizes) == {"N": 5, "D_in": 3, "D_out": 2}
    assert sizes == {"N": 5, "D_in": 3}                              # not modified
    assert expect_shape(np.zeros(()), "", "loss") == {}
    assert expect_shape(np.zeros((0, 1)), "N 1", "y") == {"N": 0}
    assert expect_shape(np.zeros((4, 4)), "N N", "A") == {"N": 4}


@pytest.mark.parametrize("shape, pattern, sizes, message", [
    ((3,), "N D", None, "expected X (N, D); got (3,)"),
    ((3, 4), "N", None, "expected X (N,); got (3, 4)"),
    ((3,), "", None, "expected X (); got (3,)"),
    ((4, 2), "D_in D_out", {"D_in": 3}, "expected X (D_in=3, D_out); got (4, 2)"),
    ((4,), "D_in D_out", {"D_in": 3}, "expected X (D_in=3, D_out); got (4,)"),
    ((4, 3), "N N", None, "expected X (N, N); got (4, 3)"),
    ((4, 3), "N 1", None, "expected X (N, 1); got (4, 3)"),
])
def test_a_wrong_shape_is_told(shape, pattern, sizes, message):
    with pytest.raises(ValueError) as caught:
        expect_shape(np.zeros(shape), pattern, "X", sizes)
    assert str(caught.value) == message


def test_upstream_takes_the_dtype_and_needs_the_shape():
    Y = np.zeros((2, 3), np.float32)
    assert as_upstream(np.ones((2, 3)), Y).dtype == np.float32
    dY = np.ones((2, 3), np.float32)
    assert as_upstream(dY, Y) is dY
    for bad in (np.ones(3), np.ones((1, 3)), 1.0, np.ones((2, 3), int)):
        rejects(as_upstream, bad, Y)
    with pytest.raises(ValueError, match=r"expected dY \(2, 3\); got \(3,\)"):
        as_upstream(np.ones(3), Y)


def test_positive_settings():
    assert as_positive(np.float64(2), "beta") == 2.0 and type(as_positive(np.float64(2), "beta")) is float
    for bad in (0, -1, float("inf"), float("nan")):
        rejects(as_positive, bad, "beta")
    with pytest.raises(ValueError, match="expected beta > 0 and finite; got -1.0"):
        as_positive(-1, "beta")
