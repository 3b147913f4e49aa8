# `make run` and `make test` need Python 3.11+ and make; everything else they set up in .venv.

VENV    := .venv
BIN     := $(VENV)/bin
READY   := $(VENV)/.ready-to-run
DEVELOP := $(VENV)/.ready-to-develop

# The Python that .venv is made with; left empty, the first that is new enough is taken.
PYTHON   ?=
PYTHONS  := python3 python3.13 python3.12 python3.11
# What pip is given beside the pins, an index for example.
PIP_ARGS ?=
# Each test process loads torch, so there are never many; a file whose tests share a process or a
# server is one group, and stays together.
PARALLEL ?= -n auto --maxprocesses 4 --dist loadgroup --no-loadscope-reorder

.DEFAULT_GOAL := help
.PHONY: help run test check format bench monkey screenshots man wheel clean

help: ## say what there is to make
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 22

run: $(READY) ## open the app: make run ARGS='--model bert-base-uncased'
	@exec $(BIN)/bertmask-tui $(ARGS)

test: $(DEVELOP) ## run the tests: make test PYTEST_ARGS='-k wheel'
	@$(BIN)/python -m pytest $(PARALLEL) $(PYTEST_ARGS)

check: $(DEVELOP) ## format, lint, types, import contracts
	@$(BIN)/python -m ruff format --check .
	@$(BIN)/python -m ruff check .
	@$(BIN)/python -m mypy
	@$(BIN)/lint-imports --no-logo

format: $(DEVELOP) ## mend the format, and what lint can mend by itself
	@$(BIN)/python -m ruff check --fix-only --quiet .
	@$(BIN)/python -m ruff format .

bench: $(DEVELOP) ## measure, each figure beside its baseline: make bench BENCH=start
	@$(BIN)/python tests/benchmarks/run.py $(BENCH)

monkey: $(DEVELOP) ## press 10,000 random keys: make monkey SEED=7 MONKEY_KEYS=500
	@MONKEY_KEYS=$(or $(MONKEY_KEYS),10000) MONKEY_SEED=$(or $(SEED),5) $(BIN)/python -m pytest tests/test_monkey.py

screenshots: $(DEVELOP) ## make the README's pictures and keys anew from the real app
	@$(BIN)/python screenshots/make.py
	@$(BIN)/python screenshots/keys_table.py

man: $(DEVELOP) ## make the man page anew from what --help says
	@$(BIN)/python -m tui.cli.manual > man/bertmask-tui.1

wheel: $(DEVELOP) ## build dist/*.whl
	@$(BIN)/python -m build --wheel --no-isolation --outdir dist .

clean: ## remove what was set up and built, .venv too
	@rm -rf $(VENV) build dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp is younger than what it was made from, or pip runs again.
$(READY): $(BIN)/python pyproject.toml constraints.txt
	@echo "Installing what bertmask-tui needs into $(VENV): once, and mostly torch."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check $(PIP_ARGS) -c constraints.txt -e .
	@touch $@

$(DEVELOP): $(BIN)/python pyproject.toml constraints.txt
	@echo "Installing what bertmask-tui and its tests need into $(VENV): once, and mostly torch."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check $(PIP_ARGS) -c constraints.txt -e '.[dev]'
	@touch $(READY) $@

# A .venv whose Python has gone is a dangling link, which make takes for a missing file.
$(BIN)/python:
	@for python in $(or $(PYTHON),$(PYTHONS)); do \
	    if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	        if ! "$$python" -c 'import ensurepip, venv' 2>/dev/null; then \
	            echo "$$python cannot make a virtual environment: install its venv module" \
	                "(on Debian and Ubuntu: apt install python3-venv), then call make again." >&2; \
	            exit 1; \
	        fi; \
	        "$$python" -m venv --clear $(VENV) || { rm -rf $(VENV); exit 1; }; \
	        exit 0; \
	    fi; \
	done; \
	echo "No Python 3.11 or newer among: $(or $(PYTHON),$(PYTHONS))." \
	    "Install one, or name it: make PYTHON=/path/to/python3" >&2; \
	exit 1
