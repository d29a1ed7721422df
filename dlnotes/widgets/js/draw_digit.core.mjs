// A drawing as 8 x 8 numbers, and a small convolutional network on them: the twin of dlnotes/strokes.py and of
// draw_digit.py. Strokes are lists x, y, x, y, ...; maps are Float64Arrays.

import { avgPool2d, conv2d, maxPool2d } from "./layers.core.mjs";
import { linear } from "./linear.core.mjs";
import { clamp } from "./lib/num.mjs";
import { unpack } from "./weights.core.mjs";

export const PAD = 64;                                    // of the pad
export const FRAME = 32;                                  // of the bitmap
export const INK = 312;                                   // black pixels of a bitmap
export const LAYERS = ["conv1", "pool1", "conv2", "pool2", "scores"];
const THIN = 1.5 ** 2, THICK = 5 ** 2;                    // radius of the pen, squared

/** The strokes of a flat list in which -1 lifts the pen; what is incomplete is left out. */
export function unpackStrokes(flat) {
  const strokes = [];
  let points = [];
  for (const v of [...flat, -1]) {
    if (v >= 0) points.push(v);
    else {
      if (points.length > 1) strokes.push(points.slice(0, 2 * Math.floor(points.length / 2)));
      points = [];
    }
  }
  return strokes;
}

/** Scaled to the frame of 32 x 32: in height to 28, in width by the same factor but to 24 at most; centred. */
export function fitted(strokes) {
  const low = [Infinity, Infinity], high = [-Infinity, -Infinity];
  for (const stroke of strokes) {
    stroke.forEach((v, i) => {
      low[i % 2] = Math.min(low[i % 2], v);
      high[i % 2] = Math.max(high[i % 2], v);
    });
  }
  const tall = 28 / Math.max(high[1] - low[1], 4);
  const scale = [Math.min(tall, 24 / Math.max(high[0] - low[0], 2)), tall];
  return strokes.map((stroke) => stroke.map((v, i) => (
    (v - (low[i % 2] + high[i % 2]) / 2) * scale[i % 2] + FRAME / 2)));
}

/** out (1024,): squared distance of each pixel's middle from the nearest point of the strokes. */
export function distances(strokes, out) {
  out.fill(Infinity);
  for (const s of strokes) {
    for (let k = 0; k === 0 || k + 2 < s.length; k += 2) {
      const ax = s[k], ay = s[k + 1], dx = (s[k + 2] ?? ax) - ax, dy = (s[k + 3] ?? ay) - ay;
      const square = Math.max(dx * dx + dy * dy, 1e-12);
      for (let i = 0; i < FRAME; i++) {
        for (let j = 0; j < FRAME; j++) {
          const x = j + 0.5, y = i + 0.5, along = clamp(((x - ax) * dx + (y - ay) * dy) / square, 0, 1);
          const offX = x - ax - along * dx, offY = y - ay - along * dy, d = offX * offX + offY * offY;
          if (d < out[i * FRAME + j]) out[i * FRAME + j] = d;
        }
      }
    }
  }
  return out;
}

/** Bitmap (1024,) of 0 and 1: the strokes with a round pen, so wide that `ink` pixels are black. */
export function bitmap(strokes, fit = true, ink = INK) {
  const bits = new Float64Array(FRAME * FRAME);
  if (!strokes.length) return bits;
  const squared = distances(fit ? fitted(strokes) : strokes.map((s) => s.map((v) => v / 2)), bits);
  const radius = clamp(Float64Array.from(squared).sort()[ink - 1], THIN, THICK);
  for (let i = 0; i < bits.length; i++) bits[i] = squared[i] <= radius ? 1 : 0;
  return bits;
}

/** Black pixels (64,), 0 to 16, in each block of 4 x 4. */
export function counts(bits) {
  return avgPool2d(bits, [1, 1, FRAME, FRAME], 4).Y.map((share) => Math.round(16 * share));
}

/** { W1, b1, ..., b3, C1, C2, X, y } of the bytes, or null where there is no network of the right shape. */
export function network(view) {
  let net;
  try {
    net = unpack(view);
  } catch {
    return null;
  }
  const fits = net && ["W1", "b1", "W2", "b2", "W3", "b3"].every((name) => net[name]);
  if (!fits) return null;
  const C1 = net.b1.data.length, C2 = net.b2.data.length;
  const sizes = { W1: 9 * C1, W2: 9 * C1 * C2, W3: 40 * C2, b3: 10 };
  if (Object.entries(sizes).some(([name, n]) => net[name].data.length !== n)) return null;
  const whole = (name, data) => (name === "X" || name === "y" ? data.map(Math.round) : data);    // 16 bits round them
  return { ...Object.fromEntries(Object.entries(net).map(([name, { data }]) => [name, whole(name, data)])), C1, C2 };
}

const relu = (Y) => Y.map((z) => Math.max(0, z));

/** Every layer for X (64,) in [0, 1]: conv1 and conv2 after their ReLU, the pools, scores (10,). */
export function forward(net, X) {
  const { C1, C2 } = net, same = { padding: 1 };
  const conv1 = relu(conv2d(X, [1, 1, 8, 8], net.W1, [C1, 1, 3, 3], net.b1, same).Y);
  const pool1 = maxPool2d(conv1, [1, C1, 8, 8], 2).Y;
  const conv2 = relu(conv2d(pool1, [1, C1, 4, 4], net.W2, [C2, C1, 3, 3], net.b2, same).Y);
  const pool2 = maxPool2d(conv2, [1, C2, 4, 4], 2).Y;
  const scores = new Float64Array(10);
  linear(pool2, net.W3, net.b3, 1, 4 * C2, 10, scores);
  return { X, conv1, pool1, conv2, pool2, scores };
}

/** exp(z) / sum of exp(z), computed from the largest. */
export function softmax(z) {
  const top = Math.max(...z), e = Array.from(z, (v) => Math.exp(v - top)), sum = e.reduce((a, b) => a + b);
  return e.map((v) => v / sum);
}

/** [channels, size of a map] of a layer. */
export function shapeOf(net, layer) {
  return { conv1: [net.C1, 8], pool1: [net.C1, 4], conv2: [net.C2, 4], pool2: [net.C2, 2], scores: [10, 1] }[layer];
}

// From where to where a unit in row (or column) i of a layer sees the input, before it is cut at the border.
const SEES = {
  conv1: (i) => [i - 1, i + 1], pool1: (i) => [2 * i - 1, 2 * i + 2], conv2: (i) => [2 * i - 3, 2 * i + 4],
  pool2: (i) => [4 * i - 3, 4 * i + 6], scores: () => [0, 7] };

/** Receptive field of a unit: [first row, first column, last row, last column] of the input. */
export function fieldOf(layer, row, column) {
  const [[top, bottom], [left, right]] = [SEES[layer](row), SEES[layer](column)];
  return [Math.max(top, 0), Math.max(left, 0), Math.min(bottom, 7), Math.min(right, 7)];
}

/**
 * What a unit computes: { size, groups, bias, z, value }. Each group has the `size` x `size` inputs x of one map
 * below, the weights w that they meet (null for pooling) and their sum of products; outside the map x is 0.
 */
export function termsOf(net, pass, layer, channel, row, column) {
  if (layer === "scores") return scoreTerms(net, pass, channel);
  const pool = layer.startsWith("pool"), first = layer.endsWith("1");
  const below = pool ? pass[first ? "conv1" : "conv2"] : first ? pass.X : pass.pool1;
  const width = layer === "conv1" || layer === "pool1" ? 8 : 4, size = pool ? 2 : 3;
  const from = pool ? [2 * row, 2 * column] : [row - 1, column - 1];
  const patch = (map) => Array.from({ length: size * size }, (_, k) => {
    const y = from[0] + Math.floor(k / size), x = from[1] + k % size;
    return y < 0 || x < 0 || y >= width || x >= width ? 0 : below[(map * width + y) * width + x];
  });
  if (pool) {
    const x = patch(channel), value = Math.max(...x);
    return { size, groups: [{ x, w: null, sum: value }], bias: null, z: value, value };
  }
  const W = first ? net.W1 : net.W2, maps = first ? 1 : net.C1, bias = (first ? net.b1 : net.b2)[channel];
  const groups = Array.from({ length: maps }, (_, c) => {
    const w = Array.from(W.subarray((channel * maps + c) * 9, (channel * maps + c + 1) * 9)), x = patch(c);
    return { x, w, sum: dot(x, w) };
  });
  return finish(size, groups, bias);
}

const dot = (x, w) => x.reduce((sum, v, k) => sum + v * w[k], 0);

function finish(size, groups, bias, bent = true) {
  const z = groups.reduce((sum, g) => sum + g.sum, bias);
  return { size, groups, bias, z, value: bent ? Math.max(0, z) : z };
}

function scoreTerms(net, { pool2 }, k) {
  const groups = Array.from({ length: net.C2 }, (_, c) => {
    const x = Array.from(pool2.subarray(4 * c, 4 * c + 4)), w = x.map((_, i) => net.W3[(4 * c + i) * 10 + k]);
    return { x, w, sum: dot(x, w) };
  });
  return finish(2, groups, net.b3[k], false);
}
