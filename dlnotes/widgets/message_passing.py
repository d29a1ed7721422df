"""Message passing: features that mix over the edges of a graph, layer by layer, and a graph network that learns on it."""

import numpy as np
import traitlets
from matplotlib.figure import Figure
from traitlets import TraitError

from dlnotes.ops.graph import normalize_adjacency
from dlnotes.plots import COLOURS, INK, style
from dlnotes.widgets import gcn, graphs
from dlnotes.widgets.base import Number, Widget

MOST, MOST_EDGES = 40, 300
GRAPH = ("places", "edges", "labels", "truth")


class MessagePassing(Widget):
    """A graph whose nodes hear their neighbours: features mix, or a graph network of two layers learns.

    Parameters
    ----------
    preset : {"path", "ring", "star", "communities", "barbell", "karate"}
        The graph, unless the four lists below are given.
    places : list of float
        x, y of each node, from 0 to 1, y upwards; at most 40 nodes.
    edges : list of int
        The two ends of each edge, one pair after the other.
    labels : list of int
        For each node 0 (A), 1 (B) or -1: what the features "one" and "two" show, and what training is told.
    truth : list of int
        For each node its true side 0, 1, or -1 if there is none; only used to count what is right.
    mode : {"mix", "train"}
        mix: the features pass through up to 32 layers; train: a network of two layers learns the labels.
    features : {"one", "two", "random"}
        One channel (where A is), two (A and B), or three random ones.
    normalization : {"none", "row", "symmetric"}
        The sum of what a node hears, its mean, or Kipf and Welling's symmetric form.
    self_loops : bool
        Whether each node hears itself.
    node : int
        The picked node, whose sum is written out.
    hidden : int
        Units of the hidden layer.
    lr : float
        Learning rate of Adam.
    seed : int
        Seed of the first weights and of the random features.
    step : int
        The layer that is shown, up to 32; in training the step.
    steps : int
        How many steps of training there are.
    speed : {1, 5, 20, 60, 200}
        Layers or steps a second while playing.
    playing : bool
        Whether it plays when it comes into view; a reader who prefers reduced motion starts it himself.
    """

    view = "message_passing"
    preset = traitlets.Enum(graphs.PRESETS, "karate").tag(sync=True)
    places = traitlets.List(Number(min=0, max=1), maxlen=2 * MOST).tag(sync=True)
    edges = traitlets.List(traitlets.Int(min=0, max=MOST - 1), maxlen=2 * MOST_EDGES).tag(sync=True)
    labels = traitlets.List(traitlets.Int(min=-1, max=1), maxlen=MOST).tag(sync=True)
    truth = traitlets.List(traitlets.Int(min=-1, max=1), maxlen=MOST).tag(sync=True)
    mode = traitlets.Enum(["mix", "train"], "mix").tag(sync=True)
    features = traitlets.Enum(["one", "two", "random"], "two").tag(sync=True)
    normalization = traitlets.Enum(["none", "row", "symmetric"], "symmetric").tag(sync=True)
    self_loops = traitlets.Bool(True).tag(sync=True)
    node = traitlets.Int(0, min=0, max=MOST - 1).tag(sync=True)
    hidden = traitlets.Int(8, min=1, max=16).tag(sync=True)
    lr = Number(0.01, min=1e-3, max=1).tag(sync=True)
    seed = traitlets.Int(0, min=0, max=2**31 - 1).tag(sync=True)
    step = traitlets.Int(0, min=0, max=1000).tag(sync=True)
    steps = traitlets.Int(200, min=1, max=1000).tag(sync=True)
    speed = traitlets.Enum([1, 5, 20, 60, 200], 1).tag(sync=True)
    playing = traitlets.Bool(False).tag(sync=True)

    def __init__(self, preset="karate", **traits):
        super().__init__(preset=preset, **traits)
        self.graph()

    def graph(self):
        """Places, edges, labels and truth that are in force: the four lists, or those of the preset."""
        lists = [list(getattr(self, name)) for name in GRAPH]
        if not any(lists):
            return graphs.preset(self.preset)
        places, edges, labels, truth = lists
        N = len(places) // 2
        ends = np.reshape(edges[:len(edges) // 2 * 2], (-1, 2))
        if len(places) != 2 * N or len(labels) != N or len(truth) != N or N == 0:
            raise TraitError(f"expected two places, a label and a truth for each node; got {len(places)}, {len(labels)} and {len(truth)}")
        if len(edges) % 2 or np.any(ends >= N) or np.any(ends[:, 0] == ends[:, 1]):
            raise TraitError(f"expected pairs of two different nodes below {N} in edges; got {edges}")
        return places, edges, labels, truth

    def matrices(self):
        """A and the normalized A_hat, both (N, N)."""
        _, edges, labels, _ = self.graph()
        A = graphs.adjacency(edges, len(labels))
        return A, normalize_adjacency(A, self.self_loops, self.normalization)

    def mixed(self):
        """Features of all layers (33, N, C), what is left of their differences (33,), and their size (33,)."""
        A, A_hat = self.matrices()
        H = graphs.layers(A_hat, graphs.features(self.features, self.graph()[2], self.seed))
        limit = graphs.dominant(A, self.self_loops, self.normalization)
        with np.errstate(invalid="ignore"):
            sizes = np.sqrt(np.sum(H**2, axis=(1, 2)))
            return H, graphs.differences(H, *limit), sizes / sizes[0]

    def trained(self):
        """Scores (N, 2), the loss and its history at the step that is shown."""
        labels, (_, A_hat) = self.graph()[2], self.matrices()
        first = gcn.initial_weights(len(labels), self.hidden, self.seed)
        weights, losses = gcn.train(first, A_hat, labels, self.lr, min(self.step, self.steps))
        return gcn.forward(weights, A_hat)[1], gcn.gradient(weights, A_hat, labels)[0], losses

    def shares(self):
        """What the nodes show: features of the layer, or probabilities of A and B (N, C)."""
        if self.mode == "mix":
            return self.mixed()[0][min(self.step, graphs.DEPTH)]
        Z = self.trained()[0]
        return 1 / (1 + np.exp(Z[:, ::-1] - Z))

    def still(self):
        places, edges, labels, _ = self.graph()
        P, shares = np.reshape(places, (-1, 2)), self.shares()
        total = shares.sum(axis=1)
        alpha = 0.12 + 0.88 * np.sqrt(total / max(total.max(), 1e-300))
        with style():
            fig = Figure(figsize=(5.8, 3.8))
            ax = fig.subplots()
            for i, j in np.reshape(edges, (-1, 2)).astype(int):
                ax.plot(*P[[i, j]].T, color=INK, linestyle="-", linewidth=1, alpha=0.6, zorder=1)
            main = shares.argmax(axis=1)
            ax.scatter(*P.T, s=260, c=[COLOURS[k] for k in main], alpha=alpha, zorder=2, linewidths=0)
            rings = [COLOURS[y] if y >= 0 else INK for y in labels]
            ax.scatter(*P.T, s=260, facecolors="none", edgecolors=rings, zorder=3)
            for i, place in enumerate(P):
                ax.annotate(str(i), place, ha="center", va="center", fontsize=8, zorder=4)
            ax.set(xticks=[], yticks=[], xlim=(-0.03, 1.03), ylim=(-0.05, 1.05))
            ax.spines[:].set_visible(False)
        return fig

    def describe(self):
        _, edges, labels, truth = self.graph()
        what = f"A graph of {len(labels)} nodes and {len(edges) // 2} edges"
        if self.mode == "mix":
            k, (_, left, sizes) = min(self.step, graphs.DEPTH), self.mixed()
            if not sizes[k] > 0:
                return f"{what} after {k} layers of message passing: all features are 0."
            return (f"{what} after {k} layers of message passing: differences between the nodes make up {100 * left[k]:.2f} % "
                    f"of the features, whose size is {sizes[k]:.3g} times that of the start.")
        Z, loss, losses = self.trained()
        good, asked = gcn.right(Z, labels, truth)
        return (f"{what}; a graph network of two layers after {len(losses)} steps: loss {loss:.4f}, "
                f"{good} of {asked} nodes without a label right.")
