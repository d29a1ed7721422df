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
name = "generative"
title = "Generative models and graphs"

# %% [markdown]
# # Generative models and graphs
#
# Five questions, 17 points: four in numpy, one in PyTorch. The numbers are yours: those of your neighbour differ.
#
# - Write your answers into the cells that hold `...`. Keep the names of the functions and of their arguments.
# - Below each answer a check shows one example. More cases, which you do not see, decide about the other points: other
#   numbers, other shapes.
# - Functions do not change their arguments. What counts is what they return.

# %%
import numpy as np
import torch


def agree(got, want):
    """Stop with an error unless got has the shape and the numbers of want."""
    assert np.shape(got) == np.shape(want), f"expected the shape {np.shape(want)}; got {np.shape(got)}"
    np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-8)

# %% [markdown]
# ## 1 Neighbours, and a little of oneself (3 points)
#
# A graph has the symmetric adjacency matrix $A$ $(n, n)$ of zeros and ones, with zeros on its diagonal. Each node gets a loop of the weight $\omega$ =
# {{omega}}, so that $\tilde A = A + \omega I$; then the features are spread by $\tilde D^{-1/2} \tilde A\, \tilde D^{-1/2} H$, where $\tilde D$ is diagonal and
# holds the row sums of $\tilde A$. Write `spread(A, H)` for `H` $(n, C)$.

# %% role="draw" question="spread"
def draw(rng):
    return {"omega": int(rng.integers(200, 900)) / 1000}


def example(rng, solution):
    H_1 = rng.integers(1, 9) / 2 + np.array([[0.0], [1.5]])
    return {"H_1": H_1, "H_after": np.round((solution.omega * H_1 + H_1[::-1]) / (1 + solution.omega), 8)}


# %% role="answer" question="spread" title="Neighbours, and a little of oneself"
def spread(A, H):
    """Features (n, C) after one step."""
    # BEGIN SOLUTION
    loops = A + omega * np.eye(len(A))
    root = 1 / np.sqrt(loops.sum(axis=1, keepdims=True))
    return root * (loops @ (root * H))
    # END SOLUTION


# %% role="public" question="spread" points=1 message="The example below the question: two nodes and an edge."
agree(spread(np.array([[0.0, 1.0], [1.0, 0.0]]), H_1), H_after)

# %% role="hidden" question="spread"
def _graph(rng, n):
    upper = np.triu(rng.uniform(size=(n, n)) < 0.4, 1)
    upper[0, 1:] = True
    return (upper | upper.T) * 1.0


@case(points=1, message="Graphs whose nodes have different numbers of neighbours.")
def other_graphs(spread, rng, solution):
    for n in rng.integers(5, 9, size=3):
        A, H = _graph(rng, n), rng.normal(size=(n, 3))
        close(spread(A, H), solution.spread(A, H))


@case(points=1, message="A node without an edge keeps its features.")
def alone(spread, rng, solution):
    H = rng.normal(size=(4, 2))
    close(spread(np.zeros((4, 4)), H), H)
    A = np.zeros((4, 4))
    A[0, 1] = A[1, 0] = A[1, 2] = A[2, 1] = 1
    close(spread(A, H), solution.spread(A, H))


# %% role="mistake" question="spread" name="mean over the row" points=1 hint="Both sides are scaled by the root of the degree; that is the mean, which scales one side by the degree."
def spread(A, H):
    loops = A + omega * np.eye(len(A))
    return loops @ H / loops.sum(axis=1, keepdims=True)

# %% role="mistake" question="spread" name="whole loops" points=0 hint="The loop has the weight omega, not 1."
def spread(A, H):
    loops = A + np.eye(len(A))
    root = 1 / np.sqrt(loops.sum(axis=1, keepdims=True))
    return root * (loops @ (root * H))

# %% role="mistake" question="spread" name="degrees without the loops" points=0 hint="The degrees are the row sums with the loops; without them a lonely node has the degree 0."
def spread(A, H):
    with np.errstate(all="ignore"):
        root = 1 / np.sqrt(A.sum(axis=1, keepdims=True))
        return root * ((A + omega * np.eye(len(A))) @ (root * H))

# %% [markdown]
# ## 2 Into the noise (3 points)
#
# A diffusion model adds noise in {{T}} steps, $t = 1, \dots, T$. In step $t$ the share of noise $\beta_t$ rises in a line from $\beta_1$ = {{low}} to
# $\beta_T$ = {{high}}; with $\bar\alpha_t = \prod_{s \le t} (1 - \beta_s)$ the image of step $t$ is $\sqrt{\bar\alpha_t}\, x_0 + \sqrt{1 - \bar\alpha_t}\,
# \epsilon$. Write `noisy(x0, t, eps)` for arrays `x0` and `eps` of one shape and a whole number $t$ from 0 to $T$; in step 0 nothing has been added.

# %% role="draw" question="noisy"
def draw(rng):
    return {"T": int(rng.integers(20, 60)), "low": int(rng.integers(10, 50)) / 10000, "high": int(rng.integers(500, 2000)) / 10000}


def example(rng, solution):
    return {"first_image": round(float(np.sqrt(1 - solution.low) * 2 + np.sqrt(solution.low)), 8)}


# %% role="answer" question="noisy" title="Into the noise"
def noisy(x0, t, eps):
    """The image of step t, an array of the shape of x0."""
    # BEGIN SOLUTION
    kept = np.prod(1 - np.linspace(low, high, T)[:t])
    return np.sqrt(kept) * x0 + np.sqrt(1 - kept) * eps
    # END SOLUTION


# %% role="public" question="noisy" points=1 message="The example below the question: one number after one step."
agree(noisy(np.array([2.0]), 1, np.array([1.0])), [first_image])

# %% role="hidden" question="noisy"
@case(points=1, message="Every step from the first to the last.")
def every_step(noisy, rng, T, solution):
    x0, eps = rng.normal(size=(2, 3, 4))
    for t in (2, 3, T // 2, T - 1, T):
        close(noisy(x0, t, eps), solution.noisy(x0, t, eps))


@case(points=1, message="In step 0 the image is as it was.")
def before_the_first(noisy, rng, T, solution):
    x0, eps = rng.normal(size=(2, 5))
    close(noisy(x0, 0, eps), x0)
    close(noisy(x0, T, eps), solution.noisy(x0, T, eps))


# %% role="mistake" question="noisy" name="one step's share" points=1 hint="The shares of all steps up to t are multiplied: that is what the bar means."
def noisy(x0, t, eps):
    kept = 1 - np.linspace(low, high, T)[max(t - 1, 0)] if t else 1.0
    return np.sqrt(kept) * x0 + np.sqrt(1 - kept) * eps

# %% role="mistake" question="noisy" name="no roots" points=0 hint="The roots keep the variance at 1: the squares of the two factors add up to 1."
def noisy(x0, t, eps):
    kept = np.prod(1 - np.linspace(low, high, T)[:t])
    return kept * x0 + (1 - kept) * eps

# %% role="mistake" question="noisy" name="one step too far" points=0 hint="In step t there are t factors: beta_1 to beta_t."
def noisy(x0, t, eps):
    kept = np.prod(1 - np.linspace(low, high, T)[:t + 1])
    return np.sqrt(kept) * x0 + np.sqrt(1 - kept) * eps

# %% role="mistake" question="noisy" name="ends one short" points=1 hint="beta_T is the last value: the line reaches it in step T."
def noisy(x0, t, eps):
    kept = np.prod(1 - (low + (high - low) * np.arange(T) / T)[:t])
    return np.sqrt(kept) * x0 + np.sqrt(1 - kept) * eps

# %% [markdown]
# ## 3 How far from the prior (3 points)
#
# The prior of a variational autoencoder is a normal distribution with mean 0 and standard deviation {{wide}} in every dimension. The encoder gives the means
# `mu` and the logarithms of the *variances* `logvar`, both $(N, D)$. Write `far(mu, logvar)`: the KL divergence from the encoder's
# distribution to the prior, added over the dimensions, as the mean over the examples.

# %% role="draw" question="far"
def draw(rng):
    return {"wide": int(rng.integers(1200, 3000)) / 1000}


def example(rng, solution):
    return {"narrow": round(float(np.log(solution.wide) + 0.5 / solution.wide**2 - 0.5), 8)}


# %% role="answer" question="far" title="How far from the prior"
def far(mu, logvar):
    """One number."""
    # BEGIN SOLUTION
    each = np.log(wide) - logvar / 2 + (np.exp(logvar) + mu**2) / (2 * wide**2) - 0.5
    return np.mean(each.sum(axis=1))
    # END SOLUTION


# %% role="public" question="far" points=1 message="The example below the question: mean 0 and variance 1 in one dimension."
agree(far(np.zeros((1, 1)), np.zeros((1, 1))), narrow)

# %% role="hidden" question="far"
@case(points=1, message="Other means and variances, one example in several dimensions.")
def one_example(far, rng, solution):
    mu, logvar = rng.normal(size=(2, 1, 4))
    close(far(mu, logvar), solution.far(mu, logvar))


@case(points=1, message="Several examples; and the prior itself is not far from the prior.")
def several_examples(far, rng, wide, solution):
    mu, logvar = rng.normal(size=(2, 5, 3))
    close(far(mu, logvar), solution.far(mu, logvar))
    close(far(np.zeros((3, 2)), np.full((3, 2), 2 * np.log(wide))), 0.0)


# %% role="mistake" question="far" name="standard prior" points=0 hint="That is the distance to a standard deviation of 1."
def far(mu, logvar):
    return np.mean(np.sum((np.exp(logvar) + mu**2 - 1 - logvar) / 2, axis=1))

# %% role="mistake" question="far" name="mean over everything" points=1 hint="Add over the dimensions, then take the mean over the examples."
def far(mu, logvar):
    return np.mean(np.log(wide) - logvar / 2 + (np.exp(logvar) + mu**2) / (2 * wide**2) - 0.5)

# %% role="mistake" question="far" name="sum over the examples" points=2 hint="Add over the dimensions alone; over the examples it is a mean."
def far(mu, logvar):
    return np.sum(np.log(wide) - logvar / 2 + (np.exp(logvar) + mu**2) / (2 * wide**2) - 0.5)

# %% role="mistake" question="far" name="deviation for variance" points=1 hint="logvar is the logarithm of the variance, not of the standard deviation."
def far(mu, logvar):
    return np.mean(np.sum(np.log(wide) - logvar + (np.exp(2 * logvar) + mu**2) / (2 * wide**2) - 0.5, axis=1))

# %% [markdown]
# ## 4 A flow, and back (4 points)
#
# An affine coupling splits its input $x$ $(N, 2D)$ into halves $x_a$, $x_b$. With $s = \rho \tanh(x_a W)$ it gives $y_a = x_a$ and $y_b = x_b \odot e^{s} + x_a V$; here
# $\rho$ = {{rho}}. Write `flow(x, W, V)`, which returns `y` $(N, 2D)$ and the logarithm of the Jacobian's determinant, one number for each example; and `back(y, W, V)`,
# which returns `x`.

# %% role="draw" question="flow"
def draw(rng):
    return {"rho": int(rng.integers(300, 1800)) / 1000}


def example(rng, solution):
    x_4 = rng.integers(1, 9, size=(1, 2)) / 4
    return {"x_4": x_4, "y_4": np.round(solution.flow(x_4, np.ones((1, 1)), np.ones((1, 1)))[0], 8)}


# %% role="answer" question="flow" title="A flow, and back"
def flow(x, W, V):
    """y (N, 2D), and log |det dy/dx| (N,); W and V are (D, D)."""
    # BEGIN SOLUTION
    a, b = np.split(x, 2, axis=1)
    s = rho * np.tanh(a @ W)
    return np.concatenate([a, b * np.exp(s) + a @ V], axis=1), s.sum(axis=1)
    # END SOLUTION


def back(y, W, V):
    """x (N, 2D) with flow(x, W, V)[0] = y."""
    # BEGIN SOLUTION
    a, b = np.split(y, 2, axis=1)
    return np.concatenate([a, (b - a @ V) * np.exp(-rho * np.tanh(a @ W))], axis=1)
    # END SOLUTION


# %% role="public" question="flow" points=1 message="The example below the question: forward, one example."
agree(flow(x_4, np.ones((1, 1)), np.ones((1, 1)))[0], y_4)

# %% role="hidden" question="flow"
def _weights(rng):
    N, D = (int(n) for n in rng.integers(2, 6, size=2))
    return rng.normal(size=(N, 2 * D)), rng.normal(size=(D, D)), rng.normal(size=(D, D))


@case(points=1, message="Forward, in more dimensions.")
def forward(flow, rng, solution):
    x, W, V = _weights(rng)
    close(flow(x, W, V)[0], solution.flow(x, W, V)[0])


@case(points=1, message="The logarithm of the determinant.")
def determinant(flow, rng, solution):
    x, W, V = _weights(rng)
    close(flow(x, W, V)[1], solution.flow(x, W, V)[1])


@case(points=1, message="Back to where it came from.")
def and_back(back, rng, solution):
    x, W, V = _weights(rng)
    close(back(solution.flow(x, W, V)[0], W, V), x)


# %% role="mistake" question="flow" name="determinant not its logarithm" points=3 hint="The logarithm of a product of exponentials is the sum of the exponents."
def flow(x, W, V):
    a, b = np.split(x, 2, axis=1)
    s = rho * np.tanh(a @ W)
    return np.concatenate([a, b * np.exp(s) + a @ V], axis=1), np.exp(s).prod(axis=1)


def back(y, W, V):
    a, b = np.split(y, 2, axis=1)
    return np.concatenate([a, (b - a @ V) * np.exp(-rho * np.tanh(a @ W))], axis=1)

# %% role="mistake" question="flow" name="back in the wrong order" points=3 hint="Backwards the last comes first: take off the shift, then the scale."
def flow(x, W, V):
    a, b = np.split(x, 2, axis=1)
    s = rho * np.tanh(a @ W)
    return np.concatenate([a, b * np.exp(s) + a @ V], axis=1), s.sum(axis=1)


def back(y, W, V):
    a, b = np.split(y, 2, axis=1)
    return np.concatenate([a, b * np.exp(-rho * np.tanh(a @ W)) - a @ V], axis=1)

# %% role="mistake" question="flow" name="no rho" points=0 hint="The logarithm of the scale is rho tanh(...)."
def flow(x, W, V):
    a, b = np.split(x, 2, axis=1)
    s = np.tanh(a @ W)
    return np.concatenate([a, b * np.exp(s) + a @ V], axis=1), s.sum(axis=1)


def back(y, W, V):
    a, b = np.split(y, 2, axis=1)
    return np.concatenate([a, (b - a @ V) * np.exp(-np.tanh(a @ W))], axis=1)

# %% [markdown]
# ## 5 Two players (4 points)
#
# The critic of a GAN gives scores; its probability that an image is real is the sigmoid of the score. Write in PyTorch `players(real, fake)` for tensors
# of scores $(N,)$ and $(M,)$; it returns two losses, tensors of one number each:
#
# - the critic's: the mean binary cross-entropy of the real scores with the target {{sure}}, plus the mean of that of the fake scores with the target 0;
# - the generator's: the mean binary cross-entropy of the fake scores with the target 1.
#
# Scores may be as large as $10^4$, and gradients must flow into both tensors.

# %% role="draw" question="players"
def draw(rng):
    return {"sure": int(rng.integers(700, 980)) / 1000}


def example(rng, solution):
    return {"real_5": 1.5, "critic_after": round(float(np.logaddexp(0, 1.5) - 1.5 * solution.sure + np.log(2)), 6)}


# %% role="answer" question="players" title="Two players"
def players(real, fake):
    """The critic's and the generator's loss."""
    # BEGIN SOLUTION
    bce = torch.nn.functional.binary_cross_entropy_with_logits
    critic = bce(real, torch.full_like(real, sure)) + bce(fake, torch.zeros_like(fake))
    return critic, bce(fake, torch.ones_like(fake))
    # END SOLUTION


# %% role="public" question="players" points=1 message="The example below the question: the critic's loss."
agree(float(players(torch.tensor([real_5]), torch.tensor([0.0]))[0]), critic_after)

# %% role="hidden" question="players"
def _scores(rng, scale):
    return torch.tensor(rng.normal(size=int(rng.integers(3, 7))) * scale), torch.tensor(rng.normal(size=int(rng.integers(3, 7))) * scale)


@case(points=1, message="The critic's loss for batches of different sizes.")
def critic(players, rng, solution):
    real, fake = _scores(rng, 2)
    close(players(real, fake)[0], solution.players(real, fake)[0].numpy())


@case(points=1, message="The generator's loss.")
def generator(players, rng, solution):
    real, fake = _scores(rng, 2)
    close(players(real, fake)[1], solution.players(real, fake)[1].numpy())


@case(points=1, message="Scores as large as 10000.")
def large_scores(players, rng, solution):
    real, fake = _scores(rng, 1e4)
    close(tuple(players(real, fake)), tuple(x.numpy() for x in solution.players(real, fake)))


# %% role="mistake" question="players" name="too sure" points=1 hint="The target of the real scores is not 1 but a little less."
def players(real, fake):
    bce = torch.nn.functional.binary_cross_entropy_with_logits
    critic = bce(real, torch.ones_like(real)) + bce(fake, torch.zeros_like(fake))
    return critic, bce(fake, torch.ones_like(fake))

# %% role="mistake" question="players" name="both targets less" points=2 hint="Only the critic's target for real images is less than 1; the generator's is 1."
def players(real, fake):
    bce = torch.nn.functional.binary_cross_entropy_with_logits
    critic = bce(real, torch.full_like(real, sure)) + bce(fake, torch.zeros_like(fake))
    return critic, bce(fake, torch.full_like(fake, sure))

# %% role="mistake" question="players" name="the saturating loss" points=2 hint="The generator's loss is the cross-entropy with the target 1, not minus the critic's."
def players(real, fake):
    bce = torch.nn.functional.binary_cross_entropy_with_logits
    critic = bce(real, torch.full_like(real, sure)) + bce(fake, torch.zeros_like(fake))
    return critic, -bce(fake, torch.zeros_like(fake))

# %% role="mistake" question="players" name="overflow" points=3 hint="The logarithm of a sigmoid of -10000 is minus infinity: use the form that takes scores."
def players(real, fake):
    p, q = torch.sigmoid(real), torch.sigmoid(fake)
    critic = -torch.mean(sure * torch.log(p) + (1 - sure) * torch.log(1 - p)) - torch.mean(torch.log(1 - q))
    return critic, -torch.mean(torch.log(q))
