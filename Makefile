# Two commands set everything up on a machine with Python 3.11 and make: `make demo` and `make test`.
PYTHON ?= python3.11
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: demo test check suite test-slow clean help

help:  ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/.installed: pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

.venv/.installed-dev: pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $@ .venv/.installed

demo: .venv/.installed  ## install, then plan a real trip offline and show it
	$(BIN)/twofold trip 'Five days from Boston to two cities in California, from May 12th to May 16th, 2027, for two adults. \
	Our budget is $$4,000. We love Mexican and Italian food and want a private room, and we would rather not drive.' --certify

check: .venv/.installed-dev  ## style, types and the walls between the rooms
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

suite: .venv/.installed-dev  ## the tests
	$(BIN)/python -m pytest -n 2 -q

test: check suite  ## everything that CI runs

test-slow: .venv/.installed-dev  ## the longer checks
	$(BIN)/python -m pytest -n 2 -q -m slow

clean:  ## remove what was made, compiled kernels included
	rm -rf .venv runs dist
	find . -name '*.nb[ic]' -delete
