// The plan's JSON form; docs/plan-format.md says what each field means.
#include <limits>

#include "load/plan.h"

namespace calve::load {
namespace {

Json FieldsToJson(const std::vector<iceberg::Field>& fields) {
  iceberg::Schema schema;
  schema.fields = fields;
  return iceberg::SchemaToJson(schema);
}

Result<std::vector<iceberg::Field>> FieldsFromJson(const Json& json) {
  CALVE_ASSIGN_OR_RETURN(iceberg::Schema schema, iceberg::SchemaFromJson(json));
  return std::move(schema.fields);
}

Json TargetToJson(const Target& target) {
  Json json;
  json["table"] = target.identifier;
  json["table-uuid"] = target.table_uuid;
  json["data-location"] = target.data_location;
  json["schema-id"] = target.schema_id;
  json["partition-spec"] = iceberg::PartitionSpecToJson(target.spec);
  json["partition-sources"] = FieldsToJson(target.partition_sources);
  json["columns"] = FieldsToJson(target.columns);
  json["base-snapshot-id"] = target.base.snapshot_id ? Json(*target.base.snapshot_id) : Json();
  json["base-sequence-number"] = target.base.sequence_number ? Json(*target.base.sequence_number) : Json();
  return json;
}

Result<int> GetInt(const Json& json, std::string_view key) {
  CALVE_ASSIGN_OR_RETURN(const int64_t value, JsonGet<int64_t>(json, key));
  if (value < std::numeric_limits<int>::min() || value > std::numeric_limits<int>::max()) {
    return Err(ErrorKind::kCorrupt, "field '" + std::string(key) + "' is out of range");
  }
  return static_cast<int>(value);
}

Result<Target> TargetFromJson(const Json& json) {
  Target target;
  CALVE_ASSIGN_OR_RETURN(target.identifier, JsonGet<std::string>(json, "table"));
  CALVE_ASSIGN_OR_RETURN(target.table_uuid, JsonGet<std::string>(json, "table-uuid"));
  CALVE_ASSIGN_OR_RETURN(target.data_location, JsonGet<std::string>(json, "data-location"));
  CALVE_ASSIGN_OR_RETURN(target.schema_id, GetInt(json, "schema-id"));
  CALVE_ASSIGN_OR_RETURN(const Json spec, JsonGet<Json>(json, "partition-spec"));
  CALVE_ASSIGN_OR_RETURN(target.spec, iceberg::PartitionSpecFromJson(spec));
  CALVE_ASSIGN_OR_RETURN(const Json sources, JsonGet<Json>(json, "partition-sources"));
  CALVE_ASSIGN_OR_RETURN(target.partition_sources, FieldsFromJson(sources));
  CALVE_ASSIGN_OR_RETURN(const Json columns, JsonGet<Json>(json, "columns"));
  CALVE_ASSIGN_OR_RETURN(target.columns, FieldsFromJson(columns));
  CALVE_ASSIGN_OR_RETURN(target.base.snapshot_id, JsonFind<int64_t>(json, "base-snapshot-id"));
  CALVE_ASSIGN_OR_RETURN(target.base.sequence_number, JsonFind<int64_t>(json, "base-sequence-number"));
  return target;
}

Json BadRecordsToJson(const BadRecordPolicy& policy) {
  Json json;
  json["on-bad-record"] = policy.fail ? "fail" : "quarantine";
  json["max-count"] = policy.max_count ? Json(*policy.max_count) : Json();
  json["max-share"] = policy.max_share ? Json(*policy.max_share) : Json();
  json["share-from-records"] = policy.share_from_records;
  return json;
}

Result<BadRecordPolicy> BadRecordsFromJson(const Json& json) {
  BadRecordPolicy policy;
  CALVE_ASSIGN_OR_RETURN(const std::string on_bad, JsonGet<std::string>(json, "on-bad-record"));
  policy.fail = on_bad == "fail";
  CALVE_ASSIGN_OR_RETURN(policy.max_count, JsonFind<uint64_t>(json, "max-count"));
  CALVE_ASSIGN_OR_RETURN(policy.max_share, JsonFind<double>(json, "max-share"));
  // Not in plans of calve before the default was a share.
  CALVE_ASSIGN_OR_RETURN(const auto from_records, JsonFind<uint64_t>(json, "share-from-records"));
  policy.share_from_records = from_records.value_or(0);
  return policy;
}

Json WriteToJson(const WriteOptions& write) {
  Json json;
  json["codec"] = write.codec;
  json["codec-level"] = write.codec_level;
  json["row-group-rows"] = write.row_group_rows;
  json["dictionary-size-limit"] = write.dictionary_size_limit;
  json["parquet-version"] = write.parquet_version;
  return json;
}

Result<WriteOptions> WriteFromJson(const Json& json) {
  WriteOptions write;
  CALVE_ASSIGN_OR_RETURN(write.codec, JsonGet<std::string>(json, "codec"));
  CALVE_ASSIGN_OR_RETURN(write.codec_level, GetInt(json, "codec-level"));
  CALVE_ASSIGN_OR_RETURN(write.row_group_rows, JsonGet<int64_t>(json, "row-group-rows"));
  CALVE_ASSIGN_OR_RETURN(write.dictionary_size_limit, JsonGet<int64_t>(json, "dictionary-size-limit"));
  CALVE_ASSIGN_OR_RETURN(write.parquet_version, GetInt(json, "parquet-version"));
  return write;
}

Json ParquetToJson(const ParquetSource& parquet) {
  Json json;
  json["footer-bytes"] = parquet.footer_bytes;
  json["columns"] = Json::array();
  for (const ParquetColumn& column : parquet.columns) {
    json["columns"].push_back({{"name", column.name}, {"source-name", column.source_name}, {"type", column.type}});
  }
  return json;
}

Result<ParquetSource> ParquetFromJson(const Json& json) {
  ParquetSource parquet;
  CALVE_ASSIGN_OR_RETURN(parquet.footer_bytes, JsonGet<uint64_t>(json, "footer-bytes"));
  CALVE_ASSIGN_OR_RETURN(const Json columns, JsonGet<Json>(json, "columns"));
  for (const Json& entry : columns) {
    ParquetColumn column;
    CALVE_ASSIGN_OR_RETURN(column.name, JsonGet<std::string>(entry, "name"));
    CALVE_ASSIGN_OR_RETURN(column.source_name, JsonGet<std::string>(entry, "source-name"));
    CALVE_ASSIGN_OR_RETURN(column.type, JsonGet<std::string>(entry, "type"));
    parquet.columns.push_back(std::move(column));
  }
  return parquet;
}

/// What stands in a plan about how its source is written.
Status ReadFormat(const Json& json, int64_t version, Plan& plan) {
  if (version == Plan::kParquetVersion) {
    CALVE_ASSIGN_OR_RETURN(const std::string format, JsonGet<std::string>(json, "format"));
    if (format != "parquet") return Err(ErrorKind::kCorrupt, "the plan's format is '" + format + "'");
    plan.format = SourceFormat::kParquet;
    CALVE_ASSIGN_OR_RETURN(const Json parquet, JsonGet<Json>(json, "parquet"));
    CALVE_ASSIGN_OR_RETURN(plan.parquet, ParquetFromJson(parquet));
    return {};
  }
  CALVE_ASSIGN_OR_RETURN(const Json dialect, JsonGet<Json>(json, "dialect"));
  CALVE_ASSIGN_OR_RETURN(plan.dialect, csv::DialectFromJson(dialect));
  CALVE_ASSIGN_OR_RETURN(const Json columns, JsonGet<Json>(json, "columns"));
  for (const Json& column : columns) {
    CALVE_ASSIGN_OR_RETURN(csv::Column parsed, csv::ColumnFromJson(column));
    plan.columns.push_back(std::move(parsed));
  }
  return {};
}

Status CheckChunks(const Plan& plan) {
  if (plan.chunk_size_bytes == 0) return Err(ErrorKind::kCorrupt, "chunk-size-bytes is 0");
  if (plan.format == SourceFormat::kParquet) {
    if (plan.split_mode != SplitMode::kScan) return Err(ErrorKind::kCorrupt, "a Parquet source is cut by guessing");
    if (plan.parquet.footer_bytes > plan.source.size_bytes) {
      return Err(ErrorKind::kCorrupt, "footer-bytes are more than the source has");
    }
  }
  if (plan.split_mode == SplitMode::kScan) {
    if (plan.scanned_starts.empty()) return Err(ErrorKind::kCorrupt, "scanned-starts is empty");
    uint64_t before = 0;
    for (const uint64_t start : plan.scanned_starts) {
      if (start < before || start > plan.source.size_bytes) {
        return Err(ErrorKind::kCorrupt, "scanned-starts is not ascending within the source");
      }
      before = start;
    }
  }
  return {};
}

}  // namespace

Json PlanToJson(const Plan& plan) {
  Json json;
  json["calve"] = "plan";
  const bool is_parquet = plan.format == SourceFormat::kParquet;
  json["version"] = is_parquet ? Plan::kParquetVersion : Plan::kVersion;
  json["load-id"] = plan.load_id;
  json["generation"] = plan.generation;
  json["pipeline"] = plan.pipeline;
  json["source"] = {{"uri", plan.source.uri}, {"version", plan.source.version}, {"size-bytes", plan.source.size_bytes}};
  json["format"] = is_parquet ? "parquet" : "csv";
  if (is_parquet) {
    json["parquet"] = ParquetToJson(plan.parquet);
  } else {
    json["dialect"] = csv::DialectToJson(plan.dialect);
    json["columns"] = Json::array();
    for (const csv::Column& column : plan.columns) json["columns"].push_back(csv::ColumnToJson(column));
  }
  json["sql"] = plan.sql;
  json["row-preserving"] = plan.row_preserving;
  json["metadata-columns"] = plan.metadata_columns;
  json["target"] = TargetToJson(plan.target);
  json["commit"] = plan.commit_mode == CommitMode::kLoad ? "load" : "chunk";
  json["split"] = plan.split_mode == SplitMode::kSpeculate ? "speculate" : "scan";
  json["chunk-size-bytes"] = plan.chunk_size_bytes;
  if (plan.split_mode == SplitMode::kScan) json["scanned-starts"] = plan.scanned_starts;
  json["bad-records"] = BadRecordsToJson(plan.bad_records);
  json["write"] = WriteToJson(plan.write);
  json["max-record-bytes"] = plan.max_record_bytes;
  json["created-us"] = plan.created_us;
  json["created-by"] = plan.created_by;
  json["records-attempts"] = plan.records_attempts;
  return json;
}

Result<Plan> PlanFromJson(const Json& json) {
  CALVE_ASSIGN_OR_RETURN(const int64_t version, JsonGet<int64_t>(json, "version"));
  if (version != Plan::kVersion && version != Plan::kParquetVersion) {
    return Err(ErrorKind::kInvalidArgument, "the plan is of version " + std::to_string(version) +
                                                ", this calve reads versions " + std::to_string(Plan::kVersion) +
                                                " and " + std::to_string(Plan::kParquetVersion) +
                                                ": finish the load with the calve that planned it");
  }
  Plan plan;
  CALVE_ASSIGN_OR_RETURN(plan.load_id, JsonGet<std::string>(json, "load-id"));
  CALVE_ASSIGN_OR_RETURN(plan.generation, GetInt(json, "generation"));
  CALVE_ASSIGN_OR_RETURN(plan.pipeline, JsonGet<std::string>(json, "pipeline"));
  CALVE_ASSIGN_OR_RETURN(const Json source, JsonGet<Json>(json, "source"));
  CALVE_ASSIGN_OR_RETURN(plan.source.uri, JsonGet<std::string>(source, "uri"));
  CALVE_ASSIGN_OR_RETURN(plan.source.version, JsonGet<std::string>(source, "version"));
  CALVE_ASSIGN_OR_RETURN(plan.source.size_bytes, JsonGet<uint64_t>(source, "size-bytes"));
  CALVE_RETURN_IF_ERROR(ReadFormat(json, version, plan));
  CALVE_ASSIGN_OR_RETURN(plan.sql, JsonGet<std::string>(json, "sql"));
  CALVE_ASSIGN_OR_RETURN(plan.row_preserving, JsonGet<bool>(json, "row-preserving"));
  CALVE_ASSIGN_OR_RETURN(plan.metadata_columns, JsonGet<bool>(json, "metadata-columns"));
  CALVE_ASSIGN_OR_RETURN(const Json target, JsonGet<Json>(json, "target"));
  CALVE_ASSIGN_OR_RETURN(plan.target, TargetFromJson(target));
  CALVE_ASSIGN_OR_RETURN(const std::string commit, JsonGet<std::string>(json, "commit"));
  plan.commit_mode = commit == "chunk" ? CommitMode::kChunk : CommitMode::kLoad;
  CALVE_ASSIGN_OR_RETURN(const std::string split, JsonGet<std::string>(json, "split"));
  plan.split_mode = split == "scan" ? SplitMode::kScan : SplitMode::kSpeculate;
  CALVE_ASSIGN_OR_RETURN(plan.chunk_size_bytes, JsonGet<uint64_t>(json, "chunk-size-bytes"));
  if (plan.split_mode == SplitMode::kScan) {
    CALVE_ASSIGN_OR_RETURN(const Json starts, JsonGet<Json>(json, "scanned-starts"));
    for (const Json& start : starts) {
      if (!start.is_number_unsigned()) return Err(ErrorKind::kCorrupt, "scanned-starts holds a non-number");
      plan.scanned_starts.push_back(start.get<uint64_t>());
    }
  }
  CALVE_ASSIGN_OR_RETURN(const Json bad_records, JsonGet<Json>(json, "bad-records"));
  CALVE_ASSIGN_OR_RETURN(plan.bad_records, BadRecordsFromJson(bad_records));
  CALVE_ASSIGN_OR_RETURN(const Json write, JsonGet<Json>(json, "write"));
  CALVE_ASSIGN_OR_RETURN(plan.write, WriteFromJson(write));
  CALVE_ASSIGN_OR_RETURN(plan.max_record_bytes, JsonGet<uint64_t>(json, "max-record-bytes"));
  CALVE_ASSIGN_OR_RETURN(plan.created_us, JsonGet<int64_t>(json, "created-us"));
  CALVE_ASSIGN_OR_RETURN(plan.created_by, JsonGet<std::string>(json, "created-by"));
  // Not in plans of calve before it recorded them.
  CALVE_ASSIGN_OR_RETURN(const auto records_attempts, JsonFind<bool>(json, "records-attempts"));
  plan.records_attempts = records_attempts.value_or(false);
  CALVE_RETURN_IF_ERROR(CheckChunks(plan));
  return plan;
}

}  // namespace calve::load
