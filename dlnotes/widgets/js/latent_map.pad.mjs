// A pad of 8 x 8 pixels: mouse and finger paint or rub out; by keyboard the arrow keys move, the space bar turns.

import { PIXELS, SIDE, bitsOf, drawingOf } from "./latent_map.core.mjs";
import { clamp } from "./lib/num.mjs";
import { h, pad, setText } from "./lib/ui.mjs";

const MOVES = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0], Home: [0, -SIDE], End: [0, SIDE] };

/** The pixels with those on the straight way from cell `from` to cell `to` set to `ink`. */
export function stroked(x, from, to, ink) {
  const [r0, c0] = [from >> 3, from % SIDE], dr = (to >> 3) - r0, dc = to % SIDE - c0;
  const steps = Math.max(Math.abs(dr), Math.abs(dc), 1);
  for (let k = 0; k <= steps; k++) {
    x[SIDE * (r0 + Math.round(k / steps * dr)) + c0 + Math.round(k / steps * dc)] = ink;
  }
  return x;
}

/** The cell that a key leads to, from 0 (top left) to 63. */
export function moved(cell, key) {
  const [dr, dc] = MOVES[key];
  return SIDE * clamp((cell >> 3) + dr, 0, SIDE - 1) + clamp(cell % SIDE + dc, 0, SIDE - 1);
}

/**
 * Makes `host` a pad whose pixels fill its panel.
 *
 * @param get() the drawing  @param set(drawing) a new one
 * @returns cursor(): the cell of the keyboard, or -1 while the pad has no focus
 */
export function drawingPad(ui, host, panel, { get, set }) {
  let cursor = 27, last = -1, ink = 1;
  const x = new Float64Array(PIXELS);
  const heard = h("p", { class: "dlw-hidden", role: "status", "aria-live": "polite" });
  host.append(heard);
  for (const [name, value] of Object.entries({
    tabindex: 0, role: "application", "aria-label": "Drawing pad, 8 by 8 pixels",
    "aria-description": "Arrow keys move, the space bar paints or rubs out, Delete clears." })) {
    host.setAttribute(name, value);
  }
  const cell = (px, py) => {
    const at = (p, start, end) => clamp(Math.floor((p - start) / (end - start) * SIDE), 0, SIDE - 1);
    return SIDE * at(py, panel.top, panel.bottom) + at(px, panel.left, panel.right);
  };
  const say = () => setText(heard, `row ${(cursor >> 3) + 1}, column ${cursor % SIDE + 1}: ${
    bitsOf(get(), x)[cursor] ? "on" : "off"}`);

  pad(ui, host, {
    focus: host,
    start(px, py) {
      if (!(panel.right > panel.left)) return false;
      last = cell(px, py);
      ink = 1 - bitsOf(get(), x)[last];
      return true;
    },
    move(px, py) {
      const here = cell(px, py);
      set(drawingOf(stroked(bitsOf(get(), x), last, here, ink)));
      cursor = last = here;
    } });
  ui.listen(host, "keydown", (event) => {
    const turns = event.key === " " || event.key === "Enter", clears = event.key === "Delete" || event.key === "Backspace";
    if (!(turns || clears || MOVES[event.key]) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    if (clears) set("0".repeat(PIXELS / 4));
    else if (turns) set(drawingOf(stroked(bitsOf(get(), x), cursor, cursor, 1 - x[cursor])));
    else cursor = moved(cursor, event.key);
    say();
    ui.redraw();
  });
  for (const type of ["focus", "blur"]) ui.listen(host, type, ui.redraw);
  return () => (document.activeElement === host ? cursor : -1);
}
