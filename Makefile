# Every target sets up what it needs. PYTHON is any Python 3.11 or later.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.locked
COMPILE := uv pip compile --generate-hashes --universal --python-version 3.11 --no-header

# The demo has a smaller environment of its own, so that it is there in seconds.
DEMO   := .demo-venv
SCENE  ?= canary
CONTROLLER ?= stand-in

.PHONY: demo demo-stand-in demo-stock test check e2e bench fuzz histories pages protos manifests charts dist dist-twice lock clean

demo: demo-$(CONTROLLER)  ## a canary with real requests; SCENE=canary|abort, CONTROLLER=stand-in|stock (needs Go)

demo-stand-in: $(DEMO)/.locked
	@$(DEMO)/bin/python -m demo --scene $(SCENE)

demo-stock: $(STAMP)
	@$(BIN)/python -m demo.stock --scene $(SCENE)

test: $(STAMP)      ## unit, property and golden tests; needs only Python
	$(BIN)/python -m pytest tests -n auto

check: $(STAMP)     ## lint, formatting, types, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy -p e2e
	$(BIN)/mypy -p protos
	$(BIN)/mypy -p bundle
	$(BIN)/mypy -p demo
	$(BIN)/mypy -p pages
	$(BIN)/mypy -p platforms
	$(BIN)/mypy -p manifests
	$(BIN)/lint-imports

e2e: $(STAMP)       ## a stock controller on a real control plane; needs Go for the first build
	$(BIN)/python -m pytest e2e -n 3 --dist loadfile

bench: $(STAMP)     ## the table of docs/performance.md, measured on this machine
	$(BIN)/python -m e2e.bench

fuzz: $(STAMP)      ## a million inputs for each wire codec
	$(BIN)/python -m tests.fuzz

pages: $(STAMP)     ## the tables of the documentation that are made from code
	$(BIN)/python -m pages

protos: $(STAMP)    ## code of the gRPC services, and the lock of what was released of them
	$(BIN)/python -m protos.generate

manifests: $(STAMP) ## roles of manifests/, from the table of rights
	$(BIN)/python -m manifests.generate

histories: $(STAMP) ## 100,000 histories of canaries that KEDA scales, against their invariants
	$(BIN)/python -m tests.histories

charts: $(STAMP)    ## what the examples of the charts render to, and the table of values in docs/charts.md
	$(BIN)/python -m tests.charts.examples
	$(BIN)/python -m tests.charts.tables

dist: $(STAMP)      ## executables for amd64 and arm64, OCI image, wheel, sdist, SBOM, licences, SHA256SUMS
	$(BIN)/python -m bundle

dist-twice: $(STAMP) ## the same, built two times and compared byte for byte
	$(BIN)/python -m bundle --twice

lock:               ## new locked versions: of pyproject.toml, of the build's tools, of Debian's packages
	$(COMPILE) pyproject.toml --extra dev -o requirements/dev.lock
	$(COMPILE) pyproject.toml --constraint requirements/dev.lock -o requirements/runtime.lock
	$(COMPILE) requirements/dist.in --constraint requirements/dev.lock -o requirements/dist.lock
	$(COMPILE) pyproject.toml --extra demo --constraint requirements/dev.lock -o requirements/demo.lock
	$(PYTHON) -m bundle.relock

clean:
	rm -rf $(VENV) $(DEMO) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist

$(STAMP): requirements/dev.lock pyproject.toml
	$(call environment,$(VENV),requirements/dev.lock)

$(DEMO)/.locked: requirements/demo.lock pyproject.toml
	@echo "demo: fetching Traefik and the libraries into $(DEMO), some 80 MB, once"
	$(call environment,$(DEMO),requirements/demo.lock,--no-compile)

# A virtual environment (1) with exactly what a lock (2) says, and this checkout in it; (3) are options of pip.
define environment
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed: make PYTHON=python3.11 ...")'
	@$(PYTHON) -m venv $(1)
	@$(1)/bin/python -m pip install --quiet --disable-pip-version-check $(3) --require-hashes -r $(2)
	@$(1)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(1)/.locked
endef
