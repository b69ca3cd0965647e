#!/bin/sh
# Puts the clients that agents use into build/clients: two MCP servers from npm and the Python client, as the lock files
# beside this script say. Exit codes: 0 all there, 2 Python is missing, any other: what npm or pip answered.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
target=$(cd "$here/../../.." && pwd)/build/clients

[ ! -e "$target/done" ] || [ -n "$(find "$here" -name '*.json' -newer "$target/done")" ] ||
  [ "$here/requirements.txt" -nt "$target/done" ] || exit 0
if ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
  echo 'clients: install Python 3.10 or newer with venv (Debian: apt-get install python3-venv)' >&2
  exit 2
fi
echo 'clients: installing two MCP servers and the Python client; the first time this takes a minute' >&2
mkdir -p "$target"
cp "$here/package.json" "$here/package-lock.json" "$target"
# Not `npm ci`: the lock holds the binary of this platform only, and npm 11 takes the others for missing.
(cd "$target" && npm install --no-fund --no-audit --loglevel=error >&2)
python3 -m venv "$target/python"
"$target/python/bin/pip" install --quiet --disable-pip-version-check --no-deps -r "$here/requirements.txt"
touch "$target/done"
