"""Practice for the chapter "Generative adversarial networks"."""

import math

import numpy as np

from dlnotes.ops.activations import sigmoid
from dlnotes.practice import Exercise, Mistake
from dlnotes.practice._questions import Choice, Question

# 1: the best judge of letters


def best_judge(p, q):
    total = p + q
    return np.where(total > 0, p / np.where(total > 0, total, 1), 0.5)


def _row(*numbers):
    return np.array(numbers, float)


def _with_empty(value):
    """The right share where a letter occurs, `value` where it never does."""
    def answer(p, q):
        return np.where(p + q > 0, best_judge(p, q), value)
    return answer


BEST = Exercise(
    points=1,
    reference=best_judge,
    cases=(
        (_row(0.5, 0.25, 0.25), _row(0.25, 0.25, 0.5)),
        (_row(0.5, 0.5, 0, 0), _row(0, 0.25, 0.75, 0)),
        (_row(1, 0), _row(0, 1)),
        (_row(0.2, 0.3, 0.5), _row(0.2, 0.3, 0.5)),
    ),
    hints=(
        "Of 2,000 letters 1,000 are real. How many of them are an a, and how many of the forged ones?",
        "Among all letters that are an a, count the share of real ones: p / (p + q).",
        "Where p + q is 0 the division fails: put 1/2 there, with np.where, and divide by 1 instead.",
    ),
    mistakes=(
        Mistake(lambda p, q: 1 - best_judge(p, q), "that is how probably a letter is forged."),
        Mistake(lambda p, q: p, "p says how frequent a letter is among real ones; the judge must compare it with q."),
        Mistake(lambda p, q: (p > q) * 1.0 + 0.5 * (p == q), "that is a verdict; the probability of being right about it is asked."),
        Mistake(lambda p, q: sigmoid(p - q), "the score of the best judge is the logarithm of a ratio, log p - log q, not a difference."),
        Mistake(_with_empty(0.0), "a letter that nobody writes tells nothing: there the answer is 1/2."),
        Mistake(_with_empty(1.0), "nothing speaks for a real letter where nobody writes it: there the answer is 1/2."),
    ),
    next="what is the judge paid on average if p and q share no letter?",
)

# 2: the generator's gradient by the scores


def push(s, loss):
    slope = -sigmoid(s) if loss == "minimax" else -sigmoid(-s)
    return slope / len(s)


def _scores(seed, n):
    return 3 * np.random.default_rng(seed).standard_normal(n)


PUSH = Exercise(
    points=2,
    reference=push,
    cases=((_row(0.0), "minimax"), (_row(0.0), "non_saturating"), (_row(-5, 0, 5), "minimax"), (_row(-5, 0, 5), "non_saturating"),
           (_scores(0, 8), "minimax"), (_scores(1, 8), "non_saturating"), (_row(-800, 800), "non_saturating")),
    hints=(
        "First differentiate one summand by its own score s; the derivative of log(1 + e^s) is sigma(s).",
        "log(1 - sigma(s)) = -log(1 + e^s), and -log sigma(s) = log(1 + e^-s).",
        "The slopes are -sigma(s) and -sigma(-s); the loss is a mean over n scores, so divide by n.",
    ),
    mistakes=(
        Mistake(lambda s, loss: push(s, loss) * len(s), "the loss is a mean: each score's share in it is 1 / n."),
        Mistake(lambda s, loss: -push(s, loss), "that points downhill; the gradient points uphill, and both losses fall as s grows."),
        Mistake(lambda s, loss: push(-s, loss), "you have the two losses the wrong way round: which one is flat for a recognized fake?"),
        Mistake(lambda s, loss: push(s, "minimax"), "that is right for minimax; the non-saturating loss has another slope."),
        Mistake(lambda s, loss: push(s, "non_saturating"), "that is right for non-saturating; the minimax loss has another slope."),
        Mistake(lambda s, loss: sigmoid(s) * sigmoid(-s) / len(s), "that is the slope of sigma itself; the loss has a logarithm around it."),
    ),
    next="for which score are the two gradients equal?",
)

# 3: extragradient for any field


def look_ahead(field, w, lr):
    return w - lr * field(w - lr * field(w))


def _turn(w):
    return np.array([w[1], -w[0]])


def _bend(w):
    return np.array([np.cos(w[0] + w[1]), -np.cos(w[0] + w[1])])


def _bowl(w):
    return np.array([1.0, 4.0, 9.0]) * w


AHEAD = Exercise(
    points=2,
    reference=look_ahead,
    cases=((_turn, _row(1, 1), 0.1), (_turn, _row(1, 0), 0.5), (_bend, _row(0.3, -0.2), 0.3), (_bowl, _row(1, -1, 2), 0.05)),
    hints=(
        "The method calls field twice: once where it stands, once at another place. Which?",
        "The trial place is w - lr * field(w).",
        "Take the field at the trial place, and subtract lr times it from the w where you began.",
    ),
    mistakes=(
        Mistake(lambda f, w, lr: w - lr * f(w), "that is the plain step: the field is taken where you stand, not where you would be."),
        Mistake(lambda f, w, lr: (w - lr * f(w)) - lr * f(w - lr * f(w)), "that is two plain steps: the second must start from w again."),
        Mistake(lambda f, w, lr: w - lr * (f(w) + f(w - lr * f(w))) / 2, "that is the mean of both fields; extragradient takes the one ahead alone."),
        Mistake(lambda f, w, lr: w - lr * f(w + lr * f(w)), "you look back: the trial place is where a step leads, w - lr * field(w)."),
        Mistake(lambda f, w, lr: w + lr * f(w - lr * f(w)), "a step goes against the field: it is subtracted."),
    ),
    next="by which factor does the distance from the saddle of x y change when you look ahead twice?",
)

# 4: precision and recall


def _away(A, B):
    return np.hypot(A[:, :1] - B[:, 0], A[:, 1:] - B[:, 1])


def _covered(X, Y, k):
    """The share of rows of Y within the k-th-neighbour range of some row of X."""
    reach = np.sort(_away(X, X), axis=1)[:, k]
    return float((_away(X, Y) <= reach[:, None]).any(axis=0).mean())


def precision_recall(real, made, k):
    return _covered(real, made, k), _covered(made, real, k)


def _own_range(X, Y, k):
    reach = np.sort(_away(Y, Y), axis=1)[:, k]
    return float((_away(X, Y) <= reach).any(axis=0).mean())


def _sets(seed, n, m, spread, shift):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, 2)), spread * rng.standard_normal((m, 2)) + shift


COVER = Exercise(
    points=3,
    reference=precision_recall,
    cases=((*_sets(0, 30, 20, 0.3, 0), 2), (*_sets(1, 25, 40, 2.5, 0), 1), (*_sets(2, 20, 20, 1, 1.5), 3), (*_sets(3, 15, 30, 1, 20), 2),
           (*_sets(4, 40, 12, 0.2, 1), 4)),
    hints=(
        "First the range of each real point: the distance to its k-th nearest other real point.",
        "Precision: a made point counts if it is within the range of at least one real point.",
        "np.sort(distances, axis=1)[:, k] leaves out the point itself at place 0; .any over the real points; recall with roles exchanged.",
    ),
    mistakes=(
        Mistake(lambda X, Y, k: precision_recall(X, Y, k)[::-1], "precision is about the made points, recall about the real ones: you have them the wrong way round."),
        Mistake(lambda X, Y, k: precision_recall(X, Y, k - 1), "the nearest row of all is the point itself, at distance 0: count the others only."),
        Mistake(lambda X, Y, k: (_own_range(X, Y, k), _own_range(Y, X, k)),
                "the range belongs to the set that is asked: for precision that of the real points."),
        Mistake(lambda X, Y, k: (_covered(X, Y, k),) * 2, "recall exchanges the roles: real points within the range of made ones."),
        Mistake(lambda X, Y, k: (1 - _covered(X, Y, k), 1 - _covered(Y, X, k)), "those are the shares that are not covered."),
    ),
    next="what do they say of a generator that only makes the mean of the data?",
)

# 5: how many different samples


def no_pair(s, n):
    return float(np.prod(1 - np.arange(s) / n))


def support(s, share):
    low, high = s, s
    while no_pair(s, high) < 1 - share:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        if no_pair(s, middle) < 1 - share:
            low = middle
        else:
            high = middle
    return high if no_pair(s, low) < 1 - share else low


SUPPORT = Exercise(
    points=3,
    reference=support,
    cases=((20, 0.5), (2, 0.1), (30, 0.9), (100, 0.5), (60, 0.02)),
    hints=(
        "The chance of no pair in s draws from n is the product of 1 - i / n for i = 0, ..., s - 1. It rises with n.",
        "Look for the least whole n at which it reaches 1 - share; n is at least s.",
        "Double n until it is large enough, then halve the interval between the last two until its ends are neighbours.",
    ),
    mistakes=(
        Mistake(lambda s, share: support(s, 1 - share), "share is how often there is a pair: 1 - share is how often there is none."),
        Mistake(lambda s, share: support(s, share) - 1, "that is the last n that is still too small; the first that is large enough is asked."),
        Mistake(lambda s, share: int(s * s / (2 * np.log(2))), "that holds near a share of one half, and roughly; solve it for the given share."),
        Mistake(lambda s, share: int(np.ceil(s * (s - 1) / (-2 * np.log(1 - share)))),
                "that is a good approximation, log(1 - t) near -t; the exact product is asked."),
        Mistake(lambda s, share: int(np.ceil(s / share)), "pairs grow with the square of s: every draw can meet every earlier one."),
    ),
    next="how many draws do you need to see a pair half of the time if there are a million different samples?",
)

EXERCISES = {f"gan-{i}": e for i, e in enumerate((BEST, PUSH, AHEAD, COVER, SUPPORT), start=1)}

QUESTIONS = {
    "gan-a": Question(
        "Of 800 letters that the judge sees, only 200 are real. The letter \"a\" makes up 60 % of the real ones and "
        "20 % of the forged ones. How probably is an \"a\" real?",
        answer=0.5,
        why="120 real ones stand against 0.2 · 600 = 120 forged ones. So D is p / (p + q) only if real and forged "
            "come equally often; else each is weighted by its number.",
        mistakes=(
            (0.75, "That is right if half of all letters are real. Here three are forged for every real one."),
            (0.25, "That is the share of real ones among all letters. The letter itself is evidence too: \"a\" is "
                   "commoner among the real ones."),
            (0.6, "That is how probably a real letter is an \"a\". Asked is how probably an \"a\" is real."),
            (0.3, "That is the share of \"a\" among all letters: 240 of 800."))),
    "gan-b": Question(
        "Data are eight letters, all equally likely. A collapsed generator makes only two of them, perfectly and "
        "equally often. What does the best discriminator say of one of these two?",
        answer=0.2,
        why="p = 1/8 and q = 1/2, so D = (1/8) / (5/8). The best discriminator punishes a perfect letter if it comes "
            "too often. So collapse does not pay in the ideal game; it comes from discriminators that are limited, and "
            "from the way both learn.",
        mistakes=(
            (0.5, "One look at the letter shows no difference. But it comes four times as often from the generator, "
                  "and the best discriminator knows that."),
            (0.25, "That is p / q. The discriminator says p / (p + q)."),
            (0.8, "That is how probably it is generated. D is the probability of being real."),
            (1, "That is what it says of the other six, which are never generated."))),
    "gan-c": Question(
        "With the minimax loss, the generator's loss, the mean of log(1 − D), is −0.002 and hardly moves any more. "
        "What does that mean?",
        (Choice("The generator has nearly won: its loss is close to 0, where losses end.",
                "Most losses have 0 as their smallest value. This one is never positive: 0 is its largest, and "
                "winning would mean large negative numbers."),
         Choice("The discriminator recognizes nearly every sample, and the generator gets hardly any gradient.",
                "D is about 0.002 on the samples, and this is also the size of the slope in the score. So the loss "
                "stands still at the worst place, not at the best.", True),
         Choice("The game is balanced, and the discriminator can only guess.",
                "Then D would be one half, and the loss log 0.5 = −0.69."),
         Choice("The generator has collapsed to one sample.",
                "It may have, but the loss does not show it. A collapsed generator that fools the discriminator has "
                "a strongly negative loss, one that does not has a loss near 0."))),
    "gan-d": Question(
        "You compare generated points with the training data by the nearest-neighbour test, each point left out in "
        "turn. Its verdict is right in 3 % of all cases. What does that say?",
        (Choice("The samples are excellent: the less often the test is right, the better.",
                "For points of the same distribution it is right in about half of the cases. Far fewer are as "
                "suspicious as far more."),
         Choice("The samples lie far away from the data.",
                "Then the nearest neighbour of each point would be of its own kind, and the test nearly always "
                "right."),
         Choice("It is bad luck, since a test cannot do worse than guessing.",
                "With a handful of points, perhaps. Among hundreds chance stays near one half, so what is below it "
                "has a cause."),
         Choice("Most samples are copies, each of another training point.",
                "The nearest neighbour of a copy is its original, and the other way round: always of the other kind. "
                "That is why one tests against data that was held out.", True))),
    "gan-e": Question(
        "Simultaneous steps in the game V = x y, with the learning rate 0.2: the distance from the saddle doubles in "
        "a number of steps. With the rate 0.1 it takes how many times as many?",
        answer=math.log(1.04) / math.log(1.01), tol=0.03,
        why="One step multiplies the distance by the root of 1 + η², and small gains add up: a quarter of η² takes "
            "nearly four times as many steps. So a smaller rate leaves the saddle more slowly, but it leaves.",
        mistakes=(
            (2, "Each step is half as long. But it goes round and not outward; the part that leads outward is of the "
                "order of η²."),
            (1, "Then the growth would not depend on the rate. Each step multiplies the distance by the root of "
                "1 + η²."),
            (16, "That would be a growth with the fourth power of η. The squared distance is multiplied by 1 + η², "
                 "and the root only halves the exponent, for both rates alike."))),
}
