// The words of LearningRate.

import { noiseFloor } from "./learning_rate.core.mjs";
import { number } from "./lib/plot.mjs";

export const SCHEDULES = [
  ["constant", "constant"], ["step", "a tenth, twice"], ["exponential", "exponential, to 1/100"],
  ["linear", "linear to 0"], ["cosine", "cosine to 0"], ["one_cycle", "1cycle"],
  ["warm_restarts", "cosine with restarts"]];

const BASE = {
  data: "moons", activation: "tanh", optimizer: "sgd", schedule: "constant", lr: 0.3, warmup: 0, batch: 15, steps: 300 };
// Situations that a reader can choose; each changes BASE.
export const PRESETS = {
  good: BASE, slow: { ...BASE, lr: 0.003 }, lost: { ...BASE, lr: 15 },
  noise: { ...BASE, data: "circle", batch: 2, steps: 400 },
  decay: { ...BASE, data: "circle", batch: 2, steps: 400, schedule: "cosine" },
  cycle: { ...BASE, schedule: "one_cycle", lr: 2 } };
export const STORIES = {
  good: "A good rate", slow: "Too small", lost: "Too large", noise: "Small batches: noise",
  decay: "The same, cosine", cycle: "1cycle" };

/** A rate with two digits: 0.034, 2.5, 40. */
export const rateWords = (lr) => (
  lr >= 1e-6 && lr < 1e4 ? String(Number(lr.toPrecision(2))) : number(lr, 6));

/** What the range test says. */
export function testWords({ lr, mean, length, lowest, steepest, edge }) {
  const gain = mean[0] - mean[lowest];
  if (!(gain > 0.05 * mean[0])) return "Range test: the loss hardly falls at any rate in so few steps. ";
  const end = edge + 1 < length ? `, above ${rateWords(lr[edge])} it climbs` : "";
  return `Range test: the loss falls fastest near ${rateWords(lr[steepest])}, `
    + `is lowest near ${rateWords(lr[lowest])}${end}. `;
}

/** What the run has come to at step k. */
export function runWords(run, k, { batch }, constant) {
  const i = run.at.findLastIndex((at) => at <= k), loss = run.train[i], rate = run.rate[Math.min(k, run.length - 1)];
  const now = `Step ${k}, rate ${rateWords(rate)}: training loss ${number(loss, 3)}, test ${number(run.test[i], 3)}. `;
  if (k < run.length) return now;
  if (!Number.isFinite(loss)) return `${now}The run is lost: no number is left to go on with.`;
  const late = run.train.filter((_, j) => run.at[j] >= 0.75 * run.length), first = run.train[0];
  if (late.reduce((sum, v) => sum + v / late.length, 0) > 1.5 * first) {       // one point alone jumps up and down
    return `${now}The loss has grown: this rate is too large.`;
  }
  const { std } = noiseFloor(run);
  const noise = `The batch losses of the last quarter scatter by ${number(std, 3)} with ${batch} a batch.`;
  const other = constant ? ` At the constant rate the loss ends at ${number(constant.train.at(-1), 3)}.` : "";
  return now + noise + other;
}

export const EXPLAINED = [
  "A network with two hidden layers of 10 units learns to tell two classes apart, here and now, in your "
  + "browser. Above, its range test: one short run in which the learning rate grows by 6 % from step to step. "
  + "The thin line is the loss of each batch, the thick one its running mean. As long as the rate is too small, "
  + "nothing happens; where it suits, the loss falls; where it is too large, the loss climbs and is lost.",
  "Drag the dot along the rates, and the whole training below is computed anew. The middle picture is the rate of "
  + "each step, the lower one the loss: thin of each batch, thick of all 150 training points, dotted of 150 test "
  + "points; with a schedule the grey line is the same run at the constant rate.",
  "Each step follows the gradient of a batch, which is not the gradient of all points. With small batches the loss "
  + "therefore stops falling at a floor of noise, the higher the larger the rate; a schedule that lowers the rate "
  + "lowers the floor.",
  "At rates near the edge a run is chaotic: a rounding in the last digit grows until another browser, or the copied "
  + "Python, sees other numbers. Below the edge all agree.",
];
