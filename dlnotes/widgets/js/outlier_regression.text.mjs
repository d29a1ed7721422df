// What the widget OutlierRegression says.

import { number } from "./lib/plot.mjs";

export const TITLES = {
  squared: "squared", absolute: "absolute", huber: "Huber", tukey: "Tukey's biweight",
  general: "general" };

// Places of the dragged point that are worth a look, with the words on their buttons.
export const PLACES = {
  ordinary: { outlier_x: 8, outlier_y: 5 },
  high: { outlier_x: 5, outlier_y: 13 },
  edge: { outlier_x: 20, outlier_y: -4 },
  trap: { outlier_x: 20, outlier_y: 14, seed: 5, focus: "tukey" },
};
export const PLACE_WORDS = {
  ordinary: "An ordinary point", high: "Far off, in the middle", edge: "Far off, at the edge",
  trap: "Two best lines for Tukey" };

export const lineWords = (line) => (
  `${number(line[0])} x ${line[1] < 0 ? "−" : "+"} ${number(Math.abs(line[1]))}`);

// One sentence on the line of one loss; r is the dragged point's residual, pull its influence, share its weight.
export function sentence(name, line, r, pull, share) {
  const title = TITLES[name][0].toUpperCase() + TITLES[name].slice(1);
  const where = Math.abs(r) < 0.005 ? "the line passes through the dragged point"
    : `the dragged point lies ${number(Math.abs(r))} ${r < 0 ? "above" : "below"} it`;
  const force = share < 5e-4 ? "does not count at all"
    : `pulls with ${number(Math.abs(pull))}, where squared error would let it pull with ${number(Math.abs(r))}`;
  if (Math.abs(r) < 0.005) return `${title} loss: y = ${lineWords(line)}; ${where}.`;
  const own = name === "squared" ? `pulls with ${number(Math.abs(pull))}` : force;
  return `${title} loss: y = ${lineWords(line)}; ${where} and ${own}.`;
}

export const EXPLAINED = [
  "Sixteen points lie around the line y = 0.5 x + 1. You drag the seventeenth. Each line is the one whose " +
  "residuals r = line − point have the least total loss, under one loss each.",
  "Beside it: the loss as a function of the residual, and its slope, the influence, which is the force with " +
  "which a point pulls. Squared error is halved, r²/2, so that its pull is r. The diamond is your point under the " +
  "chosen loss. Dots that are small or hollow count little or not at all for the chosen line.",
  "The scale s is the size of an ordinary error: Huber's loss bends at 1.345 s, Tukey's is flat from 4.685 s on. " +
  "The general loss has a shape α: 2 is squared, 1 nearly absolute, 0 Cauchy's, −2 Geman and McClure's. Losses " +
  "that bend down again can have several best lines; then it matters from which line the search starts.",
];
