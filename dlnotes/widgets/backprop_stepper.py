"""Backprop stepper: an expression as a graph, its values forward and its gradients backward, one edge at a time."""

import numpy as np
import traitlets
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch
from traitlets import TraitError

from dlnotes.plots import COLOURS, INK, style
from dlnotes.scalar import Value, _layout
from dlnotes.widgets.backprop_expression import OPERATIONS, ExpressionError, parse
from dlnotes.widgets.base import Widget

RANGE = 10.0                             # the variables lie between -RANGE and RANGE
START = 1.0                              # the value of a variable that was given none

PRESETS = {
    "product": dict(expression="a*b + tanh(c)", values=[2.0, -3.0, 0.5]),
    "neuron": dict(expression="z = w*x + b; loss = (tanh(z) - y)**2", values=[0.5, 2.0, -0.3, -1.0]),
    "twice": dict(expression="a*b + sin(a)", values=[2.0, 0.5]),
    "relu_off": dict(expression="v * relu(w*x + b)", values=[1.5, -1.0, 2.0, 0.5]),
    "chain": dict(expression="sigmoid(sigmoid(sigmoid(sigmoid(w*x))))", values=[1.0, 0.5]),
    "softmax": dict(expression="loss = log(exp(a) + exp(b)) - a", values=[1.0, 2.0]),
    "not_a_number": dict(expression="b * log(a)", values=[2.0, -0.5]),
}


def compute(graph, x):
    """Forward and backward pass by dlnotes.scalar.

    Parameters
    ----------
    graph : Graph
    x : sequence of float, one a variable

    Returns
    -------
    list of Value, one a node; the last, the result, has gone backward
    """
    leaves, values = iter(x), []
    with np.errstate(all="ignore"):
        for node in graph.nodes:
            if not node.op:
                values.append(Value(np.float64(next(leaves)), label=node.name))
                continue
            data = [np.float64(node.k) if a is None else values[a].data for a in node.args]
            value, slopes = OPERATIONS[node.op]
            y = value(*data)
            pairs = [(values[a], s) for a, s in zip(node.args, slopes(*data, y)) if a is not None]
            values.append(Value(y, *zip(*pairs), node.op, node.name))
        values[-1].backward()
    return values


def central(graph, x, h=1e-5):
    """Slope towards each variable from the values on both sides of it.

    .. math:: \\frac{f(x_i + h') - f(x_i - h')}{2h'},\\qquad h' = h \\max(1, |x_i|)

    Returns
    -------
    array (variables, 3): the central difference, and the one-sided ones on the left and on the right
    """
    x, rows = np.array(x, float), []
    f = compute(graph, x)[-1].data
    for i, e in enumerate(np.eye(x.size)):
        step = h * max(1.0, abs(x[i]))
        left, right = (compute(graph, x + s * step * e)[-1].data for s in (-1, 1))
        with np.errstate(all="ignore"):
            rows.append([(right - left) / (2 * step), (f - left) / step, (right - f) / step])
    return np.array(rows).reshape(x.size, 3)


def schedule(graph):
    """What happens in each step: (kind, node, slot).

    "start"; "forward" for each operation; "seed" for the result; "backward" for each argument `slot` of each
    operation, last operation first; "check".
    """
    order = [i for i, node in enumerate(graph.nodes) if node.op]
    edges = [(i, slot) for i in reversed(order) for slot, a in enumerate(graph.nodes[i].args) if a is not None]
    return [("start", -1, -1), *(("forward", i, -1) for i in order), ("seed", len(graph.nodes) - 1, -1),
            *(("backward", i, slot) for i, slot in edges), ("check", -1, -1)]


def partial(graph, values, steps, step):
    """What is known after `step` steps: how many values, the gradients so far, and how many parts each has.

    Returns
    -------
    known : array (nodes,) of bool
    grads : array (nodes,), parts : array (nodes,) of int
    """
    known = np.array([not node.op for node in graph.nodes])
    grads, parts = np.zeros(known.size), np.zeros(known.size, int)
    with np.errstate(all="ignore"):
        for kind, i, slot in steps[1:step + 1]:
            if kind == "forward":
                known[i] = True
            elif kind == "seed":
                grads[i], parts[i] = 1.0, 1
            elif kind == "backward":
                args = graph.nodes[i].args
                slopes = values[i].slopes
                slope = slopes[sum(a is not None for a in args[:slot])]
                grads[args[slot]] += slope * grads[i]
                parts[args[slot]] += 1
    return known, grads, parts


def title(graph, node):
    """The box's first line: "a" for a variable, "v1 = a × b" for an operation."""
    names = [f"{node.k:.4g}" if a is None else graph.nodes[a].name for a in node.args]
    signs = {"+": " + ", "-": " − ", "*": " × ", "/": " / ", "**": " ** "}
    words = {"": "", "neg": f"−{names[0]}" if names else ""}
    if node.op in signs:
        words[node.op] = signs[node.op].join(names)
    formula = words.get(node.op, f"{node.op}({', '.join(names)})")
    return f"{node.name} = {formula}" if formula else node.name


class BackpropStepper(Widget):
    """An expression of the reader's, as a graph: values forward, gradients backward, edge by edge.

    Parameters
    ----------
    expression : str
        With numbers, names (each is a variable, or defined before as in "z = w*x + b; tanh(z)"), + - * / ** and
        exp, log, tanh, sigmoid, relu, softplus, sin, cos, sqrt, abs, max, min.
    values : list of float, or dict from names to floats
        Values of the variables, -10 to 10, in the order in which the text names them; missing ones are 1.
    preset : {"product", "neuron", "twice", "relu_off", "chain", "softmax", "not_a_number"}
        A situation that gives both where they are not given.
    step : int
        The step that is shown: 0 is before the first operation; too great a number shows the last step.
    speed : {1, 5, 20, 60, 200}
        Steps a second while playing.
    playing : bool
        Whether it plays when it comes into view; a reader who prefers reduced motion starts it himself.
    """

    view = "backprop_stepper"
    expression = traitlets.Unicode("").tag(sync=True)
    values = traitlets.List(traitlets.Float(min=-RANGE, max=RANGE)).tag(sync=True)
    step = traitlets.Int(0, min=0, max=200).tag(sync=True)
    speed = traitlets.Enum([1, 5, 20, 60, 200], 1).tag(sync=True)
    playing = traitlets.Bool(False).tag(sync=True)

    def __init__(self, expression=None, preset="product", **traits):
        if preset not in PRESETS:
            raise ValueError(f"expected preset one of {', '.join(PRESETS)}; got {preset!r}")
        given = PRESETS[preset] if expression is None else dict(expression=expression)
        traits = {**given, **traits}
        if isinstance(traits.get("values"), dict):
            traits["values"] = self._in_order(traits["expression"], traits["values"])
        super().__init__(**traits)

    @staticmethod
    def _in_order(expression, values):
        graph = parse(expression)
        names = [graph.nodes[i].name for i in graph.variables]
        if unknown := sorted(set(values) - set(names)):
            raise ValueError(f"expected values of {', '.join(names)}; got one of {', '.join(unknown)}")
        return [float(values.get(name, START)) for name in names]

    @traitlets.validate("expression")
    def _parsed(self, proposal):
        try:
            parse(proposal["value"])
        except ExpressionError as error:
            raise TraitError(f"expression: {error}") from None
        return proposal["value"]

    @traitlets.validate("values")
    def _finite(self, proposal):
        if not np.isfinite(proposal["value"]).all():
            raise TraitError(f"expected finite values; got {proposal['value']}")
        return proposal["value"]

    def shown(self):
        """The graph, the point (variables,), the computed nodes, and the step that is shown."""
        graph = parse(self.expression)
        x = (self.values + [START] * len(graph.variables))[:len(graph.variables)]
        return graph, x, compute(graph, x), min(self.step, len(schedule(graph)) - 1)

    def still(self):
        graph, _, values, step = self.shown()
        known, grads, parts = partial(graph, values, schedule(graph), step)
        place, arrows = _layout(values[::-1])
        wide, high = np.max(list(place.values()), axis=0)
        with style():
            size = min(1.75 * (wide + 1), 11), max(0.85 * (high + 1), 1.4)
            fig = Figure(figsize=size, layout="none")
            ax = fig.add_axes((0, 0, 1, 1))
            ax.set(xlim=(-0.55, wide + 0.55), ylim=(high + 0.6, -0.6))
            ax.axis("off")
            for stops, slope, entry in arrows:
                self._draw_arrow(ax, [place[s] for s in stops], slope if known[values.index(stops[0])] else None, entry)
            for i, (node, value) in enumerate(zip(graph.nodes, values)):
                self._draw_box(ax, place[value], title(graph, node), value.data if known[i] else None,
                               grads[i] if parts[i] else None)
        return fig

    @staticmethod
    def _draw_arrow(ax, stops, slope, entry):
        stops = [(x, y + (entry / 72 if i == 0 else 0)) for i, (x, y) in enumerate(stops)][::-1]
        for i, (start, stop) in enumerate(zip(stops, stops[1:])):
            first, last = i == 0, i == len(stops) - 2
            ends = (start[0] + 0.36 * first, start[1]), (stop[0] - 0.36 * last, stop[1])
            ax.annotate("", ends[1], ends[0], arrowprops=dict(
                arrowstyle="->" if last else "-", color=INK, shrinkA=0, shrinkB=0))
        if slope is not None:
            at = 0.3 * np.array(ends[0]) + 0.7 * np.array(ends[1])
            ax.text(*at, f"{slope:.3g}", color=INK, fontsize=8, ha="center", va="bottom")

    @staticmethod
    def _draw_box(ax, place, words, value, grad):
        x, y = place
        ax.add_patch(FancyBboxPatch((x - 0.33, y - 0.32), 0.66, 0.66, boxstyle="round,pad=0.02", facecolor="none",
                                    edgecolor=INK, linewidth=1))
        ax.text(x, y - 0.2, words, color=INK, ha="center", va="center", fontsize=8)
        lines = (("value", value, 0.02, COLOURS[0]), ("gradient", grad, 0.23, COLOURS[1]))
        for name, number, down, colour in lines:
            if number is not None:
                ax.text(x, y + down, f"{name} {number:.4g}", color=colour, ha="center", va="center", fontsize=8)

    def describe(self):
        graph, x, values, step = self.shown()
        known, grads, parts = partial(graph, values, schedule(graph), step)
        point = ", ".join(f"{graph.nodes[i].name} = {value:g}" for i, value in zip(graph.variables, x))
        words = f"The graph of {' '.join(self.expression.split())} at {point}, step {step}: "
        words += f"{sum(known)} of {len(known)} values are computed"
        if known[-1]:
            words += f", the result is {values[-1].data:.4g}"
        if parts[-1]:
            done = [f"{graph.nodes[i].name} {grads[i]:.4g}" for i in graph.variables if parts[i]]
            words += f"; gradients so far: {', '.join(done) or 'only of inner nodes'}"
        return words + "."

