// Gradient descent, with momentum, on a surface: the twin of descent.py.

import { createOptimizer, update } from "./optim.core.mjs";
import { curvatures, factor, limit, look, nearest, swings } from "./surfaces.core.mjs";

const DIVERGED = 1e12;                    // a greater loss ends the run

// Where each surface is well looked at: start, learning rate, steps.
export const STARTS = {
  parabola: { x: -1.6, y: 0, lr: 0.3, steps: 60 },
  plateau: { x: 3, y: 0, lr: 1, steps: 100 },
  double_well: { x: -0.3, y: 0, lr: 0.1, steps: 60 },
  quadratic: { x: -1.6, y: 0.9, lr: 0.15, steps: 100 },
  ravine: { x: -1.7, y: 0.8, lr: 0.15, steps: 200 },
  saddle: { x: -1.6, y: 0.05, lr: 0.1, steps: 100 },
  beale: { x: 1, y: 1.5, lr: 0.01, steps: 400 },
  rosenbrock: { x: -1.2, y: 1, lr: 0.001, steps: 1000 },
};

const base = {
  surface: "quadratic", curvature: 10, condition: 10, angle: 0, x: -1.6, y: 0.9, lr: 0.196, momentum: 0,
  steps: 100, reference: "minimum" };
export const PRESETS = {
  below: base,
  above: { ...base, lr: 0.204 },
  ravine: {
    ...base, surface: "ravine", condition: 100, angle: 30, x: -1.6, y: 0.2, lr: 0.1, momentum: 0.9,
    steps: 200 },
  saddle: { ...base, surface: "saddle", x: -1.6, y: 0, lr: 0.1, reference: "ball" },
  plateau: { ...base, surface: "plateau", x: 3.2, y: 0, lr: 1, steps: 300, reference: "ball" },
  wells: { ...base, surface: "double_well", x: -2.1, y: 0, lr: 0.56 },
};

/** Room for a run of so many steps. */
export function makeRun(steps) {
  const row = () => new Float64Array(steps + 1);
  const at = new Float64Array(2), grads = new Float64Array(2);
  return { steps, length: 0, xs: row(), ys: row(), loss: row(), at, grads };
}

/** Fills xs, ys and loss: entry k is what step k sees. The run ends early where the loss passes 1e12. */
export function descend(place, { x, y, lr, momentum }, run) {
  const optimizer = createOptimizer("sgd", 2, { momentum }), { at, grads } = run;
  at[0] = x;
  at[1] = place.surface.dims === 2 ? y : 0;
  for (let k = 0; k <= run.steps; k++) {
    run.loss[k] = look(place, at[0], at[1]);
    run.xs[k] = at[0];
    run.ys[k] = at[1];
    run.length = k + 1;
    if (!(run.loss[k] <= DIVERGED)) break;
    grads[0] = place.gx;
    grads[1] = place.gy;
    update(optimizer, lr, at, grads);
  }
  return run;
}

/**
 * What the curvature says at the nearest minimum, or at the point itself: where it is measured, the
 * curvatures (largest first) with the angle of the first, the limit 2 (1 + momentum) / L, and their factors.
 */
export function measure(place, x, y, { lr, momentum, reference }) {
  const at = reference === "ball" ? [x, y] : nearest(place, x, y);
  look(place, at[0], at[1]);
  const [steep, flat, angle] = curvatures(place);
  const factors = [factor(lr, steep, momentum), factor(lr, flat, momentum)];
  const turns = swings(lr, steep, momentum);
  return { at, steep, flat, angle, limit: limit(steep, momentum), factors, swings: turns };
}

const EDGE = 1e-9;

/**
 * What the factors foretell: "over" the limit, on its "edge", "swings" or "crosses" while it shrinks,
 * "creeps" along, or, where the surface bends down, "leaves".
 */
export function verdict({ steep, flat, limit: most, factors, swings: turns }, lr) {
  if (!(flat > 0)) return !(steep > 0) || lr <= most ? "leaves" : "over";
  if (Math.abs(lr / most - 1) < EDGE) return "edge";
  if (lr > most) return "over";
  if (turns) return "swings";
  return factors[0] < 0 ? "crosses" : "creeps";
}

/** On a quadratic, without momentum: no loss of step k is greater than the first times rho^(2 k). */
export function bound(first, { factors }, k) {
  return first * Math.max(Math.abs(factors[0]), Math.abs(factors[1])) ** (2 * k);
}

/** After how many steps a tenth of the error is left, at a factor; infinite where it does not shrink. */
export function stepsToTenth(size) {
  const kept = Math.abs(size);
  return kept >= 1 ? Infinity : kept === 0 ? 1 : Math.max(1, Math.log(0.1) / Math.log(kept));
}
