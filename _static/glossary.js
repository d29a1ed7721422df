// The sentence of a glossary term beside its mention: under the pointer, on focus, at a first tap (a second one follows the link).
// The sentences stand hidden at the end of the page (book/glossary.py). Escape closes; the pointer may go onto the sentence.

addEventListener("DOMContentLoaded", () => {
  let open = null, timer = 0, wasOpen = null, touched = false;
  const tipOf = (link) => document.getElementById(link.getAttribute("aria-describedby"));

  function place() {
    if (!open) return;
    const tip = tipOf(open), box = open.getClientRects()[0], edge = 12;
    const left = Math.max(edge, Math.min(box.left, document.documentElement.clientWidth - tip.offsetWidth - edge));
    const below = box.bottom + 6;
    const fits = below + tip.offsetHeight + edge <= innerHeight || box.top < tip.offsetHeight + edge;
    tip.style.left = `${left}px`;
    tip.style.top = `${fits ? below : box.top - 6 - tip.offsetHeight}px`;
  }

  function show(link) {
    clearTimeout(timer);
    if (open === link) return;
    hide();
    open = link;
    tipOf(link).hidden = false;
    place();
  }

  function hide() {
    clearTimeout(timer);
    if (open) tipOf(open).hidden = true;
    open = null;
  }

  const later = (action, ms) => {
    clearTimeout(timer);
    timer = setTimeout(action, ms);
  };

  for (const link of document.querySelectorAll("a.term")) {
    const tip = document.getElementById(link.id.replace("use-", "tip-"));
    link.setAttribute("aria-describedby", tip.id);
    for (const part of [link, tip]) {
      part.addEventListener("pointerenter", (event) => { if (event.pointerType === "mouse") later(() => show(link), 150); });
      part.addEventListener("pointerleave", (event) => { if (event.pointerType === "mouse") later(hide, 250); });
    }
    link.addEventListener("pointerdown", (event) => {
      touched = event.pointerType !== "mouse";
      wasOpen = open;
    });
    link.addEventListener("focus", () => show(link));
    link.addEventListener("blur", hide);
    link.addEventListener("click", (event) => {
      if (touched && wasOpen !== link) {
        event.preventDefault();
        show(link);
      }
      touched = false;
    });
  }
  addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
  addEventListener("pointerdown", (event) => { if (!event.target.closest?.("a.term, .term-tip")) hide(); });
  addEventListener("scroll", place, { passive: true, capture: true });
  addEventListener("resize", place);
});
