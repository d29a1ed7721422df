"""Training as one readable loop: batches, history, early stopping, checkpoints that survive a kill."""

import json
import math
import os
from pathlib import Path

import numpy as np
from tqdm.auto import tqdm

from dlnotes.autograd import no_grad
from dlnotes.optim import clip_grad_norm_


def fit(model, loss, optimizer, X, y, *, epochs, rng, batch_size=32, validation=None, metric=None,
        schedule=None, max_norm=None, patience=None, checkpoint=None, progress=True):  # fmt: skip
    """Train a model on examples.

    Parameters
    ----------
    model : dlnotes.nn.Module
    loss : callable
        ``loss(y_hat, y)`` gives a Tensor of one number, the mean over a batch.
    optimizer : dlnotes.optim.Optimizer
        With a ``step`` that needs no closure.
    X, y : arrays
        Examples and targets, in rows.
    epochs : int
        How often every example is seen, counted from the start of the run that a checkpoint continues.
    rng : np.random.Generator
        Shuffles the examples in each epoch.
    batch_size : int or None
        The last batch of an epoch may be smaller. None takes all rows at once, in their order.
    validation : (X, y), optional
        Evaluated after each epoch, in the mode of evaluation.
    metric : callable, optional
        ``metric(y_hat, y)`` of two arrays gives a number, for the validation: see `accuracy`.
    schedule : callable, optional
        The learning rate of batch t = 0, 1, ... of the whole run, see `dlnotes.schedules`.
    max_norm : float, optional
        The gradients' norm is clipped to it.
    patience : int, optional
        Stop after so many epochs without a lower val_loss (loss, without validation), and take the weights of
        the best epoch.
    checkpoint : path, optional
        Written after each epoch. If it exists, the run goes on from there to the same numbers, bit by bit, as
        without a break: give it the same model, optimizer and arguments.
    progress : bool
        Show a bar.

    Returns
    -------
    dict of str to list
        For each epoch "loss" (the mean over its batches, while the weights change), "lr", and with validation
        "val_loss" and "val_" with the metric's name.

    Notes
    -----
    The model is left in the mode of evaluation. Generators of the model (those of its Dropout layers) are
    part of a checkpoint. tests/test_training.py kills a run and compares.
    """
    history, best, generators = {"loss": [], "lr": []}, None, _generators(model, rng)
    if checkpoint is not None and Path(checkpoint).exists():
        history, best = load_checkpoint(checkpoint, model, optimizer, generators)
    with tqdm(total=epochs, initial=len(history["loss"]), desc="epochs", disable=not progress) as bar:
        while len(history["loss"]) < epochs and not _out_of_patience(history, patience):
            epoch = len(history["loss"])
            record = train_epoch(model, loss, optimizer, X, y, epoch, rng, batch_size, schedule, max_norm)
            if validation is not None:
                record.update(evaluate(model, loss, *validation, batch_size=batch_size, metric=metric))
            for name, value in record.items():
                history.setdefault(name, []).append(value)
            if patience is not None and _best_epoch(history) == epoch:
                best = model.state_dict()
            if checkpoint is not None:
                save_checkpoint(checkpoint, model, optimizer, generators, history, best)
            bar.update()
            bar.set_postfix({name: f"{value:.4g}" for name, value in record.items()})
    if best is not None:
        model.load_state_dict(best)
    model.eval()
    return history


def train_epoch(model, loss, optimizer, X, y, epoch, rng, batch_size=32, schedule=None, max_norm=None):
    """Make one step for each batch; return the mean loss of the examples and the last learning rate."""
    model.train()
    total, count = 0.0, math.ceil(len(X) / (batch_size or len(X)))
    for k, rows in enumerate(batches(len(X), batch_size, rng)):
        if schedule is not None:
            optimizer.lr = schedule(epoch * count + k)
        optimizer.zero_grad()
        batch_loss = loss(model(X[rows]), y[rows])
        batch_loss.backward()
        if max_norm is not None:
            clip_grad_norm_(optimizer.params, max_norm)
        optimizer.step()
        total += batch_loss.item() * len(X[rows])
    return {"loss": total / len(X), "lr": float(optimizer.lr)}


def batches(count, batch_size, rng=None):
    """Yield the rows of each batch: shuffled if there is an rng, all in one if batch_size is None."""
    if count == 0 or (batch_size is not None and batch_size < 1):
        raise ValueError(f"expected examples and batch_size >= 1; got {count} and {batch_size}")
    if batch_size is None:
        yield slice(None)
        return
    order = np.arange(count) if rng is None else rng.permutation(count)
    for start in range(0, count, batch_size):
        yield order[start : start + batch_size]


@no_grad()
def evaluate(model, loss, X, y, *, batch_size=None, metric=None):
    """Return {"val_loss": ...} and the metric, as means over the examples, in the mode of evaluation."""
    model.eval()
    total = {}
    for rows in batches(len(X), batch_size):
        y_hat = model(X[rows])
        values = {"val_loss": loss(y_hat, y[rows]).item()}
        if metric is not None:
            values[f"val_{metric.__name__}"] = float(metric(y_hat.data, y[rows]))
        for name, value in values.items():
            total[name] = total.get(name, 0.0) + value * len(X[rows]) / len(X)
    return total


def accuracy(scores, labels):
    """The share of examples whose largest score (N, C) is that of the label (N,)."""
    return float((scores.argmax(axis=1) == labels).mean())


# Early stopping -------------------------------------------------------------------------------------------


def _best_epoch(history):
    values = np.array(history.get("val_loss", history["loss"]))
    return int(np.argmin(np.where(np.isnan(values), math.inf, values)))


def _out_of_patience(history, patience):
    done = len(history["loss"])
    return patience is not None and done > 0 and done - 1 - _best_epoch(history) >= patience


# Checkpoints ----------------------------------------------------------------------------------------------


def _generators(model, rng):
    """All generators that a run draws from, each once."""
    found = [rng, *(module.rng for module in model.modules() if hasattr(module, "rng"))]
    return list({id(generator): generator for generator in found}.values())


def save_checkpoint(path, model, optimizer, generators, history, best=None):
    """Write all that a run needs to go on. A kill at any moment leaves the old file or the new one.

    The new file is complete on the disk, under another name, before it takes the place of the old one, which
    is one step of the file system.
    """
    arrays = {f"model/{name}": x for name, x in model.state_dict().items()}
    arrays.update({f"optimizer/{name}": x for name, x in optimizer.state_dict().items()})
    arrays.update({f"best/{name}": x for name, x in (best or {}).items()})
    states = [generator.bit_generator.state for generator in generators]
    run = {"history": history, "generators": states}
    arrays["run"] = np.array(json.dumps(run, default=np.ndarray.tolist))
    part = Path(f"{path}.part")
    with open(part, "wb") as file:
        np.savez(file, **arrays)
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, path)


def load_checkpoint(path, model, optimizer, generators):
    """Put model, optimizer and generators where they were; return the history and the best state or None."""
    with np.load(path) as file:
        arrays = dict(file)
    run = json.loads(str(arrays.pop("run")))
    if len(run["generators"]) != len(generators):
        raise ValueError(f"expected {len(generators)} generators in {path}; got {len(run['generators'])}")
    parts = {part: {} for part in ("model", "optimizer", "best")}
    for name, x in arrays.items():
        part, _, key = name.partition("/")
        parts[part][key] = x
    model.load_state_dict(parts["model"])
    optimizer.load_state_dict(parts["optimizer"])
    for generator, state in zip(generators, run["generators"]):
        generator.bit_generator.state = state
    return run["history"], parts["best"] or None
