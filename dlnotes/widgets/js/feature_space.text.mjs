// What the feature space widget says.

import { ACTIVATIONS } from "./activations.core.mjs";
import { deviation, flatness, unitsOf } from "./feature_space.plane.core.mjs";
import { number } from "./lib/plot.mjs";

export const PRESETS = {
  unfold: { data: "parabola", k: 2, activation: "tanh", seed: 4, lr: 0.3, compare: false },
  ring2: { data: "circle", k: 2, activation: "tanh", seed: 6, lr: 0.1, compare: false },
  ring3: { data: "circle", k: 3, activation: "tanh", seed: 6, lr: 0.1, plane: "across", compare: false },
  dead: { data: "parabola", k: 2, activation: "relu", seed: 3, lr: 0.3, compare: false },
  three: {
    data: "parabola", k: 2, activation: "sigmoid", second: "tanh", third: "relu", seed: 3, lr: 0.3, compare: true },
};
export const COMMON = { optimizer: "sgd", noise: 0, batch_size: 16, points: 400, way: 2, epoch: 0 };
export const STORIES = [
  ["unfold", "A parabola unfolds"], ["ring2", "A ring, two units"], ["ring3", "A ring, three units"],
  ["dead", "A unit dies"], ["three", "Three activations"]];

export const OPTIMIZERS = [
  ["sgd", "gradient descent"], ["momentum", "momentum 0.9"], ["nesterov", "Nesterov 0.9"], ["adagrad", "AdaGrad"],
  ["rmsprop", "RMSProp"], ["adam", "Adam"]];
const PAIRS = [1, 2, 3, 4, 5, 6].flatMap((i) => [1, 2, 3, 4, 5, 6].filter((j) => j > i).map((j) => `${i} ${j}`));
export const PLANES = [
  ["across", "with the boundary edge-on"], ["principal", "two principal directions"],
  ["Pairs", PAIRS.map((pair) => [pair, `units ${pair.replace(" ", " and ")}`])]];
export const PLANE_NAMES = ["across", "principal", ...PAIRS];
export const functionName = (name) => name.replaceAll("_", " ");
export const FUNCTIONS = Object.keys(ACTIVATIONS).map((name) => [name, functionName(name)]);
export const DATA = ["parabola", "moons", "circle", "xor", "spiral", "gauss"].map((name) => [name, name]);

export const percent = (share) => {
  const rounded = Math.round(100 * share);
  return `${rounded === 100 && share < 1 ? 99 : rounded}\u00a0%`;
};

// What stands above the picture of the hidden layer.
export function planeTitle(k, plane, way) {
  if (way < 2) return way === 0 ? "Input plane" : way === 1 ? "After W x + b" : way < 1 ? "On the way: W x + b" : "On the way: bending";
  const units = unitsOf(k, plane);
  if (units) return `Feature space: unit ${units[1] + 1} over unit ${units[0] + 1}`;
  return plane === "principal" ? "Feature space: principal directions 2 over 1" : "Feature space, boundary edge-on";
}

// The sentence about one network after an epoch.
export function sentence(experiment, epoch) {
  const { right, ended, losses, settings: { k } } = experiment;
  const loss = losses.train[epoch];
  if (epoch === ended && !(loss <= 1e6)) {
    return `Epoch ${epoch}: the loss has grown past all bounds. The steps are too long for this network, so the run ends here.`;
  }
  const what = k === 2 ? "The line in feature space" : `The flat boundary in the ${k} dimensions of feature space`;
  return `Epoch ${epoch}: ${what} parts ${right[epoch] === 1 ? "all" : `${percent(right[epoch])} of the`} training points. `
    + reason(experiment, epoch);
}

const DONE = {
  parabola: "the hidden layer has unfolded the parabola", moons: "the hidden layer has pulled the moons apart",
  circle: "the hidden layer has lifted the disc out of its ring",
  xor: "the hidden layer has brought opposite quarters together",
  spiral: "the hidden layer has unrolled the spiral", gauss: "two clouds needed no bend at all" };

function reason(experiment, epoch) {
  const { right, settings: { data, activation, k }, cloud } = experiment;
  const share = right[epoch], dead = deadUnits(cloud), flat = flatness(cloud);
  if (share === 1) return `So ${DONE[data]}.`;
  if (activation === "identity") {
    return "The identity bends nothing: the grid stays straight, and so the boundary is a line in the input plane too.";
  }
  if (activation === "step" || activation === "sign") {
    return `The slope of ${activation} is 0, so the hidden layer never learns: only the line moves.`;
  }
  if (dead.length === k) return "All units are dead: every slope is 0, and the hidden layer gets no gradient any more.";
  if (dead.length) return `${listed(dead)} dead: the slope is 0 at every point, and the grid lies flat in that direction.`;
  if (epoch === 0) return "The weights are still random: the plane is bent a little, but to no purpose.";
  if (deviation(cloud, 0) < 1e-3) return "All points lie on one spot in feature space.";
  if (flat < 0.05) return `The grid has become flat: the points lie almost on one line (ratio of singular values ${number(flat, 3)}).`;
  if (data === "circle" && k === 2 && !HOLLOW.includes(activation)) {
    return "Two units of a function that only rises cannot close a curve around the disc, however long they learn. Add a third.";
  }
  return share >= 0.9 ? "Nearly: a few points are still on the wrong side." : (
    "The classes still lie one on the other in feature space: more bends are needed, or more time.");
}

// Functions that fall somewhere: two such units can surround a disc.
const HOLLOW = ["rbf", "absolute", "swish", "mish", "gelu"];

function deadUnits({ dead }) {
  const found = [];
  for (let j = 0; j < dead.length; j++) if (dead[j]) found.push(j + 1);
  return found;
}
const listed = (units) => (units.length === 1 ? `Unit ${units[0]} is` : `Units ${units.join(", ")} are`);

// The numbers behind it.
export function details(experiment, epoch, plane) {
  const { losses, cloud, settings: { k } } = experiment, spreads = [];
  for (let i = 0; i < k; i++) spreads.push(number(deviation(cloud, i), 3));
  const units = unitsOf(k, plane), cut = cloud.tilt < 1e-6 || k === 2 ? "" : " The dashed line is the cut of the boundary at the "
    + `mean of what is not seen here${units ? "" : " (directions 3 and up)"}: points may lie on the wrong side of it.`;
  return `Loss ${number(losses.train[epoch], 4)}, test ${number(losses.test[epoch], 4)}. Singular values of the features over √N: `
    + `${spreads.join(", ")}.${cut}`;
}

// Three networks in step.
export function comparison(experiments, epoch) {
  const parts = experiments.map((e) => {
    const at = Math.min(epoch, e.ended), dead = deadUnits(e.cloud).length;
    const more = [at < epoch && `ended at epoch ${at}`, dead && `dead units: ${dead}`].filter(Boolean).join(", ");
    return `${functionName(e.settings.activation)} ${percent(e.right[at])}${more && ` (${more})`}`;
  });
  return `Epoch ${epoch}: so many training points are parted: ${parts.join(", ")}. All three learn from the same points, the same `
    + "first weights and the same order.";
}

export const EXPLAINED = [
  "A network of one hidden layer learns to tell two classes: full dots and rings. On the left is the plane of " +
  "its inputs, with a straight grid; colour says how sure the network is, the thick curve is its boundary, and " +
  "each dashed line is where a hidden unit is 0. On the right is the same plane after the hidden layer: the " +
  "outputs of the units are its axes. There the boundary is always a straight line, since the last layer can do " +
  "nothing else. So the hidden layer must bend the grid until a straight line parts the classes.",
  "The slider below the pictures takes the grid through the layer: first W x + b turns, stretches and moves the " +
  "plane, and keeps it flat; then the activation bends it. With more than two units feature space has more " +
  "dimensions, and the picture is a view of it; seen with the boundary edge-on, nothing of it is lost.",
  "The histograms show what each unit gives: class 1 upwards, class 0 downwards. A unit whose slope is 0 at " +
  "every point is dead. Half of the points are for the test (small and pale). Drag in the picture of the loss " +
  "to go to any epoch.",
  "After C. Olah, “Neural Networks, Manifolds, and Topology” (2014), and D. Godoy, “Hyper-parameters in " +
  "action” (2018).",
];
