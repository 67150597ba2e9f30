# `make demo` and `make test` set everything up by themselves: a virtual environment in .venv, the
# hash-pinned requirements.lock, and this project, editable. A second call reuses it.

PYTHON ?= $(firstword $(foreach p,python3.11 python3.12 python3.10 python3,$(shell command -v $(p))))
UV_VERSION := 0.13.9
BIN := .venv/bin
READY := .venv/.ready

# Where Python may not keep what it compiles, half of each command's time goes into compiling
# TensorFlow and TFMA anew.
unexport PYTHONDONTWRITEBYTECODE
COMPILED := import evenhand.evaluation.engine.analysis, evenhand.remediation.wrappers.clp

.DEFAULT_GOAL := help
.PHONY: help setup spark s3 trackers demo test test-fast lint docs action lock clean

help:            ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## */\t/' | expand -t 12

setup: $(READY)  ## make .venv and install the pinned requirements and this project

$(READY): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.10, 3.11 or 3.12 is needed, and none is on the PATH" >&2; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --no-deps -r requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	@$(BIN)/python -c "$(COMPILED)" 2>.venv/.compiling || { cat .venv/.compiling >&2; exit 1; }
	@touch $@

spark: $(READY)  ## add pyspark, which the tests on a Spark cluster need, beside Java 17
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --no-deps \
	    --no-build-isolation -r requirements-spark.lock

s3: $(READY)     ## add s3fs and moto, which the tests of URLs and of S3 need
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --no-deps \
	    --no-build-isolation -r requirements-s3.lock

trackers: $(READY) ## add mlflow-skinny and wandb, which the tests of trackers need
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --no-deps \
	    --no-build-isolation -r requirements-trackers.lock

demo: $(READY)   ## the main job on embedded sample text; writes ./demo
	$(BIN)/evenhand demo --output demo --overwrite

# Each process begins with its share of the list, in order, and takes over what another has left.
SIDE_BY_SIDE := -n auto --maxprocesses 4 --dist worksteal

test: $(READY)   ## every test
	$(BIN)/python -m pytest $(SIDE_BY_SIDE)

test-fast: $(READY) ## the tests that train nothing
	$(BIN)/python -m pytest $(SIDE_BY_SIDE) -m "not slow"

lint: $(READY)   ## ruff and the type checker
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	@mkdir -p .typecheck/evenhand
	@for part in cli data evaluation remediation evenhand/__init__.py evenhand/beam.py; do \
	    ln -sfn ../../$$part .typecheck/evenhand/$${part#evenhand/}; done
	$(BIN)/mypy

docs: $(READY)   ## the documentation, into build/docs
	$(BIN)/python -m sphinx -W --keep-going -q docs build/docs

action: $(READY) ## renew the inputs of action.yml, which are options of the commands
	$(BIN)/python .ci/action_inputs.py

# The lock holds hashes and no addresses; uv.lock would record addresses.
lock: $(READY)   ## renew the locks; requirements.lock comes from pyproject.toml
	$(BIN)/uv pip compile --universal --python-version 3.10 --extra dev --generate-hashes \
	    --no-emit-index-url --no-header --upgrade pyproject.toml -o requirements.lock
	echo "pyspark>=4,<5" | $(BIN)/uv pip compile --universal --python-version 3.10 \
	    --generate-hashes --no-emit-index-url --no-header --upgrade - -o requirements-spark.lock
	printf '%s\n' s3fs "moto[s3]" flask flask-cors | $(BIN)/uv pip compile --universal \
	    --python-version 3.10 --generate-hashes --no-emit-index-url --no-header --upgrade \
	    -c requirements.lock - -o requirements-s3.lock
	echo importlib-metadata > .venv/.overridden # newer in the main lock than MLflow says, and fine
	printf '%s\n' "mlflow-skinny>=3" wandb | $(BIN)/uv pip compile --universal \
	    --python-version 3.10 --generate-hashes --no-emit-index-url --no-header --upgrade \
	    -c requirements.lock --override .venv/.overridden - -o requirements-trackers.lock

clean:           ## remove the environment and caches
	rm -rf .venv .typecheck .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist *.egg-info
