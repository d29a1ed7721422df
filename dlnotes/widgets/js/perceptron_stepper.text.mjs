// What the perceptron stepper says.

import { number } from "./lib/plot.mjs";

export const STORIES = {
  separable: "Separable", narrow: "Narrow margin", nearly: "Nearly separable", xor: "XOR" };

const whole = (v) => Math.floor(v).toLocaleString("en");
const sign = (label) => (label > 0 ? "+" : "−");
const many = (n, word) => `${n} ${word}${n === 1 ? "" : "s"}`;

// (R / gamma)^2, a whole number since mistakes are counted.
export const bound = (state) => (state.N && state.margin.gamma > 0
  ? Math.floor((state.margin.R / state.margin.gamma) ** 2 * (1 + 1e-9)) : Infinity);

// A few words and a mood ("", "good" or "bad") for the line above the picture.
export function headline(state, k) {
  const { N, run, margin } = state, end = k === run.length;
  if (!N) return ["No points yet", ""];
  if (margin.gamma > 0) {
    const most = whole(bound(state));
    if (end && run.end === "separated") return [`Done: ${many(k, "mistake")} of at most ${most}`, "good"];
    if (end) return [`Stopped: ${many(k, "mistake")} of at most ${most}`, ""];
    if (k) return [`Mistake ${k} of at most ${most}`, ""];
    return [`Start: at most ${most} mistake${most === "1" ? "" : "s"}`, ""];
  }
  if (run.end === "cycle" && end) return [`Mistake ${k}: not separable, cycles`, "bad"];
  return [k ? `Mistake ${k}: not separable` : "Start: not separable", "bad"];
}

// The step in words.
export function sentence(state, k) {
  const { N, points, run } = state;
  if (!N) return "Choose a class, then click or tap the picture to place a point.";
  return [k ? mistake(state, k) : "All weights are 0: every point lies on the boundary and counts as wrong.",
    next(state, k), hopeless(state), single(points, N), k === run.length ? ending(state, k) : ""]
    .filter(Boolean).join(" ");
}

function mistake({ points, run }, k) {
  const i = run.rows[k - 1], at = 3 * k, label = points[3 * i + 2];
  const place = `(${number(points[3 * i])}, ${number(points[3 * i + 1])}, 1)`;
  const w = `(${number(run.W[at])}, ${number(run.W[at + 1])}, ${number(run.W[at + 2])})`;
  return `Point ${i + 1} (${sign(label)}) was wrong: w ${sign(label)} ${place} = ${w}.`;
}

function next({ points, run }, k) {
  if (k >= run.length) return "";
  const i = run.rows[k], right = run.looks[k] - (k ? run.looks[k - 1] : 0) - 1;
  const after = right ? `${many(right, "point")} right, then point` : "Point";
  return `Next: ${after} ${i + 1} (${sign(points[3 * i + 2])}) is wrong.`;
}

function hopeless({ margin, meet, twins }) {
  if (margin.gamma > 0) return "";
  const why = twins ? `Points ${twins[0] + 1} and ${twins[1] + 1} share one place but not the class`
    : `The hulls of the classes meet at (${number(meet[0])}, ${number(meet[1])})`;
  return `${why}, so no line separates them.`;
}

function single(points, N) {
  for (let i = 1; i < N; i++) if (points[3 * i + 2] !== points[2]) return "";
  return "All points are of one class, so the bias alone can settle it. Place one of the other class.";
}

function ending({ run, N }, k) {
  if (run.end === "separated") return `All ${many(N, "point")} right: nothing changes any more.`;
  if (run.end === "stopped") return `The stepper stops after ${many(k, "mistake")}.`;
  return `These are the weights after mistake ${run.start}, and the same points follow: `
    + `from here it repeats every ${many(k - run.start, "mistake")}, for ever.`;
}

// Rows of the table: [name, value].
export function facts(state, k) {
  const { N, run, margin } = state;
  if (!N) return [];
  const at = 3 * k, best = run.best[k];
  const size = Math.hypot(run.W[at], run.W[at + 1], run.W[at + 2]);
  return [
    ["wrong now", `${run.wrong[k]} of ${N}`],
    ["in the pocket", `${run.wrong[best]} wrong (mistake ${best})`],
    ["length of w", number(size)],
    ["longest point R", number(margin.R)],
    ["widest margin γ", margin.gamma > 0 ? `${number(margin.gamma, 3)} (exact)` : "none"],
    ["bound (R/γ)²", margin.gamma > 0 ? whole(bound(state)) : "none"]];
}

export const EXPLAINED = [
  "Discs with + and rings with − are the two classes. The line is where the weighted sum w₁x + w₂y + b is " +
  "0; on its tinted side the perceptron answers +. The arrow is the weight vector (w₁, w₂): it is " +
  "perpendicular to the line and points to the + side. The perceptron looks at the points one after the " +
  "other. Each one that is on the wrong side, or on the line, is a mistake: the point is added to the weights if " +
  "it is a +, and subtracted if it is a −. The dashed line is the one before.",
  "Weights picture: the way of (w₁, w₂) from 0. Each piece is one mistake, as long as the point is far " +
  "from the middle. If the classes cannot be separated the way closes to a loop.",
  "Lengths picture: why it must end. Each mistake lengthens w by at least the margin γ in the best " +
  "direction, so w lies above the straight line; and it lengthens w² by at most R², so w lies below the " +
  "bent line. The two meet at (R/γ)² mistakes. γ is the widest margin that any line between the classes " +
  "has, with the bias counted as a weight and the point as (x, y, 1); it is computed here, not guessed.",
  "Click or tap an empty place to add a point of the chosen class, drag a point to move it. By keyboard: " +
  "New point, then arrow keys (with shift finer), Delete, C to change the class, Page up and Page down " +
  "for the point before and after.",
];
