"""Live widgets on a page without a kernel.

MyST-NB leaves in the page the state of every widget, source code included, and a script element where each view belongs.
Here the sources become files of their own, loaded once and cached across pages (a digest in each name), and so does each
byte trait (a network's weights); the page keeps the other traits alone; each view becomes an element that holds the still
picture until ``host.js`` starts the widget. Below it, on paper only, stand its description and the address of the live one.
"""

import html
import json
import re
from pathlib import Path

from docutils import nodes
from myst_nb.sphinx_ import NbMetadataCollector
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

from dlnotes.widgets import bundle

logger = logging.getLogger(__name__)
VIEW = "application/vnd.jupyter.widget-view+json"
FOLDER = "_static/widgets"
BYTES = "_static/bytes"


class widget_view(nodes.General, nodes.Element):
    """The place of one view; its child is the still picture."""


def setup(app):
    app.add_node(widget_view, html=(visit_html, depart_html))
    app.add_post_transform(PlaceWidgets)
    app.connect("builder-inited", write_sources)
    app.connect("html-page-context", load_sources)
    app.connect("html-page-context", drop_kernel_state, priority=800)      # after MyST-NB added it
    app.connect("doctree-read", warn_of_dead)
    app.connect("build-finished", drop_old_bytes)
    app.connect("build-finished", drop_old_images)


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
        found = views(self.env, self.env.docname, self.document)
        if not found:
            return
        page = {}
        for place, (node, by_type, model_id, model) in enumerate(found):
            state = model["state"]
            if "_module" not in state:
                raise ValueError(f"{self.env.docname}: expected a widget of dlnotes.widgets; got {state['_model_name']}")
            page[model_id] = page_state(model, Path(self.app.outdir) / BYTES)
            still = by_type["image/svg+xml"].children
            words = " ".join(by_type["text/plain"].astext().split())
            for image in (i for child in still for i in child.findall(nodes.image)):
                image["alt"] = words
                image["classes"].append("dlw-still")
                image["loading"] = "lazy"
            live = f"{address(self.config)}{self.app.builder.get_target_uri(self.env.docname)}#dlw={place}"
            node.replace_self(widget_view("", *still, model=model_id, module=state["_module"], words=words, live=live))
        data = json.dumps(page, separators=(",", ":")).replace("</", "<\\/")
        self.document.append(nodes.raw(
            "", f'<script type="application/json" id="dlnotes-state">{data}</script>', format="html"))
        metadata = self.env.metadata[self.env.docname]
        metadata["dlnotes_modules"] = sorted({m["module"] for m in page.values()})
        metadata["dlnotes_bytes"] = sorted({name for m in page.values() for name in m["bytes"].values()})


def views(env, docname, document):
    """[(node, {MIME type: node}, id, model)] of the widgets in a document as MyST-NB read it; none where its notebook failed."""
    places, scripts = outputs(document), NbMetadataCollector.get_js_files(env, docname)
    if not places or "ipywidgets_state" not in scripts:
        return []
    models = json.loads(scripts["ipywidgets_state"][1]["body"])["state"]
    ids = [json.loads(by_type[VIEW].children[0].astext().split(">", 1)[1].rsplit("<", 1)[0])["model_id"] for _, by_type in places]
    return [(node, by_type, i, models[i]) for (node, by_type), i in zip(places, ids)]


def outputs(document):
    """[(node, {MIME type: node})] of the outputs that are widgets."""
    bundles = [n for n in document.findall(nodes.container) if n.get("nb_element") == "mime_bundle"]
    return [(n, by_type) for n in bundles if VIEW in (by_type := {child["mime_type"]: child for child in n})]


def page_state(model, folder):
    """What the page needs of a model: its module, the traits that a reader may set, and the file of each byte trait."""
    state = model["state"]
    own = {k: v for k, v in state.items() if not k.startswith("_") and k not in ("layout", "tabbable", "tooltip")}
    files = {}
    for buffer in model.get("buffers", []):
        base64 = "".join(buffer["data"].split())
        name = files[buffer["path"][0]] = f"{bundle.digest(base64)}.js"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f'(globalThis.dlnotesBytes ??= {{}})["{name}"] = "{base64}";\n', encoding="utf-8")
    return {"module": state["_module"], "traits": own, "bytes": files}


def visit_html(self, node):
    self.body.append(f'<div class="dlw-host" data-model="{node["model"]}" data-module="{node["module"]}">')


def depart_html(self, node):
    """Close the place with what only paper shows (site.css); the picture of a question already holds its words."""
    asks = node["module"] == "self_test.mjs"
    words = "Answer it" if asks else f"{html.escape(node['words'])} <b>Live</b>"
    live = html.escape(node["live"])
    self.body.append(f'<p class="dlw-paper">{words}: <a href="{live}">{live.split("//")[-1]}</a></p></div>')


def address(config):
    """Where the site is published: ``html.baseurl`` of ``_config.yml``, else GitHub's page of the repository."""
    owner, name = config.myst_substitutions["repository"].rstrip("/").split("/")[-2:]
    return (config.html_baseurl.rstrip("/") or f"https://{owner}.github.io/{name}") + "/"


def group(module):
    """Which file a module goes to: the kit is one file, the modules of a widget are one, every other has its own.

    One file for all would be loaded anew for every page; one for each module costs a third more, since small texts compress
    badly.
    """
    if module.startswith("lib/"):
        return "kit"
    view = module.split(".")[0]
    return view if (bundle.JS / f"{view}.mjs").exists() else module.removesuffix(".mjs")


def groups(modules):
    """{file: its modules}, each list and the files in an order in which nothing is missing when it is run."""
    needed = list(dict.fromkeys(name for module in modules for name in bundle.order(module)))
    found = {}
    for module in sorted(needed, key=lambda m: (group(m) != "kit", needed.index(m))):
        found.setdefault(group(module), []).append(module)
    ranked = sorted(found.items(), key=lambda item: (item[0] != "kit", max(map(needed.index, item[1]))))
    done = set()
    for name, members in ranked:
        done.update(members)
        missing = {m for member in members for m in bundle.order(member)} - done
        if missing:
            raise bundle.BundleError(f"{name}.js would run before {', '.join(sorted(missing))}: move what two widgets share "
                                     "to a module of its own")
    return dict(ranked)


def sources():
    """{file: (its name with a digest, text)} for all groups of modules of the package, and the host under the name "host"."""
    modules = sorted(p.relative_to(bundle.JS).as_posix() for p in bundle.JS.rglob("*.mjs"))
    texts = {name: "".join(map(bundle.classic, members)) for name, members in groups(modules).items()}
    texts["host"] = (Path(__file__).parent / "host.js").read_text(encoding="utf-8")
    return {name: (f"{name}.{bundle.digest(text)}.js", text) for name, text in texts.items()}


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
    for name in app.env.metadata[pagename]["dlnotes_bytes"]:
        app.add_js_file(f"bytes/{name}", loading_method="defer")
    for name in [*groups(modules), "host"]:
        app.add_js_file(f"widgets/{app.env.dlnotes_sources[name][0]}", loading_method="defer")
    app.add_css_file("widgets/widgets.css")


def drop_kernel_state(app, pagename, templatename, context, doctree):
    """Leave out MyST-NB's copy of the widgets' state, sources included: the page has its own (`page_state`)."""
    context["script_files"] = [f for f in context["script_files"] if "widget-state" not in f.attributes.get("type", "")]


def drop_old_images(app, exception):
    """Remove the pictures of earlier builds, which no page shows any more and an offline copy would carry along."""
    if exception is None and app.builder.format == "html":
        shown = {name for _, name in app.env.images.values()}
        for old in (Path(app.outdir) / app.builder.imagedir).glob("*"):
            if old.name not in shown:
                old.unlink()


def drop_old_bytes(app, exception):
    """Remove the files of byte traits that no page names any more."""
    files = list((Path(app.outdir) / BYTES).glob("*.js"))
    if files and exception is None:
        named = {name for page in Path(app.outdir).rglob("*.html")
                 for name in re.findall(rf"{BYTES}/(\w+\.js)", page.read_text(encoding="utf-8"))}
        for old in files:
            if old.name not in named:
                old.unlink()
