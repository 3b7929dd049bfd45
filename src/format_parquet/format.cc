#include "format_parquet/format.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

#include "format_parquet/file.h"
#include "format_parquet/footer.h"
#include "format_parquet/pin.h"

namespace calve::format_parquet {
namespace {

/// How a CSV is written says nothing about Parquet and does no harm: settings are shared by all sources of a worker. A
/// type for a column is a wish about the outcome, which must not be passed over in silence.
Status CheckSettings(const load::PlanRequest& request, std::vector<std::string>& notes) {
  const csv::SniffOverrides& csv = request.wishes.read.csv;
  if (!csv.columns.empty() || csv.all_varchar) {
    return Err(ErrorKind::kInvalidArgument,
               fmt::format("{} is Parquet, whose columns have types; {} is for CSV: cast with --sql instead",
                           request.source_uri, csv.all_varchar ? "--all-varchar" : "--column"));
  }
  if (csv.delimiter || csv.quote || csv.escape || csv.header || csv.newline || csv.custom_newline || csv.comment ||
      csv.encoding || csv.ragged || !csv.null_strings.empty() || csv.skip_lines || csv.trim) {
    notes.emplace_back("the source is Parquet: settings of how a CSV is written (--delimiter ...) do not apply");
  }
  return {};
}

}  // namespace

std::string_view ParquetFormat::name() const { return kName; }

Result<bool> ParquetFormat::Recognises(store::ObjectStore& store, const load::Source& source,
                                       std::string_view head) const {
  return IsParquet(store, source, head);
}

Result<load::Inspected> ParquetFormat::Inspect(const load::InspectTask& task) const {
  load::Inspected inspected;
  CALVE_RETURN_IF_ERROR(CheckSettings(task.request, inspected.notes));
  CALVE_ASSIGN_OR_RETURN(const ParquetFooter footer, ReadParquetFooter(task.store, task.source));
  ParquetFile file;
  Status looked = describer_.WithSession([&](transform::Session& session, const std::string& directory) -> Status {
    const std::string path = directory + "/footer.parquet";
    CALVE_RETURN_IF_ERROR(WriteFooter(path, footer));
    CALVE_ASSIGN_OR_RETURN(file, InspectParquetFile(session.connection(), path, footer, task.table));
    return {};
  });
  if (!looked.has_value()) return WithContext(std::move(looked).error(), task.source.uri);
  inspected.notes.insert(inspected.notes.end(), file.notes.begin(), file.notes.end());
  if (!file.unreadable.empty()) {
    if (!task.request.wishes.sql.sql) {
      return Err(ErrorKind::kInvalidArgument,
                 fmt::format("{}: {}; leave it out with --sql", task.source.uri, fmt::join(file.unreadable, "; ")));
    }
    for (const std::string& column : file.unreadable) inspected.notes.push_back("not in chunk: " + column);
  }
  inspected.pin = MakePin(footer.bytes.size());
  inspected.columns = std::move(file.columns);
  inspected.starts = CutRowGroups(file.row_groups, task.chunk_bytes);
  inspected.first = inspected.starts.front();
  inspected.default_sql = std::move(file.default_sql);
  inspected.facts.sampled_bytes = footer.bytes.size() + kParquetMagic.size();
  inspected.facts.sampled = "of footer";
  inspected.facts.rows = file.rows;
  inspected.facts.unit = "row group";
  inspected.facts.units = file.row_groups.size();
  return inspected;
}

Result<std::vector<uint64_t>> ParquetFormat::FindStarts(store::ObjectStore& /*store*/, const load::Plan& plan,
                                                        const std::vector<uint64_t>& /*cuts*/, int /*threads*/,
                                                        const CancelToken& /*cancel*/) const {
  return plan.cuts.starts;  // Inspect knows them.
}

Result<load::Shown> ParquetFormat::Show(const load::Plan& /*plan*/) const {
  return load::Shown{{{"format", "Parquet"}}, Json::object(), {}};
}

std::vector<std::string> ParquetFormat::ChangedSettings(const load::PlanRequest& /*request*/,
                                                        const load::Plan& /*standing*/) const {
  return {};
}

}  // namespace calve::format_parquet
