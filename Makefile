# Two commands on a machine that has only Python 3.10+ and make:
#   make search   searches a network for handwritten digits on MPI ranks and exports it
#   make test     runs every check
# Each sets up what it needs in .venv, and is quick when nothing has changed.

PYTHON ?= python3
WORKERS ?= $(shell getconf _NPROCESSORS_ONLN)
RUN ?= runs/digits

VENV := .venv
BIN := $(VENV)/bin
# Without --no-compile pip spends most of its time on bytecode of modules that nobody imports.
INSTALL := $(BIN)/python -m pip install --no-compile --quiet --disable-pip-version-check --constraint constraints.txt
DECLARED := setup.cfg pyproject.toml constraints.txt
SOURCES := $(shell find evonas search_spaces tests experiments -name '*.py') $(DECLARED) README.md CONTRIBUTING.md

.PHONY: help search test clean
.DELETE_ON_ERROR:

help:
	@echo "make search   find, train and export a network for handwritten digits, on $(WORKERS) MPI workers"
	@echo "make test     format, lint, types, tests, every experiment small"
	@echo "make clean    remove .venv and caches; runs/ stays"

search: $(VENV)/search.installed
	@echo "make search: the run is kept in $(RUN); another folder: make search RUN=runs/other"
	$(BIN)/evonas run experiments/digits_cnn.py --mpi --workers $(WORKERS) --deterministic 8 --run $(RUN)
	@echo "make search: the exported ONNX model on the test split, which the search never saw:"
	$(BIN)/python experiments/digits_cnn.py --score $(RUN)/best/model.onnx

test: $(VENV)/test.passed
	@echo "make test: all checks passed for these files on $$(cat $<); once more: make --always-make test"

$(VENV)/test.passed: $(VENV)/test.installed $(SOURCES)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy --strict evonas
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile
	@date > $@

$(VENV)/search.installed: $(VENV)/bin/python $(DECLARED)
	@echo "installing evonas with an MPI, torch and the digits into $(VENV) (a few minutes the first time) ..."
	$(INSTALL) --editable ".[mpi,torch,digits]"
	@touch $@

$(VENV)/test.installed: $(VENV)/search.installed
	@echo "installing the test tools and the peers of the benchmarks into $(VENV) ..."
	$(INSTALL) --editable ".[mpi,torch,digits,tables,graphs,bench,test]"
	@touch $@

# Debian's python3 comes without ensurepip unless python3-venv is installed: borrow its pip then.
$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || \
	  { echo "evonas needs Python 3.10 or newer, $(PYTHON) is $$($(PYTHON) --version 2>&1); make PYTHON=python3.11 ..."; exit 1; }
	@echo "making a virtual environment in $(VENV) with $$($(PYTHON) --version) ..."
	@$(PYTHON) -m venv $(VENV) 2> /dev/null || { $(PYTHON) -m venv --without-pip $(VENV) && \
	  $(PYTHON) -m pip --python $(VENV)/bin/python install --quiet pip; } || \
	  { rm -rf $(VENV); echo "$(PYTHON) can make no virtual environment; on Debian: apt install python3-venv"; exit 1; }

clean:
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
