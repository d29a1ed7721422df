// Who learns: the losses, and what each network makes of the plane.

import { stroke } from "./deep_init.draw.mjs";
import { EPOCHS, REACH } from "./deep_init.runs.core.mjs";
import { palettes } from "./lib/field.mjs";
import { linspace } from "./lib/num.mjs";
import { DASHES, axes, crosshair, legend, line, segment, text } from "./lib/plot.mjs";

const EPOCH = linspace(0, EPOCHS, new Float64Array(EPOCHS + 1));

export function drawTraining(fig, loss, maps, trainees, epoch, data) {
  const { colors } = fig, wide = fig.width >= 560;
  const step = wide ? 130 : (fig.width - 8) / 3;
  const right = wide ? fig.width - 3 * step - 22 : fig.width - 12, side = wide ? 122 : step - 8;
  loss.place(40, 28, right, wide ? fig.height - 44 : fig.height - side - 92);
  loss.domain(0, EPOCHS, 0, 1);
  axes(loss, { x: "epoch", y: "loss on the 100 points", yRoom: 36 });
  segment(loss, 0, Math.LN2, EPOCHS, Math.LN2, { color: colors.muted, width: 1, dash: DASHES[2] });
  crosshair(loss, epoch);
  trainees.forEach(({ losses }, k) => {
    line(loss, EPOCH, losses, epoch + 1, { color: colors.line[k], width: 2.5, dash: DASHES[k] });
  });
  if (trainees.length) legend(loss, trainees.map(({ title }, k) => ({ k, text: title })));
  for (let k = 0; k < trainees.length; k++) {
    const left = wide ? right + 28 + k * step : 6 + k * step;
    const top = wide ? (loss.top + loss.bottom - side) / 2 + 14 : fig.height - side - 16;
    drawPlane(maps[k], trainees[k], k, left, top, side, data);
  }
}

function drawPlane({ panel, heat }, { title, map, painted }, k, left, top, side, { X, y }) {
  const { colors } = panel.fig;
  panel.place(left, top, left + side, top + side);
  panel.domain(-REACH, REACH, -REACH, REACH);
  if (painted) heat.paint(panel, map, 0, 1, palettes(colors).diverge, { alpha: 0.8 });
  const { ctx } = panel;
  for (let n = 0; n < y.length; n++) {
    ctx.fillStyle = y[n] === 1 ? colors.ink : colors.paper;
    ctx.strokeStyle = colors.ink;
    ctx.lineWidth = 1;
    ctx.beginPath();
    ctx.arc(panel.x.at(X[2 * n]), panel.y.at(X[2 * n + 1]), 2, 0, 7);
    ctx.fill();
    ctx.stroke();
  }
  ctx.lineWidth = 1;
  ctx.strokeStyle = colors.grid;
  ctx.strokeRect(left + 0.5, top + 0.5, side - 1, side - 1);
  stroke(ctx, colors.line[k], DASHES[k], left, left + 40, top - 24);
  text(panel, title, left, top - 6);
}
