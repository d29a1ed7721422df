// The parts of a widget that are not its picture: life and death, controls, readout. State lives in the model
// alone: a control shows a trait and sets it, and every change of the model leads to one draw in the next
// frame.

import { clamp } from "./num.mjs";
import { themed } from "./plot.mjs";

// An element: h("p", { class: "x", "aria-live": "polite" }, "text", child, ...).
export function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children);
  return node;
}

export const newId = () => `dlw-${Math.random().toString(36).slice(2, 10)}`;

// Writes only what differs, so that an unchanged page costs nothing.
export function setText(node, words) {
  if (node.textContent !== words) node.textContent = words;
}
export function setAttribute(node, name, value) {
  if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value);
}

// The life of one view. Everything that must be given back goes through listen() or defer(); end() gives it
// back.
export function mount(model, el, name, label) {
  const undo = [];
  const refreshers = [];
  let frame = 0;
  const root = h("div", { class: "dlw", role: "group", "aria-label": label, "data-dlw": name });
  root.dataset.lmSuppressShortcuts = "true";             // JupyterLab's own keys do not act inside the widget
  el.append(root);

  const ui = {
    model, root,
    get: (trait) => model.get(trait),
    set(changes, save = true) {
      for (const [trait, value] of Object.entries(changes)) model.set(trait, value);
      if (save) model.save_changes();
    },
    listen(target, type, listener, options) {
      target.addEventListener(type, listener, options);
      undo.push(() => target.removeEventListener(type, listener, options));
    },
    defer: (action) => undo.push(action),
    refresh: (action) => refreshers.push(action),         // runs before each draw
    redraw() { frame ||= requestAnimationFrame(paint); },
    start(draw) {
      refreshers.push(draw);
      model.on("change", ui.redraw);
      undo.push(() => model.off("change", ui.redraw));
      ui.redraw();
    },
    end() {
      while (undo.length) undo.pop()();
      cancelAnimationFrame(frame);
      root.remove();
    },
  };
  function paint() {
    frame = 0;
    if (!ui.colors.ink) ui.colors.read();                 // empty until the view is in the page
    for (const action of refreshers) action();
  }
  ui.colors = themed(ui);
  return ui;
}

// Controls --------------------------------------------------------------------------------------------------

// A control with its label in sight.
export function field(label, node, kind = "") {
  node.id ||= newId();
  return h("div", { class: `dlw-field ${kind}` }, h("label", { for: node.id }, label), node);
}

// What a control is bound to: the name of a trait, or its own { get, set }.
function bound(ui, source) {
  if (typeof source !== "string") return source;
  return { get: () => ui.get(source), set: (v) => ui.set({ [source]: v }) };
}

// A number to type: what is no number is put back, what is out of range is moved to its end.
export function entry(ui, source, { label, min, max, whole = false }) {
  const { get, set } = bound(ui, source);
  const node = h("input", { type: "number", step: "any", "aria-label": label });
  ui.listen(node, "change", () => {
    const wanted = node.valueAsNumber;
    if (Number.isFinite(wanted)) set(clamp(whole ? Math.round(wanted) : wanted, min(), max()));
    node.value = shown();
  });
  const shown = () => String(Number(get().toPrecision(5)));
  ui.refresh(() => { if (node !== document.activeElement) node.value = shown(); });        // not while typing
  return node;
}

// A labelled slider with a number entry, from min to max (numbers, or functions that give them). With `log`
// its way is even in powers of ten.
export function slider(ui, source, { label, min, max, step = 0.01, log = false, say = String }) {
  const { get, set } = bound(ui, source);
  const low = typeof min === "function" ? min : () => min, high = typeof max === "function" ? max : () => max;
  const to = (v) => (log ? Math.log10(v) : v), from = (p) => (log ? Number((10 ** p).toPrecision(3)) : p);
  const range = h("input", { type: "range", step: log ? 0.01 : step });
  ui.listen(range, "input", () => set(clamp(from(range.valueAsNumber), low(), high())));
  ui.refresh(() => {
    const value = get();
    setAttribute(range, "min", to(low()));
    setAttribute(range, "max", to(high()));
    if (from(range.valueAsNumber) !== value) range.value = to(value);
    setAttribute(range, "aria-valuetext", say(value));
  });
  const exact = entry(ui, source, {
    label: `${label}, exact number`, min: low, max: high, whole: step === 1 });
  const node = field(label, range, "dlw-slider");
  node.append(exact);
  return node;
}

// A labelled list of choices: options are [value, text] or, with a heading, [text, [[value, text], ...]].
export function select(ui, source, { label, options }) {
  const { get, set } = bound(ui, source);
  const list = h("select");
  const values = [];
  const option = ([value, words]) => h("option", { value: values.push(value) - 1 }, words);
  list.append(...options.map(([value, words]) => (
    Array.isArray(words) ? h("optgroup", { label: value }, ...words.map(option)) : option([value, words]))));
  ui.listen(list, "change", () => set(values[Number(list.value)]));
  ui.refresh(() => {
    const at = String(values.indexOf(get()));
    if (list.value !== at) list.value = at;
  });
  return field(label, list);
}

// A button; `keys` names the key that does the same, for screen readers and as a tip.
export function button(ui, label, act, { keys = null, ...attributes } = {}) {
  const node = h("button", {
    type: "button", ...attributes, "aria-keyshortcuts": keys, title: keys && `Key: ${keys}` }, label);
  ui.listen(node, "click", act);
  return node;
}

// A row of buttons of which at most one is pressed: options are [value, text].
export function choice(ui, { label, options, current, choose }) {
  const buttons = options.map(([value, words]) => button(ui, words, () => choose(value)));
  ui.refresh(() => {
    const now = current();
    options.forEach(([value], i) => setAttribute(buttons[i], "aria-pressed", value === now));
  });
  return h("div", { class: "dlw-choice", role: "group", "aria-label": label }, ...buttons);
}

// Mouse and touch along x in `host`: move(px) with each place; a touch may still scroll the page up and down.
export function draggable(ui, host, move, focus = null) {
  const drag = (event) => move(event.clientX - host.getBoundingClientRect().left);
  host.classList.add("dlw-draggable");
  ui.listen(host, "pointerdown", (event) => {
    if (event.button !== 0) return;
    host.setPointerCapture(event.pointerId);
    event.preventDefault();
    focus?.focus({ preventScroll: true });
    drag(event);
  });
  ui.listen(host, "pointermove", (event) => host.hasPointerCapture(event.pointerId) && drag(event));
}

// A point that is dragged along x: `host` takes mouse and touch, the handle in it the keys.
export function handle(ui, host, { label, range, get, set, invert, say }) {
  const grip = h("div", { class: "dlw-handle", role: "slider", tabindex: 0, "aria-label": label });
  const move = (x) => Number.isFinite(x) && set(clamp(x, ...range()));
  host.append(grip);
  draggable(ui, host, (px) => move(invert(px)), grip);
  ui.listen(grip, "keydown", (event) => {
    const [low, high] = range();
    const step = 10 ** (Math.round(Math.log10((high - low) / 100)) - (event.shiftKey ? 1 : 0));
    const to = {
      ArrowRight: get() + step, ArrowUp: get() + step, ArrowLeft: get() - step, ArrowDown: get() - step,
      PageUp: get() + 10 * step, PageDown: get() - 10 * step, Home: low, End: high }[event.key];
    if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    move(to);
  });
  // Puts the handle where the figure drew its point.
  return (px, py) => {
    const [low, high] = range();
    setAttribute(grip, "aria-valuemin", low);
    setAttribute(grip, "aria-valuemax", high);
    setAttribute(grip, "aria-valuenow", get());
    setAttribute(grip, "aria-valuetext", say());
    grip.style.transform = `translate(${px}px, ${py}px)`;
  };
}

// Words -----------------------------------------------------------------------------------------------------

const SETTLED = 500, PATIENCE = 4000;                    // milliseconds

// What the picture shows, in words. The visible text follows each draw; a screen reader hears it once it has
// settled, or every few seconds while it keeps changing.
export function readout(ui) {
  const seen = h("p", { class: "dlw-readout" });
  const heard = h("p", { class: "dlw-hidden", role: "status", "aria-live": "polite" });
  let timer = 0, last = null;
  const speak = () => {
    last = performance.now();
    setText(heard, seen.textContent);
  };
  ui.defer(() => clearTimeout(timer));
  ui.root.append(heard);
  const say = (words) => {
    if (seen.textContent === words) return;
    const first = last === null;
    if (first) last = performance.now();
    seen.textContent = words;
    clearTimeout(timer);
    if (first) return;                                    // nobody asked yet
    timer = setTimeout(speak, clamp(last + PATIENCE - performance.now(), 0, SETTLED));
  };
  return [seen, say];
}

// Text with raised parts, written e^{x}, as nodes for append().
export const raised = (words) => (
  words.split(/\^\{([^}]*)\}/).map((part, i) => (i % 2 ? h("sup", {}, part) : part)));

export function explain(...paragraphs) {
  return h("details", { class: "dlw-explain" }, h("summary", {}, "What am I seeing?"),
    ...paragraphs.map((words) => h("p", {}, words)));
}
