# Every command a developer or CI needs. `make help` lists them.
SHELL := /bin/sh
NODE := node_modules/.bin/node
# Reviews that `make fuzz` draws: an hour of one core at most.
CASES := 1000000
.DEFAULT_GOAL := help

.PHONY: help demo demo-cluster demo-recordings test check build test-unit test-e2e screenshots control-plane bench bench-quick fuzz test-bench test-rules promtool generate verify mutation clean

help: ## List the targets
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  %-15s %s\n", $$1, $$2 }'

demo: build ## One agent, one person, one signed approval, in under a minute and without a cluster
	@bin/obstat demo

demo-cluster: build control-plane ## The same on a real control plane with real kubectl
	@$(NODE) test/e2e/demo-cluster.ts

demo-recordings: build control-plane ## Record anew what `make demo` sends, on a real control plane
	@$(NODE) test/e2e/demo/record.ts

test: check build test-unit test-bench test-rules test-e2e ## Everything: format, lint, types, unit tests, alert rules, and e2e on a real control plane

check: node_modules ## Format, lint and types
	@npm run -s format-check
	@npm run -s lint
	@npm run -s types

build: node_modules ## Compile to build/
	@npm run -s build

test-unit: node_modules ## Tests that need no control plane
	@npm run -s test-unit

test-e2e: build control-plane ## Tests on a real kube-apiserver, etcd, controllers, scheduler and fake nodes
	@npm run -s test-e2e

screenshots: build control-plane ## Pictures of the review page for docs/images
	@OBSTAT_SCREENSHOTS=docs/images $(NODE) node_modules/mocha/bin/mocha.js --no-config --exit --timeout 180000 --require ./test/e2e/harness/hooks.ts test/e2e/ui.test.ts

control-plane: ## Build the test control plane once (about six minutes; seconds afterwards)
	@test/controlplane/build.sh

bench: build ## obstat beside two Go webhooks that do nothing (40 minutes; 10 with ARGS=--short)
	@$(NODE) bench/bench.ts $(ARGS)

bench-quick: build ## The same in 40 seconds; fails on ratios out of bounds
	@$(NODE) bench/bench.ts --quick

fuzz: node_modules ## Compare obstat with a reference model on CASES reviews drawn from SEED (or on its one CASE)
	@$(NODE) test/fuzz/fuzz.ts --cases $(CASES) $(if $(SEED),--seed $(SEED)) $(if $(CASE),--case $(CASE))

test-bench: node_modules ## Tests of the bench itself
	@cd bench && go vet ./... && go test ./...
	@$(NODE) node_modules/mocha/bin/mocha.js --no-config --exit 'bench/test/*.test.ts'

test-rules: node_modules promtool ## Alert rules and dashboard queries, with promtool
	@$(NODE) node_modules/mocha/bin/mocha.js --no-config --timeout 60000 test/metrics/promtool/alerts.ts

promtool: ## promtool of PATH, else built once (about two minutes)
	@test/metrics/promtool/build.sh

generate: node_modules ## Types, reference pages and rule lists from their sources
	@$(NODE) scripts/generate.ts

verify: generate ## Fail when anything generated is stale
	@test -z "$$(git status --porcelain)" || { git status --porcelain; echo 'commit what make generate changed'; exit 1; }

mutation: scripts/mutation/node_modules ## Break src/ in thousands of places and see a test fail (FOLDER=src/policy/approvals; hours)
	@nice -n 15 $(NODE) scripts/mutation/node_modules/@stryker-mutator/core/bin/stryker.js run scripts/mutation/stryker.json $(if $(FOLDER),--mutate '$(FOLDER)/**/*.ts')

scripts/mutation/node_modules: scripts/mutation/package-lock.json node_modules
	@npm ci --prefix scripts/mutation --loglevel error
	@touch $@

clean: ## Remove what was built (the control plane's binaries stay)
	rm -rf build

node_modules: package-lock.json
	@npm ci
	@touch node_modules
