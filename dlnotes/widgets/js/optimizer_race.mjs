// The view of OptimizerRace: trails on a surface, a table, the losses, and the best learning rates.

import {
  CURVATURE, GRID, ORDER, PRESETS, STARTS, makeTrack, noiseOf, race, ranking, score, sweep,
} from "./optimizer_race.core.mjs";
import { drawLosses, drawRates, drawTrails } from "./optimizer_race.draw.mjs";
import { raceScript } from "./optimizer_race.script.mjs";
import { table } from "./optimizer_race.table.mjs";
import { EXPLAINED, NAMES, PLANES, STORIES, sentence } from "./optimizer_race.text.mjs";
import { makeTerrain, placeMap } from "./descent.map.mjs";
import { short } from "./descent.words.mjs";
import { SURFACES, makePlace, settle, turned } from "./surfaces.core.mjs";
import { clamp } from "./lib/num.mjs";
import { Panel, Scale, figure, text } from "./lib/plot.mjs";
import {
  button, choice, draggable, explain, fullScreen, h, handle2d, mount, readout, select, slider,
} from "./lib/ui.mjs";
import { link, listOf, numberIn, oneOf } from "./lib/link.mjs";
import { player } from "./lib/player.mjs";
import { pythonButtons } from "./lib/python.mjs";

const SETTINGS = ["surface", "condition", "angle", "x", "y", "noise", "seed", "steps"];
const round = (v) => Math.round(v * 1e4) / 1e4;
const same = (a, b) => (Array.isArray(b) ? b.length === a?.length && b.every((v, i) => v === a[i]) : a === b);

function rates(words) {
  const found = words.split(",").map(numberIn(1e-4, 10));
  return found.length === ORDER.length && found.every((v) => v !== undefined) ? found : undefined;
}

function render({ model, el }) {
  const ui = mount(model, el, "optimizer_race", "Optimizer race");
  const get = ui.get;

  // The runs that belong to the settings, each computed again only when it must be ------------------------
  const settings = { lrs: [] }, place = makePlace(), scores = new Float64Array(GRID.length);
  let tracks = [], trial = makeTrack(1), pushes = null, swept = "", best = 0;
  function current() {
    const stale = SETTINGS.some((name) => settings[name] !== get(name));
    for (const name of SETTINGS) settings[name] = get(name);
    const { surface, condition, angle, noise, seed, steps, x, y } = settings, lrs = get("lrs");
    if (stale) {
      settle(place, surface, CURVATURE, condition, angle);
      if (tracks[0]?.steps !== steps) {
        tracks = ORDER.map(() => makeTrack(steps));
        trial = makeTrack(steps);
      }
      pushes = noiseOf(noise, seed, steps);
      swept = "";
    }
    ORDER.forEach((name, i) => {
      if (stale || lrs[i] !== settings.lrs[i]) race(place, name, lrs[i], x, y, pushes, tracks[i]);
    });
    settings.lrs = lrs;
    return tracks;
  }
  function tried(name) {
    if (swept !== name) best = sweep(place, name, settings.x, settings.y, pushes, trial, scores);
    swept = name;
    return best;
  }
  function tuneAll() {
    current();
    const lrs = ORDER.map((name) => GRID[tried(name)]);
    ui.set({ lrs });
  }
  const shown = () => Math.min(get("step"), get("steps"));
  const chosen = () => ORDER.indexOf(get("selected"));

  // Page: built once --------------------------------------------------------------------------------------
  const picture = (kind, label) => figure(ui, h("div", { class: `dlw-figure dlw-${kind}` }), label);
  const map = picture("descent-map", "The surface with the trail of each optimizer");
  const time = picture("race-time", "Losses over the steps, on a logarithmic scale");
  const rate = picture("descent-rate", "Loss at the end of the run over the chosen learning rate");
  const plane = new Panel(map), loss = new Panel(time, new Scale(), new Scale("log"));
  const sweepPanel = new Panel(rate, new Scale("log"), new Scale("log"));
  const terrain = makeTerrain();
  const [seen, say] = readout(ui);
  const [entries, fill] = table(ui);
  const grip = handle2d(ui, map.host, {
    label: "Start",
    range: () => {
      const { centre: [cx, cy], half } = SURFACES[get("surface")];
      return [cx - half, cx + half, cy - half, cy + half];
    },
    get: () => [get("x"), get("y")],
    set: ([x, y]) => ui.set({ x: round(x), y: round(y) }),
    invert: (px, py) => [plane.x.invert(px), plane.y.invert(py)],
    say: () => `start at x = ${short(get("x"))}, y = ${short(get("y"))}`,
  });
  draggable(ui, time.host, (px) => ui.set({ step: clamp(Math.round(loss.x.invert(px)), 0, get("steps")) }));
  const own = {
    get: () => get("lrs")[chosen()],
    set: (lr) => ui.set({ lrs: get("lrs").map((v, i) => (i === chosen() ? lr : v)) }) };
  draggable(ui, rate.host, (px) => own.set(Number(clamp(sweepPanel.x.invert(px), 1e-4, 10).toPrecision(3))));
  const follows = {
    get: () => get("surface"),
    set: (surface) => ui.set({ surface, ...STARTS[surface], angle: 0, noise: 0, step: 40 }) };
  const turn = {
    get: () => get("angle"),
    set(angle) {                                        // the start turns with the surface
      const [x, y] = turned(SURFACES[get("surface")], get("x"), get("y"), angle - get("angle"));
      ui.set({ angle, x: round(x), y: round(y) });
    } };
  const spec = {
    surface: oneOf(...Object.keys(PLANES)), condition: numberIn(1, 1000), angle: numberIn(-90, 90),
    x: numberIn(-4, 4), y: numberIn(-4, 4), lrs: rates, racing: listOf(ORDER, 7),
    selected: oneOf(...ORDER), noise: numberIn(0, 5),
    seed: numberIn(0, 2 ** 31 - 1, true), steps: numberIn(1, 500, true), step: numberIn(0, 500, true) };
  const condition = slider(ui, "condition", { label: "condition number", min: 1, max: 1000, log: true });
  ui.root.append(
    h("div", { class: "dlw-head" }, h("strong", {}, "Optimizer race"), link(ui, spec)),
    choice(ui, {
      label: "Situations", options: Object.entries(STORIES),
      choose: (name) => ui.set({ ...PRESETS[name], racing: ORDER, step: 40 }),
      current: () => Object.keys(PRESETS).find((name) => (
        Object.entries(PRESETS[name]).every(([trait, value]) => same(get(trait), value)))) }),
    h("div", { class: "dlw-columns dlw-descent-top" }, map.host, h("div", { class: "dlw-side" }, entries)),
    seen, time.host,
    player(ui, { last: () => get("steps"), label: "Step" }),
    h("div", { class: "dlw-controls" },
      slider(ui, turn, { label: "surface and start turned by, in degrees", min: -90, max: 90, step: 1 }),
      condition,
      select(ui, follows, { label: "surface", options: Object.entries(PLANES) }),
      slider(ui, "noise", { label: "noise on the gradient", min: 0, max: 5 }),
      slider(ui, "steps", { label: "steps of the run", min: 1, max: 500, step: 1 })),
    h("div", { class: "dlw-row" },
      select(ui, "selected", { label: "rate of", options: Object.entries(NAMES) }),
      button(ui, "Tune all", tuneAll)),
    h("div", { class: "dlw-descent-lr" }, rate.host,
      slider(ui, own, { label: "its learning rate", min: 1e-4, max: 10, log: true })),
    h("div", { class: "dlw-row" }, ...pythonButtons(ui, (library) => {
      current();
      return raceScript(place, { ...settings, racing: get("racing") }, shown(), library);
    }), fullScreen(ui)),
    explain(...EXPLAINED));

  // Draw: from the model alone ----------------------------------------------------------------------------
  function draw() {
    current();
    const step = shown(), racing = get("racing");
    const order = ranking(tracks, racing, step);
    say(sentence(step, order, get("steps"), ranking(tracks, racing, get("steps"))));
    fill(order);
    const used = place.surface.scaled.includes("condition");
    if (condition.hidden === used) condition.hidden = !used;
    if (map.begin()) drawSurface(step, racing);
  }

  function drawTime() {
    if (time.begin()) drawLosses(loss, tracks, get("racing"), shown());
  }

  function drawRate() {
    const name = get("selected");
    if (!rate.begin()) return;
    tried(name);
    drawRates(sweepPanel, name, scores, best, own.get(), score(tracks[chosen()]));
  }

  function drawSurface(step, racing) {
    placeMap(plane, place.surface);
    const outside = drawTrails(plane, terrain, place, tracks, racing, step);
    if (outside) {
      text(plane, `outside the picture: ${outside}`, (plane.left + plane.right) / 2, plane.top + 20, {
        color: map.colors.bad, halo: true, align: "center" });
    }
    grip(plane.x.at(get("x")), plane.y.at(get("y")));
  }

  ui.start(draw, drawTime, drawRate);
  return ui.end;
}

export default { render };
