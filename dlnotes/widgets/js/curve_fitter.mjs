// The view of CurveFitter: draw a curve, and watch the units of one hidden layer add up to it.

import {
  CURVES, HIGH, LOW, MOST, N, STEEP, TOP, bendOf, createFit, errors, firstParams, goTo, knotsFor,
  presetCurve,
} from "./curve_fitter.core.mjs";
import { compute, createInk, drawFit, drawPieces, drawTime, nearest } from "./curve_fitter.draw.mjs";
import { pen } from "./curve_fitter.pen.mjs";
import { fitScript } from "./curve_fitter.script.mjs";
import {
  CURVE_NAMES, EXPLAINED, MODE_NAMES, UNIT_NAMES, sentence, unitSentence,
} from "./curve_fitter.text.mjs";
import { clamp } from "./lib/num.mjs";
import { Panel, Scale, figure } from "./lib/plot.mjs";
import {
  choice, draggable, explain, fold, h, mount, readout, select, setText, slider,
} from "./lib/ui.mjs";
import { link, numberIn, oneOf } from "./lib/link.mjs";
import { player } from "./lib/player.mjs";
import { pythonButtons } from "./lib/python.mjs";

const PRESETS = Object.keys(CURVES).map((name) => [name, presetCurve(name)]);
const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
const whole = (v, low, high, usual) => (Number.isInteger(v) ? clamp(v, low, high) : usual);
const isCurve = (list) => Array.isArray(list) && list.length === N && list.every((y) => Math.abs(y) <= TOP);

// The settings as they can be used, whatever the traits say.
function settingsOf(get) {
  const units = whole(get("units"), 1, MOST, 8), mode = get("mode"), lr = get("lr"), curve = get("curve");
  const named = Object.hasOwn(STEEP, get("activation")) ? get("activation") : "relu";
  return {
    units, mode: ["build", "tune"].includes(mode) ? mode : "train",
    curve: isCurve(curve) ? curve : PRESETS[0][1], knots: knotsFor(units, get("knots")),
    activation: ["build", "tune"].includes(mode) ? "relu" : named, lr: lr > 0 ? Math.min(lr, 1) : 0.02,
    seed: whole(get("seed"), 0, 2 ** 31 - 1, 0), steps: whole(get("steps"), 1, 3000, 1000) };
}

const READ = ["units", "mode", "lr", "curve", "activation", "knots", "seed", "steps"];

// The same object as long as no trait changes.
function reader(get) {
  const raw = {};
  let now = null;
  return () => {
    for (const name of READ) {
      if (raw[name] !== get(name)) now = null;
      raw[name] = get(name);
    }
    return now ??= settingsOf(get);
  };
}

// The fit that belongs to the settings at a step; its run is kept as long as they stay the same.
function fitter(get, settings) {
  const room = new Float64Array(3 * MOST + 1), now = { of: null, step: -1, count: 0, fit: null };
  return () => {
    const next = settings(), { units } = next, build = next.mode === "build";
    const step = whole(get("step"), 0, build ? units : next.steps, 0);
    if (next !== now.of || (build && step !== now.step)) {
      const params = firstParams(next, build ? step : units, room.subarray(0, 3 * units + 1));
      now.fit = createFit({ ...next, params, steps: build ? undefined : next.steps });
    }
    if (now.fit.run) goTo(now.fit, step);
    return Object.assign(now, { of: next, step, count: build ? step : units });
  };
}

function render({ model, el }) {
  const ui = mount(model, el, "curve_fitter", "Curve fitter");
  const get = ui.get, settings = reader(get), current = fitter(get, settings), ink = createInk();
  const picked = () => whole(get("unit"), 0, settings().units - 1, 0);
  const last = () => (settings().mode === "build" ? settings().units : settings().steps);
  const nameOf = (curve) => (
    PRESETS.find(([, heights]) => heights.every((y, i) => Math.abs(y - curve[i]) < 1e-9))?.[0] ?? "own");

  // After a change of the task: from the first step again, at once or, with less motion, to the last one.
  function again(changes) {
    const build = (changes.mode ?? settings().mode) === "build", units = changes.units ?? settings().units;
    if (build || still()) return ui.set({ ...changes, step: build ? units : settings().steps });
    ui.set({ ...changes, step: 0, playing: false });
    return ui.set({ playing: true });
  }

  // Page: built once ----------------------------------------------------------------------------------------
  const place = (kind, label) => figure(ui, h("div", { class: `dlw-figure dlw-curve-${kind}` }), label);
  const fig = place("fit", "The drawn curve and the fit; draw here");
  const parts = place("pieces", "The piece that each hidden unit adds to the fit");
  const time = place("time", "The error over the steps of training");
  const x = new Scale(), fitPanel = new Panel(fig, x), partPanel = new Panel(parts);
  const timePanel = new Panel(time, new Scale(), new Scale("log"));
  const [seen, say] = readout(ui);
  const unitSeen = h("p", { class: "dlw-card" });
  const putHandle = pen(ui, fig.host, fitPanel, {
    get: () => settings().curve,
    set(curve, done) {
      if (done) again({ curve });
      else ui.set({ curve, step: settings().mode === "build" ? settings().units : 0, playing: false }, false);
    } });
  draggable(ui, time.host, (px) => ui.set({ step: clamp(Math.round(timePanel.x.invert(px)), 0, last()) }));
  ui.listen(parts.host, "click", (event) => {
    const box = parts.host.getBoundingClientRect(), { fit: { net }, count } = current();
    compute(ink, net);
    const unit = nearest(partPanel, ink, net, count, event.clientX - box.left, event.clientY - box.top);
    if (unit >= 0) ui.set({ unit });
  });

  const curves = {
    get: () => nameOf(settings().curve),
    set: (name) => name !== "own" && again({ curve: presetCurve(name) }) };
  const units = {
    get: () => settings().units,
    set: (n) => again({ units: n, knots: [], unit: Math.min(picked(), n - 1) }) };
  const neighbours = () => {
    const all = [LOW, ...settings().knots, HIGH], k = Math.max(picked(), 1);
    return [Math.min(all[k - 1] + 0.05, all[k]), Math.max((all[k + 1] ?? HIGH) - 0.05, all[k])];
  };
  const bend = {
    get: () => (picked() ? settings().knots[picked() - 1] : LOW),
    set: (t) => again({ knots: settings().knots.map((old, k) => (k === picked() - 1 ? t : old)) }) };
  const unitNumber = { get: () => picked() + 1, set: (n) => ui.set({ unit: n - 1 }) };
  const setting = (name) => ({ get: () => settings()[name], set: (value) => again({ [name]: value }) });
  const forActivation = select(ui, setting("activation"), {
    label: "activation of the hidden units", options: Object.entries(UNIT_NAMES) });
  const forRate = slider(ui, setting("lr"), {
    label: "learning rate", min: 1e-4, max: 1, log: true });
  const forBend = slider(ui, bend, {
    label: "built bend of the picked unit, x", min: () => neighbours()[0], max: () => neighbours()[1] });
  const numbers = (low, high, rest) => (words) => {
    const list = words === "" ? [] : words.split(",").map(Number);
    return list.every((v) => v >= low && v <= high) && rest(list) ? list : undefined;
  };
  const spec = {
    curve: numbers(-TOP, TOP, isCurve), activation: oneOf(...Object.keys(STEEP)),
    units: numberIn(1, MOST, true),
    mode: oneOf("train", "build", "tune"), knots: numbers(LOW, HIGH, () => true), lr: numberIn(1e-4, 1),
    seed: numberIn(0, 2 ** 31 - 1, true), unit: numberIn(0, MOST - 1, true), steps: numberIn(1, 3000, true),
    step: numberIn(0, 3000, true) };
  const ready = ({ knots = [], ...state }) => {
    const n = state.units ?? settings().units;
    return { ...state, knots: knots.length && knotsFor(n, knots) === knots ? knots : [] };
  };

  ui.root.append(
    h("div", { class: "dlw-head" }, h("strong", {}, "Curve fitter"), link(ui, spec, ready)),
    choice(ui, {
      label: "How the units get their weights", options: MODE_NAMES, current: () => settings().mode,
      choose: (mode) => again({ mode, speed: mode === "build" ? 1 : 60 }) }),      // one unit a second
    h("div", { class: "dlw-controls" },
      select(ui, curves, { label: "curve (or draw your own)", options: CURVE_NAMES }),
      slider(ui, units, { label: "hidden units", min: 1, max: MOST, step: 1 })),
    h("div", { class: "dlw-columns dlw-even" }, fig.host, parts.host), seen,
    player(ui, { last, label: "Step" }), time.host,
    h("div", { class: "dlw-controls" }, forActivation, forRate,
      slider(ui, unitNumber, { label: "picked unit", min: 1, max: () => settings().units, step: 1 }),
      forBend),
    unitSeen,
    fold("This fit as Python", h("div", { class: "dlw-row" }, ...pythonButtons(ui, (library) => (
      fitScript(settings(), current().step, library))))),
    explain(...EXPLAINED));

  // Draw: from the model alone ------------------------------------------------------------------------------
  ui.start(() => {
    const now = current(), { fit, count, step } = now, { units: n, mode, activation, curve, steps } = now.of;
    const { net } = fit, { params } = net, k = picked(), error = errors(fit);
    const kinks = /relu|step/.test(activation);
    compute(ink, net);
    forActivation.hidden = mode !== "train";
    forRate.hidden = time.host.hidden = mode === "build";
    forBend.hidden = mode === "train" || k === 0;
    const shown = { params, net, units: n, unit: k, count, kinks };
    if (fig.begin()) drawFit(fitPanel, ink, { ...shown, fig, curve, name: nameOf(curve) });
    if (fig.width) putHandle();
    if (parts.begin()) drawPieces(partPanel, ink, { ...shown, fig: parts });
    if (fit.run && time.begin()) {
      drawTime(timePanel, ink, { fig: time, losses: fit.losses, step, steps, rms: error.rms });
    }
    say(sentence({ mode, activation, units: n, step, error, left: ink.y[0], right: ink.y.at(-1) }));
    setText(unitSeen, unitSentence({
      k, w: params[k], b: params[n + k], v: params[2 * n + k], bend: bendOf(params, n, k), activation,
      stands: k < count }));
  });
  return ui.end;
}

export default { render };
