// Activation functions on whole arrays, with their slopes: what a layer of net.core.mjs calls. The functions
// themselves stand in activations.core.mjs. Those that most networks use have a loop of their own, since a
// loop that always calls the same function runs several times faster than one that calls whichever it is
// given.

import {
  identity, relu, reluBackward, sigmoid, sigmoidBackward, tanh, tanhBackward,
} from "./activations.core.mjs";

/**
 * A = f(Z) and, where S is an array, S = f'(Z).
 *
 * @param activation { name, settings, entry }: a key of ACTIVATIONS, the numbers that it takes, what stands
 *   there
 * @param Z, A, S arrays of at least `count` numbers; S may be null
 */
export function activate(activation, Z, A, S, count) {
  switch (activation.name) {
    case "identity": return activateIdentity(Z, A, S, count);
    case "relu": return activateRelu(Z, A, S, count);
    case "sigmoid": return activateSigmoid(Z, A, S, count);
    case "tanh": return activateTanh(Z, A, S, count);
    default: return activateAny(activation, Z, A, S, count);
  }
}

function activateIdentity(Z, A, S, count) {
  for (let i = 0; i < count; i++) {
    A[i] = identity(Z[i]);
    if (S !== null) S[i] = 1;
  }
}

function activateRelu(Z, A, S, count) {
  for (let i = 0; i < count; i++) {
    A[i] = relu(Z[i]);
    if (S !== null) S[i] = reluBackward(1, Z[i]);
  }
}

function activateSigmoid(Z, A, S, count) {
  for (let i = 0; i < count; i++) {
    A[i] = sigmoid(Z[i]);
    if (S !== null) S[i] = sigmoidBackward(1, Z[i]);
  }
}

function activateAny({ entry: { f, backward }, settings }, Z, A, S, count) {
  for (let i = 0; i < count; i++) {
    A[i] = f(Z[i], settings);
    if (S !== null) S[i] = backward(1, Z[i], settings);
  }
}

// tanh and its slope at -20, ..., -1/64, 0, 1/64, ..., 20: the two tables of activateTanh.
const PER_UNIT = 64, LAST = 20, MIDDLE = LAST * PER_UNIT;
const COARSE = 1.5 * 2 ** 52 / PER_UNIT;    // doubles of this size are 1/64 apart, so x + COARSE is rounded
const TANH = Float64Array.from({ length: 2 * MIDDLE + 1 }, (_, i) => tanh((i - MIDDLE) / PER_UNIT));
const SLOPE = Float64Array.from(TANH, (_, i) => tanhBackward(1, (i - MIDDLE) / PER_UNIT));

/**
 * tanh by its addition formula, about four times as fast as Math.tanh: with x = a + r, a in the table, |r| <=
 * 1/128,
 *
 *     t = tanh a,   u = tanh r = r - r^3/3 + 2 r^5/15 - 17 r^7/315 (+ less than 1e-20)
 *     tanh x = (t + u) / (1 + t u),        tanh'x = tanh'a (1 - u^2) / (1 + t u)^2
 *
 * Nothing cancels, so both are right to a relative error of 2e-15, in the saturated tails too; from |x| = 20
 * on tanh is 1 to the last digit.
 */
export function activateTanh(Z, A, S, count) {
  let far = false;
  for (let i = 0; i < count; i++) {
    const x = Math.min(Math.max(Z[i], -LAST), LAST);
    const a = (x + COARSE) - COARSE, place = (a * PER_UNIT + MIDDLE) | 0, r = x - a, q = r * r;
    const t = TANH[place];
    const u = r * (1 - q * (1 / 3 - q * (2 / 15 - q * (17 / 315)))), shrink = 1 / (1 + t * u);
    A[i] = (t + u) * shrink;
    if (S !== null) {
      S[i] = SLOPE[place] * (1 - u * u) * shrink * shrink;
      far ||= x !== Z[i];
    }
  }
  if (far) farSlopes(Z, S, count);
}

// In a function of its own: a call to Math.exp within the loop above would slow it down even where it is
// never made.
function farSlopes(Z, S, count) {
  for (let i = 0; i < count; i++) if (Math.abs(Z[i]) > LAST) S[i] = tanhBackward(1, Z[i]);
}
