#include "format_csv/format.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

#include "csv/boundaries.h"
#include "csv/sniff.h"
#include "format_csv/changed_settings.h"
#include "format_csv/pin.h"
#include "format_csv/show.h"
#include "format_csv/table_type.h"
#include "load/sample.h"
#include "load/target.h"

namespace calve::format_csv {
namespace {

using iceberg::Field;
using load::PlanRequest;

/// Refuses what the table's types cannot take, before any work: naming the columns that differ.
Status JudgeTable(const PlanRequest& request, const std::string& uri, const csv::SniffResult& alone,
                  const csv::SniffResult& by_table) {
  if (by_table.sampled_bad_records <= alone.sampled_bad_records) return {};
  if (!request.wishes.bad_records.Exceeded(by_table.sampled_bad_records, by_table.sampled_records, "")) return {};
  std::vector<std::string> differing;
  for (size_t i = 0; i < alone.columns.size(); ++i) {
    if (alone.columns[i].type == by_table.columns[i].type) continue;
    differing.push_back(fmt::format("{} (in the file {}, in the table {})", alone.columns[i].name,
                                    csv::TypeName(alone.columns[i].type), csv::TypeName(by_table.columns[i].type)));
  }
  return Err(ErrorKind::kInvalidArgument,
             fmt::format("{} does not fit table {}: {} of {} sampled records cannot be read by the table's types (the "
                         "first: {}). Differing columns: {}. Cast them with --sql, or say --max-bad-records 100% to "
                         "send such records to quarantine",
                         uri, request.table.ToString(), by_table.sampled_bad_records, by_table.sampled_records,
                         by_table.bad_example, fmt::join(differing, ", ")));
}

/// Of a source that was sampled as a whole the outcome is known: refused before a table is created for it. Else it is a
/// note, for bad records may stand close together.
Status JudgeSamples(const PlanRequest& request, const std::string& uri, csv::SniffResult& sniffed, bool whole) {
  const auto exceeded =
      request.wishes.bad_records.Exceeded(sniffed.sampled_bad_records, sniffed.sampled_records, sniffed.bad_example);
  if (!exceeded) return {};
  if (whole) return Err(ErrorKind::kBadData, uri + ": " + *exceeded);
  sniffed.notes.push_back(
      fmt::format("{} of {} sampled records are bad: the load fails if it is so all over the file "
                  "(the first: {}); --max-bad-records decides",
                  sniffed.sampled_bad_records, sniffed.sampled_records, sniffed.bad_example));
  return {};
}

/// Without SQL the table's types are the ones to read by, so that what it takes need not be cast.
csv::SniffOverrides ByTable(const csv::SniffOverrides& said, const std::vector<csv::Column>& columns,
                            const iceberg::Schema& table) {
  csv::SniffOverrides overrides = said;
  const std::vector<const Field*> matched = load::ColumnIndex(table).Match(MakeColumns(columns));
  for (size_t c = 0; c < matched.size(); ++c) {
    const csv::Column& column = columns[c];
    const bool given = said.columns.contains(column.name) || said.columns.contains(column.source_name);
    const auto type = matched[c] == nullptr ? std::nullopt : CsvTypeOf(matched[c]->type);
    if (type && !given) overrides.columns[column.name] = *type;
  }
  return overrides;
}

}  // namespace

std::string_view CsvFormat::name() const { return kName; }

Result<bool> CsvFormat::Recognises(store::ObjectStore& /*store*/, const load::Source& /*source*/,
                                   std::string_view /*head*/) const {
  return true;
}

Result<load::Inspected> CsvFormat::Inspect(const load::InspectTask& task) const {
  const load::Source& source = task.source;
  const csv::SniffOverrides& said = task.request.wishes.read.csv;
  CALVE_ASSIGN_OR_RETURN(const load::SourceSamples read, load::SourceSamples::Read(task.store, source));
  const auto& samples = read.samples();
  Result<csv::SniffResult> sniffed = csv::Sniff(samples, source.size_bytes, said);
  if (!sniffed.has_value()) return WithContext(std::move(sniffed).error(), source.uri);
  if (task.table != nullptr && !task.request.wishes.sql.sql) {
    CALVE_ASSIGN_OR_RETURN(csv::SniffResult by_table,
                           csv::Sniff(samples, source.size_bytes, ByTable(said, sniffed->columns, *task.table)));
    CALVE_RETURN_IF_ERROR(JudgeTable(task.request, source.uri, *sniffed, by_table));
    sniffed = std::move(by_table);
  }
  const bool whole = samples.size() == 1 && samples.front().at_end;
  CALVE_RETURN_IF_ERROR(JudgeSamples(task.request, source.uri, *sniffed, whole));
  load::Inspected inspected;
  inspected.pin = MakePin(sniffed->dialect);
  inspected.columns = MakeColumns(sniffed->columns);
  inspected.first = sniffed->dialect.data_offset_bytes;
  inspected.default_sql = load::DefaultSql(inspected.columns, task.table);
  for (const csv::Sample& sample : samples) inspected.facts.sampled_bytes += sample.bytes.size();
  inspected.facts.sampled_records = sniffed->sampled_records;
  inspected.facts.mean_record_bytes = sniffed->mean_record_bytes;
  inspected.notes = std::move(sniffed->notes);
  return inspected;
}

Result<std::vector<uint64_t>> CsvFormat::FindStarts(store::ObjectStore& store, const load::Plan& plan,
                                                    const std::vector<uint64_t>& cuts, int threads,
                                                    const CancelToken& cancel) const {
  const csv::OpenAt open = [&](uint64_t offset) -> Result<csv::ReadBytes> {
    CALVE_ASSIGN_OR_RETURN(std::shared_ptr<store::ByteStream> stream,
                           store.Open(plan.source.uri, {.offset_bytes = offset,
                                                        .length_bytes = std::nullopt,
                                                        .if_version = plan.source.version,
                                                        .expected_bytes = plan.cuts.step}));
    return csv::ReadBytes([stream, &cancel](std::span<std::byte> buffer) -> Result<size_t> {
      if (cancel.cancelled()) return Err(ErrorKind::kCancelled, "stopped while scanning for chunk boundaries");
      return stream->Read(buffer);
    });
  };
  CALVE_ASSIGN_OR_RETURN(const csv::Dialect dialect, DialectOf(plan));
  return csv::ScanLineStarts(dialect, cuts, plan.cuts.extent, open, threads, plan.max_record_bytes);
}

Result<load::Shown> CsvFormat::Show(const load::Plan& plan) const {
  CALVE_ASSIGN_OR_RETURN(const csv::Dialect dialect, DialectOf(plan));
  CALVE_ASSIGN_OR_RETURN(const std::vector<csv::Column> columns, ColumnsOf(plan));
  load::Shown shown{{{"dialect", DialectText(dialect)}}, {{"dialect", csv::DialectToJson(dialect)}}, {}};
  for (const csv::Column& column : columns) shown.column_notes.push_back(ColumnNote(column));
  return shown;
}

std::vector<std::string> CsvFormat::ChangedSettings(const PlanRequest& request, const load::Plan& standing) const {
  const auto dialect = DialectOf(standing);
  const auto columns = ColumnsOf(standing);
  if (!dialect.has_value() || !columns.has_value()) return {};  // For a note alone.
  return format_csv::ChangedSettings(request.wishes.read.csv, *dialect, *columns);
}

}  // namespace calve::format_csv
