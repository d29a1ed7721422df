// Maps of numbers as tiles: grey for pictures, paper to ink for strokes, orange and blue for signed numbers.

import { fromLab, palettes, toLab } from "./lib/field.mjs";
import { number, text } from "./lib/plot.mjs";

const css = (r, g, b) => `rgb(${r} ${g} ${b})`;
const GREY = Array.from({ length: 256 }, (_, i) => css(i, i, i));
const parsed = (hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16) / 255);

/** { grey, ink, signed }: 256 colours each, made anew only when the theme changes. */
export function shades(colors) {
  const { diverge, key } = palettes(colors), name = `${key} ${colors.ink}`;
  if (colors.shades?.name !== name) {
    const [paper, ink] = [colors.paper, colors.ink].map((c) => toLab(parsed(c)));
    const mixed = (u) => css(...fromLab(paper.map((v, k) => v + (ink[k] - v) * u)).map((c) => Math.round(255 * c)));
    colors.shades = {
      name, grey: GREY, ink: Array.from({ length: 256 }, (_, i) => mixed(i / 255)),
      signed: Array.from(diverge, (p) => css(p & 255, (p >>> 8) & 255, (p >>> 16) & 255)) };
  }
  return colors.shades;
}

/**
 * Draws rows x columns of values, from `at` on, as tiles of `cell` pixels whose upper left corner is x, y.
 *
 * @param look shade (256 colours), low and high (the numbers of its ends), digits: how many to write, null none
 */
export function tiles(panel, values, at, rows, columns, x, y, cell, { shade, low, high, digits = null }) {
  const { ctx } = panel, factor = 255 / (high - low || 1), gap = cell > 5 ? 0.5 : 0;
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const v = values[at + i * columns + j];
      ctx.fillStyle = shade[Math.min(Math.max((v - low) * factor + 0.5, 0), 255) | 0];
      ctx.fillRect(x + j * cell, y + i * cell, cell - gap, cell - gap);
    }
  }
  if (digits === null) return;
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      text(panel, number(values[at + i * columns + j], digits), x + (j + 0.5) * cell, y + (i + 0.5) * cell, {
        align: "center", base: "middle", halo: true });
    }
  }
}

/** A frame around rows x columns tiles; two lines, so that it shows on every colour. */
export function frame(panel, x, y, width, height, color, thick = 2.5) {
  const { ctx } = panel;
  ctx.setLineDash([]);
  ctx.lineWidth = thick + 2;
  ctx.strokeStyle = panel.fig.colors.paper;
  ctx.strokeRect(x, y, width, height);
  ctx.lineWidth = thick;
  ctx.strokeStyle = color;
  ctx.strokeRect(x, y, width, height);
}
