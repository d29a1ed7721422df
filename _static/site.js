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

addEventListener("DOMContentLoaded", () => {
  menus();
  contents();
  for (const button of document.querySelectorAll("[data-print]")) button.addEventListener("click", () => print());
});
