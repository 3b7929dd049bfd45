#include "load/parquet_planner.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

namespace calve::load {
namespace {

/// How a CSV is written says nothing about Parquet and does no harm: settings are shared by all sources of a worker. A
/// type for a column is a wish about the outcome, which must not be passed over in silence.
Status CheckSettings(const PlanRequest& request, Planned& planned) {
  const csv::SniffOverrides& csv = request.csv;
  if (!csv.columns.empty() || csv.all_varchar) {
    return Err(ErrorKind::kInvalidArgument,
               fmt::format("{} is Parquet, whose columns have types; {} is for CSV: cast with --sql instead",
                           request.source_uri, csv.all_varchar ? "--all-varchar" : "--column"));
  }
  if (csv.delimiter || csv.quote || csv.escape || csv.header || csv.newline || csv.custom_newline || csv.comment ||
      csv.encoding || csv.ragged || !csv.null_strings.empty() || csv.skip_lines || csv.trim) {
    planned.notes.push_back("the source is Parquet: settings of how a CSV is written (--delimiter ...) do not apply");
  }
  return {};
}

}  // namespace

Status PlanParquet(store::ObjectStore& store, SqlDescriber& describer, const PlanRequest& request,
                   const iceberg::Schema* table, Plan& plan, Planned& planned) {
  CALVE_RETURN_IF_ERROR(CheckSettings(request, planned));
  CALVE_ASSIGN_OR_RETURN(const ParquetFooter footer, ReadParquetFooter(store, plan.source));
  Result<ParquetFile> inspected = describer.InspectParquet(footer, table);
  if (!inspected.has_value()) return WithContext(std::move(inspected).error(), plan.source.uri);
  ParquetFile& file = *inspected;
  planned.notes.insert(planned.notes.end(), file.notes.begin(), file.notes.end());
  if (!file.unreadable.empty()) {
    if (!request.sql) {
      return Err(ErrorKind::kInvalidArgument,
                 fmt::format("{}: {}; leave it out with --sql", plan.source.uri, fmt::join(file.unreadable, "; ")));
    }
    for (const std::string& column : file.unreadable) planned.notes.push_back("not in chunk: " + column);
  }
  plan.format = SourceFormat::kParquet;
  plan.parquet.footer_bytes = footer.bytes.size();
  plan.parquet.columns = std::move(file.columns);
  plan.row_preserving = !request.sql;
  plan.sql = request.sql ? *request.sql : file.default_sql;
  plan.split_mode = SplitMode::kScan;  // The footer says where row groups are: nothing to guess.
  plan.chunk_size_bytes = request.chunk_size_bytes.value_or(DefaultChunkSize(plan.source.size_bytes, request.threads));
  plan.scanned_starts = CutRowGroups(file.row_groups, plan.chunk_size_bytes);
  planned.sampled_bytes = footer.bytes.size() + kParquetMagic.size();
  planned.rows = file.rows;
  planned.row_groups = file.row_groups.size();
  return {};
}

}  // namespace calve::load
