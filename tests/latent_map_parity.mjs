// Calls latent_map.core.mjs, its pad and its words for tests/test_latent_map.py; the form of calls and answers is that of
// probes.mjs. The bytes of a network come once, by load().

import * as core from "../dlnotes/widgets/js/latent_map.core.mjs";
import { moved, stroked } from "../dlnotes/widgets/js/latent_map.pad.mjs";
import { drawingSentence, pointSentence } from "../dlnotes/widgets/js/latent_map.text.mjs";
import { serve } from "./probes.mjs";

let model = null;
const row = (list) => Float64Array.from(list);

const probes = {
  constants: () => [core.SIDE, core.PIXELS, core.SHOWN, core.REACH, core.STEP, core.GRID, core.STEPS, core.NODES, core.TILES, core.WIDE],
  createModel: (bytes) => {
    const room = Uint8Array.from([7, ...bytes]);             // a view need not begin where its buffer does
    model = core.createModel(new DataView(room.buffer, 1));
    return [model.count, ...model.labels, ...model.X, ...model.means];
  },
  none: () => [core.createModel(undefined), core.createModel(new DataView(new ArrayBuffer(0)))],
  fillGrid: (rows) => {
    let slices = 1;
    while (!core.fillGrid(model, rows)) slices++;
    return slices;
  },
  logits: () => model.grid.logits.filter((_, i) => i % 997 === 0),
  bitsOf: (drawing) => core.bitsOf(drawing),
  drawingOf: (x) => core.drawingOf(row(x)),
  encode: (x) => Object.values(core.encode(model, row(x))),
  decode: (z) => core.decode(model, z, row(Array(64).fill(NaN))),
  measure: (x) => Object.values(core.measure(model, row(x))),
  sumUp: (x) => [core.sumUp(model, row(x)), ...model.grid.joint.filter((_, i) => i % 13 === 0)],
  mosaic: () => core.mosaic(model),
  between: (a, b, share) => core.between(a, b, share),
  ellipse: (q, k) => core.ellipse(q, k, row(Array(9).fill(NaN)), row(Array(9).fill(NaN))),
  stroked: (x, from, to, ink) => stroked(row(x), from, to, ink),
  moved: (cell, key) => moved(cell, key),
  words: (m) => drawingSentence(m),
  pointWords: (about) => pointSentence(about),
};
const CONSTANTS = ["SIDE", "PIXELS", "SHOWN", "REACH", "STEP", "GRID", "STEPS", "NODES", "TILES", "WIDE"];

await serve(probes, [...Object.keys(probes), ...CONSTANTS]);
