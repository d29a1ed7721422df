// Calls the learning-rate widget's core for tests/test_learning_rate.py.

import * as core from "../dlnotes/widgets/js/learning_rate.core.mjs";
import { PRESETS, SCHEDULES, STORIES, rateWords, runWords, testWords } from "../dlnotes/widgets/js/learning_rate.text.mjs";
import { rateAt } from "../dlnotes/widgets/js/schedules.core.mjs";
import { serve } from "./probes.mjs";

const run = (settings) => core.train(settings, core.scheduleOf(settings));

serve({
  constants: () => ({
    SIZES: core.SIZES, N: core.N, NOISE: core.NOISE, RANGE: core.RANGE, POINTS: core.POINTS,
    OPTIMIZERS: Object.keys(core.OPTIMIZERS), SCHEDULES: SCHEDULES.map(([name]) => name), PRESETS,
    STORIES: Object.keys(STORIES) }),
  rates: (settings, times) => times.map((t) => rateAt(core.scheduleOf(settings), t)),
  runningMean: (values, beta) => core.runningMean(values, values.length, beta, new Float64Array(values.length)),
  rangeTest(settings) {
    const out = core.rangeTest(settings), cut = (a) => Array.from(a.subarray(0, out.length));
    return { ...out, lr: cut(out.lr), loss: cut(out.loss), mean: cut(out.mean) };
  },
  train(settings) {
    const { made, ...out } = run(settings), cut = (a) => Array.from(a.subarray(0, out.length));
    return { ...out, rate: cut(out.rate), loss: cut(out.loss) };
  },
  noiseFloor: (loss) => core.noiseFloor({ loss, length: loss.length }),
  words(settings) {
    const made = run(settings);
    return [testWords(core.rangeTest(settings)), runWords(made, made.length, settings, null)];
  },
  rateWords: (values) => values.map(rateWords),
});
