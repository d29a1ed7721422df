// How node answers the tests (net_node.py): each line of stdin is a list of calls { probe, args, expect }, answered
// by a line with the list of results: { value }, { error } where it throws, or { mismatches } found here where
// `expect` is given. Numbers that JSON lacks travel as "NaN", "Infinity", "-Infinity".

import { createInterface } from "node:readline";

const isObject = (value) => typeof value === "object" && value !== null;
const flat = (value) => (isObject(value) ? Object.values(value).flatMap(flat) : [value]);
const toJson = (value) => {
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (ArrayBuffer.isView(value)) return Array.from(value, toJson);
  if (Array.isArray(value)) return value.map(toJson);
  return value;
};
const fromJson = (value) => {
  if (Array.isArray(value)) return value.map(fromJson);
  if (isObject(value)) return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, fromJson(v)]));
  return ["NaN", "Infinity", "-Infinity"].includes(value) ? Number(value) : value;
};

function mismatches(got, wanted, tolerance) {
  if (got.length !== wanted.length) return [`${got.length} numbers, not ${wanted.length}`];
  return got.flatMap((value, i) => {
    const want = wanted[i], equal = Object.is(value + 0, want + 0);
    if (equal || Math.abs(value - want) <= tolerance * (1 + Math.abs(want))) return [];
    return [`${i}: ${value}, not ${want}`];
  });
}

function answer(probes, { probe, args, expect, tolerance = 1e-10 }) {
  try {
    const value = probes[probe](...fromJson(args));
    if (expect === undefined) return { value: toJson(value) };
    return { mismatches: mismatches(flat(value), fromJson(expect), tolerance) };
  } catch (error) {
    return { error: `${error.name}: ${error.message}` };
  }
}

/** Answers each line of stdin until it ends; the line "covers" with `covers`. */
export async function serve(probes, covers = {}) {
  for await (const line of createInterface({ input: process.stdin })) {
    const calls = JSON.parse(line), answers = calls === "covers" ? covers : calls.map((c) => answer(probes, c));
    process.stdout.write(JSON.stringify(answers) + "\n");
  }
}
