// Calls the GAN lab's core modules and its script for tests/test_gan_lab.py (net_node.py).

import * as core from "../dlnotes/widgets/js/gan_lab.core.mjs";
import * as data from "../dlnotes/widgets/js/gan_lab.data.core.mjs";
import * as eyes from "../dlnotes/widgets/js/gan_lab.seen.core.mjs";
import { ganScript } from "../dlnotes/widgets/js/gan_lab.script.mjs";
import { Stream } from "../dlnotes/widgets/js/lib/num.mjs";
import { serve } from "./probes.mjs";

const row = (list) => Float64Array.from(list);
const state = ({ g, d }) => [...g.net.params, ...d.net.params];
const seen = (game, look) => Array.from(eyes.evaluate(game, look, new Float64Array(eyes.FIELDS.length)));

const probes = {
  constants: () => [data.N, data.NEAR, data.RADIUS, data.SPREAD, core.M, core.LAST, eyes.EVERY],
  names: () => [data.DATA, core.LOSSES, core.SCHEMES, eyes.FIELDS],
  drawData: (name, seed) => data.drawData(name, new Stream(seed)),
  centres: (name) => data.centres(name),
  distances: (X, Y) => [data.meanDistance(X, X.length / 2, Y, Y.length / 2), data.innerDistance(Y, Y.length / 2),
    data.covered(X, X.length / 2, Y, Y.length / 2)],
  countModes: (Y, middles) => data.countModes(Y, Y.length / 2, middles),
  discriminatorLoss: (name, S, n) => {
    const dS = new Float64Array(S.length);
    return [core.discriminatorLoss(name, S, n, S.length - n, dS), ...dS];
  },
  generatorLoss: (name, S) => {
    const dS = new Float64Array(S.length);
    return [core.generatorLoss(name, S, S.length, dS), ...dS];
  },
  // To each stop [iteration, half] in turn, back and forth: the parameters of both, and what is seen.
  run: (settings, stops) => {
    const game = core.createGame(settings), look = eyes.createEyes(game);
    return stops.map(([k, half]) => {
      core.seek(game, k, half);
      return [state(game), seen(game, look)];
    });
  },
  pushes: (settings, k) => {
    const game = core.createGame(settings);
    core.seek(game, k);
    const Y = core.pushes(game, game.z, core.M).slice(0, 2 * core.M);
    return [[...Y], [...game.g.pass.dY.subarray(0, 2 * core.M)]];
  },
  diagnose: (settings, k) => {
    const game = core.createGame(settings), look = eyes.createEyes(game), records = eyes.createRecords();
    eyes.record(game, look, records);
    core.seek(game, k, false, Infinity, () => eyes.record(game, look, records));
    const way = eyes.travel(records, k);
    return [eyes.diagnose(game, seen(game, look), way), way.path, way.net, way.records, records.count];
  },
  script: (settings, step, library) => ganScript(settings, step, library),
  // Halves of one iteration by hand.
  halves: (settings) => {
    const game = core.createGame(settings), before = state(game);
    core.discriminatorHalf(game);
    const middle = state(game);
    core.generatorHalf(game);
    return [before, middle, state(game), game.g.net.params.length];
  },
};

await serve(probes, [...Object.keys(probes), "LAST", "M", "LOSSES", "SCHEMES", "createGame", "seek", "discriminatorHalf",
  "generatorHalf", "N", "NEAR", "RADIUS", "SPREAD", "DATA", "meanDistance", "innerDistance", "covered", "EVERY", "FIELDS",
  "createEyes", "evaluate", "createRecords", "record", "travel"]);
