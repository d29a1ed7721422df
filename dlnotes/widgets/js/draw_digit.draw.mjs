// The pictures of the digit pad: what the network gets, its layers, the probabilities, one unit's arithmetic.

import { LAYERS, shapeOf } from "./draw_digit.core.mjs";
import { number, text } from "./lib/plot.mjs";
import { frame, shades, tiles } from "./tiles.mjs";

const TITLES = {
  conv1: ["convolution 3 × 3, ReLU", "8 × 8"], pool1: ["max-pooling 2 × 2", "4 × 4"],
  conv2: ["convolution 3 × 3, ReLU", "4 × 4"], pool2: ["max-pooling 2 × 2", "2 × 2"] };
const ACROSS = 8, GAP = 5, HEAD = 22;                     // maps in a row, pixels between them, of a heading

/** The 64 numbers with the frame of what the picked unit sees. */
export function drawInput(panel, { fig, x, field }) {
  const cell = fig.width / 8, { colors } = fig;
  tiles(panel, x, 0, 8, 8, 0, 0, cell, { shade: shades(colors).ink, low: 0, high: 16 });
  if (cell > 17) {
    for (let k = 0; k < 64; k++) {
      if (!x[k]) continue;
      text(panel, String(x[k]), (k % 8 + 0.5) * cell, (Math.floor(k / 8) + 0.5) * cell, {
        align: "center", base: "middle", color: x[k] > 7 ? colors.paper : colors.ink });
    }
  }
  if (!field) return;
  const [top, left, bottom, right] = field;
  frame(panel, left * cell + 2, top * cell + 2, (right - left + 1) * cell - 4, (bottom - top + 1) * cell - 4, colors.line[1]);
}

/** Where the maps of each layer stand: { size, of: { conv1: { top, rows }, ... } } */
export function layout(net, width) {
  const size = Math.min((width - (ACROSS - 1) * GAP) / ACROSS, 60), of = {};
  let top = 0;
  for (const layer of LAYERS.slice(0, 4)) {
    const rows = Math.ceil(shapeOf(net, layer)[0] / ACROSS);
    of[layer] = { top: top + HEAD, rows };
    top += HEAD + rows * (size + GAP) + 4;
  }
  return { size, of, height: top };
}

// Corner of a map.
const corner = ({ size, of }, layer, channel) => [
  channel % ACROSS * (size + GAP), of[layer].top + Math.floor(channel / ACROSS) * (size + GAP)];

/** The unit at a place of the picture: { layer, channel, row, column } or null. */
export function unitAt(net, plan, px, py) {
  for (const layer of LAYERS.slice(0, 4)) {
    const { top, rows } = plan.of[layer], [channels, n] = shapeOf(net, layer), pitch = plan.size + GAP;
    const line = Math.floor((py - top) / pitch), i = Math.floor(px / pitch), channel = line * ACROSS + i;
    if (line < 0 || line >= rows || i < 0 || i >= ACROSS || channel >= channels) continue;
    const at = (p) => Math.min(Math.floor(p / (plan.size / n)), n - 1);
    return { layer, channel, row: at(py - top - line * pitch), column: at(px - i * pitch) };
  }
  return null;
}

function largest(values) {
  let top = 1e-9;
  for (const v of values) if (Math.abs(v) > top) top = Math.abs(v);
  return top;
}

export function drawLayers(panel, { fig, net, pass, plan, unit }) {
  const { colors } = fig, { signed } = shades(colors);
  for (const layer of LAYERS.slice(0, 4)) {
    const [channels, n] = shapeOf(net, layer), { top } = plan.of[layer], most = largest(pass[layer]);
    const [words, size] = TITLES[layer];
    text(panel, `${words}: ${channels} maps of ${size}`, 0, top - 7, {});
    for (let c = 0; c < channels; c++) {
      const [x, y] = corner(plan, layer, c);
      tiles(panel, pass[layer], c * n * n, n, n, x, y, plan.size / n, { shade: signed, low: -most, high: most });
      panel.ctx.setLineDash([]);
      panel.ctx.lineWidth = 1;
      panel.ctx.strokeStyle = colors.grid;
      panel.ctx.strokeRect(x - 0.5, y - 0.5, plan.size + 1, plan.size + 1);
    }
  }
  if (unit.layer === "scores") return;
  const [x, y] = corner(plan, unit.layer, unit.channel), cell = plan.size / shapeOf(net, unit.layer)[1];
  frame(panel, x + unit.column * cell, y + unit.row * cell, cell, cell, colors.line[1]);
}

/** The ten probabilities as bars, their scores beside them. */
export function drawScores(panel, { fig, p, scores, picked }) {
  const { colors } = fig, { ctx } = panel, line = fig.height / 10, right = fig.width - 46;
  const best = p.indexOf(Math.max(...p));
  for (let k = 0; k < 10; k++) {
    const y = (k + 0.5) * line;
    text(panel, String(k), 4, y, { base: "middle" });
    ctx.fillStyle = k === best ? colors.line[0] : colors.muted;
    ctx.fillRect(20, y - line * 0.3, Math.max((right - 20) * p[k], 1), line * 0.6);
    text(panel, number(scores[k], 1), fig.width - 4, y, { base: "middle", align: "right", color: colors.muted });
    if (k === picked) frame(panel, 2, k * line + 2, fig.width - 4, line - 4, colors.line[1]);
  }
}

/** One unit: for each map below its inputs, the weights that they meet, and their sum of products. */
export function drawTerms(panel, { fig, terms }) {
  const { colors } = fig, look = shades(colors), { groups, size } = terms, single = groups.length === 1;
  const room = fig.width - 62;
  const side = single ? Math.min(room, 44 * size) : Math.min((room - (ACROSS - 1) * GAP) / ACROSS, 44);
  const cell = side / size;
  const all = groups.flatMap((g) => g.x), heavy = groups.flatMap((g) => g.w ?? [0]);
  const [most, top] = [largest(all), largest(heavy)], tall = (groups[0].w ? 2 : 1) * (side + GAP) + 22;
  groups.forEach((g, i) => {
    const x = 62 + i % ACROSS * (side + GAP), y = 4 + Math.floor(i / ACROSS) * tall, digits = single ? 2 : null;
    tiles(panel, g.x, 0, size, size, x, y, cell, { shade: look.signed, low: -most, high: most, digits });
    if (g.w) tiles(panel, g.w, 0, size, size, x, y + side + GAP, cell, { shade: look.signed, low: -top, high: top, digits });
    text(panel, number(g.sum), x + side / 2, y + tall - 20, { align: "center", base: "top" });
    if (i % ACROSS) return;
    const words = g.w ? ["input", "weight", "sum"] : ["input", "largest"];
    const steps = g.w ? [side / 2, side * 1.5 + GAP, tall - 13] : [side / 2, tall - 13];
    words.forEach((word, k) => text(panel, word, 0, y + steps[k], { base: "middle", color: colors.muted }));
  });
}
