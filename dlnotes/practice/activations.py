"""Practice for the chapter "Activation functions"."""

import numpy as np

from dlnotes.ops import activations as ops
from dlnotes.practice import Exercise, Mistake
from dlnotes.practice._questions import Choice, Question

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

QUESTIONS = {
    "activations-a": Question(
        "Between two layers somebody puts the function 3z − 2 in place of an activation. How many layers is this "
        "network worth?",
        (Choice("Two: a constant like −2 makes the function non-linear.",
                "In the strict sense 3z − 2 is not linear, so this is tempting. But its graph is straight, and the "
                "next layer's bias swallows what the constant adds."),
         Choice("One: everything together is again one matrix and one bias.",
                "The 3 goes into the first matrix, the −2 becomes a part of the second layer's bias. Only a bend "
                "would change that.", True),
         Choice("Two, if the first layer has more units than the input has numbers.",
                "More units do give more numbers in between. But what comes out is still one matrix times the input "
                "plus a constant."),
         Choice("One, but only without the −2.",
                "The −2 reaches each output as a constant: −2 times the sum of its weights. A bias can do the same, "
                "so it changes nothing."))),
    "activations-b": Question(
        "A sigmoid unit puts out 0.2. One of its inputs is 5. What is the slope of the output towards the weight of "
        "this input?",
        answer=0.8,
        why="The slope at this place is 0.2 · 0.8 = 0.16, and the weight acts through its input: times 5. A large "
            "input makes a fast learner, even of a unit that is fairly sure.",
        mistakes=(
            (0.16, "That is the slope towards the pre-activation. Moving the weight by 1 moves the pre-activation "
                   "by the input, 5."),
            (1, "You have multiplied value and input. The slope of a sigmoid is its value times what is missing to "
                "1."),
            (4, "You have multiplied the input by 1 − 0.2 alone. Near 0 the curve is flat as well: the value 0.2 is "
                "the other factor."),
            (1.25, "A slope of 1/4 is the largest there is, at the value 1/2. At the value 0.2 the curve is "
                   "flatter."))),
    "activations-c": Question(
        "At some x the value of tanh is 0.6. What is the slope of the sigmoid at 2x?",
        answer=0.16,
        why="tanh x = 2 s(2x) − 1, so the sigmoid there is 0.8 and its slope 0.8 · 0.2. It is a quarter of the "
            "slope 0.64 of tanh: one factor 2 comes from the height, one from the width.",
        mistakes=(
            (0.64, "That is the slope of tanh at x. tanh is twice as high and twice as narrow, so it is four times "
                   "as steep."),
            (0.24, "You have used 0.6 as the value of the sigmoid. tanh goes from −1 to 1: the sigmoid has (1 + "
                   "0.6) / 2 there."),
            (0.32, "You have thought of the height alone. tanh also passes everything in half the width, which "
                   "doubles its slope once more."),
            (2.56, "You have multiplied by 4 where you should divide: the slope of a sigmoid never exceeds 1/4."))),
    "activations-d": Question(
        "A ReLU unit of the first layer has the weights (2, −1) and the bias −3. All inputs lie between 0 and 1. "
        "What lets it learn by plain gradient descent again?",
        (Choice("A larger learning rate, so that it can jump back.",
                "One wishes for a push. But the step is the rate times the gradient, and the gradient is 0: no rate "
                "moves it."),
         Choice("A smaller learning rate from now on.",
                "That would have helped before, since long steps kill units. Now its gradient is 0, and 0 times a "
                "small rate is 0 too."),
         Choice("Setting the bias to −2.",
                "Then the best input, (1, 0), brings it to 2 − 2 = 0. At the kink the slope is taken as 0, so "
                "nothing comes back yet."),
         Choice("Setting the bias to −1.",
                "At the input (1, 0) the sum is 2 − 1 = 1, above 0. Examples near there now give it a gradient; "
                "before, even the best input reached only −1.", True))),
    "activations-e": Question(
        "A layer of parametric ReLUs has the inputs −2, 1 and −3, and the error signals 1, 4 and −0.5 arrive at its "
        "outputs. What is the gradient of the slope α that they share?",
        answer=-0.5,
        why="Only the two negative inputs use α: 1 · (−2) + (−0.5) · (−3) = −0.5. One number that is used in "
            "several places collects the gradients of all of them.",
        mistakes=(
            (3.5, "You have counted the input 1 as well. On the right of 0 the output does not depend on α."),
            (-5, "Those are the negative inputs alone. How much the loss minds is told by the error signals: each "
                 "input is multiplied by its own."),
            (-0.25, "A mean is for a loss that is a mean. Here α acts in both places, and what it does adds up."),
            (0.5, "The size is right, the sign is not: the −2 of the first input outweighs the +1.5 of the third."))),
    "activations-f": Question(
        "Which way to compute softplus in float64 is right at x = 1000 and at x = −1000?",
        (Choice("log(1 + e^x)",
                "It is the definition and fine on the left. At 1000 the exponential overflows, and the logarithm of "
                "infinity is infinity, not 1000."),
         Choice("max(0, x) + log(1 + e^−|x|)",
                "The exponent is never positive, so nothing overflows. On the left max(0, x) is 0 and the "
                "definition remains; on the right x is taken out exactly.", True),
         Choice("x + log(1 + e^−x)",
                "On paper it is the same, and at 1000 it works. At −1000 the exponential overflows: −1000 plus "
                "infinity."),
         Choice("−log(s), with s = 1 / (1 + e^x)",
                "Softplus is indeed minus the logarithm of the sigmoid of −x. But at 1000 that sigmoid is rounded "
                "to 0, and its logarithm is lost."))),
}
