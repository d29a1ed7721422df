// The widget's network as a Python script: the variances of its layers, the losses of those that learn.

import { SHRINK, trainingWidth } from "./deep_init.runs.core.mjs";
import { literal } from "./lib/python.mjs";

const TORCH = {
  identity: "Z", tanh: "torch.tanh(Z)", sigmoid: "torch.sigmoid(Z)", softsign: "F.softsign(Z)",
  relu: "F.relu(Z)",
  leaky_relu: "F.leaky_relu(Z, 0.01)", elu: "F.elu(Z)", gelu: "F.gelu(Z)", swish: "F.silu(Z)" };

const DRAW = {
  zeros: () => "initializers.zeros((D, H))",
  constant: (g) => `initializers.constant((D, H), ${g} / D)`,
  small: (g) => `initializers.normal((D, H), std=0.01 * ${g}, rng=rng)`,
  standard: (g) => `initializers.uniform((D, H), -${g} / D**0.5, ${g} / D**0.5, rng=rng)`,
  lecun: (g) => `${g} * initializers.lecun_normal((D, H), rng=rng)`,
  glorot: (g) => `initializers.glorot_uniform((D, H), ${g}, rng=rng)`,
  he: (g) => `${g} * initializers.he_normal((D, H), rng=rng)`,
  orthogonal: (g) => `initializers.orthogonal((D, H), ${g}, rng=rng)`,
  lsuv: () => "initializers.orthogonal((D, H), rng=rng)" };

const network = (name, gain) => (
  `    ("${gain === 1 ? name : `${name} * ${literal(gain)}`}", ${name === "lsuv" ? literal(gain) : "None"},\n`
  + `     lambda D, H, rng: ${DRAW[name](literal(gain))}),`);

const LIBRARIES = {
  dlnotes: {
    head: `import numpy as np

from dlnotes import initializers, optim, toys
from dlnotes.autograd import Tensor, lift
from dlnotes.nn import functional as F
from dlnotes.ops import activations
from dlnotes.widgets.num import Stream`,
    f: (name) => `f, f_backward = activations.${name}, activations.${name}_backward
hidden = lift(f, f_backward)`,
    look: `for layer in range(depth):
    W = draw(width, width, rng)
    Z = A @ W
    if size is not None:                      # LSUV: z of this size in each layer
        W, Z = W * size / Z.std(), Z * size / Z.std()
    Ws.append(W)
    Zs.append(Z)
    A = f(Z)
G, dZs = rng.normal((100, width)), []         # a random gradient comes back
for W, Z in zip(Ws[::-1], Zs[::-1]):
    dZs.insert(0, f_backward(G, Z))
    G = dZs[0] @ W.T`,
    parameter: (array) => `Tensor(${array}, requires_grad=True)`, input: "X", target: "y", data: "data",
    optimizer: "optim.SGD" },
  torch: {
    head: [
      "import torch", "import torch.nn.functional as F", "",
      "from dlnotes import initializers, toys                 # the page's data and first weights",
      "from dlnotes.widgets.num import Stream                 # the page's own random numbers"].join("\n"),
    f: (name) => `def hidden(Z):
    return ${TORCH[name]}
`,
    look: `A = torch.tensor(A, requires_grad=True)
for layer in range(depth):
    Z = A @ torch.tensor(draw(width, width, rng))
    if size is not None:                      # LSUV: z of this size in each layer
        Z = Z * (size / Z.std(correction=0)).item()
    Zs.append(Z)
    A = hidden(Z)
G = torch.tensor(rng.normal((100, width)))    # a random gradient comes back
dZs = torch.autograd.grad(A, Zs, G)
Zs, dZs = ([Z.detach().numpy() for Z in part] for part in (Zs, dZs))`,
    parameter: (array) => `torch.tensor(${array}, requires_grad=True)`, input: "torch.tensor(X)",
    target: "torch.tensor(y)", data: "detach().numpy()", optimizer: "torch.optim.SGD" } };

/** The whole script; the first network has the reader's initializer and gain, its rivals the gain 1. */
export function script(settings, library) {
  const { activation, initializer, gain, depth, width, seed, rival, third, lr, epochs } = settings;
  const its = LIBRARIES[library];
  const all = [[initializer, gain], ...[rival, third].filter((name) => name !== "").map((name) => [name, 1])];
  return `"""Deep initialization: what first weights do to a network's numbers, and who learns.

Made by a widget of dlnotes: prints the variances of each layer (z and its gradient) and the losses that the
page shows after ${epochs} epochs.
"""

${its.head}

networks = [                                  # name, size of z if it is scaled (LSUV), first weights
${all.map(([name, factor]) => network(name, factor)).join("\n")}
]
${its.f(activation)}
depth, width, seed = ${depth}, ${width}, ${seed}

# What the layers of the first network do
name, size, draw = networks[0]
rng = Stream(seed)
A, Ws, Zs = rng.normal((100, width)), [], []
${its.look}
for layer, (Z, dZ) in enumerate(zip(Zs, dZs), start=1):
    print("layer", layer, Z.var(), dZ.var())

# Who learns: a disc against a ring
sizes = [2, *[${trainingWidth(width, depth)}] * depth, 1]


def predict(X, params, last=None):
    """The output, or the pre-activations of layer \`last\`."""
    A = ${its.input}
    for i in range(0, len(params), 2):
        Z = A @ params[i] + params[i + 1]
        if i == 2 * (len(sizes) - 2) or i // 2 == last:
            return Z
        A = hidden(Z)


for name, size, draw in networks:
    rng = Stream(seed)
    points, labels = toys.circle(100, rng)
    points, labels, _, _ = toys.split(points, labels, 0, rng)
    X, y = points / ${SHRINK}, 1.0 * labels[:, None]
    params = []
    for D, H in zip(sizes[:-1], sizes[1:]):
        params += [${its.parameter("draw(D, H, rng)")}, ${its.parameter("initializers.zeros((H,))")}]
    for layer in range(len(sizes) - 1) if size is not None else ():
        params[2 * layer].data *= size / predict(X, params, layer).${its.data}.std()
    optimizer, order = ${its.optimizer}(params, lr=${literal(lr)}), Stream(seed)
    for epoch in range(${epochs}):
        order.position = epoch * len(X)
        mixed = toys.permutation(len(X), order)
        for rows in mixed.reshape(-1, 20):
            optimizer.zero_grad()
            Y = predict(X[rows], params)
            F.binary_cross_entropy_with_logits(Y, ${its.target.replace("y", "y[rows]")}).backward()
            optimizer.step()
    loss = F.binary_cross_entropy_with_logits(predict(X, params), ${its.target})
    print("loss", name + ":", loss.item())
`;
}
