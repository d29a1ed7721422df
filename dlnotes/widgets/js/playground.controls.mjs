// The settings of the playground as controls: those of the data, the network's and the training's.

import { ACTIVATIONS } from "./activations.core.mjs";
import { drawDataset } from "./datasets.core.mjs";
import { OPTIMIZERS } from "./optim.core.mjs";
import { windowOf } from "./playground.core.mjs";
import { INITIALIZERS, LIVE, LOSSES, REGULARIZATIONS, SCHEDULES, SETS, STRUCTURE, isScaled,
  optionsOf } from "./playground.settings.core.mjs";
import {
  INITIALIZER_NAMES, LOSS_NAMES, OPTIMIZER_NAMES, OPTION_NAMES, SCHEDULE_NAMES, SET_NAMES,
} from "./playground.text.mjs";
import { Stream } from "./lib/num.mjs";
import { button, fold, h, select, setAttribute, slider, toggle } from "./lib/ui.mjs";

const named = (values, names) => values.map((v) => [v, names[v] ?? v.replaceAll("_", " ")]);
const SKETCH = 40, POINTS = 90;

// A small picture of a data set on the button that takes it.
function sketch(ui, name, structure) {
  const canvas = h("canvas", { width: 2 * SKETCH, height: 2 * SKETCH, "aria-hidden": "true" }),
    ctx = canvas.getContext("2d");
  let paper = null, before = null;
  ui.refresh(() => {
    const own = name === "own" ? structure().own : null;
    if (paper === ui.colors.paper && own === before) return;
    paper = ui.colors.paper;
    before = own;
    ctx.clearRect(0, 0, canvas.width, canvas.height);
    const { X, y } = own ? { X: own.flatMap((row) => row.slice(0, 2)), y: own.map((row) => row[2]) }
      : drawDataset(name, POINTS, new Stream(3));
    const [left, right, low, high] = windowOf(name);
    for (let n = 0; n < Math.min(y.length, 2 * POINTS); n++) {
      ctx.fillStyle = ui.colors.line[y[n] ? 0 : 1];
      const px = (X[2 * n] - left) / (right - left), py = 1 - (X[2 * n + 1] - low) / (high - low);
      if (y[n]) {
        ctx.beginPath();
        ctx.arc(px * canvas.width, py * canvas.height, 3.2, 0, 7);
        ctx.fill();
      } else ctx.fillRect(px * canvas.width - 2.8, py * canvas.height - 2.8, 5.6, 5.6);
    }
    if (own && !own.length) {
      ctx.strokeStyle = ui.colors.ink;
      ctx.lineWidth = 4;
      ctx.beginPath();
      for (const [x, y0] of [[20, 60], [38, 34], [46, 48], [62, 20]]) ctx.lineTo(x, y0);
      ctx.stroke();
    }
  });
  return canvas;
}

/** @param at { structural(name), live(name), restart(values), structure() } */
export function createControls(ui, { structural, live, restart, structure }) {
  const range = (name) => {
    const { low, high } = STRUCTURE[name] ?? LIVE[name];
    return { min: low, max: high };
  };
  const sets = SETS.map((name) => {
    const node = button(ui, "", () => restart({ data: name }), { class: "dlw-pg-set" });
    node.append(sketch(ui, name, structure), h("span", {}, SET_NAMES[name]));
    ui.refresh(() => setAttribute(node, "aria-pressed", structure().data === name));
    return node;
  });
  const drawn = h("div", { class: "dlw-pg-three" },
    slider(ui, structural("points"), { label: "points", ...range("points"), step: 1 }),
    slider(ui, structural("noise"), { label: "noise", ...range("noise") }),
    slider(ui, structural("train_share"), { label: "share for training", ...range("train_share"),
      step: 0.05 }));
  ui.refresh(() => {
    const own = structure().data === "own";
    for (const node of [...drawn.children].slice(0, 2)) if (node.hidden !== own) node.hidden = own;
  });
  const data = h("div", { class: "dlw-pg-data" },
    h("div", { class: "dlw-pg-sets", role: "group", "aria-label": "Data" }, ...sets), drawn);

  const lr = slider(ui, live("lr"), { label: "learning rate", min: 1e-4, max: 10, log: true });
  const main = h("div", { class: "dlw-pg-main" }, lr,
    select(ui, structural("activation"),
      { label: "activation", options: named(Object.keys(ACTIVATIONS), {}) }),
    select(ui, structural("optimizer"), { label: "optimizer", options: named(OPTIMIZERS, OPTIMIZER_NAMES) }),
    select(ui, live("regularization"),
      { label: "penalty on weights", options: named(REGULARIZATIONS, { l1: "L1", l2: "L2" }) }));

  const options = Object.entries(OPTION_NAMES).map(([name, label]) => [name,
    slider(ui, live(name), { label, ...range(name), step: 0.001 })]);
  const nesterov = toggle(ui, live("nesterov"), { label: "Nesterov's look ahead" });
  const rate = slider(ui, live("rate"), { label: "strength of the penalty", ...range("rate"), log: true });
  const period = slider(ui, live("schedule_epochs"), { label: "period of the schedule, epochs", min: 1,
    max: 1000, step: 1 });
  const scale = slider(ui, structural("init_scale"), { label: "first weights, times", ...range("init_scale"),
    log: true });
  const show = (node, on) => { if (node.hidden === on) node.hidden = !on; };
  ui.refresh(() => {
    const has = optionsOf(structure().optimizer);
    for (const [name, node] of options) show(node, has.includes(name));
    show(nesterov, has.includes("nesterov"));
    show(rate, live("regularization").get() !== "none");
    show(scale, isScaled(structure().initializer));
    show(period, live("schedule").get() !== "constant");
  });
  const more = fold("More settings",
    h("div", { class: "dlw-controls" },
      slider(ui, live("batch_size"), { label: "batch size", min: 1, max: 250, step: 1 }), rate,
      select(ui, live("schedule"), { label: "schedule of the learning rate",
        options: named(SCHEDULES, SCHEDULE_NAMES) }), period,
      ...options.map(([, node]) => node), nesterov,
      select(ui, structural("initializer"),
        { label: "first weights", options: named(INITIALIZERS, INITIALIZER_NAMES) }),
      scale,
      select(ui, structural("loss"), { label: "loss", options: named(Object.keys(LOSSES), LOSS_NAMES) }),
      toggle(ui, "discretize", { label: "show only the side of the boundary" })),
    h("p", {},
      "Batch, schedule, penalty and the optimizer's numbers hold from the epoch on at which you change "
      + "them. First weights, "
      + "loss, optimizer, data and network start the run anew."));
  return { data, main, more };
}
