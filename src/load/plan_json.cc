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

Json ColumnsToJson(const std::vector<SourceColumn>& columns) {
  Json json = Json::array();
  for (const SourceColumn& column : columns) {
    json.push_back({{"name", column.name}, {"source-name", column.source_name}, {"type", column.type}});
    if (!column.details.is_null()) json.back()["details"] = column.details;
  }
  return json;
}

Result<std::vector<SourceColumn>> ColumnsFromJson(const Json& json) {
  std::vector<SourceColumn> columns;
  for (const Json& entry : json) {
    SourceColumn column;
    CALVE_ASSIGN_OR_RETURN(column.name, JsonGet<std::string>(entry, "name"));
    CALVE_ASSIGN_OR_RETURN(column.source_name, JsonGet<std::string>(entry, "source-name"));
    CALVE_ASSIGN_OR_RETURN(column.type, JsonGet<std::string>(entry, "type"));
    column.details = entry.value("details", Json());
    columns.push_back(std::move(column));
  }
  return columns;
}

Json CutsToJson(const Cuts& cuts) {
  Json json = {{"first", cuts.first}, {"extent", cuts.extent}, {"step", cuts.step}};
  if (cuts.exact()) json["starts"] = cuts.starts;
  return json;
}

Result<Cuts> CutsFromJson(const Json& json) {
  Cuts cuts;
  CALVE_ASSIGN_OR_RETURN(cuts.first, JsonGet<uint64_t>(json, "first"));
  CALVE_ASSIGN_OR_RETURN(cuts.extent, JsonGet<uint64_t>(json, "extent"));
  CALVE_ASSIGN_OR_RETURN(cuts.step, JsonGet<uint64_t>(json, "step"));
  if (cuts.step == 0) return Err(ErrorKind::kCorrupt, "step is 0");
  CALVE_ASSIGN_OR_RETURN(const auto starts, JsonFind<Json>(json, "starts"));
  if (!starts) return cuts;
  uint64_t before = 0;
  for (const Json& start : *starts) {
    if (!start.is_number_unsigned()) return Err(ErrorKind::kCorrupt, "starts holds a non-number");
    cuts.starts.push_back(start.get<uint64_t>());
    if (cuts.starts.back() < before || cuts.starts.back() > cuts.extent) {
      return Err(ErrorKind::kCorrupt, "starts is not ascending within the source");
    }
    before = cuts.starts.back();
  }
  if (cuts.starts.empty()) return Err(ErrorKind::kCorrupt, "starts is empty");
  return cuts;
}

}  // namespace

Json PlanToJson(const Plan& plan) {
  Json json;
  json["calve"] = "plan";
  json["version"] = Plan::kVersion;
  json["load-id"] = plan.load_id;
  json["generation"] = plan.generation;
  json["pipeline"] = plan.pipeline;
  json["source"] = {{"uri", plan.source.uri}, {"version", plan.source.version}, {"size-bytes", plan.source.size_bytes}};
  json["format"] = plan.format;
  json["pin"] = plan.pin;
  json["columns"] = ColumnsToJson(plan.columns);
  if (plan.encoding) json["encoding"] = EncodingToJson(*plan.encoding);
  json["cuts"] = CutsToJson(plan.cuts);
  json["sql"] = plan.sql;
  json["row-preserving"] = plan.row_preserving;
  json["metadata-columns"] = plan.metadata_columns;
  json["target"] = TargetToJson(plan.target);
  json["commit"] = plan.commit_mode == CommitMode::kLoad ? "load" : "chunk";
  json["bad-records"] = BadRecordsToJson(plan.bad_records);
  json["write"] = WriteToJson(plan.write);
  json["max-record-bytes"] = plan.max_record_bytes;
  json["created-us"] = plan.created_us;
  json["created-by"] = plan.created_by;
  json["records-attempts"] = plan.records_attempts;
  return json;
}

Result<Plan> PlanFromJson(const Json& of_any_version) {
  CALVE_ASSIGN_OR_RETURN(const int64_t version, JsonGet<int64_t>(of_any_version, "version"));
  if (version < 1 || version > Plan::kVersion) {
    return Err(ErrorKind::kInvalidArgument, "the plan is of version " + std::to_string(version) +
                                                ", this calve reads versions up to " + std::to_string(Plan::kVersion) +
                                                ": finish the load with the calve that planned it");
  }
  CALVE_ASSIGN_OR_RETURN(const Json json, UpgradePlan(of_any_version));
  Plan plan;
  CALVE_ASSIGN_OR_RETURN(plan.load_id, JsonGet<std::string>(json, "load-id"));
  CALVE_ASSIGN_OR_RETURN(plan.generation, GetInt(json, "generation"));
  CALVE_ASSIGN_OR_RETURN(plan.pipeline, JsonGet<std::string>(json, "pipeline"));
  CALVE_ASSIGN_OR_RETURN(const Json source, JsonGet<Json>(json, "source"));
  CALVE_ASSIGN_OR_RETURN(plan.source.uri, JsonGet<std::string>(source, "uri"));
  CALVE_ASSIGN_OR_RETURN(plan.source.version, JsonGet<std::string>(source, "version"));
  CALVE_ASSIGN_OR_RETURN(plan.source.size_bytes, JsonGet<uint64_t>(source, "size-bytes"));
  CALVE_ASSIGN_OR_RETURN(plan.format, JsonGet<std::string>(json, "format"));
  CALVE_ASSIGN_OR_RETURN(plan.pin, JsonGet<Json>(json, "pin"));
  CALVE_ASSIGN_OR_RETURN(const Json columns, JsonGet<Json>(json, "columns"));
  CALVE_ASSIGN_OR_RETURN(plan.columns, ColumnsFromJson(columns));
  CALVE_ASSIGN_OR_RETURN(const auto encoding, JsonFind<Json>(json, "encoding"));
  if (encoding) {
    CALVE_ASSIGN_OR_RETURN(plan.encoding, EncodingFromJson(*encoding));
  }
  CALVE_ASSIGN_OR_RETURN(const Json cuts, JsonGet<Json>(json, "cuts"));
  CALVE_ASSIGN_OR_RETURN(plan.cuts, CutsFromJson(cuts));
  CALVE_ASSIGN_OR_RETURN(plan.sql, JsonGet<std::string>(json, "sql"));
  CALVE_ASSIGN_OR_RETURN(plan.row_preserving, JsonGet<bool>(json, "row-preserving"));
  CALVE_ASSIGN_OR_RETURN(plan.metadata_columns, JsonGet<bool>(json, "metadata-columns"));
  CALVE_ASSIGN_OR_RETURN(const Json target, JsonGet<Json>(json, "target"));
  CALVE_ASSIGN_OR_RETURN(plan.target, TargetFromJson(target));
  CALVE_ASSIGN_OR_RETURN(const std::string commit, JsonGet<std::string>(json, "commit"));
  plan.commit_mode = commit == "chunk" ? CommitMode::kChunk : CommitMode::kLoad;
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
  if (plan.commit_mode == CommitMode::kChunk && !plan.cuts.exact()) {
    return Err(ErrorKind::kCorrupt, "it commits by chunk, but does not know where chunks begin");
  }
  return plan;
}

}  // namespace calve::load
