// Starting values of weights: the twin of dlnotes/initializers.py, which has the sources.
// W is (D, H): its fan in is D, its fan out H.

import { entry, unknown } from "./check.core.mjs";
import { product } from "./linear.core.mjs";

// 1 / sqrt(E[f(z)^2]) for z ~ N(0, 1), or torch's value: with std(w) = gain / sqrt(D), z keeps its variance.
const GAINS = {
  linear: 1, relu: Math.SQRT2, sigmoid: 1, tanh: 5 / 3, selu: 3 / 4, identity: 1, step: Math.SQRT2, sign: 1,
  absolute: 1, exponential: Math.exp(-1), bipolar_sigmoid: 2.400656686019982, hard_tanh: 1.39203614044831,
  softsign: 2.337533363108539, elu: 1.245198300700707, softplus: 1.041866835535302,
  bent_identity: 0.965503508676665, swish: 1.676532470331091, mish: 1.486847581273208,
  gelu: 1.533530441195535, rbf: 1.495348781221221 };

/** The factor of an activation by name; `slope` is that of the leaky ReLU. */
export function gain(nonlinearity, slope = 0.01) {
  if (nonlinearity === "leaky_relu") return Math.sqrt(2 / (1 + slope ** 2));
  return entry(GAINS, nonlinearity, "the nonlinearity");
}

/** The names of the initializers. */
export const INITIALIZERS = ["zeros", "constant", "normal", "uniform", "lecun_normal", "lecun_uniform",
  "glorot_normal", "glorot_uniform", "he_normal", "he_uniform", "orthogonal", "identity"];

/**
 * Root mean square of the weights about their mean, what the scale of a deep net is predicted from:
 *
 *     lecun, he: gain / sqrt(D)     glorot: gain sqrt(2 / (D + H))     orthogonal: gain / sqrt(max(D, H))
 *     normal: std     uniform: (b - a) / sqrt(12)     zeros, constant: 0
 *
 * @param spec { name, and Python's arguments: val, mean, std, a, b, gain, mode, nonlinearity, slope }. Unless
 *   named, gain is 1, and for he gain(nonlinearity = "relu", slope); mode "fan_out" puts H for D in he.
 */
export function weightStd(spec, D, H) {
  const { name, std = 1, a = 0, b = 1, mode = "fan_in", nonlinearity = "relu", slope = 0.01 } = spec;
  const factor = spec.gain ?? (name.startsWith("he_") ? gain(nonlinearity, slope) : 1);
  switch (name) {
    case "zeros": case "constant": return 0;
    case "normal": return std;
    case "uniform": return (b - a) / Math.sqrt(12);
    case "lecun_normal": case "lecun_uniform": return factor / Math.sqrt(D);
    case "glorot_normal": case "glorot_uniform": return factor * Math.sqrt(2 / (D + H));
    case "he_normal": case "he_uniform": return factor / Math.sqrt(mode === "fan_out" ? H : D);
    case "orthogonal": return factor / Math.sqrt(Math.max(D, H));
    case "identity": return Math.sqrt(Math.min(D, H) / (D * H) * (1 - Math.min(D, H) / (D * H)));
    default: throw unknown(INITIALIZERS, name, "the initializer");
  }
}

/** Fills W (D, H), numbers drawn from `rng` (a Stream) row after row; `spec` as in weightStd. */
export function initializeWeights(spec, W, D, H, rng) {
  const std = weightStd(spec, D, H), bound = Math.sqrt(3) * std;     // Var = bound^2 / 3 for U(-bound, bound)
  switch (spec.name) {
    case "zeros": return W.fill(0);
    case "constant": return W.fill(spec.val ?? 0);
    case "identity": return drawIdentity(W, D, H);
    case "orthogonal": return drawOrthogonal(W, D, H, spec.gain ?? 1, rng);
    case "uniform": return drawUniform(W, spec.a ?? 0, spec.b ?? 1, rng);
    case "normal": return drawNormal(W, spec.mean ?? 0, std, rng);
    case "lecun_uniform": case "glorot_uniform": case "he_uniform": return drawUniform(W, -bound, bound, rng);
    default: return drawNormal(W, 0, std, rng);
  }
}

function drawIdentity(W, D, H) {
  W.fill(0);
  for (let i = 0; i < Math.min(D, H); i++) W[i * H + i] = 1;
}

function drawUniform(W, a, b, rng) {
  for (let i = 0; i < W.length; i++) W[i] = a + (b - a) * rng.uniform();
}

function drawNormal(W, mean, std, rng) {
  for (let i = 0; i < W.length; i++) W[i] = mean + std * rng.normal();
}

/**
 * The Q of a normal matrix Q R (R's diagonal positive) times gain: orthonormal columns, or rows where D < H.
 *
 * Modified Gram-Schmidt: each vector loses what it has of those before it, one after the other.
 */
function drawOrthogonal(W, D, H, gain, rng) {
  const long = Math.max(D, H), short = Math.min(D, H), dot = new Float64Array(1);
  const [next, along] = D >= H ? [1, H] : [H, 1];      // steps in W to the next vector, along a vector
  const vector = (k) => W.subarray(k * next);
  const inner = (a, b) => (product(a, 0, along, b, along, 0, null, 1, long, 1, dot), dot[0]);
  for (let i = 0; i < long; i++) for (let k = 0; k < short; k++) W[i * along + k * next] = rng.normal();
  for (let k = 0; k < short; k++) {
    const v = vector(k);
    for (let j = 0; j < k; j++) addTo(v, -inner(v, vector(j)), vector(j), along, long);
    addTo(v, 1 / Math.sqrt(inner(v, v)) - 1, v, along, long);
  }
  for (let i = 0; i < W.length; i++) W[i] *= gain;
}

/** a += factor b */
function addTo(a, factor, b, along, count) {
  for (let i = 0; i < count * along; i += along) a[i] += factor * b[i];
}

/** Fills every W of the net by the spec and every b with spec.bias (0), layer after layer from one stream. */
export function initialize(net, spec, rng) {
  for (const { W, b, D, H } of net.layers) {
    initializeWeights(spec, W, D, H, rng);
    b.fill(spec.bias ?? 0);
  }
  return net;
}
