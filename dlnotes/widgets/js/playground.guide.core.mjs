// What the curves and the layers of a run show, and what it means: the healthy / sick guide.
// look() gathers the numbers, diagnose() judges them by the rules that its words state.

import { ACTIVATIONS } from "./activations.core.mjs";
import { lossBackward } from "./loss.core.mjs";
import { backward } from "./net.core.mjs";
import { optimizerOptions, update } from "./optim.core.mjs";
import { metrics } from "./playground.core.mjs";
import { inForce, tuning } from "./playground.settings.core.mjs";
import { rateAt } from "./schedules.core.mjs";

const FLAT = 0.05;          // a slope below this share of the function's greatest is a flat one
const EARLY = 10;           // epochs before anything is judged
const LIMITS = {
  // diverging: the loss is so many times that of the start and that of a constant answer
  up: 1.1,
  jumps: 0.1,           // jumping: mean rise from epoch to epoch, as a share of the loss
  flat: 0.6,            // saturating: share of flat slopes in a layer
  // overfitting: test loss against its minimum; gap to the training loss, in constant answers
  over: 1.2, gap: 0.1,
  still: 0.02,          // plateau: fall from one window to the next
  // lr too small: share of their length by which an epoch moves the weights; gradient
  small: 0.0007, pull: 0.03,
  patience: 50,         // plateau: epochs before it is called one
  poor: 0.3,            // a training loss above this share of a constant answer's is not good enough
  learnt: 0.1 };

/** The greatest slope of an activation between -6 and 6. */
export function steepest(name, settings) {
  let top = 0;
  const { backward: slope } = ACTIVATIONS[name];
  for (let x = -6; x <= 6; x += 0.125) top = Math.max(top, Math.abs(slope(1, x, settings)));
  return top;
}

/** Whether an activation is flat on both sides, so that a large input of either sign stops learning. */
const isBounded = (name) => (
  ["sigmoid", "tanh", "bipolar_sigmoid", "hard_tanh", "softsign", "rbf"].includes(name));

/** Units of a layer whose slope is 0 at all N examples, and the share of flat slopes. S (N, H) */
function layerHealth(S, N, H, top) {
  const dead = [];
  let flat = 0;
  for (let h = 0; h < H; h++) {
    let silent = 0;
    for (let n = 0; n < N; n++) {
      const slope = Math.abs(S[n * H + h]);
      if (slope === 0) silent++;
      if (slope < FLAT * top) flat++;
    }
    if (silent === N) dead.push(h);
  }
  return { units: H, dead, flat: flat / (N * H) };
}

/** How far an epoch would move the weights, as a share of their length; and the length of the gradient. */
function wouldMove({ net, run, loss, train, pass, segments, structure, epoch }) {
  const { Y } = pass, live = inForce(segments, epoch);
  const { settings, options } = tuning(live, structure.optimizer, train.N);
  lossBackward(loss, Y, train.y, train.N, 1, pass.dY.subarray(0, train.N));
  backward(net, train.X, train.N, pass);
  const { name, t, memory } = run.optimizer;
  const trial = { name, options: optimizerOptions(name, options), t, memory: memory.slice() };
  const moved = net.params.slice();
  update(trial, rateAt(settings.schedule, run.step), moved, net.grads);
  let step = 0, size = 0, gradient = 0;
  for (let i = 0; i < moved.length; i++) {
    step += (moved[i] - net.params[i]) ** 2;
    size += net.params[i] ** 2;
    gradient += net.grads[i] ** 2;
  }
  return { share: Math.sqrt(step / (size + 1e-12)) * Math.ceil(train.N / live.batch_size),
    gradient: Math.sqrt(gradient) };
}

/** The loss of the best constant answer: what a network that has learnt nothing at all can reach. */
export function constantLoss(loss, y, N) {
  let sum = 0;
  for (let n = 0; n < N; n++) sum += y[n];
  const mean = sum / N;
  if (loss === "half_mse") return (1 - mean * mean) / 2;
  return mean === 0 || mean === 1 ? 0 : -mean * Math.log(mean) - (1 - mean) * Math.log(1 - mean);
}

/** The numbers that diagnose() wants, of a run with training points. */
export function look(session) {
  const { net, train, test, pass, curves, epoch, ended, loss } = session;
  const held = metrics(session, test), { accuracy } = metrics(session, train);     // leaves the pass on train
  const layers = net.layers.slice(0, -1).map(({ H, activation: { name, settings } }, l) => (
    layerHealth(pass.layers[l].S, train.N, H, steepest(name, settings))));
  const constant = constantLoss(loss, train.y, train.N);
  return {
    epoch, ended, train: curves.train, test: curves.test, tested: test.N > 0, accuracy,
    testAccuracy: held?.accuracy ?? NaN,
    layers, constant, bounded: isBounded(session.structure.activation), ...wouldMove(session) };
}

const meanOf = (curve, from, to) => {
  let sum = 0;
  for (let i = from; i <= to; i++) sum += curve[i];
  return sum / (to - from + 1);
};

/** How the training loss went of late: mean of the last epochs, fall since those before, mean rise a step. */
function trend(curve, epoch) {
  const wide = Math.max(3, Math.min(25, Math.floor(epoch / 4)));
  const now = meanOf(curve, epoch - wide + 1, epoch);
  const before = meanOf(curve, epoch - 2 * wide + 1, epoch - wide);
  let rise = 0;
  for (let i = epoch - wide + 1; i <= epoch; i++) rise += Math.max(0, curve[i] - curve[i - 1]);
  return { now, fall: (before - now) / before, rise: rise / wide / now, wide };
}

/** Where the test loss, as a mean over three epochs, was least: { epoch, value }, and its value now. */
function leastOf(curve, epoch) {
  let least = { epoch: 2, value: Infinity };
  for (let e = 2; e <= epoch; e++) {
    const value = meanOf(curve, e - 2, e);
    if (value < least.value) least = { epoch: e, value };
  }
  return { least, now: meanOf(curve, epoch - 2, epoch) };
}

function overfits({ train, test, tested, epoch, constant }) {
  if (!tested) return null;
  const { least, now } = leastOf(test, epoch), fit = meanOf(train, epoch - 2, epoch);
  const then = meanOf(train, least.epoch - 2, least.epoch);
  const sick = now > LIMITS.over * least.value && fit < 0.95 * then && now - fit > LIMITS.gap * constant;
  return sick ? { name: "overfitting", since: least.epoch, least: least.value, now, fit } : null;
}

/**
 * What a run shows, the gravest first: [{ name, ...the numbers behind it }]; the names are those of VERDICTS
 * in playground.text.mjs. Never empty: a run without complaint is early, learning, learnt or resting.
 */
export function diagnose(seen) {
  const { epoch, ended, train, layers, constant, share, gradient } = seen, found = [];
  const dead = layers.reduce((sum, layer) => sum + layer.dead.length, 0);
  const units = layers.reduce((sum, layer) => sum + layer.units, 0);
  if (ended !== null && epoch >= ended) return [{ name: "infinite", epoch: ended }];
  if (dead) found.push({ name: "dead", dead, units, all: dead === units });
  if (epoch < EARLY) return found.length ? found : [{ name: "early", epoch }];
  const { now, fall, rise, wide } = trend(train, epoch), poor = now > LIMITS.poor * constant;
  if (now > LIMITS.up * Math.max(train[0], constant)) {
    found.unshift({ name: "diverging", now, start: train[0] });
  } else if (rise > LIMITS.jumps && now > LIMITS.learnt * constant) {
    found.unshift({ name: "jumping", rise, wide });
  }
  const layer = layers.findIndex(({ flat, dead: still, units: all }) => flat >= LIMITS.flat
    && still.length < all);
  if (layer >= 0 && poor && fall < 0.1 && seen.bounded) {
    found.push({ name: "saturating", layer, flat: layers[layer].flat });
  }
  const over = overfits(seen);
  if (over) found.push(over);
  if (found.length) return found;
  const still = poor && Math.abs(fall) < LIMITS.still;
  if (still && share < LIMITS.small && gradient > LIMITS.pull) return [{ name: "slow", share, fall, wide }];
  if (still && epoch < LIMITS.patience) return [{ name: "early", epoch }];
  if (still) return [{ name: "plateau", now, constant, wide, gradient }];
  if (now < LIMITS.learnt * constant) return [{ name: "learnt", now }];
  return [fall > LIMITS.still ? { name: "learning", fall, wide } : { name: "resting", now, wide }];
}
