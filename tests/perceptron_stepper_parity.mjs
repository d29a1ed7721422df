// Calls the stepper's core for tests/test_perceptron_stepper.py. stdin: a list of calls { probe, args, expect },
// or "exports"; stdout: the list of { value } or, where `expect` is given, { mismatches } found on this side.

import { readFileSync } from "node:fs";
import * as core from "../dlnotes/widgets/js/perceptron_stepper.core.mjs";
import { script } from "../dlnotes/widgets/js/perceptron_stepper.python.mjs";

const row = (list) => Float64Array.from(list);
const probes = {
  GRID: () => [core.GRID], REACH: () => [core.REACH], MOST: () => [core.MOST], ENDS: () => core.ENDS,
  PRESETS: () => core.PRESETS,
  snap: (values) => values.map(core.snap),
  orderOf: (seed, N) => [...core.orderOf(seed, N)],
  score: (points, i, W, at) => [core.score(row(points), i, row(W), at)],
  countWrong: (points, W, at) => [core.countWrong(row(points), row(W), at)],
  run: (points, seed, most) => {
    const { length: M, end, start, W, rows, looks, wrong, best } = core.run(
      row(points), core.orderOf(seed, points.length / 3), most);
    return [M, core.ENDS.indexOf(end), start, ...W.subarray(0, 3 * M + 3), ...rows.subarray(0, M),
      ...looks.subarray(0, M), ...wrong.subarray(0, M + 1), ...best.subarray(0, M + 1)];
  },
  maxMargin: (points) => {
    const { gamma, upper, R, u } = core.maxMargin(row(points));
    return [gamma, upper, R, ...u];
  },
  mix: (points) => {
    const { rows, weights } = core.maxMargin(row(points));
    return [...rows, ...weights];
  },
  script: (library, points, seed) => script(library, points, seed),
  meeting: (points) => core.meeting(row(points), core.maxMargin(row(points))),
};

function mismatches(value, expect) {
  if (value.length !== expect.length) return [[value.length, expect.length]];
  const far = ([v, e]) => !(Math.abs(v - e) <= 1e-10 * Math.max(1, Math.abs(e)));
  return value.map((v, i) => [v, expect[i]]).filter(far);
}

const calls = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(calls === "exports" ? Object.keys(core)
  : calls.map(({ probe, args, expect }) => {
    const value = probes[probe](...args);
    return expect ? { mismatches: mismatches(value, expect) } : { value };
  })));
