// The pictures of message passing: the graph with its features, the matrix, what is left over depth, and in
// training the plane of scores and the loss.

import { clamp } from "./lib/num.mjs";
import { DASHES, axes, crosshair, line, number, point, segment, text } from "./lib/plot.mjs";

const TURN = 2 * Math.PI;
const NEAR = 14;                                          // nodes that show their numbers inside
const CORNERS = [[1, -1], [1, 1], [-1, 1], [-1, -1]];

/** A node as a pie: share of each channel, the paler the smaller its sum is. */
function pie(ctx, colors, x, y, r, values, at, C, top) {
  let sum = 0;
  for (let c = 0; c < C; c++) sum += values[at + c];
  ctx.beginPath();
  ctx.arc(x, y, r, 0, TURN);
  ctx.fillStyle = colors.paper;
  ctx.fill();
  if (!(sum > 0 && top > 0)) return;
  ctx.globalAlpha = clamp(0.12 + 0.88 * Math.sqrt(sum / top), 0, 1);
  for (let c = 0, angle = -TURN / 4; c < C; c++) {
    const turn = TURN * values[at + c] / sum;
    if (!(turn > 1e-3)) continue;
    ctx.beginPath();
    if (turn < TURN - 1e-3) ctx.moveTo(x, y);
    ctx.arc(x, y, r, angle, angle + turn);
    ctx.fillStyle = colors.line[c];
    ctx.fill();
    angle += turn;
  }
  ctx.globalAlpha = 1;
}

function stroke(ctx, ax, ay, bx, by) {
  ctx.beginPath();
  ctx.moveTo(ax, ay);
  ctx.lineTo(bx, by);
  ctx.stroke();
}

/**
 * @param s { places, edges, labels, truth, N, node, values (N, C), C, top, Ahat, wrong(i), pull, t, before }: t
 *   from 0 to 1 is how far the messages of a step have come, `before` the values that they carry
 */
export function drawGraph(fig, place, s) {
  const { ctx, colors } = fig, { N, edges, node, C } = s, r = s.N > 20 ? 11 : 14;
  const [nx, ny] = place(node);
  ctx.setLineDash([]);
  Object.assign(ctx, { strokeStyle: colors.muted, lineWidth: 1.5, globalAlpha: 0.55 });
  for (let k = 0; k < edges.length; k += 2) stroke(ctx, ...place(edges[k]), ...place(edges[k + 1]));
  ctx.globalAlpha = 1;
  ctx.strokeStyle = colors.ink;
  let most = 0;                                           // what the picked node hears, the wider the more
  for (let j = 0; j < N; j++) most = Math.max(most, s.Ahat[node * N + j]);
  for (let j = 0; j < N; j++) {
    const a = s.Ahat[node * N + j];
    if (j === node || !(a > 0)) continue;
    ctx.lineWidth = 1 + 4 * a / most;
    stroke(ctx, ...place(j), nx, ny);
  }
  if (s.pull) {
    ctx.setLineDash(DASHES[1]);
    ctx.lineWidth = 2.5;
    stroke(ctx, ...place(s.pull[0]), s.pull[1], s.pull[2]);
    ctx.setLineDash([]);
  }
  if (s.t < 1) messages(fig, place, s, r);
  const values = s.t < 1 ? s.before : s.values;
  for (let i = 0; i < N; i++) {
    const [x, y] = place(i);
    pie(ctx, colors, x, y, r, values, i * C, C, s.t < 1 ? s.topBefore : s.top);
    ctx.lineWidth = i === node ? 3.5 : s.labels[i] >= 0 ? 2.5 : 1.5;
    ctx.strokeStyle = i === node ? colors.ink : s.labels[i] >= 0 ? colors.line[s.labels[i]] : colors.muted;
    ctx.beginPath();
    ctx.arc(x, y, r, 0, TURN);
    ctx.stroke();
    if (s.wrong(i)) text({ ctx, fig }, "✕", x - r - 9, y - r + 2, { color: colors.bad, halo: true, base: "middle" });
    inside(fig, C === 1 && N <= NEAR ? short(values[i]) : String(i), x, y, N > 20 ? 11 : 12);
  }
  for (let i = 0; i < N; i++) {                           // labels, at a corner clear of the other nodes
    if (s.labels[i] < 0) continue;
    const [x, y] = place(i), others = s.labels.map((_, j) => place(j)).filter((_, j) => j !== i);
    const clear = ([a, b]) => others.every(([u, v]) => Math.hypot(u - x - a * (r + 6), v - y - b * (r - 2)) >= r + 8);
    const [right, down] = CORNERS.find(clear) ?? CORNERS[0], color = colors.line[s.labels[i]];
    text({ ctx, fig }, "AB"[s.labels[i]], x + right * (r + 2), y + down * (r - 2),
      { color, halo: true, base: "middle", align: right > 0 ? "left" : "right" });
  }
}

const short = (v) => (v === 0 ? "0" : v >= 99.5 || v < 0.005 ? v.toExponential(0).replace("+", "")
  : number(v, v >= 9.95 ? 0 : v >= 0.995 ? 1 : 2).replace(/^0(?=\.)/, ""));

// Words in the middle of a node, with a thin halo that leaves its colour to be seen.
function inside({ ctx, colors }, words, x, y, pixels) {
  ctx.font = `700 ${pixels}px ${colors.font.slice(5)}`;
  Object.assign(ctx, { textAlign: "center", textBaseline: "middle", lineWidth: 2.5, strokeStyle: colors.paper });
  ctx.strokeText(words, x, y + 0.5);
  ctx.fillStyle = colors.ink;
  ctx.fillText(words, x, y + 0.5);
  ctx.font = colors.font;
}

// What the nodes send to each other on the way: a dot an edge and direction.
function messages({ ctx, colors }, place, { edges, before, C, t, topBefore }, r) {
  for (let k = 0; k < edges.length; k++) {
    const [ax, ay] = place(edges[k]), [bx, by] = place(edges[k ^ 1]);
    pie(ctx, colors, ax + (bx - ax) * t, ay + (by - ay) * t, 0.45 * r, before, edges[k] * C, C, topBefore);
  }
}

/** The product that makes a layer: A_hat (N, N) times H of the layer before = H, the row of the picked node framed. */
export function drawMatrix(fig, { Ahat, N, C, node, before, topBefore, values, top: most, step }) {
  const { ctx, colors } = fig, wide = clamp(0.16 * fig.width / C, 8, 16), rest = 2 * C * wide + 64;
  const side = Math.min(fig.width - 8 - rest, fig.height - 46), left = 4, top = 22, cell = side / N;
  const first = left + side + 26, second = first + C * wide + 30;
  let greatest = 0;
  for (let k = 0; k < N * N; k++) if (Ahat[k] > greatest) greatest = Ahat[k];
  const named = (words, x) => text({ ctx, fig }, words, x, 14);
  named("Â", left);
  named(`H${sub(Math.max(step - 1, 0))}`, first);
  named(`H${sub(Math.max(step, 1))}`, second);
  text({ ctx, fig }, "×", first - 17, top + side / 2);
  text({ ctx, fig }, "=", second - 20, top + side / 2);
  ctx.lineWidth = 1;
  ctx.strokeStyle = colors.grid;
  ctx.strokeRect(left, top, side, side);
  ctx.fillStyle = colors.line[4];
  for (let k = 0; k < N * N; k++) {
    if (!(Ahat[k] > 0)) continue;
    ctx.globalAlpha = 0.15 + 0.85 * Ahat[k] / greatest;
    ctx.fillRect(left + (k % N) * cell, top + Math.floor(k / N) * cell, Math.max(cell - 0.5, 1), Math.max(cell - 0.5, 1));
  }
  column(fig, before, N, C, topBefore, first, top, wide, cell);
  column(fig, values, N, C, most, second, top, wide, cell);
  ctx.globalAlpha = 1;
  ctx.lineWidth = 2;
  ctx.strokeStyle = colors.line[1];
  ctx.strokeRect(left - 1, top + node * cell - 1, side + 2, cell + 2);
  ctx.strokeRect(second - 1, top + node * cell - 1, C * wide + 2, cell + 2);
  text({ ctx, fig }, `row ${node}: what node ${node} hears`, left, top + side + 17, { color: colors.line[1] });
}

const sub = (n) => [...String(n)].map((d) => "₀₁₂₃₄₅₆₇₈₉"[d]).join("");

// H (N, C) as a column for each channel, the paler the smaller.
function column({ ctx, colors }, H, N, C, top, x, y, wide, cell) {
  ctx.globalAlpha = 1;
  ctx.strokeStyle = colors.grid;
  ctx.lineWidth = 1;
  ctx.strokeRect(x, y, C * wide, N * cell);
  for (let k = 0; k < N * C && top > 0; k++) {
    if (!(H[k] > 0)) continue;
    ctx.globalAlpha = 0.12 + 0.88 * Math.sqrt(H[k] / top);
    ctx.fillStyle = colors.line[k % C];
    ctx.fillRect(x + (k % C) * wide, y + Math.floor(k / C) * cell, wide - 0.5, Math.max(cell - 0.5, 1));
  }
}

/** Over depth: what is left of the differences, and the size of all features. */
export function drawDepth(panel, { fig, depths, left, sizes, step, low, high }) {
  const { colors } = fig, last = depths.length - 1;
  panel.place(48, 44, fig.width - 12, fig.height - 42);
  panel.domain(0, last, low, high);
  axes(panel, { x: "layer (drag)", yRoom: 26 });
  text(panel, "— differences left, share of the size", 4, 14, { color: colors.line[0] });
  text(panel, "- - size of all features, start = 1", 4, 32, { color: colors.line[1] });
  line(panel, depths, left, depths.length, { color: colors.line[0] });
  line(panel, depths, sizes, depths.length, { color: colors.line[1], dash: DASHES[1] });
  crosshair(panel, step);
  if (left[step] >= low) point(panel, step, left[step], { color: colors.line[0], r: 6 });
  if (sizes[step] >= low) point(panel, step, clamp(sizes[step], low, high), { color: colors.line[1], r: 6 });
}

/** Each node at its two scores: above the diagonal B is ahead, below it A. */
export function drawScores(panel, { fig, Z2, N, labels, truth, node, reach }) {
  const { colors } = fig;
  panel.place(40, 28, fig.width - 12, fig.height - 42);
  panel.domain(-reach, reach, -reach, reach);
  axes(panel, { x: "score of A", y: "score of B, node by node", yRoom: 34 });
  segment(panel, -reach, -reach, reach, reach, { color: colors.muted, dash: DASHES[1] });
  text(panel, "here B is ahead", panel.left + 8, panel.top + 16, { color: colors.line[1], halo: true });
  text(panel, "here A is ahead", panel.right - 8, panel.bottom - 10, { color: colors.line[0], align: "right", halo: true });
  for (let i = 0; i < N; i++) {
    const side = labels[i] >= 0 ? labels[i] : truth[i], color = side < 0 ? colors.muted : colors.line[side];
    point(panel, Z2[2 * i], Z2[2 * i + 1], { color, r: labels[i] >= 0 ? 8 : 5, hollow: side === 1 && labels[i] < 0 });
  }
  const x = Z2[2 * node], y = Z2[2 * node + 1];
  point(panel, x, y, { color: colors.ink, r: 9, hollow: true });
  text(panel, String(node), panel.x.at(x), panel.y.at(y), { align: "center", base: "middle" });
}

export function drawLoss(panel, { fig, losses, ks, step, low }) {
  const { colors } = fig;
  panel.place(48, 26, fig.width - 16, fig.height - 26);
  panel.domain(0, ks.length - 1, low, 2);
  axes(panel, { y: "loss over the steps (drag)", yRoom: 26 });
  line(panel, ks, losses, ks.length, { color: colors.line[1], width: 2 });
  crosshair(panel, step);
  if (losses[step] >= low) point(panel, step, losses[step], { color: colors.line[1], r: 6 });
}
