// Networks that start differently and learn the same: two classes of points, a disc in a ring. Each is of the
// reader's depth, but no wider than a phone can train while it draws.

import { specOf, scaleToUnit } from "./deep_init.core.mjs";
import { drawDataset, split } from "./datasets.core.mjs";
import { restoreBefore } from "./history.core.mjs";
import { initializeWeights } from "./initializers.core.mjs";
import { lossValue } from "./loss.core.mjs";
import { createNet, createPass, forward } from "./net.core.mjs";
import { createRun, trainStep } from "./training.core.mjs";
import { Stream, clamp } from "./lib/num.mjs";

export const POINTS = 100;
export const BATCH = 20;
export const UPDATES = POINTS / BATCH;                   // in an epoch
export const EPOCHS = 200;
export const SHRINK = 2.5;                               // x = point / 2.5: mean square about 1
export const GRID = 24;
export const REACH = 2.2;                                // of the picture, in x
const LOSS = "binary_cross_entropy_with_logits";
const MOST = 12800;                                      // depth * width^2

/** Width of the networks that are trained: depth * width^2 <= 12800, but from 16 to 64. */
export const trainingWidth = (width, depth) => (
  Math.min(width, clamp(Math.floor(Math.sqrt(MOST / depth)), 16, 64)));

/** One network with its run; all that share the settings see the same data in the same order. */
export function createTrainee({ activation, gain, depth, width, seed, lr }, name) {
  const rng = new Stream(seed), { train: data } = split(drawDataset("circle", POINTS, rng), 0, rng);
  for (let i = 0; i < data.X.length; i++) data.X[i] /= SHRINK;
  const hidden = new Array(depth).fill(trainingWidth(width, depth));
  const net = createNet({ sizes: [2, ...hidden, 1], hidden: activation });
  for (const { W, D, H } of net.layers) initializeWeights(specOf(name, gain, D), W, D, H, rng);
  const pass = createPass(net, POINTS);
  if (name === "lsuv") scaleAll(net, data.X, pass, gain);
  const settings = { schedule: { name: "constant", lr }, batchSize: BATCH };
  const run = createRun({ net, data, loss: LOSS, settings, seed });
  const one = { name, run, pass, losses: new Float64Array(EPOCHS + 1).fill(NaN), known: 0 };
  note(one);
  return one;
}

/** LSUV: layer after layer, forward again with what has been scaled. */
function scaleAll(net, X, pass, gain) {
  for (let l = 0; l < net.layers.length; l++) {
    forward(net, X, POINTS, pass);
    scaleToUnit(net.layers[l].W, pass.layers[l].Z, gain);
  }
}

/** The loss on all points, at the first visit of an epoch's end. */
function note(one) {
  const { run: { step, data, net }, pass, losses } = one;
  if (step !== one.known * UPDATES || one.known > EPOCHS) return;
  losses[one.known++] = lossValue(LOSS, forward(net, data.X, POINTS, pass), data.y, POINTS, 1);
}

/** Goes to the end of the epoch, while there is time(); returns whether it is there. */
export function advance(one, epoch, time) {
  const { run } = one, target = epoch * UPDATES;
  restoreBefore(run, target);
  while (run.step < target) {
    if (!time()) return false;
    trainStep(run);
    note(one);
  }
  return true;
}

const ROW = new Float64Array(2 * GRID);

/** Fills row j of out (GRID, GRID): the network's probability of class 1 at GRID places of the plane. */
export function mapRow({ run: { net }, pass }, j, out) {
  for (let i = 0; i < GRID; i++) {
    ROW[2 * i] = REACH * (2 * i / (GRID - 1) - 1);
    ROW[2 * i + 1] = REACH * (2 * j / (GRID - 1) - 1);
  }
  const Y = forward(net, ROW, GRID, pass);
  for (let i = 0; i < GRID; i++) out[j * GRID + i] = 1 / (1 + Math.exp(-Y[i]));
  return out;
}
