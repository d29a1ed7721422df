"""The map of the chapters: who needs whom, as a picture with links and as a table, from the column ``needs`` of notes/chapters.csv.

A wide screen gets columns by depth (a chapter stands right of all that it needs), a phone one column with arcs. An arrow that follows
from two others is left out of the picture, not out of the table.
"""

import textwrap
from html import escape
from pathlib import Path
from typing import NamedTuple

from docutils import nodes
from sphinx import addnodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective

from book import notes, shown

LINE, PAD = 15, 7      # height of a line of text, space around it


class Chapter(NamedTuple):
    slug: str
    title: str
    needs: tuple
    page: str      # "" where it is not yet written


class Box(NamedTuple):
    x: float
    y: float
    width: float
    lines: list

    @property
    def height(self):
        return LINE * len(self.lines) + 2 * PAD

    @property
    def middle(self):
        return self.y + self.height / 2


class chapter_map(nodes.General, nodes.Element):
    """The place of the picture."""


def setup(app):
    app.add_node(chapter_map)
    app.add_directive("chapter-map", MapDirective)
    app.add_post_transform(DrawMap)


def chapters(root):
    """{slug: Chapter} in the order of the book, appendices left out."""
    written = {slug: path.relative_to(root).with_suffix("").as_posix() for slug, (path, _) in notes.chapters(root).items()}
    return {r["slug"]: Chapter(r["slug"], r["title"], tuple(r["needs"].split()), written.get(r["slug"], ""))
            for r in notes.rows(root, "chapters") if r["part"] != "Appendices"}


def ancestors(found, slug):
    """All chapters that one needs, directly or not."""
    return {a for need in found[slug].needs for a in (need, *ancestors(found, need))}


def arrows(found):
    """[(need, chapter)] without those that follow from others."""
    return [(need, c.slug) for c in found.values() for need in c.needs
            if not any(need in ancestors(found, other) for other in c.needs)]


def columns(found):
    """Columns by depth, each sorted so that a chapter stands near what it needs."""
    depth = {}
    for c in found.values():
        depth[c.slug] = max((depth[n] + 1 for n in c.needs), default=0)
    made = [[s for s in found if depth[s] == d] for d in range(max(depth.values()) + 1)]
    for left, column in zip(made, made[1:]):
        place = {s: i / len(left) for i, s in enumerate(left)}
        near = {s: [place[n] for n in found[s].needs if n in place] for s in column}
        column.sort(key=lambda s: sum(near[s]) / len(near[s]))
    return made


def wide(found, width=126, gap=28):
    """({slug: Box}, [(slug, slug, path)], width, height) of the columns."""
    texts = {c.slug: textwrap.wrap(c.title, 16) for c in found.values()}
    boxes, made = {}, columns(found)
    heights = [sum(LINE * len(texts[s]) + 2 * PAD + 10 for s in column) for column in made]
    for i, column in enumerate(made):
        y = (max(heights) - heights[i]) / 2 + 5
        for slug in column:
            boxes[slug] = Box(1 + i * (width + gap), y, width, texts[slug])
            y += boxes[slug].height + 10
    bend = f"h{gap * 0.15} C{{0}} {{1}} {{2}} {{3}} {{4}} {{3}}"
    lines = []
    for a, b in arrows(found):
        x, y, to, end = boxes[a].x + width, boxes[a].middle, boxes[b].x - 5, boxes[b].middle
        lines.append((a, b, f"M{x} {y:.0f} " + bend.format(x + gap / 2, f"{y:.0f}", to - gap / 2, f"{end:.0f}", to)))
    return boxes, lines, len(made) * (width + gap) - gap + 2, max(heights)


def lanes(found):
    """{slug: lane} of the arrows' trunks on a phone: the longest run outermost, and two that do not meet share a lane."""
    order = list(found)
    reach = {a: max(order.index(b) for need, b in arrows(found) if need == a) for a, _ in arrows(found)}
    taken, lane = [], {}
    for slug in sorted(reach, key=lambda s: order.index(s) - reach[s]):
        span = set(range(order.index(slug), reach[slug] + 1))
        lane[slug] = next((i for i, others in enumerate(taken) if not span & others), len(taken))
        if lane[slug] == len(taken):
            taken.append(set())
        taken[lane[slug]] |= span
    return lane


def tall(found, left=70, width=270):
    """The same as one column in the order of the book; on its left a trunk for each chapter that others need, with a branch to each."""
    boxes, y, lane = {}, 5, lanes(found)
    for c in found.values():
        boxes[c.slug] = Box(left, y, width - 1, textwrap.wrap(c.title, 34))
        y += boxes[c.slug].height + 8
    step = (left - 18) / max(1, *lane.values())
    lines = [(a, b, f"M{left} {boxes[a].middle + 3} H{3 + step * lane[a]:.1f} V{boxes[b].middle - 3} H{left - 5}") for a, b in arrows(found)]
    return boxes, lines, left + width, y


def svg(found, drawn, name, link):
    """The picture as SVG; `link(page)` is the address of a page. Who is pointed at shows its arrows, by the style sheet alone."""
    boxes, lines, width, height = drawn
    style = "".join(f'.map-{name}:has(.c-{s}:is(:hover, :focus)) :is(.to-{s}, .from-{s}) {{ opacity: 1; stroke-width: 2.5; }}\n' for s in found)
    out = [f'<svg class="chapter-map map-{name}" viewBox="0 0 {width:.0f} {height:.0f}" role="group" aria-labelledby="map-{name}-title map-{name}-desc">',
           f'<title id="map-{name}-title">Map of the chapters</title>',
           f'<desc id="map-{name}-desc">Each chapter is a box; an arrow leads from a chapter to one that needs it. The table below says the same in words.</desc>',
           f'<style>{style}</style>',
           f'<defs><marker id="map-{name}-head" viewBox="0 0 8 8" refX="5" refY="4" markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse" orient="auto">'
           '<path d="M0 0L8 4L0 8z"/></marker></defs>']
    out += [f'<path class="arrow from-{a} to-{b}" d="{d}" marker-end="url(#map-{name}-head)"/>' for a, b, d in lines]
    for slug, box in boxes.items():
        words = "".join(f'<tspan x="{box.x + box.width / 2:.0f}" y="{box.y + PAD + LINE * (i + 0.8):.0f}">{escape(t)}</tspan>' for i, t in enumerate(box.lines))
        inner = f'<rect x="{box.x:.0f}" y="{box.y:.0f}" width="{box.width:.0f}" height="{box.height}" rx="6"/><text text-anchor="middle">{words}</text>'
        page, label = found[slug].page, escape(found[slug].title, quote=True)
        out.append(f'<a class="c-{slug}" href="{link(page)}" aria-label="{label}">{inner}</a>' if page
                   else f'<g class="planned c-{slug}"><title>{label}: not yet written</title>{inner}</g>')
    return "".join(out) + "</svg>"


class MapDirective(SphinxDirective):
    """``{chapter-map}``: the picture, and a table of the same."""

    def run(self):
        found = shown.of(self.env, chapters)
        body = [[self.links(found, [c.slug]), self.links(found, c.needs),
                 self.links(found, [d.slug for d in found.values() if c.slug in d.needs and d.page])] for c in found.values() if c.page]
        return [chapter_map(), notes.table("map", ("Chapter", "It needs", "It is needed by"), body, (4, 4, 5))]

    def links(self, found, slugs):
        result = nodes.paragraph("", "" if slugs else "–")
        for slug in slugs:
            result += nodes.Text(", " if len(result) else "")
            result += addnodes.pending_xref("", nodes.inline("", found[slug].title), refdomain="std", reftype="ref", reftarget=f"ch-{slug}",
                                            refexplicit=True, refwarn=True, refdoc=self.env.docname)
        return result


class DrawMap(SphinxPostTransform):
    """The picture for the site; other formats keep the table."""

    default_priority = 5

    def run(self, **kwargs):
        for place in list(self.document.findall(chapter_map)):
            if self.app.builder.format != "html":
                place.parent.remove(place)
                continue
            found = chapters(Path(self.env.srcdir))
            link = lambda page: self.app.builder.get_relative_uri(self.env.docname, page)
            text = "".join(svg(found, draw(found), draw.__name__, link) for draw in (wide, tall))
            place.replace_self(nodes.raw("", f'<div class="chapter-maps">{text}</div>', format="html"))
