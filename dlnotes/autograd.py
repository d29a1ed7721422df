r"""Reverse-mode differentiation of numpy programs.

A ``Tensor`` holds an array. Every operation on Tensors stores, with its result, the Tensors that it used and
a function from the gradient of the result to theirs; ``backward`` calls these functions from the end to the
start and adds up what arrives at each Tensor:

.. math:: \bar x = \sum_{y\ \text{computed from}\ x} \Big(\frac{\partial y}{\partial x}\Big)^{\!\top} \bar y,
          \qquad \bar y = \frac{\partial\,\text{loss}}{\partial y}

The derivatives of arithmetic, reductions and reshaping stand in this file. All others come from
`dlnotes.ops`: ``lift(f, f_backward)`` makes an operation on Tensors of a pair. Names and arguments are
numpy's; where numpy has none (``backward``, ``no_grad``), torch's.

Source: A. Griewank and A. Walther, Evaluating Derivatives, 2nd ed., SIAM 2008, section 3.2. Derivatives as a
table: HIPS autograd, D. Maclaurin, D. Duvenaud and R. P. Adams, 2015.
"""

import functools
import math
from contextlib import ContextDecorator
from itertools import count
from operator import attrgetter

import numpy as np

from dlnotes.ops import activations

_births = count()  # a Tensor is made after those it is computed from: sorting by birth is a topological order
_recording = True


class no_grad(ContextDecorator):
    """Within ``with no_grad():``, or in a function decorated with ``@no_grad()``, nothing is recorded."""

    def __init__(self):
        self._outer = []

    def __enter__(self):
        global _recording
        self._outer.append(_recording)
        _recording = False
        return self

    def __exit__(self, *error):
        global _recording
        _recording = self._outer.pop()


class Tensor:
    """An array that remembers how it was computed.

    Parameters
    ----------
    data : array_like
        An array is shared, but copied for ``requires_grad``: what an optimizer changes is the Tensor's own.
    requires_grad : bool
        True for what ``backward`` shall fill ``grad`` of; data must then be float32 or float64.

    Attributes
    ----------
    grad : ndarray or None
        The gradient, of data's shape and dtype. Each ``backward`` adds to it; set it to None to start again.

    Raises
    ------
    ValueError
        If a gradient is wanted of data that are not float32 or float64.

    Notes
    -----
    Do not change ``data`` between an operation and ``backward``: the derivative uses the same array.
    tests/test_autograd.py compares every operation with torch.
    """

    __slots__ = ("data", "grad", "requires_grad", "op", "keeps_grad", "_parents", "_backward", "_born")
    __array_ufunc__ = None  # so that ndarray + Tensor asks Tensor.__radd__

    def __init__(self, data, requires_grad=False):
        data = data.data if isinstance(data, Tensor) else data
        self.data = np.array(data) if requires_grad else np.asarray(data)
        if requires_grad and self.data.dtype not in (np.float32, np.float64):
            raise ValueError(f"expected float32 or float64 data for a gradient; got {self.data.dtype}")
        self.requires_grad = requires_grad
        self.grad = None
        self.op = "leaf"
        self.keeps_grad = False
        self._parents = ()
        self._backward = None
        self._born = next(_births)

    # What an array has, too

    shape = property(attrgetter("data.shape"))
    ndim = property(attrgetter("data.ndim"))
    size = property(attrgetter("data.size"))
    dtype = property(attrgetter("data.dtype"))
    T = property(lambda self: self.transpose())

    def __len__(self):
        return len(self.data)

    def __iter__(self):
        return (self[i] for i in range(len(self)))

    def __repr__(self):
        made = f", op={self.op}" if self._backward else ", requires_grad=True" if self.requires_grad else ""
        return f"Tensor({np.array2string(self.data, precision=4, separator=', ', prefix='Tensor(')}{made})"

    def __array__(self, dtype=None, copy=None):
        if self.requires_grad:  # a numpy function would silently lose the gradient
            raise TypeError("expected an array; got a Tensor with a gradient: take .data or lift f")
        return np.array(self.data, dtype=dtype) if copy else np.asarray(self.data, dtype=dtype)

    def __bool__(self):
        return bool(self.data)

    def __float__(self):
        return float(self.data.item())

    def item(self):
        """Return the number of a Tensor of one element."""
        return self.data.item()

    def detach(self):
        """Return a Tensor of the same array (shared) with no memory of how it was computed."""
        return Tensor(self.data)

    def retain_grad(self):
        """Let ``backward`` keep the gradient of this intermediate result in ``grad``, as that of a leaf."""
        self.keeps_grad = True

    # The reverse pass

    def backward(self, gradient=None, retain_graph=False):
        """Add d(self)/d(leaf) to ``grad`` of every leaf with ``requires_grad`` that self was computed from.

        Parameters
        ----------
        gradient : array_like of self's shape, optional
            The upstream gradient; a Tensor of one element needs none.
        retain_graph : bool
            False frees the graph, and with it all intermediate arrays, on the way.

        Raises
        ------
        ValueError
            If self needs an upstream gradient, or one of another shape, or was not recorded.
        RuntimeError
            If the graph was freed by an earlier call.
        """
        if not self.requires_grad:
            raise ValueError("expected a result of Tensors with requires_grad=True; got one without")
        grads = {self: self._seed(gradient)}
        owned = set()  # Tensors whose entry in grads nobody else holds, so that it may be changed in place
        order = self._graph()
        while order:  # taken off the end, so that an array is freed as soon as nothing needs it
            node = order.pop()
            dY = grads.pop(node)
            if node.keeps_grad:
                node._add_to_grad(dY, fresh=False)
            for parent, g in zip(node._parents, node._backward(dY)):
                if not parent.requires_grad:
                    continue
                if parent._backward is None:
                    parent._add_to_grad(g, fresh=g is not dY and g.base is None)
                elif parent in owned:
                    grads[parent] += g
                elif parent in grads:
                    grads[parent] = grads[parent] + g
                    owned.add(parent)
                else:
                    grads[parent] = g
            if not retain_graph:
                node._parents, node._backward = (), _freed
        if self._backward is None:
            self._add_to_grad(grads[self], fresh=False)

    def _seed(self, gradient):
        if gradient is None:
            if self.data.size != 1:
                raise ValueError(f"expected one element, or an upstream gradient; got {self.shape}")
            return np.ones_like(self.data)
        gradient = np.asarray(gradient, dtype=self.data.dtype)
        if gradient.shape != self.data.shape:
            raise ValueError(f"expected gradient {self.shape}; got {gradient.shape}")
        return gradient

    def _graph(self):
        """List the computed Tensors that self depends on, each after its parents, self last."""
        if self._backward is None:
            return []
        seen, waiting = {self}, [self]
        while waiting:
            node = waiting.pop()
            if node._backward is _freed:
                raise RuntimeError(f"{node.op}: freed by an earlier backward(); keep it by retain_graph=True")
            for parent in node._parents:
                if parent._backward is not None and parent not in seen:
                    seen.add(parent)
                    waiting.append(parent)
        return sorted(seen, key=attrgetter("_born"))

    def _add_to_grad(self, g, fresh):
        """``fresh``: nobody else holds g. Else it is copied: changing one grad must not change another."""
        if self.grad is None:
            self.grad = np.asarray(g, self.data.dtype) if fresh else np.array(g, self.data.dtype)
        else:
            self.grad += g

    # Arithmetic

    def __add__(self, other):
        return _binary("add", self, other)

    def __radd__(self, other):
        return _binary("add", other, self)

    def __sub__(self, other):
        return _binary("subtract", self, other)

    def __rsub__(self, other):
        return _binary("subtract", other, self)

    def __mul__(self, other):
        return _binary("multiply", self, other)

    def __rmul__(self, other):
        return _binary("multiply", other, self)

    def __truediv__(self, other):
        return _binary("divide", self, other)

    def __rtruediv__(self, other):
        return _binary("divide", other, self)

    def __pow__(self, k):
        if isinstance(k, (Tensor, np.ndarray)):
            return _binary("power", self, k)
        x = self.data
        return _record(x**k, (self,), lambda dY: (dY * (k * x ** (k - 1) if k else 0 * x),), "power")

    def __rpow__(self, other):
        return _binary("power", other, self)

    def __matmul__(self, other):
        return _matmul(self, _operand(other, self))

    def __rmatmul__(self, other):
        return _matmul(_operand(other, self), self)

    def __neg__(self):
        return _record(-self.data, (self,), lambda dY: (-dY,), "negative")

    def __gt__(self, other):
        return self.data > _array(other)

    def __ge__(self, other):
        return self.data >= _array(other)

    def __lt__(self, other):
        return self.data < _array(other)

    def __le__(self, other):
        return self.data <= _array(other)

    # Functions of each number

    def exp(self):
        y = np.exp(self.data)
        return _record(y, (self,), lambda dY: (dY * y,), "exp")

    def log(self):
        x = self.data
        return _record(np.log(x), (self,), lambda dY: (dY / x,), "log")

    def sqrt(self):
        y = np.sqrt(self.data)
        return _record(y, (self,), lambda dY: (dY / (2 * y),), "sqrt")

    def sin(self):
        x = self.data
        return _record(np.sin(x), (self,), lambda dY: (dY * np.cos(x),), "sin")

    def cos(self):
        x = self.data
        return _record(np.cos(x), (self,), lambda dY: (dY * -np.sin(x),), "cos")

    def abs(self):
        return absolute(self)

    def relu(self):
        return relu(self)

    def sigmoid(self):
        return sigmoid(self)

    def tanh(self):
        return tanh(self)

    # Reductions; axis and keepdims as in numpy

    def sum(self, axis=None, keepdims=False):
        shape = self.data.shape
        y = _call("sum", [self], self.data.sum, axis=axis, keepdims=keepdims)
        return _record(y, (self,), lambda dY: (_spread(dY, axis, shape),), "sum")

    def mean(self, axis=None, keepdims=False):
        x = self.data
        y = _call("mean", [self], x.mean, axis=axis, keepdims=keepdims)
        share = np.size(y) / max(x.size, 1)
        return _record(y, (self,), lambda dY: (_spread(dY * share, axis, x.shape),), "mean")

    def max(self, axis=None, keepdims=False):
        """The largest numbers; where several are equally large, they share the gradient, as in torch.amax."""
        x = self.data
        top = _call("max", [self], x.max, axis=axis, keepdims=True)

        def backward(dY):
            hits = (x == top).astype(x.dtype)
            return (hits * (_with_axes(dY, axis, x.shape) / hits.sum(axis=axis, keepdims=True)),)

        return _record(top if keepdims else np.squeeze(top, axis), (self,), backward, "max")

    def min(self, axis=None, keepdims=False):
        """The smallest numbers; see `max`."""
        return -(-self).max(axis, keepdims)

    # Shapes and parts

    def reshape(self, *shape):
        before = self.data.shape
        y = _call("reshape", [self], self.data.reshape, *shape)
        return _record(y, (self,), lambda dY: (dY.reshape(before),), "reshape")

    def transpose(self, *axes):
        """Reorder the axes, as numpy's transpose (torch: permute); without arguments reverse them."""
        y = _call("transpose", [self], self.data.transpose, *axes)
        order = axes[0] if axes and not isinstance(axes[0], int) else axes
        back = np.argsort([k % y.ndim for k in order]) if order else None
        return _record(y, (self,), lambda dY: (dY.transpose(back),), "transpose")

    def swapaxes(self, axis0, axis1):
        """Exchange two axes (torch: transpose)."""
        y = _call("swapaxes", [self], self.data.swapaxes, axis0, axis1)
        return _record(y, (self,), lambda dY: (dY.swapaxes(axis0, axis1),), "swapaxes")

    def __getitem__(self, index):
        """Slices, integers, masks and arrays of integers; the gradient of what is taken twice adds up."""
        x = self.data
        index = tuple(_array(part) for part in (index if isinstance(index, tuple) else (index,)))
        y = _call("getitem", [self], x.__getitem__, index)
        repeats = any(isinstance(i, (list, np.ndarray)) and np.asarray(i).dtype != bool for i in index)

        def backward(dY):
            dX = np.zeros_like(x)
            if repeats:
                np.add.at(dX, index, dY)  # dX[index] += dY would keep only one of equal indices
            else:
                dX[index] = dY
            return (dX,)

        return _record(y, (self,), backward, "getitem")


def concatenate(tensors, axis=0):
    """Join Tensors (or arrays) along an axis that they have."""
    tensors = [_operand(t) for t in tensors]
    y = _call("concatenate", tensors, np.concatenate, [t.data for t in tensors], axis=axis)
    ends = np.cumsum([t.data.shape[axis] for t in tensors])[:-1]
    return _record(y, tensors, lambda dY: np.split(dY, ends, axis=axis), "concatenate")


def stack(tensors, axis=0):
    """Join Tensors (or arrays) of one shape along a new axis."""
    tensors = [_operand(t) for t in tensors]
    y = _call("stack", tensors, np.stack, [t.data for t in tensors], axis=axis)
    return _record(y, tensors, lambda dY: list(np.moveaxis(dY, axis, 0)), "stack")


def where(condition, a, b):
    """Take a where the condition (a boolean array) holds, else b."""
    condition = _array(condition)
    a, b = _operand(a, b), _operand(b, a)
    y = _call("where", [Tensor(condition), a, b], np.where, condition, a.data, b.data)

    def backward(dY):
        da, db = np.where(condition, dY, 0), np.where(condition, 0, dY)
        return _unbroadcast(da, a.data.shape), _unbroadcast(db, b.data.shape)

    return _record(y, (a, b), backward, "where")


def maximum(a, b):
    """The larger of each pair; equal numbers share the gradient, as in torch."""
    return _binary("maximum", a, b)


def minimum(a, b):
    """The smaller of each pair; equal numbers share the gradient, as in torch."""
    return _binary("minimum", a, b)


def lift(f, f_backward, loss=False, cached=False):
    """Make an operation on Tensors of a pair of `dlnotes.ops`, so that its derivative is written once, there.

    Parameters
    ----------
    f : callable
        Takes arrays (and settings), returns an array.
    f_backward : callable
        Takes the upstream gradient, then f's arguments; returns the gradients of f's float arrays, in order.
    loss : bool
        True for a loss, whose f_backward takes no upstream gradient: its factor is then multiplied here.
    cached : bool
        True if f returns (Y, cache) or (Y, more results, cache), and f_backward takes the upstream gradients
        of all results, then the cache.

    Returns
    -------
    callable
        Takes f's arguments: Tensors, arrays or None by position, settings by position or name. Returns a
        Tensor, or a list of Tensors where f has several results.
    """

    @functools.wraps(f)
    def op(*inputs, **settings):
        arrays = [_array(x) for x in inputs]
        y = _call(f.__name__, inputs, f, *arrays, **settings)
        is_float = [isinstance(a, np.ndarray) and a.dtype.kind == "f" for a in arrays]
        floats = [_operand(x) for x, wanted in zip(inputs, is_float) if wanted]

        def backward(*dYs):
            if cached:
                return _matched(f_backward(*dYs, y[-1]), floats, f.__name__)
            if not loss:
                return _matched(f_backward(*dYs, *arrays, **settings), floats, f.__name__)
            (dY,) = dYs  # of one number, or of several (N,) where the inputs are (N, C), say
            grads = _matched(f_backward(*arrays, **settings), floats, f.__name__)
            return [g * dY.reshape(dY.shape + (1,) * (g.ndim - dY.ndim)) for g in grads]

        if cached and len(y) > 2:
            return _record_several(y[:-1], floats, backward, f.__name__)
        return _record(y[0] if cached else y, floats, backward, f.__name__)

    return op


absolute = lift(activations.absolute, activations.absolute_backward)
relu = lift(activations.relu, activations.relu_backward)
sigmoid = lift(activations.sigmoid, activations.sigmoid_backward)
tanh = lift(activations.tanh, activations.tanh_backward)

# How it works inside ---------------------------------------------------------------------------------------

# name: f(x, y) and its derivatives with respect to x and to y, times the upstream dZ
BINARY = {
    "add": (np.add, lambda dZ, x, y: dZ, lambda dZ, x, y: dZ),
    "subtract": (np.subtract, lambda dZ, x, y: dZ, lambda dZ, x, y: -dZ),
    "multiply": (np.multiply, lambda dZ, x, y: dZ * y, lambda dZ, x, y: dZ * x),
    "divide": (np.divide, lambda dZ, x, y: dZ / y, lambda dZ, x, y: -dZ * x / (y * y)),
    "power": (
        np.power,
        lambda dZ, x, y: dZ * y * x ** np.where(y == 0, 1, y - 1),  # x**0 has the slope 0 at x = 0 too
        lambda dZ, x, y: dZ * x**y * np.log(np.where(x == 0, 1, x)),  # and 0**y in y
    ),
    "maximum": (
        np.maximum,
        lambda dZ, x, y: _winners(dZ, x > y, x == y),
        lambda dZ, x, y: _winners(dZ, y > x, x == y),
    ),
    "minimum": (
        np.minimum,
        lambda dZ, x, y: _winners(dZ, x < y, x == y),
        lambda dZ, x, y: _winners(dZ, y < x, x == y),
    ),
}


def _binary(name, a, b):
    a, b = _operand(a, b), _operand(b, a)
    x, y = a.data, b.data
    f, dx, dy = BINARY[name]
    try:
        z = f(x, y)
    except ValueError as error:
        raise _explained(error, name, a, b) from None

    def backward(dZ):
        return (
            _unbroadcast(dx(dZ, x, y), x.shape) if a.requires_grad else None,
            _unbroadcast(dy(dZ, x, y), y.shape) if b.requires_grad else None,
        )

    return _record(z, (a, b), backward, name)


def _matmul(a, b):
    """The matrix product of the last two axes, as in numpy: vectors and leading axes too."""
    x, y = a.data, b.data
    try:
        z = x @ y
    except ValueError as error:
        raise _explained(error, "matmul", a, b) from None
    X = x[None] if x.ndim == 1 else x  # (..., N, K)
    Y = y[:, None] if y.ndim == 1 else y  # (..., K, M)

    def backward(dZ):
        dZ = dZ[..., None] if y.ndim == 1 else dZ
        dZ = np.expand_dims(dZ, -2) if x.ndim == 1 else dZ  # (..., N, M)
        dX = dY = None
        if a.requires_grad:
            dX = _shaped(_unbroadcast(dZ @ Y.swapaxes(-1, -2), X.shape), x.shape)
        if b.requires_grad and Y.ndim == 2:  # one product over all rows, instead of one for each matrix
            dY = _shaped(_rows(X).T @ _rows(dZ), y.shape)
        elif b.requires_grad:
            dY = _unbroadcast(X.swapaxes(-1, -2) @ dZ, Y.shape)
        return dX, dY

    return _record(z, (a, b), backward, "matmul")


def _rows(X):
    return _shaped(X, (math.prod(X.shape[:-1]), X.shape[-1]))


def _record(y, parents, backward, op):
    """Make the Tensor of a result.

    ``backward`` takes the gradient of y and returns one for each of the parents (None where none is wanted):
    new arrays, no two the same, or what it was given, or views of it.
    """
    out = Tensor.__new__(Tensor)
    out.data = y if type(y) is np.ndarray else np.asarray(y)
    out.grad = None
    out.op = op
    out.keeps_grad = False
    out._born = next(_births)
    out.requires_grad = False
    out._parents, out._backward = (), None
    if _recording:
        for parent in parents:
            if parent.requires_grad:
                out.requires_grad = True
                out._parents, out._backward = parents, backward
                break
    return out


def _record_several(ys, parents, backward, op):
    """Make the Tensors of an operation with several results, whose ``backward`` takes the gradients of all.

    Between them and the parents stands a hub, an empty Tensor: the results leave their gradients in
    ``arrived``, and when all that are used have done so, it is the hub's turn.
    """
    arrived = {}

    def hub_backward(nothing):
        dYs = [arrived.pop(k, None) for k in range(len(ys))]
        return backward(*(np.zeros_like(y) if dY is None else dY for y, dY in zip(ys, dYs)))

    def leave(k, dY):
        arrived[k] = dY
        return (hub.data,)

    hub = _record(np.empty(0), parents, hub_backward, op)
    return [_record(y, (hub,), functools.partial(leave, k), op) for k, y in enumerate(ys)]


def _matched(grads, floats, name):
    """Check what a backward function returned against the float inputs; make equal arrays two."""
    grads = [g for g in grads if g is not None] if isinstance(grads, tuple) else [grads]
    got, wanted = [g.shape for g in grads], [x.shape for x in floats]
    if got != wanted:
        raise ValueError(f"{name}_backward: expected gradients of shapes {wanted}; got {got}")
    if len(set(map(id, grads))) < len(grads):
        return [g.copy() for g in grads]
    return grads


def _freed(dY):
    """Stands for the backward function of a Tensor whose graph was freed."""


def _call(op, tensors, f, *args, **settings):
    """Return f(...); an error then names the operation and the shapes."""
    try:
        return f(*args, **settings)
    except (ValueError, IndexError) as error:
        raise _explained(error, op, *tensors) from None


def _explained(error, op, *inputs):
    """Return the error with the operation and the shapes of its inputs."""
    shapes = " and ".join(str(x.shape) for x in inputs if isinstance(x, (Tensor, np.ndarray)))
    return (ValueError if isinstance(error, ValueError) else IndexError)(f"{op} of {shapes}: {error}")


def _array(x):
    return x.data if isinstance(x, Tensor) else x


def _operand(x, like=None):
    """Return x as a Tensor; a number takes the dtype of the Tensor that it meets."""
    if isinstance(x, Tensor):
        return x
    if isinstance(x, (int, float)) and isinstance(like, Tensor) and like.data.dtype.kind == "f":
        return Tensor(np.asarray(x, like.data.dtype))
    return Tensor(x)


def _with_axes(dY, axis, shape):
    """Put the axes that a reduction of an array of this shape removed back, with size 1."""
    kept = list(shape)
    for k in range(len(shape)) if axis is None else (axis,) if isinstance(axis, int) else axis:
        kept[k] = 1
    return dY.reshape(kept)


def _spread(dY, axis, shape):
    """Repeat dY along the axes that a sum removed; a real copy: products of broadcast views are slow."""
    return np.array(np.broadcast_to(_with_axes(dY, axis, shape), shape), order="C")


def _shaped(g, shape):
    return g if g.shape == shape else g.reshape(shape)


def _unbroadcast(g, shape):
    """Sum the gradient over the axes along which an operand of this shape was repeated."""
    if g.shape == shape:
        return g
    new = g.ndim - len(shape)
    axes = (*range(new), *(k for k in range(new, g.ndim) if g.shape[k] != shape[k - new]))
    return _shaped(np.add.reduce(g, axes), shape)


def _winners(dZ, wins, ties):
    return np.where(ties, dZ / 2, np.where(wins, dZ, 0))
