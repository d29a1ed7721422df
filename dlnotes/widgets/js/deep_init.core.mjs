// What a deep network does to numbers before it has learned anything, measured and predicted: the twin of
// deep_init.py. All layers are square, W (H, H); N rows of X are standard normal, and so is the gradient that
// comes back.

import { ACTIVATIONS } from "./activations.core.mjs";
import { initializeWeights } from "./initializers.core.mjs";
import { deadShare, saturatedShare } from "./inspect.core.mjs";
import { linear, product } from "./linear.core.mjs";
import { settingsOf } from "./net.core.mjs";
import { activate } from "./pointwise.core.mjs";
import { Stream, histogram, variance } from "./lib/num.mjs";

export const N = 100;
export const BINS = 49;
export const FLAT = 0.05;                                // a slope below it counts as saturated
export const NAMES = [
  "zeros", "constant", "small", "standard", "lecun", "glorot", "he", "orthogonal", "lsuv"];

// Weights ---------------------------------------------------------------------------------------------------

/** What initializeWeights() takes for W (D, H) of the named initializer, all weights times `gain`. */
export function specOf(name, gain, D) {
  const root = Math.sqrt(D);
  switch (name) {
    case "zeros": return { name };
    case "constant": return { name, val: gain / D };
    case "small": return { name: "normal", std: 0.01 * gain };
    case "standard": return { name: "uniform", a: -gain / root, b: gain / root };
    case "lecun": return { name: "normal", std: gain / root };
    case "glorot": return { name: "glorot_uniform", gain };
    case "he": return { name: "normal", std: gain * Math.sqrt(2 / D) };
    default: return { name: "orthogonal", gain: name === "lsuv" ? 1 : gain };
  }
}

/** sigma_w^2 = H Var(w) of a square layer; NaN where one number does not say it. */
export function weightVariance(name, gain, H) {
  const base = {
    zeros: 0, constant: NaN, small: 1e-4 * H, standard: 1 / 3, lecun: 1, glorot: 1, he: 2, orthogonal: 1,
    lsuv: NaN }[name];
  return base * gain ** 2;
}

/**
 * A square orthogonal W as initializeWeights() draws it, in slices: Gram-Schmidt on the columns, which lie in
 * one piece in Q.
 */
export function* orthogonalSlices(W, H, gain, rng, Q) {
  for (let i = 0; i < H; i++) for (let k = 0; k < H; k++) Q[k * H + i] = rng.normal();
  for (let k = 0; k < H; k++) {
    if (k % 32 === 0) yield;
    const v = k * H;
    for (let u = 0; u < v; u += H) {
      let dot = 0;
      for (let i = 0; i < H; i++) dot += Q[u + i] * Q[v + i];
      for (let i = 0; i < H; i++) Q[v + i] -= dot * Q[u + i];
    }
    let square = 0;
    for (let i = 0; i < H; i++) square += Q[v + i] ** 2;
    for (let i = 0, scale = 1 / Math.sqrt(square); i < H; i++) Q[v + i] *= scale;
  }
  for (let i = 0; i < H; i++) for (let k = 0; k < H; k++) W[i * H + k] = gain * Q[k * H + i];
}

/** What activate() and momentsAt() take. */
export const activationOf = (name) => ({ name, settings: settingsOf(name), entry: ACTIVATIONS[name] });

// Measured --------------------------------------------------------------------------------------------------

/** Room for `depth` layers of `width` units; a store that has enough is used again. */
export function makeStore(depth, width, old = null) {
  const size = depth * width * width, rows = depth * N * width;
  const store = old !== null && old.W.length >= size && old.S.length >= rows ? old : {
    W: new Float64Array(size), S: new Float64Array(rows), Q: new Float64Array(width * width),
    A: new Float64Array(N * width), Z: new Float64Array(N * width), G: new Float64Array(N * width) };
  if (store.A.length < N * width) {
    for (const name of ["A", "Z", "G"]) store[name] = new Float64Array(N * width);
  }
  if (store.Q.length < width * width) store.Q = new Float64Array(width * width);
  const column = () => new Float64Array(depth).fill(NaN);
  const counts = () => Array.from({ length: depth }, () => new Float64Array(BINS));
  store.result = {
    depth, width, done: false, forwardDone: 0, z: column(), a: column(), dz: column(), dead: column(),
    flat: column(), off: column(), alike: column(),
    zCounts: counts(), aCounts: counts(), dzCounts: counts(), zRange: [-4, 4], aRange: [-1, 1],
    dzRange: [-4, 4] };
  return store;
}

const finite = (X) => X.filter((x) => Number.isFinite(x) && x !== 0);
const span = (X) => 4 * (Math.sqrt(variance(X)) || 1);

/** Where f lies for z from -reach to reach, with a little room around it. */
export function imageOf(activation, reach) {
  const { f } = ACTIVATIONS[activation], s = settingsOf(activation);
  let low = Infinity, high = -Infinity;
  for (let i = 0; i <= 40; i++) {
    const y = f(reach * (i - 20) / 20, s);
    low = Math.min(low, y);
    high = Math.max(high, y);
  }
  return [low - 0.04 * (high - low), high + 0.04 * (high - low)];
}

/** Mean cosine of the angle between two different rows of Z (N, H). */
export function alikeness(Z, H) {
  const sum = new Float64Array(H);
  let rows = 0;
  for (let n = 0; n < N; n++) {
    let square = 0;
    for (let h = 0; h < H; h++) square += Z[n * H + h] ** 2;
    if (!(square > 0 && square < Infinity)) continue;
    rows++;
    for (let h = 0, scale = 1 / Math.sqrt(square); h < H; h++) sum[h] += Z[n * H + h] * scale;
  }
  let square = 0;
  for (let h = 0; h < H; h++) square += sum[h] ** 2;
  return rows > 1 ? (square - rows) / (rows * (rows - 1)) : NaN;
}

function* drawLayer({ initializer, gain }, W, H, rng, Q) {
  const spec = specOf(initializer, gain, H);
  if (spec.name === "orthogonal") yield* orthogonalSlices(W, H, spec.gain, rng, Q);
  else initializeWeights(spec, W, H, H, rng);
}

/** Scales W and its Z so that the variance of Z is gain^2: one step of LSUV. */
export function scaleToUnit(W, Z, gain) {
  const factor = gain / Math.sqrt(variance(Z));
  if (!(factor > 0 && factor < Infinity)) return;
  for (let i = 0; i < W.length; i++) W[i] *= factor;
  for (let i = 0; i < Z.length; i++) Z[i] *= factor;
}

/**
 * Fills store.result layer by layer, forward and then backward; each `yield` ends a slice of a few
 * milliseconds.
 *
 * @param settings { activation, initializer, gain, depth, width, seed }
 */
export function* measure(settings, store) {
  const { activation: name, depth, width: H, seed } = settings, { result } = store, rng = new Stream(seed);
  const activation = activationOf(name);
  const used = N * H, [A, Z, G] = [store.A, store.Z, store.G].map((array) => array.subarray(0, used));
  for (let i = 0; i < used; i++) A[i] = rng.normal();
  for (let l = 0; l < depth; l++) {
    const W = store.W.subarray(l * H * H, (l + 1) * H * H), S = store.S.subarray(l * used, (l + 1) * used);
    yield* drawLayer(settings, W, H, rng, store.Q);
    yield;
    linear(A, W, null, N, H, H, Z);
    if (settings.initializer === "lsuv") scaleToUnit(W, Z, settings.gain);
    yield;
    activate(activation, Z, A, S, used);
    lookForward(result, l, Z, A, S, name);
    yield;
  }
  for (let i = 0; i < used; i++) G[i] = rng.normal();
  for (let l = depth - 1; l >= 0; l--) {
    const W = store.W.subarray(l * H * H, (l + 1) * H * H), S = store.S.subarray(l * used, (l + 1) * used);
    for (let i = 0; i < used; i++) Z[i] = G[i] * S[i];
    lookBackward(result, l, Z);
    yield;
    if (l > 0) product(Z, H, 1, W, 1, H, null, N, H, H, G);
    yield;
  }
  result.done = true;
}

function lookForward(result, l, Z, A, S, name) {
  if (l === 0) {
    const reach = span(Z);
    result.zRange = [-reach, reach];
    result.aRange = imageOf(name, reach);
  }
  result.z[l] = variance(Z);
  result.a[l] = variance(A);
  result.dead[l] = deadShare(S, N, result.width);
  result.flat[l] = saturatedShare(S, FLAT);
  result.off[l] = A.reduce((count, a) => count + (a === 0), 0) / A.length;
  result.alike[l] = alikeness(Z, result.width);
  histogram(finite(Z), ...result.zRange, result.zCounts[l]);
  histogram(finite(A), ...result.aRange, result.aCounts[l]);
  result.forwardDone = l + 1;
}

function lookBackward(result, l, dZ) {
  if (l === result.depth - 1) result.dzRange = [-span(dZ), span(dZ)];
  result.dz[l] = variance(dZ);
  histogram(finite(dZ), ...result.dzRange, result.dzCounts[l]);
}

// Predicted -------------------------------------------------------------------------------------------------

// Gauss-Legendre with 8 nodes on each of the panels between EDGES, on both sides of 0: kinks at 0 do no harm,
// and the narrow panels see the steep part of a saturated function.
const EDGES = [0, 0.002, 0.006, 0.02, 0.06, 0.2, 0.5, 1, 1.5, 2, 3, 4, 5, 6, 8, 10];
const LEGENDRE = [
  [0.1834346424956498, 0.362683783378362], [0.525532409916329, 0.3137066458778873],
  [0.7966664774136267, 0.2223810344533745], [0.9602898564975363, 0.1012285362903763]];
const [NODES, WEIGHTS] = (() => {
  const nodes = [], weights = [];
  for (let p = 0; p + 1 < EDGES.length; p++) {
    const half = (EDGES[p + 1] - EDGES[p]) / 2, middle = EDGES[p] + half;
    for (const [x, w] of LEGENDRE) {
      for (const z of [middle - half * x, middle + half * x]) {
        const weight = half * w * Math.exp(-z * z / 2) / Math.sqrt(2 * Math.PI);
        nodes.push(z, -z);
        weights.push(weight, weight);
      }
    }
  }
  return [Float64Array.from(nodes), Float64Array.from(weights)];
})();
const ROOM = { Z: NODES.slice(), A: NODES.slice(), S: NODES.slice() };

/** Fills out with [E f(z)^2, (E f(z))^2, E f'(z)^2] for normal z of variance q. */
export function momentsAt(activation, q, out) {
  const { Z, A, S } = ROOM, size = Math.sqrt(q);
  for (let i = 0; i < Z.length; i++) Z[i] = size * NODES[i];
  activate(activation, Z, A, S, Z.length);
  let square = 0, mean = 0, slope = 0;
  for (let i = 0; i < Z.length; i++) {
    square += WEIGHTS[i] * A[i] * A[i];
    mean += WEIGHTS[i] * A[i];
    slope += WEIGHTS[i] * S[i] * S[i];
  }
  out[0] = square;
  out[1] = mean * mean;
  out[2] = slope;
  return out;
}

/**
 * The variance recursion:
 *
 *     q_1 = sigma_w^2, q_l = sigma_w^2 E f(z_(l-1))^2
 *     g_L = E f'(z_L)^2, g_l = sigma_w^2 E f'(z_l)^2 g_(l+1)
 *
 * @returns { z: q, a: Var f(z), dz: g }, each (depth,); NaN for equal weights
 */
export function predict({ activation: name, initializer, gain, depth, width }) {
  const activation = activationOf(name);
  const out = new Float64Array(3), z = new Float64Array(depth), a = z.slice(), dz = z.slice();
  const fixed = weightVariance(initializer, gain, width), scale = z.slice(), slopes = z.slice();
  for (let l = 0, before = 1; l < depth; l++) {
    scale[l] = initializer === "lsuv" ? gain ** 2 / before : fixed;
    z[l] = scale[l] * before;
    momentsAt(activation, z[l], out);
    before = out[0];
    a[l] = Math.max(out[0] - out[1], 0);
    slopes[l] = out[2];
  }
  for (let l = depth - 1; l >= 0; l--) dz[l] = slopes[l] * (l === depth - 1 ? 1 : scale[l + 1] * dz[l + 1]);
  return { z, a, dz };
}

/**
 * out[l] = log10 of the predicted variance of the gradient in the first layer over that in the last, for a
 * network of l + 1 layers; the same sigma_w^2 in all of them.
 */
export function gradientColumn(name, sigma2, out) {
  const activation = activationOf(name), moments = new Float64Array(3);
  let q = sigma2;
  out[0] = 0;
  for (let l = 1; l < out.length; l++) {
    momentsAt(activation, q, moments);
    out[l] = out[l - 1] + Math.log10(sigma2 * moments[2]);
    q = sigma2 * moments[0];
  }
  return out;
}

// The verdict -----------------------------------------------------------------------------------------------

/** By which power of ten the size (not the variance) of the signal and of the gradient changes on its way. */
export function changes({ z, dz, depth }) {
  const ratio = (end, start) => (start === 0 ? -Infinity : Math.log10(end / start) / 2);
  return [ratio(z[depth - 1], z[0]), ratio(dz[0], dz[depth - 1])];
}

/** What is the matter, in one word. */
export function diagnose(result, initializer) {
  if (initializer === "zeros" || initializer === "constant") return "equal";
  const [ahead, back] = changes(result);
  if (ahead !== ahead || back !== back || ahead === Infinity || back === Infinity) return "overflow";
  if (back < -2) return "vanishing";
  if (back > 2) return "exploding";
  if (result.alike[result.depth - 1] > 0.99) return "alike";
  return Math.abs(back) > 0.7 ? "uneven" : "healthy";
}
