// Two charts of the perceptron stepper: the way of the weights, and their length over the mistakes.

import { bound } from "./perceptron_stepper.text.mjs";
import { DASHES, arrow, axes, crosshair, line, point, segment, text } from "./lib/plot.mjs";

// The way of (w1, w2) ---------------------------------------------------------------------------------------

export function drawWay(panel, { run, xs, ys, box, points }, k, w) {
  const { fig } = panel, { colors } = fig;
  const side = Math.min(fig.width - 40, fig.height - 46), left = (fig.width - side) / 2 + 8;
  panel.place(left, 22, left + side, 22 + side);
  const [x0, x1, y0, y1] = box, half = 0.6 * Math.max(x1 - x0, y1 - y0, 1);
  const x = (x0 + x1) / 2, y = (y0 + y1) / 2;
  panel.domain(x - half, x + half, y - half, y + half);
  axes(panel, { y: "weights: w₂ over w₁", yRoom: 40 });
  if (run.end === "cycle" && k === run.length) {
    line(panel, xs.subarray(run.start), ys.subarray(run.start), run.length - run.start + 1,
      { color: colors.bad, width: 5, dash: DASHES[0] });
  }
  line(panel, xs, ys, k + 1, { color: colors.line[0], width: 2 });
  if (k) {
    const i = run.rows[k - 1], label = points[3 * i + 2];
    arrow(panel, w[0] - label * points[3 * i], w[1] - label * points[3 * i + 1], w[0], w[1],
      { color: colors.line[3], width: 3 });
  }
  arrow(panel, 0, 0, w[0], w[1], { color: colors.ink, width: 3, head: 11 });
  point(panel, 0, 0, { color: colors.ink, r: 3 });
}

// Length of w between its two bounds, and the number of wrong points, over the mistakes ---------------------

// Where the axis of the mistakes ends. Before the last mistake has been seen it tells nothing of what comes:
// it doubles when the run gets there.
function reach({ run }, most, furthest) {
  const M = Math.max(run.length, 1);
  if (furthest >= run.length) return Number.isFinite(most) && most < 6 * M ? most * 1.06 : M * 1.15;
  let room = 16;
  while (room < 1.06 * furthest) room *= 2;
  return Math.min(room, 1.06 * most);
}

export function drawLengths(lengths, wrongs, state, k, furthest) {
  const { fig } = lengths, { colors } = fig, { margin, norms, steps, upper, wrong, best, N } = state;
  const most = bound(state), end = reach(state, most, furthest);
  const room = fig.height - 104;
  lengths.place(40, 24, fig.width - 14, 24 + 0.66 * room);
  wrongs.place(40, 64 + 0.66 * room, fig.width - 14, 60 + room);
  lengths.domain(0, end, 0, Math.max(margin.R * Math.sqrt(end), 1));
  wrongs.domain(0, end, 0, Math.max(1.1 * N, 1));
  axes(lengths, { y: "length of w", xTicks: false, yRoom: 34 });
  axes(wrongs, { y: "points wrong (dashed: in the pocket)", x: "mistakes", yRoom: 30 });
  if (!N) return;
  for (let i = 0; i < steps.length; i++) {
    steps[i] = end * i / (steps.length - 1);
    upper[i] = margin.R * Math.sqrt(steps[i]);
  }
  line(lengths, steps, upper, steps.length, { color: colors.line[1], width: 2, dash: DASHES[1] });
  const tip = { align: "right", halo: true };
  text(lengths, "√M · R", lengths.right - 6, lengths.y.at(margin.R * Math.sqrt(end)) + 26,
    { ...tip, color: colors.line[1] });
  if (margin.gamma > 0) {
    segment(lengths, 0, 0, end, end * margin.gamma, { color: colors.line[2], width: 2, dash: DASHES[3] });
    const low = Math.min(lengths.y.at(end * margin.gamma) + 22, lengths.bottom - 4);
    text(lengths, "M · γ", lengths.right - 6, low,
      { ...tip, color: colors.line[2] });
  }
  if (Number.isFinite(most) && most > end) {
    text(lengths, `they meet at ${most.toLocaleString("en")} →`, lengths.right, lengths.top - 8, tip);
  }
  if (most <= end) {
    point(lengths, most, most * margin.gamma, { color: colors.ink, r: 4 });
    text(lengths, `they meet at ${most}`, lengths.x.at(most) - 8, lengths.y.at(most * margin.gamma) - 8, tip);
  }
  line(lengths, state.numbers, norms, k + 1, { color: colors.line[0], width: 3 });
  line(wrongs, state.numbers, wrong, k + 1, { color: colors.line[0], width: 2 });
  line(wrongs, state.numbers, best, k + 1, { color: colors.line[3], width: 2.5, dash: DASHES[1] });
  crosshair(lengths, k);
  crosshair(wrongs, k);
  point(lengths, k, norms[k], { color: colors.line[0], r: 6 });
  point(wrongs, k, wrong[k], { color: colors.line[0], r: 5 });
}
