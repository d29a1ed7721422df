// Expressions that a reader types: parsed by recursive descent, never run as code, and made into a graph. The
// twin of backprop_expression.py, which gives the grammar.

import { apply } from "./backprop_stepper.core.mjs";

export const MOST = { characters: 300, operations: 48, variables: 8, depth: 24, letters: 12 };
export const FUNCTIONS = [
  "exp", "log", "tanh", "sigmoid", "relu", "softplus", "sin", "cos", "sqrt", "abs", "max", "min"];
const EITHER_WAY = ["+", "*", "max", "min"];              // operations whose arguments may change places
const SAME = new Map(Object.entries({ "^": "**", "×": "*", "·": "*", "÷": "/", "−": "-" }));
const RESERVED = new Set((
  "False None True and as assert async await break class continue def del elif else except finally for " +
  "from global if import in is lambda nonlocal not or pass raise return try while with yield " +
  "np torch Value __debug__ print float power NaN nan Infinity inf undefined null").split(" "));
const TOKEN = new RegExp(
  "([0-9]+\\.?[0-9]*(?:[eE][+-]?[0-9]+)?|\\.[0-9]+(?:[eE][+-]?[0-9]+)?)|([A-Za-z_][A-Za-z_0-9]*)" +
  "|(\\*\\*|[-+*/^(),;=\\n×·÷−])", "y");
const END = "the end";

// What is wrong with an expression: `at` is the place of the character, from 0.
export class ExpressionError extends Error {
  constructor(text, at, expected, got) {
    super(`position ${at + 1}: expected ${expected}; got ${got}`);
    this.at = at;
    this.shown = show(text, at);
  }
}

// The line of the text around a place, and a caret below it.
export function show(text, at, room = 44) {
  const line = text.replaceAll("\n", " ");
  const start = Math.max(0, Math.min(at - Math.floor(room / 2), line.length - room));
  return `${line.slice(start, start + room)}\n${" ".repeat(at - start)}^`;
}

const quoted = (word) => (word === END ? word : `'${word}'`);

// The graph of a text: { nodes: [{ op, args, k, name }], variables: [place] }. Each node stands after its
// arguments, the last is the result; a variable has the op "", a constant argument is null in args and k.
export function parse(text) {
  const length = [...text].length;
  if (length > MOST.characters) {
    throw new ExpressionError(text, MOST.characters, `at most ${MOST.characters} characters`, length);
  }
  return new Parser(text).program();
}

// The graph, or the error.
export function tryParse(text) {
  try {
    return { graph: parse(String(text)), error: null };
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return { graph: null, error };
  }
}

function tokens(text) {
  const found = [];
  for (let at = 0, depth = 0; at < text.length; at = TOKEN.lastIndex) {
    TOKEN.lastIndex = at + 1;
    if (" \t\r\u00a0".includes(text[at])) continue;
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (!match) {
      const odd = String.fromCodePoint(text.codePointAt(at));
      throw new ExpressionError(text, at, "a number, a name or an operator", quoted(odd));
    }
    const word = match[0], kind = match[1] ? "number" : match[2] ? "name" : "sign";
    depth += (word === "(") - (word === ")");
    if (word !== "\n" || depth <= 0) found.push([kind, word === "\n" ? ";" : SAME.get(word) ?? word, at]);
  }
  return [...found, ["end", END, text.length]];
}

// What it returns for a part is { k } (a constant) or the place of a node.
class Parser {
  constructor(text) {
    Object.assign(this, { text, tokens: tokens(text), next: 0, depth: 0 });
    this.graph = { nodes: [], variables: [] };
    this.known = new Map();                               // operation and arguments -> place
    this.given = new Map();                               // names defined by the reader -> [value, place]
    this.used = new Set();
  }
  get kind() { return this.tokens[this.next][0]; }
  get word() { return this.tokens[this.next][1]; }
  get at() { return this.tokens[this.next][2]; }

  fail(expected, at = this.at, got = quoted(this.word)) {
    throw new ExpressionError(this.text, at, expected, got);
  }
  // The next word if it is one of these signs, and on to the following; or null.
  take(...words) {
    if (this.kind !== "sign" || !words.includes(this.word)) return null;
    return this.tokens[this.next++][1];
  }

  // Grammar
  program() {
    let result = null, name = null, named = true, before = 0;
    while (this.take(";"));
    while (result === null || this.kind !== "end") {
      if (!named) {
        this.fail("'name =' before all but the last expression", before, "an expression without a name");
      }
      before = this.at;
      name = this.definition();
      result = this.sum();
      named = name !== null;
      if (named) this.give(name, result, before);
      if (this.kind !== "end" && !this.take(";")) this.fail("an operator such as + or *");
      while (this.take(";"));
    }
    return this.finish(result, name);
  }
  // The name in front of "=", or null.
  definition() {
    if (this.kind !== "name" || this.tokens[this.next + 1][1] !== "=") return null;
    const name = this.word;
    this.checkName(name);
    if (FUNCTIONS.includes(name) || name === "pi" || this.given.has(name)) this.fail("a new name before '='");
    this.next += 2;
    return name;
  }
  give(name, value, at) {
    if (this.known.has(name)) this.fail("a new name before '='", at, quoted(name));
    this.given.set(name, [value, at]);
    if (typeof value === "number") this.graph.nodes[value].name ||= name;
  }
  sum() {
    let left = this.product();
    for (let at = this.at, sign; (sign = this.take("+", "-")); at = this.at) {
      left = this.make(sign, [left, this.product()], at);
    }
    return left;
  }
  product() {
    let left = this.sign();
    for (let at = this.at, sign; (sign = this.take("*", "/")); at = this.at) {
      left = this.make(sign, [left, this.sign()], at);
    }
    return left;
  }
  sign() {
    const at = this.at;
    this.depth++;
    if (this.depth > MOST.depth) {
      this.fail(`at most ${MOST.depth} levels of brackets and signs`, at, "more");
    }
    const sign = this.take("-", "+");
    const value = sign ? this.sign() : this.power();
    this.depth--;
    return sign === "-" ? this.make("neg", [value], at) : value;
  }
  power() {
    const base = this.atom(), at = this.at;
    return this.take("**") ? this.make("**", [base, this.sign()], at) : base;
  }
  atom() {
    const [kind, word, at] = this.tokens[this.next];
    if (kind === "number") {
      this.next++;
      if (!Number.isFinite(Number(word))) this.fail("a number of size up to 1.8e308", at, quoted(word));
      return { k: Number(word) };
    }
    if (kind === "name") {
      this.next++;
      return FUNCTIONS.includes(word) || this.word === "(" ? this.call(word, at) : this.named(word, at);
    }
    if (!this.take("(")) this.fail("a number, a name or '('");
    const value = this.sum();
    if (!this.take(")")) this.fail("')' or an operator");
    return value;
  }
  call(name, at) {
    if (!FUNCTIONS.includes(name)) this.fail(`one of ${FUNCTIONS.join(", ")} before '('`, at, quoted(name));
    if (!this.take("(")) this.fail(`'(' after ${name}`);
    const values = [this.sum()];
    while (this.take(",")) values.push(this.sum());
    if (!this.take(")")) this.fail("',', ')' or an operator");
    const several = name === "max" || name === "min";
    if (several ? values.length < 2 : values.length !== 1) {
      this.fail(`${several ? "2 or more arguments" : "1 argument"} of ${name}`, at, values.length);
    }
    let value = this.make(name, values.slice(0, several ? 2 : 1), at);
    for (const other of values.slice(2)) value = this.make(name, [value, other], at);
    return value;
  }
  named(name, at) {
    if (this.given.has(name)) {
      this.used.add(name);
      return this.given.get(name)[0];
    }
    if (name === "pi") return { k: Math.PI };
    this.checkName(name, at);
    const { nodes, variables } = this.graph;
    if (!this.known.has(name)) {
      if (variables.length === MOST.variables) {
        this.fail(`at most ${MOST.variables} variables`, at, "one more");
      }
      variables.push(nodes.length);
      this.known.set(name, nodes.length);
      nodes.push({ op: "", args: [], k: 0, name });
    }
    return this.known.get(name);
  }
  checkName(name, at = this.at) {
    if (RESERVED.has(name)) this.fail("another name: this one is taken", at, quoted(name));
    if (name.length > MOST.letters) this.fail(`a name of at most ${MOST.letters} letters`, at, quoted(name));
  }

  // The place of a node, made unless the graph has it; { k } if all values are constants.
  make(op, values, at) {
    const constants = values.filter((v) => typeof v !== "number");
    if (constants.length === values.length) {
      const k = apply(op, ...values.map((v) => v.k));
      if (!Number.isFinite(k)) this.fail("a constant part that is a finite number", at, "one that is not");
      return { k };
    }
    const args = values.map((v) => (typeof v === "number" ? v : null)), k = (constants[0]?.k ?? 0) + 0;
    const order = EITHER_WAY.includes(op) ? [...args].sort((a, b) => (a ?? -1) - (b ?? -1)) : args;
    const key = `${op} ${order.join(" ")} ${k}`, { nodes, variables } = this.graph;
    if (!this.known.has(key)) {
      if (nodes.length - variables.length === MOST.operations) {
        this.fail(`at most ${MOST.operations} operations`, at, "one more");
      }
      this.known.set(key, nodes.length);
      nodes.push({ op, args, k, name: "" });
    }
    return this.known.get(key);
  }
  finish(result, last) {
    if (typeof result !== "number") this.fail("at least one variable, such as a", 0, "none");
    for (const [name, [, at]] of this.given) {
      if (!this.used.has(name) && name !== last) this.fail(`${name} to be used`, at, "a definition only");
    }
    return withNames(this.graph);
  }
}

// Gives a name to each node that the reader gave none: v1, v2, ..., and f to the result.
function withNames(graph) {
  const taken = new Set(graph.nodes.map((node) => node.name)), result = graph.nodes.at(-1);
  result.name ||= ["f", "out", "result", "f_out"].find((name) => !taken.has(name));
  const free = (letter) => ![...taken].some((name) => (
    name.startsWith(letter) && /^[0-9]+$/.test(name.slice(letter.length))));
  const letter = ["v", "t", "u", "v_", "t_", "u_", "v__", "t__", "u__"].find(free);
  let number = 0;
  for (const node of graph.nodes) node.name ||= `${letter}${++number}`;
  return graph;
}
