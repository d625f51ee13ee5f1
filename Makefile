# Everything works from a clone with git, make and python3 (pip, venv); `make` alone prints this help.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help demo test test-all lint format bench wheel docs clean

help: ## print this help
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

$(READY): pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "setting up $(VENV)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

demo: $(READY) ## audit a made-up AWS estate and the Terraform fixtures, without credentials or network
	@$(BIN)/cloudaudit demo

test: $(READY) ## run the tests (under 5 minutes on two cores)
	$(BIN)/python -m pytest -n auto -q -m "not slow"

test-all: $(READY) ## run the slow tests too
	$(BIN)/python -m pytest -n auto -q

lint: $(READY) ## ruff, mypy --strict, import rules, generated docs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python docs/generate.py --check

format: $(READY) ## format the code
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

docs: $(READY) ## write the generated parts of docs/ and README.md
	$(BIN)/python docs/generate.py

bench: $(READY) ## measure speed, memory and API calls; CHECKOV=path/to/checkov compares
	$(BIN)/python -m benchmarks

wheel: $(READY) ## build the wheel, install it into an empty environment, run it from an empty folder
	$(BIN)/python .ci/prove_wheel.py

clean: ## remove what the other targets made
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
