"""Practice for the chapter "Activation functions"."""

import numpy as np

from dlnotes.ops import activations as ops
from dlnotes.practice import Exercise, Mistake

# 1: the derivative of the sigmoid from its value


def slope_from_value(s):
    return s * (1 - s)


def slope_in_place(s):
    s *= 1 - s
    return s


VALUES = Exercise(
    points=1,
    reference=slope_from_value,
    cases=(
        (np.array([0.5]),),
        (np.array([0.1, 0.9, 0.25]),),
        (np.array([0.0, 1.0]),),
        (np.array([[0.2], [0.7]]),),
    ),
    hints=(
        "Look for the equation of the derivative that has no x in it.",
        "The slope is largest, 1/4, where the value is 1/2, and 0 where the value is 0 or 1.",
        "It is a product of two factors; one of them is s itself.",
    ),
    mistakes=(
        Mistake(lambda s: ops.sigmoid(s) * (1 - ops.sigmoid(s)),
                "s is already the value of the sigmoid: do not apply it again."),
        Mistake(lambda s: s * (s - 1),
                "the sigmoid rises everywhere, so its slope is never negative: swap the difference."),
        Mistake(lambda s: 1 - s,
                "at s = 0 the sigmoid is flat, yours is steepest there: a factor is missing."),
        Mistake(lambda s: 1 - s**2,
                "that is the slope of tanh from tanh's value; the sigmoid's value lies in (0, 1)."),
        Mistake(slope_in_place,
                "s *= ... writes into the caller's array: the forward value is lost. Make a new array."),
    ),
    next="write the slope of tanh from its value, and compare both with finite differences.",
)

# 2: backward through a leaky ReLU whose slope is learned


def prelu_backward(dY, x, alpha):
    return np.where(x > 0, dY, alpha * dY), np.sum(dY * np.minimum(x, 0))


X2 = np.array([[1.0, -2.0, 3.0], [-0.5, 4.0, -6.0]])
DY2 = np.array([[0.1, 0.2, 0.3], [-1.0, 2.0, 0.5]])
PRELU = Exercise(
    points=2,
    reference=prelu_backward,
    cases=(
        (np.array([1.0, 1.0]), np.array([2.0, -3.0]), 0.1),
        (DY2, X2, 0.25),
        (DY2, -X2, 0.0),
        (DY2, np.abs(X2), 0.1),
    ),
    hints=(
        "Two gradients are asked: for x, of x's shape, and for the one number alpha.",
        "alpha multiplies x where x <= 0 and nowhere else. How does one such x move the loss with alpha?",
        "dX is dY or alpha * dY; dalpha adds up dY * min(0, x) over every number of x.",
    ),
    mistakes=(
        Mistake(lambda dY, x, alpha: (np.where(x > 0, dY, alpha * dY), dY * np.minimum(x, 0)),
                "alpha is one number used many times: its gradient is the sum over all its uses."),
        Mistake(lambda dY, x, alpha: (np.where(x > 0, dY, alpha * dY), np.mean(dY * np.minimum(x, 0))),
                "dalpha is a mean where a sum is due: the 1/N, if there is one, came in with dY."),
        Mistake(lambda dY, x, alpha: (np.where(x > 0, 1.0, alpha), np.sum(np.minimum(x, 0))),
                "that is the slope alone: the chain rule multiplies it by the gradient from above, dY."),
        Mistake(lambda dY, x, alpha: (np.where(x > 0, alpha * dY, dY), np.sum(dY * np.maximum(x, 0))),
                "the two sides are swapped: alpha acts on the left, where x <= 0."),
        Mistake(lambda dY, x, alpha: (np.where(x > 0, dY, alpha * dY), np.sum(dY * x)),
                "where x > 0 the output does not contain alpha: those x add nothing to its gradient."),
    ),
    next="give each of C channels its own slope, so that dalpha is (C,); dlnotes.ops.activations.prelu does.",
)

# 3: a stable log-sigmoid


def log_sigmoid(x):
    return -np.logaddexp(0, -x)


LOG_SIGMOID = Exercise(
    points=2,
    reference=log_sigmoid,
    cases=(
        (np.array([0.0, 1.0, -1.0]),),
        (np.array([-30.0, -5.0, 5.0, 30.0]),),
        (np.array([-1000.0, 1000.0]),),
        (np.array([[-1e4, -40.0], [40.0, 1e4]]),),
    ),
    tol=1e-12,
    hints=(
        "Print exp(1000), then log(0): one of the two happens inside yours.",
        "Simplify log(1 / (1 + exp(-x))) on paper. Which activation of this chapter is left?",
        "It is minus the softplus of -x; np.logaddexp(0, z) is log(1 + exp(z)) without overflow.",
    ),
    mistakes=(
        Mistake(lambda x: np.log(1 / (1 + np.exp(-x))),
                "at x = -1000 exp(-x) overflows, or the sigmoid rounds to 0 before its log: simplify first."),
        Mistake(lambda x: x - np.log1p(np.exp(x)),
                "right on paper, but exp(x) overflows at x = 1000: no exponent may grow large."),
        Mistake(lambda x: np.log(np.maximum(ops.sigmoid(x), 1e-12)),
                "clipping hides the overflow and is wrong there: log s(-1000) is -1000, not -27.6."),
        Mistake(lambda x: np.logaddexp(0, -x),
                "a probability is below 1, so its logarithm is negative: mind the sign."),
        Mistake(lambda x: -np.logaddexp(0, x),
                "that is log(1 - s(x)): check it at x = 30, where s(x) is nearly 1."),
    ),
    next="use it for the loss of a yes-or-no classifier: -y log s(x) - (1 - y) log s(-x).",
)

# 4: the share of dead units


def dead_share(X, W, b):
    return float(np.mean(np.all(X @ W + b <= 0, axis=0)))


def _layer(seed, n, d, h, shift):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, d)), rng.standard_normal((d, h)), rng.standard_normal(h) * 2 + shift


DEAD = Exercise(
    points=2,
    reference=dead_share,
    cases=(
        (np.array([[1.0], [2.0], [3.0]]), np.array([[1.0, -1.0, 1.0, -1.0]]), np.array([0, 0, -2.5, 4])),
        _layer(0, 30, 3, 8, -5.0),
        _layer(1, 6, 2, 20, -2.0),
        (np.ones((4, 2)), np.ones((2, 3)), np.ones(3)),
    ),
    hints=(
        "Compute the pre-activations first: Z = X @ W + b, one row an example, one column a unit.",
        "A unit is dead on these data if its whole column of Z is <= 0.",
        "np.all(..., axis=0) goes down the columns; the mean of truth values is a share.",
    ),
    mistakes=(
        Mistake(lambda X, W, b: float(np.mean(X @ W + b <= 0)),
                "that is the sparsity, the share of zeros: a unit off for most examples is not yet dead."),
        Mistake(lambda X, W, b: float(np.mean(np.any(X @ W + b <= 0, axis=0))),
                "a unit that is off for one example is not dead: it must be off for all."),
        Mistake(lambda X, W, b: float(np.mean(np.all(X @ W + b <= 0, axis=1))),
                "axis 1 runs over the units: you counted the examples that wake no unit."),
        Mistake(lambda X, W, b: float(np.sum(np.all(X @ W + b <= 0, axis=0))),
                "that is the number of dead units: a share lies between 0 and 1."),
        Mistake(lambda X, W, b: float(np.mean(np.all(X @ W <= 0, axis=0))),
                "the bias is missing, and it is what kills most units."),
    ),
    next="count the dead units of the trained networks above, layer by layer.",
)

# 5: the gain that keeps the signal alive

Z = np.linspace(-10, 10, 20001)
DENSITY = np.exp(-Z * Z / 2) / np.sqrt(2 * np.pi) * (Z[1] - Z[0])    # sums to 1


def gain(f):
    return float(1 / np.sqrt(np.sum(DENSITY * f(Z) ** 2)))


def half(x):
    """x / 2, whose gain is 2."""
    return x / 2


GAIN = Exercise(
    points=3,
    reference=gain,
    cases=((half,), (ops.relu,), (ops.tanh,), (ops.absolute,), (ops.softsign,), (ops.gelu,)),
    tol=0.01,
    hints=(
        "Draw many standard normal z and look at the mean of f(z)**2.",
        "If the mean of f(z)**2 is m, what is the mean of (c f(z))**2? Set it to 1.",
        "c = 1 / sqrt(mean of f(z)**2). A sum over a grid, weighted by the normal density, has no noise.",
    ),
    mistakes=(
        Mistake(lambda f: float(1 / np.sum(DENSITY * f(Z) ** 2)),
                "the mean of (c f)**2 is c squared times the mean of f**2: a root is missing."),
        Mistake(lambda f: float(np.sqrt(np.sum(DENSITY * f(Z) ** 2))),
                "that is the size of f(z): the factor that brings it back to 1 is its reciprocal."),
        Mistake(lambda f: float(1 / np.sqrt(np.sum(DENSITY * f(Z) ** 2) - np.sum(DENSITY * f(Z)) ** 2)),
                "that divides by the standard deviation; the next layer feels the whole mean of f**2."),
        Mistake(lambda f: float(1 / np.sqrt(np.mean(f(Z[np.abs(Z) <= 3]) ** 2))),
                "all z count the same here: weight them by the normal density or draw them from it."),
    ),
    next="scale 40 layers by c / sqrt(fan_in): for which f does the gradient keep its size as well?",
)

EXERCISES = {f"activations-{i}": e for i, e in enumerate((VALUES, PRELU, LOG_SIGMOID, DEAD, GAIN), start=1)}
