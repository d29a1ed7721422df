"""dlnotes.data: the same numbers from the same seed, offline, and no trace in the global random state."""

import random
import socket

import numpy as np
import pytest

from dlnotes.data import mnist1d


@pytest.fixture(autouse=True)
def offline(monkeypatch):
    def refuse(*args, **kwargs):
        raise OSError("no network in tests")

    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)


def test_mnist1d_shapes_scale_and_balance():
    X_train, y_train, X_test, y_test = mnist1d(500)
    assert X_train.shape == (400, 40) and X_test.shape == (100, 40)
    assert y_train.shape == (400,) and y_test.shape == (100,)
    assert X_train.dtype == X_test.dtype == np.float32 and y_train.dtype == y_test.dtype == np.int64
    assert abs(X_train.mean()) < 1e-6 and abs(X_train.std() - 1) < 1e-6
    assert np.bincount(np.concatenate([y_train, y_test])).tolist() == [50] * 10


def test_mnist1d_depends_on_the_seed_alone():
    first, again, other = mnist1d(100), mnist1d(100), mnist1d(100, seed=1)
    assert all(np.array_equal(a, b) for a, b in zip(first, again))
    assert not np.array_equal(first.X_train, other.X_train)


def test_mnist1d_gives_the_global_random_numbers_back():
    random.seed(3)
    np.random.seed(3)
    expected = random.random(), np.random.random()
    random.seed(3)
    np.random.seed(3)
    mnist1d(100)
    assert (random.random(), np.random.random()) == expected


def test_mnist1d_is_the_published_data_before_scaling():
    """Our scaling is one shift and one factor of the package's own data."""
    from mnist1d.data import get_dataset_args, make_dataset

    args = get_dataset_args()
    args.num_samples = 200
    theirs, ours = make_dataset(args), mnist1d(200)
    factor = np.std(theirs["x"])
    np.testing.assert_allclose(ours.X_test * factor + theirs["x"].mean(), theirs["x_test"], atol=1e-6)
    np.testing.assert_array_equal(ours.y_test, theirs["y_test"])


@pytest.mark.parametrize("n", [0, -10, 55])
def test_mnist1d_says_what_n_may_be(n):
    with pytest.raises(ValueError, match="expected n to be a positive multiple of 10; got"):
        mnist1d(n)
