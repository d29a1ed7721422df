// Data in the plane for the GAN lab, and how well one cloud of points covers another: with gan_lab.core.mjs
// the twin of gan_game.py.

import { entry } from "./check.core.mjs";

export const N = 512;                                     // real points
export const NEAR = 0.12;                                // a point is covered if another lies within this distance
export const RADIUS = 3;                                  // standard deviations around its centre that belong to a mode
export const SPREAD = 0.05;                               // standard deviation of a mode
const TURN = 2 * Math.PI;

// Each writes the place (x, y) of point i for two uniform numbers; some have modes.
const SHAPES = {
  ring: { modes: 8, spread: SPREAD, at: (i) => [Math.cos(TURN * (i % 8) / 8), Math.sin(TURN * (i % 8) / 8)] },
  grid: { modes: 9, spread: SPREAD, at: (i) => [0.9 * (i % 3 - 1), 0.9 * (Math.floor(i / 3) % 3 - 1)] },
  moons: { modes: 0, spread: 0.04, at(i, u) {
    const c = Math.cos(Math.PI * u), s = Math.sin(Math.PI * u);
    return i % 2 === 0 ? [(c - 0.5) / 1.4, (s - 0.25) / 1.4] : [(1 - c - 0.5) / 1.4, (0.5 - s - 0.25) / 1.4];
  } },
  disc: { modes: 0, spread: 0.02, at(i, u, v) {
    const r = 0.9 * Math.sqrt(u);
    return [r * Math.cos(TURN * v), r * Math.sin(TURN * v)];
  } },
  line: { modes: 0, spread: 0.02, at: (i, u) => [2 * u - 1, 0.6 * (2 * u - 1)] },
  spiral: { modes: 0, spread: 0.02, at(i, u) {
    const t = Math.sqrt(0.05 + 0.95 * u);
    return [t * Math.cos(3.5 * Math.PI * t), t * Math.sin(3.5 * Math.PI * t)];
  } },
};
export const DATA = [...Object.keys(SHAPES), "own"];

/** N points (N, 2) of a shape: places by two uniform numbers each, then normal noise around them. */
export function drawData(name, stream) {
  const { at, spread } = entry(SHAPES, name, "the data"), X = new Float64Array(2 * N);
  for (let i = 0; i < N; i++) X.set(at(i, stream.uniform(), stream.uniform()), 2 * i);
  for (let i = 0; i < 2 * N; i++) X[i] += spread * stream.normal();
  return X;
}

/** The centres (n, 2) of the modes; empty for data without. */
export const centres = (name) => (
  Array.from({ length: SHAPES[name]?.modes ?? 0 }, (_, i) => SHAPES[name].at(i)).flat());

// How well Y covers X ---------------------------------------------------------------------------------------

/** Mean distance of the n rows of X (n, 2) to the m rows of Y, all pairs. */
export function meanDistance(X, n, Y, m) {
  let sum = 0;
  for (let i = 0; i < 2 * n; i += 2) {
    for (let j = 0; j < 2 * m; j += 2) {
      const a = X[i] - Y[j], b = X[i + 1] - Y[j + 1];
      sum += Math.sqrt(a * a + b * b);
    }
  }
  return sum / (n * m);
}

/** Mean distance between the rows of Y (m, 2), a row with itself too. */
export function innerDistance(Y, m) {
  let sum = 0;
  for (let i = 0; i < 2 * m; i += 2) {
    for (let j = 0; j < i; j += 2) {
      const a = Y[i] - Y[j], b = Y[i + 1] - Y[j + 1];
      sum += Math.sqrt(a * a + b * b);
    }
  }
  return 2 * sum / (m * m);
}

/** The share of the n rows of X that have a row of Y (m, 2) within NEAR. */
export function covered(X, n, Y, m) {
  let count = 0;
  for (let i = 0; i < 2 * n; i += 2) {
    for (let j = 0; j < 2 * m; j += 2) {
      const a = X[i] - Y[j], b = X[i + 1] - Y[j + 1];
      if (a * a + b * b <= NEAR * NEAR) { count++; break; }
    }
  }
  return count / n;
}

/** How many centres have at least a quarter of their fair share of the rows of Y (m, 2) within RADIUS SPREAD. */
export function countModes(Y, m, middles) {
  const n = middles.length / 2;
  let modes = 0;
  for (let k = 0; k < n; k++) {
    let inside = 0;
    for (let j = 0; j < m; j++) {
      const a = Y[2 * j] - middles[2 * k], b = Y[2 * j + 1] - middles[2 * k + 1];
      if (Math.sqrt(a * a + b * b) <= RADIUS * SPREAD) inside++;
    }
    if (inside >= m / (4 * n)) modes++;
  }
  return modes;
}
