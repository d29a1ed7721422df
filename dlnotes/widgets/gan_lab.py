"""GAN lab: a generator and a discriminator play their game on points of the plane, half-step by half-step."""

import numpy as np
import traitlets
from matplotlib.figure import Figure
from traitlets import TraitError

from dlnotes.ops.activations import sigmoid
from dlnotes.plots import COLOURS, INK, style
from dlnotes.widgets import gan_game
from dlnotes.widgets.base import Number, Widget
from dlnotes.widgets.gan_game import Game, Settings

LAST = 10000             # iterations of a run
EDGE = 1.5               # the picture goes from -1.5 to 1.5
MOST = 400               # points that a reader can draw
FINDINGS = {
    "empty": "there are no points yet", "blown up": "the numbers have grown beyond all bounds", "start": "the game has hardly begun",
    "strong": "the discriminator tells nearly all points apart", "rotation": "the generated points go round and round",
    "collapse": "the generator has dropped modes", "gaps": "parts of the data are left out",
    "off": "many points lie where no data are", "good": "the generated points cover the data",
}


class GanLab(Widget):
    """Two networks in the browser: one makes points of the plane, the other judges them.

    Parameters
    ----------
    data : {"ring", "grid", "moons", "disc", "line", "spiral", "own"}
        512 points: 8 Gaussians on a ring, 9 on a grid, or a shape; own: the reader's drawing.
    own : list of float
        The drawing, x and y of each point in turn, from -1.5 to 1.5; at most 400 points.
    loss : {"non_saturating", "minimax", "least_squares", "wasserstein"}
        What the two networks make small; wasserstein clips the discriminator's weights to [-clip, clip].
    scheme : {"alternating", "simultaneous", "extragradient"}
        Who moves when: the generator after the discriminator, both from the same place, or both with the
        gradients of the place to which such a step would lead.
    optimizer : {"adam", "sgd"}
        The rule of both networks.
    lr_g, lr_d : float
        Learning rates of generator and discriminator.
    beta1 : float
        Adam's memory of gradients; its memory of squares is 0.999.
    d_steps : int
        Steps of the discriminator for each of the generator, in the alternating scheme.
    clip : float
        Bound of the discriminator's weights under the Wasserstein loss.
    g_units, d_units : int
        Units in each of the two hidden layers (tanh).
    latent : {1, 2}
        How many numbers the noise has; it is uniform on (-1, 1).
    batch : {16, 32, 64, 128}
        Real points, and generated ones, in a step.
    seed : int
        Seed of the points, the first weights and the batches.
    step : int
        The iteration that is shown.
    half : bool
        Whether the discriminator has already made its half of the next iteration.
    slow : bool
        Slow motion: the player stops after each half of an iteration.
    arrows, manifold : bool
        Whether the generator's gradients and the image of the noise are drawn.
    speed : {1, 5, 20, 60, 200}
        Iterations, or halves of them, a second while playing.
    playing : bool
        Whether it plays when it comes into view; a reader who prefers reduced motion starts it himself.
    """

    view = "gan_lab"
    data = traitlets.Enum([*gan_game.SHAPES, "own"], "ring").tag(sync=True)
    own = traitlets.List(traitlets.Float(min=-EDGE, max=EDGE), maxlen=2 * MOST).tag(sync=True)
    loss = traitlets.Enum(gan_game.LOSSES, "non_saturating").tag(sync=True)
    scheme = traitlets.Enum(gan_game.SCHEMES, "alternating").tag(sync=True)
    optimizer = traitlets.Enum(["adam", "sgd"], "adam").tag(sync=True)
    lr_g = Number(0.002, min=1e-5, max=0.5).tag(sync=True)
    lr_d = Number(0.002, min=1e-5, max=0.5).tag(sync=True)
    beta1 = Number(0.5, min=0, max=0.99).tag(sync=True)
    d_steps = traitlets.Int(1, min=1, max=5).tag(sync=True)
    clip = Number(0.5, min=0.01, max=2).tag(sync=True)
    g_units = traitlets.Int(32, min=2, max=64).tag(sync=True)
    d_units = traitlets.Int(32, min=2, max=64).tag(sync=True)
    latent = traitlets.Enum([1, 2], 2).tag(sync=True)
    batch = traitlets.Enum([16, 32, 64, 128], 64).tag(sync=True)
    seed = traitlets.Int(0, min=0, max=2**31 - 1).tag(sync=True)
    step = traitlets.Int(0, min=0, max=LAST).tag(sync=True)
    half = traitlets.Bool(False).tag(sync=True)
    slow = traitlets.Bool(False).tag(sync=True)
    arrows = traitlets.Bool(True).tag(sync=True)
    manifold = traitlets.Bool(True).tag(sync=True)
    speed = traitlets.Enum([1, 5, 20, 60, 200], 60).tag(sync=True)
    playing = traitlets.Bool(False).tag(sync=True)

    @traitlets.validate("own")
    def _pairs(self, proposal):
        own = proposal["value"]
        if len(own) % 2 or not np.all(np.isfinite(own)):
            raise TraitError(f"expected own as x, y, x, y, ...: an even count of finite numbers; got {len(own)} numbers")
        return own

    def settings(self):
        """The settings of the run, as `gan_game.Game` takes them."""
        return Settings(**{name: getattr(self, name) for name in Settings.__dataclass_fields__ if name != "own"}, own=tuple(self.own))

    def shown(self):
        """The game at the iteration that is shown, its evaluation (None without points), and what is found there."""
        game = Game(self.settings())
        if not len(game.X):
            return game, None, "empty"
        rows = gan_game.records(game, self.step)
        game.run(self.step, self.half)
        now = gan_game.evaluate(game)
        return game, now, gan_game.diagnose(game, now, rows)

    def still(self):
        game, _, _ = self.shown()
        u = np.linspace(-EDGE, EDGE, 61)
        plane = np.stack(np.meshgrid(u, u), axis=-1).reshape(-1, 2)
        real = real_looking(game, game.score(plane)).reshape(61, 61)
        Y = game.generate(game.z)
        with style():
            fig = Figure(figsize=(4.6, 4.6))
            ax = fig.subplots()
            ax.contourf(u, u, real, np.linspace(0, 1, 11), cmap="PuOr", alpha=0.5)
            ax.plot(*game.X.T, ".", color=COLOURS[0], markersize=4, label="real")
            ax.plot(*Y.T, "s", color=COLOURS[1], markersize=3, markeredgecolor=INK, markeredgewidth=0.3, label="generated")
            ax.set(xlim=(-EDGE, EDGE), ylim=(-EDGE, EDGE), xlabel="$x_1$", ylabel="$x_2$", aspect="equal")
            fig.legend(loc="outside upper center", ncols=2)
        return fig

    def describe(self):
        _, now, found = self.shown()
        what = f"A GAN ({self.loss.replace('_', '-')} loss, {self.scheme} updates) on {self.data} after {self.step} iterations: "
        if now is None:
            return what + FINDINGS[found] + "."
        n = gan_game.MODES.get(self.data)
        modes = f"{now['modes']} of {n} modes caught, " if n else ""
        return (f"{what}{FINDINGS[found]}. {modes}energy distance {now['energy']:.3f}, {now['recall']:.0%} of the real points covered, "
                f"discriminator right on {now['accuracy']:.0%}.")


def real_looking(game, s):
    """Scores as shares in [0, 1]: how real the discriminator takes a place to be; relative for Wasserstein."""
    loss = game.settings.loss
    if loss == "least_squares":
        return np.clip(s, 0, 1)
    if loss == "wasserstein":
        middle = s.mean()
        return 0.5 + 0.5 * (s - middle) / max(np.abs(s - middle).max(), 1e-12)
    return sigmoid(s)
