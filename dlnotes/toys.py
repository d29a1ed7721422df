r"""Toy data sets in the plane: points X (N, 2) and their classes y (N,), for a network that is watched.

What all of them share is said here once:

Parameters
    N : int
        Number of points; the first ceil(N / 2) are of the first kind. `split` mixes them.
    rng : np.random.Generator, or the widgets' `dlnotes.widgets.num.Stream`
        Each point draws its uniform numbers in the order in which its formula names them, point after point,
        so that the browser (``js/datasets.core.mjs``) gets the same points from the same Stream.
    noise : float >= 0
        0 for the clean shape. Each function says what it does.
Returns
    X : float64 array (N, 2)
    y : int64 array (N,) of classes 0 and 1
Raises
    ValueError, if N < 1 or noise is negative or not finite.
Notes
    ``tests/test_net_parity.py`` compares each with the browser's; ``tests/test_toys.py`` looks at the shapes.
Sources
    circle, xor, gauss, spiral: the recipes of TensorFlow Playground (Smilkov and Carter 2016,
    playground.tensorflow.org), written anew. moons: scikit-learn's make_moons. parabola: D. Godoy,
    "Hyper-parameters in action, part I" (2018).
"""

import numpy as np


def _uniform(rng, *size):
    """Numbers in [0, 1); a Stream calls `uniform` what a Generator calls `random`."""
    draw = getattr(rng, "random", None) or rng.uniform
    return draw(size)


def _normal(rng, *size):
    """Standard normal numbers of two uniform ones each (Box and Muller 1958, with the cosine alone)."""
    u = _uniform(rng, *size, 2)
    return np.sqrt(-2 * np.log(1 - u[..., 0])) * np.cos(2 * np.pi * u[..., 1])


def _halves(N, noise):
    """Return y: class 1 for the first ceil(N / 2), then 0."""
    if not N >= 1:
        raise ValueError(f"expected N >= 1; got {N}")
    if not 0 <= noise < np.inf:
        raise ValueError(f"expected noise >= 0 and finite; got {noise}")
    return (np.arange(N) < -(-N // 2)).astype(np.int64)


def _along(y, closed):
    """For each point its place along its curve, from 0 to 1; `closed`: the last point of each is at 1."""
    u = np.empty(len(y))
    for label in (0, 1):
        count = int((y == label).sum())
        u[y == label] = np.arange(count) / (max(count - 1, 1) if closed else max(count, 1))
    return u


def circle(N, rng, noise=0.0):
    r"""A disc of radius 2.5 (class 1) inside a ring of radii 3.5 to 5.

    .. math:: x = r\,(\sin\varphi, \cos\varphi), \qquad r \sim U(0, \tfrac52) \text{ or } U(\tfrac72, 5),
              \qquad \varphi \sim U(0, 2\pi), \qquad y = [\,|x + \text{noise} \cdot \epsilon| < \tfrac52\,],
              \qquad
              \epsilon \sim U(-5, 5)^2

    The noise changes labels, not places: a point is classed where the noise would have moved it.
    """
    inner, u = _halves(N, noise), _uniform(rng, N, 4)
    r = np.where(inner == 1, 2.5 * u[:, 0], 3.5 + 1.5 * u[:, 0])
    X = r[:, None] * np.column_stack([np.sin(2 * np.pi * u[:, 1]), np.cos(2 * np.pi * u[:, 1])])
    return X, _radius_below(X + noise * (10 * u[:, 2:] - 5), 2.5)


def _radius_below(X, limit):
    return (np.sqrt((X * X).sum(axis=1)) < limit).astype(np.int64)


def xor(N, rng, noise=0.0):
    r"""A square in four quarters: class 1 where both coordinates have the same sign.

    .. math:: x_i = u_i \pm 0.3, \qquad u_i \sim U(-5, 5), \qquad
              y = [\,(x_1 + \text{noise} \cdot \epsilon_1)(x_2 + \text{noise} \cdot \epsilon_2) \ge 0\,],
              \qquad \epsilon \sim U(-5, 5)^2

    0.3 is added away from 0, which leaves a gap between the quarters. The noise changes labels, not places.
    """
    _halves(N, noise)
    u = 10 * _uniform(rng, N, 4) - 5
    X = u[:, :2] + np.where(u[:, :2] > 0, 0.3, -0.3)
    moved = X + noise * u[:, 2:]
    return X, (moved[:, 0] * moved[:, 1] >= 0).astype(np.int64)


def gauss(N, rng, noise=0.0):
    r"""Two clouds: normal around (2, 2) (class 1) and (-2, -2).

    .. math:: x \sim N(\pm (2, 2),\; 0.5 + 7 \cdot \text{noise})
    """
    y = _halves(N, noise)
    return np.where(y == 1, 2.0, -2.0)[:, None] + np.sqrt(0.5 + 7 * noise) * _normal(rng, N, 2), y


def spiral(N, rng, noise=0.0):
    r"""Two arms that wind around each other; class 1 starts upwards, class 0 is turned by half a turn.

    .. math:: x = 5 u\,(\sin\varphi, \cos\varphi) + \text{noise} \cdot \epsilon, \qquad
              \varphi = 3.5\,\pi u + \pi [y = 0], \qquad u = \tfrac{i}{n}, \quad i = 0, \dots, n - 1, \qquad
              \epsilon \sim U(-1, 1)^2
    """
    y = _halves(N, noise)
    u = _along(y, closed=False)
    angle = 3.5 * np.pi * u + np.pi * (y == 0)
    X = 5 * u[:, None] * np.column_stack([np.sin(angle), np.cos(angle)])
    return X + noise * (2 * _uniform(rng, N, 2) - 1), y


def moons(N, rng, noise=0.0):
    r"""Two half circles of radius 1 that reach into each other.

    .. math:: x = (\cos\varphi, \sin\varphi) \ (y = 1), \qquad
              (1 - \cos\varphi, \tfrac12 - \sin\varphi) \ (y = 0), \qquad \varphi = 0, \dots, \pi,
              \qquad \text{plus noise} \cdot N(0, 1)^2
    """
    y = _halves(N, noise)
    angle = np.pi * _along(y, closed=True)
    upper = np.column_stack([np.cos(angle), np.sin(angle)])
    X = np.where(y[:, None] == 1, upper, [1.0, 0.5] - upper)
    return X + noise * _normal(rng, N, 2), y


def parabola(N, rng, noise=0.0):
    r"""Two curves that no line parts, but a bend of the plane does.

    .. math:: x_2 = x_1^2 - \tfrac12 [y = 1], \qquad x_1 = -1, \dots, 1 \text{ for either class}, \qquad
              \text{plus noise} \cdot N(0, 1)^2
    """
    y = _halves(N, noise)
    x1 = -1 + 2 * _along(y, closed=True)
    return np.column_stack([x1, x1**2 - 0.5 * y]) + noise * _normal(rng, N, 2), y


DATASETS = {f.__name__: f for f in (circle, xor, gauss, spiral, moons, parabola)}


def permutation(N, rng):
    """The numbers 0 to N - 1 in an order drawn by `rng`, each order being as likely as any other.

    Notes
    -----
    ``rng.permutation`` does the same for a Generator; here N - 1 uniform numbers are drawn one after the
    other, as the browser does.

    Source
    ------
    Fisher and Yates 1938, in the form of Durstenfeld, "Algorithm 235", Communications of the ACM 7 (1964).
    """
    order = np.arange(N)
    for i, u in zip(range(N - 1, 0, -1), _uniform(rng, max(N - 1, 0))):
        j = int(u * (i + 1))
        order[i], order[j] = order[j], order[i]
    return order


def split(X, y, test_share, rng):
    """Mix the examples and part them.

    Parameters
    ----------
    X : array (N, ...)
    y : array (N, ...)
    test_share : float
        In [0, 1]; floor(test_share * N + 1/2) examples are for the test.
    rng : np.random.Generator or Stream

    Returns
    -------
    X_train, y_train, X_test, y_test : arrays
    """
    if len(X) != len(y):
        raise ValueError(f"expected as many rows in X as in y; got {len(X)} and {len(y)}")
    if not 0 <= test_share <= 1:
        raise ValueError(f"expected test_share in [0, 1]; got {test_share}")
    order = permutation(len(X), rng)
    cut = len(X) - int(np.floor(test_share * len(X) + 0.5))
    return X[order[:cut]], y[order[:cut]], X[order[cut:]], y[order[cut:]]


FEATURES = {
    "x1": lambda x1, x2: x1, "x2": lambda x1, x2: x2, "x1_squared": lambda x1, x2: x1 * x1,
    "x2_squared": lambda x1, x2: x2 * x2, "product": lambda x1, x2: x1 * x2,
    "sin_x1": lambda x1, x2: np.sin(x1), "sin_x2": lambda x1, x2: np.sin(x2),
}


def features(names, X):
    """What a network is given of each point: the columns of X (N, 2) by name, as an array (N, len(names)).

    Parameters
    ----------
    names : list of str
        Keys of `FEATURES`: x1, x2, x1_squared, x2_squared, product, sin_x1, sin_x2.
    X : array (N, 2)
    """
    unknown = [name for name in names if name not in FEATURES]
    if unknown or not names:
        raise ValueError(f"expected names of {', '.join(FEATURES)}; got {list(names)}")
    return np.column_stack([FEATURES[name](X[:, 0], X[:, 1]) for name in names])
