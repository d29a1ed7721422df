// The view of LogitSliders: logits by slider, probabilities and gradient as bars, the loss over the right logit.

import {
  LETTERS, REACH, curve, descend, floor, gradient, loss, probabilities,
} from "./logit_sliders.core.mjs";
import { EXPLAINED, PRESETS, PRESET_WORDS, sentence } from "./logit_sliders.text.mjs";
import { clamp, linspace } from "./lib/num.mjs";
import { DASHES, Panel, axes, bars, figure, legend, line, number, point, segment, text } from "./lib/plot.mjs";
import {
  button, choice, explain, fullScreen, h, handle, mount, readout, select, slider, toggle,
} from "./lib/ui.mjs";
import { link, numberIn, oneOf } from "./lib/link.mjs";

const MOST = 5, SAMPLES = 201;

function render({ model, el }) {
  const ui = mount(model, el, "logit_sliders", "Softmax and cross-entropy by sliders");
  const get = ui.get;
  const state = { logits: [], target: 0, temperature: 1, double: false };
  const read = () => {
    for (const key of Object.keys(state)) state[key] = get(key);
    state.target = Math.min(state.target, state.logits.length - 1);
    return state;
  };
  const round = (z) => Number(clamp(z, -REACH, REACH).toFixed(4));
  const put = (k, z) => ui.set({ logits: get("logits").map((old, i) => (i === k ? round(z) : old)) });

  // Page: built once ----------------------------------------------------------------------------------------
  const place = (kind, label) => figure(ui, h("div", { class: `dlw-figure dlw-logits-${kind}` }), label);
  const left = place("bars", "Bars of the probabilities, and below them of the gradient of each logit");
  const right = place("curve", "The loss over the logit of the right class, with one softmax and with two");
  const p = new Panel(left), g = new Panel(left), over = new Panel(right);
  const grip = handle(ui, right.host, {
    label: "Logit of the right class", range: () => [-REACH, REACH], get: () => read().logits[state.target],
    invert: (px) => over.x.invert(px), set: (z) => put(read().target, z),
    say: () => `logit ${number(read().logits[state.target])}` });
  const [seen, say] = readout(ui);
  const count = {
    get: () => get("logits").length,
    set: (C) => ui.set({
      logits: Array.from({ length: C }, (_, k) => get("logits")[k] ?? 0), target: Math.min(get("target"), C - 1) }) };
  const logitSlider = (k) => {
    const own = { get: () => get("logits")[k] ?? 0, set: (z) => put(k, z) };
    const node = slider(ui, own, { label: `logit of ${LETTERS[k]}`, min: -REACH, max: REACH, step: 0.1 });
    ui.refresh(() => { node.hidden = k >= get("logits").length; });
    return node;
  };
  const target = h("div", { class: "dlw-row" });
  const step = (steps) => ui.set({ logits: descend(read(), get("lr"), steps).map(round) });
  const numbers = (words) => {
    const found = words.split(",").map(numberIn(-REACH, REACH));
    return found.length >= 2 && found.length <= MOST && found.every((z) => z !== undefined) ? found : undefined;
  };
  const spec = {
    logits: numbers, target: numberIn(0, MOST - 1, true), temperature: numberIn(0.1, 10),
    double: (words) => ({ true: true, false: false })[words], lr: numberIn(0.01, 10) };
  const fits = (sent) => {
    const all = { logits: get("logits"), target: get("target"), ...sent };
    return all.target < all.logits.length ? sent : {};
  };
  target.append(
    select(ui, { get: () => read().target, set: (k) => k < get("logits").length && ui.set({ target: k }) }, {
      label: "right class", options: [...LETTERS].map((letter, k) => [k, letter]) }),
    select(ui, count, { label: "classes", options: [2, 3, 4, 5].map((C) => [C, String(C)]) }));
  const list = target.querySelector("select");
  ui.refresh(() => [...list.options].forEach((option, k) => { option.disabled = k >= get("logits").length; }));
  ui.root.append(
    h("div", { class: "dlw-head" }, h("strong", {}, "Logits and loss"),
      h("span", { class: "dlw-loss-tools" }, fullScreen(ui), link(ui, spec, fits))),
    choice(ui, {
      label: "Situations", options: Object.entries(PRESET_WORDS),
      choose: (name) => ui.set({ logits: PRESETS[name].slice(0, Math.max(2, get("logits").length))
        .concat(get("logits").slice(PRESETS[name].length)), target: 0 }),
      current: () => Object.keys(PRESETS).find((name) => (
        get("target") === 0 && get("logits").every((z, k) => z === (PRESETS[name][k] ?? z)))) }),
    h("div", { class: "dlw-columns dlw-even" },
      h("div", { class: "dlw-side" }, left.host), h("div", { class: "dlw-side" }, right.host)),
    seen,
    h("div", { class: "dlw-controls" },
      ...Array.from({ length: MOST }, (_, k) => logitSlider(k)),
      slider(ui, "temperature", { label: "T, temperature", min: 0.1, max: 10, log: true }),
      target,
      toggle(ui, "double", { label: "Take the softmax twice (a common mistake)" })),
    h("div", { class: "dlw-controls" },
      slider(ui, "lr", { label: "length of a gradient step", min: 0.01, max: 10, log: true }),
      h("div", { class: "dlw-row" },
        button(ui, "One gradient step", () => step(1)), button(ui, "100 steps", () => step(100)))),
    explain(...EXPLAINED));

  // Draw: from the model alone ------------------------------------------------------------------------------
  const chances = new Float64Array(MOST), slope = new Float64Array(MOST);
  const edges = new Float64Array(2), height = new Float64Array(1);
  const at = linspace(-REACH, REACH, new Float64Array(SAMPLES)), ys = new Float64Array(SAMPLES);

  function draw() {
    const now = read();
    probabilities(now, chances);
    gradient(now, slope);
    say(sentence(now, chances, loss(now), slope, loss({ ...now, double: false })));
    if (left.begin()) drawBars(now);
    if (right.begin()) drawCurve(now);
  }

  function drawBars({ logits, target: t, temperature }) {
    const C = logits.length, half = (left.height - 96) / 2;
    p.place(40, 26, left.width - 8, 26 + half);
    g.place(40, 66 + half, left.width - 8, 66 + 2 * half);
    p.domain(0, C, 0, 1);
    const reach = 1 / Math.min(1, temperature);
    g.domain(0, C, -reach, reach);
    p.x.marks = [];                                       // classes, not numbers, stand along x
    axes(p, { y: state.double ? "probability, softmax of softmax" : "probability", xTicks: false, yRoom: 30 });
    axes(g, { y: "gradient of each logit", xTicks: false, yRoom: 30 });
    segment(p, 0, 1, C, 1, { color: left.colors.muted, width: 1 });
    for (let k = 0; k < C; k++) {
      oneBar(p, k, chances[k], k === t, number(chances[k], 3));
      oneBar(g, k, slope[k], k === t, number(slope[k], 3));
      const middle = p.x.at(k + 0.5), look = { align: "center", base: "top" };
      text(p, k === t ? `${LETTERS[k]} (right)` : LETTERS[k], middle, p.bottom + 5, look);
    }
  }

  function oneBar(panel, k, value, isRight, words) {
    edges[0] = k + 0.15;
    edges[1] = k + 0.85;
    height[0] = value;
    bars(panel, edges, height, 1, { color: left.colors.line[isRight ? 2 : 0] });
    const up = value >= 0;
    const py = clamp(panel.y.at(value) + (up ? -4 : 4), panel.top + 12, panel.bottom - 12);
    text(panel, words, panel.x.at(k + 0.5), py, { align: "center", base: up ? "bottom" : "top", halo: true });
  }

  function drawCurve(now) {
    const { colors } = right, C = now.logits.length, t = now.target;
    over.place(40, 26, right.width - 10, right.height - 48);
    curve({ ...now, double: false }, at, ys);
    const top = clamp(ys[0], 3, 24);
    over.domain(-REACH, REACH, 0, top);
    axes(over, { y: "loss", x: `logit of ${LETTERS[t]}, the right class` });
    curves(now, false);
    curves(now, true);
    segment(over, -REACH, floor(C), REACH, floor(C), { color: colors.line[1], width: 1, dash: DASHES[2] });
    legend(over, [{ k: 0, text: "one softmax" }, { k: 1, text: `two: never below ${number(floor(C), 3)}` }]);
    const value = loss(now);
    point(over, now.logits[t], Math.min(value, top), { color: colors.line[now.double ? 1 : 0], r: 7 });
    text(over, number(value, 3), over.x.at(now.logits[t]) + (now.logits[t] > 4 ? -14 : 14), over.y.at(Math.min(value, top)) - 12, {
      align: now.logits[t] > 4 ? "right" : "left", halo: true });
    grip(over.x.at(now.logits[t]), over.y.at(Math.min(value, top)));
  }

  function curves(now, double) {
    const k = double ? 1 : 0;
    curve({ ...now, double }, at, ys);
    line(over, at, ys, SAMPLES, {
      color: right.colors.line[k], dash: DASHES[k], width: double === now.double ? 3.5 : 2 });
  }

  ui.start(draw);
  return ui.end;
}

export default { render };
