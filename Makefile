# Everything a newcomer needs is `make demo` and `make test`; both need only Python 3.11 or newer, pip and make.

PYTHON ?= python3
VENV   ?= .venv
HOST   ?= 127.0.0.1
PORT   ?= 8000
# Arguments for the program behind a target: make test ARGS="tests/test_feed.py -k edit"
ARGS   ?=

BIN := $(VENV)/bin
RUN := $(BIN)/python
CATALOGUES := $(wildcard locale/*/LC_MESSAGES/django.po)
PROGRAMS   := $(CATALOGUES:.po=.mo)

# The checks start the site as a company would run it: without its variables production refuses to start.
PRODUCTION := KRING_ENV=production KRING_DATA_DIR=build/check ALLOWED_HOSTS=kring.example DATABASE_URL=sqlite:///build/check/kring.sqlite3 \
	KRING_BASE_URL=https://kring.example SECRET_KEY=only-for-check-deploy-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJ

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help env demo test check format bench lock messages browser-test scale-test slow-test crash-test clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

env: $(VENV)/.base $(PROGRAMS) ## Make the environment that Kring runs in

# Addresses in posts and mails lead to where one is.
demo: export KRING_BASE_URL ?= http://$(HOST):$(PORT)
demo: env ## A company to look around in, with server and worker (HOST=, PORT=)
	$(RUN) manage.py migrate --noinput
	$(RUN) manage.py setup_demo
	$(RUN) manage.py serve --host $(HOST) --port $(PORT)

test: $(VENV)/.dev $(PROGRAMS) ## Run the tests (ARGS=)
	$(BIN)/pytest -n 2 --dist worksteal $(ARGS)

check: $(VENV)/.dev $(PROGRAMS) ## Format, lint, types, contracts, migrations, templates, translations, settings for production
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports --no-cache
	$(BIN)/djade --target-version 5.2 --check $$(find templates -name '*.html')
	$(RUN) -m tools.messages check
	$(RUN) manage.py makemigrations --check --dry-run
	rm -rf build/check && mkdir -p build/check
	$(PRODUCTION) $(RUN) manage.py check --deploy --fail-level WARNING
	$(PRODUCTION) $(RUN) manage.py migrate --noinput --verbosity 0
	$(BIN)/mypy .

format: $(VENV)/.dev ## Put Python and templates into their one form
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	-$(BIN)/djade --target-version 5.2 $$(find templates -name '*.html')

bench: $(VENV)/.dev $(PROGRAMS) ## Measure speed, memory and sizes (ARGS="--size L")
	$(RUN) -m tools.bench $(ARGS)

browser-test: $(VENV)/.browser $(PROGRAMS) ## Click through every page in Chromium, with the rules of accessibility
	$(BIN)/pytest -m browser $(ARGS) tests/browser

scale-test: $(VENV)/.scale $(VENV)/.dev $(PROGRAMS) ## The same tests on PostgreSQL and Redis (DATABASE_URL=, REDIS_URL=)
	@test -n "$$DATABASE_URL" && test -n "$$REDIS_URL" || { echo "Set DATABASE_URL and REDIS_URL first." >&2; exit 2; }
	$(RUN) manage.py migrate --noinput --verbosity 0
	$(BIN)/pytest -n 2 --dist worksteal -m "not (browser or crash or slow)" $(ARGS)

slow-test: $(VENV)/.slow $(PROGRAMS) ## Tests that take more than some seconds each, and files in a bucket
	$(BIN)/pytest -m slow $(ARGS)

crash-test: $(VENV)/.dev $(PROGRAMS) ## Kill processes at random and look at what is left
	$(BIN)/pytest -m crash $(ARGS)

lock: $(VENV)/.dev ## Choose the newest allowed versions anew and write them with their hashes
	$(RUN) -m tools.lock

messages: $(VENV)/.dev ## Collect what is to be translated into locale/, and compile it
	$(RUN) -m tools.messages extract
	$(RUN) -m tools.messages compile

clean: ## Remove what was built; the data under var/ stay
	rm -rf $(VENV) build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	rm -f $(PROGRAMS)
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +

# --- The environment. Each file below is made when its lock is newer, so a second run costs nothing. ---

# Debian keeps venv's own pip in another package, so the one outside installs into the environment.
# Nothing is built with whatever happens to be around: what building needs is locked too (requirements/build.in).
INSTALL := $(PYTHON) -m pip --python $(RUN) install --quiet --disable-pip-version-check --require-hashes --no-build-isolation

$(RUN):
	$(PYTHON) -m venv --without-pip $(VENV)

$(VENV)/.build: requirements/build.lock | $(RUN)
	@echo "Making the environment in $(VENV): once, about a minute."
	$(INSTALL) -r $<
	@touch $@

$(VENV)/.base: requirements/base.lock | $(VENV)/.build
	$(INSTALL) -r $<
	@touch $@

$(VENV)/.dev: requirements/dev.lock | $(VENV)/.base
	$(INSTALL) -r $<
	@touch $@

$(VENV)/.scale: requirements/scale.lock | $(VENV)/.base
	$(INSTALL) -r $<
	@touch $@

$(VENV)/.slow: requirements/slow.lock | $(VENV)/.dev
	$(INSTALL) -r $<
	@touch $@

$(VENV)/.browser: requirements/browser.lock | $(VENV)/.dev
	$(INSTALL) -r $<
	@touch $@

# Translations are compiled by a small program of ours that needs nothing but Python, so that running Kring needs no tools.
%.mo: %.po tools/messages.py | $(VENV)/.base
	$(RUN) -m tools.messages compile $<
