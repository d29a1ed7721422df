r"""The losses, each with its derivative beside it. Import them from here; they live in four files by subject.

===================  ========================================================================================
`regression_losses`  `mse`, `l1`, `huber`, `tukey_biweight`
`class_losses`       `softmax`, `log_softmax`, `cross_entropy`, `nll`, `softmax_cross_entropy`, `multi_margin`
`binary_losses`      `binary_cross_entropy`, `binary_cross_entropy_with_logits`, `hinge`, `focal`, `dice`
`gaussian_kl`        `kl_gaussian_diagonal`, `kl_standard_normal`
===================  ========================================================================================

What all of them share is said here once:

reduction : {"mean", "sum", "none"}
    What becomes of the losses: their mean (as torch averages: over every number for elementwise losses,
    over the examples where the loss of an example is one number), their sum, or nothing, then the losses
    are returned as they are. The mean of an empty batch is an error here; torch returns nan.
Gradients
    ``f_backward`` takes f's arguments and no upstream gradient, since the loss is the end of the chain.
    It returns the gradient of every float input in order, so ``dy_hat, dy = mse_backward(y_hat, y)``: a
    float target has a gradient too. Labels (class indices, {0, 1}, {-1, 1}) have none.
    ``reduction="none"`` gives the derivative of each loss with respect to its own example, which is the
    gradient of the sum: multiply by the upstream gradient of each loss to go on.
Types
    Inputs are float32 or float64 arrays and are never modified; results have the dtype of the first input.
Raises
    ValueError for inputs of other shapes or dtypes, for labels and probabilities outside their range.
Notes
    ``tests/test_losses.py`` compares values and gradients with torch, and with finite differences where
    torch has no such loss.
"""

from dlnotes.ops.binary_losses import (
    binary_cross_entropy,
    binary_cross_entropy_backward,
    binary_cross_entropy_with_logits,
    binary_cross_entropy_with_logits_backward,
    dice,
    dice_backward,
    focal,
    focal_backward,
    hinge,
    hinge_backward,
)
from dlnotes.ops.class_losses import (
    cross_entropy,
    cross_entropy_backward,
    log_softmax,
    log_softmax_backward,
    multi_margin,
    multi_margin_backward,
    nll,
    nll_backward,
    softmax,
    softmax_backward,
    softmax_cross_entropy,
    softmax_cross_entropy_backward,
)
from dlnotes.ops.gaussian_kl import (
    kl_gaussian_diagonal,
    kl_gaussian_diagonal_backward,
    kl_standard_normal,
    kl_standard_normal_backward,
)
from dlnotes.ops.regression_losses import (
    huber,
    huber_backward,
    l1,
    l1_backward,
    mse,
    mse_backward,
    tukey_biweight,
    tukey_biweight_backward,
)

__all__ = [
    "binary_cross_entropy", "binary_cross_entropy_backward",
    "binary_cross_entropy_with_logits", "binary_cross_entropy_with_logits_backward",
    "cross_entropy", "cross_entropy_backward",
    "dice", "dice_backward",
    "focal", "focal_backward",
    "hinge", "hinge_backward",
    "huber", "huber_backward",
    "kl_gaussian_diagonal", "kl_gaussian_diagonal_backward",
    "kl_standard_normal", "kl_standard_normal_backward",
    "l1", "l1_backward",
    "log_softmax", "log_softmax_backward",
    "mse", "mse_backward",
    "multi_margin", "multi_margin_backward",
    "nll", "nll_backward",
    "softmax", "softmax_backward",
    "softmax_cross_entropy", "softmax_cross_entropy_backward",
    "tukey_biweight", "tukey_biweight_backward",
]
