# Two commands do everything: `make book` and `make test`. Set-up happens once, by itself.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
# Left by a build that ended without a warning (book/guard.py); what it came from
BUILT := _build/html/.built
SOURCES := $(shell find chapters dlnotes book notes _static -name __pycache__ -prune -o -type f -print 2>/dev/null) $(wildcard *.md *.yml *.bib)
BOOKFLAGS ?= -W -n --keep-going

WRITABLE = @test -w . || { echo "This folder is read-only: copy it to a place that you may write to, and run make there." >&2; exit 1; }

.PHONY: install book test exercises pdf epub serve check offline report clean help
install: $(READY)                 ## set up .venv from requirements.txt
book: $(BUILT)                    ## build the site into _build/html (a warning is an error)
	@echo "Open $(CURDIR)/_build/html/index.html, or run: make serve"
# three at a time on two cores: a test in the browser often waits for it
test: $(READY)                    ## run every test
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder
exercises: $(READY)               ## make each class set's example, key and autograder zip in _build/exercises; renew the site's examples
	for set in exercises/*.py; do $(BIN)/python -m grading check $$set && $(BIN)/python -m grading build $$set _build/exercises && \
	  $(BIN)/python -m grading key $$set _build/exercises && cp _build/exercises/$$(basename $$set .py).ipynb chapters/exercises/ || exit 1; done
pdf: book                         ## print the whole book into _build/dlnotes.pdf (needs Chromium)
	$(BIN)/python -m book.pdf
epub: book                        ## pack the whole book into _build/dlnotes.epub (needs Chromium)
	$(BIN)/python -m book.epub
serve: $(READY)                   ## serve the site on 127.0.0.1:8000 and rebuild what changes
	$(BIN)/python -m book.serve
check: test book                  ## what the continuous integration runs
offline: book                     ## pack the site into _build/dlnotes-offline.zip, to be read without a network
	$(BIN)/python -m book.offline
report: $(READY)                  ## list the licences and known weaknesses of all packages, in _build/report
	$(BIN)/python .ci/report.py
clean:                            ## remove everything that was built
	rm -rf _build .pytest_cache .hypothesis
help:                             ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 10

$(BUILT): $(READY) $(SOURCES)
	$(WRITABLE)
	$(BIN)/python -m book build . $(BOOKFLAGS)

$(READY): requirements.txt pyproject.toml
	$(WRITABLE)
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(not (3, 10) <= v[:2] <= (3, 13) and "dlnotes needs Python 3.10 to 3.13; this is %d.%d. Try: make PYTHON=python3.12 book" % v[:2])'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install -q -r requirements.txt || { echo "The packages of requirements.txt could not be installed. Is there a network? Then run make again." >&2; exit 1; }
	@touch $@
