"""Recurrent layers over X (N, T, D), examples first: Elman network, GRU, LSTM; bidirectional and stacked.

A layer f returns all states Y (N, T, H) (the LSTM its last cell too) and, as the last value, a ``cache``:
what ``f_backward(upstream gradients, cache)`` needs. This is the exception to the rule that nothing is kept:
without the states and gates of all steps the backward pass would have to run the forward loop again. A cache
refers to the arrays that came in, so they must not change before the backward pass. Cells (one step, no
cache) recompute.

Truncated backpropagation through time. ``f_backward(..., truncate=k)`` cuts the sequence into blocks of k
steps, 0..k-1, k..2k-1, and so on (the last may be shorter). States pass from block to block, gradients do
not: no gradient flows from the first step of a block to the state before it. So step t receives the gradient
of the steps from t to the end of its own block, between 1 and k of them. This is what most code does by
detaching the state after each k steps; in Williams and Peng's notation it is BPTT(h; h') with h = h' = k, not
the variant in which each step looks back k steps. The first block still passes its gradient to h0 (and c0),
as they are inputs.

Source: Williams and Peng, "An efficient gradient-based algorithm for on-line training of recurrent network
trajectories", Neural Computation 2, 1990.
"""
import numpy as np

from dlnotes.ops.gru import gru, gru_backward, gru_cell, gru_cell_backward
from dlnotes.ops.lstm import lstm, lstm_backward, lstm_cell, lstm_cell_backward
from dlnotes.ops.rnn import rnn, rnn_backward, rnn_cell, rnn_cell_backward

__all__ = ["bidirectional", "bidirectional_backward", "gru", "gru_backward", "gru_cell", "gru_cell_backward",
           "lstm", "lstm_backward", "lstm_cell", "lstm_cell_backward", "rnn", "rnn_backward", "rnn_cell",
           "rnn_cell_backward", "stacked", "stacked_backward"]


def bidirectional(layer, X, ahead, behind, **options):
    """Run a layer over X and, with weights of its own, over X reversed in time.

    Parameters
    ----------
    layer : callable
        `rnn`, `gru` or `lstm`.
    X : array (N, T, D)
    ahead, behind : tuple
        The layer's inputs after X (states and weights) for either direction.
    **options
        Passed on, e.g. ``reset_after``.

    Returns
    -------
    Y : array (N, T, 2 H)
        Step t has the state ahead (it has seen 0..t) and the state behind (it has seen t..T-1) side by side.
    c : array (N, 2 H)
        LSTM only: the last cells, likewise.
    cache : tuple

    Source
    ------
    Schuster and Paliwal, "Bidirectional recurrent neural networks", IEEE Trans. Signal Processing 45, 1997.
    """
    Y, *cell, cache = layer(X, *ahead, **options)
    Y_behind, *cell_behind, cache_behind = layer(X[:, ::-1], *behind, **options)
    both = zip([Y, *cell], [Y_behind[:, ::-1], *cell_behind])
    return *(np.concatenate(pair, axis=-1) for pair in both), (cache, cache_behind)


def bidirectional_backward(layer_backward, dY, *dc_and_cache, **options):
    """Gradients of `bidirectional`.

    Parameters
    ----------
    layer_backward : callable
        `rnn_backward`, `gru_backward` or `lstm_backward`.
    dY, [dc,] cache
        The upstream gradients in the order of the results, then the cache.
    **options
        ``truncate``: each direction in blocks of its own, counted from where it starts.

    Returns
    -------
    dX : array (N, T, D)
    d_ahead, d_behind : tuple
        Gradients of the inputs after X, for either direction.
    """
    *dc, (cache, cache_behind) = dc_and_cache
    (dY, dY_behind), *dc = ([d[..., :d.shape[-1] // 2], d[..., d.shape[-1] // 2:]] for d in [dY, *dc])
    dX, *d_ahead = layer_backward(dY, *(d[0] for d in dc), cache, **options)
    dX_behind, *d_behind = layer_backward(dY_behind[:, ::-1], *(d[1] for d in dc), cache_behind, **options)
    return dX + dX_behind[:, ::-1], tuple(d_ahead), tuple(d_behind)


def stacked(layer, X, inputs, **options):
    """Run one layer on the states of another.

    Parameters
    ----------
    layer : callable
        `rnn`, `gru`, `lstm`, or ``functools.partial(bidirectional, lstm)``.
    X : array (N, T, D)
    inputs : sequence of tuple
        For each level, from the bottom, the layer's inputs after X.

    Returns
    -------
    outputs : list of tuple
        What the layer gives at each level without its cache; ``outputs[-1][0]`` are the states of the top.
    caches : list
    """
    outputs, caches = [], []
    for level in inputs:
        *output, cache = layer(X, *level, **options)
        outputs.append(tuple(output))
        caches.append(cache)
        X = output[0]
    return outputs, caches


def stacked_backward(layer_backward, upstreams, caches, **options):
    """Gradients of `stacked`.

    Parameters
    ----------
    layer_backward : callable
        ``functools.partial(bidirectional_backward, lstm_backward)`` for the last example.
    upstreams : list of tuple
        The gradient of each output at each level, in the form of ``outputs``; zeros where the loss uses none.
    caches : list

    Returns
    -------
    dX : array (N, T, D)
    gradients : list of tuple
        For each level, the gradients of its inputs.
    """
    gradients, from_above = [], 0
    for (dY, *dc), cache in zip(reversed(upstreams), reversed(caches)):
        from_above, *level = layer_backward(dY + from_above, *dc, cache, **options)
        gradients.insert(0, tuple(level))
    return from_above, gradients
