"""Reverse-mode differentiation of scalars: a ``Value`` knows its parents and its slope along each of them."""

import math
from html import escape
from itertools import count
from operator import attrgetter

WIDE, HIGH = 170, 72  # of a column and a row of the drawing, in pixels
_births = count()  # a value is made after its parents, so the order of birth is a topological order


class Value:
    r"""A number that remembers how it was computed.

    .. math:: \bar p = \sum_{c\ \text{computed from}\ p} \bar c\, \frac{\partial c}{\partial p},
        \qquad \bar v = \frac{\partial\,\text{result}}{\partial v}

    Parameters
    ----------
    data : float
    parents, slopes, op
        Left out by the user: what it was computed from, the derivatives with respect to those, and how.
    label : str
        Shown by ``svg``.

    Attributes
    ----------
    grad : float
        d(result)/d(this), filled by ``result.backward()``. Leaves add up over several calls, as in torch.

    Notes
    -----
    The local derivatives are numbers, computed with the value: backward only multiplies and adds. At its kink
    ``relu`` has the slope 0, as in torch. Where a slope is infinite (``Value(0.0) ** 0.5``) Python raises.
    tests/test_scalar.py compares with torch, central differences and the numbers of micrograd's README.

    Source
    ------
    Reverse accumulation: A. Griewank and A. Walther, Evaluating Derivatives, 2nd ed., SIAM 2008, section 3.2.
    A scalar engine that fits on a page: A. Karpathy, micrograd, 2020.
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
            raise TypeError("expected a number as exponent; got a Value: write (k * x.log()).exp()")
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

    def _sorted(self):
        """List self and all that it was computed from, each after all values that were computed from it."""
        seen, waiting = {self}, [self]
        while waiting:
            for parent in waiting.pop().parents:
                if parent not in seen:
                    seen.add(parent)
                    waiting.append(parent)
        return sorted(seen, key=attrgetter("born"), reverse=True)

    def backward(self):
        """Add d(self)/d(v) to ``v.grad`` of each leaf v of the graph; set it for what lies between."""
        order = self._sorted()
        for v in order:
            if v.parents:
                v.grad = 0.0  # only leaves keep what earlier calls left
        self.grad += 1.0
        for v in order:
            grad = v.grad
            for parent, slope in zip(v.parents, v.slopes):
                parent.grad += slope * grad

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

    def svg(self):
        """Return a drawing (str): every box has its operation, value and gradient, every arrow its slope."""
        return _draw(self._sorted())

    def __repr__(self):
        return f"Value(data={self.data:g}, grad={self.grad:g})"


# The drawing ---------------------------------------------------------------------------------------------


def _draw(values):
    """Return an SVG image, parents left of what was computed from them, in the page's text colour."""
    place, arrows = _layout(values)
    width = WIDE * (1 + max(x for x, _ in place.values()))
    height = HIGH * (1 + max(y for _, y in place.values()))
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" role="img" '
        f'viewBox="0 0 {width:g} {height:g}" font-family="sans-serif" font-size="12" fill="currentColor">'
        f"<title>How {escape(values[0].label or 'the result')} was computed</title>"
    )
    curves = [_arrow([place[stop] for stop in stops], slope, entry) for stops, slope, entry in arrows]
    boxes = [_box(v, x, y) for v, (x, y) in place.items() if isinstance(v, Value)]
    return "\n".join([head, *curves, *boxes, "</svg>"])


def _layout(values):
    """Give every value a column (just left of its first use) and a row (near the mean of its uses).

    An arrow over several columns gets a bend (v, k, column) in each, which is placed like a value, so that no
    arrow runs through a box. Return {value or bend: (x, y)} and [([child, bends, parent], slope, entry)];
    entry is how far from the middle of its box an arrow ends.
    """
    column = {values[0]: 0}
    arrows, uses, layers = [], {values[0]: []}, {}
    for v in values:
        layers.setdefault(column[v], []).append(v)
        for p in v.parents:
            column[p] = min(column.get(p, 0), column[v] - 1)
    for v in values:
        for k, (p, slope) in enumerate(zip(v.parents, v.slopes)):
            bends = [(v, k, x) for x in range(column[v] - 1, column[p], -1)]
            for bend in bends:
                layers[bend[2]].append(bend)
            arrows.append(([v, *bends, p], slope, 24 * (k - (len(v.parents) - 1) / 2)))
            for left, right in zip([*bends, p], [v, *bends]):
                uses.setdefault(left, []).append((right, 0.3 * (k - 0.5) * (right is v)))
    return _rows(layers, uses), arrows


def _rows(layers, uses):
    row = {}
    for x in sorted(layers, reverse=True):
        wish = {item: sum(row[u] + d for u, d in uses[item]) / max(len(uses[item]), 1) for item in layers[x]}
        layer = sorted(layers[x], key=wish.get)
        spread = []
        for item in layer:
            spread.append(max(wish[item], spread[-1] + 1) if spread else wish[item])
        shift = (sum(wish.values()) - sum(spread)) / len(layer)  # the layer stays near its uses
        row.update(zip(layer, (y + shift for y in spread)))
    left, top = min(layers), min(row.values())
    return {item: (x - left, row[item] - top) for x in layers for item in layers[x]}


def _box(v, x, y):
    left, top = WIDE * x + 20, HIGH * y + 9
    name = ": ".join(part for part in (v.label, v.op) if part) or "leaf"
    lines = (name, f"value {v.data:.4g}", f"gradient {v.grad:.4g}")
    text = "".join(
        f'<text x="{left + 55:g}" y="{top + 16 + 15 * i:g}" text-anchor="middle">{escape(line)}</text>'
        for i, line in enumerate(lines)
    )
    box = f'<rect x="{left:g}" y="{top:g}" width="110" height="54" rx="6" fill="none" stroke="currentColor"/>'
    return box + text


def _arrow(stops, slope, entry):
    """The curve from the parent (last stop) through the bends to the child (first), the slope at its head."""
    points = [(WIDE * x + 75, HIGH * y + 36 + entry * (i == 0)) for i, (x, y) in enumerate(stops)][::-1]
    x, y = points[0][0] + 55, points[0][1]
    path = f"M{x:g},{y:g}"
    for i, (x1, y1) in enumerate(points[1:]):
        end = x1 - 55
        path += f" C{x + 20:g},{y:g} {end - 20:g},{y1:g} {end:g},{y1:g} h{0 if i == len(points) - 2 else 110}"
        x, y = x1 + 55, y1
    label = f'<text x="{end - 4:g}" y="{y - 4:g}" text-anchor="end" font-size="10">{slope:.3g}</text>'
    return f'<path d="{path}" fill="none" stroke="currentColor" opacity="0.5"/>{label}'
