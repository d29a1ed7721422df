// Surfaces on which gradient descent is watched: the twin of surfaces.py. Each has the minimum 0 and is
// written in its own coordinates (u, v); those of one dimension depend on u alone. A turned surface is
// f(c + R (p - c)), c the centre of its window.

const WIDTH = 0.5;                      // the ravine's walls bend within this distance, then go straight up

// What a surface writes: value, gradient, Hessian.
const makeLocal = () => ({ value: 0, gu: 0, gv: 0, uu: 0, uv: 0, vv: 0 });

function fill(out, value, gu, gv, uu, uv, vv) {
  out.value = value;
  out.gu = gu;
  out.gv = gv;
  out.uu = uu;
  out.uv = uv;
  out.vv = vv;
}

// (u, v, a, c, out): a and c are the curvatures along and across, where the surface leaves them open
const LOCAL = {
  parabola: (u, v, a, c, out) => fill(out, 0.5 * c * u * u, c * u, 0, c, 0, 0),
  plateau(u, v, a, c, out) {
    const t = Math.tanh(u), s = 1 - t * t;
    fill(out, 0.5 * t * t, t * s, 0, s * (1 - 3 * t * t), 0, 0);
  },
  double_well(u, v, a, c, out) {
    const value = u * u * (0.25 * u * u + u / 3 - 1) + 8 / 3;
    fill(out, value, u * (u * u + u - 2), 0, 3 * u * u + 2 * u - 2, 0, 0);
  },
  quadratic: (u, v, a, c, out) => fill(out, 0.5 * (a * u * u + c * v * v), a * u, c * v, a, 0, c),
  ravine(u, v, a, c, out) {
    const root = Math.sqrt(1 + (v / WIDTH) * (v / WIDTH));
    const value = 0.5 * a * u * u + c * WIDTH * WIDTH * (root - 1);
    fill(out, value, a * u, c * v / root, a, 0, c / (root * root * root));
  },
  saddle(u, v, a, c, out) {
    const w = v * v - 1;
    fill(out, 0.5 * u * u + 0.25 * w * w, u, v * w, 1, 0, 3 * v * v - 1);
  },
  beale(u, v, a, c, out) {
    const v2 = v * v, v3 = v * v * v;
    const r = 1.5 - u + u * v, s = 2.25 - u + u * v2, t = 2.625 - u + u * v3;
    const p = v - 1, q = v2 - 1, w = v3 - 1;
    const dv = r + 2 * s * v + 3 * t * v2;
    fill(out, r * r + s * s + t * t, 2 * (r * p + s * q + t * w), 2 * u * dv, 2 * (p * p + q * q + w * w),
      2 * dv + 2 * u * (p + 2 * v * q + 3 * v2 * w),
      2 * u * (u + 2 * s + 4 * u * v2 + 6 * t * v + 9 * u * v2 * v2));
  },
  rosenbrock(u, v, a, c, out) {
    const w = v - u * u, q = 1 - u;
    fill(out, 100 * w * w + q * q, -400 * u * w - 2 * q, 200 * w, 1200 * u * u - 400 * v + 2, -400 * u, 200);
  },
};

const TURNS = ["angle"], SCALES = ["curvature", "condition", "angle"];

// dims, centre and half the side of the window, minima in (u, v), the settings that it follows
export const SURFACES = {
  parabola: { dims: 1, centre: [0, 0], half: 2, minima: [[0, 0]], scaled: ["curvature"] },
  plateau: { dims: 1, centre: [0, 0], half: 4, minima: [[0, 0]], scaled: [] },
  double_well: { dims: 1, centre: [-0.5, 0], half: 2.4, minima: [[-2, 0], [1, 0]], scaled: [] },
  quadratic: { dims: 2, centre: [0, 0], half: 2, minima: [[0, 0]], scaled: SCALES },
  ravine: { dims: 2, centre: [0, 0], half: 2, minima: [[0, 0]], scaled: SCALES },
  saddle: { dims: 2, centre: [0, 0], half: 2, minima: [[0, -1], [0, 1]], scaled: TURNS },
  beale: { dims: 2, centre: [0, 0], half: 4, minima: [[3, 0.5]], scaled: TURNS },
  rosenbrock: { dims: 2, centre: [0, 1], half: 2, minima: [[1, 1]], scaled: TURNS },
};

/** A surface with its settings, made once and set often: settle(place, ...), then look(place, x, y). */
export function makePlace() {
  return { local: makeLocal(), value: 0, gx: 0, gy: 0, xx: 0, xy: 0, yy: 0, name: "", minima: [] };
}

/** Chooses surface, curvature, condition number and angle in degrees. */
export function settle(place, name, curvature, condition, angle) {
  const surface = SURFACES[name];
  const turn = surface.scaled.includes("angle") ? angle * Math.PI / 180 : 0;
  Object.assign(place, {
    name, surface, a: curvature / condition, c: curvature, cos: Math.cos(turn), sin: Math.sin(turn) });
  place.minima = surface.minima.map(([u, v]) => world(place, u, v));
  return place;
}

/** (u, v) in the plane of the picture: [x, y]. */
export function world({ surface: { centre: [cx, cy] }, cos, sin }, u, v) {
  const du = u - cx, dv = v - cy;
  return [cx + cos * du - sin * dv, cy + sin * du + cos * dv];
}

/** Value, gradient gx gy and Hessian xx xy yy at (x, y), written into the place; returns the value. */
export function look(place, x, y) {
  const { surface: { centre }, local, cos: c, sin: s } = place;
  const dx = x - centre[0], dy = y - centre[1];
  LOCAL[place.name](centre[0] + c * dx + s * dy, centre[1] - s * dx + c * dy, place.a, place.c, local);
  const { gu, gv, uu, uv, vv } = local;
  place.gx = c * gu - s * gv;
  place.gy = s * gu + c * gv;
  place.xx = c * c * uu - 2 * c * s * uv + s * s * vv;
  place.xy = c * s * (uu - vv) + (c * c - s * s) * uv;
  place.yy = s * s * uu + 2 * c * s * uv + c * c * vv;
  place.value = local.value;
  return local.value;
}

/** The minimum that is nearest to (x, y): [x, y]. */
export function nearest({ minima }, x, y) {
  let best = minima[0], least = Infinity;
  for (const m of minima) {
    const d = (m[0] - x) * (m[0] - x) + (m[1] - y) * (m[1] - y);
    if (d < least) [best, least] = [m, d];
  }
  return best;
}

/** Eigenvalues of a symmetric 2 x 2 matrix, the largest first, and the angle of that one's direction. */
export function eigen(xx, xy, yy) {
  const mean = 0.5 * (xx + yy), spread = Math.hypot(0.5 * (xx - yy), xy);
  return [mean + spread, mean - spread, 0.5 * Math.atan2(2 * xy, xx - yy)];
}

/** Largest and smallest curvature where look() looked (they are one on a line), and the first's angle. */
export function curvatures({ surface: { dims }, xx, xy, yy }) {
  return dims === 2 ? eigen(xx, xy, yy) : [xx, xx, 0];
}

/** The learning rate from which gradient descent leaves a quadratic of that curvature; infinite at none. */
export function limit(largest, momentum) {
  return largest > 0 ? 2 * (1 + momentum) / largest : Infinity;
}

/**
 * By what a step multiplies the error along an eigenvector, in the long run: without momentum
 * 1 - lr curvature, with it the root of z^2 - (1 + momentum - lr curvature) z + momentum that is larger in
 * size; of two complex ones (see swings) the size.
 */
export function factor(lr, curvature, momentum) {
  if (momentum === 0) return 1 - lr * curvature;
  const b = 1 + momentum - lr * curvature, d = b * b - 4 * momentum;
  return d < 0 ? Math.sqrt(momentum) : 0.5 * (b + (b < 0 ? -1 : 1) * Math.sqrt(d));
}

/** Whether momentum makes the error along an eigenvector swing to and fro, at two complex roots. */
export function swings(lr, curvature, momentum) {
  return (1 + momentum - lr * curvature) ** 2 < 4 * momentum;
}

/** The point turned about the centre of the surface's window by so many degrees, kept inside it: [x, y]. */
export function turned({ centre, half }, x, y, degrees) {
  const [dx, dy] = [x - centre[0], y - centre[1]], turn = degrees * Math.PI / 180;
  const cos = Math.cos(turn), sin = Math.sin(turn), far = Math.hypot(dx, dy);
  const scale = far > half ? half / far : 1;
  return [centre[0] + scale * (cos * dx - sin * dy), centre[1] + scale * (sin * dx + cos * dy)];
}
