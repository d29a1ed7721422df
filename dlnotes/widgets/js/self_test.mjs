// The view of SelfTest: a question, its answers, and at once the reason. Answers are buttons and no radios: with radios the
// arrow keys would give every answer that they pass.

import { judge } from "./self_test.core.mjs";
import { button, h, mount, newId, readout, setAttribute, setText } from "./lib/ui.mjs";

function render({ model, el }) {
  const ui = mount(model, el, "self_test", "Question"), { get } = ui;
  const task = () => ({
    choices: get("choices") ?? [], answer: get("answer") ?? [], tol: get("tol"), mistakes: get("mistakes") ?? [],
    why: get("why") });

  const asked = h("span"), ask = h("p", { class: "dlw-ask", id: newId() }, h("strong", {}, "Question. "), asked);
  const [seen, say] = readout(ui);
  const answers = task().choices.map(({ text }, i) => (
    button(ui, text, () => ui.set({ given: String(i) }), { class: "dlw-answer" })));
  const entry = h("input", {
    type: "text", autocomplete: "off", autocapitalize: "off", spellcheck: "false", enterkeyhint: "done",
    "aria-label": ["Your number", get("unit")].filter(Boolean).join(", "), "aria-describedby": ask.id });
  const check = () => ui.set({ given: entry.value.slice(0, 40) });
  ui.listen(entry, "keydown", (event) => event.key === "Enter" && check());
  const unit = get("unit") ? [h("span", {}, get("unit"))] : [];
  const number = h("div", { class: "dlw-row" }, entry, ...unit, button(ui, "Check", check));
  ui.root.append(
    ask, h("div", { role: "group", "aria-labelledby": ask.id }, ...(answers.length ? answers : [number])), seen);

  let shown = "";                                          // an entry is renewed only when the model brings another number
  ui.start(() => {
    const given = get("given"), { right, words } = judge(task(), given);
    setText(asked, get("ask"));
    answers.forEach((node, i) => setAttribute(node, "aria-pressed", given === String(i)));
    if (given !== shown) entry.value = shown = given;
    setAttribute(ui.root, "data-verdict", right === null ? "open" : right ? "right" : "wrong");
    say(right === null ? words : `${right ? "Right" : "Not yet"}. ${words}`);
  });
  return ui.end;
}

export default { render };
