// What a reader has done, kept in this browser alone (localStorage): no cookie, no request. `dlnotesBook` (book/reading.py) says what
// there is to do in each chapter. Data that cannot be read is never written over.
addEventListener("DOMContentLoaded", () => {
  "use strict";
  const { node, button, dialog, sidebarButton } = globalThis.dlnotesSite;
  const NAME = "dlnotes-progress", KINDS = ["sections", "questions", "exercises"], SECONDS = 5, MOST = 5000, LARGEST = 1e6;

  const empty = () => ({ format: NAME, version: 1, sections: [], questions: [], exercises: [] });

  // The progress that a text holds; an error says in one line why it holds none.
  function parse(text) {
    let data;
    try { data = JSON.parse(text); } catch { throw new Error("it is not JSON"); }
    if (data?.format !== NAME) throw new Error("it is not the progress of this book");
    if (data.version !== 1) throw new Error(`expected version 1; got ${String(data.version).slice(0, 20)}`);
    for (const kind of KINDS) {
      const ids = data[kind];
      const good = Array.isArray(ids) && ids.length <= MOST && ids.every((id) => typeof id === "string" && /^[\w.#-]{1,150}$/.test(id));
      if (!good) throw new Error(`its list of ${kind} is damaged`);
    }
    return data;
  }

  function union(a, b) {
    const both = empty();
    for (const kind of KINDS) both[kind] = [...new Set([...a[kind], ...b[kind]])].sort();
    return both;
  }

  // What could not be stored lives as long as the page; `trouble` is the line that says why.
  let unsaved = empty(), unreadable = null, refused = false, trouble = "";

  function current() {
    unreadable = null;
    trouble = refused ? "The browser's storage is full: what is new lasts until you leave the page." : "";
    let text = null;
    try {
      text = localStorage.getItem(NAME);
      if (localStorage.standIn) throw new Error("blocked");      // book/trim.py
    } catch {
      trouble = "This browser keeps nothing for this site: your progress lasts until you leave the page.";
    }
    if (text === null) return union(unsaved, empty());
    try {
      return union(parse(text), unsaved);
    } catch (error) {
      unreadable = text;
      trouble = `The stored progress cannot be read (${error.message}). It stays as it is until you clear it; “Download” saves it.`;
      return union(unsaved, empty());
    }
  }

  // Comes right after current(), so that what another tab has stored is kept.
  function save(progress) {
    unsaved = progress;
    if (unreadable === null) {
      try {
        localStorage.setItem(NAME, JSON.stringify(progress));
        unsaved = empty();
        refused = false;
      } catch {
        refused = true;
      }
    }
    mark(progress);
  }

  function set(kind, id, done) {
    const progress = current();
    if (progress[kind].includes(id) === done) return;
    progress[kind] = done ? [...progress[kind], id].sort() : progress[kind].filter((other) => other !== id);
    save(progress);
  }

  // Another tab that writes at the same time does not know yet what was done here: for two seconds it is done again.
  let fresh = [];

  function act(kind, id, done) {
    fresh = [...fresh.filter(({ until }) => Date.now() < until), { kind, id, done, until: Date.now() + 2000 }];
    set(kind, id, done);
  }

  function hear() {
    mark(current());
    for (const { kind, id, done, until } of fresh) if (Date.now() < until) set(kind, id, done);
  }

  // Chapters ----------------------------------------------------------------------------------------------

  const top = new URL(document.documentElement.dataset.content_root ?? "./", location.href);
  const pageOf = (link) => link.href.startsWith(top.href) ? link.href.slice(top.href.length).replace(/[?#].*/, "") : "";
  const place = (chapter, section) => `${chapter.slug}#${section}`;
  const ids = (chapter, kind) => (kind === "sections" ? chapter.sections.map((id) => place(chapter, id)) : chapter[kind]);
  const count = (progress, chapter, kind) => ids(chapter, kind).filter((id) => progress[kind].includes(id)).length;

  // The marks in the list of chapters, and the boxes of the exercises.
  function mark(progress) {
    const chapters = new Map(dlnotesBook.map((chapter) => [chapter.page, chapter]));
    for (const link of document.querySelectorAll(".bd-sidebar-primary nav.bd-links a")) {
      const chapter = chapters.get(pageOf(link)), read = chapter && count(progress, chapter, "sections");
      link.querySelector(".progress-mark")?.remove();
      if (!read) continue;
      const all = chapter.sections.length;
      link.append(node("span", { class: "progress-mark" }, ` ${read}/${all}`, node("span", { class: "visually-hidden" }, " sections read")));
    }
    for (const box of document.querySelectorAll(".progress-solved input")) box.checked = progress.exercises.includes(box.dataset.exercise);
  }

  // A section counts when it was in sight for some seconds, all stays together. No timer: looked at whenever one comes or goes.
  let settle = () => {};
  function watchSections(chapter) {
    const since = new Map(), spent = new Map();
    const stop = (section, now) => {
      if (!since.has(section)) return;
      spent.set(section, (spent.get(section) ?? 0) + now - since.get(section));
      since.delete(section);
      if (spent.get(section) < SECONDS * 1000) return;
      watch.unobserve(section);
      inside.delete(section);
      act("sections", place(chapter, section.id), true);
    };
    const inside = new Set();
    const watch = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) {
        inside[isIntersecting ? "add" : "delete"](target);
        stop(target, performance.now());
        if (isIntersecting && !document.hidden) since.set(target, performance.now());
      }
    }, { rootMargin: "-20% 0px -20% 0px" });
    settle = () => {
      for (const section of [...inside]) {
        stop(section, performance.now());
        if (inside.has(section) && !document.hidden) since.set(section, performance.now());
      }
    };
    for (const id of chapter.sections) {
      const section = document.getElementById(id);
      if (section) watch.observe(section);
    }
    document.addEventListener("visibilitychange", settle);
    addEventListener("pagehide", settle);
  }

  function watchQuestions(chapter) {
    const hosts = [...document.querySelectorAll('.dlw-host[data-module="self_test.mjs"]')];
    new MutationObserver((changes) => {
      for (const { target } of changes) {
        const id = chapter.questions[hosts.indexOf(target.closest(".dlw-host"))];
        if (id && target.dataset.verdict === "right") act("questions", id, true);
      }
    }).observe(document.querySelector("article"), { subtree: true, attributeFilter: ["data-verdict"] });
  }

  function placeBoxes(chapter) {
    for (const id of chapter.exercises) {
      const box = node("input", { type: "checkbox", "data-exercise": id });
      box.addEventListener("change", () => act("exercises", id, box.checked));
      document.getElementById(id)?.append(node("label", { class: "progress-solved" }, box, "I have solved this exercise"));
    }
  }

  // The dialog --------------------------------------------------------------------------------------------

  function table(progress) {
    const sums = Object.fromEntries(KINDS.map((kind) => [kind, [0, 0]]));
    const body = dlnotesBook.map((chapter) => node("tr", {},
      node("th", { scope: "row" }, node("a", { href: new URL(chapter.page, top).href }, chapter.title)),
      ...KINDS.map((kind) => {
        const done = count(progress, chapter, kind), all = chapter[kind].length;
        sums[kind][0] += done;
        sums[kind][1] += all;
        return node("td", {}, `${done}/${all}`);
      })));
    return node("table", {},
      node("thead", {}, node("tr", {}, ...["Chapter", "Sections", "Questions", "Exercises"].map((words) => node("th", { scope: "col" }, words)))),
      node("tbody", {}, ...body),
      node("tfoot", {}, node("tr", {}, node("th", { scope: "row" }, "All"), ...KINDS.map((kind) => node("td", {}, sums[kind].join("/"))))));
  }

  function download() {
    const progress = current(), text = unreadable ?? `${JSON.stringify(progress, null, 1)}\n`;
    const link = node("a", { download: `${NAME}.json`, href: URL.createObjectURL(new Blob([text], { type: "application/json" })) });
    link.click();
    URL.revokeObjectURL(link.href);
  }

  function panel() {
    settle();
    const says = node("p", { role: "status", class: "progress-says" }), rows = node("div");
    const show = (words) => {
      const progress = current();
      rows.replaceChildren(table(progress));
      says.textContent = words || trouble;
    };
    const file = node("input", { type: "file", accept: ".json,application/json", hidden: "", "aria-label": "File with progress" });
    file.addEventListener("change", async () => {
      const [chosen] = file.files;
      if (!chosen) return;
      try {
        if (chosen.size > LARGEST) throw new Error("it is larger than 1 MB");
        const brought = parse(await chosen.text());
        save(union(current(), brought));
        current();
        show(trouble ? "" : "Imported: added to what was here.");
      } catch (error) {
        show(`Nothing imported from ${chosen.name}: ${error.message}. What was here stays.`);
      }
      file.value = "";
    });
    const clear = button("Clear", () => {
      if (clear.textContent === "Clear") {
        clear.textContent = "Yes, clear";
        says.textContent = "Press again to forget all of it; “Download” keeps a copy.";
        return;
      }
      clear.textContent = "Clear";
      unsaved = empty();
      refused = false;
      try { localStorage.removeItem(NAME); } catch { /* there is nothing */ }
      mark(current());
      show("Cleared.");
    }, { class: "site-button" });
    dialog("Your progress",
      node("p", {}, "Kept in this browser alone and sent nowhere. A section counts when it was in sight for five seconds, a question when " +
        "you answered it right, an exercise when you tick it: the page cannot see what you run in Python."),
      rows, says,
      node("div", { class: "site-row" }, button("Download", download, { class: "site-button" }),
        button("Import", () => file.click(), { class: "site-button" }), clear, file));
    show();
  }

  const here = dlnotesBook.find((chapter) => chapter.page === pageOf(location));
  if (here) {
    placeBoxes(here);
    watchSections(here);
    watchQuestions(here);
  }
  mark(current());
  sidebarButton("Your progress", panel, { "aria-haspopup": "dialog" });
  addEventListener("storage", hear);
});
