"""Practice for the chapter "Graph neural networks"."""

import numpy as np

from dlnotes.ops.graph import normalize_adjacency
from dlnotes.practice import Exercise, Mistake
from dlnotes.practice._questions import Choice, Question

# 1: from a list of bonds to the matrix


def adjacency(edges, N):
    A = np.zeros((N, N))
    for i, j in edges:
        A[i, j] = A[j, i] = 1
    return A


def _directed(edges, N):
    A = np.zeros((N, N))
    for i, j in edges:
        A[i, j] = 1
    return A


def _counted(edges, N):
    A = np.zeros((N, N))
    for i, j in edges:
        A[i, j] += 1
        A[j, i] += 1
    return A


ADJACENCY = Exercise(
    points=1,
    reference=adjacency,
    cases=(([(0, 1), (1, 2)], 3), ([(2, 0), (0, 2), (1, 0)], 4), ([], 2), ([(4, 1), (1, 3), (3, 4), (1, 4)], 5)),
    hints=(
        "Start with zeros (N, N). What does one pair (i, j) change?",
        "A friendship has two directions: two entries change.",
        "Set A[i, j] and A[j, i] to 1; setting twice changes nothing.",
    ),
    mistakes=(
        Mistake(_directed, "the edges have no direction: if i hears j, then j hears i."),
        Mistake(_counted, "an edge that is listed twice is still one edge: set the entry, do not add to it."),
        Mistake(lambda edges, N: adjacency(edges, N) + np.eye(N), "self-loops come later; a plain A has zeros on its diagonal."),
        Mistake(lambda edges, N: 1 - adjacency(edges, N) - np.eye(N), "those are the pairs without an edge."),
    ),
    next="write it without a loop, with two columns of indices.",
)

# 2: one layer of Kipf and Welling


def gcn_layer(A, H, W):
    return normalize_adjacency(A, True, "symmetric") @ H @ W


def _with_degrees_of_a(A, H, W):
    root = np.sqrt(A.sum(axis=1))
    return (A + np.eye(len(A))) / np.outer(root, root) @ H @ W


_ring5 = adjacency([(0, 1), (1, 2), (2, 3), (3, 4), (4, 0), (0, 2)], 5)


def _rows(seed, *shape):
    return np.random.default_rng(seed).standard_normal(shape)


LAYER = Exercise(
    points=2,
    reference=gcn_layer,
    cases=(
        (adjacency([(0, 1), (1, 2)], 3), np.array([[1.0], [0], [0]]), np.array([[1.0]])),
        (_ring5, _rows(0, 5, 3), _rows(1, 3, 2)),
        (adjacency([(0, 1), (0, 2), (0, 3), (0, 4), (3, 4)], 5), _rows(2, 5, 2), _rows(3, 2, 4)),
    ),
    hints=(
        "First the self-loops: A + I. Then the degrees, of which matrix?",
        "The degree of a node counts its self-loop too. Each entry is divided by the roots of two degrees.",
        "d = A_hat.sum(axis=1); divide A_hat by the square root of d[:, None] * d, then multiply by H and by W.",
    ),
    mistakes=(
        Mistake(lambda A, H, W: normalize_adjacency(A, False, "symmetric") @ H @ W, "the self-loops are missing: a node would forget itself."),
        Mistake(lambda A, H, W: normalize_adjacency(A, True, "row") @ H @ W,
                "that is the mean over the neighbours: each entry is divided by one whole degree, not by two roots."),
        Mistake(lambda A, H, W: (A + np.eye(len(A))) @ H @ W, "that is the sum: it still has to be divided by degrees."),
        Mistake(_with_degrees_of_a, "the degrees are those of A + I: the self-loop counts."),
        Mistake(lambda A, H, W: np.maximum(0, gcn_layer(A, H, W)), "no ReLU here: scores may be negative."),
        Mistake(lambda A, H, W: normalize_adjacency(normalize_adjacency(A, True, "symmetric"), True, "symmetric") @ H @ W,
                "you normalize twice."),
    ),
    next="is the result the same if you multiply H by W first? Which order costs less?",
)

# 3: how many layers until a node hears of another


def layers_needed(A, i, j):
    reached, count = np.arange(len(A)) == i, 0
    while not reached[j]:
        wider = reached | (A[reached].sum(axis=0) > 0)
        if np.array_equal(wider, reached):
            return -1
        reached, count = wider, count + 1
    return count


def _common(A, i, j):
    return int(A[i] @ A[j])


def _endless(A, i, j):
    k = layers_needed(A, i, j)
    return len(A) if k < 0 else k


_two_parts = adjacency([(0, 1), (1, 2), (2, 3), (5, 6)], 7)

REACH = Exercise(
    points=2,
    reference=layers_needed,
    cases=((_two_parts, 0, 3), (_two_parts, 3, 3), (_two_parts, 0, 1), (_two_parts, 2, 6), (_ring5, 1, 4), (_ring5, 3, 1)),
    hints=(
        "After no layer a node knows itself. Whom does it know after one, with self-loops?",
        "Keep the set of nodes that have been heard of, and widen it by all their neighbours, layer by layer.",
        "Stop when j is in the set: the number of widenings is the answer. If a widening adds nobody, it is -1.",
    ),
    mistakes=(
        Mistake(lambda A, i, j: layers_needed(A, i, j) + 1, "off by one: a neighbour is heard after one layer, a node itself after none."),
        Mistake(lambda A, i, j: max(layers_needed(A, i, j) - 1, 0), "you count the nodes between the two; count the edges."),
        Mistake(_endless, "where no path leads from j to i, no number of layers is enough: return -1."),
        Mistake(lambda A, i, j: int(A[i, j]), "that says whether they are neighbours."),
        Mistake(_common, "those are the common neighbours: the number of paths of length two."),
    ),
    next="what is the greatest of these numbers in the karate club? It is called the diameter.",
)

# 4: pooling many graphs in one array


def pool(H, graph, kind):
    f = {"sum": np.sum, "mean": np.mean, "max": np.max}[kind]
    return np.array([f(H[graph == g], axis=0) for g in range(graph.max() + 1)])


def _all_nodes(H, graph, kind):
    G = graph.max() + 1
    return pool(H, np.zeros(len(H), int), kind).repeat(G, axis=0)


def _mean_over_n(H, graph, kind):
    Y = pool(H, graph, "sum" if kind == "mean" else kind)
    return Y / len(H) if kind == "mean" else Y


POOL = Exercise(
    points=2,
    reference=pool,
    cases=tuple((_rows(5, 7, 2) - 1, np.array([0, 1, 0, 2, 2, 2, 0]), kind) for kind in ("sum", "mean", "max"))
    + ((np.array([[1.0], [2.0]]), np.array([0, 0]), "mean"), (_rows(6, 4, 3), np.array([1, 0, 1, 1]), "max")),
    hints=(
        "For one graph g: which rows of H are its nodes?",
        "H[graph == g] are the rows of graph g; take their sum, mean or maximum over axis 0.",
        "Do it for g = 0, ..., graph.max() and stack the results: (G, D).",
    ),
    mistakes=(
        Mistake(_all_nodes, "that pools all nodes of all graphs together; each graph has its own."),
        Mistake(_mean_over_n, "the mean of a graph divides by the number of its own nodes."),
        Mistake(lambda H, graph, kind: pool(H, graph, "sum"), "that is the sum, whatever kind says."),
        Mistake(lambda H, graph, kind: pool(H, graph, "mean"), "that is the mean, whatever kind says."),
        Mistake(lambda H, graph, kind: np.maximum(pool(H, graph, kind), 0) if kind == "max" else pool(H, graph, kind),
                "a maximum that starts from 0 is wrong where all features are negative."),
        Mistake(lambda H, graph, kind: pool(H, graph, kind)[graph], "one row a graph is asked, not one a node."),
    ),
    next="which of the three tells one oxygen atom from two? Which tells 1 of 2 from 2 of 4?",
)

# 5: message passing without the matrix


def scatter(edges, weights, H):
    Z = np.zeros(H.shape)
    for (i, j), a in zip(edges, weights):
        Z[j] += a * H[i]
    return Z


def _lost(edges, weights, H):
    Z = np.zeros(H.shape)
    Z[edges[:, 1]] += weights[:, None] * H[edges[:, 0]]
    return Z


_arrows = np.array([[0, 1], [2, 1], [3, 1], [1, 0], [3, 0], [2, 2]])

SCATTER = Exercise(
    points=3,
    reference=scatter,
    cases=(
        (np.array([[0, 1], [2, 1]]), np.array([1.0, 1]), np.array([[1.0], [10], [100]])),
        (_arrows, _rows(7, 6), _rows(8, 4, 3)),
        (np.array([[1, 0], [1, 0], [0, 1]]), np.array([0.5, 2, -1]), _rows(9, 2, 2)),
    ),
    hints=(
        "Go edge by edge: a message a * H[i] arrives at j.",
        "Several messages may arrive at one node: they add up.",
        "Without a loop: np.add.at(Z, edges[:, 1], weights[:, None] * H[edges[:, 0]]).",
    ),
    mistakes=(
        Mistake(_lost, "Z[index] += ... writes each node once: where several messages arrive, only the last is kept. "
                       "np.add.at adds them all."),
        Mistake(lambda edges, weights, H: scatter(edges[:, ::-1], weights, H), "the messages go the wrong way: from the first node of an edge to the second."),
        Mistake(lambda edges, weights, H: scatter(edges, np.ones(len(edges)), H), "each message is multiplied by the weight of its edge."),
        Mistake(lambda edges, weights, H: scatter(edges, weights, H) + H, "a node hears itself only if there is an edge from it to itself."),
        Mistake(lambda edges, weights, H: scatter(np.vstack([edges, edges[:, ::-1]]), np.r_[weights, weights], H),
                "these edges have a direction: one message an edge."),
    ),
    next="how many multiplications does this take with E edges, and how many does A @ H?",
)

# 6: what message passing can tell apart


def refine(A, rounds):
    colours = [0] * len(A)
    for _ in range(rounds):
        seen = [(colours[i], *sorted(colours[j] for j in np.flatnonzero(A[i]))) for i in range(len(A))]
        names = {pattern: k for k, pattern in enumerate(sorted(set(seen)))}
        colours = [names[pattern] for pattern in seen]
    return len(set(colours))


def _with(pattern):
    def answer(A, rounds):
        colours = [0] * len(A)
        for _ in range(rounds):
            seen = [pattern(colours[i], [colours[j] for j in np.flatnonzero(A[i])]) for i in range(len(A))]
            names = {p: k for k, p in enumerate(sorted(set(seen)))}
            colours = [names[p] for p in seen]
        return len(set(colours))
    return answer


_tree = adjacency([(0, 1), (1, 2), (2, 3), (3, 4), (2, 5)], 6)
_hexagon = adjacency([(i, (i + 1) % 6) for i in range(6)], 6)
_triangles = adjacency([(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3)], 6)
_comb = adjacency([(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (1, 6), (6, 7), (3, 8)], 9)
_star_and_path = adjacency([(0, 1), (0, 2), (0, 3), (3, 4), (4, 5), (5, 6), (5, 7)], 8)

COLOURS = Exercise(
    points=3,
    reference=refine,
    cases=((_tree, 0), (_tree, 1), (_tree, 2), (_tree, 4), (_hexagon, 3), (_triangles, 3), (_comb, 1), (_comb, 2), (_comb, 3),
           (_star_and_path, 2), (_star_and_path, 3)),
    hints=(
        "Begin with one colour for all. What does a node see in one round: its own colour and those of its neighbours.",
        "The order of the neighbours must not count, but how often a colour occurs does: sort the list.",
        "The new colour is the number of the pattern (own colour, sorted colours of the neighbours) among all patterns.",
    ),
    mistakes=(
        Mistake(lambda A, rounds: refine(A, rounds + 1), "one round too many: with 0 rounds all nodes have one colour."),
        Mistake(lambda A, rounds: refine(A, min(rounds, 1)), "that counts the different degrees: only the first round sees no more than that."),
        Mistake(_with(lambda own, near: (own, *sorted(set(near)))), "how often a colour occurs among the neighbours counts: no set."),
        Mistake(_with(lambda own, near: (own, *near)), "the order of the neighbours is only their numbering: sort the colours."),
        Mistake(lambda A, rounds: len(A) if rounds else 1, "many nodes keep the same colour, however many rounds there are."),
    ),
    next="find two trees of the same size that this cannot tell apart, or show why there are none.",
)

EXERCISES = {f"gnn-{i}": e for i, e in enumerate((ADJACENCY, LAYER, REACH, POOL, SCATTER, COLOURS), start=1)}

QUESTIONS = {
    "gnn-a": Question(
        "A star: one node in the centre, joined to four others, which have no other neighbours. All begin with the "
        "number 1. In every round each node becomes the sum of its neighbours, without itself. What does the centre "
        "have after three rounds?",
        answer=16,
        why="The centre has 4, then 4, then 16, and the others have 1, then 4, then 4. It is the number of walks of "
            "three steps that begin in the centre: four ways out, one back, four out.",
        mistakes=(
            (64, "That is 4 in every round. But the outer nodes have one neighbour only: in the first round they stay "
                 "at 1."),
            (4, "That is the centre after one round and after two. In the second the outer nodes have become 4, and now "
                "four of them are added up."),
            (12, "You have added 4 in each round. The old value of a node does not stay; it is replaced by the sum "
                 "of its neighbours."),
            (1, "That would be the mean of the neighbours. The sum grows with their number."))),
    "gnn-b": Question(
        "A node has one neighbour only, a hub that is joined to eight nodes. With self-loops and the symmetric "
        "normalization of Kipf and Welling, with which weight does the hub's message arrive at this node?",
        answer=1 / 18**0.5, tol=0.02,
        why="With the self-loops the degrees are 2 and 9, and the weight is 1 / √(2 · 9) = 0.236. A hub speaks to "
            "many, so each hears it softly, even one who has nobody else to listen to.",
        mistakes=(
            (1 / 8**0.5, "Those are the degrees without self-loops, 1 and 8. Each node also counts as a neighbour of "
                         "itself."),
            (0.5, "That is the mean: the row is divided by the receiver's degree, whoever speaks. Here the sender's "
                  "degree counts as well."),
            (1 / 9, "That divides by the sender's degree alone, and in full. Here both degrees count, each by its root."),
            (1 / 18, "You have divided by both degrees. It is by the roots of both."))),
    "gnn-c": Question(
        "Each neighbour of an atom is carbon, (1, 0), or oxygen, (0, 1). The atom hears the mean of its neighbours "
        "and nothing else. Which question can it answer?",
        (Choice("Is oxygen in the majority among my neighbours?",
                "The mean holds the shares of both kinds, and a majority is a share of more than one half. What it has "
                "lost is the number.", True),
         Choice("Have I at least three neighbours that are oxygen?",
                "That takes counting. One oxygen and one carbon have the same mean as three and three."),
         Choice("Have I more neighbours than one?",
                "Two equal neighbours have the same mean as one of them. The degree is just what was divided away."),
         Choice("Are two of my neighbours bonded to each other?",
                "What arrives says what the neighbours are, and not who is joined to whom. After one round not even "
                "the sum could tell."))),
    "gnn-d": Question(
        "Two molecules far apart have together the sum of their energies. Which read-out of a graph network has this "
        "property for every pair of molecules, whatever its weights are?",
        (Choice("The mean over the nodes, then a linear layer.",
                "For two copies of one molecule the mean is that of one copy, and the energy should double. A mean "
                "suits what does not grow with the size."),
         Choice("The sum over the nodes, then an MLP.",
                "The sum of both goes in, but a bent function of a sum is not the sum of the functions. It could "
                "learn this; it is not built in."),
         Choice("The sum over the nodes, then a linear layer without a bias.",
                "No message passes between the two, so each node is as it was alone, the sums add up, and a linear "
                "map keeps that. A bias would be counted once in place of twice.", True),
         Choice("The maximum over the nodes, then a linear layer without a bias.",
                "Of both molecules together it keeps, for each feature, the larger of two numbers. It says what "
                "occurs, not how much of it there is."))),
    "gnn-e": Question(
        "Seven nodes in a chain, all with the same features. In how many groups can message passing divide them, "
        "with as many layers as you like?",
        answer=4,
        why="The two ends have one neighbour, that marks those beside them, and so on to the middle. But a node and "
            "its mirror image hear the same in every layer: three pairs and the middle one.",
        mistakes=(
            (2, "That is the first layer, which sees ends and others. The second already tells those beside an end "
                "from the rest."),
            (7, "To tell a node from its mirror image one would have to tell left from right, and nothing in the graph "
                "does."),
            (1, "So it is in a ring, where each node has two neighbours. A chain has ends, and the news of them "
                "spreads."),
            (3, "Those are the pairs. The node in the middle is its own mirror image and makes a group of its own."))),
}
