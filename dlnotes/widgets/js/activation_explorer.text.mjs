// What the explorer says about each function; ^{...} is raised.

import { number } from "./lib/plot.mjs";

export const WORDS = {
  identity: ["identity", "x", "1", "all numbers",
    "No bend at all: a stack of linear layers stays one linear layer. Its place is the output of a " +
    "regression."],
  step: ["step", "1 for x ≥ 0, else 0", "0; none at x = 0", "0 or 1",
    "The unit of the first perceptrons. No gradient ever passes it, so backpropagation cannot train " +
    "through it."],
  sign: ["sign", "−1, 0 or 1", "0; none at x = 0", "−1, 0 or 1",
    "The step, centred. No gradient ever passes it."],
  sigmoid: ["sigmoid", "1 / (1 + e^{−x})", "f (1 − f), at most 1/4", "(0, 1)",
    "Good where a probability or a gate is wanted. In hidden layers its slope of at most 1/4 shrinks the " +
    "gradient, it saturates on both sides, and its values are never negative."],
  tanh: ["tanh", "(e^{x} − e^{−x}) / (e^{x} + e^{−x})", "1 − f^{2}, at most 1", "(−1, 1)",
    "Centred on 0, with slope 1 there. It saturates on both sides, sooner than the sigmoid."],
  bipolar_sigmoid: [
    "bipolar sigmoid", "(1 − e^{−x}) / (1 + e^{−x})", "(1 − f^{2}) / 2, at most 1/2", "(−1, 1)",
    "This is tanh(x/2), not tanh(x): the same shape, twice as wide."],
  hard_tanh: ["hard tanh", "max(−1, min(1, x))", "1 for |x| < 1, else 0", "[−1, 1]",
    "tanh out of three lines, without exponentials. Outside of [−1, 1] there is no gradient at all."],
  softsign: ["softsign", "x / (1 + |x|)", "1 / (1 + |x|)^{2}", "(−1, 1)",
    "Like tanh without exponentials. Its slope fades like 1/x^{2} and not exponentially. Smooth at 0, " +
    "with slope 1."],
  rbf: ["RBF", "e^{−β(x − x₀)²}", "−2β (x − x₀) f", "(0, 1]",
    "Answers to a place and not to a direction. Far from the centre x₀ both value and slope vanish."],
  exponential: ["exponential", "e^{x}", "e^{x}", "(0, ∞)",
    "Turns a sum of features into a product. It soon leaves every picture, and its gradient with it."],
  relu: ["ReLU", "max(0, x)", "1 for x > 0, else 0", "[0, ∞)",
    "Cheap, sparse, no saturation on the right. A unit below 0 on all data gets no gradient: it is dead."],
  leaky_relu: ["leaky ReLU", "max(0, x) + α min(0, x)", "1 for x > 0, else α", "all numbers, for α > 0",
    "The small slope α on the left always lets some gradient through, so that no unit stays dead."],
  rrelu: [
    "RReLU", "max(0, x) + a min(0, x), a drawn from [lower, upper]", "1 for x > 0, else a", "all numbers",
    "Randomized leaky ReLU: each pass draws its own slopes between the two thin lines, which regularizes; " +
    "at test time their mean is used, the dashed line between them."],
  prelu: ["PReLU", "max(0, x) + α min(0, x), α learned", "1 for x > 0, else α", "all numbers, for α > 0",
    "A leaky ReLU whose slope α is learned along with the weights: ∂f/∂α = min(0, x)."],
  elu: ["ELU", "x for x > 0, else α (e^{x} − 1)", "1 for x > 0, else α e^{x}", "(−α, ∞)",
    "Negative values bring the mean nearer to 0. Only α = 1 makes the slope continuous. It saturates on " +
    "the left."],
  swish: ["Swish", "x s(βx)", "s(βx) + βx s(βx) s(−βx)", "[−0.278/β, ∞)",
    "Smooth and not monotone: it dips to −0.278/β at x = −1.278/β. β = 0 would give x/2, a large β ReLU."],
  mish: ["Mish", "x tanh(log(1 + e^{x}))", "t + x (1 − t^{2}) s(x), t = f/x", "[−0.309, ∞)",
    "A close relative of Swish: smooth, not monotone, with its least value at x = −1.192."],
  gelu: ["GELU", "x Φ(x)", "Φ(x) + x φ(x)", "[−0.170, ∞)",
    "x times the chance Φ(x) that a standard normal number lies below x: the gate of ReLU, made smooth."],
  softplus: ["softplus", "log(1 + e^{βx}) / β", "s(βx)", "(0, ∞)",
    "A smooth ReLU whose slope is the sigmoid. It is never 0, so it gives no sparsity."],
  bent_identity: ["bent identity", "(√(x^{2} + 1) − 1) / 2 + x", "x / (2 √(x^{2} + 1)) + 1", "all numbers",
    "Its slope stays between 1/2 and 3/2: no unit can die, but the bend is gentle."],
  absolute: ["absolute value", "|x|", "−1 or 1; none at x = 0", "[0, ∞)",
    "Forgets the sign of x. Its slope has the size 1 everywhere but at the corner."],
};

export const FAMILIES = {
  Sigmoidal: ["sigmoid", "tanh", "bipolar_sigmoid", "hard_tanh", "softsign", "step", "sign"],
  "ReLU and its kin": ["relu", "leaky_relu", "prelu", "rrelu", "elu"],
  Smooth: ["softplus", "swish", "mish", "gelu", "bent_identity"],
  Others: ["identity", "absolute", "rbf", "exponential"],
};

export const SETS = {
  "sigmoid, tanh, ReLU": ["sigmoid", "tanh", "relu"],
  "all that squash": ["sigmoid", "tanh", "bipolar_sigmoid", "hard_tanh", "softsign"],
  "ReLU and what mends it": ["relu", "leaky_relu", "elu", "softplus", "swish"],
  "smooth gates": ["swish", "mish", "gelu", "relu"],
};

// Where value or slope may jump.
export const KINKS = {
  step: [0], sign: [0], hard_tanh: [-1, 1], relu: [0], leaky_relu: [0], rrelu: [0], prelu: [0], elu: [0],
  absolute: [0],
};

export const EXPLAINED = [
  "Above, each line is an activation function f: what a unit gives out for the number x that it gets " +
  "in. Below is the slope f′, the factor by which the gradient is multiplied on its way back through " +
  "the unit.",
  "Drag in the picture, or focus the point and use the arrow keys. The straight line is the tangent of " +
  "one function; its slope is the height of the point below. In the hatched zone that slope is smaller " +
  "in size than the threshold: the unit is saturated and hardly learns. Open rings mark where a value " +
  "or a slope jumps.",
];

// Where a function is saturated, in words; zones that reach `low` or `high` have no end there.
export function zoneWords(zones, low, high) {
  const [first, last] = [zones[0], zones.at(-1)];
  if (first[0] === low && first[1] === high) return "every x";
  if (zones.length === 2 && first[0] === low && last[1] === high && Math.abs(first[1] + last[0]) < 1e-9) {
    return `|x| > ${number(last[0])}`;
  }
  const one = ([a, b]) => (
    a === low ? `x < ${number(b)}` : b === high ? `x > ${number(a)}` : `${number(a)} < x < ${number(b)}`);
  return zones.map(one).join(" and ");
}
