# What a new user needs: `make demo`, `make test`, `make run`. What CI does: .ci/run calls the same targets.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=

.PHONY: demo run test soak lint types contracts compiled install install-test clean

demo: install            ## the main job on a small local press; no internet, no services, no configuration
	$(BIN)/basewatch demo $(ARGS)

run: install compiled    ## the real outlets of settings/sources.yaml
	$(BIN)/basewatch run $(ARGS)

test: install-test compiled  ## the whole test suite
	$(BIN)/python -m pytest $(ARGS)

# as long as there is time: `make soak KILLS=500`
KILLS ?= 50
SOAK := $(wildcard tests/daemon/test_*kill*.py) tests/daemon/test_relay.py tests/daemon/test_stream_loss.py \
	tests/daemon/test_ballast.py tests/daemon/test_outages.py tests/stages/test_archive_salvage.py tests/stages/test_store_accidents.py

soak: install-test compiled  ## every test that kills, stops or loses something, KILLS times each; shows the sums
	BASEWATCH_KILLS=$(KILLS) BASEWATCH_SOAK_KILLS=$(KILLS) BASEWATCH_OUTAGE_S=60 $(BIN)/python -m pytest -q -rP --show-capture=stderr $(SOAK) $(ARGS)

lint: install-test
	$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: install-test
	$(BIN)/mypy

contracts: install-test
	$(BIN)/lint-imports

compiled: | install      ## matching as machine code, half of the CPU; without a C compiler it stays Python, and says so
	@$(BIN)/python -m crawler.compiled || true

install: $(VENV)/.installed
install-test: $(VENV)/.installed-test

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("basewatch needs Python 3.11 or later; this is " + sys.version.split()[0] + ". Name another: make demo PYTHON=python3.12" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install -qq --disable-pip-version-check -c constraints.txt -e '.[compile]'
	@touch $@

$(VENV)/.installed-test: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install -qq --disable-pip-version-check -c constraints.txt -e '.[test]'
	@touch $(VENV)/.installed $@

clean:
	rm -rf $(VENV) build dist crawler/match/__compiled__ *.egg-info .coverage htmlcov
