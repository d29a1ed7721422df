// The one control for everything that runs: play, pause, step, back, reset, speed, seed, and the same keys
// everywhere. It runs only while it is played, on the screen and in a visible tab; reduced motion never
// starts it by itself.

import { clamp } from "./num.mjs";
import { button, entry, field, h, select, setAttribute, setText } from "./ui.mjs";

const SPEEDS = [1, 5, 20, 60, 200];

// trait: the step that is shown; last(): the greatest step; reached(): how far the scrub bar goes, where a run
// is longer than what has been seen of it. The traits speed, seed and playing are the widget's. `seed: false`
// leaves the seed out where nothing is drawn at random; `again: false` does not start anew at the end.
export function player(
  ui, { trait = "step", last, reached = last, label = "Step", seed = true, again = true }) {
  let playing = false, onScreen = false, frame = 0, before = 0, rest = 0;

  function go(step, save = true) {
    ui.set({ [trait]: clamp(Math.round(step), 0, last()) }, save);
  }
  function play(on) {
    if (on && again && ui.get(trait) >= last()) go(0);
    if (playing && !on) ui.model.save_changes();
    playing = on;
    wake();
    ui.redraw();
  }
  function wake() {
    const run = playing && onScreen && !document.hidden;
    if (run && !frame) {
      before = performance.now();
      frame = requestAnimationFrame(tick);
    } else if (!run) {
      cancelAnimationFrame(frame);
      frame = 0;
    }
  }
  function tick(now) {
    frame = requestAnimationFrame(tick);
    rest += Math.min(now - before, 100) / 1000 * ui.get("speed");
    before = now;
    const steps = Math.floor(rest);
    rest -= steps;
    if (steps) go(ui.get(trait) + steps, false);          // the kernel, if any, is told at the pause
    if (ui.get(trait) >= last()) play(false);
  }

  const actions = {
    p: () => play(!playing),
    ".": () => { play(false); go(ui.get(trait) + 1); },
    ",": () => { play(false); go(ui.get(trait) - 1); },
    r: () => { play(false); go(0); },
    ...(seed && { n: () => ui.set({ seed: (ui.get("seed") + 1) % 2 ** 31 }) }),
    "+": () => ui.set({ speed: SPEEDS.find((v) => v > ui.get("speed")) ?? SPEEDS.at(-1) }),
    "-": () => ui.set({ speed: SPEEDS.findLast((v) => v < ui.get("speed")) ?? SPEEDS[0] }),
  };
  ui.listen(ui.root, "keydown", (event) => {
    const types = event.target.matches("select, textarea, input:not([type=range])");
    const action = actions[event.key.toLowerCase()];
    if (types || !action || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  });

  const watch = new IntersectionObserver(([entry]) => { onScreen = entry.isIntersecting; wake(); });
  watch.observe(ui.root);
  ui.defer(() => watch.disconnect());
  ui.defer(() => cancelAnimationFrame(frame));
  ui.listen(document, "visibilitychange", wake);
  const wanted = () => play(Boolean(ui.get("playing")));
  ui.model.on("change:playing", wanted);
  ui.defer(() => ui.model.off("change:playing", wanted));
  if (!matchMedia("(prefers-reduced-motion: reduce)").matches) wanted();

  return controls(ui, { trait, reached, label, actions, go, seed, isPlaying: () => playing });
}

function controls(ui, { trait, reached, label, actions, go, seed, isPlaying }) {
  const start = button(ui, "Play", actions.p, { keys: "P", class: "dlw-main" });
  const scrub = h("input", { type: "range", min: 0, step: 1 });
  const way = field(label, scrub, "dlw-slider");
  const seen = h("output", { for: scrub.id });
  way.append(seen);
  ui.listen(scrub, "input", () => go(scrub.valueAsNumber));
  ui.refresh(() => {
    setText(start, isPlaying() ? "Pause" : "Play");
    const end = reached(), now = Math.min(ui.get(trait), end);
    setAttribute(scrub, "max", end);
    if (scrub.valueAsNumber !== now) scrub.value = now;
    setText(seen, `${now} of ${end}`);
  });
  const seeds = !seed ? [] : [
    field("Seed", entry(ui, "seed", { label: "Seed", min: () => 0, max: () => 2 ** 31 - 1, whole: true })),
    button(ui, "New seed", actions.n, { keys: "N" })];
  const speed = select(ui, "speed", { label: "Speed", options: SPEEDS.map((v) => [v, `${v} a second`]) });
  speed.title = "Keys: + and -";
  return h("div", { class: "dlw-player", role: "group", "aria-label": "Player" }, way,
    h("div", { class: "dlw-row" }, start,
      button(ui, "Back", actions[","], { keys: "," }), button(ui, "Step", actions["."], { keys: "." }),
      button(ui, "Reset", actions.r, { keys: "R" }), speed, ...seeds));
}
