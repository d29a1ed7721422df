// What the widget says about a unit at one step.

import { HIDDEN, N } from "./kill_and_revive.core.mjs";
import { number } from "./lib/plot.mjs";

export const STORIES = {
  large_step: "One large step kills",
  fixed_inputs: "Dead, inputs fixed: for ever",
  revived: "Dead, then revived",
  leaky: "Leaky: never without gradient",
};

export function sentence(run, k, u, alpha, state) {
  const layer = u < HIDDEN ? 1 : 2;
  const unit = `unit ${u % HIDDEN + 1} of layer ${layer}`;
  const parts = [`Step ${k}: ${unit} is active on ${run.active[u][k]} of ${N} points`];
  parts.push(state === "dead" ? ", so its gradient is exactly 0. "
    : `, its gradient has the length ${number(run.norms[u][k], 4)}. `);
  if (state === "dead") parts.push(layer === 1 ? stuck : hope(run, k));
  if (state === "silent") parts.push(`The slope ${number(alpha)} left of 0 lets it learn all the same. `);
  if (state === "revived") parts.push(layer === 1 ? leaked(alpha) : lifted(alpha));
  parts.push(k === run.length - 1 && k < run.steps ? "The loss has exploded, so the run ends here."
    : `Loss ${number(run.loss[k], 4)}.`);
  return parts.join("");
}

const stuck = "Its inputs are the data, which never change, so it cannot come back. ";

// Layer 1 moves only if a unit of layer 2 still passes a gradient down.
function hope(run, k) {
  for (let v = 0; v < HIDDEN; v++) {
    if (run.norms[v][k] > 0) return "Layer 1 goes on learning and moves its inputs, so it may come back. ";
  }
  return "No unit of layer 1 gets a gradient either, so it cannot come back. ";
}

const leaked = (alpha) => (alpha ? "The leak brought it back. " : "");
const lifted = (alpha) => (
  alpha ? "It was silent before. " : "It was dead: layer 1 moved its inputs and so lifted it above 0. ");

export const EXPLAINED = [
  "A network of two hidden layers learns to fit 20 points by gradient descent. In the network a circle " +
  "is filled as far as the unit is above 0 on the data, with the number of points inside; a crossed " +
  "circle is active on none. Thick lines are large weights, dashed lines negative ones. The framed unit " +
  "is watched.",
  "ReLU has the slope 0 left of 0. A unit that is below 0 on all points gets no gradient: it is dead. " +
  "If it sits in layer 1, its inputs are the data, nothing about it ever changes, and it stays dead. If " +
  "it sits in layer 2, its inputs come from layer 1, which may go on learning through the other units, " +
  "and lift it above 0 again.",
  "Every change of a setting computes the whole run anew, so you see at once what it would have led to. " +
  "Drag in the lower picture to go to any step.",
];
