"""The losses as modules, for those who write them so; the functions are in `dlnotes.nn.functional`."""

from dlnotes.nn import functional as F
from dlnotes.nn.layers import Activation


class _Loss(Activation):
    def forward(self, y_hat, y):
        return type(self).f(y_hat, y, **self.chosen)

    def __init__(self, reduction="mean", **settings):
        super().__init__(reduction=reduction, **settings)


class MSELoss(_Loss):
    f = staticmethod(F.mse_loss)


class L1Loss(_Loss):
    f = staticmethod(F.l1_loss)


class HuberLoss(_Loss):
    f = staticmethod(F.huber_loss)

    def __init__(self, reduction="mean", delta=1.0):
        super().__init__(reduction, delta=delta)


class CrossEntropyLoss(_Loss):
    """Of scores (N, C) and labels (N,) or probabilities (N, C)."""

    f = staticmethod(F.cross_entropy)

    def __init__(self, *, reduction="mean", label_smoothing=0.0):
        super().__init__(reduction, label_smoothing=label_smoothing)


class NLLLoss(_Loss):
    f = staticmethod(F.nll_loss)


class BCELoss(_Loss):
    f = staticmethod(F.binary_cross_entropy)


class BCEWithLogitsLoss(_Loss):
    f = staticmethod(F.binary_cross_entropy_with_logits)
