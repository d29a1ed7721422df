"""Figures that read in light and in dark: mid-tone ink on no ground, colours safe for the colour-blind."""

from contextlib import contextmanager

import matplotlib.pyplot as plt
import numpy as np
from matplotlib import cycler

INK = "#7a7a7a"                  # 4.3 to 1 on white and on #121212, the best that one grey can do on both
COLOURS = ("#039be5", "#e07616", "#206e54", "#c97ba7", "#ae12ff", "#7b6025")
DASHES = ("-", "--", "-.", (0, (1, 1.2)), (0, (6, 1.5, 1, 1.5, 1, 1.5)), (0, (8, 2)))


@contextmanager
def style():
    """The book's look for all that is drawn inside; nothing stays set afterwards.

    Lines differ by colour and by dashes, in the order of `COLOURS` and `DASHES`.

    Notes
    -----
    ``tests/test_plots.py`` holds that every colour has a contrast of 3 to 1 or more on white and on #121212,
    and that any two differ for every sort of colour vision.
    """
    look = {
        "figure.facecolor": "none", "axes.facecolor": "none", "legend.frameon": False,
        "figure.figsize": (5.0, 2.8), "figure.constrained_layout.use": True,
        "text.color": INK, "axes.labelcolor": INK, "axes.titlecolor": INK, "axes.edgecolor": INK,
        "xtick.color": INK, "ytick.color": INK, "grid.color": INK, "grid.alpha": 0.3, "axes.grid": True,
        "axes.spines.top": False, "axes.spines.right": False, "axes.axisbelow": True,
        "axes.prop_cycle": cycler(color=COLOURS) + cycler(linestyle=DASHES),
        "font.size": 10, "axes.titlesize": 10, "legend.fontsize": 9, "lines.linewidth": 1.8,
    }
    # Only these are put back: Jupyter turns "interactive" on while it draws its first figure.
    before = {name: plt.rcParams[name] for name in look}
    plt.rcParams.update(look)
    try:
        yield
    finally:
        plt.rcParams.update(before)


def values_and_slopes(x, curves):
    """Draw functions above and their slopes below, over one x axis.

    Parameters
    ----------
    x : array (K,)
    curves : dict
        name -> (value (K,), slope (K,))

    Returns
    -------
    array of two Axes
    """
    with style():
        fig, axes = plt.subplots(2, 1, sharex=True, figsize=(5.0, 4.6))
        for name, (value, slope) in curves.items():
            axes[0].plot(x, value, label=name)
            axes[1].plot(x, slope)
        axes[0].set_ylabel("value")
        axes[1].set(ylabel="slope", xlabel="x", xlim=(x[0], x[-1]))
        fig.legend(loc="outside upper center", ncols=min(len(curves), 3))
    return axes


def dots(groups, xlabel):
    """Draw one row a group: a dot for each run, a bar from the least to the greatest, and a mark at the mean.

    Parameters
    ----------
    groups : dict
        name -> the numbers of its runs
    xlabel : str

    Returns
    -------
    Axes
    """
    with style():
        _, ax = plt.subplots(figsize=(5.0, 0.6 + 0.38 * len(groups)))
        for row, runs in enumerate(groups.values()):
            colour = COLOURS[row % len(COLOURS)]
            ax.plot([np.min(runs), np.max(runs)], [row, row], color=colour, linestyle="-")
            ax.plot(runs, np.full(len(runs), row), "o", color=colour, markersize=4, alpha=0.6)
            ax.plot(np.mean(runs), row, "|", color=colour, markersize=16, markeredgewidth=3)
        ax.set_yticks(range(len(groups)), list(groups))
        ax.set(xlabel=xlabel, ylim=(len(groups) - 0.5, -0.5))
    return ax
