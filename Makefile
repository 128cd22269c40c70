# make demo    trains on the bundled texts, answers, exports, answers from the export
# make serve   opens a page that completes as you type, with the newest model here
# make check   what a reader of the code would complain about: style, types, layers
# make test    every test, the slow ones too
# make clean   removes what the targets above have made, but no model
#
# Each target makes .venv and installs what it needs; all that has to be there is
# Python 3.11 with venv, and make.

SHELL := /bin/bash
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV ?= .venv
RUN := $(VENV)/bin/python

# Minutes of training: with reading, measuring and exporting the demo stays below 6.
DEMO_MINUTES ?= 4
DEMO_EXPORT := models/demo-savedmodel

# More than there are processors, since tests of pages and servers mostly wait.
TEST_PROCESSES ?= $(shell $(PYTHON) -c "import os; print(min(os.cpu_count() + 2, 4))")

export TF_CPP_MIN_LOG_LEVEL ?= 2

.DEFAULT_GOAL := help
.PHONY: help demo demo-steps serve check test clean

help:
	@sed -n 's/^# make/make/p' Makefile

# Stamps: touched when the installation is whole, older than a changed list.
$(VENV)/.can-run: export TIMEFORMAT = Installed in %0R s.
$(VENV)/.can-run: requirements.txt
	@echo "Installing into $(VENV) (TensorFlow and vectors, 2.5 GB) ..."
	@time $(MAKE) --no-print-directory venv-install LIST=requirements.txt
	@touch $@

$(VENV)/.can-test: tests/requirements.txt $(VENV)/.can-run
	@$(MAKE) --no-print-directory venv-install LIST=tests/requirements.txt
	@touch $@

.PHONY: venv-install
venv-install:
	@test -x $(RUN) || $(PYTHON) -m venv $(VENV)
	@$(RUN) -m pip install --quiet --quiet --disable-pip-version-check -r $(LIST)

demo: export TIMEFORMAT = Trained, answered and exported in %0R s.
demo: $(VENV)/.can-run
	@time $(MAKE) --no-print-directory demo-steps

demo-steps:
	$(RUN) train.py --name demo --overwrite --minutes $(DEMO_MINUTES)
	@echo "== Five sentences to go on with"
	$(RUN) predict.py --model demo \
	  "The clouds are in the" \
	  "The capital of France" \
	  "He was born in" \
	  "It is one of the" \
	  "At the end of the war, the"
	@echo "== Three sentences to fill in"
	$(RUN) predict.py --model demo \
	  "The clouds are on the ___ ." \
	  "He was the first ___ of the United States ." \
	  "The ___ of the city is in the ___ ."
	@echo "== The same network as a TensorFlow SavedModel, in a process of its own"
	rm -rf $(DEMO_EXPORT)
	$(RUN) -m app export demo --to $(DEMO_EXPORT)
	@echo '$(RUN) -c "import tensorflow as tf; ..."'
	@# TensorFlow talks while it starts; what it said is shown if it fails.
	@$(RUN) -c "$$ASK_THE_EXPORT" 2> $(DEMO_EXPORT)/log || { cat $(DEMO_EXPORT)/log; exit 1; }

# Nothing of this repository is imported here: words go in, words come out.
define ASK_THE_EXPORT
import tensorflow as tf

model = tf.saved_model.load("$(DEMO_EXPORT)/1")
answer = model.signatures["serving_default"](text=tf.constant(["The clouds are in the"]))
for word, probability in zip(answer["words"][0], answer["probabilities"][0]):
    print(f"{probability:7.1%}  {word.numpy().decode()}")
endef
export ASK_THE_EXPORT

# Without any model the one of the demo is trained first.
serve: $(VENV)/.can-run
	@ls models/*/MANIFEST.json >/dev/null 2>&1 || \
	  $(RUN) train.py --name demo --minutes $(DEMO_MINUTES)
	$(RUN) -m app serve

check: $(VENV)/.can-test
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy
	$(RUN) -m pytest -q tests/test_layers.py

test: $(VENV)/.can-test
	$(RUN) -m pytest -n $(TEST_PROCESSES) --dist loadfile --no-loadscope-reorder

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis $(DEMO_EXPORT)
	find app tests -name __pycache__ -type d -prune -exec rm -rf {} +
