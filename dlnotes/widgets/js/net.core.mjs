// A multilayer perceptron of any depth: the numpy twin is a chain of dlnotes.ops linear and activation pairs.
// All weights stand in one array, layer after layer, W (D, H) row after row and then b (H,); all gradients in
// another of the same form, so that an optimizer sees two arrays and a copy of one array is a snapshot.

import { ACTIVATIONS } from "./activations.core.mjs";
import { entry, whole } from "./check.core.mjs";
import { linear, linearBackward } from "./linear.core.mjs";
import { activate } from "./pointwise.core.mjs";

const SETTINGS = { alpha: 0.01, beta: 1, x0: 0, lower: 1 / 8, upper: 1 / 3 };
const OWN = { elu: { alpha: 1 }, prelu: { alpha: 0.25 } };

/** The numbers that an activation takes: dlnotes' defaults (torch's start for prelu) where none are named. */
export const settingsOf = (name, settings = {}) => ({ ...SETTINGS, ...OWN[name], ...settings });

/**
 * A network  A_0 = X,  Z_l = A_(l-1) W_l + b_l,  A_l = f_l(Z_l), all weights 0 (see initializers.core.mjs).
 *
 * @param sizes [D, H_1, ..., C]: the input, each hidden layer, the output; [D, C] has no hidden layer
 * @param hidden name of the hidden layers' activation, or one name for each of them
 * @param output name of the last layer's activation; "identity" for losses that take scores
 * @param settings alpha, beta, ... of the activations (see ACTIVATIONS[name].takes)
 * @returns { sizes, params, grads, layers: [{ D, H, W, b, dW, db, activation }] }, W and the others views of
 *   params, grads
 */
export function createNet({ sizes, hidden = "tanh", output = "identity", settings = {} }) {
  whole(sizes.length, 2, "the number of sizes");
  sizes.forEach((size) => whole(size, 1, "each size"));
  const last = sizes.length - 2;
  const count = sizes.slice(1).reduce((sum, H, l) => sum + (sizes[l] + 1) * H, 0);
  const params = new Float64Array(count), grads = new Float64Array(count), layers = [];
  for (let l = 0, at = 0; l <= last; l++) {
    const D = sizes[l], H = sizes[l + 1], middle = at + D * H, end = middle + H;
    const name = l === last ? output : Array.isArray(hidden) ? hidden[l] : hidden;
    layers.push({
      D, H, W: params.subarray(at, middle), b: params.subarray(middle, end),
      dW: grads.subarray(at, middle), db: grads.subarray(middle, end),
      activation: {
        name, settings: settingsOf(name, settings), entry: entry(ACTIVATIONS, name, "the activation") } });
    at = end;
  }
  return { sizes, params, grads, layers };
}

/**
 * The arrays that a pass of up to `rows` examples fills, for each layer: Z and A (rows, H), and where the
 * pass `learns`, the slopes S = f'(Z) and the gradient dZ (rows, H) of the loss. Later nothing is allocated.
 */
export function createPass(net, rows, learns = false) {
  const layers = net.layers.map(({ H }) => ({
    Z: new Float64Array(rows * H), A: new Float64Array(rows * H),
    S: learns ? new Float64Array(rows * H) : null, dZ: learns ? new Float64Array(rows * H) : null }));
  return { rows, layers, Y: layers.at(-1).A, dY: layers.at(-1).dZ };
}

/**
 * Fills Z, A (and S) of the pass; returns the output Y (N, C), the first N * C numbers of pass.Y.
 *
 * All rows of a layer are one matrix product, so that a whole grid of points is as cheap as it can be.
 * @param X (N, D)  @param N at most pass.rows
 */
export function forward(net, X, N, pass) {
  if (!(N <= pass.rows)) throw new RangeError(`expected N <= ${pass.rows}, the rows of the pass; got ${N}`);
  let input = X;
  for (let l = 0; l < net.layers.length; l++) {
    const { D, H, W, b, activation } = net.layers[l], { Z, A, S } = pass.layers[l];
    linear(input, W, b, N, D, H, Z);
    activate(activation, Z, A, S, N * H);
    input = A;
  }
  return input;
}

/**
 * Backpropagation. After forward() on the same X, with the gradient of the loss in pass.dY, fills net.grads:
 *
 *     dZ_l = dA_l * f_l'(Z_l),   dW_l = A_(l-1).T dZ_l,   db_l = sum of dZ_l's rows,   dA_(l-1) = dZ_l W_l.T
 */
export function backward(net, X, N, pass) {
  for (let l = net.layers.length - 1; l >= 0; l--) {
    const { D, H, W, dW, db } = net.layers[l], { S, dZ } = pass.layers[l];
    for (let i = 0; i < N * H; i++) dZ[i] *= S[i];
    if (l > 0) linearBackward(dZ, pass.layers[l - 1].A, W, N, D, H, pass.layers[l - 1].dZ, dW, db);
    else linearBackward(dZ, X, W, N, D, H, null, dW, db);
  }
}
