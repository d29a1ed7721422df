// What the unrolled network says.

import { LETTERS } from "./letters.core.mjs";
import { number } from "./lib/plot.mjs";
import { norm } from "./unroll.core.mjs";

export const CELLS = [["rnn", "Elman"], ["gru", "GRU"], ["lstm", "LSTM"]];
const NAMES = Object.fromEntries(CELLS);
const sign = (code) => (code ? `“${LETTERS[code]}”` : "the end");
const percent = (log) => (Math.exp(log) < 0.001 ? "less than 0.1 %" : `${number(100 * Math.exp(log), 1)} %`);
const small = (v) => number(v, 3);

/** The step in words. */
export function sentence({ cell, pass, back, asked, target, read, reached, forward, rho, drawn }) {
  const who = `${NAMES[cell]} network${drawn ? " (random weights)" : ""}, spectral radius ${number(rho)}. `;
  if (forward) {
    if (read === 0) return `${who}Nothing read yet: the state is 0. Press Play or Step.`;
    const log_p = pass.log_p[read - 1], next = pass.inputs[read] ?? 0;
    const best = log_p.indexOf(Math.max(...log_p));
    return `${who}${read} of ${pass.T} inputs read. The state has the norm ${small(norm(pass.h[read]))}. It expects ` +
      `${sign(best)} most (${percent(log_p[best])}); what follows is ${sign(next)}, to which it gave ${percent(log_p[next])}.`;
  }
  const last = norm(back.dh[asked]), here = norm(back.dh[reached]), way = asked - reached;
  const about = `Backward from −log p(${sign(target)}) after input ${asked}: there the gradient has the norm ${small(last)}. `;
  if (way === 0) return who + about;
  const factor = (here / last) ** (1 / way);
  return `${who}${about}${way} step${way === 1 ? "" : "s"} earlier, at state ${reached}, it is ${small(here)}` +
    (here > 0 && last > 0 ? `: times ${small(factor)} a step on average.` : ".");
}

/** The numbers of one unit in one column: [name, value] pairs. */
export function unitFacts({ pass, back, at, unit, reached, asked, read, cell }) {
  const facts = [["unit, column", `${unit + 1}, ${at}`]];
  if (at <= read) facts.push(["state h", small(pass.h[at][unit])]);
  if (at <= read && cell === "lstm") facts.push(["cell c", small(pass.c[at][unit])]);
  if (at >= 1 && at <= read) {
    for (const [name, values] of Object.entries(pass.steps[at - 1])) {
      if (name.length === 1 && !"hc".includes(name)) {
        facts.push([`${"ng".includes(name) ? "candidate" : "gate"} ${name}`, small(values[unit])]);
      }
    }
  }
  if (at >= reached && at <= asked) facts.push(["gradient for h", small(back.dh[at][unit])]);
  if (at >= reached && at <= asked && cell === "lstm") facts.push(["gradient for c", small(back.dc[at][unit])]);
  return facts;
}

export const EXPLAINED = [
  "One network, copied once for each letter: every column uses the same weights. It begins with a state of " +
  "zeros (column 0), reads ▸, the sign for the beginning, and then the letters. After each it gives every letter a " +
  "probability to come next.",
  "Each row of a strip is one unit: blue above 0, orange below, pale near 0. In the gates strong blue means 1: open. A strip of a gradient " +
  "shows its direction, each column scaled to its own largest number; how long it is stands in the chart below it, whose " +
  "scale is logarithmic.",
  "The question that goes backward: how would −log p of the letter that really follows change if a number of an earlier state " +
  "were a little larger? Its answer at the chosen output is multiplied by one matrix for each step back. Nothing here is " +
  "approximated: it is the gradient with which training would change the weights.",
  "The spectral radius ρ is the size of the largest eigenvalue of the recurrent weights: of the matrix W_h of the Elman " +
  "network, in the GRU and the LSTM of the block that makes the candidate. The slider multiplies all recurrent weights by " +
  "one number. The dashes show a gradient that changes by exactly ρ in each step, as it would without tanh and gates and with a " +
  "matrix that only turns and stretches evenly.",
  "Click a column to go there, a row to pick a unit.",
];
