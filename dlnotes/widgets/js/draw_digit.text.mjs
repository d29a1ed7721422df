// What the digit pad says.

import { number } from "./lib/plot.mjs";

const LAYER_NAMES = {
  conv1: "first convolution and ReLU", pool1: "first max-pooling", conv2: "second convolution and ReLU",
  pool2: "second max-pooling", scores: "scores" };

const share = (p) => (p > 0.995 && p < 1 ? ">0.99" : number(p, 2));

/** What the network makes of the drawing. */
export function sentence({ p, ink, empty, y, fit }) {
  if (empty) return "The pad is empty. Draw a digit with mouse or finger, or by keyboard: arrow keys and space.";
  const what = `${ink} black pixels of 1,024${fit ? ", scaled and centred" : ", where they were drawn"}`;
  if (!p) return `${what}. There is no network here: run the cell that trains one, and give its weights.`;
  const order = [...p.keys()].sort((a, b) => p[b] - p[a]), [first, second] = order;
  const right = y === null ? "" : y === first ? " It is one." : ` It is a ${y}.`;
  return `The network says ${first}, with probability ${share(p[first])}; next is ${second} with ` +
    `${share(p[second])}.${right} ${what}.`;
}

const fieldWords = ([top, left, bottom, right]) => (
  `It sees rows ${top + 1} to ${bottom + 1} and columns ${left + 1} to ${right + 1} of the input: ` +
  `${(bottom - top + 1) * (right - left + 1)} of 64 numbers.`);

/** One unit: where it stands, its sum, and what it sees. */
export function unitSentence({ layer, channel, row, column, terms, field }) {
  const { groups, bias, z, value, size } = terms;
  if (layer === "scores") {
    return `Score of ${channel}: ${groups.length * 4} products, 4 from each map, and the bias ${number(bias)} add up ` +
      `to ${number(z)}. ${fieldWords(field)}`;
  }
  const where = `${LAYER_NAMES[layer][0].toUpperCase()}${LAYER_NAMES[layer].slice(1)}, map ${channel + 1}, row ` +
    `${row + 1}, column ${column + 1}`;
  if (bias === null) return `${where}: the largest of four is ${number(value)}. ${fieldWords(field)}`;
  const n = groups.length * size * size;
  return `${where}: ${n} products, sum ${number(z - bias)}, and the bias ${number(bias)} make ${number(z)}; ` +
    `ReLU gives ${number(value)}. ${fieldWords(field)}`;
}

export const EXPLAINED = [
  "Draw on the left. By keyboard: give the pad the focus; the arrow keys move the pen (with shift by one), space puts " +
  "it down or lifts it, Delete takes the last stroke away.",
  "The drawing becomes a bitmap of 32 x 32, scaled and centred as the digits were that the network learned from. The " +
  "number of black pixels in each block of 4 x 4 is one of the 64 numbers, 0 to 16. This is all that the network gets.",
  "Below stands every number inside the network: blue is large, paper is 0. Point at any tile, or give the picture the " +
  "focus and use the arrow keys (Page up and Page down: the map before and after; Home and End: the layer below and " +
  "above). The frame on the input shows what that unit can see. Under it stands its arithmetic: inputs, weights " +
  "(orange is negative), and what each map below adds.",
  "Nothing is a replay. The weights are those that the cell above this picture has trained, rounded to 16 bits; your " +
  "browser computes all layers anew at each stroke.",
];
