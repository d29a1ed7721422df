// The graph as an SVG image: boxes with value and gradient, arrows with their local derivative. Left to right
// where there is room, else from top to bottom.

import { layout } from "./backprop_stepper.layout.mjs";
import { show, title } from "./backprop_stepper.text.mjs";
import { newId, setAttribute, setText } from "./lib/ui.mjs";

const HIGH = 62;                                          // a box, in pixels
const ACROSS = { wide: 104, cell: [164, 78], vertical: false };
const DOWN = { wide: 100, cell: [108, 100], vertical: true };
const NARROW = 620, SMALLEST = 0.76, GREATEST = 1.15;    // width that turns the graph; scale

const brief = (v, none = "no number") => (Number.isNaN(v) ? none : show(v));

function element(parent, tag, attributes, words = "") {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.textContent = words;
  parent.append(node);
  return node;
}

// A picture in `host`: set(graph) builds it anew, update(...) shows one step.
export function picture(host) {
  const heads = { forward: newId(), backward: newId() };
  let graph = null, width = 0, parts = null;

  function set(next) {
    if (next === graph && host.clientWidth === width) return;
    if (!host.clientWidth) return;
    [graph, width] = [next, host.clientWidth];
    parts = build(host, graph, width, heads);
  }
  return { set, update: (...state) => parts && update(host, parts, ...state) };
}

function build(host, graph, width, heads) {
  const { at, edges } = layout(graph);
  const look = width < NARROW ? DOWN : ACROSS, { wide } = look;
  const spot = ([column, row]) => {
    const [x, y] = look.vertical ? [row, column] : [column, row];
    return [x * look.cell[0] + wide / 2 + 6, y * look.cell[1] + HIGH / 2 + 6];
  };
  const spots = at.map(spot), all = [...spots, ...edges.flatMap(({ stops }) => stops.map(spot))];
  const size = [0, 1].map((axis) => Math.max(...all.map((s) => s[axis])) + [wide, HIGH][axis] / 2 + 6);
  const scale = Math.min(Math.max((width - 2) / size[0], SMALLEST), GREATEST);
  host.replaceChildren();
  const svg = element(host, "svg", {
    viewBox: `0 0 ${size.join(" ")}`, width: size[0] * scale, height: size[1] * scale,
    "aria-hidden": "true" });
  for (const [kind, id] of Object.entries(heads)) head(svg, id, kind);
  const arrows = edges.map((edge) => (
    arrow(svg, edge, edge.stops.map(spot), entry(edges, edge), look.vertical, wide)));
  const labels = arrows.map(({ edge, label }) => element(svg, "text", {
    class: "dlw-bp-slope", ...label, "data-child": edge.child, "data-slot": edge.slot }));
  const boxes = graph.nodes.map((_, i) => box(svg, graph, i, spots[i], wide));
  return { graph, heads, arrows, labels, boxes, spots, scale };
}

function head(svg, id, kind) {
  const marker = element(svg, "marker", {
    id, viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 9, markerHeight: 9, markerUnits: "userSpaceOnUse",
    orient: "auto-start-reverse" });
  element(marker, "path", { d: "M0,0 L8,4 L0,8 z", class: `dlw-bp-head-${kind}` });
}

// How far from the middle of its child an edge ends, -1/2 to 1/2: in the order in which the edges come in.
function entry(edges, edge) {
  const row = ({ stops }) => stops[1][1];
  const into = edges.filter(({ child }) => child === edge.child);
  into.sort((a, b) => row(a) - row(b) || a.slot - b.slot);
  return into.indexOf(edge) - (into.length - 1) / 2;
}

// A curve from the parent (last stop) over the bends to the child (first), and the place of its label.
function arrow(svg, edge, stops, shift, vertical, wide) {
  const reach = vertical ? HIGH / 2 : wide / 2, main = vertical ? 1 : 0;
  const points = stops.map((stop) => [stop[main], stop[1 - main]]);
  points[0][1] += (vertical ? 40 : 28) * shift;
  points.reverse();
  const pair = (m, c) => (vertical ? `${c},${m}` : `${m},${c}`);
  let path = "", end = null;
  for (let i = 0; i + 1 < points.length; i++) {
    const m0 = points[i][0] + reach, c0 = points[i][1];
    const m1 = points[i + 1][0] - reach, c1 = points[i + 1][1], half = (m1 - m0) / 2;
    end = [m1, c1];
    path += `${i ? "L" : "M"}${pair(m0, c0)} C${pair(m0 + half, c0)} ${pair(m1 - half, c1)} ${pair(m1, c1)} `;
  }
  const line = element(svg, "path", { d: path, class: "dlw-bp-edge" });
  element(svg, "path", { d: path, class: "dlw-bp-grip", "data-child": edge.child, "data-slot": edge.slot });
  const side = vertical && shift ? 6 * Math.sign(shift) : 0;
  const label = vertical ? { x: end[1] + side, y: end[0] - 13, "data-side": Math.sign(side) }
    : { x: end[0] - 10, y: end[1] - 5, "data-side": -1 };
  return { edge, line, label };
}

function box(svg, graph, i, [x, y], wide) {
  const group = element(svg, "g", { class: "dlw-bp-box", "data-node": i });
  element(group, "rect", { x: x - wide / 2, y: y - HIGH / 2, width: wide, height: HIGH, rx: 7 });
  const words = title(graph, i);
  const name = element(group, "text", { x, y: y - 12, class: "dlw-bp-name" }, words);
  if (words.length > wide / 7.4) {
    name.setAttribute("textLength", wide - 10);
    name.setAttribute("lengthAdjust", "spacingAndGlyphs");
  }
  return {
    group, value: element(group, "text", { x, y: y + 7, class: "dlw-bp-value" }),
    grad: element(group, "text", { x, y: y + 24, class: "dlw-bp-grad" }) };
}

// One step: what is known, how many parts each gradient will have, and what is happening now.
function update(host, { graph, heads, arrows, labels, boxes, spots, scale }, pass, state, needed, now, sent) {
  const { known, grads, parts } = state, [kind, active, activeSlot] = now;
  boxes.forEach(({ group, value, grad }, i) => {
    setAttribute(group, "data-state", i === focus(graph, now) ? "now" : known[i] ? "known" : "open");
    setText(value, known[i] ? brief(pass.values[i]) : "");
    setText(grad, !parts[i] ? "" : `∂ ${brief(grads[i])}${parts[i] < needed[i] ? " + …" : ""}`);
  });
  arrows.forEach(({ edge: { child, slot }, line }, k) => {
    const here = child === active && (kind === "forward" || (kind === "backward" && slot === activeSlot));
    const back = sent.has(`${child} ${slot}`);
    setAttribute(line, "data-state", back ? "sent" : known[child] ? "known" : "open");
    setAttribute(line, "data-now", here);
    setAttribute(line, "marker-end", back ? "none" : `url(#${heads.forward})`);
    setAttribute(line, "marker-start", back ? `url(#${heads.backward})` : "none");
    setText(labels[k], known[child] ? brief(pass.slopes[2 * child + slot], "NaN") : "");
    setAttribute(labels[k], "data-now", here);
  });
  const i = focus(graph, now);
  if (i >= 0) bring(host, spots[i].map((p) => p * scale));
}

// The box in which something happens.
const focus = (graph, [kind, i, slot]) => (kind === "backward" ? graph.nodes[i].args[slot] : i);

// Scrolls the picture, never the page.
function bring(host, [x, y]) {
  const room = 90;
  if (x < host.scrollLeft + room) host.scrollLeft = x - room;
  if (x > host.scrollLeft + host.clientWidth - room) host.scrollLeft = x - host.clientWidth + room;
  if (y < host.scrollTop + room) host.scrollTop = y - room;
  if (y > host.scrollTop + host.clientHeight - room) host.scrollTop = y - host.clientHeight + room;
}
