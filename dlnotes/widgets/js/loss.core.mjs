// Losses of a network's output, as the mean over a batch, and the penalty on its weights: the twin of
// dlnotes/ops (regression_losses, binary_losses, class_losses, penalties), which says why each form is
// stable. Y (N, C) is the output; y is a Float64Array: (N, C) targets, or (N,) class numbers for
// softmax_cross_entropy.

import { unknown } from "./check.core.mjs";
import { sigmoid, softplus } from "./activations.core.mjs";

/** mean of (Y - y)^2 over all N * C numbers, times `factor` */
function squares(Y, y, count, factor) {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += (Y[i] - y[i]) ** 2;
  return factor * sum / count;
}

function squaresBackward(Y, y, count, factor, dY) {
  const scale = 2 * factor / count;
  for (let i = 0; i < count; i++) dY[i] = scale * (Y[i] - y[i]);
}

/** mean of y log(1 + e^-z) + (1 - y) log(1 + e^z), z the scores: the logistic loss, for y in [0, 1] */
function logistic(Z, y, count) {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += y[i] * softplus(-Z[i]) + (1 - y[i]) * softplus(Z[i]);
  return sum / count;
}

function logisticBackward(Z, y, count, dZ) {
  for (let i = 0; i < count; i++) dZ[i] = ((1 - y[i]) * sigmoid(Z[i]) - y[i] * sigmoid(-Z[i])) / count;
}

function greatest(Z, start, end) {
  let top = -Infinity;
  for (let i = start; i < end; i++) top = Math.max(top, Z[i]);
  return top;
}

/**
 * P[n, c] = e^z[n, c] / sum over k of e^z[n, k], with the greatest score of a row subtracted.
 *
 * @param Z, P (N, C)
 */
export function softmax(Z, N, C, P) {
  for (let start = 0; start < N * C; start += C) {
    const end = start + C, top = greatest(Z, start, end);
    let sum = 0;
    for (let i = start; i < end; i++) sum += P[i] = Math.exp(Z[i] - top);
    for (let i = start; i < end; i++) P[i] /= sum;
  }
}

/** mean over n of log(sum over k of e^(z[n, k] - top)) + top - z[n, y[n]] */
function crossEntropy(Z, y, N, C) {
  let loss = 0;
  for (let n = 0, start = 0; n < N; n++, start += C) {
    const top = greatest(Z, start, start + C);
    let sum = 0;
    for (let i = start; i < start + C; i++) sum += Math.exp(Z[i] - top);
    loss += Math.log(sum) + (top - Z[start + y[n]]);
  }
  return loss / N;
}

function crossEntropyBackward(Z, y, N, C, dZ) {
  softmax(Z, N, C, dZ);
  for (let n = 0; n < N; n++) dZ[n * C + y[n]] -= 1;
  for (let i = 0; i < N * C; i++) dZ[i] /= N;
}

/**
 * The losses by their Python names. half_mse is that of TF Playground: its gradient is (Y - y) / (N C).
 */
export const LOSSES = ["mse", "half_mse", "binary_cross_entropy_with_logits", "softmax_cross_entropy"];

/** Mean loss of N examples with C outputs each. */
export function lossValue(name, Y, y, N, C) {
  switch (name) {
    case "mse": return squares(Y, y, N * C, 1);
    case "half_mse": return squares(Y, y, N * C, 0.5);
    case "binary_cross_entropy_with_logits": return logistic(Y, y, N * C);
    case "softmax_cross_entropy": return crossEntropy(Y, y, N, C);
    default: throw unknown(LOSSES, name, "the loss");
  }
}

/** dY = the gradient of the mean loss with respect to Y.  @param dY (N, C), written */
export function lossBackward(name, Y, y, N, C, dY) {
  switch (name) {
    case "mse": return squaresBackward(Y, y, N * C, 1, dY);
    case "half_mse": return squaresBackward(Y, y, N * C, 0.5, dY);
    case "binary_cross_entropy_with_logits": return logisticBackward(Y, y, N * C, dY);
    case "softmax_cross_entropy": return crossEntropyBackward(Y, y, N, C, dY);
    default: throw unknown(LOSSES, name, "the loss");
  }
}

/** Share of examples whose class is right; targets of the squared losses are -1 and 1, one output. */
export function accuracy(name, Y, y, N, C) {
  let right = 0;
  if (name === "softmax_cross_entropy") {
    for (let n = 0; n < N; n++) {
      let best = 0;
      for (let c = 1; c < C; c++) if (Y[n * C + c] > Y[n * C + best]) best = c;
      if (best === y[n]) right++;
    }
    return right / N;
  }
  const middle = name === "binary_cross_entropy_with_logits" ? 0.5 : 0;
  for (let i = 0; i < N * C; i++) if (Y[i] > 0 === y[i] > middle) right++;
  return right / (N * C);
}

/**
 * sum over w of lam1 |w| + lam2 w^2 / 2: L1 and L2 penalty together, either lam may be 0.
 *
 * @param W any shape
 */
export function elasticNet(W, lam1, lam2) {
  let sum = 0;
  for (let i = 0; i < W.length; i++) sum += lam1 * Math.abs(W[i]) + lam2 / 2 * W[i] * W[i];
  return sum;
}

/** dW += lam1 sign(w) + lam2 w */
export function addElasticNetBackward(W, lam1, lam2, dW) {
  for (let i = 0; i < W.length; i++) dW[i] += lam1 * Math.sign(W[i]) + lam2 * W[i];
}
