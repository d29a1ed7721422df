// The view of Playground: data, network, output, and a run that goes forward and back.

import { advance, createSession, lastEpoch, resettle, scriptSpec } from "./playground.core.mjs";
import { createCompare } from "./playground.compare.mjs";
import { createControls } from "./playground.controls.mjs";
import { createEditor } from "./playground.data.mjs";
import { createGuide, createMetrics, createStepper } from "./playground.insight.mjs";
import { createNetwork } from "./playground.network.mjs";
import { createCurves, createOutput } from "./playground.output.mjs";
import { LIVE, MOST_CHANGES, STRUCTURE, changed, inForce, sane } from "./playground.settings.core.mjs";
import { createLink } from "./playground.link.mjs";
import { unitOf } from "./playground.step.core.mjs";
import { EXPLAINED, formula, sentence } from "./playground.text.mjs";
import { trainingScript } from "./training_script.mjs";
import { clamp } from "./lib/num.mjs";
import { player } from "./lib/player.mjs";
import { pythonButtons } from "./lib/python.mjs";
import { button, explain, fold, fullScreen, h, message, mount, readout, setText, toggle } from "./lib/ui.mjs";

const PATIENCE = 9;                       // milliseconds of training in a frame
const AHEAD = 20;                         // epochs: a player that is further ahead than the run waits for it

function render({ model, el }) {
  const ui = mount(model, el, "playground", "Neural network playground");
  const get = ui.get;

  // The run that belongs to the model: anew where its structure changes, else from an epoch on --------
  const raw = {};
  let session = null, structure = null, live = null, goal = 0, grew = false;
  function differs(names) {
    let found = false;
    for (const name of names) {
      if (raw[name] !== get(name)) found = true;
      raw[name] = get(name);
    }
    return found;
  }
  function current() {
    const rebuilt = differs(Object.keys(STRUCTURE)), tuned = differs(LIVE_NAMES);
    if (rebuilt || tuned) ({ structure, live } = sane(raw));
    if (rebuilt) session = createSession(structure, live, get("changes"));
    else if (tuned) resettle(session, live, get("changes"));
    return session;
  }
  function arrive() {
    const wanted = get("epoch"), to = Number.isInteger(wanted) ? clamp(wanted, 0, lastEpoch(session)) : 0;
    const arrived = advance(session, to, PATIENCE);
    const plays = grew && to > goal && to - goal <= AHEAD;                  // twice in a row a little further
    if (!arrived && plays) ui.set({ epoch: session.epoch }, false);
    else if (!arrived) ui.redraw();
    else if (Number.isInteger(wanted) && wanted !== session.epoch) ui.set({ epoch: session.epoch }, false);
    grew = to > goal;
    goal = to;
  }
  const restart = (values) => ui.set({ ...values, epoch: 0, changes: [] });
  const structural = (name) => ({ get: () => structure[name], set: (v) => restart({ [name]: v }) });
  function retune(values) {
    const next = changed(session.segments, session.epoch, values);
    warn(next.changes.length > MOST_CHANGES
      ? `A run holds ${MOST_CHANGES} changes of its settings. Reset it to make more.` : "");
    if (next.changes.length <= MOST_CHANGES) ui.set(next);
  }
  const now = (name) => inForce(session.segments, session.epoch)[name];
  const tuning = (name) => ({ get: () => now(name), set: (v) => retune({ [name]: v }) });
  current();
  ui.refresh(() => { current(); arrive(); });            // before any control looks at the run

  // Page: built once --------------------------------------------------
  const [problem, warn] = message(ui), [seen, say] = readout(ui);
  const at = { session: () => session, structure: () => structure, structural, live: tuning, restart };
  const network = createNetwork(ui, at), words = h("p", { class: "dlw-pg-formula", "aria-live": "polite" });
  const shown = { session: () => session, discretize: () => Boolean(get("discretize")),
    showTest: () => get("show_test") !== false };
  const output = createOutput(ui, "Output of the network over the plane, with the points and the boundary", {
    ...shown, chosen: network.chosen });
  const compare = createCompare(ui, { ...at, shown, patience: PATIENCE / 2 });
  const curves = createCurves(ui, { session: () => session, rival: compare.rival });
  const controls = createControls(ui, at), editor = createEditor(ui, { ...at, output });
  const guide = createGuide(ui, at), metrics = createMetrics(ui, at), stepper = createStepper(ui, at);
  const seeded = { ...ui,
    set: (values, save) => ui.set("seed" in values ? { ...values, epoch: 0, changes: [] } : values, save) };
  const script = (library) => (session.run ? trainingScript(scriptSpec(session), library)
    : "# There are no training points yet.\n");
  const changes = h("span", {}), anew = button(ui, "Start anew with the present settings",
    () => restart(inForce(session.segments, session.epoch)), { class: "dlw-quiet" });
  const history = h("p", { class: "dlw-pg-changes", hidden: true }, changes, anew);

  ui.root.append(
    h("div", { class: "dlw-head" }, h("strong", {}, "Playground"),
      h("div", { class: "dlw-row" }, createLink(ui, warn), fullScreen(ui))),
    h("div", { class: "dlw-pg" },
      controls.data,
      h("div", { class: "dlw-pg-middle" }, network.node, words),
      h("div", { class: "dlw-pg-right" },
        h("div", { class: "dlw-pg-outs" }, h("div", {}, compare.label, output.host), compare.node),
        editor.brushes, editor.trouble,
        h("div", { class: "dlw-row dlw-pg-key" },
          h("span", { "aria-hidden": "true" },
            h("i", {}, "■"), " class 0  ", h("b", {}, "●"), " class 1"),
          toggle(ui, "show_test", { label: "test points, hollow" })), curves.host),
      h("div", { class: "dlw-pg-run" }, player(seeded, {
        trait: "epoch", label: "Epoch", last: () => lastEpoch(session), reached: () => session.reached })),
      controls.main,
      h("div", { class: "dlw-pg-words" }, seen, history, problem), guide.node),
    controls.more, editor.table, compare.fold, stepper.node, metrics.node,
    fold("This run as a program",
      h("p", {}, "A script that draws the same data and weights, trains as long, with your changes on the "
        + "way, and prints the losses that stand here."),
      h("div", { class: "dlw-row" }, ...pythonButtons(ui, script))),
    explain(...EXPLAINED));

  // Draw: from the model alone --------------------------------------------------
  function drawNetwork() {
    compare.advance(session.epoch);
    network.draw();
  }
  function drawOutput() {
    output.draw();
    compare.draw();
  }
  function drawWords() {
    curves.draw();
    const it = network.chosen();
    setText(words, it ? formula(session, it, unitOf)
      : "Point at a unit or an edge, or choose one with the arrow keys, to see its formula.");
    say(sentence(session));
    const past = session.segments.slice(1).map(({ from, live: then }, i) => differences(from,
      session.segments[i].live, then));
    setText(changes, past.length ? `Changed on the way: ${past.slice(-3).join("; ")}.` : "");
    if (history.hidden !== !past.length) history.hidden = !past.length;
    guide.draw();
    metrics.draw();
    stepper.draw();
  }

  ui.root.classList.add("dlw-playground");
  ui.start(drawNetwork, drawOutput, drawWords);
  return ui.end;

  function differences(from, before, then) {
    const names = Object.keys(LIVE).filter((name) => before[name] !== then[name]);
    return `epoch ${from}: ${names.map((name) => `${name.replaceAll("_", " ")} ${before[name]} → `
      + `${then[name]}`).join(", ")}`;
  }
}

const LIVE_NAMES = [...Object.keys(LIVE), "changes"];

export default { render };
