"""Convolution stepper: the browser computes what numpy computes, its products add up, and bad traits are refused."""

import inspect
import json
import re

import numpy as np
import pytest
from net_node import _running, compare, js, running
from traitlets import TraitError

from dlnotes.ops.conv import conv_output_size
from dlnotes.widgets import bundle
from dlnotes.widgets import conv_stepper as stepper
from dlnotes.widgets.conv_stepper import KERNELS, ConvStepper
from dlnotes.widgets.weights import pack

RNG = np.random.default_rng(0)
CORES = ("conv_stepper", "draw_digit", "receptive_field")


@pytest.fixture(scope="module", autouse=True)
def node():
    with running("cnn_widgets_parity.mjs"):
        yield


def settings(**changed):
    return dict(stride=1, padding=0, dilation=1, flip=False) | changed


def cases():
    """Sizes, strides, paddings and dilations at which the window fits."""
    for k, n, s, p, d in ((1, 8, 1, 0, 1), (3, 8, 1, 0, 1), (3, 8, 2, 1, 1), (3, 12, 1, 2, 2), (5, 12, 3, 2, 1), (5, 32, 4, 4, 3), (3, 3, 1, 0, 1)):
        for flip in (False, True):
            yield RNG.uniform(0, 1, (n, n)), RNG.uniform(-2, 2, (k, k)), settings(stride=s, padding=p, dilation=d, flip=flip)


def test_every_function_of_the_cores_is_compared():
    _running[-1].stdin.write('"covers"\n')
    _running[-1].stdin.flush()
    covered = set(json.loads(_running[-1].stdout.readline()))
    for name in CORES:
        assert {f"{name}.{export}" for export in bundle.parse(f"{name}.core.mjs")[2]} <= covered


def test_kernels_and_pictures():
    assert js("conv_stepper.OWN") == stepper.OWN
    found = js("conv_stepper.KERNELS")
    assert list(found) == list(KERNELS)
    compare([("conv_stepper.pictures", [list(ConvStepper().carried)], [[len(X), X] for X in stepper.pictures().values()])], tolerance=2e-5)
    for name, K in KERNELS.items():
        np.testing.assert_allclose(found[name], np.ravel(K), atol=1e-12, err_msg=name)
    compare([("conv_stepper.gabor", (5, a), stepper.gabor(5, a)) for a in (0, 30, 45, 90)])


def test_responses_and_products():
    numbers = []
    for X, K, how in cases():
        Y = stepper.response(X, K, **how)
        numbers.append(("conv_stepper.response", (X, len(X), K.ravel().tolist(), how), Y))
        numbers.append(("conv_stepper.outputSize", (len(X), len(K), how["stride"], how["padding"], how["dilation"]), len(Y)))
        for at in (0, Y.size // 2, Y.size - 1):
            terms = np.array(js("conv_stepper.productsAt", X.ravel().tolist(), len(X), K.ravel().tolist(), how, at))
            assert terms[:, 5].sum() == pytest.approx(Y.ravel()[at], abs=1e-12)
            inside = terms[terms[:, 2] == 1]
            np.testing.assert_array_equal(inside[:, 3], X[inside[:, 0].astype(int), inside[:, 1].astype(int)])
    compare(numbers)


def test_a_window_that_does_not_fit_has_no_result():
    assert js("conv_stepper.response", [0.0] * 4, 2, [1.0] * 9, settings()) is None
    assert js("conv_stepper.outputSize", 8, 5, 1, 0, 3) == 0
    widget = ConvStepper("gabor_0", picture="digit", dilation=3)
    assert widget.result() is None and "does not fit" in widget.describe() and widget.still()


def test_turning_matters_only_for_kernels_that_are_not_symmetric():
    X = RNG.uniform(0, 1, (9, 9))
    for name, equal in (("blur", True), ("laplace", True), ("shift", False), ("edge_left", False)):
        Y, turned = stepper.response(X, KERNELS[name]), stepper.response(X, KERNELS[name], flip=True)
        assert np.allclose(Y, turned) == equal, name
    np.testing.assert_allclose(stepper.response(X, KERNELS["shift"], padding=1)[:, 1:], X[:, :-1])


def test_traits_are_those_of_the_docstring():
    public = set("picture pixels kernel stride padding dilation flip step speed playing learned carried".split())
    assert ConvStepper.public_traits() == public
    assert set(re.findall(r"^(\w+)(?=[\w, ]* : )", inspect.cleandoc(ConvStepper.__doc__), re.M)) | {"padding", "dilation"} == public | {"preset"}
    with pytest.raises(TypeError, match="got 'kernal'"):
        ConvStepper(kernal=[1.0])
    with pytest.raises(ValueError, match="expected preset one of identity, .*; got 'edges'"):
        ConvStepper("edges")


@pytest.mark.parametrize("wrong", [
    {"kernel": [1.0] * 4}, {"kernel": [5.0]}, {"kernel": [float("nan")]}, {"stride": 0}, {"stride": 5}, {"padding": -1}, {"dilation": 4},
    {"pixels": [0.0] * 100}, {"pixels": [2.0] * 144}, {"learned": [1.0] * 10}, {"picture": "cat"}, {"step": -1}])
def test_a_wrong_value_is_refused(wrong):
    with pytest.raises(TraitError):
        ConvStepper(**wrong)


def test_words_and_picture_show_the_numbers_of_numpy():
    widget = ConvStepper("edge_top", picture="bars", padding=1, stride=2, step=7)
    Y = widget.result()
    assert len(Y) == conv_output_size(12, 3, 2, 1) and f"is {Y.ravel()[7]:.2f}." in widget.describe()
    np.testing.assert_array_equal(widget.still().axes[2].images[0].get_array(), Y)
    own = ConvStepper("identity", picture="own", pixels=[1.0] * 144)
    np.testing.assert_array_equal(own.result(), 1)
    assert ConvStepper(carried=pack({}), picture="camera").result().shape == (10, 10)       # no pictures: the drawing
