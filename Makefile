# Doors. Every one works from a fresh clone; what is missing is installed or named.
SHELL := /bin/bash
.DELETE_ON_ERROR:
PY      := .venv/bin/python
UV      := .tools/bin/uv
export PATH := $(CURDIR)/.venv/bin:$(PATH)

.PHONY: help setup lock web web-check web-test demo demo-reset browser test check peers fuzz bench soak clean

help:  ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/'

.venv/.ready: requirements.lock pyproject.toml
	@scripts/python-env
	@touch $@

setup: .venv/.ready  ## python environment

lock:  ## pin what pyproject.toml allows
	$(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --group dev pyproject.toml -o requirements.lock

WEB_ROOMS   := telehealth viewer signaling scheduling recordings
WEB_SOURCES := $(shell find $(addsuffix /web,$(WEB_ROOMS)) -type f 2>/dev/null)
WITH_NODE    = export PATH="$$(scripts/node-bin):$$PATH" &&

node_modules/.ready: package.json package-lock.json | .venv/.ready
	@$(WITH_NODE) npm ci --silent
	@touch $@

telehealth/static/index.html: node_modules/.ready vite.config.ts lean-cornerstone.ts tsconfig.json $(WEB_SOURCES)
	@$(WITH_NODE) npm run --silent build -- --logLevel warn
	@touch $@

web: telehealth/static/index.html  ## the browser app, built when its sources changed

web-check: node_modules/.ready  ## Biome and TypeScript
	@$(WITH_NODE) npm run --silent check

web-test: node_modules/.ready  ## Vitest
	@$(WITH_NODE) npm run --silent test

check: setup node_modules/.ready  ## linters, types, import walls
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	.venv/bin/lint-imports
	@$(MAKE) --no-print-directory web-check

browser:
	@scripts/debian-packages chromium fonts-dejavu-core

test: setup web browser web-test  ## unit, integration and browser tests
	$(PY) -m pytest

.tools/bin/livekit-server: scripts/livekit-server
	@scripts/livekit-server $@

PEER_PACKAGES := orthanc orthanc-dicomweb dcmtk dicom3tools postgresql ffmpeg iproute2 nftables ethtool coturn firefox-esr redis-server janus nginx-light

tests/support/fhir_peer/node_modules/.ready: tests/support/fhir_peer/package.json tests/support/fhir_peer/package-lock.json | .venv/.ready
	@$(WITH_NODE) npm ci --prefix tests/support/fhir_peer --silent --ignore-scripts
	@touch $@

peers: setup web browser tests/support/fhir_peer/node_modules/.ready .tools/bin/livekit-server .tools/ohif/index.html .venv/.fuzz  ## tests against real third-party servers and clients
	@scripts/debian-packages $(PEER_PACKAGES)
	$(PY) -m pytest tests/peers

.tools/ohif/index.html: scripts/ohif-app | .venv/.ready
	@$(WITH_NODE) scripts/ohif-app $(@D)
	@touch $@

.venv/.fuzz: .venv/.ready
	@$(UV) pip install -q --python $(PY) "atheris>=3,<4"
	@touch $@

INPUTS ?= 1000000

fuzz: setup .venv/.fuzz  ## generated inputs for every reader of outside bytes; INPUTS=1000 TARGETS="sctp join" choose
	$(PY) -m tests.fuzz --inputs $(INPUTS) $(TARGETS)

BENCH_PACKAGES := janus iproute2 nftables ethtool orthanc orthanc-dicomweb nginx-light wrk

bench: setup web browser .tools/bin/livekit-server .tools/ohif/index.html  ## ratios against peers; SUBJECTS="media_forwarding ..." chooses
	@scripts/debian-packages $(BENCH_PACKAGES)
	scripts/loopback-only $(PY) -m tests.bench $(SUBJECTS)

MINUTES ?= 60

soak: setup  ## a room of twenty at full rate for an hour: does memory or delay grow? MINUTES=10 is shorter
	@scripts/debian-packages iproute2
	TELEHEALTH_BENCH_SOAK_MINUTES=$(MINUTES) scripts/loopback-only $(PY) -m tests.bench media_soak

demo: setup web  ## the whole product with invented cases on http://127.0.0.1:8000
	@scripts/demo-images
	@.venv/bin/telehealth demo $(if $(IMAGES),--images $(IMAGES))

demo-reset: setup  ## forget the demo's data, so that it starts over
	@rm -rf var && echo "The demo starts over at the next 'make demo'."

clean:  ## remove what was installed and built here
	rm -rf .venv .tools node_modules telehealth/static
