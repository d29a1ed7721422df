"""Exchange weights between a dlnotes.nn module and its torch twin. Not a test file.

The names are the same in both; torch stores linear maps transposed. What torch has more is its count of
batches in batch norm.
"""

import numpy as np
import torch

from dlnotes import nn
from dlnotes.autograd import Tensor
from dlnotes.nn.recurrent import _Recurrent

torch.set_num_threads(1)
TRANSPOSED = {nn.Linear: ("weight",), nn.MultiheadAttention: ("in_proj_weight",)}


def transposed_names(module):
    """Names, in the whole network, of the weights that torch stores transposed."""
    for path, part in module.named_modules():
        names = TRANSPOSED.get(type(part), ())
        if isinstance(part, _Recurrent):
            names = [name for name in vars(part) if name.startswith("weight")]
        yield from (f"{path}.{name}" if path else name for name in names)


def to_torch(module, twin):
    """Load the state of a dlnotes module into its torch twin (every name must fit), and return it."""
    turned = set(transposed_names(module))
    state = {name: torch.tensor(x.T if name in turned else x) for name, x in module.state_dict().items()}
    counts = {name: x for name, x in twin.state_dict().items() if name.endswith("num_batches_tracked")}
    twin.load_state_dict({**state, **counts})
    return twin


def from_torch(module, twin):
    """Load the state of a torch module into its dlnotes twin, and return it."""
    turned = set(transposed_names(module))
    state = {name: x.detach().numpy() for name, x in twin.state_dict().items() if "num_batches" not in name}
    module.load_state_dict({name: x.T if name in turned else x for name, x in state.items()})
    return module


def first(y):
    return y[0] if isinstance(y, tuple) else y


def assert_twins(module, twin, *inputs, call=None, torch_call=None, tol=1e-10):
    """Equal outputs for equal inputs, equal gradients of all parameters and inputs; returns the output."""
    ours = [Tensor(x, requires_grad=True) if x.dtype.kind == "f" else x for x in inputs]
    theirs = [torch.tensor(x, requires_grad=x.dtype.kind == "f") for x in inputs]
    y, z = first((call or module)(*ours)), first((torch_call or twin)(*theirs))
    np.testing.assert_allclose(y.data, z.detach().numpy(), rtol=tol, atol=tol)
    assert y.dtype == z.detach().numpy().dtype
    upstream = np.random.default_rng(5).standard_normal(y.shape).astype(y.dtype)
    y.backward(upstream)
    z.backward(torch.tensor(upstream))
    for a, b in zip(ours, theirs):
        if isinstance(a, Tensor):
            np.testing.assert_allclose(a.grad, b.grad.numpy(), rtol=tol, atol=tol, err_msg="input")
    turned, torch_parameters = set(transposed_names(module)), dict(twin.named_parameters())
    for name, p in module.named_parameters():
        expected = torch_parameters[name].grad
        grad = p.grad.T if name in turned else p.grad
        scale = max(1.0, float(expected.abs().max()))
        np.testing.assert_allclose(grad, expected.numpy(), rtol=tol, atol=tol * scale, err_msg=name)
    return y
