// The network as a picture: circles filled by the share of points on which the unit is active, lines for
// weights.

import { HIDDEN, N, STATES } from "./kill_and_revive.core.mjs";
import { DASHES } from "./lib/plot.mjs";

const RADIUS = 20, TURN = 2 * Math.PI;

// Column 0 is the input, 1 and 2 the hidden layers, 3 the output.
const across = (fig, column) => 34 + column / 3 * (fig.width - 68);
const down = (fig, row) => 54 + row / (HIDDEN - 1) * (fig.height - 84);
const middle = (HIDDEN - 1) / 2;

// The unit at a place of the picture, or null.
export function unitAt(fig, px, py) {
  for (const layer of [1, 2]) {
    for (let unit = 0; unit < HIDDEN; unit++) {
      if (Math.hypot(px - across(fig, layer), py - down(fig, unit)) < 26) return { layer, unit };
    }
  }
  return null;
}

export function drawNetwork(fig, p, run, step, watched) {
  if (!fig.begin()) return;
  for (let j = 0; j < HIDDEN; j++) {
    edge(fig, 0, middle, 1, j, p.W1[j]);
    edge(fig, 2, j, 3, middle, p.W3[j]);
    for (let i = 0; i < HIDDEN; i++) edge(fig, 1, i, 2, j, p.W2[i * HIDDEN + j]);
  }
  end(fig, 0, "x");
  end(fig, 3, "ŷ");
  for (let u = 0; u < 2 * HIDDEN; u++) {
    const state = STATES[run.states[u][step]];
    circle(fig, u < HIDDEN ? 1 : 2, u % HIDDEN, run.active[u][step], state, u === watched);
  }
  const { ctx, colors } = fig;
  Object.assign(ctx, { fillStyle: colors.ink, textAlign: "center", textBaseline: "alphabetic" });
  ctx.fillText("layer 1", across(fig, 1), 16);
  ctx.fillText("layer 2", across(fig, 2), 16);
}

function edge({ ctx, colors, ...fig }, column, row, toColumn, toRow, weight) {
  ctx.strokeStyle = weight > 0 ? colors.line[0] : colors.line[1];
  ctx.lineWidth = Math.min(0.6 + 2 * Math.abs(weight), 7);
  ctx.setLineDash(weight > 0 ? DASHES[0] : DASHES[1]);
  ctx.globalAlpha = 0.75;
  ctx.beginPath();
  ctx.moveTo(across(fig, column), down(fig, row));
  ctx.lineTo(across(fig, toColumn), down(fig, toRow));
  ctx.stroke();
  ctx.setLineDash(DASHES[0]);
  ctx.globalAlpha = 1;
}

function end({ ctx, colors, ...fig }, column, words) {
  disc(ctx, across(fig, column), down(fig, middle), RADIUS - 4, colors.paper, colors.muted, 1.5);
  label(ctx, words, across(fig, column), down(fig, middle), colors.ink);
}

function circle({ ctx, colors, ...fig }, column, row, active, state, watched) {
  const dead = state === "dead", edge = dead ? colors.bad : state === "silent" ? colors.zone : colors.good;
  const x = across(fig, column), y = down(fig, row);
  disc(ctx, x, y, RADIUS, colors.paper, edge, 2.5);
  ctx.fillStyle = colors.good;
  ctx.globalAlpha = 0.3;
  ctx.beginPath();
  ctx.moveTo(x, y);
  ctx.arc(x, y, RADIUS - 1, -TURN / 4, -TURN / 4 + active / N * TURN);
  ctx.fill();
  ctx.globalAlpha = 1;
  if (dead) cross(ctx, x, y, colors.bad);
  else label(ctx, String(active), x, y, colors.ink);
  if (!watched) return;
  ctx.strokeStyle = colors.ink;
  ctx.lineWidth = 3;
  ctx.strokeRect(x - RADIUS - 7, y - RADIUS - 7, 2 * RADIUS + 14, 2 * RADIUS + 14);
}

function disc(ctx, x, y, r, fill, stroke, width) {
  Object.assign(ctx, { fillStyle: fill, strokeStyle: stroke, lineWidth: width });
  ctx.beginPath();
  ctx.arc(x, y, r, 0, TURN);
  ctx.fill();
  ctx.stroke();
}

function cross(ctx, x, y, color) {
  Object.assign(ctx, { strokeStyle: color, lineWidth: 3 });
  ctx.beginPath();
  ctx.moveTo(x - 9, y - 9);
  ctx.lineTo(x + 9, y + 9);
  ctx.moveTo(x + 9, y - 9);
  ctx.lineTo(x - 9, y + 9);
  ctx.stroke();
}

function label(ctx, words, x, y, color) {
  Object.assign(ctx, { fillStyle: color, textAlign: "center", textBaseline: "middle" });
  ctx.fillText(words, x, y + 1);
}
