// Calls the cores of OutlierRegression and LogitSliders for tests/test_loss_widgets.py. A probe is called "module:export".

import * as words from "../dlnotes/widgets/js/outlier_regression.text.mjs";
import * as regression from "../dlnotes/widgets/js/outlier_regression.core.mjs";
import * as logits from "../dlnotes/widgets/js/logit_sliders.core.mjs";
import * as said from "../dlnotes/widgets/js/logit_sliders.text.mjs";
import { serve } from "./probes.mjs";

const row = (list) => Float64Array.from(list);
const room = (size) => new Float64Array(size).fill(NaN);    // a place that is not written shows

const probes = {
  "outlier_regression.core.mjs:points": (seed) => {
    const x = room(regression.N + 1), y = room(regression.N + 1);
    regression.points(seed, x, y);
    return [...x.subarray(0, regression.N), ...y.subarray(0, regression.N)];
  },
  "outlier_regression.core.mjs:value": (name, R, settings) => (
    R.map((r) => regression.value(name, r, settings))),
  "outlier_regression.core.mjs:slope": (name, R, settings) => (
    R.map((r) => regression.slope(name, r, settings))),
  "outlier_regression.core.mjs:weight": (name, R, settings) => (
    R.map((r) => regression.weight(name, r, settings))),
  "outlier_regression.core.mjs:fit": (name, x, y, settings) => {
    const line = room(2);
    regression.fit(name, row(x), row(y), settings, line);
    return line;
  },
  "outlier_regression.core.mjs:constants": () => (
    [regression.N, ...regression.X_RANGE, ...regression.Y_RANGE, regression.DELTA, regression.C]),
  "outlier_regression.core.mjs:names": () => regression.NAMES,
  "outlier_regression.text.mjs:titles": () => words.TITLES,
  "outlier_regression.text.mjs:sentence": (...args) => words.sentence(...args),
  "logit_sliders.core.mjs:probabilities": (state) => (
    logits.probabilities(state, room(state.logits.length))),
  "logit_sliders.core.mjs:loss": (state) => logits.loss(state),
  "logit_sliders.core.mjs:gradient": (state) => logits.gradient(state, room(state.logits.length)),
  "logit_sliders.core.mjs:floor": (C) => logits.floor(C),
  "logit_sliders.core.mjs:descend": (state, lr, steps) => logits.descend(state, lr, steps),
  "logit_sliders.core.mjs:curve": (state, at) => logits.curve(state, row(at), room(at.length)),
  "logit_sliders.core.mjs:constants": () => [logits.LETTERS, logits.REACH],
  "logit_sliders.text.mjs:sentence": (...args) => said.sentence(...args),
};

serve(probes, Object.keys(probes));
