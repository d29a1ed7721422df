// The view of Descent: a ball on a surface, the factors over the learning rate, the loss over the steps.

import { PRESETS, STARTS, descend, makeRun, measure, verdict } from "./descent.core.mjs";
import { drawCurve, drawFactors, drawLoss, drawPlane, placeCurve } from "./descent.draw.mjs";
import { makeTerrain, placeMap } from "./descent.map.mjs";
import { descentScript } from "./descent.script.mjs";
import { BADGES, EXPLAINED, NAMES, SIGNS, STORIES, facts, sentence } from "./descent.text.mjs";
import { short } from "./descent.words.mjs";
import { SURFACES, look, makePlace, nearest, settle, turned } from "./surfaces.core.mjs";
import { clamp } from "./lib/num.mjs";
import { Panel, Scale, figure, text } from "./lib/plot.mjs";
import {
  choice, draggable, explain, fullScreen, h, handle2d, mount, readout, select, setAttribute, setText, slider,
} from "./lib/ui.mjs";
import { link, numberIn, oneOf } from "./lib/link.mjs";
import { player } from "./lib/player.mjs";
import { pythonButtons } from "./lib/python.mjs";

const SETTINGS = ["surface", "curvature", "condition", "angle", "x", "y", "lr", "momentum", "steps"];
const EXACT = ["parabola", "quadratic"];               // where the bound of the loss holds at all steps

function render({ model, el }) {
  const ui = mount(model, el, "descent", "Descent: a ball on a surface");
  const get = ui.get;

  // The run that belongs to the settings, computed again only when one of them changes --------------------
  const settings = {}, place = makePlace();
  let run = makeRun(get("steps"));
  function current() {
    let stale = false;
    for (const name of SETTINGS) {
      if (settings[name] !== get(name)) stale = true;
      settings[name] = get(name);
    }
    if (!stale) return run;
    settle(place, settings.surface, settings.curvature, settings.condition, settings.angle);
    if (run.steps !== settings.steps) run = makeRun(settings.steps);
    return descend(place, settings, run);
  }
  const last = () => current().length - 1;
  const shown = () => Math.min(get("step"), last());
  const lone = () => place.surface.dims === 1;

  // Page: built once --------------------------------------------------------------------------------------
  const place2 = (kind, label) => figure(ui, h("div", { class: `dlw-figure dlw-descent-${kind}` }), label);
  const map = place2("map", "The surface with the ball's path");
  const time = place2("time", "Loss over the steps, on a logarithmic scale");
  const rate = place2("rate", "What is left of the error after a step, over the learning rate");
  const plane = new Panel(map), curve = new Panel(map);
  const loss = new Panel(time, new Scale(), new Scale("log")), factors = new Panel(rate, new Scale("log"));
  const terrain = makeTerrain();
  const badge = h("strong", { class: "dlw-state" });
  const list = h("dl", {}), cells = ["", "steep", "flat", ""].map((kind) => {
    const pair = [h("dt", { class: kind && `dlw-descent-${kind}` }), h("dd")];
    list.append(...pair);
    return pair;
  });
  const [seen, say] = readout(ui);
  const panel = () => (lone() ? curve : plane);
  const grip = handle2d(ui, map.host, {
    label: "Start",
    range: () => {
      const { centre: [cx, cy], half } = SURFACES[get("surface")];
      return [cx - half, cx + half, cy - half, cy + half];
    },
    get: () => [get("x"), get("y")],
    set: ([x, y]) => ui.set(lone() ? { x: round(x) } : { x: round(x), y: round(y) }),
    invert: (px, py) => [panel().x.invert(px), lone() ? get("y") : plane.y.invert(py)],
    say: () => `start at x = ${short(get("x"))}${lone() ? "" : `, y = ${short(get("y"))}`}`,
  });
  const round = (v) => Math.round(v * 1e4) / 1e4;
  draggable(ui, time.host, (px) => ui.set({ step: clamp(Math.round(loss.x.invert(px)), 0, last()) }));
  draggable(ui, rate.host, (px) => (
    ui.set({ lr: Number(clamp(factors.x.invert(px), 1e-4, 10).toPrecision(3)) })));

  const spec = {
    surface: oneOf(...Object.keys(SURFACES)), curvature: numberIn(0.01, 100), condition: numberIn(1, 1000),
    angle: numberIn(-90, 90), x: numberIn(-4, 4), y: numberIn(-4, 4), lr: numberIn(1e-4, 10),
    momentum: numberIn(0, 0.99), reference: oneOf("minimum", "ball"), steps: numberIn(1, 1000, true),
    step: numberIn(0, 1000, true) };
  const follows = {
    get: () => get("surface"),
    set: (surface) => ui.set({ surface, ...STARTS[surface], angle: 0, momentum: 0, step: 8 }) };
  const turn = {
    get: () => get("angle"),
    set(angle) {                                        // the start turns with the surface
      const [x, y] = turned(SURFACES[get("surface")], get("x"), get("y"), angle - get("angle"));
      ui.set(lone() ? { angle } : { angle, x: round(x), y: round(y) });
    } };
  const own = {
    curvature: slider(ui, "curvature", { label: "largest curvature L", min: 0.01, max: 100, log: true }),
    condition: slider(ui, "condition", { label: "condition number", min: 1, max: 1000, log: true }),
    angle: slider(ui, turn, { label: "turned by, in degrees", min: -90, max: 90, step: 1 }) };
  ui.root.append(
    h("div", { class: "dlw-head" }, h("strong", {}, "Descent"), link(ui, spec)),
    choice(ui, {
      label: "Situations", options: Object.entries(STORIES),
      choose: (name) => ui.set({ ...PRESETS[name], step: 8 }),
      current: () => Object.keys(PRESETS).find((name) => (
        Object.entries(PRESETS[name]).every(([trait, value]) => get(trait) === value))) }),
    h("div", { class: "dlw-columns dlw-descent-top" }, map.host,
      h("div", { class: "dlw-side" }, h("div", { class: "dlw-card" }, badge, seen, list), time.host)),
    player(ui, { last, label: "Step", seed: false }),
    h("div", { class: "dlw-descent-lr" }, rate.host,
      slider(ui, "lr", { label: "learning rate", min: 1e-4, max: 10, log: true })),
    h("div", { class: "dlw-controls" },
      select(ui, follows, { label: "surface", options: Object.entries(NAMES) }),
      slider(ui, "momentum", { label: "momentum β", min: 0, max: 0.99 }),
      own.curvature, own.condition, own.angle,
      select(ui, "reference", {
        label: "L is measured", options: [["minimum", "at the nearest minimum"], ["ball", "at the ball"]] }),
      slider(ui, "steps", { label: "steps of the run", min: 1, max: 1000, step: 1 })),
    h("div", { class: "dlw-row" }, ...pythonButtons(ui, (library) => {
      current();
      return descentScript(place, settings, shown(), library);
    }), fullScreen(ui)),
    explain(...EXPLAINED));

  // Draw: from the model alone ----------------------------------------------------------------------------
  let measured = null;                                   // what the curvature says at the step shown

  function draw() {
    current();
    const k = shown(), x = run.xs[k], y = run.ys[k], momentum = get("momentum"), lr = get("lr");
    const setup = { lr, momentum, reference: get("reference") };
    measured = measure(place, x, y, setup);
    const state = verdict(measured, lr);
    const [mx, my] = nearest(place, x, y);
    setText(badge, BADGES[state]);
    setAttribute(badge, "data-sign", SIGNS[state]);
    look(place, x, y);
    const here = { distance: Math.hypot(x - mx, y - my), slope: Math.hypot(place.gx, place.gy) };
    say(sentence(run, k, here, measured, setup, lone()));
    facts(measured, momentum, lone()).forEach(([name, words], i) => {
      const [term, cell] = cells[i];
      setText(term, name);
      setText(cell, words);
      if (term.hidden === Boolean(words)) term.hidden = cell.hidden = !words;
    });
    for (const name of Object.keys(own)) {
      const used = place.surface.scaled.includes(name);
      if (own[name].hidden === used) own[name].hidden = !used;
    }
    if (map.begin()) drawSurface(k, momentum);
  }

  function drawTime() {
    const bound = EXACT.includes(place.name) && get("momentum") === 0;
    if (time.begin()) drawLoss(loss, run, shown(), measured, bound);
  }

  function drawRate() {
    if (rate.begin()) drawFactors(factors, measured, get("lr"), get("momentum"), lone());
  }

  function drawSurface(k, momentum) {
    const at = panel();
    if (lone()) placeCurve(curve, place);
    else placeMap(plane, place.surface);
    const inside = lone() ? drawCurve(curve, place, run, k, measured, momentum)
      : drawPlane(plane, terrain, place, run, k, measured, momentum);
    if (!inside) {
      text(at, "the ball is outside the picture", (at.left + at.right) / 2, at.top + 20, {
        color: map.colors.bad, halo: true, align: "center" });
    }
    grip(at.x.at(get("x")), lone() ? curve.y.at(run.loss[0]) : plane.y.at(get("y")));
  }

  ui.start(draw, drawTime, drawRate);
  return ui.end;
}

export default { render };
