"""Latent map: the plane from which a variational autoencoder paints digits, and where a drawn digit lies in it."""

import numpy as np
import traitlets
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse

from dlnotes.ops.gaussian_kl import kl_standard_normal
from dlnotes.ops.linear import linear
from dlnotes.plots import COLOURS, INK, style
from dlnotes.widgets.base import Number, Widget
from dlnotes.widgets.weights import pack, unpack

SIDE = 8                                  # pixels of a digit's side
SHOWN = 3.3                               # the picture goes from -3.3 to 3.3 in both directions
REACH, STEP, GRID = 4.0, 0.1, 81          # the grid of latent places on which p(x) is summed up
TILES = 11                                # decoded digits along each axis of the picture
STEPS = 40                                # steps of the way from A to B
NODES = 9                                 # of the quadrature along each axis
PAINTS = ("digits", "points", "posterior")


def bits_of(drawing):
    """The 64 pixels (0 or 1) of 16 hexadecimal digits, two a row, the left pixel first.

    Raises
    ------
    ValueError
        If they are not 16 hexadecimal digits.
    """
    if len(drawing) != 16 or not set(drawing) <= set("0123456789abcdef"):
        raise ValueError(f"expected drawing: 16 hexadecimal digits; got {drawing!r}")
    return np.unpackbits(np.frombuffer(bytes.fromhex(drawing), np.uint8)).astype(float)


def drawing_of(x):
    """The 16 hexadecimal digits of 64 pixels; a pixel is on from 0.5."""
    return np.packbits(np.reshape(x, SIDE * SIDE) >= 0.5).tobytes().hex()


def pack_model(encoder, decoder, X, labels):
    """All that the widget carries, as bytes: the weights, and digits to put on the pad.

    Parameters
    ----------
    encoder, decoder : list of array
        ``[W, b, W, b, ...]`` of tanh networks with a linear last layer, from 64 pixels to two means and two
        log-variances, and from 2 latent numbers to 64 logits; W (D, H).
    X : array (M, 64)
        Digits of pixels 0 and 1.
    labels : array (M,)
    """
    arrays = {f"{net}{i}": a for net, rows in (("e", encoder), ("d", decoder)) for i, a in enumerate(rows)}
    rows = np.packbits(np.asarray(X).reshape(-1, SIDE, SIDE) >= 0.5, axis=2)[..., 0]
    return pack({**arrays, "digits": rows, "labels": labels})


class Model:
    """What `pack_model` made, to compute with: the numbers that the browser computes with."""

    def __init__(self, data):
        arrays = unpack(data)
        self.encoder = [arrays[f"e{i}"] for i in range(sum(name[0] == "e" for name in arrays))]
        self.decoder = [arrays[f"d{i}"] for i in range(sum(name[0] == "d" and name[1:].isdigit() for name in arrays))]
        rows = np.rint(arrays["digits"]).astype(np.uint8)
        self.X = np.unpackbits(rows, axis=1).astype(float)                       # (M, 64)
        self.labels = np.rint(arrays["labels"]).astype(np.int64)
        z = np.linspace(-REACH, REACH, GRID)
        self.places = np.stack(np.meshgrid(z, z), axis=-1).reshape(-1, 2)        # z1 runs fastest
        self.logits = forward(self.decoder, self.places)

    def encode(self, X):
        """Means (N, 2) and log-variances (N, 2) of q(z | x)."""
        h = forward(self.encoder, np.atleast_2d(X))
        return h[:, :2], h[:, 2:]

    def decode(self, Z):
        """Probability of each pixel to be on, (N, 64)."""
        return 1 / (1 + np.exp(-forward(self.decoder, np.atleast_2d(Z))))

    def joint(self, x):
        """log p(x, z) at each place of the grid, (GRID * GRID,)."""
        prior = -0.5 * np.sum(self.places**2, axis=1) - np.log(2 * np.pi)
        return log_likelihood(self.logits, x) + prior

    def measure(self, x):
        """The terms of the ELBO of one digit x (64,), in nats.

        Returns
        -------
        dict
            mean (2,), log_var (2,) of q; reconstruction E_q[log p(x | z)] by Gauss-Hermite quadrature; kl;
            elbo, their difference; evidence log p(x), summed over the grid; gap = evidence - elbo, which is
            KL(q || p(z | x)).
        """
        (mean,), (log_var,) = self.encode(x)
        t, w = np.polynomial.hermite_e.hermegauss(NODES)
        eps = np.stack(np.meshgrid(t, t), axis=-1).reshape(-1, 2)
        share = np.outer(w, w).ravel() / (2 * np.pi)
        logits = forward(self.decoder, mean + np.exp(log_var / 2) * eps)
        reconstruction = share @ log_likelihood(logits, x)
        kl = kl_standard_normal(mean, log_var, reduction="none")
        joint = self.joint(x)
        evidence = joint.max() + np.log(np.sum(np.exp(joint - joint.max())) * STEP**2)
        elbo = reconstruction - kl
        return {"mean": mean, "log_var": log_var, "reconstruction": reconstruction, "kl": kl, "elbo": elbo,
                "evidence": evidence, "gap": evidence - elbo}


def forward(arrays, X):
    """A tanh network with a linear last layer; arrays are [W, b, W, b, ...]."""
    for W, b in zip(arrays[:-2:2], arrays[1:-2:2]):
        X = np.tanh(linear(X, W, b))
    return linear(X, *arrays[-2:])


def log_likelihood(logits, x):
    r"""log p(x | z) of pixels that are on with the probability s(l), for each row of logits l.

    .. math:: \sum_d x_d l_d - \log(1 + e^{l_d})
    """
    return logits @ x - np.logaddexp(0, logits).sum(axis=-1)


class LatentMap(Widget):
    """The latent plane of a variational autoencoder of 8 x 8 digits, and a pad to draw one.

    Parameters
    ----------
    weights : bytes
        What `pack_model` makes of a trained network and of digits to show.
    a1, a2 : float
        The point A, from which the way goes.
    b1, b2 : float
        The point B, where it ends.
    drawing : str
        The digit on the pad: 16 hexadecimal digits, two a row (see `drawing_of`).
    paint : {"digits", "points", "posterior"}
        What fills the plane: decoded digits, encoded digits of the test set, or the true posterior p(z | x) of the
        digit on the pad.
    step : int
        How far the painted digit has gone from A to B, of 40 steps.
    speed : {1, 5, 20, 60, 200}
        Steps a second while playing.
    playing : bool
        Whether it plays when it comes into view; a reader who prefers reduced motion starts it himself.
    """

    view = "latent_map"
    weights = traitlets.Bytes(b"").tag(sync=True)
    a1 = Number(-1.0, min=-SHOWN, max=SHOWN).tag(sync=True)
    a2 = Number(1.0, min=-SHOWN, max=SHOWN).tag(sync=True)
    b1 = Number(1.0, min=-SHOWN, max=SHOWN).tag(sync=True)
    b2 = Number(-1.0, min=-SHOWN, max=SHOWN).tag(sync=True)
    drawing = traitlets.Unicode("0" * 16).tag(sync=True)
    paint = traitlets.Enum(PAINTS, "digits").tag(sync=True)
    step = traitlets.Int(0, min=0, max=STEPS).tag(sync=True)
    speed = traitlets.Enum([1, 5, 20, 60, 200], 20).tag(sync=True)
    playing = traitlets.Bool(False).tag(sync=True)

    @traitlets.validate("drawing")
    def _hexadecimal(self, proposal):
        try:
            bits_of(proposal["value"])
        except ValueError as error:
            raise traitlets.TraitError(str(error)) from None
        return proposal["value"]

    def place(self):
        """The latent point (2,) whose digit is painted."""
        a, b = np.array([self.a1, self.a2]), np.array([self.b1, self.b2])
        return a + (b - a) * self.step / STEPS

    def still(self):
        with style():
            fig = Figure(figsize=(5.6, 3.4))
            plane, painted = fig.subplots(1, 2, width_ratios=(1.7, 1))
            if self.weights:
                self._paint(plane, painted)
            z = self.place()
            plane.plot([self.a1, self.b1], [self.a2, self.b2], "-", color=COLOURS[1])
            plane.plot(*z, "o", color=COLOURS[1])
            plane.set(xlabel="z1", ylabel="z2", xlim=(-SHOWN, SHOWN), ylim=(-SHOWN, SHOWN), aspect="equal")
            painted.set(title="the digit at the dot", xticks=[], yticks=[])
            plane.grid(False)
        return fig

    def _paint(self, plane, painted):
        model, x = Model(self.weights), bits_of(self.drawing)
        extent = [-SHOWN, SHOWN, -SHOWN, SHOWN]
        if self.paint == "digits":
            plane.imshow(mosaic(model), cmap="gray_r", extent=extent, vmin=0, vmax=1)
        elif self.paint == "posterior":
            joint = model.joint(x).reshape(GRID, GRID)
            plane.imshow(np.exp(joint - joint.max()), cmap="viridis", origin="lower", extent=[-REACH, REACH] * 2)
        else:
            for (z1, z2), label in zip(model.encode(model.X)[0], model.labels):
                plane.text(z1, z2, str(label), fontsize=6, color=COLOURS[label % len(COLOURS)], clip_on=True)
        mean, log_var = (v[0] for v in model.encode(x))
        for k in (1, 2) if x.any() else ():
            plane.add_patch(Ellipse(mean, *(2 * k * np.exp(log_var / 2)), fill=False, color=INK))
        painted.imshow(model.decode(self.place()).reshape(SIDE, SIDE), cmap="gray_r", vmin=0, vmax=1)

    def describe(self):
        z1, z2 = self.place()
        words = f"The latent plane of a variational autoencoder, and the digit that its decoder paints at ({z1:.2f}, {z2:.2f})"
        if not self.weights:
            return f"{words}; this widget was given no weights."
        x = bits_of(self.drawing)
        if not x.any():
            return f"{words}. The pad is empty."
        m = Model(self.weights).measure(x)
        sigma = np.exp(m["log_var"] / 2)
        return (f"{words}. The drawn digit's posterior has its mean at ({m['mean'][0]:.2f}, {m['mean'][1]:.2f}) and standard "
                f"deviations {sigma[0]:.2f} and {sigma[1]:.2f}; reconstruction {m['reconstruction']:.2f}, KL {m['kl']:.2f}, "
                f"ELBO {m['elbo']:.2f}, log evidence {m['evidence']:.2f} nats.")


def mosaic(model):
    """11 x 11 decoded digits, 0.6 apart, as one picture (110, 110), z2 upwards; not-a-number in the gaps between them."""
    z = np.linspace(-3, 3, TILES)
    Z = np.stack(np.meshgrid(z, z[::-1]), axis=-1).reshape(-1, 2)
    tiles = np.pad(model.decode(Z).reshape(-1, SIDE, SIDE), ((0, 0), (1, 1), (1, 1)), constant_values=np.nan)
    return tiles.reshape(TILES, TILES, SIDE + 2, SIDE + 2).transpose(0, 2, 1, 3).reshape(TILES * (SIDE + 2), -1)
