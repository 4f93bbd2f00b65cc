# Few targets, each one line of help. `make run` and `make test` are all that a fresh machine needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help run test lint fmt bench schedules lock assets

help: ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 8

run: $(VENV)/run.stamp ## the whole site on this machine: http://127.0.0.1:8000, Ctrl-C stops all of it
	@exec $(BIN)/python manage.py run_local

test: $(VENV)/dev.stamp lint ## everything that CI checks
	$(BIN)/python tools/with_services.py --check
	$(BIN)/pytest -n 2 -m "not browser and not postgres and not services"
	$(BIN)/python tools/with_services.py --no-fsync $(BIN)/pytest -n 2 -m "not browser"
	$(BIN)/python tools/with_services.py --no-fsync $(BIN)/pytest -n 2 --dist loadfile -m browser

lint: $(VENV)/dev.stamp ## static checks
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/djlint --quiet --lint templates
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python manage.py makemigrations --check --dry-run

fmt: $(VENV)/dev.stamp ## put code in order
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

bench: $(VENV)/dev.stamp ## benchmarks: a table here, figures in bench.json
	$(BIN)/python tools/with_services.py $(BIN)/python -m tools.bench

schedules: $(VENV)/dev.stamp ## 10,000 random payment schedules (most of an hour); the table goes to docs/reconciliation.md
	SCHEDULES=10000 SCHEDULES_REPORT=docs/reconciliation.md $(BIN)/pytest -q tests/payments/test_schedules.py

lock: $(VENV)/uv.stamp ## resolve the dependencies anew (names, versions and hashes only)
	$(BIN)/uv pip compile -q --universal --generate-hashes --python-version 3.11 --no-header pyproject.toml -o requirements/run.lock
	$(BIN)/uv pip compile -q --universal --generate-hashes --python-version 3.11 --no-header pyproject.toml --group dev -c requirements/run.lock -o requirements/dev.lock

assets: ## build css, icons and vendored scripts from tools/assets (needs Node.js)
	cd tools/assets && npm ci && npm run build

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("需要 Python 3.11 或更新版本，当前是 " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)

$(VENV)/uv.stamp: requirements/uv.lock | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.lock && touch $@

# uv installs in seconds; where it cannot reach a package source that pip is configured for, pip does the same work.
$(VENV)/%.stamp: requirements/%.lock $(VENV)/uv.stamp
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r $< \
	  || $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@
