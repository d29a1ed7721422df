// Calls the surfaces, the descent and the race for tests/test_descent.py and tests/test_optimizer_race.py. COVERS
// says which exports each probe calls.

import * as core from "../dlnotes/widgets/js/descent.core.mjs";
import * as racing from "../dlnotes/widgets/js/optimizer_race.core.mjs";
import * as surfaces from "../dlnotes/widgets/js/surfaces.core.mjs";
import { descentScript } from "../dlnotes/widgets/js/descent.script.mjs";
import * as text from "../dlnotes/widgets/js/descent.text.mjs";
import { times } from "../dlnotes/widgets/js/descent.words.mjs";
import { raceScript } from "../dlnotes/widgets/js/optimizer_race.script.mjs";
import * as raceText from "../dlnotes/widgets/js/optimizer_race.text.mjs";
import { serve } from "./probes.mjs";

// A place that has been at another surface before, so that what is left of it would show.
function placeOf({ surface, curvature = racing.CURVATURE, condition, angle }) {
  const place = surfaces.settle(surfaces.makePlace(), "beale", 3, 7, 20);
  surfaces.look(place, 0.3, -2);
  return surfaces.settle(place, surface, curvature, condition, angle);
}

const cut = (a, length) => Array.from(a.subarray(0, length));
const columns = ({ xs, ys, loss, length }) => [cut(xs, length), cut(ys, length), cut(loss, length)];

function descent(settings) {
  const place = placeOf(settings);
  return { place, run: core.descend(place, settings, core.makeRun(settings.steps)) };
}

function tracksOf(settings) {
  const place = placeOf(settings), { x, y, lrs, steps } = settings;
  const pushes = racing.noiseOf(settings.noise, settings.seed, steps);
  const tracks = racing.ORDER.map((name, i) => (
    racing.race(place, name, lrs[i], x, y, pushes, racing.makeTrack(steps))));
  return { place, pushes, tracks };
}

const COVERS = {
  "surfaces.core.mjs": {
    constants: ["SURFACES"], at: ["makePlace", "settle", "look", "nearest", "curvatures"], world: ["world"],
    eigen: ["eigen"], limit: ["limit"], factor: ["factor"], swings: ["swings"], turned: ["turned"] },
  "descent.core.mjs": {
    constants: ["STARTS", "PRESETS"], descend: ["makeRun", "descend"], measure: ["measure", "verdict"],
    bound: ["bound"], stepsToTenth: ["stepsToTenth"] },
  "optimizer_race.core.mjs": {
    raceConstants: ["CURVATURE", "RACERS", "ORDER", "PRESETS", "STARTS", "GRID"], noiseOf: ["noiseOf"],
    race: ["makeTrack", "race"], score: ["score"], sweep: ["sweep"], ranking: ["ranking"] },
};

serve({
  constants: () => ({
    surfaces: surfaces.SURFACES, presets: core.PRESETS, starts: core.STARTS, names: Object.keys(text.NAMES),
    stories: Object.keys(text.STORIES), badges: Object.keys(text.BADGES), signs: Object.keys(text.SIGNS) }),
  at(settings, x, y) {
    const place = placeOf(settings), value = surfaces.look(place, x, y), { gx, gy, xx, xy, yy } = place;
    return [value, gx, gy, xx, xy, yy, ...surfaces.curvatures(place), ...surfaces.nearest(place, x, y)];
  },
  world: (settings, u, v) => surfaces.world(placeOf(settings), u, v),
  eigen: surfaces.eigen,
  limit: surfaces.limit,
  factor: surfaces.factor,
  swings: surfaces.swings,
  turned: (name, x, y, degrees) => surfaces.turned(surfaces.SURFACES[name], x, y, degrees),
  descend: (settings) => columns(descent(settings).run),
  measure(settings) {
    const measured = core.measure(placeOf(settings), settings.x, settings.y, settings);
    const { at, steep, flat, angle, limit, factors, swings } = measured;
    return [[...at, steep, flat, angle, limit, ...factors, Number(swings)], core.verdict(measured, settings.lr)];
  },
  bound: (first, factors, k) => core.bound(first, { factors }, k),
  stepsToTenth: core.stepsToTenth,
  script: (settings, k, library) => descentScript(descent(settings).place, settings, k, library),
  words(settings, k) {
    const { place, run } = descent(settings), lone = place.surface.dims === 1;
    const measured = core.measure(place, run.xs[k], run.ys[k], settings);
    return [text.sentence(run, k, { distance: 1.5, slope: 2.5 }, measured, settings, lone),
      ...text.facts(measured, settings.momentum, lone).map(([name, words]) => `${name}: ${words}`)];
  },
  beside: text.beside,
  times,
  raceConstants: () => ({
    curvature: racing.CURVATURE, racers: racing.RACERS, order: racing.ORDER, presets: racing.PRESETS,
    starts: racing.STARTS, grid: Array.from(racing.GRID), stories: Object.keys(raceText.STORIES), names: raceText.NAMES,
    codes: raceText.CODES, planes: Object.keys(raceText.PLANES) }),
  noiseOf: racing.noiseOf,
  race: (settings) => tracksOf(settings).tracks.map(columns),
  score: (loss, steps) => racing.score({ steps, length: loss.length, loss }),
  sweep(settings, name) {
    const { place, pushes } = tracksOf(settings), scores = new Float64Array(racing.GRID.length);
    const best = racing.sweep(
      place, name, settings.x, settings.y, pushes, racing.makeTrack(settings.steps), scores);
    return [best, scores];
  },
  ranking: (settings, step) => racing.ranking(tracksOf(settings).tracks, settings.racing, step),
  raceScript: (settings, step, library) => raceScript(placeOf(settings), settings, step, library),
  raceWords: raceText.sentence,
}, COVERS);
