.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
UV ?= $(BIN)/uv
FOLDERS := $(patsubst functions/%/main.py,%,$(wildcard functions/*/main.py functions/*/*/main.py))

# `make fast`: the quick tests whose result may depend on the date. It leaves out what cannot: processes that are started
# and killed, rights, hostile input, migrations, drawings, the statistics of ranking, the gate of replies, and unit tests
# that do not know the date.
UNDATED := tests/unit/ranking tests/unit/shared/test_reply_gate.py tests/integration/test_entry_points.py \
	tests/integration/test_servers.py tests/integration/infra tests/integration/recommend/test_search.py \
	tests/integration/shared/files/test_supabase.py
FAST := tests/unit tests/integration tests/access/test_tokens.py tests/guards/test_registry.py \
	-m 'not slow' $(addprefix --ignore=,$(UNDATED)) $$($(BIN)/python tests/tools/undated.py)
DATES ?= special,random

# The pip settings of a machine decide where packages come from, and nothing else.
export PIP_USER := 0
export PIP_REQUIRE_HASHES := 0
export PIP_DISABLE_PIP_VERSION_CHECK := 1
unexport PIP_TARGET PIP_PREFIX PIP_NO_DEPS PYTHONPATH PYTHONHOME

.PHONY: help run test fast dates coverage check lint check-api check-terraform check-rules check-previous deploy bench soak freeze encoder lock clean

help: ## Show this
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-15s  %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(VENV)/installed ## Serve everything on http://127.0.0.1:8080 (another PORT=...) until Ctrl-C
	@$(BIN)/mend run

test: $(VENV)/installed-dev tests/tools/node_modules/installed ## Run all tests (needs Node 20); as of another date: AS_OF=2035-12-31T23:30Z
	@$(if $(AS_OF),$(BIN)/python tests/tools/as_of.py $(AS_OF) )$(BIN)/python -m pytest -n auto --dist worksteal

fast: $(VENV)/installed-dev ## Run the quick tests that depend on dates; with another Python: VENV=.venv-other PYTHON=python3.13
	@$(BIN)/python -m pytest -n auto --dist worksteal $(FAST)

dates: $(VENV)/installed-dev ## Run the tests of `make fast` as of five dates, one of them random
	@$(BIN)/python tests/tools/as_of.py $(DATES) $(BIN)/python -m pytest -n auto --dist worksteal $(FAST)

coverage: $(VENV)/installed-dev tests/tools/node_modules/installed ## Run all tests and measure branch coverage
	@$(BIN)/python -m pytest -n auto --dist worksteal --cov

check: lint ## Run lint, types, import contracts and guards
	@$(BIN)/python -m pytest tests/guards

lint: $(VENV)/installed-dev ## Run lint, types and import contracts
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports

check-api: $(VENV)/installed-dev .venv-clients/installed tests/clients/node_modules/installed ## Check OpenAPI with a linter, generators and the stack
	@$(BIN)/python -m tests.clients.check

check-terraform: $(VENV)/installed-dev .venv-scan/installed ## Check infra/terraform off-line (needs Terraform 1.10 or OpenTofu)
	@.venv-scan/bin/checkov --directory infra/terraform --framework terraform --skip-download --quiet --compact
	@$(BIN)/python -m pytest -n0 tests/deploy/terraform_check.py

check-rules: $(VENV)/installed-dev ## Check the rules of Firestore (needs gcloud with the Firestore emulator)
	@$(BIN)/python -m pytest -n0 tests/deploy/rules_check.py

check-previous: $(VENV)/installed-dev ## Run tests of an earlier release against the schema of this one: RELEASE=v0.1.0
	@$(BIN)/python -m tests.deploy.previous_release $(RELEASE)

deploy: $(VENV)/installed-dev ## Deploy this commit to an environment: ENV=staging
	@$(BIN)/mend deploy $(ENV)

bench: $(VENV)/installed-dev ## Measure speed and memory against the bars (needs wrk)
	@$(BIN)/python -m infra.bench $(RATINGS)

soak: $(VENV)/installed-dev ## Kill and interrupt processes hundreds of times (an hour)
	@$(BIN)/python -m infra.soak

freeze: $(VENV)/installed-dev ## Release: write the checksums of the migrations, and dump a database
	@$(BIN)/python -m infra.release

encoder: .venv-training/installed ## Train the encoder of the companion's output gate (an hour, 8 GB)
	@.venv-training/bin/python -m infra.safety.encoder_training

lock: ## Update the pinned dependencies after a change of pyproject.toml
	@mkdir -p requirements
	@$(call pin,dev,requirements/dev.txt,)
	@$(call pin,sdks,requirements/sdks.txt,--constraints requirements/dev.txt)
	@$(call pin,local,requirements/local.txt,--constraints requirements/dev.txt)
	@$(call pin,clients,requirements/clients.txt,--constraints requirements/dev.txt)
	@$(call pin,scan,requirements/scan.txt,)
	@$(call pin,training,requirements/training.txt,--constraints requirements/dev.txt --constraints requirements/clients.txt)
	@$(foreach folder,$(FOLDERS),$(call pin,$(subst /,_,$(folder)),functions/$(folder)/requirements.txt,--constraints requirements/dev.txt) &&) true

clean: ## Remove what was installed and built. The data in .mend stays
	rm -rf .venv .venv-* dist tests/tools/node_modules tests/clients/node_modules tests/clients/generated .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache .coverage

define install
{ $(BIN)/python -m pip install --require-hashes --requirement $(1) 2>&1; echo "status $$?"; } | \
	awk -v total="$$(grep -c == $(1))" -f infra/install_progress.awk
endef

define pin
$(UV) pip compile --quiet --group $(1) --output-file $(2) $(3) --universal --python-version 3.11 \
	--generate-hashes --no-annotate --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"
endef

$(VENV)/installed: requirements/local.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo 'Mend needs Python 3.11 or later. Name one: make PYTHON=python3.12 $(MAKECMDGOALS)' >&2; exit 1; }
	@echo 'Installing, once. It takes a minute or two:'
	@$(PYTHON) -m venv $(VENV)
	@$(call install,requirements/local.txt)
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed requirements/dev.txt requirements/sdks.txt
	@$(call install,requirements/dev.txt)
	@$(call install,requirements/sdks.txt)
	@touch $@

.venv-%/installed: requirements/%.txt
	@$(PYTHON) -m venv .venv-$*
	@.venv-$*/bin/python -m pip install --quiet --require-hashes --requirement requirements/$*.txt
	@touch $@

tests/%/node_modules/installed: tests/%/package-lock.json
	@node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2>/dev/null && command -v npm >/dev/null || \
		{ echo 'The tests need Node 20 or later with npm. Install it, then call make again.' >&2; exit 1; }
	@cd tests/$* && npm ci --no-audit --no-fund --loglevel=error
	@touch $@
