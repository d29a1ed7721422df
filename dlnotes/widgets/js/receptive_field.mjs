// The view of ReceptiveField: a stack to edit, and what one of its outputs sees.

import { LIMITS, MOST, PRESETS, layersOf, paths, sees, table } from "./receptive_field.core.mjs";
import { drawStack } from "./receptive_field.draw.mjs";
import { EXPLAINED, PRESET_NAMES, layerSentence, sentence } from "./receptive_field.text.mjs";
import { clamp } from "./lib/num.mjs";
import { Panel, figure } from "./lib/plot.mjs";
import { button, draggable, explain, h, mount, readout, select, setAttribute, setText, slider } from "./lib/ui.mjs";
import { link, numberIn } from "./lib/link.mjs";

const whole = (v, low, high) => (Number.isInteger(v) ? clamp(v, low, high) : low);
const NAMES = ["kernel", "stride", "padding", "dilation"];
const HEADS = ["layer", "k", "s", "p", "d", "size", "jump", "field"];

// The middle part of the field in which half of all paths start.
function halfOf(share) {
  let sum = 0, wide = share.length % 2 ? -1 : 0;
  for (let k = Math.ceil(share.length / 2) - 1; k >= 0; k--) {
    sum += k === share.length - 1 - k ? share[k] : share[k] + share[share.length - 1 - k];
    wide += 2;
    if (sum >= 0.5 - 1e-12) break;
  }
  return wide;
}

// Everything that follows from size and stack, kept as long as they stay the same.
function reader(ui) {
  const now = { key: [] };
  return () => {
    const key = [ui.get("size"), ui.get("stack")];
    if (!key.every((v, i) => v === now.key[i])) {
      const size = whole(key[0], 1, 2048), layers = layersOf(key[1]) ?? [], rows = table(size, layers);
      const fitting = layers.slice(0, rows.length - 1), share = paths(fitting);
      Object.assign(now, { key, size, layers, rows, fitting, share, half: share && halfOf(share) });
    }
    return Object.assign(now, {
      unit: whole(ui.get("unit"), 0, now.rows.at(-1).n - 1), layer: whole(ui.get("layer"), 0, Math.max(now.layers.length - 1, 0)) });
  };
}

function render({ model, el }) {
  const ui = mount(model, el, "receptive_field", "Receptive-field calculator"), current = reader(ui);
  const put = (layers, more = {}) => ui.set({ stack: layers.flat(), ...more });

  // Page: built once ----------------------------------------------------------------------------------------
  const fig = figure(ui, h("div", { class: "dlw-figure dlw-rf-stack" }), "The stack: what one output sees in each layer");
  const panel = new Panel(fig), [seen, say] = readout(ui), layerSeen = h("p", { class: "dlw-card", "aria-live": "polite" });
  draggable(ui, fig.host, (px) => {
    const { centre, jump, n } = current().rows.at(-1);
    if (panel.x.factor) ui.set({ unit: clamp(Math.round((panel.x.invert(px) - centre) / jump), 0, n - 1) });
  });
  const lines = Array.from({ length: MOST }, (_, i) => {
    const pick = button(ui, String(i + 1), () => ui.set({ layer: i }), { class: "dlw-quiet", "aria-label": `edit layer ${i + 1}` });
    const cells = HEADS.slice(1).map(() => h("td"));
    return { pick, cells, row: h("tr", {}, h("th", { scope: "row" }, pick), ...cells) };
  });
  const sheet = h("table", { class: "dlw-rf-table" },
    h("thead", {}, h("tr", {}, ...HEADS.map((words) => h("th", { scope: "col" }, words)))),
    h("tbody", {}, ...lines.map(({ row }) => row)));
  ui.refresh(() => {
    const { layers, rows, layer } = current();
    lines.forEach(({ pick, cells, row }, i) => {
      row.hidden = i >= layers.length;
      if (row.hidden) return;
      setAttribute(pick, "aria-pressed", i === layer);
      const { n = "–", jump = "–", field = "–" } = rows[i + 1] ?? {};
      [...layers[i], n, jump, field].forEach((v, k) => setText(cells[k], String(v)));
    });
  });
  const part = (k) => slider(ui, {
    get: () => current().layers[current().layer]?.[k] ?? LIMITS[k][0],
    set: (v) => {
      const { layers, layer } = current();
      if (layers.length) put(layers.map((one, i) => (i === layer ? one.map((old, j) => (j === k ? v : old)) : one)));
    } }, { label: NAMES[k], min: LIMITS[k][0], max: LIMITS[k][1], step: 1 });
  const insert = (one) => {
    const { layers, layer } = current(), at = layers.length ? layer + 1 : 0;
    if (layers.length < MOST) put([...layers.slice(0, at), one, ...layers.slice(at)], { layer: at });
  };
  const remove = () => {
    const { layers, layer } = current();
    put(layers.filter((_, i) => i !== layer), { layer: Math.max(layer - 1, 0) });
  };
  const preset = {
    get: () => Object.keys(PRESETS).find((name) => PRESETS[name][0] === current().size
      && String(PRESETS[name][1]) === String(current().layers.flat())) ?? "own",
    set: (name) => {
      if (name !== "own") ui.set({ size: PRESETS[name][0], stack: [...PRESETS[name][1]], layer: 0, unit: 0 });
      ui.set({ unit: Math.floor((current().rows.at(-1).n - 1) / 2) });
    } };
  const spec = {
    size: numberIn(1, 2048, true), layer: numberIn(0, MOST - 1, true), unit: numberIn(0, 4096, true),
    stack(words) {
      const flat = words === "" ? [] : words.split(",").map(Number);
      return layersOf(flat) ? flat : undefined;
    } };

  ui.root.append(
    h("div", { class: "dlw-head" }, h("strong", {}, "Receptive field"), link(ui, spec)),
    h("div", { class: "dlw-controls" },
      select(ui, preset, { label: "stack", options: PRESET_NAMES }),
      slider(ui, { get: () => current().size, set: (size) => ui.set({ size }) }, {
        label: "size of the input", min: 1, max: 2048, step: 1 })),
    fig.host,
    slider(ui, { get: () => current().unit, set: (unit) => ui.set({ unit }) }, {
      label: "the output that looks", min: 0, max: () => current().rows.at(-1).n - 1, step: 1 }),
    seen, sheet,
    h("div", { class: "dlw-row" },
      button(ui, "Add convolution 3", () => insert([3, 1, 1, 1])), button(ui, "Add pooling 2", () => insert([2, 2, 0, 1])),
      button(ui, "Remove layer", remove)),
    h("div", { class: "dlw-controls" }, part(0), part(1), part(2), part(3)),
    layerSeen, explain(...EXPLAINED));

  // Draw: from the model alone ------------------------------------------------------------------------------
  ui.start(() => {
    const { size, layers, rows, fitting, share, half, unit, layer } = current(), spans = sees(fitting, unit);
    fig.host.style.height = `${26 * rows.length + 110}px`;
    if (fig.begin()) drawStack(panel, { fig, rows, spans, share, layer });
    say(sentence({ rows, layers, size, seen: spans[0], half }));
    setText(layerSeen, layers.length ? layerSentence({ i: layer, layer: layers[layer], rows }) : "The stack is empty.");
  });
  return ui.end;
}

export default { render };
