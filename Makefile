#: Infrastructure cost per user: bills and usage in, three reports out.
#:
#:   make report MONTH=2024-05                the reports of a month, in reports/2024-05/
#:        CONFIG=acme/report.toml             your company (without it: a sample company in sample/)
#:        SCENARIO=name ROLE=cfo OUT=folder   a what-if, one reader only, another place
#:   make compare MONTH=2024-05 SCENARIOS="base name"   what-ifs side by side; TO=folder: as a page too
#:   make check CONFIG=acme/report.toml       are configuration and files complete? computes nothing
#:   make verify [MONTH=2024-05] [RUN=id]     are the published files still what was published?
#:   make history                             what was published when, and what had changed
#:   make lab                                 the notebooks in JupyterLab, on this machine only
#:   make doctor                              versions, fonts, disk, locks
#:   make sample                              write the sample company to sample/
#:
#:   make test                                the test suite
#:   make test-full                           the test suite and the long grids
#:   make lock                                write the requirements*.lock files anew
#:   make clean                               remove .venv, sample/ and tool caches; never reports/
#:
#: The first call sets up .venv. Your own data in ten minutes: README.md.

.DEFAULT_GOAL := help
.SUFFIXES:
override SHELL := /bin/sh

# What a user passes is data, but make expands what it hands on (MONTH='$(shell …)' would run). So nothing from
# the command line is exported or reaches a sub-make; $(value …) takes the text as it was typed, and the commands
# below find it in their environment, where no shell reads it.
MAKEOVERRIDES =
$(foreach name,$(.VARIABLES),$(if $(filter command,$(origin $(name))),$(eval unexport $(name))))
unexport MONTH CONFIG SCENARIO SCENARIOS TO ROLE OUT RUN
given = $(or $(value $(1)),$(value UNITCOST_$(1)))
override export UNITCOST_MONTH := $(call given,MONTH)
override export UNITCOST_CONFIG := $(call given,CONFIG)
override export UNITCOST_SCENARIO := $(call given,SCENARIO)
override export UNITCOST_SCENARIOS := $(call given,SCENARIOS)
override export UNITCOST_TO := $(call given,TO)
override export UNITCOST_ROLE := $(call given,ROLE)
override export UNITCOST_OUT := $(call given,OUT)
override export UNITCOST_RUN := $(call given,RUN)

ifeq ($(UNITCOST_CONFIG),)
company := sample/report.toml
override UNITCOST_CONFIG := $(company)
endif

# Images for containers often switch compiled modules off; every process would start two seconds later.
unexport PYTHONDONTWRITEBYTECODE

# A recipe of one plain command is started without a shell between, so that Ctrl-C and SIGTERM reach the command.
# The command itself ends with "unitcost: exit N (reason)".
override export UNITCOST_EXIT_LINE := always

.PHONY: help
help:
	@sed -n 's/^#: \{0,1\}//p' Makefile

.PHONY: report compare check verify history doctor lab sample
report: environment $(company)
	@.venv/bin/unitcost report

compare: environment $(company)
	@.venv/bin/unitcost compare

check: environment $(company)
	@.venv/bin/unitcost check

verify: environment
	@.venv/bin/unitcost verify

history: environment
	@.venv/bin/unitcost history

doctor: environment
	@.venv/bin/unitcost doctor

lab: environment-lab $(company)
	@.venv/bin/unitcost lab

sample: sample/report.toml

sample/report.toml: override export UNITCOST_EXIT_LINE := failure
sample/report.toml: | environment
	@.venv/bin/unitcost sample sample

.PHONY: test test-long test-full
PYTEST = .venv/bin/python -m pytest -n auto --maxprocesses 8 --dist loadfile
test: environment-test
	@$(PYTEST) -m "not long"

test-long: environment-test
	@$(PYTEST) -m long

test-full: environment-test
	@$(PYTEST)

# Costs a few hashes when everything is in place.
.PHONY: environment environment-test environment-lab
environment:
	@python3 tools/environment.py report

environment-test:
	@python3 tools/environment.py test

environment-lab:
	@python3 tools/environment.py lab

.PHONY: lock
COMPILE = .venv/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate
lock: environment
	@$(COMPILE) --group installer --output-file requirements-uv.lock
	@$(COMPILE) pyproject.toml --group build --output-file requirements.lock
	@$(COMPILE) pyproject.toml --group build --extra test --constraint requirements.lock --output-file requirements-test.lock
	@$(COMPILE) pyproject.toml --group build --extra lab --constraint requirements.lock --output-file requirements-lab.lock
	@$(COMPILE) pyproject.toml --group build --extra spark --constraint requirements-test.lock --output-file requirements-spark.lock

.PHONY: clean
clean:
	@rm -rf .venv sample build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
	@find $(wildcard src tests tools benchmarks) -name __pycache__ -type d -prune -exec rm -rf {} +
