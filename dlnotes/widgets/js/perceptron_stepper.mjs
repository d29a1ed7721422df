// The view of PerceptronStepper: points of two classes, and the learning algorithm mistake by mistake.

import {
  MOST, PRESETS, REACH, maxMargin, meeting, orderOf, run, snap,
} from "./perceptron_stepper.core.mjs";
import { drawLengths, drawWay } from "./perceptron_stepper.charts.mjs";
import { drawPlane } from "./perceptron_stepper.draw.mjs";
import { EDITED, editor } from "./perceptron_stepper.points.mjs";
import { script } from "./perceptron_stepper.python.mjs";
import { EXPLAINED, STORIES, facts, headline, sentence } from "./perceptron_stepper.text.mjs";
import { clamp } from "./lib/num.mjs";
import { Panel, Scale, figure } from "./lib/plot.mjs";
import {
  button, choice, draggable, explain, fold, h, mount, readout, setAttribute, setText, toggle,
} from "./lib/ui.mjs";
import { link, numberIn, oneOf } from "./lib/link.mjs";
import { player } from "./lib/player.mjs";
import { pythonButtons } from "./lib/python.mjs";

const TURN = 260;                                         // milliseconds for the line to turn
const LINKED = 200;                                       // points that an address may hold

// Everything that belongs to the points and their order.
function solve(points, seed) {
  const N = points.length / 3, made = run(points, orderOf(seed, N));
  const margin = N ? maxMargin(points) : { gamma: 0, upper: 0, R: 0, u: [0, 0, 0], rows: [], weights: [] };
  const each = (value) => Float64Array.from({ length: made.length + 1 }, (_, k) => value(k));
  const { W } = made;
  const xs = each((k) => W[3 * k]), ys = each((k) => W[3 * k + 1]);
  return {
    points, N, run: made, margin, xs, ys,
    norms: each((k) => Math.hypot(W[3 * k], W[3 * k + 1], W[3 * k + 2])),
    numbers: each((k) => k), wrong: each((k) => made.wrong[k]), best: each((k) => made.wrong[made.best[k]]),
    box: [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)],
    steps: new Float64Array(101), upper: new Float64Array(101),
    meet: N && !margin.gamma ? meeting(points, margin) : null,
    twins: margin.gamma ? null : twins(points, N) };
}

// Two points of different classes in one place, or null.
function twins(points, N) {
  const seen = new Map();
  for (let i = 0; i < N; i++) {
    const key = 1e4 * points[3 * i] + points[3 * i + 1], other = seen.get(key);
    if (other !== undefined && points[3 * other + 2] !== points[3 * i + 2]) return [other, i];
    if (other === undefined) seen.set(key, i);
  }
  return null;
}

// "x,y,class,x,y,class,..." of an address; undefined for anything else.
function pointsIn(words) {
  if (words === "") return [];
  const list = words.split(",").map((word) => (word.trim() ? Number(word) : NaN));
  const fits = (v, i) => (i % 3 === 2 ? v === 1 || v === -1 : Math.abs(v) <= REACH);
  if (list.length % 3 || list.length > 3 * LINKED || !list.every(fits)) return undefined;
  return list.map((v, i) => (i % 3 === 2 ? v : snap(v)));
}

function render({ model, el }) {
  const ui = mount(model, el, "perceptron_stepper", "Perceptron stepper");
  const get = ui.get;

  let state = null, points = null, seed = null, furthest = 0;
  function current() {
    if (points !== get("points") || seed !== get("seed")) {
      [points, seed, before, furthest] = [get("points"), get("seed"), -1, 0];
      state = solve(points, seed);
    }
    return state;
  }
  const last = () => current().run.length;
  const shown = () => Math.min(get("step"), last());
  // How many mistakes the reader has seen of this run: how long it is, is not told before.
  const reached = () => (last(), furthest = Math.max(furthest, shown()));

  // The line turns from step to step; it jumps where the reader prefers less motion, or plays fast.
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const from = new Float64Array(3), w = new Float64Array(3);
  let before = -1, began = 0;
  function turn(k) {
    const { W } = state.run, now = performance.now();
    if (k !== before) {
      const slow = before >= 0 && Math.abs(k - before) === 1 && get("speed") <= 5 && !calm.matches;
      from.set(w);
      began = slow ? now : -Infinity;
      before = k;
    }
    const part = clamp((now - began) / TURN, 0, 1), eased = part === 1 ? 1 : part * part * (3 - 2 * part);
    for (let d = 0; d < 3; d++) {
      w[d] = eased === 1 ? W[3 * k + d] : from[d] + eased * (W[3 * k + d] - from[d]);
    }
    if (part < 1) ui.redraw();
  }

  // Page ----------------------------------------------------------------------------------------------------
  const place = (kind, label) => figure(ui, h("div", { class: `dlw-figure dlw-ps-${kind}` }), label);
  const plane = place("plane", "Points of two classes and the perceptron's line");
  const way = place("way", "The way of the two weights");
  const time = place("time", "Length of the weights between its bounds, and wrong points, over the mistakes");
  const x = new Scale();
  const panel = new Panel(plane), path = new Panel(way);
  const lengths = new Panel(time, x), wrongs = new Panel(time, x);
  const badge = h("strong", { class: "dlw-ps-head" });
  const table = h("dl", {}), note = h("p", { class: "dlw-ps-note" });
  const [seen, say] = readout(ui);
  let label = 1;
  const edit = editor(ui, plane.host, panel, () => label);
  draggable(ui, time.host, (px) => ui.set({ step: clamp(Math.round(x.invert(px)), 0, reached()) }));
  const spec = {
    points: pointsIn, seed: numberIn(0, 2 ** 31 - 1, true), step: numberIn(0, MOST, true),
    pocket: oneOf(true, false), widest: oneOf(true, false) };
  const share = link(ui, spec), add = button(ui, "New point", edit.fresh);
  const flip = button(ui, "Change class", edit.flip), drop = button(ui, "Delete", edit.remove);
  ui.root.append(
    h("div", { class: "dlw-head" }, h("strong", {}, "Perceptron stepper"), share),
    choice(ui, {
      label: "Sets of points", options: Object.entries(STORIES),
      choose: (name) => ui.set({ points: [...PRESETS[name]], step: 0, seed: 0 }),
      current: () => Object.keys(PRESETS).find((name) => String(PRESETS[name]) === String(get("points"))) }),
    badge,
    h("div", { class: "dlw-columns dlw-ps-columns" },
      h("div", { class: "dlw-side" }, plane.host,
        h("div", { class: "dlw-ps-place" },
          choice(ui, {
            label: "Class of new points", options: [[1, "Place +"], [-1, "Place −"]],
            choose: (value) => { label = value; ui.redraw(); }, current: () => label }), drop),
        player(ui, { last, reached, label: "Mistakes" })),
      h("div", { class: "dlw-side" },
        h("div", { class: "dlw-card" }, seen, table, note),
        h("div", { class: "dlw-row dlw-ps-tools", role: "group", "aria-label": "More for points" },
          add, flip, button(ui, "Clear", edit.clear)),
        h("div", { class: "dlw-row dlw-ps-shown", role: "group", "aria-label": "Show" },
          toggle(ui, "pocket", { label: "pocket" }), toggle(ui, "widest", { label: "widest margin" })),
        way.host)),
    time.host,
    fold("This run as Python", h("div", { class: "dlw-row" },
      ...pythonButtons(ui, (library) => script(library, get("points"), get("seed"))))),
    explain(...EXPLAINED));

  // Draw ----------------------------------------------------------------------------------------------------
  const rows = [];
  function fill(list) {
    while (rows.length < list.length) {
      rows.push([h("dt"), h("dd")]);
      table.append(...rows.at(-1));
    }
    rows.forEach(([name, value], i) => {
      name.hidden = value.hidden = i >= list.length;
      if (i < list.length) [name, value].forEach((node, part) => setText(node, list[i][part]));
    });
  }

  function draw() {
    const { N } = current(), k = shown(), [words, mood] = headline(state, k);
    turn(k);
    setText(badge, words);
    setAttribute(badge, "data-mood", mood);
    say(sentence(state, k));
    fill(facts(state, k));
    setText(note, edit.free() ? (N === EDITED ? `${EDITED} points are the most to place by hand.` : "")
      : `${N.toLocaleString("en")} points: too many to move by hand (at most ${EDITED}).`);
    note.hidden = !note.textContent;
    add.disabled = N >= EDITED;
    flip.disabled = drop.disabled = edit.selected() < 0;
    share.disabled = N > LINKED;
    if (plane.begin()) {
      drawPlane(panel, state, k, w, {
        selected: edit.selected(), pocket: get("pocket"), widest: get("widest") });
      edit.place();
    }
    if (way.begin()) drawWay(path, state, k, w);
    if (time.begin()) drawLengths(lengths, wrongs, state, k, reached());
  }

  ui.start(draw);
  return ui.end;
}

export default { render };
