#!/usr/bin/env bash
# ./dev lint [--fix] [--deep]: everything that judges the text of the project without running it.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
# shellcheck source=tools/common.sh
. tools/common.sh

fix=no
tidy_options=()
for argument in "$@"; do
  case "$argument" in
    --fix) fix=yes ;;
    --deep) tidy_options+=(--deep) ;;
    *) die "lint: no option '$argument': --fix or --deep" ;;
  esac
done

failed=()
check() { # check NAME COMMAND...
  local name=$1 started=$SECONDS
  shift
  if "$@"; then
    say "$name: ok ($((SECONDS - started)) s)"
  else
    failed+=("$name")
    say "$name: FAILED ($((SECONDS - started)) s)"
  fi
}

cpp_files() { git ls-files -z --cached --others --exclude-standard -- 'src/*.cc' 'src/*.h' 'tests/*.cc' 'tests/*.h' \
  'bench/*.cc' 'bench/*.h' 'tools/*.cc' 'tools/*.h'; }
shell_files() {
  printf '%s\0' dev .ci/run
  git ls-files -z --cached --others --exclude-standard -- '*.sh'
}
python_files() { git ls-files -z --cached --others --exclude-standard -- '*.py'; }

clang_format() {
  if [ $fix = yes ]; then cpp_files | xargs -0 -r clang-format-19 -i || return 1; fi
  cpp_files | xargs -0 -r clang-format-19 --dry-run -Werror
}

python_style() {
  local files
  mapfile -d '' -t files < <(python_files)
  [ ${#files[@]} -gt 0 ] || return 0
  if [ -x .venv/bin/ruff ]; then
    if [ $fix = yes ]; then
      .venv/bin/ruff format --quiet "${files[@]}" || return 1
      .venv/bin/ruff check --quiet --fix "${files[@]}" || return 1
    fi
    .venv/bin/ruff format --quiet --check "${files[@]}" && .venv/bin/ruff check --quiet "${files[@]}"
  else
    warn "ruff is not installed (./dev deps lint): only the syntax is checked"
    python3 -c 'import ast, sys; [ast.parse(open(f).read(), f) for f in sys.argv[1:]]' "${files[@]}"
  fi
}

clang_tidy() { configure_preset release && python3 tools/tidy.py --build build/release --jobs "$JOBS" "${tidy_options[@]}"; }

shell_style() { shell_files | xargs -0 -r shellcheck --external-sources --source-path=SCRIPTDIR/..; }

if have clang-format-19; then
  check clang-format clang_format
else
  warn "clang-format-19 is not installed (./dev deps lint): the format is not checked"
fi
if have shellcheck; then
  check shellcheck shell_style
else
  warn "shellcheck is not installed (./dev deps lint)"
fi
check python python_style
check layers python3 tools/check_layers.py
check text python3 tools/check_text.py
check sizes python3 tools/check_sizes.py
check throws python3 tools/check_throws.py
if have clang-tidy-19; then
  check clang-tidy clang_tidy
else
  warn "clang-tidy-19 is not installed (./dev deps lint)"
fi

[ ${#failed[@]} -eq 0 ] || die "lint failed: ${failed[*]}"
say "lint: all ok"
