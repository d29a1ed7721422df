// "Copy as Python": the surface as a function, and the run as a loop.

import { literal } from "./lib/python.mjs";

const FORMULAS = {
  parabola: (a, c) => `0.5 * ${c} * u**2`,
  plateau: () => "0.5 * u.tanh()**2",
  double_well: () => "u**4 / 4 + u**3 / 3 - u**2 + 8 / 3",
  quadratic: (a, c) => `0.5 * (${a} * u**2 + ${c} * v**2)`,
  ravine: (a, c) => `0.5 * ${a} * u**2 + ${c} * 0.25 * ((1 + (v / 0.5)**2).sqrt() - 1)`,
  saddle: () => "0.5 * u**2 + 0.25 * (v**2 - 1)**2",
  beale: () => "(1.5 - u + u * v)**2 + (2.25 - u + u * v**2)**2 + (2.625 - u + u * v**3)**2",
  rosenbrock: () => "(1 - u)**2 + 100 * (v - u**2)**2",
};

// The lines of loss_at(p): the surface at a point that is a Tensor of either library.
export function lossFunction({ name, surface, a, c, cos, sin }) {
  const [cx, cy] = surface.centre.map(literal), turned = sin !== 0;
  const dx = cx === "0" ? "p[0]" : `(p[0] - ${cx})`, dy = cy === "0" ? "p[1]" : `(p[1] - ${cy})`;
  const from = (centre) => (centre === "0" ? "" : `${centre} + `);
  const own = surface.dims === 1 ? ["    u = p[0]"]
    : !turned ? ["    u, v = p[0], p[1]"]
      : [`    u = ${from(cx)}${literal(cos)} * ${dx} + ${literal(sin)} * ${dy}    # the surface is turned`,
        `    v = ${from(cy)}${literal(cos)} * ${dy} - ${literal(sin)} * ${dx}`];
  return ["def loss_at(p):", ...own, `    return ${FORMULAS[name](literal(a), literal(c))}`];
}

// What the library needs, the place to start, and a loss that can be differentiated.
export function libraryLines(library, start) {
  const point = literal(start);
  return library === "torch"
    ? { imports: ["import torch"], optim: "torch.optim",
      start: `torch.tensor(${point}, dtype=torch.float64, requires_grad=True)` }
    : { imports: [
      "import numpy as np", "", "from dlnotes import optim", "from dlnotes.autograd import Tensor"],
    optim: "optim", start: `Tensor(np.array(${point}, dtype=float), requires_grad=True)` };
}

export function descentScript(place, { x, y, lr, momentum }, steps, library) {
  const { imports, start, optim } = libraryLines(library, place.surface.dims === 2 ? [x, y] : [x]);
  return [
    `"""Gradient descent on the surface "${place.name}": the loss that each step sees."""`,
    ...imports, "", "", ...lossFunction(place), "", "",
    `p = ${start}`,
    `optimizer = ${optim}.SGD([p], lr=${literal(lr)}, momentum=${literal(momentum)})`,
    `for step in range(${steps + 1}):`,
    "    optimizer.zero_grad()",
    "    loss = loss_at(p)",
    '    print(step, f"{loss.item():.12g}")',
    "    loss.backward()",
    "    optimizer.step()",
    ""].join("\n");
}
