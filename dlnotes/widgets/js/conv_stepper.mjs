// The view of ConvStepper: a kernel slides over a picture, product by product.

import { KERNELS, OWN, applied, outputSize, pictures, productsAt, response } from "./conv_stepper.core.mjs";
import { drawPicture, drawProducts, drawResult, geometry } from "./conv_stepper.draw.mjs";
import { EXPLAINED, KERNEL_NAMES, PICTURE_NAMES, sentence } from "./conv_stepper.text.mjs";
import { clamp } from "./lib/num.mjs";
import { Panel, figure } from "./lib/plot.mjs";
import { button, entry, explain, fold, h, mount, pad, readout, select, slider, toggle } from "./lib/ui.mjs";
import { link, numberIn, oneOf } from "./lib/link.mjs";
import { player } from "./lib/player.mjs";

const WAYS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: "up", ArrowDown: "down" };
const whole = (v, low, high, usual = low) => (Number.isInteger(v) ? clamp(v, low, high) : usual);
const numbers = (list, low, high) => Array.isArray(list)
  && list.every((v) => typeof v === "number" && v >= low && v <= high);
const isKernel = (list) => numbers(list, -4, 4) && [1, 9, 25].includes(list.length);
const isDrawing = (list) => numbers(list, 0, 1) && list.length === OWN * OWN;

// All that the pictures show, kept as long as no trait that it depends on changes.
function reader(ui) {
  const now = { key: [], bytes: null, all: {} };
  const names = ["picture", "pixels", "kernel", "stride", "padding", "dilation", "flip", "carried"];
  return () => {
    const key = names.map(ui.get);
    if (!key.every((v, i) => v === now.key[i])) {
      const bytes = ui.get("carried");
      if (bytes !== now.bytes) Object.assign(now, { bytes, all: pictures(bytes) });
      const kernel = isKernel(ui.get("kernel")) ? ui.get("kernel") : KERNELS.identity, k = Math.sqrt(kernel.length);
      const drawing = { n: OWN, X: isDrawing(ui.get("pixels")) ? ui.get("pixels") : new Array(OWN * OWN).fill(0) };
      const own = !Object.hasOwn(now.all, ui.get("picture")), image = own ? drawing : now.all[ui.get("picture")];
      const settings = {
        stride: whole(ui.get("stride"), 1, 4), padding: whole(ui.get("padding"), 0, 4),
        dilation: whole(ui.get("dilation"), 1, 3), flip: Boolean(ui.get("flip")) };
      const Y = response(image, kernel, settings);
      Object.assign(now, {
        key, kernel, k, own, image, settings, Y, most: Y ? Math.max(1e-9, ...Y.map(Math.abs)) : 1,
        across: outputSize(image.n, k, settings.stride, settings.padding, settings.dilation) });
    }
    now.last = Math.max(now.across ** 2 - 1, 0);
    now.at = whole(ui.get("step"), 0, now.last);
    return now;
  };
}

function render({ model, el }) {
  const ui = mount(model, el, "conv_stepper", "Convolution stepper"), current = reader(ui);

  // Page: built once ----------------------------------------------------------------------------------------
  const place = (kind, label, attributes = {}) => figure(
    ui, h("div", { class: `dlw-figure dlw-cv-${kind}`, ...attributes }), label);
  const input = place("in", "The picture with the window");
  const output = place("out", "The result", {
    tabindex: 0, role: "application", "aria-roledescription": "map",
    "aria-label": "The result. Arrow keys move the window; space switches the pixel under its middle in a drawing." });
  const sums = place("sums", "Window times kernel, product by product");
  const [inPanel, outPanel, sumPanel] = [input, output, sums].map((fig) => new Panel(fig));
  const [seen, say] = readout(ui);

  const go = (row, column, save = true) => {
    const { across } = current();
    if (across) ui.set({ step: clamp(row, 0, across - 1) * across + clamp(column, 0, across - 1) }, save);
  };
  function paint(row, column, value) {
    const { image } = current(), at = row * OWN + column;
    if (row < 0 || column < 0 || row >= OWN || column >= OWN || image.X[at] === value) return;
    ui.set({ pixels: Array.from(image.X, (v, i) => (i === at ? value : v)) }, false);
  }
  let colour = 1;
  function onPicture(px, py, event) {
    const { image, settings, own, k } = current(), { padding, stride, dilation } = settings;
    const { cell, start } = geometry({ width: input.host.clientWidth }, image.n, padding);
    const row = Math.floor((py - start) / cell), column = Math.floor((px - start) / cell);
    if (!own) {
      const half = Math.floor(dilation * (k - 1) / 2);
      return go(Math.round((row + padding - half) / stride), Math.round((column + padding - half) / stride));
    }
    if (event.type === "pointerdown") colour = image.X[row * OWN + column] > 0 ? 0 : 1;
    return paint(row, column, colour);
  }
  pad(ui, input.host, { move: onPicture, end: () => ui.model.save_changes() });
  const onResult = (event) => {
    const { across } = current(), box = output.host.getBoundingClientRect(), cell = box.width / across;
    if (event.type === "click" || event.buttons) {
      go(Math.floor((event.clientY - box.top) / cell), Math.floor((event.clientX - box.left) / cell), event.type === "click");
    }
  };
  for (const type of ["pointermove", "click"]) ui.listen(output.host, type, onResult);
  ui.listen(output.host, "keydown", (event) => {
    const { across, at, own, k, image, settings } = current(), way = WAYS[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey || !across || !(way || (event.key === " " && own))) return;
    event.preventDefault();
    event.stopPropagation();
    if (!way) {
      const middle = productsAt(image, new Array(k * k).fill(0), settings, at)[(k * k - 1) / 2];
      paint(middle.row, middle.column, middle.x > 0 ? 0 : 1);
      return;
    }
    const row = Math.floor(at / across) + (way === "up" ? -1 : way === "down" ? 1 : 0);
    go(row, at % across + (typeof way === "number" ? way : 0));
  });

  const learned = ui.get("learned"), given = numbers(learned, -Infinity, Infinity) ? learned : [];
  const extra = Array.from({ length: Math.floor(given.length / 9) }, (_, i) => (
    [`learned_${i}`, given.slice(9 * i, 9 * i + 9).map((v) => clamp(Math.round(v * 100) / 100, -4, 4))]));
  const choices = [...Object.entries(KERNELS), ...extra];
  const same = (a, b) => a.length === b.length && a.every((v, i) => Math.abs(v - b[i]) < 1e-6);
  const named = {
    get: () => choices.find(([, K]) => same(K, current().kernel))?.[0] ?? "own",
    set: (name) => {
      const found = choices.find(([other]) => other === name);
      if (found) ui.set({ kernel: [...found[1]], step: 0 });
    } };
  const options = [
    ...KERNEL_NAMES, ...extra.map(([name], i) => [name, `learned kernel ${i + 1}`]), ["own", "your own numbers"]];
  const size = {
    get: () => current().k,
    set: (k) => {
      const { kernel, k: old } = current(), off = (k - old) / 2;
      const value = (i, j) => (i >= 0 && j >= 0 && i < old && j < old ? kernel[i * old + j] : 0);
      ui.set({ kernel: Array.from({ length: k * k }, (_, i) => value(Math.floor(i / k) - off, i % k - off)) });
    } };
  const cells = Array.from({ length: 25 }, (_, i) => entry(ui, {
    get: () => current().kernel[i] ?? 0,
    set: (v) => ui.set({ kernel: current().kernel.map((w, j) => (j === i ? v : w)) }) }, {
    label: `kernel, number ${i + 1}`, min: () => -4, max: () => 4 }));
  const grid = h("div", { class: "dlw-cv-kernel", role: "group", "aria-label": "The numbers of the kernel" }, ...cells);
  ui.refresh(() => {
    const { k } = current();
    grid.style.gridTemplateColumns = `repeat(${k}, minmax(0, 1fr))`;
    cells.forEach((cell, i) => { cell.hidden = i >= k * k; });
  });
  const list = (good) => (words) => {
    const found = words.split(",").map(Number);
    return good(found) ? found : undefined;
  };
  const spec = {
    picture: oneOf(...PICTURE_NAMES.map(([name]) => name)), pixels: list(isDrawing), kernel: list(isKernel),
    stride: numberIn(1, 4, true), padding: numberIn(0, 4, true), dilation: numberIn(1, 3, true),
    flip: (words) => (words === "true" ? true : words === "false" ? false : undefined), step: numberIn(0, 1600, true) };
  const setting = (name, label, low, high) => slider(ui, {
    get: () => current().settings[name], set: (v) => ui.set({ [name]: v }) }, { label, min: low, max: high, step: 1 });

  const empty = h("div", { class: "dlw-row" }, button(
    ui, "Empty the drawing", () => ui.set({ pixels: new Array(OWN * OWN).fill(0) })));
  ui.refresh(() => { empty.hidden = !current().own; });

  ui.root.append(
    h("div", { class: "dlw-head" }, h("strong", {}, "Convolution stepper"), link(ui, spec)),
    h("div", { class: "dlw-controls" },
      select(ui, "picture", { label: "picture", options: PICTURE_NAMES }),
      select(ui, named, { label: "kernel", options })),
    h("div", { class: "dlw-cv-maps" }, input.host, output.host), empty, seen,
    player(ui, { last: () => current().last, label: "Position", seed: false }), sums.host,
    h("div", { class: "dlw-controls" },
      setting("stride", "stride", 1, 4), setting("padding", "padding", 0, 4), setting("dilation", "dilation", 1, 3),
      toggle(ui, "flip", { label: "turn the kernel first (convolution of mathematics)" })),
    fold("Change the numbers of the kernel", select(ui, size, {
      label: "size of the kernel", options: [[1, "1 × 1"], [3, "3 × 3"], [5, "5 × 5"]] }), grid),
    explain(...EXPLAINED));

  // Draw: from the model alone ------------------------------------------------------------------------------
  ui.start(() => {
    const { image, k, kernel, settings, Y, across, at, most } = current(), { padding, dilation } = settings;
    const terms = across ? productsAt(image, kernel, settings, at) : null;
    const sum = terms ? terms.reduce((total, { product }) => total + product, 0) : NaN;
    if (input.begin()) drawPicture(inPanel, { fig: input, X: image.X, n: image.n, padding, terms, dilation });
    if (output.begin()) drawResult(outPanel, { fig: output, Y, across, at, most });
    sums.host.hidden = !terms;
    if (terms && sums.begin()) {
      const heaviest = Math.max(1e-9, ...applied(kernel, false).map(Math.abs));
      drawProducts(sumPanel, { fig: sums, terms, sum, most: heaviest });
    }
    say(sentence({
      ...settings, across, n: image.n, k, at, sum, outside: terms?.filter(({ inside }) => !inside).length ?? 0 }));
  });
  return ui.end;
}

export default { render };
