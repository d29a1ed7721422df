"""Live widgets on a page without a kernel.

MyST-NB leaves in the page the state of every widget, source code included, and a script element where each view belongs.
Here the sources become files of their own, loaded once and cached across pages (a digest in each name); the page
keeps the traits alone; each view becomes an element that holds the still picture until ``host.js`` starts the widget.
"""

import json
from pathlib import Path

from docutils import nodes
from myst_nb.sphinx_ import NbMetadataCollector
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

from dlnotes.widgets import bundle

logger = logging.getLogger(__name__)
VIEW = "application/vnd.jupyter.widget-view+json"
FOLDER = "_static/widgets"


class widget_view(nodes.General, nodes.Element):
    """The place of one view; its child is the still picture."""


def setup(app):
    app.add_node(widget_view, html=(visit_html, depart_html))
    app.add_post_transform(PlaceWidgets)
    app.connect("builder-inited", write_sources)
    app.connect("html-page-context", load_sources)
    app.connect("html-page-context", drop_kernel_state, priority=800)      # after MyST-NB added it
    app.connect("doctree-read", warn_of_dead)


def warn_of_dead(app, doctree):
    """A widget whose picture failed shows as ``<... object at 0x...>``: no reader should meet that."""
    for output in doctree.findall(nodes.literal_block):
        if output.get("language") != "ipython3" and " object at 0x" in output.astext():
            logger.warning("an output is only %s", output.astext().strip(), location=app.env.docname)


class PlaceWidgets(SphinxPostTransform):
    """Replace MyST-NB's widget output by a `widget_view` and append the page's state to the document."""

    default_priority = 3      # before MyST-NB chooses one MIME type of each output
    formats = ("html",)

    def run(self, **kwargs):
        bundles = [n for n in self.document.findall(nodes.container) if n.get("nb_element") == "mime_bundle"]
        views = [n for n in bundles if VIEW in [child["mime_type"] for child in n]]
        if not views:
            return
        scripts = NbMetadataCollector.get_doc_data(self.env)[self.env.docname]["js_files"]
        models = json.loads(scripts["ipywidgets_state"][1]["body"])["state"]
        page = {}
        for node in views:
            by_type = {child["mime_type"]: child for child in node}
            model_id = json.loads(by_type[VIEW].children[0].astext().split(">", 1)[1].rsplit("<", 1)[0])["model_id"]
            state = models[model_id]["state"]
            if "_module" not in state:
                raise ValueError(f"{self.env.docname}: expected a widget of dlnotes.widgets; got {state['_model_name']}")
            page[model_id] = page_state(models[model_id])
            still = by_type["image/svg+xml"].children
            for image in (i for child in still for i in child.findall(nodes.image)):
                image["alt"] = " ".join(by_type["text/plain"].astext().split())
                image["classes"].append("dlw-still")
                image["loading"] = "lazy"
            node.replace_self(widget_view("", *still, model=model_id, module=state["_module"]))
        data = json.dumps(page, separators=(",", ":")).replace("</", "<\\/")
        self.document.append(nodes.raw(
            "", f'<script type="application/json" id="dlnotes-state">{data}</script>', format="html"))
        self.env.metadata[self.env.docname]["dlnotes_modules"] = sorted({m["module"] for m in page.values()})


def page_state(model):
    """What the page needs of a model: its module, the traits that a reader may set, and byte traits as base64."""
    state = model["state"]
    own = {k: v for k, v in state.items() if not k.startswith("_") and k not in ("layout", "tabbable", "tooltip")}
    buffers = {b["path"][0]: b["data"] for b in model.get("buffers", [])}
    return {"module": state["_module"], "traits": own, "bytes": buffers}


def visit_html(self, node):
    self.body.append(f'<div class="dlw-host" data-model="{node["model"]}" data-module="{node["module"]}">')


def depart_html(self, node):
    self.body.append("</div>")


def file_name(module, text):
    return f"{module.removesuffix('.mjs')}.{bundle.digest(text)}.js"


def sources():
    """{module: (file name, text)} for every module of the package, and the host under the name "host"."""
    modules = sorted(p.relative_to(bundle.JS).as_posix() for p in bundle.JS.rglob("*.mjs"))
    texts = {module: bundle.classic(module) for module in modules}
    texts["host"] = (Path(__file__).parent / "host.js").read_text(encoding="utf-8")
    return {module: (file_name(module, text), text) for module, text in texts.items()}


def write_sources(app):
    if app.builder.format != "html":
        return
    app.env.dlnotes_sources = sources()
    folder = Path(app.outdir) / FOLDER
    for name, text in app.env.dlnotes_sources.values():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    keep = {folder / name for name, _ in app.env.dlnotes_sources.values()}
    for old in set(folder.rglob("*.js")) - keep:
        old.unlink()
    css = (bundle.JS / "widgets.css").read_text(encoding="utf-8")
    (folder / "widgets.css").write_text(css, encoding="utf-8")


def load_sources(app, pagename, templatename, context, doctree):
    """Load on this page the modules that its widgets need, dependencies first, and the host last."""
    modules = app.env.metadata.get(pagename, {}).get("dlnotes_modules")
    if not modules:
        return
    needed = list(dict.fromkeys(name for module in modules for name in bundle.order(module)))
    for name in [*needed, "host"]:
        app.add_js_file(f"widgets/{app.env.dlnotes_sources[name][0]}", loading_method="defer")
    app.add_css_file("widgets/widgets.css")


def drop_kernel_state(app, pagename, templatename, context, doctree):
    """Leave out MyST-NB's copy of the widgets' state, sources included: the page has its own (`page_state`)."""
    context["script_files"] = [f for f in context["script_files"] if "widget-state" not in f.attributes.get("type", "")]
