// Pictures on a canvas: scales with good ticks, a figure that follows its container, panels and marks.
// A widget makes its figures, panels and scales once and only sets them while drawing. Colours are CSS
// variables (widgets.css), read again when the page turns dark; line k has colour k and dash k, so colour is
// never the only sign.

import { clamp } from "./num.mjs";

export const DASHES = [[], [8, 4], [2, 3], [10, 3, 2, 3], [5, 2], [14, 4]];
const FULL_TURN = 2 * Math.PI;

// Scales ----------------------------------------------------------------------------------------------------

const KINDS = {
  linear: () => ({ to: (v) => v, from: (p) => p, ticks: linearTicks }),
  log: () => ({ to: (v) => Math.log10(v), from: (p) => 10 ** p, ticks: logTicks }),
  symlog: (threshold) => ({
    to: (v) => Math.sign(v) * Math.log10(1 + Math.abs(v) / threshold),
    from: (p) => Math.sign(p) * threshold * (10 ** Math.abs(p) - 1),
    ticks: (low, high, count) => symlogTicks(low, high, count, threshold) }),
};

// Numbers to pixels and back: set(low, high of the data, start, end in pixels). A symlog scale is linear
// around 0 and logarithmic in both directions from about its threshold on.
export class Scale {
  constructor(kind = "linear", threshold = 1) {
    this.kind = KINDS[kind](threshold);
    this.set(1, 2, 0, 1);
  }
  set(low, high, start, end) {
    if (low === this.low && high === this.high && start === this.start && end === this.end) return;
    Object.assign(this, { low, high, start, end, marks: null });
    this.origin = this.kind.to(low);
    this.factor = (end - start) / (this.kind.to(high) - this.origin);
  }
  at(value) { return this.start + (this.kind.to(value) - this.origin) * this.factor; }
  invert(pixel) { return this.kind.from(this.origin + (pixel - this.start) / this.factor); }

  // Round numbers inside the scale, at least `room` pixels apart: [{ value, text }].
  ticks(room = 60) {
    const count = Math.max(1, Math.floor(Math.abs(this.end - this.start) / room));
    return this.marks ??= this.kind.ticks(this.low, this.high, count);
  }
}

function linearTicks(low, high, count) {
  const raw = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * [1, 2, 5, 10].find((m) => m * power >= raw * 0.999);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const ticks = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; i++) {
    ticks.push({ value: i * step, text: number(i * step, digits) });
  }
  return ticks;
}

function logTicks(low, high, count) {
  const first = Math.ceil(Math.log10(low) - 1e-9), last = Math.floor(Math.log10(high) + 1e-9);
  const every = Math.max(1, Math.ceil((last - first + 1) / count));
  const ticks = [];
  for (let power = Math.ceil(first / every) * every; power <= last; power += every) {
    ticks.push({ value: 10 ** power, text: powerOfTen(power) });
  }
  return ticks;
}

function symlogTicks(low, high, count, threshold) {
  const least = Math.ceil(Math.log10(threshold) - 1e-9);
  const most = Math.floor(Math.log10(Math.max(-low, high, threshold)) + 1e-9);
  const sides = low < 0 && high > 0 ? 2 : 1;
  const every = Math.max(1, Math.ceil((most - least + 1) * sides / Math.max(1, count - 1)));
  const ticks = low <= 0 && high >= 0 ? [{ value: 0, text: "0" }] : [];
  for (let power = most; power >= least; power -= every) {
    const value = 10 ** power;
    if (value >= low && value <= high) ticks.push({ value, text: powerOfTen(power) });
    if (-value >= low && -value <= high) ticks.unshift({ value: -value, text: `−${powerOfTen(power)}` });
  }
  return ticks.sort((a, b) => a.value - b.value);
}

function powerOfTen(power) {
  if (Math.abs(power) <= 2) return String(10 ** power).slice(0, 4);
  return `10${[...String(power)].map((c) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(c)]).join("")}`;
}

// A number as text with a real minus sign; tiny numbers never read "-0.00".
export function number(value, digits = 2) {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "not a number" : value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  const text = size >= 1e5 || (size > 0 && size < 0.5 * 10 ** -digits && digits > 2)
    ? size.toExponential(1).replace(/e\+?(-?\d+)/, (_, power) => ` × ${powerOfTen(Number(power))}`)
    : size.toFixed(digits);
  return value < 0 && /[1-9]/.test(text) ? `−${text}` : text;
}

// Figure ----------------------------------------------------------------------------------------------------

// A canvas that fills `host` (whose size comes from the style sheet), sharp on any screen.
export function figure(ui, host, label) {
  const canvas = document.createElement("canvas");
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", label);
  host.append(canvas);
  const fig = { canvas, host, ctx: canvas.getContext("2d"), width: 0, height: 0, colors: ui.colors };
  const observer = new ResizeObserver(() => ui.redraw());
  observer.observe(host);
  ui.defer(() => observer.disconnect());

  // Clears the canvas; false while there is no room to draw.
  fig.begin = () => {
    const ratio = globalThis.devicePixelRatio || 1;
    fig.width = host.clientWidth;
    fig.height = host.clientHeight;
    if (!fig.width || !fig.height) return false;
    const width = Math.round(fig.width * ratio), height = Math.round(fig.height * ratio);
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    fig.ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    fig.ctx.clearRect(0, 0, fig.width, fig.height);
    fig.ctx.font = ui.colors.font;
    return true;
  };
  return fig;
}

// The colours of the style sheet, read again whenever the page changes its theme.
export function themed(ui) {
  const colors = { line: [] };
  const read = () => {
    const style = getComputedStyle(ui.root);
    for (const name of ["ink", "muted", "grid", "paper", "zone", "good", "bad"]) {
      colors[name] = style.getPropertyValue(`--dlw-${name}`).trim();
    }
    for (let k = 0; k < DASHES.length; k++) colors.line[k] = style.getPropertyValue(`--dlw-c${k}`).trim();
    colors.font = `13px ${style.fontFamily}`;
  };
  const observer = new MutationObserver(() => { read(); ui.redraw(); });
  for (const node of [document.documentElement, document.body]) {
    observer.observe(node, { attributeFilter: ["data-theme", "data-jp-theme-light", "class"] });
  }
  ui.defer(() => observer.disconnect());
  colors.read = read;
  return colors;
}

// Panel -----------------------------------------------------------------------------------------------------

// A rectangle of a figure with an x and a y scale.
export class Panel {
  constructor(fig, x = new Scale(), y = new Scale()) {
    Object.assign(this, { fig, ctx: fig.ctx, x, y });
  }
  place(left, top, right, bottom) {
    Object.assign(this, { left, top, right, bottom });
  }
  domain(xLow, xHigh, yLow, yHigh) {
    this.x.set(xLow, xHigh, this.left, this.right);
    this.y.set(yLow, yHigh, this.bottom, this.top);
  }
  clipped(paint) {
    this.ctx.save();
    this.ctx.beginPath();
    this.ctx.rect(this.left, this.top - 1, this.right - this.left, this.bottom - this.top + 2);
    this.ctx.clip();
    paint(this.ctx);
    this.ctx.restore();
  }
}

// Words inside a panel; a halo keeps them legible over lines.
export function text(panel, words, x, y, { color, align = "left", base = "alphabetic", halo = false } = {}) {
  const { ctx } = panel;
  ctx.fillStyle = color ?? panel.fig.colors.ink;
  ctx.textAlign = align;
  ctx.textBaseline = base;
  if (halo) {
    Object.assign(ctx, { lineWidth: 5, lineJoin: "round", strokeStyle: panel.fig.colors.paper });
    ctx.strokeText(words, x, y);
  }
  ctx.fillText(words, x, y);
}

// Grid lines, tick labels and the two labels: y above the panel, x below its right end.
export function axes(panel, { x = "", y = "", xTicks = true, yRoom = 40 } = {}) {
  const { ctx, left, right, top, bottom } = panel;
  const { grid, muted, ink } = panel.fig.colors;
  ctx.lineWidth = 1;
  ctx.setLineDash([]);
  for (const tick of panel.y.ticks(yRoom)) {
    const at = Math.round(panel.y.at(tick.value)) + 0.5;
    stroke(ctx, tick.value === 0 ? muted : grid, left, at, right, at);
    text(panel, tick.text, left - 6, at, { color: muted, align: "right", base: "middle" });
  }
  for (const tick of panel.x.ticks()) {
    const at = Math.round(panel.x.at(tick.value)) + 0.5;
    stroke(ctx, tick.value === 0 ? muted : grid, at, top, at, bottom);
    if (xTicks) text(panel, tick.text, at, bottom + 5, { color: muted, align: "center", base: "top" });
  }
  if (y) text(panel, y, left, top - 8, { color: ink });
  if (x) text(panel, x, right, bottom + 22, { color: ink, align: "right", base: "top" });
}

function stroke(ctx, color, x0, y0, x1, y1) {
  ctx.strokeStyle = color;
  ctx.beginPath();
  ctx.moveTo(x0, y0);
  ctx.lineTo(x1, y1);
  ctx.stroke();
}

// Marks -----------------------------------------------------------------------------------------------------

// A line through (xs[i], ys[i]), i < count; not-a-number breaks it.
export function line(panel, xs, ys, count, { color, width = 2.5, dash = DASHES[0] }) {
  panel.clipped((ctx) => {
    ctx.strokeStyle = color;
    ctx.lineWidth = width;
    ctx.lineJoin = "round";
    ctx.setLineDash(dash);
    ctx.beginPath();
    for (let i = 0, pen = false; i < count; i++) {
      const here = ys[i] === ys[i];
      const px = panel.x.at(xs[i]), py = clamp(panel.y.at(ys[i]), -1e4, 1e4);
      if (here && pen) ctx.lineTo(px, py);
      else if (here) ctx.moveTo(px, py);
      pen = here;
    }
    ctx.stroke();
    ctx.setLineDash(DASHES[0]);
  });
}

// The surface between the line and the value `base`.
export function area(panel, xs, ys, count, { color, base = 0, alpha = 0.25 }) {
  panel.clipped((ctx) => {
    ctx.fillStyle = color;
    ctx.globalAlpha = alpha;
    ctx.beginPath();
    ctx.moveTo(panel.x.at(xs[0]), panel.y.at(base));
    for (let i = 0; i < count; i++) ctx.lineTo(panel.x.at(xs[i]), panel.y.at(ys[i]));
    ctx.lineTo(panel.x.at(xs[count - 1]), panel.y.at(base));
    ctx.fill();
  });
}

export function segment(panel, x0, y0, x1, y1, { color, width = 1.5, dash = DASHES[0] }) {
  panel.clipped((ctx) => {
    ctx.lineWidth = width;
    ctx.setLineDash(dash);
    stroke(ctx, color, panel.x.at(x0), panel.y.at(y0), panel.x.at(x1), panel.y.at(y1));
    ctx.setLineDash(DASHES[0]);
  });
}

// A dot of radius r; hollow ones show the paper inside.
export function point(panel, x, y, { color, r = 4.5, hollow = false }) {
  const px = panel.x.at(x), py = panel.y.at(y);
  if (!(py > panel.top - r && py < panel.bottom + r && px > panel.left - r && px < panel.right + r)) return;
  const { ctx } = panel;
  ctx.beginPath();
  ctx.arc(px, py, r, 0, FULL_TURN);
  ctx.fillStyle = hollow ? panel.fig.colors.paper : color;
  ctx.fill();
  ctx.lineWidth = 2;
  ctx.strokeStyle = hollow ? color : panel.fig.colors.paper;
  ctx.stroke();
}

// Bars from `base` up to heights[i], the i-th between edges[i] and edges[i + 1].
export function bars(panel, edges, heights, count, { color, base = 0, alpha = 1, gap = 1 }) {
  panel.clipped((ctx) => {
    ctx.fillStyle = color;
    ctx.globalAlpha = alpha;
    const foot = panel.y.at(base);
    for (let i = 0; i < count; i++) {
      const left = panel.x.at(edges[i]), right = panel.x.at(edges[i + 1]), top = panel.y.at(heights[i]);
      ctx.fillRect(left + gap / 2, Math.min(top, foot), Math.max(right - left - gap, 0.5), Math.abs(foot - top));
    }
  });
}

// From (x0, y0) to (x1, y1), with a head of `head` pixels; shorter arrows have smaller heads.
export function arrow(panel, x0, y0, x1, y1, { color, width = 2, head = 9, dash = DASHES[0] }) {
  const from = [panel.x.at(x0), panel.y.at(y0)], to = [panel.x.at(x1), panel.y.at(y1)];
  const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
  if (!(length > 0.5 && length < 1e5)) return;
  const size = Math.min(head, length * 0.6), u = (to[0] - from[0]) / length, v = (to[1] - from[1]) / length;
  panel.clipped((ctx) => {
    ctx.lineWidth = width;
    ctx.setLineDash(dash);
    stroke(ctx, color, ...from, to[0] - u * size * 0.8, to[1] - v * size * 0.8);
    ctx.setLineDash(DASHES[0]);
    ctx.fillStyle = color;
    ctx.beginPath();
    ctx.moveTo(...to);
    ctx.lineTo(to[0] - size * (u - 0.5 * v), to[1] - size * (v + 0.5 * u));
    ctx.lineTo(to[0] - size * (u + 0.5 * v), to[1] - size * (v - 0.5 * u));
    ctx.fill();
  });
}

// A legend in a corner of the panel: [{ k, text }] with colour and dash k, or another dash.
export function legend(panel, entries, { corner = "right", top = 8 } = {}) {
  const { ctx } = panel, { line: colors } = panel.fig.colors;
  const wide = Math.max(...entries.map(({ text: words }) => ctx.measureText(words).width));
  const left = corner === "right" ? panel.right - wide - 42 : panel.left + 8;
  entries.forEach(({ k, text: words, dash = DASHES[k] }, i) => {
    const at = panel.top + top + 9 + 18 * i;
    ctx.lineWidth = 2.5;
    ctx.setLineDash(dash);
    stroke(ctx, colors[k], left, at, left + 26, at);
    ctx.setLineDash(DASHES[0]);
    text(panel, words, left + 32, at, { base: "middle", halo: true });
  });
}

// A hatched band from x = low to x = high, below y = under if that is given; the hatch tells it from any
// filled area.
export function band(panel, low, high, color, under = Infinity) {
  const start = clamp(panel.x.at(low), panel.left, panel.right);
  const end = clamp(panel.x.at(high), panel.left, panel.right);
  const { ctx, bottom } = panel;
  const top = clamp(panel.y.at(under), panel.top, bottom), height = bottom - top;
  if (end - start < 0.5 || height < 0.5) return;
  ctx.save();
  ctx.beginPath();
  ctx.rect(start, top, end - start, height);
  ctx.clip();
  ctx.fillStyle = ctx.strokeStyle = color;
  ctx.globalAlpha = 0.1;
  ctx.fillRect(start, top, end - start, height);
  ctx.globalAlpha = 0.45;
  ctx.lineWidth = 1;
  ctx.beginPath();
  for (let at = Math.floor((start - height) / 9) * 9; at < end; at += 9) {
    ctx.moveTo(at, bottom);
    ctx.lineTo(at + height, top);
  }
  ctx.stroke();
  ctx.restore();
}

export function crosshair(panel, x) {
  const { ctx } = panel;
  const at = Math.round(panel.x.at(x)) + 0.5;
  ctx.lineWidth = 1;
  ctx.setLineDash(DASHES[2]);
  stroke(ctx, panel.fig.colors.ink, at, panel.top, at, panel.bottom);
  ctx.setLineDash(DASHES[0]);
}

// A sample of line k for a legend in the page; its colour comes from the style sheet.
export function sample(k) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const stroke = document.createElementNS("http://www.w3.org/2000/svg", "line");
  const set = (node, attributes) => {
    for (const [name, v] of Object.entries(attributes)) node.setAttribute(name, v);
  };
  set(svg, { viewBox: "0 0 30 12", class: `dlw-sample dlw-line${k}`, "aria-hidden": "true" });
  set(stroke, { x1: 1, y1: 6, x2: 29, y2: 6, "stroke-dasharray": DASHES[k].join(" ") });
  svg.append(stroke);
  return svg;
}
