#include "app/validate.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>
#include <string_view>

#include "iceberg/history.h"
#include "iceberg/scan.h"

namespace calve::app {
namespace {

void Add(ValidationReport& report, bool error, std::string message) {
  report.findings.push_back({error, std::move(message)});
}

void CheckTotal(const iceberg::Snapshot& tip, const char* key, int64_t counted, ValidationReport& report) {
  const auto it = tip.summary.find(key);
  if (it == tip.summary.end()) {
    Add(report, false, fmt::format("the current snapshot's summary has no {}", key));
  } else if (it->second != std::to_string(counted)) {
    Add(report, true,
        fmt::format("the current snapshot's summary says {} = {}, its manifests have {}", key, it->second, counted));
  }
}

Status CheckFiles(Environment& environment, const iceberg::LiveFiles& live, ValidationReport& report) {
  std::set<std::string> paths;
  for (const iceberg::DataFile& file : live.data_files) {
    report.records += file.record_count;
    if (!paths.insert(file.file_path).second) Add(report, true, file.file_path + " is in the table twice");
    const Result<store::ObjectInfo> info = environment.store().Head(file.file_path);
    if (!info.has_value()) {
      Add(report, true, fmt::format("{} is not there: {}", file.file_path, info.error().message));
    } else if (info->size_bytes != static_cast<uint64_t>(file.file_size_bytes)) {
      Add(report, true,
          fmt::format("{} has {} bytes, its entry says {}", file.file_path, info->size_bytes, file.file_size_bytes));
    }
  }
  return {};
}

/// Data files are named after their load (ledger-format.md).
bool HasFileOf(const iceberg::LiveFiles& live, const std::string& load_id) {
  return std::ranges::any_of(live.data_files, [&](const iceberg::DataFile& file) {
    const std::string_view path = file.file_path;
    return path.substr(path.rfind('/') + 1).starts_with(load_id);
  });
}

/// Every load at most once in the history; every load of the ledger there, or before what is left of the history.
Status CheckLoads(Environment& environment, const iceberg::TableMetadata& table, const iceberg::LiveFiles& live,
                  const std::string& name, ValidationReport& report) {
  const bool whole = iceberg::ShowsWholeHistory(table);
  std::map<std::string, int> seen;
  std::set<int64_t> ids;
  for (const iceberg::Snapshot& snapshot : table.snapshots()) {
    ids.insert(snapshot.snapshot_id);
    const auto chunk = snapshot.summary.find("calve.chunk-id");
    const auto load = snapshot.summary.find("calve.load-id");
    if (chunk != snapshot.summary.end()) {
      ++seen["chunk " + chunk->second];
    } else if (load != snapshot.summary.end()) {
      ++seen["load " + load->second];
    }
  }
  for (const auto& [what, count] : seen) {
    if (count > 1) Add(report, true, fmt::format("{} was committed {} times", what, count));
  }
  CALVE_ASSIGN_OR_RETURN(const std::vector<std::string> loads, environment.ledger().ListLoads());
  for (const std::string& load_id : loads) {
    CALVE_ASSIGN_OR_RETURN(const std::optional<load::CommitRecord> commit, environment.ledger().FindCommit(load_id));
    if (!commit || commit->table != name || commit->table_uuid != table.uuid()) continue;
    const bool shown = std::ranges::all_of(commit->snapshot_ids, [&](int64_t id) { return ids.contains(id); });
    // What no snapshot says any more the contents may: nothing is amiss then.
    if (shown || HasFileOf(live, load_id)) continue;
    Add(report, false,
        fmt::format("load {} was committed by snapshot {}, which the table does not show, and none of its files is in "
                    "the current one: {}",
                    load_id, fmt::join(commit->snapshot_ids, ", "),
                    whole ? "it was rolled back"
                          : "its rows were rewritten, deleted or rolled back (the history that is shown does not reach "
                            "the table's first snapshot)"));
  }
  return {};
}

}  // namespace

bool ValidationReport::ok() const {
  return std::none_of(findings.begin(), findings.end(), [](const Finding& finding) { return finding.error; });
}

Result<ValidationReport> ValidateTable(Environment& environment, const std::string& table) {
  CALVE_ASSIGN_OR_RETURN(const iceberg::TableIdentifier identifier, iceberg::TableIdentifier::Parse(table));
  CALVE_ASSIGN_OR_RETURN(const iceberg::LoadedTable loaded, environment.catalog().Load(identifier));
  ValidationReport report;
  report.table = identifier.ToString();
  report.snapshots = static_cast<int64_t>(loaded.metadata.snapshots().size());
  CALVE_ASSIGN_OR_RETURN(const iceberg::LiveFiles live, iceberg::ListLiveFiles(loaded.metadata, environment.store()));
  report.manifests = live.manifests;
  report.data_files = static_cast<int64_t>(live.data_files.size());
  CALVE_RETURN_IF_ERROR(CheckFiles(environment, live, report));
  if (const iceberg::Snapshot* tip = loaded.metadata.current_snapshot()) {
    CheckTotal(*tip, "total-data-files", report.data_files, report);
    CheckTotal(*tip, "total-records", report.records, report);
  }
  CALVE_RETURN_IF_ERROR(CheckLoads(environment, loaded.metadata, live, identifier.ToString(), report));
  return report;
}

}  // namespace calve::app
