# Ambit. `make` alone lists what there is to make.
#
# Go and make are enough for all of it, but for `generate`, which also wants npm.

SHELL       := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# One set of flags for build, tests and linter: they share one build cache, and
# SpiceDB is compiled once. CGO_ENABLED=0: the binary runs on any Linux.
export CGO_ENABLED ?= 0
export GOFLAGS := $(strip $(filter-out -trimpath -buildvcs=%,$(shell go env GOFLAGS)) -trimpath -buildvcs=false)

MODEL ?= scalr
DURATION ?= 5m
GOLANGCI_LINT := .cache/bin/golangci-lint
GOLANGCI_LINT_VERSION := 2.12.0

# Where goroutines meet. Not ./adapter: its random histories would take half an
# hour, and it starts no goroutine but those of relay, follow and a verifier. Of the
# index, which is pure, only the test in which readers meet a writer.
RACE := ./adapter/relay ./adapter/follow ./adapter/sqlstore ./adapter/api ./adapter/auth ./adapter/server ./adapter/spicedb/...

##@ Use it

help: ## list the targets
	@awk 'BEGIN { FS = ":.*## " } /^##@/ { printf "\n%s\n", substr($$0, 5) } /^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "Variables: MODEL=$(MODEL) (for demo; bin/ambit models list shows all), DURATION=$(DURATION) (for faults)"

build: ## build bin/ambit
	@scripts/build

demo: build ## ask a small company's questions: make demo MODEL=stackit
	@go build -o bin/spicedb-client ./examples/spicedb-client
	@scripts/demo "$(MODEL)"

image: ## build the container image ambit:local; wants Docker
	@scripts/images ambit

##@ Prove it

test: build ## run all tests and scenario files; needs no Docker
	@scripts/test

scenarios: build ## run the scenario files only
	@bin/ambit test schema/scenarios/*.yaml

check: test lint generate-check readme-check ## what CI runs, but for the race detector

# A cache of its own: golangci-lint's usual one, shared by two clones, reports one
# under the paths of the other, where no exclusion matches.
lint: $(GOLANGCI_LINT) ## gofmt, go vet and golangci-lint
	@unformatted=$$(gofmt -l $$(find . -name '*.go' -not -path './.cache/*')); \
	if [[ -n "$$unformatted" ]]; then echo "not formatted by gofmt:"; echo "$$unformatted"; exit 1; fi
	@go vet ./...
	@GOLANGCI_LINT_CACHE="$(CURDIR)/.cache/golangci-lint" $(GOLANGCI_LINT) run --allow-parallel-runners ./...

readme-check: build ## run the examples of the README
	@scripts/readme-check README.md

race: ## run the tests where goroutines meet with the race detector; wants a C compiler
	@echo "go test -race: the first run compiles SpiceDB once more and takes some minutes"
	@export CGO_ENABLED=1; { go test -race -short -json $(RACE) && go test -race -json -run TestReadersSeeSteps ./adapter/index; } | awk -f scripts/report.awk

postgres: ## run the store's tests on a PostgreSQL server that is started for them; wants its binaries
	@scripts/with-postgres go test -tags postgres -json ./adapter/sqlstore | awk -f scripts/report.awk

spicedb: ## run the engine's tests on SpiceDB's own server, which is built for them once; some minutes
	@scripts/with-spicedb go test -tags spicedb -json ./adapter/spicedb/remote | awk -f scripts/report.awk

integration: build ## run the tests on PostgreSQL and SpiceDB in containers, with crashes; wants Docker
	@scripts/integration

faults: build ## break servers under writes for DURATION; AMBIT_UPDATE=1 writes docs/faults.md; wants Docker
	@scripts/integration ./faults -duration $(DURATION)

bench: ## run all benchmarks, each against bare SpiceDB where there is such a thing
	@go test -run '^$$' -bench . -benchmem $$(grep -rl --include='*_test.go' '^func Benchmark' . | xargs -n1 dirname | sort -u)

bench-peers: ## compare with SpiceDB, OpenFGA, Casbin and Cedar, and write docs/benchmarks.md; about 20 minutes
	@scripts/with-postgres scripts/with-spicedb go run -C integration/bench ./bench-peers -root "$(CURDIR)"

fuzz: ## fuzz every parser and encoder for ten seconds
	@scripts/fuzz 10s

##@ Change it

generate: ## regenerate API code, OpenAPI, compiled schemas and their reference; wants npm
	@scripts/generate
	@AMBIT_UPDATE=1 go test -count=1 -run 'Fresh|RulesCompile' ./schema

generate-check: ## fail if what is generated is stale
	@scripts/generate-check

clean: ## remove what was built; the Go build cache stays
	@rm -rf bin .cache

$(GOLANGCI_LINT): Makefile
	@if [[ "$$($@ version --short 2>/dev/null)" != "$(GOLANGCI_LINT_VERSION)" ]]; then \
		echo "installing golangci-lint $(GOLANGCI_LINT_VERSION): some minutes, once"; \
		GOBIN="$(CURDIR)/.cache/bin" go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v$(GOLANGCI_LINT_VERSION); \
	fi
	@touch $@

.PHONY: help build demo test scenarios check lint readme-check race postgres spicedb integration faults image bench bench-peers fuzz generate generate-check clean
