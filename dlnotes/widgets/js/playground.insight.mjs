// What a reader finds out about a run: the guide's verdicts, the test's counts, one step with every number.

import { metrics } from "./playground.core.mjs";
import { diagnose, look } from "./playground.guide.core.mjs";
import { oneUpdate } from "./playground.step.core.mjs";
import { pagesOf } from "./playground.step.text.mjs";
import { VERDICTS, percent } from "./playground.text.mjs";
import { number } from "./lib/plot.mjs";
import { button, entry, field, fold, h, setAttribute, setText } from "./lib/ui.mjs";

const OFTEN = 250;                                        // milliseconds between two looks while it runs

/** The healthy / sick guide. */
export function createGuide(ui, { session }) {
  const rows = Array.from({ length: 3 }, () => {
    const badge = h("strong", { class: "dlw-state" }), seen = h("p", {}), why = h("p", {}), what = h("p", {});
    return { node: h("div", { class: "dlw-pg-verdict", hidden: true }, badge, seen, why, what), badge, seen,
      why, what };
  });
  const node = h("div", { class: "dlw-card dlw-pg-guide", role: "group",
    "aria-label": "Is this run healthy?" },
    ...rows.map((row) => row.node));
  let last = -OFTEN, shown = null;
  function draw() {
    const now = performance.now(), run = session(), key = `${run.epoch} ${run.structure.seed}`;
    if (now - last < OFTEN) {
      if (shown !== key) ui.redraw();
      return;
    }
    last = now;
    shown = key;
    const found = run.run ? diagnose(look(run)) : [];
    rows.forEach((row, i) => {
      const verdict = found[i];
      if (row.node.hidden !== !verdict) row.node.hidden = !verdict;
      if (!verdict) return;
      const [sick, badge, seen, why, what] = VERDICTS[verdict.name];
      setText(row.badge, badge);
      setAttribute(row.badge, "data-state", sick ? "dead" : verdict.name === "early" ? "silent" : "alive");
      setText(row.seen, seen(verdict));
      setText(row.why, `Why: ${why}`);
      setText(row.what, `Try: ${what}`);
    });
  }
  return { node, draw };
}

/** Loss, accuracy and confusion counts of training and test. */
export function createMetrics(ui, { session }) {
  const cell = () => h("td", {}), parts = ["train", "test"];
  const table = (name) => {
    const cells = [cell(), cell(), cell(), cell()], loss = cell(), share = cell();
    return { cells, loss, share, name, body: [
      h("tr", {}, h("th", { scope: "row" }, name === "train" ? "training" : "test"), loss, share,
        ...cells)] };
  };
  const rows = parts.map(table);
  const node = fold("Loss, accuracy, counts",
    h("div", { class: "dlw-pg-scroll", tabindex: 0, role: "group", "aria-label": "Table of counts" },
      h("table", { class: "dlw-pg-table" },
      h("thead", {}, h("tr", {}, ...["", "loss", "right", "0 taken for 0", "0 taken for 1", "1 taken for 0",
        "1 taken for 1"].map((words) => (
        h("th", { scope: "col" }, words))))),
      h("tbody", {}, ...rows.flatMap(({ body }) => body)))));
  function draw() {
    if (!node.open) return;
    for (const row of rows) {
      const seen = metrics(session(), session()[row.name]), none = "–";
      setText(row.loss, seen ? number(seen.loss, 4) : none);
      setText(row.share, seen ? percent(seen.accuracy) : none);
      row.cells.forEach((at, i) => setText(at, seen ? String(seen.counts[i >> 1][i & 1]) : none));
    }
  }
  ui.listen(node, "toggle", ui.redraw);
  return { node, draw };
}

/** One update by hand: an example, and its way through the network, page by page. */
export function createStepper(ui, { session }) {
  let example = 0, page = 0, key = "", pages = [];
  const title = h("h4", { class: "dlw-pg-title" }), list = h("ul", { class: "dlw-pg-lines" });
  const where = h("span", { "aria-live": "polite" });
  const turn = (by) => { page = Math.min(Math.max(page + by, 0), pages.length - 1); ui.redraw(); };
  const back = button(ui, "‹ Before", () => turn(-1)), next = button(ui, "Next ›", () => turn(1));
  const count = () => Math.max(session().train.N, 1);
  const number0 = { get: () => Math.min(example, count() - 1) + 1,
    set: (v) => { example = v - 1; ui.redraw(); } };
  const node = fold("One step by hand, every number",
    h("p", {},
      "One training point alone, from the weights of this epoch: forward, loss, backward, new weights. The "
      + "run itself stays as it is."),
    h("div", { class: "dlw-row" },
      field("training point number",
        entry(ui, number0, { label: "training point number", min: () => 1, max: count, whole: true })),
      back, next, where), title, list);
  function draw() {
    if (!node.open) return;
    const run = session(), n = Math.min(example, count() - 1);
    if (!run.run) {
      setText(title, "No training point yet.");
      list.replaceChildren();
      return;
    }
    const now = `${run.epoch} ${n} ${page} ${run.train.N} ${JSON.stringify(run.structure.layers)} `
      + `${run.net.params[0]} ${run.run.log.length}`;
    if (now === key) return;
    key = now;
    pages = pagesOf(oneUpdate(run, n), run);
    page = Math.min(page, pages.length - 1);
    setText(title, pages[page].title);
    list.replaceChildren(...pages[page].lines.map((words) => h("li", {}, words)));
    setText(where, `page ${page + 1} of ${pages.length}`);
    if (back.disabled !== (page === 0)) back.disabled = page === 0;
    if (next.disabled !== (page === pages.length - 1)) next.disabled = page === pages.length - 1;
  }
  ui.listen(node, "toggle", ui.redraw);
  return { node, draw };
}
