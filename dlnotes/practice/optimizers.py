"""Practice for the chapter "Optimizers"."""

import math

import numpy as np

from dlnotes.practice import Exercise, Mistake
from dlnotes.practice._questions import Choice, Question

# 1: how many steps a digit takes


def digit(h, lr):
    return _digit(np.max(np.abs(1 - lr * h)))


def _digit(factor):
    if factor >= 1:
        return 0
    return 1 if factor == 0 else math.ceil(math.log(0.1) / math.log(factor))


DIGIT = Exercise(
    points=1,
    reference=digit,
    cases=(
        (np.array([10.0]), 0.05),
        (np.array([100.0, 1.0]), 0.019),
        (np.array([100.0, 1.0]), 0.021),
        (np.array([4.0, 1.0]), 0.25),
        (np.array([2.0]), 0.5),
        (np.array([3.0, 9.0, 6.0]), 0.21),
        (np.array([8.0, 9.0]), 0.2),
    ),
    hints=(
        "What does one step do to a single parameter? Write it as a factor.",
        "A factor may be negative, and each parameter has its own. Which of them keeps all waiting?",
        "The size of that factor to the power of the steps must come down to 1/10. Take logarithms, and round up.",
    ),
    mistakes=(
        Mistake(lambda h, lr: _digit(abs(1 - lr * np.min(h))),
                "the flattest direction is not always the slowest: near the limit the steepest one is."),
        Mistake(lambda h, lr: _digit(abs(1 - lr * np.max(h))),
                "the steepest direction is not always the slowest: look at all of them."),
        Mistake(lambda h, lr: _digit(max(np.max(1 - lr * h), 0.0)),
                "a factor of -0.9 is as slow as one of 0.9: take its size, the sign only crosses the valley."),
        Mistake(lambda h, lr: math.floor(math.log(0.1) / math.log(f)) if 0 < (f := np.max(np.abs(1 - lr * h))) < 1
                else digit(h, lr),
                "rounded down there is a little more than a tenth left: round up."),
        Mistake(lambda h, lr: math.ceil(1 / (1 - f)) if (f := np.max(np.abs(1 - lr * h))) < 1 else 0,
                "each step takes its share of what is left, not of the start: the factors multiply."),
    ),
    next="for the curvatures 100 and 1, which lr makes the number of steps smallest?",
)

# 2: the gradients behind a walk with momentum


def gradients_of(path, lr, beta):
    return _walked(path, lr, beta)


def _walked(path, lr, beta, sign=-1.0, scale=1.0):
    v = sign * np.diff(path, axis=0) / lr
    before = np.concatenate([np.zeros_like(v[:1]), v[:-1]])
    return (v - beta * before) * scale


def _momentum_path(seed, T, D, lr, beta):
    g, v, w = np.random.default_rng(seed).standard_normal((T, D)), np.zeros(D), [np.zeros(D)]
    for row in g:
        v = beta * v + row
        w.append(w[-1] - lr * v)
    return np.array(w), lr, beta


WALK = Exercise(
    points=2,
    reference=gradients_of,
    cases=(
        (np.array([[0.0], [-0.1], [-0.29], [-0.561]]), 0.1, 0.9),
        _momentum_path(0, 5, 2, 0.05, 0.5),
        _momentum_path(1, 30, 3, 0.01, 0.99),
        _momentum_path(2, 4, 1, 0.2, 0.0),
    ),
    tol=1e-8,
    hints=(
        "Go backwards through the two lines of momentum. What does the difference of two neighbours in path tell?",
        "Each difference is -lr times a velocity. All velocities are known then.",
        "A velocity holds beta times the one before it, and the gradient. Before the first there was none.",
    ),
    mistakes=(
        Mistake(lambda path, lr, beta: -np.diff(path, axis=0) / lr,
                "those are the velocities: each still holds beta times the one before it."),
        Mistake(lambda path, lr, beta: _walked(path, lr, beta, sign=1.0),
                "the sign is turned: the walk goes against the velocity."),
        Mistake(lambda path, lr, beta: _walked(path, lr, beta, scale=lr),
                "the learning rate is still inside: divide the differences by it."),
        Mistake(lambda path, lr, beta: _walked(path, lr, beta, scale=1 / (1 - beta)),
                "momentum adds the whole gradient; the factor 1 - beta belongs to the running average (E32)."),
        Mistake(lambda path, lr, beta: _walked(path, lr, -beta),
                "beta times the earlier velocity was added on the way: take it off."),
    ),
    next="which walk would Nesterov's momentum have made with these gradients?",
)

# 3: Adam's step after a long silence


def first_step(t, lr, beta1, beta2):
    m, v = (1 - beta1) / (1 - beta1**t), (1 - beta2) / (1 - beta2**t)
    return float(lr * m / np.sqrt(v))


SILENCE = Exercise(
    points=2,
    reference=first_step,
    cases=((1, 0.1, 0.9, 0.999), (2, 0.1, 0.9, 0.999), (100, 0.01, 0.9, 0.999), (20, 1.0, 0.5, 0.9), (5000, 0.001, 0.9, 0.99)),
    hints=(
        "What are m and v just before step t, and what are they after it?",
        "After it m holds 1 - beta1 of g, and v holds 1 - beta2 of g squared. Then both are corrected.",
        "The step is lr times the corrected m over the root of the corrected v: where does g go?",
    ),
    mistakes=(
        Mistake(lambda t, lr, beta1, beta2: lr,
                "that is the very first step, t = 1, or a gradient that has long been the same."),
        Mistake(lambda t, lr, beta1, beta2: lr * (1 - beta1) / np.sqrt(1 - beta2),
                "the corrections for the start are missing: divide m and v by 1 - beta**t."),
        Mistake(lambda t, lr, beta1, beta2: lr * (1 - beta1) / (1 - beta1**t) / np.sqrt(1 - beta2),
                "v needs its correction too."),
        Mistake(lambda t, lr, beta1, beta2: lr * (1 - beta1) / (1 - beta1**t) * (1 - beta2**t) / (1 - beta2),
                "v is a mean of squares: take its root."),
        Mistake(lambda t, lr, beta1, beta2: lr * np.sqrt((1 - beta2**t) / (1 - beta2)),
                "m is not g: it has seen g once and t - 1 zeros before."),
    ),
    next="how long is the step after it, if the gradient is 0 again? Add up all that follow.",
)

# 4: backtracking until the decrease suffices


def backtrack(f, w, g, lr, c):
    while f(w - lr * g) > f(w) - c * lr * np.sum(g * g):
        lr = lr / 2
    return lr


def backtrack_any(f, w, g, lr, c):
    while f(w - lr * g) > f(w):
        lr = lr / 2
    return lr


def backtrack_norm(f, w, g, lr, c):
    while f(w - lr * g) > f(w) - c * lr * np.sqrt(np.sum(g * g)):
        lr = lr / 2
    return lr


def backtrack_once(f, w, g, lr, c):
    return lr / 2 if f(w - lr * g) > f(w) - c * lr * np.sum(g * g) else lr


def backtrack_too_far(f, w, g, lr, c):
    return backtrack(f, w, g, lr, c) / 2


def bowl(w):
    """(100 w_1^2 + w_2^2) / 2."""
    return float(50 * w[0] ** 2 + 0.5 * w[1] ** 2)


def quartic(w):
    """The sum of w^4 / 4."""
    return float(np.sum(w**4) / 4)


BACKTRACK = Exercise(
    points=2,
    reference=backtrack,
    cases=(
        (bowl, np.array([1.0, 1.0]), np.array([100.0, 1.0]), 1.0, 0.1),
        (bowl, np.array([0.0, 1.0]), np.array([0.0, 1.0]), 1.0, 0.1),
        (bowl, np.array([0.0, 0.2]), np.array([0.0, 0.2]), 1.5, 0.1),
        (quartic, np.array([3.0, 1.0]), np.array([27.0, 1.0]), 0.5, 0.5),
        (bowl, np.array([1.0, 4.0]), np.array([100.0, 4.0]), 0.0199, 0.4),
    ),
    hints=(
        "Try the length lr first. If the loss does not fall enough, try half of it, and so on.",
        "Along -g the slope of the loss is minus the sum of g * g.",
        "Compare f at the new place with f(w) minus c times the decrease that this slope and lr promise.",
    ),
    mistakes=(
        Mistake(backtrack_any,
                "any decrease satisfies yours: the condition asks for c times what the slope promises."),
        Mistake(backtrack_norm,
                "the slope along -g is the squared length of g, not its length."),
        Mistake(backtrack_once,
                "halving once may not be enough: go on until the condition holds."),
        Mistake(backtrack_too_far,
                "yours is half as long as it need be: return the first length that satisfies it."),
        Mistake(lambda f, w, g, lr, c: lr,
                "that is the first length, untested: compare the loss there with the condition."),
    ),
    next="begin each search with twice the length that the last one found.",
)

# 5: what a rate for each parameter leaves of the condition number


def left_condition(H):
    scale = 1 / np.sqrt(np.diag(H))
    h = np.linalg.eigvalsh(scale[:, None] * H * scale)
    return float(h[-1] / h[0])


def left_once(H):
    h = np.linalg.svd(H / np.diag(H)[:, None], compute_uv=False)
    return float(h[0] / h[-1])


def left_full_twice(H):
    d = np.diag(H)
    h = np.linalg.eigvalsh(H / d[:, None] / d)
    return float(h[-1] / h[0])


def _turned(curvatures, seed):
    Q = np.linalg.qr(np.random.default_rng(seed).standard_normal((len(curvatures),) * 2))[0]
    return Q @ np.diag(curvatures) @ Q.T


LEFT_CONDITION = Exercise(
    points=3,
    reference=left_condition,
    cases=(
        (np.diag([100.0, 1.0]),),
        (np.array([[50.5, 49.5], [49.5, 50.5]]),),
        (np.array([[9.0, 2.0], [2.0, 1.0]]),),
        (_turned(np.array([1.0, 10.0, 100.0]), 0),),
    ),
    tol=1e-8,
    hints=(
        "Measure each parameter in its own unit: u = w * sqrt(d), d the diagonal of H. What is the Hessian in u?",
        "Dividing row i by sqrt(d_i) and column j by sqrt(d_j) makes all diagonal entries 1.",
        "np.linalg.eigvalsh gives the eigenvalues in rising order: the last over the first.",
    ),
    mistakes=(
        Mistake(lambda H: float(np.linalg.cond(H)),
                "that is the condition number before: scale by the diagonal first."),
        Mistake(left_once,
                "rows alone make the matrix lopsided, and singular values are no curvatures: scale columns too."),
        Mistake(left_full_twice,
                "rows and columns each take a root: dividing by d twice turns the scaling round."),
        Mistake(lambda H: 1 / left_condition(H),
                "a condition number is at least 1: divide the largest by the smallest."),
        Mistake(lambda H: float(np.max(np.diag(H)) / np.min(np.diag(H))),
                "the diagonal is not the curvature: turned by 45 degrees it is constant, the valley as narrow."),
    ),
    next="in the plane scaling by the diagonal never makes it worse. Does that hold for three curvatures?",
)

EXERCISES = {f"optimizers-{i}": e
             for i, e in enumerate((DIGIT, WALK, SILENCE, BACKTRACK, LEFT_CONDITION), start=1)}

QUESTIONS = {
    "optimizers-a": Question(
        "Momentum with β = 0.9 begins at velocity 0 and meets the gradients 2, 2 and −1. What is the velocity after "
        "the third?",
        answer=2.42,
        why="2, then 1.8 + 2 = 3.8, then 3.42 − 1. The third gradient points the other way, and the walk goes on "
            "all the same: that is how it crosses a hump, and how it overshoots.",
        mistakes=(
            (3, "That is the plain sum. Before each new gradient the velocity is multiplied by 0.9, so the past "
                "fades."),
            (-1, "That is gradient descent, which looks at the last gradient alone. The velocity remembers the two "
                 "before."),
            (2.6, "You have let both older gradients fade once. The first one has faded twice by then, to 1.62."),
            (0.242, "That is the running average, with 0.1 before each gradient. Momentum as defined here is a sum, "
                    "ten times as long."))),
    "optimizers-b": Question(
        "Of a very large data set, batches of 16 give a gradient whose numbers are off by 0.8 (standard deviation). "
        "Which batch size brings that down to 0.2?",
        answer=256,
        why="The variance falls like 1/B, the standard deviation like its root: a quarter of the error takes 16 "
            "times the examples. That is why larger batches soon do not pay.",
        mistakes=(
            (64, "Four times the batch quarters the variance. The standard deviation is its root and only halves."),
            (4, "A smaller batch is noisier: fewer examples can cancel each other's errors."),
            (4096, "You have squared once too often. The factor 4 in the standard deviation is a factor 16 in the "
                   "variance, and so in the batch."))),
    "optimizers-c": Question(
        "A quadratic loss has the curvatures 2 and 50. With which learning rate do the fastest and the slowest "
        "direction shrink equally?",
        answer=2 / 52, tol=0.01,
        why="2 / (50 + 2): the factors are 1 − 2η = 0.923 and 1 − 50η = −0.923. One creeps, the other jumps across "
            "the valley, both at the same pace.",
        mistakes=(
            (0.04, "At 2/50 the steep direction jumps to and fro for ever: its factor is exactly −1. A little less "
                   "is needed."),
            (0.02, "At 1/50 the steep direction is done in one step. But the flat one keeps 96 % each time, which "
                   "is slower than need be."),
            (0.5, "That suits the flat direction alone. Along the curvature 50 the factor would be −24."),
            (1 / 26 / 2, "You have taken 1 over the sum. At 2 over the sum the two factors have equal size."))),
    "optimizers-d": Question(
        "Adam with β₁ = 0.9 and β₂ = 0.999, but somebody has left out both corrections for the start at 0. How many "
        "times as long is the first step?",
        answer=10**0.5, tol=0.02,
        why="m is a tenth of the gradient, but the root of v is the root of a thousandth: 0.1 / 0.0316. The divisor "
            "is too small by more than the numerator, so the first steps are too long, not too short.",
        mistakes=(
            (0.1, "m is a tenth of what it should be, and that makes one expect short steps. But v is too small as "
                  "well, and stands below."),
            (100, "You have divided by v. Adam divides by its root: the root of 0.001 is 0.0316."),
            (1 / 10**0.5, "Upside down: the numerator is 0.1 of its due, the denominator 0.0316 of its due."),
            (1, "The two errors do not cancel: the numerator is a tenth of its due, the divisor only a thirtieth."))),
    "optimizers-e": Question(
        "A long valley lies along the axes. Now two parameters are replaced by their sum and their difference, each "
        "divided by √2, and training starts at the same place. Who needs more steps than before?",
        (Choice("AdaGrad",
                "Sum and difference turn the axes by 45 degrees. A rate for each parameter can stretch along axes "
                "only, and now both see the same mixture of steep and flat.", True),
         Choice("Gradient descent",
                "It looks as if everything depended on the axes. But gradient and step turn together with them, so "
                "the path is the same, only drawn turned."),
         Choice("Momentum",
                "The velocity is a sum of gradients. They turn with the axes, so their sum does too."),
         Choice("Newton's method",
                "It has a whole matrix and not only a diagonal. The Hessian turns with the axes, and the jump ends "
                "at the same place."))),
    "optimizers-f": Question(
        "Gradient descent starts at the distance 10⁻⁴ from the ridge of a saddle and leaves it after 100 steps. How "
        "long does it take from 10⁻⁸?",
        (Choice("About 104 steps.",
                "Four zeros more, four steps more: that would need a factor of 10 a step. Here 100 steps make the "
                "factor 10⁴, so one step makes about 1.1."),
         Choice("About 200 steps.",
                "Each step multiplies the distance by the same factor, so another 10⁴ takes another 100 steps. The "
                "time grows with the logarithm.", True),
         Choice("About 1,000,000 steps.",
                "Ten thousand times nearer, ten thousand times as long: that would be so at a constant speed. But "
                "the walk speeds up as it gets away."),
         Choice("It stays there: the slope is practically 0.",
                "Tiny is not 0. Whatever is there is multiplied in every step; only exactly on the ridge nothing "
                "grows."))),
}
