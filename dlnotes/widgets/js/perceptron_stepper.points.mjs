// Placing, moving and deleting points: mouse, touch, and a grip for each point that takes the keys.
// A finger that starts on a point drags it; anywhere else it may scroll the page, and a tap adds a point.

import { REACH, snap } from "./perceptron_stepper.core.mjs";
import { number } from "./lib/plot.mjs";
import { h, setAttribute } from "./lib/ui.mjs";

export const EDITED = 60;                                 // with more points there are no grips
const STEP = 1 / 8, FINE = 1 / 64;

// panel: where the points are drawn. label(): the class of new points. Returns the commands and place().
export function editor(ui, host, panel, label) {
  const grips = [];
  let selected = -1, held = -1, from = null, moved = false;
  const points = () => ui.get("points"), size = () => points().length / 3;
  const free = () => size() <= EDITED;

  function put(list, save = true) { ui.set({ points: list }, save); }
  function move(i, x, y, save = true) {
    const list = [...points()];
    list[3 * i] = snap(x);
    list[3 * i + 1] = snap(y);
    put(list, save);
  }
  function choose(i, focus = true) {
    selected = i;
    ui.redraw();
    place();
    if (focus && i >= 0) grips[i].focus({ preventScroll: true });
  }
  function add(x, y) {
    if (size() >= EDITED) return;
    put([...points(), snap(x), snap(y), label()]);
    choose(size() - 1);
  }
  // A new point near the middle, where none is yet.
  function fresh() {
    for (let n = 0; n < 4 * EDITED; n++) {
      const r = 0.25 * Math.sqrt(n), x = snap(r * Math.cos(2.4 * n)), y = snap(r * Math.sin(2.4 * n));
      const near = (_, i) => i % 3 === 0 && Math.hypot(points()[i] - x, points()[i + 1] - y) < 0.4;
      if (!points().some(near)) return add(x, y);
    }
    return add(0, 0);
  }
  function remove() {
    if (selected < 0) return;
    put(points().filter((_, i) => Math.floor(i / 3) !== selected));
    choose(Math.min(selected, size() - 1));
  }
  function flip() {
    if (selected >= 0) put(points().map((v, i) => (i === 3 * selected + 2 ? -v : v)));
  }
  function clear() {
    put([]);
    choose(-1);
  }

  const at = (event) => {
    const box = host.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  function hit(px, py, reach) {
    let best = -1, least = reach;
    for (let i = 0; i < size(); i++) {
      const far = Math.hypot(panel.x.at(points()[3 * i]) - px, panel.y.at(points()[3 * i + 1]) - py);
      if (far < least) [best, least] = [i, far];
    }
    return best;
  }
  ui.listen(host, "pointerdown", (event) => {
    if (event.button !== 0 || !event.isPrimary || !free()) return;
    from = at(event);
    moved = false;
    held = hit(...from, event.pointerType === "mouse" ? 14 : 22);
    if (held < 0) return;
    host.setPointerCapture(event.pointerId);
    event.preventDefault();
    choose(held);
  });
  ui.listen(host, "pointermove", (event) => {
    if (!from || !event.isPrimary) return;
    const [px, py] = at(event);
    moved ||= Math.hypot(px - from[0], py - from[1]) > 6;
    if (held >= 0 && held < size() && moved) move(held, panel.x.invert(px), panel.y.invert(py), false);
  });
  ui.listen(host, "pointerup", (event) => {
    if (!from || !event.isPrimary) return;
    const x = panel.x.invert(from[0]), y = panel.y.invert(from[1]);
    if (held >= 0 && moved) ui.model.save_changes();
    else if (held < 0 && !moved && Math.max(Math.abs(x), Math.abs(y)) <= REACH) add(x, y);
    from = null;
  });
  ui.listen(host, "pointercancel", () => {
    if (held >= 0 && moved) ui.model.save_changes();
    from = null;
  });
  ui.listen(host, "keydown", (event) => {
    const i = grips.indexOf(event.target), step = event.shiftKey ? FINE : STEP;
    if (i < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    const by = (dx, dy) => () => move(i, points()[3 * i] + dx, points()[3 * i + 1] + dy);
    const act = {
      ArrowRight: by(step, 0), ArrowLeft: by(-step, 0), ArrowUp: by(0, step), ArrowDown: by(0, -step),
      Delete: remove, Backspace: remove, c: flip, C: flip,
      PageUp: () => choose((i + size() - 1) % size()), PageDown: () => choose((i + 1) % size()) }[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  });
  ui.listen(host, "focusin", (event) => {
    const i = grips.indexOf(event.target);
    if (i >= 0 && i !== selected) choose(i, false);
  });

  // One grip a point, kept for the next set; only the chosen one is a stop of the tab key.
  function place() {
    const list = points(), count = free() ? size() : 0;
    if (selected >= count) selected = -1;
    while (grips.length < count) {
      const grip = h("div", {
        class: "dlw-ps-grip", role: "slider", "aria-valuemin": -REACH, "aria-valuemax": REACH,
        "aria-roledescription": "point in the plane: arrow keys move it" });
      host.append(grip);
      grips.push(grip);
    }
    grips.forEach((grip, i) => {
      if (grip.hidden !== i >= count) grip.hidden = i >= count;
      if (i >= count) return;
      const [x, y, c] = [list[3 * i], list[3 * i + 1], list[3 * i + 2]];
      setAttribute(grip, "tabindex", i === Math.max(selected, 0) ? 0 : -1);
      setAttribute(grip, "aria-label", `Point ${i + 1} of ${count}`);
      setAttribute(grip, "aria-valuenow", x);
      const words = `class ${c > 0 ? "plus" : "minus"}, x ${number(x)}, y ${number(y)}`;
      setAttribute(grip, "aria-valuetext", words);
      grip.style.transform = `translate(${panel.x.at(x)}px, ${panel.y.at(y)}px)`;
    });
  }
  return { add, fresh, remove, flip, clear, place, free, selected: () => selected };
}
