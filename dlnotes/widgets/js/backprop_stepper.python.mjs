// The graph as a Python script on dlnotes.scalar or on torch. Only names that the parser let through, and
// numbers, go into it.

import { literal } from "./lib/python.mjs";

const SIGNS = ["+", "-", "*", "/"];

// What dlnotes.scalar does not have, or what stops at a wrong number there: [value, slopes] in numpy. No
// variable can have these names.
const OWN = {
  power: ["p ** q", "q * p ** (q - 1) if q else 0.0, 0.0 if p == 0 and q >= 0 else y * np.log(p)"],
  max: ["np.maximum(p, q)", "0.5 if p == q else float(p > q), 0.5 if p == q else float(q > p)"],
  min: ["np.minimum(p, q)", "0.5 if p == q else float(p < q), 0.5 if p == q else float(q < p)"],
  exp: ["np.exp(p)", "y"],
  log: ["np.log(p)", "1 / p"],
  sigmoid: ["1 / (1 + np.exp(-p))", "y * (1 - y)"],
  relu: ["np.maximum(p, 0.0)", "0.0 if p <= 0 else 1.0"],
  sin: ["np.sin(p)", "np.cos(p)"],
  cos: ["np.cos(p)", "-np.sin(p)"],
  sqrt: ["np.sqrt(p)", "0.5 / y"],
  abs: ["np.abs(p)", "np.sign(p)"],
  softplus: ["np.logaddexp(p, 0.0)", "1 / (1 + np.exp(-p))"],
};
const TORCH = {
  max: (a, b) => `torch.maximum(${a}, ${b})`,
  min: (a, b) => `torch.minimum(${a}, ${b})`,
  softplus: (a) => `torch.logaddexp(${a}, torch.zeros_like(${a}))`,
};

// The whole text for "dlnotes" or "torch"; it prints the value and each gradient to the last digit.
export function script(library, graph, x) {
  return (library === "torch" ? onTorch : onScalar)(graph, x);
}

const lines = (...parts) => `${parts.flat().join("\n")}\n`;
const last = ({ nodes }) => nodes.at(-1).name;
const variables = ({ nodes, variables }) => variables.map((i) => nodes[i].name);

function statements(graph, expression) {
  return graph.nodes.filter(({ op }) => op).map((node) => {
    const words = node.args.map((place) => (place === null ? null : graph.nodes[place].name));
    return `${node.name} = ${expression(node, words)}`;
  });
}

function onScalar(graph, x) {
  const names = variables(graph), needed = new Set();
  const value = (word, k) => word ?? `Value(np.float64(${literal(k)}))`;
  const expression = ({ op, k }, words) => {
    const [a, b] = words.map((w) => w ?? literal(k));
    if (op === "neg") return `-${a}`;
    if (op === "tanh") return `${a}.tanh()`;
    if (SIGNS.includes(op) || (op === "**" && words[1] === null)) return `${a} ${op} ${b}`;
    const own = op === "**" ? "power" : op;
    needed.add(own);
    return `${own}(${words.map((w) => value(w, k)).join(", ")})`;
  };
  const body = statements(graph, expression);
  return lines(
    "import numpy as np", "from dlnotes.scalar import Value", "",
    'np.seterr(all="ignore")      # what has no value becomes nan', "", "",
    [...needed].flatMap((name) => helper(name, ...OWN[name])),
    names.map((name, i) => `${name} = ${value(null, x[i])}`), body,
    `${last(graph)}.backward()`, "",
    `print("${last(graph)} =", float(${last(graph)}.data))`,
    names.map((name) => `print("d${last(graph)}/d${name} =", float(${name}.grad))`));
}

function helper(name, value, slopes) {
  const two = /\bq\b/.test(value), inputs = two ? "first, second" : "first";
  return [
    `def ${name}(${inputs}):`, `    p${two ? ", q" : ""} = first.data${two ? ", second.data" : ""}`,
    `    y = ${value}`, `    slopes = ${slopes}${two ? "" : ","}`,
    `    return Value(y, (${inputs}${two ? "" : ","}), slopes, "${name}")`, "", ""];
}

function onTorch(graph, x) {
  const names = variables(graph), number = (k) => `torch.tensor(${literal(k)}, dtype=torch.float64)`;
  const expression = ({ op, k }, words) => {
    const [a, b] = words.map((w) => w ?? literal(k));
    if (op === "neg") return `-${a}`;
    if (SIGNS.includes(op) || op === "**") return `${a} ${op} ${b}`;
    if (TORCH[op]) return TORCH[op](...words.map((w) => w ?? number(k)));
    return `torch.${op}(${a})`;
  };
  return lines(
    "import torch", "",
    names.map((name, i) => `${name} = ${number(x[i]).slice(0, -1)}, requires_grad=True)`),
    statements(graph, expression),
    `${last(graph)}.backward()`, "",
    `print("${last(graph)} =", ${last(graph)}.item())`,
    names.map((name) => `print("d${last(graph)}/d${name} =", ${name}.grad.item())`));
}
