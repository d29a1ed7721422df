// The three pictures of the curve fitter: the fit, the pieces that it is the sum of, the error over time.

import { CURVES, HIGH, LOW, N, SHOWN, X, bendOf, piece } from "./curve_fitter.core.mjs";
import { clamp, linspace } from "./lib/num.mjs";
import { DASHES, axes, band, crosshair, line, number, point, segment, text } from "./lib/plot.mjs";
import { createPass, forward } from "./net.core.mjs";

export const WIDE = 301;                                  // points of the drawn fit, from -3 to 3
const FIRST = 50, LAST = 250;                             // those at -2 and 2
const xs = linspace(-SHOWN, SHOWN, new Float64Array(WIDE));
const inside = xs.subarray(FIRST, LAST + 1);

/** The scratch arrays of one view: all that is drawn, at WIDE places. */
export function createInk() {
  const room = () => new Float64Array(WIDE);
  return { pass: null, units: 0, part: room(), truth: room(), rms: null, steps: null, y: null };
}

/** Runs the net over the whole picture; afterwards ink.y (WIDE,) is the fit. */
export function compute(ink, net) {
  const units = net.sizes[1];
  if (ink.units !== units) [ink.pass, ink.units] = [createPass(net, WIDE), units];
  ink.y = forward(net, xs, WIDE, ink.pass);
}

export function drawFit(panel, ink, { fig, curve, name, params, units, unit, count, kinks }) {
  const { colors } = fig, { y } = ink;
  panel.place(40, 28, fig.width - 10, fig.height - 42);
  panel.domain(-SHOWN, SHOWN, -2.2, 2.2);
  axes(panel, { x: "input x", y: "the curve (blue) and the fit (orange)", yRoom: 34 });
  band(panel, -SHOWN, LOW, colors.muted);
  band(panel, HIGH, SHOWN, colors.muted);
  if (CURVES[name]) {
    for (let i = 0; i < WIDE; i++) ink.truth[i] = i >= FIRST && i <= LAST ? NaN : CURVES[name](xs[i]);
    line(panel, xs, ink.truth, WIDE, { color: colors.line[0], width: 1.5, dash: DASHES[2] });
  }
  line(panel, X, curve, N, { color: colors.line[0], width: 6 });
  line(panel, xs, y, FIRST + 1, { color: colors.muted, width: 3, dash: DASHES[4] });
  line(panel, xs.subarray(LAST), y.subarray(LAST), WIDE - LAST, {
    color: colors.muted, width: 3, dash: DASHES[4] });
  line(panel, inside, y.subarray(FIRST, LAST + 1), LAST - FIRST + 1, { color: colors.line[1], width: 3 });
  for (let k = 0; k < count && kinks; k++) dot(panel, ink, colors, bendOf(params, units, k), k === unit);
  if (panel.x.at(LOW) - panel.left > 72) {
    text(panel, "not drawn", panel.left + 6, panel.bottom - 8, { color: colors.muted, halo: true });
  }
}

// A bend of the fit, on the fit.
function dot(panel, { y }, colors, bend, picked) {
  if (!(Math.abs(bend) <= SHOWN)) return;
  const at = (bend + SHOWN) / (2 * SHOWN) * (WIDE - 1), i = Math.min(Math.floor(at), WIDE - 2);
  const height = y[i] + (y[i + 1] - y[i]) * (at - i);
  const look = picked ? { color: colors.line[2], r: 7 } : { color: colors.line[1], r: 4, hollow: true };
  point(panel, bend, height, look);
}

/** The greatest size of a piece where the curve is drawn, rounded up to 1, 2, 4, ... 64. */
export function reach(ink, net) {
  let most = 1;
  for (let k = 0; k < ink.units; k++) {
    piece(net, ink.pass, k, WIDE, ink.part);
    for (let i = FIRST; i <= LAST; i++) if (Math.abs(ink.part[i]) > most) most = Math.abs(ink.part[i]);
  }
  return 2 ** clamp(Math.ceil(Math.log2(most)), 0, 6);
}

export function drawPieces(panel, ink, { fig, net, units, unit, count }) {
  const { colors } = fig, top = reach(ink, net), c = net.params[3 * units];
  panel.place(40, 28, fig.width - 10, fig.height - 42);
  panel.domain(-SHOWN, SHOWN, -top, top);
  axes(panel, { x: "input x", y: "the piece of each unit (click one)", yRoom: 34 });
  band(panel, -SHOWN, LOW, colors.muted);
  band(panel, HIGH, SHOWN, colors.muted);
  for (let k = 0; k < count; k++) {
    if (k !== unit) stroke(panel, ink, net, k, { color: colors.line[[3, 4, 5][k % 3]], width: 1.5 });
  }
  segment(panel, -SHOWN, c, SHOWN, c, { color: colors.muted, width: 2, dash: DASHES[1] });
  text(panel, `constant ${number(c)}`, panel.right - 6, panel.y.at(clamp(c, -top, top)) - 6, {
    color: colors.muted, align: "right", halo: true });
  if (unit < count) stroke(panel, ink, net, unit, { color: colors.line[2], width: 4 });
}

function stroke(panel, ink, net, k, look) {
  line(panel, xs, piece(net, ink.pass, k, WIDE, ink.part), WIDE, look);
}

/** The unit whose piece is nearest to a place of the picture, or -1 if none is within 30 pixels. */
export function nearest(panel, ink, net, count, px, py) {
  const i = clamp(Math.round((panel.x.invert(px) + SHOWN) / (2 * SHOWN) * (WIDE - 1)), 0, WIDE - 1);
  let best = -1, distance = 30;
  for (let k = 0; k < count; k++) {
    const away = Math.abs(panel.y.at(piece(net, ink.pass, k, WIDE, ink.part)[i]) - py);
    if (away < distance) [best, distance] = [k, away];
  }
  return best;
}

export function drawTime(panel, ink, { fig, losses, step, steps, rms }) {
  const { colors } = fig;
  panel.place(46, 26, fig.width - 20, fig.height - 26);
  panel.domain(0, steps, 1e-3, 2);
  axes(panel, { y: "error over the steps of training (drag)", yRoom: 26 });
  if (ink.rms?.length !== losses.length) {
    ink.rms = new Float64Array(losses.length);
    ink.steps = linspace(0, steps, new Float64Array(losses.length));
  }
  for (let k = 0; k < losses.length; k++) ink.rms[k] = losses[k] > 0 ? Math.sqrt(losses[k]) : NaN;
  line(panel, ink.steps, ink.rms, losses.length, { color: colors.line[1], width: 2 });
  crosshair(panel, step);
  if (rms > 0) point(panel, step, clamp(rms, 1e-3, 2), { color: colors.line[1], r: 6 });
}
