// Values forward and gradients backward through a graph of scalars: the twin of backprop_stepper.py.

const sigmoid = (x) => 1 / (1 + Math.exp(-x));
const larger = (a, b) => (a === b ? 0.5 : a < b ? 0 : 1);

// C, Python and torch say 1 where JavaScript says "not a number".
const power = (a, b) => (a === 1 || (a === -1 && Math.abs(b) === Infinity) ? 1 : a ** b);

// operation -> value(arguments), slopes(first, second argument, value). Twin: OPERATIONS of
// backprop_expression.py.
const OPERATIONS = {
  "+": [(a, b) => a + b, () => [1, 1]],
  "-": [(a, b) => a - b, () => [1, -1]],
  "*": [(a, b) => a * b, (a, b) => [b, a]],
  "/": [(a, b) => a / b, (a, b, y) => [1 / b, -y / b]],
  "**": [power, (a, b, y) => [
    b !== 0 ? b * power(a, b - 1) : 0, a === 0 && b >= 0 ? 0 : y * Math.log(a)]],
  max: [Math.max, (a, b) => [larger(a, b), larger(b, a)]],
  min: [Math.min, (a, b) => [larger(b, a), larger(a, b)]],
  neg: [(x) => -x, () => [-1]],
  exp: [Math.exp, (x, _, y) => [y]],
  log: [Math.log, (x) => [1 / x]],
  tanh: [Math.tanh, (x, _, y) => [1 - y * y]],
  sigmoid: [sigmoid, (x, _, y) => [y * (1 - y)]],
  relu: [(x) => Math.max(x, 0), (x) => [x <= 0 ? 0 : 1]],
  sin: [Math.sin, (x) => [Math.cos(x)]],
  cos: [Math.cos, (x) => [-Math.sin(x)]],
  sqrt: [Math.sqrt, (x, _, y) => [0.5 / y]],
  abs: [Math.abs, (x) => [Math.sign(x)]],
  softplus: [(x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))), (x) => [sigmoid(x)]],
};

export const apply = (op, ...args) => OPERATIONS[op][0](...args);

// Forward and backward pass at the point x: values and grads, one a node; slopes, two a node (0 where it has
// one argument, or a constant one).
export function compute({ nodes, variables }, x) {
  const n = nodes.length, values = new Float64Array(n), slopes = new Float64Array(2 * n);
  variables.forEach((place, i) => { values[place] = x[i]; });
  nodes.forEach(({ op, args, k }, i) => {
    if (!op) return;
    const [a, b] = args.map((place) => (place === null ? k : values[place]));
    values[i] = OPERATIONS[op][0](a, b);
    const found = OPERATIONS[op][1](a, b, values[i]);
    args.forEach((place, slot) => { if (place !== null) slopes[2 * i + slot] = found[slot]; });
  });
  return { values, slopes, grads: backward(nodes, slopes, new Float64Array(n)) };
}

function backward(nodes, slopes, grads) {
  grads[nodes.length - 1] = 1;
  for (let i = nodes.length - 1; i >= 0; i--) {
    nodes[i].args.forEach((place, slot) => {
      if (place !== null) grads[place] += slopes[2 * i + slot] * grads[i];
    });
  }
  return grads;
}

// Slope towards each variable from the values on both sides of it: [central, left, right].
export function central(graph, x, h = 1e-5) {
  const at = (i, move) => compute(graph, x.map((v, j) => (j === i ? v + move : v))).values.at(-1);
  const f = compute(graph, x).values.at(-1);
  return x.map((v, i) => {
    const step = h * Math.max(1, Math.abs(v)), left = at(i, -step), right = at(i, step);
    return [(right - left) / (2 * step), (f - left) / step, (right - f) / step];
  });
}

// What happens in each step, as [kind, node, slot]: "start"; "forward" for each operation; "seed" for the
// result; "backward" for each argument of each operation, last operation first; "check".
export function schedule({ nodes }) {
  const order = nodes.map((_, i) => i).filter((i) => nodes[i].op);
  const edges = [...order].reverse().flatMap((i) => (
    nodes[i].args.flatMap((place, slot) => (place === null ? [] : [["backward", i, slot]]))));
  return [["start", -1, -1], ...order.map((i) => ["forward", i, -1]), ["seed", nodes.length - 1, -1],
    ...edges, ["check", -1, -1]];
}

// What is known after `step` steps: which values, the gradients so far, and how many parts each has.
export function partial({ nodes }, { slopes }, steps, step) {
  const known = nodes.map(({ op }) => !op);
  const grads = new Float64Array(nodes.length), parts = new Uint8Array(nodes.length);
  for (const [kind, i, slot] of steps.slice(1, step + 1)) {
    if (kind === "forward") known[i] = true;
    if (kind === "seed") { grads[i] = 1; parts[i] = 1; }
    if (kind !== "backward") continue;
    const place = nodes[i].args[slot];
    grads[place] += slopes[2 * i + slot] * grads[i];
    parts[place]++;
  }
  return { known, grads, parts };
}

// How many parts the gradient of each node has: one for each use, and one for the result.
export function uses({ nodes }) {
  const count = new Uint8Array(nodes.length);
  count[nodes.length - 1] = 1;
  for (const { args } of nodes) for (const place of args) if (place !== null) count[place]++;
  return count;
}
