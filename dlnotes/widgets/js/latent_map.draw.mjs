// The pictures of the latent map: the plane, one digit, the way from A to B, the terms of the bound.

import { GRID, PIXELS, SHOWN, SIDE, WIDE, between, decode, ellipse, mosaic } from "./latent_map.core.mjs";
import { HeatMap, palettes } from "./lib/field.mjs";
import { DASHES, axes, line, number, point, segment, text } from "./lib/plot.mjs";

const INNER = 67, FIRST = 7;                              // of the grid, the places from -3.3 to 3.3
const ROW = 9;                                            // digits from A to B
const RINGS = [1, 1.6];                                   // width of the line of one and two standard deviations

/** The scratch of one view. */
export function createInk() {
  const room = (n) => new Float64Array(n);
  return {
    tile: new HeatMap(SIDE, SIDE), tiles: new HeatMap(WIDE, WIDE), field: new HeatMap(INNER, INNER),
    flipped: room(PIXELS), x: room(PIXELS), blend: room(PIXELS), ends: [room(PIXELS), room(PIXELS)],
    mosaic: null, inner: room(INNER * INNER), xs: room(61), ys: room(61) };
}

/** One digit, from paper (0) to ink (1), filling a panel; a frame around it. */
export function drawDigit(panel, ink, x, colors) {
  for (let i = 0; i < PIXELS; i++) ink.flipped[PIXELS - SIDE - (i - i % SIDE) + i % SIDE] = x[i];
  ink.tile.paint(panel, ink.flipped, -1, 1, palettes(colors).diverge, { smooth: false });
  const { ctx, left, top, right, bottom } = panel;
  ctx.strokeStyle = colors.muted;
  ctx.lineWidth = 1;
  ctx.strokeRect(left + 0.5, top + 0.5, right - left - 1, bottom - top - 1);
}

/** A panel that is a square in the middle of its figure, and as large as can be. */
export function square(panel, fig, edge = 2, top = edge) {
  const size = Math.min(fig.width - 2 * edge, fig.height - top - edge), left = (fig.width - size) / 2;
  panel.place(left, top, left + size, top + size);
}

export function placePlane(panel, fig) {
  panel.place(34, 24, fig.width - 10, fig.height - 20);
  panel.domain(-SHOWN, SHOWN, -SHOWN, SHOWN);
}

export function drawPlane(panel, ink, { fig, model, ready, paint, a, b, z, drawn, now }) {
  const { colors } = fig;
  if (ready && paint === "digits") {
    ink.mosaic ??= mosaic(model);
    ink.tiles.paint(panel, ink.mosaic, -1, 1, palettes(colors).diverge, { smooth: false, alpha: 0.85 });
  }
  if (ready && paint === "posterior" && drawn) field(panel, ink, model, colors);
  axes(panel, { y: "latent plane: z1 to the right, z2 up" });
  if (paint === "points") numerals(panel, model, colors);
  segment(panel, ...a, ...b, { color: colors.line[1], width: 2.5 });
  if (drawn && now) rings(panel, ink, now, paint === "posterior" ? colors.paper : colors.ink, colors);
  for (const [name, at] of [["A", a], ["B", b]]) {
    point(panel, ...at, { color: colors.line[1], r: 6, hollow: true });
    text(panel, name, panel.x.at(at[0]) + 12, panel.y.at(at[1]) - 9, { color: colors.line[1], halo: true });
  }
  point(panel, ...z, { color: colors.line[1], r: 7 });
}

// The true posterior of the drawing, its peak light.
function field(panel, ink, { grid: { joint } }, colors) {
  let top = -Infinity;
  for (let j = 0, k = 0; j < INNER; j++) {
    for (let i = 0; i < INNER; i++, k++) {
      ink.inner[k] = joint[(FIRST + j) * GRID + FIRST + i];
      if (ink.inner[k] > top) top = ink.inner[k];
    }
  }
  for (let k = 0; k < ink.inner.length; k++) ink.inner[k] = Math.exp(ink.inner[k] - top);
  ink.field.paint(panel, ink.inner, 0, 1, palettes(colors).sequence);
}

function numerals(panel, { means, labels, count }, colors) {
  panel.clipped(() => {
    for (let i = 0; i < count; i++) {
      text(panel, String(labels[i]), panel.x.at(means[2 * i]), panel.y.at(means[2 * i + 1]), {
        color: colors.line[labels[i] % 6], align: "center", base: "middle" });
    }
  });
}

// The ellipses of q, and its mean as a cross; a second colour under the line keeps it in sight on any ground.
function rings(panel, ink, q, color, colors) {
  const under = color === colors.ink ? colors.paper : colors.ink;
  for (const k of [2, 1]) {
    ellipse(q, k, ink.xs, ink.ys);
    line(panel, ink.xs, ink.ys, ink.xs.length, { color: under, width: RINGS[k - 1] + 3 });
    line(panel, ink.xs, ink.ys, ink.xs.length, { color, width: RINGS[k - 1] + 0.6, dash: DASHES[k === 2 ? 1 : 0] });
  }
  const [x, y] = q.mean, arm = 0.08;
  segment(panel, x - arm, y, x + arm, y, { color, width: 2.5 });
  segment(panel, x, y - arm, x, y + arm, { color, width: 2.5 });
}

/** Two rows of digits: along the line from a to b, and one picture faded into the other. */
export function drawWay(panel, ink, { fig, model, a, b }) {
  const { colors } = fig, left = 4, size = Math.min((fig.width - 8) / ROW - 3, (fig.height - 50) / 2), across = (fig.width - 8) / ROW;
  decode(model, a, ink.ends[0]);
  decode(model, b, ink.ends[1]);
  panel.place(left, 0, fig.width, 0);
  ["through the plane, from A to B", "by fading the pictures"].forEach((words, row) => {
    const top = 20 + row * (size + 26);
    text(panel, words, left, top - 6);
    for (let k = 0; k < ROW; k++) {
      const share = k / (ROW - 1), [from, to] = ink.ends;
      if (row) for (let i = 0; i < PIXELS; i++) ink.blend[i] = from[i] + (to[i] - from[i]) * share;
      else decode(model, between(a, b, share), ink.blend);
      panel.place(left + k * across, top, left + k * across + size, top + size);
      drawDigit(panel, ink, ink.blend, colors);
    }
  });
}

/** The costs of the drawing in nats as one bar: reconstruction, KL; and where log p(x) stands. */
export function drawTerms(panel, { fig, m }) {
  const { colors } = fig, top = Math.max(30, 10 * Math.ceil(-m.elbo / 10 + 0.2));
  panel.place(2, 4, fig.width - 12, fig.height - 24);
  panel.domain(0, top, 0, 1);
  const parts = [[0, -m.reconstruction, 0], [-m.reconstruction, -m.elbo, 1]];
  for (const [from, to, k] of parts) {
    panel.ctx.fillStyle = colors.line[k];
    panel.ctx.fillRect(panel.x.at(from), panel.top, panel.x.at(to) - panel.x.at(from), panel.bottom - panel.top);
  }
  for (const tick of panel.x.ticks()) {
    text(panel, tick.text, panel.x.at(tick.value), panel.bottom + 4, { color: colors.muted, align: "center", base: "top" });
  }
  const middle = (panel.top + panel.bottom) / 2;
  text(panel, number(-m.reconstruction, 1), panel.x.at(-m.reconstruction) - 6, middle, {
    color: colors.paper, align: "right", base: "middle" });
  text(panel, `KL ${number(m.kl, 1)}`, panel.x.at(-m.elbo) + 8, middle, { base: "middle" });
  segment(panel, -m.evidence, 0, -m.evidence, 1, { color: colors.ink, width: 4, dash: DASHES[2] });
}
