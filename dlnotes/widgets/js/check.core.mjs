// What the cores ask of a reader's settings; a RangeError says what was expected and what came.

/** The error for a name that is not one of `names`; `what` says what it was to be the name of. */
export function unknown(names, name, what) {
  return new RangeError(`expected ${what} to be one of ${names.join(", ")}; got ${name}`);
}

/** table[name], if there is one. */
export function entry(table, name, what) {
  if (Object.hasOwn(table, name)) return table[name];
  throw unknown(Object.keys(table), name, what);
}

/** The value, if it is a whole number >= least. */
export function whole(value, least, what) {
  if (Number.isInteger(value) && value >= least) return value;
  throw new RangeError(`expected ${what} >= ${least} and whole; got ${value}`);
}
