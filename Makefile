# One command each. `make` lists them; every target can be run again at no cost.
SHELL := /bin/bash
.DELETE_ON_ERROR:
PY ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip --disable-pip-version-check
# Editable without build isolation: the build back end is in the lock, so nothing unlocked is fetched.
EDITABLE := $(PIP) install -q --no-compile --no-deps --no-build-isolation -e .
WORKERS ?= 2

.PHONY: help demo test check lint types layers unit format docs lock kube-apiserver system-packages clean \
  bench-startup bench-retrieval bench-redaction bench-audit bench-cluster bench-index bench-policy bench-mcp bench-approvals prove-index prove-actions prove-approvals prove-approval-crashes prove-mcp prove-mcp-guards prove-mutation coverage-approvals conformance prove-code prove-drift abstention embedder incidents intent questions

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

demo: $(VENV)/base.done embedder ## Set up, then triage the demo incident: no cluster, no keys, no Docker
	@$(BIN)/interlock index build --replay demo >/dev/null
	@$(BIN)/interlock triage evals/replays/demo/alert.json --replay evals/replays/demo

test: check ## Set up and run everything CI runs

check: $(VENV)/dev.done system-packages embedder conformance lint types layers unit ## Lint, types, layers, tests

embedder: $(VENV)/base.done ## The local embedding model (84 MB once, checked by hash); search works without it
	@$(BIN)/python -m interlock.index.embedding.build || true

conformance: $(VENV)/dev.done # The official MCP suite (npm, by its lock); its tests are named as not run without it
	@$(BIN)/python -m interlock.evals.bench.node tests/mcp/proofs/npm/conformance || true

lint: $(VENV)/dev.done ## ruff, and the formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/dev.done ## mypy --strict on our packages
	MYPYPATH=src $(BIN)/mypy

layers: $(VENV)/dev.done ## The floors of docs/architecture.md
	$(BIN)/lint-imports

unit: $(VENV)/dev.done ## The tests
	$(BIN)/pytest -n $(WORKERS) --dist loadgroup

format: $(VENV)/dev.done ## Format and fix what can be fixed
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(VENV)/dev.done ## Write the generated pages again
	$(BIN)/python -m interlock.tools.diagnose.document > docs/checks.md
	$(BIN)/python -m interlock.surfaces.cli.document > docs/cli.md
	$(BIN)/python -m interlock.surfaces.cli.settings_document > docs/settings.md
	$(BIN)/python -m interlock.tools.document > docs/tools.md
	$(BIN)/python -m interlock.approvals.document > docs/actions.md

bench-startup: $(VENV)/base.done ## Start-up cost, beside `python -c pass`
	$(BIN)/python -m interlock.evals.bench.startup

bench-retrieval: $(VENV)/base.done embedder ## Search: make bench-retrieval DATA=DIR [DISTRACTORS=DIR]
	$(BIN)/python -m interlock.evals.bench.retrieval --data $(DATA) $(if $(DISTRACTORS),--distractors $(DISTRACTORS))

abstention: $(VENV)/base.done embedder ## When search says it has no good page: make abstention DATA=DIR
	$(BIN)/python -m interlock.evals.abstention.curve --data $(DATA)

bench-index: $(VENV)/base.done embedder ## The index as a store: make bench-index DATA=DIR
	$(BIN)/python -m interlock.evals.bench.index_store --data $(DATA)

prove-index: $(VENV)/base.done ## A hundred kill -9 of two indexers beside a reader
	$(BIN)/python -m interlock.evals.prove.index_crash

bench-policy: $(VENV)/base.done ## What a decision costs, beside a set lookup
	$(BIN)/python -m interlock.evals.bench.policy

bench-audit: $(VENV)/base.done ## The record: make bench-audit [POSTGRES=URL]
	$(BIN)/python -m interlock.evals.bench.audit $(if $(POSTGRES),--postgres $(POSTGRES),--start-postgres)

bench-redaction: $(VENV)/base.done ## Redaction: make bench-redaction DATA=DIR
	$(BIN)/python -m interlock.evals.bench.redaction --data $(DATA)

bench-cluster: $(VENV)/dev.done ## 5,000 pods on a real API server, beside kubectl
	$(BIN)/python -m interlock.evals.bench.cluster

prove-code: $(VENV)/base.done ## Reading public code: make prove-code DIR=FOLDER of the four checkouts
	$(BIN)/python -m interlock.evals.code.proof --repos $(DIR)
	$(BIN)/python -m interlock.evals.code.score --repos $(DIR)
	$(BIN)/python -m interlock.evals.code.score --repos $(DIR) --heldout

prove-actions: $(VENV)/dev.done system-packages ## Every action on a real API server, through the whole gate and back
	$(BIN)/pytest -m prove tests/approvals tests/gate/test_real_server_actions.py

prove-approval-crashes: $(VENV)/dev.done system-packages ## kill -9 of executors and of PostgreSQL at every point of a change
	$(BIN)/python -m interlock.evals.prove.approval_crashes

prove-approvals: $(VENV)/dev.done system-packages ## Everything that can happen to the gate, in any order, and seeded faults
	$(BIN)/python -m interlock.evals.prove.approvals

bench-approvals: $(VENV)/dev.done system-packages ## What the gate costs beside the call, on both stores
	$(BIN)/python -m interlock.evals.bench.approvals

prove-mutation: $(VENV)/dev.done ## Break the rules of changes one by one: do their tests notice?
	$(BIN)/python -m interlock.evals.prove.mutation --results evals/results/mutation.md

prove-mcp-guards: $(VENV)/dev.done ## Take each guard of the MCP server away: a test has to miss it
	$(BIN)/python -m interlock.evals.prove.mcp_guards

coverage-approvals: $(VENV)/dev.done system-packages ## Branch coverage of approvals/, by its tests
	$(BIN)/pytest tests/gate tests/approvals tests/crash tests/deploy tests/cli tests/http tests/agent/test_request_change.py -m '' -n 2 --dist loadgroup --cov=interlock.approvals --cov-branch --cov-fail-under=100 --cov-report=term-missing:skip-covered

prove-mcp: $(VENV)/dev.done system-packages ## Inspector, and clients of mcp 1.12 and 1.30, over stdio and HTTP
	$(BIN)/python tests/mcp/proofs/prove.py

bench-mcp: $(VENV)/dev.done system-packages ## MCP beside two other servers on a real API server with 1,000 pods
	$(BIN)/python -m interlock.evals.bench.mcp

prove-drift: $(VENV)/dev.done ## Drift on a real API server: make prove-drift MANIFESTS=DIR KUBECONFIG=FILE
	$(BIN)/python -m interlock.evals.drift --manifests $(MANIFESTS) --kubeconfig $(KUBECONFIG)

incidents: $(VENV)/base.done ## Score recorded incidents: make incidents DATA=DIR
	$(BIN)/python -m interlock.evals.incidents --data $(DATA)

intent: $(VENV)/base.done embedder ## Requests in other words: right, abstained, wrong
	$(BIN)/python -m interlock.evals.intent.score evals/intent/blind.yaml

questions: $(VENV)/base.done ## Sixty exact questions against their oracle
	$(BIN)/python -m interlock.evals.questions.score

kube-apiserver: ## Build kube-apiserver 1.20 from Debian's source package into the cache (minutes, once)
	bash tests/cluster/build-kube.sh

lock: ## Resolve the versions again (needs uv)
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --group build pyproject.toml \
	  -o requirements.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --group dev pyproject.toml \
	  -c requirements.lock -o requirements-dev.lock

system-packages: # What tests need of Debian, where we are root and it is missing
	@bash tests/system-packages.sh

clean: ## Remove what was built
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(VENV)/base.done: requirements.lock pyproject.toml
	@test -x $(BIN)/python || $(PY) -m venv $(VENV)
	@echo "installing what Interlock needs into $(VENV) (about two minutes the first time)" >&2
	@$(PIP) install -q --no-compile --no-deps --require-hashes -r requirements.lock
	@$(EDITABLE)
	@touch $@

$(VENV)/dev.done: $(VENV)/base.done requirements-dev.lock
	@echo "installing the test tools into $(VENV)" >&2
	@$(PIP) install -q --no-compile --no-deps --require-hashes -r requirements-dev.lock
	@touch $@
