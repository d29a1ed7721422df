// The view of OutlierRegression: points, one of them dragged; lines under several losses; loss and influence.

import {
  N, NAMES, X_RANGE, Y_RANGE, fit, points, slope, value, weight,
} from "./outlier_regression.core.mjs";
import {
  EXPLAINED, PLACES, PLACE_WORDS, TITLES, lineWords, sentence,
} from "./outlier_regression.text.mjs";
import { clamp, linspace } from "./lib/num.mjs";
import {
  DASHES, Panel, axes, crosshair, figure, line, number, point, sample, segment, text,
} from "./lib/plot.mjs";
import {
  button, choice, entry, explain, field, fullScreen, h, handle2d, mount, readout, select, setAttribute,
  setText, slider,
} from "./lib/ui.mjs";
import { link, listOf, numberIn, oneOf } from "./lib/link.mjs";

const SAMPLES = 801, REACH = 10;
const SEEDS = 2 ** 31 - 1;

function render({ model, el }) {
  const ui = mount(model, el, "outlier_regression", "Regression with an outlier");
  const get = ui.get;
  const focused = () => (get("losses").includes(get("focus")) ? get("focus") : get("losses")[0]);
  const settings = { scale: 0.5, alpha: 0, start: "squared" };
  const x = new Float64Array(N + 1), y = new Float64Array(N + 1);
  const lines = Object.fromEntries(NAMES.map((name) => [name, new Float64Array(2)]));
  let seed = null;

  // All five lines, from the model alone; runs before each draw.
  ui.refresh(() => {
    for (const key of Object.keys(settings)) settings[key] = get(key);
    if (seed !== get("seed")) points(seed = get("seed"), x, y);
    x[N] = get("outlier_x");
    y[N] = get("outlier_y");
    for (const name of NAMES) fit(name, x, y, settings, lines[name]);
  });
  const named = (where) => (PLACES[where].focus ? [PLACES[where].focus] : []);
  const residual = (name) => lines[name][0] * x[N] + lines[name][1] - y[N];

  // Page: built once ----------------------------------------------------------------------------------------
  const place = (kind, label) => figure(ui, h("div", { class: `dlw-figure dlw-outlier-${kind}` }), label);
  const data = place("data", "Points, one of them dragged, and the line fitted under each loss");
  const shape = place("shape", "Each loss over the residual, and below it the influence, its slope");
  const plane = new Panel(data), loss = new Panel(shape), pull = new Panel(shape);
  const grip = handle2d(ui, data.host, {
    label: "The dragged point", range: () => [...X_RANGE, ...Y_RANGE],
    get: () => [get("outlier_x"), get("outlier_y")],
    set: ([a, b]) => ui.set({ outlier_x: Number(a.toFixed(3)), outlier_y: Number(b.toFixed(3)) }),
    invert: (px, py) => [plane.x.invert(px), plane.y.invert(py)],
    say: () => `x = ${number(get("outlier_x"))}, y = ${number(get("outlier_y"))}` });
  const [seen, say] = readout(ui);
  const spec = {
    losses: listOf(NAMES, NAMES.length), focus: oneOf("", ...NAMES), outlier_x: numberIn(...X_RANGE),
    outlier_y: numberIn(...Y_RANGE), scale: numberIn(0.05, 5), alpha: numberIn(-4, 2),
    start: oneOf("squared", "absolute"), seed: numberIn(0, SEEDS, true) };
  const seedEntry = entry(ui, "seed", { label: "Seed", min: () => 0, max: () => SEEDS, whole: true });
  const general = slider(ui, "alpha", { label: "α, shape of the general loss", min: -4, max: 2, step: 0.1 });
  ui.refresh(() => { general.hidden = !get("losses").includes("general"); });
  ui.root.append(
    h("div", { class: "dlw-head" }, h("strong", {}, "One outlier"),
      h("span", { class: "dlw-loss-tools" }, fullScreen(ui), link(ui, spec))),
    choice(ui, {
      label: "Places of the dragged point", options: Object.entries(PLACE_WORDS),
      choose: (name) => ui.set({ ...PLACES[name], losses: [...new Set([...get("losses"), ...named(name)])] }),
      current: () => Object.keys(PLACES).find((name) => (
        Object.entries(PLACES[name]).every(([trait, v]) => get(trait) === v))) }),
    h("div", { class: "dlw-columns dlw-outlier-columns" },
      h("div", { class: "dlw-side" }, data.host, seen), h("div", { class: "dlw-side" }, shape.host, table())),
    h("div", { class: "dlw-controls" },
      slider(ui, "outlier_x", { label: "x of the dragged point", min: X_RANGE[0], max: X_RANGE[1], step: 0.1 }),
      slider(ui, "outlier_y", { label: "y of the dragged point", min: Y_RANGE[0], max: Y_RANGE[1], step: 0.1 }),
      slider(ui, "scale", { label: "s, size of an ordinary error", min: 0.05, max: 5, log: true }),
      general,
      select(ui, "start", {
        label: "step-by-step fits start from the line of", options: [
          ["squared", "squared error"], ["absolute", "absolute error"]] }),
      h("div", { class: "dlw-row" }, field("seed of the points", seedEntry),
        button(ui, "New points", () => ui.set({ seed: (get("seed") + 1) % SEEDS })))),
    explain(...EXPLAINED));

  // One row a loss: sample and name (choose it), line, influence, show or hide.
  function table() {
    const rows = NAMES.map((name, k) => {
      const cells = [h("td"), h("td")];
      const shown = () => get("losses").includes(name);
      const rest = () => get("losses").filter((other) => other !== name);
      const show = () => ({ losses: shown() ? get("losses") : [...get("losses"), name] });
      const pick = button(ui, "", () => ui.set({ ...show(), focus: name }), { class: "dlw-pick" });
      pick.append(sample(k), h("span", {}, TITLES[name]));
      const hide = button(ui, "", () => ui.set(shown() ? { losses: rest() } : show()), { class: "dlw-quiet" });
      ui.refresh(() => {
        setText(cells[0], lineWords(lines[name]));
        setText(cells[1], number(slope(name, residual(name), settings)));
        setAttribute(pick, "aria-pressed", shown() && name === focused());
        setAttribute(pick, "aria-label", `${TITLES[name]}: speak of it`);
        setText(hide, shown() ? "×" : "+");
        setAttribute(hide, "aria-label", `${shown() ? "Hide" : "Show"} ${TITLES[name]}`);
        hide.disabled = shown() && get("losses").length === 1;
        row.classList.toggle("dlw-outlier-off", !shown());
      });
      const row = h("tr", {}, h("th", { scope: "row" }, pick), ...cells, h("td", {}, hide));
      return row;
    });
    const head = h("tr", {}, ...["loss", "line y =", "influence"].map((words) => h("th", { scope: "col" }, words)),
      h("td"));
    return h("table", { class: "dlw-functions dlw-outlier-table" }, h("thead", {}, head), h("tbody", {}, ...rows));
  }

  // Draw ----------------------------------------------------------------------------------------------------
  const rs = linspace(-REACH, REACH, new Float64Array(SAMPLES)), fs = new Float64Array(SAMPLES);
  const ends = new Float64Array(X_RANGE), heights = new Float64Array(2);

  function draw() {
    const main = focused(), r = residual(main);
    say(sentence(main, lines[main], r, slope(main, r, settings), weight(main, r, settings)));
    if (data.begin()) drawData(main);
    if (shape.begin()) drawShape(main, r);
  }

  const inOrder = (main) => [...get("losses").filter((name) => name !== main), main];   // the chosen one on top

  function drawData(main) {
    const { colors } = data;
    plane.place(34, 24, data.width - 12, data.height - 44);
    plane.domain(...X_RANGE, Y_RANGE[0] - 1, Y_RANGE[1]);      // the lowest place of the grip stays clear of the numbers
    axes(plane, { y: "y", x: "x" });
    segment(plane, 0, 1, 20, 11, { color: colors.muted, width: 1, dash: DASHES[2] });
    for (let i = 0; i < N; i++) {
      const share = main === "absolute" ? 1 : weight(main, lines[main][0] * x[i] + lines[main][1] - y[i], settings);
      point(plane, x[i], y[i], { color: colors.muted, r: 2.5 + 2.5 * Math.sqrt(share), hollow: share < 0.01 });
    }
    for (const name of inOrder(main)) {
      const k = NAMES.indexOf(name);
      for (let i = 0; i < 2; i++) heights[i] = lines[name][0] * ends[i] + lines[name][1];
      line(plane, ends, heights, 2, { color: colors.line[k], dash: DASHES[k], width: name === main ? 3.5 : 2 });
    }
    const foot = lines[main][0] * x[N] + lines[main][1];
    segment(plane, x[N], y[N], x[N], foot, { color: colors.ink, width: 1.5, dash: DASHES[4] });
    diamond(plane, x[N], y[N], colors.ink);
    const right = x[N] < 12;
    text(plane, "drag me", plane.x.at(x[N]) + (right ? 18 : -18), plane.y.at(y[N]), {
      align: right ? "left" : "right", base: "middle", halo: true });
    grip(plane.x.at(x[N]), plane.y.at(y[N]));
  }

  function drawShape(main, r) {
    const { colors } = shape, half = (shape.height - 92) / 2;
    loss.place(34, 24, shape.width - 10, 24 + half);
    pull.place(34, 52 + half, shape.width - 10, 52 + 2 * half);
    loss.domain(-REACH, REACH, 0, 6);
    pull.domain(-REACH, REACH, -3, 3);
    axes(loss, { y: "loss ρ(r)", xTicks: false, yRoom: 28 });
    axes(pull, { y: "influence ψ(r), its slope", x: "residual r = line − point", yRoom: 28 });
    for (const [panel, f] of [[loss, value], [pull, slope]]) {
      for (const name of inOrder(main)) {
        const k = NAMES.indexOf(name);
        for (let i = 0; i < SAMPLES; i++) fs[i] = f(name, rs[i], settings);
        if (f === slope && name === "absolute") fs[(SAMPLES - 1) / 2] = NaN;             // it jumps at 0
        line(panel, rs, fs, SAMPLES, { color: colors.line[k], dash: DASHES[k], width: name === main ? 3.5 : 2 });
      }
      const at = clamp(r, -REACH, REACH);
      crosshair(panel, at);
      diamond(panel, at, clamp(f(main, r, settings), panel.y.low, panel.y.high), colors.line[NAMES.indexOf(main)]);
    }
  }

  function diamond(panel, a, b, color) {
    const { ctx } = panel, px = panel.x.at(a), py = panel.y.at(b), size = 7;
    ctx.beginPath();
    ctx.moveTo(px, py - size);
    for (const [dx, dy] of [[size, 0], [0, size], [-size, 0]]) ctx.lineTo(px + dx, py + dy);
    ctx.closePath();
    Object.assign(ctx, { fillStyle: color, strokeStyle: panel.fig.colors.paper, lineWidth: 2 });
    ctx.fill();
    ctx.stroke();
  }

  ui.start(draw);
  return ui.end;
}

export default { render };
