#!/usr/bin/env bash
# ./dev test [--quick] [SUITE]...: runs suites, each leaving a JUnit file in build/test-results; tools/test_report.py
# adds them up. A suite that cannot even be built counts as a failure, never as nothing.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
# shellcheck source=tools/common.sh
. tools/common.sh

all_suites=(checks deploy unit e2e interop servers asan tsan fuzz)
suites=()
for argument in "$@"; do
  case "$argument" in
    --quick) suites+=(checks unit) ;;
    checks | deploy | unit | e2e | interop | servers | asan | tsan | fuzz) suites+=("$argument") ;;
    *) die "test: no suite '$argument': --quick or one of ${all_suites[*]}" ;;
  esac
done
[ ${#suites[@]} -gt 0 ] || suites=("${all_suites[@]}")

results=build/test-results
rm -rf "$results"
mkdir -p "$results"
ctest_slots=$JOBS

# Test programs whose code has threads, processes or locks in it. The others have nothing for ThreadSanitizer to see.
tsan_programs='^(base|http|aws|lambda|store|queue|catalog|load|transform|app|contract|fault)[a-z_]*_tests?$'
# libduckdb.so is not instrumented: what happens inside it is not ours to judge.
export ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=0
export LSAN_OPTIONS=suppressions=$root/tools/sanitizers/lsan.supp:print_suppressions=0
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
# Nor do its mutexes look right: it locks inside of itself, unseen, and unlocks through std::unique_lock's out-of-line code in
# another library, which is seen; so no reports on the use of mutexes (races and lock order are still reported).
export TSAN_OPTIONS=suppressions=$root/tools/sanitizers/tsan.supp:halt_on_error=1:second_deadlock_stack=1:report_mutex_bugs=0

# result SUITE passed|failed|skipped NAME [REASON]: a result that no JUnit file has.
result() { printf '%s\t%s\t%s\n' "$2" "$3" "${4:-}" >>"$results/$1.tsv"; }

# with_result SUITE NAME COMMAND...
with_result() {
  local suite=$1 name=$2
  shift 2
  if "$@"; then result "$suite" passed "$name"; else result "$suite" failed "$name" "$* failed"; fi
}

run_ctest() { # run_ctest SUITE BUILD_FOLDER [CTEST_ARGUMENT...]
  local suite=$1 folder=$2
  shift 2
  run_logged "build/logs/$suite-ctest.log" ctest --test-dir "$folder" --parallel "$ctest_slots" --no-tests=error \
    --output-on-failure --output-junit "$root/$results/$suite.xml" "$@"
}

needs_deps() { # the parts of ./dev deps that a suite cannot go without
  tools/deps.sh "$@" || die "test: ./dev deps $* failed"
}

suite_checks() {
  with_result checks layers python3 tools/check_layers.py
  with_result checks text python3 tools/check_text.py
  with_result checks sizes python3 tools/check_sizes.py
  with_result checks throws python3 tools/check_throws.py
}

suite_deploy() { # judged offline; needs no build of ours
  local venv=.cache/deploy-venv
  mkdir -p .cache
  venv_install "$venv" tests/deploy/requirements.txt || return 1
  run_logged build/logs/deploy-pytest.log "$venv/bin/python" -m pytest -q -ra -p no:cacheprovider tests/deploy \
    --junitxml "$results/deploy.xml" -o junit_family=xunit2
}

suite_unit() {
  build_preset release && run_ctest unit build/release
}

suite_asan() {
  build_preset asan && run_ctest asan build/asan
}

suite_tsan() {
  configure_preset tsan || return 1
  local programs
  mapfile -t programs < <(ninja -C build/tsan -t targets all 2>/dev/null | sed -n 's/^\([A-Za-z0-9_]*\): phony$/\1/p' |
    grep -E "$tsan_programs" | sort -u)
  if [ ${#programs[@]} -eq 0 ]; then
    result tsan failed programs "no test program matches $tsan_programs"
    return 1
  fi
  build_preset tsan "${programs[@]}" && run_ctest tsan build/tsan --exclude-regex '_NOT_BUILT' --label-exclude judge
}

suite_fuzz() {
  if ! have clang++-19; then
    result fuzz skipped "all fuzz targets" "clang++-19 is not installed (./dev deps test)"
    return
  fi
  build_preset fuzz fuzzers || return 1
  local programs program name runs=${CALVE_FUZZ_RUNS:-20000} seeds
  mapfile -t programs < <(find build/fuzz -type f -perm -u+x \( -name 'fuzz_*' -o -name '*_fuzz' \) | sort)
  if [ ${#programs[@]} -eq 0 ]; then
    result fuzz failed targets "build/fuzz has no program named fuzz_* or *_fuzz"
    return 1
  fi
  for program in "${programs[@]}"; do
    name=$(basename "$program")
    seeds=()
    [ ! -d "tests/fuzz/corpus/$name" ] || seeds=("tests/fuzz/corpus/$name")
    mkdir -p "build/fuzz/fresh/$name"
    with_result fuzz "$name, $runs inputs" run_logged "build/logs/fuzz-$name.log" "$program" "build/fuzz/fresh/$name" \
      "${seeds[@]}" -runs="$runs" -seed=1 -max_len=16384 -timeout=20 -rss_limit_mb=2048 -print_final_stats=1 \
      -artifact_prefix="build/fuzz/$name-"
  done
}

run_pytest() { # run_pytest SUITE FOLDER
  local suite=$1 folder=$2
  if [ -z "$(find "$folder" -name 'test_*.py' 2>/dev/null)" ]; then
    result "$suite" failed "$folder" "no test_*.py in $folder"
    return 1
  fi
  build_preset release || return 1
  venv_install .venv tests/interop/requirements.txt || return 1
  CALVE_BIN=${CALVE_BIN:-$root/build/release/calve} CALVE_TAXI_GEN=${CALVE_TAXI_GEN:-$root/build/release/taxi_gen} \
    run_logged "build/logs/$suite-pytest.log" .venv/bin/python -m pytest -q -ra -p no:cacheprovider "$folder" \
    --junitxml "$results/$suite.xml" -o junit_family=xunit2
}

suite_e2e() { run_pytest e2e tests/e2e; }

suite_interop() {
  tools/spark_deps.sh || warn "Spark cannot be had here; its tests will be skipped"
  run_pytest interop tests/interop
}

# Runs in the environment of the server tests, which has AWS clients that .venv cannot have beside PyIceberg.
suite_servers() {
  tools/servers_deps.sh
  if [ -s .cache/servers/moto.missing ]; then
    result servers skipped "all server tests" "moto and the AWS clients: $(cat .cache/servers/moto.missing)"
    return
  fi
  build_preset release || return 1
  run_logged build/logs/servers-pytest.log .cache/servers/moto-venv/bin/python -m pytest -q -ra -p no:cacheprovider \
    tests/servers --durations=10 --junitxml "$results/servers.xml" -o junit_family=xunit2
}

needs_deps build test
for suite in "${suites[@]}"; do
  say "suite $suite"
  started=$SECONDS
  if ! "suite_$suite"; then
    # A suite that failed before it had results to show (a build that breaks, a crash of the runner) is a failure.
    [ -f "$results/$suite.xml" ] || [ -f "$results/$suite.tsv" ] ||
      result "$suite" failed "the suite itself" "it stopped before its first test; see build/logs"
  fi
  printf '%s\t%s\n' "$suite" $((SECONDS - started)) >>"$results/seconds.txt"
done
exec python3 tools/test_report.py "$results"
