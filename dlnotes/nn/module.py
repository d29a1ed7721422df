"""What every layer and network is: a Module, which knows its parameters by name."""

import numpy as np

from dlnotes.autograd import Tensor


class Parameter(Tensor):
    """A Tensor that an optimizer changes. A Module lists those among its attributes."""

    __slots__ = ()

    def __init__(self, data):
        super().__init__(data, requires_grad=True)


class Module:
    """Base of all layers and networks.

    A subclass sets attributes in ``__init__`` and computes in ``forward``. Attributes that are Parameters,
    arrays or Modules make the state, under the attribute's name and in the order in which they were set:
    ``weight``, ``running_mean``, ``0.weight``. (torch wants arrays registered; here every array is a buffer.)

    Attributes
    ----------
    training : bool
        Whether `Dropout` drops and `BatchNorm1d` takes the statistics of the batch; see `train` and `eval`.
    """

    training = True

    def __call__(self, *inputs, **settings):
        return self.forward(*inputs, **settings)

    def named_modules(self, prefix=""):
        """Yield (name, module) for this one, whose name is "", and for all inside."""
        yield prefix, self
        for name, child in vars(self).items():
            if isinstance(child, Module):
                yield from child.named_modules(f"{prefix}.{name}" if prefix else name)

    def _named(self, kind):
        """Yield (name, value) of the attributes of a kind; what several modules share comes once."""
        seen = set()
        for path, module in self.named_modules():
            for name, value in vars(module).items():
                if isinstance(value, kind) and id(value) not in seen:
                    seen.add(id(value))
                    yield f"{path}.{name}" if path else name, value

    def modules(self):
        return [module for _, module in self.named_modules()]

    def named_parameters(self):
        return list(self._named(Parameter))

    def parameters(self):
        return [p for _, p in self._named(Parameter)]

    def zero_grad(self):
        for p in self.parameters():
            p.grad = None

    def train(self, mode=True):
        """Set ``training`` here and in all modules inside; return self."""
        for module in self.modules():
            module.training = mode
        return self

    def eval(self):
        return self.train(False)

    def state_dict(self):
        """Return {name: array} of all parameters and arrays: copies, which later training does not change.

        ``np.savez(file, **model.state_dict())`` writes, ``model.load_state_dict(np.load(file))`` reads them.
        """
        return {name: _array(value).copy() for name, value in self._named((Parameter, np.ndarray))}

    def load_state_dict(self, state):
        """Copy the arrays of a state into this module.

        Raises
        ------
        ValueError
            If names are missing or left over, or a shape is another. Nothing is changed then.
        """
        mine = {name: _array(value) for name, value in self._named((Parameter, np.ndarray))}
        if set(state) != set(mine):
            missing, unknown = sorted(set(mine) - set(state)), sorted(set(state) - set(mine))
            raise ValueError(f"expected the names of this module; got none for {missing}, and also {unknown}")
        for name, array in mine.items():
            if np.shape(state[name]) != array.shape:
                raise ValueError(f"expected {name} {array.shape}; got {np.shape(state[name])}")
        for name, array in mine.items():
            array[...] = state[name]

    def extra_repr(self):
        """What the printed form shows in parentheses."""
        return ""

    def __repr__(self):
        children = [f"({name}): {child}" for name, child in vars(self).items() if isinstance(child, Module)]
        lines = "".join("\n  " + child.replace("\n", "\n  ") for child in children)
        return f"{type(self).__name__}({self.extra_repr()}{lines}{chr(10) if children else ''})"


class ModuleList(Module):
    """Modules in a row, named "0", "1", ..., for a forward of your own."""

    def __init__(self, modules=()):
        for i, module in enumerate(modules):
            setattr(self, str(i), module)

    def __iter__(self):
        return (module for module in vars(self).values() if isinstance(module, Module))

    def __len__(self):
        return sum(1 for _ in self)

    def __getitem__(self, i):
        return [*self][i]


class Sequential(ModuleList):
    """Modules in a row, each applied to the result of the one before."""

    def __init__(self, *modules):
        super().__init__(modules)

    def forward(self, X):
        for module in self:
            X = module(X)
        return X


def _array(value):
    return value.data if isinstance(value, Tensor) else value


def expect_dtype(X, W):
    """Mixed precision would silently cost time and digits."""
    if X.dtype != W.dtype:
        raise ValueError(f"expected X {W.dtype}, the dtype of the weights; got {X.dtype}")
