// Starts the widgets of a page without a kernel: gives each view the model that anywidget's front end would give it.
(() => {
  "use strict";

  class Model {
    constructor(traits, bytes) {
      this.traits = { ...traits };
      for (const [name, file] of Object.entries(bytes)) {
        const text = atob(globalThis.dlnotesBytes[file]);
        this.traits[name] = new DataView(Uint8Array.from(text, (c) => c.charCodeAt(0)).buffer);
      }
      this.listeners = new Map();
    }
    get(name) { return this.traits[name]; }
    set(name, value) {
      const changes = typeof name === "object" ? name : { [name]: value };
      const changed = Object.keys(changes).filter((key) => !same(this.traits[key], changes[key]));
      Object.assign(this.traits, changes);
      for (const key of changed) this.emit(`change:${key}`, this, this.traits[key]);
      if (changed.length) this.emit("change", this);
    }
    save_changes() {}                 // there is no kernel to tell
    send() {}
    on(events, listener) {
      for (const event of events.split(" ")) {
        if (!this.listeners.has(event)) this.listeners.set(event, new Set());
        this.listeners.get(event).add(listener);
      }
    }
    off(events, listener) {
      for (const event of events ? events.split(" ") : [...this.listeners.keys()]) {
        if (listener) this.listeners.get(event)?.delete(listener);
        else this.listeners.delete(event);
      }
    }
    emit(event, ...args) { for (const listener of [...(this.listeners.get(event) ?? [])]) listener(...args); }
  }

  function same(a, b) {
    return Object.is(a, b) || (Array.isArray(a) && Array.isArray(b) && JSON.stringify(a) === JSON.stringify(b));
  }

  const state = JSON.parse(document.getElementById("dlnotes-state").textContent);
  const models = new Map();

  function modelOf(id) {
    if (!models.has(id)) models.set(id, new Model(state[id].traits, state[id].bytes));
    return models.get(id);
  }

  async function start(host) {
    const el = document.createElement("div");
    el.className = "dlw-live";
    host.append(el);
    try {
      const widget = globalThis.dlnotesModules[state[host.dataset.model].module].default;
      const model = modelOf(host.dataset.model);
      if (!model.initialized) {
        model.initialized = true;
        await widget.initialize?.({ model });
      }
      const cleanup = await widget.render({ model, el });
      host.model = model;                         // for a reader's console, and for the tests
      host.unmount = () => { cleanup?.(); el.remove(); };
      host.mount = () => start(host);
      host.classList.add("dlw-started");
    } catch (error) {
      el.remove();
      host.classList.add("dlw-failed");           // the still picture stays in sight
      const note = document.createElement("p");
      note.textContent = "This widget could not start in your browser; the picture shows its first state.";
      host.append(note);
      console.error(error);
    }
  }

  const near = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (entry.isIntersecting) {
        near.unobserve(entry.target);
        start(entry.target);
      }
    }
  }, { rootMargin: "600px" });
  for (const host of document.querySelectorAll(".dlw-host")) near.observe(host);
})();
