// Keyboard help behind "?", the few keys of the site, the word after a copied cell; and the dialog that progress.js uses too.
(() => {
  "use strict";
  const OFF = "dlnotes-keys-off";

  function node(tag, attributes = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children);
    return made;
  }

  function button(words, act, attributes = {}) {
    const made = node("button", { type: "button", ...attributes }, words);
    made.addEventListener("click", act);
    return made;
  }

  // A dialog with a heading and a button that closes it; it is gone from the page when it is closed.
  function dialog(title, ...children) {
    const heading = node("h2", { id: "site-dialog-title", tabindex: "-1" }, title);
    const head = node("header", {}, heading, button("Close", () => box.close(), { class: "site-button" }));
    const box = node("dialog", { class: "site-dialog", "aria-labelledby": heading.id }, node("div", {}, head, ...children));
    box.addEventListener("close", () => box.remove());
    box.addEventListener("click", (event) => event.target === box && box.close());      // beside the dialog
    document.body.append(box);
    box.showModal();
    heading.focus();
    return box;
  }

  // A button above the list of chapters, where finger and mouse find it on every page.
  function sidebarButton(words, act, attributes = {}) {
    const nav = document.querySelector(".bd-sidebar-primary nav.bd-links");
    if (!nav) return;
    if (!document.querySelector(".site-buttons")) nav.before(node("div", { class: "site-buttons" }));
    document.querySelector(".site-buttons").append(button(words, act, { class: "site-button", ...attributes }));
  }

  const SITE = [
    ["/ or Ctrl+K", "search the book"],
    ["Shift+N, Shift+P", "next page, previous page"],
    ["Shift+C", "go to the list of chapters"],
    ["?", "this help"],
    ["Tab, Enter", "walk over links, buttons and widgets; press them"],
    ["Esc", "close a menu or this help"],
  ];
  const PLAYER = [
    ["P", "play, pause"],
    [". and ,", "one step on, one step back"],
    ["R", "back to the start"],
    ["N", "another random start, where there is one"],
    ["+ and -", "faster, slower"],
  ];
  const HANDLE = [
    ["Arrow keys", "move a point or a slider"],
    ["Shift+arrow", "move a point by a tenth of that"],
    ["Page up, Page down", "move a point ten times as far"],
    ["Home, End", "to the two ends"],
    ["Enter", "take a typed number"],
  ];

  function list(title, keys) {
    const rows = keys.flatMap(([key, words]) => [node("dt", {}, node("kbd", {}, key)), node("dd", {}, words)]);
    return [node("h3", {}, title), node("dl", {}, ...rows)];
  }

  const off = () => { try { return localStorage.getItem(OFF) === "1"; } catch { return false; } };
  let single = !off();

  function help() {
    const box = node("input", { type: "checkbox" });
    box.checked = single;
    box.addEventListener("change", () => {
      single = box.checked;
      try { single ? localStorage.removeItem(OFF) : localStorage.setItem(OFF, "1"); } catch { /* until the page is left */ }
    });
    dialog("Keys and touch",
      ...list("On every page", SITE),
      node("label", { class: "site-tick" }, box, "Keys without Ctrl act on this site (/, ?, Shift with a letter)"),
      ...list("In a widget with a player", PLAYER),
      ...list("On a point or a slider that has the focus", HANDLE),
      node("p", {}, "Keys of a widget act while the focus is inside it. A widget with more keys, such as a drawing pad, names them " +
        "under “What am I seeing?”. By touch: drag a point or a slider; a finger beside them scrolls the page."));
  }

  const shown = (selector) => [...document.querySelectorAll(selector)].find((found) => found.checkVisibility?.() ?? found.offsetWidth);
  const go = (way) => document.querySelector(`link[rel=${way}]`)?.href;

  function contents() {
    const nav = document.querySelector(".bd-sidebar-primary nav.bd-links");
    const link = nav?.querySelector("a.current") ?? nav?.querySelector("a");
    link?.focus();
    if (link && document.activeElement !== link) {         // the list is folded away: bring it, then go there
      shown(".primary-toggle")?.click();
      let tries = 10;
      const reach = () => {                                // the list slides in
        link.focus();
        if (document.activeElement !== link && tries--) setTimeout(reach, 100);
      };
      reach();
    }
  }

  function leave(way) {
    const address = go(way);
    if (address) location.href = address;
  }

  const ACTS = { "?": help, "/": () => shown(".search-button__button")?.click() };
  const LETTERS = { N: () => leave("next"), P: () => leave("prev"), C: contents };      // not inside a widget: it has its own

  addEventListener("keydown", (event) => {
    const { target, key } = event;
    if (!single || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (target.isContentEditable || target.matches?.("textarea, select, input:not([type=range], [type=checkbox], [type=radio])")) return;
    const letter = event.shiftKey && !target.closest?.(".dlw-host") && LETTERS[key];
    const act = letter || (Object.hasOwn(ACTS, key) && ACTS[key]);
    if (!act) return;
    event.preventDefault();
    act();
  });

  // The library's buttons show an icon and a tip; a screen reader hears the tip from here.
  function copies() {
    const heard = node("div", { class: "visually-hidden", role: "status" });
    document.body.append(heard);
    addEventListener("click", (event) => {
      const pressed = event.composedPath().find((part) => part.matches?.("button.copybtn"));      // its icon is already replaced
      if (!pressed) return;
      heard.textContent = "";
      requestAnimationFrame(() => { heard.textContent = pressed.dataset.tooltip; });
    });
  }

  globalThis.dlnotesSite = { node, button, dialog, sidebarButton };
  addEventListener("DOMContentLoaded", () => {
    copies();
    sidebarButton("Keys and touch", help, { "aria-haspopup": "dialog", "aria-keyshortcuts": "?" });
  });
})();
