# Every target sets up .venv by itself, once. `make help` lists them.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON := .venv/bin/python
STAMP := .venv/.complete

DATA ?= virtual
PROFILE ?= default
SCHEDULER ?= local
SEEDS ?= 1
UPDATES ?= equal
TABLE ?= table1
TRIALS ?= 40
TABLE_FLAGS = --data '$(DATA)' --profile '$(PROFILE)' --scheduler '$(SCHEDULER)' --seeds '$(SEEDS)' --updates '$(UPDATES)' $(if $(EPOCHS),--epochs '$(EPOCHS)') $(if $(LANES),--lanes '$(LANES)')

# the machine's two cores are shared by processes, not by the threads of one
export OMP_NUM_THREADS ?= 1
export MKL_NUM_THREADS ?= 1

.PHONY: help setup test test-light lint bench table1 table2 check-table1 check-table2 claims search figures measures pretrained evaluate page data-bach data-pianomime data-sounds docs clean

help: ## this list
	@grep -hE '^[a-z0-9 -]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 28

$(STAMP): setup.py pyproject.toml scripts/setup_environment.sh
	@scripts/setup_environment.sh
	@touch $(STAMP)

setup: $(STAMP) ## .venv with Python 3.9 and every pinned package (other targets do it by themselves)

table1: $(STAMP) ## train every row of the violin table and print it beside the paper's (DATA= PROFILE= SCHEDULER= SEEDS= UPDATES= EPOCHS= LANES=)
	@$(PYTHON) -m audio_to_body.reproduce table1 $(TABLE_FLAGS)

table2: $(STAMP) ## the same for the piano table
	@$(PYTHON) -m audio_to_body.reproduce table2 $(TABLE_FLAGS)

claims: $(STAMP) ## what the paper says of its tables, held against the results that are there (PROFILE=)
	@$(PYTHON) -m audio_to_body.tables.claims_page --profile '$(PROFILE)'

search: $(STAMP) ## search for a net's settings as the paper did and hold them against its caption (TABLE= TRIALS= DATA= PROFILE= SCHEDULER=)
	@$(PYTHON) -m audio_to_body.reproduce.search '$(TABLE)' --trials '$(TRIALS)' --data '$(DATA)' --profile '$(PROFILE)' --scheduler '$(SCHEDULER)'

figures: $(STAMP) ## the paper's figures 6, 7, 8/9, 12 from our nets; learning curves and errors per player of the tables (DATA= PROFILE=)
	@$(PYTHON) -m audio_to_body.reproduce.figures --data '$(DATA)' --profile '$(PROFILE)'
	@$(PYTHON) -m audio_to_body.reproduce.table_pictures table1 table2 --data '$(DATA)' --profile '$(PROFILE)'

measures: $(STAMP) ## musical measures of "Final ours" beside its baselines (DATA= PROFILE=)
	@$(PYTHON) -m audio_to_body.reproduce.measures --data '$(DATA)' --profile '$(PROFILE)'

pretrained: $(STAMP) ## train and export the nets that ship, into models/pretrained (HANDS= where they are at hand)
	@$(PYTHON) -m audio_to_body.reproduce.pretrained
	@if [ -d data/note_bank ]; then for i in piano violin; do \
	  $(PYTHON) -m audio_to_body.models.notes $$i --out runs/$${i}_notes.npz --force && \
	  $(PYTHON) -m audio_to_body.reproduce.pretrained_notes $$i runs/$${i}_notes.npz || exit 1; done; \
	else echo "the nets that hear notes are left as they are: they need sampled instruments (make data-sounds)"; fi
	@if [ -f data/pianomime/hands.npz ] || [ -n '$(HANDS)' ]; then \
	  $(PYTHON) -m audio_to_body.reproduce.expressive_piano '$(or $(HANDS),data/pianomime/hands.npz)' --out runs/piano_plus \
	    --renditions 4 --epochs 8 --seed 0 --onnx models/pretrained/piano_plus.onnx; \
	else echo "piano_plus.onnx is left as it is: it needs human hands (make data-pianomime HANDS=hands.npz)"; fi

evaluate: $(STAMP) ## what the musicians play against what sounds, one table (BACH= the Bach Violin Dataset, BASIC_PITCH= its nmp.onnx)
	@$(PYTHON) -m audio_to_body.reproduce.musicians $(if $(BACH),--bach '$(BACH)') $(if $(BASIC_PITCH),--basic-pitch '$(BASIC_PITCH)')

data-bach: $(STAMP) ## fetch the Bach Violin Dataset, or take a copy of it (BACH= folder, archive or address)
	@$(PYTHON) -m audio_to_body.preprocessing.published.bach_source $(if $(BACH),'$(BACH)')

data-pianomime: $(STAMP) ## fetch human pianists' hands, or take a copy (HANDS= hands.npz, dataset_hl.zarr or its address)
	@$(PYTHON) -m audio_to_body.preprocessing.published.pianomime_source $(if $(HANDS),'$(HANDS)')

data-sounds: $(STAMP) ## fetch sampled instruments and build the bank the note nets are trained on (SOUNDS= a folder that has some)
	@$(PYTHON) -m audio_to_body.preprocessing.note_sound --fetch --data '$(or $(SOUNDS),data)' --out data/note_bank

check-table1 check-table2: check-%: $(STAMP) ## hold a table's results against the expected ones (DATA= PROFILE=)
	@$(PYTHON) -m audio_to_body.tables check $* --data '$(DATA)' --profile '$(PROFILE)'

page: $(STAMP) ## the musician in the browser, into web/dist (needs npm); audio-to-body page serves it
	@$(PYTHON) -m audio_to_body.scripts.build_page

test: $(STAMP) ## every test
	@$(PYTHON) -m pytest -n 2 --dist loadfile

test-light: ## the light install alone, on this machine's default Python: pip install, then infer_onnx on a generated sound
	@scripts/test_light_install.sh

lint: $(STAMP) ## ruff and mypy; eslint, prettier and tsc for the page
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check .
	@scripts/check_types.sh
	@scripts/check_page.sh

docs: $(STAMP) ## the site of docs/ with the API, into site/; fails where a link or a name leads nowhere
	@$(PYTHON) scripts/build_docs.py --strict

bench: $(STAMP) ## every hot path against its peer, as ratios
	@$(PYTHON) -m audio_to_body.benchmarks

clean: ## remove .venv and everything made by runs (datasets, checkpoints)
	rm -rf .venv .tools runs data build dist site *.egg-info
