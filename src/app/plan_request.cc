#include "app/plan_request.h"

#include "app/version.h"

namespace calve::app {

Result<load::PlanRequest> MakePlanRequest(const Settings& settings, const std::string& source) {
  load::PlanRequest request;
  request.source_uri = source;
  if (settings.table.empty()) {
    return Err(ErrorKind::kInvalidArgument, "no table is named; say --table NAMESPACE.TABLE");
  }
  CALVE_ASSIGN_OR_RETURN(request.table, iceberg::TableIdentifier::Parse(settings.table));
  request.pipeline = settings.pipeline;
  request.sql = settings.sql;
  request.per_chunk = settings.per_chunk;
  request.metadata_columns = settings.metadata_columns;
  request.csv = settings.csv;
  request.chunk_size_bytes = settings.chunk_size_bytes;
  request.threads = settings.Threads();
  request.commit_mode = settings.commit_mode;
  request.split_mode = settings.split_mode.value_or(load::SplitMode::kSpeculate);
  if (settings.commit_mode == load::CommitMode::kChunk && settings.split_mode == load::SplitMode::kSpeculate) {
    return Err(ErrorKind::kInvalidArgument,
               "--commit chunk needs exact chunk boundaries: leave --split out, or say --split scan");
  }
  request.bad_records = settings.bad_records;
  request.write = settings.write;
  request.codec_given = settings.codec_given;
  request.max_record_bytes = settings.max_record_bytes;
  request.add_columns = settings.evolve_add_columns;
  request.partition_by = settings.partition_by;
  request.table_properties = settings.table_properties;
  request.format_version = settings.format_version;
  request.created_by = std::string("calve ") + kVersion;
  return request;
}

}  // namespace calve::app
