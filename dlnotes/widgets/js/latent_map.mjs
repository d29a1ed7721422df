// The view of LatentMap: a plane of decoded digits, a pad to draw on, and the way from one point to another.

import {
  PIXELS, SHOWN, STEPS, between, bitsOf, createModel, decode, drawingOf, encode, fillGrid, measure,
} from "./latent_map.core.mjs";
import { createInk, drawDigit, drawPlane, drawTerms, drawWay, placePlane, square } from "./latent_map.draw.mjs";
import { drawingPad } from "./latent_map.pad.mjs";
import { EMPTY, EXPLAINED, PAINT_NAMES, WAITING, drawingSentence, pointSentence } from "./latent_map.text.mjs";
import { clamp } from "./lib/num.mjs";
import { Panel, figure, number } from "./lib/plot.mjs";
import {
  button, choice, explain, h, handle2d, message, mount, pad, readout, slider,
} from "./lib/ui.mjs";
import { link, numberIn, oneOf } from "./lib/link.mjs";
import { player } from "./lib/player.mjs";

const ROWS = 9;                                           // rows of the grid that are decoded in one frame
const PAINTS = PAINT_NAMES.map(([name]) => name);
const isDrawing = (words) => (/^[0-9a-f]{16}$/.test(words) ? words : undefined);

// The settings as they can be used, whatever the traits say.
function reader(get) {
  const inside = (name) => (Number.isFinite(get(name)) ? clamp(get(name), -SHOWN, SHOWN) : 0);
  return () => ({
    a: [inside("a1"), inside("a2")], b: [inside("b1"), inside("b2")],
    step: Number.isInteger(get("step")) ? clamp(get("step"), 0, STEPS) : 0,
    drawing: isDrawing(String(get("drawing"))) ?? "0".repeat(16),
    paint: PAINTS.includes(get("paint")) ? get("paint") : "digits" });
}

// The network, and what was measured of the drawing that is on the pad; kept as long as it stays the same.
function keeper(get) {
  let bytes, model = null, ready = false, of = null, m = null;
  const x = new Float64Array(PIXELS);
  return (drawing) => {
    if (get("weights") !== bytes) [bytes, model, ready, of] = [get("weights"), createModel(get("weights")), false, null];
    if (model && !ready) ready = fillGrid(model, ROWS);
    if (drawing !== of && model) {
      bitsOf(drawing, x);
      m = ready ? measure(model, x) : encode(model, x);
      of = ready ? drawing : null;
    }
    return { model, ready, m, x, drawn: x.some(Boolean) };
  };
}

// The test digit whose mean is nearest to z: its label and how far away it is.
function nearest({ means, labels, count }, z) {
  let best = 0, away = Infinity;
  for (let i = 0; i < count; i++) {
    const d = Math.hypot(means[2 * i] - z[0], means[2 * i + 1] - z[1]);
    if (d < away) [best, away] = [i, d];
  }
  return { nearest: labels[best], away };
}

function render({ model: traits, el }) {
  const ui = mount(traits, el, "latent_map", "Latent map");
  const settings = reader(ui.get), current = keeper(ui.get), ink = createInk();
  let sample = 0;

  // Page: built once ----------------------------------------------------------------------------------------
  const place = (kind, label) => figure(ui, h("div", { class: `dlw-figure dlw-lm-${kind}` }), label);
  const map = place("map", "The latent plane"), shown = place("digit", "The digit that the decoder paints");
  const way = place("way", "Digits on the way from A to B, and one picture faded into the other");
  const sheet = place("pad", "The drawing"), back = place("digit", "The reconstruction of the drawing");
  const bar = place("terms", "The two terms of the bound for the drawing");
  const [plane, one, row, paper, copy, terms] = [map, shown, way, sheet, back, bar].map((fig) => new Panel(fig));
  const [seen, say] = readout(ui), [judged, judge] = readout(ui), [problem, warn] = message(ui);
  const cursor = drawingPad(ui, sheet.host, paper, {
    get: () => settings().drawing, set: (drawing) => ui.set({ drawing }) });

  const toA = ([a1, a2]) => ui.set({ a1, a2, step: 0 }), toB = ([b1, b2]) => ui.set({ b1, b2, step: STEPS });
  const ends = { a: toA, b: toB }, limits = () => [-SHOWN, SHOWN, -SHOWN, SHOWN];
  const invert = (px, py) => [plane.x.invert(px), plane.y.invert(py)];
  const grip = (end) => handle2d(ui, map.host, {
    label: `Point ${end.toUpperCase()}`, range: limits, get: () => settings()[end], set: ends[end], invert,
    say: () => settings()[end].map((v) => number(v)).join(", ") });
  const putA = grip("a"), putB = grip("b");
  let held = "a";
  pad(ui, map.host, {
    start(px, py, event) {
      if (event.target.closest(".dlw-handle") || !map.width) return false;
      const { a, b } = settings(), [x, y] = invert(px, py);
      held = Math.hypot(x - b[0], y - b[1]) < Math.hypot(x - a[0], y - a[1]) ? "b" : "a";
      return true;
    },
    move: (px, py) => ends[held](invert(px, py).map((v) => clamp(v, -SHOWN, SHOWN))) });

  const along = (end, i) => slider(ui, {
    get: () => Number(settings()[end][i].toFixed(3)),
    set: (v) => ends[end](settings()[end].map((old, k) => (k === i ? v : old))) }, {
    label: `${end.toUpperCase()}: z${i + 1}`, min: -SHOWN, max: SHOWN });
  const example = () => {
    const { model } = current(settings().drawing);
    if (!model) return;
    ui.set({ drawing: drawingOf(model.X.subarray(PIXELS * sample, PIXELS * (sample + 1))) });
    sample = (sample + 1) % model.count;
  };
  const toMean = (go) => () => {
    const { model, m, drawn } = current(settings().drawing);
    if (model && drawn) go(m.mean.map((v) => clamp(v, -SHOWN, SHOWN)));
  };
  const coordinate = numberIn(-SHOWN, SHOWN);
  const spec = {
    a1: coordinate, a2: coordinate, b1: coordinate, b2: coordinate, drawing: isDrawing, paint: oneOf(...PAINTS),
    step: numberIn(0, STEPS, true) };
  const title = (words, ...nodes) => h("div", { class: "dlw-lm-part" }, h("p", { class: "dlw-lm-title" }, words), ...nodes);

  const cost = title("Cost of the drawing in nats: reconstruction (blue) and KL (orange) make −ELBO. Dotted: −log p(x).", bar.host);
  cost.classList.add("dlw-lm-cost");

  ui.root.append(
    h("div", { class: "dlw-head" }, h("strong", {}, "Latent map"), link(ui, spec)),
    choice(ui, {
      label: "What fills the plane", options: PAINT_NAMES, current: () => settings().paint,
      choose: (paint) => ui.set({ paint }) }),
    problem,
    h("div", { class: "dlw-columns dlw-lm-top" }, map.host,
      h("div", { class: "dlw-side" }, title("the decoder paints", shown.host), seen)),
    player(ui, { last: () => STEPS, label: "Way from A to B", seed: false }),
    way.host,
    h("div", { class: "dlw-controls" }, along("a", 0), along("a", 1), along("b", 0), along("b", 1)),
    h("div", { class: "dlw-lm-draw" },
      title("draw here", sheet.host), title("its reconstruction", back.host),
      h("div", { class: "dlw-lm-tools" },
        button(ui, "A test digit", example),
        button(ui, "Clear", () => ui.set({ drawing: "0".repeat(16) })),
        button(ui, "A to its mean", toMean(toA)), button(ui, "B to its mean", toMean(toB)))),
    cost, judged, explain(...EXPLAINED));

  // Draw: from the model alone ------------------------------------------------------------------------------
  function drawPad(x) {
    square(paper, sheet);
    drawDigit(paper, ink, x, sheet.colors);
    const size = (paper.right - paper.left) / 8, { ctx } = paper;
    ctx.strokeStyle = sheet.colors.grid;
    for (let k = 1; k < 8; k++) {
      ctx.strokeRect(paper.left + k * size, paper.top, 0, 8 * size);
      ctx.strokeRect(paper.left, paper.top + k * size, 8 * size, 0);
    }
    const at = cursor();
    if (at < 0) return;
    Object.assign(ctx, { strokeStyle: sheet.colors.line[1], lineWidth: 3 });
    ctx.strokeRect(paper.left + (at % 8) * size + 1.5, paper.top + (at >> 3) * size + 1.5, size - 3, size - 3);
  }

  ui.start(() => {
    const { a, b, step, drawing, paint } = settings(), z = between(a, b, step / STEPS);
    const { model, ready, m, x, drawn } = current(drawing);
    warn(model ? null : EMPTY);
    if (model && !ready) ui.redraw();
    if (map.begin()) {
      placePlane(plane, map);
      if (model) drawPlane(plane, ink, { fig: map, model, ready, paint, a, b, z, drawn, now: m });
      putA(plane.x.at(a[0]), plane.y.at(a[1]));
      putB(plane.x.at(b[0]), plane.y.at(b[1]));
    }
    if (!model) {
      say(EMPTY);
      judge(EMPTY);
      return;
    }
    decode(model, z, ink.x);
    let on = 0, sure = 0;
    for (let i = 0; i < PIXELS; i++) {
      on += ink.x[i];
      sure += ink.x[i] > 0.9;
    }
    say(pointSentence({ z, step, steps: STEPS, on, sure, ...nearest(model, z) }));
    if (shown.begin()) {
      square(one, shown);
      drawDigit(one, ink, ink.x, shown.colors);
    }
    if (way.begin()) drawWay(row, ink, { fig: way, model, a, b });
    if (sheet.begin()) drawPad(x);
    cost.hidden = !drawn || !ready;
    if (back.begin() && drawn) {
      square(copy, back);
      drawDigit(copy, ink, decode(model, m.mean, ink.x), back.colors);
    }
    if (ready && drawn && bar.begin()) drawTerms(terms, { fig: bar, m });
    judge(ready ? drawingSentence(drawn ? m : null) : WAITING);
  });
  return ui.end;
}

export default { render };
