// The view of Unroll: a word goes through a recurrent network letter by letter, and the gradient goes back.

import { cleaned } from "./letters.core.mjs";
import { clamp } from "./lib/num.mjs";
import { Panel, figure } from "./lib/plot.mjs";
import { area, button, choice, explain, h, mount, readout, setText, slider, toggle } from "./lib/ui.mjs";
import { link, numberIn, oneOf } from "./lib/link.mjs";
import { player } from "./lib/player.mjs";
import {
  BLOCKS, MOST, backward, drawWeights, forward, ownRadius, packedWeights, targetOf, unitsOf, withRadius,
} from "./unroll.core.mjs";
import { clicked, createInk, drawNext, drawUnrolled, heightOf } from "./unroll.draw.mjs";
import { CELLS, EXPLAINED, sentence, unitFacts } from "./unroll.text.mjs";
import { unpack } from "./weights.core.mjs";

const whole = (v, low, high, usual) => (Number.isInteger(v) ? clamp(v, low, high) : usual);

// The settings as they can be used, whatever the traits say.
function settingsOf(get) {
  const rho = get("rho");
  return {
    text: cleaned(get("text"), MOST), cell: Object.hasOwn(BLOCKS, get("cell")) ? get("cell") : "rnn",
    rho: Number.isFinite(rho) ? clamp(rho, 0, 3) : null, trained: Boolean(get("trained")),
    seed: whole(get("seed"), 0, 2 ** 31 - 1, 0), asked: whole(get("asked"), 0, MOST + 1, 0) };
}

// The network and both its passes; all is kept as long as the settings stay the same.
function worker(get) {
  let arrays, carried, key = "", now = null;
  return () => {
    if (carried !== get("weights")) [carried, arrays, key] = [get("weights"), unpack(get("weights")), ""];
    const settings = settingsOf(get), wanted = JSON.stringify(settings);
    if (wanted === key) return now;
    const { text, cell, rho, trained, seed } = settings, packed = packedWeights(arrays, cell);
    const drawn = !packed || !trained, own = drawn ? drawWeights(cell, seed) : packed;
    const net = withRadius(own, cell, rho), pass = forward(net, cell, text);
    const asked = Math.min(settings.asked || pass.T, pass.T);
    key = wanted;
    now = {
      ...settings, pass, asked, drawn, canTrain: Boolean(packed), units: unitsOf(net), rho: rho ?? ownRadius(own, cell),
      target: targetOf(pass, asked), back: backward(net, cell, pass, asked) };
    return now;
  };
}

function render({ model, el }) {
  const ui = mount(model, el, "unroll", "Unrolled recurrent network");
  const get = ui.get, current = worker(get);
  const last = () => current().pass.T + current().asked + 1;
  // Where the player is: what has been read, how far the gradient has come, and the column that this concerns.
  const place = () => {
    const { pass: { T }, asked } = current(), step = whole(get("step"), 0, last(), 0), forward = step <= T;
    const reached = forward ? asked + 1 : asked - (step - T - 1);
    return { step, forward, read: Math.min(step, T), reached, at: forward ? step : reached };
  };

  const host = h("div", { class: "dlw-figure dlw-unroll-all" });
  const fig = figure(ui, host, "States, gates and gradients, a column for each letter");
  const nextHost = h("div", { class: "dlw-figure dlw-unroll-next" });
  const next = figure(ui, nextHost, "Probability of the next letter");
  const ink = createInk(fig), nextPanel = new Panel(next);
  const [seen, say] = readout(ui), card = h("dl", {}), facts = h("div", { class: "dlw-card dlw-unroll-card" }, card);
  const changed = (traits) => ui.set({ ...traits, step: Math.min(get("step"), last()) });
  ui.listen(host, "click", (event) => {
    const box = host.getBoundingClientRect(), { pass: { T }, cell, asked, units } = current();
    const hit = clicked(fig, ink, cell, T, event.clientX - box.left, event.clientY - box.top);
    if (!hit) return;
    const step = hit.back && hit.at <= asked ? T + 1 + asked - hit.at : hit.at;
    ui.set({ step, ...(hit.unit !== null && { unit: clamp(hit.unit, 0, units - 1) }) });
  });

  const word = {
    get: () => cleaned(get("text"), MOST),
    set: (v) => { ui.set({ text: cleaned(v, MOST), asked: 0 }); ui.set({ step: current().pass.T }); } };
  const radius = { get: () => current().rho, set: (rho) => ui.set({ rho }) };
  const asked = { get: () => current().asked, set: (v) => changed({ asked: v }) };
  const unit = { get: () => whole(get("unit"), 0, current().units - 1, 0) + 1, set: (v) => ui.set({ unit: v - 1 }) };
  const forTrained = toggle(ui, "trained", { label: "trained weights (else random ones)" });
  const asTheyAre = button(ui, "ρ as it is", () => ui.set({ rho: null }));
  const spec = {
    text: (words) => cleaned(words, MOST), cell: oneOf(...Object.keys(BLOCKS)),
    rho: (words) => (words === "null" ? null : numberIn(0, 3)(words)), trained: oneOf(true, false),
    asked: numberIn(0, MOST + 1, true), unit: numberIn(0, 63, true), seed: numberIn(0, 2 ** 31 - 1, true),
    step: numberIn(0, 2 * MOST + 3, true) };

  ui.root.append(
    h("div", { class: "dlw-head" }, h("strong", {}, "Unrolled over a word"), link(ui, spec)),
    choice(ui, { label: "Cell", options: CELLS, current: () => current().cell, choose: (cell) => changed({ cell }) }),
    h("div", { class: "dlw-controls" },
      area(ui, word, { label: `word, up to ${MOST} letters`, most: 200 }),
      slider(ui, radius, { label: "spectral radius ρ of the recurrent weights", min: 0, max: 3 }),
      slider(ui, asked, {
        label: "output that the gradient comes from", min: 1, max: () => current().pass.T, step: 1 }),
      h("div", { class: "dlw-row" }, asTheyAre, forTrained)),
    player(ui, { last, label: "Step (forward, then backward)" }),
    seen, host, h("div", { class: "dlw-columns dlw-even" }, nextHost,
      h("div", {}, slider(ui, unit, { label: "picked unit", min: 1, max: () => current().units, step: 1 }), facts)),
    explain(...EXPLAINED));

  ui.start(() => {
    const now = { ...current(), ...place(), unit: unit.get() - 1 };
    forTrained.hidden = !now.canTrain;
    asTheyAre.disabled = get("rho") === null;
    const tall = `${heightOf(now.cell)}px`;
    if (host.style.height !== tall) host.style.height = tall;
    if (fig.begin()) drawUnrolled(fig, ink, now);
    const read = Math.max(now.forward ? now.read : now.asked, 1);
    if (next.begin()) drawNext(nextPanel, ink, next, now.pass.log_p[read - 1], targetOf(now.pass, read));
    say(sentence(now));
    const rows = unitFacts(now);
    while (card.children.length > 2 * rows.length) card.lastChild.remove();
    while (card.children.length < 2 * rows.length) card.append(h(card.children.length % 2 ? "dd" : "dt"));
    rows.flat().forEach((words, i) => setText(card.children[i], words));
  });
  return ui.end;
}

export default { render };
