"""The widgets in a real JupyterLab with a kernel: two views of one model in step, traits read and set from Python."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import nbformat
import pytest
from jupyter_client import BlockingKernelClient

from dlnotes.practice.perceptron import QUESTIONS

CHOICE = QUESTIONS["perceptron-c"]
ROOT = Path(__file__).resolve().parents[2]
CELLS = ["from dlnotes.widgets.kill_and_revive import KillAndRevive\nfrom dlnotes.widgets.learning_rate import LearningRate\n"
         "w = KillAndRevive('revived')\nw", "w", "rate = LearningRate(steps=100)\nrate"]
OTHERS = {"playground": "Playground", "feature_space": "FeatureSpace", "descent": "Descent", "optimizer_race": "OptimizerRace",
          "deep_init": "DeepInit", "backprop_stepper": "BackpropStepper", "gan_lab": "GanLab"}
CELLS += [f"from dlnotes.widgets.{view} import {name}\n{name}()" for view, name in OTHERS.items()]

READY = """
() => {
  const kernel = jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel;
  return kernel?.connectionStatus === "connected" && kernel.status === "idle";
}
"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """(address with token, folder of the kernels' connection files) of a JupyterLab on a folder with one notebook."""
    folder = tmp_path_factory.mktemp("lab")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in CELLS])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, folder / "widgets.ipynb")
    settings = folder / ".settings" / "@jupyterlab" / "notebook-extension"
    settings.mkdir(parents=True)
    (settings / "tracker.jupyterlab-settings").write_text('{"windowingMode": "none"}')      # all cells are there, seen or not
    places = {f"JUPYTER_{name}_DIR": str(folder / f".{name.lower()}") for name in ("CONFIG", "DATA", "RUNTIME")}
    environment = {**os.environ, **places, "PYTHONPATH": str(ROOT), "JUPYTER_PREFER_ENV_PATH": "1",
                   "JUPYTERLAB_SETTINGS_DIR": str(folder / ".settings")}
    process = subprocess.Popen(
        [sys.executable, "-m", "jupyterlab", "--no-browser", "--ip=127.0.0.1", "--port=0", "--allow-root",
         "--IdentityProvider.token=secret", "--LabApp.expose_app_in_browser=True", "--LabApp.news_url=None",
         "--LabApp.extension_manager=readonly", f"--ServerApp.root_dir={folder}"],
        env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder)
    try:
        yield address_of(Path(places["JUPYTER_RUNTIME_DIR"]), process), Path(places["JUPYTER_RUNTIME_DIR"])
    finally:
        process.terminate()
        process.wait(timeout=30)


def address_of(runtime, process, patience=90):
    """The server writes its address to a file; it is up when it answers."""
    for _ in range(patience * 4):
        assert process.poll() is None, "JupyterLab ended by itself"
        for file in runtime.glob("jpserver-*.json"):
            try:
                address = json.loads(file.read_text())["url"]
                urllib.request.urlopen(f"{address}api/status?token=secret", timeout=5).close()
                return address
            except (OSError, ValueError):
                pass
        time.sleep(0.25)
    raise AssertionError("JupyterLab did not start")


@pytest.fixture(scope="module")
def tab(lab, browser):
    """The notebook, opened and run."""
    page = browser.new_page(viewport={"width": 1280, "height": 1400}, reduced_motion="reduce")
    errors = page.errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{lab[0]}lab/tree/widgets.ipynb?token=secret")
    page.wait_for_selector(".jp-NotebookPanel .jp-Cell", timeout=90_000)
    until(page, lambda: page.evaluate(READY), 90)
    page.evaluate("() => { jupyterapp.commands.execute('notebook:run-all-cells'); }")
    until(page, lambda: page.locator(".jp-OutputArea .dlw").count() == len(CELLS), 90)
    yield page
    page.close()


@pytest.fixture(scope="module")
def kernel(lab, tab):
    """run(code) in the notebook's kernel gives what it prints."""
    client = BlockingKernelClient(connection_file=str(next(lab[1].glob("kernel-*.json"))))
    client.load_connection_file()
    client.start_channels()
    client.wait_for_ready(timeout=60)

    def run(code):
        printed = []
        client.execute_interactive(code, timeout=60, output_hook=lambda m: printed.append(m["content"].get("text", "")))
        return "".join(printed).strip()

    yield run
    client.stop_channels()


def steps(tab):
    return [int(re.search(r"Step (\d+)", words)[1]) for words in tab.locator('[data-dlw="kill_and_revive"] .dlw-readout').all_inner_texts()]


def until(tab, condition, seconds=10):
    for _ in range(10 * seconds):
        if condition():
            return
        tab.wait_for_timeout(100)
    raise AssertionError(f"it did not come about in {seconds} seconds")


def test_two_views_go_in_step(tab, kernel):
    first, second = tab.locator('[data-dlw="kill_and_revive"]').all()
    assert steps(tab) == [0, 0]
    first.get_by_role("button", name="Step", exact=True).click()
    until(tab, lambda: steps(tab) == [1, 1])
    second.get_by_role("button", name="Step", exact=True).click()
    until(tab, lambda: steps(tab) == [2, 2])


def test_python_reads_and_sets_traits(tab, kernel):
    kernel("w.step = 120")
    until(tab, lambda: steps(tab) == [120, 120])
    assert tab.locator('[data-dlw="kill_and_revive"] .dlw-state').first.inner_text().startswith("Revived")
    tab.locator('[data-dlw="kill_and_revive"]').first.get_by_role("button", name="Step", exact=True).click()
    until(tab, lambda: kernel("print(w.step)") == "121")
    assert "TraitError" in kernel("try: w.lr = -1\nexcept Exception as e: print(type(e).__name__)")
    assert kernel("print(w.lr)") == "0.1"


def test_a_setting_in_the_view_reaches_python(tab, kernel):
    widget = tab.locator('[data-dlw="learning_rate"]')
    entry = widget.get_by_label("learning rate (the highest), exact number")
    entry.fill("0.7")
    entry.press("Enter")
    until(tab, lambda: kernel("print(rate.lr)") == "0.7")
    kernel("rate.schedule = 'cosine'")
    until(tab, lambda: widget.get_by_label("schedule").evaluate("s => s.selectedOptions[0].textContent") == "cosine to 0")


@pytest.mark.parametrize("view", OTHERS)
def test_every_teaching_widget_is_live(tab, view):
    """It speaks, its player steps, and nothing is thrown."""
    widget = tab.locator(f'[data-dlw="{view}"]')
    widget.scroll_into_view_if_needed()
    until(tab, lambda: widget.locator(".dlw-readout").first.inner_text().strip() != "")
    scrub = widget.locator(".dlw-player input[type=range]")
    before = float(scrub.input_value())
    widget.get_by_role("button", name="Step", exact=True).click()
    until(tab, lambda: float(scrub.input_value()) == before + 1, 20)
    assert not tab.errors


def test_no_shortcut_of_the_notebook_acts_inside(tab, kernel):
    """`a`, `b`, `dd`, `x` insert and delete cells in JupyterLab; typed into a widget they must not."""
    widget = tab.locator('[data-dlw="kill_and_revive"]').first
    widget.get_by_role("button", name="Step", exact=True).focus()
    for key in "abxdd":
        tab.keyboard.press(key)
    tab.wait_for_timeout(300)
    assert tab.locator(".jp-NotebookPanel .jp-CodeCell").count() == len(CELLS)


CELLS_OF_A_CHAPTER = """
() => {
  const cells = jupyterapp.shell.currentWidget.content.model.sharedModel.cells.filter((cell) => cell.cell_type === "code");
  return { all: cells.length, run: cells.filter((cell) => cell.execution_count).length,
    errors: cells.flatMap((cell) => cell.outputs).filter((output) => output.output_type === "error").map((output) => output.evalue) };
}
"""


def test_a_chapter_runs_and_its_widgets_live(lab, browser):
    """All cells of the perceptron's chapter; then its widget and its questions answer."""
    shutil.copy(ROOT / "chapters" / "foundations" / "perceptron.ipynb", lab[1].parent / "chapter.ipynb")
    page = browser.new_page(viewport={"width": 1280, "height": 1400}, reduced_motion="reduce")
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{lab[0]}lab/workspaces/chapter/tree/chapter.ipynb?token=secret")
    page.wait_for_selector(".jp-NotebookPanel .jp-Cell", timeout=90_000)
    until(page, lambda: page.evaluate(READY), 90)
    page.evaluate("() => { jupyterapp.commands.execute('notebook:run-all-cells'); }")
    until(page, lambda: (now := page.evaluate(CELLS_OF_A_CHAPTER))["run"] == now["all"] > 50, 240)
    assert page.evaluate(CELLS_OF_A_CHAPTER)["errors"] == []
    widget = page.locator('.dlw[data-dlw="perceptron_stepper"]')
    widget.scroll_into_view_if_needed()
    scrub = widget.locator(".dlw-player input[type=range]")
    before = float(scrub.input_value())
    widget.get_by_role("button", name="Step", exact=True).click()
    until(page, lambda: float(scrub.input_value()) == before + 1, 20)
    question = page.locator('.dlw[data-dlw="self_test"]').filter(has_text=CHOICE.ask)
    question.scroll_into_view_if_needed()
    question.get_by_role("button", name=next(c.text for c in CHOICE.choices if c.right)).click()
    until(page, lambda: question.get_attribute("data-verdict") == "right")
    assert not errors
    page.close()
