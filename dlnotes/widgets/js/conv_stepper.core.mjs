// A kernel that slides over a picture: the twin of conv_stepper.py. Pictures and kernels are square, row after
// row.

import { conv2d } from "./layers.core.mjs";
import { unpack } from "./weights.core.mjs";

export const OWN = 12;                                    // width of the reader's drawing

/** A wave of `length` pixels under a bell, its crests at `angle` degrees; the mean is taken away. */
export function gabor(size, angle, length = 4, width = 1.6) {
  const half = (size - 1) / 2, t = angle * Math.PI / 180;
  const K = Array.from({ length: size * size }, (_, i) => {
    const x = i % size - half, y = Math.floor(i / size) - half, across = x * Math.cos(t) + y * Math.sin(t);
    return Math.exp(-(x * x + y * y) / (2 * width * width)) * Math.cos(2 * Math.PI * across / length);
  });
  const mean = K.reduce((a, b) => a + b) / K.length;
  return K.map((v) => Math.round((v - mean) * 100) / 100);
}

export const KERNELS = {
  identity: [0, 0, 0, 0, 1, 0, 0, 0, 0],
  shift: [0, 0, 0, 1, 0, 0, 0, 0, 0],
  blur: [0.0625, 0.125, 0.0625, 0.125, 0.25, 0.125, 0.0625, 0.125, 0.0625],
  sharpen: [0, -1, 0, -1, 5, -1, 0, -1, 0],
  edge_left: [-1, 0, 1, -2, 0, 2, -1, 0, 1],
  edge_top: [-1, -2, -1, 0, 0, 0, 1, 2, 1],
  laplace: [0, 1, 0, 1, -4, 1, 0, 1, 0],
  one_by_one: [0.5],
  gabor_0: gabor(5, 0),
  gabor_45: gabor(5, 45),
};

/** { name: { n, X } } of the bytes that the page carries; empty where there are none. */
export function pictures(view) {
  try {
    const square = Object.entries(unpack(view) ?? {}).filter(([, { shape }]) => shape.length === 2
      && shape[0] === shape[1] && shape[0] > 0 && shape[0] <= 32);
    return Object.fromEntries(square.map(([name, { shape, data }]) => [name, { n: shape[0], X: data }]));
  } catch {
    return {};
  }
}

/** Rows of the result; 0 where the window does not fit. */
export function outputSize(n, k, stride, padding, dilation) {
  const room = n + 2 * padding - dilation * (k - 1) - 1;
  return room < 0 ? 0 : Math.floor(room / stride) + 1;
}

/** The kernel as it meets the picture: turned by 180 degrees where `flip` asks for it. */
export const applied = (kernel, flip) => (flip ? [...kernel].reverse() : kernel);

/** Y (n_out * n_out), or null where the window does not fit. */
export function response({ X, n }, kernel, { stride, padding, dilation, flip }) {
  const k = Math.sqrt(kernel.length);
  if (!outputSize(n, k, stride, padding, dilation)) return null;
  const W = Float64Array.from(applied(kernel, flip));
  return conv2d(X, [1, 1, n, n], W, [1, 1, k, k], null, { stride, padding, dilation }).Y;
}

/** The window at position `at`: for each number of the kernel its row and column in the picture, and x, w, x w. */
export function productsAt({ X, n }, kernel, { stride, padding, dilation, flip }, at) {
  const k = Math.sqrt(kernel.length), across = outputSize(n, k, stride, padding, dilation);
  const top = Math.floor(at / across) * stride - padding, left = at % across * stride - padding;
  return applied(kernel, flip).map((w, i) => {
    const row = top + Math.floor(i / k) * dilation, column = left + i % k * dilation;
    const inside = row >= 0 && row < n && column >= 0 && column < n, x = inside ? X[row * n + column] : 0;
    return { row, column, inside, x, w, product: x * w };
  });
}
