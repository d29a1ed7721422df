r"""A graph network of two layers on the node numbers, X = I, and its training: the twin of ``js/gcn.core.mjs``.

.. math:: Z_1 = \hat A W_1 + b_1, \qquad Z_2 = \hat A\, \mathrm{relu}(Z_1)\, W_2 + b_2
"""

import numpy as np

from dlnotes.initializers import glorot_uniform
from dlnotes.ops.activations import relu, relu_backward
from dlnotes.ops.graph import graph_conv, graph_conv_backward
from dlnotes.ops.losses import softmax_cross_entropy, softmax_cross_entropy_backward
from dlnotes.optim import Adam
from dlnotes.widgets.num import Stream


def initial_weights(N, hidden, seed):
    """W1 (N, H), b1, W2 (H, 2), b2: Glorot's uniform weights, no biases."""
    stream = Stream(seed)
    return [glorot_uniform((N, hidden), rng=stream), np.zeros(hidden), glorot_uniform((hidden, 2), rng=stream), np.zeros(2)]


def forward(weights, A_hat):
    """Pre-activations Z1 (N, H) and scores Z2 (N, 2)."""
    W1, b1, W2, b2 = weights
    Z1 = graph_conv(A_hat, np.eye(len(A_hat)), W1, b1)
    return Z1, graph_conv(A_hat, relu(Z1), W2, b2)


def gradient(weights, A_hat, labels):
    """Mean cross-entropy of the labelled nodes, and its gradients; 0 without labels."""
    W1, b1, W2, b2 = weights
    known = np.flatnonzero(np.asarray(labels) >= 0)
    Z1, Z2 = forward(weights, A_hat)
    if not len(known):
        return 0.0, [np.zeros_like(w) for w in weights]
    y, dZ2 = np.asarray(labels)[known], np.zeros_like(Z2)
    dZ2[known] = softmax_cross_entropy_backward(Z2[known], y)
    _, dA1, dW2, db2 = graph_conv_backward(dZ2, A_hat, relu(Z1), W2, b2)
    _, _, dW1, db1 = graph_conv_backward(relu_backward(dA1, Z1), A_hat, np.eye(len(A_hat)), W1, b1)
    return float(softmax_cross_entropy(Z2[known], y)), [dW1, db1, dW2, db2]


def train(weights, A_hat, labels, lr, steps):
    """Adam; the weights after `steps` steps, and the loss (steps,) that each step saw."""
    weights, losses = [w.copy() for w in weights], np.zeros(steps)
    optimizer = Adam(weights, lr=lr)
    for k in range(steps):
        losses[k], grads = gradient(weights, A_hat, labels)
        optimizer.step(grads)
    return weights, losses


def right(Z2, labels, truth):
    """How many nodes without a label are on their true side, and how many of them there are."""
    asked = (np.asarray(labels) < 0) & (np.asarray(truth) >= 0)
    return int(np.sum((Z2[:, 1] > Z2[:, 0])[asked] == np.asarray(truth)[asked])), int(asked.sum())
