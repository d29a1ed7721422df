// A run of the browser's network as a Python script that prints the losses on the screen: on dlnotes, or on
// torch with dlnotes for what is drawn at random (data, first weights, order of the examples).

import { settingsOf } from "./net.core.mjs";
import { keywords, literal, wrapped } from "./lib/python.mjs";

// Each activation in torch, of Z and the settings s.
const TORCH = {
  identity: () => "Z", step: () => "(Z >= 0).double() + 0 * Z", sign: () => "torch.sign(Z)",
  sigmoid: () => "torch.sigmoid(Z)", bipolar_sigmoid: () => "torch.tanh(Z / 2)", tanh: () => "torch.tanh(Z)",
  hard_tanh: () => "F.hardtanh(Z)", softsign: () => "F.softsign(Z)",
  rbf: (s) => `torch.exp(-${literal(s.beta)} * (Z - ${literal(s.x0)}) ** 2)`,
  exponential: () => "torch.exp(Z)", relu: () => "F.relu(Z)",
  leaky_relu: (s) => `F.leaky_relu(Z, ${literal(s.alpha)})`,
  elu: (s) => `F.elu(Z, ${literal(s.alpha)})`, swish: (s) => `Z * torch.sigmoid(${literal(s.beta)} * Z)`,
  mish: () => "F.mish(Z)", gelu: () => "F.gelu(Z)",
  softplus: (s) => `F.softplus(Z, ${literal(s.beta)}, threshold=700)`,
  bent_identity: () => "(torch.sqrt(Z * Z + 1) - 1) / 2 + Z", absolute: () => "torch.abs(Z)" };
const TAKES = {
  leaky_relu: ["alpha"], elu: ["alpha"], swish: ["beta"], softplus: ["beta"], rbf: ["x0", "beta"] };

// prelu and rrelu have a fixed slope in the browser: then they are the leaky ReLU.
function fixed(name, settings) {
  const s = settingsOf(name, settings);
  if (name === "prelu") return ["leaky_relu", s];
  return name === "rrelu" ? ["leaky_relu", { ...s, alpha: (s.lower + s.upper) / 2 }] : [name, s];
}

const activation = {
  dlnotes(given, settings) {
    const [name, s] = fixed(given, settings);
    return `activation(${[literal(name), ...(TAKES[name] ?? []).map((key) => literal(s[key]))].join(", ")})`;
  },
  torch(given, settings) {
    const [name, s] = fixed(given, settings);
    return `lambda Z: ${TORCH[name](s)}`;
  } };

// Losses by the browser's names, in either library; `F` is its module of functions.
const LOSSES = {
  mse: "F.mse_loss(Y, y)", half_mse: "0.5 * F.mse_loss(Y, y)",
  binary_cross_entropy_with_logits: "F.binary_cross_entropy_with_logits(Y, y)" };
const OPTIMIZERS = { sgd: "SGD", adagrad: "Adagrad", rmsprop: "RMSprop", adam: "Adam", adamw: "AdamW" };

// As lists of lines, since the bundler takes a line that begins with "import" for one of ours.
const HEAD = {
  dlnotes: [
    "import numpy as np",
    "",
    "from dlnotes import initializers, optim, schedules, toys",
    "from dlnotes.autograd import Tensor, lift",
    "from dlnotes.nn import functional as F",
    "from dlnotes.ops import activations",
    "from dlnotes.widgets.num import Stream",
    "",
    "",
    "def activation(name, *settings):",
    "    f = lift(getattr(activations, name), getattr(activations, name + \"_backward\"))",
    "    return lambda Z: f(Z, *settings)"],
  torch: [
    "import numpy as np",
    "import torch",
    "import torch.nn.functional as F",
    "",
    "from dlnotes import initializers, schedules, toys      # the page's data, first weights and schedules",
    "from dlnotes.widgets.num import Stream                 # the page's own random numbers"] };

const PARAMETER = {
  dlnotes: (array) => `Tensor(${array}, requires_grad=True)`,
  torch: (array) => `torch.tensor(${array}, requires_grad=True)` };
const INPUT = { dlnotes: (array) => array, torch: (array) => `torch.tensor(${array})` };
const NUMPY = { dlnotes: "W.data", torch: "W.detach()" };
const SIGN = { dlnotes: "np.sign", torch: "torch.sign" };
const RATE = {
  dlnotes: "    optimizer.lr = now[\"rate\"](k)",
  torch: "    optimizer.param_groups[0][\"lr\"] = now[\"rate\"](k)" };
const OPTIONS = {
  dlnotes: "    vars(optimizer).update(now[\"options\"])",
  torch: "    optimizer.param_groups[0].update(now[\"options\"])" };

/** The optimizer's options as torch names them; dlnotes has the same names. */
function named({ beta1, beta2, ...options }) {
  const all = Object.entries(options).map(([name, value]) => `${literal(name)}: ${literal(value)}`);
  if (beta1 !== undefined) all.unshift(`"betas": (${literal(beta1)}, ${literal(beta2)})`);
  return `{${all.join(", ")}}`;
}

function rate({ name, warmup_steps, start_factor, ...settings }) {
  const f = name === "constant" ? "lambda t, lr: lr" : `schedules.${name}`;
  if (warmup_steps) {
    const late = keywords({ warmup_steps, start_factor: start_factor ?? 1 / 3, ...settings });
    return `lambda k: schedules.warmup_then(k, ${f}, ${late})`;
  }
  return name === "constant" ? `lambda k: ${literal(settings.lr)}` : `lambda k: ${f}(k, ${keywords(settings)})`;
}

/** What is in force from a step on, one line each. */
const plan = (log) => log.map(({ step, settings: s, options }) => (
  `    ${step}: {"rate": ${rate(s.schedule)}, "batch_size": ${s.batchSize}, "shuffled": ${literal(s.shuffled)},\n`
  + `        "l1": ${literal(s.l1)}, "l2": ${literal(s.l2)}, "options": ${named(options)}},`)).join("\n");

function data({ dataset, seed, features }) {
  const drawn = dataset.name
    ? `points, labels = toys.${dataset.name}(${dataset.N}, stream, ${literal(dataset.noise)})`
    : `points = np.array([\n${wrapped(dataset.X)}\n]).reshape(-1, 2)\nlabels = np.array([\n${wrapped(dataset.y)}\n], dtype=int)`;
  return `stream = Stream(${seed})
${drawn}
points, labels, test_points, test_labels = toys.split(points, labels, ${literal(dataset.testShare)}, stream)
names = ${literal(features)}
X, X_test = toys.features(names, points), toys.features(names, test_points)`;
}

/**
 * The whole script.
 *
 * @param spec title; dataset { name, N, noise, testShare } or { X, y, testShare } with labels 0 and 1;
 *   seed; features (names); hidden (sizes); activation; settings of the activations; output (activation);
 *   init as for initialize(); loss; optimizer; log (that of the run); steps. Weights, data and order come from
 *   streams as in the kit's convention: data, split, weights from Stream(seed), the order from another.
 * @param library "dlnotes" or "torch"
 */
export function trainingScript(spec, library) {
  const { init: { name, bias = 0, ...given }, loss } = spec;
  const signed = loss !== "binary_cross_entropy_with_logits";
  const targets = (labels) => (signed ? `2.0 * ${labels}[:, None] - 1` : `1.0 * ${labels}[:, None]`);
  const draw = `initializers.${name}((D, H), ${keywords(given)}${Object.keys(given).length ? ", " : ""}rng=stream)`;
  const input = INPUT[library], sizes = [spec.features.length, ...spec.hidden, 1];
  return `"""${spec.title}

Made by a widget of dlnotes: prints the losses that the page shows after ${spec.steps} steps.
"""

${HEAD[library].join("\n")}


# Data
${data(spec)}
y, y_test = ${targets("labels")}, ${targets("test_labels")}

# Network
sizes = ${literal(sizes)}
hidden = ${activation[library](spec.activation, spec.settings)}
output = ${activation[library](spec.output, spec.settings)}
params = []
for D, H in zip(sizes[:-1], sizes[1:]):
    params.append(${PARAMETER[library](draw)})
    params.append(${PARAMETER[library](`np.full(H, ${literal(bias)}, float)`)})


def predict(X):
    A = ${input("X")}
    for i in range(0, len(params), 2):
        Z = A @ params[i] + params[i + 1]
        A = hidden(Z) if i + 2 < len(params) else output(Z)
    return A


def loss(X, y):
    Y, y = predict(X), ${input("y")}
    return ${LOSSES[loss]}


# Training
plan = {        # from which step on what holds
${plan(spec.log)}
}
optimizer = ${library === "torch" ? "torch.optim" : "optim"}.${OPTIMIZERS[spec.optimizer]}(params, lr=1.0)
order, epoch, place, now = Stream(${spec.seed}), 0, 0, None
for k in range(${spec.steps}):
    now = plan.get(k, now)
${OPTIONS[library]}
${RATE[library]}
    if place == 0 or k in plan:
        order.position = epoch * len(X)
        mixed = toys.permutation(len(X), order) if now["shuffled"] else np.arange(len(X))
    rows = mixed[place:place + now["batch_size"]]
    optimizer.zero_grad()
    loss(X[rows], y[rows]).backward()
    for W in params[::2]:
        W.grad += now["l1"] * ${SIGN[library]}(${NUMPY[library]}) + now["l2"] * ${NUMPY[library]}
    optimizer.step()
    place += len(rows)
    if place >= len(X):
        epoch, place = epoch + 1, 0

print("train loss", loss(X, y).item())
if len(X_test):
    print("test loss ", loss(X_test, y_test).item())
`;
}
