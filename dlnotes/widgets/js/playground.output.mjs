// What a run looks like: the output over the plane with boundary and points, and the loss curves.

import { sigmoid } from "./activations.core.mjs";
import { FEATURES } from "./datasets.core.mjs";
import { createGrid, field, windowOf } from "./playground.core.mjs";
import { DASHES, Panel, axes, figure, line, text } from "./lib/plot.mjs";
import { HeatMap, contours, palettes } from "./lib/field.mjs";
import { h } from "./lib/ui.mjs";

// places along a side; units from which it is the second
const FINE = 80, COARSE = 50, MANY = 20;
const LEVELS = [0], TURN = 2 * Math.PI;

/** The four corners of a plot of the plane, a square in the middle of its figure. */
function placed(panel, fig, domain) {
  const side = Math.min(fig.width - 34, fig.height - 26), left = 26 + (fig.width - 34 - side) / 2;
  panel.place(left, 6, left + side, 6 + side);
  panel.domain(...domain);
}

function ticks(panel) {
  const { colors } = panel.fig;
  for (const tick of panel.x.ticks(50)) {
    const at = panel.x.at(tick.value);
    if (at < panel.right - 16) text(panel, tick.text, at, panel.bottom + 4,
      { color: colors.muted, align: "center", base: "top" });
  }
  for (const tick of panel.y.ticks(50)) {
    text(panel, tick.text, panel.left - 5, panel.y.at(tick.value), { color: colors.muted, align: "right",
      base: "middle" });
  }
  text(panel, "x₁", panel.right, panel.bottom + 4, { align: "right", base: "top", halo: true });
  text(panel, "x₂", panel.left - 6, panel.top, { align: "right", base: "top" });
}

// Dots for class 1, squares for class 0; filled those of the training, hollow those of the test.
function marks(panel, { points, labels, N }, label, hollow) {
  const { ctx } = panel, { colors } = panel.fig, color = colors.line[label ? 0 : 1], r = N > 600 ? 2.5 : 3.5;
  panel.clipped(() => {
    ctx.beginPath();
    for (let n = 0; n < N; n++) {
      if (labels[n] !== label) continue;
      const x = panel.x.at(points[2 * n]), y = panel.y.at(points[2 * n + 1]);
      if (label) { ctx.moveTo(x + r, y); ctx.arc(x, y, r, 0, TURN); } else ctx.rect(x - r + 0.4, y - r + 0.4,
        2 * r - 0.8, 2 * r - 0.8);
    }
    ctx.lineWidth = hollow ? 1.5 : 1.6;
    ctx.strokeStyle = hollow ? color : colors.paper;
    ctx.fillStyle = hollow ? colors.paper : color;
    if (!hollow) ctx.stroke();
    ctx.fill();
    if (hollow) ctx.stroke();
  });
}

/**
 * The output of one session. @param get { session(), discretize(), showTest(), chosen() }
 * @returns { host, panel, draw() }
 */
export function createOutput(ui, label, { session, discretize, showTest, chosen = () => null }) {
  const host = h("div", { class: "dlw-figure dlw-pg-out" });
  const below = figure(ui, host, label), above = figure(ui, host, "");
  above.canvas.setAttribute("aria-hidden", "true");
  const panel = new Panel(below), over = new Panel(above);
  let drawn = null, grid = null, map = null, values = null, dots = "";

  // What is shown at each place: the output, or the chosen unit; and the greatest size of it.
  function fill(it) {
    const { pass, n, points } = grid, { structure, net } = session(), Y = field(session(), grid);
    if (it && it.l < 0) return fillFeature(Object.keys(FEATURES)[it.h], points);
    const at = it, from = at ? pass.layers[at.l].A : Y, stride = at ? net.layers[at.l].H : 1;
    let top = 0;
    for (let i = 0; i < n * n; i++) {
      let v = from[i * stride + (at ? at.h : 0)];
      if (!at && structure.loss === "logistic") v = 2 * sigmoid(v) - 1;
      if (!at && discretize()) v = v > 0 ? 1 : v <= 0 ? -1 : NaN;
      values[i] = v;
      if (Math.abs(v) > top && Math.abs(v) < Infinity) top = Math.abs(v);
    }
    return at ? top : 1;
  }
  function fillFeature(name, points) {
    let top = 0;
    for (let i = 0; i < values.length; i++) {
      values[i] = FEATURES[name](points[2 * i], points[2 * i + 1]);
      top = Math.max(top, Math.abs(values[i]));
    }
    return top;
  }

  function drawDots() {
    const { train, test } = session();
    placed(over, above, windowOf(session().structure.data));
    for (const label of [0, 1]) if (showTest()) marks(over, test, label, true);
    for (const label of [0, 1]) marks(over, train, label, false);
  }

  function draw() {
    const now = session(), units = now.structure.layers.reduce((sum, n) => sum + n, 0), fresh = drawn !== now;
    if (fresh) {
      grid = createGrid(now, units > MANY ? COARSE : FINE);
      if (map?.nx !== grid.n) map = new HeatMap(grid.n, grid.n);
      values = new Float64Array(grid.n * grid.n);
      drawn = now;
    }
    if (!below.begin()) return;
    placed(panel, below, windowOf(now.structure.data));
    const at = chosen(), it = at && at.d === null && at.l < now.structure.layers.length ? at : null,
      top = fill(it) || 1;
    map.paint(panel, values, -top, top, palettes(below.colors).diverge, {
      alpha: 0.6, smooth: !discretize() || Boolean(it) });
    contours(panel, values, grid.n, grid.n, LEVELS, { color: below.colors.ink, width: 2 });
    ticks(panel);
    if (it) text(panel, it.l < 0 ? "the feature" : `unit ${it.h + 1} of layer ${it.l + 1}`, panel.left + 8,
      panel.top + 18, { halo: true });
    const key = `${above.host.clientWidth} ${above.host.clientHeight} ${showTest()} ${above.colors.paper}`;
    if ((fresh || key !== dots) && above.begin()) {
      dots = key;
      drawDots();
    }
  }
  return { host, panel, draw };
}

const ROOM = 300;                                         // points of a drawn curve, at most

/** Loss curves of the run and, where there is one, of run A. */
export function createCurves(ui, { session, rival }) {
  const host = h("div", { class: "dlw-figure dlw-pg-curves" });
  const fig = figure(ui, host, "Loss over the epochs: training and test"), panel = new Panel(fig);
  const xs = new Float64Array(ROOM + 1), ys = new Float64Array(ROOM + 1);
  const NAMES = ["train", "test"], BOTH = ["B train", "B test", "A train", "A test"];

  function curve({ curves, reached }, name, k) {
    const step = Math.max(1, Math.ceil(reached / (ROOM - 1)));
    let count = 0;
    for (let e = 0; e < reached; e += step) { xs[count] = e; ys[count++] = curves[name][e]; }
    xs[count] = reached;
    ys[count++] = curves[name][reached];
    for (let i = 0; i < count; i++) if (!Number.isFinite(ys[i])) ys[i] = NaN;
    line(panel, xs, ys, count, { color: fig.colors.line[k], width: 2, dash: DASHES[k] });
  }
  function highest({ curves, reached }) {
    const step = Math.max(1, Math.floor(reached / ROOM));
    let top = 0;
    for (let e = 0; e <= reached; e += step) {
      for (const v of [curves.train[e], curves.test[e]]) if (v > top && v < 1e6) top = v;
    }
    return top;
  }

  function draw() {
    if (!fig.begin()) return;
    const a = rival(), b = session(), end = Math.max(b.reached, a?.reached ?? 0, 10);
    panel.place(42, 24, fig.width - 8, fig.height - 24);
    panel.domain(0, end, 0, Math.max(highest(b), a ? highest(a) : 0, 0.01) * 1.05);
    axes(panel, { y: a && fig.width < 420 ? "" : "mean loss", yRoom: 30 });
    if (a) { curve(a, "train", 2); curve(a, "test", 3); }
    curve(b, "test", 1);
    curve(b, "train", 0);
    if (b.epoch < b.reached) mark(b.epoch);
    key(a ? BOTH : NAMES);
  }
  // The names of the lines, beside the label of the axis, where no line can pass.
  function key(names) {
    const { ctx, colors } = fig;
    let x = panel.right;
    for (let k = names.length - 1; k >= 0; k--) {
      text(panel, names[k], x, panel.top - 8, { align: "right" });
      x -= ctx.measureText(names[k]).width + 5;
      ctx.strokeStyle = colors.line[k];
      ctx.lineWidth = 2.5;
      ctx.setLineDash(DASHES[k]);
      ctx.beginPath();
      ctx.moveTo(x - 20, panel.top - 12);
      ctx.lineTo(x, panel.top - 12);
      ctx.stroke();
      ctx.setLineDash(DASHES[0]);
      x -= 30;
    }
  }
  function mark(epoch) {
    const { ctx } = fig, x = panel.x.at(epoch);
    ctx.strokeStyle = fig.colors.ink;
    ctx.lineWidth = 1;
    ctx.beginPath();
    ctx.moveTo(x, panel.top);
    ctx.lineTo(x, panel.bottom);
    ctx.stroke();
  }
  return { host, draw };
}
