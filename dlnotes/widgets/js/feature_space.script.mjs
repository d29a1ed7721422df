// "Copy as Python" of the feature space widget.

import { LOSS, RULES } from "./feature_space.core.mjs";
import { functionName } from "./feature_space.text.mjs";
import { trainingScript } from "./training_script.mjs";

// One script for each network that is shown, up to the epoch where it stands.
export const scripts = (experiments, library) => experiments.map((e) => script(e, library)).join("\n\n");

function script({ settings: s, run }, library) {
  return trainingScript({
    title: `A 2-${s.k}-1 network with ${functionName(s.activation)} on ${s.data}, epoch ${run.epoch}`,
    dataset: { name: s.data, N: s.points, noise: s.noise, testShare: 0.5 }, seed: s.seed, features: ["x1", "x2"],
    hidden: [s.k], activation: s.activation, settings: {}, output: "identity", init: { name: "glorot_normal" },
    loss: LOSS, optimizer: RULES[s.optimizer][0], log: run.log, steps: run.step }, library);
}
