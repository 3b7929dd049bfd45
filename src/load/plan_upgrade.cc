// Plans as older versions of calve wrote them. Version 1 is a CSV's, with `dialect` and `columns`; version 2 is a
// Parquet file's, with `parquet`; both have `split`, `chunk-size-bytes` and `scanned-starts` for cuts.
#include <string>

#include "load/plan.h"

namespace calve::load {
namespace {

/// What a format says of a column besides name and type becomes its details.
Result<Json> UpgradeColumn(const Json& column, const char* source_name) {
  CALVE_ASSIGN_OR_RETURN(const std::string name, JsonGet<std::string>(column, "name"));
  CALVE_ASSIGN_OR_RETURN(const Json as_written, JsonGet<Json>(column, source_name));
  Json upgraded = {{"name", name}, {"source-name", as_written.is_string() ? as_written : Json(name)}};
  CALVE_ASSIGN_OR_RETURN(upgraded["type"], JsonGet<Json>(column, "type"));
  Json details = column;
  details.erase("name");
  details.erase("type");
  if (as_written.is_string()) details.erase(source_name);  // Else its bytes are no UTF-8.
  if (!details.empty()) upgraded["details"] = std::move(details);
  return upgraded;
}

Result<Json> UpgradeColumns(const Json& columns, const char* source_name) {
  Json upgraded = Json::array();
  for (const Json& column : columns) {
    CALVE_ASSIGN_OR_RETURN(Json one, UpgradeColumn(column, source_name));
    upgraded.push_back(std::move(one));
  }
  return upgraded;
}

}  // namespace

Result<Json> UpgradePlan(const Json& json) {
  CALVE_ASSIGN_OR_RETURN(const int64_t version, JsonGet<int64_t>(json, "version"));
  if (version > 2) return json;
  Json plan = json;
  plan["version"] = Plan::kVersion;
  uint64_t first = 0;
  if (version == 2) {
    CALVE_ASSIGN_OR_RETURN(const Json parquet, JsonGet<Json>(json, "parquet"));
    CALVE_ASSIGN_OR_RETURN(const Json columns, JsonGet<Json>(parquet, "columns"));
    CALVE_ASSIGN_OR_RETURN(plan["columns"], UpgradeColumns(columns, "source-name"));
    CALVE_ASSIGN_OR_RETURN(plan["pin"]["footer-bytes"], JsonGet<Json>(parquet, "footer-bytes"));
  } else {
    plan["format"] = "csv";  // The first plans did not say it.
    CALVE_ASSIGN_OR_RETURN(const Json dialect, JsonGet<Json>(json, "dialect"));
    CALVE_ASSIGN_OR_RETURN(first, JsonGet<uint64_t>(dialect, "data_offset_bytes"));
    CALVE_ASSIGN_OR_RETURN(const Json columns, JsonGet<Json>(json, "columns"));
    CALVE_ASSIGN_OR_RETURN(plan["columns"], UpgradeColumns(columns, "source_name"));
    plan["pin"]["dialect"] = dialect;
  }
  CALVE_ASSIGN_OR_RETURN(const Json source, JsonGet<Json>(json, "source"));
  CALVE_ASSIGN_OR_RETURN(const Json extent, JsonGet<Json>(source, "size-bytes"));
  CALVE_ASSIGN_OR_RETURN(const Json step, JsonGet<Json>(json, "chunk-size-bytes"));
  CALVE_ASSIGN_OR_RETURN(const std::string split, JsonGet<std::string>(json, "split"));
  plan["cuts"] = {{"first", first}, {"extent", extent}, {"step", step}};
  if (split == "scan") {
    CALVE_ASSIGN_OR_RETURN(const Json starts, JsonGet<Json>(json, "scanned-starts"));
    if (!starts.is_array() || starts.empty()) return Err(ErrorKind::kCorrupt, "scanned-starts is empty");
    plan["cuts"]["first"] = starts.front();
    plan["cuts"]["starts"] = starts;
  } else if (version == 2) {
    return Err(ErrorKind::kCorrupt, "a Parquet source is cut by guessing");
  }
  for (const char* gone : {"dialect", "parquet", "split", "chunk-size-bytes", "scanned-starts"}) plan.erase(gone);
  return plan;
}

}  // namespace calve::load
