// One step of training with every number of it, and what the formula of a unit is made of.

import { inForce, tuning } from "./playground.settings.core.mjs";
import { addElasticNetBackward, lossBackward, lossValue } from "./loss.core.mjs";
import { backward, createNet, createPass, forward } from "./net.core.mjs";
import { optimizerOptions, update } from "./optim.core.mjs";
import { rateAt } from "./schedules.core.mjs";

/** The net of a session a second time, with the same weights. */
function twinOf({ net, structure }) {
  const twin = createNet({ sizes: net.sizes, hidden: structure.activation,
    output: net.layers.at(-1).activation.name });
  twin.params.set(net.params);
  return twin;
}

const sliced = (array) => Array.from(array);

/**
 * One update with training example n alone (as if the batch had one row), from the present weights, by the
 * run's own optimizer, its state included, and the present learning rate. The run itself is not touched.
 *
 * @returns { point, label, x (D,), y, output, loss, dY, rate, optimizer, moving (whether by momentum), l1,
 *   l2, layers: [{ D, H, Z, A, S, dZ, W, b,
 *   dW, db (of the loss alone), W_new, b_new }] }
 */
export function oneUpdate(session, n) {
  const { run, train, loss, structure, segments, epoch } = session, D = session.net.sizes[0];
  const net = twinOf(session), pass = createPass(net, 1, true);
  const x = train.X.subarray(n * D, (n + 1) * D), y = train.y.subarray(n, n + 1);
  const { settings, options } = tuning(inForce(segments, epoch), structure.optimizer, train.N),
    { name, t, memory } = run.optimizer;
  const output = forward(net, x, 1, pass)[0], value = lossValue(loss, pass.Y, y, 1, 1);
  lossBackward(loss, pass.Y, y, 1, 1, pass.dY);
  const dY = pass.dY[0], rate = rateAt(settings.schedule, run.step);
  backward(net, x, 1, pass);
  const layers = net.layers.map((layer, l) => ({
    D: layer.D, H: layer.H, name: layer.activation.name, ...Object.fromEntries(
      ["Z", "A", "S", "dZ"].map((key) => [key, sliced(pass.layers[l][key])])),
    ...Object.fromEntries(["W", "b", "dW", "db"].map((key) => [key, sliced(layer[key])])) }));
  for (const layer of net.layers) addElasticNetBackward(layer.W, settings.l1, settings.l2, layer.dW);
  update({ name, options: optimizerOptions(name, options), t, memory: memory.slice() }, rate, net.params,
    net.grads);
  layers.forEach((layer, l) => Object.assign(layer,
    { W_new: sliced(net.layers[l].W), b_new: sliced(net.layers[l].b) }));
  return {
    point: sliced(train.points.subarray(2 * n, 2 * n + 2)), label: train.labels[n], x: sliced(x), y: y[0],
    output, loss: value, dY, rate, optimizer: name, moving: (options.momentum ?? 0) > 0, lossName: loss,
    l1: settings.l1, l2: settings.l2, layers };
}

/** Unit h of layer l: { activation, bias, weights (D,) }. */
export function unitOf({ net }, l, h) {
  const { D, H, W, b, activation } = net.layers[l];
  return { activation: activation.name, bias: b[h],
    weights: Array.from({ length: D }, (_, d) => W[d * H + h]) };
}
