#!/usr/bin/env bash
# ./dev aws-demo [ROWS]: the cloud's flow on real servers of this machine: S3, SQS and Glue, all on loopback.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=tools/common.sh
. tools/common.sh

rows=${1:-1000000}
case "$rows" in '' | *[!0-9]*) die "aws-demo: '$rows' is not a number of rows" ;; esac
tools/deps.sh build test
tools/servers_deps.sh
[ ! -s .cache/servers/moto.missing ] || die "aws-demo: moto and the AWS clients: $(cat .cache/servers/moto.missing)"
build_preset release calve taxi_gen
exec .cache/servers/moto-venv/bin/python tests/servers/aws_demo.py "$rows"
