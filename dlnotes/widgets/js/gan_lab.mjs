// The view of GanLab: two networks play their game on points of the plane; every half-step can be gone back to.

import { LAST, createGame, seek } from "./gan_lab.core.mjs";
import { createCharts, drawCharts, endOf } from "./gan_lab.charts.mjs";
import { createInk, drawPlane } from "./gan_lab.draw.mjs";
import { createPen } from "./gan_lab.pen.mjs";
import { ganScript } from "./gan_lab.script.mjs";
import { EVERY, FIELDS, createEyes, createRecords, diagnose, evaluate, record, travel } from "./gan_lab.seen.core.mjs";
import { RANGES, SPEC, USUAL, reader } from "./gan_lab.settings.mjs";
import { DATA_NAMES, EXPLAINED, LOSS_NAMES, SCHEME_NAMES, caption, sentence } from "./gan_lab.text.mjs";
import { clamp } from "./lib/num.mjs";
import { figure } from "./lib/plot.mjs";
import { draggable, explain, fold, fullScreen, h, mount, readout, select, slider, toggle } from "./lib/ui.mjs";
import { link } from "./lib/link.mjs";
import { player } from "./lib/player.mjs";
import { pythonButtons } from "./lib/python.mjs";

const PATIENCE = 9;                                       // milliseconds of training in a frame
const AHEAD = 20;                                         // iterations: a player further ahead waits for the run
const SETTLED = 150;                                      // milliseconds after which the words are made exact

// The run that belongs to the settings, and how far it has come on its way to the step that is wanted.
function follower(ui, settings) {
  const get = ui.get, now = { of: null, game: null, eyes: null, records: null };
  let goal = 0, grew = false;
  const see = (game) => record(game, now.eyes, now.records);
  now.step = () => clamp(Number.isInteger(get("step")) ? get("step") : 0, 0, LAST);
  now.half = () => Boolean(get("half")) && now.step() < LAST;
  now.follow = () => {
    if (settings() !== now.of) {
      const game = createGame(settings());
      Object.assign(now, { of: settings(), game, eyes: createEyes(game), records: createRecords() });
      see(game);
    }
    const to = now.step(), arrived = seek(now.game, to, now.half(), PATIENCE, see);
    const plays = grew && to > goal && to - goal <= AHEAD;                  // twice in a row a little further
    if (!arrived && plays) ui.set({ step: now.game.t }, false);
    else if (!arrived) ui.redraw();
    grew = to > goal;
    goal = to;
  };
  return now;
}

// The numbers of the present state: those of the last record while the run hurries on, exact once it rests.
function watcher(ui, run) {
  const fields = new Float64Array(FIELDS.length);
  let of = null, at = -1, before = 0, timer = 0;
  ui.defer(() => clearTimeout(timer));
  return () => {
    const { game, eyes, records } = run, here = 2 * game.t + (game.half ? 1 : 0), now = performance.now();
    if (of === game && at === here) return fields;
    const hurries = of === game && now - before < SETTLED && !game.half && records.count * EVERY > game.t;
    before = now;
    clearTimeout(timer);
    if (hurries) {
      const row = Math.floor(game.t / EVERY) * FIELDS.length;
      fields.set(records.rows.subarray(row, row + FIELDS.length));
      timer = setTimeout(ui.redraw, SETTLED + 50);
      at = -1;
    } else {
      evaluate(game, eyes, fields);
      [of, at] = [game, here];
    }
    of = game;
    return fields;
  };
}

function render({ model, el }) {
  const ui = mount(model, el, "gan_lab", "GAN lab"), get = ui.get;
  const settings = reader(get), run = follower(ui, settings), look = watcher(ui, run);
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const restart = (changes) => ui.set({ ...changes, step: 0, half: false });
  run.follow();
  ui.refresh(run.follow);                                // before any control looks at the run

  // Page: built once ----------------------------------------------------------------------------------------
  const fig = figure(ui, h("div", { class: "dlw-figure dlw-gan-plane" }),
    "The plane: the discriminator's map, real and generated points, arrows of the generator's gradient");
  const charts = figure(ui, h("div", { class: "dlw-figure dlw-gan-charts" }),
    "Losses of both networks, shares, and the energy distance over the iterations");
  const ink = createInk(fig), book = createCharts(charts), [seen, say] = readout(ui);
  const pen = createPen(ui, {
    host: fig.host, panel: ink.panel, own: () => settings().own, wanted: () => settings().data === "own",
    put: (own, done) => restart({ own, ...(!still && { playing: done && own.length > 0 }) }) });
  draggable(ui, charts.host, (px) => ui.set({
    half: false, step: clamp(Math.round(book.panels[0].x.invert(px)), 0, Math.min(endOf(run.records), LAST)) }));

  const setting = (name) => ({ get: () => settings()[name], set: (value) => restart({ [name]: value }) });
  const forLoss = { get: () => settings().loss, set: (loss) => restart({ loss, ...USUAL[loss] }) };
  const range = (name, label, options = {}) => slider(ui, setting(name), {
    label, min: RANGES[name][0], max: RANGES[name][1], ...options });
  const slow = {
    get: () => Boolean(get("slow")),
    set: (on) => ui.set({ slow: on, half: false, speed: on ? 1 : 60 }) };
  // In slow motion the player counts halves.
  const halves = { ...ui,
    get: (name) => (name !== "moment" ? get(name) : slow.get() ? 2 * run.step() + run.half() : run.step()),
    set: ({ moment, ...values }, save) => {
      if (moment !== undefined && slow.get()) Object.assign(values, { step: moment >> 1, half: moment % 2 === 1 });
      else if (moment !== undefined) Object.assign(values, { step: moment, half: false });
      ui.set("seed" in values ? { ...values, step: 0, half: false } : values, save);
    } };
  const moments = (step) => (slow.get() ? 2 * step : step);
  const forClip = range("clip", "clip weights at"), forK = range("d_steps", "steps of D for each of G", { step: 1 });
  const forBeta = range("beta1", "Adam's beta1");

  ui.root.append(
    h("div", { class: "dlw-head" }, h("strong", {}, "GAN lab"),
      h("div", { class: "dlw-row" }, link(ui, SPEC), fullScreen(ui))),
    h("div", { class: "dlw-controls dlw-gan-three" },
      select(ui, setting("data"), { label: "real points", options: DATA_NAMES }),
      select(ui, forLoss, { label: "loss", options: LOSS_NAMES }),
      select(ui, setting("scheme"), { label: "who moves when", options: SCHEME_NAMES })),
    h("div", { class: "dlw-columns dlw-gan-top" },
      h("div", { class: "dlw-side" }, fig.host, pen.tools,
        h("div", { class: "dlw-row dlw-pg-key" },
          h("span", { "aria-hidden": "true" }, h("b", {}, "●"), " real  ", h("i", {}, "■"), " generated"),
          toggle(ui, "arrows", { label: "arrows" }), toggle(ui, "manifold", { label: "net of the noise" }))),
      h("div", { class: "dlw-side" }, charts.host, seen)),
    player(halves, {
      trait: "moment", label: "Iteration", last: () => (run.game.count ? moments(LAST) : 0),
      reached: () => moments(Math.max(run.game.run.history.reached, run.step(), 1)) }),
    toggle(ui, slow, { label: "slow motion: discriminator and generator in turn" }),
    fold("More settings", h("div", { class: "dlw-controls" },
      range("lr_d", "learning rate of the discriminator", { log: true }),
      range("lr_g", "learning rate of the generator", { log: true }),
      select(ui, setting("optimizer"), { label: "optimizer", options: [["adam", "Adam"], ["sgd", "SGD"]] }), forBeta,
      forK, forClip,
      range("d_units", "units in each layer of D", { step: 1 }), range("g_units", "units in each layer of G", { step: 1 }),
      select(ui, setting("latent"), { label: "noise", options: [[2, "two numbers: a square"], [1, "one number: an interval"]] }),
      select(ui, setting("batch"), { label: "batch", options: [16, 32, 64, 128].map((n) => [n, String(n)]) }))),
    fold("This run as Python", h("p", {}, "A script that plays the same game and prints the two losses and the energy "
      + "distance of the iteration that is shown."), h("div", { class: "dlw-row" }, ...pythonButtons(ui, (library) => (
      run.game.count ? ganScript(settings(), run.game.t, library) : "# There are no points yet.\n")))),
    explain(...EXPLAINED));

  // Draw: from the model alone ------------------------------------------------------------------------------
  function drawPicture() {
    const { game } = run, { scheme, loss, optimizer } = settings();
    forClip.hidden = loss !== "wasserstein";
    forK.hidden = scheme !== "alternating";
    forBeta.hidden = optimizer !== "adam";
    if (fig.begin()) {
      drawPlane(ink, game, { arrows: get("arrows") !== false && game.count > 0, manifold: get("manifold") !== false,
        caption: slow.get() && game.count ? caption(game.half, scheme) : "" });
    }
    pen.place();
  }
  function drawNumbers() {
    const { game, eyes, records } = run, fields = look(), way = travel(records, game.t);
    const found = diagnose(game, fields, way), n = eyes.middles.length / 2;
    if (charts.begin()) drawCharts(book, records, game.t, n);
    const named = Object.fromEntries(FIELDS.map((name, i) => [name, fields[i]]));
    say(sentence({ ...named, t: game.t, half: game.half, found, loss: settings().loss, n, way }));
  }
  ui.start(drawPicture, drawNumbers);
  return ui.end;
}

export default { render };
