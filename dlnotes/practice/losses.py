"""Practice for the chapter "Losses and penalties"."""

import math

import numpy as np

from dlnotes.ops import class_losses, penalties
from dlnotes.ops.activations import sigmoid, softplus
from dlnotes.practice import Exercise, Mistake
from dlnotes.practice._questions import Choice, Question

# 1: the ceiling of two softmaxes


def double_ceiling(C):
    return float(np.log(np.e + C - 1))


CEILING = Exercise(
    points=1,
    reference=double_ceiling,
    cases=((2,), (3,), (10,), (1000,)),
    hints=(
        "What is the worst output that the first softmax can give, for a class that is right?",
        "The second softmax then gets the score 1 for one wrong class and 0 for all others, the right one among them.",
        "What share of e + 1 + 1 + ... has the right class? Cross-entropy is minus its logarithm.",
    ),
    mistakes=(
        Mistake(lambda C: float(np.log1p((C - 1) / np.e)),
                "that is the floor, of an answer that is right and sure: now it is wrong and sure."),
        Mistake(lambda C: float(np.log(C)),
                "that is the loss of a network that knows nothing: one that is sure of a wrong class pays more."),
        Mistake(lambda C: float(np.log1p(np.e)),
                "the other classes are missing: a score of 0 counts as e^0 = 1 in the sum."),
        Mistake(lambda C: float(np.log1p((C - 1) * np.e)),
                "the outputs of the first softmax add up to 1: only one wrong class can get 1."),
        Mistake(lambda C: float(np.log(np.e + C)),
                "there are C classes in all: one with the score 1 leaves C - 1 with 0."),
    ),
    next="by how much does it exceed the floor, and what does that say about the slopes that reach the logits?",
)

# 2: the gradient of the mean cross-entropy


def cross_entropy_gradient(Z, y):
    return class_losses.softmax_cross_entropy_backward(Z, y)


def _naive_gradient(Z, y):
    P = np.exp(Z) / np.exp(Z).sum(axis=1, keepdims=True)
    return (P - np.eye(Z.shape[1])[y]) / len(Z)


def _loss_gradient(Z, y, share):
    return (class_losses.softmax(Z) - np.eye(Z.shape[1])[y]) / share


Z2 = np.array([[2.0, 1.0, 0.0, -1.0], [0.5, 0.5, 3.0, 1.0], [-2.0, 0.0, 1.0, 4.0]])
GRADIENT = Exercise(
    points=2,
    reference=cross_entropy_gradient,
    cases=(
        (np.array([[2.0, 1.0, 0.0]]), np.array([0])),
        (Z2, np.array([0, 1, 3])),
        (np.zeros((2, 5)), np.array([4, 2])),
        (np.array([[1000.0, 0.0, -1000.0], [3.0, 2.0, 1.0]]), np.array([1, 0])),
    ),
    hints=(
        "Look at the equation of the gradient of one example: prediction minus target.",
        "The target is the one-hot row of y: np.eye(C)[y].",
        "Which number may be taken off all scores of a row without changing its softmax? And the loss is a mean.",
    ),
    mistakes=(
        Mistake(lambda Z, y: _loss_gradient(Z, y, 1),
                "the loss is a mean over the N examples: so is its gradient."),
        Mistake(lambda Z, y: _loss_gradient(Z, y, Z.size),
                "the loss of an example is one number: the mean is over N, not over N * C."),
        Mistake(lambda Z, y: -_loss_gradient(Z, y, len(Z)),
                "target minus prediction is the downhill direction; the gradient points uphill."),
        Mistake(lambda Z, y: (class_losses.softmax(Z, axis=0) - np.eye(Z.shape[1])[y]) / len(Z),
                "the classes stand along a row: each row, not each column, must sum to 1."),
        Mistake(lambda Z, y: _loss_gradient(class_losses.softmax(Z), y, len(Z)),
                "your softmax is taken twice: Z are scores already."),
        Mistake(_naive_gradient,
                "exp(1000) overflows: subtract each row's largest score first, which changes nothing else."),
    ),
    next="add label smoothing s: the target becomes (1 - s) t + s / C. What changes in the gradient?",
)

# 3: binary cross-entropy from scores


def bce(z, t):
    return t * softplus(-z) + (1 - t) * softplus(z)


def _from_probability(p, t):
    return -t * np.log(p) - (1 - t) * np.log(1 - p)


BCE = Exercise(
    points=2,
    reference=bce,
    cases=(
        (np.array([0.0, 2.0, -2.0]), np.array([1.0, 1.0, 1.0])),
        (np.array([0.5, -1.5, 3.0, 1.0]), np.array([0.0, 1.0, 0.0, 0.3])),
        (np.array([40.0, -40.0, 100.0]), np.array([0.0, 1.0, 0.0])),
        (np.array([[1e4, -1e4], [800.0, -800.0]]), np.array([[0.0, 1.0], [1.0, 0.0]])),
    ),
    tol=1e-12,
    hints=(
        "Print the sigmoid of 40, then the logarithm of 1 minus it: what is lost, and where?",
        "The chapter has a form with one logarithm: log(1 + e^z) - t z.",
        "np.logaddexp(0, z) is log(1 + e^z) without overflow.",
    ),
    mistakes=(
        Mistake(lambda z, t: _from_probability(sigmoid(z), t),
                "at z = 40 the sigmoid rounds to 1 and 1 minus it to 0: never form the probability."),
        Mistake(lambda z, t: _from_probability(np.clip(sigmoid(z), 1e-12, 1 - 1e-12), t),
                "clipping hides the infinity and is wrong: at z = 100, t = 0 the loss is 100, not 27.6."),
        Mistake(lambda z, t: np.log(1 + np.exp(z)) - t * z,
                "right on paper, but exp(800) overflows: which numpy function adds exponentials safely?"),
        Mistake(lambda z, t: (1 - t) * softplus(-z) + t * softplus(z),
                "the two cases are swapped: t = 1 must cost little where z is large."),
        Mistake(lambda z, t: softplus(z) + t * z,
                "mind the sign of t z: for t = 1 and a large z the loss is nearly 0."),
    ),
    next="write its gradient, s(z) - t, so that it keeps its digits where s(z) rounds to t.",
)

# 4: Huber's estimate of a location


def huber_location(y, delta):
    low, high = float(np.min(y)), float(np.max(y))
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if np.clip(middle - y, -delta, delta).sum() < 0 else (low, middle)
    return (low + high) / 2


def _one_round(y, delta):
    middle = np.median(y)
    return float(np.mean(middle + np.clip(y - middle, -delta, delta)))


def _without_outliers(y, delta):
    near = np.abs(y - np.median(y)) <= delta
    return float(np.mean(y[near]))


LOCATION = Exercise(
    points=2,
    reference=huber_location,
    cases=(
        (np.array([1.0, 2.0, 3.0, 4.0, 10.0]), 1.0),
        (np.array([119.8, 119.9, 120.0, 120.1, 120.1, 120.2, 120.9, 121.5, 1201.0]), 0.5),
        (np.array([0.0, 0.3, 0.5, 0.9, 2.0, 5.0, 9.0]), 2.0),
        (np.array([-3.0, 0.0, 1.0, 1.5, 7.0]), 100.0),
    ),
    tol=1e-6,
    hints=(
        "Where the sum of the losses is least, the pulls cancel: the sum of the slopes is 0.",
        "The slope of a residual r = c - y is np.clip(r, -delta, delta); its sum rises with c.",
        "Halve an interval from min(y) to max(y) until the sum of the clipped residuals changes its sign in it; or "
        "take weighted means with the weights min(1, delta / |r|) again and again.",
    ),
    mistakes=(
        Mistake(lambda y, delta: float(np.mean(y)),
                "that is the mean, the answer of squared error: it follows the outlier."),
        Mistake(lambda y, delta: float(np.median(y)),
                "that is the median, the limit of a small delta: near the middle Huber's loss averages."),
        Mistake(_one_round,
                "one round around the median is a start: clip around the new place, and again, until it stays."),
        Mistake(_without_outliers,
                "a point beyond delta still pulls, with delta: it is not dropped (that is nearer to Tukey)."),
        Mistake(lambda y, delta: huber_location(y, 2 * delta),
                "your pull grows up to 2 delta: the quadratic part is r**2 / 2, with the slope r."),
    ),
    next="do the same for Tukey's biweight from several starts. Where do they disagree?",
)

# 5: one proximal step of the lasso


def lasso_step(w, X, y, lam, step):
    return penalties.l1_prox(w - step * X.T @ (X @ w - y) / len(y), lam, step=step)


def _problem(seed, n, d):
    rng = np.random.default_rng(seed)
    return rng.normal(size=d), rng.normal(size=(n, d)), rng.normal(size=n)


def _pull(w, X, y):
    return X.T @ (X @ w - y) / len(y)


def _hard(v, threshold):
    return np.where(np.abs(v) > threshold, v, 0.0)


LASSO = Exercise(
    points=2,
    reference=lasso_step,
    cases=(
        (np.array([1.0, -0.2]), np.eye(2), np.array([0.8, 0.0]), 0.5, 0.5),
        (*_problem(0, 20, 6), 0.3, 0.2),
        (*_problem(1, 8, 12), 2.0, 0.4),
        (np.zeros(4), *_problem(2, 10, 4)[1:], 0.1, 1.0),
    ),
    hints=(
        "First the gradient step on the squared error alone, then the proximal map of the penalty.",
        "The gradient of 1/(2N) sum (x w - y)^2 is X.T @ (X @ w - y) / N.",
        "Then the soft threshold. The penalty is taken times the step, so the threshold is lambda times the step.",
    ),
    mistakes=(
        Mistake(lambda w, X, y, lam, step: penalties.l1_prox(w - step * _pull(w, X, y), lam),
                "the map belongs to the penalty times the step: the threshold is step * lam."),
        Mistake(lambda w, X, y, lam, step: w - step * (_pull(w, X, y) + lam * np.sign(w)),
                "a subgradient step never lands on 0 exactly: replace the penalty's slope by the soft threshold."),
        Mistake(lambda w, X, y, lam, step: penalties.l1_prox(w - step * len(y) * _pull(w, X, y), lam, step=step),
                "the loss is a mean over the N examples: divide the gradient by N."),
        Mistake(lambda w, X, y, lam, step: _hard(w - step * _pull(w, X, y), step * lam),
                "that is the hard threshold: the soft one also moves what survives, by step * lam towards 0."),
        Mistake(lambda w, X, y, lam, step: penalties.l1_prox(w, lam, step=step) - step * _pull(w, X, y),
                "the order matters: the threshold comes last, so that the result has exact zeros."),
        Mistake(lambda w, X, y, lam, step: penalties.l1_prox(w + step * _pull(w, X, y), lam, step=step),
                "you walk uphill: subtract the gradient."),
    ),
    next="iterate it on a sparse regression, and replace the soft threshold by dlnotes.ops.penalties.mcp_prox.",
)

# 6: which announcement pays

Q = np.linspace(0, 1, 2001)


def best_announcement(score, p):
    expected = p * _at(score, 1) + (1 - p) * _at(score, 0)
    return float(Q[np.argmin(expected)])


def _at(score, outcome):
    with np.errstate(divide="ignore"):
        return np.array([score(q, outcome) for q in np.clip(Q, 1e-12, 1 - 1e-12)])


def brier(q, outcome):
    """(q - outcome)^2."""
    return (q - outcome) ** 2


def absolute(q, outcome):
    """|q - outcome|."""
    return abs(q - outcome)


def logarithmic(q, outcome):
    """Minus the log-probability of what happened."""
    return -np.log(q if outcome else 1 - q)


def cubic(q, outcome):
    """|q - outcome|^3."""
    return abs(q - outcome) ** 3


ANNOUNCE = Exercise(
    points=3,
    reference=best_announcement,
    cases=((brier, 0.7), (absolute, 0.7), (logarithmic, 0.2), (cubic, 0.8), (absolute, 0.3), (cubic, 0.35)),
    tol=2e-3,
    hints=(
        "It rains with probability p: what does the announcement q cost on average?",
        "p * score(q, 1) + (1 - p) * score(q, 0), for every q on a fine grid from 0 to 1.",
        "Take q[np.argmin(...)]; a score is a loss here, less is better. Mind log(0) at the ends.",
    ),
    mistakes=(
        Mistake(lambda score, p: float(p),
                "to be honest is best for a proper score only: try absolute error."),
        Mistake(lambda score, p: best_announcement(score, 1 - p),
                "p belongs to score(q, 1), rain, and 1 - p to score(q, 0)."),
        Mistake(lambda score, p: best_announcement(score, 0.5),
                "you weigh both outcomes alike: rain has the probability p."),
        Mistake(lambda score, p: float(Q[np.argmax(p * _at(score, 1) + (1 - p) * _at(score, 0))]),
                "you take the worst announcement: the score is a loss, less is better."),
        Mistake(lambda score, p: float(p > 0.5),
                "that is the best bet for one outcome; under a proper score a probability between 0 and 1 pays more."),
    ),
    next="for which k does |q - outcome|^k make a forecaster honest? Prove it with one derivative.",
)

EXERCISES = {f"losses-{i}": e for i, e in enumerate((CEILING, GRADIENT, BCE, LOCATION, LASSO, ANNOUNCE), start=1)}

QUESTIONS = {
    "losses-a": Question(
        "Two classes get the scores 0 and 1.0986, the logarithm of 3. The first class is right. What is the slope "
        "of the cross-entropy towards the first score?",
        answer=-0.75,
        why="The positive numbers are 1 and 3, so the first class has the probability 1/4, and 1/4 − 1 = −0.75. The "
            "other slope is +0.75: raising both scores together changes nothing.",
        mistakes=(
            (0.25, "That is the probability of the first class. The slope is the probability minus the target, and "
                   "the target is 1."),
            (0.75, "That is the slope towards the second score. Raising the score of the right class lowers the "
                   "loss."),
            (math.log(4), "That is the loss itself, minus the logarithm of 1/4. Asked is how fast it changes with "
                          "the score."),
            (-0.25, "You have taken 3/4 for the probability of the first class. The larger score is that of the "
                    "second class."))),
    "losses-b": Question(
        "A line is fitted with Huber's loss, δ = 1. A point with the residual 3 is moved until its residual is 30. "
        "What happens to its part in the fit?",
        (Choice("Its loss grows, its pull stays the same.",
                "Beyond δ the loss is a straight line: it rises without end, but its slope, the pull, is 1 at 3 and "
                "at 30. So the fit does not notice the move.", True),
         Choice("Its pull grows by the factor 10.",
                "That is squared error, whose slope is proportional to the residual. Huber's loss stops that at δ."),
         Choice("Loss and pull stay the same.",
                "That is Tukey's loss beyond its c: level, so without a pull. Huber's loss is straight there, but "
                "not level."),
         Choice("Its pull goes to 0.",
                "A fit that forgets far points needs a slope that comes back to 0, as Tukey's does. Huber's only "
                "stops growing."))),
    "losses-c": Question(
        "After training, all scores of a classifier are multiplied by 2. What happens to its accuracy and its "
        "cross-entropy on new data?",
        (Choice("Nothing: softmax sees only differences of scores.",
                "It does, so adding 2 to all scores changes nothing. But multiplying by 2 doubles the differences "
                "too."),
         Choice("The cross-entropy falls, because right answers become surer.",
                "They do, and cost less. But wrong answers become surer as well, and what is sure and wrong costs "
                "without limit."),
         Choice("The accuracy stays; the cross-entropy may go either way.",
                "The largest score stays the largest. All answers become surer: good for a classifier that was too "
                "timid, bad for one that was too sure already.", True),
         Choice("Both get better: the classes are farther apart.",
                "The scores are farther apart, but in the same order, so each answer is the same as before."))),
    "losses-d": Question(
        "A forecaster believes in rain with the probability 0.3 but announces 0.5. How much more does he pay on "
        "average by the squared error of the announced probability than if he were honest?",
        answer=0.04,
        why="The mean cost is (q − p)² + p (1 − p). The second part is the weather's, 0.21 for everybody; the "
            "first, 0.2², is the price of not being honest.",
        mistakes=(
            (0.25, "That is all he pays, 0.5² whether it rains or not. An honest forecaster pays 0.21."),
            (0.21, "That is what honesty costs here, p (1 − p): the weather is uncertain. Asked is what comes on "
                   "top."),
            (0.2, "That is how far he is from the truth. The cost grows with the square of it: small lies cost "
                  "little."))),
    "losses-e": Question(
        "Without a penalty the best value of a weight is 3, and its loss is half the squared distance from there. "
        "Which penalty with λ = 1 leaves it at exactly 3?",
        (Choice("L2, half the square of the weight.",
                "It is the gentlest at 0, but it pulls harder the larger the weight is: the best is now 1.5."),
         Choice("L1, the size of the weight.",
                "Its pull does not grow, so it shrinks large weights less than L2. But it is 1 everywhere and takes "
                "1 from each: 2."),
         Choice("SCAD with a = 3.7.",
                "It does leave large weights alone, but only from aλ = 3.7 on. At 3 its slope is still 0.26, and "
                "the weight ends at 2.59."),
         Choice("MCP with γ = 2.",
                "Its slope has fallen to 0 at γλ = 2, and 3 lies beyond: no pull is left there.", True))),
    "losses-f": Question(
        "A network has two outputs for two classes and ends with a softmax; the loss applies a softmax once more. "
        "Every answer is right and entirely sure. What is the mean loss?",
        answer=math.log(1 + math.exp(-1)), tol=0.005,
        why="The loss takes the probabilities 1 and 0 for scores: −log of e / (e + 1) = 0.313. Perfect answers "
            "cannot do better, which is how one notices the second softmax.",
        mistakes=(
            (0, "It would be 0 with one softmax. The second one sees scores of only 1 and 0, and that is not much "
                "of a difference."),
            (math.log(1 + 9 / math.e), "That is the floor for ten classes. With two there is only one other class "
                                       "in the sum."),
            (math.log(2), "That is the loss of a coin. The scores 1 and 0 are not equal, so it is a little better "
                          "than that."),
            (1, "The difference of the two scores is 1, but the loss is minus the logarithm of the probability that "
                "it gives."))),
}
