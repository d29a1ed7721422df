// A network of one hidden layer that follows a curve of 41 heights: the twin of curve_fitter.py.
// Its 3 H + 1 parameters stand in one row, as net.core.mjs keeps them: w (H,), b (H,), v (H,), c.

import { Stream, clamp, linspace } from "./lib/num.mjs";
import { lossValue } from "./loss.core.mjs";
import { createNet, createPass, forward } from "./net.core.mjs";
import { createRun, seek, trainStep } from "./training.core.mjs";

export const N = 41;
export const LOW = -2;
export const HIGH = 2;
export const TOP = 1.5;
export const SHOWN = 3;
export const MOST = 32;                                   // units
export const X = linspace(LOW, HIGH, new Float64Array(N));

/** The curves to begin with; each goes on beyond the drawn interval. */
export const CURVES = {
  wave: (x) => Math.sin(2 * x),
  letter_m: (x) => 1 - 1.5 * Math.abs(Math.abs(x) - 1) - 0.5 * Math.max(Math.abs(x) - 1, 0),
  bump: (x) => 1.4 * Math.exp(-4 * x * x) - 0.4,
  jump: (x) => (x >= 0 ? 0.8 : -0.8),
  parabola: (x) => x * x / 2 - 1,
  chirp: (x) => Math.sin(1.2 * (x + 2) ** 2),
};
export const STEEP = { relu: 1, leaky_relu: 1, swish: 2, tanh: 2, sigmoid: 4, rbf: 2, step: 1, identity: 1 };

/** The 41 heights of a named curve. */
export const presetCurve = (name) => Array.from(X, CURVES[name]);

/** Height at x of the straight lines through the curve's points; outside, that of the nearest end. */
export function interpolate(curve, x) {
  const at = clamp((x - LOW) / (HIGH - LOW) * (N - 1), 0, N - 1), i = Math.min(Math.floor(at), N - 2);
  return curve[i] + (curve[i + 1] - curve[i]) * (at - i);
}

/** First weights: each unit's middle or bend lies somewhere in the drawn interval. */
export function initialParams(units, activation, seed, params) {
  const stream = new Stream(seed), steep = STEEP[activation];
  for (let k = 0; k < units; k++) {
    const sign = stream.uniform() < 0.5 ? -1 : 1, w = sign * steep * (0.5 + stream.uniform());
    params[k] = w;
    params[units + k] = -w * (LOW + (HIGH - LOW) * stream.uniform());
  }
  for (let k = 0; k < units; k++) params[2 * units + k] = stream.normal() / Math.sqrt(units);
  params[3 * units] = 0;
  return params;
}

/** The units - 1 bends inside the interval at equal distances. */
export const evenKnots = (units) => (
  Array.from({ length: units - 1 }, (_, k) => LOW + (HIGH - LOW) * (k + 1) / units));

/** The knots that are in force: those given, if they rise and fit the number of units, else even ones. */
export function knotsFor(units, knots) {
  const fits = Array.isArray(knots) && knots.length === units - 1
    && [...knots, HIGH].every((t, k) => t - (k ? knots[k - 1] : LOW) >= 0.009);
  return fits ? knots : evenKnots(units);
}

/** The ReLU network whose lines go through the curve at -2, each knot and 2; `count` of its units stand. */
export function buildParams(curve, units, knots, count, params) {
  let before = 0;
  for (let k = 0; k < units; k++) {
    const t = k ? knots[k - 1] : LOW, next = k < units - 1 ? knots[k] : HIGH;
    const slope = (interpolate(curve, next) - interpolate(curve, t)) / (next - t);
    params[k] = 1;
    params[units + k] = -t;
    params[2 * units + k] = k < count ? slope - before : 0;
    before = slope;
  }
  params[3 * units] = curve[0];
  return params;
}

/** The parameters that a fit begins with; for "build" those of its first `count` units. */
export function firstParams({ units, mode, curve, knots, activation, seed }, count, params) {
  return mode === "train" ? initialParams(units, activation, seed, params)
    : buildParams(curve, units, knots, count, params);
}

/** The network, a pass over the 41 points, and where it learns a run that starts from `params`. */
export function createFit({ curve, units, activation, params, lr, steps }) {
  const net = createNet({ sizes: [1, units, 1], hidden: activation });
  net.params.set(params);
  const y = Float64Array.from(curve), fit = { net, y, pass: createPass(net, N), losses: null, run: null };
  if (steps === undefined) return fit;
  const settings = { schedule: { name: "constant", lr }, batchSize: N, shuffled: false };
  fit.losses = new Float64Array(steps + 1).fill(NaN);
  fit.run = createRun({ net, data: { X, y, N }, optimizer: "adam", settings });
  return fit;
}

/** Goes to step k with exactly its weights; on the way each step leaves the loss that it saw. */
export function goTo({ run, losses }, k) {
  if (k < run.step) seek(run, k);
  while (run.step < k) {
    trainStep(run);
    losses[run.step - 1] = lossValue("mse", run.pass.Y, run.batch.y, N, 1);
  }
}

/** { rms, largest, at }: the errors at the 41 points. */
export function errors({ net, pass, y }) {
  const y_hat = forward(net, X, N, pass);
  let sum = 0, largest = -1, at = LOW;
  for (let i = 0; i < N; i++) {
    const gap = Math.abs(y_hat[i] - y[i]);
    sum += gap * gap;
    if (gap > largest || gap !== gap) [largest, at] = [gap, X[i]];
  }
  return { rms: Math.sqrt(sum / N), largest, at };
}

/** out (rows,) = the piece v_k f(w_k x + b_k) of unit k, after forward() on a pass of so many rows. */
export function piece(net, pass, k, rows, out) {
  const H = net.sizes[1], { A } = pass.layers[0], v = net.params[2 * H + k];
  for (let i = 0; i < rows; i++) out[i] = v * A[i * H + k];
  return out;
}

/** Where a unit has its bend, its middle or its jump: w x + b = 0; not a number where w is 0. */
export function bendOf(params, units, k) {
  return params[k] === 0 ? NaN : -params[units + k] / params[k];
}
