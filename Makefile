# make run · make demo · make test · make check · make bench · make screenshots. Each makes .venv first, if it's not there or its list has changed.

PYTHON ?= python3
BIN := .venv/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes
STOCK_POSTGRES := /usr/lib/postgresql/15/bin/initdb

# ARGS are the flags of `manage.py serve`: make run ARGS="--port 8080"
.PHONY: run
run: .venv/installed
	@exec $(BIN)/python manage.py serve $(ARGS)

# The same with the sample traces of a small shop; ARGS=--live keeps them coming.
.PHONY: demo
demo: .venv/installed
	@exec $(BIN)/python manage.py serve --demo $(ARGS)

# The parts that store and query also run on a stock PostgreSQL 15. ARGS go to pytest, of which two run at a time,
# each with a database of its own; they take the files as tests/conftest.py orders them.
IN_PAIRS := -n 2 --dist loadfile --no-loadscope-reorder
.PHONY: test
test: .venv/installed-dev
	@if [ -x $(STOCK_POSTGRES) ]; then \
		echo "Storing and querying, on the stock PostgreSQL 15:"; \
		TRACING_UI_TEST_DATABASE=stock $(BIN)/python -m pytest -m stock $(IN_PAIRS) $(ARGS) || [ $$? -eq 5 ]; \
	else \
		echo "No $(STOCK_POSTGRES): storing and querying are tested on the embedded PostgreSQL only."; \
	fi
	@export CHROMIUM="$$($(BIN)/python tests/find_chromium.py --shell)"; \
	[ -n "$$CHROMIUM" ] || echo "No Chromium to be had: the tests in tests/browser are left out."; \
	exec $(BIN)/python -m pytest $(IN_PAIRS) $(ARGS)

.PHONY: check
check: .venv/installed-dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	find templates -name '*.html' -exec $(BIN)/djade --check --target-version 5.2 {} +
	@# No database is asked, only the models and the files.
	DATABASE_URL='postgresql:///?host=/nonexistent' $(BIN)/python -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run

# ARGS: what to measure, "all" by default; --quick takes a tenth of the size.
.PHONY: bench
bench: .venv/installed-dev
	@exec $(BIN)/python -m bench $(or $(ARGS),all)

# Of the README, from the sample traces; needs a Chromium.
.PHONY: screenshots
screenshots: .venv/installed-dev
	@export CHROMIUM="$$($(BIN)/python tests/find_chromium.py)"; exec $(BIN)/python -m docs.screenshots

.venv/installed: requirements.txt | .venv/bin/python
	@echo "Installing what $< lists ..."
	@$(INSTALL) -r $<
	@touch $@

.venv/installed-dev: requirements-dev.txt requirements.txt | .venv/bin/python
	@echo "Installing what $< lists ..."
	@$(INSTALL) -r $<
	@touch .venv/installed $@

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Python 3.11 or newer is needed, and $(PYTHON) is not. Name one: make PYTHON=/path/to/python3.12 ..."; \
		exit 1; }
	$(PYTHON) -m venv .venv
