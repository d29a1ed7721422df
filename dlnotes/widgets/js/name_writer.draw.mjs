// The picture of the name writer: at each place of the name, how likely each letter is.

import { LETTERS } from "./letters.core.mjs";
import { HeatMap, palettes } from "./lib/field.mjs";
import { text } from "./lib/plot.mjs";

const D = LETTERS.length, LEFT = 34, TOP = 44, BOTTOM = 8;
export const shownAs = (k) => (k ? LETTERS[k] : "■");

/** The colour map of each number of columns, and room for its values. */
export const createInk = () => ({ maps: new Map(), values: new Float64Array(0) });

/** `columns`: the probabilities (27,) at each place; `name`: the letters that stand; `at`: the place looked at. */
export function drawPlaces(panel, ink, fig, { columns, name, ended, given }) {
  const { colors, ctx } = fig, n = columns.length;
  if (ink.values.length !== D * n) ink.values = new Float64Array(D * n);
  for (let t = 0; t < n; t++) for (let k = 0; k < D; k++) ink.values[(D - 1 - k) * n + t] = Math.sqrt(columns[t][k]);
  if (!ink.maps.has(n)) ink.maps.set(n, new HeatMap(n, D));
  panel.place(LEFT, TOP, Math.min(fig.width - 8, LEFT + 46 * n), fig.height - BOTTOM);
  panel.domain(-0.5, n - 0.5, D, 0);
  ink.maps.get(n).paint(panel, ink.values, -1, 1, palettes(colors).diverge, { smooth: false });
  const tall = (panel.bottom - panel.top) / D, half = (panel.x.at(1) - panel.x.at(0)) / 2;
  ctx.font = colors.font.replace("13px", "11px");
  for (let k = 0; k < D; k++) {
    text(panel, shownAs(k), LEFT - 8, panel.y.at(k + 0.5), { color: colors.muted, align: "right", base: "middle" });
  }
  ctx.font = `600 ${colors.font.replace("13px", "16px")}`;
  ctx.lineWidth = 2.5;
  for (let t = 0; t < n; t++) {
    const k = t < name.length ? LETTERS.indexOf(name[t]) : 0, open = t === name.length && !ended;
    const at = panel.x.at(t), color = t < given ? colors.ink : colors.line[1];
    text(panel, open ? "?" : shownAs(k), at, TOP - 8, { color, align: "center" });
    if (open) continue;
    ctx.strokeStyle = color;
    ctx.strokeRect(at - half + 1.5, panel.y.at(k) - 1, 2 * half - 3, tall + 2);
  }
  ctx.font = colors.font;
  text(panel, "how likely each letter was, place by place", 4, 14);
}
