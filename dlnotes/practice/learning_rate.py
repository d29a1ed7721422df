"""Practice for the chapter "The learning rate"."""

import math

import numpy as np

from dlnotes.practice import Exercise, Mistake
from dlnotes.practice._questions import Choice, Question

# 1: the largest rate


def largest_rate(H):
    return float(2 / np.linalg.eigvalsh(H)[-1])


def _hessian(seed, d):
    A = np.random.default_rng(seed).standard_normal((2 * d, d))
    return A.T @ A / d


RATE = Exercise(
    points=1,
    reference=largest_rate,
    cases=(
        (np.array([[10.0]]),),
        (np.diag([1.0, 4.0, 0.5]),),
        (np.array([[2.0, 1.0], [1.0, 2.0]]),),
        (_hessian(0, 5),),
    ),
    hints=(
        "Along each eigenvector the loss is a parabola. Which of them diverges first?",
        "A parabola of curvature h allows rates below 2 / h; the largest h counts.",
        "np.linalg.eigvalsh(H) gives the eigenvalues of a symmetric matrix in rising order.",
    ),
    mistakes=(
        Mistake(lambda H: float(1 / np.linalg.eigvalsh(H)[-1]),
                "1 / h reaches the bottom of the steepest parabola in one step; twice as long is still allowed."),
        Mistake(lambda H: float(2 / np.linalg.eigvalsh(H)[0]),
                "that is the limit of the flattest direction: the steepest one has diverged long before."),
        Mistake(lambda H: float(2 / np.trace(H)),
                "the trace adds up all curvatures: safe, but smaller than need be. One direction alone sets the limit."),
        Mistake(lambda H: float(2 / np.diag(H).max()),
                "the diagonal holds the curvatures along the axes; between the axes it may be steeper."),
        Mistake(lambda H: float(2 / np.linalg.norm(H)),
                "the default norm is the root of the sum of all squares, not the largest eigenvalue."),
    ),
    next="add momentum 0.9 in the widget: by which factor does the limit move?",
)

# 2: warm-up and linear decay


def ramp(t, lr, warm, steps):
    return lr * t / warm if t < warm else lr * max(0.0, (steps - t) / (steps - warm))


RAMP = Exercise(
    points=2,
    reference=ramp,
    cases=tuple((t, 0.4, 5, 25) for t in (0, 2, 5, 10, 24, 25, 40)) + ((10, 1.0, 20, 30), (21, 1.0, 20, 30)),
    hints=(
        "Draw it: a tent that is steep on the left. Where are its three corners?",
        "Before warm the rate is lr times the share of the warm-up that is over.",
        "After warm it is lr times the share of steps - warm that is left, and never below 0.",
    ),
    mistakes=(
        Mistake(lambda t, lr, warm, steps: lr * t / warm if t < warm else lr * max(0.0, 1 - t / steps),
                "at t = warm the rate jumps: the fall must begin at lr there, so it has steps - warm steps."),
        Mistake(lambda t, lr, warm, steps: lr * t / warm if t < warm else lr * (steps - t) / (steps - warm),
                "past the end your rate is negative, so the run would climb: hold it at 0."),
        Mistake(lambda t, lr, warm, steps: lr * min(t / warm, 1),
                "that is the warm-up alone: from warm on the rate has to fall."),
        Mistake(lambda t, lr, warm, steps: (lr * (t + 1) / warm if t < warm
                                            else lr * max(0.0, (steps - t) / (steps - warm))),
                "your ramp is one step ahead: it starts at 0 for t = 0."),
    ),
    next="replace the falling line by half a cosine; schedules.warmup_then does.",
)

# 3: the smallest eigenvalue by two power iterations


def _power(product, v, count):
    for _ in range(count):
        v = product(v)
        v = v / np.linalg.norm(v)
    return float(v @ product(v))


def smallest(hvp, v, count):
    top = _power(hvp, v, count)
    return top + _power(lambda u: hvp(u) - top * u, v, count)


def _shifted_only(hvp, v, count):
    top = _power(hvp, v, count)
    return _power(lambda u: hvp(u) - top * u, v, count)


def _size_of_shifted(hvp, v, count):
    return abs(_shifted_only(hvp, v, count))


def _after_one(hvp, v, count):
    top = _power(hvp, v, count)
    return top + _power(lambda u: hvp(u) - top * u, v, 1)


class Product:
    """v -> H v for a matrix that stays inside."""

    def __init__(self, H):
        self._H = np.array(H, dtype=float)

    def __call__(self, v):
        return self._H @ v


def _with_eigenvalues(h, seed):
    Q = np.linalg.qr(np.random.default_rng(seed).standard_normal((len(h), len(h))))[0]
    return Q @ np.diag(h) @ Q.T


ONES = np.ones(3)
SMALLEST = Exercise(
    points=2,
    reference=smallest,
    cases=(
        (Product(np.diag([3.0, 1.0, 0.5])), ONES, 100),
        (Product(np.diag([0.25, 4.0, 2.0])), 2 * ONES, 100),
        (Product(_with_eigenvalues([9.0, 5.0, 1.0], 1)), np.array([1.0, 2.0, -1.0]), 200),
        (Product(_with_eigenvalues([1.0, 0.7, 0.3, 0.1], 2)), np.ones(4), 300),
    ),
    tol=1e-6,
    hints=(
        "Which matrix has the same eigenvectors as H, and the eigenvalue of largest size where H has the smallest?",
        "Take a multiple of the identity off H: every eigenvalue moves by the same number.",
        "If that number is the largest eigenvalue, all others become negative. Iterate again, then move back.",
    ),
    mistakes=(
        Mistake(lambda hvp, v, count: _power(hvp, v, count),
                "that is the largest eigenvalue, where power iteration ends by itself: use it to shift H."),
        Mistake(_shifted_only,
                "that is the smallest eigenvalue minus the largest: add the shift again."),
        Mistake(_size_of_shifted,
                "that is the width of the spectrum, the largest eigenvalue minus the smallest."),
        Mistake(_after_one,
                "the second iteration has not arrived: it takes count products as the first does."),
        Mistake(lambda hvp, v, count: float(v @ hvp(v) / (v @ v)),
                "that is the curvature along the first vector: multiply again and again before you measure."),
    ),
    next="divide the largest by it: that is the condition number. How many products does it take as they come close?",
)

# 4: the noise scale from two batch sizes


def noise_scale(s1, B1, s2, B2):
    trace = (s1 - s2) / (1 / B1 - 1 / B2)
    return trace / (s1 - trace / B1)


def _trace(s1, B1, s2, B2):
    return (s1 - s2) / (1 / B1 - 1 / B2)


SCALE = Exercise(
    points=2,
    reference=noise_scale,
    cases=((12.0, 1, 3.0, 10), (1.5, 4, 0.75, 16), (0.3, 100, 0.9, 10), (7.0, 2, 4.0, 4)),
    hints=(
        "A batch's gradient is g plus noise. What is the mean of its squared length?",
        "It is the squared length of g plus the trace of Sigma over B. Two measurements, two unknowns.",
        "The difference of the two holds the trace alone. Find it, then take its share off one measurement.",
    ),
    mistakes=(
        Mistake(lambda s1, B1, s2, B2: 1 / noise_scale(s1, B1, s2, B2),
                "upside down: the noise scale is noise over signal, and a number of examples."),
        Mistake(_trace,
                "that is the trace of Sigma alone: divide by the squared length of the true gradient."),
        Mistake(lambda s1, B1, s2, B2: _trace(s1, B1, s2, B2) / s1,
                "s1 holds noise as well: take the part of the trace off before you divide."),
        Mistake(lambda s1, B1, s2, B2: _trace(s1, B1, s2, B2) / s2,
                "s2 holds noise as well: take the part of the trace off before you divide."),
        Mistake(lambda s1, B1, s2, B2: (s1 - s2) / (1 / B1**0.5 - 1 / B2**0.5)
                / (s1 - (s1 - s2) / (1 / B1**0.5 - 1 / B2**0.5) / B1**0.5),
                "the root of B belongs to a length; the squared length of the noise falls like 1 / B."),
    ),
    next="how large must the two batches be for the difference to stand out from its own noise?",
)

# 5: a scaling rule that keeps the floor exactly


def scaled(lr, h, k):
    return 2 * k * lr / (2 + (k - 1) * lr * h)


SCALED = Exercise(
    points=3,
    reference=scaled,
    cases=((0.1, 1.0, 1), (0.1, 1.0, 8), (0.5, 2.0, 4), (0.05, 3.0, 1000), (1.5, 1.0, 2), (0.2, 0.0, 5)),
    tol=1e-9,
    hints=(
        "Write the floor for (lr, B) and for (x, k B), and set them equal. B and sigma drop out.",
        "x / (k (2 - x h)) = lr / (2 - lr h). Multiply out; it is linear in x.",
        "x (2 - lr h) = k lr (2 - x h): bring the two terms with x to one side, and divide.",
    ),
    mistakes=(
        Mistake(lambda lr, h, k: k * lr,
                "that is the linear rule: right for h = 0 only, and above 2 / h it diverges."),
        Mistake(lambda lr, h, k: math.sqrt(k) * lr,
                "the square root keeps Adam's floor; for SGD the floor goes with lr / B."),
        Mistake(lambda lr, h, k: min(k * lr, 2 / h) if h else k * lr,
                "cutting the linear rule off at 2 / h puts the rate on the limit, where the floor is infinite."),
        Mistake(lambda lr, h, k: 2 * k * lr / (2 + k * lr * h),
                "at k = 1 it must give lr back: a term with -lr h is lost in the denominator."),
        Mistake(lambda lr, h, k: 2 * k * lr / (2 - (k - 1) * lr * h),
                "mind the sign when x h moves to the other side: yours grows beyond all bounds."),
    ),
    next="h is the largest curvature of many: is the floor kept in the flat directions as well?",
)

EXERCISES = {f"learning-rate-{i}": e for i, e in enumerate((RATE, RAMP, SMALLEST, SCALE, SCALED), start=1)}

QUESTIONS = {
    "learning-rate-a": Question(
        "The loss is 2 w². With which learning rate does each step halve the distance from the minimum and change "
        "its side?",
        answer=0.375,
        why="The gradient is 4w, so a step multiplies w by 1 − 4η. That is −1/2 for η = 1.5 / 4, three quarters of "
            "the way to the limit of 0.5.",
        mistakes=(
            (0.125, "That halves the distance too, but without crossing: the factor is 1 − 0.5. Asked is the factor "
                    "−1/2."),
            (0.25, "That is 1 over the curvature: there in one step."),
            (0.75, "You have taken 2 for the curvature. The second derivative of 2 w² is 4."),
            (0.5, "That is the limit, 2 over the curvature: it changes the side and keeps the distance."))),
    "learning-rate-b": Question(
        "Near a minimum the Hessian has the eigenvalues 40, 5 and 0.1. What does gradient descent do at the rate "
        "0.06?",
        (Choice("It converges, since the mean curvature is 15, and 2/15 is 0.13.",
                "A mean would be fair, but directions do not share. Each has its own factor, and one that grows is "
                "enough."),
         Choice("It converges, only slowly, because of the eigenvalue 0.1.",
                "That direction is slow indeed: it keeps 99.4 % each time. But the trouble lies at the other end."),
         Choice("Along the first direction it grows; along the other two it shrinks meanwhile.",
                "The factors are −1.4, 0.7 and 0.994. The steepest direction sets the limit 2/40 = 0.05 for all, "
                "though the others would bear more.", True),
         Choice("It grows along all three directions.",
                "In the end the loss is infinite, so it looks like that. But in the directions of curvature 5 and "
                "0.1 the factor is below 1 in size."))),
    "learning-rate-c": Question(
        "At the small constant rate 0.02 with batches of 4 the loss stops falling 0.064 above its minimum. Where "
        "does it stop at 0.01 with batches of 64?",
        answer=0.002,
        why="For small rates the floor follows rate over batch: half of one, a sixteenth by the other, so 1/32. "
            "Rate and batch are two handles of the same thing.",
        mistakes=(
            (0.032, "That is what the rate does. Batches of 64 average the noise over 16 times as many examples "
                    "besides."),
            (0.004, "That is what the batch does. Half the rate halves the floor once more."),
            (0.008, "You have taken the root of the factor 16. That is for a standard deviation; the mean loss goes "
                    "with the variance."),
            (0.001, "You have squared the rate's factor. The noise let in at a step goes with the square, but it is "
                    "also pulled back half as fast."))),
    "learning-rate-d": Question(
        "An exponential schedule takes the rate from 0.4 at the start to 0.004 at step 200. What is the rate at "
        "step 100?",
        answer=0.04,
        why="Equal numbers of steps divide by equal factors: a hundredth in 200 steps, so a tenth in 100. On a "
            "logarithmic scale it is a straight line.",
        mistakes=(
            (0.202, "That is the middle of a straight line, and of a cosine. An exponential loses the same share at "
                    "each step, so the most of it early."),
            (0.004, "That is the end. Half of the steps make the root of the whole factor."),
            (0.0632, "That is the root of the last rate. What is to be halved in time is the factor 0.01, and its "
                     "root is 0.1."))),
    "learning-rate-e": Question(
        "The noise scale of a run is 192. Its batches grow from 64 to 192, always with the best rate. By which "
        "factor does the gain of a step grow?",
        answer=2,
        why="The gain follows 1 / (1 + 192 / B): a quarter of what is possible, then a half. Three times the work "
            "buys twice the gain, and further on it buys less.",
        mistakes=(
            (3, "In proportion to the batch: that holds far below the noise scale. Here the batch is a third of it "
                "already."),
            (3**0.5, "The root is how the noise of the gradient falls. The gain also has the signal in it."),
            (1.5, "You have turned the fraction round, 1 + B / 192 perhaps. Put B = 64 and B = 192 into 1 / (1 + "
                  "192 / B)."),
            (1, "From the noise scale on a larger batch is mostly waste. Up to there it still pays."))),
    "learning-rate-f": Question(
        "Two runs have the same rate and ten epochs each, one with batches of 32, one with batches of 320. The "
        "second ends with the higher training loss. What is the simplest explanation?",
        (Choice("It has made ten times fewer steps of about the same length.",
                "Ten epochs mean equal work, not an equal way. Before any theory of minima, compare the number of "
                "steps times the rate.", True),
         Choice("Large batches end in sharp minima.",
                "They tend to, and it is a popular answer. But that is about the place where a run ends, and this "
                "one has hardly got there."),
         Choice("Its noise floor is higher.",
                "A floor would explain a loss that stays high. But the floor follows rate over batch, so it is ten "
                "times lower."),
         Choice("Its gradients are less accurate.",
                "They are more accurate: means over more examples. That does not help if there are too few of them."))),
}
