r"""A small generative adversarial network in numpy: data in the plane, two networks, one step of their game.

The twin of ``js/gan_lab.core.mjs``; tests/test_gan_lab.py compares whole runs. The generator G sends noise z, uniform on
(-1, 1), to points of the plane; the discriminator D gives each point one score s: the larger, the more real it looks. Both have
two hidden layers of tanh units. The parameters of a network stand in one row: W (D, H) row after row, then b (H,), layer after
layer.
"""

from dataclasses import dataclass

import numpy as np

from dlnotes.initializers import normal
from dlnotes.ops.activations import sigmoid, softplus
from dlnotes.ops.linear import linear, linear_backward
from dlnotes.optim import SGD, Adam
from dlnotes.widgets.num import Stream

N = 512                  # real points
M = 256                  # points that an evaluation looks at, of either kind
NEAR = 0.12              # a point is covered if another lies within this distance
RADIUS = 3               # standard deviations around its centre that belong to a mode
SPREAD = 0.05            # standard deviation of a mode
LOSSES = ("non_saturating", "minimax", "least_squares", "wasserstein")
SCHEMES = ("alternating", "simultaneous", "extragradient")


# Data -------------------------------------------------------------------------------------------------------


def _ring(i, u):
    angle = 2 * np.pi * (i % 8) / 8
    return np.column_stack([np.cos(angle), np.sin(angle)])


def _grid(i, u):
    return 0.9 * np.column_stack([i % 3 - 1.0, i // 3 % 3 - 1.0])


def _moons(i, u):
    angle, up = np.pi * u[:, 0], i % 2 == 0
    return np.column_stack([np.where(up, np.cos(angle), 1 - np.cos(angle)) - 0.5,
                            np.where(up, np.sin(angle), 0.5 - np.sin(angle)) - 0.25]) / 1.4


def _disc(i, u):
    r, angle = 0.9 * np.sqrt(u[:, 0]), 2 * np.pi * u[:, 1]
    return np.column_stack([r * np.cos(angle), r * np.sin(angle)])


def _line(i, u):
    return np.column_stack([2 * u[:, 0] - 1, 0.6 * (2 * u[:, 0] - 1)])


def _spiral(i, u):
    t = np.sqrt(0.05 + 0.95 * u[:, 0])
    return t[:, None] * np.column_stack([np.cos(3.5 * np.pi * t), np.sin(3.5 * np.pi * t)])


SHAPES = {"ring": (_ring, SPREAD), "grid": (_grid, SPREAD), "moons": (_moons, 0.04), "disc": (_disc, 0.02),
          "line": (_line, 0.02), "spiral": (_spiral, 0.02)}
MODES = {"ring": 8, "grid": 9}


def draw_data(name, stream):
    """N points (N, 2) of a shape: a place on it by two uniform numbers, and normal noise around that."""
    shape, spread = SHAPES[name]
    u = stream.uniform((N, 2))
    return shape(np.arange(N), u) + spread * stream.normal((N, 2))


def centres(name):
    """The centres (n, 2) of the modes; none (0, 2) for data without."""
    i = np.arange(MODES.get(name, 0))
    return SHAPES[name][0](i, None) if len(i) else np.zeros((0, 2))


# Networks ---------------------------------------------------------------------------------------------------


def arrays(params, sizes):
    """[(W (D, H), b (H,)), ...] as views of a row of parameters."""
    views, at = [], 0
    for D, H in zip(sizes, sizes[1:]):
        views.append((params[at:at + D * H].reshape(D, H), params[at + D * H:at + (D + 1) * H]))
        at += (D + 1) * H
    return views


def first_params(sizes, stream):
    """Weights N(0, 1.5^2 / D), biases 0."""
    params = np.zeros(sum((D + 1) * H for D, H in zip(sizes, sizes[1:])))
    for W, _ in arrays(params, sizes):
        W[:] = normal(W.shape, 0.0, 1.5 / np.sqrt(len(W)), rng=stream)
    return params


def forward(params, sizes, X):
    """[X, A_1, A_2, ..., Y]: tanh in the hidden layers, none at the end."""
    A, layers = [X], arrays(params, sizes)
    for W, b in layers[:-1]:
        A.append(np.tanh(linear(A[-1], W, b)))
    return [*A, linear(A[-1], *layers[-1])]


def backward(params, sizes, A, dY):
    """Gradient of the parameters (as a row) and of the input, from that of the output."""
    grads, layers = [], arrays(params, sizes)
    for i in reversed(range(len(layers))):
        dX, dW, db = linear_backward(dY, A[i], *layers[i])
        grads[:0] = [dW.ravel(), db]
        dY = dX * (1 - A[i] ** 2) if i else dX
    return np.concatenate(grads), dY


# Losses of the scores ---------------------------------------------------------------------------------------


def discriminator_loss(name, real, fake):
    r"""What D makes small, and its gradients by the scores of real and generated points (B, 1).

    .. math:: \text{minimax, non-saturating: } \overline{\log(1 + e^{-s_r})} + \overline{\log(1 + e^{s_f})}, \quad
              \text{least squares: } \tfrac12 \overline{(s_r - 1)^2} + \tfrac12 \overline{s_f^2}, \quad
              \text{Wasserstein: } \overline{s_f} - \overline{s_r}
    """
    if name == "least_squares":
        value = np.mean((real - 1) ** 2) / 2 + np.mean(fake**2) / 2
        return value, (real - 1) / len(real), fake / len(fake)
    if name == "wasserstein":
        return np.mean(fake) - np.mean(real), np.full_like(real, -1 / len(real)), np.full_like(fake, 1 / len(fake))
    value = np.mean(softplus(-real)) + np.mean(softplus(fake))
    return value, -sigmoid(-real) / len(real), sigmoid(fake) / len(fake)


def generator_loss(name, fake):
    r"""What G makes small, and its gradient by the scores of generated points (B, 1).

    .. math:: \text{minimax: } \overline{\log(1 - \sigma(s_f))}, \quad \text{non-saturating: } -\overline{\log \sigma(s_f)},
              \quad \text{least squares: } \tfrac12 \overline{(s_f - 1)^2}, \quad \text{Wasserstein: } -\overline{s_f}
    """
    B = len(fake)
    if name == "least_squares":
        return np.mean((fake - 1) ** 2) / 2, (fake - 1) / B
    if name == "wasserstein":
        return -np.mean(fake), np.full_like(fake, -1 / B)
    if name == "minimax":
        return -np.mean(softplus(fake)), -sigmoid(fake) / B
    return np.mean(softplus(-fake)), -sigmoid(-fake) / B


# The game ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Settings:
    """All that a run depends on; `own` are the reader's points (K, 2), used where data is "own"."""

    data: str = "ring"
    own: tuple = ()
    loss: str = "non_saturating"
    scheme: str = "alternating"
    optimizer: str = "adam"
    lr_g: float = 0.002
    lr_d: float = 0.002
    beta1: float = 0.5
    d_steps: int = 1
    clip: float = 0.1
    g_units: int = 32
    d_units: int = 32
    latent: int = 2
    batch: int = 64
    seed: int = 0


class Game:
    """The state of a run: parameters `g` and `d`, their optimizers, and the iterations made.

    Every number is a function of the settings: data, noise of the evaluation and first weights come from Stream(seed), the
    batches of iteration t from a fixed place of Stream(seed + 2^31).
    """

    def __init__(self, settings):
        s = self.settings = settings
        stream = Stream(s.seed)
        self.X = np.array(s.own, float).reshape(-1, 2) if s.data == "own" else draw_data(s.data, stream)
        self.z = 2 * stream.uniform((M, s.latent)) - 1
        self.g_sizes, self.d_sizes = [s.latent, s.g_units, s.g_units, 2], [2, s.d_units, s.d_units, 1]
        self.g, self.d = first_params(self.g_sizes, stream), first_params(self.d_sizes, stream)
        self.optimizers = [self._optimizer(p, lr) for p, lr in ((self.g, s.lr_g), (self.d, s.lr_d))]
        self.stream, self.t, self._drawn = Stream(s.seed + 2**31), 0, np.empty(0)
        self._clip()

    def _optimizer(self, params, lr):
        s = self.settings
        return SGD([params], lr=lr) if s.optimizer == "sgd" else Adam([params], lr=lr, betas=(s.beta1, 0.999))

    def generate(self, z):
        return forward(self.g, self.g_sizes, z)[-1]

    def score(self, X):
        return forward(self.d, self.d_sizes, X)[-1]

    def at(self, t):
        """To the random numbers of iteration t, all drawn at once: that is faster than a few at a time."""
        s = self.settings
        steps = s.d_steps if s.scheme == "alternating" else 1
        each = s.batch * (steps * (1 + s.latent) + s.latent)
        self.stream.position = t * each
        self._drawn = self.stream.uniform(each)

    def _uniform(self, count):
        if len(self._drawn) < count:
            return self.stream.uniform(count)
        now, self._drawn = self._drawn[:count], self._drawn[count:]
        return now

    def noise(self):
        """The next noises (B, L)."""
        s = self.settings
        return 2 * self._uniform(s.batch * s.latent).reshape(s.batch, s.latent) - 1

    def batch(self):
        """The next real points (B, 2), drawn with replacement, and noises for as many generated ones."""
        rows = (len(self.X) * self._uniform(self.settings.batch)).astype(np.int64)
        return self.X[rows], self.noise()

    def d_gradient(self, real, z):
        fake = self.generate(z)
        A = forward(self.d, self.d_sizes, np.concatenate([real, fake]))
        s = A[-1]
        _, dr, df = discriminator_loss(self.settings.loss, s[:len(real)], s[len(real):])
        return backward(self.d, self.d_sizes, A, np.concatenate([dr, df]))[0]

    def g_gradient(self, z):
        """Gradient of the generator's parameters, and of each generated point (the arrows are its negative)."""
        A = forward(self.g, self.g_sizes, z)
        B = forward(self.d, self.d_sizes, A[-1])
        _, ds = generator_loss(self.settings.loss, B[-1])
        dX = backward(self.d, self.d_sizes, B, ds)[1]
        return backward(self.g, self.g_sizes, A, dX)[0], dX

    def _clip(self):
        if self.settings.loss == "wasserstein":
            np.clip(self.d, -self.settings.clip, self.settings.clip, out=self.d)

    def update(self, g_grad=None, d_grad=None):
        for optimizer, grad in zip(self.optimizers, (g_grad, d_grad)):
            if grad is not None:
                optimizer.step([grad])
        if d_grad is not None:
            self._clip()

    def discriminator_half(self):
        """The first half of an iteration: D moves. What G will do is fixed here, but for the alternating scheme."""
        s = self.settings
        self.at(self.t)
        if s.scheme == "alternating":
            for _ in range(s.d_steps):
                self.update(d_grad=self.d_gradient(*self.batch()))
            self._pending = None
            return
        batch, z = self.batch(), self.noise()
        grads = self.g_gradient(z)[0], self.d_gradient(*batch)
        if s.scheme == "extragradient":
            grads = self._ahead(grads, batch, z)
        self.update(d_grad=grads[1])
        self._pending = grads[0]

    def _ahead(self, grads, batch, z):
        """The gradients at the place where a step by `grads` would lead; the state stays."""
        before = self.g.copy(), self.d.copy(), [o.state_dict() for o in self.optimizers]
        self.update(*grads)
        there = self.g_gradient(z)[0], self.d_gradient(*batch)
        self.g[:], self.d[:] = before[:2]
        for optimizer, state in zip(self.optimizers, before[2]):
            optimizer.load_state_dict(state)
        return there

    def generator_half(self):
        """The second half: G moves, and the iteration is complete."""
        grad = self._pending
        self.update(g_grad=self.g_gradient(self.noise())[0] if grad is None else grad)
        self.t += 1

    def run(self, steps, half=False):
        """Go on to iteration `steps`, and with `half` through the discriminator's half of the next one."""
        if not len(self.X):
            return self
        while self.t < steps:
            self.discriminator_half()
            self.generator_half()
        if half:
            self.discriminator_half()
        return self


# What is seen -----------------------------------------------------------------------------------------------


def distances(A, B):
    """Distance of each row of A (K, 2) to each of B (L, 2)."""
    return np.hypot(A[:, :1] - B[:, 0], A[:, 1:] - B[:, 1])


def energy_distance(X, Y):
    r""":math:`2\,\mathrm E|x - y| - \mathrm E|x - x'| - \mathrm E|y - y'|`, means over all pairs of rows (a row with itself too)."""
    return 2 * distances(X, Y).mean() - distances(X, X).mean() - distances(Y, Y).mean()


def count_modes(Y, middles):
    """How many middles have at least a quarter of their fair share of the rows of Y within three deviations."""
    if not len(middles):
        return 0
    inside = (distances(Y, middles) <= RADIUS * SPREAD).sum(axis=0)
    return int((inside >= len(Y) / (4 * len(middles))).sum())


def evaluate(game):
    """A dict of what the screen shows, from M fixed noises and the first M real points.

    loss_d, loss_g; accuracy of D (share of scores on their side of 0, of 1/2 for least squares); gap of the mean scores;
    modes; energy distance; precision (generated points near a real one) and recall (real points near a generated one);
    mean of the generated points x, y; size of the mean arrow on them.
    """
    X, Y, loss = game.X[:M], game.generate(game.z), game.settings.loss
    real, fake = game.score(X), game.score(Y)
    middle = 0.5 if loss == "least_squares" else 0.0
    away = distances(X, Y)
    modes = count_modes(Y, centres(game.settings.data)) if game.settings.data != "own" else 0
    arrows = M * game.g_gradient(game.z)[1]
    return {"loss_d": discriminator_loss(loss, real, fake)[0], "loss_g": generator_loss(loss, fake)[0],
            "accuracy": (np.mean(real > middle) + np.mean(fake <= middle)) / 2, "gap": np.mean(real) - np.mean(fake),
            "modes": modes, "energy": energy_distance(X, Y),
            "precision": np.mean(away.min(axis=0) <= NEAR), "recall": np.mean(away.min(axis=1) <= NEAR),
            "x": Y[:, 0].mean(), "y": Y[:, 1].mean(), "push": np.hypot(*arrows.T).mean()}


EVERY, WINDOW = 10, 40   # iterations between two records, and records in which a rotation shows


def records(game, steps):
    """Run to iteration `steps`; the evaluations (R,) of all multiples of EVERY on the way, as dicts."""
    rows = [evaluate(game)]
    while game.t + EVERY <= steps:
        rows.append(evaluate(game.run(game.t + EVERY)))
    game.run(steps)
    return rows


def travel(rows):
    """How long the way of the mean generated point was in the last WINDOW records, how far it led, and their number."""
    way = np.array([[row["x"], row["y"]] for row in rows[-WINDOW - 1:]])
    return np.hypot(*np.diff(way, axis=0).T).sum(), np.hypot(*(way[-1] - way[0])), len(way) - 1


def diagnose(game, now, rows):
    """The name of what is seen, from the present evaluation and the records: see gan_lab.seen.core.mjs."""
    path, net, count = travel(rows)
    n = len(centres(game.settings.data)) if game.settings.data != "own" else 0
    wasserstein = game.settings.loss == "wasserstein"
    found = [("blown up", not np.isfinite(now["energy"] + now["loss_d"] + now["loss_g"])), ("start", game.t < 100),
             ("strong", not wasserstein and now["accuracy"] >= 0.9),
             ("rotation", count == WINDOW and path > 3 and net < path / 5), ("collapse", n and now["modes"] < n),
             ("gaps", now["recall"] < 0.8), ("off", now["precision"] < 0.7)]
    return next((name for name, holds in found if holds), "good")
