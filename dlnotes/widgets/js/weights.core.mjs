// The weights that a page carries: the twin of weights.py, whose pack() says how they are laid.

/** { name: { shape, data (Float64Array) } } of the DataView of a byte trait; null where there are none. */
export function unpack(view) {
  if (!view?.byteLength) return null;
  const { buffer, byteOffset: start } = view, length = view.getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, start + 4, length)));
  const wide = head.bits / 8, read = (at) => (wide === 1 ? view.getInt8(at) : view.getInt16(at, true));
  let step = 4 + length, at = step + 4 * head.arrays.reduce((sum, [, , n]) => sum + n, 0);
  const found = {};
  for (const [name, shape, n] of head.arrays) {
    const data = new Float64Array(shape.reduce((a, b) => a * b, 1));
    for (let i = 0; i < data.length; i++, at += wide) data[i] = read(at) * view.getFloat32(step + 4 * (i % n), true);
    step += 4 * n;
    found[name] = { shape, data };
  }
  return found;
}
