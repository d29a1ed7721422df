"""Message passing in a browser: graphs edited by mouse, finger and keyboard, layers and training that say what numpy says."""

import re

import numpy as np
import pytest
from scripts import output_of
from visits import VIEWS, set_traits, trait

from dlnotes.widgets import gcn, graphs
from dlnotes.widgets.message_passing import MessagePassing

PAGE = "chapters/gallery/message-passing.html"
POWERS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


def put(opened, widget, **traits):
    set_traits(widget, **traits)
    settle(opened)


def settle(opened):
    opened.tab.wait_for_timeout(150)


def plain(words):
    """Words with numbers that float() reads: 9.5 × 10²⁷ and 7.7e−7 too."""
    words = words.replace("\N{MINUS SIGN}", "-").replace("\xa0", " ")
    return re.sub(r" × 10(-?\d+|[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)", lambda m: f"e{m[1].translate(POWERS)}", words)


def readout(widget):
    return plain(widget.locator(".dlw-readout").first.inner_text())


def card(widget):
    return plain(widget.locator(".dlw-mp-sum").inner_text())


def mixed(widget):
    """Layer, differences left in per cent, size: as read out."""
    found = re.search(r"Layer (\d+) of .*left: (\S+) %\. Size of all features: (\S+) times", readout(widget))
    return [float(n) for n in found.groups()]


def twin(widget):
    names = MessagePassing.public_traits() - {"playing", "speed"}
    return MessagePassing(**{name: trait(widget, name) for name in names})


def pixel(widget, x, y):
    """Where (x, y) of the graph stands on the page: its picture leaves 26 pixels on each side."""
    box = widget.locator(".dlw-mp-graph").bounding_box()
    return box["x"] + 26 + x * (box["width"] - 52), box["y"] + 26 + (1 - y) * (box["height"] - 52)


def node_pixel(widget, i):
    return pixel(widget, *np.reshape(twin(widget).graph()[0], (-1, 2))[i])


@pytest.fixture
def start(visit):
    def open_widget(traits=(), **options):
        opened = visit(PAGE, **{"reduced_motion": "reduce", **options})
        widget = opened.widget("message_passing")
        put(opened, widget, **dict(traits))
        widget.locator(".dlw-mp-graph").scroll_into_view_if_needed()
        settle(opened)
        return opened, widget
    return open_widget


@pytest.mark.parametrize("loops", [True, False])
@pytest.mark.parametrize("mode", ["none", "row", "symmetric"])
def test_layers_are_what_numpy_computes(start, mode, loops):
    opened, widget = start()
    for preset, features, step in (("karate", "two", 3), ("ring", "random", 8), ("barbell", "one", 32), ("star", "two", 0)):
        put(opened, widget, preset=preset, features=features, step=step, normalization=mode, self_loops=loops, node=5)
        H, left, sizes = twin(widget).mixed()
        assert mixed(widget) == pytest.approx([step, 100 * left[step], sizes[step]], rel=0.06, abs=6e-3)
        value = re.search(r"(?:= |begins with )\(?([^)]*?)\)?\.(?: One|$)", card(widget))[1]
        assert [float(v) for v in value.split(", ")] == pytest.approx(H[step, 5], rel=0.06, abs=6e-3)


def test_the_sum_of_a_node_adds_up(start):
    """The terms on the card, added by hand, give the value on the card."""
    opened, widget = start(dict(preset="path", features="one", step=3, node=2, normalization="row"))
    said = card(widget)
    terms = re.findall(r"(\S+) × (\S+) from", said)
    assert len(terms) == 3 and "from itself" in said
    total = float(re.search(r"= (\S+)\.$", said)[1])
    assert sum(float(a) * float(h) for a, h in terms) == pytest.approx(total, abs=0.01) and total > 0


@pytest.mark.parametrize("width, scheme", VIEWS)
def test_editing_with_the_mouse(start, width, scheme):
    opened, widget = start(dict(preset="path"), width=width, scheme=scheme)
    mouse = opened.tab.mouse
    mouse.move(*node_pixel(widget, 3))
    mouse.down()
    mouse.move(*pixel(widget, 0.5, 0.9), steps=6)
    mouse.up()
    settle(opened)
    assert trait(widget, "places")[6:8] == pytest.approx([0.5, 0.9], abs=0.02) and trait(widget, "node") == 3
    widget.get_by_role("button", name="Add node").click()
    mouse.click(*pixel(widget, 0.3, 0.12))
    settle(opened)
    assert len(trait(widget, "labels")) == 9 and trait(widget, "node") == 8
    assert trait(widget, "places")[16:] == pytest.approx([0.3, 0.12], abs=0.02)
    widget.get_by_role("button", name="Connect", exact=True).first.click()
    mouse.move(*node_pixel(widget, 8))
    mouse.down()
    mouse.move(*node_pixel(widget, 2), steps=5)
    mouse.up()
    settle(opened)
    assert trait(widget, "edges")[-2:] == [8, 2] and "9 nodes and 8 edges" in readout(widget)
    for end in (8, 0):                                              # the same by two taps
        mouse.click(*node_pixel(widget, end))
    settle(opened)
    assert trait(widget, "edges")[-2:] == [8, 0]
    widget.get_by_role("button", name="Remove", exact=True).click()
    ends = np.array([node_pixel(widget, 0), node_pixel(widget, 8)])
    mouse.click(*(0.5 * ends[0] + 0.5 * ends[1]))                   # an edge
    settle(opened)
    assert "9 nodes and 8 edges" in readout(widget)
    mouse.click(*node_pixel(widget, 1))                             # a node, with its two edges
    settle(opened)
    assert "8 nodes and 6 edges" in readout(widget) and trait(widget, "edges")[-2:] == [7, 1]
    assert widget.get_by_label("graph", exact=True).evaluate("s => s.selectedOptions[0].text") == "your own graph"
    put(opened, widget, step=4)
    assert mixed(widget)[1] == pytest.approx(100 * twin(widget).mixed()[1][4], abs=6e-3)


@pytest.mark.parametrize("width, scheme", VIEWS)
def test_editing_with_a_finger(start, width, scheme):
    opened, widget = start(dict(preset="star"), width=width, scheme=scheme, has_touch=True, is_mobile=width == 360)
    assert widget.locator(".dlw-mp-graph").evaluate("f => getComputedStyle(f).touchAction") == "none"
    opened.tab.touchscreen.tap(*node_pixel(widget, 4))
    settle(opened)
    assert trait(widget, "node") == 4
    widget.get_by_role("button", name="B", exact=True).tap()
    settle(opened)
    assert trait(widget, "labels")[4] == 1
    widget.get_by_role("button", name="Connect", exact=True).first.tap()
    for node in (4, 5):
        opened.tab.touchscreen.tap(*node_pixel(widget, node))
    settle(opened)
    assert trait(widget, "edges")[-2:] == [4, 5]
    assert opened.tab.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("width, scheme", VIEWS)
def test_editing_with_the_keyboard(start, width, scheme):
    opened, widget = start(dict(preset="ring", node=9), width=width, scheme=scheme)
    grip, press = widget.locator(".dlw-mp-grip"), opened.tab.keyboard.press
    grip.focus()
    press("PageDown")
    settle(opened)
    assert trait(widget, "node") == 0 and grip.get_attribute("aria-valuenow") == "0" and "Node 0" in grip.get_attribute("aria-valuetext")
    y = graphs.preset("ring")[0][1]
    for key in ("ArrowDown", "ArrowDown", "Shift+ArrowUp", "ArrowRight"):
        press(key)
    settle(opened)
    assert trait(widget, "places")[:2] == pytest.approx([0.53, y - 0.055], abs=2e-3)
    for key in ("i", "c", "Home", "c", "b"):                        # a new node, joined to node 0, which becomes B
        press(key)
    settle(opened)
    assert trait(widget, "edges")[-2:] == [10, 0] and trait(widget, "labels")[0] == 1
    for key in ("u", "End", "Delete"):
        press(key)
    settle(opened)
    assert "10 nodes and 10 edges" in readout(widget) and trait(widget, "labels")[0] == -1
    for key, step in ((".", 1), (".", 2), (",", 1), ("r", 0)):
        press(key)
        settle(opened)
        assert trait(widget, "step") == step, key
    widget.locator("summary", has_text="Edit by numbers").click()
    widget.get_by_label("picked node, exact number").fill("2")
    widget.get_by_label("other node, exact number").fill("7")
    opened.tab.keyboard.press("Enter")
    widget.get_by_role("button", name="Connect the two").click()
    settle(opened)
    assert trait(widget, "edges")[-2:] == [2, 7]
    widget.get_by_role("button", name="Part the two").click()
    widget.get_by_role("button", name="Remove the picked node").click()
    widget.get_by_role("button", name="Add a node").click()
    settle(opened)
    assert len(trait(widget, "labels")) == 10 and len(trait(widget, "edges")) == 2 * 8


def test_training_and_exact_rewind(start):
    opened, widget = start()
    widget.get_by_role("button", name="Train a graph network").click()
    settle(opened)
    assert trait(widget, "step") == 200                             # with less motion the run is shown at its end
    said = {}
    for step in (200, 57, 0, 120, 57, 200):
        put(opened, widget, step=step)
        Z, loss, losses = twin(widget).trained()
        good, asked = gcn.right(Z, *twin(widget).graph()[2:])
        found = re.search(r"Step (\d+): 2 labels, loss (\S+)\. Right: (\d+) of (\d+) nodes", readout(widget)).groups()
        assert [int(found[0]), *map(int, found[2:])] == [step, good, asked] and len(losses) == step
        assert float(found[1]) == pytest.approx(loss, rel=0.06, abs=6e-3)
        assert said.setdefault(step, readout(widget)) == readout(widget)
    put(opened, widget, node=16)
    widget.get_by_role("button", name="A", exact=True).click()
    settle(opened)
    assert "3 labels" in readout(widget) and "Its label A was given" in card(widget)
    put(opened, widget, labels=[-1] * 34, **dict(zip(("places", "edges", "truth"), np.array(graphs.preset("karate"), object)[[0, 1, 3]])))
    assert "No node has a label" in readout(widget)


def test_training_plays_live(visit):
    opened = visit(PAGE)
    widget = opened.widget("message_passing")
    widget.get_by_role("button", name="Train a graph network").click()
    opened.tab.wait_for_timeout(1500)
    assert 20 < trait(widget, "step") < 200 and trait(widget, "speed") == 60
    widget.get_by_role("button", name="Pause").click()


def test_messages_are_on_their_way_and_arrive(visit):
    """A step draws a few more frames and then rests; what is read out is the new layer at once."""
    opened = visit(PAGE, ledger=True)
    widget = opened.widget("message_passing")
    widget.get_by_role("button", name="Step", exact=True).click()
    opened.tab.wait_for_timeout(120)
    assert mixed(widget)[0] == 1
    opened.tab.wait_for_timeout(900)
    before = opened.tab.evaluate("held.drawn")
    opened.tab.wait_for_timeout(400)
    assert opened.tab.evaluate("held.drawn") - before <= 2


@pytest.mark.parametrize("library", ["dlnotes", "torch"])
def test_copied_python_prints_the_numbers_of_the_screen(start, library):
    opened, widget = start(dict(preset="barbell", step=5, node=4), permissions=["clipboard-read", "clipboard-write"])
    widget.locator("summary", has_text="This as Python").click()
    H, _, sizes = twin(widget).mixed()
    printed = output_of(opened.copied(widget, f"Copy as Python ({library})")).split()
    np.testing.assert_allclose([float(v) for v in printed], [sizes[5], *H[5, 4]], rtol=1e-9)
    put(opened, widget, mode="train", step=30)
    opened.tab.wait_for_timeout(3200)                               # until the button has its name again
    printed = output_of(opened.copied(widget, f"Copy as Python ({library})"))
    assert float(printed) == pytest.approx(twin(widget).trained()[1], rel=1e-6)


def test_links_bring_a_graph_and_keep_nonsense_out(start, visit):
    opened, widget = start()
    put(opened, widget, places=[0.1, 0.1, 0.9, 0.1, 0.5, 0.9], edges=[0, 1, 1, 2], labels=[0, -1, 1], truth=[0, 0, 1], step=2, node=1,
        normalization="row", self_loops=False)
    seen = readout(widget), card(widget)
    widget.get_by_role("button", name="Copy link").click()
    settle(opened)
    again = visit(opened.tab.url.removeprefix(opened.address + "/"), reduced_motion="reduce")
    other = again.widget("message_passing")
    again.tab.wait_for_timeout(300)
    assert (readout(other), card(other)) == seen and trait(other, "edges") == [0, 1, 1, 2] and trait(other, "self_loops") is False
    for bad in ("mode=win&preset=club", "places=5&edges=0,9&labels=a", "places=0.1,0.1&edges=0,0&labels=0&truth=0", "node=-1&step=1e9",
                "edges=" + ",".join(["1"] * 5000)):
        again.tab.goto(again.tab.url.split("#")[0] + f"#dlw=0&{bad}")
        again.tab.wait_for_timeout(120)
    assert readout(other).startswith("Layer 2 of") and not again.complaints


def test_hostile_traits_are_survived(start):
    """What a broken kernel might send: the picture falls back on something that can be drawn."""
    opened, widget = start()
    good = dict(places=[0.1, 0.1, 0.9, 0.1], edges=[0, 1], labels=[0, 1], truth=[0, 1])
    for traits in (good, {"places": [1]}, {"places": None}, {"edges": ["a"]}, {"edges": [0, 7]}, {**good, "labels": [9, 9]}, {"preset": "toString"},
                   {"mode": 7}, {"features": "x"}, {"normalization": None}, {"node": 1e9}, {"step": -5}, {"step": 1e12}, {"steps": 0},
                   {"hidden": 2.5}, {"lr": 1e300}, {"lr": 0}, {"seed": -4}, {"mode": "train"}, {"hidden": 1e9}, {"step": "z"}):
        put(opened, widget, **traits)
        assert readout(widget).startswith(("Layer", "Step")) and card(widget).startswith("Node"), traits
    assert not opened.complaints
