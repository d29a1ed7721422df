// A line fitted under several losses: the twin of dlnotes/widgets/outlier_regression.py, which says what each
// function returns and why. `settings` has the numbers scale and alpha and the word start.

import { entry } from "./check.core.mjs";
import { Stream, linspace } from "./lib/num.mjs";

export const N = 16;
export const X_RANGE = [0, 20];
export const Y_RANGE = [-4, 14];
export const DELTA = 1.345;
export const C = 4.685;
const ROUNDS = 500, CLOSE = 1e-13;

// Points besides the dragged one: x and y (N + 1,), of which the first N are written.
export function points(seed, x, y) {
  const stream = new Stream(seed);
  linspace(0.5, 9.5, x.subarray(0, N));
  for (let i = 0; i < N; i++) y[i] = 1 + 0.5 * x[i] + 0.5 * stream.normal();
}

function generalValue(r, { scale, alpha }) {
  const room = 2 - alpha;
  if (room < 1e-6) return r * r / 2;
  const grown = Math.log1p((r / scale) ** 2 / room);
  return scale ** 2 * room * (alpha === 0 ? grown / 2 : Math.expm1(alpha / 2 * grown) / alpha);
}

function generalWeight(r, { scale, alpha }) {
  const room = 2 - alpha;
  return room < 1e-6 ? 1 : ((r / scale) ** 2 / room + 1) ** (alpha / 2 - 1);
}

// name -> [value(r, settings), weight(r, settings)]; the influence is r times the weight.
const TABLE = {
  squared: [(r) => r * r / 2, () => 1],
  absolute: [Math.abs, (r) => 1 / Math.abs(r)],
  huber: [
    (r, { scale }) => {
      const size = Math.abs(r), m = Math.min(size, DELTA * scale);
      return m * (size - m / 2);
    },
    (r, { scale }) => (Math.abs(r) <= DELTA * scale ? 1 : DELTA * scale / Math.abs(r))],
  tukey: [
    (r, { scale }) => {
      const c = C * scale, u = Math.min(1, (r / c) ** 2);
      return c * c / 6 * u * (3 - 3 * u + u * u);
    },
    (r, { scale }) => (1 - Math.min(1, (r / (C * scale)) ** 2)) ** 2],
  general: [generalValue, generalWeight],
};

export const NAMES = Object.keys(TABLE);

export function value(name, r, settings) {
  return entry(TABLE, name, "the loss")[0](r, settings);
}

export function weight(name, r, settings) {
  return entry(TABLE, name, "the loss")[1](r, settings);
}

export function slope(name, r, settings) {
  return name === "absolute" ? Math.sign(r) : r * weight(name, r, settings);
}

// Weighted least squares into `line` (slope, intercept); false where fewer than two places count.
function weighted(x, y, w, line) {
  let total = 0, xSum = 0, ySum = 0, spread = 0, both = 0;
  for (let i = 0; i < x.length; i++) {
    total += w[i];
    xSum += w[i] * x[i];
    ySum += w[i] * y[i];
  }
  if (!(total > 1e-9)) return false;
  const xMean = xSum / total, yMean = ySum / total;
  for (let i = 0; i < x.length; i++) {
    spread += w[i] * (x[i] - xMean) ** 2;
    both += w[i] * (x[i] - xMean) * (y[i] - yMean);
  }
  if (!(spread > 1e-9 * total)) return false;
  line[0] = both / spread;
  line[1] = yMean - line[0] * xMean;
  return true;
}

function throughTwoPoints(x, y, line) {
  let best = Infinity;
  for (let i = 0; i < x.length; i++) {
    for (let j = 0; j < i; j++) {
      if (x[i] === x[j]) continue;
      const gradient = (y[i] - y[j]) / (x[i] - x[j]);
      let off = 0;
      for (let k = 0; k < x.length; k++) off += Math.abs(gradient * (x[k] - x[i]) + y[i] - y[k]);
      if (!(off < best * (1 - 1e-9))) continue;
      best = off;
      line[0] = gradient;
      line[1] = y[i] - gradient * x[i];
    }
  }
}

const room = { w: new Float64Array(0), line: new Float64Array(2) };

// The line of least total loss into `line` (slope, intercept); returns the rounds of reweighting that it took.
export function fit(name, x, y, settings, line) {
  if (room.w.length !== x.length) room.w = new Float64Array(x.length);
  if (name === "absolute") {
    throughTwoPoints(x, y, line);
    return 0;
  }
  weighted(x, y, room.w.fill(1), line);
  if (name === "squared") return 0;
  if (settings.start === "absolute") throughTwoPoints(x, y, line);
  for (let rounds = 1; rounds <= ROUNDS; rounds++) {
    for (let i = 0; i < x.length; i++) {
      room.w[i] = weight(name, line[0] * x[i] + line[1] - y[i], settings);
    }
    if (!weighted(x, y, room.w, room.line)) return rounds;
    const moved = Math.abs(room.line[0] - line[0]) + Math.abs(room.line[1] - line[1]);
    line.set(room.line);
    if (moved < CLOSE) return rounds;
  }
  return ROUNDS;
}
