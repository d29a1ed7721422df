"""The page of all widgets: ``{widget-cards}`` takes lines ``module | title | one line`` and adds the still picture and the place.

A card shows the picture of the widget's page in the gallery, else that of the first chapter which has the widget, and leads there.
"""

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from book import shown
from book.widgets import views

logger = logging.getLogger(__name__)


def setup(app):
    app.add_directive("widget-cards", CardsDirective)
    app.add_post_transform(FillCards)
    app.connect("doctree-read", note_stills, priority=900)      # when its pictures are collected
    app.connect("env-updated", with_new_stills)


def cards(lines):
    """[(module, title, text)]"""
    return [tuple(part.strip() for part in line.split("|")) for line in lines if line.strip()]


class CardsDirective(SphinxDirective):
    """A list with a card for each line; the pictures come when all pages are read."""

    has_content = True

    def run(self):
        self.env.metadata[self.env.docname]["dlnotes_cards"] = ""      # a key of its own comes when all pages are read
        items = nodes.bullet_list("", classes=["widget-cards"])
        for module, title, text in cards(self.content):
            line = nodes.paragraph("", "", nodes.strong("", title), nodes.Text(f": {text}"))
            items += nodes.list_item("", line, classes=["widget-card"], widget=module)
        return [items]


def note_stills(app, document):
    """Keep, of each widget of a page, its module, its section and the attributes of its picture."""
    stills = app.env.metadata[app.env.docname]["dlnotes_stills"] = []
    for node, by_type, _, model in views(app.env, app.env.docname, document):
        image = next(by_type["image/svg+xml"].findall(nodes.image))
        while not isinstance(node, nodes.section):
            node = node.parent
        stills.append((model["state"]["_module"].removesuffix(".mjs"), node["ids"][0], dict(image.attributes)))


def places(env):
    """{module: (page, section or "", the picture's attributes)}, pages of the gallery first."""
    found = {}
    for docname in sorted(env.found_docs, key=lambda name: ("/gallery/" not in name, name)):
        for module, anchor, still in env.metadata[docname].get("dlnotes_stills", ()):
            found.setdefault(module, (docname, "" if "/gallery/" in docname else anchor, still))
    return found


def with_new_stills(app, env):
    """The pages of cards, to be written again where a picture or its place has changed."""
    key = shown.key(places(env))
    old = [name for name, data in env.metadata.items() if data.get("dlnotes_cards", key) != key]
    for name in old:
        env.metadata[name]["dlnotes_cards"] = key
    return old


class FillCards(SphinxPostTransform):
    """On the site: the picture of each card, and the link."""

    default_priority = 5
    formats = ("html",)

    def run(self, **kwargs):
        items = [n for n in self.document.findall(nodes.list_item) if n.get("widget")]
        if not items:
            return
        found = places(self.env)
        for item in items:
            if item["widget"] not in found:
                logger.warning("no page shows the widget %s", item["widget"], location=self.env.docname)
                continue
            docname, anchor, still = found[item["widget"]]
            uri = self.app.builder.get_relative_uri(self.env.docname, docname) + (f"#{anchor}" if anchor else "")
            image = nodes.image("", **still | {"alt": "", "classes": [], "loading": "lazy"})      # the words beside it say what it shows
            title = item[0][0]
            title.replace_self(nodes.reference("", "", image, nodes.strong("", title.astext()), refuri=uri, internal=True))
