# `make run` starts Tracing UI on this machine; `make test` checks everything. Both need Python 3.11 or newer, no more.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := run

PYTHON ?= python3
# Half a dozen processes start with Tracing UI, hundreds in the tests: what is compiled once is kept.
export PYTHONDONTWRITEBYTECODE :=
VENV := .venv
RUNTIME := $(VENV)/.runtime-installed
DEVELOPMENT := $(VENV)/.development-installed
BIN := $(VENV)/bin
PYTEST := $(BIN)/python -m pytest

# Journeys start servers and clocks of their own and run one at a time: several assert how long things take.
QUICK := not journey and not long

.PHONY: run demo demo-remove example-go test check lint test-unit quick-sqlite quick-postgresql journeys journeys-sqlite \
  journeys-postgresql test-sqlite test-postgresql test-long bench format proto clean services

run: $(RUNTIME)
	@exec $(BIN)/python manage.py up

# An hour of an invented shop, sent to the Tracing UI that runs here; if none does, one is started. docs/demo.md
# says what there is to see. SEED=7 is another hour.
demo: $(RUNTIME)
	@exec $(BIN)/python manage.py demo $(if $(SEED),--seed "$(SEED)")

demo-remove: $(RUNTIME)
	@$(BIN)/python manage.py demo --remove

# A shop of three services in Go, which sends its spans to the Tracing UI that runs here: examples/go-shop/README.md.
example-go:
	@command -v go >/dev/null || { \
	  echo "The example needs Go 1.26 or newer, which is not on this machine: https://go.dev/dl/" >&2; exit 1; }
	@cd examples/go-shop && exec go run . $(if $(SECONDS),-seconds "$(SECONDS)") $(if $(RATE),-rate "$(RATE)")

test: check services quick-sqlite quick-postgresql journeys

# Unit tests take more than a core, types less.
check: $(DEVELOPMENT)
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target lint test-unit

lint: $(DEVELOPMENT)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .
	$(BIN)/lint-imports
	$(BIN)/djade --check $$(git ls-files --cached --others --exclude-standard 'templates/*.html')
	$(BIN)/python manage.py makemigrations --check --dry-run

# Python's, and through them JavaScript's.
test-unit: $(DEVELOPMENT)
	$(PYTEST) -q -n 2 -m unit

# What `make check` has not run; the same on PostgreSQL and Redis, both started for them. Databases are waited for: two
# cores keep four workers busy, or three browsers. Who is done early takes from the others.
quick-sqlite: $(DEVELOPMENT) services
	$(PYTEST) -n 4 --dist worksteal -m "$(QUICK) and not unit and not in_browser"
	$(PYTEST) -n 3 --dist worksteal -m "$(QUICK) and in_browser"

quick-postgresql: $(DEVELOPMENT) services
	$(BIN)/python -m tests.services.with_services $(PYTEST) -n 4 --dist worksteal -m "$(QUICK) and not unit and not any_engine"

# One after the other on each engine, both engines at once. Where the engine plays no part they run once: most beside
# those on SQLite, these beside those on PostgreSQL, so that both take as long.
BESIDE_POSTGRESQL := tests/benchmarks tests/tracing_ui tests/journeys/test_demo.py tests/journeys/test_first_span.py \
  tests/journeys/test_gateway.py tests/journeys/test_go_shop.py tests/journeys/test_hostile_clients.py

journeys: $(DEVELOPMENT) services
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target journeys-sqlite journeys-postgresql

journeys-sqlite: $(DEVELOPMENT)
	$(PYTEST) --durations=12 -m "journey and not long" $(addprefix --ignore=,$(BESIDE_POSTGRESQL))

journeys-postgresql: $(DEVELOPMENT)
	$(BIN)/python -m tests.services.with_services $(PYTEST) -m "journey and not long and not any_engine"
	$(PYTEST) -m "journey and not long" $(BESIDE_POSTGRESQL)

test-sqlite: quick-sqlite journeys-sqlite
test-postgresql: quick-postgresql journeys-postgresql

test-long: $(DEVELOPMENT) services
	$(PYTEST) -m long
	$(BIN)/python -m tests.services.with_services $(PYTEST) -m long

# Tracing UI beside its peers: docs/performance.md. FULL=1 adds runs of 5,000,000 spans.
bench: $(DEVELOPMENT) services
	$(BIN)/python -m benchmarks.ingest $(if $(FULL),--full)
	$(BIN)/python -m benchmarks.search $(if $(FULL),--full)
	$(BIN)/python -m benchmarks.limits
	$(BIN)/python -m benchmarks.big_trace
	$(BIN)/python -m benchmarks.trace_views
	$(BIN)/python -m benchmarks.trace_page
	$(BIN)/python -m benchmarks.roll_up
	$(BIN)/python -m benchmarks.rollup_pages

format: $(DEVELOPMENT)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/djade $$(git ls-files --cached --others --exclude-standard 'templates/*.html')

# Generates traces/wire/*_pb2.py from our reading of the protocols.
proto: $(DEVELOPMENT)
	$(BIN)/python -m grpc_tools.protoc -I . --python_out=. --pyi_out=. traces/wire/*.proto

# Keeps var/, where the spans are.
clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

services:
	@scripts/install-test-services.sh

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Tracing UI needs Python 3.11 or newer, and $(PYTHON) is not. Name another: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	  echo "Python's venv module is missing. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }

$(RUNTIME): requirements.txt | $(VENV)/bin/python
	@echo "Installing what Tracing UI needs …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(DEVELOPMENT): requirements.txt requirements-dev.txt | $(VENV)/bin/python
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $(RUNTIME) $@
