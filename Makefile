# Every command sets up what it needs, in .venv. See README.md and CONTRIBUTING.md.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# Where a CPU build is on offer (PIP_FIND_LINKS, PIP_EXTRA_INDEX_URL), pip prefers this version's;
# PyPI's for Linux brings CUDA along, which is larger and does as well.
TORCH ?= torch==2.13.0
NPM := docs/node_modules/.ready
BOOK := docs/_build
# In the book, what follows # in a link to the explorer is settings, and no heading, for which Sphinx
# would look; other links of notebooks to docs/ lose that folder.
LINKS := -e 's|\[\([^]]*\)\](\.\./docs/explorer\.md\#\([^)]*\))|<a href=\\"../explorer.html\#\2\\">\1</a>|g' \
	-e 's|](\.\./docs/|](../|g'
NOTEBOOKS := $(wildcard notebooks/*.ipynb)
# On two workers, each file on one: the cells of a notebook need each other. In the order of their
# names the long files come first. One thread each for BLAS: threads of two workers wait for each other.
PYTEST := OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder

# Notebooks and tests see the project's own packages only.
export PYTHONNOUSERSITE := 1

.PHONY: help notebooks test quick book test-book test-torch peers generate lint format accuracy mutants bench lock clean
.DEFAULT_GOAL := help

help:  ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and "Python 3.10 or later is needed")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	@touch $@

notebooks: $(READY)  ## Regenerate the code, execute every notebook in place, report what changed
	$(BIN)/python -m derivations
	$(BIN)/python notebooks/execute.py $(NOTEBOOKS)

test: $(READY) lint  ## Run every check: lint, types, generated code, tests, doctests, notebooks
	$(PYTEST) -m 'not book'

quick: $(READY)  ## Run the tests that take less than two minutes together, and list what is left out
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(PYTEST) -m 'not book and not torch and not slow' tests selu_sym derivations
	@echo 'Left out: types, notebooks, benchmarks and slow tests (make test), PyTorch (make test-torch), the book (make test-book)'

$(NPM): docs/package.json docs/package-lock.json
	cd docs && npm ci --ignore-scripts --no-audit --no-fund --loglevel error
	@touch $@

book: $(READY) $(NPM)  ## Build the book and the explorer in docs/_build/html
	rm -rf $(BOOK)
	mkdir -p $(BOOK)/source/notebooks
	cp -r $(addprefix docs/,conf.py how-to explorer _static _templates) docs/*.md docs/*.png CONTRIBUTING.md CHANGELOG.md $(BOOK)/source
	for notebook in $(NOTEBOOKS); do sed $(LINKS) $$notebook > $(BOOK)/source/$$notebook; done
	cp notebooks/*.py notebooks/*.json $(BOOK)/source/notebooks
	cp -r notebooks $(BOOK)/source/_static/notebooks
	cp -r docs/node_modules/mathjax/es5 $(BOOK)/source/_static/mathjax
	docs/node_modules/.bin/esbuild docs/explorer/main.js --bundle --minify --target=es2022 --log-level=warning --outfile=$(BOOK)/source/_static/explorer.js
	TF_CPP_MIN_LOG_LEVEL=3 $(BIN)/python -m sphinx --fail-on-warning --keep-going --jobs 2 --quiet $(BOOK)/source $(BOOK)/html

test-book: book  ## Build the book, and test it and the explorer in Node and in Chromium
	docs/node_modules/.bin/biome ci .
	node --test $(wildcard tests/book/*.test.js)
	$(PYTEST) -m book tests/book

TORCH_TOOLS := '$(TORCH)' expecttest onnxscript
test-torch: $(READY)  ## Install PyTorch, which is large and not in the lock; run its tests and check its types
	$(BIN)/python -m pip install --quiet --constraint requirements.lock $(TORCH_TOOLS)
	$(BIN)/python -m mypy
	$(PYTEST) -m 'torch and not peers' tests benchmarks
	$(BIN)/python -m pytest selu_sym/torch

peers: $(READY)  ## Run PyTorch's own test suites on its functions and ours, CoreML's converter, and the table of networks
	$(BIN)/python -m pip install --quiet --constraint requirements.lock $(TORCH_TOOLS) coremltools
	$(BIN)/python -m pytest tests/selu_sym/torch/peers tests/selu_sym/torch/test_modules_export.py
	$(BIN)/python -m pip install --quiet --no-deps torchvision timm huggingface_hub safetensors
	$(BIN)/python -m pytest -m torch benchmarks/test_networks.py
	$(BIN)/python -m benchmarks.networks --anew all

lint: $(READY)
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m mypy

generate: $(READY)  ## Derive the formulas and write selu_sym/_generated
	$(BIN)/python -m derivations

format: $(READY)  ## Format the code and the notebooks
	$(BIN)/python -m ruff check --fix .
	$(BIN)/python -m ruff format .

accuracy: $(READY)  ## Print the largest errors over the whole box, against Arb balls
	$(BIN)/python -m tests.accuracy

mutants: $(READY)  ## Tamper with certificates of every kind in every way, check a thousand random boxes
	ALL_MUTANTS=1 ALL_RANGES=1 $(BIN)/python -m pytest -s tests/selu_sym/certify/check/test_check_mutants.py tests/selu_sym/certify/check/test_check_range.py

bench: $(READY)  ## Run the benchmarks, which print ratios to their peers
	$(BIN)/python -m pytest benchmarks --benchmark-enable --benchmark-only --benchmark-columns=min,median,rounds -s
	$(BIN)/python -m benchmarks.tensorflow_ops
	$(BIN)/python -m benchmarks.keras_networks
	$(BIN)/python -m benchmarks.frameworks

lock: $(READY)  ## Pin the newest versions that pyproject.toml allows in requirements.lock
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/python -m uv pip compile --quiet --universal --python-version 3.10 \
		--extra tensorflow --extra certify --extra notebooks --extra docs --extra test --no-header --no-annotate --no-emit-index-url --upgrade pyproject.toml --output-file requirements.lock

clean:  ## Remove the environment, the book and caches
	rm -rf $(VENV) $(BOOK) docs/node_modules .mypy_cache .pytest_cache .ruff_cache .hypothesis .benchmarks *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
