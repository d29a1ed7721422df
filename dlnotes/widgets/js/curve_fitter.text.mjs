// What the curve fitter says.

import { number } from "./lib/plot.mjs";

export const CURVE_NAMES = [
  ["wave", "a wave"], ["letter_m", "the letter M"], ["bump", "a bump"], ["jump", "a jump"],
  ["parabola", "a parabola"], ["chirp", "ever faster waves"], ["own", "your own drawing"]];
export const MODE_NAMES = [
  ["train", "Train"], ["build", "Build by hand"], ["tune", "Build, then train"]];
export const UNIT_NAMES = {
  relu: "ReLU", leaky_relu: "leaky ReLU", swish: "Swish", tanh: "tanh", sigmoid: "sigmoid",
  rbf: "RBF, a bump", step: "step", identity: "identity: no bend" };

const small = (v) => (v < 1e-9 ? "0" : number(v, 3));       // what is left is rounding
const count = (n, name) => `${n} ${name.split(":")[0].split(",")[0]} unit${n === 1 ? "" : "s"}`;

function subject(mode, activation, units, step) {
  if (mode === "build") return `${step} of ${count(units, "ReLU")} built by hand`;
  const made = mode === "tune" ? `${count(units, "ReLU")}, built by hand and then trained`
    : count(units, UNIT_NAMES[activation]);
  return `Step ${step}: ${made}`;
}

function gapSentence({ rms, largest, at }) {
  if (largest < 1e-9) return "The fit is exact at all 41 points between −2 and 2. ";
  return `Error between −2 and 2 (root mean square) ${small(rms)}; the largest gap is ${small(largest)} ` +
    `at x\u00a0=\u00a0${number(at, 1)}. `;
}

/** The fit in words: how well it follows the drawing, and what it does beyond. */
export function sentence({ mode, activation, units, step, error, left, right }) {
  const far = Math.max(Math.abs(left), Math.abs(right)) > 2 ? "runs away from anything drawn"
    : "goes on without having been told how";
  const parts = [`${subject(mode, activation, units, step)}. `, gapSentence(error)];
  if (activation === "step") {
    parts.push("A step has the slope 0, so its place cannot learn, only its height. ");
  }
  if (activation === "identity") parts.push("Without a bend the sum of all units is one straight line. ");
  parts.push(`Beyond it, the fit ${far}: `,
    `${number(left)} at x\u00a0=\u00a0−3, ${number(right)} at x\u00a0=\u00a03.`);
  return parts.join("");
}

/** One unit: its formula with its numbers, and where it bends. */
export function unitSentence({ k, w, b, v, bend, activation, stands }) {
  if (!stands) return "This unit does not stand yet: play or step to add it.";
  const sign = b < 0 ? "−" : "+", f = activation === "identity" ? "" : UNIT_NAMES[activation].split(",")[0];
  const what = activation === "identity" ? "crosses 0" : activation === "step" ? "jumps"
    : activation === "rbf" ? "has its middle" : /relu/.test(activation) ? "bends" : "turns";
  return `Unit ${k + 1}: ${number(v)} · ${f}(${number(w)} x ${sign} ${number(Math.abs(b))}). ` +
    (Number.isFinite(bend) ? `It ${what} at x = ${number(bend)}.` : "Its weight is 0: it is flat.");
}

export const EXPLAINED = [
  "Draw in the first picture with the mouse or a finger, from x = −2 to x = 2. By keyboard: the round " +
  "handle is one of nine points; left and right choose it, up and down move it. The orange line is the " +
  "network: one input, one layer of hidden units, one output.",
  "Each hidden unit adds one piece, v f(w x + b): the second picture. Their sum with one constant, the output " +
  "bias, is the fit: look at one x, add up all pieces, and you are on the orange line. Click a piece to " +
  "pick it; its bend is the full dot on the fit.",
  "Train starts from random pieces and moves all weights a little in each step (Adam on all 41 points of " +
  "the curve). Build by hand uses no training: unit after unit turns the line so that it meets the curve " +
  "at the next bend. With enough units that follows any drawing. Training may find better places for the " +
  "bends, or worse ones.",
  "The hatched parts were not drawn. The fit goes on there too, but nothing has told it how. The thin " +
  "dashed line is how the chosen curve really goes on.",
];
