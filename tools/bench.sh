#!/usr/bin/env bash
# ./dev bench [ARGUMENTS]: the release build, the peers' environment, then bench/run.py with the arguments.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=tools/common.sh
. tools/common.sh

case " $* " in *" --help "* | *" -h "*) exec python3 bench/run.py --help ;; esac
tools/deps.sh build
build_preset release calve taxi_gen
venv_install build/bench/venv bench/requirements.txt
exec build/bench/venv/bin/python bench/run.py "$@"
