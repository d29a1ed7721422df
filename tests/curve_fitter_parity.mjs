// Calls curve_fitter.core.mjs (and the pen's pure functions) for tests/test_curve_fitter.py: stdin is one JSON
// list of [probe, ...args], stdout the list of answers; "covers" in place of the list asks which exports are probed.

import { readFileSync } from "node:fs";
import * as core from "../dlnotes/widgets/js/curve_fitter.core.mjs";
import { createPass, forward } from "../dlnotes/widgets/js/net.core.mjs";
import { fitScript } from "../dlnotes/widgets/js/curve_fitter.script.mjs";
import { bent, stroked } from "../dlnotes/widgets/js/curve_fitter.pen.mjs";

const row = (list) => Float64Array.from(list);
const params = (units) => new Float64Array(3 * units + 1).fill(NaN);

const probes = {
  X: () => core.X,
  constants: () => [core.N, core.LOW, core.HIGH, core.TOP, core.SHOWN, core.MOST],
  CURVES: (name, xs) => xs.map(core.CURVES[name]),
  STEEP: () => core.STEEP,
  presetCurve: (name) => core.presetCurve(name),
  interpolate: (curve, xs) => xs.map((x) => core.interpolate(curve, x)),
  initialParams: (units, activation, seed) => core.initialParams(units, activation, seed, params(units)),
  evenKnots: (units) => core.evenKnots(units),
  knotsFor: (units, knots) => core.knotsFor(units, knots),
  buildParams: (curve, units, knots, count) => core.buildParams(curve, units, knots, count, params(units)),
  firstParams: (settings, count) => core.firstParams(settings, count, params(settings.units)),
  // Train to each of `stops` in turn, back and forth; the parameters at each, then the losses on the way.
  createFit: (spec, stops) => {
    const fit = core.createFit({ ...spec, params: row(spec.params) }), seen = [];
    for (const k of stops) {
      core.goTo(fit, k);
      seen.push([...fit.net.params]);
    }
    return [seen, Array.from(fit.losses.subarray(0, Math.max(...stops)))];
  },
  errors: (spec) => Object.values(core.errors(core.createFit({ ...spec, params: row(spec.params) }))),
  piece: (spec, xs) => {
    const { net } = core.createFit({ ...spec, params: row(spec.params) }), pass = createPass(net, xs.length);
    const y_hat = Array.from(forward(net, row(xs), xs.length, pass));
    const pieces = Array.from({ length: spec.units }, (_, k) => (
      Array.from(core.piece(net, pass, k, xs.length, new Float64Array(xs.length)))));
    return [pieces, y_hat];
  },
  bendOf: (list, units) => Array.from({ length: units }, (_, k) => core.bendOf(list, units, k)),
  script: (settings, step, library) => fitScript(settings, step, library),
  bent: (curve, i, y) => bent(curve, i, y),
  stroked: (curve, ...ends) => stroked(curve, ...ends),
};
const TOGETHER = { N: "constants", LOW: "constants", HIGH: "constants", TOP: "constants", SHOWN: "constants",
  MOST: "constants", goTo: "createFit" };

const sent = JSON.parse(readFileSync(0, "utf8"));
const answer = ([probe, ...args]) => {
  const value = probes[probe](...args);
  return ArrayBuffer.isView(value) ? Array.from(value) : value;
};
const words = (_, v) => (typeof v === "number" && !Number.isFinite(v) ? String(v) : v);
process.stdout.write(JSON.stringify(sent === "covers" ? [...Object.keys(probes), ...Object.keys(TOGETHER)]
  : sent.map(answer), words));
