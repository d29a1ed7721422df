// Letters as numbers: the twin of letters.py. 0 is the end of a name and stands before it too, 1 to 26 are a to z.

export const LETTERS = ".abcdefghijklmnopqrstuvwxyz";

/** Whatever was typed, as a name: small letters a to z, at most `most`. */
export const cleaned = (words, most) => (
  String(words ?? "").toLowerCase().replace(/[^a-z]/g, "").slice(0, most));

/** Numbers of a text: the sign for the beginning, then its letters. */
export const codes = (text) => Array.from(`.${text}`, (c) => LETTERS.indexOf(c));

/** Row (27,) with a 1 at `code`; `out` is filled. */
export function oneHot(code, out) {
  out.fill(0);
  out[code] = 1;
  return out;
}

/** Logarithms of the probabilities that belong to scores divided by a temperature. */
export function logSoftmax(scores, temperature = 1) {
  const out = Float64Array.from(scores, (v) => v / temperature);
  let top = -Infinity, sum = 0;
  for (const v of out) if (v > top) top = v;
  for (const v of out) sum += Math.exp(v - top);
  const shift = top + Math.log(sum);
  for (let i = 0; i < out.length; i++) out[i] -= shift;
  return out;
}
