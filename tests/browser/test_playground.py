"""The playground as a reader uses it: keyboard, mouse and touch, wide and phone, own data, rewinding, comparing, the script."""

import random
import re

import pytest
from scripts import output_of
from visits import VIEWS, readout

PAGE = "chapters/gallery/playground.html"


def epoch(widget):
    return int(re.search(r"Epoch (\d+)", readout(widget))[1])


FRAMES = "() => new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(go))))"


def wait(opened, ms=60):
    """Some time and three frames more, so that a busy machine has drawn, too."""
    opened.tab.wait_for_timeout(ms)
    opened.tab.evaluate(FRAMES)


def model(widget, **values):
    """Set traits as Python would, and wait for the draw."""
    widget.evaluate("(w, all) => { const { model } = w.closest('.dlw-host'); for (const [k, v] of Object.entries(all)) model.set(k, v); }", values)


def trait(widget, name):
    return widget.evaluate("(w, name) => w.closest('.dlw-host').model.get(name)", name)


def go(opened, widget, at):
    model(widget, epoch=at)
    widget.locator(".dlw-readout", has_text=f"Epoch {at}:").wait_for()
    wait(opened)


def unfold(widget, title):
    widget.locator("summary", has_text=title).click()


@pytest.fixture
def start(visit):
    def begin(**options):
        opened = visit(PAGE, reduced_motion="reduce", **options)
        widget = opened.widget("playground")
        widget.locator(".dlw-readout", has_text="Epoch 0").wait_for()
        return opened, widget
    return begin


# The player, the network, the settings ----------------------------------------------------------------------


@pytest.mark.parametrize("width, scheme", VIEWS)
def test_by_keyboard(start, width, scheme):
    """Step, back, play, reset and a new seed by their keys; units and edges by the arrows; a layer more by Enter."""
    opened, widget = start(width=width, scheme=scheme)
    press = opened.tab.keyboard.press
    widget.get_by_role("button", name="Step", exact=True).focus()
    for key, expected in ((".", 1), (".", 2), (",", 1), ("r", 0)):
        press(key)
        wait(opened)
        assert epoch(widget) == expected
    press("p")
    wait(opened, 900)
    press("p")
    wait(opened)
    assert epoch(widget) > 2
    press("n")
    wait(opened)
    assert epoch(widget) == 0 and trait(widget, "seed") == 1

    formula = widget.locator(".dlw-pg-formula")
    widget.locator(".dlw-pg-net").focus()
    for key, words in (("ArrowDown", "Unit 1 of layer 1: a₁ = tanh("), ("ArrowDown", "Unit 2 of layer 1"),
            ("Shift+ArrowDown", "Edge from x₁ to unit 2"),
                       ("Shift+ArrowDown", "Edge from x₂ to unit 2"), ("ArrowRight",
                           "Unit 2 of layer 2"), ("ArrowRight", "The output: output = tanh("),
                       ("ArrowLeft", "Unit 1 of layer 2"), ("ArrowLeft", "Unit 1 of layer 1"), ("ArrowLeft",
                           "Feature x₁"), ("Escape", "Point at a unit")):
        press(key)
        wait(opened)
        assert words in formula.inner_text(), key
    widget.get_by_role("button", name="one hidden layer more").focus()
    press("Enter")
    wait(opened)
    assert trait(widget, "layers") == [4, 2, 2]
    widget.get_by_role("button", name="one unit more in layer 3").focus()
    press("Enter")
    widget.get_by_role("button", name="feature x₁²").focus()
    press(" ")
    wait(opened)
    assert trait(widget, "layers") == [4, 2, 3] and trait(widget, "features") == ["x1", "x2", "x1_squared"]


@pytest.mark.parametrize("width, scheme", VIEWS)
def test_by_mouse(start, width, scheme):
    """Pointing at a unit or an edge shows its formula; buttons take data, features, units; a slider changes the rate on the way."""
    opened, widget = start(width=width, scheme=scheme)
    net = widget.locator(".dlw-pg-net")
    net.scroll_into_view_if_needed()
    box, formula = net.bounding_box(), widget.locator(".dlw-pg-formula")
    opened.tab.mouse.move(box["x"] + box["width"] - 26, box["y"] + box["height"] / 2)
    wait(opened)
    assert formula.inner_text().startswith("The output: output = tanh(")
    opened.tab.mouse.move(box["x"] + box["width"] - 26 - 0.5 * (box["width"] - 52) / 3,
        box["y"] + box["height"] / 2 - 14)
    wait(opened)
    assert re.match(r"Edge from unit 1 of layer 2 to the output: weight \S+\d",
        formula.inner_text()), formula.inner_text()
    widget.get_by_role("button", name="xor").click()
    widget.get_by_role("button", name="feature x₁x₂").click()
    widget.get_by_role("button", name="one unit less in layer 1").click()
    wait(opened)
    assert (trait(widget, "data"), trait(widget, "layers"), trait(widget, "features")) == ("xor", [3, 2],
        ["x1", "x2", "product"])
    go(opened, widget, 20)
    rate = widget.get_by_label("learning rate, exact number")
    rate.fill("0.1")
    rate.press("Enter")
    wait(opened)
    assert epoch(widget) == 20 and "Learning rate 0.1." in readout(widget)
    assert widget.locator(".dlw-pg-changes span").inner_text() == "Changed on the way: epoch 20: lr 0.03 → 0.1."
    widget.get_by_role("button", name="Back", exact=True).click()
    wait(opened)
    assert "Learning rate 0.03." in readout(widget) and rate.input_value() == "0.03"
    go(opened, widget, 22)
    widget.get_by_role("button", name="Start anew with the present settings").click()
    wait(opened)
    assert (trait(widget, "epoch"), trait(widget, "lr"), trait(widget, "changes")) == (0, 0.1, [])


@pytest.mark.parametrize("width, scheme", VIEWS)
def test_by_touch(start, width, scheme):
    opened, widget = start(width=width, scheme=scheme, has_touch=True, is_mobile=width == 360)
    widget.get_by_role("button", name="my own").tap()
    wait(opened)
    sheet = widget.locator(".dlw-pg-sheet")
    sheet.scroll_into_view_if_needed()
    box = sheet.bounding_box()
    for label, places in (("class 1", [(0.3, 0.3), (0.4, 0.3), (0.3, 0.4)]),
            ("class 0", [(0.7, 0.7), (0.8, 0.7), (0.7, 0.8), (0.8, 0.8)])):
        widget.get_by_role("button", name=label).tap()
        box = sheet.bounding_box()
        for x, y in places:
            opened.tab.touchscreen.tap(box["x"] + x * box["width"], box["y"] + y * box["height"])
            wait(opened, 60)
    own = trait(widget, "own")
    assert [row[2] for row in own] == [1, 1, 1, 0, 0, 0, 0]
    assert own[0][:2] == pytest.approx([-2.4, 2.4], abs=0.15) and own[-1][:2] == pytest.approx([3.6, -3.6],
        abs=0.15)
    net = widget.locator(".dlw-pg-net")
    net.scroll_into_view_if_needed()
    box = net.bounding_box()
    opened.tab.touchscreen.tap(box["x"] + box["width"] - 26, box["y"] + box["height"] / 2)
    wait(opened)
    assert "The output" in widget.locator(".dlw-pg-formula").inner_text()
    for title in ("More settings", "Own data", "Compare", "One step", "Loss, accuracy", "This run"):
        unfold(widget, title)
    small = widget.locator("button:visible, select:visible, input[type=number]:visible, input[type=file]:visible, summary:visible").evaluate_all(
        "nodes => nodes.map(n => [n.textContent || n.ariaLabel, n.getBoundingClientRect().height]).filter(([, h]) => h < 43.5)")
    assert not small, f"touch targets below 44 px: {small}"


@pytest.mark.parametrize("width", [1280, 360])
def test_nothing_is_wider_than_the_page(start, width):
    opened, widget = start(width=width)
    for title in ("More settings", "Own data", "Compare", "One step", "Loss, accuracy", "This run",
            "What am I"):
        unfold(widget, title)
    model(widget, layers=[8] * 6, features=["x1", "x2", "x1_squared", "x2_squared", "product", "sin_x1",
        "sin_x2"])
    widget.get_by_role("button", name="Keep this run as A").click()
    wait(opened, 400)
    out = opened.tab.evaluate("""() => {
      const edge = document.querySelector('.dlw').getBoundingClientRect().right;
      return [...document.querySelectorAll('.dlw *')].filter((n) => n.getBoundingClientRect().right > edge + 1 && n.offsetParent && !n.closest('.dlw-pg-scroll'))
        .map((n) => n.className || n.tagName); }""")
    assert not out and opened.tab.evaluate("document.documentElement.scrollWidth") <= width


# Rewinding, changes, comparing ------------------------------------------------------------------------------


def test_back_to_an_epoch_with_the_same_weights(start):
    opened, widget = start()
    formula = widget.locator(".dlw-pg-formula")
    widget.locator(".dlw-pg-net").focus()
    opened.tab.keyboard.press("ArrowDown")
    seen = {}
    for at in (40, 90, 10, 300, 40, 0, 90, 300, 10):
        go(opened, widget, at)
        now = (readout(widget), formula.inner_text())
        assert seen.setdefault(at, now) == now
    assert len({words for words, _ in seen.values()}) == len(seen)


def test_structure_starts_anew_and_live_settings_do_not(start):
    opened, widget = start()
    go(opened, widget, 30)
    widget.get_by_label("penalty on weights").select_option(label="L2")
    wait(opened)
    assert epoch(widget) == 30 and trait(widget, "regularization") == "l2"
    assert trait(widget, "changes")[0]["until"] == 30 and trait(widget,
        "changes")[0]["regularization"] == "none"
    widget.get_by_label("activation").select_option(label="relu")
    wait(opened)
    assert epoch(widget) == 0 and trait(widget, "changes") == []
    assert trait(widget, "regularization") == "l2"


def test_playing_makes_no_more_of_the_picture_than_the_numbers(start):
    """After a pause the output, the curves and the pictures of the units are those of the epoch that is read out."""
    opened, widget = start()
    widget.get_by_role("button", name="Play", exact=True).click()
    wait(opened, 700)
    widget.get_by_role("button", name="Pause", exact=True).click()
    wait(opened, 500)
    at = epoch(widget)
    pictures = "w => [...w.querySelectorAll('.dlw-figure canvas')].map((c) => c.toDataURL())"
    before = widget.evaluate(pictures)
    go(opened, widget, at + 50)
    wait(opened, 400)
    moved = widget.evaluate(pictures)
    assert sum(a != b for a, b in zip(before, moved)) >= 4
    go(opened, widget, at)
    wait(opened, 400)
    again = widget.evaluate(pictures)
    assert sum(a != b for a, b in zip(before, again)) <= 1                 # the curves now reach further


def test_two_runs_in_step(start):
    opened, widget = start()
    unfold(widget, "Compare two runs")
    go(opened, widget, 25)
    alone = readout(widget)
    widget.get_by_role("button", name="Keep this run as A").click()
    wait(opened)
    assert "same settings so far" in widget.inner_text()
    widget.get_by_label("activation").select_option(label="relu")
    go(opened, widget, 25)
    labels = widget.locator(".dlw-pg-run-name").all_inner_texts()
    train, test = re.search(r"training loss (\S+), test loss (\S+);", alone).groups()
    assert labels[1] == f"A, kept: train {float(train):.3f}, test {float(test):.3f}" and labels[0] != labels[1].replace("A, kept", "B, now")
    assert "activation: A tanh, B relu" in widget.inner_text()
    assert widget.locator(".dlw-pg-out:visible").count() == 2
    widget.get_by_role("button", name="Swap A and B").click()
    wait(opened, 300)
    assert readout(widget) == alone and "activation: A relu, B tanh" in widget.inner_text()
    widget.get_by_role("button", name="Let A go").click()
    wait(opened)
    assert widget.locator(".dlw-pg-out:visible").count() == 1


def test_a_far_epoch_is_reached_without_a_freeze(start):
    opened, widget = start()
    model(widget, layers=[8] * 6, epoch=3000, activation="mish")
    longest = widget.evaluate("""() => new Promise((done) => { let last = performance.now(), top = 0, n = 0;
      const f = () => { const now = performance.now(); top = Math.max(top, now - last); last = now; n++ < 40 ? requestAnimationFrame(f) : done(top); };
      requestAnimationFrame(f); })""")
    assert longest < 1500 and 0 < epoch(widget) < 3000


# Own data ---------------------------------------------------------------------------------------------------


@pytest.fixture
def own(start):
    def begin(**options):
        opened, widget = start(**options)
        widget.get_by_role("button", name="my own").click()
        wait(opened)
        return opened, widget
    return begin


def paste(opened, widget, text):
    if not widget.get_by_role("button", name="Use these points").is_visible():
        unfold(widget, "Own data")
    box = widget.get_by_label("lines of x1, x2, label")
    box.fill(text)
    widget.get_by_role("button", name="Use these points").click()
    wait(opened, 200)
    return box


def test_drawing_with_the_keyboard(own):
    opened, widget = own()
    assert "There are no points yet" in widget.locator(".dlw-pg-trouble").inner_text()
    widget.locator(".dlw-pg-sheet").focus()
    for key in ("Enter", "ArrowRight", "ArrowRight", "ArrowUp", "Enter", "0", "Shift+ArrowLeft", "Enter"):
        opened.tab.keyboard.press(key)
        wait(opened, 50)
    assert trait(widget, "own") == [[0, 0, 1], [0.5, 0.25, 1], [0.45, 0.25, 0]] and trait(widget,
        "data") == "own"
    opened.tab.keyboard.press("Delete")
    wait(opened)
    assert trait(widget, "own") == [[0, 0, 1]]


@pytest.mark.parametrize("width, scheme", VIEWS)
def test_drawing_with_the_mouse(own, width, scheme):
    opened, widget = own(width=width, scheme=scheme)
    sheet = widget.locator(".dlw-pg-sheet")
    sheet.scroll_into_view_if_needed()
    box = sheet.bounding_box()
    at = lambda u, v: (box["x"] + u * box["width"], box["y"] + v * box["height"])      # noqa: E731
    for name, v in (("class 1", 0.2), ("class 0", 0.8)):
        widget.get_by_role("button", name=name).click()
        box = sheet.bounding_box()
        opened.tab.mouse.move(*at(0.1, v))
        opened.tab.mouse.down()
        opened.tab.mouse.move(*at(0.9, v), steps=25)
        opened.tab.mouse.up()
    wait(opened)
    drawn = trait(widget, "own")
    assert 20 <= len(drawn) <= 52 and {row[2] for row in drawn} == {0, 1}
    assert all(row[1] > 0 if row[2] else row[1] < 0 for row in drawn)
    go(opened, widget, 150)
    assert float(re.search(r"training loss (\S+),", readout(widget))[1]) < 0.1
    widget.get_by_role("button", name="Erase").click()
    box = sheet.bounding_box()
    opened.tab.mouse.click(*at(0.5, 0.2))
    wait(opened)
    assert len(trait(widget, "own")) < len(drawn) and epoch(widget) == 0
    left = trait(widget, "own")
    widget.get_by_role("button", name="Clear").click()
    wait(opened)
    assert trait(widget, "own") == []
    for before in (left, drawn, [row for row in drawn if row[2]]):          # a stroke at a time
        widget.get_by_role("button", name="Undo").click()
        wait(opened)
        assert trait(widget, "own") == before


def test_a_table_with_bad_lines_is_used_and_kept(own):
    opened, widget = own()
    text = "x1;x2;label\n1,5;2;red\noops\n-2;1;blue\n3;;red\n-1;-1;red"
    box = paste(opened, widget, text)
    assert trait(widget, "own") == [[1.5, 2, 1], [-2, 1, 0], [-1, -1, 1]]
    assert box.input_value() == text
    alert = widget.locator(".dlw-message:visible").inner_text()
    assert "line 3 (1 field, not 3), line 5 (x2 is no number: empty)" in alert
    assert "with decimal commas" in widget.inner_text() and "blue is class 0 (orange), red is class 1 (blue)" in widget.inner_text()


@pytest.mark.parametrize("text, words", [
    ("", "No line could be read"), ("<script>alert(1)</script>",
        "No line could be read"), ("1,2,a\n2,3,b\n3,4,c", "Two classes are wanted")])
def test_a_table_that_cannot_be_used_leaves_the_points(own, text, words):
    opened, widget = own()
    paste(opened, widget, "1,1,0\n2,3,1")
    box = paste(opened, widget, text)
    assert words in widget.locator(".dlw-message:visible").inner_text()
    assert trait(widget, "own") == [[1, 1, 0], [2, 3, 1]] and box.input_value() == text


def test_one_class_alone_is_said(own):
    opened, widget = own()
    paste(opened, widget, "\n".join(f"{i / 10},{i % 5},1" for i in range(30)))
    assert "All training points are of class 1" in widget.locator(".dlw-pg-trouble").inner_text()
    go(opened, widget, 20)
    assert "undefined" not in widget.inner_text() and "NaN" not in widget.inner_text()


def test_a_hundred_thousand_points(own):
    """Thinned by the stated rule, the text kept, and the page answers at once."""
    opened, widget = own()
    unfold(widget, "Own data")
    time = widget.evaluate("""(w) => new Promise((done) => {
      const lines = Array.from({ length: 100000 }, (_, i) => `${(5 * Math.sin(i)).toFixed(3)},${(5 * Math.cos(3 * i)).toFixed(3)},${i % 2}`);
      const box = w.querySelector('textarea:not([readonly])');
      box.value = lines.join('\\n');
      box.dispatchEvent(new Event('input', { bubbles: true }));
      const start = performance.now();
      [...w.querySelectorAll('button')].find((b) => b.textContent === 'Use these points').click();
      requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - start)));
    })""")
    assert time < 8000 * opened.busy(), time             # half a second alone, most of it the browser laying out the text box
    assert "100000 points are too many: of each class one in 51 is kept" in widget.inner_text()
    assert 1900 < len(trait(widget,
        "own")) <= 2000 and widget.locator("textarea:not([readonly])").evaluate("t => t.value.length") > 1e6
    go(opened, widget, 2)


def test_a_file_is_read(own):
    opened, widget = own()
    unfold(widget, "Own data")
    widget.locator("input[type=file]").set_input_files({"name": "points.csv", "mimeType": "text/csv",
        "buffer": b"1,2,0\n3,4,1\n"})
    wait(opened, 300)
    assert trait(widget, "own") == [[1, 2, 0],
        [3, 4, 1]] and widget.get_by_label("lines of x1, x2, label").input_value() == "1,2,0\n3,4,1\n"


# What a reader finds out ------------------------------------------------------------------------------------


def test_the_guide_follows_the_run(start):
    opened, widget = start()
    badge = widget.locator(".dlw-pg-guide .dlw-state").first
    assert badge.inner_text().endswith("Too early to say")
    go(opened, widget, 200)
    wait(opened, 400)
    assert "Healthy" in badge.inner_text()
    rate = widget.get_by_label("learning rate, exact number")
    widget.get_by_role("button", name="Reset", exact=True).click()
    wait(opened)
    rate.fill("10")
    rate.press("Enter")
    go(opened, widget, 30)
    wait(opened, 400)
    assert "Diverging" in badge.inner_text() and "Lower the learning rate" in widget.locator(".dlw-pg-guide").inner_text()


def test_a_loss_that_is_not_finite_is_said(start):
    opened, widget = start()
    model(widget, activation="exponential", loss="logistic", lr=3.0, layers=[4, 4], epoch=100)
    widget.locator(".dlw-readout", has_text="no longer a finite number").wait_for()
    wait(opened, 500)
    assert "Diverged" in widget.locator(".dlw-pg-guide").inner_text() and "NaN" not in widget.inner_text()
    widget.get_by_role("button", name="Back", exact=True).click()
    wait(opened, 300)
    assert "training loss" in readout(widget)


def test_one_step_by_hand(start):
    opened, widget = start()
    go(opened, widget, 5)
    unfold(widget, "One step by hand")
    wait(opened)
    titles, forward = [], widget.get_by_role("button", name="Next ›")
    while True:
        titles.append(widget.locator(".dlw-pg-title").inner_text())
        if forward.is_disabled():
            break
        forward.click()
        wait(opened, 50)
    assert len(titles) == 2 + 4 * 3 and titles[0] == "The point and its features" and titles[-1] == "New weights of the output"
    lines = widget.locator(".dlw-pg-lines li").all_inner_texts()
    words = re.search(r": (\S+) − (\S+) · \((\S+)\) = (\S+)", lines[1]).groups()
    old, rate, gradient, new = (float(w.replace("−", "-")) for w in words)
    assert old - rate * gradient == pytest.approx(new, abs=2e-3)
    point = widget.get_by_label("training point number").last
    point.fill("200")
    point.press("Enter")
    wait(opened)
    assert widget.locator(".dlw-pg-lines li").all_inner_texts() != lines


def test_counts(start):
    opened, widget = start()
    go(opened, widget, 12)
    unfold(widget, "Loss, accuracy")
    wait(opened)
    rows = [row.split("\t") for row in widget.locator(".dlw-pg-table tbody tr").all_inner_texts()]
    for row in rows:
        counts = [int(n) for n in row[-4:]]
        assert sum(counts) == 250 and row[2] == f"{round((counts[0] + counts[3]) / 2.5)} %"
    assert f"test loss {rows[1][1]}; {rows[1][2]}" in readout(widget)


@pytest.mark.parametrize("library", ["dlnotes", "torch"])
def test_the_script_prints_what_the_screen_shows(start, library):
    if library == "torch":
        pytest.importorskip("torch")
    opened, widget = start(permissions=["clipboard-read", "clipboard-write"])
    go(opened, widget, 12)
    rate = widget.get_by_label("learning rate, exact number")
    rate.fill("0.1")
    rate.press("Enter")
    go(opened, widget, 20)
    unfold(widget, "This run as a program")
    printed = output_of(opened.copied(widget, f"Copy as Python ({library})"))
    seen = re.search(r"training loss (\S+), test loss (\S+);", readout(widget)).groups()
    assert [round(float(x), 4) for x in re.findall(r"loss\s+(\S+)", printed)] == [float(x) for x in seen]


# Links and hostile settings ---------------------------------------------------------------------------------


def test_a_link_brings_everything_back(start, visit):
    opened, widget = start(permissions=["clipboard-read", "clipboard-write"])
    model(widget, data="own", own=[[i / 9, (i * i) % 7 - 3, i % 2] for i in range(31)], layers=[3, 5],
        features=["x1", "sin_x2"],
          optimizer="adam", lr=0.02, seed=9)
    go(opened, widget, 8)
    rate = widget.get_by_label("learning rate, exact number")
    rate.fill("0.05")
    rate.press("Enter")
    unfold(widget, "Compare two runs")
    widget.get_by_role("button", name="Keep this run as A").click()
    model(widget, layers=[2])
    go(opened, widget, 17)
    words, labels = readout(widget), widget.locator(".dlw-pg-run-name").all_inner_texts()
    widget.get_by_role("button", name="Copy link").click()
    wait(opened)
    again = visit(opened.tab.url.removeprefix(opened.address + "/"), reduced_motion="reduce")
    other = again.widget("playground")
    other.locator(".dlw-readout", has_text="Epoch 17:").wait_for()
    wait(again, 300)
    assert readout(other) == words and other.locator(".dlw-pg-run-name").all_inner_texts() == labels


def test_a_link_says_what_it_has_no_room_for(start):
    opened, widget = start()
    model(widget, data="own", own=[[round(5 * ((i * 37) % 100) / 100, 3), i / 400, i % 2]
        for i in range(900)])
    widget.get_by_role("button", name="Copy link").click()
    wait(opened)
    assert "too short for your own points" in widget.locator(".dlw-message:visible").inner_text() and len(opened.tab.url) < 3000
    assert len(trait(widget, "own")) == 900


@pytest.mark.parametrize("words", [
    "layers=9,9&features=x9&own=1,2&changes={&kept=[1]&lr=NaN", "own=1,2,3&changes=[1]&kept=null&epoch=1e9", "layers=1,1,1,1,1,1,1&seed=-1",
    "changes=[{\"until\":\"x\"}]&kept={\"lr\":1e9,\"layers\":[99]}&data=constructor"])
def test_a_hostile_link_is_ignored(start, words):
    opened, widget = start()
    before = readout(widget)
    opened.tab.evaluate("words => { location.hash = `dlw=0&${words}`; }", words)
    wait(opened, 300)
    assert readout(widget) == before and trait(widget, "layers") == [4, 2]


def test_hostile_lists(start):
    """Four hundred absurd values of the traits that are lists or dictionaries: no exception, no freeze, and it still answers."""
    opened, widget = start()
    rng, junk = random.Random(5), [None, 3, "x", [], {}, [None], [[]], [{}], [1e308, -1], [[1, 2]],
        [[9, 9, 9]], [["a", "b", "c"]]]
    makers = {
        "own": lambda: [[rng.uniform(-7, 7), rng.uniform(-7, 7), rng.choice([0, 1, 2])]
            for _ in range(rng.randrange(40))],
        "layers": lambda: [rng.randrange(-1, 10) for _ in range(rng.randrange(8))],
        "features": lambda: [rng.choice(["x1", "x2", "product", "y"]) for _ in range(rng.randrange(4))],
        "changes": lambda: [{"until": rng.choice([0, 5, 9, "a", 1e9]), "lr": rng.choice([0, 1e6, "x", 0.1])}
            for _ in range(rng.randrange(4))],
        "kept": lambda: {"layers": makers["layers"](), "lr": rng.choice([1e9, 0.1]),
            "changes": rng.choice(junk), "data": "own", "own": makers["own"]()}}
    plan = [{name: rng.choice([rng.choice(junk), makers[name]()]) for name in rng.sample(sorted(makers),
        2)} | {"epoch": rng.choice([0, 3, 10, -1, "x", 1e12, None])}
            for _ in range(400)]
    slowest = widget.evaluate("""async (w, plan) => {
      const { model } = w.closest('.dlw-host'); let top = 0;
      for (const values of plan) {
        for (const [k, v] of Object.entries(values)) model.set(k, v);
        const start = performance.now();
        await new Promise((go) => requestAnimationFrame(go));
        top = Math.max(top, performance.now() - start);
      }
      return top; }""", plan)
    assert slowest < 3000 and "undefined" not in widget.inner_text() and "NaN" not in widget.inner_text()
    model(widget, own=[], layers=[4, 2], features=["x1", "x2"], changes=[], kept={}, epoch=0, data="circle")
    widget.locator(".dlw-readout", has_text="Epoch 0: training loss 0.5068").wait_for()


def test_nothing_runs_off_screen_and_reduced_motion_waits(visit):
    opened = visit(PAGE, ledger=True, reduced_motion="reduce")
    widget = opened.widget("playground")
    model(widget, playing=True)
    wait(opened, 300)
    opened.tab.evaluate("document.querySelector('.dlw').style.marginTop = '3000px'; scrollTo(0, 0)")
    wait(opened, 600)
    before = opened.tab.evaluate("held.drawn")
    wait(opened, 500)
    assert opened.tab.evaluate("held.drawn") - before <= 3
