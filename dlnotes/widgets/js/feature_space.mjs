// How a hidden layer bends the plane until a straight line parts the classes.

import { RULES, createExperiment, reach, show } from "./feature_space.core.mjs";
import { drawLoss, drawUnits, short } from "./feature_space.charts.mjs";
import { drawFeatures, drawInput, drawPoints, inputPlaces, makeRoom } from "./feature_space.picture.mjs";
import { scripts } from "./feature_space.script.mjs";
import {
  COMMON, DATA, EXPLAINED, FUNCTIONS, OPTIMIZERS, PLANES, PLANE_NAMES, PRESETS, STORIES, comparison, details,
  functionName, percent, planeTitle, sentence,
} from "./feature_space.text.mjs";
import { clamp } from "./lib/num.mjs";
import { Panel, Scale, figure, text } from "./lib/plot.mjs";
import {
  choice, draggable, explain, fold, fullScreen, h, mount, readout, select, setAttribute, setText, slider, toggle,
} from "./lib/ui.mjs";
import { link, numberIn, oneOf } from "./lib/link.mjs";
import { player } from "./lib/player.mjs";
import { pythonButtons } from "./lib/python.mjs";

const SETTINGS = ["data", "points", "noise", "seed", "k", "optimizer", "lr", "batch_size"];
const NETS = ["activation", "second", "third"];
const FRAME_BUDGET = 12;                                 // milliseconds of training in a frame

function render({ model, el }) {
  const ui = mount(model, el, "feature_space", "Feature space: how a hidden layer bends the plane");
  const get = ui.get;

  // The runs that belong to the settings, made anew only when one of them changes ---------------------------
  const made = NETS.map(() => null);
  function experiment(trait, i) {
    const stale = !made[i] || made[i].settings.activation !== get(trait)
      || SETTINGS.some((name) => made[i].settings[name] !== get(name));
    if (stale) {
      const settings = Object.fromEntries(SETTINGS.map((name) => [name, get(name)]));
      made[i] = createExperiment({ ...settings, activation: get(trait) });
    }
    return made[i];
  }
  const experiments = () => (get("compare") ? NETS : NETS.slice(0, 1)).map(experiment);
  const last = () => get("epochs");
  const wanted = () => Math.min(get("epoch"), last());

  // Page: built once ----------------------------------------------------------------------------------------
  const place = (kind, label) => figure(ui, h("div", { class: `dlw-figure dlw-fs-${kind}` }), label);
  const spaces = place("spaces", "The input plane with its grid, and the same grid bent by the hidden layer");
  const curve = place("loss", "Loss of training and test over the epochs");
  const bins = place("units", "Histograms of what each hidden unit gives, by class");
  const planes = Array.from({ length: 6 }, () => new Panel(spaces));
  const epochs = new Scale(), loss = new Panel(curve, epochs, new Scale("log"));
  const units = Array.from({ length: 6 }, () => new Panel(bins));
  const room = makeRoom();
  const [seen, say] = readout(ui);
  const numbers = h("p", { class: "dlw-fs-numbers" });
  draggable(ui, curve.host, (px) => ui.set({ epoch: clamp(Math.round(epochs.invert(px)), 0, last()) }));
  const spec = {
    data: oneOf(...DATA.map(([v]) => v)), k: numberIn(2, 6, true), compare: (v) => ({ true: true, false: false })[v],
    activation: oneOf(...FUNCTIONS.map(([v]) => v)), second: oneOf(...FUNCTIONS.map(([v]) => v)),
    third: oneOf(...FUNCTIONS.map(([v]) => v)), optimizer: oneOf(...Object.keys(RULES)), lr: numberIn(1e-3, 10),
    batch_size: oneOf(4, 16, 64, 1000), points: oneOf(100, 200, 400, 1000), noise: numberIn(0, 0.5),
    plane: oneOf(...PLANE_NAMES), way: numberIn(0, 2), seed: numberIn(0, 2 ** 31 - 1, true),
    epochs: numberIn(1, 5000, true), epoch: numberIn(0, 5000, true) };
  const others = NETS.slice(1).map((trait, i) => (
    select(ui, trait, { label: ["second function", "third function"][i], options: FUNCTIONS })));
  const view = select(ui, "plane", { label: "feature space is seen", options: PLANES });
  const below = h("div", { class: "dlw-columns dlw-even dlw-fs-below" }, curve.host, bins.host);
  const sign = (kind, words) => h("span", {}, h("i", { class: `dlw-fs-${kind}`, "aria-hidden": "true" }), words);
  ui.root.append(
    h("div", { class: "dlw-head" }, h("strong", {}, "Feature space"),
      h("span", { class: "dlw-fs-tools" }, fullScreen(ui), link(ui, spec))),
    choice(ui, {
      label: "Situations", options: STORIES, choose: (name) => ui.set({ ...COMMON, ...PRESETS[name] }),
      current: () => Object.keys(PRESETS).find((name) => (
        Object.entries(PRESETS[name]).every(([trait, value]) => get(trait) === value))) }),
    h("p", { class: "dlw-fs-legend" }, sign("one", "class 1"), sign("none", "class 0"), sign("pale", "test"),
      sign("edge", "boundary"), sign("fold", "a unit is 0")),
    spaces.host,
    player(ui, { trait: "epoch", last, label: "Epoch" }),
    seen, numbers,
    slider(ui, "way", { label: "through the layer: 0 input, 1 after W x + b, 2 after the activation", min: 0, max: 2 }),
    below,
    h("div", { class: "dlw-controls" },
      select(ui, "data", { label: "data", options: DATA }),
      slider(ui, "k", { label: "hidden units", min: 2, max: 6, step: 1 }),
      select(ui, "activation", { label: "function of the hidden units", options: FUNCTIONS }), ...others, view,
      toggle(ui, "compare", { label: "three functions side by side" }),
      select(ui, "optimizer", { label: "optimizer", options: OPTIMIZERS }),
      slider(ui, "lr", { label: "learning rate", min: 0.001, max: 10, log: true }),
      slider(ui, "noise", { label: "noise", min: 0, max: 0.5 })),
    fold("More settings", h("div", { class: "dlw-controls" },
      select(ui, "batch_size", { label: "batch", options: [[4, "4"], [16, "16"], [64, "64"], [1000, "all points"]] }),
      select(ui, "points", { label: "points, half of them for the test", options: [100, 200, 400, 1000].map((n) => [n, String(n)]) }),
      slider(ui, "epochs", { label: "epochs in all", min: 1, max: 5000, step: 1 })),
    h("div", { class: "dlw-row" }, ...pythonButtons(ui, (library) => scripts(experiments(), library)))),
    explain(...EXPLAINED));

  // Draw: from the model alone ------------------------------------------------------------------------------
  function draw() {
    const all = experiments(), until = performance.now() + FRAME_BUDGET, goal = wanted();
    const now = reach(all, goal, () => performance.now() < until);
    if (now < goal) ui.redraw();                                   // the rest in the next frames
    for (const e of all) show(e, Math.min(now, e.ended), get("plane"), get("way"));
    others.forEach((node) => { node.hidden = !get("compare"); });
    view.hidden = get("k") === 2;
    bins.host.hidden = get("compare");
    for (const node of [spaces.host, below]) setAttribute(node, "data-nets", all.length);
    const [first] = all, at = Math.min(now, first.ended);
    say(get("compare") ? comparison(all, now) : sentence(first, at));
    setText(numbers, get("compare") ? "" : details(first, at, get("plane")));
    shown = now;
    if (spaces.begin()) drawSpaces(all, now);
  }
  let shown = 0;                                                   // the epoch of the pictures
  const drawBelow = () => {
    const all = experiments();
    if (curve.begin()) drawLoss(loss, all, shown, last());
    if (!get("compare") && bins.begin()) drawUnits(units, all[0]);
  };

  const startOf = Float64Array.from({ length: 2000 });
  function drawSpaces(all, now) {
    const { width, height } = spaces, wide = width >= 560, gap = 16;
    const columns = all.length === 1 ? (wide ? 2 : 1) : wide ? 3 : 2, lines = 2 * all.length / columns;
    const pitch = all.length === 1 ? 50 : 34;                      // room for the words above and below
    const size = Math.min((width - gap * (columns - 1)) / columns, height / lines - pitch);
    const left = (width - columns * size - gap * (columns - 1)) / 2;
    all.forEach((e, i) => [0, 1].forEach((space) => {
      const panel = planes[2 * i + space], index = columns === 3 ? i + 3 * space : 2 * i + space;
      const x = left + (index % columns) * (size + gap), y = 26 + Math.floor(index / columns) * (size + pitch);
      panel.place(x, y, x + size, y + size);
      const at = Math.min(now, e.ended), r = size > 240 ? 3.6 : 2.4;
      if (space === 0) drawInput(panel, e, room);
      else drawFeatures(panel, e, room, get("way"));
      for (const [set, pale] of [[e.test, true], [e.train, false]]) {
        const places = space === 1 ? set.at : inputPlaces(e.frames[0], set.X, startOf);
        drawPoints(panel, set, places, { r: pale ? 0.6 * r : r, pale });
      }
      title(panel, e, space, at);
    }));
  }

  function title(panel, e, space, at) {
    const several = get("compare"), name = functionName(e.settings.activation), { muted, ink } = spaces.colors;
    if (several) {
      text(panel, space === 0 ? `${name} ${percent(e.right[at])}` : "feature space", panel.left, panel.top - 8, { color: ink });
      return;
    }
    text(panel, space === 0 ? "Input plane: x₂ over x₁" : planeTitle(e.settings.k, get("plane"), get("way")),
      panel.left, panel.top - 8, { color: ink });
    const stage = space === 0 ? 0 : get("way");
    if (!Number.isInteger(stage)) return;
    const { cx, cy, half } = e.frames[stage], look = { color: muted, halo: true };
    const places = [[cx - half, panel.left, panel.bottom + 5, "left", "top"],
      [cx + half, panel.right, panel.bottom + 5, "right", "top"],
      [cy + half, panel.right - 5, panel.top + 5, "right", "top"],
      [cy - half, panel.right - 5, panel.bottom - 6, "right", "alphabetic"]];
    for (const [value, x, y, align, base] of places) text(panel, short(value), x, y, { ...look, align, base });
  }

  ui.start(draw, drawBelow);
  return ui.end;
}

export default { render };
