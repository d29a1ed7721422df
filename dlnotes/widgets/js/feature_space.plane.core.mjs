// The hidden layer's features as a cloud of points in k dimensions, and the plane onto which it is seen: twins
// of the functions in feature_space.py. All arrays are made once, by makeCloud.

/**
 * mean (k,) and covariance C (k, k) with its eigenvalues and vectors (its rows), dead units; basis (k, 2), line
 * (3,) and tilt of the plane.
 */
export const makeCloud = (k) => ({
  k, mean: new Float64Array(k), C: new Float64Array(k * k), values: new Float64Array(k),
  vectors: new Float64Array(k * k), dead: new Uint8Array(k), basis: new Float64Array(2 * k),
  line: new Float64Array(3), tilt: 0, spare: new Float64Array(k * k), spareValues: new Float64Array(k),
  spareVectors: new Float64Array(k * k) });

/** Fills mean, covariance, eigenvalues from the largest, and which units have slope 0 at all N points. */
export function spreadOf({ k, mean, C, spare, values, vectors, dead }, A, S, N) {
  mean.fill(0);
  C.fill(0);
  dead.fill(1);
  for (let i = 0; i < N * k; i++) {
    mean[i % k] += A[i] / N;
    if (S[i] !== 0) dead[i % k] = 0;
  }
  for (let n = 0; n < N; n++) {
    for (let i = 0; i < k; i++) {
      for (let j = 0; j < k; j++) C[i * k + j] += (A[n * k + i] - mean[i]) * (A[n * k + j] - mean[j]) / N;
    }
  }
  spare.set(C);
  eigen(spare, k, values, vectors);
}

/** The i-th singular value of the N centred features, over sqrt(N): their deviation along direction i. */
export const deviation = ({ values }, i) => Math.sqrt(Math.max(values[i], 0));

/** How flat the points lie: second singular value over the first, 0 where all are one point. */
export function flatness(cloud) {
  const first = deviation(cloud, 0);
  return first > 1e-9 ? deviation(cloud, 1) / first : 0;
}

// Eigenvectors ----------------------------------------------------------------------------------------------

/**
 * Eigenvalues of the symmetric C (k, k), from the largest, and its unit eigenvectors, the rows of `vectors`,
 * by Jacobi's rotations. C is used up. The largest component of each vector is positive.
 */
export function eigen(C, k, values, vectors) {
  vectors.fill(0);
  for (let i = 0; i < k; i++) vectors[i * k + i] = 1;
  for (let sweep = 0; sweep < 30; sweep++) {
    let off = 0;
    for (let p = 0; p < k; p++) for (let q = p + 1; q < k; q++) off += Math.abs(C[p * k + q]);
    if (!(off > 0)) break;
    for (let p = 0; p < k; p++) for (let q = p + 1; q < k; q++) rotate(C, k, p, q, vectors);
  }
  for (let i = 0; i < k; i++) values[i] = C[i * k + i];
  for (let i = 0; i < k; i++) {
    let best = i;
    for (let j = i + 1; j < k; j++) if (values[j] > values[best]) best = j;
    swap(values, i, best);
    for (let c = 0; c < k; c++) swap(vectors, i * k + c, best * k + c);
    upright(vectors, i * k, k);
  }
}

function swap(array, i, j) {
  const kept = array[i];
  array[i] = array[j];
  array[j] = kept;
}

function upright(v, start, k) {
  let top = start;
  for (let i = start; i < start + k; i++) if (Math.abs(v[i]) > Math.abs(v[top]) + 1e-9) top = i;
  if (v[top] < 0) for (let i = start; i < start + k; i++) v[i] = -v[i];
}

/** One rotation in the plane of p and q, after which C[p, q] = 0: Golub and Van Loan, section 8.5. */
function rotate(C, k, p, q, vectors) {
  const apq = C[p * k + q];
  if (apq === 0) return;
  const theta = (C[q * k + q] - C[p * k + p]) / (2 * apq);
  const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.hypot(theta, 1)), c = 1 / Math.hypot(t, 1), s = t * c;
  for (let i = 0; i < k; i++) turn(C, i * k + p, i * k + q, c, s);
  for (let i = 0; i < k; i++) turn(C, p * k + i, q * k + i, c, s);
  for (let i = 0; i < k; i++) turn(vectors, p * k + i, q * k + i, c, s);
  C[p * k + q] = C[q * k + p] = 0;
}

function turn(array, i, j, c, s) {
  const a = array[i], b = array[j];
  array[i] = c * a - s * b;
  array[j] = s * a + c * b;
}

// The plane that is seen ------------------------------------------------------------------------------------

/** The pair of units that a plane names ("1 2"), or null; with two units always these two. */
export function unitsOf(k, plane) {
  if (k === 2) return [0, 1];
  const i = plane.charCodeAt(0) - 49, j = plane.charCodeAt(2) - 49;         // "1" is 49
  return i < k && j < k ? [i, j] : null;
}

/**
 * basis (k, 2), its columns orthonormal: two units, the two principal directions ("principal"), or ("across")
 * first the output's weights w, which stand at right angles to the boundary, then the direction of the
 * greatest spread among those at right angles to w.
 */
export function chooseBasis(cloud, plane, w) {
  const { k, basis, vectors, spareVectors } = cloud, units = unitsOf(k, plane), length = Math.hypot(...w);
  const across = plane !== "principal" && length > 0 && length < Infinity;
  basis.fill(0);
  if (units) {
    basis[2 * units[0]] = basis[2 * units[1] + 1] = 1;
    return;
  }
  if (across) besideBoundary(cloud, w, length);
  for (let i = 0; i < k; i++) {
    basis[2 * i] = across ? w[i] / length : vectors[i];
    basis[2 * i + 1] = across ? spareVectors[i] : vectors[k + i];
  }
}

/** spareVectors: the eigenvectors of P C P - u u.T, u = w / length, P = I - u u.T: u comes last, for the others are >= 0. */
function besideBoundary({ k, C, spare, spareValues, spareVectors }, w, length) {
  let uCu = 0;
  for (let i = 0; i < k; i++) {
    spareValues[i] = 0;                                            // C u
    for (let j = 0; j < k; j++) spareValues[i] += C[i * k + j] * w[j] / length;
    uCu += spareValues[i] * w[i] / length;
  }
  for (let i = 0; i < k; i++) {
    for (let j = 0; j < k; j++) {
      const u = w[i] / length, v = w[j] / length;
      spare[i * k + j] = C[i * k + j] - u * spareValues[j] - v * spareValues[i] + u * v * (uCu - 1);
    }
  }
  eigen(spare, k, spareValues, spareVectors);
}

/**
 * Where the boundary w a + b = 0 cuts the plane through the mean of the features:
 * line[0] c1 + line[1] c2 + line[2] = 0. tilt: the share of w that lies out of the plane; where it is 0 the
 * line is the whole boundary, seen from its edge.
 */
export function lineOf(cloud, w, b) {
  const { k, basis, line, mean } = cloud;
  line[0] = line[1] = 0;
  line[2] = b;
  for (let i = 0; i < k; i++) {
    line[0] += basis[2 * i] * w[i];
    line[1] += basis[2 * i + 1] * w[i];
  }
  let out = 0, all = 0;
  for (let i = 0; i < k; i++) {
    const rest = w[i] - basis[2 * i] * line[0] - basis[2 * i + 1] * line[1];
    line[2] += rest * mean[i];
    out += rest * rest;
    all += w[i] * w[i];
  }
  cloud.tilt = all > 0 ? Math.sqrt(out / all) : 0;
}

/** The coordinate of point n of F (N, k) along direction j of the basis. */
export function along({ k, basis }, F, n, j) {
  let sum = 0;
  for (let i = 0; i < k; i++) sum += F[n * k + i] * basis[2 * i + j];
  return sum;
}
