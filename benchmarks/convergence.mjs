// Does the browser's network learn as fast as those that readers know? Epochs until two published pictures are reached.
//
//     node benchmarks/convergence.mjs [seeds [rows of the first table]] [--json]          (50 seeds: 30 s)
//
// 1. TensorFlow Playground. Its defaults: 500 points without noise, mixed once, 250 for the test; batches of 10 in that order,
//    not mixed again; tanh at the output, half the squared error against -1 and 1, plain gradient descent with 0.03, no
//    penalty; weights uniform in [-0.5, 0.5], biases 0.1. Counted: epochs until the test loss is below 0.1, at most LIMIT.
// 2. The parabola of D. Godoy, "Hyper-parameters in action, part I": 2 x 1000 points, net 2-2-1 with a sigmoid at the output,
//    cross-entropy, batches of 16, mixed each epoch, gradient descent with 0.05; hidden weights Glorot normal, those of the
//    output normal with 0.05, biases 0; 150 epochs. Counted: epochs until all points are on their side.
//
// "Published" are the medians of the Playground's own engine over 50 seeds, and the ranges of the parabola, both measured for
// this book. The seeds draw other points and weights there, so single numbers differ; that the published median lies in
// the interval for ours is what can be expected. Runs that do not arrive (a symmetric start, dead ReLUs, the limit) are left
// out of the medians and counted beside them; the limit behind the published 39 of 50 is not known.

import { pathToFileURL } from "node:url";
import { createExperiment, reach } from "../dlnotes/widgets/js/feature_space.core.mjs";
import { drawDataset, features, signed, split } from "../dlnotes/widgets/js/datasets.core.mjs";
import { initialize, initializeWeights } from "../dlnotes/widgets/js/initializers.core.mjs";
import { accuracy, lossValue } from "../dlnotes/widgets/js/loss.core.mjs";
import { createNet, createPass, forward } from "../dlnotes/widgets/js/net.core.mjs";
import { createRun, trainEpoch } from "../dlnotes/widgets/js/training.core.mjs";
import { Stream } from "../dlnotes/widgets/js/lib/num.mjs";

const LIMIT = 2000, XY = ["x1", "x2"], ALL = ["x1", "x2", "x1_squared", "x2_squared", "product", "sin_x1", "sin_x2"];
// name, data set, hidden layers, activation, features; the published median, and how many of 50 seeds arrived where it is told
const PLAYGROUND = [
  ["circle 4-2", "circle", [4, 2], "tanh", XY, 40],
  ["xor 4-2", "xor", [4, 2], "tanh", XY, 45],
  ["gauss 4-2", "gauss", [4, 2], "tanh", XY, 2],
  ["spiral 8-8, 7 features", "spiral", [8, 8], "tanh", ALL, 109],
  ["circle 4-2 sigmoid", "circle", [4, 2], "sigmoid", XY, 616],
  ["spiral 8-8", "spiral", [8, 8], "tanh", XY, 1005, 39],
];
// activation; the published range
const PARABOLA = [["sigmoid", 63, 117], ["tanh", 16, 31], ["relu", 16, 36]];

// data set, hidden units, activation
const FEATURE_SPACE = [
  ["parabola", 2, "sigmoid"], ["parabola", 2, "tanh"], ["parabola", 2, "relu"], ["circle", 2, "tanh"], ["circle", 2, "relu"],
  ["circle", 3, "sigmoid"], ["circle", 3, "tanh"], ["circle", 3, "relu"]];
const WIDGET = { points: 400, noise: 0, optimizer: "sgd", lr: 0.3, batch_size: 16 };

/** Epochs until `reached` says so, Infinity where it is not within `limit`. */
function epochs(run, limit, reached) {
  while (run.epoch < limit) {
    trainEpoch(run);
    if (reached()) return run.epoch;
  }
  return Infinity;
}

function playground(seed, name, hidden, activation, names) {
  const rng = new Stream(seed), parts = split(drawDataset(name, 500, rng), 0.5, rng);
  const [train, test] = [parts.train, parts.test].map(({ X, y, N }) => ({ X: features(names, X), y: signed(y), N }));
  const net = createNet({ sizes: [names.length, ...hidden, 1], hidden: activation, output: "tanh" });
  initialize(net, { name: "uniform", a: -0.5, b: 0.5, bias: 0.1 }, rng);
  const settings = { schedule: { name: "constant", lr: 0.03 }, batchSize: 10, shuffled: false };
  const run = createRun({ net, data: train, loss: "half_mse", settings, seed, snapshots: 2 }), pass = createPass(net, test.N);
  return epochs(run, LIMIT, () => lossValue("half_mse", forward(net, test.X, test.N, pass), test.y, test.N, 1) < 0.1);
}

function parabola(seed, activation) {
  const rng = new Stream(seed), { X, y } = drawDataset("parabola", 2000, rng), data = { X, y, N: 2000 };
  const net = createNet({ sizes: [2, 2, 1], hidden: activation }), loss = "binary_cross_entropy_with_logits";
  initialize(net, { name: "glorot_normal" }, rng);
  initializeWeights({ name: "normal", std: 0.05 }, net.layers[1].W, 2, 1, rng);
  const settings = { schedule: { name: "constant", lr: 0.05 }, batchSize: 16, shuffled: true };
  const run = createRun({ net, data, loss, settings, seed, snapshots: 2 }), pass = createPass(net, data.N);
  return epochs(run, 150, () => accuracy(loss, forward(net, X, data.N, pass), y, data.N, 1) === 1);
}

function featureSpace(seed, data, k, activation) {
  const experiment = createExperiment({ ...WIDGET, data, k, activation, seed });
  for (let epoch = 1; epoch <= 400; epoch++) {
    reach([experiment], epoch);
    if (experiment.right[epoch] === 1) return epoch;
  }
  return Infinity;
}

/** numpy's quantile: between two neighbours on a line */
function quantile(sorted, q) {
  const place = q * (sorted.length - 1), low = Math.floor(place);
  return sorted[low] + (place - low) * ((sorted[low + 1] ?? sorted[low]) - sorted[low]);
}

/** The order statistics between which the median of all seeds lies with 95 % (binomial, normal approximation). */
function interval(sorted) {
  const half = 0.98 * Math.sqrt(sorted.length), middle = (sorted.length - 1) / 2;
  const at = (place) => sorted[Math.max(0, Math.min(sorted.length - 1, Math.round(place)))];
  return [at(middle - half), at(middle + half)];
}

/** What the seeds 0, 1, ... come to: median, its 95 % interval, quartiles and range of those that arrive, and how many do. */
function summary(name, published, seeds, act) {
  const all = Array.from({ length: seeds }, (_, seed) => act(seed)).filter(Number.isFinite).sort((a, b) => a - b);
  return {
    name, median: quantile(all, 0.5), interval: interval(all), quartiles: [quantile(all, 0.25), quantile(all, 0.75)],
    range: [all[0], all.at(-1)], arrived: all.length, seeds, published };
}

/** One summary a row of the Playground's table; `only` names the rows wanted. */
export const measurePlayground = (seeds, only = PLAYGROUND.map(([name]) => name)) =>
  PLAYGROUND.filter(([name]) => only.includes(name)).map(([name, set, hidden, f, names, median, arrived]) =>
    summary(name, arrived ? `${median} (${arrived}/50)` : String(median), seeds, (seed) => playground(seed, set, hidden, f, names)));

/** One summary for each activation on the parabola. */
export const measureParabola = (seeds) =>
  PARABOLA.map(([f, low, high]) => summary(f, `${low}-${high}`, seeds, (seed) => parabola(seed, f)));

/** One summary for each row of the feature space widget. */
export const measureFeatureSpace = (seeds) =>
  FEATURE_SPACE.map(([data, k, f]) => (
    summary(`${data} 2-${k}-1 ${f}`, "", seeds, (seed) => featureSpace(seed, data, k, f))));

function print(title, rows) {
  const line = (name, ...cells) =>
    console.log(name.padEnd(24) + cells.map((cell, i) => String(cell).padStart([8, 14, 14, 12, 10, 18][i])).join(""));
  console.log(`\n${title}`);
  line("", "median", "95 % of it", "quartiles", "range", "arrived", "published");
  for (const { name, median, interval, quartiles, range, arrived, seeds, published } of rows) {
    const words = arrived ? [median, interval.join("-"), quartiles.map(Math.round).join("-"), range.join("-")] : ["-", "-", "-", "-"];
    line(name, ...words, `${arrived}/${seeds}`, published);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [seeds = 50, ...only] = process.argv.slice(2).filter((word) => word !== "--json");
  const results = {
    playground: measurePlayground(Number(seeds), only.length ? only : undefined), parabola: measureParabola(Number(seeds)),
    featureSpace: measureFeatureSpace(Number(seeds)) };
  if (process.argv.includes("--json")) console.log(JSON.stringify(results));
  else {
    print("Playground: epochs to test loss < 0.1", results.playground);
    print("Parabola 2-2-1: first epoch with all points right, of 150", results.parabola);
    print("Feature space: first epoch with all training points right, of 400", results.featureSpace);
  }
}
