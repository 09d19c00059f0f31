# Two commands matter: `make run` and `make test`. `make help` lists the rest.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: help install run test check format bench openapi clean

help: ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Quayside needs Python 3.11 or newer; set PYTHON=/path/to/python3.11" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || \
		{ echo "python venv is missing (on Debian: apt install python3-venv)" >&2; exit 1; }
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $(STAMP)

install: $(STAMP) ## .venv in the checkout with everything pinned

run: install ## the main job: everything on this machine, until Ctrl-C
	$(BIN)/quayside up

test: install ## the whole test suite, no server needed beforehand
	@# Dozens of processes are started, and compile everything anew where bytecode is not kept.
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n 3 --dist loadfile

check: install ## lint, format, types, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: install ## rewrite files the way `make check` wants them
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: install ## counts and ratios, printed as tables
	$(BIN)/python -m benchmarks

openapi: install ## write the committed API description anew
	$(BIN)/quayside openapi > docs/openapi.json

clean: ## remove the environment and the embedded services' data
	rm -rf $(VENV) .quayside .mypy_cache .ruff_cache .pytest_cache
