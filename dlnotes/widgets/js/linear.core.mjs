// The linear map and its derivative: the twin of dlnotes/ops/linear.py. Rows are examples.
// A matrix (N, D) is a Float64Array of N * D numbers, row after row; the caller owns what is written.

/**
 * Y = X W + b (no b where it is null), the one loop that does all the arithmetic of a network.
 *
 * Entry (n, d) of X stands at n * xRow + d * xColumn, entry (d, h) of W at d * wRow + h * wColumn, so that a
 * transpose is only another pair of strides. Four rows and two columns are done at a time: six numbers are read
 * for eight products, and the eight sums do not wait for each other. Each sum is taken in the order of d.
 *
 * @param X (N, D)  @param W (D, H)  @param b (H,) or null  @param Y (N, H), written
 */
export function product(X, xRow, xColumn, W, wRow, wColumn, b, N, D, H, Y) {
  let n = 0;
  for (; n + 3 < N; n += 4) {
    const x0 = n * xRow, x1 = x0 + xRow, x2 = x1 + xRow, x3 = x2 + xRow, y0 = n * H, y1 = y0 + H, y2 = y1 + H, y3 = y2 + H;
    let h = 0;
    for (; h + 1 < H; h += 2) {
      let s0 = b === null ? 0 : b[h], s1 = s0, s2 = s0, s3 = s0;
      let t0 = b === null ? 0 : b[h + 1], t1 = t0, t2 = t0, t3 = t0;
      for (let d = 0, x = 0, w = h * wColumn; d < D; d++, x += xColumn, w += wRow) {
        const v = W[w], u = W[w + wColumn], a0 = X[x0 + x], a1 = X[x1 + x], a2 = X[x2 + x], a3 = X[x3 + x];
        s0 += a0 * v; s1 += a1 * v; s2 += a2 * v; s3 += a3 * v;
        t0 += a0 * u; t1 += a1 * u; t2 += a2 * u; t3 += a3 * u;
      }
      Y[y0 + h] = s0; Y[y1 + h] = s1; Y[y2 + h] = s2; Y[y3 + h] = s3;
      Y[y0 + h + 1] = t0; Y[y1 + h + 1] = t1; Y[y2 + h + 1] = t2; Y[y3 + h + 1] = t3;
    }
    if (h < H) {
      let s0 = b === null ? 0 : b[h], s1 = s0, s2 = s0, s3 = s0;
      for (let d = 0, x = 0, w = h * wColumn; d < D; d++, x += xColumn, w += wRow) {
        const v = W[w];
        s0 += X[x0 + x] * v; s1 += X[x1 + x] * v; s2 += X[x2 + x] * v; s3 += X[x3 + x] * v;
      }
      Y[y0 + h] = s0; Y[y1 + h] = s1; Y[y2 + h] = s2; Y[y3 + h] = s3;
    }
  }
  for (; n < N; n++) {
    for (let h = 0; h < H; h++) {
      let sum = b === null ? 0 : b[h];
      for (let d = 0, x = n * xRow, w = h * wColumn; d < D; d++, x += xColumn, w += wRow) sum += X[x] * W[w];
      Y[n * H + h] = sum;
    }
  }
}

/** Y = X W + b.  @param X (N, D)  @param W (D, H)  @param b (H,) or null  @param Y (N, H), written */
export function linear(X, W, b, N, D, H, Y) {
  product(X, D, 1, W, H, 1, b, N, D, H, Y);
}

/**
 * dX = dY W.T,  dW = X.T dY,  db[h] = sum over n of dY[n, h].
 *
 * @param dY (N, H)  @param X (N, D)  @param W (D, H)
 * @param dX (N, D), written; null where nobody asks (the first layer)
 * @param dW (D, H), written
 * @param db (H,), written
 */
export function linearBackward(dY, X, W, N, D, H, dX, dW, db) {
  product(X, 1, D, dY, H, 1, null, D, N, H, dW);
  for (let h = 0; h < H; h++) {
    let sum = 0;
    for (let n = 0, i = h; n < N; n++, i += H) sum += dY[i];
    db[h] = sum;
  }
  if (dX !== null) product(dY, H, 1, W, 1, H, null, N, H, D, dX);
}
