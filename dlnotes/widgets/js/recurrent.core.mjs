// One step of a recurrent network, gates included: the twins of dlnotes/ops rnn, gru and lstm, which have the
// sources. x (N, D) is the input of the step, h (N, H) the state before it; blocks of columns stand in
// torch's order.

import { relu, sigmoid } from "./activations.core.mjs";
import { linear } from "./linear.core.mjs";

const map = (f, a, b = a, c = a, d = a) => a.map((v, i) => f(v, b[i], c[i], d[i]));

/** Columns k H to (k + 1) H of A (N, blocks * H), as a new array (N, H). */
function block(A, k, N, H) {
  const width = A.length / N, out = new Float64Array(N * H);
  for (let n = 0; n < N; n++) out.set(A.subarray(n * width + k * H, n * width + (k + 1) * H), n * H);
  return out;
}

/** X W + b as a new array (N, K); K follows from W. */
function affine(X, W, b, N) {
  const D = X.length / N, K = W.length / D, Y = new Float64Array(N * K);
  linear(X, W, b, N, D, K, Y);
  return Y;
}

/**
 * Elman: h' = f(x W_x + h W_h + b), f "tanh" or "relu".
 *
 * @param W_x (D, H)  @param W_h (H, H)  @param b (H,)  @returns h' (N, H)
 */
export function rnnCell(x, h, W_x, W_h, b, N, nonlinearity = "tanh") {
  const f = nonlinearity === "relu" ? relu : Math.tanh;
  return map((from_x, from_h) => f(from_x + from_h), affine(x, W_x, b, N), affine(h, W_h, null, N));
}

/**
 * GRU: r, z = s(x W_x + b_x + h W_h + b_h) in their blocks,  h' = (1 - z) n + z h,
 *     n = tanh(x W_x + b_x + r (h W_h + b_h))     with resetAfter (torch)
 *     n = tanh(x W_x + b_x + (r h) W_h + b_h)     without (Cho et al. 2014)
 *
 * @param W_x (D, 3 H)
 * @param W_h (H, 3 H)
 * @param b_x, b_h (3 H,), blocks r, z, n
 * @returns { h, r, z, n }, each (N, H)
 */
export function gruCell(x, h, W_x, W_h, b_x, b_h, N, resetAfter = true) {
  const H = h.length / N, from_x = affine(x, W_x, b_x, N), from_h = affine(h, W_h, b_h, N);
  const gate = (k) => map((a, b) => sigmoid(a + b), block(from_x, k, N, H), block(from_h, k, N, H));
  const r = gate(0), z = gate(1);
  const before = map((gate, state) => gate * state, r, h);
  const recurrent = resetAfter
    ? map((gate, a) => gate * a, r, block(from_h, 2, N, H))
    : block(affine(before, W_h, b_h, N), 2, N, H);
  const n = map((a, b) => Math.tanh(a + b), block(from_x, 2, N, H), recurrent);
  return { h: map((z, n, h) => (1 - z) * n + z * h, z, n, h), r, z, n };
}

/**
 * LSTM: i, f, o = s(x W_x + h W_h + b), g = tanh(...) in their blocks,  c' = f c + i g,  h' = o tanh(c').
 *
 * @param c (N, H), the cell before
 * @param W_x (D, 4 H)
 * @param W_h (H, 4 H)
 * @param b (4 H,), blocks i, f, g, o
 * @returns { h, c, i, f, g, o }, each (N, H)
 */
export function lstmCell(x, h, c, W_x, W_h, b, N) {
  const H = h.length / N, Z = map((a, b) => a + b, affine(x, W_x, b, N), affine(h, W_h, null, N));
  const gate = (k, f) => block(Z, k, N, H).map((z) => f(z));
  const i = gate(0, sigmoid), f = gate(1, sigmoid), g = gate(2, Math.tanh), o = gate(3, sigmoid);
  const cell = map((f, c, i, g) => f * c + i * g, f, c, i, g);
  return { h: map((o, c) => o * Math.tanh(c), o, cell), c: cell, i, f, g, o };
}
