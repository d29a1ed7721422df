// The planes of the feature space widget with their bent grid. A plane's panel runs from -1 to 1; what is drawn
// there was placed by show() of feature_space.core.mjs.

import { SIDE } from "./feature_space.core.mjs";
import { HeatMap, contourPieces, contours, palettes } from "./lib/field.mjs";
import { clamp } from "./lib/num.mjs";
import { DASHES, segment } from "./lib/plot.mjs";
import { sigmoid } from "./activations.core.mjs";

const EVERY = 4;                        // each fourth row and column of the lattice is a line of the grid
const TILES = 33, FULL_TURN = 2 * Math.PI;
const TINT = 0.3;

// What the pictures reuse from frame to frame.
export const makeRoom = () => ({
  heat: new HeatMap(SIDE, SIDE), chances: new Float64Array(SIDE * SIDE), half: new HeatMap(TILES, TILES),
  halves: new Float64Array(TILES * TILES), pieces: new Float64Array(4 * 6000) });

// The input plane: chance of class 1 as colour, straight grid, dashed lines where a unit is 0, the boundary.
export function drawInput(panel, experiment, room) {
  const { lattice, frames: [frame], net } = experiment, { colors } = panel.fig, Y = lattice.pass.Y;
  panel.domain(-1, 1, -1, 1);
  for (let n = 0; n < lattice.N; n++) room.chances[n] = sigmoid(Y[n]);
  room.heat.paint(panel, room.chances, 0, 1, palettes(colors).diverge, { alpha: TINT });
  grid(panel, straight, lattice.N, Y);
  const { W, b, H } = net.layers[0];
  for (let j = 0; j < H; j++) {
    const [p, q] = [W[j] * frame.half, W[H + j] * frame.half];
    across(panel, p, q, W[j] * frame.cx + W[H + j] * frame.cy + b[j], {
      color: colors.ink, width: 1.5, dash: DASHES[1] });
  }
  contours(panel, Y, SIDE, SIDE, [0], { color: colors.ink, width: 3.5 });
  outline(panel);
}

// The plane after the hidden layer: the same grid, bent; there the boundary is a straight line.
export function drawFeatures(panel, experiment, room, way) {
  const { lattice, frames, cloud: { line, tilt } } = experiment, { colors } = panel.fig, frame = frames[2];
  const slope = [line[0] * frame.half, line[1] * frame.half];
  const start = line[0] * frame.cx + line[1] * frame.cy + line[2];
  panel.domain(-1, 1, -1, 1);
  if (way === 2) {
    for (let n = 0; n < TILES * TILES; n++) {
      const u = 2 * (n % TILES) / (TILES - 1) - 1, v = 2 * Math.floor(n / TILES) / (TILES - 1) - 1;
      room.halves[n] = sigmoid(slope[0] * u + slope[1] * v + start);
    }
    room.half.paint(panel, room.halves, 0, 1, palettes(colors).diverge, { alpha: TINT });
  }
  grid(panel, lattice.at, lattice.N, lattice.pass.Y);
  const exact = tilt < 1e-6;
  if (way < 2 || !exact) bentBoundary(panel, lattice, room.pieces, way < 2 ? 3.5 : 2);
  if (way === 2) {
    across(panel, slope[0], slope[1], start, { color: colors.ink, width: 3.5, dash: DASHES[exact ? 0 : 1] });
  }
  outline(panel);
}

const straight = Float64Array.from({ length: 2 * SIDE * SIDE }, (_, i) => {
  const n = i >> 1;
  return 2 * (i % 2 ? Math.floor(n / SIDE) : n % SIDE) / (SIDE - 1) - 1;
});

// Rows and columns of the lattice through the places `at`, each piece in the colour of its side.
function grid(panel, at, N, Y) {
  panel.clipped((ctx) => {
    ctx.lineJoin = "round";
    for (const side of [1, 0]) {
      ctx.strokeStyle = panel.fig.colors.line[side ? 0 : 1];
      ctx.globalAlpha = 0.75;
      ctx.lineWidth = 1;
      ctx.beginPath();
      for (let k = 0; k < SIDE; k += EVERY) {
        thread(panel, ctx, at, Y, k * SIDE, 1, side);
        thread(panel, ctx, at, Y, k, SIDE, side);
      }
      ctx.stroke();
    }
  });
}

function thread(panel, ctx, at, Y, start, stride, side) {
  for (let i = 0, n = start, pen = false; i < SIDE; i++, n += stride) {
    const u = at[2 * n], v = at[2 * n + 1], mine = Y[n] > 0 === (side === 1) && u === u && v === v;
    const px = panel.x.at(clamp(u, -40, 40)), py = panel.y.at(clamp(v, -40, 40));
    if (pen) ctx.lineTo(px, py);                           // the piece that crosses to the other side as well
    else if (mine) ctx.moveTo(px, py);
    pen = mine;
  }
}

// The boundary of the input plane, moved along with the grid.
function bentBoundary(panel, { at, pass }, pieces, width) {
  const count = contourPieces(pass.Y, SIDE, SIDE, 0, pieces);
  panel.clipped((ctx) => {
    Object.assign(ctx, { strokeStyle: panel.fig.colors.ink, lineWidth: width, lineCap: "round" });
    ctx.beginPath();
    for (let k = 0; k < 4 * count; k += 4) {
      ctx.moveTo(panel.x.at(blend(at, pieces[k], pieces[k + 1], 0)), panel.y.at(blend(at, pieces[k], pieces[k + 1], 1)));
      ctx.lineTo(
        panel.x.at(blend(at, pieces[k + 2], pieces[k + 3], 0)), panel.y.at(blend(at, pieces[k + 2], pieces[k + 3], 1)));
    }
    ctx.stroke();
  });
}

// The place of a point between the lattice's own: linear in both directions.
function blend(at, x, y, j) {
  const i = Math.min(Math.floor(x), SIDE - 2), k = Math.min(Math.floor(y), SIDE - 2), s = x - i, t = y - k;
  const n = 2 * (k * SIDE + i) + j, up = n + 2 * SIDE;
  return (1 - t) * ((1 - s) * at[n] + s * at[n + 2]) + t * ((1 - s) * at[up] + s * at[up + 2]);
}

// The line p u + q v + r = 0 across the panel.
function across(panel, p, q, r, look) {
  const size = p * p + q * q;
  if (!(size > 1e-24 && size < Infinity)) return;
  const u = -p * r / size, v = -q * r / size, far = 4 / Math.sqrt(size);
  if (Math.abs(u) + Math.abs(v) < 4) segment(panel, u - q * far, v + p * far, u + q * far, v - p * far, look);
}

function outline(panel) {
  const { ctx, left, right, top, bottom } = panel;
  Object.assign(ctx, { strokeStyle: panel.fig.colors.muted, lineWidth: 1 });
  ctx.strokeRect(left + 0.5, top + 0.5, right - left - 1, bottom - top - 1);
}

// The points of a set: class 1 full, class 0 hollow; those of the test small and pale.
export function drawPoints(panel, { N, y }, places, { r, pale = false }) {
  const { colors } = panel.fig;
  panel.clipped((ctx) => {
    for (const label of [0, 1]) {
      ctx.beginPath();
      for (let n = 0; n < N; n++) {
        const px = panel.x.at(places[2 * n]), py = panel.y.at(places[2 * n + 1]);
        if (y[n] !== label || !(Math.abs(px) + Math.abs(py) < 1e5)) continue;
        ctx.moveTo(px + r, py);
        ctx.arc(px, py, r, 0, FULL_TURN);
      }
      ctx.globalAlpha = pale ? 0.5 : 1;
      ctx.fillStyle = label ? colors.line[0] : colors.paper;
      ctx.strokeStyle = label ? colors.paper : colors.line[1];
      ctx.lineWidth = label ? 2 : 3.6;
      ctx.stroke();                                        // first, so that close points melt into one shape
      ctx.fill();
    }
  });
}

// places (N, 2) of points X in the frame of the input plane
export function inputPlaces({ cx, cy, half }, X, out) {
  for (let n = 0; n < X.length; n += 2) {
    out[n] = (X[n] - cx) / half;
    out[n + 1] = (X[n + 1] - cy) / half;
  }
  return out;
}
