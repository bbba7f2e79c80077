.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
PYTHON ?= python3
UV ?= .venv/bin/uv
BIN := .venv/bin
FOLDERS := $(patsubst functions/%/main.py,%,$(wildcard functions/*/main.py))

# What a machine's own pip settings may not decide; where packages come from, they may.
export PIP_USER := 0
export PIP_REQUIRE_HASHES := 0
export PIP_DISABLE_PIP_VERSION_CHECK := 1
unexport PIP_TARGET PIP_PREFIX PIP_NO_DEPS PYTHONPATH PYTHONHOME

.PHONY: help run test check bench soak freeze lock clean

help: ## Show this
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-6s  %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: .venv/installed ## Serve everything on http://127.0.0.1:8080 (another PORT=...) until Ctrl-C
	@$(BIN)/mend run

test: .venv/installed-dev tests/tools/node_modules/installed ## Run all tests (needs Node 20 or later)
	@$(BIN)/python -m pytest -n auto

check: .venv/installed-dev ## Lint, types, import contracts and guards
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m pytest tests/guards

bench: .venv/installed-dev ## Measure speed and size against the bars
	@$(BIN)/python -m infra.bench $(RATINGS)

soak: .venv/installed-dev ## Run the long trials (half an hour)
	@$(BIN)/python -m infra.soak $(TRIALS)

freeze: .venv/installed-dev ## Write down the checksums of the migrations of this release, and dump a database of it
	@$(BIN)/python -m infra.release

lock: ## Pin all dependencies anew, as far as pyproject.toml allows what is pinned already
	@mkdir -p requirements
	@$(call pin,dev,requirements/dev.txt,)
	@$(call pin,local,requirements/local.txt,--constraints requirements/dev.txt)
	@$(foreach folder,$(FOLDERS),$(call pin,$(folder),functions/$(folder)/requirements.txt,--constraints requirements/dev.txt) &&) true

clean: ## Remove what was installed and built; the data in .mend stays
	rm -rf .venv dist tests/tools/node_modules .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache

define pin
$(UV) pip compile --quiet --group $(1) --output-file $(2) $(3) --universal --python-version 3.11 \
	--generate-hashes --no-annotate --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"
endef

.venv/installed: requirements/local.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo 'Mend needs Python 3.11 or later. Name one: make PYTHON=python3.12 $(MAKECMDGOALS)' >&2; exit 1; }
	@echo 'Installing, once...'
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements/local.txt
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.venv/installed-dev: .venv/installed requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements/dev.txt
	@touch $@

tests/tools/node_modules/installed: tests/tools/package-lock.json
	@cd tests/tools && npm ci --no-audit --no-fund --loglevel=error
	@touch $@
