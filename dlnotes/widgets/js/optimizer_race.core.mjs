// Seven optimizers from one point of a surface: the twin of optimizer_race.py.

import { createOptimizer, update } from "./optim.core.mjs";
import { look } from "./surfaces.core.mjs";
import { Stream } from "./lib/num.mjs";

export const CURVATURE = 10;              // the largest, where the surface leaves it open
const DIVERGED = 1e12;                    // a greater loss ends a run

// rule and options in optim.core.mjs; torch's defaults but for momentum 0.9 and the alpha of RMSProp's
// lecture
export const RACERS = {
  gd: ["sgd", {}],
  momentum: ["sgd", { momentum: 0.9 }],
  nesterov: ["sgd", { momentum: 0.9, nesterov: true }],
  adagrad: ["adagrad", {}],
  rmsprop: ["rmsprop", { alpha: 0.9 }],
  adam: ["adam", {}],
  adamw: ["adamw", {}],
};
export const ORDER = Object.keys(RACERS);

const base = {
  surface: "quadratic", condition: 1000, angle: 0, x: -1.6, y: 0.9, steps: 200, noise: 0, seed: 1 };
export const PRESETS = {
  aligned: { ...base, lrs: [0.16, 0.32, 0.13, 1.3, 0.01, 0.32, 2] },
  turned: { ...base, angle: 45, x: -1.7678, y: -0.495, lrs: [0.16, 0.32, 0.13, 1.3, 0.016, 1.3, 2] },
  ravine: {
    ...base, surface: "ravine", condition: 100, angle: 30, x: -1.7856, y: -0.1072, steps: 100,
    lrs: [0.16, 0.032, 0.1, 2, 0.04, 0.79, 0.79] },
  saddle: { ...base, surface: "saddle", y: 0.001, steps: 100, lrs: ORDER.map(() => 0.05) },
  noise: { ...base, condition: 10, noise: 2, lrs: [0.16, 0.0063, 0.13, 1.3, 0.01, 0.32, 2] },
  rosenbrock: {
    ...base, surface: "rosenbrock", x: -1.2, y: 1, steps: 300,
    lrs: [0.004, 0.0032, 0.0016, 1.6, 0.02, 1, 0.32] },
};

// Where each surface is well looked at, with the rates that tune() finds there.
const quadratic = {
  condition: 100, x: -1.6, y: 0.9, steps: 100, lrs: [0.16, 0.063, 0.1, 1.3, 0.032, 0.32, 2] };
export const STARTS = {
  quadratic,
  ravine: { ...quadratic, y: 0.8, lrs: [0.16, 0.032, 0.1, 1.3, 0.025, 0.05, 1] },
  saddle: { x: -1.6, y: 0.001, steps: 100, lrs: PRESETS.saddle.lrs },
  beale: { x: 1, y: 1.5, steps: 300, lrs: [0.032, 0.0032, 0.0079, 2, 0.013, 0.5, 0.4] },
  rosenbrock: { x: -1.2, y: 1, steps: 300, lrs: PRESETS.rosenbrock.lrs },
};

/** The learning rates that tune() tries: ten in each power of ten, two digits each. */
export const GRID = Float64Array.from(
  { length: 44 }, (_, k) => Number((10 ** ((k - 40) / 10)).toPrecision(2)));

/** What is added to the gradients, two normal numbers for each step; null without noise. */
export function noiseOf(noise, seed, steps) {
  if (!noise) return null;
  const stream = new Stream(seed);
  return Float64Array.from({ length: 2 * steps }, () => noise * stream.normal());
}

/** Room for one run. */
export function makeTrack(steps) {
  const row = () => new Float64Array(steps + 1);
  return { steps, length: 0, xs: row(), ys: row(), loss: row() };
}

const at = new Float64Array(2), grads = new Float64Array(2);

/** Fills a track: entry k is what step k sees. It ends early where the loss passes 1e12. */
export function race(place, name, lr, x, y, pushes, track) {
  const [rule, options] = RACERS[name], optimizer = createOptimizer(rule, 2, options);
  at[0] = x;
  at[1] = y;
  for (let k = 0; k <= track.steps; k++) {
    track.loss[k] = look(place, at[0], at[1]);
    track.xs[k] = at[0];
    track.ys[k] = at[1];
    track.length = k + 1;
    if (!(track.loss[k] <= DIVERGED)) break;
    grads[0] = place.gx + (pushes && k < track.steps ? pushes[2 * k] : 0);
    grads[1] = place.gy + (pushes && k < track.steps ? pushes[2 * k + 1] : 0);
    update(optimizer, lr, at, grads);
  }
  return track;
}

/** The mean loss of the last tenth of the steps; infinite for a run that did not get there. */
export function score({ steps, length, loss }) {
  if (length <= steps) return Infinity;
  const count = Math.max(1, Math.floor(steps / 10));
  let sum = 0;
  for (let k = steps + 1 - count; k <= steps; k++) sum += loss[k];
  return sum / count;
}

/** The score at each rate of GRID, into `scores`; returns the place of the least, the first of equal ones. */
export function sweep(place, name, x, y, pushes, track, scores) {
  let best = 0;
  for (let i = 0; i < GRID.length; i++) {
    scores[i] = score(race(place, name, GRID[i], x, y, pushes, track));
    if (scores[i] < scores[best]) best = i;
  }
  return best;
}

/** The names that are shown in the order of their loss at a step: [name, loss], infinite where diverged. */
export function ranking(tracks, racing, step) {
  const losses = ORDER.map((name, i) => {
    const { length, loss } = tracks[i];
    return [name, step < length && loss[step] <= DIVERGED ? loss[step] : Infinity];
  });
  return losses.filter(([name]) => racing.includes(name)).sort((a, b) => (a[1] === b[1] ? 0 : a[1] - b[1]));
}
