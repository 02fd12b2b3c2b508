# Every target sets up what it needs. PYTHON is any Python 3.11 or later.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.locked

.PHONY: test check e2e bench fuzz histories protos lock clean

test: $(STAMP)      ## unit, property and golden tests; needs only Python
	$(BIN)/python -m pytest tests -n auto

check: $(STAMP)     ## lint, formatting, types, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy -p e2e
	$(BIN)/mypy -p protos
	$(BIN)/lint-imports

e2e: $(STAMP)       ## a stock controller on a real control plane; needs Go for the first build
	$(BIN)/python -m pytest e2e -n 3 --dist loadfile

bench: $(STAMP)     ## the table of docs/performance.md, measured on this machine
	$(BIN)/python -m e2e.bench

fuzz: $(STAMP)      ## a million inputs for each wire codec
	$(BIN)/python -m tests.fuzz

protos: $(STAMP)    ## code of the gRPC services, and the lock of what was released of them
	$(BIN)/python -m protos.generate

histories: $(STAMP) ## 100,000 histories of canaries that KEDA scales, against their invariants
	$(BIN)/python -m tests.histories

lock:               ## new locked versions from pyproject.toml
	uv pip compile pyproject.toml --extra dev --generate-hashes --universal \
	  --python-version 3.11 --no-header -o requirements/dev.lock

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist

$(STAMP): requirements/dev.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed: make PYTHON=python3.11 ...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $(STAMP)
