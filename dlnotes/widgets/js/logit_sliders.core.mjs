// Softmax, cross-entropy and their gradient for one example: the twin of dlnotes/widgets/logit_sliders.py.
// `state` has logits (an array of C numbers), target, temperature and double.

import { softmax } from "./loss.core.mjs";

export const LETTERS = "ABCDE";
export const REACH = 10;

const MOST = 5;
const z = new Float64Array(MOST), p = new Float64Array(MOST), q = new Float64Array(MOST);

// Fills p, and with `double` q, the softmax of p; returns the one that counts.
function both({ logits, temperature, double }) {
  const C = logits.length;
  for (let k = 0; k < C; k++) z[k] = logits[k] / temperature;
  softmax(z, 1, C, p);
  if (!double) return p;
  softmax(p, 1, C, q);
  return q;
}

// out[k]: the probability of class k.
export function probabilities(state, out) {
  const found = both(state);
  for (let k = 0; k < state.logits.length; k++) out[k] = found[k];
  return out;
}

// -log of the probability of the target, from the scores that the last softmax takes, so that nothing underflows.
export function loss(state) {
  both(state);
  const C = state.logits.length, scores = state.double ? p : z;
  let top = -Infinity, sum = 0;
  for (let k = 0; k < C; k++) top = Math.max(top, scores[k]);
  for (let k = 0; k < C; k++) sum += Math.exp(scores[k] - top);
  return Math.log(sum) + (top - scores[state.target]);
}

// out[k]: the derivative of the loss by logit k.
export function gradient(state, out) {
  const found = both(state), C = state.logits.length;
  let sum = 0;
  for (let k = 0; k < C; k++) {
    out[k] = found[k] - (k === state.target ? 1 : 0);
    sum += out[k] * p[k];
  }
  for (let k = 0; k < C; k++) out[k] = (state.double ? p[k] * (out[k] - sum) : out[k]) / state.temperature;
  return out;
}

// The least loss that is left with a second softmax, for C classes.
export function floor(C) {
  return Math.log1p((C - 1) / Math.E);
}

// The logits after so many steps of gradient descent on them.
export function descend(state, lr, steps) {
  const logits = [...state.logits], slope = new Float64Array(MOST);
  for (let i = 0; i < steps; i++) {
    gradient({ ...state, logits }, slope);
    for (let k = 0; k < logits.length; k++) logits[k] -= lr * slope[k];
  }
  return logits;
}

// out[i]: the loss with at[i] as the logit of the right class, the other logits as they are.
export function curve(state, at, out) {
  const moved = { ...state, logits: [...state.logits] };
  for (let i = 0; i < at.length; i++) {
    moved.logits[state.target] = at[i];
    out[i] = loss(moved);
  }
  return out;
}
