// The table of the optimizers: legend, switches, learning rates and losses in one.

import { short } from "./descent.words.mjs";
import { ORDER } from "./optimizer_race.core.mjs";
import { LOOKS } from "./optimizer_race.draw.mjs";
import { CODES, NAMES, lossWords } from "./optimizer_race.text.mjs";
import { button, h, setAttribute, setText } from "./lib/ui.mjs";

const SVG = "http://www.w3.org/2000/svg";

function shape(tag, attributes) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}

// The letters in a ring, and a piece of the line.
function swatch(name) {
  const [k, dash] = LOOKS[name];
  const svg = shape("svg", { viewBox: "0 0 30 12", class: `dlw-sample dlw-line${k}`, "aria-hidden": "true" });
  svg.append(shape("line", { x1: 1, y1: 6, x2: 29, y2: 6, "stroke-dasharray": dash.join(" ") }));
  return [h("span", { class: `dlw-race-code dlw-race-c${k}`, "aria-hidden": "true" }, CODES[name]), svg];
}

// Returns [table, fill(order)]: order as ranking() gives it.
export function table(ui) {
  const rows = {};
  const body = h("tbody");
  for (const name of ORDER) {
    const box = h("input", { type: "checkbox" });
    ui.listen(box, "change", () => {
      const before = ui.get("racing");
      const racing = ORDER.filter((other) => (other === name ? box.checked : before.includes(other)));
      ui.set({ racing, ...(box.checked && { selected: name }) });
    });
    const rate = button(ui, "", () => ui.set({ selected: name }), { class: "dlw-race-rate" });
    const loss = h("td"), place = h("td");
    const label = h("label", { class: "dlw-toggle" }, box, ...swatch(name), h("span", {}, NAMES[name]));
    body.append(h("tr", {}, h("th", { scope: "row" }, label),
      h("td", {}, rate), loss, place));
    rows[name] = { box, rate, loss, place };
  }
  const heads = ["optimizer", "rate", "loss", "#"].map((words) => h("th", { scope: "col" }, words));
  const head = h("tr", {}, ...heads);
  const node = h("table", { class: "dlw-functions dlw-race" }, h("thead", {}, head), body);

  function fill(order) {
    const racing = ui.get("racing"), lrs = ui.get("lrs"), selected = ui.get("selected");
    ORDER.forEach((name, i) => {
      const { box, rate, loss, place } = rows[name], at = order.findIndex(([other]) => other === name);
      if (box.checked !== racing.includes(name)) box.checked = racing.includes(name);
      setText(rate, short(lrs[i]));
      setAttribute(rate, "aria-pressed", selected === name);
      setAttribute(rate, "aria-label", `learning rate ${short(lrs[i])} of ${NAMES[name]}: set it below`);
      setText(loss, at < 0 ? "" : lossWords(order[at][1]));
      setText(place, at < 0 || order[at][1] === Infinity ? "" : String(at + 1));
    });
  }
  return [node, fill];
}
