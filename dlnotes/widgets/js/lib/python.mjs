// "Copy as Python": what is on the screen as a script. Only values go into it, as literals made here; nothing
// that a reader typed is pasted as code.

import { copyText } from "./ui.mjs";

// A value as a Python literal: numbers to their last digit, texts quoted, lists and dictionaries.
export function literal(value) {
  if (value === null || value === undefined) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "number") {
    if (Number.isFinite(value)) return Object.is(value, -0) ? "-0.0" : String(value);
    return `float("${Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf"}")`;
  }
  if (typeof value === "string") {
    return JSON.stringify(value).replace(/[\u{7f}-\u{10ffff}]/gu, (c) => (
      `\\U${c.codePointAt(0).toString(16).padStart(8, "0")}`));
  }
  if (typeof value === "object" && typeof value[Symbol.iterator] === "function") {
    return `[${Array.from(value, literal).join(", ")}]`;
  }
  return `{${Object.entries(value).map(([k, v]) => `${literal(k)}: ${literal(v)}`).join(", ")}}`;
}

// Keyword arguments: lr=0.1, momentum=0.9.
export const keywords = (settings) => (
  Object.entries(settings).map(([name, value]) => `${name}=${literal(value)}`).join(", "));

// A long list in lines of at most `width` characters, for the inside of brackets.
export function wrapped(values, indent = 4, width = 100) {
  const lines = [""];
  for (const word of Array.from(values, (value) => `${literal(value)}, `)) {
    if (lines.at(-1).length + word.length > width - indent) lines.push("");
    lines[lines.length - 1] += word;
  }
  return lines.map((line) => " ".repeat(indent) + line.trimEnd()).join("\n");
}

// The two buttons; script(library) is the whole text for "dlnotes" or "torch".
export const pythonButtons = (ui, script) => [
  copyText(ui, "Copy as Python (dlnotes)", () => script("dlnotes"), "Python copied"),
  copyText(ui, "Copy as Python (torch)", () => script("torch"), "Python copied")];
