// A recurrent network unrolled over a word: the twin of unroll.py, where each function is explained.

import { LETTERS, codes, logSoftmax, oneHot } from "./letters.core.mjs";
import { product } from "./linear.core.mjs";
import { Stream, matmul } from "./lib/num.mjs";
import { gruCell, lstmCell, rnnCell } from "./recurrent.core.mjs";

export const H = 16;
export const MOST = 20;
export const BLOCKS = { rnn: 1, gru: 3, lstm: 4 };
export const CANDIDATE = { rnn: 0, gru: 2, lstm: 2 };
export const GATES = { rnn: [], gru: ["r", "z"], lstm: ["i", "f", "o"] };
const D = LETTERS.length;

/** Largest size of an eigenvalue of A (n, n), by squaring. */
export function spectralRadius(A, n, rounds = 40) {
  let log = 0, now = Float64Array.from(A), next = new Float64Array(n * n);
  for (let k = 0; k < rounds; k++) {
    let top = 0;
    for (const v of now) if (Math.abs(v) > top) top = Math.abs(v);
    if (top === 0) return 0;
    log += Math.log(top) / 2 ** k;
    for (let i = 0; i < n * n; i++) now[i] /= top;
    matmul(now, now, n, n, n, next);
    [now, next] = [next, now];
  }
  return Math.exp(log);
}

/** Weights of a network that has learned nothing. */
export function drawWeights(cell, seed) {
  const stream = new Stream(seed), G = BLOCKS[cell] * H;
  const normal = (count, scale) => Float64Array.from({ length: count }, () => scale * stream.normal());
  const net = {
    W_x: normal(D * G, 0.7), W_h: normal(H * G, 1 / Math.sqrt(H)), V: normal(H * D, 1 / Math.sqrt(H)),
    c: new Float64Array(D) };
  for (const b of cell === "gru" ? ["b_x", "b_h"] : ["b"]) net[b] = new Float64Array(G);
  return net;
}

/** The trained network of one cell among the arrays of a page; null where it is not whole. */
export function packedWeights(arrays, cell) {
  if (!arrays) return null;
  const names = ["W_x", "W_h", "V", "c", ...(cell === "gru" ? ["b_x", "b_h"] : ["b"])];
  if (!names.every((name) => arrays[`${cell}.${name}`])) return null;
  return Object.fromEntries(names.map((name) => [name, arrays[`${cell}.${name}`].data]));
}

/** Number of units. */
export const unitsOf = (net) => net.V.length / D;

/** Spectral radius of the block of W_h that makes the new state. */
export function ownRadius(net, cell) {
  const n = unitsOf(net), G = BLOCKS[cell] * n, A = new Float64Array(n * n);
  for (let i = 0; i < n; i++) A.set(net.W_h.subarray(i * G + CANDIDATE[cell] * n, i * G + (CANDIDATE[cell] + 1) * n), i * n);
  return spectralRadius(A, n);
}

/** The network with W_h multiplied so that its radius is rho; null leaves it. */
export function withRadius(net, cell, rho) {
  const own = rho === null ? 0 : ownRadius(net, cell);
  return own === 0 ? net : { ...net, W_h: net.W_h.map((v) => v * (rho / own)) };
}

/**
 * Reads the sign for the beginning and then each letter.
 *
 * @returns { T, n, inputs, h, c: (T + 1) arrays (n,); steps: T results of the cell, gates included; log_p: T arrays (27,) }
 */
export function forward(net, cell, text) {
  const n = unitsOf(net), inputs = codes(text), x = new Float64Array(D);
  const h = [new Float64Array(n)], c = [new Float64Array(n)], steps = [], log_p = [];
  for (const code of inputs) {
    const before = h.at(-1);
    oneHot(code, x);
    const step = cell === "gru" ? gruCell(x, before, net.W_x, net.W_h, net.b_x, net.b_h, 1)
      : cell === "lstm" ? lstmCell(x, before, c.at(-1), net.W_x, net.W_h, net.b, 1)
        : { h: rnnCell(x, before, net.W_x, net.W_h, net.b, 1) };
    steps.push(step);
    h.push(step.h);
    c.push(step.c ?? c[0]);
    const scores = Float64Array.from(net.c);
    for (let i = 0; i < n; i++) for (let k = 0; k < D; k++) scores[k] += step.h[i] * net.V[i * D + k];
    log_p.push(logSoftmax(scores));
  }
  return { T: inputs.length, n, inputs, h, c, steps, log_p };
}

/** The letter that follows after `asked` inputs, as a number: the next input, or the end. */
export const targetOf = (pass, asked) => pass.inputs[asked] ?? 0;

/**
 * Gradient of -log p(next letter) after `asked` inputs, with respect to each state (and cell) before it.
 *
 * @returns { dh, dc }: asked + 1 arrays (n,) each
 */
export function backward(net, cell, pass, asked) {
  const { n, log_p } = pass, dp = log_p[asked - 1].map(Math.exp), last = new Float64Array(n);
  dp[targetOf(pass, asked)] -= 1;
  for (let i = 0; i < n; i++) for (let k = 0; k < D; k++) last[i] += net.V[i * D + k] * dp[k];
  const dh = Array(asked + 1), dc = Array(asked + 1);
  [dh[asked], dc[asked]] = [last, new Float64Array(n)];
  for (let t = asked - 1; t >= 0; t--) [dh[t], dc[t]] = BACK[cell](net, pass, t, dh[t + 1], dc[t + 1]);
  return { dh, dc };
}

/** dZ (G,) times the transpose of W_h (n, G): what reaches the state before. */
function throughWeights(dZ, W_h, n) {
  const out = new Float64Array(n);
  product(dZ, dZ.length, 1, W_h, 1, dZ.length, null, 1, dZ.length, n, out);
  return out;
}

const BACK = {
  rnn(net, { n, h }, t, dh, dc) {
    const dZ = dh.map((d, i) => d * (1 - h[t + 1][i] ** 2));
    return [throughWeights(dZ, net.W_h, n), dc];
  },
  gru(net, { n, h, steps }, t, dh, dc) {
    const { r, z, n: candidate } = steps[t], dZ = new Float64Array(3 * n), from_h = new Float64Array(3 * n);
    product(h[t], n, 1, net.W_h, 3 * n, 1, net.b_h, 1, n, 3 * n, from_h);
    for (let i = 0; i < n; i++) {
      const d_n = dh[i] * (1 - z[i]) * (1 - candidate[i] ** 2);
      dZ[i] = d_n * from_h[2 * n + i] * r[i] * (1 - r[i]);
      dZ[n + i] = dh[i] * (h[t][i] - candidate[i]) * z[i] * (1 - z[i]);
      dZ[2 * n + i] = d_n * r[i];
    }
    return [throughWeights(dZ, net.W_h, n).map((v, i) => v + dh[i] * z[i]), dc];
  },
  lstm(net, { n, c, steps }, t, dh, dc) {
    const { i: input, f, g, o } = steps[t], dZ = new Float64Array(4 * n), before = new Float64Array(n);
    for (let k = 0; k < n; k++) {
      const squashed = Math.tanh(c[t + 1][k]), d = dc[k] + dh[k] * o[k] * (1 - squashed ** 2);
      dZ[k] = d * g[k] * input[k] * (1 - input[k]);
      dZ[n + k] = d * c[t][k] * f[k] * (1 - f[k]);
      dZ[2 * n + k] = d * input[k] * (1 - g[k] ** 2);
      dZ[3 * n + k] = dh[k] * squashed * o[k] * (1 - o[k]);
      before[k] = d * f[k];
    }
    return [throughWeights(dZ, net.W_h, n), before];
  },
};

/** Length of a vector. */
export const norm = (v) => Math.hypot(...v);
