import numpy as np
import pytest
import torch

from dlnotes.ops.dropout import (
    drop_connect,
    drop_connect_backward,
    dropout,
    dropout_backward,
    dropout_mask,
)
from dlnotes.ops.linear import linear
from ops_helpers import compare, normals, rejects


def generator(seed=0):
    return np.random.default_rng(seed)


@pytest.mark.parametrize("pair", [(dropout, dropout_backward), (drop_connect, drop_connect_backward)])
@pytest.mark.parametrize("p", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("shape", [(5, 4), (0, 3), (1,), (2, 3, 4, 1)])
def test_value_and_gradient_equal_torch_for_the_same_mask(pair, p, shape):
    f, f_backward = pair
    mask = dropout_mask(shape, p, rng=generator(1))          # the same draws as f makes from the same seed
    compare(lambda X: f(X, p, rng=generator(1))[0],
            lambda dY, X: f_backward(dY, f(X, p, rng=generator(1))[1]),
            lambda X: X * torch.tensor(mask), normals(0, shape))


@pytest.mark.parametrize("p", [0.1, 0.5, 0.8])
def test_mask_is_zero_with_probability_p_and_has_mean_one(p):
    n = 100_000
    mask = dropout_mask((n,), p, rng=generator(2))
    assert set(np.unique(mask)) == {0.0, 1 / (1 - p)}
    standard_error = np.sqrt(p * (1 - p) / n)
    assert abs((mask == 0).mean() - p) < 5 * standard_error                    # chance of a false alarm: 6e-7
    assert abs(mask.mean() - 1) < 5 * standard_error / (1 - p)


def test_draws_are_independent():
    """The correlation of neighbours in 100 x 1000 draws is 0 up to five standard errors."""
    kept = dropout_mask((100, 1000), 0.4, rng=generator(3)) > 0
    bound = 5 / np.sqrt(kept.size)
    assert abs(np.corrcoef(kept[:, 1:].ravel(), kept[:, :-1].ravel())[0, 1]) < bound
    assert abs(np.corrcoef(kept[1:].ravel(), kept[:-1].ravel())[0, 1]) < bound


def test_p_zero_and_one_are_exact():
    assert (dropout_mask((1000,), 0.0, rng=generator()) == 1).all()
    assert (dropout_mask((1000,), 1.0, rng=generator()) == 0).all()


def test_evaluation_is_the_identity_and_draws_nothing():
    (X,) = normals(4, (3, 4))
    rng = generator(5)
    Y, mask = dropout(X, 0.9, training=False, rng=rng)
    np.testing.assert_array_equal(Y, X)
    np.testing.assert_array_equal(dropout_backward(X, mask), X)
    assert rng.random() == generator(5).random()
    np.testing.assert_array_equal(dropout(X, 0.9, training=False)[0], X)


def test_one_seed_gives_one_mask_and_the_next_draw_another():
    (X,) = normals(6, (20, 20))
    rng = generator(7)
    first, second = dropout(X, 0.5, rng=rng)[0], dropout(X, 0.5, rng=rng)[0]
    np.testing.assert_array_equal(first, dropout(X, 0.5, rng=generator(7))[0])
    assert (first != second).any()


def test_spatial_dropout_drops_whole_channels():
    X = np.ones((50, 8, 3, 4))
    Y, mask = dropout(X, 0.5, rng=generator(8), shared_axes=(2, -1))
    assert mask.shape == (50, 8, 1, 1)
    assert (Y == Y[:, :, :1, :1]).all()
    assert set(np.unique(Y)) == {0.0, 2.0}
    np.testing.assert_array_equal(dropout_backward(X, mask), Y)


def test_dropout_of_a_unit_drops_its_weights_together_and_drop_connect_does_not():
    """Two weights of one input: what they pass on is kept together in dropout, apart in DropConnect."""
    rng, ones = generator(9), np.ones((2000, 1))
    W = np.ones((1, 2))
    units = linear(dropout(ones, 0.5, rng=rng)[0], W)
    connections = np.concatenate([linear(x, drop_connect(W, 0.5, rng=rng)[0]) for x in ones[:, None]])
    assert np.corrcoef(units.T)[0, 1] == pytest.approx(1)
    assert abs(np.corrcoef(connections.T)[0, 1]) < 5 / np.sqrt(2000)


@pytest.mark.parametrize("drops", ["units", "connections"])
def test_mean_over_masks_of_a_linear_layer_is_its_output_at_test_time(drops):
    X, W = normals(10, (1, 6), (6, 2))
    rng, n = generator(11), 20_000
    if drops == "units":
        outputs = linear(dropout(np.repeat(X, n, axis=0), 0.3, rng=rng)[0], W)
    else:
        outputs = np.einsum("d,ndk->nk", X[0], drop_connect(np.repeat(W[None], n, axis=0), 0.3, rng=rng)[0])
    standard_error = outputs.std(axis=0) / np.sqrt(n)
    assert (np.abs(outputs.mean(axis=0) - linear(X, W)) < 5 * standard_error).all()


@pytest.mark.parametrize("scale", [1e4, 1e-310])
def test_extremes_without_warning(scale):
    X = np.full((10, 10), scale)
    Y, mask = dropout(X, 0.5, rng=generator(12))
    np.testing.assert_array_equal(Y, X * mask)


def test_wrong_inputs_are_named():
    X = np.ones((2, 3))
    for p in (-0.1, 1.1, float("nan")):
        rejects(dropout, X, p, rng=generator())
    rejects(dropout, X, 0.5)
    rejects(dropout, X, 0.5, rng=np.random.RandomState(0))
    rejects(dropout, X.astype(int), 0.5, rng=generator())
    rejects(dropout_backward, X, np.ones((2, 2)))
    rejects(dropout_backward, X, np.ones(3))
    rejects(drop_connect, X, 2.0, rng=generator())
