// What the stepper says about each step, each edge, and a value that is no number.

import { number } from "./lib/plot.mjs";

export const PRESETS = {
  product: { expression: "a*b + tanh(c)", values: [2, -3, 0.5] },
  neuron: { expression: "z = w*x + b; loss = (tanh(z) - y)**2", values: [0.5, 2, -0.3, -1] },
  twice: { expression: "a*b + sin(a)", values: [2, 0.5] },
  relu_off: { expression: "v * relu(w*x + b)", values: [1.5, -1, 2, 0.5] },
  chain: { expression: "sigmoid(sigmoid(sigmoid(sigmoid(w*x))))", values: [1, 0.5] },
  softmax: { expression: "loss = log(exp(a) + exp(b)) - a", values: [1, 2] },
  not_a_number: { expression: "b * log(a)", values: [2, -0.5] },
};
export const STORIES = {
  product: "A product and a sum",
  neuron: "A neuron and its loss",
  twice: "One variable, used twice",
  relu_off: "A ReLU that is off",
  chain: "Four sigmoids: the gradient vanishes",
  softmax: "Softmax and cross-entropy",
  not_a_number: "Logarithm of a negative number",
};

// A number with four digits and a real minus sign.
export function show(v) {
  const size = Math.abs(v);
  if (!Number.isFinite(v) || size >= 1e5 || (size > 0 && size < 5e-4)) return number(v, 3);
  return String(Number(v.toPrecision(4))).replace("-", "−");
}
// The same as a factor of a product.
const factor = (v) => (v < 0 || !Number.isFinite(v) || /×/.test(show(v)) ? `(${show(v)})` : show(v));

const SIGNS = { "+": " + ", "-": " − ", "*": " × ", "/": " / ", "**": " ** " };

function formula(op, [a, b]) {
  if (SIGNS[op]) return `${a}${SIGNS[op]}${b}`;
  if (op === "neg") return `−${a}`;
  return b === undefined ? `${op}(${a})` : `${op}(${a}, ${b})`;
}

const names = ({ nodes }, { args, k }) => args.map((place) => (place === null ? show(k) : nodes[place].name));

// "v1 = a × b"; a variable has its name alone.
export function title(graph, i) {
  const node = graph.nodes[i];
  return node.op ? `${node.name} = ${formula(node.op, names(graph, node))}` : node.name;
}

// The local derivative as a formula, by operation: one text for each slot.
const LOCAL = {
  "+": () => ["1", "1"],
  "-": () => ["1", "−1"],
  "*": (a, b) => [b, a],
  "/": (a, b, y) => [`1 / ${b}`, `−${y} / ${b}`],
  "**": (a, b, y) => [`${b} × ${a} ** (${b} − 1)`, `${y} × log(${a})`],
  max: (a, b) => [`1 if ${a} is the larger, else 0`, `1 if ${b} is the larger, else 0`],
  min: (a, b) => [`1 if ${a} is the smaller, else 0`, `1 if ${b} is the smaller, else 0`],
  neg: () => ["−1"],
  exp: (x, _, y) => [y],
  log: (x) => [`1 / ${x}`],
  tanh: (x, _, y) => [`1 − ${y}²`],
  sigmoid: (x, _, y) => [`${y} × (1 − ${y})`],
  relu: (x) => [`1 if ${x} > 0, else 0`],
  sin: (x) => [`cos(${x})`],
  cos: (x) => [`−sin(${x})`],
  sqrt: (x, _, y) => [`1 / (2 × ${y})`],
  abs: (x) => [`sign of ${x}`],
  softplus: (x) => [`sigmoid(${x})`],
};

// "∂v1/∂a = b = −3"
export function local(graph, { slopes }, i, slot) {
  const node = graph.nodes[i], [a, b] = names(graph, node);
  const words = LOCAL[node.op](a, b, node.name)[slot], slope = show(slopes[2 * i + slot]);
  const same = words === slope ? "" : `${words} = `;
  return `∂${node.name}/∂${graph.nodes[node.args[slot]].name} = ${same}${slope}`;
}

const times = (n) => (n === 2 ? "twice" : `${n} times`);

// One step in words, with its numbers.
export function sentence(graph, x, pass, steps, step) {
  const [kind, i, slot] = steps[step], { nodes } = graph, result = nodes.at(-1).name;
  const forward = steps.filter(([k]) => k === "forward").length;
  if (kind === "start") {
    return forward ? `The variables have their values. ${forward} operation${forward > 1 ? "s" : ""} to go: ` +
      "press Step or Play." : "The result is the variable itself.";
  }
  if (kind === "forward") return `Forward, ${step} of ${forward}: ${evaluated(graph, pass, i)}`;
  if (kind === "seed") {
    return `The result is ${result} = ${show(pass.values[i])}. Now backward, from ∂${result}/∂${result} = 1: ` +
      "each edge multiplies by its local derivative.";
  }
  if (kind === "check") return checked(graph, pass);
  const at = `Backward, ${step - forward - 1} of ${steps.length - forward - 3}: `;
  return at + sent(graph, pass, steps, step, i, slot);
}

function evaluated(graph, { values }, i) {
  const node = graph.nodes[i];
  const inserted = node.args.map((place) => (place === null ? node.k : values[place]));
  const words = SIGNS[node.op] || node.op === "neg" ? inserted.map(factor) : inserted.map(show);
  return `${title(graph, i)} = ${formula(node.op, words)} = ${show(values[i])}.`;
}

// The product that goes along one edge, and the sum at its end where several meet.
function sent(graph, pass, steps, step, i, slot) {
  const { nodes } = graph, result = nodes.at(-1).name, place = nodes[i].args[slot], { name } = nodes[place];
  const into = steps.flatMap(([kind, j, s], k) => (
    kind === "backward" && nodes[j].args[s] === place ? [[k, j, s]] : []));
  const parts = into.filter(([k]) => k <= step).map(([, j, s]) => pass.slopes[2 * j + s] * pass.grads[j]);
  const slope = pass.slopes[2 * i + slot], part = parts.at(-1);
  const words = `${local(graph, pass, i, slot)}. Times the gradient of ${nodes[i].name}: ` +
    `${factor(slope)} × ${factor(pass.grads[i])} = ${show(part)}`;
  if (into.length === 1) return `${words} = ∂${result}/∂${name}.`;
  const more = into.length - parts.length;
  if (parts.length === 1) return `${words}. ${name} is used ${times(into.length)}: ${more} more to add.`;
  const sum = `${parts.map(factor).join(" + ")} = ${show(parts.reduce((a, b) => a + b))}`;
  return `${words}. ${name} is used ${times(into.length)}, the parts add up: ${sum}` +
    (more ? `, ${more} more to come.` : ` = ∂${result}/∂${name}.`);
}

function checked(graph, { grads }) {
  const result = graph.nodes.at(-1).name;
  const found = graph.variables.map((i) => `∂${result}/∂${graph.nodes[i].name} = ${show(grads[i])}`);
  return `Done: ${found.join(", ")}. The table compares them with central differences.`;
}

// How the gradient g stands to [central, left, right] difference.
export function verdict(g, [middle, left, right]) {
  if (Number.isNaN(g) || Number.isNaN(middle)) return "no number to compare";
  if (!Number.isFinite(g) || !Number.isFinite(middle)) return "infinite";
  const scale = Math.max(1, Math.abs(g), Math.abs(middle));
  if (Math.abs(left - right) > 1e-2 * Math.max(1e-2, Math.abs(left), Math.abs(right))) {
    return `a kink: ${show(left)} on the left, ${show(right)} on the right`;
  }
  return Math.abs(g - middle) <= 1e-6 * scale ? "agrees" : "differs";
}

// Why a value is no finite number, in words; null if all are. The first node that spoils it is named.
export function trouble(graph, { values, slopes, grads }) {
  const i = graph.nodes.findIndex((_, k) => !Number.isFinite(values[k]));
  if (i >= 0) return `${title(graph, i)} is ${cause(graph, values, i)} ${spread(graph, values, i)}`;
  for (const [k, { args }] of graph.nodes.entries()) {
    const slot = args.findIndex((place, s) => place !== null && !Number.isFinite(slopes[2 * k + s]));
    if (slot >= 0) return `${title(graph, k)} has no finite slope here: it is vertical, or has no tangent.`;
  }
  const k = grads.findIndex((g) => !Number.isFinite(g));
  return k < 0 ? null : `The gradient of ${graph.nodes[k].name} is too large for a computer's number.`;
}

function cause(graph, values, i) {
  const { op, args, k } = graph.nodes[i];
  const [a, b] = args.map((place) => (place === null ? k : values[place]));
  if (op === "log" && a === 0) return "−∞: the logarithm of 0.";
  if (op === "log" && a < 0) return `not a number: ${show(a)} has no real logarithm.`;
  if (op === "sqrt") return `not a number: ${show(a)} has no real root.`;
  if (op === "/" && b === 0) return a === 0 ? "not a number: 0 / 0." : "infinite: a division by 0.";
  if (op === "**" && Number.isNaN(values[i])) {
    return `not a number: ${show(a)} is negative, ${show(b)} is no whole number.`;
  }
  if (op === "**" && a === 0) return "infinite: 0 to a negative power is a division by 0.";
  return "infinite: too large for a computer's number.";
}

function spread(graph, values, i) {
  const after = graph.nodes.filter((_, k) => k > i && !Number.isFinite(values[k]));
  return after.length ? `It spoils what is computed from it: ${after.map(({ name }) => name).join(", ")}.` : "";
}

export const EXPLAINED = [
  "Type a formula. Each operation becomes a box, each use of a value an arrow; a part that occurs twice is " +
  "one box. Forward, the boxes are computed in order: the upper number. Then the lower number, the gradient, " +
  "is computed from the result back: how much the result changes when this value changes a little.",
  "Each arrow carries a local derivative, which needs only the numbers of its own box. Backward, an arrow " +
  "multiplies the gradient of its box by the local derivative and hands the product on. Where several arrows " +
  "leave a value, their products add up. One pass gives all gradients, however many variables there are.",
  "The check at the end knows nothing of derivatives: it moves each variable a little to both sides, " +
  "computes the formula anew and divides the change of the result by that of the variable.",
  "Names: write z = w*x + b; tanh(z). Functions: exp, log, tanh, sigmoid, relu, softplus, sin, cos, sqrt, " +
  "abs, max, min. Powers: a**2 or a^2. Tap a box or an arrow to go to its step.",
];
