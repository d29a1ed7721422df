// The functions that the explorer shows: legend, values at x, choice of the tangent, and the way to add and
// remove.

import { slope, value } from "./activations.core.mjs";
import { FAMILIES, SETS, WORDS } from "./activation_explorer.text.mjs";
import { number, sample } from "./lib/plot.mjs";
import { button, h, setAttribute, setText } from "./lib/ui.mjs";

const label = (name) => WORDS[name][0];

export function functionTable(ui, focused, most) {
  const settings = {};
  const rows = Array.from({ length: most }, (_, k) => {
    const name = h("span");
    const cells = [h("td"), h("td")];
    const own = () => ui.get("functions")[k];
    const pick = button(ui, "", () => ui.set({ tangent: own() }), { class: "dlw-pick" });
    pick.append(sample(k), name);
    const rest = () => ui.get("functions").filter((other) => other !== own());
    const remove = button(ui, "×", () => ui.set({ functions: rest() }), { class: "dlw-quiet" });
    const row = h("tr", {}, h("th", { scope: "row" }, pick), ...cells, h("td", {}, remove));
    ui.refresh(() => {
      row.hidden = !own();
      if (row.hidden) return;
      for (const key of ["alpha", "beta", "x0", "lower", "upper"]) settings[key] = ui.get(key);
      setText(name, label(own()));
      setText(cells[0], number(value(own(), ui.get("x"), settings), 3));
      setText(cells[1], number(slope(own(), ui.get("x"), settings), 3));
      setAttribute(pick, "aria-pressed", own() === focused());
      setAttribute(pick, "aria-label", `${label(own())}: show its tangent`);
      setAttribute(remove, "aria-label", `Remove ${label(own())}`);
      remove.disabled = ui.get("functions").length === 1;
    });
    return row;
  });
  const head = h("tr", {}, h("th", { scope: "col" }, "function"), h("th", { scope: "col" }, "f(x)"),
    h("th", { scope: "col" }, "f′(x)"), h("td"));
  const table = h("table", { class: "dlw-functions" }, h("thead", {}, head), h("tbody", {}, ...rows));
  return h("div", {}, table, adder(ui, most));
}

function adder(ui, most) {
  const list = h("select", { "aria-label": "Add a function" });
  const group = (words, options) => h("optgroup", { label: words }, ...options);
  list.append(h("option", { value: "" }, "Add a function …"),
    ...Object.entries(FAMILIES).map(([family, names]) => (
      group(family, names.map((name) => h("option", { value: name }, label(name)))))),
    group("A whole set", Object.keys(SETS).map((words) => h("option", { value: words }, words))));
  ui.listen(list, "change", () => {
    const chosen = list.value;
    list.value = "";
    if (SETS[chosen]) ui.set({ functions: SETS[chosen], tangent: SETS[chosen][0] });
    else if (chosen) ui.set({ functions: [...ui.get("functions"), chosen].slice(-most), tangent: chosen });
  });
  ui.refresh(() => {
    const shown = ui.get("functions");
    for (const option of list.options) option.disabled = shown.includes(option.value);
  });
  return list;
}
