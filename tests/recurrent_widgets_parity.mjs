// Calls unroll.core.mjs, name_writer.core.mjs and letters.core.mjs for tests/test_recurrent_widgets.py.

import * as letters from "../dlnotes/widgets/js/letters.core.mjs";
import * as writer from "../dlnotes/widgets/js/name_writer.core.mjs";
import * as unrolled from "../dlnotes/widgets/js/unroll.core.mjs";
import { unpack } from "../dlnotes/widgets/js/weights.core.mjs";
import { serve } from "./probes.mjs";

const view = (bytes) => new DataView(Uint8Array.from(bytes).buffer);
const numbered = (name) => Array.from(name, (c) => letters.LETTERS.indexOf(c));
const network = (bytes) => writer.networkOf(unpack(view(bytes)));
const cellNet = (cell, seed, rho) => unrolled.withRadius(unrolled.drawWeights(cell, seed), cell, rho);

const probes = {
  LETTERS: () => numbered(letters.LETTERS),
  cleaned: (words, most) => letters.codes(letters.cleaned(words, most)),
  codes: (name) => letters.codes(name),
  oneHot: (code) => letters.oneHot(code, new Float64Array(27).fill(7)),
  logSoftmax: (scores, temperature) => letters.logSoftmax(scores, temperature),

  constants: () => [unrolled.H, unrolled.MOST, writer.MOST, writer.BEAM, writer.HASHES],
  BLOCKS: (cell) => [unrolled.BLOCKS[cell], unrolled.CANDIDATE[cell], unrolled.GATES[cell].length],
  spectralRadius: (A, n) => unrolled.spectralRadius(A, n),
  drawWeights: (cell, seed) => {
    const net = unrolled.drawWeights(cell, seed);
    return [net.W_x, net.W_h, net.V, net.c, ...(cell === "gru" ? [net.b_x, net.b_h] : [net.b])];
  },
  ownRadius: (cell, seed) => unrolled.ownRadius(unrolled.drawWeights(cell, seed), cell),
  withRadius: (cell, seed, rho) => cellNet(cell, seed, rho).W_h,
  // Of drawn weights, or of those that are carried: states, cells, log-probabilities, gates, and all gradients.
  passes: (cell, source, rho, text, asked) => {
    const own = typeof source === "number" ? unrolled.drawWeights(cell, source) : unrolled.packedWeights(unpack(view(source)), cell);
    const net = unrolled.withRadius(own, cell, rho), pass = unrolled.forward(net, cell, text);
    const { dh, dc } = unrolled.backward(net, cell, pass, asked);
    return [pass.h, pass.c, pass.log_p, ...unrolled.GATES[cell].map((g) => pass.steps.map((s) => s[g])), dh, dc];
  },
  missing: () => [unrolled.packedWeights(null, "rnn"), unrolled.packedWeights({ "rnn.W_x": {} }, "rnn"),
    writer.networkOf(null), writer.networkOf({ W_x: {} })].map((v) => (v === null ? 1 : 0)),
  unitsOf: (cell, seed) => unrolled.unitsOf(unrolled.drawWeights(cell, seed)),
  targetOf: (text) => {
    const pass = { inputs: letters.codes(text) };
    return pass.inputs.map((_, t) => unrolled.targetOf(pass, t + 1));
  },
  norm: (v) => unrolled.norm(v),

  run: (bytes, text) => writer.run(network(bytes), text).map(({ h, scores }) => [h, scores]),
  probabilities: (scores, temperature) => writer.probabilities(scores, temperature),
  pick: (p, us) => us.map((u) => writer.pick(p, u)),
  write: (bytes, start, temperature, seeds) => (
    seeds.map((seed) => numbered(writer.write(network(bytes), start, temperature, seed)))),
  logProbability: (bytes, name) => writer.logProbability(network(bytes), name),
  likeliest: (bytes, start) => {
    const { name, log } = writer.likeliest(network(bytes), start);
    return [numbered(name), log];
  },
  contains: (table, names) => names.map((name) => (writer.contains(view(table), name) ? 1 : 0)),
};

const TOGETHER = {
  letters: { LETTERS: "LETTERS" },
  unroll: { H: "constants", MOST: "constants", CANDIDATE: "BLOCKS", GATES: "BLOCKS", packedWeights: "passes", forward: "passes", backward: "passes" },
  name_writer: { MOST: "constants", BEAM: "constants", HASHES: "constants", networkOf: "run", advance: "run" } };
serve(probes, [...Object.keys(probes), ...Object.values(TOGETHER).flatMap(Object.keys)]);
