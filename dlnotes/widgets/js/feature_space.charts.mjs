// The charts below the planes: the loss over the epochs, and what each hidden unit gives.

import { RANGES } from "./feature_space.core.mjs";
import { functionName } from "./feature_space.text.mjs";
import { histogram } from "./lib/num.mjs";
import { DASHES, axes, bars, crosshair, line, point, segment, text } from "./lib/plot.mjs";

const EPOCHS = Float64Array.from({ length: 5001 }, (_, k) => k);
const BINS = 24;
const values = new Float64Array(1000), edges = new Float64Array(BINS + 1), counts = new Float64Array(BINS);

// One network: training and test; several: the training loss of each.
export function drawLoss(panel, all, now, last) {
  const { fig } = panel, several = all.length > 1;
  let low = 0.1, high = 1;
  for (const { losses: { train, test }, known } of all) {
    for (let k = 0; k <= known; k++) {
      if (train[k] > 1e-6) low = Math.min(low, train[k]);
      if (train[k] < 1e3) high = Math.max(high, train[k], Math.min(test[k], 1e3) || 0);
    }
  }
  panel.place(44, 28, fig.width - 18, fig.height - 46);
  panel.domain(0, last, 10 ** Math.floor(Math.log10(low)), 1.2 * high);
  axes(panel, { y: several ? "training loss" : "loss", x: "epoch", yRoom: 30 });
  crosshair(panel, now);
  if (!several) curve(panel, all[0].losses.test, all[0].known + 1, 1, "test");
  all.forEach((e, i) => {
    const at = Math.min(now, e.ended), words = several ? functionName(e.settings.activation) : "training";
    curve(panel, e.losses.train, e.known + 1, i, words);
    point(panel, at, e.losses.train[at], { color: fig.colors.line[2 + i], r: 5.5 });
  });
}

// Line i and, in the corner, its sample and name; colours 0 and 1 are those of the classes.
function curve(panel, losses, count, i, words) {
  const look = { color: panel.fig.colors.line[2 + i], width: 2.5, dash: DASHES[i] };
  line(panel, EPOCHS, losses, count, look);
  const right = panel.right - 6, y = panel.top + 14 + 18 * i, left = right - 92;
  segment(panel, panel.x.invert(left - 34), panel.y.invert(y), panel.x.invert(left - 6), panel.y.invert(y), look);
  text(panel, words, left, y, { base: "middle", halo: true });
}

// Side by side, in two rows where they are many.
export function drawUnits(panels, experiment) {
  const [{ fig }] = panels, { k } = experiment.settings, columns = k > 3 ? Math.ceil(k / 2) : k, gap = 24;
  const wide = (fig.width - gap * (columns - 1) - 8) / columns, tall = fig.height / Math.ceil(k / columns);
  for (let j = 0; j < k; j++) {
    const x = 4 + (j % columns) * (wide + gap), y = Math.floor(j / columns) * tall;
    panels[j].place(x, y + 24, x + wide, y + tall - 24);
    drawHistogram(panels[j], experiment, j);
  }
}

// What one unit gives for the training points: class 1 upwards, class 0 downwards, each to its own height.
function drawHistogram(panel, { train: { N, y, pass }, settings: { k, activation }, cloud }, unit) {
  const { colors } = panel.fig, A = pass.layers[0].A, [low, high] = rangeOf(A, N, k, unit, RANGES[activation]);
  panel.domain(low, high, -1, 1);
  for (let i = 0; i <= BINS; i++) edges[i] = low + (high - low) * i / BINS;
  for (const label of [1, 0]) {
    let count = 0, most = 1;
    for (let n = 0; n < N; n++) if (y[n] === label) values[count++] = A[n * k + unit];
    histogram(values.subarray(0, count), low, high, counts);
    for (let i = 0; i < BINS; i++) most = Math.max(most, counts[i]);
    for (let i = 0; i < BINS; i++) counts[i] *= (label ? 0.95 : -0.95) / most;
    bars(panel, edges, counts, BINS, { color: colors.line[1 - label] });
  }
  segment(panel, low, 0, high, 0, { color: colors.ink, width: 1.5 });
  const dead = cloud.dead[unit] === 1, look = { color: colors.muted, base: "top" };
  text(panel, short(low), panel.left, panel.bottom + 5, look);
  text(panel, short(high), panel.right, panel.bottom + 5, { ...look, align: "right" });
  text(panel, `unit ${unit + 1}${dead ? ": dead" : ""}`, panel.left, panel.top - 7, {
    color: dead ? colors.bad : colors.ink });
}

// The function's own range, or what the unit takes, a little wider.
function rangeOf(A, N, k, unit, range) {
  let [low, high] = range ?? [Infinity, -Infinity];
  for (let n = 0; n < N && !range; n++) {
    low = Math.min(low, A[n * k + unit]);
    high = Math.max(high, A[n * k + unit]);
  }
  const half = 1.04 * Math.max((high - low) / 2, 0.05), middle = (low + high) / 2;
  return half < 1e9 && Math.abs(middle) < 1e9 ? [middle - half, middle + half] : [-1, 1];
}

// Two digits, with a real minus sign.
export const short = (value) => String(Number(value.toPrecision(2))).replace("-", "−");
