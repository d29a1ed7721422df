// Calls the feature space widget for tests/test_feature_space.py: its runs, its views and its words.

import * as core from "../dlnotes/widgets/js/feature_space.core.mjs";
import * as plane from "../dlnotes/widgets/js/feature_space.plane.core.mjs";
import * as words from "../dlnotes/widgets/js/feature_space.text.mjs";
import { scripts } from "../dlnotes/widgets/js/feature_space.script.mjs";
import { measureFeatureSpace } from "../benchmarks/convergence.mjs";
import { serve } from "./probes.mjs";

function at(settings, epoch, view = "across", way = 2) {
  const experiment = core.createExperiment(settings);
  core.reach([experiment], epoch);
  core.show(experiment, Math.min(epoch, experiment.ended), view, way);
  return experiment;
}

const history = ({ losses, right, known }) => (
  [losses.train, losses.test, right].map((row) => row.slice(0, known + 1)));

const plain = (object) => Object.fromEntries(
  Object.entries(object).map(([key, v]) => [key, ArrayBuffer.isView(v) ? Array.from(v) : v]));

serve({
  run: (settings, epoch) => {
    const experiment = at(settings, epoch);
    return [experiment.net.params, ...history(experiment)];
  },
  known: (settings, epoch) => at(settings, epoch).known,
  data: (settings) => {
    const { train, test } = core.createExperiment(settings);
    return [train.X, train.y, test.X, test.y];
  },
  // what the picture needs: features of the lattice and of the points, the cloud, all places
  view: (settings, epoch, view, way) => {
    const { cloud, lattice, train, frames } = at(settings, epoch, view, way);
    return plain({
      A: lattice.pass.layers[0].A, Y: lattice.pass.Y, X: lattice.X, mean: cloud.mean, values: cloud.values,
      dead: Array.from(cloud.dead), basis: cloud.basis, line: cloud.line, tilt: cloud.tilt, at: train.at,
      flat: plane.flatness(cloud), frames: frames.map(({ cx, cy, half }) => [cx, cy, half]) });
  },
  // wound to and fro: the state at each of the stops
  rewind: (settings, stops) => {
    const experiment = core.createExperiment(settings);
    return stops.map((epoch) => {
      core.reach([experiment], epoch);
      core.show(experiment, epoch, "across", 2);
      return [...experiment.net.params, ...experiment.train.at.slice(0, 20), ...experiment.losses.train.slice(0, epoch + 1)];
    });
  },
  together: (all, epoch, patience) => {
    const experiments = all.map(core.createExperiment);
    const now = core.reach(experiments, epoch, () => patience-- > 0);
    return [now, ...experiments.map(({ known }) => known)];
  },
  eigen: (C, k) => {
    const values = new Float64Array(k), vectors = new Float64Array(k * k);
    plane.eigen(Float64Array.from(C), k, values, vectors);
    return [values, vectors];
  },
  window: (data, noise) => Object.values(core.windowOf(data, noise)),
  right: (settings, epoch) => at(settings, epoch).right[epoch],
  sentence: (settings, epoch, view = "across") => {
    const experiment = at(settings, epoch, view);
    return [words.sentence(experiment, experiment.known), words.details(experiment, experiment.known, view)];
  },
  comparison: (all, epoch) => {
    const experiments = all.map((settings) => at(settings, epoch));
    return words.comparison(experiments, epoch);
  },
  titles: (k, way) => words.PLANE_NAMES.map((name) => words.planeTitle(k, name, way)),
  presets: () => Object.entries(words.PRESETS).map(([name, preset]) => [name, { ...words.COMMON, ...preset }]),
  benchmark: (seeds) => measureFeatureSpace(seeds).map(({ name, median, arrived }) => [name, median, arrived]),
  names: () => ({
    optimizers: Object.keys(core.RULES), planes: words.PLANE_NAMES, data: words.DATA.map(([name]) => name),
    functions: words.FUNCTIONS.map(([name]) => name) }),
  script: (settings, epoch, library) => {
    const experiment = at(settings, epoch);
    return [scripts([experiment], library), experiment.losses.train[epoch], experiment.losses.test[epoch]];
  },
});
