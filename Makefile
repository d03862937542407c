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
# For tools that call other tools by name. Not exported as a whole: .venv must not be made by its own Python.
IN_VENV := PATH="$(BIN):$$PATH"
# Only `make quick` may skip a test, whatever the shell has.
unexport QUICK

# .venv is made anew when PYTHON was asked for and is another one, and when the checkout has moved.
python_id = $(shell $(1) -c 'import sys; print(sys.version)' 2>/dev/null)
ifneq ($(CHOSEN),)
ifneq ($(call python_id,$(PYTHON)),$(call python_id,$(VENV)/bin/python))
RENEW := FORCE
endif
endif
ifneq ($(wildcard $(VENV)/.demo),)
ifneq ($(file < $(VENV)/.demo),$(CURDIR))
RENEW := FORCE
endif
endif

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo "  PYTHON=python3.12 chooses the interpreter of .venv; PYTEST_ARGS='-k name' goes to pytest"

.PHONY: FORCE
FORCE:

# ---- set-up -------------------------------------------------------------------------------------------------------
# Each stamp is written last, so a half-made .venv is made again.

$(VENV)/.demo: requirements/demo.txt $(RENEW)
	@echo "== .venv: $$($(PYTHON) --version), Ansible, boto3 and the emulator's needs"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "closednet.aws needs Python 3.11 or later: make PYTHON=python3.12 ...")'
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --no-compile --require-hashes -r requirements/demo.txt
	@$(BIN)/python tools/link_collection.py
	@echo "$(CURDIR)" > $@

$(VENV)/.dev: requirements/dev.txt tools/install_awx_collection.py $(VENV)/.demo
	@echo "== .venv: test and lint tools"
	@$(BIN)/python -m pip install --no-compile --require-hashes -r requirements/dev.txt
	@$(BIN)/python tools/install_awx_collection.py
	@touch $@

.PHONY: .venv
.venv: $(VENV)/.dev

# The plan's page has a picture that dot draws.
.PHONY: graphviz
graphviz:
	@command -v dot > /dev/null || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null; then \
	    echo "== graphviz, from Debian"; apt-get update -qq && apt-get install -qq -y --no-install-recommends graphviz; \
	  else echo "dot is missing: install graphviz, e.g. sudo apt-get install graphviz"; exit 1; fi; \
	}

# The engine of Network Firewall, which judges the rules of egress.
.PHONY: suricata
suricata: ## install Suricata 7.0 from the backports of Debian, if it isn't there
	@tools/install_suricata.sh

.PHONY: proxies
proxies: ## install nginx with its stream module and squid, if they aren't there
	@tools/install_proxies.sh

# A copy of what Galaxy would judge and the unit tests, with a git of its own, in the folders that ansible-test wants:
# elsewhere it tests nothing and says that all is well.
NOT_IN_TREE := .ci bench docs/sphinx emulator extensions inventories requirements tools \
  noxfile.py tests/contract tests/emulator tests/faults tests/integration tests/logs tests/proxy \
  tests/repo tests/rules
.PHONY: tree
tree: $(VENV)/.dev
	@rm -rf .tree && mkdir -p $(TREE)/closednet/aws
	@git ls-files -co --exclude-standard -z -- . $(NOT_IN_TREE:%=':!%') \
	  | while IFS= read -rd '' file; do if [ -e "$$file" ]; then printf '%s\0' "$$file"; fi; done \
	  | tar --null -T - -cf - | tar -xf - -C $(TREE)/closednet/aws
	@git -C $(TREE)/closednet/aws init -q
	@ln -s $$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/ansible_collections/amazon $(TREE)/amazon
	@$(BIN)/python tools/seed_ansible_test_pip.py

.PHONY: lock
lock: ## resolve requirements/*.in anew into the locks (hashes, all Pythons from 3.11)
	@$(PYTHON) -m venv .cache/uv && .cache/uv/bin/python -m pip install --quiet uv
	@for set in demo dev mutants; do \
	  .cache/uv/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	    --custom-compile-command 'make lock' --output-file requirements/$$set.txt requirements/$$set.in; \
	done
	@git --no-pager diff --stat -- requirements

.PHONY: clean
clean: ## remove all that the other targets made
	rm -rf .venv .nox .tree .cache .ansible docs/build tests/output closednet-aws-*.tar.gz

# ---- try it -------------------------------------------------------------------------------------------------------

.PHONY: demo
demo: $(VENV)/.demo ## site.yml on inventories/demo against the local emulator; KEEP=1 leaves the emulator up
	@$(BIN)/python tools/demo.py $(if $(KEEP),--keep)

.PHONY: bench
bench: $(VENV)/.dev ## measure 10 spokes beside amazon.aws modules and bare boto3; writes to bench/RESULTS.md
	@$(BIN)/python -m bench.run

.PHONY: bench-fleet
bench-fleet: $(VENV)/.dev ## measure 100, 300 and 1000 spokes from nothing to teardown, about an hour; writes to bench/RESULTS.md
	@$(BIN)/python -m bench.fleet

.PHONY: bench-logs
bench-logs: $(VENV)/.dev ## measure the log handler beside gzip and JSON alone; writes to bench/RESULTS.md
	@$(BIN)/python -m bench.log_handler

.PHONY: matrix
matrix: $(VENV)/.dev ## the ends of the support matrix: the oldest ansible-core, Python, boto3 and amazon.aws, and the newest; ansible-units
	@$(IN_VENV) nox

# ---- checks -------------------------------------------------------------------------------------------------------

.PHONY: quick
quick: mypy ## the first thing to run after a change: ruff, mypy, unit; under a minute
	@QUICK=yes $(PYTEST) -q -n 2 tests/unit tests/repo $(PYTEST_ARGS)

.PHONY: ruff
ruff: $(VENV)/.dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

.PHONY: mypy
mypy: ruff ## ruff, then the types of plugins/
	@$(BIN)/mypy

.PHONY: lint
lint: mypy ## ruff, mypy, yamllint, ansible-lint, shellcheck, changelog fragments, plugin docs
	@$(BIN)/yamllint --strict .
	@$(BIN)/shellcheck .ci/run tools/*.sh
	@$(BIN)/antsibull-changelog lint
	@# It copies what git knows of, and of .venv git knows nothing: there, let it find no repository.
	@GIT_CEILING_DIRECTORIES=$(CURDIR) $(IN_VENV) antsibull-docs lint-collection-docs --plugin-docs \
	  --validate-collection-refs dependent --disallow-unknown-collection-refs .
	@$(IN_VENV) python tools/ansible_lint.py

.PHONY: generated
generated: $(VENV)/.dev ## write what is made from something else: plays of the roster, parts of docs, IAM policies
	@$(BIN)/python -m tools.roster
	@$(BIN)/python -m tools.module_docs
	@$(BIN)/python tools/role_options.py
	@$(BIN)/python -m tools.iam_policies
	@$(BIN)/python -m tools.iam_roles
	@$(BIN)/python -m tools.emulator_coverage

.PHONY: picture
picture: $(VENV)/.dev graphviz ## draw docs/rooms.svg, who imports whom
	@$(BIN)/python -m tools.picture

.PHONY: format
format: $(VENV)/.dev ## let ruff write what lint would ask for
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

.PHONY: unit
unit: $(VENV)/.dev graphviz ## pure logic, the rules of the rooms, the built collection
	@$(PYTEST) -n 2 tests/unit tests/repo $(PYTEST_ARGS)

.PHONY: emulator-test
emulator-test: $(VENV)/.dev ## the emulator against AWS's documented and recorded behaviour
	@$(PYTEST) -n 2 tests/emulator $(PYTEST_ARGS)

.PHONY: rules-test
rules-test: $(VENV)/.dev suricata ## the rules of egress, judged by Suricata
	@$(PYTEST) -n 2 tests/rules $(PYTEST_ARGS)

.PHONY: proxy-test
proxy-test: $(VENV)/.dev proxies ## the configurations of egress_proxy, judged by nginx and squid
	@$(PYTEST) tests/proxy $(PYTEST_ARGS)

.PHONY: logs-test
logs-test: $(VENV)/.dev ## no log event is lost: handler and replay, whatever comes and whatever fails
	@$(PYTEST) -n 2 tests/logs $(PYTEST_ARGS)

.PHONY: contract
contract: $(VENV)/.dev ## what every module must do, over all modules, both ways of execution
	@# A case converges once, where its tests are run by one worker.
	@$(PYTEST) -n 2 --dist worksteal tests/contract $(PYTEST_ARGS)

.PHONY: integration
integration: $(VENV)/.dev graphviz ## playbooks on the emulator
	@$(PYTEST) -n 2 --dist loadfile tests/integration $(PYTEST_ARGS)

.PHONY: faults
faults: $(VENV)/.dev ## each call of each module meets each fault, SIGKILL too; writes bench/FAULTS.md
	@FAULTS_SAMPLE=all $(PYTEST) -n 2 tests/faults $(PYTEST_ARGS)

.PHONY: faults-sample
faults-sample: $(VENV)/.dev ## a fixed sample of the faults
	@$(PYTEST) -n 2 tests/faults $(PYTEST_ARGS)

$(VENV)/.mutants: requirements/mutants.txt $(VENV)/.dev
	@$(BIN)/python -m pip install --no-compile --require-hashes -r requirements/mutants.txt
	@touch $@

.PHONY: mutants
mutants: tree $(VENV)/.mutants ## change the code of a sample of _core and _domain, name what no test sees; ARGS='--seed 2 --files 6' or files
	@$(BIN)/python -m tools.mutants $(ARGS)

.PHONY: sanity
sanity: tree ## ansible-test sanity; first shows that a planted error is found
	@$(IN_VENV) tools/ansible_test.sh sanity

.PHONY: ansible-units
ansible-units: tree graphviz ## ansible-test units; must run as many tests as pytest finds
	@$(IN_VENV) tools/ansible_test.sh units

.PHONY: molecule
molecule: $(VENV)/.dev ## every scenario of extensions/molecule, on one emulator
	@ls extensions/molecule/*/molecule.yml
	@$(IN_VENV) SHARED_EMULATOR=true molecule destroy  # what a broken run left
	@$(IN_VENV) SHARED_EMULATOR=true molecule test --all

.PHONY: docs
docs: $(VENV)/.dev ## render the docs of modules, plugins and roles into docs/build/html, warnings are errors
	@rm -rf docs/build && mkdir -p docs/build/rst && cp docs/sphinx/conf.py docs/build/rst/
	@$(IN_VENV) antsibull-docs --config-file docs/sphinx/antsibull-docs.cfg \
	  collection --use-current --squash-hierarchy --fail-on-error --dest-dir docs/build/rst closednet.aws
	@$(IN_VENV) sphinx-build -q -W --keep-going -b html docs/build/rst docs/build/html
	@for source in plugins/modules/*.py roles/*/meta/argument_specs.yml; do \
	  case $$source in \
	    roles/*) page=$$(cut -d/ -f2 <<< $$source)_role;; \
	    *) page=$$(basename $$source .py)_module;; \
	  esac; \
	  test -e docs/build/html/$$page.html || { echo "$$source has no page $$page.html"; exit 1; }; \
	done
	@echo "docs/build/html/index.html"

# Two lanes, side by side; each takes the next target that the other one has not. Long ones first, and last those that
# use two cores by themselves. No two of them write to one place.
TARGETS := lint integration molecule contract sanity demo docs rules-test proxy-test logs-test unit faults-sample \
  emulator-test
RESULTS := .cache/test

.PHONY: test
test: $(VENV)/.dev graphviz suricata proxies ## everything that CI checks; a target's output is shown when it ends
	@rm -rf $(RESULTS) && mkdir -p $(RESULTS)
	@lane() { \
	  for target in $(TARGETS); do \
	    if [ -e $(RESULTS)/failed ]; then return; fi; \
	    if ! mkdir $(RESULTS)/$$target 2> /dev/null; then continue; fi; \
	    log=$(RESULTS)/$$target/log; took=$(RESULTS)/$$target/took; \
	    printf '\n== make %s\n' $$target > $$log; \
	    TIMEFORMAT='%0R s, of processors %0U s + %0S s'; \
	    { time $(MAKE) $$target >> $$log 2>&1 < /dev/null; } 2> $$took || echo $$target >> $(RESULTS)/failed; \
	    printf '  %-14s %s\n' $$target "$$(< $$took)" >> $(RESULTS)/times; \
	    cat $$log; \
	  done; \
	}; \
	set -m; lane & beside=$$!; set +m; \
	trap 'kill -- -$$beside 2> /dev/null || true' EXIT; \
	lane; wait $$beside; \
	printf '\n'; cat $(RESULTS)/times; \
	if [ -e $(RESULTS)/failed ]; then printf 'make test: FAILED in make %s\n' $$(< $(RESULTS)/failed); exit 1; fi; \
	passed=$$(wc -l < $(RESULTS)/times); \
	[ $$passed -eq $(words $(TARGETS)) ] || { echo "make test: only $$passed targets ran"; exit 1; }; \
	printf 'targets: %d passed, 0 failed\nmake test: all well after %d s\n' $$passed $$SECONDS
