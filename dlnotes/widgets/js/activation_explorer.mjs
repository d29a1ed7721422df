function render({ el }) {
  el.classList.add("dlw");
}

export default { render };
