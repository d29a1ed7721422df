// The view of DeepInit: what the first weights of a deep network do to its numbers, and who learns then.

import { activationOf, diagnose, momentsAt, weightVariance, NAMES } from "./deep_init.core.mjs";
import { DEEPEST, DEPTHS, NX, drawMap, drawRidges, drawSizes } from "./deep_init.draw.mjs";
import { drawTraining } from "./deep_init.learning.mjs";
import { EPOCHS, GRID, trainingWidth } from "./deep_init.runs.core.mjs";
import { script } from "./deep_init.script.mjs";
import {
  ACTIVATION_TITLES, BADGES, EXPLAINED, PRESETS, SIGNS, STORIES, TITLES, details, learned, sentence,
} from "./deep_init.text.mjs";
import { STATIC, createWork } from "./deep_init.work.mjs";
import { HeatMap } from "./lib/field.mjs";
import { link, numberIn, oneOf } from "./lib/link.mjs";
import { clamp } from "./lib/num.mjs";
import { player } from "./lib/player.mjs";
import { Panel, Scale, figure, point } from "./lib/plot.mjs";
import { pythonButtons } from "./lib/python.mjs";
import {
  choice, explain, h, handle2d, mount, readout, select, setAttribute, setText, slider,
} from "./lib/ui.mjs";

const SETTINGS = [...STATIC, "rival", "third", "lr"];

function render({ model, el }) {
  const ui = mount(model, el, "deep_init", "Initialization of a deep network");
  const get = ui.get;
  const settings = () => Object.fromEntries(SETTINGS.map((name) => [name, get(name)]));

  const work = createWork(get, settings), { keys, field } = work;
  let onScreen = false;
  const watch = new IntersectionObserver(([entry]) => {
    onScreen = entry.isIntersecting;
    if (onScreen) ui.redraw();
  });
  watch.observe(ui.root);
  ui.defer(() => watch.disconnect());

  // Page: built once ----------------------------------------------------------------------------------------
  const place = (kind, label) => figure(ui, h("div", { class: `dlw-figure dlw-di-${kind}` }), label);
  const ridges = place("ridges", "Spread of pre-activations, activations and gradients, layer by layer");
  const sizes = place("sizes", "Variances measured and predicted, shares of saturated and dead units");
  const map = place("map", "Where the gradient fades, arrives or explodes: depth against weight variance");
  const race = place("race", "Loss of up to three networks that learn, and what each makes of the plane");
  const columns = [0, 1, 2].map(() => new Panel(ridges));
  const layerScale = new Scale();
  const charts = [new Panel(sizes, layerScale, new Scale("log")), new Panel(sizes, layerScale)];
  const chart = new Panel(map, new Scale("log")), heat = new HeatMap(NX, DEPTHS);
  const loss = new Panel(race);
  const planes = [0, 1, 2].map(() => ({ panel: new Panel(race), heat: new HeatMap(GRID, GRID) }));
  const badge = h("strong", { class: "dlw-state" }), list = h("dl"), [seen, say] = readout(ui);
  const [score, tell] = readout(ui), narrow = h("p", { class: "dlw-di-note" });

  // sigma_w^2 of the reader's layers; of LSUV what its scaling comes to.
  const moments = new Float64Array(3);
  function sigma() {
    const { activation, initializer, gain, width } = settings();
    if (initializer !== "lsuv") return weightVariance(initializer, gain, width);
    momentsAt(activationOf(activation), gain ** 2, moments);
    return gain ** 2 / moments[0];
  }
  // The reader's place on the map, as a power of ten; weights without a variance stand at its left end.
  const place10 = () => (sigma() > 0 ? clamp(Math.log10(sigma()), -1, 1) : -1);
  const ring = handle2d(ui, map.host, {
    label: "weight variance and depth", range: () => [-1, 1, 2, DEEPEST],
    get: () => [place10(), get("depth")],
    set: ([power, depth]) => {
      const now = sigma(), gain = now > 0 ? get("gain") * Math.sqrt(10 ** power / now) : get("gain");
      ui.set({
        depth: clamp(Math.round(depth), 2, DEEPEST), gain: clamp(Number(gain.toPrecision(4)), 0.01, 100) });
    },
    invert: (px, py) => [Math.log10(chart.x.invert(px)), chart.y.invert(py)],
    say: () => `σ² ${Number(sigma().toPrecision(3))}, ${get("depth")} layers` });

  const names = (list_, titles) => list_.map((name) => [name, titles[name]]);
  const rivals = [["", "nobody"], ...names(NAMES, TITLES)];
  const spec = {
    activation: oneOf(...Object.keys(ACTIVATION_TITLES)), initializer: oneOf(...NAMES),
    gain: numberIn(0.01, 100), depth: numberIn(2, 50, true), width: numberIn(16, 256, true),
    seed: numberIn(0, 2 ** 31 - 1, true), rival: oneOf("", ...NAMES), third: oneOf("", ...NAMES),
    lr: numberIn(1e-4, 10), step: numberIn(0, EPOCHS, true) };
  const buttons = pythonButtons(ui, (library) => script({ ...settings(), epochs: get("step") }, library));
  ui.root.append(
    h("div", { class: "dlw-head" }, h("strong", {}, "Initialization"), link(ui, spec)),
    choice(ui, {
      label: "Situations", options: Object.entries(STORIES),
      choose: (name) => ui.set({ ...PRESETS[name], step: 0 }),
      current: () => Object.keys(PRESETS).find((name) => (
        Object.entries(PRESETS[name]).every(([trait, value]) => get(trait) === value))) }),
    h("div", { class: "dlw-controls" },
      select(ui, "initializer", { label: "first weights", options: names(NAMES, TITLES) }),
      select(ui, "activation", { label: "activation", options: Object.entries(ACTIVATION_TITLES) }),
      slider(ui, "gain", { label: "gain: all weights times", min: 0.01, max: 100, log: true }),
      slider(ui, "depth", { label: "depth: layers", min: 2, max: DEEPEST, step: 1 }),
      slider(ui, "width", { label: "width: units in a layer, n", min: 16, max: 256, step: 1 })),
    h("div", { class: "dlw-card dlw-di-card" }, h("div", {}, badge, seen), list),
    ridges.host, h("div", { class: "dlw-columns dlw-even" }, sizes.host, map.host),
    h("h4", { class: "dlw-di-title" }, "Now train it: who learns?"),
    h("div", { class: "dlw-controls dlw-di-rivals" },
      select(ui, "rival", { label: "beside it", options: rivals }),
      select(ui, "third", { label: "and", options: rivals }),
      slider(ui, "lr", { label: "learning rate", min: 1e-4, max: 10, log: true })),
    race.host, score, player(ui, { last: () => EPOCHS, label: "Epoch" }), narrow,
    h("div", { class: "dlw-row" }, ...buttons), explain(...EXPLAINED));

  // Draw: from the model alone ------------------------------------------------------------------------------
  // A figure is painted again only when something in it has changed.
  const painted = new Map();
  function changed(fig, ...parts) {
    const { host, colors } = fig;
    const key = [
      host.clientWidth, host.clientHeight, colors.paper, globalThis.devicePixelRatio, ...parts].join("|");
    if (painted.get(fig) === key) return false;
    if (!fig.begin()) return false;
    painted.set(fig, key);
    return true;
  }

  function draw() {
    work.renew();
    const idle = onScreen ? work.slice() : !work.measuring && !work.mapping && work.waiting.length === 0;
    setAttribute(ui.root, "aria-busy", !idle);
    const { result } = work.store, epoch = get("step");
    if (!work.measuring) speak(result);
    if (changed(ridges, work.version)) drawRidges(ridges, columns, result);
    if (changed(sizes, work.version)) drawSizes(sizes, charts, result, work.theory);
    const power = place10();
    if (changed(map, keys.map, work.mapped, power, get("depth"))) {
      drawMap(map, chart, heat, field, work.mapped);
      point(chart, 10 ** power, get("depth"), { color: ui.colors.ink, r: 5 });
      ring(chart.x.at(10 ** power), chart.y.at(get("depth")));
    }
    drawRace(epoch);
    if (onScreen && !idle) ui.redraw();
  }

  function speak(result) {
    const kind = diagnose(result, get("initializer"));
    setText(badge, BADGES[kind]);
    setAttribute(badge, "data-state", SIGNS[kind]);
    say(sentence(result, settings(), kind));
    if (keys.spoken === keys.static) return;
    keys.spoken = keys.static;
    const rows = details(result).flatMap(([name, words]) => [h("dt", {}, name), h("dd", {}, words)]);
    list.replaceChildren(...rows);
  }

  function drawRace(epoch) {
    const state = work.trainees.map((one) => `${one.name} ${one.known} ${one.at} ${one.row === GRID}`);
    if (changed(race, epoch, keys.training, ...state)) {
      const here = work.trainees.length ? Math.min(epoch, ...work.trainees.map((one) => one.known - 1)) : 0;
      drawTraining(race, loss, planes, work.trainees, here, work.trainees[0]?.run.data ?? { X: [], y: [] });
      if (here === epoch && !work.waiting.length) tell(learned(work.trainees, epoch));
    }
    const width = trainingWidth(get("width"), get("depth"));
    const why = width < get("width") ? ", fewer than above so that a phone can follow" : "";
    const shape = `${get("depth")} layers of ${width} units`;
    setText(narrow, `Trained: ${shape}${why}; gradient descent, batches of 20.`);
  }

  ui.start(draw);
  return ui.end;
}

export default { render };
