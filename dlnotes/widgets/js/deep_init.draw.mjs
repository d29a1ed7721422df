// What the first weights do, in three pictures: ridges, sizes, map.

import { BINS } from "./deep_init.core.mjs";
import { contours, palettes } from "./lib/field.mjs";
import { kernelDensity, linspace } from "./lib/num.mjs";
import { DASHES, area, axes, line, number, point, segment, text } from "./lib/plot.mjs";

const AT = linspace(0.5 / BINS, 1 - 0.5 / BINS, new Float64Array(BINS));       // bin centres, from 0 to 1
const HEIGHTS = new Float64Array(BINS), PLACES = new Float64Array(BINS);
const COLUMNS = [
  { counts: "zCounts", size: "z", range: "zRange", color: 0, title: "z, before the activation" },
  { counts: "aCounts", size: "a", range: "aRange", color: 2, title: "a, after it" },
  { counts: "dzCounts", size: "dz", range: "dzRange", color: 1, title: "gradient, coming back" }];

/** Which layers have a row: all up to `most`, else evenly chosen ones with first and last. */
export function rowsOf(depth, most = 12) {
  const count = Math.min(depth, most);
  return Array.from({ length: count }, (_, i) => Math.round(i * (depth - 1) / (count - 1)));
}

// Ridges ----------------------------------------------------------------------------------------------------

export function drawRidges(fig, panels, result) {
  const wide = fig.width >= 560, rows = rowsOf(result.depth);
  const across = wide ? fig.width / 3 : fig.width, down = wide ? fig.height : fig.height / 3;
  COLUMNS.forEach((column, k) => {
    const left = wide ? k * across : 0, top = wide ? 0 : k * down;
    panels[k].place(left + 32, top + 28, left + across - 40, top + down - 26);
    drawColumn(panels[k], column, result, rows);
  });
}

function drawColumn(panel, { counts, size, range, color, title }, result, rows) {
  const { colors } = panel.fig, [low, high] = result[range];
  const gap = (panel.bottom - panel.top) / (rows.length + 0.6);
  panel.domain(low, high, 0, 1);
  text(panel, title, panel.left - 26, panel.top - 12);
  for (const tick of panel.x.ticks(52)) {
    segment(panel, tick.value, 0, tick.value, 1, { color: colors.grid, width: 1 });
    text(panel, tick.text, panel.x.at(tick.value), panel.bottom + 5, {
      color: colors.muted, align: "center", base: "top" });
  }
  for (let b = 0; b < BINS; b++) PLACES[b] = low + (high - low) * AT[b];
  rows.forEach((layer, i) => {
    const base = panel.top + (i + 1.6) * gap;
    text(panel, String(layer + 1), panel.left - 7, base - 1, { color: colors.muted, align: "right" });
    if (Number.isNaN(result[size][layer]) && !(layer < result.forwardDone)) return;
    drawRidge(panel, result[counts][layer], base, gap * 1.5, colors.line[color]);
    text(panel, short(Math.sqrt(result[size][layer])), panel.right + 6, base - 1, { color: colors.muted });
  });
}

function drawRidge(panel, counts, base, height, color) {
  kernelDensity(counts, 0.8, HEIGHTS);
  let most = 0;
  for (const density of HEIGHTS) most = Math.max(most, density);
  for (let b = 0; b < BINS; b++) HEIGHTS[b] /= most || 1;
  panel.y.set(0, 1, base, base - height);
  area(panel, PLACES, HEIGHTS, BINS, { color: panel.fig.colors.paper, alpha: 0.75 });
  area(panel, PLACES, HEIGHTS, BINS, { color, alpha: 0.3 });
  line(panel, PLACES, HEIGHTS, BINS, { color, width: 1.6 });
}

const raised = (c) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(c)];
const power = (p) => `10${[...String(p)].map(raised).join("")}`;

// A standard deviation in few letters: 0.57, 12, 10⁻⁶.
function short(value) {
  if (!Number.isFinite(value)) return "∞";
  if (value >= 0.095 && value < 999.5) return number(value, value < 1 ? 2 : value < 10 ? 1 : 0);
  return value > 0 ? power(Math.round(Math.log10(value))) : "0";
}

// Variances and shares --------------------------------------------------------------------------------------

const LAYERS = linspace(1, 64, new Float64Array(64));
const LEAST = 1e-60;

export function drawSizes(fig, [sizes, shares], result, theory) {
  const { colors } = fig, { depth } = result, top = 46, room = fig.height - top - 88;
  sizes.place(44, top, fig.width - 12, top + 0.62 * room);
  shares.place(44, top + 0.62 * room + 44, fig.width - 12, fig.height - 44);
  let low = 0.1, high = 10;
  for (const values of [result.z, result.dz, theory.z, theory.dz]) {
    for (const v of values) {
      if (v > LEAST && v < 1 / LEAST) [low, high] = [Math.min(low, v), Math.max(high, v)];
    }
  }
  sizes.domain(1, depth, low / 2, high * 2);
  axes(sizes, { xTicks: false, yRoom: 26 });
  text(sizes, "variance: dots measured, lines predicted", 8, 14);
  words(sizes, sizes.top - 10, [["● z", 0], ["● gradient", 1]]);
  line(sizes, LAYERS, theory.z, depth, { color: colors.line[0], width: 1.8 });
  line(sizes, LAYERS, theory.dz, depth, { color: colors.line[1], width: 1.8, dash: DASHES[1] });
  for (let l = 0; l < depth; l++) {
    point(sizes, l + 1, result.z[l], { color: colors.line[0], r: 3.5 });
    point(sizes, l + 1, result.dz[l], { color: colors.line[1], r: 3.5 });
  }
  shares.domain(1, depth, -0.03, 1.03);
  axes(shares, { x: "layer", yRoom: 24 });
  words(shares, shares.top - 10, [["saturated", 3], ["dead", 2], ["inputs alike", 4]], 8);
  for (const [values, k] of [[result.flat, 3], [result.dead, 2], [result.alike, 4]]) {
    line(shares, LAYERS, values, depth, { color: colors.line[k], width: 2.5, dash: DASHES[k] });
  }
}

// Words in the colours of their lines, each after a piece of that line where it is dashed.
function words(panel, y, entries, left = panel.left) {
  const { ctx } = panel, { line: colors } = panel.fig.colors;
  for (const [label, k] of entries) {
    if (!label.startsWith("●")) {
      stroke(ctx, colors[k], DASHES[k], left, left + 22, y - 4);
      left += 26;
    }
    text(panel, label, left, y, { color: colors[k] });
    left += ctx.measureText(label).width + 10;
  }
}

// The map ---------------------------------------------------------------------------------------------------

export const NX = 41;
export const DEPTHS = 49;
export const DEEPEST = 50;
const LIMIT = 6 / Math.LN10;                              // e^6 as a power of ten

/** field (DEPTHS, NX): log10 of the change of the gradient's variance at depths 2 to 50. */
export function drawMap(fig, panel, heat, field, ready) {
  const { colors } = fig;
  panel.place(40, 46, fig.width - 12, fig.height - 44);
  panel.domain(0.1, 10, 2, DEEPEST);
  if (ready) heat.paint(panel, field, -14, 14, palettes(colors).diverge, { alpha: 0.8 });
  axes(panel, { x: "weight variance σ² = n Var(w)", yRoom: 34 });
  text(panel, "depth: where the gradient gets through", 8, 14);
  if (!ready) return;
  contours(panel, field, NX, DEPTHS, [-LIMIT], { color: colors.ink, width: 1.8 });
  contours(panel, field, NX, DEPTHS, [LIMIT], { color: colors.ink, width: 1.8, dash: DASHES[1] });
  const low = panel.top + 18;
  text(panel, "fades", panel.left + 8, low, { halo: true });
  if (field[DEPTHS * NX - 1] > LIMIT) {
    text(panel, "explodes", panel.right - 8, low, { align: "right", halo: true });
  }
  limit(panel, field);
}

// The name of the line on the fading side, where it is lowest enough to be read.
function limit(panel, field) {
  const row = Math.round(0.45 * (DEPTHS - 1));
  let i = NX - 1;
  while (i >= 0 && !(field[row * NX + i] < -LIMIT)) i--;
  if (i < 4) return;
  const x = panel.left + (panel.right - panel.left) * i / (NX - 1), y = panel.y.at(2 + row);
  text(panel, "6 ξ", x - 8, y, { align: "right", halo: true });
}

// A piece of a line, as a key to it.
export function stroke(ctx, color, dash, from, to, y) {
  Object.assign(ctx, { strokeStyle: color, lineWidth: 3 });
  ctx.setLineDash(dash);
  ctx.beginPath();
  ctx.moveTo(from, y);
  ctx.lineTo(to, y);
  ctx.stroke();
  ctx.setLineDash(DASHES[0]);
}
