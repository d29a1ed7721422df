// The run on the screen as a Python script, on dlnotes or on torch; it prints the mistakes and the weights.

import { MOST, orderOf } from "./perceptron_stepper.core.mjs";
import { wrapped } from "./lib/python.mjs";

const DLNOTES = (points, order) => `import numpy as np

from dlnotes.perceptron import max_margin, pla, with_bias

points = np.array([          # x, y and class of each point
${points}
]).reshape(-1, 3)
order = np.array([
${order}
], dtype=int)
X, y = with_bias(points[:, :2]), points[:, 2]
run = pla(X, y, order=order, mistakes=${MOST})
print(run.end, "after", len(run.rows), "mistakes, weights", run.W[-1].tolist())
if len(X):
    print("widest margin", max_margin(X, y).gamma)
`;

const TORCH = (points, order) => `import torch

points = torch.tensor([          # x, y and class of each point
${points}
], dtype=torch.float64).reshape(-1, 3)
order = [
${order}
]
X, y = torch.cat([points[:, :2], torch.ones_like(points[:, :1])], dim=1), points[:, 2]
w, mistakes, clean = torch.zeros(3, dtype=torch.float64), 0, False
while not clean and mistakes < ${MOST}:          # without a limit: for ever, if no line separates the classes
    clean = True
    for i in order:
        if mistakes < ${MOST} and y[i] * (w @ X[i]) <= 0:
            w, mistakes, clean = w + y[i] * X[i], mistakes + 1, False
print(mistakes, "mistakes, weights", w.tolist())
`;

// library: "dlnotes" or "torch".
export function script(library, points, seed) {
  const order = orderOf(seed, points.length / 3);
  const rows = points.length ? wrapped(points, 4) : "";
  return (library === "torch" ? TORCH : DLNOTES)(rows, order.length ? wrapped(order, 4) : "");
}
