// Calls the browser's expression graph for tests/test_backprop_stepper.py: stdin is a list of { probe, args, expect },
// stdout the list of results: { value }, and { mismatches } found here where `expect` (a flat list of numbers) is given.

import { readFileSync } from "node:fs";
import * as core from "../dlnotes/widgets/js/backprop_stepper.core.mjs";
import * as parser from "../dlnotes/widgets/js/backprop_stepper.parser.core.mjs";
import { PRESETS } from "../dlnotes/widgets/js/backprop_stepper.text.mjs";
import { layout } from "../dlnotes/widgets/js/backprop_stepper.layout.mjs";
import { script } from "../dlnotes/widgets/js/backprop_stepper.python.mjs";
import * as text from "../dlnotes/widgets/js/backprop_stepper.text.mjs";

const KINDS = ["start", "forward", "seed", "backward", "check"];
const graphOf = (words) => parser.parse(words);
const numbers = (list) => Array.from(list, Number);

export const probes = {
  graph: (words) => graphOf(words).nodes.map(({ op, args, k, name }) => [op, args, k, name]),
  variables: (words) => graphOf(words).variables,
  error: (words) => {
    const { error } = parser.tryParse(words);
    return error && [error.at, error.message, error.shown];
  },
  compute: (words, x) => {
    const { values, slopes, grads } = core.compute(graphOf(words), x);
    return [...values, ...slopes, ...grads];
  },
  central: (words, x) => core.central(graphOf(words), x).flat(),
  apply: (op, ...args) => core.apply(op, ...args),
  schedule: (words) => core.schedule(graphOf(words)).flatMap(([kind, ...rest]) => [KINDS.indexOf(kind), ...rest]),
  partial: (words, x, step) => {
    const graph = graphOf(words), pass = core.compute(graph, x);
    const { known, grads, parts } = core.partial(graph, pass, core.schedule(graph), step);
    return [...numbers(known), ...grads, ...numbers(parts)];
  },
  uses: (words) => numbers(core.uses(graphOf(words))),
  layout: (words) => layout(graphOf(words)),
  limits: () => [parser.MOST, parser.FUNCTIONS],
  presets: () => PRESETS,
  script: (library, words, x) => script(library, graphOf(words), x),
  sentences: (words, x) => {
    const graph = graphOf(words), pass = core.compute(graph, x), steps = core.schedule(graph);
    return steps.map((_, step) => text.sentence(graph, x, pass, steps, step));
  },
  trouble: (words, x) => {
    const graph = graphOf(words);
    return text.trouble(graph, core.compute(graph, x));
  },
  verdict: (g, row) => text.verdict(g, row),
  fuzz: (count, seed) => fuzz(count, seed),
};

// Random strings of the language's own words: each is a graph or an ExpressionError, never anything else.
function fuzz(count, seed) {
  const words = ["a", "b", "x1", "tanh", "log", "max", "(", ")", "(", ")", "+", "-", "*", "/", "**", "^", ",", "=", ";",
    "\n", "1", "2.5", ".5", "1e3", " ", "__proto__", "constructor", "pi", "−", "×", "$", "é", "\u{1f600}", "\u0000"];
  let state = seed, good = 0;
  const draw = (n) => (state = (state * 1103515245 + 12345) % 2147483648) % 65536 % n;
  for (let i = 0; i < count; i++) {
    const sentence = Array.from({ length: 1 + draw(14) }, () => words[draw(words.length)]).join("");
    const { graph, error } = parser.tryParse(sentence);
    if ((graph === null) === (error === null)) throw new Error(sentence);
    if (!graph) continue;
    good++;
    const pass = core.compute(graph, graph.variables.map(() => 0.5)), steps = core.schedule(graph);
    steps.forEach((_, step) => text.sentence(graph, graph.variables.map(() => 0.5), pass, steps, step));
  }
  return good;
}

function mismatches(there, expected) {
  const here = numbers(there), want = numbers(expected);
  if (here.length !== want.length) return [`${here.length} numbers, not ${want.length}`];
  return want.flatMap((v, i) => (
    Object.is(v, here[i]) || v === here[i] || Math.abs(v - here[i]) <= 1e-10 * Math.max(1, Math.abs(v))
      ? [] : [[i, here[i], v]]));
}

const encoded = (key, value) => (typeof value === "number" && !Number.isFinite(value) ? String(value) : value);
const answer = ({ probe, args, expect }) => {
  const value = probes[probe](...args);
  return expect ? { mismatches: mismatches(value, expect) } : { value };
};
process.stdout.write(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(answer), encoded));
