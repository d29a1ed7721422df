// Small graphs, features that travel over them, and what is left of their differences: the twin of graphs.py.
// Places stand as [x, y, x, y, ...] from 0 to 1 (y upwards), edges as [i, j, i, j, ...].

import { normalizeAdjacency } from "./layers.core.mjs";
import { linear, product } from "./linear.core.mjs";
import { Stream } from "./lib/num.mjs";

export const DEPTH = 32;                                 // layers of message passing
export const MOST = 40;                                  // nodes
export const MOST_EDGES = 300;
const SQUARINGS = 40;                                    // 2^40 steps of the power method
const KARATE_EDGES = [
  [1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 17, 19, 21, 31], [2, 3, 7, 13, 17, 19, 21, 30],
  [3, 7, 8, 9, 13, 27, 28, 32], [7, 12, 13], [6, 10], [6, 10, 16], [16], [], [30, 32, 33], [33], [], [], [],
  [33], [32, 33], [32, 33], [], [], [32, 33], [33], [32, 33], [], [32, 33], [25, 27, 29, 32, 33], [25, 27, 31],
  [31], [29, 33], [33], [31, 33], [32, 33], [32, 33], [32, 33], [33], []];
const KARATE_PLACES = [
  0.5, 0.61, 0.65, 0.57, 0.47, 0.44, 0.4, 0.56, 0.36, 0.7, 0.37, 0.82, 0.53, 0.79, 0.29, 0.55, 0.67, 0.42, 0.48,
  0.3, 0.22, 0.72, 0.66, 0.78, 0.16, 0.63, 0.58, 0.48, 0.95, 0.33, 0.94, 0.22, 0.39, 0.95, 0.75, 0.7, 0.85, 0.15,
  0.76, 0.49, 0.75, 0.11, 0.85, 0.65, 0.63, 0.13, 0.33, 0.18, 0.05, 0.27, 0.08, 0.38, 0.55, 0.05, 0.26, 0.3, 0.37,
  0.29, 0.47, 0.13, 0.84, 0.4, 0.36, 0.41, 0.7, 0.29, 0.59, 0.26];
const KARATE_SIDES = "0000000001000011001010111111111111";

// Presets ---------------------------------------------------------------------------------------------------

const range = (n) => Array.from({ length: n }, (_, i) => i);
const circle = (count, x, y, radius, turn = 0.25) => range(count).flatMap((i) => {
  const angle = 2 * Math.PI * (turn + i / count);
  return [x + radius * Math.cos(angle), y + radius * Math.sin(angle)];
});
const pairs = (n, keep) => range(n).flatMap((i) => range(n).filter((j) => j > i && keep(i, j)).flatMap((j) => [i, j]));

const MAKERS = {
  path: () => [
    range(8).flatMap((i) => [0.08 + 0.84 * i / 7, 0.5 + (i % 2 ? 0.14 : -0.14)]),
    range(7).flatMap((i) => [i, i + 1]), null, 0, 7],
  ring: () => [circle(10, 0.5, 0.5, 0.38), range(10).flatMap((i) => [i, (i + 1) % 10]), null, 0, 5],
  star: () => [[0.5, 0.5, ...circle(8, 0.5, 0.5, 0.38)], range(8).flatMap((i) => [0, i + 1]), null, 1, 5],
  communities: () => {
    const stream = new Stream(1), u = Array.from({ length: 256 }, () => stream.uniform());
    return [
      [...circle(8, 0.25, 0.5, 0.2), ...circle(8, 0.75, 0.5, 0.2)],
      pairs(16, (i, j) => u[16 * i + j] < (i >> 3 === j >> 3 ? 0.45 : 0.05)), range(16).map((i) => i >> 3), 0, 8];
  },
  barbell: () => [
    [...circle(5, 0.2, 0.5, 0.15, 0.2), 0.44, 0.5, 0.56, 0.5, ...circle(5, 0.8, 0.5, 0.15, 0.5)],
    [...pairs(5, () => true), 4, 5, 5, 6, 6, 7, ...pairs(5, () => true).map((i) => i + 7)],
    range(12).map((i) => (i < 6 ? 0 : 1)), 2, 9],
  karate: () => [
    KARATE_PLACES, KARATE_EDGES.flatMap((row, i) => row.flatMap((j) => [i, j])), [...KARATE_SIDES].map(Number), 0, 33],
};
export const PRESETS = Object.keys(MAKERS);

/** A graph to begin with: { places, edges, labels, truth }, label and true side of each node, -1 for none. */
export function preset(name) {
  const [places, edges, truth, a, b] = MAKERS[name](), N = places.length / 2;
  const labels = Array(N).fill(-1);
  [labels[a], labels[b]] = [0, 1];
  return { places: [...places], edges, labels, truth: truth ?? Array(N).fill(-1) };
}

const listed = (list, low, high) => (
  Array.isArray(list) && list.every((v) => Number.isInteger(v) && v >= low && v <= high));

/** Whether four lists are a graph that can be drawn. */
export function fits({ places, edges, labels, truth }) {
  const N = places?.length / 2;
  if (!Array.isArray(places) || !(N >= 1 && N <= MOST && Number.isInteger(N))) return false;
  if (!places.every((v) => v >= 0 && v <= 1) || !listed(edges, 0, N - 1) || edges.length % 2) return false;
  if (edges.length > 2 * MOST_EDGES || edges.some((v, k) => k % 2 && v === edges[k - 1])) return false;
  return [labels, truth].every((list) => listed(list, -1, 1) && list.length === N);
}

/** A (N, N). */
export function adjacency(edges, N) {
  const A = new Float64Array(N * N);
  for (let k = 0; k < edges.length; k += 2) {
    A[edges[k] * N + edges[k + 1]] = A[edges[k + 1] * N + edges[k]] = 1;
  }
  return A;
}

// Features --------------------------------------------------------------------------------------------------

/** How many numbers a node has. */
export const channels = (kind) => ({ one: 1, two: 2, random: 3 })[kind];

/** H_0 (N, C), from 0 to 1: where A is; where A and B are; or three random channels. */
export function features(kind, labels, seed) {
  const C = channels(kind), H = new Float64Array(labels.length * C), stream = new Stream(seed);
  for (let k = 0; k < H.length; k++) {
    H[k] = kind === "random" ? stream.uniform() : Number(labels[Math.floor(k / C)] === k % C);
  }
  return H;
}

/** H, A_hat H, A_hat^2 H, ...: depth + 1 arrays (N, C). */
export function layers(Ahat, H, N, C, depth = DEPTH) {
  const all = [H];
  for (let l = 0; l < depth; l++) {
    all.push(new Float64Array(N * C));
    linear(Ahat, all[l], null, N, N, C, all[l + 1]);
  }
  return all;
}

// What is left of the differences ---------------------------------------------------------------------------

/** The number of each node's connected component, from 0. */
export function components(A, N) {
  const group = new Int32Array(N).fill(-1);
  let count = 0;
  for (let start = 0; start < N; start++) {
    if (group[start] >= 0) continue;
    const waiting = [start];
    group[start] = count;
    while (waiting.length) {
      const i = waiting.pop();
      for (let j = 0; j < N; j++) {
        if (A[i * N + j] > 0 && group[j] < 0) { group[j] = count; waiting.push(j); }
      }
    }
    count++;
  }
  return group;
}

// Row sums of a high power of A_hat + c I, each component scaled to a largest entry of 1 on the way.
function leading(Ahat, degree, group, N) {
  let M = Float64Array.from(Ahat), next = new Float64Array(N * N);
  const c = Math.max(...degree, 1), top = new Float64Array(N);
  for (let i = 0; i < N; i++) M[i * N + i] += c;
  for (let k = 0; k < SQUARINGS; k++) {
    product(M, N, 1, M, N, 1, null, N, N, N, next);
    top.fill(0);
    for (let i = 0; i < N * N; i++) {
      const g = group[Math.floor(i / N)];
      if (next[i] > top[g]) top[g] = next[i];
    }
    for (let i = 0; i < N * N; i++) next[i] /= top[group[Math.floor(i / N)]];
    [M, next] = [next, M];
  }
  return degree.map((_, i) => M.subarray(i * N, (i + 1) * N).reduce((sum, v) => sum + v, 0));
}

/** { u (N,), group }: the direction of length 1 that many layers leave over in each component. */
export function dominant(A, N, selfLoops, mode) {
  const group = components(A, N), Ahat = normalizeAdjacency(A, N, selfLoops), degree = new Float64Array(N);
  for (let i = 0; i < N * N; i++) degree[Math.floor(i / N)] += Ahat[i];
  const u = mode === "row" ? degree.map(() => 1) : mode === "none" ? leading(Ahat, degree, group, N)
    : degree.map(Math.sqrt);
  const square = new Float64Array(N);
  u.forEach((v, i) => { square[group[i]] += v * v; });
  return { u: u.map((v, i) => v / (Math.sqrt(square[group[i]]) || 1)), group };
}

/** ||H - P H|| / ||H||, how far H (N, C) is from the dominant directions; NaN where H is 0. */
export function difference(H, N, C, { u, group }) {
  let size = 0, away = 0;
  const along = new Float64Array(N);
  for (let c = 0; c < C; c++) {
    along.fill(0);
    for (let i = 0; i < N; i++) along[group[i]] += u[i] * H[i * C + c];
    for (let i = 0; i < N; i++) {
      size += H[i * C + c] ** 2;
      away += (H[i * C + c] - u[i] * along[group[i]]) ** 2;
    }
  }
  return Math.sqrt(away) / Math.sqrt(size);
}

/** ||H||: the root of the sum of squares. */
export const size = (H) => Math.sqrt(H.reduce((sum, v) => sum + v * v, 0));
