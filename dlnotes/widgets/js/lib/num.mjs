// Numbers for the widgets, each function with a numpy twin (tests/parity.mjs).
// A matrix (N, D) is a Float64Array of N * D numbers, row after row; the caller owns every `out`.

export function clamp(x, low, high) {
  return Math.min(Math.max(x, low), high);
}

// out.length numbers from start to stop, both included: numpy.linspace.
export function linspace(start, stop, out) {
  const last = out.length - 1;
  const step = (stop - start) / last;
  for (let i = 0; i < last; i++) out[i] = start + i * step;
  out[last] = stop;
  return out;
}

// Y = X W: X (N, D), W (D, H), out (N, H).
export function matmul(X, W, N, D, H, out) {
  out.fill(0);
  for (let n = 0; n < N; n++) {
    for (let d = 0; d < D; d++) {
      const x = X[n * D + d];
      for (let h = 0; h < H; h++) out[n * H + h] += x * W[d * H + h];
    }
  }
  return out;
}

// dW = X.T dY: X (N, D), dY (N, H), out (D, H).
export function matmulTN(X, dY, N, D, H, out) {
  out.fill(0);
  for (let n = 0; n < N; n++) {
    for (let d = 0; d < D; d++) {
      const x = X[n * D + d];
      for (let h = 0; h < H; h++) out[d * H + h] += x * dY[n * H + h];
    }
  }
  return out;
}

// dX = dY W.T: dY (N, H), W (D, H), out (N, D).
export function matmulNT(dY, W, N, H, D, out) {
  for (let n = 0; n < N; n++) {
    for (let d = 0; d < D; d++) {
      let sum = 0;
      for (let h = 0; h < H; h++) sum += dY[n * H + h] * W[d * H + h];
      out[n * D + d] = sum;
    }
  }
  return out;
}

export function mean(X) {
  let sum = 0;
  for (let i = 0; i < X.length; i++) sum += X[i];
  return sum / X.length;
}

// Divided by N, as numpy.var; two passes, since the mean of squares minus the squared mean cancels.
export function variance(X) {
  const centre = mean(X);
  let sum = 0;
  for (let i = 0; i < X.length; i++) sum += (X[i] - centre) ** 2;
  return sum / X.length;
}

// counts[i]: how many numbers fall in bin i of [low, high]; only the last bin owns its right end:
// numpy.histogram.
export function histogram(X, low, high, counts) {
  counts.fill(0);
  const bins = counts.length;
  const step = (high - low) / bins;
  for (let i = 0; i < X.length; i++) {
    if (!(X[i] >= low && X[i] <= high)) continue;
    let bin = Math.min(Math.floor((X[i] - low) / step), bins - 1);
    if (bin > 0 && X[i] < low + bin * step) bin--;                 // rounding put it one bin too far,
    else if (bin < bins - 1 && X[i] >= low + (bin + 1) * step) bin++;      // or one too short
    counts[bin]++;
  }
  return counts;
}

// out[i]: the density at the centre of bin i that a histogram's counts give when every number is spread to a
// bell of the standard deviation `bandwidth`, in bins: a Gaussian kernel density of binned data.
export function kernelDensity(counts, bandwidth, out) {
  let total = 0;
  for (let j = 0; j < counts.length; j++) total += counts[j];
  for (let i = 0; i < counts.length; i++) {
    let sum = 0;
    for (let j = 0; j < counts.length; j++) sum += counts[j] * Math.exp(-0.5 * ((i - j) / bandwidth) ** 2);
    out[i] = total > 0 ? sum / (total * bandwidth * Math.sqrt(2 * Math.PI)) : 0;
  }
  return out;
}

// 1 - erf(x). Near 0 a series of positive terms; in the tails a continued fraction, since 1 - erf cancels
// there.
export function erfc(x) {
  if (x < 0) return 2 - erfc(-x);
  if (x > 27) return 0;
  const bell = Math.exp(-x * x) / Math.sqrt(Math.PI);
  if (x < 2.2) {
    let term = x, sum = x;
    for (let k = 3; term > 1e-17 * sum; k += 2) sum += term *= 2 * x * x / k;
    return 1 - 2 * bell * sum;
  }
  let tail = x;
  for (let k = 80; k > 0; k--) tail = x + k / 2 / tail;
  return bell / tail;
}

// The 32-bit hash "triple32" of C. Wellons, "Prospecting for Hash Functions" (2018).
function mix(x) {
  x = Math.imul(x ^ (x >>> 17), 0xed5ad4bb);
  x = Math.imul(x ^ (x >>> 11), 0xac4c1b51);
  x = Math.imul(x ^ (x >>> 15), 0x31848bab);
  return (x ^ (x >>> 14)) >>> 0;
}

// A seeded stream of random numbers: the i-th 32 bits are a hash of i and the seed. Any place of the stream
// is reached at once (set `position`), and the twin in num.py draws whole arrays of the same numbers.
export class Stream {
  constructor(seed) {
    this.key = mix(seed + 0x9e3779b9);
    this.mask = mix(this.key ^ 0x85ebca6b);
    this.position = 0;                          // in uniform numbers
  }
  word(i) { return mix(mix(i + this.key) ^ this.mask); }

  // In [0, 1), with 53 random bits.
  uniform() {
    const i = 2 * this.position++;
    return ((this.word(i) >>> 5) * 67108864 + (this.word(i + 1) >>> 6)) / 9007199254740992;
  }

  // Standard normal, by Box and Muller; takes two places of the stream.
  normal() {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }
}
