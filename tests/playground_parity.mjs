// Calls the playground's cores for tests/test_playground.py: each line of stdin is a call { probe, args },
// each
// line of stdout its { value } or { error }. Numbers that JSON lacks travel as "NaN", "Infinity",
// "-Infinity".

import { createInterface } from "node:readline";
import * as core from "../dlnotes/widgets/js/playground.core.mjs";
import * as data from "../dlnotes/widgets/js/playground.data.core.mjs";
import * as guide from "../dlnotes/widgets/js/playground.guide.core.mjs";
import * as settings from "../dlnotes/widgets/js/playground.settings.core.mjs";
import * as step from "../dlnotes/widgets/js/playground.step.core.mjs";
import { pagesOf } from "../dlnotes/widgets/js/playground.step.text.mjs";
import { VERDICTS, formula, sentence } from "../dlnotes/widgets/js/playground.text.mjs";
import { trainingScript } from "../dlnotes/widgets/js/training_script.mjs";

const sessionOf = (raw) => {
  const { structure, live } = settings.sane(raw);
  return core.createSession(structure, live, raw.changes ?? []);
};
const at = (raw, epoch = raw.epoch ?? 0) => {
  const session = sessionOf(raw);
  core.advance(session, epoch);
  return session;
};
const curve = (session, name) => session.curves[name].slice(0, session.reached + 1);
const seen = (session) => ({
  epoch: session.epoch, reached: session.reached, ended: session.ended, steps: session.run?.step ?? 0,
    params: session.net.params,
  train: curve(session, "train"), test: curve(session, "test"),
    stepAt: core.stepAt(session, session.epoch) });

const probes = {
  fields: () => Object.fromEntries(Object.entries({ ...settings.STRUCTURE,
    ...settings.LIVE }).map(([name, field]) => (
    [name, { low: field.low, high: field.high, names: field.names, first: field.first, most: field.most }]))),
  tables: () => ({ live: Object.keys(settings.LIVE), structure: Object.keys(settings.STRUCTURE),
    windows: core.WINDOWS, last: core.LAST }),
  sane: (raw) => settings.sane(raw),
  changed: (segments, epoch, values) => settings.changed(segments, epoch, values),
  segments: (changes, raw) => settings.segmentsOf(changes, settings.sane(raw).live),
  divergence: (a, b) => settings.divergence(a, b),
  run: (raw) => seen(at(raw)),
  // A run that goes to each of `epochs` in turn: its parameters at each of them.
  wander: (raw, epochs) => {
    const session = sessionOf(raw);
    return epochs.map((epoch) => { core.advance(session, epoch); return Array.from(session.net.params); });
  },
  patience: (raw, epoch) => {
    const session = sessionOf(raw), calls = [];
    do calls.push(session.epoch); while (!core.advance(session, epoch, 0) && calls.length < 10000);
    return { calls: calls.length, ...seen(session) };
  },
  // Changes made on the way, as the view makes them: [[epoch, values], ...] and then to the last epoch.
  retune: (raw, moves, last) => {
    const session = sessionOf(raw);
    let traits = raw;
    for (const [epoch, values] of moves) {
      core.advance(session, epoch);
      traits = { ...traits, ...settings.changed(session.segments, epoch, values) };
      core.resettle(session, settings.sane(traits).live, traits.changes);
    }
    core.advance(session, last);
    return { traits, log: session.run.log, ...seen(session) };
  },
  metrics: (raw, part) => { const session = at(raw); return core.metrics(session, session[part]); },
  field: (raw, n) => { const session = at(raw), grid = core.createGrid(session, n); return [grid.points,
    core.field(session, grid)]; },
  script: (raw, library, further = 0) => {
    const session = at(raw, further || raw.epoch);
    core.advance(session, raw.epoch);
    return [trainingScript(core.scriptSpec(session), library),
      ...["train", "test"].map((name) => session.curves[name][session.epoch])];
  },
  readPoints: data.readPoints,
  readTime: (text) => { const start = performance.now(),
    { points } = data.readPoints(text); return [points?.length ?? 0, performance.now() - start]; },
  thin: data.thin, fit: data.fit, readNumber: data.readNumber, addPoint: data.addPoint,
    erasePoints: data.erasePoints,
  table: (points) => [data.asTable(points), data.readPoints(data.asTable(points)).points],
  trouble: (raw) => { const session = sessionOf(raw); return data.dataTrouble(raw.own, session.train,
    session.test); },
  guide: (raw, epochs) => {
    const session = sessionOf(raw);
    return epochs.map((epoch) => { core.advance(session,
      epoch); return guide.diagnose(guide.look(session)); });
  },
  words: () => Object.fromEntries(Object.entries(VERDICTS).map(([name, [sick, badge]]) => [name,
    [sick, badge]])),
  saysAll: (raw, epochs) => probes.guide(raw,
    epochs).flat().map((verdict) => VERDICTS[verdict.name][2](verdict)),
  diagnose: (given) => guide.diagnose({ ...given, train: Float64Array.from(given.train),
    test: Float64Array.from(given.test) }),
  constantLoss: guide.constantLoss,
  update: (raw, n) => step.oneUpdate(at(raw), n),
  untouched: (raw, n) => {
    const session = at(raw), before = session.net.params.slice(),
      memory = session.run.optimizer.memory.slice();
    step.oneUpdate(session, n);
    return before.every((v, i) => v === session.net.params[i])
      && memory.every((v, i) => v === session.run.optimizer.memory[i]);
  },
  pages: (raw, n) => { const session = at(raw); return pagesOf(step.oneUpdate(session, n), session); },
  formula: (raw, it) => formula(at(raw), it, step.unitOf),
  sentence: (raw) => sentence(at(raw)),
};

const odd = (key, value) => {
  if (ArrayBuffer.isView(value)) return Array.from(value);
  return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
};
for await (const line of createInterface({ input: process.stdin })) {
  let answer;
  try {
    const { probe, args } = JSON.parse(line);
    answer = { value: probes[probe](...args) };
  } catch (error) {
    answer = { error: `${error.name}: ${error.message}` };
  }
  console.log(JSON.stringify(answer, odd) ?? "{}");
}
