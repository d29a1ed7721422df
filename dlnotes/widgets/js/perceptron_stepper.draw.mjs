// The plane of the perceptron stepper: points, line and weights.

import { REACH } from "./perceptron_stepper.core.mjs";
import { DASHES, arrow, axes, line, point, segment, text } from "./lib/plot.mjs";

const FULL = 2 * Math.PI;

// Points and line; w: the weights that are shown, between two steps while the line turns --------------------

export function drawPlane(panel, state, k, w, { selected, pocket, widest }) {
  const { fig } = panel, { colors } = fig, { run, margin, N } = state;
  const side = Math.min(fig.width - 34, fig.height - 32);
  panel.place(28, 8, 28 + side, 8 + side);
  panel.domain(-REACH, REACH, -REACH, REACH);
  shade(panel, w, colors.line[0]);
  axes(panel, { yRoom: 60 });
  if (state.meet) drawProof(panel, state, colors);
  if (k) rule(panel, run.W, 3 * k - 3, { color: colors.muted, width: 2, dash: DASHES[1] });
  if (pocket && N) {
    rule(panel, run.W, 3 * run.best[k], { color: colors.line[3], width: 3, dash: DASHES[3] }, "pocket");
  }
  if (widest && margin.gamma > 0) {
    rule(panel, margin.u, 0, { color: colors.line[2], width: 2.5, dash: DASHES[4] }, "widest margin");
  }
  rule(panel, w, 0, { color: colors.ink, width: 3 });
  drawPoints(panel, state);
  normal(panel, w, colors.ink);
  if (k) ring(panel, state, run.rows[k - 1], 15, colors.line[3], 3, DASHES[0]);
  if (k < run.length) ring(panel, state, run.rows[k], 18, colors.ink, 1.5, DASHES[2]);
  if (selected >= 0) frame(panel, state, selected, colors.ink);
}

// Where the line comes nearest to the middle, and the unit normal: [x, y, u, v]; null if there is no line.
const foot = [0, 0, 0, 0];
function lay(w, at) {
  const size = Math.hypot(w[at], w[at + 1]);
  if (!(size > 1e-9)) return null;
  foot[2] = w[at] / size;
  foot[3] = w[at + 1] / size;
  foot[0] = -w[at + 2] / size * foot[2];
  foot[1] = -w[at + 2] / size * foot[3];
  return Math.abs(foot[0]) + Math.abs(foot[1]) < 1e4 ? foot : null;
}

function rule(panel, w, at, look, words = "") {
  const l = lay(w, at);
  if (!l) return;
  const [x, y, u, v] = l;
  segment(panel, x - 12 * v, y + 12 * u, x + 12 * v, y - 12 * u, look);
  if (!words) return;
  // On the line, 3 along it from its foot, to whichever side is inside.
  const away = Math.abs(x - 2.6 * v) < 3.2 && Math.abs(y + 2.6 * u) < 3.8 ? -1 : 1;
  text(panel, words, panel.x.at(x + away * 2.6 * v), panel.y.at(y - away * 2.6 * u) - 6,
    { color: look.color, align: "center", halo: true });
}

function shade(panel, w, color) {
  const l = lay(w, 0);
  if (!l && !(w[2] > 0)) return;
  panel.clipped((ctx) => {
    ctx.fillStyle = color;
    ctx.globalAlpha = 0.11;
    ctx.beginPath();
    if (l) {
      const [x, y, u, v] = l, far = 20;
      ctx.moveTo(panel.x.at(x - far * v), panel.y.at(y + far * u));
      ctx.lineTo(panel.x.at(x + far * v), panel.y.at(y - far * u));
      ctx.lineTo(panel.x.at(x + far * (v + u)), panel.y.at(y + far * (v - u)));
      ctx.lineTo(panel.x.at(x + far * (u - v)), panel.y.at(y + far * (u + v)));
    } else ctx.rect(panel.left, panel.top, panel.right - panel.left, panel.bottom - panel.top);
    ctx.fill();
  });
}

function normal(panel, w, color) {
  const l = lay(w, 0);
  if (!l || Math.max(Math.abs(l[0]), Math.abs(l[1])) > REACH) return;
  const [x, y, u, v] = l;
  arrow(panel, x, y, x + 1.1 * u, y + 1.1 * v, { color, width: 3, head: 12 });
  text(panel, "w", panel.x.at(x + 1.4 * u), panel.y.at(y + 1.4 * v),
    { color, align: "center", base: "middle", halo: true });
}

function drawPoints(panel, { points, N }) {
  const { ctx } = panel, { line: colors, paper } = panel.fig.colors;
  for (let i = 0; i < N; i++) {
    const plus = points[3 * i + 2] > 0, color = plus ? colors[0] : colors[1];
    if (N > 200) {
      ctx.fillStyle = color;
      ctx.fillRect(panel.x.at(points[3 * i]) - 1, panel.y.at(points[3 * i + 1]) - 1, 2.5, 2.5);
      continue;
    }
    point(panel, points[3 * i], points[3 * i + 1], { color, r: 8, hollow: !plus });
    const px = panel.x.at(points[3 * i]), py = panel.y.at(points[3 * i + 1]);
    ctx.strokeStyle = plus ? paper : color;
    ctx.lineWidth = 2;
    ctx.beginPath();
    ctx.moveTo(px - 4, py);
    ctx.lineTo(px + 4, py);
    if (plus) {
      ctx.moveTo(px, py - 4);
      ctx.lineTo(px, py + 4);
    }
    ctx.stroke();
  }
}

function ring(panel, { points }, i, r, color, width, dash) {
  const { ctx } = panel;
  Object.assign(ctx, { strokeStyle: color, lineWidth: width });
  ctx.setLineDash(dash);
  ctx.beginPath();
  ctx.arc(panel.x.at(points[3 * i]), panel.y.at(points[3 * i + 1]), r, 0, FULL);
  ctx.stroke();
  ctx.setLineDash(DASHES[0]);
}

function frame(panel, { points }, i, color) {
  Object.assign(panel.ctx, { strokeStyle: color, lineWidth: 1.5 });
  panel.ctx.strokeRect(panel.x.at(points[3 * i]) - 12, panel.y.at(points[3 * i + 1]) - 12, 24, 24);
}

// Why no line separates: a piece of each class's hull, and the place where the two meet.
function drawProof(panel, { points, margin, meet }, colors) {
  const { rows } = margin, { ctx } = panel;
  for (const label of [1, -1]) {
    const mine = rows.filter((i) => points[3 * i + 2] === label);
    ctx.strokeStyle = label > 0 ? colors.line[0] : colors.line[1];
    ctx.lineWidth = 2;
    ctx.setLineDash(label > 0 ? DASHES[0] : DASHES[2]);
    ctx.globalAlpha = 0.6;
    ctx.beginPath();
    for (const i of mine) ctx.lineTo(panel.x.at(points[3 * i]), panel.y.at(points[3 * i + 1]));
    ctx.closePath();
    ctx.stroke();
    ctx.globalAlpha = 1;
    ctx.setLineDash(DASHES[0]);
  }
  const px = panel.x.at(meet[0]), py = panel.y.at(meet[1]);
  Object.assign(ctx, { strokeStyle: colors.bad, lineWidth: 3 });
  ctx.beginPath();
  ctx.moveTo(px - 7, py - 7);
  ctx.lineTo(px + 7, py + 7);
  ctx.moveTo(px + 7, py - 7);
  ctx.lineTo(px - 7, py + 7);
  ctx.stroke();
}
