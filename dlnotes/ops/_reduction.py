"""How per-example losses become one number; what ``reduction`` means is said in `dlnotes.ops.losses`."""

from dlnotes.ops._check import as_float


def reduce(losses, reduction):
    """Return the mean or the sum of the losses as a scalar of their dtype, or the losses themselves."""
    expect_reduction(reduction, losses.size)
    if reduction == "none":
        return losses
    return losses.mean() if reduction == "mean" else losses.sum()


def gradient_share(count, reduction):
    """Return the divisor of the gradient of the sum of ``count`` losses: count for the mean, else 1."""
    expect_reduction(reduction, count)
    return count if reduction == "mean" else 1


def expect_reduction(reduction, count):
    """Raise for an unknown reduction, and for the mean of no losses at all (where torch gives nan)."""
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f'expected reduction "mean", "sum" or "none"; got {reduction!r}')
    if reduction == "mean" and count == 0:
        raise ValueError('expected at least one loss for reduction "mean"; got an empty array')


def as_pair(y_hat, y):
    """Return prediction and target as float arrays of one shape and of y_hat's dtype."""
    y_hat, y = as_float(y_hat, "y_hat"), as_float(y, "y")
    if y.shape != y_hat.shape:
        raise ValueError(f"expected y {y_hat.shape}, the shape of y_hat; got {y.shape}")
    return y_hat, y.astype(y_hat.dtype, copy=False)


def expect_probabilities(p, name):
    """Raise unless every number lies in [0, 1]; logits given as probabilities are found here."""
    outside = ~((p >= 0) & (p <= 1))          # nan counts as outside
    if outside.any():
        raise ValueError(f"expected {name} to hold probabilities in [0, 1]; got {p[outside].flat[0]}")
