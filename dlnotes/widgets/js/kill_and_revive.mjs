// The view of KillAndRevive: a small network, one of its units, and what becomes of it during training.

import {
  HIDDEN, N, PRESETS, SIZE, STATES, X, Y, forward, makeHistory, makeNet, run, since,
} from "./kill_and_revive.core.mjs";
import { drawNetwork, unitAt } from "./kill_and_revive.network.mjs";
import { EXPLAINED, STORIES, sentence } from "./kill_and_revive.text.mjs";
import { clamp, linspace } from "./lib/num.mjs";
import {
  DASHES, Panel, Scale, area, axes, band, crosshair, figure, line, number, point, segment, text,
} from "./lib/plot.mjs";
import {
  choice, draggable, explain, h, mount, readout, select, setAttribute, setText, slider,
} from "./lib/ui.mjs";
import { link, numberIn, oneOf } from "./lib/link.mjs";
import { player } from "./lib/player.mjs";

const SETTINGS = ["layer", "unit", "lr", "bias", "alpha", "seed", "kick", "kick_step", "steps"];
const CURVE = 161;
const UNITS = [1, 2].flatMap((layer) => (
  [0, 1, 2].map((unit) => [`${layer} ${unit}`, `unit ${unit + 1} of layer ${layer}`])));

function render({ model, el }) {
  const ui = mount(model, el, "kill_and_revive", "Kill and revive a unit");
  const get = ui.get;

  // The run that belongs to the settings, computed again only when one of them changes ----------------------
  const settings = {};
  let history = makeHistory(get("steps"));
  function current() {
    let stale = false;
    for (const name of SETTINGS) {
      if (settings[name] !== get(name)) stale = true;
      settings[name] = get(name);
    }
    if (history.steps !== settings.steps) history = makeHistory(settings.steps);
    return stale ? run(settings, history) : history;
  }
  const last = () => current().length - 1;
  const shown = () => Math.min(get("step"), last());
  const watched = () => HIDDEN * (get("layer") - 1) + get("unit");

  // Page: built once ----------------------------------------------------------------------------------------
  const place = (kind, label) => {
    const host = h("div", { class: `dlw-figure dlw-${kind}` });
    return figure(ui, host, label);
  };
  const net = place("net", "The network: input, two hidden layers of three units, output");
  const fit = place("fit", "Above the data and the fitted curve, below what the watched unit computes");
  const time = place("time", "Number of active points and length of the gradient over the steps of training");
  const x = new Scale(), steps = new Scale();
  const curve = new Panel(fit, x), inner = new Panel(fit, x);
  const count = new Panel(time, steps), norm = new Panel(time, steps, new Scale("log"));
  const badge = h("strong", { class: "dlw-state" });
  const [seen, say] = readout(ui);
  ui.listen(net.host, "click", (event) => {
    const box = net.host.getBoundingClientRect();
    const hit = unitAt(net, event.clientX - box.left, event.clientY - box.top);
    if (hit) ui.set(hit);
  });
  draggable(ui, time.host, (px) => ui.set({ step: clamp(Math.round(steps.invert(px)), 0, last()) }));
  const pair = {
    get: () => `${get("layer")} ${get("unit")}`,
    set: (words) => ui.set({ layer: Number(words[0]), unit: Number(words[2]) }) };
  const spec = {
    layer: oneOf(1, 2), unit: oneOf(0, 1, 2), lr: numberIn(1e-3, 10), bias: numberIn(-8, 8),
    alpha: numberIn(0, 0.5), seed: numberIn(0, 2 ** 31 - 1, true), kick: numberIn(1, 100),
    kick_step: numberIn(0, 2000, true), steps: numberIn(1, 2000, true), step: numberIn(0, 2000, true) };
  ui.root.append(
    h("div", { class: "dlw-head" }, h("strong", {}, "Kill and revive"), link(ui, spec)),
    choice(ui, {
      label: "Situations", options: Object.entries(STORIES),
      choose: (name) => ui.set({ ...PRESETS[name], step: 0 }),
      current: () => Object.keys(PRESETS).find((name) => (
        Object.entries(PRESETS[name]).every(([trait, value]) => get(trait) === value))) }),
    h("div", { class: "dlw-columns dlw-even" },
      h("div", { class: "dlw-side" }, net.host, h("div", { class: "dlw-card" }, badge, seen)), fit.host),
    time.host,
    player(ui, { last, label: "Step of training" }),
    h("div", { class: "dlw-controls" },
      select(ui, pair, { label: "watched unit (or click it)", options: UNITS }),
      slider(ui, "lr", { label: "learning rate", min: 0.001, max: 10, log: true }),
      slider(ui, "bias", { label: "first bias of the watched unit", min: -8, max: 8, step: 0.1 }),
      slider(ui, "alpha", { label: "slope α left of 0 (0 is ReLU)", min: 0, max: 0.5 }),
      slider(ui, "kick", { label: "one step is larger: times", min: 1, max: 100, log: true }),
      slider(ui, "kick_step", { label: "that step is number", min: 0, max: () => get("steps"), step: 1 })),
    explain(...EXPLAINED));

  // Draw: from the model alone ------------------------------------------------------------------------------
  const wide = makeNet(CURVE), dots = makeNet(N);
  const xs = linspace(-2.2, 2.2, new Float64Array(CURVE));
  const z = new Float64Array(CURVE), lengths = new Float64Array(2001);
  const numbers = lengths.map((_, k) => k);

  function draw() {
    const run = current(), k = shown(), u = watched(), alpha = get("alpha");
    const state = STATES[run.states[u][k]], from = since(run.states[u], k);
    const when = from ? `since step ${from}` : "from the start";
    setText(badge, `${state[0].toUpperCase()}${state.slice(1)} ${when}`);
    setAttribute(badge, "data-state", state);
    say(sentence(run, k, u, alpha, state));
    for (let i = 0; i < SIZE; i++) wide.params[i] = dots.params[i] = run.params[k * SIZE + i];
    forward(wide, xs, alpha);
    forward(dots, X, alpha);
    drawNetwork(net, wide.p, run, k, u);
    if (fit.begin()) drawFit(run, k, u);
    if (time.begin()) drawTime(run, k, u);
  }

  function drawFit(run, k, u) {
    const { colors } = fit, room = fit.height - 100;
    curve.place(40, 28, fit.width - 10, 28 + 0.5 * room);
    inner.place(40, 60 + 0.5 * room, fit.width - 10, 60 + room);
    curve.domain(-2.2, 2.2, -1.7, 1.7);
    axes(curve, { y: `data and fit: loss ${number(run.loss[k], 4)}`, xTicks: false, yRoom: 28 });
    line(curve, xs, wide.Y_hat, CURVE, { color: colors.line[1], width: 3 });
    for (let i = 0; i < N; i++) point(curve, X[i], Y[i], { color: colors.line[0], r: 4 });

    const layer = u < HIDDEN ? "Z1" : "Z2", unit = u % HIDDEN;
    for (let i = 0; i < CURVE; i++) z[i] = wide[layer][i * HIDDEN + unit];
    inner.domain(-2.2, 2.2, clamp(run.low[u], -8, -1) * 1.1, clamp(run.high[u], 1, 8) * 1.1);
    axes(inner, { y: "z of the watched unit, before the ReLU", x: "input x", yRoom: 28 });
    band(inner, -3, 3, colors.zone, 0);
    const words = get("alpha") ? `slope ${number(get("alpha"))} below 0` : "slope 0: no gradient";
    text(inner, words, inner.left + 8, inner.bottom - 8, { color: colors.zone, halo: true });
    line(inner, xs, z, CURVE, { color: colors.line[2], width: 3 });
    for (let i = 0; i < N; i++) {
      const at = dots[layer][i * HIDDEN + unit];
      point(inner, X[i], at, { color: colors.line[2], hollow: !(at > 0), r: 4 });
    }
  }

  function drawTime(run, k, u) {
    const { colors } = time, room = time.height - 100, end = Math.max(run.length - 1, 1);
    count.place(46, 28, time.width - 12, 28 + 0.5 * room);
    norm.place(46, 60 + 0.5 * room, time.width - 12, 60 + room);
    count.domain(0, end, 0, N);
    norm.domain(0, end, 1e-4, 10);
    axes(count, { y: "points on which the unit is active, of 20", xTicks: false, yRoom: 30 });
    axes(norm, { y: "length of its gradient", x: "step", yRoom: 26 });
    drawDead(run, u, colors);
    area(count, numbers, run.active[u], run.length, { color: colors.line[2] });
    line(count, numbers, run.active[u], run.length, { color: colors.line[2], width: 2 });
    for (let i = 0; i < run.length; i++) lengths[i] = run.norms[u][i] || NaN;
    line(norm, numbers, lengths, run.length, { color: colors.line[3], width: 2 });
    if (get("kick") > 1 && get("kick_step") < end) {
      const at = get("kick_step"), look = { color: colors.line[1], width: 2, dash: DASHES[1] };
      for (const panel of [count, norm]) segment(panel, at, panel.y.low, at, panel.y.high, look);
      text(count, `step × ${number(get("kick"), 0)}`, steps.at(get("kick_step")) + 6, count.top + 14,
        { color: colors.line[1], halo: true });
    }
    crosshair(count, k);
    crosshair(norm, k);
    point(count, k, run.active[u][k], { color: colors.line[2], r: 6 });
    point(norm, k, lengths[k], { color: colors.line[3], r: 6 });
  }

  function drawDead(run, u, colors) {
    for (let k = 0, start = -1; k <= run.length; k++) {
      const dead = k < run.length && run.states[u][k] === 1;
      if (dead && start < 0) start = k;
      if (dead || start < 0) continue;
      band(count, start, k, colors.bad);
      band(norm, start, k, colors.bad);
      if (steps.at(k) - steps.at(start) > 110) {
        text(norm, "dead: gradient 0", (steps.at(start) + Math.min(steps.at(k), norm.right)) / 2,
          (norm.top + norm.bottom) / 2, { color: colors.bad, align: "center", base: "middle", halo: true });
      }
      start = -1;
    }
  }

  ui.start(draw);
  return ui.end;
}

export default { render };
