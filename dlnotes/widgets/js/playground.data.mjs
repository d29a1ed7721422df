// The reader's own data: two brushes and a rubber on the output, a cursor for the keyboard, a table to paste.

import { addPoint, asTable, dataTrouble, erasePoints, readPoints } from "./playground.data.core.mjs";
import { MOST_POINTS } from "./playground.settings.core.mjs";
import { clamp } from "./lib/num.mjs";
import { area, button, choice, copyText, fold, h, message, pad, setText } from "./lib/ui.mjs";

const BRUSHES = [[1, "● class 1"], [0, "■ class 0"], ["erase", "Erase"]];
const APART = 0.35, RUBBER = 0.5, STEP = 0.25, FINE = 0.05, MOST_UNDO = 100;

/**
 * @param at { session(), structure(), restart(values), output: { host, panel } }
 * @returns { brushes, table, trouble }: three nodes; the cursor is put over the output
 */
export function createEditor(ui, { session, structure, restart, output }) {
  let brush = 1, cursor = [0, 0], text = "";
  const isOwn = () => structure().data === "own";
  const past = [];                                        // what Undo brings back, a stroke at a time
  function put(own, goesOn = false) {
    if (own === structure().own) return;
    if (!goesOn && past.push(structure().own) > MOST_UNDO) past.shift();
    restart({ data: "own", own });
  }
  function paint([x1, x2], apart) {
    const { own } = structure();
    if (brush === "erase") put(erasePoints(own, x1, x2, RUBBER), apart > 0);
    else put(addPoint(own, x1, x2, brush, apart), apart > 0);
  }

  // Over the output: mouse, finger and keys --------------------------------------------------
  const cross = h("div", { class: "dlw-pg-cross", hidden: true });
  const sheet = h("div", {
    class: "dlw-pg-sheet", tabindex: 0, role: "application", hidden: true,
    "aria-label": "Drawing sheet. Arrow keys move the cursor, with shift finer; Enter puts a point, 1 and "
      + "0 choose the class, Delete erases." });
  const said = h("p", { class: "dlw-hidden", role: "status", "aria-live": "polite" });
  const place = (px, py) => [output.panel.x.invert(px), output.panel.y.invert(py)];
  let stroke = false;
  pad(ui, sheet, {
    start: () => { stroke = false; return true; },
    move: (px, py) => {
      const box = sheet.getBoundingClientRect(), host = output.host.getBoundingClientRect();
      paint(place(px + box.left - host.left, py + box.top - host.top), stroke ? APART : 0);
      stroke = true;
    } });
  ui.listen(sheet, "keydown", (event) => {
    const step = event.shiftKey ? FINE : STEP;
    const [dx, dy] = { ArrowRight: [step, 0], ArrowLeft: [-step, 0], ArrowUp: [0, step],
      ArrowDown: [0, -step] }[event.key] ?? [0, 0];
    const acts = {
      Enter: () => paint(cursor, 0), " ": () => paint(cursor, 0), 1: () => { brush = 1; },
        0: () => { brush = 0; },
      Delete: () => put(erasePoints(structure().own, ...cursor, RUBBER)),
      Backspace: () => put(erasePoints(structure().own, ...cursor, RUBBER)) };
    if (event.ctrlKey || event.metaKey || event.altKey
      || (!dx && !dy && !Object.hasOwn(acts, event.key))) return;
    event.preventDefault();
    event.stopPropagation();
    acts[event.key]?.();
    cursor = [clamp(cursor[0] + dx, -6, 6), clamp(cursor[1] + dy, -6, 6)];
    setText(said,
      `x1 ${cursor[0].toFixed(2)}, x2 ${cursor[1].toFixed(2)}, ${brush === "erase" ? "rubber" : `class `
      + `${brush}`}, `
      + `${structure().own.length} points`);
    ui.redraw();
  });
  for (const type of ["focus", "blur"]) ui.listen(sheet, type, ui.redraw);
  output.host.append(sheet, cross);
  ui.root.append(said);

  const count = h("span", { class: "dlw-pg-count" });
  const brushes = h("div", { class: "dlw-row dlw-pg-brushes", hidden: true },
    choice(ui, { label: "Brush", options: BRUSHES, current: () => brush,
      choose: (v) => { brush = v; ui.redraw(); } }),
    button(ui, "Undo", () => past.length && restart({ own: past.pop() }), { class: "dlw-quiet" }),
    button(ui, "Clear", () => put([]), { class: "dlw-quiet" }), count);

  // A table --------------------------------------------------
  const [report, warn] = message(ui), done = h("p", { role: "status" });
  function read() {
    const { points, said: words, bad } = readPoints(text);
    setText(done, points ? words.filter((_, i) => !bad.length || i < words.length - 1).join(" ") : "");
    warn(points ? (bad.length ? words.at(-1) : "") : words.join(" "));
    if (points) put(points);
  }
  const file = h("input", { type: "file", accept: ".csv,.tsv,.txt,text/*", "aria-label": "Open a file" });
  ui.listen(file, "change", async () => {
    const [chosen] = file.files;
    if (!chosen) return;
    if (chosen.size > 1e7) return warn(`The file has ${chosen.size} bytes; at most 10,000,000 are read.`);
    text = await chosen.text();
    file.value = "";
    read();
    ui.redraw();
  });
  const table = fold("Own data as a table",
    h("p", {},
      "Choose “my own” above and draw on the output; or paste lines of x1, x2 and label here. Commas, "
      + "semicolons, tabs or spaces part "
      + "them; unless it is commas, 1,5 is read as one and a half. The labels may be any two words or "
        + "numbers. More than "
      + `${MOST_POINTS} points are thinned. Points beyond −6 … 6 are scaled to −5 … 5.`),
    area(ui, { get: () => text, set: (words) => { text = words; } }, {
      label: "lines of x1, x2, label", rows: 6, placeholder: "x1,x2,label\n-1.5,2,0\n3,0.5,1", most: 2e7 }),
    h("div", { class: "dlw-row" }, button(ui, "Use these points", read), file,
      copyText(ui, "Copy my points", () => asTable(structure().own), "Points copied")), done, report);

  const trouble = h("p", { class: "dlw-pg-trouble", hidden: true });
  ui.refresh(() => {
    const on = isOwn(), { panel } = output, focused = document.activeElement === sheet;
    for (const node of [sheet, brushes]) if (node.hidden === on) node.hidden = !on;
    const words = on ? dataTrouble(structure().own, session().train, session().test) : "";
    setText(trouble, words);
    if (trouble.hidden !== !words) trouble.hidden = !words;
    if (cross.hidden !== !(on && focused)) cross.hidden = !(on && focused);
    if (!on || panel.left === undefined) return;
    const full = structure().own.length === MOST_POINTS ? " (no more fit)" : "";
    setText(count, `${structure().own.length} points${full}`);
    const box = `inset: ${Math.round(panel.top)}px auto auto ${Math.round(panel.left)}px; width: `
      + `${Math.round(panel.right - panel.left)}px; `
      + `height: ${Math.round(panel.bottom - panel.top)}px`;
    if (sheet.dataset.box !== box) { sheet.style.cssText = box; sheet.dataset.box = box; }
    cross.style.transform = `translate(${panel.x.at(cursor[0])}px, ${panel.y.at(cursor[1])}px)`;
  });
  return { brushes, table, trouble };
}
