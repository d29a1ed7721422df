"""The Sphinx extension of this book; one job a file.

guard       one build at a time, and no trust in one that was killed
execution   which notebook must run again, and two at a time
widgets     live widgets on a page without a kernel
figures     the size of each picture, so that no page jumps
equations   the mark beside each verified equation
notes       the appendix "What the notes said", and the coverage that the tests demand
reading     each chapter's reading time, and the list of what there is to do in it (for _static/progress.js)
head        description and Open Graph card of each page, and the sitemap
glossary    terms with their sentence, and the index
chapter_map who needs whom, as a picture
gallery     the page of all widgets
shown       when a page that shows something of all chapters is old
datasets    the licences of the data
references  the lists of references, sooner
trim        what the theme brings and a reader does not need
stylesheets the same for its style rules

Apart from the build: serve (``make serve``), pdf and epub (with paper), offline (one zip), anchors (the published addresses).
"""

def setup(app):
    """Connect the parts to Sphinx; imported here, so that __main__.py comes before them."""
    from book import (
        chapter_map, datasets, equations, execution, figures, gallery, glossary, guard, head, notes, reading, references, shown, stylesheets, trim,
        widgets,
    )
    for part in (
            guard, execution, shown, widgets, figures, equations, notes, glossary, chapter_map, gallery, datasets, references, reading, head, trim,
            stylesheets):
        part.setup(app)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
