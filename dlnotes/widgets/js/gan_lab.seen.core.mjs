// What is seen of a run: the numbers of one state, their records on the way, and the name of what they show.
// With gan_lab.core.mjs the twin of gan_game.py.

import { LAST, M, discriminatorLoss, generatorLoss, pushes } from "./gan_lab.core.mjs";
import { centres, countModes, covered, innerDistance, meanDistance } from "./gan_lab.data.core.mjs";
import { forward } from "./net.core.mjs";

export const EVERY = 10;                                  // iterations between two records
export const FIELDS = ["loss_d", "loss_g", "accuracy", "gap", "modes", "energy", "precision", "recall", "x",
  "y", "push"];
const WINDOW = 40;                                        // records in which a rotation shows

/** What evaluate() needs of a game besides: the real points that it looks at, and what they have in common. */
export function createEyes(game) {
  const n = Math.min(game.count, M), X = game.X.subarray(0, 2 * n);
  return { n, X, Y: new Float64Array(2 * M), both: new Float64Array(2 * (n + M)),
    middles: centres(game.settings.data), inner: n ? innerDistance(X, n) : 0 };
}

/** Writes FIELDS of the present state into out, from index `at` on; eyes.Y (M, 2) are the generated points. */
export function evaluate(game, eyes, out, at = 0) {
  const { d, g, settings: { loss } } = game, { n, X, Y, middles } = eyes;
  if (!n) return out.fill(NaN, at, at + FIELDS.length);
  Y.set(pushes(game, game.z, M).subarray(0, 2 * M));
  let push = 0, x = 0, y = 0;
  for (let i = 0; i < 2 * M; i += 2) {
    push += Math.hypot(g.pass.dY[i], g.pass.dY[i + 1]);   // M gradients, each of a mean over M
    x += Y[i] / M;
    y += Y[i + 1] / M;
  }
  const S = scores(game, eyes), middle = loss === "least_squares" ? 0.5 : 0;
  let right = 0, wrong = 0, real = 0, fake = 0;
  for (let i = 0; i < n; i++) { real += S[i] / n; right += S[i] > middle ? 1 : 0; }
  for (let i = n; i < n + M; i++) { fake += S[i] / M; wrong += S[i] <= middle ? 1 : 0; }
  out[at] = discriminatorLoss(loss, S, n, M, null);
  out[at + 1] = generatorLoss(loss, S, M, null, n);
  out[at + 2] = (right / n + wrong / M) / 2;
  out[at + 3] = real - fake;
  out[at + 4] = countModes(Y, M, middles);
  out[at + 5] = 2 * meanDistance(X, n, Y, M) - eyes.inner - innerDistance(Y, M);
  out[at + 6] = covered(Y, M, X, n);
  out[at + 7] = covered(X, n, Y, M);
  out[at + 8] = x;
  out[at + 9] = y;
  out[at + 10] = push;
  return out;
}

/** Scores of the n real and the M generated points. */
function scores({ d }, { n, X, Y, both }) {
  both.set(X);
  both.set(Y, 2 * n);
  return forward(d.net, both, n + M, d.pass);
}

// On the way ------------------------------------------------------------------------------------------------

/** The records of a run, one row of FIELDS for each EVERY iterations; not yet made: not a number. */
export function createRecords() {
  return { rows: new Float64Array((LAST / EVERY + 1) * FIELDS.length).fill(NaN), count: 0 };
}

/** Makes the record of the present iteration if it is its turn. */
export function record(game, eyes, records) {
  const { t } = game, row = t / EVERY;
  if (t % EVERY || row < records.count) return;
  evaluate(game, eyes, records.rows, row * FIELDS.length);
  records.count = row + 1;
}

/** { path, net }: how far the mean of the generated points went in the last records up to iteration t. */
export function travel({ rows, count }, t) {
  const F = FIELDS.length, last = Math.min(Math.floor(t / EVERY), count - 1);
  const first = Math.max(0, last - WINDOW), x = (k) => rows[k * F + 8], y = (k) => rows[k * F + 9];
  let path = 0;
  for (let k = first; k < last; k++) path += Math.hypot(x(k + 1) - x(k), y(k + 1) - y(k));
  return { path, net: Math.hypot(x(last) - x(first), y(last) - y(first)), records: last - first };
}

/**
 * The name of what is seen: "empty", "blown up", "start", "strong" (the discriminator knows nearly all),
 * "rotation" (the points go round), "collapse" (modes left out), "gaps" (real points left out), "off" (points where
 * none are real), "good".
 *
 * @param now the FIELDS of this state
 */
export function diagnose({ settings, t, count }, now, { path, net, records }) {
  const [, , accuracy, , modes, energy, precision, recall] = now, n = centres(settings.data).length / 2;
  if (!count) return "empty";
  if (!Number.isFinite(energy + now[0] + now[1])) return "blown up";
  if (t < 100) return "start";
  if (settings.loss !== "wasserstein" && accuracy >= 0.9) return "strong";
  if (records === WINDOW && path > 3 && net < path / 5) return "rotation";
  if (n && modes < n) return "collapse";
  if (recall < 0.8) return "gaps";
  return precision < 0.7 ? "off" : "good";
}
