import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from dlnotes.ops import losses
from ops_helpers import assert_close, compare, compare_numeric, defaults, normals, rejects

few = settings(max_examples=10, deadline=None)
seeds = st.integers(0, 2**32 - 1)
shapes = st.lists(st.integers(0, 4), max_size=3).map(tuple)
leading_axes = st.lists(st.integers(0, 4), max_size=2).map(tuple)
EACH_REDUCTION = pytest.mark.parametrize("reduction", ["mean", "sum", "none"])


def pair(name):
    return getattr(losses, name), getattr(losses, name + "_backward")


def compare_loss(name, torch_f, arrays, reduction, example_ndim=0, **kw):
    """`compare` for every reduction: torch_f takes the tensors and the reduction.

    For "none" the upstream gradient of each loss multiplies the gradients of its own example, which have
    example_ndim axes more than the losses. The mean of no losses has to raise, where torch gives nan.
    """
    f, backward = pair(name)
    empty = 0 in arrays[0].shape[:arrays[0].ndim - example_ndim]
    if reduction == "mean" and empty:
        rejects(f, *arrays, reduction=reduction, **options(kw))
        rejects(backward, *arrays, reduction=reduction, **options(kw))
    elif reduction == "none":
        def chained(dloss, *inputs, **kw):
            gradients = backward(*inputs, **kw)
            gradients = gradients if isinstance(gradients, tuple) else (gradients,)
            return tuple(dloss[(...,) + (None,) * example_ndim] * g for g in gradients)
        compare(f, chained, lambda *t: torch_f(*t, "none"), arrays, reduction="none", **kw)
    else:
        compare(f, backward, lambda *t: torch_f(*t, reduction), arrays,
                scalar=True, reduction=reduction, **kw)


def options(kw):
    return {key: value for key, value in kw.items() if key not in ("tol", "tol32", "float32", "seed")}


def reduced(x, reduction):
    return {"mean": torch.mean, "sum": torch.sum, "none": lambda x: x}[reduction](x)


def labels(seed, C, leading):
    return np.random.default_rng(seed).integers(0, C, leading)


def probabilities(seed, shape):
    return np.random.default_rng(seed).uniform(0.05, 0.95, shape)


def torch_tukey(r, c):
    return torch.where(r.abs() <= c, c**2 / 6 * (1 - (1 - (r / c) ** 2) ** 3), c**2 / 6)


# --- losses of a residual ------------------------------------------------------------------------------

REGRESSION = {
    "mse": ({}, lambda p, t, r: F.mse_loss(p, t, reduction=r)),
    "l1": ({}, lambda p, t, r: F.l1_loss(p, t, reduction=r)),
    "huber": ({"delta": 0.7}, lambda p, t, r: F.huber_loss(p, t, delta=0.7, reduction=r)),
    "tukey_biweight": ({"c": 1.3}, lambda p, t, r: reduced(torch_tukey(p - t, 1.3), r)),
}
ALL_REGRESSION = pytest.mark.parametrize("name", REGRESSION)


@ALL_REGRESSION
@EACH_REDUCTION
@few
@given(shapes, seeds)
def test_regression_losses_equal_torch(name, reduction, shape, seed):
    kw, torch_f = REGRESSION[name]
    compare_loss(name, torch_f, normals(seed, shape, shape), reduction, **kw)


@ALL_REGRESSION
def test_regression_losses_at_extremes_and_at_kinks_equal_torch(name):
    """Residuals of 0, at +-delta and +-c exactly, tiny and huge."""
    kw, torch_f = REGRESSION[name]
    edge = kw.get("delta", kw.get("c", 1.0))
    r = np.array([0.0, -0.0, edge, -edge, 1e-310, -1e-310, 1e-160, 1e4, -1e4])
    for target in (np.zeros_like(r), np.array([0.0]).repeat(len(r))):
        compare_loss(name, torch_f, [r, target], "none", float32=False, **kw)


@ALL_REGRESSION
def test_prediction_used_as_its_own_target(name):
    """l(2x, x): both gradients of the same array count, 2 dy_hat + dy."""
    kw, torch_f = REGRESSION[name]
    f, backward = pair(name)

    def own_backward(x):
        dy_hat, dy = backward(2 * x, x, **kw)
        return 2 * dy_hat + dy

    compare(lambda x: f(2 * x, x, **kw), own_backward, lambda x: torch_f(2 * x, x, "mean"),
            normals(0, (4, 3)), scalar=True)


def test_tukey_derivative_equals_differences_and_default_c():
    """Residuals on both sides of c = 4.685; at c the slope is 0 from both sides."""
    y_hat = np.linspace(-7, 7, 29)
    compare_numeric(*pair("tukey_biweight"), [y_hat, np.zeros(29)], scalar=True)
    beyond = losses.tukey_biweight(np.array([4.685, 10.0, 1e4]), np.zeros(3), reduction="none")
    np.testing.assert_allclose(beyond, 4.685**2 / 6)
    near_c = 4.685 + np.array([-1e-6, 0, 1e-6])
    slopes, _ = losses.tukey_biweight_backward(near_c, np.zeros(3), reduction="none")
    np.testing.assert_allclose(slopes, 0, atol=1e-10)


def test_tukey_of_small_residuals_is_half_their_square():
    r = np.array([1e-3, 1e-6, 1e-9])
    loss = losses.tukey_biweight(r, np.zeros(3), reduction="none")
    np.testing.assert_allclose(loss, r**2 / 2, rtol=1e-6)      # 1 - (1 - u)^3 has lost every digit at 1e-9


def test_huber_is_no_norm_and_tukey_is_bounded():
    one, two = (losses.huber(np.array([x]), np.zeros(1)) for x in (0.5, 1.0))
    assert (one, two) == (0.125, 0.5)
    ten, twenty = (losses.tukey_biweight(np.array([x]), np.zeros(1)) for x in (10.0, 20.0))
    assert ten == twenty


# --- softmax and the losses of a class -----------------------------------------------------------------


@few
@given(leading_axes, st.integers(1, 4), st.sampled_from(["softmax", "log_softmax"]), st.booleans(), seeds)
def test_softmax_equals_torch(leading, C, name, other_axis, seed):
    shape = (C, *leading) if other_axis else (*leading, C)
    axis = 0 if other_axis else -1
    if shape[-1] == 0:
        return rejects(getattr(losses, name), np.ones(shape), axis=axis)
    compare(*pair(name), lambda Z: getattr(F, name)(Z, dim=axis), normals(seed, shape, scale=3), axis=axis)


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_softmax_at_extremes_equals_torch(name):
    Z = np.array([[1e4, -1e4, 0.0], [1e4, 1e4, 1e4], [-1e4, -1e4, -1e4 + 1], [1e-310, 0.0, -1e-310]])
    compare(*pair(name), lambda Z: getattr(F, name)(Z, dim=-1), [Z])


def torch_cross_entropy(Z, y, r, **kw):
    """torch has the classes at axis 1; any leading axes become one here and are restored for "none"."""
    y_rows = y.reshape(-1, Z.shape[-1]) if torch.is_floating_point(y) else y.reshape(-1)
    loss = F.cross_entropy(Z.reshape(-1, Z.shape[-1]), y_rows, reduction=r, **kw)
    return loss.reshape(Z.shape[:-1]) if r == "none" else loss


@EACH_REDUCTION
@few
@given(leading_axes, st.integers(1, 4), st.sampled_from([0.0, 0.1, 1.0]), seeds)
def test_softmax_cross_entropy_of_indices_equals_torch(reduction, leading, C, smoothing, seed):
    compare_loss("softmax_cross_entropy",
                 lambda Z, y, r: torch_cross_entropy(Z, y, r, label_smoothing=smoothing),
                 [*normals(seed, (*leading, C)), labels(seed, C, leading)], reduction, example_ndim=1,
                 label_smoothing=smoothing)


@EACH_REDUCTION
@few
@given(leading_axes, st.integers(1, 4), st.sampled_from([0.0, 0.1, 1.0]), seeds)
def test_softmax_cross_entropy_of_probabilities_equals_torch(reduction, leading, C, smoothing, seed):
    """Rows that do not sum to 1 too."""
    compare_loss("softmax_cross_entropy",
                 lambda Z, y, r: torch_cross_entropy(Z, y, r, label_smoothing=smoothing),
                 [*normals(seed, (*leading, C)), probabilities(seed, (*leading, C))], reduction,
                 example_ndim=1, label_smoothing=smoothing)


def test_softmax_cross_entropy_at_extremes_equals_torch():
    Z = np.array([[1e4, -1e4, 0.0], [-1e4, 1e4, 0.0], [1e-310, 0.0, -1e-310], [40.0, 0.0, -40.0]])
    for y in (np.array([0, 0, 1, 0]), np.array([1, 2, 0, 2])):
        for reduction in ("mean", "none"):
            compare_loss("softmax_cross_entropy", torch_cross_entropy, [Z, y], reduction, example_ndim=1)
        soft = np.eye(3)[y]
        compare_loss("softmax_cross_entropy", torch_cross_entropy, [Z, soft], "mean", example_ndim=1)


def test_a_masked_class_adds_nothing():
    Z = np.array([[0.3, -np.inf, 1.0]])
    compare_loss("softmax_cross_entropy", torch_cross_entropy, [Z, np.array([2])], "mean", example_ndim=1)


def test_one_hot_rows_equal_indices_and_softmax_of_two_is_a_sigmoid():
    (Z,) = normals(1, (5, 3))
    y = np.array([0, 2, 1, 1, 0])
    for f in (losses.softmax_cross_entropy, lambda Z, y: losses.cross_entropy(losses.softmax(Z), y)):
        assert f(Z, y) == pytest.approx(f(Z, np.eye(3)[y]), abs=1e-14)
    z = np.array([1.3, -0.3])
    assert losses.softmax(z)[0] == pytest.approx(1 / (1 + np.exp(-(z[0] - z[1]))), abs=1e-15)


def test_loss_of_probabilities_loss_of_scores_and_nll_are_one():
    (Z,) = normals(2, (5, 4))
    y = np.array([0, 3, 1, 2, 0])
    expected = losses.softmax_cross_entropy(Z, y)
    assert losses.cross_entropy(losses.softmax(Z), y) == pytest.approx(expected, abs=1e-14)
    assert losses.nll(losses.log_softmax(Z), y) == pytest.approx(expected, abs=1e-14)
    chained = losses.log_softmax_backward(losses.nll_backward(losses.log_softmax(Z), y), Z)
    assert_close(chained, losses.softmax_cross_entropy_backward(Z, y), 1e-14, "nll after log_softmax")


def torch_probability_cross_entropy(y_hat, y, r):
    if not torch.is_floating_point(y):
        y = F.one_hot(y, y_hat.shape[-1])
    return reduced(-(y * torch.log(y_hat)).sum(-1), r)


@EACH_REDUCTION
@pytest.mark.parametrize("soft", [False, True])
@few
@given(leading_axes, st.integers(1, 4), seeds)
def test_cross_entropy_equals_torch(reduction, soft, leading, C, seed):
    y = probabilities(seed + 1, (*leading, C)) if soft else labels(seed, C, leading)
    compare_loss("cross_entropy", torch_probability_cross_entropy, [probabilities(seed, (*leading, C)), y],
                 reduction, example_ndim=1)


def test_cross_entropy_of_probability_zero_is_exact():
    """0 log 0 = 0; a true class of probability 0 costs inf. Tiny probabilities are as in torch."""
    y_hat = np.array([[0.0, 1.0], [0.0, 1.0]])
    assert losses.cross_entropy(y_hat, np.array([1, 0]), reduction="none").tolist() == [0.0, np.inf]
    gradient = losses.cross_entropy_backward(y_hat, np.array([1, 0]), reduction="none")
    assert gradient.tolist() == [[0.0, -1.0], [-np.inf, 0.0]]
    tiny = np.array([[1e-300, 1.0]])
    compare_loss("cross_entropy", torch_probability_cross_entropy, [tiny, np.array([0])], "mean",
                 float32=False, example_ndim=1)
    assert np.isinf(losses.cross_entropy_backward(np.array([[1e-310, 1.0]]), np.array([0]))[0, 0])


@EACH_REDUCTION
@few
@given(leading_axes, st.integers(1, 4), seeds)
def test_nll_equals_torch(reduction, leading, C, seed):
    def torch_nll(log_p, y, r):
        loss = F.nll_loss(log_p.reshape(-1, C), y.reshape(-1), reduction=r)
        return loss.reshape(leading) if r == "none" else loss

    compare_loss("nll", torch_nll, [*normals(seed, (*leading, C)), labels(seed, C, leading)], reduction,
                 example_ndim=1)


def torch_multi_margin(scores, y, r, **kw):
    C = scores.shape[-1]
    if scores.numel() == 0:                                  # torch refuses an empty batch
        return reduced(scores.sum(-1), r)
    loss = F.multi_margin_loss(scores.reshape(-1, C), y.reshape(-1), reduction=r, **kw)
    return loss.reshape(scores.shape[:-1]) if r == "none" else loss


@EACH_REDUCTION
@few
@given(leading_axes, st.integers(1, 4), st.sampled_from([1, 2]), st.sampled_from([0.5, 1.0]), seeds)
def test_multi_margin_equals_torch(reduction, leading, C, p, margin, seed):
    compare_loss("multi_margin", lambda s, y, r: torch_multi_margin(s, y, r, p=p, margin=margin),
                 [*normals(seed, (*leading, C)), labels(seed, C, leading)], reduction, example_ndim=1,
                 p=p, margin=margin)


@pytest.mark.parametrize("p", [1, 2])
def test_multi_margin_at_kinks_and_extremes_equals_torch(p):
    scores = np.array([[1.0, 0.0, 2.0], [1e4, -1e4, 0.0], [1e-310, 0.0, -1e-310]])
    for y in (np.array([0, 0, 2]), np.array([2, 1, 0])):
        compare_loss("multi_margin", lambda s, y, r: torch_multi_margin(s, y, r, p=p), [scores, y], "mean",
                     example_ndim=1, p=p)


# --- losses of a yes or no -----------------------------------------------------------------------------


@EACH_REDUCTION
@few
@given(shapes, seeds)
def test_binary_cross_entropy_equals_torch(reduction, shape, seed):
    arrays = [probabilities(seed, shape), probabilities(seed + 1, shape)]
    compare_loss("binary_cross_entropy", lambda p, t, r: F.binary_cross_entropy(p, t, reduction=r), arrays,
                 reduction)


def test_binary_cross_entropy_at_zero_and_one_equals_torch():
    """Loss and dy_hat, cut off as in torch, whose 1e-12 is a float32 (4e-9 off); its dy is not finite."""
    y_hat, y = np.array([0.0, 0.0, 1.0, 1.0, 1e-310, 1e-20]), np.array([0.0, 1.0, 0.0, 1.0, 1.0, 0.3])
    torch_y = torch.tensor(y)
    compare(lambda p: losses.binary_cross_entropy(p, y.astype(p.dtype)),
            lambda p: losses.binary_cross_entropy_backward(p, y.astype(p.dtype))[0],
            lambda p: F.binary_cross_entropy(p, torch_y), [y_hat], scalar=True, float32=False, tol=1e-8)
    assert np.isfinite(losses.binary_cross_entropy_backward(y_hat, y)[1]).all()


@EACH_REDUCTION
@few
@given(shapes, seeds)
def test_binary_cross_entropy_with_logits_equals_torch(reduction, shape, seed):
    arrays = [*normals(seed, shape, scale=3), probabilities(seed, shape)]
    compare_loss("binary_cross_entropy_with_logits",
                 lambda z, t, r: F.binary_cross_entropy_with_logits(z, t, reduction=r), arrays, reduction)


def test_binary_cross_entropy_with_logits_at_extremes():
    z, y = np.array([1e4, 1e4, -1e4, -1e4, 40, -40, 1e-310]), np.array([0.0, 1.0, 0.0, 1.0, 0.5, 0.3, 1.0])
    compare_loss("binary_cross_entropy_with_logits",
                 lambda z, t, r: F.binary_cross_entropy_with_logits(z, t, reduction=r), [z, y], "none")


def test_binary_cross_entropy_with_logits_keeps_the_digits_of_small_losses():
    z, y = np.array([40.0, -40.0]), np.array([1.0, 0.0])
    loss = losses.binary_cross_entropy_with_logits(z, y, reduction="none")
    dz, _ = losses.binary_cross_entropy_with_logits_backward(z, y, reduction="none")
    np.testing.assert_allclose(loss, np.exp(-40.0), rtol=1e-12)
    np.testing.assert_allclose(dz, [-np.exp(-40.0), np.exp(-40.0)], rtol=1e-12)


def torch_hinge(s, y, r):
    return reduced(torch.relu(1 - y * s), r)


@EACH_REDUCTION
@few
@given(shapes, st.sampled_from([np.int64, np.float64]), seeds)
def test_hinge_equals_torch(reduction, shape, dtype, seed):
    y = (2 * labels(seed, 2, shape) - 1).astype(dtype)
    f, backward = pair("hinge")
    if reduction == "mean" and 0 in shape:
        return rejects(f, np.ones(shape), y)
    compare_loss_of_labels("hinge", torch_hinge, normals(seed, shape)[0], y, reduction)


def compare_loss_of_labels(name, torch_f, scores, y, reduction, **kw):
    """Labels have no gradient, in whatever dtype they come."""
    f, backward = pair(name)
    y_t = torch.tensor(y).double()
    chained = (lambda d, s: d * backward(s, y, reduction="none", **kw)) if reduction == "none" else (
        lambda s: backward(s, y, reduction=reduction, **kw))
    compare(lambda s: f(s, y, reduction=reduction, **kw), chained, lambda s: torch_f(s, y_t, reduction),
            [scores], scalar=reduction != "none")


def test_hinge_at_the_kink_and_extremes_equals_torch():
    scores, y = np.array([1.0, -1.0, 0.0, 1e4, -1e4, 1e-310]), np.array([1, -1, 1, -1, 1, 1])
    compare_loss_of_labels("hinge", torch_hinge, scores, y, "none")
    classes, y = np.array([-1.0, 1.0, -1.0, 1.0]), np.array([1, 1, -1, -1])
    assert losses.hinge(classes, y, reduction="none").tolist() == [2, 0, 0, 2]


def torch_focal(z, y, r, gamma, alpha):
    """As torchvision.ops.sigmoid_focal_loss computes it."""
    p = torch.sigmoid(z)
    p_t = p * y + (1 - p) * (1 - y)
    loss = F.binary_cross_entropy_with_logits(z, y, reduction="none") * (1 - p_t) ** gamma
    weight = 1 if alpha is None else alpha * y + (1 - alpha) * (1 - y)
    return reduced(weight * loss, r)


@EACH_REDUCTION
@few
@given(shapes, st.sampled_from([0.0, 0.5, 1.0, 2.0, 5.0]),
       st.sampled_from([None, 0.0, 0.25, 1.0]), seeds)
def test_focal_equals_torch(reduction, shape, gamma, alpha, seed):
    y = labels(seed, 2, shape)
    if reduction == "mean" and 0 in shape:
        return rejects(losses.focal, np.ones(shape), y)
    compare_loss_of_labels("focal", lambda z, y, r: torch_focal(z, y, r, gamma, alpha),
                           normals(seed, shape)[0], y, reduction, gamma=gamma, alpha=alpha)


@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
def test_focal_equals_differences_and_is_finite_at_extremes(gamma):
    z = np.linspace(-6, 6, 12)
    y = np.arange(12) % 2
    compare_numeric(lambda z: losses.focal(z, y, gamma=gamma),
                    lambda z: losses.focal_backward(z, y, gamma=gamma), [z], scalar=True, tol=1e-8)
    z, y = np.array([1e4, 1e4, -1e4, -1e4, 1e-310]), np.array([0, 1, 0, 1, 1])
    loss = losses.focal(z, y, gamma=gamma, alpha=None, reduction="none")
    np.testing.assert_allclose(loss, [1e4, 0, 0, 1e4, np.log(2) / 2**gamma])
    slopes = losses.focal_backward(z, y, gamma=gamma, alpha=None, reduction="none")
    np.testing.assert_allclose(slopes[:4], [1, 0, 0, -1])


def test_focal_without_focus_is_cross_entropy_and_defaults_are_those_of_the_paper():
    (z,) = normals(3, (6,))
    y = np.array([0, 1, 1, 0, 1, 0])
    expected = losses.binary_cross_entropy_with_logits(z, y.astype(float))
    assert losses.focal(z, y, gamma=0, alpha=None) == pytest.approx(expected, abs=1e-14)
    assert losses.focal(z, y) == losses.focal(z, y.astype(bool), gamma=2, alpha=0.25)


def torch_dice(p, t, r, eps):
    p, t = p.flatten(1), t.flatten(1)
    return reduced(1 - (2 * (p * t).sum(1) + eps) / (p.sum(1) + t.sum(1) + eps), r)


@EACH_REDUCTION
@few
@given(st.integers(0, 4), st.lists(st.integers(1, 3), min_size=1, max_size=3), st.sampled_from([1e-3, 1.0]),
       seeds)
def test_dice_equals_torch(reduction, N, rest, eps, seed):
    arrays = [probabilities(seed, (N, *rest)), probabilities(seed + 1, (N, *rest))]
    compare_loss("dice", lambda p, t, r: torch_dice(p, t, r, eps), arrays, reduction,
                 example_ndim=len(rest), eps=eps)


def test_dice_equals_differences_and_known_values():
    soft_masks = [probabilities(1, (3, 2, 2)), probabilities(2, (3, 2, 2))]
    compare_numeric(*pair("dice"), soft_masks, scalar=True, tol=1e-8)
    masks = np.array([[1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 1.0], [0.0, 0.0, 0.0, 0.0]])
    np.testing.assert_allclose(losses.dice(masks, masks, reduction="none"), 0)
    disjoint = losses.dice(masks[:2], masks[1::-1], eps=1.0, reduction="none")
    np.testing.assert_allclose(disjoint, 1 - 1 / 5)


# --- Gaussians -----------------------------------------------------------------------------------------


def torch_kl(mu1, log_var1, mu2, log_var2, r):
    first = torch.distributions.Normal(mu1, torch.exp(log_var1 / 2))
    second = torch.distributions.Normal(mu2, torch.exp(log_var2 / 2))
    return reduced(torch.distributions.kl_divergence(first, second).sum(-1), r)


@EACH_REDUCTION
@few
@given(leading_axes, st.integers(1, 4), seeds)
def test_kl_of_two_gaussians_equals_torch(reduction, leading, D, seed):
    shape = (*leading, D)
    compare_loss("kl_gaussian_diagonal", torch_kl, normals(seed, *[shape] * 4), reduction, example_ndim=1)


@EACH_REDUCTION
@few
@given(leading_axes, st.integers(1, 4), seeds)
def test_kl_to_the_standard_normal_equals_torch(reduction, leading, D, seed):
    zero = torch.zeros(*leading, D)
    compare_loss("kl_standard_normal", lambda m, v, r: torch_kl(m, v, zero, zero, r),
                 normals(seed, *[(*leading, D)] * 2), reduction, example_ndim=1)


def test_kl_keeps_the_digits_of_a_small_divergence():
    """For log-variances that differ by d it is d^2 / 4; without expm1 no digit is left at d = 1e-9."""
    for d in (1e-3, 1e-5, 1e-9):
        zero = np.zeros(1)
        divergence = losses.kl_gaussian_diagonal(zero, np.array([d]), zero, zero)
        assert divergence == pytest.approx(d**2 / 4, rel=1e-3, abs=0)


def test_kl_at_extremes_is_inf_or_exact_and_never_nan():
    mu = np.array([[0.0], [0.0], [1e4], [0.0], [1e-310]])
    log_var = np.array([[1e4], [-1e4], [0.0], [1e-310], [-1e4]])
    zero = np.zeros_like(mu)
    np.testing.assert_allclose(losses.kl_standard_normal(mu, log_var, reduction="none"),
                               [np.inf, (1e4 - 1) / 2, 5e7, 0, (1e4 - 1) / 2])
    for inputs in ((mu, log_var, zero, zero), (zero, zero, mu, log_var), (mu, log_var, mu, log_var)):
        assert not np.isnan(losses.kl_gaussian_diagonal(*inputs, reduction="none")).any()
        for gradient in losses.kl_gaussian_diagonal_backward(*inputs, reduction="none"):
            assert not np.isnan(gradient).any()
    assert losses.kl_gaussian_diagonal(mu, log_var, mu, log_var) == 0


# --- errors and types ----------------------------------------------------------------------------------

R, P, ONE = np.full((3, 2), 0.3), np.full((3, 2), 0.6), np.ones((3, 2))
Y = np.array([0, 1, 1])
GOOD = {  # name: inputs that are right
    "mse": (R, P), "l1": (R, P), "huber": (R, P), "tukey_biweight": (R, P),
    "cross_entropy": (R, Y), "nll": (R, Y), "softmax_cross_entropy": (R, Y), "multi_margin": (R, Y),
    "binary_cross_entropy": (R, P), "binary_cross_entropy_with_logits": (R, P),
    "hinge": (R, ONE), "focal": (R, ONE), "dice": (R, P),
    "kl_standard_normal": (R, P), "kl_gaussian_diagonal": (R, P, R, P),
}
ALL = pytest.mark.parametrize("name", GOOD)


def test_every_loss_stands_in_these_tests():
    forward = {n for n in losses.__all__ if not n.endswith("_backward")}
    assert set(GOOD) | {"softmax", "log_softmax"} == forward
    assert all(callable(getattr(losses, n)) for n in losses.__all__)


@ALL
def test_wrong_inputs_are_named(name):
    good = GOOD[name]
    for f in pair(name):
        f(*good)
        rejects(f, *good, reduction="average")
        rejects(f, np.ones((3, 2), int), *good[1:])
        rejects(f, good[0].astype(complex), *good[1:])
        for i in range(1, len(good)):
            rejects(f, *good[:i], good[i][:1], *good[i + 1:])


@ALL
def test_defaults_of_forward_and_backward_are_equal(name):
    f, backward = pair(name)
    assert defaults(f) == defaults(backward)


def test_defaults_are_those_of_torch():
    Z, target = normals(4, (3, 2), (3, 2), scale=3)
    p = probabilities(4, (3, 2))
    for ours, torchs, arrays in [
        (losses.mse, F.mse_loss, (Z, target)), (losses.l1, F.l1_loss, (Z, target)),
        (losses.huber, F.huber_loss, (Z, target)), (losses.softmax_cross_entropy, F.cross_entropy, (Z, Y)),
        (losses.nll, F.nll_loss, (Z, Y)), (losses.multi_margin, F.multi_margin_loss, (Z, Y)),
        (losses.binary_cross_entropy, F.binary_cross_entropy, (p, p**2)),
        (losses.binary_cross_entropy_with_logits, F.binary_cross_entropy_with_logits, (Z, p)),
    ]:
        assert ours(*arrays) == pytest.approx(torchs(*map(torch.tensor, arrays)).item(), rel=1e-12)
    np.testing.assert_allclose(losses.softmax(Z), F.softmax(torch.tensor(Z), dim=-1).numpy(), rtol=1e-12)


@ALL
def test_numpy_parameters_leave_float32_alone(name):
    numbers = {"huber": {"delta": 1}, "tukey_biweight": {"c": 2}, "dice": {"eps": 1},
               "softmax_cross_entropy": {"label_smoothing": 0.1}, "multi_margin": {"margin": 1},
               "focal": {"gamma": 2, "alpha": 0.5}}
    numbers = {key: np.float64(value) for key, value in numbers.get(name, {}).items()}
    inputs = [x.astype(np.float32) if x.dtype == float else x for x in GOOD[name]]
    f, backward = pair(name)
    gradients = backward(*inputs, **numbers)
    assert f(*inputs, **numbers).dtype == np.float32
    assert all(g.dtype == np.float32 for g in (gradients if isinstance(gradients, tuple) else (gradients,)))


def test_labels_and_probabilities_out_of_range_are_named():
    for name in ("cross_entropy", "nll", "softmax_cross_entropy", "multi_margin"):
        for f in pair(name):
            rejects(f, R, np.array([0, 1, 2]))
            rejects(f, R, np.array([0, 1, -1]))
            rejects(f, R, np.array([0.0, 1.0, 1.0]))
            rejects(f, R, np.array([False, True, True]))
            rejects(f, np.ones(()), np.array(0))
            rejects(f, np.ones((3, 0)), Y)
    for name in ("cross_entropy", "binary_cross_entropy", "dice"):
        for f in pair(name):
            for wrong in (1.001, -0.001, np.nan):
                rejects(f, np.full((3, 2), wrong), R)
    for name in ("binary_cross_entropy", "binary_cross_entropy_with_logits", "dice"):
        for f in pair(name):
            rejects(f, R, np.full((3, 2), -1.0))
    for f in pair("hinge"):
        rejects(f, R, np.zeros((3, 2)))
    for f in pair("focal"):
        rejects(f, R, -ONE)


def test_parameters_out_of_range_are_named():
    for name, wrong in (("huber", {"delta": 0}), ("tukey_biweight", {"c": -1}), ("dice", {"eps": 0}),
                        ("softmax_cross_entropy", {"label_smoothing": 1.1}), ("multi_margin", {"p": 3}),
                        ("focal", {"gamma": -1}), ("focal", {"alpha": 1.5})):
        for f in pair(name):
            rejects(f, *GOOD[name], **wrong)
    rejects(losses.dice, np.ones(3), np.ones(3))
    rejects(losses.kl_standard_normal, np.ones((3, 0)), np.ones((3, 0)))
    for name in ("softmax", "log_softmax"):
        rejects(getattr(losses, name + "_backward"), R[:1], R)
        rejects(getattr(losses, name), Y)
