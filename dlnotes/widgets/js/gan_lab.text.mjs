// What the GAN lab says.

import { number } from "./lib/plot.mjs";

export const DATA_NAMES = [["ring", "8 Gaussians on a ring"], ["grid", "9 Gaussians on a grid"], ["moons", "two moons"],
  ["disc", "a disc"], ["line", "a line"], ["spiral", "a spiral"], ["own", "your own drawing"]];
export const LOSS_NAMES = [["non_saturating", "non-saturating"], ["minimax", "minimax"],
  ["least_squares", "least squares"], ["wasserstein", "Wasserstein, clipped"]];
export const SCHEME_NAMES = [["alternating", "alternating: D, then G"], ["simultaneous", "simultaneous"],
  ["extragradient", "extragradient: look ahead"]];

const percent = (share) => `${Math.round(100 * share)}\u00a0%`;

/** What stands in the picture while the halves are shown one by one. */
export const caption = (half, scheme) => (half
  ? scheme === "alternating" ? "D has moved: new map, new arrows" : "D has moved; G moves by its former arrows"
  : "G has moved: now D learns");

const FINDINGS = {
  empty: () => "Draw some points: press and move on the picture, or focus it and press Enter.",
  "blown up": () => "The numbers have grown beyond all bounds: reset, and lower the learning rates.",
  start: () => "The game has hardly begun.",
  strong: ({ loss, push }) => "The discriminator tells nearly all points apart. " + (loss === "minimax"
    ? `Then the minimax loss is flat where the generator stands: its mean arrow is ${number(push)}.`
    : `The mean arrow on the generated points is still ${number(push)}.`),
  rotation: ({ way }) => "Rotation: the points chase each other. The mean of the generated ones went a way of "
    + `${number(way.path, 1)} in the last 400 iterations and ended ${number(way.net, 1)} from where it was.`,
  collapse: ({ modes, n, t }) => `${t < 1000 ? "So far" : "Mode collapse:"} only ${modes} of ${n} modes get their `
    + "share of generated points.",
  gaps: ({ recall }) => `Parts of the data are left out: ${percent(1 - recall)} of the real points have no `
    + "generated point near them.",
  off: ({ precision }) => `${percent(1 - precision)} of the generated points lie where no real point is near.`,
  good: ({ accuracy, loss }) => "The generated points cover the data" + (loss === "wasserstein" ? "."
    : accuracy < 0.65 ? ", and the discriminator is reduced to guessing." : "."),
};

/** The state in words. @param it { t, half, found, loss, n, way, and the FIELDS by name } */
export function sentence(it) {
  if (it.found === "empty") return FINDINGS.empty();
  const when = `Iteration ${it.t}${it.half ? " and a half" : ""}: `;
  if (it.found === "blown up") return when + FINDINGS["blown up"]();
  const modes = it.n ? `${it.modes} of ${it.n} modes caught, ` : "";
  const judge = it.loss === "wasserstein" ? `mean scores ${number(it.gap)} apart`
    : `discriminator right on ${percent(it.accuracy)}`;
  return `${when}${modes}energy distance ${number(it.energy, 3)}, ${percent(it.recall)} of the real points `
    + `covered, ${judge}. ${FINDINGS[it.found](it)}`;
}

export const EXPLAINED = [
  "Blue dots are real points, orange squares generated ones. The generator takes noise, a point of a square (or of "
  + "an interval), and sends it somewhere in the plane; the thin net is where it sends a net of straight lines. "
  + "The discriminator gives every place of the plane a score: blue where it takes a point for real, orange "
  + "where it takes it for generated. On the dark line it is undecided.",
  "Each iteration has two halves. First the discriminator learns from a batch of real and generated points; then "
  + "the generator moves its points along the arrows, to where the discriminator takes them for real. An arrow is "
  + "the gradient of the generator's loss by that point, turned round. Slow motion shows the halves in turn.",
  "Nobody goes downhill here: what is better for one is worse for the other, so the losses say little about "
  + "progress. The other curves do: how many modes get a quarter of their share of generated points or more; on "
  + "how many of 256 real and 256 generated points the discriminator is right, which falls to a half when it can "
  + "only guess; and the energy distance between the two clouds, 0 for equal ones.",
  "A change of the settings starts a new run; a run is the same each time. Drag along the curves, or use the bar, to go "
  + "back to any iteration.",
];
