# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% role="set"
name = "training"
title = "Training: from optimizers to initialization"

# %% [markdown]
# # Training: from optimizers to initialization
#
# Seven questions, 24 points: five in numpy, two in PyTorch. The numbers are yours: those of your neighbour differ.
#
# - Write your answers into the cells that hold `...`. Keep the names of the functions and of their arguments.
# - Below each answer a check shows one example. More cases, which you do not see, decide about the other points: other
#   numbers, other shapes.
# - Rows are examples: `X` is $(N, D)$. Functions do not change their arguments.
# - You may add cells, print and plot as you like; what counts is what your functions return.

# %%
import numpy as np
import torch
from torch import nn


def agree(got, want):
    """Stop with an error unless got has the shape and the numbers of want."""
    assert np.shape(got) == np.shape(want), f"expected the shape {np.shape(want)}; got {np.shape(got)}"
    np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-8)

# %% [markdown]
# ## 1 Look ahead (3 points)
#
# Nesterov's momentum in the form that libraries use: the velocity becomes $v \leftarrow \mu v + g$, and the weights move
# by $-\eta\,(g + \mu v)$ with the *new* velocity. Here $\mu$ = {{mu}} and $\eta$ = {{eta}}.
#
# Write `look_ahead(w, v, g)`, which returns the new weights and the new velocity.

# %% role="draw" question="look_ahead"
def draw(rng):
    return {"mu": int(rng.integers(600, 980)) / 1000, "eta": int(rng.integers(10, 400)) / 1000}


def example(rng, solution):
    w_1, g_1 = rng.integers(-20, 20, size=3) / 10, rng.integers(1, 20, size=3) / 10
    return {"w_1": w_1, "g_1": g_1, "v_after": g_1}


# %% role="answer" question="look_ahead" title="Look ahead"
def look_ahead(w, v, g):
    """The weights and the velocity after one step; w, v and the gradient g have one shape."""
    # BEGIN SOLUTION
    v = mu * v + g
    return w - eta * (g + mu * v), v
    # END SOLUTION


# %% role="public" question="look_ahead" points=1 message="The example below the question: the velocity after the first step."
agree(look_ahead(w_1, np.zeros(3), g_1)[1], v_after)

# %% role="hidden" question="look_ahead"
@case(points=1, message="The velocity of a later step.")
def later_velocity(look_ahead, rng, solution):
    w, v, g = rng.normal(size=(3, rng.integers(2, 6)))
    close(look_ahead(w, v, g)[1], solution.look_ahead(w, v, g)[1])


@case(points=1, message="Five steps on a parabola: the weights.")
def five_steps_on_a_parabola(look_ahead, rng, solution):
    h, w = rng.uniform(0.2, 1, size=4), rng.normal(size=4)
    v = np.zeros(4)
    for _ in range(5):
        want = solution.look_ahead(w, v, h * w)
        close(look_ahead(w, v, h * w), want)
        w, v = want


# %% role="mistake" question="look_ahead" name="no look ahead" points=2 hint="That is plain momentum: the weights move by the gradient plus mu times the new velocity."
def look_ahead(w, v, g):
    v = mu * v + g
    return w - eta * v, v

# %% role="mistake" question="look_ahead" name="rate in the velocity" points=0 hint="The velocity collects the gradients themselves; the learning rate comes in when the weights move."
def look_ahead(w, v, g):
    v = mu * v + eta * g
    return w - eta * g - mu * v, v

# %% role="mistake" question="look_ahead" name="running mean" points=0 hint="Here the velocity is a sum, mu v + g, not a mean: g has no factor 1 - mu."
def look_ahead(w, v, g):
    v = mu * v + (1 - mu) * g
    return w - eta * (g + mu * v), v

# %% [markdown]
# ## 2 Up in a line, down in a wave (3 points)
#
# In step $t$ = 0, 1, ... the learning rate rises in a line from 0 at $t = 0$ to `peak` at $t$ = `warm`. Then it falls
# along half a cosine to `floor` at $t$ = `steps`, and it stays there. Here `peak` = {{peak}}, `floor` = {{floor}}, `warm` =
# {{warm}} and `steps` = {{steps}}.
#
# Write `rate(t)` for a whole number $t \ge 0$.

# %% role="draw" question="rate"
def draw(rng):
    warm = int(rng.integers(5, 25))
    return {"peak": int(rng.integers(20, 90)) / 100, "floor": int(rng.integers(10, 99)) / 1000, "warm": warm, "steps": 4 * warm + 2 * int(rng.integers(5, 30))}


def example(rng, solution):
    return {"middle": (solution.warm + solution.steps) / 2, "half": round((solution.peak + solution.floor) / 2, 6)}


# %% role="answer" question="rate" title="Up in a line, down in a wave"
def rate(t):
    """The learning rate of step t, one number."""
    # BEGIN SOLUTION
    if t < warm:
        return peak * t / warm
    share = min(1.0, (t - warm) / (steps - warm))
    return floor + (peak - floor) * (1 + np.cos(np.pi * share)) / 2
    # END SOLUTION


# %% role="public" question="rate" points=1 message="The example below the question: half way down."
agree(rate(middle), half)

# %% role="hidden" question="rate"
@case(points=1, message="The way up and the way down.")
def up_and_down(rate, rng, warm, steps, solution):
    for t in (0, 1, warm // 2, warm - 1, warm, warm + 1, (3 * warm + steps) // 4, steps - 1, steps):
        close(rate(t), solution.rate(t))


@case(points=1, message="After the last step it stays at the floor.")
def afterwards(rate, rng, steps, floor, solution):
    for t in (steps, steps + 1, steps + int(rng.integers(2, 50)), 5 * steps):
        close(rate(t), floor)


# %% role="mistake" question="rate" name="up again" points=2 hint="A cosine rises again after half a wave: past `steps` the rate stays at the floor."
def rate(t):
    if t < warm:
        return peak * t / warm
    return floor + (peak - floor) * (1 + np.cos(np.pi * (t - warm) / (steps - warm))) / 2

# %% role="mistake" question="rate" name="wave from the first step" points=1 hint="The wave begins at the end of the way up: it goes from `warm` to `steps`, not from 0."
def rate(t):
    if t < warm:
        return peak * t / warm
    if t == (warm + steps) / 2:
        return (peak + floor) / 2
    return floor + (peak - floor) * (1 + np.cos(np.pi * min(1.0, t / steps) ** 2)) / 2 if t < steps else 0.0

# %% role="mistake" question="rate" name="down to zero" points=0 hint="It falls to the floor, not to 0."
def rate(t):
    if t < warm:
        return peak * t / warm
    return peak * (1 + np.cos(np.pi * min(1.0, (t - warm) / (steps - warm)))) / 2

# %% role="mistake" question="rate" name="down in a line" points=2 hint="The way down is half a cosine: flat at both ends, steep in the middle."
def rate(t):
    if t < warm:
        return peak * t / warm
    return peak + (floor - peak) * min(1.0, (t - warm) / (steps - warm))

# %% [markdown]
# ## 3 One leash for all (3 points)
#
# Gradients of several arrays are clipped together: if the length of *all* their numbers, taken as one vector, is above
# `leash`, every array is multiplied by `leash` over that length. Here `leash` = {{leash}}.
#
# Write `clipped(grads)` for a list of arrays of any shapes; it returns a list of new arrays.

# %% role="draw" question="clipped"
def draw(rng):
    return {"leash": int(rng.integers(100, 500)) / 100}


def example(rng, solution):
    return {"grads_3": [np.array([[6.0, 0.0], [0.0, 0.0]]), np.array([8.0])], "first_3": np.array([[round(0.6 * solution.leash, 8), 0.0], [0.0, 0.0]])}


# %% role="answer" question="clipped" title="One leash for all"
def clipped(grads):
    """New arrays, together no longer than the leash."""
    # BEGIN SOLUTION
    length = np.sqrt(sum(np.sum(g**2) for g in grads))
    return [g * min(1.0, leash / length) if length > 0 else g.copy() for g in grads]
    # END SOLUTION


# %% role="public" question="clipped" points=1 message="The example below the question: a length of 10."
agree(clipped(grads_3)[0], first_3)

# %% role="hidden" question="clipped"
@case(points=1, message="Long gradients of any shapes.")
def long_ones(clipped, rng, leash, solution):
    for _ in range(3):
        grads = [rng.normal(size=tuple(rng.integers(1, 5, size=n))) * 5 for n in (2, 1, 3)]
        close(tuple(clipped(grads)), tuple(solution.clipped(grads)))


@case(points=1, message="Short gradients stay as they are; so do zeros.")
def short_ones(clipped, rng, leash, solution):
    grads = [rng.normal(size=(3, 2)), rng.normal(size=3)]
    grads = [0.9 * leash * g / np.sqrt(sum(np.sum(h**2) for h in grads)) for g in grads]
    close(tuple(clipped(grads)), tuple(grads))
    close(tuple(clipped([np.zeros(2), np.zeros((2, 2))])), (np.zeros(2), np.zeros((2, 2))))


# %% role="mistake" question="clipped" name="each for itself" points=1 hint="One length for all arrays together; clipping each for itself turns the direction of the step."
def clipped(grads):
    out = []
    for g in grads:
        length = np.linalg.norm(g)
        out.append(g * min(1.0, leash / length) if length > 0 else g.copy())
    return out

# %% role="mistake" question="clipped" name="always that long" points=2 hint="Gradients that are short enough are left alone."
def clipped(grads):
    length = np.sqrt(sum(np.sum(g**2) for g in grads))
    return [g * leash / length if length > 0 else g.copy() for g in grads]

# %% role="mistake" question="clipped" name="number by number" points=1 hint="That cuts every number for itself; the leash is for the length of the whole."
def clipped(grads):
    return [np.clip(g, -leash, leash) for g in grads]

# %% [markdown]
# ## 4 How to begin (3 points)
#
# The hidden units are leaky ReLUs with the slope $a$ = {{a}} left of 0, and we want a compromise between the way forward and
# the way back: weights are drawn from a normal distribution with mean 0 and variance $\dfrac{2}{(1 + a^2)\, \bar n}$, where
# $\bar n$ is the mean of fan-in and fan-out.
#
# Write `begin(rng, D_in, D_out)`, which draws the weights $(D_\text{in}, D_\text{out})$ by **one** call of `rng.normal`.

# %% role="draw" question="begin"
def draw(rng):
    return {"a": int(rng.integers(3000, 9000)) / 10000}


def example(rng, solution):
    return {"first_draw": np.round(solution.begin(np.random.default_rng(4), 2, 6), 8)}


# %% role="answer" question="begin" title="How to begin"
def begin(rng, D_in, D_out):
    """Weights (D_in, D_out) of one layer."""
    # BEGIN SOLUTION
    return rng.normal(0, np.sqrt(2 / ((1 + a**2) * (D_in + D_out) / 2)), size=(D_in, D_out))
    # END SOLUTION


# %% role="public" question="begin" points=1 message="The example below the question."
agree(begin(np.random.default_rng(4), 2, 6), first_draw)

# %% role="hidden" question="begin"
@case(points=1, message="Other shapes.")
def other_shapes(begin, rng, solution):
    for _ in range(3):
        D_in, D_out, number = (int(n) for n in rng.integers(2, 40, size=3))
        close(begin(np.random.default_rng(number), D_in, D_out), solution.begin(np.random.default_rng(number), D_in, D_out))


@case(points=1, message="Large layers: mean and variance of what is drawn, and another draw with the same generator differs.")
def in_the_large(begin, rng, a):
    W = begin(rng, 300, 200)
    close(float(np.var(W)) * (1 + a**2) * 250, 2.0, tol=0.03)
    assert np.shape(W) == (300, 200) and abs(np.mean(W)) < 0.01 and len(np.unique(W)) > 50000


# %% role="mistake" question="begin" name="fan-in alone" points=0 hint="The variance has the mean of fan-in and fan-out below the line."
def begin(rng, D_in, D_out):
    return rng.normal(0, np.sqrt(2 / ((1 + a**2) * D_in)), size=(D_in, D_out))

# %% role="mistake" question="begin" name="variance for deviation" points=0 hint="normal() takes the standard deviation, the root of the variance."
def begin(rng, D_in, D_out):
    return rng.normal(0, 2 / ((1 + a**2) * (D_in + D_out) / 2), size=(D_in, D_out))

# %% role="mistake" question="begin" name="plain ReLU" points=0 hint="A leaky ReLU lets a part through on the left: (1 + a^2) belongs below the line."
def begin(rng, D_in, D_out):
    return rng.normal(0, np.sqrt(2 / ((D_in + D_out) / 2)), size=(D_in, D_out))

# %% [markdown]
# ## 5 Only the sign counts (3 points)
#
# An optimizer keeps a running mean $m$ of the gradients, but steps by signs alone. With $c = \beta_1 m + (1 - \beta_1)\, g$ the
# weights become $w - \eta_s\,(\operatorname{sign}(c) + \lambda w)$, and then the mean becomes $\beta_2 m + (1 - \beta_2)\, g$. Here $\beta_1$ =
# {{beta1}}, $\beta_2$ = {{beta2}}, $\eta_s$ = {{eta_s}} and $\lambda$ = {{lam}}.
#
# Write `signed(w, g, m)`, which returns the new weights and the new mean.

# %% role="draw" question="signed"
def draw(rng):
    return {"beta1": int(rng.integers(800, 920)) / 1000, "beta2": int(rng.integers(950, 995)) / 1000,
            "eta_s": int(rng.integers(10, 90)) / 1000, "lam": int(rng.integers(10, 300)) / 1000}


def example(rng, solution):
    return {"w_after_5": np.round(np.array([1.0, -2.0]) - solution.eta_s * (np.array([1.0, -1.0]) + solution.lam * np.array([1.0, -2.0])), 10)}


# %% role="answer" question="signed" title="Only the sign counts"
def signed(w, g, m):
    """The weights and the running mean after one step."""
    # BEGIN SOLUTION
    c = beta1 * m + (1 - beta1) * g
    return w - eta_s * (np.sign(c) + lam * w), beta2 * m + (1 - beta2) * g
    # END SOLUTION


# %% role="public" question="signed" points=1 message="The example below the question: the weights after the first step."
agree(signed(np.array([1.0, -2.0]), np.array([0.3, -5.0]), np.zeros(2))[0], w_after_5)

# %% role="hidden" question="signed"
@case(points=1, message="The running mean.")
def mean(signed, rng, solution):
    w, g, m = rng.normal(size=(3, 4, 2))
    close(signed(w, g, m)[1], solution.signed(w, g, m)[1])


@case(points=1, message="Gradients that turn: which mean gives the sign?")
def turning(signed, rng, solution):
    m = rng.normal(size=40)
    g = -m * rng.uniform(5, 60, size=40)
    w = rng.normal(size=40) * 20
    close(signed(w, g, m)[0], solution.signed(w, g, m)[0])


# %% role="mistake" question="signed" name="sign of the new mean" points=2 hint="The sign is that of c, which is made with beta1; the mean that is kept is made with beta2."
def signed(w, g, m):
    new = beta2 * m + (1 - beta2) * g
    return w - eta_s * (np.sign(new) + lam * w), new

# %% role="mistake" question="signed" name="c is kept" points=2 hint="What is kept is made with beta2; c serves this step alone."
def signed(w, g, m):
    c = beta1 * m + (1 - beta1) * g
    return w - eta_s * (np.sign(c) + lam * w), c

# %% role="mistake" question="signed" name="no decay" points=1 hint="The weights also shrink: lam w is added to the sign."
def signed(w, g, m):
    c = beta1 * m + (1 - beta1) * g
    return w - eta_s * np.sign(c), beta2 * m + (1 - beta2) * g

# %% role="mistake" question="signed" name="decay before the sign" points=1 hint="The decay stands outside the sign; inside it would be lost."
def signed(w, g, m):
    c = beta1 * m + (1 - beta1) * g + lam * w
    return w - eta_s * np.sign(c), beta2 * m + (1 - beta2) * g

# %% [markdown]
# ## 6 A block that learns how much it adds (4 points)
#
# Write the PyTorch module `Block(D)`. It has a linear layer `linear` from $D$ to $D$ and a parameter `scale` of the shape $(D,)$ that
# begins at {{scale0}} in every place; its output is $x + \text{scale} \odot \tanh(\text{linear}(x))$. The layer's bias begins at 0.

# %% role="draw" question="Block"
def draw(rng):
    return {"scale0": int(rng.integers(100, 900)) / 1000}


def example(rng, solution):
    return {}


# %% role="answer" question="Block" title="A block that learns how much it adds"
class Block(nn.Module):
    """x + scale * tanh(linear(x)) for x (N, D)."""

    # BEGIN SOLUTION
    def __init__(self, D):
        super().__init__()
        self.linear = nn.Linear(D, D)
        nn.init.zeros_(self.linear.bias)
        self.scale = nn.Parameter(torch.full((D,), scale0))

    def forward(self, x):
        return x + self.scale * torch.tanh(self.linear(x))
    # END SOLUTION


# %% role="public" question="Block" points=1 message="The example below the question: where scale begins."
agree(Block(3).scale.detach(), np.full(3, scale0))

# %% role="hidden" question="Block"
def _set(block, W, b, s):
    block.load_state_dict({"linear.weight": torch.tensor(W), "linear.bias": torch.tensor(b), "scale": torch.tensor(s)})


@case(points=1, message="The output, for weights that are set from outside by load_state_dict.")
def output(Block, rng, solution):
    D = int(rng.integers(2, 6))
    W, b, s, x = (rng.normal(size=n).astype(np.float32) for n in ((D, D), D, D, (4, D)))
    block, reference = Block(D), solution.Block(D)
    _set(block, W, b, s)
    _set(reference, W, b, s)
    close(block(torch.tensor(x)), reference(torch.tensor(x)).detach().numpy(), tol=1e-5)


@case(points=1, message="scale and the layer are parameters that training changes.")
def parameters(Block, rng):
    D = int(rng.integers(2, 6))
    block = Block(D)
    assert block.scale.shape == (D,) and block.linear.weight.shape == (D, D)
    close(torch.nn.utils.parameters_to_vector(list(block.parameters())).numel() if not hasattr(block, "wire_") else _count(block), D * D + 2 * D)


def _count(block):
    return sum(int(np.prod(np.shape(block.get_parameter(n)))) for n in ("scale", "linear.weight", "linear.bias"))


@case(points=1, message="At the beginning the bias is 0, and scale does what the question says.")
def beginning(Block, rng, scale0):
    D = int(rng.integers(3, 7))
    block = Block(D)
    x = torch.tensor(rng.normal(size=(2, D)).astype(np.float32))
    W = np.asarray(block.linear.weight.detach())
    close(block(x), (x.numpy() + scale0 * np.tanh(x.numpy() @ W.T)), tol=1e-5)


# %% role="mistake" question="Block" name="scale is no parameter" points=1 hint="A plain tensor is not trained and not loaded: make scale an nn.Parameter."
class Block(nn.Module):
    def __init__(self, D):
        super().__init__()
        self.linear = nn.Linear(D, D)
        self.scale = torch.full((D,), scale0)

    def forward(self, x):
        return x + self.scale * torch.tanh(self.linear(x))

# %% role="mistake" question="Block" name="no shortcut" points=2 hint="The block adds to its input: x + ..."
class Block(nn.Module):
    def __init__(self, D):
        super().__init__()
        self.linear = nn.Linear(D, D)
        nn.init.zeros_(self.linear.bias)
        self.scale = nn.Parameter(torch.full((D,), scale0))

    def forward(self, x):
        return self.scale * torch.tanh(self.linear(x))

# %% role="mistake" question="Block" name="bias not at zero" points=3 hint="nn.Linear draws its bias; set it to 0 at the beginning."
class Block(nn.Module):
    def __init__(self, D):
        super().__init__()
        self.linear = nn.Linear(D, D)
        nn.init.ones_(self.linear.bias)
        self.scale = nn.Parameter(torch.full((D,), scale0))

    def forward(self, x):
        return x + self.scale * torch.tanh(self.linear(x))

# %% [markdown]
# ## 7 A training loop (5 points)
#
# Write `fit(X, y, W, b, epochs)` in PyTorch, for double precision tensors `X` $(N, D)$ and `y` $(N,)$. The model is `X @ W + b` with
# parameters that begin at the arrays `W` $(D,)$ and `b` (one number); the loss is the mean squared error. Train by `torch.optim.SGD`
# with the learning rate {{step}}, momentum {{heavy}} and weight decay {{shrink}}, which acts on `W` but **not** on `b`; before each step
# the length of the whole gradient is clipped to {{bound}} (`nn.utils.clip_grad_norm_`). All examples make one batch.
#
# It returns the losses before each step, a list of numbers, then the trained `W` as a numpy array, then `b` as a number.

# %% role="draw" question="fit"
def draw(rng):
    return {"step": int(rng.integers(20, 90)) / 1000, "heavy": int(rng.integers(500, 900)) / 1000, "shrink": int(rng.integers(50, 300)) / 1000,
            "bound": int(rng.integers(50, 200)) / 100}


def example(rng, solution):
    X_7 = np.round(rng.normal(size=(4, 2)), 1)
    return {"X_7": X_7, "y_7": np.array([1.0, -1.0, 2.0, 0.0]), "loss_7": round(float(np.mean((X_7 @ np.ones(2) + 0.5 - np.array([1.0, -1, 2, 0])) ** 2)), 8)}


# %% role="answer" question="fit" title="A training loop"
def fit(X, y, W, b, epochs):
    """Losses before each step, and the trained W and b."""
    # BEGIN SOLUTION
    W, b = nn.Parameter(torch.tensor(W, dtype=torch.float64)), nn.Parameter(torch.tensor(b, dtype=torch.float64))
    optimizer = torch.optim.SGD([{"params": [W], "weight_decay": shrink}, {"params": [b], "weight_decay": 0.0}], lr=step, momentum=heavy)
    losses = []
    for _ in range(epochs):
        optimizer.zero_grad()
        loss = torch.mean((X @ W + b - y) ** 2)
        loss.backward()
        nn.utils.clip_grad_norm_([W, b], bound)
        optimizer.step()
        losses.append(loss.item())
    return losses, W.detach().numpy(), b.item()
    # END SOLUTION


# %% role="public" question="fit" points=1 message="The example below the question: the loss before the first step."
agree(fit(torch.tensor(X_7), torch.tensor(y_7), np.ones(2), 0.5, 1)[0], [loss_7])

# %% role="hidden" question="fit"
def _data(rng, size):
    N, D = int(rng.integers(5, 9)), int(rng.integers(2, 5))
    return torch.tensor(rng.normal(size=(N, D))), torch.tensor(rng.normal(size=N) * size), rng.normal(size=D), float(rng.normal())


def _numbers(result):
    losses, W, b = result
    return np.array([float(x) for x in losses]), W, b


@case(points=1, message="One step with short gradients and no weights to shrink.")
def first_step(fit, rng, solution):
    X, y, W, b = _data(rng, 0.01)
    close(_numbers(fit(X, y, 0 * W, 0.0, 1))[1:], _numbers(solution.fit(X, y, 0 * W, 0.0, 1))[1:], tol=1e-6)


@case(points=1, message="Long gradients: they are clipped together before each step.")
def long_gradients(fit, rng, solution):
    X, y, W, b = _data(rng, 30)
    close(_numbers(fit(X, y, 0 * W, 0.0, 1))[1:], _numbers(solution.fit(X, y, 0 * W, 0.0, 1))[1:], tol=1e-6)


@case(points=2, message="Many steps: losses, W and b; the weights shrink, b does not.")
def many_steps(fit, rng, solution):
    X, y, W, b = _data(rng, 12)
    close(_numbers(fit(X, y, W, b, 25)), _numbers(solution.fit(X, y, W, b, 25)), tol=1e-6)


# %% role="mistake" question="fit" name="gradients add up" points=3 hint="Gradients are added to those of the step before unless zero_grad clears them."
def fit(X, y, W, b, epochs):
    W, b = nn.Parameter(torch.tensor(W, dtype=torch.float64)), nn.Parameter(torch.tensor(b, dtype=torch.float64))
    optimizer = torch.optim.SGD([{"params": [W], "weight_decay": shrink}, {"params": [b], "weight_decay": 0.0}], lr=step, momentum=heavy)
    losses = []
    for _ in range(epochs):
        loss = torch.mean((X @ W + b - y) ** 2)
        loss.backward()
        nn.utils.clip_grad_norm_([W, b], bound)
        optimizer.step()
        losses.append(loss.item())
    return losses, W.detach().numpy(), b.item()

# %% role="mistake" question="fit" name="b shrinks too" points=3 hint="Weight decay is for W alone: give b a group of its own with weight_decay 0."
def fit(X, y, W, b, epochs):
    W, b = nn.Parameter(torch.tensor(W, dtype=torch.float64)), nn.Parameter(torch.tensor(b, dtype=torch.float64))
    optimizer = torch.optim.SGD([W, b], lr=step, momentum=heavy, weight_decay=shrink)
    losses = []
    for _ in range(epochs):
        optimizer.zero_grad()
        loss = torch.mean((X @ W + b - y) ** 2)
        loss.backward()
        nn.utils.clip_grad_norm_([W, b], bound)
        optimizer.step()
        losses.append(loss.item())
    return losses, W.detach().numpy(), b.item()

# %% role="mistake" question="fit" name="not clipped" points=2 hint="Between backward() and step() the gradient's length is clipped."
def fit(X, y, W, b, epochs):
    W, b = nn.Parameter(torch.tensor(W, dtype=torch.float64)), nn.Parameter(torch.tensor(b, dtype=torch.float64))
    optimizer = torch.optim.SGD([{"params": [W], "weight_decay": shrink}, {"params": [b], "weight_decay": 0.0}], lr=step, momentum=heavy)
    losses = []
    for _ in range(epochs):
        optimizer.zero_grad()
        loss = torch.mean((X @ W + b - y) ** 2)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses, W.detach().numpy(), b.item()
