// A training run that can be wound back and forth: seeded minibatches, settings that change on the way, and
// every step reached again with the same weights.

import { whole } from "./check.core.mjs";
import { shuffle } from "./datasets.core.mjs";
import { addElasticNetBackward, lossBackward } from "./loss.core.mjs";
import { backward, createPass, forward } from "./net.core.mjs";
import { createOptimizer, optimizerOptions, update } from "./optim.core.mjs";
import { Stream } from "./lib/num.mjs";
import { rateAt } from "./schedules.core.mjs";

const EXTRA = 4;      // a snapshot also holds: steps made, epoch, place in the epoch, the optimizer's count

const SETTINGS = { schedule: { name: "constant", lr: 0.03 }, batchSize: 10, shuffled: true, l1: 0, l2: 0 };

/**
 * A run from the present weights of `net`.
 *
 * @param data { X (N, D), y (N,) or (N, C), N }
 * @param optimizer name  @param options its options
 * @param settings { schedule, batchSize, shuffled, l1, l2 }, which `change` may change later; the penalties
 *   are on W only
 * @param seed of the order of the examples: that of each epoch is a function of the seed and the epoch
 * @param snapshots how many moments are kept
 */
export function createRun(
  { net, data, loss = "mse", optimizer = "sgd", options = {}, settings = {}, seed = 0, snapshots = 64 }) {
  const run = {
    net, data, loss, optimizer: createOptimizer(optimizer, net.params.length, options),
    D: data.X.length / data.N, width: data.y.length / data.N,
    step: 0, epoch: 0, place: 0,
    rng: new Stream(seed), order: Int32Array.from({ length: data.N }, (_, n) => n), ordered: null,
    batch: null, pass: null, log: [], history: null };
  const first = { ...SETTINGS, ...settings };
  run.log.push({ step: 0, settings: checked(first, data.N), options: run.optimizer.options });
  makeRoom(run, first.batchSize);
  const size = net.params.length + run.optimizer.memory.length + EXTRA;
  run.history = { every: 1, reached: 0, size, capacity: snapshots, rows: new Float64Array(snapshots * size) };
  remember(run);
  return run;
}

function checked(settings, N) {
  const { batchSize, schedule } = settings;
  whole(batchSize, 1, "batchSize");
  whole(N, 1, "the number of examples");
  rateAt(schedule, 0);
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
  if (run.step % run.history.every === 0 && run.step > run.history.reached) remember(run);
  run.history.reached = Math.max(run.history.reached, run.step);
}

/** Steps to the end of the present epoch. */
export function trainEpoch(run) {
  const { epoch } = run;
  while (run.epoch === epoch) trainStep(run);
}

/**
 * From now on other settings ({ schedule, batchSize, ... }) or options of the optimizer; what lay ahead is
 * forgotten.
 */
export function change(run, settings = {}, options = {}) {
  const now = inForce(run, run.step);
  const entry = {
    step: run.step, settings: checked({ ...now.settings, ...settings }, run.data.N),
    options: optimizerOptions(run.optimizer.name, { ...now.options, ...options }) };
  run.log = [...run.log.filter(({ step }) => step < run.step), entry];
  run.history.reached = run.step;
  makeRoom(run, entry.settings.batchSize);
}

// Row i of the history is the state after i * every steps. When all rows are taken, every second one is kept,
// so that a long run is as easily wound back as a short one: to any step by at most 2 / snapshots of its
// length.
function remember(run) {
  const { history } = run, { size, rows, capacity } = history;
  if (run.step / history.every >= capacity) {
    for (let i = 1; 2 * i < capacity; i++) rows.copyWithin(i * size, 2 * i * size, (2 * i + 1) * size);
    history.every *= 2;
    if (run.step % history.every !== 0) return;
  }
  const { params } = run.net, { memory, t } = run.optimizer, start = run.step / history.every * size;
  rows.set(params, start);
  rows.set(memory, start + params.length);
  const end = start + size - EXTRA;
  rows[end] = run.step; rows[end + 1] = run.epoch; rows[end + 2] = run.place; rows[end + 3] = t;
}

function restore(run, row) {
  const { rows, size } = run.history, { params } = run.net, { memory } = run.optimizer;
  const start = row * size, middle = start + params.length, end = start + size - EXTRA;
  for (let i = start; i < middle; i++) params[i - start] = rows[i];
  for (let i = middle; i < end; i++) memory[i - middle] = rows[i];
  run.step = rows[end]; run.epoch = rows[end + 1]; run.place = rows[end + 2]; run.optimizer.t = rows[end + 3];
}

/**
 * Goes to step k, back or ahead: from the nearest snapshot before k the steps are made again, to the same
 * last digit.
 */
export function seek(run, k) {
  whole(k, 0, "the step");
  const { every, reached } = run.history, row = Math.floor(Math.min(k, reached) / every);
  if (k < run.step || row * every > run.step) restore(run, row);
  while (run.step < k) trainStep(run);
}
