// A surface seen from above: colours, contour lines, minima. Its numbers are computed again only when the
// surface changes.

import { look } from "./surfaces.core.mjs";
import { HeatMap, contours, palettes } from "./lib/field.mjs";
import { clamp } from "./lib/num.mjs";
import { DASHES, text } from "./lib/plot.mjs";

const N = 97, LEVELS = 12;
// The greatest loss of the window over the least that is told apart; 1e3 for the others.
const DEPTH = { beale: 1e6, rosenbrock: 1e4 };

export const makeTerrain = () => ({
  key: "", values: new Float64Array(N * N), map: new HeatMap(N, N), levels: new Float64Array(LEVELS),
  top: 1 });

// log(1 + loss / least) on the grid, and even steps of it as levels.
function survey(terrain, place, key) {
  const { centre: [cx, cy], half } = place.surface, { values, levels } = terrain;
  let most = 0;
  for (let j = 0; j < N; j++) {
    for (let i = 0; i < N; i++) {
      const loss = look(place, cx + half * (2 * i / (N - 1) - 1), cy + half * (2 * j / (N - 1) - 1));
      values[j * N + i] = loss;
      most = Math.max(most, loss);
    }
  }
  const least = most / (DEPTH[place.name] ?? 1e3);
  for (let i = 0; i < values.length; i++) values[i] = Math.log1p(values[i] / least);
  terrain.top = Math.log1p(most / least);
  for (let i = 0; i < LEVELS; i++) levels[i] = terrain.top * (i + 0.6) / LEVELS;
  terrain.key = key;
}

// The panel fills the figure but for the numbers along its axes.
export function placeMap(panel, { centre: [cx, cy], half }) {
  const { width, height } = panel.fig;
  const side = Math.min(width - 34, height - 30);
  panel.place(30, 6, 30 + side, 6 + side);
  panel.domain(cx - half, cx + half, cy - half, cy + half);
}

export function drawMap(panel, terrain, place) {
  const { colors } = panel.fig, { name, a, c, cos, sin } = place;
  const key = `${name} ${a} ${c} ${cos} ${sin}`;
  if (terrain.key !== key) survey(terrain, place, key);
  const { values, map, levels, top } = terrain;
  map.paint(panel, values, -top, top, palettes(colors).diverge, { alpha: 0.45 });
  contours(panel, values, N, N, levels, { color: colors.muted, width: 1, alpha: 0.5 });
  for (const [x, y] of place.minima) cross(panel, x, y);
  for (const tick of panel.x.ticks()) {
    text(panel, tick.text, panel.x.at(tick.value), panel.bottom + 6, {
      color: colors.muted, align: "center", base: "top" });
  }
  for (const tick of panel.y.ticks(40)) {
    text(panel, tick.text, panel.left - 5, panel.y.at(tick.value), {
      color: colors.muted, align: "right", base: "middle" });
  }
}

// A minimum.
function cross(panel, x, y) {
  const px = panel.x.at(x), py = panel.y.at(y), { ctx } = panel;
  panel.clipped(() => {
    for (const [color, width] of [[panel.fig.colors.paper, 5], [panel.fig.colors.ink, 2]]) {
      Object.assign(ctx, { strokeStyle: color, lineWidth: width, lineCap: "round" });
      ctx.beginPath();
      ctx.moveTo(px - 6, py);
      ctx.lineTo(px + 6, py);
      ctx.moveTo(px, py - 6);
      ctx.lineTo(px, py + 6);
      ctx.stroke();
    }
    ctx.lineCap = "butt";
  });
}

// A trail with a rim of paper, so that it stands out from the map; `dots` marks each of its points. Of a
// trail with `fresh` only so many last steps stand out.
export function trail(
  panel, xs, ys, count, { color, width = 2, dash = DASHES[0], dots = false, fresh = Infinity }) {
  const { ctx } = panel, { paper } = panel.fig.colors, from = Math.max(0, count - 1 - fresh);
  panel.clipped(() => {
    ctx.lineJoin = "round";
    Object.assign(ctx, { strokeStyle: color, lineWidth: width * 0.6, globalAlpha: 0.55 });
    if (from > 0) way(panel, xs, ys, 0, from + 1);
    Object.assign(ctx, { strokeStyle: paper, lineWidth: width + 2.5, globalAlpha: 0.8 });
    way(panel, xs, ys, from, count);
    Object.assign(ctx, { strokeStyle: color, lineWidth: width, globalAlpha: 1, fillStyle: color });
    ctx.setLineDash(dash);
    way(panel, xs, ys, from, count);
    ctx.setLineDash(DASHES[0]);
    if (!dots) return;
    ctx.beginPath();
    for (let i = 0; i < count; i++) {
      const px = near(panel.x.at(xs[i])), py = near(panel.y.at(ys[i]));
      ctx.moveTo(px + 3, py);
      ctx.arc(px, py, 3, 0, 2 * Math.PI);
    }
    ctx.fill();
  });
}

const near = (pixel) => clamp(pixel, -1e4, 1e4);

function way({ ctx, x, y }, xs, ys, from, to) {
  ctx.beginPath();
  for (let i = from; i < to; i++) ctx.lineTo(near(x.at(xs[i])), near(y.at(ys[i])));
  ctx.stroke();
}

// A ball, or a ring with letters in it; false where it would lie outside.
export function ball(panel, x, y, color, words = "") {
  const px = panel.x.at(x), py = panel.y.at(y), r = words ? 11 : 8;
  const { left, right, top, bottom } = panel;
  if (!(px > left - r && px < right + r && py > top - r && py < bottom + r)) return false;
  const { ctx } = panel;
  const { paper, ink } = panel.fig.colors, ring = words ? color : paper;
  Object.assign(ctx, { fillStyle: words ? paper : color, strokeStyle: ring, lineWidth: words ? 3 : 2 });
  ctx.beginPath();
  ctx.arc(px, py, r, 0, 2 * Math.PI);
  ctx.fill();
  ctx.stroke();
  if (!words) return true;
  const font = ctx.font;
  ctx.font = `bold 11px ${font.slice(font.indexOf(" "))}`;
  text(panel, words, px, py + 0.5, { color: ink, align: "center", base: "middle" });
  ctx.font = font;
  return true;
}
