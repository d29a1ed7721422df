// Sizes, jumps and receptive fields of a stack of layers along one axis: the twin of receptive_field.py. A stack
// is a flat list of kernel, stride, padding and dilation of each layer.

export const MOST = 20;                                   // layers
export const LIMITS = [[1, 15], [1, 8], [0, 64], [1, 512]];

const same = (...layers) => layers.flatMap(([k, s]) => [k, s, Math.floor((k - 1) / 2), 1]);
const three = [3, 1], block = [three, three, three];

/** name: [size of the input, stack] */
export const PRESETS = {
  digits: [8, [3, 1, 1, 1, 2, 2, 0, 1, 3, 1, 1, 1, 2, 2, 0, 1]],
  lenet: [32, [5, 1, 0, 1, 2, 2, 0, 1, 5, 1, 0, 1, 2, 2, 0, 1, 5, 1, 0, 1]],
  threes: [32, [3, 1, 1, 1, 3, 1, 1, 1, 3, 1, 1, 1]],
  vgg16: [224, same(three, three, [2, 2], three, three, [2, 2], ...block, [2, 2], ...block, [2, 2], ...block, [2, 2])],
  resnet18: [224, same([7, 2], [3, 2], ...block, three, [3, 2], ...block, [3, 2], ...block, [3, 2], ...block)],
  dilated: [1024, Array.from({ length: 10 }, (_, i) => [2, 1, 0, 2 ** i]).flat()],
};

/** The layers [kernel, stride, padding, dilation] of a flat list, or null where it is no stack. */
export function layersOf(flat) {
  if (!Array.isArray(flat) || flat.length % 4 || flat.length > 4 * MOST) return null;
  const fits = flat.every((v, i) => Number.isInteger(v) && v >= LIMITS[i % 4][0] && v <= LIMITS[i % 4][1]);
  return fits ? Array.from({ length: flat.length / 4 }, (_, i) => flat.slice(4 * i, 4 * i + 4)) : null;
}

/** [{ n, jump, field, centre }], the input first; it ends before a layer whose window does not fit. */
export function table(size, layers) {
  const rows = [{ n: size, jump: 1, field: 1, centre: 0 }];
  for (const [k, s, p, d] of layers) {
    const { n, jump, field, centre } = rows.at(-1), reach = d * (k - 1);
    if (reach + 1 > n + 2 * p) break;
    rows.push({
      n: Math.floor((n + 2 * p - reach - 1) / s) + 1, jump: jump * s, field: field + reach * jump,
      centre: centre + (reach / 2 - p) * jump });
  }
  return rows;
}

/** [first, last] unit that `unit` of the last layer sees in each layer, the input first; borders are not cut. */
export function sees(layers, unit) {
  const spans = [[unit, unit]];
  for (const [k, s, p, d] of layers.toReversed()) {
    const [first, last] = spans[0];
    spans.unshift([first * s - p, last * s - p + (k - 1) * d]);
  }
  return spans;
}

/** Share of all paths from each input of a field to the output; null where the field is wider than `most`. */
export function paths(layers, most = 1e5) {
  let share = Float64Array.of(1);
  for (const [k, s, , d] of layers.toReversed()) {
    const length = (share.length - 1) * s + 1 + (k - 1) * d;
    if (length > most) return null;
    const spread = new Float64Array(length);
    for (let i = 0; i < k; i++) {
      for (let j = 0; j < share.length; j++) spread[i * d + j * s] += share[j] / k;
    }
    share = spread;
  }
  return share;
}
