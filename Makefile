# Everything a newcomer needs: make run, make test. All that is installed goes to .venv.
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check --quiet install --require-hashes
OUT ?= out
export PYTHONPATH := $(CURDIR)
.DEFAULT_GOAL := help
.PHONY: help run run-conformance test test-fast lint check bench samples coverage lock openapi clean

help: ## list these targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

$(PY):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; say which: make run PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "Python's venv module is missing. On Debian or Ubuntu: apt-get install python3-venv"; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/run.done: requirements.lock | $(PY)
	@echo "Installing what the service needs into $(VENV) ..."
	@$(PIP) -r requirements.lock
	@touch $@

$(VENV)/dev.done: requirements-dev.lock | $(PY)
	@echo "Installing what the tests need into $(VENV) ..."
	@$(PIP) -r requirements-dev.lock
	@touch $@ $(VENV)/run.done

run: $(VENV)/run.done ## serve in the foreground; HOST, PORT and POSTFUSION_DATA_DIR are honoured
	@exec $(PY) -m service.cli serve

# What a checker of CDS Hooks services needs to see everything: its own FHIR server listed, and a browser client's origin. AUTH=1 also
# asks for tokens: signed with CONFORMANCE/key.pem, which is made at first use, or by whoever CLIENTS=file names.
PORT ?= 8080
LISTENER_PORT ?= 8099
CONFORMANCE ?= $(or $(POSTFUSION_DATA_DIR),var)/conformance
CLIENTS ?= $(if $(AUTH),$(CONFORMANCE)/clients.yaml)
$(CONFORMANCE)/clients.yaml: | $(VENV)/run.done
	@$(PY) -m service.cli jwt sample-client --out $(CONFORMANCE) --iss https://ehr.example/ --kid checker --jku https://ehr.example/jwks.json

run-conformance: $(VENV)/run.done $(CLIENTS) ## serve for a conformance checker: PORT, LISTENER_PORT of its FHIR server, AUTH=1 for tokens
	@POSTFUSION_PORT=$(PORT) POSTFUSION_PUBLIC_URL=http://127.0.0.1:$(PORT) POSTFUSION_CLIENTS_FILE=$(CLIENTS) \
	POSTFUSION_FHIR_ORIGINS=http://127.0.0.1:$(LISTENER_PORT) POSTFUSION_CORS_ORIGINS=https://sandbox.cds-hooks.org \
	exec $(PY) -m service.cli serve

test: $(VENV)/dev.done lint browser-deps ## lint, then every test, then the coverage bars
	$(PY) -m coverage erase
	$(PY) -m pytest -q -n auto --cov --cov-report=
	$(MAKE) --no-print-directory bars

# A browser for tests/browser, and what looks at accessibility in it. Nothing here is needed to run the service, and without it those
# tests are skipped and say why; as root on Debian or Ubuntu both come by themselves.
AXE := axe-core@4.14.1
browser-deps: $(VENV)/axe/axe.min.js ## (part of test) a browser and axe-core for tests/browser, where they can be had
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null \
	&& apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; } \
	|| echo "No chromium: tests/browser are skipped. As root: apt-get install chromium; or POSTFUSION_TEST_CHROMIUM=path of one."

$(VENV)/axe/axe.min.js: | $(PY)
	@mkdir -p $(@D) && cd $(@D) && npm pack --silent $(AXE) >/dev/null 2>&1 && tar -xzf axe-core-*.tgz --strip-components=1 package/axe.min.js \
	&& rm axe-core-*.tgz && touch axe.min.js || echo "No axe-core: the tests of accessibility are skipped. They want npm and its registry."
.PHONY: browser-deps

FAST := tests/engine tests/cards tests/library tests/test_rules.py tests/test_rooms.py tests/stories/test_edge_cases.py tests/web/test_evaluate.py
test-fast: $(VENV)/dev.done ## the core in under two minutes: engine, library, cards, every rule's own tests, edge cases
	$(PY) -m pytest -q -n auto -m 'not slow' $(FAST)

bars: ## (part of test) fail below 95 % of all branches, or below every branch of engine and library
	$(PY) -m coverage report --fail-under=95
	$(PY) -m coverage report --fail-under=100 --include='service/engine/*,service/library/*'
.PHONY: bars

lint: $(VENV)/dev.done ## ruff and mypy --strict
	$(PY) -m ruff check service tests
	$(PY) -m mypy

check: $(VENV)/run.done ## look for faults in the rule documents and run their own tests
	$(PY) -m service.cli rules check
	$(PY) -m service.cli rules test

bench: $(VENV)/run.done ## what an answer costs, beside a Flask server with a fixed card
	$(PY) -m service.cli benchmark

SERVERS := build/servers
servers: $(VENV)/dev.done ## WSGI servers side by side under slow callers, load and kills: ONLY='as shipped,gunicorn 2x32' for some
	$(PYTHON) -m venv $(SERVERS)
	$(SERVERS)/bin/python -m pip --disable-pip-version-check --quiet install -r requirements.lock
	$(SERVERS)/bin/python -m pip --disable-pip-version-check --quiet install granian==2.8.7 waitress==3.0.2
	$(PY) -m tests.faults.servers --python $(SERVERS)/bin/python --only "$(ONLY)"
.PHONY: servers

samples: $(VENV)/run.done ## write the sample stories, dated from today: make samples OUT=folder
	$(PY) -m service.cli samples --out $(OUT)

coverage: $(VENV)/dev.done ## a coverage report to browse, in htmlcov
	$(PY) -m pytest -q --cov --cov-report=html

openapi: $(VENV)/run.done ## write openapi.yaml anew from the schemas
	$(PY) -m service.web.openapi > openapi.yaml

lock: ## fix the newest versions with their hashes (needs uv)
	uv pip compile --quiet --upgrade --generate-hashes --universal --python-version 3.11 --no-header requirements.in -o requirements.lock
	uv pip compile --quiet --upgrade --generate-hashes --universal --python-version 3.11 --no-header requirements-dev.in -o requirements-dev.lock

docs: $(VENV)/dev.done ## the documents and a page for every rule as a site to browse, in build/site
	$(PY) docs/site/build.py build/site
.PHONY: docs

# atheris is built for few platforms, so it is no part of the lock; its finds are kept in tests/faults/fuzz_corpus and read by every make test.
TARGET ?= service
SECONDS ?= 300
fuzz: $(VENV)/dev.done ## made-up bytes at a reader of bodies: TARGET=bundle SECONDS=300
	@$(PY) -c 'import atheris' 2>/dev/null || $(PY) -m pip --disable-pip-version-check --quiet install atheris==3.0.0
	$(PY) -m tests.faults.fuzz.with_atheris $(TARGET) $(SECONDS)
.PHONY: fuzz

sbom: $(VENV)/dev.done ## the bill of materials of what runs, CycloneDX JSON, in OUT: attached to each release
	@$(PY) .ci/sbom.py $(OUT)
.PHONY: sbom

# --strict: a package the service does not answer for is a failure, not one less to look at.
audit: $(VENV)/dev.done ## ask the advisory service about every locked package; fails when it cannot be asked
	@for lock in requirements.lock requirements-dev.lock; do echo "$$lock:"; \
	$(PY) -m pip_audit --strict --disable-pip --require-hashes --progress-spinner off -r $$lock || { \
	echo "Not clean: either the advisories listed above, or the advisory service (pypi.org) could not be asked about every package."; exit 1; }; done
.PHONY: audit

clean: ## remove all that was made here
	rm -rf $(VENV) htmlcov .coverage* .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist $(OUT)
	find service tests -name __pycache__ -type d -prune -exec rm -rf {} +

mutation: $(VENV)/dev.done ## every small wrong change of engine, library and pickers, and which no test notices: hours
	$(PY) -m tests.mutation
mutation-hints: $(VENV)/dev.done ## write anew which test notices each change of the sample in `make test`
	$(PY) -m tests.mutation --sample 60 --hint
.PHONY: mutation mutation-hints

# The long suites in full, outside CI: every generated patient, byte, change and hostile input. They say what they measured in
# build/assurance, from which docs/assurance.md is written. What measures time or memory runs by itself, after the rest.
RECORD := build/assurance
ALONE := tests/faults/test_soak.py tests/faults/test_memory.py tests/web/test_server.py tests/web/test_patience.py \
	tests/evaluation/test_cohort.py tests/evaluation/test_timeline.py tests/fhir/test_long_charts.py
TOGETHER := tests/fhir/test_relations.py tests/test_mutants.py tests/test_rules.py tests/library/test_every_byte.py tests/test_whatif_book.py \
	tests/faults tests/record tests/stories tests/test_supply.py tests/test_shipping.py tests/web/test_places.py tests/evaluation/test_out_of_time.py
FIGURES := POSTFUSION_ASSURANCE_FILE=$(CURDIR)/$(RECORD)/figures.ndjson
IN_FULL := POSTFUSION_FULL=1 POSTFUSION_EXAMPLES=500 $(FIGURES)
assurance: $(VENV)/dev.done browser-deps ## the long suites in full, which write docs/assurance.md: hours
	rm -rf $(RECORD) && mkdir -p $(RECORD)
	-$(IN_FULL) $(PY) -m pytest -q -n auto --junitxml=$(RECORD)/together.xml $(TOGETHER) $(addprefix --ignore=,$(ALONE))
	-$(IN_FULL) $(PY) -m pytest -q --junitxml=$(RECORD)/alone.xml $(ALONE)
	-$(FIGURES) $(PY) -m tests.mutation
	$(PY) -m tests.release_record $(RECORD)
.PHONY: assurance
