// How fast the browser's network trains, in node: epochs per second of CPU time, one thread.
//
//     node benchmarks/widgets.mjs          (one second a row; --json for machines)
//
// The setting is TensorFlow Playground's default: 500 points on the circle set, half of them for the test, a network
// 2-4-2-1 of tanh with tanh at the output, half the squared error, batches of 10, learning rate 0.03.

import { pathToFileURL } from "node:url";
import { drawDataset, signed, split } from "../dlnotes/widgets/js/datasets.core.mjs";
import { initialize } from "../dlnotes/widgets/js/initializers.core.mjs";
import { lossValue } from "../dlnotes/widgets/js/loss.core.mjs";
import { createNet, createPass, forward } from "../dlnotes/widgets/js/net.core.mjs";
import { createRun, trainEpoch } from "../dlnotes/widgets/js/training.core.mjs";
import { Stream, linspace } from "../dlnotes/widgets/js/lib/num.mjs";

const GRID = 100;
// Wanted here, and what the Playground's own engine reaches on this kind of machine.
const ROWS = [
  ["train only", 15000, "4,400-4,900", ({ run }) => trainEpoch(run)],
  ["+ train and test loss each epoch", 8000, "2,000", (all) => { trainEpoch(all.run); losses(all); }],
  ["+ boundary of 100 x 100 each epoch", 1450, "145", (all) => { trainEpoch(all.run); losses(all); boundary(all); }],
];

/** The run, both parts of the data, and the grid of the boundary, with passes of their sizes. */
export function playground(seed) {
  const rng = new Stream(seed), { train, test } = split(drawDataset("circle", 500, rng), 0.5, rng);
  for (const part of [train, test]) part.y = signed(part.y);
  const net = createNet({ sizes: [2, 4, 2, 1], hidden: "tanh", output: "tanh" });
  initialize(net, { name: "uniform", a: -0.5, b: 0.5, bias: 0.1 }, rng);
  const settings = { schedule: { name: "constant", lr: 0.03 }, batchSize: 10, shuffled: false };
  const axis = linspace(-6, 6, new Float64Array(GRID)), points = new Float64Array(2 * GRID * GRID);
  for (let i = 0; i < GRID * GRID; i++) points.set([axis[i % GRID], axis[Math.floor(i / GRID)]], 2 * i);
  return {
    run: createRun({ net, data: train, loss: "half_mse", settings, seed }), net, train, test, points,
    pass: createPass(net, train.N), wide: createPass(net, GRID * GRID) };
}

function losses({ net, train, test, pass }) {
  return [train, test].map((part) => lossValue("half_mse", forward(net, part.X, part.N, pass), part.y, part.N, 1));
}

function boundary({ net, points, wide }) {
  return forward(net, points, GRID * GRID, wide);
}

/** The best of 20 tries of 0.05 s each, so that what else the machine does counts little: calls per CPU second. */
function perSecond(act) {
  let best = 0;
  for (let t = 0; t < 20; t++) {
    const start = process.cpuUsage();
    let calls = 0, used = 0;
    while (used < 5e4) {
      for (let k = 0; k < 20; k++) act();
      calls += 20;
      const { user, system } = process.cpuUsage(start);
      used = user + system;
    }
    best = Math.max(best, calls / used * 1e6);
  }
  return Math.round(best);
}

/** [{ name, rate, wanted, playground }] */
export function measure() {
  return ROWS.map(([name, wanted, theirs, act]) => {
    const all = playground(1);
    return { name, rate: perSecond(() => act(all)), wanted, playground: theirs };
  });
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const rows = measure();
  if (process.argv.includes("--json")) console.log(JSON.stringify(rows));
  else {
    console.log(`${"epochs per CPU second".padEnd(38)}${"here".padStart(9)}${"wanted".padStart(11)}${"Playground".padStart(14)}`);
    for (const { name, rate, wanted, playground } of rows) {
      console.log(`${name.padEnd(38)}${String(rate).padStart(9)}${`>= ${wanted}`.padStart(11)}${playground.padStart(14)}`);
    }
  }
}
