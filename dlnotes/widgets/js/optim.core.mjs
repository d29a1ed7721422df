// Optimizers: the twin of dlnotes/optim.py, and so of torch's. Each rule changes `params` in place, given
// `grads`.

import { entry } from "./check.core.mjs";

// slots: how many numbers a rule remembers for each parameter
const RULES = {
  sgd: {
    rule: sgd, slots: 1, defaults: { momentum: 0, dampening: 0, weight_decay: 0, nesterov: false } },
  adagrad: {
    rule: adagrad, slots: 1,
    defaults: { lr_decay: 0, weight_decay: 0, initial_accumulator_value: 0, eps: 1e-10 } },
  rmsprop: {
    rule: rmsprop, slots: 3,
    defaults: { alpha: 0.99, eps: 1e-8, weight_decay: 0, momentum: 0, centered: false } },
  adam: {
    rule: adam, slots: 2, defaults: { beta1: 0.9, beta2: 0.999, eps: 1e-8, weight_decay: 0 } },
  adamw: {
    rule: adamw, slots: 2, defaults: { beta1: 0.9, beta2: 0.999, eps: 1e-8, weight_decay: 0.01 } },
};

/** Their names. */
export const OPTIMIZERS = Object.keys(RULES);

/**
 * The options of an optimizer, torch's defaults where the caller names none; an unknown option is an error.
 */
export function optimizerOptions(name, options = {}) {
  const { defaults } = entry(RULES, name, "the optimizer");
  for (const key of Object.keys(options)) entry(defaults, key, `an option of ${name}`);
  return { ...defaults, ...options };
}

/**
 * The state of an optimizer for `size` parameters.
 *
 * @returns { name, options, t, memory }: t counts the steps made; memory (slots * size,) is what the rule
 *   remembers
 */
export function createOptimizer(name, size, options = {}) {
  const all = optimizerOptions(name, options), memory = new Float64Array(RULES[name].slots * size);
  if (name === "adagrad") memory.fill(all.initial_accumulator_value);
  return { name, options: all, t: 0, memory };
}

/** One step: t grows by one, params changes by the rule. */
export function update(optimizer, lr, params, grads) {
  optimizer.t++;
  RULES[optimizer.name].rule(optimizer, lr, params, grads);
}

/**
 * Gradient descent, with g' = g + weight_decay w:
 *     v = momentum v + (1 - dampening) g'  (v = g' at first),   w -= lr v
 *     nesterov: w -= lr (g' + momentum v)
 */
function sgd({ options, t, memory: v }, lr, params, grads) {
  const { momentum, dampening, weight_decay, nesterov } = options, size = params.length;
  if (momentum === 0) {
    for (let i = 0; i < size; i++) params[i] -= lr * (grads[i] + weight_decay * params[i]);
    return;
  }
  const kept = t === 1 ? 0 : momentum, taken = t === 1 ? 1 : 1 - dampening;
  for (let i = 0; i < size; i++) {
    const g = grads[i] + weight_decay * params[i];
    v[i] = kept * v[i] + taken * g;
    params[i] -= lr * (nesterov ? g + momentum * v[i] : v[i]);
  }
}

/** s += g^2,   w -= lr / (1 + (t - 1) lr_decay) g / (sqrt(s) + eps) */
function adagrad({ options, t, memory: s }, lr, params, grads) {
  const { lr_decay, weight_decay, eps } = options, rate = lr / (1 + (t - 1) * lr_decay);
  for (let i = 0; i < params.length; i++) {
    const g = grads[i] + weight_decay * params[i];
    s[i] += g * g;
    params[i] -= rate * g / (Math.sqrt(s[i]) + eps);
  }
}

/**
 * s = alpha s + (1 - alpha) g^2,   u = g / (sqrt(s) + eps),   v = momentum v + u,   w -= lr v
 * centered: s - m^2 in place of s in the root, with m = alpha m + (1 - alpha) g
 */
function rmsprop({ options, memory }, lr, params, grads) {
  const { alpha, eps, weight_decay, momentum, centered } = options, size = params.length;
  for (let i = 0, v = size, m = 2 * size; i < size; i++, v++, m++) {
    const g = grads[i] + weight_decay * params[i];
    memory[i] = alpha * memory[i] + (1 - alpha) * g * g;
    memory[m] = alpha * memory[m] + (1 - alpha) * g;
    const spread = centered ? memory[i] - memory[m] * memory[m] : memory[i];
    memory[v] = momentum * memory[v] + g / (Math.sqrt(spread) + eps);
    params[i] -= lr * memory[v];
  }
}

/** As AdamW, but weight_decay w is added to the gradient, where the root rescales it. */
function adam(optimizer, lr, params, grads) {
  momentsStep(optimizer, lr, optimizer.options.weight_decay, params, grads);
}

/** w -= lr weight_decay w first, apart from the moments. */
function adamw(optimizer, lr, params, grads) {
  const keep = 1 - lr * optimizer.options.weight_decay;
  for (let i = 0; i < params.length; i++) params[i] *= keep;
  momentsStep(optimizer, lr, 0, params, grads);
}

/**
 * m = beta1 m + (1 - beta1) g,   v = beta2 v + (1 - beta2) g^2,
 * w -= lr (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + eps)
 */
function momentsStep({ options, t, memory }, lr, weightDecay, params, grads) {
  const { beta1, beta2, eps } = options, size = params.length;
  const rate = lr / (1 - beta1 ** t), root = Math.sqrt(1 - beta2 ** t);
  for (let i = 0, j = size; i < size; i++, j++) {
    const g = grads[i] + weightDecay * params[i];
    memory[i] = beta1 * memory[i] + (1 - beta1) * g;
    memory[j] = beta2 * memory[j] + (1 - beta2) * g * g;
    params[i] -= rate * memory[i] / (Math.sqrt(memory[j]) / root + eps);
  }
}
