// The view of DrawDigit: draw, and look at every number that a small convolutional network makes of it.

import {
  LAYERS, PAD, bitmap, counts, fieldOf, forward, network, shapeOf, softmax, termsOf, unpackStrokes,
} from "./draw_digit.core.mjs";
import { drawInput, drawLayers, drawScores, drawTerms, layout, unitAt } from "./draw_digit.draw.mjs";
import { createPad, withoutLast } from "./draw_digit.pad.mjs";
import { EXPLAINED, sentence, unitSentence } from "./draw_digit.text.mjs";
import { clamp } from "./lib/num.mjs";
import { Panel, figure } from "./lib/plot.mjs";
import { button, explain, h, mount, readout, select, setText, toggle } from "./lib/ui.mjs";
import { link, numberIn, oneOf } from "./lib/link.mjs";

const WAYS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
const whole = (v, low, high) => (Number.isInteger(v) ? clamp(v, low, high) : low);
const isDrawing = (list) => Array.isArray(list) && list.length <= 5000
  && list.every((v) => Number.isInteger(v) && v >= -1 && v < PAD);

// What is shown, as long as neither drawing nor weights change: the 64 numbers, all layers, the probabilities.
function reader(ui) {
  const now = { raw: null, bytes: null, net: null };
  return () => {
    const bytes = ui.get("weights"), strokes = ui.get("strokes"), fit = Boolean(ui.get("fit")), example = ui.get("example");
    if (bytes !== now.bytes) Object.assign(now, { bytes, net: network(bytes), raw: null });
    const key = [strokes, fit, example];
    if (now.raw && key.every((v, i) => v === now.raw[i])) return now;
    const { net } = now, flat = isDrawing(strokes) ? strokes : [], chosen = net?.X && example >= 0 && example < net.y?.length;
    const x = chosen ? net.X.subarray(64 * example, 64 * example + 64)
      : counts(bitmap(unpackStrokes(flat), fit));
    const pass = net && forward(net, x.map((v) => v / 16));
    return Object.assign(now, {
      raw: key, flat, fit, x, pass, chosen: chosen ? example : -1, y: chosen ? net.y[example] : null,
      p: pass && softmax(pass.scores), ink: x.reduce((a, b) => a + b, 0) });
  };
}

function render({ model, el }) {
  const ui = mount(model, el, "draw_digit", "Draw a digit");
  const current = reader(ui);
  let untouched = true;                                   // what was there at first gives way to the first stroke

  function unit(net) {
    const layer = LAYERS.includes(ui.get("layer")) ? ui.get("layer") : "conv1", [channels, n] = shapeOf(net, layer);
    return {
      layer, channel: whole(ui.get("channel"), 0, channels - 1), row: whole(ui.get("row"), 0, n - 1),
      column: whole(ui.get("column"), 0, n - 1) };
  }

  // Page: built once ----------------------------------------------------------------------------------------
  const paper = createPad(ui, {
    get: () => current().flat,
    set(strokes, done) {
      untouched = false;
      ui.set({ strokes, example: -1 }, done);
    },
    begin: () => (untouched || current().chosen >= 0 ? [] : current().flat) });
  const place = (kind, label, attributes = {}) => figure(
    ui, h("div", { class: `dlw-figure dlw-dd-${kind}`, ...attributes }), label);
  const input = place("input", "The 64 numbers that the network gets");
  const bars = place("bars", "Probability and score of each digit");
  const maps = place("maps", "The maps of all layers", {
    tabindex: 0, role: "application", "aria-roledescription": "network",
    "aria-label": "All layers. Arrow keys choose a unit, Page up and down a map, Home and End a layer." });
  const sums = place("sums", "The arithmetic of the chosen unit");
  const [inputPanel, barPanel, mapPanel, sumPanel] = [input, bars, maps, sums].map((fig) => new Panel(fig));
  const [seen, say] = readout(ui), unitSeen = h("p", { class: "dlw-card", "aria-live": "polite" });

  function over(event) {
    const { net } = current(), box = maps.host.getBoundingClientRect();
    const found = net && unitAt(net, layout(net, maps.host.clientWidth), event.clientX - box.left, event.clientY - box.top);
    if (found) ui.set(found, event.type !== "pointermove");
  }
  for (const type of ["pointermove", "click"]) ui.listen(maps.host, type, over);
  const overBar = (event) => {
    const box = bars.host.getBoundingClientRect(), k = Math.floor((event.clientY - box.top) / box.height * 10);
    if (current().net) ui.set({ layer: "scores", channel: clamp(k, 0, 9) }, event.type !== "pointermove");
  };
  for (const type of ["pointermove", "click"]) ui.listen(bars.host, type, overBar);
  ui.listen(maps.host, "keydown", (event) => {
    const { net } = current(), way = WAYS[event.key], map = { PageUp: -1, PageDown: 1 }[event.key];
    const level = { Home: -1, End: 1 }[event.key];
    if (!net || (way ?? map ?? level) === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    const { layer, channel, row, column } = unit(net), [channels, n] = shapeOf(net, layer);
    if (level) ui.set({ layer: LAYERS[clamp(LAYERS.indexOf(layer) + level, 0, LAYERS.length - 1)] });
    else if (map || layer === "scores") {
      ui.set({ layer, channel: clamp(channel + (map ?? (way[0] + way[1])), 0, channels - 1) });
    } else ui.set({ layer, channel, row: clamp(row + way[0], 0, n - 1), column: clamp(column + way[1], 0, n - 1) });
  });

  const examples = Array.from(current().net?.y ?? [], (y, i) => [i, `held-out digit ${i + 1}, a ${y}`]);
  const spec = {
    strokes(words) {
      const list = words === "" ? [] : words.split(",").map(Number);
      return isDrawing(list) ? list : undefined;
    },
    fit: (words) => (words === "true" ? true : words === "false" ? false : undefined),
    example: numberIn(-1, 999, true), layer: oneOf(...LAYERS), channel: numberIn(0, 63, true),
    row: numberIn(0, 7, true), column: numberIn(0, 7, true) };

  ui.root.append(
    h("div", { class: "dlw-head" }, h("strong", {}, "Draw a digit"), link(ui, spec)),
    h("div", { class: "dlw-dd-top" }, paper.host, input.host, bars.host), paper.said,
    h("div", { class: "dlw-row" },
      button(ui, "Clear", () => { untouched = false; ui.set({ strokes: [], example: -1 }); }, { class: "dlw-main" }),
      button(ui, "Undo stroke", () => { untouched = false; ui.set({ strokes: withoutLast(current().flat), example: -1 }); }),
      toggle(ui, "fit", { label: "scale and centre" })),
    seen,
    ...(examples.length ? [select(ui, { get: () => current().chosen, set: (example) => ui.set({ example }) }, {
      label: "what is shown", options: [[-1, "your drawing"], ...examples] })] : []),
    maps.host, unitSeen, sums.host, explain(...EXPLAINED));

  // Draw: from the model alone ------------------------------------------------------------------------------
  ui.start(() => {
    const { net, pass, x, p, flat, chosen, ink, y, fit } = current(), one = net && unit(net);
    const field = net && fieldOf(one.layer, one.row, one.column);
    paper.draw(flat, chosen >= 0);
    if (input.begin()) drawInput(inputPanel, { fig: input, x, field });
    for (const { host } of [bars, maps, sums]) host.hidden = !net;
    say(sentence({ p, ink, empty: ink === 0, y, fit: fit || chosen >= 0 }));
    if (!net) return setText(unitSeen, "Without weights there are no layers to look at.");
    const plan = layout(net, maps.host.clientWidth), terms = termsOf(net, pass, one.layer, one.channel, one.row, one.column);
    maps.host.style.height = `${Math.ceil(plan.height)}px`;
    sums.host.style.height = `${{ conv1: 312, conv2: 130, scores: 250 }[one.layer] ?? 130}px`;
    if (bars.begin()) drawScores(barPanel, { fig: bars, p, scores: pass.scores, picked: one.layer === "scores" ? one.channel : -1 });
    if (maps.begin()) drawLayers(mapPanel, { fig: maps, net, pass, plan, unit: one });
    if (sums.begin()) drawTerms(sumPanel, { fig: sums, terms });
    return setText(unitSeen, unitSentence({ ...one, terms, field }));
  });
  return ui.end;
}

export default { render };
