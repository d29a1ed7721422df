// The picture of the receptive-field calculator: a line for each layer, and the paths below the input.

import { clamp } from "./lib/num.mjs";
import { text } from "./lib/plot.mjs";

const LINE = 26, LEFT = 58;

export function drawStack(panel, { fig, rows, spans, share, layer }) {
  const { colors } = fig, { ctx } = panel, size = rows[0].n, bottom = LINE * rows.length;
  panel.place(LEFT, 0, fig.width - 12, bottom);
  panel.domain(-0.5, size - 0.5, 0, 1);
  const unit = panel.x.factor;
  rows.forEach((row, l) => {
    const y = bottom - (l + 0.5) * LINE, at = (i) => panel.x.at(row.centre + i * row.jump);
    const half = Math.max(unit * Math.min(row.jump, size) * 0.42, 0.6);
    text(panel, l ? `layer ${l}` : "input", 0, y, { base: "middle", color: l - 1 === layer ? colors.ink : colors.muted });
    const [first, last] = [clamp(spans[l][0], 0, row.n - 1), clamp(spans[l][1], 0, row.n - 1)];
    panel.clipped(() => {
      if (unit * row.jump > 4) {
        for (let i = 0; i < row.n; i++) {
          ctx.fillStyle = i >= first && i <= last ? colors.line[1] : colors.grid;
          ctx.fillRect(at(i) - half, y - 7, 2 * half, 14);
        }
        return;
      }
      ctx.fillStyle = colors.grid;
      ctx.fillRect(at(0) - half, y - 7, at(row.n - 1) - at(0) + 2 * half, 14);
      ctx.fillStyle = colors.line[1];
      ctx.fillRect(at(first) - half, y - 7, Math.max(at(last) - at(first) + 2 * half, 2), 14);
    });
  });
  if (share) drawPaths(panel, { fig, share, from: spans[0][0], top: bottom + 26 });
}

// The hill of paths: each input's share, as an area over the places of the input.
function drawPaths(panel, { fig, share, from, top }) {
  const { ctx } = panel, { colors } = fig, foot = fig.height - 22, most = Math.max(...share);
  const bars = panel.x.factor > 3;
  text(panel, "paths from each input to this output", LEFT, top - 6, { color: colors.ink });
  ctx.fillStyle = colors.line[0];
  for (let i = 0; i < share.length; i++) {
    const x = panel.x.at(from + i), tall = share[i] / most * (foot - top - 4), wide = bars ? panel.x.factor * 0.8 : 1;
    if (x < LEFT - 1 || x > fig.width - 11 || !share[i]) continue;
    ctx.fillRect(x - wide / 2, foot - tall, wide, tall);
  }
  for (const tick of panel.x.ticks(56)) {
    text(panel, tick.text, panel.x.at(tick.value), foot + 4, { color: colors.muted, align: "center", base: "top" });
  }
}
