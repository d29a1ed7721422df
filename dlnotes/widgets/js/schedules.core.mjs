// Learning rates as functions of the step number: the twin of dlnotes/schedules.py, which has the formulas
// and sources. A schedule is { name, lr, ... } with the Python function's arguments; t >= 0 counts the steps
// already made.

import { entry } from "./check.core.mjs";

const ease = (u) => (1 + Math.cos(Math.PI * u)) / 2;              // from 1 (u = 0) to 0 (u = 1)
const between = (start, end, weight) => end + (start - end) * weight;

/** lr */
const constant = ({ lr }) => lr;

/** lr gamma^floor(t / step_size) */
const step = ({ lr, step_size, gamma = 0.1 }, t) => lr * gamma ** Math.floor(t / step_size);

/** lr gamma^t */
const exponential = ({ lr, gamma }, t) => lr * gamma ** t;

/** lr (1 - min(t / steps, 1))^power */
const polynomial = ({ lr, steps, power = 1 }, t) => lr * (1 - Math.min(t / steps, 1)) ** power;

/** lr_min + (lr - lr_min) (1 + cos(pi min(t / steps, 1))) / 2 */
const cosine = ({ lr, steps, lr_min = 0 }, t) => between(lr, lr_min, ease(Math.min(t / steps, 1)));

/** the cosine again and again, each `growth` times as long as the one before */
function warmRestarts({ lr, steps, growth = 1, lr_min = 0 }, t) {
  let length = steps, past = growth === 1 ? t % steps : t;
  while (past >= length) {
    past -= length;
    length *= growth;
  }
  return between(lr, lr_min, ease(past / length));
}

/** lr (a + (b - a) min(t / steps, 1)), a = start_factor, b = end_factor */
const warmup = ({ lr, steps, start_factor = 1 / 3, end_factor = 1 }, t) =>
  lr * between(start_factor, end_factor, 1 - Math.min(t / steps, 1));

/**
 * 1cycle: from lr / div_factor up to lr at t = pct_start steps - 1, then down to lr / div_factor /
 * final_div_factor
 */
function oneCycle(schedule, t) {
  const { lr, steps, pct_start = 0.3, anneal = "cos", div_factor = 25, final_div_factor = 1e4 } = schedule;
  const low = lr / div_factor, top = pct_start * steps - 1, now = Math.min(t, steps - 1);
  const shape = (u) => (anneal === "cos" ? ease(u) : 1 - u);
  if (now <= top) return between(low, lr, shape(now / top));
  const end = low / final_div_factor;
  if (!schedule.three_phase) return between(lr, end, shape((now - top) / (steps - 1 - top)));
  if (now <= 2 * top) return between(lr, low, shape((now - top) / top));
  return between(low, end, shape((now - 2 * top) / (steps - 1 - 2 * top)));
}

/** from lr_min to lr_max, evenly in the logarithm ("log") or in the rate ("linear") */
function rangeTest({ lr_min, lr_max, steps, spacing = "log" }, t) {
  const u = Math.min(t / (steps - 1), 1);
  return spacing === "log" ? lr_min * (lr_max / lr_min) ** u : between(lr_min, lr_max, 1 - u);
}

/** The schedules by their Python names. */
export const SCHEDULES = {
  constant, step, exponential, polynomial, cosine, warm_restarts: warmRestarts, warmup, one_cycle: oneCycle,
  range_test: rangeTest };

/**
 * The rate of step t.
 *
 * @param schedule { name, lr, ... }; with `warmup_steps`, a linear warm-up to the schedule's first rate goes
 *   before it
 *   (schedules.warmup_then), and the schedule's own step 0 is t = warmup_steps
 */
export function rateAt(schedule, t) {
  const rate = entry(SCHEDULES, schedule.name, "the schedule"), wait = schedule.warmup_steps ?? 0;
  if (t >= wait) return rate(schedule, t - wait);
  return rate(schedule, 0) * between(schedule.start_factor ?? 1 / 3, 1, 1 - t / wait);
}
