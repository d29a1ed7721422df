// The pad: strokes by mouse, finger and keyboard.

import { PAD, unpackStrokes } from "./draw_digit.core.mjs";
import { clamp } from "./lib/num.mjs";
import { Panel, figure } from "./lib/plot.mjs";
import { h, pad, setText } from "./lib/ui.mjs";

const MOST = 4000;                                        // numbers of a drawing
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** The list without its last stroke. */
export function withoutLast(flat) {
  return flat.slice(0, Math.max(flat.lastIndexOf(-1), 0));
}

/** The list with a point added: to the last stroke, or as the first one of a new stroke. */
export function withPoint(flat, x, y, fresh) {
  if (flat.length > MOST - 3) return flat;
  return [...flat, ...(fresh && flat.length ? [-1] : []), x, y];
}

/** @returns { host, draw(shown) }; get() gives the list, set(list, done) takes a new one */
export function createPad(ui, { get, set, begin }) {
  const host = h("div", {
    class: "dlw-figure dlw-dd-pad", tabindex: 0, role: "application", "aria-roledescription": "drawing pad",
    "aria-label": "Pad. Arrow keys move the pen, space puts it down or lifts it, Delete takes the last stroke away." });
  const fig = figure(ui, host, "The drawing"), panel = new Panel(fig);
  const said = h("p", { class: "dlw-hidden", role: "status", "aria-live": "polite" });
  const cursor = { x: 32, y: 32, down: false };
  const at = (px, size) => clamp(Math.round(px / size * PAD - 0.5), 0, PAD - 1);
  const add = (x, y, fresh, done) => set(withPoint(fresh ? begin() : get(), x, y, fresh), done);
  let last = null;

  pad(ui, host, {
    focus: host,
    start: () => { last = null; cursor.down = false; },
    move(px, py) {
      const x = at(px, host.clientWidth), y = at(py, host.clientHeight);
      if (last && Math.hypot(x - last[0], y - last[1]) < 1.5) return;
      add(x, y, !last, false);
      last = [x, y];
      Object.assign(cursor, { x, y });
    },
    end: () => set(get(), true) });

  function key(event) {
    const way = ARROWS[event.key], far = event.shiftKey ? 1 : 4;
    if (way) {
      cursor.x = clamp(cursor.x + far * way[0], 0, PAD - 1);
      cursor.y = clamp(cursor.y + far * way[1], 0, PAD - 1);
      if (cursor.down) add(cursor.x, cursor.y, false, true);
    } else if (event.key === " " || event.key === "Enter") {
      cursor.down = !cursor.down;
      if (cursor.down) add(cursor.x, cursor.y, true, true);
    } else if (event.key === "Delete" || event.key === "Backspace") {
      cursor.down = false;
      set(withoutLast(get()), true);
    } else return false;
    setText(said, `Pen ${cursor.down ? "down" : "up"} at ${cursor.x}, ${cursor.y}`);
    return true;
  }
  ui.listen(host, "keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !key(event)) return;
    event.preventDefault();
    event.stopPropagation();
    ui.redraw();
  });
  for (const type of ["focus", "blur"]) ui.listen(host, type, ui.redraw);

  function draw(flat, faint) {
    if (!fig.begin()) return;
    const { ctx } = panel, { colors } = fig, unit = fig.width / PAD;
    ctx.strokeStyle = colors.grid;
    ctx.lineWidth = 1;
    ctx.setLineDash([]);
    for (let k = 1; k < 8; k++) {
      ctx.beginPath();
      ctx.moveTo(k * 8 * unit, 0);
      ctx.lineTo(k * 8 * unit, fig.height);
      ctx.moveTo(0, k * 8 * unit);
      ctx.lineTo(fig.width, k * 8 * unit);
      ctx.stroke();
    }
    Object.assign(ctx, { strokeStyle: colors.ink, lineWidth: 5 * unit, lineCap: "round", lineJoin: "round" });
    ctx.globalAlpha = faint ? 0.15 : 1;
    for (const stroke of unpackStrokes(flat)) {
      ctx.beginPath();
      ctx.moveTo((stroke[0] + 0.5) * unit, (stroke[1] + 0.5) * unit);
      for (let k = 0; k < stroke.length; k += 2) ctx.lineTo((stroke[k] + 0.5) * unit, (stroke[k + 1] + 0.5) * unit);
      ctx.stroke();
    }
    ctx.globalAlpha = 1;
    if (document.activeElement === host) {
      ctx.beginPath();
      ctx.arc((cursor.x + 0.5) * unit, (cursor.y + 0.5) * unit, 5, 0, 7);
      ctx.lineWidth = 2;
      ctx.strokeStyle = ctx.fillStyle = colors.line[1];
      if (cursor.down) ctx.fill();
      ctx.stroke();
    }
  }
  return { host, said, draw };
}
