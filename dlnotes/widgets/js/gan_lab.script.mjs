// "Copy as Python": the run on the screen as a script that prints its numbers.

import { literal, wrapped } from "./lib/python.mjs";

const LIBRARY = {
  dlnotes: {
    imports: ["from dlnotes import optim", "from dlnotes.autograd import Tensor",
      "from dlnotes.nn import functional as F"],
    parameter: "Tensor(p, requires_grad=True)", numpy: "data",
    clamp: "p.data[...] = np.clip(p.data, -CLIP, CLIP)", tanh: "A.tanh()", optim: "optim",
    copy: "optimizer.state_dict()", kept: "p.data.copy()" },
  torch: {
    imports: ["import copy", "import torch", "import torch.nn.functional as F"],
    parameter: "torch.tensor(p, requires_grad=True)", numpy: "detach().numpy()",
    clamp: "p.data.clamp_(-CLIP, CLIP)", tanh: "torch.tanh(A)",
    optim: "torch.optim", copy: "copy.deepcopy(optimizer.state_dict())", kept: "p.detach().clone()" } };

// Losses of the scores `real` and `fake`, by the browser's names.
const LOSSES = {
  non_saturating: ["softplus(-real).mean() + softplus(fake).mean()", "softplus(-fake).mean()"],
  minimax: ["softplus(-real).mean() + softplus(fake).mean()", "-softplus(fake).mean()"],
  least_squares: ["((real - 1) ** 2).mean() / 2 + (fake ** 2).mean() / 2", "((fake - 1) ** 2).mean() / 2"],
  wasserstein: ["fake.mean() - real.mean()", "-fake.mean()"] };

const SCHEMES = {
  alternating: (s) => [
    `    for _ in range(${s.d_steps}):`,
    "        move(0, d_gradient(*game.batch()))",
    "    move(1, g_gradient(game.noise()))"],
  simultaneous: () => [
    "    batch, z = game.batch(), game.noise()",
    "    both = d_gradient(*batch), g_gradient(z)         # at the same place",
    "    move(0, both[0])",
    "    move(1, both[1])"],
  extragradient: () => [
    "    batch, z = game.batch(), game.noise()",
    "    before = [[$KEPT for p in params] for params in players]",
    "    states = [$COPY for optimizer in optimizers]",
    "    both = d_gradient(*batch), g_gradient(z)",
    "    move(0, both[0])",
    "    move(1, both[1])",
    "    both = d_gradient(*batch), g_gradient(z)         # where the step would lead",
    "    for params, old in zip(players, before):",
    "        for p, x in zip(params, old):",
    "            p.data[...] = x",
    "    for optimizer, state in zip(optimizers, states):",
    "        optimizer.load_state_dict(state)",
    "    move(0, both[0])",
    "    move(1, both[1])"] };

function settingsLines({ own, ...rest }) {
  const lines = [];
  for (const [name, value] of Object.entries(rest)) {
    const word = `${name}=${literal(value)}`;
    if (lines.length && lines.at(-1).length + word.length < 96) lines[lines.length - 1] += `, ${word}`;
    else lines.push(`    ${word}`);
  }
  return lines.join(",\n") + (own.length ? `,\n    own=(\n${wrapped(own, 8)}\n    )` : "");
}

// A float even where JavaScript writes no point: torch wants both betas of one type.
const decimal = (v) => (Number.isInteger(v) ? `${v}.0` : literal(v));

/** The script for iteration `step` of a run. */
export function ganScript(settings, step, library) {
  const lib = LIBRARY[library], [lossD, lossG] = LOSSES[settings.loss], adam = settings.optimizer === "adam";
  const options = (lr) => (adam ? `Adam(params, lr=${literal(lr)}, betas=(${decimal(settings.beta1)}, 0.999))`
    : `SGD(params, lr=${literal(lr)})`);
  const moves = SCHEMES[settings.scheme](settings).join("\n").replace("$COPY", lib.copy).replace("$KEPT", lib.kept);
  const clipping = settings.loss === "wasserstein" ? `
    if who == 0:
        for p in players[0]:
            ${lib.clamp.replaceAll("CLIP", literal(settings.clip))}` : "";
  return `"""A GAN on ${settings.data}: its losses and energy distance after ${step} iterations."""

${["import numpy as np", ...lib.imports].join("\n")}

from dlnotes.widgets import gan_game as lab      # the page's data, first weights and random numbers

game = lab.Game(lab.Settings(
${settingsLines(settings)}))
players = [[${lib.parameter} for pair in lab.arrays(row, sizes) for p in pair]
           for row, sizes in ((game.d, game.d_sizes), (game.g, game.g_sizes))]
softplus = ${library === "torch" ? "lambda s: F.softplus(s, threshold=700)" : "F.softplus"}


def network(params, X):
    A = ${library === "torch" ? "torch.as_tensor(X)" : "X"}
    for i in range(0, len(params), 2):
        A = A @ params[i] + params[i + 1]
        if i + 2 < len(params):
            A = ${lib.tanh}
    return A


def d_loss(X, Y):
    real, fake = network(players[0], X), network(players[0], Y)
    return ${lossD}


def g_loss(z):
    fake = network(players[0], network(players[1], z))
    return ${lossG}


def gradient(loss, params):
    for p in players[0] + players[1]:
        p.grad = None
    loss.backward()
    return [p.grad for p in params]


def d_gradient(X, z):
    return gradient(d_loss(X, network(players[1], z).${lib.numpy}), players[0])


def g_gradient(z):
    return gradient(g_loss(z), players[1])


optimizers = [${lib.optim}.${options(settings.lr_d).replace("params", "players[0]")},
              ${lib.optim}.${options(settings.lr_g).replace("params", "players[1]")}]


def move(who, grads):
    for p, g in zip(players[who], grads):
        p.grad = g
    optimizers[who].step()${clipping}


for t in range(${step}):
    game.at(t)
${moves}

X, Y = game.X[:lab.M], network(players[1], game.z).${lib.numpy}
print("discriminator", d_loss(X, Y).item())
print("generator    ", g_loss(game.z).item())
print("energy       ", lab.energy_distance(X, Y))
`;
}
