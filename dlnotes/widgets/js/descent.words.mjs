// Numbers in words.

import { number } from "./lib/plot.mjs";

// Three digits, with a real minus sign.
export function short(value) {
  const size = Math.abs(value);
  if (!Number.isFinite(value) || size >= 1e5 || (size > 0 && size < 1e-3)) return number(value, 3);
  return String(Number(value.toPrecision(3))).replace("-", "−");
}

// A factor; so many digits that 0.9996 is told from 1.
export function times(size) {
  if (Math.abs(Math.abs(size) - 1) >= 0.005) return `× ${short(size)}`;
  const digits = [3, 4, 5, 6].find((d) => Number(size.toPrecision(d)) !== Math.sign(size)) ?? 3;
  return `× ${String(Number(size.toPrecision(digits))).replace("-", "−")}`;
}
