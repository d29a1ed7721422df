// "Copy as Python": the fit on the screen as a script that prints its error.

import { firstParams } from "./curve_fitter.core.mjs";
import { literal, wrapped } from "./lib/python.mjs";

const ACTIVATED = {
  relu: "z.relu()", leaky_relu: "(z.relu() - 0.01 * (-z).relu())", swish: "(z * z.sigmoid())",
  tanh: "z.tanh()", sigmoid: "z.sigmoid()", rbf: "(-z * z).exp()", identity: "z" };
const STEP = { dlnotes: "Tensor((z.data >= 0) * 1.0)", torch: "(z >= 0).double()" };
const LIBRARY = {
  dlnotes: {
    imports: ["import numpy as np", "", "from dlnotes import optim", "from dlnotes.autograd import Tensor"],
    x: "np.linspace(-2, 2, 41)", array: ["np.array([", "])"], adam: "optim.Adam",
    parameter: "Tensor(np.array(p, dtype=float), requires_grad=True)" },
  torch: {
    imports: ["import torch"], x: "torch.linspace(-2, 2, 41, dtype=torch.float64)",
    array: ["torch.tensor([", "], dtype=torch.float64)"], adam: "torch.optim.Adam",
    parameter: "torch.tensor(p, dtype=torch.float64, requires_grad=True)" } };

export function fitScript(settings, step, library) {
  const { units, mode, curve, activation, lr } = settings, build = mode === "build";
  const { imports, x, array, adam, parameter } = LIBRARY[library];
  const first = firstParams(settings, build ? step : units, new Float64Array(3 * units + 1));
  const rows = ["weights", "biases", "output weights"].flatMap((words, k) => [
    "    [", wrapped(first.subarray(k * units, (k + 1) * units), 8), `    ],  # ${words}`]);
  const f = activation === "step" ? STEP[library] : ACTIVATED[activation];
  return [
    build ? `"""${step} of ${units} ReLU units built by hand: their error on the curve."""`
      : `"""${units} units (${activation}) after ${step} steps: their error on the curve."""`,
    ...imports, "",
    `x = ${x}`,
    `curve = ${array[0]}`, wrapped(curve), array[1],
    "first = [", ...rows, `    [${literal(first.at(-1))}],  # output bias`, "]",
    `parameters = [${parameter} for p in first]`,
    "w, b, v, c = parameters", "", "",
    "def error():",
    "    z = x[:, None] * w + b  # (41, H)",
    `    y_hat = ${f} @ v + c  # (41,)`,
    "    return ((y_hat - curve) ** 2).mean()", "", "",
    ...(build ? [] : [
      `optimizer = ${adam}(parameters, lr=${literal(lr)})`,
      `for step in range(${step}):`,
      "    optimizer.zero_grad()",
      "    error().backward()",
      "    optimizer.step()"]),
    'print(f"{error().item() ** 0.5:.12g}")',
    ""].join("\n");
}
