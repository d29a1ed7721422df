"""Small graphs, features that travel over them, and what is left of their differences: the twin of ``js/graphs.core.mjs``."""

import numpy as np

from dlnotes.ops.graph import normalize_adjacency
from dlnotes.widgets.num import Stream

DEPTH = 32                                # layers of message passing
SQUARINGS = 40                            # 2^40 steps of the power method
KARATE_EDGES = (
    (1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 17, 19, 21, 31), (2, 3, 7, 13, 17, 19, 21, 30), (3, 7, 8, 9, 13, 27, 28, 32),
    (7, 12, 13), (6, 10), (6, 10, 16), (16,), (), (30, 32, 33), (33,), (), (), (), (33,), (32, 33), (32, 33), (), (),
    (32, 33), (33,), (32, 33), (), (32, 33), (25, 27, 29, 32, 33), (25, 27, 31), (31,), (29, 33), (33,), (31, 33), (32, 33),
    (32, 33), (32, 33), (33,), ())
KARATE_PLACES = (
    0.5, 0.61, 0.65, 0.57, 0.47, 0.44, 0.4, 0.56, 0.36, 0.7, 0.37, 0.82, 0.53, 0.79, 0.29, 0.55, 0.67, 0.42, 0.48, 0.3, 0.22, 0.72,
    0.66, 0.78, 0.16, 0.63, 0.58, 0.48, 0.95, 0.33, 0.94, 0.22, 0.39, 0.95, 0.75, 0.7, 0.85, 0.15, 0.76, 0.49, 0.75, 0.11, 0.85,
    0.65, 0.63, 0.13, 0.33, 0.18, 0.05, 0.27, 0.08, 0.38, 0.55, 0.05, 0.26, 0.3, 0.37, 0.29, 0.47, 0.13, 0.84, 0.4, 0.36, 0.41,
    0.7, 0.29, 0.59, 0.26)
KARATE_SIDES = "0000000001000011001010111111111111"


def _circle(count, x, y, radius, turn=0.25):
    angle = 2 * np.pi * (turn + np.arange(count) / count)
    return np.column_stack([x + radius * np.cos(angle), y + radius * np.sin(angle)])


def _path():
    x = np.linspace(0.08, 0.92, 8)
    return np.column_stack([x, 0.5 + 0.14 * np.where(np.arange(8) % 2, 1, -1)]), [(i, i + 1) for i in range(7)], None, (0, 7)


def _ring():
    return _circle(10, 0.5, 0.5, 0.38), [(i, (i + 1) % 10) for i in range(10)], None, (0, 5)


def _star():
    return np.vstack([[[0.5, 0.5]], _circle(8, 0.5, 0.5, 0.38)]), [(0, i) for i in range(1, 9)], None, (1, 5)


def _communities():
    u = Stream(1).uniform((16, 16))
    inside = np.arange(16)[:, None] // 8 == np.arange(16) // 8
    edges = np.argwhere(np.triu(u < np.where(inside, 0.45, 0.05), 1))
    places = np.vstack([_circle(8, 0.25, 0.5, 0.2), _circle(8, 0.75, 0.5, 0.2)])
    return places, edges, [0] * 8 + [1] * 8, (0, 8)


def _barbell():
    clique = [(i, j) for i in range(5) for j in range(i + 1, 5)]
    bar = [(4, 5), (5, 6), (6, 7)]
    places = np.vstack([_circle(5, 0.2, 0.5, 0.15, 0.2), [[0.44, 0.5], [0.56, 0.5]], _circle(5, 0.8, 0.5, 0.15, 0.5)])
    return places, [*clique, *bar, *((i + 7, j + 7) for i, j in clique)], [0] * 6 + [1] * 6, (2, 9)


def _karate():
    edges = [(i, j) for i, row in enumerate(KARATE_EDGES) for j in row]
    return np.reshape(KARATE_PLACES, (34, 2)), edges, [int(c) for c in KARATE_SIDES], (0, 33)


_MAKERS = {"path": _path, "ring": _ring, "star": _star, "communities": _communities, "barbell": _barbell, "karate": _karate}
PRESETS = tuple(_MAKERS)


def preset(name):
    """A graph to begin with: places (2 N,), edges (2 E,), and for each node its label and its true side, -1 for none."""
    places, edges, truth, (a, b) = _MAKERS[name]()
    labels = [-1] * len(places)
    labels[a], labels[b] = 0, 1
    return (np.ravel(places).tolist(), np.ravel(edges).astype(int).tolist(), labels,
            list(truth) if truth else [-1] * len(places))


def adjacency(edges, N):
    """A (N, N) of undirected edges [i, j, i, j, ...]."""
    A = np.zeros((N, N))
    i, j = np.reshape(np.asarray(edges, int), (-1, 2)).T
    A[i, j] = A[j, i] = 1
    return A


def features(kind, labels, seed):
    """Features H_0 (N, C), from 0 to 1: where A is; where A and B are; or three random channels."""
    labels = np.asarray(labels)
    if kind == "random":
        return Stream(seed).uniform((len(labels), 3))
    return np.equal(labels[:, None], [[0]] if kind == "one" else [[0, 1]]).astype(float)


def layers(A_hat, H, depth=DEPTH):
    """H, A_hat H, A_hat^2 H, ...: (depth + 1, N, C)."""
    all_layers = [H]
    for _ in range(depth):
        all_layers.append(A_hat @ all_layers[-1])
    return np.array(all_layers)


# What is left of the differences ----------------------------------------------------------------------------


def components(A):
    """The number of each node's connected component (N,), from 0."""
    group = np.full(len(A), -1)
    for start in range(len(A)):
        waiting = [start] if group[start] < 0 else []
        if waiting:
            group[start] = group.max() + 1
        while waiting:
            for j in np.flatnonzero((A[waiting.pop()] > 0) & (group < 0)):
                group[j] = group[start]
                waiting.append(j)
    return group


def dominant(A, self_loops, mode):
    r"""The direction (N,) that many layers leave over in each component.

    .. math:: \text{row: } 1, \qquad \text{symmetric: } \sqrt{\hat d_i}, \qquad
              \text{none: the leading eigenvector of } \hat A

    Each has length 1 within its component, or 0 where a node without edges hears nobody. The eigenvector is
    found by squaring A_hat + c I again and again, c the greatest degree, so that no second eigenvalue is as large in size.
    """
    group, A_hat = components(A), normalize_adjacency(A, self_loops)
    degree = A_hat.sum(axis=1)
    u = np.ones(len(A)) if mode == "row" else np.sqrt(degree)
    if mode == "none":
        same = group[:, None] == group
        M = A_hat + max(degree.max(initial=0), 1) * np.eye(len(A))
        for _ in range(SQUARINGS):
            M = M @ M
            M = M / np.max(np.where(same, M.max(axis=1)[None], 0), axis=1)[:, None]
        u = M.sum(axis=1)
    length = np.sqrt(np.bincount(group, u * u))
    return u / np.where(length == 0, 1, length)[group], group


def differences(H, u, group):
    r"""How far H (..., N, C) is from the dominant directions, in shares of its size; nan where H is 0.

    .. math:: \frac{\| H - P H \|}{\| H \|}, \qquad P = \sum_c u_c u_c^\top

    Source
    ------
    The distance is d_M of Oono and Suzuki, ICLR 2020.
    """
    P = u[:, None] * u * (group[:, None] == group)
    size = np.sqrt(np.sum(H**2, axis=(-2, -1)))
    with np.errstate(invalid="ignore"):
        return np.sqrt(np.sum((H - P @ H) ** 2, axis=(-2, -1))) / size
