// The reader's own points: read from text, thinned where they are too many, drawn and erased.
// A point is [x1, x2, label], inside the square from -6 to 6, label 0 or 1.

import { clamp } from "./lib/num.mjs";
import { MOST_POINTS } from "./playground.settings.core.mjs";

export const MOST_CHARACTERS = 8e6;
const EDGE = 6, FIT = 5, TOLD = 5;

const SEPARATORS = [["tab", "\t"], ["semicolon", ";"], ["comma", ","], ["space", /\s+/]];
const fieldsOf = (line, separator) => line.trim().split(separator).map(bare);

function bare(word) {
  const inner = word.trim();
  return inner.length > 1 && inner[0] === '"' && inner.at(-1) === '"' ? inner.slice(1, -1) : inner;
}

/** A number as it stands in a table; with `commas`, 1,5 is one and a half. NaN for what is none. */
export function readNumber(word, commas) {
  const plain = commas ? word.replace(",", ".") : word;
  return /^[+\-\u2212]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain) ? Number(plain.replace("\u2212", "-"))
    : NaN;
}

/**
 * Reads lines "x1, x2, label". Tabs, semicolons, commas or spaces part the fields; where it is not commas,
 * 1,5 is one and a half. Blank lines and lines from # on are passed over, a first line of words is a header.
 *
 * @returns { rows: [[x1, x2, word]], bad: [{ number, why }], separator, commas, header }
 */
function readLines(text) {
  const rows = [], bad = [], filled = [];
  text.replace(/^\ufeff/, "").replace(/\r\n?/g, "\n").split("\n").forEach((line, i) => {
    const words = line.trim();
    if (words && words[0] !== "#") filled.push([i + 1, words]);
  });
  const [name, separator] = SEPARATORS.find(([, mark]) => filled.slice(0, 20).some(([, line]) => (
    fieldsOf(line, mark).length >= 3))) ?? SEPARATORS[2];
  const spaces = name === "comma" ? null : /\d,\d/, commas = Boolean(spaces)
    && filled.some(([, line]) => spaces.test(line));
  let header = false;
  filled.forEach(([number, line], i) => {
    const fields = fieldsOf(line, separator), [x1, x2] = fields.map((word) => readNumber(word, commas));
    if (i === 0 && fields.length >= 3 && Number.isNaN(x1) && Number.isNaN(x2)) header = true;
    else if (fields.length !== 3) bad.push({ number,
      why: `${fields.length} field${fields.length === 1 ? "" : "s"}, not 3` });
    else if (!Number.isFinite(x1)) bad.push({ number,
      why: `x1 is no number: ${fields[0].slice(0, 20) || "empty"}` });
    else if (!Number.isFinite(x2)) bad.push({ number,
      why: `x2 is no number: ${fields[1].slice(0, 20) || "empty"}` });
    else if (!fields[2]) bad.push({ number, why: "the label is empty" });
    else rows.push([x1, x2, fields[2]]);
  });
  return { rows, bad, separator: name, commas, header };
}

/** Labels in order, numbers by size, words by alphabet; the first is class 0, a positive number alone 1. */
function classesOf(rows) {
  const words = [...new Set(rows.map((row) => row[2]))];
  const numeric = words.every((word) => !Number.isNaN(readNumber(word, true)));
  words.sort(numeric ? (a, b) => readNumber(a, true) - readNumber(b, true) : undefined);
  return { words, first: words.length === 1 && numeric && readNumber(words[0], true) > 0 ? 1 : 0 };
}

/** Of each class every k-th, k being the least that leaves no more than `most` points: { rows, every }. */
export function thin(rows, most = MOST_POINTS) {
  const every = rows.length > most ? Math.ceil(rows.length / (most - 1)) : 1, seen = {};
  const wanted = (label) => (seen[label] = (seen[label] ?? -1) + 1) % every === 0;
  return { rows: every === 1 ? rows : rows.filter((row) => wanted(`label ${row[2]}`)), every };
}

const rangeOf = (rows, axis) => rows.reduce(
  ([low, high], row) => [Math.min(low, row[axis]), Math.max(high, row[axis])], [Infinity, -Infinity]);

/**
 * Points that leave the square, or fill less than 2 of it in both directions, are moved and stretched so that
 * either coordinate runs from -5 to 5: { rows, ranges }, ranges null where they stay as they are.
 */
export function fit(rows) {
  const ranges = [rangeOf(rows, 0), rangeOf(rows, 1)];
  const inside = ranges.every(([low, high]) => low >= -EDGE && high <= EDGE);
  if (!rows.length || (inside && (rows.length === 1 || ranges.some(([low, high]) => high - low >= 2)))) {
    return { rows, ranges: null };
  }
  const moved = (value, [low, high]) => (high > low ? FIT * ((value - low) / (high - low) * 2 - 1) : 0);
  return { rows: rows.map(([x1, x2, label]) => [moved(x1, ranges[0]), moved(x2, ranges[1]), label]), ranges };
}

/**
 * Text to points: { points, said: [sentences], bad }, points null where nothing can be used. What was done to
 * them is said: separator, decimal commas, header, classes, every k-th, scaling; and which lines are wrong.
 */
export function readPoints(text) {
  if (text.length > MOST_CHARACTERS) {
    return { points: null, bad: [],
      said: [`The text has ${text.length} characters; at most ${MOST_CHARACTERS} are read.`] };
  }
  const { rows, bad, separator, commas, header } = readLines(text), wrong = saidOf(bad);
  if (!rows.length) {
    return { points: null, bad, said: ["No line could be read as x1, x2, label.", ...wrong] };
  }
  const { words: classes, first } = classesOf(rows);
  if (classes.length > 2) {
    const some = classes.slice(0, 5).join(", ") + (classes.length > 5 ? ", …" : "");
    return { points: null, bad, said: [`Two classes are wanted; the labels are ${some}.`, ...wrong] };
  }
  const { rows: kept, every } = thin(rows), { rows: placed, ranges } = fit(kept);
  const points = placed.map(([x1, x2, word]) => [x1, x2, first + classes.indexOf(word)]);
  const parted = `Fields parted by `
    + `${{ tab: "tabs", semicolon: "semicolons", comma: "commas", space: "spaces" }[separator]}`;
  const said = [`${points.length} point${points.length === 1 ? "" : "s"} in use.`,
    parted + (commas ? ", with decimal commas (1,5 is one and a half)" : "")
      + (header ? "; the first line is a header." : ".")];
  if (classes.length === 2) said.push(`${classes[0]} is class 0 (orange), ${classes[1]} is class 1 (blue).`);
  else said.push(`All points are of one class, ${classes[0]}: there is nothing to tell apart.`);
  if (every > 1) said.push(`${rows.length} points are too many: of each class one in ${every} is kept, in `
    + `their order.`);
  if (ranges) said.push(`Scaled: ${ranges.map(([low, high], i) => `x${i + 1} from ${brief(low)} … `
    + `${brief(high)}`).join(" and ")}`
    + " to −5 … 5.");
  return { points, bad, said: [...said, ...wrong] };
}

const brief = (value) => String(Number(value.toPrecision(4))).replace("-", "\u2212");

function saidOf(bad) {
  if (!bad.length) return [];
  const told = bad.slice(0, TOLD).map(({ number, why }) => `line ${number} (${why})`).join(", ");
  const rest = bad.length > TOLD ? ` and ${bad.length - TOLD} more` : "";
  return [`Left out: ${told}${rest}. The text stays as it is, so that you can mend it.`];
}

/** The points with one more, if there is room and it is `apart` from the last or more; else the same list. */
export function addPoint(points, x1, x2, label, apart = 0) {
  const last = points.at(-1),
    at = [clamp(x1, -EDGE, EDGE), clamp(x2, -EDGE, EDGE)].map((v) => Math.round(v * 100) / 100);
  if (points.length >= MOST_POINTS || !Number.isFinite(at[0] + at[1])) return points;
  if (apart > 0 && last && Math.hypot(at[0] - last[0], at[1] - last[1]) < apart) return points;
  return [...points, [...at, label]];
}

/** The points without those nearer than `radius`; the same list where there is none. */
export function erasePoints(points, x1, x2, radius) {
  const kept = points.filter(([a, b]) => Math.hypot(a - x1, b - x2) > radius);
  return kept.length === points.length ? points : kept;
}

/** What is odd about the points themselves, in words, or "". */
export function dataTrouble(rows, train, test) {
  if (!rows.length) return "There are no points yet: choose a brush, draw in the output, or paste a table.";
  if (!train.N) return `All ${test.N} point${test.N === 1 ? " is" : "s are"} kept for the test: draw more, `
    + `or raise the train share.`;
  const ones = train.labels.reduce((sum, label) => sum + label, 0);
  if (ones === 0 || ones === train.N) {
    return `All training points are of class ${ones ? 1 : 0}: the network can only learn to say so `
      + `everywhere.`;
  }
  return test.N ? "" : "No point is kept for the test, so there is no test loss.";
}

/** The points as a table that readPoints takes. */
export const asTable = (points) => `x1,x2,label\n${points.map((row) => row.join(",")).join("\n")}\n`;
