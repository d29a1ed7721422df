// Calls the browser's neural network for tests/test_net_*.py. COVERS says which exports each probe calls.

import { serve } from "./probes.mjs";
import * as check from "../dlnotes/widgets/js/check.core.mjs";
import * as datasets from "../dlnotes/widgets/js/datasets.core.mjs";
import * as history from "../dlnotes/widgets/js/history.core.mjs";
import * as initializers from "../dlnotes/widgets/js/initializers.core.mjs";
import * as inspect from "../dlnotes/widgets/js/inspect.core.mjs";
import * as layers from "../dlnotes/widgets/js/layers.core.mjs";
import * as lin from "../dlnotes/widgets/js/linear.core.mjs";
import * as loss from "../dlnotes/widgets/js/loss.core.mjs";
import * as nets from "../dlnotes/widgets/js/net.core.mjs";
import * as optim from "../dlnotes/widgets/js/optim.core.mjs";
import * as pointwise from "../dlnotes/widgets/js/pointwise.core.mjs";
import * as recurrent from "../dlnotes/widgets/js/recurrent.core.mjs";
import * as schedules from "../dlnotes/widgets/js/schedules.core.mjs";
import * as training from "../dlnotes/widgets/js/training.core.mjs";
import { ACTIVATIONS } from "../dlnotes/widgets/js/activations.core.mjs";
import { Stream } from "../dlnotes/widgets/js/lib/num.mjs";

const row = (list) => (list === null ? null : Float64Array.from(list));
const room = (size) => new Float64Array(size).fill(NaN);      // so that a place that is not written shows

function netOf(spec, params) {
  const net = nets.createNet(spec);
  net.params.set(params);
  return net;
}

/** A pass that earlier, larger numbers have gone through, so that what is left of them would show. */
function usedPass(net, N) {
  const pass = nets.createPass(net, N + 3, true);
  for (const { Z, A, S, dZ } of pass.layers) for (const array of [Z, A, S, dZ]) array.fill(1e3);
  return pass;
}

function runOf({ net, params, X, y, N, ...rest }) {
  return training.createRun({ net: netOf(net, params), data: { X: row(X), y: row(y), N }, ...rest });
}

const probes = {
  check: (what, ...args) => (what === "unknown" ? check.unknown(...args).message : check[what](...args)),
  product: (X, xRow, xColumn, W, wRow, wColumn, b, N, D, H) => {
    const Y = room(N * H);
    lin.product(row(X), xRow, xColumn, row(W), wRow, wColumn, row(b), N, D, H, Y);
    return Y;
  },
  linear: (X, W, b, N, D, H) => {
    const Y = room(N * H);
    lin.linear(row(X), row(W), row(b), N, D, H, Y);
    return Y;
  },
  linearBackward: (dY, X, W, N, D, H, first) => {
    const dX = first ? null : room(N * D), dW = room(D * H), db = room(H);
    lin.linearBackward(row(dY), row(X), row(W), N, D, H, dX, dW, db);
    return [dX ?? [], dW, db];
  },
  activate: (name, settings, Z, learns) => {
    const A = room(Z.length + 2), S = learns ? room(Z.length + 2) : null;
    const activation = { name, settings, entry: ACTIVATIONS[name] };
    if (name === "tanh") pointwise.activateTanh(row(Z), A, S, Z.length);
    else pointwise.activate(activation, row(Z), A, S, Z.length);
    return [A, S ?? []];
  },
  losses: (name, Y, y, N, C) => {
    const dY = room(N * C);
    loss.lossBackward(name, row(Y), row(y), N, C, dY);
    return [loss.lossValue(name, row(Y), row(y), N, C), dY, loss.accuracy(name, row(Y), row(y), N, C)];
  },
  lossNames: () => loss.LOSSES,
  softmax: (Z, N, C) => {
    const P = room(N * C);
    loss.softmax(row(Z), N, C, P);
    return P;
  },
  elasticNet: (W, lam1, lam2, dW) => {
    const out = row(dW);
    loss.addElasticNetBackward(row(W), lam1, lam2, out);
    return [loss.elasticNet(row(W), lam1, lam2), out];
  },
  netLayout: (spec) => {
    const net = nets.createNet(spec);
    net.params.forEach((_, i) => { net.params[i] = i; });
    net.grads.forEach((_, i) => { net.grads[i] = -i; });
    return net.layers.map(({ D, H, W, b, dW, db, activation }) => [
      [D, H], W, b, dW, db, Object.values(activation.settings)]);
  },
  net: (spec, params, X, y, N, name) => {
    const net = netOf(spec, params), C = spec.sizes.at(-1);
    const pass = usedPass(net, N), values = nets.createPass(net, N);
    net.grads.fill(1e3);
    const Y = nets.forward(net, row(X), N, pass);
    loss.lossBackward(name, Y, row(y), N, C, pass.dY);
    nets.backward(net, row(X), N, pass);
    const used = (key) => pass.layers.map((layer, l) => layer[key].slice(0, N * net.layers[l].H));
    const alone = Float64Array.from(nets.forward(net, row(X), N, values));
    return [alone, used("Z"), used("A"), used("S"), used("dZ"), net.grads];
  },
  tooManyRows: (spec, N) => {
    const net = nets.createNet(spec);
    return nets.forward(net, room((N + 1) * spec.sizes[0]), N + 1, nets.createPass(net, N));
  },
  settings: (name) => Object.values(nets.settingsOf(name)),
  optimizer: (name, options, lr, params, grads) => {
    const optimizer = optim.createOptimizer(name, params.length, options), w = row(params);
    return grads.map((g) => {
      optim.update(optimizer, lr, w, row(g));
      return Float64Array.from(w);
    });
  },
  optimizerNames: () => optim.OPTIMIZERS,
  optimizerOptions: (name, options) => optim.optimizerOptions(name, options),
  schedule: (schedule, ts) => ts.map((t) => schedules.rateAt(schedule, t)),
  scheduleNames: () => Object.keys(schedules.SCHEDULES),
  gain: (name, slope) => initializers.gain(name, slope),
  weights: (spec, D, H, seed) => {
    const W = room(D * H);
    initializers.initializeWeights(spec, W, D, H, new Stream(seed));
    return [W, initializers.weightStd(spec, D, H)];
  },
  initializerNames: () => initializers.INITIALIZERS,
  initialize: (spec, init, seed) =>
    initializers.initialize(nets.createNet(spec), init, new Stream(seed)).params,
  moments: (X) => Object.values(inspect.moments(row(X))),
  shares: (S, N, H, threshold) => [
    inspect.deadShare(row(S), N, H), inspect.saturatedShare(row(S), threshold)],
  layerStatistics: (spec, params, X, dY, N, threshold, low, high, bins) => {
    const net = netOf(spec, params), pass = usedPass(net, N);
    nets.forward(net, row(X), N, pass);
    pass.dY.set(row(dY));
    nets.backward(net, row(X), N, pass);
    const counts = (l, what) =>
      Array.from(inspect.layerHistogram(net, pass, N, l, what, low, high, room(bins)));
    return inspect.layerStatistics(net, pass, N, threshold).map(({ Z, A, dZ, dead, saturated }, l) => [
      ...[Z, A, dZ].map(Object.values), dead, saturated,
      ...["Z", "A", "S", "dZ"].map((what) => counts(l, what))]);
  },
  dataset: (name, N, seed, noise) => Object.values(datasets.drawDataset(name, N, new Stream(seed), noise)),
  datasetNames: () => Object.keys(datasets.DATASETS),
  split: (name, N, seed, noise, share) => {
    const rng = new Stream(seed), drawn = datasets.drawDataset(name, N, rng, noise);
    const { train, test } = datasets.split(drawn, share, rng);
    return [train.X, train.y, test.X, test.y, [train.N, test.N], datasets.signed(train.y)];
  },
  shuffle: (N, seed) => datasets.shuffle(Int32Array.from({ length: N }, (_, n) => n), new Stream(seed)),
  features: (names, X) => datasets.features(names, row(X)),
  featureNames: () => Object.keys(datasets.FEATURES),
  run: (spec, steps) => {
    const run = runOf(spec);
    return steps.map((k) => {
      while (run.step < k) training.trainStep(run);
      return Float64Array.from(run.net.params);
    });
  },
  epochs: (spec, count) => {
    const run = runOf(spec);
    return Array.from({ length: count }, () => {
      training.trainEpoch(run);
      return [run.step, run.epoch, run.place];
    });
  },
  changes: (spec, changes, last) => {
    const run = runOf(spec);
    for (const { step, settings, options } of changes) {
      training.seek(run, step);
      training.change(run, settings, options);
    }
    training.seek(run, last);
    return run.net.params;
  },
  // Goes to each of `places` in turn, with changes on the way, and says how far the state is from that of a run
  // that went straight on; also how many steps were made again at the most.
  rewind: (spec, changes, places) => {
    const straight = runOf(spec), run = runOf(spec), last = Math.max(...places), seen = [];
    const apply = (run, k) => changes.filter(({ step }) => step === k)
      .forEach(({ settings, options }) => training.change(run, settings, options));
    for (const other of [straight, run]) {
      for (let k = 0; k <= last; k++) {
        apply(other, k);
        if (other === straight) seen.push([...run0(straight)]);
        training.trainStep(other);
      }
    }
    let worst = 0, mostAgain = 0;
    for (const k of places) {
      history.restoreBefore(run, k);
      mostAgain = Math.max(mostAgain, k - run.step);
      training.seek(run, k);
      if (run.step !== k) throw new Error(`at step ${run.step}, not ${k}`);
      run0(run).forEach((value, i) => { worst = Math.max(worst, Math.abs(value - seen[k][i])); });
    }
    return [worst, mostAgain];
  },
  windows: (space, size, options) => layers.windows(space, size, options).out,
  conv2d: (X, shape, W, kernel, b, options) =>
    Object.values(layers.conv2d(row(X), shape, row(W), kernel, row(b), options)),
  maxPool2d: (X, shape, size, options) => Object.values(layers.maxPool2d(row(X), shape, size, options)),
  avgPool2d: (X, shape, size, options) => Object.values(layers.avgPool2d(row(X), shape, size, options)),
  normalizeAdjacency: (A, N, selfLoops, mode) => layers.normalizeAdjacency(row(A), N, selfLoops, mode),
  graphConv: (A, H, W, b, N, D, K) => layers.graphConv(row(A), row(H), row(W), row(b), N, D, K),
  rnnCell: (x, h, W_x, W_h, b, N, nonlinearity) =>
    recurrent.rnnCell(row(x), row(h), row(W_x), row(W_h), row(b), N, nonlinearity),
  gruCell: (x, h, W_x, W_h, b_x, b_h, N, after) =>
    recurrent.gruCell(row(x), row(h), row(W_x), row(W_h), row(b_x), row(b_h), N, after).h,
  lstmCell: (x, h, c, W_x, W_h, b, N) => {
    const out = recurrent.lstmCell(row(x), row(h), row(c), row(W_x), row(W_h), row(b), N);
    return [out.h, out.c];
  },
  historyRows: (sizes, optimizer) => {
    const net = nets.createNet({ sizes }), data = { X: room(sizes[0]), y: room(sizes.at(-1)), N: 1 };
    const run = training.createRun({ net, data, optimizer });
    training.seek(run, 5);
    training.seek(run, 2);
    return [run.step, run.history.capacity];
  },
  heapPerStep: (spec, steps) => heapPerStep(runOf(spec), steps),
};

/** Weights, the optimizer's memory and the place: all that a later step depends on. */
const run0 = (run) => [...run.net.params, ...run.optimizer.memory, run.optimizer.t, run.epoch, run.place];

/** Bytes that a step leaves on the heap, once the code is compiled. */
function heapPerStep(run, steps) {
  for (let k = 0; k < steps; k++) training.trainStep(run);
  globalThis.gc();
  const before = process.memoryUsage().heapUsed;
  for (let k = 0; k < steps; k++) training.trainStep(run);
  return (process.memoryUsage().heapUsed - before) / steps;
}

const COVERS = {
  "check.core.mjs": { check: ["unknown", "entry", "whole"] },
  "linear.core.mjs": { product: ["product"], linear: ["linear"], linearBackward: ["linearBackward"] },
  "pointwise.core.mjs": { activate: ["activate", "activateTanh"] },
  "loss.core.mjs": {
    losses: ["lossValue", "lossBackward", "accuracy"], lossNames: ["LOSSES"], softmax: ["softmax"],
    elasticNet: ["elasticNet", "addElasticNetBackward"] },
  "net.core.mjs": { net: ["createNet", "createPass", "forward", "backward"], settings: ["settingsOf"] },
  "optim.core.mjs": {
    optimizer: ["createOptimizer", "update"], optimizerNames: ["OPTIMIZERS"],
    optimizerOptions: ["optimizerOptions"] },
  "schedules.core.mjs": { schedule: ["rateAt"], scheduleNames: ["SCHEDULES"] },
  "initializers.core.mjs": {
    gain: ["gain"], weights: ["initializeWeights", "weightStd"], initializerNames: ["INITIALIZERS"],
    initialize: ["initialize"] },
  "inspect.core.mjs": {
    moments: ["moments"], shares: ["deadShare", "saturatedShare"],
    layerStatistics: ["layerStatistics", "layerHistogram"] },
  "datasets.core.mjs": {
    dataset: ["drawDataset"], datasetNames: ["DATASETS"], split: ["split", "signed"], shuffle: ["shuffle"],
    features: ["features"], featureNames: ["FEATURES"] },
  "history.core.mjs": { rewind: ["createHistory", "remember", "restoreBefore"], changes: ["forget"] },
  "training.core.mjs": {
    run: ["createRun", "trainStep"], epochs: ["trainEpoch"], changes: ["change"], rewind: ["seek"] },
  "layers.core.mjs": {
    windows: ["windows"], conv2d: ["conv2d"], maxPool2d: ["maxPool2d"], avgPool2d: ["avgPool2d"],
    normalizeAdjacency: ["normalizeAdjacency"], graphConv: ["graphConv"] },
  "recurrent.core.mjs": { rnnCell: ["rnnCell"], gruCell: ["gruCell"], lstmCell: ["lstmCell"] },
};

serve(probes, COVERS);
