#!/usr/bin/env bash
# ./dev bench [--cloud] [ARGUMENTS]: the release build, the peers' environment, then bench/run.py with the arguments; with
# --cloud first, the servers of the server tests, an optimised S3 server, then bench/cloud.py.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=tools/common.sh
. tools/common.sh

program=bench/run.py
if [ "${1:-}" = --cloud ]; then
  program=bench/cloud.py
  shift
fi

# The tests' versitygw is compiled without optimisation. This takes three minutes on one processor, once; where it cannot
# be made, the tests' one is measured, and the report says so.
optimised_versitygw() {
  local module=tests/servers/versitygw out=build/bench/versitygw sums
  sums=$(cat "$module/go.mod" "$module/go.sum" | sha256sum)
  if [ -x "$out" ] && [ "$(cat "$out.installed" 2>/dev/null)" = "$sums" ]; then return; fi
  have go || { warn "no Go: S3 is served by the tests' versitygw"; return; }
  say "compiling versitygw with optimisation"
  if run_logged build/logs/bench-versitygw.log timeout 900 env CGO_ENABLED=0 GOFLAGS=-buildvcs=false GOTOOLCHAIN=auto \
    go build -C "$module" -mod=readonly -ldflags="-s -w" -o "$root/$out" github.com/versity/versitygw/cmd/versitygw; then
    printf '%s\n' "$sums" >"$out.installed"
  else
    warn "versitygw does not build (build/logs/bench-versitygw.log): S3 is served by the tests' one"
  fi
}

case " $* " in *" --help "* | *" -h "*) exec python3 "$program" --help ;; esac
tools/deps.sh build
build_preset release calve taxi_gen
if [ "$program" = bench/cloud.py ]; then
  tools/servers_deps.sh
  mkdir -p build/bench
  optimised_versitygw
fi
venv_install build/bench/venv bench/requirements.txt
exec build/bench/venv/bin/python "$program" "$@"
