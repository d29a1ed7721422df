// One update in words and numbers: pages of lines, from the features of a point to the new weights.

import { inputNames, short } from "./playground.text.mjs";

const LOSS = {
  half_mse: ["½ (output − y)²", "output − y"],
  binary_cross_entropy_with_logits: ["log(1 + e^−s) for class 1, log(1 + e^s) for class 0, s the output",
    "σ(output) − y"] };
const RULES = {
  sgd: "new = old − rate · gradient",
  adagrad: "new = old − rate · gradient / √(sum of squares so far)",
  rmsprop: "new = old − rate · gradient / √(mean of squares of late)",
  adam: "new = old − rate · m / √v, m and v the running means of gradient and square",
  adamw: "as Adam, and the weights shrink by rate · decay" };

const times = (weights, values) => weights.map((w, i) => `${wrap(w)} · ${wrap(values[i])}`).join(" + ");
const wrap = (value) => (value < 0 ? `(${short(value)})` : short(value));
const unit = (step, l, k) => (l === step.layers.length - 1 ? "output" : `unit ${k + 1}`);
const layer = (step, l) => (l === step.layers.length - 1 ? "the output" : `layer ${l + 1}`);

const column = ({ W, D, H }, k) => Array.from({ length: D }, (_, d) => W[d * H + k]);
const inputs = (step, l) => (l === 0 ? step.x : step.layers[l - 1].A);

function forwardPage(step, l) {
  const at = step.layers[l], f = at.name.replaceAll("_", " "), lines = [];
  for (let k = 0; k < at.H; k++) {
    lines.push(`${unit(step, l, k)}: z = ${times(column(at, k), inputs(step, l))} + ${wrap(at.b[k])} = `
      + `${short(at.Z[k])}`);
    lines.push(at.name === "identity" ? `a = z = ${short(at.A[k])}`
      : `a = ${f}(${short(at.Z[k])}) = ${short(at.A[k])}`);
  }
  return { title: `Forward through ${layer(step, l)}`, lines };
}

function deltaPage(step, l) {
  const at = step.layers[l], after = step.layers[l + 1], lines = [];
  for (let k = 0; k < at.H; k++) {
    const slope = `slope at z ${wrap(at.S[k])}`;
    if (!after) lines.push(`δ of the output = ${short(step.dY)} · ${slope} = ${short(at.dZ[k])}`);
    else {
      const weights = Array.from({ length: after.H }, (_, j) => after.W[k * after.H + j]);
      lines.push(`δ of unit ${k + 1} = (${times(weights, after.dZ)}) · ${slope} = ${short(at.dZ[k])}`);
    }
  }
  return { title: `Backward: δ = dloss/dz of ${layer(step, l)}`, lines };
}

function gradientPage(step, l, names) {
  const at = step.layers[l], from = inputs(step, l), lines = [];
  for (let k = 0; k < at.H; k++) {
    for (let d = 0; d < at.D; d++) {
      lines.push(`${names[d]} to ${unit(step, l, k)}: δ · ${names[d]} = ${wrap(at.dZ[k])} · `
        + `${wrap(from[d])} = ${short(at.dW[d * at.H + k])}`);
    }
    lines.push(`bias of ${unit(step, l, k)}: δ = ${short(at.db[k])}`);
  }
  return { title: `Gradients of ${layer(step, l)}`, lines };
}

function penaltyOf({ l1, l2 }, w) {
  if (l1 > 0) return ` + penalty ${wrap(l1 * Math.sign(w))}`;
  return l2 > 0 ? ` + penalty ${wrap(l2 * w)}` : "";
}

function weightPage(step, l, names) {
  const at = step.layers[l], plain = step.optimizer === "sgd";
  const say = (old, gradient, next, penalty) => (plain && !step.moving
    ? `${short(old)} − ${short(step.rate)} · (${short(gradient)}${penalty}) = ${short(next)}`
    : `${short(old)}, gradient ${short(gradient)}${penalty}, becomes ${short(next)}`);
  const lines = [`${RULES[step.optimizer]}${step.moving ? ", the gradient with its momentum" : ""}; rate `
    + `${short(step.rate)}`];
  for (let k = 0; k < at.H; k++) {
    for (let d = 0; d < at.D; d++) {
      const i = d * at.H + k;
      lines.push(`${names[d]} to ${unit(step, l, k)}: `
        + `${say(at.W[i], at.dW[i], at.W_new[i], penaltyOf(step, at.W[i]))}`);
    }
    lines.push(`bias of ${unit(step, l, k)}: ${say(at.b[k], at.db[k], at.b_new[k], "")}`);
  }
  return { title: `New weights of ${layer(step, l)}`, lines };
}

/** The pages [{ title, lines }] of what oneUpdate() gives. */
export function pagesOf(step, session) {
  const count = step.layers.length, [loss, slope] = LOSS[step.lossName], upward = [...step.layers.keys()],
    downward = [...upward].reverse();
  const names = (l) => inputNames(session, l);
  const start = [`The point: x₁ = ${short(step.point[0])}, x₂ = ${short(step.point[1])}, class `
    + `${step.label}, so y = ${step.y}`,
    ...step.x.map((value, i) => `feature ${names(0)[i]} = ${short(value)}`)];
  const end = [`output = ${short(step.output)}, y = ${step.y}`, `loss = ${loss} = ${short(step.loss)}`,
    `dloss/doutput = ${slope} = ${short(step.dY)}`];
  return [
    { title: "The point and its features", lines: start }, ...upward.map((l) => forwardPage(step, l)),
    { title: "The loss", lines: end }, ...downward.map((l) => deltaPage(step, l)),
    ...Array.from({ length: count }, (_, l) => gradientPage(step, l, names(l))),
    ...Array.from({ length: count }, (_, l) => weightPage(step, l, names(l)))];
}
