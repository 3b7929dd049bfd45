#include "cli/commands.h"

#include <algorithm>
#include <array>
#include <limits>

namespace calve::cli {
namespace {

using app::OptionGroup;
using enum app::OptionGroup;

constexpr size_t kMany = std::numeric_limits<size_t>::max();
constexpr std::array kLoadGroups = {kSource, kCsv, kTable, kDataFiles, kEngine, kRetries, kPlaces};
constexpr std::array kPlanGroups = {kSource, kCsv, kTable, kDataFiles, kEngine, kPlaces};
constexpr std::array kQueryGroups = {kEngine, kPlaces};
constexpr std::array kPlaceGroups = {kPlaces};
constexpr std::array kWorkerGroups = {kQueues, kWorker, kSource, kCsv, kTable, kDataFiles, kEngine, kRetries, kPlaces};
constexpr std::array kBackfillGroups = {kBackfill, kQueues, kSource, kPlaces};
constexpr std::array kStatusGroups = {kQueues, kPlaces};
constexpr std::array kRedriveGroups = {kQueues, kRetries, kPlaces};
constexpr std::array<std::string_view, 1> kText = {"text"};
constexpr std::array<std::string_view, 2> kTextJson = {"text", "json"};
constexpr std::array<std::string_view, 3> kTextJsonCsv = {"text", "json", "csv"};

constexpr std::array kCommands = std::to_array<Command>({
    {"run", "SOURCE... --table NS.TABLE", "load files into an Iceberg table, exactly once",
     "Plans, reads and commits each SOURCE (a path, a file:// URI or a pattern with *, ?, [..] or **) into one table.\n"
     "A source is CSV or Parquet, told by its content; CSV may be compressed by gzip or zstd.\n"
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
     "A dry run: the schema and the dialect that were found (of Parquet, what its footer says), the chunks, the rows "
     "to\n"
     "expect, and what the load would cost on AWS. Reads a few MB however big the file is, and writes nothing.",
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
     kStatusGroups, kTextJson, 0, 1, "", StatusCommand},
    {"worker", "--table NS.TABLE", "load what lands, for as long as it runs",
     "Takes notifications (S3 events, or what backfill sends) from one queue, plans each source, and works on the "
     "chunks\n"
     "that all workers share on another. Any number of workers may run, on any number of machines; the one that does "
     "the\n"
     "last chunk of a source commits it. With SQS queues and an s3:// warehouse it is the Lambda pipeline without "
     "Lambda;\n"
     "with neither it works on embedded queues in the warehouse. SIGTERM and Ctrl-C drain: chunks in hand are finished "
     "or\n"
     "given back, nothing is lost. The log is JSON lines on stderr.",
     "  # on a laptop: load everything that is in a folder, then stop\n"
     "  calve backfill in/ --table nyc.trips && calve worker --table nyc.trips --until-empty\n"
     "  # on a server, from SQS into Glue, with health checks and metrics\n"
     "  calve worker --table nyc.trips --warehouse s3://lake/tables --events landed --queue chunks --listen "
     "0.0.0.0:8080\n"
     "  # only the heavy part, on a bigger machine\n"
     "  calve worker --role consume --warehouse s3://lake/tables --queue chunks --threads 16\n",
     kWorkerGroups, kText, 0, 0, "", WorkerCommand},
    {"backfill", "PREFIX --table NS.TABLE", "send what has landed and was not loaded to the workers",
     "Lists what is below PREFIX (a folder, s3://BUCKET/PREFIX, or a pattern), looks each up in the ledger, and puts "
     "what\n"
     "is not in the table on the queue of notifications. Notifications are not guaranteed: run it now and then.",
     "  calve backfill s3://landing/2015/ --table nyc.trips --warehouse s3://lake/tables --events landed --dry-run\n"
     "  # on a laptop, into the embedded queue\n"
     "  calve backfill 'in/*.csv' --table nyc.trips\n",
     kBackfillGroups, kTextJson, 1, 1, "which prefix? e.g. calve backfill s3://landing/2015/ --table nyc.trips",
     BackfillCommand},
    {"redrive", "[chunks|events]", "put dead letters back on their queue",
     "Moves every message of the dead-letter queues back, with a fresh count of deliveries. Do it once the reason is "
     "gone\n"
     "(calve status shows reasons). Doing it too often does no harm: what is loaded is not loaded twice.",
     "  calve redrive\n"
     "  calve redrive chunks --queue chunks --warehouse s3://lake/tables\n",
     kRedriveGroups, kTextJson, 0, 1, "", RedriveCommand},
    {"lambda", "", "be an AWS Lambda function",
     "What the package's bootstrap starts: serves the Lambda Runtime API until Lambda ends it.\n"
     "Set everything by environment variables: CALVE_TABLE, CALVE_WAREHOUSE, CALVE_QUEUE, CALVE_HANDLER\n(plan or "
     "consume; unset: by the message) ...",
     "  # what the package's bootstrap runs, with the function's environment\n"
     "  CALVE_HANDLER=consume CALVE_WAREHOUSE=s3://lake/tables "
     "CALVE_QUEUE=https://sqs.example/1/chunks calve lambda\n",
     kWorkerGroups, kText, 0, 0, "", LambdaCommand},
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
