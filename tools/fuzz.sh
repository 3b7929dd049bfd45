#!/usr/bin/env bash
# ./dev fuzz [SECONDS] [TARGET]...: explores with libFuzzer. A crash stops the run; its input is kept beside the corpus.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=tools/common.sh
. tools/common.sh

seconds=60
case "${1:-}" in [0-9]*) seconds=$1 && shift ;; esac
have clang++-19 || die "fuzz: clang++-19 is needed (./dev deps test)"
build_preset fuzz fuzzers
mapfile -t programs < <(find build/fuzz -type f -perm -u+x \( -name 'fuzz_*' -o -name '*_fuzz' \) | sort)
[ ${#programs[@]} -gt 0 ] || die "fuzz: build/fuzz has no program named fuzz_* or *_fuzz"
for program in "${programs[@]}"; do
  name=$(basename "$program")
  if [ $# -gt 0 ] && ! printf '%s\n' "$@" | grep -qx -- "$name"; then continue; fi
  corpus=build/fuzz/corpus/$name
  mkdir -p "$corpus"
  seeds=()
  [ ! -d "tests/fuzz/corpus/$name" ] || seeds=("tests/fuzz/corpus/$name")
  say "$name for $seconds s, corpus in $corpus"
  "$program" "$corpus" "${seeds[@]}" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix="build/fuzz/$name-"
done
