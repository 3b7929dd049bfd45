#!/usr/bin/env bash
# ./dev deps [build|test|lint]...: brings what the named groups need. Debian 12, Ubuntu 24.04 and 22.04, as root or
# with sudo. Programs that are on PATH already, from wherever they come, are left alone.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=tools/common.sh
. tools/common.sh

groups=("$@")
[ $# -gt 0 ] || groups=(build test lint)
for group in "${groups[@]}"; do
  case "$group" in build | test | lint) ;; *) die "deps: no group '$group': build, test or lint" ;; esac
done

in_group() {
  local group
  for group in "${groups[@]}"; do [ "$group" = "$1" ] && return 0; done
  return 1
}

wanted=()   # packages that must be installed
optional=() # packages whose absence from the distribution is reported, not fatal
package() { wanted+=("$@"); }
package_for() { have "$1" || wanted+=("${@:2}"); } # package_for COMMAND PACKAGE...
installed() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

java_major() { java -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p' | head -n 1; }

distribution=unknown
if [ -r /etc/os-release ]; then
  # shellcheck source=/dev/null
  distribution=$(. /etc/os-release && echo "${ID:-unknown} ${VERSION_ID:-}")
fi
case "$distribution" in
  "debian 12" | "debian 13" | "ubuntu 24.04") ;;
  "ubuntu 22.04") warn "Ubuntu 22.04: building with g++-12; clang 19 is not packaged here, so lint and fuzz are left out" ;;
  *) warn "$distribution is not one of Debian 12, Ubuntu 24.04, Ubuntu 22.04: trying their package names" ;;
esac

if in_group build; then
  package libfmt-dev libspdlog-dev nlohmann-json3-dev libcli11-dev libtomlplusplus-dev libsqlite3-dev libssl-dev \
    libcurl4-openssl-dev zlib1g-dev libzstd-dev libgtest-dev libgmock-dev librapidcheck-dev libbenchmark-dev \
    libfast-float-dev ca-certificates
  package_for cmake cmake
  package_for ninja ninja-build
  package_for ccache ccache
  package_for mold mold
  package_for git git
  package_for pkg-config pkg-config
  package_for python3 python3
  if [ "$distribution" = "ubuntu 22.04" ]; then package_for g++-12 g++-12; else package_for g++ g++; fi
  package_for npm nodejs npm
  have cargo || package_for go golang-go
fi
if in_group test; then
  package_for python3 python3
  package_for strace strace
  python3 -c 'import venv, ensurepip' 2>/dev/null || package python3-venv
  # Spark 4 wants Java 17 or newer; Maven brings its two jars and checks them.
  if ! have java || [ "$(java_major)" -lt 17 ] 2>/dev/null; then optional+=(openjdk-17-jre-headless); fi
  have mvn || optional+=(maven)
fi
if in_group lint; then
  package_for shellcheck shellcheck
  python3 -c 'import venv, ensurepip' 2>/dev/null || package python3-venv
  have clang-format-19 || optional+=(clang-format-19)
  have clang-tidy-19 || optional+=(clang-tidy-19)
fi
if in_group test || in_group lint; then
  have clang++-19 || optional+=(clang-19)
  installed libclang-rt-19-dev || optional+=(libclang-rt-19-dev)
fi

missing=()
if have dpkg-query && have apt-get; then
  for name in "${wanted[@]}"; do installed "$name" || missing+=("$name"); done
  for name in "${optional[@]}"; do installed "$name" || missing+=("$name"); done
elif [ ${#wanted[@]} -gt 0 ]; then
  warn "no apt here: install by hand what corresponds to: ${wanted[*]} ${optional[*]}"
fi

if [ ${#missing[@]} -gt 0 ]; then
  as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    have sudo || die "deps: root or sudo is needed to install: ${missing[*]}"
    as_root=(sudo)
  fi
  say "installing from apt: ${missing[*]}"
  run_logged build/logs/apt-update.log "${as_root[@]}" apt-get update -q
  available=()
  for name in "${missing[@]}"; do
    # Not `... | grep -q`: grep would leave at the first match, and pipefail would then report apt-cache's broken pipe.
    if [[ $(apt-cache policy "$name") =~ Candidate:\ [^\(] ]]; then
      available+=("$name")
    elif [[ " ${optional[*]} " == *" $name "* ]]; then
      warn "$name is not packaged for $distribution: what needs it will be skipped, and say so"
    else
      die "deps: $name is not packaged for $distribution"
    fi
  done
  [ ${#available[@]} -eq 0 ] || run_logged build/logs/apt-install.log "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -q -y --no-install-recommends "${available[@]}" </dev/null
fi

if in_group build; then
  find_compiler
  say "DuckDB: the pinned library and header in third_party/duckdb"
  tools/fetch_duckdb.sh
fi
if in_group test || in_group lint; then venv_install .venv tests/interop/requirements.txt; fi
say "everything for ${groups[*]} is installed"
