"""Kill and revive: one ReLU unit of a tiny network, trained by gradient descent."""

import numpy as np
import traitlets

from dlnotes.widgets.base import Widget

PRESETS = {
    "large_step": dict(layer=1, unit=0, lr=1.0, bias=0.0, alpha=0.0, seed=1),
    "fixed_inputs": dict(layer=1, unit=0, lr=0.05, bias=-6.0, alpha=0.0, seed=1),
    "revived": dict(layer=2, unit=0, lr=0.1, bias=-1.0, alpha=0.0, seed=1),
    "leaky": dict(layer=1, unit=0, lr=0.05, bias=-6.0, alpha=0.1, seed=1),
}


class KillAndRevive(Widget):
    """One unit of a 1-3-2-1 network: is it alive, dead, or revived?

    Parameters
    ----------
    preset : {"large_step", "fixed_inputs", "revived", "leaky", ""}
        Sets the traits below to a situation that surely shows its case; an argument given beside it wins.
    layer : {1, 2}
        The layer of the unit that is watched: the inputs of layer 1 never change, those of layer 2 do.
    unit : int
        Its number in the layer, from 0.
    lr : float
        Learning rate.
    bias : float
        Bias of the watched unit before the first step; all others start at 0.
    alpha : float
        Slope of the activation left of 0; 0 is ReLU.
    seed : int
        Seed of the first weights.
    step : int
        The step of training that is shown.
    steps : int
        How many steps are computed.
    speed : float
        Steps a second while playing.
    playing : bool
        Whether it plays when it comes into view; a reader who prefers reduced motion starts it himself.
    """

    view = "kill_and_revive"
    preset = traitlets.Enum([*PRESETS, ""], "large_step").tag(sync=True)
    layer = traitlets.Enum([1, 2], 1).tag(sync=True)
    unit = traitlets.Int(0, min=0, max=2).tag(sync=True)
    lr = traitlets.Float(0.1, min=1e-3, max=10).tag(sync=True)
    bias = traitlets.Float(0.0, min=-8, max=8).tag(sync=True)
    alpha = traitlets.Float(0.0, min=0, max=0.5).tag(sync=True)
    seed = traitlets.Int(1, min=0, max=2**31 - 1).tag(sync=True)
    step = traitlets.Int(0, min=0).tag(sync=True)
    steps = traitlets.Int(400, min=1, max=2000).tag(sync=True)
    speed = traitlets.Float(20.0, min=1, max=200).tag(sync=True)
    playing = traitlets.Bool(False).tag(sync=True)

    def __init__(self, preset="large_step", **traits):
        super().__init__(preset=preset, **{**PRESETS.get(preset, {}), **traits})
