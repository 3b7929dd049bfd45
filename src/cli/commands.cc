#include "cli/commands.h"

#include <algorithm>
#include <array>
#include <limits>

namespace calve::cli {
namespace {

using app::OptionGroup;
using enum app::OptionGroup;

constexpr size_t kMany = std::numeric_limits<size_t>::max();
constexpr std::array kLoadGroups = {kSource, kCsv, kTable, kParquet, kEngine, kRetries, kPlaces};
constexpr std::array kPlanGroups = {kSource, kCsv, kTable, kParquet, kEngine, kPlaces};
constexpr std::array kQueryGroups = {kEngine, kPlaces};
constexpr std::array kPlaceGroups = {kPlaces};
constexpr std::array<std::string_view, 2> kTextJson = {"text", "json"};
constexpr std::array<std::string_view, 3> kTextJsonCsv = {"text", "json", "csv"};

constexpr std::array kCommands = std::to_array<Command>({
    {"run", "SOURCE... --table NS.TABLE", "load files into an Iceberg table, exactly once",
     "Plans, reads and commits each SOURCE (a path, a file:// URI or a pattern with *, ?, [..] or **) into one table.\n"
     "The file is cut into chunks, threads read them strictly, and all rows become visible in one snapshot.\n"
     "Records that do not fit go to quarantine, with their place and the reason. Stopped or killed at any moment, the\n"
     "same command goes on where it was; a file that is in the table already is not loaded twice.",
     "  # one file into a new table, types and dialect found by themselves\n"
     "  calve run trips.csv --table nyc.trips\n"
     "  # every file of a year, a partitioned table, and only the columns that matter\n"
     "  calve run 'data/2015-*.csv' --table nyc.trips --partition-by 'day(pickup)' \\\n"
     "      --sql 'SELECT tpep_pickup_datetime AS pickup, total_amount FROM chunk'\n"
     "  # say what sniffing cannot know, and give up when more than one record in a hundred is bad\n"
     "  calve run export.txt --table raw.export --delimiter '\\t' --null '\\N' --column zip=VARCHAR --max-bad-records "
     "1%\n"
     "  # for scripts: one JSON object on stdout\n"
     "  calve run trips.csv --table nyc.trips --format json | jq '.loads[].snapshot_id'\n",
     kLoadGroups, kTextJson, 1, kMany, "which file? name a SOURCE, e.g. calve run trips.csv --table nyc.trips",
     RunCommand},
    {"plan", "SOURCE... [--table NS.TABLE]", "show what run would do, from samples alone",
     "A dry run: the schema and the dialect that were found, the chunks, the rows to expect, and what the load would\n"
     "cost on AWS. Reads a few MB however big the file is, and writes nothing.",
     "  # what is in this file, and what would become of it?\n"
     "  calve plan trips.csv\n"
     "  # does it fit the table that is there, with this SQL?\n"
     "  calve plan trips.csv --table nyc.trips --sql 'SELECT * EXCLUDE (tip_amount) FROM chunk'\n"
     "  # the inferred types, for a script\n"
     "  calve plan trips.csv --format json | jq '.plans[0].columns'\n",
     kPlanGroups, kTextJson, 1, kMany, "which file? name a SOURCE, e.g. calve plan trips.csv", PlanCommand},
    {"query", "SQL", "ask the tables something",
     "Runs SQL over the tables of the warehouse, read-only. Tables are named NS.TABLE.",
     "  calve query 'SELECT count(*) FROM nyc.trips'\n"
     "  calve query 'SELECT payment_type, avg(tip_amount) FROM nyc.trips GROUP BY ALL ORDER BY 1'\n"
     "  calve query 'SELECT * FROM nyc.trips LIMIT 10' --format csv > sample.csv\n",
     kQueryGroups, kTextJsonCsv, 1, 1, "what? name the SQL, e.g. calve query 'SELECT count(*) FROM nyc.trips'",
     QueryCommand},
    {"status", "[LOAD_ID]", "list the loads, or show one of them",
     "Without LOAD_ID: every load that the ledger knows, newest first. With the first characters of a load's id: all "
     "about\n"
     "it: its chunks, its quarantine files, the first bad record, dead letters, why it failed.",
     "  calve status\n"
     "  # all about one load; its id may be cut short\n"
     "  calve status 3fa81c\n"
     "  # the loads that are not finished\n"
     "  calve status --format json | jq '.loads[] | select(.status == \"unfinished\")'\n",
     kPlaceGroups, kTextJson, 0, 1, "", StatusCommand},
    {"validate", "NS.TABLE", "prove that a table is whole",
     "Reads the table's metadata and every manifest of its current snapshot, looks at every data file, adds up every\n"
     "summary, and compares the history with the ledger: every load once. Exit code 1 when something is wrong.",
     "  calve validate nyc.trips\n"
     "  calve validate nyc.trips --warehouse /data/warehouse --format json\n",
     kPlaceGroups, kTextJson, 1, 1, "which table? e.g. calve validate nyc.trips", ValidateCommand},
    {"version",
     "",
     "show the versions of calve and of its engines",
     "The versions of calve, DuckDB and SQLite.",
     "  calve version\n"
     "  calve version --format json\n",
     {},
     kTextJson,
     0,
     0,
     "",
     VersionCommand},
});

}  // namespace

std::span<const Command> Commands() { return kCommands; }

const Command* FindCommand(std::string_view name) {
  const auto it =
      std::find_if(kCommands.begin(), kCommands.end(), [&](const Command& command) { return command.name == name; });
  return it == kCommands.end() ? nullptr : &*it;
}

}  // namespace calve::cli
