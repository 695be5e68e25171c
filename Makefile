.DEFAULT_GOAL := help
.PHONY: run test test-fast test-all bench drill tour lint help
python := .venv/bin/python
browsers = CHROMIUM="$$($(python) -m tests.chromium)" && FIREFOX="$$($(python) -m tests.firefox)" && export CHROMIUM FIREFOX

run: ## start everything, with demo people: the address and the people are printed, Ctrl-C ends it all (PORT=8000)
	@tools/environment run
	@exec $(python) -m app.serve

test: lint ## every check and every test, those in a browser too; makes its own environment
	@$(browsers) && exec $(python) -m tests.again tests

test-fast: dev ## all rules, the guards that read the source, and one story through the pages: under a minute
	@exec $(python) -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder --fast tests --ignore=tests/browser --ignore=tests/launcher --ignore=tests/machine --ignore=tests/bench

test-all: lint ## everything at every width, colour scheme and language
	@$(browsers) && exec $(python) -m tests.again tests --everything

bench: dev ## the benchmarks, a table and a line of JSON for each figure (ONLY=pages for one)
	@exec $(python) -m tests.bench

drill: dev ## faults for real: killed processes, cut connections; figures as in bench (ONLY=send for one)
	@exec $(python) -m tests.drills

tour: dev ## pictures of every page, phone and desk, light and dark, into .local/tour/
	@CHROMIUM="$$($(python) -m tests.chromium)" && export CHROMIUM && exec $(python) -m tests.tour

lint: dev ## style, types and layers, without running anything
	@$(python) -m ruff check
	@$(python) -m ruff format --check
	@$(python) -m mypy
	@.venv/bin/lint-imports --no-logo
	@$(python) -m bandit --quiet --configfile pyproject.toml --recursive app migrations

.PHONY: dev
dev:
	@tools/environment dev

help: ## this list
	@echo "Närlinjen. The first of these also installs what it needs, into .venv:"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{ printf "%-16s %s\n", $$1, $$2 }'
	@echo "The app's own commands: .venv/bin/flask --app app --help"
