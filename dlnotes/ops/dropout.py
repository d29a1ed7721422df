r"""Dropout of units and of connections. Both multiply by a random mask whose mean is 1.

The forward functions return ``(result, mask)``: the mask is drawn, so the backward pass cannot recompute
it. ``tests/test_dropout.py`` compares values and gradients with torch for the same mask, and the masks
with the binomial law.
"""

import numpy as np

from dlnotes.ops._check import as_float


def dropout_mask(shape, p, *, rng, shared_axes=(), dtype=np.float64):
    r"""Draw the mask of inverted dropout: 0 with probability p, else 1 / (1 - p), so that its mean is 1.

    Parameters
    ----------
    shape : tuple of int
        The shape of what is to be masked.
    p : float
        Probability in [0, 1] of a zero. For p = 1 the mask is 0.
    rng : np.random.Generator
    shared_axes : tuple of int
        Axes along which one draw counts for all; the mask has size 1 there and broadcasts.
    dtype : dtype

    Returns
    -------
    ndarray

    Raises
    ------
    ValueError
        If p is not in [0, 1] or rng is no Generator.
    """
    p = float(p)
    if not 0 <= p <= 1:
        raise ValueError(f"expected p in [0, 1]; got {p}")
    if not isinstance(rng, np.random.Generator):
        raise ValueError(f"expected rng to be a np.random.Generator; got {type(rng).__name__}")
    shared = {axis % len(shape) for axis in shared_axes}
    drawn = tuple(1 if axis in shared else size for axis, size in enumerate(shape))
    kept = rng.random(drawn) >= p                 # random() is in [0, 1): p = 0 keeps all, p = 1 none
    return kept.astype(dtype) / (1 - p if p < 1 else 1)


def dropout(X, p=0.5, *, training=True, rng=None, shared_axes=()):
    r"""Drop units: each number of X becomes 0 with probability p in training and is scaled up otherwise.

    .. math:: Y = X \odot M, \qquad
              M_i = \begin{cases} 0 & \text{with probability } p \\ 1 / (1 - p) & \text{else} \end{cases}
              \text{ in training}, \qquad M = 1 \text{ at test}

    Parameters
    ----------
    X : ndarray
        Activations, of any shape. A unit is dropped with all of its outgoing connections.
    p : float
        Probability in [0, 1] of a zero.
    training : bool
        False returns X times 1, no rng needed.
    rng : np.random.Generator
    shared_axes : tuple of int
        Axes along which a draw is shared: (2, 3) drops whole channels of X (N, C, H, W), called spatial
        dropout.

    Returns
    -------
    Y, mask : ndarray
        Y has X's shape and dtype; hand the mask to `dropout_backward`.

    Raises
    ------
    ValueError
        As `dropout_mask` does, and if X is no float array.

    Notes
    -----
    Inverted scaling: since the mean of M is 1, nothing has to be rescaled at test. For a linear layer the
    mean output over masks equals the output at test; after a nonlinearity this is an approximation.

    Source
    ------
    Srivastava et al., "Dropout", JMLR 15 (2014), section 4 (scaling at test time instead, as the notes
    have it). Spatial dropout: Tompson et al., "Efficient object localization using convolutional
    networks", CVPR 2015.
    """
    X = as_float(X, "X")
    if training:
        mask = dropout_mask(X.shape, p, rng=rng, shared_axes=shared_axes, dtype=X.dtype)
    else:
        mask = np.ones((1,) * X.ndim, X.dtype)
    return X * mask, mask


def dropout_backward(dY, mask):
    r"""Return dX = dY * mask: no gradient flows to what was dropped."""
    dY = as_float(dY, "dY")
    mask = as_float(mask, "mask")
    if mask.ndim != dY.ndim or any(m not in (1, n) for m, n in zip(mask.shape, dY.shape)):
        raise ValueError(f"expected mask {dY.shape}, size 1 where shared; got {mask.shape}")
    return dY * mask


def drop_connect(W, p=0.5, *, training=True, rng=None):
    r"""Drop connections: each weight on its own, where `dropout` drops all weights that leave a unit.

    .. math:: W' = W \odot M

    Parameters
    ----------
    W : ndarray
        Weights; use the result as the weights of a `linear` or of a convolution.
    p, training, rng
        As for `dropout`.

    Returns
    -------
    W_dropped, mask : ndarray

    Notes
    -----
    One mask for the whole batch, as is usual; Wan et al. draw one for each example, and at test sample
    from a normal approximation of the layer's input, where here the mean weight is used.

    Source
    ------
    Wan et al., "Regularization of neural networks using DropConnect", ICML 2013, section 3.
    """
    return dropout(W, p, training=training, rng=rng)


def drop_connect_backward(dW_dropped, mask):
    r"""Return dW = dW' * mask."""
    return dropout_backward(dW_dropped, mask)
