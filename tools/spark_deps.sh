#!/usr/bin/env bash
# Brings what the Spark tests need into .cache/spark: PySpark in an environment of its own, and two jars by Maven, which
# checks their checksums. Says why when it cannot; the tests are then skipped.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=tools/common.sh
. tools/common.sh

have java || die "Spark: no Java (17 or newer is needed)"
major=$(java -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p' | head -n 1)
[ "${major:-0}" -ge 17 ] || die "Spark: Java ${major:-unknown} is too old (17 or newer is needed)"
have mvn || die "Spark: no Maven to bring the Iceberg jars"

venv_install .cache/spark/venv tests/interop/requirements-spark.txt || die "Spark: PySpark cannot be installed"

sums=$(sha256sum <tests/interop/spark/pom.xml)
if [ "$(cat .cache/spark/jars.installed 2>/dev/null)" != "$sums" ]; then
  say "Spark's Iceberg jars into .cache/spark/jars"
  rm -rf .cache/spark/jars
  run_logged build/logs/spark-jars.log mvn --batch-mode --strict-checksums --file tests/interop/spark/pom.xml \
    org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies -DincludeScope=runtime \
    -DexcludeTransitive=true -DoutputDirectory="$root/.cache/spark/jars" || die "Spark: its jars cannot be had"
  printf '%s\n' "$sums" >.cache/spark/jars.installed
fi
