"""What a page says about itself to others: a description and an Open Graph card in its head; a sitemap beside the pages.

Addresses in them must be absolute, so they appear only when ``_config.yml`` names the site's own one (``html: baseurl:``). Sphinx
then adds the canonical link by itself.
"""

import html
import posixpath
from pathlib import Path

from docutils import nodes

PICTURE = "_static/explorer.png"
LONGEST = 200      # characters of a description
NO_READING = ("genindex", "search")


def setup(app):
    app.connect("html-page-context", add_card)
    app.connect("build-finished", write_sitemap)


def description(doctree):
    """The first paragraph of a page in at most `LONGEST` characters, cut at a word; "" where there is none."""
    for paragraph in doctree.findall(nodes.paragraph):
        if "reading-time" not in paragraph["classes"]:
            words = " ".join(paragraph.astext().removeprefix("In one line.").split())
            if words:
                return words if len(words) <= LONGEST else words[:LONGEST - 1].rsplit(" ", 1)[0].rstrip(",;:") + "…"
    return ""


def card(site, title, words, page="", picture=""):
    """[(attribute, name, content)] of a page's card; `page` and `picture` are absolute addresses, or "" to leave them out."""
    tags = [("name", "description", words), ("property", "og:title", title), ("property", "og:description", words),
            ("property", "og:type", "article"), ("property", "og:site_name", site), ("property", "og:url", page),
            ("property", "og:image", picture), ("property", "og:image:alt", picture and "A widget of the book"),
            ("name", "twitter:card", picture and "summary_large_image")]
    return [tag for tag in tags if tag[2]]


def add_card(app, pagename, templatename, context, doctree):
    if doctree is None:
        return
    base = app.config.html_baseurl
    title = app.env.titles[pagename].astext()
    tags = card(app.config.html_title, title, description(doctree), base and posixpath.join(base, app.builder.get_target_uri(pagename)),
                base and posixpath.join(base, PICTURE))
    lines = [f'<meta {kind}="{name}" content="{html.escape(content)}" />' for kind, name, content in tags]
    context["metatags"] = "\n".join([context.get("metatags", ""), *lines, ""])


def write_sitemap(app, exception):
    if exception is not None or app.builder.format != "html":
        return
    path, base = Path(app.outdir) / "sitemap.xml", app.config.html_baseurl
    path.unlink(missing_ok=True)
    if base:
        pages = [posixpath.join(base, app.builder.get_target_uri(name)) for name in sorted(app.env.found_docs) if name not in NO_READING]
        lines = [f"<url><loc>{html.escape(page)}</loc></url>" for page in pages]
        path.write_text('<?xml version="1.0" encoding="utf-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
                        + "\n".join(lines) + "\n</urlset>\n", encoding="utf-8")
