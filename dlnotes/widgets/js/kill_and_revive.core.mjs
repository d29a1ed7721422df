// A 1-3-3-1 network trained on 20 points, and the life of each hidden unit: the twin of kill_and_revive.py.
// Its 22 parameters stand in one row: W1 (1, 3), b1, W2 (3, 3), b2, W3 (3, 1), b3. Rows of X are examples.

import { Stream, linspace, matmul, matmulNT, matmulTN } from "./lib/num.mjs";

export const N = 20;
export const HIDDEN = 3;
export const SIZE = 22;
const UNITS = 2 * HIDDEN;
export const STATES = ["alive", "dead", "revived", "silent"];
const ALIVE = 0, DEAD = 1, REVIVED = 2, SILENT = 3;
const DIVERGED = 1e6;

export const PRESETS = {
  large_step: { layer: 1, unit: 0, lr: 0.1, bias: 0, alpha: 0, seed: 49, kick: 20, kick_step: 50 },
  fixed_inputs: { layer: 1, unit: 0, lr: 0.1, bias: -3, alpha: 0, seed: 157, kick: 1, kick_step: 50 },
  revived: { layer: 2, unit: 2, lr: 0.1, bias: -1, alpha: 0, seed: 41, kick: 1, kick_step: 50 },
  leaky: { layer: 1, unit: 0, lr: 0.1, bias: -3, alpha: 0.1, seed: 157, kick: 1, kick_step: 50 },
};

export const X = linspace(-2, 2, new Float64Array(N));
export const Y = X.map((x) => Math.sin(1.5 * x));

function views(row) {
  const part = (start, end) => row.subarray(start, end);
  return {
    W1: part(0, 3), b1: part(3, 6), W2: part(6, 15), b2: part(15, 18), W3: part(18, 21), b3: part(21, 22) };
}

// Everything that a pass over n points needs, made once.
export function makeNet(n) {
  const room = (width) => new Float64Array(n * width);
  const params = new Float64Array(SIZE), grad = new Float64Array(SIZE);
  return {
    n, params, grad, p: views(params), g: views(grad), Z1: room(HIDDEN), A1: room(HIDDEN), Z2: room(HIDDEN),
    A2: room(HIDDEN), Y_hat: room(1), dY: room(1), dZ2: room(HIDDEN), dZ1: room(HIDDEN) };
}

// First parameters: weights normal with variance 2 / fan-in, biases 0 but for the watched unit.
export function initial(seed, layer, unit, bias, params) {
  const stream = new Stream(seed), p = views(params);
  params.fill(0);
  for (const [W, fanIn] of [[p.W1, 1], [p.W2, HIDDEN], [p.W3, HIDDEN]]) {
    for (let i = 0; i < W.length; i++) W[i] = stream.normal() * Math.sqrt(2 / fanIn);
  }
  p[`b${layer}`][unit] = bias;
  return params;
}

function linear(X, W, b, n, D, H, out) {
  matmul(X, W, n, D, H, out);
  for (let i = 0; i < out.length; i++) out[i] += b[i % H];
}
function leaky(Z, alpha, out) {
  for (let i = 0; i < Z.length; i++) out[i] = Z[i] > 0 ? Z[i] : alpha * Z[i];
}
function leakyBackward(Z, alpha, d) {
  for (let i = 0; i < Z.length; i++) if (!(Z[i] > 0)) d[i] *= alpha;
}
function sumRows(d, n, H, out) {
  out.fill(0);
  for (let i = 0; i < n * H; i++) out[i % H] += d[i];
}

// Fills Z1 (n, 3), Z2 (n, 3) and Y_hat (n, 1).
export function forward({ n, p, Z1, A1, Z2, A2, Y_hat }, X, alpha) {
  linear(X, p.W1, p.b1, n, 1, HIDDEN, Z1);
  leaky(Z1, alpha, A1);
  linear(A1, p.W2, p.b2, n, HIDDEN, HIDDEN, Z2);
  leaky(Z2, alpha, A2);
  linear(A2, p.W3, p.b3, n, HIDDEN, 1, Y_hat);
}

// Fills grad, the gradient of the mean squared error, after forward(); returns the error.
export function backward({ n, p, g, Z1, A1, Z2, A2, Y_hat, dY, dZ2, dZ1 }, X, Y, alpha) {
  let loss = 0;
  for (let i = 0; i < n; i++) {
    dY[i] = 2 * (Y_hat[i] - Y[i]) / n;
    loss += (Y_hat[i] - Y[i]) ** 2 / n;
  }
  matmulTN(A2, dY, n, HIDDEN, 1, g.W3);
  sumRows(dY, n, 1, g.b3);
  matmulNT(dY, p.W3, n, 1, HIDDEN, dZ2);
  leakyBackward(Z2, alpha, dZ2);
  matmulTN(A1, dZ2, n, HIDDEN, HIDDEN, g.W2);
  sumRows(dZ2, n, HIDDEN, g.b2);
  matmulNT(dZ2, p.W2, n, HIDDEN, HIDDEN, dZ1);
  leakyBackward(Z1, alpha, dZ1);
  matmulTN(X, dZ1, n, 1, HIDDEN, g.W1);
  sumRows(dZ1, n, HIDDEN, g.b1);
  return loss;
}

// Room for a run: for each step the parameters and the loss; for each unit the number of points on which it
// is above 0, the length of its gradient, its state, and the least and greatest pre-activation of the whole
// run.
export function makeHistory(steps) {
  const row = () => new Float64Array(steps + 1);
  const each = (make) => Array.from({ length: UNITS }, make);
  return {
    steps, length: 0, net: makeNet(N), params: new Float64Array((steps + 1) * SIZE), loss: row(),
    active: each(row), norms: each(row), states: each(() => new Uint8Array(steps + 1)),
    low: new Float64Array(UNITS), high: new Float64Array(UNITS) };
}

// Gradient descent on all points; entry k is what step k saw. One step, `kick_step`, is `kick` times larger.
export function run({ layer, unit, lr, bias, alpha, seed, kick, kick_step }, history) {
  const { net, steps } = history;
  initial(seed, layer, unit, bias, net.params);
  history.low.fill(Infinity);
  history.high.fill(-Infinity);
  for (let k = 0; k <= steps; k++) {
    forward(net, X, alpha);
    const loss = backward(net, X, Y, alpha);
    history.params.set(net.params, k * SIZE);
    history.loss[k] = loss;
    watch(net, history, k);
    history.length = k + 1;
    if (!(loss <= DIVERGED)) break;
    const rate = k === kick_step ? kick * lr : lr;
    for (let i = 0; i < SIZE; i++) net.params[i] -= rate * net.grad[i];
  }
  for (let u = 0; u < UNITS; u++) states(history.active[u], history.length, alpha, history.states[u]);
  return history;
}

function watch({ n, g, Z1, Z2 }, { active, norms, low, high }, k) {
  for (let u = 0; u < UNITS; u++) {
    const Z = u < HIDDEN ? Z1 : Z2, W = u < HIDDEN ? g.W1 : g.W2, b = u < HIDDEN ? g.b1 : g.b2;
    const j = u % HIDDEN;
    let count = 0, square = b[j] ** 2;
    for (let i = j; i < n * HIDDEN; i += HIDDEN) {
      if (Z[i] > 0) count++;
      low[u] = Math.min(low[u], Z[i]);
      high[u] = Math.max(high[u], Z[i]);
    }
    for (let i = j; i < W.length; i += HIDDEN) square += W[i] ** 2;
    active[u][k] = count;
    norms[u][k] = Math.sqrt(square);
  }
}

// What becomes of a unit (index into STATES): alive, dead (no active point and no slope there), silent (no
// active point, but alpha lets it learn), revived (active again).
export function states(active, length, alpha, out) {
  let wasOff = false;
  for (let k = 0; k < length; k++) {
    const off = active[k] === 0;
    wasOff ||= off;
    out[k] = off ? (alpha === 0 ? DEAD : SILENT) : (wasOff ? REVIVED : ALIVE);
  }
  return out;
}

// The step since which the unit has been in the state that it has at `step`.
export function since(codes, step) {
  while (step > 0 && codes[step - 1] === codes[step]) step--;
  return step;
}
