// The network of the playground as a picture: every unit shows what it computes over the plane, every edge
// its
// weight. Features are switched and units are chosen here, by mouse, finger and keys.

import { FEATURES, features } from "./datasets.core.mjs";
import { createGrid, field } from "./playground.core.mjs";
import { createShape } from "./playground.shape.mjs";
import { clamp } from "./lib/num.mjs";
import { h } from "./lib/ui.mjs";
import { DASHES, Panel, figure } from "./lib/plot.mjs";
import { HeatMap, palettes } from "./lib/field.mjs";

const SIZE = 36, SMALL = 20, TOP = 6, NEAR = 9, RENEW = 60;                 // pixels; milliseconds
const ALL = Object.keys(FEATURES);
// the one that is looked at; no edge is allocated
const ARROWS = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };
const EDGE = { x0: 0, y0: 0, x1: 0, y1: 0, middle: 0 };

// Place of a point of the edge, u from 0 to 1: a cubic curve with level ends.
function along({ x0, y0, x1, y1, middle }, u) {
  const v = 1 - u, a = v * v * v, b = 3 * v * v * u, c = 3 * v * u * u, d = u * u * u;
  return [a * x0 + (b + c) * middle + d * x1, (a + b) * y0 + (c + d) * y1];
}

/**
 * @param at { session(), structure(), restart(values) }
 * @returns { node, draw(), chosen() }: chosen is null or { l, h, d }: layer (-1: the features), unit, and the
 *   start of its edge or null
 */
export function createNetwork(ui, { session, structure, restart }) {
  const host = h("div", {
    class: "dlw-figure dlw-pg-net", tabindex: 0, role: "application", "aria-roledescription": "network",
    "aria-label": "The network. Arrow keys choose a unit, with shift one of its edges; Escape lets go." });
  const edges = figure(ui, host, "The network: features, hidden layers, output"),
    units = figure(ui, host, "");
  units.canvas.setAttribute("aria-hidden", "true");
  const panel = new Panel(units), tile = new HeatMap(SMALL, SMALL), values = new Float64Array(SMALL * SMALL);
  let grid, drawn, hovered = null, focused = null, renewed = 0, before = null, plane, thumbs;

  // Where things stand --------------------------------------------------
  const left = 26;
  const across = (l) => left + (l + 1) * (edges.width - left - SIZE / 2 - 8) / (session().net.layers.length);
  const down = (l, i) => {
    const count = l < 0 ? ALL.length : session().net.layers[l].H;
    return TOP + (edges.height - 2 * TOP) * (0.5 + (i - (count - 1) / 2) / ALL.length * (count > 7 ? 7 / 8
      : 1));
  };
  const rowOf = (l, i) => (l < 0 ? ALL.indexOf(structure().features[i]) : i);
  function edgeAt(l, d, k) {
    EDGE.x0 = across(l - 1) + SIZE / 2; EDGE.y0 = down(l - 1, rowOf(l - 1, d));
    EDGE.x1 = across(l) - SIZE / 2; EDGE.y1 = down(l, k);
    EDGE.middle = (EDGE.x0 + EDGE.x1) / 2;
    return EDGE;
  }

  function unitAt(px, py) {
    const { layers } = session().net;
    for (let l = -1; l < layers.length; l++) {
      const count = l < 0 ? ALL.length : layers[l].H;
      for (let i = 0; i < count; i++) {
        if (Math.abs(px - across(l)) <= SIZE / 2 + 4 && Math.abs(py - down(l, i)) <= SIZE / 2
          + 4) return { l, h: i, d: null };
      }
    }
    return null;
  }
  function nearestEdge(px, py) {
    let best = null, least = NEAR;
    session().net.layers.forEach(({ D, H }, l) => {
      for (let i = 0; i < D * H; i++) {
        const d = Math.floor(i / H), k = i % H, edge = edgeAt(l, d, k);
        if (px < edge.x0 || px > edge.x1) continue;
        let u = (px - edge.x0) / (edge.x1 - edge.x0);
        // x is nearly even in u
        for (let n = 0; n < 4; n++) u += (px - along(edge, u)[0]) / (edge.x1 - edge.x0);
        const away = Math.abs(along(edge, u)[1] - py);
        if (away < least) { least = away; best = { l, h: k, d }; }
      }
    });
    return best;
  }

  // Choosing --------------------------------------------------
  const fits = ({ h: k, d }, layer) => layer && k < layer.H && (d ?? 0) < layer.D;
  const valid = (it) => it && (it.l < 0 || fits(it, session().net.layers[it.l]));
  const chosen = () => (valid(hovered) ? hovered : valid(focused) ? focused : null);
  const under = ({ clientX, clientY }) => {
    const { left: x, top: y } = host.getBoundingClientRect();
    return unitAt(clientX - x, clientY - y) ?? nearestEdge(clientX - x, clientY - y);
  };
  ui.listen(host, "pointermove", (event) => {
    if (event.pointerType !== "touch") hovered = under(event);
    ui.redraw();
  });
  ui.listen(host, "pointerleave", () => { hovered = null; ui.redraw(); });
  ui.listen(host, "click", (event) => { focused = under(event); ui.redraw(); });
  ui.listen(host, "blur", () => { focused = null; ui.redraw(); });
  ui.listen(host, "keydown", (event) => {
    const { layers } = session().net, now = valid(focused) ? focused : { l: 0, h: -1, d: null };
    const [dx, dy] = ARROWS[event.key] ?? [0, 0];
    if (event.ctrlKey || event.metaKey || event.altKey || (!dx && !dy && event.key !== "Escape")) return;
    event.preventDefault();
    if (event.key === "Escape") focused = null;
    else if (event.shiftKey && dy && now.l >= 0) {
      focused = { ...now, h: Math.max(now.h, 0),
        d: ((now.d ?? (dy > 0 ? -1 : 0)) + dy + layers[now.l].D) % layers[now.l].D };
    } else {
      const l = clamp(now.l + dx, -1, layers.length - 1), count = l < 0 ? ALL.length : layers[l].H;
      focused = { l, h: dx ? clamp(now.h, 0, count - 1) : (now.h + dy + count) % count, d: null };
    }
    hovered = null;
    ui.redraw();
  });

  const shape = createShape(ui, { structure, restart, host, focus: (it) => { focused = it; ui.redraw(); } });

  // Draw --------------------------------------------------
  function drawEdges(it) {
    const { ctx, colors } = edges, { layers } = session().net;
    for (let l = 0; l < layers.length; l++) {
      const { D, H, W } = layers[l];
      for (let i = 0; i < D * H; i++) {
        const weight = W[i], d = Math.floor(i / H), edge = edgeAt(l, d, i % H);
        const near = it && touches(it, l, d, i % H);
        if (!Number.isFinite(weight)) continue;
        ctx.strokeStyle = weight > 0 ? colors.line[0] : colors.line[1];
        ctx.globalAlpha = it && !near ? 0.2 : 0.85;
        ctx.lineWidth = Math.min(0.4 + 1.6 * Math.abs(weight), 7) + (near && it.d !== null ? 2 : 0);
        ctx.setLineDash(weight > 0 ? DASHES[0] : DASHES[4]);
        ctx.beginPath();
        ctx.moveTo(edge.x0, edge.y0);
        ctx.bezierCurveTo(edge.middle, edge.y0, edge.middle, edge.y1, edge.x1, edge.y1);
        ctx.stroke();
      }
    }
    ctx.setLineDash(DASHES[0]);
    ctx.globalAlpha = 1;
  }
  const touches = (it, l, d, k) => (it.d !== null ? it.l === l && it.h === k && it.d === d
    : (it.l === l && it.h === k) || (it.l === l - 1 && it.h === rowOf(l - 1, d)));
  function frameOf(ctx, x, y, color, width) {
    ctx.strokeStyle = color;
    ctx.lineWidth = width;
    ctx.beginPath();
    ctx.roundRect(x - SIZE / 2, y - SIZE / 2, SIZE, SIZE, 5);
    ctx.stroke();
  }
  function picture(l, i, array, stride, alpha) {
    let top = 0;
    for (let n = 0; n < values.length; n++) {
      values[n] = array[n * stride + i];
      if (Math.abs(values[n]) > top && Math.abs(values[n]) < Infinity) top = Math.abs(values[n]);
    }
    const x = across(l), y = down(l, i);
    panel.place(x - SIZE / 2, y - SIZE / 2, x + SIZE / 2, y + SIZE / 2);
    units.ctx.fillStyle = units.colors.paper;
    units.ctx.fillRect(panel.left, panel.top, SIZE, SIZE);
    tile.paint(panel, values, -(top || 1), top || 1, plane, { alpha });
  }
  function drawUnits(it) {
    const { ctx, colors } = units, { net } = session();
    plane = palettes(colors).diverge;
    for (let i = 0; i < ALL.length; i++) {
      const on = structure().features.includes(ALL[i]);
      picture(-1, i, thumbs, ALL.length, on ? 1 : 0.3);
      frameOf(ctx, across(-1), down(-1, i), on ? colors.ink : colors.grid, on ? 1.5 : 1);
    }
    field(session(), grid);
    net.layers.forEach(({ H, b }, l) => {
      for (let i = 0; i < H; i++) {
        picture(l, i, grid.pass.layers[l].A, H, 1);
        frameOf(ctx, across(l), down(l, i), colors.ink, 1.5);
        ctx.fillStyle = b[i] > 0 ? colors.line[0] : colors.line[1];                // the bias, a small square
        const side = Math.min(3 + 2 * Math.abs(b[i]), 9);
        ctx.fillRect(across(l) - SIZE / 2 - 3, down(l, i) + SIZE / 2 + 3 - side, side, side);
      }
    });
    if (it) frameOf(ctx, across(it.l), down(it.l, it.h), colors.ink, 4);
  }

  function draw() {
    const now = session(), it = chosen(), fresh = drawn !== now;
    if (fresh) {
      grid = createGrid(now, SMALL);
      thumbs = features(ALL, grid.points);
      drawn = now;
    }
    if (!edges.begin()) return;
    shape.update(across, (i) => down(-1, i));
    drawEdges(it);
    const time = performance.now(), same = before === it && units.width === edges.width && !fresh;
    if (same && time - renewed < RENEW) ui.redraw();                  // the pictures follow a little later
    else if (units.begin()) {
      before = it;
      renewed = time;
      drawUnits(it);
    }
  }
  return { node: h("div", { class: "dlw-pg-network" }, ...shape.nodes, host), draw, chosen };
}
