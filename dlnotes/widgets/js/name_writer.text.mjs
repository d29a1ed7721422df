// What the name writer says.

import { LETTERS } from "./letters.core.mjs";
import { number } from "./lib/plot.mjs";

const said = (k) => (k ? `“${LETTERS[k]}”` : "the end");
const capital = (name) => (name ? name[0].toUpperCase() + name.slice(1) : "nothing");
export const percent = (p) => (p >= 0.0005 ? `${number(100 * p, p < 0.0995 ? 1 : 0)} %` : "0 %");

export const MISSING = "This network has no weights yet: train it with the cells of the notebook and hand them over.";

/** The name so far, and what is likely to come. */
export function sentence({ name, ended, p, temperature }) {
  if (ended) return `${capital(name)}. The name is finished: the last thing drawn was the end.`;
  const order = Array.from(p.keys()).sort((a, b) => p[b] - p[a]).slice(0, 3);
  const top = order.map((k) => `${said(k)} ${percent(p[k])}`).join(", ");
  const so = name ? `${capital(name)}… so far.` : "Nothing written yet.";
  return `${so} Next, at temperature ${number(temperature)}: ${top}.`;
}

const SHORT = new Intl.NumberFormat("en-US", { notation: "compact", compactDisplay: "long", maximumSignificantDigits: 3 });

function chance(log) {
  const p = Math.exp(log);
  if (p >= 0.01) return percent(p);
  return `1 in ${1 / p < 1e15 ? SHORT.format(1 / p) : number(1 / p, 0)}`;
}

/** [what, value] of the name that stands. */
export function facts({ name, logs, best, known }) {
  const whole = logs.reduce((a, b) => a + b, 0), bits = -whole / Math.LN2 / logs.length;
  return [
    ["probability of this name, ended here", chance(whole)],
    ["bits for each letter, the end included", number(bits)],
    ["likeliest name that begins so", `${capital(best.name)} (${chance(best.log)})`],
    ...(known === null || !name ? [] : [["in the list of names", known ? "yes" : "no: it is new"]])];
}

export const EXPLAINED = [
  "A network with one layer of gated recurrent units reads a name letter by letter. After each letter it gives every letter, and the " +
  "end of the name (■), a probability to come next: the keys are filled to that height. The weights are those that the notebook " +
  "trained, rounded to 8 bits; all numbers are computed here, from these weights.",
  "Step draws the next letter at random with these probabilities. The same beginning, temperature and seed write the same name again. " +
  "Click a key to choose the next letter yourself; click a column of the picture to go back to that place.",
  "The temperature divides the scores before they become probabilities. Near 0 the likeliest letter always wins; at 1 the network " +
  "writes as it has learned; above 1 rare letters become common.",
  "The probability of a name is the product of the probabilities of its letters and of the end, at temperature 1. The likeliest " +
  "name is looked for by a beam search that keeps the 10 likeliest beginnings of each length.",
  "Whether a name is in the list is looked up in a table of bits that never misses a name of the list, but takes about one new name in a " +
  "hundred for a known one.",
];
