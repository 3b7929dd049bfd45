# shellcheck shell=bash
# Shared by ./dev and the scripts in tools/: messages, the compiler, builds, the Python environment.
# Sourced with the project's root as the working directory.

root=$PWD
JOBS=${JOBS:-$(nproc)}

# ccache finds the same file again in another clone of the project.
export CCACHE_BASEDIR=$root CCACHE_NOHASHDIR=true CCACHE_SLOPPINESS=time_macros

say() { printf '== %s\n' "$*"; }
warn() { printf 'dev: %s\n' "$*" >&2; }
die() {
  printf 'dev: %s\n' "$*" >&2
  exit 1
}
have() { command -v "$1" >/dev/null 2>&1; }

# run_logged LOG COMMAND...: on a terminal the command talks directly; elsewhere its output goes to LOG, which is
# shown when the command fails.
run_logged() {
  local log=$1
  shift
  if [ -t 1 ]; then
    "$@"
    return
  fi
  mkdir -p "$(dirname "$log")"
  if ! "$@" >"$log" 2>&1; then
    tail -n 200 "$log" >&2
    return 1
  fi
}

has_expected() {
  printf '#include <expected>\n#ifndef __cpp_lib_expected\n#error\n#endif\nstd::expected<int, int> e;\n' |
    "$1" -std=c++23 -fsyntax-only -x c++ - 2>/dev/null
}

# Sets and exports CXX: the caller's, else the first GCC found whose library has std::expected.
find_compiler() {
  local candidate
  if [ -n "${CXX:-}" ]; then
    has_expected "$CXX" || die "CXX=$CXX does not compile std::expected with -std=c++23: GCC 12 or newer is needed"
    return
  fi
  for candidate in g++ g++-14 g++-13 g++-12; do
    if have "$candidate" && has_expected "$candidate"; then
      export CXX=$candidate
      return
    fi
  done
  die "no C++23 compiler with std::expected: GCC 12 or newer is needed ('./dev deps build' installs it)"
}

# configure_preset PRESET: runs CMake when there is no build folder yet or the presets changed; later changes of the
# CMake files are noticed by the build itself.
configure_preset() {
  local preset=$1 dir=build/$1
  [ "$preset" = fuzz ] || find_compiler
  if [ ! -f "$dir/build.ninja" ] || [ CMakePresets.json -nt "$dir/CMakeCache.txt" ]; then
    { have cmake && have ninja; } || die "cmake and ninja are needed: run ./dev deps build"
    run_logged "build/logs/$preset-configure.log" cmake --preset "$preset"
    touch "$dir/CMakeCache.txt"
  fi
}

# build_preset PRESET [TARGET...]
build_preset() {
  local preset=$1 started=$SECONDS targets=()
  shift
  [ $# -eq 0 ] || targets=(--target "$@")
  say "building $preset${*:+ ($*)} with $JOBS jobs"
  configure_preset "$preset" || return 1
  run_logged "build/logs/$preset-build.log" cmake --build "build/$preset" --parallel "$JOBS" "${targets[@]}" || return 1
  say "build/$preset is up to date ($((SECONDS - started)) s)"
}

# venv_install VENV REQUIREMENTS...: a virtual environment that has exactly the pinned, hashed packages of these files;
# done again only when they change.
venv_install() {
  local venv=$1 stamp sums
  shift
  stamp=$venv/.installed
  sums=$(cat "$@" | sha256sum)
  if [ -x "$venv/bin/python" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$sums" ]; then return; fi
  say "creating $venv from $*"
  rm -rf "$venv"
  python3 -m venv "$venv" || return 1
  local args=() file
  for file in "$@"; do args+=(-r "$file"); done
  run_logged build/logs/venv.log "$venv/bin/pip" install --disable-pip-version-check --no-input --no-compile \
    --require-hashes "${args[@]}" || return 1
  printf '%s\n' "$sums" >"$stamp"
}
