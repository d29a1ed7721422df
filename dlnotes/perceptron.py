r"""The perceptron: its learning algorithm (PLA), the pocket, and the widest margin that bounds its mistakes.

Rows of X are examples, labels y are -1 and +1. There is no bias here: give the inputs a constant 1 (`with_bias`),
so that the last weight is the bias. An example on the boundary, ``x @ w == 0``, counts as a mistake.
"""

from typing import NamedTuple

import numpy as np


class Trace(NamedTuple):
    """A run of the PLA with M mistakes; ``end`` is "separated", "cycle" or "stopped"."""

    W: np.ndarray            # (M + 1, D): the weights at the start and after each mistake
    rows: np.ndarray         # (M,): which example the mistake was made on
    looks: np.ndarray        # (M,): how many examples had been looked at by then
    end: str
    start: int               # W[M] is W[start] and the run repeats, if end is "cycle"; else M


class Margin(NamedTuple):
    """What `max_margin` found."""

    gamma: float             # widest margin; 0 if no w separates the classes
    u: np.ndarray            # (D,): the unit vector that has it; all 0 if there is none
    mix: np.ndarray          # (N,): weights >= 0 with sum 1; mix @ (y x) has the length gamma
    upper: float             # no unit vector has a wider margin than this


def with_bias(X):
    """Inputs with a constant 1 behind them: X (N, D) becomes (N, D + 1)."""
    X = np.asarray(X, dtype=float)
    if X.ndim != 2:
        raise ValueError(f"expected X (N, D); got {X.shape}")
    return np.hstack([X, np.ones((len(X), 1))])


def _checked(X, y):
    X, y = np.asarray(X, dtype=float), np.asarray(y, dtype=float)
    if X.ndim != 2:
        raise ValueError(f"expected X (N, D); got {X.shape}")
    if y.shape != X.shape[:1]:
        raise ValueError(f"expected y {X.shape[:1]}; got {y.shape}")
    if not np.all(np.abs(y) == 1):
        raise ValueError(f"expected labels -1 and +1; got {np.unique(y)[:5].tolist()}")
    if not np.all(np.isfinite(X)):
        raise ValueError("expected finite X")
    return X, y


def pla(X, y, *, w=None, lr=1.0, order=None, mistakes=1000):
    r"""The perceptron learning algorithm: look at one example after the other, correct each mistake.

    .. math:: w \leftarrow w + \eta\, y_i x_i \quad\text{if}\quad y_i\, w \cdot x_i \le 0

    Parameters
    ----------
    X : array (N, D)
        Inputs, with a constant 1 if a bias is wanted.
    y : array (N,) of -1 and +1
    w : array (D,), optional
        First weights; 0 if not given.
    lr : float
        Learning rate; from w = 0 it only scales w.
    order : array (N,), optional
        In which order the examples are looked at, again and again; as they stand if not given.
    mistakes : int
        The run stops after so many.

    Returns
    -------
    Trace
        The run ends as soon as all examples are right, or mistake and weights have occurred before.

    Notes
    -----
    If the classes can be separated there are at most (R / gamma)^2 mistakes from w = 0 (Novikoff 1962;
    ``tests/test_perceptron.py`` holds it). If not, the weights stay bounded (Block and Levin 1970), and with
    numbers that add without rounding they must come back.

    Source
    ------
    Rosenblatt, "The perceptron", Psychological Review 65, 1958.
    """
    X, y = _checked(X, y)
    order = np.arange(len(X)) if order is None else np.asarray(order)
    if sorted(order.tolist()) != list(range(len(X))):
        raise ValueError(f"expected order to be a permutation of 0 to {len(X) - 1}")
    if not lr > 0:
        raise ValueError(f"expected lr > 0; got {lr}")
    w = np.zeros(X.shape[1]) if w is None else np.array(w, dtype=float)
    if w.shape != X.shape[1:]:
        raise ValueError(f"expected w {X.shape[1:]}; got {w.shape}")
    return _run((y[:, None] * X)[order], order, w, lr, mistakes)


def _run(Z, order, w, lr, mistakes):
    """The algorithm on rows Z = y x that stand in the order of looking."""
    W, rows, looks, seen, look = [w], [], [], {}, 0
    while True:
        wrong = np.flatnonzero(Z @ w <= 0)
        if not wrong.size or len(rows) >= mistakes:
            end = "stopped" if wrong.size else "separated"
            break
        lap, place = divmod(look, len(Z))
        ahead = wrong[wrong >= place]
        place = ahead[0] if ahead.size else wrong[0] + len(Z)
        look = lap * len(Z) + int(place) + 1
        w = w + lr * Z[place % len(Z)]
        W.append(w)
        rows.append(int(order[place % len(Z)]))
        looks.append(look)
        start = seen.setdefault((rows[-1], (w + 0.0).tobytes()), len(rows))    # -0.0 becomes 0.0
        if start < len(rows):
            end = "cycle"
            break
    start = start if end == "cycle" else len(rows)
    return Trace(np.array(W), np.array(rows, dtype=int), np.array(looks, dtype=int), end, start)


def errors(X, y, W):
    """On how many examples each row of W (M, D) is wrong, the boundary included; returns (M,) ints."""
    X, y = _checked(X, y)
    signed = X * y[:, None]
    parts = [np.sum(signed @ W[k:k + 64].T <= 0, axis=0) for k in range(0, len(W), 64)]
    return np.concatenate(parts) if parts else np.zeros(0, dtype=int)


def pocket(wrong):
    """For each moment of a run, when the weights with the fewest errors so far were found.

    Parameters
    ----------
    wrong : array (M,)
        Errors of the weights at each moment, from `errors`.

    Returns
    -------
    int array (M,)
        The first moment up to then with the fewest errors: the pocket algorithm "with ratchet".

    Source
    ------
    Gallant, "Perceptron-based learning algorithms", IEEE Transactions on Neural Networks 1, 1990.
    """
    wrong = np.asarray(wrong)
    best = np.minimum.accumulate(wrong)
    fresh = np.r_[True, best[1:] < best[:-1]][:len(wrong)]
    return np.maximum.accumulate(np.where(fresh, np.arange(len(wrong)), 0))


def max_margin(X, y, *, tol=1e-10):
    r"""The widest margin of any unit vector, found as the point of a convex hull that is nearest to 0.

    .. math:: \gamma = \max_{\|u\| = 1} \min_i y_i\, u \cdot x_i = \min_{a \ge 0,\ \sum a_i = 1}
        \Big\| \sum_i a_i y_i x_i \Big\|

    Where the hull holds 0, no vector separates the classes, and the margin is 0.

    Parameters
    ----------
    X : array (N, D)
        Inputs, with a constant 1 if a bias is wanted (which then counts in the length of u).
    y : array (N,) of -1 and +1
    tol : float
        Relative accuracy: gamma >= upper - tol * R, with R the longest example.

    Returns
    -------
    Margin
        Any mixture of the y x is at least as long as every margin is wide, so `gamma` (measured on u) and
        `upper` (the length of the mixture) enclose the true value.

    Source
    ------
    Wolfe, "Finding the nearest point in a polytope", Mathematical Programming 11, 1976.
    """
    X, y = _checked(X, y)
    if not len(X):
        raise ValueError("expected at least one example")
    Z = X * y[:, None]
    R = np.sqrt((Z**2).sum(axis=1).max())
    mix = np.zeros(len(Z))
    mix[np.argmin((Z**2).sum(axis=1))] = 1
    p = mix @ Z
    for _ in range(50 * (Z.shape[1] + 2)):
        far = int(np.argmin(Z @ p))
        length = np.linalg.norm(p)
        if length <= 100 * tol * R or p @ Z[far] >= length * (length - tol * R) or mix[far] > 0:
            break
        mix = _nearest(Z, mix, far)
        p = mix @ Z
    if np.linalg.norm(p) <= 100 * tol * R:
        return Margin(0.0, np.zeros(Z.shape[1]), mix, float(np.linalg.norm(p)))
    u = p / np.linalg.norm(p)
    return Margin(max(float((Z @ u).min()), 0.0), u, mix, float(np.linalg.norm(p)))


def _nearest(Z, mix, far):
    """Go to the point nearest to 0 of the flat through the chosen rows and `far`; drop rows that turn negative."""
    mix = mix.copy()
    rows = np.r_[np.flatnonzero(mix), far]
    while True:
        G = Z[rows] @ Z[rows].T
        aim = np.linalg.lstsq(G + G.max(), np.ones(len(rows)), rcond=None)[0]
        aim /= aim.sum()
        if np.all(aim > 1e-12):
            break
        now = mix[rows]
        falling = np.flatnonzero(aim <= 1e-12)
        steps = now[falling] / np.maximum(now[falling] - aim[falling], 1e-300)
        step = steps.min()
        mix[rows] = (1 - step) * now + step * aim
        mix[rows[falling[steps <= step]]] = 0
        mix[mix < 1e-12] = 0
        rows = rows[mix[rows] > 0]
    mix[rows] = aim
    return mix / mix.sum()
