// A run of the playground: data, network, training, curves, and the way back to every epoch.
// Seeds as everywhere: from one Stream(seed) the data, their split and the weights; the order of the examples
// from another. The twin is run() of dlnotes/widgets/playground.py.

import { drawDataset, features, signed, split } from "./datasets.core.mjs";
import { initialize } from "./initializers.core.mjs";
import { lossValue } from "./loss.core.mjs";
import { createNet, createPass, forward } from "./net.core.mjs";
import { LOSSES, divergence, initOf, segmentsOf, tuning } from "./playground.settings.core.mjs";
import { change, createRun, seek, trainEpoch } from "./training.core.mjs";
import { Stream, linspace } from "./lib/num.mjs";

export const LAST = 20000;                      // the most epochs of a run
const SNAPSHOTS = 512;

/** What the reader sees of the plane: [x1 low, x1 high, x2 low, x2 high], a square. */
export const WINDOWS = { moons: [-1.5, 2.5, -1.75, 2.25], parabola: [-1.5, 1.5, -1.25, 1.75] };
export const windowOf = (data) => WINDOWS[data] ?? [-6, 6, -6, 6];

function ownData(rows) {
  return { X: Float64Array.from(rows.flatMap(([x1, x2]) => [x1, x2])),
    y: Float64Array.from(rows, (row) => row[2]) };
}

/** { train, test }: points (N, 2), labels (N,), X (N, D) the features, y (N,) the targets. */
function drawParts({ data, own, points, noise, train_share, features: names, loss }, rng) {
  const drawn = data === "own" ? ownData(own) : drawDataset(data, points, rng, noise);
  const parts = split(drawn, 1 - train_share, rng);
  return Object.fromEntries(Object.entries(parts).map(([name, { X, y, N }]) => (
    [name, { points: X, labels: y, X: features(names, X), y: loss === "squared" ? signed(y) : y, N }])));
}

/**
 * A run at epoch 0.
 *
 * @param structure, live see playground.settings.core.mjs
 * @param changes [{ until, ...live settings before }]
 * @returns { structure, segments, train, test, net, run (null without training points), loss, epoch, reached,
 *   ended: the epoch whose losses are no longer finite, else null; curves { train, test } by epoch }
 */
export function createSession(structure, live, changes = []) {
  const rng = new Stream(structure.seed), { train, test } = drawParts(structure, rng);
  const loss = LOSSES[structure.loss], output = structure.loss === "squared" ? "tanh" : "identity";
  const net = createNet({ sizes: [structure.features.length, ...structure.layers, 1],
    hidden: structure.activation, output });
  initialize(net, initOf(structure), rng);
  const segments = segmentsOf(changes, live);
  const session = {
    structure, segments, train, test, net, loss, run: null, epoch: 0, reached: 0, ended: null,
    pass: createPass(net, Math.max(train.N, test.N, 1), true),
    curves: { train: new Float64Array(256), test: new Float64Array(256) } };
  if (train.N > 0) {
    const { settings, options } = tuning(segments[0].live, structure.optimizer, train.N);
    session.run = createRun({
      net, data: train, loss, optimizer: structure.optimizer, options, settings, seed: structure.seed,
        snapshots: SNAPSHOTS });
  }
  record(session);
  return session;
}

/** Mean loss of a part of the data; not a number where it has no examples. */
function lossOf({ net, loss, pass }, part) {
  return part.N ? lossValue(loss, forward(net, part.X, part.N, pass), part.y, part.N, 1) : NaN;
}

function record(session) {
  const { curves, epoch } = session;
  for (const name of ["train", "test"]) {
    if (epoch >= curves[name].length) {
      const longer = new Float64Array(2 * curves[name].length);
      longer.set(curves[name]);
      curves[name] = longer;
    }
    curves[name][epoch] = lossOf(session, session[name]);
  }
  session.reached = epoch;
  if (session.run && !Number.isFinite(curves.train[epoch])) session.ended = epoch;
}

/** The step at which an epoch begins. */
export function stepAt({ segments, train }, epoch) {
  let steps = 0;
  segments.forEach(({ from, live }, i) => {
    const until = Math.min(epoch, segments[i + 1]?.from ?? Infinity);
    if (until > from) steps += (until - from) * Math.ceil(train.N / live.batch_size);
  });
  return steps;
}

/** The last epoch that the run can reach. */
export const lastEpoch = ({ run, ended }) => (run ? ended ?? LAST : 0);

function oneEpoch(session) {
  const { run, segments, structure, train } = session;
  const begins = segments.find(({ from }) => from === session.epoch);
  if (begins && session.epoch > 0) retune(run, begins.live, structure.optimizer, train.N);
  trainEpoch(run);
  session.epoch++;
  record(session);
}

function retune(run, live, optimizer, N) {
  const { settings, options } = tuning(live, optimizer, N);
  change(run, settings, options);
}

/**
 * Goes to an epoch, back or ahead, with the weights that it had; for at most `patience` milliseconds.
 *
 * @returns whether it has arrived
 */
export function advance(session, epoch, patience = Infinity) {
  if (!session.run) return true;
  const back = Math.min(epoch, session.reached);
  if (session.epoch !== back) {
    seek(session.run, stepAt(session, back));
    session.epoch = back;
  }
  const start = performance.now();
  while (session.epoch < Math.min(epoch, lastEpoch(session))) {
    oneEpoch(session);
    if (performance.now() - start > patience) break;
  }
  return session.epoch >= Math.min(epoch, lastEpoch(session));
}

/** Other live settings, from the first epoch on at which they differ; what lay after it is forgotten. */
export function resettle(session, live, changes) {
  const segments = segmentsOf(changes, live), at = divergence(session.segments, segments);
  if (session.run && at <= session.reached) {
    advance(session, at);
    session.segments = segments;
    retune(session.run, segments.findLast(({ from }) => from <= at).live, session.structure.optimizer,
      session.train.N);
    session.reached = at;
    session.ended = null;
  }
  session.segments = segments;
}

/** { loss, accuracy, counts[label][answer] } of a part of the data, null if it is empty. */
export function metrics(session, part) {
  if (!part.N) return null;
  const counts = [[0, 0], [0, 0]], loss = lossOf(session, part), { Y } = session.pass;
  for (let n = 0; n < part.N; n++) counts[part.labels[n]][Y[n] > 0 ? 1 : 0]++;
  return { loss, accuracy: (counts[0][0] + counts[1][1]) / part.N, counts };
}

/** n * n places of the plane, row after row from below, their features, and room for a pass of the net. */
export function createGrid(session, n) {
  const [left, right, low, high] = windowOf(session.structure.data);
  const x1 = linspace(left, right, new Float64Array(n)), x2 = linspace(low, high, new Float64Array(n));
  const points = new Float64Array(2 * n * n);
  for (let i = 0; i < n * n; i++) {
    points[2 * i] = x1[i % n];
    points[2 * i + 1] = x2[Math.floor(i / n)];
  }
  return { n, points, X: features(session.structure.features, points), pass: createPass(session.net, n * n) };
}

/** The output on the grid, the boundary where it is 0: one product a layer. */
export const field = ({ net }, { X, n, pass }) => forward(net, X, n * n, pass);

/** What trainingScript() wants for the epoch that is shown. */
export function scriptSpec({ structure: s, run, net, loss, epoch, train }) {
  const own = s.data === "own", test = 1 - s.train_share;
  return {
    title: `A network on the ${own ? "reader's own" : s.data} data, epoch ${epoch}.`, seed: s.seed,
    dataset: own ? { X: s.own.flatMap(([x1, x2]) => [x1, x2]), y: s.own.map((row) => row[2]),
      testShare: test }
      : { name: s.data, N: s.points, noise: s.noise, testShare: test },
    features: s.features, hidden: s.layers, activation: s.activation, settings: {},
    output: net.layers.at(-1).activation.name, init: initOf(s), loss, optimizer: s.optimizer,
    log: run.log.filter(({ step }) => step <= run.step), steps: run.step, N: train.N };
}
