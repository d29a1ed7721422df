// What the playground says: names, the readout, formulas with their numbers, verdicts.

import { inForce } from "./playground.settings.core.mjs";
import { metrics } from "./playground.core.mjs";
import { number } from "./lib/plot.mjs";

export const NAMES = {
  x1: "x₁", x2: "x₂", x1_squared: "x₁²", x2_squared: "x₂²", product: "x₁x₂", sin_x1: "sin x₁",
    sin_x2: "sin x₂" };
export const SET_NAMES = {
  circle: "circle", xor: "xor", gauss: "gauss", spiral: "spiral", moons: "moons", parabola: "parabola",
    own: "my own" };
export const INITIALIZER_NAMES = {
  uniform: "uniform ±0.5, biases 0.1", glorot_uniform: "Glorot uniform", glorot_normal: "Glorot normal",
  he_uniform: "He uniform", he_normal: "He normal", lecun_uniform: "LeCun uniform",
    lecun_normal: "LeCun normal",
  orthogonal: "orthogonal", normal: "normal, deviation 1", identity: "identity", constant: "all 0.5",
    zeros: "all 0" };
export const SCHEDULE_NAMES = {
  constant: "constant", step: "halved each period", exponential: "a tenth each period",
    polynomial: "down to 0 in a period",
  cosine: "cosine to 0 in a period", warm_restarts: "cosine, again each period",
    warmup: "warm-up for a period",
  one_cycle: "1cycle in a period" };
export const OPTIMIZER_NAMES = {
  sgd: "SGD", adagrad: "AdaGrad", rmsprop: "RMSProp", adam: "Adam", adamw: "AdamW" };
export const OPTION_NAMES = {
  momentum: "momentum", beta1: "β₁", beta2: "β₂", alpha: "memory α of the squares",
    weight_decay: "weight decay" };
export const LOSS_NAMES = { squared: "half squared error, tanh output",
  logistic: "logistic (cross-entropy)" };

export const percent = (share) => (Number.isFinite(share) ? `${Math.round(100 * share)} %` : "–");
const spoken = (name) => name.replaceAll("_", " ");
const digit = (k) => [...String(k)].map((c) => "₀₁₂₃₄₅₆₇₈₉"[c]).join("");

/** A number for a formula: three digits that count. */
export function short(value) {
  if (!Number.isFinite(value)) return number(value);
  if (value !== 0 && (Math.abs(value) < 0.001 || Math.abs(value) >= 1e4)) return number(value, 4);
  return number(value, Math.abs(value) >= 100 ? 1 : Math.abs(value) >= 10 ? 2 : 3);
}

export function sentence(session) {
  const { epoch, run, curves, train, test, ended, segments } = session;
  if (!run) return "There is nothing to learn from yet.";
  if (ended !== null && epoch >= ended) {
    return `Epoch ${epoch}: the loss is no longer a finite number, so the run ends here. Go back, or lower `
      + `the learning rate.`;
  }
  const held = metrics(session, test),
    words = [`Epoch ${epoch}: training loss ${number(curves.train[epoch], 4)}`];
  words.push(held
    ? `, test loss ${number(held.loss, 4)}; ${percent(held.accuracy)} of ${test.N} test points right.`
    : `; ${percent(metrics(session, train).accuracy)} of ${train.N} training points right.`);
  const { lr } = inForce(segments, epoch);
  return `${words.join("")} Learning rate ${Number(lr.toPrecision(4))}.`;
}

/** What a unit is fed, as it is called in formulas. */
export const inputNames = ({ structure }, l) => (
  l === 0 ? structure.features.map((name) => NAMES[name])
    : Array.from({ length: structure.layers[l - 1] }, (_, i) => `a${digit(i + 1)}`));

const unitName = ({ net }, l, k) => (l === net.layers.length - 1 ? "The output"
  : `Unit ${k + 1} of layer ${l + 1}`);

const signed = (value,
  words) => `${value < 0 || Object.is(value, -0) ? "−" : "+"} ${short(Math.abs(value))}${words}`;

/** The formula of a unit or the words of an edge, for what is chosen in the network. */
export function formula(session, { l, h, d }, unitOf) {
  if (l < 0) return `Feature ${Object.values(NAMES)[h]}: what the network is given of each point.`;
  const { activation, bias, weights } = unitOf(session, l, h), names = inputNames(session, l);
  if (d !== null) {
    const from = l === 0 ? names[d] : `unit ${d + 1} of layer ${l}`;
    return `Edge from ${from} to ${l === session.net.layers.length - 1 ? "the output" : `unit ${h + 1} of `
      + `layer ${l + 1}`}: `
      + `weight ${short(weights[d])}. ${unitName(session, l, h)} adds ${short(weights[d])} · ${names[d]} `
        + `to its sum.`;
  }
  const sum = [...weights.map((w, i) => signed(w, ` · ${names[i]}`)),
    signed(bias, "")].join(" ").replace(/^\+ /, "").replace(/^− /, "−");
  const left = l === session.net.layers.length - 1 ? "output" : `a${digit(h + 1)}`;
  return `${unitName(session, l, h)}: ${left} = `
    + `${activation === "identity" ? sum : `${spoken(activation)}(${sum})`}`;
}

// The guide
// ---------------------------------------------------------------------------------------------------

/** Each verdict: [sick, badge, what is seen, why, what to try]. */
export const VERDICTS = {
  early: [false, "Too early to say",
    () => "Nothing is judged yet: the loss needs some epochs to show where it goes.",
    "Many runs start on a level stretch, until the hidden units have found a direction.", "Let it run."],
  learning: [false, "Healthy: it learns",
    ({ fall, wide }) => `The training loss fell by ${percent(fall)} over the last ${wide} epochs.`,
    "Each step moves the weights against the gradient, and the loss follows.", "Let it run."],
  learnt: [false, "Healthy: it has learnt",
    ({ now }) => `The training loss is ${short(now)}, less than a tenth of that of a constant answer.`,
    "The boundary parts the points.", "The same with fewer units, features or points."],
  resting: [false, "Healthy: at rest",
    ({ now }) => `The training loss stays near ${short(now)}, well below that of a constant answer.`,
    "What is left is mostly noise, or needs another boundary.",
      "More units, other features, or a smaller rate at the end."],
  infinite: [true, "Diverged", ({ epoch }) => `At epoch ${epoch} the loss stopped being a finite number.`,
    "Each step overshot by more than the last, until the numbers left the range of the machine.",
    "Go back some epochs, then lower the learning rate, about ten times; or take a bounded activation."],
  diverging: [true, "Diverging",
    ({ now, start }) => `The training loss, ${short(now)}, is above where it began (${short(start)}) and `
    + `above a constant answer's.`,
    "The steps are so long that they overshoot the valley; the units end where they are flat.",
    "Lower the learning rate, about ten times, and start again."],
  jumping: [true, "Jumping",
    ({ rise, wide }) => `From epoch to epoch the loss rises by ${percent(rise)} of itself in the mean `
    + `(last ${wide} epochs).`,
    "The step is too long for the curvature, or the batch so small that each gradient is mostly chance.",
    "Lower the learning rate, take larger batches, or a schedule that goes down."],
  dead: [true, "Dead units",
    ({ dead, units, all }) => (all ? "All hidden units have slope 0 at every training point."
    : `${dead} of ${units} hidden units ${dead === 1 ? "has" : "have"} slope 0 at every training point.`),
    "Where the slope is 0 the gradient is 0, so these weights no longer learn: a ReLU below 0 on all data, "
      + "or a step.",
    "A smaller learning rate or scale of the first weights, He initialization, or a leaky ReLU."],
  saturating: [true, "Saturating",
    ({ layer, flat }) => `In layer ${layer + 1}, ${percent(flat)} of the slopes are below a twentieth of `
    + `the steepest.`,
    "The sums are so large that the activation is flat, so hardly any gradient passes.",
    "Smaller first weights, a smaller learning rate, a penalty on the weights, or an unbounded activation."],
  overfitting: [true, "Overfitting",
    ({ since, least, now, fit }) => `The test loss rose from ${short(least)} (epoch ${since}) to `
    + `${short(now)}, while the training loss fell to ${short(fit)}.`,
    "The network has begun to learn the training points themselves, noise included.",
    "More training points, fewer units, L2 or L1, or stop at that epoch: the scrub bar takes you there."],
  plateau: [true, "On a plateau",
    ({ now, constant, wide, gradient }) => `Over the last ${wide} epochs the loss stayed near `
    + `${short(now)} (a constant answer: ${short(constant)}); the gradient's length is ${short(gradient)}.`,
    "Either the gradient is nearly 0 here (equal weights, flat units), or this network can do no better, "
      + "as without a bend in its activation.",
    "Another seed or initializer, more units, another feature or activation; Adam leaves level ground "
      + "sooner."],
  slow: [true, "Learning rate too small",
    ({ share, wide }) => `The gradient is there, but an epoch moves the weights by about `
    + `${number(100 * share, 3)} % of their length; in ${wide} epochs the loss hardly moved.`,
    "The step is the rate times the gradient, and the rate is tiny.",
      "Raise the learning rate ten times, and look again."],
};

export const EXPLAINED = [
  "The network reads the features of a point (left) and passes them through its hidden layers to one "
    + "output. Each small picture is what "
  + "that unit computes over the whole plane: blue above 0, orange below, stronger for larger. A line is a "
    + "weight: thick for large, blue and solid "
  + "for positive, orange and dashed for negative. The small square at a unit's corner is its bias.",
  "In the output, filled marks are the points it learns from, hollow ones are kept for the test; dots are "
    + "class 1, squares class 0. "
  + "The dark line is the boundary, where the output is 0.",
  "Data, network and start make a new run. Learning rate, schedule, penalty, batch size and the "
    + "optimizer's numbers hold from the epoch on at which you "
  + "change them. The bar goes back to any epoch, with the same weights to the last digit.",
];
