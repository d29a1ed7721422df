// What the latent map says.

import { number } from "./lib/plot.mjs";

export const PAINT_NAMES = [
  ["digits", "Decoded digits"], ["points", "Test digits"], ["posterior", "Posterior of the drawing"]];
export const EMPTY = "This widget carries no weights: give it those of a trained network, made by pack_model.";

const place = ([a, b]) => `(${number(a)}, ${number(b)})`;

/** The painted digit: where it is, how dark it is, and which test digit lies nearest. */
export function pointSentence({ z, step, steps, on, sure, nearest, away }) {
  const where = step === 0 ? "At A" : step === steps ? "At B" : `${Math.round(100 * step / steps)} % of the way from A to B, at`;
  const near = away < 0.5 ? `The nearest test digit on the plane is a ${nearest}, ${number(away)} away.`
    : `No test digit lies within ${number(away)}: the decoder has seen nothing here.`;
  return `${where} ${place(z)} the decoder paints ${number(on, 1)} of 64 pixels, ` +
    `${sure} of them with a probability above 0.9. ${near}`;
}

/** The terms of the ELBO of the drawn digit. */
export function drawingSentence(m) {
  if (!m) return "The pad is empty: draw a digit, or take one of the test set.";
  const sd = m.logVar.map((v) => Math.exp(v / 2));
  return `The encoder puts your drawing at ${place(m.mean)}, with standard deviations ${number(sd[0])} and ${number(sd[1])}. ` +
    `Reconstruction ${number(m.reconstruction)} minus KL ${number(m.kl)} is the ELBO: ${number(m.elbo)} nats. ` +
    `The sum over the whole plane gives log p(x) = ${number(m.evidence)}, so the bound is ${number(m.gap)} too low: ` +
    `that is how far the ellipse is from the true posterior.`;
}

export const WAITING = "Adding up the whole plane ...";
export const EXPLAINED = [
  "The decoder turns each point of the plane, two numbers, into the probabilities of 64 pixels. Drag A or B, or " +
  "choose one with the Tab key and move it by the arrow keys. The row below shows the way from A to B: first " +
  "through the plane, then by fading one picture into the other.",
  "The encoder goes the other way: from a drawing to a mean and two standard deviations. The two ellipses are " +
  "one and two standard deviations of q(z | x). \u201cPosterior of the drawing\u201d paints what they stand for: p(z | x), " +
  "worked out at 6,561 places of the plane by Bayes' rule, without the encoder.",
  "Draw with the mouse or a finger: the first pixel decides whether you paint or rub out. By keyboard: arrow keys " +
  "move, the space bar paints, Delete clears.",
  "\u201cTest digits\u201d shows where the encoder puts digits that were not used in training, each as its own " +
  "numeral. Nobody told the network which digit is which.",
];
