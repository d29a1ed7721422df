// What DeepInit computes, in slices of a frame: first the network's numbers, then the map, then the training.

import { gradientColumn, makeStore, measure, predict } from "./deep_init.core.mjs";
import { DEEPEST, DEPTHS, NX } from "./deep_init.draw.mjs";
import { GRID, advance, createTrainee, mapRow } from "./deep_init.runs.core.mjs";
import { shortName } from "./deep_init.text.mjs";

const SLICE = 9;                                         // milliseconds of work in a frame
const LEARNING = ["rival", "third", "lr"];
export const STATIC = ["activation", "initializer", "gain", "depth", "width", "seed"];
const SIGMAS = [0.1, 10];

/**
 * The work for the traits that get() gives: renew() sees what is out of date, slice() goes on for some
 * milliseconds and says whether all is done.
 */
export function createWork(get, settings) {
  const field = new Float64Array(NX * DEPTHS), column = new Float64Array(DEEPEST);
  const keys = {};
  const now = {
    keys, field, store: null, theory: null, measuring: null, mapping: null, mapped: false, version: 0,
    trainees: [], waiting: [], renew, slice };
  const renewed = (name, traits) => {
    const key = traits.map(get).join("|");
    if (keys[name] === key) return false;
    keys[name] = key;
    return true;
  };
  function* mapColumns(activation) {
    now.mapped = false;
    for (let i = 0; i < NX; i++) {
      gradientColumn(activation, SIGMAS[0] * (SIGMAS[1] / SIGMAS[0]) ** (i / (NX - 1)), column);
      for (let j = 0; j < DEPTHS; j++) field[j * NX + i] = column[j + 1];
      yield;
    }
    now.mapped = true;
  }
  function renew() {
    if (renewed("static", STATIC)) {
      now.store = makeStore(get("depth"), get("width"), now.store);
      now.theory = predict(settings());
      now.measuring = measure(settings(), now.store);
      now.version++;
    }
    if (renewed("map", ["activation"])) now.mapping = mapColumns(get("activation"));
    if (renewed("training", [...STATIC, ...LEARNING])) {
      now.trainees = [];
      now.waiting = ["initializer", "rival", "third"].filter((trait) => get(trait) !== "");
    }
  }
  function begin(trait) {
    const name = get(trait), gain = trait === "initializer" ? get("gain") : 1;
    const one = createTrainee({ ...settings(), gain }, name);
    now.trainees.push(Object.assign(one, {
      title: shortName(name, gain), map: new Float64Array(GRID * GRID), row: 0, at: -1, painted: false }));
  }
  // Trains towards the epoch that is shown, then fills the pictures of the plane; whether all is done.
  function train(time) {
    while (now.waiting.length && time()) begin(now.waiting.shift());
    const arrived = now.trainees.map((one) => advance(one, get("step"), time));
    const there = now.waiting.length === 0 && arrived.every(Boolean);
    for (const one of now.trainees) {
      if (one.at !== one.run.step) Object.assign(one, { at: one.run.step, row: 0 });
      if (!there) continue;
      while (one.row < GRID && time()) mapRow(one, one.row++, one.map);
      one.painted ||= one.row === GRID;
    }
    return there && now.trainees.every((one) => one.row === GRID);
  }
  function slice() {
    const end = performance.now() + SLICE, time = () => performance.now() < end;
    while (now.measuring && time()) {
      if (now.measuring.next().done) now.measuring = null;
      now.version++;
    }
    while (now.mapping && !now.measuring && time()) if (now.mapping.next().done) now.mapping = null;
    return !now.measuring && !now.mapping && train(time);
  }
  return now;
}
