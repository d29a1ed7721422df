// The view of ActivationExplorer: functions above, their slopes below, over one x axis.

import { ACTIVATIONS, saturationZones, slope, value } from "./activations.core.mjs";
import { EXPLAINED, KINKS, WORDS, zoneWords } from "./activation_explorer.text.mjs";
import { clamp, linspace } from "./lib/num.mjs";
import { functionTable } from "./activation_explorer.table.mjs";
import {
  DASHES, Panel, Scale, axes, band, crosshair, figure, line, number, point, segment, text,
} from "./lib/plot.mjs";
import { explain, h, handle, mount, raised, readout, slider } from "./lib/ui.mjs";
import { link, listOf, numberIn, oneOf } from "./lib/link.mjs";

const MOST = 6, SAMPLES = 801, FAR = 50;
const NAMES = Object.keys(ACTIVATIONS);

function render({ model, el }) {
  const ui = mount(model, el, "activation_explorer", "Activation explorer");
  const settings = { alpha: 0, beta: 1, x0: 0, lower: 0, upper: 0 };
  const get = ui.get;
  const focused = () => (get("functions").includes(get("tangent")) ? get("tangent") : get("functions")[0]);
  const ends = () => [get("x_min"), get("x_max")];

  // Page: built once ----------------------------------------------------------------------------------------
  const frame = h("div", { class: "dlw-figure dlw-explorer-figure" });
  const fig = figure(ui, frame, "Activation functions over x, and their slopes below");
  const x = new Scale();
  const top = new Panel(fig, x), bottom = new Panel(fig, x);
  const grip = handle(ui, frame, {
    label: "Point x of the tangent", range: ends, get: () => get("x"), invert: (px) => x.invert(px),
    set: (v) => ui.set({ x: Number(v.toFixed(3)) }), say: () => `x = ${number(get("x"))}` });
  const [seen, say] = readout(ui);
    const card = h("div", { class: "dlw-card" });
  const knob = (trait, words, options) => {
    const node = slider(ui, trait, { label: words, ...options });
    const used = (name) => ACTIVATIONS[name].takes.includes(trait);
    ui.refresh(() => { node.hidden = !get("functions").some(used); });
    return node;
  };
  const half = { get: () => (get("x_max") - get("x_min")) / 2, set: (v) => {
    ui.set({ x_min: -v, x_max: v, x: clamp(get("x"), -v, v) });
  } };
  const spec = {
    functions: listOf(NAMES, MOST), tangent: oneOf("", ...NAMES), x: numberIn(-1e3, 1e3),
    x_min: numberIn(-1e3, 1e3), x_max: numberIn(-1e3, 1e3), alpha: numberIn(-10, 10), beta: numberIn(0.1, 10),
    x0: numberIn(-100, 100), lower: numberIn(0, 1), upper: numberIn(0, 1), threshold: numberIn(0.01, 0.5) };
  const ordered = (state) => {                    // a link may say what no control can
    const all = { ...Object.fromEntries(Object.keys(spec).map((trait) => [trait, get(trait)])), ...state };
    if (all.x_min >= all.x_max || all.lower > all.upper) return {};
    return { ...state, x: clamp(all.x, all.x_min, all.x_max) };
  };
  ui.root.append(
    h("div", { class: "dlw-head" }, h("strong", {}, "Activation explorer"), link(ui, spec, ordered)),
    h("div", { class: "dlw-columns" }, h("div", { class: "dlw-side" }, frame, seen),
      h("div", { class: "dlw-side" }, functionTable(ui, focused, MOST), card)),
    h("div", { class: "dlw-controls" },
      slider(ui, "x", { label: "x", min: () => get("x_min"), max: () => get("x_max") }),
      knob("alpha", "α, slope or depth on the left", { min: 0, max: 2, step: 0.01 }),
      knob("beta", "β, sharpness", { min: 0.1, max: 10, log: true }),
      knob("x0", "x₀, centre", { min: -5, max: 5, step: 0.1 }),
      knob("lower", "lower slope", { min: 0, max: () => get("upper") }),
      knob("upper", "upper slope", { min: () => get("lower"), max: 1 }),
      slider(ui, "threshold", {
        label: "saturated where the slope is below", min: 0.01, max: 0.5, log: true }),
      slider(ui, half, { label: "half the width of the x axis", min: 1, max: 50, log: true })),
    explain(...EXPLAINED));

  // Draw: from the model alone ------------------------------------------------------------------------------
  const xs = new Float64Array(SAMPLES);
  const fs = Array.from({ length: MOST }, () => new Float64Array(SAMPLES));
  const slopes = Array.from({ length: MOST }, () => new Float64Array(SAMPLES));

  function compute(names) {
    for (const key of Object.keys(settings)) settings[key] = get(key);
    linspace(...ends(), xs);
    names.forEach((name, k) => {
      for (let i = 0; i < SAMPLES; i++) {
        fs[k][i] = value(name, xs[i], settings);
        slopes[k][i] = slope(name, xs[i], settings);
      }
      for (const kink of KINKS[name] ?? []) {
        const i = xs.findIndex((v) => v >= kink);
        if (i < 1) continue;
        if (jump(value, name, kink)) fs[k][i] = NaN;
        if (jump(slope, name, kink)) slopes[k][i] = NaN;
      }
    });
  }
  const before = (f, name, at) => f(name, at - 1e-9, settings);
  const after = (f, name, at) => f(name, at + 1e-9, settings);
  const jump = (f, name, at) => Math.abs(after(f, name, at) - before(f, name, at)) > 1e-6;

  // The least range that holds all lines, but no more than a quarter of the x axis' width to each side.
  function fit(panel, lines, count, low, high, most) {
    for (let k = 0; k < count; k++) {
      for (const y of lines[k]) {
        if (y < low) low = Math.max(y, -most);
        if (y > high) high = Math.min(y, most);
      }
    }
    const pad = 0.07 * (high - low);
    panel.domain(...ends(), low - pad, high + pad);
  }

  function draw() {
    const names = get("functions"), main = focused(), at = get("x");
    compute(names);
    const [low, high] = [Math.min(-FAR, get("x_min")), Math.max(FAR, get("x_max"))];
    const zones = saturationZones(main, settings, get("threshold"), low, high);
    describe(main, at, zones, low, high);
    if (!fig.begin()) return;
    const room = fig.height - 100;
    top.place(46, 28, fig.width - 12, 28 + 0.62 * room);
    bottom.place(46, 60 + 0.62 * room, fig.width - 12, 60 + room);
    fit(top, fs, names.length, -0.2, 1.2, Math.max(1.5, half.get() / 2));
    fit(bottom, slopes, names.length, -0.1, 1.05, 2.5);
    axes(top, { y: "f(x)", xTicks: false });
    axes(bottom, { y: "slope f′(x)", x: "x", yRoom: 28 });
    for (const [a, b] of zones) hatch(a, b);
    for (const sign of [-1, 1]) {
      const level = sign * get("threshold");
      segment(bottom, get("x_min"), level, get("x_max"), level, { color: fig.colors.zone, dash: DASHES[2] });
    }
    const first = names.indexOf(main);
    names.forEach((name, k) => k !== first && drawFunction(name, k, 2));
    drawFunction(main, first, 3.5);
    drawTangent(main, at);
    crosshair(top, at);
    crosshair(bottom, at);
    names.forEach((name, k) => k !== first && drawPoints(name, k, at, 4.5));
    drawPoints(main, first, at, 6.5);
    const y = top.y.at(value(main, at, settings));
    grip(clamp(x.at(at), top.left, top.right), clamp(y, top.top, top.bottom));
  }

  function hatch(a, b) {
    const { zone } = fig.colors;
    band(top, a, b, zone);
    band(bottom, a, b, zone);
    const [left, right] = [Math.max(x.at(a), top.left), Math.min(x.at(b), top.right)];
    if (right - left < 70) return;
    text(top, "saturated", (left + right) / 2, top.top + 14, { color: zone, align: "center" });
  }

  function drawFunction(name, k, width) {
    const style = { color: fig.colors.line[k], dash: DASHES[k], width };
    if (name === "rrelu") {
      for (const a of [settings.lower, settings.upper]) {
        segment(top, get("x_min"), a * get("x_min"), 0, 0, { color: style.color, width: 1 });
      }
    }
    line(top, xs, fs[k], SAMPLES, style);
    line(bottom, xs, slopes[k], SAMPLES, style);
    for (const kink of KINKS[name] ?? []) {
      for (const [panel, f] of [[top, value], [bottom, slope]]) {
        if (!jump(f, name, kink)) continue;
        point(panel, kink, before(f, name, kink), { color: style.color, hollow: true, r: 4 });
        point(panel, kink, after(f, name, kink), { color: style.color, hollow: true, r: 4 });
      }
      if (!jump(value, name, kink)) continue;
      point(top, kink, value(name, kink, settings), { color: style.color, r: 4 });
    }
  }

  function drawPoints(name, k, at, r) {
    point(top, at, value(name, at, settings), { color: fig.colors.line[k], r });
    point(bottom, at, slope(name, at, settings), { color: fig.colors.line[k], r });
  }

  function drawTangent(name, at) {
    const y = value(name, at, settings), rise = slope(name, at, settings);
    const run = 0.2 * (get("x_max") - get("x_min"));
    segment(top, at - run, y - run * rise, at + run, y + run * rise, { color: fig.colors.ink, width: 1.5 });
    const right = x.at(at) < (top.left + top.right) / 2;
    const down = clamp(top.y.at(y) + 34, top.top + 30, top.bottom - 8);
    text(top, `slope ${number(rise, 3)}`, x.at(at) + (right ? 26 : -26), down,
      { align: right ? "left" : "right", halo: true });
  }

  function describe(main, at, zones, low, high) {
    const inside = zones.some(([a, b]) => at > a && at < b);
    const below = `below ${number(get("threshold"), 2)}`;
    const where = !zones.length ? `nowhere saturated: slope never ${below}`
      : inside ? `saturated here: slope ${below} for ${zoneWords(zones, low, high)}`
      : `not saturated here: slope ${below} only for ${zoneWords(zones, low, high)}`;
    say(`${WORDS[main][0]} at x = ${number(at)}: value ${number(value(main, at, settings), 3)}, ` +
      `slope ${number(slope(main, at, settings), 3)}; ${where}.`);
    if (card.dataset.name === main) return;
    card.dataset.name = main;
    const [words, f, derivative, range, note] = WORDS[main];
    const pair = (term, meaning) => [h("dt", {}, term), h("dd", {}, ...raised(meaning))];
    card.replaceChildren(h("strong", {}, words),
      h("dl", {}, ...pair("f(x)", f), ...pair("f′(x)", derivative), ...pair("range", range)),
      h("p", {}, ...raised(note)));
  }

  ui.start(draw);
  return ui.end;
}

export default { render };
