// The pictures of the descent: a surface of one dimension from the side, of two from above, the factors over
// the learning rate, and the loss over the steps.

import { bound } from "./descent.core.mjs";
import { ball, drawMap, trail } from "./descent.map.mjs";
import { short, times } from "./descent.words.mjs";
import { factor, look } from "./surfaces.core.mjs";
import { clamp } from "./lib/num.mjs";
import { DASHES, arrow, axes, band, crosshair, line, point, segment, text } from "./lib/plot.mjs";

export const STEEP = 1;                                  // the numbers of their colours
export const FLAT = 2;
export const PATH = 3;
const CURVE = 201, LEAST = 1e-16, MOST = 1e13;

// One dimension -------------------------------------------------------------------------------------------

const xs = new Float64Array(CURVE), ys = new Float64Array(CURVE), near = new Float64Array(CURVE);

export function placeCurve(panel, place) {
  const { surface: { centre: [cx], half } } = place, { width, height } = panel.fig;
  let most = 0;
  for (let i = 0; i < CURVE; i++) {
    xs[i] = cx + half * (2 * i / (CURVE - 1) - 1);
    ys[i] = look(place, xs[i], 0);
    most = Math.max(most, ys[i]);
  }
  panel.place(44, 28, width - 10, height - 46);
  panel.domain(cx - half, cx + half, -0.06 * most, 1.08 * most);
}

export function drawCurve(panel, place, run, k, measured, momentum) {
  const { colors } = panel.fig, { at, steep, limit } = measured;
  axes(panel, { y: "loss", x: "x", yRoom: 40 });
  const foot = look(place, at[0], 0), slope = place.gx;
  for (let i = 0; i < CURVE; i++) {
    near[i] = foot + slope * (xs[i] - at[0]) + 0.5 * steep * (xs[i] - at[0]) ** 2;
  }
  if (place.name !== "parabola") {
    line(panel, xs, near, CURVE, { color: colors.line[STEEP], width: 2, dash: DASHES[1] });
    text(panel, `dashed: curvature ${short(steep)}`, (panel.left + panel.right) / 2, panel.top + 14, {
      color: colors.line[STEEP], halo: true, align: "center" });
  }
  line(panel, xs, ys, CURVE, { color: colors.line[0], width: 3 });
  trail(panel, run.xs, run.loss, k + 1, { color: colors.line[PATH], width: 1.5, dots: true });
  const x = run.xs[k], height = run.loss[k];
  if (k + 1 < run.length) {
    const next = run.xs[k + 1];
    segment(panel, next, height, next, run.loss[k + 1], { color: colors.ink, dash: DASHES[2] });
    arrow(panel, x, height, next, height, { color: colors.ink });
  }
  look(place, x, 0);
  if (momentum === 0 && Number.isFinite(limit)) farthest(panel, x - limit * place.gx, height, x, height);
  return ball(panel, x, height, colors.line[PATH]);
}

// Where a single step of 2/L would land.
function farthest(panel, x, y, ballX, ballY) {
  const px = panel.x.at(x), py = panel.y.at(y), { ctx, left, top, bottom } = panel, { colors } = panel.fig;
  if (!(px > left + 4 && px < panel.right - 4 && py > top + 4 && py < bottom - 4)) return;
  if (Math.hypot(px - panel.x.at(ballX), py - panel.y.at(ballY)) < 16) return;
  Object.assign(ctx, { fillStyle: colors.paper, strokeStyle: colors.bad, lineWidth: 2 });
  ctx.fillRect(px - 4, py - 4, 8, 8);
  ctx.strokeRect(px - 4, py - 4, 8, 8);
  const right = px < (left + panel.right) / 2 ? 1 : -1;
  text(panel, "2/L", px + 9 * right, py - 8, {
    color: colors.bad, halo: true, align: right > 0 ? "left" : "right" });
}

// Two dimensions ------------------------------------------------------------------------------------------

export function drawPlane(panel, terrain, place, run, k, measured, momentum) {
  const { colors } = panel.fig, { at, angle, factors, limit } = measured;
  drawMap(panel, terrain, place);
  const { half } = place.surface;
  const across = angle + Math.PI / 2, length = 0.36 * half;
  direction(panel, at, across, length, FLAT);
  direction(panel, at, angle, length, STEEP);
  trail(panel, run.xs, run.ys, run.length, { color: colors.line[PATH], width: 1 });
  trail(panel, run.xs, run.ys, k + 1, { color: colors.line[PATH], width: 2, dots: true });
  const x = run.xs[k], y = run.ys[k];
  if (k + 1 < run.length) arrow(panel, x, y, run.xs[k + 1], run.ys[k + 1], { color: colors.ink });
  look(place, x, y);
  if (momentum === 0 && Number.isFinite(limit)) {
    farthest(panel, x - limit * place.gx, y - limit * place.gy, x, y);
  };
  named(panel, at, across, length, factors[1], FLAT);
  named(panel, at, angle, length, factors[0], STEEP);
  return ball(panel, x, y, colors.line[PATH]);
}

// An eigenvector through `at`, and its factor at the end that has more room.
function direction(panel, [x, y], angle, length, k) {
  const dx = length * Math.cos(angle), dy = length * Math.sin(angle);
  const { line: colors, paper } = panel.fig.colors;
  for (const [color, width] of [[paper, 7], [colors[k], 4]]) {
    segment(panel, x - dx, y - dy, x + dx, y + dy, { color, width });
  }
}
function named(panel, [x, y], angle, length, size, k) {
  const dx = length * Math.cos(angle), dy = length * Math.sin(angle), color = panel.fig.colors.line[k];
  const sign = panel.x.at(x + dx) + 50 > panel.right || panel.y.at(y + dy) < panel.top + 14 ? -1 : 1;
  const px = clamp(panel.x.at(x + sign * dx), panel.left + 30, panel.right - 30);
  const py = clamp(panel.y.at(y + sign * dy), panel.top + 12, panel.bottom - 12);
  const up = Math.abs(dy) > Math.abs(dx);
  const right = up ? 0 : 10 * sign * Math.sign(dx), above = up ? 10 * sign * Math.sign(dy) : 0;
  text(panel, times(size), px + right, py - above, {
    color, halo: true, align: up ? "center" : sign * dx > 0 ? "left" : "right", base: "middle" });
}

// The factors over the learning rate ----------------------------------------------------------------------

const rates = new Float64Array(241).map((_, i) => 10 ** (-4 + 5 * i / 240)), sizes = new Float64Array(241);

export function drawFactors(panel, { steep, flat, limit, factors }, lr, momentum, lone) {
  const { colors } = panel.fig;
  panel.place(14, 26, panel.fig.width - 14, panel.fig.height - 22);
  panel.domain(1e-4, 10, 0, 1.6);
  text(panel, "what is left of the error after a step: |factor|", panel.left, panel.top - 9);
  for (const tick of panel.x.ticks()) {
    segment(panel, tick.value, 0, tick.value, 1.6, { color: colors.grid, width: 1 });
    text(panel, tick.text, panel.x.at(tick.value), panel.bottom + 5, {
      color: colors.muted, align: "center", base: "top" });
  }
  segment(panel, 1e-4, 0, 10, 0, { color: colors.muted, width: 1 });
  if (limit < 10) band(panel, Math.max(limit, 1e-4), 10, colors.bad);
  segment(panel, 1e-4, 1, 10, 1, { color: colors.ink, width: 1.5 });
  text(panel, "1", panel.left + 3, panel.y.at(1) - 5, { color: colors.ink, halo: true });
  if (!lone) curve(panel, flat, momentum, colors.line[FLAT], DASHES[1]);
  curve(panel, steep, momentum, colors.line[STEEP], DASHES[0]);
  if (limit > 1e-4 && limit < 10) {
    segment(panel, limit, 0, limit, 1.6, { color: colors.bad, width: 2 });
    const px = panel.x.at(limit), right = px > (panel.left + panel.right) / 2;
    const words = `${momentum ? "2(1 + β)/L" : "2/L"} = ${short(limit)}`;
    const low = Math.abs(factors[0]) > 1.2 ? 44 : 15;            // clear of the dot
    text(panel, words, px + (right ? -7 : 7), panel.top + low, {
      color: colors.bad, halo: true, align: right ? "right" : "left" });
  }
  crosshair(panel, lr);
  if (!lone) dot(panel, lr, factors[1], colors.line[FLAT]);
  dot(panel, lr, factors[0], colors.line[STEEP]);
}

function curve(panel, curvature, momentum, color, dash) {
  for (let i = 0; i < rates.length; i++) {
    sizes[i] = Math.min(Math.abs(factor(rates[i], curvature, momentum)), 9);
  }
  line(panel, rates, sizes, rates.length, { color, width: 2.5, dash });
}

function dot(panel, lr, size, color) {
  const y = Math.min(Math.abs(size), 1.55), left = panel.x.at(lr) > panel.right - 90;
  point(panel, lr, y, { color, r: 6 });
  text(panel, times(size), panel.x.at(lr) + (left ? -11 : 11), panel.y.at(y) + 1, {
    color, halo: true, base: "middle", align: left ? "right" : "left" });
}

// The loss over the steps ---------------------------------------------------------------------------------

const numbers = new Float64Array(1001).map((_, k) => k);
const shown = new Float64Array(1001), bounds = new Float64Array(1001);

export function drawLoss(panel, run, k, measured, exact) {
  const { colors, width, height } = panel.fig;
  panel.place(52, 26, width - 12, height - 46);
  let low = Infinity, high = 0;
  for (let i = 0; i < run.length; i++) {
    shown[i] = Math.max(run.loss[i], LEAST);
    bounds[i] = Math.max(bound(run.loss[0], measured, i), LEAST);
    low = Math.min(low, shown[i]);
    high = Math.max(high, Math.min(shown[i], MOST));
  }
  panel.domain(0, Math.max(run.length - 1, 1), low / 2, Math.max(high * 2, low * 10));
  axes(panel, { y: "loss", x: "step", yRoom: 34 });
  const steep = colors.line[STEEP];
  if (exact) line(panel, numbers, bounds, run.length, { color: steep, width: 2, dash: DASHES[1] });
  line(panel, numbers, shown, run.length, { color: colors.line[PATH], width: 2.5 });
  if (exact) {
    const free = high > run.loss[0] ? panel.bottom - 9 : panel.top + 14;
    text(panel, "bound: first loss × factor²ᵏ", panel.right - 6, free, {
      color: steep, halo: true, align: "right" });
  }
  crosshair(panel, k);
  point(panel, k, shown[k], { color: colors.line[PATH], r: 6 });
}
