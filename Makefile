# Each target begins with what it needs. `make` alone lists them.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.PHONY: help install demo dev test test-all lint format requirements screenshots bench faults

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: ## .venv with what CrisisDesk needs to run and to be tried out
	@PYTHON="$(PYTHON)" scripts/install demo

demo: install ## CrisisDesk with an invented vendor, an incident in progress and a mail tray; Ctrl-C ends it
	@.venv/bin/python manage.py demo

dev: ## .venv with what development needs
	@PYTHON="$(PYTHON)" scripts/install dev

test: dev ## unit and integration tests on SQLite and PostgreSQL, the walks in a browser (≤ 10 minutes)
	@scripts/bootstrap
	@scripts/test sqlite postgres browser

test-all: test ## the same, and what takes longer
	@scripts/test full full-postgres

lint: dev ## ruff, mypy, import layers, templates, migrations, deployment checks
	@scripts/lint

format: dev ## sort imports, format, fix what ruff can fix
	@.venv/bin/ruff check --fix --quiet . || true
	@.venv/bin/ruff format .

screenshots: dev ## pictures of every page, from a demonstration of its own, into docs/screenshots
	@scripts/bootstrap
	@.venv/bin/python scripts/screenshots.py

bench: dev ## benchmarks of docs/benchmarks.md, small; FULL=1 at the sizes of the bars (about 20 minutes)
	@scripts/bootstrap
	@scripts/bench $(if $(FULL),--full)

faults: dev ## faults of docs/reference/faults.md, small; FULL=1 with 1,000 kills (about 90 minutes), FROM=300 goes on at that seed
	@scripts/faults $(if $(FULL),--full) $(if $(FROM),--from $(FROM))

requirements: dev ## compile requirements/*.txt from pyproject.toml (OPTIONS=--upgrade for the newest)
	@scripts/requirements $(OPTIONS)
