// The game of a generator and a discriminator, and the way back to every half of every step: with
// gan_lab.data.core.mjs the twin of gan_game.py.

import { sigmoid, softplus } from "./activations.core.mjs";
import { drawData } from "./gan_lab.data.core.mjs";
import { createHistory, remember, restoreBefore } from "./history.core.mjs";
import { initializeWeights } from "./initializers.core.mjs";
import { product } from "./linear.core.mjs";
import { backward, createNet, createPass, forward } from "./net.core.mjs";
import { createOptimizer, update } from "./optim.core.mjs";
import { Stream, clamp } from "./lib/num.mjs";

export const M = 256;                                     // points that an evaluation looks at, of either kind
export const LAST = 10000;                                // iterations of a run
export const LOSSES = ["non_saturating", "minimax", "least_squares", "wasserstein"];
export const SCHEMES = ["alternating", "simultaneous", "extragradient"];
const SNAPSHOTS = 128;

// Losses of the scores --------------------------------------------------------------------------------------

/** What D makes small, for the scores of n real and then m generated points; dS its gradient, or null. */
export function discriminatorLoss(name, S, n, m, dS) {
  let loss = 0;
  for (let i = 0; i < n + m; i++) {
    const s = S[i], real = i < n, share = 1 / (real ? n : m);
    let value, slope;
    if (name === "least_squares") {
      slope = real ? s - 1 : s;
      value = slope * slope / 2;
    } else if (name === "wasserstein") {
      slope = real ? -1 : 1;
      value = slope * s;
    } else {
      slope = real ? -sigmoid(-s) : sigmoid(s);
      value = softplus(real ? -s : s);
    }
    loss += value * share;
    if (dS !== null) dS[i] = slope * share;
  }
  return loss;
}

/** What G makes small, for the scores of B generated points from `start` on; dS its gradient, or null. */
export function generatorLoss(name, S, B, dS, start = 0) {
  let sum = 0;
  for (let i = 0; i < B; i++) {
    const s = S[start + i];
    let slope;
    if (name === "least_squares") {
      slope = s - 1;
      sum += slope * slope / 2;
    } else if (name === "wasserstein") {
      slope = -1;
      sum -= s;
    } else if (name === "minimax") {
      slope = -sigmoid(s);
      sum -= softplus(s);
    } else {
      slope = -sigmoid(-s);
      sum += softplus(-s);
    }
    if (dS !== null) dS[i] = slope / B;
  }
  return sum / B;
}

// The state of a run ----------------------------------------------------------------------------------------

function createPlayer(sizes, rows, { optimizer, beta1 }, lr, stream) {
  const net = createNet({ sizes, hidden: "tanh" });
  for (const { W, D, H } of net.layers) {
    initializeWeights({ name: "normal", std: 1.5 / Math.sqrt(D) }, W, D, H, stream);
  }
  const options = optimizer === "adam" ? { beta1 } : {};
  return { net, pass: createPass(net, rows, true), lr,
    optimizer: createOptimizer(optimizer, net.params.length, options) };
}

/** out = as many numbers of the stream, uniform on (-1, 1) */
function drawNoise(stream, out, count) {
  for (let i = 0; i < count; i++) out[i] = 2 * stream.uniform() - 1;
}

/**
 * A run before its first iteration.
 *
 * @param s { data, own (2 K numbers), loss, scheme, optimizer, lr_g, lr_d, beta1, d_steps, clip, g_units,
 *   d_units, latent, batch, seed }
 * @returns { settings, X (count, 2), z, g, d: { net, pass, optimizer }, t, half, ... }
 */
export function createGame(s) {
  const stream = new Stream(s.seed), B = s.batch;
  const X = s.data === "own" ? Float64Array.from(s.own) : drawData(s.data, stream);
  const z = new Float64Array(M * s.latent);
  drawNoise(stream, z, z.length);
  const g = createPlayer([s.latent, s.g_units, s.g_units, 2], Math.max(B, M), s, s.lr_g, stream);
  const d = createPlayer([2, s.d_units, s.d_units, 1], 2 * Math.max(B, M), s, s.lr_d, stream);
  const game = {
    settings: s, X, count: X.length / 2, z, g, d, stream: new Stream(s.seed + 2 ** 31), t: 0, half: false,
    both: new Float64Array(4 * Math.max(B, M)), noise: new Float64Array(B * s.latent),
    ahead: null, pending: new Float64Array(g.net.params.length), run: null };
  clip(game);
  game.run = { step: 0, epoch: 0, place: 0, history: null, ...room(game) };
  game.ahead = room(game);
  pack(game, game.run);
  game.run.history = createHistory(game.run, SNAPSHOTS);
  return game;
}

// Both players in one row, as history.core.mjs keeps them.
const room = ({ g, d }) => ({
  net: { params: new Float64Array(g.net.params.length + d.net.params.length) },
  optimizer: { memory: new Float64Array(g.optimizer.memory.length + d.optimizer.memory.length), t: 0 } });

function pack({ g, d }, { net, optimizer }) {
  net.params.set(g.net.params);
  net.params.set(d.net.params, g.net.params.length);
  optimizer.memory.set(g.optimizer.memory);
  optimizer.memory.set(d.optimizer.memory, g.optimizer.memory.length);
}

function unpack({ g, d }, { net, optimizer }) {
  g.net.params.set(net.params.subarray(0, g.net.params.length));
  d.net.params.set(net.params.subarray(g.net.params.length));
  g.optimizer.memory.set(optimizer.memory.subarray(0, g.optimizer.memory.length));
  d.optimizer.memory.set(optimizer.memory.subarray(g.optimizer.memory.length));
}

// Gradients -------------------------------------------------------------------------------------------------

function drawReal({ X, count, both, stream, settings }) {
  for (let i = 0; i < settings.batch; i++) {
    const row = Math.floor(count * stream.uniform());
    both[2 * i] = X[2 * row];
    both[2 * i + 1] = X[2 * row + 1];
  }
}

/** Fills d.net.grads for the real points in the first rows of `both`, and generated ones of `noise`. */
function discriminatorGradient({ g, d, both, noise, settings }) {
  const B = settings.batch, fake = forward(g.net, noise, B, g.pass);
  for (let i = 0; i < 2 * B; i++) both[2 * B + i] = fake[i];
  discriminatorLoss(settings.loss, forward(d.net, both, 2 * B, d.pass), B, B, d.pass.dY);
  backward(d.net, both, 2 * B, d.pass);
}

/**
 * The generated points of the noise z (n, latent), and in g.pass.dY (n, 2) the gradient of G's loss by each.
 *
 * @returns Y (n, 2), the first numbers of g.pass.Y
 */
export function pushes({ g, d, settings }, z, n) {
  const Y = forward(g.net, z, n, g.pass);
  generatorLoss(settings.loss, forward(d.net, Y, n, d.pass), n, d.pass.dY);
  backward(d.net, Y, n, d.pass);
  const { W, H } = d.net.layers[0];
  product(d.pass.layers[0].dZ, H, 1, W, 1, H, null, n, H, 2, g.pass.dY);
  return Y;
}

/** Fills g.net.grads (and spoils d.net.grads). */
function generatorGradient(game) {
  const { g, noise, settings } = game;
  pushes(game, noise, settings.batch);
  backward(g.net, noise, settings.batch, g.pass);
}

// Moves -----------------------------------------------------------------------------------------------------

function clip({ d, settings }) {
  const { params } = d.net, most = settings.clip;
  if (settings.loss !== "wasserstein") return;
  for (let i = 0; i < params.length; i++) params[i] = clamp(params[i], -most, most);
}

function move(game, who, t, grads = game[who].net.grads) {
  const { net, optimizer, lr } = game[who];
  optimizer.t = t;                                        // update() counts one more
  update(optimizer, lr, net.params, grads);
  if (who === "d") clip(game);
}

/** In `noise` and `both` the batch of D and then the noise of G: how the two gradients get at them. */
function bothGradients(game, noiseOfD, noiseOfG) {
  game.noise = noiseOfG;
  generatorGradient(game);
  game.pending.set(game.g.net.grads);
  game.noise = noiseOfD;
  discriminatorGradient(game);
}

/** The first half of an iteration: D moves. */
export function discriminatorHalf(game) {
  const { stream, settings: s, t } = game, B = s.batch, L = s.latent;
  const alternating = s.scheme === "alternating", steps = alternating ? s.d_steps : 1;
  stream.position = t * (steps * (B + B * L) + B * L);
  for (let j = 0; j < steps; j++) {
    drawReal(game);
    drawNoise(stream, game.noise, B * L);
    if (!alternating) continue;
    discriminatorGradient(game);
    move(game, "d", t * steps + j);
  }
  if (!alternating) together(game);
  game.half = true;
}

/** Both gradients at the same place; for extragradient at the place to which they would lead. */
function together(game) {
  const { settings: s, t, stream } = game, mine = game.noise;
  const other = game.other ??= new Float64Array(mine.length);
  drawNoise(stream, other, other.length);
  bothGradients(game, mine, other);
  if (s.scheme === "extragradient") {
    pack(game, game.ahead);
    move(game, "g", t, game.pending);
    move(game, "d", t);
    bothGradients(game, mine, other);
    unpack(game, game.ahead);
  }
  game.noise = mine;
  move(game, "d", t);
}

/** The second half: G moves, and the iteration is complete. */
export function generatorHalf(game) {
  const { stream, settings: s, noise, run, t } = game;
  if (s.scheme === "alternating") {
    drawNoise(stream, noise, noise.length);
    generatorGradient(game);
    move(game, "g", t);
  } else move(game, "g", t, game.pending);
  game.half = false;
  run.step = ++game.t;
  if (game.t > run.history.reached) {
    pack(game, run);
    remember(run);
  }
}

/**
 * Goes to iteration k, with `half` through D's half of the next one, back or ahead, for about `patience`
 * milliseconds; each state is the same to the last digit however it is reached.
 *
 * @param seen(game) called after each iteration
 * @returns whether it has arrived
 */
export function seek(game, k, half = false, patience = Infinity, seen = () => {}) {
  const { run } = game, back = k < game.t || (k === game.t && game.half && !half);
  if (!game.count) return true;
  run.step = back ? Infinity : game.t;
  const before = run.step;
  restoreBefore(run, k);
  if (run.step !== before) {
    unpack(game, run);
    [game.t, game.half] = [run.step, false];
  }
  const start = performance.now();
  while (game.t < k) {
    if (!game.half) discriminatorHalf(game);
    generatorHalf(game);
    seen(game);
    if (performance.now() - start > patience) return game.t === k && !half;
  }
  if (half && !game.half) discriminatorHalf(game);
  return true;
}
