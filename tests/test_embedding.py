import numpy as np
import pytest
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from dlnotes.ops.embedding import embedding, embedding_backward
from ops_helpers import compare, normals, rejects


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 4), max_size=2), st.integers(1, 4), st.integers(1, 3),
       st.integers(0, 2**32 - 1))
def test_value_and_gradient_equal_torch(shape, V, D, seed):
    """With up to 16 indices into at most 4 rows nearly every example repeats one."""
    indices = np.random.default_rng(seed).integers(0, V, shape)
    compare(embedding, embedding_backward, F.embedding, [indices, *normals(seed, (V, D))])


@pytest.mark.parametrize("padding_idx", [0, 2, -1])
def test_the_padding_row_is_looked_up_but_gets_no_gradient(padding_idx):
    indices = np.array([[0, 1, 2], [2, 2, 0]])
    compare(embedding, embedding_backward, lambda i, W: F.embedding(i, W, padding_idx=padding_idx),
            [indices, *normals(0, (3, 2))], padding_idx=padding_idx)


def test_repeated_indices_add_up():
    dW = embedding_backward(np.array([[1.0], [10.0], [100.0]]), np.array([1, 1, 0]), np.zeros((3, 1)))
    assert dW.tolist() == [[100.0], [11.0], [0.0]]


def test_equals_one_hot_rows_times_the_table():
    (W,) = normals(1, (4, 3))
    indices = np.array([3, 0, 3])
    np.testing.assert_array_equal(embedding(indices, W), np.eye(4)[indices] @ W)


def test_the_result_is_a_copy():
    (W,) = normals(2, (4, 3))
    before = W.copy()
    embedding(np.array([1]), W)[:] = 0
    embedding(np.array(1), W)[:] = 0
    np.testing.assert_array_equal(W, before)


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.int64])
def test_every_integer_dtype_is_an_index(dtype):
    (W,) = normals(3, (4, 3))
    np.testing.assert_array_equal(embedding(np.array([2, 0], dtype), W), W[[2, 0]])


def test_wrong_inputs_are_named():
    W, dY = normals(4, (4, 3), (2, 3))
    indices = np.array([0, 1])
    rejects(embedding, np.array([0, 4]), W)
    rejects(embedding, np.array([0, -1]), W)
    rejects(embedding, np.array([0.0, 1.0]), W)
    rejects(embedding, np.array([True, False]), W)
    rejects(embedding, indices, W[0])
    rejects(embedding, indices, W.astype(int))
    rejects(embedding, indices, W, padding_idx=4)
    rejects(embedding_backward, dY[:1], indices, W)
