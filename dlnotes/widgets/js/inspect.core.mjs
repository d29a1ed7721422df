// What the layers of a network are doing: moments, histograms, dead and saturated units.

import { histogram, mean, variance } from "./lib/num.mjs";

/** { mean, std, low, high } of the finite numbers of X, of any shape; how many are `lost` to nan, inf. */
export function moments(X) {
  let low = Infinity, high = -Infinity, lost = 0;
  for (let i = 0; i < X.length; i++) {
    if (!Number.isFinite(X[i])) { lost++; continue; }
    if (X[i] < low) low = X[i];
    if (X[i] > high) high = X[i];
  }
  const fine = lost === 0 ? X : X.filter(Number.isFinite);
  return { mean: mean(fine), std: Math.sqrt(variance(fine)), low, high, lost };
}

/** Share of the H units whose slope S (N, H) is 0 at all N examples: nothing that they see can teach them. */
export function deadShare(S, N, H) {
  let dead = 0;
  for (let h = 0; h < H; h++) {
    let n = 0;
    while (n < N && S[n * H + h] === 0) n++;
    if (n === N) dead++;
  }
  return dead / H;
}

/** Share of the numbers of S whose size is below the threshold: where a unit learns slowly or not at all. */
export function saturatedShare(S, threshold) {
  let count = 0;
  for (let i = 0; i < S.length; i++) if (Math.abs(S[i]) < threshold) count++;
  return count / S.length;
}

/**
 * For each layer of a learning pass that N examples have gone through, forward and backward: { Z, A, dZ }
 * with the moments of each, dead (share of units), saturated (share of slopes below `threshold`).
 */
export function layerStatistics(net, pass, N, threshold = 0.01) {
  return net.layers.map(({ H }, l) => {
    const { Z, A, S, dZ } = pass.layers[l], used = (X) => X.subarray(0, N * H);
    return {
      Z: moments(used(Z)), A: moments(used(A)), dZ: moments(used(dZ)), dead: deadShare(S, N, H),
      saturated: saturatedShare(used(S), threshold) };
  });
}

/**
 * counts (bins,): how many of the first N rows of layer l's array `what` ("Z", "A", "S" or "dZ") fall in each
 * bin.
 */
export function layerHistogram(net, pass, N, l, what, low, high, counts) {
  return histogram(pass.layers[l][what].subarray(0, N * net.layers[l].H), low, high, counts);
}
