// Functions of two variables: colour maps, heat maps and contour lines on a regular grid.
// values[j * nx + i] stands at the i-th of nx places along x and the j-th of ny places along y, both from low
// to high, ends included.

import { DASHES, text } from "./plot.mjs";

// Colours ---------------------------------------------------------------------------------------------------

const linearised = (c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
const encoded = (c) => (c <= 0.0031308 ? 12.92 * c : 1.055 * c ** (1 / 2.4) - 0.055);

// sRGB in [0, 1] to OKLab, in which equal steps look equal: B. Ottosson, "A perceptual color space for image
// processing" (2020).
export function toLab([r, g, b]) {
  const [R, G, B] = [r, g, b].map(linearised);
  const l = Math.cbrt(0.4122214708 * R + 0.5363325363 * G + 0.0514459929 * B);
  const m = Math.cbrt(0.2119034982 * R + 0.6806995451 * G + 0.1073969566 * B);
  const s = Math.cbrt(0.0883024619 * R + 0.2817188376 * G + 0.6299787005 * B);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s];
}

export function fromLab([L, a, b]) {
  const l = (L + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (L - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (L - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s].map((c) => encoded(Math.min(Math.max(c, 0), 1)));
}

// "#rrggbb" as three numbers in [0, 1].
const parsed = (hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16) / 255);
const between = (a, b, u) => a.map((v, k) => v + (b[k] - v) * u);

// 256 colours as the bytes of ImageData (red first), from `color(u)` in OKLab, u from 0 to 1.
function table(color) {
  const bytes = new Uint8ClampedArray(4 * 256);
  for (let i = 0; i < 256; i++) bytes.set([...fromLab(color(i / 255)).map((c) => 255 * c), 255], 4 * i);
  return new Uint32Array(bytes.buffer);
}

// Dark blue to light yellow, lightness in even steps; told apart by every kind of colour vision.
const SEQUENCE = table((u) => [0.25 + 0.7 * u, -0.015, -0.12 + 0.24 * u]);

// The two palettes of a page: `sequence` for sizes, `diverge` for signed numbers (orange below, the paper in
// the middle, blue above). Made anew only when the theme changes.
export function palettes(colors) {
  const key = `${colors.paper} ${colors.line[0]} ${colors.line[1]}`;
  if (colors.palettes?.key !== key) {
    const [paper, blue, orange] = [colors.paper, colors.line[0], colors.line[1]].map((c) => toLab(parsed(c)));
    const diverge = table((u) => between(paper, u < 0.5 ? orange : blue, Math.abs(2 * u - 1) ** 0.8));
    colors.palettes = { key, sequence: SEQUENCE, diverge };
  }
  return colors.palettes;
}

// Heat map --------------------------------------------------------------------------------------------------

// A grid of nx * ny colours, made once and painted often.
export class HeatMap {
  constructor(nx, ny) {
    this.canvas = Object.assign(document.createElement("canvas"), { width: nx, height: ny });
    this.ctx = this.canvas.getContext("2d");
    this.image = this.ctx.createImageData(nx, ny);
    Object.assign(this, { nx, ny, pixels: new Uint32Array(this.image.data.buffer) });
  }

  // Fills the panel. Numbers outside [low, high] take the end colours, not-a-number stays empty; `smooth`
  // blends from place to place, else each place is a tile.
  paint(panel, values, low, high, palette, { alpha = 1, smooth = true } = {}) {
    const { nx, ny, pixels, canvas } = this, factor = 255 / (high - low || 1);
    for (let j = 0; j < ny; j++) {
      for (let i = 0, from = j * nx, to = (ny - 1 - j) * nx; i < nx; i++) {
        const v = values[from + i];
        pixels[to + i] = v === v ? palette[Math.min(Math.max((v - low) * factor + 0.5, 0), 255) | 0] : 0;
      }
    }
    this.ctx.putImageData(this.image, 0, 0);
    const width = panel.right - panel.left, height = panel.bottom - panel.top;
    const dx = smooth ? width / (nx - 1) : 0, dy = smooth ? height / (ny - 1) : 0;     // places are centres
    panel.clipped((ctx) => {
      ctx.imageSmoothingEnabled = smooth;
      ctx.globalAlpha = alpha;
      ctx.drawImage(canvas, panel.left - dx / 2, panel.top - dy / 2, width + dx, height + dy);
    });
  }
}

// A strip with the colours from low to high; below it the numbers.
export function colourBar(panel, palette, low, high, label) {
  const { ctx, left, right, top, bottom } = panel;
  for (let i = 0, wide = (right - left) / 64; i < 64; i++) {
    const pixel = palette[Math.round(i / 63 * 255)];
    ctx.fillStyle = `rgb(${pixel & 255} ${(pixel >>> 8) & 255} ${(pixel >>> 16) & 255})`;
    ctx.fillRect(left + i * wide, top, wide + 0.6, bottom - top);
  }
  panel.domain(low, high, 0, 1);
  for (const tick of panel.x.ticks(50)) {
    text(panel, tick.text, panel.x.at(tick.value), bottom + 4, {
      color: panel.fig.colors.muted, align: "center", base: "top" });
  }
  if (label) text(panel, label, left, top - 5);
}

// Contours --------------------------------------------------------------------------------------------------

/**
 * Where the function passes `level`, by linear interpolation along the sides of each cell (marching squares;
 * Lorensen and Cline 1987 in two dimensions). A saddle is parted by the mean of its corners; a cell with
 * infinite or undefined corners is left out.
 *
 * @param out filled with x0, y0, x1, y1 of each piece, in steps of the grid
 * @returns how many pieces; no more than out has room for
 */
export function contourPieces(values, nx, ny, level, out) {
  let n = 0;                                                        // numbers written
  for (let j = 0; j + 1 < ny; j++) {
    for (let i = 0; i + 1 < nx && n + 8 <= out.length; i++) {
      const at = j * nx + i;                                        // corners a (low left), b, c, d around
      const a = values[at] - level, b = values[at + 1] - level;
      const c = values[at + nx + 1] - level, d = values[at + nx] - level;
      if (a > 0 === b > 0 && b > 0 === c > 0 && c > 0 === d > 0) continue;
      if (!Number.isFinite(a + b + c + d)) continue;
      const joined = a + b + c + d > 0 === a > 0;                   // at a saddle: a and c hang together
      const saddle = a > 0 === c > 0 && b > 0 === d > 0;
      if (a > 0 !== b > 0) { out[n++] = i + a / (a - b); out[n++] = j; }
      if (saddle && !joined) { out[n++] = i; out[n++] = j + a / (a - d); }
      if (b > 0 !== c > 0) { out[n++] = i + 1; out[n++] = j + b / (b - c); }
      if (d > 0 !== c > 0) { out[n++] = i + d / (d - c); out[n++] = j + 1; }
      if (a > 0 !== d > 0 && !(saddle && !joined)) { out[n++] = i; out[n++] = j + a / (a - d); }
    }
  }
  return n / 4;
}

const PIECES = new Float64Array(4 * 20000);

// Draws the lines of all `levels`, of a function on the whole panel.
export function contours(panel, values, nx, ny, levels, { color, width = 1.2, dash = DASHES[0], alpha = 1 }) {
  const { left, bottom } = panel;
  const dx = (panel.right - left) / (nx - 1), dy = (bottom - panel.top) / (ny - 1);
  panel.clipped((ctx) => {
    Object.assign(ctx, { strokeStyle: color, lineWidth: width, globalAlpha: alpha, lineCap: "round" });
    ctx.setLineDash(dash);
    ctx.beginPath();
    for (const level of levels) {
      const count = contourPieces(values, nx, ny, level, PIECES);
      for (let k = 0; k < 4 * count; k += 4) {
        ctx.moveTo(left + PIECES[k] * dx, bottom - PIECES[k + 1] * dy);
        ctx.lineTo(left + PIECES[k + 2] * dx, bottom - PIECES[k + 3] * dy);
      }
    }
    ctx.stroke();
    ctx.setLineDash(DASHES[0]);
  });
}
