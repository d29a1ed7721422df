"""Two thousand random and hostile settings for every widget of the book: no exception, no freeze, and the widget still answers.

Settings come the three ways that a reader has: traits at random and at the ends of their ranges (as the controls and Python
set them), links with absurd values, and garbage typed into every entry. The page's animation frames are run by hand, so that
each setting is drawn once, at once.
"""

import functools
import importlib
import json
import pkgutil
import random
import re
import string

import pytest
import traitlets

import dlnotes.widgets
from dlnotes.widgets.base import Widget

COUNT = 2000
SLOWEST = 1500      # milliseconds for one setting and its picture, on a quiet machine
for module in pkgutil.iter_modules(dlnotes.widgets.__path__):
    importlib.import_module(f"dlnotes.widgets.{module.name}")
WIDGETS = {cls.view: cls for cls in Widget.__subclasses__() if cls.__module__.startswith("dlnotes.")}

# Frames wait until flush(); a frame that asks for the next one gets it at the next flush.
FRAMES = """
(() => {
  let waiting = new Map(), last = 0, now = 0;
  globalThis.requestAnimationFrame = (f) => { waiting.set(++last, f); return last; };
  globalThis.cancelAnimationFrame = (id) => waiting.delete(id);
  globalThis.flush = () => { const all = waiting; waiting = new Map(); now += 16; for (const f of all.values()) f(now); };
  addEventListener("load", () => setInterval(() => { if (!globalThis.byHand) flush(); }, 16));
})();
"""

ATTACK = """
([index, plan]) => {
  const host = document.querySelectorAll(".dlw-host")[index], { model } = host, times = [];
  globalThis.byHand = true;
  for (const [kind, value] of plan) {
    const start = performance.now();
    if (kind === "traits") for (const [name, v] of Object.entries(value)) model.set(name, v);
    if (kind === "link") {
      history.replaceState(null, "", "#dlw=" + index + "&" + value);
      dispatchEvent(new HashChangeEvent("hashchange"));
    }
    if (kind === "type") {
      const entries = host.querySelectorAll("input:not([type=checkbox]):not([type=file]), textarea"), [at, words] = value;
      const entry = entries[at % Math.max(entries.length, 1)];
      if (entry) {
        entry.value = words;
        for (const type of ["input", "change"]) entry.dispatchEvent(new Event(type, { bubbles: true }));
      }
    }
    if (kind === "key") {
      host.querySelector(".dlw").dispatchEvent(new KeyboardEvent("keydown", { key: value, bubbles: true, cancelable: true }));
    }
    flush();
    times.push(performance.now() - start);
  }
  const slowest = times.indexOf(Math.max(...times));
  globalThis.byHand = false;
  return { slowest: times[slowest], plan: plan[slowest], said: host.querySelector(".dlw-readout")?.textContent ?? "" };
}
"""


@functools.cache
def pages(site):
    """Where each widget stands in the least company, which opens soonest: view -> (page, without its text; its place there)."""
    found = {}
    for path in sorted(site.rglob("*.html")):
        modules = re.findall(r'class="dlw-host[^>]*data-module="(\w+)\.mjs"', path.read_text(encoding="utf-8"))
        for index, view in enumerate(modules):
            found.setdefault(view, []).append((len(modules), f"{path.relative_to(site).as_posix()}?widgets", index))
    return {view: min(places)[1:] for view, places in found.items()}


def number(rng, trait):
    """A number in the trait's range: an end, 0, or anything, even in logarithm."""
    low = -1e6 if trait.min in (None, float("-inf")) else trait.min
    high = 1e6 if trait.max in (None, float("inf")) else trait.max
    inside = [v for v in (0, 1, -1, low, high) if low <= v <= high]
    value = rng.choice([rng.choice(inside), rng.uniform(low, high), low + (high - low) * 10 ** rng.uniform(-9, 0)])
    return int(value) if isinstance(trait, traitlets.Int) else value


def texts(rng):
    garbage = "".join(rng.choice(string.printable) for _ in range(rng.randrange(80)))
    return rng.choice(["", " ", "NaN", "1e999", "-1", "a*", "(" * 60, "1,2,1\n3,4", "1;2;0\n" * 50, "a*b+tanh(c)", "\u0000", garbage])


def random_value(rng, trait):
    if isinstance(trait, traitlets.Enum):
        return rng.choice(list(trait.values))
    if isinstance(trait, traitlets.Bool):
        return rng.random() < 0.5
    if isinstance(trait, (traitlets.Int, traitlets.Float)):
        return number(rng, trait)
    if isinstance(trait, traitlets.Unicode):
        return texts(rng)
    return None                      # lists have rules of their own: they come by link


HOSTILE = ["NaN", "Infinity", "-1e308", "1e999", "", "-1", "0", "1e6", "<script>", "null", "[]", "0,0,0", "constructor", "%00", "9" * 400,
           "1,2,1;3,4,0", ",".join(["5"] * 5000)]


def attacks(cls, rng):
    """The plan: [kind, value] COUNT times."""
    traits = {name: cls.class_traits()[name] for name in sorted(cls.public_traits())}
    for _ in range(COUNT):
        kind = rng.choices(["traits", "link", "type", "key"], [6, 2, 2, 1])[0]
        if kind == "traits":
            names = rng.sample(sorted(traits), rng.randint(1, min(4, len(traits))))
            values = {name: random_value(rng, traits[name]) for name in names}
            yield kind, {name: value for name, value in values.items() if value is not None}
        elif kind == "link":
            yield kind, "&".join(f"{name}={rng.choice(HOSTILE)}" for name in rng.sample(sorted(traits), min(3, len(traits))))
        elif kind == "type":
            yield kind, [rng.randrange(1000), rng.choice([*HOSTILE, texts(rng)])]
        else:
            yield kind, rng.choice(["p", ".", ",", "r", "n", "+", "-", "ArrowLeft", "Escape", "Delete"])


def test_every_widget_stands_in_the_book(site):
    assert set(pages(site)) == set(WIDGETS)


@pytest.mark.parametrize("view", sorted(WIDGETS))
def test_hostile_settings(visit, site, view):
    page, index = pages(site)[view]
    rng = random.Random(view)
    opened = visit(reduced_motion="reduce")
    opened.tab.add_init_script(FRAMES)
    opened.go(page)
    opened.widget(view)
    plan = list(attacks(WIDGETS[view], rng))
    for start in range(0, COUNT, 250):
        out = opened.tab.evaluate(ATTACK, [index, plan[start:start + 250]])
        assert not opened.complaints, (start, opened.complaints[:3])
        if out["slowest"] > SLOWEST:
            assert out["slowest"] < SLOWEST * opened.busy(), (out["slowest"], json.dumps(out["plan"])[:300])
    assert out["said"].strip(), "the widget says nothing any more"
    assert "undefined" not in out["said"] and "NaN" not in out["said"], out["said"]
