"""Real data that works offline: generated, or inside a library that the book needs anyway."""

import random
from typing import NamedTuple

import numpy as np


class Split(NamedTuple):
    """Data in two parts: X (N, D) float32 and y (N,) int64 for training, and the same for testing."""

    X_train: np.ndarray
    y_train: np.ndarray
    X_test: np.ndarray
    y_test: np.ndarray


def mnist1d(n=5000, *, seed=42):
    """MNIST-1D: ten digits drawn as curves of 40 numbers, moved, sheared and noisy.

    Parameters
    ----------
    n : int
        Number of examples, a multiple of 10; the first 4/5 are for training. 5000 and seed 42 give the
        published examples.
    seed : int
        Seed of the generator.

    Returns
    -------
    Split
        X_train (4n/5, 40) with mean 0 and standard deviation 1 over all its numbers; X_test (n/5, 40) on the
        same scale.

    Raises
    ------
    ValueError
        If n is not a positive multiple of 10.

    Notes
    -----
    The generator draws from Python's and numpy's global random numbers; both are given back as they were
    (``tests/test_data.py``).

    Source
    ------
    Greydanus and Kobak, "Scaling down deep learning with MNIST-1D", ICML 2024, arXiv:2011.14439;
    the package mnist1d.
    """
    if n <= 0 or n % 10:
        raise ValueError(f"expected n to be a positive multiple of 10; got {n}")
    from mnist1d.data import get_dataset_args, make_dataset

    args = get_dataset_args()
    args.num_samples, args.seed = n, seed
    states = random.getstate(), np.random.get_state()
    try:
        made = make_dataset(args)
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])
    mean, std = made["x"].mean(), made["x"].std()
    X_train, X_test = (((made[k] - mean) / std).astype(np.float32) for k in ("x", "x_test"))
    y_train, y_test = (made[k].astype(np.int64) for k in ("y", "y_test"))
    return Split(X_train, y_train, X_test, y_test)
