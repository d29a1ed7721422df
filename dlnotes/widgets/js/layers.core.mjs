// Forward passes of convolution, pooling and graph convolution: the twins of dlnotes/ops conv, pooling and
// graph. Maps (N, C, H, W) and kernels (C_out, C_in / groups, kH, kW) are Float64Arrays, the last axis
// fastest; shapes are lists.

import { whole } from "./check.core.mjs";
import { linear } from "./linear.core.mjs";

const pair = (x) => (Array.isArray(x) ? x : [x, x]);

/**
 * Where a window of `size` = [rows, columns] stands on a map of `space` = [H, W]:
 *
 *     out = floor((n + 2 padding - dilation (size - 1) - 1) / stride) + 1     along either axis
 *
 * @param options stride, padding, dilation: a number, or [rows, columns]
 */
export function windows(space, size, { stride = 1, padding = 0, dilation = 1 }) {
  const [s, p, d] = [pair(stride), pair(padding), pair(dilation)];
  const out = space.map((n, i) => Math.floor((n + 2 * p[i] - d[i] * (size[i] - 1) - 1) / s[i]) + 1);
  out.forEach((n) => whole(n, 1, "the size of the result"));
  return { space, size, s, p, d, out };
}

// Calls see(place in the map, place in the window, 0 or more) for each entry of the window at row y, column x
// that lies on the map.
function visit({ space: [H, W], size: [kH, kW], s, p, d }, y, x, see) {
  for (let i = 0; i < kH; i++) {
    const row = y * s[0] + i * d[0] - p[0];
    if (row < 0 || row >= H) continue;
    for (let j = 0; j < kW; j++) {
      const column = x * s[1] + j * d[1] - p[1];
      if (column >= 0 && column < W) see(row * W + column, i * kW + j);
    }
  }
}

/**
 * Y[n, o, y, x] = b[o] + sum over c, i, j of W[o, c, i, j] X[n, c, y s + i d - p, x s + j d - p],
 * X being 0 outside the map.
 *
 * @param X (N, C, H, W) of `shape`
 * @param W of `kernel` = [C_out, C / groups, kH, kW]
 * @param b (C_out,) or null
 * @param options stride, padding, dilation, groups
 * @returns { Y, shape }, shape [N, C_out, H_out, W_out]
 */
export function conv2d(X, shape, W, kernel, b = null, options = {}) {
  const [N, C, ...space] = shape, [outs, ins, ...size] = kernel, { groups = 1 } = options;
  if (C !== ins * groups || outs % groups) {
    throw new RangeError(`expected W (C_out, ${C} / ${groups}, ...), C_out in ${groups}; got (${kernel})`);
  }
  const at = windows(space, size, options), [rows, columns] = at.out;
  const area = space[0] * space[1], taps = size[0] * size[1];
  const Y = new Float64Array(N * outs * rows * columns);
  let k = 0;
  for (let n = 0; n < N; n++) {
    for (let o = 0; o < outs; o++) {
      const first = n * C + Math.floor(o * groups / outs) * ins;           // the first channel of o's group
      for (let y = 0; y < rows; y++) {
        for (let x = 0; x < columns; x++) {
          let sum = b === null ? 0 : b[o];
          visit(at, y, x, (place, tap) => {
            for (let c = 0; c < ins; c++) {
              sum += W[(o * ins + c) * taps + tap] * X[(first + c) * area + place];
            }
          });
          Y[k++] = sum;
        }
      }
    }
  }
  return { Y, shape: [N, outs, rows, columns] };
}

// One number for each window of each map: start, then combined with each entry, then finished with the count
// of entries.
function pool(X, shape, size, options, start, combine, finish) {
  const [N, C, ...space] = shape, window = pair(size);
  const at = windows(space, window, { stride: window, ...options });
  const half = at.d.map((d, axis) => Math.floor((d * (window[axis] - 1) + 1) / 2));
  if (!at.p.every((p, axis) => p <= half[axis])) {
    throw new RangeError(`expected padding of at most half the window, ${half}; got ${at.p}`);
  }
  const [rows, columns] = at.out, area = space[0] * space[1], Y = new Float64Array(N * C * rows * columns);
  let k = 0;
  for (let map = 0; map < N * C; map++) {
    for (let y = 0; y < rows; y++) {
      for (let x = 0; x < columns; x++) {
        let value = start, count = 0;
        visit(at, y, x, (place) => {
          value = combine(value, X[map * area + place]);
          count++;
        });
        Y[k++] = finish(value, count, window[0] * window[1]);
      }
    }
  }
  return { Y, shape: [N, C, rows, columns] };
}

/**
 * The largest number of each window.
 *
 * @param size of the window
 * @param options stride (the size), padding, dilation
 */
export function maxPool2d(X, shape, size, options = {}) {
  return pool(X, shape, size, options, -Infinity, Math.max, (value) => value);
}

/** The mean of each window; with countIncludePad the zeros outside the map are among the numbers averaged. */
export function avgPool2d(X, shape, size, { countIncludePad = true, ...options } = {}) {
  const mean = (sum, inside, all) => sum / (countIncludePad ? all : inside);
  return pool(X, shape, size, options, 0, (sum, value) => sum + value, mean);
}

/**
 * A + I (with selfLoops), then "none": as it is, "row": D^-1 A, "symmetric": D^-1/2 A D^-1/2; D the degrees,
 * the sums of its rows. A node without edges keeps its row of zeros.  @param A (N, N)
 */
export function normalizeAdjacency(A, N, selfLoops = true, mode = "none") {
  const out = Float64Array.from(A), degree = new Float64Array(N);
  for (let i = 0; i < N; i++) {
    if (selfLoops) out[i * N + i] += 1;
    for (let j = 0; j < N; j++) degree[i] += out[i * N + j];
    if (degree[i] === 0) degree[i] = Infinity;
  }
  if (mode === "none") return out;
  for (let i = 0; i < N; i++) {
    for (let j = 0; j < N; j++) {
      out[i * N + j] /= mode === "row" ? degree[i] : Math.sqrt(degree[i]) * Math.sqrt(degree[j]);
    }
  }
  return out;
}

/**
 * Z = A H W + b.
 *
 * @param A (N, N), usually normalized
 * @param H (N, D)
 * @param W (D, K)
 * @param b (K,) or null
 * @returns (N, K)
 */
export function graphConv(A, H, W, b, N, D, K) {
  const messages = new Float64Array(N * K), Z = new Float64Array(N * K);
  linear(H, W, null, N, D, K, messages);
  linear(A, messages, b, N, N, K, Z);
  return Z;
}
