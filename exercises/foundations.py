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
name = "foundations"
title = "Foundations: from the perceptron to backpropagation"
limits = {"cell": 5.0, "cells": 10.0, "call": 3.0, "total": 30.0, "memory": 2**30}

# %% [markdown]
# # Foundations: from the perceptron to backpropagation
#
# Seven questions, 24 points. The numbers are yours: those of your neighbour differ.
#
# - Write your answers into the cells that hold `...`. Keep the names of the functions and of their arguments.
# - Below each answer a check shows one example. More cases, which you do not see, decide about the other points: other
#   numbers, other shapes.
# - Rows are examples: `X` is $(N, D)$ and a layer is `X @ W + b`. Functions do not change their arguments.
# - Plain numpy is enough. You may add cells, print and plot as you like; what counts is what your functions return.

# %%
import numpy as np


def agree(got, want):
    """Stop with an error unless got has the shape and the numbers of want."""
    assert np.shape(got) == np.shape(want), f"expected the shape {np.shape(want)}; got {np.shape(got)}"
    np.testing.assert_allclose(got, want, rtol=1e-6, atol=1e-9)

# %% [markdown]
# ## 1 A perceptron that keeps its distance (3 points)
#
# The perceptron learns from a point only if it is on the wrong side. This one also learns from points that are right but
# too close: if $y\, w^\top x \le$ `margin`, it moves $w$ by $\eta\, y\, x$; else it leaves $w$ as it is. Here the margin is
# {{margin}} and the learning rate $\eta$ is {{lr}}; $y$ is $1$ or $-1$.
#
# Write `margin_step(w, x, y)`, which returns the weights after one look at one point, as a new array.

# %% role="draw" question="margin_step"
def draw(rng):
    return {"margin": int(rng.integers(60, 200)) / 100, "lr": int(rng.integers(15, 90)) / 100}


def example(rng, solution):
    w, x = rng.integers(1, 30, size=3) / 10, rng.integers(1, 20, size=3) / 10
    return {"w_1": w, "x_1": x, "w_after": np.round(w - solution.lr * x, 10)}


# %% role="answer" question="margin_step" title="A perceptron that keeps its distance"
def margin_step(w, x, y):
    """The weights after one look at the point x (D,) of the class y, 1 or -1."""
    # BEGIN SOLUTION
    return w + lr * y * x if y * (w @ x) <= margin else w.copy()
    # END SOLUTION


# %% role="public" question="margin_step" points=1 message="The example below the question."
agree(margin_step(w_1, x_1, -1), w_after)

# %% role="hidden" question="margin_step"
@case(points=1, message="A point is looked at when y w.x <= margin, not only when it is on the wrong side.")
def inside_the_margin(margin_step, rng, margin, solution):
    for share in (0.3, 0.6, 0.9):
        x = rng.normal(size=rng.integers(2, 7))
        y = int(rng.choice([-1, 1]))
        w = y * share * margin * x / (x @ x)
        close(margin_step(w, x, y), solution.margin_step(w, x, y))


@case(points=1, message="Beyond the margin nothing moves; on it and on the wrong side w moves by lr y x.")
def everywhere(margin_step, rng, margin, solution):
    for _ in range(12):
        x, y = rng.normal(size=4), int(rng.choice([-1, 1]))
        w = rng.normal(size=4) * 2
        close(margin_step(w, x, y), solution.margin_step(w, x, y))
    close(margin_step(np.array([margin, 0.0]), np.array([1.0, 0.0]), 1), np.array([margin + solution.lr, 0.0]))


# %% role="mistake" question="margin_step" name="no margin" points=1 hint="Points that are right but close count too: compare with the margin, not with 0."
def margin_step(w, x, y):
    return w + lr * y * x if y * (w @ x) <= 0 else w.copy()

# %% role="mistake" question="margin_step" name="no learning rate" points=0 hint="The step is lr y x: the learning rate is missing."
def margin_step(w, x, y):
    return w + y * x if y * (w @ x) <= margin else w.copy()

# %% role="mistake" question="margin_step" name="always moves" points=2 hint="A point beyond the margin teaches nothing: leave w as it is."
def margin_step(w, x, y):
    return w + lr * y * x

# %% role="mistake" question="margin_step" name="equality left out" points=2 hint="A point exactly on the margin is still learned from: <=, not <."
def margin_step(w, x, y):
    return w + lr * y * x if y * (w @ x) < margin else w.copy()

# %% [markdown]
# ## 2 An activation with two bends (3 points)
#
# $$f(x) = \begin{cases} \alpha x & x < 0 \\ x & 0 \le x \le c \\ c + \beta\,(x - c) & x > c \end{cases}$$
#
# with $\alpha$ = {{alpha}}, $\beta$ = {{beta}} and $c$ = {{cap}}. At a bend take the slope of the middle piece, 1.
#
# Write `bent(x)` and `bent_backward(dY, x)`, for arrays of any shape: the values, and the gradient of the loss with respect
# to `x` from `dY`, the gradient with respect to the values.

# %% role="draw" question="bent"
def draw(rng):
    return {"alpha": int(rng.integers(2, 30)) / 100, "beta": int(rng.integers(31, 60)) / 100, "cap": int(rng.integers(10, 35)) / 10}


def example(rng, solution):
    x_2 = np.array([-2.0, 0.0, solution.cap / 2, solution.cap, solution.cap + 2])
    return {"x_2": x_2, "y_2": np.round(solution.bent(x_2), 10)}


# %% role="answer" question="bent" title="An activation with two bends"
def bent(x):
    """f of each number of x."""
    # BEGIN SOLUTION
    return np.where(x < 0, alpha * x, np.where(x > cap, cap + beta * (x - cap), x))
    # END SOLUTION


def bent_backward(dY, x):
    """The gradient with respect to x, from dY (of the shape of x)."""
    # BEGIN SOLUTION
    return dY * np.where(x < 0, alpha, np.where(x > cap, beta, 1.0))
    # END SOLUTION


# %% role="public" question="bent" points=1 message="The example below the question."
agree(bent(x_2), y_2)

# %% role="hidden" question="bent"
@case(points=1, message="The backward function multiplies dY by the slope of each piece.")
def slopes(bent_backward, rng, cap, solution):
    shape = tuple(rng.integers(2, 5, size=rng.integers(1, 4)))
    x, dY = rng.normal(size=shape) * 2 * cap, rng.normal(size=shape)
    x.flat[0], x.flat[1] = -1.0, cap + 1.0
    close(bent_backward(dY, x), solution.bent_backward(dY, x))


@case(points=1, message="At a bend the slope is 1, and arrays of any shape are welcome.")
def at_the_bends(bent, bent_backward, rng, cap, solution):
    x = np.array([[0.0, cap], [cap, 0.0], [-cap, 2 * cap]])
    dY = rng.normal(size=x.shape)
    close(bent(x), solution.bent(x))
    close(bent_backward(dY, x), solution.bent_backward(dY, x))


# %% role="mistake" question="bent" name="flat beyond the cap" points=0 hint="Beyond c the function still rises, with the slope beta."
def bent(x):
    return np.where(x < 0, alpha * x, np.minimum(x, cap))


def bent_backward(dY, x):
    return dY * np.where(x < 0, alpha, np.where(x > cap, 0.0, 1.0))

# %% role="mistake" question="bent" name="jump at the cap" points=1 hint="Beyond c the values go on from c: c + beta (x - c). The slopes are right."
def bent(x):
    return np.where(x < 0, alpha * x, np.where(x > cap, beta * x, x))


def bent_backward(dY, x):
    return dY * np.where(x < 0, alpha, np.where(x > cap, beta, 1.0))

# %% role="mistake" question="bent" name="upstream gradient forgotten" points=1 hint="The slope is to be multiplied by dY, the gradient that arrives from above."
def bent(x):
    return np.where(x < 0, alpha * x, np.where(x > cap, cap + beta * (x - cap), x))


def bent_backward(dY, x):
    return np.where(x < 0, alpha, np.where(x > cap, beta, 1.0))

# %% role="mistake" question="bent" name="other slope at the bends" points=2 hint="At 0 and at c take the slope of the middle piece, 1."
def bent(x):
    return np.where(x < 0, alpha * x, np.where(x > cap, cap + beta * (x - cap), x))


def bent_backward(dY, x):
    return dY * np.where(x <= 0, alpha, np.where(x >= cap, beta, 1.0))

# %% [markdown]
# ## 3 A loss with two prices (3 points)
#
# A forecast that is too low costs more than one that is too high. With $r = y - \hat y$ the loss of one example is
# $\tau\, r$ where $r \ge 0$ and $(\tau - 1)\, r$ where $r < 0$; the loss of a batch is the mean. Here $\tau$ = {{tau}}.
#
# Write `priced(y_hat, y)`, which returns the loss and its gradient with respect to `y_hat`, an array of the shape of `y_hat`.
# Where $r = 0$ take the slope of $r > 0$.

# %% role="draw" question="priced"
def draw(rng):
    return {"tau": int(rng.integers(600, 950)) / 1000}


def example(rng, solution):
    return {"forecast": np.array([1.0, 4.0]), "came": np.array([3.0, 3.0]), "cost": round((2 * solution.tau + 1 - solution.tau) / 2, 6)}


# %% role="answer" question="priced" title="A loss with two prices"
def priced(y_hat, y):
    """The mean loss (one number) and its gradient with respect to y_hat."""
    # BEGIN SOLUTION
    r = y - y_hat
    return np.mean(np.where(r >= 0, tau * r, (tau - 1) * r)), np.where(r >= 0, -tau, 1 - tau) / r.size
    # END SOLUTION


# %% role="public" question="priced" points=1 message="The example below the question: the loss of two forecasts."
agree(priced(forecast, came)[0], cost)

# %% role="hidden" question="priced"
@case(points=1, message="The gradient: its sign, its two sizes, and the mean's 1/N.")
def gradient(priced, rng, solution):
    for N in rng.integers(2, 9, size=3):
        y_hat, y = rng.normal(size=N), rng.normal(size=N)
        y[0], y_hat[0], y[1], y_hat[1] = 1.0, 0.0, 0.0, 1.0
        close(priced(y_hat, y)[1], solution.priced(y_hat, y)[1])


@case(points=1, message="Batches of any shape, and forecasts that are exactly right.")
def tables(priced, rng, solution):
    y = rng.normal(size=tuple(rng.integers(2, 5, size=2)))
    y_hat = y + rng.choice([-1.0, 0.0, 2.0], size=y.shape)
    y_hat[0, 0] = y[0, 0]
    close(priced(y_hat, y), solution.priced(y_hat, y))


# %% role="mistake" question="priced" name="prices swapped" points=0 hint="Too low means r > 0, and that costs tau."
def priced(y_hat, y):
    r = y_hat - y
    return np.mean(np.where(r >= 0, tau * r, (tau - 1) * r)), np.where(r >= 0, tau, tau - 1) / r.size

# %% role="mistake" question="priced" name="gradient of the sum" points=1 hint="The loss is a mean, so each entry of the gradient is divided by the number of examples."
def priced(y_hat, y):
    r = y - y_hat
    return np.mean(np.where(r >= 0, tau * r, (tau - 1) * r)), np.where(r >= 0, -tau, 1 - tau)

# %% role="mistake" question="priced" name="gradient towards r" points=1 hint="That is the gradient with respect to r; r falls when y_hat rises."
def priced(y_hat, y):
    r = y - y_hat
    return np.mean(np.where(r >= 0, tau * r, (tau - 1) * r)), np.where(r >= 0, tau, tau - 1) / r.size

# %% role="mistake" question="priced" name="divided by the rows" points=2 hint="A mean over a table is over all its numbers, not over its rows."
def priced(y_hat, y):
    r = y - y_hat
    return np.sum(np.where(r >= 0, tau * r, (tau - 1) * r)) / len(r), np.where(r >= 0, -tau, 1 - tau) / len(r)

# %% [markdown]
# ## 4 Cross-entropy that is never quite sure (3 points)
#
# With *label smoothing* the target of a class is not 1 but $1 - \varepsilon$, and each of the other $C - 1$ classes gets
# $\varepsilon / (C - 1)$. Here $\varepsilon$ = {{smooth}}.
#
# Write `smoothed(Z, y)`: the mean cross-entropy between these targets and $\operatorname{softmax}(Z)$, for scores `Z`
# $(N, C)$ and classes `y` $(N,)$, whole numbers from 0. Scores may be as large as $10^4$.

# %% role="draw" question="smoothed"
def draw(rng):
    return {"smooth": int(rng.integers(40, 300)) / 1000}


def example(rng, solution):
    Z_4 = np.array([[2.0, 0.0, -1.0], [0.5, 0.5, 1.0]])
    return {"Z_4": Z_4, "loss_4": round(float(solution.smoothed(Z_4, np.array([0, 2]))), 8)}


# %% role="answer" question="smoothed" title="Cross-entropy that is never quite sure"
def smoothed(Z, y):
    """The mean cross-entropy with smoothed labels, one number."""
    # BEGIN SOLUTION
    N, C = Z.shape
    Z = Z - Z.max(axis=1, keepdims=True)
    logs = Z - np.log(np.exp(Z).sum(axis=1, keepdims=True))
    targets = np.full((N, C), smooth / (C - 1))
    targets[np.arange(N), y] = 1 - smooth
    return -np.mean((targets * logs).sum(axis=1))
    # END SOLUTION


# %% role="public" question="smoothed" points=1 message="The example below the question."
agree(smoothed(Z_4, np.array([0, 2])), loss_4)

# %% role="hidden" question="smoothed"
@case(points=1, message="Other numbers of examples and of classes.")
def other_shapes(smoothed, rng, solution):
    for _ in range(3):
        N, C = rng.integers(4, 9), rng.integers(4, 7)
        Z, y = rng.normal(size=(N, C)) * 3, rng.integers(0, C, size=N)
        close(smoothed(Z, y), solution.smoothed(Z, y))


@case(points=1, message="Scores as large as 10000: the loss stays a number.")
def large_scores(smoothed, rng, solution):
    Z = rng.normal(size=(5, 4)) * 1e4
    y = rng.integers(0, 4, size=5)
    close(smoothed(Z, y), solution.smoothed(Z, y))


# %% role="mistake" question="smoothed" name="overflow" points=2 hint="exp(10000) is infinite: subtract the largest score of each row first."
def smoothed(Z, y):
    N, C = Z.shape
    with np.errstate(all="ignore"):
        p = np.exp(Z) / np.exp(Z).sum(axis=1, keepdims=True)
        targets = np.full((N, C), smooth / (C - 1))
        targets[np.arange(N), y] = 1 - smooth
        return -np.mean((targets * np.log(p)).sum(axis=1))

# %% role="mistake" question="smoothed" name="spread over all classes" points=0 hint="The rest is shared by the other C - 1 classes; here the right class gets a part of it too."
def smoothed(Z, y):
    N, C = Z.shape
    Z = Z - Z.max(axis=1, keepdims=True)
    logs = Z - np.log(np.exp(Z).sum(axis=1, keepdims=True))
    targets = np.full((N, C), smooth / C)
    targets[np.arange(N), y] += 1 - smooth
    return -np.mean((targets * logs).sum(axis=1))

# %% role="mistake" question="smoothed" name="no smoothing" points=0 hint="That is the cross-entropy with the targets 1 and 0."
def smoothed(Z, y):
    Z = Z - Z.max(axis=1, keepdims=True)
    logs = Z - np.log(np.exp(Z).sum(axis=1, keepdims=True))
    return -np.mean(logs[np.arange(len(y)), y])

# %% role="mistake" question="smoothed" name="mean over all numbers" points=0 hint="Add over the classes, then take the mean over the examples."
def smoothed(Z, y):
    N, C = Z.shape
    Z = Z - Z.max(axis=1, keepdims=True)
    logs = Z - np.log(np.exp(Z).sum(axis=1, keepdims=True))
    targets = np.full((N, C), smooth / (C - 1))
    targets[np.arange(N), y] = 1 - smooth
    return -np.mean(targets * logs)

# %% [markdown]
# ## 5 A network with shortcuts (3 points)
#
# Each block adds something to what it got: $A_k = A_{k-1} + \gamma\, \tanh(A_{k-1} W_k + b_k)$, from $A_0 = X$. Behind the last
# block the scores are $A_K V$. Here $\gamma$ = {{gamma}}.
#
# Write `shortcuts(X, blocks, V)` with `blocks` a list of pairs $(W_k, b_k)$; it returns the scores.

# %% role="draw" question="shortcuts"
def draw(rng):
    return {"gamma": int(rng.integers(200, 950)) / 1000}


def example(rng, solution):
    X_5 = np.round(rng.normal(size=(2, 2)), 1)
    W_5 = np.array([[1.0, -1.0], [0.5, 2.0]])
    V_5 = np.array([[1.0], [1.0]])
    block = (W_5, np.array([0.5, -0.5]))
    return {"X_5": X_5, "W_5": W_5, "b_5": block[1], "V_5": V_5, "scores_5": np.round(solution.shortcuts(X_5, [block, block], V_5), 8)}


# %% role="answer" question="shortcuts" title="A network with shortcuts"
def shortcuts(X, blocks, V):
    """The scores (N, C) of X (N, D) behind the blocks, each (W (D, D), b (D,)), and V (D, C)."""
    # BEGIN SOLUTION
    A = X
    for W, b in blocks:
        A = A + gamma * np.tanh(A @ W + b)
    return A @ V
    # END SOLUTION


# %% role="public" question="shortcuts" points=1 message="The example below the question: two blocks."
agree(shortcuts(X_5, [(W_5, b_5), (W_5, b_5)], V_5), scores_5)

# %% role="hidden" question="shortcuts"
@case(points=1, message="Other depths and widths.")
def deeper(shortcuts, rng, solution):
    for K in (1, 3, 6):
        N, D, C = rng.integers(2, 6, size=3)
        blocks = [(rng.normal(size=(D, D)), rng.normal(size=D)) for _ in range(K)]
        X, V = rng.normal(size=(N, D)), rng.normal(size=(D, C))
        close(shortcuts(X, blocks, V), solution.shortcuts(X, blocks, V))


@case(points=1, message="Without a block the scores are X V; the arguments stay as they were.")
def no_block(shortcuts, rng, solution):
    X, V = rng.normal(size=(3, 2)), rng.normal(size=(2, 4))
    close(shortcuts(X, [], V), X @ V)
    one = [(rng.normal(size=(2, 2)), rng.normal(size=2))]
    close(shortcuts(X, one, V), solution.shortcuts(X, one, V))


# %% role="mistake" question="shortcuts" name="no shortcut" points=0 hint="A block adds to its input: A + gamma tanh(...)."
def shortcuts(X, blocks, V):
    A = X
    for W, b in blocks:
        A = gamma * np.tanh(A @ W + b)
    return A @ V

# %% role="mistake" question="shortcuts" name="shortcut from X" points=1 hint="Each block adds to the block before it, not to X."
def shortcuts(X, blocks, V):
    A = X
    for W, b in blocks:
        A = X + gamma * np.tanh(A @ W + b)
    return A @ V

# %% role="mistake" question="shortcuts" name="no gamma" points=0 hint="What a block adds is scaled by gamma."
def shortcuts(X, blocks, V):
    A = X
    for W, b in blocks:
        A = A + np.tanh(A @ W + b)
    return A @ V

# %% role="mistake" question="shortcuts" name="always two blocks" points=1 hint="The number of blocks is the length of the list: loop over it."
def shortcuts(X, blocks, V):
    (W, b), (U, c) = (blocks + blocks + [(np.zeros((X.shape[1], X.shape[1])), np.zeros(X.shape[1]))] * 2)[:2]
    A = X + gamma * np.tanh(X @ W + b)
    return (A + gamma * np.tanh(A @ U + c)) @ V

# %% [markdown]
# ## 6 Back through a block (4 points)
#
# The loss reaches $A_k = A_{k-1} + \gamma_b\, \tanh(A_{k-1} W + b)$ with the gradient `dA` $(N, D)$. Here $\gamma_b$ = {{gamma_b}}.
#
# Write `block_backward(dA, A, W, b)` with `A` $= A_{k-1}$; it returns the gradients with respect to $A_{k-1}$, $W$ and $b$, in
# this order. Two paths lead from $A_{k-1}$ to $A_k$.

# %% role="draw" question="block_backward"
def draw(rng):
    return {"gamma_b": int(rng.integers(200, 950)) / 1000}


def example(rng, solution):
    A_6 = np.round(rng.normal(size=(3, 2)), 1)
    db = solution.block_backward(np.ones((3, 2)), A_6, np.eye(2), np.zeros(2))[2]
    return {"A_6": A_6, "db_6": np.round(db, 8)}


# %% role="answer" question="block_backward" title="Back through a block"
def block_backward(dA, A, W, b):
    """The gradients with respect to A (N, D), W (D, D) and b (D,)."""
    # BEGIN SOLUTION
    T = np.tanh(A @ W + b)
    dZ = gamma_b * dA * (1 - T**2)
    return dA + dZ @ W.T, A.T @ dZ, dZ.sum(axis=0)
    # END SOLUTION


# %% role="public" question="block_backward" points=1 message="The example below the question: the gradient of b."
agree(block_backward(np.ones((3, 2)), A_6, np.eye(2), np.zeros(2))[2], db_6)

# %% role="hidden" question="block_backward"
def _block(rng):
    N, D = rng.integers(2, 7, size=2)
    return rng.normal(size=(N, D)), rng.normal(size=(N, D)), rng.normal(size=(D, D)), rng.normal(size=D)


@case(points=1, message="The gradient of W: each example adds its part.")
def weights(block_backward, rng, solution):
    for _ in range(3):
        args = _block(rng)
        close(block_backward(*args)[1], solution.block_backward(*args)[1])


@case(points=1, message="The gradient of A: both paths, the shortcut and the layer.")
def both_paths(block_backward, rng, solution):
    for _ in range(3):
        args = _block(rng)
        close(block_backward(*args)[0], solution.block_backward(*args)[0])


@case(points=1, message="The gradient of b, for other biases than 0.")
def biases(block_backward, rng, solution):
    for _ in range(3):
        args = _block(rng)
        close(block_backward(*args)[2], solution.block_backward(*args)[2])


# %% role="mistake" question="block_backward" name="shortcut forgotten" points=3 hint="A reaches the output on two paths; dA itself comes back along the shortcut."
def block_backward(dA, A, W, b):
    dZ = gamma_b * dA * (1 - np.tanh(A @ W + b) ** 2)
    return dZ @ W.T, A.T @ dZ, dZ.sum(axis=0)

# %% role="mistake" question="block_backward" name="no gamma" points=0 hint="Along the layer's path gamma_b is a factor of every gradient."
def block_backward(dA, A, W, b):
    dZ = dA * (1 - np.tanh(A @ W + b) ** 2)
    return dA + dZ @ W.T, A.T @ dZ, dZ.sum(axis=0)

# %% role="mistake" question="block_backward" name="mean for the bias" points=2 hint="All rows use the same b, so their parts are added, not averaged."
def block_backward(dA, A, W, b):
    dZ = gamma_b * dA * (1 - np.tanh(A @ W + b) ** 2)
    return dA + dZ @ W.T, A.T @ dZ, dZ.mean(axis=0)

# %% role="mistake" question="block_backward" name="W not transposed" points=3 hint="On the way back a layer multiplies by W.T."
def block_backward(dA, A, W, b):
    dZ = gamma_b * dA * (1 - np.tanh(A @ W + b) ** 2)
    return dA + dZ @ W, A.T @ dZ, dZ.sum(axis=0)

# %% [markdown]
# ## 7 Train it (5 points)
#
# A network with one hidden layer gives the score $s = \tanh(X W + b)\, v$ of each example. The loss is
# $\frac1N \sum_n \log(1 + e^{-y_n s_n}) + \frac{\lambda}{2} \lVert W \rVert^2$ with $y_n$ = 1 or -1; the penalty is on $W$ alone. Here
# $\lambda$ = {{decay}}, and the learning rate is {{rate}}.
#
# Write `train(X, y, W, b, v, steps)`: gradient descent with all examples in each step. It returns `losses`, an array with the loss before
# each step, and the trained `W`, `b` and `v`; the arrays that it was given stay as they were.

# %% role="draw" question="train"
def draw(rng):
    return {"decay": int(rng.integers(10, 100)) / 1000, "rate": int(rng.integers(20, 80)) / 100}


def example(rng, solution):
    X_7 = np.round(rng.normal(size=(4, 2)), 1)
    W_7 = np.array([[1.0, -0.5], [0.5, 1.0]])
    losses = solution.train(X_7, np.array([1, -1, 1, -1]), W_7, np.zeros(2), np.ones(2), 1)[0]
    return {"X_7": X_7, "W_7": W_7, "first_loss": round(float(losses[0]), 8)}


# %% role="answer" question="train" title="Train it"
def train(X, y, W, b, v, steps):
    """Losses (steps,), and W (D, H), b (H,) and v (H,) after so many steps."""
    # BEGIN SOLUTION
    losses = []
    for _ in range(steps):
        H = np.tanh(X @ W + b)
        m = y * (H @ v)
        losses.append(np.mean(np.logaddexp(0, -m)) + decay / 2 * np.sum(W**2))
        ds = -y / (1 + np.exp(m)) / len(y)
        dZ = ds[:, None] * v * (1 - H**2)
        W, b, v = W - rate * (X.T @ dZ + decay * W), b - rate * dZ.sum(axis=0), v - rate * (H.T @ ds)
    return np.array(losses), W, b, v
    # END SOLUTION


# %% role="public" question="train" points=1 message="The example below the question: the loss before the first step."
agree(train(X_7, np.array([1, -1, 1, -1]), W_7, np.zeros(2), np.ones(2), 1)[0], [first_loss])

# %% role="hidden" question="train"
def _start(rng):
    N, D, H = rng.integers(4, 9), rng.integers(2, 4), rng.integers(3, 6)
    return rng.normal(size=(N, D)), rng.choice([-1, 1], size=N), rng.normal(size=(D, H)), rng.normal(size=H), rng.normal(size=H)


@case(points=2, message="One step: all three gradients, from the weights before the step.")
def one_step(train, rng, solution):
    for _ in range(2):
        start = _start(rng)
        close(train(*start, 1)[1:], solution.train(*start, 1)[1:])


@case(points=1, message="Forty steps: the losses.")
def losses(train, rng, solution):
    start = _start(rng)
    close(train(*start, 40)[0], solution.train(*start, 40)[0], tol=1e-6)


@case(points=1, message="Forty steps: the weights.")
def trained(train, rng, solution):
    start = _start(rng)
    close(train(*start, 40)[1:], solution.train(*start, 40)[1:], tol=1e-6)


# %% role="mistake" question="train" name="penalty not in the gradient" points=1 hint="The penalty is a part of the loss: its gradient, decay W, belongs to that of W."
def train(X, y, W, b, v, steps):
    losses = []
    for _ in range(steps):
        H = np.tanh(X @ W + b)
        m = y * (H @ v)
        losses.append(np.mean(np.logaddexp(0, -m)) + decay / 2 * np.sum(W**2))
        ds = -y / (1 + np.exp(m)) / len(y)
        dZ = ds[:, None] * v * (1 - H**2)
        W, b, v = W - rate * X.T @ dZ, b - rate * dZ.sum(axis=0), v - rate * (H.T @ ds)
    return np.array(losses), W, b, v

# %% role="mistake" question="train" name="new weights in old gradients" points=1 hint="All gradients are those at the weights before the step: v must not move before the others have been computed."
def train(X, y, W, b, v, steps):
    losses = []
    for _ in range(steps):
        H = np.tanh(X @ W + b)
        m = y * (H @ v)
        losses.append(np.mean(np.logaddexp(0, -m)) + decay / 2 * np.sum(W**2))
        ds = -y / (1 + np.exp(m)) / len(y)
        v = v - rate * (H.T @ ds)
        dZ = ds[:, None] * v * (1 - H**2)
        W, b = W - rate * (X.T @ dZ + decay * W), b - rate * dZ.sum(axis=0)
    return np.array(losses), W, b, v

# %% role="mistake" question="train" name="losses after the steps" points=3 hint="The losses are asked before each step; the first is that of the weights you got."
def train(X, y, W, b, v, steps):
    losses = []
    for _ in range(steps):
        H = np.tanh(X @ W + b)
        ds = -y / (1 + np.exp(y * (H @ v))) / len(y)
        dZ = ds[:, None] * v * (1 - H**2)
        W, b, v = W - rate * (X.T @ dZ + decay * W), b - rate * dZ.sum(axis=0), v - rate * (H.T @ ds)
        losses.append(np.mean(np.logaddexp(0, -y * (np.tanh(X @ W + b) @ v))) + decay / 2 * np.sum(W**2))
    return np.array(losses), W, b, v

# %% role="mistake" question="train" name="sum for the mean" points=0 hint="The loss is a mean over the examples: divide by N."
def train(X, y, W, b, v, steps):
    losses = []
    for _ in range(steps):
        H = np.tanh(X @ W + b)
        m = y * (H @ v)
        losses.append(np.sum(np.logaddexp(0, -m)) + decay / 2 * np.sum(W**2))
        ds = -y / (1 + np.exp(m))
        dZ = ds[:, None] * v * (1 - H**2)
        W, b, v = W - rate * (X.T @ dZ + decay * W), b - rate * dZ.sum(axis=0), v - rate * (H.T @ ds)
    return np.array(losses), W, b, v
