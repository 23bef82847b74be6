# Two commands are enough on a fresh machine: make run, make test. Each installs what is missing first.

DATA   ?= var
LISTEN ?= 127.0.0.1:8080
PKG    ?= ./...
TESTARGS ?=

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
LDFLAGS := -s -w -X main.version=$(VERSION)

.DEFAULT_GOAL := help
.PHONY: help run test build bench soak lint setup

help: ## Show the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

run: ## Run a whole instance with demo people and papers (DATA=var LISTEN=127.0.0.1:8080)
	@scripts/setup run
	@$(MAKE) --no-print-directory build
	@exec bin/eblagh dev --data '$(DATA)' --listen '$(LISTEN)' --seed demo

test: ## Test everything quick, on real Postgres and Redis (PKG=./... TESTARGS=)
	@scripts/setup test
	@scripts/fmtcheck
	go vet $(PKG)
	go run ./hub/postgres/pgtest/withstack -tally -- \
		go test -json -race -shuffle=on -count=1 -p 2 -timeout 40m $(TESTARGS) $(PKG)

build: ## Build bin/eblagh, one static binary
	CGO_ENABLED=0 go build -trimpath -ldflags '$(LDFLAGS)' -o bin/eblagh ./cmd/eblagh

bench: ## Measure against baselines of the same run; leaves bench.json (QUICK=1: in five minutes; ONLY=submit,live)
	@scripts/setup run
	@$(MAKE) --no-print-directory build
	go run ./cmd/eblagh/bench $(if $(QUICK),-quick) $(if $(ONLY),-only '$(ONLY)')

soak: ## Break everything at random for MINUTES=60 on two nodes (SEED= repeats a run; PAPERS=10000 per fault, BULK=1000000 first, FAULTS='kill,redis slow')
	@scripts/setup test
	EBLAGH_TEST_SOAK_MINUTES=$(or $(MINUTES),60) EBLAGH_TEST_SOAK_PAPERS=$(or $(PAPERS),10000) EBLAGH_TEST_SEED=$(SEED) \
	EBLAGH_TEST_SOAK_FAULTS='$(FAULTS)' \
	EBLAGH_TEST_SOAK_BULK=$(or $(BULK),$(shell test $(or $(MINUTES),60) -lt 45 && echo 0 || echo 1000000)) \
		go test -v -count=1 -timeout 0 -run '^TestTwoNodesThroughEveryFault$$' ./cmd/eblagh/endtoend

lint: ## Check the architecture and the style (golangci-lint where installed, else go vet)
	@scripts/fmtcheck
	go vet ./...
	go test -count=1 .
	@if command -v golangci-lint >/dev/null; then golangci-lint run; \
	else echo 'golangci-lint is not installed: the import table was checked by imports_test.go, the rest was not'; fi

setup:
	@scripts/setup test
