// Calls graphs.core.mjs, gcn.core.mjs and the pure functions of message passing for tests/test_message_passing.py:
// stdin is one JSON list of [probe, ...args], stdout the list of answers; "covers" asks which exports are probed.

import { readFileSync } from "node:fs";
import * as gcn from "../dlnotes/widgets/js/gcn.core.mjs";
import * as core from "../dlnotes/widgets/js/graphs.core.mjs";
import { normalizeAdjacency } from "../dlnotes/widgets/js/layers.core.mjs";
import * as edit from "../dlnotes/widgets/js/message_passing.edit.mjs";
import { graphScript } from "../dlnotes/widgets/js/message_passing.script.mjs";
import { mixSentence, sumSentence, trainSentence, nodeSentence } from "../dlnotes/widgets/js/message_passing.text.mjs";

const row = (list) => Float64Array.from(list.flat());
const hat = ({ edges, N, selfLoops, mode }) => normalizeAdjacency(core.adjacency(edges, N), N, selfLoops, mode);
const make = (s) => gcn.createGcn({ ...s, Ahat: hat(s) });

const probes = {
  constants: () => [core.DEPTH, core.MOST, core.MOST_EDGES],
  PRESETS: () => core.PRESETS,
  preset: (name) => core.preset(name),
  fits: (graph) => core.fits(graph),
  adjacency: (edges, N) => core.adjacency(edges, N),
  channels: (kind) => core.channels(kind),
  features: (kind, labels, seed) => core.features(kind, labels, seed),
  components: (edges, N) => core.components(core.adjacency(edges, N), N),
  layers: (s, H, C) => core.layers(hat(s), row(H), s.N, C).map((h) => Array.from(h)),
  dominant: (s) => Array.from(core.dominant(core.adjacency(s.edges, s.N), s.N, s.selfLoops, s.mode).u),
  difference: (s, H, C) => {
    const limit = core.dominant(core.adjacency(s.edges, s.N), s.N, s.selfLoops, s.mode);
    return core.layers(hat(s), row(H), s.N, C).map((h) => core.difference(h, s.N, C, limit));
  },
  size: (H) => core.size(row(H)),
  createGcn: (s) => Array.from(make(s).net.params),
  // Train to each of `stops` in turn, back and forth; weights, scores, probabilities, loss and what is right there.
  goTo: (s, stops) => {
    const run = make(s);
    return stops.map((k) => {
      gcn.goTo(run, k);
      return { params: [...run.net.params], Z2: [...run.Z2], P: [...run.P], loss: run.losses[k], right: gcn.right(run, s.truth) };
    });
  },
  backward: (s) => {
    const run = make(s);
    gcn.forward(run);
    gcn.backward(run);
    return [gcn.loss(run), Array.from(run.net.grads)];
  },
  script: (s, step, library) => graphScript(s, hat({ ...s, edges: s.graph.edges, N: s.graph.labels.length }), step, library),
  edit: (name, ...args) => edit[name](...args),
  near: (name, list, dots, ...rest) => edit[name](list, (i) => dots[i], ...rest),
  words: (name, s) => ({ mixSentence, sumSentence, trainSentence, nodeSentence })[name](s),
};
const TOGETHER = ["DEPTH", "MOST", "MOST_EDGES", "forward", "loss", "trainStep", "right"];

const sent = JSON.parse(readFileSync(0, "utf8"));
const answer = ([probe, ...args]) => {
  const value = probes[probe](...args);
  return ArrayBuffer.isView(value) ? Array.from(value) : value;
};
const words = (_, v) => (typeof v === "number" && !Number.isFinite(v) ? String(v) : v);
process.stdout.write(JSON.stringify(sent === "covers" ? [...Object.keys(probes), ...TOGETHER] : sent.map(answer), words));
