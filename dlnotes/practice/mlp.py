"""Practice for the chapter "The multilayer perceptron"."""

import numpy as np

from dlnotes.ops.activations import relu
from dlnotes.practice import Exercise, Mistake
from dlnotes.practice._questions import Choice, Question

# 1: the widest network that a budget of numbers allows


def count_parameters(sizes):
    return sum((D + 1) * H for D, H in zip(sizes, sizes[1:]))


def count_weights(sizes):
    return sum(D * H for D, H in zip(sizes, sizes[1:]))


def _widest_by(count):
    def answer(D, hidden, C, budget):
        H = 0
        while count([D] + hidden * [H + 1] + [C]) <= budget:
            H += 1
        return H
    return answer


widest = _widest_by(count_parameters)


def _nearest(D, hidden, C, budget):
    low = widest(D, hidden, C, budget)
    return min((low, low + 1), key=lambda H: abs(count_parameters([D] + hidden * [H] + [C]) - budget))


WIDEST = Exercise(
    points=1,
    reference=widest,
    cases=((2, 1, 1, 9), (40, 1, 10, 15310), (40, 2, 10, 15310), (40, 3, 10, 15310), (40, 2, 10, 15460),
           (1, 10, 1, 61), (20, 1, 1, 22), (5, 2, 3, 10)),
    hints=(
        "How many numbers has a network with one more unit in each hidden layer? Try widths 1, 2, 3, ...",
        "For a width H the layer sizes are [D] + hidden * [H] + [C]; the page has a function that counts them.",
        "Begin with H = 0; as long as the network of width H + 1 has at most budget numbers, raise H by 1.",
    ),
    mistakes=(
        Mistake(_widest_by(count_weights),
                "the biases are numbers too: each unit after the input has one."),
        Mistake(lambda D, hidden, C, budget: widest(D, hidden, C, budget - 1),
                "a network that takes exactly the budget fits: at most, not less than."),
        Mistake(lambda *args: widest(*args) + 1,
                "that is the first width that costs too much; the one before it is the last that fits."),
        Mistake(lambda D, hidden, C, budget: max(0, (budget - C) // (D + 1 + C)),
                "that is right for one hidden layer; between two hidden layers there are H * H weights more."),
        Mistake(_nearest, "the count that is nearest to the budget may lie above it."),
        Mistake(_widest_by(lambda sizes: count_parameters(sizes) - sizes[-1]),
                "the output units have biases as well."),
    ),
    next="how much wider may the layers be with twice the budget: with one hidden layer, and with ten?",
)

# 2: the activations of every layer


def activations(X, layers):
    A = [X]
    for W, b in layers[:-1]:
        A.append(relu(A[-1] @ W + b))
    W, b = layers[-1]
    return *A, A[-1] @ W + b


def _all(f):
    """The same pass with f after every layer, the last one too."""
    def answer(X, layers):
        A = [X]
        for W, b in layers:
            A.append(f(A[-1] @ W + b))
        return tuple(A)
    return answer


def _before(X, layers):
    A = [X]
    for W, b in layers:
        A.append(relu(A[-1]) @ W + b)
    return tuple(A)


def _always_from_x(X, layers):
    return (X, *(relu(X @ W + b) for W, b in layers[:-1]), X @ layers[-1][0] + layers[-1][1])


def _layers(seed, *sizes):
    rng = np.random.default_rng(seed)
    return [(rng.standard_normal((D, H)), rng.standard_normal(H)) for D, H in zip(sizes, sizes[1:])]


def _rows(seed, N, D):
    return np.random.default_rng(seed).standard_normal((N, D))


FORWARD = Exercise(
    points=2,
    reference=activations,
    cases=(
        (np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]]),
         [(np.array([[1.0, 1], [1, 1]]), np.array([0.0, -1])), (np.array([[1.0], [-2]]), np.array([0.0]))]),
        (_rows(0, 6, 3), _layers(1, 3, 4, 2)),
        (_rows(2, 5, 2), _layers(3, 2, 5, 4, 3, 1)),
        (_rows(4, 4, 3), _layers(5, 3, 2)),
        (_rows(6, 7, 3), _layers(7, 3, 3, 3, 3)),
    ),
    hints=(
        "Each layer reads the activations before it: the last item of what you have collected so far.",
        "Begin with the list [X] and append relu(A[-1] @ W + b). For which layer is this not right?",
        "Loop over layers[:-1] with ReLU, append the scores of the last layer without one, return the list.",
    ),
    mistakes=(
        Mistake(_all(relu), "the last layer has no ReLU here: its scores may be negative."),
        Mistake(_all(lambda Z: Z),
                "those are affine maps alone: without a ReLU all layers together are one linear layer."),
        Mistake(lambda X, layers: activations(X, layers)[1:],
                "the first item is missing: A_0 is X. The gradient of the first weights needs it."),
        Mistake(lambda X, layers: activations(X, layers)[-1],
                "that is the output alone; the activations of all layers are asked, X first."),
        Mistake(lambda X, layers: activations(X, layers)[:-1],
                "the last item is missing: A_L is the output."),
        Mistake(lambda X, layers: activations(X, [(W, 0 * b) for W, b in layers]), "the biases are missing."),
        Mistake(_before, "keep the activations, after the ReLU: you keep what goes into it."),
        Mistake(_always_from_x, "each layer reads the layer before it, not X."),
        Mistake(lambda X, layers: activations(X, [(W.T, b) for W, b in layers]),
                "W is (D_in, D_out) in this book: with rows as examples it is A @ W, without .T."),
    ),
    next="which share of each layer's activations is 0? Does it change with the depth?",
)

# 3: the ReLU network through given points, with units that look to the left


def hinges(t, y):
    return np.diff(np.diff(y) / np.diff(t), append=0)


HINGES = Exercise(
    points=2,
    reference=hinges,
    cases=(
        (np.array([0.0, 1, 2]), np.array([0.0, 1, 0])),
        (np.array([-1.0, 0.5, 1]), np.array([2.0, -1, 3])),
        (np.array([0.0, 2]), np.array([1.0, 5])),
        (np.sort(_rows(8, 1, 9)[0]), _rows(9, 1, 9)[0]),
    ),
    hints=(
        "Come from the right. Right of the last point the line is flat. What does the last unit alone do?",
        "Left of its bend max(0, t_k - x) has the slope -1. First find the slope of each straight line.",
        "v_k is the slope right of t_k minus the slope left of it; right of the last point the slope is 0.",
    ),
    mistakes=(
        Mistake(lambda t, y: np.diff(np.diff(y) / np.diff(t), prepend=0),
                "those are the weights of units max(0, x - t_k), which act on the right of their bend."),
        Mistake(lambda t, y: -hinges(t, y),
                "max(0, t_k - x) falls from left to right: left of its bend its slope is -1."),
        Mistake(lambda t, y: np.diff(y) / np.diff(t),
                "those are the slopes; the units right of it act too, so v is a change of the slope."),
        Mistake(lambda t, y: -np.diff(y) / np.diff(t),
                "that is right for the last unit; the others add to what the units right of them do."),
        Mistake(lambda t, y: np.diff(np.diff(y), append=0),
                "a slope is rise over run: divide by the distance of the points."),
        Mistake(lambda t, y: np.diff(np.diff(y) / np.diff(t)),
                "the last unit is missing: at the last point the slope changes from that of the line to 0."),
        Mistake(lambda t, y: y[1:],
                "those are heights. A ReLU adds no height at its bend, it adds slope beyond it."),
    ),
    next="let half of the units look to the left and half to the right, from a point in the middle.",
)

# 4: pieces of a network with one hidden layer


def bend_changes(w, b, v):
    """Place of each bend -> change of the slope there."""
    changes = {}
    for wk, bk, vk in zip(w, b, v):
        if wk != 0:
            changes[-bk / wk] = changes.get(-bk / wk, 0) + vk * abs(wk)
    return changes


def pieces(w, b, v, low, high):
    return 1 + sum(low < t < high and change != 0 for t, change in bend_changes(w, b, v).items())


def _distinct(w, b, v):
    return {-bk / wk for wk, bk, vk in zip(w, b, v) if wk != 0 and vk != 0}


def _row(*numbers):
    return np.array(numbers, float)


PIECES = Exercise(
    points=3,
    reference=pieces,
    cases=(
        (_row(1, 1, 1), _row(0, -0.5, -0.75), _row(2, -4, 4), 0.0, 1.0),
        (_row(1, -1), _row(0, 0), _row(1, 1), -1.0, 1.0),
        (_row(1, -1, 2), _row(-0.5, 0.5, -1), _row(1, -2, 0.5), -1.0, 1.0),
        (_row(1, -1, 2), _row(-0.5, 0.5, -1), _row(1, 2, 0.5), -1.0, 1.0),
        (_row(0, 1, -2, 4), _row(3, -2, 1, 1), _row(1, 1, 0, -1), -1.0, 1.0),
        (_row(1, 2, 4, -8), _row(0.5, 0.5, 0.5, 1), _row(1, 1, 1, 1), -0.25, 0.5),
    ),
    hints=(
        "Unit k can bend only where w_k x + b_k = 0. How many such places lie inside the interval?",
        "Some of these places do not count: outside the interval, with w = 0 or v = 0, or twice the same.",
        "At a bend the slope rises by v |w|. Units that bend at the same place add up, and the sum may be 0.",
    ),
    mistakes=(
        Mistake(lambda w, b, v, low, high: len(w) + 1,
                "that is the most that there can be: some bends lie outside, coincide or are switched off."),
        Mistake(lambda w, b, v, low, high: 1 + sum(low < t < high for t in _distinct(w, b, v)),
                "two units that bend at the same place may cancel: v |w| + v |w| = 0."),
        Mistake(lambda w, b, v, low, high: 1 + len(_distinct(w, b, v)),
                "a bend outside the interval makes no piece inside it, and two at one place may cancel."),
        Mistake(lambda w, b, v, low, high: 1 + sum(
            low < -bk / wk < high for wk, bk, vk in zip(w, b, v) if wk != 0 and vk != 0),
                "two units may bend at the same place: that is one bend."),
        Mistake(lambda w, b, v, low, high: pieces(w, b, v, low, high) - 1,
                "those are the bends: n bends make n + 1 pieces."),
    ),
    next="build 5 units with only 2 pieces, then the same 5 with 6.",
)

# 5: pieces of a deep network


def refine(t, Z):
    """t with all places added at which a column of Z, linear between the t, passes through 0."""
    a, b = Z[:-1], Z[1:]
    i, k = np.nonzero(a * b < 0)
    return np.unique(np.concatenate([t, t[i] + (t[i + 1] - t[i]) * a[i, k] / (a[i, k] - b[i, k])]))


def count_pieces(layers, low, high):
    t = np.array([low, high])
    A = t[:, None]
    for W, b in layers[:-1]:
        Z = A @ W + b
        finer = refine(t, Z)
        A = relu(np.column_stack([np.interp(finer, t, z) for z in Z.T]))
        t = finer
    W, b = layers[-1]
    slopes = np.diff((A @ W + b)[:, 0]) / np.diff(t)
    return 1 + int(np.sum(np.abs(np.diff(slopes)) > 1e-6 * np.abs(slopes).max()))


def tents(depth):
    """The tent map, depth times: 2 units a layer."""
    first = (np.array([[1.0, 1.0]]), np.array([0.0, -0.5]))
    again = (np.array([[2.0, 2.0], [-4.0, -4.0]]), np.array([0.0, -0.5]))
    return [first, *[again] * (depth - 1), (np.array([[2.0], [-4.0]]), np.array([0.0]))]


def _bends_of_first_layer(layers, low, high):
    W, b = layers[0]
    t = -b / W[0]
    return 1 + int(np.sum((low < t) & (t < high)))


def _all_units(layers, low, high):
    return 1 + sum(len(b) for _, b in layers[:-1])


def _random(seed, *sizes):
    return _layers(seed, 1, *sizes, 1)


DEEP = Exercise(
    points=3,
    reference=count_pieces,
    cases=(
        (tents(1), 0.0, 1.0),
        (tents(4), 0.0, 1.0),
        (tents(3), 0.25, 0.75),
        (_random(0, 6), -3.0, 3.0),
        (_random(1, 5, 5), -3.0, 3.0),
        (_random(4, 4, 4, 4), -3.0, 3.0),
    ),
    hints=(
        "Between two places at which some unit changes sign, the whole network is one straight line.",
        "Keep a sorted list t of such places and the layer's values there; a unit whose values at two "
        "neighbours have opposite signs passes through 0 between them.",
        "Layer by layer: find the new zeros, add them to t, interpolate the pre-activations there, apply "
        "ReLU. At the end count where the slope of the output changes.",
    ),
    mistakes=(
        Mistake(_bends_of_first_layer,
                "those are the bends of the first layer; each later layer bends its inputs' pieces again."),
        Mistake(_all_units,
                "one bend a unit is right for one layer; deeper, a unit may bend many times, or never."),
        Mistake(lambda layers, low, high: 2 ** sum(len(b) for _, b in layers[:-1]),
                "2 to the number of units counts all patterns of on and off; a line meets few of them."),
        Mistake(lambda layers, low, high: 2 ** (len(layers) - 1),
                "doubling in each layer is what the tent does; a random layer seldom folds all."),
        Mistake(lambda layers, low, high: count_pieces(layers, low, high) - 1,
                "those are the bends: n bends make n + 1 pieces."),
    ),
    next="count the pieces of a network before and after training: does it use more of them?",
)

EXERCISES = {f"mlp-{i}": e for i, e in enumerate((WIDEST, FORWARD, HINGES, PIECES, DEEP), start=1)}

QUESTIONS = {
    "mlp-a": Question(
        "A network puts out 2 · max(0, x + 1) − 3 · max(0, x) + max(0, x − 2). What is its slope at x = 1?",
        answer=-1,
        why="At 1 the first two units are on and the third is not: 2 − 3. Each unit changes the slope from its bend "
            "on, and what earlier units did stays.",
        mistakes=(
            (-3, "That is the unit that has bent last. The first one is still on and adds its slope 2."),
            (0, "You have added all three. The third unit is 0 up to x = 2, so it has no slope yet."),
            (2, "That is the slope between −1 and 0. At x = 1 the second unit is on as well."),
            (1, "That is the value, 4 − 3. Asked is how fast it changes."))),
    "mlp-b": Question(
        "Seven examples with five numbers each pass a layer of three units, written as in this book: Y = X W + b, "
        "one example a row. Which shapes has it?",
        (Choice("W (3, 5), b (3,), Y (7, 3)",
                "One row for each unit is the order of columns as examples, and of PyTorch's memory. X (7, 5) times "
                "(3, 5) does not fit."),
         Choice("W (7, 3), b (3,), Y (7, 3)",
                "The 7 must come out again, but through X. The weights know nothing of how many examples there will "
                "be."),
         Choice("W (5, 3), b (3,), Y (7, 3)",
                "(7, 5) times (5, 3) gives (7, 3): the 5 is used up, one column of W for each unit. The bias is "
                "added to every row.", True),
         Choice("W (5, 3), b (7,), Y (7, 3)",
                "Each of the seven rows gets a bias, but the same one: it belongs to the units, of which there are "
                "three."))),
    "mlp-c": Question(
        "Tents in a chain, two units in each hidden layer, draw a saw with 64 teeth over [0, 1]. How many hidden "
        "layers are there?",
        answer=7,
        why="The first layer draws one tooth, and each further layer draws everything before it twice: 1, 2, 4, "
            "..., 64 takes 7. One layer alone would need 127 units.",
        mistakes=(
            (6, "Six doublings are right, but they start from one tooth, and that takes a layer of its own."),
            (8, "8 layers make 128 teeth. The first layer draws a whole tooth, so 64 of them take only six "
                "doublings more."),
            (64, "That would be a layer for each tooth. Folding draws twice whatever came before, so the teeth "
                 "double."),
            (32, "That would be two more teeth for each layer. But a layer doubles all that there are."))),
    "mlp-d": Question(
        "A network has one hidden layer of 4 tanh units. By reordering the units, and by turning round the signs of "
        "a unit, in how many ways can the same function be written?",
        answer=384, tol=1e-6,
        why="4! = 24 orders, and because tanh(−z) = −tanh z each unit may have all its signs turned round, incoming "
            "and outgoing: times 2 for each of four units. So each good place on the loss has 383 equal copies.",
        mistakes=(
            (24, "Those are the orders. tanh is odd: turn the signs of a unit's incoming and outgoing weights, and "
                 "nothing changes."),
            (16, "Those are the choices of signs. The four units may also stand in any of 24 orders."),
            (48, "You turn all units together. Each may be turned by itself, which makes 16 choices and not 2."),
            (40, "Order and signs can be chosen one beside the other, so their numbers are multiplied, not added."))),
    "mlp-e": Question(
        "All bends of a trained ReLU network lie between −2 and 2. At x = 2 it puts out 0.5, at x = 3 it puts out "
        "0.2. What does it put out at x = 12?",
        answer=-2.5,
        why="Beyond the last bend it is a straight line with the slope −0.3: 0.5 − 10 · 0.3. It goes on for ever, "
            "whatever the data would say there.",
        mistakes=(
            (0.2, "A tanh network would become flat like that. ReLU units that are on keep their slope for ever."),
            (-2.8, "You have taken ten steps of −0.3 from x = 3. From 3 to 12 there are nine."),
            (-3.6, "That is slope times x. The line does not pass through 0: start from a height that you know."),
            (0, "Networks do not fall back to 0 where they have seen nothing. The units that are on stay on."))),
    "mlp-f": Question(
        "A network with one hidden layer of 50 units was trained on 100 points of a continuous curve over [0, 1] "
        "and misses none of them by more than 0.001. What does the universal approximation theorem say about its "
        "error between the points?",
        (Choice("Nothing: it says that good weights exist for some width, not that these are good.",
                "The theorem is about what can be reached with enough units. It knows neither the training points "
                "nor this network, which may swing as it likes between them.", True),
         Choice("It is at most 0.001 as well, since the curve is continuous.",
                "The curve is harmless between two points, but the network need not be: it was asked at the points "
                "alone."),
         Choice("It is small if the activation is no polynomial.",
                "That is one of the theorem's conditions, and it gives the network the power to fit. Whether this "
                "fit is good, it does not say."),
         Choice("It is small because 50 units are enough for 100 points.",
                "The theorem names no width, and fitting the points is not the question. The error between them "
                "depends on the weights that training has found."))),
}
