// The snapshots of a training run (training.core.mjs), from which every step is reached again.
// Row i holds the state after i * every steps. When all rows are taken, every second one is kept and `every`
// doubles, so that a long run is as easily wound back as a short one: by at most 2 / capacity of its length.

const EXTRA = 3;           // a row also holds: steps made, epoch, place in the epoch
const ROOM = 2 ** 22;      // numbers that all rows together may take: 32 MB

/** Room for `snapshots` rows, or as many as fit, and the present state of the run in the first. */
export function createHistory(run, snapshots) {
  const size = run.net.params.length + run.optimizer.memory.length + EXTRA;
  const capacity = Math.max(1, Math.min(snapshots, Math.floor(ROOM / size)));
  const history = { every: 1, reached: 0, size, capacity, rows: new Float64Array(capacity * size) };
  save(run, history, 0);
  return history;
}

/** After a step that is no replay: `reached` grows, and the state becomes a row if it is its turn. */
export function remember(run) {
  const { history, step } = run;
  if (step <= history.reached) return;
  history.reached = step;
  if (step % history.every === 0 && step / history.every >= history.capacity) thin(history);
  if (step % history.every === 0) save(run, history, step / history.every);
}

/** What lies ahead of the present step is no longer true. */
export function forget(run) {
  run.history.reached = run.step;
}

/** To the last row at or before step k, unless the run itself stands between that row and k. */
export function restoreBefore(run, k) {
  const { every, reached } = run.history, row = Math.floor(Math.min(k, reached) / every);
  if (k < run.step || row * every > run.step) load(run, run.history, row);
}

function thin(history) {
  const { rows, size, capacity } = history;
  for (let i = 1; 2 * i < capacity; i++) rows.copyWithin(i * size, 2 * i * size, (2 * i + 1) * size);
  history.every *= 2;
}

function save({ net, optimizer, step, epoch, place }, { rows, size }, row) {
  const start = row * size, end = start + size - EXTRA;
  rows.set(net.params, start);
  rows.set(optimizer.memory, start + net.params.length);
  rows[end] = step; rows[end + 1] = epoch; rows[end + 2] = place;
}

function load(run, { rows, size }, row) {
  const { params } = run.net, { memory } = run.optimizer;
  const start = row * size, middle = start + params.length, end = start + size - EXTRA;
  params.set(rows.subarray(start, middle));
  memory.set(rows.subarray(middle, end));
  run.step = run.optimizer.t = rows[end];
  run.epoch = rows[end + 1];
  run.place = rows[end + 2];
}
