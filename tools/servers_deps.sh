#!/usr/bin/env bash
# Brings the real servers of the server tests into .cache/servers, each pinned and checked by its registry's client:
#   versitygw  S3      go.mod and go.sum                  moto       S3 + SQS + Glue    pip, hashes
#   elasticmq  SQS     Maven                              rest       Iceberg REST       Maven, and our main compiled
#   postgres   SQL catalog, the distribution's package (./dev deps test)
# What cannot be had is reported with its reason, which PART.missing keeps: its tests are then skipped. Never fails.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
# shellcheck source=tools/common.sh
. tools/common.sh

cache=.cache/servers
LIMIT_S=900 # for one part
mkdir -p "$cache" build/logs
exec 9>"$cache/lock"
flock 9 # several checkouts may share .cache

# inputs FILE...: what a finished part was made from.
inputs() { cat "$@" | sha256sum; }
up_to_date() { [ "$(cat "$cache/$1.installed" 2>/dev/null)" = "$2" ]; } # up_to_date PART SUMS
finished() { printf '%s\n' "$2" >"$cache/$1.installed"; }                 # finished PART SUMS
cannot() { # cannot REASON: ends a part
  printf '%s\n' "$*" >&3
  return 1
}

part_versitygw() {
  # Compiling without optimising takes a third less, and tests do not feel it.
  local module=tests/servers/versitygw version sums flags=(-mod=readonly -gcflags="all=-N -l" -ldflags="-s -w")
  have go || { cannot "no Go (1.25 or newer is needed)" || return 1; }
  version=$(go env GOVERSION | sed -n 's/^go1\.\([0-9]*\).*/\1/p')
  [ "${version:-0}" -ge 21 ] || { cannot "Go 1.${version:-?} is too old (1.25 or newer is needed)" || return 1; }
  # From 1.21 on Go brings the newer toolchain that go.mod asks for by itself.
  [ "$version" -ge 25 ] || export GOTOOLCHAIN=auto
  sums=$(echo "${flags[@]}" | inputs "$module/go.mod" "$module/go.sum" -)
  if up_to_date versitygw "$sums" && [ -x "$cache/bin/versitygw" ]; then return; fi
  run_logged build/logs/servers-versitygw-build.log timeout $LIMIT_S env CGO_ENABLED=0 GOFLAGS=-buildvcs=false \
    go build -C "$module" "${flags[@]}" -o "$root/$cache/bin/versitygw" \
    github.com/versity/versitygw/cmd/versitygw ||
    { cannot "it does not build: build/logs/servers-versitygw-build.log" || return 1; }
  finished versitygw "$sums"
}

part_moto() {
  venv_install "$cache/moto-venv" tests/servers/requirements-moto.txt ||
    cannot "its Python environment cannot be made: build/logs/venv.log"
}

# jars PART: the jars that tests/servers/PART/pom.xml asks for, into .cache/servers/PART.
jars() {
  local part=$1 major
  have java || { cannot "no Java (17 or newer is needed)" || return 1; }
  major=$(java -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p' | head -n 1)
  [ "${major:-0}" -ge 17 ] || { cannot "Java ${major:-unknown} is too old (17 or newer is needed)" || return 1; }
  have mvn || { cannot "no Maven to bring its jars" || return 1; }
  rm -rf "${cache:?}/$part"
  run_logged "build/logs/servers-$part-jars.log" timeout $LIMIT_S mvn --batch-mode --strict-checksums \
    --file "tests/servers/$part/pom.xml" org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies \
    -DincludeScope=runtime -DoutputDirectory="$root/$cache/$part" ||
    { cannot "Maven cannot bring its jars: build/logs/servers-$part-jars.log" || return 1; }
}

part_elasticmq() {
  local sums
  sums=$(inputs tests/servers/elasticmq/pom.xml)
  up_to_date elasticmq "$sums" && return
  jars elasticmq && finished elasticmq "$sums"
}

part_rest() {
  local sums
  sums=$(inputs tests/servers/rest/pom.xml tests/servers/rest/CalveRestCatalog.java)
  up_to_date rest "$sums" && return
  jars rest || return 1
  run_logged build/logs/servers-rest-compile.log java -jar "$cache"/rest/ecj-*.jar -17 -proc:none -nowarn \
    -cp "$(printf '%s:' "$cache"/rest/*.jar)" -d "$cache/rest/classes" tests/servers/rest/CalveRestCatalog.java ||
    { cannot "its main does not compile: build/logs/servers-rest-compile.log" || return 1; }
  finished rest "$sums"
}

part_postgres() {
  local program
  for program in /usr/lib/postgresql/*/bin/initdb; do [ ! -x "$program" ] || return 0; done
  have initdb || cannot "no PostgreSQL server (Debian package postgresql)"
}

# bring PART: installs it and says how long that took, or why it cannot be had. The reason comes on descriptor 3.
bring() {
  local part=$1 started=$SECONDS
  if "part_$part" 3>"$cache/$part.missing"; then
    rm -f "$cache/$part.missing"
    say "$(printf '%-10s ready    %4d s' "$part" $((SECONDS - started)))"
  else
    [ -s "$cache/$part.missing" ] || echo "it cannot be installed" >"$cache/$part.missing"
    say "$(printf '%-10s missing  %4d s: ' "$part" $((SECONDS - started)))$(cat "$cache/$part.missing")"
  fi
}

started=$SECONDS
bring postgres
bring versitygw &
bring moto &
{ # one after the other: two Mavens must not write one local repository at once
  bring elasticmq
  bring rest
} &
wait
say "servers: $((SECONDS - started)) s in all"
