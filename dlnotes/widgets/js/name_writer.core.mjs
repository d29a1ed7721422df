// A character network that writes names: the twin of name_writer.py, where each function is explained.

import { LETTERS, codes, logSoftmax, oneHot } from "./letters.core.mjs";
import { linear } from "./linear.core.mjs";
import { Stream } from "./lib/num.mjs";
import { gruCell } from "./recurrent.core.mjs";

export const MOST = 20;
export const BEAM = 10;
export const HASHES = 7;
const D = LETTERS.length;

/** The network among the arrays of a page; null where it is not whole. */
export function networkOf(arrays) {
  if (!arrays || !["W_x", "W_h", "b_x", "b_h", "V", "c"].every((name) => arrays[name])) return null;
  const net = { H: arrays.W_h.shape[0] };
  for (const [name, { data }] of Object.entries(arrays)) net[name] = data;
  return net;
}

/** What the network makes of one more letter: { h: state (H,), scores: (27,) }. */
export function advance(net, h, code) {
  const step = gruCell(oneHot(code, new Float64Array(D)), h, net.W_x, net.W_h, net.b_x, net.b_h, 1);
  const scores = new Float64Array(D);
  linear(step.h, net.V, net.c, 1, net.H, D, scores);
  return { h: step.h, scores };
}

/** After the sign for the beginning and after each letter: T results of advance(). */
export function run(net, text) {
  const seen = [];
  let h = new Float64Array(net.H);
  for (const code of codes(text)) {
    seen.push(advance(net, h, code));
    ({ h } = seen.at(-1));
  }
  return seen;
}

/** Softmax with a temperature. */
export const probabilities = (scores, temperature = 1) => logSoftmax(scores, temperature).map(Math.exp);

/** The first letter at which the sum of the probabilities passes u. */
export function pick(p, u) {
  for (let k = 0, sum = 0; k < p.length; k++) {
    sum += p[k];
    if (sum > u) return k;
  }
  return p.length - 1;
}

/** The letters drawn after `start`; "." at the end where the name was ended and not cut. */
export function write(net, start, temperature, seed) {
  const stream = new Stream(seed);
  let now = run(net, start).at(-1), text = "";
  while (start.length + text.length < MOST) {
    const k = pick(probabilities(now.scores, temperature), stream.uniform());
    if (k === 0) return `${text}.`;
    text += LETTERS[k];
    now = advance(net, now.h, k);
  }
  return text;
}

/** Logarithm of the probability of each letter of a name and of its end. */
export function logProbability(net, name) {
  const next = [...codes(name).slice(1), 0];
  return run(net, name).map(({ scores }, t) => logSoftmax(scores)[next[t]]);
}

/** The likeliest name with this beginning that a beam search finds: { name, log }. */
export function likeliest(net, start) {
  const sofar = logProbability(net, start).slice(0, -1).reduce((a, b) => a + b, 0);
  let found = "", best = -Infinity, beam = [{ log: sofar, text: start, now: run(net, start).at(-1) }];
  while (beam.length && beam[0].log > best) {
    const longer = [];
    for (const way of beam) {
      const log_p = logSoftmax(way.now.scores);
      if (way.log + log_p[0] > best) [best, found] = [way.log + log_p[0], way.text];
      if (way.text.length === MOST) continue;
      for (let k = 1; k < D; k++) longer.push({ log: way.log + log_p[k], text: way.text + LETTERS[k], from: way, k });
    }
    beam = longer.sort((a, b) => b.log - a.log).slice(0, BEAM);
    for (const way of beam) way.now = advance(net, way.from.now.h, way.k);
  }
  return { name: found, log: best };
}

/** Two 32-bit hashes of a name (FNV-1a from two starts); the second is odd. */
function hashes(name) {
  let a = 0x811c9dc5, b = 0x9e3779b9;
  for (let i = 0; i < name.length; i++) {
    a = Math.imul(a ^ name.charCodeAt(i), 0x01000193);
    b = Math.imul(b ^ name.charCodeAt(i), 0x01000193);
  }
  return [a >>> 0, (b | 1) >>> 0];
}

/** Whether all bits of a name are set in the table (a DataView): always for a name of the list, for others rarely. */
export function contains(table, name) {
  const bits = 8 * table.byteLength, [a, b] = hashes(name);
  for (let i = 0; i < HASHES; i++) {
    const place = (a + i * b) % bits;
    if (!(table.getUint8(Math.floor(place / 8)) >> (place % 8) & 1)) return false;
  }
  return true;
}
