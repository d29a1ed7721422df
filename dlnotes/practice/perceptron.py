"""Practice for the chapter "The perceptron"."""

from math import comb

import numpy as np

from dlnotes.practice import Exercise, Mistake
from dlnotes.practice._questions import Choice, Question

# 1: an answer only where the example is far enough from the boundary


def careful(X, w, b, least):
    distance = (X @ w + b) / np.linalg.norm(w)
    return np.where(np.abs(distance) < least, 0.0, np.where(distance >= 0, 1.0, -1.0))


X1 = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
CAREFUL = Exercise(
    points=1,
    reference=careful,
    cases=(
        (X1, np.array([1.0, 1.0]), -1.5, 0.5),
        (X1, np.array([1.0, 1.0]), -1.0, 0.0),
        (np.array([[0.0, 0.0], [3.0, 4.0], [1.0, 0.5], [-1.0, -1.0]]), np.array([3.0, 4.0]), -5.0, 1.0),
        (np.array([[3.0], [-2.0], [0.5]]), np.array([-2.0]), 1.0, 1.0),
    ),
    hints=(
        "The weighted sum is not the distance: look for the equation of the chapter that links the two.",
        "distance = (X @ w + b) / np.linalg.norm(w), with a sign that tells the side.",
        "np.where inside np.where: 0 where np.abs(distance) < least, else 1 where distance >= 0, else -1.",
    ),
    mistakes=(
        Mistake(lambda X, w, b, least: careful(X, w, b, least / np.linalg.norm(w)),
                "that compares the weighted sum: ten times the weights would make yours surer at once."),
        Mistake(lambda X, w, b, least: careful(np.c_[X, np.ones(len(X))], np.append(w, b), 0.0, least),
                "the length of w counts without the bias: the boundary's normal has no such part."),
        Mistake(lambda X, w, b, least: np.where(X @ w + b < least * np.linalg.norm(w), 0, 1),
                "on the - side the distance is negative, and yours never answers -1: compare its size."),
        Mistake(lambda X, w, b, least: careful(X, w, 0.0, least),
                "the bias is missing: without it every boundary goes through 0."),
        Mistake(lambda X, w, b, least: np.where(
                    np.abs(X @ w + b) <= least * np.linalg.norm(w), 0, np.sign(X @ w + b)),
                "an example exactly as far away as `least` is far enough: it gets its class."),
        Mistake(lambda X, w, b, least: np.sign(X @ w + b) * (np.abs(X @ w + b) >= least * np.linalg.norm(w)),
                "np.sign(0) is 0: with least = 0 the boundary, too, must get a class, +1."),
    ),
    next="with the weights of pla on threes and eights: how many test pictures stay open at least = 0.2?",
)

# 2: one look of the learning algorithm


def pla_step(w, x, y):
    return w + y * x if y * (w @ x) <= 0 else w.copy()


def pla_step_in_place(w, x, y):
    if y * (w @ x) <= 0:
        w += y * x
    return w


STEP = Exercise(
    points=2,
    reference=pla_step,
    cases=(
        (np.array([1.0, -2.0, 0.5]), np.array([3.0, 1.0, 1.0]), -1),
        (np.array([1.0, -2.0, 0.5]), np.array([3.0, 1.0, 1.0]), 1),
        (np.zeros(2), np.array([2.0, 1.0]), -1),
        (np.array([1.0, 1.0]), np.array([-3.0, 1.0]), 1),
    ),
    hints=(
        "First decide whether the example is a mistake; only then move the weights.",
        "It is a mistake if y and w @ x do not have the same sign; on the boundary it is one, too.",
        "If y * (w @ x) <= 0 return w + y * x, a new array, else w.",
    ),
    mistakes=(
        Mistake(lambda w, x, y: w + y * x if y * (w @ x) < 0 else w.copy(),
                "an example on the boundary counts as a mistake: from w = 0 yours would never start."),
        Mistake(lambda w, x, y: w + y * x,
                "an example that is right changes nothing: ask before you add."),
        Mistake(lambda w, x, y: w + x if y * (w @ x) <= 0 else w.copy(),
                "an example of class -1 must be subtracted: its label is missing."),
        Mistake(lambda w, x, y: w - y * x if y * (w @ x) <= 0 else w.copy(),
                "that makes the score of the example worse: mind the sign of the step."),
        Mistake(lambda w, x, y: w + 2 * y * x if y * (w @ x) <= 0 else w.copy(),
                "y - y_hat is 2 y on a mistake: the step of the chapter has length 1, not 2."),
        Mistake(pla_step_in_place,
                "w += ... writes into the caller's array: the weights before are lost. Make a new array."),
    ),
    next="loop it over the rows of X until a whole pass is right, and compare with dlnotes.perceptron.pla.",
)

# 3: Novikoff's bound from any vector that separates


def mistake_bound(X, y, u):
    gamma = np.min(y * (X @ u)) / np.linalg.norm(u)
    return np.max(np.sum(X**2, axis=1)) / gamma**2


X3 = np.array([[2.0, 1.0, 1.0], [0.5, 2.0, 1.0], [-1.0, -2.0, 1.0], [-3.0, 0.5, 1.0]])
Y3 = np.array([1, 1, -1, -1])
BOUND = Exercise(
    points=2,
    reference=mistake_bound,
    cases=(
        (X3, Y3, np.array([1.0, 1.0, 0.0])),
        (X3, Y3, np.array([10.0, 8.0, -1.0])),
        (np.eye(5), np.array([1, -1, 1, 1, -1]), np.array([1.0, -1.0, 1.0, 1.0, -1.0])),
        (np.array([[3.0, 4.0], [-0.5, 0.0]]), np.array([1, -1]), np.array([0.25, 0.0])),
    ),
    hints=(
        "Two numbers are needed: R, the length of the longest example, and the margin of u.",
        "The margin is the least y x.u over the examples, for a u of length 1: divide by its length.",
        "R is np.linalg.norm(X, axis=1).max(); the bound is (R / gamma) ** 2.",
    ),
    mistakes=(
        Mistake(lambda X, y, u: np.max(np.sum(X**2, axis=1)) / np.min(y * (X @ u)) ** 2,
                "a longer u would seem to have a wider margin: divide by the length of u."),
        Mistake(lambda X, y, u: np.sqrt(mistake_bound(X, y, u)),
                "that is R / gamma: the bound is its square."),
        Mistake(lambda X, y, u: np.max(np.sum(X**2, axis=1)) * (u @ u) / np.mean(y * (X @ u)) ** 2,
                "the margin belongs to the worst example, the least y x.u, not to the mean."),
        Mistake(lambda X, y, u: np.max(np.abs(X)) ** 2 * (u @ u) / np.min(y * (X @ u)) ** 2,
                "R is the length of the longest row, not the largest number in X."),
        Mistake(lambda X, y, u: np.min(np.sum(X**2, axis=1)) * (u @ u) / np.min(y * (X @ u)) ** 2,
                "R must hold for every example: take the longest, not the shortest."),
    ),
    next="the bound holds for every u that separates. Which u gives the least? max_margin finds it.",
)

# 4: the pocket


def pocket_weights(W, X, y):
    wrong = np.sum(y[:, None] * (X @ W.T) <= 0, axis=0)
    return W[np.argmin(wrong)].copy()


def _run(seed, M, N=12):
    rng = np.random.default_rng(seed)
    W = np.vstack([np.zeros(3), rng.integers(-3, 4, (M, 3))])
    X = np.hstack([rng.integers(-2, 3, (N, 2)), np.ones((N, 1))])
    return W, X.astype(float), np.where(rng.random(N) < 0.5, 1, -1)


POCKET = Exercise(
    points=2,
    reference=pocket_weights,
    cases=(
        (np.array([[-1.0, 0.0], [0.0, 0.0], [1.0, 0.0], [2.0, 0.0]]), np.array([[1.0, 1.0], [-1.0, 1.0]]),
         np.array([1, -1])),
        _run(0, 8), _run(1, 8), _run(3, 20),
    ),
    hints=(
        "Count for each row of W on how many examples it is wrong.",
        "All scores at once: X @ W.T, one row an example, one column a row of W. Wrong is y * score <= 0.",
        "np.argmin gives the first column with the fewest; return that row of W.",
    ),
    mistakes=(
        Mistake(lambda W, X, y: W[-1].copy(),
                "the last weights are just the ones at which the run stopped: look at all of them."),
        Mistake(lambda W, X, y: W[len(W) - 1 - np.argmin(np.sum(y[:, None] * (X @ W.T) <= 0, axis=0)[::-1])],
                "with equal errors the pocket keeps the older weights."),
        Mistake(lambda W, X, y: W[np.argmax(np.sum(y[:, None] * (X @ W.T) <= 0, axis=0))],
                "those are the worst weights of the run."),
        Mistake(lambda W, X, y: W[np.argmin(np.sum(y[:, None] * (X @ W.T) < 0, axis=0))],
                "a score of 0 counts as wrong; else w = 0 would look perfect."),
    ),
    next="is the pocket as good on test digits as on the noisy training digits that chose it?",
)

# 5: the gradient of the log-likelihood where labels may have been flipped


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def noisy_score(X, d, w, e):
    s = sigmoid(X @ w)
    p = e + (1 - 2 * e) * s
    return X.T @ ((d - p) / (p * (1 - p)) * (1 - 2 * e) * s * (1 - s))


def without_factor(X, d, w, e):
    s = sigmoid(X @ w)
    p = e + (1 - 2 * e) * s
    return X.T @ ((d - p) / (p * (1 - p)) * s * (1 - s))


D5 = np.array([1.0, 0.0, 0.0, 1.0])
SCORE = Exercise(
    points=2,
    reference=noisy_score,
    cases=(
        (X3, D5, np.array([0.5, -1.0, 0.25]), 0.0),
        (np.array([[1.0, 1.0]]), np.array([1.0]), np.zeros(2), 0.25),
        (X3, 1 - D5, np.array([0.5, 0.25, -0.5]), 0.1),
        (-X3, D5, np.array([-1.5, 0.5, 2.0]), 0.3),
        (X3, D5, np.array([1.0, -1.0, 0.5]), 0.5),
    ),
    hints=(
        "First p, the probability that a 1 is *written*: it is 1 and was kept, or it is 0 and was flipped.",
        "p = e + (1 - 2 e) s(z). The slope of d log p + (1 - d) log(1 - p) in p is (d - p) / (p (1 - p)).",
        "Chain rule: times dp/dz = (1 - 2 e) s (1 - s), times x. For e = 0 it must be the chapter's score.",
    ),
    mistakes=(
        Mistake(lambda X, d, w, e: X.T @ (d - sigmoid(X @ w)),
                "that is the score without flips: e does not occur in it."),
        Mistake(lambda X, d, w, e: X.T @ (d - e - (1 - 2 * e) * sigmoid(X @ w)),
                "p is right, but for e > 0 the slope of p no longer cancels p (1 - p): write the chain out."),
        Mistake(without_factor,
                "a factor of dp/dz is missing: p rises only from e to 1 - e, and at e = 1/2 not at all."),
        Mistake(lambda X, d, w, e: (1 - 2 * e) * (X.T @ (d - e - (1 - 2 * e) * sigmoid(X @ w))),
                "s (1 - s) and p (1 - p) are not the same: they do not cancel."),
        Mistake(lambda X, d, w, e: -noisy_score(X, d, w, e),
                "that is the gradient of the negative log-likelihood: the sign is turned round."),
        Mistake(lambda X, d, w, e: noisy_score(X, d, w, e) / len(X),
                "the log-likelihood is a sum over the examples, and so is its gradient; yours is a mean."),
    ),
    next="how much does a hopelessly wrong example (z = -10, d = 1) add at e = 0, and how much at e = 0.1?",
)

# 6: how many labellings a perceptron can learn


def learnable(N, D):
    return 2 * sum(comb(N - 1, k) for k in range(D))


LEARNABLE = Exercise(
    points=3,
    reference=learnable,
    cases=((1, 1), (4, 3), (3, 3), (10, 3), (20, 10), (8, 2)),
    hints=(
        "Draw 1, 2, 3, 4 points of the plane and all lines through 0: how many labellings are there?",
        "A new point splits in two each labelling whose boundary can pass through it: C(N-1, D-1) of them.",
        "C(N, D) = C(N-1, D) + C(N-1, D-1) and C(1, D) = 2 make twice a sum of D binomials of N - 1.",
    ),
    mistakes=(
        Mistake(lambda N, D: 2**N,
                "those are all labellings: a perceptron learns them all only as long as N <= D."),
        Mistake(lambda N, D: sum(comb(N - 1, k) for k in range(D)),
                "each boundary serves two labellings, w and -w: a factor of 2 is missing."),
        Mistake(lambda N, D: 2 * sum(comb(N - 1, k) for k in range(D + 1)),
                "the sum has D terms: with boundaries through 0 the bias is already one of the D weights."),
        Mistake(lambda N, D: 2 * sum(comb(N, k) for k in range(D)),
                "count for N = 1: there are 2 labellings. The binomials are those of N - 1."),
    ),
    next="plot learnable(N, D) / 2**N over N / D for D = 5, 50, 500: where does it fall, and how steeply?",
)

ALL = (CAREFUL, STEP, BOUND, POCKET, SCORE, LEARNABLE)
EXERCISES = {f"perceptron-{i}": e for i, e in enumerate(ALL, start=1)}

QUESTIONS = {
    "perceptron-a": Question(
        "A perceptron has the weights (1, −2), the bias 1 and the learning rate 1. It looks at the example (3, 1), "
        "whose class is −1. What is the weighted sum of this example afterwards?",
        answer=-9,
        why="The sum was 2, a mistake for class −1. Subtracting (3, 1) and the constant 1 lowers it by their "
            "squared length, 9 + 1 + 1 = 11, whatever the weights were.",
        mistakes=(
            (2, "That is the sum before the correction. It is positive and the class is −1, so the weights change."),
            (-8, "You have corrected the two weights and left the bias. It is the weight of the constant input 1, "
                 "so it falls by 1 as well."),
            (13, "You have added the example. That is for a missed +1; an example of class −1 is subtracted."),
            (-3, "You have lowered each weight by 1. What is subtracted is the example itself: large inputs move "
                 "their weights further."))),
    "perceptron-b": Question(
        "A unit has the weights (3, −4) and the bias 5. How far is the point (2, −1) from its boundary?",
        answer=3,
        why="The weighted sum is 6 + 4 + 5 = 15, and the weights have the length 5. Ten times the weights and the "
            "bias would give 150 / 50, the same distance.",
        mistakes=(
            (15, "That is the weighted sum. It doubles when all weights double, although the line stays where it "
                 "is: divide it by the length of the weights."),
            (2, "You have left out the bias. It moves the boundary away from 0, so it counts in the sum."),
            (15 / 50**0.5, "You have counted the bias in the length. The boundary lies in the plane of the two "
                           "inputs, and only 3 and −4 say how it is turned there."),
            (0.6, "You have divided by the squared length 25. A distance is the sum over the length, 5."))),
    "perceptron-c": Question(
        "Which of these rules about inputs 0 and 1 can no single perceptron follow?",
        (Choice("Three inputs: say yes if at least two of them are 1.",
                "Counting sounds hard, but a weighted sum counts: all weights 1 and the bias −1.5 do it."),
         Choice("Two inputs: say yes if the first is 1 and the second is 0.",
                "\"Not\" is no obstacle, for a weight may be negative: first minus second minus 0.5 is positive "
                "there and nowhere else."),
         Choice("Three inputs: say no only if all of them are 1.",
                "Seven cases against one look lopsided, but one plane cuts one corner off the cube: all weights −1, "
                "bias 2.5."),
         Choice("Three inputs: say yes if an odd number of them is 1.",
                "Hold the third input at 0: XOR of the other two is left. A weight has one sign, but here each "
                "input must push towards yes in some cases and towards no in others.", True))),
    "perceptron-d": Question(
        "All numbers of a separable data set, the constant 1 too, are multiplied by 10, and each row now occurs a "
        "hundred times. What happens to Novikoff's bound on the number of mistakes?",
        (Choice("It grows by the factor 100, as the square of the radius does.",
                "The radius does grow by ten and its square by a hundred. But all distances grow, so the margin "
                "below it grows by ten too."),
         Choice("It stays the same.",
                "Radius and margin both grow by ten and the bound is made of their ratio; how often a row occurs "
                "changes neither. The bound is about the shape of the data, not their size or number.", True),
         Choice("It grows by the factor 100, since there are a hundred times as many rows.",
                "More rows give more chances for mistakes in each round, but the proof counts corrections and never "
                "rows. Copies change neither radius nor margin."),
         Choice("It falls to a hundredth, since the margin is ten times as wide.",
                "A wide margin does help, but only in comparison with the radius, and that is ten times as long as "
                "well."))),
    "perceptron-e": Question(
        "All weights and the bias are 0. Logistic regression takes one step of length 1 along the gradient of the "
        "log-likelihood of one example, (2, 1) of class 1. What is the weighted sum of this example then?",
        answer=3,
        why="At 0 the sigmoid says 1/2, so half of the answer is missing and half of (2, 1) and of the constant 1 "
            "is added. The sum becomes half of their squared length, 6.",
        mistakes=(
            (6, "That is the perceptron's correction, the whole example. Here the error is 1 − s(0) = 1/2, so only "
                "half of it is added."),
            (2.5, "The two weights are right, but the bias learns as well: its input is 1, so it becomes 1/2 and is "
                  "part of the sum."),
            (0.5, "That is the error 1 − s(0). It multiplies the example to give the weights; then the sum is "
                  "weights times the example."))),
    "perceptron-f": Question(
        "From weights 0 the learning algorithm has made a million corrections on 50 points, and no round was "
        "without a mistake. What follows?",
        (Choice("No weights are right on all 50 points.",
                "It looks like that, but a million is only a number: if the margin is a two-thousandth of the "
                "radius, the bound is four million. A proof takes more, such as weights that come back at the same "
                "place of a round."),
         Choice("The learning rate is too large.",
                "That is the first suspect in most of deep learning. From weights 0, though, the rate only "
                "multiplies all weights and changes no answer."),
         Choice("Not much yet: the margin may be very small.",
                "The bound is the square of radius over margin, and nothing keeps the margin from being tiny. A run "
                "that goes on tells less than a run that stops.", True),
         Choice("The weights have grown without limit.",
                "Without an end there seems to be no limit. But a correction is made only where the sum has the "
                "wrong sign or is 0, and one can prove that this keeps the weights bounded even for sets that "
                "cannot be separated."))),
}
