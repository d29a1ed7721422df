// What the view of message passing works with: its settings, whatever the traits say, and all that follows from
// them.

import { createGcn } from "./gcn.core.mjs";
import {
  DEPTH, PRESETS, adjacency, channels, difference, dominant, features, fits, layers, preset, size,
} from "./graphs.core.mjs";
import { normalizeAdjacency } from "./layers.core.mjs";
import { FEATURE_NAMES, SCALINGS } from "./message_passing.text.mjs";
import { clamp, linspace } from "./lib/num.mjs";

export const GRAPH = ["places", "edges", "labels", "truth"];
const READ = [...GRAPH, "preset", "mode", "features", "normalization", "self_loops", "seed", "hidden", "lr", "steps"];
export const whole = (v, low, high, usual) => (Number.isInteger(v) ? clamp(v, low, high) : usual);
const named = (v, options, usual) => (options.some(([name]) => name === v) ? v : usual);
const GIVEN = new Map(PRESETS.map((name) => [name, preset(name)]));

// The settings as they can be used, whatever the traits say.
function settingsOf(get) {
  const lists = Object.fromEntries(GRAPH.map((name) => [name, get(name)])), lr = get("lr");
  return {
    graph: fits(lists) ? lists : GIVEN.get(get("preset")) ?? GIVEN.get("karate"), own: fits(lists),
    task: get("mode") === "train" ? "train" : "mix", kind: named(get("features"), FEATURE_NAMES, "two"),
    mode: named(get("normalization"), SCALINGS, "symmetric"), selfLoops: get("self_loops") !== false,
    seed: whole(get("seed"), 0, 2 ** 31 - 1, 0), hidden: whole(get("hidden"), 1, 16, 8),
    lr: lr > 0 ? Math.min(lr, 1) : 0.01, steps: whole(get("steps"), 1, 1000, 200) };
}

// The same object as long as no trait changes.
export function reader(get) {
  const raw = {};
  let now = null;
  return () => {
    for (const name of READ) {
      if (raw[name] !== get(name)) now = null;
      raw[name] = get(name);
    }
    return now ??= settingsOf(get);
  };
}

// All that follows from the settings: made anew only if something other than a place changes.
export function worker(settings) {
  let key = [], made = null;
  return () => {
    const { graph: { edges, labels }, task, kind, mode, selfLoops, seed, hidden, lr, steps } = settings();
    const now = [edges, labels, task, kind, mode, selfLoops, seed, hidden, lr, steps];
    if (made !== null && now.every((v, k) => v === key[k])) return made;
    const N = labels.length, A = adjacency(edges, N), Ahat = normalizeAdjacency(A, N, selfLoops, mode);
    [key, made] = [now, { N, Ahat, C: task === "train" ? 2 : channels(kind) }];
    if (task === "train") {
      made.gcn = createGcn({ Ahat, N, hidden, seed, labels, lr, steps });
      made.ks = linspace(0, steps, new Float64Array(steps + 1));
      return made;
    }
    const all = layers(Ahat, features(kind, labels, seed), N, made.C), limit = dominant(A, N, selfLoops, mode);
    made.all = all;
    made.left = Float64Array.from(all, (H) => difference(H, N, made.C, limit));
    made.sizes = Float64Array.from(all, (H) => size(H) / size(all[0]));
    made.tops = all.map((H) => top(H, N, made.C));
    made.depths = linspace(0, DEPTH, new Float64Array(DEPTH + 1));
    const logs = [...made.left, ...made.sizes].filter((v) => v > 1e-9).map((v) => Math.log10(v));
    [made.low, made.high] = [10 ** Math.floor(Math.min(-1, ...logs)), 10 ** Math.ceil(Math.max(0.3, ...logs))];
    return made;
  };
}

// The greatest sum of a node's channels.
function top(H, N, C) {
  let most = 0;
  for (let i = 0; i < N; i++) {
    let sum = 0;
    for (let c = 0; c < C; c++) sum += H[i * C + c];
    if (sum > most) most = sum;
  }
  return most;
}
