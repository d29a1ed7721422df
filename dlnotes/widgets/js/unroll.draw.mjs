// The picture of the unrolled network: a column for each letter, a strip for the state, each gate and the gradient.

import { LETTERS } from "./letters.core.mjs";
import { clamp } from "./lib/num.mjs";
import { HeatMap, palettes } from "./lib/field.mjs";
import { DASHES, Panel, Scale, bars, line, point, segment, text } from "./lib/plot.mjs";
import { GATES, norm } from "./unroll.core.mjs";

const TOP = 40, TITLE = 24, LEFT = 46, NORM = 150, STATE = 92, GATE = 56;
const TITLES = {
  h: "state h", c: "cell c", r: "reset gate r (blue: open)", z: "update gate z (blue: keep the old)",
  i: "input gate i (blue: open)", f: "forget gate f (blue: keep)", o: "output gate o (blue: open)",
  dh: "gradient for each state h: direction", dc: "gradient for each cell c: direction" };

/** The strips of a cell, top to bottom: [name, height]. */
export function strips(cell) {
  const cells = cell === "lstm" ? [["c", STATE]] : [];
  const back = [["dh", STATE], ...(cell === "lstm" ? [["dc", STATE]] : [])];
  return [["h", STATE], ...cells, ...GATES[cell].map((g) => [g, GATE]), ...back];
}
export const heightOf = (cell) => (
  TOP + strips(cell).reduce((sum, [, height]) => sum + TITLE + height, 0) + TITLE + NORM + 30);

/** What one view draws with: the panels by name, colour maps by size, room for the values. */
export function createInk(fig) {
  const x = new Scale(), names = Object.keys(TITLES);
  return {
    maps: new Map(), room: null, x, xs: new Float64Array(64), ys: new Float64Array(64), edges: Float64Array.from({ length: 28 }, (_, i) => i),
    panels: Object.fromEntries(names.map((name) => [name, new Panel(fig, x)])),
    norms: new Panel(fig, x, new Scale("log")) };
}

function mapOf(ink, nx, ny) {
  const key = `${nx} ${ny}`;
  if (!ink.maps.has(key)) ink.maps.set(key, new HeatMap(nx, ny));
  return ink.maps.get(key);
}

/** Column t of a strip, (n,), or undefined where there is none yet. */
function column(name, t, { pass, back, read, reached, asked }) {
  if (name === "h" || name === "c") return t <= read ? pass[name][t] : undefined;
  if (name === "dh" || name === "dc") return t >= reached && t <= asked ? back[name][t] : undefined;
  return t >= 1 && t <= read ? pass.steps[t - 1][name] : undefined;
}

function drawStrip(panel, ink, name, now, fig) {
  const { pass: { T, n } } = now, wide = T + 1, gradient = name[0] === "d";
  ink.room = ink.room?.length === wide * n ? ink.room : new Float64Array(wide * n);
  ink.room.fill(NaN);
  for (let t = 0; t < wide; t++) {
    const values = column(name, t, now);
    if (!values) continue;
    const size = gradient || name === "c" ? Math.max(...values.map(Math.abs)) : 1;
    const top = gradient ? size || 1 : Math.max(size, 1);
    for (let j = 0; j < n; j++) ink.room[(n - 1 - j) * wide + t] = values[j] / top;
  }
  panel.domain(-0.5, T + 0.5, n, 0);
  mapOf(ink, wide, n).paint(panel, ink.room, -1, 1, palettes(fig.colors).diverge, { smooth: false });
  const { ctx } = fig;
  ctx.strokeStyle = fig.colors.grid;
  ctx.lineWidth = 1;
  ctx.strokeRect(panel.left + 0.5, panel.top + 0.5, panel.right - panel.left - 1, panel.bottom - panel.top - 1);
  text(panel, TITLES[name], panel.left, panel.top - 7, { color: fig.colors.ink });
}

function drawLetters(fig, ink, { pass, asked }) {
  const { panels: { h: panel } } = ink, { muted, ink: dark, line: colors } = fig.colors;
  const { ctx } = fig;
  ctx.font = `600 ${fig.colors.font.replace("13px", "16px")}`;
  for (let t = 0; t <= pass.T; t++) {
    const letter = t === 0 ? "" : LETTERS[pass.inputs[t - 1]].replace(".", "▸");
    text(panel, letter, ink.x.at(t), 16, { color: t === asked ? colors[1] : dark, align: "center" });
  }
  ctx.font = fig.colors.font;
  text(panel, "reads", LEFT - 8, 16, { color: muted, align: "right" });
}

function drawNorms(fig, ink, { pass, back, asked, reached, rho, cell }) {
  const { norms: panel, xs, ys } = ink, { colors } = fig, size = back.dh.map(norm), cells = back.dc.map(norm);
  const straight = (t) => size[asked] * rho ** (asked - t), seen = [...size, ...(cell === "lstm" ? cells : [])].filter((v) => v > 0);
  const high = clamp(Math.max(...seen, size[asked] || 1, straight(0)), 1e-12, 1e12) * 3;
  const low = clamp(Math.min(...seen, straight(0) || 1), 1e-14, high / 30) / 3;
  panel.domain(-0.5, pass.T + 0.5, low, high);
  for (const tick of panel.y.ticks(30)) {
    segment(panel, -0.5, tick.value, pass.T + 0.5, tick.value, { color: colors.grid, width: 1 });
    text(panel, tick.text, panel.left - 6, panel.y.at(tick.value), { color: colors.muted, align: "right", base: "middle" });
  }
  if (rho > 0 && reached <= asked) {
    segment(panel, asked, size[asked], 0, straight(0), { color: colors.muted, width: 2, dash: DASHES[1] });
  }
  const draw = (values, k) => {
    for (let t = 0; t <= asked; t++) [xs[t], ys[t]] = [t, t >= reached && values[t] > 0 ? values[t] : NaN];
    line(panel, xs, ys, asked + 1, { color: colors.line[k], dash: DASHES[k === 1 ? 0 : 2] });
    for (let t = reached; t <= asked; t++) if (values[t] > 0) point(panel, t, values[t], { color: colors.line[k], r: 4, hollow: k === 2 });
  };
  if (cell === "lstm") draw(cells, 2);
  draw(size, 1);
  text(panel, `length${cell === "lstm" ? " (● h, ○ c)" : ""}; dashes: × ρ a step`, panel.left, panel.top - 7);
  for (let t = 0; t <= pass.T; t += pass.T > 12 && panel.right - panel.left < 420 ? 2 : 1) {
    text(panel, String(t), panel.x.at(t), panel.bottom + 4, { color: colors.muted, align: "center", base: "top" });
  }
  text(panel, "inputs read", panel.right, panel.bottom + 20, { align: "right", base: "top" });
}

/** Everything; `now` has pass, back, asked, read (states so far), reached (first gradient so far), at (column), unit, rho, cell. */
export function drawUnrolled(fig, ink, now) {
  let y = TOP;
  for (const [name, height] of strips(now.cell)) {
    ink.panels[name].place(LEFT, y, fig.width - 6, y + height);
    drawStrip(ink.panels[name], ink, name, now, fig);
    y += height + TITLE;
  }
  ink.norms.place(LEFT, y, fig.width - 6, y + NORM);
  drawNorms(fig, ink, now);
  drawLetters(fig, ink, now);
  const { ctx } = fig, half = (ink.x.at(1) - ink.x.at(0)) / 2, at = ink.x.at(now.at), { h } = ink.panels;
  ctx.strokeStyle = fig.colors.ink;
  ctx.lineWidth = 2;
  for (const { top, bottom } of [...strips(now.cell).map(([name]) => ink.panels[name]), ink.norms]) {
    ctx.strokeRect(at - half, top, 2 * half, bottom - top);
  }
  const row = h.y.at(now.unit + 0.5);
  text(h, `${now.unit + 1} ▸`, LEFT - 3, row, { color: fig.colors.ink, align: "right", base: "middle" });
}

/** What was clicked: { at, unit, back } (back: in the gradient's part), or null. */
export function clicked(fig, ink, cell, T, px, py) {
  const at = Math.round(ink.x.invert(px));
  if (!(at >= 0 && at <= T)) return null;
  for (const [name] of strips(cell)) {
    const { top, bottom, y } = ink.panels[name];
    if (py >= top && py <= bottom) return { at, unit: Math.floor(y.invert(py)), back: name[0] === "d" };
  }
  return { at, unit: null, back: py > ink.norms.top };
}

/** Bars of the next letter's probabilities; the letter that really follows is the orange one. */
export function drawNext(panel, ink, fig, log_p, target) {
  const { colors } = fig, heights = log_p.map(Math.exp);
  panel.place(LEFT, 24, fig.width - 6, fig.height - 22);
  panel.domain(0, 27, 0, Math.max(0.2, ...heights) * 1.08);
  for (const tick of panel.y.ticks(34)) {
    segment(panel, 0, tick.value, 27, tick.value, { color: colors.grid, width: 1 });
    text(panel, tick.text, panel.left - 6, panel.y.at(tick.value), { color: colors.muted, align: "right", base: "middle" });
  }
  bars(panel, ink.edges, heights, 27, { color: colors.line[0], gap: 2 });
  for (let k = 0; k < 27; k++) ink.ys[k] = k === target ? heights[k] : 0;
  bars(panel, ink.edges, ink.ys, 27, { color: colors.line[1], gap: 2 });
  for (let k = 0; k < 27; k++) {
    text(panel, k ? LETTERS[k] : "■", panel.x.at(k + 0.5), panel.bottom + 4, {
      color: k === target ? colors.line[1] : colors.muted, align: "center", base: "top" });
  }
  text(panel, "next letter: probability (■ the end)", panel.left, 14);
}
