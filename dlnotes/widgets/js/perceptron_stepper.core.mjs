// The perceptron learning algorithm on points of the plane, and the widest margin: the twin of
// dlnotes/perceptron.py for three inputs (x, y, 1). A set of N points is a row of 3 N numbers: x, y and the
// class, +1 or -1. Coordinates are multiples of GRID, so that all sums are exact and a cycle is seen as one.

import { Stream, clamp } from "./lib/num.mjs";

export const GRID = 1 / 64;
export const REACH = 4;                                   // points lie in [-REACH, REACH]
export const MOST = 1000;                                 // mistakes of a run
export const ENDS = ["separated", "cycle", "stopped"];

const SEPARABLE = [
  0.75, 3.25, 1, 2.25, -1.25, -1, 3.25, 0.75, 1, -0.5, -0.75, -1, 1, -1.5, -1, 2.5, 1.5, 1, 0.5, 1, -1,
  -2.25, -1.5, -1, 1.5, 2.75, 1, 2, 2.25, 1, 3, 2.75, 1, -1.5, 2, -1];
export const PRESETS = {
  separable: SEPARABLE,
  narrow: [
    -3, -0.75, 1, -2.75, -1.25, -1, -1.75, -0.125, 1, -1.5, -0.625, -1, -0.5, 0.5, 1, -0.25, 0, -1,
    0.75, 1.125, 1, 1, 0.625, -1, 2, 1.75, 1, 2.25, 1.25, -1, 3.25, 2.375, 1, 3.5, 1.875, -1],
  nearly: [...SEPARABLE, -1, -0.25, 1],
  xor: [-1.5, 1.5, 1, 1.5, 1.5, -1, 1.5, -1.5, 1, -1.5, -1.5, -1],
};

// To the nearest multiple of GRID inside the picture; halves go up.
export const snap = (v) => clamp(Math.floor(v / GRID + 0.5) * GRID, -REACH, REACH);

// The order in which N points are looked at: as they were placed for seed 0, else mixed.
export function orderOf(seed, N) {
  const order = Int32Array.from({ length: N }, (_, i) => i);
  if (seed === 0) return order;
  const stream = new Stream(seed);
  for (let i = N - 1; i > 0; i--) {
    const j = Math.floor(stream.uniform() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

// Label times weighted sum: above 0 if the point is on its own side of the line W[at], W[at + 1], W[at + 2].
export function score(points, i, W, at = 0) {
  return points[3 * i + 2] * (points[3 * i] * W[at] + points[3 * i + 1] * W[at + 1] + W[at + 2]);
}

// On how many points these weights are wrong, the line itself included.
export function countWrong(points, W, at = 0) {
  let wrong = 0;
  for (let i = 0; i < points.length / 3; i++) if (score(points, i, W, at) <= 0) wrong++;
  return wrong;
}

// All mistakes of a run from w = 0. W: the weights before the first and after each, three numbers a row;
// rows: the point of each; looks: how many points had been looked at by then; wrong: errors of each W; best:
// which W the pocket holds; start: with end "cycle", W[length] is W[start] and the run repeats for ever.
export function run(points, order, most = MOST) {
  const N = points.length / 3;
  const made = {
    length: 0, end: "separated", start: 0, W: new Float64Array(3 * most + 3), rows: new Int32Array(most),
    looks: new Float64Array(most), wrong: new Int32Array(most + 1), best: new Int32Array(most + 1) };
  const { W, rows, wrong, best } = made;
  for (let k = 0, look = 0; ; k++) {
    wrong[k] = countWrong(points, W, 3 * k);
    best[k] = k && wrong[k] >= wrong[best[k - 1]] ? best[k - 1] : k;
    made.length = made.start = k;
    if (!wrong[k]) return made;
    if (k && (made.start = since(made, k)) < k) return Object.assign(made, { end: "cycle" });
    if (k === most) return Object.assign(made, { end: "stopped" });
    while (score(points, order[look % N], W, 3 * k) > 0) look++;
    const i = rows[k] = order[look++ % N], label = points[3 * i + 2];
    made.looks[k] = look;
    W[3 * k + 3] = W[3 * k] + label * points[3 * i];
    W[3 * k + 4] = W[3 * k + 1] + label * points[3 * i + 1];
    W[3 * k + 5] = W[3 * k + 2] + label;
  }
}

// The first moment with the weights of moment k, after a mistake on the same point; k if there is none.
function since({ W, rows }, k) {
  for (let j = 1; j < k; j++) {
    if (rows[j - 1] === rows[k - 1] && W[3 * j] === W[3 * k] && W[3 * j + 1] === W[3 * k + 1]
        && W[3 * j + 2] === W[3 * k + 2]) return j;
  }
  return k;
}

// Widest margin (Wolfe 1976): the point nearest to 0 in the hull of all label * (x, y, 1). rows and weights
// are the mixture that makes it. gamma is measured on u; no unit vector has a margin above `upper`.
// gamma = 0: no line separates the classes.
export function maxMargin(points, tol = 1e-10) {
  const N = points.length / 3, Z = new Float64Array(3 * N), p = [0, 0, 0];
  let R = 0, first = 0, least = Infinity;
  for (let i = 0; i < N; i++) {
    const label = points[3 * i + 2];
    Z[3 * i] = label * points[3 * i];
    Z[3 * i + 1] = label * points[3 * i + 1];
    Z[3 * i + 2] = label;
    const size = Math.hypot(Z[3 * i], Z[3 * i + 1], 1);
    R = Math.max(R, size);
    if (size < least) [first, least] = [i, size];
  }
  let mix = { rows: [first], weights: [1] };
  for (let round = 0; round < 250; round++) {
    mixed(Z, mix, p);
    const length = Math.hypot(...p);
    if (length <= 100 * tol * R) break;
    const far = lowest(Z, p);
    if (dot(Z, far, p) >= length * (length - tol * R) || mix.rows.includes(far)) break;
    const next = nearest(Z, mix, far);
    if (!next) break;
    mix = next;
  }
  mixed(Z, mix, p);
  const upper = Math.hypot(...p);
  if (upper <= 100 * tol * R) return { gamma: 0, upper, R, u: [0, 0, 0], ...mix };
  const u = p.map((v) => v / upper);
  return { gamma: Math.max(dot(Z, lowest(Z, u), u), 0), upper, R, u, ...mix };
}

const dot = (Z, i, p) => Z[3 * i] * p[0] + Z[3 * i + 1] * p[1] + Z[3 * i + 2] * p[2];

function lowest(Z, p) {
  let at = 0, least = Infinity;
  for (let i = 0; i < Z.length / 3; i++) {
    const value = dot(Z, i, p);
    if (value < least) [at, least] = [i, value];
  }
  return at;
}

function mixed(Z, { rows, weights }, p) {
  p.fill(0);
  rows.forEach((i, k) => { for (let d = 0; d < 3; d++) p[d] += weights[k] * Z[3 * i + d]; });
}

// The point nearest to 0 of the flat through the rows and `far`; rows that would turn negative are dropped.
function nearest(Z, mix, far) {
  let rows = [...mix.rows, far], now = [...mix.weights, 0];
  for (;;) {
    const aim = affine(Z, rows);
    if (!aim) return null;
    if (aim.every((v) => v > 1e-12)) return { rows, weights: aim };
    let step = 1;
    const steps = aim.map((v, k) => (v > 1e-12 ? Infinity : now[k] / Math.max(now[k] - v, 1e-300)));
    for (const s of steps) step = Math.min(step, s);
    now = now.map((v, k) => (steps[k] <= step ? 0 : (1 - step) * v + step * aim[k]));
    const keep = now.map((v) => v > 1e-12);
    rows = rows.filter((_, k) => keep[k]);
    now = now.filter((_, k) => keep[k]);
  }
}

// Weights with sum 1 of the point nearest to 0 in the flat through the rows: Gauss on (Gram + c) v = 1.
function affine(Z, rows) {
  const n = rows.length, G = rows.map((i) => rows.map((j) => dot(Z, i, Z.subarray(3 * j, 3 * j + 3))));
  const c = Math.max(...G.flat());
  const A = G.map((row) => [...row.map((g) => g + c), 1]);
  for (let k = 0; k < n; k++) {
    let best = k;
    for (let i = k + 1; i < n; i++) if (Math.abs(A[i][k]) > Math.abs(A[best][k])) best = i;
    if (!(Math.abs(A[best][k]) > 1e-13 * c)) return null;
    [A[k], A[best]] = [A[best], A[k]];
    for (let i = 0; i < n; i++) {
      if (i === k) continue;
      const factor = A[i][k] / A[k][k];
      for (let j = k; j <= n; j++) A[i][j] -= factor * A[k][j];
    }
  }
  const v = A.map((row, k) => row[n] / row[k]), sum = v.reduce((a, b) => a + b, 0);
  return v.map((x) => x / sum);
}

// Where the two classes' hulls meet if no line separates them, from the mixture of maxMargin: [x, y].
export function meeting(points, { rows, weights }) {
  let x = 0, y = 0, sum = 0;
  rows.forEach((i, k) => {
    if (points[3 * i + 2] < 0) return;
    x += weights[k] * points[3 * i];
    y += weights[k] * points[3 * i + 1];
    sum += weights[k];
  });
  return [x / sum, y / sum];
}
