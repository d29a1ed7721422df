"""The scalar engine against torch, central differences and the numbers of micrograd's README."""

import gc
import math
import random
import re
import sys
import xml.etree.ElementTree as ElementTree

import pytest
import torch

from dlnotes.gradcheck import GradientError, gradcheck
from dlnotes.scalar import Value


def readme(a, b):
    """The expression of micrograd's README (A. Karpathy, MIT licence), which prints three numbers."""
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    f = (c - d) ** 2
    g = f / 2.0
    return g + 10.0 / f


def test_the_numbers_of_micrograds_readme():
    a, b = Value(-4.0), Value(2.0)
    g = readme(a, b)
    g.backward()
    assert f"{g.data:.4f} {a.grad:.4f} {b.grad:.4f}" == "24.7041 138.8338 645.5773"


def random_expression(seed, inputs):
    """Grow an expression from the inputs by twelve random operations; each result may be used again."""
    draw = random.Random(seed)
    pool = list(inputs)
    for _ in range(12):
        x, y, k = draw.choice(pool), draw.choice(pool), draw.choice([-2.0, 0.5, 3.0])
        pool.append(draw.choice([
            lambda: x + y, lambda: x - y, lambda: x * y, lambda: x / (y * y + 1), lambda: -x,
            lambda: k + x, lambda: k - x, lambda: k * x, lambda: k / (x * x + 1), lambda: x + k,
            lambda: x - k,
            lambda: x * k, lambda: x / k, lambda: x**2, lambda: (x * x + 1) ** -0.5, lambda: x**3 * 0.1,
            lambda: x.relu(), lambda: x.tanh(), lambda: (x.tanh() * 2).exp(), lambda: (x * x + 0.5).log(),
        ])())  # fmt: skip
    return sum(pool[len(inputs):], pool[0]).tanh() * pool[-1]


@pytest.mark.parametrize("seed", range(60))
def test_random_expressions_against_torch(seed):
    numbers = [random.Random(1000 + seed).gauss(0, 1) for _ in range(3)]
    ours = [Value(x) for x in numbers]
    theirs = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in numbers]
    y, z = random_expression(seed, ours), random_expression(seed, theirs)
    y.backward()
    z.backward()
    assert y.data == pytest.approx(z.item(), rel=1e-10, abs=1e-12)
    for v, t in zip(ours, theirs):
        expected = 0.0 if t.grad is None else t.grad.item()
        assert v.grad == pytest.approx(expected, rel=1e-9, abs=1e-10)


def test_every_operation_against_central_differences():
    def f(x):
        a, b = Value(float(x[0])), Value(float(x[1]))
        out = (a * b + a / b - b**2.5 + (a - 3.0).tanh()).exp() * 1e-2
        out = out + (3.0 - a).relu() + b.log() / a - 2.0 / b
        out.backward()
        return out.data, [a.grad, b.grad]

    point = [1.3, 0.7]
    gradcheck(lambda x: f(x)[0], [point], [f(point)[1]])
    with pytest.raises(GradientError):  # the comparison can fail: one derivative off by 0.1 %
        gradcheck(lambda x: f(x)[0], [point], [[f(point)[1][0], f(point)[1][1] * 1.001]])


def test_reused_inputs_add_up():
    x = Value(3.0)
    (x * x).backward()
    assert x.grad == 6.0
    x = Value(3.0)
    y = x + x + x * x
    (y * y).backward()
    assert x.grad == 2 * 15 * (2 + 6)


def test_a_second_backward_adds_to_leaves_only():
    x = Value(2.0)
    y = x * x
    z = y * 3.0
    z.backward()
    z.backward()
    assert (x.grad, y.grad, z.grad) == (24.0, 3.0, 1.0)


def test_kinks_as_torch_has_them():
    for x in (0.0, -0.0, -1.0, 2.0):
        v, t = Value(x), torch.tensor(x, requires_grad=True)
        v.relu().backward()
        torch.relu(t).backward()
        assert v.grad == t.grad.item()
    for k in (0, 1, 2):  # 0 ** 0 is 1 with slope 0, not nan
        v, t = Value(0.0), torch.tensor(0.0, requires_grad=True)
        (v**k).backward()
        (t**k).backward()
        assert v.grad == t.grad.item()


def test_extreme_numbers():
    v = Value(1e4)
    v.tanh().backward()
    assert v.grad == 0.0
    tiny = Value(5e-324)
    (tiny * 2 + tiny.relu()).backward()
    assert tiny.grad == 3.0
    with pytest.raises(ValueError):
        Value(-1.0).log()


def test_a_value_is_no_exponent():
    with pytest.raises(TypeError, match="expected a number as exponent"):
        Value(2.0) ** Value(3.0)


def test_a_long_chain_needs_no_recursion():
    x = Value(1.0)
    y = x
    for _ in range(100_000):
        y = y + 1e-5
    z = y * x
    z.backward()
    assert z.data == pytest.approx(2.0)
    assert x.grad == pytest.approx(3.0)
    assert sys.getrecursionlimit() < 10_000
    del y, z  # taking the chain apart must not recurse either


def test_no_cycles_so_nothing_waits_for_the_collector():
    gc.collect()
    gc.disable()
    try:
        x = Value(2.0)
        for _ in range(3):
            ((x * x).tanh() + x).backward()
        assert gc.collect() == 0
    finally:
        gc.enable()


def rectangles_and_paths(svg):
    root = ElementTree.fromstring(svg)
    tag = "{http://www.w3.org/2000/svg}%s"
    return [[e for e in root.iter() if e.tag == tag % name] for name in ("rect", "path", "text")]


def test_drawing_has_a_box_for_each_value_and_an_arrow_for_each_use():
    a, b = Value(-2.0, label="a"), Value(3.0, label="<b & c>")
    y = ((a * b + a).tanh() + b) ** 2
    y.backward()
    boxes, arrows, texts = rectangles_and_paths(y.svg())
    assert len(boxes) == 7  # a, b, a * b, + a, tanh, + b, ** 2
    assert len(arrows) == 2 + 2 + 1 + 2 + 1
    words = [t.text for t in texts]
    assert "<b & c>" in words and "a" in words and "tanh" in words
    assert f"gradient {a.grad:.4g}" in words and "value 3" in words


def test_boxes_do_not_overlap_and_lie_in_the_picture():
    leaves = [Value(float(i)) for i in range(6)]
    y = readme(leaves[0], leaves[1] + 1)
    for v in leaves[2:]:
        y = y * v + leaves[0]
    boxes, arrows, _ = rectangles_and_paths(y.svg())
    view = [float(x) for x in ElementTree.fromstring(y.svg()).attrib["viewBox"].split()]
    corners = [(float(r.attrib["x"]), float(r.attrib["y"])) for r in boxes]
    for i, (x, top) in enumerate(corners):
        assert 0 <= x <= view[2] - 110 and 0 <= top <= view[3] - 54
        assert all(abs(x - x2) >= 110 or abs(top - y2) >= 54 for x2, y2 in corners[:i])
    assert len(arrows) > len(boxes)
    passing = [p for arrow in arrows for p in re.findall(r"([-\d.]+),([-\d.]+) h110", arrow.attrib["d"])]
    assert passing  # arrows over several columns run level past each column, between its boxes
    for left, level in passing:
        assert not any(abs(float(left) - x) < 110 and top <= float(level) <= top + 54 for x, top in corners)


def test_a_single_value_can_be_drawn_and_printed():
    assert len(rectangles_and_paths(Value(1.0).svg())[0]) == 1
    assert repr(Value(0.5)) == "Value(data=0.5, grad=0)"


def test_integers_and_floats_mix():
    x = Value(2)
    y = 1 / x - x / 4 + math.e
    y.backward()
    assert y.data == pytest.approx(0.5 - 0.5 + math.e)
    assert x.grad == -0.5


def test_backward_of_a_leaf_counts_up():
    x, t = Value(1.0), torch.tensor(1.0, requires_grad=True)
    for _ in range(2):
        x.backward()
        t.backward()
    assert x.grad == t.grad.item() == 2.0
