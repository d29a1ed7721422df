// The three pictures of the convolution stepper: picture with window, result, and the products.

import { number, text } from "./lib/plot.mjs";
import { frame, shades, tiles } from "./tiles.mjs";

/** Pixels of a tile, and where the picture begins, with room for its padding. */
export function geometry(fig, n, padding) {
  const cell = fig.width / (n + 2 * padding);
  return { cell, start: padding * cell };
}

export function drawPicture(panel, { fig, X, n, padding, terms, dilation }) {
  const { cell, start } = geometry(fig, n, padding), { colors } = fig, { ctx } = panel;
  ctx.fillStyle = colors.zone;
  ctx.globalAlpha = 0.16;
  ctx.fillRect(0, 0, fig.width, fig.width);
  ctx.globalAlpha = 1;
  tiles(panel, X, 0, n, n, start, start, cell, { shade: shades(colors).grey, low: 0, high: 1 });
  if (padding && start > 16) text(panel, "0", start / 2, start / 2, { align: "center", base: "middle" });
  if (!terms) return;
  const first = terms[0], last = terms.at(-1);
  for (const { row, column } of dilation > 1 ? terms : []) {
    frame(panel, start + column * cell + 1, start + row * cell + 1, cell - 2, cell - 2, colors.line[1], 1.5);
  }
  frame(panel, start + first.column * cell, start + first.row * cell, (last.column - first.column + 1) * cell,
    (last.row - first.row + 1) * cell, colors.line[1]);
}

export function drawResult(panel, { fig, Y, across, at, most }) {
  if (!Y) return;
  const cell = fig.width / across, { colors } = fig, { ctx } = panel;
  const look = { shade: shades(colors).signed, low: -most, high: most };
  ctx.globalAlpha = 0.3;
  tiles(panel, Y, 0, across, across, 0, 0, cell, look);
  ctx.globalAlpha = 1;
  const rows = Math.floor(at / across), rest = at % across + 1;
  tiles(panel, Y, 0, rows, across, 0, 0, cell, look);
  tiles(panel, Y, rows * across, 1, rest, 0, rows * cell, cell, look);
  frame(panel, (rest - 1) * cell, rows * cell, cell, cell, colors.line[1]);
}

/** Window times kernel is products: three squares of numbers, and the sum. */
export function drawProducts(panel, { fig, terms, sum, most }) {
  const { colors } = fig, { signed, grey } = shades(colors), k = Math.sqrt(terms.length);
  const upright = fig.width < 480, room = upright ? fig.width - 44 : (fig.width - 200) / 3;
  const side = Math.min(room, upright ? 150 : 170), cell = side / k, digits = k > 3 && cell < 34 ? 1 : 2;
  const top = Math.max(...terms.map(({ w }) => Math.abs(w)), 1e-9);
  const parts = [
    ["window", terms.map(({ x }) => x), { shade: grey, low: 0, high: 1 }],
    ["kernel", terms.map(({ w }) => w), { shade: signed, low: -top, high: top }],
    ["products", terms.map(({ product }) => product), { shade: signed, low: -most, high: most }]];
  const big = (words, x, y) => text(panel, words, x, y, { align: "center", base: "middle" });
  parts.forEach(([words, values, look], i) => {
    const x = upright ? (fig.width - side) / 2 : i * (side + 34), y = 22 + (upright ? i * (side + 32) : 0);
    text(panel, words, x, y - 7, { color: colors.muted });
    tiles(panel, values, 0, k, k, x, y, cell, { ...look, digits });
    if (i && upright) big(i > 1 ? "=" : "×", x - 20, y + side / 2);
    else if (i < 2 && !upright) big(i ? "=" : "×", x + side + 17, y + side / 2);
    if (i === 2) {
      const words2 = `sum ${number(sum)}`;
      if (upright) big(words2, fig.width / 2, y + side + 16);
      else text(panel, words2, x + side + 14, y + side / 2, { base: "middle" });
    }
  });
}
