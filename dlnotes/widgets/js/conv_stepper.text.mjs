// What the convolution stepper says.

import { number } from "./lib/plot.mjs";

export const PICTURE_NAMES = [
  ["camera", "photograph: a cameraman, 32 × 32"], ["coins", "photograph: coins, 32 × 32"], ["digit", "a digit, 8 × 8"],
  ["bars", "bars, 12 × 12"], ["own", "draw your own, 12 × 12"]];
export const KERNEL_NAMES = [
  ["identity", "identity"], ["shift", "shift by one"], ["blur", "blur"], ["sharpen", "sharpen"],
  ["edge_left", "edges: dark to bright, left to right"], ["edge_top", "edges: dark to bright, top to bottom"],
  ["laplace", "Laplace: spots"], ["one_by_one", "1 × 1: half"], ["gabor_0", "Gabor, upright stripes"],
  ["gabor_45", "Gabor, slanted stripes"]];

/** Where the window stands, its sum, and how large the result is. */
export function sentence({ across, n, k, stride, padding, dilation, at, sum, outside }) {
  const reach = dilation * (k - 1) + 1;
  if (!across) {
    return `The window does not fit: it is ${reach} wide, and the picture with its padding ${n + 2 * padding}. Take a ` +
      "larger picture, more padding or less dilation.";
  }
  const formula = `(${n} + 2 · ${padding} − ${dilation} · ${k - 1} − 1) / ${stride} + 1`;
  const zeros = outside ? ` ${outside} of its ${k * k} places lie outside and count as 0.` : "";
  return `Position ${at}, row ${Math.floor(at / across)}, column ${at % across} of the result, counted from 0: the ` +
    `${k * k} products add up to ${number(sum)}.${zeros} Size of the result: ${formula}, rounded down, = ${across}.`;
}

export const EXPLAINED = [
  "The framed window lies on the picture. Each number under it is multiplied by the number of the kernel at the same " +
  "place; the sum of all products is one number of the result. Then the window moves on by the stride.",
  "Point at the result, or drag over the picture, to put the window anywhere; with the focus on the result the arrow keys " +
  "move it. In the result blue is positive, orange negative, paper 0. Numbers that the window has not yet come to are pale.",
  "Padding puts zeros around the picture, dilation pulls the window apart. All kernels are used as they stand: this is " +
  "what deep learning calls convolution, and mathematics cross-correlation. Tick the box to turn the kernel first.",
  "To draw, choose your own picture and draw in it with mouse or finger. By keyboard: the space bar on the result switches the pixel " +
  "under the middle of the window.",
];
