"""A page with its complaints, and a ledger of what its scripts still hold."""

import functools

from playwright.sync_api import Error

from book.paper import chromium  # noqa: F401  (for whoever visits)

# Both widths and both schemes, in two visits instead of four: what a scheme does to colours test_pages.py looks at in each.
VIEWS = [(1280, "light"), (360, "dark")]

# Counts what a script has taken and not given back: listeners, observers, timers, animation frames.
LEDGER = """
(() => {
  const held = (globalThis.held = { listeners: 0, observers: 0, frames: 0, timers: 0 });
  const add = EventTarget.prototype.addEventListener, remove = EventTarget.prototype.removeEventListener;
  const known = new WeakMap();
  const key = (type, capture) => `${type}/${Boolean(typeof capture === "object" ? capture?.capture : capture)}`;
  EventTarget.prototype.addEventListener = function (type, listener, options) {
    if (listener) {
      if (!known.has(this)) known.set(this, new Map());
      const mine = known.get(this), name = key(type, options);
      if (!mine.has(name)) mine.set(name, new Set());
      if (!mine.get(name).has(listener)) { mine.get(name).add(listener); held.listeners++; }
    }
    return add.call(this, type, listener, options);
  };
  EventTarget.prototype.removeEventListener = function (type, listener, options) {
    if (known.get(this)?.get(key(type, options))?.delete(listener)) held.listeners--;
    return remove.call(this, type, listener, options);
  };
  for (const name of ["ResizeObserver", "IntersectionObserver", "MutationObserver"]) {
    const Base = globalThis[name];
    globalThis[name] = class extends Base {
      observe(...args) { if (!this.on) { this.on = true; held.observers++; } super.observe(...args); }
      disconnect() { if (this.on) { this.on = false; held.observers--; } super.disconnect(); }
    };
  }
  const frames = new Set(), ask = requestAnimationFrame, cancel = cancelAnimationFrame;
  globalThis.requestAnimationFrame = (f) => {
    const id = ask((t) => { frames.delete(id); held.frames = frames.size; held.drawn = (held.drawn ?? 0) + 1; f(t); });
    frames.add(id); held.frames = frames.size;
    return id;
  };
  globalThis.cancelAnimationFrame = (id) => { frames.delete(id); held.frames = frames.size; cancel(id); };
  const timers = new Set(), later = setTimeout, never = clearTimeout;
  globalThis.setTimeout = (f, ms, ...args) => {
    const id = later(() => { timers.delete(id); held.timers = timers.size; f(...args); }, ms);
    timers.add(id); held.timers = timers.size;
    return id;
  };
  globalThis.clearTimeout = (id) => { timers.delete(id); held.timers = timers.size; never(id); };
})();
"""


# The page's next two frames: what a script put off to the next one is drawn then, however busy the machine is. (A page behind another has none.)
FRAMES = """
(() => {
  const next = requestAnimationFrame, later = setTimeout;
  globalThis.twoFrames = () => new Promise((done) => { next(() => next(done)); later(done, 1000); });
})();
"""

# A loop that takes USUAL milliseconds on a quiet machine: how much longer says how busy the machine is.
USUAL = 35
LOOP = """
() => { const start = performance.now(); let x = 1; for (let i = 0; i < 2e7; i++) x = x * 1.0000001 + 1e-9;
        globalThis.kept = x; return performance.now() - start; }
"""


class Contexts:
    """Browser contexts that visits use one after the other: what was loaded once need not be loaded again, but nothing that a page stored stays."""

    def __init__(self, browser, address):
        self.browser, self.address, self.free = browser, address, {}

    def open(self, options):
        """A context with these options that is in no other visit's hands, and an empty page in it."""
        free = self.free.get(repr(options))
        context = free.pop() if free else self.browser.new_context(**options)
        tab = context.new_page()
        session = context.new_cdp_session(tab)
        session.send("Storage.clearDataForOrigin", {"origin": self.address, "storageTypes": "all"})
        session.detach()
        return context, tab

    def give_back(self, context, options):
        for tab in context.pages:
            tab.close()
        self.free.setdefault(repr(options), []).append(context)


class Opened:
    """One page (none yet, without a name) in one browser context, and everything it complained about."""

    def __init__(self, browser, address, page=None, width=1280, scheme="light", reduced_motion="no-preference", ledger=False, maths=False,
                 contexts=None, **options):
        self.address = address
        if not maths:                                   # formulas are set where a test looks at them: they take half of a page's time
            options["extra_http_headers"] = {"X-Without-Maths": "1"}      # to conftest.py's server: a route would stop every request
        if contexts:
            self.context, self.tab = contexts.open(options)
            self.ending = functools.partial(contexts.give_back, self.context, options)
        else:
            self.context = browser.new_context(**options)
            self.tab, self.ending = self.context.new_page(), self.context.close
        self.tab.set_viewport_size({"width": width, "height": 800})
        self.tab.emulate_media(color_scheme=scheme, reduced_motion=reduced_motion)
        self.tab.add_init_script(FRAMES)                # before the ledger, which does not count them
        if options.get("java_script_enabled", True):
            self.only_time, self.tab.wait_for_timeout = self.tab.wait_for_timeout, self.wait
        if ledger:
            self.tab.add_init_script(LEDGER)
        self.complaints = complaints = []
        self.tab.on("console", lambda m: complaints.append(f"console: {m.text}") if m.type == "error" else None)      # a status of 400 or more, too
        self.tab.on("pageerror", lambda e: complaints.append(f"error: {e}"))
        self.tab.on("requestfailed", lambda r: complaints.append(f"failed: {r.url}")      # so does every foreign request: conftest.py
                    if r.failure != "net::ERR_ABORTED" or not r.url.startswith((address, "data:")) else None)
        if page is not None:
            self.go(page)

    def close(self):
        """The end of the visit; once."""
        ending, self.ending = self.ending, lambda: None
        ending()

    def wait(self, ms):
        """What `tab.wait_for_timeout` does here: wait, and then for the frames that a busy machine has not drawn yet."""
        self.only_time(ms)
        try:
            self.tab.evaluate("() => globalThis.twoFrames?.()")
        except Error as error:                          # another page is opening
            if "navigat" not in str(error) and "destroyed" not in str(error):
                raise

    def go(self, page):
        """Open a page: everything is loaded (nothing comes later but what a test asks for), the scripts had a moment, the formulas stand."""
        self.tab.goto(f"{self.address}/{page}", wait_until="load")
        self.tab.evaluate("() => globalThis.MathJax?.startup?.promise?.then(() => null)")
        self.tab.wait_for_timeout(150)

    def scroll_through(self):
        """Bring each widget to the screen once, so that all of them start, and the page's end."""
        for host in self.tab.locator(".dlw-host").all():
            host.scroll_into_view_if_needed()
            self.tab.wait_for_timeout(20)
        self.tab.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
        self.tab.locator(".dlw-host:not(.dlw-started, .dlw-failed)").first.wait_for(state="detached")
        self.tab.wait_for_timeout(200)

    def busy(self):
        """How many times slower than usual this page computes, at least 1."""
        return max(1, self.tab.evaluate(LOOP) / USUAL)

    def copied(self, widget, label):
        """What the button `label` of the widget puts into the clipboard (the page needs the permissions for it)."""
        widget.get_by_role("button", name=label).click()
        self.tab.wait_for_timeout(250)
        return self.tab.evaluate("navigator.clipboard.readText()")

    def widget(self, name):
        """The locator of the widget `name`, started and in sight."""
        host = self.tab.locator(f'.dlw-host[data-module="{name}.mjs"]').first
        host.scroll_into_view_if_needed()
        found = host.locator(f'.dlw[data-dlw="{name}"]')
        found.wait_for()
        return found


def readout(widget):
    """What a widget says of itself."""
    return widget.locator(".dlw-readout").first.inner_text()


def trait(widget, name):
    return widget.evaluate(f"w => w.closest('.dlw-host').model.get({name!r})")


def set_traits(widget, **traits):
    """As Python sets them."""
    widget.evaluate("""(w, traits) => { const { model } = w.closest('.dlw-host');
        for (const [name, value] of Object.entries(traits)) model.set(name, value); }""", traits)


def open_state(opened, widget, **traits):
    """Set traits through the page's own link: the address that "Copy link" makes."""
    place = widget.evaluate("w => [...document.querySelectorAll('.dlw-host')].indexOf(w.closest('.dlw-host'))")
    opened.tab.goto(f"{opened.tab.url.split('#')[0]}#dlw={place}&" + "&".join(f"{k}={v}" for k, v in traits.items()))
