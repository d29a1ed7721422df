// How an answer is judged: { right (true, false or null while nothing is given), words }.

const plain = (text) => (/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text) ? Number(text) : NaN);

// The numbers that what was typed may mean: "0,5" is a half, "1/4" a quarter, "1,200" has two readings.
function readings(typed) {
  const text = typed.trim().replaceAll("−", "-");
  const fraction = /^([-+]?\d+)\/(\d+)$/.exec(text);
  if (fraction) return [Number(fraction[1]) / Number(fraction[2])].filter(Number.isFinite);
  const grouped = /^[-+]?[1-9]\d{0,2}([,\s]\d{3})+$/.test(text) ? text.replace(/[,\s]/g, "") : text;
  return [text.replace(/^([-+]?\d*),(\d+)$/, "$1.$2"), grouped].map(plain).filter(Number.isFinite);
}

/** given: the place of the chosen answer in words, or what was typed. */
export function judge({ choices, answer, tol, mistakes, why }, given) {
  const words = String(given ?? "");
  if (!words.trim()) return { right: null, words: choices.length ? "Choose an answer." : "Type a number." };
  if (choices.length) {
    const one = /^\d+$/.test(words) ? choices[Number(words)] : undefined;
    return one ? { right: Boolean(one.right), words: one.why } : { right: null, words: "Choose an answer." };
  }
  const values = readings(words);
  const near = (v) => values.some((value) => Math.abs(value - v) <= tol * Math.max(1e-12, Math.abs(v)));
  if (!values.length) return { right: null, words: "That is not a number: write it like 0.25, 1/4, -3 or 1e-4." };
  if (near(answer[0])) return { right: true, words: why };
  const known = mistakes.find(([v]) => near(v));
  if (known) return { right: false, words: known[1] };
  if (near(-answer[0])) return { right: false, words: "The size is right, the sign is not." };
  return { right: false, words: `It is not ${words.trim()}: work it out once more, on paper and step by step.` };
}
