// Drawing data of one's own: mouse, finger, or arrow keys and Enter, on a sheet over the plane.

import { EDGE, MOST } from "./gan_lab.settings.mjs";
import { clamp } from "./lib/num.mjs";
import { button, choice, h, pad, setText } from "./lib/ui.mjs";

const APART = 0.05, RUBBER = 0.15, STEP = 0.1, FINE = 0.02;
const neat = (v) => Math.round(clamp(v, -EDGE, EDGE) * 1000) / 1000;

/** own with a point more, unless it is full or the last point is nearer than `apart`. */
export function added(own, x, y, apart = 0) {
  const far = own.length === 0 || Math.hypot(x - own.at(-2), y - own.at(-1)) >= apart;
  return far && own.length < 2 * MOST ? [...own, neat(x), neat(y)] : own;
}

/** own without the points near (x, y). */
export function erased(own, x, y) {
  const kept = [];
  for (let i = 0; i < own.length; i += 2) {
    if (Math.hypot(own[i] - x, own[i + 1] - y) > RUBBER) kept.push(own[i], own[i + 1]);
  }
  return kept.length === own.length ? own : kept;
}

/**
 * @param at { host, panel, own(), put(own, done), wanted(): is the data one's own }
 * @returns { tools, place() }: buttons; place() puts the sheet over the plane
 */
export function createPen(ui, { host, panel, own, put, wanted }) {
  let rubber = false, cursor = [0, 0], stroke = false;
  const sheet = h("div", {
    class: "dlw-pg-sheet dlw-gan-sheet", tabindex: 0, role: "application", hidden: true,
    "aria-label": "Drawing sheet. Arrow keys move the cursor, with shift finer; Enter puts a point, Delete erases." });
  const cross = h("div", { class: "dlw-pg-cross", hidden: true });
  const said = h("p", { class: "dlw-hidden", role: "status", "aria-live": "polite" });
  const count = h("span", { class: "dlw-pg-count" });
  const change = (x, y, apart) => (rubber ? erased(own(), x, y) : added(own(), x, y, apart));
  const inPlane = (px, py) => {
    const box = sheet.getBoundingClientRect(), outer = host.getBoundingClientRect();
    return [panel.x.invert(px + box.left - outer.left), panel.y.invert(py + box.top - outer.top)];
  };
  pad(ui, sheet, {
    start: () => { stroke = false; return true; },
    move(px, py) {
      const next = change(...inPlane(px, py), stroke ? APART : 0);
      stroke = true;
      if (next !== own()) put(next, false);
    },
    end: () => put(own(), true), focus: sheet });
  ui.listen(sheet, "keydown", (event) => {
    const step = event.shiftKey ? FINE : STEP;
    const by = { ArrowRight: [step, 0], ArrowLeft: [-step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] }[event.key];
    const acts = { Enter: () => added(own(), ...cursor), " ": () => added(own(), ...cursor),
      Delete: () => erased(own(), ...cursor), Backspace: () => erased(own(), ...cursor) };
    if (event.ctrlKey || event.metaKey || event.altKey || (!by && !Object.hasOwn(acts, event.key))) return;
    event.preventDefault();
    event.stopPropagation();
    if (by) cursor = cursor.map((v, i) => clamp(v + by[i], -EDGE, EDGE));
    else put(acts[event.key](), true);
    setText(said, `x ${cursor[0].toFixed(2)}, y ${cursor[1].toFixed(2)}, ${own().length / 2} points`);
    ui.redraw();
  });
  for (const type of ["focus", "blur"]) ui.listen(sheet, type, ui.redraw);
  host.append(sheet, cross);
  ui.root.append(said);
  const tools = h("div", { class: "dlw-row dlw-pg-brushes", hidden: true },
    choice(ui, { label: "Pen", options: [[false, "Draw"], [true, "Erase"]], current: () => rubber,
      choose: (v) => { rubber = v; ui.redraw(); } }),
    button(ui, "Clear", () => put([], true), { class: "dlw-quiet" }), count);

  function place() {
    const on = wanted(), focused = document.activeElement === sheet;
    for (const node of [sheet, tools]) if (node.hidden === on) node.hidden = !on;
    if (cross.hidden !== !(on && focused)) cross.hidden = !(on && focused);
    if (!on || panel.left === undefined) return;
    setText(count, `${own().length / 2} points${own().length === 2 * MOST ? " (no more fit)" : ""}`);
    const [left, top] = [panel.left, panel.top].map(Math.round), side = Math.round(panel.right - panel.left);
    const box = `inset: ${top}px auto auto ${left}px; width: ${side}px; height: ${side}px`;
    if (sheet.dataset.box !== box) { sheet.style.cssText = box; sheet.dataset.box = box; }
    cross.style.transform = `translate(${panel.x.at(cursor[0])}px, ${panel.y.at(cursor[1])}px)`;
  }
  return { tools, place };
}
