# Doors. Every one works from a fresh clone; what is missing is installed or named.
SHELL := /bin/bash
.DELETE_ON_ERROR:
PY      := .venv/bin/python
UV      := .tools/bin/uv
NODE_BIN = $(shell scripts/node-bin)
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export PYTHONDONTWRITEBYTECODE := 1

.PHONY: help setup web demo demo-reset test check peers bench clean types

help:  ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/'

.venv/.ready: requirements.lock pyproject.toml
	@scripts/python-env
	@touch $@

setup: .venv/.ready  ## python environment

lock:  ## pin what pyproject.toml allows
	$(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --group dev pyproject.toml -o requirements.lock
