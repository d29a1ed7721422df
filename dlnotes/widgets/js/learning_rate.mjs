// The view of LearningRate: range test, schedule, training, and what the network has learned at the step shown.

import {
  LOSS, N, NOISE, OPTIMIZERS, SIZES, rangeTest, scheduleOf, train,
} from "./learning_rate.core.mjs";
import {
  EXPLAINED, PRESETS, SCHEDULES, STORIES, rateWords, runWords, testWords,
} from "./learning_rate.text.mjs";
import { createPass, forward } from "./net.core.mjs";
import { seek } from "./training.core.mjs";
import { trainingScript } from "./training_script.mjs";
import { HeatMap, contours, palettes } from "./lib/field.mjs";
import { link, numberIn, oneOf } from "./lib/link.mjs";
import { clamp } from "./lib/num.mjs";
import {
  DASHES, Panel, Scale, axes, figure, legend, line, point, segment, text,
} from "./lib/plot.mjs";
import { player } from "./lib/player.mjs";
import { pythonButtons } from "./lib/python.mjs";
import {
  choice, draggable, explain, fold, h, handle, mount, readout, select, slider,
} from "./lib/ui.mjs";

const SETTINGS = ["data", "activation", "optimizer", "schedule", "lr", "warmup", "batch", "steps", "seed"];
const TEST = ["data", "activation", "optimizer", "batch", "seed"];
const SIDE = 48;                                             // the boundary's grid
const LIMITS = { moons: [-1.7, 2.7, -1.4, 1.9], else: [-6.5, 6.5, -6.5, 6.5] };
const LR = [1e-4, 100];

function render({ model, el }) {
  const ui = mount(model, el, "learning_rate", "Learning rate: range test, schedule, training");
  const get = ui.get;

  // What belongs to the settings, computed again only when one of them changes ------------------------------
  const kept = new Map();
  function only(name, traits, compute) {
    const key = traits.map(get).join(" "), old = kept.get(name);
    if (old?.key !== key) kept.set(name, { key, value: compute() });
    return kept.get(name).value;
  }
  const settings = () => Object.fromEntries(SETTINGS.map((name) => [name, get(name)]));
  const test = () => only("test", TEST, () => rangeTest(settings()));
  const run = () => only("run", SETTINGS, () => train(settings(), scheduleOf(settings())));
  const constant = () => only("constant", SETTINGS, () => {
    const plain = { ...settings(), schedule: "constant", warmup: 0 };
    return get("schedule") === "constant" && !get("warmup") ? null : train(plain, scheduleOf(plain));
  });
  const last = () => run().length;
  const shown = () => Math.min(get("step"), last());

  // Page: built once ----------------------------------------------------------------------------------------
  const place = (kind, label) => figure(ui, h("div", { class: `dlw-figure dlw-lr-${kind}` }), label);
  const tested = place("test", "Loss against the learning rate in the range test");
  const trained = place("train", "Above the learning rate, below the loss, over the steps of training");
  const plane = place("plane", "The two classes and what the network makes of the plane at the step shown");
  const rates = new Scale("log"), steps = new Scale();
  const range = new Panel(tested, rates);
  const rate = new Panel(trained, steps), loss = new Panel(trained, steps);
  const map = new Panel(plane), heat = new HeatMap(SIDE, SIDE);
  const [seen, say] = readout(ui);
  const put = handle(ui, tested.host, {
    label: "learning rate, powers of ten", range: () => LR.map(Math.log10),
    get: () => Math.log10(clamp(get("lr"), ...LR)),
    set: (power) => ui.set({ lr: Number((10 ** power).toPrecision(3)) }),
    invert: (px) => Math.log10(rates.invert(px)), say: () => `learning rate ${rateWords(get("lr"))}` });
  draggable(ui, trained.host, (px) => ui.set({ step: clamp(Math.round(steps.invert(px)), 0, last()) }));
  const spec = {
    data: oneOf(...Object.keys(NOISE)), activation: oneOf("tanh", "relu"),
    optimizer: oneOf(...Object.keys(OPTIMIZERS)), schedule: oneOf(...SCHEDULES.map(([name]) => name)),
    lr: numberIn(1e-4, 1e6), warmup: numberIn(0, 300, true), batch: numberIn(1, 150, true),
    steps: numberIn(10, 400, true), seed: numberIn(0, 2 ** 31 - 1, true), step: numberIn(0, 400, true) };
  ui.root.append(
    h("div", { class: "dlw-head" }, h("strong", {}, "Learning rate"), link(ui, spec)),
    choice(ui, {
      label: "Situations", options: Object.entries(STORIES),
      choose: (name) => ui.set({ ...PRESETS[name], step: PRESETS[name].steps }),
      current: () => Object.keys(PRESETS).find((name) => (
        Object.entries(PRESETS[name]).every(([trait, value]) => get(trait) === value))) }),
    tested.host, seen,
    h("div", { class: "dlw-columns" }, trained.host, plane.host),
    player(ui, { last, label: "Step of training" }),
    h("div", { class: "dlw-controls" },
      slider(ui, "lr", {
        label: "learning rate (the highest)", min: LR[0], max: LR[1], log: true, say: rateWords }),
      slider(ui, "batch", { label: "examples a batch (150 is all)", min: 1, max: 150, step: 1 }),
      select(ui, "schedule", { label: "schedule", options: SCHEDULES }),
      slider(ui, "warmup", { label: "steps of warm-up before it", min: 0, max: 300, step: 1 }),
      select(ui, "optimizer", {
        label: "optimizer", options: [["sgd", "SGD"], ["momentum", "SGD, momentum 0.9"], ["adam", "Adam"]] }),
      select(ui, "data", { label: "data", options: Object.keys(NOISE).map((name) => [name, name]) }),
      select(ui, "activation", { label: "activation", options: [["tanh", "tanh"], ["relu", "ReLU"]] }),
      slider(ui, "steps", { label: "length of the run in steps", min: 10, max: 400, step: 1 })),
    fold("This run as Python", h("div", { class: "dlw-row" }, ...pythonButtons(ui, script))),
    explain(...EXPLAINED));

  function script(library) {
    const s = settings(), { log } = run().made.run, [optimizer, options] = OPTIMIZERS[s.optimizer];
    return trainingScript({
      title: `A ${SIZES.join("-")} network on ${s.data}, learning rate ${s.lr} (${s.schedule})`,
      dataset: { name: s.data, N, noise: NOISE[s.data], testShare: 0.5 }, seed: s.seed, features: ["x1", "x2"],
      hidden: SIZES.slice(1, -1), activation: s.activation, settings: {}, output: "identity",
      init: { name: "he_normal", nonlinearity: s.activation }, loss: LOSS, optimizer, options, log,
      steps: shown() }, library);
  }

  // Draw: from the model alone ------------------------------------------------------------------------------
  const numbers = Float64Array.from({ length: 401 }, (_, k) => k);
  const points = new Float64Array(2 * SIDE * SIDE), pass = new Map();

  const pictures = [
    () => { if (tested.begin()) drawTest(test()); },
    () => { if (trained.begin()) drawTraining(run(), constant(), shown()); },
    () => { if (plane.begin()) drawPlane(run().made, shown()); },
    () => say(testWords(test()) + runWords(run(), shown(), settings(), constant()))];

  function drawTest({ lr, loss: batch, mean, length, steepest, edge }) {
    const { colors } = tested, top = 2.2 * batch[0], lr0 = clamp(get("lr"), ...LR);
    range.place(44, 28, tested.width - 16, tested.height - 44);
    range.domain(...LR, 0, top);
    axes(range, { y: "loss in the range test", x: "learning rate", yRoom: 34 });
    line(range, lr, batch, length, { color: colors.line[1], width: 1 });
    line(range, lr, mean, length, { color: colors.line[0], width: 3 });
    segment(range, lr0, 0, lr0, top, { color: colors.ink, dash: DASHES[1] });
    const falls = mean[0] - Math.min(...mean.subarray(0, length)) > 0.05 * mean[0];
    const at = range.x.at(lr0), climbs = falls && edge + 1 < length ? range.x.at(lr[edge]) : NaN;
    const words = `lr = ${rateWords(get("lr"))}`, right = at > range.right - 90 || (climbs > at && climbs < at + 80);
    text(range, words, at + (right ? -8 : 8), range.top + 14, { align: right ? "right" : "left", halo: true });
    if (falls) {
      const fastest = range.x.at(lr[steepest]), beside = fastest < at && fastest > at - 50 && fastest > range.left + 90;
      point(range, lr[steepest], mean[steepest], { color: colors.good, r: 6 });
      text(range, "falls fastest", fastest, range.y.at(mean[steepest]) + 20, {
        color: colors.good, align: beside ? "right" : "center", halo: true });
      if (climbs) segment(range, lr[edge], 0, lr[edge], top, { color: colors.bad, dash: DASHES[2] });
    }
    put(at, range.bottom);
    point(range, lr0, 0, { color: colors.ink, r: 6 });
  }

  function drawTraining(r, plain, k) {
    const { colors } = trained, room = trained.height - 104, end = get("steps");
    rate.place(48, 26, trained.width - 16, 26 + 0.32 * room);
    loss.place(48, 58 + 0.32 * room, trained.width - 16, 58 + room);
    const highest = Math.max(...r.rate.subarray(0, r.length), 1e-12), top = 1.6 * r.train[0];
    rate.domain(0, end, 0, 1.1 * highest);
    loss.domain(0, end, 0, top);
    axes(rate, { y: "learning rate of each step", xTicks: false, yRoom: 26 });
    axes(loss, { y: "loss", x: "step", yRoom: 34 });
    line(rate, numbers, r.rate, r.length, { color: colors.line[0] });
    line(loss, numbers, r.loss, r.length, { color: colors.line[1], width: 0.8 });
    if (plain) line(loss, plain.at, plain.train, plain.at.length, { color: colors.muted, width: 2 });
    line(loss, r.at, r.train, r.at.length, { color: colors.line[0], width: 3 });
    line(loss, r.at, r.test, r.at.length, { color: colors.line[2], width: 2.5, dash: DASHES[2] });
    legend(loss, [
      { k: 0, text: "training" }, { k: 2, text: "test" }, { k: 1, text: "each batch", dash: DASHES[0] }]);
    for (const panel of [rate, loss]) segment(panel, k, panel.y.low, k, panel.y.high, { color: colors.ink });
    if (!(Math.min(...r.train) < top)) text(loss, "beyond the picture", loss.left + 8, loss.top + 16, { halo: true });
  }

  // The plane at step k: the probability of class 1 in colour, the boundary, the training points.
  function drawPlane(all, k) {
    const { colors } = plane, side = Math.min(plane.width - 8, plane.height - 34);
    const [left, right, low, high] = LIMITS[get("data")] ?? LIMITS.else;
    seek(all.run, k);
    if (!pass.has(all)) {
      pass.clear();
      pass.set(all, createPass(all.net, SIDE * SIDE));
      for (let j = 0, at = 0; j < SIDE; j++) {
        for (let i = 0; i < SIDE; i++) {
          points[at++] = left + (right - left) * i / (SIDE - 1);
          points[at++] = low + (high - low) * j / (SIDE - 1);
        }
      }
    }
    const scores = forward(all.net, points, SIDE * SIDE, pass.get(all));
    map.place((plane.width - side) / 2, 26, (plane.width + side) / 2, 26 + side);
    map.domain(left, right, low, high);
    heat.paint(map, scores, -4, 4, palettes(colors).diverge, { alpha: 0.75 });
    contours(map, scores, SIDE, SIDE, [0], { color: colors.ink, width: 2 });
    for (let n = 0; n < all.train.N; n++) {
      const { X, y } = all.train;
      point(map, X[2 * n], X[2 * n + 1], { color: colors.line[y[n] ? 0 : 1], r: 3.2, hollow: !y[n] });
    }
    text(map, `training points at step ${k}`, map.left, map.top - 8);
  }

  ui.start(...pictures);
  return ui.end;
}

export default { render };
