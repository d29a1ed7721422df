// The settings of a run as they can be used, whatever the traits say; and what goes into a link.

import { LAST, LOSSES, SCHEMES } from "./gan_lab.core.mjs";
import { DATA } from "./gan_lab.data.core.mjs";
import { clamp } from "./lib/num.mjs";
import { numberIn, oneOf } from "./lib/link.mjs";

export const EDGE = 1.5;                                  // the picture goes from -1.5 to 1.5
export const MOST = 400;                                  // points that a reader can draw
const NUMBERS = { lr_g: [1e-5, 0.5, 0.002], lr_d: [1e-5, 0.5, 0.002], beta1: [0, 0.99, 0.5],
  clip: [0.01, 2, 0.5] };
const WHOLE = { d_steps: [1, 5, 1], g_units: [2, 64, 32], d_units: [2, 64, 32], seed: [0, 2 ** 31 - 1, 0] };
const NAMES = { data: DATA, loss: LOSSES, scheme: SCHEMES, optimizer: ["adam", "sgd"], latent: [2, 1],
  batch: [64, 16, 32, 128] };

export const RANGES = { ...NUMBERS, ...WHOLE };

/** What a loss is usually played with: chosen together with it. */
const OFTEN = { lr_g: 0.002, lr_d: 0.002, beta1: 0.5, d_steps: 1 };
export const USUAL = {
  non_saturating: OFTEN, minimax: OFTEN, least_squares: OFTEN,
  wasserstein: { lr_g: 0.0005, lr_d: 0.002, beta1: 0, d_steps: 5, clip: 0.5, scheme: "alternating" } };

export const isOwn = (list) => Array.isArray(list) && list.length % 2 === 0 && list.length <= 2 * MOST
  && list.every((v) => Math.abs(v) <= EDGE);

function sane(get) {
  const found = { own: get("data") === "own" && isOwn(get("own")) ? get("own") : [] };
  for (const [name, [low, high, usual]] of Object.entries(NUMBERS)) {
    const v = get(name);
    found[name] = Number.isFinite(v) ? clamp(v, low, high) : usual;
  }
  for (const [name, [low, high, usual]] of Object.entries(WHOLE)) {
    found[name] = Number.isInteger(get(name)) ? clamp(get(name), low, high) : usual;
  }
  for (const [name, values] of Object.entries(NAMES)) {
    found[name] = values.includes(get(name)) ? get(name) : values[0];
  }
  return found;
}

const READ = ["own", ...Object.keys(NUMBERS), ...Object.keys(WHOLE), ...Object.keys(NAMES)];

/** The same object as long as no trait changes. */
export function reader(get) {
  const raw = {};
  let now = null;
  return () => {
    for (const name of READ) {
      if (raw[name] !== get(name)) now = null;
      raw[name] = get(name);
    }
    return now ??= sane(get);
  };
}

const points = (words) => {
  const list = words === "" ? [] : words.split(",").map(Number);
  return isOwn(list) ? list : undefined;
};
const yes = (words) => ({ true: true, false: false, __proto__: null }[words]);

/** How each trait is read from a link. */
export const SPEC = {
  own: points, ...Object.fromEntries(Object.entries(NUMBERS).map(([k, [a, b]]) => [k, numberIn(a, b)])),
  ...Object.fromEntries(Object.entries(WHOLE).map(([k, [a, b]]) => [k, numberIn(a, b, true)])),
  ...Object.fromEntries(Object.entries(NAMES).map(([k, values]) => [k, oneOf(...values)])),
  step: numberIn(0, LAST, true), half: yes, slow: yes, arrows: yes, manifold: yes };
