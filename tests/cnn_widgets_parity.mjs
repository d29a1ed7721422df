// Calls the cores of the convolution stepper, the digit pad and the receptive-field calculator for tests/test_conv_stepper.py,
// test_draw_digit.py and test_receptive_field.py.

import { serve } from "./probes.mjs";
import * as step from "../dlnotes/widgets/js/conv_stepper.core.mjs";
import * as draw from "../dlnotes/widgets/js/draw_digit.core.mjs";
import * as field from "../dlnotes/widgets/js/receptive_field.core.mjs";
import { withPoint, withoutLast } from "../dlnotes/widgets/js/draw_digit.pad.mjs";

const view = (bytes) => new DataView(Uint8Array.from(bytes).buffer);
const passOf = (bytes, X) => {
  const net = draw.network(view(bytes));
  return { net, pass: draw.forward(net, Float64Array.from(X)) };
};

const probes = {
  "conv_stepper.KERNELS": () => step.KERNELS,
  "conv_stepper.OWN": () => step.OWN,
  "conv_stepper.gabor": (...args) => step.gabor(...args),
  "conv_stepper.pictures": (bytes) => Object.values(step.pictures(view(bytes))).map(({ n, X }) => [n, X]),
  "conv_stepper.outputSize": (...args) => step.outputSize(...args),
  "conv_stepper.applied": (...args) => step.applied(...args),
  "conv_stepper.response": (X, n, kernel, settings) => step.response({ X, n }, kernel, settings),
  "conv_stepper.productsAt": (X, n, kernel, settings, at) => (
    step.productsAt({ X, n }, kernel, settings, at).map(({ row, column, inside, x, w, product }) => [row, column, inside ? 1 : 0, x, w, product])),
  "draw_digit.constants": () => [draw.PAD, draw.FRAME, draw.INK],
  "draw_digit.LAYERS": () => draw.LAYERS,
  "draw_digit.unpackStrokes": (flat) => draw.unpackStrokes(flat),
  "draw_digit.fitted": (strokes) => draw.fitted(strokes),
  "draw_digit.distances": (strokes) => draw.distances(strokes, new Float64Array(1024)),
  "draw_digit.bitmap": (...args) => draw.bitmap(...args),
  "draw_digit.counts": (bits) => draw.counts(Float64Array.from(bits)),
  "draw_digit.network": (bytes) => {
    const net = draw.network(view(bytes));
    return net && [net.C1, net.C2];
  },
  "draw_digit.examples": (bytes) => {
    const { X, y } = draw.network(view(bytes));
    return [Array.from(y), Array.from(y, (_, i) => X.subarray(64 * i, 64 * i + 64).reduce((a, b) => a + b))];
  },
  "draw_digit.forward": (bytes, X) => Object.values(passOf(bytes, X).pass).slice(1),
  "draw_digit.scores": (bytes, rows) => rows.map((X) => passOf(bytes, X).pass.scores),
  "draw_digit.softmax": (z) => draw.softmax(z),
  "draw_digit.shapeOf": (bytes, layer) => draw.shapeOf(draw.network(view(bytes)), layer),
  "draw_digit.fieldOf": (...args) => draw.fieldOf(...args),
  "draw_digit.termsOf": (bytes, X, ...unit) => {
    const { net, pass } = passOf(bytes, X), { size, groups, z, value } = draw.termsOf(net, pass, ...unit);
    return [size, groups.length, groups.reduce((sum, g) => sum + g.sum, 0), z, value];
  },
  withPoint: (...args) => withPoint(...args),
  withoutLast: (flat) => withoutLast(flat),
  "receptive_field.PRESETS": () => field.PRESETS,
  "receptive_field.limits": () => [field.MOST, field.LIMITS],
  "receptive_field.layersOf": (flat) => field.layersOf(flat),
  "receptive_field.table": (...args) => field.table(...args).map(({ n, jump, field: r, centre }) => [n, jump, r, centre]),
  "receptive_field.sees": (...args) => field.sees(...args),
  "receptive_field.paths": (...args) => field.paths(...args),
};
const together = {
  "draw_digit.PAD": 1, "draw_digit.FRAME": 1, "draw_digit.INK": 1, "receptive_field.MOST": 1, "receptive_field.LIMITS": 1 };

serve(probes, [...Object.keys(probes), ...Object.keys(together)]);
