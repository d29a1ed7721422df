// Calls the widgets' JavaScript for tests/test_widgets_parity.py. Reads from stdin a list of calls { probe,
// args, expect }, writes the list of results, each { value } or, where `expect` is given, { mismatches }
// found on this side. A probe is called "module:export". Numbers that JSON lacks travel as the strings "NaN",
// "Infinity", "-Infinity".

import { readFileSync } from "node:fs";
import * as activations from "../dlnotes/widgets/js/activations.core.mjs";
import * as explorer from "../dlnotes/widgets/js/activation_explorer.text.mjs";
import * as net from "../dlnotes/widgets/js/kill_and_revive.core.mjs";
import * as words from "../dlnotes/widgets/js/kill_and_revive.text.mjs";
import * as num from "../dlnotes/widgets/js/lib/num.mjs";
import * as link from "../dlnotes/widgets/js/lib/link.mjs";
import * as plot from "../dlnotes/widgets/js/lib/plot.mjs";

const row = (list) => Float64Array.from(list);
const room = (size) => new Float64Array(size).fill(NaN);    // a place that is not written shows

const probes = {
  "lib/num.mjs:clamp": (X, low, high) => X.map((x) => num.clamp(x, low, high)),
  "lib/num.mjs:linspace": (start, stop, count) => num.linspace(start, stop, room(count)),
  "lib/num.mjs:matmul": (X, W, N, D, H) => num.matmul(row(X), row(W), N, D, H, room(N * H)),
  "lib/num.mjs:matmulTN": (X, dY, N, D, H) => num.matmulTN(row(X), row(dY), N, D, H, room(D * H)),
  "lib/num.mjs:matmulNT": (dY, W, N, H, D) => num.matmulNT(row(dY), row(W), N, H, D, room(N * D)),
  "lib/num.mjs:mean": (X) => num.mean(row(X)),
  "lib/num.mjs:variance": (X) => num.variance(row(X)),
  "lib/num.mjs:histogram": (X, low, high, bins) => num.histogram(row(X), low, high, room(bins)),
  "lib/num.mjs:kernelDensity": (counts, bandwidth) => num.kernelDensity(row(counts), bandwidth, room(counts.length)),
  "lib/num.mjs:erfc": (X) => X.map(num.erfc),
  "lib/num.mjs:Stream": (seed, position, uniforms, normals) => {
    const stream = new num.Stream(seed);
    stream.position = position;
    const draw = (length, one) => Array.from({ length }, one);
    return [...draw(uniforms, () => stream.uniform()), ...draw(normals, () => stream.normal())];
  },
  "activations.core.mjs:value": (name, X, settings) => X.map((x) => activations.value(name, x, settings)),
  "activations.core.mjs:slope": (name, X, settings) => X.map((x) => activations.slope(name, x, settings)),
  "activations.core.mjs:saturationZones": (...args) => activations.saturationZones(...args),
  "kill_and_revive.core.mjs:makeNet": (n) => {
    const { p, Z1, Z2, Y_hat } = net.makeNet(n);
    return [...Object.values(p), Z1, Z2, Y_hat].map((part) => part.length);
  },
  "kill_and_revive.core.mjs:initial": (...args) => net.initial(...args, room(net.SIZE)),
  "kill_and_revive.core.mjs:forward": (params, X, alpha) => {
    const made = forward(params, X, alpha);
    return [made.Z1, made.Z2, made.Y_hat].map((Z) => [...Z]);
  },
  "kill_and_revive.core.mjs:backward": (params, X, Y, alpha) => {
    const made = forward(params, X, alpha);
    const loss = net.backward(made, row(X), row(Y), alpha);
    return [[loss], [...made.grad]];
  },
  "kill_and_revive.core.mjs:run": (settings) => {
    const run = net.run(settings, net.makeHistory(settings.steps));
    const { length, params, loss, active, norms, states, low, high } = run;
    const cut = (rows) => rows.map((list) => [...list.subarray(0, length)]);
    return {
      params: [...params.subarray(0, length * net.SIZE)], loss: [...loss.subarray(0, length)],
      active: cut(active), norms: cut(norms), states: cut(states), low: [...low], high: [...high] };
  },
  "kill_and_revive.core.mjs:makeHistory": (steps) => {
    const { loss, active, params } = net.makeHistory(steps);
    return [loss.length, active.length, params.length];
  },
  "kill_and_revive.core.mjs:states": (active, alpha) => (
    [...net.states(row(active), active.length, alpha, new Uint8Array(active.length))]),
  "kill_and_revive.core.mjs:since": (codes, step) => net.since(codes, step),
  "lib/plot.mjs:Scale": (kind, low, high, start, end, values) => {
    const scale = new plot.Scale(kind);
    scale.set(low, high, start, end);
    const pixels = values.map((v) => scale.at(v));
    return { pixels, back: pixels.map((p) => scale.invert(p)), ticks: scale.ticks() };
  },
  "lib/plot.mjs:number": (value, digits) => plot.number(value, digits),
  "activation_explorer.text.mjs:zoneWords": (...args) => explorer.zoneWords(...args),
  "kill_and_revive.text.mjs:sentence": (settings, step) => {
    const run = net.run(settings, net.makeHistory(settings.steps));
    const u = net.HIDDEN * (settings.layer - 1) + settings.unit;
    return words.sentence(run, step, u, settings.alpha, net.STATES[run.states[u][step]]);
  },
  "lib/link.mjs:numberIn": (text, ...range) => link.numberIn(...range)(text) ?? "refused",
  "lib/link.mjs:oneOf": (text, values) => link.oneOf(...values)(text) ?? "refused",
  "lib/link.mjs:listOf": (text, values, most) => link.listOf(values, most)(text) ?? "refused",
};

// Each activation function f(x, ...settings) and fBackward(dY, x, ...settings), number by number; constants
// as they are.
for (const [name, member] of Object.entries(activations)) {
  const probe = `activations.core.mjs:${name}`;
  if (typeof member !== "function" || probes[probe]) continue;
  probes[probe] = name.endsWith("Backward")
    ? (dY, X, ...settings) => X.map((x, i) => member(dY[i], x, ...settings))
    : (X, ...settings) => X.map((x) => member(x, ...settings));
}
for (const name of ["X", "Y", "N", "HIDDEN", "SIZE", "STATES", "PRESETS"]) {
  probes[`kill_and_revive.core.mjs:${name}`] = () => net[name];
}
probes["activations.core.mjs:ACTIVATIONS"] = () => (
  Object.fromEntries(Object.entries(activations.ACTIVATIONS).map(([name, { takes }]) => [name, takes])));
for (const name of ["WORDS", "FAMILIES", "SETS", "KINKS"]) {
  probes[`activation_explorer.text.mjs:${name}`] = () => explorer[name];
}

function forward(params, X, alpha) {
  const made = net.makeNet(X.length);
  made.params.set(params);
  net.forward(made, row(X), alpha);
  return made;
}

const SPECIAL = { NaN, Infinity, "-Infinity": -Infinity };
function encode(v) {
  if (typeof v === "number") return Number.isFinite(v) ? v : String(v);
  if (Array.isArray(v) || ArrayBuffer.isView(v)) return Array.from(v, encode);
  if (!v || typeof v !== "object") return v;
  return Object.fromEntries(Object.entries(v).map(([key, x]) => [key, encode(x)]));
}

// Places where |got - expected| > 1e-12 |expected| + 1e-14, or only one of them is not a number.
function mismatches(got, expected) {
  const flat = (v) => [ArrayBuffer.isView(v) ? [...v] : v].flat(Infinity);
  const [a, b] = [flat(got), flat(expected)];
  if (a.length !== b.length) return [`${a.length} numbers for ${b.length}`];
  const bad = (x, y) => !(Object.is(x, y) || x === y || Math.abs(x - y) <= 1e-12 * Math.abs(y) + 1e-14);
  return a.flatMap((x, i) => (bad(x, b[i]) ? [`at ${i}: ${x} for ${b[i]}`] : []));
}

const calls = JSON.parse(readFileSync(0, "utf8"), (_, v) => (Object.hasOwn(SPECIAL, v) ? SPECIAL[v] : v));
if (calls === "list") {
  process.stdout.write(JSON.stringify(Object.keys(probes)));
} else {
  process.stdout.write(JSON.stringify(calls.map(({ probe, args, expect }) => {
    const value = probes[probe](...args);
    return expect === undefined ? { value: encode(value) } : { mismatches: mismatches(value, expect) };
  })));
}
