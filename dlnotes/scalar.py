"""Reverse-mode differentiation of scalars: each ``Value`` knows its parents and the local derivative by each of them."""

import math
from html import escape
from itertools import count

_births = count()  # a value is made after its parents, so the order of birth is a topological order


class Value:
    r"""A number that remembers how it was computed.

    .. math:: \bar p = \sum_{c\ \text{computed from}\ p} \bar c\, \frac{\partial c}{\partial p},
        \qquad \bar v = \frac{\partial\,\text{result}}{\partial v}

    Parameters
    ----------
    data : float
    label : str
        Shown by ``draw``.

    Attributes
    ----------
    grad : float
        d(result)/d(this), filled by ``result.backward()``. Leaves add up over several calls, as in torch.

    Notes
    -----
    The local derivatives are numbers, computed with the value: no closure, no second pass over the formulas. At its
    kink ``relu`` has derivative 0, as in torch. Compared with central differences, torch and the numbers of
    micrograd's README in tests/test_scalar.py.

    Source: A. Karpathy, micrograd (2020), for the idea of a scalar engine that fits on a page; A. Griewank and
    A. Walther, Evaluating Derivatives (2nd ed., 2008), section 3.2, for reverse accumulation.
    """

    __slots__ = ("data", "grad", "label", "op", "parents", "slopes", "born")

    def __init__(self, data, parents=(), slopes=(), op="", label=""):
        self.data = data
        self.grad = 0.0
        self.parents = parents
        self.slopes = slopes  # d(self)/d(parent), in the order of parents
        self.op = op
        self.label = label
        self.born = next(_births)

    def __add__(self, other):
        if isinstance(other, Value):
            return Value(self.data + other.data, (self, other), (1.0, 1.0), "+")
        return Value(self.data + other, (self,), (1.0,), f"+ {other:g}")

    def __mul__(self, other):
        if isinstance(other, Value):
            return Value(self.data * other.data, (self, other), (other.data, self.data), "*")
        return Value(self.data * other, (self,), (other,), f"* {other:g}")

    def __pow__(self, k):
        if isinstance(k, Value):
            raise TypeError("expected a number as exponent; for x ** y with a Value y write (y * x.log()).exp()")
        return Value(self.data**k, (self,), (k * self.data ** (k - 1) if k else 0.0,), f"** {k:g}")

    def relu(self):
        return Value(max(self.data, 0.0), (self,), (float(self.data > 0),), "relu")

    def tanh(self):
        t = math.tanh(self.data)
        return Value(t, (self,), (1 - t * t,), "tanh")

    def exp(self):
        e = math.exp(self.data)
        return Value(e, (self,), (e,), "exp")

    def log(self):
        return Value(math.log(self.data), (self,), (1 / self.data,), "log")

    def backward(self):
        """Fill ``grad`` of every value that this one was computed from, each after all values computed from it."""
        order, waiting = {self}, [self]
        while waiting:
            fresh = [p for p in waiting.pop().parents if p not in order]
            order.update(fresh)
            waiting.extend(fresh)
        for v in order:
            if v.parents:
                v.grad = 0.0  # only leaves keep what earlier calls left
        self.grad += 1.0
        for v in sorted(order, key=lambda v: -v.born):
            for parent, slope in zip(v.parents, v.slopes):
                parent.grad += slope * v.grad

    def __neg__(self):
        return self * -1.0

    def __sub__(self, other):
        return self + -other

    def __rsub__(self, other):
        return -self + other

    def __truediv__(self, other):
        return self * other**-1

    def __rtruediv__(self, other):
        return self**-1 * other

    __radd__, __rmul__ = __add__, __mul__

    def __repr__(self):
        return f"Value(data={self.data:g}, grad={self.grad:g})"
