#include "cli/run_summary.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/utf8.h"
#include "cli/text.h"

namespace calve::cli {
namespace {

constexpr size_t kUrisShown = 3;
constexpr size_t kShortIdLength = 8;

Json LoadToJson(const app::LoadReport& report) {
  Json json;
  json["source"] = report.source;
  json["load_id"] = report.load_id;
  json["table"] = report.table;
  json["status"] = report.status;
  json["rows"] = report.rows;
  json["records"] = report.records;
  json["quarantined"] = report.quarantined;
  json["repeated_headers"] = report.repeated_headers;
  json["chunks"] = report.chunks;
  json["files"] = report.files;
  json["bytes_in"] = report.bytes_in;
  json["bytes_out"] = report.bytes_out;
  json["snapshot_id"] = report.snapshot_id ? Json(*report.snapshot_id) : Json(nullptr);
  json["seconds"] = report.seconds;
  json["quarantine_files"] = report.quarantine_uris;
  if (report.first_bad) json["first_bad_record"] = BadRecordToJson(*report.first_bad);
  if (report.error) {
    json["error"] = {{"kind", ErrorKindName(report.error->kind)}, {"message", report.error->message}};
  }
  return json;
}

std::string QuarantineText(const app::LoadReport& report) {
  std::string out = fmt::format("  {} in quarantine", Plural(report.quarantined, "record"));
  if (report.first_bad) out += "; the first: " + DescribeBadRecord(*report.first_bad);
  out += '\n';
  for (size_t i = 0; i < std::min(kUrisShown, report.quarantine_uris.size()); ++i) {
    out += fmt::format("    {}\n", Printable(report.quarantine_uris[i]));
  }
  if (report.quarantine_uris.size() > kUrisShown) {
    out += fmt::format("    and {} more: calve status {} lists them\n", report.quarantine_uris.size() - kUrisShown,
                       report.load_id.substr(0, kShortIdLength));
  }
  return out;
}

std::string LoadToText(const app::LoadReport& report) {
  std::string out = fmt::format("{} -> {}: {}\n", Printable(report.source), Printable(report.table), report.status);
  const bool is_in_table = report.status == "committed" || report.status == "already-loaded";
  if (is_in_table) {
    out += fmt::format("  {} in {} ({}) from {}", Plural(report.rows, "row"),
                       Plural(static_cast<uint64_t>(report.files), "file"), HumanBytes(report.bytes_out),
                       HumanBytes(report.bytes_in));
    if (report.status == "committed") out += " in " + HumanSeconds(report.seconds);
    if (report.snapshot_id) out += fmt::format("; snapshot {}", *report.snapshot_id);
    out += fmt::format("; load {}\n", report.load_id);
  } else if (!report.load_id.empty()) {
    out += fmt::format("  load {}; calve status {} tells more\n", report.load_id,
                       report.load_id.substr(0, kShortIdLength));
  }
  if (report.repeated_headers > 0) {
    out += fmt::format("  {} set aside: the header again, as in files that were appended to one another\n",
                       Plural(report.repeated_headers, "record"));
  }
  if (report.quarantined > 0) out += QuarantineText(report);
  return out;
}

}  // namespace

std::string DescribeBadRecord(const load::FirstBadRecord& bad) {
  std::string out = fmt::format("byte {}", bad.offset_bytes);
  if (!bad.column.empty()) out += ", column " + Printable(bad.column);
  return out + ": " + Printable(bad.reason);
}

Json BadRecordToJson(const load::FirstBadRecord& bad) {
  return {{"offset_bytes", bad.offset_bytes}, {"column", bad.column}, {"reason", bad.reason}};
}

Json RunToJson(const std::vector<app::LoadReport>& reports, double seconds) {
  Json json;
  json["loads"] = Json::array();
  for (const app::LoadReport& report : reports) json["loads"].push_back(LoadToJson(report));
  json["seconds"] = seconds;
  return json;
}

std::string RunToText(const std::vector<app::LoadReport>& reports, double seconds) {
  std::string out;
  uint64_t rows = 0;
  size_t failed = 0;
  for (const app::LoadReport& report : reports) {
    out += LoadToText(report);
    if (report.error) {
      ++failed;
    } else if (report.status == "committed") {
      rows += report.rows;
    }
  }
  if (reports.size() > 1) {
    out += fmt::format("{}, {} new rows, {} not done, in {}\n", Plural(reports.size(), "load"), HumanCount(rows),
                       failed, HumanSeconds(seconds));
  }
  return out;
}

}  // namespace calve::cli
