// The few things that every page does: menus, the mark in the page's contents, printing. In place of Bootstrap (24 KB).

function menus() {
  const buttons = [...document.querySelectorAll('[data-bs-toggle="dropdown"]')];
  const open = (button, on) => {
    button.setAttribute("aria-expanded", String(on));
    button.nextElementSibling.classList.toggle("show", on);
  };
  for (const button of buttons) {
    button.addEventListener("click", () => open(button, button.getAttribute("aria-expanded") !== "true"));
    button.parentElement.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && button.getAttribute("aria-expanded") === "true") {
        open(button, false);
        button.focus();
      }
    });
    button.parentElement.addEventListener("focusout", (event) => {
      if (!button.parentElement.contains(event.relatedTarget)) open(button, false);
    });
  }
  addEventListener("click", (event) => {
    for (const button of buttons) if (!button.parentElement.contains(event.target)) open(button, false);
  });
}

// Marks in the page's contents the section that is being read: the last one whose heading has passed the top.
function contents() {
  const links = new Map();
  for (const link of document.querySelectorAll(".bd-toc-nav a[href^='#']")) {
    const section = document.getElementById(decodeURIComponent(link.hash.slice(1)));
    if (section) links.set(section, link);
  }
  const inside = new Set();
  const watch = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) inside[isIntersecting ? "add" : "delete"](target);
    const deepest = [...links.keys()].filter((section) => inside.has(section)).at(-1);
    for (const [section, link] of links) {
      link.classList.toggle("active", section === deepest);
      link.parentElement.classList.toggle("active", Boolean(deepest) && section.contains(deepest));
    }
  }, { rootMargin: "-15% 0px -80% 0px" });
  for (const section of links.keys()) watch.observe(section);
}

// Ask for the figures that wait until they come near the screen; those of the widgets only where `stills` are wanted, too.
function fetchFigures({ stills }) {
  for (const image of document.querySelectorAll(`.bd-article img[loading=lazy]${stills ? "" : ":not(.dlw-still)"}`)) image.loading = "eager";
}

// Paper is light, and what is folded cannot be opened there: both are put back afterwards.
function paper() {
  const page = document.documentElement;
  let theme, folded = [];
  addEventListener("beforeprint", () => {
    theme = page.dataset.theme;
    page.dataset.theme = "light";
    folded = [...document.querySelectorAll(".bd-article details:not([open])")];
    for (const details of folded) details.open = true;
    fetchFigures({ stills: true });
  });
  addEventListener("afterprint", () => {
    page.dataset.theme = theme;
    for (const details of folded) details.open = false;
  });
}

// A table wider than its place scrolls: then the keyboard must reach it too, and it says which one it is.
function tables() {
  const watch = new ResizeObserver((entries) => {
    for (const box of new Set(entries.map(({ target }) => target.closest(".pst-scrollable-table-container")))) {
      const heading = box.closest("section")?.querySelector("h1, h2, h3, h4, h5")?.firstChild?.textContent ?? "";
      const wanted = { tabindex: "0", role: "region", "aria-label": `Table, scrolls sideways: ${heading}` };
      const on = box.scrollWidth > box.clientWidth;
      for (const [name, value] of Object.entries(wanted)) on ? box.setAttribute(name, value) : box.removeAttribute(name);
    }
  });
  for (const box of document.querySelectorAll(".pst-scrollable-table-container")) {
    watch.observe(box);
    watch.observe(box.firstElementChild);
  }
}

// Figures below the screen come last, but they do come, for whoever reads on without a network; not where the reader saves data, and
// not the stills that stand behind live widgets.
function figures() {
  const rest = () => fetchFigures({ stills: false });
  if (!navigator.connection?.saveData) addEventListener("load", () => (globalThis.requestIdleCallback ?? setTimeout)(rest));
}

// Where a link lands: above it formulas, figures and widgets still grow. What the address names (of a widget's state, its place:
// lib/link.mjs) is held at the top, after a link within the page or the way back just where it then is, until the reader moves or
// nothing has grown for a while. A reload stays where the reader was.
function landing() {
  const MOVES = ["wheel", "touchstart", "pointerdown", "keydown"], QUIET = 3000;
  let place = null, top = null, complete = false, timer = 0;
  const growth = new ResizeObserver(() => {
    if (top === "start") place.scrollIntoView();
    else if (top === null) top = place.getBoundingClientRect().top;
    else scrollBy(0, place.getBoundingClientRect().top - top);
    wait();
  });
  const wait = () => {
    clearTimeout(timer);
    if (complete && place) timer = setTimeout(leave, QUIET);
  };
  const leave = () => {
    clearTimeout(timer);
    growth.disconnect();
    for (const move of MOVES) removeEventListener(move, leave, true);
    place = null;
  };
  const arrive = (event) => {
    leave();
    const widget = new URLSearchParams(location.hash.slice(1)).get("dlw");
    place = widget === null ? document.querySelector(":target") : document.querySelectorAll(".dlw-host")[Number.parseInt(widget, 10)];
    if (!place) return;
    top = event && widget === null ? null : "start";
    for (const move of MOVES) addEventListener(move, leave, { capture: true, passive: true });
    growth.observe(document.body);
  };
  if (performance.getEntriesByType("navigation")[0]?.type === "navigate") arrive();
  addEventListener("hashchange", arrive);
  addEventListener("load", async () => {
    await globalThis.MathJax?.startup?.promise;
    complete = true;
    wait();
  });
}

// The search quotes a page's article; Sphinx would quote all of <main>, which begins with menus and the page's contents.
function excerpts() {
  if (typeof Search === "undefined") return;
  Search.htmlToText = (source, anchor) => {
    const article = new DOMParser().parseFromString(source, "text/html").querySelector("article");
    for (const part of article.querySelectorAll("script, style, .headerlink, .reading-time, .term-tip, .dlw-host")) part.remove();
    return (anchor && article.querySelector(anchor)?.textContent.trim()) || article.textContent;
  };
}

// A browser keeps the pages of a folder from one another, so the excerpts of the search cannot be fetched there.
if (location.protocol === "file:" && typeof DOCUMENTATION_OPTIONS !== "undefined") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;

addEventListener("DOMContentLoaded", () => {
  paper();
  menus();
  contents();
  landing();
  tables();
  figures();
  excerpts();
  for (const button of document.querySelectorAll("[data-print]")) button.addEventListener("click", () => print());
});
