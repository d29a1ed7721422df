// Runs in Chromium: turns the pages of the site into chapters for paper and e-readers (paper.py, pdf.py, epub.py).
globalThis.paper = (() => {
  "use strict";

  const GONE = "script, button, a.headerlink, .visually-hidden";      // what has no use on paper
  const flat = (name) => name.replaceAll("/", "-");

  // Where a place of a page is found: in the joined document, or in a file of its own.
  const joined = (name, id) => `#${flat(name)}${id ? `--${id}` : ""}`;
  const apart = (name, id) => `${flat(name)}.xhtml${id ? `#${id}` : ""}`;

  // The articles of pages [{ name, part, text }], changed only in what a browser alone can do.
  function chapters(pages, link) {
    const names = new Set(pages.map((page) => page.name));
    return pages.map(({ name, part, text }) => {
      const article = new DOMParser().parseFromString(text, "text/html").querySelector("article.bd-article");
      const all = (selector) => article.querySelectorAll(selector);
      for (const node of all(GONE)) node.remove();
      for (const node of all("details")) unfold(node);
      for (const node of all("[role='doc-biblioentry']")) node.removeAttribute("role");      // deprecated
      for (const node of all("img")) {
        node.removeAttribute("loading");
        node.setAttribute("src", inside(name, node.getAttribute("src")).path);
      }
      const seen = new Set();                                         // sphinx-exercise gives one id to all its sections
      for (const node of all("[id]")) seen.has(node.id) ? node.removeAttribute("id") : seen.add(node.id);
      for (const node of all("a[href]")) {
        const { path, id } = inside(name, node.getAttribute("href"));
        const target = path?.replace(/\.html$/, "");
        if (names.has(target)) node.setAttribute("href", link(target, id));
        else if (path !== undefined) node.replaceWith(...node.childNodes);      // the index, a source file: not in the book
      }
      return { name, part, title: article.querySelector("h1").textContent, article };
    });
  }

  // { path, id } of an address within the site, seen from a page; of another address nothing.
  function inside(name, address) {
    const url = new URL(address, `https://site/${name}.html`);
    return url.host === "site" ? { path: url.pathname.slice(1), id: decodeURIComponent(url.hash.slice(1)) } : {};
  }

  // What a reader opens becomes an open box: "Show the solution" is then headed "The solution".
  function unfold(details) {
    const [summary, box, head] = [details.querySelector("summary"), document.createElement("div"), document.createElement("p")];
    const words = (summary.querySelector(".collapsed") ?? summary).textContent.trim();
    head.textContent = words.replace(/^Show (.)/, (_, first) => first.toUpperCase());
    head.className = "admonition-title";
    summary.remove();
    box.className = details.className;
    box.append(head, ...details.childNodes);
    details.replaceWith(box);
  }

  // All chapters behind one another in this page: ids made unique, headings one step below those of the parts. Returns the outline,
  // [{ level, title, id }], and the pictures that cannot be shown.
  async function join(pages) {
    const list = document.querySelector(".paper-contents");
    for (const { name, part, title, article } of chapters(pages, joined)) {
      for (const node of article.querySelectorAll("[id]")) node.id = joined(name, node.id).slice(1);
      for (const image of article.querySelectorAll("img")) image.setAttribute("src", `html/${image.getAttribute("src")}`);
      for (const old of [...article.querySelectorAll("h1, h2, h3, h4, h5")]) {
        const heading = document.createElement(`h${Number(old.tagName[1]) + 1}`);
        heading.append(...old.childNodes);
        old.replaceWith(heading);
      }
      const chapter = add(document.body, "div", "paper-chapter");
      chapter.id = joined(name).slice(1);
      if (part) {
        add(list, "p", "part", part);
        add(chapter, "h1", "part", part);
      }
      const line = add(add(list, "p"), "a", "", title);
      line.href = joined(name);
      add(line, "span", "sheet").dataset.of = joined(name).slice(1);
      chapter.append(article);
    }
    const outline = marks();
    await MathJax.startup.promise;
    await MathJax.typesetPromise();
    await document.fonts.ready;
    return { outline, lost: await lost() };
  }

  function add(parent, tag, className = "", text = "") {
    const node = Object.assign(document.createElement(tag), { className, textContent: text });
    parent.append(node);
    return node;
  }

  // Leaves in sight nothing but the numbers { place: sheet } in the list of contents, where they stand.
  function number(sheets) {
    for (const node of document.querySelectorAll(".sheet")) node.textContent = sheets[node.dataset.of];
    add(document.head, "style", "", `.paper-chapter { display: none; } body * { visibility: hidden; }
      .sheet { visibility: visible; }
      @page { @bottom-center { content: none; } }`);
  }

  // The headings of this page; Chromium keeps the places of those to which something links, so something does.
  function marks() {
    const links = add(document.body, "div");
    links.hidden = true;
    return [...document.querySelectorAll(".paper-chapter :is(h1, h2, h3, h4)")].map((heading, k) => {
      heading.id = `mark-${k}`;
      add(links, "a").href = `#${heading.id}`;
      return { level: Number(heading.tagName[1]), title: heading.textContent.trim(), id: heading.id };
    });
  }

  // The addresses of the pictures that cannot be read or have no room.
  async function lost() {
    const seen = (image) => image.decode().then(() => image.getBoundingClientRect().height > 20, () => false);
    const all = [...document.images], fine = await Promise.all(all.map(seen));
    return all.filter((_, k) => !fine[k]).map((image) => image.src);
  }

  // Each chapter as XHTML with MathML, its sections and the pictures that it shows.
  async function separate(pages) {
    await MathJax.startup.promise;
    document.querySelector(".paper-contents").remove();      // what is left is the cover
    return chapters(pages, apart).map(({ name, part, title, article }) => {
      for (const node of article.querySelectorAll(".math")) mathml(node);
      return {
        name, part, title, file: apart(name),
        text: new XMLSerializer().serializeToString(article),
        sections: [...article.querySelectorAll("h2")].map((h2) => ({ file: apart(name, h2.parentNode.id), title: h2.textContent })),
        pictures: [...article.querySelectorAll("img")].map((image) => image.getAttribute("src")),
      };
    });
  }

  // Replaces \(TeX\) or \[TeX\] in a node by MathML, which keeps the TeX for readers that show none.
  function mathml(node) {
    const text = [...node.childNodes].find((child) => /^\s*\\[([]/.test(child.data));
    const tex = text.data.trim().slice(2, -2);
    const source = MathJax.tex2mml(tex, { display: node.tagName === "DIV" });
    const math = new DOMParser().parseFromString(source, "text/html").querySelector("math");
    math.setAttribute("alttext", tex.trim().replace(/\s+/g, " "));
    for (const part of [math, ...math.querySelectorAll("*")]) {
      for (const { name } of [...part.attributes]) if (name.startsWith("data-")) part.removeAttribute(name);
    }
    for (const part of math.querySelectorAll("[mathvariant]")) letter(part);
    for (const table of math.querySelectorAll("mtable[columnalign]")) align(table);
    for (const sign of [...math.querySelectorAll("mo")].filter((mo) => mo.textContent === "\u2061")) {      // between log and x
      if (!/^[(\[]/.test(sign.nextElementSibling?.textContent)) sign.setAttribute("rspace", "0.17em");
    }
    text.replaceWith(math);
  }

  // Capitals in a style of their own: a letter and "mathvariant" become the letter that Unicode has for them, since browsers ignore
  // the attribute. Some stood in Unicode before the others and are missing in its rows.
  const ROWS = { bold: 0x1d400, script: 0x1d49c, "double-struck": 0x1d538, "sans-serif": 0x1d5a0 };
  const ELSEWHERE = { script: { B: "ℬ", E: "ℰ", F: "ℱ", H: "ℋ", I: "ℐ", L: "ℒ", M: "ℳ", R: "ℛ" },
                      "double-struck": { C: "ℂ", H: "ℍ", N: "ℕ", P: "ℙ", Q: "ℚ", R: "ℝ", Z: "ℤ" } };
  function letter(node) {
    const [style, capital] = [node.getAttribute("mathvariant"), node.textContent];
    if (!ROWS[style] || !/^[A-Z]$/.test(capital)) return;
    const code = ROWS[style] + capital.charCodeAt(0) - 65;
    node.textContent = ELSEWHERE[style]?.[capital] ?? String.fromCodePoint(code);
    node.removeAttribute("mathvariant");
  }

  // The sides of a table's columns, also for browsers that ignore MathML's attribute.
  function align(table) {
    const sides = table.getAttribute("columnalign").split(" ");
    const close = /^0em/.test(table.getAttribute("columnspacing"));
    for (const row of table.children) {
      [...row.children].forEach((cell, k) => {
        cell.setAttribute("style", `text-align: ${sides[k % sides.length]}${close ? "; padding-left: 0; padding-right: 0" : ""}`);
      });
    }
  }

  return { join, number, separate };
})();
