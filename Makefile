# Each target is one visible line; all but `clean` call `setup` first.
PYTHON3 ?= python3
WORKERS ?= 2
LOG ?=
PYTEST_ARGS ?=
BENCH_ARGS ?=
GPU_ARGS ?=

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.PHONY: setup figures test lint type docs wheel bench gpu lock clean

PYTHON := .venv/bin/python
PIP := $(PYTHON) -m pip --disable-pip-version-check install --quiet

setup: .venv/installed

.venv/installed: requirements.lock pyproject.toml
	@$(PYTHON3) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed; got %d.%d. Try: make PYTHON3=python3.11" % sys.version_info[:2])'
	$(PYTHON3) -m venv .venv
	$(PIP) --require-hashes -r requirements.lock
	$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

figures: setup
	$(PYTHON) -m papers.mainnet_blocks $(if $(LOG),--log "$(LOG)")
	$(PYTHON) -m papers.proving_costs

# Compiled tests are kept, whatever the user's environment says: rewriting their assertions takes as long as collecting them.
# All but what is marked slow, within minutes; PYTEST_ARGS="-m slow" runs that. One worker runs a file, so
# that what its tests share is made once. (Groups, `--dist loadgroup`, are not heeded by pytest-xdist 3.8 under pytest 9.)
test: setup
	PYTHONDONTWRITEBYTECODE= $(PYTHON) -m pytest -n $(WORKERS) --dist loadfile $(PYTEST_ARGS)

lint: setup
	$(PYTHON) -m ruff check .

type: setup
	$(PYTHON) -m mypy

docs: setup
	$(PYTHON) -m sphinx -W --keep-going -q -b html docs docs/_build/html

wheel: setup
	rm -rf dist && $(PYTHON) -m build --wheel --no-isolation --outdir dist . && $(PYTHON) tests/smoke/empty_environment.py dist/*.whl requirements.lock

bench: setup
	$(PYTHON) -m benchmarks $(BENCH_ARGS)

gpu: setup
	$(PIP) --no-build-isolation -e ".[gpu]" && $(PYTHON) -m proving_cost.gpu $(GPU_ARGS)

lock: setup
	.venv/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 --fork-strategy fewest --generate-hashes --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" --extra dev --output-file requirements.lock pyproject.toml

clean:
	rm -rf .venv dist docs/_build papers/*/build .pytest_cache .mypy_cache .ruff_cache .hypothesis
