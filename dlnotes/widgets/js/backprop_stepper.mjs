// The view of BackpropStepper: a formula of the reader's as a graph, values forward, gradients backward.

import { central, compute, partial, schedule, uses } from "./backprop_stepper.core.mjs";
import { picture } from "./backprop_stepper.draw.mjs";
import { MOST, tryParse } from "./backprop_stepper.parser.core.mjs";
import { script } from "./backprop_stepper.python.mjs";
import { EXPLAINED, PRESETS, STORIES, sentence, show, trouble, verdict } from "./backprop_stepper.text.mjs";
import { clamp } from "./lib/num.mjs";
import {
  area, explain, h, message, mount, readout, select, setAttribute, setText, slider,
} from "./lib/ui.mjs";
import { link, numberIn } from "./lib/link.mjs";
import { player } from "./lib/player.mjs";
import { pythonButtons } from "./lib/python.mjs";

const RANGE = 10, START = 1, PATIENCE = 500;              // milliseconds before a mistake is pointed at
const PLACES = Array.from({ length: MOST.variables }, (_, i) => i);
const isValue = (v) => Number.isFinite(v) && Math.abs(v) <= RANGE;

function render({ model, el }) {
  const ui = mount(model, el, "backprop_stepper", "Backprop stepper");
  const get = ui.get;

  // The last good graph and what was computed from it -------------------------------------------------------
  let graph = tryParse(PRESETS.product.expression).graph, steps = schedule(graph), names = [];
  let accepted = null, x = null, pass = null, checks = null, draft = null, mistake = null, timer = 0;
  const remembered = new Map();                           // values of names, also of those that are gone

  function current() {
    const expression = get("expression");
    if (expression !== accepted) {
      accepted = expression;
      const read = tryParse(expression);
      if (read.graph) adopt(read.graph);
      if (draft !== null && draft !== expression) draft = null;
      mistake = read.error;
    }
    const given = get("values") ?? [];
    const next = names.map((_, i) => (isValue(given[i]) ? given[i] : START));
    if (!x || next.some((v, i) => v !== x[i])) {
      x = next;
      names.forEach((name, i) => remembered.set(name, x[i]));
      pass = compute(graph, x);
      checks = central(graph, x);
    }
  }
  function adopt(next) {
    graph = next;
    steps = schedule(graph);
    names = graph.variables.map((i) => graph.nodes[i].name);
    x = null;
  }
  const last = () => { current(); return steps.length - 1; };
  const shown = () => clamp(get("step"), 0, last());

  // The reader's text: it is parsed at each key, and stays as it is when it is wrong.
  function type(text) {
    const read = tryParse(text);
    draft = text;
    clearTimeout(timer);
    timer = setTimeout(() => { mistake = read.error; ui.redraw(); }, read.error ? PATIENCE : 0);
    if (!read.graph) return;
    const atEnd = shown() === last();
    const own = read.graph.variables.map((i) => remembered.get(read.graph.nodes[i].name) ?? START);
    ui.set({ expression: text, values: own, step: atEnd ? schedule(read.graph).length - 1 : 0 });
  }
  ui.defer(() => clearTimeout(timer));

  // Page: built once ----------------------------------------------------------------------------------------
  const host = h("div", { class: "dlw-bp-graph", tabindex: 0, role: "group", "aria-label": "Graph" });
  const graphic = picture(host);
  const observer = new ResizeObserver(() => ui.redraw());
  observer.observe(host);
  ui.defer(() => observer.disconnect());
  const [wrong, complain] = message(ui);
  const [odd, warn] = message(ui);
  wrong.classList.add("dlw-bp-mistake");
  const [seen, say] = readout(ui);
  const text = area(ui, { get: () => draft ?? get("expression"), set: type }, { label: "formula", rows: 2 });
  const preset = {
    get: () => Object.keys(PRESETS).find((name) => (
      PRESETS[name].expression === get("expression")
      && PRESETS[name].values.every((v, i) => v === x?.[i]))) ?? null,
    set: (name) => {
      draft = null;
      mistake = null;
      clearTimeout(timer);
      if (name) ui.set({ ...PRESETS[name], step: 0 });
    } };
  const spec = {
    expression: (words) => (tryParse(words).graph ? words : undefined),
    values: (words) => {
      const sent = words.split(",").map((word) => (word.trim() ? Number(word) : NaN));
      return sent.length <= MOST.variables && sent.every(isValue) ? sent : undefined;
    },
    step: numberIn(0, 200, true) };
  const sliders = PLACES.map((i) => slider(ui, {
    get: () => x?.[i] ?? START,
    set: (v) => ui.set({ values: x.map((old, j) => (j === i ? v : old)) }),
  }, { label: `variable ${i + 1}`, min: -RANGE, max: RANGE }));
  const rows = PLACES.map(() => [h("th", { scope: "row" }), h("td"), h("td"), h("td")]);
  const heads = ["variable", "gradient", "central difference", ""].map((words) => (
    h("th", { scope: "col" }, words)));
  const table = h("table", { class: "dlw-bp-table" },
    h("caption", { class: "dlw-hidden" }, "Gradients by backpropagation and by central differences"),
    h("thead", {}, h("tr", {}, ...heads)), h("tbody", {}, ...rows.map((cells) => h("tr", {}, ...cells))));
  const example = select(ui, preset, {
    label: "example", options: [...Object.entries(STORIES), [null, "your own formula"]] });
  ui.root.append(
    h("div", { class: "dlw-head" }, h("strong", {}, "Backprop stepper"), link(ui, spec)),
    h("div", { class: "dlw-controls" }, example, text), wrong, host,
    h("p", { class: "dlw-bp-legend" }, h("span", {}, "value"), h("span", {}, "∂ gradient"),
      h("span", {}, "local derivative, on the arrow")),
    seen, odd, player(ui, { last, label: "Step", seed: false }),
    h("div", { class: "dlw-controls" }, ...sliders), table, explain(...EXPLAINED));
  ui.root.append(h("div", { class: "dlw-row" }, ...pythonButtons(ui, (library) => {
    current();
    return script(library, graph, x);
  })));                                                   // last: where nothing can be copied, it is shown below
  ui.listen(host, "click", ({ target }) => {
    const { node, child, slot } = target.closest("[data-node], [data-child]")?.dataset ?? {};
    const wanted = node ? ["forward", Number(node), -1] : ["backward", Number(child), Number(slot)];
    const step = steps.findIndex((s) => s.every((part, i) => part === wanted[i]));
    if (step > 0) ui.set({ step });
  });

  // Draw: from the model and the draft alone ----------------------------------------------------------------
  function draw() {
    current();
    const step = shown(), state = partial(graph, pass, steps, step), done = steps[step][0] === "check";
    complain(mistake && `${mistake.message}\n${mistake.shown}`);
    setAttribute(text.querySelector("textarea"), "aria-invalid", Boolean(mistake));
    warn(state.known.at(-1) ? trouble(graph, pass) : null);
    say(sentence(graph, x, pass, steps, step));
    const sent = new Set(steps.slice(0, step + 1).flatMap(([kind, i, slot]) => (
      kind === "backward" ? `${i} ${slot}` : [])));
    const needed = uses(graph);
    graphic.set(graph);
    graphic.update(pass, state, needed, steps[step], sent);
    setText(heads[1], `∂${graph.nodes.at(-1).name}/∂·`);
    PLACES.forEach((i) => drawVariable(i, state, needed, done));
  }

  function drawVariable(i, { grads, parts }, needed, done) {
    const there = i < names.length, node = graph.variables[i], cells = rows[i];
    cells[0].parentNode.hidden = sliders[i].hidden = !there;
    if (!there) return;
    setText(sliders[i].querySelector("label"), names[i]);
    setAttribute(sliders[i].querySelector("input[type=number]"), "aria-label", `${names[i]}, exact number`);
    setText(cells[0], `${names[i]} = ${show(x[i])}`);
    const more = parts[node] < needed[node] ? " + …" : "";
    setText(cells[1], parts[node] ? show(grads[node]) + more : "");
    setText(cells[2], done ? show(checks[i][0]) : "");
    const words = done ? verdict(grads[node], checks[i]) : "";
    setText(cells[3], words);
    setAttribute(cells[3], "data-good", words === "agrees");
  }

  ui.start(draw);
  return ui.end;
}

export default { render };
