"""Each picture says its size, so that the page keeps its room and does not jump when it comes."""

import posixpath
import re
from urllib.parse import unquote

from sphinx.util.images import get_image_size

IMAGE = re.compile(r'<img (?=[^>]*\bsrc="([^"]+)")(?![^>]*\bwidth=)')


def setup(app):
    app.connect("html-page-context", keep_room)


def keep_room(app, pagename, templatename, context, doctree):
    """Add width and height, in pixels of the page, to the pictures of its text (site.css lets them shrink in proportion)."""
    sources = {name: app.srcdir / source for source, name in app.builder.images.items()}

    def sized(found):
        source = sources.get(unquote(posixpath.basename(found[1])))
        size = source and get_image_size(source)
        return f'<img width="{size[0]}" height="{size[1]}" ' if size else found[0]

    if "body" in context:
        context["body"] = IMAGE.sub(sized, context["body"])
