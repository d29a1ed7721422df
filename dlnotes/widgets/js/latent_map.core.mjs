// A variational autoencoder of 8 x 8 digits with two latent numbers: the twin of latent_map.py.

import { createNet, createPass, forward } from "./net.core.mjs";
import { unpack } from "./weights.core.mjs";

export const SIDE = 8;
export const PIXELS = SIDE * SIDE;
export const SHOWN = 3.3;                                 // the picture goes from -3.3 to 3.3
export const REACH = 4;                                   // the grid on which p(x) is summed up: 81 places
export const STEP = 0.1;                                  // along either axis
export const GRID = 81;
export const TILES = 11;                                  // decoded digits along each axis of the picture
export const WIDE = TILES * (SIDE + 2);                   // pixels of that picture, gaps and all
export const STEPS = 40;                                  // steps of the way from A to B
export const NODES = 9;                                   // of the quadrature along each axis

// Places and shares of Gauss-Hermite quadrature with nine nodes: the mean of f over a standard normal number
// is the sum of share times f, exact for polynomials up to the degree 17.
const HALF = [
  [0, 0.4063492063492064], [1.0232556637891326, 0.2440975028949394], [2.0768479786778302, 0.04991640676521791],
  [3.2054290028564703, 0.0027891413212317653], [4.512745863399783, 0.000022345844007746584]];
const AXIS = HALF.flatMap(([t, w]) => (t ? [[-t, w], [t, w]] : [[t, w]]));
const EPS = Float64Array.from(AXIS.flatMap(([s]) => AXIS.flatMap(([t]) => [t, s])));
const SHARE = Float64Array.from(AXIS.flatMap(([, v]) => AXIS.map(([, w]) => v * w)));

/** The 64 pixels (0 or 1) of 16 hexadecimal digits, two a row; all 0 where they are none. */
export function bitsOf(drawing, out = new Float64Array(PIXELS)) {
  const good = typeof drawing === "string" && /^[0-9a-f]{16}$/.test(drawing);
  for (let i = 0; i < PIXELS; i++) out[i] = good ? (parseInt(drawing[i >> 2], 16) >> (3 - i % 4)) & 1 : 0;
  return out;
}

/** The 16 hexadecimal digits of 64 pixels; a pixel is on from 0.5. */
export function drawingOf(x) {
  let words = "";
  for (let i = 0; i < PIXELS; i += 4) {
    let nibble = 0;
    for (let k = 0; k < 4; k++) nibble = 2 * nibble + (x[i + k] >= 0.5 ? 1 : 0);
    words += nibble.toString(16);
  }
  return words;
}

// The tanh network of the arrays <letter>0, <letter>1, ...: W, b, W, b, ...
function netOf(arrays, letter) {
  const rows = [];
  while (arrays[letter + rows.length]) rows.push(arrays[letter + rows.length]);
  const net = createNet({ sizes: [rows[0].shape[0], ...rows.filter((_, i) => i % 2).map(({ shape }) => shape[0])] });
  let at = 0;
  for (const { data } of rows) {
    net.params.set(data, at);
    at += data.length;
  }
  return net;
}

/** What a byte trait carries, ready to compute with; null where it carries nothing. */
export function createModel(view) {
  const arrays = unpack(view);
  if (!arrays) return null;
  const encoder = netOf(arrays, "e"), decoder = netOf(arrays, "d"), { digits, labels } = arrays;
  const count = labels.data.length, X = new Float64Array(count * PIXELS);
  digits.data.forEach((row, i) => {
    for (let k = 0; k < SIDE; k++) X[SIDE * i + k] = (Math.round(row) >> (SIDE - 1 - k)) & 1;
  });
  const model = {
    encoder, decoder, X, count, labels: Array.from(labels.data, Math.round),
    one: createPass(encoder, 1), nodes: createPass(decoder, NODES * NODES), point: createPass(decoder, 1),
    Z: new Float64Array(2 * NODES * NODES), means: null,
    grid: { rows: 0, logits: new Float64Array(GRID * GRID * PIXELS), joint: new Float64Array(GRID * GRID),
      Z: new Float64Array(2 * GRID), pass: createPass(decoder, GRID), off: new Float64Array(GRID * GRID) } };
  const h = forward(encoder, X, count, createPass(encoder, count));
  model.means = Float64Array.from({ length: 2 * count }, (_, i) => h[4 * (i >> 1) + i % 2]);
  return model;
}

/** q(z | x): { mean: [2], logVar: [2] }. */
export function encode({ encoder, one }, x) {
  const h = forward(encoder, x, 1, one);
  return { mean: [h[0], h[1]], logVar: [h[2], h[3]] };
}

/** out (64,) = the probability of each pixel to be on, at z = [z1, z2]. */
export function decode({ decoder, point }, z, out) {
  const l = forward(decoder, z, 1, point);
  for (let i = 0; i < PIXELS; i++) out[i] = 1 / (1 + Math.exp(-l[i]));
  return out;
}

const softplus = (l) => Math.max(l, 0) + Math.log1p(Math.exp(-Math.abs(l)));

// The sum over the pixels of x l (l begins at `at`), and of softplus(l).
function dot(logits, at, x) {
  let sum = 0;
  for (let i = 0; i < PIXELS; i++) sum += x[i] * logits[at + i];
  return sum;
}
function allOff(logits, at) {
  let sum = 0;
  for (let i = 0; i < PIXELS; i++) sum += softplus(logits[at + i]);
  return sum;
}

/** Decodes the next `rows` rows of the grid, z1 running fastest; true when all are done. */
export function fillGrid({ decoder, grid }, rows) {
  const { Z, pass, logits, off } = grid;
  for (const end = Math.min(grid.rows + rows, GRID); grid.rows < end; grid.rows++) {
    for (let i = 0; i < GRID; i++) {
      Z[2 * i] = -REACH + STEP * i;
      Z[2 * i + 1] = -REACH + STEP * grid.rows;
    }
    const first = grid.rows * GRID;
    logits.set(forward(decoder, Z, GRID, pass), first * PIXELS);
    for (let i = 0; i < GRID; i++) off[first + i] = allOff(logits, (first + i) * PIXELS);
  }
  return grid.rows === GRID;
}

/** grid.joint = log p(x, z) at each of its places; returns its logarithm of the sum, times the cell: log p(x). */
export function sumUp({ grid }, x) {
  const { logits, joint, off } = grid;
  let top = -Infinity, sum = 0;
  for (let j = 0, k = 0; j < GRID; j++) {
    for (let i = 0; i < GRID; i++, k++) {
      const z1 = -REACH + STEP * i, z2 = -REACH + STEP * j;
      joint[k] = dot(logits, k * PIXELS, x) - off[k] - (z1 * z1 + z2 * z2) / 2 - Math.log(2 * Math.PI);
      if (joint[k] > top) top = joint[k];
    }
  }
  for (let k = 0; k < joint.length; k++) sum += Math.exp(joint[k] - top);
  return top + Math.log(sum * STEP * STEP);
}

/** The terms of the ELBO of one digit, in nats; the whole grid must have been filled. */
export function measure(model, x) {
  const { mean, logVar } = encode(model, x), { Z, nodes, decoder } = model;
  for (let k = 0; k < Z.length; k++) Z[k] = mean[k % 2] + Math.exp(logVar[k % 2] / 2) * EPS[k];
  const logits = forward(decoder, Z, NODES * NODES, nodes);
  let reconstruction = 0, kl = 0;
  SHARE.forEach((share, k) => {
    reconstruction += share * (dot(logits, k * PIXELS, x) - allOff(logits, k * PIXELS));
  });
  for (let k = 0; k < 2; k++) kl += (Math.expm1(logVar[k]) - logVar[k] + mean[k] ** 2) / 2;
  const elbo = reconstruction - kl, evidence = sumUp(model, x);
  return { mean, logVar, reconstruction, kl, elbo, evidence, gap: evidence - elbo };
}

/** The picture of 11 x 11 decoded digits, 0.6 apart, in rows from below as HeatMap takes them; NaN in the gaps. */
export function mosaic({ grid }, out = new Float64Array(WIDE * WIDE).fill(NaN)) {
  for (let v = 0; v < TILES; v++) {
    for (let u = 0; u < TILES; u++) {
      const at = ((10 + 6 * v) * GRID + 10 + 6 * u) * PIXELS;
      for (let i = 0; i < PIXELS; i++) {
        const row = (SIDE + 2) * v + SIDE - (i >> 3), column = (SIDE + 2) * u + 1 + i % SIDE;
        out[row * WIDE + column] = 1 / (1 + Math.exp(-grid.logits[at + i]));
      }
    }
  }
  return out;
}

/** The point that has gone `share` of the way from a to b. */
export const between = (a, b, share) => a.map((v, i) => v + (b[i] - v) * share);

/** xs, ys = the outline of k standard deviations around the mean of q. */
export function ellipse({ mean, logVar }, k, xs, ys) {
  for (let i = 0; i < xs.length; i++) {
    const turn = 2 * Math.PI * i / (xs.length - 1);
    xs[i] = mean[0] + k * Math.exp(logVar[0] / 2) * Math.cos(turn);
    ys[i] = mean[1] + k * Math.exp(logVar[1] / 2) * Math.sin(turn);
  }
  return [xs, ys];
}
