"""Practice for the chapter "Recurrent networks"."""

import numpy as np

from dlnotes.practice import Exercise, Mistake
from dlnotes.practice._questions import Choice, Question

# 1: how many numbers a deep recurrent network has


def parameters(D, H, C, layers, both):
    directions, count = 2 if both else 1, 0
    for _ in range(layers):
        count += directions * (D + H + 1) * H
        D = directions * H
    return count + (D + 1) * C


def _no_bias(D, H, C, layers, both):
    directions, count = 2 if both else 1, 0
    for _ in range(layers):
        count += directions * (D + H) * H
        D = directions * H
    return count + D * C


def _same_input(D, H, C, layers, both):
    directions = 2 if both else 1
    return layers * directions * (D + H + 1) * H + (directions * H + 1) * C


def _half_input(D, H, C, layers, both):
    directions, count = 2 if both else 1, 0
    for _ in range(layers):
        count += directions * (D + H + 1) * H
        D = H
    return count + (directions * H + 1) * C


PARAMETERS = Exercise(
    points=1,
    reference=parameters,
    cases=((1, 3, 2, 1, False), (1, 3, 2, 1, True), (27, 16, 27, 2, False), (27, 16, 27, 3, True), (5, 1, 1, 4, True)),
    hints=(
        "Begin with one layer in one direction: W_x, W_h and b. How many numbers has each?",
        "A layer in one direction has (D + H + 1) H numbers. What is D for the second layer, if the first goes both ways?",
        "Loop over the layers: add directions * (D + H + 1) * H, then set D = directions * H. At the end add (D + 1) * C.",
    ),
    mistakes=(
        Mistake(_no_bias, "the biases are numbers too: one for each unit and one for each class."),
        Mistake(_same_input, "only the first layer reads the D inputs; the others read the states below them."),
        Mistake(_half_input, "above a layer that goes both ways there are 2 H inputs, the states of either direction."),
        Mistake(lambda D, H, C, layers, both: parameters(D, H, C, layers, False),
                "the other direction has weights of its own."),
        Mistake(lambda D, H, C, layers, both: parameters(D, H, C, layers, both) - (2 * H if both else H) * C - C,
                "the read-out is missing: from the states of the top layer to C classes."),
    ),
    next="how many numbers has a network of one layer with twice the units? Which grows faster, depth or width?",
)

# 2: all states of an Elman network


def states(X, W_x, W_h, b):
    h, found = np.zeros(len(b)), []
    for x in X:
        h = np.tanh(x @ W_x + h @ W_h + b)
        found.append(h)
    return np.array(found)


def _without_state(X, W_x, W_h, b):
    return np.tanh(X @ W_x + b)


def _linear_state(X, W_x, W_h, b):
    h, found = np.zeros(len(b)), []
    for x in X:
        h = x @ W_x + h @ W_h + b
        found.append(np.tanh(h))
    return np.array(found)


def _from_the_end(X, W_x, W_h, b):
    return states(X[::-1], W_x, W_h, b)[::-1]


def _case(seed, T, D, H):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((T, D)), rng.standard_normal((D, H)), rng.standard_normal((H, H)), rng.standard_normal(H)


STATES = Exercise(
    points=2,
    reference=states,
    cases=(
        (np.array([[1.0], [0], [0]]), np.array([[0.5]]), np.array([[2.0]]), np.array([0.0])),
        _case(0, 5, 2, 3), _case(1, 1, 3, 2), _case(2, 12, 1, 4),
    ),
    hints=(
        "Go through the items one by one. What does the second step need from the first?",
        "Keep h, zeros of length H to begin with; each step makes the new h from an item and the old h.",
        "for x in X: h = np.tanh(x @ W_x + h @ W_h + b); collect each h, return np.array of them.",
    ),
    mistakes=(
        Mistake(_without_state, "each item is read alone: the state before has to come in, times W_h."),
        Mistake(_linear_state, "what goes on to the next step is the state, after tanh, not what goes into tanh."),
        Mistake(_from_the_end, "that reads from the last item to the first: the backward half of a bidirectional layer."),
        Mistake(lambda X, W_x, W_h, b: states(X, W_x, W_h.T, b),
                "rows are examples: it is h @ W_h, without .T."),
        Mistake(lambda X, W_x, W_h, b: states(X, W_x, W_h, b)[-1], "that is the last state; all of them are asked, (T, H)."),
        Mistake(lambda X, W_x, W_h, b: np.concatenate([np.zeros((1, len(b))), states(X, W_x, W_h, b)]),
                "the zeros before the first item are no result: T items give T states."),
    ),
    next="let the loop begin with a state that is given, and cut a sequence in two: the states must be the same.",
)

# 3: backpropagation through time


def deltas(dY, h, W_h):
    dz, later = np.zeros(dY.shape), 0.0
    for t in reversed(range(len(dY))):
        dz[t] = (dY[t] + later) * (1 - h[t] ** 2)
        later = dz[t] @ W_h.T
    return dz


def _late_slope(dY, h, W_h):
    dz, later = np.zeros(dY.shape), 0.0
    for t in reversed(range(len(dY))):
        dz[t] = dY[t] * (1 - h[t] ** 2) + later
        later = dz[t] @ W_h.T
    return dz


def _no_slope_on_the_way(dY, h, W_h):
    dz, later = np.zeros(dY.shape), 0.0
    for t in reversed(range(len(dY))):
        total = dY[t] + later
        dz[t] = total * (1 - h[t] ** 2)
        later = total @ W_h.T
    return dz


def _one_step(dY, h, W_h):
    own = dY * (1 - h**2)
    dz = own.copy()
    dz[:-1] += (own[1:] @ W_h.T) * (1 - h[:-1] ** 2)
    return dz


def _back_case(seed, T, H):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((T, H)), np.tanh(rng.standard_normal((T, H))), rng.standard_normal((H, H))


DELTAS = Exercise(
    points=2,
    reference=deltas,
    cases=(
        (np.array([[0.0], [0.0], [1.0]]), np.array([[0.5], [0.0], [0.8]]), np.array([[2.0]])),
        _back_case(0, 4, 3), _back_case(1, 1, 2), _back_case(2, 9, 2),
    ),
    hints=(
        "The last step is the easiest: nothing comes after it. Begin there.",
        "What reaches h_t from later is delta of the next step times W_h transposed.",
        "Backward over t: dz[t] = (dY[t] + later) * (1 - h[t]**2), then later = dz[t] @ W_h.T.",
    ),
    mistakes=(
        Mistake(lambda dY, h, W_h: dY * (1 - h**2), "each state also acts on all later ones, through W_h."),
        Mistake(_one_step, "that looks one step ahead; the next step's delta must itself contain all later ones."),
        Mistake(_late_slope, "what comes from later passes the tanh of this step as well: the slope multiplies the sum."),
        Mistake(_no_slope_on_the_way, "what goes back is delta, after the slope, not the gradient for the state."),
        Mistake(lambda dY, h, W_h: deltas(dY, h, W_h.T),
                "forward the state is multiplied by W_h, so backward by its transpose: dz @ W_h.T."),
        Mistake(lambda dY, h, W_h: deltas(dY, np.sqrt(np.abs(h)), W_h),
                "the slope of tanh is 1 minus the square of the state."),
    ),
    next="cut it into blocks of k steps: set what comes from later to 0 at each border.",
)

# 4: clipping by the common norm


def clipped(grads, limit):
    size = np.sqrt(sum(np.sum(g * g) for g in grads))
    return tuple(g * min(1.0, limit / size) if size > 0 else g * 1.0 for g in grads)


def _each_alone(grads, limit):
    return tuple(clipped((g,), limit)[0] for g in grads)


def _always(grads, limit):
    size = np.sqrt(sum(np.sum(g * g) for g in grads))
    return tuple(g * limit / size if size > 0 else g * 1.0 for g in grads)


def _squared(grads, limit):
    size = sum(np.sum(g * g) for g in grads)
    return tuple(g * min(1.0, limit / size) if size > 0 else g * 1.0 for g in grads)


def _grads(seed, scale):
    rng = np.random.default_rng(seed)
    return scale * rng.standard_normal((3, 2)), scale * rng.standard_normal(4)


CLIPPED = Exercise(
    points=2,
    reference=clipped,
    cases=(
        ((np.array([3.0, 0.0]), np.array([4.0])), 1.0),
        ((np.array([3.0, 0.0]), np.array([4.0])), 10.0),
        (_grads(0, 5.0), 2.0), (_grads(1, 0.01), 2.0),
        ((np.zeros(2), np.zeros(1)), 1.0),
    ),
    hints=(
        "All gradients together are one long vector. How long is it?",
        "The norm is the root of the sum of all squares over all arrays. Scale only if it is above the limit.",
        "factor = min(1, limit / norm), the same for every array; take care of a norm of 0.",
    ),
    mistakes=(
        Mistake(_each_alone, "one factor for all arrays: clipping each by its own norm turns the gradient."),
        Mistake(lambda grads, limit: tuple(np.clip(g, -limit, limit) for g in grads),
                "clipping each number turns the gradient; scale all of them by one factor."),
        Mistake(_always, "a gradient that is short enough must stay as it is."),
        Mistake(_squared, "the norm is the root of the sum of squares."),
        Mistake(lambda grads, limit: clipped(grads, 1 / limit), "the factor is the limit divided by the norm."),
    ),
    next="how often would clipping at 1 act in the training of the name model?",
)

# 5: the bits of a word under a chain


def bits(P, word):
    way = [0, *word, 0]
    return float(np.mean([-np.log2(P[a, b]) for a, b in zip(way, way[1:])]))


def _chain(seed, K):
    P = np.random.default_rng(seed).uniform(0.1, 1, (K, K))
    return P / P.sum(axis=1, keepdims=True)


BITS = Exercise(
    points=2,
    reference=bits,
    cases=(
        (np.array([[0.0, 0.5, 0.5], [0.25, 0.25, 0.5], [0.5, 0.5, 0.0]]), (1, 2, 1)),
        (_chain(0, 5), (3, 1, 4, 4)), (_chain(1, 4), (2,)), (_chain(2, 6), (5, 1, 2, 3, 4, 1, 1)),
    ),
    hints=(
        "Write down the pairs (before, after) of the word, from the beginning to the end. How many are there?",
        "The pairs of (1, 2, 1) are 0 1, 1 2, 2 1, 1 0: the sign for the beginning and the end is a letter too.",
        "way = [0, *word, 0]; the mean of -log2 P[a, b] over neighbouring a, b of it.",
    ),
    mistakes=(
        Mistake(lambda P, word: float(np.mean([-np.log2(P[a, b]) for a, b in zip((0, *word), word)])),
                "the end is missing: a name that never ends is no name."),
        Mistake(lambda P, word: float(np.mean([-np.log2(P[a, b]) for a, b in zip(word, (*word[1:], 0))])),
                "the first letter is missing: it follows the sign for the beginning."),
        Mistake(lambda P, word: bits(P, word) * np.log(2), "that is in nats; bits take the logarithm to the base 2."),
        Mistake(lambda P, word: bits(P, word) * (len(word) + 1), "that is the sum; the mean over all letters and the end is asked."),
        Mistake(lambda P, word: bits(P, word) * (len(word) + 1) / len(word), "the end counts as a letter in the mean as well."),
        Mistake(lambda P, word: bits(P, word[::-1]), "the word is read backward: P[a, b] is for b after a."),
        Mistake(lambda P, word: 2 ** bits(P, word), "that is the perplexity, 2 to the number of bits."),
    ),
    next="compute the bits of your own name under the counts of the chapter, and under the network.",
)

# 6: how far a gradient can reach


def reach(W_h, share):
    A, n = np.eye(len(W_h)), 0
    while np.linalg.norm(A, 2) >= share:
        A, n = A @ W_h, n + 1
    return n


def _by_radius(W_h, share):
    rho = np.abs(np.linalg.eigvals(W_h)).max()
    n = 0
    while rho**n >= share:
        n += 1
    return n


def _by_bound(W_h, share):
    sigma, n = np.linalg.norm(W_h, 2), 0
    while sigma**n >= share and n < 10_000:
        n += 1
    return n


def _by_frobenius(W_h, share):
    A, n = np.eye(len(W_h)), 0
    while np.linalg.norm(A) >= share:
        A, n = A @ W_h, n + 1
    return n


def _square(seed, H, rho):
    W = np.random.default_rng(seed).standard_normal((H, H))
    return W * rho / np.abs(np.linalg.eigvals(W)).max()


REACH = Exercise(
    points=3,
    reference=reach,
    cases=((np.array([[0.5]]), 0.01), (_square(0, 6, 0.8), 0.001), (np.array([[0.5, 8.0], [0.0, 0.5]]), 0.1),
           (0.9 * np.array([[0.0, 1.0], [-1.0, 0.0]]), 0.01), (_square(1, 12, 0.6), 1e-6)),
    hints=(
        "How much can one step stretch a gradient at most? And n steps at once?",
        "The largest stretch of n steps is the largest singular value of the n-th power of W_h: np.linalg.norm(A, 2).",
        "Begin with the unit matrix and n = 0; as long as norm(A, 2) >= share, multiply by W_h and add 1 to n.",
    ),
    mistakes=(
        Mistake(_by_radius, "the radius gives the speed in the long run; before, a matrix may stretch much more."),
        Mistake(_by_bound, "the power of the largest stretch is only a bound: no vector is stretched most in every step."),
        Mistake(_by_frobenius, "that is the Frobenius norm; the largest stretch of a vector is the largest singular value."),
        Mistake(lambda W_h, share: reach(W_h, share) - 1, "that is the last step at which enough is left; the next one is asked."),
        Mistake(lambda W_h, share: reach(W_h @ W_h, share), "each step multiplies by W_h once."),
    ),
    next="put in the slopes of tanh: how does the reach change with the size of the inputs?",
)

EXERCISES = {f"rnn-{i}": e for i, e in enumerate((PARAMETERS, STATES, DELTAS, CLIPPED, BITS, REACH), start=1)}

QUESTIONS = {
    "rnn-a": Question(
        "A network reads a binary number, its last digit first, and writes 5 times that number, one digit for each "
        "digit read. How many different carries must its state be able to tell apart?",
        answer=5,
        why="With the carry c and the digit 1 the sum is 5 + c, and half of it is carried on: 0, 2, 3, 4, and then "
            "5 + 4 = 9 gives 4 again; 1 comes from a 0 after 2. These five are all, however long the number is.",
        mistakes=(
            (2, "In adding two numbers the carry is 0 or 1. Here a single 1 makes 5, in binary 101, so 2 is carried "
                "on at once."),
            (3, "0, 2 and 3 come first. But from 3 the digit 1 leads on to 4, and from 2 the digit 0 leads to 1."),
            (4, "4 is the largest carry. With 0 there are five."),
            (6, "A carry of 5 would need a sum of 10, and 5 + 4 = 9 is the largest that occurs."))),
    "rnn-b": Question(
        "A linear unit begins at 0 and reads 3, −1, 2; each new state is the input plus w times the old state. What is "
        "the slope of its last state in w, at w = 0.5?",
        answer=2,
        why="The states are 3, 0.5, 2.25. The last use of w adds the second state, 0.5; the one before adds the "
            "first, 3, times the w that is still to come: 0.5 + 1.5. Each use of a shared weight counts.",
        mistakes=(
            (0.5, "That is the last use of w alone, as if the second state were a fixed number. But w is in it as well."),
            (3.5, "You have added both states. What w does at the second step passes once more through the factor "
                  "w = 0.5."),
            (1.5, "That is the way through the second step. The third step uses w too, and adds 0.5."),
            (2.25, "That is the last state itself. Asked is how it changes with w."))),
    "rnn-c": Question(
        "The recurrent matrix of a tanh network turns and stretches by 1.2. Now all inputs are made a hundred times "
        "as large. What becomes of the gradient on its way back through many steps?",
        (Choice("It grows by 1.2 in every step, as without inputs: they stand nowhere in the product of matrices.",
                "Not openly. But the slopes 1 − h² stand there, and the inputs decide how large h is."),
         Choice("It grows a hundred times faster.",
                "The inputs multiply the gradient of the input weights, and only once, at the step at which they are "
                "read. From state to state other factors act."),
         Choice("It fades, faster than with small inputs.",
                "Large inputs push the states close to −1 and 1, where tanh is flat. A slope of 0.01 takes away more "
                "than 1.2 adds: the radius alone does not tell the fate of a gradient.", True),
         Choice("It neither grows nor fades, since tanh keeps all states between −1 and 1.",
                "The states stay within limits, but the gradient is multiplied by slopes and not by states, and "
                "those can be as small as you like."))),
    "rnn-d": Question(
        "To the four letters of a text a model gave the probabilities 1/2, 1/8, 1/2, 1/8. What is its perplexity?",
        answer=4,
        why="The bits are 1, 3, 1, 3, on average 2, and 2² = 4. So it did as well as one who hesitates among four "
            "letters each time, though it never did exactly that.",
        mistakes=(
            (2, "That is the mean number of bits. The perplexity is 2 to that power."),
            (3.2, "You have averaged the probabilities. Those of successive letters are multiplied, so it is their "
                  "logarithms that are averaged."),
            (5, "You have averaged 2, 8, 2, 8. Perplexity takes their geometric mean, since probabilities multiply."),
            (256, "That is one over the probability of the whole text. For one letter take its fourth root."))),
    "rnn-e": Question(
        "A network reads a text in both directions. Somebody takes both halves of its state at the last position as "
        "the summary of the text. What does the backward half know there?",
        (Choice("The last item only.",
                "The backward network begins at the end, so at the last position it has made its first step. Its "
                "summary of the whole text stands at the first position; take each half where it has finished.", True),
         Choice("The whole text, as the forward half does.",
                "The backward network does read all of it, but it starts from the end. At the last position it has "
                "everything still before it."),
         Choice("All but the last item.",
                "That is what lies before it on its way. A state knows what has been read up to there, and the item "
                "at its own position is included."),
         Choice("Nothing: it is still the first state, 0.",
                "That state comes before the first step. At the last position the step with the last item has been "
                "made."))),
}
