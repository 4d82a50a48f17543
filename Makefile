# Everything a developer or an operator does here. `make` alone says what there is.
PYTHON_BIN := .venv/bin/python
.DEFAULT_GOAL := help
.PHONY: help ready check test compare fuzz bench up demo schemas letters migration lock chaos

help: ## Say what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

ready:
	@PYTHON=$(PYTHON) sh deploy/venv.sh

check: ready ## Lint, formatting, types, and generated contracts up to date
	$(PYTHON_BIN) -m ruff check .
	$(PYTHON_BIN) -m ruff format --check .
	$(PYTHON_BIN) -m mypy .
	$(PYTHON_BIN) -m contracts.generate --check
	$(PYTHON_BIN) -m deploy.letters --check

test: ready ## Run the tests against the real PostgreSQL and NATS they start (ARGS="-k name" for some)
	$(PYTHON_BIN) -m pytest -n auto --dist worksteal $(ARGS)

compare: ready ## Compare our canonical form and proofs with PyLD's and Node's over thousands of credentials (CREDENTIALS_COMPARED=5000)
	CREDENTIALS_COMPARED=$(or $(CREDENTIALS_COMPARED),5000) $(PYTHON_BIN) -m pytest --timeout=0 tests/badges/test_canonical.py tests/badges/test_skeleton.py tests/interop/test_compared.py $(ARGS)

fuzz: ready ## Fuzz every parser of the verifier a hundred times as long as the tests do (FUZZ_TIMES=100)
	FUZZ_TIMES=$(or $(FUZZ_TIMES),100) $(PYTHON_BIN) -m pytest --timeout=0 tests/badges/test_parsers_fuzz.py tests/badges/test_checking_fuzz.py $(ARGS)

bench: ready ## Measure what is measured, print it beside the last figures (ARGS= is passed on)
	$(PYTHON_BIN) -m bench $(ARGS)

up: ready ## Start a city on this machine, until Ctrl-C (ARGS= is passed on to `city up`)
	.venv/bin/city up $(ARGS)

demo: ready ## Start the demo city and run the main job in it; ONCE=1 stops by itself
	.venv/bin/city demo $(if $(ONCE),--once) $(ARGS)

schemas: ready ## Write JSON Schemas, asyncapi.yaml and the event reference from contracts/
	$(PYTHON_BIN) -m contracts.generate

letters: ready ## Compile the letters' MJML sources to the HTML beside them
	$(PYTHON_BIN) -m deploy.letters

migration: ready ## Draft a migration: make migration SERVICE=badges MESSAGE="what it does"
	$(PYTHON_BIN) -m deploy.onemachine.draft_migration "$(SERVICE)" "$(MESSAGE)"

lock: ## Compile requirements/*.lock from pyproject.toml (needs the network; UPGRADE=1 for newest)
	sh deploy/lock.sh

chaos: ready ## Have everything fail that can while badges are awarded: MINUTES=10 SEED=1; see tests/chaos/README.md
	SEED=$(or $(SEED),1) MINUTES=$(or $(MINUTES),10) $(PYTHON_BIN) -m pytest tests/chaos -s --timeout=0 $(ARGS)
