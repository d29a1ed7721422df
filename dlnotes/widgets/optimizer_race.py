"""OptimizerRace: seven optimizers start from one point of a surface."""

import math

import numpy as np
import traitlets
from matplotlib.figure import Figure
from traitlets import TraitError

from dlnotes.optim import SGD, Adagrad, Adam, AdamW, RMSprop
from dlnotes.plots import COLOURS, INK, style
from dlnotes.widgets.base import Number, Widget
from dlnotes.widgets.descent import draw_contours
from dlnotes.widgets.num import Stream
from dlnotes.widgets.surfaces import SURFACES, Place

# name -> (class, options); torch's defaults but for momentum 0.9 and the alpha of RMSProp's lecture
RACERS = {
    "gd": (SGD, {}), "momentum": (SGD, {"momentum": 0.9}),
    "nesterov": (SGD, {"momentum": 0.9, "nesterov": True}),
    "adagrad": (Adagrad, {}), "rmsprop": (RMSprop, {"alpha": 0.9}), "adam": (Adam, {}), "adamw": (AdamW, {})}
NAMES = {"gd": "gradient descent", "momentum": "momentum", "nesterov": "Nesterov", "adagrad": "AdaGrad",
         "rmsprop": "RMSProp", "adam": "Adam", "adamw": "AdamW"}
PLANES = [name for name, surface in SURFACES.items() if surface.dims == 2]
CURVATURE = 10.0                         # the largest, where the surface leaves it open
DIVERGED = 1e12                          # a greater loss ends a run
CODES = {"gd": "G", "momentum": "M", "nesterov": "N", "adagrad": "Ag", "rmsprop": "R", "adam": "A",
         "adamw": "W"}
LOOKS = {"gd": (4, "-"), "momentum": (0, "-"), "nesterov": (0, "--"), "adagrad": (2, "-."),
         "rmsprop": (1, ":"), "adam": (3, "-"), "adamw": (3, "--")}
_BASE = dict(surface="quadratic", condition=1000.0, angle=0.0, x=-1.6, y=0.9, steps=200, noise=0.0, seed=1)
PRESETS = {
    "aligned": {**_BASE, "lrs": [0.16, 0.32, 0.13, 1.3, 0.01, 0.32, 2.0]},
    "turned": {**_BASE, "angle": 45.0, "x": -1.7678, "y": -0.495,
               "lrs": [0.16, 0.32, 0.13, 1.3, 0.016, 1.3, 2.0]},
    "ravine": {**_BASE, "surface": "ravine", "condition": 100.0, "angle": 30.0, "x": -1.7856, "y": -0.1072,
               "steps": 100, "lrs": [0.16, 0.032, 0.1, 2.0, 0.04, 0.79, 0.79]},
    "saddle": {**_BASE, "surface": "saddle", "y": 0.001, "steps": 100, "lrs": [0.05] * 7},
    "noise": {**_BASE, "condition": 10.0, "noise": 2.0, "lrs": [0.16, 0.0063, 0.13, 1.3, 0.01, 0.32, 2.0]},
    "rosenbrock": {**_BASE, "surface": "rosenbrock", "x": -1.2, "y": 1.0, "steps": 300,
                   "lrs": [0.004, 0.0032, 0.0016, 1.6, 0.02, 1.0, 0.32]},
}
GRID = [float(f"{10 ** (k / 10):.1e}") for k in range(-40, 4)]    # the learning rates that `tune` tries


def run(place, name, lr, x, y, steps, pushes=None):
    """One optimizer from (x, y); `pushes` (steps, 2) is added to its gradients.

    Returns
    -------
    points (K, 2), loss (K,)
        Row k is what step k sees; K is steps + 1, or less if the loss passes `DIVERGED`.
    """
    kind, options = RACERS[name]
    p = np.array([x, y], float)
    optimizer = kind([p], lr=lr, **options)
    points, losses = [], []
    for k in range(steps + 1):
        value, gradient, _ = place.at(*p)
        points.append(p.copy())
        losses.append(value)
        if not value <= DIVERGED or k == steps:
            break
        optimizer.step([gradient if pushes is None else gradient + pushes[k]])
    return np.array(points), np.array(losses)


def noise_of(noise, seed, steps):
    """What is added to the gradients, the same for all optimizers: normal numbers (steps, 2), or None."""
    return noise * Stream(seed).normal((steps, 2)) if noise else None


def score(losses, steps):
    """The mean loss of the last tenth of the steps; infinite if the run did not get there."""
    if len(losses) <= steps:
        return math.inf
    return float(np.mean(losses[steps + 1 - max(1, steps // 10):]))


def tune(place, name, x, y, steps, pushes=None):
    """The learning rate of `GRID` with the least `score`, the smaller of two equal ones."""
    return min(GRID, key=lambda lr: score(run(place, name, lr, x, y, steps, pushes)[1], steps))


class OptimizerRace(Widget):
    """Gradient descent, momentum, Nesterov, AdaGrad, RMSProp, Adam and AdamW from one point, step by step.

    Parameters
    ----------
    preset : {"aligned", "turned", "ravine", "saddle", "noise", "rosenbrock"}
        A situation with a story; it gives the settings below that are not given themselves.
    surface : str
        One of `PLANES`.
    condition, angle : float
        Largest over smallest curvature (quadratic, ravine), and by how many degrees the surface is turned.
    x, y : float
        Where all start.
    lrs : list of seven floats
        The learning rates, in the order of `RACERS`.
    racing : list of str
        Which of `RACERS` are shown.
    selected : str
        Whose learning rate the slider moves.
    noise, seed : float, int
        Standard deviation of what is added to each number of the gradient, the same for all, and its seed.
    step, steps : int
        The step that is shown, and how many are computed.
    speed : {1, 5, 20, 60, 200}
        Steps a second while playing.
    playing : bool
        Whether it plays when it comes into view; a reader who prefers reduced motion starts it himself.
    """

    view = "optimizer_race"
    surface = traitlets.Enum(PLANES, "quadratic").tag(sync=True)
    condition = Number(1000.0, min=1, max=1000).tag(sync=True)
    angle = Number(0.0, min=-90, max=90).tag(sync=True)
    x = Number(-1.6, min=-4, max=4).tag(sync=True)
    y = Number(0.9, min=-4, max=4).tag(sync=True)
    lrs = traitlets.List(traitlets.Float(min=1e-4, max=10), minlen=7, maxlen=7).tag(sync=True)
    racing = traitlets.List(traitlets.Enum(list(RACERS)), list(RACERS)).tag(sync=True)
    selected = traitlets.Enum(list(RACERS), "adam").tag(sync=True)
    noise = Number(0.0, min=0, max=5).tag(sync=True)
    seed = traitlets.Int(1, min=0, max=2**31 - 1).tag(sync=True)
    step = traitlets.Int(40, min=0, max=500).tag(sync=True)
    steps = traitlets.Int(200, min=1, max=500).tag(sync=True)
    speed = traitlets.Enum([1, 5, 20, 60, 200], 20).tag(sync=True)
    playing = traitlets.Bool(False).tag(sync=True)

    def __init__(self, preset="aligned", **traits):
        if preset not in PRESETS:
            raise ValueError(f"expected preset one of {', '.join(PRESETS)}; got {preset!r}")
        super().__init__(**{**PRESETS[preset], **traits})

    @traitlets.validate("lrs")
    def _finite(self, proposal):
        if not np.isfinite(proposal["value"]).all():
            raise TraitError(f"expected a finite {proposal['trait'].name}; got {proposal['value']}")
        return proposal["value"]

    def place(self):
        return Place(self.surface, CURVATURE, self.condition, self.angle)

    def race(self):
        """{name: (points (K, 2), losses (K,))} of all that are shown."""
        place, pushes = self.place(), noise_of(self.noise, self.seed, self.steps)
        lrs = dict(zip(RACERS, self.lrs))
        return {name: run(place, name, lrs[name], self.x, self.y, self.steps, pushes)
                for name in RACERS if name in self.racing}

    def ranking(self):
        """(name, loss) at the step that is shown, the least loss first; infinite where a run diverged."""
        at = min(self.step, self.steps)
        losses = [(name, losses[at] if at < len(losses) and losses[at] <= DIVERGED else math.inf)
                  for name, (_, losses) in self.race().items()]
        return sorted(losses, key=lambda pair: pair[1])

    def still(self):
        with style():
            fig = Figure(figsize=(6.6, 3.4))
            above, curve = fig.subplots(1, 2)
            draw_contours(above, self.place())
            for name, (points, losses) in self.race().items():
                colour, dash = LOOKS[name]
                look = dict(color=COLOURS[colour], linestyle=dash)
                above.plot(*points[: self.step + 1].T, **look)
                curve.semilogy(np.maximum(losses, 1e-16), label=NAMES[name], **look)
            curve.axvline(min(self.step, self.steps), color=INK, linewidth=1, linestyle=":")
            curve.set(xlabel="step", ylabel="loss", xlim=(0, self.steps), ylim=(1e-16, None))
            if self.racing:
                fig.legend(loc="outside lower center", ncols=4)
        return fig

    def describe(self):
        order = [f"{NAMES[name]} {loss:.2g}" if loss < math.inf else f"{NAMES[name]} diverged"
                 for name, loss in self.ranking()]
        return (f"Seven optimizers on the surface {self.surface}, turned by {self.angle:g} degrees, after "
                f"{min(self.step, self.steps)} steps. Losses, the least first: "
                f"{', '.join(order) or 'none is shown'}.")
