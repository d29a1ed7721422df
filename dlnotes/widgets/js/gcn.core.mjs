// A graph network of two layers on the node numbers (X = I), and its training, wound back and forth: the twin
// of gcn.py.  Z1 = A_hat W1 + b1,  A1 = relu(Z1),  Z2 = A_hat A1 W2 + b2.

import { createHistory, remember, restoreBefore } from "./history.core.mjs";
import { initializeWeights } from "./initializers.core.mjs";
import { linear, linearBackward, product } from "./linear.core.mjs";
import { createOptimizer, update } from "./optim.core.mjs";
import { Stream } from "./lib/num.mjs";

const GLOROT = { name: "glorot_uniform" };

// W1 (N, H), b1, W2 (H, 2), b2 as views of one row of numbers.
function views(row, N, H) {
  const a = N * H, b = a + H, c = b + 2 * H;
  return [row.subarray(0, a), row.subarray(a, b), row.subarray(b, c), row.subarray(c)];
}

/** The network with its first weights, all arrays that a step fills, and its run at step 0. */
export function createGcn({ Ahat, N, hidden: H, seed, labels, lr, steps }) {
  const count = N * H + H + 2 * H + 2, params = new Float64Array(count), grads = new Float64Array(count);
  const weights = views(params, N, H), stream = new Stream(seed), room = (C) => new Float64Array(N * C);
  initializeWeights(GLOROT, weights[0], N, H, stream);
  initializeWeights(GLOROT, weights[2], H, 2, stream);
  const gcn = {
    net: { params, grads }, weights, slopes: views(grads, N, H), optimizer: createOptimizer("adam", count), Ahat, N, H,
    labels, lr, known: labels.filter((y) => y >= 0).length, step: 0, epoch: 0, place: 0,
    losses: new Float64Array(steps + 1).fill(NaN),
    Z1: room(H), A1: room(H), M: room(H), Z2: room(2), P: room(2), dZ2: room(2), dM: room(H), dZ1: room(H) };
  gcn.history = createHistory(gcn, 64);
  return gcn;
}

/** Fills Z1, A1, M = A_hat A1, the scores Z2 (N, 2) and the probabilities P (N, 2). */
export function forward({ weights: [W1, b1, W2, b2], Ahat, N, H, Z1, A1, M, Z2, P }) {
  linear(Ahat, W1, b1, N, N, H, Z1);
  for (let k = 0; k < N * H; k++) A1[k] = Z1[k] > 0 ? Z1[k] : 0;
  linear(Ahat, A1, null, N, N, H, M);
  linear(M, W2, b2, N, H, 2, Z2);
  for (let i = 0; i < N; i++) {
    P[2 * i + 1] = 1 / (1 + Math.exp(Z2[2 * i] - Z2[2 * i + 1]));
    P[2 * i] = 1 / (1 + Math.exp(Z2[2 * i + 1] - Z2[2 * i]));
  }
}

/** Mean cross-entropy of the labelled nodes after forward(); 0 without labels. */
export function loss({ labels, known, Z2, N }) {
  let sum = 0;
  for (let i = 0; i < N; i++) {
    if (labels[i] < 0) continue;
    const gap = Z2[2 * i + 1 - labels[i]] - Z2[2 * i + labels[i]];         // softplus of what the other side is ahead
    sum += Math.max(gap, 0) + Math.log1p(Math.exp(-Math.abs(gap)));
  }
  return sum / Math.max(known, 1);
}

/** After forward(): fills net.grads with the gradient of loss(). */
export function backward({ weights, slopes, Ahat, N, H, labels, known, Z1, M, P, dZ2, dM, dZ1 }) {
  for (let k = 0; k < 2 * N; k++) {
    const y = labels[k >> 1];
    dZ2[k] = y < 0 ? 0 : (P[k] - Number(y === k % 2)) / known;
  }
  linearBackward(dZ2, M, weights[2], N, H, 2, dM, slopes[2], slopes[3]);
  product(Ahat, 1, N, dM, H, 1, null, N, N, H, dZ1);                       // back along the edges: A_hat.T dM
  for (let k = 0; k < N * H; k++) if (!(Z1[k] > 0)) dZ1[k] = 0;
  linearBackward(dZ1, Ahat, weights[0], N, N, H, null, slopes[0], slopes[1]);
}

/** One step of Adam on all labelled nodes; its loss is kept. Allocates nothing. */
export function trainStep(gcn) {
  forward(gcn);
  gcn.losses[gcn.step] = loss(gcn);
  backward(gcn);
  update(gcn.optimizer, gcn.lr, gcn.net.params, gcn.net.grads);
  gcn.step++;
  remember(gcn);
}

/** To step k with exactly its weights; afterwards the pass and the loss there are filled. */
export function goTo(gcn, k) {
  if (k < gcn.step) restoreBefore(gcn, k);
  while (gcn.step < k) trainStep(gcn);
  forward(gcn);
  gcn.losses[k] = loss(gcn);
}

/** [how many nodes without a label are on their true side, how many of them there are], after forward(). */
export function right({ labels, Z2, N }, truth) {
  let good = 0, asked = 0;
  for (let i = 0; i < N; i++) {
    if (labels[i] >= 0 || truth[i] < 0) continue;
    asked++;
    good += Number(Number(Z2[2 * i + 1] > Z2[2 * i]) === truth[i]);
  }
  return [good, asked];
}
