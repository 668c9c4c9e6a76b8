# Everything is run from here. The only things needed beforehand are make and a Python of at least 3.11; see docs/development.md.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
STAMP := $(VENV)/.installed
# Processes that pytest spreads the tests over.
WORKERS ?= 2
# Examples that each property is tried on in the long trials.
TRIALS ?= 300

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: setup demo screenshots test test-long check bench bench-full lock clean help

setup: $(STAMP) ## make .venv with the locked versions of everything; quick when nothing changed

$(STAMP): $(BIN)/python requirements.lock pyproject.toml
	$(PIP) install --quiet --require-hashes -r requirements.lock
	$(PIP) install --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(BIN)/python:
	@command -v "$(PYTHON)" >/dev/null || { \
	  echo "make: '$(PYTHON)' was not found. Install Python 3.11 or newer, or name one: make PYTHON=/path/to/python3 setup" >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "make: Python 3.11 or newer is needed; '$(PYTHON)' is $$("$(PYTHON)" -V 2>&1). Name one: make PYTHON=python3.12 setup" >&2; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' || { \
	  echo "make: '$(PYTHON)' lacks venv or ensurepip. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	"$(PYTHON)" -m venv $(VENV)

demo: setup ## put the seed incident into a fresh ledger, show it and serve it; without a terminal, ask it once and end
	$(BIN)/incident-ledger demo --serve

test: setup ## run every test but the long trials
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m "not long"

test-long: setup ## run every test, the long trials too, each property on TRIALS examples
	TRIALS=$(TRIALS) $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

check: setup ## style, types, import contracts, and whether the documents are complete
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m pytest -q tests/test_tidy.py tests/test_docs.py

bench: setup ## measure against the bare operations, in a few minutes; ONLY=views a part of it
	$(BIN)/python -m benchmarks $(if $(ONLY),--only $(ONLY))

bench-full: setup ## measure at full size; ONLY as above
	$(BIN)/python -m benchmarks --full $(if $(ONLY),--only $(ONLY))

screenshots: setup ## make the pictures of the main pages anew, from the demonstration; needs Chromium
	$(BIN)/python -m tests.api.pages.screenshots

lock: setup ## compile requirements.lock anew from pyproject.toml; keeps what still fits (UPGRADE=--upgrade takes the newest)
	$(PIP) install --quiet 'uv>=0.13'
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
	  --custom-compile-command "make lock" --extra dev $(UPGRADE) --output-file requirements.lock pyproject.toml

clean: ## take away what make and the tools made
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' Makefile
