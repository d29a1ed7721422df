"""dlnotes.data: the same numbers from the same seed, offline, and no trace in the global random state."""

import functools
import gzip
import hashlib
import http.server
import random
import socket
import threading

import numpy as np
import pytest

from dlnotes import data
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


def test_digits_are_mixed_scaled_and_split():
    X_train, y_train, X_test, y_test = data.digits()
    assert X_train.shape == (1348, 64) and X_test.shape == (449, 64)
    assert X_train.dtype == np.float32 and X_train.min() == 0 and X_train.max() == 1
    assert np.array_equal(data.digits().X_test, X_test) and not np.array_equal(data.digits(seed=1).y_test, y_test)
    assert len(set(y_test.tolist())) == 10
    with pytest.raises(ValueError, match="expected test_share between 0 and 1; got 1"):
        data.digits(test_share=1)


def test_names_are_the_census_lists():
    surnames = data.names()
    assert len(surnames) == 88_799 and surnames[:3] == ["smith", "johnson", "williams"]
    assert len(data.names("female")) == 4275 and data.names("male")[0] == "james"
    assert all(name.isascii() and name == name.lower() for name in surnames)
    with pytest.raises(ValueError, match="expected kind to be one of surnames"):
        data.names("cats")


def test_karate_club():
    A, y = data.karate()
    assert A.shape == (34, 34) and A.sum() == 2 * 78 and np.array_equal(A, A.T) and np.trace(A) == 0
    assert set(np.unique(A)) == {0.0, 1.0} and y[0] == 0 and y[33] == 1 and y.sum() == 17


@pytest.mark.parametrize("name", data.PHOTOS)
def test_photos_are_inside_the_library(name):
    picture = data.photo(name)
    assert picture.dtype == np.float32 and picture.ndim in (2, 3) and 0 <= picture.min() < picture.max() <= 1


def test_photo_says_which_there_are():
    with pytest.raises(ValueError, match="expected name to be one of astronaut"):
        data.photo("lena")


def idx(array):
    head = b"\0\0\x08" + bytes([array.ndim]) + np.array(array.shape, ">u4").tobytes()
    return gzip.compress(head + array.astype(np.uint8).tobytes(), mtime=0)


@pytest.fixture
def fashion(tmp_path, monkeypatch):
    """A small Fashion-MNIST of our own, with its digests; nothing in the cache, no Debian package."""
    rng = np.random.default_rng(0)
    arrays = [rng.integers(0, 256, (6, 28, 28)), rng.integers(0, 10, 6), rng.integers(0, 256, (2, 28, 28)), rng.integers(0, 10, 2)]
    files = {name: idx(a) for name, a in zip(data.FASHION, arrays)}
    monkeypatch.setattr(data, "FASHION", {name: hashlib.sha256(raw).hexdigest() for name, raw in files.items()})
    monkeypatch.setenv("DLNOTES_DEBIAN_DATA", str(tmp_path / "debian"))
    monkeypatch.setenv("DLNOTES_CACHE", str(tmp_path / "cache"))
    (tmp_path / "server").mkdir()
    for name, raw in files.items():
        (tmp_path / "server" / name).write_bytes(raw)
    return tmp_path, arrays


@pytest.fixture
def loopback(fashion, monkeypatch):
    """The files served on this machine, in place of the authors' server."""
    monkeypatch.undo()                      # the guard against the network, and the settings of `fashion`
    folder, arrays = fashion
    names = list(data.FASHION)
    digests = {n: hashlib.sha256((folder / "server" / n).read_bytes()).hexdigest() for n in names}
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(folder / "server"))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(data, "FASHION", digests)
        patch.setenv("DLNOTES_DEBIAN_DATA", str(folder / "debian"))
        patch.setenv("DLNOTES_CACHE", str(folder / "cache"))
        patch.setenv("DLNOTES_FASHION_MNIST", f"http://127.0.0.1:{server.server_port}/")
        yield folder, arrays
    server.shutdown()


def test_fashion_mnist_from_a_server_then_from_the_cache(loopback):
    folder, (X_train, y_train, X_test, y_test) = loopback
    got = data.fashion_mnist()
    np.testing.assert_array_equal(got.X_train, (X_train.reshape(6, 784) / np.float32(255)).astype(np.float32))
    np.testing.assert_array_equal(got.y_test, y_test)
    for file in (folder / "server").iterdir():
        file.unlink()
    again = data.fashion_mnist(download=False)
    np.testing.assert_array_equal(again.X_test, got.X_test)


def test_fashion_mnist_refuses_a_corrupt_file_and_leaves_nothing_behind(loopback):
    folder, _ = loopback
    name = next(iter(data.FASHION))
    (folder / "server" / name).write_bytes(b"not what the authors published")
    with pytest.raises(data.DataUnavailable, match="could not be fetched"):
        data.fashion_mnist()
    assert not (folder / "cache" / name).exists()


def test_fashion_mnist_offline_says_what_to_do(fashion):
    with pytest.raises(data.DataUnavailable, match=r"not on this machine.*or use digits\(\)"):
        data.fashion_mnist(download=False)
    with pytest.raises(data.DataUnavailable, match="could not be fetched"):
        data.fashion_mnist()


def test_fashion_mnist_from_debians_package(fashion):
    folder, (X_train, *_) = fashion
    (folder / "server").rename(folder / "debian")
    got = data.fashion_mnist(download=False)
    np.testing.assert_allclose(got.X_train[0] * 255, X_train[0].ravel(), atol=1e-4)
    broken = folder / "debian" / next(iter(data.FASHION))
    broken.write_bytes(gzip.compress(b"\0\0\x08\x03" + b"\0" * 20))
    with pytest.raises(data.DataUnavailable, match="expected an IDX file of bytes"):
        data.fashion_mnist(download=False)
