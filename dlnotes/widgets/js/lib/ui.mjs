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
  const refreshers = [], draws = [];
  let frame = 0, begun = -1;
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
    start(...pictures) {                                  // controls in the first frame, then a picture in each
      draws.push(...pictures);
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
    if (begun < draws.length) {                           // no long task at the start
      draws[begun++]?.();
      ui.redraw();
    } else for (const draw of draws) draw();
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
  const take = () => {
    const wanted = node.valueAsNumber;
    if (Number.isFinite(wanted)) set(clamp(whole ? Math.round(wanted) : wanted, min(), max()));
    node.value = shown();
  };
  ui.listen(node, "change", take);
  ui.listen(node, "keydown", (event) => event.key === "Enter" && take());      // JupyterLab keeps Enter's change
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

// A box to tick.
export function toggle(ui, source, { label }) {
  const { get, set } = bound(ui, source);
  const box = h("input", { type: "checkbox" });
  ui.listen(box, "change", () => set(box.checked));
  ui.refresh(() => { if (box.checked !== Boolean(get())) box.checked = Boolean(get()); });
  return h("label", { class: "dlw-toggle" }, box, h("span", {}, label));
}

// A box for text of one or more lines, heard while the reader types. What he has typed is never taken away:
// it is renewed from the model only while the box has no focus.
export function area(ui, source, { label, rows = 1, placeholder = null, most = 1e6 }) {
  const { get, set } = bound(ui, source);
  const node = h(rows > 1 ? "textarea" : "input", {
    rows: rows > 1 ? rows : null, type: rows > 1 ? null : "text", placeholder, maxlength: most,
    spellcheck: "false", autocomplete: "off", autocapitalize: "off" });
  ui.listen(node, "input", () => set(node.value));
  ui.refresh(() => { if (node !== document.activeElement && node.value !== get()) node.value = get(); });
  return field(label, node, "dlw-text");
}

// A line for what went wrong, read out at once; no words, no line: [node, warn].
export function message(ui) {
  const node = h("p", { class: "dlw-message", role: "alert", hidden: true });
  const warn = (words) => {
    setText(node, words ?? "");
    if (node.hidden !== !words) node.hidden = !words;
  };
  return [node, warn];
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

// Mouse and touch in the plane: start(px, py, event) may return false to leave a gesture alone, then move for
// each place, end at the last. A finger that starts here draws and does not scroll the page.
export function pad(ui, host, { start = () => true, move, end = () => {}, focus = null }) {
  let pointer = null;
  const at = (event) => {
    const box = host.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  host.classList.add("dlw-pad");
  ui.listen(host, "pointerdown", (event) => {
    if (event.button !== 0 || pointer !== null || start(...at(event), event) === false) return;
    pointer = event.pointerId;
    host.setPointerCapture(pointer);
    event.preventDefault();
    focus?.focus({ preventScroll: true });
    move(...at(event), event);
  });
  ui.listen(host, "pointermove", (event) => event.pointerId === pointer && move(...at(event), event));
  for (const type of ["pointerup", "pointercancel"]) {
    ui.listen(host, type, (event) => {
      if (event.pointerId !== pointer) return;
      pointer = null;
      end(...at(event), event);
    });
  }
}

// A point in the plane: its grip takes mouse, touch and arrow keys (with shift finer, Page up/down ten times
// in y, Home and End in x). range() gives [xLow, xHigh, yLow, yHigh], get() and set([x, y]) the point,
// invert(px, py) its place in the figure. Returns place(px, py).
export function handle2d(ui, host, { label, range, get, set, invert, say }) {
  const grip = h("div", {
    class: "dlw-handle", role: "slider", tabindex: 0, "aria-label": label,
    "aria-roledescription": "point in the plane: arrow keys move it" });
  const move = ([x, y]) => {
    const [xLow, xHigh, yLow, yHigh] = range();
    if (Number.isFinite(x + y)) set([clamp(x, xLow, xHigh), clamp(y, yLow, yHigh)]);
  };
  host.append(grip);
  pad(ui, grip, {
    move: (_, __, event) => {
      const box = host.getBoundingClientRect();
      move(invert(event.clientX - box.left, event.clientY - box.top));
    },
    focus: grip });
  ui.listen(grip, "keydown", (event) => {
    const [xLow, xHigh, yLow, yHigh] = range(), [x, y] = get(), fine = event.shiftKey ? 500 : 50;
    const dx = (xHigh - xLow) / fine, dy = (yHigh - yLow) / fine;
    const to = {
      ArrowRight: [x + dx, y], ArrowLeft: [x - dx, y], ArrowUp: [x, y + dy], ArrowDown: [x, y - dy],
      PageUp: [x, y + 10 * dy], PageDown: [x, y - 10 * dy], Home: [xLow, y], End: [xHigh, y] }[event.key];
    if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    move(to);
  });
  return (px, py) => {
    const [xLow, xHigh] = range();
    setAttribute(grip, "aria-valuemin", xLow);
    setAttribute(grip, "aria-valuemax", xHigh);
    setAttribute(grip, "aria-valuenow", get()[0]);
    setAttribute(grip, "aria-valuetext", say());
    grip.style.transform = `translate(${px}px, ${py}px)`;
  };
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

// Copying and room ------------------------------------------------------------------------------------------

// A button that copies words(); where the browser gives no clipboard (a page from a folder), the words are
// shown, chosen, to be copied by hand.
export function copyText(ui, label, words, done = "Copied") {
  let timer = 0;
  const shown = h("textarea", {
    class: "dlw-copied", readonly: true, rows: 8, hidden: true, "aria-label": `${label}: the text` });
  async function copy() {
    const text = words();
    const copied = await navigator.clipboard?.writeText(text).then(() => true, () => false);
    shown.hidden = Boolean(copied);
    if (!copied) {
      shown.value = text;
      shown.select();
    }
    setText(node, copied ? done : "Shown below");
    clearTimeout(timer);
    timer = setTimeout(() => setText(node, label), 3000);
  }
  const node = button(ui, label, copy, { class: "dlw-quiet" });
  ui.defer(() => clearTimeout(timer));
  ui.root.append(shown);
  return node;
}

// A button that gives the widget the whole screen, where the browser can.
export function fullScreen(ui) {
  const node = button(ui, "Full screen", () => {
    if (document.fullscreenElement) document.exitFullscreen();
    else ui.root.requestFullscreen();
  }, { class: "dlw-quiet", hidden: !document.fullscreenEnabled });
  ui.listen(document, "fullscreenchange", () => {
    setText(node, document.fullscreenElement === ui.root ? "Leave full screen" : "Full screen");
    ui.redraw();
  });
  return node;
}

// A part that is folded away at first.
export const fold = (words, ...nodes) => (
  h("details", { class: "dlw-explain" }, h("summary", {}, words), ...nodes));

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

export const explain = (...paragraphs) => (
  fold("What am I seeing?", ...paragraphs.map((words) => h("p", {}, words))));
