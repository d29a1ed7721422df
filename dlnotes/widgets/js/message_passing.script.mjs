// "Copy as Python": what is on the screen as a script that prints its numbers.

import { channels, features } from "./graphs.core.mjs";
import { createGcn } from "./gcn.core.mjs";
import { literal, wrapped } from "./lib/python.mjs";

const title = (mode) => (mode === "train" ? "A graph network of two layers, trained on the labels of the screen."
  : "Message passing: the size of all features, as a multiple of the start, and those of one node.");

const IMPORTS = {
  dlnotes: {
    mix: ["import numpy as np", "", "from dlnotes.ops.graph import normalize_adjacency"],
    train: [
      "import numpy as np", "", "from dlnotes import optim", "from dlnotes.autograd import Tensor",
      "from dlnotes.nn import functional as F", "from dlnotes.ops.graph import normalize_adjacency"] },
  torch: { mix: ["import torch"], train: ["import torch", "from torch.nn import functional as F"] } };

function array(library, values, shape, whole = false) {
  const [open, close] = library === "torch" ? ["torch.tensor([", whole ? "], dtype=torch.int64)" : "], dtype=torch.float64)"]
    : ["np.array([", whole ? "], dtype=int)" : "], dtype=float)"];
  return [open, wrapped(values), `${close}${shape}`];
}
const named = (name, [open, ...rest]) => [`${name} = ${open}`, ...rest];

function normalized(library, { mode, selfLoops }) {
  if (library === "dlnotes") {
    return [`A_hat = normalize_adjacency(A, self_loops=${literal(selfLoops)}, mode=${literal(mode)})`];
  }
  const scale = {
    none: [], row: ["A_hat = A_hat / degree[:, None]"],
    symmetric: ["A_hat = A_hat / (degree[:, None] * degree).sqrt()"] }[mode];
  return [
    selfLoops ? "A_hat = A + torch.eye(N, dtype=torch.float64)" : "A_hat = A.clone()",
    ...(mode === "none" ? [] : ["degree = A_hat.sum(dim=1)", "degree[degree == 0] = torch.inf  # a node that hears nobody"]),
    ...scale];
}

function parameter(library, name, values, shape) {
  const lines = array(library, values, `.reshape(${shape})`);
  if (library === "torch") return [...named(name, lines).slice(0, -1), `${lines.at(-1)}.requires_grad_()`];
  return [`${name} = Tensor(${lines[0]}`, lines[1], `${lines[2]}, requires_grad=True)`];
}

/** @param s { graph, kind, seed, mode, selfLoops, task: "mix" or "train", node, hidden, lr }, settings as in the view */
export function graphScript(s, Ahat, step, library) {
  const { labels, edges } = s.graph, N = labels.length, np = library === "torch" ? "torch" : "np";
  const float = library === "torch" ? ", dtype=torch.float64" : "";
  const head = [
    `"""${title(s.task)}"""`, ...IMPORTS[library][s.task], "", `N = ${N}`,
    ...named("edges", array(library, edges, ".reshape(-1, 2)", true)),
    `A = ${np}.zeros((N, N)${float})`,
    "A[edges[:, 0], edges[:, 1]] = A[edges[:, 1], edges[:, 0]] = 1",
    ...normalized(library, s), ""];
  if (s.task === "mix") {
    const C = channels(s.kind), H = features(s.kind, labels, s.seed);
    return [
      ...head, ...named("H", array(library, H, `.reshape(N, ${C})`)), `start = ${np}.linalg.norm(H)`,
      `for layer in range(${step}):`, "    H = A_hat @ H",
      `size = float(${np}.linalg.norm(H) / start) if start > 0 else 0.0`,
      `print(f"{size:.12g}", *(f"{v:.12g}" for v in H[${s.node}].tolist()))`, ""].join("\n");
  }
  const gcn = createGcn({ Ahat, N, hidden: s.hidden, seed: s.seed, labels, lr: s.lr, steps: 0 }), [W1, , W2] = gcn.weights;
  const known = labels.flatMap((y, i) => (y < 0 ? [] : [i]));
  return [
    ...head, ...named("known", array(library, known, "", true)),
    ...named("y", array(library, known.map((i) => labels[i]), "", true)),
    ...parameter(library, "W1", W1, `N, ${s.hidden}`), ...parameter(library, "b1", Array(s.hidden).fill(0), s.hidden),
    ...parameter(library, "W2", W2, `${s.hidden}, 2`), ...parameter(library, "b2", [0, 0], 2), "", "",
    "def scores():", "    A1 = (A_hat @ W1 + b1).relu()  # X is the identity", "    return A_hat @ A1 @ W2 + b2  # (N, 2)", "", "",
    `optimizer = ${library === "torch" ? "torch.optim.Adam" : "optim.Adam"}([W1, b1, W2, b2], lr=${literal(s.lr)})`,
    `for step in range(${step}):`, "    optimizer.zero_grad()", "    F.cross_entropy(scores()[known], y).backward()",
    "    optimizer.step()",
    "print(f\"{F.cross_entropy(scores()[known], y).item():.12g}\")", ""].join("\n");
}
