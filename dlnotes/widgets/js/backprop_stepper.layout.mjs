// Where the boxes of a graph stand: a column just left of the first use, a bend in each column that an edge
// passes (so that none runs through a box), and in each column an order with few crossings, as in
// K. Sugiyama, S. Tagawa and M. Toda, "Methods for visual understanding of hierarchical system structures", 1981.

const SWEEPS = 6;

// { at: [[column, row]] of the nodes, edges: [{ child, slot, place, stops }] }, stops from child to place.
export function layout({ nodes }) {
  const { items, layers, edges } = columns(nodes);
  let best = null, fewest = Infinity;
  for (let sweep = 0; sweep < SWEEPS && fewest > 0; sweep++) {
    order(layers, sweep % 2 === 0);
    const count = crossings(layers);
    if (count >= fewest) continue;
    fewest = count;
    best = layers.map((layer) => [...layer]);
  }
  rows(best);
  const top = Math.min(...best.flat().map((item) => item.y));
  const spot = (item) => [layers.length - 1 - item.layer, item.y - top];
  return { at: items.map(spot), edges: edges.map(({ way, ...edge }) => ({ ...edge, stops: way.map(spot) })) };
}

// Layer 0 holds the result. An item is a node or a bend; `uses` are its neighbours in the layer before, each
// with a little weight for the side of the box, `from` those in the layer after.
function columns(nodes) {
  const n = nodes.length, layers = [], edges = [];
  const put = (layer) => {
    const item = { layer, uses: [], from: [], y: 0, wish: 0 };
    (layers[layer] ??= []).push(item);
    return item;
  };
  const level = new Array(n).fill(0);
  for (let i = n - 1; i >= 0; i--) {
    for (const p of nodes[i].args) if (p !== null) level[p] = Math.max(level[p], level[i] + 1);
  }
  for (let layer = 0; layer <= Math.max(...level); layer++) layers[layer] = [];
  const items = level.map(put);
  for (let i = n - 1; i >= 0; i--) {
    nodes[i].args.forEach((p, slot) => {
      if (p === null) return;
      const way = [items[i]];
      for (let layer = level[i] + 1; layer < level[p]; layer++) way.push(put(layer));
      way.push(items[p]);
      edges.push({ child: i, slot, place: p, way });
      for (let j = 1; j < way.length; j++) {
        way[j].uses.push([way[j - 1], j === 1 ? 0.2 * slot : 0]);
        way[j - 1].from.push([way[j], 0]);
      }
    });
  }
  return { items, layers, edges };
}

const mean = (pairs, otherwise) => (
  pairs.length ? pairs.reduce((sum, [item, d]) => sum + item.y + d, 0) / pairs.length : otherwise);

// Sorts each layer by where its neighbours stand: back from the result, or the other way.
function order(layers, back) {
  for (const layer of back ? layers : [...layers].reverse()) {
    for (const item of layer) item.wish = mean(back ? item.uses : item.from, item.y);
    layer.sort((a, b) => a.wish - b.wish).forEach((item, k) => { item.y = k - (layer.length - 1) / 2; });
  }
}

function crossings(layers) {
  let count = 0;
  for (const layer of layers) {
    const lines = layer.flatMap((item) => item.from.map(([other]) => [item.y, other.y]));
    for (let i = 0; i < lines.length; i++) {
      for (let j = 0; j < i; j++) count += (lines[i][0] - lines[j][0]) * (lines[i][1] - lines[j][1]) < 0;
    }
  }
  return count;
}

// Rows at least 1 apart in the order found, each near the mean of its uses.
function rows(layers) {
  for (const layer of layers) {
    for (const item of layer) item.wish = mean(item.uses.map(([use]) => [use, 0]), 0);
    let last = -Infinity, shift = 0;
    for (const item of layer) {
      last = item.y = Math.max(item.wish, last + 1);
      shift += (item.wish - item.y) / layer.length;
    }
    for (const item of layer) item.y += shift;
  }
}
