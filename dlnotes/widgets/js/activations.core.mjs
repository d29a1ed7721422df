// Activation functions and their derivatives: the twin of dlnotes/ops/activations.py, number by number.
// fBackward(dY, x) is the chain rule dY * f'(x); why each form is stable is said there.

import { clamp, erfc } from "./lib/num.mjs";

const LARGEST = Number.MAX_VALUE;
const damped = (x, gate) => (gate === 0 ? 0 : x * gate);      // 0 also where x is infinite

export const identity = (x) => x;
export const identityBackward = (dY) => dY;

export const step = (x) => (x >= 0 ? 1 : x < 0 ? 0 : NaN);
export const stepBackward = () => 0;

export const sign = (x) => Math.sign(x);
export const signBackward = () => 0;

export const absolute = (x) => Math.abs(x);
export const absoluteBackward = (dY, x) => dY * Math.sign(x);

// Sigmoidal functions: bounded on both sides

export const sigmoid = (x) => Math.exp(Math.min(x, 0)) / (1 + Math.exp(-Math.abs(x)));
export const sigmoidBackward = (dY, x) => dY * sigmoid(x) * sigmoid(-x);

export const tanh = (x) => Math.tanh(x);
export function tanhBackward(dY, x) {
  const e = Math.exp(-Math.abs(x));
  return dY * (2 * e / (1 + e * e)) ** 2;
}

export const bipolarSigmoid = (x) => Math.tanh(x / 2);
export const bipolarSigmoidBackward = (dY, x) => 2 * sigmoidBackward(dY, x);

export const hardTanh = (x) => clamp(x, -1, 1);
export const hardTanhBackward = (dY, x) => dY * (Math.abs(x) < 1 ? 1 : 0);

export function softsign(x) {
  const finite = clamp(x, -LARGEST, LARGEST);
  return finite / (1 + Math.abs(finite));
}
export const softsignBackward = (dY, x) => dY * (1 / (1 + Math.abs(x))) ** 2;

// The ReLU family: the identity for x > 0

export const relu = (x) => Math.max(x, 0);
export const reluBackward = (dY, x) => dY * (x > 0 ? 1 : 0);

export const leakyRelu = (x, alpha = 0.01) => Math.max(x, 0) + alpha * Math.min(x, 0);
export const leakyReluBackward = (dY, x, alpha = 0.01) => (x > 0 ? dY : alpha * dY);

export const prelu = leakyRelu;
export const preluBackward = leakyReluBackward;               // dX alone; the widgets learn no slope

export const rrelu = (x, slope = (1 / 8 + 1 / 3) / 2) => leakyRelu(x, slope);
export const rreluBackward = (dY, x, slope = (1 / 8 + 1 / 3) / 2) => leakyReluBackward(dY, x, slope);

export const elu = (x, alpha = 1) => Math.max(x, 0) + alpha * Math.expm1(Math.min(x, 0));
export const eluBackward = (dY, x, alpha = 1) => (x > 0 ? dY : dY * alpha * Math.exp(Math.min(x, 0)));

// Smooth functions near the identity

export function softplus(x, beta = 1) {
  const z = beta * x;
  return (Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)))) / beta;
}
export const softplusBackward = (dY, x, beta = 1) => dY * sigmoid(beta * x);

export function bentIdentity(x) {
  const finite = clamp(x, -LARGEST, LARGEST);
  return x * (1 + finite / (Math.hypot(finite, 1) + 1) / 2);
}
export function bentIdentityBackward(dY, x) {
  const finite = clamp(x, -LARGEST, LARGEST);
  return dY * (finite / Math.hypot(finite, 1) / 2 + 1);
}

// Gated functions: x times a gate that climbs from 0 to 1

export const swish = (x, beta = 1) => damped(x, sigmoid(beta * x));
export function swishBackward(dY, x, beta = 1) {
  const z = beta * x;
  return dY * (sigmoid(z) + damped(z, sigmoid(z) * sigmoid(-z)));
}

export const mish = (x) => damped(x, Math.tanh(softplus(x)));
export function mishBackward(dY, x) {
  const t = Math.tanh(softplus(x));
  return dY * (t + damped(x, (1 - t * t) * sigmoid(x)));
}

const normalCdf = (x) => erfc(-clamp(x, -40, 40) / Math.SQRT2) / 2;
export const gelu = (x) => damped(x, normalCdf(x));
export function geluBackward(dY, x) {
  const z = clamp(x, -40, 40);
  return dY * (normalCdf(x) + damped(x, Math.exp(-z * z / 2) / Math.sqrt(2 * Math.PI)));
}

// A bump and an explosion

function fromCentre(x, x0, root) {
  return root * clamp(x - x0, -40 / root, 40 / root);
}
export function rbf(x, x0 = 0, beta = 1) {
  const d = fromCentre(x, x0, Math.sqrt(beta));
  return Math.exp(-d * d);
}
export function rbfBackward(dY, x, x0 = 0, beta = 1) {
  const root = Math.sqrt(beta);
  const d = fromCentre(x, x0, root);
  return dY * (-2 * root * d * Math.exp(-d * d));
}

export const exponential = (x) => Math.exp(x);
export const exponentialBackward = (dY, x) => damped(Math.exp(x), dY);

// All of them by their Python names, with the settings that they take, as value(name, x, settings) wants
// them.
const plain = (f, backward) => ({ f: (x) => f(x), backward: (dY, x) => backward(dY, x), takes: [] });
const withAlpha = (f, backward) => ({
  f: (x, s) => f(x, s.alpha), backward: (dY, x, s) => backward(dY, x, s.alpha), takes: ["alpha"] });
const withBeta = (f, backward) => ({
  f: (x, s) => f(x, s.beta), backward: (dY, x, s) => backward(dY, x, s.beta), takes: ["beta"] });

export const ACTIVATIONS = {
  identity: plain(identity, identityBackward),
  step: plain(step, stepBackward),
  sign: plain(sign, signBackward),
  sigmoid: plain(sigmoid, sigmoidBackward),
  tanh: plain(tanh, tanhBackward),
  bipolar_sigmoid: plain(bipolarSigmoid, bipolarSigmoidBackward),
  hard_tanh: plain(hardTanh, hardTanhBackward),
  softsign: plain(softsign, softsignBackward),
  rbf: {
    f: (x, s) => rbf(x, s.x0, s.beta), backward: (dY, x, s) => rbfBackward(dY, x, s.x0, s.beta),
    takes: ["beta", "x0"] },
  exponential: plain(exponential, exponentialBackward),
  relu: plain(relu, reluBackward),
  leaky_relu: withAlpha(leakyRelu, leakyReluBackward),
  rrelu: {                                     // as at test time: the mean of the slopes that it draws from
    f: (x, s) => rrelu(x, (s.lower + s.upper) / 2),
    backward: (dY, x, s) => rreluBackward(dY, x, (s.lower + s.upper) / 2), takes: ["lower", "upper"] },
  prelu: withAlpha(prelu, preluBackward),
  elu: withAlpha(elu, eluBackward),
  swish: withBeta(swish, swishBackward),
  mish: plain(mish, mishBackward),
  gelu: plain(gelu, geluBackward),
  softplus: withBeta(softplus, softplusBackward),
  bent_identity: plain(bentIdentity, bentIdentityBackward),
  absolute: plain(absolute, absoluteBackward),
};

export const value = (name, x, settings) => ACTIVATIONS[name].f(x, settings);
export const slope = (name, x, settings) => ACTIVATIONS[name].backward(1, x, settings);

// Where |f'| < threshold: intervals [start, end] in [low, high], found on a grid and refined by halving.
export function saturationZones(name, settings, threshold, low, high, grid = 5001) {
  const inside = (x) => Math.abs(slope(name, x, settings)) < threshold;
  const at = (i) => low + (high - low) / (grid - 1) * i;
  const edges = inside(low) ? [low] : [];
  for (let i = 1, before = inside(low); i < grid; i++) {
    const now = inside(at(i));
    if (now !== before) edges.push(edge(inside, at(i - 1), at(i)));
    before = now;
  }
  if (edges.length % 2) edges.push(high);
  const zones = [];
  for (let i = 0; i < edges.length; i += 2) {
    if (edges[i + 1] - edges[i] > 1e-9) zones.push([edges[i], edges[i + 1]]);      // no single points
  }
  return zones;
}

function edge(inside, a, b) {
  const start = inside(a);
  for (let i = 0; i < 60; i++) {
    const middle = (a + b) / 2;
    if (inside(middle) === start) a = middle;
    else b = middle;
  }
  return (a + b) / 2;
}
