// Two runs side by side: A is kept, B goes on; both from their own seed, in step.

import { advance, createSession } from "./playground.core.mjs";
import { createOutput } from "./playground.output.mjs";
import { LIVE, STRUCTURE, sane } from "./playground.settings.core.mjs";
import { button, fold, h, setText } from "./lib/ui.mjs";
import { number } from "./lib/plot.mjs";

const ALL = [...Object.keys(STRUCTURE), ...Object.keys(LIVE)];
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
const shownAs = (value) => (Array.isArray(value) ? (value.length > 8 ? `${value.length} points`
  : value.join("-") || "none") : String(value));

/** @param at { session(), restart(values), shown { discretize, showTest }, patience } */
export function createCompare(ui, { session, restart, shown, patience }) {
  let kept = null, rival = null;
  const isKept = () => Object.keys(ui.get("kept") ?? {}).length > 0;
  function current() {
    if (kept === ui.get("kept")) return rival;
    kept = ui.get("kept");
    const { structure, live } = sane(kept);
    rival = isKept() ? createSession(structure, live, kept.changes) : null;
    return rival;
  }
  const present = () => Object.fromEntries([...ALL, "changes"].map((name) => [name, ui.get(name)]));

  const label = h("p", { class: "dlw-pg-run-name", hidden: true }),
    other = h("p", { class: "dlw-pg-run-name" });
  const output = createOutput(ui, "Output of run A", { ...shown, session: () => current() ?? session() });
  const node = h("div", { hidden: true }, other, output.host), list = h("p", { role: "status" });
  const keep = button(ui, "Keep this run as A", () => { ui.set({ kept: present() }); });
  const drop = button(ui, "Let A go", () => ui.set({ kept: {} }));
  const swap = button(ui, "Swap A and B", () => {
    const { changes = [], ...values } = ui.get("kept");
    ui.set({ ...values, changes, kept: present() });
  });
  const part = fold("Compare two runs",
    h("p", {},
      "Keep the present run as A, then change a setting: B starts anew from the same seed. Play, and both "
      + "go in step; their outputs "
      + "stand side by side, their losses in one picture."),
    h("div", { class: "dlw-row" }, keep, swap, drop), list);

  function differences() {
    const now = present(), names = ALL.filter((name) => !same(now[name], kept[name] ?? now[name]));
    return names.length
      ? names.map((name) => `${name.replaceAll("_", " ")}: A ${shownAs(kept[name])}, B `
      + `${shownAs(now[name])}`).join("; ")
      : "A and B have the same settings so far: change one.";
  }
  const lossWords = ({ curves, epoch }) => `train ${number(curves.train[epoch], 3)}, test `
    + `${number(curves.test[epoch], 3)}`;

  /** Takes A along to the epoch of B. */
  function follow(epoch) {
    const run = current();
    if (run && !advance(run, epoch, patience)) ui.redraw();
  }
  function draw() {
    const run = current();
    ui.root.classList.toggle("dlw-pg-two", Boolean(run));
    for (const part of [node, label, drop, swap]) if (part.hidden === Boolean(run)) part.hidden = !run;
    if (!run) return setText(list, "");
    setText(label, `B, now: ${lossWords(session())}`);
    setText(other, `A, kept: ${lossWords(run)}`);
    setText(list, differences());
    output.draw();
  }
  return { label, node, fold: part, rival: current, advance: follow, draw };
}
