#!/bin/sh
# Puts promtool into bin/ beside this file: the one that PATH has (Debian's package `prometheus` brings one), else built
# from go.mod. Exit codes: 0 it is there, 2 Go is missing, any other: what `go install` answered.
set -eu
found=$(command -v promtool || true)
cd "$(dirname "$0")"

[ ! -x bin/promtool ] || [ bin/promtool -ot go.mod ] || exit 0
mkdir -p bin
if [ -n "$found" ]; then
  ln -sf "$found" bin/promtool
  exit 0
fi
if ! command -v go >/dev/null 2>&1; then
  echo 'promtool: install it (Debian: apt-get install prometheus), or Go 1.26 from https://go.dev/dl/ to build it' >&2
  exit 2
fi
echo 'promtool: building; the first time this takes about two minutes on 2 cores, later seconds' >&2
# Service discovery is most of Prometheus, and no rule needs it.
GOBIN="$PWD/bin" CGO_ENABLED=0 GOFLAGS=-mod=readonly \
  go install -tags remove_all_sd -ldflags '-s -w' github.com/prometheus/prometheus/cmd/promtool
# `go install` leaves what is up to date untouched: its time must be newer than go.mod's all the same.
touch bin/promtool
