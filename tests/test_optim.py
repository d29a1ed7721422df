"""Every optimizer follows torch over 300 steps, with each of its options; state, memory, clipping."""

import math
import tracemalloc

import numpy as np
import pytest
import torch
from torch.optim.lbfgs import _strong_wolfe

from dlnotes import optim
from dlnotes.autograd import Tensor
from ops_helpers import normals

torch.set_num_threads(1)

X, TRUTH = normals(0, (12, 4), (12, 3))
START = normals(1, (4, 3), (3,), ())


def loss_of(W, b, c):
    """Least squares through a square, so that curvature and the signs of gradients change on the way."""
    misfit = ((X_of(W) @ W + b + 0.1 * b * b - T_of(W)) ** 2).mean()
    return misfit + 0.05 * ((c - 1) ** 2 + (W * W).sum() * c * c)


def X_of(W):
    return torch.tensor(X, dtype=W.dtype) if isinstance(W, torch.Tensor) else X.astype(W.dtype)


def T_of(W):
    return torch.tensor(TRUTH, dtype=W.dtype) if isinstance(W, torch.Tensor) else TRUTH.astype(W.dtype)


def tensors(dtype=np.float64):
    """The same start for both: Tensors and torch's."""
    arrays = [np.asarray(x, dtype) for x in START]
    ours = [Tensor(x, requires_grad=True) for x in arrays]
    return ours, [torch.tensor(x, requires_grad=True) for x in arrays]


def closure_of(params):
    def closure():
        for p in params:
            p.grad = None
        loss = loss_of(*params)
        loss.backward()
        return loss

    return closure


def assert_follows(ours, theirs, ours_params, torch_params, steps=300, tol=1e-9, after=lambda t, opts: None):
    """Both optimizers make the steps; the parameters agree after each one, and have moved."""
    first = [p.data.copy() for p in ours_params]
    for t in range(steps):
        for opt, params in ((ours, ours_params), (theirs, torch_params)):
            closure_of(params)()
            opt.step()
        after(t, (ours, theirs))
        for p, q in zip(ours_params, torch_params):
            np.testing.assert_allclose(p.data, q.detach().numpy(), rtol=tol, atol=tol, err_msg=f"step {t}")
    assert all(np.abs(p.data - x).max() > 1e-3 for p, x in zip(ours_params, first))


OPTIONS = [
    ("SGD", {}), ("SGD", {"lr": 0.1}), ("SGD", {"lr": 0.05, "momentum": 0.9}),
    ("SGD", {"lr": 0.05, "momentum": 0.9, "dampening": 0.3}),
    ("SGD", {"lr": 0.03, "momentum": 0.8, "nesterov": True}),
    ("SGD", {"lr": 0.1, "weight_decay": 0.1}), ("SGD", {"lr": 1e-3, "maximize": True}),
    ("SGD", {"lr": 1e-3, "momentum": 0.5, "dampening": 0.1, "weight_decay": 0.2, "maximize": True}),
    ("Adagrad", {}), ("Adagrad", {"lr": 0.3}), ("Adagrad", {"lr": 0.3, "lr_decay": 0.01}),
    ("Adagrad", {"lr": 0.3, "weight_decay": 0.1, "initial_accumulator_value": 0.5}),
    ("Adagrad", {"lr": 0.1, "eps": 0.1}), ("Adagrad", {"lr": 0.01, "maximize": True}),
    ("RMSprop", {}), ("RMSprop", {"lr": 1e-3, "momentum": 0.9}), ("RMSprop", {"centered": True, "eps": 1e-3}),
    ("RMSprop", {"lr": 1e-3, "momentum": 0.5, "centered": True, "weight_decay": 0.1, "eps": 0.1}),
    ("RMSprop", {"alpha": 0.9, "eps": 1e-2}),
    ("RMSprop", {"lr": 1e-4, "maximize": True, "weight_decay": 0.1}),
    ("Adam", {}), ("Adam", {"lr": 0.05}), ("Adam", {"lr": 0.01, "betas": (0.5, 0.9), "eps": 1e-2}),
    ("Adam", {"lr": 0.05, "weight_decay": 0.1}), ("Adam", {"lr": 0.05, "amsgrad": True}),
    ("Adam", {"lr": 0.01, "maximize": True, "weight_decay": 0.1}),
    ("Adam", {"lr": 0.05, "weight_decay": 0.1, "decoupled_weight_decay": True}),
    ("AdamW", {}), ("AdamW", {"lr": 0.05, "weight_decay": 0.3}),
    ("AdamW", {"lr": 0.05, "amsgrad": True, "eps": 1e-2}),
    ("AdamW", {"lr": 0.01, "betas": (0.8, 0.95), "maximize": True}),
    ("Rprop", {}), ("Rprop", {"lr": 0.1, "etas": (0.3, 1.5)}), ("Rprop", {"step_sizes": (1e-3, 0.02)}),
    ("Rprop", {"lr": 1e-3, "maximize": True, "step_sizes": (1e-6, 1e-2)}),
]  # fmt: skip


@pytest.mark.parametrize("name, options", OPTIONS, ids=lambda x: str(x))
def test_300_steps_follow_torch(name, options):
    ours, theirs = tensors()
    torch_optimizer = getattr(torch.optim, name)(theirs, foreach=False, **options)
    assert_follows(getattr(optim, name)(ours, **options), torch_optimizer, ours, theirs)


@pytest.mark.parametrize("name", ["SGD", "Adagrad", "RMSprop", "Adam", "AdamW", "Rprop"])
def test_defaults_are_torchs(name):
    ours = getattr(optim, name)([np.ones(2)])
    theirs = getattr(torch.optim, name)([torch.ones(2, requires_grad=True)]).defaults
    named = {k: v for k, v in theirs.items() if hasattr(ours, k)}
    assert {k: getattr(ours, k) for k in named} == named
    missing = set(theirs) - set(named)
    assert missing <= {"foreach", "differentiable", "fused", "capturable", "decoupled_weight_decay"}


@pytest.mark.parametrize("name", ["SGD", "Adagrad", "RMSprop", "Adam", "AdamW", "Rprop"])
def test_float32_stays_float32(name):
    ours, theirs = tensors(np.float32)
    opt = getattr(optim, name)(ours, lr=np.float64(0.01))  # a schedule may give a numpy number
    twin = getattr(torch.optim, name)(theirs, lr=0.01, foreach=False)
    assert_follows(opt, twin, ours, theirs, steps=20, tol=1e-4)
    for p, state in zip(ours, opt.state):
        assert p.data.dtype == np.float32 and all(array.dtype == np.float32 for array in state.values())
    assert type(opt.lr) is float


def test_the_learning_rate_may_change_between_steps():
    def halve(t, opts):
        opts[0].lr = opts[1].param_groups[0]["lr"] = 0.1 * 0.5 ** (t // 10)

    for name, options in (("Adam", {}), ("AdamW", {"weight_decay": 0.1}), ("SGD", {"momentum": 0.9})):
        ours, theirs = tensors()
        assert_follows(
            getattr(optim, name)(ours, lr=0.1, **options),
            getattr(torch.optim, name)(theirs, lr=0.1, foreach=False, **options), ours, theirs, steps=40,
            after=halve,
        )  # fmt: skip


@pytest.mark.parametrize(
    "name, options", [("SGD", {"momentum": 0.9}), ("Adam", {"amsgrad": True}), ("Rprop", {})]
)  # fmt: skip
def test_a_parameter_without_gradient_waits(name, options):
    ours, theirs = tensors()
    mine = getattr(optim, name)(ours, lr=0.01, **options)
    torchs = getattr(torch.optim, name)(theirs, lr=0.01, foreach=False, **options)
    for t in range(30):
        for opt, params in ((mine, ours), (torchs, theirs)):
            closure_of(params)()
            if t % 3 == 0:
                params[t % 2].grad = None
            opt.step()
    for p, q in zip(ours, theirs):
        np.testing.assert_allclose(p.data, q.detach().numpy(), rtol=1e-10, atol=1e-10)


def test_plain_arrays_take_their_gradients_from_step():
    arrays = [x.copy() for x in START[:2]]
    ours, _ = tensors()
    by_arrays, by_tensors = optim.Adam(arrays, lr=0.1), optim.Adam(ours[:2], lr=0.1)
    for k in range(5):
        grads = normals(k, (4, 3), (3,))
        kept = [g.copy() for g in grads]
        by_arrays.step(grads)
        for p, g in zip(ours, grads):
            p.grad = g
        by_tensors.step()
        assert all(np.array_equal(g, old) for g, old in zip(grads, kept))  # inputs are not modified
    for x, p in zip(arrays, ours):
        assert np.array_equal(x, p.data)
    by_tensors.zero_grad()
    assert ours[0].grad is None


@pytest.mark.parametrize("name, options", [
    ("SGD", {"momentum": 0.9, "nesterov": True}), ("Adagrad", {"lr_decay": 0.1}),
    ("RMSprop", {"centered": True}),
    ("Adam", {"amsgrad": True}), ("AdamW", {}), ("Rprop", {}),
])  # fmt: skip
def test_a_saved_state_goes_on_to_the_same_numbers(name, options, tmp_path):
    def train(opt, params, steps):
        for _ in range(steps):
            closure_of(params)()
            opt.step()

    whole, _ = tensors()
    train(getattr(optim, name)(whole, lr=0.02, **options), whole, 12)
    first, _ = tensors()
    opt = getattr(optim, name)(first, lr=0.02, **options)
    train(opt, first, 5)
    np.savez(tmp_path / "state.npz", **opt.state_dict())
    second = [Tensor(p.data, requires_grad=True) for p in first]
    other = getattr(optim, name)(second, lr=1.0, **options)
    with np.load(tmp_path / "state.npz") as saved:
        other.load_state_dict(dict(saved))
    train(opt, first, 3)  # must not touch what the other one loaded
    train(other, second, 7)
    assert other.lr == 0.02
    for p, q in zip(whole, second):
        assert np.array_equal(p.data, q.data)


def test_a_state_is_a_copy_in_both_directions():
    opt, other = optim.Adam([np.ones(2)]), optim.Adam([np.ones(2)])
    opt.step([np.ones(2)])
    saved = opt.state_dict()
    kept = {name: array.copy() for name, array in saved.items()}
    other.load_state_dict(saved)
    for each in (opt, other):
        each.step([np.full(2, 5.0)])
    assert all(np.array_equal(saved[name], kept[name]) for name in kept)


def test_a_state_of_other_parameters_is_refused():
    saved = optim.Adam([np.ones((2, 2))]).state_dict()
    opt = optim.Adam([np.ones((2, 2)), np.ones(3)])
    with pytest.raises(ValueError, match="expected .* got"):
        opt.load_state_dict(saved)
    opt = optim.Adam([np.ones((2, 2))])
    opt.step([np.ones((2, 2))])
    for other in ([np.ones(2)], []):
        with pytest.raises(ValueError, match="expected .* got"):
            optim.Adam(other).load_state_dict(opt.state_dict())


@pytest.mark.parametrize("name, options", [
    ("SGD", {"momentum": 0.9, "nesterov": True, "weight_decay": 0.1}), ("Adagrad", {"maximize": True}),
    ("RMSprop", {"centered": True, "momentum": 0.9}), ("Adam", {"amsgrad": True, "weight_decay": 0.1}),
    ("AdamW", {}),
])  # fmt: skip
def test_a_step_allocates_nothing(name, options):
    shapes = [(784, 256), (256,), (256, 128), (128,), (128, 10), (10,)]
    params = [x.astype(np.float32) for x in normals(2, *shapes)]
    grads = [x.astype(np.float32) for x in normals(3, *shapes)]
    opt = getattr(optim, name)(params, **options)
    opt.step(grads)
    opt.step(grads)
    tracemalloc.start()
    for _ in range(3):
        opt.step(grads)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 6_000  # bytes; the smallest array of a layer's weights has 5,120, the first 802,816


# L-BFGS and Newton ------------------------------------------------------------------------------------------


def rosenbrock(params):
    (w,) = params
    return (100 * (w[1:] - w[:-1] ** 2) ** 2 + (1 - w[:-1]) ** 2).sum()


def both(f, start, **options):
    """The same function and start for both L-BFGS: parameters, optimizers and closures."""
    ours = [Tensor(x, requires_grad=True) for x in start]
    theirs = [torch.tensor(x, requires_grad=True) for x in start]
    counts = [0, 0]

    def closure_for(k, params):
        def closure():
            counts[k] += 1
            for p in params:
                p.grad = None
            loss = f(params)
            loss.backward()
            return loss

        return closure

    opts = optim.LBFGS(ours, **options), torch.optim.LBFGS(theirs, **options)
    return ours, theirs, list(zip(opts, (closure_for(0, ours), closure_for(1, theirs)))), counts


LBFGS_OPTIONS = [
    {"line_search_fn": "strong_wolfe"}, {"lr": 0.1}, {"lr": 0.05, "max_iter": 1},
    {"lr": 0.1, "history_size": 2},
    {"line_search_fn": "strong_wolfe", "history_size": 3}, {"line_search_fn": "strong_wolfe", "max_iter": 3},
    {"line_search_fn": "strong_wolfe", "max_iter": 4, "max_eval": 4},
    {"lr": 0.1, "max_iter": 7, "max_eval": 3},
    {"line_search_fn": "strong_wolfe", "tolerance_grad": 1e-2}, {"lr": 0.3, "tolerance_change": 1e-3},
    {"line_search_fn": "strong_wolfe", "lr": 10.0, "max_iter": 2},
    {"line_search_fn": "strong_wolfe", "lr": 1e-3, "max_iter": 2},
]  # fmt: skip


@pytest.mark.parametrize("options", LBFGS_OPTIONS, ids=str)
@pytest.mark.parametrize("problem", ["convex", "rosenbrock"])
def test_lbfgs_follows_torch(problem, options):
    f, start = (lambda params: loss_of(*params)), START
    if problem == "rosenbrock":
        f, start = rosenbrock, normals(4, (5,))
        if not options.get("line_search_fn"):
            options = {**options, "lr": options["lr"] / 100}  # a fixed step, on a function this steep
    ours, theirs, pairs, counts = both(f, start, **options)
    for t in range(25):
        mine, torchs = (opt.step(closure) for opt, closure in pairs)
        assert mine == pytest.approx(torchs.item(), rel=1e-7, abs=1e-9), t
        assert counts[0] == counts[1]
        for p, q in zip(ours, theirs):
            np.testing.assert_allclose(p.data, q.detach().numpy(), rtol=1e-9, atol=1e-9, err_msg=f"step {t}")


def test_lbfgs_with_plain_arrays_and_a_saved_state():
    w = np.array([-1.2, 1.0])

    def closure_for(w):
        def closure():
            t = Tensor(w, requires_grad=True)
            loss = rosenbrock([t])
            loss.backward()
            return float(loss), [t.grad]

        return closure

    options = {"max_iter": 3, "line_search_fn": "strong_wolfe"}
    opt = optim.LBFGS([w], **options)
    for _ in range(3):
        opt.step(closure_for(w))
    copy = w.copy()
    again = optim.LBFGS([copy], **options)
    again.load_state_dict({k: v.copy() for k, v in opt.state_dict().items()})
    for _ in range(20):
        opt.step(closure_for(w))
        again.step(closure_for(copy))
        assert np.array_equal(w, copy)
    np.testing.assert_allclose(w, [1, 1], atol=1e-5)
    fresh = optim.LBFGS([w])
    fresh.load_state_dict(optim.LBFGS([w], lr=0.5).state_dict())
    assert fresh.lr == 0.5 and fresh.last is None and fresh.pairs == []


def wolfe(point, start, c1=1e-4, c2=0.9):
    return point.f <= start.f + c1 * point.t * start.slope and abs(point.slope) <= -c2 * start.slope


LINES = [
    (lambda t: (t - 2.0) ** 2, lambda t: 2 * (t - 2.0)), (lambda t: t**4 - 3 * t, lambda t: 4 * t**3 - 3),
    (lambda t: -t * math.exp(-t), lambda t: (t - 1) * math.exp(-t)),
    (lambda t: math.cos(3 * t) - t + 0.2 * t * t, lambda t: -3 * math.sin(3 * t) - 1 + 0.4 * t),
    (lambda t: math.hypot(1, 40 * (t - 1)), lambda t: 1600 * (t - 1) / math.hypot(1, 40 * (t - 1))),
    (lambda t: 0.3 * (t - 2) ** 2 + 0.2 * math.cos(23 * t), lambda t: 0.6 * (t - 2) - 4.6 * math.sin(23 * t)),
]  # fmt: skip


@pytest.mark.parametrize("first", [1e-3, 0.1, 1.0, 4.0, 30.0])
@pytest.mark.parametrize("c2", [0.9, 0.1, 0.01])
def test_strong_wolfe_tries_the_lengths_that_torch_tries(first, c2):
    for f, df in LINES:
        tried, torch_tried = [], []

        def at(t):
            tried.append(t)
            return optim.Point(t, f(t), df(t), np.array([df(t)]))

        def torch_at(x, t, d):
            torch_tried.append(float(t))
            return f(float(t)), torch.tensor([df(float(t))], dtype=torch.float64)

        start = optim.Point(0.0, f(0.0), df(0.0), np.array([df(0.0)]))
        point, used = optim.strong_wolfe(at, start, first, c2=c2)
        g = torch.tensor([start.slope], dtype=torch.float64)
        loss, _, t, calls = _strong_wolfe(torch_at, None, first, torch.ones_like(g), start.f, g, g[0], c2=c2)
        np.testing.assert_allclose(tried, torch_tried, rtol=1e-9)
        assert used == len(tried) == calls
        assert point.t == pytest.approx(float(t)) and point.f == pytest.approx(loss)
        if first < 30:  # from there the search may end without a good point, see its Notes
            assert wolfe(point, start, c2=c2)
        assert point.f == f(point.t) and point.g[0] == df(point.t)


def test_lbfgs_stops_at_small_steps_though_the_loss_falls():
    for options in ({"lr": 1e-7, "tolerance_change": 1e-6}, {"lr": 1e-5, "tolerance_change": 1e-6}):
        _, _, pairs, counts = both(lambda params: 1e6 * loss_of(*params), START, **options)
        for opt, closure in pairs:
            opt.step(closure)
        assert counts[0] == counts[1]
    assert counts[0] > 2


def test_newton_jumps_to_the_minimum_of_a_parabola():
    A, (b,) = np.diag([1.0, 10.0, 100.0]) + 0.3, normals(5, (3,))
    w = Tensor(np.ones(3), requires_grad=True)

    def closure():
        w.grad = None
        loss = 0.5 * (w @ A @ w) - w @ b
        loss.backward()
        return loss

    assert optim.Newton([w], hessian=lambda: A).step(closure) == pytest.approx(0.5 * A.sum() - b.sum())
    np.testing.assert_allclose(w.data, np.linalg.solve(A, b), rtol=1e-12)
    w.data[...] = 1
    optim.Newton([w], lr=0.5).step(closure)
    np.testing.assert_allclose(w.data, 0.5 + 0.5 * np.linalg.solve(A, b), rtol=1e-7)
    w.data[...] = 1
    optim.Newton([w], damping=1e9).step(closure)
    np.testing.assert_allclose((1 - w.data) * 1e9, A @ np.ones(3) - b, rtol=1e-5)
    with pytest.raises(np.linalg.LinAlgError):
        optim.Newton([w], hessian=lambda: np.zeros((3, 3))).step(closure)


def test_newton_follows_the_hessian_of_torch():
    ours, theirs = tensors()
    W, b, c = (p.detach().clone() for p in theirs)
    opt = optim.Newton(ours, lr=0.7, damping=0.1)
    for _ in range(6):
        flat = torch.cat([W.ravel(), b.ravel(), c.ravel()])

        def f(v):
            return loss_of(v[:12].reshape(4, 3), v[12:15], v[15])

        H, g = torch.func.hessian(f)(flat), torch.func.grad(f)(flat)
        flat = flat - 0.7 * torch.linalg.solve(H + 0.1 * torch.eye(16, dtype=torch.float64), g)
        W, b, c = flat[:12].reshape(4, 3), flat[12:15], flat[15]
        opt.step(closure_of(ours))
        for p, q in zip(ours, (W, b, c)):
            np.testing.assert_allclose(p.data, q.numpy(), rtol=1e-7, atol=1e-7)


# Clipping and refusals --------------------------------------------------------------------------------------


@pytest.mark.parametrize("norm_type", [1.0, 2.0, 3.5, math.inf])
@pytest.mark.parametrize("max_norm", [0.5, 100.0])
def test_clipping_as_in_torch(norm_type, max_norm):
    ours, theirs = tensors()
    for params in (ours, theirs):
        closure_of(params)()
        params[1].grad = None
    mine = optim.clip_grad_norm_(ours, max_norm, norm_type)
    torchs = torch.nn.utils.clip_grad_norm_(theirs, max_norm, norm_type)
    assert mine == pytest.approx(torchs.item(), rel=1e-12)
    for p, q in zip(ours, theirs):
        if q.grad is not None:
            np.testing.assert_allclose(p.grad, q.grad.numpy(), rtol=1e-12)
    optim.clip_grad_value_(ours, 0.01)
    torch.nn.utils.clip_grad_value_(theirs, 0.01)
    np.testing.assert_allclose(ours[0].grad, theirs[0].grad.numpy(), rtol=1e-12)
    assert np.abs(ours[0].grad).max() == 0.01


def test_clipping_plain_arrays_nothing_and_infinity():
    grads = [np.array([3.0, 0.0]), np.array([4.0])]
    assert optim.clip_grad_norm_(grads, 1.0) == 5.0
    np.testing.assert_allclose(np.concatenate(grads), [0.6, 0, 0.8], rtol=1e-6)
    assert optim.clip_grad_norm_([], 1.0) == 0.0
    with pytest.raises(ValueError, match="expected a finite norm of the gradients; got inf"):
        optim.clip_grad_norm_([np.array([np.inf])], 1.0, error_if_nonfinite=True)


@pytest.mark.parametrize("make", [
    lambda p: optim.SGD(p, lr=-1.0), lambda p: optim.SGD(p, momentum=-0.1),
    lambda p: optim.SGD(p, nesterov=True),
    lambda p: optim.SGD(p, momentum=0.9, dampening=0.1, nesterov=True),
    lambda p: optim.SGD(p, weight_decay=-1.0),
    lambda p: optim.Adam(p, betas=(1.0, 0.9)), lambda p: optim.Adam(p, eps=-1.0), lambda p: optim.SGD([]),
    lambda p: optim.Adagrad(p, lr_decay=-1.0), lambda p: optim.Adagrad(p, initial_accumulator_value=-1.0),
    lambda p: optim.Adagrad(p, eps=-1.0), lambda p: optim.RMSprop(p, alpha=-1.0),
    lambda p: optim.RMSprop(p, eps=-1.0),
    lambda p: optim.RMSprop(p, momentum=-1.0), lambda p: optim.Rprop(p, etas=(1.1, 1.2)),
    lambda p: optim.LBFGS(p, line_search_fn="armijo"), lambda p: optim.LBFGS(p, history_size=0),
    lambda p: optim.Newton(p, damping=-1.0), lambda p: optim.SGD([np.arange(3)]),
    lambda p: optim.SGD(p).step([np.ones(3)]), lambda p: optim.SGD(p).step([]),
    lambda p: optim.SGD(p).step([np.ones(())]),
    lambda p: optim.Newton(p, hessian=lambda: np.eye(3)).step(lambda: (1.0, [np.ones(2)])),
    lambda p: optim.LBFGS(p).step(lambda: (1.0, [None])),
])  # fmt: skip
def test_settings_out_of_range_are_refused(make):
    with pytest.raises(ValueError, match="expected .*; got"):
        make([np.ones(2)])


def test_this_comparison_can_fail():
    ours, theirs = tensors()
    with pytest.raises(AssertionError, match="step"):
        twin = torch.optim.Adam(theirs, lr=0.05, eps=1e-2)
        assert_follows(optim.Adam(ours, lr=0.05, eps=1.001e-2), twin, ours, theirs)
    ours, theirs = tensors()
    with pytest.raises(AssertionError, match="step"):
        twin = torch.optim.SGD(theirs, momentum=0.9, nesterov=True)
        assert_follows(optim.SGD(ours, momentum=0.9), twin, ours, theirs)
