# TapPass. `make help` lists what there is.
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help run test check bench bench-large soak screens

help: ## List the commands
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## */\t/' | expand -t 14

run: $(VENV)/.run ## Start everything: database, migrations, demo store, web, worker
	@exec $(BIN)/flask --app wsgi up

test: $(VENV)/.dev ## Run the whole test suite on a throw-away database
	@PYTHONDONTWRITEBYTECODE= exec $(BIN)/pytest -q -n $${TEST_PROCESSES:-3} --dist loadgroup

check: $(VENV)/.dev ## Lint, types, import rules, migrations
	@exec sh bin/check

bench: $(VENV)/.dev ## Measure the hot paths (needs a quiet machine)
	@exec $(BIN)/python -m bench

bench-large: $(VENV)/.dev ## Measure the reports over five million orders (half an hour, 12 GB of disk)
	@exec $(BIN)/python -m bench.large

soak: $(VENV)/.dev ## Prove in ten minutes of kills, stalls and a full disk that nothing is lost
	@exec $(BIN)/python -m soak

screens: $(VENV)/.dev ## Take pictures of every page and state (docs/screens), and fail for what an eye would stumble over
	@exec $(BIN)/python -m screens

$(VENV)/.made:
	@sh bin/venv $(PYTHON) $(VENV)

$(VENV)/.run: requirements.txt | $(VENV)/.made
	@sh bin/install $(VENV) requirements.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.run
	@sh bin/install $(VENV) requirements-dev.txt
	@touch $@
