// What the widget LogitSliders says.

import { LETTERS, floor } from "./logit_sliders.core.mjs";
import { number } from "./lib/plot.mjs";

export const PRESETS = {
  right: [4, 0, -1, -2],
  wrong: [-2, 4, 0, -1],
  undecided: [0, 0, 0, 0],
};
export const PRESET_WORDS = { right: "Sure and right", wrong: "Sure and wrong", undecided: "Undecided" };

// One paragraph: the probability of the right class, the loss, whom the gradient pushes, what a second softmax does.
export function sentence({ logits, target, double }, p, loss, slope, single) {
  const name = LETTERS[target], C = logits.length;
  const ups = logits.map((_, k) => k).filter((k) => slope[k] < -5e-4).map((k) => LETTERS[k]);
  const downs = logits.map((_, k) => k).filter((k) => slope[k] > 5e-4).map((k) => LETTERS[k]);
  const pushes = ups.length || downs.length
    ? `A step raises ${ups.join(", ") || "none"} and lowers ${downs.join(", ") || "none"}.`
    : "The gradient is nearly 0: a step moves hardly anything.";
  const first = `The right class ${name} has the probability ${number(p[target], 3)}: loss ${number(loss, 3)}.`;
  const second = double
    ? ` With one softmax the loss would be ${number(single, 3)}; with two it never falls below ${number(floor(C), 3)}.`
    : "";
  return `${first}${second} ${pushes}`;
}

export const EXPLAINED = [
  "The sliders set the logits, the scores that a network gives to the classes. The softmax makes them positive and " +
  "lets them sum to 1: the upper bars. The loss is minus the logarithm of the right class's bar.",
  "The lower bars are the gradient of the loss by each logit, probability minus target, over the temperature. " +
  "Below 0 a step of gradient descent raises the logit. They always sum to 0.",
  "On the right the logit of the right class is moved and the others stay: drag the point, or use the arrow keys. " +
  "Taking the softmax twice, once in the network and once in the loss, bends that line to a floor. The gradient " +
  "fades although the loss is far from 0. High temperatures level the probabilities, low ones sharpen them.",
];
