// Drawing a curve: with mouse or finger along its way, with a tap, and with the keyboard by nine points.

import { HIGH, LOW, N, TOP, X } from "./curve_fitter.core.mjs";
import { clamp } from "./lib/num.mjs";
import { number } from "./lib/plot.mjs";
import { h, setAttribute } from "./lib/ui.mjs";

const APART = 5;                                          // places between two of the nine points
const POINTS = (N - 1) / APART + 1;
const neat = (y) => Math.round(clamp(y, -TOP, TOP) * 1000) / 1000;
const indexAt = (x) => clamp(Math.round((x - LOW) / (HIGH - LOW) * (N - 1)), 0, N - 1);

/** The curve with its point i moved to y, and its neighbours with it, the less the further they are. */
export function bent(curve, i, y) {
  const by = clamp(y, -TOP, TOP) - curve[i];
  return curve.map((v, j) => neat(v + by * Math.max(0, 1 - Math.abs(j - i) / APART)));
}

/** The curve with a straight line from (x0, y0) to (x1, y1) drawn over all points between them. */
export function stroked(curve, x0, y0, x1, y1) {
  const low = Math.min(x0, x1) - 1e-9, high = Math.max(x0, x1) + 1e-9, way = x1 - x0 || 1;
  return curve.map((y, i) => (X[i] < low || X[i] > high ? y : neat(y0 + (y1 - y0) * (X[i] - x0) / way)));
}

/**
 * Pointer and keys on `host`, whose panel says where x and y are.
 *
 * @param get() the curve  @param set(curve, done) a new one; done: the hand has been lifted
 * @returns place(): puts the handle on its point
 */
export function pen(ui, host, panel, { get, set }) {
  let point = (POINTS - 1) / 2, last = null, moved = false;
  const grip = h("div", {
    class: "dlw-handle", role: "slider", tabindex: 0, "aria-orientation": "vertical",
    "aria-label": "Point of the curve: left and right choose it, up and down move it",
    "aria-valuemin": -TOP, "aria-valuemax": TOP });
  host.append(grip);
  const at = (event) => {
    const box = host.getBoundingClientRect();
    return [panel.x.invert(event.clientX - box.left), panel.y.invert(event.clientY - box.top)];
  };

  ui.listen(host, "pointerdown", (event) => {
    if (event.button !== 0 || !host.clientWidth) return;
    host.setPointerCapture(event.pointerId);
    event.preventDefault();
    grip.focus({ preventScroll: true });
    [last, moved] = [at(event), false];
  });
  ui.listen(host, "pointermove", (event) => {
    if (!last || !host.hasPointerCapture(event.pointerId)) return;
    const here = at(event);
    if (!moved && Math.abs(panel.x.at(here[0]) - panel.x.at(last[0])) < 4) return;
    moved = true;
    point = Math.round(indexAt(here[0]) / APART);
    set(stroked(get(), ...last, ...here), false);
    last = here;
  });
  ui.listen(host, "pointerup", (event) => {
    if (!last) return;
    const here = at(event);
    if (!moved) point = Math.round(indexAt(here[0]) / APART);
    set(moved ? get() : bent(get(), point * APART, here[1]), true);
    last = null;
  });
  ui.listen(host, "pointercancel", () => { last = null; });

  ui.listen(grip, "keydown", (event) => {
    const step = event.shiftKey ? 0.02 : 0.1;
    const up = { ArrowUp: step, ArrowDown: -step, PageUp: 0.5, PageDown: -0.5 }[event.key];
    const to = {
      ArrowLeft: point - 1, ArrowRight: point + 1, Home: 0, End: POINTS - 1 }[event.key];
    if ((up ?? to) === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    if (up !== undefined) set(bent(get(), point * APART, get()[point * APART] + up), true);
    else point = clamp(to, 0, POINTS - 1);
    ui.redraw();
  });

  return () => {
    const x = X[point * APART], y = get()[point * APART];
    setAttribute(grip, "aria-valuenow", y);
    setAttribute(grip, "aria-valuetext",
      `point ${point + 1} of ${POINTS} at x = ${number(x, 1)}, height ${number(y)}`);
    grip.style.transform = `translate(${panel.x.at(x)}px, ${panel.y.at(y)}px)`;
  };
}
