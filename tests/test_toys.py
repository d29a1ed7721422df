"""Toy data sets: where their points lie, what noise does to them, and that the same seed gives the same points."""

import numpy as np
import pytest

from dlnotes import toys
from dlnotes.widgets.num import Stream

N = 400


@pytest.fixture(params=["Generator", "Stream"])
def rng(request):
    return np.random.default_rng(0) if request.param == "Generator" else Stream(0)


def test_circle(rng):
    X, y = toys.circle(N, rng)
    radius = np.hypot(*X.T)
    assert (radius[y == 1] < 2.5).all() and (radius[y == 0] >= 3.5).all() and (radius <= 5).all()
    assert radius[y == 1].max() > 2.3 and radius[y == 1].min() < 0.2 and radius[y == 0].max() > 4.9
    angle = np.arctan2(*X.T)
    assert np.histogram(angle, 4)[0].min() > 70                    # all around: 100 expected in each quarter


def test_xor(rng):
    X, y = toys.xor(N, rng)
    assert ((X[:, 0] * X[:, 1] >= 0) == y).all()
    assert np.abs(X).min() > 0.3 and 5 < np.abs(X).max() <= 5.3
    assert 0.4 < y.mean() < 0.6


@pytest.mark.parametrize("noise", [0.0, 0.2, 0.5])
def test_gauss(rng, noise):
    X, y = toys.gauss(4000, rng, noise)
    for label, centre in ((1, 2), (0, -2)):
        cloud = X[y == label]
        spread = np.sqrt(0.5 + 7 * noise)
        np.testing.assert_allclose(cloud.mean(axis=0), centre, atol=5 * spread / np.sqrt(2000))
        np.testing.assert_allclose(cloud.var(axis=0), 0.5 + 7 * noise, rtol=0.16)


def test_spiral(rng):
    X, y = toys.spiral(N, rng)
    half = N // 2
    np.testing.assert_allclose(np.hypot(*X.T), 5 * np.tile(np.arange(half) / half, 2), atol=1e-12)
    np.testing.assert_allclose(X[half:], -X[:half], atol=1e-12)    # one arm is the other, turned by half a turn
    turns = np.unwrap(np.arctan2(X[1:half, 0], X[1:half, 1]))[-1] / (2 * np.pi)
    assert turns == pytest.approx(1.75 * (half - 1) / half)


def test_moons(rng):
    X, y = toys.moons(N, rng)
    upper, lower = X[y == 1], X[y == 0]
    np.testing.assert_allclose(np.hypot(*upper.T), 1)
    np.testing.assert_allclose(np.hypot(*(lower - [1, 0.5]).T), 1)
    assert upper[:, 1].min() >= 0 and lower[:, 1].max() <= 0.5 + 1e-12 and lower[:, 0].min() < upper[:, 0].max()
    np.testing.assert_allclose(upper[[0, -1]], [[1, 0], [-1, 0]], atol=1e-12)


def test_moons_are_those_of_scikit_learn():
    from sklearn.datasets import make_moons
    X, y = make_moons(N, shuffle=False)
    mine, labels = toys.moons(N, np.random.default_rng(0))
    np.testing.assert_allclose(mine, X, atol=1e-12)
    assert ((labels == 1) == (y == 0)).all()


def test_parabola(rng):
    X, y = toys.parabola(N, rng)
    np.testing.assert_allclose(X[:, 1], X[:, 0] ** 2 - 0.5 * y)
    np.testing.assert_allclose(X[y == 1, 0], np.linspace(-1, 1, N // 2))
    np.testing.assert_allclose(X[y == 0, 0], np.linspace(-1, 1, N // 2))


@pytest.mark.parametrize("name", ["circle", "xor"])
def test_noise_changes_labels_and_not_places(name):
    f = toys.DATASETS[name]
    (X, y), (X_noisy, y_noisy) = f(N, Stream(1)), f(N, Stream(1), 0.3)
    np.testing.assert_array_equal(X, X_noisy)
    assert 0.02 < np.mean(y != y_noisy) < 0.45


@pytest.mark.parametrize("name, spread", [("spiral", 0.3 / np.sqrt(3)), ("moons", 0.3), ("parabola", 0.3)])
def test_noise_moves_points(name, spread):
    f = toys.DATASETS[name]
    (X, y), (X_noisy, y_noisy) = f(N, Stream(1)), f(N, Stream(1), 0.3)
    np.testing.assert_array_equal(y, y_noisy)
    assert np.std(X_noisy - X) == pytest.approx(spread, rel=0.1)


@pytest.mark.parametrize("name", toys.DATASETS)
def test_kinds_and_repetition(name, rng):
    X, y = toys.DATASETS[name](7, rng, 0.1)
    assert X.shape == (7, 2) and X.dtype == np.float64 and y.shape == (7,) and y.dtype == np.int64
    if name in ("gauss", "spiral", "moons", "parabola"):
        assert y.tolist() == [1, 1, 1, 1, 0, 0, 0]
    (A, a), (B, b) = (toys.DATASETS[name](9, np.random.default_rng(3), 0.2) for _ in range(2))
    assert (A == B).all() and (a == b).all()
    assert np.isfinite(toys.DATASETS[name](1, rng, 0.1)[0]).all()


@pytest.mark.parametrize("name", toys.DATASETS)
@pytest.mark.parametrize("wrong", [(0,), (5, -0.1), (5, np.nan), (5, np.inf)])
def test_wrong_numbers_are_refused(name, wrong):
    N, *noise = wrong
    with pytest.raises(ValueError, match="expected N >= 1; got 0" if N == 0 else "expected noise >= 0 and finite; got"):
        toys.DATASETS[name](N, np.random.default_rng(0), *noise)


def test_permutation_is_fair(rng):
    orders = [tuple(toys.permutation(3, rng)) for _ in range(3000)]
    counts = [orders.count(order) for order in set(orders)]
    assert len(counts) == 6 and min(counts) > 400                  # 500 expected, standard deviation 20
    assert toys.permutation(1, rng).tolist() == [0] and toys.permutation(0, rng).size == 0


def test_split(rng):
    X = np.arange(10.0)[:, None] * [1, 10]
    X_train, y_train, X_test, y_test = toys.split(X, np.arange(10), 0.25, rng)
    assert len(y_train) == 7 and len(y_test) == 3                  # 2.5 is rounded up
    assert sorted([*y_train, *y_test]) == list(range(10)) and [*y_train, *y_test] != list(range(10))
    np.testing.assert_array_equal(X_train[:, 0], y_train)
    np.testing.assert_array_equal(X_test[:, 1], 10 * y_test)


def test_split_refuses():
    with pytest.raises(ValueError, match="as many rows in X as in y; got 3 and 2"):
        toys.split(np.zeros((3, 2)), np.zeros(2), 0.5, np.random.default_rng(0))
    for share in (-0.1, 1.1, np.nan):
        with pytest.raises(ValueError, match=r"test_share in \[0, 1\]"):
            toys.split(np.zeros((3, 2)), np.zeros(3), share, np.random.default_rng(0))


def test_features():
    X = np.array([[2.0, -3.0], [0.5, 4.0]])
    want = [[2, -3, 4, 9, -6, np.sin(2), np.sin(-3)], [0.5, 4, 0.25, 16, 2, np.sin(0.5), np.sin(4)]]
    np.testing.assert_allclose(toys.features(list(toys.FEATURES), X), want)
    for names in ([], ["x1", "x3"]):
        with pytest.raises(ValueError, match="expected names of x1, x2, x1_squared"):
            toys.features(names, X)
