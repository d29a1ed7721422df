// What the receptive-field calculator says.

import { number } from "./lib/plot.mjs";

export const PRESET_NAMES = [
  ["digits", "the network of the chapter"], ["lenet", "LeNet-5"], ["threes", "three convolutions 3 × 3"], ["vgg16", "VGG-16"],
  ["resnet18", "ResNet-18"], ["dilated", "ten dilated convolutions"], ["own", "your own stack"]];

const many = (n) => n.toLocaleString("en");

/** The last layer in words, and where the paths are. */
export function sentence({ rows, layers, size, seen, half }) {
  const fits = rows.length - 1, { n, jump, field } = rows.at(-1), [first, last] = seen;
  const broken = fits < layers.length ? ` The window of layer ${fits + 1} does not fit: what comes after it is left out.` : "";
  if (!fits) return `No layer: each number sees itself.${broken}`;
  const cut = Math.min(last, size - 1) - Math.max(first, 0) + 1;
  const border = cut < field ? ` The chosen one sees ${many(Math.max(cut, 0))} of them, the rest is padding.` : "";
  const middle = half === null ? "" : ` Half of all paths start in the middle ${many(half)}.`;
  return `${fits} layer${fits === 1 ? "" : "s"} make ${many(n)} of ${many(size)} numbers, ${many(jump)} input${jump === 1 ? "" : "s"} ` +
    `apart. Each has a receptive field of ${many(field)} along this axis.${border}${middle}${broken}`;
}

/** How far the field grows at one layer. */
export function layerSentence({ i, layer, rows }) {
  const [k, , , d] = layer, below = rows[i], above = rows[i + 1];
  if (!above) return `Layer ${i + 1}: its window, ${d * (k - 1) + 1} wide, does not fit.`;
  return `Layer ${i + 1}: ${many(below.field)} + (${k} − 1) · ${d} · ${many(below.jump)} = ${many(above.field)}. The jump below it ` +
    `is ${many(below.jump)}, above it ${many(above.jump)}. The middle of its first unit lies at ${number(above.centre, 1)}.`;
}

export const EXPLAINED = [
  "Each line of the picture is a layer, the input at the bottom, along one axis of a picture or along time. Every number stands over the " +
  "place of the input that is its middle. The orange part is what one output sees; move that output with the slider or " +
  "by dragging.",
  "A layer adds (k − 1) times its dilation times the jump below it, which is the product of all strides below. So the same kernel adds " +
  "more the higher it stands.",
  "The hill at the bottom counts paths: through how many ways each input reaches the output, if all weights are equal. Many meet in the " +
  "middle and few at the edge; so the part of the field that matters is smaller than the field.",
];
