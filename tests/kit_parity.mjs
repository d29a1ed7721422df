// Calls the widgets' kit for tests/test_kit.py: scales, fields, and runs as Python scripts.

import * as field from "../dlnotes/widgets/js/lib/field.mjs";
import * as plot from "../dlnotes/widgets/js/lib/plot.mjs";
import * as python from "../dlnotes/widgets/js/lib/python.mjs";
import { drawDataset, features, signed, split } from "../dlnotes/widgets/js/datasets.core.mjs";
import { initialize } from "../dlnotes/widgets/js/initializers.core.mjs";
import { lossValue } from "../dlnotes/widgets/js/loss.core.mjs";
import { createNet, createPass, forward } from "../dlnotes/widgets/js/net.core.mjs";
import { change, createRun, seek } from "../dlnotes/widgets/js/training.core.mjs";
import { trainingScript } from "../dlnotes/widgets/js/training_script.mjs";
import { Stream } from "../dlnotes/widgets/js/lib/num.mjs";
import { serve } from "./probes.mjs";

const row = (list) => Float64Array.from(list);

/** A run as a widget makes it, its losses, and both scripts. */
function script({ changes = [], ...spec }) {
  const { dataset, seed, steps } = spec, rng = new Stream(seed);
  const drawn = dataset.name
    ? drawDataset(dataset.name, dataset.N, rng, dataset.noise) : { X: row(dataset.X), y: row(dataset.y) };
  const { train, test } = split(drawn, dataset.testShare, rng);
  for (const part of [train, test]) {
    part.X = features(spec.features, part.X);
    if (spec.loss !== "binary_cross_entropy_with_logits") part.y = signed(part.y);
  }
  const net = createNet({
    sizes: [spec.features.length, ...spec.hidden, 1], hidden: spec.activation, output: spec.output,
    settings: spec.settings });
  initialize(net, spec.init, rng);
  const { loss, optimizer, options } = spec;
  const run = createRun({ net, data: train, loss, optimizer, options, settings: spec.training, seed });
  for (const { step, settings = {}, options: later = {} } of changes) {
    seek(run, step);
    change(run, settings, later);
  }
  seek(run, steps);
  const value = ({ X, y, N }) => lossValue(loss, forward(net, X, N, createPass(net, N)), y, N, 1);
  const write = (library) => trainingScript({ ...spec, log: run.log }, library);
  return { losses: [train, test].filter(({ N }) => N).map(value), dlnotes: write("dlnotes"), torch: write("torch") };
}

serve({
  symlog(threshold, low, high, values) {
    const scale = new plot.Scale("symlog", threshold);
    scale.set(low, high, 100, 500);
    const pixels = values.map((v) => scale.at(v));
    return { pixels, back: pixels.map((p) => scale.invert(p)), ticks: scale.ticks() };
  },
  contourPieces(values, nx, ny, level, room) {
    const out = new Float64Array(4 * room), count = field.contourPieces(row(values), nx, ny, level, out);
    return out.subarray(0, 4 * count);
  },
  lab: (colors) => colors.map(field.toLab),
  rgb: (colors) => colors.map((c) => field.fromLab(field.toLab(c))),
  palettes(paper, blue, orange) {
    const colors = { paper, line: [blue, orange] }, made = field.palettes(colors);
    const rgb = (pixel) => [pixel & 255, (pixel >>> 8) & 255, (pixel >>> 16) & 255];
    return {
      sequence: Array.from(made.sequence, rgb), diverge: Array.from(made.diverge, rgb),
      kept: field.palettes(colors) === made };
  },
  literal: (value) => python.literal(value),
  keywords: (value) => python.keywords(value),
  wrapped: (...args) => python.wrapped(...args),
  script,
});
