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
name = "images"
title = "Images and sequences: from convolution to attention"

# %% [markdown]
# # Images and sequences: from convolution to attention
#
# Six questions, 20 points: five in numpy, one in PyTorch. The numbers are yours: those of your neighbour differ.
#
# - Write your answers into the cells that hold `...`. Keep the names of the functions and of their arguments.
# - Below each answer a check shows one example. More cases, which you do not see, decide about the other points: other
#   numbers, other shapes.
# - Functions do not change their arguments. What counts is what they return.

# %%
import numpy as np
import torch
from torch import nn


def agree(got, want):
    """Stop with an error unless got has the shape and the numbers of want."""
    assert np.shape(got) == np.shape(want), f"expected the shape {np.shape(want)}; got {np.shape(got)}"
    np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-8)

# %% [markdown]
# ## 1 What a stack of layers sees (3 points)
#
# A stack of convolutions is a list of triples (kernel, stride, padding), the padding on both sides. Yours is {{stack}}.
# Write `seen(n)` for a row of `n` pixels: the number of outputs of the last layer, and the *receptive field*, the number of pixels that one
# of its outputs depends on (edges left aside).

# %% role="draw" question="seen"
def draw(rng):
    return {"stack": [(int(rng.choice([3, 5, 7])), int(rng.integers(2, 4)), int(rng.integers(1, 4))) for _ in range(2)]
            + [(int(rng.choice([3, 5, 7])), 1, int(rng.integers(1, 3)))]}


def example(rng, solution):
    n_1 = int(rng.integers(200, 400))
    return {"n_1": n_1, "outputs_1": solution.seen(n_1)[0]}


# %% role="answer" question="seen" title="What a stack of layers sees"
def seen(n):
    """Two whole numbers: outputs of the last layer, and its receptive field in pixels."""
    # BEGIN SOLUTION
    field, jump = 1, 1
    for kernel, stride, padding in stack:
        n = (n + 2 * padding - kernel) // stride + 1
        field, jump = field + (kernel - 1) * jump, jump * stride
    return n, field
    # END SOLUTION


# %% role="public" question="seen" points=1 message="The example below the question: the number of outputs."
agree(seen(n_1)[0], outputs_1)

# %% role="hidden" question="seen"
@case(points=1, message="The receptive field.")
def field(seen, solution):
    close(seen(500)[1], solution.seen(500)[1])


@case(points=1, message="Both, for many lengths: what does not fill a stride is left over.")
def many_lengths(seen, rng, solution):
    for n in range(int(rng.integers(100, 130)), 170):
        close(tuple(seen(n)), solution.seen(n))


# %% role="mistake" question="seen" name="padding on one side" points=1 hint="The padding stands on both sides, so it counts twice."
def seen(n):
    field, jump = 1, 1
    for kernel, stride, padding in stack:
        n = (n + padding - kernel) // stride + 1
        field, jump = field + (kernel - 1) * jump, jump * stride
    return n, field

# %% role="mistake" question="seen" name="strides forgotten in the field" points=1 hint="A step of a later layer is as long as the product of the strides before it."
def seen(n):
    field = 1
    for kernel, stride, padding in stack:
        n = (n + 2 * padding - kernel) // stride + 1
        field += kernel - 1
    return n, field

# %% role="mistake" question="seen" name="jump with the layer's own stride" points=1 hint="A layer's own stride counts for the layers after it, not for itself."
def seen(n):
    field, jump = 1, 1
    for kernel, stride, padding in stack:
        n = (n + 2 * padding - kernel) // stride + 1
        jump *= stride
        field += (kernel - 1) * jump
    return n, field

# %% [markdown]
# ## 2 Only the past, and with gaps (3 points)
#
# A causal convolution with gaps: $y_t = \sum_{k=0}^{K-1} w_k\, x_{t - d k}$ with $d$ = {{gap}}, where $x$ is 0 before its beginning, and then
# $y_t$ is scaled by {{gain}}. Write `causal(x, w)` for arrays `x` $(T,)$ and `w` $(K,)$; the result has the length of `x`.

# %% role="draw" question="causal"
def draw(rng):
    return {"gap": int(rng.integers(2, 5)), "gain": int(rng.integers(110, 300)) / 100}


def example(rng, solution):
    x_2 = rng.integers(1, 9, size=6) / 1.0
    return {"x_2": x_2, "y_2": np.round(solution.causal(x_2, np.array([1.0, 0.5])), 8)}


# %% role="answer" question="causal" title="Only the past, and with gaps"
def causal(x, w):
    """y (T,) of x (T,) and the weights w (K,)."""
    # BEGIN SOLUTION
    y = np.zeros(len(x))
    for k, weight in enumerate(w):
        late = x[: max(0, len(x) - gap * k)]
        y[len(x) - len(late):] += weight * late
    return gain * y
    # END SOLUTION


# %% role="public" question="causal" points=1 message="The example below the question."
agree(causal(x_2, np.array([1.0, 0.5])), y_2)

# %% role="hidden" question="causal"
@case(points=1, message="More weights, longer rows.")
def longer(causal, rng, solution):
    for K in (1, 3, 5):
        x, w = rng.normal(size=int(rng.integers(30, 50))), rng.normal(size=K)
        close(causal(x, w), solution.causal(x, w))


@case(points=1, message="Rows that are shorter than what the weights reach.")
def short_rows(causal, rng, solution):
    for T in (1, 2, 3, 4, 7):
        x, w = rng.normal(size=T), rng.normal(size=6)
        close(causal(x, w), solution.causal(x, w))


# %% role="mistake" question="causal" name="the future" points=0 hint="That looks ahead: y_t may use x_t and what came before it."
def causal(x, w):
    y = np.zeros(len(x))
    for k, weight in enumerate(w):
        early = x[gap * k:]
        y[: len(early)] += weight * early
    return gain * y

# %% role="mistake" question="causal" name="no gaps" points=0 hint="Neighbouring weights are d steps apart."
def causal(x, w):
    return gain * np.convolve(x, w)[: len(x)]

# %% role="mistake" question="causal" name="a circle" points=0 hint="Before the beginning x is 0; it does not come in again from the end."
def causal(x, w):
    return gain * sum(weight * np.roll(x, gap * k) for k, weight in enumerate(w))

# %% role="mistake" question="causal" name="no gain" points=0 hint="The sum is scaled by the factor of the question."
def causal(x, w):
    y = np.zeros(len(x))
    for k, weight in enumerate(w):
        late = x[: max(0, len(x) - gap * k)]
        y[len(x) - len(late):] += weight * late
    return y

# %% [markdown]
# ## 3 Between the largest and the mean (3 points)
#
# Pooling over windows of 2 x 2 pixels that do not overlap gives $\lambda \max + (1 - \lambda)\operatorname{mean}$, with $\lambda$ =
# {{blend}}. Write `pooled(X)` for images `X` $(N, H, W)$, $H$ and $W$ even; the result is $(N, H/2, W/2)$.

# %% role="draw" question="pooled"
def draw(rng):
    return {"blend": int(rng.integers(100, 900)) / 1000}


def example(rng, solution):
    X_3 = rng.integers(0, 9, size=(1, 2, 4)) / 1.0
    return {"X_3": X_3, "pooled_3": np.round(solution.pooled(X_3), 8)}


# %% role="answer" question="pooled" title="Between the largest and the mean"
def pooled(X):
    """(N, H/2, W/2) of X (N, H, W)."""
    # BEGIN SOLUTION
    N, H, W = X.shape
    windows = X.reshape(N, H // 2, 2, W // 2, 2)
    return blend * windows.max(axis=(2, 4)) + (1 - blend) * windows.mean(axis=(2, 4))
    # END SOLUTION


# %% role="public" question="pooled" points=1 message="The example below the question."
agree(pooled(X_3), pooled_3)

# %% role="hidden" question="pooled"
@case(points=1, message="Several images, higher than wide and wider than high.")
def several(pooled, rng, solution):
    for shape in ((3, 6, 4), (2, 4, 8)):
        X = rng.uniform(size=shape)
        close(pooled(X), solution.pooled(X))


@case(points=1, message="Images with negative numbers alone.")
def negative(pooled, rng, solution):
    X = -1 - rng.uniform(size=(2, 6, 6))
    close(pooled(X), solution.pooled(X))


# %% role="mistake" question="pooled" name="shares swapped" points=0 hint="lambda is the share of the largest, 1 - lambda that of the mean."
def pooled(X):
    N, H, W = X.shape
    windows = X.reshape(N, H // 2, 2, W // 2, 2)
    return (1 - blend) * windows.max(axis=(2, 4)) + blend * windows.mean(axis=(2, 4))

# %% role="mistake" question="pooled" name="sum for the mean" points=0 hint="The mean of four numbers is a quarter of their sum."
def pooled(X):
    N, H, W = X.shape
    windows = X.reshape(N, H // 2, 2, W // 2, 2)
    return blend * windows.max(axis=(2, 4)) + (1 - blend) * windows.sum(axis=(2, 4))

# %% role="mistake" question="pooled" name="largest of at least zero" points=2 hint="The largest of negative numbers is negative: do not begin with 0."
def pooled(X):
    N, H, W = X.shape
    windows = X.reshape(N, H // 2, 2, W // 2, 2)
    return blend * np.maximum(windows.max(axis=(2, 4)), 0) + (1 - blend) * windows.mean(axis=(2, 4))

# %% role="mistake" question="pooled" name="rows of four" points=0 hint="A window has two rows and two columns: split both axes."
def pooled(X):
    N, H, W = X.shape
    windows = X.reshape(N, H // 2, W // 2, 4)
    return blend * windows.max(axis=3) + (1 - blend) * windows.mean(axis=3)

# %% [markdown]
# ## 4 One gate (3 points)
#
# A recurrent cell with one gate: $z_t = s(x_t W_z + h_{t-1} U_z + \kappa)$, $c_t = \tanh(x_t W_c + (z_t \odot h_{t-1})\, U_c)$ and $h_t = (1 -
# z_t) \odot h_{t-1} + z_t \odot c_t$, from $h_0 = 0$; $s$ is the sigmoid and $\kappa$ = {{kappa}}.
#
# Write `gated(X, Wz, Uz, Wc, Uc)` for `X` $(T, D)$: the states $h_1, \dots, h_T$ as an array $(T, H)$.

# %% role="draw" question="gated"
def draw(rng):
    return {"kappa": -int(rng.integers(300, 2000)) / 1000}


def example(rng, solution):
    X_4 = np.round(rng.integers(-9, 9, size=(1, 2)) / 10 + 0.05, 2)
    one = np.ones((2, 1))
    return {"X_4": X_4, "state_4": np.round(solution.gated(X_4, one, np.ones((1, 1)), one, np.ones((1, 1))), 8)}


# %% role="answer" question="gated" title="One gate"
def gated(X, Wz, Uz, Wc, Uc):
    """States (T, H) of X (T, D); Wz and Wc are (D, H), Uz and Uc (H, H)."""
    # BEGIN SOLUTION
    h, states = np.zeros(Uz.shape[0]), []
    for x in X:
        z = 1 / (1 + np.exp(-(x @ Wz + h @ Uz + kappa)))
        c = np.tanh(x @ Wc + (z * h) @ Uc)
        h = (1 - z) * h + z * c
        states.append(h)
    return np.array(states)
    # END SOLUTION


# %% role="public" question="gated" points=1 message="The example below the question: one step."
agree(gated(X_4, np.ones((2, 1)), np.ones((1, 1)), np.ones((2, 1)), np.ones((1, 1))), state_4)

# %% role="hidden" question="gated"
def _cell(rng, T):
    D, H = (int(n) for n in rng.integers(2, 5, size=2))
    return rng.normal(size=(T, D)), *(rng.normal(size=(n, H)) for n in (D, H, D, H))


@case(points=1, message="Two steps.")
def two_steps(gated, rng, solution):
    args = _cell(rng, 2)
    close(gated(*args), solution.gated(*args))


@case(points=1, message="Twenty steps.")
def twenty_steps(gated, rng, solution):
    for _ in range(2):
        args = _cell(rng, 20)
        close(gated(*args), solution.gated(*args))


# %% role="mistake" question="gated" name="gate turned round" points=0 hint="z is the share of the new: h = (1 - z) h + z c."
def gated(X, Wz, Uz, Wc, Uc):
    h, states = np.zeros(Uz.shape[0]), []
    for x in X:
        z = 1 / (1 + np.exp(-(x @ Wz + h @ Uz + kappa)))
        c = np.tanh(x @ Wc + (z * h) @ Uc)
        h = z * h + (1 - z) * c
        states.append(h)
    return np.array(states)

# %% role="mistake" question="gated" name="candidate without the gate" points=1 hint="The candidate reads z * h, not h."
def gated(X, Wz, Uz, Wc, Uc):
    h, states = np.zeros(Uz.shape[0]), []
    for x in X:
        z = 1 / (1 + np.exp(-(x @ Wz + h @ Uz + kappa)))
        h = (1 - z) * h + z * np.tanh(x @ Wc + h @ Uc)
        states.append(h)
    return np.array(states)

# %% role="mistake" question="gated" name="no kappa" points=0 hint="The gate's sum has the constant kappa in it."
def gated(X, Wz, Uz, Wc, Uc):
    h, states = np.zeros(Uz.shape[0]), []
    for x in X:
        z = 1 / (1 + np.exp(-(x @ Wz + h @ Uz)))
        c = np.tanh(x @ Wc + (z * h) @ Uc)
        h = (1 - z) * h + z * c
        states.append(h)
    return np.array(states)

# %% [markdown]
# ## 5 Attention to the recent past (4 points)
#
# Position $t$ attends to itself and to the {{reach}} positions before it, no further and never ahead. The scores are $q_t^\top k_s /
# \theta$ with $\theta$ = {{theta}} in place of $\sqrt{D}$; the weights are their softmax over the positions that $t$ may see.
#
# Write `recent(Q, K, V)` for `Q`, `K` $(T, D)$ and `V` $(T, E)$; it returns the outputs $(T, E)$. Scores may be as large as $10^6$.

# %% role="draw" question="recent"
def draw(rng):
    return {"reach": int(rng.integers(1, 4)), "theta": int(rng.integers(500, 3000)) / 1000}


def example(rng, solution):
    V_5 = np.eye(3)[:, :2] + rng.integers(-9, 9, size=2) / 2
    K_5 = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    return {"K_5": K_5, "V_5": V_5, "second_5": np.round(solution.recent(K_5, K_5, V_5)[1], 8)}


# %% role="answer" question="recent" title="Attention to the recent past"
def recent(Q, K, V):
    """Outputs (T, E) of queries and keys (T, D) and values (T, E)."""
    # BEGIN SOLUTION
    t = np.arange(len(Q))
    distance = t[:, None] - t[None, :]
    scores = np.where((distance >= 0) & (distance <= reach), Q @ K.T / theta, -np.inf)
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    return weights / weights.sum(axis=1, keepdims=True) @ V
    # END SOLUTION


# %% role="public" question="recent" points=1 message="The example below the question: the second position."
agree(recent(K_5, K_5, V_5)[1], second_5)

# %% role="hidden" question="recent"
@case(points=1, message="The first positions, which see themselves and little else.")
def first_positions(recent, rng, reach, solution):
    Q, K, V = (rng.normal(size=(reach + 1, 3)) for _ in range(3))
    close(recent(Q, K, V), solution.recent(Q, K, V))


@case(points=1, message="Long rows: what lies too far back is not seen.")
def long_rows(recent, rng, solution):
    Q, K, V = rng.normal(size=(12, 4)), rng.normal(size=(12, 4)), rng.normal(size=(12, 2))
    close(recent(Q, K, V), solution.recent(Q, K, V))


@case(points=1, message="Scores as large as 1000000.")
def large_scores(recent, rng, solution):
    Q, K, V = 1000 * rng.normal(size=(20, 3)), 1000 * rng.normal(size=(20, 3)), rng.normal(size=(20, 2))
    close(recent(Q, K, V), solution.recent(Q, K, V))


# %% role="mistake" question="recent" name="all of the past" points=2 hint="Positions that lie more than the reach back are masked too."
def recent(Q, K, V):
    t = np.arange(len(Q))
    distance = t[:, None] - t[None, :]
    scores = np.where(distance >= 0, Q @ K.T / theta, -np.inf)
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    return weights / weights.sum(axis=1, keepdims=True) @ V

# %% role="mistake" question="recent" name="overflow" points=3 hint="exp of a large score is infinite: subtract the largest score of each row first."
def recent(Q, K, V):
    t = np.arange(len(Q))
    distance = t[:, None] - t[None, :]
    with np.errstate(all="ignore"):
        weights = np.where((distance >= 0) & (distance <= reach), np.exp(Q @ K.T / theta), 0)
        return weights / weights.sum(axis=1, keepdims=True) @ V

# %% role="mistake" question="recent" name="root of D" points=1 hint="Here the scores are divided by theta, not by the root of D."
def recent(Q, K, V):
    t = np.arange(len(Q))
    distance = t[:, None] - t[None, :]
    scores = np.where((distance >= 0) & (distance <= reach), Q @ K.T / np.sqrt(Q.shape[1]), -np.inf)
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    return weights / weights.sum(axis=1, keepdims=True) @ V

# %% [markdown]
# ## 6 A convolution in two parts (4 points)
#
# Write the PyTorch module `Separable(C, E)` for images $(N, C, H, W)$. Its layer `depth` filters each channel for itself with a kernel of {{kernel}} x
# {{kernel}} pixels, without a bias, padded so that height and width stay; its layer `point`, a convolution of 1 x 1 with a bias, mixes the channels into $E$.
# Between the two there is a leaky ReLU with the slope {{leak}}.

# %% role="draw" question="Separable"
def draw(rng):
    return {"kernel": int(rng.choice([3, 5, 7])), "leak": int(rng.integers(50, 400)) / 1000}


def example(rng, solution):
    return {"shape_6": (2, 5, 8, 9)}


# %% role="answer" question="Separable" title="A convolution in two parts"
class Separable(nn.Module):
    """(N, E, H, W) of images (N, C, H, W)."""

    # BEGIN SOLUTION
    def __init__(self, C, E):
        super().__init__()
        self.depth = nn.Conv2d(C, C, kernel, padding=kernel // 2, groups=C, bias=False)
        self.point = nn.Conv2d(C, E, 1)

    def forward(self, x):
        return self.point(nn.functional.leaky_relu(self.depth(x), leak))
    # END SOLUTION


# %% role="public" question="Separable" points=1 message="The example below the question: the shape of the output."
assert tuple(Separable(3, 5)(torch.zeros(2, 3, 8, 9)).shape) == shape_6

# %% role="hidden" question="Separable"
def _filled(block, C, E, kernel, rng):
    weights = {"depth.weight": (C, 1, kernel, kernel), "point.weight": (E, C, 1, 1), "point.bias": (E,)}
    block.load_state_dict({name: torch.tensor(rng.normal(size=shape).astype(np.float32)) for name, shape in weights.items()})
    return block


@case(points=1, message="The layers' weights have the shapes that the question asks.")
def shapes(Separable, kernel):
    block = Separable(3, 4)
    assert tuple(block.depth.weight.shape) == (3, 1, kernel, kernel) and tuple(block.point.weight.shape) == (4, 3, 1, 1)
    assert block.depth.bias is None and tuple(block.point.bias.shape) == (4,)


@case(points=2, message="The output, for weights that are set from outside by load_state_dict.")
def output(Separable, rng, kernel, solution):
    x = torch.tensor(rng.normal(size=(2, 3, 9, 8)).astype(np.float32))
    state = rng.bit_generator.state
    block = _filled(Separable(3, 4), 3, 4, kernel, rng)
    rng.bit_generator.state = state
    close(block(x), _filled(solution.Separable(3, 4), 3, 4, kernel, rng)(x).detach().numpy(), tol=1e-4)


# %% role="mistake" question="Separable" name="not separated" points=1 hint="groups=C makes each channel be filtered for itself."
class Separable(nn.Module):
    def __init__(self, C, E):
        super().__init__()
        self.depth = nn.Conv2d(C, C, kernel, padding=kernel // 2, bias=False)
        self.point = nn.Conv2d(C, E, 1)

    def forward(self, x):
        return self.point(nn.functional.leaky_relu(self.depth(x), leak))

# %% role="mistake" question="Separable" name="plain ReLU" points=2 hint="The ReLU between the two is leaky."
class Separable(nn.Module):
    def __init__(self, C, E):
        super().__init__()
        self.depth = nn.Conv2d(C, C, kernel, padding=kernel // 2, groups=C, bias=False)
        self.point = nn.Conv2d(C, E, 1)

    def forward(self, x):
        return self.point(torch.relu(self.depth(x)))

# %% role="mistake" question="Separable" name="ReLU at the end" points=2 hint="The leaky ReLU stands between the two layers, not behind them."
class Separable(nn.Module):
    def __init__(self, C, E):
        super().__init__()
        self.depth = nn.Conv2d(C, C, kernel, padding=kernel // 2, groups=C, bias=False)
        self.point = nn.Conv2d(C, E, 1)

    def forward(self, x):
        return nn.functional.leaky_relu(self.point(self.depth(x)), leak)
