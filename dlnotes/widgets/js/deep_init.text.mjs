// What the widget says about a network that has not learned yet, and about those that are learning.

import { changes } from "./deep_init.core.mjs";
import { number } from "./lib/plot.mjs";

export const ACTIVATION_TITLES = {
  identity: "none (linear)", tanh: "tanh", sigmoid: "sigmoid", softsign: "softsign", relu: "ReLU",
  leaky_relu: "leaky ReLU", elu: "ELU", gelu: "GELU", swish: "Swish" };

export const TITLES = {
  zeros: "all weights 0", constant: "all weights equal", small: "small, N(0, 0.01²)",
  standard: "uniform ±1/√n", lecun: "LeCun, 1/n", glorot: "Glorot, 2/(n + m)", he: "He, 2/n",
  orthogonal: "orthogonal", lsuv: "LSUV" };

const SHORT = {
  zeros: "zeros", constant: "equal", small: "small", standard: "±1/√n", lecun: "LeCun", glorot: "Glorot",
  he: "He", orthogonal: "orthogonal", lsuv: "LSUV" };
export const shortName = (name, gain) => (
  gain === 1 ? SHORT[name] : `${SHORT[name]} × ${Number(gain.toPrecision(3))}`);

export const STORIES = {
  small: "Small weights", standard: "±1/√n, tanh", glorot: "Glorot, tanh", relu_glorot: "Glorot, ReLU",
  relu_he: "He, ReLU", large: "Large weights", equal: "All equal" };

export const PRESETS = {
  small: { activation: "tanh", initializer: "small", gain: 1, depth: 20, rival: "glorot", third: "he" },
  standard: { activation: "tanh", initializer: "standard", gain: 1, depth: 20, rival: "glorot", third: "he" },
  glorot: { activation: "tanh", initializer: "glorot", gain: 1, depth: 20, rival: "standard", third: "he" },
  relu_glorot: { activation: "relu", initializer: "glorot", gain: 1, depth: 30, rival: "he", third: "lsuv" },
  relu_he: { activation: "relu", initializer: "he", gain: 1, depth: 30, rival: "glorot", third: "lsuv" },
  large: { activation: "tanh", initializer: "glorot", gain: 3, depth: 20, rival: "glorot", third: "" },
  equal: { activation: "tanh", initializer: "constant", gain: 1, depth: 20, rival: "zeros", third: "glorot" },
};

export const BADGES = {
  vanishing: "The gradient fades", exploding: "The gradient explodes", overflow: "Overflow",
  equal: "All units equal", alike: "All inputs alike", uneven: "Workable", healthy: "Healthy" };
export const SIGNS = {
  vanishing: "dead", exploding: "dead", overflow: "dead", equal: "dead", alike: "silent", uneven: "silent",
  healthy: "alive" };

// 0.05 and 300 as they are, others with a power of ten.
const size = (value) => number(value, value < 0.01 ? 4 : value < 1 ? 2 : value < 10 ? 1 : 0);

function way(power) {
  if (Math.abs(power) < 0.16) return "keeps its size";
  return power < 0 ? `shrinks to ${size(10 ** power)} of its size` : `grows ${size(10 ** power)} times`;
}

const CLOSING = {
  vanishing: (back) => (back < -4 ? "The first layers learn nothing." : "The first layers hardly learn."),
  exploding: () => "A step that suits the last layer throws the first ones out.",
  alike: (_, { alike, depth }) => (
    `But the inputs have become alike (mean cosine ${number(alike[depth - 1], 3)}): the last layers can `
    + "hardly tell them apart."),
  uneven: (back) => (
    `The first layers learn more ${back < 0 ? "slowly" : "quickly"} than the last, but all learn.`),
  healthy: () => "All layers get a gradient of about the same size: all can learn." };

const EQUAL = {
  zeros: "All weights are 0: no signal gets through and no gradient comes back. Nothing but the last bias "
    + "learns.",
  constant: "All units of a layer compute the same number and get the same gradient, so they stay equal: "
    + "each layer is worth a single unit." };

/** The verdict in words. */
export function sentence(result, { initializer }, kind) {
  if (kind === "equal") return EQUAL[initializer];
  const layers = `Through ${result.depth} layers`;
  if (kind === "overflow") {
    return `${layers} the numbers leave the range of the computer: infinity, and then not-a-number. `
      + "Nothing learns.";
  }
  const [ahead, back] = changes(result);
  return `${layers} the signal ${way(ahead)}; the gradient on its way back ${way(back)}. `
    + CLOSING[kind](back, result);
}

/** Numbers beside the verdict: [name, words]. */
export function details({ depth, z, dz, dead, flat, off }) {
  const last = depth - 1, percent = (share) => `${number(100 * share, 0)} %`;
  const rows = [
    ["variance of z", `${size(z[0])} → ${size(z[last])}`],
    ["of the gradient", `${size(dz[last])} → ${size(dz[0])}`],
    ["last layer", `${percent(flat[last])} saturated`]];
  if (off[last] > 0) rows.push(["", `${percent(off[last])} of the activations 0`]);
  if (dead[last] > 0) rows.push(["", `${percent(dead[last])} of the units dead`]);
  return rows;
}

const CHANCE = Math.log(2);
function outcome(loss, start) {
  if (!Number.isFinite(loss)) return "diverged";
  const asleep = Math.abs(loss - CHANCE) < 0.005 && Math.abs(start - CHANCE) < 0.05;
  return asleep ? `${number(loss, 3)}, no better than chance` : number(loss, 3);
}

/** Who has learned: names, losses after `epoch`. */
export function learned(trainees, epoch) {
  const parts = trainees.map(({ title, losses }) => `${title} ${outcome(losses[epoch], losses[0])}`);
  return epoch === 0 ? `Before training, loss (chance is 0.693): ${parts.join("; ")}.`
    : `Loss after ${epoch} epochs: ${parts.join("; ")}.`;
}

export const EXPLAINED = [
  "One hundred random inputs go through a network that has not learned anything. Each row of the "
  + "first picture is a layer: how its numbers are spread before the activation (z), after it (a), and "
  + "how the gradient is spread when a random gradient is sent back from the end. All rows of a column "
  + "have one scale. A row that is a needle has lost its signal; the number beside it is the standard "
  + "deviation.",
  "The dots of the second picture are the variances that were measured, the lines what the variance "
  + "recursion predicts for very wide layers: the next variance is σ² times the mean of f(z)², with σ² "
  + "= n Var(w) and z normal. Below it: saturated slopes, dead units, and how alike the inputs have "
  + "become (mean cosine of two of them).",
  "The map shows for every depth and every σ² what becomes of the gradient: orange it fades, blue it "
  + "explodes, in between it arrives. The lines are where its variance has changed by e⁶, that is six "
  + "times the depth scale ξ = 1/|ln χ|, beyond which Schoenholz et al. (2017) found that nets of this "
  + "kind no longer train. Drag the ring.",
  "Then up to three networks learn to tell a disc from a ring, from the same data and seed; only the "
  + "first weights differ. They are as deep as the one above but narrower, so that a phone can follow. "
  + "The gain belongs to the first of them alone."];
