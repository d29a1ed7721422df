// The state of a widget in the address of the page: "#dlw=0&x=1.5&functions=sigmoid,relu", so that it can be
// sent.

import { button, setText } from "./ui.mjs";

// How a trait is read back; each returns undefined for what it cannot use, and the trait then stays as it is.
export const oneOf = (...values) => (words) => values.find((v) => String(v) === words);
export const listOf = (values, most) => (words) => {
  const found = [...new Set(words.split(","))].filter((w) => values.includes(w)).slice(0, most);
  return found.length ? found : undefined;
};
export const numberIn = (low, high, whole = false) => (words) => {
  const v = Number(words);
  return words.trim() && v >= low && v <= high && (!whole || Number.isInteger(v)) ? v : undefined;
};

// The place of this widget among those of the page.
function place(ui) {
  const host = ui.root.closest(".dlw-host");
  const all = [...document.querySelectorAll(host ? ".dlw-host" : ".dlw")];
  return String(all.indexOf(host ?? ui.root));
}

// A button that puts the traits of `spec` ({ trait: reader }) into the address and copies it; and the way
// back, where `ready` may refuse or mend a state whose parts do not fit together.
export function link(ui, spec, ready = (state) => state) {
  function follow() {
    const sent = new URLSearchParams(location.hash.slice(1));
    if (sent.get("dlw") !== place(ui)) return;
    const state = {};
    for (const [trait, read] of Object.entries(spec)) {
      const value = sent.has(trait) ? read(sent.get(trait)) : undefined;
      if (value !== undefined) state[trait] = value;
    }
    ui.set(ready(state));
    ui.root.scrollIntoView({ block: "nearest" });
  }
  async function copy() {
    const parts = Object.keys(spec).map((trait) => `${trait}=${encodeURIComponent(String(ui.get(trait)))}`);
    const state = parts.join("&").replaceAll("%2C", ",");
    const address = `${location.href.split("#")[0]}#dlw=${place(ui)}&${state}`;
    history.replaceState(history.state, "", address);
    const copied = await navigator.clipboard?.writeText(address).then(() => true, () => false);
    setText(node, copied ? "Link copied" : "Link is in the address bar");
    clearTimeout(timer);
    timer = setTimeout(() => setText(node, "Copy link"), 3000);
  }
  let timer = 0;
  const node = button(ui, "Copy link", copy, { class: "dlw-quiet", "aria-live": "polite" });
  const first = requestAnimationFrame(follow);             // once the view is in the page
  ui.defer(() => { clearTimeout(timer); cancelAnimationFrame(first); });
  ui.listen(globalThis, "hashchange", follow);
  return node;
}
