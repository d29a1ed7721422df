// Editing a graph: pure functions on { places, edges, labels, truth }, and the hand (mouse, finger, keys) that
// calls them.

import { MOST, MOST_EDGES } from "./graphs.core.mjs";
import { clamp } from "./lib/num.mjs";
import { h, pad, setAttribute } from "./lib/ui.mjs";

const neat = (v) => Math.round(clamp(v, 0, 1) * 1000) / 1000;
const put = (list, i, value) => list.map((old, k) => (k === i ? value : old));

export const moved = (graph, i, x, y) => (
  { ...graph, places: put(put(graph.places, 2 * i, neat(x)), 2 * i + 1, neat(y)) });

/** With one node more, the last; the graph itself if it has MOST. */
export const withNode = (graph, x, y) => (graph.labels.length >= MOST ? graph : {
  places: [...graph.places, neat(x), neat(y)], edges: graph.edges, labels: [...graph.labels, -1],
  truth: [...graph.truth, -1] });

/** Without node i and its edges; the later nodes move up by one. The last node stays. */
export function withoutNode(graph, i) {
  if (graph.labels.length < 2) return graph;
  const edges = [];
  for (let k = 0; k < graph.edges.length; k += 2) {
    const ends = [graph.edges[k], graph.edges[k + 1]];
    if (!ends.includes(i)) edges.push(...ends.map((j) => (j > i ? j - 1 : j)));
  }
  const rest = (list) => list.filter((_, k) => k !== i);
  return { places: graph.places.filter((_, k) => k >> 1 !== i), edges, labels: rest(graph.labels), truth: rest(graph.truth) };
}

/** The place of the edge i-j in the list, or -1. */
export function edgeAt({ edges }, i, j) {
  for (let k = 0; k < edges.length; k += 2) {
    if (Math.min(i, j) === Math.min(edges[k], edges[k + 1]) && Math.max(i, j) === Math.max(edges[k], edges[k + 1])) return k;
  }
  return -1;
}

/** With the edge i-j, or without it if it was there. */
export function toggled(graph, i, j) {
  const k = edgeAt(graph, i, j);
  if (k >= 0) return { ...graph, edges: graph.edges.filter((_, m) => m >> 1 !== k >> 1) };
  return i === j || graph.edges.length >= 2 * MOST_EDGES ? graph : { ...graph, edges: [...graph.edges, i, j] };
}

export const labelled = (graph, i, label) => ({ ...graph, labels: put(graph.labels, i, label) });

/** The node nearest to a pixel, if it is within `reach`; at(i) gives a node's pixel. */
export function nearestNode(N, at, px, py, reach) {
  let best = -1, least = reach;
  for (let i = 0; i < N; i++) {
    const [x, y] = at(i), away = Math.hypot(x - px, y - py);
    if (away < least) [best, least] = [i, away];
  }
  return best;
}

/** The edge [i, j] nearest to a pixel, if it is within `reach`, else null. */
export function nearestEdge(edges, at, px, py, reach) {
  let best = null, least = reach;
  for (let k = 0; k < edges.length; k += 2) {
    const [ax, ay] = at(edges[k]), [bx, by] = at(edges[k + 1]), length = (bx - ax) ** 2 + (by - ay) ** 2;
    const t = length > 0 ? clamp(((px - ax) * (bx - ax) + (py - ay) * (by - ay)) / length, 0, 1) : 0;
    const away = Math.hypot(ax + t * (bx - ax) - px, ay + t * (by - ay) - py);
    if (away < least) [best, least] = [[edges[k], edges[k + 1]], away];
  }
  return best;
}

const REACH = 24;

/**
 * Mouse, finger and keys on the picture.
 *
 * @param view at(i): pixel of a node; invert(px, py): [x, y]; get(): the graph; set(graph, node, done);
 *   node(): the picked one; tool(): "move", "add", "connect" or "remove"; pulled(from, px, py): an edge being drawn
 * @returns place(): puts the grip on the picked node
 */
export function hand(ui, host, view) {
  const grip = h("div", { class: "dlw-handle dlw-mp-grip", role: "slider", tabindex: 0, "aria-valuemin": 0 });
  let held = -1, from = -1, down = null;
  host.append(grip);
  const hit = (px, py) => nearestNode(view.get().labels.length, view.at, px, py, REACH);

  function start(px, py) {
    const graph = view.get(), i = hit(px, py), tool = view.tool();
    grip.focus({ preventScroll: true });
    held = -1;
    down = [px, py];
    if (tool === "add" && i < 0) {
      view.set(withNode(graph, ...view.invert(px, py)), graph.labels.length);
      held = view.get().labels.length > graph.labels.length ? graph.labels.length : -1;
    } else if (tool === "remove") {
      const edge = i < 0 ? nearestEdge(graph.edges, view.at, px, py, 14) : null;
      if (i >= 0) view.set(withoutNode(graph, i), Math.min(view.node(), graph.labels.length - 2));
      else if (edge) view.set(toggled(graph, ...edge), view.node());
    } else if (i >= 0) {
      if (tool === "connect" && from >= 0 && from !== i && from < graph.labels.length) {
        view.set(toggled(graph, from, i), i);
        from = -1;
        return;
      }
      from = tool === "connect" ? i : -1;
      held = tool === "connect" ? -1 : i;
      view.set(graph, i);
    } else from = -1;
  }
  function move(px, py) {
    if (held >= 0 && (down === null || Math.hypot(px - down[0], py - down[1]) > 4)) {
      down = null;
      view.set(moved(view.get(), held, ...view.invert(px, py)), held, false);
    }
    if (from >= 0) view.pulled(from, px, py);
  }
  function end(px, py) {
    const to = from >= 0 ? hit(px, py) : -1;
    if (to >= 0 && to !== from) view.set(toggled(view.get(), from, to), to);
    if (to !== from) from = -1;                           // a tap leaves the first end chosen
    if (held >= 0 && down === null) view.set(view.get(), held);
    held = -1;
    view.pulled(from, px, py, true);
  }
  pad(ui, host, { start, move, end });

  ui.listen(grip, "keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const graph = view.get(), N = graph.labels.length, i = view.node(), far = event.shiftKey ? 0.005 : 0.03;
    const [x, y] = [graph.places[2 * i], graph.places[2 * i + 1]];
    const shift = { ArrowRight: [far, 0], ArrowLeft: [-far, 0], ArrowUp: [0, far], ArrowDown: [0, -far] }[event.key];
    const pick = { PageDown: (i + 1) % N, PageUp: (i + N - 1) % N, Home: 0, End: N - 1 }[event.key];
    const key = event.key.toLowerCase(), label = { a: 0, b: 1, u: -1 }[key];
    if (shift) view.set(moved(graph, i, x + shift[0], y + shift[1]), i);
    else if (pick !== undefined) view.set(graph, pick);
    else if (label !== undefined) view.set(labelled(graph, i, label), i);
    else if (key === "delete") view.set(withoutNode(graph, i), Math.min(i, Math.max(N - 2, 0)));
    else if (key === "insert" || key === "i") view.set(withNode(graph, x + 0.09, y + 0.09), Math.min(N, MOST - 1));
    else if (key === "c") {
      if (from < 0 || from === i || from >= N) from = i;
      else { view.set(toggled(graph, from, i), i); from = -1; }
      view.pulled(from, 0, 0, true);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  });

  return (words) => {
    const i = view.node(), [px, py] = view.at(i);
    setAttribute(grip, "aria-label", "Picked node: arrow keys move it, page up and down pick another");
    setAttribute(grip, "aria-valuemax", view.get().labels.length - 1);
    setAttribute(grip, "aria-valuenow", i);
    setAttribute(grip, "aria-valuetext", words);
    grip.style.transform = `translate(${px}px, ${py}px)`;
  };
}
