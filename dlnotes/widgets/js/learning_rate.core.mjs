// A small network's training under a learning rate: the range test, schedules and what they lead to. The twin
// is dlnotes/widgets/learning_rate.py.

import { drawDataset, split } from "./datasets.core.mjs";
import { initialize } from "./initializers.core.mjs";
import { lossValue } from "./loss.core.mjs";
import { createNet, createPass, forward } from "./net.core.mjs";
import { rateAt } from "./schedules.core.mjs";
import { createRun, trainStep } from "./training.core.mjs";
import { Stream } from "./lib/num.mjs";

export const SIZES = [2, 10, 10, 1];
export const N = 300;
export const LOSS = "binary_cross_entropy_with_logits";
export const NOISE = { moons: 0.15, circle: 0.1, xor: 0.1, gauss: 0.3, spiral: 0.3 };
export const OPTIMIZERS = {
  sgd: ["sgd", {}], momentum: ["sgd", { momentum: 0.9 }], adam: ["adam", {}] };
export const RANGE = { lr_min: 1e-4, lr_max: 1e2, steps: 240 };        // 40 steps a decade
export const POINTS = 60;                                     // how often the full loss is measured in a run
const BLOWN = 20, KEPT = 0.9, WIDE = 20;

/** The schedule by name as schedules.core.mjs takes it: lr is its highest rate, `steps` the length of the run. */
export function scheduleOf({ schedule, lr, steps, warmup }) {
  const wait = schedule === "one_cycle" ? 0 : Math.min(warmup, steps - 1), rest = steps - wait;
  const own = {
    constant: {}, step: { step_size: Math.ceil(rest / 3) }, exponential: { gamma: 0.01 ** (1 / rest) },
    linear: { steps: rest }, cosine: { steps: rest }, one_cycle: { steps: Math.max(steps, 2) },
    warm_restarts: { steps: Math.ceil(rest / 4) } }[schedule];
  const name = schedule === "linear" ? "polynomial" : schedule;
  return { name, lr, ...own, ...(wait && { warmup_steps: wait, start_factor: 0.01 }) };
}

/** Data, network and run of the settings, the rate given by `schedule`. */
export function start({ data, activation, optimizer, batch, seed }, schedule, snapshots = 1) {
  const rng = new Stream(seed), { train, test } = split(drawDataset(data, N, rng, NOISE[data]), 0.5, rng);
  const net = createNet({ sizes: SIZES, hidden: activation, output: "identity" });
  initialize(net, { name: "he_normal", nonlinearity: activation }, rng);
  const [name, options] = OPTIMIZERS[optimizer], settings = { schedule, batchSize: batch };
  const run = createRun({ net, data: train, loss: LOSS, optimizer: name, options, settings, seed, snapshots });
  return { net, run, train, test, pass: createPass(net, train.N) };
}

/** One step; the loss of its batch before the step. */
function stepLoss(run, batch) {
  const count = Math.min(batch, run.data.N - run.place);
  trainStep(run);
  return lossValue(LOSS, run.pass.Y, run.batch.y, count, 1);
}

/** The mean loss of the network on a part of the data. */
export const fullLoss = ({ net, pass }, part) => (
  lossValue(LOSS, forward(net, part.X, part.N, pass), part.y, part.N, 1));

/**
 * out[k] = sum over i <= k of w_i x_i / sum of w_i, w_i = beta^(k - i): the running mean of the first `count`.
 */
export function runningMean(values, count, beta, out) {
  for (let k = 0, sum = 0, weight = 0; k < count; k++) {
    sum = beta * sum + values[k];
    weight = beta * weight + 1;
    out[k] = sum / weight;
  }
  return out;
}

/**
 * The range test of Smith (2017): one run in which the rate grows from step to step by a constant factor. It
 * ends when the running mean of the loss is not finite or BLOWN times its first value.
 *
 * @returns { lr, loss, mean, length, lowest, steepest, edge }: the last three are steps: the mean is least,
 *   falls most within a decade before that, and is last below twice its least value
 */
export function rangeTest(settings) {
  const { steps } = RANGE, schedule = { name: "range_test", ...RANGE };
  const { run } = start(settings, schedule);
  const [lr, loss, mean] = [0, 1, 2].map(() => new Float64Array(steps));
  let length = 0;
  while (length < steps) {
    lr[length] = rateAt(schedule, length);
    loss[length] = stepLoss(run, settings.batch);
    runningMean(loss, ++length, KEPT, mean);
    if (!(mean[length - 1] <= BLOWN * loss[0])) break;
  }
  return { lr, loss, mean, length, ...landmarks(mean, length) };
}

function landmarks(mean, length) {
  let lowest = 0;
  for (let k = 1; k < length; k++) if (mean[k] < mean[lowest]) lowest = k;
  const fall = (k) => mean[k + WIDE] - mean[k - WIDE];
  let steepest = lowest > WIDE ? WIDE : lowest, edge = lowest;
  for (let k = WIDE; k < lowest && k + WIDE < length; k++) if (fall(k) < fall(steepest)) steepest = k;
  while (edge + 1 < length && mean[edge + 1] <= 2 * mean[lowest]) edge++;
  return { lowest, steepest, edge };
}

/**
 * A run of settings.steps steps under a schedule.
 *
 * @returns { rate, loss (steps,): rate of and batch loss before each step; at, train, test: the steps at
 *   which the full losses were measured, the first 0, the last the end; length: steps made before the loss
 *   was no longer finite; made: data, network and run, to be sought back to any step }
 */
export function train(settings, schedule) {
  const { steps, batch } = settings, made = start(settings, schedule, 40);
  const every = Math.ceil(steps / POINTS), rate = new Float64Array(steps), loss = new Float64Array(steps);
  const out = { rate, loss, at: [], train: [], test: [], length: 0, made };
  const measure = () => {
    out.at.push(out.length);
    out.train.push(fullLoss(made, made.train));
    out.test.push(fullLoss(made, made.test));
  };
  measure();
  while (out.length < steps) {
    rate[out.length] = rateAt(schedule, out.length);
    loss[out.length] = stepLoss(made.run, batch);
    out.length++;
    if (out.length % every === 0 || out.length === steps) measure();
    if (!Number.isFinite(out.train.at(-1))) break;
  }
  return out;
}

/** Mean and standard deviation of the batch losses of the last quarter: { mean, std }. */
export function noiseFloor({ loss, length }) {
  const from = length - Math.max(1, Math.floor(length / 4));
  let sum = 0, squares = 0;
  for (let k = from; k < length; k++) sum += loss[k];
  const mean = sum / (length - from);
  for (let k = from; k < length; k++) squares += (loss[k] - mean) ** 2;
  return { mean, std: Math.sqrt(squares / (length - from)) };
}
