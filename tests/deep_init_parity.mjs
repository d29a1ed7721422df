// Calls the cores of DeepInit for tests/test_deep_init.py; the form of calls and answers is that of probes.mjs.

import * as core from "../dlnotes/widgets/js/deep_init.core.mjs";
import * as runs from "../dlnotes/widgets/js/deep_init.runs.core.mjs";
import * as words from "../dlnotes/widgets/js/deep_init.text.mjs";
import { script } from "../dlnotes/widgets/js/deep_init.script.mjs";
import { initializeWeights } from "../dlnotes/widgets/js/initializers.core.mjs";
import { Stream } from "../dlnotes/widgets/js/lib/num.mjs";
import { serve } from "./probes.mjs";

const row = (list) => Float64Array.from(list);
const room = (size) => new Float64Array(size).fill(NaN);

// All numbers of a network that another, larger one has left its own in.
function measured(settings) {
  let store = core.makeStore(4, 40);
  for (const key of ["W", "S", "Q", "A", "Z", "G"]) store[key].fill(7);
  store = core.makeStore(settings.depth, settings.width, store);
  let slices = 0;
  for (const _ of core.measure(settings, store)) slices++;
  return { ...store.result, slices };
}

const KEYS = ["z", "a", "dz", "dead", "flat", "off", "alike"];
const probes = {
  constants: () => [core.N, core.BINS, core.FLAT, runs.POINTS, runs.BATCH, runs.UPDATES, runs.EPOCHS, runs.SHRINK],
  NAMES: () => core.NAMES,
  words: () => [words.TITLES, words.PRESETS, Object.keys(words.ACTIVATION_TITLES)],
  specOf: (name, gain, D, H, seed) => {
    const W = room(D * H);
    initializeWeights(core.specOf(name, gain, D), W, D, H, new Stream(seed));
    return W;
  },
  orthogonalSlices: (H, gain, seed) => {
    const W = room(H * H);
    let slices = 0;
    for (const _ of core.orthogonalSlices(W, H, gain, new Stream(seed), room(H * H))) slices++;
    return [slices, W];
  },
  weightVariance: (name, gain, H) => core.weightVariance(name, gain, H),
  measure: (settings) => { const r = measured(settings); return KEYS.map((key) => r[key]); },
  counts: (settings) => {
    const r = measured(settings);
    return [r.zRange, r.aRange, r.dzRange, r.zCounts, r.aCounts, r.dzCounts];
  },
  slices: (settings) => measured(settings).slices,
  imageOf: (name, reach) => core.imageOf(name, reach),
  alikeness: (Z, H) => core.alikeness(row(Z), H),
  scaleToUnit: (W, Z, gain) => {
    const [w, z] = [row(W), row(Z)];
    core.scaleToUnit(w, z, gain);
    return [w, z];
  },
  momentsAt: (name, q) => core.momentsAt(core.activationOf(name), q, room(3)),
  predict: (settings) => { const p = core.predict(settings); return [p.z, p.a, p.dz]; },
  gradientColumn: (name, sigma2, depth) => core.gradientColumn(name, sigma2, room(depth)),
  changes: (result) => core.changes(result),
  diagnose: (result, initializer) => core.diagnose(result, initializer),
  sentence: (result, initializer) => words.sentence(result, { initializer }, core.diagnose(result, initializer)),
  trainingWidth: (width, depth) => runs.trainingWidth(width, depth),
  // Visits the epochs one after the other, back and forth, a few updates at a time: losses, and whether the
  // weights are those of a run that went straight there.
  createTrainee: (settings, name, epochs) => {
    const one = runs.createTrainee(settings, name);
    let same = true;
    for (const epoch of epochs) {
      let left = 0;
      while (!runs.advance(one, epoch, () => left-- > 0)) left = 3;
      const straight = runs.createTrainee(settings, name);
      runs.advance(straight, epoch, () => true);
      same &&= straight.run.net.params.every((w, i) => Object.is(w, one.run.net.params[i]));
    }
    return [same ? 1 : 0, one.losses.subarray(0, one.known)];
  },
  weightsOf: (settings, name) => runs.createTrainee(settings, name).run.net.params,
  mapRow: (settings, name, j) => runs.mapRow(runs.createTrainee(settings, name), j, room(runs.GRID ** 2)),
  script: (settings, library) => script(settings, library),
};

const TOGETHER = {
  N: "constants", BINS: "constants", FLAT: "constants", POINTS: "constants", BATCH: "constants", UPDATES: "constants",
  EPOCHS: "constants", SHRINK: "constants", GRID: "mapRow", REACH: "mapRow", makeStore: "measure",
  activationOf: "momentsAt", advance: "createTrainee" };

serve(probes, [...Object.keys(probes), ...Object.keys(TOGETHER)]);
