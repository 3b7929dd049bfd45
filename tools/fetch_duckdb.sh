#!/usr/bin/env bash
# Brings the pinned DuckDB into third_party/duckdb: libduckdb.so from the npm package named in package-lock.json
# (checked by npm against the lock's integrity), duckdb.h of the same version from the Go module of DuckDB's own
# bindings, or from the Rust crate libduckdb-sys; either way the header's SHA-256 is checked here.
set -euo pipefail
cd "$(dirname "$0")/../third_party/duckdb"

header_sha256=48e716b9ce96ca8fead9cb35693fdc0343ac0fc1f6e7db5561fa0f44b674153d
go_module=github.com/duckdb/duckdb-go-bindings@v0.10505.0
crate=libduckdb-sys
crate_version=1.10505.0

header_ok() { [ -f include/duckdb.h ] && echo "$header_sha256  include/duckdb.h" | sha256sum --check --status; }

if ! [ -f lib/libduckdb.so ] || [ package-lock.json -nt lib/libduckdb.so ]; then
  npm ci --silent --no-audit --no-fund --ignore-scripts
  mkdir -p lib
  cp node_modules/@duckdb/node-bindings-linux-x64/libduckdb.so lib/libduckdb.so
  touch lib/libduckdb.so
fi

if ! header_ok; then
  mkdir -p include
  if command -v go >/dev/null; then
    dir=$(GOFLAGS=-mod=mod go mod download -json "$go_module" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
    install -m 0644 "$dir/include/duckdb.h" include/duckdb.h
  elif command -v cargo >/dev/null; then
    scratch=$(mktemp -d)
    trap 'rm -rf "$scratch"' EXIT
    mkdir -p "$scratch/src" && : >"$scratch/src/lib.rs"
    printf '[package]\nname = "header"\nversion = "0.0.0"\nedition = "2021"\n[dependencies]\n%s = "=%s"\n' \
      "$crate" "$crate_version" >"$scratch/Cargo.toml"
    (cd "$scratch" && cargo vendor --quiet vendor >/dev/null)
    tar -xzf "$scratch/vendor/$crate/duckdb.tar.gz" -C "$scratch" --wildcards '*/include/duckdb.h'
    install -m 0644 "$(find "$scratch/duckdb" -path '*/src/include/duckdb.h' -print -quit)" include/duckdb.h
  else
    echo "fetch_duckdb: needs go or cargo to bring duckdb.h; run ./dev deps" >&2
    exit 1
  fi
  header_ok || { echo "fetch_duckdb: include/duckdb.h is not the pinned one (SHA-256 differs)" >&2; exit 1; }
fi
