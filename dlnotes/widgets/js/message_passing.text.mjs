// What message passing says.

import { number } from "./lib/plot.mjs";

export const PRESET_NAMES = [
  ["path", "a path"], ["ring", "a ring"], ["star", "a star"], ["communities", "two communities"],
  ["barbell", "a barbell"], ["karate", "the karate club"], ["own", "your own graph"]];
export const MODE_NAMES = [["mix", "Pass messages"], ["train", "Train a graph network"]];
export const FEATURE_NAMES = [
  ["one", "one channel: 1 at A, else 0"], ["two", "two channels: A and B"], ["random", "three channels, random"]];
export const SCALINGS = [["none", "sum"], ["row", "mean: divide by the degree"], ["symmetric", "symmetric (GCN)"]];
export const TOOL_NAMES = [["move", "Move"], ["add", "Add node"], ["connect", "Connect"], ["remove", "Remove"]];

const plural = (n, word) => `${n} ${word}${n === 1 ? "" : "s"}`;
const amount = (v) => (v === 0 ? "0" : Math.abs(v) < 1e-4 ? v.toExponential(1).replace("-", "−") : number(v, v < 0.1 ? 4 : 2));
const vector = (H, i, C) => {
  const list = Array.from({ length: C }, (_, c) => amount(H[i * C + c]));
  return C === 1 ? list[0] : `(${list.join(", ")})`;
};

/** The state of the mixing in one or two sentences. */
export function mixSentence({ step, left, size, N, edges, mode, selfLoops }) {
  const parts = [`Layer ${step} of ${plural(N, "node")} and ${plural(edges.length / 2, "edge")}. `];
  if (!(size > 0)) return `${parts[0]}All features are 0: nothing is left to send.`;
  parts.push(`Differences left: ${amount(100 * left)} %. Size of all features: ${amount(size)} times that of the start. `);
  if (step > 0 && size > 1e3) parts.push("Sums grow with every layer: nothing divides them. ");
  if (!selfLoops && step > 0) parts.push("Without self-loops a node forgets what it had itself. ");
  if (left < 0.05 && mode === "row") parts.push("All nodes of a component are nearly the same: over-smoothed.");
  else if (left < 0.05) parts.push("All that tells the nodes of a component apart is their degree: over-smoothed.");
  return parts.join("").trim();
}

/** The sum that makes the picked node's value, number by number. */
export function sumSentence({ node, step, Ahat, N, C, before, after }) {
  if (step === 0) return `Node ${node} begins with ${vector(after, node, C)}. One step on, it will hear its neighbours.`;
  const parts = [], most = 6;
  let heard = 0;
  for (let j = 0; j < N; j++) {
    const a = Ahat[node * N + j];
    if (!(a > 0)) continue;
    heard++;
    if (parts.length < most) parts.push(`${amount(a)} × ${vector(before, j, C)} from ${j === node ? "itself" : `node ${j}`}`);
  }
  if (!heard) return `Node ${node} hears nobody, not even itself: its sum is empty, its value 0.`;
  const rest = heard > most ? ` + ${plural(heard - most, "more term")}` : "";
  return `Node ${node} at layer ${step}: ${parts.join(" + ")}${rest} = ${vector(after, node, C)}.`;
}

/** The training in one or two sentences. */
export function trainSentence({ step, loss, known, good, asked, N }) {
  if (!known) return "No node has a label. Give one node the label A and another the label B, then play.";
  const score = asked ? ` Right: ${good} of ${asked} nodes without a label.` : ` ${plural(N - known, "node")} without a label; their true side is not known.`;
  return `Step ${step}: ${plural(known, "label")}, loss ${amount(loss)}.${score}`;
}

export function nodeSentence({ node, P, labels, truth }) {
  const side = P[2 * node + 1] > P[2 * node] ? "B" : "A", share = Math.max(P[2 * node], P[2 * node + 1]);
  const told = labels[node] >= 0 ? `Its label ${"AB"[labels[node]]} was given.`
    : truth[node] >= 0 ? `In truth it is on the side of ${"AB"[truth[node]]}; the network was not told.`
      : "Its true side is not known.";
  return `Node ${node}: ${side} with probability ${number(share)}. ${told}`;
}

export const EXPLAINED = [
  "Every node has features, its colours: the pie shows their shares, and it is the paler the smaller they are. " +
  "In each layer every node takes the sum of what it hears along its edges; with self-loops it hears itself as " +
  "well. The sum of the picked node (dark ring) stands below with its numbers, and its row of the matrix is framed.",
  "Sum: features grow with the degree, layer by layer. Mean: each row of the matrix adds up to 1. Symmetric: " +
  "each edge is divided by the roots of both its ends' degrees, as Kipf and Welling do.",
  "The chart goes over 32 layers, in powers of ten. Solid: the share of the features by which the nodes still " +
  "differ, beyond what their degrees alone explain. When it has fallen, no later layer can tell the nodes apart: " +
  "over-smoothing. Dashed: the size of all features.",
  "Edit with mouse or finger: choose Move, Add node, Connect or Remove, then touch the picture. By keyboard, " +
  "on the ring of the picked node: arrows move it, page up and down pick another, I inserts a node, C twice " +
  "connects two, Delete removes, A, B and U set its label. The same is below under Edit by numbers.",
  "Train a graph network: two layers, each a message passing, a matrix of weights and (between them) a ReLU. It " +
  "knows no features but each node's number, and the labels that you gave. The second picture shows each node " +
  "at its two scores; a cross marks a node that the network puts on the wrong side.",
];
