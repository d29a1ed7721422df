// The link to a state of the playground: every setting, the changes on the way, run A, and the reader's own
// points as long as they are few.

import { LAST } from "./playground.core.mjs";
import { LIVE, STRUCTURE } from "./playground.settings.core.mjs";
import { link, listOf, numberIn, oneOf } from "./lib/link.mjs";

const MOST_CHARACTERS = 4000;

function reader({ low, high, names, first, fits }, name) {
  if (name === "features") return listOf(names, names.length);
  if (names) return oneOf(...names);
  if (typeof first === "boolean") return oneOf(true, false);
  if (!Array.isArray(first)) return numberIn(low, high, Number.isInteger(first) && fits(low)
    && !fits(low + 0.5));
  return (words) => {
    const numbers = words ? words.split(",").map(Number) : [];
    const value = name === "own" ? Array.from({ length: Math.floor(numbers.length / 3) },
      (_, i) => numbers.slice(3 * i, 3 * i + 3)) : numbers;
    return fits(value) && (name !== "own" || numbers.length % 3 === 0) ? value : undefined;
  };
}

function json(fits) {
  return (words) => {
    try {
      const value = JSON.parse(words);
      return fits(value) ? value : undefined;
    } catch {
      return undefined;
    }
  };
}
const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

const SPEC = {
  ...Object.fromEntries(Object.entries({ ...STRUCTURE, ...LIVE }).map(([name, field]) => [name,
    reader(field, name)])),
  changes: json((value) => Array.isArray(value) && value.every(isObject)), kept: json(isObject),
  epoch: numberIn(0, LAST, true), discretize: oneOf(true, false), show_test: oneOf(true, false) };

/** The button; `warn` says what the link has no room for. */
export function createLink(ui, warn) {
  const short = (value) => (JSON.stringify(value).length <= MOST_CHARACTERS ? value : undefined);
  function get(trait) {
    const value = ui.get(trait);
    if (trait === "own") return value.length === 0 || short(value) ? value : "";
    if (trait === "changes") return JSON.stringify(short(value) ?? []);
    return trait === "kept" ? JSON.stringify(short(value) ?? {}) : value;
  }
  const node = link({ ...ui, get }, SPEC);
  ui.listen(node, "click", () => {
    const lost = [["own", "your own points (copy them as a table instead)"],
      ["changes", "the changes on the way"], ["kept", "run A"]]
      .filter(([trait]) => !short(ui.get(trait))).map(([, words]) => words);
    warn(lost.length ? `The link is too short for ${lost.join(" and ")}; all other settings are in it.` : "");
  });
  return node;
}
