// What the widget says.

import { stepsToTenth } from "./descent.core.mjs";
import { short, times } from "./descent.words.mjs";

export const STORIES = {
  below: "Just below the limit",
  above: "Just above the limit",
  ravine: "Ravine: momentum wins",
  saddle: "Saddle: stuck on the ridge",
  plateau: "Plateau: hardly a slope",
  wells: "Too large for the narrow well",
};

export const NAMES = {
  parabola: "parabola (1-D)", plateau: "plateau (1-D)", double_well: "double well (1-D)",
  quadratic: "quadratic bowl", ravine: "ravine", saddle: "saddle", beale: "Beale", rosenbrock: "Rosenbrock" };

export const BADGES = {
  creeps: "Below the limit: creeps in",
  crosses: "Below the limit: jumps across, shrinking",
  swings: "Below the limit: swings in",
  edge: "On the limit: bounces for ever",
  over: "Above the limit: cannot settle",
  leaves: "It bends down here: nothing holds the ball",
};
export const SIGNS = {
  creeps: "good", crosses: "good", swings: "good", edge: "warn", over: "bad", leaves: "warn" };

const limitName = (momentum) => (momentum ? "2(1 + β)/L" : "2/L");

// "5 % above", "0.4 times".
export function beside(lr, limit) {
  const ratio = lr / limit, percent = Math.abs(ratio - 1) * 100;
  if (percent < 1e-7) return "exactly";
  if (percent > 60) return `${short(ratio)} times`;
  return `${short(percent)} % ${ratio > 1 ? "above" : "below"}`;
}

export function sentence(run, k, { distance, slope }, measured, { lr, momentum, reference }, lone) {
  const { limit, factors: [steep, flat] } = measured;
  const parts = [`Step ${k}: loss ${short(run.loss[k])}, gradient ${short(slope)} long, ` +
    `${short(distance)} from the nearest minimum. `];
  if (Number.isFinite(limit)) {
    parts.push(`lr ${short(lr)} is ${beside(lr, limit)} ${limitName(momentum)} = ${short(limit)}: `);
  } else {
    const curvature = short(measured.steep);
    parts.push(`No limit at the ball, since the surface bends down there (curvature ${curvature}): `);
  }
  parts.push(lone ? `each step multiplies the error by ${times(steep).slice(2)}`
    : `each step multiplies the error by ${times(steep).slice(2)} along the steep direction, ` +
      `by ${times(flat).slice(2)} along the flat one`);
  parts.push(reference === "ball" ? ", as far as the curvature at the ball reaches. " : ". ");
  if (k === run.length - 1 && k < run.steps) parts.push("The loss has passed 10¹², so the run ends here. ");
  return parts.join("").trim();
}

// The rows of the card: [name, words, colour].
export function facts({ steep, flat, limit, factors }, momentum, lone) {
  const row = (curvature, size) => {
    const count = Math.ceil(stepsToTenth(size)), shrinks = Number.isFinite(count);
    const tenth = shrinks ? `1/10 after ${short(count)} steps` : "never shrinks";
    return `λ ${short(curvature)}: ${times(size)}; ${tenth}`;
  };
  const known = momentum === 0 && flat > 0;
  const best = lone ? `1/L = ${short(1 / steep)}` : `2/(λ₁ + λ₂) = ${short(2 / (steep + flat))}`;
  return [
    ["limit", `${limitName(momentum)} = ${short(limit)}`],
    [lone ? "curvature" : "steep", row(steep, factors[0]), "steep"],
    [flat < 0 ? "bends down" : "flat", lone ? "" : row(flat, factors[1]), "flat"],
    ["best lr", known ? best : ""]];
}

export const EXPLAINED = [
  "A ball starts at the ring, which you can drag, and follows gradient descent: new place = old place " +
  "− learning rate × gradient. On a surface of one dimension you see it from the side, otherwise from " +
  "above, where lines of equal loss are drawn at even ratios and a cross marks each minimum. The " +
  "arrow is the next step.",
  "Near a minimum every smooth surface is a quadratic bowl. In the direction of an eigenvector of the " +
  "Hessian, with the curvature λ, each step multiplies the distance to the minimum by 1 − lr λ. It " +
  "shrinks while that lies between −1 and 1, that is, while lr is below 2/λ. The largest curvature L " +
  "therefore sets the limit 2/L. In the lower picture the dots are these factors at your learning " +
  "rate: above the line 1 the ball is driven out.",
  "The flat direction pays for it: lr must stay below 2/L, and with a curvature much smaller than L " +
  "the factor 1 − lr λ stays close to 1. The ratio of the two curvatures is the condition number. " +
  "With momentum β the limit is 2(1 + β)/L, and the flat direction is faster.",
  "Where the surface is no quadratic, the limit holds close to the place where L is measured: at the " +
  "nearest minimum, or at the ball itself. A small square on the map marks where a single step of 2/L " +
  "would land.",
];
