// The view of MessagePassing: edit a graph, step its layers, watch features mix; or train a graph network on it.

import { goTo, right } from "./gcn.core.mjs";
import { DEPTH, MOST, PRESETS, fits } from "./graphs.core.mjs";
import { drawDepth, drawGraph, drawLoss, drawMatrix, drawScores } from "./message_passing.draw.mjs";
import { edgeAt, hand, labelled, toggled, withNode, withoutNode } from "./message_passing.edit.mjs";
import { graphScript } from "./message_passing.script.mjs";
import { GRAPH, reader, whole, worker } from "./message_passing.state.mjs";
import {
  EXPLAINED, FEATURE_NAMES, MODE_NAMES, PRESET_NAMES, SCALINGS, TOOL_NAMES, mixSentence, nodeSentence, sumSentence,
  trainSentence,
} from "./message_passing.text.mjs";
import { clamp } from "./lib/num.mjs";
import { link, numberIn, oneOf } from "./lib/link.mjs";
import { Panel, Scale, figure } from "./lib/plot.mjs";
import { player } from "./lib/player.mjs";
import { pythonButtons } from "./lib/python.mjs";
import {
  button, choice, draggable, explain, fold, h, mount, readout, select, setText, slider, toggle,
} from "./lib/ui.mjs";

const EMPTY = { places: [], edges: [], labels: [], truth: [] };
const FLIGHT = 450;                                       // milliseconds that messages are on their way
const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

function render({ model, el }) {
  const ui = mount(model, el, "message_passing", "Message passing");
  const get = ui.get, settings = reader(get), work = worker(settings);
  const graph = () => settings().graph, training = () => settings().task === "train";
  const last = () => (training() ? settings().steps : DEPTH);
  const step = () => whole(get("step"), 0, last(), 0);
  const node = () => whole(get("node"), 0, graph().labels.length - 1, 0);
  let tool = "move", other = 1, pull = null;
  const flight = { of: null, step: 0, start: -1e9 };

  // After a change of what is learned or mixed: training starts again, or shows its end where motion is reduced.
  function again(changes) {
    const train = (changes.mode ?? get("mode")) === "train";
    if (!train) return ui.set({ ...changes, step: Math.min(get("step"), DEPTH) });
    if (still()) return ui.set({ ...changes, step: settings().steps });
    ui.set({ ...changes, step: 0, playing: false });
    return ui.set({ playing: true });
  }
  function edit(next, picked, done = true) {
    const now = graph(), same = next.edges === now.edges && next.labels === now.labels;
    pull = null;
    if (next === now) return ui.set({ node: picked }, done);
    const lists = Object.fromEntries(GRAPH.map((name) => [name, next[name]]));
    return same ? ui.set({ ...lists, node: picked }, done) : again({ ...lists, node: picked });
  }

  // Page: built once ----------------------------------------------------------------------------------------
  const place = (kind, label) => figure(ui, h("div", { class: `dlw-figure dlw-mp-${kind}` }), label);
  const fig = place("graph", "The graph: nodes as pies of their features, edges as lines");
  const upper = place("upper", "What is left of the differences over the layers; in training, the nodes at their scores");
  const lower = place("lower", "The matrix that mixes; in training, the loss over the steps");
  const depthPanel = new Panel(upper, new Scale(), new Scale("log")), scorePanel = new Panel(upper);
  const lossPanel = new Panel(lower, new Scale(), new Scale("log"));
  const [seen, say] = readout(ui);
  const card = h("p", { class: "dlw-card dlw-mp-sum" });
  const MARGIN = 26;
  const at = (i) => [
    MARGIN + graph().places[2 * i] * (fig.host.clientWidth - 2 * MARGIN),
    MARGIN + (1 - graph().places[2 * i + 1]) * (fig.host.clientHeight - 2 * MARGIN)];
  const invert = (px, py) => [
    (px - MARGIN) / (fig.host.clientWidth - 2 * MARGIN), 1 - (py - MARGIN) / (fig.host.clientHeight - 2 * MARGIN)];
  const putGrip = hand(ui, fig.host, {
    at, invert, get: graph, set: edit, node, tool: () => tool,
    pulled(from, px, py, over = false) {
      pull = over || from < 0 ? null : [from, px, py];
      ui.redraw();
    } });
  const scrub = (panel, px) => ui.set({ step: clamp(Math.round(panel.x.invert(px)), 0, last()), playing: false });
  draggable(ui, upper.host, (px) => !training() && scrub(depthPanel, px));
  draggable(ui, lower.host, (px) => training() && scrub(lossPanel, px));

  const setting = (name, key) => ({ get: () => settings()[key], set: (value) => again({ [name]: value }) });
  const presets = {
    get: () => (settings().own ? "own" : get("preset")),
    set: (name) => name !== "own" && again({ ...EMPTY, preset: name, node: 0 }) };
  const forFeatures = select(ui, setting("features", "kind"), { label: "features of the nodes", options: FEATURE_NAMES });
  const forHidden = slider(ui, setting("hidden", "hidden"), { label: "hidden units", min: 1, max: 16, step: 1 });
  const forRate = slider(ui, setting("lr", "lr"), { label: "learning rate (Adam)", min: 1e-3, max: 1, log: true });
  const nodeNumber = { get: node, set: (i) => ui.set({ node: i }) };
  const otherNumber = { get: () => Math.min(other, graph().labels.length - 1), set: (i) => { other = i; ui.redraw(); } };
  const lastNode = () => graph().labels.length - 1;
  const join = button(ui, "Connect", () => edit(toggled(graph(), node(), otherNumber.get()), node()));
  const remove = button(ui, "Remove the picked node", () => (
    edit(withoutNode(graph(), node()), Math.min(node(), Math.max(lastNode() - 1, 0)))));
  const insert = button(ui, "Add a node", () => {
    const [x, y] = graph().places.slice(2 * node(), 2 * node() + 2);
    edit(withNode(graph(), x + 0.09, y + 0.09), Math.min(lastNode() + 1, MOST - 1));
  });
  const lists = (low, high) => (words) => {
    const list = words === "" ? [] : words.split(",").map(Number);
    return list.length <= 700 && list.every((v) => v >= low && v <= high) ? list : undefined;
  };
  const spec = {
    mode: oneOf("mix", "train"), preset: oneOf(...PRESETS), places: lists(0, 1), edges: lists(0, MOST), labels: lists(-1, 1),
    truth: lists(-1, 1), features: oneOf("one", "two", "random"), normalization: oneOf("none", "row", "symmetric"),
    self_loops: (words) => ({ true: true, false: false })[words], node: numberIn(0, MOST - 1, true),
    step: numberIn(0, 1000, true), hidden: numberIn(1, 16, true), lr: numberIn(1e-3, 1), seed: numberIn(0, 2 ** 31 - 1, true),
    steps: numberIn(1, 1000, true) };
  const ready = (state) => (fits(state) ? state : { ...state, ...EMPTY });

  ui.root.append(
    h("div", { class: "dlw-head" }, h("strong", {}, "Message passing"), link(ui, spec, ready)),
    choice(ui, {
      label: "What the graph does", options: MODE_NAMES, current: () => settings().task,
      choose: (mode) => again({ mode, step: 0, speed: mode === "train" ? 60 : 1 }) }),
    h("div", { class: "dlw-controls" },
      select(ui, presets, { label: "graph", options: PRESET_NAMES }),
      select(ui, setting("normalization", "mode"), { label: "what a node takes of its messages", options: SCALINGS })),
    h("div", { class: "dlw-columns dlw-mp-columns" },
      h("div", { class: "dlw-side" }, fig.host,
        choice(ui, {
          label: "What a touch does", options: TOOL_NAMES, current: () => tool,
          choose: (name) => { tool = name; pull = null; ui.redraw(); } }),
        choice(ui, {
          label: "Label of the picked node", options: [[0, "A"], [1, "B"], [-1, "No label"]],
          current: () => graph().labels[node()], choose: (label) => edit(labelled(graph(), node(), label), node()) }),
        player(ui, { last, label: "Layer or step" })),
      h("div", { class: "dlw-side" }, upper.host, lower.host)),
    seen, card,
    h("div", { class: "dlw-controls" },
      toggle(ui, setting("self_loops", "selfLoops"), { label: "self-loops: each node hears itself" }), forFeatures,
      forHidden, forRate),
    fold("Edit by numbers", h("div", { class: "dlw-controls" },
      slider(ui, nodeNumber, { label: "picked node", min: 0, max: lastNode, step: 1 }),
      slider(ui, otherNumber, { label: "other node", min: 0, max: lastNode, step: 1 })),
    h("div", { class: "dlw-row" }, join, insert, remove)),
    fold("This as Python", h("div", { class: "dlw-row" }, ...pythonButtons(ui, (library) => (
      graphScript({ ...settings(), node: node() }, work().Ahat, step(), library))))),
    explain(...EXPLAINED));

  // Draw: from the model alone ------------------------------------------------------------------------------
  // How far the messages of the last step have come, from 0 to 1; only a step ahead by one has any.
  function came(now, k) {
    const one = flight.of === now && k === flight.step + 1 && get("speed") <= 5 && !still();
    if (one) flight.start = performance.now();
    else if (flight.of !== now || k !== flight.step) flight.start = -1e9;
    Object.assign(flight, { of: now, step: k });
    return clamp((performance.now() - flight.start) / FLIGHT, 0, 1);
  }
  function drawMix(now, k) {
    const { all, tops, N, C, Ahat, left, sizes } = now, t = came(now, k);
    const from = Math.max(k - 1, 0), to = Math.max(k, 1);
    const shown = { ...graph(), N, C, Ahat, node: node(), step: k, pull, before: all[from], topBefore: tops[from] };
    if (fig.begin()) drawGraph(fig, at, { ...shown, t, wrong: () => false, values: all[k], top: tops[k] });
    if (upper.begin()) drawDepth(depthPanel, { ...now, fig: upper, step: k });
    if (lower.begin()) drawMatrix(lower, { ...shown, values: all[to], top: tops[to] });
    if (t < 1) ui.redraw();
    say(mixSentence({ ...settings(), ...graph(), step: k, left: left[k], size: sizes[k], N }));
    return sumSentence({ ...shown, after: all[k] });
  }
  function drawTraining({ gcn, N, C, Ahat, ks }, k) {
    goTo(gcn, k);
    const { P, Z2, losses, known } = gcn, { labels, truth } = graph(), [good, asked] = right(gcn, truth);
    const wrong = (i) => labels[i] < 0 && truth[i] >= 0 && Number(Z2[2 * i + 1] > Z2[2 * i]) !== truth[i];
    if (fig.begin()) drawGraph(fig, at, { ...graph(), N, C, Ahat, node: node(), pull, wrong, values: P, top: 1, t: 1 });
    let reach = 0.5, low = 1;
    for (let i = 0; i < 2 * N; i++) reach = Math.max(reach, 1.15 * Math.abs(Z2[i]));
    for (let i = 0; i <= k; i++) if (losses[i] > 1e-9 && losses[i] < low) low = losses[i];
    if (upper.begin()) drawScores(scorePanel, { fig: upper, Z2, N, labels, truth, node: node(), reach });
    if (lower.begin()) {
      drawLoss(lossPanel, { fig: lower, losses, ks, step: k, low: 10 ** Math.floor(Math.log10(0.5 * low)) });
    }
    say(trainSentence({ step: k, loss: losses[k], known, good, asked, N }));
    return nodeSentence({ node: node(), P, labels, truth });
  }
  ui.start(() => {
    const now = work(), k = step(), train = training();
    forFeatures.hidden = train;
    forHidden.hidden = forRate.hidden = !train;
    setText(join, edgeAt(graph(), node(), otherNumber.get()) >= 0 ? "Part the two" : "Connect the two");
    const words = train ? drawTraining(now, k) : drawMix(now, k);
    setText(card, words);
    if (fig.width) putGrip(words);
  });
  return ui.end;
}

export default { render };
