# The project's words; a bare `make` lists them.
PYTHON ?= python3
JOBS ?= 3
MARKED := $(if $(THOROUGH),,-m "not thorough")
VENV := .venv
CORE := .venv-core
READY := $(VENV)/.ready
CORE_READY := $(CORE)/.ready

PINNED := $(VENV)/bin/uv pip compile --quiet --universal --generate-hashes --no-header --no-emit-index-url

.DEFAULT_GOAL := help
.PHONY: help demo test core dagster minds mlx models dev lint lock bench screenshot

help: ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/\1	\2/' | expand -t 14

$(VENV)/bin/uv:
	$(PYTHON) -c 'import sys; assert (3, 11) <= sys.version_info[:2] < (3, 14), "Python 3.11 to 3.13 is needed; name one with make PYTHON=..."'
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet uv

$(READY): requirements.lock pyproject.toml | $(VENV)/bin/uv
	$(VENV)/bin/uv pip install --quiet --python $(VENV) --require-hashes --compile-bytecode -r requirements.lock
	$(VENV)/bin/uv pip install --quiet --python $(VENV) --no-deps -e .
	@touch $@

$(CORE_READY): requirements.lock pyproject.toml | $(VENV)/bin/uv
	$(VENV)/bin/uv venv --quiet --clear --python $(VENV)/bin/python $(CORE)
	$(VENV)/bin/uv pip install --quiet --python $(CORE) --compile-bytecode -c requirements.lock -e '.[test]'
	@touch $@

# uv keeps the wheel of llama.cpp that it builds; LLAVA_BUILD is its eyes, which nothing here needs.
LLAMA := -DLLAVA_BUILD=OFF -DCMAKE_PROJECT_llama_cpp_INCLUDE=$(CURDIR)/requirements-minds.cmake
$(VENV)/.minds $(VENV)/.mlx: $(VENV)/.%: requirements-%.lock $(READY)
	CMAKE_ARGS="$(LLAMA) $(CMAKE_ARGS)" $(VENV)/bin/uv pip install --quiet --python $(VENV) \
		--require-hashes --compile-bytecode -r $<
	@touch $@

demo: $(READY) ## break a column of real data and watch it heal, in a clone under .adp/demo
	$(VENV)/bin/adp demo $(if $(SEED),--seed $(SEED))

test: core dagster $(if $(wildcard $(VENV)/.minds $(VENV)/.mlx),models) ## the whole test suite

dagster: $(READY) ## the tests of all that needs Dagster
	$(VENV)/bin/python -m pytest -n $(JOBS) $(MARKED) adp_dagster sensors tests --ignore tests/agents

core: $(CORE_READY) ## the tests of agents/ where Dagster is not installed
	$(CORE)/bin/python -c 'import importlib.util as u; assert u.find_spec("dagster") is None'
	$(CORE)/bin/python -m pytest -n $(JOBS) $(MARKED) agents tests/agents

minds: $(VENV)/.minds ## add the local models; builds llama.cpp once, which takes minutes
	$(VENV)/bin/adp minds engines

mlx: $(VENV)/.mlx ## add MLX, which is fast on Apple silicon only

models: $(READY) ## the tests of the local models that are installed
	$(VENV)/bin/python -m pytest -n 2 -m minds tests/agents/minds

dev: $(READY) ## the Dagster UI and daemon on localhost; Ctrl-C stops both
	$(VENV)/bin/adp up

lint: $(READY) ## style, types and the direction of imports
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports

lock: $(VENV)/bin/uv ## pin every dependency anew from pyproject.toml
	$(PINNED) --upgrade --extra dev pyproject.toml -o requirements.lock
	for extra in minds mlx; do $(PINNED) --upgrade --extra $$extra -c requirements.lock pyproject.toml \
		-o requirements-$$extra.lock || exit 1; done

bench: $(READY) ## what it costs, measured against its targets
	for name in load overhead alarms; do $(VENV)/bin/adp bench $$name || exit 1; done
	$(VENV)/bin/adp bench heal --seeds 1

screenshot: $(READY) ## the README's pictures, from a real healed run
	ADP_SCREENSHOTS=docs $(VENV)/bin/python -m pytest tests/adp_dagster/test_headless.py
