// What the records of a run say over its iterations: both losses, shares, and the energy distance.

import { EVERY, FIELDS } from "./gan_lab.seen.core.mjs";
import { clamp } from "./lib/num.mjs";
import { DASHES, Panel, Scale, axes, crosshair, line, text } from "./lib/plot.mjs";

const MOST = 260;                                         // points of a drawn line, at most
const xs = new Float64Array(MOST + 1), ys = new Float64Array(MOST + 1);
const at = (name) => FIELDS.indexOf(name);

export function createCharts(fig) {
  return { fig, panels: [new Panel(fig), new Panel(fig), new Panel(fig, new Scale(), new Scale("log"))] };
}

/** How far the x axis goes: a round number of iterations, at least 500. */
export function endOf(records) {
  const last = (records.count - 1) * EVERY;
  return [500, 1000, 2000, 5000, 10000].find((end) => end >= last) ?? 10000;
}

function curve(panel, { rows, count }, name, k, { factor = 1, low = -1e9 } = {}) {
  const step = Math.max(1, Math.ceil(count / MOST));
  let n = 0;
  for (let r = 0; r < count; r += step) {
    const v = factor * rows[r * FIELDS.length + at(name)];
    xs[n] = r * EVERY;
    ys[n++] = Number.isFinite(v) ? Math.max(v, low) : NaN;
  }
  line(panel, xs, ys, n, { color: panel.fig.colors.line[k], dash: DASHES[k], width: 2 });
}

/** The greatest finite size of a field, or `least`. */
function highest({ rows, count }, names, least) {
  let most = least;
  for (let r = 0; r < count; r++) {
    for (const name of names) {
      const v = Math.abs(rows[r * FIELDS.length + at(name)]);
      if (v > most && v < Infinity) most = v;
    }
  }
  return most;
}

// Whether a loss is ever below 0.
function below({ rows, count }) {
  for (let r = 0; r < count; r++) {
    if (rows[r * FIELDS.length] < 0 || rows[r * FIELDS.length + 1] < 0) return true;
  }
  return false;
}

/** @param modes how many there are, 0 for data without */
export function drawCharts({ fig, panels }, records, step, modes) {
  const end = endOf(records), third = fig.height / 3, [losses, shares, energy] = panels;
  const top = Math.min(1.1 * highest(records, ["loss_d", "loss_g"], 1.5), 100);
  panels.forEach((panel, i) => {
    panel.place(40, 28 + i * third, fig.width - 18, (i + 1) * third - (i < 2 ? 6 : 24));
  });
  losses.domain(0, end, below(records) ? -top : 0, top);
  axes(losses, { y: "loss", xTicks: false, yRoom: 26 });
  curve(losses, records, "loss_d", 0);
  curve(losses, records, "loss_g", 1);
  shares.domain(0, end, 0, 1.03);
  axes(shares, { xTicks: false, yRoom: 30 });
  curve(shares, records, "accuracy", 0);
  if (modes) curve(shares, records, "modes", 1, { factor: 1 / modes });
  else curve(shares, records, "recall", 1);
  energy.domain(0, end, 1e-3, clamp(2 * highest(records, ["energy"], 0.5), 1, 100));
  axes(energy, { y: "energy distance (drag to go back)", yRoom: 26 });
  curve(energy, records, "energy", 2, { low: 1e-3 });
  panels.forEach((panel) => crosshair(panel, Math.min(step, end)));
  keys(losses, ["of D", "of G"]);
  keys(shares, ["D right", modes ? `modes caught, of ${modes}` : "real points covered"]);
}

// The key of a panel, above its right end.
function keys(panel, words) {
  const { ctx } = panel, { line: colors } = panel.fig.colors;
  let right = panel.right;
  for (const k of [1, 0]) {
    const wide = ctx.measureText(words[k]).width, y = panel.top - 12;
    text(panel, words[k], right, y, { align: "right", base: "middle" });
    Object.assign(ctx, { strokeStyle: colors[k], lineWidth: 2.5 });
    ctx.setLineDash(DASHES[k]);
    ctx.beginPath();
    ctx.moveTo(right - wide - 26, y);
    ctx.lineTo(right - wide - 5, y);
    ctx.stroke();
    ctx.setLineDash(DASHES[0]);
    right -= wide + 36;
  }
}
