#include "load/chunk_result.h"

namespace calve::load {

Json FirstBadRecordToJson(const FirstBadRecord& bad) {
  return {{"offset-bytes", bad.offset_bytes}, {"column", bad.column}, {"reason", bad.reason}};
}

Result<std::optional<FirstBadRecord>> FindFirstBadRecord(const Json& json) {
  CALVE_ASSIGN_OR_RETURN(const std::optional<Json> bad, JsonFind<Json>(json, "first-bad-record"));
  if (!bad) return std::nullopt;
  FirstBadRecord first;
  CALVE_ASSIGN_OR_RETURN(first.offset_bytes, JsonGet<uint64_t>(*bad, "offset-bytes"));
  CALVE_ASSIGN_OR_RETURN(first.column, JsonGet<std::string>(*bad, "column"));
  CALVE_ASSIGN_OR_RETURN(first.reason, JsonGet<std::string>(*bad, "reason"));
  return first;
}

Json ChunkResultToJson(const ChunkResult& result) {
  Json json;
  json["calve"] = "chunk-result";
  json["version"] = ChunkResult::kVersion;
  json["load-id"] = result.load_id;
  json["chunk"] = result.chunk;
  json["attempt-id"] = result.attempt_id;
  json["pinned-start"] = result.pinned_start ? Json(*result.pinned_start) : Json();
  json["undecided"] = result.undecided;
  json["first-offset-bytes"] = result.first_offset_bytes;
  json["end-offset-bytes"] = result.end_offset_bytes;
  json["records"] = result.records;
  json["rows-in"] = result.rows_in;
  json["rows-out"] = result.rows_out;
  json["quarantined"] = result.quarantined;
  if (result.repeated_headers > 0) json["repeated-headers"] = result.repeated_headers;
  json["quarantine-uri"] = result.quarantine_uri;
  if (result.first_bad) json["first-bad-record"] = FirstBadRecordToJson(*result.first_bad);
  json["files"] = Json::array();
  for (const iceberg::DataFile& file : result.files) json["files"].push_back(iceberg::DataFileToJson(file));
  if (result.failure) json["failure"] = {{"kind", result.failure->kind}, {"message", result.failure->message}};
  json["seconds"] = result.seconds;
  return json;
}

Result<ChunkResult> ChunkResultFromJson(const Json& json) {
  CALVE_ASSIGN_OR_RETURN(const int64_t version, JsonGet<int64_t>(json, "version"));
  if (version != ChunkResult::kVersion) {
    return Err(ErrorKind::kInvalidArgument, "the chunk result is of version " + std::to_string(version) +
                                                ", this calve reads version " + std::to_string(ChunkResult::kVersion));
  }
  ChunkResult result;
  CALVE_ASSIGN_OR_RETURN(result.load_id, JsonGet<std::string>(json, "load-id"));
  CALVE_ASSIGN_OR_RETURN(const int64_t chunk, JsonGet<int64_t>(json, "chunk"));
  result.chunk = static_cast<int>(chunk);
  CALVE_ASSIGN_OR_RETURN(result.attempt_id, JsonGet<std::string>(json, "attempt-id"));
  CALVE_ASSIGN_OR_RETURN(result.pinned_start, JsonFind<uint64_t>(json, "pinned-start"));
  CALVE_ASSIGN_OR_RETURN(result.undecided, JsonGet<bool>(json, "undecided"));
  CALVE_ASSIGN_OR_RETURN(result.first_offset_bytes, JsonGet<uint64_t>(json, "first-offset-bytes"));
  CALVE_ASSIGN_OR_RETURN(result.end_offset_bytes, JsonGet<uint64_t>(json, "end-offset-bytes"));
  CALVE_ASSIGN_OR_RETURN(result.records, JsonGet<uint64_t>(json, "records"));
  CALVE_ASSIGN_OR_RETURN(result.rows_in, JsonGet<uint64_t>(json, "rows-in"));
  CALVE_ASSIGN_OR_RETURN(result.rows_out, JsonGet<uint64_t>(json, "rows-out"));
  CALVE_ASSIGN_OR_RETURN(result.quarantined, JsonGet<uint64_t>(json, "quarantined"));
  CALVE_ASSIGN_OR_RETURN(const std::optional<uint64_t> headers, JsonFind<uint64_t>(json, "repeated-headers"));
  result.repeated_headers = headers.value_or(0);
  CALVE_ASSIGN_OR_RETURN(result.quarantine_uri, JsonGet<std::string>(json, "quarantine-uri"));
  CALVE_ASSIGN_OR_RETURN(result.first_bad, FindFirstBadRecord(json));
  CALVE_ASSIGN_OR_RETURN(const Json files, JsonGet<Json>(json, "files"));
  for (const Json& file : files) {
    CALVE_ASSIGN_OR_RETURN(iceberg::DataFile parsed, iceberg::DataFileFromJson(file));
    result.files.push_back(std::move(parsed));
  }
  CALVE_ASSIGN_OR_RETURN(const std::optional<Json> failure, JsonFind<Json>(json, "failure"));
  if (failure) {
    ChunkFailure parsed;
    CALVE_ASSIGN_OR_RETURN(parsed.kind, JsonGet<std::string>(*failure, "kind"));
    CALVE_ASSIGN_OR_RETURN(parsed.message, JsonGet<std::string>(*failure, "message"));
    result.failure = std::move(parsed);
  }
  CALVE_ASSIGN_OR_RETURN(result.seconds, JsonGet<double>(json, "seconds"));
  return result;
}

}  // namespace calve::load
