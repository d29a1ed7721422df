"""The learning rate of a network that is really trained: range test, schedules, noise of small batches."""

import math

import numpy as np
import traitlets
from matplotlib.figure import Figure

from dlnotes import initializers, optim, schedules, toys
from dlnotes.ops import activations
from dlnotes.ops.binary_losses import binary_cross_entropy_with_logits as logistic
from dlnotes.ops.binary_losses import binary_cross_entropy_with_logits_backward as logistic_backward
from dlnotes.ops.linear import linear, linear_backward
from dlnotes.plots import COLOURS, INK, style
from dlnotes.widgets.base import Number, Widget
from dlnotes.widgets.num import Stream

SIZES, N = [2, 10, 10, 1], 300
NOISE = {"moons": 0.15, "circle": 0.1, "xor": 0.1, "gauss": 0.3, "spiral": 0.3}
SCHEDULES = ["constant", "step", "exponential", "linear", "cosine", "one_cycle", "warm_restarts"]
OPTIMIZERS = {"sgd": (optim.SGD, {}), "momentum": (optim.SGD, {"momentum": 0.9}), "adam": (optim.Adam, {})}
RANGE = {"lr_min": 1e-4, "lr_max": 1e2, "steps": 240}      # 40 steps a decade
POINTS, BLOWN, KEPT, WIDE = 60, 20, 0.9, 20


def rate_of(schedule, lr, steps, warmup):
    """The rate of step t as a function; `lr` is the highest rate, `steps` the length of the run.

    Before every schedule but one_cycle, which warms up by itself, the rate grows in `warmup` steps from lr / 100.
    """
    wait = 0 if schedule == "one_cycle" else min(warmup, steps - 1)
    rest = steps - wait
    own = {"constant": {}, "step": {"step_size": math.ceil(rest / 3)}, "exponential": {"gamma": 0.01 ** (1 / rest)},
           "linear": {"steps": rest}, "cosine": {"steps": rest}, "one_cycle": {"steps": max(steps, 2)},
           "warm_restarts": {"steps": math.ceil(rest / 4)}}[schedule]
    f = {"constant": lambda t, lr: lr, "linear": schedules.polynomial}.get(schedule) or getattr(schedules, schedule)
    if wait:
        return lambda t: schedules.warmup_then(t, f, warmup_steps=wait, start_factor=0.01, lr=lr, **own)
    return lambda t: f(t, lr=lr, **own)


class Training:
    """The network, its data and its optimizer; `step` makes one step of gradient descent on the next batch.

    A 2-10-10-1 network of scores with the logistic loss, on 150 points of a toy data set; 150 others test it. Data, weights
    and the order of the examples are those of the browser.
    """

    def __init__(self, data, activation, optimizer, batch, seed):
        stream = Stream(seed)
        points = toys.split(*getattr(toys, data)(N, stream, NOISE[data]), 0.5, stream)
        self.X, self.y, self.X_test, self.y_test = (p if p.ndim == 2 else p[:, None].astype(float) for p in points)
        self.f, self.df = getattr(activations, activation), getattr(activations, f"{activation}_backward")
        self.params = []
        for shape in zip(SIZES[:-1], SIZES[1:]):
            W = initializers.he_normal(shape, nonlinearity=activation, rng=stream)
            self.params += [W, np.zeros(shape[1])]
        method, options = OPTIMIZERS[optimizer]
        self.optimizer, self.batch = method(self.params, lr=1.0, **options), batch
        self.stream, self.epoch, self.place = Stream(seed), 0, 0

    def scores(self, X):
        """What each layer is given, and the scores (N, 1)."""
        W1, b1, W2, b2, W3, b3 = self.params
        Z1 = linear(X, W1, b1)
        Z2 = linear(self.f(Z1), W2, b2)
        return Z1, Z2, linear(self.f(Z2), W3, b3)

    def gradients(self, X, y):
        """The loss of a batch and its gradients, in the order of the parameters."""
        W1, b1, W2, b2, W3, b3 = self.params
        Z1, Z2, scores = self.scores(X)
        dA2, dW3, db3 = linear_backward(logistic_backward(scores, y)[0], self.f(Z2), W3, b3)
        dA1, dW2, db2 = linear_backward(self.df(dA2, Z2), self.f(Z1), W2, b2)
        _, dW1, db1 = linear_backward(self.df(dA1, Z1), X, W1, b1)
        return logistic(scores, y), [dW1, db1, dW2, db2, dW3, db3]

    def step(self, lr):
        """One step at that rate; return the loss of its batch before the step."""
        if self.place == 0:
            self.stream.position = self.epoch * len(self.X)
            self.order = toys.permutation(len(self.X), self.stream)
        rows = self.order[self.place : self.place + self.batch]
        loss, gradients = self.gradients(self.X[rows], self.y[rows])
        self.optimizer.lr = lr
        self.optimizer.step(gradients)
        self.place += len(rows)
        if self.place >= len(self.X):
            self.epoch, self.place = self.epoch + 1, 0
        return loss

    def losses(self):
        """Mean loss on the training and on the test points."""
        return logistic(self.scores(self.X)[2], self.y), logistic(self.scores(self.X_test)[2], self.y_test)


def running_mean(values, beta=KEPT):
    r"""Mean of the numbers so far, with weights that fall by beta a step.

    .. math:: m_k = \sum_{i \le k} \beta^{k - i} x_i \Big/ \sum_{i \le k} \beta^{k - i}
    """
    total = weight = 0.0
    means = []
    for value in values:
        total, weight = beta * total + value, beta * weight + 1
        means.append(total / weight)
    return np.array(means)


@np.errstate(all="ignore")
def range_test(training):
    """Train while the rate grows by a constant factor a step, until the loss is lost or 20 times the first.

    Parameters
    ----------
    training : Training

    Returns
    -------
    dict
        lr, loss, mean (its running mean): arrays (K,); lowest, steepest, edge: steps at which the mean is least,
        falls most within a decade before that, and is last below twice its least value.

    Source
    ------
    L. N. Smith, "Cyclical Learning Rates for Training Neural Networks", WACV 2017, section 3.3.
    """
    lr, loss, mean = [], [], np.zeros(0)
    for k in range(RANGE["steps"]):
        lr.append(schedules.range_test(k, **RANGE))
        loss.append(training.step(lr[-1]))
        mean = running_mean(loss)
        if not mean[-1] <= BLOWN * loss[0]:
            break
    lowest = int(np.argmin(np.where(np.isnan(mean), np.inf, mean)))
    end = max(min(lowest, len(mean) - WIDE), WIDE)
    falls = mean[2 * WIDE : end + WIDE] - mean[: end - WIDE]
    steepest = WIDE + int(np.argmin(falls)) if falls.size else lowest
    late = np.flatnonzero(~(mean[lowest:] <= 2 * mean[lowest]))
    edge = lowest + (int(late[0]) - 1 if late.size else len(mean) - 1 - lowest)
    return {"lr": np.array(lr), "loss": np.array(loss), "mean": mean, "lowest": lowest, "steepest": steepest, "edge": edge}


@np.errstate(all="ignore")
def train(training, rate, steps):
    """A whole run.

    Returns
    -------
    dict
        rate, loss (K,): of each step, the loss before it; at (M,): the steps at which train, test (M,), the losses on all
        points, were measured. K is `steps`, or less if the loss is lost.
    """
    every, rates, loss = math.ceil(steps / POINTS), [], []
    at, full = [0], [training.losses()]
    while len(loss) < steps and np.isfinite(full[-1][0]):
        rates.append(rate(len(loss)))
        loss.append(training.step(rates[-1]))
        if len(loss) % every == 0 or len(loss) == steps:
            at.append(len(loss))
            full.append(training.losses())
    train_loss, test_loss = np.transpose(full)
    return {"rate": np.array(rates), "loss": np.array(loss), "at": np.array(at), "train": train_loss, "test": test_loss}


class LearningRate(Widget):
    """A network trained at a learning rate that the reader chooses, after a test of all rates.

    Parameters
    ----------
    data : {"moons", "circle", "xor", "gauss", "spiral"}
        The toy data set.
    activation : {"tanh", "relu"}
        Of both hidden layers.
    optimizer : {"sgd", "momentum", "adam"}
        Momentum is 0.9.
    schedule : str
        One of constant, step, exponential, linear, cosine, one_cycle, warm_restarts.
    lr : float
        The learning rate, for schedules the highest.
    warmup : int
        In how many steps the rate grows from lr / 100 to lr.
    batch : int
        Examples a step, of 150.
    steps : int
        Length of the run.
    seed : int
        Of data, weights and the order of the examples.
    step : int
        The step that is shown.
    speed : {1, 5, 20, 60, 200}
        Steps a second while playing.
    playing : bool
        Whether it plays when it comes into view; a reader who prefers reduced motion starts it himself.
    """

    view = "learning_rate"
    data = traitlets.Enum(list(NOISE), "moons").tag(sync=True)
    activation = traitlets.Enum(["tanh", "relu"], "tanh").tag(sync=True)
    optimizer = traitlets.Enum(list(OPTIMIZERS), "sgd").tag(sync=True)
    schedule = traitlets.Enum(SCHEDULES, "constant").tag(sync=True)
    lr = Number(0.3, min=1e-4, max=1e6).tag(sync=True)
    warmup = traitlets.Int(0, min=0, max=300).tag(sync=True)
    batch = traitlets.Int(15, min=1, max=150).tag(sync=True)
    steps = traitlets.Int(300, min=10, max=400).tag(sync=True)
    seed = traitlets.Int(0, min=0, max=2**31 - 1).tag(sync=True)
    step = traitlets.Int(0, min=0, max=400).tag(sync=True)
    speed = traitlets.Enum([1, 5, 20, 60, 200], 60).tag(sync=True)
    playing = traitlets.Bool(False).tag(sync=True)

    def training(self):
        """The network before its first step."""
        return Training(self.data, self.activation, self.optimizer, self.batch, self.seed)

    def results(self):
        """What `range_test` and `train` give for these settings."""
        rate = rate_of(self.schedule, self.lr, self.steps, self.warmup)
        return range_test(self.training()), train(self.training(), rate, self.steps)

    def still(self):
        test, run = self.results()
        with style():
            fig = Figure(figsize=(6.2, 4.8), layout="constrained")
            axes = fig.subplot_mosaic("aa;bc")
            self._draw_test(axes["a"], test)
            axes["b"].plot(run["rate"], color=COLOURS[0], linestyle="-")
            axes["b"].set(xlabel="step", ylabel="learning rate", xlim=(0, self.steps), ylim=(0, None))
            axes["c"].plot(run["loss"], color=COLOURS[1], linestyle="-", linewidth=0.7, alpha=0.5, label="batch")
            axes["c"].plot(run["at"], run["train"], color=COLOURS[0], linestyle="-", label="training points")
            axes["c"].plot(run["at"], run["test"], color=COLOURS[2], linestyle="--", label="test points")
            top = 2 * run["train"][0]
            axes["c"].set(xlabel="step", ylabel="loss", xlim=(0, self.steps), ylim=(0, top))
            axes["c"].legend()
        return fig

    def _draw_test(self, ax, test):
        """Loss against the rate that grows from step to step."""
        ax.plot(test["lr"], test["loss"], color=COLOURS[1], linestyle="-", linewidth=0.7, alpha=0.5, label="batch")
        ax.plot(test["lr"], test["mean"], color=COLOURS[0], linestyle="-", label="running mean")
        ax.axvline(self.lr, color=INK, linestyle="--", label=f"lr = {self.lr:g}")
        ax.set(xscale="log", xlabel="learning rate", ylabel="loss", xlim=(RANGE["lr_min"], RANGE["lr_max"]),
               ylim=(0, 2.5 * test["loss"][0]))
        ax.legend(loc="upper left")

    def describe(self):
        test, run = self.results()
        lr = test["lr"]
        return (f"Range test of a 2-10-10-1 network on {self.data} with batches of {self.batch}: the loss falls fastest near "
                f"lr {lr[test['steepest']]:.2g} and is lowest near {lr[test['lowest']]:.2g}. At lr {self.lr:g} "
                f"({self.schedule.replace('_', ' ')}) the training loss goes from {run['train'][0]:.3f} to "
                f"{run['train'][-1]:.3f} in {len(run['loss'])} steps.")
