// The form of the network by button: features on and off, layers and units more and fewer.

import { FEATURES } from "./datasets.core.mjs";
import { MOST_LAYERS, MOST_UNITS } from "./playground.settings.core.mjs";
import { NAMES } from "./playground.text.mjs";
import { button, h, setAttribute, setText } from "./lib/ui.mjs";

const ALL = Object.keys(FEATURES);

/**
 * @param at { structure(), restart(values), host: the network's figure, focus(it): a feature has the focus }
 * @returns { nodes, update(across, featureAt) }: update puts the buttons where the picture has its columns
 */
export function createShape(ui, { structure, restart, host, focus }) {
  const toggles = ALL.map((name, i) => {
    const node = button(ui, "", () => {
      const now = structure().features,
        next = ALL.filter((f) => (f === name ? !now.includes(f) : now.includes(f)));
      if (next.length) restart({ features: next });
    }, { class: "dlw-pg-feature", "aria-label": `feature ${NAMES[name]}`, title: NAMES[name] });
    ui.listen(node, "focus", () => focus({ l: -1, h: i, d: null }));
    ui.listen(node, "blur", () => focus(null));
    host.append(node);
    return node;
  });
  const depth = h("span", {}), columns = h("div", { class: "dlw-pg-layers" });
  const fewer = button(ui, "−", () => restart({ layers: structure().layers.slice(0, -1) }), {
    "aria-label": "one hidden layer less" });
  const more = button(ui, "+",
    () => restart({ layers: [...structure().layers, structure().layers.at(-1) ?? 4] }), {
    "aria-label": "one hidden layer more" });
  const groups = Array.from({ length: MOST_LAYERS }, (_, l) => {
    const resize = (by) => restart({ layers: structure().layers.map((n, i) => (i === l ? n + by : n)) });
    const words = h("span", {});
    const minus = button(ui, "−", () => resize(-1), { "aria-label": `one unit less in layer ${l + 1}` });
    const plus = button(ui, "+", () => resize(1), { "aria-label": `one unit more in layer ${l + 1}` });
    const node = h("div", { class: "dlw-pg-layer", role: "group", "aria-label": `Layer ${l + 1}` }, plus,
      words, minus);
    columns.append(node);
    return { node, words, minus, plus };
  });
  const disable = (node, off) => { if (node.disabled !== off) node.disabled = off; };
  function update(across, featureAt) {
    const { layers, features: on } = structure();
    setText(depth, `${layers.length} hidden layer${layers.length === 1 ? "" : "s"}`);
    disable(fewer, layers.length === 0);
    disable(more, layers.length === MOST_LAYERS);
    groups.forEach(({ node, words, minus, plus }, l) => {
      if (node.hidden !== l >= layers.length) node.hidden = l >= layers.length;
      setText(words, `${layers[l] ?? 0} unit${layers[l] === 1 ? "" : "s"}`);
      disable(minus, layers[l] === 1);
      disable(plus, layers[l] === MOST_UNITS);
      const x = `${Math.round(across(l))}px`;
      if (l < layers.length && node.style.getPropertyValue("--x") !== x) node.style.setProperty("--x", x);
    });
    toggles.forEach((node, i) => {
      setAttribute(node, "aria-pressed", on.includes(ALL[i]));
      const top = `${Math.round(featureAt(i) - 22)}px`;
      if (node.style.top !== top) node.style.top = top;
    });
  }
  return { nodes: [h("div", { class: "dlw-pg-depth", role: "group", "aria-label": "Hidden layers" }, fewer,
    depth, more), columns], update };
}
