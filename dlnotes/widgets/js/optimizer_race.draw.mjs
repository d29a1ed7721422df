// The pictures of the race: trails on the map, losses over the steps, the loss over one learning rate.

import { clamp } from "./lib/num.mjs";
import { ball, drawMap, trail } from "./descent.map.mjs";
import { short } from "./descent.words.mjs";
import { GRID, ORDER } from "./optimizer_race.core.mjs";
import { CODES, NAMES } from "./optimizer_race.text.mjs";
import { DASHES, axes, crosshair, line, point, segment, text } from "./lib/plot.mjs";

// Colour and dash: relatives share a colour.
export const LOOKS = {
  gd: [4, DASHES[0]], momentum: [0, DASHES[0]], nesterov: [0, DASHES[1]], adagrad: [2, DASHES[3]],
  rmsprop: [1, DASHES[2]], adam: [3, DASHES[0]], adamw: [3, DASHES[1]] };
const LEAST = 1e-16, MOST = 1e4;

export function drawTrails(panel, terrain, place, tracks, racing, step) {
  const { line: colors } = panel.fig.colors;
  drawMap(panel, terrain, place);
  ORDER.forEach((name, i) => {
    if (!racing.includes(name)) return;
    const { xs, ys, length } = tracks[i], [k, dash] = LOOKS[name];
    trail(panel, xs, ys, Math.min(step + 1, length), { color: colors[k], width: 2.5, dash, fresh: 12 });
  });
  let outside = 0;
  ORDER.forEach((name, i) => {
    if (!racing.includes(name)) return;
    const { xs, ys, length } = tracks[i], at = Math.min(step, length - 1), color = colors[LOOKS[name][0]];
    if (!ball(panel, xs[at], ys[at], color, CODES[name])) outside++;
  });
  return outside;
}

const numbers = new Float64Array(501).map((_, k) => k), shown = new Float64Array(501);

// The greatest and least loss of the picture, over all that race.
function range(tracks, racing) {
  let low = Infinity, high = 0;
  ORDER.forEach((name, i) => {
    if (!racing.includes(name)) return;
    for (let k = 0; k < tracks[i].length; k++) {
      low = Math.min(low, tracks[i].loss[k]);
      high = Math.max(high, tracks[i].loss[k]);
    }
  });
  const first = tracks[0].loss[0];
  const top = Math.max(Math.min(high, MOST * first), first, 10 * LEAST);
  return [Math.min(Math.max(low, LEAST) / 2, top / 10), top * 2];
}

export function drawLosses(panel, tracks, racing, step) {
  const { colors, width, height } = panel.fig, { steps } = tracks[0];
  panel.place(52, 26, width - 30, height - 46);
  panel.domain(0, Math.max(steps, 1), ...range(tracks, racing));
  axes(panel, { y: "loss", x: "step", yRoom: 34 });
  ORDER.forEach((name, i) => {
    if (!racing.includes(name)) return;
    const { loss, length } = tracks[i], [k, dash] = LOOKS[name];
    for (let j = 0; j < length; j++) shown[j] = Math.max(loss[j], LEAST);
    line(panel, numbers, shown, length, { color: colors.line[k], width: 2, dash });
  });
  crosshair(panel, step);
  ORDER.forEach((name, i) => {
    if (!racing.includes(name) || step >= tracks[i].length) return;
    point(panel, step, Math.max(tracks[i].loss[step], panel.y.low), { color: colors.line[LOOKS[name][0]] });
  });
  drawEnds(panel, tracks, racing);
}

const APART = 19, ends = ORDER.map(() => ({ name: "", y: 0 }));

// The letters beside the ends of the lines, pushed apart where they would cover each other.
function drawEnds(panel, tracks, racing) {
  const { line: colors } = panel.fig.colors, { top, bottom, right } = panel;
  let count = 0;
  ORDER.forEach((name, i) => {
    if (!racing.includes(name)) return;
    const { loss, length, steps } = tracks[i];
    const y = length <= steps ? top : clamp(panel.y.at(Math.max(loss[length - 1], LEAST)), top, bottom);
    Object.assign(ends[count++], { name, y });
  });
  const placed = ends.slice(0, count).sort((a, b) => a.y - b.y);
  for (let i = 1; i < count; i++) placed[i].y = Math.max(placed[i].y, placed[i - 1].y + APART);
  let floor = bottom + 6;
  for (let i = count - 1; i >= 0; i--) floor = (placed[i].y = Math.min(placed[i].y, floor)) - APART;
  for (const { name, y } of placed) {
    text(panel, CODES[name], right + 7, y, { color: colors[LOOKS[name][0]], base: "middle" });
  }
}

const clipped = new Float64Array(GRID.length);

// The score of one optimizer at each learning rate of the grid, with the rate that it has now and the best.
export function drawRates(panel, name, scores, best, lr, now) {
  const { colors } = panel.fig, color = colors.line[LOOKS[name][0]];
  let low = Infinity, high = 0;
  for (let i = 0; i < GRID.length; i++) {
    clipped[i] = scores[i] < Infinity ? Math.max(scores[i], LEAST) : NaN;
    if (!(scores[i] < Infinity)) continue;
    low = Math.min(low, clipped[i]);
    high = Math.max(high, clipped[i]);
  }
  panel.place(14, 26, panel.fig.width - 14, panel.fig.height - 22);
  const any = low < Infinity, foot = any ? low / 20 : 1e-3;
  panel.domain(1e-4, 10, foot, any ? Math.max(Math.min(high, 1e4) * 3, low * 30) : 1);
  const found = low < Infinity ? `; best at ${short(GRID[best])}` : "";
  text(panel, `${NAMES[name]}: loss at the end${found}`, panel.left, panel.top - 9);
  for (const tick of panel.x.ticks()) {
    segment(panel, tick.value, panel.y.low, tick.value, panel.y.high, { color: colors.grid, width: 1 });
    text(panel, tick.text, panel.x.at(tick.value), panel.bottom + 5, {
      color: colors.muted, align: "center", base: "top" });
  }
  for (const tick of panel.y.ticks(40)) {
    segment(panel, 1e-4, tick.value, 10, tick.value, { color: colors.grid, width: 1 });
    text(panel, tick.text, panel.left + 3, panel.y.at(tick.value) - 3, { color: colors.muted, halo: true });
  }
  line(panel, GRID, clipped, GRID.length, { color, width: 2 });
  for (let i = 0; i < GRID.length; i++) {
    if (clipped[i] !== clipped[i]) diverged(panel, GRID[i]);
  }
  if (clipped[best] === clipped[best]) {
    point(panel, GRID[best], clipped[best], { color, r: 7, hollow: true });
  }
  crosshair(panel, lr);
  if (now < Infinity) ball(panel, lr, Math.max(now, panel.y.low), color, CODES[name]);
}

// A rate at which the run does not reach its end.
function diverged(panel, rate) {
  const { ctx, top } = panel, px = panel.x.at(rate);
  Object.assign(ctx, { strokeStyle: panel.fig.colors.bad, lineWidth: 1.5 });
  ctx.beginPath();
  ctx.moveTo(px - 3, top + 5);
  ctx.lineTo(px + 3, top + 11);
  ctx.moveTo(px + 3, top + 5);
  ctx.lineTo(px - 3, top + 11);
  ctx.stroke();
}
