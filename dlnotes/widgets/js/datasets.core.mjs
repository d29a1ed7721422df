// Toy data sets in the plane: the twin of dlnotes/toys.py, which has the recipes and sources. Each function
// takes the number of points N, a Stream (lib/num.mjs) and the noise, and returns { X, y }: X (N, 2) and the
// classes y (N,), 1 and 0. The first points are of class 1; split() mixes them.

import { entry, whole } from "./check.core.mjs";

const uniform = (rng, low, high) => low + (high - low) * rng.uniform();
const empty = (N) => ({ X: new Float64Array(2 * N), y: new Float64Array(N) });
const firstHalf = (N) => Math.ceil(N / 2);

/** A disc of radius 2.5 (1) in a ring of radii 3.5 to 5 (0); noise changes labels, not places. */
function circle(N, rng, noise) {
  const { X, y } = empty(N);
  for (let n = 0; n < N; n++) {
    const radius = n < firstHalf(N) ? uniform(rng, 0, 2.5) : uniform(rng, 3.5, 5);
    const angle = uniform(rng, 0, 2 * Math.PI);
    X[2 * n] = radius * Math.sin(angle);
    X[2 * n + 1] = radius * Math.cos(angle);
    const x1 = X[2 * n] + noise * uniform(rng, -5, 5), x2 = X[2 * n + 1] + noise * uniform(rng, -5, 5);
    y[n] = Math.sqrt(x1 * x1 + x2 * x2) < 2.5 ? 1 : 0;
  }
  return { X, y };
}

/** A square in four quarters, 0.6 apart: 1 where x1 x2 >= 0; noise as in circle. */
function xor(N, rng, noise) {
  const { X, y } = empty(N);
  for (let n = 0; n < N; n++) {
    for (let i = 2 * n; i < 2 * n + 2; i++) {
      X[i] = uniform(rng, -5, 5);
      X[i] += X[i] > 0 ? 0.3 : -0.3;
    }
    const x1 = X[2 * n] + noise * uniform(rng, -5, 5), x2 = X[2 * n + 1] + noise * uniform(rng, -5, 5);
    y[n] = x1 * x2 >= 0 ? 1 : 0;
  }
  return { X, y };
}

/** Two normal clouds around (2, 2) (1) and (-2, -2) (0), of variance 0.5 + 7 noise. */
function gauss(N, rng, noise) {
  const { X, y } = empty(N), spread = Math.sqrt(0.5 + 7 * noise);
  for (let n = 0; n < N; n++) {
    y[n] = n < firstHalf(N) ? 1 : 0;
    for (let i = 2 * n; i < 2 * n + 2; i++) X[i] = (y[n] === 1 ? 2 : -2) + spread * rng.normal();
  }
  return { X, y };
}

/** Two arms of 1.75 turns, radius from 0 to 5; noise is the half width of a uniform shift. */
function spiral(N, rng, noise) {
  const { X, y } = empty(N), half = firstHalf(N);
  for (let n = 0; n < N; n++) {
    y[n] = n < half ? 1 : 0;
    const u = y[n] === 1 ? n / half : (n - half) / (N - half);
    const angle = 3.5 * Math.PI * u + (y[n] === 1 ? 0 : Math.PI);
    X[2 * n] = 5 * u * Math.sin(angle) + noise * uniform(rng, -1, 1);
    X[2 * n + 1] = 5 * u * Math.cos(angle) + noise * uniform(rng, -1, 1);
  }
  return { X, y };
}

/**
 * Two half circles of radius 1 that reach into each other; noise is the standard deviation of a normal shift.
 */
function moons(N, rng, noise) {
  const { X, y } = empty(N), half = firstHalf(N);
  for (let n = 0; n < N; n++) {
    y[n] = n < half ? 1 : 0;
    const angle = Math.PI * (y[n] === 1 ? n / Math.max(half - 1, 1) : (n - half) / Math.max(N - half - 1, 1));
    X[2 * n] = (y[n] === 1 ? Math.cos(angle) : 1 - Math.cos(angle)) + noise * rng.normal();
    X[2 * n + 1] = (y[n] === 1 ? Math.sin(angle) : 0.5 - Math.sin(angle)) + noise * rng.normal();
  }
  return { X, y };
}

/** The curves x2 = x1^2 - 1/2 (1) and x2 = x1^2 (0), x1 from -1 to 1; noise as in moons. */
function parabola(N, rng, noise) {
  const { X, y } = empty(N), half = firstHalf(N);
  for (let n = 0; n < N; n++) {
    y[n] = n < half ? 1 : 0;
    const x1 = -1 + 2 * (y[n] === 1 ? n / Math.max(half - 1, 1) : (n - half) / Math.max(N - half - 1, 1));
    X[2 * n] = x1 + noise * rng.normal();
    X[2 * n + 1] = x1 * x1 - 0.5 * y[n] + noise * rng.normal();
  }
  return { X, y };
}

/** The data sets by name. */
export const DATASETS = { circle, xor, gauss, spiral, moons, parabola };

/** { X (N, 2), y (N,) } of the data set `name`. */
export function drawDataset(name, N, rng, noise = 0) {
  return entry(DATASETS, name, "the data set")(whole(N, 1, "N"), rng, noise);
}

/**
 * Mixes the numbers in `order` by the stream, each order being as likely as any other (Fisher and Yates;
 * Durstenfeld).
 */
export function shuffle(order, rng) {
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(rng.uniform() * (i + 1)), other = order[j];
    order[j] = order[i];
    order[i] = other;
  }
  return order;
}

/**
 * Mixed and parted: { train: { X, y, N }, test: { X, y, N } }, round(testShare * N) examples for the test.
 */
export function split({ X, y }, testShare, rng) {
  const N = y.length, D = X.length / N, order = shuffle(Int32Array.from(y, (_, n) => n), rng);
  const cut = N - Math.floor(testShare * N + 0.5);
  const part = (start, end) => {
    const rows = order.subarray(start, end), out = new Float64Array(rows.length * D);
    rows.forEach((row, n) => out.set(X.subarray(row * D, (row + 1) * D), n * D));
    return { X: out, y: Float64Array.from(rows, (row) => y[row]), N: rows.length };
  };
  return { train: part(0, cut), test: part(cut, N) };
}

/** Classes 0 and 1 as targets -1 and 1, which the squared losses want. */
export const signed = (y) => y.map((label) => 2 * label - 1);

/** What a network may be given of a point, by name. */
export const FEATURES = {
  x1: (x1) => x1, x2: (x1, x2) => x2, x1_squared: (x1) => x1 * x1, x2_squared: (x1, x2) => x2 * x2,
  product: (x1, x2) => x1 * x2, sin_x1: (x1) => Math.sin(x1), sin_x2: (x1, x2) => Math.sin(x2) };

/** out (N, names.length): the named features of the points X (N, 2). */
export function features(names, X, out = new Float64Array(X.length / 2 * names.length)) {
  names.forEach((name, f) => {
    const feature = entry(FEATURES, name, "the feature");
    for (let n = 0; 2 * n < X.length; n++) out[n * names.length + f] = feature(X[2 * n], X[2 * n + 1]);
  });
  return out;
}
