// A 2-k-1 network that learns to part two classes, and where its hidden layer puts the points of the plane:
// the twin of feature_space.py. Everything is made once and filled again; rows are examples.

import { drawDataset, split } from "./datasets.core.mjs";
import { initialize } from "./initializers.core.mjs";
import { accuracy, lossValue } from "./loss.core.mjs";
import { createNet, createPass, forward } from "./net.core.mjs";
import {
  along, chooseBasis, lineOf, makeCloud, spreadOf, unitsOf,
} from "./feature_space.plane.core.mjs";
import { createRun, seek, trainEpoch } from "./training.core.mjs";
import { Stream } from "./lib/num.mjs";

export const SIDE = 65;                             // places along each side of the lattice in the input plane
export const LOSS = "binary_cross_entropy_with_logits";
export const MOST = 5000;                           // epochs of a run
const DIVERGED = 1e6;                               // a greater loss ends the run

// name: the kit's optimizer and its options
export const RULES = {
  sgd: ["sgd", {}], momentum: ["sgd", { momentum: 0.9 }], nesterov: ["sgd", { momentum: 0.9, nesterov: true }],
  adagrad: ["adagrad", {}], rmsprop: ["rmsprop", {}], adam: ["adam", {}] };

// What a bounded function can give: the frame of its feature space.
export const RANGES = {
  sigmoid: [0, 1], step: [0, 1], rbf: [0, 1], tanh: [-1, 1], bipolar_sigmoid: [-1, 1], hard_tanh: [-1, 1],
  softsign: [-1, 1], sign: [-1, 1] };

// Centre and half width of the square of the input plane that is shown; noise widens those that it moves.
const WINDOWS = {
  circle: [0, 0, 6, 0], xor: [0, 0, 6, 0], gauss: [0, 0, 6, 0], spiral: [0, 0, 5.6, 1],
  moons: [0.5, 0.25, 1.8, 2], parabola: [0, 0.25, 1.3, 2] };
export const windowOf = (data, noise) => {
  const [cx, cy, half, wider] = WINDOWS[data];
  return { cx, cy, half: half + wider * noise };
};

/**
 * Data, split and weights from one stream, then a run; nothing is trained yet.
 *
 * @param settings { data, points, noise, seed, k, activation, optimizer, lr, batch_size }
 */
export function createExperiment(settings) {
  const { data, points, noise, seed, k, activation, optimizer, lr, batch_size: batchSize } = settings;
  const rng = new Stream(seed), { train, test } = split(drawDataset(data, points, rng, noise), 0.5, rng);
  const net = initialize(createNet({ sizes: [2, k, 1], hidden: activation }), { name: "glorot_normal" }, rng);
  const [rule, options] = RULES[optimizer], frame = windowOf(data, noise);
  const run = createRun({
    net, data: train, loss: LOSS, optimizer: rule, options, seed, snapshots: 512,
    settings: { schedule: { name: "constant", lr }, batchSize, shuffled: true } });
  const set = ({ X, y, N }, learns) => ({ X, y, N, pass: createPass(net, N, learns), at: new Float64Array(2 * N) });
  const lattice = { N: SIDE * SIDE, X: latticeOf(frame), at: new Float64Array(2 * SIDE * SIDE) };
  lattice.pass = createPass(net, lattice.N);
  const experiment = {
    settings, net, run, perEpoch: Math.ceil(train.N / batchSize), train: set(train, true), test: set(test, false), lattice,
    known: -1, ended: MOST, losses: { train: new Float64Array(MOST + 1), test: new Float64Array(MOST + 1) },
    right: new Float64Array(MOST + 1), frames: [frame, makeFrame(), makeFrame()],
    cloud: makeCloud(k) };
  record(experiment);
  return experiment;
}

const makeFrame = () => ({ cx: 0, cy: 0, half: 1 });

function latticeOf({ cx, cy, half }) {
  const X = new Float64Array(2 * SIDE * SIDE);
  for (let n = 0; n < SIDE * SIDE; n++) {
    X[2 * n] = cx + half * (2 * (n % SIDE) / (SIDE - 1) - 1);
    X[2 * n + 1] = cy + half * (2 * Math.floor(n / SIDE) / (SIDE - 1) - 1);
  }
  return X;
}

/** Losses and share of points on their side after the epoch that the run has reached. */
function record(experiment) {
  const { net, train, test, losses, right } = experiment, epoch = ++experiment.known;
  const Y = forward(net, train.X, train.N, train.pass);
  losses.train[epoch] = lossValue(LOSS, Y, train.y, train.N, 1);
  right[epoch] = accuracy(LOSS, Y, train.y, train.N, 1);
  losses.test[epoch] = lossValue(LOSS, forward(net, test.X, test.N, test.pass), test.y, test.N, 1);
  if (!(losses.train[epoch] <= DIVERGED)) experiment.ended = epoch;
}

/**
 * Trains all on, in step, until `epoch` is known or more() says no. Returns the epoch that is known of all but
 * those that have ended before.
 */
export function reach(experiments, epoch, more = () => true) {
  let now = epoch;
  for (const { known, ended } of experiments) if (known < ended) now = Math.min(now, known);
  for (; now < epoch && more(); now++) for (const experiment of experiments) trainTo(experiment, now + 1);
  return now;
}

function trainTo(experiment, epoch) {
  const { run, perEpoch } = experiment;
  if (experiment.known >= Math.min(epoch, experiment.ended)) return;
  seek(run, experiment.known * perEpoch);
  trainEpoch(run);
  record(experiment);
}

/**
 * Winds the run to the epoch (known by now) and fills what the picture shows: features of all points, their
 * spread, the plane onto which they are seen, the line in it, and all places there.
 *
 * @param plane "across", "principal" or two units, "1 2"; with two units always these two
 * @param way 0 input, 1 after W x + b, 2 after the activation
 */
export function show(experiment, epoch, plane, way) {
  const { run, net, train, test, lattice, cloud, settings } = experiment, { W, b } = net.layers[1];
  seek(run, epoch * experiment.perEpoch);
  for (const set of [train, test, lattice]) forward(net, set.X, set.N, set.pass);
  const { Z, A, S } = train.pass.layers[0];
  spreadOf(cloud, A, S, train.N);
  chooseBasis(cloud, plane, W);
  lineOf(cloud, W, b[0]);
  frameOf(experiment, 1, Z, null);
  frameOf(experiment, 2, A, unitsOf(settings.k, plane) ? RANGES[settings.activation] : null);
  for (const set of [train, test, lattice]) places(experiment, set, way);
}

/** The square that holds the points after stage 1 or 2: the function's range, or what the points take. */
function frameOf({ frames, cloud, train: { N } }, stage, F, range) {
  const frame = frames[stage];
  let half = 0;
  for (let j = 0; j < 2; j++) {
    let [low, high] = range ?? [Infinity, -Infinity];
    for (let n = 0; n < N && !range; n++) {
      const c = along(cloud, F, n, j);
      low = Math.min(low, c);
      high = Math.max(high, c);
    }
    frame[j === 0 ? "cx" : "cy"] = (low + high) / 2;
    half = Math.max(half, (high - low) / 2);
  }
  frame.half = 1.15 * Math.max(half, 0.05);
  if (!(frame.half < 1e9 && Math.abs(frame.cx + frame.cy) < 1e9)) Object.assign(frame, { cx: 0, cy: 0, half: 1 });
}

/** at (N, 2): where the points of a set are on their way, each stage in its own frame from -1 to 1. */
function places({ frames, cloud }, { X, N, pass, at }, way) {
  const { Z, A } = pass.layers[0], stage = way < 1 ? 0 : 1, t = way - stage;
  const from = frames[stage], to = frames[stage + 1];
  for (let n = 0; n < N; n++) {
    for (let j = 0; j < 2; j++) {
      const start = stage === 0 ? X[2 * n + j] : along(cloud, Z, n, j);
      const end = along(cloud, stage === 0 ? Z : A, n, j);
      at[2 * n + j] = (1 - t) * inFrame(from, start, j) + t * inFrame(to, end, j);
    }
  }
}
const inFrame = ({ cx, cy, half }, c, j) => (c - (j === 0 ? cx : cy)) / half;
