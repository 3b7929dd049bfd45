#include "load/ledger.h"

namespace calve::load {

Json CommitRecordToJson(const CommitRecord& record) {
  Json json;
  json["calve"] = "commit";
  json["version"] = CommitRecord::kVersion;
  json["load-id"] = record.load_id;
  json["generation"] = record.generation;
  json["source"] = {
      {"uri", record.source.uri}, {"version", record.source.version}, {"size-bytes", record.source.size_bytes}};
  json["table"] = record.table;
  json["table-uuid"] = record.table_uuid;
  json["snapshot-ids"] = record.snapshot_ids;
  json["records"] = record.records;
  json["rows"] = record.rows;
  json["quarantined"] = record.quarantined;
  if (record.repeated_headers > 0) json["repeated-headers"] = record.repeated_headers;
  json["chunks"] = record.chunks;
  json["files"] = record.files;
  json["bytes-out"] = record.bytes_out;
  json["quarantine-uris"] = record.quarantine_uris;
  if (record.first_bad) json["first-bad-record"] = FirstBadRecordToJson(*record.first_bad);
  json["planned-ms"] = record.planned_ms;
  json["committed-ms"] = record.committed_ms;
  return json;
}

Result<CommitRecord> CommitRecordFromJson(const Json& json) {
  CALVE_ASSIGN_OR_RETURN(const int64_t version, JsonGet<int64_t>(json, "version"));
  if (version != CommitRecord::kVersion) {
    return Err(ErrorKind::kInvalidArgument,
               "the ledger entry is of version " + std::to_string(version) + ", newer than this calve knows");
  }
  CommitRecord record;
  CALVE_ASSIGN_OR_RETURN(record.load_id, JsonGet<std::string>(json, "load-id"));
  CALVE_ASSIGN_OR_RETURN(const int64_t generation, JsonGet<int64_t>(json, "generation"));
  record.generation = static_cast<int>(generation);
  CALVE_ASSIGN_OR_RETURN(const Json source, JsonGet<Json>(json, "source"));
  CALVE_ASSIGN_OR_RETURN(record.source.uri, JsonGet<std::string>(source, "uri"));
  CALVE_ASSIGN_OR_RETURN(record.source.version, JsonGet<std::string>(source, "version"));
  CALVE_ASSIGN_OR_RETURN(record.source.size_bytes, JsonGet<uint64_t>(source, "size-bytes"));
  CALVE_ASSIGN_OR_RETURN(record.table, JsonGet<std::string>(json, "table"));
  CALVE_ASSIGN_OR_RETURN(record.table_uuid, JsonGet<std::string>(json, "table-uuid"));
  CALVE_ASSIGN_OR_RETURN(const Json snapshots, JsonGet<Json>(json, "snapshot-ids"));
  for (const Json& id : snapshots) {
    if (!id.is_number_integer()) return Err(ErrorKind::kCorrupt, "snapshot-ids holds a non-number");
    record.snapshot_ids.push_back(id.get<int64_t>());
  }
  CALVE_ASSIGN_OR_RETURN(record.records, JsonGet<uint64_t>(json, "records"));
  CALVE_ASSIGN_OR_RETURN(record.rows, JsonGet<uint64_t>(json, "rows"));
  CALVE_ASSIGN_OR_RETURN(record.quarantined, JsonGet<uint64_t>(json, "quarantined"));
  CALVE_ASSIGN_OR_RETURN(const std::optional<uint64_t> headers, JsonFind<uint64_t>(json, "repeated-headers"));
  record.repeated_headers = headers.value_or(0);
  CALVE_ASSIGN_OR_RETURN(const int64_t chunks, JsonGet<int64_t>(json, "chunks"));
  record.chunks = static_cast<int>(chunks);
  CALVE_ASSIGN_OR_RETURN(const int64_t files, JsonGet<int64_t>(json, "files"));
  record.files = static_cast<int>(files);
  CALVE_ASSIGN_OR_RETURN(record.bytes_out, JsonGet<uint64_t>(json, "bytes-out"));
  CALVE_ASSIGN_OR_RETURN(const Json uris, JsonGet<Json>(json, "quarantine-uris"));
  for (const Json& uri : uris) {
    if (!uri.is_string()) return Err(ErrorKind::kCorrupt, "quarantine-uris holds a non-string");
    record.quarantine_uris.push_back(uri.get<std::string>());
  }
  CALVE_ASSIGN_OR_RETURN(record.first_bad, FindFirstBadRecord(json));
  CALVE_ASSIGN_OR_RETURN(record.planned_ms, JsonGet<int64_t>(json, "planned-ms"));
  CALVE_ASSIGN_OR_RETURN(record.committed_ms, JsonGet<int64_t>(json, "committed-ms"));
  return record;
}

}  // namespace calve::load
