// The view of NameWriter: the trained network writes a name, and shows the probability of each next letter.

import { LETTERS, cleaned } from "./letters.core.mjs";
import { clamp } from "./lib/num.mjs";
import { Panel, figure } from "./lib/plot.mjs";
import { area, button, explain, h, message, mount, readout, setAttribute, setText, slider } from "./lib/ui.mjs";
import { link, numberIn } from "./lib/link.mjs";
import { player } from "./lib/player.mjs";
import { MOST, contains, likeliest, logProbability, networkOf, probabilities, run, write } from "./name_writer.core.mjs";
import { createInk, drawPlaces, shownAs } from "./name_writer.draw.mjs";
import { EXPLAINED, MISSING, facts, percent, sentence } from "./name_writer.text.mjs";
import { unpack } from "./weights.core.mjs";

const MANY = 12;                                          // names in the list of examples
const whole = (v, low, high, usual) => (Number.isInteger(v) ? clamp(v, low, high) : usual);

// The settings as they can be used, whatever the traits say.
function settingsOf(get) {
  const t = get("temperature");
  return {
    start: cleaned(get("start"), MOST), temperature: Number.isFinite(t) ? clamp(t, 0.1, 3) : 0.7,
    seed: whole(get("seed"), 0, 2 ** 31 - 1, 1) };
}

// Keeps what a function made as long as its arguments stay the same.
function kept(make) {
  let before = [], made;
  return (...args) => {
    if (args.length !== before.length || args.some((v, i) => !Object.is(v, before[i]))) [made, before] = [make(...args), args];
    return made;
  };
}

// All that is shown, from the traits alone.
function worker(get) {
  const network = kept((view) => networkOf(unpack(view))), writing = kept(write), reading = kept(run);
  const scored = kept(logProbability), search = kept(likeliest);
  const several = kept((net, start, temperature, seed) => (
    Array.from({ length: MANY }, (_, i) => {
      const next = (seed + i + 1) % 2 ** 31;
      return { seed: next, name: start + write(net, start, temperature, next).replace(".", "") };
    })));
  return () => {
    const net = network(get("weights")), { start, temperature, seed } = settingsOf(get);
    if (!net) return { net, start, temperature, last: 0, step: 0 };
    const written = writing(net, start, temperature, seed), last = written.length;
    const step = whole(get("step"), 0, last, last), ended = step === last && written.endsWith(".");
    const name = start + written.slice(0, step).replace(".", "");
    return {
      net, start, temperature, seed, last, step, ended, name, read: () => reading(net, name), logs: () => scored(net, name),
      best: () => search(net, name), names: () => several(net, start, temperature, seed) };
  };
}

function render({ model, el }) {
  const ui = mount(model, el, "name_writer", "Name writer");
  const get = ui.get, current = worker(get);
  const known = (name) => (get("listed")?.byteLength ? contains(get("listed"), name) : null);
  const begin = (start) => ui.set({ start: start.slice(0, MOST), step: 0, playing: false });

  const host = h("div", { class: "dlw-figure dlw-writer-places" });
  const fig = figure(ui, host, "At each place of the name, the probability of each letter");
  const panel = new Panel(fig), ink = createInk();
  const [seen, say] = readout(ui), [missing, warn] = message(ui);
  const keys = Array.from(LETTERS, (letter, k) => {
    const share = h("small", {}), node = button(ui, "", () => begin(current().name + letter), {
      class: "dlw-writer-key", disabled: k === 0 });
    node.append(h("b", {}, shownAs(k)), share);
    return { node, share };
  });
  const names = Array.from({ length: MANY }, (_, i) => button(ui, "", () => {
    ui.set({ seed: current().names()[i].seed });
    ui.set({ step: current().last });
  }, { class: "dlw-writer-name" }));
  const card = h("dl", {});
  ui.listen(host, "click", (event) => {
    const { start, name = "", ended } = current();
    const at = Math.round(panel.x.invert(event.clientX - host.getBoundingClientRect().left));
    if (!(at >= 0 && at < name.length + (ended ? 1 : 0))) return;
    if (at < start.length) begin(start.slice(0, at));
    else ui.set({ step: at - start.length, playing: false });
  });
  const newSeed = () => ui.set({ step: current().last });          // a new name is shown whole
  model.on("change:seed", newSeed);
  ui.defer(() => model.off("change:seed", newSeed));

  const start = {
    get: () => cleaned(get("start"), MOST),
    set: (words) => { ui.set({ start: cleaned(words, MOST) }); ui.set({ step: current().last }); } };
  const spec = {
    start: (words) => cleaned(words, MOST), temperature: numberIn(0.1, 3), seed: numberIn(0, 2 ** 31 - 1, true),
    step: numberIn(0, MOST + 1, true) };
  const heat = {
    get: () => settingsOf(get).temperature,
    set: (temperature) => { ui.set({ temperature }); ui.set({ step: current().last }); } };

  const whenThere = h("div", {},
    h("div", { class: "dlw-writer-keys", role: "group", "aria-label": "Next letter: choose one" }, ...keys.map(({ node }) => node)),
    player(ui, { last: () => current().last, label: "Letters drawn" }),
    h("div", { class: "dlw-columns dlw-even" }, host,
      h("div", { class: "dlw-side" }, h("div", { class: "dlw-card dlw-writer-card" }, card),
        h("div", { class: "dlw-card" }, h("p", { class: "dlw-writer-title" }, "The next twelve seeds (● new, not in the list)"),
          h("div", { class: "dlw-writer-names" }, ...names)))));
  ui.root.append(
    h("div", { class: "dlw-head" }, h("strong", {}, "Name writer"), link(ui, spec)), missing,
    h("div", { class: "dlw-controls" },
      area(ui, start, { label: "the name begins with", most: 200, placeholder: "nothing: it writes the whole name" }),
      slider(ui, heat, { label: "temperature", min: 0.1, max: 3, step: 0.05 })),
    seen, whenThere, explain(...EXPLAINED));

  ui.start(() => {
    const now = current();
    whenThere.hidden = !now.net;
    warn(now.net ? null : MISSING);
    if (!now.net) return say("No weights, no names.");
    const { name, ended, temperature, start: { length: given } } = now, pass = now.read();
    const columns = pass.slice(0, name.length + 1).map(({ scores }) => probabilities(scores, temperature));
    const p = columns.at(-1), top = Math.max(...p);
    keys.forEach(({ node, share }, k) => {
      node.style.setProperty("--p", p[k] / top);
      setText(share, percent(p[k]));
      setAttribute(node, "aria-label", `${k ? LETTERS[k] : "the end"}, ${percent(p[k])}`);
    });
    if (fig.begin()) drawPlaces(panel, ink, fig, { columns, name, ended, given });
    say(sentence({ name, ended, p, temperature }));
    const rows = facts({ name, logs: now.logs(), best: now.best(), known: known(name) }).flat();
    while (card.children.length > rows.length) card.lastChild.remove();
    while (card.children.length < rows.length) card.append(h(card.children.length % 2 ? "dd" : "dt"));
    rows.forEach((words, i) => setText(card.children[i], words));
    now.names().forEach(({ name: other }, i) => {
      setText(names[i], other || "■");
      setAttribute(names[i], "data-new", known(other) === false);
    });
  });
  return ui.end;
}

export default { render };
