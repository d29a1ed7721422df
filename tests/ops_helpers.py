"""Compare an op of dlnotes and its backward function with torch, on every input's gradient.

Not a test file: `compare` is the check that every test of `dlnotes.ops` shares. What it does for one call:

* value (or tuple of values) and the gradient of every float input against torch in float64;
* the same with inputs that are not contiguous and read-only, so that a write to an input raises;
* the same in float32, with float32 results, against torch in float64 on the rounded inputs;
* inputs and upstream gradients equal their copies bit for bit afterwards.
"""
import inspect

import numpy as np
import pytest
import torch

torch.set_num_threads(1)
NUMPY_1 = np.lib.NumpyVersion(np.__version__) < "2.0.0"     # there float32 scalar * Python number is a float64


def normals(seed, *shapes, scale=1.0):
    """One standard-normal float64 array per shape, from one seed."""
    rng = np.random.default_rng(seed)
    return [np.asarray(scale * rng.standard_normal(shape)) for shape in shapes]      # () gives a 0-d array


def is_float(x):
    return isinstance(x, np.ndarray) and np.issubdtype(x.dtype, np.floating)


def as_tuple(x):
    return x if isinstance(x, tuple) else (x,)


def noncontiguous(x):
    """A read-only view equal to x with a stride of -2 elements on every axis; None stays None."""
    if not isinstance(x, np.ndarray):
        return x
    room = np.empty([2 * n for n in x.shape], x.dtype)
    view = room[(*[slice(None, None, -2)] * x.ndim, ...)]      # the ellipsis keeps a 0-d result an array
    view[...] = x
    view.flags.writeable = False
    return view


def assert_close(got, expected, tol, what):
    """Same shape, and |got - expected| <= tol * (|expected| + max(1, largest |expected|))."""
    got, expected = np.asarray(got), np.asarray(expected)
    assert got.shape == expected.shape, f"{what}: shape {got.shape}, torch has {expected.shape}"
    finite = np.abs(expected[np.isfinite(expected)])
    scale = max(1.0, finite.max(initial=0.0))
    np.testing.assert_allclose(got, expected, rtol=tol, atol=tol * scale, err_msg=what)


def torch_reference(torch_f, arrays, upstream_seed):
    """Values, upstream gradients and every input's gradient (None where it has none), by torch in float64."""
    def tensor(x):
        if not isinstance(x, np.ndarray):
            return x
        if is_float(x):
            return torch.tensor(x, dtype=torch.float64, requires_grad=True)
        return torch.tensor(x)

    tensors = [tensor(x) for x in arrays]
    outputs = as_tuple(torch_f(*tensors))
    rng = np.random.default_rng(upstream_seed)
    if upstream_seed is None:                     # a scalar loss: d loss / d loss = 1
        upstreams = [np.ones(tuple(y.shape)) for y in outputs]
    else:                                         # float32 numbers, so that both precisions see the same ones
        upstreams = [rng.standard_normal(tuple(y.shape)).astype(np.float32).astype(float) for y in outputs]
    torch.autograd.backward(outputs, [torch.tensor(g, dtype=torch.float64) for g in upstreams])
    gradients = []
    for t in tensors:
        wants = isinstance(t, torch.Tensor) and t.requires_grad
        unused = wants and t.grad is None         # torch leaves None where the output does not depend on t
        gradients.append((np.zeros(tuple(t.shape)) if unused else t.grad.numpy()) if wants else None)
    return [y.detach().numpy() for y in outputs], upstreams, gradients


def run_op(f, f_backward, arrays, upstreams, kw):
    """Call f and f_backward; every input and upstream must come out as it went in."""
    sent = [*upstreams, *arrays]
    before = [x.copy() if isinstance(x, np.ndarray) else x for x in sent]
    values = as_tuple(f(*arrays, **kw))
    gradients = as_tuple(f_backward(*upstreams, *arrays, **kw))
    for i, (x, old) in enumerate(zip(sent, before)):
        if isinstance(x, np.ndarray):
            assert np.array_equal(x, old, equal_nan=is_float(x)), f"argument {i} of the call was modified"
    return values, gradients


def check_against(reference, f, f_backward, arrays, upstreams, tol, kw, dtype, scalar):
    """One call of f and f_backward against torch's numbers: count, dtype, shape, values."""
    values_t, gradients_t = reference
    values, gradients = run_op(f, f_backward, arrays, [] if scalar else upstreams, kw)
    assert len(values) == len(values_t), f"{len(values)} outputs, torch has {len(values_t)}"
    for i, (y, y_t) in enumerate(zip(values, values_t)):
        assert np.asarray(y).dtype == dtype, f"output {i}: {np.asarray(y).dtype} for {np.dtype(dtype)} inputs"
        assert_close(y, y_t, tol, f"output {i}")
    gradients = [g for g in gradients if g is not None]
    wanted = [(i, g) for i, g in enumerate(gradients_t) if g is not None]
    assert len(gradients) == len(wanted), f"{len(gradients)} gradients for {len(wanted)} float inputs"
    for (i, g_t), g in zip(wanted, gradients):
        assert isinstance(g, (np.ndarray, np.floating)), f"gradient of input {i} is a {type(g)}"
        assert g.dtype == dtype, f"gradient of input {i} is {g.dtype} for {np.dtype(dtype)} inputs"
        assert_close(g, g_t, tol, f"gradient of input {i}")


def compare(f, f_backward, torch_f, arrays, *,
            scalar=False, tol=1e-10, tol32=1e-4, float32=True, seed=0, **kw):
    """Assert that f(*arrays, **kw) and f_backward(*upstreams, *arrays, **kw) agree with torch_f(*tensors).

    Parameters
    ----------
    f, f_backward : callable
        f returns an array or a tuple of arrays; f_backward takes one upstream gradient per output, then the
        inputs, and returns the gradients of the float inputs in their order (None for an input that is None).
    torch_f : callable
        Takes one tensor per array (None and non-arrays as they are) and returns a tensor or a tuple; it does
        not see kw, so write `lambda X, W: F.conv1d(X, W, stride=2)`.
    arrays : sequence
        Inputs: float arrays (checked), integer or bool arrays (no gradient), None or other constants.
    scalar : bool
        True for a scalar loss, whose f_backward takes no upstream gradient.
    tol, tol32 : float
        Tolerances in float64 and float32, see assert_close; 1e-10 is the book's promise.
    float32 : bool
        False skips the float32 call (values whose float32 result is meaningless).
    """
    upstream_seed = None if scalar else seed
    arrays = [np.asarray(x, dtype=float) if is_float(x) else x for x in arrays]
    values, upstreams, gradients = torch_reference(torch_f, arrays, upstream_seed)
    check_against((values, gradients), f, f_backward, arrays, upstreams, tol, kw, np.float64, scalar)
    views, upstream_views = [noncontiguous(x) for x in arrays], [noncontiguous(g) for g in upstreams]
    check_against((values, gradients), f, f_backward, views, upstream_views, tol, kw, np.float64, scalar)
    if float32 and not (NUMPY_1 and any(is_float(x) and x.ndim == 0 for x in arrays)):
        small = [x.astype(np.float32) if is_float(x) else x for x in arrays]
        values, _, gradients = torch_reference(torch_f, small, upstream_seed)
        upstreams = [g.astype(np.float32) for g in upstreams]
        check_against((values, gradients), f, f_backward, small, upstreams, tol32, kw, np.float32, scalar)


def numeric_gradients(f, arrays, upstreams=(), h=1e-6):
    """Central differences of sum_k sum(upstreams[k] * f(*arrays)[k]); None for inputs that are not float."""
    def total(*inputs):
        outputs = as_tuple(f(*inputs))
        weights = upstreams or [1.0] * len(outputs)
        return sum(float(np.sum(g * y)) for g, y in zip(weights, outputs))

    gradients = []
    for i, x in enumerate(arrays):
        if not is_float(x):
            gradients.append(None)
            continue
        g = np.zeros_like(x)
        for index in np.ndindex(x.shape):
            up, down = x.copy(), x.copy()
            up[index] += h
            down[index] -= h
            rise = total(*arrays[:i], up, *arrays[i + 1:]) - total(*arrays[:i], down, *arrays[i + 1:])
            g[index] = rise / (2 * h)
        gradients.append(g)
    return gradients


def compare_numeric(f, f_backward, arrays, *, scalar=False, tol=1e-6, seed=0, **kw):
    """As `compare`, against central differences: for what torch lacks. Stay away from kinks."""
    arrays = [np.asarray(x, dtype=float) if is_float(x) else x for x in arrays]
    rng = np.random.default_rng(seed)
    upstreams = [] if scalar else [rng.standard_normal(np.shape(y)) for y in as_tuple(f(*arrays, **kw))]
    expected = [g for g in numeric_gradients(lambda *a: f(*a, **kw), arrays, upstreams) if g is not None]
    _, gradients = run_op(f, f_backward, arrays, upstreams, kw)
    gradients = [g for g in gradients if g is not None]
    assert len(gradients) == len(expected), f"{len(gradients)} gradients for {len(expected)} float inputs"
    for i, (g, g_n) in enumerate(zip(gradients, expected)):
        assert_close(g, g_n, tol, f"gradient of float input {i}")


def defaults(f):
    """The default of each parameter that has one, to compare a function with its backward."""
    parameters = inspect.signature(f).parameters.values()
    return {p.name: p.default for p in parameters if p.default is not p.empty}


def rejects(f, *args, **kw):
    """f must raise a ValueError that says what it expected and what it got."""
    with pytest.raises(ValueError, match=r"expected .*got "):
        f(*args, **kw)
