# Two commands do everything: `make book` and `make test`. Set-up happens once, by itself.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
BOOKFLAGS ?= -W -n --keep-going

.PHONY: install book test serve check clean help
install: $(READY)                 ## set up .venv from requirements.txt
book: $(READY)                    ## build the site into _build/html (a warning is an error)
	$(BIN)/jupyter-book build . $(BOOKFLAGS)
	@echo "Open $(CURDIR)/_build/html/index.html, or run: make serve"
test: $(READY)                    ## run every test
	$(BIN)/python -m pytest -n 2 --dist loadfile
serve: $(READY)                   ## serve the site on 127.0.0.1:8000 and rebuild what changes
	$(BIN)/python -m book.serve
check: test book                  ## what the continuous integration runs
clean:                            ## remove everything that was built
	rm -rf _build .pytest_cache .hypothesis
help:                             ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 10

$(READY): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(not (3, 10) <= v[:2] <= (3, 13) and "dlnotes needs Python 3.10 to 3.13; this is %d.%d. Try: make PYTHON=python3.12 book" % v[:2])'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install -q -r requirements.txt
	@touch $@
