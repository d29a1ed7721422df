// The settings of the playground: which there are, which values they take, what a run is made of.
// What comes from a link, from Python or from another page may be anything: `sane` takes what it can use.

import { ACTIVATIONS } from "./activations.core.mjs";
import { DATASETS, FEATURES } from "./datasets.core.mjs";
import { OPTIMIZERS } from "./optim.core.mjs";

export const MOST_LAYERS = 6;
export const MOST_UNITS = 8;
export const MOST_POINTS = 2000;
export const MOST_CHANGES = 200;
export const SETS = [...Object.keys(DATASETS), "own"];
export const INITIALIZERS = ["uniform", "glorot_uniform", "glorot_normal", "he_uniform", "he_normal",
  "lecun_uniform", "lecun_normal", "orthogonal", "normal", "identity", "constant", "zeros"];
export const SCHEDULES = ["constant", "step", "exponential", "polynomial", "cosine", "warm_restarts",
  "warmup", "one_cycle"];
export const REGULARIZATIONS = ["none", "l1", "l2"];
export const LOSSES = { squared: "half_mse", logistic: "binary_cross_entropy_with_logits" };

// Tests of a value, each with the value that stands where none is given.
const real = (low, high, first) => ({
  low, high, first, fits: (v) => typeof v === "number" && v >= low && v <= high });
const whole = (low, high, first) => ({
  low, high, first, fits: (v) => Number.isInteger(v) && v >= low && v <= high });
const one = (names, first) => ({ names, first, fits: (v) => names.includes(v) });
const flag = (first) => ({ first, fits: (v) => typeof v === "boolean" });
const list = (first, most, fits) => ({
  first, most, fits: (v) => Array.isArray(v) && v.length <= most && v.every(fits) });

const isRow = (row) => Array.isArray(row) && row.length === 3 && Math.abs(row[0]) <= 6
  && Math.abs(row[1]) <= 6
  && (row[2] === 0 || row[2] === 1);
const isUnits = (n) => Number.isInteger(n) && n >= 1 && n <= MOST_UNITS;
const names = Object.keys(FEATURES);

// What a run is built from: another value, and it starts anew.
export const STRUCTURE = {
  data: one(SETS, "circle"), points: whole(10, MOST_POINTS, 500), noise: real(0, 0.5, 0),
  train_share: real(0.1, 0.9, 0.5),
  own: list([], MOST_POINTS, isRow),
  features: { first: ["x1", "x2"], names, fits: (v) => Array.isArray(v) && v.length > 0
    && v.every((name, i) => names.includes(name) && v.indexOf(name) === i) },
  layers: list([4, 2], MOST_LAYERS, isUnits), activation: one(Object.keys(ACTIVATIONS), "tanh"),
  initializer: one(INITIALIZERS, "uniform"), init_scale: real(0.01, 20, 1),
  loss: one(Object.keys(LOSSES), "squared"),
  optimizer: one(OPTIMIZERS, "sgd"), seed: whole(0, 2 ** 31 - 1, 0) };

// What may change while it runs, and holds from then on.
export const LIVE = {
  lr: real(1e-5, 100, 0.03), schedule: one(SCHEDULES, "constant"), schedule_epochs: whole(1, 20000, 100),
  regularization: one(REGULARIZATIONS, "none"), rate: real(1e-5, 10, 0.001),
  batch_size: whole(1, MOST_POINTS, 10),
  momentum: real(0, 0.999, 0), nesterov: flag(false), beta1: real(0, 0.999, 0.9),
  beta2: real(0, 0.99999, 0.999),
  alpha: real(0, 0.9999, 0.99), weight_decay: real(0, 1, 0.01) };

function pick(table, raw, other = {}) {
  const choose = (name, { fits, first }) => (fits(raw?.[name]) ? raw[name] : other[name] ?? first);
  return Object.fromEntries(Object.entries(table).map(([name, field]) => [name, choose(name, field)]));
}

/** { structure, live }: the values of `raw` that can be used, the first ones in place of the others. */
export const sane = (raw) => ({ structure: pick(STRUCTURE, raw), live: pick(LIVE, raw) });

/** What is in force over time, [{ from, live }]: changes = [{ until, ...what differed before }], then live */
export function segmentsOf(changes, live) {
  const segments = [];
  let from = 0;
  for (const change of Array.isArray(changes) ? changes.slice(0, MOST_CHANGES) : []) {
    if (!Number.isInteger(change?.until) || change.until <= from) continue;
    segments.push({ from, live: pick(LIVE, change, live) });
    from = change.until;
  }
  return [...segments, { from, live }];
}

/** The live settings of an epoch. */
export const inForce = (segments, epoch) => segments.findLast(({ from }) => from <= epoch).live;

/** What the traits become where the reader changes live settings at an epoch: what lay after it is gone. */
export function changed(segments, epoch, values) {
  const before = segments.filter(({ from }) => from < epoch);
  const changes = before.map(({ live }, i) => ({ until: before[i + 1]?.from ?? epoch, ...live }));
  return { ...inForce(segments, epoch), ...values, changes };
}

/** The first epoch at which two lists of segments differ, Infinity if none. */
export function divergence(a, b) {
  const starts = [...a, ...b].map(({ from }) => from).sort((x, y) => x - y);
  const differs = (epoch) => {
    const [x, y] = [inForce(a, epoch), inForce(b, epoch)];
    return Object.keys(LIVE).some((name) => x[name] !== y[name]);
  };
  return starts.find(differs) ?? Infinity;
}

/** Whether init_scale counts: the others have a scale of their own, of which they are made. */
export const isScaled = (name) => /^(uniform|normal|constant|glorot_\w+|orthogonal)$/.test(name);

/** The spec of initialize(); "uniform" is that of TensorFlow Playground: +-0.5, biases 0.1. */
export function initOf({ initializer: name, init_scale: scale }) {
  if (name === "uniform") return { name, a: -0.5 * scale, b: 0.5 * scale, bias: 0.1 };
  if (name === "normal") return { name, std: scale };
  if (name === "constant") return { name, val: 0.5 * scale };
  return isScaled(name) ? { name, gain: scale } : { name };
}

/** The schedule of training.core.mjs; `period` is schedule_epochs in steps. */
function scheduleOf({ lr, schedule: name }, period) {
  const steps = Math.max(period, 2);
  switch (name) {
    case "constant": return { name, lr };
    case "step": return { name, lr, step_size: steps, gamma: 0.5 };
    case "exponential": return { name, lr, gamma: 0.1 ** (1 / steps) };
    case "one_cycle": return { name, lr, steps: Math.max(steps, 10) };
    default: return { name, lr, steps };
  }
}

const OPTIONS = {
  sgd: ["momentum", "nesterov"], adagrad: [], rmsprop: ["alpha", "momentum"], adam: ["beta1", "beta2"],
  adamw: ["beta1", "beta2", "weight_decay"] };

/** The names of the live settings that the optimizer takes. */
export const optionsOf = (optimizer) => OPTIONS[optimizer];

/** What training.core.mjs calls settings and options; N training examples. */
export function tuning(live, optimizer, N) {
  const batches = Math.ceil(N / live.batch_size);
  return {
    settings: {
      schedule: scheduleOf(live, live.schedule_epochs * batches), batchSize: live.batch_size, shuffled: true,
      l1: live.regularization === "l1" ? live.rate : 0, l2: live.regularization === "l2" ? live.rate : 0 },
    options: Object.fromEntries(OPTIONS[optimizer].map((name) => [name, live[name]])) };
}
