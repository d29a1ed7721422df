"""Practice for the chapter "Backpropagation"."""

import numpy as np

from dlnotes.practice import Exercise, Mistake
from dlnotes.practice._questions import Choice, Question

# 1: two variables, each used twice


def used_twice(dy, a, b):
    inner = np.cos(a * b)
    return dy * (b * b + b * inner), dy * (2 * a * b + a * inner)


TWICE = Exercise(
    points=1,
    reference=used_twice,
    cases=((1.0, 2.0, 0.5), (-3.0, 0.4, 2.0), (0.5, -1.0, -2.5), (0.0, 1.0, 1.0)),
    hints=(
        "Draw the graph: the product a b goes into the sine. How many arrows leave a, how many leave b?",
        "Along each path slopes are multiplied; what meets in a, and what meets in b, adds up.",
        "First the gradient of the product inside the sine: dy times a cosine. From there one arrow to a, one to b.",
    ),
    mistakes=(
        Mistake(lambda dy, a, b: (dy * b * b, dy * 2 * a * b),
                "a and b are used a second time, inside the sine: that path is missing."),
        Mistake(lambda dy, a, b: (dy * b * np.cos(a * b), dy * a * np.cos(a * b)),
                "the second path has overwritten the first: gradients that meet are added."),
        Mistake(lambda dy, a, b: used_twice(1.0, a, b),
                "these are the local derivatives: each is still to be multiplied by dy, the gradient from above."),
        Mistake(lambda dy, a, b: (dy * (b * b + np.cos(a * b)), dy * (2 * a * b + np.cos(a * b))),
                "the cosine is the gradient of the product a b: its own slope towards a or b is missing."),
        Mistake(lambda dy, a, b: (dy * (b * b + a * np.cos(a * b)), dy * (2 * a * b + b * np.cos(a * b))),
                "the slope of a product towards one factor is the other factor: inside the sine they are swapped."),
        Mistake(lambda dy, a, b: (dy * (b * b + b * np.cos(a * b)), dy * (a * b + a * np.cos(a * b))),
                "b squared is b times b: two arrows leave b there, and each counts."),
    ),
    next="do the same for a * b / (a + b), first on paper and then in the stepper.",
)

# 2: a layer with a skip connection, from what the forward pass kept


def skip_layer_backward(dA, X, W, A):
    dZ = dA * (1 - (A - X) ** 2)
    return dA + dZ @ W.T, X.T @ dZ, dZ.sum(axis=0)


def _layer(seed, N, D):
    rng = np.random.default_rng(seed)
    X, W, b = rng.normal(size=(N, D)), rng.normal(size=(D, D)), rng.normal(size=D)
    return rng.normal(size=(N, D)), X, W, X + np.tanh(X @ W + b)


def _wrong_layer(change):
    """The reference with its three results, or its dZ, changed."""
    def answer(dA, X, W, A):
        return change(dA, X, W, A, dA * (1 - (A - X) ** 2))
    return answer


LAYER = Exercise(
    points=2,
    reference=skip_layer_backward,
    cases=(_layer(0, 4, 3), _layer(1, 1, 2), _layer(2, 6, 3)),
    hints=(
        "X is used twice: it goes around the layer and through it. What arrives in X along each way?",
        "Through the tanh first, to dZ. Its slope is 1 - tanh**2: from what was kept, how do you get the tanh?",
        "Around the layer dA arrives unchanged; through it dZ is multiplied by W.T. All rows use the same b.",
    ),
    mistakes=(
        Mistake(_wrong_layer(lambda dA, X, W, A, dZ: (dZ @ W.T, X.T @ dZ, dZ.sum(axis=0))),
                "dX lacks the way around the layer: A contains X itself."),
        Mistake(_wrong_layer(lambda dA, X, W, A, dZ: skip_layer_backward(dA, 0 * X, W, A)[:1]
                             + (X.T @ (dA * (1 - A**2)), (dA * (1 - A**2)).sum(axis=0))),
                "the slope is taken at A, but A is X plus the tanh: take X off first."),
        Mistake(_wrong_layer(lambda dA, X, W, A, dZ: (dA + dA @ W.T, X.T @ dA, dA.sum(axis=0))),
                "dA has not been multiplied by the slope of the tanh."),
        Mistake(_wrong_layer(lambda dA, X, W, A, dZ: (dA + dZ @ W.T, X.T @ dZ, dZ.mean(axis=0))),
                "db is a mean where a sum is due: all rows use the same b, so their parts add up."),
        Mistake(_wrong_layer(lambda dA, X, W, A, dZ: (dA + dZ @ W.T, X.T @ dZ, dZ)),
                "db must have the shape of b: sum over the rows."),
        Mistake(_wrong_layer(lambda dA, X, W, A, dZ: (dZ + dZ @ W.T, X.T @ dZ, dZ.sum(axis=0))),
                "the way around the layer has no tanh in it: there dA arrives as it is."),
    ),
    next="put twenty of them in a row, with small weights: how long is the gradient of the first input?",
)

# 3: the gradient from the outside


def numeric_gradient(f, x):
    dx = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[i] = 1e-5
        dx[i] = (f(x + step) - f(x - step)) / 2e-5
    return dx


def _one_sided(f, x):
    return np.array([(f(x + e) - f(x)) / 1e-3 for e in 1e-3 * np.eye(x.size).reshape(x.size, *x.shape)]).reshape(x.shape)


def _no_half(f, x):
    return 2 * numeric_gradient(f, x)


def _all_at_once(f, x):
    return np.full_like(x, (f(x + 1e-5) - f(x - 1e-5)) / 2e-5)


def _tiny(f, x):
    steps = 1e-14 * np.eye(x.size).reshape(x.size, *x.shape)
    return np.array([(f(x + e) - f(x - e)) / 2e-14 for e in steps]).reshape(x.shape)


def _in_place(f, x):
    dx = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        x[i] += 1e-5
        above = f(x)
        x[i] -= 2e-5
        dx[i] = (above - f(x)) / 2e-5
    return dx


def cubic(x):
    """The sum of x**3, whose gradient is 3 x**2."""
    return np.sum(x**3)


def waves(x):
    """sin of the first entry times the exponential of the last."""
    return np.sin(x.flat[0]) * np.exp(x.flat[-1])


NUMERIC = Exercise(
    points=2,
    reference=numeric_gradient,
    cases=((cubic, np.array([1.0, -2.0, 0.5])), (waves, np.array([[0.3, 2.0], [1.0, 0.7]])), (cubic, np.array([2.0]))),
    tol=1e-6,
    hints=(
        "One entry at a time: what does f do when only this entry moves?",
        "Move it up and down by the same h, and divide the difference of f by the whole way, 2h.",
        "h = 1e-5 is good here: the formula errs by about h squared, rounding by about 1e-16 / h.",
    ),
    mistakes=(
        Mistake(_one_sided, "the error is too large: move to both sides, or nearer; one-sided errs by h, not h squared."),
        Mistake(_no_half, "all entries are twice too large: the way from x - h to x + h is 2h."),
        Mistake(_all_at_once, "all entries move at once: that is the sum of the gradient. Move one at a time."),
        Mistake(_tiny, "h is so small that rounding is all that is left of the difference: try 1e-5."),
        Mistake(_in_place, "x is not put back before the next entry moves; and x belongs to the caller: copy it."),
    ),
    next="count the calls of f for a network of a million weights, and compare with one backward pass.",
)

# 4: the backward pass over a tape


def backward(parents, slopes):
    grads = [0.0] * (len(parents) - 1) + [1.0]
    for k in reversed(range(len(parents))):
        for parent, slope in zip(parents[k], slopes[k]):
            grads[parent] += slope * grads[k]
    return np.array(grads)


def _overwriting(parents, slopes):
    grads = [0.0] * (len(parents) - 1) + [1.0]
    for k in reversed(range(len(parents))):
        for parent, slope in zip(parents[k], slopes[k]):
            grads[parent] = slope * grads[k]
    return np.array(grads)


def _forwards(parents, slopes):
    grads = [0.0] * (len(parents) - 1) + [1.0]
    for k in range(len(parents)):
        for parent, slope in zip(parents[k], slopes[k]):
            grads[parent] += slope * grads[k]
    return np.array(grads)


def _slopes_only(parents, slopes):
    grads = [0.0] * (len(parents) - 1) + [1.0]
    for k in reversed(range(len(parents))):
        for parent, slope in zip(parents[k], slopes[k]):
            grads[parent] += slope
    return np.array(grads)


def _no_seed(parents, slopes):
    grads = [0.0] * len(parents)
    for k in reversed(range(len(parents))):
        for parent, slope in zip(parents[k], slopes[k]):
            grads[parent] += slope * grads[k]
    return np.array(grads)


TAPE = Exercise(
    points=2,
    reference=backward,
    cases=(
        ([[], [], [0, 1], [0], [2, 3]], [[], [], [0.5, 2.0], [-0.4], [1.0, 1.0]]),
        ([[], [0], [1], [2]], [[], [2.0], [3.0], [-1.0]]),
        ([[], [0, 0], [1, 0], [1, 2]], [[], [3.0, 3.0], [1.0, -2.0], [0.5, 4.0]]),
    ),
    hints=(
        "Start with an array of zeros, one a node, and put a 1 where the result stands.",
        "Go through the tape from the end: when you come to node k, its gradient is complete.",
        "For each parent p of k with slope s: grads[p] += s * grads[k].",
    ),
    mistakes=(
        Mistake(_overwriting, "a node that is used twice keeps only one part: add to its gradient, do not set it."),
        Mistake(_forwards, "from the start the gradients are handed on before they have arrived: go from the end."),
        Mistake(_slopes_only, "the slopes are added up, but not multiplied by the gradient of the node they lead to."),
        Mistake(_no_seed, "all gradients are 0: the result's own gradient is 1."),
    ),
    next="record such a tape while computing a * b + sin(a), and get its gradient.",
)

# 5: which order is cheaper?


def products(sizes):
    """Multiplications for the chain's Jacobian: (from the input's side, from the output's side)."""
    first, last = sizes[0], sizes[-1]
    ahead = sum(a * b * first for a, b in zip(sizes[1:], sizes[2:]))
    back = sum(a * b * last for a, b in zip(sizes[:-2], sizes[1:-1]))
    return ahead, back


def _with_first(sizes):
    pairs = list(zip(sizes, sizes[1:]))
    return sum(a * b * sizes[0] for a, b in pairs), sum(a * b * sizes[-1] for a, b in pairs)


def _vectors(sizes):
    return sum(a * b for a, b in zip(sizes[1:], sizes[2:])), sum(a * b for a, b in zip(sizes[:-2], sizes[1:-1]))


COST = Exercise(
    points=2,
    reference=products,
    cases=(([4, 3, 2, 1],), ([1, 3, 2, 4],), ([5, 5, 5, 5, 5],), ([1000, 100, 10, 1],), ([7, 2],)),
    hints=(
        "A (p, q) matrix times a (q, r) matrix takes p q r multiplications.",
        "From the input's side the product is always (something, sizes[0]); the first Jacobian costs nothing.",
        "Ahead: the sum of sizes[k] sizes[k+1] sizes[0] from k = 1. Back: the same with sizes[-1], without the last pair.",
    ),
    mistakes=(
        Mistake(lambda sizes: products(sizes)[::-1],
                "the two are swapped: starting at the input, every product has sizes[0] columns."),
        Mistake(_with_first, "one product too many: K Jacobians need K - 1 products."),
        Mistake(_vectors, "that is the cost for a single direction: the whole Jacobian has sizes[0] columns or sizes[-1] rows."),
        Mistake(lambda sizes: (min(products(sizes)),) * 2, "that is the cheaper one twice: give both, input's side first."),
    ),
    next="for which sizes does neither end win, so that starting in the middle is cheapest?",
)

# 6: the multipliers of the Lagrangian, with a cost of every state


def multipliers(Ws, x, d, mu):
    return _changed()(Ws, x, d, mu)


def _changed(slope=True, factor=1.0, order=1, running=1.0, last=False):
    def answer(Ws, x, d, mu):
        H = [x]
        for W in Ws:
            H.append(np.tanh(H[-1] @ W))
        lam = [factor * (H[-1] - d) + (mu * H[-1] if last else 0)]
        for k in range(len(Ws) - 1, 0, -1):
            back = (lam[0] * (1 - H[k + 1] ** 2) if slope else lam[0]) @ Ws[k].T
            lam.insert(0, back + running * mu * H[k])
        return tuple(lam[::order])
    return answer


def _pre_activation(Ws, x, d, mu):
    H = [x]
    for W in Ws:
        H.append(np.tanh(H[-1] @ W))
    return tuple(v * (1 - h * h) for v, h in zip(multipliers(Ws, x, d, mu), H[1:]))


def _chain(seed, sizes, mu):
    rng = np.random.default_rng(seed)
    Ws = [rng.normal(size=pair) for pair in zip(sizes, sizes[1:])]
    return Ws, rng.normal(size=sizes[0]), rng.normal(size=sizes[-1]), mu


MULTIPLIERS = Exercise(
    points=3,
    reference=multipliers,
    cases=(_chain(0, (2, 2), 0.5), _chain(1, (3, 4, 2), 0.0), _chain(2, (2, 3, 3, 2), 1.0), _chain(3, (3, 3, 2, 4, 2), 0.3)),
    hints=(
        "Write the Lagrangian with the new cost, and set its derivative towards each H_k to zero, the last one first.",
        "H_k stands in its own constraint, in the next layer's, and now in the cost: three terms.",
        "So each price is what the next layer hands back, as before, plus the slope of the state's own cost.",
    ),
    mistakes=(
        Mistake(_changed(running=0.0), "the states' own costs are missing: mu / 2 times a square has a slope."),
        Mistake(_changed(last=True), "the sum of the states' costs ends at K - 1: the last state pays for its distance from d alone."),
        Mistake(_changed(slope=False), "the slope of tanh, 1 - H**2, of the layer that is passed on the way back is missing."),
        Mistake(_changed(factor=2.0), "the last price is twice too large: the cost has the factor 1/2."),
        Mistake(_changed(order=-1), "the order is reversed: the first entry belongs to the first layer."),
        Mistake(_changed(running=-1.0), "the sign of the states' costs is turned: a larger state costs more."),
        Mistake(_pre_activation, "those are the gradients towards the pre-activations; the constraints are on the outputs H_k."),
    ),
    next="raise one constraint by 1e-6 (H_k is F_k + 1e-6) and see that the cost rises by lambda_k times that.",
)

EXERCISES = {f"backprop-{i}": e for i, e in enumerate((TWICE, LAYER, NUMERIC, TAPE, COST, MULTIPLIERS), start=1)}

QUESTIONS = {
    "backprop-a": Question(
        "The loss is (a b + a)², with a = 2 and b = 3. What is its slope towards a?",
        answer=64,
        why="The bracket is 8, so 2 · 8 = 16 arrives at it. From there a is reached twice, by the product with "
            "slope 3 and directly with slope 1, and the two add up: 16 · 4.",
        mistakes=(
            (48, "That is the way through the product alone. a also stands by itself in the sum, and that way "
                 "counts too."),
            (16, "That is what arrives at the bracket, or the way from the lone a. The product hands on three times "
                 "as much besides."),
            (4, "That is the slope of the bracket. The square outside multiplies it by 2 · 8."),
            (32, "You have multiplied 16 by a = 2. The slope of a product towards a is the other factor, b = 3, and "
                 "the lone a adds 1."))),
    "backprop-b": Question(
        "A layer adds the same bias to each of four rows. For one of its units the error signals of the rows are 1, "
        "−2, 0.5 and 3. What is the gradient of its bias?",
        answer=2.5,
        why="The bias is one number that is used four times, and each use hands back its error signal: 1 − 2 + 0.5 "
            "+ 3. It is the rule for a value with several arrows, in matrix clothes.",
        mistakes=(
            (0.625, "That is the mean. If the loss is a mean, its 1/4 is already in the error signals; the layer "
                    "itself only adds up."),
            (3, "That is the last one alone, as if each row overwrote the one before. What comes back along several "
                "arrows is added."),
            (6.5, "You have added sizes. Rows that want the bias to go different ways do cancel."),
            (4.5, "You have left out the −2. A negative error signal is as much an opinion as the others."))),
    "backprop-c": Question(
        "A sigmoid unit puts out 0.8. It feeds two units of the next layer with the weights 2 and −1, and their "
        "errors (slopes of the loss towards their pre-activations) are 0.5 and 0.3. What is the error of this unit?",
        answer=0.112,
        why="Back through the weights come 0.5 · 2 − 0.3 = 0.7; through the sigmoid it is multiplied by the slope "
            "0.8 · 0.2. The forward pass has kept 0.8, so no exponential is needed.",
        mistakes=(
            (0.7, "That is the slope towards the unit's output. Its own sigmoid is still to be passed, with the "
                  "slope 0.16."),
            (0.56, "You have multiplied by the value 0.8. On the way back the slope counts, 0.8 · (1 − 0.8)."),
            (0.208, "You have lost the sign of the weight −1. What one reader wants and what the other wants may "
                    "work against each other."),
            (0.128, "You have added the errors without their weights. A strong connection hands back more."))),
    "backprop-d": Question(
        "A simulation of a wing turns 3 numbers into the air's pressure at 1,000 places. You want all 3,000 slopes, "
        "exactly. Which way is the cheapest?",
        (Choice("Reverse mode, one pass: it gives all slopes at once.",
                "It gives all slopes of one number, such as a loss. Here there are 1,000 outputs, and each takes a "
                "pass of its own."),
         Choice("Forward mode, three passes: one for each input.",
                "One pass carries how everything depends on one input, for all 1,000 places. The mode follows the "
                "smaller side: few inputs, forward; few outputs, reverse.", True),
         Choice("Central differences, two runs for each input.",
                "Six runs are cheap here, and that is why engineers like them. But they are not exact: they err by "
                "the step or by rounding."),
         Choice("It makes no difference: the matrix has 3,000 entries either way.",
                "The result is the same, the work is not. A pass fills a whole column or a whole row: 3 columns or "
                "1,000 rows."))),
    "backprop-e": Question(
        "You check the slope of ReLU at the small place x = h/5 by a central difference with the step h. What comes "
        "out?",
        answer=0.6,
        why="The two places are 1.2h and −0.8h, with the values 1.2h and 0, and the difference is divided by 2h. "
            "The kink lies between them, so the check refuses a gradient that is right.",
        mistakes=(
            (1, "That is the true slope at h/5. But the left place, −0.8h, lies on the other side of the kink, "
                "where ReLU is 0."),
            (0.5, "That comes out exactly at 0. Here a larger part of the way from left to right lies on the rising "
                  "side."),
            (1.2, "You have divided by h. From the left place to the right one it is 2h."),
            (0.2, "You have taken −0.8h for the value at the left place. ReLU puts out 0 there."))),
    "backprop-f": Question(
        "After the forward pass somebody overwrites the array x. Which gradient can the backward pass still compute "
        "from the result y that was kept?",
        (Choice("That of x, through y = sin x.",
                "The slope is cos x. From sin x one could find its size, but not its sign, so x itself must be "
                "kept."),
         Choice("That of x, through y = x · x.",
                "The slope is 2x. From x · x one could find its size, but whether x was negative is lost."),
         Choice("That of W, through Y = X W with fewer outputs than inputs, where W is known.",
                "The slope is the other factor, X. Y has fewer numbers than X, so X cannot be found from it."),
         Choice("That of x, through y = e^x.",
                "The slope of e^x is its own value. So libraries keep the result and not the input, as for sigmoid "
                "and tanh.", True))),
}
