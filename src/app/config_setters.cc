#include "app/config_setters.h"

#include <fmt/format.h>

#include <cerrno>
#include <fstream>
#include <limits>
#include <sstream>
#include <utility>

#include "app/config_values.h"
#include "iceberg/catalog.h"

namespace calve::app {
namespace {

using Values = OptionValues;
using Millis = std::chrono::milliseconds;

std::unexpected<Error> Invalid(std::string message) { return Err(ErrorKind::kInvalidArgument, std::move(message)); }

/// `member` = the text, which must not be empty.
Status SetText(std::string& member, const Values& values) {
  if (values.front().empty()) return Invalid("it must not be empty");
  member = values.front();
  return {};
}

template <typename T>
Status SetNumber(T& member, const Values& values, int64_t min, int64_t max) {
  CALVE_ASSIGN_OR_RETURN(const int64_t number, ParseInteger(values.front(), min, max));
  member = static_cast<T>(number);
  return {};
}

Status SetSwitch(bool& member, const Values& values) {
  CALVE_ASSIGN_OR_RETURN(member, ParseBool(values.front()));
  return {};
}

Status SetMillis(Millis& member, const Values& values, int64_t min) {
  CALVE_ASSIGN_OR_RETURN(const int64_t number, ParseInteger(values.front(), min, 86'400'000));
  member = Millis(number);
  return {};
}

Status SetAssignments(std::map<std::string, std::string>& member, const Values& values) {
  member.clear();
  for (const std::string& value : values) {
    CALVE_ASSIGN_OR_RETURN(auto assignment, ParseAssignment(value));
    const std::string key = assignment.first;
    if (!member.insert(std::move(assignment)).second) return Invalid(key + " is given twice");
  }
  return {};
}

template <typename T>
struct Choice {
  std::string_view word;
  T meaning;
};

/// The meaning of the word, or an error that lists all words.
template <typename T, size_t N>
Result<T> Choose(const std::string& text, const Choice<T> (&choices)[N]) {
  std::string words;
  for (size_t i = 0; i < N; ++i) {
    if (choices[i].word == text) return choices[i].meaning;
    words += (i == 0 ? "" : i + 1 == N ? " or " : ", ") + std::string(choices[i].word);
  }
  return Invalid(fmt::format("'{}' is not {}", text, words));
}

Result<std::string> ReadSql(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::unexpected(Error{ErrorKind::kInvalidArgument, ErrnoError(errno, path).message});
  std::ostringstream text;
  text << in.rdbuf();
  if (in.bad() || text.str().empty()) return Invalid(path + " is empty or cannot be read");
  return std::move(text).str();
}

}  // namespace

Status SetWarehouse(Settings& settings, const Values& values) { return SetText(settings.warehouse, values); }
Status SetCatalog(Settings& settings, const Values& values) { return SetText(settings.catalog, values); }
Status SetCatalogName(Settings& settings, const Values& values) { return SetText(settings.catalog_name, values); }
Status SetState(Settings& settings, const Values& values) { return SetText(settings.state, values); }
Status SetScratch(Settings& settings, const Values& values) { return SetText(settings.scratch, values); }

Status SetCatalogProperty(Settings& settings, const Values& values) {
  return SetAssignments(settings.catalog_properties, values);
}

Status SetRegion(Settings& settings, const Values& values) { return SetText(settings.region, values); }
Status SetS3PathStyle(Settings& settings, const Values& values) { return SetSwitch(settings.s3_path_style, values); }
Status SetQueue(Settings& settings, const Values& values) { return SetText(settings.queue, values); }
Status SetEvents(Settings& settings, const Values& values) { return SetText(settings.events, values); }

Status SetRole(Settings& settings, const Values& values) {
  static constexpr Choice<Role> kChoices[] = {
      {"plan", Role::kPlan}, {"consume", Role::kConsume}, {"both", Role::kBoth}};
  CALVE_ASSIGN_OR_RETURN(settings.role, Choose(values.front(), kChoices));
  return {};
}

Status SetListen(Settings& settings, const Values& values) {
  const std::string& text = values.front();
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0) return Invalid("it is not HOST:PORT, e.g. 127.0.0.1:8080");
  CALVE_RETURN_IF_ERROR(ParseInteger(text.substr(colon + 1), 0, 65'535));
  settings.listen = text;
  return {};
}

Status SetDrainTimeout(Settings& settings, const Values& values) {
  CALVE_ASSIGN_OR_RETURN(settings.drain_timeout, ParseDuration(values.front()));
  return {};
}

Status SetUntilEmpty(Settings& settings, const Values& values) { return SetSwitch(settings.until_empty, values); }
Status SetDryRun(Settings& settings, const Values& values) { return SetSwitch(settings.dry_run, values); }

Status SetTable(Settings& settings, const Values& values) {
  CALVE_RETURN_IF_ERROR(iceberg::TableIdentifier::Parse(values.front()));
  settings.table = values.front();
  return {};
}

Status SetPipeline(Settings& settings, const Values& values) { return SetText(settings.load.pipeline, values); }

Status SetSql(Settings& settings, const Values& values) {
  settings.load.sql.sql.emplace();
  return SetText(*settings.load.sql.sql, values);
}

Status SetSqlFile(Settings& settings, const Values& values) {
  CALVE_ASSIGN_OR_RETURN(settings.load.sql.sql, ReadSql(values.front()));
  return {};
}

Status SetPerChunk(Settings& settings, const Values& values) { return SetSwitch(settings.load.sql.per_chunk, values); }

Status SetMetadataColumns(Settings& settings, const Values& values) {
  return SetSwitch(settings.load.sql.metadata_columns, values);
}

Status SetChunkSize(Settings& settings, const Values& values) {
  settings.load.read.chunk_size_bytes.reset();
  if (values.front() == "auto") return {};
  CALVE_ASSIGN_OR_RETURN(settings.load.read.chunk_size_bytes, ParseSize(values.front(), 1));
  return {};
}

Status SetCommitMode(Settings& settings, const Values& values) {
  static constexpr Choice<load::CommitMode> kChoices[] = {{"load", load::CommitMode::kLoad},
                                                          {"chunk", load::CommitMode::kChunk}};
  CALVE_ASSIGN_OR_RETURN(settings.load.commit_mode, Choose(values.front(), kChoices));
  return {};
}

Status SetSplit(Settings& settings, const Values& values) {
  using Mode = std::optional<load::SplitMode>;
  static constexpr Choice<Mode> kChoices[] = {
      {"speculate", load::SplitMode::kSpeculate}, {"scan", load::SplitMode::kScan}, {"auto", std::nullopt}};
  CALVE_ASSIGN_OR_RETURN(settings.load.read.split_mode, Choose(values.front(), kChoices));
  return {};
}

Status SetOnBadRecord(Settings& settings, const Values& values) {
  static constexpr Choice<bool> kChoices[] = {{"quarantine", false}, {"fail", true}};
  CALVE_ASSIGN_OR_RETURN(settings.load.bad_records.fail, Choose(values.front(), kChoices));
  return {};
}

Status SetMaxBadRecords(Settings& settings, const Values& values) {
  settings.load.bad_records.max_count.reset();
  settings.load.bad_records.max_share.reset();
  settings.load.bad_records.share_from_records = 0;
  if (values.front() == "none") return {};
  if (values.front().ends_with('%')) {
    CALVE_ASSIGN_OR_RETURN(settings.load.bad_records.max_share, ParsePercent(values.front()));
    return {};
  }
  const auto count = ParseInteger(values.front(), 0, std::numeric_limits<int64_t>::max());
  if (!count.has_value())
    return Invalid(fmt::format("'{}' is not a number of records, a share such as 5%, or none", values.front()));
  settings.load.bad_records.max_count = static_cast<uint64_t>(*count);
  return {};
}

Status SetMaxRecordSize(Settings& settings, const Values& values) {
  CALVE_ASSIGN_OR_RETURN(settings.load.read.max_record_bytes, ParseSize(values.front(), 1));
  return {};
}

Status SetPartitionBy(Settings& settings, const Values& values) {
  settings.load.table.partition_by.clear();
  for (const std::string& value : values) {
    for (std::string& term : SplitList(value)) settings.load.table.partition_by.push_back(std::move(term));
  }
  return {};
}

Status SetTableProperty(Settings& settings, const Values& values) {
  return SetAssignments(settings.load.table.properties, values);
}

Status SetFormatVersion(Settings& settings, const Values& values) {
  return SetNumber(settings.load.table.format_version, values, 1, 2);
}

Status SetEvolve(Settings& settings, const Values& values) {
  static constexpr Choice<bool> kChoices[] = {{"add-columns", true}, {"none", false}};
  CALVE_ASSIGN_OR_RETURN(settings.load.table.add_columns, Choose(values.front(), kChoices));
  return {};
}

Status SetCodec(Settings& settings, const Values& values) {
  static constexpr Choice<bool> kChoices[] = {
      {"zstd", true}, {"snappy", false}, {"gzip", false}, {"uncompressed", false}};
  const size_t colon = values.front().find(':');
  const std::string name = values.front().substr(0, colon);
  CALVE_ASSIGN_OR_RETURN(const bool has_levels, Choose(name, kChoices));
  load::WriteOptions write = settings.load.write;
  write.codec = name;
  if (colon != std::string::npos) {
    if (!has_levels) return Invalid(fmt::format("{} has no levels; only zstd has", name));
    CALVE_RETURN_IF_ERROR(SetNumber(write.codec_level, {values.front().substr(colon + 1)}, 1, 22));
  }
  settings.load.write = std::move(write);
  settings.load.codec_given = true;
  return {};
}

Status SetRowGroupRows(Settings& settings, const Values& values) {
  return SetNumber(settings.load.write.row_group_rows, values, 2048, 100'000'000);
}

Status SetDictionarySizeLimit(Settings& settings, const Values& values) {
  return SetNumber(settings.load.write.dictionary_size_limit, values, 1, 100'000'000);
}

Status SetParquetVersion(Settings& settings, const Values& values) {
  return SetNumber(settings.load.write.parquet_version, values, 1, 2);
}

Status SetThreads(Settings& settings, const Values& values) {
  settings.threads = 0;
  if (values.front() == "auto") return {};
  return SetNumber(settings.threads, values, 1, 512);
}

Status SetMemoryLimit(Settings& settings, const Values& values) {
  settings.memory_limit_bytes = 0;
  if (values.front() == "auto") return {};
  CALVE_ASSIGN_OR_RETURN(settings.memory_limit_bytes, ParseSize(values.front(), 64U << 20U));
  return {};
}

Status SetCommitRetries(Settings& settings, const Values& values) {
  return SetNumber(settings.commit.backoff.max_retries, values, 0, 1'000'000);
}

Status SetCommitMinWait(Settings& settings, const Values& values) {
  return SetMillis(settings.commit.backoff.min_wait, values, 0);
}

Status SetCommitMaxWait(Settings& settings, const Values& values) {
  CALVE_RETURN_IF_ERROR(SetMillis(settings.commit.backoff.max_wait, values, 1));
  if (settings.commit.backoff.max_wait >= settings.commit.backoff.min_wait) return {};
  return Invalid(fmt::format("{} ms is less than the shortest wait, commit-min-wait-ms, which is {} ms", values.front(),
                             settings.commit.backoff.min_wait.count()));
}

Status SetCommitDeadline(Settings& settings, const Values& values) {
  return SetMillis(settings.commit.deadline, values, 1);
}

Status SetVisibility(Settings& settings, const Values& values) {
  CALVE_ASSIGN_OR_RETURN(settings.visibility, ParseDuration(values.front()));
  return {};
}

Status SetMaxReceives(Settings& settings, const Values& values) {
  return SetNumber(settings.max_receives, values, 1, 1000);
}

}  // namespace calve::app
