#!/bin/sh
# Puts the programs of the test control plane into test/controlplane/bin: etcd, kube-apiserver and kubectl from
# KUBEBUILDER_ASSETS when that is set, everything else built from go.mod beside this file.
# Exit codes: 0 all there, 2 Go is missing or too old, any other: what `go install` answered.
set -eu
assets=${KUBEBUILDER_ASSETS:+$(cd "$KUBEBUILDER_ASSETS" && pwd)}
cd "$(dirname "$0")"

version=v1.36.3
needed_go=1.26
from_assets='etcd kube-apiserver kubectl'
all="$from_assets kube-controller-manager kube-scheduler kwok"
stages='node/fast node/heartbeat-with-lease pod/fast'

say() { printf 'control plane: %s\n' "$*" >&2; }

is_current() {
  [ -e "bin/$1" ] || return 1
  [ -L "bin/$1" ] || [ -n "$(find "bin/$1" -newer go.mod -newer go.sum)" ]
}

# Where `go install tool` finds the program; etcd's is the root of its server module.
package_of() {
  case "$1" in
    etcd) echo go.etcd.io/etcd/server/v3 ;;
    kwok) echo sigs.k8s.io/kwok/cmd/kwok ;;
    *) echo "k8s.io/kubernetes/cmd/$1" ;;
  esac
}

link_assets() {
  [ -n "$assets" ] || return 0
  for name in $from_assets; do
    [ ! -x "$assets/$name" ] || ln -sf "$assets/$name" "bin/$name"
  done
}

go_is_new_enough() {
  command -v go >/dev/null 2>&1 || return 1
  found=$(go env GOVERSION | sed 's/^go//')
  [ "$(printf '%s\n%s\n' "$needed_go" "$found" | sort -t . -k 1,1n -k 2,2n | head -n 1)" = "$needed_go" ]
}

# kwok's own rules for how fake nodes and pods come up and go, as one file beside the program.
copy_stages() {
  kwok=$(go list -m -f '{{.Dir}}' sigs.k8s.io/kwok)
  for folder in $stages; do
    for file in "$kwok/kustomize/stage/$folder"/*.yaml; do
      [ "$(basename "$file")" = kustomization.yaml ] && continue
      echo '---'
      cat "$file"
    done
  done >bin/kwok-stages.yaml.part
  mv bin/kwok-stages.yaml.part bin/kwok-stages.yaml
}

# One line every 20 seconds: a first build is silent for minutes otherwise. The trap takes the sleep along.
report_progress() {
  trap 'kill "$nap" 2>/dev/null; exit' TERM
  seconds=0
  while :; do
    sleep 20 &
    nap=$!
    wait "$nap"
    seconds=$((seconds + 20))
    say "still building, $seconds s"
  done
}

mkdir -p bin
link_assets

missing=
for name in $all; do is_current "$name" || missing="$missing $name"; done
[ -n "$missing" ] || [ ! -e bin/kwok-stages.yaml ] || exit 0

if ! go_is_new_enough; then
  say "Go $needed_go or newer is needed to build${missing:- kwok-stages.yaml}. Install it from https://go.dev/dl/ and run" \
    '`make control-plane` (about 6 minutes the first time). KUBEBUILDER_ASSETS may name a folder with etcd,' \
    'kube-apiserver and kubectl; the rest is always built.'
  exit 2
fi

export GOBIN="$PWD/bin" CGO_ENABLED=0 GOFLAGS=-mod=readonly
if [ -n "$missing" ]; then
  say "building$missing with $(go env GOVERSION); the first time this takes about 6 minutes on 2 cores, later seconds"
  packages=
  for name in $missing; do packages="$packages $(package_of "$name")"; done
  report_progress &
  progress=$!
  trap 'kill "$progress" 2>/dev/null || true' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  # shellcheck disable=SC2086 # a list of words
  go install -ldflags "-s -w -X k8s.io/component-base/version.gitVersion=$version" $packages
  [ ! -e bin/server ] || mv bin/server bin/etcd
  # `go install` leaves what is up to date untouched: its time must be newer than go.sum's all the same.
  for name in $missing; do touch "bin/$name"; done
fi
copy_stages
say "ready in $PWD/bin"
