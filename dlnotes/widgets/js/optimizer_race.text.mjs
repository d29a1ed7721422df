// What the widget says.

import { short } from "./descent.words.mjs";

export const STORIES = {
  aligned: "Along an axis: AdaGrad first",
  turned: "Turned: Adam loses its edge",
  ravine: "Ravine: momentum wins",
  saddle: "Saddle: who leaves first?",
  noise: "Noise: tune again",
  rosenbrock: "Rosenbrock's bent valley",
};

export const NAMES = {
  gd: "plain GD", momentum: "momentum", nesterov: "Nesterov", adagrad: "AdaGrad", rmsprop: "RMSProp",
  adam: "Adam", adamw: "AdamW" };
export const CODES = { gd: "G", momentum: "M", nesterov: "N", adagrad: "Ag", rmsprop: "R", adam: "A",
  adamw: "W" };
export const PLANES = {
  quadratic: "quadratic bowl", ravine: "ravine", saddle: "saddle", beale: "Beale", rosenbrock: "Rosenbrock" };

export const lossWords = (loss) => (
  loss === Infinity ? "diverged" : loss > 0 && loss < 1e-16 ? "< 10⁻¹⁶" : short(loss));

const listed = (words) => (
  words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`);

export function sentence(step, order, steps, final) {
  const running = order.filter(([, loss]) => loss < Infinity);
  const gone = order.filter(([, loss]) => loss === Infinity).map(([name]) => NAMES[name]);
  const words = running.map(([name, loss]) => `${NAMES[name]} ${lossWords(loss)}`);
  const parts = [`Step ${step}. `];
  if (!order.length) parts.push("No optimizer is chosen. ");
  if (step === 0 && running.length) parts.push(`All start with the loss ${lossWords(running[0][1])}. `);
  else if (words.length) parts.push(`Losses, the least first: ${listed(words)}. `);
  if (gone.length) parts.push(`Diverged: ${listed(gone)}. `);
  const [first] = final;
  if (step < steps && first?.[1] < Infinity) {
    parts.push(`After all ${steps} steps ${NAMES[first[0]]} is in front: ${lossWords(first[1])}.`);
  }
  return parts.join("").trim();
}

export const EXPLAINED = [
  "Seven optimizers start at the ring, which you can drag, and see the same surface: lines of equal " +
  "loss at even ratios, a cross at each minimum. Letters name them, on the map and in the table. All " +
  "options are those of torch, but for momentum 0.9 and alpha 0.9 of RMSProp; each has the learning " +
  "rate of the table.",
  "Gradient descent, momentum and Nesterov do the same in every direction: turn the valley together " +
  "with the start, and their losses stay exactly what they were. AdaGrad, RMSProp, Adam and AdamW " +
  "divide each coordinate of the step by a size of that coordinate's own gradients. In a valley along " +
  "an axis this undoes the narrowness. In a turned valley both coordinates have the same large " +
  "gradients, and little of the help is left.",
  "\"Tune all\" tries 44 learning rates from 0.0001 to 2 for each, in your browser, and takes the one " +
  "with the least mean loss over the last tenth of the steps. The picture above the slider shows " +
  "these losses for the optimizer that you chose: how deep the best rate lies, and how quickly it is " +
  "missed.",
  "With noise every gradient gets two random numbers added, the same for all, as if it came from a " +
  "small batch. A constant learning rate then ends in a cloud around the minimum; AdaGrad's own steps " +
  "shrink. AdamW pulls the point to the origin as well: a help where the minimum is there, an error " +
  "where it is not (Rosenbrock, Beale).",
];
