# Everything a developer or CI runs. `make help` lists it.
# PYTHON chooses the interpreter of .venv: 3.11 brings ansible-core 2.19, 3.12 and later bring 2.21.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

CHOSEN := $(filter-out undefined,$(origin PYTHON))
PYTHON ?= python3
VENV := .venv
BIN := $(CURDIR)/$(VENV)/bin
TREE := .tree/ansible_collections
PYTEST := $(BIN)/python -m pytest

# A PYTHON that was asked for and is not the one in .venv makes .venv anew.
python_id = $(shell $(1) -c 'import sys; print(sys.version)' 2>/dev/null)
ifneq ($(CHOSEN),)
ifneq ($(call python_id,$(PYTHON)),$(call python_id,$(VENV)/bin/python))
OTHER_PYTHON := FORCE
endif
endif

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: FORCE
FORCE:

# ---- set-up -------------------------------------------------------------------------------------------------------
# Each stamp is written last, so a half-made .venv is made again.

$(VENV)/.demo: requirements/demo.txt $(OTHER_PYTHON)
	@echo "== .venv: $$($(PYTHON) --version), Ansible, boto3 and the emulator's needs"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "closednet.aws needs Python 3.11 or later: make PYTHON=python3.12 ...")'
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --no-compile --require-hashes -r requirements/demo.txt
	@$(BIN)/python tools/link_collection.py
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.demo
	@echo "== .venv: test and lint tools"
	@$(BIN)/python -m pip install --no-compile --require-hashes -r requirements/dev.txt
	@touch $@

.PHONY: .venv
.venv: $(VENV)/.dev
