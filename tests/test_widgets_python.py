"""The Python side of the widgets: honest arguments, stills and sentences from one state, presets."""

import re

import matplotlib.pyplot as plt
import numpy as np
import pytest
from traitlets import TraitError

from dlnotes.widgets import activation_explorer as explorer
from dlnotes.widgets import base, bundle
from dlnotes.widgets import kill_and_revive as net
from dlnotes.widgets.activation_explorer import ActivationExplorer
from dlnotes.widgets.kill_and_revive import PRESETS, KillAndRevive

VIEW = "application/vnd.jupyter.widget-view+json"


@pytest.mark.parametrize("cls, public", [
    (ActivationExplorer, "functions tangent x x_min x_max alpha beta x0 lower upper threshold"),
    (KillAndRevive, "layer unit lr bias alpha seed kick kick_step step steps speed playing")])
def test_traits_are_those_of_the_docstring_and_go_to_the_browser(cls, public):
    public = set(public.split())
    assert cls.public_traits() == public
    documented = set(re.findall(r"(\w+)(?=[\w, ]* : )", cls.__doc__))
    assert public <= documented and documented - public <= {"preset"}
    widget = cls()
    assert all(widget.trait_metadata(name, "sync") for name in public)
    assert widget._module == f"{cls.view}.mjs"
    assert f"// {cls.view}.mjs" in widget._esm and widget._esm.rstrip().endswith(".default;")
    assert ".dlw" in widget._css


@pytest.mark.parametrize("cls", [ActivationExplorer, KillAndRevive])
def test_a_misspelt_argument_is_refused(cls):
    with pytest.raises(TypeError, match="expected one of .*alpha.*; got 'alhpa'"):
        cls(alhpa=0.1)


@pytest.mark.parametrize("cls, wrong", [
    (ActivationExplorer, {"functions": ["sigmoid", "relux"]}), (ActivationExplorer, {"functions": []}),
    (ActivationExplorer, {"functions": explorer.NAMES[:7]}),
    (ActivationExplorer, {"functions": ["relu", "relu"]}), (ActivationExplorer, {"x": float("nan")}),
    (ActivationExplorer, {"x_min": 3.0, "x_max": 3.0}), (ActivationExplorer, {"lower": 0.5, "upper": 0.2}),
    (ActivationExplorer, {"beta": 0.0}), (ActivationExplorer, {"tangent": "relux"}),
    (KillAndRevive, {"layer": 3}), (KillAndRevive, {"unit": 3}), (KillAndRevive, {"lr": 0.0}),
    (KillAndRevive, {"speed": 7}), (KillAndRevive, {"steps": 0}), (KillAndRevive, {"seed": -1}),
    (KillAndRevive, {"lr": float("nan")})])
def test_a_wrong_value_is_refused(cls, wrong):
    with pytest.raises(TraitError):
        cls(**wrong)


def test_a_wrong_value_is_refused_later_too():
    widget = ActivationExplorer(functions=["sigmoid", "relu"], x=1.5)
    with pytest.raises(TraitError):
        widget.x_max = -7.0
    with pytest.raises(TraitError):
        widget.functions = ["relu", "relu"]
    assert widget.x_max == 6.0 and widget.functions == ["sigmoid", "relu"]


def test_explorer_says_what_it_shows():
    said = ActivationExplorer(functions=["sigmoid", "leaky_relu"], x=-1.5, alpha=0.2).describe()
    assert "At x = -1.50 sigmoid has the value 0.182 and the slope 0.149" in said
    assert "leaky relu has the value -0.300 and the slope 0.200" in said


def test_explorer_still_draws_the_numbers():
    widget = ActivationExplorer(
        functions=["tanh", "elu"], alpha=0.5, tangent="elu", x=-1.0, x_min=-3.0, x_max=4.0)
    above, below = widget.still().axes
    x, tanh = above.lines[0].get_data()
    np.testing.assert_allclose(tanh, np.tanh(x))
    np.testing.assert_allclose(below.lines[1].get_ydata(), np.where(x > 0, 1, 0.5 * np.exp(x)))
    (x0, x1), (y0, y1) = above.lines[2].get_data()
    assert (y1 - y0) / (x1 - x0) == pytest.approx(0.5 * np.exp(-1))           # the tangent
    assert below.get_xlim() == (-3.0, 4.0)
    zones = [patch.get_x() + patch.get_width() for patch in below.patches]
    assert zones == [pytest.approx(np.log(0.05 / 0.5))]                       # 0.5 e^x = 0.05


@pytest.mark.parametrize("name", explorer.NAMES)
def test_every_function_has_a_still(name):
    lines = ActivationExplorer(functions=[name]).still().axes[0].lines
    assert np.isfinite(lines[0].get_ydata()).all()


@pytest.mark.parametrize("threshold", [0.05, 0.2])
def test_saturation_zones_hold_exactly_the_small_slopes(threshold):
    settings = ActivationExplorer().settings()
    x = np.random.default_rng(0).uniform(-20, 20, 4000)
    for name in explorer.NAMES:
        zones = explorer.saturation_zones(name, settings, threshold, -20, 20)
        inside = np.any([np.zeros(x.shape), *((low < x) & (x < high) for low, high in zones)], axis=0)
        small = np.abs(explorer.slope(name, x, settings)) < threshold
        np.testing.assert_array_equal(inside, small, err_msg=name)
    assert explorer.saturation_zones("sigmoid", settings, 0.05, -20, 20)[1][0] == pytest.approx(
        -np.log((1 - np.sqrt(0.8)) / 2 / (1 - (1 - np.sqrt(0.8)) / 2)))       # s (1 - s) = 0.05


# Kill and revive: each preset shows what its name says, by a margin ------------------------------------


def life(preset, **changed):
    """The watched unit's states by name, its active points, the norms of its gradient; and the whole run."""
    widget = KillAndRevive(preset, **changed)
    history, _, u = widget.shown()
    active = history["active"][:, u]
    return np.array(net.STATES)[net.states(active, widget.alpha)], active, history["norms"][:, u], history


def test_one_large_step_kills_and_the_unit_never_comes_back():
    states, active, norms, history = life("large_step", steps=1500)
    assert (states[:51] == "alive").all() and active[:51].min() >= 3
    assert (states[51:] == "dead").all() and not norms[51:].any()
    assert np.ptp(history["params"][51:, 0]) == 0                              # its weight stays as it is
    assert history["loss"][400] < 0.1 < history["loss"][51]                    # the others go on learning
    states, active, *_ = life("large_step", kick=1.0)
    assert (states == "alive").all() and active.min() >= 3


def test_with_fixed_inputs_the_dead_stay_dead():
    states, active, norms, history = life("fixed_inputs", steps=1500)
    assert (states == "dead").all() and not norms.any()
    X, _ = net.data()
    Z1 = net.forward(history["params"][0], X, 0.0)[0]
    assert Z1[:, 0].max() < -0.03                                              # no matter of a last bit
    assert history["loss"][400] < 0.05 < history["loss"][0]
    states, *_ = life("fixed_inputs", bias=0.0)
    assert (states == "alive").all()


def test_a_unit_of_the_second_layer_is_revived():
    states, active, norms, history = life("revived")
    assert (states[:83] == "dead").all() and not norms[:83].any()
    assert (states[83:] == "revived").all() and active[90:].min() >= 4
    own = history["params"][:, [8, 11, 14, 17]]                                # column 3 of W2, and its bias
    assert np.ptp(own[:84], axis=0).max() == 0                                 # layer 1 did it, not the unit
    assert np.ptp(own, axis=0).min() > 0
    assert history["loss"][400] < 0.5 * history["loss"][83]


def test_a_leak_leaves_no_unit_dead():
    states, active, norms, history = life("leaky")
    assert (states[:71] == "silent").all() and (norms[:71] > 1e-4).all()
    assert (states[71:] == "revived").all() and active[200:].min() >= 4
    assert history["loss"][400] < 0.2 * life("fixed_inputs")[3]["loss"][400]
    assert {k: v for k, v in PRESETS["leaky"].items() if k != "alpha"} == {
        k: v for k, v in PRESETS["fixed_inputs"].items() if k != "alpha"}


def test_gradient_against_finite_differences():
    rng = np.random.default_rng(1)
    params, X, y = rng.standard_normal(net.SIZE), rng.standard_normal((9, 1)), rng.standard_normal((9, 1))
    for alpha in (0.0, 0.3):
        def loss(p):
            return np.mean((net.forward(p, X, alpha)[2] - y) ** 2)
        numeric = [(loss(params + h) - loss(params - h)) / 2e-6 for h in 1e-6 * np.eye(net.SIZE)]
        np.testing.assert_allclose(net.gradient(params, X, y, alpha), numeric, rtol=1e-6, atol=1e-7)


def test_presets_give_way_to_arguments_and_unknown_ones_are_refused():
    widget = KillAndRevive("revived", lr=0.2)
    assert (widget.lr, widget.layer, widget.seed) == (0.2, 2, PRESETS["revived"]["seed"])
    with pytest.raises(ValueError, match="expected preset one of large_step, .*; got 'revive'"):
        KillAndRevive("revive")


def test_kill_and_revive_says_and_draws_the_step():
    widget = KillAndRevive("large_step", step=60)
    said = "Unit 1 of layer 1 of a 1-3-3-1 network at step 60: dead since step 51, active on 0 of 20 points"
    assert said in widget.describe()
    fit, inner, life_of_unit = widget.still().axes
    assert fit.lines[1].get_ydata().shape == (161,)
    assert inner.lines[0].get_ydata().max() < 0
    assert len(inner.lines[2].get_xdata()) == net.N                            # all dots are hollow
    np.testing.assert_array_equal(life_of_unit.lines[0].get_ydata(), life("large_step")[1])
    assert "Unit 3 of layer 2" in KillAndRevive("revived", step=1999, steps=50).describe()
    assert "at step 50:" in KillAndRevive("revived", step=1999, steps=50).describe()


# What Jupyter and the book get --------------------------------------------------------------------------


@pytest.mark.parametrize("make", [
    lambda: ActivationExplorer(functions=["gelu"]), lambda: KillAndRevive("leaky")], ids=["explorer", "kill"])
def test_mimebundle_has_the_view_the_picture_and_the_words(make):
    widget = make()
    before = plt.get_fignums()
    data, _ = widget._repr_mimebundle_()
    assert data[VIEW]["model_id"] == widget.model_id
    assert data["image/svg+xml"].lstrip().startswith("<?xml") and "<svg" in data["image/svg+xml"]
    assert " ".join(data["text/plain"].split()) == widget.describe()
    assert plt.get_fignums() == before, "a figure left open would be shown a second time"


def test_a_widget_without_picture_or_words_says_so():
    class Bare(base.Widget):
        pass

    with pytest.raises(NotImplementedError, match="Bare needs a still"):
        Bare().still()
    with pytest.raises(NotImplementedError, match="Bare needs a describe"):
        Bare().describe()


@pytest.mark.parametrize("path", sorted(bundle.JS.rglob("*.mjs")), ids=lambda p: p.name)
def test_modules_keep_to_the_rules_of_the_house(path):
    """No view above 200 lines; a core imports cores and lib/num alone; nothing that a policy refuses."""
    source = path.read_text(encoding="utf-8")
    name = path.relative_to(bundle.JS).as_posix()
    if name.startswith("lib/") is False and not name.endswith(".core.mjs"):
        assert len(source.splitlines()) <= 200, name
    if name.endswith(".core.mjs"):
        assert all(m == "lib/num.mjs" or m.endswith(".core.mjs") for _, _, m in bundle.parse(name)[0]), name
    banned = (r"\beval\(|new Function|\bfetch\(|XMLHttpRequest|innerHTML|insertAdjacentHTML|"
              r"setAttribute\([^,]*\"style\"|https?://(?!www\.w3\.org/2000/svg)")
    assert not re.search(banned, source), name


def test_the_style_sheet_stays_inside_the_widgets():
    css = re.sub(r"/\*.*?\*/", "", (bundle.JS / "widgets.css").read_text(encoding="utf-8"), flags=re.S)
    rules = re.findall(r"([^{}]+)\{", css)
    selectors = [part.strip() for rule in rules for part in re.split(r",(?![^(]*\))", rule)]
    assert len(selectors) > 40
    for selector in selectors:
        assert ".dlw" in selector or selector.startswith("@"), selector


def linear(colour):
    channel = np.array([int(colour[i:i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(channel <= 0.04045, channel / 12.92, ((channel + 0.055) / 1.055) ** 2.4)


def contrast(a, b):
    high, low = sorted((linear(colour) @ [0.2126, 0.7152, 0.0722] for colour in (a, b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def lab(rgb):
    """CIE L*a*b* of linear sRGB, in which 2 or so is the least difference seen."""
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = to_xyz @ np.clip(rgb, 0, 1)
    f = np.array([np.cbrt(v) if v > 0.008856 else 7.787 * v + 16 / 116 for v in xyz / [0.9505, 1, 1.089]])
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


# Machado, Oliveira and Fernandes, IEEE TVCG 15 (2009), severity 1.0
SIGHT = {
    "normal": np.eye(3),
    "no green": [
        [0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "no red": [
        [0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "no blue": [
        [1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("sight", SIGHT)
def test_line_colours_differ_for_every_sight(theme, sight):
    seen = [lab(np.array(SIGHT[sight]) @ linear(palettes()[theme][f"c{k}"])) for k in range(6)]
    assert min(np.linalg.norm(seen[i] - seen[j]) for i in range(6) for j in range(i)) > 20


def palettes():
    css = (bundle.JS / "widgets.css").read_text(encoding="utf-8")
    light = dict(re.findall(r"--dlw-(\w+): (#\w{6})", css.split("}")[0]))
    dark = dict(re.findall(r"--dlw-(\w+): (#\w{6})", css.split("}")[1]))
    return {"light": light, "dark": dark}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_colours_have_contrast(theme):
    """WCAG 2.1: 4.5 for text (1.4.3), 3 for lines and the edges of controls (1.4.11)."""
    colours = palettes()[theme]
    assert len(colours) == len(palettes()["light"]) >= 16
    for ground in ("paper", "surface"):
        for name in ("ink", "muted", "zone", "good", "bad", "c1"):
            assert contrast(colours[name], colours[ground]) >= 4.5, (name, ground)
        for name in ("edge", "focus", *(f"c{k}" for k in range(6))):
            assert contrast(colours[name], colours[ground]) >= 3, (name, ground)
    assert contrast(colours["paper"], colours["c0"]) >= 4.5                     # the words on the main button
