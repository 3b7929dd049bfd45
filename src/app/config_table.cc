#include "app/config_table.h"

#include <algorithm>
#include <array>

#include "app/config_setters.h"

namespace calve::app {
namespace {

using enum OptionGroup;

constexpr std::array kOptions = std::to_array<Option>({
    {"warehouse", "warehouse", "DIR", "folder, or s3://BUCKET/PREFIX, of tables and ledger (default ./warehouse)",
     kPlaces, false, false, SetWarehouse},
    {"catalog", "catalog", "WHERE",
     "SQLite file (default: catalog.db in the warehouse), glue, http(s)://, postgresql://", kPlaces, false, false,
     SetCatalog},
    {"catalog_properties", "catalog-property", "KEY=VALUE",
     "of a REST catalog: token, credential, warehouse, rest.sigv4-enabled ...; repeatable", kPlaces, true, true,
     SetCatalogProperty},
    {"catalog_name", "catalog-name", "NAME", "the catalog's name within that file (default 'default')", kPlaces, false,
     false, SetCatalogName},
    {"state", "state", "DIR", "prefix of the ledger and the queue (default: _calve in the warehouse)", kPlaces, false,
     false, SetState},
    {"scratch", "scratch", "DIR", "folder for files in the making (default: tmp in the state)", kPlaces, false, false,
     SetScratch},
    {"aws.region", "region", "NAME", "AWS region (default: as the AWS tools find it)", kPlaces, false, false,
     SetRegion},
    {"aws.s3_path_style", "s3-path-style", "", "the bucket in the path of the URL, not in its host", kPlaces, false,
     false, SetS3PathStyle},

    {"queue.chunks", "queue", "URL|NAME", "SQS queue of chunk messages (default: the embedded one in the state)",
     kQueues, false, false, SetQueue},
    {"queue.events", "events", "URL|NAME", "SQS queue of notifications (default: the embedded one in the state)",
     kQueues, false, false, SetEvents},

    {"worker.role", "role", "plan|consume|both", "what to do (default both)", kWorker, false, false, SetRole},
    {"worker.listen", "listen", "HOST:PORT", "serve /healthz, /readyz and /metrics there (default: nowhere)", kWorker,
     false, false, SetListen},
    {"worker.drain_timeout", "drain-timeout", "TIME", "after SIGTERM, how long chunks in hand may go on (default 30s)",
     kWorker, false, false, SetDrainTimeout},
    {"worker.until_empty", "until-empty", "", "stop once the queues are empty", kWorker, false, false, SetUntilEmpty},

    {"backfill.dry_run", "dry-run", "", "only say what would be sent", kBackfill, false, false, SetDryRun},

    {"table", "table", "NS.TABLE", "the table to load into; created when it is not there", kSource, false, false,
     SetTable},
    {"pipeline", "pipeline", "NAME", "names this way of loading: the same source under another name is another load",
     kSource, false, false, SetPipeline},
    {"sql", "sql", "SELECT", "one SELECT over the relation `chunk` (default: every column)", kSource, false, false,
     SetSql},
    {"sql_file", "sql-file", "FILE", "the same, read from a file", kSource, false, false, SetSqlFile},
    {"per_chunk", "per-chunk", "", "SQL that aggregates or limits is meant for each chunk by itself (default: refused)",
     kSource, false, false, SetPerChunk},
    {"metadata_columns", "metadata-columns", "", "`chunk` also has the columns _file, _offset and _loaded_at", kSource,
     false, false, SetMetadataColumns},
    {"chunk_size", "chunk-size", "SIZE", "e.g. 64MiB, 128MB or auto (default: from the file's size and the threads)",
     kSource, false, false, SetChunkSize},
    {"commit.mode", "commit", "load|chunk", "one snapshot for the whole source (default), or one a chunk", kSource,
     false, false, SetCommitMode},
    {"split", "split", "speculate|scan", "cut without reading (default), or find exact boundaries in one pass first",
     kSource, false, false, SetSplit},
    {"on_bad_record", "on-bad-record", "quarantine|fail",
     "what does not fit its column's type is put aside (default), or fails", kSource, false, false, SetOnBadRecord},
    {"max_bad_records", "max-bad-records", "N|P%", "more bad records than this fail the load (default 10%), or none",
     kSource, false, false, SetMaxBadRecords},
    {"max_record_size", "max-record-size", "SIZE", "a longer record is a bad one (default 32MiB)", kSource, false,
     false, SetMaxRecordSize},

    {"csv.delimiter", "delimiter", "TEXT",
     R"(one or more characters; tab, comma, semicolon, pipe, space, '\t', '\x01', auto)", kCsv, false, false,
     SetDelimiter},
    {"csv.quote", "quote", "CHAR", "the quote character, none or auto", kCsv, false, false, SetQuote},
    {"csv.escape", "escape", "CHAR", "escape in quoted fields: a character, doubled (the quote twice), none or auto",
     kCsv, false, false, SetEscape},
    {"csv.header", "header", "yes|no|auto", "whether the first line holds the names", kCsv, false, false, SetHeader},
    {"csv.header_rows", "header-rows", "N", "so many records are the header, their cells joined to names", kCsv, false,
     false, SetHeaderRows},
    {"csv.null", "null", "TEXT", "an unquoted field equal to it is null; repeatable (default: the empty field)", kCsv,
     true, false, SetNull},
    {"csv.skip", "skip", "N", "lines to skip before the header", kCsv, false, false, SetSkip},
    {"csv.encoding", "encoding", "NAME", "utf-8, utf-16le, utf-16be, auto, or one that iconv knows: windows-1252 ...",
     kCsv, false, false, SetEncoding},
    {"csv.newline", "newline", "NAME", "what ends a record: lf, crlf, cr, any, auto, or the text itself", kCsv, false,
     false, SetNewline},
    {"csv.comment", "comment", "CHAR", "a line that begins with it is passed over; none or auto", kCsv, false, false,
     SetComment},
    {"csv.ragged", "ragged", "bad|pad", "records with too few fields are bad (default), or the rest is null", kCsv,
     false, false, SetRagged},
    {"csv.inner_quotes", "inner-quotes", "literal|bad", "quotes inside unquoted fields: characters, or bad records",
     kCsv, false, false, SetInnerQuotes},
    {"csv.trim", "trim", "", "spaces around unquoted fields are not part of them", kCsv, false, false, SetTrim},
    {"csv.all_varchar", "all-varchar", "", "every column is VARCHAR: nothing is inferred", kCsv, false, false,
     SetAllVarchar},
    {"csv.columns", "column", "NAME=TYPE", "the type of a column, e.g. zip=VARCHAR or fare=DECIMAL(10,2); repeatable",
     kCsv, true, true, SetColumn},

    {"partition_by", "partition-by", "TERM", "for a new table: day(ts), bucket(16, id), city ...; repeatable or a list",
     kTable, true, false, SetPartitionBy},
    {"table_properties", "table-property", "KEY=VALUE", "for a new table; repeatable", kTable, true, true,
     SetTableProperty},
    {"format_version", "format-version", "1|2", "Iceberg format version of a new table (default 2)", kTable, false,
     false, SetFormatVersion},
    {"evolve", "evolve", "add-columns", "columns that the table lacks are added to it (default: an error)", kTable,
     false, false, SetEvolve},

    {"parquet.codec", "codec", "NAME[:LEVEL]",
     "zstd, snappy, gzip or uncompressed; a level for zstd, 1 to 22 (default zstd:1)", kDataFiles, false, false,
     SetCodec},
    {"parquet.row_group_rows", "row-group-rows", "N", "rows in a row group (default 122880)", kDataFiles, false, false,
     SetRowGroupRows},
    {"parquet.dictionary_size_limit", "dictionary-size-limit", "N",
     "distinct values above which there is no dictionary (default 4096)", kDataFiles, false, false,
     SetDictionarySizeLimit},
    {"parquet.version", "parquet-version", "1|2",
     "2 adds the delta encodings: smaller, not read everywhere (default 1)", kDataFiles, false, false,
     SetParquetVersion},

    {"threads", "threads", "N", "1 to 512, or auto (default: the cores)", kEngine, false, false, SetThreads},
    {"memory_limit", "memory-limit", "SIZE", "for all threads together, or auto (default: half of the machine's)",
     kEngine, false, false, SetMemoryLimit},

    {"commit.retries", "commit-retries", "N", "attempts after a conflict (default 30)", kRetries, false, false,
     SetCommitRetries},
    {"commit.min_wait_ms", "commit-min-wait-ms", "MS", "the first wait is at most this (default 50)", kRetries, false,
     false, SetCommitMinWait},
    {"commit.max_wait_ms", "commit-max-wait-ms", "MS", "no wait is longer (default 10000)", kRetries, false, false,
     SetCommitMaxWait},
    {"commit.deadline_ms", "commit-deadline-ms", "MS", "for all attempts of a commit, waits included (default 600000)",
     kRetries, false, false, SetCommitDeadline},
    {"queue.visibility_timeout", "visibility-timeout", "TIME",
     "how long a chunk is one worker's without a heartbeat (default 60s)", kRetries, false, false, SetVisibility},
    {"queue.max_receives", "max-receives", "N", "deliveries before a chunk is a dead letter (default 5)", kRetries,
     false, false, SetMaxReceives},
});

}  // namespace

std::span<const Option> Options() { return kOptions; }

const Option* FindByFlag(std::string_view flag) {
  const auto it =
      std::find_if(kOptions.begin(), kOptions.end(), [&](const Option& option) { return option.flag == flag; });
  return it == kOptions.end() ? nullptr : &*it;
}

const Option* FindByKey(std::string_view key) {
  std::string normal(key == "commit" ? "commit.mode" : key);
  std::replace(normal.begin(), normal.end(), '-', '_');
  const auto it =
      std::find_if(kOptions.begin(), kOptions.end(), [&](const Option& option) { return option.key == normal; });
  return it == kOptions.end() ? nullptr : &*it;
}

std::string EnvironmentName(const Option& option) {
  std::string name = "CALVE_";
  for (const char c : option.flag) name += c == '-' ? '_' : static_cast<char>(c - 'a' + 'A');
  return name;
}

}  // namespace calve::app
