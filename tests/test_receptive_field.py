"""Receptive field: table, fields and paths of browser and numpy agree, and they are what gradients measure."""

import numpy as np
import pytest
from net_node import compare, js, running
from traitlets import TraitError

from dlnotes.ops.conv import conv1d_backward, receptive_field
from dlnotes.widgets import receptive_field as rf
from dlnotes.widgets.receptive_field import PRESETS, ReceptiveField

STACKS = [*PRESETS.values(), (40, [3, 2, 1, 2, 5, 1, 0, 1, 2, 3, 0, 1]), (5, []), (9, [1, 1, 0, 1]), (20, [4, 3, 2, 2, 15, 1, 0, 1])]


@pytest.fixture(scope="module", autouse=True)
def node():
    with running("cnn_widgets_parity.mjs"):
        yield


def layers(stack):
    return np.reshape(stack, (-1, 4)).tolist()


def test_the_browser_computes_the_same():
    cases = []
    for size, stack in STACKS:
        whole = stack[:4 * (len(rf.table(size, stack)) - 1)]
        cases += [("receptive_field.table", (size, layers(stack)), rf.table(size, stack)),
                  ("receptive_field.sees", (layers(whole), 1), rf.sees(whole, 1)), ("receptive_field.paths", (layers(whole),), rf.paths(whole))]
    compare(cases)
    assert js("receptive_field.PRESETS") == {name: [size, list(stack)] for name, (size, stack) in PRESETS.items()}
    assert js("receptive_field.limits") == [rf.MOST, [list(pair) for pair in rf.LIMITS]]
    assert js("receptive_field.paths", [[3, 2, 0, 512]] * 9, 1000) is None


def test_what_is_no_stack():
    for bad in ([1, 2, 3], [0, 1, 0, 1], [3, 1, 1, 0], [3, 1.5, 1, 1], ["a", 1, 1, 1], [16, 1, 1, 1], "3,1,1,1", None, [3, 1, 1, 1] * 21):
        assert js("receptive_field.layersOf", bad) is None, bad
    assert js("receptive_field.layersOf", [3, 1, 1, 1, 2, 2, 0, 1]) == [[3, 1, 1, 1], [2, 2, 0, 1]]


@pytest.mark.parametrize("size, stack", [(64, s) for _, s in STACKS if len(s) in (4, 12, 16, 20)])
def test_paths_and_fields_are_what_gradients_measure(size, stack):
    """Weights 1/k, one output: its gradient at the input is `paths` from the first place that it `sees` on."""
    rows = rf.table(size, stack)
    if len(rows) <= len(stack) // 4:
        pytest.skip("does not fit")
    unit = rows[-1][0] // 2
    dY = np.eye(rows[-1][0])[unit][None, None]
    for (k, s, p, d), (n, *_) in zip(layers(stack)[::-1], rows[-2::-1]):
        dY = conv1d_backward(dY, np.zeros((1, 1, n)), np.full((1, 1, k), 1 / k), stride=s, padding=p, dilation=d)[0]
    first, last = rf.sees(stack, unit)[0]
    measured = np.zeros(size)
    for place, share in zip(range(first, last + 1), rf.paths(stack)):
        if 0 <= place < size:
            measured[place] = share
    if all(p == 0 for _, _, p, _ in layers(stack)):
        np.testing.assert_allclose(dY[0, 0], measured, atol=1e-12)
    assert np.flatnonzero(dY[0, 0]).min() >= first and np.flatnonzero(dY[0, 0]).max() <= last
    assert last - first + 1 == rows[-1][2] == receptive_field([(k, s, d) for k, s, _, d in layers(stack)])


def test_known_fields():
    """VGG-16 and ResNet-18 as in Araujo et al. 2019; ten dilated kernels of 2 see 1,024; all paths once."""
    for name, want in (("vgg16", 212), ("resnet18", 435), ("dilated", 1024), ("threes", 7), ("lenet", 32), ("digits", 10)):
        assert rf.table(*PRESETS[name])[-1][2] == want, name
    share = rf.paths(PRESETS["dilated"][1])
    assert np.allclose(share, 1 / 1024) and rf.paths(PRESETS["vgg16"][1]).sum() == pytest.approx(1)


@pytest.mark.parametrize("wrong", [{"stack": [3, 1, 1]}, {"stack": [0, 1, 1, 1]}, {"stack": [3, 9, 1, 1]}, {"stack": [3, 1, 1, 1] * 21},
                                   {"size": 0}, {"unit": -1}, {"layer": 20}])
def test_a_wrong_value_is_refused(wrong):
    with pytest.raises(TraitError):
        ReceptiveField(**wrong)


def test_words_and_picture():
    widget = ReceptiveField("threes", unit=99)
    assert widget.describe() == "3 layers on 32 inputs: 32 outputs, 1 inputs apart, each with a receptive field of 7."
    assert len(widget.still().axes[0].lines) == 8
    broken = ReceptiveField(size=4, stack=[3, 1, 0, 1, 3, 1, 0, 1])
    assert "The window of layer 2 does not fit" in broken.describe()
    with pytest.raises(ValueError, match="got 'vgg'"):
        ReceptiveField("vgg")
