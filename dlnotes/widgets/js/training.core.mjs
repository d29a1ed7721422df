// A training run that can be wound back and forth: seeded minibatches, settings that change on the way, and
// every step reached again with the same weights.

import { whole } from "./check.core.mjs";
import { shuffle } from "./datasets.core.mjs";
import { createHistory, forget, remember, restoreBefore } from "./history.core.mjs";
import { addElasticNetBackward, lossBackward } from "./loss.core.mjs";
import { backward, createPass, forward } from "./net.core.mjs";
import { createOptimizer, optimizerOptions, update } from "./optim.core.mjs";
import { Stream } from "./lib/num.mjs";
import { rateAt } from "./schedules.core.mjs";

const SETTINGS = { schedule: { name: "constant", lr: 0.03 }, batchSize: 10, shuffled: true, l1: 0, l2: 0 };

/**
 * A run from the present weights of `net`.
 *
 * @param data { X (N, D), y (N,) or (N, C), N }
 * @param optimizer name  @param options its options
 * @param settings { schedule, batchSize, shuffled, l1, l2 }, which `change` may change later; the penalties
 *   are on W only
 * @param seed of the order of the examples: that of each epoch is a function of the seed and the epoch
 * @param snapshots how many moments are kept, fewer for a large network
 */
export function createRun(
  { net, data, loss = "mse", optimizer = "sgd", options = {}, settings = {}, seed = 0, snapshots = 64 }) {
  const [D, width] = rowSizes(net, data, loss);
  const run = {
    net, data, loss, D, width, optimizer: createOptimizer(optimizer, net.params.length, options),
    step: 0, epoch: 0, place: 0,
    rng: new Stream(seed), order: Int32Array.from({ length: data.N }, (_, n) => n), ordered: null,
    batch: null, pass: null, log: [], history: null };
  const first = { ...SETTINGS, ...settings };
  run.log.push({ step: 0, settings: checked(first), options: run.optimizer.options });
  makeRoom(run, first.batchSize);
  run.history = createHistory(run, snapshots);
  return run;
}

/** How many numbers of X and of y belong to an example. */
function rowSizes({ sizes }, { X, y, N }, loss) {
  const D = sizes[0], width = loss === "softmax_cross_entropy" ? 1 : sizes.at(-1);
  whole(N, 1, "the number of examples");
  if (X.length === N * D && y.length === N * width) return [D, width];
  const got = `${X.length} and ${y.length} numbers`;
  throw new RangeError(`expected X (${N}, ${D}) and y (${N}, ${width}); got ${got}`);
}

function checked(settings) {
  whole(settings.batchSize, 1, "batchSize");
  rateAt(settings.schedule, 0);
  return settings;
}

function makeRoom(run, batchSize) {
  const rows = Math.min(batchSize, run.data.N);
  if (run.pass !== null && rows <= run.pass.rows) return;
  run.pass = createPass(run.net, rows, true);
  run.batch = { X: new Float64Array(rows * run.D), y: new Float64Array(rows * run.width) };
}

/** The settings and options that step k uses. */
function inForce(run, k) {
  let i = run.log.length - 1;
  while (run.log[i].step > k) i--;
  return run.log[i];
}

/** One minibatch: gather, forward, loss, backward, penalty, update. Allocates nothing. */
export function trainStep(run) {
  const { net, data, batch, pass, optimizer } = run, { settings, options } = inForce(run, run.step);
  const N = Math.min(settings.batchSize, data.N - run.place);
  gather(run, settings.shuffled, N);
  const Y = forward(net, batch.X, N, pass);
  lossBackward(run.loss, Y, batch.y, N, net.sizes[net.sizes.length - 1], pass.dY);
  backward(net, batch.X, N, pass);
  for (let l = 0; l < net.layers.length && (settings.l1 > 0 || settings.l2 > 0); l++) {
    addElasticNetBackward(net.layers[l].W, settings.l1, settings.l2, net.layers[l].dW);
  }
  optimizer.options = options;
  update(optimizer, rateAt(settings.schedule, run.step), net.params, net.grads);
  advance(run, N);
}

/** batch = the next N examples in the order of this epoch */
function gather(run, shuffled, N) {
  const { data, batch, order, place, D, width } = run;
  const wanted = shuffled ? run.epoch : -1;
  if (run.ordered !== wanted) {
    for (let n = 0; n < data.N; n++) order[n] = n;
    run.rng.position = run.epoch * data.N;
    if (shuffled) shuffle(order, run.rng);
    run.ordered = wanted;
  }
  for (let n = 0; n < N; n++) {
    const row = order[place + n];
    for (let d = 0; d < D; d++) batch.X[n * D + d] = data.X[row * D + d];
    for (let c = 0; c < width; c++) batch.y[n * width + c] = data.y[row * width + c];
  }
}

function advance(run, N) {
  run.step++;
  run.place += N;
  if (run.place >= run.data.N) {
    run.place = 0;
    run.epoch++;
  }
  remember(run);
}

/** Steps to the end of the present epoch. */
export function trainEpoch(run) {
  const { epoch } = run;
  while (run.epoch === epoch) trainStep(run);
}

/** From now on other settings (one or more) or options of the optimizer; what lay ahead is forgotten. */
export function change(run, settings = {}, options = {}) {
  const now = inForce(run, run.step);
  const entry = {
    step: run.step, settings: checked({ ...now.settings, ...settings }),
    options: optimizerOptions(run.optimizer.name, { ...now.options, ...options }) };
  run.log = [...run.log.filter(({ step }) => step < run.step), entry];
  forget(run);
  makeRoom(run, entry.settings.batchSize);
}

/** Goes to step k, back or ahead: the steps from the last snapshot on are made again, to the last digit. */
export function seek(run, k) {
  whole(k, 0, "the step");
  restoreBefore(run, k);
  while (run.step < k) trainStep(run);
}
