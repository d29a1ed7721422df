"""The lists of references, in a tenth of the time: the same work is not done again for each list, nor for each build.

Each entry is set in type once, and again only where it has changed since the last build; what a page cites is asked once a page.
"""

import ast
import functools

import pybtex.plugin
from pybtex.style.formatting import BaseStyle, FormattedEntry

OWN = "docname in docnames"      # the filter of this book's lists: what the page itself cites


def setup(app):
    # it reads what every installed package offers, anew for each list
    pybtex.plugin._load_entry_point = functools.cache(pybtex.plugin._load_entry_point)
    app.connect("env-updated", remember, priority=0)      # before bibtex forgets the entries of the last build


def remember(app, env):
    domain = env.get_domain("cite")
    set_once(domain.citations, app.config.bibtex_default_style)
    domain.get_filtered_entries = functools.partial(cited_by_the_page, domain, domain.get_filtered_entries)


def set_once(citations, style_name):
    """Let pybtex's style take an entry that is one of `citations`, unchanged, as it was set then; only its label is new."""
    before = {citation.key: (citation.entry, citation.formatted_entry.text) for citation in citations}
    style = type(pybtex.plugin.find_plugin("pybtex.style.formatting", style_name)())

    def format_entry(self, label, entry, bib_data=None):
        known, text = before.get(entry.key, (None, None))
        if known != entry or type(self) is not style:
            text = plain(self, label, entry, bib_data).text
            before[entry.key] = entry, text
        return FormattedEntry(entry.key, text, label)

    plain = BaseStyle.format_entry
    BaseStyle.format_entry = format_entry


def cited_by_the_page(domain, others, bibliography_key):
    """The entries of a list, [(key, entry)] in the order of the file; `others` finds those of a list with another filter."""
    bibliography = domain.bibliographies[bibliography_key]
    if ast.unparse(bibliography.filter_) != OWN:
        return others(bibliography_key)
    cited = {target.key for ref in domain.citation_refs if ref.docname == bibliography_key.docname for target in ref.targets}
    return [(key, entry) for entry in domain.get_entries(bibliography.bibfiles)
            if (key := bibliography.keyprefix + entry.key) in cited or entry.key in bibliography.keys]
