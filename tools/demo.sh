#!/usr/bin/env bash
# ./dev demo [ROWS]: from nothing to a queried Iceberg table, on one machine.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=tools/common.sh
. tools/common.sh

rows=${1:-3000000}
case "$rows" in '' | *[!0-9]*) die "demo: '$rows' is not a number of rows" ;; esac
bad=$((rows / 10000 + 1))
dir=build/demo
csv=$dir/yellow_tripdata_2015-01.csv
warehouse=$dir/warehouse
calve=build/release/calve

show() {
  printf '\n$'
  printf ' %q' "$@"
  printf '\n'
  "$@"
  printf '\n'
}

tools/deps.sh build
build_preset release calve taxi_gen
mkdir -p "$dir"
find "$dir" -maxdepth 1 -name '*.csv.part' -delete
if [ "$(cat "$dir/made" 2>/dev/null)" != "$rows $bad" ] || [ ! -f "$csv" ]; then
  say "making $csv: $rows taxi trips, $bad of them broken"
  rm -f "$dir/made"
  build/release/taxi_gen --rows "$rows" --bad "$bad" --seed 2015 "$csv"
  printf '%s %s\n' "$rows" "$bad" >"$dir/made"
fi
rm -rf "$warehouse"

say "the plan: what would be done, from samples alone"
show "$calve" plan "$csv"

say "the load: cut, queued, read by threads, committed as one snapshot"
show "$calve" run "$csv" --table nyc.trips --warehouse "$warehouse"

say "the same command again: nothing is loaded twice"
show "$calve" run "$csv" --table nyc.trips --warehouse "$warehouse"

say "the ledger"
show "$calve" status --warehouse "$warehouse"

say "the quarantine: every record that does not fit, with its place and the reason"
mapfile -t quarantine < <(find "$warehouse/_calve" -type f -path '*quarantine*' | sort)
[ ${#quarantine[@]} -gt 0 ] || die "demo: $bad broken records and no quarantine file under $warehouse/_calve"
show ls -l "${quarantine[@]}"
head -q -n 2 "${quarantine[@]}" | cut -c 1-400 | head -n 6

say "the table"
show "$calve" query --warehouse "$warehouse" \
  "SELECT payment_type, count(*) AS trips, round(avg(trip_distance), 2) AS miles, round(sum(total_amount), 2) AS dollars
   FROM nyc.trips GROUP BY payment_type ORDER BY trips DESC"
say "done; the table is in $warehouse and any Iceberg reader opens it (catalog: sqlite file $warehouse/catalog.db)"
