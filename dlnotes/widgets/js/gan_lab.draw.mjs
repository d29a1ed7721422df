// The plane of the GAN lab: the discriminator's map, real and generated points, the image of the noise, and the
// arrows along which the generator would move its points.

import { sigmoid } from "./activations.core.mjs";
import { M, pushes } from "./gan_lab.core.mjs";
import { EDGE } from "./gan_lab.settings.mjs";
import { createPass, forward } from "./net.core.mjs";
import { HeatMap, contours, palettes } from "./lib/field.mjs";
import { clamp } from "./lib/num.mjs";
import { Panel, arrow, text } from "./lib/plot.mjs";

const SIDE = 40;                                          // places of the map along a side
const LINES = 11, ALONG = 31;                             // lines of the noise's net each way, points of a line
const ARROWS = 48, PER_UNIT = 0.25, LONGEST = 0.4;        // how many, length for a gradient of 1, and at most
const LEVEL = [0], TURN = 2 * Math.PI;

/** What one view needs to draw games of one size. */
export function createInk(fig) {
  const places = new Float64Array(2 * SIDE * SIDE);
  for (let i = 0; i < SIDE * SIDE; i++) {
    places[2 * i] = EDGE * (2 * (i % SIDE) / (SIDE - 1) - 1);
    places[2 * i + 1] = EDGE * (2 * Math.floor(i / SIDE) / (SIDE - 1) - 1);
  }
  return { fig, panel: new Panel(fig), map: new HeatMap(SIDE, SIDE), places, of: null,
    values: new Float64Array(SIDE * SIDE), passes: null, noise: null, lines: 0 };
}

// The noise at the points of the net's lines: for two numbers both families, for one the interval.
function netOf(latent) {
  const lines = latent === 2 ? 2 * LINES : 4, noise = new Float64Array(lines * ALONG * latent);
  for (let l = 0, k = 0; l < lines; l++) {
    const fixed = 2 * (l % LINES) / (LINES - 1) - 1;
    for (let i = 0; i < ALONG; i++) {
      const free = latent === 2 ? 2 * i / (ALONG - 1) - 1 : 2 * (l * (ALONG - 1) + i) / (lines * (ALONG - 1)) - 1;
      if (latent === 1) noise[k++] = free;
      else {
        noise[k++] = l < LINES ? free : fixed;
        noise[k++] = l < LINES ? fixed : free;
      }
    }
  }
  return { noise, lines };
}

function ready(ink, game) {
  if (ink.of === game) return;
  Object.assign(ink, netOf(game.settings.latent), { of: game });
  ink.passes = { d: createPass(game.d.net, SIDE * SIDE), g: createPass(game.g.net, ink.lines * ALONG) };
}

/** Fills the map with numbers in [-1, 1]: 1 looks real, -1 generated; relative for the Wasserstein loss. */
function fill({ places, values, passes }, { d, settings: { loss } }) {
  const S = forward(d.net, places, SIDE * SIDE, passes.d);
  let middle = 0, most = 1e-12;
  if (loss === "wasserstein") {
    for (let i = 0; i < values.length; i++) middle += S[i] / values.length;
    for (let i = 0; i < values.length; i++) most = Math.max(most, Math.abs(S[i] - middle));
  }
  for (let i = 0; i < values.length; i++) {
    values[i] = loss === "least_squares" ? clamp(2 * S[i] - 1, -1, 1)
      : loss === "wasserstein" ? (S[i] - middle) / most : 2 * sigmoid(S[i]) - 1;
  }
}

/** The whole plane. @param show { arrows, manifold, caption } */
export function drawPlane(ink, game, show) {
  const { fig, panel, map, values } = ink, { colors } = fig;
  ready(ink, game);
  fill(ink, game);
  const side = Math.min(fig.width - 30, fig.height - 24), left = 24 + (fig.width - 30 - side) / 2;
  panel.place(left, 4, left + side, 4 + side);
  panel.domain(-EDGE, EDGE, -EDGE, EDGE);
  map.paint(panel, values, -1, 1, palettes(colors).diverge, { alpha: 0.75 });
  contours(panel, values, SIDE, SIDE, LEVEL, { color: colors.ink, width: 1.5, alpha: 0.7 });
  if (show.manifold) drawNet(ink, game);
  dots(panel, game.X, game.count, colors);
  const Y = pushes(game, game.z, M);
  squares(panel, Y, colors);
  if (show.arrows) drawArrows(panel, Y, game.g.pass.dY, colors);
  ticks(panel, colors);
  if (show.caption) text(panel, show.caption, left + 8, 20, { halo: true });
}

function drawNet({ panel, noise, lines, passes }, game) {
  const P = forward(game.g.net, noise, lines * ALONG, passes.g), { colors } = panel.fig;
  panel.clipped((ctx) => {
    Object.assign(ctx, { strokeStyle: colors.ink, lineWidth: game.settings.latent === 1 ? 2 : 0.8,
      globalAlpha: 0.45 });
    ctx.beginPath();
    for (let l = 0; l < lines; l++) {
      for (let i = 0; i < ALONG; i++) {
        const k = 2 * (l * ALONG + i), x = panel.x.at(P[k]), y = panel.y.at(P[k + 1]);
        if (i && Math.abs(x + y) < 1e6) ctx.lineTo(x, y);
        else if (Math.abs(x + y) < 1e6) ctx.moveTo(x, y);
      }
    }
    ctx.stroke();
  });
}

function dots(panel, X, count, colors) {
  panel.clipped((ctx) => {
    ctx.fillStyle = colors.line[0];
    ctx.beginPath();
    for (let i = 0; i < count; i++) {
      const x = panel.x.at(X[2 * i]), y = panel.y.at(X[2 * i + 1]);
      ctx.moveTo(x + 2, y);
      ctx.arc(x, y, 2, 0, TURN);
    }
    ctx.fill();
  });
}

function squares(panel, Y, colors) {
  panel.clipped((ctx) => {
    ctx.beginPath();
    for (let i = 0; i < M; i++) {
      const x = panel.x.at(Y[2 * i]), y = panel.y.at(Y[2 * i + 1]);
      if (Math.abs(x + y) < 1e6) ctx.rect(x - 2.5, y - 2.5, 5, 5);
    }
    Object.assign(ctx, { fillStyle: colors.line[1], strokeStyle: colors.paper, lineWidth: 1 });
    ctx.fill();
    ctx.stroke();
  });
}

function drawArrows(panel, Y, dY, colors) {
  for (let i = 0; i < 2 * ARROWS; i += 2) {
    const size = M * Math.hypot(dY[i], dY[i + 1]), length = Math.min(PER_UNIT * size, LONGEST);
    const u = -M * dY[i] / size * length, v = -M * dY[i + 1] / size * length;
    if (size > 0) {
      arrow(panel, Y[i], Y[i + 1], Y[i] + u, Y[i + 1] + v, { color: colors.ink, width: 1.5, head: 7 });
    }
  }
}

function ticks(panel, colors) {
  for (const tick of panel.x.ticks(60)) {
    text(panel, tick.text, panel.x.at(tick.value), panel.bottom + 4, {
      color: colors.muted, align: "center", base: "top" });
  }
  for (const tick of panel.y.ticks(60)) {
    text(panel, tick.text, panel.left - 5, panel.y.at(tick.value), {
      color: colors.muted, align: "right", base: "middle" });
  }
}
