// "Copy as Python": the race as a script.

import { libraryLines, lossFunction } from "./descent.script.mjs";
import { ORDER } from "./optimizer_race.core.mjs";
import { keywords, literal } from "./lib/python.mjs";

const CLASSES = {
  gd: ["SGD", {}], momentum: ["SGD", { momentum: 0.9 }], nesterov: ["SGD", { momentum: 0.9, nesterov: true }],
  adagrad: ["Adagrad", {}], rmsprop: ["RMSprop", { alpha: 0.9 }], adam: ["Adam", {}], adamw: ["AdamW", {}] };

export function raceScript(place, { x, y, lrs, racing, noise, seed, steps }, step, library) {
  const { imports, start, optim } = libraryLines(library, [x, y]);
  const racers = ORDER.flatMap((name, i) => {
    const [kind, options] = CLASSES[name];
    return racing.includes(name)
      ? [`    ${literal(name)}: lambda p: ${optim}.${kind}([p], ${keywords({ lr: lrs[i], ...options })}),`]
      : [];
  });
  const torch = library === "torch", noisy = noise > 0;
  return [
    `"""${step} steps of each optimizer on the surface "${place.name}": the loss after them."""`,
    ...imports, ...(noisy ? ["from dlnotes.widgets.num import Stream"] : []), "", "",
    ...lossFunction(place), "", "",
    "racers = {", ...racers, "}", `steps = ${step}`,
    ...(noisy ? [`noise = ${literal(noise)} * Stream(${seed}).normal((${steps}, 2))`] : []),
    "for name, optimizer_of in racers.items():",
    `    p = ${start}`,
    "    optimizer = optimizer_of(p)",
    "    for step in range(steps + 1):",
    "        optimizer.zero_grad()",
    "        loss = loss_at(p)",
    "        if step == steps or not loss.item() <= 1e12:",
    "            break",
    "        loss.backward()",
    ...(noisy ? [`        p.grad += ${torch ? "torch.tensor(noise[step])" : "noise[step]"}`] : []),
    "        optimizer.step()",
    '    print(name, step, f"{loss.item():.12g}")',
    ""].join("\n");
}
