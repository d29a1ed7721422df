"""Practice for the chapter "Initialization"."""

import math

import numpy as np

from dlnotes.ops import activations as ops
from dlnotes.practice import Exercise, Mistake
from dlnotes.practice._questions import Choice, Question

# 1: He's variance with few connections


def sparse_std(n, p):
    return math.sqrt(2 / (n * p))


SPARSE = Exercise(
    points=1,
    reference=sparse_std,
    cases=((100, 0.1), (64, 1.0), (500, 0.5), (10, 0.25)),
    hints=(
        "Which quantity of a weight enters the variance of z: what is it for a weight that may be 0?",
        "The mean square of such a weight is p times that of a kept one, since its mean is 0.",
        "n times this mean square must be He's number.",
    ),
    mistakes=(
        Mistake(lambda n, p: math.sqrt(2 / n),
                "that is He's for all n connections: most of the sum is gone now, so the rest must be larger."),
        Mistake(lambda n, p: math.sqrt(2 / n) / p,
                "a share p of the terms carries a share p of the variance, not of the size: the root belongs to p too."),
        Mistake(lambda n, p: 2 / (n * p), "that is the variance of the kept weights: a root is missing."),
        Mistake(lambda n, p: math.sqrt(1 / (n * p)), "that suits tanh: ReLU drops half of the mean square."),
        Mistake(lambda n, p: math.sqrt(2 * p / n), "with fewer connections each must count for more, not for less."),
    ),
    next="is the gradient kept as well, if each weight is dropped for itself?",
)

# 2: the gradient through linear layers of any sizes


def gradient_factor(sizes, stds):
    return math.prod(m * s**2 for m, s in zip(sizes[1:], stds))


FACTOR = Exercise(
    points=2,
    reference=gradient_factor,
    cases=(([3, 5], [1.0]), ([64, 100, 100, 10], [0.1, 0.1, 0.2]), ([10, 40, 5], [0.3, 0.1]), ([8, 8, 8], [0.5, 0.25])),
    hints=(
        "One layer first: an input feeds several units. How many terms has the sum that is its gradient?",
        "The variance of a gradient is multiplied by fan-out times the variance of a weight, in each layer.",
        "Layer l has the fan-out sizes[l + 1]; the factors of all layers are multiplied.",
    ),
    mistakes=(
        Mistake(lambda sizes, stds: math.prod(n * s**2 for n, s in zip(sizes, stds)),
                "that is the way forward: going back, a sum has as many terms as the layer has outputs."),
        Mistake(lambda sizes, stds: math.prod(m * s for m, s in zip(sizes[1:], stds)),
                "a standard deviation stands where a variance is due: square it."),
        Mistake(lambda sizes, stds: sum(m * s**2 for m, s in zip(sizes[1:], stds)),
                "the layers come one behind the other: their factors multiply."),
        Mistake(lambda sizes, stds: math.sqrt(math.prod(m * s**2 for m, s in zip(sizes[1:], stds))),
                "that is the factor of the gradient's size; the variance was asked."),
        Mistake(lambda sizes, stds: math.prod(s**2 for s in stds),
                "each gradient is a sum over the units that an input feeds: count them."),
    ),
    next="which stds make the factor of every layer 1, and what do they make of the forward pass?",
)

# 3: one layer of LSUV


def unit_variance(A, W):
    return W / np.std(A @ W)


def unit_in_place(A, W):
    W /= np.std(A @ W)
    return W


def _layer(seed, n, d, h, shift=0.0):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, d)) + shift, rng.standard_normal((d, h)) * 3


UNIT = Exercise(
    points=2,
    reference=unit_variance,
    cases=((np.array([[1.0], [-1.0]]), np.array([[2.0]])), _layer(0, 30, 4, 6), _layer(1, 10, 3, 2, 1.5), _layer(2, 5, 7, 1)),
    hints=(
        "How does the variance of A @ (c W) depend on c?",
        "Scaling W by c scales every pre-activation by c, and the variance by c squared.",
        "So which power of the measured variance must c be?",
    ),
    mistakes=(
        Mistake(lambda A, W: W / np.var(A @ W), "the variance goes with the square of the factor: divide by its root."),
        Mistake(lambda A, W: W / np.std(W), "the weights would have variance 1; the pre-activations A @ W shall."),
        Mistake(lambda A, W: W / np.sqrt(np.mean((A @ W) ** 2)),
                "the mean is not taken off: a variance is measured from the mean."),
        Mistake(lambda A, W: W / np.std(A @ W, axis=0),
                "one factor for the whole layer, not one for each unit: the axis is too much."),
        Mistake(lambda A, W: (A @ W) / np.std(A @ W), "those are the pre-activations: hand back the weights."),
        Mistake(unit_in_place, "W /= ... writes into the caller's array: make a new one."),
    ),
    next="go through a whole network: the inputs of layer 2 come from layer 1 after it has been scaled.",
)

# 4: the nearest orthogonal matrix


def nearest(W):
    U, _, Vt = np.linalg.svd(W)
    return U @ Vt


def _gram_schmidt(W):
    Q, R = np.linalg.qr(W)
    return Q * np.sign(np.diag(R))


NEAREST = Exercise(
    points=2,
    reference=nearest,
    cases=(
        (np.array([[3.0, 1.0], [4.0, 2.0]]),),
        (np.array([[2.0]]),),
        (np.eye(3) + 0.3 * np.random.default_rng(3).standard_normal((3, 3)),),
        (np.random.default_rng(4).standard_normal((6, 6)),),
    ),
    hints=(
        "Any matrix turns, stretches along axes, and turns again. Which of these may an orthogonal one do?",
        "In the singular value decomposition the stretches are the singular values.",
        "Set all of them to 1. np.linalg.svd gives the second turn already transposed.",
    ),
    mistakes=(
        Mistake(_gram_schmidt,
                "orthogonal, but Gram-Schmidt keeps the first column's direction at the cost of the last: not the nearest."),
        Mistake(lambda W: W / np.linalg.norm(W, axis=0),
                "each column has length 1 now, but they are not yet at right angles."),
        Mistake(lambda W: W / np.linalg.svd(W, compute_uv=False)[0],
                "one factor cannot make all singular values 1: set each of them."),
        Mistake(lambda W: (lambda U, s, Vt: U @ Vt.T)(*np.linalg.svd(W)),
                "np.linalg.svd hands back the second factor transposed already: do not turn it once more."),
        Mistake(lambda W: nearest(W).T, "transposed: it undoes the turn of W instead of making it."),
        Mistake(lambda W: np.linalg.svd(W)[0], "that is only one of the two turns that W makes."),
    ),
    next="take a network that has learned, and put each W back so: how much of its accuracy is left?",
)

# 5: the deepest network whose gradient gets through

Z = np.linspace(-8, 8, 1602)
BELL = np.exp(-Z * Z / 2) / np.exp(-Z * Z / 2).sum()


def _deepest(f, slope, sigma2, limit=6.0, root=False, settle=False, fixed=False, one_sided=False, start=0):
    q, change = (1.0 if fixed else sigma2), 0.0
    for depth in range(1, 100):
        factor = sigma2 * (BELL @ slope(np.sqrt(q) * Z) ** (1 if root else 2))
        change += np.log(factor) * (0.5 if settle else 1.0)
        if (-change if one_sided else abs(change)) > limit:
            return depth + start
        q = q if fixed else sigma2 * (BELL @ f(np.sqrt(q) * Z) ** 2)
    return 100


def deepest(f, slope, sigma2):
    return _deepest(f, slope, sigma2)


def tanh_slope(x):
    return 1 - np.tanh(x) ** 2


def relu_slope(x):
    return 1.0 * (x > 0)


def leaky_slope(x):
    return np.where(x > 0, 1.0, 0.5)


def leaky(x):
    return np.where(x > 0, x, 0.5 * x)


DEEPEST = Exercise(
    points=3,
    reference=deepest,
    cases=((ops.tanh, tanh_slope, 0.3), (ops.relu, relu_slope, 1.1), (ops.relu, relu_slope, 3.1), (ops.tanh, tanh_slope, 6.0),
           (leaky, leaky_slope, 1.0)),
    hints=(
        "Walk from layer to layer and keep two numbers: the variance q, and the logarithm of the gradient's change.",
        "An average over a standard normal number is a sum over a grid, weighted by the normal density.",
        "Start with q = sigma2; add log(sigma2 * E[slope**2]) at this q, stop beyond 6 either way, then renew q.",
    ),
    mistakes=(
        Mistake(lambda f, slope, sigma2: _deepest(f, slope, sigma2, start=1),
                "one too many: the depth whose change is already beyond the limit does not count."),
        Mistake(lambda f, slope, sigma2: _deepest(f, slope, sigma2, one_sided=True),
                "a gradient that explodes is as bad as one that fades: both sides have the limit."),
        Mistake(lambda f, slope, sigma2: _deepest(f, slope, sigma2, fixed=True),
                "the variance q does not stay where it began: it changes from layer to layer, too."),
        Mistake(lambda f, slope, sigma2: _deepest(f, slope, sigma2, root=True),
                "the variance of a product has the mean of the slope's square in it, not of the slope."),
        Mistake(lambda f, slope, sigma2: _deepest(f, slope, sigma2, settle=True),
                "that is the change of the gradient's size; its variance has twice the logarithm."),
    ),
    next="give the layers biases of some variance: where is the critical line then?",
)

EXERCISES = {f"initialization-{i}": e
             for i, e in enumerate((SPARSE, FACTOR, UNIT, NEAREST, DEEPEST), start=1)}

QUESTIONS = {
    "initialization-a": Question(
        "A unit adds nine inputs, all of them 2. Its weights are +1/3 or −1/3, each by the toss of a coin. What is "
        "the variance of the sum?",
        answer=4,
        why="Each product is +2/3 or −2/3, with the variance 4/9, and nine of them add up. Number of inputs times "
            "variance of a weight is 1 here, so the mean square of the inputs comes out as it went in.",
        mistakes=(
            (1, "That is number of inputs times variance of a weight. It is multiplied by the mean square of the "
                "inputs, 2² = 4."),
            (2, "That is the standard deviation, or the inputs without their square."),
            (12, "You have taken 1/3 for the variance of a weight. It is the mean of the squares: 1/9."),
            (36, "You have added the products before squaring, as if all weights had the same sign. By chance most "
                 "of them cancel."))),
    "initialization-b": Question(
        "A network has one hidden tanh layer. Its hidden weights are random, its output weights and all biases are "
        "0. What happens in training?",
        (Choice("Nothing: weights of 0 let no gradient through.",
                "For the hidden layer that is true at first. But the gradient of an output weight is its input, a "
                "hidden unit, times the error, and neither is 0."),
         Choice("The hidden units stay equal to each other.",
                "Equal weights would keep them so, but these are random and differ from the start. Only the output "
                "weights are equal."),
         Choice("The first step moves the output layer alone; from the second on all layers learn.",
                "Hidden units differ, so the output weights get different gradients and leave 0. From then on they "
                "let the error through.", True),
         Choice("All layers learn from the first step on.",
                "The way back to the hidden weights leads through the output weights, and at the first step those "
                "are 0."))),
    "initialization-c": Question(
        "A linear layer has 200 inputs and 50 units. Its weights are drawn so that the variance stays the same on "
        "the way forward. By which factor is the variance of the gradient multiplied on the way back?",
        answer=0.25,
        why="Forward needs a variance of 1/200, for each unit adds 200 products. Backward each input collects from "
            "50 units only: 50/200. Both can be 1 for square layers alone.",
        mistakes=(
            (1, "That would take 200 readers for each input. Here each input feeds 50 units, so less comes back "
                "together."),
            (4, "Upside down: the way back adds 50 products of variance 1/200 each."),
            (0.5, "That is what becomes of its size, the standard deviation. Asked is the variance."),
            (0.4, "That would be Glorot's compromise, 2 / 250 for the weights. Here the way forward alone was to be "
                  "kept."))),
    "initialization-d": Question(
        "A deep ReLU network of square layers was given Glorot's weights. By which number must each weight be "
        "multiplied to make them He's?",
        answer=2**0.5,
        why="He's variance is 2/n, Glorot's for n = m is 1/n: twice the variance is √2 times the weight. It makes "
            "up for the half of the mean square that ReLU drops.",
        mistakes=(
            (2, "That is the factor of the variance. Multiplying the weights by 2 would make it four times as "
                "large: after ten layers a thousand times too much."),
            (0.5**0.5, "The wrong way round: ReLU loses half in each layer, so the weights must grow."),
            (4, "You have squared in place of taking the root. Weights times √2 give twice the variance."))),
    "initialization-e": Question(
        "Each layer leaves 81 % of the variance of the gradient. Which share of its size (its standard deviation) "
        "arrives after 10 layers?",
        answer=0.9**10,
        why="The size keeps √0.81 = 0.9 for each layer, and 0.9 to the power 10 is 0.35. A loss of a tenth sounds "
            "harmless; it is the number of layers that makes it count.",
        mistakes=(
            (0.81**10, "That is the share of the variance, 12 %. The size is its root."),
            (0.9, "That is one layer. The next takes its tenth from what is left, and so on."),
            (0.81**20, "You have squared where a root was due: the variance is the square of the size."),
            (0.81, "That is one layer's variance: take the root for the size, and ten layers."))),
    "initialization-f": Question(
        "Thirty square layers have orthogonal weights and no biases. With which activation has the last layer "
        "exactly the length of the input, for every input?",
        (Choice("ReLU",
                "It keeps what is positive, but drops the rest: about half of the squared length in each layer."),
         Choice("Absolute value",
                "The length is made of squares, and a square does not see a sign. So nothing is lost, although the "
                "function is not linear.", True),
         Choice("tanh",
                "Near 0 it is almost the identity, so it loses little there. But each value is brought a little "
                "nearer to 0, and thirty layers add that up."),
         Choice("Leaky ReLU with the slope 0.5 on the left",
                "It loses less than ReLU. But every negative number is halved, so its square is quartered."))),
}
